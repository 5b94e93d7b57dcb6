package bankfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Kind is what sort of file a layout describes. ISO 20022 messages (pain.001 out; pain.002, camt.053, camt.054 back) will
// be further kinds: they too write and read the lines of this package.
type Kind string

// The kinds.
const (
	Delimited Kind = "delimited"
	Fixed     Kind = "fixed"
	XLSX      Kind = "xlsx"
)

// Direction says who writes the file.
type Direction string

// The directions.
const (
	Out  Direction = "out"  // 代发文件, to the bank
	Back Direction = "back" // 回盘, from the bank
)

// Format is a checked layout. It never changes.
type Format struct {
	source     []byte
	id, zh, en string
	basis      string
	kind       Kind
	direction  Direction
	answers    string
	encoding   Encoding
	lineEnding string
	separator  string
	quotes     bool
	guard      bool
	sheet      string
	titles     bool
	name       namePattern
	header     []record
	columns    []column
	trailer    []record
	results    map[string]outcome
	otherwise  Result
	reasons    []reasonRule
	sides      map[string]Side
}

// record is a header or trailer record.
type record struct{ columns []column }

// column is one column of a line or record.
type column struct {
	fieldSpec
	title    string // as it stands in the file, or the field's own words
	required bool
	max      int // 0: no limit
	width    int // fixed only
	right    bool
	zero     bool // padded with zeros
	fen      bool
	day      string // layout of package time
	number   bool   // xlsx: a number cell
	value    string // of a constant
}

// outcome is what a result code means.
type outcome struct {
	result Result
	reason Reason
}

// reasonRule is one entry of the table of reasons: code or contains is set.
type reasonRule struct {
	code, contains string
	reason         Reason
}

// ID returns the id that events carry.
func (f *Format) ID() string { return f.id }

// Title returns the name for people, English when asked for and given.
func (f *Format) Title(english bool) string {
	if english && f.en != "" {
		return f.en
	}
	return f.zh
}

// Basis says on what the layout rests: "found: …" or "assumed: …".
func (f *Format) Basis() string { return f.basis }

// Kind returns what sort of file it is.
func (f *Format) Kind() Kind { return f.kind }

// Direction returns who writes the file.
func (f *Format) Direction() Direction { return f.direction }

// Answers returns the id of the layout that files of this one answer, "" for files to the bank.
func (f *Format) Answers() string { return f.answers }

// Source returns a copy of the descriptor.
func (f *Format) Source() []byte { return bytes.Clone(f.source) }

// Hash returns the SHA-256 of the descriptor in hex: two layouts of one id are told apart by it.
func (f *Format) Hash() string {
	sum := sha256.Sum256(f.source)
	return hex.EncodeToString(sum[:])
}

// Fields lists the fields that a line of the file has, in the order of its columns.
func (f *Format) Fields() []Field {
	var out []Field
	for _, c := range f.columns {
		if !c.field.repeatable() {
			out = append(out, c.field)
		}
	}
	return out
}

// has reports whether lines have a column with the field.
func (f *Format) has(field Field) bool {
	return slices.ContainsFunc(f.columns, func(c column) bool { return c.field == field })
}

// width is the number of bytes of a fixed record.
func width(columns []column) int {
	n := 0
	for _, c := range columns {
		n += c.width
	}
	return n
}

// marked reports whether a record holds a text by which it is known.
func (r record) marked() bool {
	return slices.ContainsFunc(r.columns, func(c column) bool { return c.field == FieldConstant })
}
