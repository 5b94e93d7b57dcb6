package rosterfile

import (
	"fmt"
	"io"
	"iter"

	"golang.org/x/text/transform"
)

// What readers of other office files share with this package: the characters of GB18030 as revised in 2022, and the rows
// of a workbook, streamed within the same limits.

// NewGB18030Decoder returns a decoder of GB18030 as revised in 2022, with GBK and GB2312 inside it. Bytes without a
// character become U+FFFD and never an error.
func NewGB18030Decoder() transform.Transformer { return newGB18030Decoder() }

// revisedCodes are the codes that revised2022 knows.
var revisedCodes = [...]uint16{0xA6D9, 0xA6DA, 0xA6DB, 0xA6DC, 0xA6DD, 0xA6DE, 0xA6DF, 0xA6EC, 0xA6ED, 0xA6F3,
	0xFE59, 0xFE61, 0xFE66, 0xFE67, 0xFE6D, 0xFE7E, 0xFE90, 0xFEA0, 0xA8BC}

// GB18030Revised returns the two bytes that the revision of 2022 gives a character which the library encodes by the older
// table; ok is false for every other character.
func GB18030Revised(r rune) (lead, trail byte, ok bool) {
	for _, code := range revisedCodes {
		if lead, trail := byte(code>>8), byte(code); revised2022(lead, trail) == r {
			return lead, trail, true
		}
	}
	return 0, 0, false
}

// CellText returns what reading a workbook makes of a text: without blanks and marks around it. A writer compares, so that
// no text changes on its way.
func CellText(s string) string { return trim(s) }

// Workbook is an opened XLSX, for lists that are no rosters.
type Workbook struct {
	book *workbook
}

// SheetCell is one value of a workbook: trimmed, and without the marks that only tell a spreadsheet to keep it as text.
type SheetCell struct {
	Text    string
	Number  bool // stored as a number: digits beyond the fifteenth are lost
	Day     bool // stored as a number and shown as a day, which Text gives as 2021-06-30, or as stored if it is none
	Fault   bool // an error such as #REF!, or a formula without a result
	Formula bool // Text is the stored result
	Long    bool // Text was longer than MaxCellCharacters and is cut
}

// SheetRow is one row that a sheet stores. Cells are reused by the next row.
type SheetRow struct {
	Number int // as Excel shows it
	Cells  []SheetCell
}

// OpenWorkbook opens an XLSX within the limits of this package. It fails with *domain.RefusedError when the file is no
// whole workbook. r is read until the last pass over Rows is over.
func OpenWorkbook(name string, r io.ReaderAt, size int64) (*Workbook, error) {
	book, err := openWorkbook(name, r, size)
	if err != nil {
		return nil, err
	}
	return &Workbook{book: book}, nil
}

// Sheets names the visible sheets in order.
func (w *Workbook) Sheets() []string {
	var names []string
	for _, s := range w.book.sheets {
		names = append(names, s.name)
	}
	return names
}

// Rows streams the rows of a sheet. Merged ranges are not heeded: only their first cell has a value. An error ends it.
func (w *Workbook) Rows(sheet string) iter.Seq2[SheetRow, error] {
	return func(yield func(SheetRow, error) bool) {
		for _, s := range w.book.sheets {
			if s.name != sheet {
				continue
			}
			var cells []SheetCell
			for l, err := range s.lines() { // without loadMerges, nothing is filled down
				if err != nil {
					yield(SheetRow{}, fmt.Errorf("read sheet %s: %w", sheet, err))
					return
				}
				cells = cells[:0]
				for _, c := range l.cells {
					cells = append(cells, w.sheetCell(c))
				}
				if !yield(SheetRow{Number: l.number, Cells: cells}, nil) {
					return
				}
			}
			return
		}
	}
}

func (w *Workbook) sheetCell(c cell) SheetCell {
	s := SheetCell{Text: c.raw, Number: c.kind == numberCell || c.kind == dateCell, Day: c.kind == dateCell,
		Fault: c.kind == errorCell || c.noResult, Formula: c.formula, Long: c.long}
	if c.kind == dateCell {
		if day, fault := parseSerial(c.raw, w.book.date1904); fault == nil {
			s.Text = day.String()
		}
	}
	return s
}
