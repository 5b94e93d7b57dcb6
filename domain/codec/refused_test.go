package codec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusal is bytes that nobody may accept as an event. Each is a good fixture with one thing wrong.
type refusal struct {
	name  string
	why   string
	error string // part of the message
	make  func(good string) string
	typed bool // the envelope alone is right: only a reader that knows the event types can refuse it
}

func replace(old, with string) func(string) string {
	return func(good string) string {
		bad := strings.Replace(good, old, with, 1)
		if bad == good {
			panic("the fixture does not hold " + old)
		}
		return bad
	}
}

// refusals start from the fixture slot.claimed.
func refusals() []refusal {
	return []refusal{
		{name: "empty", why: "no bytes at all", error: "want '{'", make: func(string) string { return "" }},
		{name: "not-an-object", why: "a list where the envelope should stand", error: "want '{'", make: func(g string) string { return "[" + g + "]" }},
		{name: "null", why: "null, which has no canonical form: absent means left out", error: "want a string", make: replace(`"share":"1/1"`, `"share":null`)},
		{name: "null-optional", why: "null for an optional key", error: "want a string", make: replace(`"command"`, `"cause":null,"command"`)},
		{name: "float", why: "a number with a fraction", error: "want ',' or '}'", make: replace(`"rev":0`, `"rev":0.0`)},
		{name: "exponent", why: "a number with an exponent", error: "v", make: replace(`"v":1`, `"v":1e0`)},
		{name: "leading-zero", why: "an integer with a leading zero", error: "leading zeros", make: replace(`"schema":1`, `"schema":01`)},
		{name: "minus-zero", why: "minus zero", error: "leading zeros", make: replace(`"rev":0`, `"rev":-0`)},
		{name: "plus", why: "an integer with a plus sign", error: "integer", make: replace(`"rev":0`, `"rev":+0`)},
		{name: "beyond-2-53", why: "an integer beyond 2^53-1", error: "2^53-1", make: replace(`"rev":0`, `"rev":9007199254740992`)},
		{name: "negative-revision", why: "a revision below 0", error: "negative", make: replace(`"rev":0`, `"rev":-1`)},
		{name: "duplicate-key", why: "a key twice", error: "repeated or out of order", make: replace(`"rev":0`, `"rev":0,"rev":0`)},
		{name: "duplicate-key-in-data", why: "a key of the data twice", error: "repeated or out of order", make: replace(`"share":"1/1"`, `"share":"1/1","share":"1/1"`)},
		{name: "unsorted-keys", why: "keys that do not ascend", error: "missing", make: replace(`"rev":0,"schema":1`, `"schema":1,"rev":0`)},
		{name: "white-space", why: "a space after a colon", error: "rev", make: replace(`"rev":0`, `"rev": 0`)},
		{name: "new-line", why: "a new line after the event", error: "bytes after", make: func(g string) string { return g + "\n" }},
		{name: "trailing-bytes", why: "a second value after the event", error: "bytes after", make: func(g string) string { return g + "{}" }},
		{name: "byte-order-mark", why: "a byte order mark before the event", error: "want '{'", make: func(g string) string { return "\ufeff" + g }},
		{name: "bad-utf8", why: "text that is not UTF-8", error: "UTF-8", make: replace(`"share":"1/1"`, "\"share\":\"\xff/1\"")},
		{name: "surrogate-in-utf8", why: "half a surrogate pair encoded as UTF-8 (CESU-8)", error: "UTF-8", make: replace(`"share":"1/1"`, "\"share\":\"\xed\xa0\x80\"")},
		{name: "escaped-slash", why: `\/, which needs no escape`, error: "escape is not canonical", make: replace(`"share":"1/1"`, `"share":"1\/1"`)},
		{name: "escaped-letter", why: `\u00e9 instead of é`, error: "escape is not canonical", make: replace(`"share":"1/1"`, `"share":"\u00e9"`)},
		{name: "upper-case-escape", why: `\u001F instead of \u001f`, error: "canonical form", make: replace(`"share":"1/1"`, `"share":"\u001F"`)},
		{name: "long-escape", why: `\u000a instead of \n`, error: "canonical form", make: replace(`"share":"1/1"`, `"share":"\u000a"`)},
		{name: "control-character", why: "a control character without an escape", error: "control character", make: replace(`"share":"1/1"`, "\"share\":\"\x01\"")},
		{name: "escape-in-key", why: "a key written with an escape", error: "", make: replace(`"share":`, `"sh\u0061re":`)},
		{name: "unknown-key", why: "a key that no envelope has", error: `unknown key "zeal"`, make: replace(`"v":1}`, `"v":1,"zeal":1}`)},
		{name: "unknown-key-in-data", why: "a key that the type has not", error: `unknown key "zeal"`, make: replace(`"share":"1/1"`, `"share":"1/1","zeal":true`), typed: true},
		{name: "missing-key", why: "an envelope without its officer", error: `"officer" is missing`, make: replace(`"officer":"clerk",`, ``)},
		{name: "missing-key-in-data", why: "data without a key of its type", error: `"share" is missing`, make: replace(`,"share":"1/1"`, ``), typed: true},
		{name: "empty-optional", why: "an optional key that is empty instead of absent", error: "must be left out", make: replace(`"command"`, `"cause":"","command"`)},
		{name: "empty-optional-list", why: "an optional list that is empty instead of absent", error: "must be left out", make: replace(`},"id":"`, `},"evidence":[],"id":"`)},
		{name: "data-not-an-object", why: "data that is a list", error: "object", make: func(g string) string {
			start, end := strings.Index(g, `"data":{`)+len(`"data":`), strings.Index(g, `,"id":"`+EventID(sampleLedger, "slot-family-"+wang, commandOf(g), 0))
			return g[:start] + "[]" + g[end:]
		}},
		{name: "deep-nesting", why: "lists within lists, deeper than 16", error: "share", make: replace(`"share":"1/1"`, `"share":`+strings.Repeat("[", 20)+strings.Repeat("]", 20))},
		{name: "oversize", why: "more than 60,000 bytes", error: "more than 60000", make: replace(`"share":"1/1"`, `"share":"`+strings.Repeat("1", MaxBytes)+`"`)},
		{name: "newer-envelope", why: "an envelope of a later version", error: "upgrade almoner", make: replace(`"v":1`, `"v":2`)},
		{name: "newer-schema", why: "a schema of the type that this version does not know", error: "upgrade almoner", make: replace(`"schema":1`, `"schema":99`), typed: true},
		{name: "unknown-type", why: "a type that this version does not know", error: "upgrade almoner", make: replace("slot.claimed", "slot.conjured"), typed: true},
		{name: "schema-zero", why: "schemas are counted from 1", error: "start at 1", make: replace(`"schema":1`, `"schema":0`)},
		{name: "wrong-stream", why: "a type in a stream of another family", error: "family", make: replace(`"stream":"slot-`, `"stream":"lead-`), typed: true},
		{name: "bar-in-stream", why: "a stream name with the bar that separates the parts of an id's name", error: "not a stream name", make: replace(`"stream":"slot-family`, `"stream":"slot-fam|ly`)},
		{name: "id-upper-case", why: "an id that is not a UUID in lower case", error: "not a UUID", make: replace(`},"id":"`, `},"id":"A`)},
		{name: "time-without-fraction", why: "an instant not in its one width", error: "instant", make: replace(`.123456Z`, `Z`)},
		{name: "time-with-offset", why: "an instant that is not in UTC", error: "instant", make: replace(`.123456Z`, `.1234+08:00`)},
		{name: "time-31-february", why: "an instant that the calendar has not", error: "instant", make: replace(`"at":"2022-01-05`, `"at":"2022-02-31`)},
		{name: "day-31-february", why: "an effective day that the calendar has not", error: "on", make: replace(`"rev":0`, `"on":"2022-02-31","rev":0`)},
		{name: "short-digest", why: "a command digest that is not 64 hex digits", error: "digest", make: replace(`"digest":"`, `"digest":"0`)},
		{name: "sealed-twice", why: "two sealed elements for one key id", error: "second element", make: replace(`"stream"`,
			`"sealed":[{"alg":"aes-256-gcm","cm":"AAAA","ct":"AAAA","kid":"k","n":"AAAA"},{"alg":"aes-256-gcm","cm":"AAAA","ct":"AAAA","kid":"k","n":"AAAA"}],"stream"`)},
		{name: "sealed-base64", why: "base64 whose unused bits are not zero", error: "base64", make: replace(`"stream"`,
			`"sealed":[{"alg":"aes-256-gcm","cm":"AAAA","ct":"AB==","kid":"k","n":"AAAA"}],"stream"`)},
		{name: "sealed-without-place", why: "sealed data in a type that has no place for it", error: "no place", make: replace(`"stream"`,
			`"sealed":[{"alg":"aes-256-gcm","cm":"AAAA","ct":"AAAA","kid":"k","n":"AAAA"}],"stream"`), typed: true},
	}
}

// commandOf is the command id of a stored event.
func commandOf(stored string) string {
	env, err := Decode([]byte(stored))
	if err != nil {
		panic(err)
	}
	return env.Command.By(env.Officer)
}

func TestRefusedCorpus(t *testing.T) {
	good := string(encodeSamples(t)["slot.claimed"])
	require.Contains(t, good, `"rev":0`)
	dir := filepath.Join(eventsDir, "refused")
	var table strings.Builder
	table.WriteString("# Bytes that are no events\n\nEach file is the fixture `v1/slot.claimed.json` with one thing wrong. A reader that knows only the envelope must refuse\n" +
		"those marked *envelope*; one that knows the event types must refuse all. This table is written by `domain/codec/refused_test.go`.\n\n| file | why | refused by |\n|---|---|---|\n")
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			bad := r.make(good)
			frozen(t, filepath.Join(dir, r.name+".json"), []byte(bad))
			_, err := DecodeEvent([]byte(bad), nil)
			require.ErrorContains(t, err, r.error)
			env, err := Decode([]byte(bad))
			if !r.typed {
				require.Error(t, err)
				return
			}
			require.NoError(t, err, "the envelope stands, and only the types can refuse it")
			again, err := env.Encode()
			require.NoError(t, err)
			require.Equal(t, bad, string(again))
		})
		by := "envelope"
		if r.typed {
			by = "event types"
		}
		fmt.Fprintf(&table, "| `%s.json` | %s | %s |\n", r.name, r.why, by)
	}
	frozen(t, filepath.Join(dir, "README.md"), []byte(table.String()))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, len(refusals())+1, "a file in refused/ that no reason stands for")
}

func TestUnknownTypeSaysWhatToDo(t *testing.T) {
	bad := strings.Replace(string(fixture(t, "slot.claimed")), "slot.claimed", "slot.conjured", 1)
	_, err := DecodeEvent([]byte(bad), nil)
	require.ErrorContains(t, err, `type "slot.conjured" (schema 1) is not known to this program: upgrade almoner`)
	newer := strings.Replace(string(fixture(t, "slot.claimed")), `"schema":1`, `"schema":7`, 1)
	_, err = DecodeEvent([]byte(newer), nil)
	require.ErrorContains(t, err, `type "slot.claimed" has schema 7, and this program reads up to 1: upgrade almoner`)
}
