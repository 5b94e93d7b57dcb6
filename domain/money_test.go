package domain

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func anyMoney() *rapid.Generator[Money] {
	return rapid.Map(rapid.Int64Range(-maxFen, maxFen), Fen)
}

func TestParseMoney(t *testing.T) {
	for in, want := range map[string]string{
		"80": "80.00", "80.0": "80.00", "80.00": "80.00", "-1.5": "-1.50", "0": "0.00", "-0": "0.00", "-0.00": "0.00", "0.05": "0.05", "-0.05": "-0.05",
		"1234.50": "1234.50", "9999999999999.99": "9999999999999.99", "-9999999999999.99": "-9999999999999.99",
	} {
		m, err := ParseMoney(in)
		require.NoError(t, err, in)
		require.Equal(t, want, m.String(), in)
		require.Equal(t, m, MustMoney(in))
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	for in, rule := range map[string]string{
		"": "money.form", "-": "money.form", ".5": "money.form", "5.": "money.form", "+5": "money.form", "--5": "money.form", " 5": "money.form",
		"5 ": "money.form", "1e3": "money.form", "1E3": "money.form", "1,000.00": "money.form", "1.2.3": "money.form", "８０": "money.form",
		"80元": "money.form", "NaN": "money.form", "Inf": "money.form", "0x10": "money.form", "1_0": "money.form", "007": "money.form", "00": "money.form",
		"5.-1": "money.form", "1.000": "money.decimals", "1.005": "money.decimals",
		"10000000000000": "money.bounds", "-10000000000000.00": "money.bounds", "99999999999999999999999999": "money.bounds",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParseMoney(in)
			requireRefused(t, err, Invalid, rule)
			require.Panics(t, func() { MustMoney(in) })
		})
	}
}

func TestStoredMoneyHasOneForm(t *testing.T) {
	for in, rule := range map[string]string{
		`"80"`: "money.canonical", `"80.0"`: "money.canonical", `"-0.00"`: "money.canonical", `"80.000"`: "money.decimals", `""`: "money.form",
		`80.00`: "money.json", `null`: "money.json", `"`: "money.json", `true`: "money.json", `"8\u0030.00"`: "money.form", `" 80.00"`: "money.form",
	} {
		m := Yuan(7)
		requireRefused(t, m.UnmarshalJSON([]byte(in)), Invalid, rule)
		require.Equal(t, Yuan(7), m, "a refused text leaves the amount alone")
	}
	var all struct {
		A Money `json:"a"`
	}
	require.Error(t, json.Unmarshal([]byte(`{"a":80.00}`), &all))
	require.Error(t, json.Unmarshal([]byte(`{"a":null}`), &all))
	require.NoError(t, json.Unmarshal([]byte(`{"a":"80.00"}`), &all))
	require.Equal(t, Yuan(80), all.A)
	b, err := json.Marshal(all)
	require.NoError(t, err)
	require.Equal(t, `{"a":"80.00"}`, string(b))
}

func TestMoneyOutOfBoundsIsNotWritten(t *testing.T) {
	over := Fen(maxFen).Add(Fen(1))
	require.Equal(t, "10000000000000.00", over.String())
	for _, m := range []Money{over, over.Neg(), Yuan(math.MaxInt64), Yuan(math.MinInt64), Fen(math.MinInt64)} {
		require.False(t, m.InBounds())
		_, err := m.MarshalText()
		require.ErrorContains(t, err, m.String())
		_, err = m.MarshalJSON()
		require.Error(t, err)
		require.Panics(t, func() { m.Fen() })
	}
	require.Equal(t, Fen(maxFen), over.Sub(Fen(1)), "nothing was lost on the way")
	require.Equal(t, "-9223372036854775808.00", Yuan(math.MinInt64).String())
	require.Equal(t, "922337203685477580700.00", Yuan(math.MaxInt64).Times(100).String())
}

func TestMoneyZeroIsZeroHoweverItCameAbout(t *testing.T) {
	for _, m := range []Money{Yuan(0), Fen(0), MustMoney("-0.00"), Fen(5).Sub(Fen(5)), Fen(5).Add(Fen(-5)), Fen(5).Times(0), Fen(1).Portion(1, 3),
		Fen(5).Portion(0, 3), Sum(), Money{}.Neg(), Money{}.Abs(), Money{}.Split([]int64{1})[0]} {
		require.Equal(t, Money{}, m)
		require.True(t, m.IsZero())
		require.True(t, m.Equal(Money{}))
		require.Zero(t, m.Fen())
		require.Equal(t, "0.00", m.String())
	}
}

// TestMoneyAgreesWithFen checks the arithmetic against integers of fen, and that equal amounts are deeply equal.
func TestMoneyAgreesWithFen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-maxFen, maxFen).Draw(t, "a"), rapid.Int64Range(-maxFen/2, maxFen/2).Draw(t, "b")
		n := rapid.Int64Range(-9000, 9000).Draw(t, "n")
		x, y := Fen(a), Fen(b)
		require.Equal(t, a, x.Fen())
		require.Equal(t, Fen(a+b), x.Add(y))
		require.Equal(t, Fen(a-b), x.Sub(y))
		require.Equal(t, Fen(-a), x.Neg())
		require.Equal(t, Fen(max(a, -a)), x.Abs())
		require.Equal(t, Fen(a*n), x.Times(n))
		require.Equal(t, Fen(a+b+a), Sum(x, y, x))
		require.Equal(t, a < b, x.Cmp(y) < 0)
		require.Equal(t, a > b, x.Cmp(y) > 0)
		require.Equal(t, a == b, x.Equal(y))
		require.Equal(t, a > 0, x.Sign() > 0)
		require.Equal(t, a < 0, x.Sign() < 0)
		require.Equal(t, Yuan(n), Fen(n*100))
	})
}

func TestMoneyAndTextAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMoney().Draw(t, "m")
		parsed, err := ParseMoney(m.String())
		require.NoError(t, err)
		require.Equal(t, m, parsed)
		b, err := m.MarshalJSON()
		require.NoError(t, err)
		var back Money
		require.NoError(t, back.UnmarshalJSON(b))
		require.Equal(t, m, back)
	})
}

func TestPortionRoundsHalvesAwayFromZero(t *testing.T) {
	for _, c := range []struct {
		m        string
		num, den int64
		want     string
	}{
		{"100.00", 1, 3, "33.33"}, {"100.00", 2, 3, "66.67"}, {"0.01", 1, 2, "0.01"}, {"-0.01", 1, 2, "-0.01"}, {"0.03", 1, 2, "0.02"},
		{"0.01", -1, 2, "-0.01"}, {"0.01", 49, 100, "0.00"}, {"0.01", 50, 100, "0.01"}, {"960.00", 7, 12, "560.00"}, {"1.00", math.MaxInt64, math.MaxInt64, "1.00"},
		{"9999999999999.99", math.MaxInt64, math.MaxInt64, "9999999999999.99"}, {"9999999999999.99", 1000, 1, "9999999999999990.00"},
		{"0.04", 1 << 62, 1, "184467440737095516.16"}, {"9999999999999.99", 1001, 2, "5004999999999995.00"},
		{"1.00", math.MinInt64, 1, "-9223372036854775808.00"},
	} {
		require.Equal(t, c.want, MustMoney(c.m).Portion(c.num, c.den).String(), "%s · %d / %d", c.m, c.num, c.den)
	}
	require.Equal(t, "11111111111111.10", MustMoney("9999999999999.99").Times(10).Portion(1, 9).String())
	require.Panics(t, func() { Yuan(1).Portion(1, 0) })
	require.Panics(t, func() { Money{}.Portion(1, -1) })
}

// TestPortionIsTheNearestFen checks the definition of rounding in exact rational numbers, on both paths.
func TestPortionIsTheNearestFen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen, num := rapid.Int64Range(-maxFen, maxFen).Draw(t, "fen"), rapid.Int64().Draw(t, "num")
		den := rapid.Int64Range(1, math.MaxInt64).Draw(t, "den")
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(fen), big.NewInt(num)), big.NewInt(den))
		got := new(big.Rat).SetInt(Fen(fen).Portion(num, den).d.Shift(2).BigInt())
		distance := new(big.Rat).Sub(got, exact)
		half := big.NewRat(1, 2)
		require.LessOrEqual(t, distance.Cmp(half), 0)
		require.GreaterOrEqual(t, distance.Cmp(new(big.Rat).Neg(half)), 0)
		if new(big.Rat).Abs(distance).Cmp(half) == 0 {
			require.Positive(t, new(big.Rat).Abs(got).Cmp(new(big.Rat).Abs(exact)), "halves go away from zero")
		}
	})
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		m       string
		weights []int64
		want    []string
	}{
		{"100.00", []int64{1, 1, 1}, []string{"33.34", "33.33", "33.33"}},
		{"-100.00", []int64{1, 1, 1}, []string{"-33.34", "-33.33", "-33.33"}},
		{"0.02", []int64{1, 1, 1}, []string{"0.01", "0.01", "0.00"}},
		{"0.01", []int64{0, 1, 2}, []string{"0.00", "0.00", "0.01"}},
		{"80.00", []int64{50, 30, 20}, []string{"40.00", "24.00", "16.00"}},
		{"0.00", []int64{3, 4}, []string{"0.00", "0.00"}},
		{"9.99", []int64{0, 5, 0}, []string{"0.00", "9.99", "0.00"}},
		{"0.10", []int64{math.MaxInt64 - 1, 1}, []string{"0.10", "0.00"}},
	} {
		var got []string
		for _, part := range MustMoney(c.m).Split(c.weights) {
			got = append(got, part.String())
		}
		require.Equal(t, c.want, got, "%s by %v", c.m, c.weights)
	}
	for _, weights := range [][]int64{nil, {}, {0}, {0, 0}, {1, -1}, {-1}, {math.MaxInt64, 1}} {
		require.Panics(t, func() { Yuan(1).Split(weights) }, "%v", weights)
	}
}

func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMoney().Draw(t, "m")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 12).Filter(func(ws []int64) bool {
			for _, w := range ws {
				if w > 0 {
					return true
				}
			}
			return false
		}).Draw(t, "weights")
		var total int64
		for _, w := range weights {
			total += w
		}
		parts := m.Split(weights)
		require.Len(t, parts, len(weights))
		require.Equal(t, m, Sum(parts...))
		for i, part := range parts {
			// No part is a whole fen or more away from its exact share: |part·total − m·weight| < total fen.
			away := part.Times(total).Sub(m.Times(weights[i])).Abs()
			require.Negative(t, away.Cmp(Fen(total)), "part %d of %v", i, parts)
			for j := range i {
				if weights[j] == weights[i] {
					require.GreaterOrEqual(t, parts[j].Abs().Cmp(part.Abs()), 0, "of equals the earlier gets the fen")
				}
			}
		}
	})
}

func TestMonthsOfAYear(t *testing.T) {
	var got []string
	for k := 1; k <= 12; k++ {
		got = append(got, Yuan(100).MonthOfYear(k).String())
	}
	require.Equal(t, []string{"8.33", "8.34", "8.33", "8.33", "8.34", "8.33", "8.33", "8.34", "8.33", "8.33", "8.34", "8.33"}, got)
	require.Equal(t, "80.00", Yuan(960).MonthOfYear(7).String())
	require.Panics(t, func() { Yuan(1).MonthOfYear(0) })
	require.Panics(t, func() { Yuan(1).MonthOfYear(13) })
	rapid.Check(t, func(t *rapid.T) {
		year := anyMoney().Draw(t, "year")
		var sum Money
		for k := 1; k <= 12; k++ {
			sum = sum.Add(year.MonthOfYear(k))
			require.Equal(t, year.Portion(int64(k), 12), sum, "after month %d", k)
		}
		require.Equal(t, year, sum)
	})
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"80", "80.00", "-1.5", "0", "-0", "", "1e3", "1.005", "9999999999999.99", "10000000000000", "007", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s)
		if err != nil {
			requireRefused(t, err, Invalid, err.(*RefusedError).Rule)
			return
		}
		b, err := m.MarshalText()
		require.NoError(t, err)
		var back Money
		require.NoError(t, back.UnmarshalText(b))
		require.Equal(t, m, back)
		exact, ok := new(big.Rat).SetString(s)
		require.True(t, ok)
		stored, ok := new(big.Rat).SetString(string(b))
		require.True(t, ok)
		require.Zero(t, exact.Cmp(stored), "reading changes no amount")
	})
}

func BenchmarkMoney(b *testing.B) {
	x, y := MustMoney("1234.56"), MustMoney("80.00")
	text := []byte("1234.56")
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			_ = x.Add(y)
		}
	})
	b.Run("times", func(b *testing.B) {
		for b.Loop() {
			_ = x.Times(12)
		}
	})
	b.Run("portion", func(b *testing.B) {
		for b.Loop() {
			_ = x.Portion(7, 12)
		}
	})
	b.Run("unmarshal", func(b *testing.B) {
		var m Money
		for b.Loop() {
			_ = m.UnmarshalText(text)
		}
	})
	b.Run("marshal", func(b *testing.B) {
		for b.Loop() {
			_, _ = x.MarshalText()
		}
	})
	b.Run("split", func(b *testing.B) {
		weights := []int64{50, 30, 20}
		for b.Loop() {
			_ = x.Split(weights)
		}
	})
}
