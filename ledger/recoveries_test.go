package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/fund"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

// debtors is a town where somebody living alone (80.00 a month) was paid for January to March 2022, and turned out to have left in
// January: 160.00 are to be got back. They are admitted again from May.
type debtors struct {
	*county
	t      *testing.T
	serial int
	number string
	person string
	broken *brokenStream
}

// brokenStream refuses to write to one stream.
type brokenStream struct {
	eventstore.Store
	stream string
}

var errDisk = errors.New("the disk is full")

func (s *brokenStream) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	if s.stream != "" && a.Stream == s.stream {
		return eventstore.Appended{}, errDisk
	}
	return s.Store.Append(ctx, a)
}

func newDebtors(t *testing.T) *debtors {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, foundCounty(t.Context(), dir))
	d := &debtors{t: t, number: countyNumber("19610101", 1)}
	var err error
	d.county, err = openCounty(t.Context(), dir, false, func(inner eventstore.Store) eventstore.Store {
		d.broken = &brokenStream{Store: inner}
		return d.broken
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	d.clock.set(domain.MustDate("2022-01-05"))
	d.carried(ledger.CaseRequest{Kind: change.Admission, Row: rosterfile.Row{
		Area: north1, Hukou: "agricultural", Marriage: "widowed", AppliedOn: domain.MustDate("2022-01-04"), Bank: "农商银行", Account: domain.AccountNumber(countyCard(1)), Holder: "虚构甲",
	}})
	d.person, _, err = d.vault.Lookup(t.Context(), d.number)
	require.NoError(t, err)
	for _, month := range []string{"2022-01", "2022-02", "2022-03"} {
		d.paid(month)
	}
	d.clock.set(domain.MustDate("2022-04-05"))
	return d
}

func (d *debtors) next() string { d.serial++; return fmt.Sprintf("debtors-%d", d.serial) }

// open opens a case about the person.
func (d *debtors) open(r ledger.CaseRequest) (string, error) {
	r.Programme, r.Office = programme, north
	r.Row.Number, r.Row.Name = domain.CitizenNumber(d.number), "虚构甲"
	id, _, err := d.ledger.OpenCase(d.t.Context(), ledger.Command{Actor: handlerOf(north), ID: d.next()}, r)
	return id, err
}

// carried carries a case through.
func (d *debtors) carried(r ledger.CaseRequest) {
	d.t.Helper()
	id, err := d.open(r)
	require.NoError(d.t, err)
	d.signed(ledger.Subject{Kind: ledger.CaseSubject, ID: id})
	s, err := d.ledger.Case(d.t.Context(), id)
	require.NoError(d.t, err)
	require.Equal(d.t, "applied", string(s.Status), s.Failed)
}

func (d *debtors) signed(s ledger.Subject) {
	d.t.Helper()
	_, err := d.submit(d.t.Context(), d.next(), handlerOf(north), s)
	require.NoError(d.t, err)
	_, err = d.signOff(d.t.Context(), d.next(), headOf(north), s)
	require.NoError(d.t, err)
}

// prepared makes the list of a month.
func (d *debtors) prepared(month string) (run string) {
	d.t.Helper()
	p := domain.MustPeriod(month)
	d.clock.set(p.First().AddDays(5))
	run, _, err := d.ledger.OpenPayrun(d.t.Context(), ledger.Command{Actor: handlerOf(north), ID: d.next()},
		ledger.PayrunRequest{Programme: programme, Office: north, Finance: "finance", Period: p, Kind: payrun.Regular})
	require.NoError(d.t, err)
	_, err = d.ledger.PreparePayrun(d.t.Context(), ledger.Command{Actor: handlerOf(north), ID: d.next()}, run, nil)
	require.NoError(d.t, err)
	return run
}

func (d *debtors) paid(month string) (run string) {
	d.t.Helper()
	run = d.prepared(month)
	d.signed(ledger.Subject{Kind: ledger.PayrunSubject, ID: run})
	return run
}

// leftInJanuary ends the enrolment, and returns what was overpaid.
func (d *debtors) leftInJanuary() string {
	d.t.Helper()
	d.carried(ledger.CaseRequest{Kind: change.Exit, Row: rosterfile.Row{Reason: rosterfile.ReasonMovedOut, OccurredOn: domain.MustDate("2022-01-20"), ReportedOn: domain.MustDate("2022-04-01")}})
	r := d.recoveries()
	require.Len(d.t, r, 1)
	require.Equal(d.t, "160.00", r[0].Outstanding.String())
	return r[0].ID
}

func (d *debtors) recoveries() []projections.Recovery {
	d.t.Helper()
	require.NoError(d.t, d.synced(d.t.Context()))
	_, all, _, err := d.views.Recoveries(d.t.Context(), projections.RecoveryFilter{All: true})
	require.NoError(d.t, err)
	return all
}

func (d *debtors) refund(id, overpayment, amount, voucher string, edit ...func(*ledger.Command, *ledger.Refund)) (ledger.Outcome, error) {
	c := ledger.Command{Actor: cashier, ID: id}
	r := ledger.Refund{Person: d.person, Overpayment: overpayment, Amount: domain.MustMoney(amount), ReceivedOn: d.ledger.Today(), Voucher: voucher}
	for _, f := range edit {
		f(&c, &r)
	}
	return d.ledger.RecordRefund(d.t.Context(), c, r)
}

func TestRefund(t *testing.T) {
	d := newDebtors(t)
	over := d.leftInJanuary()
	for _, r := range []struct {
		name, amount, voucher, rule string
		edit                        func(*ledger.Command, *ledger.Refund)
	}{
		{"too much", "160.01", "PZ-1", "beneficiary.recover-amount", nil},
		{"nothing", "0.00", "PZ-1", "beneficiary.recover-amount", nil},
		{"no voucher", "1.00", "", "beneficiary.voucher", nil},
		{"tomorrow", "1.00", "PZ-1", "fund.day-ahead", func(_ *ledger.Command, r *ledger.Refund) { r.ReceivedOn = r.ReceivedOn.AddDays(1) }},
		{"no day", "1.00", "PZ-1", "beneficiary.received-on", func(_ *ledger.Command, r *ledger.Refund) { r.ReceivedOn, r.FundYear = domain.Date{}, 2022 }},
		{"of another overpayment", "1.00", "PZ-1", "beneficiary.no-overpayment", func(_ *ledger.Command, r *ledger.Refund) { r.Overpayment = "other" }},
		{"of another person", "1.00", "PZ-1", "beneficiary.no-overpayment", func(_ *ledger.Command, r *ledger.Refund) { r.Person = "nobody" }},
		{"by a town", "1.00", "PZ-1", "officer.capacity-needed", func(c *ledger.Command, _ *ledger.Refund) { c.Actor = handlerOf(north) }},
		{"into last year's fund", "1.00", "PZ-1", "recovery.fund-year", func(_ *ledger.Command, r *ledger.Refund) { r.FundYear = 2021 }},
		{"into next year's fund", "1.00", "PZ-1", "recovery.fund-year", func(_ *ledger.Command, r *ledger.Refund) { r.FundYear = 2023 }},
	} {
		edit := r.edit
		if edit == nil {
			edit = func(*ledger.Command, *ledger.Refund) {}
		}
		_, err := d.refund(d.next(), over, r.amount, r.voucher, edit)
		var refused *domain.RefusedError
		require.ErrorAs(t, err, &refused, r.name)
		require.Equal(t, r.rule, refused.Rule, r.name)
		require.NotEmpty(t, refused.Next, r.name)
	}
	require.Equal(t, "160.00", d.recoveries()[0].Outstanding.String())

	out, err := d.refund("one", over, "60.00", "PZ-1")
	require.NoError(t, err)
	require.Len(t, out.Events, 1)
	out, err = d.refund("one", over, "60.00", "PZ-1")
	require.NoError(t, err)
	require.True(t, out.Repeated)
	out, err = d.refund("two", over, "60.00", "PZ-1")
	require.NoError(t, err)
	require.Empty(t, out.Events, "the same voucher again")
	_, err = d.refund("three", over, "50.00", "PZ-1")
	require.ErrorIs(t, err, domain.Conflict)
	require.Equal(t, "100.00", d.recoveries()[0].Outstanding.String())
	f, err := d.ledger.Fund(t.Context(), fund.Stream("finance", programme, 2022))
	require.NoError(t, err)
	require.Equal(t, "60.00", f.Recovered.String())
}

// TestARefundThatStandsInNoFundYet: the fund cannot be written when the refund is stated; Resume, or the same command, books it.
func TestARefundThatStandsInNoFundYet(t *testing.T) {
	for name, heal := range map[string]func(*debtors, string) error{
		"resumed":     func(d *debtors, _ string) error { return d.ledger.Resume(d.t.Context(), nil) },
		"given again": func(d *debtors, over string) error { _, err := d.refund("one", over, "60.00", "PZ-1"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDebtors(t)
			over := d.leftInJanuary()
			into := fund.Stream("finance", programme, 2022)
			d.broken.stream = into
			_, err := d.refund("one", over, "60.00", "PZ-1")
			var unfinished *ledger.FollowUpError
			require.ErrorAs(t, err, &unfinished)
			require.ErrorIs(t, err, errDisk)
			require.Equal(t, "100.00", d.recoveries()[0].Outstanding.String(), "the refund stands")
			d.broken.stream = ""
			require.NoError(t, heal(d, over))
			f, err := d.ledger.Fund(t.Context(), into)
			require.NoError(t, err)
			require.Equal(t, "60.00", f.Recovered.String())
			last := d.ledger.Last()
			require.NoError(t, d.ledger.Resume(t.Context(), nil))
			require.Equal(t, last, d.ledger.Last(), "nothing is left")
		})
	}
}

// TestAnotherFinanceOfficeBooksNoRefund: it is booked by the office that paid.
func TestAnotherFinanceOfficeBooksNoRefund(t *testing.T) {
	d := newDebtors(t)
	over := d.leftInJanuary()
	root := ledger.Granting{Actor: ledger.Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: d.pen("root-1")}
	_, err := d.ledger.GrantCapacity(t.Context(), d.next(), root, cashier.Officer, officer.GrantCapacity{Capacity: cashier.Capacity, Office: south, From: d.ledger.Today()})
	require.NoError(t, err)
	_, err = d.refund(d.next(), over, "1.00", "PZ-1", func(c *ledger.Command, _ *ledger.Refund) { c.Office = south })
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "recovery.other-finance", refused.Rule)
}

// TestRecoveryPlan carries a plan and a write-off through their signatures.
func TestRecoveryPlan(t *testing.T) {
	d := newDebtors(t)
	over := d.leftInJanuary()
	plan := func(terms ledger.RecoveryTerms) ledger.CaseRequest {
		return ledger.CaseRequest{Kind: change.RecoveryPlan, Overpayment: over, Reason: "agreed", Plan: terms}
	}
	for rule, r := range map[string]ledger.CaseRequest{
		"case.recovery":              {Kind: change.RecoveryPlan, Overpayment: "other", Reason: "agreed", Plan: ledger.RecoveryTerms{Method: "refund"}},
		"case.reason":                {Kind: change.RecoveryPlan, Overpayment: over, Plan: ledger.RecoveryTerms{Method: "refund"}},
		"beneficiary.plan-method":    plan(ledger.RecoveryTerms{}),
		"beneficiary.plan-parts":     plan(ledger.RecoveryTerms{Method: "refund", Cap: domain.Yuan(1)}),
		"beneficiary.instalments":    plan(ledger.RecoveryTerms{Method: "instalments"}),
		"beneficiary.plan-enrolment": plan(ledger.RecoveryTerms{Method: "set-off", Cap: domain.Yuan(1)}),
	} {
		_, err := d.open(r)
		var refused *domain.RefusedError
		require.ErrorAs(t, err, &refused, rule)
		require.Equal(t, rule, refused.Rule)
		require.NotEmpty(t, refused.Next, rule)
	}
	d.carried(plan(ledger.RecoveryTerms{Method: "instalments", Instalments: []beneficiary.Instalment{{Amount: domain.Yuan(160), DueOn: domain.MustDate("2022-06-01")}}}))
	require.Equal(t, beneficiary.MethodInstalments, d.recoveries()[0].Plan.Method)
	_, err := d.refund(d.next(), over, "30.00", "PZ-1")
	require.NoError(t, err)
	entries := d.recoveries()[0].Entries
	require.Equal(t, beneficiary.MethodInstalments, entries[len(entries)-1].Method)

	d.carried(ledger.CaseRequest{Kind: change.WriteOff, Overpayment: over, Amount: domain.Yuan(130), Reason: "poverty"})
	require.Equal(t, "0.00", d.recoveries()[0].Outstanding.String())
	_, err = d.open(ledger.CaseRequest{Kind: change.WriteOff, Overpayment: over, Amount: domain.Yuan(1), Reason: "poverty"})
	require.ErrorIs(t, err, domain.Refused)
}

// TestSetOffInARun: a plan has later lines paid short, and whoever recomputes the run comes to the same.
func TestSetOffInARun(t *testing.T) {
	d := newDebtors(t)
	over := d.leftInJanuary()
	d.carried(ledger.CaseRequest{Kind: change.Admission, Row: rosterfile.Row{Area: north1, Hukou: "agricultural", Marriage: "widowed", AppliedOn: domain.MustDate("2022-04-04"), Start: domain.MustPeriod("2022-04")}})
	d.carried(ledger.CaseRequest{Kind: change.RecoveryPlan, Overpayment: over, Reason: "agreed", From: domain.MustPeriod("2022-05"), Plan: ledger.RecoveryTerms{Method: "set-off", Cap: domain.Yuan(80)}})
	first := d.recoveries()[0].Plan.Enrolment
	require.NotEmpty(t, first)
	for _, month := range []struct{ name, net, left string }{{"2022-05", "0.00", "80.00"}} {
		run := d.paid(month.name)
		require.NoError(t, d.synced(t.Context()))
		list, err := d.views.PayrunLines(t.Context(), run, 0, 10)
		require.NoError(t, err)
		require.Len(t, list.Lines, 1)
		checked, err := d.ledger.RecheckPayrun(t.Context(), run, nil)
		require.NoError(t, err)
		require.Empty(t, checked.Mismatches)
		require.Equal(t, month.left, d.recoveries()[0].Outstanding.String())
		totals, err := d.views.Totals(t.Context(), projections.TotalsQuery{Period: domain.MustPeriod(month.name)})
		require.NoError(t, err)
		require.Equal(t, "-80.00", totals.Recovered.String())
		require.Equal(t, totals.Due.Add(totals.Arrears).Add(totals.Recovered).String(), totals.Net.String())
	}
}

// TestHeirs: money due at a death waits for an heir's account where the rulebook says so; everything is signed.
func TestHeirs(t *testing.T) {
	d := newDebtors(t)
	root := strings.Replace(testSupport, "exclusive: {group", "due-at-death: {to: heirs, status: assumed, note: test}\nexclusive: {group", 1)
	book, _, err := d.ledger.ProposeRulebook(t.Context(), ledger.Command{Actor: countyHandler, ID: d.next()}, []byte(root), "")
	require.NoError(t, err)
	subject := ledger.Subject{Kind: ledger.RulebookSubject, ID: book.ID()}
	_, err = d.submit(t.Context(), d.next(), countyHandler, subject)
	require.NoError(t, err)
	_, err = d.signOff(t.Context(), d.next(), countyHead, subject)
	require.NoError(t, err)

	heir := rosterfile.Row{
		Bank: "农商银行", Account: domain.AccountNumber(countyCard(7)), Holder: "虚构子", HolderRelation: "heir", Heir: "虚构子", HeirNumber: domain.CitizenNumber(countyNumber("19850101", 3)),
	}
	_, err = d.open(ledger.CaseRequest{Kind: change.AccountChange, Row: heir})
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "beneficiary.account-heir", refused.Rule)
	d.carried(ledger.CaseRequest{Kind: change.Exit, Row: rosterfile.Row{Reason: rosterfile.ReasonDied, DiedOn: domain.MustDate("2022-04-02"), ReportedOn: domain.MustDate("2022-04-05")}})
	run := d.prepared("2022-04")
	require.NoError(t, d.synced(t.Context()))
	held, err := d.views.PayrunHeld(t.Context(), run)
	require.NoError(t, err)
	require.Len(t, held.Lines, 1)
	require.Equal(t, payrun.HeldDied, held.Lines[0].Reason)
	require.Equal(t, "80.00", held.Lines[0].Amount.String())
	d.carried(ledger.CaseRequest{Kind: change.AccountChange, Row: heir})
	run = d.paid("2022-05")
	require.NoError(t, d.synced(t.Context()))
	list, err := d.views.PayrunLines(t.Context(), run, 0, 10)
	require.NoError(t, err)
	require.Len(t, list.Lines, 1)
	require.Equal(t, "80.00", list.Lines[0].Line.Amount.String())
	f, err := d.views.PersonFold(t.Context(), d.person)
	require.NoError(t, err)
	account, _ := f.State.Account()
	require.Equal(t, "heir", account.Relation)
	require.NotEqual(t, d.person, account.HolderPerson)
}
