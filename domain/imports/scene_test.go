package imports

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

const (
	origin   = "ledger.example/huaishang"
	importID = "i-1"
	east     = domain.AreaCode("340311101201")
	west     = domain.AreaCode("340311101202")
)

var today = domain.MustDate("2021-12-20") // never written to

// officer is an invented officer with a real key, made from the name.
type officer struct {
	signoff.Authority
	private ed25519.PrivateKey
}

func newOfficer(name, capacity string, area domain.AreaCode) officer {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	return officer{private: private, Authority: signoff.Authority{
		Officer: "o-" + name, Person: "p-" + name, Name: name, Post: "post of " + name, Capacity: capacity, Office: "office-" + name,
		Area: area, Custody: signoff.OwnDevice, Key: "k-" + name, Public: private.Public().(ed25519.PublicKey),
	}}
}

var ( // never written to
	handler = newOfficer("Handler", "town.handler", "340311101")
	inEast  = newOfficer("East", "village.head", east)
	inWest  = newOfficer("West", "village.head", west)
	head    = newOfficer("Head", "county.head", "340311")
)

func (o officer) act(statement signoff.Statement) signoff.Act {
	text := statement.Text()
	return signoff.Act{
		Authority: o.Authority, Scope: statement.Scope, Statement: text, Sig: ed25519.Sign(o.private, []byte(text)),
		Handlers: map[string]string{handler.Officer: handler.Person},
	}
}

func step(level signoff.Level, duty signoff.Duty) signoff.Step {
	return signoff.Step{Level: level, Duty: duty, Per: signoff.Whole, Min: 1}
}

func (o officer) submits(s State) Submit {
	statement := s.Signing.StatementToSubmit(origin, o.Authority, s.Submission(roots(s)), "agree", "2021-12-20T01:00:00Z")
	return Submit{Origin: origin, Roots: roots(s), Act: o.act(statement)}
}

func (o officer) signs(s State, scope string) SignOff {
	return SignOff{Origin: origin, On: today, Act: o.act(o.statement(s, scope, signoff.Agree))}
}

func (o officer) statement(s State, scope string, outcome signoff.Outcome) signoff.Statement {
	return s.Signing.StatementFor(origin, o.Authority, scope, outcome, "agree", "2021-12-21T01:00:00Z")
}

func (o officer) sendsBack(s State, reason string) SendBack {
	return SendBack{Origin: origin, Act: o.act(o.statement(s, signoff.WholeScope, signoff.SendBack)), To: 0, Reason: reason}
}

// hash stands for the root over some stored entries.
func hash(of string) string { return signoff.Hex(signoff.Leaf([]byte(of))) }

// roots are invented: a state keeps none but the whole's, which a single village shares.
func roots(s State) map[domain.AreaCode]string {
	all := map[domain.AreaCode]string{}
	for _, v := range s.Villages {
		all[v.Code] = hash(string(v.Code))
		if len(s.Villages) == 1 {
			all[v.Code] = s.Root
		}
	}
	return all
}

func terms() Open {
	villageHead := step(signoff.Village, signoff.Head)
	villageHead.Per = signoff.Section
	return Open{
		Chain: []signoff.Step{step(signoff.Town, signoff.Handler), villageHead, step(signoff.County, signoff.Head)}, Commitment: "cm", File: "file-1",
		Import: importID, Office: "office-1", Parts: 2, Programme: "special-support", Region: "340311", Rulebook: "rb-1", Size: 70_000,
	}
}

func parts(from, to int) KeepParts {
	var c KeepParts
	for n := from; n <= to; n++ {
		c.Parts = append(c.Parts, FilePart{File: "file-1", Part: n})
	}
	return c
}

// accepted is a good row: one-off money of an amount for a person of a village.
func accepted(row int, village domain.AreaCode, amount string) RowAccepted {
	return RowAccepted{Row: row, Sheet: "1", Import: importID, Change: change.Change{
		Kind: change.GrantMoney, Grant: &change.GrantPart{Amount: domain.MustMoney(amount)}, Person: fmt.Sprintf("person-%d", row), Office: "office-1",
		Programme: "special-support", Region: "340311", Rulebook: "rb-1", Village: village,
	}}
}

func refusedRow(row int) RowRefused {
	return RowRefused{File: "file-1", Row: row, Sheet: "1", Import: importID, Rules: []string{"import.name"}}
}

// The rows of the scenes: 100.00 and 300.50 in the west, 200.00 in the east, one refused.
func fileRows() []domain.Event {
	return []domain.Event{accepted(2, west, "100.00"), accepted(3, east, "200.00"), refusedRow(4), accepted(5, west, "300.50")}
}

// after folds what a decision yielded; it fails the test if the decision refused.
func after(t require.TestingT, s State, by string, events []domain.Event, err error) State {
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		s = Evolve(s, domain.Fact{Event: e, Officer: by})
	}
	return s
}

func opened(t require.TestingT) State {
	events, err := DecideOpen(State{}, terms())
	return after(t, State{}, handler.Officer, events, err)
}

func kept(t require.TestingT) State {
	events, err := DecideParts(opened(t), parts(1, 2))
	return after(t, opened(t), "", events, err)
}

func rowsOf(t require.TestingT, rows ...domain.Event) State {
	events, err := DecideRows(kept(t), Rows{Rows: rows})
	return after(t, kept(t), "", events, err)
}

func reads(t require.TestingT, s State) State {
	events, err := DecideRead(s, FinishReading{Accepted: s.Accepted, Refused: s.Refused, Root: hash("whole")})
	return after(t, s, "", events, err)
}

func read(t require.TestingT) State { return reads(t, rowsOf(t, fileRows()...)) }

func awaiting(t require.TestingT) State {
	s := read(t)
	events, err := DecideSubmit(s, handler.submits(s))
	return after(t, s, handler.Officer, events, err)
}

func signedBy(t require.TestingT, s State, o officer, scope string) State {
	events, err := DecideSignOff(s, o.signs(s, scope))
	return after(t, s, o.Officer, events, err)
}

func beforeLast(t require.TestingT) State {
	return signedBy(t, signedBy(t, awaiting(t), inEast, string(east)), inWest, string(west))
}

func agreed(t require.TestingT) State { return signedBy(t, beforeLast(t), head, signoff.WholeScope) }

func sentBack(t require.TestingT) State {
	s := beforeLast(t)
	events, err := DecideSendBack(s, head.sendsBack(s, "wrong-file"))
	return after(t, s, head.Officer, events, err)
}

func withdrawn(t require.TestingT) State {
	events, err := DecideWithdraw(read(t), Withdraw{Officer: handler.Officer, Reason: "mistake"})
	return after(t, read(t), handler.Officer, events, err)
}

func failed(t require.TestingT, s State, row int) State {
	events, err := DecideRowFailed(s, FailRow{Person: "person", Place: Place{"1", row}, Rule: "slot.taken"})
	return after(t, s, "", events, err)
}

func applied(t require.TestingT) State {
	s := failed(t, agreed(t), 3)
	events, err := DecideApplied(s, Apply{Applied: 2, Failed: 1})
	return after(t, s, "", events, err)
}

// signedAs is what a good act is recorded as.
func signedAs(act signoff.Act, step, round int) signoff.Signed {
	return signoff.Signed{Opinion: "agree", Person: act.Person, Round: round, Scope: act.Scope, Step: step, Signature: signoff.Signature{
		Alg: signoff.Ed25519, Custody: act.Custody, Key: act.Key, Sig: base64.StdEncoding.EncodeToString(act.Sig), Statement: act.Statement}}
}

// row is one decision of one state and what it has to be: the events named, or the refusal of a kind and rule, or nothing.
type row struct {
	name   string
	state  State
	ask    func(State) ([]domain.Event, error)
	events []domain.Event
	kind   domain.Kind
	rule   string
	detail string // part of the refusal's detail, where two rows share a rule
}

func runRows(t *testing.T, rows []row) {
	t.Helper()
	names := map[string]bool{}
	for _, r := range rows {
		require.False(t, names[r.name], "two rows are named %q", r.name)
		names[r.name] = true
		t.Run(r.name, func(t *testing.T) {
			events, err := r.ask(r.state)
			if r.rule == "" {
				require.NoError(t, err)
				require.Equal(t, r.events, events)
				return
			}
			var refused *domain.RefusedError
			require.ErrorAs(t, err, &refused)
			require.Empty(t, events)
			require.Equal(t, r.rule, refused.Rule)
			require.Equal(t, r.kind, refused.Kind)
			require.Contains(t, refused.Detail, r.detail)
			if strings.HasPrefix(r.rule, "import.") {
				require.NotEmpty(t, refused.Next)
			}
		})
	}
}
