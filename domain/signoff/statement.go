package signoff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Header is the first line of every sign-off statement.
const Header = "almoner sign-off v1"

// Outcome is what a signature says.
type Outcome string

// A head agrees, sends back for correction, or refuses the case.
const (
	Agree    Outcome = "agree"
	SendBack Outcome = "send-back"
	Refuse   Outcome = "refuse"
)

// WholeScope is the scope of a signature over the whole subject.
const WholeScope = "whole"

// Statement is what an officer signs: what was seen, and who says what about it. Its Text is kept byte for byte.
type Statement struct {
	Origin   string // the log's origin: a statement for one ledger means nothing in another
	Subject  string // stream
	Round    int
	Step     int    // place in the chain, from 0
	StepName string // "town.line-head"
	Scope    string // "whole", or a village's code
	Root     string
	Lines    int
	Held     int
	Total    string
	Rulebook string
	Previous string // PreviousHash of the step before; "-" at step 0
	Outcome  Outcome
	Opinion  string // closed code
	Officer  string
	Person   string
	Name     string
	Post     string
	Capacity string
	Office   string
	Key      string
	At       string // instant, UTC; informative: validity follows log order
}

// fields lists a statement's lines in their one order, after the header. Name and post are percent-encoded.
func (s *Statement) fields() []struct {
	key   string
	value *string
	n     *int
} {
	type row = struct {
		key   string
		value *string
		n     *int
	}
	outcome := (*string)(&s.Outcome)
	return []row{
		{"origin", &s.Origin, nil}, {"subject", &s.Subject, nil}, {"round", nil, &s.Round}, {"step", nil, &s.Step},
		{"step-name", &s.StepName, nil}, {"scope", &s.Scope, nil}, {"root", &s.Root, nil}, {"lines", nil, &s.Lines},
		{"held", nil, &s.Held}, {"total", &s.Total, nil}, {"rulebook", &s.Rulebook, nil}, {"previous", &s.Previous, nil},
		{"outcome", outcome, nil}, {"opinion", &s.Opinion, nil}, {"officer", &s.Officer, nil}, {"person", &s.Person, nil},
		{"name", &s.Name, nil}, {"post", &s.Post, nil}, {"capacity", &s.Capacity, nil}, {"office", &s.Office, nil},
		{"key", &s.Key, nil}, {"at", &s.At, nil},
	}
}

// Text is the statement as signed: ASCII lines "key value", each ended by a newline. ParseStatement is its inverse.
func (s Statement) Text() string {
	var b strings.Builder
	b.WriteString(Header + "\n")
	for _, f := range s.fields() {
		b.WriteString(f.key + " ")
		switch {
		case f.n != nil:
			b.WriteString(strconv.Itoa(*f.n))
		default:
			b.WriteString(PercentEncode(*f.value))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// ParseStatement reads a statement and accepts only the text that the statement itself would write.
func ParseStatement(text string) (Statement, error) {
	var s Statement
	rest, ok := strings.CutPrefix(text, Header+"\n")
	if !ok {
		return s, fmt.Errorf("sign-off statement: the first line is not %q", Header)
	}
	for _, f := range s.fields() {
		line, after, found := strings.Cut(rest, "\n")
		value, ok := strings.CutPrefix(line, f.key+" ")
		if !found || !ok {
			return s, fmt.Errorf("sign-off statement: want a line %q", f.key)
		}
		rest = after
		if f.n != nil {
			n, err := strconv.Atoi(value)
			if err != nil {
				return s, fmt.Errorf("sign-off statement: %s: %w", f.key, err)
			}
			*f.n = n
			continue
		}
		decoded, err := PercentDecode(value)
		if err != nil {
			return s, fmt.Errorf("sign-off statement: %s: %w", f.key, err)
		}
		*f.value = decoded
	}
	if s.Text() != text {
		return s, fmt.Errorf("sign-off statement: not in its one form")
	}
	return s, nil
}

// Hash is the hex SHA-256 of the statement's text.
func (s Statement) Hash() string { return HashText(s.Text()) }

// HashText is the hex SHA-256 of a text.
func HashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// PreviousHash stands for a step's statements in those of the next: the hex SHA-256 over their hashes, sorted, one a line.
func PreviousHash(statementHashes []string) string {
	sorted := slices.Sorted(slices.Values(statementHashes))
	return HashText(strings.Join(sorted, "\n") + "\n")
}

// PercentEncode leaves printable ASCII but the percent sign and the space, and writes every other byte as %XX. Every signed
// text of this ledger writes its values so.
func PercentEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c < 0x7f && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// PercentDecode is the inverse of PercentEncode: an escape of a plain character, or in small letters, is an error.
func PercentDecode(s string) (string, error) {
	const escape = len("%XX")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+escape > len(s) {
				return "", fmt.Errorf("%q ends inside a percent escape", s)
			}
			n, err := strconv.ParseUint(s[i+1:i+escape], 16, 8)
			if err != nil {
				return "", fmt.Errorf("%q has a bad percent escape", s)
			}
			c = byte(n)
			i += escape - 1
		}
		b.WriteByte(c)
	}
	if PercentEncode(b.String()) != s {
		return "", fmt.Errorf("%q is not in its one form", s)
	}
	return b.String(), nil
}
