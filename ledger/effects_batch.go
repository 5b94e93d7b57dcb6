package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// followUpContent is what the command of a follow-up stands for: the same however often it runs.
type followUpContent struct {
	Cause string `json:"cause"`
	Step  string `json:"step"`
}

// task is one follow-up on one stream. Many run together: states are read and events sealed on all cores, and one batch
// makes them durable.
type task[S any] struct {
	stream string
	step   string // with cause and stream, the command id
	cause  string // event id of the intent
	fresh  bool   // the stream is believed not to exist; the append names that, so a wrong belief is found out
	decide func(S) ([]domain.Event, error)

	state   loaded[S] // what was decided on; after run, including what was appended before
	refused error     // the rule's no; everything else ends the run
	done    bool
	pending *eventstore.Append
}

// runTasks carries out tasks on different or the same streams. It ends with an error only for a fault; refusals stand in
// the tasks. It may be repeated: what was done before is found by its command id.
func runTasks[S any](ctx context.Context, l *Ledger, actor Actor, tasks []*task[S], evolve func(S, domain.Fact) S, keys codec.KeySource) error {
	open := slices.Clone(tasks)
	slices.SortStableFunc(open, func(a, b *task[S]) int { return strings.Compare(a.stream, b.stream) })
	pauses := l.pauses()
	for attempt := 0; len(open) > 0; attempt++ {
		if attempt == maxAttempts {
			return fmt.Errorf("follow-ups on %s and %d more streams: gave up after %d attempts", open[0].stream, len(open)-1, maxAttempts)
		}
		err := eachParallel(ctx, len(open), func(ctx context.Context, i int) error { return prepareTask(ctx, l, actor, open[i], evolve, keys) })
		if err != nil {
			return err
		}
		if err := storeTasks(ctx, l, open, pauses); err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(t *task[S]) bool { return t.done })
	}
	return nil
}

// prepareTask decides one task and seals what follows.
func prepareTask[S any](ctx context.Context, l *Ledger, actor Actor, t *task[S], evolve func(S, domain.Fact) S, keys codec.KeySource) error {
	c := Command{Actor: actor, ID: followUp(t.cause, t.stream, t.step), Cause: t.cause, Content: followUpContent{t.cause, t.step}}
	t.pending = nil
	t.state = loaded[S]{rev: eventstore.NoStream}
	if !t.fresh {
		state, err := fold(ctx, l, t.stream, evolve)
		if err != nil {
			return err
		}
		t.state = state
		if _, before := state.commands[c.Officer+"|"+c.ID]; before {
			t.done = true
			return nil
		}
	}
	events, err := t.decide(t.state.state)
	var refusal *domain.RefusedError
	switch {
	case err != nil && t.fresh && errors.As(err, &refusal):
		t.fresh = false // the stream may exist after all: look before believing the no
		return nil
	case errors.As(err, &refusal):
		t.refused, t.done = err, true
		return nil
	case err != nil:
		return fmt.Errorf("%s on %s: %w", t.step, t.stream, err)
	case len(events) == 0:
		t.done = true
		return nil
	}
	digest, err := l.digest(c.Content)
	if err != nil {
		return err
	}
	at, err := l.stamp(t.state.at)
	if err != nil {
		return err
	}
	pending, _, err := l.encode(t.stream, t.state.rev, at, c, digest, events, keys)
	t.pending = &pending
	return err
}

// storeTasks makes what was prepared durable. Whoever's stream had moved stays open and is read next time.
func storeTasks[S any](ctx context.Context, l *Ledger, tasks []*task[S], pauses *pauses) error {
	var batch []eventstore.Append
	var of []*task[S]
	for _, t := range tasks {
		if t.pending != nil && !t.done {
			batch, of = append(batch, *t.pending), append(of, t)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	var unavailable error
	for i, result := range l.store.AppendBatch(ctx, batch) {
		t := of[i]
		t.pending, t.fresh = nil, false
		switch {
		case result.Err == nil:
			l.saw(time.Time{}, result.Position)
			t.done = true
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(result.Err, eventstore.ErrUnavailable):
			unavailable = result.Err
		case mayRetry(result.Err):
		default:
			return fmt.Errorf("%s on %s: %w", t.step, t.stream, result.Err)
		}
	}
	return pauses.before(ctx, unavailable)
}

// rootBuilder makes the RFC 6962 root over leaves that come one by one, keeping one hash for each perfect subtree: memory
// does not grow with the list.
type rootBuilder struct {
	sizes  []int
	hashes []tlog.Hash
	leaves int
}

func (b *rootBuilder) add(leaf tlog.Hash) {
	b.leaves++
	size, h := 1, leaf
	for n := len(b.sizes); n > 0 && b.sizes[n-1] == size; n = len(b.sizes) {
		h = tlog.NodeHash(b.hashes[n-1], h)
		size *= 2
		b.sizes, b.hashes = b.sizes[:n-1], b.hashes[:n-1]
	}
	b.sizes, b.hashes = append(b.sizes, size), append(b.hashes, h)
}

// root folds the subtrees from the right, as section 2.1 divides an incomplete tree.
func (b *rootBuilder) root() string {
	if b.leaves == 0 {
		return signoff.Hex(signoff.Root(nil))
	}
	h := b.hashes[len(b.hashes)-1]
	for i := len(b.hashes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(b.hashes[i], h)
	}
	return signoff.Hex(h)
}
