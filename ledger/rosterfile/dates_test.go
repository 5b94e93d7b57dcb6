package rosterfile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestParseDay(t *testing.T) {
	for text, want := range map[string]string{
		"2021-06-30": "2021-06-30", "2021/6/30": "2021-06-30", "2021.6.3": "2021-06-03", "20210630": "2021-06-30",
		"2021年6月30日": "2021-06-30", "2021年06月30号": "2021-06-30", "２０２１－０６－３０": "2021-06-30", " 2021-06-30 ": "2021-06-30",
		"2021-06-30 14:23:11": "2021-06-30", "2021-06-30T00:00:00": "2021-06-30", "2021/6/30 0:00": "2021-06-30",
		"2021 年 6 月 30 日": "2021-06-30", "2024-02-29": "2024-02-29",
	} {
		got, f := parseDay(text)
		require.Nil(t, f, text)
		require.Equal(t, want, got.String(), text)
	}
	for text, rule := range map[string]string{
		"06/30/2021": "import.date-ambiguous", "1/2/2021": "import.date-ambiguous", "21-6-30": "import.date-ambiguous",
		"2021-06": "import.date-day-missing", "2021年6月": "import.date-day-missing", "202106": "import.date-day-missing",
		"44377": "import.date-serial", "2021-02-30": "import.date-none", "20211301": "import.date-none", "2023-02-29": "import.date-none",
		"2021": "import.date", "不详": "import.date", "2021-06-30-01": "import.date", "2021-6/30": "import.date", "2021-06-30 25:00": "import.date",
		"": "import.date", "农历六月": "import.date", "99999999999999999999-1-1": "import.date-ambiguous", "2021-06-30至今": "import.date",
	} {
		_, f := parseDay(text)
		require.NotNil(t, f, text)
		require.Equal(t, rule, f.rule, text)
		require.NotEmpty(t, f.remedy)
	}
}

func TestParseMonth(t *testing.T) {
	for text, want := range map[string]string{
		"2021-06": "2021-06", "2021/6": "2021-06", "2021.6": "2021-06", "2021.10": "2021-10", "202106": "2021-06", "2021年6月": "2021-06",
		"2021-06-30": "2021-06", "20210630": "2021-06", "２０２１．６": "2021-06", "2021.1": "2021-01", "2021年6月1日": "2021-06",
	} {
		got, f := parseMonth(text, true)
		require.Nil(t, f, text)
		require.Equal(t, want, got.String(), text)
	}
	for text, rule := range map[string]string{
		"21.6": "import.date-ambiguous", "6/2021": "import.date-ambiguous", "2021-13": "import.month-none", "202100": "import.month-none",
		"2021": "import.month", "六月": "import.month", "44377": "import.date-serial",
	} {
		_, f := parseMonth(text, true)
		require.NotNil(t, f, text)
		require.Equal(t, rule, f.rule, text)
	}
	_, f := parseMonth("2021.1", false)
	require.Equal(t, "import.month-ambiguous", f.rule)
	got, f := parseMonth("2021.2", false)
	require.Nil(t, f)
	require.Equal(t, "2021-02", got.String())
}

func TestParseSerial(t *testing.T) {
	for raw, want := range map[string]string{"1": "1900-01-01", "59": "1900-02-28", "61": "1900-03-01", "44377": "2021-06-30", "44377.75": "2021-06-30"} {
		got, f := parseSerial(raw, false)
		require.Nil(t, f, raw)
		require.Equal(t, want, got.String(), raw)
	}
	got, f := parseSerial("42915", true)
	require.Nil(t, f)
	require.Equal(t, "2021-06-30", got.String())
	for _, raw := range []string{"0", "60", "-1", "2958466", "NaN", "x", "2958465"} { // the last is year 9999, beyond the ledger's range
		_, f := parseSerial(raw, false)
		require.NotNil(t, f, raw)
	}
}

// FuzzDates holds that whatever is read as a day reads the same in the ledger's own form, and never panics.
func FuzzDates(f *testing.F) {
	for _, s := range []string{"2021-06-30", "2021年6月30日", "20210630", "2021.6", "1/2/2021", "202106", "44377", "9999-99-99", "2021-06-30 10:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, fault := parseDay(s); fault == nil {
			again, fault := parseDay(d.String())
			require.Nil(t, fault)
			require.Equal(t, d, again)
			m, fault := parseMonth(s, true)
			require.Nil(t, fault)
			require.Equal(t, d.MonthPeriod(), m)
		}
		if m, fault := parseMonth(s, false); fault == nil {
			require.Equal(t, domain.Month, m.Kind())
			again, fault := parseMonth(m.String(), false)
			require.Nil(t, fault)
			require.Equal(t, m, again)
		}
		_, _ = parseSerial(s, false)
	})
}
