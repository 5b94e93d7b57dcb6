package change

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// synthetic is a rulebook of 100.00 a month for everybody.
const synthetic = `format: 1
programme: p1
region: "340000"
title: {zh: 测试, en: Test}
effective: {from: 2010-01-01, document: doc}
holder: person
slot: holder
unit: month
schedule: {covers: quarter, payout-month: 3, payout-day: 10, document: doc}
documents:
  doc: {number: 测试〔2010〕1号, title: synthetic}
attributes:
  child: [boy, girl]
criteria:
  - {id: age, zh: 年满六十, en: sixty, when: age >= 60, reason: too-young, document: doc, clause: 第一条}
classes:
  - {key: {child: girl}, zh: 女, en: girl, when: living_girls >= 1}
  - {key: {child: boy}, zh: 男, en: boy}
rates:
  - {key: {}, from: "2010-01", per: month, components: [{amount: "100.00", payer: government, fund: base, document: doc}]}
funding:
  - {fund: base, from: "2010-01", shares: [{level: central, weight: 1}, {level: county, weight: 1}], document: doc}
start: {policy: month-of, event: paid, office-delay: arrears, document: doc}
arrears: {limit: none, document: doc}
until: []
class-change: {policy: month-of, event: old, document: doc}
stop: {policy: month-of, event: paid, document: doc}
exits:
  - {code: dead, zh: 死亡, en: died, fault: none}
suspensions:
  - {code: prison, zh: 服刑, en: prison, effect: forfeit, review-months: 12}
exclusive:
  group: g
  with: []
deductions: {cap-percent: 50, document: doc}
notices:
  - {level: village, days: 7, calendar: working, form: public, document: doc}
`

const (
	cause   = "6d5a0c1e-52b8-4a0e-9d2a-0e3c3b4f5a60"
	village = domain.AreaCode("340311101201")
)

func month(s string) domain.Period { return domain.MustPeriod(s) }
func day(s string) domain.Date     { return domain.MustDate(s) }

func agreed(t testing.TB) Agreed {
	t.Helper()
	book, err := rulebook.Parse([]byte(synthetic))
	require.NoError(t, err)
	return Agreed{Cause: cause, Rulebook: book, DecidedOn: day("2022-02-03")}
}

// fold gives event n the id "n" and the cause.
func fold(s beneficiary.State, rev int64, cause string, events ...domain.Event) beneficiary.State {
	for i, e := range events {
		n := rev + int64(i)
		s = beneficiary.Evolve(s, domain.Fact{Event: e, ID: fmt.Sprint(n), Revision: n, Cause: cause, On: onOf(e)})
	}
	return s
}

var (
	identity = &beneficiary.Identity{Name: "样例", Birth: day("1950-01-01")}
	account  = &beneficiary.Account{Bank: "样例银行", Holder: "样例"}
	boy      = rulebook.Key{"child": "boy"}
	girl     = rulebook.Key{"child": "girl"}
)

func admission() Change {
	return Change{
		Kind: Admission, Office: "town", Person: "wang", Programme: "p1", Region: "340000", Rulebook: "hash", Village: village,
		Account: &AccountPart{HolderPerson: "wang", Relation: "self"},
		Admission: &AdmissionPart{
			AppliedOn: day("2022-01-05"), Basis: rulebook.Basis{AppliedOn: day("2022-01-05")}, Classes: []rulebook.ClassFrom{{From: month("2022-01"), Key: boy}},
			Continues: "before", Document: "移交", FirstUnit: month("2022-01"), Group: "g", Household: "h", OpeningDebt: domain.Yuan(1), OpeningOver: domain.Yuan(2),
			Origin: beneficiary.CarriedOver, Outcome: rulebook.Yes, PaidThrough: month("2022-02"), Share: "1/2", SlotOf: []string{"child", "wang"},
			Trace: []rulebook.CriterionTrace{{ID: "age", Outcome: rulebook.Pass}}, Unit: beneficiary.PerHousehold, Until: month("2030-12"),
		},
		Facts: []Fact{
			{Fact: beneficiary.Child, On: day("2000-01-01"), Related: "child", ReportedOn: day("2022-01-05"), Source: "papers"},
			{Fact: beneficiary.Hukou, On: day("2001-01-01"), ReportedOn: day("2022-01-05"), Source: "papers"},
		},
		Private: &Private{Account: account, Details: []beneficiary.Detail{{Source: "both"}}, Identity: identity},
	}
}

func TestAdmission(t *testing.T) {
	a, c := agreed(t), admission()
	events, err := Effects(beneficiary.State{}, c, a)
	require.NoError(t, err)
	application := a.id("application")
	claims := []beneficiary.Claim{{Claim: a.id("claim|child"), Group: "g", Person: "child"}, {Claim: a.id("claim|wang"), Group: "g", Person: "wang"}}
	require.Equal(t, []domain.Event{
		beneficiary.Registered{How: "citizen-number", Person: "wang", Private: identity},
		beneficiary.FactRecorded{Fact: beneficiary.Child, Person: "wang", Related: "child", On: day("2000-01-01"), ReportedOn: day("2022-01-05"), Source: "papers", Private: &beneficiary.Detail{Source: "both"}},
		beneficiary.FactRecorded{Fact: beneficiary.Hukou, Person: "wang", On: day("2001-01-01"), ReportedOn: day("2022-01-05"), Source: "papers"},
		beneficiary.AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self", On: day("2022-02-03"), Private: account},
		beneficiary.Applied{Application: application, AppliedOn: day("2022-01-05"), Office: "town", Person: "wang", Programme: "p1", Region: "340000"},
		beneficiary.Decided{
			Application: application, Class: boy, DecidedOn: day("2022-02-03"), Document: "移交", Outcome: rulebook.Yes, Person: "wang", Programme: "p1", Rulebook: "hash",
			Trace: c.Admission.Trace,
		},
		beneficiary.Enrolled{
			Basis: c.Admission.Basis, Classes: c.Admission.Classes, Continues: "before", Document: "移交", Enrolment: a.EnrolmentID(), FirstUnit: month("2022-01"), Group: "g",
			Household: "h", Office: "town", OpeningDebt: domain.Yuan(1), OpeningOver: domain.Yuan(2), Origin: beneficiary.CarriedOver, PaidThrough: month("2022-02"), Person: "wang",
			Programme: "p1", Region: "340000", Rulebook: "hash", Share: "1/2", Slots: claims, Unit: beneficiary.PerHousehold, Until: month("2030-12"), Village: village,
		},
	}, events)
	require.Equal(t, claims, a.Claims(c))
	require.Empty(t, a.Claims(Change{Kind: Exit}))
	require.NotEqual(t, a.id("a"), a.id("b"))
	again, err := Effects(beneficiary.State{}, c, a)
	require.NoError(t, err)
	require.Equal(t, events, again, "another node that repeats the effect derives the same ids")

	s := fold(beneficiary.State{}, 0, cause, events...)
	again, err = Effects(s, c, a)
	require.NoError(t, err)
	require.Empty(t, again)
	s = fold(beneficiary.State{}, 0, "another", events[0])
	again, err = Effects(s, c, a)
	require.NoError(t, err)
	require.Equal(t, events[1:], again, "who is known already is not registered again")
}

func TestErasedKeys(t *testing.T) {
	erased := admission()
	erased.Private = nil
	withFacts := Change{Kind: Exit, Person: "wang", Facts: erased.Facts}
	withAccount := Change{Kind: AccountChange, Person: "wang", Account: erased.Account}
	for name, c := range map[string]Change{"admission": {Kind: Admission, Admission: erased.Admission}, "facts": withFacts, "account": withAccount} {
		events, err := Effects(beneficiary.State{}, c, agreed(t))
		requireRefused(t, events, err, "change.erased")
		require.ErrorIs(t, err, domain.Refused, name)
	}
}

func requireRefused(t testing.TB, events []domain.Event, err error, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, rule, refused.Rule)
	require.Empty(t, events, "nothing of a change that is refused")
}

// enrolledPerson is wang, enrolled in p1 as "e1", with January to March 2022 drawn. "0" is the registration, "1" the
// account, "2" the enrolment, "3" the draw, "4" a suspension from May, "5" a fact.
func enrolledPerson(t testing.TB) beneficiary.State {
	t.Helper()
	s := fold(beneficiary.State{}, 0, "",
		beneficiary.Registered{Person: "wang"},
		beneficiary.AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self"},
		beneficiary.Enrolled{
			Enrolment: "e1", Programme: "p1", Group: "g", Office: "town", Village: village, Origin: beneficiary.DecidedHere, FirstUnit: month("2022-01"),
			Classes: []rulebook.ClassFrom{{From: month("2022-01"), Key: boy}}, Share: "1/1", Unit: beneficiary.PerPerson, Person: "wang",
		})
	run := beneficiary.Run{Run: "r1", Office: "town", From: month("2022-01"), To: month("2022-03")}
	drawn, err := s.DecideDraw(beneficiary.TakeDraw{Run: run, Enrolment: "e1", Line: 1, PayRef: "R", Draw: "d1"}, agreed(t).Rulebook)
	require.NoError(t, err)
	s = fold(s, 3, "", drawn...)
	return fold(s, 4, "", beneficiary.Suspended{Effect: beneficiary.Forfeit, Enrolment: "e1", From: month("2022-05")},
		beneficiary.FactRecorded{Fact: beneficiary.Death, Person: "wang", On: day("2022-02-01"), ReportedOn: day("2022-02-02")})
}

func exitPart() *ExitPart {
	return &ExitPart{
		ContinuedBy: "next", Destination: "340100", Fault: beneficiary.NoFault, LastUnit: month("2022-02"), OccurredOn: day("2022-02-10"), Policy: "month-of",
		Reason: "dead", ReportedBy: "village", ReportedOn: day("2022-04-01"),
	}
}

func exitOf() beneficiary.Exited {
	return beneficiary.Exited{
		ContinuedBy: "next", Destination: "340100", Enrolment: "e1", Fault: beneficiary.NoFault, LastUnit: month("2022-02"), OccurredOn: day("2022-02-10"),
		Policy: "month-of", Reason: "dead", ReportedBy: "village", ReportedOn: day("2022-04-01"),
	}
}

func TestEffects(t *testing.T) {
	a := agreed(t)
	overpaid := func(amount, cause string, fault beneficiary.Fault, found string, units ...string) beneficiary.Overpaid {
		by := "village"
		if cause != "dead" { // found by whoever annulled
			by = ""
		}
		o := beneficiary.Overpaid{Amount: domain.MustMoney(amount), Cause: cause, Enrolment: "e1", Fault: fault, FoundBy: by, FoundOn: day(found), Overpayment: a.id("overpayment"), Person: "wang"}
		for _, u := range units {
			o.Units = append(o.Units, beneficiary.OverpaidUnit{Amount: domain.Yuan(100), Draw: "d1", Unit: month(u)})
		}
		return o
	}
	left := func(s beneficiary.State) beneficiary.State {
		return fold(s, 6, "", exitOf(), beneficiary.Overpaid{Overpayment: "o1", Enrolment: "e1", Cause: "dead", Amount: domain.Yuan(100), Units: []beneficiary.OverpaidUnit{{Amount: domain.Yuan(100), Draw: "d1", Unit: month("2022-03")}}})
	}
	owing := func(s beneficiary.State) beneficiary.State {
		return fold(s, 6, "", beneficiary.Overpaid{Overpayment: "o2", Enrolment: "e1", Cause: "late", Amount: domain.Yuan(80), BankFile: "b", BankLine: 3, Draw: "d0"})
	}
	for _, r := range []struct {
		name   string
		change Change
		before func(beneficiary.State) beneficiary.State
		want   []domain.Event
		rule   string
	}{
		{name: "exit", change: Change{Kind: Exit, Exit: exitPart()}, want: []domain.Event{exitOf(), overpaid("100.00", "dead", beneficiary.NoFault, "2022-04-01", "2022-03")}},
		{name: "exit by id", change: Change{Kind: Exit, Programme: "other", Exit: func() *ExitPart { x := exitPart(); x.Enrolment = "e1"; x.LastUnit = month("2022-03"); return x }()},
			want: []domain.Event{func() beneficiary.Exited { x := exitOf(); x.LastUnit = month("2022-03"); return x }()}},
		{name: "exit of nobody enrolled", change: Change{Kind: Exit, Programme: "other", Exit: exitPart()}, rule: "beneficiary.no-enrolment"},
		{name: "exit again", change: Change{Kind: Exit, Exit: func() *ExitPart { x := exitPart(); x.Enrolment, x.Reason = "e1", "moved"; return x }()}, before: left, rule: "beneficiary.ended"},
		{name: "class change", change: Change{Kind: ClassChange, Class: &ClassPart{Class: girl, From: month("2022-03"), Reason: "born"}},
			want: []domain.Event{beneficiary.ClassChanged{Class: girl, Enrolment: "e1", From: month("2022-03"), Reason: "born"}}},
		{name: "class change by id", change: Change{Kind: ClassChange, Programme: "other", Class: &ClassPart{Class: girl, Enrolment: "e1", From: month("2022-03")}},
			want: []domain.Event{beneficiary.ClassChanged{Class: girl, Enrolment: "e1", From: month("2022-03")}}},
		{name: "class change too early", change: Change{Kind: ClassChange, Class: &ClassPart{Class: girl, From: month("2021-03")}}, rule: "beneficiary.class-from"},
		{name: "suspension", change: Change{Kind: Suspension, Suspension: &SuspensionPart{Effect: beneficiary.Withhold, From: month("2022-04"), Reason: "suspected-death", ReviewBy: day("2022-06-01")}},
			want: []domain.Event{beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e1", From: month("2022-04"), Reason: "suspected-death", ReviewBy: day("2022-06-01")}}},
		{name: "suspension by id", change: Change{Kind: Suspension, Programme: "other", Suspension: &SuspensionPart{Effect: beneficiary.Withhold, Enrolment: "e1", From: month("2022-04")}},
			want: []domain.Event{beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e1", From: month("2022-04")}}},
		{name: "suspension that lasts already", change: Change{Kind: Suspension, Suspension: &SuspensionPart{Effect: beneficiary.Forfeit, From: month("2022-06")}}},
		{name: "suspension by a wrong unit", change: Change{Kind: Suspension, Suspension: &SuspensionPart{Effect: beneficiary.Forfeit, From: month("2022")}}, rule: "beneficiary.unit-kind"},
		{name: "resumption", change: Change{Kind: Resumption, Resumption: &ResumptionPart{From: month("2022-07"), Reason: "free", Restored: []domain.Period{month("2022-06")}}},
			want: []domain.Event{beneficiary.Resumed{Enrolment: "e1", From: month("2022-07"), Reason: "free", Restored: []domain.Period{month("2022-06")}}}},
		{name: "resumption by id", change: Change{Kind: Resumption, Programme: "other", Resumption: &ResumptionPart{Enrolment: "e1", From: month("2022-07")}},
			want: []domain.Event{beneficiary.Resumed{Enrolment: "e1", From: month("2022-07")}}},
		{name: "resumption of what is not suspended", change: Change{Kind: Resumption, Resumption: &ResumptionPart{From: month("2022-07")}},
			before: func(s beneficiary.State) beneficiary.State { return fold(s, 6, "", beneficiary.Corrected{Of: "4"}) }, rule: "beneficiary.not-suspended"},
		{name: "transfer", change: Change{Kind: Transfer, Transfer: &TransferPart{FirstUnit: month("2022-04"), ToOffice: "city", ToVillage: "340311102201"}},
			want: []domain.Event{beneficiary.Transferred{Enrolment: "e1", FirstUnit: month("2022-04"), FromOffice: "town", FromVillage: village, ToOffice: "city", ToVillage: "340311102201"}}},
		{name: "transfer by id", change: Change{Kind: Transfer, Programme: "other", Transfer: &TransferPart{Enrolment: "e1", FirstUnit: month("2022-04"), ToOffice: "city", ToVillage: village}},
			want: []domain.Event{beneficiary.Transferred{Enrolment: "e1", FirstUnit: month("2022-04"), FromOffice: "town", FromVillage: village, ToOffice: "city", ToVillage: village}}},
		{name: "transfer too early", change: Change{Kind: Transfer, Transfer: &TransferPart{FirstUnit: month("2021-04"), ToOffice: "city"}}, rule: "beneficiary.transfer-from"},
		{name: "review", change: Change{Kind: Review, Review: &ReviewPart{Result: "continue", ValidTo: day("2023-03-31"), VisitedOn: day("2022-02-14"), Visitors: []string{"clerk"}, Year: 2022}},
			want: []domain.Event{beneficiary.Reviewed{Enrolment: "e1", Result: "continue", ValidTo: day("2023-03-31"), VisitedOn: day("2022-02-14"), Visitors: []string{"clerk"}, Year: 2022}}},
		{name: "review by id", change: Change{Kind: Review, Programme: "other", Review: &ReviewPart{Enrolment: "e1", Year: 2022}}, want: []domain.Event{beneficiary.Reviewed{Enrolment: "e1", Year: 2022}}},
		{name: "review of nobody", change: Change{Kind: Review, Programme: "other", Review: &ReviewPart{Year: 2022}}, rule: "beneficiary.no-enrolment"},
		{name: "grant", change: Change{Kind: GrantMoney, Grant: &GrantPart{Amount: domain.Yuan(500), Campaign: "spring", Document: "文", Parts: []rulebook.Component{{Amount: domain.Yuan(500)}}, Purpose: "festival"}},
			want: []domain.Event{beneficiary.Granted{Amount: domain.Yuan(500), Campaign: "spring", Document: "文", Grant: a.id("grant"), Office: "town", Parts: []rulebook.Component{{Amount: domain.Yuan(500)}}, Person: "wang", Programme: "p1", Purpose: "festival", Village: village}}},
		{name: "grant of nothing", change: Change{Kind: GrantMoney, Grant: &GrantPart{}}, rule: "beneficiary.grant-amount"},
		{name: "account change", change: Change{Kind: AccountChange, Account: &AccountPart{HolderPerson: "wang", Relation: "self"}, Private: &Private{Account: account}},
			want: []domain.Event{beneficiary.AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self", On: day("2022-02-03"), Private: account}}},
		{name: "account of a stranger", change: Change{Kind: AccountChange, Account: &AccountPart{HolderPerson: "li", Relation: "guardian"}, Private: &Private{Account: account}}, rule: "beneficiary.account-relation"},
		{name: "correction", change: Change{Kind: Correction, Correction: &CorrectionPart{Of: "4", Reason: "misread"}}, want: []domain.Event{beneficiary.Corrected{Of: "4", Person: "wang", Reason: "misread"}}},
		{name: "correction of nothing", change: Change{Kind: Correction, Correction: &CorrectionPart{Of: "99"}}, rule: "beneficiary.correctable"},
		{name: "correction of a fact, replaced", change: Change{
			Kind: Correction, Correction: &CorrectionPart{Of: "5", Reason: "misread"}, Private: &Private{},
			Facts: []Fact{{Fact: beneficiary.Death, On: day("2022-02-11"), ReportedOn: day("2022-02-12"), Source: "papers"}},
		}, want: []domain.Event{
			beneficiary.Corrected{Of: "5", Person: "wang", Reason: "misread"},
			beneficiary.FactRecorded{Fact: beneficiary.Death, Person: "wang", On: day("2022-02-11"), ReportedOn: day("2022-02-12"), Source: "papers"},
		}},
		{name: "correction of an exit, replaced", before: left, change: Change{
			Kind: Correction, Correction: &CorrectionPart{Of: "6", Reason: "misread"}, Exit: func() *ExitPart { x := exitPart(); x.LastUnit = month("2022-01"); return x }(),
		}, want: []domain.Event{
			beneficiary.Corrected{Of: "6", Person: "wang", Reason: "misread"}, beneficiary.Corrected{Of: "7", Person: "wang", Reason: "misread"},
			func() beneficiary.Exited { x := exitOf(); x.LastUnit = month("2022-01"); return x }(), overpaid("200.00", "dead", beneficiary.NoFault, "2022-04-01", "2022-02", "2022-03"),
		}},
		{name: "annulment", change: Change{Kind: Correction, Correction: &CorrectionPart{Annul: true, Of: "e1", Reason: "false"}},
			want: []domain.Event{beneficiary.Annulled{Enrolment: "e1", Reason: "false"}, overpaid("300.00", "false", beneficiary.Recover, "2022-02-03", "2022-01", "2022-02", "2022-03")}},
		{name: "annulment of nothing", change: Change{Kind: Correction, Correction: &CorrectionPart{Annul: true, Of: "e9"}}, rule: "beneficiary.no-enrolment"},
		{name: "write-off", before: left, change: Change{Kind: WriteOff, Overpaid: &WriteOffPart{Amount: domain.Yuan(60), Overpayment: "o1", Reason: "poverty"}},
			want: []domain.Event{beneficiary.WrittenOff{Amount: domain.Yuan(60), Overpayment: "o1", Person: "wang", Reason: "poverty"}}},
		{name: "write-off of too much", before: left, change: Change{Kind: WriteOff, Overpaid: &WriteOffPart{Amount: domain.Yuan(101), Overpayment: "o1"}}, rule: "beneficiary.write-off-amount"},
		{name: "recovery plan by a set-off", before: owing, change: Change{Kind: RecoveryPlan, Recovery: &RecoveryPart{Cap: domain.Yuan(150), Enrolment: "e1", From: month("2022-05"), Method: "set-off", Overpayment: "o2", Reason: "agreed"}},
			want: []domain.Event{beneficiary.RecoveryPlanned{Cap: domain.Yuan(150), Enrolment: "e1", From: month("2022-05"), Method: "set-off", Overpayment: "o2", Person: "wang"}}},
		{name: "recovery plan beyond the rulebook's cap", before: owing, change: Change{Kind: RecoveryPlan, Recovery: &RecoveryPart{Cap: domain.MustMoney("150.01"), Enrolment: "e1", From: month("2022-05"), Method: "set-off", Overpayment: "o2"}}, rule: "beneficiary.set-off-cap"},
		{name: "recovery plan under another programme than pays it", before: owing, change: Change{Kind: RecoveryPlan, Programme: "other", Recovery: &RecoveryPart{Cap: domain.Yuan(150), Enrolment: "e1", From: month("2022-05"), Method: "set-off", Overpayment: "o2"}}, rule: "change.recovery-programme"},
		{name: "recovery plan by instalments", before: owing, change: Change{Kind: RecoveryPlan, Recovery: &RecoveryPart{Instalments: []beneficiary.Instalment{{Amount: domain.Yuan(80), DueOn: day("2022-06-01")}}, Method: "instalments", Overpayment: "o2"}},
			want: []domain.Event{beneficiary.RecoveryPlanned{Instalments: []beneficiary.Instalment{{Amount: domain.Yuan(80), DueOn: day("2022-06-01")}}, Method: "instalments", Overpayment: "o2", Person: "wang"}}},
		{name: "an exit by death says what becomes of the rest", change: Change{Kind: Exit, Exit: func() *ExitPart {
			x := exitPart()
			x.LastUnit, x.AtDeath = month("2022-03"), rulebook.DeathPaysHeirs
			return x
		}()},
			want: []domain.Event{func() beneficiary.Exited {
				x := exitOf()
				x.LastUnit, x.AtDeath = month("2022-03"), rulebook.DeathPaysHeirs
				return x
			}()}},
		{name: "a refusal after other effects leaves none of them", change: Change{
			Kind: Exit, Programme: "other", Exit: exitPart(), Account: &AccountPart{HolderPerson: "wang", Relation: "self"}, Private: &Private{Account: account},
		}, rule: "beneficiary.no-enrolment"},
		{name: "the first refusal is the one told", change: Change{
			Kind: Exit, Programme: "other", Exit: exitPart(), Private: &Private{},
			Facts: []Fact{{Fact: beneficiary.Hukou}, {Fact: beneficiary.Hukou, On: day("2022-01-01"), ReportedOn: day("2022-01-01")}},
		}, rule: "beneficiary.fact-days"},
		{name: "a relation is recorded before the account that needs it", change: Change{
			Kind: AccountChange, Account: &AccountPart{HolderPerson: "li", Relation: "guardian"}, Private: &Private{Account: account},
			Facts: []Fact{{Fact: beneficiary.Guardian, On: day("2022-01-01"), Related: "li", ReportedOn: day("2022-01-02"), Source: "papers"}},
		}, want: []domain.Event{
			beneficiary.FactRecorded{Fact: beneficiary.Guardian, Person: "wang", Related: "li", On: day("2022-01-01"), ReportedOn: day("2022-01-02"), Source: "papers"},
			beneficiary.AccountChanged{HolderPerson: "li", Person: "wang", Relation: "guardian", On: day("2022-02-03"), Private: account},
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := enrolledPerson(t)
			if r.before != nil {
				s = r.before(s)
			}
			c := r.change
			c.Person, c.Office, c.Village = "wang", "town", village
			if c.Programme == "" {
				c.Programme = "p1"
			}
			events, err := Effects(s, c, a)
			if r.rule != "" {
				requireRefused(t, events, err, r.rule)
				return
			}
			require.NoError(t, err)
			require.Equal(t, r.want, events)
			if len(events) > 0 {
				events, err = Effects(fold(s, 20, cause, events...), c, a)
				require.NoError(t, err)
				require.Empty(t, events, "a repeated step does nothing")
			}
		})
	}
}

func TestOneDeathIsKnownToTheFactsAfterIt(t *testing.T) {
	c := Change{Kind: AccountChange, Person: "wang", Private: &Private{}, Facts: []Fact{
		{Fact: beneficiary.Death, On: day("2022-03-01"), ReportedOn: day("2022-03-02")}, {Fact: beneficiary.Death, On: day("2022-03-03"), ReportedOn: day("2022-03-04")},
	}}
	events, err := Effects(fold(beneficiary.State{}, 0, "", beneficiary.Registered{Person: "wang"}), c, agreed(t))
	requireRefused(t, events, err, "beneficiary.died-once")
}

func TestOnOf(t *testing.T) {
	require.Equal(t, day("2022-02-01"), onOf(beneficiary.Suspended{From: month("2022-02")}))
	require.True(t, onOf(beneficiary.Annulled{}).IsZero())
}
