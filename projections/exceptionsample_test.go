package projections

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/payrun"
)

// choose is C(n, k).
func choose(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }

// overlooked says that a sample of n with no wrong line is no more likely than 1 − confidence, from binomials.
func overlooked(population, critical, n, confidence int) bool {
	left := new(big.Int).Mul(choose(population-critical, n), big.NewInt(hundredPercent))
	right := new(big.Int).Mul(choose(population, n), big.NewInt(int64(hundredPercent-confidence)))
	return left.Cmp(right) <= 0
}

func TestSampleSizeIsTheSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		population := rapid.IntRange(1, 400).Draw(t, "population")
		confidence, tolerable := rapid.IntRange(1, 9999).Draw(t, "confidence"), rapid.IntRange(1, 9999).Draw(t, "tolerable")
		size, critical, err := SampleSize(population, confidence, tolerable)
		require.NoError(t, err)
		require.GreaterOrEqual(t, critical*hundredPercent, population*tolerable)
		require.Less(t, (critical-1)*hundredPercent, population*tolerable)
		require.True(t, overlooked(population, critical, size, confidence))
		require.False(t, overlooked(population, critical, size-1, confidence), "one line fewer would do")
	})
}

func TestSampleSizes(t *testing.T) {
	for _, c := range []struct{ population, confidence, tolerable, size int }{
		{0, 9500, 100, 0}, {1, 9500, 100, 1}, {20, 9500, 100, 19}, {100, 9500, 100, 95}, {100, 9500, 9999, 1},
		// Without end the rule is 0.99^n <= 0.05, so 299; the finite population needs no more.
		{1_000_000, 9500, 100, 299},
	} {
		size, _, err := SampleSize(c.population, c.confidence, c.tolerable)
		require.NoError(t, err)
		require.Equal(t, c.size, size, "%+v", c)
	}
}

func TestSampleRefusesWhatIsNoShare(t *testing.T) {
	for _, c := range []struct {
		confidence, tolerable int
		rule                  string
	}{{0, 100, "sample.confidence"}, {10_000, 100, "sample.confidence"}, {-1, 100, "sample.confidence"}, {9500, 0, "sample.tolerable"}, {9500, 10_000, "sample.tolerable"}} {
		_, _, err := SampleSize(10, c.confidence, c.tolerable)
		requireRule(t, err, c.rule)
	}
}

func TestDrawSampleAsksOnlySeedAndLine(t *testing.T) {
	var lines []SampleLine
	for i := range 500 {
		lines = append(lines, SampleLine{Run: fmt.Sprintf("run-%d", i%3), Line: i})
	}
	first := drawSample([]byte("seed"), lines, 40)
	slices.Reverse(lines)
	require.Equal(t, first, drawSample([]byte("seed"), lines, 40), "the order in which lines are read does not matter")
	require.NotEqual(t, first, drawSample([]byte("other"), lines, 40))
	require.Len(t, drawSample([]byte("seed"), lines, 500), 500)

	// Over many seeds each line is drawn about as often: 2000 draws of 40 of 500 are 160 on average, with a standard deviation near 12.
	times := map[int]int{}
	for i := range 2000 {
		for _, l := range drawSample(fmt.Appendf(nil, "seed %d", i), lines, 40) {
			times[l.Line]++
		}
	}
	for i := range 500 {
		require.InDelta(t, 160, times[i], 70, "line %d", i)
	}
}

func TestSampleOfInstructedLines(t *testing.T) {
	b, people := enrolled(t, 26)
	o, lines := b.run("run-1", "2022-01", rates{80}, people...)
	b.instruct(o, lines)
	v := b.caughtUp()
	q := SampleQuery{Finance: finance, Confidence: 9000, Tolerable: 1000}
	first, err := v.Sample(t.Context(), q)
	require.NoError(t, err)
	size, critical, err := SampleSize(len(lines), q.Confidence, q.Tolerable)
	require.NoError(t, err)
	require.Less(t, size, len(lines))
	require.Len(t, first.Lines, size)
	require.Equal(t, []int{len(lines), critical}, []int{first.Population, first.Critical})
	require.Equal(t, b.count(), first.LogIndex)
	for _, l := range first.Lines {
		i := slices.IndexFunc(lines, func(x payrun.Line) bool { return x.Line == l.Line })
		require.GreaterOrEqual(t, i, 0)
		require.Equal(t, lines[i].Person, l.Person)
		require.Equal(t, lines[i].Amount, l.Amount)
		require.Equal(t, o.Run, l.Run)
		require.NotEmpty(t, l.Event)
	}

	again, err := b.caughtUp().Sample(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, first, again, "read models built anew draw the same lines")

	// Whatever is recorded later, a snapshot at the position draws them again; the newest log draws others.
	b.answer(o, says{line: 1, result: bankfile.ResultPaid, yuan: 80})
	later := b.caughtUp()
	past, err := later.Snapshot(t.Context(), t.TempDir(), first.LogIndex)
	require.NoError(t, err)
	defer func() { require.NoError(t, past.Close()) }()
	again, err = past.Sample(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, first, again)
	now, err := later.Sample(t.Context(), q)
	require.NoError(t, err)
	require.NotEqual(t, first.Seed, now.Seed)

	_, err = v.Sample(t.Context(), SampleQuery{Confidence: 9000, Tolerable: 1000})
	requireRule(t, err, "sample.finance")
	q.Office = "nowhere"
	_, err = v.Sample(t.Context(), q)
	requireRule(t, err, "sample.nothing")
}

// requireRule asks for a refusal by a rule, with a remedy.
func requireRule(t *testing.T, err error, rule string) {
	t.Helper()
	var refusal *domain.RefusedError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, rule, refusal.Rule)
	require.NotEmpty(t, refusal.Next)
}
