package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyCitizen draws a synthetic number with a valid check character; address parts beginning with 99 belong to no place.
func anyCitizen() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		birth := anyDate().Draw(t, "birth")
		first17 := fmt.Sprintf("99%04d%04d%02d%02d%03d", rapid.IntRange(0, 9999).Draw(t, "place"), birth.Year, birth.Month, birth.Day,
			rapid.IntRange(0, 999).Draw(t, "sequence"))
		return first17 + string(CheckDigit(first17))
	})
}

func TestParseCitizenNumber(t *testing.T) {
	for in, want := range map[string]string{
		"11010519491231002X": "11010519491231002X", "440524188001010014": "440524188001010014", "34052419800101001X": "34052419800101001X",
		"110105491231002": "11010519491231002X", "11010519491231002x": "11010519491231002X", " 11010519491231002X\t": "11010519491231002X",
		"\u300011010519491231002X\u3000": "11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ": "11010519491231002X",
		"11010519491231002ｘ": "11010519491231002X", "１１０１０５４９１２３１００２": "11010519491231002X",
	} {
		n, err := ParseCitizenNumber(in)
		require.NoError(t, err, in)
		require.Equal(t, want, n.Reveal())
	}
	n, err := ParseCitizenNumber("34052419800101001X")
	require.NoError(t, err)
	require.Equal(t, MustDate("1980-01-01"), n.Birth())
	require.Equal(t, Male, n.Sex())
	require.Equal(t, "340524", n.AddressPart())
	n, err = ParseCitizenNumber("11010519491231002X")
	require.NoError(t, err)
	require.Equal(t, Female, n.Sex())
}

func TestParseCitizenNumberRefuses(t *testing.T) {
	for in, rule := range map[string]string{
		"": "citizen.length", "1101051949123100": "citizen.length", "11010519491231002": "citizen.length", "11010519491231002X0": "citizen.length",
		"11010549123100": "citizen.length", "1.10105E+17": "citizen.characters", "1.10105194912310e17": "citizen.characters", "1E+17": "citizen.characters",
		"1101051949123100X2": "citizen.characters", "X1010519491231002X": "citizen.characters", "11010549123100X": "citizen.characters",
		"110105 19491231002": "citizen.characters", "11010519491231002Y": "citizen.characters", "一1010519491231002X": "citizen.characters",
		"'1010519491231002X": "citizen.characters", "\xff1010519491231002X": "citizen.characters",
		"110105491231996": "citizen.sequence", "110105491231999": "citizen.sequence",
		"11010519490231002X": "citizen.birth", "11010522001231002X": "citizen.birth", "11010517991231002X": "citizen.birth",
		"11010519491331002X": "citizen.birth", "110105490231002": "citizen.birth", "110105000000000000": "citizen.birth",
		"110105194912310021": "citizen.check-digit", "110105194912310000": "citizen.check-digit",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParseCitizenNumber(in)
			refused := requireRefused(t, err, Invalid, rule)
			require.NotContains(t, refused.Error(), "110105", "no refusal repeats the number")
			require.NotContains(t, refused.Error(), "1231")
			var n CitizenNumber
			requireRefused(t, n.UnmarshalText([]byte(in)), Invalid, rule)
			require.Empty(t, n)
		})
	}
}

func TestCitizenRefusalsNameTheRemedy(t *testing.T) {
	for in, part := range map[string]string{
		"11010519491231002":  "17 characters",
		"1101051949123100":   "16 characters",
		"110105194912310000": "设置单元格格式为文本",
		"1.10105E+17":        "设置单元格格式为文本",
		"11010519490231002X": "evidence",
		"110105194912310021": "evidence",
	} {
		_, err := ParseCitizenNumber(in)
		require.ErrorContains(t, err, part, in)
	}
}

func TestOverrideExcusesBirthAndCheckCharacterOnly(t *testing.T) {
	o := Override{By: "officer-7", Evidence: "household register page 3"}
	n, err := ParseCitizenNumberWith("110105194912310021", o)
	require.NoError(t, err)
	require.Equal(t, "110105194912310021", n.Reveal())
	require.Equal(t, MustDate("1949-12-31"), n.Birth())
	n, err = ParseCitizenNumberWith("11010519490231002X", o)
	require.NoError(t, err)
	require.True(t, n.Birth().IsZero(), "there is no such day")
	for in, rule := range map[string]string{"1101051949123100": "citizen.length", "1101051949123100X2": "citizen.characters", "110105491231996": "citizen.sequence"} {
		_, err := ParseCitizenNumberWith(in, o)
		requireRefused(t, err, Invalid, rule)
	}
	for _, o := range []Override{{}, {By: "officer-7"}, {Evidence: "page 3"}, {By: " ", Evidence: "page 3"}, {By: "officer-7", Evidence: "\t"}} {
		_, err := ParseCitizenNumberWith("11010519491231002X", o)
		requireRefused(t, err, Invalid, "citizen.override")
	}
}

func TestCitizenNumbersThatWereNeverParsed(t *testing.T) {
	for _, n := range []CitizenNumber{"", "1", "一一一一一一", "1101051949123100XX"} {
		require.True(t, n.Birth().IsZero())
		require.Empty(t, n.Sex())
		require.Empty(t, n.AddressPart())
	}
	require.Zero(t, CheckDigit("1"))
	require.Zero(t, CheckDigit("1101051949123100X"))
}

func TestCitizenProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyCitizen().Draw(t, "number")
		n, err := ParseCitizenNumber(s)
		require.NoError(t, err)
		require.Equal(t, s, n.Reveal())
		require.Equal(t, s[6:14], strings.ReplaceAll(n.Birth().String(), "-", ""))
		// The check character finds every single wrong digit: that is what the code was made for.
		i := rapid.IntRange(14, 16).Draw(t, "place")
		wrong := []byte(s)
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "slip")))%10
		_, err = ParseCitizenNumber(string(wrong))
		requireRuleOnly(t, err, "citizen.check-digit")
		if s[6:8] == "19" && s[14:17] < "996" {
			short, err := ParseCitizenNumber(s[:6] + s[8:17])
			require.NoError(t, err)
			require.Equal(t, n, short)
		}
	})
}

// requireRuleOnly is requireRefused where only rapid's T is at hand.
func requireRuleOnly(t require.TestingT, err error, rule string) {
	var refused *RefusedError
	require.True(t, errors.As(err, &refused))
	require.Equal(t, rule, refused.Rule)
}

func TestSex(t *testing.T) {
	var s Sex
	require.NoError(t, json.Unmarshal([]byte(`"female"`), &s))
	require.Equal(t, Female, s)
	for _, in := range []string{"", "男", "Male", "other"} {
		requireRefused(t, s.UnmarshalText([]byte(in)), Invalid, "sex.value")
	}
	require.Equal(t, Female, s)
}

func TestDisabilityCertificate(t *testing.T) {
	c, err := ParseDisabilityCertificate(" 11010519491231002x４3 ")
	require.NoError(t, err)
	require.Equal(t, "11010519491231002X43", c.Reveal())
	require.Equal(t, CitizenNumber("11010519491231002X"), c.Holder())
	require.Equal(t, 4, c.Type())
	require.Equal(t, 3, c.Grade())
	for in, rule := range map[string]string{
		"": "certificate.length", "11010519491231002X4": "certificate.length", "11010519491231002X43B1": "certificate.length",
		"11010519491231002X03": "certificate.type", "11010519491231002X83": "certificate.type", "11010519491231002XX3": "certificate.type",
		"11010519491231002X40": "certificate.grade", "11010519491231002X45": "certificate.grade",
		"11010519491231002143": "citizen.check-digit", "1101051949123100XX43": "citizen.characters",
	} {
		_, err := ParseDisabilityCertificate(in)
		requireRefused(t, err, Invalid, rule)
		requireRefused(t, c.UnmarshalText([]byte(in)), Invalid, rule)
	}
	o := Override{By: "officer-7", Evidence: "household register page 3"}
	c, err = ParseDisabilityCertificateWith("11010519491231002143", o)
	require.NoError(t, err)
	require.Equal(t, "110105194912310021", c.Holder().Reveal())
	_, err = ParseDisabilityCertificateWith("11010519491231002193", o)
	requireRefused(t, err, Invalid, "certificate.type")
	for _, c := range []DisabilityCertificate{"", "12"} {
		require.Empty(t, c.Holder())
		require.Zero(t, c.Type())
		require.Zero(t, c.Grade())
	}
}

func FuzzParseCitizenNumber(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "440524188001010014", "110105491231002", "１１０１０５１９４９１２３１００２Ｘ", "1.10105E+17", "110105491231996", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseCitizenNumber(s)
		if err != nil {
			requireRefused(t, err, Invalid, err.(*RefusedError).Rule)
			return
		}
		again, err := ParseCitizenNumber(n.Reveal())
		require.NoError(t, err)
		require.Equal(t, n, again)
		require.True(t, n.Birth().Valid())
		require.NotEmpty(t, n.Sex())
	})
}
