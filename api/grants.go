package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/ledger"
)

// The actor of a root officer, who grants without holding a capacity.
const (
	rootOffice   = "ledger"
	rootCapacity = "root"
)

// isRoot says whether an officer is one of those in whom the ledger's trust begins.
func isRoot(created genesis.Created, id string) bool {
	for _, root := range created.Roots {
		if root.Officer == id {
			return true
		}
	}
	return false
}

// granter is the caller as somebody who grants: as the headers say, else as root officer, else as the personnel (人事) they
// are. Whether that suffices is the ledger's to say.
func (s *Server) granter(r *request) (ledger.Actor, error) {
	named := r.header.Get(officeHeader) != "" || r.header.Get(capacityHeader) != ""
	if !named && isRoot(s.ledger.Created(), r.officer.Officer) {
		return ledger.Actor{Officer: r.officer.Officer, Office: rootOffice, Capacity: rootCapacity}, nil
	}
	return s.actorAs(r, officer.Personnel)
}

// givenGrant is a grant statement (授权) that was signed elsewhere. What it grants is read from it, and nowhere else: the
// ledger writes its own text of the same grant and compares.
type givenGrant struct {
	statement officer.GrantStatement
	pen       ledger.Pen
	fields    map[string]string // all but the villages
}

// grant reads the statement of one kind of event.
func (g signature) grant(event string) (givenGrant, error) {
	statement, err := officer.ParseGrant(g.Statement)
	if err != nil {
		return givenGrant{}, refuse(domain.Invalid, "officer.grant-statement", "%v", err).
			WithNext("ask for the statement again, and send it as it was given, with its last newline")
	}
	if statement.Event != event {
		return givenGrant{}, refuse(domain.Conflict, "officer.grant-statement", "the statement is for %.60s, this path for %s", statement.Event, event).
			WithNext("send it to the path of what it grants")
	}
	sig, err := g.bytes()
	given := givenGrant{statement: statement, pen: ledger.Given(statement.Key, g.Statement, sig), fields: map[string]string{}}
	for _, l := range statement.Fields {
		if l.Key != villageLine {
			given.fields[l.Key] = l.Value
		}
	}
	return given, err
}

// of refuses a statement about another officer than the path names.
func (g givenGrant) of(id string) error {
	if g.fields["officer"] != id {
		return refuse(domain.Conflict, "officer.grant-statement", "the statement is about %.80s, the path names %.80s", g.fields["officer"], id).
			WithNext("send it to the officer it is about")
	}
	return nil
}

// day reads a day of the statement; an empty one is the zero day.
func (g givenGrant) day(key string) (domain.Date, error) {
	if g.fields[key] == "" {
		return domain.Date{}, nil
	}
	day, err := domain.ParseDate(g.fields[key])
	if err != nil {
		return day, refuse(domain.Invalid, "officer.grant-statement", "%s of the statement is no day", key).
			WithNext("ask for the statement again, and send it as it was given")
	}
	return day, nil
}

const villageLine = "village" // one of several lines of an opening: code, space, name

// villages reads the villages of an opening.
func (g givenGrant) villages() []office.Village {
	var all []office.Village
	for _, l := range g.statement.Fields {
		if l.Key == villageLine {
			code, name, _ := strings.Cut(l.Value, " ")
			all = append(all, office.Village{Code: domain.AreaCode(code), Name: name})
		}
	}
	return all
}

// granted is what a grant did, and where the officer or office stands now.
type granted struct {
	Kind     string   `json:"kind"` // office, officer
	ID       string   `json:"id"`
	Events   []string `json:"events"`   // stored names, in order; none: it was true already
	Repeated bool     `json:"repeated"` // the key had been carried out before
	Revision int64    `json:"revision"`
}

// grantee is whom or what a grant is written about.
type grantee struct{ kind, id string }

func (g grantee) stream() string {
	if g.kind == "office" {
		return office.Stream(g.id)
	}
	return officer.Stream(g.id)
}

// carryOut hands a signed grant to the ledger. The statement names the revision it stands at, so that it cannot be carried
// out on anything else; where something existing changes, If-Match is wanted too, as everywhere. As with sign-offs a stale
// one is forgiven to a command that was carried out before, which a draft with the same command id tells.
func (s *Server) carryOut(ctx context.Context, r *request, about grantee, given givenGrant, changes bool, do func(ledger.Granting) (ledger.Outcome, error)) (response, error) {
	actor, err := s.granter(r)
	if err != nil {
		return response{}, err
	}
	if changes {
		current, err := s.unchangedStream(ctx, r, about.stream(), about.kind+" "+about.id)
		if isStale(err) {
			out, before := do(ledger.Granting{Actor: actor, Pen: s.ledger.Draft(given.statement.Key)})
			if out.Repeated || isOtherContent(before) {
				return s.grantDone(about, out, before)
			}
		}
		if err != nil {
			return response{ETag: current}, err
		}
	}
	out, err := do(ledger.Granting{Actor: actor, Pen: given.pen})
	return s.grantDone(about, out, err)
}

func (s *Server) grantDone(about grantee, out ledger.Outcome, err error) (response, error) {
	if err != nil {
		return response{}, fmt.Errorf("%s %s: %w", about.kind, about.id, err)
	}
	v := granted{Kind: about.kind, ID: about.id, Events: make([]string, len(out.Events)), Repeated: out.Repeated, Revision: out.Revision}
	for i, e := range out.Events {
		v.Events[i] = e.Type
	}
	answer := response{Status: http.StatusOK, Body: v, ETag: etag(out.Revision)}
	if out.Revision == 0 && len(out.Events) > 0 {
		answer.Status, answer.Location = http.StatusCreated, "/v1/"+about.kind+"s/"+about.id
	}
	return answer, nil
}

// draftID is the command id of a draft, which is carried out by nobody.
func draftID() string { return "draft-" + uuid.NewString() }
