package bankfile

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"almoner/ledger/rosterfile"
)

// Encoding names how the characters of a file are stored.
type Encoding string

// The encodings.
const (
	UTF8    Encoding = "utf-8"
	UTF8BOM Encoding = "utf-8-bom" // with a byte order mark, as Excel wants it
	GB18030 Encoding = "gb18030"   // the revision of 2022; holds every character
	GBK     Encoding = "gbk"       // lacks many characters of names; read as GB18030, which includes it
)

func encodings() []string {
	return []string{string(UTF8), string(UTF8BOM), string(GB18030), string(GBK)}
}

const byteOrderMark = "\xEF\xBB\xBF"

// Detect reads a whole text file once and tells how its characters are stored: with a byte order mark, valid UTF-8 that
// holds characters of three bytes and more, as Chinese ones do, or plain ASCII, which is UTF8 too; anything else is
// GB18030.
func Detect(r io.ReaderAt, size int64) (Encoding, error) {
	head := make([]byte, len(byteOrderMark))
	if n, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("detect the encoding: %w", err)
	} else if string(head[:n]) == byteOrderMark {
		return UTF8BOM, nil
	}
	long, short, valid, err := scanUTF8(io.NewSectionReader(r, 0, size))
	switch {
	case err != nil:
		return "", fmt.Errorf("detect the encoding: %w", err)
	case valid && (long || !short):
		return UTF8, nil
	}
	return GB18030, nil
}

// scanUTF8 reports whether there are characters of three bytes or more, and of two, and whether all is valid. Two-byte
// characters alone prove nothing: pairs of GBK bytes can look like them.
func scanUTF8(r io.Reader) (long, short, valid bool, err error) {
	buf, kept := make([]byte, 64<<10), 0
	for {
		n, err := r.Read(buf[kept:])
		b, last := buf[:kept+n], errors.Is(err, io.EOF)
		if err != nil && !last {
			return false, false, false, err
		}
		for len(b) > 0 && (last || utf8.FullRune(b)) {
			if b[0] < utf8.RuneSelf {
				b = b[1:]
				continue
			}
			c, size := utf8.DecodeRune(b)
			if c == utf8.RuneError && size == 1 {
				return long, short, false, nil
			}
			long, short = long || size > 2, short || size == 2
			b = b[size:]
		}
		if last {
			return long, short, true, nil
		}
		kept = copy(buf, b)
	}
}

// decoder turns the bytes of a file into text. Bytes without a character become U+FFFD.
type decoder struct {
	gb  transform.Transformer // nil for UTF-8
	buf []byte
}

func newDecoder(e Encoding) *decoder {
	if e == GB18030 || e == GBK {
		return &decoder{gb: rosterfile.NewGB18030Decoder()}
	}
	return &decoder{}
}

func (d *decoder) text(b []byte) string {
	if d.gb == nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	if isASCII(b) {
		return string(b)
	}
	if need := 3*len(b) + utf8.UTFMax; cap(d.buf) < need { // two bytes become at most three, a lone one U+FFFD
		d.buf = make([]byte, need)
	}
	n, _, _ := d.gb.Transform(d.buf[:cap(d.buf)], b, true) // never fails with room enough
	return string(d.buf[:n])
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// encoder turns text into the bytes of a file and refuses what would not come back.
type encoder struct {
	to    Encoding
	inner *encoding.Encoder // nil for UTF-8
	back  *decoder
}

func newEncoder(e Encoding) *encoder {
	enc := &encoder{to: e, back: newDecoder(e)}
	switch e {
	case GB18030:
		enc.inner = simplifiedchinese.GB18030.NewEncoder()
	case GBK:
		enc.inner = simplifiedchinese.GBK.NewEncoder()
	}
	return enc
}

// bytes encodes s, appended to b. It returns the characters that cannot be written, each once, in which case b is
// returned unchanged.
func (e *encoder) bytes(b []byte, s string) ([]byte, []rune) {
	bad := unwritable(s)
	if len(bad) == 0 && (e.inner == nil || isASCIIString(s)) {
		return append(b, s...), nil
	}
	start := len(b)
	for _, r := range s {
		n := len(b)
		if b = e.character(b, r); len(b) == n {
			bad = addOnce(bad, r)
		}
	}
	if len(bad) > 0 {
		return b[:start], bad
	}
	// The last word is the round trip of the whole: tables of the library have had one-way entries.
	if e.back.text(b[start:]) != s {
		return b[:start], []rune(s)
	}
	return b, nil
}

// character appends one character, or nothing when the encoding does not have it.
func (e *encoder) character(b []byte, r rune) []byte {
	if e.inner == nil || r < utf8.RuneSelf {
		return utf8.AppendRune(b, r)
	}
	if e.to == GB18030 {
		if lead, trail, ok := rosterfile.GB18030Revised(r); ok {
			return append(b, lead, trail)
		}
	}
	var in, out [utf8.UTFMax]byte // no character takes more in either
	n, _, err := e.inner.Transformer.Transform(out[:], in[:utf8.EncodeRune(in[:], r)], true)
	if err != nil {
		return b
	}
	return append(b, out[:n]...)
}

// unwritable lists characters that no bank file may hold in any encoding: control characters, which break lines;
// private-use ones, which are another character in the bank's system; what a conversion lost; and code points that are
// none.
func unwritable(s string) []rune {
	var bad []rune
	for i, r := range s {
		invalid := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD")
		if invalid || r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Co) || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
			bad = addOnce(bad, r)
		}
	}
	return bad
}

func addOnce(list []rune, r rune) []rune {
	for _, have := range list {
		if have == r {
			return list
		}
	}
	return append(list, r)
}

func isASCIIString(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
