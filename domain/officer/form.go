package officer

import (
	"regexp"
	"strings"

	"almoner/domain"
)

// The bounds of an id and of a name or post, in bytes. A stream name has at most 200; a name in Chinese takes three bytes
// a character.
const (
	maxID   = 100
	maxText = 200
)

var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	reasonPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

func idForm(s string) bool { return len(s) <= maxID && idPattern.MatchString(s) }

func textForm(s string) bool {
	return s != "" && len(s) <= maxText && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "\r\n\t")
}

func checkReason(code string) error {
	if !reasonPattern.MatchString(code) {
		return domain.Refuse(domain.Invalid, "officer.reason", "the reason %.40q is not a code", code).
			WithNext("give a reason code of small letters, digits and hyphens, such as retired or key-lost")
	}
	return nil
}
