package officer

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain/signoff"
)

func TestGrantStatementText(t *testing.T) {
	e := CapacityGranted{Officer: "li", Capacity: "county.handler", Office: "o-county", Area: county, From: newYear}
	text := StatementFor(Place{Origin: origin, Revision: 3, On: newYear}, e, "zhang", "21fe31dfa154a261", "2021-12-30T01:02:03Z").Text()
	require.Equal(t, `almoner grant v1
origin log.example.cn/huaishang
event officer.capacity-granted
revision 3
on 2022-01-01
area 340523
capacity county.handler
from 2022-01-01
office o-county
officer li
until `+`
granter zhang
granter-key 21fe31dfa154a261
at 2021-12-30T01:02:03Z
`, text)
}

// The grant has to cover every field of its event: a field that no line holds could be changed under the signature.
func TestGrantLinesHoldEveryField(t *testing.T) {
	day := newYear
	for _, e := range []Granted{
		Appointed{Name: "1", Officer: "2", Person: "3", Post: "4"},
		CapacityGranted{Area: "1", Capacity: "2", From: day, Office: "3", Officer: "4", Until: day},
		CapacityWithdrawn{Capacity: "1", Office: "2", Officer: "3", Reason: "4", Until: day},
		KeyRegistered{Alg: "1", Custody: "2", Key: "3", Officer: "4", Possession: signoff.Signature{Statement: "5"}, Public: "6"},
		KeyRevoked{Key: "1", Officer: "2", Reason: "3"},
		Left{Officer: "1", Reason: "2"},
	} {
		lines := e.GrantLines()
		fields := jsonKeys(t, e)
		require.Len(t, lines, len(fields)-1, "%T", e)
		seen := map[string]bool{}
		for i, l := range lines {
			require.Contains(t, fields, l.Key)
			require.NotEmpty(t, l.Value)
			require.False(t, seen[l.Value] && l.Value != day.String(), "%T %s", e, l.Key)
			seen[l.Value] = true
			require.True(t, i == 0 || lines[i-1].Key < l.Key, "%T: %s is not in order", e, l.Key)
		}
	}
}

func TestStatementsParseAndPrintAreInverse(t *testing.T) {
	value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,20}`), rapid.StringMatching(`(%[0-9a-fA-F]{2}| |\n|\x00|é){0,5}`))
	key := rapid.StringMatching(`[a-z][a-z0-9-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		grant := GrantStatement{
			Place: Place{Origin: value.Draw(t, "origin"), Revision: rapid.Int64().Draw(t, "revision")},
			Event: value.Draw(t, "event"), Granter: value.Draw(t, "granter"), Key: value.Draw(t, "key"), At: value.Draw(t, "at"),
		}
		if rapid.Bool().Draw(t, "dated") {
			grant.On = newYear.AddDays(rapid.IntRange(-9000, 9000).Draw(t, "on"))
		}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			grant.Fields = append(grant.Fields, Line{key.Draw(t, "field"), value.Draw(t, "value")})
		}
		readGrant, err := ParseGrant(grant.Text())
		require.NoError(t, err)
		require.Equal(t, grant, readGrant)

		possession := Possession{Origin: value.Draw(t, "o"), Officer: value.Draw(t, "officer"), Key: value.Draw(t, "k"), Public: value.Draw(t, "p"), At: value.Draw(t, "a")}
		readPossession, err := ParsePossession(possession.Text())
		require.NoError(t, err)
		require.Equal(t, possession, readPossession)
	})
}

func TestWhatParseAcceptsPrintsTheSame(t *testing.T) {
	text := StatementFor(Place{Origin: origin, Revision: 3, On: newYear}, Left{Officer: "li", Reason: "retired"}, "张 三", "k", "at").Text()
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(text)
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("0aA% \n-")).Draw(t, "byte")
		}
		if got, err := ParseGrant(string(b)); err == nil {
			require.Equal(t, string(b), got.Text())
		}
	})
}

func TestParseGrantRefuses(t *testing.T) {
	text := StatementFor(Place{Origin: origin, Revision: 3, On: newYear}, Left{Officer: "li", Reason: "retired"}, "zhang", "k", "at").Text()
	replace := func(old, new string) string {
		require.Contains(t, text, old)
		return strings.Replace(text, old, new, 1)
	}
	for name, bad := range map[string]string{
		"another header":              replace("grant v1", "grant v2"),
		"no newline at the end":       strings.TrimSuffix(text, "\n"),
		"a line without a value":      replace("reason retired", "reason"),
		"a line without a key":        replace("reason ", " "),
		"a key in capitals":           replace("reason", "Reason"),
		"a space in a value":          replace("retired", "re tired"),
		"a byte outside ASCII":        replace("retired", "退休"),
		"an escape of a plain letter": replace("retired", "%72etired"),
		"an escape in small letters":  replace("retired", "%e9"),
		"half an escape":              replace("retired", "retired%4"),
		"an escape at the end":        replace("retired", "retired%"),
		"an escape that is none":      replace("retired", "%GG"),
		"a revision that is none":     replace("revision 3", "revision three"),
		"a revision with a sign":      replace("revision 3", "revision +3"),
		"a day that is none":          replace("2022-01-01", "2022-02-30"),
		"lines in another order":      replace("origin log.example.cn/huaishang\nevent officer.left\n", "event officer.left\norigin log.example.cn/huaishang\n"),
		"too few lines":               GrantHeader + "\norigin a\nevent b\nrevision 1\non \ngranter c\nat d\n",
		"no lines":                    GrantHeader + "\n",
		"one line":                    GrantHeader + "\norigin a\n",
		"an empty line":               replace("\nreason", "\n\nreason"),
	} {
		_, err := ParseGrant(bad)
		require.Error(t, err, name)
	}
	_, err := ParseGrant(GrantHeader + "\norigin a\nevent b\nrevision 1\non \ngranter c\ngranter-key k\nat d\n")
	require.NoError(t, err, "an event without fields has none")
}

func TestParseFieldsRefuses(t *testing.T) {
	for _, r := range []struct{ text, say string }{
		{"h\na 1\n", "1 lines"},
		{"h\na 1\nc 2\n", `line 3: the key is "c", not "b"`},
		{"h\na 1\nb 2\nc 3\n", "3 lines"},
		{"g\na 1\nb 2\n", "first line"},
	} {
		_, err := ParseFields("h", r.text, "a", "b")
		require.ErrorContains(t, err, r.say)
	}
	for _, bad := range []string{"h\na %41\nb 2\n", "h\na %e9\nb 2\n", "h\na 1 1\nb 2\n"} {
		_, err := ParseFields("h", bad, "a", "b")
		require.ErrorContains(t, err, "one form", bad)
	}
	_, err := ParsePossession("almoner")
	require.ErrorContains(t, err, "possession statement")
}

func TestParseCount(t *testing.T) {
	n, err := ParseCount("12")
	require.NoError(t, err)
	require.Equal(t, 12, n)
	n, err = ParseCount("0")
	require.NoError(t, err)
	require.Zero(t, n)
	for _, bad := range []string{"", "-1", "+1", "01", "1.0", "one", "99999999999999999999"} {
		_, err := ParseCount(bad)
		require.Error(t, err, bad)
	}
}

func TestDifference(t *testing.T) {
	require.Equal(t, `line 2 says "b", not "c"`, Difference("a\nb\n", "a\nc\n"))
	require.Equal(t, "it has 1 lines, not 2", Difference("a\n", "a\n\n"))
}

func TestPublicKeyText(t *testing.T) {
	public := publicOf("li")
	text := FormatPublic(public)
	read, err := ParsePublic(text)
	require.NoError(t, err)
	require.Equal(t, public, read)
	for _, bad := range []string{
		"", "ed25519:", strings.TrimPrefix(text, "ed25519:"), text + "=", text + "\n", "sm2:" + strings.TrimPrefix(text, "ed25519:"),
		"ed25519:" + base64.StdEncoding.EncodeToString(public[:31]), "ed25519:" + base64.RawStdEncoding.EncodeToString(public),
	} {
		_, err := ParsePublic(bad)
		require.Error(t, err, "%q", bad)
	}
	require.Len(t, KeyID(public), 16)
}

func TestVerify(t *testing.T) {
	good := Signature(signoff.OwnDevice, KeyID(publicOf("li")), "text", ed25519.Sign(keyOf("li"), []byte("text")))
	require.True(t, Verify(publicOf("li"), good))
	for name, edit := range map[string]func(*signoff.Signature){
		"another algorithm":   func(s *signoff.Signature) { s.Alg = signoff.SM2 },
		"another key id":      func(s *signoff.Signature) { s.Key = "0123456789abcdef" },
		"another statement":   func(s *signoff.Signature) { s.Statement = "texT" },
		"no base64":           func(s *signoff.Signature) { s.Sig = "?" },
		"base64 on two lines": func(s *signoff.Signature) { s.Sig = s.Sig[:8] + "\n" + s.Sig[8:] },
		"no signature":        func(s *signoff.Signature) { s.Sig = "" },
	} {
		bad := good
		edit(&bad)
		require.False(t, Verify(publicOf("li"), bad), name)
	}
	require.False(t, Verify(publicOf("new"), good), "another key")
}
