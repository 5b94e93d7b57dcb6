package slot

import (
	"math/big"
	"strconv"
	"strings"

	"almoner/domain"
)

// Share is an exact part of a slot, above 0 and at most 1, in lowest terms: "1/1", "1/2", "1/3".
type Share struct {
	num, den int
}

// maxParts bounds the denominator: nobody divides a right among more people.
const maxParts = 100

// ParseShare reads a share in its one form; it is the inverse of String. It refuses with slot.share.
func ParseShare(s string) (Share, error) {
	left, right, found := strings.Cut(s, "/")
	num, errNum := strconv.Atoi(left)
	den, errDen := strconv.Atoi(right)
	v := Share{num, den}
	fits := found && errNum == nil && errDen == nil && num >= 1 && num <= den && den <= maxParts
	if !fits || v.String() != s || divisor(num, den) != 1 {
		return Share{}, domain.Refuse(domain.Invalid, "slot.share", "%.20q is not a share", s).
			WithNext("write it in lowest terms, such as 1/1, 1/2 or 1/3")
	}
	return v, nil
}

// String gives the form "1/2".
func (s Share) String() string { return strconv.Itoa(s.num) + "/" + strconv.Itoa(s.den) }

// divisor is the greatest common divisor of two positive numbers.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// exceedWhole says whether shares sum to more than 1. Rationals of whole numbers are exact, however many there are.
func exceedWhole(shares []Share) bool {
	sum := new(big.Rat)
	for _, s := range shares {
		sum.Add(sum, big.NewRat(int64(s.num), int64(s.den)))
	}
	return sum.Cmp(big.NewRat(1, 1)) > 0
}

// Whole says whether the share is everything.
func (s Share) Whole() bool { return s.num == s.den }

// Of is the share of an amount, rounded half away from zero to the fen.
func (s Share) Of(amount domain.Money) domain.Money {
	if s.Whole() {
		return amount
	}
	return amount.Portion(int64(s.num), int64(s.den))
}
