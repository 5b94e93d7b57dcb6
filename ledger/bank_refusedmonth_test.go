package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/projections"
)

// reckoned works a month of the paying office out, from the first entries only when at is not 0.
func (s *bankScene) reckoned(month string, at int64) projections.Reconciliation {
	s.t.Helper()
	require.NoError(s.t, s.synced(s.ctx))
	r, err := s.views.Reconciliation(s.ctx, "finance", domain.MustPeriod(month))
	if at > 0 {
		r, err = s.views.ReconciliationAt(s.ctx, "finance", domain.MustPeriod(month), at)
	}
	require.NoError(s.t, err)
	return r
}

// balances requires that every check of a month holds, and gives what it is known by and where it stands.
func (s *bankScene) balances(month string) (root string, at int64) {
	s.t.Helper()
	r := s.reckoned(month, 0)
	require.Empty(s.t, r.Failed())
	root, _ = r.Reckoning.Root()
	return root, r.CutOff
}

// TestMonthsOfRefusedFiles: each step of a refusal with a late answer, a stop and another instruction leaves a month whose
// checks hold, and which comes to the same when it is worked out again later at that place.
func TestMonthsOfRefusedFiles(t *testing.T) {
	for _, refusedIn := range []string{"2022-01-20", "2022-02-03"} {
		t.Run(refusedIn, func(t *testing.T) {
			s := newBankScene(t, 4, nil)
			s.clock.set(domain.MustDate("2022-01-10"))
			run := s.released("2022-01", payrun.Regular)
			out := s.instructed(run)
			lines := s.toBank(out)
			s.clock.set(domain.MustDate(refusedIn))
			type stood struct {
				month, root string
				at          int64
			}
			var known []stood
			step := func() {
				t.Helper()
				for _, month := range []string{"2022-01", "2022-02"} {
					root, at := s.balances(month)
					known = append(known, stood{month, root, at})
				}
				for _, k := range known {
					r := s.reckoned(k.month, k.at)
					require.Empty(t, r.Failed(), "at %d", k.at)
					root, _ := r.Reckoning.Root()
					require.Equal(t, k.root, root, "%s at %d", k.month, k.at)
				}
			}
			step()
			require.NoError(t, s.refusedOnPaper(out.Files[0].ID))
			step()
			s.received(lines[1].answers("成功", "2022-01-15", "S1"))
			step()
			s.stop(run, lines[1].ref, "paid-by-bank")
			s.stop(run, lines[3].ref, "died")
			step()
			again := s.instructed(run)
			require.Equal(t, "160.00", again.Total.String())
			step()
			fund, err := s.ledger.Fund(s.ctx, "fund-finance-"+programme+"-2022")
			require.NoError(t, err)
			require.Equal(t, "160.00", fund.Run(run).Outstanding().String(), "what the bank is told is set aside")
			s.received(lines[0].answers("成功", "2022-01-16", "S2"), lines[2].answers("失败", "", ""))
			step()
			_, err = s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
			require.NoError(t, err)
			s.received(lines[3].answers("失败", "2022-01-17", "S3"))
			step()
		})
	}
}
