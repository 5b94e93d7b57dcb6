package genesis

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

// RootHeader is the first line of every root statement.
const RootHeader = "almoner root v1"

// RootSigned is an event that takes effect only with root officers' signatures.
type RootSigned struct {
	domain.Event
	Lines  []officer.Line // all fields but the signatures, in their one order
	Signed []Signed
	Needed int // how many root officers must sign
}

// NeedsRoots gives an event as one that root officers must sign; ok is false for all other events.
func NeedsRoots(e domain.Event) (signed RootSigned, ok bool) {
	switch e := e.(type) {
	case LogKeyRotated:
		return RootSigned{e, []officer.Line{{Key: "key", Value: e.Key}, {Key: "old", Value: e.Old}}, e.Signed, 1}, true
	case WitnessesChanged:
		lines := []officer.Line{{Key: "quorum", Value: strconv.Itoa(e.Quorum)}, {Key: "witnesses", Value: strconv.Itoa(len(e.Witnesses))}}
		for _, w := range e.Witnesses {
			lines = append(lines, officer.Line{Key: "witness-key", Value: w.Key}, officer.Line{Key: "witness-name", Value: w.Name})
		}
		return RootSigned{e, lines, e.Signed, 1}, true
	case OriginChanged:
		lines := []officer.Line{
			{Key: "checkpoint", Value: signoff.HashText(e.Checkpoint)}, {Key: "from", Value: e.From}, {Key: "reason", Value: e.Reason},
			{Key: "to", Value: e.To},
		}
		return RootSigned{e, lines, e.Signed, 1}, true
	case RootsChanged:
		return RootSigned{e, rootLines(e.Roots), e.Signed, 2}, true
	}
	return RootSigned{}, false
}

func rootLines(roots []Root) []officer.Line {
	lines := []officer.Line{{Key: "roots", Value: strconv.Itoa(len(roots))}}
	for _, r := range roots {
		lines = append(lines, officer.Line{Key: "root-key", Value: r.Key}, officer.Line{Key: "root-name", Value: r.Name},
			officer.Line{Key: "root-officer", Value: r.Officer}, officer.Line{Key: "root-person", Value: r.Person},
			officer.Line{Key: "root-post", Value: r.Post})
	}
	return lines
}

// RootStatement is what a root officer signs. Its Text is kept byte for byte.
type RootStatement struct {
	Origin   string // in force before the event
	Event    string // stored name
	Revision int64  // of the event in the stream `ledger`; the append MUST name it
	Fields   []officer.Line
	Officer  string // the root officer who signs
	Key      string // the root's public key, "ed25519:…"
	At       string // instant, UTC; informative
}

// StatementFor is what a root officer has to sign so that e may stand at the revision.
func StatementFor(origin string, revision int64, e RootSigned, root Root, at string) RootStatement {
	return RootStatement{Origin: origin, Event: e.EventType(), Revision: revision, Fields: e.Lines, Officer: root.Officer, Key: root.Key, At: at}
}

// Text is the statement as signed. ParseRootStatement is its inverse.
func (s RootStatement) Text() string {
	lines := []officer.Line{{Key: "origin", Value: s.Origin}, {Key: "event", Value: s.Event}, {Key: "revision", Value: strconv.FormatInt(s.Revision, 10)}}
	lines = append(lines, s.Fields...)
	return officer.Text(RootHeader, append(lines, officer.Line{Key: "officer", Value: s.Officer}, officer.Line{Key: "officer-key", Value: s.Key}, officer.Line{Key: "at", Value: s.At}))
}

// The lines before the event's own fields, and those after them.
const (
	linesBefore = 3
	linesAfter  = 3
)

// ParseRootStatement reads a root statement and accepts only the text that the statement itself would write.
func ParseRootStatement(text string) (RootStatement, error) {
	lines, err := officer.ParseText(RootHeader, text)
	if err == nil && len(lines) < linesBefore+linesAfter {
		err = fmt.Errorf("it has %d lines after the first, fewer than %d", len(lines), linesBefore+linesAfter)
	}
	if err != nil {
		return RootStatement{}, fmt.Errorf("root statement: %w", err)
	}
	end := len(lines) - linesAfter
	revision, err := strconv.ParseInt(lines[2].Value, 10, 64)
	if err != nil {
		return RootStatement{}, fmt.Errorf("root statement: revision: %w", err)
	}
	s := RootStatement{
		Origin: lines[0].Value, Event: lines[1].Value, Revision: revision, Officer: lines[end].Value, Key: lines[end+1].Value, At: lines[end+2].Value,
	}
	if end > linesBefore {
		s.Fields = lines[linesBefore:end:end]
	}
	if s.Text() != text {
		return RootStatement{}, fmt.Errorf("root statement: %s", officer.Difference(text, s.Text()))
	}
	return s, nil
}

// CheckRoots says whether enough of the roots signed exactly this event at this revision, under this origin. Every
// signature given must hold. It refuses with ledger.root-signature, ledger.root-statement or ledger.root-signatures.
func CheckRoots(origin string, revision int64, roots []Root, e RootSigned) error {
	var signers []string
	for _, signed := range e.Signed {
		i := slices.IndexFunc(roots, func(r Root) bool { return r.Officer == signed.Officer && r.Key == signed.Key })
		if i < 0 {
			return domain.Refuse(domain.Forbidden, "ledger.root-signature", "%.40q with this key is no root officer", signed.Officer).
				WithNext("a root officer has to sign, with the key that the ledger pins")
		}
		if err := checkRoot(origin, revision, roots[i], e, signed); err != nil {
			return err
		}
		if !slices.Contains(signers, roots[i].Person) {
			signers = append(signers, roots[i].Person)
		}
	}
	if len(signers) < e.Needed {
		return domain.Refuse(domain.Forbidden, "ledger.root-signatures", "%d root officers signed; %s needs %d", len(signers), e.EventType(), e.Needed).
			WithNext("have %d root officers sign", e.Needed)
	}
	return nil
}

func checkRoot(origin string, revision int64, root Root, e RootSigned, signed Signed) error {
	got, err := ParseRootStatement(signed.Statement)
	if err != nil {
		return domain.Refuse(domain.Invalid, "ledger.root-statement", "%v", err).WithNext("ask for the statement again and sign it as it stands")
	}
	if want := StatementFor(origin, revision, e, root, got.At).Text(); signed.Statement != want {
		return domain.Refuse(domain.Conflict, "ledger.root-statement", "what %s signed is not what is asked: %s", root.Officer, officer.Difference(signed.Statement, want)).
			WithNext("reload, look at it again, and sign what stands there now")
	}
	public, err := officer.ParsePublic(root.Key)
	if err != nil || !verify(public, signed) {
		return domain.Refuse(domain.Forbidden, "ledger.root-signature", "the signature of %s does not verify", root.Officer).
			WithNext("sign with the root key that the ledger pins")
	}
	return nil
}

func verify(public ed25519.PublicKey, signed Signed) bool {
	sig, err := base64.StdEncoding.Strict().DecodeString(signed.Sig)
	return err == nil && base64.StdEncoding.EncodeToString(sig) == signed.Sig && signoff.Verify(public, signed.Statement, sig)
}
