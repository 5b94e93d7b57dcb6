package rosterfile

import "fmt"

// builder turns lines into rows. It is reused for every line of a pass.
type builder struct {
	opts     *Options
	aliases  aliases
	villages *villages // nil when the caller does not say
	words    map[Field]vocabulary
	labels   map[Field]string

	sheetNames []string // by index, to name an earlier row

	head *SheetHeader
	line line
	at   seat // where the row stands
	row  *Row
}

// seat is where a row stands, small enough to keep for every person.
type seat struct {
	sheet uint16
	line  uint32
}

func newBuilder(f *File) *builder {
	b := &builder{opts: &f.opts, aliases: f.aliases, words: map[Field]vocabulary{}, labels: map[Field]string{}}
	for field, table := range map[Field][]word{
		FieldSex: sexWords(), FieldChildSex: sexWords(), FieldHukou: hukouWords(), FieldMarriage: marriageWords(),
		FieldReason: exitReasons(), FieldHolderRelation: relationWords(), FieldChildGrade: gradeWords(),
	} {
		b.words[field], b.labels[field] = newVocabulary(table), labels(table)
	}
	for _, h := range f.heads {
		b.sheetNames = append(b.sheetNames, h.Sheet)
	}
	if f.opts.Villages != nil {
		b.villages = newVillages(f.opts.Villages)
	}
	return b
}

// build reads one line. The row is new; everything else of b is reused.
func (b *builder) build(h *SheetHeader, sheet int, l line) *Row {
	b.head, b.line, b.at = h, l, seat{uint16(sheet), uint32(l.number)}
	b.row = &Row{Sheet: h.Sheet, Line: l.number, Hidden: l.hidden}
	b.keep()
	if l.hidden {
		b.report(Column{}, "", "import.row-hidden", Warning, "这一行是隐藏的，仍然读入。", "核对是否确需导入；不需要的行请删除。")
	}
	b.checkCells()
	b.checkRequired()
	b.readPerson()
	b.readPlace()
	b.readEnrolment()
	b.readExit()
	b.readAccount()
	b.readRest()
	b.readChildren()
	return b.row
}

// report adds a problem of one column, or of the whole row when the column is zero. A column without a letter is one that
// the file lacks. The value is the raw cell; it is masked here.
func (b *builder) report(c Column, value, rule string, severity Severity, message, remedy string) {
	p := Problem{Sheet: b.row.Sheet, Line: b.row.Line, Rule: rule, Severity: severity, Message: message, Remedy: remedy}
	p.Column, p.Letter = c.Text, c.Letter
	if c.Letter != "" {
		p.Value = shown(b.aliases.specs[c.Field], value)
	}
	b.row.Problems = append(b.row.Problems, p)
}

// reportCell adds an error of a place that was found by Row.Cell.
func (b *builder) reportCell(at Cell, rule, message, remedy string) {
	b.row.Problems = append(b.row.Problems, Problem{
		Sheet: b.row.Sheet, Line: b.row.Line, Column: at.Column, Letter: at.Letter, Value: at.Value, Rule: rule, Severity: Error, Message: message, Remedy: remedy,
	})
}

func (b *builder) fault(c Column, value string, f *fault) {
	b.report(c, value, f.rule, Error, f.message, f.remedy)
}

// problem reports an error about a field that the row states.
func (b *builder) problem(f Field, rule, message, remedy string) {
	c, value := b.columnOf(f), ""
	if c.Letter != "" {
		value = b.line.at(c.Index).raw
	}
	b.report(c, value, rule, Error, message, remedy)
}

// given reports whether the row has something in the column of a field.
func (b *builder) given(f Field) bool {
	c, ok := b.head.column(f, 0)
	return ok && b.line.at(c.Index).kind != blankCell
}

// take returns the cell of a field if it holds a usable value.
func (b *builder) take(f Field, child int) (cell, Column, bool) {
	c, ok := b.head.column(f, child)
	if !ok {
		return cell{}, c, false
	}
	value := b.line.at(c.Index)
	return value, c, value.usable()
}

// usable reports whether a cell has a value that checkCells found no fault with.
func (c cell) usable() bool {
	return c.kind != blankCell && c.kind != errorCell && !c.long && !undecodable(c.raw)
}

// checkCells reports the cells of known columns that cannot be read whatever they should hold, and lost characters in any
// column: they mean that the file was converted wrongly.
func (b *builder) checkCells() {
	const recode = "用 Excel 或 WPS 打开原文件，核对该字后另存为 .xlsx 上传。"
	for _, c := range b.head.Columns {
		v := b.line.at(c.Index)
		if undecodable(v.raw) {
			b.report(c, v.raw, "import.undecodable", Error, "有无法识别的字符，转换文件时已丢失。", recode)
			continue
		}
		if c.Field == "" || c.Field == FieldUnused || c.Field == FieldSerial {
			continue
		}
		switch {
		case v.long:
			b.report(c, v.raw, "import.cell-too-long", Error, fmt.Sprintf("内容超过 %d 个字符。", MaxCellCharacters), "缩短内容。")
		case v.kind == errorCell:
			b.report(c, v.raw, "import.cell-error", Error, "是公式错误值。", "改正公式，或直接填写值。")
		case v.noResult:
			b.report(c, "", "import.formula-empty", Error, "公式没有保存计算结果。", "用 Excel 打开并保存一次，或复制后“选择性粘贴为数值”。")
		case v.formula && v.kind != blankCell:
			b.report(c, v.raw, "import.formula", Warning, "是公式，读取的是保存时的计算结果。", "核对结果；建议复制后“选择性粘贴为数值”。")
		}
		b.checkMerged(c, v)
	}
}

// checkMerged looks at a value that comes from a merged range above. For what belongs to one person it is an error: two
// people would share a number or an account.
func (b *builder) checkMerged(c Column, v cell) {
	if !v.merged {
		return
	}
	switch c.Field {
	case FieldVillage, FieldGroup, FieldProgramme, FieldClass, FieldHousehold, FieldHouseholdHead, FieldHouseholdHeadNumber,
		FieldDocument, FieldBank, FieldHukou, FieldAppliedOn:
		b.report(c, v.raw, "import.merged", Warning, "取自上方合并的单元格。", "核对；建议取消合并并逐行填写。")
	default:
		b.report(c, v.raw, "import.merged-personal", Error, "这一格与上一行合并，不清楚属于谁。", "取消合并，逐行填写。")
	}
}

// checkRequired reports the fields that the kind of list needs in every row and this row lacks.
func (b *builder) checkRequired() {
	for _, f := range b.opts.Kind.required() {
		if b.given(f) || f == FieldReason && b.given(FieldDiedOn) {
			continue
		}
		c, _ := b.head.column(f, 0)
		b.report(c, "", "import.required", Error, fmt.Sprintf("“%s”没有填写。", b.aliases.label(f)), "补填。")
	}
}
