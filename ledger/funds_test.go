package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// testFund is the fund that pays the runs of 2022.
const testFund = "fund-finance-" + programme + "-2022"

// left leaves so much in the fund, and returns the rest to the treasury.
func (s *bankScene) left(amount string) {
	s.t.Helper()
	f, err := s.ledger.Fund(s.ctx, testFund)
	require.NoError(s.t, err)
	_, err = s.ledger.ReturnFund(s.ctx, s.next(financeHandler), ledger.FundMoney{
		Fund: testFund, Amount: f.Free().Sub(domain.MustMoney(amount)), On: s.ledger.Today(), To: "county-treasury", Voucher: "back-" + amount,
	})
	require.NoError(s.t, err)
}

// stands requires what the fund has in hand, set aside and free, by its events and by the read models.
func (s *bankScene) stands(inHand, outstanding, free string) {
	s.t.Helper()
	f, err := s.ledger.Fund(s.ctx, testFund)
	require.NoError(s.t, err)
	require.Equal(s.t, []string{inHand, outstanding, free}, []string{f.InHand().String(), f.Outstanding().String(), f.Free().String()})
	require.NoError(s.t, s.synced(s.ctx))
	v, err := s.views.Fund(s.ctx, testFund)
	require.NoError(s.t, err)
	require.Equal(s.t, f, v.State)
	sums := map[string]domain.Money{}
	for _, e := range v.Entries {
		sums[string(e.Kind)] = sums[string(e.Kind)].Add(e.Amount)
	}
	require.Equal(s.t, f.InHand(), sums["received"].Add(sums["recovered"]).Sub(sums["spent"]).Sub(sums["returned"]), "the movements sum to what is in hand")
}

// submitted prepares a run of the north town and submits it.
func (s *bankScene) submitted(month string) string {
	s.t.Helper()
	w := writer{s.county, s.ctx, func(string, ...any) {}}
	s.serial++
	run, err := w.prepared(s.next(financeHandler).ID, domain.MustPeriod(month), payrun.Regular)
	require.NoError(s.t, err)
	_, err = s.submit(s.ctx, s.next(financeHandler).ID, handlerOf(north), ledger.Subject{Kind: ledger.PayrunSubject, ID: run})
	require.NoError(s.t, err)
	return run
}

func (s *bankScene) signs(a ledger.Actor, subject ledger.Subject) error {
	_, err := s.signOff(s.ctx, s.next(a).ID, a, subject)
	return err
}

// TestTwoRunsOneBalance: what is set aside for one run is not there for another.
func TestTwoRunsOneBalance(t *testing.T) {
	s := newBankScene(t, 5, nil)
	s.left("500.00")
	s.clock.set(domain.MustDate("2022-02-10"))
	first, second := s.submitted("2022-01"), s.submitted("2022-02") // 400.00 each
	_, err := s.ledger.CommitFund(s.ctx, s.next(handlerOf(north)), first)
	refuses(t, err, "officer.capacity-needed")
	_, err = s.ledger.CommitFund(s.ctx, s.next(financeHandler), first)
	require.NoError(t, err)
	s.stands("500.00", "400.00", "100.00")
	_, err = s.ledger.CommitFund(s.ctx, s.next(financeHandler), second)
	refuses(t, err, "fund.balance")
	require.ErrorContains(t, err, "300.00 too little")
	again, err := s.ledger.CommitFund(s.ctx, s.next(financeHandler), first)
	require.NoError(t, err)
	require.Empty(t, again.Events, "asked twice")
	_, err = s.ledger.FreeFund(s.ctx, s.next(financeHandler), first)
	require.NoError(t, err)
	_, err = s.ledger.CommitFund(s.ctx, s.next(financeHandler), second)
	require.NoError(t, err)
	s.stands("500.00", "400.00", "100.00")

	// The bank is not told to pay beyond the balance either.
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: first}
	require.NoError(t, s.signs(headOf(north), subject)) // a chain that does not end at finance is released without money
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{first}, Format: "plain-csv"}, nil)
	refuses(t, err, "fund.balance")
	state, err := s.ledger.Payrun(s.ctx, first)
	require.NoError(t, err)
	require.Equal(t, payrun.StatusReleased, state.Status, "nothing was instructed")
	_, err = s.ledger.CloseFund(s.ctx, s.next(financeHead), testFund)
	refuses(t, err, "fund.committed")
	_, err = s.ledger.CloseFund(s.ctx, s.next(financeHandler), testFund)
	refuses(t, err, "officer.capacity-needed")
}

// TestWhatARunNoLongerNeedsIsFree: a stopped line, a list that is sent back and a run that is cancelled let go of their money.
func TestWhatARunNoLongerNeedsIsFree(t *testing.T) {
	s := newBankScene(t, 5, nil)
	s.left("1000.00")
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.submitted("2022-01")
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: run}
	commit := func() {
		_, err := s.ledger.CommitFund(s.ctx, s.next(financeHandler), run)
		require.NoError(t, err)
		s.stands("1000.00", "400.00", "600.00")
	}
	commit()
	_, err := s.ledger.SendBack(s.ctx, s.next(headOf(north)), ledger.Return{Subject: subject, Scope: signoff.WholeScope, To: 0, Reason: "wrong-list", Pen: s.pen(headOf(north).Officer)})
	require.NoError(t, err)
	s.stands("1000.00", "0.00", "1000.00")
	_, err = s.ledger.CommitFund(s.ctx, s.next(financeHandler), run)
	refuses(t, err, "fund.not-submitted")

	require.NoError(t, writer{s.county, s.ctx, func(string, ...any) {}}.prepare("again", run))
	_, err = s.submit(s.ctx, "again-submit", handlerOf(north), subject)
	require.NoError(t, err)
	commit()
	require.NoError(t, s.signs(headOf(north), subject))
	_, err = s.ledger.StopLine(s.ctx, s.next(financeHandler), run, 2, "died")
	require.NoError(t, err)
	s.stands("1000.00", "320.00", "680.00")
	left, err := s.ledger.FreeFund(s.ctx, s.next(financeHandler), run)
	require.NoError(t, err)
	require.Empty(t, left.Events, "a released run keeps what it has to pay")
	_, err = s.ledger.CancelPayrun(s.ctx, s.next(headOf(north)), run, "wrong-month")
	require.NoError(t, err)
	s.stands("1000.00", "0.00", "1000.00")
	v, err := s.views.Fund(s.ctx, testFund)
	require.NoError(t, err)
	var why []string
	for _, e := range v.Entries {
		if e.Kind == "released" {
			why = append(why, e.Detail+" "+e.Amount.String())
		}
	}
	require.Equal(t, []string{"sent-back 400.00", "line-stopped 80.00", "cancelled 320.00"}, why)
}

// failing refuses to append to a fund while armed, as a full disk would.
type failing struct {
	eventstore.Store
	armed *bool
}

var errFundDisk = errors.New("the disk broke")

func (f failing) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	if *f.armed && strings.HasPrefix(a.Stream, "fund-") {
		return eventstore.Appended{}, errFundDisk
	}
	return f.Store.Append(ctx, a)
}

// TestACrashBeforeMoneyIsLetGo: a line is stopped, and the ledger dies before its fund hears of it. The next opening finishes it,
// since the money is let go of before the draw is undone, which ends the follow-up.
func TestACrashBeforeMoneyIsLetGo(t *testing.T) {
	for name, end := range map[string]func(*bankScene, string) error{
		"a stopped line": func(s *bankScene, run string) error {
			require.NoError(s.t, s.signs(headOf(north), ledger.Subject{Kind: ledger.PayrunSubject, ID: run}))
			_, err := s.ledger.StopLine(s.ctx, s.next(financeHandler), run, 2, "died")
			return err
		},
		"a cancelled run": func(s *bankScene, run string) error {
			_, err := s.ledger.CancelPayrun(s.ctx, s.next(headOf(north)), run, "wrong-month")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			armed := false
			s := newBankScene(t, 5, func(inner eventstore.Store) eventstore.Store { return failing{inner, &armed} })
			s.left("1000.00")
			s.clock.set(domain.MustDate("2022-01-10"))
			run := s.submitted("2022-01")
			_, err := s.ledger.CommitFund(s.ctx, s.next(financeHandler), run)
			require.NoError(t, err)
			armed = true
			err = end(s, run)
			require.ErrorIs(t, err, errFundDisk)
			require.ErrorAs(t, err, new(*ledger.FollowUpError), "it stands, and its follow-up is owed")
			s.stands("1000.00", "400.00", "600.00")
			s.reopen()
			want := map[string][2]string{"a stopped line": {"320.00", "680.00"}, "a cancelled run": {"0.00", "1000.00"}}[name]
			s.stands("1000.00", want[0], want[1])
			require.NoError(t, s.ledger.Resume(s.ctx, nil), "twice is harmless")
			s.stands("1000.00", want[0], want[1])
		})
	}
}

// TestRequestFund: the request counts who is paid, says what is needed beyond what is there, and is signed by town and county,
// over a crash in between.
func TestRequestFund(t *testing.T) {
	s := newBankScene(t, 5, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	january := s.released("2022-01", payrun.Regular)
	s.clock.set(domain.MustDate("2022-02-07"))
	s.enrol(crashExitOf(0, "2022-01-20"), rosterfile.Exit) // the month of the death is paid: one leaves
	s.enrol(crashEntries(0), rosterfile.Admission)         // crashRows people of 60 enter with February or January
	s.left("100.00")
	run := s.submitted("2022-02")
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(t, err)

	c := s.next(handlerOf(north))
	id, out, err := s.ledger.RequestFund(s.ctx, c, run)
	require.NoError(t, err)
	require.Len(t, out.Events, 1)
	require.Equal(t, ledger.FundRequestID(run), id)
	repeated, same, err := s.ledger.RequestFund(s.ctx, s.next(handlerOf(north)), run)
	require.NoError(t, err)
	require.Equal(t, id, repeated)
	require.Empty(t, same.Events, "the same figures again")

	r, err := s.ledger.FundRequest(s.ctx, id)
	require.NoError(t, err)
	q := r.Requested
	require.Equal(t, january, q.Last)
	require.Equal(t, state.Listing.Total, q.Need)
	require.Equal(t, domain.MustMoney("100.00"), q.Balance)
	require.Equal(t, q.Need.Sub(domain.Yuan(100)), q.Amount)
	require.Equal(t, state.Listing.Lines, q.Persons)
	require.Len(t, q.Classes, 1)
	require.Equal(t, []int{5, crashRows, 1, 0, 4 + crashRows}, []int{q.Classes[0].Before, q.Classes[0].Entered, q.Classes[0].Exited, q.Classes[0].Held, q.Classes[0].Lines})
	require.Equal(t, []fund.Share{{Amount: q.Need, Level: "county", Weight: 1}}, q.Shares)
	units := 0
	for _, x := range q.Classes[0].Standards {
		units += x.Units
		require.Equal(t, "month", x.Unit)
	}
	require.GreaterOrEqual(t, units, q.Persons)

	subject := ledger.Subject{Kind: ledger.FundSubject, ID: id}
	refuses(t, s.signs(headOf(north), subject), "sign-off.not-awaiting")
	_, err = s.submit(s.ctx, "ask-south", handlerOf(south), subject)
	refuses(t, err, "fund.area")
	s.reopen()
	_, err = s.submit(s.ctx, "ask-submit", handlerOf(north), subject)
	require.NoError(t, err)
	refuses(t, s.signs(countyHead, subject), "sign-off.step-order")
	refuses(t, s.signs(headOf(south), subject), "fund.area")
	_, _, err = s.ledger.AppropriateFund(s.ctx, s.next(financeHandler), ledger.FundGrant{
		Programme: programme, Year: 2022, Amount: q.Amount, Document: "测试指标〔2022〕2号", IssuedOn: s.ledger.Today(), Level: "county", Request: id,
	})
	refuses(t, err, "fund.request-unsigned")
	require.NoError(t, s.signs(headOf(north), subject))
	s.reopen()
	require.NoError(t, s.signs(countyHead, subject))
	r, err = s.ledger.FundRequest(s.ctx, id)
	require.NoError(t, err)
	require.Equal(t, fund.RequestSigned, r.Status)
	require.NoError(t, s.synced(s.ctx))
	v, err := s.views.FundRequest(s.ctx, id)
	require.NoError(t, err)
	require.Equal(t, r, v.State)
	_, _, err = s.ledger.RequestFund(s.ctx, s.next(handlerOf(north)), run)
	refuses(t, err, "fund.requested")
	returns, err := s.ledger.Returns(s.ctx, subject)
	require.NoError(t, err)
	require.Empty(t, returns)
}

// crashExitOf is a list with one of the people of benchRoster who died on a day.
func crashExitOf(i int, died string) []byte {
	number := countyNumber("19610101", i)
	return crashCSV([][]string{{"姓名", "身份证号", "退出原因", "死亡日期", "报告日期"}, {"虚构人", number, "死亡", died, domain.MustDate(died).AddDays(1).String()}})
}

// TestFundOfARun: a run is paid from the fund of its period's year; another must be there, be of the same money, and not be older.
func TestFundOfARun(t *testing.T) {
	s := newBankScene(t, 1, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	open := func(name string) (string, error) {
		id, _, err := s.ledger.OpenPayrun(s.ctx, s.next(handlerOf(north)), ledger.PayrunRequest{
			Programme: programme, Office: north, Finance: "finance", Period: domain.MustPeriod("2022-01"), Kind: payrun.Regular, Fund: name,
		})
		return id, err
	}
	grant := func(year int) error {
		_, _, err := s.ledger.AppropriateFund(s.ctx, s.next(financeHandler), ledger.FundGrant{
			Programme: programme, Year: year, Amount: domain.Yuan(1), Document: "测试指标", IssuedOn: domain.MustDate("2022-01-05"), Level: "county",
		})
		return err
	}
	for _, name := range []string{"", testFund} {
		run, err := open(name)
		require.NoError(t, err)
		state, err := s.ledger.Payrun(s.ctx, run)
		require.NoError(t, err)
		require.Equal(t, testFund, state.Opened.Fund)
		require.Equal(t, 2022, state.Opened.FundYear)
	}
	_, err := open("fund-finance-" + programme + "-2023")
	refuses(t, err, "fund.unknown")
	_, err = open("payrun-x")
	refuses(t, err, "fund.unknown")
	require.NoError(t, grant(2023))
	require.NoError(t, grant(2021))
	run, err := open("fund-finance-" + programme + "-2023")
	require.NoError(t, err)
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(t, err)
	require.Equal(t, 2023, state.Opened.FundYear)
	_, err = open("fund-finance-" + programme + "-2021")
	refuses(t, err, "fund.other")
	refuses(t, grant(2024), "fund.year")
}

// TestFundFollowsTheBank: what is set aside is exactly what the bank has not answered, also while somebody holds more than was
// instructed; bank facts may take the balance below zero and are recorded all the same, after the close too.
func TestFundFollowsTheBank(t *testing.T) {
	s := newBankScene(t, 5, nil)
	s.left("400.00")
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	s.stands("400.00", "400.00", "0.00")
	_, err := s.ledger.FreeFund(s.ctx, s.next(financeHandler), run)
	refuses(t, err, "fund.in-flight")
	s.clock.set(domain.MustDate("2022-01-18"))
	s.received(
		lines[0].answers("成功", "2022-01-15", "S1"), lines[1].answers("退票", "2022-01-15", "S2"),
		lines[2].answers("成功", "2022-01-15", "S3"), lines[2].answers("成功", "2022-01-16", "S3b"), // paid twice
	)
	s.stands("160.00", "160.00", "0.00")
	s.received(lines[3].answers("成功", "2022-01-17", "S4"), lines[4].answers("成功", "2022-01-17", "S5"))
	s.stands("0.00", "0.00", "0.00")
	_, err = s.ledger.CloseFund(s.ctx, s.next(financeHead), testFund)
	require.NoError(t, err)

	s.received(lines[1].answers("成功", "2022-01-18", "S2b")) // it arrived after all
	s.stands("-80.00", "0.00", "-80.00")
	_, err = s.ledger.CommitFund(s.ctx, s.next(financeHandler), run)
	refuses(t, err, "fund.not-submitted")
	s.received(lines[2].answers("冲正", "2022-01-18", "R3"), lines[0].answers("冲正", "2022-01-18", "R1"))
	s.stands("80.00", "0.00", "80.00")
	_, err = s.ledger.ReturnFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: testFund, Amount: domain.Yuan(80), On: s.ledger.Today(), To: "county-treasury", Voucher: "late"})
	require.NoError(t, err)
	s.stands("0.00", "0.00", "0.00")
}
