package projections

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almoner/domain/genesis"
	"almoner/eventstore"
)

// batchEvents is how many events one transaction takes in at most while catching up: enough for its fixed costs not to
// matter, few enough for queries of other processes and for memory.
const batchEvents = 5000

// Progress is told after each batch how many entries have been taken in. It may be nil.
type Progress func(logIndex int64)

// tryLock takes the lock if it is free or already ours. Whoever calls it owns mover, or nobody else has v yet.
func (v *Views) tryLock() (bool, error) {
	if v.lock != nil {
		return true, nil
	}
	lock, err := acquire(v.path + ".lock")
	if err != nil {
		return false, fmt.Errorf("lock of the read models %s: %w", v.path, err)
	}
	v.lock = lock
	return lock != nil, nil
}

func (v *Views) unlock() error {
	if v.lock == nil {
		return nil
	}
	err := v.lock.release()
	v.lock = nil
	return err
}

// moving runs f as the only one who moves the read models, in this process and any other. done is false if somebody else
// is at it: f was not called. f's context ends with Close.
func (v *Views) moving(ctx context.Context, f func(context.Context) error) (done bool, err error) {
	if v.isClosed() {
		return false, ErrClosed
	}
	select {
	case v.mover <- struct{}{}:
	default:
		return false, nil
	}
	return v.movingAs(ctx, f)
}

// movingAs is moving for a caller who owns mover already; it gives mover up at the end.
func (v *Views) movingAs(ctx context.Context, f func(context.Context) error) (done bool, err error) {
	defer func() { <-v.mover }()
	if held, err := v.tryLock(); err != nil || !held {
		return false, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-v.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	err = f(ctx)
	if err != nil && v.isClosed() {
		err = ErrClosed
	}
	return true, errors.Join(err, v.unlock())
}

func (v *Views) isClosed() bool {
	select {
	case <-v.closed:
		return true
	default:
		return false
	}
}

// CatchUp takes in everything the store held when it was called, or waits until the holder of the lock has.
func (v *Views) CatchUp(ctx context.Context, progress Progress) error {
	head, err := v.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	for {
		done, err := v.moving(ctx, func(ctx context.Context) error { return v.catchUp(ctx, progress) })
		if done || err != nil {
			return err
		}
		// Somebody else is at it; should they stop, the next attempt takes over.
		at, err := readStand(ctx, v.db.Reader)
		if err != nil {
			return fmt.Errorf("catch up: %w", err)
		}
		if at.problem != "" {
			return &BrokenError{LogIndex: at.logIndex, Problem: at.problem}
		}
		if at.built && at.position.Compare(head) >= 0 {
			return nil
		}
		if err := v.pause(ctx); err != nil {
			return err
		}
	}
}

// The pauses after the store was unavailable, doubling from the first to the last.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// Follow keeps the read models at the head of the log until ctx ends, and then returns the context's error. While another
// process holds the lock it stands by to take over. It goes on when the store was unavailable for a time; a broken log or
// a failing disk ends it with that error.
func (v *Views) Follow(ctx context.Context) error {
	retry := firstRetry
	for {
		before := v.waker()
		turn, end := v.follow.take(ctx)
		done, err := v.moving(turn, func(ctx context.Context) error {
			if err := v.catchUp(ctx, nil); err != nil {
				return err
			}
			return v.subscribe(ctx)
		})
		stoodAside := turn.Err() != nil
		end()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case stoodAside:
			retry = firstRetry
		case err != nil && !errors.Is(err, eventstore.ErrUnavailable):
			return err
		case !done || before != v.waker():
			retry = firstRetry // somebody else is at it, or it moved since: this is a new failure
		}
		if err := v.sleep(ctx, retry); err != nil {
			return err
		}
		retry = min(2*retry, lastRetry)
	}
}

func (v *Views) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-v.closed:
		return ErrClosed
	}
}

// subscribe takes in each batch of the store's subscription, from where the runner stands.
func (v *Views) subscribe(ctx context.Context) error {
	r, err := v.runner(ctx)
	if err != nil {
		return err
	}
	err = v.store.Subscribe(ctx, r.at.position, func(batch []eventstore.Recorded, _ bool) error {
		decoded, err := decodeAll(ctx, batch)
		if err == nil {
			err = v.take(ctx, r, decoded)
		}
		return err
	})
	return v.failed(err)
}

// catchUp takes in everything there is, reading and decoding the next batch while the present one is written.
func (v *Views) catchUp(ctx context.Context, progress Progress) error {
	r, err := v.runner(ctx)
	if err != nil {
		return v.failed(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for b := range v.readAhead(ctx, r.at.position) {
		if b.err == nil {
			b.err = v.take(ctx, r, b.events)
		}
		if b.err != nil {
			return v.failed(b.err)
		}
		if progress != nil {
			progress(r.at.logIndex)
		}
		if v.opts.room(r.at.logIndex, 1) == 0 {
			break // a snapshot is complete; the reader ends with the context
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return v.finishBuilding(ctx, r)
}

// runner is what the runner has in memory, read anew when the file is not where this process left it.
func (v *Views) runner(ctx context.Context) (*runner, error) {
	at, err := readStand(ctx, v.db.Writer)
	if err != nil {
		return nil, err
	}
	if at.schema != schemaVersion {
		return nil, fmt.Errorf("read models %s: the tables are of version %d, this program's of version %d; open them again", v.path, at.schema, schemaVersion)
	}
	if at.problem != "" {
		return nil, &BrokenError{LogIndex: at.logIndex, Problem: at.problem}
	}
	if v.run == nil || v.run.at.logIndex != at.logIndex || string(v.run.at.hash) != string(at.hash) {
		v.run = newRunner(at)
	}
	return v.run, nil
}

// failed drops what is in memory, which may be ahead of the file, and writes down what must stop everybody.
func (v *Views) failed(err error) error {
	if err == nil {
		return nil
	}
	v.run = nil
	var broken *brokenLog
	var unknown *eventstore.UnknownPositionError
	switch {
	case errors.As(err, &broken):
		return v.breakDown(broken.problem)
	case errors.As(err, &unknown):
		return v.breakDown(unknown.Error())
	}
	return err
}

// brokenLog is a finding that no repetition changes.
type brokenLog struct{ problem string }

func (e *brokenLog) Error() string { return e.problem }

func broken(format string, args ...any) error { return &brokenLog{fmt.Sprintf(format, args...)} }

// breakDown records the problem, whatever became of the caller's context: the next process must know too.
func (v *Views) breakDown(problem string) error {
	ctx := context.Background()
	var at stand
	err := v.transaction(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if at, err = readStand(ctx, tx); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE runner SET problem = ?`, problem)
		return err
	})
	v.wake()
	broken := &BrokenError{LogIndex: at.logIndex, Problem: problem}
	if err != nil {
		return errors.Join(broken, fmt.Errorf("the problem could not be recorded: %w", err))
	}
	return broken
}

// take applies one batch in one transaction. After an error r is of no more use.
func (v *Views) take(ctx context.Context, r *runner, events []decoded) error {
	events = events[:v.opts.room(r.at.logIndex, len(events))]
	for len(events) > 0 {
		n := min(len(events), v.opts.batch)
		if err := v.takeBatch(ctx, r, events[:n]); err != nil {
			return err
		}
		v.wake()
		events = events[n:]
	}
	return nil
}

func (v *Views) takeBatch(ctx context.Context, r *runner, events []decoded) error {
	next, err := v.advance(r, events)
	if err != nil {
		return err
	}
	from := r.at.logIndex
	err = v.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := guard(ctx, tx, r.at, next); err != nil {
			return err
		}
		b := r.begin(ctx, tx)
		for i := range events {
			at := from + int64(i)
			if v.opts.hooks.beforeEvent != nil {
				if err := v.opts.hooks.beforeEvent(at); err != nil {
					return err
				}
			}
			if err := b.apply(at, &events[i]); err != nil {
				return fmt.Errorf("entry %d, %s of %s at revision %d: %w", at, events[i].Envelope.Type, events[i].Envelope.Stream, events[i].Envelope.Rev, err)
			}
		}
		return b.finish()
	})
	if err == nil && v.opts.hooks.committed != nil {
		err = v.opts.hooks.committed(next.logIndex)
	}
	if err != nil {
		return fmt.Errorf("take entries %d to %d into the read models: %w", from, next.logIndex-1, err)
	}
	r.at = next
	return nil
}

// advance works out where the runner will stand after the events, and checks that they may come next.
func (v *Views) advance(r *runner, events []decoded) (stand, error) {
	next := r.at
	chain := make([]byte, 0, 2*sha256.Size)
	for i := range events {
		e := &events[i]
		if e.err != nil {
			return next, broken("entry %d, event %s of %s at revision %d: %v", next.logIndex, e.id, e.stream, e.revision, e.err)
		}
		if next.logIndex > 0 && e.position.Compare(next.position) <= 0 {
			return next, broken("entry %d: the store gave %s at revision %d again", next.logIndex, e.stream, e.revision)
		}
		if next.logIndex == 0 {
			created, ok := e.Event.(genesis.Created)
			if !ok {
				return next, broken("the first entry is %s, not %s: this is not the beginning of a ledger", e.Envelope.Type, genesis.Created{}.EventType())
			}
			if err := v.checkLedger(created.Ledger); err != nil {
				return next, err
			}
			next.ledger = created.Ledger
		}
		sum := sha256.Sum256(append(append(chain[:0], next.hash...), e.Leaf[:]...))
		next.hash = append([]byte(nil), sum[:]...)
		next.position, next.at = e.position, e.Envelope.At.UnixMicro()
		next.maxAt = max(next.maxAt, next.at)
		next.logIndex++
	}
	return next, nil
}

// guard moves the runner's row, if it is where this runner left it. It comes first, so that nothing is written beside
// another runner's rows.
func guard(ctx context.Context, tx *sql.Tx, from, to stand) error {
	result, err := tx.ExecContext(ctx, `UPDATE runner SET ledger = ?, log_index = ?, position = ?, hash = ?, at = ?, max_at = ?
		WHERE log_index = ? AND hash = ? AND schema = ? AND problem = ''`,
		to.ledger, to.logIndex, to.position.String(), to.hash, to.at, to.maxAt, from.logIndex, from.hash, from.schema)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrSecondRunner, err)
	}
	return nil
}

// finishBuilding makes the indexes that are left out while the file is first filled, and lets queries in.
func (v *Views) finishBuilding(ctx context.Context, r *runner) error {
	if r.at.built {
		return nil
	}
	err := v.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range append(lateIndexes(), `UPDATE runner SET built = 1`) {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%.30s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		return v.failed(fmt.Errorf("index the read models: %w", err))
	}
	r.at.built = true
	v.wake()
	return nil
}
