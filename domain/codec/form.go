package codec

import "strings"

// The forms of the short texts in an envelope. They are written out, not regular expressions: every event read passes
// through them.

// maxToken bounds ids of officers, offices and commands; a UUID has 36 characters.
const maxToken = 100

// maxStream bounds a stream's name, so that it fits a store's limits with a prefix before it.
const maxStream = 200

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isUUID accepts the lower-case text form with hyphens (RFC 9562).
func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}

func isDigest(s string) bool { return len(s) == 64 && isHex(s) }

// isToken accepts 1 to maxToken characters of printable ASCII without the space.
func isToken(s string) bool { return len(s) <= maxToken && isPrintable(s) }

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// isCode accepts a lower-case letter followed by lower-case letters, digits, hyphens and dots.
func isCode(s string) bool {
	if s == "" || len(s) > maxToken || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// isType accepts two codes without dots, joined by one.
func isType(s string) bool {
	noun, verb, dotted := strings.Cut(s, ".")
	return dotted && isCode(noun) && isCode(verb) && !strings.Contains(verb, ".")
}

// isStream accepts a family of letters, alone or with a hyphen and printable ASCII behind it. The bar is left out because
// it separates the parts of the name that event ids are made from.
func isStream(s string) bool {
	family, id, hyphen := strings.Cut(s, "-")
	return len(s) <= maxStream && isCode(family) && !strings.Contains(family, ".") && (!hyphen || isPrintable(id)) && !strings.Contains(s, "|")
}
