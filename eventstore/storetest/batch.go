package storetest

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

func contextWithCancel(f *fixture) (context.Context, context.CancelFunc) {
	return context.WithCancel(f.ctx)
}

func batchCases() []testCase {
	return []testCase{
		{"batch/empty", func(f *fixture) {
			require.Empty(f, f.store.AppendBatch(f.ctx, nil))
		}},
		{"batch/results in order", func(f *fixture) {
			const n = 300
			batch := make([]eventstore.Append, n)
			for i := range batch {
				batch[i] = eventstore.Append{Stream: fmt.Sprintf("s-%d", (i*7)%n), Expected: eventstore.NoStream, Events: events(1 + i%3)}
			}
			results := f.store.AppendBatch(f.ctx, batch)
			require.Len(f, results, n)
			for i, r := range results {
				require.NoError(f, r.Err)
				stored := f.read(batch[i].Stream, 0, eventstore.Forwards)
				requireEvents(f, batch[i].Events, stored)
				last := stored[len(stored)-1]
				require.Equal(f, eventstore.Appended{Revision: last.Revision, Position: last.Position}, r.Appended)
			}
			requireAscending(f, f.log(50))
			require.Equal(f, results, f.store.AppendBatch(f.ctx, batch), "a repeated batch gets the same answers")
		}},
		{"batch/one stream several times, in order", func(f *fixture) {
			list := events(6)
			results := f.store.AppendBatch(f.ctx, []eventstore.Append{
				{Stream: "s", Expected: eventstore.NoStream, Events: list[:2]},
				{Stream: "other", Expected: eventstore.NoStream, Events: events(1)},
				{Stream: "s", Expected: 1, Events: list[2:3]},
				{Stream: "s", Expected: 1, Events: events(1)},   // too late
				{Stream: "s", Expected: 1, Events: list[2:3]},   // a repeat of what stands two lines above
				{Stream: "s", Expected: -1, Events: list[:2]},   // and of what stands at the top
				{Stream: "s", Expected: 2, Events: list[3:]},    // and on
				{Stream: "s", Expected: 100, Events: events(1)}, // too early
			})
			for _, i := range []int{0, 1, 2, 4, 5, 6} {
				require.NoError(f, results[i].Err, "append %d", i)
			}
			require.Equal(f, results[2], results[4])
			require.Equal(f, results[0], results[5])
			var late *eventstore.WrongRevisionError
			require.ErrorAs(f, results[3].Err, &late)
			require.EqualValues(f, 1, late.Expected)
			require.GreaterOrEqual(f, late.Actual, int64(2)) // more if a client had to try it again
			f.requireWrongRevision(results[7].Err, "s", 100, 5)
			f.requireStream("s", list)
			require.Len(f, f.log(100), 7)
		}},
		{"batch/one refused among good ones", func(f *fixture) {
			f.append("taken", eventstore.NoStream, events(1))
			large := events(1)
			large[0].Data = make([]byte, eventstore.MaxEventBytes+1)
			good := [][]eventstore.Event{events(1), events(2), events(1)}
			results := f.store.AppendBatch(f.ctx, []eventstore.Append{
				{Stream: "good-0", Expected: eventstore.NoStream, Events: good[0]},
				{Stream: "taken", Expected: eventstore.NoStream, Events: events(1)},
				{Stream: "good-1", Expected: eventstore.NoStream, Events: good[1]},
				{Stream: "large", Expected: eventstore.NoStream, Events: large},
				{Stream: "", Expected: eventstore.NoStream, Events: events(1)},
				{Stream: "good-2", Expected: eventstore.NoStream, Events: good[2]},
			})
			f.requireWrongRevision(results[1].Err, "taken", eventstore.NoStream, 0)
			var tooLarge *eventstore.TooLargeError
			require.ErrorAs(f, results[3].Err, &tooLarge)
			var invalid *eventstore.InvalidError
			require.ErrorAs(f, results[4].Err, &invalid)
			for i, k := range []int{0, 2, 5} {
				require.NoError(f, results[k].Err)
				f.requireStream(fmt.Sprintf("good-%d", i), good[i])
			}
			require.Len(f, f.log(100), 5)
		}},
		{"batch/larger than one transaction", func(f *fixture) {
			const n = 6000
			batch := make([]eventstore.Append, n)
			var want []eventstore.Event
			for i := range batch {
				batch[i] = eventstore.Append{Stream: fmt.Sprintf("s-%d", i%100), Expected: int64(i/100) - 1, Events: events(1)}
				if i%100 == 42 {
					want = append(want, batch[i].Events...)
				}
			}
			for i, r := range f.store.AppendBatch(f.ctx, batch) {
				require.NoError(f, r.Err)
				require.EqualValues(f, i/100, r.Revision)
			}
			f.requireStream("s-42", want)
			require.Len(f, f.log(1000), n)
		}},
		{"batch/cancelled before it starts", func(f *fixture) {
			ctx, cancel := contextWithCancel(f)
			cancel()
			for _, r := range f.store.AppendBatch(ctx, []eventstore.Append{
				{Stream: "a", Expected: eventstore.NoStream, Events: events(1)}, {Stream: "b", Expected: eventstore.NoStream, Events: events(1)},
			}) {
				require.ErrorIs(f, r.Err, ctx.Err())
			}
			require.Empty(f, f.log(10))
		}},
	}
}
