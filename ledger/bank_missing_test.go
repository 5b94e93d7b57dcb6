package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/domain/payrun"
)

// TestMissingMoneyLetGoOf: a run is settled with a line missing, and its money is let go of as the advice says. The month's
// books and the fund still agree, and they do when the bank pays the line after all.
func TestMissingMoneyLetGoOf(t *testing.T) {
	s := newBankScene(t, 3, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	s.clock.set(domain.MustDate("2022-01-16"))
	s.received(lines[0].answers("成功", "2022-01-16", "S7"), lines[1].answers("成功", "2022-01-16", "S8"))
	agrees := func(when string) {
		require.NoError(t, s.synced(s.ctx))
		r, err := s.views.Reconciliation(s.ctx, "finance", domain.MustPeriod("2022-01"))
		require.NoError(t, err)
		require.Empty(t, r.Failed(), when)
	}
	_, err := s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, true)
	require.NoError(t, err)
	agrees("settled")
	_, err = s.ledger.FreeFund(s.ctx, s.next(financeHandler), run)
	require.NoError(t, err)
	f, err := s.ledger.Fund(s.ctx, fund.Stream("finance", programme, 2022))
	require.NoError(t, err)
	require.True(t, f.Run(run).Outstanding().IsZero(), "it was let go of")
	require.Equal(t, lines[2].amount, f.Run(run).Released.String())
	agrees("let go of")
	s.received(lines[2].answers("成功", "2022-01-20", "S9"))
	agrees("paid after all")
}
