package genesis

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

func TestRootStatementText(t *testing.T) {
	e, ok := NeedsRoots(WitnessesChanged{Quorum: 1, Witnesses: []Witness{{Key: "ed25519:w", Name: "w"}}})
	require.True(t, ok)
	require.Equal(t, `almoner root v1
origin log.example.cn/huaishang
event ledger.witnesses-changed
revision 4
quorum 1
witnesses 1
witness-key ed25519:w
witness-name w
officer zhang
officer-key ed25519:z
at 2022-01-10T01:02:03Z
`, StatementFor(origin, 4, e, Root{Officer: "zhang", Key: "ed25519:z"}, "2022-01-10T01:02:03Z").Text())
}

func TestNeedsRoots(t *testing.T) {
	for _, r := range []struct {
		event  domain.Event
		needed int
		lines  []officer.Line
	}{
		{LogKeyRotated{Key: "1", Old: "2"}, 1, []officer.Line{{Key: "key", Value: "1"}, {Key: "old", Value: "2"}}},
		{WitnessesChanged{Quorum: 1, Witnesses: []Witness{}}, 1, []officer.Line{{Key: "quorum", Value: "1"}, {Key: "witnesses", Value: "0"}}},
		{OriginChanged{Checkpoint: "1", From: "2", Reason: "3", To: "4"}, 1, []officer.Line{
			{Key: "checkpoint", Value: signoff.HashText("1")}, {Key: "from", Value: "2"}, {Key: "reason", Value: "3"}, {Key: "to", Value: "4"}}},
		{RootsChanged{}, 2, []officer.Line{{Key: "roots", Value: "0"}}},
	} {
		got, ok := NeedsRoots(r.event)
		require.True(t, ok)
		require.Equal(t, r.needed, got.Needed, "%T", r.event)
		require.Equal(t, r.lines, got.Lines, "%T", r.event)
		require.Len(t, got.Lines, reflect.TypeOf(r.event).NumField()-1, "%T: a field that no line holds could be changed under the signature", r.event)
	}
	require.Len(t, rootLines([]Root{{}}), 1+reflect.TypeOf(Root{}).NumField())
	_, ok := NeedsRoots(moved)
	require.False(t, ok)
	require.Panics(t, func() { _, _ = State{}.rootSigned(0, moved) })
}

func TestRootStatementsParseAndPrintAreInverse(t *testing.T) {
	value, key := rapid.String(), rapid.StringMatching(`[a-z][a-z0-9-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		s := RootStatement{
			Origin: value.Draw(t, "origin"), Event: value.Draw(t, "event"), Revision: rapid.Int64().Draw(t, "revision"),
			Officer: value.Draw(t, "officer"), Key: value.Draw(t, "key"), At: value.Draw(t, "at"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			s.Fields = append(s.Fields, officer.Line{Key: key.Draw(t, "field"), Value: value.Draw(t, "value")})
		}
		got, err := ParseRootStatement(s.Text())
		require.NoError(t, err)
		require.Equal(t, s, got)
	})
}

func TestParseRootStatementRefuses(t *testing.T) {
	text := RootStatement{Origin: "o", Event: "e", Revision: 4, Officer: "z", Key: "k", At: "at"}.Text()
	_, err := ParseRootStatement(text)
	require.NoError(t, err)
	for name, r := range map[string]struct{ text, say string }{
		"another header":          {strings.Replace(text, "v1", "v2", 1), "first line"},
		"a line too few":          {strings.Replace(text, "at at\n", "", 1), "5 lines"},
		"a revision that is none": {strings.Replace(text, "revision 4", "revision four", 1), "revision"},
		"a revision with a zero":  {strings.Replace(text, "revision 4", "revision 04", 1), "line 4"},
		"another key":             {strings.Replace(text, "officer z", "officers z", 1), "line 5"},
	} {
		_, err := ParseRootStatement(r.text)
		require.ErrorContains(t, err, r.say, name)
	}
}
