package bankfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"almoner/domain"
	"almoner/domain/payrun"
)

func readText(t *testing.T, f *Format, content string, expect Expectation) ([]BankLine, Summary) {
	t.Helper()
	rd := f.Read(strings.NewReader(content), int64(len(content)), expect)
	lines, err := collect(rd)
	require.NoError(t, err)
	return lines, rd.Summary()
}

func oneLine(t *testing.T, f *Format, content string) BankLine {
	t.Helper()
	lines, _ := readText(t, f, content, Expectation{})
	require.Len(t, lines, 1)
	return lines[0]
}

// altered is a shipped format with texts exchanged.
func altered(t *testing.T, id string, pairs ...string) *Format {
	t.Helper()
	source, err := ShippedSource(id)
	require.NoError(t, err)
	text := string(source)
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	f, err := Parse([]byte(text))
	require.NoError(t, err)
	return f
}

func TestDetect(t *testing.T) {
	half := strings.Repeat("a", 64<<10-1) // a character across the edge of the buffer
	for content, want := range map[string]Encoding{
		"":                    UTF8,
		"abc":                 UTF8,
		"张某":                  UTF8,
		byteOrderMark + "张":   UTF8BOM,
		half + "张":            UTF8,
		"\xD5\xC5\xC4\xB3":    GB18030,
		half + "\xD5\xC5":     GB18030,
		"张\xFF":               GB18030,
		"\xC2\xB7":            GB18030, // also · in UTF-8: two bytes prove nothing
		"\xC2\xB7张":           UTF8,
		half + "\xE5\xBC":     GB18030, // cut inside a character
		"\xFE\x59\xC4\xB3,80": GB18030,
	} {
		have, err := Detect(strings.NewReader(content), int64(len(content)))
		require.NoError(t, err)
		require.Equal(t, want, have, "%.20q", content)
	}
	_, err := Detect(brokenReader{}, 10)
	require.ErrorIs(t, err, errDisk)
}

type brokenReader struct{ after int64 }

func (b brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.after {
		return 0, errDisk
	}
	return copy(p, bytes.Repeat([]byte("a,b\n"), len(p)/4+1)), nil
}

// TestLayoutDecidesTheEncoding: · alone is two bytes of UTF-8 and a character of GBK.
func TestLayoutDecidesTheEncoding(t *testing.T) {
	ref := payrun.PayRef("r", 1)
	line := "1,62299900000001,a\u00B7b,80.00," + ref + ",ok,,,\n"
	l := oneLine(t, altered(t, "icbc-txt-return", "encoding: gb18030", "encoding: utf-8", "code: 成功", "code: ok"), line)
	require.Equal(t, "a·b", l.Holder.Reveal())
	lines, s := readText(t, altered(t, "icbc-txt-return", "code: 成功", "code: ok"), line, Expectation{})
	require.NotEqual(t, "a·b", lines[0].Holder.Reveal())
	require.Empty(t, s.Problems)
}

// TestSeparators reads the separators that banks use.
func TestSeparators(t *testing.T) {
	ref := payrun.PayRef("r", 1)
	for descriptor, separator := range map[string]string{`"|!"`: "|!", `"|"`: "|", "tab": "\t", `","`: ",", `"^"`: "^", `"@#"`: "@#"} {
		f := altered(t, "icbc-txt-return", `separator: ","`, "separator: "+descriptor)
		l := oneLine(t, f, strings.Join([]string{"1", "62299900000001", "张某", "80.00", ref, "成功", "", "20211215", "S1"}, separator)+"\r\n")
		require.Empty(t, l.Problems, separator)
		require.Equal(t, "80.00 S1 2021-12-15 ok", l.Amount.String()+" "+l.Serial+" "+l.BookedOn.String()+" "+string(l.Result))
		require.Equal(t, ref, l.PayRef)
		require.Equal(t, payrun.RunPart("r"), l.Run)
	}
}

// TestLineProblems: one row for each rule of a single line, with what is left of the line.
func TestLineProblems(t *testing.T) {
	ref := payrun.PayRef("r", 1)
	for _, c := range []struct {
		name, line, rule string
		severity         Severity
	}{
		{"no account", "1,,张某,80.00," + ref + ",成功,,,", "bankfile.missing", Error},
		{"account", "1,123,张某,80.00," + ref + ",成功,,,", "bankfile.account", Error},
		{"letters in the account", "1,62299900000O1,张某,80.00," + ref + ",成功,,,", "bankfile.account", Error},
		{"scientific", "1,6.2E+18,张某,80.00," + ref + ",成功,,,", "bankfile.account-scientific", Error},
		{"amount", "1,62299900000001,张某,x," + ref + ",成功,,,", "bankfile.amount", Error},
		{"no amount", "1,62299900000001,张某,," + ref + ",成功,,,", "bankfile.missing", Error},
		{"decimals", "1,62299900000001,张某,80.001," + ref + ",成功,,,", "bankfile.amount-decimals", Error},
		{"reference", "1,62299900000001,张某,80.00,补贴,成功,,,", "bankfile.pay-ref", Error},
		{"result", "1,62299900000001,张某,80.00," + ref + ",可疑,,,", "bankfile.result", Error},
		{"no result", "1,62299900000001,张某,80.00," + ref + ",,,,", "bankfile.missing", Error},
		{"day", "1,62299900000001,张某,80.00," + ref + ",成功,,15.12.,", "bankfile.day", Error},
		{"reason", "1,62299900000001,张某,80.00," + ref + ",失败,不详,,", "bankfile.reason", Warning},
		{"holder", "1,62299900000001,☆,80.00," + ref + ",成功,,,", "bankfile.holder", Warning},
		{"too many", "1,62299900000001,张某,80.00," + ref + ",成功,,,,,", "bankfile.columns", Error},
		{"too few", "1,62299900000001,张某,80.00," + ref, "bankfile.columns", Error},
		{"lost", "1,62299900000001,\uFFFD,80.00," + ref + ",成功,,,", "bankfile.undecodable", Error},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := oneLine(t, altered(t, "icbc-txt-return", "encoding: gb18030", "encoding: utf-8"), c.line+"\r\n")
			require.Equal(t, []string{c.rule}, rulesOf(l.Problems))
			p := l.Problems[0]
			require.Equal(t, c.severity, p.Severity)
			require.Equal(t, c.severity == Warning, l.OK())
			require.Equal(t, 1, p.Line)
			require.NotEmpty(t, p.Message)
			require.NotEmpty(t, p.Remedy)
			require.Contains(t, p.String(), "第 1 行")
			require.Contains(t, p.String(), c.rule)
			if c.name != "reference" {
				require.Equal(t, ref, l.PayRef, "what can be read is read")
			}
		})
	}
	l := oneLine(t, shipped(t, "pipe-gb18030-return"), "1|"+ref+"|62299900000001||8000|00|X|||\r\n")
	require.Contains(t, rulesOf(l.Problems), "bankfile.side")
}

// TestReasonsKeepTheBanksWords: also where no entry fits, and a paid line has no reason whatever stands there.
func TestReasonsKeepTheBanksWords(t *testing.T) {
	f := altered(t, "icbc-txt-return", "encoding: gb18030", "encoding: utf-8", "{contains: 户名不符, reason: name-mismatch}", "{code: 户名, reason: homophone}")
	line := func(result, reason string) BankLine {
		return oneLine(t, f, "1,62299900000001,张某,80.00,"+payrun.PayRef("r", 1)+","+result+","+reason+",,\r\n")
	}
	for _, c := range []struct {
		result, text string
		want         Reason
	}{{"失败", "账户不存在", AccountNotFound}, {"失败", "x账户不存在y", AccountNotFound}, {"失败", "不详", OtherReason}, {"失败", "", OtherReason}, {"退票", "已销户", AccountClosed},
		{"失败", "户名", Homophone}, {"失败", "户名x", OtherReason}, {"成功", "账户不存在", ""}, {"冲正", "账户不存在", ""}} {
		l := line(c.result, c.text)
		require.Equal(t, c.want, l.Reason, "%+v", c)
		require.Equal(t, c.text, l.ReasonText)
	}
}

// TestResultIfAbsent: a layout that lists booked lines only.
func TestResultIfAbsent(t *testing.T) {
	source, err := ShippedSource("plain-csv-return")
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(source), "results:")
	text := strings.NewReplacer("  - {field: result, title: 处理结果, required: true}\n", "", "  - {field: reason, title: 失败原因}\n", "").Replace(head) + "result-if-absent: ok\n"
	f, err := Parse([]byte(text))
	require.NoError(t, err)
	ref := payrun.PayRef("r", 1)
	rows := "付款附言,收款账号,收款户名,金额,记账日期,流水号\n"
	require.Equal(t, Paid, oneLine(t, f, rows+ref+",62299900000001,,80.00,,\n").Result)
	l := oneLine(t, f, rows+ref+",62299900000001,,-80.00,,\n")
	require.Equal(t, Reversed, l.Result)
	require.Equal(t, Debit, l.Side)
	require.Equal(t, "80.00", l.Amount.String())
}

// TestTitles: found by title in any order, among the first ten rows, with additions of banks; a row of titles again is
// passed over; a column that is not required may be missing, and that is said.
func TestTitles(t *testing.T) {
	f := shipped(t, "plain-csv-return")
	ref := payrun.PayRef("r", 1)
	lines, s := readText(t, f, "某银行回盘\n\n处理结果*,余额,付款 附言：,收款账号,金额\n成功,9,"+ref+",62299900000001,80.00\n处理结果*,余额,付款 附言：,收款账号,金额\n失败,9,"+ref+",62299900000001,80.00\n", Expectation{})
	require.Len(t, lines, 2)
	require.Equal(t, []int{4, 6}, []int{lines[0].Line, lines[1].Line})
	require.Equal(t, ref, lines[0].PayRef)
	require.Equal(t, Paid, lines[0].Result)
	require.Empty(t, lines[0].Problems)
	require.Equal(t, []int{1, 5}, s.Skipped)
	require.Equal(t, 1, s.Blank)
	require.Equal(t, 4, s.Rules["bankfile.column-missing"], "holder, reason, day, serial")

	short, _ := readText(t, f, csvTitles+"\n"+ref+",62299900000001\n", Expectation{})
	require.Equal(t, []string{"bankfile.columns"}, rulesOf(short[0].Problems))

	for _, content := range []string{"付款附言,收款账号,金额\n", strings.Repeat("x\n", TitlesWithin) + csvTitles + "\n"} {
		rd := f.Read(strings.NewReader(content), int64(len(content)), Expectation{})
		_, err := collect(rd)
		require.ErrorContains(t, err, "bankfile.titles")
		require.ErrorIs(t, err, domain.Invalid)
		require.False(t, rd.Summary().Complete)
	}
	lines, _ = readText(t, f, strings.Repeat("x\n", TitlesWithin-1)+csvTitles+"\n", Expectation{})
	require.Empty(t, lines)
}

func TestReadRefuses(t *testing.T) {
	book, err := os.ReadFile(filepath.Join(corpusFolder, "batch-sheet.xlsx"))
	require.NoError(t, err)
	for _, c := range []struct {
		format, content, rule string
		size                  int64
	}{
		{"icbc-txt-return", "", "bankfile.empty", 0},
		{"icbc-txt-return", "", "bankfile.too-large", MaxBytes + 1},
		{"icbc-txt-return", string(book), "bankfile.kind", int64(len(book))},
		{"batch-sheet-xlsx-return", "a,b", "import.xlsx-damaged", 3},
	} {
		_, err := collect(shipped(t, c.format).Read(strings.NewReader(c.content), c.size, Expectation{Name: "x.txt"}))
		require.ErrorContains(t, err, c.rule)
		require.ErrorIs(t, err, domain.Invalid)
	}
}

// TestReadFails: an error of the disk ends the pass as a fault, not as a refusal.
func TestReadFails(t *testing.T) {
	for _, after := range []int64{0, 4, 100} {
		rd := shipped(t, "icbc-txt-return").Read(brokenReader{after}, 1000, Expectation{})
		_, err := collect(rd)
		require.ErrorIs(t, err, errDisk)
		var refused *domain.RefusedError
		require.False(t, errors.As(err, &refused))
		require.False(t, rd.Summary().Complete)
	}
}

// TestLongLine: a line beyond every layout is named and passed over, and the next one is read.
func TestLongLine(t *testing.T) {
	good := "1,62299900000001,张某,80.00," + payrun.PayRef("r", 1) + ",成功,,,\r\n"
	lines, s := readText(t, shipped(t, "icbc-txt-return"), good+strings.Repeat("9", 3*maxRecordBytes)+"\n"+good, Expectation{})
	require.Len(t, lines, 3)
	require.Equal(t, []string{"bankfile.line-too-long"}, rulesOf(lines[1].Problems))
	require.Equal(t, 3, lines[2].Line)
	require.Equal(t, Paid, lines[2].Result)
	require.Equal(t, 2, s.Good)
}

// TestPassesRepeat: a pass starts anew, also after one that was broken off.
func TestPassesRepeat(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(corpusFolder, "everything.rsp"))
	require.NoError(t, err)
	rd := shipped(t, "pipe-gb18030-return").Read(bytes.NewReader(content), int64(len(content)), Expectation{})
	for range rd.Lines() {
		break
	}
	require.False(t, rd.Summary().Complete)
	first, err := collect(rd)
	require.NoError(t, err)
	s := rd.Summary()
	second, err := collect(rd)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, s, rd.Summary())
	require.Equal(t, Tally{9, domain.MustMoney("5901.00")}, Tally{s.ByResult[Paid].Lines, s.ByResult[Paid].Total.Add(domain.MustMoney("1840.00"))})
}

// TestExpectation: another batch, name or run is said, and read all the same.
func TestExpectation(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(corpusFolder, "matched-all.rsp"))
	require.NoError(t, err)
	f, text := shipped(t, "pipe-gb18030-return"), string(content)
	lines, s := readText(t, f, text, Expectation{Name: "回盘.txt", Batch: "B9", Runs: []string{"other"}})
	require.Equal(t, []string{"bankfile.file-name", "bankfile.other-batch"}, rulesOf(s.Problems))
	require.Len(t, lines, 8)
	for _, l := range lines {
		require.Equal(t, []string{"bankfile.other-run"}, rulesOf(l.Problems))
		require.NotEmpty(t, l.Run)
	}
	require.Equal(t, map[string]int{payrun.RunPart("run-2021-12-a"): 8}, s.Runs)
	require.Equal(t, 8, s.Rules["bankfile.other-run"])
	require.True(t, s.Agrees(), "warnings only")
	lines, s = readText(t, f, text, Expectation{Name: "BT20211215_B0001_1.rsp", Batch: "B0001", Runs: []string{"x", "run-2021-12-a"}})
	require.Empty(t, s.Problems)
	require.Equal(t, "B0001", s.Batch)
	require.Empty(t, lines[0].Problems)
	_, s = readText(t, shipped(t, "icbc-txt-return"), "x\n", Expectation{Name: "HP20211215_B7.txt", Batch: "B8"})
	require.Equal(t, "B7", s.Batch, "from the name where the file does not say")
	require.Equal(t, 1, s.Rules["bankfile.other-batch"])
}

// TestConstantOfALine: a record of another kind among the lines is said.
func TestConstantOfALine(t *testing.T) {
	h := headerOf(payLines(1))
	var b bytes.Buffer
	f := shipped(t, "fixed-gbk")
	_, err := f.Write(&b, h, payLines(1))
	require.NoError(t, err)
	l := oneLine(t, f, strings.Replace(b.String(), "\r\nD", "\r\nX", 1))
	require.Equal(t, []string{"bankfile.constant"}, rulesOf(l.Problems))
	require.Equal(t, payLine(1).PayRef, l.PayRef)
}

// TestWorkbookOpensElsewhere: a library that is not under test reads what was written, accounts as text.
func TestWorkbookOpensElsewhere(t *testing.T) {
	lines := []PayLine{payLine(1), payLine(2)}
	lines[0].Village = `=HYPERLINK("a")&<b>_x0041_`
	var b bytes.Buffer
	_, err := shipped(t, "card-list-xlsx").Write(&b, headerOf(linesOf(lines...)), linesOf(lines...))
	require.NoError(t, err)
	book, err := excelize.OpenReader(&b)
	require.NoError(t, err)
	defer book.Close() //nolint:errcheck // reading only
	rows, err := book.GetRows("清册", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Equal(t, []string{"1", lines[0].Village, "李某某", "", testAccount(1), "农村部分计划生育家庭奖励扶助", "80.00", "2", "80.01", payLine(1).PayRef}, rows[1])
	require.Equal(t, []string{"合计", "", "", "", "", "", "", "2", "160.03"}, rows[3])
	kind, err := book.GetCellType("清册", "B2")
	require.NoError(t, err)
	require.Equal(t, excelize.CellTypeInlineString, kind)
	formula, err := book.GetCellFormula("清册", "B2")
	require.NoError(t, err)
	require.Empty(t, formula)
}

// TestSheetsAreChosen: the sheet that the layout names, or else the first visible one.
func TestSheetsAreChosen(t *testing.T) {
	f := shipped(t, "batch-sheet-xlsx-return")
	a, _, _ := corpusRuns()
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // nothing is left on disk
	_, err := book.NewSheet("批量付款结果")
	require.NoError(t, err)
	for i, row := range [][]string{batchTitles(), batchRow(ok(a, 1), 1)} {
		for j, text := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
			require.NoError(t, book.SetCellStr("批量付款结果", cell, strings.TrimPrefix(text, "#")))
		}
	}
	var b bytes.Buffer
	require.NoError(t, book.Write(&b))
	rd := f.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{})
	lines, err := collect(rd)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Equal(t, "批量付款结果", rd.Summary().Sheet)
	_, err = collect(altered(t, "batch-sheet-xlsx-return", "sheet: 批量付款结果\n", "").Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{}))
	require.ErrorContains(t, err, "bankfile.titles", "the first sheet is empty")
}

// TestRunsAreBounded: a file of thousands of runs is not ours and takes no more memory.
func TestRunsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range maxRuns + 50 {
		b.WriteString("1,62299900000001,,80.00," + payrun.PayRef(strings.Repeat("r", i), 1) + ",成功,,,\n")
	}
	lines, s := readText(t, shipped(t, "icbc-txt-return"), b.String(), Expectation{})
	require.Len(t, lines, maxRuns+50)
	require.Len(t, s.Runs, maxRuns)
}

// TestReadsPartOfAFile: offsets count from the reader's beginning.
func TestReadsPartOfAFile(t *testing.T) {
	content := "1,62299900000001,,80.00," + payrun.PayRef("r", 1) + ",成功,,,\n"
	rd := shipped(t, "icbc-txt-return").Read(io.NewSectionReader(strings.NewReader("xx"+content), 2, int64(len(content))), int64(len(content)), Expectation{})
	lines, err := collect(rd)
	require.NoError(t, err)
	require.Empty(t, lines[0].Problems)
}
