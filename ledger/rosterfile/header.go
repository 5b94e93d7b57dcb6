package rosterfile

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Column is one column of a sheet, as its header names it.
type Column struct {
	Index  int    // from 0
	Letter string // as Excel shows it
	Text   string // header as it stands in the file, blanks and line breaks removed
	Field  Field  // "" when the header is not known
	Child  int    // 1 to 6 for 子女1… 子女6…, 0 when the header names no child
}

// SheetHeader is the header of one sheet that is read.
type SheetHeader struct {
	Sheet   string   // "" for a text file
	Line    int      // row of the header; the lower one when it has two
	Titles  []string // texts of the rows above
	Columns []Column

	at       map[place]int // index into Columns
	date1904 bool          // the workbook counts days from 1904
}

// place is a field and, for children, which child.
type place struct {
	field Field
	child int
}

func (h *SheetHeader) column(f Field, child int) (Column, bool) {
	i, ok := h.at[place{f, child}]
	if !ok {
		return Column{}, false
	}
	return h.Columns[i], true
}

func (h *SheetHeader) has(f Field) bool { _, ok := h.column(f, 0); return ok }

// aliases finds fields by header text.
type aliases struct {
	specs  map[Field]fieldSpec
	byText map[string]Field
}

func newAliases() aliases {
	a := aliases{specs: map[Field]fieldSpec{}, byText: map[string]Field{}}
	for _, s := range fieldTable() {
		a.specs[s.field] = s
		for _, h := range s.headers {
			a.byText[normalHeader(h)] = s.field
		}
	}
	return a
}

// headersOf lists the accepted headers of a field, for messages.
func (a aliases) headersOf(f Field) string { return strings.Join(a.specs[f].headers, "、") }

func (a aliases) label(f Field) string { return a.specs[f].headers[0] }

// match finds the field of a header. A note in brackets, such as 金额（元）, is left out when the text with it is unknown.
func (a aliases) match(text string) (Field, int) {
	for _, t := range []string{text, withoutBracketed(text)} {
		h := normalHeader(t)
		if f, ok := a.byText[h]; ok {
			return f, 0
		}
		rest, child := childHeader(h)
		if f, ok := a.byText["子女"+rest]; ok && child >= 0 {
			return f, child
		}
	}
	return "", 0
}

// normalHeader makes header texts comparable: compatibility forms folded, no blanks, line breaks, asterisks, colons,
// quotation marks or bracket signs, lower case.
func normalHeader(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune("*:：、/\\()[]{}<>【】《》〈〉〔〕「」“”\"'‘’·.。-_—★☆#", r):
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

// withoutBracketed drops everything in brackets.
func withoutBracketed(s string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("(（[【〔", r):
			depth++
			return -1
		case strings.ContainsRune(")）]】〕", r):
			depth = max(0, depth-1)
			return -1
		case depth > 0:
			return -1
		}
		return r
	}, s)
}

// childWords are the words for a child in headers, the longer before those they contain. A lone 子 or 女 is not among
// them, nor is a header taken apart that is known as it stands (独生子女光荣证号).
func childWords() []string {
	return []string{"独生子女", "死亡子女", "伤残子女", "残疾子女", "子女", "孩子", "小孩", "儿女", "孩"}
}

const ordinals = "一二三四五六"

// childHeader takes a normalised header apart: 子女2姓名, 第二个子女姓名, 二孩姓名 give (姓名, 2); 孩子姓名 gives (姓名, 0).
// child is -1 when the header is not about a child.
func childHeader(h string) (rest string, child int) {
	runes := []rune(strings.TrimPrefix(h, "第"))
	if n := ordinal(runes, 0); n > 0 {
		child, runes = n, runes[1:]
		if len(runes) > 0 && (runes[0] == '个' || runes[0] == '名') {
			runes = runes[1:]
		}
	}
	text := string(runes)
	for _, w := range childWords() {
		after, ok := strings.CutPrefix(text, w)
		if !ok {
			continue
		}
		runes = []rune(after)
		if n := ordinal(runes, 0); child == 0 && n > 0 {
			return string(runes[1:]), n
		}
		return after, child
	}
	return h, -1
}

// ordinal reads the digit or Chinese numeral at i as 1 to maxChildren, else 0.
func ordinal(r []rune, i int) int {
	if i >= len(r) {
		return 0
	}
	if r[i] >= '1' && r[i] <= '0'+maxChildren {
		return int(r[i] - '0')
	}
	for n, o := range []rune(ordinals) {
		if r[i] == o {
			return n + 1
		}
	}
	return 0
}

// columnLetter is the letter Excel shows for column index i (from 0).
func columnLetter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// oneLine removes blanks and line breaks inside a header for display.
func oneLine(s string) string { return strings.Join(strings.Fields(s), "") }
