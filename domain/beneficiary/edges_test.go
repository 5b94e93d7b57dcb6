package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// second enrols the person in another programme of another group, beside e1.
func (l *life) second(edit ...func(*Enrolled)) {
	l.t.Helper()
	l.did(l.s.DecideEnrol(enrolment(append([]func(*Enrolled){func(e *Enrolled) { e.Enrolment, e.Programme, e.Group = "e2", "p2", "h" }}, edit...)...)))
}

// drawSecond draws enrolment e2.
func (l *life) drawSecond(id, from, to string) {
	l.t.Helper()
	c := l.take(run(id, from, to))
	c.Enrolment = "e2"
	l.did(l.s.DecideDraw(c, tariff{}))
}

func reissue(id, from, to string) Run {
	r := run(id, from, to)
	r.Reissue = true
	return r
}

// TestBankFactsBookWhatTheyMoved: no entry of nothing, none on what is void, and nothing under a draw that never was.
func TestBankFactsBookWhatTheyMoved(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	events, err := l.s.DecideBankFact(bankFact(1, arrivedLate, func(c *BankFact) { c.Draw, c.Run = "draw-x", "" }))
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-draw")

	more := func(id, amount string) func(*BankFact) {
		return func(c *BankFact) { c.Overpaid, c.Overpayment = yuan(amount), id }
	}
	l.did(l.s.DecideBankFact(bankFact(1, more("first", "100.00"))))
	require.Equal(t, "bank", l.over("first").Cause, "the bank gave no fact with it")
	l.did(l.s.DecideBankFact(bankFact(2, more("second", "30.00"))))
	require.Equal(t, []string{"draw-r1", "r1"}, []string{l.over("second").Entries[0].Draw, l.over("second").Entries[0].Run})
	events, err = l.s.DecideBankFact(bankFact(3, reversed("30.00")))
	require.NoError(t, err)
	require.Len(t, events, 2, "all of it belongs to the latest")
	require.Equal(t, "second", events[1].(Recovered).Overpayment)

	l.happen(Corrected{Of: l.over("first").Event}, Corrected{Of: l.over("second").Event}, Corrected{Of: l.over("second").Event})
	require.Equal(t, []string{"found 30.00", "void 30.00"}, ledgerOf(l.over("second")), "void once")
	events, err = l.s.DecideBankFact(bankFact(3, reversed("30.00")))
	require.NoError(t, err)
	require.Len(t, events, 1, "nothing is owed that could be got back")

	owes := owing(t)
	before := owes.s.BankLines
	owes.did(owes.s.DecideRecover(Recovered{Amount: yuan("10.00"), Method: MethodRefund, Overpayment: "over-b", ReceivedOn: day("2022-03-01"), Voucher: "PZ-1"}))
	require.Equal(t, before, owes.s.BankLines, "a refund is no line of a return file")
}

func TestWhoFoundAnOverpayment(t *testing.T) {
	l := enrolledLife(t)
	for by, want := range map[string]string{"": "officer-7", "village": "village"} {
		s := Evolve(l.s, domain.Fact{Event: Overpaid{Overpayment: "o", FoundBy: by, Amount: yuan("1.00")}, Officer: "officer-7"})
		require.Equal(t, want, s.Overpayments[0].FoundBy)
	}
}

// TestHeirsOnlyAfterADeath: an exit for another reason names no heirs.
func TestHeirsOnlyAfterADeath(t *testing.T) {
	l := enrolledLife(t)
	l.happen(FactRecorded{Fact: Heir, Related: "son", On: day("2022-01-01"), ReportedOn: day("2022-01-02")})
	moved := exited("2022-03")
	moved.Reason = "moved"
	l.did(l.s.DecideExit(moved, "p1", "over", tariff{}))
	events, err := l.s.DecideChangeAccount(AccountChanged{HolderPerson: "son", Person: "wang", Relation: HeirRelation})
	requireRefused(t, events, err, domain.Refused, "beneficiary.account-heir")
}

// TestNothingDueOverlapsNothing: an enrolment whose last unit comes before its first stands beside any other.
func TestNothingDueOverlapsNothing(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.FirstUnit, e.Classes[0].From = month("2021-01"), month("2021-01") })
	events, err := l.s.DecideEnrol(enrolment(func(e *Enrolled) { e.Enrolment, e.Programme, e.Until = "e2", "p2", month("2021-12") }))
	require.NoError(t, err)
	require.Len(t, events, 1)
}

// TestACorrectionTouchesWhatItNames: nothing of another exit, another grant, or an event that never was.
func TestACorrectionTouchesWhatItNames(t *testing.T) {
	l := enrolledLife(t)
	fact := l.happen(FactRecorded{Fact: Guardian, Related: "li", On: day("2022-01-01"), ReportedOn: day("2022-01-01")})
	l.did(l.s.DecideGrant(Granted{Amount: yuan("500.00"), Grant: "g1", Office: "town", Programme: "p1", Person: "wang"}))
	other := l.did(l.s.DecideGrant(Granted{Amount: yuan("30.00"), Grant: "g2", Office: "town", Programme: "p1", Person: "wang"}))
	l.did(l.s.DecideDraw(TakeDraw{Run: Run{Run: "g", Office: "town", From: once, To: once}, Grant: "g1", Line: 1, Draw: "draw-g"}, tariff{}))
	l.draw("r1", "2022-01", "2022-02")
	require.Len(t, l.exit("2022-01", tariff{}), 2)
	for _, of := range []string{fact, other} {
		events, err := l.s.DecideCorrect(Corrected{Of: of})
		require.NoError(t, err)
		require.Equal(t, []domain.Event{Corrected{Of: of}}, events)
	}
	events, err := l.s.DecideCorrect(Corrected{Of: "no such event"})
	requireRefused(t, events, err, domain.NotFound, "beneficiary.correctable")
}

// TestTwoGrantsInOneRun: each is drawn, for its own amount, and paid again for itself.
func TestTwoGrantsInOneRun(t *testing.T) {
	l := newLife(t)
	for id, amount := range map[string]string{"g1": "500.00", "g2": "30.00"} {
		l.did(l.s.DecideGrant(Granted{Amount: yuan(amount), Grant: id, Office: "town", Programme: "p1", Person: "wang"}))
	}
	draw := func(run, grant string) Drawn {
		events, err := l.s.DecideDraw(TakeDraw{Run: Run{Run: run, Office: "town", From: once, To: once}, Grant: grant, Line: 1, Draw: "draw-" + run + grant}, tariff{})
		l.did(events, err)
		return events[0].(Drawn)
	}
	requireMoney(t, "500.00", draw("r1", "g1").Net)
	requireMoney(t, "30.00", draw("r1", "g2").Net)
	for _, id := range []string{"draw-r1g1", "draw-r1g2"} {
		l.did(l.s.DecideUndo(UndoDraw{Draw: id, Run: "r1", Cause: Returned}))
	}
	l.happen(AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self"})
	require.Equal(t, "draw-r1g1", draw("r2", "g1").Again)
	require.Equal(t, "draw-r1g2", draw("r2", "g2").Again, "the other grant's payment is not this one's")
}

// TestMovedAwayAndEnded: the office left behind sees on its roll only whom it still pays in the period.
func TestMovedAwayAndEnded(t *testing.T) {
	l := enrolledLife(t)
	l.did(l.s.DecideTransfer(Transferred{Enrolment: "e1", FirstUnit: month("2022-03"), ToOffice: "city"}, "p1"))
	l.exit("2022-01", tariff{})
	a := l.assess(run("r1", "2022-02", "2022-03"))
	require.Equal(t, payrun.HeldTransfer, a.Held)
	require.True(t, a.Nothing())
}

// TestALineBesideWithheldMonths: a line that nets or pays stands though months are withheld beside it.
func TestALineBesideWithheldMonths(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-02")
	l.happen(suspend(Forfeit, "2022-01"), resume("2022-02"), suspend(Withhold, "2022-03"))
	a := l.assess(run("r2", "2022-03", "2022-03"))
	require.Equal(t, []string{"2022-01 deduction -100.00"}, brief(a.Items))
	require.Empty(t, a.Held, "a deduction is listed")

	for name, withheld := range map[string]bool{"nothing withheld": false, "a month withheld": true} {
		l := carriedOver(t)
		if withheld {
			l.happen(suspend(Withhold, "2022-03"))
		} else {
			l.happen(suspend(Forfeit, "2022-03"))
		}
		a := l.assess(run("r4", "2022-03", "2022-03"))
		require.Empty(t, a.Items, name)
		requireMoney(t, "100.00", a.Total, name)
		require.Empty(t, a.Held, name)
		d := l.draw("r4", "2022-03", "2022-03")
		requireMoney(t, "100.00", d.Net, name)
		require.Equal(t, []Item{}, d.Items, "a list in the log, not nothing")
	}
}

// carriedOver is a person with 100.00 to get that belongs to no unit: January was deducted from February, the line of the
// deduction was cancelled, and January is due after all.
func carriedOver(t testing.TB) *life {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	forfeited := l.happen(suspend(Forfeit, "2022-01"))
	l.happen(resume("2022-02"))
	l.draw("r2", "2022-01", "2022-01") // −100, carried
	l.draw("r3", "2022-02", "2022-02") // 100 less what was carried
	l.undo("r2", Cancelled)
	l.did(l.s.DecideCorrect(Corrected{Of: forfeited}))
	return l
}

// TestMoneyWithoutAUnitIsOverpaidToo: a line that paid what was carried has no item to name.
func TestMoneyWithoutAUnitIsOverpaidToo(t *testing.T) {
	l := carriedOver(t)
	l.draw("r4", "2022-02", "2022-02")
	l.undo("r1", Cancelled)
	l.undo("r3", Cancelled)
	amount, units := over(t, l.exit("", tariff{}))
	require.Equal(t, "100.00", amount)
	require.Equal(t, []string{"draw-r4  100.00"}, units)
}

func TestReissueInTheSamePeriod(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	l.draw("r1", "2022-01", "2022-01")
	l.draw("r2", "2022-02", "2022-02")
	l.happen(toClass("boy", "2022-02"))
	require.True(t, l.assess(reissue("r3", "2022-03", "2022-03")).Nothing(), "a deduction alone is not for a reissue")
	l.undo("r1", Returned)
	l.happen(AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self"})
	require.Equal(t, []string{"2022-01 regular 110.00", "2022-02 deduction -10.00"}, brief(l.assess(reissue("r3", "2022-01", "2022-03")).Items), "less what became undue")

	plain := enrolledLife(t)
	plain.draw("r1", "2022-01", "2022-01")
	plain.undo("r1", Returned)
	require.Equal(t, []string{"2022-01 regular 100.00"}, brief(plain.assess(reissue("r2", "2022-01", "2022-01")).Items))
}

// TestNothingToPayIsNotPaidAgain: a line that comes to 0.00 names no draw that came back.
func TestNothingToPayIsNotPaidAgain(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.draw("r2", "2022-02", "2022-02")
	l.undo("r1", Returned)
	l.happen(suspend(Forfeit, "2022-02"), resume("2022-03"))
	d := l.draw("r3", "2022-02", "2022-02")
	require.Equal(t, []string{"2022-01 arrears 100.00", "2022-02 deduction -100.00"}, brief(d.Items))
	requireMoney(t, "0.00", d.Net)
	require.Empty(t, d.Again)
}

// TestARunLooksNoFurtherThanItsLastUnit, unless the enrolment has ended or is void.
func TestARunLooksNoFurtherThanItsLastUnit(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	l.draw("r1", "2022-01", "2022-03")
	a, err := l.s.Assess(l.e(), run("r2", "2022-02", "2022-02"), tariff{raised: month("2022-03")})
	require.NoError(t, err)
	require.Empty(t, a.Items, "March rises in the run for March")

	void := enrolledLife(t)
	void.draw("r1", "2022-01", "2022-03")
	void.happen(Annulled{Enrolment: "e1"})
	requireMoney(t, "-300.00", void.assess(run("r2", "2022-01", "2022-01")).Total)
}

// TestLessIsDueThanWasDrawn: neither a forfeit at death nor a month withheld hides what was drawn too much.
func TestLessIsDueThanWasDrawn(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	raised := tariff{raised: month("2022-01")}
	l.drawAt(run("r1", "2022-01", "2022-01"), raised)
	e := exited("2022-01")
	e.AtDeath = rulebook.DeathForfeits
	l.did(l.s.DecideExit(e, "p1", "over", raised))
	require.Equal(t, []string{"2022-01 deduction -20.00"}, brief(l.assess(run("r2", "2022-02", "2022-02")).Items))

	withheld := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	withheld.draw("r1", "2022-01", "2022-01")
	withheld.happen(toClass("boy", "2022-01"), suspend(Withhold, "2022-01"))
	require.Equal(t, []string{"2022-01 deduction -10.00"}, brief(withheld.assess(run("r2", "2022-01", "2022-01")).Items))
}

// TestComponentsOfTheOverpaidUnit: of a draw with several units, the sources of the one that was overpaid are taken away.
func TestComponentsOfTheOverpaidUnit(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	raised := tariff{raised: month("2022-02")}
	l.drawAt(run("r1", "2022-01", "2022-02"), raised)
	l.exit("2022-01", raised)
	drawn := l.s.drawn("e1")
	requireMoney(t, "0.00", drawn[month("2022-02")].amount)
	require.Empty(t, drawn[month("2022-02")].components)
}

// TestAVoidOverpaymentCarriesNothing: money that belonged to no unit is not owed once what was found is void.
func TestAVoidOverpaymentCarriesNothing(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	id := l.happen(Overpaid{Amount: yuan("40.00"), Enrolment: "e1", Overpayment: "o", Units: []OverpaidUnit{{Amount: yuan("40.00"), Draw: "draw-r1"}}})
	requireMoney(t, "40.00", l.s.carry("e1"))
	l.happen(Corrected{Of: id})
	requireMoney(t, "0.00", l.s.carry("e1"))
}

// shared are rates that hand out the same components each time, as a rulebook that is read once does.
type shared struct{ parts []rulebook.Component }

func (r shared) RateFor(rulebook.Key, domain.Period) (rulebook.Rate, error) {
	return rulebook.Rate{Row: "r", Amount: r.parts[0].Amount, Components: r.parts}, nil
}

func TestSharesLeaveTheRatesAlone(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Share = "1/2" })
	require.Equal(t, []string{"2022-01 50.00", "2022-02 50.00"}, dues(t, l.e(), "2022-02", shared{[]rulebook.Component{{Amount: yuan("100.00"), Payer: rulebook.PayerGovernment}}}))
}

// TestExcessIsTakenOnce: a unit that two draws paid is not put down to both for the same money, and no draw of another enrolment
// is named.
func TestExcessIsTakenOnce(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-02")
	l.happen(toClass("girl", "2022-02"))
	l.draw("r2", "2022-02", "2022-02")
	l.happen(toClass("boy", "2022-02"), suspend(Forfeit, "2022-01"), resume("2022-02"))
	amount, units := over(t, l.exit("2022-02", tariff{}))
	require.Equal(t, "110.00", amount)
	require.Equal(t, []string{"draw-r1 2022-01 100.00", "draw-r2 2022-02 10.00"}, units)

	both := enrolledLife(t)
	both.second()
	both.draw("r1", "2022-01", "2022-01")
	both.drawSecond("r2", "2022-01", "2022-01")
	amount, units = over(t, both.exit("", tariff{}))
	require.Equal(t, "100.00", amount)
	require.Equal(t, []string{"draw-r1 2022-01 100.00"}, units)
}

// TestPlansSayWhatIsWrong: the first thing that is wrong with a plan is what its refusal tells.
func TestPlansSayWhatIsWrong(t *testing.T) {
	monthly := func(n int, amount string) []Instalment {
		all := make([]Instalment, n)
		for i := range all {
			all[i] = Instalment{DueOn: day("2022-03-01").AddDays(i), Amount: yuan(amount)}
		}
		return all
	}
	for _, r := range []struct {
		name string
		plan RecoveryPlanned
		want string
	}{
		{"a refund with a cap and instalments", RecoveryPlanned{Method: MethodRefund, Cap: yuan("1.00"), Instalments: monthly(1, "80.00")}, "belong to a set-off, not to refund"},
		{"good instalments with a cap", RecoveryPlanned{Method: MethodInstalments, Cap: yuan("1.00"), Instalments: monthly(1, "80.00")}, "belong to a set-off, not to instalments"},
		{"no instalment", RecoveryPlanned{Method: MethodInstalments}, "1 to 120 instalments, not 0"},
		{"an instalment too many", RecoveryPlanned{Method: MethodInstalments, Instalments: monthly(MaxInstalments+1, "0.50")}, "1 to 120 instalments, not 121"},
		{"all that there may be", RecoveryPlanned{Method: MethodInstalments, Instalments: monthly(MaxInstalments, "0.50")}, "the instalments come to 60.00, and 80.00 is outstanding"},
		{"the second of nothing", RecoveryPlanned{Method: MethodInstalments, Instalments: append(monthly(1, "80.00"), Instalment{DueOn: day("2022-04-01")})}, "instalment 2 needs a day"},
		{"the second not later", RecoveryPlanned{Method: MethodInstalments, Instalments: append(monthly(1, "40.00"), monthly(1, "40.00")...)}, "instalment 2 is not due after"},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.plan.Overpayment = "over-b"
			_, err := owing(t).s.DecidePlanRecovery(r.plan, terms{})
			require.ErrorContains(t, err, r.want)
		})
	}
}

// TestAPlanIsTheSameOnlyInAll: any other part makes it another plan.
func TestAPlanIsTheSameOnlyInAll(t *testing.T) {
	e := RecoveryPlanned{Method: MethodSetOff, Cap: yuan("1.00"), From: month("2022-01"), Enrolment: "e1", Instalments: []Instalment{{DueOn: day("2022-01-01"), Amount: yuan("1.00")}}}
	p := Plan{Method: e.Method, Cap: e.Cap, From: e.From, Enrolment: e.Enrolment, Instalments: e.Instalments}
	require.True(t, p.same(e))
	for name, change := range map[string]func(*RecoveryPlanned){
		"method": func(e *RecoveryPlanned) { e.Method = MethodRefund }, "cap": func(e *RecoveryPlanned) { e.Cap = yuan("2.00") },
		"from": func(e *RecoveryPlanned) { e.From = month("2022-02") }, "enrolment": func(e *RecoveryPlanned) { e.Enrolment = "e2" },
		"day": func(e *RecoveryPlanned) {
			e.Instalments = []Instalment{{DueOn: day("2022-01-02"), Amount: yuan("1.00")}}
		},
		"amount": func(e *RecoveryPlanned) {
			e.Instalments = []Instalment{{DueOn: day("2022-01-01"), Amount: yuan("2.00")}}
		},
		"number": func(e *RecoveryPlanned) { e.Instalments = nil },
	} {
		other := e
		change(&other)
		require.False(t, p.same(other), name)
	}
}

// TestTheHighestCapBoundsTheLine: of the plans that still have something to get back, in whatever order they came.
func TestTheHighestCapBoundsTheLine(t *testing.T) {
	l := owing(t)
	l.did(l.s.DecideBankFact(BankFact{
		Draw: "draw-r1", Run: "r1", Facts: []string{"paid-twice"}, Amount: yuan("90.00"), BankFile: "bf", BankLine: 5, On: day("2022-02-03"), Overpaid: yuan("90.00"), Overpayment: "over-c",
	}))
	l.plan(setOff("e1", "50.00", "2022-02"))
	l.plan(setOff("over-b", "20.00", "2022-02"))
	february := run("r2", "2022-02", "2022-02")
	require.Equal(t, []SetOff{{Amount: yuan("50.00"), Overpayment: "e1"}}, l.assess(february).SetOffs)

	l.did(l.s.DecideRecover(Recovered{Amount: yuan("70.00"), Method: MethodRefund, Overpayment: "e1", ReceivedOn: day("2022-03-01"), Voucher: "PZ-1"}))
	l.plan(setOff("over-c", "20.00", "2022-02"))
	require.Equal(t, []SetOff{{Amount: yuan("20.00"), Overpayment: "over-b"}}, l.assess(february).SetOffs, "a plan that is done bounds nothing")
}

// noPayout is a rulebook whose payouts do not hold the unit.
type noPayout struct{ terms }

func (noPayout) PaidTogether(domain.Period) ([]domain.Period, error) {
	return nil, domain.Refuse(domain.Invalid, "rulebook.wrong-unit", "no payout")
}

func TestSetOffNeedsAPayout(t *testing.T) {
	events, err := owing(t).s.DecidePlanRecovery(setOff("over-b", "10.00", "2022-02"), noPayout{})
	requireRefused(t, events, err, domain.Invalid, "rulebook.wrong-unit")
}

// TestVouchers: each counts once, a serial of the bank is none, and what cannot be read is refused.
func TestVouchers(t *testing.T) {
	refund := func(voucher string) Recovered {
		return Recovered{Amount: yuan("10.00"), Method: MethodRefund, Overpayment: "over-b", ReceivedOn: day("2022-03-01"), Voucher: voucher}
	}
	l := owing(t)
	l.did(l.s.DecideRecover(refund("PZ-1")))
	l.did(l.s.DecideRecover(refund("PZ-2")))
	l.did(l.s.DecideBankFact(bankFact(9, reversed("30.00"))))
	l.did(l.s.DecideRecover(refund("S1")))
	l.did(l.s.DecideRecover(refund("1234567890123456789012345678901234567890")))
	requireMoney(t, "10.00", l.over("over-b").Outstanding())
	for _, voucher := range []string{"PZ\xff", "PZ\x07", "PZ\u200b1"} {
		events, err := l.s.DecideRecover(refund(voucher))
		requireRefused(t, events, err, domain.Invalid, "beneficiary.voucher")
	}
}

// TestReturnsAreKeptApart: a later return changes no state that was folded before it, and its units stand in order.
func TestReturnsAreKeptApart(t *testing.T) {
	l := newLife(t)
	l.did(l.s.DecideGrant(Granted{Amount: yuan("500.00"), Grant: "g1", Office: "town", Programme: "p1", Person: "wang"}))
	l.did(l.s.DecideDraw(TakeDraw{Run: Run{Run: "g", Office: "town", From: once, To: once}, Grant: "g1", Line: 1, Draw: "draw-g"}, tariff{}))
	before := l.s
	l.undo("g", Returned)
	require.Empty(t, before.Grants[0].HeldDraw)
	require.Equal(t, "draw-g", l.s.Grants[0].HeldDraw)

	two := enrolledLife(t)
	two.draw("r1", "2022-01", "2022-01")
	two.draw("r2", "2022-02", "2022-02")
	two.undo("r2", Returned)
	two.undo("r1", Returned)
	require.Equal(t, []domain.Period{month("2022-01"), month("2022-02")}, two.e().HeldUnits)
}

// TestGrantsTakenBackStayBack: one after the other, and only from then on.
func TestGrantsTakenBackStayBack(t *testing.T) {
	l := newLife(t)
	one := l.happen(Granted{Amount: yuan("500.00"), Grant: "g1", Office: "town"})
	two := l.happen(Granted{Amount: yuan("30.00"), Grant: "g2", Office: "town"})
	before := l.s
	l.happen(Corrected{Of: one})
	l.happen(Corrected{Of: two})
	require.Equal(t, []bool{true, true}, []bool{l.s.Grants[0].Void, l.s.Grants[1].Void})
	require.Equal(t, []bool{false, false}, []bool{before.Grants[0].Void, before.Grants[1].Void})
}

// TestOnlyADeathIsADeath: a correction looks for the death anew, and no other fact of the person passes for it.
func TestOnlyADeathIsADeath(t *testing.T) {
	l := newLife(t)
	l.happen(FactRecorded{Fact: Birth, On: day("1960-05-15"), ReportedOn: day("2022-01-02")})
	death := l.happen(FactRecorded{Fact: Death, On: day("2022-01-01"), ReportedOn: day("2022-01-02")})
	l.happen(Corrected{Of: death})
	require.True(t, l.s.DiedOn.IsZero(), "died on %v", l.s.DiedOn)
}
