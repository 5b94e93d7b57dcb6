package bankfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/payrun"
)

func TestParseAmount(t *testing.T) {
	for _, c := range []struct {
		text   string
		fen    bool
		number bool
		day    bool
		want   string
		rule   string
	}{
		{text: "80", want: "80.00"},
		{text: "80.5", want: "80.50"},
		{text: "-80.00", want: "-80.00"},
		{text: "1,234,567.89", want: "1234567.89"},
		{text: "-1,234.5", want: "-1234.50"},
		{text: "12,34", rule: "bankfile.amount"},
		{text: "1234,567", rule: "bankfile.amount"},
		{text: ",123", rule: "bankfile.amount"},
		{text: "1.234,567", rule: "bankfile.amount"},
		{text: "80.005", rule: "bankfile.amount-decimals"},
		{text: "80.000", rule: "bankfile.amount-decimals"},
		{text: "8E+1", rule: "bankfile.amount"},
		{text: "¥80", rule: "bankfile.amount"},
		{text: "8000", fen: true, want: "80.00"},
		{text: "-1", fen: true, want: "-0.01"},
		{text: "1,000", fen: true, want: "10.00"},
		{text: "80.00", fen: true, rule: "bankfile.amount"},
		{text: "8O", fen: true, rule: "bankfile.amount"},
		{text: "9999999999999", fen: true, want: "99999999999.99"},
		{text: "99999999999999", fen: true, rule: "bankfile.amount"},
		{text: "36690.000000000004", number: true, want: "36690.00"},
		{text: "4.0999999999999996", number: true, want: "4.10"},
		{text: "8E+1", number: true, want: "80.00"},
		{text: "1.2345E2", number: true, want: "123.45"},
		{text: "1.23456E2", number: true, rule: "bankfile.amount-decimals"},
		{text: "80.005", number: true, rule: "bankfile.amount-decimals"},
		{text: "1E+400000000", number: true, rule: "bankfile.amount"},
		{text: "NaN", number: true, rule: "bankfile.amount"},
		{text: "2021-12-15", number: true, day: true, rule: "bankfile.amount"},
	} {
		m, rule := parseAmount(column{fen: c.fen}, value{Number: c.number, Day: c.day}, c.text)
		require.Equal(t, c.rule, rule, "%+v", c)
		if c.rule == "" {
			require.Equal(t, c.want, m.String(), "%+v", c)
		}
	}
}

func TestFindPayRef(t *testing.T) {
	a, b := payrun.PayRef("run-a", 1), payrun.PayRef("run-b", 2)
	for text, want := range map[string]string{
		a: a, strings.ToLower(a): a, "补贴" + a + "x": a, "PP" + a: a, a + " " + a: a, a + b: "", a[:15]: "", "": "", "P": "", a[1:] + "P": "",
	} {
		have, ok := findPayRef(text)
		require.Equal(t, want, have, text)
		require.Equal(t, want != "", ok)
	}
}

func TestParseDays(t *testing.T) {
	for text, want := range map[string]string{"2021-12-15": "2021-12-15", "20211215": "2021-12-15", "2021/12/15": "2021-12-15", "2021-12-15 10:11:12": "2021-12-15",
		"2021-12-15T10:11:12": "2021-12-15", " 20211215 ": "2021-12-15"} {
		d, ok := parseDay(text)
		require.True(t, ok, text)
		require.Equal(t, want, d.String())
	}
	for _, text := range []string{"", "15/12/2021", "2021-13-01", "2021-02-29", "1215", "0001-01-01", "211215"} {
		_, ok := parseDay(text)
		require.False(t, ok, text)
	}
}

func TestSplitText(t *testing.T) {
	plain, quoted := &Format{separator: "|!"}, &Format{separator: ",", quotes: true, guard: true}
	for _, c := range []struct {
		f     *Format
		text  string
		want  int
		cells string // joined by /
		fault splitFault
	}{
		{plain, "a|!b|!c", 3, "a/b/c", splitFine},
		{plain, "a|!b|!c|!", 3, "a/b/c", splitFine},
		{plain, "a|!b|!", 3, "a/b/", splitFine},
		{plain, "a|!b", 3, "a/b", tooFewColumns},
		{plain, "a|!b|!c|!d", 3, "a/b/c/d", tooManyColumns},
		{plain, "a|!b|!c|!|!", 3, "a/b/c//", tooManyColumns},
		{plain, `"a|!b"`, 2, `"a/b"`, splitFine},
		{plain, `="1"|!'2`, 2, "1/'2", splitFine},
		{quoted, `"a,b",c`, 2, "a,b/c", splitFine},
		{quoted, `"a""b",c`, 2, `a"b/c`, splitFine},
		{quoted, `"",c`, 2, "/c", splitFine},
		{quoted, `a"b,c`, 2, `a"b/c`, splitFine},
		{quoted, `"a,c`, 2, "", brokenQuotes},
		{quoted, `"a"b,c`, 2, "", brokenQuotes},
		{quoted, `'=1,"'-2"`, 2, "=1/-2", splitFine},
		{quoted, `a,"b"`, 2, "a/b", splitFine},
		{quoted, `a,"b",`, 2, "a/b", splitFine},
	} {
		cells, fault := c.f.splitText(nil, c.text, c.want)
		require.Equal(t, c.fault, fault, c.text)
		var texts []string
		for _, v := range cells {
			texts = append(texts, v.Text)
		}
		require.Equal(t, c.cells, strings.Join(texts, "/"), c.text)
	}
	_, fault := plain.splitText(nil, strings.Repeat("|!", 1000), 3)
	require.Equal(t, tooManyColumns, fault)
}

// TestSplitFixed: widths count bytes, never characters.
func TestSplitFixed(t *testing.T) {
	columns := []column{{width: 4}, {width: 5, right: true, zero: true}, {width: 3}}
	for _, c := range []struct {
		bytes, cells string
		ended        bool
		fault        splitFault
	}{
		{"\xD5\xC5\xC4\xB300120abc", "张某/120/abc", true, splitFine},
		{"\xD5\xC5  00000   ", "张/0/", true, splitFine},
		{"\xD5\xC5  -0080", "张/-80/", true, splitFine},
		{"\xD5\xC5  -0080", "张/-80/", false, tooFewColumns},
		{"\xD5\xC5  00.50a", "张/0.50/a", true, splitFine},
		{"\xD5\xC5       a", "张//a", true, splitFine},
		{"\xD5\xC5  008", "张/8/", true, tooFewColumns},
		{"\xD5\xC5  00080abc   ", "张/80/abc", true, splitFine},
		{"\xD5\xC5  00080abcd", "", true, tooManyColumns},
		{"abc\xD5\xC50080abc", "abc\uFFFD/\uFFFD\u0080", true, splitFine},
	} {
		cells, fault := splitFixed(nil, newDecoder(GBK), rawRecord{bytes: []byte(c.bytes), ended: c.ended}, columns)
		require.Equal(t, c.fault, fault, "%q", c.bytes)
		var texts []string
		for _, v := range cells {
			texts = append(texts, v.Text)
		}
		if strings.Contains(c.cells, "\uFFFD") {
			require.Contains(t, strings.Join(texts, "/"), "\uFFFD", "half a character is none")
			continue
		}
		require.Equal(t, c.cells, strings.Join(texts, "/"), "%q", c.bytes)
	}
}
