package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/imports"
	"almoner/domain/slot"
)

func claimed() slot.Claimed {
	return slot.Claimed{By: wang, Claim: claim, Enrolment: enrolment, Group: "family", Person: wang, Share: "1/1"}
}

func meta() Meta { return sampleMeta(0, sample{event: claimed()}) }

func TestEncodeRefuses(t *testing.T) {
	registered := beneficiary.Registered{How: "citizen-number", Person: wang, Private: wangIdentity()}
	stream := beneficiary.Stream(wang)
	twice := imports.RowAccepted{Change: admission(), Import: "1", Row: 1}
	twice.Change.Related[0].Person = wang
	none := func(string) ([]byte, bool, error) { return nil, false, nil }
	broken := func(string) ([]byte, bool, error) { return nil, false, errors.New("disk gone") }
	short := func(string) ([]byte, bool, error) { return make([]byte, 16), true, nil }
	random := func() *sampleRandom { return &sampleRandom{seed: "x"} }
	for says, try := range map[string]func() error{
		"is not a UUID": func() error {
			_, _, err := Encode("ledger-1", "slot-a-b", 0, 0, claimed(), meta(), nil, nil)
			return err
		},
		"there is no event": func() error { _, _, err := Encode(sampleLedger, "slot-a-b", 0, 0, nil, meta(), nil, nil); return err },
		"from a value of slot.Claimed": func() error {
			e := claimed()
			_, _, err := Encode(sampleLedger, "slot-a-b", 0, 0, &e, meta(), nil, nil)
			return err
		},
		"is not in the table": func() error {
			_, _, err := Encode(sampleLedger, "test-1", 0, 0, renamed{}, meta(), nil, nil)
			return err
		},
		"of the family \"slot\"": func() error {
			_, _, err := Encode(sampleLedger, "slots-1", 0, 0, claimed(), meta(), nil, nil)
			return err
		},
		"rev -1 is negative": func() error {
			_, _, err := Encode(sampleLedger, "slot-a-b", -1, 0, claimed(), meta(), nil, nil)
			return err
		},
		"no keys or random bytes": func() error {
			_, _, err := Encode(sampleLedger, stream, 0, 0, registered, meta(), nil, random())
			return err
		},
		"was destroyed or is not held": func() error {
			_, _, err := Encode(sampleLedger, stream, 0, 0, registered, meta(), none, random())
			return err
		},
		"disk gone": func() error {
			_, _, err := Encode(sampleLedger, stream, 0, 0, registered, meta(), broken, random())
			return err
		},
		"key of 16 bytes": func() error {
			_, _, err := Encode(sampleLedger, stream, 0, 0, registered, meta(), short, random())
			return err
		},
		"random bytes for": func() error {
			_, _, err := Encode(sampleLedger, stream, 0, 0, registered, meta(), sampleKeys, strings.NewReader("too short"))
			return err
		},
		"a second element for the key id": func() error {
			_, _, err := Encode(sampleLedger, "import-1", 0, 0, twice, meta(), sampleKeys, random())
			return err
		},
		"effective on 2022-01-05 and not on 2022-01-06": func() error {
			m := meta()
			m.On = day("2022-01-06")
			_, _, err := Encode(sampleLedger, stream, 0, 0, beneficiary.AccountChanged{On: day("2022-01-05"), Person: wang}, m, nil, nil)
			return err
		},
		"event.too-large": func() error {
			e := claimed()
			e.Group = strings.Repeat("x", MaxBytes)
			_, _, err := Encode(sampleLedger, "slot-a-b", 0, 0, e, meta(), nil, nil)
			return err
		},
	} {
		require.ErrorContains(t, try(), says)
	}
}

func TestEventIDs(t *testing.T) {
	first := EventID(sampleLedger, "slot-a-b", "c", 0)
	require.Len(t, first, 36)
	require.Equal(t, byte('5'), first[14], "a UUID of version 5")
	require.Equal(t, first, EventID(sampleLedger, "slot-a-b", "c", 0))
	for _, other := range []string{
		EventID(sampleLedger, "slot-a-b", "c", 1), EventID(sampleLedger, "slot-a-b", "d", 0), EventID(sampleLedger, "slot-a", "c", 0), EventID(wang, "slot-a-b", "c", 0),
	} {
		require.NotEqual(t, first, other)
	}
	require.Panics(t, func() { EventID("ledger-1", "slot-a-b", "c", 0) })
}

func TestCommandDigestNeedsTheKey(t *testing.T) {
	require.NotEqual(t, CommandDigest([]byte("a"), []byte("command")), CommandDigest([]byte("b"), []byte("command")))
	require.NotEqual(t, CommandDigest([]byte("a"), []byte("command")), CommandDigest([]byte("a"), []byte("commands")))
	require.True(t, isDigest(CommandDigest([]byte("a"), nil)))
}

// renamed stands for an event whose fields changed twice: schema 1 had `n` as a word, schema 2 as a number, 3 calls it count.
type renamed struct {
	Count   int     `json:"count"`
	Person  string  `json:"person"`
	Private *secret `json:"-" seal:"Person"`
}

type secret struct {
	Text string `json:"text"`
}

func (renamed) EventType() string { return "test.renamed" }

type renamed1 struct {
	N      string `json:"n"`
	Person string `json:"person"`
}

type renamed2 struct {
	N      int    `json:"n"`
	Person string `json:"person"`
}

func upcast1(raw Raw) (Raw, error) {
	var old renamed1
	if err := Unmarshal(raw, &old); err != nil {
		return "", err
	}
	words := map[string]int{"one": 1, "two": 2}
	n, ok := words[old.N]
	if !ok {
		return "", fmt.Errorf("no number %q", old.N)
	}
	b, err := Marshal(renamed2{N: n, Person: old.Person})
	return Raw(b), err
}

func upcast2(raw Raw) (Raw, error) {
	var old renamed2
	if err := Unmarshal(raw, &old); err != nil {
		return "", err
	}
	b, err := Marshal(renamed{Count: old.N, Person: old.Person})
	return Raw(b), err
}

func TestUpcastersBringOldDataForward(t *testing.T) {
	now := newTypes(family("test", of[renamed](upcast1, upcast2)))
	require.Equal(t, 3, now.types[0].Schema)
	event := renamed{Count: 2, Person: "p", Private: &secret{Text: "whisper"}}
	_, stored, err := now.encode(sampleLedger, "test-1", 4, 0, event, meta(), sampleKeys, &sampleRandom{seed: "x"})
	require.NoError(t, err)

	old := func(schema, data string) []byte {
		s := strings.Replace(string(stored), `"schema":3`, `"schema":`+schema, 1)
		return []byte(strings.Replace(s, `{"count":2,"person":"p"}`, data, 1))
	}
	for schema, data := range map[string]string{"1": `{"n":"two","person":"p"}`, "2": `{"n":2,"person":"p"}`, "3": `{"count":2,"person":"p"}`} {
		got, err := now.decode(old(schema, data), sampleKeys)
		require.NoError(t, err, schema)
		require.Equal(t, event, got.Event, "schema %s", schema)
		require.Equal(t, Raw(data), got.Envelope.Data, "the envelope keeps what is stored")
	}
	_, err = now.decode(old("1", `{"n":"many","person":"p"}`), sampleKeys)
	require.ErrorContains(t, err, `upcast from schema 1 to 2: no number "many"`)
	_, err = now.decode(old("1", `{"n":"two","person": "p"}`), sampleKeys)
	require.ErrorContains(t, err, "is not canonical")
	_, err = now.decode(old("4", `{"count":2,"person":"p"}`), sampleKeys)
	require.ErrorContains(t, err, "upgrade almoner")
}

func TestUpcastResultsAreReadStrictly(t *testing.T) {
	sloppy := newTypes(family("test", of[renamed](func(Raw) (Raw, error) { return `{"count":2, "person":"p"}`, nil })))
	_, stored, err := sloppy.encode(sampleLedger, "test-1", 0, 0, renamed{Count: 1, Person: "p"}, meta(), nil, nil)
	require.NoError(t, err)
	_, err = sloppy.decode([]byte(strings.Replace(string(stored), `"schema":2`, `"schema":1`, 1)), nil)
	require.ErrorContains(t, err, "byte 11: want a string")
}

// arbitrary fills a value with whatever its type allows.
func arbitrary(t *rapid.T, v reflect.Value, kids *int) {
	switch v.Interface().(type) {
	case domain.Money:
		v.Set(reflect.ValueOf(domain.Fen(rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).Draw(t, "fen"))))
		return
	case domain.Date:
		v.Set(reflect.ValueOf(day("1900-01-01").AddDays(rapid.IntRange(0, 90_000).Draw(t, "day"))))
		return
	case domain.Period:
		kind := rapid.SampledFrom([]domain.PeriodKind{domain.Month, domain.Quarter, domain.Half, domain.Year, domain.Once}).Draw(t, "kind")
		v.Set(reflect.ValueOf(domain.PeriodOf(kind, day("2000-01-01").AddDays(rapid.IntRange(0, 30_000).Draw(t, "month")))))
		return
	case domain.Sex:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]domain.Sex{domain.Male, domain.Female}).Draw(t, "sex")))
		return
	case domain.AreaCode:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]domain.AreaCode{"340000", "340311", "340311100", village}).Draw(t, "area")))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.StringN(0, 12, -1).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-maxInteger, maxInteger).Draw(t, "int"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			arbitrary(t, v.Elem(), kids)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "n")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			arbitrary(t, v.Index(i), kids)
		}
	case reflect.Map:
		m := map[string]string{}
		for range rapid.IntRange(0, 2).Draw(t, "n") {
			m[rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "key")] = rapid.StringN(0, 5, -1).Draw(t, "value")
		}
		v.Set(reflect.ValueOf(m).Convert(v.Type()))
	case reflect.Struct:
		for i := range v.NumField() {
			arbitrary(t, v.Field(i), kids)
		}
		for i := range v.NumField() {
			if kid := v.Type().Field(i).Tag.Get("seal"); kid != "" {
				*kids++
				v.FieldByName(kid).SetString(fmt.Sprintf("kid-%d", *kids))
			}
		}
	default:
		t.Fatalf("no arbitrary %v", v.Type())
	}
}

// Whatever is encoded is decoded to what encodes to the same bytes, and without keys to the same clear part.
func TestRandomEventsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		info := rapid.SampledFrom(Types()).Draw(t, "type")
		pointer := reflect.New(info.Go)
		arbitrary(t, pointer.Elem(), new(int))
		event := pointer.Elem().Interface().(domain.Event)
		stream := info.Family
		if stream != "ledger" {
			stream += "-" + rapid.StringMatching(`[a-z0-9@.-]{1,20}`).Draw(t, "stream")
		}
		m := Meta{
			At: time.UnixMicro(rapid.Int64Range(0, 4_000_000_000_000_000).Draw(t, "at")), Officer: "o", Office: "t", Capacity: "town.handler",
			Command: Command{ID: "c", Digest: sampleHex("c")},
		}
		rev := rapid.Int64Range(0, 1_000_000).Draw(t, "rev")
		encode := func(e domain.Event) []byte {
			_, b, err := Encode(sampleLedger, stream, rev, 3, e, m, sampleKeys, &sampleRandom{seed: "r"})
			require.NoError(t, err)
			return b
		}
		stored := encode(event)
		got, err := DecodeEvent(stored, sampleKeys)
		require.NoError(t, err)
		require.Equal(t, info.Go, reflect.TypeOf(got.Event), "a value, not a pointer")
		require.Equal(t, string(stored), string(encode(got.Event)))

		sealed, err := DecodeEvent(stored, nil)
		require.NoError(t, err)
		clear, err := Marshal(sealed.Event)
		require.NoError(t, err)
		require.Equal(t, string(got.Envelope.Data), string(clear))
		require.Len(t, sealed.Missing, len(got.Envelope.Sealed))
	})
}

// FuzzDecode: whatever is accepted encodes to the same bytes.
func FuzzDecode(f *testing.F) {
	for _, b := range encodeSamples(f) {
		f.Add(b)
	}
	for _, r := range refusals() {
		f.Add([]byte(r.make(string(encodeSamples(f)["slot.claimed"]))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := Decode(b)
		if err != nil {
			_, err = DecodeEvent(b, nil)
			require.Error(t, err, "the strict reader accepts what the reader of envelopes refuses")
			return
		}
		again, err := env.Encode()
		require.NoError(t, err)
		require.Equal(t, string(b), string(again))
		got, err := DecodeEvent(b, nil)
		if err != nil {
			return
		}
		clear, err := Marshal(got.Event)
		require.NoError(t, err)
		require.Equal(t, string(env.Data), string(clear))
	})
}
