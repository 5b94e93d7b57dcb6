package domain

import (
	"fmt"
	"strings"
)

// Amounts in words follow the basic rules for filling in bills and vouchers (正确填写票据和结算凭证的基本规定, annex 1 of the
// People's Bank's 支付结算办法): 人民币 stands directly before the amount; 整 follows 元, here also 角, and never 分; several
// zeros in a row are written as one 零. Where the rules leave a 零 to choice, it is written before the 角 of an amount
// whose 元 end in 0, as in the rules' own examples, and left out elsewhere. The rules name no negative amounts: 负 after
// 人民币 is this ledger's convention.

const (
	capitalDigits = "零壹贰叁肆伍陆柒捌玖"
	currencyName  = "人民币"
)

// places are the units inside a group of four digits, from the highest.
var places = [4]struct {
	value int64
	name  string
}{{1000, "仟"}, {100, "佰"}, {10, "拾"}, {1, ""}}

// Capitals gives the amount in words (大写), such as 人民币壹仟贰佰元整. It panics if m is out of bounds.
func (m Money) Capitals() string {
	var b strings.Builder
	b.WriteString(currencyName)
	fen := m.Fen()
	if fen < 0 {
		b.WriteString("负")
		fen = -fen
	}
	yuan, jiao, fen := fen/100, fen/10%10, fen%10
	if yuan > 0 || jiao+fen == 0 {
		b.WriteString(integerCapitals(yuan) + "元")
	}
	if yuan > 0 && (jiao == 0 && fen > 0 || jiao > 0 && yuan%10 == 0) {
		b.WriteString("零")
	}
	if jiao > 0 {
		b.WriteString(capital(jiao) + "角")
	}
	if fen > 0 {
		b.WriteString(capital(fen) + "分")
	} else {
		b.WriteString("整")
	}
	return b.String()
}

// integerCapitals writes a whole number, not negative.
func integerCapitals(n int64) string {
	if n == 0 {
		return capital(0)
	}
	for _, unit := range []struct {
		value int64
		name  string
	}{{100_000_000, "亿"}, {10_000, "万"}} {
		if n < unit.value {
			continue
		}
		s, rest := integerCapitals(n/unit.value)+unit.name, n%unit.value
		if rest > 0 && rest < unit.value/10 {
			s += "零"
		}
		if rest > 0 {
			s += integerCapitals(rest)
		}
		return s
	}
	return groupCapitals(n)
}

// groupCapitals writes a number from 1 to 9999. Zeros before its first digit are the business of the caller.
func groupCapitals(n int64) string {
	var s string
	gap := false
	for _, p := range places {
		digit := n / p.value % 10
		if digit == 0 {
			gap = s != ""
			continue
		}
		if gap {
			s += "零"
		}
		s, gap = s+capital(digit)+p.name, false
	}
	return s
}

func capital(digit int64) string { return string([]rune(capitalDigits)[digit]) }

// ParseCapitals is the inverse of Capitals: it accepts exactly what Capitals writes and refuses anything else with
// money.capitals.
func ParseCapitals(s string) (Money, error) {
	refused := Refuse(Invalid, "money.capitals", "%s is not an amount in words", quote(s)).
		WithNext("write it as in 人民币壹仟贰佰元整")
	body, ok := strings.CutPrefix(s, currencyName)
	if !ok {
		return Money{}, refused
	}
	body, negative := strings.CutPrefix(body, "负")
	fen, err := capitalsValue(strings.TrimSuffix(body, "整"))
	if err != nil {
		return Money{}, refused
	}
	if negative {
		fen = -fen
	}
	m := Fen(fen)
	if !m.InBounds() || m.Capitals() != s { // settles every question of zeros and of 整 in one place
		return Money{}, refused
	}
	return m, nil
}

// capitalsValue adds up the digits and units of an amount in words, in fen, without asking whether they are well placed.
// It stops before any sum could wrap.
func capitalsValue(s string) (int64, error) {
	const mostBelowYi = 99_999_999
	var fen, yi, section, digit int64
	for _, r := range s {
		switch r {
		case '仟', '佰', '拾':
			section, digit = section+digit*placeValue(r), 0
		case '万':
			section, digit = (section+digit)*10_000, 0
		case '亿':
			yi, section, digit = (section+digit)*100_000_000, 0, 0
		case '元':
			fen, yi, section, digit = (yi+section+digit)*100, 0, 0, 0
		case '角':
			fen, digit = fen+digit*10, 0
		case '分':
			fen, digit = fen+digit, 0
		default:
			before, _, found := strings.Cut(capitalDigits, string(r))
			if !found {
				return 0, fmt.Errorf("the character %q is no part of an amount", r)
			}
			digit = int64(len(before) / len("零"))
		}
		if fen > maxFen || section > mostBelowYi {
			return 0, fmt.Errorf("the amount is out of bounds")
		}
	}
	return fen, nil
}

// placeValue returns the value of 仟, 佰 or 拾.
func placeValue(name rune) int64 {
	switch name {
	case '仟':
		return 1000
	case '佰':
		return 100
	}
	return 10
}
