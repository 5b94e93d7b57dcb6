package rosterfile

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// xlsxSheet is one visible sheet of a workbook.
type xlsxSheet struct {
	book   *workbook
	name   string
	part   string
	merges []merge // sorted by first row; filled by loadMerges
}

// merge is a merged range: columns from 0, rows as Excel shows them.
type merge struct{ top, bottom, left, right int }

// maxMerges is the number of merged ranges that are heeded. A roster has dozens.
const maxMerges = 20_000

func (s *xlsxSheet) title() string { return s.name }

// spans gives the merged ranges that begin in a row.
func (s *xlsxSheet) spans(row int) []span {
	var out []span
	for _, m := range s.merges {
		if m.top == row {
			out = append(out, span{m.left, m.right, m.bottom})
		}
	}
	return out
}

// lines streams the rows that the sheet stores. Cells covered by a merged range downwards carry the value of its first
// cell and say so.
func (s *xlsxSheet) lines() iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		r, err := s.book.open(s.part, maxSheetBytes)
		if err != nil {
			yield(line{}, err)
			return
		}
		defer r.Close() //nolint:errcheck // reading only
		w := &sheetWalk{sheet: s, x: newXMLScanner(r)}
		for {
			l, err := w.nextLine()
			if errors.Is(err, errSheetEnd) {
				return
			}
			if err != nil {
				yield(line{}, damaged(s.part, err))
				return
			}
			w.fillMerged(&l)
			if !yield(l, nil) {
				return
			}
		}
	}
}

var (
	errSheetEnd = errors.New("end of sheet")
	errRowOrder = errors.New("rows or cells are not in order")
)

// sheetWalk is one pass over a sheet.
type sheetWalk struct {
	sheet  *xlsxSheet
	x      *xmlScanner
	number int    // of the row last read
	cells  []cell // reused for each row
	begun  int    // merges before this one have begun
	open   []openMerge
}

// openMerge is a merged range that reaches the current row, with its value.
type openMerge struct {
	merge
	value cell
}

// nextLine reads up to the end of the next row.
func (w *sheetWalk) nextLine() (line, error) {
	for {
		token, err := w.x.next(false)
		if errors.Is(err, io.EOF) {
			return line{}, io.ErrUnexpectedEOF // a sheet ends with its root, after sheetData
		}
		if err != nil {
			return line{}, err
		}
		if token == xmlEnd && w.x.is("sheetData") {
			return line{}, errSheetEnd
		}
		if token == xmlStart && w.x.is("row") {
			return w.readRow()
		}
	}
}

func (w *sheetWalk) readRow() (line, error) {
	number := w.number + 1
	if a := w.x.attr("r"); a != nil {
		n, err := strconv.Atoi(string(a))
		if err != nil || n < number {
			return line{}, errRowOrder
		}
		number = n
	}
	w.number, w.cells = number, w.cells[:0]
	l := line{number: number, hidden: isTrue(w.x.attr("hidden"))}
	column := -1
	for {
		token, err := w.x.next(false)
		if err != nil {
			return line{}, unexpected(err)
		}
		if token == xmlEnd && w.x.is("row") {
			l.cells = w.cells
			return l, nil
		}
		if token != xmlStart || !w.x.is("c") {
			continue
		}
		next := column + 1
		if a := w.x.attr("r"); a != nil {
			if next, err = columnIndex(a); err != nil || next <= column {
				return line{}, errRowOrder
			}
		}
		column = next
		c, err := w.readCell()
		if err != nil {
			return line{}, err
		}
		if err := w.put(column, c); err != nil {
			return line{}, err
		}
	}
}

// put stores a cell at its column. Blank cells far to the right are formatting and do not count.
func (w *sheetWalk) put(column int, c cell) error {
	if column >= MaxColumns {
		if c.kind == blankCell {
			return nil
		}
		return refuse("import.too-many-columns", "删除与名册无关的列后重新上传。", "工作表「%s」第 %d 行在第 %d 列之后还有内容。", w.sheet.name, w.number, MaxColumns)
	}
	for len(w.cells) < column {
		w.cells = append(w.cells, cell{})
	}
	w.cells = append(w.cells, c)
	return nil
}

// readCell reads one c element: its type and style, stored value, inline text and whether it has a formula.
func (w *sheetWalk) readCell() (cell, error) {
	kind := string(w.x.attr("t"))
	style := -1
	if a := w.x.attr("s"); a != nil {
		style, _ = strconv.Atoi(string(a)) // a damaged style is no date
	}
	var value []byte
	want, phonetic, formula, hasValue, cut := false, false, false, false, false
	for {
		token, err := w.x.next(want && !phonetic)
		if err != nil {
			return cell{}, unexpected(err)
		}
		start := token == xmlStart
		switch {
		case token == xmlText:
			cut = cut || w.x.cut
			value = append(value, w.x.text[:min(len(w.x.text), maxRawText-min(len(value), maxRawText))]...)
		case w.x.is("c"):
			c, err := w.makeCell(kind, style, string(value))
			c.formula, c.noResult, c.long = formula, formula && !hasValue, c.long || cut
			return c, err
		case w.x.is("f"):
			formula = true
		case w.x.is("v"), w.x.is("t"):
			want, hasValue = start, true
		case w.x.is("rPh"):
			phonetic = start
		}
	}
}

// makeCell interprets a stored value by the type of its cell (ECMA-376 part 1, 18.18.11).
func (w *sheetWalk) makeCell(kind string, style int, value string) (cell, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil && value == "" {
			return cell{}, nil
		}
		text, ok := w.sheet.book.shared.at(i)
		if err != nil || !ok {
			return cell{}, errors.New("a cell names a shared text that does not exist")
		}
		return newCell(textCell, unescape(text)), nil
	case "str", "inlineStr", "d":
		return newCell(textCell, unescape(value)), nil
	case "e":
		return newCell(errorCell, value), nil
	case "b":
		if value == "1" {
			return newCell(textCell, "TRUE"), nil
		}
		return newCell(textCell, "FALSE"), nil
	}
	if style >= 0 && style < len(w.sheet.book.dates) && w.sheet.book.dates[style] {
		return newCell(dateCell, value), nil
	}
	return newCell(numberCell, value), nil
}

// fillMerged gives the cells below the first of a merged range its value.
func (w *sheetWalk) fillMerged(l *line) {
	all := w.sheet.merges
	if w.begun == len(all) && len(w.open) == 0 {
		return
	}
	w.open = slices.DeleteFunc(w.open, func(m openMerge) bool { return m.bottom < l.number })
	for _, m := range w.open {
		for len(w.cells) <= m.left {
			w.cells = append(w.cells, cell{})
		}
		if w.cells[m.left].kind == blankCell {
			w.cells[m.left] = m.value
		}
	}
	for ; w.begun < len(all) && all[w.begun].top <= l.number; w.begun++ {
		m := all[w.begun]
		if m.bottom <= l.number || m.left >= MaxColumns || m.top < l.number {
			continue
		}
		if c := (line{cells: w.cells}).at(m.left); c.kind != blankCell {
			c.merged = true
			w.open = append(w.open, openMerge{m, c})
		}
	}
	l.cells = w.cells
}

// loadMerges reads the merged ranges, which stand after the rows. The rows before are passed over without being parsed.
func (s *xlsxSheet) loadMerges() error {
	r, err := s.book.open(s.part, maxSheetBytes)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	tail := bufio.NewReaderSize(r, 64<<10)
	if err := skipRows(tail); errors.Is(err, io.EOF) {
		return nil // no rows, hence nothing merged that matters
	} else if err != nil {
		return damaged(s.part, err)
	}
	x := newXMLScanner(tail)
	for {
		token, err := x.next(false)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return damaged(s.part, err)
		}
		if token != xmlStart || !x.is("mergeCell") {
			continue
		}
		if m, ok := parseRange(string(x.attr("ref"))); ok && len(s.merges) < maxMerges {
			s.merges = append(s.merges, m)
		}
	}
	slices.SortFunc(s.merges, func(a, b merge) int { return cmp.Compare(a.top, b.top) })
	return nil
}

// skipRows reads past the closing tag of sheetData. A raw '<' stands only at the beginning of a tag, never in a text or
// an attribute.
func skipRows(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('<')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return err
		}
		head, _ := r.Peek(48) // shorter at the end of the part
		if len(head) == 0 || head[0] != '/' {
			continue
		}
		name, _, closed := bytes.Cut(head[1:], []byte(">"))
		if _, local, prefixed := bytes.Cut(name, []byte(":")); prefixed {
			name = local
		}
		if closed && string(bytes.TrimSpace(name)) == "sheetData" {
			_, err = r.ReadSlice('>')
			return err
		}
	}
}

func parseRange(ref string) (merge, bool) {
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return merge{}, false
	}
	left, top, err1 := cellReference(from)
	right, bottom, err2 := cellReference(to)
	return merge{top, bottom, left, right}, err1 == nil && err2 == nil && top <= bottom && left <= right
}

var errReference = errors.New("a cell reference is damaged")

func cellReference(ref string) (column, row int, err error) {
	if column, err = columnIndex([]byte(ref)); err != nil {
		return 0, 0, err
	}
	row, err = strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	return column, row, err
}

// columnIndex reads the letters of a reference such as AB12; columns count from 0.
func columnIndex(ref []byte) (int, error) {
	n := 0
	for i, c := range ref {
		if c < 'A' || c > 'Z' {
			if i == 0 {
				return 0, errReference
			}
			return n - 1, nil
		}
		if n = n*26 + int(c-'A') + 1; n > 16384 { // the last column Excel has
			return 0, errReference
		}
	}
	return 0, errReference
}

// unescape decodes _xHHHH_, by which spreadsheets store control characters (ECMA-376 part 1, 22.9.2.19).
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(n)) // a lone surrogate becomes U+FFFD and is refused
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isTrue(a []byte) bool { return string(a) == "1" || string(a) == "true" }

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
