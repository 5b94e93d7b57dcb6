package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
)

// terms are a tariff under which one line may lose half of a month's money, or of a quarter's.
type terms struct {
	tariff
	quarter bool
}

func (terms) SetOffCap() int { return 50 }

func (x terms) PaidTogether(unit domain.Period) ([]domain.Period, error) {
	if !x.quarter {
		return []domain.Period{unit}, nil
	}
	return domain.PeriodOf(domain.Quarter, unit.First()).Months(), nil
}

// owing is a person who owes 70.00 at opening (overpayment e1, of enrolment e1) and 80.00 that a bank paid too much (over-b).
func owing(t testing.TB) *life {
	l := enrolledLife(t, func(e *Enrolled) { e.Origin, e.Document, e.OpeningOver = CarriedOver, "list", yuan("70.00") })
	l.draw("r1", "2022-01", "2022-01")
	l.did(l.s.DecideBankFact(BankFact{
		Draw: "draw-r1", Run: "r1", Facts: []string{"over-amount"}, Amount: yuan("180.00"), BankFile: "bf", BankLine: 4, On: day("2022-02-03"), Overpaid: yuan("80.00"), Overpayment: "over-b",
	}))
	return l
}

func setOff(overpayment, most, from string) RecoveryPlanned {
	return RecoveryPlanned{Cap: yuan(most), Enrolment: "e1", From: month(from), Method: MethodSetOff, Overpayment: overpayment, Person: "wang"}
}

func (l *life) plan(e RecoveryPlanned) {
	l.t.Helper()
	l.did(l.s.DecidePlanRecovery(e, terms{}))
}

func (l *life) over(id string) Overpayment {
	l.t.Helper()
	o, ok := l.s.Overpayment(id)
	require.True(l.t, ok)
	return o
}

// ledgerOf writes entries as "set-off 20.00".
func ledgerOf(o Overpayment) []string {
	var lines []string
	for _, e := range o.Entries {
		lines = append(lines, string(e.Kind)+" "+e.Amount.String())
	}
	return lines
}

func TestPlanRecovery(t *testing.T) {
	instalments := func(parts ...string) RecoveryPlanned {
		e := RecoveryPlanned{Method: MethodInstalments, Overpayment: "over-b"}
		for i := 0; i+1 < len(parts); i += 2 {
			e.Instalments = append(e.Instalments, Instalment{DueOn: day(parts[i]), Amount: yuan(parts[i+1])})
		}
		return e
	}
	change := func(e RecoveryPlanned, f func(*RecoveryPlanned)) RecoveryPlanned { f(&e); return e }
	for _, r := range []struct {
		name   string
		plan   RecoveryPlanned
		terms  terms
		before func(*life)
		rule   string
	}{
		{name: "half a month", plan: setOff("over-b", "50.00", "2022-02")},
		{name: "half a month and a fen", plan: setOff("over-b", "50.01", "2022-02"), rule: "beneficiary.set-off-cap"},
		{name: "half a quarter where quarters are paid", plan: setOff("over-b", "150.00", "2022-02"), terms: terms{quarter: true}},
		{name: "more than half a quarter", plan: setOff("over-b", "150.01", "2022-02"), terms: terms{quarter: true}, rule: "beneficiary.set-off-cap"},
		{name: "half of the class that holds then", plan: setOff("over-b", "65.00", "2022-03"), terms: terms{tariff: tariff{raised: month("2022-03")}}, before: func(l *life) { l.happen(toClass("girl", "2022-03")) }},
		{name: "a cap of nothing", plan: setOff("over-b", "0.00", "2022-02"), rule: "beneficiary.set-off-cap"},
		{name: "a cap below nothing", plan: setOff("over-b", "-1.00", "2022-02"), rule: "beneficiary.set-off-cap"},
		{name: "no such enrolment", plan: change(setOff("over-b", "1.00", "2022-02"), func(e *RecoveryPlanned) { e.Enrolment = "e9" }), rule: "beneficiary.plan-enrolment"},
		{name: "no enrolment", plan: change(setOff("over-b", "1.00", "2022-02"), func(e *RecoveryPlanned) { e.Enrolment = "" }), rule: "beneficiary.plan-enrolment"},
		{name: "before the first unit", plan: setOff("over-b", "1.00", "2021-12"), rule: "beneficiary.plan-enrolment"},
		{name: "after the last unit", plan: setOff("over-b", "1.00", "2022-04"), before: func(l *life) { l.happen(exited("2022-03")) }, rule: "beneficiary.plan-enrolment"},
		{name: "in the last unit", plan: setOff("over-b", "1.00", "2022-03"), before: func(l *life) { l.happen(exited("2022-03")) }},
		{name: "of a void enrolment", plan: setOff("over-b", "1.00", "2022-03"), before: func(l *life) { l.happen(Annulled{Enrolment: "e1"}) }, rule: "beneficiary.plan-enrolment"},
		{name: "a year for a month", plan: setOff("over-b", "1.00", "2022"), rule: "beneficiary.unit-kind"},
		{name: "a class without a rate", plan: setOff("over-b", "1.00", "2022-03"), before: func(l *life) { l.happen(toClass("other", "2022-03")) }, rule: "rulebook.unknown-class"},
		{name: "a set-off with instalments", plan: change(setOff("over-b", "1.00", "2022-02"), func(e *RecoveryPlanned) { e.Instalments = []Instalment{{}} }), rule: "beneficiary.plan-parts"},
		{name: "refund", plan: RecoveryPlanned{Method: MethodRefund, Overpayment: "over-b"}},
		{name: "refund with a cap", plan: RecoveryPlanned{Method: MethodRefund, Overpayment: "over-b", Cap: yuan("1.00")}, rule: "beneficiary.plan-parts"},
		{name: "refund from a month", plan: RecoveryPlanned{Method: MethodRefund, Overpayment: "over-b", From: month("2022-02")}, rule: "beneficiary.plan-parts"},
		{name: "refund by an enrolment", plan: RecoveryPlanned{Method: MethodRefund, Overpayment: "over-b", Enrolment: "e1"}, rule: "beneficiary.plan-parts"},
		{name: "refund with instalments", plan: RecoveryPlanned{Method: MethodRefund, Overpayment: "over-b", Instalments: []Instalment{{}}}, rule: "beneficiary.plan-parts"},
		{name: "instalments", plan: instalments("2022-03-01", "40.00", "2022-04-01", "40.00")},
		{name: "instalments of too little", plan: instalments("2022-03-01", "40.00", "2022-04-01", "39.99"), rule: "beneficiary.instalments"},
		{name: "instalments of too much", plan: instalments("2022-03-01", "40.00", "2022-04-01", "40.01"), rule: "beneficiary.instalments"},
		{name: "two on a day", plan: instalments("2022-03-01", "40.00", "2022-03-01", "40.00"), rule: "beneficiary.instalments"},
		{name: "no instalments", plan: instalments(), rule: "beneficiary.instalments"},
		{name: "an instalment of nothing", plan: instalments("2022-03-01", "0.00", "2022-04-01", "80.00"), rule: "beneficiary.instalments"},
		{name: "an instalment without a day", plan: change(instalments("2022-03-01", "80.00"), func(e *RecoveryPlanned) { e.Instalments[0].DueOn = domain.Date{} }), rule: "beneficiary.instalments"},
		{name: "too many instalments", plan: change(instalments(), func(e *RecoveryPlanned) { e.Instalments = make([]Instalment, MaxInstalments+1) }), rule: "beneficiary.instalments"},
		{name: "no method", plan: RecoveryPlanned{Overpayment: "over-b"}, rule: "beneficiary.plan-method"},
		{name: "a bank reversal is no plan", plan: RecoveryPlanned{Method: MethodBankReversal, Overpayment: "over-b"}, rule: "beneficiary.plan-method"},
		{name: "no such overpayment", plan: setOff("over-x", "1.00", "2022-02"), rule: "beneficiary.no-overpayment"},
		{name: "nothing outstanding", plan: setOff("over-b", "1.00", "2022-02"), before: func(l *life) { l.happen(WrittenOff{Amount: yuan("80.00"), Overpayment: "over-b"}) }, rule: "beneficiary.nothing-outstanding"},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := owing(t)
			if r.before != nil {
				r.before(l)
			}
			events, err := l.s.DecidePlanRecovery(r.plan, r.terms)
			if r.rule != "" {
				kind := domain.Invalid
				switch r.rule {
				case "beneficiary.set-off-cap":
					kind = domain.Refused
				case "beneficiary.no-overpayment":
					kind = domain.NotFound
				case "beneficiary.nothing-outstanding":
					kind = domain.Conflict
				}
				requireRefused(t, events, err, kind, r.rule)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []domain.Event{r.plan}, events)
			id := l.happen(events...)
			o := l.over("over-b")
			require.Equal(t, &Plan{Event: id, Method: r.plan.Method, Cap: r.plan.Cap, From: r.plan.From, Enrolment: r.plan.Enrolment, Instalments: r.plan.Instalments}, o.Plan)
			require.Equal(t, []string{"found 80.00", "planned 80.00"}, ledgerOf(o))
			requireMoney(t, "80.00", o.Outstanding(), "a plan moves nothing")
			events, err = l.s.DecidePlanRecovery(r.plan, r.terms)
			requireNothing(t, events, err)
		})
	}
}

// TestANewerPlanReplacesTheOlder: whatever differs makes another plan.
func TestANewerPlanReplacesTheOlder(t *testing.T) {
	l := owing(t)
	l.plan(setOff("over-b", "10.00", "2022-02"))
	for _, next := range []RecoveryPlanned{
		setOff("over-b", "20.00", "2022-02"), setOff("over-b", "20.00", "2022-03"),
		{Method: MethodInstalments, Overpayment: "over-b", Instalments: []Instalment{{yuan("80.00"), day("2022-05-01")}}},
		{Method: MethodInstalments, Overpayment: "over-b", Instalments: []Instalment{{yuan("80.00"), day("2022-05-02")}}},
		{Method: MethodInstalments, Overpayment: "over-b", Instalments: []Instalment{{yuan("79.00"), day("2022-05-02")}, {yuan("1.00"), day("2022-05-03")}}},
		{Method: MethodRefund, Overpayment: "over-b"},
	} {
		l.plan(next)
		require.Equal(t, next.Method, l.over("over-b").Plan.Method)
		require.True(t, l.over("over-b").Plan.same(next))
	}
	d := l.draw("r2", "2022-02", "2022-02")
	require.Empty(t, d.SetOffs, "a refund is not set off")
	requireMoney(t, "100.00", d.Net)
}

func TestSetOff(t *testing.T) {
	l := owing(t)
	l.plan(setOff("over-b", "30.00", "2022-03"))
	requireMoney(t, "100.00", l.draw("r2", "2022-02", "2022-02").Net, "the plan begins in March")
	for _, c := range []struct{ month, kept, net, left string }{
		{"2022-03", "30.00", "70.00", "50.00"}, {"2022-04", "30.00", "70.00", "20.00"}, {"2022-05", "20.00", "80.00", "0.00"}, {"2022-06", "0.00", "100.00", "0.00"},
	} {
		d := l.draw("r"+c.month, c.month, c.month)
		requireMoney(t, c.net, d.Net, c.month)
		requireMoney(t, c.kept, d.Recovered.Neg(), c.month)
		requireMoney(t, "100.00", d.Due, "what is due does not change")
		requireMoney(t, "0.00", d.Carried)
		require.Equal(t, c.kept != "0.00", len(d.SetOffs) == 1)
		requireMoney(t, c.left, l.over("over-b").Outstanding())
		requireMoney(t, "0.00", l.assess(run("again", c.month, c.month)).Total, "what was kept back was paid")
	}
	require.Equal(t, []string{"found 80.00", "planned 80.00", "set-off 30.00", "set-off 30.00", "set-off 20.00"}, ledgerOf(l.over("over-b")))
	requireMoney(t, "70.00", l.over("e1").Outstanding(), "the other one has no plan")
	entry := l.over("over-b").Entries[2]
	require.Equal(t, Entry{Kind: EntrySetOff, Method: MethodSetOff, Amount: yuan("30.00"), Draw: "draw-r2022-03", Run: "r2022-03", Line: 1, Rev: entry.Rev}, entry)
}

func TestAnUndoneLineUndoesItsSetOff(t *testing.T) {
	l := owing(t)
	l.plan(setOff("over-b", "30.00", "2022-02"))
	l.draw("r2", "2022-02", "2022-02")
	l.draw("r3", "2022-03", "2022-03")
	l.undo("r2", Cancelled)
	requireMoney(t, "50.00", l.over("over-b").Outstanding())
	require.Equal(t, []string{"found 80.00", "planned 80.00", "set-off 30.00", "set-off 30.00", "set-off-undone 30.00"}, ledgerOf(l.over("over-b")))
	requireMoney(t, "80.00", l.over("over-b").Amount(), "what was found stands")
	d := l.draw("r4", "2022-02", "2022-03")
	require.Equal(t, []string{"2022-02 regular 100.00"}, brief(d.Items))
	requireMoney(t, "70.00", d.Net)
	requireMoney(t, "20.00", l.over("over-b").Outstanding())
}

// TestALineThatIsKeptBackWhole is listed with 0.00, whatever is wrong with the account: no money goes to it.
func TestALineThatIsKeptBackWhole(t *testing.T) {
	l := owing(t)
	l.plan(setOff("over-b", "50.00", "2022-02"))
	l.happen(suspend(Withhold, "2022-02"), toClass("third", "2022-02"))
	l.happen(resume("2022-03"))
	a := l.assess(run("r2", "2022-02", "2022-02"))
	require.Empty(t, a.Held)
	requireMoney(t, "0.05", a.Total)
	requireMoney(t, "0.00", a.Net())
	d := l.draw("r2", "2022-02", "2022-02")
	requireMoney(t, "0.00", d.Net)
	requireMoney(t, "-0.05", d.Recovered)
	requireMoney(t, "0.00", d.Carried, "nothing is carried on")
	require.Empty(t, d.Account)
	require.Equal(t, "self", d.Relation)
	requireMoney(t, "0.05", l.s.Draws[1].Paid())
	requireMoney(t, "79.95", l.over("over-b").Outstanding())

	none := owing(t)
	none.plan(setOff("over-b", "50.00", "2022-02"))
	none.happen(Corrected{Of: "1"}) // the account
	a = none.assess(run("r2", "2022-02", "2022-02"))
	require.Equal(t, payrun.HeldNoAccount, a.Held)
	requireMoney(t, "100.00", a.HeldSum, "what is due")
}

// TestTwoOverpayments: the one found first is served first, and a line loses no more than the highest cap.
func TestTwoOverpayments(t *testing.T) {
	l := owing(t)
	l.plan(setOff("over-b", "40.00", "2022-02"))
	l.plan(setOff("e1", "30.00", "2022-02"))
	d := l.draw("r2", "2022-02", "2022-02")
	require.Equal(t, []string{"e1 30.00", "over-b 10.00"}, keptBy(d))
	d = l.draw("r3", "2022-03", "2022-03")
	require.Equal(t, []string{"e1 30.00", "over-b 10.00"}, keptBy(d))
	d = l.draw("r4", "2022-04", "2022-04")
	require.Equal(t, []string{"e1 10.00", "over-b 30.00"}, keptBy(d))
	d = l.draw("r5", "2022-05", "2022-05")
	require.Equal(t, []string{"over-b 30.00"}, keptBy(d))
	requireMoney(t, "0.00", l.over("over-b").Outstanding())
	requireMoney(t, "0.00", l.over("e1").Outstanding())
}

func keptBy(d Drawn) []string {
	var lines []string
	for _, x := range d.SetOffs {
		lines = append(lines, x.Overpayment+" "+x.Amount.String())
	}
	return lines
}

// TestAnotherEnrolmentPays: the plan names it, and no other one loses anything.
func TestAnotherEnrolmentPays(t *testing.T) {
	l := owing(t)
	l.happen(enrolment(func(e *Enrolled) { e.Enrolment, e.Programme, e.Group = "e2", "p2", "other" }))
	plan := setOff("over-b", "30.00", "2022-02")
	plan.Enrolment = "e2"
	l.plan(plan)
	requireMoney(t, "100.00", l.draw("r2", "2022-02", "2022-02").Net)
	c := l.take(run("r3", "2022-01", "2022-02"))
	c.Enrolment = "e2"
	events, err := l.s.DecideDraw(c, tariff{})
	l.did(events, err)
	requireMoney(t, "170.00", events[0].(Drawn).Net)
	requireMoney(t, "50.00", l.over("over-b").Outstanding())
	require.Empty(t, l.s.setOffs(l.e(), once, yuan("10.00")), "one-off money is not set off")
}

// TestMoneyKeptBackCountsAsPaid: an exit that makes a month undue finds all of it overpaid, the part kept back too.
func TestMoneyKeptBackCountsAsPaid(t *testing.T) {
	l := owing(t)
	l.plan(setOff("over-b", "30.00", "2022-02"))
	l.draw("r2", "2022-02", "2022-02")
	events := l.exit("2022-01", tariff{})
	over := events[1].(Overpaid)
	require.Equal(t, []OverpaidUnit{{Amount: yuan("100.00"), Draw: "draw-r2", Unit: month("2022-02")}}, over.Units)
	requireMoney(t, "50.00", l.over("over-b").Outstanding())
	l.undo("r2", Returned)
	requireMoney(t, "80.00", l.over("over-b").Outstanding(), "nothing was kept back after all")
	requireMoney(t, "0.00", l.over("over").Outstanding(), "nothing was overpaid after all")
	require.Equal(t, []string{"found 100.00", "void 100.00"}, ledgerOf(l.over("over")))
	requireMoney(t, "0.00", l.assess(run("r3", "2022-03", "2022-03")).Total)
}

// TestASetOffPaysAgain: a line whose money is kept back uses up what had come back.
func TestASetOffPaysAgain(t *testing.T) {
	l := owing(t)
	l.draw("r2", "2022-02", "2022-02")
	l.undo("r2", Returned)
	l.happen(AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self"})
	l.plan(setOff("over-b", "50.00", "2022-02"))
	d := l.draw("r3", "2022-02", "2022-02")
	require.Equal(t, "draw-r2", d.Again)
	requireMoney(t, "50.00", d.Net)
	require.Empty(t, l.draw("r4", "2022-03", "2022-03").Again)
}

func TestRecover(t *testing.T) {
	refund := func(f ...func(*Recovered)) Recovered {
		e := Recovered{Amount: yuan("30.00"), Method: MethodRefund, Overpayment: "over-b", Person: "wang", ReceivedOn: day("2022-03-01"), Voucher: "PZ-1"}
		for _, edit := range f {
			edit(&e)
		}
		return e
	}
	for _, r := range []struct {
		name   string
		refund Recovered
		kind   domain.Kind
		rule   string
	}{
		{name: "a part", refund: refund()},
		{name: "all", refund: refund(func(e *Recovered) { e.Amount = yuan("80.00") })},
		{name: "an instalment", refund: refund(func(e *Recovered) { e.Method = MethodInstalments })},
		{name: "a voucher in Chinese", refund: refund(func(e *Recovered) { e.Voucher = "记字第12号" })},
		{name: "a fen too much", refund: refund(func(e *Recovered) { e.Amount = yuan("80.01") }), kind: domain.Conflict, rule: "beneficiary.recover-amount"},
		{name: "nothing", refund: refund(func(e *Recovered) { e.Amount = yuan("0.00") }), kind: domain.Conflict, rule: "beneficiary.recover-amount"},
		{name: "less than nothing", refund: refund(func(e *Recovered) { e.Amount = yuan("-1.00") }), kind: domain.Conflict, rule: "beneficiary.recover-amount"},
		{name: "no voucher", refund: refund(func(e *Recovered) { e.Voucher = "" }), kind: domain.Invalid, rule: "beneficiary.voucher"},
		{name: "a sentence", refund: refund(func(e *Recovered) { e.Voucher = "from his son" }), kind: domain.Invalid, rule: "beneficiary.voucher"},
		{name: "a voucher too long", refund: refund(func(e *Recovered) { e.Voucher = "12345678901234567890123456789012345678901" }), kind: domain.Invalid, rule: "beneficiary.voucher"},
		{name: "no day", refund: refund(func(e *Recovered) { e.ReceivedOn = domain.Date{} }), kind: domain.Invalid, rule: "beneficiary.received-on"},
		{name: "by set-off", refund: refund(func(e *Recovered) { e.Method = MethodSetOff }), kind: domain.Invalid, rule: "beneficiary.recover-method"},
		{name: "by the bank", refund: refund(func(e *Recovered) { e.Method = MethodBankReversal }), kind: domain.Invalid, rule: "beneficiary.recover-method"},
		{name: "of nothing known", refund: refund(func(e *Recovered) { e.Overpayment = "over-x" }), kind: domain.NotFound, rule: "beneficiary.no-overpayment"},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := owing(t)
			events, err := l.s.DecideRecover(r.refund)
			if r.rule != "" {
				requireRefused(t, events, err, r.kind, r.rule)
				return
			}
			l.did(events, err)
			requireMoney(t, yuan("80.00").Sub(r.refund.Amount).String(), l.over("over-b").Outstanding())
			events, err = l.s.DecideRecover(r.refund)
			requireNothing(t, events, err)
			for _, other := range []func(*Recovered){func(e *Recovered) { e.Amount = yuan("1.00") }, func(e *Recovered) { e.ReceivedOn = day("2022-03-02") }} {
				e := r.refund
				other(&e)
				events, err = l.s.DecideRecover(e)
				requireRefused(t, events, err, domain.Conflict, "beneficiary.voucher-used")
			}
			e := r.refund
			e.Overpayment, e.Amount = "e1", yuan("1.00")
			events, err = l.s.DecideRecover(e)
			require.NoError(t, err)
			require.Len(t, events, 1, "a voucher may cover two overpayments")
		})
	}
	l := owing(t)
	l.happen(Corrected{Of: l.over("over-b").Event})
	events, err := l.s.DecideRecover(refund())
	requireRefused(t, events, err, domain.Conflict, "beneficiary.overpayment-void")
	events, err = l.s.DecideWriteOff(WrittenOff{Amount: yuan("1.00"), Overpayment: "over-b"})
	requireRefused(t, events, err, domain.Conflict, "beneficiary.overpayment-void")
	require.Equal(t, []string{"found 80.00", "void 80.00"}, ledgerOf(l.over("over-b")))
}

// TestDueAtDeath: January is drawn, February and March are due when the exit is decided.
func TestDueAtDeath(t *testing.T) {
	died := func(l *life, to AtDeath) {
		e := exited("2022-03")
		e.AtDeath = to
		l.did(l.s.DecideExit(e, "p1", "over", tariff{}))
	}
	heir := func(l *life) {
		l.happen(FactRecorded{Fact: Heir, Related: "son", On: day("2022-05-01"), ReportedOn: day("2022-05-02")})
		l.did(l.s.DecideChangeAccount(AccountChanged{HolderPerson: "son", Person: "wang", Relation: HeirRelation}))
	}
	may := run("r5", "2022-05", "2022-05")

	l := enrolledLife(t)
	l.happen(FactRecorded{Fact: Heir, Related: "son", On: day("2022-01-01"), ReportedOn: day("2022-01-02")})
	events, err := l.s.DecideChangeAccount(AccountChanged{HolderPerson: "son", Person: "wang", Relation: HeirRelation})
	requireRefused(t, events, err, domain.Refused, "beneficiary.account-heir")
	l.happen(FactRecorded{Fact: Death, On: day("2022-01-01"), ReportedOn: day("2022-01-02")})
	events, err = l.s.DecideChangeAccount(AccountChanged{HolderPerson: "son", Person: "wang", Relation: HeirRelation})
	require.NoError(t, err)
	require.Len(t, events, 1)

	l = enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	died(l, "account")
	requireMoney(t, "200.00", l.drawAt(may, tariff{}).Net)

	l = enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	died(l, "heirs")
	a := l.assess(may)
	require.Equal(t, payrun.HeldDied, a.Held)
	requireMoney(t, "200.00", a.HeldSum)
	events, err = l.s.DecideDraw(l.take(may), tariff{})
	requireRefused(t, events, err, domain.Refused, "beneficiary.draw-held")
	events, err = l.s.DecideChangeAccount(AccountChanged{HolderPerson: "son", Person: "wang", Relation: HeirRelation})
	requireRefused(t, events, err, domain.Refused, "beneficiary.account-relation")
	heir(l)
	d := l.drawAt(may, tariff{})
	requireMoney(t, "200.00", d.Net)
	require.Equal(t, "son", d.Payee)
	require.Equal(t, HeirRelation, d.Relation)

	l = enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	died(l, "forfeit")
	require.True(t, l.assess(may).Nothing())
	l.undo("r1", Returned)
	heir(l)
	require.True(t, l.assess(may).Nothing(), "what comes back after the exit is not paid again")
	l.did(l.s.DecideCorrect(Corrected{Of: l.e().Exit.Event}))
	requireMoney(t, "500.00", l.assess(may).Total, "an exit taken back forfeits nothing")

	// January was drawn and is not due, February is due and was not drawn: what is forfeited nets nothing.
	l = enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.happen(suspend(Forfeit, "2022-01"))
	l.happen(resume("2022-02"))
	e := exited("2022-02")
	e.AtDeath = "forfeit"
	events, err = l.s.DecideExit(e, "p1", "over", tariff{})
	require.NoError(t, err)
	requireMoney(t, "100.00", events[1].(Overpaid).Amount)
	e.AtDeath = "account"
	events, err = l.s.DecideExit(e, "p1", "over", tariff{})
	require.NoError(t, err)
	require.Len(t, events, 1, "February pays for January")
}
