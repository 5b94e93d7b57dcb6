package bankfile

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxColumns = 64  // what a workbook is read to
	maxWidth   = 500 // bytes of a column; a remark is far below it
)

// dayLayouts are the ways days are written, as layouts of package time.
func dayLayouts() map[string]string {
	return map[string]string{"yyyy-mm-dd": "2006-01-02", "yyyymmdd": "20060102", "yyyy/mm/dd": "2006/01/02"}
}

func (c *checker) record(r recordSource, key string) record {
	if len(r.Columns) == 0 {
		c.ps.add(0, "list its columns in order", "a record of %s has no columns", key)
	}
	rec := record{columns: c.columns(r.Columns, inRecord, false)}
	if c.f.kind == Fixed && !rec.marked() && width(rec.columns) == width(c.f.columns) {
		c.ps.add(0, "give it a constant column", "a record of %s has the width of a line and cannot be told from one", key)
	}
	return rec
}

// columns reads the columns of a line or record.
func (c *checker) columns(raw []columnSource, where place, titled bool) []column {
	if len(raw) > maxColumns {
		c.ps.add(raw[maxColumns].Field.line, "remove some", "there are more than %d columns", maxColumns)
	}
	var out []column
	seen, titles := map[Field]bool{}, map[string]bool{}
	for _, r := range raw {
		col := c.column(r, where)
		if seen[col.field] && !col.field.repeatable() && col.field != "" {
			c.ps.add(r.Field.line, "keep one of the columns", "the field %s stands twice", col.field)
		}
		seen[col.field] = true
		if titled {
			c.title(r, titles)
		}
		out = append(out, col)
	}
	return out
}

func (c *checker) title(r columnSource, titles map[string]bool) {
	if r.Title.absent() {
		c.ps.add(r.Field.line, "add title, as it stands in the file", "the column has no title, but titles: true")
		return
	}
	if key := titleKey(r.Title.text); titles[key] {
		c.ps.add(r.Title.line, "give each column its own title", "the title %q stands twice", r.Title.text)
	} else {
		titles[key] = true
	}
}

func (c *checker) column(r columnSource, where place) column {
	line := r.Field.line
	spec, ok := fieldSpecOf(Field(c.text(r.Field, "columns[].field")))
	if !ok || spec.where&where == 0 {
		if r.Field.text != "" {
			c.ps.add(line, "use one of: "+fieldsIn(where), "there is no field %q here", r.Field.text)
		}
		return column{}
	}
	col := column{fieldSpec: spec, title: r.Title.text, required: c.boolean(r.Required, "required")}
	if col.title == "" {
		col.title = spec.zh
	}
	if !r.Max.absent() {
		col.max = c.number(r.Max, "max", maxWidth)
	}
	if (spec.field == FieldConstant) != !r.Value.absent() {
		c.ps.add(line, "give value to constant columns and to no others", "value and the field constant go together")
	}
	if col.value = r.Value.text; strings.ContainsAny(col.value, "\r\n\t") || spec.field == FieldConstant && strings.TrimSpace(col.value) != col.value {
		c.ps.add(line, "write it without", "the value of a constant has blanks around it or a line break")
	}
	c.amount(r, &col)
	c.day(r, &col)
	c.cell(r, &col)
	c.fixed(r, &col)
	return col
}

func fieldsIn(where place) string {
	var out []string
	for _, s := range fieldTable() {
		if s.where&where != 0 {
			out = append(out, string(s.field))
		}
	}
	return strings.Join(out, ", ")
}

// amount insists on the unit: a file read in the wrong one is wrong a hundredfold.
func (c *checker) amount(r columnSource, col *column) {
	if col.form != formMoney {
		c.unusedIn(r.Unit, "unit", col)
		return
	}
	if r.Unit.absent() {
		c.ps.add(r.Field.line, "add unit: yuan or unit: fen", "the column %s does not say in which unit its amounts are", col.field)
		return
	}
	col.fen = c.oneOf(r.Unit, "unit", "yuan", "fen") == "fen"
}

func (c *checker) day(r columnSource, col *column) {
	if col.form != formDay {
		c.unusedIn(r.Day, "day", col)
		return
	}
	col.day = dayLayouts()[c.optional(r.Day, "day", "yyyy-mm-dd", "yyyymmdd", "yyyy/mm/dd")]
}

func (c *checker) cell(r columnSource, col *column) {
	if c.f.kind != XLSX || col.form != formMoney && col.form != formCount {
		c.unusedIn(r.Cell, "cell", col)
		return
	}
	col.number = c.optional(r.Cell, "cell", "text", "number") == "number"
}

func (c *checker) fixed(r columnSource, col *column) {
	if c.f.kind != Fixed {
		for key, s := range map[string]scalar{"width": r.Width, "align": r.Align, "pad": r.Pad} {
			c.unusedIn(s, key, col)
		}
		return
	}
	if r.Width.absent() {
		c.ps.add(r.Field.line, "add width, in bytes", "the column %s of a fixed file has no width", col.field)
		return
	}
	col.width = c.number(r.Width, "width", maxWidth)
	col.right = c.optional(r.Align, "align", "left", "right") == "right"
	col.zero = c.optional(r.Pad, "pad", "space", "zero") == "zero"
	if col.zero && (!col.right || !slices.Contains([]form{formMoney, formCount}, col.form)) {
		c.ps.add(r.Pad.line, "pad with space", "zeros fill only amounts and counts that are aligned right: elsewhere they cannot be told from the value")
	}
	if len(col.value) > col.width && col.width > 0 {
		c.ps.add(r.Value.line, "widen the column", "the value of the constant is longer than the column")
	}
}

func (c *checker) unusedIn(s scalar, key string, col *column) {
	if !s.absent() {
		c.ps.add(s.line, "remove it", "%s has no meaning for %s", key, fmt.Sprintf("a column %s of kind %s", col.field, c.f.kind))
	}
}

// titleKey makes titles comparable: banks add blanks, asterisks and colons.
func titleKey(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\u3000\u00a0\ufeff*＊:：", r) {
			return -1
		}
		return r
	}, s)
}
