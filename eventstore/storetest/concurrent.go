package storetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

func concurrentCases() []testCase {
	return []testCase{
		{"concurrent/one winner for each revision", oneWinner},
		{"concurrent/the same append from many sides", func(f *fixture) {
			a := eventstore.Append{Stream: "s", Expected: eventstore.NoStream, Events: events(3)}
			const writers = 16
			answers, errs := make([]eventstore.Appended, writers), make([]error, writers)
			var group sync.WaitGroup
			for w := range writers {
				group.Go(func() { answers[w], errs[w] = f.store.Append(f.ctx, a) })
			}
			group.Wait()
			require.NoError(f, errors.Join(errs...))
			for _, answer := range answers {
				require.Equal(f, answers[0], answer)
			}
			f.requireStream("s", a.Events)
			require.Len(f, f.log(10), 3)
		}},
		{"concurrent/readers see whole appends", wholeAppends},
	}
}

// oneWinner lets many writers fight for each revision of one stream. Those refused go for the revision they are told.
func oneWinner(f *fixture) {
	const writers, wins = 8, 25
	var group sync.WaitGroup
	won := make([]map[int64]string, writers)
	errs := make([]error, writers)
	for w := range writers {
		won[w] = map[int64]string{}
		group.Go(func() {
			expected := eventstore.NoStream
			for len(won[w]) < wins {
				list := events(1)
				appended, err := f.store.Append(f.ctx, eventstore.Append{Stream: "s", Expected: expected, Events: list})
				var wrong *eventstore.WrongRevisionError
				switch {
				case errors.As(err, &wrong) && wrong.Actual > expected:
					expected = wrong.Actual
				case err != nil:
					errs[w] = err
					return
				case appended.Revision != expected+1:
					errs[w] = fmt.Errorf("acknowledged revision %d behind %d", appended.Revision, expected)
					return
				default:
					won[w][appended.Revision] = list[0].ID
					expected = appended.Revision
				}
			}
		})
	}
	group.Wait()
	require.NoError(f, errors.Join(errs...))
	stored := f.read("s", 0, eventstore.Forwards)
	require.Len(f, stored, writers*wins, "every acknowledged event is there, and no other")
	for _, mine := range won {
		for revision, id := range mine {
			require.Equal(f, id, stored[revision].ID, "revision %d", revision)
		}
	}
}

// wholeAppends reads a stream and the log while appends of several events are written: a reader sees all or nothing of each.
func wholeAppends(f *fixture) {
	const size, appends = 5, 80
	done := make(chan struct{})
	var writeErr error
	go func() {
		defer close(done)
		for i := range appends {
			_, err := f.store.Append(f.ctx, eventstore.Append{Stream: "s", Expected: int64(i*size) - 1, Events: events(size)})
			if err != nil {
				writeErr = err
				return
			}
		}
	}()
	for finished := false; !finished; {
		select {
		case <-done:
			finished = true
		default:
		}
		require.Zero(f, len(f.read("s", 0, eventstore.Forwards))%size)
		require.Zero(f, len(f.read("s", eventstore.End, eventstore.Backwards))%size)
		require.Zero(f, len(f.log(10_000))%size)
	}
	require.NoError(f, writeErr)
	require.Len(f, f.log(10_000), size*appends)
}
