package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

var errEnough = errors.New("the test has seen enough")

func subscribeCases() []testCase {
	return []testCase{
		{"subscribe/empty store", func(f *fixture) {
			calls := 0
			err := f.store.Subscribe(f.ctx, eventstore.Position{}, func(batch []eventstore.Recorded, caughtUp bool) error {
				calls++
				require.Empty(f, batch)
				require.True(f, caughtUp)
				return errEnough
			})
			require.ErrorIs(f, err, errEnough)
			require.Equal(f, 1, calls)
		}},
		{"subscribe/from the head", func(f *fixture) {
			appended := f.append("s", eventstore.NoStream, events(2))
			next := events(3)
			var got []eventstore.Recorded
			err := f.store.Subscribe(f.ctx, appended.Position, func(batch []eventstore.Recorded, caughtUp bool) error {
				if len(batch) == 0 {
					require.True(f, caughtUp)
					f.append("s", 1, next) // deliver may append
					return nil
				}
				if got = append(got, batch...); len(got) == 3 {
					return errEnough
				}
				return nil
			})
			require.ErrorIs(f, err, errEnough)
			requireEvents(f, next, got)
		}},
		{"subscribe/catches up from any position", func(f *fixture) {
			f.mixed("s", 1, 500, 3, 500, 500, 2)
			whole := f.log(100_000)
			for _, from := range []int{-1, 0, 1, 250, 502, len(whole) - 2} {
				var after eventstore.Position
				if from >= 0 {
					after = whole[from].Position
				}
				var got []eventstore.Recorded
				err := f.store.Subscribe(f.ctx, after, func(batch []eventstore.Recorded, caughtUp bool) error {
					got = append(got, batch...)
					require.Equal(f, len(got) == len(whole)-from-1, caughtUp)
					if caughtUp {
						return errEnough
					}
					require.NotEmpty(f, batch)
					return nil
				})
				require.ErrorIs(f, err, errEnough)
				require.Equal(f, whole[from+1:], got)
			}
		}},
		{"subscribe/across the boundary with concurrent writers", boundary},
		{"subscribe/ends with its context", func(f *fixture) {
			f.append("s", eventstore.NoStream, events(1))
			ctx, cancel := context.WithCancel(f.ctx)
			err := f.store.Subscribe(ctx, eventstore.Position{}, func([]eventstore.Recorded, bool) error {
				cancel() // while waiting for more
				return nil
			})
			require.Equal(f, context.Canceled, err)
			err = f.store.Subscribe(ctx, eventstore.Position{}, func([]eventstore.Recorded, bool) error { return nil })
			require.Equal(f, context.Canceled, err)
		}},
		{"subscribe/ends with deliver's error", func(f *fixture) {
			f.append("s", eventstore.NoStream, events(1))
			err := f.store.Subscribe(f.ctx, eventstore.Position{}, func([]eventstore.Recorded, bool) error { return errEnough })
			require.Equal(f, errEnough, err)
		}},
		{"subscribe/ends when the store is closed", func(f *fixture) {
			closed := make(chan error, 1)
			var once sync.Once
			err := f.store.Subscribe(f.ctx, eventstore.Position{}, func([]eventstore.Recorded, bool) error {
				once.Do(func() { go func() { closed <- f.store.Close() }() })
				return nil
			})
			require.ErrorIs(f, err, eventstore.ErrClosed)
			require.NoError(f, <-closed)
		}},
	}
}

// boundary runs two subscriptions, a quick and a slow one, while writers append before, during and after they catch up. Each
// must see the log exactly.
func boundary(f *fixture) {
	const writers, appends = 4, 60
	f.mixed("old", 1, 2, 100, 500, 500)
	old := len(f.log(100_000))
	total := old + writers*appends*3/2

	var group sync.WaitGroup
	seen := make([][]eventstore.Recorded, 2)
	ends := make([]error, 2)
	for k := range seen {
		group.Go(func() {
			ends[k] = f.store.Subscribe(f.ctx, eventstore.Position{}, func(batch []eventstore.Recorded, caughtUp bool) error {
				if k == 1 { // slower by a few reads for each batch
					for range 5 {
						if _, err := f.store.Head(f.ctx); err != nil {
							return err
						}
					}
				}
				seen[k] = append(seen[k], batch...)
				if len(seen[k]) >= total {
					return errEnough
				}
				return nil
			})
		})
	}
	errs := make([]error, writers)
	for w := range writers {
		group.Go(func() {
			revision := eventstore.NoStream
			for i := range appends {
				a := eventstore.Append{Stream: fmt.Sprintf("w-%d", w), Expected: revision, Events: events(1 + i%2)}
				appended, err := f.store.Append(f.ctx, a)
				if err != nil {
					errs[w] = err
					return
				}
				revision = appended.Revision
			}
		})
	}
	group.Wait()
	require.NoError(f, errors.Join(errs...))
	whole := f.log(1000)
	require.Len(f, whole, total)
	for k := range seen {
		require.ErrorIs(f, ends[k], errEnough)
		require.Equal(f, whole, seen[k], "subscription %d", k)
	}
}
