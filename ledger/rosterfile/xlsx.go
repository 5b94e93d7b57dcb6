package rosterfile

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits while unpacking a workbook. They count bytes that come out, whatever the archive says about itself.
const (
	maxParts       = 10_000    // members of the archive; a workbook of fifty sheets has some two hundred
	maxSheetBytes  = 512 << 20 // one sheet: 200,000 rows of 64 filled cells take about 400 MB
	maxSharedBytes = 64 << 20  // the shared texts, all of which stay in memory
	maxStyleBytes  = 16 << 20  // the styles part, parsed whole; tens of thousands of styles fit
	maxSmallBytes  = 1 << 20   // workbook and relations, parsed whole
	maxSheets      = 200       // a county has fewer villages in one township
)

// workbook is an opened XLSX: its parts, shared texts and which styles are dates.
type workbook struct {
	parts    map[string]*zip.File
	shared   sharedTexts
	dates    []bool // by style index
	date1904 bool
	sheets   []*xlsxSheet
	hidden   []string // names of hidden sheets, which are not read
}

// openWorkbook reads everything but the rows.
func openWorkbook(name string, r io.ReaderAt, size int64) (*workbook, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("open workbook %s: %w", name, refuse("import.xlsx-damaged", "用 Excel 或 WPS 打开并另存为 .xlsx 后重新上传。", "文件不是完整的 XLSX：%v。", err))
	}
	if len(z.File) > maxParts {
		return nil, refuse("import.xlsx-damaged", "用 Excel 或 WPS 另存为新的 .xlsx 后重新上传。", "XLSX 内部的部件超过 %d 个。", maxParts)
	}
	b := &workbook{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		key := partName(f.Name)
		// Two members of one name show different content to different readers: what was checked might not be what is read.
		if _, twice := b.parts[key]; twice {
			return nil, refuse("import.xlsx-damaged", "用 Excel 或 WPS 另存为新的 .xlsx 后重新上传。", "XLSX 内部有两个同名部件。")
		}
		b.parts[key] = f
	}
	if err := b.load(); err != nil {
		return nil, fmt.Errorf("open workbook %s: %w", name, err)
	}
	return b, nil
}

// partName folds case and separators, as spreadsheets do.
func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "/"))
}

type relationships struct {
	Relationship []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	}
}

// load follows the package relations from the root to the workbook and its sheets.
func (b *workbook) load() error {
	var root relationships
	if err := b.decode("_rels/.rels", maxSmallBytes, &root); err != nil {
		return err
	}
	main := "xl/workbook.xml"
	for _, r := range root.Relationship {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			main = partName(r.Target)
		}
	}
	var book struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(main, maxSmallBytes, &book); err != nil {
		return err
	}
	dir, file := path.Split(main)
	var rels relationships
	if err := b.decode(dir+"_rels/"+file+".rels", maxSmallBytes, &rels); err != nil {
		return err
	}
	targets := map[string]string{}
	for _, r := range rels.Relationship {
		target := partName(r.Target)
		if !strings.HasPrefix(r.Target, "/") {
			target = partName(path.Join(dir, strings.ReplaceAll(r.Target, `\`, "/")))
		}
		targets[r.ID] = target
		var err error
		switch {
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			b.shared, err = b.loadShared(target)
		case strings.HasSuffix(r.Type, "/styles"):
			b.dates, err = b.loadDateStyles(target)
		}
		if err != nil {
			return err
		}
	}
	b.date1904 = book.Pr.Date1904 == "1" || book.Pr.Date1904 == "true"
	for _, s := range book.Sheets {
		target := ""
		for _, a := range s.Attrs {
			if a.Name.Local == "id" {
				target = targets[a.Value]
			}
		}
		switch {
		case s.State == "hidden" || s.State == "veryHidden":
			b.hidden = append(b.hidden, s.Name)
		case strings.Contains(target, "worksheets/") || b.parts[target] != nil && !strings.Contains(target, "chartsheets/"):
			b.sheets = append(b.sheets, &xlsxSheet{book: b, name: s.Name, part: target})
		}
		if len(b.sheets) > maxSheets {
			return refuse("import.too-many-sheets", "按乡镇或年度拆分后分别上传。", "工作簿超过 %d 张工作表。", maxSheets)
		}
	}
	return nil
}

// open returns the content of a part, cut with an error at limit bytes.
func (b *workbook) open(part string, limit int64) (io.ReadCloser, error) {
	f := b.parts[part]
	if f == nil {
		return nil, damaged(part, errors.New("the part is missing"))
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(part, err)
	}
	return &limitedPart{ReadCloser: r, left: limit, part: part}, nil
}

func damaged(part string, err error) error {
	return fmt.Errorf("part %s: %w: %w", path.Base(part), err,
		refuse("import.xlsx-damaged", "用 Excel 或 WPS 打开并另存为新的 .xlsx 后重新上传。", "XLSX 内部的 %s 无法读取。", path.Base(part)))
}

// limitedPart refuses a part that unpacks to more than its limit, which is how a small archive fills a machine.
type limitedPart struct {
	io.ReadCloser
	left int64
	part string
}

func (l *limitedPart) Read(p []byte) (int, error) {
	if l.left <= 0 {
		// One more byte tells a part of exactly the limit from a longer one.
		if n, err := l.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, refuse("import.unpacked-too-large", "删除无关的工作表、图片和空行后另存为新文件，或拆分后上传。", "XLSX 内部的 %s 解压后过大。", path.Base(l.part))
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.ReadCloser.Read(p)
	l.left -= int64(n)
	return n, err
}

// decode parses a small part whole.
func (b *workbook) decode(part string, limit int64, into any) error {
	r, err := b.open(part, limit)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	if err := xml.NewDecoder(r).Decode(into); err != nil {
		return damaged(part, err)
	}
	return nil
}

// sharedTexts holds the shared texts in one block: a million short texts cost their bytes and four more each.
type sharedTexts struct {
	block []byte
	ends  []uint32
}

func (s sharedTexts) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return string(s.block[start:s.ends[i]]), true
}

// loadShared reads xl/sharedStrings.xml. Formatted runs of one text are joined; phonetic guides (rPh) are left out.
func (b *workbook) loadShared(part string) (sharedTexts, error) {
	var s sharedTexts
	r, err := b.open(part, maxSharedBytes)
	if err != nil {
		return s, err
	}
	defer r.Close() //nolint:errcheck // reading only
	x := newXMLScanner(r)
	inText, phonetic := false, false
	for {
		token, err := x.next(inText && !phonetic)
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, damaged(part, err)
		}
		switch {
		case token == xmlText:
			s.block = append(s.block, x.text...)
		case x.is("t"):
			inText = token == xmlStart
		case x.is("rPh"):
			phonetic = token == xmlStart
		case x.is("si") && token == xmlEnd:
			s.ends = append(s.ends, uint32(len(s.block)))
		}
	}
}

// loadDateStyles reads which cell styles show a number as a day.
func (b *workbook) loadDateStyles(part string) ([]bool, error) {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(part, maxStyleBytes, &styles); err != nil {
		return nil, err
	}
	custom := map[int]string{}
	for _, f := range styles.Formats {
		custom[f.ID] = f.Code
	}
	dates := make([]bool, len(styles.Cells))
	for i, c := range styles.Cells {
		if code, ok := custom[c.Format]; ok {
			dates[i] = isDateFormat(code)
		} else {
			dates[i] = isBuiltinDate(c.Format)
		}
	}
	return dates, nil
}

// isBuiltinDate knows the format numbers that need no code, with those of Chinese Excel (ECMA-376 part 1, 18.8.30).
func isBuiltinDate(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
}

// isDateFormat reports whether a format code shows a year, month or day; text in quotes, after a backslash and in
// brackets (colours, locales, elapsed time) does not count, and m beside h or s is minutes.
func isDateFormat(code string) bool {
	var letters strings.Builder
	quoted, bracket, skip := false, false, false
	for _, r := range strings.ToLower(code) {
		switch {
		case skip:
			skip = false
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\\' || r == '_' || r == '*':
			skip = true
		case r == '[' || r == ']':
			bracket = r == '['
		case !bracket:
			letters.WriteRune(r)
		}
	}
	s := letters.String()
	if s == "general" {
		return false
	}
	return strings.ContainsAny(s, "yd") || strings.Contains(s, "m") && !strings.ContainsAny(s, "hs")
}
