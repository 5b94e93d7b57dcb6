package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestCapitals has the examples of the rules (1409.50 to 325.04; the first ends in 整 here, which they leave open) and more.
func TestCapitals(t *testing.T) {
	for in, want := range map[string]string{
		"0.00": "人民币零元整", "1200.00": "人民币壹仟贰佰元整", "80.00": "人民币捌拾元整", "10.00": "人民币壹拾元整", "0.50": "人民币伍角整", "0.05": "人民币伍分",
		"0.55": "人民币伍角伍分", "10.05": "人民币壹拾元零伍分", "1409.50": "人民币壹仟肆佰零玖元伍角整", "6007.14": "人民币陆仟零柒元壹角肆分",
		"1680.32": "人民币壹仟陆佰捌拾元零叁角贰分", "107000.53": "人民币壹拾万柒仟元零伍角叁分", "16409.02": "人民币壹万陆仟肆佰零玖元零贰分",
		"325.04": "人民币叁佰贰拾伍元零肆分", "100001.00": "人民币壹拾万零壹元整", "10000.00": "人民币壹万元整", "1000000.00": "人民币壹佰万元整",
		"10100100.00": "人民币壹仟零壹拾万零壹佰元整", "100000000.00": "人民币壹亿元整", "100000001.00": "人民币壹亿零壹元整",
		"100010000.00": "人民币壹亿零壹万元整", "110000000.00": "人民币壹亿壹仟万元整", "1000000000000.00": "人民币壹万亿元整",
		"1000010000000.10": "人民币壹万亿壹仟万元零壹角整", "1000100000000.00": "人民币壹万零壹亿元整",
		"9999999999999.99": "人民币玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
		"-1200.00":         "人民币负壹仟贰佰元整", "-0.01": "人民币负壹分",
	} {
		require.Equal(t, want, MustMoney(in).Capitals(), in)
	}
	require.Panics(t, func() { Fen(maxFen).Times(2).Capitals() })
}

func TestCapitalsAndParseCapitalsAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Digits are drawn one by one, with many zeros, because zeros are where words go wrong.
		var fen int64
		for range rapid.IntRange(0, 15).Draw(t, "places") {
			fen = fen*10 + rapid.SampledFrom([]int64{0, 0, 0, 1, 5, 9}).Draw(t, "digit")
		}
		if rapid.Bool().Draw(t, "negative") {
			fen = -fen
		}
		parsed, err := ParseCapitals(Fen(fen).Capitals())
		require.NoError(t, err)
		require.Equal(t, Fen(fen), parsed)
		require.NotContains(t, Fen(fen).Capitals(), "零零")
	})
}

func TestParseCapitalsRefuses(t *testing.T) {
	for _, in := range []string{
		"", "人民币", "壹元整", "人民币壹元", "人民币壹圆整", "人民币壹元整整", "人民币壹分整", "人民币零壹元整", "人民币壹佰壹元整", "人民币拾元整", "人民币壹拾元伍角整", "人民币壹元壹元整",
		"人民币负零元整", "人民币1元整", "人民币壹亿亿元整", "人民币壹元整 ", "人民币壹万零壹仟元整", "人民币壹拾万万元整", "人民币玖仟万亿元整", "人民币壹佰万亿元整",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParseCapitals(in)
			requireRefused(t, err, Invalid, "money.capitals")
		})
	}
}

func FuzzParseCapitals(f *testing.F) {
	for _, s := range []string{"人民币壹仟贰佰元整", "人民币负壹分", "人民币零元整", "人民币玖亿万万万万亿亿元整", "人民币玖万万亿元元元整", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := ParseCapitals(s); err == nil {
			require.Equal(t, s, m.Capitals())
		}
	})
}
