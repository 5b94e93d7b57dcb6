package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"almoner/eventstore"
)

// A store that cannot do it now is asked again after a pause. Pauses double from the first to the longest; together they last
// between four and nine seconds, which is longer than a cluster needs to elect another node and shorter than a person waits.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
	maxPauses    = 10
)

// pauses spaces out the attempts of one command at a store that is not available.
type pauses struct {
	wait  func(ctx context.Context, d time.Duration) error
	taken int
}

func (l *Ledger) pauses() *pauses { return &pauses{wait: l.wait} }

// before pauses when err says that the store was not available; nil means that it may be tried again. What lasts until
// somebody acts, a full disk or one that cannot be written, is not waited for. Each pause is shortened by up to half at
// random, so that writers that were turned away together do not come back together.
func (p *pauses) before(ctx context.Context, err error) error {
	switch {
	case !errors.Is(err, eventstore.ErrUnavailable):
		return nil
	case errors.Is(err, eventstore.ErrFull), errors.Is(err, eventstore.ErrReadOnly):
		return err
	case p.taken == maxPauses:
		return fmt.Errorf("gave up after %d pauses: %w", maxPauses, err)
	}
	longest := min(firstPause<<p.taken, longestPause)
	p.taken++
	if stopped := p.wait(ctx, longest-rand.N(longest/2+1)); stopped != nil {
		return fmt.Errorf("%w (while waiting for the store: %w)", stopped, err)
	}
	return nil
}

// waitFor lets time pass, or ends with the context.
func waitFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mayRetry says whether an append that failed may be decided again: somebody else wrote first, the store was not available,
// or its answer was lost. A command finds by its id what it did already.
func mayRetry(err error) bool {
	var wrong *eventstore.WrongRevisionError
	return errors.As(err, &wrong) || errors.Is(err, eventstore.ErrUnknownOutcome) || errors.Is(err, eventstore.ErrUnavailable)
}
