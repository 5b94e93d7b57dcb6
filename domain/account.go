package domain

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

// AccountNumber is a bank account or card number: 8 to 32 ASCII digits. Cards have 13 to 19 and end in a Luhn digit;
// passbooks of rural credit unions need not, hence a wrong digit is a warning and not a refusal. It is masked like the
// citizen number.
type AccountNumber string

// The lengths of an account number, in digits. The lower is the shortest that is not obviously a slip, the upper leaves
// room beyond any account in use.
const (
	minAccountDigits = 8
	maxAccountDigits = 32
)

// The warnings that Warnings gives.
const (
	WarnAccountLuhn     = "account.luhn"     // looks like a UnionPay card, but its check digit is wrong
	WarnAccountShort    = "account.short"    // fewer than 12 digits, rare among accounts in use
	WarnAccountLong     = "account.long"     // more than 23 digits, rare among accounts in use
	WarnAccountRounded  = "account.rounded"  // zeros after the 15th digit, as a spreadsheet leaves them
	WarnAccountRepeated = "account.repeated" // one digit throughout, as in a placeholder
)

// ParseAccountNumber reads an account number. Blanks and hyphens anywhere and full-width digits are accepted. It refuses,
// always Invalid, with account.scientific, account.characters or account.length.
func ParseAccountNumber(s string) (AccountNumber, error) {
	n := strings.ToUpper(narrow(s))
	if looksScientific(n) {
		return "", Refuse(Invalid, "account.scientific", "the account was turned into a number in scientific notation and has lost digits").
			WithNext("format the column as text (设置单元格格式为文本) and enter the account again")
	}
	for i, r := range []rune(n) {
		if (r < '0' || r > '9') && r != '-' && !strings.ContainsRune(blanks, r) {
			return "", Refuse(Invalid, "account.characters", "character %d of the account number is not a digit", i+1).
				WithNext("correct it from the card or the passbook")
		}
	}
	n = strings.Map(keepDigit, n)
	if len(n) < minAccountDigits || len(n) > maxAccountDigits {
		return "", Refuse(Invalid, "account.length", "the account number has %d digits, not %d to %d", len(n), minAccountDigits, maxAccountDigits).
			WithNext("copy all digits from the card or the passbook")
	}
	return AccountNumber(n), nil
}

func keepDigit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// looksScientific recognises what a spreadsheet makes of a long number: 6.217E+18, also without point or sign. s is in
// capitals.
func looksScientific(s string) bool {
	mantissa, exponent, found := strings.Cut(s, "E")
	whole, fraction, point := strings.Cut(mantissa, ".")
	return found && isDigits(whole) && (!point || isDigits(fraction)) && isDigits(strings.TrimPrefix(exponent, "+"))
}

// Warnings returns what a person should look at before trusting the number, in the order of the constants above; none
// is the normal case. A warning never stops anything by itself.
func (a AccountNumber) Warnings() []string {
	var warnings []string
	warn := func(when bool, code string) {
		if when {
			warnings = append(warnings, code)
		}
	}
	n := string(a)
	card := len(n) >= 16 && len(n) <= 19 && strings.HasPrefix(n, "62")
	warn(card && !Luhn(n), WarnAccountLuhn)
	warn(len(n) < 12, WarnAccountShort)
	warn(len(n) > 23, WarnAccountLong)
	warn(len(n) > 16 && strings.Trim(n[15:], "0") == "", WarnAccountRounded)
	warn(n != "" && strings.Trim(n, n[:1]) == "", WarnAccountRepeated)
	return warnings
}

// Luhn reports whether the last digit of s is the check digit of those before it (ISO/IEC 7812-1). Anything but two or
// more ASCII digits is false.
func Luhn(s string) bool {
	if len(s) < 2 || !isDigits(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return sum%10 == 0
}

// Reveal gives the digits. Whoever calls it answers for where they go.
func (a AccountNumber) Reveal() string { return string(a) }

// String gives the masked form.
func (a AccountNumber) String() string { return maskDigits(string(a)) }

// Format gives the masked form for every verb.
func (a AccountNumber) Format(f fmt.State, verb rune) { formatMasked(f, verb, a.String()) }

// GoString gives the masked form.
func (a AccountNumber) GoString() string { return a.String() }

// LogValue gives the masked form.
func (a AccountNumber) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalJSON gives the masked form.
func (a AccountNumber) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// MarshalText gives the masked form.
func (a AccountNumber) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a number as ParseAccountNumber does.
func (a *AccountNumber) UnmarshalText(b []byte) error {
	v, err := ParseAccountNumber(string(b))
	if err != nil {
		return err
	}
	*a = v
	return nil
}
