package ledger

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/slot"
	"almoner/eventstore/faulty"
	"almoner/ledger/rosterfile"
)

// picture is what the persons and slots of a ledger come to, without what differs from one creation to the next: the order
// of persons' ids, times, ciphertexts.
func (l *testLedger) picture(numbers ...string) string {
	l.t.Helper()
	out := ""
	for _, n := range numbers {
		person, ok, err := l.vault.Lookup(l.ctx, n)
		require.NoError(l.t, err)
		if !ok {
			out += "nobody\n"
			continue
		}
		s := l.person(n)
		out += fmt.Sprintf("registered=%v died=%v facts=%d accounts=%d abandoned=%d", s.Registered, s.DiedOn, len(s.Facts), len(s.Accounts), len(s.Abandoned))
		for _, e := range s.Enrolments {
			last, none := e.LastUnit()
			out += fmt.Sprintf(" [%s %v-%v %v slots=%d]", e.Programme, e.FirstUnit, last, none, len(e.Slots))
		}
		for _, group := range []string{"family-planning-support", "only-child-allowance"} {
			held, err := fold(l.ctx, l.Ledger, slot.Stream(group, person), slot.Evolve)
			require.NoError(l.t, err)
			out += fmt.Sprintf(" %s=%d/%d", group, len(held.state.Claims), len(held.state.Released))
		}
		out += "\n"
	}
	return out
}

// requireWhole checks what holds for every history: each claim that stands is behind an enrolment, and each open enrolment
// holds a claim on each of its slots.
func (l *testLedger) requireWhole() {
	l.t.Helper()
	enrolled, standing := map[string]bool{}, map[string]bool{} // by enrolment, and by slot and enrolment
	states := map[string]slot.State{}
	people := map[string]beneficiary.State{}
	for r := range l.log() {
		stored, err := codec.DecodeEvent(r.Data, nil)
		require.NoError(l.t, err)
		switch stored.Event.(type) {
		case slot.Claimed, slot.Released:
			states[r.Stream] = slot.Evolve(states[r.Stream], stored.Fact)
		}
		people[r.Stream] = beneficiary.Evolve(people[r.Stream], stored.Fact)
	}
	for stream, s := range states {
		for _, c := range s.Claims {
			standing[stream+c.Enrolment] = true
		}
	}
	for _, s := range people {
		for _, e := range s.Enrolments {
			enrolled[e.ID] = true
			for _, c := range e.Slots {
				if e.Exit == nil && !e.Annulled {
					require.True(l.t, standing[slot.Stream(c.Group, c.Person)+e.ID], "an open enrolment holds its slot")
				}
			}
		}
	}
	for _, s := range states {
		for _, c := range s.Claims {
			require.True(l.t, enrolled[c.Enrolment], "a standing claim is behind an enrolment")
		}
	}
}

// An import whose rows meet every step, interrupted at each append in both ways: claims, a row that fails after its claim,
// relatives, the end.
func TestEffectsThatAreInterruptedComeOutTheSame(t *testing.T) {
	couple := synthetic("20100302", 1)
	numbers := []string{parent(0, "")["身份证号"], parent(1, "")["身份证号"], parent(2, "")["身份证号"], couple, synthetic("20110302", 1)}
	prepare := func(t *testing.T) (*testLedger, string) {
		l := newTestLedger(t, "only-child-allowance@340311")
		half := parent(2, synthetic("20110302", 1)).with("份额", "1/2")
		r := l.request(roster(parent(0, couple), half))
		r.Programme, r.Stated = "only-child-allowance", Stated{}
		one := l.committed(r, false)
		r = l.request(roster(parent(1, couple), half.with("申报日期", "2021-11-02")))
		r.Programme, r.Stated = "only-child-allowance", Stated{}
		two := l.committed(r, false) // both were planned before either took effect
		l.signAll(Subject{ImportSubject, one.Import})
		s := Subject{ImportSubject, two.Import}
		l.submitFirst(s)
		for l.signing(s).Step < len(l.signing(s).Chain)-1 {
			require.True(t, l.signNext(s))
		}
		return l, two.Import
	}
	l, id := prepare(t)
	require.True(t, l.signNext(Subject{ImportSubject, id}))
	want := l.picture(numbers...)
	state, err := l.Import(l.ctx, id)
	require.NoError(t, err)
	require.Equal(t, imports.StatusApplied, state.Status)
	require.Equal(t, 2, state.Failed, "one child is taken; one mother gets her second half, and is enrolled already")
	l.requireWhole()

	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("written=%v", after), func(t *testing.T) {
			for strike := 2; ; strike++ { // the first append is the signature itself
				l, id := prepare(t)
				breaking := &breakingStore{Store: l.disk, strike: strike, after: after}
				l.reopen(breaking)
				_, err := l.tryNext(Subject{ImportSubject, id})
				l.reopen(l.disk)
				require.NoError(t, l.ApplyImport(l.ctx, id, nil))
				state, stateErr := l.Import(l.ctx, id)
				require.NoError(t, stateErr)
				require.Equal(t, imports.StatusApplied, state.Status)
				require.Equal(t, 2, state.Failed)
				require.Equal(t, want, l.picture(numbers...), "strike %d", strike)
				l.requireWhole()
				entries := l.entries()
				require.NoError(t, l.ApplyImport(l.ctx, id, nil))
				require.Equal(t, entries, l.entries(), "applying again writes nothing")
				if !breaking.struck {
					require.NoError(t, err)
					require.Greater(t, strike, 4)
					return
				}
				var later *FollowUpError
				require.ErrorAs(t, err, &later)
			}
		})
	}
}

// The same through a store that refuses, loses answers and writes twice at random.
func TestEffectsOnAStoreThatMisbehaves(t *testing.T) {
	for seed := range int64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			l := newTestLedger(t, "rural-reward@340300")
			var rows []testRow
			var numbers []string
			for n := range 40 {
				rows = append(rows, eligible(n))
				numbers = append(numbers, rows[n]["身份证号"])
			}
			bad := faulty.New(l.disk, rand.New(rand.NewSource(seed)), faulty.Faults{FailBefore: 0.1, FailAfter: 0.1, Repeat: 0.1})
			l.reopen(bad)
			out := l.imported(l.request(roster(rows...)))
			require.Equal(t, 40, out.Accepted)
			for _, n := range numbers {
				require.Len(t, l.person(n).Enrolments, 1)
			}
			l.requireWhole()
		})
	}
}

func (l *testLedger) openCase(c Command, r CaseRequest) string {
	l.t.Helper()
	id, _, err := l.OpenCase(l.ctx, c, r)
	require.NoError(l.t, err)
	return id
}

// done opens a case, has it signed to the end, and returns its state.
func (l *testLedger) done(r CaseRequest) cases.State {
	l.t.Helper()
	return l.doneBy("v1", r)
}

// doneBy is done, by the clerk of another village.
func (l *testLedger) doneBy(village string, r CaseRequest) cases.State {
	l.t.Helper()
	id := l.openCase(l.command("village-clerk", village, "village.handler"), r)
	l.signAll(Subject{CaseSubject, id})
	s, err := l.Case(l.ctx, id)
	require.NoError(l.t, err)
	return s
}

func number(t testing.TB, s string) domain.CitizenNumber {
	n, err := domain.ParseCitizenNumber(s)
	require.NoError(t, err)
	return n
}

// widow is the form of an admission that qualifies.
func (l *testLedger) widow(n int) CaseRequest {
	return CaseRequest{
		Kind: change.Admission, Programme: "rural-reward", Office: "town", Stated: Stated{Attested: []string{"no-violation"}},
		Row: rosterfile.Row{
			Name: "王某某", Number: number(l.t, eligible(n)["身份证号"]), Hukou: "agricultural", Marriage: "widowed", Area: testVillage1,
			Children:  []rosterfile.Child{{Name: "张小某", Number: number(l.t, eligible(n)["子女1身份证号"]), Birth: domain.MustDate("1985-03-02"), Sex: domain.Female}},
			AppliedOn: domain.MustDate("2021-11-10"), Bank: "农商银行", Account: domain.AccountNumber(account(n)),
		},
	}
}

func TestACaseFromFormToEffect(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	c := l.command("village-clerk", "v1", "village.handler")
	id := l.openCase(c, l.widow(0))
	again, out, err := l.OpenCase(l.ctx, c, l.widow(0))
	require.NoError(t, err)
	require.Equal(t, id, again)
	require.True(t, out.Repeated)
	_, _, err = l.OpenCase(l.ctx, c, l.widow(1))
	requireRule(t, err, "command.other-content")

	view, err := l.ShowCase(l.ctx, id)
	require.NoError(t, err)
	require.Equal(t, "王*", view.Change.Private.Identity.Name.String())
	require.Equal(t, domain.PersonName("王某某"), view.Change.Private.Identity.Name)

	revised := l.widow(0)
	revised.Row.AppliedOn = domain.MustDate("2021-11-11")
	_, err = l.ReviseCase(l.ctx, l.command("village-clerk", "v1", "village.handler"), id, revised)
	require.NoError(t, err)
	l.signAll(Subject{CaseSubject, id})
	s, err := l.Case(l.ctx, id)
	require.NoError(t, err)
	require.Equal(t, cases.StatusApplied, s.Status)
	require.Len(t, l.person(eligible(0)["身份证号"]).Enrolments, 1)
	l.requireWhole()

	again, out, err = l.OpenCase(l.ctx, c, l.widow(0))
	require.NoError(t, err, "the answer does not depend on what the person has become")
	require.Equal(t, id, again)
	require.True(t, out.Repeated)
}

func TestAWithdrawnCaseHasNoEffect(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	id := l.openCase(l.command("village-clerk", "v1", "village.handler"), l.widow(0))
	_, err := l.WithdrawCase(l.ctx, l.command("village-clerk", "v1", "village.handler"), id, "mistake")
	require.NoError(t, err)
	require.NoError(t, l.ApplyCase(l.ctx, id))
	require.False(t, l.person(eligible(0)["身份证号"]).Registered)
}

func TestCasesThatAreRefused(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	l.done(l.widow(0))
	enrolled := func(edit func(*CaseRequest)) CaseRequest {
		r := CaseRequest{Programme: "rural-reward", Office: "town", Row: rosterfile.Row{Number: number(t, eligible(0)["身份证号"])}, Reason: "other"}
		edit(&r)
		return r
	}
	for _, c := range []struct {
		name string
		r    CaseRequest
		rule string
	}{
		{"nobody", enrolled(func(r *CaseRequest) { r.Kind = change.Exit; r.Row.Number = "" }), "case.person"},
		{"no such person", enrolled(func(r *CaseRequest) { r.Kind = change.Exit; r.Person = "00000000-0000-4000-8000-000000000001" }), ""},
		{"no kind", enrolled(func(r *CaseRequest) { r.Kind = "wish" }), "case.kind"},
		{"exit without a reason", enrolled(func(r *CaseRequest) { r.Kind = change.Exit }), "import.reason-not-here"},
		{"death without a day", enrolled(func(r *CaseRequest) { r.Kind, r.Row.Reason = change.Exit, "dead" }), "import.died-on-missing"},
		{"suspension for no known reason", enrolled(func(r *CaseRequest) { r.Kind = change.Suspension }), "case.suspension-reason"},
		{"resumption of what is not suspended", enrolled(func(r *CaseRequest) { r.Kind = change.Resumption }), "beneficiary.not-suspended"},
		{"resumption without a reason", enrolled(func(r *CaseRequest) { r.Kind, r.Reason = change.Resumption, "" }), "case.reason"},
		{"class change without a day", enrolled(func(r *CaseRequest) { r.Kind = change.ClassChange }), "case.occurred-on"},
		{"class change to what it is", enrolled(func(r *CaseRequest) { r.Kind, r.Row.OccurredOn = change.ClassChange, domain.MustDate("2021-11-01") }), "import.no-change"},
		{"transfer to nowhere", enrolled(func(r *CaseRequest) { r.Kind = change.Transfer }), "case.transfer-to"},
		{"review without a visit", enrolled(func(r *CaseRequest) { r.Kind = change.Review }), "case.review-visit"},
		{"review without a result", enrolled(func(r *CaseRequest) {
			r.Kind, r.Review = change.Review, change.ReviewPart{Year: 2021, VisitedOn: domain.MustDate("2021-11-01"), Visitors: []string{"clerk"}}
		}), "case.review-result"},
		{"review in the future", enrolled(func(r *CaseRequest) {
			r.Kind, r.Review = change.Review, change.ReviewPart{Year: 2021, Result: "continue", VisitedOn: domain.MustDate("2021-12-01"), Visitors: []string{"clerk"}}
		}), "import.date-future"},
		{"correction of nothing", enrolled(func(r *CaseRequest) { r.Kind = change.Correction }), "case.correction-of"},
		{"correction of an unknown event", enrolled(func(r *CaseRequest) { r.Kind, r.Of = change.Correction, "00000000-0000-4000-8000-000000000001" }), "beneficiary.correctable"},
		{"write-off of nothing", enrolled(func(r *CaseRequest) { r.Kind, r.Overpayment = change.WriteOff, "x" }), "case.write-off"},
		{"account change without an account", enrolled(func(r *CaseRequest) { r.Kind = change.AccountChange }), "import.account-missing"},
		{"one-off money without terms", enrolled(func(r *CaseRequest) {
			r.Kind, r.Row.HasAmount, r.Row.Amount = change.GrantMoney, true, domain.MustMoney("100")
		}), "import.grant-terms"},
		{"one-off money without an amount", enrolled(func(r *CaseRequest) { r.Kind = change.GrantMoney }), "import.amount-missing"},
		{"one-off money without a document", enrolled(func(r *CaseRequest) {
			r.Kind, r.Row.HasAmount, r.Row.Amount, r.Grant = change.GrantMoney, true, domain.MustMoney("100"), GrantTerms{Campaign: "2021-festival", Purpose: "solace"}
		}), "import.grant-document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entries := l.entries()
			_, _, err := l.OpenCase(l.ctx, l.command("village-clerk", "v1", "village.handler"), c.r)
			require.Error(t, err)
			if c.rule != "" {
				requireRule(t, err, c.rule)
			}
			require.Equal(t, entries, l.entries())
		})
	}
}

func TestEveryKindOfCaseTakesEffect(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	l.done(l.widow(0))
	who, village := eligible(0)["身份证号"], "v1"
	on := func(kind change.Kind, edit func(*CaseRequest)) cases.State {
		t.Helper()
		r := CaseRequest{Kind: kind, Programme: "rural-reward", Office: "town", Person: l.personOf(who), Reason: "checked"}
		edit(&r)
		s := l.doneBy(village, r)
		require.Equal(t, cases.StatusApplied, s.Status, s.Failed)
		l.requireWhole()
		return s
	}
	enrolment := func() beneficiary.Enrolment { return l.person(who).Enrolments[0] }

	on(change.AccountChange, func(r *CaseRequest) { r.Row.Bank, r.Row.Account = "农商银行", domain.AccountNumber(account(77)) })
	require.Len(t, l.person(who).Accounts, 2)

	on(change.Suspension, func(r *CaseRequest) { r.Reason = "prison" })
	require.Equal(t, beneficiary.Forfeit, enrolment().Suspensions[0].Effect)
	on(change.Resumption, func(r *CaseRequest) { r.From = domain.MustPeriod("2021-12") })
	require.Equal(t, "2021-12", enrolment().Suspensions[0].To.String())

	on(change.ClassChange, func(r *CaseRequest) {
		r.Row.OccurredOn = domain.MustDate("2021-10-05")
		r.Row.Children = []rosterfile.Child{{Number: number(t, eligible(0)["子女1身份证号"]), Birth: domain.MustDate("1985-03-02"), Sex: domain.Female, DiedOn: domain.MustDate("2021-10-05")}}
		r.Reason = "child-died"
	})
	require.Equal(t, "child=girl-died", enrolment().ClassAt(domain.MustPeriod("2021-11")).String())
	require.Equal(t, "child=one-girl", enrolment().ClassAt(domain.MustPeriod("2021-10")).String())

	on(change.Review, func(r *CaseRequest) {
		r.Review = change.ReviewPart{Year: 2021, Result: "continue", VisitedOn: domain.MustDate("2021-11-12"), Visitors: []string{"clerk", "second"}}
	})
	on(change.GrantMoney, func(r *CaseRequest) {
		r.Row.HasAmount, r.Row.Amount = true, domain.MustMoney("300.00")
		r.Grant = GrantTerms{Campaign: "2021-festival", Document: "assumed", Fund: "county", Purpose: "solace"}
	})
	require.Equal(t, "300.00", l.person(who).Grants[0].Amount.String())

	on(change.Transfer, func(r *CaseRequest) { r.ToOffice, r.ToVillage = "town", testVillage2 })
	require.Equal(t, testVillage2, enrolment().PlaceAt(domain.MustPeriod("2021-12")).Village)
	require.Equal(t, testVillage1, enrolment().PlaceAt(domain.MustPeriod("2021-11")).Village)

	village = "v2"
	left := on(change.Exit, func(r *CaseRequest) { r.Row.Reason, r.Row.OccurredOn = "hukou-moved", domain.MustDate("2021-11-15") })
	require.Equal(t, testVillage2, left.Village, "the village she belongs to now signs")
	require.Equal(t, "2021-11", enrolment().Exit.LastUnit.String())
	held, err := fold(l.ctx, l.Ledger, slot.Stream("family-planning-support", l.personOf(who)), slot.Evolve)
	require.NoError(t, err)
	require.Empty(t, held.state.Claims, "an exit gives the slot back")

	on(change.Correction, func(r *CaseRequest) { r.Of = enrolment().Exit.Event })
	require.Nil(t, enrolment().Exit)
}

func TestASuspectedDeathWithholdsAtOnce(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	l.done(l.widow(0))
	c := l.clerk()
	id := l.openCase(c, CaseRequest{Kind: change.Suspension, Programme: "rural-reward", Office: "town", Person: l.personOf(eligible(0)["身份证号"]), Reason: suspectedDeath})
	_, err := l.Submit(l.ctx, l.clerk(), Sign{Subject: Subject{CaseSubject, id}, Pen: l.WithKey(l.pens["clerk"])})
	require.NoError(t, err)
	s := l.person(eligible(0)["身份证号"]).Enrolments[0].Suspensions
	require.Len(t, s, 1)
	require.Equal(t, beneficiary.Withhold, s[0].Effect)
	require.Equal(t, "2022-02-20", s[0].Review.String(), "within three months")
}

func TestADeathEndsEverythingFromTheDayItIsSigned(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	l.imported(l.request(roster(eligible(0), eligible(1))))
	exits := l.request(roster(
		eligible(0).with("退出原因", "死亡", "死亡日期", "2021-10-31", "起领年月", "", "申报日期", ""),
		eligible(1).with("退出原因", "迁出", "停领年月", "2021-11", "申报日期", ""),
	))
	exits.Kind = rosterfile.Exit
	plan := l.plan(exits)
	require.Empty(t, plan.Problems)
	require.Contains(t, problemRules(plan.Warnings), "import.occurred-derived")
	l.imported(exits)
	dead := l.person(eligible(0)["身份证号"])
	require.Equal(t, "2021-10-31", dead.DiedOn.String())
	require.Equal(t, "2021-12", dead.Enrolments[0].Exit.LastUnit.String(), "the year of death is paid in full (Bengbu)")
	require.Equal(t, "2021-10", l.person(eligible(1)["身份证号"]).Enrolments[0].Exit.LastUnit.String())
	l.requireWhole()
	require.Contains(t, problemRules(l.plan(exits).Problems), "import.no-enrolment", "nobody leaves twice")
}

func TestAccountsAreChangedByList(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	l.imported(l.request(roster(eligible(0))))
	r := l.request(roster(eligible(0).with("账号", account(500))))
	r.Kind = rosterfile.AccountChange
	out := l.imported(r)
	s, err := l.Import(l.ctx, out.Import)
	require.NoError(t, err)
	require.Len(t, s.Signing.Chain, 2, "town handler and line head (EVENTS.md section 6)")
	require.Len(t, l.person(eligible(0)["身份证号"]).Accounts, 2)
	found, err := l.vault.FindByAccount(l.ctx, account(500))
	require.NoError(t, err)
	require.Equal(t, []string{l.personOf(eligible(0)["身份证号"])}, found)
}

func TestAGrantListCarriesItsMoney(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	r := l.request(roster(eligible(0).with("金额", "300"), eligible(1).with("金额", "500.50")))
	r.Kind, r.Grant = rosterfile.Grant, GrantTerms{Campaign: "2021-festival", Document: "assumed", Fund: "county", Purpose: "solace"}
	out := l.committed(r, false)
	whole, sections, err := l.ImportSections(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, "800.50", whole.Total)
	require.Equal(t, "500.50", sections[1].Total)
	l.signAll(Subject{ImportSubject, out.Import})
	g := l.person(eligible(0)["身份证号"]).Grants
	require.Len(t, g, 1)
	require.Equal(t, "300.00", g[0].Amount.String())
}

// A slot whose claimant never came to an enrolment is taken only when that case is over, and the slow claimant then fails.
func TestAnAbandonedClaimGivesWay(t *testing.T) {
	for _, over := range []bool{false, true} {
		t.Run(fmt.Sprintf("case over=%v", over), func(t *testing.T) {
			l := newTestLedger(t, "only-child-allowance@340311")
			child := synthetic("20100302", 1)
			form := func(n int) CaseRequest {
				return CaseRequest{Kind: change.Admission, Programme: "only-child-allowance", Office: "town", Row: rosterfile.Row{
					Name: "孙某某", Number: number(t, parent(n, "")["身份证号"]), Area: testVillage1, Certificate: "皖2010-1", CertificateOn: domain.MustDate("2010-06-01"),
					Children: []rosterfile.Child{{Number: number(t, child), Birth: domain.MustDate("2010-03-02"), Sex: domain.Male}},
				}}
			}
			first := l.openCase(l.command("village-clerk", "v1", "village.handler"), form(0))
			second := l.openCase(l.command("village-clerk", "v1", "village.handler"), form(1))
			s, err := l.Case(l.ctx, first)
			require.NoError(t, err)
			proposed, err := l.proposedChange(l.ctx, first, s.Proposal.Revision)
			require.NoError(t, err)
			book, err := l.Rulebook(l.ctx, "only-child-allowance", testCounty)
			require.NoError(t, err)
			// The first case's process claims and then hangs.
			slow := &effects{Ledger: l.Ledger, actor: l.clerk().Actor, book: book, decidedOn: l.Today()}
			row := &agreedRow{cause: s.Proposal.Event, change: proposed}
			keys, err := slow.rowKeys(l.ctx, []*agreedRow{row})
			require.NoError(t, err)
			require.NoError(t, slow.claim(l.ctx, []*agreedRow{row}, keys))
			require.Empty(t, row.failed)
			if over {
				_, err := l.WithdrawCase(l.ctx, l.command("village-clerk", "v1", "village.handler"), first, "mistake")
				require.NoError(t, err)
			}
			l.signAll(Subject{CaseSubject, second})
			got, err := l.Case(l.ctx, second)
			require.NoError(t, err)
			if !over {
				require.Equal(t, cases.StatusFailed, got.Status)
				require.Equal(t, "slot.taken", got.Failed)
				return
			}
			require.Equal(t, cases.StatusApplied, got.Status)
			require.NoError(t, slow.enter(l.ctx, []*agreedRow{row}, keys))
			require.Equal(t, "beneficiary.claim-abandoned", row.failed, "the slow process wakes up too late")
			l.requireWhole()
		})
	}
}

// Who reaches the age goes from one programme of the group to the next without a gap, though no exit was ever recorded.
func TestTheNextProgrammeFollowsAnEndKnownAtAdmission(t *testing.T) {
	l := newTestLedger(t, "extended-reward@340300", "rural-reward@340300")
	who := eligible(0).with("身份证号", synthetic("19620305", 2), "申报日期", "")
	r := l.request(roster(who))
	r.Programme = "extended-reward"
	require.Empty(t, l.plan(r).Problems)
	l.imported(r)
	first := l.person(who["身份证号"]).Enrolments[0]
	require.False(t, first.Until.IsZero())
	facts := len(l.person(who["身份证号"]).Facts)

	l.now = first.Until.Last().AddDays(20).Start()
	r = l.request(roster(who.with("账号", "")))
	plan := l.plan(r)
	require.Empty(t, plan.Problems)
	l.imported(r)
	enrolments := l.person(who["身份证号"]).Enrolments
	require.Len(t, enrolments, 2)
	require.Equal(t, first.Until.Next(), enrolments[1].FirstUnit, "no gap and no double unit")
	require.Len(t, l.person(who["身份证号"]).Facts, facts, "what is known is not recorded again")
	held, err := fold(l.ctx, l.Ledger, slot.Stream("family-planning-support", l.personOf(who["身份证号"])), slot.Evolve)
	require.NoError(t, err)
	require.Len(t, held.state.Claims, 1)
}

// A child's right goes from one parent to the other where the first one's ended, however far back the plan would reach.
func TestARightIsHandedFromParentToParent(t *testing.T) {
	l := newTestLedger(t, "only-child-allowance@340311")
	child := synthetic("20100302", 1)
	request := func(row testRow) ImportRequest {
		r := l.request(roster(row))
		r.Programme, r.Stated = "only-child-allowance", Stated{}
		return r
	}
	l.imported(request(parent(0, child)))
	mother := l.personOf(parent(0, "")["身份证号"])
	facts := len(l.person(parent(0, "")["身份证号"]).Facts)
	left := func(person, on string) {
		t.Helper()
		s := l.done(CaseRequest{Kind: change.Exit, Programme: "only-child-allowance", Office: "town", Person: person, Row: rosterfile.Row{Reason: "other", OccurredOn: domain.MustDate(on)}})
		require.Equal(t, cases.StatusApplied, s.Status)
	}
	left(mother, "2021-08-20")
	plan := l.plan(request(parent(1, child)))
	require.Empty(t, plan.Problems)
	l.imported(request(parent(1, child)))
	father := l.person(parent(1, "")["身份证号"]).Enrolments[0]
	require.Equal(t, "2021-09", father.FirstUnit.String())
	require.Equal(t, []string{"slot.taken"}, problemRules(l.plan(request(parent(2, child).with("起领年月", "2012-09", "已发至年月", "2021-07"))).Problems),
		"a carried-over enrolment may not claim the units that were the mother's")

	left(l.personOf(parent(1, "")["身份证号"]), "2021-10-03")
	l.imported(request(parent(0, child).with("申报日期", "2021-11-03")))
	again := l.person(parent(0, "")["身份证号"])
	require.Len(t, again.Enrolments, 2)
	require.Equal(t, "2021-11", again.Enrolments[1].FirstUnit.String())
	require.Len(t, again.Facts, facts, "what is known is not recorded again")
	l.requireWhole()
}

// A row that was recorded as failed stays failed, whatever has changed when the effects go on after a crash.
func TestAFailedRowIsNotTriedAgain(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	l.imported(l.request(roster(eligible(0))))
	exits := l.request(roster(eligible(0).with("退出原因", "迁出", "发生日期", "2021-11-01", "申报日期", "")))
	exits.Kind = rosterfile.Exit
	out := l.committed(exits, false)
	person := l.personOf(eligible(0)["身份证号"])
	l.done(CaseRequest{Kind: change.Exit, Programme: "rural-reward", Office: "town", Person: person, Row: rosterfile.Row{Reason: "other", OccurredOn: domain.MustDate("2021-10-05")}})
	s := Subject{ImportSubject, out.Import}
	l.submitFirst(s)
	for l.signing(s).Step < len(l.signing(s).Chain)-1 {
		require.True(t, l.signNext(s))
	}
	l.reopen(&breakingStore{Store: l.disk, strike: 3}) // after the signature and the failed row
	_, err := l.tryNext(s)
	require.Error(t, err)
	l.reopen(l.disk)
	state, err := l.Import(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, imports.StatusAgreed, state.Status)
	require.Equal(t, 1, state.Failed)

	l.done(CaseRequest{Kind: change.Correction, Programme: "rural-reward", Office: "town", Person: person, Reason: "mistake", Of: l.person(eligible(0)["身份证号"]).Enrolments[0].Exit.Event})
	require.NoError(t, l.ApplyImport(l.ctx, out.Import, nil))
	require.Nil(t, l.person(eligible(0)["身份证号"]).Enrolments[0].Exit, "the import's exit failed, and stays so")
	state, err = l.Import(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, imports.StatusApplied, state.Status)
}

func TestFamilyIsKnownBothWays(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	husband, child := synthetic("19580101", 11), eligible(0)["子女1身份证号"]
	r := l.request(roster(eligible(0).with("婚姻状况", "初婚", "配偶姓名", "赵某", "配偶身份证号", husband)))
	r.Stated.SpouseHukou = "rural"
	l.imported(r)
	wife := l.personOf(eligible(0)["身份证号"])
	kin := func(number string) []string {
		got, err := l.Kin(l.ctx, l.personOf(number))
		require.NoError(t, err)
		return got
	}
	require.ElementsMatch(t, []string{l.personOf(husband), l.personOf(child)}, kin(eligible(0)["身份证号"]))
	require.Equal(t, []string{wife}, kin(husband))
	require.Equal(t, []string{wife}, kin(child))
	require.True(t, l.person(husband).Registered)

	// The child is an officer: she may not sign her mother's case.
	l.appointPerson("daughter", l.personOf(child), "village.handler", "v1")
	id := l.openCase(l.command("daughter", "v1", "village.handler"), CaseRequest{
		Kind: change.Exit, Programme: "rural-reward", Office: "town", Person: wife, Row: rosterfile.Row{Reason: "other", OccurredOn: domain.MustDate("2021-11-01")},
	})
	_, err := l.Submit(l.ctx, l.command("daughter", "v1", "village.handler"), Sign{Subject: Subject{CaseSubject, id}, Pen: l.WithKey(l.pens["daughter"])})
	requireRule(t, err, "sign-off.own-family")
}

func TestNoPersonalDataStandsInClear(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	row := eligible(0).with("婚姻状况", "初婚", "配偶姓名", "赵某丁", "配偶身份证号", synthetic("19580101", 11))
	r := l.request(roster(row))
	r.Stated.SpouseHukou = "rural"
	l.imported(r)
	for e := range l.log() {
		for _, secret := range []string{row["身份证号"], row["配偶身份证号"], row["子女1身份证号"], row["账号"], row["姓名"], "赵某丁", "张小某", "1960-03-05", "1985-03-02", "1958-01-01"} {
			require.NotContains(t, string(e.Data), secret, "%s at %d of %s", e.Type, e.Revision, e.Stream)
		}
	}
}
