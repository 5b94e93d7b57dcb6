package bankfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/ledger/rosterfile"
)

// Limits of a file that is read.
const (
	// MaxBytes is the greatest size of a file: a million lines take some 150 MB.
	MaxBytes = 512 << 20
	// TitlesWithin is the number of rows among which the titles must stand: the name of the list comes first.
	TitlesWithin = 10
)

// Reading is a file to be read by a layout. Passes must not overlap.
type Reading struct {
	f       *Format
	r       io.ReaderAt
	size    int64
	expect  Expectation
	rules   ruleSet
	summary Summary
}

// Read prepares reading a file; nothing is read yet. r must stay readable until the last pass is over.
func (f *Format) Read(r io.ReaderAt, size int64, expect Expectation) *Reading {
	return &Reading{f: f, r: r, size: size, expect: expect, rules: newRuleSet()}
}

// Summary tells what the last pass of Lines found.
func (rd *Reading) Summary() Summary { return rd.summary }

// Lines reads the file from its beginning and yields every line, also damaged ones. An error ends the pass: a
// *domain.RefusedError when the file is empty, too large or no file of this layout at all (the file itself is kept all
// the same, by the caller), and any other error when reading failed.
func (rd *Reading) Lines() iter.Seq2[BankLine, error] {
	return func(yield func(BankLine, error) bool) {
		p := rd.newPass()
		rd.summary = Summary{ByResult: map[Result]Tally{}, Runs: map[string]int{}, Rules: map[string]int{}}
		records, err := p.open()
		if err != nil {
			yield(BankLine{}, fmt.Errorf("read bank file %s as %s: %w", rd.expect.Name, rd.f.id, err))
			return
		}
		for rec, err := range records {
			if err != nil {
				yield(BankLine{}, fmt.Errorf("read bank file %s as %s: %w", rd.expect.Name, rd.f.id, err))
				return
			}
			line, isLine := p.record(rec)
			if isLine && !yield(line, nil) {
				return
			}
			if p.noTitles {
				break
			}
		}
		if err := p.finish(); err != nil {
			yield(BankLine{}, fmt.Errorf("read bank file %s as %s: %w", rd.expect.Name, rd.f.id, err))
		}
	}
}

// pass is one reading of a file.
type pass struct {
	*Reading
	sum      *Summary
	decode   *decoder
	headers  int   // header records read, or found missing
	places   []int // of each column among the cells of a line, -1 if absent; nil before titles were found
	want     int   // cells that a line of a delimited file has
	noTitles bool
	trailers []bool // which trailer records were read
	ending   bool   // a line ending was seen
	seen     map[[16]byte]int
	cells    []value // reused
	ordered  []value // reused
	runs     []string
}

func (rd *Reading) newPass() *pass {
	p := &pass{Reading: rd, sum: &rd.summary, seen: map[[16]byte]int{}, trailers: make([]bool, len(rd.f.trailer))}
	for _, run := range rd.expect.Runs {
		p.runs = append(p.runs, payrun.RunPart(run))
	}
	if !rd.f.titles {
		p.places, p.want = inOrder(len(rd.f.columns)), len(rd.f.columns)
	}
	return p
}

func inOrder(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

// open finds out how the bytes are stored.
func (p *pass) open() (iter.Seq2[rawRecord, error], error) {
	switch {
	case p.size == 0:
		return nil, domain.Refuse(domain.Invalid, "bankfile.empty", "文件是空的。").WithNext("检查是否选错了文件。")
	case p.size > MaxBytes:
		return nil, domain.Refuse(domain.Invalid, "bankfile.too-large", "文件有 %d 字节，超过 %d 字节。", p.size, MaxBytes).WithNext("请银行分成几个文件。")
	}
	head := make([]byte, min(p.size, 4))
	if _, err := p.r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	isBook := strings.HasPrefix(string(head), "PK\x03\x04")
	switch {
	case p.f.kind == XLSX:
		return p.openSheet()
	case isBook:
		return nil, domain.Refuse(domain.Invalid, "bankfile.kind", "这是 XLSX 文件，格式“%s”是文本文件。", p.f.zh).WithNext("换用对应的格式，或向银行索取文本文件。")
	}
	return p.openText()
}

func (p *pass) openSheet() (iter.Seq2[rawRecord, error], error) {
	book, err := rosterfile.OpenWorkbook(p.expect.Name, p.r, p.size)
	if err != nil {
		return nil, err
	}
	sheets := book.Sheets()
	if len(sheets) == 0 {
		return nil, domain.Refuse(domain.Invalid, "bankfile.no-sheet", "工作簿里没有可见的工作表。").WithNext("检查是否选错了文件。")
	}
	if p.sum.Sheet = sheets[0]; slices.Contains(sheets, p.f.sheet) {
		p.sum.Sheet = p.f.sheet
	}
	return sheetRecords(book, p.sum.Sheet), nil
}

func (p *pass) openText() (iter.Seq2[rawRecord, error], error) {
	found, long, err := p.detect()
	if err != nil {
		return nil, err
	}
	p.sum.Encoding, p.decode = found, newDecoder(found)
	if long && isUTF8(found) != isUTF8(p.f.encoding) {
		p.fileProblem(0, "bankfile.encoding", found, p.f.encoding)
	}
	skip := int64(0)
	if found == UTF8BOM {
		skip = int64(len(byteOrderMark))
	}
	return textRecords(p.r, p.size, skip), nil
}

func isUTF8(e Encoding) bool { return e == UTF8 || e == UTF8BOM }

// detect finds the encoding. The layout decides where the bytes could be either. long is false for plain ASCII, which is
// the same in all of them.
func (p *pass) detect() (found Encoding, long bool, err error) {
	if found, err = Detect(p.r, p.size); err != nil || found == UTF8BOM {
		return found, true, err
	}
	chinese, other, valid, err := scanUTF8(io.NewSectionReader(p.r, 0, p.size))
	if err != nil {
		return "", false, err
	}
	if valid && isUTF8(p.f.encoding) {
		return UTF8, chinese || other, nil
	}
	return found, found == GB18030 || chinese, nil
}

// fileProblem notes a problem of the whole file.
func (p *pass) fileProblem(line int, rule string, args ...any) {
	p.sum.Rules[rule]++
	if len(p.sum.Problems) < maxFileProblems {
		p.sum.Problems = append(p.sum.Problems, p.rules.problem(line, "", "", rule, args...))
	}
}

// record reads one line of the file: a header, the titles, a trailer, or a line that is yielded.
func (p *pass) record(rec rawRecord) (BankLine, bool) {
	p.ending = p.ending || rec.ended
	if isBlank(rec) {
		p.sum.Blank++
		return BankLine{}, false
	}
	for p.headers < len(p.f.header) {
		p.headers++
		if p.isRecord(rec, p.f.header[p.headers-1], false) {
			return BankLine{}, false
		}
		p.fileProblem(rec.number, "bankfile.header-missing", p.headers)
	}
	if p.f.titles && p.isTitles(rec) {
		return BankLine{}, false
	}
	if p.places == nil { // the titles are still to come
		p.sum.Skipped = append(p.sum.Skipped, rec.number)
		p.noTitles = len(p.sum.Skipped) >= TitlesWithin
		return BankLine{}, false
	}
	for i, t := range p.f.trailer {
		if !p.trailers[i] && p.isRecord(rec, t, true) {
			p.trailers[i] = true
			return BankLine{}, false
		}
	}
	return p.line(rec), true
}

func isBlank(rec rawRecord) bool {
	if rec.cells == nil {
		return strings.Trim(string(rec.bytes), " \t") == ""
	}
	return !slices.ContainsFunc(rec.cells, func(v value) bool { return v.Text != "" || v.Fault })
}

// isTitles looks for the titles of the columns and remembers where each stands. Once found, the same row again, as at the
// top of a printed page, is passed over.
func (p *pass) isTitles(rec rawRecord) bool {
	cells, _ := p.split(rec, nil, 0)
	places, found := make([]int, len(p.f.columns)), 0
	for i, c := range p.f.columns {
		places[i] = slices.IndexFunc(cells, func(v value) bool { return titleKey(v.Text) == titleKey(c.title) })
		if places[i] >= 0 {
			found++
		} else if c.required {
			return false
		}
	}
	if found < 2 {
		return false
	}
	if p.places != nil {
		p.sum.Skipped = append(p.sum.Skipped, rec.number)
		return true
	}
	p.places, p.want = places, len(cells)
	for i, place := range places {
		if place < 0 && p.f.columns[i].form != formNothing {
			p.fileProblem(rec.number, "bankfile.column-missing", p.f.columns[i].title)
		}
	}
	return true
}

// split takes a record apart: by columns in a file of fixed width, into want cells in a delimited one.
func (p *pass) split(rec rawRecord, columns []column, want int) ([]value, splitFault) {
	p.cells = p.cells[:0]
	fault := splitFine
	switch p.f.kind {
	case XLSX:
		return rec.cells, splitFine
	case Fixed:
		p.cells, fault = splitFixed(p.cells, p.decode, rec, columns)
	default:
		p.cells, fault = p.f.splitText(p.cells, p.decode.text(rec.bytes), want)
	}
	return p.cells, fault
}

// line reads a record as a line of the file.
func (p *pass) line(rec rawRecord) BankLine {
	r := &lineReader{f: p.f, rules: p.rules, line: BankLine{Line: rec.number}}
	cells, fault := p.split(rec, p.f.columns, p.want)
	if rec.long || fault != splitFine {
		p.damaged(r, rec, cells, fault)
	} else {
		r.read(p.f.columns, p.inPlaces(cells))
		if !rec.ended && p.ending {
			r.line.Problems = append(r.line.Problems, p.rules.problem(rec.number, "", "", "bankfile.no-line-ending"))
		}
	}
	if slices.Contains(p.trailers, true) {
		r.line.Problems = append(r.line.Problems, p.rules.problem(rec.number, "", "", "bankfile.after-trailer"))
	}
	p.compare(&r.line, cells, rec)
	p.count(&r.line)
	return r.line
}

// inPlaces brings the cells into the order of the columns.
func (p *pass) inPlaces(cells []value) []value {
	p.ordered = p.ordered[:0]
	for _, place := range p.places {
		v := value{}
		if place >= 0 && place < len(cells) {
			v = cells[place]
		}
		p.ordered = append(p.ordered, v)
	}
	return p.ordered
}

// damaged reads what is safe of a line whose columns do not add up. A last line without its line ending was cut: its
// columns stand where they should, but the last of them may be incomplete.
func (p *pass) damaged(r *lineReader, rec rawRecord, cells []value, fault splitFault) {
	text := ""
	if p.decode != nil {
		text = p.decode.text(rec.bytes)
	}
	report := func(rule string, args ...any) {
		r.line.Problems = append(r.line.Problems, p.rules.problem(rec.number, "", shorten(maskLine(strings.Join(strings.Fields(text), " "), true)), rule, args...))
	}
	switch {
	case rec.long:
		report("bankfile.line-too-long", maxRecordBytes)
	case fault == tooFewColumns && !rec.ended:
		report("bankfile.truncated")
		p.beforeCut(r, rec, cells)
		return
	case fault == brokenQuotes:
		report("bankfile.quotes")
	case p.f.kind == Fixed:
		report("bankfile.columns", len(rec.bytes), width(p.f.columns))
	default:
		report("bankfile.columns", len(cells), p.want)
	}
	if ref, ok := findPayRef(text); ok {
		r.setPayRef(ref)
	}
}

// beforeCut reads the columns of a cut line that are whole. Required ones behind the cut are not reported one by one.
func (p *pass) beforeCut(r *lineReader, rec rawRecord, cells []value) {
	whole := max(len(cells)-1, 0)
	if p.f.kind == Fixed {
		for whole = 0; whole < len(cells) && width(p.f.columns[:whole+1]) <= len(rec.bytes); whole++ {
		}
	}
	columns := slices.Clone(p.f.columns)
	values := p.inPlaces(cells)
	for i := range columns {
		if p.places[i] >= whole {
			columns[i].required, values[i] = false, value{}
		}
	}
	r.read(columns, values)
}

// compare notices a line that stands in the file already, whatever its running number.
func (p *pass) compare(l *BankLine, cells []value, rec rawRecord) {
	h := sha256.New()
	if len(cells) == 0 {
		h.Write(rec.bytes)
	}
	number := slices.IndexFunc(p.f.columns, func(c column) bool { return c.field == FieldLine })
	for i, v := range cells {
		if number < 0 || p.places[number] != i {
			io.WriteString(h, v.Text) //nolint:errcheck // a hash never fails
			h.Write([]byte{0})
		}
	}
	var key [16]byte
	copy(key[:], h.Sum(nil))
	if first, ok := p.seen[key]; ok {
		l.SameAs = first
		l.Problems = append(l.Problems, p.rules.problem(l.Line, "", "", "bankfile.duplicate-line", first))
		return
	}
	p.seen[key] = l.Line
}

// count adds a line to the summary.
func (p *pass) count(l *BankLine) {
	s := p.sum
	if l.Run != "" {
		if _, known := s.Runs[l.Run]; known || len(s.Runs) < maxRuns {
			s.Runs[l.Run]++
		}
		if p.expect.Runs != nil && !slices.Contains(p.runs, l.Run) {
			l.Problems = append(l.Problems, p.rules.problem(l.Line, "", l.PayRef, "bankfile.other-run"))
		}
	}
	if s.Batch == "" {
		s.Batch = l.Batch
	}
	s.Lines++
	s.Total = s.Total.Add(l.Amount)
	t := s.ByResult[l.Result]
	s.ByResult[l.Result] = Tally{t.Lines + 1, t.Total.Add(l.Amount)}
	if l.OK() {
		s.Good++
	}
	for _, problem := range l.Problems {
		s.Rules[problem.Rule]++
	}
}
