package projections

import (
	"context"
	"fmt"
	"time"

	"almoner/eventstore"
)

// pollEvery is how often a process that does not move the read models looks whether they have moved.
const pollEvery = 20 * time.Millisecond

// pause waits for this process to commit a batch, for a moment to pass, or for an end.
func (v *Views) pause(ctx context.Context) error {
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	select {
	case <-v.waker():
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	case <-v.closed:
		return ErrClosed
	}
	return nil
}

func (v *Views) waker() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.moved
}

func (v *Views) wake() {
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.moved)
	v.moved = make(chan struct{})
}

// Wait returns when the first logIndex entries have been taken in, by whichever process. It takes them in itself if
// nobody else is at it, so it needs no Follow. It ends with BrokenError, or with the context.
func (v *Views) Wait(ctx context.Context, logIndex int64) error {
	return v.wait(ctx, func(at stand) bool { return at.logIndex >= logIndex })
}

// WaitPosition is Wait for whoever has just appended: until the entry at this position of the store is taken in.
func (v *Views) WaitPosition(ctx context.Context, position eventstore.Position) error {
	return v.wait(ctx, func(at stand) bool { return at.position.Compare(position) >= 0 })
}

func (v *Views) wait(ctx context.Context, reached func(stand) bool) error {
	for {
		at, err := readStand(ctx, v.db.Reader)
		if err != nil {
			return fmt.Errorf("wait for the read models: %w", err)
		}
		if at.problem != "" {
			return &BrokenError{LogIndex: at.logIndex, Problem: at.problem}
		}
		if at.built && reached(at) {
			return nil
		}
		if at.built && v.opts.room(at.logIndex, 1) == 0 {
			return &StaleError{Have: at.logIndex, Want: at.logIndex + 1} // a snapshot goes no further
		}
		if _, err := v.moving(ctx, func(ctx context.Context) error { return v.catchUp(ctx, nil) }); err != nil {
			return err
		}
		if err := v.pause(ctx); err != nil {
			return err
		}
	}
}
