package sqlite

import (
	"context"
	"fmt"
	"time"

	"almoner/eventstore"
)

// subscribeEvents is the most events one batch is asked for.
const subscribeEvents = 1000

// Subscribe implements [eventstore.Store].
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, deliver func([]eventstore.Recorded, bool) error) error {
	at, err := s.number(ctx, after)
	if err != nil {
		return s.ended(ctx, after, err)
	}
	poll := time.NewTicker(s.poll)
	defer poll.Stop()
	for caughtUp := false; ; {
		// Taken before reading: what is committed after the read closes this very channel.
		wake := s.waker()
		events, more, err := s.logForwards(ctx, at, subscribeEvents)
		if err != nil {
			return s.ended(ctx, after, err)
		}
		if len(events) > 0 || !more && !caughtUp {
			if len(events) > 0 {
				at = int64(events[len(events)-1].Position.Commit)
			}
			caughtUp = caughtUp || !more
			if err := deliver(events, !more); err != nil {
				return err
			}
		}
		if more && ctx.Err() == nil && !s.closed() {
			continue
		}
		select {
		case <-wake:
		case <-poll.C: // another process may have appended
		case <-ctx.Done():
			return ctx.Err()
		case <-s.quit:
			return s.ended(ctx, after, eventstore.ErrClosed)
		}
	}
}

func (s *Store) ended(ctx context.Context, after eventstore.Position, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("subscription after position %v: %w", after, err)
}

// waker returns a channel that is closed by the next commit of this process.
func (s *Store) waker() <-chan struct{} {
	s.wakeMu.Lock()
	defer s.wakeMu.Unlock()
	return s.wake
}

// committed wakes all subscriptions.
func (s *Store) committed() {
	s.wakeMu.Lock()
	defer s.wakeMu.Unlock()
	close(s.wake)
	s.wake = make(chan struct{})
}
