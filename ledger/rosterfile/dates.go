package rosterfile

import (
	"math"
	"strconv"
	"strings"
	"time"

	"almoner/domain"
)

// fault is why a value cannot be read, before it is tied to a cell.
type fault struct {
	rule, message, remedy string
}

const (
	dayRemedy   = "写成 2021-06-30 这样的年-月-日（四位年份）。"
	monthRemedy = "写成 2021-06 这样的年-月（四位年份）。"
)

// Excel's day serials: 1 is 1900-01-01; 60 is a 29 February 1900 that never was, kept for the sake of Lotus 1-2-3; the
// greatest is 9999-12-31. With the 1904 system 0 is 1904-01-01. (ECMA-376 part 1, 18.17.4.1)
const maxSerial = 2958465

// parseDay reads a day from text: 2021-06-30, 2021/6/30, 2021.6.30, 20210630, 2021年6月30日, with or without a time of
// day, which is dropped. Any order but year-month-day and any two-digit year is refused as ambiguous.
func parseDay(text string) (domain.Date, *fault) {
	n, seps := digitGroups(withoutTime(normalValue(text)))
	switch {
	case seps == "" && len(n) == 1 && len(n[0]) == 8:
		return makeDay(n[0][:4], n[0][4:6], n[0][6:])
	case len(n) == 3 && isDaySeparator(seps) && len(n[0]) == 4:
		return makeDay(n[0], n[1], n[2])
	case len(n) == 3 && isDaySeparator(seps):
		return domain.Date{}, &fault{"import.date-ambiguous", "日期的年月日次序或年份不明确。", dayRemedy}
	case isMonthShape(n, seps):
		return domain.Date{}, &fault{"import.date-day-missing", "只有年月，缺少日。", dayRemedy}
	case seps == "" && len(n) == 1 && len(n[0]) == 5:
		return domain.Date{}, &fault{"import.date-serial", "是一个五位数字，可能是没有设为日期格式的 Excel 日期序号。", "将该列单元格格式设为“日期”，或" + dayRemedy}
	}
	return domain.Date{}, &fault{"import.date", "不是日期。", dayRemedy}
}

// parseMonth reads a month from text: 2021-06, 2021/6, 2021.6, 202106, 2021年6月; a full day is read as its month.
//
// exact is false for a text file and a numeric cell, where 2021.1 may be what a spreadsheet left of 2021.10.
func parseMonth(text string, exact bool) (domain.Period, *fault) {
	value := normalValue(text)
	n, seps := digitGroups(withoutTime(value))
	switch {
	case !exact && seps == "." && len(n) == 2 && n[1] == "1":
		return domain.Period{}, &fault{"import.month-ambiguous", "可能是 1 月，也可能是末尾的 0 被软件去掉的 10 月。", "写成 2021-01 或 2021-10 这样的文本。"}
	case isMonthShape(n, seps) && seps == "":
		return makeMonth(n[0][:4], n[0][4:])
	case isMonthShape(n, seps):
		return makeMonth(n[0], n[1])
	case len(n) == 2 && (seps == "-" || seps == "/" || seps == "." || seps == "年月"):
		return domain.Period{}, &fault{"import.date-ambiguous", "年份不是四位，年月不明确。", monthRemedy}
	}
	day, f := parseDay(value)
	if f == nil {
		return day.MonthPeriod(), nil
	}
	if f.rule == "import.date" {
		return domain.Period{}, &fault{"import.month", "不是年月。", monthRemedy}
	}
	f.remedy = monthRemedy
	return domain.Period{}, f
}

// parseSerial reads the number of a date-formatted cell. The time of day is dropped.
func parseSerial(raw string, date1904 bool) (domain.Date, *fault) {
	bad := &fault{"import.date-serial", "日期格式的单元格里不是有效的日期序号。", dayRemedy}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > maxSerial {
		return domain.Date{}, bad
	}
	serial := int(math.Floor(f))
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case serial == 60 || serial == 0:
		return domain.Date{}, bad
	case serial < 60:
		base = base.AddDate(0, 0, 1)
	}
	day := base.AddDate(0, 0, serial)
	d, err := domain.NewDate(day.Year(), day.Month(), day.Day())
	if err != nil {
		return domain.Date{}, bad
	}
	return d, nil
}

func makeDay(y, m, d string) (domain.Date, *fault) {
	year, _ := strconv.Atoi(y)
	month, errM := strconv.Atoi(m)
	day, errD := strconv.Atoi(d)
	date, err := domain.NewDate(year, time.Month(month), day)
	if errM != nil || errD != nil || err != nil {
		return domain.Date{}, &fault{"import.date-none", "没有这一天。", "核对原件后" + dayRemedy}
	}
	return date, nil
}

func makeMonth(y, m string) (domain.Period, *fault) {
	year, _ := strconv.Atoi(y)
	month, err := strconv.Atoi(m)
	if err == nil && month >= 1 && month <= 12 {
		if first, err := domain.NewDate(year, time.Month(month), 1); err == nil {
			return first.MonthPeriod(), nil
		}
	}
	return domain.Period{}, &fault{"import.month-none", "没有这个月。", "核对原件后" + monthRemedy}
}

// digitGroups splits text into its groups of ASCII digits and, joined, everything between and after them. Text that does
// not begin with a digit or has more than three groups yields no groups.
func digitGroups(text string) (groups []string, seps string) {
	var between strings.Builder
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && text[j] >= '0' && text[j] <= '9' {
			j++
		}
		if j > i {
			groups = append(groups, text[i:j])
			i = j
			continue
		}
		if i == 0 || len(groups) > 3 {
			return nil, text
		}
		if text[i] != ' ' {
			between.WriteByte(text[i])
		}
		i++
	}
	if len(groups) > 3 {
		return nil, text
	}
	return groups, between.String()
}

func isDaySeparator(seps string) bool {
	switch seps {
	case "--", "//", "..", "年月日", "年月号", "年月":
		return true
	}
	return false
}

func isMonthShape(n []string, seps string) bool {
	if len(n) == 1 {
		return seps == "" && len(n[0]) == 6
	}
	return len(n) == 2 && len(n[0]) == 4 && len(n[1]) <= 2 && (seps == "-" || seps == "/" || seps == "." || seps == "年月")
}

// withoutTime drops a time of day ("2021-06-30 14:23:11", "2021-06-30T00:00:00").
func withoutTime(text string) string {
	i := strings.IndexAny(text, " T")
	if i < 8 {
		return text
	}
	clock := strings.TrimSpace(text[i+1:])
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05Z07:00", "15:4:5"} {
		if _, err := time.Parse(layout, clock); err == nil {
			return text[:i]
		}
	}
	return text
}
