package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseAccountNumber(t *testing.T) {
	for in, want := range map[string]string{
		"6217000000000000004": "6217000000000000004", " 6217 0000 0000 0000 004 ": "6217000000000000004", "6217-0000-0000-0000-004": "6217000000000000004",
		"６２１７００００００００００００００４": "6217000000000000004", "6217\u30000000 0000\t0000004": "6217000000000000004",
		"6217－0000000000000004": "62170000000000000004", "12345678": "12345678", "12345678901234567890123456789012": "12345678901234567890123456789012",
	} {
		a, err := ParseAccountNumber(in)
		require.NoError(t, err, in)
		require.Equal(t, want, a.Reveal(), in)
	}
}

func TestParseAccountNumberRefuses(t *testing.T) {
	for in, rule := range map[string]string{
		"": "account.length", "1234567": "account.length", "1234-567": "account.length", "123456789012345678901234567890123": "account.length", "--------": "account.length",
		"6.2E+18": "account.scientific", "6.217e18": "account.scientific", "6E+18": "account.scientific", "６．２Ｅ＋１８": "account.scientific",
		"621700000000000000X": "account.characters", "6217000000000000004.00": "account.characters", "'6217000000000000004": "account.characters",
		"6217*********0004": "account.characters", "6217,0000,0000": "account.characters", "\xff217000000000000004": "account.characters",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParseAccountNumber(in)
			refused := requireRefused(t, err, Invalid, rule)
			require.NotContains(t, refused.Error(), "6217")
			if rule == "account.scientific" {
				require.Contains(t, refused.Next, "设置单元格格式为文本")
			}
			var a AccountNumber
			requireRefused(t, a.UnmarshalText([]byte(in)), Invalid, rule)
		})
	}
}

func TestAccountWarnings(t *testing.T) {
	for in, want := range map[string][]string{
		"6217000000000000004": nil, "6228480000000000018": nil, "622202000000000007": nil, "6225880000000001": nil,
		"6217000000000000005": {WarnAccountLuhn}, "6225880000000002": {WarnAccountLuhn},
		"12345678901234500": {WarnAccountRounded}, "1234567890123450": nil,
		"622588000000003":                 nil, // 15 digits: no UnionPay card
		"4225880000000002":                nil, // a passbook may begin with anything
		"12345678901":                     {WarnAccountShort},
		"123456789012":                    nil,
		"12345678901234567890123":         nil,
		"123456789012345678901234":        {WarnAccountLong},
		"6217001234567890000":             {WarnAccountLuhn, WarnAccountRounded},
		"11111111":                        {WarnAccountShort, WarnAccountRepeated},
		"0000000000000000000000000000000": {WarnAccountLong, WarnAccountRounded, WarnAccountRepeated},
	} {
		a, err := ParseAccountNumber(in)
		require.NoError(t, err)
		require.Equal(t, want, a.Warnings(), in)
	}
	require.False(t, Luhn("622588000000003"), "it is its length that spares it")
	require.Equal(t, []string{WarnAccountShort}, AccountNumber("").Warnings())
}

func TestLuhn(t *testing.T) {
	// The synthetic vectors of the field notes, and the example of ISO/IEC 7812-1.
	for _, s := range []string{"6217000000000000004", "6228480000000000018", "622202000000000007", "6225880000000001", "79927398713", "00"} {
		require.True(t, Luhn(s), s)
	}
	for _, s := range []string{"", "0", "7", "79927398710", "6217000000000000040", "6217 00", "６２"} {
		require.False(t, Luhn(s), s)
	}
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9]{1,30}`).Draw(t, "body")
		valid := 0
		for d := byte('0'); d <= '9'; d++ {
			if Luhn(body + string(d)) {
				valid++
			}
		}
		require.Equal(t, 1, valid, "there is exactly one check digit")
	})
}

func FuzzParseAccountNumber(f *testing.F) {
	for _, s := range []string{"6217000000000000004", "6217 0000-0000 0000 004", "６２１７００００００００", "6.2E+18", "", "1234567"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAccountNumber(s)
		if err != nil {
			requireRefused(t, err, Invalid, err.(*RefusedError).Rule)
			return
		}
		require.Regexp(t, `^[0-9]{8,32}$`, a.Reveal())
		again, err := ParseAccountNumber(a.Reveal())
		require.NoError(t, err)
		require.Equal(t, a, again)
	})
}
