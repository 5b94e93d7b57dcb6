package faulty_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/eventstore/faulty"
	"almoner/eventstore/sqlite"
)

func openInner(t *testing.T) eventstore.Store {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func event() []eventstore.Event {
	return []eventstore.Event{{ID: uuid.NewString(), Type: "test.kind", Data: []byte("x")}}
}

func length(t *testing.T, s eventstore.Store, stream string) (n int) {
	for _, err := range s.ReadStream(t.Context(), stream, 0, eventstore.Forwards) {
		require.NoError(t, err)
		n++
	}
	return n
}

func TestEachFault(t *testing.T) {
	inner := openInner(t)
	source := func() *rand.Rand { return rand.New(rand.NewSource(1)) }
	a := eventstore.Append{Stream: "s", Expected: eventstore.NoStream, Events: event()}

	_, err := faulty.New(inner, source(), faulty.Faults{FailBefore: 1}).Append(t.Context(), a)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
	require.ErrorIs(t, err, faulty.ErrInjected)
	require.Zero(t, length(t, inner, "s"), "failed before: nothing is written")

	_, err = faulty.New(inner, source(), faulty.Faults{FailAfter: 1}).Append(t.Context(), a)
	require.ErrorIs(t, err, eventstore.ErrUnknownOutcome)
	require.Equal(t, 1, length(t, inner, "s"), "failed after: it is written")

	b := eventstore.Append{Stream: "s", Expected: 0, Events: event()}
	appended, err := faulty.New(inner, source(), faulty.Faults{Repeat: 1}).Append(t.Context(), b)
	require.NoError(t, err)
	require.EqualValues(t, 1, appended.Revision)
	require.Equal(t, 2, length(t, inner, "s"), "repeated: it is there once")

	cut := faulty.New(inner, source(), faulty.Faults{CutRead: 1, CutSub: 1})
	_, err = cut.ReadAll(t.Context(), eventstore.Position{}, 10)
	require.ErrorIs(t, err, faulty.ErrInjected)
	_, err = cut.ReadAllBackwards(t.Context(), eventstore.Position{}, 10)
	require.ErrorIs(t, err, faulty.ErrInjected)
	_, err = cut.Head(t.Context())
	require.ErrorIs(t, err, faulty.ErrInjected)
	for _, err := range cut.ReadStream(t.Context(), "s", 0, eventstore.Forwards) {
		require.ErrorIs(t, err, faulty.ErrInjected)
	}
	err = cut.Subscribe(t.Context(), eventstore.Position{}, func([]eventstore.Recorded, bool) error { return nil })
	require.ErrorIs(t, err, eventstore.ErrUnavailable)

	waits := 0
	slow := faulty.New(inner, source(), faulty.Faults{Delay: 1, Wait: func(context.Context) { waits++ }})
	_, err = slow.ReadAll(t.Context(), eventstore.Position{}, 10)
	require.NoError(t, err)
	require.Equal(t, 1, waits)

	cut.Off()
	_, err = cut.Head(t.Context())
	require.NoError(t, err)
	cut.On()
	_, err = cut.Head(t.Context())
	require.ErrorIs(t, err, faulty.ErrInjected)
}

func TestSameSeedSameFaults(t *testing.T) {
	play := func(seed int64) (trace string) {
		s := faulty.New(openInner(t), rand.New(rand.NewSource(seed)), faulty.Faults{FailBefore: 0.2, FailAfter: 0.2, Repeat: 0.2, CutRead: 0.2})
		for i := range 60 {
			_, err := s.Append(t.Context(), eventstore.Append{Stream: fmt.Sprint(i), Expected: eventstore.NoStream, Events: event()})
			_, readErr := s.ReadAll(t.Context(), eventstore.Position{}, 100)
			trace += fmt.Sprint(errors.Is(err, eventstore.ErrUnavailable), errors.Is(err, eventstore.ErrUnknownOutcome), readErr != nil, ";")
		}
		return trace
	}
	require.Equal(t, play(1), play(1))
	require.NotEqual(t, play(1), play(2))
}
