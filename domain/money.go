package domain

import (
	"bytes"
	"fmt"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// maxFen bounds what can be read or written: 9,999,999,999,999.99 yuan, thirteen digits, far above any county's yearly
// fund and far below what an int64 of fen holds.
const maxFen = 999_999_999_999_999

// textBytes holds the longest text form, -9999999999999.99, with room for the quotes of JSON.
const textBytes = 20

// moneyPlaces is the exponent of every amount that is not zero: fen.
const moneyPlaces = -2

// maxMoney and minMoney are the bounds as decimals. They are never written to.
var maxMoney, minMoney = decimal.New(maxFen, moneyPlaces), decimal.New(-maxFen, moneyPlaces)

// Money is an amount in yuan with exactly two places. The zero value is 0.00. It is never a float.
//
// Amounts inside the machine have no bound, so that no sum can wrap; what is read or written lies within
// ±9,999,999,999,999.99. Compare with Equal or Cmp: == does not compile, because it would compare pointers.
type Money struct {
	_ [0]func() // forbids ==

	// d is the zero Decimal for 0.00 and has exponent -2 otherwise. Thus equal amounts have equal representations, which
	// reflect.DeepEqual sees, and arithmetic never rescales.
	d decimal.Decimal
}

// Yuan returns n yuan.
func Yuan(n int64) Money { return fromDecimal(decimal.New(n, 0)) }

// Fen returns n fen, hundredths of a yuan.
func Fen(n int64) Money {
	if n == 0 {
		return Money{}
	}
	return Money{d: decimal.New(n, moneyPlaces)}
}

// fromDecimal brings a decimal of at most two places into the one representation that Money allows.
func fromDecimal(d decimal.Decimal) Money {
	switch {
	case d.Sign() == 0:
		return Money{}
	case d.Exponent() != moneyPlaces:
		d, _ = decimal.RescalePair(d, maxMoney)
	}
	return Money{d: d}
}

// ParseMoney reads an amount in yuan: digits, optionally a minus before and one or two decimals after a point. "80",
// "80.00" and "-1.5" are amounts; exponents, spaces, plus signs, separators, a third decimal and leading zeros are not.
// It refuses with money.form, money.decimals or money.bounds.
func ParseMoney(s string) (Money, error) {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !isDigits(whole) || (point && !isDigits(fraction)) || (len(whole) > 1 && whole[0] == '0') {
		return Money{}, Refuse(Invalid, "money.form", "%s is not an amount in yuan", quote(s)).
			WithNext("write digits with at most two decimals, such as 80 or 1234.50, without spaces, separators or exponent")
	}
	if len(fraction) > 2 {
		return Money{}, Refuse(Invalid, "money.decimals", "the amount %s has more than two decimals", quote(s)).
			WithNext("an amount is exact to the fen: find out how it was rounded and write two decimals")
	}
	const mostDigits = 13 // of maxFen, in yuan
	if len(whole) > mostDigits {
		return Money{}, Refuse(Invalid, "money.bounds", "the amount %s is beyond ±9999999999999.99 yuan", quote(s)).
			WithNext("correct the amount")
	}
	fen := int64(0)
	for _, part := range [3]string{whole, fraction, "00"[len(fraction):]} {
		for i := range len(part) {
			fen = fen*10 + int64(part[i]-'0') // fifteen digits at most
		}
	}
	if s[0] == '-' {
		fen = -fen
	}
	return Fen(fen), nil
}

// MustMoney is ParseMoney for tests and tables in the code; it panics on anything ParseMoney refuses.
func MustMoney(s string) Money {
	m, err := ParseMoney(s)
	if err != nil {
		panic(fmt.Sprintf("domain.MustMoney(%q): %v", s, err))
	}
	return m
}

// InBounds reports whether m can be written.
func (m Money) InBounds() bool { return m.d.Cmp(maxMoney) <= 0 && m.d.Cmp(minMoney) >= 0 }

// Fen returns the amount in fen. It panics outside the bounds, as a wrapped number would be a wrong amount.
func (m Money) Fen() int64 {
	if m.IsZero() {
		return 0
	}
	if !m.InBounds() {
		panic("domain.Money.Fen: " + m.d.StringFixed(2) + " is out of bounds")
	}
	return m.d.CoefficientInt64()
}

// Add returns m + n.
func (m Money) Add(n Money) Money {
	switch {
	case m.IsZero():
		return n
	case n.IsZero():
		return m
	}
	return fromDecimal(m.d.Add(n.d))
}

// Sub returns m − n.
func (m Money) Sub(n Money) Money {
	switch {
	case n.IsZero():
		return m
	case m.IsZero():
		return n.Neg()
	}
	return fromDecimal(m.d.Sub(n.d))
}

// Sum returns the sum of all, 0.00 for none.
func Sum(all ...Money) Money {
	var sum Money
	for _, m := range all {
		sum = sum.Add(m)
	}
	return sum
}

// Neg returns −m.
func (m Money) Neg() Money {
	if m.IsZero() {
		return m
	}
	return Money{d: m.d.Neg()}
}

// Abs returns m without its sign.
func (m Money) Abs() Money {
	if m.Sign() < 0 {
		return m.Neg()
	}
	return m
}

// Cmp returns -1, 0 or +1 as m is less than, equal to or greater than n.
func (m Money) Cmp(n Money) int {
	switch {
	case n.IsZero():
		return m.Sign()
	case m.IsZero():
		return -n.Sign()
	}
	return m.d.Cmp(n.d)
}

// Equal reports whether m and n are the same amount.
func (m Money) Equal(n Money) bool { return m.Cmp(n) == 0 }

// Sign returns -1, 0 or +1.
func (m Money) Sign() int { return m.d.Sign() }

// IsZero reports whether m is 0.00. A field that may hold 0.00 must not be marked omitzero unless absent means 0.00.
func (m Money) IsZero() bool { return m.d.Sign() == 0 }

// Times returns m · n: n units of the rate m.
func (m Money) Times(n int64) Money {
	if n == 0 || m.IsZero() {
		return Money{}
	}
	return Money{d: m.d.Mul(decimal.New(n, 0))}
}

// Portion returns m · num / den, rounded to the fen with halves away from zero (四舍五入). It panics unless den > 0.
func (m Money) Portion(num, den int64) Money {
	if den <= 0 {
		panic(fmt.Sprintf("domain.Money.Portion: the denominator %d is not positive", den))
	}
	if m.IsZero() || num == 0 {
		return Money{}
	}
	if m.InBounds() {
		if fen, ok := portionFen(m.d.CoefficientInt64(), num, den); ok {
			return Fen(fen)
		}
	}
	return fromCoefficient(portionBig(m.d.Coefficient(), num, den))
}

// portionFen computes fen · num / den in 128 bits, halves away from zero. It is not ok if the result leaves the bounds.
func portionFen(fen, num, den int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(fen), magnitude(num))
	if hi >= uint64(den) {
		return 0, false
	}
	q, r := bits.Div64(hi, lo, uint64(den))
	if q >= maxFen {
		return 0, false
	}
	if r >= uint64(den)-r { // 2r ≥ den without overflow
		q++
	}
	if (fen < 0) != (num < 0) {
		return -int64(q), true
	}
	return int64(q), true
}

// portionBig is portionFen for any size.
func portionBig(fen *big.Int, num, den int64) *big.Int {
	product := new(big.Int).Mul(fen, big.NewInt(num))
	negative := product.Sign() < 0
	q, r := new(big.Int).QuoRem(product.Abs(product), big.NewInt(den), new(big.Int))
	if r.Lsh(r, 1).Cmp(big.NewInt(den)) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	if negative {
		q.Neg(q)
	}
	return q
}

func fromCoefficient(fen *big.Int) Money { return fromDecimal(decimal.NewFromBigInt(fen, moneyPlaces)) }

// magnitude returns |n|, also of the smallest int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Split divides m into parts in proportion to weights by largest remainder (最大余额法): each part first gets its share
// rounded towards zero, then the fen left over go one each to the parts with the largest remainders, the earliest of
// equals first. The parts sum to m exactly. It panics on a negative weight, or if the weights sum to zero or beyond an
// int64: there is then no proportion.
func (m Money) Split(weights []int64) []Money {
	total := sumOfWeights(weights)
	parts := make([]Money, len(weights))
	remainders := make([]*big.Int, len(weights))
	amount, left := new(big.Int).Abs(m.d.Coefficient()), new(big.Int)
	left.Set(amount)
	for i, w := range weights {
		q, r := new(big.Int).QuoRem(new(big.Int).Mul(amount, big.NewInt(w)), big.NewInt(total), new(big.Int))
		parts[i], remainders[i] = fromCoefficient(q), r
		left.Sub(left, q)
	}
	for n := left.Int64(); n > 0; n-- { // fewer than there are parts, as each remainder is less than one fen
		i := largest(remainders)
		parts[i] = parts[i].Add(Fen(1))
		remainders[i] = big.NewInt(-1)
	}
	if m.Sign() < 0 {
		for i := range parts {
			parts[i] = parts[i].Neg()
		}
	}
	return parts
}

func sumOfWeights(weights []int64) int64 {
	var total int64
	for i, w := range weights {
		if w < 0 || total+w < total {
			panic(fmt.Sprintf("domain.Money.Split: weight %d is %d: weights are not negative and sum to an int64", i, w))
		}
		total += w
	}
	if total == 0 {
		panic("domain.Money.Split: the weights sum to zero")
	}
	return total
}

// largest returns the index of the first of the largest numbers.
func largest(numbers []*big.Int) int {
	best := 0
	for i, n := range numbers {
		if n.Cmp(numbers[best]) > 0 {
			best = i
		}
	}
	return best
}

// MonthOfYear returns what month k, from 1 to 12, gets of the yearly amount m: round(m·k/12) − round(m·(k−1)/12), so that
// the twelve months sum to the year to the fen. It panics for any other k.
func (m Money) MonthOfYear(k int) Money {
	if k < 1 || k > 12 {
		panic(fmt.Sprintf("domain.Money.MonthOfYear: there is no month %d", k))
	}
	return m.Portion(int64(k), 12).Sub(m.Portion(int64(k-1), 12))
}

// String gives yuan with two decimals, such as 1234.50 or -0.05.
func (m Money) String() string {
	if !m.InBounds() {
		return m.d.StringFixed(2)
	}
	var buf [textBytes]byte
	return string(m.append(buf[:0]))
}

// append writes m, which is in bounds, as String gives it.
func (m Money) append(b []byte) []byte {
	fen := m.Fen()
	if fen < 0 {
		b, fen = append(b, '-'), -fen
	}
	b = strconv.AppendInt(b, fen/100, 10)
	return append(b, '.', byte('0'+fen/10%10), byte('0'+fen%10))
}

// MarshalText gives yuan with two decimals; it fails if m is out of bounds.
func (m Money) MarshalText() ([]byte, error) {
	if !m.InBounds() {
		return nil, fmt.Errorf("write amount: %v is beyond ±9999999999999.99 yuan", m)
	}
	return m.append(make([]byte, 0, textBytes)), nil
}

// UnmarshalText reads what MarshalText writes and nothing else: "80", "080.00" and "-0.00" are refused with
// money.canonical, anything that is not an amount as ParseMoney does.
func (m *Money) UnmarshalText(b []byte) error {
	v, err := ParseMoney(string(b))
	if err != nil {
		return err
	}
	var buf [textBytes]byte
	if !bytes.Equal(v.append(buf[:0]), b) {
		return Refuse(Invalid, "money.canonical", "the amount %s is not in its stored form", quote(string(b))).WithNext("write it as %v", v)
	}
	*m = v
	return nil
}

// MarshalJSON gives a JSON string of the text form; it fails if m is out of bounds.
func (m Money) MarshalJSON() ([]byte, error) {
	if !m.InBounds() {
		return m.MarshalText() // for its error
	}
	return append(m.append(append(make([]byte, 0, textBytes), '"')), '"'), nil
}

// UnmarshalJSON reads a JSON string of the text form. A number, null or an escaped string is refused with money.json:
// a number may have passed through a float on its way.
func (m *Money) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return Refuse(Invalid, "money.json", "the amount %s is not a JSON string", quote(string(b))).
			WithNext(`write it as a string with two decimals, such as "80.00"`)
	}
	return m.UnmarshalText(b[1 : len(b)-1])
}
