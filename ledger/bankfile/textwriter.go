package bankfile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// textWriter writes delimited files and files of fixed width.
type textWriter struct {
	fw     *fileWriter
	out    *bufio.Writer
	encode *encoder
	begun  bool
	buf    []byte // the record, reused
	cell   []byte // a column, reused
	check  []value
}

func newTextWriter(fw *fileWriter, w io.Writer) *textWriter {
	return &textWriter{fw: fw, out: bufio.NewWriterSize(w, 64<<10), encode: newEncoder(fw.f.encoding)}
}

func (t *textWriter) record(columns []column, texts []string) error {
	before := t.fw.count
	t.buf = t.buf[:0]
	for i, c := range columns {
		if i > 0 && t.fw.f.kind == Delimited {
			t.buf = append(t.buf, t.fw.f.separator...)
		}
		t.column(c, texts[i])
	}
	if t.fw.count == before {
		t.roundTrip(columns, texts)
	}
	if t.fw.count > 0 {
		return nil // the file will be thrown away
	}
	if !t.begun && t.fw.f.encoding == UTF8BOM {
		if _, err := t.out.WriteString(byteOrderMark); err != nil {
			return err
		}
	}
	t.begun = true
	if _, err := t.out.Write(append(t.buf, t.fw.f.lineEnding...)); err != nil {
		return err
	}
	return nil
}

func (t *textWriter) close() error { return t.out.Flush() }

// column appends one value to the record.
func (t *textWriter) column(c column, text string) {
	var bad []rune
	if t.cell, bad = t.encode.bytes(t.cell[:0], text); len(bad) > 0 {
		t.fw.refuse(c, text, "bankfile.character", fmt.Sprintf("编码 %s 写不出 %s。", t.fw.f.encoding, describe(bad)),
			"改用 GB18030、UTF-8 或 XLSX 格式；不要换成别的字。")
		return
	}
	if most := c.most(); most > 0 && len(t.cell) > most {
		t.fw.refuse(c, text, "bankfile.too-long", fmt.Sprintf("有 %d 字节，超过 %d 字节。", len(t.cell), most), "不能截断：与银行商定更宽的栏位，或改用别的格式。")
		return
	}
	if t.fw.f.kind == Fixed {
		t.pad(c)
		return
	}
	t.delimited(c, text)
}

// most is the greatest number of bytes of a value.
func (c column) most() int {
	if c.width > 0 && (c.max == 0 || c.width < c.max) {
		return c.width
	}
	return c.max
}

func (t *textWriter) pad(c column) {
	fill := bytes.Repeat([]byte{' '}, c.width-len(t.cell))
	switch {
	case c.zero:
		t.buf = append(append(t.buf, bytes.ReplaceAll(fill, []byte{' '}, []byte{'0'})...), t.cell...)
	case c.right:
		t.buf = append(append(t.buf, fill...), t.cell...)
	default:
		t.buf = append(append(t.buf, t.cell...), fill...)
	}
}

// delimited appends the encoded cell, guarded and quoted where the layout has it. The separator is ASCII or is compared
// as text, never as bytes: in GB18030 the second byte of a character may be that of "|".
func (t *textWriter) delimited(c column, text string) {
	f := t.fw.f
	if f.guard && c.form != formMoney && strings.IndexAny(text, "=+-@'") == 0 {
		text = "'" + text
		t.cell = append([]byte{'\''}, t.cell...)
	}
	special := strings.Contains(text, f.separator) || f.quotes && strings.Contains(text, `"`)
	switch {
	case !special:
		t.buf = append(t.buf, t.cell...)
	case !f.quotes:
		t.fw.refuse(c, text, "bankfile.separator", fmt.Sprintf("含有分隔符 %q。", f.separator), "改正该内容，或改用定长、XLSX 格式。")
	default: // a quote is ASCII and no byte of another character, in any of the encodings
		t.buf = append(append(append(t.buf, '"'), bytes.ReplaceAll(t.cell, []byte(`"`), []byte(`""`))...), '"')
	}
}

// roundTrip reads the record back as Read would and compares it with what was meant.
func (t *textWriter) roundTrip(columns []column, texts []string) {
	f, fault := t.fw.f, splitFine
	if f.kind == Fixed {
		t.check, fault = splitFixed(t.check[:0], t.encode.back, rawRecord{bytes: t.buf, ended: true}, columns)
	} else {
		t.check, fault = f.splitText(t.check[:0], t.encode.back.text(t.buf), len(columns))
	}
	if fault != splitFine || len(t.check) < len(texts) {
		t.fw.refuse(column{title: "整行"}, "", "bankfile.round-trip", "写出后不能按原样分列读回。", "检查该行是否含有引号、分隔符；或改用 XLSX 格式。")
		return
	}
	for i, c := range columns {
		have := strings.Trim(t.check[i].Text, blanks) // as reading does
		if have != texts[i] && !(c.zero && unpadded(texts[i], c) == have) {
			t.fw.refuse(c, texts[i], "bankfile.round-trip", "写出后读回的内容与原来不同。", "检查前后的空格、引号；或改用 XLSX 格式。")
		}
	}
}
