package codec

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"almoner/domain"
)

func emptyString(v reflect.Value) bool { return v.Len() == 0 }

func emptyLen(v reflect.Value) bool { return v.Len() == 0 }

func emptyMoney(v reflect.Value) bool { return valueOf[domain.Money](v).IsZero() }

// valueOf avoids a copy onto the heap where the value has an address, as all fields of an event being written do.
func valueOf[T any](v reflect.Value) T {
	if v.CanAddr() {
		return *v.Addr().Interface().(*T)
	}
	return v.Interface().(T)
}

func writeString(b []byte, v reflect.Value, _ int) ([]byte, error) {
	return appendString(b, v.String())
}

func writeBool(b []byte, v reflect.Value, _ int) ([]byte, error) {
	return strconv.AppendBool(b, v.Bool()), nil
}

func writeInt(b []byte, v reflect.Value, _ int) ([]byte, error) {
	n := v.Int()
	if n > maxInteger || n < -maxInteger {
		return nil, fmt.Errorf("codec: integer %d is beyond 2^53-1", n)
	}
	return strconv.AppendInt(b, n, 10), nil
}

func writeRaw(b []byte, v reflect.Value, depth int) ([]byte, error) {
	r := reader{data: v.String()}
	if err := r.any(depth); err != nil {
		return nil, fmt.Errorf("codec: raw value, byte %d: %w", r.at, err)
	}
	if r.at != len(r.data) {
		return nil, fmt.Errorf("codec: raw value, byte %d: bytes after the value", r.at)
	}
	return append(b, r.data...), nil
}

// writeText writes a value that has a text form.
func writeText(b []byte, v reflect.Value, _ int) ([]byte, error) {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return nil, err
	}
	return appendString(b, string(text))
}

// writeClosed writes a string of which only some values are right, and refuses one that could not be read back.
func writeClosed(b []byte, v reflect.Value, _ int) ([]byte, error) {
	if err := checkClosed(v.Type(), v.String()); err != nil {
		return nil, err
	}
	return appendString(b, v.String())
}

func checkClosed(t reflect.Type, s string) error {
	return reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
}

// zeroMoney is what most amounts of a draw are.
const zeroMoney = `"0.00"`

func writeMoney(b []byte, v reflect.Value, _ int) ([]byte, error) {
	m := valueOf[domain.Money](v)
	if m.IsZero() {
		return append(b, zeroMoney...), nil
	}
	if !m.InBounds() {
		_, err := m.MarshalText()
		return nil, err
	}
	fen := m.Fen()
	b = append(b, '"')
	if fen < 0 {
		b, fen = append(b, '-'), -fen
	}
	b = strconv.AppendInt(b, fen/100, 10)
	return append(b, '.', byte('0'+fen/10%10), byte('0'+fen%10), '"'), nil
}

func writeDate(b []byte, v reflect.Value, _ int) ([]byte, error) {
	d := valueOf[domain.Date](v)
	if !d.Valid() {
		_, err := d.MarshalText()
		return nil, err
	}
	return append(appendDay(append(b, '"'), d.Year, int(d.Month), d.Day), '"'), nil
}

func writePeriod(b []byte, v reflect.Value, _ int) ([]byte, error) {
	p := valueOf[domain.Period](v)
	if p.Kind() != domain.Month {
		text, err := p.MarshalText()
		if err != nil {
			return nil, err
		}
		return append(append(append(b, '"'), text...), '"'), nil
	}
	first := p.First()
	if first.Year < 1900 || first.Year > 2199 {
		_, err := p.MarshalText()
		return nil, err
	}
	b = appendDigits(append(b, '"'), first.Year, 4)
	return append(appendDigits(append(b, '-'), int(first.Month), 2), '"'), nil
}

func writeInstant(b []byte, v reflect.Value, _ int) ([]byte, error) {
	i := valueOf[Instant](v)
	if y := i.Year(); y < firstInstantYear || y > lastInstantYear {
		_, err := i.MarshalText()
		return nil, err
	}
	return append(i.append(append(b, '"')), '"'), nil
}

func appendDay(b []byte, year, month, day int) []byte {
	b = appendDigits(b, year, 4)
	b = appendDigits(append(b, '-'), month, 2)
	return appendDigits(append(b, '-'), day, 2)
}

// appendDigits writes n, which is not negative, in exactly so many digits.
func appendDigits(b []byte, n, digits int) []byte {
	at := len(b)
	for range digits {
		b = append(b, '0')
	}
	for i := at + digits - 1; i >= at; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

func (item *coder) writePointer(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return nil, fmt.Errorf("codec: nil %v: absent values must be omitted", v.Type())
	}
	return item.write(b, v.Elem(), depth)
}

func (item *coder) writeSlice(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return nil, errTooDeep()
	}
	b = append(b, '[')
	var err error
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = item.write(b, v.Index(i), depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (item *coder) writeMap(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return nil, errTooDeep()
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	b = append(b, '{')
	var err error
	for i, k := range keys {
		if !asciiKey(k.String()) {
			return nil, fmt.Errorf("codec: map key %q: only printable ASCII", k.String())
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), k.String()...), '"', ':')
		if b, err = item.write(b, v.MapIndex(k), depth+1); err != nil {
			return nil, fmt.Errorf("%s: %w", k.String(), err)
		}
	}
	return append(b, '}'), nil
}

func (c *coder) writeStruct(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return nil, errTooDeep()
	}
	b = append(b, '{')
	first := true
	var err error
	for i := range c.fields {
		f := &c.fields[i]
		value := f.of(v)
		if f.omitEmpty && f.coder.empty(value) {
			continue
		}
		if first {
			b = append(b, f.first...)
		} else {
			b = append(b, f.next...)
		}
		first = false
		if b, err = f.coder.write(b, value, depth+1); err != nil {
			return nil, fmt.Errorf("%s: %w", f.key, err)
		}
	}
	return append(b, '}'), nil
}

func errTooDeep() error { return fmt.Errorf("nested deeper than %d", maxDepth) }

const hexDigits = "0123456789abcdef"

// appendString writes a string as RFC 8785 section 3.2.2.2 does; text that is not UTF-8 is refused, never repaired.
func appendString(b []byte, s string) ([]byte, error) {
	if plain(s) {
		return append(append(append(b, '"'), s...), '"'), nil
	}
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("codec: text is not valid UTF-8")
	}
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c == '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, '"'), nil
}

// plain reports whether s is ASCII that needs no escape, as nearly all texts of an event are.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
