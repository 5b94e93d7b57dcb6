package bankfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/payrun"
)

// All persons and accounts of these tests are synthetic.

// payLine is line i of a run, from 1.
func payLine(i int) PayLine {
	return PayLine{PayRef: payrun.PayRef("run-test", i), Account: domain.AccountNumber(testAccount(i)), Holder: domain.PersonName([]string{"张某", "李某某", "欧阳某"}[i%3]),
		Amount: domain.Fen(int64(8000 + i%977)), Bank: "某某农商银行", Remark: "第一批", Village: "第一村3组", Standard: domain.Yuan(80), Units: 1 + i%12}
}

func payLines(n int) iter.Seq2[PayLine, error] {
	return func(yield func(PayLine, error) bool) {
		for i := 1; i <= n; i++ {
			if !yield(payLine(i), nil) {
				return
			}
		}
	}
}

func linesOf(lines ...PayLine) iter.Seq2[PayLine, error] {
	return func(yield func(PayLine, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// headerOf is the header of lines.
func headerOf(lines iter.Seq2[PayLine, error]) Header {
	h := Header{Batch: "B0001", Date: domain.MustDate("2021-12-15"), PayerAccount: "9990000000000001", PayerName: "某某镇财政所", PayerBank: "某某农商银行营业部",
		Programme: "农村部分计划生育家庭奖励扶助", Purpose: "奖扶金"}
	for l := range lines {
		h.Lines++
		h.Total = h.Total.Add(l.Amount)
	}
	return h
}

func shipped(t testing.TB, id string) *Format {
	t.Helper()
	f, err := Shipped(id)
	require.NoError(t, err)
	return f
}

func outFormats() []string {
	return []string{"batch-sheet-xlsx", "card-list-xlsx", "fixed-gbk", "icbc-txt", "pipe-gb18030", "plain-csv"}
}

// TestWriteGolden freezes the bytes of each layout; of a workbook, its sheet, as compression may differ between versions
// of Go. With -update it writes them.
func TestWriteGolden(t *testing.T) {
	for _, id := range outFormats() {
		lines := []PayLine{payLine(1), payLine(2), payLine(3)}
		if id != "fixed-gbk" { // GBK has none of these
			lines[0].Holder, lines[1].Holder, lines[2].Holder = "𠮷某", "龴某亅", "买买提·吐尔逊"
		}
		lines[2].Remark = `=1+1,"x"`
		if id == "fixed-gbk" || id == "icbc-txt" {
			lines[2].Remark = "" // no such column
		}
		var b bytes.Buffer
		written, err := shipped(t, id).Write(&b, headerOf(linesOf(lines...)), linesOf(lines...))
		require.NoError(t, err, id)
		require.Equal(t, Written{Lines: 3, Total: domain.MustMoney("240.06"), SHA256: sumOf(b.Bytes()), Size: int64(b.Len())}, written)
		have := b.Bytes()
		if strings.HasSuffix(id, "xlsx") {
			have = sheetOf(t, have)
		}
		name := filepath.Join("testdata", "golden", id)
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
			require.NoError(t, os.WriteFile(name, have, 0o644))
		}
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(want), string(have), id)
	}
}

func sheetOf(t *testing.T, book []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	require.NoError(t, err)
	r, err := z.Open("xl/worksheets/sheet1.xml")
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return b
}

// TestRoundTrip writes files of sizes at which other systems broke and reads every line back.
func TestRoundTrip(t *testing.T) {
	sizes := []int{1, 199, 200, 500, 2039, 8190, 100_000}
	if testing.Short() {
		sizes = sizes[:5]
	}
	for _, id := range outFormats() {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("%s/%d", id, n), func(t *testing.T) {
				f := shipped(t, id)
				var b bytes.Buffer
				h := headerOf(payLines(n))
				written, err := f.Write(&b, h, payLines(n))
				require.NoError(t, err)
				require.Equal(t, n, written.Lines)
				name, err := f.FileName(h)
				require.NoError(t, err)
				rd := f.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{Name: name, Batch: h.Batch, Runs: []string{"run-test"}})
				i := 0
				for l, err := range rd.Lines() {
					i++
					want := payLine(i)
					if err != nil || len(l.Problems) > 0 || l.PayRef != want.PayRef || l.RunLine != i || l.Account != want.Account || l.Holder != want.Holder || !l.Amount.Equal(want.Amount) {
						t.Fatalf("line %d: %v %+v", i, err, l)
					}
				}
				require.Equal(t, n, i)
				s := rd.Summary()
				require.Empty(t, s.Problems)
				require.True(t, s.Agrees() && s.Complete && s.Total.Equal(written.Total))
				require.Equal(t, map[string]int{payrun.RunPart("run-test"): n}, s.Runs)
				require.Equal(t, n, s.Good)
			})
		}
	}
}

// TestWriteNothing: a file without lines is never made.
func TestWriteNothing(t *testing.T) {
	for _, id := range outFormats() {
		_, err := shipped(t, id).Write(io.Discard, headerOf(payLines(0)), payLines(0))
		require.ErrorContains(t, err, "bankfile.no-lines", id)
	}
}

// TestWriteRefuses: one row for each thing that a layout cannot carry, with the column that is named.
func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		name, format string
		change       func(*PayLine)
		rule, column string
		holds        string
	}{
		{"rare character in GBK", "fixed-gbk", func(l *PayLine) { l.Holder = "𠮷某" }, "bankfile.character", "收款户名", "U+20BB7"},
		{"character of 2022 in GBK", "fixed-gbk", func(l *PayLine) { l.Holder = "龴某" }, "bankfile.character", "收款户名", "龴"},
		{"private use", "pipe-gb18030", func(l *PayLine) { l.Holder = "\uE816某" }, "bankfile.character", "户名", "U+E816"},
		{"private use in a workbook", "card-list-xlsx", func(l *PayLine) { l.Village = "\uE816村" }, "bankfile.character", "村组", "U+E816"},
		{"lost character", "plain-csv", func(l *PayLine) { l.Remark = "a\uFFFD" }, "bankfile.character", "备注", "U+FFFD"},
		{"invalid UTF-8", "plain-csv", func(l *PayLine) { l.Remark = "a\xFF" }, "bankfile.character", "备注", "U+FFFD"},
		{"line break", "plain-csv", func(l *PayLine) { l.Remark = "a\nb" }, "bankfile.character", "备注", "U+000A"},
		{"separator without quotes", "icbc-txt", func(l *PayLine) { l.Holder = "张,某" }, "bankfile.separator", "姓名", ","},
		{"too long for max", "icbc-txt", func(l *PayLine) { l.Holder = domain.PersonName(strings.Repeat("某", 31)) }, "bankfile.too-long", "姓名", "62"},
		{"too long for width", "fixed-gbk", func(l *PayLine) { l.Holder = domain.PersonName(strings.Repeat("某", 21)) }, "bankfile.too-long", "收款户名", "42"},
		{"too long for a cell", "batch-sheet-xlsx", func(l *PayLine) { l.Holder = domain.PersonName(strings.Repeat("某", 61)) }, "bankfile.too-long", "收款账号名称", "61"},
		{"blanks around", "plain-csv", func(l *PayLine) { l.Remark = " a" }, "bankfile.round-trip", "备注", ""},
		{"blanks around in a workbook", "card-list-xlsx", func(l *PayLine) { l.Village = "a " }, "bankfile.round-trip", "村组", ""},
		{"apostrophe in a workbook", "card-list-xlsx", func(l *PayLine) { l.Village = "'a" }, "bankfile.round-trip", "村组", ""},
		{"endless text in a workbook", "card-list-xlsx", func(l *PayLine) { l.Village = strings.Repeat("a", 1001) }, "bankfile.too-long", "村组", "1001"},
		{"no account", "pipe-gb18030", func(l *PayLine) { l.Account = "" }, "bankfile.missing", "账号", ""},
		{"no holder", "pipe-gb18030", func(l *PayLine) { l.Holder = "" }, "bankfile.missing", "户名", ""},
		{"nothing to pay", "pipe-gb18030", func(l *PayLine) { l.Amount = domain.Money{} }, "bankfile.not-positive", "金额（分）", "0"},
		{"money back", "pipe-gb18030", func(l *PayLine) { l.Amount = domain.Fen(-1) }, "bankfile.not-positive", "金额（分）", ""},
		{"no reference", "pipe-gb18030", func(l *PayLine) { l.PayRef = "" }, "bankfile.pay-ref", "付款附言", ""},
		{"damaged reference", "pipe-gb18030", func(l *PayLine) { l.PayRef = l.PayRef[:15] + "?" }, "bankfile.pay-ref", "付款附言", ""},
		{"reference twice", "pipe-gb18030", func(l *PayLine) { l.PayRef = payLine(1).PayRef }, "bankfile.pay-ref-twice", "付款附言", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := payLine(2)
			c.change(&bad)
			lines := linesOf(payLine(1), bad, payLine(3))
			_, err := shipped(t, c.format).Write(io.Discard, headerOf(lines), lines)
			var we *WriteError
			require.ErrorAs(t, err, &we)
			require.ErrorIs(t, err, domain.Refused)
			p := we.Problems[0]
			require.Equal(t, c.rule, p.Rule)
			require.Equal(t, c.column, p.Column)
			require.Equal(t, 2, p.Line)
			require.Contains(t, p.What, c.holds)
			require.NotEmpty(t, p.Next)
			if bad.Account != "" {
				require.NotContains(t, err.Error(), bad.Account.Reveal())
			}
		})
	}
}

// TestWriteListsAll: every line that cannot be written is named, not only the first, and nothing more is written.
func TestWriteListsAll(t *testing.T) {
	var lines []PayLine
	for i := 1; i <= 2100; i++ {
		l := payLine(i)
		if i != 5 {
			l.Holder = "𠮷某"
		}
		lines = append(lines, l)
	}
	var b bytes.Buffer
	_, err := shipped(t, "fixed-gbk").Write(&b, headerOf(linesOf(lines...)), linesOf(lines...))
	var we *WriteError
	require.ErrorAs(t, err, &we)
	require.Equal(t, 2099, we.Count)
	require.Len(t, we.Problems, maxWriteProblems)
	require.Equal(t, []int{1, 2, 3, 4, 6}, []int{we.Problems[0].Line, we.Problems[1].Line, we.Problems[2].Line, we.Problems[3].Line, we.Problems[4].Line})
	require.Zero(t, b.Len())
	require.NotContains(t, err.Error(), "𠮷某", "names are masked")
}

// TestWriteRequired: a bank that insists on a column gets no file without it.
func TestWriteRequired(t *testing.T) {
	h := headerOf(payLines(1))
	h.PayerName = ""
	_, err := shipped(t, "batch-sheet-xlsx").Write(io.Discard, h, payLines(1))
	require.ErrorContains(t, err, "付款账号名称")
	require.ErrorContains(t, err, "bankfile.missing")
}

func TestWriteHeader(t *testing.T) {
	f := shipped(t, "pipe-gb18030")
	for name, c := range map[string]struct {
		change func(*Header)
		rule   string
	}{
		"batch":       {func(h *Header) { h.Batch = "B/1" }, "bankfile.batch"},
		"no batch":    {func(h *Header) { h.Batch = "" }, "bankfile.batch"},
		"date":        {func(h *Header) { h.Date = domain.Date{} }, "bankfile.date"},
		"more lines":  {func(h *Header) { h.Lines++ }, "bankfile.totals-differ"},
		"other total": {func(h *Header) { h.Total = h.Total.Add(domain.Fen(1)) }, "bankfile.totals-differ"},
	} {
		h := headerOf(payLines(3))
		c.change(&h)
		_, err := f.Write(io.Discard, h, payLines(3))
		require.ErrorContains(t, err, c.rule, name)
	}
	_, err := shipped(t, "pipe-gb18030-return").Write(io.Discard, headerOf(payLines(1)), payLines(1))
	require.ErrorContains(t, err, "bankfile.direction")
}

// failingWriter fails after some bytes.
type failingWriter struct{ left int }

var errDisk = errors.New("the disk is full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

// TestWriteFails: errors of the disk and of the lines come through, whatever the kind of file.
func TestWriteFails(t *testing.T) {
	const n = 20_000 // beyond every buffer
	for _, id := range outFormats() {
		f, h := shipped(t, id), headerOf(payLines(n))
		for _, left := range []int{0, 10, 100_000} {
			_, err := f.Write(&failingWriter{left}, h, payLines(n))
			require.ErrorIs(t, err, errDisk, "%s %d", id, left)
		}
		broken := func(yield func(PayLine, error) bool) {
			if yield(payLine(1), nil) {
				yield(PayLine{}, errDisk)
			}
		}
		_, err := f.Write(io.Discard, h, broken)
		require.ErrorIs(t, err, errDisk)
		require.ErrorContains(t, err, "line 2")
	}
}

// TestWriteIsRepeatable: equal inputs give equal bytes.
func TestWriteIsRepeatable(t *testing.T) {
	for _, id := range outFormats() {
		f, h := shipped(t, id), headerOf(payLines(300))
		first, err := f.Write(io.Discard, h, payLines(300))
		require.NoError(t, err)
		second, err := f.Write(io.Discard, h, payLines(300))
		require.NoError(t, err)
		require.Equal(t, first, second)
	}
}

// TestWriteAnyText: whatever text a line holds, it is refused or comes back as it was.
func TestWriteAnyText(t *testing.T) {
	formats := map[string]*Format{}
	for _, id := range outFormats() {
		formats[id] = shipped(t, id)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := formats[rapid.SampledFrom(outFormats()).Draw(t, "format")]
		l := payLine(1)
		text := rapid.OneOf(rapid.StringN(1, 12, -1), rapid.StringOfN(rapid.SampledFrom([]rune(`"',|=+-@ _x0041_𠮷龴亅某·`+"\t")), 1, 10, -1))
		l.Holder, l.Remark, l.Village = domain.PersonName(text.Draw(t, "holder")), text.Draw(t, "remark"), text.Draw(t, "village")
		var b bytes.Buffer
		_, err := f.Write(&b, headerOf(linesOf(l)), linesOf(l))
		var refused *WriteError
		if errors.As(err, &refused) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		lines, err := collect(f.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{}))
		if err != nil || len(lines) != 1 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		have := lines[0]
		name, err := domain.ParseName(l.Holder.Reveal())
		if err != nil { // not a name: a warning, and no holder
			name = ""
		}
		if have.Holder.Reveal() != name.Reveal() || f.has(FieldRemark) && have.Remark != l.Remark || have.PayRef != l.PayRef || !have.Amount.Equal(l.Amount) {
			t.Fatalf("holder %q, remark %q came back as %q, %q", l.Holder.Reveal(), l.Remark, have.Holder.Reveal(), have.Remark)
		}
	})
}
