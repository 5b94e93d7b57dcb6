package projections

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrMovedElsewhere refuses a rebuild: another process holds the lock of the read models. It must end first, or rebuild them
// itself.
var ErrMovedElsewhere = errors.New("another process moves the read models; stop it first, or let it rebuild them")

// Rebuild empties the read models and builds them anew from entry 0, whether they were broken or not. Until that is done,
// by this call or after a crash by the next CatchUp, queries refuse with BuildingError. A Follow of this process stands
// aside and goes on afterwards; another process that holds the lock is not waited for (ErrMovedElsewhere).
func (v *Views) Rebuild(ctx context.Context, progress Progress) error {
	goOn := v.follow.ask()
	defer goOn()
	if err := v.awaitMover(ctx); err != nil {
		return fmt.Errorf("rebuild the read models %s: %w", v.path, err)
	}
	done, err := v.movingAs(ctx, func(ctx context.Context) error {
		if err := v.transaction(ctx, recreate); err != nil {
			return fmt.Errorf("rebuild the read models: %w", err)
		}
		v.run = nil
		return v.catchUp(ctx, progress)
	})
	if err == nil && !done {
		return fmt.Errorf("rebuild the read models %s: %w", v.path, ErrMovedElsewhere)
	}
	return err
}

// awaitMover waits until nobody else in this process moves the read models, and takes their place.
func (v *Views) awaitMover(ctx context.Context) error {
	if v.isClosed() {
		return ErrClosed
	}
	select {
	case v.mover <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-v.closed:
		return ErrClosed
	}
}

// turn lets Follow be asked to stand aside. Its zero value is ready.
type turn struct {
	mu    sync.Mutex         // guards what follows
	asked int                // how many wait for Follow to stand aside, or have taken its place
	end   context.CancelFunc // of Follow's present turn; nil between turns
}

// take begins a turn of Follow: a context that ends when somebody asks. While somebody has asked it has ended already.
func (t *turn) take(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked > 0 {
		cancel()
	} else {
		t.end = cancel
	}
	return ctx, cancel
}

// ask ends Follow's turn and lets it begin none until the function returned is called.
func (t *turn) ask() (goOn func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	if t.end != nil {
		t.end()
		t.end = nil
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.asked--
	}
}
