package codec

import (
	"encoding"
	"fmt"
	"reflect"

	"almoner/domain"
)

// whole reads exactly one value.
func (r *reader) whole(c *coder, v reflect.Value, depth int) error {
	if err := c.read(r, v, depth); err != nil {
		return fmt.Errorf("byte %d: %w", r.at, err)
	}
	if r.at != len(r.data) {
		return fmt.Errorf("byte %d: bytes after the value", r.at)
	}
	return nil
}

func readString(r *reader, v reflect.Value, _ int) error {
	s, err := r.string()
	v.SetString(s)
	return err
}

func readBool(r *reader, v reflect.Value, _ int) error {
	switch {
	case r.takeWord("true"):
		v.SetBool(true)
	case !r.takeWord("false"):
		return fmt.Errorf("want true or false")
	}
	return nil
}

func readInt(r *reader, v reflect.Value, _ int) error {
	n, err := r.integer()
	if err == nil && v.OverflowInt(n) {
		err = fmt.Errorf("integer %d does not fit", n)
	}
	v.SetInt(n)
	return err
}

func readRaw(r *reader, v reflect.Value, depth int) error {
	start := r.at
	check := r.any
	if r.skim {
		check = func(int) error { return r.delimit() }
	}
	if err := check(depth); err != nil {
		return err
	}
	v.SetString(r.data[start:r.at])
	return nil
}

// readText reads a value that has a text form, and refuses a text that the value would write otherwise.
func readText(r *reader, v reflect.Value, _ int) error {
	s, err := r.string()
	if err != nil {
		return err
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		return err
	}
	again, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return err
	}
	if string(again) != s {
		return fmt.Errorf("%q is not the canonical form of its value", s)
	}
	return nil
}

// readClosed reads a string of which only some values are right, and refuses one that its type would take differently.
func readClosed(r *reader, v reflect.Value, _ int) error {
	s, err := r.string()
	if err != nil {
		return err
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		return err
	}
	if v.String() != s {
		return fmt.Errorf("%q is not the canonical form of its value", s)
	}
	return nil
}

func readMoney(r *reader, v reflect.Value, _ int) error {
	if r.takeWord(zeroMoney) {
		v.SetZero()
		return nil
	}
	s, err := r.string()
	if err != nil {
		return err
	}
	return v.Addr().Interface().(*domain.Money).UnmarshalText([]byte(s))
}

func readDate(r *reader, v reflect.Value, _ int) error {
	s, err := r.string()
	if err != nil {
		return err
	}
	d, err := domain.ParseDate(s)
	if err != nil {
		return err
	}
	*v.Addr().Interface().(*domain.Date) = d
	return nil
}

func readPeriod(r *reader, v reflect.Value, _ int) error {
	s, err := r.string()
	if err != nil {
		return err
	}
	p, err := domain.ParsePeriod(s)
	if err != nil {
		return err
	}
	*v.Addr().Interface().(*domain.Period) = p
	return nil
}

func readInstant(r *reader, v reflect.Value, _ int) error {
	s, err := r.string()
	if err != nil {
		return err
	}
	return v.Addr().Interface().(*Instant).parse(s)
}

func (item *coder) readPointer(r *reader, v reflect.Value, depth int) error {
	fresh := reflect.New(v.Type().Elem())
	v.Set(fresh)
	return item.read(r, fresh.Elem(), depth)
}

// readSlice leaves an empty list nil.
func (item *coder) readSlice(r *reader, v reflect.Value, depth int) error {
	if depth >= maxDepth {
		return errTooDeep()
	}
	if err := r.expect('['); err != nil {
		return err
	}
	if r.take(']') {
		return nil
	}
	for n := 0; ; n++ {
		v.Grow(1)
		v.SetLen(n + 1)
		if err := item.read(r, v.Index(n), depth+1); err != nil {
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

func (item *coder) readMap(r *reader, v reflect.Value, depth int) error {
	if depth >= maxDepth {
		return errTooDeep()
	}
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	return r.object(func(key string) error {
		value := reflect.New(t.Elem()).Elem()
		if err := item.read(r, value, depth+1); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), value)
		return nil
	})
}

func (c *coder) readStruct(r *reader, v reflect.Value, depth int) error {
	if depth >= maxDepth {
		return errTooDeep()
	}
	if err := r.expect('{'); err != nil {
		return err
	}
	first := true
	for i := range c.fields {
		f := &c.fields[i]
		want := f.next
		if first {
			want = f.first
		}
		if !r.takeWord(want) {
			if f.omitEmpty {
				continue
			}
			return c.explain(r, i, first)
		}
		first = false
		value := f.of(v)
		if err := f.coder.read(r, value, depth+1); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
		if f.omitEmpty && f.coder.empty(value) {
			return fmt.Errorf("%s: an empty value must be left out", f.key)
		}
	}
	if !r.take('}') {
		return c.explain(r, len(c.fields), first)
	}
	return nil
}

// explain says what is wrong where field number want, or the end of the object, was expected.
func (c *coder) explain(r *reader, want int, first bool) error {
	missing := func() error { return fmt.Errorf("%q is missing", c.fields[want].key) }
	if r.at < len(r.data) && r.data[r.at] == '}' {
		return missing()
	}
	if !first {
		if err := r.expect(','); err != nil {
			return fmt.Errorf("want ',' or '}'")
		}
	}
	key, err := r.key("")
	if err != nil {
		return err
	}
	for i := range c.fields {
		if c.fields[i].key != key {
			continue
		}
		if i < want {
			return fmt.Errorf("key %q is repeated or out of order", key)
		}
		return missing()
	}
	return fmt.Errorf("unknown key %q", key)
}
