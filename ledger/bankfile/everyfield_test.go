package bankfile

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"almoner/domain"
	"almoner/domain/payrun"
)

// everyField is a layout of a kind with every field that a file out may have, in lines and in a trailer.
func everyField(t *testing.T, kind, more string) *Format {
	t.Helper()
	var b strings.Builder
	b.WriteString("format: 1\nid: every-field\ntitle: {zh: 全部}\nbasis: {status: assumed, note: for a test}\ndirection: out\nname: \"{batch}\"\nkind: " + kind + "\n" + more)
	list := func(indent string, where place) {
		for _, s := range fieldTable() {
			if s.where&where == 0 || s.field == FieldIgnored {
				continue
			}
			extra := ""
			switch {
			case s.form == formMoney:
				extra = ", unit: yuan"
			case s.form == formDay:
				extra = ", day: yyyy/mm/dd"
			case s.field == FieldConstant:
				extra = fmt.Sprintf(", value: K%d", where)
			}
			if kind == "fixed" {
				extra += ", width: 24, align: right"
			}
			fmt.Fprintf(&b, "%s- {field: %s%s}\n", indent, s.field, extra)
		}
	}
	b.WriteString("columns:\n")
	list("  ", inOut)
	b.WriteString("trailer:\n  - columns:\n")
	list("      ", inRecord)
	f, err := Parse([]byte(b.String()))
	require.NoError(t, err)
	return f
}

func fullLine() (PayLine, Header) {
	l := payLine(1)
	l.Province, l.City, l.Phone, l.Citizen, l.Units = "安徽省", "某市", "13900000000", domain.CitizenNumber("11010519491231002X"), 3
	return l, headerOf(linesOf(l))
}

// TestEveryField writes every field once and reads the file back, in each kind.
func TestEveryField(t *testing.T) {
	l, h := fullLine()
	const lf = "encoding: utf-8\nline-ending: lf\n"
	want := []string{
		"1|" + l.PayRef + "|" + testAccount(1) + "|李某某|80.01|某某农商银行|安徽省|某市|第一批|11010519491231002X|13900000000|第一村3组|80.00|3|" +
			"B0001|2021/12/15|农村部分计划生育家庭奖励扶助|奖扶金|9990000000000001|某某镇财政所|某某农商银行营业部|K1|",
		"B0001|2021/12/15|奖扶金|9990000000000001|某某镇财政所|某某农商银行营业部|1|80.01|1|80.01|0|0.00|K4|",
	}
	var b bytes.Buffer
	f := everyField(t, "delimited", lf+"separator: \"|\"\n")
	_, err := f.Write(&b, h, linesOf(l))
	require.NoError(t, err)
	require.Equal(t, strings.Join(want, "\n")+"\n", b.String())

	for kind, more := range map[string]string{"delimited": lf + "separator: \"|\"\n", "fixed": strings.Replace(lf, "utf-8", "gb18030", 1), "xlsx": ""} {
		l, h, f := l, h, everyField(t, kind, more)
		if kind == "fixed" {
			h.Programme = "奖扶" // 24 bytes
		}
		b.Reset()
		_, err := f.Write(&b, h, linesOf(l))
		require.NoError(t, err, kind)
		rd := f.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{Name: "B0001", Batch: "B0001"})
		lines, err := collect(rd)
		require.NoError(t, err)
		require.Len(t, lines, 1, kind)
		require.Empty(t, lines[0].Problems, kind)
		require.Equal(t, []any{l.PayRef, l.Account, l.Holder, "80.01", "第一批", "B0001", "1"},
			[]any{lines[0].PayRef, lines[0].Account, lines[0].Holder, lines[0].Amount.String(), lines[0].Remark, lines[0].Batch, lines[0].Number}, kind)
		s := rd.Summary()
		require.Empty(t, s.Problems, kind)
		require.Len(t, s.Declarations, 6)
		require.Equal(t, "B0001", s.Batch)
	}
}

// TestNothingWhereNothingIsKnown: optional values that a line lacks are written empty, never as 0.
func TestNothingWhereNothingIsKnown(t *testing.T) {
	l, h := fullLine()
	l.Standard, l.Units, l.Phone = domain.Money{}, 0, ""
	var b bytes.Buffer
	_, err := everyField(t, "delimited", "encoding: utf-8\nline-ending: lf\nseparator: \"|\"\n").Write(&b, h, linesOf(l))
	require.NoError(t, err)
	require.Contains(t, b.String(), "|11010519491231002X||第一村3组|||B0001|")
}

// TestProblemsOfRecords: what a trailer cannot carry is refused as line 0, and counts that cannot be read are said.
func TestProblemsOfRecords(t *testing.T) {
	l, h := fullLine()
	h.PayerName = "财政所\x00"
	_, err := everyField(t, "xlsx", "").Write(io.Discard, h, linesOf(l))
	var we *WriteError
	require.ErrorAs(t, err, &we)
	require.Equal(t, []int{1, 0}, []int{we.Problems[0].Line, we.Problems[1].Line})

	f := shipped(t, "pipe-gb18030-return")
	for trailer, rule := range map[string]string{"TOTAL|B0001|x|1|1|1|1|1": "bankfile.declared-unreadable", "TOTAL|B0001|-1|0|0|0|0|0": "bankfile.declared-unreadable",
		"TOTAL|B0001||0|0|0|0|0": "bankfile.declared-unreadable", "TOTAL|B0001|0|0|0|0|0": "bankfile.trailer-missing"} {
		_, s := readText(t, f, trailer+"\n", Expectation{})
		require.Positive(t, s.Rules[rule], trailer)
		require.False(t, s.Agrees(), trailer)
	}
}

// TestCellsOfWorkbooks: formulas give their stored result with a warning, errors and formulas without one give nothing.
func TestCellsOfWorkbooks(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // nothing is left on disk
	ref := payrun.PayRef("r", 1)
	for i, title := range batchTitles() {
		cell, _ := excelize.CoordinatesToCellName(i+1, 1)
		require.NoError(t, book.SetCellStr("Sheet1", cell, title))
	}
	require.NoError(t, book.SetCellStr("Sheet1", "F2", strings.Repeat("长", 1001)))
	for cell, text := range map[string]string{"A2": testAccount(1), "D2": ref, "E2": "成功", "A3": testAccount(2), "D3": ref, "E3": "成功"} {
		require.NoError(t, book.SetCellStr("Sheet1", cell, text))
	}
	require.NoError(t, book.SetCellDefault("Sheet1", "C2", "80"))
	require.NoError(t, book.SetCellFormula("Sheet1", "C2", "40*2"))
	require.NoError(t, book.SetCellFormula("Sheet1", "C3", "40*2"))
	var b bytes.Buffer
	require.NoError(t, book.Write(&b))
	lines, err := collect(shipped(t, "batch-sheet-xlsx-return").Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{}))
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, []string{"bankfile.formula", "bankfile.cell-too-long"}, rulesOf(lines[0].Problems))
	require.Equal(t, "80.00", lines[0].Amount.String())
	require.Equal(t, []string{"bankfile.cell-error"}, rulesOf(lines[1].Problems))
	require.False(t, lines[1].HasAmount)
}

func TestColumnLetters(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 63: "BL"} {
		require.Equal(t, want, columnLetters(i))
	}
}
