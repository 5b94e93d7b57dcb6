package officer

import (
	"fmt"
	"strconv"
	"strings"

	"almoner/domain/signoff"
)

// Line is one line of a signed text: a key of small letters, digits and hyphens, and a value of any bytes.
type Line struct{ Key, Value string }

// Text writes a signed text: the header and the lines "key value", each ended by a newline. It is ASCII: in a value every
// byte outside the printable ASCII characters, and the space and the percent sign, stand as %XX, as in a sign-off
// statement. ParseText is its inverse.
func Text(header string, lines []Line) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for _, l := range lines {
		b.WriteString(l.Key + " " + signoff.PercentEncode(l.Value) + "\n")
	}
	return b.String()
}

// ParseText reads a signed text under a header. It accepts only what Text writes; the error names the line, from 1.
func ParseText(header, text string) ([]Line, error) {
	rest, ok := strings.CutPrefix(text, header+"\n")
	if !ok {
		return nil, fmt.Errorf("the first line is not %q", header)
	}
	var lines []Line
	for number := 2; rest != ""; number++ {
		line, after, ended := strings.Cut(rest, "\n")
		key, value, found := strings.Cut(line, " ")
		if !ended || !found || !keyForm(key) {
			return nil, fmt.Errorf("line %d: want a key, a space, a value and a newline", number)
		}
		decoded, err := signoff.PercentDecode(value)
		if err != nil {
			return nil, fmt.Errorf("line %d, %s: %w", number, key, err)
		}
		lines, rest = append(lines, Line{key, decoded}), after
	}
	return lines, nil
}

// ParseFields reads a signed text that has exactly these keys in this order, and gives their values.
func ParseFields(header, text string, keys ...string) ([]string, error) {
	lines, err := ParseText(header, text)
	if err != nil {
		return nil, err
	}
	if len(lines) != len(keys) {
		return nil, fmt.Errorf("there are %d lines after the first, not %d", len(lines), len(keys))
	}
	values := make([]string, len(keys))
	for i, l := range lines {
		if l.Key != keys[i] {
			return nil, fmt.Errorf("line %d: the key is %q, not %q", i+2, l.Key, keys[i])
		}
		values[i] = l.Value
	}
	return values, nil
}

// ParseCount reads a whole number, not negative, in the one form that strconv.Itoa writes.
func ParseCount(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || strconv.Itoa(n) != s {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, nil
}

// Difference says in which line two signed texts differ first, for the person who signed got.
func Difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d says %q, not %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("it has %d lines, not %d", len(g)-1, len(w)-1)
}

func keyForm(key string) bool {
	return key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
