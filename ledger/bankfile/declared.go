package bankfile

import (
	"strconv"
	"strings"

	"almoner/domain"
)

// isRecord reports whether rec is the header or trailer record, and takes note of what it declares. It is known by its
// constants and its number of columns.
func (p *pass) isRecord(rec rawRecord, r record, trailer bool) bool {
	cells, fault := p.split(rec, r.columns, len(r.columns))
	if fault != splitFine || rec.long {
		return false
	}
	for i, c := range r.columns {
		if c.field == FieldConstant && (i >= len(cells) || strings.Trim(cells[i].Text, blanks) != c.value) {
			return false
		}
	}
	for i, c := range r.columns {
		if i < len(cells) {
			p.declare(rec.number, trailer, c, cells[i])
		}
	}
	return true
}

// declare takes note of one value of a record. Counts and sums are compared at the end of the file.
func (p *pass) declare(line int, trailer bool, c column, v value) {
	text := strings.Trim(v.Text, blanks)
	switch {
	case c.field == FieldBatch:
		p.sum.Batch = text
	case text == "" && !c.required:
	case c.form == formCount:
		n, err := strconv.Atoi(withoutThousands(text))
		if err != nil || n < 0 {
			p.fileProblem(line, "bankfile.declared-unreadable", where(trailer), c.title)
			return
		}
		p.sum.Declarations = append(p.sum.Declarations, Declaration{Line: line, Trailer: trailer, Field: c.field, Declared: strconv.Itoa(n)})
	case c.form == formMoney:
		m, rule := parseAmount(c, v, text)
		if rule != "" {
			p.fileProblem(line, "bankfile.declared-unreadable", where(trailer), c.title)
			return
		}
		p.sum.Declarations = append(p.sum.Declarations, Declaration{Line: line, Trailer: trailer, Field: c.field, Declared: m.String()})
	}
}

func where(trailer bool) string {
	if trailer {
		return "尾记录"
	}
	return "头记录"
}

// finish compares what the file declares with its lines, once all are read.
func (p *pass) finish() error {
	if p.places == nil {
		return domain.Refuse(domain.Invalid, "bankfile.titles", "前 %d 行内没有找到格式“%s”的表头（%s）。", TitlesWithin, p.f.zh, strings.Join(p.titlesNeeded(), "、")).
			WithNext("检查是否选错了文件或格式。")
	}
	for i := p.headers; i < len(p.f.header); i++ {
		p.fileProblem(0, "bankfile.header-missing", i+1)
	}
	for _, read := range p.trailers {
		if !read {
			p.fileProblem(0, "bankfile.trailer-missing")
		}
	}
	for i := range p.sum.Declarations {
		d := &p.sum.Declarations[i]
		if d.Counted = p.counted(d.Field); !d.Agrees() {
			spec, _ := fieldSpecOf(d.Field)
			p.fileProblem(d.Line, "bankfile.declared", where(d.Trailer), spec.zh, d.Declared, d.Counted)
		}
	}
	p.checkNames()
	if p.sum.Lines == 0 {
		p.fileProblem(0, "bankfile.no-lines")
	}
	p.sum.Complete = true
	return nil
}

func (p *pass) titlesNeeded() []string {
	var out []string
	for _, c := range p.f.columns {
		if c.required {
			out = append(out, c.title)
		}
	}
	return out
}

// counted gives what the lines come to for a field that records declare.
func (p *pass) counted(f Field) string {
	paid := p.sum.ByResult[Paid]
	if p.f.direction == Out {
		paid = p.sum.Tally
	}
	switch f {
	case FieldLines:
		return strconv.Itoa(p.sum.Lines)
	case FieldTotal:
		return p.sum.Total.String()
	case FieldSettledLines:
		return strconv.Itoa(paid.Lines)
	case FieldSettledTotal:
		return paid.Total.String()
	case FieldUnsettledLines:
		return strconv.Itoa(p.sum.Lines - paid.Lines)
	}
	return p.sum.Total.Sub(paid.Total).String()
}

// checkNames compares file name and batch number with what was expected.
func (p *pass) checkNames() {
	if p.expect.Name != "" {
		batch, ok := p.f.BatchOfName(p.expect.Name)
		if !ok {
			p.fileProblem(0, "bankfile.file-name")
		} else if p.sum.Batch == "" {
			p.sum.Batch = batch
		}
	}
	if p.expect.Batch != "" && p.sum.Batch != "" && p.sum.Batch != p.expect.Batch {
		p.fileProblem(0, "bankfile.other-batch", shorten(p.sum.Batch), p.expect.Batch)
	}
}
