package bankfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"almoner/domain"
	"almoner/ledger/rosterfile"
)

// maxRecordBytes is the most bytes of one line that are kept. A line of 64 columns of their greatest width is half of it.
const maxRecordBytes = 64 << 10

// value is one cell of any kind of file. In a text file only Text and Long are ever set.
type value = rosterfile.SheetCell

// rawRecord is one line of a file before its columns are told apart. bytes and cells are reused by the next.
type rawRecord struct {
	number int    // as an editor or a spreadsheet shows it
	bytes  []byte // of a text file, without the line ending
	cells  []value
	ended  bool // it has a line ending; always true in a workbook
	long   bool // it had more than maxRecordBytes
}

// textRecords streams the lines of a text file, blank ones too.
func textRecords(r io.ReaderAt, size int64, skip int64) iter.Seq2[rawRecord, error] {
	return func(yield func(rawRecord, error) bool) {
		lines := bufio.NewReaderSize(io.NewSectionReader(r, skip, size-skip), maxRecordBytes)
		for number := 1; ; number++ {
			rec, err := nextLine(lines)
			rec.number = number
			if err != nil && !errors.Is(err, io.EOF) {
				yield(rawRecord{}, fmt.Errorf("read line %d: %w", number, err))
				return
			}
			// Old bank programs end a file with ^Z, the end mark of DOS.
			if !rec.ended {
				rec.bytes = bytes.TrimRight(rec.bytes, "\x1A")
			}
			if (rec.ended || len(rec.bytes) > 0) && !yield(rec, nil) {
				return
			}
			if err != nil {
				return
			}
		}
	}
}

// nextLine reads up to the next line feed. The error is io.EOF with the last line.
func nextLine(lines *bufio.Reader) (rawRecord, error) {
	b, err := lines.ReadSlice('\n')
	rec := rawRecord{bytes: b}
	if errors.Is(err, bufio.ErrBufferFull) {
		rec.bytes, rec.long = bytes.Clone(b), true
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = lines.ReadSlice('\n')
		}
	}
	if err == nil {
		rec.ended = true
		rec.bytes = bytes.TrimSuffix(bytes.TrimSuffix(rec.bytes, []byte("\n")), []byte("\r"))
	}
	return rec, err
}

// sheetRecords streams the rows of a sheet.
func sheetRecords(book *rosterfile.Workbook, sheet string) iter.Seq2[rawRecord, error] {
	return func(yield func(rawRecord, error) bool) {
		for row, err := range book.Rows(sheet) {
			if err != nil {
				yield(rawRecord{}, err)
				return
			}
			if !yield(rawRecord{number: row.Number, cells: row.Cells, ended: true}, nil) {
				return
			}
		}
	}
}

// splitFault says how the columns of a line do not add up.
type splitFault int

const (
	splitFine splitFault = iota
	tooFewColumns
	tooManyColumns
	brokenQuotes
)

// splitText takes a line apart at the separator. One separator more after the last column is a habit of many banks.
// With quotes, a value may stand in double quotes, in which "" is one; a line break inside quotes is not known.
func (f *Format) splitText(into []value, text string, want int) ([]value, splitFault) {
	for {
		var cell string
		more, ok := false, true
		if f.quotes && strings.HasPrefix(text, `"`) {
			cell, text, more, ok = cutQuoted(text, f.separator)
		} else {
			cell, text, more = strings.Cut(text, f.separator)
		}
		if !ok {
			return into, brokenQuotes
		}
		if !more && cell == "" && len(into) == want && want > 0 {
			return into, splitFine
		}
		into = append(into, value{Text: f.unguarded(cell)})
		if !more {
			return into, fitOf(len(into), want)
		}
		if len(into) > 2*maxColumns {
			return into, tooManyColumns
		}
	}
}

func fitOf(have, want int) splitFault {
	switch {
	case have < want:
		return tooFewColumns
	case have > want:
		return tooManyColumns
	}
	return splitFine
}

// cutQuoted takes a quoted value from the beginning of text, which begins with a quote.
func cutQuoted(text, separator string) (cell, rest string, more, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		rest, more = strings.CutPrefix(text[i+1:], separator)
		return b.String(), rest, more, more || rest == ""
	}
	return "", "", false, false
}

// unguarded removes the marks that keep a spreadsheet from changing a value: an apostrophe before it and ="…" around it.
func (f *Format) unguarded(s string) string {
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	if f.guard {
		return strings.TrimPrefix(s, "'")
	}
	return s
}

// splitFixed takes a line apart by bytes, before decoding: widths count bytes, and a character has up to four. A line
// with its line ending may lack trailing blanks, which editors and mail remove; without a line ending it may be cut.
func splitFixed(into []value, d *decoder, rec rawRecord, columns []column) ([]value, splitFault) {
	b, fault := rec.bytes, splitFine
	if whole := width(columns); len(b) > whole {
		if len(bytes.TrimRight(b[whole:], " ")) > 0 {
			return into, tooManyColumns
		}
		b = b[:whole]
	}
	for _, c := range columns {
		n := min(c.width, len(b))
		if n < c.width && (c.right || !rec.ended) {
			fault = tooFewColumns
		}
		into = append(into, value{Text: unpadded(d.text(b[:n]), c)})
		b = b[n:]
	}
	return into, fault
}

// unpadded removes what fills a column.
func unpadded(s string, c column) string {
	s = strings.Trim(s, " \u3000")
	if !c.zero || s == "" {
		return s
	}
	digits, negative := strings.CutPrefix(s, "-")
	digits = strings.TrimLeft(digits, "0")
	if digits == "" || digits[0] == '.' {
		digits = "0" + digits
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// formatDay writes a day by a layout of package time.
func formatDay(d domain.Date, layout string) string {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format(layout)
}

// parseDay reads a day in any of the layouts, with or without a time of day behind it. The order is always year, month,
// day, so that no day is taken for another.
func parseDay(s string) (domain.Date, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s, _, _ = strings.Cut(s, "T")
	for _, layout := range [...]string{"2006-01-02", "20060102", "2006/01/02"} {
		if t, err := time.Parse(layout, s); err == nil {
			d, err := domain.NewDate(t.Year(), t.Month(), t.Day())
			return d, err == nil
		}
	}
	return domain.Date{}, false
}
