package storetest

import (
	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

func readCases() []testCase {
	return []testCase{
		{"read/nothing there", func(f *fixture) {
			require.Empty(f, f.read("none", 0, eventstore.Forwards))
			require.Empty(f, f.read("none", 9, eventstore.Forwards))
			require.Empty(f, f.read("none", eventstore.End, eventstore.Backwards))
			require.Empty(f, f.read("none", 9, eventstore.Backwards))
			require.Empty(f, f.log(10))
			backwards, err := f.store.ReadAllBackwards(f.ctx, eventstore.Position{}, 10)
			require.NoError(f, err)
			require.Empty(f, backwards)
			head, err := f.store.Head(f.ctx)
			require.NoError(f, err)
			require.True(f, head.IsZero())
		}},
		{"read/stream from any revision", func(f *fixture) {
			list := f.mixed("s", 1, 3, 1, 2, 500, 5)
			whole := f.read("s", 0, eventstore.Forwards)
			requireEvents(f, list, whole)
			n := len(list)
			for _, from := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 250, n - 6, n - 5, n - 1} {
				require.Equal(f, whole[from:], f.read("s", int64(from), eventstore.Forwards), "forwards from %d", from)
				require.Equal(f, reversed(whole[:from+1]), f.read("s", int64(from), eventstore.Backwards), "backwards from %d", from)
			}
			require.Empty(f, f.read("s", int64(n), eventstore.Forwards))
			require.Empty(f, f.read("s", 1<<50, eventstore.Forwards))
			require.Equal(f, reversed(whole), f.read("s", 1<<50, eventstore.Backwards))
			require.Equal(f, reversed(whole), f.read("s", int64(n), eventstore.Backwards))
		}},
		{"read/stream longer than a page", func(f *fixture) {
			var list []eventstore.Event
			for range 60 {
				large := []eventstore.Event{sized(eventstore.MaxEventBytes), sized(eventstore.MaxEventBytes / 2)}
				f.append("s", int64(len(list))-1, large)
				list = append(list, large...)
			}
			f.requireStream("s", list)
			require.Len(f, f.log(7), len(list))
		}},
		{"read/stream of many small appends", func(f *fixture) {
			var batch []eventstore.Append
			var list []eventstore.Event
			for i := range 1500 {
				one := events(1)
				batch = append(batch, eventstore.Append{Stream: "s", Expected: int64(i) - 1, Events: one})
				list = append(list, one...)
			}
			for _, r := range f.store.AppendBatch(f.ctx, batch) {
				require.NoError(f, r.Err)
			}
			f.requireStream("s", list)
		}},
		{"read/stream stops when the consumer does, and can be read again", func(f *fixture) {
			list := events(10)
			f.append("s", eventstore.NoStream, list)
			sequence := f.store.ReadStream(f.ctx, "s", 0, eventstore.Forwards)
			for range 2 {
				n := 0
				for _, err := range sequence {
					require.NoError(f, err)
					if n++; n == 3 {
						break
					}
				}
				require.Equal(f, 3, n)
			}
			f.append("s", 9, events(1))
			n := 0
			for _, err := range sequence {
				require.NoError(f, err)
				n++
			}
			require.Equal(f, 11, n, "each range reads anew")
		}},
		{"read/appending while reading a stream", func(f *fixture) {
			f.append("s", eventstore.NoStream, events(3))
			n := 0
			for e, err := range f.store.ReadStream(f.ctx, "s", 0, eventstore.Forwards) {
				require.NoError(f, err)
				require.EqualValues(f, n, e.Revision)
				f.append("other", int64(n)-1, events(1)) // a reader must not hold up a writer
				n++
			}
			require.Equal(f, 3, n)
		}},
		{"read/malformed", func(f *fixture) {
			f.append("s", eventstore.NoStream, events(1))
			requireInvalid := func(err error) {
				f.Helper()
				var invalid *eventstore.InvalidError
				require.ErrorAs(f, err, &invalid)
			}
			for _, c := range []struct {
				stream string
				from   int64
				dir    eventstore.Direction
			}{{"s", -1, eventstore.Forwards}, {"s", -2, eventstore.Backwards}, {"", 0, eventstore.Forwards}} {
				n := 0
				for _, err := range f.store.ReadStream(f.ctx, c.stream, c.from, c.dir) {
					requireInvalid(err)
					n++
				}
				require.Equal(f, 1, n)
			}
			for _, max := range []int{0, -1} {
				_, err := f.store.ReadAll(f.ctx, eventstore.Position{}, max)
				requireInvalid(err)
				_, err = f.store.ReadAllBackwards(f.ctx, eventstore.Position{}, max)
				requireInvalid(err)
			}
		}},
		{"read/log in pages of any size", logPages},
		{"read/log backwards in pages of any size", logBackwards},
		{"read/position beyond the head", func(f *fixture) {
			appended := f.append("s", eventstore.NoStream, events(2))
			head, err := f.store.Head(f.ctx)
			require.NoError(f, err)
			require.Equal(f, appended.Position, head)
			at, err := f.store.ReadAll(f.ctx, head, 10)
			require.NoError(f, err)
			require.Empty(f, at)

			beyond := eventstore.Position{Commit: head.Commit + 1000, Prepare: head.Prepare + 1000}
			requireUnknown := func(err error) {
				f.Helper()
				var unknown *eventstore.UnknownPositionError
				require.ErrorAs(f, err, &unknown)
				require.Equal(f, eventstore.UnknownPositionError{Position: beyond, Head: head}, *unknown)
			}
			_, err = f.store.ReadAll(f.ctx, beyond, 10)
			requireUnknown(err)
			_, err = f.store.ReadAllBackwards(f.ctx, beyond, 10)
			requireUnknown(err)
			requireUnknown(f.store.Subscribe(f.ctx, beyond, func([]eventstore.Recorded, bool) error { return nil }))
		}},
		{"read/cancelled", func(f *fixture) {
			f.append("s", eventstore.NoStream, events(1))
			ctx, cancel := contextWithCancel(f)
			cancel()
			for _, err := range f.store.ReadStream(ctx, "s", 0, eventstore.Forwards) {
				require.ErrorIs(f, err, ctx.Err())
			}
			_, err := f.store.ReadAll(ctx, eventstore.Position{}, 1)
			require.ErrorIs(f, err, ctx.Err())
		}},
		{"read/a reused result does not reach into its neighbour", func(f *fixture) {
			list := events(2)
			f.append("s", eventstore.NoStream, list)
			got := f.read("s", 0, eventstore.Forwards)
			_ = append(got[0].Data, "overwrites what follows in memory"...)
			requireEvents(f, list, got)
		}},
	}
}

// mixed fills a stream with appends of the given sizes, between them appends to other streams.
func (f *fixture) mixed(stream string, sizes ...int) (list []eventstore.Event) {
	f.Helper()
	for i, size := range sizes {
		part := events(size)
		f.append(stream, int64(len(list))-1, part)
		f.append("between", int64(i)-1, events(1))
		list = append(list, part...)
	}
	return list
}

func logPages(f *fixture) {
	f.mixed("a", 1, 2, 3, 500, 1)
	f.append("b", eventstore.NoStream, events(499))
	whole := f.log(100_000)
	requireAscending(f, whole)
	require.Len(f, whole, 507+5+499)
	for _, page := range []int{7, 100, 499, 500, 501, len(whole), len(whole) + 1} {
		require.Equal(f, whole, f.log(page), "pages of %d", page)
	}
	head, err := f.store.Head(f.ctx)
	require.NoError(f, err)
	require.Equal(f, whole[len(whole)-1].Position, head)
	for i := 0; i < len(whole); i += 83 {
		next, err := f.store.ReadAll(f.ctx, whole[i].Position, 1)
		require.NoError(f, err)
		require.Equal(f, whole[i+1:min(i+2, len(whole))], next)
	}
}

func logBackwards(f *fixture) {
	f.mixed("a", 1, 2, 3, 500, 1, 4)
	want := reversed(f.log(100_000))
	for _, page := range []int{7, 100, 500, len(want), len(want) + 1} {
		var got []eventstore.Recorded
		var before eventstore.Position
		for {
			batch, err := f.store.ReadAllBackwards(f.ctx, before, page)
			require.NoError(f, err)
			got = append(got, batch...)
			if len(batch) < page {
				break
			}
			before = batch[len(batch)-1].Position
		}
		require.Equal(f, want, got, "pages of %d", page)
	}
}
