package rulebook

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// truth is a situation in which everything that can be expected is stated rightly.
const truth = `rulebook: plain@320000
situations:
  - name: everything
    person: synthetic
    times: 3
    facts: {birth: 1960-05-15, sex: male, children: [{birth: 1990-01-01, sex: male}, {birth: 2021-01-20, sex: female}], held: [{programme: newer-one}, {programme: held-one, until: 2020-06}]}
    applied: 2021-05-15
    decided: 2021-06-15
    exit: {reason: end-age, on: 2022-08-10}
    expect:
      outcome: yes
      class: child=girl
      qualified: 2020-05-15
      first: 2020-07
      until: 2025-04
      until-reason: end-age
      hand-over: next
      last: 2022-07
      cuts: ["2020-05..2020-06 held"]
      classes: ["2020-07 child=boy", "2021-02 child=girl"]
      replaces: [newer-one]
      amounts: {"2020": "1800.00", "2021-02": "330.00", "2022": "2370.00"}
`

func situationBook(t *testing.T) *Rulebook {
	return book(t, "until: []", "until: [{who: self, age: 65, reason: end-age, hand-over: next, document: doc}]")
}

func check(t *testing.T, source string) SituationResult {
	t.Helper()
	results, err := CheckSituations(situationBook(t), []byte(source))
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0]
}

func TestSituationHolds(t *testing.T) {
	result := check(t, truth)
	require.Empty(t, result.Failures)
	require.True(t, result.OK())
	require.Equal(t, "everything", result.Name)
}

// Each row states one thing wrongly; exactly that must be reported.
func TestSituationFails(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"outcome: yes", "outcome: no", "outcome: want no, got yes"},
		{"outcome: yes", "outcome: yes\n      reasons: [x]", "reasons: want x, got "},
		{"class: child=girl", "class: child=boy", "class: want child=boy, got child=girl"},
		{"qualified: 2020-05-15", "qualified: 2020-05-16", "qualified: want 2020-05-16, got 2020-05-15"},
		{"first: 2020-07", "first: 2020-06", "first: want 2020-06, got 2020-07"},
		{"until: 2025-04", "until: open", "until: want open, got 2025-04"},
		{"until-reason: end-age", "until-reason: dead", "until-reason: want dead, got end-age"},
		{"hand-over: next", "hand-over: last", "hand-over: want last, got next"},
		{"last: 2022-07", "last: never", "last: want never, got 2022-07"},
		{`cuts: ["2020-05..2020-06 held"]`, `cuts: []`, "cuts: want , got 2020-05..2020-06 held"},
		{`classes: ["2020-07 child=boy", "2021-02 child=girl"]`, "classes: []", "classes: want , got 2020-07 child=boy; 2021-02 child=girl"},
		{"replaces: [newer-one]", "replaces: []", "replaces: want , got newer-one"},
		{`"2022": "2370.00"`, `"2022": "2370.01"`, "amount of 2022: want 2370.01, got 2370.00"},
		{`"2022": "2370.00"`, `"22": "2370.00"`, `amount of 22: want 2370.00, got "22" is not a period`},
		{`"2022": "2370.00"`, `"once": "2370.00"`, "amount of once: want 2370.00, got plain@320000 accrues by month"},
		{"outcome: yes", "outcome: yes\n      refused: rulebook.closed", "refused: want rulebook.closed, got "},
		{"reason: end-age, on", "reason: bored, on", "exit: want , got plain@320000 has no exit reason"},
		{"decided: 2021-06-15", "decided: 2021-05-14", "refused: want , got rulebook.decided-before-applied"},
	} {
		require.Contains(t, truth, c.old)
		result := check(t, strings.Replace(truth, c.old, c.new, 1))
		require.False(t, result.OK(), c.new)
		require.Contains(t, strings.Join(result.Failures, "\n"), c.want)
		require.Len(t, result.Failures, 1, "%v", result.Failures)
	}
}

func TestSituationVariants(t *testing.T) {
	held := "rulebook: plain@320000\nsituations:\n  - name: n\n    facts: {birth: 1960-05-15, sex: male, children: [{birth: 1990-01-01, sex: male}]}\n"
	require.True(t, check(t, held+"    on: 2020-05-14\n    expect: {outcome: no, reasons: [too-young]}\n").OK())
	require.True(t, check(t, held+"    applied: 2020-05-14\n    decided: 2020-05-14\n    exit: {reason: dead, on: 2030-01-01}\n    expect: {last: 2025-04, amounts: {\"2025\": \"520.00\"}}\n").OK(),
		"an exit after the end changes nothing")
	require.True(t, check(t, held+"    applied: 2020-05-14\n    decided: 2020-05-14\n    exit: {reason: fraud, on: 2021-01-01}\n    expect: {last: never, amounts: {\"2020\": \"0.00\"}}\n").OK())
	require.Equal(t, []string{"it expects nothing: state at least an outcome"}, check(t, held+"    decided: 2020-05-14\n    expect: {}\n").Failures)
	require.Equal(t, []string{"the decision has no day (rulebook.day-missing)\n  next: state the day as 2022-07-01"}, check(t, held+"    expect: {outcome: yes}\n").Failures)
	require.Equal(t, []string{"reasons: want , got too-young"}, check(t, held+"    on: 2020-05-14\n    expect: {outcome: no}\n").Failures, "a no needs its reasons")
	require.Equal(t, []string{"reasons: want a, got too-young"}, check(t, held+"    on: 2020-05-14\n    expect: {reasons: [a]}\n").Failures)
	require.Contains(t, check(t, held+"    applied: 2019-06-14\n    decided: 2019-06-14\n    expect: {amounts: {\"2020-01\": \"0.00\", \"2020-05\": \"100.00\"}}\n").Name, "n")
}

// Each expectation must be looked at also when it stands alone.
func TestSituationLooksAtEachExpectation(t *testing.T) {
	start := truth[:strings.Index(truth, "    expect:")]
	for _, wrong := range []string{
		"outcome: no", "reasons: [x]", "class: child=boy", "qualified: 2020-05-16", "first: 2020-06", "until: open", "until-reason: dead",
		"hand-over: last", "last: never", "cuts: []", "classes: []", "replaces: []", `amounts: {"2022": "1.00"}`, "refused: rulebook.closed",
	} {
		require.False(t, check(t, start+"    expect: {"+wrong+"}\n").OK(), wrong)
	}
}

func TestSituationFiles(t *testing.T) {
	id, err := SituationsRulebook([]byte(truth))
	require.NoError(t, err)
	require.Equal(t, "plain@320000", id)
	for _, c := range []struct{ text, rule string }{
		{"", "rulebook.situations"},
		{"rulebook: plain@320000\n", "rulebook.situations"},
		{"situations: [{name: a}]\n", "rulebook.situations"},
		{"rulebook: other@320000\nsituations: [{name: a}]\n", "rulebook.situations"},
		{strings.Replace(truth, "outcome:", "outcom:", 1), "rulebook.source"},
		{strings.Replace(truth, "1960-05-15", "1960-02-30", 1), "rulebook.source"},
	} {
		_, err := CheckSituations(situationBook(t), []byte(c.text))
		requireRule(t, c.rule, err)
	}
	_, err = Shipped("none-such")
	requireRule(t, "rulebook.not-shipped", err)
}

// TestSituationsAtDeath: a person who died is owed March and April, and the programme chooses what becomes of them.
func TestSituationsAtDeath(t *testing.T) {
	const text = `rulebook: plain@320000
situations:
  - name: two months were not drawn
    facts: {birth: 1960-01-15, sex: male, children: [{birth: 1990-01-01, sex: male}]}
    applied: 2022-01-15
    decided: 2022-01-15
    exit: {reason: dead, on: 2022-04-20, drawn-through: 2022-02}
    expect: {at-death: TO, last: 2022-04, left: "LEFT", amounts: {"2022-02": "100.00", "2022-03": "MARCH"}}
`
	say := func(to, left, march string) string {
		return strings.NewReplacer("TO", to, "LEFT", left, "MARCH", march).Replace(text)
	}
	for _, c := range []struct{ to, left, march string }{{"account", "200.00", "100.00"}, {"heirs", "200.00", "100.00"}, {"forfeit", "0.00", "0.00"}} {
		b := book(t, "exclusive:", "due-at-death: {to: "+c.to+", document: doc}\nexclusive:")
		results, err := CheckSituations(b, []byte(say(c.to, c.left, c.march)))
		require.NoError(t, err)
		require.Empty(t, results[0].Failures, c.to)
		results, err = CheckSituations(b, []byte(say("nobody", "1.00", c.march)))
		require.NoError(t, err)
		require.Equal(t, []string{"at-death: want nobody, got " + c.to, "left: want 1.00, got " + c.left}, results[0].Failures)
	}
	results, err := CheckSituations(book(t), []byte(say("account", "200.00", "100.00")))
	require.NoError(t, err)
	require.Empty(t, results[0].Failures, "a rulebook that does not say pays the account")
	results, err = CheckSituations(book(t), []byte(strings.Replace(say("account", "200.00", "100.00"), ", drawn-through: 2022-02", "", 1)))
	require.NoError(t, err)
	require.Equal(t, []string{"left: want 200.00, got unknown: state exit.drawn-through as a unit"}, results[0].Failures)
	for _, reason := range []string{"end-age", "fraud"} {
		require.Empty(t, book(t).AtExit(reason), reason)
	}
}

// TestShippedSayWhatIsDueAtDeath: none leaves it to the default.
func TestShippedSayWhatIsDueAtDeath(t *testing.T) {
	for _, id := range ShippedIDs() {
		b, err := Shipped(id)
		require.NoError(t, err)
		require.Contains(t, string(b.Source()), "\ndue-at-death:\n  to: "+string(b.DueAtDeath())+"\n", id)
	}
}

func TestPaidTogether(t *testing.T) {
	units, err := book(t, "covers: half", "covers: quarter").PaidTogether(per("2022-02"))
	require.NoError(t, err)
	require.Equal(t, []domain.Period{per("2022-01"), per("2022-02"), per("2022-03")}, units)
	units, err = book(t, "covers: half", "covers: month").PaidTogether(per("2022-02"))
	require.NoError(t, err)
	require.Equal(t, []domain.Period{per("2022-02")}, units)
	_, err = book(t).PaidTogether(domain.PeriodOf(domain.Once, domain.Date{}))
	requireRule(t, "rulebook.wrong-unit", err)
}
