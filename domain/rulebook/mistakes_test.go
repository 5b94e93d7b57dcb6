package rulebook

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOneMistakeIsSaidOnce: a mistake is reported in one sentence, at its line, and makes nothing else look wrong.
func TestOneMistakeIsSaidOnce(t *testing.T) {
	for _, c := range []struct{ name, old, new, at, want string }{
		{"unknown key", "holder: person", "holder: person\nholdr: person", "holdr:", `unknown key "holdr"`},
		{"a list for keys", "title: {zh: 测试, en: Test}", "title: [a]", "title:", "a list does not belong here"},
		{"not YAML", "holder: person", "holder: [person", "", "did not find expected"},
		{"anchors inside an anchor", "region: \"320000\"", "region: &x [&y a]", "region:", "anchors and aliases are not allowed"},
		{"an anchor and an unknown key", "holder: person", "holdr: &x person", "holdr:", "anchors and aliases are not allowed"},
		{"an anchor in the first of two", "format: 1\n", "format: &x 1\n---\n", "", "it holds more than one document"},
		{"no programme", "programme: plain\n", "", "", "programme is missing"},
		{"empty programme", "programme: plain", `programme: ""`, "programme:", "programme is missing"},
		{"no first day", "effective: {from: 2010-01-01, document: doc}", "effective: {document: doc}", "", "effective.from is missing"},
		{"no grounds for the effect", "effective: {from: 2010-01-01, document: doc}", "effective: {from: 2010-01-01}", "effective:", "effective names no document"},
		{"no grounds for the schedule", "payout-day: 10, document: doc", "payout-day: 10", "schedule:", "schedule names no document"},
		{"no grounds for the class change", "event: old, document: doc", "event: old", "class-change:", "class-change names no document"},
		{"no grounds for the stop", "stop: {policy: month-of, event: paid, document: doc}", "stop: {policy: month-of, event: paid}", "stop:", "stop names no document"},
		{"a start policy", "start: {policy: month-of", "start: {policy: void", "start:", `start policy is "void"`},
		{"money not quoted", `amount: "100.00"`, "amount: 100", "amount: 100,", "amount of rate all/2010-01 100 is not between quotes"},
		{"money in words", `amount: "100.00"`, `amount: "hundred"`, `"hundred"`, `amount of rate all/2010-01 "hundred" is not an amount`},
		{"a criterion without expression", "when: age >= 60, ", "", "{id: age", "criterion age has no expression"},
		{"a criterion with an empty expression", "when: age >= 60, ", `when: "", `, "{id: age", "criterion age has no expression"},
		{"a class without its attribute", "{key: {child: girl}, zh", "{key: {}, zh", "zh: 女", "leaves attributes out"},
		{"a subject nobody signs", "notices:", "chains:\n  party: [{level: town, duty: head}]\nnotices:", "party:", `there is no subject "party" to sign`},
		{"too many signatures of a step", "notices:", "chains:\n  exit: [{level: town, duty: head, min: 10}]\nnotices:", "exit:", `min is "10"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := vary(t, c.old, c.new)
			_, err := Parse([]byte(text))
			var wrong *SourceError
			require.ErrorAs(t, err, &wrong)
			require.Len(t, wrong.Problems, 1, "%v", err)
			require.Contains(t, wrong.Problems[0].What, c.want)
			if c.at != "" {
				require.Contains(t, strings.Split(text, "\n")[max(wrong.Problems[0].Line, 1)-1], c.at)
			}
		})
	}
}

// TestWholeFileIsRefusedOnce: what is wrong with the whole file is said before anybody looks inside.
func TestWholeFileIsRefusedOnce(t *testing.T) {
	for name, text := range map[string]string{
		"too long": "a: &x 1\n#" + strings.Repeat("x", MaxSource), "not UTF-8": "a: [\n# \xff\n", "empty": "# nothing\n",
	} {
		_, err := Parse([]byte(text))
		var wrong *SourceError
		require.ErrorAs(t, err, &wrong, name)
		require.Len(t, wrong.Problems, 1, name)
	}
	_, err := Parse([]byte(vary(t, "title: {zh: 测试, en: Test}", "title: {zh: &x 测试, en: *x}")))
	var wrong *SourceError
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong.Problems, 2, "the anchor and the alias")
}

// TestProblemsComeInOrder: by line, though documents are looked at before the head; and without a line by name.
func TestProblemsComeInOrder(t *testing.T) {
	_, err := Parse([]byte(vary(t, "programme: plain", "programme: Plain", "  page: {source: example.org/page}", "  page: {title: x}")))
	require.Regexp(t, `(?s)^the rulebook has 2 problem\(s\) \(rulebook\.source\)\n.*is not a code.*neither number nor source`, err.Error())
	var wrong *SourceError
	require.ErrorAs(t, err, &wrong)
	require.Less(t, wrong.Problems[0].Line, wrong.Problems[1].Line)

	var lines, want []string
	for i := range 9 {
		lines = append(lines, fmt.Sprintf("  B%d: [x]", 9-i))
		want = append(want, fmt.Sprintf(`attribute "B%d" is not a code or has no values`, i+1))
	}
	_, err = Parse([]byte(vary(t, "  child: [boy, girl]", "  child: [boy, girl]\n"+strings.Join(lines, "\n"))))
	require.ErrorAs(t, err, &wrong)
	var got []string
	for _, p := range wrong.Problems {
		if p.Line == 0 {
			got = append(got, p.What)
		}
	}
	require.Equal(t, want, got)
}

// TestParseAccepts lists what lies just inside the rules.
func TestParseAccepts(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"a write-off signed by two, one after the other", "notices:", "chains: {write-off: [{level: town, duty: handler}, {level: county, duty: head}]}\nnotices:"},
		{"a write-off signed by two together", "notices:", "chains: {write-off: [{level: county, duty: handler, min: 2}]}\nnotices:"},
		{"an exit signed by one", "notices:", "chains: {exit: [{level: county, duty: handler}]}\nnotices:"},
		{"a choice between codes after a question of another code", "when: age >= 60", `when: '(hukou == "rural" ? sex : sex) == "male"'`},
		{"the whole country", `region: "320000"`, `region: "000000"`},
	} {
		t.Run(c.name, func(t *testing.T) { book(t, c.old, c.new) })
	}
	r := onceBook(t, `{key: {child: girl}, from: "2010-01"`, `{key: {child: girl}, from: "2015-01"`)
	rate, err := r.RateFor(Key{"child": "girl"}, per("once"))
	require.NoError(t, err)
	require.Equal(t, "girl/2015-01", rate.Row, "the rate of a one-off may be younger than the programme")
	require.Len(t, book(t, "{key: {child: boy}, zh", "{key: {child: girl}, zh: 女, en: girl, when: living_girls >= 3}\n  - {key: {child: boy}, zh").Keys(), 2, "each class once")
}
