package projections

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server rebuilds while it serves: Follow stands aside and goes on afterwards, with what was written since.
func TestRebuildWhileFollowing(t *testing.T) {
	h := newHistory(t)
	v := h.open(Options{Ledger: h.ledger})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Follow(ctx) }()
	story(h)
	require.NoError(t, v.Wait(t.Context(), h.count()))
	before := dump(t, v)

	for range 3 {
		calls := 0
		require.NoError(t, v.Rebuild(t.Context(), func(int64) { calls++ }))
		require.Positive(t, calls, "it was built anew")
		require.Equal(t, before, dump(t, v))
	}
	select {
	case err := <-ended:
		require.NoError(t, err, "Follow ended")
	default:
	}
	h.enrol("after-rebuild", village1, "2022-01")
	require.NoError(t, v.Wait(t.Context(), h.count()))
	require.Equal(t, dump(t, h.caughtUp()), dump(t, v))
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// Who waits to rebuild gives up when told to, and leaves Follow as it was.
func TestRebuildGivesUpWithItsContext(t *testing.T) {
	h := newHistory(t)
	v := h.open(Options{Ledger: h.ledger})
	v.mover <- struct{}{} // somebody moves and does not end
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, v.Rebuild(gone, nil), context.Canceled)
	<-v.mover
	turn, end := v.follow.take(t.Context())
	defer end()
	require.NoError(t, turn.Err(), "nobody asks any more")
}
