// Package faulty wraps an [eventstore.Store] and makes it misbehave in every way the contract allows: it refuses before
// writing, loses the answer after writing, writes twice, is slow, and cuts reads and subscriptions short. What is built on the
// contract is tested on it.
//
// Nothing it does breaks the contract: a client that retries as package eventstore describes gets every promise kept.
// With the same seed and the same sequence of calls it misbehaves in the same way; calls that run concurrently draw
// from one source in the order in which they happen to arrive.
package faulty

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand"
	"sync"

	"almoner/eventstore"
)

// ErrInjected is wrapped by every error this package makes, beside the error of the contract, so that a test can tell them
// from real ones.
var ErrInjected = errors.New("injected fault")

// Faults are the probabilities, from 0 to 1, of each kind of fault at each opportunity.
type Faults struct {
	FailBefore float64 // an append is not written: ErrUnavailable
	FailAfter  float64 // an append is performed, its answer lost: ErrUnknownOutcome
	Repeat     float64 // an append is performed twice, as if the network had sent it again
	CutRead    float64 // a read fails: ErrUnavailable; ReadStream may fail after some events
	CutSub     float64 // a subscription ends before or after a batch: ErrUnavailable
	Delay      float64 // Wait is called before an append, a read or a batch

	// Wait is how a delay passes; nil does nothing. Tests give a function that yields to other goroutines or blocks on a
	// channel of theirs.
	Wait func(ctx context.Context)
}

// Store is a store that misbehaves. Make it with [New].
type Store struct {
	inner  eventstore.Store
	faults Faults

	mu  sync.Mutex // guards what follows
	rng *rand.Rand
	off bool
}

var _ eventstore.Store = (*Store)(nil)

// New wraps inner. rng belongs to the new store from here on.
func New(inner eventstore.Store, rng *rand.Rand, faults Faults) *Store {
	return &Store{inner: inner, faults: faults, rng: rng}
}

// Off lets every later call through to the inner store unharmed, On starts the faults again.
func (s *Store) Off() { s.set(true) }

// On undoes [Store.Off].
func (s *Store) On() { s.set(false) }

func (s *Store) set(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
}

// strikes draws whether a fault of probability p happens now.
func (s *Store) strikes(p float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Drawn even if p is 0, so that changing one probability does not move the others' faults.
	return s.rng.Float64() < p && !s.off
}

func (s *Store) pause(ctx context.Context) {
	if s.strikes(s.faults.Delay) && s.faults.Wait != nil {
		s.faults.Wait(ctx)
	}
}

func unavailable(what string) error {
	return fmt.Errorf("%s: %w: %w", what, ErrInjected, eventstore.ErrUnavailable)
}

func unknown(what string) error {
	return fmt.Errorf("%s: %w: %w", what, ErrInjected, eventstore.ErrUnknownOutcome)
}

// Append implements [eventstore.Store].
func (s *Store) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	result := s.AppendBatch(ctx, []eventstore.Append{a})[0]
	return result.Appended, result.Err
}

// AppendBatch implements [eventstore.Store]. Faults strike each append of the batch by itself.
func (s *Store) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := make([]eventstore.Result, len(batch))
	var sent []eventstore.Append
	var index []int // of sent, in batch
	lost := make([]bool, len(batch))
	for i, a := range batch {
		s.pause(ctx)
		before, after, twice := s.strikes(s.faults.FailBefore), s.strikes(s.faults.FailAfter), s.strikes(s.faults.Repeat)
		// What is wrong with the append itself is found before anything can go wrong on the way.
		if err := a.Validate(); err == nil && before {
			results[i].Err = unavailable("append to stream " + a.Stream)
			continue
		}
		lost[i] = after
		sent, index = append(sent, a), append(index, i)
		if twice {
			sent, index = append(sent, a), append(index, i)
		}
	}
	for k, result := range s.inner.AppendBatch(ctx, sent) {
		i := index[k]
		if lost[i] && batch[i].Validate() == nil && !errors.Is(result.Err, eventstore.ErrClosed) && ctx.Err() == nil {
			result = eventstore.Result{Err: unknown("append to stream " + batch[i].Stream)}
		}
		results[i] = result // a repetition's answer replaces the first one's, and must be the same
	}
	return results
}

// ReadStream implements [eventstore.Store].
func (s *Store) ReadStream(ctx context.Context, stream string, from int64, dir eventstore.Direction) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		s.pause(ctx)
		for event, err := range s.inner.ReadStream(ctx, stream, from, dir) {
			if err == nil && s.strikes(s.faults.CutRead) {
				yield(eventstore.Recorded{}, unavailable("read stream "+stream))
				return
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
		if s.strikes(s.faults.CutRead) && ctx.Err() == nil {
			yield(eventstore.Recorded{}, unavailable("read stream "+stream))
		}
	}
}

// ReadAll implements [eventstore.Store].
func (s *Store) ReadAll(ctx context.Context, after eventstore.Position, max int) ([]eventstore.Recorded, error) {
	events, err := s.inner.ReadAll(ctx, after, max)
	return s.cut(ctx, events, err)
}

// ReadAllBackwards implements [eventstore.Store].
func (s *Store) ReadAllBackwards(ctx context.Context, before eventstore.Position, max int) ([]eventstore.Recorded, error) {
	events, err := s.inner.ReadAllBackwards(ctx, before, max)
	return s.cut(ctx, events, err)
}

func (s *Store) cut(ctx context.Context, events []eventstore.Recorded, err error) ([]eventstore.Recorded, error) {
	s.pause(ctx)
	if s.strikes(s.faults.CutRead) && err == nil {
		return nil, unavailable("read the log")
	}
	return events, err
}

// Subscribe implements [eventstore.Store].
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, deliver func([]eventstore.Recorded, bool) error) error {
	return s.inner.Subscribe(ctx, after, func(batch []eventstore.Recorded, caughtUp bool) error {
		s.pause(ctx)
		before, behind := s.strikes(s.faults.CutSub), s.strikes(s.faults.CutSub)
		if before {
			return unavailable("subscription")
		}
		if err := deliver(batch, caughtUp); err != nil {
			return err
		}
		if behind {
			return unavailable("subscription")
		}
		return nil
	})
}

// Head implements [eventstore.Store].
func (s *Store) Head(ctx context.Context) (eventstore.Position, error) {
	head, err := s.inner.Head(ctx)
	if s.strikes(s.faults.CutRead) && err == nil {
		return eventstore.Position{}, unavailable("find the head of the log")
	}
	return head, err
}

// Close implements [eventstore.Store].
func (s *Store) Close() error { return s.inner.Close() }
