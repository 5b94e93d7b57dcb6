package projections

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/bankfile"
)

func TestBookedDays(t *testing.T) {
	h := newHistory(t)
	h.offices()
	for _, p := range []string{"a", "b", "c"} {
		h.enrol(p, village1, "2022-01")
	}
	h.until("2022-01-10")
	b := newBank(h)
	o, lines := h.run("run-1", "2022-01", rates{80}, "a", "b", "c")
	b.instruct(o, lines)
	h.until("2022-01-15")
	b.answer(o, says{1, bankfile.ResultPaid, 80, "2022-01-12"}, says{2, bankfile.ResultReturned, 80, "2022-01-13"})
	h.until("2022-01-20")
	b.answer(o, says{3, bankfile.ResultPaid, 80, ""})
	v := h.caughtUp()
	at, days, err := v.BookedDays(t.Context(), town1, reward)
	require.NoError(t, err)
	require.Equal(t, h.count(), at)
	day := domain.MustDate
	require.Len(t, days, 3)
	for i, want := range []BookedDay{
		{"run-1", 1, lines[0].Draw, day("2022-01-12"), domain.Yuan(80), domain.Money{}},
		{"run-1", 2, lines[1].Draw, day("2022-01-13"), domain.Money{}, domain.Yuan(80)},
		{"run-1", 3, lines[2].Draw, day("2022-01-20"), domain.Yuan(80), domain.Money{}}, // the day the file came
	} {
		require.Equal(t, want.Draw, days[i].Draw)
		require.Equal(t, want.On, days[i].On, "line %d", i+1)
		require.True(t, want.Settled.Equal(days[i].Settled) && want.Returned.Equal(days[i].Returned), "line %d: %v", i+1, days[i])
	}
	for _, other := range [][2]string{{town2, reward}, {town1, "other"}} {
		_, none, err := v.BookedDays(t.Context(), other[0], other[1])
		require.NoError(t, err)
		require.Empty(t, none)
	}
}
