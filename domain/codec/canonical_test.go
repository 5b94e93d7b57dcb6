package codec

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

type inner struct {
	B string `json:"b"`
	A int    `json:"a,omitempty"`
}

type outer struct {
	inner2
	List  []string          `json:"list"`
	Map   map[string]int    `json:"map,omitempty"`
	Ptr   *inner            `json:"ptr,omitempty"`
	Yes   bool              `json:"yes"`
	Deep  [][]inner         `json:"deep,omitempty"`
	Key   map[string]string `json:"key"`
	Skip  func()            `json:"-"`
	Sex   domain.Sex        `json:"sex,omitempty"`
	Area  domain.AreaCode   `json:"area,omitempty"`
	Small int8              `json:"small,omitempty"`
}

type inner2 struct {
	Z domain.Money  `json:"z"`
	M domain.Period `json:"m,omitempty"`
	D domain.Date   `json:"d,omitempty"`
}

func TestMarshalWritesOneForm(t *testing.T) {
	v := outer{
		inner2: inner2{Z: money("-0.05"), M: month1, D: day("2022-01-05")}, List: []string{"b", "a"}, Map: map[string]int{"z": 1, "a": -2}, Ptr: &inner{B: "é"},
		Deep: [][]inner{{}, {{A: 1}}}, Sex: domain.Male, Area: "340311", Small: -128,
	}
	b, err := Marshal(v)
	require.NoError(t, err)
	require.Equal(t, `{"area":"340311","d":"2022-01-05","deep":[[],[{"a":1,"b":""}]],"key":{},"list":["b","a"],"m":"2022-01","map":{"a":-2,"z":1},`+
		`"ptr":{"b":"é"},"sex":"male","small":-128,"yes":false,"z":"-0.05"}`, string(b))
	var back outer
	require.NoError(t, Unmarshal(b, &back))
	again, err := Marshal(&back)
	require.NoError(t, err)
	require.Equal(t, string(b), string(again))
}

type twice struct {
	inner
	B string `json:"a"`
}

func TestMarshalRefuses(t *testing.T) {
	loop := map[string]any{}
	for name, c := range map[string]struct {
		v    any
		says string
	}{
		"null":         {nil, "null has no canonical form"},
		"float":        {1.5, "no canonical form"},
		"interface":    {loop, "no canonical form"},
		"nil pointer":  {(*inner)(nil), "must be omitted"},
		"bad UTF-8":    {"\xff", "UTF-8"},
		"map key":      {map[string]int{"é": 1}, "printable ASCII"},
		"integer keys": {map[int]int{1: 1}, "keys must be strings"},
		"no tag":       {struct{ A int }{}, "json key"},
		"unknown option": {struct {
			A int `json:"a,omitzero"`
		}{}, "json key"},
		"optional struct": {struct {
			A inner `json:"a,omitempty"`
		}{}, "make it a pointer"},
		"two of one key": {twice{}, "two fields"},
		"too large":      {int64(math.MaxInt64), "2^53-1"},
		"too small":      {int64(math.MinInt64), "2^53-1"},
		"absent date": {struct {
			D domain.Date `json:"d"`
		}{}, "absent"},
		"impossible date": {domain.Date{Year: 2022, Month: time.February, Day: 30}, "no day"},
		"absent period": {struct {
			P domain.Period `json:"p"`
		}{}, "absent"},
		"period too late": {domain.MonthOf(2300, time.May), "1900"},
		"money too large": {domain.Yuan(10_000_000_000_000), "beyond"},
		"instant":         {At(time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC)), "outside"},
		"closed set":      {domain.Sex("other"), "is not a sex"},
		"raw with space":  {Raw(`{"a": 1}`), "byte 5"},
		"raw twice":       {Raw(`{}{}`), "bytes after"},
		"deep":            {Raw(strings.Repeat("[", 17) + strings.Repeat("]", 17)), "deeper"},
		"name in clear":   {domain.PersonName("王样例"), "never written in clear"},
		"identity":        {wangIdentity(), "never written in clear"},
		"list of people":  {[]beneficiary.Account{*wangAccount()}, "never written in clear"},
	} {
		_, err := Marshal(c.v)
		require.ErrorContains(t, err, c.says, name)
	}
}

func TestMarshalPrivateWritesInFull(t *testing.T) {
	b, err := MarshalPrivate(wangAccount())
	require.NoError(t, err)
	require.Equal(t, `{"bank":"样例农村商业银行","holder":"王样例","number":"6217000000000000004"}`, string(b))
	var back beneficiary.Account
	require.NoError(t, Unmarshal(b, &back))
	require.Equal(t, *wangAccount(), back)
}

// A number that contradicts itself was accepted on police evidence when it was entered: it must be readable for ever.
func TestAnOverriddenNumberIsReadBack(t *testing.T) {
	n, err := domain.ParseCitizenNumberWith("340311196103150020", domain.Override{By: "clerk", Evidence: "household register"})
	require.NoError(t, err)
	_, err = domain.ParseCitizenNumber(n.Reveal())
	require.Error(t, err, "the number was meant to contradict itself")
	in := beneficiary.Identity{Birth: day("1961-03-15"), Name: "王样例", Number: n, Sex: domain.Female}
	b, err := MarshalPrivate(in)
	require.NoError(t, err)
	var out beneficiary.Identity
	require.NoError(t, Unmarshal(b, &out))
	require.Equal(t, in, out)
}

func TestUnmarshalRefuses(t *testing.T) {
	for text, says := range map[string]string{
		``:                           "want '{'",
		`{`:                          "want a string",
		`{"b":"x"`:                   "want ',' or '}'",
		`{"b":"x",}`:                 "want a string",
		`{"b":"x"}}`:                 "bytes after",
		`{"a":0,"b":"x"}`:            "must be left out",
		`{"a":1}`:                    `"b" is missing`,
		`{"b":"x","a":1}`:            "out of order",
		`{"b":"x","b":"x"}`:          "repeated",
		`{"b":"x","c":1}`:            "unknown key",
		`{"a":9007199254740992,"b"}`: "2^53-1",
		`{"a":99999999999999999999999999,"b":""}`: "2^53-1",
		`{"a":-,"b":""}`:      "integer",
		`{"a":--1,"b":""}`:    "integer",
		`{"b":1}`:             "want a string",
		`{"b":"x`:             "without end",
		`{"b":"\`:             "canonical",
		`{"b":"\u00"}`:        "canonical",
		`{"b":"\u007f"}`:      "canonical",
		`{"b":"\x"}`:          "canonical",
		"{\"b\":\"\\n\xff\"}": "UTF-8",
	} {
		var v inner
		require.ErrorContains(t, Unmarshal(text, &v), says, text)
	}
	var n int8
	require.ErrorContains(t, Unmarshal("128", &n), "does not fit")
	require.ErrorContains(t, Unmarshal("1", n), "needs a pointer")
	var yes bool
	require.ErrorContains(t, Unmarshal("1", &yes), "true or false")
	var p domain.Money
	require.ErrorContains(t, Unmarshal(`"80"`, &p), "stored form")
	var area domain.AreaCode
	require.ErrorContains(t, Unmarshal(`"340311100000"`, &area), "padded")
	require.ErrorContains(t, Unmarshal(`{"b a":1}`, &map[string]int{}), "printable ASCII")
	require.ErrorContains(t, Unmarshal(`{"b":1,"a":2}`, &map[string]int{}), "does not come after")
	require.ErrorContains(t, Unmarshal(`{"b":1,"b":2}`, &map[string]int{}), "does not come after")
}

func TestNestingIsCountedFromTheEnvelope(t *testing.T) {
	nested := func(depth int) []byte {
		e := Envelope{
			At: At(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)), Capacity: "c", Command: Command{ID: "c", Digest: sampleHex("d")}, ID: sampleID("x"), Office: "o",
			Officer: "o", Schema: 1, Stream: "lead-1", Type: "lead.raised", V: 1, Data: Raw(`{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`),
		}
		b, err := e.Encode()
		if err != nil {
			require.ErrorContains(t, err, "deeper")
			return nil
		}
		return b
	}
	require.NotNil(t, nested(14))
	require.Nil(t, nested(15))
	_, err := Decode(nested(14))
	require.NoError(t, err)
	_, err = Decode([]byte(strings.Replace(string(nested(14)), "[]", "[[]]", 1)))
	require.ErrorContains(t, err, "deeper")
}

// The forms written without detours are those of the values themselves.
func TestShortWaysWriteTheFormsOfTheValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).Draw(t, "fen")
		d := day("1800-01-01").AddDays(rapid.IntRange(0, 146_000).Draw(t, "day"))
		kind := rapid.SampledFrom([]domain.PeriodKind{domain.Month, domain.Quarter, domain.Half, domain.Year, domain.Once}).Draw(t, "kind")
		p := domain.PeriodOf(kind, day("1900-01-01").AddDays(rapid.IntRange(0, 109_000).Draw(t, "period")))
		at := At(time.UnixMicro(rapid.Int64Range(-2_208_988_800_000_000, 7_258_118_399_999_999).Draw(t, "at")))
		for _, v := range []interface{ MarshalText() ([]byte, error) }{domain.Fen(fen), d, p, at} {
			want, err := v.MarshalText()
			require.NoError(t, err)
			got, err := Marshal(v)
			require.NoError(t, err)
			require.Equal(t, `"`+string(want)+`"`, string(got))
		}
		require.Equal(t, at.Format(instantForm), string(at.append(nil)))
		var backMoney domain.Money
		var backDate domain.Date
		var backPeriod domain.Period
		var backAt Instant
		for _, pair := range []struct{ in, out any }{{domain.Fen(fen), &backMoney}, {d, &backDate}, {p, &backPeriod}, {at, &backAt}} {
			b, err := Marshal(pair.in)
			require.NoError(t, err)
			require.NoError(t, Unmarshal(b, pair.out))
		}
		require.True(t, backMoney.Equal(domain.Fen(fen)))
		require.Equal(t, d, backDate)
		require.Equal(t, p, backPeriod)
		require.True(t, backAt.Equal(at.Time))
	})
}

func TestStringsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		b, err := Marshal(s)
		require.NoError(t, err)
		var back string
		require.NoError(t, Unmarshal(b, &back))
		require.Equal(t, s, back)
	})
}

func TestEnvelopeCheckNamesWhatIsWrong(t *testing.T) {
	good := func() Envelope {
		e, err := Decode(fixture(t, "beneficiary.registered"))
		require.NoError(t, err)
		return *e
	}
	for says, spoil := range map[string]func(*Envelope){
		"envelope version 1": func(e *Envelope) { e.V = 3 },
		"id ":                func(e *Envelope) { e.ID = strings.ToUpper(e.ID) },
		"type ":              func(e *Envelope) { e.Type = "registered" },
		"stream ":            func(e *Envelope) { e.Stream = "beneficiary-王" },
		"rev -1":             func(e *Envelope) { e.Rev = -1 },
		"schema 0":           func(e *Envelope) { e.Schema = 0 },
		"officer ":           func(e *Envelope) { e.Officer = "" },
		"office ":            func(e *Envelope) { e.Office = "a b" },
		"capacity ":          func(e *Envelope) { e.Capacity = "Town" },
		"command id ":        func(e *Envelope) { e.Command.ID = strings.Repeat("x", maxToken+1) },
		"command digest ":    func(e *Envelope) { e.Command.Digest = "abc" },
		"cause ":             func(e *Envelope) { e.Cause = "x" },
		"data is not":        func(e *Envelope) { e.Data = "[]" },
		"evidence 0":         func(e *Envelope) { e.Evidence[0].Commitment = "" },
		"key id ":            func(e *Envelope) { e.Sealed[0].Kid = "" },
		"n is not base64":    func(e *Envelope) { e.Sealed[0].N = "" },
		"cm is not base64":   func(e *Envelope) { e.Sealed[0].Cm = "A" },
		"second element":     func(e *Envelope) { e.Sealed = append(e.Sealed, e.Sealed[0]) },
	} {
		e := good()
		spoil(&e)
		_, err := e.Encode()
		require.ErrorContains(t, err, says)
	}
	e := good()
	e.Data = Raw(`{"a":"` + strings.Repeat("x", MaxBytes) + `"}`)
	_, err := e.Encode()
	require.ErrorIs(t, err, domain.Invalid)
	require.ErrorContains(t, err, "event.too-large")
}

func TestATypeThatHoldsItselfIsAnError(t *testing.T) {
	type loop struct {
		Next *loop `json:"next,omitempty"`
	}
	_, err := Marshal(loop{})
	require.ErrorContains(t, err, "nested deeper")
}
