package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// maxAttempts bounds how often a command is decided again because somebody else wrote to its stream first. Sixteen
// writers on one stream all get through; more means that something is wrong.
const maxAttempts = 32

// Actor is who asks, in which capacity and for which office.
type Actor struct {
	Officer  string
	Office   string
	Capacity string
}

// Command is what every write carries: who, an id that makes a repetition recognisable, and the content that the id
// stands for.
type Command struct {
	Actor
	ID       string           // chosen by the caller, unique for the officer
	Content  any              // what was asked; hashed under a key, never stored
	Cause    string           // event id of the intent, for follow-ups
	Evidence []codec.Evidence //
	On       domain.Date      // effective day of events that have none of their own
}

// Written is one event as it was stored.
type Written struct {
	ID       string
	Type     string
	Stream   string
	Revision int64
	Leaf     tlog.Hash
	Event    domain.Event
	Seals    []string
}

// Outcome is what a command did. Repeated says that it had been done before; an outcome without events changed nothing.
type Outcome struct {
	Events   []Written
	Revision int64 // the stream's last
	Position eventstore.Position
	Repeated bool
}

// NewID derives the id of something that a command creates, so that a retried create finds its stream: UUIDv5(officer, command).
func NewID(officer, command string) string {
	return uuid.NewSHA1(uuid.NewSHA1(uuid.NameSpaceOID, []byte("almoner officer "+officer)), []byte(command)).String()
}

// followUp is the command id of a follow-up: UUIDv5(cause, target stream, step).
func followUp(cause, stream, step string) string {
	return uuid.NewSHA1(uuid.MustParse(cause), []byte(stream+"|"+step)).String()
}

// execute runs one command on one stream. It decides again when somebody else wrote first, at once, and when the store was not
// available, after a pause.
func execute[S any](ctx context.Context, l *Ledger, stream string, c Command, evolve func(S, domain.Fact) S, decide func(S) ([]domain.Event, error)) (Outcome, error) {
	digest, err := l.digest(c.Content)
	if err != nil {
		return Outcome{}, fmt.Errorf("command %s on %s: %w", c.ID, stream, err)
	}
	pauses, last := l.pauses(), error(nil)
	for range maxAttempts {
		out, err := attempt(ctx, l, stream, c, digest, evolve, decide)
		if err == nil || !mayRetry(err) || ctx.Err() != nil {
			return out, err
		}
		if err := pauses.before(ctx, err); err != nil {
			return Outcome{}, fmt.Errorf("command %s on %s: %w", c.ID, stream, err)
		}
		last = err
	}
	return Outcome{}, fmt.Errorf("command %s on %s: gave up after %d attempts: %w", c.ID, stream, maxAttempts, last)
}

// attempt loads, decides and appends once. A command that was carried out before is answered from the events it made.
func attempt[S any](ctx context.Context, l *Ledger, stream string, c Command, digest string, evolve func(S, domain.Fact) S, decide func(S) ([]domain.Event, error)) (Outcome, error) {
	loaded, err := load(ctx, l, stream, evolve)
	if err != nil {
		return Outcome{}, err
	}
	if done, ok := loaded.commands[c.Officer+"|"+c.ID]; ok {
		return l.repeat(ctx, stream, c, digest, done)
	}
	events, err := decide(loaded.state)
	if err != nil || len(events) == 0 {
		return Outcome{Revision: loaded.rev}, err
	}
	return l.append(ctx, stream, loaded.rev, loaded.at, c, digest, events)
}

// doneAmong answers a command that is among those carried out on a stream; ok is false when it is not.
func (l *Ledger) doneAmong(ctx context.Context, stream string, c Command, commands map[string]commandMark) (out Outcome, ok bool, err error) {
	digest, err := l.digest(c.Content)
	if err != nil {
		return Outcome{}, false, err
	}
	done, ok := commands[c.Officer+"|"+c.ID]
	if !ok {
		return Outcome{}, false, nil
	}
	out, err = l.repeat(ctx, stream, c, digest, done)
	return out, true, err
}

// repeat answers a command that has been carried out from the events it made.
func (l *Ledger) repeat(ctx context.Context, stream string, c Command, digest string, done commandMark) (Outcome, error) {
	if done.digest != digest {
		return Outcome{}, domain.Refuse(domain.Conflict, "command.other-content", "command %s was given before with other content", c.ID).
			WithNext("use a new command id for a new request")
	}
	out := Outcome{Repeated: true}
	for r, err := range l.store.ReadStream(ctx, stream, done.first, eventstore.Forwards) {
		if err != nil {
			return Outcome{}, fmt.Errorf("command %s on %s: read what it did: %w", c.ID, stream, err)
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return Outcome{}, err
		}
		if e.Envelope.Command.ID != c.ID || e.Envelope.Officer != c.Officer {
			break
		}
		out.Events = append(out.Events, Written{ID: r.ID, Type: r.Type, Stream: stream, Revision: r.Revision, Leaf: e.Leaf, Event: e.Event})
		out.Revision, out.Position = r.Revision, r.Position
	}
	return out, nil
}

// append encodes events behind revision rev and stores them.
func (l *Ledger) append(ctx context.Context, stream string, rev int64, streamAt time.Time, c Command, digest string, events []domain.Event) (Outcome, error) {
	at, err := l.stamp(streamAt)
	if err != nil {
		return Outcome{}, err
	}
	a, written, err := l.encode(stream, rev, at, c, digest, events, l.keySource(ctx))
	if err != nil {
		return Outcome{}, err
	}
	done, err := l.store.Append(ctx, a)
	if err != nil {
		return Outcome{}, fmt.Errorf("append to %s: %w", stream, err)
	}
	l.saw(at, done.Position)
	return Outcome{Events: written, Revision: done.Revision, Position: done.Position}, nil
}

// encode seals and encodes the events of one append, with the keys of everybody they name.
func (l *Ledger) encode(stream string, rev int64, at time.Time, c Command, digest string, events []domain.Event, keys codec.KeySource) (eventstore.Append, []Written, error) {
	a := eventstore.Append{Stream: stream, Expected: rev, Events: make([]eventstore.Event, len(events))}
	written := make([]Written, len(events))
	meta := codec.Meta{At: at, Officer: c.Officer, Office: c.Office, Capacity: c.Capacity, Command: codec.Command{ID: c.ID, Digest: digest}, Cause: c.Cause, Evidence: c.Evidence}
	for i, e := range events {
		meta.On = c.On
		if effective, ok := e.(domain.Effective); ok {
			meta.On = effective.EffectiveOn()
		}
		id, stored, err := codec.Encode(l.created.Ledger, stream, rev+1+int64(i), i, e, meta, keys, l.random)
		if err != nil {
			return a, nil, err
		}
		a.Events[i] = eventstore.Event{ID: id, Type: e.EventType(), Data: stored}
		written[i] = Written{ID: id, Type: e.EventType(), Stream: stream, Revision: rev + 1 + int64(i), Leaf: signoff.Leaf(stored), Event: e}
	}
	return a, written, nil
}

// keySource opens and seals through the vault.
func (l *Ledger) keySource(ctx context.Context) codec.KeySource {
	return func(kid string) ([]byte, bool, error) {
		key, err := l.vault.Key(ctx, kid)
		switch {
		case errors.Is(err, errDestroyed):
			return nil, false, nil
		case err != nil:
			return nil, false, err
		}
		return key[:], true, nil
	}
}
