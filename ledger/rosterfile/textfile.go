package rosterfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Encoding names how the characters of a text file are stored.
type Encoding string

// The encodings that are read.
const (
	UTF8    Encoding = "UTF-8"
	GB18030 Encoding = "GB18030" // with GBK and GB2312 inside it
)

// textSheet is a delimited text file: one sheet without a name.
type textSheet struct {
	r         io.ReaderAt
	size      int64
	skip      int64 // bytes of a byte order mark
	encoding  Encoding
	delimiter rune
}

func (s *textSheet) title() string { return "" }

// lines streams the records. Blank lines are not yielded but counted, as a spreadsheet counts them; a record with line
// breaks inside quotes is one row there, hence one here.
func (s *textSheet) lines() iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		var r io.Reader = io.NewSectionReader(s.r, s.skip, s.size-s.skip)
		if s.encoding == GB18030 {
			r = transform.NewReader(r, newGB18030Decoder())
		}
		c := csv.NewReader(r)
		c.Comma, c.FieldsPerRecord, c.ReuseRecord = s.delimiter, -1, true
		var cells []cell
		inside := 0 // line breaks inside quotes so far
		for {
			record, err := c.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(line{}, textError(err, inside))
				return
			}
			start, _ := c.FieldPos(0)
			l := line{number: start - inside}
			cells = cells[:0]
			for i, field := range record {
				inside += strings.Count(field, "\n")
				cells = append(cells, newCell(untypedCell, strings.ToValidUTF8(field, "\uFFFD")))
				if i >= MaxColumns && cells[i].kind != blankCell {
					yield(line{}, refuse("import.too-many-columns", "检查该行的分隔符，或删除与名册无关的列后重新上传。", "第 %d 行超过 %d 列。", l.number, MaxColumns))
					return
				}
			}
			if len(cells) > MaxColumns {
				cells = cells[:MaxColumns]
			}
			l.cells = cells
			if !yield(l, nil) {
				return
			}
		}
	}
}

// textError names the row of a record that cannot be taken apart.
func textError(err error, inside int) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("read text file: %w", err)
	}
	return fmt.Errorf("read text file: %w", refuse("import.quotes",
		"补全或删除该行的英文双引号；或用 Excel、WPS 打开后另存为 .xlsx 上传。",
		"第 %d 行的英文双引号不成对，从这里起无法分列。", p.StartLine-inside))
}

// detectEncoding reads the whole file once: a byte order mark or nothing but valid UTF-8 is UTF-8, anything else GB18030.
//
// One damaged byte must not turn a UTF-8 file into GB18030 gibberish, so a file in which valid characters of several
// bytes outnumber damaged bytes twenty to one is UTF-8 with damage, which the rows then report. GB18030 text of Chinese
// characters is never that close to UTF-8.
func detectEncoding(r io.ReaderAt, size int64) (Encoding, int64, error) {
	head := make([]byte, 3)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", 0, fmt.Errorf("read text file: %w", err)
	}
	if n == 3 && bytes.Equal(head, []byte("\xEF\xBB\xBF")) {
		return UTF8, 3, nil
	}
	valid, bad, err := countUTF8(io.NewSectionReader(r, 0, size))
	if err != nil {
		return "", 0, fmt.Errorf("read text file: %w", err)
	}
	if bad == 0 || valid > 20*bad {
		return UTF8, 0, nil
	}
	return GB18030, 0, nil
}

// countUTF8 counts valid characters of several bytes and bytes that are part of none.
func countUTF8(r io.Reader) (valid, bad int, err error) {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		b, last := buf[:kept+n], errors.Is(err, io.EOF)
		if err != nil && !last {
			return 0, 0, err
		}
		for len(b) > 0 && (last || utf8.FullRune(b)) {
			c, size := utf8.DecodeRune(b)
			switch {
			case c == utf8.RuneError && size == 1:
				bad++
			case size > 1:
				valid++
			}
			b = b[size:]
		}
		if last {
			return valid, bad, nil
		}
		kept = copy(buf, b)
	}
}

// sniff refuses what only looks like a roster by its name, with the way out, and tells a workbook from text.
func sniff(head []byte) (isWorkbook bool, err error) {
	text := strings.ToLower(strings.TrimLeft(string(head), "\ufeff \t\r\n"))
	const again = "用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传。"
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return true, nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return false, refuse("import.old-or-encrypted", "打开文件，取消打开密码，另存为 .xlsx 后重新上传。", "这是旧版 .xls 文件，或是加了打开密码的文件。")
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return false, refuse("import.utf16", again, "这是 UTF-16 编码的文本（Excel 的“Unicode 文本”）。")
	case strings.HasPrefix(text, "<"):
		return false, refuse("import.html", again, "这是网页或 XML 文件，不是名册。")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return false, refuse("import.pdf", "请提供 Excel 或 CSV 文件。", "这是 PDF 文件，不是名册。")
	case bytes.IndexByte(head, 0) >= 0:
		return false, refuse("import.binary", "请提供 .xlsx 或 .csv 文件。", "不认识这种文件格式。")
	}
	return false, nil
}
