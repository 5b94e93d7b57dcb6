package rulebook

import (
	"slices"
	"time"

	"almoner/domain"
)

// Schedule says what one payout covers and on which day it is due.
type Schedule struct {
	Covers      domain.PeriodKind // month, quarter, half, year or once
	PayoutMonth int               // counted from the first month of the period covered, from 1; 13 is after a year's end
	PayoutDay   int               // 1 to 31; 31 means the last day of any month
}

// PayoutOn returns the day on which the payout of a period is due, or no date for Once.
func (s Schedule) PayoutOn(p domain.Period) domain.Date {
	first := p.First()
	if first.IsZero() {
		return domain.Date{}
	}
	month := domain.MonthOf(first.Year, first.Month).Add(s.PayoutMonth - 1)
	day := min(s.PayoutDay, month.Last().Day)
	return domain.Date{Year: month.First().Year, Month: month.First().Month, Day: day}
}

// Covers returns the accrual units that lie in p, a period at least as long as a unit. It refuses (rulebook.wrong-unit) a
// shorter one.
func (r *Rulebook) Covers(p domain.Period) ([]domain.Period, error) {
	if p.Kind() == domain.Once && r.unit == domain.Once {
		return []domain.Period{p}, nil
	}
	if p.IsZero() || p.Kind() == domain.Once || r.unit == domain.Once || !fits(r.unit, p.Kind()) {
		return nil, domain.Refuse(domain.Invalid, "rulebook.wrong-unit", "%s accrues by %s, which %q does not cover", r.ID(), r.unit, p).
			WithNext("name a whole %s or a longer period", r.unit)
	}
	return slices.Collect(r.unitOf(p.First()).Through(r.unitOf(p.Last()))), nil
}

// fits reports whether periods of kind part fill periods of kind whole exactly.
func fits(part, whole domain.PeriodKind) bool { return monthsIn(part) <= monthsIn(whole) }

// unitOf returns the accrual unit that holds a day.
func (r *Rulebook) unitOf(d domain.Date) domain.Period { return domain.PeriodOf(r.unit, d) }

// unitFrom returns the first accrual unit that begins on a day or later.
func (r *Rulebook) unitFrom(d domain.Date) domain.Period {
	unit := r.unitOf(d)
	if unit.First().Before(d) {
		return unit.Next()
	}
	return unit
}

// Calendar holds the days of an office's month and year (EVENTS.md section 11). Days above a month's length mean its
// last day.
type Calendar struct {
	Month MonthCalendar
	Year  YearCalendar
}

// MonthCalendar: facts until, lists prepared, town, county and finance signed, file sent, all days of the month; returns
// within so many days; reissue until, close on.
type MonthCalendar struct {
	Facts, Prepare, Town, County, Finance, File, ReturnDays, Reissue, Close int
}

// YearCalendar: the last days of a year for applying and for each level to finish.
type YearCalendar struct {
	Apply, Village, Town, County DayOfYear
}

// DayOfYear is a day that comes back each year, written "01-15".
type DayOfYear struct {
	Month time.Month
	Day   int
}

// On returns the day in a year.
func (d DayOfYear) On(year int) domain.Date {
	return domain.Date{Year: year, Month: d.Month, Day: min(d.Day, domain.MonthOf(year, d.Month).Last().Day)}
}

// defaultCalendar is EVENTS.md section 11; the year's days are those of DOMAIN.md 3.2 (15 January, 15 February, 15 and 31
// March).
func defaultCalendar() Calendar {
	return Calendar{
		Month: MonthCalendar{Facts: 5, Prepare: 6, Town: 7, County: 10, Finance: 12, File: 15, ReturnDays: 3, Reissue: 25, Close: 31},
		Year:  YearCalendar{Apply: DayOfYear{1, 15}, Village: DayOfYear{2, 15}, Town: DayOfYear{3, 15}, County: DayOfYear{3, 31}},
	}
}
