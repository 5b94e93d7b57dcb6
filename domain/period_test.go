package domain

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func anyPeriod() *rapid.Generator[Period] {
	return rapid.Custom(func(t *rapid.T) Period {
		kind := rapid.SampledFrom([]PeriodKind{Month, Quarter, Half, Year, Once}).Draw(t, "kind")
		day := Date{rapid.IntRange(1900, 2199).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1}
		return PeriodOf(kind, day)
	})
}

func periods(texts ...string) []Period {
	var ps []Period
	for _, s := range texts {
		ps = append(ps, MustPeriod(s))
	}
	return ps
}

func TestParsePeriodRefuses(t *testing.T) {
	for in, rule := range map[string]string{
		"": "period.form", "202": "period.form", "2022-": "period.form", "2022-1": "period.form", "2022-00": "period.form", "2022-13": "period.form",
		"2022-Q0": "period.form", "2022-Q5": "period.form", "2022-H0": "period.form", "2022-H3": "period.form", "2022-q1": "period.form",
		"2022Q1": "period.form", "2022-Q": "period.form", "2022-Q01": "period.form", "Once": "period.form", "once ": "period.form", "2022/01": "period.form",
		"2022-M1": "period.form", "20２2": "period.form", "2022-+1": "period.form", "-202": "period.form",
		"1899": "period.range", "2200-01": "period.range", "0000": "period.range",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParsePeriod(in)
			requireRefused(t, err, Invalid, rule)
			var p Period
			requireRefused(t, p.UnmarshalText([]byte(in)), Invalid, rule)
			require.True(t, p.IsZero())
			require.Panics(t, func() { MustPeriod(in) })
		})
	}
}

func TestPeriodKinds(t *testing.T) {
	for _, k := range []PeriodKind{Month, Quarter, Half, Year, Once} {
		var back PeriodKind
		require.NoError(t, json.Unmarshal([]byte(`"`+string(k)+`"`), &back))
		require.Equal(t, k, back)
	}
	var k PeriodKind
	requireRefused(t, k.UnmarshalText([]byte("week")), Invalid, "period.kind")
	requireRefused(t, k.UnmarshalText(nil), Invalid, "period.kind")
	require.Empty(t, Period{}.Kind())
}

func TestPeriodsInTheCalendar(t *testing.T) {
	for _, c := range []struct {
		in          string
		kind        PeriodKind
		first, last string
		index       int
		next, prev  string
		months      int
	}{
		{"2021-12", Month, "2021-12-01", "2021-12-31", 12, "2022-01", "2021-11", 1},
		{"2020-02", Month, "2020-02-01", "2020-02-29", 2, "2020-03", "2020-01", 1},
		{"2022-Q4", Quarter, "2022-10-01", "2022-12-31", 4, "2023-Q1", "2022-Q3", 3},
		{"2022-Q1", Quarter, "2022-01-01", "2022-03-31", 1, "2022-Q2", "2021-Q4", 3},
		{"2022-H1", Half, "2022-01-01", "2022-06-30", 1, "2022-H2", "2021-H2", 6},
		{"2022-H2", Half, "2022-07-01", "2022-12-31", 2, "2023-H1", "2022-H1", 6},
		{"2022", Year, "2022-01-01", "2022-12-31", 1, "2023", "2021", 12},
	} {
		p := MustPeriod(c.in)
		require.Equal(t, c.kind, p.Kind())
		require.Equal(t, c.first, p.First().String())
		require.Equal(t, c.last, p.Last().String())
		require.Equal(t, c.index, p.IndexInYear())
		require.Equal(t, c.next, p.Next().String())
		require.Equal(t, c.prev, p.Prev().String())
		months := p.Months()
		require.Len(t, months, c.months)
		require.Equal(t, p.First(), months[0].First())
		require.Equal(t, p.Last(), months[len(months)-1].Last())
	}
	require.Equal(t, MustPeriod("2021-12"), MonthOf(2021, time.December))
}

func TestOnceAndAbsentHaveNoDays(t *testing.T) {
	for _, p := range []Period{MustPeriod("once"), {}} {
		require.True(t, p.First().IsZero())
		require.True(t, p.Last().IsZero())
		require.Equal(t, p, p.Next())
		require.Equal(t, p, p.Prev())
		require.Nil(t, p.Months())
		require.Zero(t, p.IndexInYear())
		require.False(t, p.ContainsDate(MustDate("2021-01-01")))
		require.False(t, p.ContainsDate(Date{}))
		require.False(t, p.Contains(MustPeriod("2021")))
		require.False(t, MustPeriod("2021").Contains(p))
		require.Zero(t, p.Sub(p))
	}
	require.True(t, MustPeriod("once").Contains(MustPeriod("once")))
	require.False(t, Period{}.Contains(Period{}))
	require.Equal(t, MustPeriod("once"), PeriodOf(Once, Date{}))
	require.True(t, PeriodOf("week", MustDate("2021-01-01")).IsZero())
	require.Equal(t, periods("once"), slices.Collect(MustPeriod("once").Through(MustPeriod("once"))))
	require.Empty(t, slices.Collect(Period{}.Through(MustPeriod("2021-01"))))
	require.Empty(t, slices.Collect(MustPeriod("2021-01").Through(Period{})))
}

func TestPeriodsAreOrderedByFirstAndLastDay(t *testing.T) {
	ordered := append([]Period{{}}, periods("once", "2021-12", "2022-01", "2022-Q1", "2022-H1", "2022", "2022-02", "2022-Q2", "2022-07", "2022-H2", "2023-01")...)
	for i, a := range ordered {
		for j, b := range ordered {
			require.Equal(t, i < j, a.Before(b), "%q %q", a, b)
			require.Equal(t, i > j, a.After(b), "%q %q", a, b)
			require.Equal(t, i == j, a.Compare(b) == 0, "%q %q", a, b)
		}
	}
}

func TestThrough(t *testing.T) {
	require.Equal(t, periods("2021-11", "2021-12", "2022-01"), slices.Collect(MustPeriod("2021-11").Through(MustPeriod("2022-01"))))
	require.Equal(t, periods("2021-H2", "2022-H1"), slices.Collect(MustPeriod("2021-H2").Through(MustPeriod("2022-H1"))))
	require.Empty(t, slices.Collect(MustPeriod("2021-11").Through(MustPeriod("2021-10"))))
	require.Panics(t, func() { MustPeriod("2021-11").Through(MustPeriod("2022")) })
	require.Panics(t, func() { MustPeriod("2021-11").Sub(MustPeriod("2021")) })
	for p := range MustPeriod("2021").Through(MustPeriod("2030")) {
		require.Equal(t, MustPeriod("2021"), p)
		break // the walk stops when the caller does
	}
}

func TestPeriodProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPeriod().Draw(t, "p")
		b, err := p.MarshalText()
		require.NoError(t, err)
		var back Period
		require.NoError(t, back.UnmarshalText(b))
		require.Equal(t, p, back)
		if p.Kind() == Once {
			return
		}
		require.Equal(t, p.Last().AddDays(1), p.Next().First())
		require.Equal(t, p.First().AddDays(-1), p.Prev().Last())
		n := rapid.IntRange(-500, 500).Draw(t, "n")
		require.Equal(t, n, p.Add(n).Sub(p))
		require.Equal(t, p, p.Add(n).Add(-n))
		day := p.First().AddDays(rapid.IntRange(0, p.First().DaysUntil(p.Last())).Draw(t, "day"))
		require.True(t, p.ContainsDate(day))
		require.Equal(t, p, PeriodOf(p.Kind(), day))
		require.False(t, p.ContainsDate(p.Last().AddDays(1)))
		require.False(t, p.ContainsDate(p.First().AddDays(-1)))
		q := anyPeriod().Filter(func(q Period) bool { return q.Kind() != Once }).Draw(t, "q")
		require.Equal(t, p.ContainsDate(q.First()) && p.ContainsDate(q.Last()), p.Contains(q))
	})
}

func TestPeriodsThatCannotBeReadAreNotWritten(t *testing.T) {
	for _, p := range []Period{{}, MustPeriod("2199").Next(), MustPeriod("1900-01").Prev(), PeriodOf(Month, MustDate("1880-01-01"))} {
		_, err := p.MarshalText()
		require.Error(t, err, "%q", p)
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2021-12", "2022-Q4", "2022-H1", "2022", "once", "", "2022-H3", "2022-13", "1899", "２022"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err != nil {
			requireRefused(t, err, Invalid, err.(*RefusedError).Rule)
			return
		}
		require.Equal(t, s, p.String())
		b, err := p.MarshalText()
		require.NoError(t, err)
		require.Equal(t, s, string(b))
	})
}
