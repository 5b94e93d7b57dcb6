package bankfile

import (
	"bytes"
	"strings"
)

// cut are files whose end is missing.
func (s *script) cut() {
	lost := ok(s.a, 2).with(func(a *act) {
		a.means = func(m *means) { *m = means{Account: m.Account} }
	}).classed("unknown", "bankfile.truncated")
	f := s.icbc("truncated-line", "cut inside the amount of the last line", ok(s.a, 1), lost)
	at := bytes.LastIndex(f.content, []byte("590.00"))
	f.content = f.content[:at+2]
	f = s.pipe("truncated-trailer", "cut before the trailer", ok(s.a, 1), ok(s.a, 2))
	f.content, f.problems = f.content[:bytes.Index(f.content, []byte("TOTAL"))], []string{"bankfile.trailer-missing"}
	f = s.icbc("truncated-last-column", "cut inside the last column: only the missing line ending tells", ok(s.a, 1),
		ok(s.a, 2).with(func(a *act) { a.means = func(m *means) { m.Serial = "S0" } }).classed("matched", "bankfile.no-line-ending"))
	f.content = f.content[:bytes.LastIndex(f.content, []byte("S0002"))+2]
	f = s.fixed("truncated-fixed", "cut inside a line of fixed width", ok(s.a, 1),
		ok(s.a, 2).with(func(a *act) {
			a.means = func(m *means) { *m = means{PayRef: m.PayRef, Account: m.Account, Amount: m.Amount} }
		}).classed("unknown", "bankfile.truncated"))
	f.content = f.content[:len(f.content)-28]
	rows := [][]string{batchTitles(), batchRow(ok(s.a, 1), 1)}
	f = s.sheet("truncated", "batch-sheet-xlsx-return", "half a workbook is none", 2, rows)
	f.content, f.fails = f.content[:len(f.content)/2], "import.xlsx-damaged"
}

// lies are files whose counts and sums are false.
func (s *script) lies() {
	f := s.pipe("lying-count", "the trailer counts a line more", ok(s.a, 1), ok(s.a, 2))
	f.replaceText("TOTAL|B0001|2|67000|2|", "TOTAL|B0001|3|67000|2|").problems = []string{"bankfile.declared"}
	f = s.pipe("lying-sum", "the trailer is one fen off, total and paid", ok(s.a, 1), ok(s.a, 2))
	f.replaceText("|2|67000|2|67000|", "|2|67001|2|67001|").problems = []string{"bankfile.declared", "bankfile.declared"}
	f = s.pipe("lying-split", "paid and unpaid are exchanged", ok(s.a, 1), returned(s.a, 2, NameMismatch))
	f.replaceText("|1|8000|1|59000\r\n", "|1|59000|1|8000\r\n").problems = []string{"bankfile.declared", "bankfile.declared"}
	f = s.pipe("unreadable-trailer", "the trailer's sum is no amount", ok(s.a, 1))
	f.replaceText("TOTAL|B0001|1|8000|", "TOTAL|B0001|1|8O00|").problems = []string{"bankfile.declared-unreadable"}
	f = s.fixed("lying-header", "the header counts a line less", ok(s.a, 1), ok(s.a, 2))
	f.replaceText("0000002000000000067000", "0000001000000000067000").problems = []string{"bankfile.declared"}
	f = s.fixed("no-header", "no header: the first line is a line", ok(s.a, 1), ok(s.a, 2))
	f.content, f.first, f.problems = f.content[bytes.IndexByte(f.content, '\n')+1:], 1, []string{"bankfile.header-missing"}
	acts := []act{ok(s.a, 1), ok(s.a, 2), ok(s.a, 3).classed("matched", "bankfile.after-trailer")}
	f = s.pipe("line-after-trailer", "a line after the trailer, which does not count it", acts...)
	lines := strings.Split(joined(append(render(acts, pipeLine), pipeTrailer(corpusBatch, acts))...), "\r\n")
	lines[2], lines[3] = pipeTrailer(corpusBatch, acts[:2]), lines[2]
	f.content, f.problems = gb18030Bytes(strings.Join(lines, "\r\n")), []string{"bankfile.declared", "bankfile.declared", "bankfile.declared", "bankfile.declared"}
	f = s.pipe("no-lines", "a trailer and nothing else")
	f.problems = []string{"bankfile.no-lines"}
}

// spreadsheets are workbooks and what spreadsheets do to text files.
func (s *script) spreadsheets() {
	rows := func(titles []string, row func(act, int) []string, acts ...act) [][]string {
		out := [][]string{titles}
		for i, a := range acts {
			out = append(out, row(a, i+1))
		}
		return out
	}
	acts := []act{ok(s.a, 1), returned(s.a, 2, NameMismatch), ok(s.a, 5), ok(s.a, 6)}
	s.sheet("batch-sheet", "batch-sheet-xlsx-return", "amounts are number cells", 2, rows(batchTitles(), batchRow, acts...), acts...)
	stored := ok(s.a, 8).with(func(a *act) { a.shown = "30.010000000000002" })
	s.sheet("stored-digits", "batch-sheet-xlsx-return", "30.01 as spreadsheets store it", 2, rows(batchTitles(), batchRow, stored), stored)
	numeric := ok(s.a, 1).with(func(a *act) { a.account, a.means = "#6.2299900000000000E+18", noAccount }).classed("matched", "bankfile.account-number-cell")
	s.sheet("account-number-cell", "batch-sheet-xlsx-return", "an account stored as a number", 2, rows(batchTitles(), batchRow, numeric, ok(s.a, 2)), numeric, ok(s.a, 2))
	card := []act{ok(s.a, 3).with(unnumbered), ok(s.a, 4).with(unnumbered), returned(s.a, 7, CardReplaced)}
	list := append([][]string{{"2021年12月发放结果"}, {}}, rows(cardTitles(), cardRow, card...)...)
	s.sheet("card-list", "card-list-xlsx-return", "a title above, totals below", 4, append(list, []string{"合计", "#3", "", "#3340"}), card...)
	lie := append(rows(cardTitles(), cardRow, card[:2]...), []string{"合计", "#2", "", "#1420.01"})
	s.sheet("card-list-lying-total", "card-list-xlsx-return", "the total is one fen off", 2, lie, card[:2]...).problems = []string{"bankfile.declared"}
	s.sheet("no-titles", "batch-sheet-xlsx-return", "another table altogether", 2, [][]string{{"姓名", "电话"}, {"张某甲", "0"}}).fails = "bankfile.titles"

	scientific := ok(s.a, 1).with(func(a *act) { a.account, a.means = "6.22999E+18", noAccount }).classed("matched", "bankfile.account-scientific")
	s.icbc("scientific-account", "saved by a spreadsheet", scientific, ok(s.a, 2))
	s.csv("guarded", "apostrophes and =\"…\" around digits", ok(s.a, 1).with(func(a *act) {
		a.account, a.means = "'"+testAccount(1), func(m *means) { m.Account = testAccount(1) }
	}), ok(s.a, 2).with(func(a *act) {
		a.account, a.means = `="`+testAccount(2)+`"`, func(m *means) { m.Account = testAccount(2) }
	}))
	s.csv("formula-name", "a name that looks like a formula is text", ok(s.a, 1).with(func(a *act) { a.holder = "=HYPERLINK(A1)" }).classed("matched", "bankfile.holder"))
	f := s.csv("columns-reordered", "columns in another order, found by their titles", ok(s.a, 1), ok(s.a, 2))
	var out []string
	for _, line := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(string(f.content), byteOrderMark), "\r\n"), "\r\n") {
		c := strings.Split(line, ",")
		out = append(out, strings.Join([]string{c[3], c[4], c[0], c[2], c[1], c[5], c[7], c[6]}, ","))
	}
	f.content = []byte(byteOrderMark + joined(out...))
}

// unnumbered: this layout has no serial.
func unnumbered(a *act) { a.serial = "" }

// oddities are what is left.
func (s *script) oddities() {
	s.icbc("result-unknown", "a word that the layout does not have", ok(s.a, 1).with(func(a *act) { a.result = "" }).classed("unknown", "bankfile.result"), ok(s.a, 2))
	torn := ok(s.a, 1).with(func(a *act) {
		a.holder = "张,某甲"
		a.means = func(m *means) { *m = means{PayRef: m.PayRef} }
	}).classed("unknown", "bankfile.columns")
	s.icbc("separator-in-name", "one column too many: nothing is taken from its place", torn, ok(s.a, 2))
	open := ok(s.a, 1).with(func(a *act) {
		a.holder = `"张某甲`
		a.means = func(m *means) { *m = means{PayRef: m.PayRef} }
	}).classed("unknown", "bankfile.quotes")
	s.csv("open-quote", "a quote without its end", open, ok(s.a, 2))
	f := s.icbc("dos-end", "blank lines between and ^Z at the end", ok(s.a, 1), ok(s.a, 2))
	f.content = append(bytes.Replace(f.content, []byte("\r\n"), []byte("\n"), 1), 0x1A)
	s.fixed("line-feed-only", "lines end in LF, trailing blanks are gone", ok(s.a, 1), ok(s.a, 2))
	f = &s.files[len(s.files)-1]
	var out []string
	for _, line := range strings.Split(strings.TrimSuffix(string(f.content), "\r\n"), "\r\n") {
		out = append(out, strings.TrimRight(line, " "))
	}
	f.content = []byte(strings.Join(out, "\n") + "\n")
	again := func(a *act) { a.serial, a.on = "S9999", "2021-12-16" }
	s.pipe("everything", "all classes in one file", ok(s.a, 1), returned(s.a, 2, AccountClosed), ok(s.a, 3).with(func(a *act) { a.amount = "459.99" }).classed("under-amount"),
		ok(s.a, 4).with(func(a *act) { a.amount = "960.01" }).classed("over-amount"), ok(s.a, 5), ok(s.a, 5).with(again).classed("paid-twice"),
		ok(s.a, 6), ok(s.a, 6).classed("duplicate-line", "bankfile.duplicate-line"), ok(s.b, 1).classed("unknown", "bankfile.other-run"),
		ok(s.a, 7), reversedAs(s.a, 7).with(func(a *act) { a.side = Credit }))
}
