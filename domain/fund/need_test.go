package fund

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// testBook has two divisions: base money, 60 to 40 until 2021 and 50 to 30 to 20 from 2022, and local money of the county alone.
// None of it is law.
const testBook = `format: 1
programme: rural-reward
region: "340311"
title: {zh: "测试补助", en: "Test support"}
effective: {from: 2010-01-01, status: assumed, note: test}
holder: person
slot: holder
unit: month
schedule: {covers: month, payout-month: 1, payout-day: 25, status: assumed, note: test}
documents:
  notice: {number: 样例卫〔2021〕1号, title: 样例通知, source: test.example/notice}
  form: {title: 样例表, source: test.example/form}
attributes:
  home: [couple, alone]
criteria:
  - {id: rural, zh: 农业户口, en: rural, when: hukou == "rural", reason: hukou-not-rural, status: assumed, note: test}
classes:
  - {key: {home: alone}, zh: 独居, en: alone, when: single}
  - {key: {home: couple}, zh: 夫妻, en: couple, when: "!single"}
rates:
  - {key: {}, from: "2010-01", per: month, components: [{amount: "50.00", payer: government, fund: base, document: notice}, {amount: "30.00", payer: government, fund: local, document: notice}]}
funding:
  - {fund: base, from: "2010-01", shares: [{level: central, weight: 3}, {level: county, weight: 2}], document: notice}
  - {fund: base, from: "2022-01", shares: [{level: central, weight: 5}, {level: province, weight: 3}, {level: county, weight: 2}], document: notice}
  - {fund: local, from: "2010-01", shares: [{level: county, weight: 1}], document: notice}
start: {policy: month-of, event: paid, office-delay: arrears, status: assumed, note: test}
arrears: {limit: none, status: assumed, note: test}
class-change: {policy: month-of, event: old, status: assumed, note: test}
stop: {policy: month-of, event: paid, status: assumed, note: test}
exits:
  - {code: dead, zh: 死亡, en: died, fault: none}
suspensions:
  - {code: suspected-death, zh: 疑似死亡, en: suspected death, effect: withhold, review-months: 3}
exclusive: {group: test-support, with: []}
deductions: {cap-percent: 100, status: assumed, note: test}
notices:
  - {level: village, days: 7, calendar: calendar, form: public, status: assumed, note: test}
`

func parsed(t require.TestingT, source string) *rulebook.Rulebook {
	book, err := rulebook.Parse([]byte(source))
	require.NoError(t, err)
	return book
}

// unit is one unit of 80.00: 50.00 of base money and 30.00 of local money.
func unit(kind beneficiary.ItemKind, month string) beneficiary.Item {
	item := beneficiary.Item{Amount: money("80.00"), Kind: kind, Row: "*/2010-01", Unit: domain.MustPeriod(month), Components: []rulebook.Component{
		{Amount: money("50.00"), Payer: rulebook.PayerGovernment, Fund: "base"}, {Amount: money("30.00"), Payer: rulebook.PayerGovernment, Fund: "local"},
		{Amount: money("7.00"), Payer: rulebook.PayerExternal},
	}}
	if kind == beneficiary.Deduction {
		item.Amount = item.Amount.Neg()
		for i := range item.Components {
			item.Components[i].Amount = item.Components[i].Amount.Neg()
		}
	}
	return item
}

func TestNeed(t *testing.T) {
	n := NewNeed(parsed(t, testBook))
	n.Add(NeedLine{Person: "p1", Class: "home=alone", Net: money("80.00"), Before: true, Items: []beneficiary.Item{unit(beneficiary.Regular, "2021-12")}})
	n.Add(NeedLine{Person: "p1", Class: "home=couple", Net: money("160.00"), Items: []beneficiary.Item{unit(beneficiary.Arrears, "2021-11"), unit(beneficiary.Regular, "2021-12")}})
	n.Add(NeedLine{Person: "p2", Class: "home=couple", Net: money("0.00"), Before: true, Items: []beneficiary.Item{unit(beneficiary.Regular, "2021-12"), unit(beneficiary.Deduction, "2021-10")}})
	n.Was("home=alone", true, false)
	n.Was("home=alone", false, true)  // held now
	n.Was("home=alone", false, false) // gone, or in another class
	n.Was("home=couple", true, false) //
	n.Was("grant", false, false)      // a class that nobody is in any more
	require.Equal(t, 2, n.Persons())
	require.Equal(t, money("240.00"), n.Total())
	require.Equal(t, []ClassNeed{
		{Class: "grant", Before: 1, Exited: 1},
		{Class: "home=alone", Amount: money("80.00"), Before: 3, Exited: 1, Held: 1, Lines: 1, Standards: []Standard{
			{Amount: money("80.00"), Rate: money("80.00"), Row: "*/2010-01", Unit: "month", Units: 1}}},
		{Class: "home=couple", Amount: money("160.00"), Before: 1, Entered: 1, Lines: 2, Standards: []Standard{
			{Amount: money("-80.00"), Row: "*/2010-01", Unit: "month", Units: 1}, // a deduction has no rate of its own
			{Amount: money("240.00"), Rate: money("80.00"), Row: "*/2010-01", Unit: "month", Units: 3}}},
	}, n.Classes())
	// 240.00 of which 150.00 of base, 60 to 40, and 90.00 of the county: 90.00 central, 150.00 county.
	shares, err := n.Shares()
	require.NoError(t, err)
	require.Equal(t, []Share{{Amount: money("90.00"), Level: "central", Weight: 3}, {Amount: money("150.00"), Level: "county", Weight: 5}}, shares)
}

func TestShares(t *testing.T) {
	book := parsed(t, testBook)
	one := func(net string, items ...beneficiary.Item) *Need {
		n := NewNeed(book)
		n.Add(NeedLine{Person: "p", Class: "c", Net: money(net), Items: items})
		return n
	}
	part := func(amount, fund string, payer string) beneficiary.Item {
		return beneficiary.Item{Amount: money(amount), Kind: beneficiary.Regular, Row: "r", Unit: domain.MustPeriod("2021-12"),
			Components: []rulebook.Component{{Amount: money(amount), Payer: payer, Fund: fund}}}
	}
	for name, c := range map[string]struct {
		need *Need
		want []Share
	}{
		"the fen left over goes to the largest remainder": {one("0.03", part("50.00", "base", rulebook.PayerGovernment)),
			[]Share{{money("0.02"), "central", 3}, {money("0.01"), "county", 2}}},
		"a division that changed between two units": {one("160.00", unit(beneficiary.Regular, "2022-01"), unit(beneficiary.Arrears, "2021-12")),
			[]Share{{money("55.00"), "central", 11}, {money("15.00"), "province", 3}, {money("90.00"), "county", 18}}},
		"less than the units come to, since something was set off": {one("80.00", unit(beneficiary.Regular, "2021-12"), unit(beneficiary.Arrears, "2021-11")),
			[]Share{{money("30.00"), "central", 3}, {money("50.00"), "county", 5}}},
		"money of no division":     {one("500.00", part("500.00", "", rulebook.PayerGovernment)), []Share{{money("500.00"), Undivided, 1}}},
		"an item without payer":    {one("500.00", beneficiary.Item{Amount: money("500.00"), Unit: domain.MustPeriod("once")}), []Share{{money("500.00"), Undivided, 1}}},
		"nothing":                  {one("0.00", unit(beneficiary.Regular, "2021-12"), unit(beneficiary.Deduction, "2021-12")), []Share{}},
		"only base, less deducted": {one("50.00", part("100.00", "base", rulebook.PayerGovernment), unit(beneficiary.Deduction, "2021-12")), []Share{{money("30.00"), "central", 3}, {money("20.00"), "county", 2}}},
	} {
		shares, err := c.need.Shares()
		require.NoError(t, err, name)
		require.Equal(t, c.want, shares, name)
	}
	_, err := one("1.00", part("1.00", "moon", rulebook.PayerGovernment)).Shares()
	require.ErrorContains(t, err, "rulebook.no-shares")
}

func TestSharesWithoutCommonMeasure(t *testing.T) {
	n := NewNeed(parsed(t, strings.NewReplacer("{level: central, weight: 3}", "{level: central, weight: 999981}", "{level: central, weight: 5}", "{level: central, weight: 999974}").Replace(testBook)))
	for i, month := range []string{"2021-12", "2022-01"} {
		amount := domain.Fen(900_000_000_001 + int64(i)) // a county of a hundred million people
		n.Add(NeedLine{Person: "p", Class: "c", Net: amount, Items: []beneficiary.Item{{Amount: amount, Kind: beneficiary.Regular, Row: "r", Unit: domain.MustPeriod(month),
			Components: []rulebook.Component{{Amount: amount, Payer: rulebook.PayerGovernment, Fund: "base"}}}}})
	}
	_, err := n.Shares()
	require.ErrorContains(t, err, "fund.shares")
}

// Shares sum to the total, and no level is further than a fen from its exact part.
func TestSharesFoot(t *testing.T) {
	book := parsed(t, testBook)
	rapid.Check(t, func(t *rapid.T) {
		n := NewNeed(book)
		for i := range rapid.IntRange(1, 20).Draw(t, "lines") {
			month := rapid.SampledFrom([]string{"2021-11", "2021-12", "2022-01", "2022-02"}).Draw(t, "month")
			n.Add(NeedLine{Person: string(rune('a' + i)), Class: "c", Net: domain.Fen(rapid.Int64Range(0, 100_000_000).Draw(t, "net")), Items: []beneficiary.Item{unit(beneficiary.Regular, month)}})
		}
		shares, err := n.Shares()
		require.NoError(t, err)
		var sum domain.Money
		weights := int64(0)
		for _, s := range shares {
			sum, weights = sum.Add(s.Amount), weights+s.Weight
		}
		require.Equal(t, n.Total(), sum)
		for _, s := range shares {
			require.LessOrEqual(t, n.Total().Portion(s.Weight, weights).Sub(s.Amount).Abs().Fen(), int64(1))
		}
	})
}

func TestBasis(t *testing.T) {
	require.Equal(t, []BasisDocument{{Key: "form", Title: "样例表"}, {Key: "notice", Number: "样例卫〔2021〕1号", Title: "样例通知"}}, Basis(parsed(t, testBook)))
}
