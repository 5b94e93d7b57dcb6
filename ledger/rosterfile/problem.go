package rosterfile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"almoner/domain"
)

// Severity says whether a row can be imported in spite of a Problem.
type Severity string

const (
	// Error bars the row.
	Error Severity = "error"
	// Warning lets the row pass; a person should look at it.
	Warning Severity = "warning"
)

// Problem is one thing wrong with one cell, row or sheet, told so that the clerk can find and mend it.
type Problem struct {
	Sheet    string   // name of the sheet, "" for a text file
	Line     int      // row as Excel shows it, from 1; 0 when the problem is not of one row
	Column   string   // header text as it stands in the file, or the header to add when Letter is ""; "" when not of one column
	Letter   string   // column letter as Excel shows it ("C"), "" when not of one column, or of one that the file lacks
	Value    string   // what the cell holds, masked when personal, shortened when long
	Rule     string   // stable id, "import.…"
	Severity Severity // Error or Warning
	Message  string   // Chinese, one sentence
	Remedy   string   // Chinese, what to do next
}

// String is the whole problem as one Chinese line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Sheet != "" {
		fmt.Fprintf(&b, "工作表「%s」", p.Sheet)
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "第 %d 行", p.Line)
	}
	switch {
	case p.Letter != "":
		fmt.Fprintf(&b, " %s 列「%s」", p.Letter, p.Column)
	case p.Column != "":
		fmt.Fprintf(&b, "「%s」", p.Column)
	}
	if p.Value != "" {
		fmt.Fprintf(&b, "（值：%s）", p.Value)
	}
	if b.Len() > 0 {
		b.WriteString("：")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("处理办法：" + p.Remedy)
	}
	fmt.Fprintf(&b, " [%s]", p.Rule)
	return b.String()
}

// HeaderError says why the columns of a file cannot be read: all reasons at once, so that one repair suffices.
type HeaderError struct {
	File     string
	Problems []Problem // at least one of severity Error
}

func (e *HeaderError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, fmt.Sprintf("%s：表头无法识别", e.File))
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes a HeaderError a refusal of kind Invalid with the rule of its first error.
func (e *HeaderError) Unwrap() error {
	for _, p := range e.Problems {
		if p.Severity == Error {
			return &domain.RefusedError{Kind: domain.Invalid, Rule: p.Rule, Detail: p.Message, Next: p.Remedy}
		}
	}
	return nil
}

// refuse is a refusal of the whole file.
func refuse(rule, remedy, format string, args ...any) error {
	return &domain.RefusedError{Kind: domain.Invalid, Rule: rule, Detail: fmt.Sprintf(format, args...), Next: remedy}
}

// maxShown is the number of characters of a cell that a Problem repeats: enough to recognise it.
const maxShown = 40

// shown makes the value of a cell fit to be displayed: masked when the field is personal, else shortened. Values that are
// no valid numbers are masked too: a mistyped citizen number still identifies a person.
func shown(spec fieldSpec, raw string) string {
	if raw == "" {
		return ""
	}
	if !spec.personal {
		return shorten(raw)
	}
	switch {
	case spec.form == formName && utf8.ValidString(raw):
		return domain.PersonName(raw).String()
	case spec.form == formNumber && utf8.RuneCountInString(raw) >= 15:
		r := []rune(raw)
		return string(r[:6]) + "****" + string(r[len(r)-4:])
	}
	first, _ := utf8.DecodeRuneInString(raw)
	return fmt.Sprintf("%c***（共 %d 个字符）", first, utf8.RuneCountInString(raw))
}

func shorten(s string) string {
	r := []rune(s)
	if len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}
