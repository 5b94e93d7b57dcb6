package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/eventstore/sqlite"
)

func one(stream string, expected int64) eventstore.Append {
	return eventstore.Append{Stream: stream, Expected: expected, Events: benchEvents(1)}
}

// Two handles share nothing in memory, so they meet as two processes would.
func TestTwoHandlesTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	handles := []*sqlite.Store{open(t, path), open(t, path)}
	var first eventstore.Append
	for i := range 40 {
		a := one("shared", int64(i)-1)
		appended, err := handles[i%2].Append(t.Context(), a)
		require.NoError(t, err)
		require.EqualValues(t, i, appended.Revision)
		_, err = handles[i%2].Append(t.Context(), one(fmt.Sprintf("own-%d", i), eventstore.NoStream))
		require.NoError(t, err)
		if i == 0 {
			first = a
		}
		// The other handle sees it at once, refuses a stale writer and knows a repeat.
		other := handles[(i+1)%2]
		_, err = other.Append(t.Context(), one("shared", int64(i)-1))
		var wrong *eventstore.WrongRevisionError
		require.ErrorAs(t, err, &wrong)
		require.EqualValues(t, i, wrong.Actual)
		repeated, err := other.Append(t.Context(), a)
		require.NoError(t, err)
		require.Equal(t, appended, repeated)
	}
	_, err := handles[1].Append(t.Context(), first)
	require.NoError(t, err)
	report, err := handles[0].Check(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, [3]int64{80, 80, 41}, [3]int64{report.Events, report.Appends, report.Streams})
}

func TestTwoHandlesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	handles := []*sqlite.Store{open(t, path), open(t, path)}
	const each, total = 60, 2 * 60 * 2
	enough := errors.New("enough")
	seen := make([][]eventstore.Recorded, 2)
	errs := make([]error, 4)
	var group sync.WaitGroup
	for k, s := range handles {
		group.Go(func() { // each also follows what the other writes
			errs[2+k] = s.Subscribe(t.Context(), eventstore.Position{}, func(batch []eventstore.Recorded, _ bool) error {
				if seen[k] = append(seen[k], batch...); len(seen[k]) >= total {
					return enough
				}
				return nil
			})
		})
		group.Go(func() {
			for i := range each {
				if _, err := s.Append(t.Context(), one(fmt.Sprintf("own-%d", k), int64(i)-1)); err != nil {
					errs[k] = err
					return
				}
				if err := insist(t.Context(), s, "shared"); err != nil {
					errs[k] = err
					return
				}
			}
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs[:2]...))
	require.ErrorIs(t, errs[2], enough)
	require.ErrorIs(t, errs[3], enough)
	require.Equal(t, seen[0], seen[1])
	report, err := handles[1].Check(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, [2]int64{total, 3}, [2]int64{report.Events, report.Streams})
}

// insist appends one event to the end of a stream others append to as well.
func insist(ctx context.Context, s *sqlite.Store, stream string) error {
	expected := eventstore.NoStream
	for {
		_, err := s.Append(ctx, one(stream, expected))
		var wrong *eventstore.WrongRevisionError
		if !errors.As(err, &wrong) {
			return err
		}
		expected = wrong.Actual
	}
}
