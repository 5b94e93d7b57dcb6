package rosterfile

import (
	"errors"
	"fmt"
	"strings"

	"almoner/domain"
)

// text reads a field as it stands. Text that begins with = + - @ is text like any other. A number is its digits, unless
// the spreadsheet changed it: 3-1 into a day, or a long number into its first fifteen digits.
func (b *builder) text(f Field) string {
	v, c, ok := b.take(f, 0)
	if !ok || b.altered(c, v) {
		return ""
	}
	return v.raw
}

// altered reports a cell that should be text and that the spreadsheet has changed.
func (b *builder) altered(c Column, v cell) bool {
	const remedy = "把该列单元格格式设为“文本”，重新录入。"
	switch {
	case v.kind == dateCell:
		b.report(c, v.raw, "import.date-in-text", Error, "单元格是日期，表格软件可能把 3-1 这样的内容改成了日期。", remedy)
	case v.kind == numberCell && (isScientific(v.raw) || len(v.raw) > 15):
		b.report(c, v.raw, "import.numeric-cell", Error, "单元格是数值，只能保留前 15 位数字，后面的可能已经丢失。", remedy)
	default:
		return false
	}
	return true
}

func (b *builder) name(f Field, child int) domain.PersonName {
	v, c, ok := b.take(f, child)
	if !ok || b.altered(c, v) {
		return ""
	}
	return b.parseName(c, v.raw)
}

func (b *builder) parseName(c Column, raw string) domain.PersonName {
	n, err := domain.ParseName(raw)
	if err != nil {
		b.fault(c, raw, chinese(err))
	}
	return n
}

// digits reads a long number, which only a text cell keeps whole.
func (b *builder) digits(f Field, child int) (string, Column, bool) {
	v, c, ok := b.take(f, child)
	if !ok {
		return "", c, false
	}
	const remedy = "选中整列，把单元格格式设为“文本”，再按原件重新录入号码。"
	switch {
	case v.kind == numberCell || v.kind == dateCell:
		b.report(c, v.raw, "import.numeric-cell", Error, "单元格是数值，只能保留前 15 位数字，后面的可能已经丢失。", remedy)
		return "", c, false
	case isScientific(normalValue(v.raw)):
		b.report(c, v.raw, "import.scientific", Error, "号码已变成科学计数法，后面的数字已经丢失。", remedy)
		return "", c, false
	}
	return v.raw, c, true
}

// isScientific recognises 3.20102E+17.
func isScientific(s string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E")
	return ok && mantissa != "" && exponent != "" && strings.Trim(mantissa, "0123456789.") == "" && strings.Trim(exponent, "+0123456789") == ""
}

func (b *builder) citizen(f Field, child int) domain.CitizenNumber {
	raw, c, ok := b.digits(f, child)
	if !ok {
		return ""
	}
	return b.parseCitizen(c, raw)
}

func (b *builder) parseCitizen(c Column, raw string) domain.CitizenNumber {
	n, err := domain.ParseCitizenNumber(raw)
	if err == nil {
		return n
	}
	f := chinese(err)
	if f.rule == "import.citizen.check-digit" && strings.HasSuffix(raw, "000") {
		f.message += "末三位是 000，可能被表格软件改掉了后面的数字。"
	}
	b.fault(c, raw, f)
	return ""
}

func (b *builder) disability(f Field, child int) (domain.DisabilityCertificate, Column) {
	raw, c, ok := b.digits(f, child)
	if !ok {
		return "", c
	}
	return b.parseDisability(c, raw), c
}

func (b *builder) parseDisability(c Column, raw string) domain.DisabilityCertificate {
	n, err := domain.ParseDisabilityCertificate(raw)
	if err != nil {
		b.fault(c, raw, chinese(err))
	}
	return n
}

// day reads a day and refuses one in the future.
func (b *builder) day(f Field) domain.Date {
	v, c, ok := b.take(f, 0)
	if !ok {
		return domain.Date{}
	}
	return b.parseDay(c, v)
}

func (b *builder) parseDay(c Column, v cell) domain.Date {
	var d domain.Date
	var f *fault
	if v.kind == dateCell {
		d, f = parseSerial(v.raw, b.head.date1904)
	} else {
		d, f = parseDay(v.raw)
	}
	if f == nil && !b.opts.Today.IsZero() && d.After(b.opts.Today) {
		f = &fault{"import.date-future", fmt.Sprintf("晚于今天（%v）。", b.opts.Today), "核对原件后改正。"}
	}
	if f != nil {
		b.fault(c, v.raw, f)
		return domain.Date{}
	}
	return d
}

func (b *builder) month(f Field) domain.Period {
	v, c, ok := b.take(f, 0)
	if !ok {
		return domain.Period{}
	}
	if v.kind == dateCell {
		d, f := parseSerial(v.raw, b.head.date1904)
		if f != nil {
			f.remedy = monthRemedy
			b.fault(c, v.raw, f)
		}
		return d.MonthPeriod()
	}
	p, fault := parseMonth(v.raw, v.kind == textCell)
	if fault != nil {
		b.fault(c, v.raw, fault)
	}
	return p
}

// code reads a word of a closed set.
func (b *builder) code(f Field) string {
	v, c, ok := b.take(f, 0)
	if !ok {
		return ""
	}
	return b.parseCode(c, v.raw)
}

func (b *builder) parseCode(c Column, raw string) string {
	code, ok := b.words[c.Field][normalWord(raw)]
	if !ok {
		b.report(c, raw, "import.word", Error, fmt.Sprintf("不认识“%s”的这个填法。", b.aliases.label(c.Field)), "可填："+b.labels[c.Field]+"。")
	}
	return code
}

func (b *builder) money(f Field) (domain.Money, bool) {
	v, c, ok := b.take(f, 0)
	if !ok {
		return domain.Money{}, false
	}
	m, fault := parseMoney(v)
	if fault != nil {
		b.fault(c, v.raw, fault)
		return domain.Money{}, false
	}
	return m, true
}

// parseMoney reads yuan: digits with at most two decimals; ¥, 元 and thousands separators are left out.
func parseMoney(v cell) (domain.Money, *fault) {
	s := normalValue(v.raw)
	for _, sign := range []string{"¥", "￥", "人民币", "RMB"} {
		s = strings.TrimPrefix(s, sign)
	}
	s = strings.TrimSpace(strings.TrimSuffix(s, "元"))
	bad := &fault{"import.money", "不是以元为单位、最多两位小数的金额。", "写成 960.00 这样的数字。"}
	if v.kind == dateCell {
		return domain.Money{}, bad
	}
	if strings.Contains(s, ",") {
		if !thousands(s) {
			return domain.Money{}, bad
		}
		s = strings.ReplaceAll(s, ",", "")
	}
	m, err := domain.ParseMoney(s)
	if err != nil {
		return domain.Money{}, bad
	}
	return m, nil
}

// thousands reports whether commas stand before groups of three digits only.
func thousands(s string) bool {
	whole, _, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i == 0 && (len(g) < 1 || len(g) > 3) || i > 0 && len(g) != 3 {
			return false
		}
	}
	_, decimals, _ := strings.Cut(s, ".")
	return !strings.Contains(decimals, ",")
}

// share reads the part of a right that this person has. A cell in which 1/2 became 2 January is refused.
func (b *builder) share() string {
	v, c, ok := b.take(FieldShare, 0)
	if !ok {
		return ""
	}
	if v.kind != dateCell {
		switch normalValue(v.raw) {
		case "1/1", "1", "1.0", "100%", "全额", "全份", "全部", "一份":
			return "1/1"
		case "1/2", "0.5", ".5", "50%", "一半", "半份", "半额", "二分之一":
			return "1/2"
		}
	}
	b.report(c, v.raw, "import.share", Error, "不是份额；表格软件可能把 1/2 改成了日期。", "把该列设为“文本”，填 1/1 或 1/2。")
	return ""
}

// chinese words a refusal of the values in package domain for clerks. A rule without an entry keeps its own words, which a
// test prevents.
func chinese(err error) *fault {
	var r *domain.RefusedError
	if !errors.As(err, &r) {
		return &fault{"import.value", err.Error(), ""}
	}
	const number = "按身份证原件核对改正；确属号码本身有误的，凭公安机关证明另行办理。"
	f := &fault{rule: "import." + r.Rule}
	switch r.Rule {
	case "citizen.length":
		f.message, f.remedy = "身份证号不是 18 位（或旧版 15 位）。", number
	case "citizen.characters":
		f.message, f.remedy = "身份证号里有数字以外的字符（只有末位可以是 X）。", number
	case "citizen.sequence":
		f.message, f.remedy = "15 位身份证号的顺序码 996 至 999 不能换算为 18 位。", "填写 18 位身份证号。"
	case "citizen.birth":
		f.message, f.remedy = "身份证号第 7 至 14 位不是有效的出生日期。", number
	case "citizen.check-digit":
		f.message, f.remedy = "身份证号的校验位不对，至少有一位抄错。", number
	case "certificate.length":
		f.message, f.remedy = "残疾证号不是 20 位。", "按残疾证原件填写 20 位号码，不带补办标记。"
	case "certificate.type":
		f.message, f.remedy = "残疾证号第 19 位（残疾类别）不是 1 至 7。", "按残疾证原件核对改正。"
	case "certificate.grade":
		f.message, f.remedy = "残疾证号第 20 位（残疾等级）不是 1 至 4。", "按残疾证原件核对改正。"
	case "account.scientific":
		f.message, f.remedy = "账号已变成科学计数法，后面的数字已经丢失。", "把该列设为“文本”，按存折或银行卡重新录入。"
	case "account.characters":
		f.message, f.remedy = "账号里有数字以外的字符。", "按存折或银行卡核对改正。"
	case "account.length":
		f.message, f.remedy = "账号不是 8 至 32 位数字。", "按存折或银行卡核对改正。"
	case "name.encoding":
		f.message, f.remedy = "姓名里有转换文件时丢失的字。", "按户口簿重新录入；生僻字请用 .xlsx 文件。"
	case "name.length":
		f.message, f.remedy = "姓名不是 1 至 50 个字。", "按户口簿填写姓名。"
	case "name.letters":
		f.message, f.remedy = "姓名里没有文字。", "按户口簿填写姓名。"
	case "name.private-use":
		f.message, f.remedy = "姓名里有自造字编码，在别的系统里会变成另一个字。", "用标准字库的输入法重新录入该字。"
	case "name.control":
		f.message, f.remedy = "姓名里有看不见的字符。", "删除后重新录入姓名。"
	case "name.symbol":
		f.message, f.remedy = "姓名里有符号。", "按户口簿填写姓名；间隔号用“·”。"
	default:
		f.message, f.remedy = r.Detail, r.Next
	}
	return f
}
