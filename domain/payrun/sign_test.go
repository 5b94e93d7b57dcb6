package payrun

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestSubmit(t *testing.T) {
	ready, second := prepared(t), preparedAgain(t, undone(t))
	ask := func(c Submit) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideSubmit(s, c) }
	}
	sub := ready.Submission()
	otherTotal, otherRulebook := ready, ready
	otherTotal.Listing.Totals.Total = "220.51"
	otherRulebook.Opened.Rulebook = "rb-2"
	foreign := newOfficer("Foreign", "town.handler", "340311102")
	lone := terms()
	lone.Chain = lone.Chain[:1]
	events, err := DecideOpen(State{}, lone)
	alone := preparedAgain(t, after(t, State{}, "", events, err))
	released := Released{Round: 1, Run: runID, Totals: sub.Totals}
	runRows(t, []row{
		{name: "prepared", state: ready, ask: ask(handler.submits(ready)), events: []domain.Event{Submitted{Run: runID, Submission: sub, Signed: signedAs(t, handler.submits(ready).Act, 0, 1)}}},
		{name: "the second round", state: second, ask: ask(handler.submits(second)),
			events: []domain.Event{Submitted{Run: runID, Submission: second.Submission(), Signed: signedAs(t, handler.submits(second).Act, 0, 2)}}},
		{name: "a chain of the handler alone", state: alone, ask: ask(handler.submits(alone)),
			events: []domain.Event{Submitted{Run: runID, Submission: sub, Signed: signedAs(t, handler.submits(alone).Act, 0, 1)}, released}},
		{name: "again", state: awaiting(t), ask: ask(handler.submits(ready))},
		{name: "again after release", state: signedBy(t, signedBy(t, awaiting(t), townHead), finance), ask: ask(handler.submits(ready))},
		{name: "again in other words", state: awaiting(t), ask: ask(func() Submit {
			c := handler.submits(ready)
			c.Act.Statement += "x"
			return c
		}()), kind: domain.Conflict, rule: "payrun.not-prepared", detail: "awaiting"},
		{name: "with the statement of a later step", state: signedBy(t, awaiting(t), townHead), ask: ask(Submit{Origin: origin, Act: townHead.signs(awaiting(t)).Act}),
			kind: domain.Conflict, rule: "payrun.not-prepared"},
		{name: "not prepared", state: preparing(t), ask: ask(handler.submits(ready)), kind: domain.Conflict, rule: "payrun.not-prepared", detail: "preparing"},
		{name: "sent back", state: undone(t), ask: ask(handler.submits(ready)), kind: domain.Conflict, rule: "payrun.not-prepared", detail: "sent-back"},
		{name: "cancelled", state: cancelled(t, ready), ask: ask(handler.submits(ready)), kind: domain.Conflict, rule: "payrun.not-prepared", detail: "cancelled"},
		{name: "another total was seen", state: ready, ask: ask(handler.submits(otherTotal)), kind: domain.Conflict, rule: "sign-off.seen", detail: "220.51"},
		{name: "another rulebook was seen", state: ready, ask: ask(handler.submits(otherRulebook)), kind: domain.Conflict, rule: "sign-off.seen", detail: "rb-2"},
		{name: "the first round's statement in the second", state: second, ask: ask(handler.submits(ready)), kind: domain.Conflict, rule: "sign-off.seen", detail: "round 1"},
		{name: "by the head", state: ready, ask: ask(townHead.submits(ready)), kind: domain.Forbidden, rule: "sign-off.step-order"},
	})
	_, err = DecideSubmit(ready, foreign.submits(ready))
	require.ErrorContains(t, err, "sign-off.area", "the submission's sections are the villages of the list")
}

// signedAs is what a good act is recorded as, taken from signoff and compared field by field with the act.
func signedAs(t *testing.T, act signoff.Act, step, round int) signoff.Signed {
	t.Helper()
	statement, err := signoff.ParseStatement(act.Statement)
	require.NoError(t, err)
	require.Equal(t, []any{step, round, act.Person}, []any{statement.Step, statement.Round, statement.Person})
	return signoff.Signed{Opinion: statement.Opinion, Person: act.Person, Round: round, Scope: act.Scope, Step: step,
		Signature: signoff.Signature{Alg: signoff.Ed25519, Custody: act.Custody, Key: act.Key, Sig: base64Of(act.Sig), Statement: act.Statement}}
}

func TestSignOff(t *testing.T) {
	first := awaiting(t)
	second := signedBy(t, first, townHead)
	ask := func(c SignOff) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideSignOff(s, c) }
	}
	short := terms()
	short.Chain = short.Chain[:2]
	events, err := DecideOpen(State{}, short)
	inTown := submittedBy(t, preparedAgain(t, after(t, State{}, "", events, err)), handler)
	forged := townHead.signs(first)
	forged.Act.Sig[0] ^= 1
	setAside := func(c SignOff, amount string) SignOff { c.Committed = domain.MustMoney(amount); return c }
	twoHats := finance
	twoHats.Person, twoHats.Officer = townHead.Person, "o-second-account"
	runRows(t, []row{
		{name: "the next step", state: first, ask: ask(townHead.signs(first)), events: []domain.Event{SignedOff{Run: runID, Signed: signedAs(t, townHead.signs(first).Act, 1, 1)}}},
		{name: "the last step releases", state: second, ask: ask(finance.signs(second)), events: []domain.Event{
			SignedOff{Run: runID, Signed: signedAs(t, finance.signs(second).Act, 2, 1)}, Released{Round: 1, Run: runID, Totals: first.Submission().Totals},
		}},
		{name: "the last step, with more set aside than needed", state: second, ask: ask(setAside(finance.signs(second), "220.51")), events: []domain.Event{
			SignedOff{Run: runID, Signed: signedAs(t, finance.signs(second).Act, 2, 1)}, Released{Round: 1, Run: runID, Totals: first.Submission().Totals},
		}},
		{name: "finance releases without money", state: second, ask: ask(setAside(finance.signs(second), "0.00")), kind: domain.Refused, rule: "payrun.not-committed", detail: "220.50"},
		{name: "finance releases one fen short", state: second, ask: ask(setAside(finance.signs(second), "220.49")), kind: domain.Refused, rule: "payrun.not-committed", detail: "220.49"},
		{name: "others sign without money", state: first, ask: ask(setAside(townHead.signs(first), "0.00")),
			events: []domain.Event{SignedOff{Run: runID, Signed: signedAs(t, townHead.signs(first).Act, 1, 1)}}},
		{name: "a head of a town releases without money", state: inTown, ask: ask(setAside(townHead.signs(inTown), "0.00")), events: []domain.Event{
			SignedOff{Run: runID, Signed: signedAs(t, townHead.signs(inTown).Act, 1, 1)}, Released{Round: 1, Run: runID, Totals: first.Submission().Totals},
		}},
		{name: "again", state: second, ask: ask(townHead.signs(first))},
		{name: "again after release", state: released(t), ask: ask(finance.signs(second))},
		{name: "the last step too early", state: first, ask: ask(finance.signs(second)), kind: domain.Forbidden, rule: "sign-off.step-order"},
		{name: "a person under two accounts", state: second, ask: ask(twoHats.signs(second)), kind: domain.Forbidden, rule: "sign-off.one-person-one-step"},
		{name: "a bad signature", state: first, ask: ask(forged), kind: domain.Forbidden, rule: "sign-off.signature"},
		{name: "before submission", state: prepared(t), ask: ask(townHead.signs(first)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "after sending back", state: sentBack(t), ask: ask(townHead.signs(first)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "after cancelling", state: cancelled(t, first), ask: ask(townHead.signs(first)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
	})
}

func TestSendBack(t *testing.T) {
	first := awaiting(t)
	second := signedBy(t, first, townHead)
	ask := func(c SendBack) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideSendBack(s, c) }
	}
	event := func(c SendBack, step int) SentBack {
		signed := signedAs(t, c.Act, step, 1)
		return SentBack{Run: runID, Returned: signoff.Returned{Person: c.Act.Person, Reason: c.Reason, Round: 1, Signature: signed.Signature, Step: step, To: c.To, Subject: Stream(runID), Note: c.Note}}
	}
	noted := townHead.sendsBack(first, 0, "wrong-account")
	noted.Note = &signoff.Note{Text: "line 3: the account was closed"}
	byFinance := finance.sendsBack(second, 1, "no-funds")
	runRows(t, []row{
		{name: "by the second step", state: first, ask: ask(townHead.sendsBack(first, 0, "wrong-account")), events: []domain.Event{event(townHead.sendsBack(first, 0, "wrong-account"), 1)}},
		{name: "with a note", state: first, ask: ask(noted), events: []domain.Event{event(noted, 1)}},
		{name: "by finance, to the head", state: second, ask: ask(byFinance), events: []domain.Event{event(byFinance, 2)}},
		{name: "again", state: sentBack(t), ask: ask(townHead.sendsBack(first, 0, "wrong-account"))},
		{name: "again when undone", state: undone(t), ask: ask(townHead.sendsBack(first, 0, "wrong-account"))},
		{name: "somebody else too", state: sentBack(t), ask: ask(byFinance), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "again in the next round", state: submittedBy(t, preparedAgain(t, undone(t)), handler), ask: ask(townHead.sendsBack(first, 0, "wrong-account")), kind: domain.Conflict, rule: "sign-off.seen"},
		{name: "no reason", state: first, ask: ask(townHead.sendsBack(first, 0, "")), kind: domain.Invalid, rule: "sign-off.reason"},
		{name: "after release, by one who signed", state: released(t), ask: ask(finance.sendsBack(second, 0, "no-funds")), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "not submitted", state: prepared(t), ask: ask(townHead.sendsBack(first, 0, "wrong-account")), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
	})
	_, err := DecideSendBack(first, townHead.sendsBack(first, 1, "wrong-account"))
	require.ErrorContains(t, err, "sign-off.send-back-to", "only to an earlier step")
}

// A sent-back round leaves nothing of it in the next, and those who signed a step may sign that step again.
func TestSecondRound(t *testing.T) {
	s := submittedBy(t, preparedAgain(t, undone(t)), handler)
	require.Equal(t, 2, s.Signing.Round)
	require.Equal(t, 4, s.Listing.Lines)
	s = signedBy(t, signedBy(t, s, townHead), finance)
	require.Equal(t, StatusReleased, s.Status)
	require.Equal(t, "220.50", s.Signing.Sub.Total)
}

func TestCancel(t *testing.T) {
	ask := func(reason string) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideCancel(s, Cancel{Reason: reason}) }
	}
	yes := []domain.Event{Cancelled{Reason: "wrong-period", Run: runID}}
	var rows []row
	for name, s := range map[string]State{
		"open": opened(t), "preparing": preparing(t), "prepared": prepared(t), "awaiting": awaiting(t), "sent back": sentBack(t), "undone": undone(t),
		"released": released(t), "released, a line stopped": stopped(t, released(t), 1),
	} {
		rows = append(rows, row{name: name, state: s, ask: ask("wrong-period"), events: yes})
	}
	runRows(t, append(rows,
		row{name: "cancelled", state: cancelled(t, released(t)), ask: ask("wrong-period")},
		row{name: "no reason", state: opened(t), ask: ask(""), kind: domain.Invalid, rule: "payrun.reason"},
		row{name: "instructed", state: withBank(t), ask: ask("wrong-period"), kind: domain.Conflict, rule: "payrun.instructed", detail: "instruction 1"},
		row{name: "instruction rejected", state: rejected(t), ask: ask("wrong-period"), kind: domain.Conflict, rule: "payrun.instructed"},
		row{name: "settled", state: settled(t), ask: ask("wrong-period"), kind: domain.Conflict, rule: "payrun.settled"},
		row{name: "settled without the bank", state: settledEmpty(t), ask: ask("wrong-period"), kind: domain.Conflict, rule: "payrun.settled"},
	))
}

// settledEmpty is a run of which every line was stopped.
func settledEmpty(t *testing.T) State {
	s := stopped(t, stopped(t, stopped(t, released(t), 1), 3), 4)
	events, err := DecideSettle(s, Settle{})
	return after(t, s, "", events, err)
}

func TestUndone(t *testing.T) {
	ask := func(round, draws int) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideUndone(s, Undo{Round: round, Draws: draws}) }
	}
	yes := func(round, draws int) []domain.Event {
		return []domain.Event{Undone{Draws: draws, Round: round, Run: runID}}
	}
	cancelledAndUndone := after(t, cancelled(t, prepared(t)), "", yes(1, 4), nil)
	runRows(t, []row{
		{name: "sent back", state: sentBack(t), ask: ask(1, 4), events: yes(1, 4)},
		{name: "cancelled when released", state: cancelled(t, released(t)), ask: ask(1, 4), events: yes(1, 4)},
		{name: "cancelled after a stop", state: cancelled(t, stopped(t, released(t), 3)), ask: ask(1, 3), events: yes(1, 3)},
		{name: "cancelled before any page", state: cancelled(t, opened(t)), ask: ask(1, 0), events: yes(1, 0)},
		{name: "a draw without a page", state: cancelled(t, opened(t)), ask: ask(1, 1), events: yes(1, 1)},
		{name: "a draw after the last page", state: cancelled(t, preparing(t)), ask: ask(1, 5), events: yes(1, 5)},
		{name: "cancelled while being undone", state: cancelled(t, sentBack(t)), ask: ask(1, 4), events: yes(1, 4)},
		{name: "cancelled when undone: the next round", state: cancelled(t, undone(t)), ask: ask(2, 0), events: yes(2, 0)},
		{name: "cancelled in the second round", state: cancelled(t, preparedAgain(t, undone(t))), ask: ask(2, 4), events: yes(2, 4)},
		{name: "again", state: undone(t), ask: ask(1, 4)},
		{name: "again when cancelled", state: cancelledAndUndone, ask: ask(1, 4)},
		{name: "again, of a later round", state: undone(t), ask: ask(2, 4), kind: domain.Conflict, rule: "payrun.nothing-to-undo"},
		{name: "nothing to undo", state: released(t), ask: ask(1, 4), kind: domain.Conflict, rule: "payrun.nothing-to-undo"},
		{name: "round 0 of a run never sent back", state: released(t), ask: ask(0, 0), kind: domain.Conflict, rule: "payrun.nothing-to-undo"},
		{name: "another round", state: sentBack(t), ask: ask(2, 4), kind: domain.Conflict, rule: "payrun.undo-round", detail: "round 1"},
		{name: "a draw left", state: sentBack(t), ask: ask(1, 3), kind: domain.Conflict, rule: "payrun.undo-draws", detail: "listed 4"},
		{name: "a draw too many of a prepared list", state: sentBack(t), ask: ask(1, 5), kind: domain.Conflict, rule: "payrun.undo-draws"},
		{name: "a stopped draw counted too", state: cancelled(t, stopped(t, released(t), 3)), ask: ask(1, 4), kind: domain.Conflict, rule: "payrun.undo-draws", detail: "listed 3"},
		{name: "a draw left of a list in preparation", state: cancelled(t, preparing(t)), ask: ask(1, 3), kind: domain.Conflict, rule: "payrun.undo-draws"},
	})
}

// TestHandlersAreKept: who opened a run or wrote a page of its list has handled it, in whichever round; who undid its draws has
// not.
func TestHandlersAreKept(t *testing.T) {
	s := State{}
	for _, by := range []struct {
		officer string
		event   domain.Event
	}{
		{"o-opened", Opened(terms())}, {"o-listed", Listed{Run: runID, Round: 1, Page: 1}}, {"o-held", HeldPage{Run: runID, Round: 1, Page: 1}},
		{"o-prepared", Prepared{Run: runID, Round: 1}}, {"o-undone", Undone{Run: runID, Round: 1}}, {"o-stopped", StoppedLine{Run: runID}},
	} {
		s = Evolve(s, domain.Fact{Event: by.event, Officer: by.officer})
	}
	require.Equal(t, []string{"o-opened", "o-listed", "o-held", "o-prepared"}, s.Signing.Handlers)

	again := submittedBy(t, preparedAgain(t, undone(t)), handler)
	again.Signing = again.Signing.EvolveHandled("o-alias")
	for name, sign := range map[string]SignOff{"the account itself": townHead.signs(again), "another account": townHead.signs(again)} {
		sign.Act.Handlers = map[string]string{handler.Officer: handler.Person, "o-alias": "p-alias"}
		if name == "another account" {
			sign.Act.Handlers["o-alias"] = townHead.Person
		} else {
			sign.Act.Officer = "o-alias"
		}
		_, err := DecideSignOff(again, sign)
		require.ErrorContains(t, err, "sign-off.handler-step", name)
	}
}
