package signoff

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sample has a different value on every line, so that two lines swapped would show.
func sample() Statement {
	return Statement{
		Origin: origin, Subject: "payrun-1", Round: 2, Step: 1, StepName: "village.head", Scope: east, Root: hashOf("east"), Lines: 3, Held: 4,
		Total: "160.00", Rulebook: hashOf("rulebook"), Previous: hashOf("previous"), Outcome: SendBack, Opinion: "wrong-list", Officer: "o-east",
		Person: "p-east", Name: "王 %\n", Post: "村支书", Capacity: "village.head", Office: "village-1", Key: "k-east", At: at,
	}
}

// sampleText is frozen: statements of this form are signed and kept.
const sampleText = `almoner sign-off v1
origin log.example.cn/huaishang
subject payrun-1
round 2
step 1
step-name village.head
scope 340311101201
root 6bdb262b0201799aefb0ae4116c6fb88f549425e30cd85a7f75a06be246751cf
lines 3
held 4
total 160.00
rulebook 72b6689cf49c7b5f53497442c5623bd23f6442134016c14430822da7dd450589
previous 6da0633528deaa0144e7b058315f0b753ec0b945163a72bf96a0d18180f9de0d
outcome send-back
opinion wrong-list
officer o-east
person p-east
name %E7%8E%8B%20%25%0A
post %E6%9D%91%E6%94%AF%E4%B9%A6
capacity village.head
office village-1
key k-east
at 2022-01-10T01:02:03Z
`

func TestStatementText(t *testing.T) {
	require.Equal(t, sampleText, sample().Text())
	got, err := ParseStatement(sampleText)
	require.NoError(t, err)
	require.Equal(t, sample(), got)
	require.Equal(t, hashOf(sampleText), got.Hash())
	require.Equal(t, hashOf(sampleText), HashText(sampleText))
}

func TestParseStatementRefuses(t *testing.T) {
	swap := func(from, to string) string {
		text := strings.Replace(sampleText, from, to, 1)
		require.NotEqual(t, sampleText, text, "the row changes something")
		return text
	}
	for _, r := range []struct{ name, text, says string }{
		{"nothing", "", "the first line"},
		{"another version", swap("v1", "v2"), "the first line"},
		{"the header alone", Header + "\n", `want a line "origin"`},
		{"a line missing", swap("held 4\n", ""), `want a line "held"`},
		{"two lines swapped", swap("lines 3\nheld 4\n", "held 4\nlines 3\n"), `want a line "lines"`},
		{"a key without its space", swap("lines 3", "lines3"), `want a line "lines"`},
		{"no final newline", strings.TrimSuffix(sampleText, "\n"), `want a line "at"`},
		{"a line too many", sampleText + "note x\n", "one form"},
		{"windows line ends", strings.ReplaceAll(sampleText, "\n", "\r\n"), "the first line"},
		{"a carriage return", swap("k-east\n", "k-east\r\n"), "one form"},
		{"no number", swap("round 2", "round two"), "round:"},
		{"a number too large", swap("lines 3", "lines 99999999999999999999"), "lines:"},
		{"a signed number", swap("lines 3", "lines +3"), "one form"},
		{"a padded number", swap("lines 3", "lines 03"), "one form"},
		{"a space", swap("k-east", "k east"), "one form"},
		{"letters beyond ASCII", swap("k-east", "钥"), "one form"},
		{"lower-case hex in an escape", swap("%0A", "%0a"), "one form"},
		{"an escape that needs none", swap("k-east", "k%2Deast"), "one form"},
		{"no hex in an escape", swap("%0A", "%0G"), "bad percent escape"},
		{"a half escape", swap("%0A", "%0"), "ends inside"},
		{"a bare percent sign at the end", swap("%0A", "%"), "ends inside"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := ParseStatement(r.text)
			require.ErrorContains(t, err, r.says)
		})
	}
}

func TestPercentEncoding(t *testing.T) {
	for _, r := range []struct{ name, plain, encoded string }{
		{"the first printable letter", "!", "!"}, {"the last printable letter", "~", "~"}, {"delete", "\x7f", "%7F"}, {"space", " ", "%20"},
		{"percent", "%", "%25"}, {"nothing", "", ""}, {"a byte that is no text", "\xff", "%FF"},
	} {
		t.Run(r.name, func(t *testing.T) {
			require.Equal(t, r.encoded, PercentEncode(r.plain))
			got, err := PercentDecode(r.encoded)
			require.NoError(t, err)
			require.Equal(t, r.plain, got)
		})
	}
}

func TestEveryLineCounts(t *testing.T) {
	base := sample()
	for i, f := range base.fields() {
		changed := base
		line := changed.fields()[i]
		if line.n != nil {
			*line.n += 1
		} else {
			*line.value += "x"
		}
		require.NotEqual(t, base.Text(), changed.Text(), f.key)
		require.Contains(t, difference(changed, base), f.key+" ")
	}
	require.Len(t, base.fields(), 22)
}

func TestDifference(t *testing.T) {
	other := sample()
	other.Lines = 9
	require.Equal(t, `your statement says "lines 9", the list "lines 3"`, difference(other, sample()))
	require.Equal(t, "they differ", difference(sample(), sample()))
}

func TestPreviousHash(t *testing.T) {
	a, b := hashOf("a"), hashOf("b")
	first, last := min(a, b), max(a, b)
	require.Equal(t, hashOf(first+"\n"+last+"\n"), PreviousHash([]string{a, b}))
	require.Equal(t, PreviousHash([]string{b, a}), PreviousHash([]string{a, b}), "the order of signing makes no difference")
	require.Equal(t, hashOf(a+"\n"), PreviousHash([]string{a}))
	given := []string{last, first}
	PreviousHash(given)
	require.Equal(t, []string{last, first}, given, "it sorts a copy")
}

func TestStatementsPrintAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Statement
		for _, f := range s.fields() {
			if f.n != nil {
				*f.n = rapid.Int().Draw(t, f.key)
			} else {
				*f.value = string(rapid.SliceOf(rapid.Byte()).Draw(t, f.key))
			}
		}
		text := s.Text()
		for i := range len(text) {
			require.True(t, text[i] == '\n' || text[i] >= ' ' && text[i] < 0x7f, "byte %d is ASCII", i)
		}
		require.Equal(t, 23, strings.Count(text, "\n"))
		got, err := ParseStatement(text)
		require.NoError(t, err)
		require.Equal(t, s, got)
	})
}

// FuzzParseStatement holds the one-form rule: whatever is accepted prints as the very bytes that were read.
func FuzzParseStatement(f *testing.F) {
	f.Add(sampleText)
	f.Add(Statement{}.Text())
	f.Add(strings.Replace(sampleText, "%0A", "%0a", 1))
	f.Add(strings.Replace(sampleText, "lines 3", "lines -0", 1))
	f.Add(Header + "\norigin ")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseStatement(text)
		if err != nil {
			return
		}
		require.Equal(t, text, s.Text())
		again, err := ParseStatement(s.Text())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}
