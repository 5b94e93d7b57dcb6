// Package storetest holds the contract of [eventstore.Store] as tests. Every implementation runs [Run].
package storetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

// patience is how long a test waits for something that must happen, before it fails; nothing waits this long otherwise.
const patience = time.Minute

// Run tests every promise of the contract. open returns a new, empty store each time, and closes it with t.Cleanup; that the
// tests close some of them before is harmless.
func Run(t *testing.T, open func(t *testing.T) eventstore.Store) {
	for _, group := range [][]testCase{appendCases(), batchCases(), readCases(), subscribeCases(), concurrentCases()} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				c.run(&fixture{T: t, ctx: ctx, store: open(t)})
			})
		}
	}
}

type testCase struct {
	name string
	run  func(f *fixture)
}

// fixture is an empty store with short ways to use it.
type fixture struct {
	*testing.T
	ctx   context.Context
	store eventstore.Store
}

// events makes n events with fresh ids and data that differ.
func events(n int) []eventstore.Event {
	list := make([]eventstore.Event, n)
	for i := range list {
		id := uuid.New()
		list[i] = eventstore.Event{ID: id.String(), Type: fmt.Sprintf("test.kind-%d", i%3), Data: append([]byte{0, '{', 0xff}, id[:]...)}
	}
	return list
}

// sized makes an event with n bytes of data, all different from their neighbours.
func sized(n int) eventstore.Event {
	data := make([]byte, n)
	for i := 0; i+4 <= n; i += 4 {
		binary.BigEndian.PutUint32(data[i:], uint32(i)*2654435761)
	}
	return eventstore.Event{ID: uuid.NewString(), Type: "test.sized", Data: data}
}

func (f *fixture) append(stream string, expected int64, list []eventstore.Event) eventstore.Appended {
	f.Helper()
	appended, err := f.store.Append(f.ctx, eventstore.Append{Stream: stream, Expected: expected, Events: list})
	require.NoError(f, err)
	return appended
}

func (f *fixture) appendError(stream string, expected int64, list []eventstore.Event) error {
	f.Helper()
	appended, err := f.store.Append(f.ctx, eventstore.Append{Stream: stream, Expected: expected, Events: list})
	require.Error(f, err)
	require.Zero(f, appended)
	return err
}

func (f *fixture) requireWrongRevision(err error, stream string, expected, actual int64) {
	f.Helper()
	var wrong *eventstore.WrongRevisionError
	require.ErrorAs(f, err, &wrong)
	require.Equal(f, eventstore.WrongRevisionError{Stream: stream, Expected: expected, Actual: actual}, *wrong)
}

func (f *fixture) read(stream string, from int64, dir eventstore.Direction) []eventstore.Recorded {
	f.Helper()
	var list []eventstore.Recorded
	for e, err := range f.store.ReadStream(f.ctx, stream, from, dir) {
		require.NoError(f, err)
		list = append(list, e)
	}
	return list
}

// requireStream checks that the stream holds exactly want, in both directions.
func (f *fixture) requireStream(stream string, want []eventstore.Event) {
	f.Helper()
	forwards := f.read(stream, 0, eventstore.Forwards)
	requireEvents(f, want, forwards)
	for i, e := range forwards {
		require.Equal(f, stream, e.Stream)
		require.EqualValues(f, i, e.Revision)
	}
	requireAscending(f, forwards)
	require.Equal(f, reversed(forwards), f.read(stream, eventstore.End, eventstore.Backwards))
}

// log reads the whole log in pages of the given size, and checks that only the last one is short.
func (f *fixture) log(page int) []eventstore.Recorded {
	f.Helper()
	var list []eventstore.Recorded
	var after eventstore.Position
	for {
		batch, err := f.store.ReadAll(f.ctx, after, page)
		require.NoError(f, err)
		require.LessOrEqual(f, len(batch), page)
		list = append(list, batch...)
		if len(batch) < page {
			return list
		}
		after = batch[len(batch)-1].Position
	}
}

func requireEvents(t require.TestingT, want []eventstore.Event, got []eventstore.Recorded) {
	plain := make([]eventstore.Event, len(got))
	for i, e := range got {
		plain[i] = e.Event
	}
	if len(want) == 0 {
		require.Empty(t, plain)
		return
	}
	require.Equal(t, want, plain)
}

func requireAscending(t require.TestingT, list []eventstore.Recorded) {
	var last eventstore.Position
	for i, e := range list {
		require.Equal(t, 1, e.Position.Compare(last), "event %d at %v follows %v", i, e.Position, last)
		last = e.Position
	}
}

func reversed(list []eventstore.Recorded) []eventstore.Recorded {
	var out []eventstore.Recorded
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i])
	}
	return out
}
