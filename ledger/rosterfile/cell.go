package rosterfile

import (
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits on a file. A township's roll has some 2,000 people and a county's 30,000; what is larger is split.
const (
	// MaxBytes is the greatest size of a file: the upload limit of the pages.
	MaxBytes = 20 << 20
	// MaxRows is the greatest number of rows below the headers of a file, over all its sheets.
	MaxRows = 200_000
	// MaxColumns is the greatest number of columns with content: the alias table has about fifty fields, and a sheet
	// wider than this is not a roster.
	MaxColumns = 64
	// MaxCellCharacters is the greatest length of a cell that is read: an address or a remark is far below it.
	MaxCellCharacters = 1000
	// HeaderWithin is the number of rows among which the header must stand: titles, the office and the date come first.
	HeaderWithin = 10
)

// cellKind is how a cell was stored.
type cellKind uint8

const (
	blankCell   cellKind = iota
	textCell             // text of a workbook
	numberCell           // a number of a workbook, raw digits
	dateCell             // a number with a date format
	errorCell            // #REF!, #N/A …
	untypedCell          // a field of a text file: text, but maybe a spreadsheet's rendering of a number
)

// cell is one value as stored, trimmed of the blanks and marks around it.
type cell struct {
	kind     cellKind
	raw      string
	formula  bool // the value is the stored result of a formula
	noResult bool // a formula without a stored result
	long     bool // longer than MaxCellCharacters; raw is cut
	merged   bool // the value stands in the first cell of a merged range that covers this one
}

// line is one row of a sheet. cells is reused by the next line.
type line struct {
	number int
	hidden bool
	cells  []cell
}

// at returns the cell of a column, blank beyond the end.
func (l line) at(column int) cell {
	if column < len(l.cells) {
		return l.cells[column]
	}
	return cell{}
}

// sheet is a source of lines, read from the start each time lines is called.
type sheet interface {
	title() string
	lines() iter.Seq2[line, error]
}

// newCell builds a cell from what the file holds.
func newCell(kind cellKind, raw string) cell {
	c := cell{kind: kind, raw: trim(raw)}
	if utf8.RuneCountInString(c.raw) > MaxCellCharacters {
		c.raw, c.long = string([]rune(c.raw)[:MaxCellCharacters]), true
	}
	if kind != errorCell && c.raw == "" {
		c.kind = blankCell
	}
	return c
}

// invisible are the characters that copying leaves around values: no-break and zero-width spaces, a byte order mark.
const invisible = " \t\r\n\u3000\u00a0\u200b\u200c\u200d\u2060\ufeff"

// trim removes blanks around a value and the marks that only tell a spreadsheet to keep it as text: a leading apostrophe,
// and ="…" around digits in text files.
func trim(s string) string {
	s = strings.Trim(s, invisible)
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) && !strings.Contains(inner[:len(inner)-1], `"`) {
		return strings.Trim(inner[:len(inner)-1], invisible)
	}
	for _, mark := range []string{"'", "‘", "’", "＇"} {
		if rest, ok := strings.CutPrefix(s, mark); ok && !strings.HasSuffix(rest, mark) {
			return strings.Trim(rest, invisible)
		}
	}
	return s
}

// normalValue turns full-width digits, letters and signs into ASCII, for values that are digits and marks.
func normalValue(s string) string { return strings.Trim(norm.NFKC.String(s), invisible) }

// normalWord makes a word of a closed set comparable: no blanks, no case, no full-width forms, no brackets.
func normalWord(s string) string { return normalHeader(s) }

// undecodable reports whether decoding lost a character.
func undecodable(s string) bool { return strings.ContainsRune(s, utf8.RuneError) }
