package rulebook

import (
	"maps"
	"slices"
	"strings"

	"almoner/domain"
)

// Key is a class of a programme (类别) as named attributes, for example {"child": "one-girl", "grade": "2"}. It selects
// rate rows. Names and values are codes: lower-case letters, digits and hyphens. A programme without classes has the
// empty key.
type Key map[string]string

// noClass is how the empty key is written where a text is needed.
const noClass = "all"

// String writes the canonical form, sorted by attribute: "child=one-girl,grade=2"; "all" for the empty key.
func (k Key) String() string {
	if len(k) == 0 {
		return noClass
	}
	parts := make([]string, 0, len(k))
	for _, name := range slices.Sorted(maps.Keys(k)) {
		parts = append(parts, name+"="+k[name])
	}
	return strings.Join(parts, ",")
}

// values writes only the values, in the order of the attributes' names: the first half of a rate row's id.
func (k Key) values() string {
	if len(k) == 0 {
		return noClass
	}
	parts := make([]string, 0, len(k))
	for _, name := range slices.Sorted(maps.Keys(k)) {
		parts = append(parts, k[name])
	}
	return strings.Join(parts, ",")
}

// ParseKey is the inverse of String. It refuses (rulebook.key) anything that String would write differently.
func ParseKey(s string) (Key, error) {
	key := Key{}
	if s == noClass {
		return key, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found || !isCode(name) || !isCode(value) {
			return nil, refuseKey(s)
		}
		key[name] = value
	}
	if key.String() != s {
		return nil, refuseKey(s)
	}
	return key, nil
}

func refuseKey(s string) error {
	return domain.Refuse(domain.Invalid, "rulebook.key", "%q is not the key of a class", s).
		WithNext("write attribute=value pairs sorted by attribute, such as child=one-girl,grade=2, or %s", noClass)
}

// Equal reports whether both keys have the same attributes with the same values.
func (k Key) Equal(other Key) bool { return maps.Equal(k, other) }

// matches reports whether every attribute of k has the same value in other, which may have more.
func (k Key) matches(other Key) bool {
	for name, value := range k {
		if got, ok := other[name]; !ok || got != value {
			return false
		}
	}
	return true
}

// overlaps reports whether some class could match both keys.
func (k Key) overlaps(other Key) bool {
	for name, value := range k {
		if got, ok := other[name]; ok && got != value {
			return false
		}
	}
	return true
}

// maxCode bounds a code; the longest in use have about 30 characters.
const maxCode = 40

// isCode reports whether s is 1 to 40 lower-case letters, digits and inner hyphens.
func isCode(s string) bool {
	if s == "" || len(s) > maxCode || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
