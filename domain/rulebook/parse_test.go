package rulebook

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// Each row breaks the plain rulebook in one way and names what must be said about it.
func TestParseRefuses(t *testing.T) {
	rates := plain[strings.Index(plain, "rates:"):strings.Index(plain, "funding:")]
	classes := plain[strings.Index(plain, "classes:"):strings.Index(plain, "rates:")]
	criteria := plain[strings.Index(plain, "criteria:"):strings.Index(plain, "classes:")]
	for _, c := range []struct {
		name     string
		old, new string
		want     string
	}{
		{"unknown key", "holder: person", "holder: person\nholdr: person", `unknown key "holdr"`},
		{"unknown key inside", "policy: month-of, event: paid, office-delay", "polcy: x, policy: month-of, event: paid, office-delay", `unknown key "polcy"`},
		{"duplicate key", "holder: person", "holder: person\nholder: person", "already defined"},
		{"not YAML", "holder: person", "holder: [person", "did not find"},
		{"a list for a value", "holder: person", "holder: [person]", "want a single value here"},
		{"a value for a list", "until: []", "until: yes", "does not belong here"},
		{"a list for keys", "title: {zh: 测试, en: Test}", "title: [a]", "a list does not belong here"},
		{"keys for a list", "until: []", "until: {a: b}", "a set of keys does not belong here"},
		{"due at death to nobody", "exclusive:", "due-at-death: {to: state, document: doc}\nexclusive:", `due-at-death to is "state"`},
		{"due at death without a choice", "exclusive:", "due-at-death: {document: doc}\nexclusive:", "due-at-death to is missing"},
		{"due at death without grounds", "exclusive:", "due-at-death: {to: heirs}\nexclusive:", "due-at-death names no document"},
		{"write-off by one", "exclusive:", "chains: {write-off: [{level: county, duty: handler}]}\nexclusive:", "the chain of write-off is one person's"},
		{"recovery plan by one", "exclusive:", "chains: {recovery-plan: [{level: county, duty: handler}]}\nexclusive:", "the chain of recovery-plan is one person's"},
		{"anchor", "holder: person", "holder: &x person", "anchors and aliases are not allowed"},
		{"alias", "title: {zh: 测试, en: Test}", "title: {zh: &x 测试, en: *x}", "anchors and aliases are not allowed"},
		{"tag", "holder: person", "holder: !!str person", "the tag !!str is not allowed"},
		{"merge", "title: {zh: 测试, en: Test}", "title: {<<: {zh: 测试}, en: Test}", "merge keys are not allowed"},
		{"two documents", "format: 1\n", "format: 1\n---\n", "more than one document"},
		{"format", "format: 1", "format: 2", `the format is "2"`},
		{"no format", "format: 1\n", "", `the format is ""`},
		{"programme", "programme: plain", "programme: Plain", `programme "Plain" is not a code`},
		{"no programme", "programme: plain\n", "", "programme is missing"},
		{"null programme", "programme: plain", "programme: ~", "programme is missing"},
		{"region", `region: "320000"`, `region: "32"`, `region "32" is no area code`},
		{"padded region", `region: "320000"`, `region: "320411000"`, "is no area code"},
		{"no region", `region: "320000"` + "\n", "", "region is missing"},
		{"no Chinese", "title: {zh: 测试, en: Test}", "title: {en: Test}", "title in Chinese (zh) is missing"},
		{"no English", "title: {zh: 测试, en: Test}", "title: {zh: 测试}", "title in English (en) is missing"},
		{"bad day", "from: 2010-01-01", "from: 2010-02-30", `effective.from "2010-02-30" is not a day`},
		{"days in disorder", "from: 2010-01-01", "from: 2010-01-01, to: 2009-12-31", "ends before it begins"},
		{"closes without grounds", "holder: person", "closes: {after: 2020-01-01}\nholder: person", "closes names no document"},
		{"bad closing day", "holder: person", "closes: {after: soon, document: doc}\nholder: person", `closes.after "soon" is not a day`},
		{"holder", "holder: person", "holder: village", `holder is "village"`},
		{"slot", "slot: holder", "slot: wife", `slot is "wife"`},
		{"unit", "unit: month", "unit: week", `unit is "week"`},
		{"no unit", "unit: month\n", "", "unit is missing"},
		{"unit longer than the payout", "unit: month", "unit: year", "cannot pay units of a year"},
		{"unit once, payout not", "unit: month", "unit: once", "cannot pay units of a once"},
		{"payout month", "payout-month: 7", "payout-month: 25", `schedule.payout-month is "25"`},
		{"payout month zero", "payout-month: 7", "payout-month: 0", `schedule.payout-month is "0"`},
		{"payout day", "payout-day: 10", "payout-day: 32", `schedule.payout-day is "32"`},
		{"payout day in letters", "payout-day: 10", "payout-day: ten", `schedule.payout-day is "ten"`},
		{"payout day with zero", "payout-day: 10", "payout-day: 010", `schedule.payout-day is "010"`},
		{"document key", "  page: {source", "  Page: {source", `document key "Page" is not a code`},
		{"empty document", "  page: {source: example.org/page}", "  page: {title: x}", `document "page" has neither number nor source`},
		{"unknown document", "office-delay: arrears, document: doc", "office-delay: arrears, document: dok", `start names the document "dok", which is not declared`},
		{"no document", "arrears: {limit: none, document: doc}", "arrears: {limit: none}", "arrears names no document"},
		{"assumed without note", "arrears: {limit: none, document: doc}", "arrears: {limit: none, status: assumed}", "arrears is assumed without a note"},
		{"assumed with document", "arrears: {limit: none, document: doc}", "arrears: {limit: none, status: assumed, note: x, document: doc}", "is assumed and yet names a document"},
		{"status", "arrears: {limit: none, document: doc}", "arrears: {limit: none, status: guessed, document: doc}", `arrears status is "guessed"`},
		{"attribute name", "  child: [boy, girl]", "  Child: [boy, girl]", `attribute "Child" is not a code`},
		{"attribute without values", "  child: [boy, girl]", "  child: [boy, girl]\n  x: []", `attribute "x" is not a code or has no values`},
		{"attribute twice", "  child: [boy, girl]", "  child: [boy, girl, boy]", "has the value boy twice"},
		{"attribute value", "  child: [boy, girl]", "  child: [boy, girl, B]", `a value of attribute child "B" is not a code`},
		{"no criteria", criteria, "criteria: []\n", "criteria is missing"},
		{"criterion id twice", "classes:", "  - {id: age, zh: a, en: b, when: age > 1, document: doc}\nclasses:", "the criterion id age is used twice"},
		{"criterion id taken", "{id: age, zh", "{id: class, zh", "the criterion id class is used twice"},
		{"criterion id taken too", "{id: age, zh", "{id: exclusive, zh", "the criterion id exclusive is used twice"},
		{"criterion reason", "reason: too-young", "reason: Too young", `criterion age reason "Too young" is not a code`},
		{"criterion without expression", "when: age >= 60, ", "", "criterion age has no expression"},
		{"attested and expression", "when: age >= 60, ", "when: age >= 60, attested: true, ", "is attested and yet has an expression"},
		{"attested", "when: age >= 60, ", "when: age >= 60, attested: maybe, ", `criterion age attested is "maybe"`},
		{"criterion without grounds", "document: doc, clause: 第一条", "clause: 第一条", "criterion age names no document"},
		{"no classes", classes, "classes: []\n", "classes is missing"},
		{"class not declared", "{key: {child: girl}, zh", "{key: {child: twins}, zh", "child=twins is not a declared attribute and value"},
		{"class without attribute", "{key: {child: girl}, zh", "{key: {}, zh", "leaves attributes out"},
		{"class never reached", ", when: living_girls >= 1}", "}", "the classes after it are never reached"},
		{"no rates", rates, "rates: []\n", "rates is missing"},
		{"rate month", `from: "2022-07"`, `from: "2022"`, `rate from "2022" is not a month`},
		{"rate month again", `from: "2022-07"`, `from: "2022-13"`, `rate from "2022-13" is not a month`},
		{"no rate month", `{key: {}, from: "2022-07", `, `{key: {}, `, "rate from is missing"},
		{"rate per", `from: "2022-07", per: month`, `from: "2022-07", per: day`, `rate per is "day"`},
		{"rate once", `from: "2022-07", per: month`, `from: "2022-07", per: once`, "is per once, but units are per month"},
		{"rate key", `- {key: {child: girl}, from`, `- {key: {child: twins}, from`, "child=twins is not a declared attribute and value"},
		{"two rows for a class", `from: "2022-07", per`, `from: "2010-01", per`, "rates all/2010-01 and all/2010-01 are both for the same class"},
		{"no components", `components: [{amount: "110.00", payer: government, fund: base, document: page}]`, "components: []", "has no components"},
		{"float money", `amount: "100.00"`, `amount: 100.00`, "amount of rate all/2010-01 100.00 is not between quotes"},
		{"integer money", `amount: "100.00"`, `amount: 100`, "is not between quotes"},
		{"money without fen", `amount: "100.00"`, `amount: "100"`, "is not an amount"},
		{"money in words", `amount: "100.00"`, `amount: "hundred"`, "is not an amount"},
		{"little money", `amount: "100.00"`, `amount: "0.99"`, "0.99 is less than 1.00 yuan"},
		{"negative money", `amount: "100.00"`, `amount: "-100.00"`, "is less than 1.00 yuan"},
		{"no money", `{amount: "100.00", `, `{`, "amount of rate all/2010-01 is missing"},
		{"payer", `amount: "100.00", payer: government`, `amount: "100.00", payer: bank`, `payer of rate all/2010-01 is "bank"`},
		{"rate without grounds", `amount: "100.00", payer: government, fund: base, document: doc`, `amount: "100.00", payer: government, fund: base`, "rate all/2010-01 names no document"},
		{"fund without shares", `amount: "100.00", payer: government, fund: base`, `amount: "100.00", payer: government, fund: bose`, "fund bose of rate all/2010-01 has no shares"},
		{"fund twice", `{fund: base, from: "2019-01"`, `{fund: base, from: "2010-01"`, "fund base has two rows from 2010-01"},
		{"fund level", "level: province", "level: moon", `funding level is "moon"`},
		{"fund weight", "weight: 6", "weight: 0", `weight of central is "0"`},
		{"fund shares", "shares: [{level: central, weight: 1}, {level: county, weight: 1}]", "shares: []", "fund base has no shares"},
		{"fund grounds", "weight: 1}], document: doc}\nstart", "weight: 1}]}\nstart", "fund base names no document"},
		{"class without a rate", `from: "2010-01", per: month, components: [{amount: "100.00"`, `from: "2010-02", per: month, components: [{amount: "100.00"`, "class child=boy has no rate from the programme's first month"},
		{"start policy", "start: {policy: month-of", "start: {policy: void", `start policy is "void"`},
		{"start event", "start: {policy: month-of, event: paid", "start: {policy: month-of, event: maybe", `start event is "maybe"`},
		{"office delay", "office-delay: arrears", "office-delay: shrug", `start office-delay is "shrug"`},
		{"grace without its policy", "office-delay: arrears", "office-delay: arrears, grace-months: 3", "grace-months has no meaning"},
		{"policy without grace", "start: {policy: month-of", "start: {policy: month-after-approval", "start grace-months is missing"},
		{"arrears limit", "arrears: {limit: none", "arrears: {limit: ever", `arrears limit is "ever"`},
		{"arrears months without", "arrears: {limit: none", "arrears: {limit: months", "arrears months is missing"},
		{"arrears months without meaning", "arrears: {limit: none", "arrears: {limit: none, months: 3", "months has no meaning"},
		{"arrears months beyond", "arrears: {limit: none", "arrears: {limit: months, months: 601", `arrears months is "601"`},
		{"change policy", "class-change: {policy: month-of", "class-change: {policy: next-payout", `class-change policy is "next-payout"`},
		{"change event", "event: old", "event: paid", `class-change event is "paid"`},
		{"stop policy", "stop: {policy: month-of", "stop: {policy: cert-month", `stop policy is "cert-month"`},
		{"exit fault", "en: died, fault: none", "en: died, fault: mine", `exit dead fault is "mine"`},
		{"exit policy", "fault: recover, policy: void", "fault: recover, policy: never", `exit fraud policy is "never"`},
		{"exit event", "policy: month-of, event: unpaid}", "policy: month-of, event: old}", `exit end-age event is "old"`},
		{"exit twice", "{code: end-age", "{code: fraud", "the exit code fraud is used twice"},
		{"exit taken", "{code: end-age", "{code: programme-ended", "the exit code programme-ended is used twice"},
		{"no death", "{code: dead", "{code: ded", "the exit dead is missing or void"},
		{"void death", "en: died, fault: none", "en: died, fault: none, policy: void", "the exit dead is missing or void"},
		{"suspension effect", "effect: forfeit", "effect: delay", `suspension prison effect is "delay"`},
		{"suspension review", "review-months: 12", "review-months: 0", `suspension prison review-months is "0"`},
		{"suspension twice", "{code: account", "{code: prison", "the suspension code prison is used twice"},
		{"until who", "until: []", "until: [{who: uncle, age: 60, reason: dead, document: doc}]", `until who is "uncle"`},
		{"until age", "until: []", "until: [{who: self, age: 121, reason: dead, document: doc}]", `until age is "121"`},
		{"until reason", "until: []", "until: [{who: self, age: 60, reason: bored, document: doc}]", "until has the reason bored, which ends nothing"},
		{"until void", "until: []", "until: [{who: self, age: 60, reason: fraud, document: doc}]", "until has the reason fraud, which ends nothing"},
		{"until hand-over", "until: []", "until: [{who: self, age: 60, reason: dead, hand-over: Next, document: doc}]", `until hand-over "Next" is not a code`},
		{"until when", "until: []", "until: [{who: self, age: 60, reason: dead, when: agee > 1, document: doc}]", "the expression of until dead is refused"},
		{"until grounds", "until: []", "until: [{who: self, age: 60, reason: dead}]", "until dead names no document"},
		{"group", "group: g", "group: G", `exclusive group "G" is not a code`},
		{"relation", "rule: additive", "rule: friendly", `rule with additive-one is "friendly"`},
		{"relation twice", "{programme: held-one", "{programme: newer-one", "programme newer-one is listed twice or is this one"},
		{"relation to itself", "{programme: held-one", "{programme: plain", "programme plain is listed twice or is this one"},
		{"relation grounds", "rule: additive, document: doc", "rule: additive", "rule with additive-one names no document"},
		{"cap", "cap-percent: 50", "cap-percent: 101", `deductions.cap-percent is "101"`},
		{"negative cap", "cap-percent: 50", "cap-percent: -1", `deductions.cap-percent is "-1"`},
		{"cap grounds", "cap-percent: 50, document: doc", "cap-percent: 50", "deductions names no document"},
		{"notice level", "level: village, days", "level: moon, days", `notice level is "moon"`},
		{"notice days", "days: 7", "days: 91", `notice of the village days is "91"`},
		{"notice calendar", "calendar: working", "calendar: lunar", `notice of the village calendar is "lunar"`},
		{"notice form", "form: public", "form: loud", `notice of the village form is "loud"`},
		{"notice twice", "level: county, days", "level: village, days", "there are two notices of the village"},
		{"notice grounds", "form: public, document: doc", "form: public", "notice of the village names no document"},
		{"chain subject", "notices:", "chains: {party: [{level: town, duty: head}]}\nnotices:", `there is no subject "party" to sign`},
		{"chain without steps", "notices:", "chains: {exit: []}\nnotices:", "the chain of exit has no steps"},
		{"chain level", "notices:", "chains: {exit: [{level: moon, duty: head}]}\nnotices:", `level "moon"`},
		{"chain duty", "notices:", "chains: {exit: [{level: town, duty: cook}]}\nnotices:", `duty "cook"`},
		{"chain per", "notices:", "chains: {exit: [{level: town, duty: head, per: street}]}\nnotices:", `per "street"`},
		{"chain min", "notices:", "chains: {exit: [{level: town, duty: head, min: 10}]}\nnotices:", `min is "10"`},
		{"chain department", "notices:", "chains: {exit: [{level: town, duty: head, department: F P}]}\nnotices:", `department "F P" is not a code`},
		{"calendar day", "notices:", "calendar: {month: {facts: 32}}\nnotices:", `calendar.month.facts is "32"`},
		{"calendar of the year", "notices:", "calendar: {year: {apply: 15 January}}\nnotices:", `calendar.year.apply "15 January" is not a day of the year`},
		{"calendar month 13", "notices:", "calendar: {year: {county: 13-01}}\nnotices:", `calendar.year.county "13-01" is not a day of the year`},

		{"expression: unknown variable", "when: age >= 60", "when: height >= 60", "undeclared reference"},
		{"expression: types", "when: age >= 60", `when: age >= "60"`, "no matching overload"},
		{"expression: not a yes or no", "when: age >= 60", "when: age", "it gives int: want true or false"},
		{"expression: double", "when: age >= 60", "when: age >= 60.0", "is refused"},
		{"expression: double alone", "when: age >= 60", "when: 1.5 > 1.0", "1.5 is not allowed"},
		{"expression: arithmetic", "when: age >= 60", "when: age + 1 >= 60", "_+_ is not allowed"},
		{"expression: functions", "when: age >= 60", `when: string(age) == "60"`, "string is not allowed"},
		{"expression: now", "when: age >= 60", "when: day < now()", "undeclared reference"},
		{"expression: macros", "when: age >= 60", `when: "[1, 2].exists(x, x == age)"`, "undeclared reference"},
		{"expression: two variables", "when: age >= 60", "when: age >= spouse_age", "a comparison of two variables is not allowed"},
		{"expression: two answers", "when: age >= 60", `when: "!alive == !single"`, "a comparison of two variables is not allowed"},
		{"expression: no such code", "when: age >= 60", `when: hukou == "town"`, `"town" is no value of that variable`},
		{"expression: no such code in a list", "when: age >= 60", `when: 'hukou in ["rural", "town"]'`, `"town" is no value of that variable`},
		{"expression: date", "when: age >= 60", `when: born > date("1933-13-01")`, `date("1933-13-01")`},
		{"expression: date of a variable", "when: age >= 60", `when: born > date(sex)`, "date() takes a text"},
		{"expression: timestamp", "when: age >= 60", `when: timestamp("1933-01-01T00:00:00Z") > date("1933-01-01")`, "timestamp is not allowed"},
		{"expression: map", "when: age >= 60", `when: '{"a": true}["a"]'`, "is not allowed"},
		{"expression: map alone", "when: age >= 60", `when: 'sex in {"male": 1}'`, "maps, messages and fields are not allowed"},
		{"expression: syntax", "when: age >= 60", "when: age >=", "Syntax error"},
		{"expression: length", "when: age >= 60", `when: "age >= 60 || ` + strings.Repeat(" ", 2000) + `true"`, "is refused"},
		{"expression: of a class", "when: living_girls >= 1", "when: girls", "the expression of class child=girl is refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := vary(t, c.old, c.new)
			_, err := Parse([]byte(text))
			var wrong *SourceError
			require.ErrorAs(t, err, &wrong)
			require.Contains(t, err.Error(), c.want)
			require.ErrorIs(t, err, domain.Invalid)
			for _, p := range wrong.Problems {
				require.NotEmpty(t, p.What)
				require.NotEmpty(t, p.Next)
				require.NotContains(t, p.String(), "rulebook.source", "Go types mean nothing to an author")
			}
		})
	}
}

func TestParseRefusesWholeFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "it is empty"},
		{"too long", plain + "#" + strings.Repeat("x", MaxSource), "more than the 50000 allowed"},
		{"not UTF-8", plain + "# \xff\n", "not valid UTF-8"},
		{"not keys", "- a\n", "a list does not belong here"},
	} {
		_, err := Parse([]byte(c.text))
		require.ErrorContains(t, err, c.want, c.name)
		requireRule(t, "rulebook.source", err)
	}
	full := plain + "#" + strings.Repeat("x", MaxSource-len(plain)-1)
	require.Len(t, full, MaxSource)
	_, err := Parse([]byte(full))
	require.NoError(t, err, "the limit itself is allowed")
}

func TestParseReportsAllProblemsWithTheirLines(t *testing.T) {
	_, err := Parse([]byte(vary(t, "holder: person", "holder: nobody", `amount: "100.00"`, `amount: 100.00`, "cap-percent: 50", "cap-percent: 200")))
	var wrong *SourceError
	require.True(t, errors.As(err, &wrong))
	require.Len(t, wrong.Problems, 3)
	lines := strings.Split(vary(t), "\n")
	for i, want := range []string{"holder:", `"100.00"`, "cap-percent"} {
		require.Contains(t, lines[wrong.Problems[i].Line-1], want)
		require.Contains(t, err.Error(), fmt.Sprintf("line %d: ", wrong.Problems[i].Line))
	}
	require.Equal(t, "the file: a; b", Problem{What: "a", Next: "b"}.String())
}

func TestPoliciesMustFitTheUnit(t *testing.T) {
	for _, c := range []struct{ unit, policy, want string }{
		{"year", "half-year", "the policy half-year of start does not fit units of a year"},
		{"year", "year", ""}, {"half", "half-year", ""}, {"quarter", "month-of", ""},
	} {
		_, err := Parse([]byte(vary(t, "unit: month", "unit: "+c.unit, "covers: half", "covers: year", "start: {policy: month-of", "start: {policy: "+c.policy)))
		if c.want == "" {
			require.NoError(t, err, c)
			continue
		}
		require.ErrorContains(t, err, c.want)
	}
	rates := plain[strings.Index(plain, "rates:"):strings.Index(plain, "funding:")]
	for _, policy := range []string{"year", "half-year", "next-payout"} {
		_, err := Parse([]byte(vary(t, rates+"funding:", onceRates, "unit: month", "unit: once", "covers: half", "covers: once", "stop: {policy: month-of", "stop: {policy: "+policy)))
		require.ErrorContains(t, err, "does not fit units of a once", policy)
	}
}

func TestOnceHasOneRateForAClass(t *testing.T) {
	rates := plain[strings.Index(plain, "rates:"):strings.Index(plain, "funding:")]
	once := []string{rates + "funding:", onceRates, "unit: month", "unit: once", "covers: half", "covers: once"}
	_, err := Parse([]byte(vary(t, append(once, "{key: {child: girl}, from: \"2010-01\"", "{key: {child: boy}, from: \"2015-01\"")...)))
	require.ErrorContains(t, err, "are both for the same class")
	_, err = Parse([]byte(vary(t, append(once, "  child: [boy, girl]", "  child: [boy, girl, other]", "{key: {child: girl}, zh", "{key: {child: other}, zh")...)))
	require.ErrorContains(t, err, "class child=other has no rate")
}

func TestCalendar(t *testing.T) {
	r := book(t, "notices:", `calendar:
  month: {facts: 1, prepare: 2, town: 3, county: 4, finance: 5, file: 6, return-days: 7, reissue: 8, close: 9}
  year: {apply: "02-01", village: "03-02", town: "04-03", county: "12-31"}
notices:`)
	require.Equal(t, Calendar{MonthCalendar{1, 2, 3, 4, 5, 6, 7, 8, 9}, YearCalendar{DayOfYear{2, 1}, DayOfYear{3, 2}, DayOfYear{4, 3}, DayOfYear{12, 31}}}, r.Calendar())
	require.Equal(t, Calendar{MonthCalendar{5, 6, 7, 10, 12, 15, 3, 25, 31}, YearCalendar{DayOfYear{1, 15}, DayOfYear{2, 15}, DayOfYear{3, 15}, DayOfYear{3, 31}}}, book(t).Calendar())
}

// FuzzParse looks for texts that make Parse panic, or that parse differently the second time.
func FuzzParse(f *testing.F) {
	f.Add(plain)
	for _, id := range ShippedIDs() {
		source, err := ShippedSource(id)
		require.NoError(f, err)
		f.Add(string(source))
	}
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse([]byte(text))
		again, errAgain := Parse([]byte(text))
		require.Equal(t, err == nil, errAgain == nil)
		if err != nil {
			require.Equal(t, err.Error(), errAgain.Error())
			return
		}
		require.Equal(t, r.Hash(), again.Hash())
	})
}
