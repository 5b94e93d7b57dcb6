package rosterfile

import "slices"

// Cell is the place of a file that a row states something in, for what is found to be wrong with it after reading.
type Cell struct {
	Column string // header text as it stands in the file, or the header to add when the file has no such column
	Letter string // column letter as Excel shows it, "" when the file has no such column or there is no file
	Value  string // what the cell holds, masked when personal, shortened when long; "" when it is blank
}

// rowCells is where a row was read from. A row that was made up otherwise has none.
type rowCells struct {
	head     *SheetHeader
	specs    map[Field]fieldSpec
	raw      []string // in the order of head.Columns
	children []int    // the ordinal in the headers of each child of the row; 0 for one cell that holds several
	detached bool
}

// keep remembers the cells of a row: a line's are overwritten by the next.
func (b *builder) keep() {
	cells := &rowCells{head: b.head, specs: b.aliases.specs, raw: make([]string, len(b.head.Columns))}
	for i, c := range b.head.Columns {
		cells.raw[i] = b.line.at(c.Index).raw
	}
	b.row.cells = cells
}

// Cell finds where the row states one of the fields: the first that is filled in, else the first that the file has a column
// for. When it has none, Column is the header to add for the first field. Children's fields stand for the first child
// stated. It is zero for a row that was not read from a file, and without fields.
func (r Row) Cell(fields ...Field) Cell {
	return r.find(fields, func(c Column) bool { return true })
}

// ChildCell is Cell for the fields of one child, by its index in Children.
func (r Row) ChildCell(child int, fields ...Field) Cell {
	if r.cells == nil || child < 0 || child >= len(r.cells.children) {
		return r.Cell(fields...)
	}
	return r.find(fields, func(c Column) bool { return c.Child == r.cells.children[child] })
}

func (r Row) find(fields []Field, of func(Column) bool) Cell {
	if r.cells == nil || len(fields) == 0 {
		return Cell{}
	}
	best := -1
	for _, f := range fields {
		for i, c := range r.cells.head.Columns {
			if c.Field != f || !of(c) {
				continue
			}
			if r.cells.raw[i] != "" {
				return r.cells.at(i)
			}
			if best < 0 {
				best = i
			}
		}
	}
	if best >= 0 {
		return r.cells.at(best)
	}
	return Cell{Column: r.cells.specs[fields[0]].headers[0]}
}

func (c *rowCells) at(i int) Cell {
	column := c.head.Columns[i]
	cell := Cell{Column: column.Text, Letter: column.Letter, Value: shown(c.specs[column.Field], c.raw[i])}
	if c.detached {
		cell.Letter = ""
	}
	return cell
}

// Detached is the row of somebody who filled in a form: its problems name fields, and no row or column letter.
func (r Row) Detached() Row {
	r.Sheet, r.Line, r.Problems = "", 0, slices.Clone(r.Problems)
	for i := range r.Problems {
		r.Problems[i].Sheet, r.Problems[i].Line, r.Problems[i].Letter = "", 0, ""
	}
	if r.cells != nil {
		cells := *r.cells
		cells.detached = true
		r.cells = &cells
	}
	return r
}
