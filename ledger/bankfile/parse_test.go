package bankfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// TestParseRefuses changes one thing in a shipped descriptor and requires the problem with its line.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, base, old, new, want string }{
		{"unknown key", "icbc-txt", "kind: delimited", "kinds: delimited", `unknown key "kinds"`},
		{"unknown key in a column", "icbc-txt", "max: 7}", "maximum: 7}", `unknown key "maximum"`},
		{"version", "icbc-txt", "format: 1", "format: 2", `format has no value "2"`},
		{"no version", "icbc-txt", "format: 1\n", "", "format is missing"},
		{"id", "icbc-txt", "id: icbc-txt", "id: ICBC", `the id "ICBC" has other characters`},
		{"no title", "icbc-txt", "zh: 工行式代发文本（无表头）, ", "", "title.zh is missing"},
		{"basis", "icbc-txt", "status: assumed", "status: sure", `basis.status has no value "sure"`},
		{"kind", "icbc-txt", "kind: delimited", "kind: pdf", `kind has no value "pdf"`},
		{"ISO 20022", "icbc-txt", "kind: delimited", "kind: pain.001", "ISO 20022 messages such as pain.001 are not supported yet"},
		{"direction", "icbc-txt", "direction: out", "direction: in", `direction has no value "in"`},
		{"answers of a file out", "icbc-txt", "direction: out", "direction: out\nanswers: x", "answers has no meaning here"},
		{"no answers", "icbc-txt-return", "answers: icbc-txt\n", "", "answers is missing"},
		{"encoding", "icbc-txt", "encoding: gb18030", "encoding: big5", `encoding has no value "big5"`},
		{"line ending", "icbc-txt", "line-ending: crlf", "line-ending: cr", `line-ending has no value "cr"`},
		{"no separator", "icbc-txt", "separator: \",\"\n", "", "separator is missing"},
		{"separator with a quote", "icbc-txt", `separator: ","`, `separator: '"'`, "holds a quote or a line break"},
		{"long separator", "icbc-txt", `separator: ","`, `separator: "|||||"`, "or is too long"},
		{"separator of a workbook", "card-list-xlsx", "sheet: 清册", "separator: ','", "separator has no meaning here"},
		{"encoding of a workbook", "card-list-xlsx", "sheet: 清册", "encoding: gbk", "encoding has no meaning here"},
		{"line ending of a workbook", "card-list-xlsx", "sheet: 清册", "line-ending: lf", "line-ending has no meaning here"},
		{"sheet of a text", "icbc-txt", "kind: delimited", "kind: delimited\nsheet: a", "sheet has no meaning here"},
		{"quotes of fixed width", "fixed-gbk", "kind: fixed", "kind: fixed\nquotes: true", "quotes has no meaning here"},
		{"guard of fixed width", "fixed-gbk", "kind: fixed", "kind: fixed\nspreadsheet-guard: true", "spreadsheet-guard has no meaning here"},
		{"sheet name", "card-list-xlsx", "sheet: 清册", "sheet: a/b", "is no name of a sheet"},
		{"boolean", "plain-csv", "quotes: true", "quotes: yes", `quotes has no value "yes"`},
		{"titles of fixed width", "fixed-gbk", "kind: fixed", "kind: fixed\ntitles: true", "has no titles row"},
		{"no name", "icbc-txt", "name: \"DF{date}_{batch}.txt\"\n", "", "name is missing"},
		{"place in the name", "icbc-txt", "{date}", "{day}", "the name has no place {day}"},
		{"open brace in the name", "icbc-txt", "{date}", "{date", "the name has no place {"},
		{"slash in the name", "icbc-txt", "DF{", "DF/{", "characters that file names cannot have"},
		{"no batch in the name", "icbc-txt", "_{batch}", "", "two files of one day would have one name"},
		{"field", "icbc-txt", "field: line", "field: row", `there is no field "row" here`},
		{"no field", "icbc-txt", "field: line, ", "", "columns[].field is missing"},
		{"field of a return file", "icbc-txt", "{field: line, title: 序号, required: true, max: 7}", "{field: result}", `there is no field "result" here`},
		{"field of a record", "icbc-txt", "{field: line, title: 序号, required: true, max: 7}", "{field: total, unit: fen}", `there is no field "total" here`},
		{"field twice", "icbc-txt", "field: line", "field: account", "the field account stands twice"},
		{"no title of a column", "plain-csv", "title: 序号, ", "", "the column has no title"},
		{"title twice", "plain-csv", "title: 序号", "title: 备 注", `the title "备注" stands twice`},
		{"unit", "icbc-txt", "unit: yuan", "unit: jiao", `unit has no value "jiao"`},
		{"no unit", "icbc-txt", "unit: yuan, ", "", "does not say in which unit"},
		{"unit of an account", "icbc-txt", "{field: account,", "{field: account, unit: fen,", "unit has no meaning for a column account"},
		{"day of an account", "icbc-txt", "{field: account,", "{field: account, day: yyyymmdd,", "day has no meaning for a column account"},
		{"day", "icbc-txt-return", "day: yyyymmdd", "day: ddmmyyyy", `day has no value "ddmmyyyy"`},
		{"cell of a text", "icbc-txt", "{field: account,", "{field: account, cell: text,", "cell has no meaning for a column account"},
		{"cell of an account", "card-list-xlsx", "{field: account,", "{field: account, cell: number,", "cell has no meaning for a column account"},
		{"max", "icbc-txt", "max: 7}", "max: 0}", `max is "0"`},
		{"great max", "icbc-txt", "max: 7}", "max: 501}", `max is "501"`},
		{"width of a delimited file", "icbc-txt", "max: 7}", "width: 7}", "width has no meaning"},
		{"no width", "fixed-gbk", "{field: holder, width: 40, ", "{field: holder, ", "has no width"},
		{"pad", "fixed-gbk", "{field: holder, width: 40,", "{field: holder, width: 40, pad: star,", `pad has no value "star"`},
		{"zeros on the right", "fixed-gbk", "{field: amount, width: 13, align: right,", "{field: amount, width: 13,", "zeros fill only amounts and counts"},
		{"zeros before an account", "fixed-gbk", "{field: account, width: 32,", "{field: account, width: 32, align: right, pad: zero,", "zeros fill only amounts and counts"},
		{"long constant", "fixed-gbk", "{field: constant, value: D, width: 1}", "{field: constant, value: DD, width: 1}", "longer than the column"},
		{"constant without value", "fixed-gbk", "{field: constant, value: D, width: 1}", "{field: constant, width: 1}", "value and the field constant go together"},
		{"value without constant", "icbc-txt", "max: 7}", "max: 7, value: 1}", "value and the field constant go together"},
		{"blank around a constant", "pipe-gb18030", "value: TOTAL", "value: ' TOTAL'", "blanks around it"},
		{"empty record", "pipe-gb18030", "trailer:\n", "header:\n  - columns: []\ntrailer:\n", "a record of header has no columns"},
		{"record like a line", "pipe-gb18030-return", "- {field: constant, value: TOTAL}", "- {field: blank}\n      - {field: ignored}", "cannot be told from a line"},
		{"record of a workbook without a mark", "card-list-xlsx-return", "{field: constant, value: 合计}", "{field: blank}", "cannot be told from a line"},
		{"fixed record like a line", "fixed-gbk", "header:\n", "header:\n  - columns: [{field: batch, width: 113}]\n", "has the width of a line"},
		{"no holder", "icbc-txt", "field: holder", "field: bank", "no column has the field holder"},
		{"no reference", "icbc-txt", "field: pay-ref", "field: remark", "no column has the field pay-ref"},
		{"no account", "icbc-txt", "field: account", "field: remark", "no column has the field account"},
		{"no amount", "icbc-txt", "field: amount, title: 金额, unit: yuan", "field: remark", "no column has the field amount"},
		{"result twice", "icbc-txt-return", "{code: 退票, result: returned}", "{code: 失败, result: returned}", `the result code "失败" stands twice`},
		{"result", "icbc-txt-return", "{code: 退票, result: returned}", "{code: 退票, result: maybe}", `results[].result has no value "maybe"`},
		{"reason of a payment", "icbc-txt-return", "{code: 成功, result: ok}", "{code: 成功, result: ok, reason: other}", "only a returned line has a reason"},
		{"reason", "icbc-txt-return", "reason: name-mismatch", "reason: name", `reasons[].reason has no value "name"`},
		{"reason in two ways", "icbc-txt-return", "{contains: 户名不符,", "{contains: 户名不符, code: a,", "in no way or in two"},
		{"reason in no way", "icbc-txt-return", "{contains: 户名不符,", "{", "in no way or in two"},
		{"side", "pipe-gb18030-return", "side: credit", "side: left", `sides[].side has no value "left"`},
		{"side twice", "pipe-gb18030-return", "{code: D, side: credit}", "{code: J, side: credit}", `the side code "J" stands twice`},
		{"no results", "icbc-txt-return", "{field: result,", "{field: remark,", "a column result and the table results go together"},
		{"no reasons", "icbc-txt-return", "{field: reason,", "{field: remark,", "a column reason and the table reasons go together"},
		{"no sides", "pipe-gb18030-return", "{field: side,", "{field: remark,", "a column side and the table sides go together"},
		{"result said twice", "icbc-txt-return", "kind: delimited", "kind: delimited\nresult-if-absent: ok", "line by line or once for all"},
		{"result of a file out", "icbc-txt", "kind: delimited", "kind: delimited\nresult-if-absent: ok", "result-if-absent has no meaning here"},
		{"list for a value", "icbc-txt", "kind: delimited", "kind: [delimited]", "want a single value here"},
		{"value for a list", "icbc-txt", "kind: delimited", "kind: delimited\ntrailer: none", "of this shape does not belong here"},
		{"anchor", "icbc-txt", "kind: delimited", "kind: &a delimited", "anchors and aliases are not allowed"},
		{"tag", "icbc-txt", "kind: delimited", "kind: !!str delimited", "the tag !!str is not allowed"},
		{"two documents", "icbc-txt", "kind: delimited", "---\nkind: delimited", "more than one document"},
		{"no YAML", "icbc-txt", "kind: delimited", "kind: {", "line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, err := ShippedSource(c.base)
			require.NoError(t, err)
			require.Contains(t, string(source), c.old)
			_, err = Parse([]byte(strings.Replace(string(source), c.old, c.new, 1)))
			var se *SourceError
			require.ErrorAs(t, err, &se)
			require.ErrorIs(t, err, domain.Invalid)
			require.ErrorContains(t, err, c.want)
			for _, p := range se.Problems {
				require.NotEmpty(t, p.Next)
			}
		})
	}
}

func TestParseRefusesWholeTexts(t *testing.T) {
	icbc, err := ShippedSource("icbc-txt")
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(icbc), "columns:")
	for want, text := range map[string]string{
		"columns are missing": head,
		"it is empty":         "",
		"not valid UTF-8":     "id: \xFF",
		"more than the 50000": strings.Repeat("#", MaxDescriptor+1),
	} {
		_, err := Parse([]byte(text))
		require.ErrorContains(t, err, want)
	}
}

// TestParseNamesLinesAndAll: two mistakes are both named, each with its line.
func TestParseNamesLinesAndAll(t *testing.T) {
	source, err := ShippedSource("icbc-txt")
	require.NoError(t, err)
	text := strings.Replace(strings.Replace(string(source), "line-ending: crlf", "line-ending: cr", 1), "unit: yuan", "unit: jiao", 1)
	_, err = Parse([]byte(text))
	var se *SourceError
	require.True(t, errors.As(err, &se))
	require.Len(t, se.Problems, 2)
	for i, want := range []string{"line-ending: cr", "unit: jiao"} {
		at := strings.Count(text[:strings.Index(text, want)], "\n") + 1
		require.Equal(t, at, se.Problems[i].Line)
		require.Contains(t, se.Error(), fmt.Sprintf("line %d: ", at))
	}
}

// TestParseManyColumns: a layout has at most 64.
func TestParseManyColumns(t *testing.T) {
	source, err := ShippedSource("icbc-txt")
	require.NoError(t, err)
	_, err = Parse([]byte(string(source) + strings.Repeat("  - {field: blank}\n", 60)))
	require.ErrorContains(t, err, "more than 64 columns")
	_, err = Parse([]byte(string(source) + strings.Repeat("  - {field: blank}\n", 59)))
	require.NoError(t, err)
}

// TestParseIsDeepCopied: the caller may reuse its bytes.
func TestParseIsDeepCopied(t *testing.T) {
	source, err := ShippedSource("icbc-txt")
	require.NoError(t, err)
	mine := append([]byte{}, source...)
	f, err := Parse(mine)
	require.NoError(t, err)
	clear(mine)
	require.Equal(t, source, f.Source())
	clear(f.Source())
	require.Equal(t, source, f.Source())
	require.Equal(t, sumOf(source), f.Hash())
	require.Equal(t, []Field{FieldLine, FieldAccount, FieldHolder, FieldAmount, FieldPayRef}, f.Fields())
}

func TestFileNames(t *testing.T) {
	f := shipped(t, "pipe-gb18030")
	h := headerOf(payLines(2))
	name, err := f.FileName(h)
	require.NoError(t, err)
	require.Equal(t, "BT20211215_B0001_1.txt", name)
	h.Instruction = 2
	name, err = f.FileName(h)
	require.NoError(t, err)
	require.Equal(t, "BT20211215_B0001_2.txt", name)
	batch, ok := f.BatchOfName(name)
	require.True(t, ok)
	require.Equal(t, "B0001", batch)
	for _, other := range []string{"BT20211215_B0001_1.txt.txt", "xBT20211215_B0001_1.txt", "BT2021_B0001_1.txt", "回盘.txt", ""} {
		_, ok = f.BatchOfName(other)
		require.False(t, ok, other)
	}
	h.Batch = "../B"
	_, err = f.FileName(h)
	require.ErrorContains(t, err, "bankfile.batch")
	withLines, err := Parse([]byte(strings.Replace(string(f.Source()), "{n}", "{lines}", 1)))
	require.NoError(t, err)
	h.Batch = "B-2"
	name, err = withLines.FileName(h)
	require.NoError(t, err)
	require.Equal(t, "BT20211215_B-2_2.txt", name)
}

// TestReasonLabels: every reason has Chinese words, and the list is that of the field.
func TestReasonLabels(t *testing.T) {
	require.Len(t, Reasons(), 16)
	for _, r := range Reasons() {
		require.NotEqual(t, string(r), r.Label())
	}
	require.Equal(t, "nonsense", Reason("nonsense").Label())
}
