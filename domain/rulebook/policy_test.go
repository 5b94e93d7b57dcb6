package rulebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestStopPolicies(t *testing.T) {
	for _, c := range []struct {
		name, stop, unit string
		on, want         string
	}{
		{"month paid, first day", "policy: month-of, event: paid", "month", "2022-03-01", "2022-03"},
		{"month paid, last day", "policy: month-of, event: paid", "month", "2022-03-31", "2022-03"},
		{"month unpaid", "policy: month-of, event: unpaid", "month", "2022-03-15", "2022-02"},
		{"month unpaid in January", "policy: month-of, event: unpaid", "month", "2022-01-15", "2021-12"},
		{"year paid", "policy: year, event: paid", "month", "2022-01-01", "2022-12"},
		{"year unpaid", "policy: year, event: unpaid", "month", "2022-12-31", "2021-12"},
		{"first half paid", "policy: half-year, event: paid", "month", "2022-06-30", "2022-06"},
		{"second half paid", "policy: half-year, event: paid", "month", "2022-07-01", "2022-12"},
		{"first half unpaid", "policy: half-year, event: unpaid", "month", "2022-06-30", "2021-12"},
		{"quarters, month-of", "policy: month-of, event: paid", "quarter", "2022-05-15", "2022-Q2"},
		{"quarters, year", "policy: year, event: paid", "quarter", "2022-05-15", "2022-Q4"},
		{"halves, unpaid", "policy: month-of, event: unpaid", "half", "2022-05-15", "2021-H2"},
		{"next payout, before the payout day", "policy: next-payout, event: paid", "month", "2022-07-09", "2021-12"},
		{"next payout, on the payout day", "policy: next-payout, event: paid", "month", "2022-07-10", "2022-06"},
		{"next payout, after", "policy: next-payout, event: paid", "month", "2022-12-31", "2022-06"},
		{"void", "policy: void, event: paid", "month", "2022-03-15", "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := book(t, "unit: month", "unit: "+c.unit, "stop: {policy: month-of, event: paid", "stop: {"+c.stop,
				"code: dead, zh: 死亡, en: died, fault: none}", "code: dead, zh: 死亡, en: died, fault: none, policy: month-of}\n  - {code: left, zh: 退出, en: left, fault: none}")
			last, policy, err := r.LastUnit("left", day(c.on))
			require.NoError(t, err)
			require.Equal(t, c.want, periodOrNone(last))
			require.Contains(t, c.stop, string(policy))
		})
	}
}

func TestNextPayoutWithinThePeriodCovered(t *testing.T) {
	// A year that is paid out on 31 August counts as paid from that day on, though it is not over.
	r := book(t, "covers: half, payout-month: 7, payout-day: 10", "covers: year, payout-month: 8, payout-day: 31", "stop: {policy: month-of", "stop: {policy: next-payout")
	for on, want := range map[string]string{"2022-08-30": "2021-12", "2022-08-31": "2022-12", "2022-12-31": "2022-12"} {
		last, _, err := r.LastUnit("dead", day(on))
		require.NoError(t, err)
		require.Equal(t, want, last.String(), on)
	}
}

func TestLastUnitRefusals(t *testing.T) {
	r := book(t)
	_, _, err := r.LastUnit("none-such", day("2022-01-01"))
	requireRule(t, "rulebook.unknown-reason", err)
	_, _, err = r.LastUnit("dead", domain.Date{})
	requireRule(t, "rulebook.day-missing", err)
	_, err = r.SuspensionReason("none-such")
	requireRule(t, "rulebook.unknown-reason", err)
}

func TestReasons(t *testing.T) {
	r := book(t)
	require.Equal(t, []ExitReason{
		{"dead", "死亡", "died", FaultNone, PolicyMonthOf, true},
		{"fraud", "虚报", "fraud", FaultRecover, PolicyVoid, true},
		{"end-age", "满龄", "end age", FaultNone, PolicyMonthOf, false},
	}, r.ExitReasons())
	require.Equal(t, []SuspensionReason{{"prison", "服刑", "prison", Forfeit, 12}, {"account", "账户", "account", Withhold, 6}}, r.SuspensionReasons())
	s, err := r.SuspensionReason("account")
	require.NoError(t, err)
	require.Equal(t, Withhold, s.Effect)
	e, err := r.ExitReason("fraud")
	require.NoError(t, err)
	require.Equal(t, FaultRecover, e.Fault)
}

func TestClassChangeFrom(t *testing.T) {
	for _, c := range []struct{ change, on, want string }{
		{"policy: month-of, event: old", "2022-03-31", "2022-04"},
		{"policy: month-of, event: new", "2022-03-31", "2022-03"},
		{"policy: half-year, event: old", "2022-03-31", "2022-07"},
		{"policy: half-year, event: new", "2022-03-31", "2022-01"},
		{"policy: year, event: old", "2022-03-31", "2023-01"},
		{"policy: year, event: new", "2022-03-31", "2022-01"},
	} {
		r := book(t, "class-change: {policy: month-of, event: old", "class-change: {"+c.change)
		require.Equal(t, c.want, r.ClassChangeFrom(day(c.on)).String(), c.change)
	}
}

func TestCut(t *testing.T) {
	type cuts = []Cut
	m := per
	for _, c := range []struct {
		name   string
		bounds []bound
		first  string
		cuts   cuts
	}{
		{"no bounds", nil, "2020-05", nil},
		{"a bound at the natural start", []bound{{m("2020-05"), WhyYearRule}}, "2020-05", nil},
		{"an earlier bound", []bound{{m("2020-01"), WhyYearRule}}, "2020-05", nil},
		{"one bound", []bound{{m("2020-06"), WhyYearRule}}, "2020-06", cuts{{m("2020-05"), m("2020-05"), WhyYearRule}}},
		{"the nearer explains first", []bound{{m("2021-01"), WhyArrearsLimit}, {m("2020-07"), WhyBeforeProgramme}}, "2021-01",
			cuts{{m("2020-05"), m("2020-06"), WhyBeforeProgramme}, {m("2020-07"), m("2020-12"), WhyArrearsLimit}}},
		{"of equals the first listed explains", []bound{{m("2020-07"), WhyHeld}, {m("2020-07"), WhyYearRule}}, "2020-07",
			cuts{{m("2020-05"), m("2020-06"), WhyHeld}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, got := cut(m("2020-05"), c.bounds)
			require.Equal(t, c.first, first.String())
			require.Equal(t, c.cuts, got)
		})
	}
}

func TestDefaultChains(t *testing.T) {
	r := book(t)
	for subject, want := range map[string]string{
		"admission":      "village.handler village.head town.handler×2 town.line-head town.head county.handler county.head",
		"exit":           "village.handler village.head town.handler×2 town.line-head town.head county.handler county.head",
		"annual-review":  "village.handler village.head town.handler×2 town.line-head town.head county.handler county.head",
		"import":         "town.handler village.handler/section village.head/section town.handler town.line-head town.head county.handler county.head",
		"pay-run":        "town.handler town.line-head town.head county.handler county.head finance.handler finance.head",
		"account-change": "town.handler town.line-head",
		"fund-request":   "town.handler town.head county.head",
		"rulebook":       "county.handler county.head",
		"month-close":    "finance.handler finance.head",
		"none-such":      "",
	} {
		text := ""
		for _, s := range r.Chain(subject) {
			require.NoError(t, s.Check())
			text += " " + s.Name()
			if s.Min == 2 {
				text += "×2"
			}
			if s.Per == "section" {
				text += "/section"
			}
		}
		if text != "" {
			text = text[1:]
		}
		require.Equal(t, want, text, subject)
	}
	for _, subject := range Subjects() {
		require.NotEmpty(t, DefaultChain(subject), subject)
	}
}

func TestOwnChain(t *testing.T) {
	r := book(t, "notices:", `chains:
  exit:
    - {level: village, duty: handler, per: section, min: 3, department: family-planning}
    - {level: county, duty: head}
notices:`)
	chain := r.Chain("exit")
	require.Len(t, chain, 2)
	require.Equal(t, "family-planning", chain[0].Department)
	require.Equal(t, 3, chain[0].Min)
	require.EqualValues(t, "section", chain[0].Per)
	require.Equal(t, 1, chain[1].Min)
	require.EqualValues(t, "whole", chain[1].Per)
	chain[0].Min = 9
	require.Equal(t, 3, r.Chain("exit")[0].Min, "the caller gets a copy")
	require.Len(t, r.Chain("admission"), 7)
}
