package rosterfile

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"almoner/domain"
)

// Summary tells what the last pass over Rows read and skipped. It is complete after a pass that was not broken off.
func (f *File) Summary() Summary { return f.summary }

// Rows reads every person of the file, sheet by sheet. A row with problems is yielded like any other. A non-nil error is
// the last pair: the file is damaged there or exceeds a limit, and what was yielded before must not be imported alone.
func (f *File) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		f.summary = Summary{}
		p := &pass{file: f, builder: newBuilder(f), people: newPeople(), left: MaxRows}
		for i := range f.sheets {
			if !p.readSheet(i, yield) {
				return
			}
		}
		if f.summary.Rows == 0 {
			f.summary.Problems = append(f.summary.Problems, Problem{Rule: "import.no-rows", Severity: Error,
				Message: "表头之下没有人员。", Remedy: "检查是否上传了空模板。"})
		}
		f.summary.Complete = true
	}
}

// pass is one reading of the rows.
type pass struct {
	file    *File
	builder *builder
	people  *people
	left    int // rows that may still come

	sum      domain.Money // of the amount column of the current sheet
	sumValid bool
}

// readSheet yields the rows of a sheet and reports whether to go on.
func (p *pass) readSheet(i int, yield func(Row, error) bool) bool {
	s, h, summary := p.file.sheets[i], p.file.heads[i], &p.file.summary
	p.sum, p.sumValid = domain.Money{}, h.has(FieldAmount)
	last := h.Line
	for l, err := range s.lines() {
		if err != nil {
			yield(Row{}, fmt.Errorf("read roster %s: %w", p.file.header.Name, err))
			return false
		}
		if l.number <= h.Line {
			continue
		}
		why := classify(h, s, l)
		if why != SkipBlank && l.number > last+1 {
			summary.skip(h.Sheet, last+1, l.number-1, SkipBlank)
		}
		if why == SkipBlank {
			continue // listed when something follows: formatted rows below the list say nothing
		}
		last = l.number
		if p.left--; p.left < 0 {
			yield(Row{}, refuse("import.too-many-rows", "按乡镇或年度拆分后分别上传。", "文件 %s 超过 %d 行。", p.file.header.Name, MaxRows))
			return false
		}
		if why != "" {
			summary.skip(h.Sheet, l.number, l.number, why)
			p.checkTotal(h, l, why)
			continue
		}
		row := p.builder.build(h, i, l)
		p.people.check(p.builder)
		if p.sumValid = p.sumValid && (row.HasAmount || !p.builder.given(FieldAmount)); p.sumValid {
			p.sum = p.sum.Add(row.Amount)
		}
		summary.count(*row)
		if !yield(*row, nil) {
			return false
		}
	}
	return true
}

// checkTotal compares a grand total with the amounts above it.
func (p *pass) checkTotal(h *SheetHeader, l line, why SkipReason) {
	first := normalHeader(firstText(l))
	if why != SkipTotal || !p.sumValid || !strings.HasPrefix(first, "合计") && !strings.HasPrefix(first, "总计") {
		return
	}
	c, _ := h.column(FieldAmount, 0)
	stated, f := parseMoney(l.at(c.Index))
	if f != nil || l.at(c.Index).kind == blankCell || stated.Equal(p.sum) {
		return
	}
	p.file.summary.Warnings++
	p.file.summary.Problems = append(p.file.summary.Problems, Problem{
		Sheet: h.Sheet, Line: l.number, Column: c.Text, Letter: c.Letter, Value: stated.String(),
		Rule: "import.total-differs", Severity: Warning,
		Message: fmt.Sprintf("合计与上面各行金额之和 %v 不一致。", p.sum), Remedy: "核对是否漏行、重复或改过金额。",
	})
}

// classify tells why a line is no person, or "" when it is one. Whoever has something in the column of the citizen number
// is a person, whatever else stands in the row, so that nobody is skipped by a word.
func classify(h *SheetHeader, s sheet, l line) SkipReason {
	filled, serialOnly := 0, true
	for i, c := range l.cells {
		if c.kind == blankCell || c.merged {
			continue
		}
		filled++
		serialOnly = serialOnly && h.isSerial(i)
	}
	if filled == 0 || serialOnly {
		return SkipBlank
	}
	if isHeaderAgain(h, l) {
		return SkipHeader
	}
	if c, ok := h.column(FieldNumber, 0); ok && l.at(c.Index).kind != blankCell {
		if m := l.at(c.Index); !m.merged {
			return ""
		}
	}
	text := normalHeader(firstText(l))
	switch {
	case hasPrefix(text, "合计", "小计", "总计", "共计", "累计", "本页合计", "本页小计"):
		return SkipTotal
	case isFooter(h, l):
		return SkipFooter
	case filled == 1 && spansSheet(h, s, l.number):
		return SkipSection
	}
	return ""
}

func (h *SheetHeader) isSerial(index int) bool {
	return slices.ContainsFunc(h.Columns, func(c Column) bool { return c.Index == index && c.Field == FieldSerial })
}

// isHeaderAgain reports whether name and number columns hold their own headers.
func isHeaderAgain(h *SheetHeader, l line) bool {
	same := 0
	for _, c := range h.Columns {
		if c.Field == FieldName || c.Field == FieldNumber {
			if oneLine(l.at(c.Index).raw) != c.Text {
				return false
			}
			same++
		}
	}
	return same > 0
}

// isFooter recognises the line under a list: who made and checked it, when, and notes. It begins with such a word, or has
// one somewhere and no name: a remark beside a name does not make a person without a number disappear.
func isFooter(h *SheetHeader, l line) bool {
	note := -1
	if c, ok := h.column(FieldNote, 0); ok {
		note = c.Index
	}
	name, ok := h.column(FieldName, 0)
	named := ok && l.at(name.Index).kind != blankCell && !isFooterText(l.at(name.Index).raw)
	begun := false
	for i, c := range l.cells {
		if isFooterText(c.raw) && (!named || !begun && i != note) {
			return true
		}
		begun = begun || c.kind != blankCell
	}
	return false
}

func isFooterText(s string) bool {
	return hasPrefix(strings.ReplaceAll(s, " ", ""), "制表", "填表", "经办人", "审核人", "审批人", "负责人", "单位负责人", "分管领导",
		"主要领导", "单位盖章", "单位（盖章", "单位(盖章", "填报日期", "填报人", "注：", "注:", "备注：", "备注:", "说明：", "说明:")
}

// spansSheet reports whether a merged range of this row crosses at least three columns.
func spansSheet(h *SheetHeader, s sheet, row int) bool {
	m, ok := s.(interface{ spans(line int) []span })
	return ok && slices.ContainsFunc(m.spans(row), func(s span) bool { return s.last-s.first >= 2 })
}

func firstText(l line) string {
	for _, c := range l.cells {
		if c.kind != blankCell {
			return c.raw
		}
	}
	return ""
}

func hasPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
