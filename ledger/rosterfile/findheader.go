package rosterfile

import (
	"fmt"
	"slices"
	"strings"
)

// headRow is one of the first rows of a sheet, with its own cells.
type headRow struct {
	number int
	texts  []string
}

// findHeader looks for the header among the first rows of a sheet: the row that names most fields, of which one is the
// name or the citizen number. found is false when there is none.
//
// A header of two rows, such as 子女情况 above 姓名 and 身份证号, is joined when the upper cell is merged across.
func findHeader(a aliases, s sheet) (h *SheetHeader, problems []Problem, found bool, err error) {
	rows, err := firstRows(s)
	if err != nil {
		return nil, nil, false, err
	}
	best, bestScore := candidate{}, 1 // two known headers at least: a title may contain one word
	for i := range min(len(rows), HeaderWithin) {
		if c := newCandidate(a, s, rows, i); rows[i].number <= HeaderWithin && c.score > bestScore {
			best, bestScore = c, c.score
		}
	}
	if best.score == 0 {
		return nil, nil, false, nil
	}
	h = &SheetHeader{Sheet: s.title(), Line: best.line, at: map[place]int{}}
	for _, above := range rows[:best.first] {
		if t := strings.Join(slices.DeleteFunc(slices.Clone(above.texts), func(s string) bool { return s == "" }), " "); t != "" {
			h.Titles = append(h.Titles, t)
		}
	}
	problems, err = h.fill(a, best.texts)
	return h, problems, true, err
}

// candidate is a row that may be the header, joined with the one below when merged cells say so.
type candidate struct {
	texts []string
	first int // index of the row, the upper one of two
	line  int // number of the row, the lower one of two
	score int // how many fields it names
}

func newCandidate(a aliases, s sheet, rows []headRow, i int) candidate {
	c := candidate{texts: rows[i].texts, first: i, line: rows[i].number}
	if m, ok := s.(interface{ spans(line int) []span }); ok && i+1 < len(rows) {
		if joined, ok := joinHeaderRows(a, rows[i], rows[i+1], m.spans(rows[i].number)); ok {
			c.texts, c.line = joined, rows[i+1].number
		}
	}
	c.score = headerScore(a, c.texts)
	return c
}

// firstRows reads the rows among which the header must be, and one more for a header of two rows.
func firstRows(s sheet) ([]headRow, error) {
	var rows []headRow
	for l, err := range s.lines() {
		if err != nil {
			return nil, err
		}
		if l.number > HeaderWithin+1 {
			break
		}
		row := headRow{number: l.number}
		for _, c := range l.cells {
			row.texts = append(row.texts, c.raw)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// headerScore counts the fields that a row names; 0 when neither the name nor the citizen number is among them.
func headerScore(a aliases, texts []string) int {
	named := map[place]bool{}
	for _, t := range texts {
		if f, child := a.match(t); f != "" {
			named[place{f, child}] = true
		}
	}
	if !named[place{FieldName, 0}] && !named[place{FieldNumber, 0}] {
		return 0
	}
	return len(named)
}

// span is a merged stretch of one row: columns from first to last, counted from 0, down to row bottom.
type span struct{ first, last, bottom int }

// joinHeaderRows joins an upper header with the lower one beneath its merged cells. The words 情况 and 信息 of the upper
// cell are left out, and 本人 and 对象 alone add nothing.
func joinHeaderRows(a aliases, upper, lower headRow, spans []span) ([]string, bool) {
	out := slices.Clone(upper.texts)
	joined := false
	for _, s := range spans {
		if s.first >= len(upper.texts) || s.last == s.first || s.bottom != upper.number || lower.number != upper.number+1 {
			continue
		}
		parent := normalHeader(upper.texts[s.first])
		for _, noise := range []string{"基本情况", "基本信息", "情况", "信息", "个人", "本人", "扶助对象", "对象"} {
			parent = strings.ReplaceAll(parent, noise, "")
		}
		for c := s.first; c <= s.last && c < MaxColumns; c++ {
			for len(out) <= c {
				out = append(out, "")
			}
			child := ""
			if c < len(lower.texts) {
				child = lower.texts[c]
			}
			out[c] = child
			if f, _ := a.match(parent + child); f != "" && child != "" {
				out[c] = parent + child
			}
			joined = joined || child != ""
		}
	}
	return out, joined
}

// fill matches the texts to fields and reports unknown headers and fields named twice.
func (h *SheetHeader) fill(a aliases, texts []string) ([]Problem, error) {
	var problems []Problem
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			continue
		}
		if i >= MaxColumns {
			return nil, refuse("import.too-many-columns", "删除与名册无关的列后重新上传。", "工作表「%s」的表头超过 %d 列。", h.Sheet, MaxColumns)
		}
		f, child := a.match(t)
		c := Column{Index: i, Letter: columnLetter(i), Text: oneLine(t), Field: f, Child: child}
		h.Columns = append(h.Columns, c)
		p := Problem{Sheet: h.Sheet, Line: h.Line, Column: c.Text, Letter: c.Letter}
		if f == "" {
			p.Rule, p.Severity = "import.header-unknown", Warning
			p.Message, p.Remedy = "不认识这个表头，该列不会读入。", "如该列需要读入，请改用模板中的表头。"
			problems = append(problems, p)
			continue
		}
		if f == FieldUnused || f == FieldSerial {
			continue
		}
		if first, twice := h.at[place{f, child}]; twice {
			other := h.Columns[first]
			p.Rule, p.Severity = "import.header-twice", Error
			p.Message = fmt.Sprintf("与 %s 列「%s」是同一个项目（%s）。", other.Letter, other.Text, a.label(f))
			p.Remedy = "只保留一列；如其中一列是配偶、子女或监护人的，请在表头写明，例如“子女姓名”。"
			problems = append(problems, p)
			continue
		}
		h.at[place{f, child}] = len(h.Columns) - 1
	}
	return problems, nil
}

// missing reports each required field without a column.
func (h *SheetHeader) missing(a aliases, k Kind) []Problem {
	var problems []Problem
	for _, f := range k.required() {
		if h.has(f) {
			continue
		}
		problems = append(problems, Problem{
			Sheet: h.Sheet, Line: h.Line, Rule: "import.header-missing", Severity: Error,
			Message: fmt.Sprintf("%s缺少必需的列“%s”。", k.label(), a.label(f)),
			Remedy:  fmt.Sprintf("增加该列，表头可用：%s。", a.headersOf(f)),
		})
	}
	return problems
}
