package domain

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// CitizenNumber is a citizen identity number (公民身份号码, GB 11643-1999) in its one form: 18 characters, the last a digit
// or a capital X. It holds the place of first issue (6), the date of birth (8), a sequence whose last digit is odd for
// men and even for women (3), and a check character (1).
//
// Every printed form is masked, such as 110105****002X; only Reveal gives the digits. Its JSON form is masked as well:
// whoever seals a number writes Reveal().
type CitizenNumber string

// Override names who accepts a number that contradicts itself and on what police evidence. Such numbers were issued by
// hand and are valid for their holders.
type Override struct {
	By       string // the officer who accepts the number
	Evidence string // the police document that shows it, such as a household register page or a certificate
}

// ParseCitizenNumber reads a citizen number. Blanks around it, full-width digits and a small or full-width X are
// accepted; a number of 15 digits (first generation) is made 18. It refuses, always Invalid, with citizen.length,
// citizen.characters, citizen.sequence, citizen.birth or citizen.check-digit. The address part is not checked: it names
// the place of first issue, and districts are merged and split.
func ParseCitizenNumber(s string) (CitizenNumber, error) {
	n, err := citizenForm(s)
	if err != nil {
		return "", err
	}
	if _, err := birthOf(n); err != nil {
		return "", err
	}
	if CheckDigit(n[:17]) != n[17] {
		return "", Refuse(Invalid, "citizen.check-digit", "the last character of the citizen number does not agree with the 17 digits before it").
			WithNext("%s", checkDigitRemedy(n))
	}
	return CitizenNumber(n), nil
}

// ParseCitizenNumberWith is ParseCitizenNumber for a number whose date of birth or check character is wrong and which
// the police confirm nevertheless. Length and characters are checked as ever. It refuses an override that does not name
// both the officer and the evidence with citizen.override.
func ParseCitizenNumberWith(s string, o Override) (CitizenNumber, error) {
	if strings.TrimSpace(o.By) == "" || strings.TrimSpace(o.Evidence) == "" {
		return "", Refuse(Invalid, "citizen.override", "a citizen number that contradicts itself needs an officer and evidence").
			WithNext("name the officer who accepts it and the police document that confirms it")
	}
	n, err := citizenForm(s)
	if err != nil {
		return "", err
	}
	return CitizenNumber(n), nil
}

// citizenForm brings s into 18 characters and checks everything that no evidence can excuse.
func citizenForm(s string) (string, error) {
	n := strings.ToUpper(narrow(s))
	if looksScientific(n) {
		return "", Refuse(Invalid, "citizen.characters", "the citizen number was turned into a number in scientific notation and has lost digits").
			WithNext("format the column as text (设置单元格格式为文本) and enter the number again")
	}
	length := len([]rune(n))
	if length != 15 && length != 18 {
		return "", Refuse(Invalid, "citizen.length", "the citizen number has %d characters, not 18", length).
			WithNext("copy all 18 characters from the identity card or household register")
	}
	for i, r := range []rune(n) {
		if (r < '0' || r > '9') && (r != 'X' || i != 17) {
			return "", Refuse(Invalid, "citizen.characters", "character %d of the citizen number is not a digit", i+1).
				WithNext("correct it; only the 18th may be an X")
		}
	}
	if length == 18 {
		return n, nil
	}
	if n[12:] >= "996" {
		return "", Refuse(Invalid, "citizen.sequence", "the 15-digit citizen number ends in 996 to 999, which marks a birth before 1900").
			WithNext("ask the holder or the police for the 18-digit number")
	}
	n = n[:6] + "19" + n[6:]
	return n + string(CheckDigit(n)), nil
}

// birthOf reads the date of birth of a number of 18 characters.
func birthOf(n string) (Date, error) {
	y, _ := digits(n[6:10])
	m, _ := digits(n[10:12])
	d, _ := digits(n[12:14])
	birth, err := NewDate(y, time.Month(m), d)
	if err != nil {
		return Date{}, Refuse(Invalid, "citizen.birth", "characters 7 to 14 of the citizen number are not a date of birth between %d and %d", firstDateYear, lastDateYear).
			WithNext("correct the number; if the police confirm it as it stands, enter it with their evidence")
	}
	return birth, nil
}

// checkDigitRemedy recognises the commonest way to lose digits: a spreadsheet keeps 15 of them and writes zeros.
func checkDigitRemedy(n string) string {
	if strings.HasSuffix(n, "000") {
		return "it ends in 000 as numbers cut by a spreadsheet do: format the column as text (设置单元格格式为文本) and enter it again"
	}
	return "compare it with the identity card; if the police confirm it as it stands, enter it with their evidence"
}

// CheckDigit returns the check character ('0' to '9' or 'X') for the first 17 digits of a citizen number, or 0 if
// first17 is not 17 digits (GB 11643-1999, ISO 7064 MOD 11-2).
func CheckDigit(first17 string) byte {
	if len(first17) != 17 || !isDigits(first17) {
		return 0
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(first17[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// wellFormed guards the methods against strings that were never parsed.
func (n CitizenNumber) wellFormed() bool { return len(n) == 18 && isDigits(string(n[:17])) }

// Birth returns the date of birth in the number; the absent date if there is none, as an override allows.
func (n CitizenNumber) Birth() Date {
	if !n.wellFormed() {
		return Date{}
	}
	birth, err := birthOf(string(n))
	if err != nil {
		return Date{}
	}
	return birth
}

// Sex returns the sex in the number, which the register may contradict; empty for a string that was never parsed.
func (n CitizenNumber) Sex() Sex {
	switch {
	case !n.wellFormed():
		return ""
	case (n[16]-'0')%2 == 1:
		return Male
	}
	return Female
}

// AddressPart returns the six digits of the place of first issue; empty for a string that was never parsed.
func (n CitizenNumber) AddressPart() string {
	if !n.wellFormed() {
		return ""
	}
	return string(n[:6])
}

// Reveal gives the 18 characters. Whoever calls it answers for where they go.
func (n CitizenNumber) Reveal() string { return string(n) }

// String gives the masked form.
func (n CitizenNumber) String() string { return maskDigits(string(n)) }

// Format gives the masked form for every verb.
func (n CitizenNumber) Format(f fmt.State, verb rune) { formatMasked(f, verb, n.String()) }

// GoString gives the masked form.
func (n CitizenNumber) GoString() string { return n.String() }

// LogValue gives the masked form.
func (n CitizenNumber) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalJSON gives the masked form.
func (n CitizenNumber) MarshalJSON() ([]byte, error) { return json.Marshal(n.String()) }

// MarshalText gives the masked form.
func (n CitizenNumber) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads a number as ParseCitizenNumber does, so that input is checked wherever it is decoded.
func (n *CitizenNumber) UnmarshalText(b []byte) error {
	v, err := ParseCitizenNumber(string(b))
	if err != nil {
		return err
	}
	*n = v
	return nil
}
