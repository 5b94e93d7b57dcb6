package bankfile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checker turns the shape of a descriptor into a Format and collects everything wrong with it.
type checker struct {
	ps  *sourceProblems
	raw *source
	f   *Format
}

// formatID is compiled once and never written to.
var formatID = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

func (c *checker) check() {
	r, f := c.raw, c.f
	c.oneOf(r.Format, "format", "1")
	if f.id = c.text(r.ID, "id"); f.id != "" && !formatID.MatchString(f.id) {
		c.ps.add(r.ID.line, "use 2 to 40 of a-z, 0-9 and -, beginning with a letter", "the id %q has other characters or another length", f.id)
	}
	f.zh, f.en = c.text(r.Title.Zh, "title.zh"), r.Title.En.text
	f.basis = c.oneOf(r.Basis.Status, "basis.status", "found", "assumed") + ": " + c.text(r.Basis.Note, "basis.note")
	f.direction = Direction(c.oneOf(r.Direction, "direction", string(Out), string(Back)))
	c.answers()
	c.kind()
	f.titles = c.boolean(r.Titles, "titles")
	if f.kind == Fixed && f.titles {
		c.ps.add(r.Titles.line, "use a header record with constant columns", "a file of fixed width has no titles row")
	}
	if r.Name.absent() {
		c.ps.add(0, "write a pattern such as DF{batch}.txt", "name is missing")
	} else {
		f.name = c.namePattern(r.Name)
	}
	where := inOut
	if f.direction == Back {
		where = inBack
	}
	if len(r.Columns) == 0 {
		c.ps.add(0, "list the columns of a line in order", "columns are missing")
	}
	f.columns = c.columns(r.Columns, where, f.titles)
	for i := range f.columns {
		if field := f.columns[i].field; field == FieldResult || field == FieldAmount {
			f.columns[i].required = true // without it a line states nothing
		}
	}
	for _, rec := range r.Header {
		f.header = append(f.header, c.record(rec, "header"))
	}
	for _, rec := range r.Trailer {
		f.trailer = append(f.trailer, c.record(rec, "trailer"))
	}
	c.tables()
	c.needs()
}

// text takes a value that must be there.
func (c *checker) text(s scalar, key string) string {
	if s.absent() || strings.TrimSpace(s.text) == "" {
		c.ps.add(s.line, "add it; docs/bank-files.md lists all keys", "%s is missing", key)
		return ""
	}
	return s.text
}

// oneOf takes a word of a closed set that must be there. It returns "" after a problem.
func (c *checker) oneOf(s scalar, key string, words ...string) string {
	if c.text(s, key) == "" {
		return ""
	}
	if !slices.Contains(words, s.text) {
		c.ps.add(s.line, "use one of: "+strings.Join(words, ", "), "%s has no value %q", key, s.text)
		return ""
	}
	return s.text
}

// optional takes a word of a closed set, or the first when absent.
func (c *checker) optional(s scalar, key string, words ...string) string {
	if s.absent() {
		return words[0]
	}
	return c.oneOf(s, key, words...)
}

func (c *checker) boolean(s scalar, key string) bool {
	return c.optional(s, key, "false", "true") == "true"
}

func (c *checker) number(s scalar, key string, most int) int {
	n, err := strconv.Atoi(s.text)
	if err != nil || n < 1 || n > most {
		c.ps.add(s.line, fmt.Sprintf("write a number from 1 to %d", most), "%s is %q", key, s.text)
		return 0
	}
	return n
}

// unused refuses a key that has no meaning for this kind of file: its author expects an effect that it would not have.
func (c *checker) unused(s scalar, key string) {
	if !s.absent() {
		c.ps.add(s.line, "remove it", "%s has no meaning here (kind %s, direction %s)", key, c.f.kind, c.f.direction)
	}
}

func (c *checker) answers() {
	if c.f.direction == Back {
		c.f.answers = c.text(c.raw.Answers, "answers")
		return
	}
	c.unused(c.raw.Answers, "answers")
}

// kind reads what depends on the sort of file.
func (c *checker) kind() {
	r, f := c.raw, c.f
	if strings.HasPrefix(r.Kind.text, "pain.") || strings.HasPrefix(r.Kind.text, "camt.") {
		c.ps.add(r.Kind.line, "use the bank's delimited, fixed or xlsx layout", "ISO 20022 messages such as %s are not supported yet", r.Kind.text)
		return
	}
	f.kind = Kind(c.oneOf(r.Kind, "kind", string(Delimited), string(Fixed), string(XLSX)))
	if f.kind == XLSX {
		c.unused(r.Encoding, "encoding")
		c.unused(r.LineEnding, "line-ending")
		f.encoding, f.sheet = UTF8, r.Sheet.text
		c.sheetName()
	} else if f.kind != "" {
		c.unused(r.Sheet, "sheet")
		f.encoding = Encoding(c.oneOf(r.Encoding, "encoding", encodings()...))
		f.lineEnding = map[string]string{"crlf": "\r\n", "lf": "\n"}[c.oneOf(r.LineEnding, "line-ending", "crlf", "lf")]
	}
	if f.kind != Delimited {
		c.unused(r.Separator, "separator")
		c.unused(r.Quotes, "quotes")
		c.unused(r.Guard, "spreadsheet-guard")
		return
	}
	f.quotes, f.guard = c.boolean(r.Quotes, "quotes"), c.boolean(r.Guard, "spreadsheet-guard")
	f.separator = c.separator()
}

func (c *checker) sheetName() {
	if n := utf8.RuneCountInString(c.f.sheet); n > 31 || strings.ContainsAny(c.f.sheet, `[]:*?/\`) {
		c.ps.add(c.raw.Sheet.line, "use up to 31 characters without [ ] : * ? / \\", "%q is no name of a sheet", c.f.sheet)
	}
}

func (c *checker) separator() string {
	s := c.raw.Separator
	switch {
	case s.text == "tab":
		return "\t"
	case s.absent() || s.text == "":
		c.ps.add(s.line, `write for example separator: "|"`, "separator is missing")
	case strings.ContainsAny(s.text, "\r\n\"") || utf8.RuneCountInString(s.text) > 4:
		c.ps.add(s.line, "use one to four characters that no value holds", "the separator %q holds a quote or a line break, or is too long", s.text)
	}
	return s.text
}

// tables reads the code tables.
func (c *checker) tables() {
	r, f := c.raw, c.f
	f.results, f.sides = map[string]outcome{}, map[string]Side{}
	for _, e := range r.Results {
		code := c.text(e.Code, "results[].code")
		if _, twice := f.results[code]; twice {
			c.ps.add(e.Code.line, "keep one", "the result code %q stands twice", code)
		}
		o := outcome{result: Result(c.oneOf(e.Result, "results[].result", codes(results())...))}
		if !e.Reason.absent() {
			o.reason = Reason(c.oneOf(e.Reason, "results[].reason", codes(reasons())...))
			if o.result != Returned {
				c.ps.add(e.Reason.line, "remove it", "only a returned line has a reason")
			}
		}
		f.results[code] = o
	}
	for _, e := range r.Reasons {
		rule := reasonRule{code: e.Code.text, contains: e.Contains.text, reason: Reason(c.oneOf(e.Reason, "reasons[].reason", codes(reasons())...))}
		if (rule.code == "") == (rule.contains == "") {
			c.ps.add(e.Reason.line, "give either code or contains", "an entry of reasons says what it stands for in no way or in two")
		}
		f.reasons = append(f.reasons, rule)
	}
	for _, e := range r.Sides {
		code := c.text(e.Code, "sides[].code")
		if _, twice := f.sides[code]; twice {
			c.ps.add(e.Code.line, "keep one", "the side code %q stands twice", code)
		}
		f.sides[code] = Side(c.oneOf(e.Side, "sides[].side", codes(sides())...))
	}
	if !r.Otherwise.absent() {
		f.otherwise = Result(c.oneOf(r.Otherwise, "result-if-absent", codes(results())...))
	}
}

// needs checks what a layout must have to be of use.
func (c *checker) needs() {
	f := c.f
	need := func(ok bool, next, format string, args ...any) {
		if !ok {
			c.ps.add(0, next, format, args...)
		}
	}
	required := []Field{FieldAmount, FieldPayRef, FieldAccount}
	if f.direction == Out {
		required = append(required, FieldHolder)
	}
	for _, field := range required {
		need(f.has(field), "add a column with it: lines are matched by payment reference, account and amount", "no column has the field %s", field)
	}
	pair := func(field Field, table int, name string) {
		need(f.has(field) == (table > 0), "give both or none", "a column %s and the table %s go together", field, name)
	}
	pair(FieldResult, len(f.results), "results")
	pair(FieldReason, len(f.reasons), "reasons")
	pair(FieldSide, len(f.sides), "sides")
	if f.direction == Back {
		need(f.has(FieldResult) != (f.otherwise != ""), "add a result column with its table, or result-if-absent", "a return file says what the bank did, line by line or once for all")
	} else {
		c.unused(c.raw.Otherwise, "result-if-absent")
	}
	if f.kind == Fixed || len(f.columns) == 0 {
		return
	}
	for _, rec := range slices.Concat(f.header, f.trailer) {
		need(rec.marked() || f.kind == Delimited && len(rec.columns) != len(f.columns), "give it a constant column",
			"a header or trailer record cannot be told from a line")
	}
}
