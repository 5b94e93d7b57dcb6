package codec

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"almoner/domain"
)

// maxInteger bounds every integer, so that readers whose numbers are IEEE doubles read the same value (RFC 8785, I-JSON).
const maxInteger = 1<<53 - 1

// maxDepth bounds how many objects and lists a value lies in, counted from the envelope: no event needs more, and a
// reader's stack is finite.
const maxDepth = 16

// Marshal returns the canonical bytes of v: RFC 8785 restricted further. Keys are sorted ASCII, there is no null, no
// fraction and no white space; a field marked omitempty is absent when it is zero. v is a struct, map[string]T, slice,
// string, bool or integer, or anything of these; values with MarshalText are strings. A v that can hold personal data
// (a name, a citizen number, an account) is refused: MarshalPrivate is for those.
func Marshal(v any) ([]byte, error) { return marshalAt(v, 0) }

// marshalAt is Marshal for a value that will stand inside so many objects and lists.
func marshalAt(v any, depth int) ([]byte, error) {
	c, err := coderFor(v)
	if err != nil {
		return nil, err
	}
	if c.personal {
		return nil, fmt.Errorf("codec: %T can hold personal data, which is never written in clear: put it into a field marked seal", v)
	}
	return c.write(make([]byte, 0, sizeHint), reflect.ValueOf(v), depth)
}

// MarshalPrivate is Marshal for bytes that do not stay in clear: they are sealed, or hashed under a key. Personal data is
// written in full, not masked.
func MarshalPrivate(v any) ([]byte, error) {
	c, err := coderFor(v)
	if err != nil {
		return nil, err
	}
	return c.write(make([]byte, 0, sizeHint), reflect.ValueOf(v), 0)
}

// sizeHint holds the data of most events without growing.
const sizeHint = 1024

func coderFor(v any) (*coder, error) {
	if v == nil {
		return nil, fmt.Errorf("codec: null has no canonical form")
	}
	return coderOf(reflect.TypeOf(v))
}

// Unmarshal reads canonical bytes into the value v points to. Bytes that Marshal would not write are refused: unknown,
// repeated or unsorted keys, white space, null, fractions, other escapes, a missing field, an empty optional one. The
// strings of the result share one copy of data.
func Unmarshal[B ~string | ~[]byte](data B, v any) error { return unmarshal(string(data), v, 0) }

func unmarshal(data string, v any, depth int) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("codec: Unmarshal needs a pointer, not %T", v)
	}
	c, err := coderOf(target.Type().Elem())
	if err != nil {
		return err
	}
	r := reader{data: data}
	return r.whole(c, target.Elem(), depth)
}

// coder is how the values of one Go type are written and read. The depth is the number of objects and lists around the
// value.
type coder struct {
	write    func(b []byte, v reflect.Value, depth int) ([]byte, error)
	read     func(r *reader, v reflect.Value, depth int) error
	empty    func(v reflect.Value) bool // left out where the field is marked omitempty
	personal bool                       // can hold a value that is never written in clear
	kind     string                     // the JSON type, for the documentation
	fields   []field                    // of a struct, in key order
}

type field struct {
	key       string
	first     string // `"key":`
	next      string // `,"key":`
	index     []int
	omitEmpty bool
	coder     *coder
}

// of is the field's place in a struct; fields of embedded structs are flattened into the outer one.
func (f *field) of(v reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	return v.FieldByIndex(f.index)
}

// coders and carriers cache what reflection says of the program's own types; they are no state.
var (
	coders   sync.Map // reflect.Type -> *coder
	carriers sync.Map // reflect.Type -> bool: whether it can hold sealed fields
)

var (
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	revealer        = reflect.TypeFor[interface{ Reveal() string }]()
)

func coderOf(t reflect.Type) (*coder, error) {
	if c, ok := coders.Load(t); ok {
		return c.(*coder), nil
	}
	c, err := build(t, 0)
	if err != nil {
		return nil, err
	}
	coders.Store(t, c)
	return c, nil
}

// build makes the coder of a type. A type that contains itself would never end, so the depth is bounded here too.
func build(t reflect.Type, depth int) (*coder, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("codec: %v is nested deeper than %d", t, maxDepth)
	}
	if c := known(t); c != nil {
		return c, nil
	}
	reads := reflect.PointerTo(t).Implements(textUnmarshaler)
	switch {
	case t.Kind() == reflect.String && t.Implements(revealer):
		return &coder{write: writeString, read: readString, empty: emptyString, personal: true, kind: "string"}, nil
	case t.Kind() != reflect.Pointer && t.Implements(textMarshaler) && reads:
		return &coder{write: writeText, read: readText, empty: reflect.Value.IsZero, kind: "string"}, nil
	case t.Kind() == reflect.String && reads:
		return &coder{write: writeClosed, read: readClosed, empty: emptyString, kind: "string"}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return &coder{write: writeString, read: readString, empty: emptyString, kind: "string"}, nil
	case reflect.Bool:
		return &coder{write: writeBool, read: readBool, empty: reflect.Value.IsZero, kind: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &coder{write: writeInt, read: readInt, empty: reflect.Value.IsZero, kind: "integer"}, nil
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return buildContainer(t, depth)
	case reflect.Struct:
		return buildStruct(t, depth)
	}
	return nil, fmt.Errorf("codec: %v has no canonical form", t)
}

// known are the types that most events hold, written and read without detours; their forms are those of MarshalText.
func known(t reflect.Type) *coder {
	switch t {
	case reflect.TypeFor[Raw]():
		return &coder{write: writeRaw, read: readRaw, empty: emptyString, kind: "object"}
	case reflect.TypeFor[domain.Money]():
		return &coder{write: writeMoney, read: readMoney, empty: emptyMoney, kind: "money"}
	case reflect.TypeFor[domain.Date]():
		return &coder{write: writeDate, read: readDate, empty: reflect.Value.IsZero, kind: "date"}
	case reflect.TypeFor[domain.Period]():
		return &coder{write: writePeriod, read: readPeriod, empty: reflect.Value.IsZero, kind: "period"}
	case reflect.TypeFor[Instant]():
		return &coder{write: writeInstant, read: readInstant, empty: reflect.Value.IsZero, kind: "instant"}
	}
	return nil
}

func buildContainer(t reflect.Type, depth int) (*coder, error) {
	if t.Kind() == reflect.Map && t.Key().Kind() != reflect.String {
		return nil, fmt.Errorf("codec: %v: keys must be strings", t)
	}
	item, err := build(t.Elem(), depth+1)
	if err != nil {
		return nil, err
	}
	c := &coder{personal: item.personal}
	switch t.Kind() {
	case reflect.Pointer:
		c.kind, c.write, c.read, c.empty = item.kind, item.writePointer, item.readPointer, reflect.Value.IsNil
		c.fields = item.fields
	case reflect.Slice:
		c.kind, c.write, c.read, c.empty = "list of "+item.kind, item.writeSlice, item.readSlice, emptyLen
	default:
		c.kind, c.write, c.read, c.empty = "object of "+item.kind, item.writeMap, item.readMap, emptyLen
	}
	return c, nil
}

func buildStruct(t reflect.Type, depth int) (*coder, error) {
	c := &coder{kind: "object", empty: reflect.Value.IsZero}
	if err := c.collect(t, nil, depth); err != nil {
		return nil, err
	}
	slices.SortFunc(c.fields, func(a, b field) int { return cmp.Compare(a.key, b.key) })
	for i, f := range c.fields {
		if i > 0 && c.fields[i-1].key == f.key {
			return nil, fmt.Errorf("codec: %v has two fields with the key %q", t, f.key)
		}
		c.personal = c.personal || f.coder.personal
	}
	c.write, c.read = c.writeStruct, c.readStruct
	return c, nil
}

func (c *coder) collect(t reflect.Type, at []int, depth int) error {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(at), i)
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			if err := c.collect(f.Type, index, depth); err != nil {
				return err
			}
			continue
		}
		key, option, _ := strings.Cut(tag, ",")
		if !f.IsExported() || key == "" || !asciiKey(key) || (option != "" && option != "omitempty") {
			return fmt.Errorf("codec: field %v.%s needs an exported name and a json key of printable ASCII, with or without omitempty", t, f.Name)
		}
		item, err := build(f.Type, depth+1)
		if err != nil {
			return fmt.Errorf("%v.%s: %w", t, f.Name, err)
		}
		if option != "" && len(item.fields) > 0 && f.Type.Kind() == reflect.Struct {
			return fmt.Errorf("codec: field %v.%s is a struct that may be left out: make it a pointer, so that empty and absent differ", t, f.Name)
		}
		quoted := `"` + key + `":`
		c.fields = append(c.fields, field{key: key, first: quoted, next: "," + quoted, index: index, omitEmpty: option != "", coder: item})
	}
	return nil
}

// asciiKey reports whether s may be a key: printable ASCII that needs no escape.
func asciiKey(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}
