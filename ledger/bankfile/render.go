package bankfile

import (
	"strconv"
	"strings"

	"almoner/domain"
)

// text renders the value of a column for the current line, before encoding, padding and quoting.
func (fw *fileWriter) text(c column) string {
	l, h := &fw.line, &fw.h
	switch c.field {
	case FieldLine:
		return strconv.Itoa(fw.written.Lines)
	case FieldPayRef:
		return l.PayRef
	case FieldAccount:
		return l.Account.Reveal()
	case FieldHolder:
		return l.Holder.Reveal()
	case FieldAmount:
		return money(c, l.Amount)
	case FieldBank:
		return l.Bank
	case FieldProvince:
		return l.Province
	case FieldCity:
		return l.City
	case FieldRemark:
		return l.Remark
	case FieldCitizen:
		return l.Citizen.Reveal()
	case FieldPhone:
		return l.Phone
	case FieldVillage:
		return l.Village
	case FieldStandard:
		return unlessZero(l.Standard.IsZero(), money(c, l.Standard))
	case FieldUnits:
		return unlessZero(l.Units == 0, strconv.Itoa(l.Units))
	case FieldConstant:
		return c.value
	}
	return h.text(c)
}

// text renders what a file says once.
func (h *Header) text(c column) string {
	switch c.field {
	case FieldBatch:
		return h.Batch
	case FieldDate:
		return formatDay(h.Date, c.day)
	case FieldProgramme:
		return h.Programme
	case FieldPurpose:
		return h.Purpose
	case FieldPayerAccount:
		return h.PayerAccount.Reveal()
	case FieldPayerName:
		return h.PayerName
	case FieldPayerBank:
		return h.PayerBank
	case FieldLines, FieldSettledLines:
		return strconv.Itoa(h.Lines)
	case FieldTotal, FieldSettledTotal:
		return money(c, h.Total)
	case FieldUnsettledLines:
		return "0"
	case FieldUnsettledTotal:
		return money(c, domain.Money{})
	}
	return "" // blank, ignored
}

func unlessZero(zero bool, text string) string {
	if zero {
		return ""
	}
	return text
}

// money renders an amount in the unit of its column.
func money(c column, m domain.Money) string {
	if c.fen {
		return strconv.FormatInt(m.Fen(), 10)
	}
	return m.String()
}

// describe names the characters that cannot be written: 𠮷 (U+20BB7).
func describe(bad []rune) string {
	var out []string
	for _, r := range bad {
		name := "U+" + strings.ToUpper(leftZero(strconv.FormatInt(int64(r), 16)))
		if strconv.IsPrint(r) {
			name = string(r) + "（" + name + "）"
		}
		out = append(out, name)
	}
	return strings.Join(out, "、")
}

func leftZero(hex string) string {
	return strings.Repeat("0", max(0, 4-len(hex))) + hex
}
