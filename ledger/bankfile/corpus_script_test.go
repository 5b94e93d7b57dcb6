package bankfile

import (
	"fmt"
	"strings"
	"testing"

	"almoner/domain"
)

// corpusFile is one file of testdata/bank with what it must mean. Nothing of it comes from the engine.
type corpusFile struct {
	name, format string
	run          *instruction // the run it is read for
	after        []string     // files read before it
	note         string
	content      []byte
	acts         []act // in the order of the lines in the file
	first        int   // row of the first line
	problems     []string
	fails        string // rule of the error that ends reading
}

const corpusBatch = "B0001"

// corpusRuns are the instructions. Run A is the one most files answer; B belongs to another office; R pays line 2 of A
// again after it was returned.
func corpusRuns() (a, b, r *instruction) {
	names := []string{"张某甲", "李某乙", "王某丙", "赵某丁", "𠮷某戊", "龴某己", "买买提·吐尔逊", "欧阳某庚"}
	amounts := []string{"80.00", "590.00", "460.00", "960.00", "120.50", "80.00", "1920.00", "30.01"}
	a, b, r = &instruction{id: "run-2021-12-a"}, &instruction{id: "run-2021-12-b"}, &instruction{id: "run-2022-01-r"}
	for i := range names {
		a.lines = append(a.lines, person{holder: names[i], amount: amounts[i], account: testAccount(i + 1)})
	}
	for i, name := range []string{"周某辛", "吴某壬", "郑某癸"} {
		b.lines = append(b.lines, person{holder: name, amount: "240.00", account: testAccount(i + 101)})
	}
	r.lines = []person{{holder: names[1], amount: amounts[1], account: testAccount(52), again: a.payRef(2)}}
	return a, b, r
}

// script builds the files one after another.
type script struct {
	t       *testing.T
	a, b, r *instruction
	files   []corpusFile
}

// ok is a payment as instructed; the others are what else a bank may say.
func ok(run *instruction, line int) act {
	return act{run: run, line: line, result: Paid, side: Debit, on: "2021-12-15", serial: fmt.Sprintf("S%04d%d", line, len(run.lines)), class: "matched"}
}

func returned(run *instruction, line int, reason Reason) act {
	a := ok(run, line)
	a.result, a.reason, a.class, a.side, a.serial = Returned, reason, "returned", "", ""
	return a
}

// reversedAs is a reversal with a serial of its own.
func reversedAs(run *instruction, line int) act {
	a := ok(run, line)
	a.result, a.class, a.on, a.serial = Reversed, "reversed", "2021-12-16", fmt.Sprintf("R%04d", line)
	return a
}

func (a act) with(change func(*act)) act { change(&a); return a }

// classed changes the class and the rules reported.
func (a act) classed(class string, problems ...string) act {
	a.class, a.problems = class, problems
	return a
}

func all(run *instruction) []act {
	var out []act
	for i := range run.lines {
		out = append(out, ok(run, i+1))
	}
	return out
}

func render(acts []act, line func(act, int) string) []string {
	var out []string
	for i, a := range acts {
		out = append(out, line(a, i+1))
	}
	return out
}

func (s *script) add(f corpusFile) {
	if f.run == nil {
		f.run = s.a
	}
	if f.first == 0 {
		f.first = 1
	}
	s.files = append(s.files, f)
}

// icbc adds a file of icbc-txt-return in GB18030.
func (s *script) icbc(name, note string, acts ...act) *corpusFile {
	s.add(corpusFile{name: name + ".txt", format: "icbc-txt-return", note: note, acts: acts, content: gb18030Bytes(joined(render(acts, icbcLine)...))})
	return &s.files[len(s.files)-1]
}

// pipe adds a file of pipe-gb18030-return with its true trailer.
func (s *script) pipe(name, note string, acts ...act) *corpusFile {
	s.add(corpusFile{name: name + ".rsp", format: "pipe-gb18030-return", note: note, acts: acts,
		content: gb18030Bytes(joined(append(render(acts, pipeLine), pipeTrailer(corpusBatch, acts))...))})
	return &s.files[len(s.files)-1]
}

func (s *script) csv(name, note string, acts ...act) *corpusFile {
	s.add(corpusFile{name: name + ".csv", format: "plain-csv-return", note: note, acts: acts, first: 2,
		content: []byte(byteOrderMark + joined(append([]string{csvTitles}, render(acts, csvLine)...)...))})
	return &s.files[len(s.files)-1]
}

func (s *script) fixed(name, note string, acts ...act) *corpusFile {
	var total domain.Money
	for _, a := range acts {
		total = total.Add(a.yuan())
	}
	s.add(corpusFile{name: name + ".ret", format: "fixed-gbk-return", note: note, acts: acts, first: 2,
		content: gb18030Bytes(joined(append([]string{fixedHeader(corpusBatch, len(acts), total)}, render(acts, fixedLine)...)...))})
	return &s.files[len(s.files)-1]
}

func (s *script) sheet(name, format, note string, first int, rows [][]string, acts ...act) *corpusFile {
	s.add(corpusFile{name: name + ".xlsx", format: format, note: note, acts: acts, first: first, content: sheetBytes(s.t, rows)})
	return &s.files[len(s.files)-1]
}

// replaceText changes a text of the content, which must be there once.
func (f *corpusFile) replaceText(old, new string) *corpusFile {
	before := string(f.content)
	if strings.Count(before, old) != 1 {
		panic(fmt.Sprintf("%s holds %q %d times", f.name, old, strings.Count(before, old)))
	}
	f.content = []byte(strings.Replace(before, old, new, 1))
	return f
}

// corpus is the whole of testdata/bank, in the order of expected.yaml.
func corpus(t *testing.T) *script {
	s := &script{t: t}
	s.a, s.b, s.r = corpusRuns()
	s.plain()
	s.returns()
	s.amounts()
	s.repeated()
	s.foreign()
	s.reversals()
	s.sequences()
	s.references()
	s.encodings()
	s.cut()
	s.lies()
	s.spreadsheets()
	s.oddities()
	return s
}

func (s *script) plain() {
	s.icbc("matched-all", "every line paid; rare characters in GB18030 of 2022", all(s.a)...)
	s.pipe("matched-all", "the same with codes, sides and a trailer", all(s.a)...)
	s.csv("matched-all", "the same as CSV with titles", all(s.a)...)
	s.fixed("matched-gbk", "fixed width; only names that GBK has", ok(s.a, 1), ok(s.a, 2), ok(s.a, 7), ok(s.a, 8))
	s.icbc("matched-shuffled", "row order differs from the instruction", ok(s.a, 8), ok(s.a, 3), ok(s.a, 1))
}

func (s *script) returns() {
	for _, reason := range Reasons() {
		rules := []string(nil)
		if reason == OtherReason {
			rules = []string{"bankfile.reason"} // words that no entry of the layout has
		}
		s.icbc("returned-"+string(reason), "one paid, one returned", ok(s.a, 1), returned(s.a, 2, reason).classed("returned", rules...))
	}
	s.pipe("returned-codes", "reasons by code", returned(s.a, 1, AccountNotFound), returned(s.a, 2, NameMismatch), returned(s.a, 3, AccountClosed),
		returned(s.a, 4, AccountFrozen), returned(s.a, 5, RareCharacter), returned(s.a, 6, RareCharacter), returned(s.a, 7, IDMismatch), returned(s.a, 8, OtherReason))
	s.fixed("returned-fixed", "reasons by code, fixed width", ok(s.a, 1), returned(s.a, 2, NotActivated), returned(s.a, 8, CardReplaced))
}

func (s *script) amounts() {
	amount := func(line int, yuan, class string) act {
		return ok(s.a, line).with(func(a *act) { a.amount, a.class = yuan, class })
	}
	s.icbc("under-one-fen", "one fen too little", amount(1, "79.99", "under-amount"), ok(s.a, 2))
	s.icbc("over-one-fen", "one fen too much", amount(1, "80.01", "over-amount"), ok(s.a, 2))
	s.pipe("under-and-over", "in fen", amount(1, "0.01", "under-amount"), amount(2, "5900.00", "over-amount"), ok(s.a, 3))
	lost := ok(s.a, 1).with(func(a *act) { a.shown, a.means = "80.005", noAmount })
	s.icbc("amount-three-decimals", "no amount exact to the fen", lost.classed("unknown", "bankfile.amount-decimals"), ok(s.a, 2))
	words := ok(s.a, 1).with(func(a *act) { a.shown, a.means = "捌拾元", noAmount })
	s.icbc("amount-in-words", "no amount", words.classed("unknown", "bankfile.amount"), ok(s.a, 2))
	s.csv("amount-thousands", "a quoted amount with a comma", ok(s.a, 7).with(func(a *act) { a.shown = `"1,920.00"` }))
}

func noAmount(m *means) { m.Amount = "" }

func (s *script) repeated() {
	again := func(a *act) { a.serial, a.on = "S9999", "2021-12-16" }
	s.icbc("paid-twice", "two bookings of one line in one file: other serial, other day", ok(s.a, 1), ok(s.a, 2), ok(s.a, 1).with(again).classed("paid-twice"))
	s.icbc("duplicate-line", "one booking written twice; the running number differs", ok(s.a, 1), ok(s.a, 2), ok(s.a, 1).classed("duplicate-line", "bankfile.duplicate-line"))
	s.pipe("duplicate-line", "the same returned line three times", returned(s.a, 3, AccountClosed), returned(s.a, 3, AccountClosed).classed("duplicate-line", "bankfile.duplicate-line"),
		returned(s.a, 3, AccountClosed).classed("duplicate-line", "bankfile.duplicate-line"))
	s.icbc("paid-twice-and-duplicate", "both", ok(s.a, 1), ok(s.a, 1).with(again).classed("paid-twice"), ok(s.a, 1).with(again).classed("duplicate-line", "bankfile.duplicate-line"))
}

func (s *script) foreign() {
	var others []act
	for _, a := range all(s.b) {
		others = append(others, a.classed("unknown", "bankfile.other-run"))
	}
	s.icbc("other-office", "the return file of another office's run", others...)
	s.icbc("other-office-mixed", "one line of another office among ours", ok(s.a, 1), others[1], ok(s.a, 2))
	nobody := s.a.payRef(99)
	s.icbc("unknown-line", "a payment reference of a line that the run does not have, and an account that it does not have",
		ok(s.a, 1).with(func(a *act) { a.ref, a.account = nobody, testAccount(777) }).classed("unknown"), ok(s.a, 2))
	batch := s.pipe("other-batch", "our lines under another batch number", ok(s.a, 1), ok(s.a, 2))
	batch.replaceText("TOTAL|"+corpusBatch, "TOTAL|B0002").problems = []string{"bankfile.other-batch"}
	s.icbc("other-account", "money went to an account that nobody signed", ok(s.a, 1).with(func(a *act) { a.account = testAccount(888) }).classed("unknown"), ok(s.a, 2))
}

func (s *script) reversals() {
	red := reversedAs(s.a, 1).with(func(a *act) { a.result, a.amount = Paid, "-80.00"; a.means = reversedMeans })
	s.pipe("reversed-debit", "paid, then a debit in red (negative)", ok(s.a, 1), ok(s.a, 2), red)
	s.pipe("reversed-credit", "paid, then a credit", ok(s.a, 1), ok(s.a, 2), reversedAs(s.a, 1).with(func(a *act) { a.result, a.side = Paid, Credit; a.means = reversedMeans }))
	s.icbc("reversed-word", "the result says so; no side", ok(s.a, 1), reversedAs(s.a, 1))
	s.icbc("reversed-red-no-side", "a negative amount where the layout has no side", ok(s.a, 1), red)
	s.pipe("reversed-code", "the code says so", ok(s.a, 4), reversedAs(s.a, 4).with(func(a *act) { a.side = Credit }))
	s.pipe("reversed-credit-in-red", "a credit with a negative amount takes a reversal back: paid again", ok(s.a, 1), reversedAs(s.a, 1).with(func(a *act) { a.side = Credit }),
		ok(s.a, 1).with(func(a *act) { a.amount, a.side, a.on, a.serial, a.late = "-80.00", Credit, "2021-12-17", "S7777", true }))
	s.icbc("reversed-before-paid", "the reversal stands before the payment", reversedAs(s.a, 1), ok(s.a, 1))
	s.icbc("reversed-never-paid", "a reversal of what was never paid", reversedAs(s.a, 3), ok(s.a, 1))
}

func reversedMeans(m *means) { m.Result = string(Reversed) }

func (s *script) sequences() {
	late := func(a *act) { a.on, a.late = "2022-01-20", true }
	s.icbc("late-after-return", "a payment that was returned arrives after all", ok(s.a, 2).with(late)).after = []string{"returned-account-closed.txt"}
	settled := s.icbc("reissue-settled", "line 2 of run A paid again in run R", ok(s.r, 1).with(func(a *act) { a.on = "2022-01-15" }))
	settled.run, settled.after = s.r, []string{"returned-account-closed.txt"}
	// The class is that of the first instruction line; that its draw was undone makes the whole of it overpaid.
	s.icbc("late-after-reissue", "the first payment arrives after it was paid again", ok(s.a, 2).with(late)).after =
		[]string{"returned-account-closed.txt", "reissue-settled.txt"}
	s.icbc("paid-twice-second-file", "one line of a settled file is booked again on another day", ok(s.a, 4).with(func(a *act) { a.on, a.serial = "2021-12-20", "T0004" }).classed("paid-twice")).after =
		[]string{"matched-all.txt"}
	s.icbc("returned-after-paid", "a later file contradicts an earlier one: the payee's bank sent the money back",
		returned(s.a, 3, AccountVoid).with(func(a *act) { a.on = "2021-12-17" })).after = []string{"matched-all.txt"}
	s.icbc("rest-of-file", "the lines an earlier file left out", ok(s.a, 3), ok(s.a, 4)).after = []string{"returned-account-closed.txt"}
}

func (s *script) references() {
	none := func(a *act) { a.ref = "-" }
	s.icbc("no-pay-ref", "no payment reference: account and amount are one line's only", ok(s.a, 4).with(none).classed("matched", "bankfile.missing"))
	s.icbc("no-pay-ref-no-match", "no payment reference, and the amount is nobody's", ok(s.a, 4).with(func(a *act) { a.ref, a.amount = "-", "961.00" }).classed("unknown", "bankfile.missing"))
	broken := s.a.payRef(5)
	broken = broken[:8] + string('0'+('9'-broken[8])%10) + broken[9:]
	if broken == s.a.payRef(5) {
		panic("choose another character to damage")
	}
	s.icbc("damaged-pay-ref", "one character of the payment reference is wrong", ok(s.a, 5).with(func(a *act) { a.ref, a.means = broken, noPayRef }).classed("matched", "bankfile.pay-ref"))
	s.icbc("pay-ref-in-remark", "words around the payment reference, in small letters", ok(s.a, 5).with(func(a *act) {
		a.ref = "12月补贴" + strings.ToLower(s.a.payRef(5)) + "完"
		a.means = func(m *means) { m.PayRef = s.a.payRef(5) }
	}))
}

func noPayRef(m *means) { m.PayRef = "" }

func (s *script) encodings() {
	s.icbc("utf-8", "UTF-8 where GB18030 was agreed", all(s.a)...)
	f := &s.files[len(s.files)-1]
	f.content, f.problems = []byte(joined(render(f.acts, icbcLine)...)), []string{"bankfile.encoding"}
	s.icbc("utf-8-bom", "the same with a byte order mark", ok(s.a, 5), ok(s.a, 6))
	f = &s.files[len(s.files)-1]
	f.content, f.problems = []byte(byteOrderMark+joined(render(f.acts, icbcLine)...)), []string{"bankfile.encoding"}
	s.csv("gb18030", "GB18030 where UTF-8 was agreed", ok(s.a, 5), ok(s.a, 6))
	f = &s.files[len(s.files)-1]
	f.content, f.problems = gb18030Bytes(joined(append([]string{csvTitles}, render(f.acts, csvLine)...)...)), []string{"bankfile.encoding"}
	s.icbc("rare-characters", "𠮷 in four bytes, 龴 as FE59", ok(s.a, 5), ok(s.a, 6))
	old := s.icbc("rare-characters-2005", "龴 by the table of 2005", ok(s.a, 5), ok(s.a, 6))
	old.replaceText("\xFE\x59", "\x82\x35\x90\x37")
	bar := s.pipe("bar-inside-character", "the second byte of 亅 is that of the separator", ok(s.a, 1).with(func(a *act) { a.holder = "张某亅" }))
	if !strings.Contains(string(bar.content), "\x81\x7C") {
		panic("亅 is not what it was")
	}
	s.icbc("lost-character", "a name that a conversion destroyed", ok(s.a, 6).classed("matched", "bankfile.undecodable")).replaceText("\xFE\x59", "\xFF\xFF")
	s.csv("replacement-character", "U+FFFD in a name", ok(s.a, 6).with(func(a *act) { a.holder = "\uFFFD某己" }).classed("matched", "bankfile.undecodable"))
	s.icbc("lost-digit", "an account that a conversion destroyed", ok(s.a, 1).with(func(a *act) { a.account, a.means = "6229990000\uFFFD", noAccount }).
		classed("matched", "bankfile.undecodable"))
	s.files[len(s.files)-1].content = gb18030Bytes(joined(render(s.files[len(s.files)-1].acts, icbcLine)...))
}

func noAccount(m *means) { m.Account = "" }
