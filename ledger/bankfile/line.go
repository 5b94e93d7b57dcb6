package bankfile

import (
	"errors"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/ledger/rosterfile"
)

// BankLine is one line of a file as far as it can be read. A field that the layout does not have, that the line leaves
// blank or that has an error Problem is zero.
type BankLine struct {
	Line       int                  // row as an editor or a spreadsheet shows it, from 1
	Number     string               // running number as it stands there; never used for matching
	PayRef     string               // whole and valid, or ""
	Run        string               // the ten characters of the run in PayRef, to be compared with payrun.RunPart
	RunLine    int                  // the line of the run in PayRef
	Account    domain.AccountNumber // digits
	Holder     domain.PersonName
	Amount     domain.Money // never negative
	HasAmount  bool         // false when the amount could not be read, as 0.00 is one
	Result     Result
	Reason     Reason // of a returned line; other when its words are not in the table
	ReasonText string // the bank's own words, not masked
	Side       Side
	BookedOn   domain.Date
	Serial     string // the bank's number of the booking
	Batch      string // of a layout that repeats it in every line
	Remark     string
	SameAs     int // the line of this file that this one repeats, 0 if none
	Problems   []Problem
}

// OK reports whether the line has no error Problem.
func (l BankLine) OK() bool {
	return !slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Severity == Error })
}

// blanks are what surrounds values in files: spaces of all widths, tabs, a stray byte order mark.
const blanks = " \t\r\n\u3000\u00a0\u200b\ufeff"

// lineReader reads the columns of one line.
type lineReader struct {
	f     *Format
	rules ruleSet
	line  BankLine
}

func (r *lineReader) report(c column, text, rule string, args ...any) {
	r.line.Problems = append(r.line.Problems, r.rules.problem(r.line.Line, c.title, shown(c, text), rule, args...))
}

// read takes the columns from their places. values is as long as columns; a column that the file does not have is blank.
func (r *lineReader) read(columns []column, values []value) {
	for i, c := range columns {
		if c.field == FieldConstant && strings.Trim(values[i].Text, blanks) != c.value {
			r.report(c, values[i].Text, "bankfile.constant", c.value)
		}
		if c.form == formNothing {
			continue
		}
		if text, ok := r.take(c, values[i]); ok {
			r.column(c, values[i], text)
		}
	}
	r.conclude()
}

// take returns the text of a cell, unless it is blank or damaged.
func (r *lineReader) take(c column, v value) (string, bool) {
	text := strings.Trim(v.Text, blanks)
	switch {
	case v.Fault:
		r.report(c, text, "bankfile.cell-error")
		return "", false
	case v.Long:
		r.report(c, text, "bankfile.cell-too-long", rosterfile.MaxCellCharacters)
		return "", false
	case text == "":
		if c.required {
			r.report(c, "", "bankfile.missing")
		}
		return "", false
	case strings.ContainsRune(text, '\uFFFD'):
		r.report(c, text, "bankfile.undecodable")
		return "", false
	}
	if v.Formula {
		r.report(c, text, "bankfile.formula")
	}
	return text, true
}

// column reads one value.
func (r *lineReader) column(c column, v value, text string) {
	l := &r.line
	switch c.field {
	case FieldLine:
		l.Number = text
	case FieldPayRef:
		r.payRef(c, text)
	case FieldAccount:
		r.account(c, v, text)
	case FieldHolder:
		name, err := domain.ParseName(text)
		if err != nil {
			r.report(c, text, "bankfile.holder")
		}
		l.Holder = name
	case FieldAmount:
		l.Amount, l.HasAmount = r.amount(c, v, text)
	case FieldResult:
		r.result(c, text)
	case FieldReason:
		r.reason(c, text)
	case FieldSide:
		side, ok := r.f.sides[text]
		if !ok {
			r.report(c, text, "bankfile.side")
		}
		l.Side = side
	case FieldBookedOn:
		day, ok := parseDay(text)
		if !ok {
			r.report(c, text, "bankfile.day")
		}
		l.BookedOn = day
	case FieldSerial:
		l.Serial = text
	case FieldBatch:
		l.Batch = text
	case FieldRemark:
		l.Remark = text
	}
}

func (r *lineReader) payRef(c column, text string) {
	ref, ok := findPayRef(text)
	if !ok {
		r.report(c, text, "bankfile.pay-ref")
		return
	}
	r.setPayRef(ref)
}

func (r *lineReader) setPayRef(ref string) {
	run, line, err := payrun.ParsePayRef(ref)
	if err == nil {
		r.line.PayRef, r.line.Run, r.line.RunLine = ref, run, line
	}
}

// payRefLength is the length of every payment reference.
const payRefLength = 16

// findPayRef returns the one payment reference in a text: banks put words before and after it. Two different ones are
// none, since the line is about one payment.
func findPayRef(text string) (string, bool) {
	text = strings.ToUpper(text)
	found := ""
	for i := 0; i+payRefLength <= len(text); i++ {
		if text[i] != 'P' {
			continue
		}
		ref := text[i : i+payRefLength]
		if _, _, err := payrun.ParsePayRef(ref); err != nil || ref == found {
			continue
		}
		if found != "" {
			return "", false
		}
		found = ref
	}
	return found, found != ""
}

func (r *lineReader) account(c column, v value, text string) {
	if v.Number {
		r.report(c, text, "bankfile.account-number-cell")
		return
	}
	account, err := domain.ParseAccountNumber(text)
	var refused *domain.RefusedError
	switch {
	case err == nil:
		r.line.Account = account
	case errors.As(err, &refused) && refused.Rule == "account.scientific":
		r.report(c, text, "bankfile.account-scientific")
	default:
		r.report(c, text, "bankfile.account")
	}
}

// amount reads an amount with its sign.
func (r *lineReader) amount(c column, v value, text string) (domain.Money, bool) {
	m, rule := parseAmount(c, v, text)
	if rule != "" {
		r.report(c, text, rule)
		return domain.Money{}, false
	}
	return m, true
}

// parseAmount reads an amount in the unit of its column, or returns the rule that it breaks.
func parseAmount(c column, v value, text string) (domain.Money, string) {
	if v.Day {
		return domain.Money{}, "bankfile.amount"
	}
	if v.Number {
		text = asShown(text)
	}
	text = withoutThousands(text)
	if c.fen {
		return parseFen(text)
	}
	m, err := domain.ParseMoney(text)
	var refused *domain.RefusedError
	switch {
	case errors.As(err, &refused) && refused.Rule == "money.decimals":
		return domain.Money{}, "bankfile.amount-decimals"
	case err != nil:
		return domain.Money{}, "bankfile.amount"
	}
	return m, ""
}

// parseFen reads whole fen through yuan, so that form and bounds are those of domain.ParseMoney.
func parseFen(text string) (domain.Money, string) {
	m, err := domain.ParseMoney(text)
	if err != nil || strings.Contains(text, ".") {
		return domain.Money{}, "bankfile.amount"
	}
	return domain.Fen(m.Fen() / 100), ""
}

// asShown gives the number of a cell as a spreadsheet shows it, with fifteen digits: it stores 4.1 as 4.0999999999999996.
// A text that is no number comes back as it is.
func asShown(text string) string {
	const digits, longest = 15, 30
	d, err := decimal.NewFromString(text)
	if err != nil || len(text) > longest || d.Exponent() > longest || d.Exponent() < -longest {
		return text
	}
	whole := max(len(d.Truncate(0).Abs().String()), 1)
	return d.Round(int32(max(digits-whole, 0))).String()
}

// withoutThousands removes commas that stand before groups of three digits, and nothing else.
func withoutThousands(text string) string {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	groups := strings.Split(whole, ",")
	if len(groups) == 1 || len(groups[0]) < 1 || len(groups[0]) > 3 || strings.Contains(fraction, ",") {
		return text
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return text
		}
	}
	return strings.ReplaceAll(text, ",", "")
}

func (r *lineReader) result(c column, text string) {
	o, ok := r.f.results[text]
	if !ok {
		r.report(c, text, "bankfile.result")
		return
	}
	r.line.Result = o.result
	if r.line.Reason == "" {
		r.line.Reason = o.reason
	}
}

// reason reads the bank's words. They mean nothing for a line that was paid: some banks write 交易成功 there.
func (r *lineReader) reason(c column, text string) {
	r.line.ReasonText = text
	for _, rule := range r.f.reasons {
		if rule.code == text || rule.contains != "" && strings.Contains(text, rule.contains) {
			r.line.Reason = rule.reason
			return
		}
	}
}

// conclude brings sign, side, result and reason together, whatever the order of the columns. A debit in red and a credit
// are money that comes back; a credit in red is a payment again.
func (r *lineReader) conclude() {
	l := &r.line
	if l.Result == "" && !r.f.has(FieldResult) {
		l.Result = r.f.otherwise
	}
	red := l.Amount.Sign() < 0
	l.Amount = l.Amount.Abs()
	if red && l.Side == "" {
		l.Side = Debit
	}
	if l.Result == Paid && red != (l.Side == Credit) && !l.Amount.IsZero() {
		l.Result = Reversed
	}
	if l.Result != Returned {
		l.Reason = ""
		return
	}
	if l.Reason == "" {
		l.Reason = OtherReason
		if l.ReasonText != "" {
			r.report(r.columnOf(FieldReason), l.ReasonText, "bankfile.reason")
		}
	}
}

func (r *lineReader) columnOf(f Field) column {
	i := slices.IndexFunc(r.f.columns, func(c column) bool { return c.field == f })
	if i < 0 {
		return column{}
	}
	return r.f.columns[i]
}
