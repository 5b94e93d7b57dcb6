package reports

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"almoner/domain"
	container "almoner/internal/workbook"
)

// workbook writes a report as XLSX, one sheet a table, row by row.
type workbook struct {
	file   *excelize.File
	report Head
	sheets []*sheet
	style  styles
}

type sheet struct {
	name    string
	table   Table
	stream  *excelize.StreamWriter
	next    int // row
	heading int // row of the column titles
}

type styles struct{ title, fact, heading, text, money, count, total, totalMoney, totalCount, note int }

// newWorkbook makes an empty one. What it holds above 16 MB goes to files in dir, which must be the owner's alone.
func newWorkbook(dir string) (*workbook, error) {
	w := &workbook{file: excelize.NewFile(excelize.Options{TmpDir: dir})}
	for _, s := range []struct {
		id    *int
		bold  bool
		size  int
		fill  bool
		align string
		boxed bool
		form  int // built-in number format: 49 text, 4 "#,##0.00", 3 "#,##0"
	}{
		{&w.style.title, true, 16, false, "center", false, 49}, {&w.style.fact, false, 10, false, "left", false, 49},
		{&w.style.heading, true, 10, true, "center", true, 49}, {&w.style.text, false, 10, false, "left", true, 49},
		{&w.style.money, false, 10, false, "right", true, 4}, {&w.style.count, false, 10, false, "right", true, 3},
		{&w.style.total, true, 10, false, "left", true, 49}, {&w.style.totalMoney, true, 10, false, "right", true, 4},
		{&w.style.totalCount, true, 10, false, "right", true, 3}, {&w.style.note, false, 10, false, "left", false, 49},
	} {
		style := &excelize.Style{Font: &excelize.Font{Bold: s.bold, Size: float64(s.size), Family: "宋体"}, NumFmt: s.form,
			Alignment: &excelize.Alignment{Horizontal: s.align, Vertical: "center", WrapText: s.boxed}}
		if s.fill {
			style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDEDED"}}
		}
		if s.boxed {
			for _, side := range []string{"left", "top", "right", "bottom"} {
				style.Border = append(style.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
			}
		}
		id, err := w.file.NewStyle(style)
		if err != nil {
			return nil, err
		}
		*s.id = id
	}
	return w, nil
}

func (w *workbook) head(h Head) error {
	w.report = h
	at := h.At.UTC().Format(time.RFC3339) // the ledger's instant: the same each time
	return w.file.SetDocProps(&excelize.DocProperties{
		Created: at, Modified: at, Creator: "almoner", LastModifiedBy: "almoner", Title: h.Title, Identifier: fmt.Sprint(h.Position), Language: "zh-CN", Revision: "1",
	})
}

// start begins a sheet: title, what the report is about and made from, and the column titles, which are frozen and printed
// on every page.
func (w *workbook) start(t Table) (err error) {
	s := &sheet{name: t.Title, table: t, next: 1}
	if len(w.sheets) == 0 {
		err = w.file.SetSheetName(w.file.GetSheetName(0), s.name)
	} else {
		_, err = w.file.NewSheet(s.name)
	}
	if err != nil {
		return err
	}
	if err := w.layout(s.name); err != nil {
		return err
	}
	if s.stream, err = w.file.NewStreamWriter(s.name); err != nil {
		return err
	}
	w.sheets = append(w.sheets, s)
	for i, c := range t.Columns {
		if err := s.stream.SetColWidth(i+1, i+1, float64(c.Width)); err != nil {
			return err
		}
	}
	s.heading = len(w.lines()) + 2
	top := fmt.Sprintf("A%d", s.heading+1)
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: s.heading, TopLeftCell: top, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := s.across(w.report.Title, w.style.title, 28); err != nil {
		return err
	}
	for _, line := range w.lines() {
		if err := s.across(line, w.style.fact, 0); err != nil {
			return err
		}
	}
	titles := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = excelize.Cell{StyleID: w.style.heading, Value: c.Title}
	}
	return s.write(titles, 0)
}

// lines are what stands between title and table.
func (w *workbook) lines() []string {
	var out []string
	for _, f := range w.report.Facts {
		out = append(out, f.Name+"："+f.Value)
	}
	return append(out, w.report.madeFrom())
}

// layout prints on A4, as wide as one page.
func (w *workbook) layout(name string) error {
	size, width, height, way := 9, 1, 0, "portrait" // 9 is A4; height 0: as many pages as it takes
	if w.report.Wide {
		way = "landscape"
	}
	fit := true
	if err := w.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	return w.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &size, Orientation: &way, FitToWidth: &width, FitToHeight: &height})
}

// across writes one text over the whole width.
func (s *sheet) across(line string, style int, height float64) error {
	from := fmt.Sprintf("A%d", s.next)
	to, err := excelize.CoordinatesToCellName(len(s.table.Columns), s.next)
	if err != nil {
		return err
	}
	if len(s.table.Columns) > 1 {
		if err := s.stream.MergeCell(from, to); err != nil {
			return err
		}
	}
	return s.write([]any{excelize.Cell{StyleID: style, Value: line}}, height)
}

func (s *sheet) write(values []any, height float64) error {
	for _, v := range values {
		if c, ok := v.(excelize.Cell); ok {
			if text, ok := c.Value.(string); ok && len([]rune(text)) > excelize.TotalCellChars {
				return domain.Refuse(domain.Refused, "report.cell-too-long", "a text of %d characters does not fit into a cell of a workbook", len([]rune(text))).
					WithNext("make the report as html")
			}
		}
	}
	var opts []excelize.RowOpts
	if height > 0 {
		opts = append(opts, excelize.RowOpts{Height: height})
	}
	err := s.stream.SetRow(fmt.Sprintf("A%d", s.next), values, opts...)
	s.next++
	return err
}

func (w *workbook) row(cells []Cell, total bool) error {
	s := w.sheets[len(w.sheets)-1]
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = w.cell(c, total)
	}
	return s.write(values, 0)
}

func (w *workbook) cell(c Cell, total bool) excelize.Cell {
	style := w.style
	if total {
		style.text, style.money, style.count = style.total, style.totalMoney, style.totalCount
	}
	switch {
	case c.Blank:
		return excelize.Cell{StyleID: style.text, Value: nil}
	case c.Form == Money:
		return excelize.Cell{StyleID: style.money, Value: double(c.Money)}
	case c.Form == Count:
		return excelize.Cell{StyleID: style.count, Value: c.Count}
	}
	return excelize.Cell{StyleID: style.text, Value: c.Text}
}

// double is the number that a spreadsheet keeps for an amount: its cells are doubles whatever is written. Below 2^53 fen the
// double nearest to n/100 prints as n/100 again, and amounts are bounded by 10^15 fen; nothing is computed with it here.
func double(m domain.Money) float64 { return float64(m.Fen()) / 100 }

func (w *workbook) end() error { return nil }

func (w *workbook) foot(notes []string, hash string) error {
	for _, s := range w.sheets {
		for _, line := range append(slices.Clip(notes), footLines(hash, w.report.Position)...) {
			if err := s.across(line, w.style.note, 0); err != nil {
				return err
			}
		}
		// Before Flush, which writes the parts of a sheet that follow its rows.
		if err := w.file.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{
			OddFooter: fmt.Sprintf("&L位置 %d　摘要 %s&R第 &P 页 共 &N 页", w.report.Position, hash[:16]),
		}); err != nil {
			return err
		}
		if err := s.stream.Flush(); err != nil {
			return err
		}
		if err := w.file.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", s.name, s.heading, s.heading), Scope: s.name,
		}); err != nil {
			return err
		}
	}
	return nil
}

// footLines say what the hash is of and how to make the report again.
func footLines(hash string, position int64) []string {
	return []string{"内容摘要 SHA-256：" + hash, fmt.Sprintf("以 --known-at %d 重新生成，内容与字节相同", position)}
}

// finish writes the bytes, the same for the same content.
func (w *workbook) finish(out io.Writer) error {
	defer w.file.Close() //nolint:errcheck // its files lie in the folder that Made.Close removes
	return container.Write(out, w.file)
}
