package rulebook

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// plain is a small rulebook that tests vary by replacing lines. It is synthetic and says so.
const plain = `format: 1
programme: plain
region: "320000"
title: {zh: 测试, en: Test}
effective: {from: 2010-01-01, document: doc}
holder: person
slot: holder
unit: month
schedule: {covers: half, payout-month: 7, payout-day: 10, document: doc}
documents:
  doc: {number: 测试〔2010〕1号, title: synthetic}
  page: {source: example.org/page}
attributes:
  child: [boy, girl]
criteria:
  - {id: age, zh: 年满六十, en: sixty, when: age >= 60, reason: too-young, document: doc, clause: 第一条}
classes:
  - {key: {child: girl}, zh: 女, en: girl, when: living_girls >= 1}
  - {key: {child: boy}, zh: 男, en: boy}
rates:
  - {key: {}, from: "2010-01", per: month, components: [{amount: "100.00", payer: government, fund: base, document: doc}]}
  - {key: {child: girl}, from: "2010-01", per: month, components: [{amount: "110.00", payer: government, fund: base, document: page}]}
  - {key: {}, from: "2022-07", per: month, components: [{amount: "130.00", payer: government, fund: base, document: doc}, {amount: "7.00", payer: external, document: page}]}
funding:
  - {fund: base, from: "2010-01", shares: [{level: central, weight: 1}, {level: county, weight: 1}], document: doc}
  - {fund: base, from: "2019-01", shares: [{level: central, weight: 6}, {level: province, weight: 3}, {level: county, weight: 1}], document: doc}
start: {policy: month-of, event: paid, office-delay: arrears, document: doc}
arrears: {limit: none, document: doc}
until: []
class-change: {policy: month-of, event: old, document: doc}
stop: {policy: month-of, event: paid, document: doc}
exits:
  - {code: dead, zh: 死亡, en: died, fault: none}
  - {code: fraud, zh: 虚报, en: fraud, fault: recover, policy: void}
  - {code: end-age, zh: 满龄, en: end age, fault: none, policy: month-of, event: unpaid}
suspensions:
  - {code: prison, zh: 服刑, en: prison, effect: forfeit, review-months: 12}
  - {code: account, zh: 账户, en: account, effect: withhold, review-months: 6}
exclusive:
  group: g
  with:
    - {programme: additive-one, rule: additive, document: doc}
    - {programme: newer-one, rule: exclusive-newer, document: doc}
    - {programme: higher-one, rule: exclusive-higher, document: doc}
    - {programme: held-one, rule: exclusive-held, document: doc}
deductions: {cap-percent: 50, document: doc}
notices:
  - {level: village, days: 7, calendar: working, form: public, document: doc}
  - {level: county, days: 5, calendar: calendar, form: discreet, document: doc}
`

// vary replaces each old text of the plain rulebook by the new one that follows it.
func vary(t *testing.T, replace ...string) string {
	t.Helper()
	text := plain
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, text, replace[i])
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return text
}

func book(t *testing.T, replace ...string) *Rulebook {
	t.Helper()
	r, err := Parse([]byte(vary(t, replace...)))
	require.NoError(t, err)
	return r
}

func day(s string) domain.Date   { return domain.MustDate(s) }
func per(s string) domain.Period { return domain.MustPeriod(s) }
func yuan(s string) domain.Money { return domain.MustMoney(s) }

func periodOrNone(p domain.Period) string { return orWord(p, "none") }

// requireRule requires a refusal by rule with a next step.
func requireRule(t *testing.T, rule string, err error) {
	t.Helper()
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, rule, refused.Rule)
	require.NotEmpty(t, refused.Next)
}

func TestAccessors(t *testing.T) {
	r := book(t, "slot: holder", "slot: child", "holder: person", "holder: household")
	require.Equal(t, "plain@320000", r.ID())
	require.Equal(t, "plain", r.Programme())
	require.Equal(t, "320000", r.Region())
	require.Equal(t, Words{"测试", "Test"}, r.Title())
	from, to := r.Effective()
	require.Equal(t, day("2010-01-01"), from)
	require.True(t, to.IsZero())
	require.True(t, r.ClosedToNewEntryAfter().IsZero())
	require.Equal(t, HolderHousehold, r.Holder())
	require.Equal(t, SlotChild, r.SlotKind())
	require.Equal(t, domain.Month, r.Unit())
	require.Equal(t, Schedule{Covers: domain.Half, PayoutMonth: 7, PayoutDay: 10}, r.Schedule())
	require.Equal(t, defaultCalendar(), r.Calendar())
	require.Equal(t, Document{Number: "测试〔2010〕1号", Title: "synthetic"}, r.Documents()["doc"])
	require.Equal(t, map[string][]string{"child": {"boy", "girl"}}, r.Attributes())
	require.Equal(t, []Key{{"child": "girl"}, {"child": "boy"}}, r.Keys())
	require.Equal(t, "女", r.ClassTitle(Key{"child": "girl"}).Zh)
	require.Equal(t, "child=other", r.ClassTitle(Key{"child": "other"}).En)
	require.Len(t, r.Rows(), 3)
	require.Equal(t, 50, r.SetOffCap())
	require.Equal(t, 7, r.NoticeDays("village"))
	require.Equal(t, 0, r.NoticeDays("town"))
	require.Equal(t, []Notice{{"village", 7, true, NoticePublic}, {"county", 5, false, NoticeDiscreet}}, r.Notices())
	require.Equal(t, "g", r.ExclusivityGroup())
	require.Equal(t, ArrearsNoLimit, r.ArrearsLimit())
	require.Equal(t, 0, r.ArrearsMonths())
	require.Equal(t, []Criterion{{ID: "age", Text: Words{"年满六十", "sixty"}, When: "age >= 60", Reason: "too-young", Cite: "测试〔2010〕1号 第一条"}}, r.Criteria())
}

func TestHashIsOfTheSourceBytes(t *testing.T) {
	r := book(t)
	require.Equal(t, []byte(plain), r.Source())
	require.Equal(t, hashOf([]byte(plain)), r.Hash())
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, r.Hash())
	other := book(t, "sixty", "60")
	require.NotEqual(t, r.Hash(), other.Hash())
	r.Source()[0] = 'X'
	require.Equal(t, byte('f'), r.Source()[0], "the caller gets a copy")
}

func TestAppliesIn(t *testing.T) {
	for _, c := range []struct {
		region, area string
		want         bool
	}{
		{"000000", "340311001", true}, {"320000", "320411100", true}, {"320000", "340311", false},
		{"340300", "340311001002", true}, {"340300", "340421", false}, {"340311", "340311001", true}, {"340311", "340312", false},
	} {
		r := book(t, `region: "320000"`, `region: "`+c.region+`"`)
		require.Equal(t, c.want, r.AppliesIn(domain.AreaCode(c.area)), "%s in %s", c.area, c.region)
	}
}

func TestKeyTextRoundTrip(t *testing.T) {
	for _, key := range []Key{{}, {"a": "b"}, {"grade": "2", "child": "one-girl"}} {
		got, err := ParseKey(key.String())
		require.NoError(t, err)
		require.True(t, key.Equal(got))
	}
	require.Equal(t, "child=one-girl,grade=2", Key{"grade": "2", "child": "one-girl"}.String())
	require.Equal(t, "one-girl,2", Key{"grade": "2", "child": "one-girl"}.values())
	require.False(t, Key{"a": "b"}.Equal(Key{"a": "c"}))
	for _, bad := range []string{"", "a", "a=", "=b", "b=1,a=1", "a=1,a=1", "a=A", "a=1,", "a=-b", "a=b-", "a_b=1", "a=" + strings.Repeat("x", 41), "a={", "`=1", "a=/", "a=:"} {
		_, err := ParseKey(bad)
		requireRule(t, "rulebook.key", err)
	}
	for _, good := range []string{"a=0", "z=9", "a=a-z", "a=" + strings.Repeat("x", 40)} {
		_, err := ParseKey(good)
		require.NoError(t, err, good)
	}
}
