package ledger

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"

	"almoner/domain/codec"
	"almoner/eventstore"
)

// CheckReport is what a complete check of a ledger counted.
type CheckReport struct {
	Events  int64 // read, decoded and in order
	Streams int64
	Bytes   int64 // of the stored events
	Keys    int64 // keys that sealed parts name, repetitions included
	Erased  int   // of them destroyed, which is in order
}

// DamagedError says that what is stored is not what was written: where, and how it shows. It names ids and no personal data.
type DamagedError struct{ err error }

// Error implements error.
func (e *DamagedError) Error() string { return "damaged: " + e.err.Error() }

// Unwrap gives what was found.
func (e *DamagedError) Unwrap() error { return e.err }

// checkPage is how many events Check reads at once.
const checkPage = 1000

// Check reads the whole log through the store's contract, on whatever engine, and writes nothing: every event must decode
// to bytes that encode to themselves, say of itself the id, stream, type and revision it is stored under, and follow its
// stream's last without a gap; and the vault must hold every key that a sealed part names, or know it as destroyed. The
// store verifies its own checksums as it reads. The first damage ends it as a [*DamagedError]; other errors say that it could
// not be looked at. It covers what stood when it began, holds up nobody, and keeps 16 bytes a stream in memory. progress, if
// not nil, is told after each page, the total unknown.
func (l *Ledger) Check(ctx context.Context, progress Progress) (CheckReport, error) {
	c := logCheck{ledger: l, next: map[uint64]int64{}, seed: maphash.MakeSeed(), progress: progress}
	head, err := l.store.Head(ctx)
	if err != nil {
		return c.report, fmt.Errorf("check the log: %w", err)
	}
	keys, err := l.vault.Check(ctx, c.kids(ctx, head))
	if err != nil {
		return c.report, fmt.Errorf("check the log: %w", err)
	}
	if err := keys.Err(); err != nil {
		return c.report, fmt.Errorf("check the vault: %w", &DamagedError{err})
	}
	c.report.Streams, c.report.Keys, c.report.Erased = int64(len(c.next)), keys.Used, len(keys.Destroyed)
	return c.report, nil
}

// logCheck follows the log from its beginning.
type logCheck struct {
	ledger   *Ledger
	report   CheckReport
	next     map[uint64]int64 // revision the next event must have, by the keyed hash of its stream's name
	seed     maphash.Seed
	progress Progress
}

// kids checks every event up to head and yields the keys that it names.
func (c *logCheck) kids(ctx context.Context, head eventstore.Position) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var after eventstore.Position
		for after.Compare(head) < 0 {
			page, err := c.ledger.store.ReadAll(ctx, after, checkPage)
			var corrupt *eventstore.CorruptError
			switch {
			case err == nil && len(page) == 0:
				err = &DamagedError{fmt.Errorf("the log ends at %v, before its head %v", after, head)}
			case errors.As(err, &corrupt):
				err = &DamagedError{err}
			}
			if err != nil {
				yield("", err)
				return
			}
			for _, r := range page {
				after = r.Position
				if r.Position.Compare(head) > 0 {
					break // written since
				}
				e, err := c.event(r)
				if err != nil {
					yield("", err)
					return
				}
				for _, sealed := range e.Sealed {
					if !yield(sealed.Kid, nil) {
						return
					}
				}
			}
			if c.progress != nil {
				c.progress(int(c.report.Events), 0)
			}
		}
	}
}

// event checks one event against its place.
func (c *logCheck) event(r eventstore.Recorded) (*codec.Envelope, error) {
	fail := func(err error) (*codec.Envelope, error) {
		return nil, &DamagedError{fmt.Errorf("event %s at revision %d of %s: %w", r.ID, r.Revision, r.Stream, err)}
	}
	e, err := codec.Decode(r.Data)
	if err != nil {
		return fail(err)
	}
	if e.ID != r.ID || e.Stream != r.Stream || e.Rev != r.Revision || e.Type != r.Type {
		return fail(fmt.Errorf("its bytes say that it is the %s %s at revision %d of %s", e.Type, e.ID, e.Rev, e.Stream))
	}
	stream := maphash.String(c.seed, r.Stream)
	if want := c.next[stream]; r.Revision != want {
		return fail(fmt.Errorf("revision %d was to follow", want))
	}
	c.next[stream] = r.Revision + 1
	c.report.Events++
	c.report.Bytes += int64(len(r.Data))
	return e, nil
}
