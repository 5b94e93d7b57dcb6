package codec

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"almoner/domain"
)

// Version is the envelope's version, the `v` of every event written by this code.
const Version = 1

// MaxBytes bounds an event's stored bytes: a log entry has a 16-bit length, and no reader should need more.
const MaxBytes = 60_000

// Envelope is the whole of a stored event: its canonical form is the stored bytes and the log entry, written once and
// never re-encoded. It holds no store position.
type Envelope struct {
	At       Instant     `json:"at"`                 // when appended, UTC
	Capacity string      `json:"capacity"`           // the authority the officer acted in, "town.handler"
	Cause    string      `json:"cause,omitempty"`    // event id of the intent this follows from
	Command  Command     `json:"command"`            //
	Data     Raw         `json:"data"`               // the event's own fields
	Evidence []Evidence  `json:"evidence,omitempty"` //
	ID       string      `json:"id"`                 // UUIDv5(ledger id, stream|command|index)
	Office   string      `json:"office"`             // the office the officer acted for
	Officer  string      `json:"officer"`            //
	On       domain.Date `json:"on,omitempty"`       // effective day, Asia/Shanghai
	Rev      int64       `json:"rev"`                // place in the stream, from 0
	Schema   int         `json:"schema"`             // version of data's shape
	Sealed   []Sealed    `json:"sealed,omitempty"`   // one element per person named
	Stream   string      `json:"stream"`             // logical name; never parsed
	Type     string      `json:"type"`               // "beneficiary.enrolled"
	V        int         `json:"v"`
}

// Command names what was asked. Digest is a keyed hash of the canonical command: the same id with other content conflicts.
type Command struct {
	Digest string `json:"digest"`
	ID     string `json:"id"`
}

// By names a command in the scope that its id has: "officer|id|digest".
func (c Command) By(officer string) string { return officer + "|" + c.ID + "|" + c.Digest }

// Evidence points at a paper or file outside the log without revealing it.
type Evidence struct {
	Commitment string `json:"commitment"` // salted hash, hex
	Held       string `json:"held"`       // where the original is held: a closed code or an office id
	Kind       string `json:"kind"`       // closed code: "id-card", "death-certificate", "scan" …
	Pages      int    `json:"pages"`
}

// Instant is a moment in UTC with microseconds, written at one width so that text order is time order.
type Instant struct{ time.Time }

const instantForm = "2006-01-02T15:04:05.000000Z"

// The years of an instant that can be written: a clock outside is broken.
const (
	firstInstantYear = 1900
	lastInstantYear  = 2199
)

// At cuts a time down to an Instant.
func At(t time.Time) Instant { return Instant{t.UTC().Truncate(time.Microsecond)} }

// MarshalText writes the one accepted form, "2022-01-31T01:02:03.000000Z".
func (i Instant) MarshalText() ([]byte, error) {
	if y := i.Year(); y < firstInstantYear || y > lastInstantYear {
		return nil, fmt.Errorf("instant %v is outside %d to %d", i.Time, firstInstantYear, lastInstantYear)
	}
	return i.append(nil), nil
}

// append writes the form of MarshalText.
func (i Instant) append(b []byte) []byte {
	t := i.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDay(b, year, int(month), day)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	return append(appendDigits(append(b, '.'), t.Nanosecond()/1000, 6), 'Z')
}

// UnmarshalText is the inverse of MarshalText and accepts nothing else.
func (i *Instant) UnmarshalText(b []byte) error { return i.parse(string(b)) }

// parse reads the one form of an instant.
func (i *Instant) parse(s string) error {
	bad := func() error { return fmt.Errorf("instant %q: want the form %s, from 1900 to 2199", s, instantForm) }
	if len(s) != len(instantForm) {
		return bad()
	}
	var n [7]int
	for k, at := range [...]struct{ from, to int }{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}, {20, 26}} {
		for _, c := range []byte(s[at.from:at.to]) {
			if c < '0' || c > '9' {
				return bad()
			}
			n[k] = n[k]*10 + int(c-'0')
		}
	}
	t := Instant{time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*1000, time.UTC)}
	var again [len(instantForm)]byte
	if n[0] < firstInstantYear || n[0] > lastInstantYear || string(t.append(again[:0])) != s {
		return bad()
	}
	*i = t
	return nil
}

// Raw is canonical JSON kept as it stands.
type Raw string

// Check reports the first thing wrong with an envelope's own fields; data is checked by the table of event types.
func (e *Envelope) Check() error {
	switch {
	case e.V != Version:
		return fmt.Errorf("v is %d, and this program reads envelope version %d: upgrade almoner to read newer ones", e.V, Version)
	case !isUUID(e.ID):
		return fmt.Errorf("id %q is not a UUID", e.ID)
	case !isType(e.Type):
		return fmt.Errorf("type %q is not of the form noun.past-participle", e.Type)
	case !isStream(e.Stream):
		return fmt.Errorf("stream %q is not a stream name", e.Stream)
	case e.Rev < 0:
		return fmt.Errorf("rev %d is negative", e.Rev)
	case e.Schema < 1:
		return fmt.Errorf("schema %d: versions start at 1", e.Schema)
	case !isToken(e.Officer) || !isToken(e.Office):
		return fmt.Errorf("officer %q and office %q must both be named, in printable ASCII", e.Officer, e.Office)
	case !isCode(e.Capacity):
		return fmt.Errorf("capacity %q is not a code", e.Capacity)
	case !isToken(e.Command.ID):
		return fmt.Errorf("command id %q is not 1 to %d printable ASCII characters", e.Command.ID, maxToken)
	case !isDigest(e.Command.Digest):
		return fmt.Errorf("command digest %q is not 64 lower-case hex digits", e.Command.Digest)
	case e.Cause != "" && !isUUID(e.Cause):
		return fmt.Errorf("cause %q is not an event id", e.Cause)
	case e.Data == "" || e.Data[0] != '{':
		return fmt.Errorf("data is not an object")
	}
	if err := checkEvidence(e.Evidence); err != nil {
		return err
	}
	return checkSealed(e.Sealed)
}

func checkEvidence(all []Evidence) error {
	for i, v := range all {
		if !isCode(v.Kind) || v.Commitment == "" || !isToken(v.Held) || v.Pages < 0 {
			return fmt.Errorf("evidence %d: want a kind that is a code, a commitment, where it is held and pages of 0 or more", i)
		}
	}
	return nil
}

// Encode returns the stored bytes of e.
func (e *Envelope) Encode() ([]byte, error) {
	c, err := coderOf(reflect.TypeFor[Envelope]())
	if err != nil {
		return nil, err
	}
	return e.encode(c)
}

// writtenEnvelope is the envelope's coder for data that this package has just written and need not read over again.
var writtenEnvelope = sync.OnceValues(func() (*coder, error) {
	c, err := coderOf(reflect.TypeFor[Envelope]())
	if err != nil {
		return nil, err
	}
	written := coder{fields: slices.Clone(c.fields)}
	for i := range written.fields {
		if f := &written.fields[i]; f.key == "data" {
			f.coder = &coder{write: func(b []byte, v reflect.Value, _ int) ([]byte, error) { return append(b, v.String()...), nil }, empty: emptyString}
		}
	}
	written.write = written.writeStruct
	return &written, nil
})

func (e *Envelope) encode(c *coder) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("event %s: %w", e.ID, err)
	}
	const besidesData = 768 // what an envelope takes beside its data, as a rule
	b, err := c.write(make([]byte, 0, len(e.Data)+besidesData), reflect.ValueOf(e).Elem(), 0)
	if err != nil {
		return nil, fmt.Errorf("event %s %s: %w", e.Type, e.ID, err)
	}
	if len(b) > MaxBytes {
		return nil, domain.Refuse(domain.Invalid, "event.too-large", "%s %s takes %d bytes, more than %d", e.Type, e.ID, len(b), MaxBytes).
			WithNext("divide it into several events: lists go by pages, files by parts")
	}
	return b, nil
}

// Decode reads stored bytes. It accepts only bytes that encode to themselves, and looks neither at the shape of data nor
// into what is sealed.
func Decode(stored []byte) (*Envelope, error) { return decode(stored, false) }

// decode is Decode, but with skim the data is only delimited: the caller must read it strictly.
func decode(stored []byte, skim bool) (*Envelope, error) {
	if len(stored) > MaxBytes {
		return nil, fmt.Errorf("event of %d bytes, more than %d", len(stored), MaxBytes)
	}
	c, err := coderOf(reflect.TypeFor[Envelope]())
	if err != nil {
		return nil, err
	}
	var e Envelope
	r := reader{data: string(stored), skim: skim}
	if err := r.whole(c, reflect.ValueOf(&e).Elem(), 0); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("event %s: %w", e.ID, err)
	}
	return &e, nil
}
