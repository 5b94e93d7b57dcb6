package codec

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Meta is what the envelope says of an event beside the event itself: who, for whom, by what authority, why.
type Meta struct {
	At       time.Time   // of the append attempt; cut down to microseconds
	On       domain.Date // effective day; zero where there is none or the event knows it (domain.Effective)
	Officer  string
	Office   string
	Capacity string
	Command  Command
	Cause    string // event id of the intent this follows from
	Evidence []Evidence
}

// KeySource gives the 32-byte data key of a key id. ok is false when the key is destroyed or not held here.
type KeySource func(kid string) (key []byte, ok bool, err error)

// Stored is an event as it was read back.
type Stored struct {
	domain.Fact // the event as a value, never a pointer
	Envelope    Envelope
	Leaf        tlog.Hash // its leaf in the log
	Missing     []string  // key ids whose data stayed sealed
}

// EventID is UUIDv5(ledger id, "stream|command|index"), where command is Command.By: the same command of the same officer
// run again gives the same ids, and neither another officer's nor another content under the same command id does. index
// counts the events of one command in one stream, from 0. It panics if ledger is not a UUID, which it is in every ledger that opened.
func EventID(ledger, stream, command string, index int) string {
	return uuid.NewSHA1(uuid.MustParse(ledger), []byte(stream+"|"+command+"|"+strconv.Itoa(index))).String()
}

// CommandDigest is the digest of a command in its canonical bytes (MarshalPrivate), hex: HMAC-SHA-256 under a key of the
// ledger that is not in the log. With no key, guesses at the command's personal data could be tested against it.
func CommandDigest(key, canonical []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write(canonical)
	return hex.EncodeToString(m.Sum(nil))
}

// Encode makes the stored bytes of e as number index of command m.Command in stream, at revision rev. All its personal
// data is sealed, SaltSize+NonceSize bytes of random for each person; a key that keys does not hold is an error, and so
// are two parts under one key. e is a value of a type in the table.
func Encode(ledger, stream string, rev int64, index int, e domain.Event, m Meta, keys KeySource, random io.Reader) (id string, stored []byte, err error) {
	return table.encode(ledger, stream, rev, index, e, m, keys, random)
}

func (t *types) encode(ledger, stream string, rev int64, index int, e domain.Event, m Meta, keys KeySource, random io.Reader) (string, []byte, error) {
	fail := func(err error) (string, []byte, error) {
		return "", nil, fmt.Errorf("encode %T for %s at %d: %w", e, stream, rev, err)
	}
	if e == nil {
		return fail(fmt.Errorf("there is no event"))
	}
	if !isUUID(ledger) {
		return fail(fmt.Errorf("the ledger id %q is not a UUID", ledger))
	}
	info, ok := t.byName[e.EventType()]
	if !ok {
		return fail(fmt.Errorf("type %q is not in the table of event types", e.EventType()))
	}
	pointer, ok := info.copy(e)
	if !ok {
		return fail(fmt.Errorf("type %q is stored from a value of %v", info.Name, info.Go))
	}
	if err := info.checkStream(stream); err != nil {
		return fail(err)
	}
	on, err := effectiveOn(e, m.On)
	if err != nil {
		return fail(err)
	}
	data, err := marshalAt(pointer, 1)
	if err != nil {
		return fail(err)
	}
	env := Envelope{
		At: At(m.At), Capacity: m.Capacity, Cause: m.Cause, Command: m.Command, Data: Raw(data), Evidence: m.Evidence,
		ID: EventID(ledger, stream, m.Command.By(m.Officer), index), Office: m.Office, Officer: m.Officer, On: on, Rev: rev,
		Schema: info.Schema, Stream: stream, Type: info.Name, V: Version,
	}
	if env.Sealed, err = seal(env.context(), Parts(pointer), keys, random); err != nil {
		return fail(err)
	}
	c, err := writtenEnvelope()
	if err != nil {
		return fail(err)
	}
	stored, err := env.encode(c)
	if err != nil {
		return fail(err)
	}
	return env.ID, stored, nil
}

// effectiveOn is the effective day an event knows itself, or else what the caller says. They must not differ.
func effectiveOn(e domain.Event, said domain.Date) (domain.Date, error) {
	var own domain.Date
	if effective, ok := e.(domain.Effective); ok {
		own = effective.EffectiveOn()
	}
	switch {
	case own.IsZero():
		return said, nil
	case !said.IsZero() && said != own:
		return own, fmt.Errorf("the event is effective on %v and not on %v, as the caller says", own, said)
	}
	return own, nil
}

// context is what the event's sealed data is bound to.
func (e *Envelope) context() SealContext {
	return SealContext{ID: e.ID, Stream: e.Stream, Type: e.Type}
}

func seal(c SealContext, parts []Part, keys KeySource, random io.Reader) ([]Sealed, error) {
	var sealed []Sealed
	for _, p := range parts {
		if keys == nil || random == nil {
			return nil, fmt.Errorf("personal data of %s: there are no keys or random bytes to seal it with", p.Kid)
		}
		key, ok, err := keys(p.Kid)
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", p.Kid, err)
		}
		if !ok {
			return nil, fmt.Errorf("key of %s: it was destroyed or is not held here, so nothing can be sealed under it", p.Kid)
		}
		var fresh [SaltSize + NonceSize]byte
		if _, err := io.ReadFull(random, fresh[:]); err != nil {
			return nil, fmt.Errorf("random bytes for %s: %w", p.Kid, err)
		}
		s, err := Seal(c, p, key, fresh[:])
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, s)
	}
	return sealed, nil
}

// DecodeEvent reads stored bytes strictly: envelope, data in the present schema, and what keys opens. Data whose key is
// not held stays nil and its key id is listed; keys may be nil. Data that does not open with its key is an error.
func DecodeEvent(stored []byte, keys KeySource) (Stored, error) { return table.decode(stored, keys) }

func (t *types) decode(stored []byte, keys KeySource) (Stored, error) {
	env, err := decode(stored, true)
	if err != nil {
		return Stored{}, err
	}
	fail := func(err error) (Stored, error) {
		return Stored{}, fmt.Errorf("event %s, revision %d of %s: %w", env.ID, env.Rev, env.Stream, err)
	}
	info, err := t.lookup(env)
	if err != nil {
		return fail(err)
	}
	data, err := info.upcast(env.Data, env.Schema)
	if err != nil {
		return fail(fmt.Errorf("%s: %w", env.Type, err))
	}
	pointer := info.fresh()
	if err := unmarshal(string(data), pointer, 1); err != nil {
		return fail(fmt.Errorf("%s: data, %w", env.Type, err))
	}
	missing, err := unseal(env, pointer, keys)
	if err != nil {
		return fail(fmt.Errorf("%s: %w", env.Type, err))
	}
	info.restoreOn(pointer, env.On)
	fact := domain.Fact{Event: info.value(pointer), ID: env.ID, Revision: env.Rev, On: env.On, Officer: env.Officer, Cause: env.Cause}
	for _, s := range env.Sealed {
		fact.Seals = append(fact.Seals, s.Cm)
	}
	return Stored{Fact: fact, Envelope: *env, Leaf: signoff.Leaf(stored), Missing: missing}, nil
}

// unseal opens what it can and puts it into the event; every sealed element must belong somewhere in it.
func unseal(env *Envelope, pointer any, keys KeySource) (missing []string, err error) {
	if len(env.Sealed) == 0 {
		return nil, nil
	}
	opened := make([]Raw, len(env.Sealed))
	for i, s := range env.Sealed {
		var key []byte
		held := false
		if keys != nil {
			if key, held, err = keys(s.Kid); err != nil {
				return nil, fmt.Errorf("key of %s: %w", s.Kid, err)
			}
		}
		if !held {
			missing = append(missing, s.Kid)
			continue
		}
		if opened[i], err = Open(env.context(), s, key); err != nil {
			return nil, err
		}
	}
	return missing, fill(reflect.ValueOf(pointer), env.Sealed, opened)
}
