package domain

import (
	"cmp"
	"fmt"
	"iter"
	"time"
)

// PeriodKind says how long a period is.
type PeriodKind string

// The kinds of periods: a calendar month, quarter, half-year or year, and Once for money that is due a single time.
const (
	Month   PeriodKind = "month"
	Quarter PeriodKind = "quarter"
	Half    PeriodKind = "half"
	Year    PeriodKind = "year"
	Once    PeriodKind = "once"
)

// ParsePeriodKind reads one of the five kinds or refuses with period.kind.
func ParsePeriodKind(s string) (PeriodKind, error) {
	k := PeriodKind(s)
	if k.span() == spanAbsent {
		return "", Refuse(Invalid, "period.kind", "%s is not a kind of period", quote(s)).
			WithNext("use month, quarter, half, year or once")
	}
	return k, nil
}

// UnmarshalText accepts only the five kinds.
func (k *PeriodKind) UnmarshalText(b []byte) error {
	v, err := ParsePeriodKind(string(b))
	if err != nil {
		return err
	}
	*k = v
	return nil
}

// span is the number of months in a period, or a mark for those that have none.
type span uint8

const (
	spanAbsent span = 0
	spanOnce   span = 255
)

func (k PeriodKind) span() span {
	switch k {
	case Month:
		return 1
	case Quarter:
		return 3
	case Half:
		return 6
	case Year:
		return 12
	case Once:
		return spanOnce
	}
	return spanAbsent
}

// The years of a period that can be read or written.
const (
	firstPeriodYear = 1900
	lastPeriodYear  = 2199
)

// Period is a stretch of the calendar for which something is due or paid (所属期): "2021-12", "2022-Q4", "2022-H1",
// "2022", or "once", which lies nowhere in the calendar. The zero value means that there is no period. Periods are
// compared with == and may be keys of maps.
type Period struct {
	year  int16
	index uint8 // place in the year, from 0; 0 for once
	span  span
}

// MonthOf returns the month m of year y. A month outside January to December, or a year that is no period's, gives a
// period that cannot be written; input from people goes through ParsePeriod.
func MonthOf(y int, m time.Month) Period { return at(1, y*12+int(m)-1) }

// at returns the period of s months that holds a month, counted from year 0.
func at(s span, month int) Period {
	return Period{year: int16(floorDiv(month, 12)), index: uint8(floorMod(month, 12) / int(s)), span: s}
}

// PeriodOf returns the period of that kind that holds d. The absent date, or an unknown kind, gives the absent period;
// Once is once whatever the day.
func PeriodOf(kind PeriodKind, d Date) Period {
	switch s := kind.span(); {
	case s == spanOnce:
		return Period{span: spanOnce}
	case s == spanAbsent || d.IsZero():
		return Period{}
	default:
		return at(s, d.Year*12+int(d.Month)-1)
	}
}

// ParsePeriod reads exactly one of the forms 2021-12, 2022-Q4, 2022-H1, 2022 and once; it is the inverse of String. It
// refuses with period.form or period.range.
func ParsePeriod(s string) (Period, error) {
	if s == "once" {
		return Period{span: spanOnce}, nil
	}
	if len(s) < 4 {
		return Period{}, badPeriodForm(s)
	}
	year, ok := digits(s[:4])
	sp, index := parseWithinYear(s[4:])
	if !ok || sp == spanAbsent {
		return Period{}, badPeriodForm(s)
	}
	if year < firstPeriodYear || year > lastPeriodYear {
		return Period{}, Refuse(Invalid, "period.range", "the year of the period %s is not between %d and %d", quote(s), firstPeriodYear, lastPeriodYear).
			WithNext("correct the year")
	}
	return Period{year: int16(year), index: uint8(index), span: sp}, nil
}

// parseWithinYear reads what follows the year: nothing, -MM, -Qn or -Hn. It gives spanAbsent if it is none of these.
func parseWithinYear(s string) (sp span, index int) {
	if s == "" {
		return 12, 0
	}
	if len(s) != 3 || s[0] != '-' {
		return spanAbsent, 0
	}
	digit, most := s[1:], 12
	switch s[1] {
	case 'Q':
		sp, digit, most = 3, s[2:], 4
	case 'H':
		sp, digit, most = 6, s[2:], 2
	default:
		sp = 1
	}
	n, ok := digits(digit)
	if !ok || n < 1 || n > most {
		return spanAbsent, 0
	}
	return sp, n - 1
}

func badPeriodForm(s string) error {
	return Refuse(Invalid, "period.form", "%s is not a period", quote(s)).
		WithNext("write a month as 2021-12, a quarter as 2022-Q4, a half-year as 2022-H1, a year as 2022, or once")
}

// MustPeriod is ParsePeriod for tests and tables in the code; it panics on anything ParsePeriod refuses.
func MustPeriod(s string) Period {
	p, err := ParsePeriod(s)
	if err != nil {
		panic(fmt.Sprintf("domain.MustPeriod(%q): %v", s, err))
	}
	return p
}

// IsZero reports whether p is absent.
func (p Period) IsZero() bool { return p == Period{} }

// Kind returns the kind of p, and the empty kind if p is absent.
func (p Period) Kind() PeriodKind {
	switch p.span {
	case 1:
		return Month
	case 3:
		return Quarter
	case 6:
		return Half
	case 12:
		return Year
	case spanOnce:
		return Once
	}
	return ""
}

// inCalendar reports whether p is a stretch of days: neither absent nor once.
func (p Period) inCalendar() bool { return p.span != spanAbsent && p.span != spanOnce }

// month returns the first month of p, counted from year 0.
func (p Period) month() int { return int(p.year)*12 + int(p.index)*int(p.span) }

// First returns the first day of p; the absent date if p is absent or once.
func (p Period) First() Date {
	if !p.inCalendar() {
		return Date{}
	}
	return Date{int(p.year), time.Month(int(p.index)*int(p.span) + 1), 1}
}

// Last returns the last day of p; the absent date if p is absent or once.
func (p Period) Last() Date {
	if !p.inCalendar() {
		return Date{}
	}
	m := time.Month((int(p.index) + 1) * int(p.span))
	return Date{int(p.year), m, daysIn(int(p.year), m)}
}

// Add returns the period of the same kind n places later, or earlier for a negative n. Once and absent stay themselves.
func (p Period) Add(n int) Period {
	if !p.inCalendar() {
		return p
	}
	return at(p.span, p.month()+n*int(p.span))
}

// Next returns the period after p.
func (p Period) Next() Period { return p.Add(1) }

// Prev returns the period before p.
func (p Period) Prev() Period { return p.Add(-1) }

// Sub returns the distance from other to p in periods of their kind, so that other.Add(p.Sub(other)) == p. Between two
// onces it is 0. It panics if the kinds differ, because a number would then have no unit.
func (p Period) Sub(other Period) int {
	if p.span != other.span {
		panic(fmt.Sprintf("domain.Period.Sub: %q and %q are of different kinds", p, other))
	}
	if !p.inCalendar() {
		return 0
	}
	return (p.month() - other.month()) / int(p.span)
}

// Months returns the months of p in order: 1, 3, 6 or 12 of them, none if p is absent or once.
func (p Period) Months() []Period {
	if !p.inCalendar() {
		return nil
	}
	months := make([]Period, p.span)
	for i := range months {
		months[i] = at(1, p.month()+i)
	}
	return months
}

// Contains reports whether the whole of other lies in p. Once holds only once, and the absent period holds nothing.
func (p Period) Contains(other Period) bool {
	if !p.inCalendar() || !other.inCalendar() {
		return p == other && !p.IsZero()
	}
	return p.month() <= other.month() && other.month()+int(other.span) <= p.month()+int(p.span)
}

// ContainsDate reports whether d is a day of p. Once and the absent period have no days.
func (p Period) ContainsDate(d Date) bool {
	return p.inCalendar() && !d.Before(p.First()) && !d.After(p.Last())
}

// Compare orders periods by their first day and then by their last, so that January comes before the year it opens.
// The absent period comes first of all, then once.
func (p Period) Compare(other Period) int {
	if !p.inCalendar() || !other.inCalendar() {
		return cmp.Compare(p.rank(), other.rank())
	}
	return cmp.Or(cmp.Compare(p.month(), other.month()), cmp.Compare(p.span, other.span))
}

// rank orders what has no days before what has.
func (p Period) rank() int {
	switch p.span {
	case spanAbsent:
		return 0
	case spanOnce:
		return 1
	}
	return 2
}

// Before reports whether p comes before other in the order of Compare.
func (p Period) Before(other Period) bool { return p.Compare(other) < 0 }

// After reports whether p comes after other in the order of Compare.
func (p Period) After(other Period) bool { return p.Compare(other) > 0 }

// IndexInYear returns the place of p among the periods of its kind in its year, from 1; 0 if p is absent or once.
func (p Period) IndexInYear() int {
	if !p.inCalendar() {
		return 0
	}
	return int(p.index) + 1
}

// Through yields p and the periods of its kind after it up to and including last; nothing if last is before p or either
// is absent. It panics if the kinds differ, as a silent empty walk would drop money.
func (p Period) Through(last Period) iter.Seq[Period] {
	if !p.IsZero() && !last.IsZero() && p.span != last.span {
		panic(fmt.Sprintf("domain.Period.Through: %q and %q are of different kinds", p, last))
	}
	return func(yield func(Period) bool) {
		if p.IsZero() || last.IsZero() {
			return
		}
		for i := range p.steps(last) {
			if !yield(p.Add(i)) {
				return
			}
		}
	}
}

// steps returns how many periods there are from p to last, both counted.
func (p Period) steps(last Period) int { return max(0, last.Sub(p)+1) }

// String gives the form that ParsePeriod reads, and nothing for the absent period.
func (p Period) String() string {
	switch p.span {
	case 1:
		return fmt.Sprintf("%04d-%02d", p.year, p.index+1)
	case 3:
		return fmt.Sprintf("%04d-Q%d", p.year, p.index+1)
	case 6:
		return fmt.Sprintf("%04d-H%d", p.year, p.index+1)
	case 12:
		return fmt.Sprintf("%04d", p.year)
	case spanOnce:
		return "once"
	}
	return ""
}

// MarshalText gives the form that ParsePeriod reads. It fails on a period that is absent (omit it: json:",omitzero") or
// outside the years 1900 to 2199.
func (p Period) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return nil, fmt.Errorf("write period: it is absent and should have been omitted")
	}
	if p.inCalendar() && (p.year < firstPeriodYear || p.year > lastPeriodYear) {
		return nil, fmt.Errorf("write period: the year of %v is not between %d and %d", p, firstPeriodYear, lastPeriodYear)
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads what MarshalText writes and nothing else; it refuses as ParsePeriod does.
func (p *Period) UnmarshalText(b []byte) error {
	v, err := ParsePeriod(string(b))
	if err != nil {
		return err
	}
	*p = v
	return nil
}
