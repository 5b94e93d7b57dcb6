package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/projections"
)

// TestRefundAfterTheFundWasClosed: the process dies between a refund and its fund, and the fund's year is closed before
// anybody resumes. The money is booked all the same, and goes to the treasury.
func TestRefundAfterTheFundWasClosed(t *testing.T) {
	var broken *brokenStream
	s := newBankScene(t, 2, func(inner eventstore.Store) eventstore.Store {
		broken = &brokenStream{Store: inner}
		return broken
	})
	s.clock.set(domain.MustDate("2022-01-10"))
	lines := s.toBank(s.instructed(s.released("2022-01", payrun.Regular)))
	s.clock.set(domain.MustDate("2022-01-18"))
	s.received(lines[0].answers("成功", "2022-01-16", "S7"), lines[0].answers("成功", "2022-01-17", "S8"), lines[1].answers("成功", "2022-01-16", "S9"))
	require.NoError(t, s.synced(s.ctx))
	_, over, _, err := s.views.Recoveries(s.ctx, projections.RecoveryFilter{})
	require.NoError(t, err)
	require.Len(t, over, 1)
	id, day, amount := fund.Stream("finance", programme, 2022), domain.MustDate("2022-01-17"), over[0].Outstanding

	broken.stream = id
	_, err = s.ledger.RecordRefund(s.ctx, s.next(financeHandler), ledger.Refund{Person: s.line(lines[0].ref).Candidate.Line.Person, Overpayment: over[0].Overpayment.ID, Amount: amount, ReceivedOn: day, Voucher: "V-80"})
	require.ErrorIs(t, err, errDisk)
	broken.stream = ""
	f, err := s.ledger.Fund(s.ctx, id)
	require.NoError(t, err)
	_, err = s.ledger.ReturnFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: id, Amount: f.Free(), On: day, To: "county-treasury", Voucher: "R1"})
	require.NoError(t, err)
	_, err = s.ledger.CloseFund(s.ctx, s.next(financeHead), id)
	require.NoError(t, err)

	require.NoError(t, s.ledger.Resume(s.ctx, nil))
	f, err = s.ledger.Fund(s.ctx, id)
	require.NoError(t, err)
	require.True(t, f.Closed)
	require.Equal(t, amount.String(), f.InHand().String())
	last := s.ledger.Last()
	require.NoError(t, s.ledger.Resume(s.ctx, nil))
	require.Equal(t, last, s.ledger.Last(), "nothing is left")
	_, err = s.ledger.ReturnFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: id, Amount: amount, On: day, To: "county-treasury", Voucher: "R2"})
	require.NoError(t, err)
}
