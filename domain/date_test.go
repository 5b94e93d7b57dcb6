package domain

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyDate draws a day of the calendar by counting from 1970-01-01, independently of NewDate.
func anyDate() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		n := rapid.IntRange(MustDate("1800-01-01").Days(), MustDate("2199-12-31").Days()).Draw(t, "days")
		return Date{1970, time.January, 1}.AddDays(n)
	})
}

func TestParseDateRefuses(t *testing.T) {
	for in, rule := range map[string]string{
		"": "date.form", "2021-6-30": "date.form", "2021/06/30": "date.form", "20210630": "date.form", "2021-06-30 ": "date.form",
		" 2021-06-30": "date.form", "2021-06-3x": "date.form", "+021-06-30": "date.form", "２０21-06-30": "date.form", "-021-06-30": "date.form",
		"2021-02-29": "date.calendar", "1900-02-29": "date.calendar", "2021-13-01": "date.calendar", "2021-00-01": "date.calendar",
		"2021-04-31": "date.calendar", "2021-01-00": "date.calendar", "2021-01-32": "date.calendar",
		"1799-12-31": "date.range", "2200-01-01": "date.range", "0000-00-00": "date.range",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParseDate(in)
			requireRefused(t, err, Invalid, rule)
			var d Date
			requireRefused(t, d.UnmarshalText([]byte(in)), Invalid, rule)
			require.True(t, d.IsZero(), "a refused text leaves the date alone")
			require.Panics(t, func() { MustDate(in) })
		})
	}
}

func TestDateAndTextAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "d")
		require.True(t, d.Valid())
		parsed, err := ParseDate(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		b, err := json.Marshal(d)
		require.NoError(t, err)
		var back Date
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, d, back)
	})
}

func TestAbsentAndImpossibleDatesAreNotWritten(t *testing.T) {
	for _, d := range []Date{{}, {2021, time.February, 29}, {1700, time.March, 1}, {2021, 13, 1}, {2021, 0, 1}, {2021, 5, 0}} {
		_, err := d.MarshalText()
		require.Error(t, err, "%v", d)
		require.False(t, d.Valid())
	}
	b, err := json.Marshal(struct {
		On Date `json:"on,omitzero"`
	}{})
	require.NoError(t, err)
	require.JSONEq(t, `{}`, string(b))
	require.Empty(t, Date{}.String())
}

func TestAbsentDateStaysAbsent(t *testing.T) {
	var d Date
	require.True(t, d.AddDays(5).IsZero())
	require.True(t, d.AddMonths(5).IsZero())
	require.True(t, d.AddYears(5).IsZero())
	require.True(t, d.MonthPeriod().IsZero())
	require.True(t, d.Start().IsZero())
	require.True(t, d.End().IsZero())
	require.True(t, BirthdayAt(d, 60).IsZero())
	require.True(t, DateOf(time.Time{}).IsZero())
	require.True(t, d.Before(MustDate("1800-01-01")))
	require.Panics(t, func() { d.Days() })
	require.Panics(t, func() { AgeOn(d, MustDate("2021-01-01")) })
	require.Panics(t, func() { AgeOn(MustDate("2021-01-01"), d) })
}

func TestAddMonthsStaysInsideTheMonth(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2021-01-31", 1, "2021-02-28"}, {"2020-01-31", 1, "2020-02-29"}, {"2021-12-31", 2, "2022-02-28"}, {"2021-03-31", -1, "2021-02-28"},
		{"2021-01-15", -1, "2020-12-15"}, {"2021-01-15", -13, "2019-12-15"}, {"2020-02-29", 12, "2021-02-28"}, {"2020-02-29", 48, "2024-02-29"},
		{"2021-08-31", 0, "2021-08-31"}, {"2021-05-31", 13, "2022-06-30"},
	} {
		require.Equal(t, c.want, MustDate(c.from).AddMonths(c.n).String(), "%s + %d", c.from, c.n)
	}
	require.Equal(t, "2023-02-28", MustDate("2020-02-29").AddYears(3).String())
}

func TestDaysAreCounted(t *testing.T) {
	require.Equal(t, 0, MustDate("1970-01-01").Days())
	require.Equal(t, 11016, MustDate("2000-02-29").Days())
	require.Equal(t, -1, MustDate("1969-12-31").Days())
	require.Equal(t, 18808, MustDate("2021-06-30").Days())
	require.Equal(t, 366, MustDate("2020-01-01").DaysUntil(MustDate("2021-01-01")))
	require.Equal(t, time.Wednesday, MustDate("2021-06-30").Weekday())
	require.Equal(t, time.Wednesday, MustDate("1969-12-31").Weekday())
	require.Equal(t, "2021-06", MustDate("2021-06-30").MonthPeriod().String())
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate().Draw(t, "d"), rapid.IntRange(-4000, 4000).Draw(t, "n")
		later := d.AddDays(n)
		require.Equal(t, n, d.DaysUntil(later))
		require.Equal(t, n > 0, later.After(d))
		require.Equal(t, n < 0, later.Before(d))
		require.Equal(t, time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday(), d.Weekday())
	})
}

func TestDaysBeginAndEndInShanghai(t *testing.T) {
	d := MustDate("2021-06-30")
	require.Equal(t, time.Date(2021, 6, 29, 16, 0, 0, 0, time.UTC), d.Start())
	require.Equal(t, time.Date(2021, 6, 30, 15, 59, 59, 999999999, time.UTC), d.End())
	require.Equal(t, time.UTC, d.Start().Location())
	require.Equal(t, time.UTC, d.End().Location())
	require.Equal(t, "2021-07-01", DateOf(time.Date(2021, 6, 30, 16, 0, 0, 0, time.UTC)).String())
	_, offset := time.Date(2021, 6, 30, 0, 0, 0, 0, Shanghai()).Zone()
	require.Equal(t, 8*60*60, offset)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "d")
		require.Equal(t, d, DateOf(d.Start()))
		require.Equal(t, d, DateOf(d.End()))
		require.Equal(t, d.AddDays(1), DateOf(d.End().Add(1)))
	})
}

func TestAges(t *testing.T) {
	for _, c := range []struct {
		birth, day string
		want       int
	}{
		{"1961-06-30", "2021-06-29", 59}, {"1961-06-30", "2021-06-30", 60}, {"1961-06-30", "2021-07-01", 60},
		{"1960-02-29", "2021-02-28", 60}, {"1960-02-29", "2021-03-01", 61}, {"1960-02-29", "2020-02-28", 59}, {"1960-02-29", "2020-02-29", 60},
		{"2021-06-30", "2021-06-30", 0}, {"2021-06-30", "2021-06-29", -1}, {"1900-12-31", "2000-01-01", 99},
	} {
		require.Equal(t, c.want, AgeOn(MustDate(c.birth), MustDate(c.day)), "born %s on %s", c.birth, c.day)
	}
	require.Equal(t, "2021-03-01", BirthdayAt(MustDate("1960-02-29"), 61).String())
	require.Equal(t, "2020-02-29", BirthdayAt(MustDate("1960-02-29"), 60).String())
	require.Equal(t, "2021-02-28", BirthdayAt(MustDate("1961-02-28"), 60).String())
}

func TestAgeChangesExactlyOnTheBirthday(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		birth, age := anyDate().Draw(t, "birth"), rapid.IntRange(0, 120).Draw(t, "age")
		day := BirthdayAt(birth, age)
		require.Equal(t, age, AgeOn(birth, day))
		require.Equal(t, age-1, AgeOn(birth, day.AddDays(-1)))
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2021-06-30", "2020-02-29", "2021-02-29", "", "2021-6-30", "1800-01-01", "2199-12-31", "２０２１-06-30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			requireRefused(t, err, Invalid, err.(*RefusedError).Rule)
			return
		}
		require.Equal(t, s, d.String())
		require.Equal(t, s, time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	})
}
