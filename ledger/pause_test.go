package ledger

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/access"
	"almoner/eventstore"
)

// failingStore refuses its first appends, alone or in a batch, or its first reads of streams.
type failingStore struct {
	eventstore.Store
	err            error
	appends, reads int // how many still fail
}

func (s *failingStore) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	if s.appends > 0 {
		s.appends--
		return eventstore.Appended{}, s.err
	}
	return s.Store.Append(ctx, a)
}

func (s *failingStore) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	if s.appends > 0 {
		s.appends--
		results := make([]eventstore.Result, len(batch))
		for i := range results {
			results[i].Err = s.err
		}
		return results
	}
	return s.Store.AppendBatch(ctx, batch)
}

func (s *failingStore) ReadStream(ctx context.Context, stream string, from int64, dir eventstore.Direction) iter.Seq2[eventstore.Recorded, error] {
	if s.reads > 0 {
		s.reads--
		return func(yield func(eventstore.Recorded, error) bool) { yield(eventstore.Recorded{}, s.err) }
	}
	return s.Store.ReadStream(ctx, stream, from, dir)
}

// look writes one event through the store: a look at somebody's data, which needs nothing else.
func (l *testLedger) look(ctx context.Context) (Outcome, error) {
	seen := access.Unmasked{People: 1, Persons: []string{"p"}, Purpose: "visit", View: "person"}
	c := l.clerk()
	c.Content = seen
	return execute(ctx, l.Ledger, access.Stream("town", l.Today()), c, func(n int, _ domain.Fact) int { return n + 1 }, func(int) ([]domain.Event, error) {
		return []domain.Event{seen}, nil
	})
}

// requirePauses checks that pauses double up to the longest and are shortened by half at most.
func requirePauses(t *testing.T, taken []time.Duration, n int) {
	t.Helper()
	require.Len(t, taken, n)
	longest := 20 * time.Millisecond
	for i, pause := range taken {
		require.LessOrEqual(t, pause, longest, "pause %d", i)
		require.GreaterOrEqual(t, pause, longest/2, "pause %d", i)
		longest = min(2*longest, 2*time.Second)
	}
}

// TestAStoreThatIsNotAvailable: a command waits for it a bounded time, and not at all where waiting is no use.
func TestAStoreThatIsNotAvailable(t *testing.T) {
	away := fmt.Errorf("no leader: %w", eventstore.ErrUnavailable)
	for _, r := range []struct {
		name    string
		store   failingStore
		pauses  int
		refused error
	}{
		{"it is there", failingStore{}, 0, nil},
		{"one append fails", failingStore{err: away, appends: 1}, 1, nil},
		{"appends fail for long", failingStore{err: away, appends: 10}, 10, nil},
		{"appends fail for too long", failingStore{err: away, appends: 11}, 10, eventstore.ErrUnavailable},
		{"reads fail", failingStore{err: away, reads: 3}, 3, nil},
		{"appends and then reads fail", failingStore{err: away, appends: 2, reads: 2}, 4, nil},
		{"the answer is lost", failingStore{err: eventstore.ErrUnknownOutcome, appends: 3}, 0, nil},
		{"somebody else writes first", failingStore{err: &eventstore.WrongRevisionError{}, appends: 3}, 0, nil},
		{"somebody else always writes first", failingStore{err: &eventstore.WrongRevisionError{}, appends: 99}, 0, &eventstore.WrongRevisionError{}},
		{"the disk is full", failingStore{err: eventstore.ErrFull, appends: 1}, 0, eventstore.ErrFull},
		{"the disk is read-only", failingStore{err: eventstore.ErrReadOnly, appends: 1}, 0, eventstore.ErrReadOnly},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := newTestLedger(t)
			r.store.Store = l.disk
			l.reopen(&r.store)
			before := l.entries()
			out, err := l.look(l.ctx)
			requirePauses(t, l.paused, r.pauses)
			if r.refused != nil {
				require.ErrorContains(t, err, r.refused.Error())
				require.Equal(t, before, l.entries())
				return
			}
			require.NoError(t, err)
			require.Len(t, out.Events, 1)
			require.Equal(t, before+1, l.entries())
		})
	}
}

// TestAPauseEndsWithTheCaller: who no longer waits for the answer is not waited for.
func TestAPauseEndsWithTheCaller(t *testing.T) {
	l := newTestLedger(t)
	l.reopen(&failingStore{Store: l.disk, err: eventstore.ErrUnavailable, appends: 99})
	ctx, cancel := context.WithCancel(l.ctx)
	l.Ledger.wait = func(ctx context.Context, d time.Duration) error {
		l.paused = append(l.paused, d)
		if len(l.paused) == 2 {
			cancel()
		}
		return ctx.Err()
	}
	_, err := l.look(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
	require.Len(t, l.paused, 2)
}

// TestBulkWorkWaitsToo: rows of an import and effects of its last signature wait for the store as single commands do.
func TestBulkWorkWaitsToo(t *testing.T) {
	l := newTestLedger(t, "rural-reward@000000")
	store := &failingStore{Store: l.disk, err: eventstore.ErrUnavailable, appends: 2}
	l.reopen(store)
	subject := Subject{ImportSubject, l.committed(l.request(roster(eligible(0))), false).Import}
	requirePauses(t, l.paused, 2)
	l.submitFirst(subject)
	for l.signing(subject).Step < len(l.signing(subject).Chain)-1 {
		require.True(t, l.signNext(subject))
	}
	l.paused = nil
	last := &signedThenAway{failingStore: store}
	l.reopen(last)
	require.True(t, l.signNext(subject))
	requirePauses(t, l.paused, 3)
	require.NotEmpty(t, l.person(eligible(0)["身份证号"]).Enrolments)
}

// signedThenAway is a store that goes away three times for bulk work, right after the signature that causes it.
type signedThenAway struct {
	*failingStore
	went bool
}

func (s *signedThenAway) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	if !s.went {
		s.went, s.appends = true, 3
	}
	return s.failingStore.AppendBatch(ctx, batch)
}

// TestWaiting is about the wait that the product takes.
func TestWaiting(t *testing.T) {
	require.NoError(t, waitFor(t.Context(), time.Nanosecond))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, waitFor(ctx, time.Hour), context.Canceled)
}
