package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"almoner/domain"
)

// Form is what the cells of a column hold.
type Form uint8

// The forms. Numbers, accounts and everything else that is not money or a count is text: no spreadsheet turns it into a
// number of fifteen digits.
const (
	Text Form = iota
	Money
	Count
)

// Column is one column of a table.
type Column struct {
	Title string
	Form  Form
	Width int  // in characters of a Latin font
	Sum   bool // totalled below the table
}

// Table is the head of a table.
type Table struct {
	Title   string // also the name of its sheet: at most 31 characters
	Columns []Column
}

func (t Table) totalled() bool {
	for _, c := range t.Columns {
		if c.Sum {
			return true
		}
	}
	return false
}

// Cell is one cell. Exactly one of its values is used, as its form says.
type Cell struct {
	Form  Form
	Text  string
	Money domain.Money
	Count int64
	Blank bool // money or a count that is not known: an empty cell, never 0
}

// String is the cell as it is hashed.
func (c Cell) String() string {
	switch {
	case c.Blank:
		return ""
	case c.Form == Money:
		return c.Money.String()
	case c.Form == Count:
		return strconv.FormatInt(c.Count, 10)
	}
	return c.Text
}

func text(s string) Cell            { return Cell{Text: clean(s)} }
func money(m domain.Money) Cell     { return Cell{Form: Money, Money: m} }
func count[N int | int64](n N) Cell { return Cell{Form: Count, Count: int64(n)} }
func blank(f Form) Cell             { return Cell{Form: f, Blank: true} }

// clean replaces what XML and paper cannot hold; names are checked when they are recorded, so this meets damage only.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// Fact is one named line of a report's head.
type Fact struct{ Name, Value string }

// Head is what stands above the tables.
type Head struct {
	Kind     Kind
	Title    string
	Facts    []Fact
	Position int64     // entries it is made from
	At       time.Time // of the last of them
	Wide     bool      // printed across
}

// shanghai is the zone of every instant on paper. China has had no summer time since 1991.
var shanghai = time.FixedZone("+08:00", 8*60*60)

// madeFrom says what the report was made from.
func (h Head) madeFrom() string {
	return "取自日志前 " + strconv.FormatInt(h.Position, 10) + " 条记录，末条记于 " + stamp(h.At)
}

func stamp(t time.Time) string { return t.In(shanghai).Format("2006-01-02 15:04:05") }

// renderer writes the parts of a report in one form, in this order: head, then for each table start, its rows and end, then
// foot, and at last finish.
type renderer interface {
	head(h Head) error
	start(t Table) error
	row(cells []Cell, total bool) error
	end() error
	foot(notes []string, hash string) error
	finish(w io.Writer) error
}

// book hashes what it hands to the renderer, and totals.
type book struct {
	out   renderer
	hash  hash.Hash
	table Table
	sums  []Cell
	notes []string

	rows    int      // of all tables
	people  int      // rows about a person, by openings
	persons []string // the first hundred of them
	seen    map[string]bool
}

func newBook(out renderer) *book {
	return &book{out: out, hash: sha256.New(), seen: map[string]bool{}}
}

var escapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// line hashes one line of the content.
func (b *book) line(fields ...string) {
	for i, f := range fields {
		if i > 0 {
			io.WriteString(b.hash, "\t") //nolint:errcheck // a hash never fails
		}
		escapes.WriteString(b.hash, f) //nolint:errcheck // nor here
	}
	io.WriteString(b.hash, "\n") //nolint:errcheck // nor here
}

func (b *book) head(h Head) error {
	b.line("almoner report v1", string(h.Kind))
	b.line("head", "title", h.Title)
	for _, f := range h.Facts {
		b.line("head", f.Name, f.Value)
	}
	b.line("head", "position", strconv.FormatInt(h.Position, 10))
	return b.out.head(h)
}

func (b *book) start(t Table) error {
	b.table, b.sums = t, make([]Cell, len(t.Columns))
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
		if c.Sum {
			b.sums[i].Form = c.Form
		}
	}
	b.line("table", t.Title)
	b.line(append([]string{"columns"}, titles...)...)
	return b.out.start(t)
}

func (b *book) row(cells ...Cell) error {
	for i, c := range cells {
		if b.table.Columns[i].Sum && !c.Blank {
			b.sums[i].Money, b.sums[i].Count = b.sums[i].Money.Add(c.Money), b.sums[i].Count+c.Count
		}
	}
	b.rows++
	b.cells("row", cells)
	return b.out.row(cells, false)
}

func (b *book) cells(what string, cells []Cell) {
	fields := make([]string, 1, len(cells)+1)
	fields[0] = what
	for _, c := range cells {
		fields = append(fields, c.String())
	}
	b.line(fields...)
}

// end totals the table where a column wants it. It returns the totals.
func (b *book) end() ([]Cell, error) {
	if b.table.totalled() {
		b.sums[0] = text("合计")
		b.cells("total", b.sums)
		if err := b.out.row(b.sums, true); err != nil {
			return nil, err
		}
	}
	return b.sums, b.out.end()
}

// note puts a line below the tables.
func (b *book) note(s string) {
	s = clean(s)
	b.line("note", s)
	b.notes = append(b.notes, s)
}

// finish writes the foot. It returns the content hash, hex.
func (b *book) finish(w io.Writer) (string, error) {
	sum := hex.EncodeToString(b.hash.Sum(nil))
	if err := b.out.foot(b.notes, sum); err != nil {
		return "", err
	}
	return sum, b.out.finish(w)
}

// mostNamed is how many people a trace names; it counts the others.
const mostNamed = 100

// about notes that a person's data are in the report.
func (b *book) about(person string) {
	if b.seen[person] {
		return
	}
	b.seen[person] = true
	b.people++
	if len(b.persons) < mostNamed {
		b.persons = append(b.persons, person)
	}
}
