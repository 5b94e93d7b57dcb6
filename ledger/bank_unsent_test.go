package ledger_test

import (
	"bytes"
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/projections"
)

// twoRuns is a county with two released runs, and a store that refuses one stream when told to.
func twoRuns(t *testing.T) (s *bankScene, broken *brokenStream, runs []string) {
	t.Helper()
	s = newBankScene(t, 3, func(inner eventstore.Store) eventstore.Store {
		broken = &brokenStream{Store: inner}
		return broken
	})
	s.clock.set(domain.MustDate("2022-01-10"))
	first := s.released("2022-01", payrun.Regular)
	s.clock.set(domain.MustDate("2022-02-10"))
	return s, broken, []string{first, s.released("2022-02", payrun.Regular)}
}

func (s *bankScene) status(run string) payrun.Status {
	s.t.Helper()
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(s.t, err)
	return state.Status
}

// TestNoMoneyForOneRunOfAFile: nothing of a file is instructed until every run in it has its money.
func TestNoMoneyForOneRunOfAFile(t *testing.T) {
	s, _, runs := twoRuns(t)
	id := fund.Stream("finance", programme, 2022)
	f, err := s.ledger.Fund(s.ctx, id)
	require.NoError(t, err)
	first, err := s.ledger.Payrun(s.ctx, runs[0])
	require.NoError(t, err)
	_, need := first.Payable()
	_, err = s.ledger.ReturnFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: id, Amount: f.Free().Sub(need), On: domain.MustDate("2022-02-10"), To: "county-treasury", Voucher: "R1"})
	require.NoError(t, err)
	request := ledger.InstructRequest{Runs: runs, Format: "plain-csv"}
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHandler), request, nil)
	refuses(t, err, "fund.balance")
	require.Equal(t, []payrun.Status{payrun.StatusReleased, payrun.StatusReleased}, []payrun.Status{s.status(runs[0]), s.status(runs[1])})
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: runs[:1], Format: "plain-csv"}, nil)
	require.NoError(t, err, "what there is money for is paid")
}

// TestFileThatCouldNotLeave: the process dies between the runs of a file, and a line of the other run is stopped. The file
// never left, so that its instruction is taken back without a word from the bank.
func TestFileThatCouldNotLeave(t *testing.T) {
	s, broken, runs := twoRuns(t)
	request := ledger.InstructRequest{Runs: runs, Format: "plain-csv"}
	plan, err := s.ledger.PlanInstruction(s.ctx, s.next(financeHandler), request, nil)
	require.NoError(t, err)
	file := plan.Files[0].ID
	broken.stream = payrun.Stream(runs[1])
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHandler), request, nil)
	require.ErrorIs(t, err, errDisk)
	broken.stream = ""
	require.Equal(t, []payrun.Status{payrun.StatusInstructed, payrun.StatusReleased}, []payrun.Status{s.status(runs[0]), s.status(runs[1])})
	_, err = s.ledger.ExportBankFile(s.ctx, s.next(financeHandler), file, "send", &bytes.Buffer{})
	refuses(t, err, "bankfile.not-instructed")
	_, err = s.ledger.StopLine(s.ctx, s.next(financeHandler), runs[1], 1, "died")
	require.NoError(t, err)
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHandler), request, nil)
	refuses(t, err, "payrun.instructed-otherwise")

	c := s.next(financeHandler)
	for range 2 {
		_, err = s.ledger.RefuseWhole(s.ctx, c, file, ledger.BankRefusal{Reason: "never-left"})
		require.NoError(t, err, "asked twice is the same")
	}
	state, err := s.ledger.BankFile(s.ctx, file)
	require.NoError(t, err)
	require.Equal(t, bank.RefusedWhole{BankFile: file, Proof: "unsent", Reason: "never-left"}, *state.Refusal)
	require.Equal(t, payrun.StatusReleased, s.status(runs[0]))
	again := s.instructed(runs...)
	require.NotEqual(t, file, again.Files[0].ID)
	require.Len(t, s.toBank(again), 5)
	_, err = s.ledger.RefuseWhole(s.ctx, s.next(financeHandler), again.Files[0].ID, ledger.BankRefusal{Reason: "never-left"})
	refuses(t, err, "bankfile.own-instruction")
	_, err = s.ledger.RefuseWhole(s.ctx, s.next(financeHead), again.Files[0].ID, ledger.BankRefusal{Reason: "never-left"})
	refuses(t, err, "bankfile.proof")
}

// otherBytes gives the first part of one file for that of another.
type otherBytes struct {
	eventstore.Store
	from, to string
}

func (s *otherBytes) ReadStream(ctx context.Context, stream string, revision int64, d eventstore.Direction) iter.Seq2[eventstore.Recorded, error] {
	if s.from != "" && stream == s.from && revision == 1 {
		stream = s.to
	}
	return s.Store.ReadStream(ctx, stream, revision, d)
}

// TestKeptBytesAreHashedBeforeTheyLeave: parts that do not come to the recorded bytes never leave.
func TestKeptBytesAreHashedBeforeTheyLeave(t *testing.T) {
	mixed := &otherBytes{}
	s := newBankScene(t, 3, func(inner eventstore.Store) eventstore.Store { mixed.Store = inner; return mixed })
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	out, err := s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv", MaxLines: 2}, nil)
	require.NoError(t, err)
	require.Len(t, out.Files, 2)
	mixed.from, mixed.to = bank.Stream(out.Files[1].ID), bank.Stream(out.Files[0].ID)
	var b bytes.Buffer
	_, err = s.ledger.ExportBankFile(s.ctx, s.next(financeHandler), out.Files[1].ID, "send", &b)
	refuses(t, err, "bankfile.damaged")
	require.Zero(t, b.Len())
	mixed.from = ""
	require.Len(t, s.toBank(out), 3)
}

// TestOneVoucherIsNotCountedTwice: money that the fund took in by its voucher is not taken in again as a refund, nor the
// other way round, and the month's books hold what people paid back against what the fund took in for it.
func TestOneVoucherIsNotCountedTwice(t *testing.T) {
	s := newBankScene(t, 3, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	s.clock.set(domain.MustDate("2022-01-18"))
	s.received(lines[0].answers("成功", "2022-01-16", "S7"), lines[0].answers("成功", "2022-01-17", "S8"), lines[1].answers("成功", "2022-01-16", "S9"), lines[2].answers("成功", "2022-01-16", "S10"))
	require.NoError(t, s.synced(s.ctx))
	_, over, _, err := s.views.Recoveries(s.ctx, projections.RecoveryFilter{})
	require.NoError(t, err)
	require.Len(t, over, 1)
	id, day, amount := fund.Stream("finance", programme, 2022), domain.MustDate("2022-01-17"), over[0].Outstanding
	refund := ledger.Refund{Person: s.line(lines[0].ref).Candidate.Line.Person, Overpayment: over[0].Overpayment.ID, Amount: amount, ReceivedOn: day, Voucher: "V-80"}
	checked := func() (ours, theirs string) {
		require.NoError(t, s.synced(s.ctx))
		r, err := s.views.Reconciliation(s.ctx, "finance", domain.MustPeriod("2022-01"))
		require.NoError(t, err)
		for _, c := range r.Checks {
			if c.Name == "fund.recovered" {
				return c.Ours.String(), c.Theirs.String()
			}
		}
		t.Fatal("the month does not compare what was paid back")
		return "", ""
	}

	_, err = s.ledger.RecoverFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: id, Amount: amount, On: day, Voucher: "V-80"})
	require.NoError(t, err)
	_, err = s.ledger.RecordRefund(s.ctx, s.next(financeHandler), refund)
	refuses(t, err, "fund.voucher-counted")
	f, err := s.ledger.Fund(s.ctx, id)
	require.NoError(t, err)
	require.Equal(t, amount.String(), f.Recovered.String())

	// Booked in the fund by hand for the overpayment: the books miss the refund until the person's stream states it.
	_, err = s.ledger.RecoverFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: id, Amount: amount, On: day, Voucher: "V-81", Overpayment: refund.Overpayment})
	require.NoError(t, err)
	ours, theirs := checked()
	require.Equal(t, []string{"0.00", amount.String()}, []string{ours, theirs})
	refund.Voucher = "V-81"
	_, err = s.ledger.RecordRefund(s.ctx, s.next(financeHandler), refund)
	require.NoError(t, err)
	ours, theirs = checked()
	require.Equal(t, []string{amount.String(), amount.String()}, []string{ours, theirs})
	_, err = s.ledger.RecoverFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: id, Amount: amount, On: day, Voucher: "V-81"})
	refuses(t, err, "fund.voucher-counted")
}
