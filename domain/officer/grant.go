package officer

import (
	"crypto/ed25519"
	"fmt"
	"strconv"

	"almoner/domain"
	"almoner/domain/signoff"
)

// GrantHeader is the first line of every grant statement.
const GrantHeader = "almoner grant v1"

// Granted is an event that takes effect only with a granter's signature: those of officers and of offices.
type Granted interface {
	domain.Event
	// GrantLines are all fields of the event but its grant, in their one order. An absent value stands empty.
	GrantLines() []Line
	// GrantedBy is the event's grant.
	GrantedBy() signoff.Grant
}

// Place is where a granted event stands: a grant holds for this place and no other, so that nobody who merely holds the
// server can write the same grant again after it was withdrawn.
type Place struct {
	Origin   string      // the log's origin: a grant for one ledger means nothing in another
	Revision int64       // of the event in its stream; the append MUST name it
	On       domain.Date // effective day, the envelope's `on`; the shell MUST write it there
}

// GrantStatement is what a granter signs: who grants what to whom, and where it stands. Its Text is kept byte for byte.
type GrantStatement struct {
	Place
	Event   string // stored name of the event
	Fields  []Line // the event's GrantLines
	Granter string // officer id
	Key     string // id of the granter's key
	At      string // instant, UTC; informative: validity follows log order
}

// The lines before the event's own fields, and those after them.
const (
	linesBefore = 4
	linesAfter  = 3
)

// StatementFor is what the granter has to sign so that e may stand at the place.
func StatementFor(place Place, e Granted, granter, key, at string) GrantStatement {
	return GrantStatement{Place: place, Event: e.EventType(), Fields: e.GrantLines(), Granter: granter, Key: key, At: at}
}

// Text is the statement as signed: the header, origin, event, revision, on, the event's fields, granter, granter-key, at.
// ParseGrant is its inverse.
func (s GrantStatement) Text() string {
	lines := []Line{{"origin", s.Origin}, {"event", s.Event}, {"revision", strconv.FormatInt(s.Revision, 10)}, {"on", s.On.String()}}
	lines = append(lines, s.Fields...)
	return Text(GrantHeader, append(lines, Line{"granter", s.Granter}, Line{"granter-key", s.Key}, Line{"at", s.At}))
}

// ParseGrant reads a grant statement and accepts only the text that the statement itself would write. Which fields an
// event has is the event's matter: CheckGrant compares them.
func ParseGrant(text string) (GrantStatement, error) {
	s, err := parseGrant(text)
	if err != nil {
		return GrantStatement{}, fmt.Errorf("grant statement: %w", err)
	}
	return s, nil
}

func parseGrant(text string) (GrantStatement, error) {
	lines, err := ParseText(GrantHeader, text)
	if err != nil {
		return GrantStatement{}, err
	}
	if len(lines) < linesBefore+linesAfter {
		return GrantStatement{}, fmt.Errorf("it has %d lines after the first, fewer than %d", len(lines), linesBefore+linesAfter)
	}
	end := len(lines) - linesAfter
	s := GrantStatement{Event: lines[1].Value, Granter: lines[end].Value, Key: lines[end+1].Value, At: lines[end+2].Value}
	s.Origin = lines[0].Value
	if s.Revision, err = strconv.ParseInt(lines[2].Value, 10, 64); err != nil {
		return GrantStatement{}, fmt.Errorf("revision: %w", err)
	}
	if day := lines[3].Value; day != "" {
		if s.On, err = domain.ParseDate(day); err != nil {
			return GrantStatement{}, fmt.Errorf("on: %w", err)
		}
	}
	if end > linesBefore {
		s.Fields = lines[linesBefore:end:end]
	}
	if s.Text() != text {
		return GrantStatement{}, fmt.Errorf("%s", Difference(text, s.Text()))
	}
	return s, nil
}

// CheckGrant says whether the event's grant is the granter's signature over exactly this event at this place. It answers
// for the signature alone: that the key was the granter's and valid in log order, and that the granter might grant, are
// questions to other streams. It refuses with officer.grant-statement or officer.grant-signature.
func CheckGrant(place Place, e Granted, public ed25519.PublicKey) error {
	grant := e.GrantedBy()
	got, err := ParseGrant(grant.Signature.Statement)
	if err != nil {
		return domain.Refuse(domain.Invalid, "officer.grant-statement", "%v", err).WithNext("ask for the statement again and sign it as it stands")
	}
	want := StatementFor(place, e, grant.Granter, grant.Signature.Key, got.At).Text()
	if grant.Signature.Statement != want {
		return domain.Refuse(domain.Conflict, "officer.grant-statement", "what was signed is not what is asked: %s", Difference(grant.Signature.Statement, want)).
			WithNext("reload, look at it again, and sign what stands there now")
	}
	if !Verify(public, grant.Signature) {
		return domain.Refuse(domain.Forbidden, "officer.grant-signature", "the granter's signature does not verify with key %s", grant.Signature.Key).
			WithNext("sign with the key registered for %s", grant.Granter)
	}
	return nil
}

// GrantLines of an appointment.
func (e Appointed) GrantLines() []Line {
	return []Line{{"name", e.Name}, {"officer", e.Officer}, {"person", e.Person}, {"post", e.Post}}
}

// GrantLines of a capacity.
func (e CapacityGranted) GrantLines() []Line {
	return []Line{
		{"area", string(e.Area)}, {"capacity", e.Capacity}, {"from", e.From.String()}, {"office", e.Office}, {"officer", e.Officer},
		{"until", e.Until.String()},
	}
}

// GrantLines of a withdrawal.
func (e CapacityWithdrawn) GrantLines() []Line {
	return []Line{{"capacity", e.Capacity}, {"office", e.Office}, {"officer", e.Officer}, {"reason", e.Reason}, {"until", e.Until.String()}}
}

// GrantLines of a key: the proof of possession stands by the SHA-256 of its statement.
func (e KeyRegistered) GrantLines() []Line {
	return []Line{
		{"alg", string(e.Alg)}, {"custody", string(e.Custody)}, {"key", e.Key}, {"officer", e.Officer},
		{"possession", signoff.HashText(e.Possession.Statement)}, {"public", e.Public},
	}
}

// GrantLines of a revocation.
func (e KeyRevoked) GrantLines() []Line {
	return []Line{{"key", e.Key}, {"officer", e.Officer}, {"reason", e.Reason}}
}

// GrantLines of a leaving.
func (e Left) GrantLines() []Line { return []Line{{"officer", e.Officer}, {"reason", e.Reason}} }

// The grants of the events.
func (e Appointed) GrantedBy() signoff.Grant         { return e.Grant }
func (e CapacityGranted) GrantedBy() signoff.Grant   { return e.Grant }
func (e CapacityWithdrawn) GrantedBy() signoff.Grant { return e.Grant }
func (e KeyRegistered) GrantedBy() signoff.Grant     { return e.Grant }
func (e KeyRevoked) GrantedBy() signoff.Grant        { return e.Grant }
func (e Left) GrantedBy() signoff.Grant              { return e.Grant }
