package payrun

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

const (
	origin = "ledger.example/huaishang"
	runID  = "5b0c3a54-2b6e-5d6b-9a3c-1f0a4f6f0001"
	east   = domain.AreaCode("340311101201")
	west   = domain.AreaCode("340311101202")
)

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
	handler  = newOfficer("Handler", "town.handler", "340311101")
	townHead = newOfficer("TownHead", "town.head", "340311101")
	finance  = newOfficer("Finance", "finance.head", "340311")
)

func (o officer) act(statement signoff.Statement) signoff.Act {
	text := statement.Text()
	return signoff.Act{
		Authority: o.Authority, Scope: statement.Scope, Statement: text, Sig: ed25519.Sign(o.private, []byte(text)),
		Handlers: map[string]string{handler.Officer: handler.Person},
	}
}

// submits and signs are what the officer sends after looking at s, with the whole list set aside by the fund.
func (o officer) submits(s State) Submit {
	return Submit{Origin: origin, Act: o.act(s.Signing.StatementToSubmit(origin, o.Authority, s.Submission(), "agree", "2021-12-20T01:00:00Z"))}
}

func (o officer) signs(s State) SignOff {
	act := o.act(s.Signing.StatementFor(origin, o.Authority, signoff.WholeScope, signoff.Agree, "agree", "2021-12-21T01:00:00Z"))
	return SignOff{Origin: origin, Act: act, Committed: s.Listing.Total}
}

func (o officer) sendsBack(s State, to int, reason string) SendBack {
	statement := s.Signing.StatementFor(origin, o.Authority, signoff.WholeScope, signoff.SendBack, "wrong-account", "2021-12-21T02:00:00Z")
	return SendBack{Origin: origin, Act: o.act(statement), To: to, Reason: reason}
}

func step(level signoff.Level, duty signoff.Duty) signoff.Step {
	return signoff.Step{Level: level, Duty: duty, Per: signoff.Whole, Min: 1}
}

func terms() Open {
	return Open{
		Chain:  []signoff.Step{step(signoff.Town, signoff.Handler), step(signoff.Town, signoff.Head), step(signoff.Finance, signoff.Head)},
		CutOff: 1, Finance: "finance-340311", From: domain.MustPeriod("2021-12"), Kind: Regular, Office: "office-340311101",
		Period: domain.MustPeriod("2021-12"), Programme: "rural-reward", Region: "340311", Rulebook: "rb-1", Run: runID, To: domain.MustPeriod("2021-12"),
	}
}

// line is line n of the run; its leaf and ids follow from n.
func line(n int, amount string, village domain.AreaCode) Line {
	leaf := signoff.Hex(signoff.Leaf(fmt.Appendf(nil, "draw %d", n)))
	return Line{
		Amount: domain.MustMoney(amount), Draw: fmt.Sprintf("draw-%d", n), Leaf: leaf, Line: n, PayRef: PayRef(runID, n),
		Person: fmt.Sprintf("person-%d", n), Revision: int64(n), Village: village,
	}
}

func heldLine(n int, reason HeldReason, village domain.AreaCode) HeldLine {
	return HeldLine{Amount: domain.MustMoney("80.00"), Enrolment: fmt.Sprintf("enrolment-%d", n), Person: fmt.Sprintf("held-%d", n), Reason: reason, Village: village}
}

// The list of the scenes: 80.00 and 100.50 in the east, 0.00 and 40.00 in the west, one held in the west.
func listLines() []Line {
	return []Line{line(1, "80.00", east), line(2, "0.00", west), line(3, "100.50", east), line(4, "40.00", west)}
}

func listHeld() []HeldLine { return []HeldLine{heldLine(1, HeldNoAccount, west)} }

// after folds what a decision yielded; it fails the test if the decision refused.
func after(t require.TestingT, s State, by string, events []domain.Event, err error) State {
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		s = Evolve(s, domain.Fact{Event: e, Officer: by})
	}
	return s
}

// The scenes: each is the one before, one step further.

func opened(t require.TestingT) State {
	events, err := DecideOpen(State{}, terms())
	return after(t, State{}, "", events, err)
}

func listed(t require.TestingT, s State) State {
	round := s.working()
	events, err := DecideList(s, List{Round: round, Page: 1, Lines: listLines()[:3]})
	s = after(t, s, "", events, err)
	events, err = DecideList(s, List{Round: round, Page: 2, Lines: listLines()[3:]})
	s = after(t, s, "", events, err)
	events, err = DecideHold(s, Hold{Round: round, Page: 1, Lines: listHeld()})
	return after(t, s, "", events, err)
}

func preparing(t require.TestingT) State { return listed(t, opened(t)) }

func whole(round int) Prepare { return Prepare{Round: round, Lines: listLines(), Held: listHeld()} }

func preparedAgain(t require.TestingT, s State) State {
	s = listed(t, s)
	events, err := DecidePrepared(s, whole(s.working()))
	return after(t, s, "", events, err)
}

func prepared(t require.TestingT) State { return preparedAgain(t, opened(t)) }

func submittedBy(t require.TestingT, s State, o officer) State {
	events, err := DecideSubmit(s, o.submits(s))
	return after(t, s, o.Officer, events, err)
}

func awaiting(t require.TestingT) State { return submittedBy(t, prepared(t), handler) }

func signedBy(t require.TestingT, s State, o officer) State {
	events, err := DecideSignOff(s, o.signs(s))
	return after(t, s, o.Officer, events, err)
}

func released(t require.TestingT) State {
	return signedBy(t, signedBy(t, awaiting(t), townHead), finance)
}

func sentBack(t require.TestingT) State {
	s := awaiting(t)
	events, err := DecideSendBack(s, townHead.sendsBack(s, 0, "wrong-account"))
	return after(t, s, townHead.Officer, events, err)
}

func undone(t require.TestingT) State {
	s := sentBack(t)
	events, err := DecideUndone(s, Undo{Round: 1, Draws: 4})
	return after(t, s, "", events, err)
}

func stopped(t require.TestingT, s State, n int) State {
	events, err := DecideStop(s, StopLine{Line: listLines()[n-1], Reason: "died"})
	return after(t, s, "", events, err)
}

func instruction(s State) Instruct {
	lines, total := s.Payable()
	return Instruct{Instruction: s.Instruction.Number + 1, BankFiles: []string{fmt.Sprintf("file-%d", s.Instruction.Number+1)}, Lines: lines, Total: total}
}

func instructed(t require.TestingT, s State) State {
	events, err := DecideInstruct(s, instruction(s))
	return after(t, s, "", events, err)
}

func withBank(t require.TestingT) State { return instructed(t, released(t)) }

func rejected(t require.TestingT) State {
	s := withBank(t)
	events, err := DecideReject(s, RejectInstruction{Instruction: 1, Proof: "file-r", Reason: "format"})
	return after(t, s, "", events, err)
}

func balance() Settle {
	return Settle{Settled: domain.MustMoney("180.50"), Returned: domain.MustMoney("40.00")}
}

func settled(t require.TestingT) State {
	s := withBank(t)
	events, err := DecideSettle(s, balance())
	return after(t, s, "", events, err)
}

func cancelled(t require.TestingT, s State) State {
	events, err := DecideCancel(s, Cancel{Reason: "wrong-period"})
	return after(t, s, "", events, err)
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
			if strings.HasPrefix(r.rule, "payrun.") {
				require.NotEmpty(t, refused.Next)
			}
		})
	}
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
