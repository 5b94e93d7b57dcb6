package beneficiary

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// dues writes what is due as "2022-01 100.00", with "withheld" where it is.
func dues(t testing.TB, e Enrolment, to string, rates Rates) []string {
	t.Helper()
	due, err := e.DueThrough(domain.MustPeriod(to), rates)
	require.NoError(t, err)
	lines := []string{}
	for _, d := range due {
		line := fmt.Sprintf("%s %s", d.Unit, d.Amount)
		if d.Withheld {
			line += " withheld"
		}
		lines = append(lines, line)
		sum := domain.Money{}
		for _, c := range d.Rate.Components {
			sum = sum.Add(c.Amount)
		}
		require.True(t, sum.Equal(d.Amount), "%s: components %s", line, sum)
		require.True(t, d.Rate.Amount.Equal(d.Amount), "%s: rate %s", line, d.Rate.Amount)
	}
	return lines
}

func suspend(effect Effect, from string) Suspended {
	return Suspended{Effect: effect, Enrolment: "e1", From: month(from), Reason: "prison", ReviewBy: day("2023-01-01")}
}

func resume(from string, restored ...string) Resumed {
	e := Resumed{Enrolment: "e1", From: month(from), Reason: "free"}
	for _, r := range restored {
		e.Restored = append(e.Restored, month(r))
	}
	return e
}

func toClass(name, from string) ClassChanged {
	return ClassChanged{Class: class(name), Enrolment: "e1", From: month(from), Reason: "child"}
}

func TestDueThrough(t *testing.T) {
	for _, r := range []struct {
		name   string
		edit   func(*Enrolled)
		events []domain.Event
		to     string
		rates  tariff
		want   []string
	}{
		{name: "first to last of the run", to: "2022-02", want: []string{"2022-01 100.00", "2022-02 100.00"}},
		{name: "only the first", to: "2022-01", want: []string{"2022-01 100.00"}},
		{name: "before the first", to: "2021-12", want: []string{}},
		{name: "until", edit: func(e *Enrolled) { e.Until = month("2022-02") }, to: "2022-05", want: []string{"2022-01 100.00", "2022-02 100.00"}},
		{name: "until beyond the run", edit: func(e *Enrolled) { e.Until = month("2022-09") }, to: "2022-01", want: []string{"2022-01 100.00"}},
		{name: "until before the first", edit: func(e *Enrolled) { e.Until = month("2021-12") }, to: "2022-05", want: []string{}},
		{name: "exited", events: []domain.Event{exited("2022-02")}, to: "2022-05", want: []string{"2022-01 100.00", "2022-02 100.00"}},
		{name: "exited before until", edit: func(e *Enrolled) { e.Until = month("2022-03") }, events: []domain.Event{exited("2022-01")}, to: "2022-05", want: []string{"2022-01 100.00"}},
		{name: "exited after until", edit: func(e *Enrolled) { e.Until = month("2022-01") }, events: []domain.Event{exited("2022-03")}, to: "2022-05", want: []string{"2022-01 100.00"}},
		{name: "exited before the first", events: []domain.Event{exited("2021-12")}, to: "2022-05", want: []string{}},
		{name: "exited, never due", events: []domain.Event{exited("")}, to: "2022-05", want: []string{}},
		{name: "annulled", events: []domain.Event{Annulled{Enrolment: "e1"}}, to: "2022-05", want: []string{}},
		{name: "paid through", edit: func(e *Enrolled) { e.Origin, e.PaidThrough = CarriedOver, month("2022-02") }, to: "2022-03", want: []string{"2022-03 100.00"}},
		{name: "paid through the first", edit: func(e *Enrolled) { e.Origin, e.PaidThrough = CarriedOver, month("2022-01") }, to: "2022-02", want: []string{"2022-02 100.00"}},
		{name: "paid through before the first", edit: func(e *Enrolled) { e.Origin, e.PaidThrough = CarriedOver, month("2021-11") }, to: "2022-01", want: []string{"2022-01 100.00"}},
		{name: "rescheduled", events: []domain.Event{Rescheduled{Enrolment: "e1", FirstUnit: month("2022-03"), Until: month("2022-04")}}, to: "2022-06", want: []string{"2022-03 100.00", "2022-04 100.00"}},
		{name: "half a share", edit: func(e *Enrolled) { e.Share = "1/2" }, to: "2022-01", want: []string{"2022-01 50.00"}},
		{name: "half of an odd fen", edit: func(e *Enrolled) { e.Share, e.Classes[0].Key = "1/2", class("third") }, to: "2022-01", want: []string{"2022-01 0.03"}},
		{name: "half of each component", edit: func(e *Enrolled) { e.Share, e.Classes[0].Key = "1/2", class("girl") }, rates: tariff{raised: month("2022-02")}, to: "2022-02", want: []string{"2022-01 55.00", "2022-02 65.00"}},
		{name: "classes", edit: func(e *Enrolled) {
			e.Classes = append(e.Classes, rulebook.ClassFrom{From: month("2022-02"), Key: class("girl")})
		}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 110.00", "2022-03 110.00"}},
		{name: "class changed", events: []domain.Event{toClass("girl", "2022-02")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 110.00", "2022-03 110.00"}},
		{name: "class changed at the first unit", events: []domain.Event{toClass("girl", "2022-01")}, to: "2022-02", want: []string{"2022-01 110.00", "2022-02 110.00"}},
		{name: "a change replaces later ones", events: []domain.Event{toClass("third", "2022-03"), toClass("girl", "2022-02")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 110.00", "2022-03 110.00"}},
		{name: "a change leaves earlier ones", events: []domain.Event{toClass("third", "2022-02"), toClass("girl", "2022-03")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 0.05", "2022-03 110.00"}},
		{name: "a change replaces one from the same unit", events: []domain.Event{toClass("third", "2022-02"), toClass("girl", "2022-02")}, to: "2022-02", want: []string{"2022-01 100.00", "2022-02 110.00"}},
		{name: "forfeited", events: []domain.Event{suspend(Forfeit, "2022-02")}, to: "2022-03", want: []string{"2022-01 100.00"}},
		{name: "forfeited, resumed", events: []domain.Event{suspend(Forfeit, "2022-01"), resume("2022-03")}, to: "2022-03", want: []string{"2022-03 100.00"}},
		{name: "forfeited, resumed with one restored", events: []domain.Event{suspend(Forfeit, "2022-01"), resume("2022-03", "2022-02")}, to: "2022-03", want: []string{"2022-02 100.00", "2022-03 100.00"}},
		{name: "forfeited, resumed from the start", events: []domain.Event{suspend(Forfeit, "2022-02"), resume("2022-02")}, to: "2022-02", want: []string{"2022-01 100.00", "2022-02 100.00"}},
		{name: "forfeited, resumed before it began", events: []domain.Event{suspend(Forfeit, "2022-02"), resume("2022-01")}, to: "2022-02", want: []string{"2022-01 100.00", "2022-02 100.00"}},
		{name: "withheld", events: []domain.Event{suspend(Withhold, "2022-02")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 100.00 withheld", "2022-03 100.00 withheld"}},
		{name: "withheld, resumed: all is paid", events: []domain.Event{suspend(Withhold, "2022-01"), resume("2022-03")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 100.00", "2022-03 100.00"}},
		{name: "withheld again", events: []domain.Event{suspend(Withhold, "2022-01"), resume("2022-02"), suspend(Withhold, "2022-03")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-02 100.00", "2022-03 100.00 withheld"}},
		{name: "withheld again, over the first time", events: []domain.Event{suspend(Withhold, "2022-02"), resume("2022-03"), suspend(Withhold, "2022-01")}, to: "2022-02", want: []string{"2022-01 100.00 withheld", "2022-02 100.00 withheld"}},
		{name: "withheld, then forfeited", events: []domain.Event{suspend(Withhold, "2022-01"), suspend(Forfeit, "2022-02")}, to: "2022-02", want: []string{"2022-01 100.00 withheld"}},
		{name: "forfeited, then withheld", events: []domain.Event{suspend(Forfeit, "2022-02"), suspend(Withhold, "2022-01")}, to: "2022-02", want: []string{"2022-01 100.00 withheld"}},
		{name: "one resumption ends both", events: []domain.Event{suspend(Withhold, "2022-01"), suspend(Forfeit, "2022-02"), resume("2022-03")}, to: "2022-03", want: []string{"2022-01 100.00", "2022-03 100.00"}},
		{name: "what was restored can be withheld later", events: []domain.Event{suspend(Forfeit, "2022-01"), resume("2022-02", "2022-01"), suspend(Withhold, "2022-01")}, to: "2022-01", want: []string{"2022-01 100.00 withheld"}},
		{name: "what was restored can be forfeited later", events: []domain.Event{suspend(Forfeit, "2022-01"), resume("2022-02", "2022-01"), suspend(Forfeit, "2022-01")}, to: "2022-01", want: []string{}},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := enrolledLife(t, append([]func(*Enrolled){}, func(e *Enrolled) {
				if r.edit != nil {
					r.edit(e)
				}
			})...)
			l.happen(r.events...)
			require.Equal(t, r.want, dues(t, l.e(), r.to, r.rates))
		})
	}
}

func TestDueOnce(t *testing.T) {
	oneOff := func(e *Enrolled) {
		e.FirstUnit, e.Classes = once, []rulebook.ClassFrom{{From: once, Key: class("boy")}}
	}
	for _, r := range []struct {
		name   string
		edit   func(*Enrolled)
		events []domain.Event
		want   []string
	}{
		{name: "due", want: []string{"once 100.00"}},
		{name: "paid outside", edit: func(e *Enrolled) { e.Origin, e.PaidThrough = CarriedOver, once }, want: []string{}},
		{name: "left after it was due", events: []domain.Event{func() Exited { e := exited(""); e.LastUnit = once; return e }()}, want: []string{"once 100.00"}},
		{name: "never due", events: []domain.Event{exited("")}, want: []string{}},
		{name: "withheld", events: []domain.Event{Suspended{Effect: Withhold, Enrolment: "e1", From: once}}, want: []string{"once 100.00 withheld"}},
		{name: "withheld, resumed", events: []domain.Event{Suspended{Effect: Withhold, Enrolment: "e1", From: once}, Resumed{Enrolment: "e1", From: once}}, want: []string{"once 100.00"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := enrolledLife(t, oneOff, func(e *Enrolled) {
				if r.edit != nil {
					r.edit(e)
				}
			})
			l.happen(r.events...)
			require.Equal(t, r.want, dues(t, l.e(), "once", tariff{}))
		})
	}
	l := enrolledLife(t, oneOff)
	a := l.assess(Run{Run: "r", Office: "town", From: once, To: once})
	require.Equal(t, []string{"once regular 100.00"}, brief(a.Items))
	require.True(t, a.OnRoll)
	d := l.drawAt(Run{Run: "r", Office: "town", From: once, To: once}, tariff{})
	requireMoney(t, "100.00", d.Net)
	require.Equal(t, "not-due", string(l.assess(Run{Run: "r2", Office: "town", From: once, To: once}).Held))
}

func TestDueFails(t *testing.T) {
	broken := errors.New("disk on fire")
	e := enrolledLife(t).e()
	_, err := e.DueThrough(month("2022-01"), failing{broken})
	require.ErrorIs(t, err, broken)
	e.Share = "2/1"
	_, err = e.DueThrough(month("2022-01"), tariff{})
	requireRefused(t, nil, err, domain.Invalid, "slot.share")
}

// TestDueByARulebook holds the units to a real rulebook: months of a yearly amount that changes inside the year.
func TestDueByARulebook(t *testing.T) {
	const synthetic = `format: 1
programme: p1
region: "340000"
title: {zh: 测试, en: Test}
effective: {from: 2010-01-01, document: doc}
holder: person
slot: holder
unit: month
schedule: {covers: quarter, payout-month: 3, payout-day: 10, document: doc}
documents:
  doc: {number: 测试〔2010〕1号, title: synthetic}
attributes:
  child: [boy]
criteria:
  - {id: age, zh: 年满六十, en: sixty, when: age >= 60, reason: too-young, document: doc, clause: 第一条}
classes:
  - {key: {child: boy}, zh: 男, en: boy}
rates:
  - {key: {}, from: "2010-01", per: year, components: [{amount: "1000.00", payer: government, fund: base, document: doc}]}
  - {key: {}, from: "2022-03", per: year, components: [{amount: "1180.00", payer: government, fund: base, document: doc}]}
funding:
  - {fund: base, from: "2010-01", shares: [{level: central, weight: 1}, {level: county, weight: 1}], document: doc}
start: {policy: month-of, event: paid, office-delay: arrears, document: doc}
arrears: {limit: none, document: doc}
until: []
class-change: {policy: month-of, event: old, document: doc}
stop: {policy: month-of, event: paid, document: doc}
exits:
  - {code: dead, zh: 死亡, en: died, fault: none}
suspensions:
  - {code: prison, zh: 服刑, en: prison, effect: forfeit, review-months: 12}
exclusive:
  group: g
  with: []
deductions: {cap-percent: 50, document: doc}
notices:
  - {level: village, days: 7, calendar: working, form: public, document: doc}
`
	book, err := rulebook.Parse([]byte(synthetic))
	require.NoError(t, err)
	for share, want := range map[string][]string{
		"1/1": {"2022-01 83.33", "2022-02 83.34", "2022-03 98.33", "2022-04 98.33"},
		"1/2": {"2022-01 41.67", "2022-02 41.67", "2022-03 49.17", "2022-04 49.17"},
	} {
		l := enrolledLife(t, func(e *Enrolled) { e.Share = share })
		due, err := l.e().DueThrough(month("2022-04"), book)
		require.NoError(t, err)
		got := []string{}
		for _, d := range due {
			got = append(got, fmt.Sprintf("%s %s", d.Unit, d.Amount))
		}
		require.Equal(t, want, got, share)
	}
	l := enrolledLife(t, func(e *Enrolled) { e.Classes[0].Key = class("girl") })
	a, err := l.s.Assess(l.e(), run("r", "2022-01", "2022-03"), book)
	require.NoError(t, err)
	require.Equal(t, payrun.HeldNoRate, a.Held, "a class the rulebook does not know")
	l = enrolledLife(t, func(e *Enrolled) { e.FirstUnit, e.Classes[0].From = month("2009-12"), month("2009-12") })
	a, err = l.s.Assess(l.e(), run("r", "2022-01", "2022-03"), book)
	require.NoError(t, err)
	require.Equal(t, payrun.HeldNoRate, a.Held, "a unit before the first rate")
	require.False(t, a.Nothing())
}

func TestLastUnitAndCovers(t *testing.T) {
	e := enrolledLife(t, func(e *Enrolled) { e.Until = month("2022-03") }).e()
	for unit, want := range map[string]bool{"2021-12": false, "2022-01": true, "2022-03": true, "2022-04": false} {
		require.Equal(t, want, e.Covers(month(unit)), unit)
	}
	last, none := e.LastUnit()
	require.Equal(t, month("2022-03"), last)
	require.False(t, none)
	e.Until = month("2022-01")
	_, none = e.LastUnit()
	require.False(t, none, "one unit is due")
	e.Until = domain.Period{}
	last, none = e.LastUnit()
	require.True(t, last.IsZero())
	require.False(t, none)
	require.True(t, e.Covers(month("2090-01")))
	e.Annulled = true
	require.False(t, e.Covers(month("2022-01")))
}

func TestPlaceAt(t *testing.T) {
	l := enrolledLife(t)
	l.happen(Transferred{Enrolment: "e1", FirstUnit: month("2022-03"), ToOffice: "city", ToVillage: "340311102201"}, Transferred{Enrolment: "e1", FirstUnit: month("2022-05"), ToOffice: "town", ToVillage: "340311101202"})
	for unit, want := range map[string]string{"2021-12": "town", "2022-02": "town", "2022-03": "city", "2022-04": "city", "2022-05": "town", "2022-06": "town"} {
		require.Equal(t, want, l.e().PlaceAt(month(unit)).Office, unit)
	}
	require.Equal(t, domain.AreaCode("340311101202"), l.e().PlaceAt(month("2022-05")).Village)
}
