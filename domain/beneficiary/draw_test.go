package beneficiary

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

func TestItems(t *testing.T) {
	for _, r := range []struct {
		name   string
		edit   func(*Enrolled)
		before func(*life)
		rates  tariff
		from   string
		to     string
		want   []string
		due    string
		back   string // arrears and top-ups
		less   string
		net    string
		carry  string
	}{
		{name: "regular", from: "2022-01", to: "2022-03", want: []string{"2022-01 regular 100.00", "2022-02 regular 100.00", "2022-03 regular 100.00"}, due: "300.00", net: "300.00"},
		{name: "arrears of a late entry", from: "2022-03", to: "2022-03", want: []string{"2022-01 arrears 100.00", "2022-02 arrears 100.00", "2022-03 regular 100.00"}, due: "100.00", back: "200.00", net: "300.00"},
		{name: "what was drawn is not drawn again", before: func(l *life) { l.draw("r1", "2022-01", "2022-02") }, from: "2022-02", to: "2022-03", want: []string{"2022-03 regular 100.00"}, due: "100.00", net: "100.00"},
		{name: "a back-dated rate", edit: func(e *Enrolled) { e.Classes[0].Key = class("girl") }, before: func(l *life) { l.draw("r1", "2022-01", "2022-02") }, rates: tariff{raised: month("2022-02")}, from: "2022-03", to: "2022-03",
			want: []string{"2022-02 top-up 20.00", "2022-03 regular 130.00"}, due: "130.00", back: "20.00", net: "150.00"},
		{name: "a rise of the unit paid is a top-up too", before: func(l *life) { l.draw("r1", "2022-01", "2022-01"); l.happen(toClass("girl", "2022-01")) }, from: "2022-01", to: "2022-01",
			want: []string{"2022-01 top-up 10.00"}, back: "10.00", net: "10.00"},
		{name: "a lower class, netted", edit: func(e *Enrolled) { e.Classes[0].Key = class("girl") }, before: func(l *life) { l.draw("r1", "2022-01", "2022-02"); l.happen(toClass("boy", "2022-02")) }, from: "2022-03", to: "2022-03",
			want: []string{"2022-02 deduction -10.00", "2022-03 regular 100.00"}, due: "100.00", less: "-10.00", net: "90.00"},
		{name: "units no longer due, carried", before: func(l *life) { l.draw("r1", "2022-01", "2022-03"); l.happen(suspend(Forfeit, "2022-02")) }, from: "2022-04", to: "2022-04",
			want: []string{"2022-02 deduction -100.00", "2022-03 deduction -100.00"}, less: "-200.00", carry: "-200.00"},
		{name: "deductions that come to nothing with what is due", before: func(l *life) {
			l.draw("r1", "2022-01", "2022-02")
			l.happen(suspend(Forfeit, "2022-02"), resume("2022-03"))
		}, from: "2022-03", to: "2022-03", want: []string{"2022-02 deduction -100.00", "2022-03 regular 100.00"}, due: "100.00", less: "-100.00"},
		{name: "a unit beyond the run stays", before: func(l *life) { l.draw("r1", "2022-01", "2022-03"); l.happen(suspend(Forfeit, "2022-02")) }, from: "2022-02", to: "2022-02",
			want: []string{"2022-02 deduction -100.00"}, less: "-100.00", carry: "-100.00"},
		{name: "the last unit of the run is in it", before: func(l *life) {
			l.draw("r1", "2022-01", "2022-02")
			l.happen(exited("2022-01"))
		}, from: "2022-02", to: "2022-02", want: []string{"2022-02 deduction -100.00"}, less: "-100.00", carry: "-100.00"},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := enrolledLife(t, func(e *Enrolled) {
				if r.edit != nil {
					r.edit(e)
				}
			})
			if r.before != nil {
				r.before(l)
			}
			d := l.drawAt(run("now", r.from, r.to), r.rates)
			require.Equal(t, r.want, brief(d.Items))
			or := func(s string) string {
				if s == "" {
					return "0.00"
				}
				return s
			}
			requireMoney(t, or(r.due), d.Due, "due")
			requireMoney(t, or(r.back), d.Arrears, "arrears")
			requireMoney(t, or(r.less), d.Deducted, "deducted")
			requireMoney(t, or(r.net), d.Net, "net")
			requireMoney(t, or(r.carry), d.Carried, "carried")
			require.Equal(t, r.net != "", d.Account == "1", "the account is named where money goes to it")
			for _, item := range d.Items {
				sum := domain.Money{}
				for _, c := range item.Components {
					sum = sum.Add(c.Amount)
				}
				require.True(t, sum.Equal(item.Amount), "%s: components %s, item %s", item.Unit, sum, item.Amount)
			}
		})
	}
}

func TestComponents(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	l.draw("r1", "2022-01", "2022-01")
	d := l.drawAt(run("r2", "2022-02", "2022-02"), tariff{raised: month("2022-01")})
	require.Equal(t, Item{
		Amount: yuan("20.00"), Kind: TopUp, Row: "girl/2022-01", Unit: month("2022-01"),
		Components: []rulebook.Component{{Amount: yuan("20.00"), Payer: rulebook.PayerEmployer, Fund: "more", Status: rulebook.Found}},
	}, d.Items[0], "only the source that rose")
	l.happen(suspend(Forfeit, "2022-01"))
	d = l.drawAt(run("r3", "2022-02", "2022-02"), tariff{raised: month("2022-01")})
	require.Equal(t, "girl/2022-01", d.Items[0].Row, "the row the unit was last drawn by")
	require.Equal(t, []rulebook.Component{
		{Amount: yuan("-110.00"), Payer: rulebook.PayerGovernment, Fund: "base", Status: rulebook.Found},
		{Amount: yuan("-20.00"), Payer: rulebook.PayerEmployer, Fund: "more", Status: rulebook.Found},
	}, d.Items[0].Components)
}

func TestSourcesAreToldApart(t *testing.T) {
	base := rulebook.Component{Amount: yuan("1.00"), Payer: "government", Document: "d", Source: "s", Fund: "f", Status: rulebook.Found}
	for name, edit := range map[string]func(*rulebook.Component){
		"payer":    func(c *rulebook.Component) { c.Payer = "employer" },
		"document": func(c *rulebook.Component) { c.Document = "x" },
		"source":   func(c *rulebook.Component) { c.Source = "x" },
		"fund":     func(c *rulebook.Component) { c.Fund = "x" },
		"status":   func(c *rulebook.Component) { c.Status = rulebook.Assumed },
	} {
		other := base
		edit(&other)
		require.Len(t, plus([]rulebook.Component{base}, []rulebook.Component{other}), 2, name)
	}
	all := []rulebook.Component{base}
	requireMoney(t, "2.00", plus(all, all)[0].Amount)
	require.Empty(t, less(all, all))
	requireMoney(t, "1.00", all[0].Amount, "nothing is written to")
	requireMoney(t, "-1.00", less(nil, all)[0].Amount)
	require.Equal(t, all, less(all, nil))
}

func TestScaled(t *testing.T) {
	parts := []rulebook.Component{{Amount: yuan("60.00"), Fund: "a"}, {Amount: yuan("40.00"), Fund: "b"}}
	require.Equal(t, []rulebook.Component{{Amount: yuan("30.00"), Fund: "a"}, {Amount: yuan("20.00"), Fund: "b"}}, scaled(parts, yuan("50.00")))
	require.Equal(t, []rulebook.Component{{Amount: yuan("0.01"), Fund: "a"}}, scaled(parts, yuan("0.01")), "parts of nothing fall out")
	down := []rulebook.Component{{Amount: yuan("-10.00"), Fund: "a"}, {Amount: yuan("30.00"), Fund: "b"}}
	require.Equal(t, []rulebook.Component{{Amount: yuan("5.00"), Fund: "a"}, {Amount: yuan("15.00"), Fund: "b"}}, scaled(down, yuan("20.00")))
	require.Nil(t, scaled(nil, yuan("1.00")))
	requireMoney(t, "60.00", parts[0].Amount, "nothing is written to")
}

func TestDrawn(t *testing.T) {
	l := enrolledLife(t)
	l.happen(FactRecorded{Fact: Guardian, Related: "li", On: day("2022-01-01"), ReportedOn: day("2022-01-01")}, AccountChanged{HolderPerson: "li", Relation: "guardian"})
	c := l.take(run("r1", "2022-01", "2022-01"))
	c.Line, c.PayRef = 7, "R7"
	events, err := l.s.DecideDraw(c, tariff{})
	require.NoError(t, err)
	want := Drawn{
		Account: "4", AccountCm: "seal-4", Draw: "draw-r1", Due: yuan("100.00"), Enrolment: "e1", Line: 7, Net: yuan("100.00"), PayRef: "R7",
		Payee: "li", Person: "wang", Relation: "guardian", Run: "r1",
		Items: []Item{{Amount: yuan("100.00"), Kind: Regular, Row: "boy/2010-01", Unit: month("2022-01"), Components: []rulebook.Component{{Amount: yuan("100.00"), Payer: rulebook.PayerGovernment, Fund: "base", Status: rulebook.Found}}}},
	}
	require.Equal(t, []domain.Event{want}, events)
	l.did(events, err)
	require.Equal(t, []Draw{{ID: "draw-r1", Run: "r1", Enrolment: "e1", Line: 7, Rev: 5, Net: yuan("100.00"), Items: want.Items}}, l.s.Draws)

	events, err = l.s.DecideDraw(c, tariff{})
	requireNothing(t, events, err)
	c.Run.Run, c.Draw = "r2", "draw-r2"
	events, err = l.s.DecideDraw(c, tariff{})
	requireRefused(t, events, err, domain.Refused, "beneficiary.draw-held")
	l.undo("r1", SentBack)
	events, err = l.s.DecideDraw(l.take(run("r1", "2022-01", "2022-01")), tariff{})
	requireRefused(t, events, err, domain.Conflict, "beneficiary.draw-undone")
	c.Enrolment = "e9"
	events, err = l.s.DecideDraw(c, tariff{})
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-enrolment")
	c.Enrolment, c.Grant = "", "g9"
	events, err = l.s.DecideDraw(c, tariff{})
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-grant")
}

// TestOneRunDrawsEveryEnrolment: a draw of one enrolment is not that of another, nor of a grant.
func TestOneRunDrawsEveryEnrolment(t *testing.T) {
	l := enrolledLife(t)
	l.did(l.s.DecideEnrol(enrolment(func(e *Enrolled) { e.Enrolment, e.Programme, e.Group = "e2", "p2", "h" })))
	l.did(l.s.DecideGrant(Granted{Grant: "g1", Amount: yuan("500.00"), Office: "town"}))
	l.draw("r", "2022-01", "2022-01")
	second := TakeDraw{Run: run("r", "2022-01", "2022-01"), Enrolment: "e2", Draw: "draw-2"}
	events, err := l.s.DecideDraw(second, tariff{})
	l.did(events, err)
	require.Equal(t, []string{"2022-01 regular 100.00"}, brief(events[0].(Drawn).Items))
	third := TakeDraw{Run: run("r", "2022-01", "2022-01"), Grant: "g1", Draw: "draw-3"}
	l.did(l.s.DecideDraw(third, tariff{}))
	require.Len(t, l.s.Draws, 3)
	for _, c := range []TakeDraw{second, third} {
		events, err = l.s.DecideDraw(c, tariff{})
		requireNothing(t, events, err)
	}
	// Nothing of one is netted with another.
	l.happen(suspend(Forfeit, "2022-01"))
	d := l.draw("r2", "2022-02", "2022-02")
	requireMoney(t, "-100.00", d.Carried)
	second.Run, second.Draw = run("r2", "2022-02", "2022-02"), "draw-22"
	events, err = l.s.DecideDraw(second, tariff{})
	require.NoError(t, err)
	requireMoney(t, "100.00", events[0].(Drawn).Net)
	exit := exited("2022-01")
	exit.Enrolment = "e2"
	events, err = l.s.DecideExit(exit, "p2", "over", tariff{})
	require.NoError(t, err)
	require.Len(t, events, 1, "what another enrolment owes is not this one's")
}

func TestCarry(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-03")
	l.happen(suspend(Forfeit, "2022-01"), resume("2022-03"))
	d := l.draw("r2", "2022-04", "2022-04") // −200 and 100
	requireMoney(t, "-100.00", d.Carried)
	requireMoney(t, "0.00", d.CarriedIn)
	require.Empty(t, d.Account, "nothing is paid, so no account is named")
	require.Equal(t, "wang", d.Payee)
	require.Equal(t, "self", d.Relation)
	d = l.draw("r3", "2022-05", "2022-06") // −100 and 200
	requireMoney(t, "-100.00", d.CarriedIn)
	requireMoney(t, "100.00", d.Net)
	requireMoney(t, "0.00", d.Carried)
	a := l.assess(run("r4", "2022-06", "2022-06"))
	requireMoney(t, "0.00", a.Total)

	t.Run("a positive difference for a unit carried before extinguishes the carry", func(t *testing.T) {
		l := enrolledLife(t)
		l.draw("r1", "2022-01", "2022-01")
		suspended := l.happen(suspend(Forfeit, "2022-01"))
		requireMoney(t, "-100.00", l.draw("r2", "2022-01", "2022-01").Carried)
		l.did(l.s.DecideCorrect(Corrected{Of: suspended}))
		d := l.draw("r3", "2022-01", "2022-01")
		require.Equal(t, []string{"2022-01 regular 100.00"}, brief(d.Items))
		requireMoney(t, "0.00", d.Net)
		requireMoney(t, "0.00", d.Carried)
	})
	t.Run("undone in any order", func(t *testing.T) {
		for _, order := range [][]string{{"r1", "r2", "r3"}, {"r1", "r3", "r2"}, {"r2", "r1", "r3"}, {"r2", "r3", "r1"}, {"r3", "r1", "r2"}, {"r3", "r2", "r1"}} {
			l := enrolledLife(t)
			l.draw("r1", "2022-01", "2022-03")
			l.happen(suspend(Forfeit, "2022-01"), resume("2022-03"))
			l.draw("r2", "2022-04", "2022-04")
			l.draw("r3", "2022-05", "2022-06")
			for _, id := range order {
				l.undo(id, Cancelled)
				paid := domain.Money{}
				for _, d := range l.s.Draws {
					paid = paid.Add(d.Net)
				}
				a := l.assess(run("now", "2022-06", "2022-06"))
				requireMoney(t, "400.00", paid.Add(a.Total), order)
			}
			require.Equal(t, []string{"draw-" + order[0], "draw-" + order[1], "draw-" + order[2]}, undoneDraws(l.s))
		}
	})
	t.Run("money of a line whose deduction was undone elsewhere is paid without an item", func(t *testing.T) {
		l := enrolledLife(t)
		l.draw("r1", "2022-01", "2022-02")
		suspended := l.happen(suspend(Forfeit, "2022-02"))
		l.draw("r2", "2022-02", "2022-02") // −100, carried
		l.did(l.s.DecideCorrect(Corrected{Of: suspended}))
		l.draw("r3", "2022-02", "2022-02") // +100, nothing to pay
		l.undo("r2", Cancelled)
		a := l.assess(run("r4", "2022-02", "2022-02"))
		require.Equal(t, []string{"2022-02 deduction -100.00"}, brief(a.Items))
		requireMoney(t, "100.00", a.CarriedIn)
		requireMoney(t, "0.00", a.Total)
	})
}

func TestHeld(t *testing.T) {
	noAccount := func(t *testing.T) *life {
		l := &life{t: t}
		l.happen(Registered{Person: "wang"}, enrolment())
		return l
	}
	for _, r := range []struct {
		name    string
		life    func(*testing.T) *life
		run     Run
		held    payrun.HeldReason
		sum     string
		onRoll  bool
		nothing bool
	}{
		{name: "a line", life: func(t *testing.T) *life { return enrolledLife(t) }, run: run("r", "2022-01", "2022-01"), onRoll: true},
		{name: "no account", life: noAccount, run: run("r", "2022-01", "2022-01"), held: payrun.HeldNoAccount, sum: "100.00", onRoll: true},
		{name: "a line of nothing needs no account", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.happen(suspend(Forfeit, "2022-01"), Corrected{Of: "1"})
			return l
		}, run: run("r", "2022-01", "2022-01"), onRoll: true},
		{name: "a line that comes to nothing needs no account", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.happen(suspend(Forfeit, "2022-01"), resume("2022-02"), Corrected{Of: "1"})
			return l
		}, run: run("r", "2022-02", "2022-02"), onRoll: true},
		{name: "withheld", life: func(t *testing.T) *life { l := enrolledLife(t); l.happen(suspend(Withhold, "2022-01")); return l }, run: run("r", "2022-01", "2022-02"), held: payrun.HeldSuspended, sum: "200.00", onRoll: true},
		{name: "withheld top-up", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.happen(suspend(Withhold, "2022-01"), toClass("girl", "2022-01"))
			return l
		}, run: run("r", "2022-01", "2022-01"), held: payrun.HeldSuspended, sum: "10.00", onRoll: true},
		{name: "withheld, but already drawn", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.happen(suspend(Withhold, "2022-01"))
			return l
		}, run: run("r", "2022-01", "2022-01"), held: payrun.HeldNotDue, onRoll: true},
		{name: "withheld, while an earlier unit is paid", life: func(t *testing.T) *life { l := enrolledLife(t); l.happen(suspend(Withhold, "2022-02")); return l }, run: run("r", "2022-02", "2022-02"), onRoll: true},
		{name: "forfeited", life: func(t *testing.T) *life { l := enrolledLife(t); l.happen(suspend(Forfeit, "2022-01")); return l }, run: run("r", "2022-01", "2022-02"), held: payrun.HeldNotDue, onRoll: true},
		{name: "already drawn", life: func(t *testing.T) *life { l := enrolledLife(t); l.draw("r0", "2022-01", "2022-01"); return l }, run: run("r", "2022-01", "2022-01"), held: payrun.HeldNotDue, onRoll: true},
		{name: "not yet due", life: func(t *testing.T) *life { return enrolledLife(t) }, run: run("r", "2021-11", "2021-12"), held: payrun.HeldNotDue, nothing: true},
		{name: "due from the last unit", life: func(t *testing.T) *life { return enrolledLife(t) }, run: run("r", "2021-12", "2022-01"), onRoll: true},
		{name: "left in the first unit", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.exit("2022-01", tariff{})
			return l
		}, run: run("r", "2022-01", "2022-02"), held: payrun.HeldNotDue, onRoll: true},
		{name: "left", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.exit("2022-01", tariff{})
			return l
		}, run: run("r", "2022-02", "2022-02"), held: payrun.HeldNotDue, nothing: true},
		{name: "left, with arrears", life: func(t *testing.T) *life { l := enrolledLife(t); l.exit("2022-01", tariff{}); return l }, run: run("r", "2022-02", "2022-02")},
		{name: "void", life: func(t *testing.T) *life { l := enrolledLife(t); l.happen(Annulled{Enrolment: "e1"}); return l }, run: run("r", "2022-01", "2022-01"), held: payrun.HeldNotDue, nothing: true},
		{name: "a deduction still carried by somebody on the roll", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.happen(suspend(Forfeit, "2022-01"))
			l.draw("r1", "2022-01", "2022-01")
			return l
		}, run: run("r", "2022-01", "2022-01"), held: payrun.HeldNotDue, onRoll: true},
		{name: "withheld beside a deduction still carried", life: func(t *testing.T) *life {
			l := enrolledLife(t)
			l.draw("r0", "2022-01", "2022-01")
			l.happen(suspend(Forfeit, "2022-01"))
			l.draw("r1", "2022-01", "2022-01")
			l.happen(resume("2022-02"), suspend(Withhold, "2022-02"))
			return l
		}, run: run("r", "2022-02", "2022-02"), held: payrun.HeldSuspended, sum: "100.00", onRoll: true},
	} {
		t.Run(r.name, func(t *testing.T) {
			a := r.life(t).assess(r.run)
			require.Equal(t, r.held, a.Held)
			if r.sum == "" {
				r.sum = "0.00"
			}
			requireMoney(t, r.sum, a.HeldSum)
			require.Equal(t, r.onRoll, a.OnRoll)
			require.Equal(t, r.nothing, a.Nothing())
		})
	}
}

func TestAssessFails(t *testing.T) {
	l := enrolledLife(t)
	broken := errors.New("disk on fire")
	_, err := l.s.Assess(l.e(), run("r", "2022-01", "2022-01"), failing{broken})
	require.ErrorIs(t, err, broken)
	events, err := l.s.DecideDraw(l.take(run("r", "2022-01", "2022-01")), failing{broken})
	require.ErrorIs(t, err, broken)
	require.Empty(t, events)
	other := domain.Refuse(domain.Refused, "rulebook.other", "no")
	_, err = l.s.Assess(l.e(), run("r", "2022-01", "2022-01"), failing{other})
	require.ErrorIs(t, err, other, "only the lack of a rate holds a line")
	for _, rule := range []string{"rulebook.no-rate", "rulebook.unknown-class"} {
		a, err := l.s.Assess(l.e(), run("r", "2022-01", "2022-01"), failing{domain.Refuse(domain.Refused, rule, "no")})
		require.NoError(t, err)
		require.Equal(t, payrun.HeldNoRate, a.Held)
		require.True(t, a.OnRoll)
		require.Equal(t, "town", a.Place.Office)
	}
}

// TestTransferBetweenOffices: the old office pays until the move, the new one from it; no unit twice, none lost.
func TestTransferBetweenOffices(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-03")
	l.did(l.s.DecideTransfer(Transferred{Enrolment: "e1", FirstUnit: month("2022-06"), ToOffice: "city", ToVillage: "340311102201"}, "p1"))
	at := func(office, from, to string) Run { r := run(office+to, from, to); r.Office = office; return r }

	a := l.assess(at("city", "2022-04", "2022-05"))
	require.Equal(t, payrun.HeldTransfer, a.Held)
	require.True(t, a.Nothing(), "not yet on the new office's roll")
	d := l.drawAt(at("town", "2022-04", "2022-05"), tariff{})
	require.Equal(t, []string{"2022-04 regular 100.00", "2022-05 regular 100.00"}, brief(d.Items))

	l.undo("town2022-05", Stopped) // the old office's units come to the new one
	a = l.assess(at("town", "2022-04", "2022-06"))
	require.Equal(t, payrun.HeldTransfer, a.Held)
	require.True(t, a.OnRoll, "on the old office's roll when the quarter began")
	require.False(t, a.Nothing())
	require.Empty(t, a.Items)
	require.Equal(t, "city", a.Place.Office)
	a = l.assess(at("town", "2022-07", "2022-09"))
	require.Equal(t, payrun.HeldTransfer, a.Held)
	require.True(t, a.Nothing(), "long gone")
	d = l.drawAt(at("city", "2022-06", "2022-06"), tariff{})
	require.Equal(t, []string{"2022-04 arrears 100.00", "2022-05 arrears 100.00", "2022-06 regular 100.00"}, brief(d.Items))
	require.Equal(t, payrun.HeldNotDue, l.assess(at("town", "2022-04", "2022-05")).Held, "what the new office drew, the old does not draw")
	l.exit("2022-06", tariff{})
	require.True(t, l.assess(at("town", "2022-07", "2022-09")).Nothing())
}

func TestReturned(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01") // revision 3
	l.undo("r1", Returned)             // revision 4
	require.Equal(t, Return{HeldDraw: "draw-r1", HeldDrawRev: 3, HeldRev: 4, HeldUnits: []domain.Period{domain.MustPeriod("2022-01")}}, l.e().Return)
	next := run("r2", "2022-02", "2022-02")
	a := l.assess(next)
	require.Equal(t, payrun.HeldReturned, a.Held)
	requireMoney(t, "200.00", a.HeldSum)
	events, err := l.s.DecideDraw(l.take(next), tariff{})
	requireRefused(t, events, err, domain.Refused, "beneficiary.draw-held")

	account := l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
	d := l.drawAt(next, tariff{})
	require.Equal(t, "draw-r1", d.Again)
	require.Equal(t, account, d.Account)
	requireMoney(t, "200.00", d.Net)
	require.Empty(t, l.draw("r3", "2022-03", "2022-03").Again, "paid again once")

	l.undo("r2", SentBack)
	require.Empty(t, l.draw("r4", "2022-03", "2022-03").Again, "r3 was paid after the return")
	l.undo("r3", SentBack)
	l.undo("r4", SentBack)
	require.Equal(t, "draw-r1", l.draw("r5", "2022-03", "2022-03").Again, "what was to be paid again still is")

	t.Run("the account that failed stays out of use when the new one is corrected away", func(t *testing.T) {
		l.did(l.s.DecideCorrect(Corrected{Of: account}))
		require.Equal(t, payrun.HeldReturned, l.assess(run("r6", "2022-04", "2022-04")).Held)
	})
	t.Run("an account changed while the payment was on its way is new enough", func(t *testing.T) {
		l := enrolledLife(t)
		l.draw("r1", "2022-01", "2022-01")
		l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
		l.undo("r1", Returned)
		require.Equal(t, "draw-r1", l.draw("r2", "2022-01", "2022-01").Again)
	})
	t.Run("a line of nothing does not end the waiting", func(t *testing.T) {
		l := enrolledLife(t)
		l.draw("r1", "2022-01", "2022-01")
		l.draw("r2", "2022-02", "2022-02")
		l.undo("r2", Returned)
		l.happen(suspend(Forfeit, "2022-01"))
		d := l.draw("r3", "2022-02", "2022-02")
		require.Empty(t, d.Again)
		requireMoney(t, "-100.00", d.Carried)
		l.happen(resume("2022-03"))
		require.Equal(t, payrun.HeldReturned, l.assess(run("r4", "2022-03", "2022-05")).Held)
	})
	t.Run("only the same enrolment's money, later than the return, pays it again", func(t *testing.T) {
		l := enrolledLife(t)
		l.happen(enrolment(func(e *Enrolled) { e.Enrolment, e.Programme = "e2", "p2" }), Granted{Grant: "g1", Amount: yuan("1.00"), Office: "town"})
		l.draw("r0", "2022-01", "2022-01") // before, and it stands
		l.draw("r1", "2022-02", "2022-02")
		l.undo("r1", Returned)
		l.happen(suspend(Forfeit, "2022-01"))
		require.Empty(t, l.draw("r2", "2022-02", "2022-02").Account, "a line that pays nothing names no account")
		l.happen(resume("2022-02"), AccountChanged{HolderPerson: "wang", Relation: "self"})
		l.did(l.s.DecideDraw(TakeDraw{Run: run("r3", "2022-01", "2022-01"), Enrolment: "e2", Draw: "d2"}, tariff{}))
		l.did(l.s.DecideDraw(TakeDraw{Run: run("r3", "2022-01", "2022-01"), Grant: "g1", Draw: "d3"}, tariff{}))
		d := l.draw("r4", "2022-02", "2022-03")
		require.Equal(t, "draw-r1", d.Again)
		requireMoney(t, "100.00", d.Net)
	})
	t.Run("other causes hold nothing", func(t *testing.T) {
		for _, cause := range []Cause{Cancelled, SentBack, Stopped, Abandoned} {
			l := enrolledLife(t)
			l.draw("r1", "2022-01", "2022-01")
			l.undo("r1", cause)
			require.Equal(t, Return{}, l.e().Return)
			require.Empty(t, l.draw("r2", "2022-01", "2022-01").Again)
		}
	})
	t.Run("another enrolment is not held", func(t *testing.T) {
		l := enrolledLife(t)
		l.happen(enrolment(func(e *Enrolled) { e.Enrolment, e.Programme = "e2", "p2" }), Granted{Grant: "g1", Amount: yuan("1.00"), Office: "town"})
		l.draw("r1", "2022-01", "2022-01")
		l.undo("r1", Returned)
		other, _ := l.s.Enrolment("e2")
		require.Equal(t, Return{}, other.Return)
		require.Equal(t, Return{}, l.s.Grants[0].Return)
		events, err := l.s.DecideDraw(TakeDraw{Run: run("r2", "2022-01", "2022-01"), Enrolment: "e2", Draw: "d2"}, tariff{})
		require.NoError(t, err)
		require.Empty(t, events[0].(Drawn).Again)
	})
}

func TestUndo(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.draw("r2", "2022-02", "2022-02")
	for _, c := range []UndoDraw{{Draw: "draw-r1", Run: "r2"}, {Draw: "draw-r9", Run: "r1"}} {
		events, err := l.s.DecideUndo(c)
		requireRefused(t, events, err, domain.NotFound, "beneficiary.no-draw")
	}
	events, err := l.s.DecideUndo(UndoDraw{Draw: "draw-r1", Run: "r1", Cause: Stopped})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Undrawn{Cause: Stopped, Draw: "draw-r1", Person: "wang", Run: "r1"}}, events)
	l.did(events, err)
	require.Len(t, l.s.Draws, 1)
	require.Equal(t, "draw-r2", l.s.Draws[0].ID)
	require.Equal(t, []string{"draw-r1"}, undoneDraws(l.s))
	events, err = l.s.DecideUndo(UndoDraw{Draw: "draw-r1", Run: "r1"})
	requireNothing(t, events, err)
	before := l.s
	l.happen(Undrawn{Draw: "draw-r9", Cause: Returned})
	require.Equal(t, before, l.s, "what never stood is not undone")
}

func TestGrant(t *testing.T) {
	parts := []rulebook.Component{{Amount: yuan("500.00"), Payer: rulebook.PayerGovernment, Status: rulebook.Assumed}}
	grant := Granted{Grant: "g1", Amount: yuan("500.00"), Office: "town", Village: "340311101201", Programme: "p1", Parts: parts, Campaign: "spring", Document: "文", Purpose: "festival"}
	l := newLife(t)
	for _, amount := range []string{"0.00", "-1.00"} {
		bad := grant
		bad.Amount = yuan(amount)
		events, err := l.s.DecideGrant(bad)
		requireRefused(t, events, err, domain.Invalid, "beneficiary.grant-amount")
	}
	events, err := l.s.DecideGrant(grant)
	require.NoError(t, err)
	require.Equal(t, []domain.Event{grant}, events)
	l.did(events, err)
	require.Equal(t, []Grant{{ID: "g1", Event: "2", Programme: "p1", Office: "town", Village: "340311101201", Amount: yuan("500.00"), Parts: parts}}, l.s.Grants)
	events, err = l.s.DecideGrant(grant)
	requireNothing(t, events, err)

	r := Run{Run: "g", Office: "town", From: once, To: once}
	take := TakeDraw{Run: r, Grant: "g1", Line: 1, Draw: "draw-g"}
	elsewhere := r
	elsewhere.Office = "city"
	require.Equal(t, payrun.HeldTransfer, l.s.AssessGrant(l.s.Grants[0], elsewhere).Held)
	poor := State{Person: "wang", Registered: true, Grants: l.s.Grants}
	a := poor.AssessGrant(l.s.Grants[0], r)
	require.Equal(t, payrun.HeldNoAccount, a.Held)
	requireMoney(t, "500.00", a.HeldSum)
	require.Equal(t, Place{Office: "town", Village: "340311101201"}, a.Place)

	events, err = l.s.DecideDraw(take, tariff{})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Drawn{
		Account: "1", AccountCm: "seal-1", Draw: "draw-g", Due: yuan("500.00"), Grant: "g1", Line: 1, Net: yuan("500.00"), Payee: "wang", Person: "wang", Relation: "self", Run: "g",
		Items: []Item{{Amount: yuan("500.00"), Components: parts, Kind: Regular, Row: "grant", Unit: once}},
	}}, events)
	l.did(events, err)
	require.Equal(t, payrun.HeldNotDue, l.s.AssessGrant(l.s.Grants[0], Run{Run: "g2", Office: "town", From: once, To: once}).Held, "drawn once")
	events, err = l.s.DecideCorrect(Corrected{Of: "2"})
	requireRefused(t, events, err, domain.Conflict, "beneficiary.grant-drawn")

	l.did(l.s.DecideUndo(UndoDraw{Draw: "draw-g", Run: "g", Cause: Returned}))
	require.Equal(t, Return{HeldDraw: "draw-g", HeldDrawRev: 3, HeldRev: 4}, l.s.Grants[0].Return)
	a = l.s.AssessGrant(l.s.Grants[0], r)
	require.Equal(t, payrun.HeldReturned, a.Held)
	requireMoney(t, "500.00", a.HeldSum)
	l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
	take.Draw, take.Run.Run = "draw-g2", "g2"
	events, err = l.s.DecideDraw(take, tariff{})
	require.NoError(t, err)
	require.Equal(t, "draw-g", events[0].(Drawn).Again)

	l.happen(Granted{Grant: "g2", Amount: yuan("1.00"), Office: "town"})
	l.did(l.s.DecideCorrect(Corrected{Of: "2"}))
	require.Equal(t, payrun.HeldNotDue, l.s.AssessGrant(l.s.Grants[0], r).Held, "taken back")
	require.Equal(t, []bool{true, false}, []bool{l.s.Grants[0].Void, l.s.Grants[1].Void})
	events, err = l.s.DecideCorrect(Corrected{Of: "2"})
	requireRefused(t, events, err, domain.NotFound, "beneficiary.correctable")
}

// TestDrawnIsTheSameEveryTime: the items come out of a map, and the log keeps the bytes.
func TestDrawnIsTheSameEveryTime(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2023-12")
	l.happen(suspend(Forfeit, "2022-03"))
	want, err := l.s.DecideDraw(l.take(run("r2", "2024-01", "2024-01")), tariff{})
	require.NoError(t, err)
	for range 20 {
		events, err := l.s.DecideDraw(l.take(run("r2", "2024-01", "2024-01")), tariff{})
		require.NoError(t, err)
		require.Equal(t, want, events)
	}
}

// undoneDraws are the ids of the draws that were undone, in order.
func undoneDraws(s State) []string {
	var ids []string
	for _, u := range s.Undone {
		ids = append(ids, u.Draw)
	}
	return ids
}
