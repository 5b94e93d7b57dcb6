package reports_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/reports"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		days []int
		want reports.Spread
	}{
		{nil, reports.Spread{}},
		{[]int{7}, reports.Spread{N: 1, Median: 7, P90: 7, Max: 7}},
		{[]int{3, 1}, reports.Spread{N: 2, Median: 1, P90: 3, Max: 3}},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, reports.Spread{N: 10, Median: 5, P90: 9, Max: 10}},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100}, reports.Spread{N: 11, Median: 6, P90: 10, Max: 100}},
	} {
		require.Equal(t, c.want, reports.SpreadOf(c.days), "%v", c.days)
	}
}

// A percentile by nearest rank is a wait that somebody had, and at least so many per cent waited no longer.
func TestSpreadIsOfRealWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.IntRange(-5, 4000), 1, 50).Draw(t, "days")
		before := slices.Clone(days)
		s := reports.SpreadOf(days)
		require.Equal(t, before, days, "the question is not reordered")
		require.Equal(t, slices.Max(days), s.Max)
		for percent, at := range map[int]int{50: s.Median, 90: s.P90} {
			require.Contains(t, days, at)
			within, below := 0, 0
			for _, d := range days {
				if d <= at {
					within++
				}
				if d < at {
					below++
				}
			}
			require.GreaterOrEqual(t, within*100, percent*len(days))
			require.Less(t, below*100, percent*len(days), "a smaller one would not do")
		}
	})
}
