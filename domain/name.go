package domain

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// PersonName is a person's name as it was written, without the blanks around it: 1 to 50 characters that GB 18030 has
// and banks can carry. Parts of a name are separated by · (U+00B7). It is masked to its first character.
//
// Look-alikes (other dots, full-width letters) are kept as written, because the register and the bank may have them so;
// MatchKey sets them aside.
type PersonName string

// maxNameCharacters is the least maximum that the notice 民委发〔2016〕33号 of twelve ministries asks of name fields.
const maxNameCharacters = 50

// ParseName reads a name. It refuses, always Invalid, with name.encoding, name.length, name.private-use, name.control,
// name.symbol or name.letters (there is no letter in it).
func ParseName(s string) (PersonName, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) {
		return "", Refuse(Invalid, "name.encoding", "the name holds characters that were lost when the file was converted").
			WithNext("save the file again in UTF-8 or GB18030 and import it once more")
	}
	s = strings.Trim(s, blanks)
	if n := utf8.RuneCountInString(s); n < 1 || n > maxNameCharacters {
		return "", Refuse(Invalid, "name.length", "the name has %d characters, not 1 to %d", n, maxNameCharacters).
			WithNext("enter the name as in the household register")
	}
	letters := 0
	for i, r := range []rune(s) {
		if err := nameCharacter(i+1, r); err != nil {
			return "", err
		}
		if isLetter(r) {
			letters++
		}
	}
	if letters == 0 {
		return "", Refuse(Invalid, "name.letters", "there is no letter in the name").WithNext("enter the name as in the household register")
	}
	return PersonName(s), nil
}

// nameCharacter refuses the character r, in place i from 1, if no name may hold it.
func nameCharacter(i int, r rune) error {
	switch {
	case unicode.Is(unicode.Co, r):
		return Refuse(Invalid, "name.private-use", "character %d of the name is the private-use code point U+%04X, which means different characters in different systems", i, r).
			WithNext("enter the character's standard code point, or its reading until it has one, and keep the source as evidence")
	case isLetter(r) || unicode.In(r, unicode.Nd, unicode.P) || r == ' ' || r == '\u3000':
		return nil
	case unicode.Is(unicode.M, r) && !unicode.Is(unicode.Variation_Selector, r):
		return nil
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z, unicode.Variation_Selector):
		return Refuse(Invalid, "name.control", "character %d of the name is the invisible U+%04X", i, r).
			WithNext("delete it and type the name again")
	}
	return Refuse(Invalid, "name.symbol", "character %d of the name, U+%04X, is a symbol or no character at all", i, r).
		WithNext("type the ordinary character in its place")
}

// isLetter reports whether r writes part of a name: a letter of any script, 〇, or any character of the ideographic
// planes 2 and 3, whose newest blocks (GB 18030-2022 and after) may be younger than the tables of this program.
func isLetter(r rune) bool {
	ideographic := r >= 0x20000 && r <= 0x3FFFF && r&0xFFFE != 0xFFFE
	return ideographic || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
}

// MatchKey returns the form under which names are compared, and only that: compatibility forms unified (NFKC), every
// dot that is used as a separator made ·, blanks dropped, Latin letters small. Two names with equal keys may be the same
// person's; the key is never shown or paid to. Traditional and variant characters are not unified.
func (n PersonName) MatchKey() string {
	unified := strings.Map(func(r rune) rune {
		switch r {
		case '.', '\u2022', '\u2027', '\u2219', '\u22C5', '\u30FB', '\uFF0E':
			return '·'
		}
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(string(n)))
	return norm.NFKC.String(strings.ToLower(unified))
}

// Reveal gives the name. Whoever calls it answers for where it goes.
func (n PersonName) Reveal() string { return string(n) }

// String gives the masked form: the first character and a star.
func (n PersonName) String() string {
	if n == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(string(n))
	return string(first) + "*"
}

// Format gives the masked form for every verb.
func (n PersonName) Format(f fmt.State, verb rune) { formatMasked(f, verb, n.String()) }

// GoString gives the masked form.
func (n PersonName) GoString() string { return n.String() }

// LogValue gives the masked form.
func (n PersonName) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalJSON gives the masked form.
func (n PersonName) MarshalJSON() ([]byte, error) { return json.Marshal(n.String()) }

// MarshalText gives the masked form.
func (n PersonName) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads a name as ParseName does.
func (n *PersonName) UnmarshalText(b []byte) error {
	v, err := ParseName(string(b))
	if err != nil {
		return err
	}
	*n = v
	return nil
}
