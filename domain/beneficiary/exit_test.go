package beneficiary

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/rulebook"
)

func TestExit(t *testing.T) {
	for _, r := range []struct {
		name   string
		before func(*life)
		edit   func(*Exited)
		kind   domain.Kind
		rule   string
		none   bool
	}{
		{name: "an open enrolment, by id"},
		{name: "an open enrolment, by programme", edit: func(e *Exited) { e.Enrolment = "" }},
		{name: "reported on the day", edit: func(e *Exited) { e.ReportedOn = e.OccurredOn }},
		{name: "never due", edit: func(e *Exited) { e.LastUnit = domain.Period{} }},
		{name: "reported before it happened", edit: func(e *Exited) { e.ReportedOn = day("2022-01-09") }, kind: domain.Invalid, rule: "beneficiary.reported-before"},
		{name: "a last unit of another kind", edit: func(e *Exited) { e.LastUnit = domain.MustPeriod("2022") }, kind: domain.Invalid, rule: "beneficiary.unit-kind"},
		{name: "an unknown enrolment", edit: func(e *Exited) { e.Enrolment = "e9" }, kind: domain.NotFound, rule: "beneficiary.no-enrolment"},
		{name: "the same again", before: func(l *life) { l.exit("2022-03", tariff{}) }, none: true},
		{name: "again with another reason", before: func(l *life) { l.exit("2022-03", tariff{}) }, edit: func(e *Exited) { e.Reason = "moved" }, kind: domain.Conflict, rule: "beneficiary.ended"},
		{name: "again with another last unit", before: func(l *life) { l.exit("2022-03", tariff{}) }, edit: func(e *Exited) { e.LastUnit = month("2022-02") }, kind: domain.Conflict, rule: "beneficiary.ended"},
		{name: "again by programme", before: func(l *life) { l.exit("2022-03", tariff{}) }, edit: func(e *Exited) { e.Enrolment = "" }, kind: domain.NotFound, rule: "beneficiary.no-enrolment"},
		{name: "a void one", before: func(l *life) { l.happen(Annulled{Enrolment: "e1"}) }, kind: domain.Conflict, rule: "beneficiary.annulled"},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := enrolledLife(t)
			if r.before != nil {
				r.before(l)
			}
			e := exited("2022-03")
			if r.edit != nil {
				r.edit(&e)
			}
			events, err := l.s.DecideExit(e, "p1", "over", tariff{})
			switch {
			case r.rule != "":
				requireRefused(t, events, err, r.kind, r.rule)
			case r.none:
				requireNothing(t, events, err)
			default:
				e.Enrolment = "e1"
				require.NoError(t, err)
				require.Equal(t, []domain.Event{e}, events, "with nothing drawn there is no overpayment")
				l.did(events, err)
				require.Equal(t, &Exit{Event: "3", Reason: "dead", OccurredOn: e.OccurredOn, ReportedOn: e.ReportedOn, LastUnit: e.LastUnit, Fault: NoFault}, l.e().Exit)
			}
		})
	}
}

// over finds the overpayment an exit or annulment found.
func over(t *testing.T, events []domain.Event) (amount string, units []string) {
	t.Helper()
	if len(events) == 1 {
		return "", nil
	}
	require.Len(t, events, 2)
	o := events[1].(Overpaid)
	left := o.Amount
	for _, u := range o.Units {
		units = append(units, u.Draw+" "+u.Unit.String()+" "+u.Amount.String())
		left = left.Sub(u.Amount)
	}
	require.True(t, left.IsZero(), "every fen is some draw's")
	return o.Amount.String(), units
}

func TestExitWithExcess(t *testing.T) {
	for _, r := range []struct {
		name   string
		edit   func(*Enrolled)
		before func(*life)
		last   string
		amount string
		units  []string
		next   string // total of the next line, that pays or carries
	}{
		{name: "back-dated", before: func(l *life) { l.draw("r1", "2022-01", "2022-04") }, last: "2022-02", amount: "200.00", units: []string{"draw-r1 2022-03 100.00", "draw-r1 2022-04 100.00"}},
		{name: "not back-dated", before: func(l *life) { l.draw("r1", "2022-01", "2022-04") }, last: "2022-04"},
		{name: "with a unit still to pay", before: func(l *life) { l.draw("r1", "2022-01", "2022-04") }, last: "2022-05", next: "100.00"},
		{name: "never due", before: func(l *life) { l.draw("r1", "2022-01", "2022-01"); l.draw("r2", "2022-02", "2022-02") }, amount: "200.00", units: []string{"draw-r1 2022-01 100.00", "draw-r2 2022-02 100.00"}},
		{name: "before the first", before: func(l *life) { l.draw("r1", "2022-01", "2022-01") }, last: "2021-06", amount: "100.00", units: []string{"draw-r1 2022-01 100.00"}},
		{name: "partly netted by unpaid units", before: func(l *life) {
			s := l.happen(suspend(Forfeit, "2022-01"))
			l.happen(resume("2022-02"))
			l.draw("r1", "2022-02", "2022-04")
			l.did(l.s.DecideCorrect(Corrected{Of: s}))
		}, last: "2022-02", amount: "100.00", units: []string{"draw-r1 2022-04 100.00"}},
		{name: "wholly netted by unpaid units", before: func(l *life) {
			s := l.happen(suspend(Forfeit, "2022-01"))
			l.happen(resume("2022-02"))
			l.draw("r1", "2022-02", "2022-02")
			l.did(l.s.DecideCorrect(Corrected{Of: s}))
		}, last: "2022-01"},
		{name: "a class that was lower", edit: func(e *Enrolled) { e.Classes[0].Key = class("girl") }, before: func(l *life) {
			l.draw("r1", "2022-01", "2022-02")
			l.happen(toClass("boy", "2022-02"))
		}, last: "2022-02", amount: "10.00", units: []string{"draw-r1 2022-02 10.00"}},
		{name: "two draws of one unit: the latest first", edit: func(e *Enrolled) {}, before: func(l *life) {
			l.draw("r1", "2022-01", "2022-01")
			l.happen(toClass("girl", "2022-01"))
			l.draw("r2", "2022-01", "2022-01")
		}, last: "2021-12", amount: "110.00", units: []string{"draw-r2 2022-01 10.00", "draw-r1 2022-01 100.00"}},
		{name: "a deduction that was never netted belongs to money, not to a unit", before: func(l *life) {
			l.draw("r1", "2022-01", "2022-02")
			l.happen(suspend(Forfeit, "2022-02"))
			l.draw("r2", "2022-02", "2022-02")
		}, last: "2022-01", amount: "100.00", units: []string{"draw-r1  100.00"}},
		{name: "no more is put down to a draw than it paid", before: func(l *life) {
			l.draw("r1", "2022-01", "2022-02")
			l.happen(suspend(Forfeit, "2022-02"), resume("2022-03"))
			l.draw("r2", "2022-03", "2022-03") // −100 and 100: pays nothing
		}, last: "2022-01", amount: "100.00", units: []string{"draw-r1  100.00"}},
		{name: "an opening overpayment is not an excess", edit: func(e *Enrolled) { e.Origin, e.Document, e.OpeningOver = CarriedOver, "x", yuan("50.00") }, before: func(l *life) { l.draw("r1", "2022-01", "2022-01") }, last: "2022-01"},
		{name: "half a share", edit: func(e *Enrolled) { e.Share = "1/2" }, before: func(l *life) { l.draw("r1", "2022-01", "2022-02") }, last: "2022-01", amount: "50.00", units: []string{"draw-r1 2022-02 50.00"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := enrolledLife(t, func(e *Enrolled) {
				if r.edit != nil {
					r.edit(e)
				}
			})
			r.before(l)
			opening := len(l.s.Overpayments)
			events := l.exit(r.last, tariff{})
			amount, units := over(t, events)
			require.Equal(t, r.amount, amount)
			require.Equal(t, r.units, units)
			if r.next == "" {
				r.next = "0.00"
			}
			requireMoney(t, r.next, l.assess(run("now", "2022-12", "2022-12")).Total)
			require.Len(t, l.s.Overpayments, opening+len(events)-1)
			if amount != "" {
				o := events[1].(Overpaid)
				o.Units, o.Amount = nil, domain.Money{}
				require.Equal(t, Overpaid{Cause: "dead", Enrolment: "e1", Fault: NoFault, FoundBy: "village", FoundOn: day("2022-05-02"), Overpayment: "over", Person: "wang"}, o)
				got := l.s.Overpayments[opening]
				requireMoney(t, amount, got.Outstanding())
				requireMoney(t, "0.00", got.Loose)
				require.Equal(t, []string{"over", "e1", "dead", "none"}, []string{got.ID, got.Enrolment, got.Cause, string(got.Fault)})
				// Undoing what brought the money takes the debt away, and never leaves another.
				for len(l.s.Draws) > 0 {
					d := l.s.Draws[0]
					l.undo(d.Run, Cancelled)
					require.GreaterOrEqual(t, l.assess(run("now", "2022-12", "2022-12")).Total.Sign(), 0)
				}
				requireMoney(t, "0.00", l.s.Overpayments[opening].Outstanding())
			}
		})
	}
}

func TestExitNeedsNoRateWhereNothingWasDrawn(t *testing.T) {
	noRate := failing{errors.New("no rate")}
	l := enrolledLife(t)
	events, err := l.s.DecideExit(exited("2022-03"), "p1", "over", noRate)
	require.NoError(t, err)
	require.Len(t, events, 1)
	l.draw("r1", "2022-01", "2022-01")
	events, err = l.s.DecideExit(exited("2022-03"), "p1", "over", noRate)
	require.ErrorIs(t, err, noRate.err)
	require.Empty(t, events)
	events, err = l.s.DecideExit(exited(""), "p1", "over", noRate)
	require.NoError(t, err, "what was never due needs no rate")
	require.Len(t, events, 2)
	l.happen(Undrawn{Draw: "draw-r1"}, Drawn{Draw: "d", Enrolment: "e1", Run: "r", Items: []Item{{Amount: yuan("1.00"), Unit: month("2022-01")}, {Amount: yuan("-1.00"), Unit: month("2022-01")}}})
	events, err = l.s.DecideExit(exited("2022-03"), "p1", "over", noRate)
	require.ErrorIs(t, err, noRate.err, "a unit was drawn")
	require.Empty(t, events)
}

// TestOverpaidComponents: after an overpayment the unit's sources are what is left of it.
func TestOverpaidComponents(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-02")
	l.happen(Overpaid{Amount: yuan("40.00"), Enrolment: "e1", Overpayment: "o", Units: []OverpaidUnit{{Amount: yuan("40.00"), Draw: "draw-r1", Unit: month("2022-02")}}})
	a := l.assess(run("r2", "2022-02", "2022-02"))
	require.Equal(t, []string{"2022-02 top-up 40.00"}, brief(a.Items))
	require.Equal(t, []rulebook.Component{{Amount: yuan("40.00"), Payer: rulebook.PayerGovernment, Fund: "base", Status: rulebook.Found}}, a.Items[0].Components)
	l.happen(Overpaid{Amount: yuan("30.00"), Enrolment: "other", Overpayment: "p", Units: []OverpaidUnit{{Amount: yuan("30.00"), Draw: "x", Unit: month("2022-01")}, {Amount: yuan("30.00"), Draw: "x"}}})
	require.Equal(t, a, l.assess(run("r2", "2022-02", "2022-02")), "another enrolment's overpayment is not this one's")
	l.happen(Overpaid{Amount: yuan("5.00"), Enrolment: "e1", Overpayment: "bank", Cause: "paid-twice"})
	require.Equal(t, a, l.assess(run("r2", "2022-02", "2022-02")), "money the bank paid twice is not paid a third time")
}

func TestAnnul(t *testing.T) {
	l := enrolledLife(t)
	events, err := l.s.DecideAnnul(Annulled{Enrolment: "e9"}, "over", day("2022-06-01"), tariff{})
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-enrolment")
	events, err = l.s.DecideAnnul(Annulled{Enrolment: "e1", Reason: "false"}, "over", day("2022-06-01"), tariff{})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Annulled{Enrolment: "e1", Reason: "false"}}, events)

	l.draw("r1", "2022-01", "2022-03")
	l.exit("2022-02", tariff{})
	events, err = l.s.DecideAnnul(Annulled{Enrolment: "e1", Reason: "false"}, "over-2", day("2022-06-01"), tariff{})
	l.did(events, err)
	require.Equal(t, Overpaid{
		Amount: yuan("200.00"), Cause: "false", Enrolment: "e1", Fault: Recover, FoundOn: day("2022-06-01"), Overpayment: "over-2", Person: "wang",
		Units: []OverpaidUnit{{Amount: yuan("100.00"), Draw: "draw-r1", Unit: month("2022-01")}, {Amount: yuan("100.00"), Draw: "draw-r1", Unit: month("2022-02")}},
	}, events[1], "what the exit found is not found again")
	require.True(t, l.e().Annulled)
	requireMoney(t, "0.00", l.assess(run("r2", "2022-12", "2022-12")).Total)
	events, err = l.s.DecideAnnul(Annulled{Enrolment: "e1"}, "over-3", day("2022-06-01"), tariff{})
	requireNothing(t, events, err)

	broken := enrolledLife(t, func(e *Enrolled) { e.Enrolment = "e2"; e.Programme = "p2" })
	_, err = broken.s.DecideAnnul(Annulled{Enrolment: "e2"}, "o", day("2022-06-01"), failing{errors.New("never asked")})
	require.NoError(t, err)
}

// TestMoneyIsOverpaidOnce: what an earlier overpayment took of a draw cannot be put down to it again, unless it was void.
func TestMoneyIsOverpaidOnce(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.draw("r2", "2022-02", "2022-02")
	l.draw("r3", "2022-03", "2022-03")
	l.happen(suspend(Forfeit, "2022-01"), resume("2022-02"))
	l.draw("r4", "2022-03", "2022-03") // January: −100, carried
	amount, units := over(t, l.exit("2022-03", tariff{}))
	require.Equal(t, "100.00", amount)
	require.Equal(t, []string{"draw-r3  100.00"}, units)
	events, err := l.s.DecideAnnul(Annulled{Enrolment: "e1"}, "over-2", day("2022-06-01"), tariff{})
	l.did(events, err)
	amount, units = over(t, events)
	require.Equal(t, "200.00", amount)
	require.Equal(t, []string{"draw-r1  100.00", "draw-r2 2022-02 100.00"}, units, "all that r3 paid is owed back already")

	l = enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.exit("", tariff{})
	l.did(l.s.DecideCorrect(Corrected{Of: l.e().Exit.Event}))
	events, err = l.s.DecideAnnul(Annulled{Enrolment: "e1"}, "over-2", day("2022-06-01"), tariff{})
	require.NoError(t, err)
	amount, units = over(t, events)
	require.Equal(t, "100.00", amount)
	require.Equal(t, []string{"draw-r1 2022-01 100.00"}, units)
}

func TestWriteOff(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-03")
	l.exit("2022-01", tariff{})
	off := func(id, amount string) WrittenOff {
		return WrittenOff{Amount: yuan(amount), Overpayment: id, Person: "wang", Reason: "poverty"}
	}
	events, err := l.s.DecideWriteOff(off("other", "1.00"))
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-overpayment")
	for _, amount := range []string{"0.00", "-1.00", "200.01"} {
		events, err = l.s.DecideWriteOff(off("over", amount))
		requireRefused(t, events, err, domain.Conflict, "beneficiary.write-off-amount")
	}
	events, err = l.s.DecideWriteOff(off("over", "200.00"))
	require.NoError(t, err)
	require.Equal(t, []domain.Event{off("over", "200.00")}, events)
	l.did(l.s.DecideWriteOff(off("over", "150.00")))
	l.happen(Recovered{Overpayment: "over", Amount: yuan("20.00")}, Recovered{Overpayment: "other", Amount: yuan("7.00")}, WrittenOff{Overpayment: "other", Amount: yuan("7.00")})
	requireMoney(t, "30.00", l.s.Overpayments[0].Outstanding())
	requireMoney(t, "200.00", l.s.Overpayments[0].Amount())
	events, err = l.s.DecideWriteOff(off("over", "30.01"))
	requireRefused(t, events, err, domain.Conflict, "beneficiary.write-off-amount")
	requireMoney(t, "0.00", l.assess(run("r2", "2022-12", "2022-12")).Total, "money given up is not drawn again")
}

// TestComponentsOfAnOverpaidUnitAreTheDraws: what was overpaid by a top-up takes the top-up's sources away.
func TestComponentsOfAnOverpaidUnitAreTheDraws(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	raised := tariff{raised: month("2022-01")}
	l.draw("r1", "2022-01", "2022-01")
	l.drawAt(run("r2", "2022-02", "2022-02"), raised)
	l.happen(Overpaid{Amount: yuan("20.00"), Enrolment: "e1", Overpayment: "o", Units: []OverpaidUnit{{Amount: yuan("20.00"), Draw: "draw-r2", Unit: month("2022-01")}}})
	a, err := l.s.Assess(l.e(), run("r3", "2022-02", "2022-02"), raised)
	require.NoError(t, err)
	require.Equal(t, []string{"2022-01 top-up 20.00"}, brief(a.Items))
	require.Equal(t, []rulebook.Component{{Amount: yuan("20.00"), Payer: rulebook.PayerEmployer, Fund: "more", Status: rulebook.Found}}, a.Items[0].Components)
}

// TestComponentsOfAnOverpaidUnitThatWasDeducted: the deduction cancelled the unit's sources out of its sum; they come back
// when the draw that paid it is undone, and stay right while it stands.
func TestComponentsOfAnOverpaidUnitThatWasDeducted(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.happen(suspend(Forfeit, "2022-01"))
	l.draw("r2", "2022-01", "2022-01") // −100, carried
	l.happen(Overpaid{Amount: yuan("60.00"), Enrolment: "e1", Overpayment: "o", Units: []OverpaidUnit{{Amount: yuan("60.00"), Draw: "draw-r1", Unit: month("2022-01")}}})
	a := l.assess(run("r3", "2022-02", "2022-02"))
	require.Equal(t, []string{"2022-01 top-up 60.00"}, brief(a.Items))
	require.Equal(t, []rulebook.Component{{Amount: yuan("60.00"), Payer: rulebook.PayerGovernment, Fund: "base", Status: rulebook.Found}}, a.Items[0].Components)
}

func TestAnEarlierMonthAfterAnExit(t *testing.T) {
	l := enrolledLife(t)
	s := l.happen(suspend(Forfeit, "2022-01"))
	l.happen(resume("2022-02"))
	l.draw("r1", "2022-02", "2022-03")
	l.did(l.s.DecideCorrect(Corrected{Of: s})) // January is due again, and unpaid
	l.exit("2022-02", tariff{})                // March was paid and is not due: January's money has left already
	a := l.assess(run("r2", "2022-01", "2022-01"))
	require.Equal(t, []string{"2022-01 regular 100.00", "2022-03 deduction -100.00"}, brief(a.Items))
	requireMoney(t, "0.00", a.Total)

	ahead := enrolledLife(t)
	ahead.draw("r1", "2022-01", "2022-01")
	ahead.exit("2022-06", tariff{}) // told in advance
	a = ahead.assess(run("r2", "2022-02", "2022-02"))
	require.Equal(t, []string{"2022-02 regular 100.00"}, brief(a.Items), "months ahead wait for their runs")
}
