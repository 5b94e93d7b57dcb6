package projections

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
)

// posted sums postings by figure.
func posted(p Postings) map[string]domain.Money {
	out := map[string]domain.Money{}
	for _, r := range p.Rows {
		out[r.Figure] = out[r.Figure].Add(r.Amount)
	}
	return out
}

// requirePostings holds the postings against the tables that they are not made from.
func requirePostings(t require.TestingT, p Postings) {
	sums := posted(p)
	payable := sums["released"].Sub(sums["stopped"]).Sub(sums["settled"]).Sub(sums["returned"])
	require.Equal(t, p.Standing.Outstanding.Add(p.Standing.Waiting).String(), payable.String(), "payable")
	owed := domain.Sum(sums[PostedFound], sums[PostedFoundOpening]).Sub(domain.Sum(sums[PostedVoid], sums["setOff"], sums["refunded"], sums["gotBack"], sums["writtenOff"]))
	require.Equal(t, p.Standing.Owed.String(), owed.String(), "receivable")
	last := int64(-1)
	for _, r := range p.Rows {
		require.NotEmpty(t, r.Event)
		require.False(t, r.Month.IsZero())
		require.False(t, r.On.IsZero())
		require.GreaterOrEqual(t, r.LogIndex, last, "in log order")
		last = r.LogIndex
	}
}

// What a run, its bank and its recovery ledger did is posted once each, in the book month that it is counted in.
func TestPostings(t *testing.T) {
	b, people := enrolled(t, 4)
	v := b.open(Options{Ledger: b.ledger})
	b.until("2022-01-10")
	o, lines := b.run("run-1", "2022-01", rates{80}, people...)
	b.stop(o, lines[3])
	b.flush()
	require.NoError(t, v.CatchUp(t.Context(), nil))
	before, err := v.Postings(t.Context(), finance)
	require.NoError(t, err)
	require.Equal(t, "240.00", before.Standing.Waiting.String(), "released, less the stopped line, and not at the bank")
	requirePostings(t, before)

	b.instruct(o, lines[:3])
	b.until("2022-01-20")
	b.answer(o, says{1, bankfile.ResultPaid, 80, "2022-01-18"}, says{2, bankfile.ResultReturned, 80, "2022-01-18"}, says{3, bankfile.ResultPaid, 90, "2022-01-18"})
	b.person("c", beneficiary.Overpaid{
		Amount: domain.Yuan(10), Cause: "bank-over", Enrolment: b.people["c"].Enrolments[0].ID, Fault: "bank", FoundOn: domain.MustDate("2022-01-20"), Overpayment: "o-1", Person: "c",
		BankFile: "back-1", BankLine: 3, Draw: lines[2].Draw, FoundBy: "bank", Run: o.Run,
	})
	b.answer(o, says{0, bankfile.ResultPaid, 7, "2022-01-19"}) // about no line: it posts nothing, and the close counts up to here
	b.until("2022-01-31")
	b.close(v, "2022-01")
	b.person("c", beneficiary.Recovered{Amount: domain.Yuan(4), Method: "refund", Overpayment: "o-1", Person: "c", ReceivedOn: domain.MustDate("2022-01-31"), Voucher: "PZ-1"})
	b.flush()
	require.NoError(t, v.CatchUp(t.Context(), nil))
	p, err := v.Postings(t.Context(), finance)
	require.NoError(t, err)
	require.Equal(t, b.count(), p.LogIndex)
	requirePostings(t, p)
	require.Equal(t, "6.00", p.Standing.Owed.String())
	written := map[string]string{}
	for _, r := range p.Rows {
		written[r.Month.String()+" "+r.Figure] = r.Amount.String()
		require.Equal(t, reward, r.Programme)
	}
	require.Equal(t, map[string]string{
		"2022-01 released": "320.00", "2022-01 stopped": "80.00", "2022-01 settled": "160.00", "2022-01 returned": "80.00", "2022-01 beyond": "10.00",
		"2022-01 found":    "10.00",
		"2022-02 refunded": "4.00", // recorded behind January's close
	}, written)

	none, err := v.Postings(t.Context(), "another")
	require.NoError(t, err)
	require.Empty(t, none.Rows)
	require.Equal(t, PostedStanding{}, none.Standing)
}

// The recovery ledger's rows go to the office that paid: those of the books before, to the one that pays the person now.
func TestPostingsOfRecoveries(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	offices := map[string]bool{}
	_, all, err := v.Overpayments(t.Context(), OverpaymentFilter{All: true})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	_, runs, err := v.Months(t.Context(), "")
	require.NoError(t, err)
	for _, m := range runs {
		offices[m.Finance] = true
	}
	var owed domain.Money
	for office := range offices {
		p, err := v.Postings(t.Context(), office)
		require.NoError(t, err)
		requirePostings(t, p)
		owed = owed.Add(p.Standing.Owed)
	}
	var outstanding domain.Money
	for _, o := range all {
		outstanding = outstanding.Add(o.Outstanding)
	}
	require.Equal(t, outstanding.String(), owed.String())
}
