package rulebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestCompareRates(t *testing.T) {
	before := book(t)
	now := book(t, `amount: "130.00"`, `amount: "125.00"`, `from: "2022-07"`, `from: "2022-06"`)
	units := []domain.Period{per("2022-05"), per("2022-06"), per("2022-07")}
	boy, girl := Key{"child": "boy"}, Key{"child": "girl"}
	c, err := Compare(before, now, nil, units)
	require.NoError(t, err)
	require.Empty(t, c.Sections)
	require.Equal(t, []RateChange{
		{girl, per("2022-06"), yuan("110.00"), yuan("125.00"), "girl/2010-01", "all/2022-06"},
		{girl, per("2022-07"), yuan("130.00"), yuan("125.00"), "all/2022-07", "all/2022-06"},
		{boy, per("2022-06"), yuan("100.00"), yuan("125.00"), "all/2010-01", "all/2022-06"},
		{boy, per("2022-07"), yuan("130.00"), yuan("125.00"), "all/2022-07", "all/2022-06"},
	}, c.Rates)
	require.Equal(t, []RateChange{c.Rates[1], c.Rates[3]}, c.Lowered())

	c, err = Compare(before, now, []Key{boy}, units[:1])
	require.NoError(t, err)
	require.Empty(t, c.Rates)
	require.Empty(t, c.Lowered())
	require.False(t, RateChange{Old: yuan("1.00"), New: yuan("1.00")}.Lowered())
}

func TestCompareRowsOfEqualAmount(t *testing.T) {
	now := book(t, `amount: "130.00"`, `amount: "100.00"`)
	c, err := Compare(now, book(t, `amount: "130.00"`, `amount: "100.00"`, `from: "2022-07"`, `from: "2022-06"`), []Key{{"child": "boy"}}, []domain.Period{per("2022-06")})
	require.NoError(t, err)
	require.Len(t, c.Rates, 1, "another row is a change even if the amount is the same")
}

func TestCompareClassesThatComeAndGo(t *testing.T) {
	now := book(t, "  child: [boy, girl]", "  child: [boy, girl, twins]", "  - {key: {child: boy}, zh: 男, en: boy}", "  - {key: {child: boy}, zh: 男, en: boy, when: living_boys == 1}\n  - {key: {child: twins}, zh: 双, en: twins}")
	c, err := Compare(book(t), now, nil, []domain.Period{per("2022-05"), per("2009-01")})
	require.NoError(t, err)
	require.Equal(t, []string{"attributes", "classes"}, c.Sections)
	require.Equal(t, []RateChange{{Key{"child": "twins"}, per("2022-05"), domain.Money{}, yuan("100.00"), "", "all/2010-01"}}, c.Rates)
	c, err = Compare(now, book(t), nil, []domain.Period{per("2022-05")})
	require.NoError(t, err)
	require.Len(t, c.Lowered(), 1)
}

func TestCompareRefusals(t *testing.T) {
	_, err := Compare(book(t), book(t, "programme: plain", "programme: other"), nil, nil)
	requireRule(t, "rulebook.other-rules", err)
	_, err = Compare(book(t), book(t, "unit: month", "unit: half"), nil, nil)
	requireRule(t, "rulebook.other-rules", err)
	_, err = Compare(book(t), book(t), nil, []domain.Period{per("2022")})
	requireRule(t, "rulebook.wrong-unit", err)
}

func TestCompareNamesEverySection(t *testing.T) {
	for _, c := range []struct{ section, old, new string }{
		{"title", "en: Test", "en: Other"},
		{"effective", "effective: {from: 2010-01-01", "effective: {from: 2010-01-02"},
		{"closes", "holder: person", "closes: {after: 2020-01-01, document: doc}\nholder: person"},
		{"holder", "holder: person", "holder: household"},
		{"slot", "slot: holder", "slot: child"},
		{"schedule", "payout-day: 10", "payout-day: 11"},
		{"documents", "title: synthetic", "title: other"},
		{"criteria", "when: age >= 60", "when: age > 60"},
		{"classes", "when: living_girls >= 1", "when: living_girls > 0"},
		{"funding", "weight: 6", "weight: 5"},
		{"start", "office-delay: arrears", "office-delay: none"},
		{"arrears", "arrears: {limit: none", "arrears: {limit: decision-year"},
		{"until", "until: []", "until: [{who: self, age: 70, reason: dead, document: doc}]"},
		{"class-change", "event: old", "event: new"},
		{"exits", "en: fraud, fault: recover", "en: fraud, fault: none"},
		{"suspensions", "effect: forfeit", "effect: withhold"},
		{"exclusive", "rule: exclusive-newer", "rule: additive"},
		{"exclusive", "group: g", "group: h"},
		{"deductions", "cap-percent: 50", "cap-percent: 51"},
		{"notices", "days: 7", "days: 8"},
		{"chains", "notices:", "chains: {exit: [{level: town, duty: head}]}\nnotices:"},
		{"calendar", "notices:", "calendar: {month: {file: 16}}\nnotices:"},
	} {
		got, err := Compare(book(t), book(t, c.old, c.new), nil, nil)
		require.NoError(t, err)
		require.Equal(t, []string{c.section}, got.Sections)
	}
	a := book(t, "until: []", "until: [{who: self, age: 70, reason: dead, when: age > 1, document: doc}]")
	b := book(t, "until: []", "until: [{who: self, age: 70, reason: dead, when: age > 2, document: doc}]")
	got, err := Compare(a, b, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"until"}, got.Sections)
}
