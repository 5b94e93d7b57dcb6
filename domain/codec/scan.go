package codec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader is a strict reader of canonical bytes; at is the next byte. What it returns are pieces of data, without copies.
type reader struct {
	data string
	at   int
	skim bool // raw values are only delimited here, because the caller reads them strictly afterwards
}

func (r *reader) take(c byte) bool {
	if r.at < len(r.data) && r.data[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *reader) expect(c byte) error {
	if !r.take(c) {
		return fmt.Errorf("want %q", c)
	}
	return nil
}

func (r *reader) takeWord(w string) bool {
	if strings.HasPrefix(r.data[r.at:], w) {
		r.at += len(w)
		return true
	}
	return false
}

// object reads an object of unknown keys, which ascend strictly; item reads the value of a key.
func (r *reader) object(item func(key string) error) error {
	if err := r.expect('{'); err != nil {
		return err
	}
	if r.take('}') {
		return nil
	}
	for last := ""; ; {
		key, err := r.key(last)
		if err != nil {
			return err
		}
		if err := item(key); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if r.take('}') {
			return nil
		}
		if err := r.expect(','); err != nil {
			return err
		}
		last = key
	}
}

// key reads a key and its colon; keys ascend strictly, so none is repeated.
func (r *reader) key(last string) (string, error) {
	key, err := r.string()
	if err != nil {
		return "", err
	}
	if !asciiKey(key) {
		return "", fmt.Errorf("key %q is not printable ASCII", key)
	}
	if last != "" && key <= last {
		return "", fmt.Errorf("key %q does not come after %q", key, last)
	}
	return key, r.expect(':')
}

// any reads over one canonical value of unknown shape.
func (r *reader) any(depth int) error {
	if r.at >= len(r.data) {
		return fmt.Errorf("want a value")
	}
	c := r.data[r.at]
	if (c == '{' || c == '[') && depth >= maxDepth {
		return errTooDeep()
	}
	switch c {
	case '"':
		_, err := r.string()
		return err
	case '{':
		return r.object(func(string) error { return r.any(depth + 1) })
	case '[':
		return r.list(func() error { return r.any(depth + 1) })
	case 't', 'f':
		if !r.takeWord("true") && !r.takeWord("false") {
			return fmt.Errorf("want true or false")
		}
		return nil
	}
	_, err := r.integer()
	return err
}

func (r *reader) list(item func() error) error {
	r.at++
	if r.take(']') {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if r.take(']') {
			return nil
		}
		if err := r.expect(','); err != nil {
			return err
		}
	}
}

// delimit finds the end of an object by its brackets alone.
func (r *reader) delimit() error {
	open := 0
	for ; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '{', '[':
			open++
		case '}', ']':
			if open--; open == 0 {
				r.at++
				return nil
			}
		case '"':
			if !r.pastString() {
				return fmt.Errorf("string without end")
			}
		}
		if open == 0 {
			return fmt.Errorf("want an object")
		}
	}
	return fmt.Errorf("object without end")
}

// pastString goes from a string's first quote to its last.
func (r *reader) pastString() bool {
	for from := r.at + 1; from < len(r.data); {
		quote := strings.IndexByte(r.data[from:], '"')
		if quote < 0 {
			return false
		}
		escapes := 0
		for end := from + quote; end-escapes > r.at+1 && r.data[end-escapes-1] == '\\'; {
			escapes++
		}
		from += quote + 1
		if escapes%2 == 0 {
			r.at = from - 1
			return true
		}
	}
	return false
}

func (r *reader) integer() (int64, error) {
	start := r.at
	r.take('-')
	digits := r.at
	n := int64(0)
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' && n <= maxInteger {
		n = n*10 + int64(r.data[r.at]-'0')
		r.at++
	}
	leadingZero := r.at-digits > 1 && r.data[digits] == '0'
	minusZero := n == 0 && digits > start
	if r.at == digits || leadingZero || minusZero || n > maxInteger {
		return 0, fmt.Errorf("want an integer within 2^53-1, without leading zeros")
	}
	if digits > start {
		n = -n
	}
	return n, nil
}

// string reads a string whose escapes are the ones appendString writes.
func (r *reader) string() (string, error) {
	if !r.take('"') {
		return "", fmt.Errorf("want a string")
	}
	start, ascii := r.at, true
	for ; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '"':
			s := r.data[start:r.at]
			r.at++
			if !ascii && !utf8.ValidString(s) {
				return "", fmt.Errorf("text is not valid UTF-8")
			}
			return s, nil
		case c == '\\':
			return r.escaped(start)
		case c < 0x20:
			return "", fmt.Errorf("control character in a string")
		case c >= 0x80:
			ascii = false
		}
	}
	return "", fmt.Errorf("string without end")
}

// escaped goes on from the first backslash, and refuses an escape that is not the canonical one.
func (r *reader) escaped(start int) (string, error) {
	out := []byte(r.data[start:r.at])
	for r.at < len(r.data) {
		c := r.data[r.at]
		r.at++
		switch {
		case c == '"':
			again, err := appendString(nil, string(out))
			if err != nil {
				return "", err
			}
			if string(again) != r.data[start-1:r.at] {
				return "", fmt.Errorf("string is not in canonical form")
			}
			return string(out), nil
		case c != '\\':
			out = append(out, c)
		default:
			decoded, n := unescape(r.data[r.at:])
			if n == 0 {
				return "", fmt.Errorf("escape is not canonical")
			}
			out = append(out, decoded)
			r.at += n
		}
	}
	return "", fmt.Errorf("string without end")
}

// unescape returns the byte that an escape (after its backslash) stands for, and its length; 0 when it is none of ours.
func unescape(s string) (byte, int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case '"', '\\':
		return s[0], 1
	case 'b':
		return '\b', 1
	case 't':
		return '\t', 1
	case 'n':
		return '\n', 1
	case 'f':
		return '\f', 1
	case 'r':
		return '\r', 1
	case 'u':
		if len(s) >= 5 && s[1:3] == "00" {
			if n, err := strconv.ParseUint(s[3:5], 16, 8); err == nil && n < 0x20 {
				return byte(n), 5
			}
		}
	}
	return 0, 0
}
