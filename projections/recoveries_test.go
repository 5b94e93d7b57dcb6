package projections

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/fund"
)

// written writes entries as "set-off 20.00 run-4/1".
func written(r Recovery) []string {
	var lines []string
	for _, e := range r.Entries {
		line := string(e.Kind) + " " + e.Amount.String()
		if e.Run != "" {
			line += " " + e.Run
		}
		lines = append(lines, line+" "+e.Voucher+"@"+e.On.String())
	}
	return lines
}

func TestRecoveries(t *testing.T) {
	h := newHistory(t)
	story(h)
	april := h.openRun("run-4", "2022-04")
	h.release(april, 1, h.prepare(april, 1, rates{90}, "a"))
	bank := h.people["a"].Draws[len(h.people["a"].Draws)-1]
	events, err := h.people["a"].DecideBankFact(beneficiary.BankFact{
		Draw: bank.ID, Run: "run-4", Facts: []string{"over-amount"}, Amount: domain.Yuan(99), BankFile: "back", BankLine: 7, On: domain.MustDate("2022-04-20"), Overpaid: domain.Yuan(9), Overpayment: "o-bank",
	})
	require.NoError(t, err)
	h.person("a", events...)
	v := h.caughtUp()
	at, all, next, err := v.Recoveries(t.Context(), RecoveryFilter{})
	require.NoError(t, err)
	require.Equal(t, h.count(), at)
	require.Empty(t, next)
	require.Len(t, all, 3)
	o := all[0]
	require.Equal(t, "o-a", o.ID)
	require.Equal(t, []string{
		"found 90.00 @2022-02-20", "recovered 30.00 v@2022-02-21", "planned 60.00 @2022-01-03", "set-off 20.00 run-3 @2022-01-03", "set-off-undone 20.00 run-3 @2022-01-03",
		"set-off 20.00 run-4 @2022-01-03",
	}, written(o))
	require.Equal(t, "40.00", o.Outstanding.String())
	require.Equal(t, "50.00", o.Returned.String())
	require.Equal(t, "officer-1", o.FoundBy)
	require.Equal(t, beneficiary.MethodSetOff, o.Plan.Method)
	require.Equal(t, []RecoveryOrigin{{Draw: "run-2-1-a", Run: "run-2", Line: 1, Unit: domain.MustPeriod("2022-02"), Amount: domain.Yuan(90)}}, o.Origins)
	require.Equal(t, []RecoveryOrigin{{Draw: bank.ID, Run: "run-4", Line: 1, Amount: domain.Yuan(9), BankFile: "back", BankLine: 7}}, all[1].Origins)
	require.Equal(t, "bank", all[1].FoundBy)
	require.Equal(t, reward, all[1].Programme)
	require.Equal(t, "7.00", all[2].Opening.String())
	require.Empty(t, all[2].Origins)
	require.Equal(t, []string{"found 7.00 @2022-01-03"}, written(all[2]))

	for _, c := range []struct {
		filter RecoveryFilter
		want   int
	}{
		{RecoveryFilter{Person: "a"}, 2}, {RecoveryFilter{Person: "nobody"}, 0}, {RecoveryFilter{Programme: reward}, 3}, {RecoveryFilter{Programme: "other"}, 0},
		{RecoveryFilter{Office: town1}, 3}, {RecoveryFilter{Office: town2}, 0}, {RecoveryFilter{Overpayment: "o-bank"}, 1},
	} {
		_, all, _, err := v.Recoveries(t.Context(), c.filter)
		require.NoError(t, err)
		require.Len(t, all, c.want, "%+v", c.filter)
	}
	_, one, after, err := v.Recoveries(t.Context(), RecoveryFilter{Limit: 2})
	require.NoError(t, err)
	require.Len(t, one, 2)
	_, rest, after, err := v.Recoveries(t.Context(), RecoveryFilter{Limit: 2, After: after})
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Equal(t, "e-b", rest[0].ID)
	require.Empty(t, after)
	_, _, _, err = v.Recoveries(t.Context(), RecoveryFilter{After: "somewhere"})
	require.ErrorIs(t, err, domain.Invalid)

	h.person("a", beneficiary.WrittenOff{Amount: domain.Yuan(40), Overpayment: "o-a", Person: "a", Reason: "poverty"})
	require.NoError(t, v.CatchUp(t.Context(), nil))
	_, all, _, err = v.Recoveries(t.Context(), RecoveryFilter{})
	require.NoError(t, err)
	require.Len(t, all, 2, "what is settled is not listed")
	_, r, err := v.Recovery(t.Context(), "o-a")
	require.NoError(t, err)
	require.Equal(t, "0.00", r.Outstanding.String())
	require.Len(t, r.Entries, 7)
	for _, id := range []string{"", "o-x"} {
		_, _, err = v.Recovery(t.Context(), id)
		require.ErrorIs(t, err, domain.NotFound)
	}

	// The totals of the run say what was kept back, and its lines sum.
	totals, err := v.Totals(t.Context(), TotalsQuery{Period: domain.MustPeriod("2022-04"), Programme: reward})
	require.NoError(t, err)
	require.Equal(t, "-20.00", totals.Recovered.String())
	require.Equal(t, totals.Net.String(), domain.Sum(totals.Due, totals.Arrears, totals.Deducted, totals.Netted, totals.Recovered).String())
}

// TestARefundIsToBeBookedInItsFund: the person's stream is the intent, the fund ends it, in either order.
func TestARefundIsToBeBookedInItsFund(t *testing.T) {
	h := newHistory(t)
	story(h)
	into := fund.Stream("finance", reward, 2022)
	refund := func(voucher string) beneficiary.Recovered {
		return beneficiary.Recovered{Amount: domain.Yuan(1), Fund: into, FundYear: 2022, Method: "refund", Overpayment: "o-a", Person: "a", ReceivedOn: domain.MustDate("2022-03-01"), Voucher: voucher}
	}
	booked := func(voucher string) fund.Recovered {
		return fund.Recovered{Amount: domain.Yuan(1), Fund: into, Overpayment: "o-a", ReceivedOn: domain.MustDate("2022-03-01"), Voucher: voucher}
	}
	v := h.caughtUp()
	id := h.person("a", refund("PZ-1"))[0]
	require.Equal(t, []string{"beneficiary-a refund " + into + " PZ-1 o-a"}, refunds(t, v))
	_, intents, err := v.Unfinished(t.Context())
	require.NoError(t, err)
	for _, i := range intents {
		if i.Kind == BookRefund {
			require.Equal(t, id, i.Event)
			require.Equal(t, "a", i.Person)
		}
	}
	h.add(into, fund.Opened{Finance: "finance", Fund: into, Programme: reward, Year: 2022}, booked("PZ-9"))
	require.Len(t, refunds(t, v), 1, "another voucher")
	h.add(into, booked("PZ-1"))
	require.Empty(t, refunds(t, v))
	h.add(into, booked("PZ-2"))
	h.person("a", refund("PZ-2"))
	require.Empty(t, refunds(t, v), "it stands in the fund already")
}

// refunds lists the refunds that stand in no fund yet.
func refunds(t *testing.T, v *Views) []string {
	t.Helper()
	return slices.DeleteFunc(kinds(t, v), func(kind string) bool { return !strings.Contains(kind, " "+string(BookRefund)+" ") })
}
