package rosterfile

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// gb18030Decoder decodes GB18030 as revised in 2022: golang.org/x/text holds the older table, in which 龴 (FE59) and its
// like, frequent in personal names, are missing.
//
// Like every decoder of that library it never fails: bytes without a character become U+FFFD, which is refused by the row.
type gb18030Decoder struct {
	inner transform.Transformer
}

func newGB18030Decoder() *gb18030Decoder {
	return &gb18030Decoder{inner: simplifiedchinese.GB18030.NewDecoder()}
}

// Reset implements transform.Transformer. No state lasts from one character to the next.
func (d *gb18030Decoder) Reset() {}

// Transform implements transform.Transformer.
func (d *gb18030Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if c := src[nSrc]; c < 0x80 {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = c
			nDst, nSrc = nDst+1, nSrc+1
			continue
		}
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		rest := src[nSrc:]
		if len(rest) >= 2 {
			if r := revised2022(rest[0], rest[1]); r != 0 {
				nDst += utf8.EncodeRune(dst[nDst:], r)
				nSrc += 2
				continue
			}
		}
		length := sequenceLength(rest)
		if length > len(rest) && !atEOF {
			return nDst, nSrc, transform.ErrShortSrc
		}
		// The inner decoder takes one character, or part of a malformed one, from at most length bytes.
		n, used, err := d.inner.Transform(dst[nDst:], rest[:min(length, len(rest))], true)
		nDst, nSrc = nDst+n, nSrc+used
		if err != nil || used == 0 {
			return nDst, nSrc, err
		}
	}
	return nDst, nSrc, nil
}

// sequenceLength tells from the first two bytes how long a character is. One byte alone asks for two.
func sequenceLength(b []byte) int {
	switch {
	case b[0] == 0x80 || b[0] == 0xFF: // the euro sign of GBK; no character
		return 1
	case len(b) > 1 && b[1] >= 0x30 && b[1] <= 0x39:
		return 4
	}
	return 2
}

// revised2022 holds the 18 characters whose two-byte codes GB18030-2022 moved out of the private use area, and ḿ (A8BC),
// moved in 2005, all of which the library decodes to U+FFFD. It is 0 for any other code.
func revised2022(lead, trail byte) rune {
	switch uint16(lead)<<8 | uint16(trail) {
	case 0xA6D9:
		return '︐'
	case 0xA6DA:
		return '︒'
	case 0xA6DB:
		return '︑'
	case 0xA6DC:
		return '︓'
	case 0xA6DD:
		return '︔'
	case 0xA6DE:
		return '︕'
	case 0xA6DF:
		return '︖'
	case 0xA6EC:
		return '︗'
	case 0xA6ED:
		return '︘'
	case 0xA6F3:
		return '︙'
	case 0xFE59:
		return '龴'
	case 0xFE61:
		return '龵'
	case 0xFE66:
		return '龶'
	case 0xFE67:
		return '龷'
	case 0xFE6D:
		return '龸'
	case 0xFE7E:
		return '龹'
	case 0xFE90:
		return '龺'
	case 0xFEA0:
		return '龻'
	case 0xA8BC:
		return 'ḿ'
	}
	return 0
}
