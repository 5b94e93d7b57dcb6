package domain

import (
	"cmp"
	"fmt"
	"time"
)

// The first and last year of a Date that can be read or written. The first leaves room for parents of the oldest
// beneficiaries, the last for "until" days far ahead; a year outside is a slip of the pen.
const (
	firstDateYear = 1800
	lastDateYear  = 2199
)

// shanghai is UTC+8 without a time zone database: China has kept no summer time since 1991, and every day in the ledger
// that is turned into an instant lies after that. It is never written to.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Shanghai is the zone in which a day begins and ends: a fixed UTC+8.
func Shanghai() *time.Location { return shanghai }

// Date is a calendar day in Asia/Shanghai. The zero value means that there is no date; it is before every day, and
// arithmetic on it stays absent. Dates are compared with ==.
//
// The fields are open so that tables can be written and read plainly; whoever fills them by hand asks Valid.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate returns the day y-m-d, or refuses with date.calendar (the calendar has no such day) or date.range.
func NewDate(y int, m time.Month, d int) (Date, error) {
	if y < firstDateYear || y > lastDateYear {
		return Date{}, Refuse(Invalid, "date.range", "the year %d is not between %d and %d", y, firstDateYear, lastDateYear).
			WithNext("correct the year")
	}
	if m < time.January || m > time.December || d < 1 || d > daysIn(y, m) {
		return Date{}, Refuse(Invalid, "date.calendar", "the calendar has no day %04d-%02d-%02d", y, int(m), d).
			WithNext("correct the month or the day")
	}
	return Date{y, m, d}, nil
}

// ParseDate reads exactly the form 2021-06-30; it is the inverse of String. It refuses with date.form, date.range or
// date.calendar.
func ParseDate(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, badDateForm(s)
	}
	y, okY := digits(s[0:4])
	m, okM := digits(s[5:7])
	d, okD := digits(s[8:10])
	if !okY || !okM || !okD {
		return Date{}, badDateForm(s)
	}
	return NewDate(y, time.Month(m), d)
}

func badDateForm(s string) error {
	return Refuse(Invalid, "date.form", "%s is not a date", quote(s)).WithNext("write the date as year-month-day, such as 2021-06-30")
}

// MustDate is ParseDate for tests and tables in the code; it panics on anything ParseDate refuses.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("domain.MustDate(%q): %v", s, err))
	}
	return d
}

// DateOf returns the day it was in Shanghai at t; the zero time gives the absent date.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.In(shanghai).Date()
	return Date{y, m, d}
}

// IsZero reports whether d is absent.
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d is a day of the calendar between 1800 and 2199. The absent date is not.
func (d Date) Valid() bool {
	return d.Year >= firstDateYear && d.Year <= lastDateYear && d.Month >= time.January && d.Month <= time.December &&
		d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// Compare returns -1, 0 or +1 as d is before, equal to or after other. The absent date is before every day.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays returns the day n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	y, m, day := time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, day}
}

// AddMonths returns the same day n months later, or the last day of that month if it is shorter: 31 January plus one
// month is the last day of February.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	months := d.Year*12 + int(d.Month) - 1 + n
	y, m := floorDiv(months, 12), time.Month(floorMod(months, 12)+1)
	return Date{y, m, min(d.Day, daysIn(y, m))}
}

// AddYears returns the same day n years later; 29 February becomes the 28th in a common year. Ages are not counted with
// it but with BirthdayAt.
func (d Date) AddYears(n int) Date { return d.AddMonths(12 * n) }

// Days returns the number of days since 1970-01-01, negative before it. It panics on the absent date, which has no place
// in the count.
func (d Date) Days() int {
	if d.IsZero() {
		panic("domain.Date.Days: the date is absent")
	}
	const secondsADay = 24 * 60 * 60
	return int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

// DaysUntil returns how many days lie from d to other: 1 from a day to the next, negative if other is earlier. It panics
// if either date is absent.
func (d Date) DaysUntil(other Date) int { return other.Days() - d.Days() }

// Weekday returns the day of the week. It panics on the absent date.
func (d Date) Weekday() time.Weekday {
	const thursday = 4 // 1970-01-01
	return time.Weekday(floorMod(d.Days()+thursday, 7))
}

// MonthPeriod returns the month that holds d; the absent date gives the absent period.
func (d Date) MonthPeriod() Period { return PeriodOf(Month, d) }

// Start returns the instant at which d begins in Shanghai, in UTC. The absent date gives the zero time.
func (d Date) Start() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, shanghai).UTC()
}

// End returns the last nanosecond of d in Shanghai, in UTC: what "known at" a bare day means. The absent date gives the
// zero time.
func (d Date) End() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return d.AddDays(1).Start().Add(-time.Nanosecond)
}

// String gives the form 2021-06-30, and nothing for the absent date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText gives the form 2021-06-30. It fails on a date that is absent or not in the calendar: an absent date is
// omitted (json:",omitzero"), never written.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, fmt.Errorf("write date: it is absent and should have been omitted")
	}
	if !d.Valid() {
		return nil, fmt.Errorf("write date: there is no day %v", d)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes and nothing else; it refuses as ParseDate does.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// AgeOn returns the age in full years (周岁) on day of a person born on birth. The birthday itself completes the year
// (年满), and a birth on 29 February completes it on 1 March of a common year. A day before the birth gives a negative
// number. It panics if either date is absent: no answer would be safe, because "younger than" and "older than" are both
// conditions for money.
func AgeOn(birth, day Date) int {
	if birth.IsZero() || day.IsZero() {
		panic("domain.AgeOn: the date of birth or the day is absent")
	}
	age := day.Year - birth.Year
	if day.Before(BirthdayAt(birth, age)) {
		age--
	}
	return age
}

// BirthdayAt returns the day on which a person born on birth completes age years: 1 March of a common year for a birth
// on 29 February. The absent date stays absent.
func BirthdayAt(birth Date, age int) Date {
	if birth.IsZero() {
		return birth
	}
	y := birth.Year + age
	if birth.Day > daysIn(y, birth.Month) {
		return Date{y, time.March, 1}
	}
	return Date{y, birth.Month, birth.Day}
}

// daysIn returns the number of days of month m, which is between January and December.
func daysIn(y int, m time.Month) int {
	switch m {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func floorDiv(a, b int) int { return (a - floorMod(a, b)) / b }

func floorMod(a, b int) int { return (a%b + b) % b }
