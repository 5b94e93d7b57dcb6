package rosterfile

import (
	"fmt"
	"strconv"
	"strings"

	"almoner/domain"
)

// readChildren reads the children of a row: one a numbered column (子女1姓名, 子女2姓名 …), or several in one cell of an
// unnumbered column, separated by 、 ; or a line break, in the same order in every such column. A file may use both.
func (b *builder) readChildren() {
	var children []Child
	var ordinals []int
	for _, parts := range b.splitChildren() {
		if c, some := b.child(0, parts); some {
			children, ordinals = append(children, c), append(ordinals, 0)
		}
	}
	for n := 1; n <= maxChildren; n++ {
		parts := map[Field]cell{}
		for _, f := range childFields() {
			if v, _, ok := b.take(f, n); ok {
				parts[f] = v
			}
		}
		if c, some := b.child(n, parts); some {
			children, ordinals = append(children, c), append(ordinals, n)
		}
	}
	if len(children) > maxChildren {
		b.reportCell(b.row.Cell(FieldChildName, FieldChildNumber, FieldChildBirth), "import.children-many", fmt.Sprintf("子女超过 %d 人。", maxChildren), "核对；确有更多的，联系上级另行登记。")
		return
	}
	b.row.Children, b.row.cells.children = children, ordinals
	b.placeDisability()
	b.checkChildren()
}

func childFields() []Field {
	return []Field{FieldChildName, FieldChildNumber, FieldChildBirth, FieldChildSex, FieldChildDiedOn, FieldChildGrade, FieldChildDisability}
}

// splitChildren takes the unnumbered columns apart, one map a child. Columns with different numbers of values are an
// error, since nobody can tell which belongs to whom.
func (b *builder) splitChildren() []map[Field]cell {
	var out []map[Field]cell
	var longest Column
	for _, f := range childFields() {
		v, c, ok := b.take(f, 0)
		if !ok {
			continue
		}
		parts := splitCell(v, f)
		if out == nil {
			out, longest = make([]map[Field]cell, len(parts)), c
			for i := range out {
				out[i] = map[Field]cell{}
			}
		}
		if len(parts) != len(out) {
			b.report(c, v.raw, "import.children-count", Error,
				fmt.Sprintf("有 %d 个值，而 %s 列「%s」有 %d 个，分不清属于哪个子女。", len(parts), longest.Letter, longest.Text, len(out)),
				"各列按同样的人数和次序填写，缺的写“无”，或改用“子女1姓名”“子女2姓名”这样的列。")
			return nil
		}
		for i, p := range parts {
			if !isNone(p) {
				out[i][f] = cell{kind: v.kind, raw: p}
			}
		}
	}
	return out
}

// splitCell separates the values in a cell. A slash separates anything but days, in which it is part of the value; a
// comma separates too.
func splitCell(v cell, f Field) []string {
	if v.kind != textCell && v.kind != untypedCell {
		return []string{v.raw}
	}
	separators := "、;；，,\n\r"
	if f != FieldChildBirth && f != FieldChildDiedOn {
		separators += "/／"
	}
	var parts []string
	for _, p := range strings.FieldsFunc(v.raw, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if p = trim(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

func isNone(s string) bool { return s == "无" || s == "-" || s == "—" || s == "/" }

// child reads one child from its cells; some is false when there is nothing.
func (b *builder) child(n int, parts map[Field]cell) (c Child, some bool) {
	for _, f := range childFields() {
		v, ok := parts[f]
		if !ok || isNone(v.raw) {
			continue
		}
		some = true
		col, _ := b.head.column(f, n)
		switch f {
		case FieldChildName:
			c.Name = b.parseName(col, v.raw)
		case FieldChildBirth:
			c.Birth = b.parseDay(col, v)
		case FieldChildDiedOn:
			c.DiedOn = b.parseDay(col, v)
		case FieldChildSex:
			c.Sex = domain.Sex(b.parseCode(col, v.raw))
		case FieldChildGrade:
			c.DisabilityGrade, _ = strconv.Atoi(b.parseCode(col, v.raw)) // an unknown word is reported and 0
		case FieldChildNumber:
			if raw, ok := b.childDigits(col, v); ok {
				c.Number = b.parseCitizen(col, raw)
			}
		case FieldChildDisability:
			if raw, ok := b.childDigits(col, v); ok {
				c.DisabilityCertificate = b.parseDisability(col, raw)
			}
		}
	}
	if some {
		b.settleChild(n, &c)
	}
	return c, some
}

// childDigits applies the rule for long numbers to one value of a cell that may hold several.
func (b *builder) childDigits(col Column, v cell) (string, bool) {
	if v.kind == numberCell || v.kind == dateCell {
		raw, _, ok := b.digits(col.Field, col.Child) // reports
		return raw, ok
	}
	if isScientific(normalValue(v.raw)) {
		b.report(col, v.raw, "import.scientific", Error, "号码已变成科学计数法，后面的数字已经丢失。", "把该列设为“文本”，重新录入。")
		return "", false
	}
	return v.raw, true
}

// settleChild lets the number decide birth and sex, and reports contradictions within the child.
func (b *builder) settleChild(n int, c *Child) {
	at := func(f Field) Column { col, _ := b.head.column(f, n); return col }
	if c.Number != "" {
		if !c.Birth.IsZero() && c.Birth != c.Number.Birth() {
			b.report(at(FieldChildBirth), c.Birth.String(), "import.birth-differs", Error, "子女出生日期与子女身份证号不一致。", "核对户口簿或出生医学证明后改正。")
		}
		if c.Sex != "" && c.Sex != c.Number.Sex() {
			b.report(at(FieldChildSex), "", "import.sex-differs", Error, "子女性别与子女身份证号不一致。", "核对后改正。")
		}
		c.Birth, c.Sex = c.Number.Birth(), c.Number.Sex()
	}
	if !c.DiedOn.IsZero() && !c.Birth.IsZero() && c.DiedOn.Before(c.Birth) {
		b.report(at(FieldChildDiedOn), c.DiedOn.String(), "import.before-birth", Error, "子女死亡日期早于出生日期。", "核对后改正。")
	}
	if c.DisabilityCertificate != "" {
		b.settleDisability(at(FieldChildDisability), c)
	}
}

// settleDisability lets the certificate decide the grade: its first 18 digits are the child's number and its last the
// grade.
func (b *builder) settleDisability(col Column, c *Child) {
	cert := c.DisabilityCertificate
	if c.Number == "" {
		c.Number, c.Birth, c.Sex = cert.Holder(), cert.Holder().Birth(), cert.Holder().Sex()
	}
	if c.Number != cert.Holder() {
		b.report(col, cert.Reveal(), "import.disability-holder", Error, "残疾证号前 18 位不是该子女的身份证号。", "核对残疾证和身份证后改正。")
	}
	if c.DisabilityGrade != 0 && c.DisabilityGrade != cert.Grade() {
		b.report(col, cert.Reveal(), "import.disability-grade", Error, fmt.Sprintf("残疾证号末位是 %d 级，与填写的残疾等级不一致。", cert.Grade()), "按残疾证原件改正。")
	}
	c.DisabilityGrade = cert.Grade()
}

// placeDisability gives the certificate of the column 残疾证号 to whom it names: the person or a child of the row.
func (b *builder) placeDisability() {
	cert, col := b.disability(FieldDisability, 0)
	if cert == "" {
		return
	}
	if cert.Holder() == b.row.Number {
		b.row.DisabilityCertificate = cert
		return
	}
	unnumbered := -1
	for i := range b.row.Children {
		c := &b.row.Children[i]
		switch {
		case c.Number == cert.Holder():
			c.DisabilityCertificate = cert
			b.settleDisability(col, c)
			return
		case c.Number == "" && (c.Birth.IsZero() || c.Birth == cert.Holder().Birth()):
			unnumbered = i
		}
	}
	if unnumbered >= 0 && len(b.row.Children) == 1 {
		b.row.Children[unnumbered].DisabilityCertificate = cert
		b.settleDisability(col, &b.row.Children[unnumbered])
		return
	}
	b.report(col, cert.Reveal(), "import.disability-holder", Error, "残疾证号前 18 位不是本人，也不是本行子女的身份证号。", "核对残疾证；子女的请同时填写子女身份证号。")
}

// checkChildren reports a child that is the person, the spouse, or listed twice.
func (b *builder) checkChildren() {
	seen := map[domain.CitizenNumber]bool{}
	for i, c := range b.row.Children {
		if c.Number == "" {
			continue
		}
		switch at := b.numberOfChild(i); {
		case c.Number == b.row.Number || c.Number == b.row.SpouseNumber:
			b.reportCell(at, "import.child-is-parent", "子女身份证号与本人或配偶相同。", "核对户口簿后改正。")
		case seen[c.Number]:
			b.reportCell(at, "import.child-twice", "同一个子女填了两次。", "删除重复的一个。")
		case !b.row.Birth.IsZero() && !b.row.Birth.Before(c.Birth):
			b.reportCell(at, "import.child-older", "子女的出生日期不晚于本人。", "核对本人和子女的身份证号是否填反。")
		}
		seen[c.Number] = true
	}
}

// numberOfChild is where the row gives a child's number: in its column, or in that of a certificate, which begins with it.
func (b *builder) numberOfChild(i int) Cell {
	if at := b.row.ChildCell(i, FieldChildNumber, FieldChildDisability); at.Value != "" {
		return at
	}
	return b.row.Cell(FieldDisability)
}
