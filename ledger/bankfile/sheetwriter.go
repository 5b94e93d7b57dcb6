package bankfile

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"almoner/ledger/rosterfile"
)

// sheetWriter writes a workbook of one sheet, streaming: nothing is kept and nothing is written to disk, which the
// usual library does with files of personal data. Times in the archive are zero, so that equal lists give equal bytes.
type sheetWriter struct {
	fw     *fileWriter
	zip    *zip.Writer
	out    *bufio.Writer // the sheet; nil before the first row
	row    int
	widths []column
	buf    []byte
}

// The styles of cells, in the order of cellXfs below.
const (
	styleText   = 1 // the built-in format @
	styleMoney  = 2 // the built-in format 0.00
	styleNumber = 3 // the built-in format 0
)

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpec = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	relSpec  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	pkgSpec  = `http://schemas.openxmlformats.org/package/2006/`
)

func newSheetWriter(fw *fileWriter, w io.Writer) *sheetWriter {
	return &sheetWriter{fw: fw, zip: zip.NewWriter(w), widths: fw.f.columns}
}

func (s *sheetWriter) record(columns []column, texts []string) error {
	for i, c := range columns {
		s.check(c, texts[i])
	}
	if s.fw.count > 0 {
		return nil // the file will be thrown away
	}
	if s.out == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	s.row++
	s.buf = fmt.Appendf(s.buf[:0], `<row r="%d">`, s.row)
	for i, c := range columns {
		if texts[i] != "" {
			s.cell(i, c, texts[i])
		}
	}
	s.buf = append(s.buf, "</row>"...)
	_, err := s.out.Write(s.buf)
	return err
}

// check refuses what a cell cannot hold, or what a reader would trim.
func (s *sheetWriter) check(c column, text string) {
	bad := unwritable(text)
	switch n := utf8.RuneCountInString(text); {
	case len(bad) > 0:
		s.fw.refuse(c, text, "bankfile.character", "XLSX 写不出 "+describe(bad)+"。", "用标准字库的输入法重新录入该字；不要换成别的字。")
	case c.max > 0 && n > c.max:
		s.fw.refuse(c, text, "bankfile.too-long", fmt.Sprintf("有 %d 个字符，超过 %d 个。", n, c.max), "不能截断：与银行商定更宽的栏位，或改用别的格式。")
	case n > rosterfile.MaxCellCharacters:
		s.fw.refuse(c, text, "bankfile.too-long", fmt.Sprintf("有 %d 个字符，超过 %d 个。", n, rosterfile.MaxCellCharacters), "缩短该内容。")
	case rosterfile.CellText(text) != text || strings.Trim(text, blanks) != text:
		s.fw.refuse(c, text, "bankfile.round-trip", "前后有空格或撇号，写出后读回的内容与原来不同。", "删除前后的空格、撇号。")
	}
}

// cell appends one cell. All but amounts and counts is text, whatever it begins with: no = is ever a formula.
func (s *sheetWriter) cell(i int, c column, text string) {
	s.buf = append(append(s.buf, `<c r="`...), columnLetters(i)...)
	if c.number {
		style := styleMoney
		if c.form == formCount || c.fen {
			style = styleNumber
		}
		s.buf = fmt.Appendf(s.buf, `%d" s="%d"><v>%s</v></c>`, s.row, style, text)
		return
	}
	s.buf = fmt.Appendf(s.buf, `%d" s="%d" t="inlineStr"><is><t>%s</t></is></c>`, s.row, styleText, escapeXML(text))
}

// escapeXML escapes a text for a cell. _x0041_ is a way in which spreadsheets store characters: a text that happens to
// look so gets its underscore stored that way (ECMA-376 part 1, 22.9.2.19).
func escapeXML(s string) string {
	if strings.Contains(s, "_x") {
		s = strings.ReplaceAll(s, "_x", "_x005F_x")
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// columnLetters gives A for 0 and AA for 26.
func columnLetters(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnLetters(i/26-1) + string(rune('A'+i%26))
}

// begin writes the parts that do not depend on the rows, and opens the sheet.
func (s *sheetWriter) begin() error {
	name := s.fw.f.sheet
	if name == "" {
		name = "Sheet1"
	}
	const document = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
	parts := [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + pkgSpec + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + document + `sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + document + `worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="` + document + `styles+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + pkgSpec + `relationships"><Relationship Id="rId1" Type="` + relSpec + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + mainSpec + `" xmlns:r="` + relSpec + `"><sheets><sheet name="` + escapeXML(name) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + pkgSpec + `relationships"><Relationship Id="rId1" Type="` + relSpec + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relSpec + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="` + mainSpec + `"><fonts count="1"><font><sz val="11"/></font></fonts>` +
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>` +
			`<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="49" applyNumberFormat="1"/>` +
			`<xf numFmtId="2" applyNumberFormat="1"/><xf numFmtId="1" applyNumberFormat="1"/></cellXfs></styleSheet>`},
	}
	for _, p := range parts {
		w, err := s.zip.Create(p[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, xmlHead+p[1]); err != nil {
			return err
		}
	}
	w, err := s.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	s.out = bufio.NewWriterSize(w, 64<<10)
	_, err = s.out.WriteString(xmlHead + `<worksheet xmlns="` + mainSpec + `">` + s.columnWidths() + `<sheetData>`)
	return err
}

// columnWidths makes long numbers visible without a click.
func (s *sheetWriter) columnWidths() string {
	var b strings.Builder
	b.WriteString("<cols>")
	for i, c := range s.widths {
		width := 12
		if c.form == formAccount || c.form == formRef || c.personal {
			width = 24
		}
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width)
	}
	return b.String() + "</cols>"
}

func (s *sheetWriter) close() error {
	if _, err := s.out.WriteString(`</sheetData></worksheet>`); err != nil {
		return err
	}
	if err := s.out.Flush(); err != nil {
		return err
	}
	return s.zip.Close()
}
