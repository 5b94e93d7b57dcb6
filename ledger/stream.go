package ledger

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/eventstore"
	"almoner/internal/vault"
)

var errDestroyed = vault.ErrDestroyed

// cachedStreams bounds how many folded streams are kept in memory: a township's busy ones.
const cachedStreams = 4096

// loaded is a stream folded up to a revision. Values are shared and never written to, but for commands, which grows only
// under the cache's lock.
type loaded[S any] struct {
	state    S
	rev      int64     // NoStream when there is none
	at       time.Time // of the last event
	commands map[string]commandMark
}

// marked is a fold of whatever type, asked only for its commands.
type marked interface{ marks() map[string]commandMark }

func (f loaded[S]) marks() map[string]commandMark { return f.commands }

// commandsOf is what is remembered of the commands on a stream that was just loaded.
func (c *streamCache) commandsOf(stream string) map[string]commandMark {
	if f, ok := c.get(stream).(marked); ok {
		return f.marks()
	}
	return nil
}

// commandMark is what is remembered of a command that made events.
type commandMark struct {
	digest string
	first  int64 // revision of its first event
}

// load folds a stream, going on from what is cached. It reads everything up to the stream's end each time, so a state is
// never older than the call.
func load[S any](ctx context.Context, l *Ledger, stream string, evolve func(S, domain.Fact) S) (loaded[S], error) {
	from, _ := l.cache.get(stream).(loaded[S])
	if from.commands == nil {
		from = loaded[S]{rev: eventstore.NoStream, commands: map[string]commandMark{}}
	}
	out, fresh := from, map[string]commandMark{}
	for r, err := range l.store.ReadStream(ctx, stream, from.rev+1, eventstore.Forwards) {
		if err != nil {
			return out, fmt.Errorf("read stream %s: %w", stream, err)
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return out, fmt.Errorf("read stream %s at %d: %w", stream, r.Revision, err)
		}
		out.state = evolve(out.state, e.Fact)
		out.rev, out.at = r.Revision, e.Envelope.At.Time
		key := e.Envelope.Officer + "|" + e.Envelope.Command.ID
		if _, known := fresh[key]; !known {
			fresh[key] = commandMark{digest: e.Envelope.Command.Digest, first: r.Revision}
		}
		l.saw(out.at, r.Position)
	}
	if out.rev == from.rev {
		return out, nil
	}
	out.commands = make(map[string]commandMark, len(from.commands)+len(fresh))
	for k, v := range from.commands {
		out.commands[k] = v
	}
	for k, v := range fresh {
		if _, known := out.commands[k]; !known {
			out.commands[k] = v
		}
	}
	l.cache.put(stream, out)
	return out, nil
}

// recorded reads the one event at a revision of a stream, where the caller knows that one stands.
func (l *Ledger) recorded(ctx context.Context, stream string, revision int64) (eventstore.Recorded, error) {
	for r, err := range l.store.ReadStream(ctx, stream, revision, eventstore.Forwards) {
		if err != nil {
			return eventstore.Recorded{}, fmt.Errorf("read stream %s at %d: %w", stream, revision, err)
		}
		return r, nil
	}
	return eventstore.Recorded{}, fmt.Errorf("stream %s ends before revision %d", stream, revision)
}

// lastOf looks for an event from a stream's end backwards; ok is false when there is none.
func (l *Ledger) lastOf(ctx context.Context, stream string, is func(eventstore.Recorded) bool) (r eventstore.Recorded, ok bool, err error) {
	for r, err := range l.store.ReadStream(ctx, stream, eventstore.End, eventstore.Backwards) {
		if err != nil {
			return eventstore.Recorded{}, false, fmt.Errorf("read stream %s: %w", stream, err)
		}
		if is(r) {
			return r, true, nil
		}
	}
	return eventstore.Recorded{}, false, nil
}

// streamCache keeps the most recently used folds.
type streamCache struct {
	mu    sync.Mutex // guards all below
	max   int
	order *list.List // of *cachedFold, most recent first
	byKey map[string]*list.Element
}

type cachedFold struct {
	stream string
	fold   any
}

func newStreamCache(size int) *streamCache {
	return &streamCache{max: size, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *streamCache) get(stream string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.byKey[stream]
	if !ok {
		return nil
	}
	c.order.MoveToFront(at)
	return at.Value.(*cachedFold).fold
}

func (c *streamCache) put(stream string, fold any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.byKey[stream]; ok {
		at.Value.(*cachedFold).fold = fold
		c.order.MoveToFront(at)
		return
	}
	c.byKey[stream] = c.order.PushFront(&cachedFold{stream, fold})
	if c.order.Len() > c.max {
		oldest := c.order.Back()
		delete(c.byKey, oldest.Value.(*cachedFold).stream)
		c.order.Remove(oldest)
	}
}
