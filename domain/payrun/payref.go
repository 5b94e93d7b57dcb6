package payrun

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"almoner/domain"
)

// A payRef is what the bank carries in the remark of a payment, and what a return file is matched by. It has 16 characters:
//
//	P | 10 of the run | 4 of the line | 1 check
//
// The letters and digits are base32 digits without I, L, O and U, so that nobody reads one for another, and the leading P
// keeps a spreadsheet from taking the whole for a number. The run's part is the first 50 bits of the SHA-256 of its id:
// of 100,000 runs the chance that any two share it is about 1 in 200,000.
// The check character is the remainder in GF(32) with powers of x as weights (x⁵+x²+1, as x has order 31 there): any one
// wrong character and any two exchanged ones are found.
const (
	payRefAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	payRefMark     = "P"
	payRefRun      = 10
	payRefLine     = 4
	payRefLength   = 1 + payRefRun + payRefLine + 1
)

// MaxLines is the most lines a run can number: what four base32 digits hold. A county has 30,000.
const MaxLines = 1<<(5*payRefLine) - 1

// PayRef returns the payRef of a line of a run. It panics unless line is 1 to MaxLines: two lines would share one.
func PayRef(run string, line int) string {
	if line < 1 || line > MaxLines {
		panic("payrun.PayRef: the line is not one that a run can have")
	}
	body := payRefMark + RunPart(run) + linePart(line)
	return body + string(payRefAlphabet[timesX(payRefRemainder(body))])
}

// ParsePayRef returns the line that a payRef names and the ten characters of its run, to be compared with RunPart. It
// accepts only what PayRef writes and refuses anything else with payrun.pay-ref.
func ParsePayRef(ref string) (run string, line int, err error) {
	refused := domain.Refuse(domain.Invalid, "payrun.pay-ref", "%.20q is not a payment reference of this ledger", ref).
		WithNext("copy all %d characters from the bank file", payRefLength)
	if len(ref) != payRefLength || !strings.HasPrefix(ref, payRefMark) || strings.Trim(ref, payRefAlphabet) != "" || payRefRemainder(ref) != 0 {
		return "", 0, refused
	}
	number := ref[1+payRefRun : payRefLength-1]
	for i := range number {
		line = line<<5 | strings.IndexByte(payRefAlphabet, number[i])
	}
	if line == 0 {
		return "", 0, refused
	}
	return ref[1 : 1+payRefRun], line, nil
}

// RunPart returns what every payRef of a run carries of it, as ParsePayRef gives it.
func RunPart(run string) string {
	sum := sha256.Sum256([]byte(run))
	return base32.NewEncoding(payRefAlphabet).EncodeToString(sum[:])[:payRefRun]
}

func linePart(line int) string {
	var digits [payRefLine]byte
	for i := range digits {
		digits[i] = payRefAlphabet[line>>(5*(payRefLine-1-i))&31]
	}
	return string(digits[:])
}

// payRefRemainder evaluates the characters as a polynomial at x in GF(32): 0 for a whole payRef.
func payRefRemainder(s string) int {
	sum := 0
	for i := range len(s) {
		sum = timesX(sum) ^ strings.IndexByte(payRefAlphabet, s[i])
	}
	return sum
}

// timesX multiplies by x in GF(32).
func timesX(n int) int {
	n <<= 1
	if n >= 32 {
		n ^= 0b100101
	}
	return n
}
