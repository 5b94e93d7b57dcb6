package storetest

import (
	"strings"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

func appendCases() []testCase {
	return []testCase{
		{"append/creates and extends a stream", func(f *fixture) {
			list := events(6)
			first := f.append("s", eventstore.NoStream, list[:1])
			second := f.append("s", 0, list[1:4])
			third := f.append("s", 3, list[4:])
			require.EqualValues(f, []int64{0, 3, 5}, []int64{first.Revision, second.Revision, third.Revision})
			f.requireStream("s", list)
			log := f.log(100)
			require.Equal(f, []eventstore.Position{first.Position, second.Position, third.Position},
				[]eventstore.Position{log[0].Position, log[3].Position, log[5].Position}, "an append answers with its last event's position")
		}},
		{"append/keeps every byte", func(f *fixture) {
			all := make([]byte, 256)
			for i := range all {
				all[i] = byte(i)
			}
			list := []eventstore.Event{
				{ID: uuid.NewString(), Type: "事件.已登记", Data: all},
				{ID: uuid.NewString(), Type: strings.Repeat("t", eventstore.MaxTypeBytes), Data: []byte{0}},
			}
			f.append("s", eventstore.NoStream, list)
			f.requireStream("s", list)
		}},
		{"append/exact expected revision", func(f *fixture) {
			f.requireWrongRevision(f.appendError("s", 0, events(1)), "s", 0, eventstore.NoStream)
			f.requireWrongRevision(f.appendError("s", 7, events(1)), "s", 7, eventstore.NoStream)
			list := events(3)
			f.append("s", eventstore.NoStream, list)
			for _, expected := range []int64{eventstore.NoStream, 0, 1, 3, 4, 1 << 40} {
				f.requireWrongRevision(f.appendError("s", expected, events(1)), "s", expected, 2)
			}
			f.requireStream("s", list)
			require.Len(f, f.log(10), 3, "a refused append leaves nothing in the log")
		}},
		{"append/exact repeat is acknowledged", func(f *fixture) {
			a, b, c := events(3), events(1), events(2)
			first := f.append("s", eventstore.NoStream, a)
			second := f.append("s", 2, b)
			f.append("other", eventstore.NoStream, events(1))
			third := f.append("s", 3, c)
			require.Equal(f, first, f.append("s", eventstore.NoStream, a))
			require.Equal(f, second, f.append("s", 2, b))
			require.Equal(f, third, f.append("s", 3, c))
			require.Len(f, f.log(100), 7)
		}},
		{"append/repeat with other bytes is acknowledged and changes nothing", func(f *fixture) {
			list := events(2)
			first := f.append("s", eventstore.NoStream, list)
			later := []eventstore.Event{
				{ID: list[0].ID, Type: list[0].Type, Data: []byte("later")},
				{ID: list[1].ID, Type: "test.renamed", Data: []byte("later")},
			}
			require.Equal(f, first, f.append("s", eventstore.NoStream, later))
			f.requireStream("s", list)
		}},
		{"append/repeat divided otherwise", func(f *fixture) {
			list := events(6)
			f.append("s", eventstore.NoStream, list[:2])
			f.append("s", 1, list[2:4])
			f.append("s", 3, list[4:])
			log := f.log(10)
			for _, part := range [][2]int{{0, 1}, {0, 3}, {1, 5}, {3, 6}, {5, 6}, {0, 6}} {
				want := eventstore.Appended{Revision: int64(part[1]) - 1, Position: log[part[1]-1].Position}
				require.Equal(f, want, f.append("s", int64(part[0])-1, list[part[0]:part[1]]), "part %v", part)
			}
			require.Len(f, f.log(10), 6)
		}},
		{"append/partial overlap is refused", func(f *fixture) {
			list, others := events(4), events(4)
			f.append("s", eventstore.NoStream, list[:3])
			wrong := map[string][]eventstore.Event{
				"longer than what is there": list,
				"other id first":            {others[0], list[1], list[2]},
				"other id last":             {list[0], list[1], others[2]},
				"order changed":             {list[1], list[0], list[2]},
				"other ids":                 others[:3],
			}
			for name, attempt := range wrong {
				f.requireWrongRevision(f.appendError("s", eventstore.NoStream, attempt), "s", eventstore.NoStream, 2)
				f.requireStream("s", list[:3])
				require.Len(f, f.log(10), 3, name)
			}
			f.requireWrongRevision(f.appendError("s", 0, list[:2]), "s", 0, 2)
		}},
		{"append/ids are compared only where the append wants to stand", func(f *fixture) {
			list := events(1)
			f.append("s", eventstore.NoStream, list)
			f.append("s", 0, list) // the same id again, at the exact end: a new event
			f.append("other", eventstore.NoStream, list)
			require.Len(f, f.log(10), 3)
		}},
		{"append/does not keep the caller's memory", func(f *fixture) {
			data := []byte("before")
			list := []eventstore.Event{{ID: uuid.NewString(), Type: "test.kind", Data: data}}
			f.append("s", eventstore.NoStream, list)
			copy(data, "after!")
			require.Equal(f, "before", string(f.read("s", 0, eventstore.Forwards)[0].Data))
			f.read("s", 0, eventstore.Forwards)[0].Data[0] = 'X'
			require.Equal(f, "before", string(f.read("s", 0, eventstore.Forwards)[0].Data))
		}},
		{"append/limits", limits},
		{"append/malformed", malformed},
		{"append/stream names", func(f *fixture) {
			names := []string{"beneficiary-1", "对象-张三", "Beneficiary-1", "a b", "'; DROP TABLE streams; --", `"\`, "%s?#&", "$all", "é", "e\u0301",
				" ", "a ", "1", "01", "null", "\u2028", "<html>", strings.Repeat("长", eventstore.MaxStreamBytes/3)}
			lists := map[string][]eventstore.Event{}
			for _, name := range names {
				lists[name] = events(2)
				f.append(name, eventstore.NoStream, lists[name])
			}
			for _, name := range names {
				f.requireStream(name, lists[name])
			}
		}},
		{"append/cancelled before it starts", func(f *fixture) {
			ctx, cancel := contextWithCancel(f)
			cancel()
			_, err := f.store.Append(ctx, eventstore.Append{Stream: "s", Expected: eventstore.NoStream, Events: events(1)})
			require.ErrorIs(f, err, ctx.Err())
			require.Empty(f, f.read("s", 0, eventstore.Forwards))
		}},
		{"append/closed store", closedStore},
	}
}

func limits(f *fixture) {
	tooLarge := func(stream string, list []eventstore.Event, size, limit int) {
		f.Helper()
		var large *eventstore.TooLargeError
		require.ErrorAs(f, f.appendError(stream, eventstore.NoStream, list), &large)
		require.Equal(f, [2]int{size, limit}, [2]int{large.Size, large.Limit})
	}
	tooLarge("s", events(eventstore.MaxEvents+1), eventstore.MaxEvents+1, eventstore.MaxEvents)
	tooLarge("s", []eventstore.Event{sized(eventstore.MaxEventBytes + 1)}, eventstore.MaxEventBytes+1, eventstore.MaxEventBytes)
	long := events(1)
	long[0].Type = strings.Repeat("t", eventstore.MaxTypeBytes+1)
	tooLarge("s", long, eventstore.MaxTypeBytes+1, eventstore.MaxTypeBytes)
	tooLarge(strings.Repeat("s", eventstore.MaxStreamBytes+1), events(1), eventstore.MaxStreamBytes+1, eventstore.MaxStreamBytes)

	// Fifteen of the largest events with their types are just below MaxBytes; one event fills the rest exactly.
	full := []eventstore.Event{}
	rest := eventstore.MaxBytes
	for rest > eventstore.MaxEventBytes+len("test.sized") {
		full = append(full, sized(eventstore.MaxEventBytes-1000))
		rest -= full[len(full)-1].Size()
	}
	full = append(full, sized(rest-len("test.sized")))
	over := append([]eventstore.Event{}, full...)
	over[len(over)-1] = sized(rest - len("test.sized") + 1)
	tooLarge("s", over, eventstore.MaxBytes+1, eventstore.MaxBytes)
	require.Empty(f, f.log(10))

	most := events(eventstore.MaxEvents)
	largest := []eventstore.Event{sized(eventstore.MaxEventBytes)}
	f.append("full", eventstore.NoStream, full)
	f.append("most", eventstore.NoStream, most)
	f.append("largest", eventstore.NoStream, largest)
	f.requireStream("full", full)
	f.requireStream("most", most)
	f.requireStream("largest", largest)
}

func malformed(f *fixture) {
	with := func(change func(a *eventstore.Append)) eventstore.Append {
		a := eventstore.Append{Stream: "s", Expected: eventstore.NoStream, Events: events(2)}
		change(&a)
		return a
	}
	id := func(id string) eventstore.Append {
		return with(func(a *eventstore.Append) { a.Events[1].ID = id })
	}
	good := uuid.NewString()
	for name, a := range map[string]eventstore.Append{
		"no stream":          with(func(a *eventstore.Append) { a.Stream = "" }),
		"NUL in stream":      with(func(a *eventstore.Append) { a.Stream = "a\x00b" }),
		"stream not UTF-8":   with(func(a *eventstore.Append) { a.Stream = "a\xff" }),
		"any revision":       with(func(a *eventstore.Append) { a.Expected = -2 }),
		"no events":          with(func(a *eventstore.Append) { a.Events = nil }),
		"no type":            with(func(a *eventstore.Append) { a.Events[1].Type = "" }),
		"type not UTF-8":     with(func(a *eventstore.Append) { a.Events[1].Type = "\xc3" }),
		"no data":            with(func(a *eventstore.Append) { a.Events[1].Data = []byte{} }),
		"no id":              id(""),
		"nil id":             id(uuid.Nil.String()),
		"upper-case id":      id("ABCDEF01-2345-4678-9ABC-DEF012345678"),
		"id without hyphens": id(strings.ReplaceAll(good, "-", "")),
		"id in braces":       id("{" + good + "}"),
		"not a UUID":         id(strings.Repeat("z", 36)),
	} {
		_, err := f.store.Append(f.ctx, a)
		var invalid *eventstore.InvalidError
		require.ErrorAs(f, err, &invalid, name)
	}
	require.Empty(f, f.log(10))
}

func closedStore(f *fixture) {
	f.append("s", eventstore.NoStream, events(1))
	require.NoError(f, f.store.Close())
	require.NoError(f, f.store.Close(), "closing twice")
	_, err := f.store.Append(f.ctx, eventstore.Append{Stream: "s", Expected: 0, Events: events(1)})
	require.ErrorIs(f, err, eventstore.ErrClosed)
	results := f.store.AppendBatch(f.ctx, []eventstore.Append{{Stream: "s", Expected: 0, Events: events(1)}})
	require.Len(f, results, 1)
	require.ErrorIs(f, results[0].Err, eventstore.ErrClosed)
	n := 0
	for _, err := range f.store.ReadStream(f.ctx, "s", 0, eventstore.Forwards) {
		require.ErrorIs(f, err, eventstore.ErrClosed)
		n++
	}
	require.Equal(f, 1, n, "an error is yielded once")
	_, err = f.store.ReadAll(f.ctx, eventstore.Position{}, 1)
	require.ErrorIs(f, err, eventstore.ErrClosed)
	_, err = f.store.ReadAllBackwards(f.ctx, eventstore.Position{}, 1)
	require.ErrorIs(f, err, eventstore.ErrClosed)
	_, err = f.store.Head(f.ctx)
	require.ErrorIs(f, err, eventstore.ErrClosed)
	err = f.store.Subscribe(f.ctx, eventstore.Position{}, func([]eventstore.Recorded, bool) error { return nil })
	require.ErrorIs(f, err, eventstore.ErrClosed)
}
