package domain

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseNameKeepsTheOriginal(t *testing.T) {
	for in, want := range map[string]string{
		"张三": "张三", " 张三\u3000": "张三", "阿卜杜拉·买买提": "阿卜杜拉·买买提", "阿卜杜拉•买买提": "阿卜杜拉•买买提", "Ｎｇｕｙễｎ Van A": "Ｎｇｕｙễｎ Van A",
		"𠮷野": "𠮷野", "Jose\u0301": "Jose\u0301", "张\U000323B0": "张\U000323B0", "〇一": "〇一", "ئابدۇللا": "ئابدۇللا", "O'Neil-王": "O'Neil-王", strings.Repeat("木", 50): strings.Repeat("木", 50),
	} {
		n, err := ParseName(in)
		require.NoError(t, err, in)
		require.Equal(t, want, n.Reveal())
	}
}

func TestParseNameRefuses(t *testing.T) {
	for in, rule := range map[string]string{
		"": "name.length", " \u3000 ": "name.length", strings.Repeat("木", 51): "name.length",
		"张\xff": "name.encoding", "张\uFFFD": "name.encoding",
		"张\uE000": "name.private-use", "张\U000F0001": "name.private-use",
		"张\x00三": "name.control", "张\n三": "name.control", "张\t三": "name.control", "张\u200B三": "name.control", "张\u200D三": "name.control", "\uFEFF张三": "name.control",
		"张\u202E三": "name.control", "张\u00A0三": "name.control", "张\u2028三": "name.control", "张\uFE0F": "name.control", "葛\U000E0100": "name.control", "张\U000E0041": "name.control",
		"张😀": "name.symbol", "张★": "name.symbol", "⼤明": "name.symbol", "⿰木木": "name.symbol", "张+三": "name.symbol", "张\u0378": "name.symbol", "张\uFFFF": "name.symbol",
		"张\U0002FFFF": "name.symbol", "张\U0003FFFE": "name.symbol", "张①": "name.symbol",
		"123": "name.letters", "···": "name.letters", "/": "name.letters",
	} {
		t.Run(in, func(t *testing.T) {
			_, err := ParseName(in)
			refused := requireRefused(t, err, Invalid, rule)
			require.NotContains(t, refused.Error(), "张")
			var n PersonName
			requireRefused(t, n.UnmarshalText([]byte(in)), Invalid, rule)
		})
	}
	_, err := ParseName("张\uE000")
	require.ErrorContains(t, err, "character 2")
	require.ErrorContains(t, err, "U+E000")
}

func TestMatchKeySetsLookAlikesAside(t *testing.T) {
	for _, in := range []string{
		"Ali·王", "Ali•王", "Ali・王", "Ali．王", "Ali‧王", "Ali.王", "Ali･王", "Ａｌｉ·王", "ALI · 王", "Ali\u3000·王", "ali\u0387王",
	} {
		require.Equal(t, "ali·王", PersonName(in).MatchKey(), in)
	}
	require.Equal(t, PersonName("⼤明").MatchKey(), PersonName("大明").MatchKey())
	require.NotEqual(t, PersonName("张三").MatchKey(), PersonName("張三").MatchKey(), "traditional forms are not unified")
	require.Equal(t, PersonName("J\u030C王").MatchKey(), PersonName("\u01F0王").MatchKey(), "small letters compose where capitals do not")
	require.Empty(t, PersonName("").MatchKey())
}

func TestMatchKeyIsItsOwnKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := PersonName(rapid.String().Draw(t, "name")).MatchKey()
		require.Equal(t, key, PersonName(key).MatchKey())
	})
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"张三", "阿卜杜拉·买买提", " 张三 ", "张\uE000", "张😀", "\xff", "", "𠮷野", "123"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		if err != nil {
			requireRefused(t, err, Invalid, err.(*RefusedError).Rule)
			return
		}
		again, err := ParseName(n.Reveal())
		require.NoError(t, err)
		require.Equal(t, n, again)
		require.LessOrEqual(t, utf8.RuneCountInString(n.Reveal()), maxNameCharacters)
		key := n.MatchKey()
		require.NotEmpty(t, key)
		require.Equal(t, key, PersonName(key).MatchKey())
	})
}
