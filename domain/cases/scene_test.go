package cases

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

const (
	origin = "ledger.example/huaishang"
	caseID = "c-1"
	east   = domain.AreaCode("340311101201")
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
	handler  = newOfficer("Handler", "village.handler", east)
	lineHead = newOfficer("LineHead", "town.line-head", "340311101")
	head     = newOfficer("Head", "county.head", "340311")
)

func (o officer) act(statement signoff.Statement) signoff.Act {
	text := statement.Text()
	return signoff.Act{
		Authority: o.Authority, Scope: statement.Scope, Statement: text, Sig: ed25519.Sign(o.private, []byte(text)),
		Handlers: map[string]string{handler.Officer: handler.Person},
	}
}

// leaf stands for the leaf hash of the stored proposal.
func leaf(s State) string { return signoff.Hex(signoff.Leaf([]byte(s.Proposal.Event))) }

func (o officer) submits(s State) Submit {
	statement := s.Signing.StatementToSubmit(origin, o.Authority, s.Submission(leaf(s)), "agree", "2021-12-20T01:00:00Z")
	return Submit{Origin: origin, Leaf: leaf(s), On: today, Act: o.act(statement)}
}

func (o officer) signs(s State) Sign { return o.says(s, signoff.Agree) }

func (o officer) says(s State, outcome signoff.Outcome) Sign {
	statement := s.Signing.StatementFor(origin, o.Authority, signoff.WholeScope, outcome, "agree", "2021-12-21T01:00:00Z")
	return Sign{Origin: origin, On: today, Act: o.act(statement)}
}

func (o officer) sendsBack(s State, to int, reason string) SendBack {
	return SendBack{Origin: origin, Act: o.says(s, signoff.SendBack).Act, To: to, Reason: reason}
}

func step(level signoff.Level, duty signoff.Duty) signoff.Step {
	return signoff.Step{Level: level, Duty: duty, Per: signoff.Whole, Min: 1}
}

func chain() []signoff.Step {
	return []signoff.Step{step(signoff.Village, signoff.Handler), step(signoff.Town, signoff.LineHead), step(signoff.County, signoff.Head)}
}

func exit() change.Change {
	return change.Change{Kind: change.Exit, Exit: &change.ExitPart{Reason: "died"}, Person: "person-1", Office: "office-1", Programme: "rural-reward", Region: "340311",
		Rulebook: "rb-1", Village: east}
}

func withholding() change.Change {
	c := exit()
	c.Kind, c.Exit, c.Suspension = change.Suspension, nil, &change.SuspensionPart{Effect: beneficiary.Withhold, Reason: "suspected-death"}
	return c
}

func openOf(c change.Change, steps []signoff.Step) Open {
	return Open{Case: caseID, Chain: steps, Change: c, Office: "office-1", Rulebook: c.Rulebook}
}

// after folds what a decision yielded; it fails the test if the decision refused.
func after(t require.TestingT, s State, by string, events []domain.Event, err error) State {
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		s = Evolve(s, domain.Fact{Event: e, Officer: by, ID: "id-" + e.EventType(), Revision: s.Proposal.Revision + 1})
	}
	return s
}

func openedAs(t require.TestingT, c Open) State {
	events, err := DecideOpen(State{}, c)
	return after(t, State{}, handler.Officer, events, err)
}

func opened(t require.TestingT) State { return openedAs(t, openOf(exit(), chain())) }

func submitted(t require.TestingT, s State) State {
	events, err := DecideSubmit(s, handler.submits(s))
	return after(t, s, handler.Officer, events, err)
}

func awaiting(t require.TestingT) State { return submitted(t, opened(t)) }

func signedBy(t require.TestingT, s State, o officer) State {
	events, err := DecideSignOff(s, o.signs(s))
	return after(t, s, o.Officer, events, err)
}

func beforeLast(t require.TestingT) State { return signedBy(t, awaiting(t), lineHead) }

func agreed(t require.TestingT) State { return signedBy(t, beforeLast(t), head) }

func refused(t require.TestingT) State {
	s := beforeLast(t)
	events, err := DecideRefuse(s, head.says(s, signoff.Refuse))
	return after(t, s, head.Officer, events, err)
}

func sentBack(t require.TestingT) State {
	s := awaiting(t)
	events, err := DecideSendBack(s, lineHead.sendsBack(s, 0, "certificate-missing"))
	return after(t, s, lineHead.Officer, events, err)
}

func withdrawn(t require.TestingT, s State) State {
	events, err := DecideWithdraw(s, Withdraw{Officer: handler.Officer, Reason: "mistake"})
	return after(t, s, handler.Officer, events, err)
}

func applied(t require.TestingT, rule string) State {
	events, err := DecideApplied(agreed(t), Apply{Failed: rule})
	return after(t, agreed(t), "", events, err)
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
			if strings.HasPrefix(r.rule, "case.") {
				require.NotEmpty(t, refused.Next)
			}
		})
	}
}
