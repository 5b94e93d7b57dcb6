package domain

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// DisabilityCertificate is the number of a disability certificate (残疾人证): the holder's citizen number, one digit for
// the type (1 sight, 2 hearing, 3 speech, 4 limbs, 5 intellect, 6 mind, 7 several) and one for the grade (1 the severest
// to 4). It is masked like the citizen number inside it.
type DisabilityCertificate string

// ParseDisabilityCertificate reads a certificate number of 20 characters, accepting what ParseCitizenNumber accepts in
// the way of blanks, full-width digits and X. It refuses with certificate.length, certificate.type, certificate.grade,
// or as ParseCitizenNumber does for the holder's number.
func ParseDisabilityCertificate(s string) (DisabilityCertificate, error) {
	return parseCertificate(s, ParseCitizenNumber)
}

// ParseDisabilityCertificateWith is ParseDisabilityCertificate for a holder whose number stands by police evidence.
func ParseDisabilityCertificateWith(s string, o Override) (DisabilityCertificate, error) {
	return parseCertificate(s, func(n string) (CitizenNumber, error) { return ParseCitizenNumberWith(n, o) })
}

func parseCertificate(s string, holderOf func(string) (CitizenNumber, error)) (DisabilityCertificate, error) {
	n := []rune(narrow(s))
	if len(n) != 20 {
		return "", Refuse(Invalid, "certificate.length", "the disability certificate number has %d characters, not 20", len(n)).
			WithNext("enter the citizen number, the type and the grade; leave out the suffix of a replacement certificate")
	}
	holder, err := holderOf(string(n[:18]))
	if err != nil {
		return "", fmt.Errorf("the holder in the disability certificate number: %w", err)
	}
	if n[18] < '1' || n[18] > '7' {
		return "", Refuse(Invalid, "certificate.type", "the 19th character of the disability certificate number is not a type from 1 to 7").
			WithNext("correct it from the certificate")
	}
	if n[19] < '1' || n[19] > '4' {
		return "", Refuse(Invalid, "certificate.grade", "the 20th character of the disability certificate number is not a grade from 1 to 4").
			WithNext("correct it from the certificate")
	}
	return DisabilityCertificate(holder.Reveal() + string(n[18:])), nil
}

// Holder returns the citizen number of the holder; empty for a string that was never parsed.
func (c DisabilityCertificate) Holder() CitizenNumber {
	if len(c) != 20 {
		return ""
	}
	return CitizenNumber(c[:18])
}

// Type returns the type of disability, 1 to 7; 0 for a string that was never parsed.
func (c DisabilityCertificate) Type() int { return c.digit(18) }

// Grade returns the grade of disability, 1 (severest) to 4; 0 for a string that was never parsed.
func (c DisabilityCertificate) Grade() int { return c.digit(19) }

func (c DisabilityCertificate) digit(i int) int {
	if len(c) != 20 {
		return 0
	}
	return int(c[i] - '0')
}

// Reveal gives the 20 characters. Whoever calls it answers for where they go.
func (c DisabilityCertificate) Reveal() string { return string(c) }

// String gives the masked form: the holder's masked number and nothing of the disability, which is health data.
func (c DisabilityCertificate) String() string {
	if c == "" {
		return ""
	}
	return c.Holder().String() + stars
}

// Format gives the masked form for every verb.
func (c DisabilityCertificate) Format(f fmt.State, verb rune) { formatMasked(f, verb, c.String()) }

// GoString gives the masked form.
func (c DisabilityCertificate) GoString() string { return c.String() }

// LogValue gives the masked form.
func (c DisabilityCertificate) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON gives the masked form.
func (c DisabilityCertificate) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// MarshalText gives the masked form.
func (c DisabilityCertificate) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a number as ParseDisabilityCertificate does.
func (c *DisabilityCertificate) UnmarshalText(b []byte) error {
	v, err := ParseDisabilityCertificate(string(b))
	if err != nil {
		return err
	}
	*c = v
	return nil
}
