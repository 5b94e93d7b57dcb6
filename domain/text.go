package domain

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuoted is how many characters of a refused input a refusal repeats: enough to recognise it, too few to flood a page.
const maxQuoted = 40

// quote shows a refused input in an error. It is never used for personal data.
func quote(s string) string {
	if utf8.RuneCountInString(s) > maxQuoted {
		s = string([]rune(s)[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}

// digits reads a run of ASCII digits, at least one and few enough for an int.
func digits(s string) (n int, ok bool) {
	if !isDigits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// isDigits reports whether s is one or more ASCII digits and nothing else.
func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// blanks are the characters that typing and spreadsheets leave around a value: ASCII white space and the full-width space.
const blanks = " \t\r\n\u3000"

// narrow trims blanks and turns the full-width forms of ASCII (U+FF01 to U+FF5E), which Chinese input methods produce,
// into ASCII.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, strings.Trim(s, blanks))
}
