package projections

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/eventstore"
)

// cutAfter is a store whose log ends after so many entries.
func cutAfter(h *history, n int64) eventstore.Store {
	store := &altered{Store: h.store}
	store.alter = func(all []eventstore.Recorded) []eventstore.Recorded { return all[:min(int64(len(all)), n)] }
	return store
}

// A snapshot holds, table by table and byte by byte, what read models of a log that was cut there hold.
func TestSnapshotEqualsTheReadModelsOfACutLog(t *testing.T) {
	h := newHistory(t)
	story(h)
	live := h.caughtUp()
	live.opts.batch = 7
	dir := t.TempDir()
	for _, n := range []int64{1, 2, 13, h.count() / 2, h.count() - 1, h.count()} {
		cut, err := Open(t.Context(), filepath.Join(t.TempDir(), "views.db"), cutAfter(h, n), Options{Ledger: h.ledger})
		require.NoError(t, err)
		require.NoError(t, cut.CatchUp(t.Context(), nil))
		want := dump(t, cut)
		require.NoError(t, cut.Close())

		own, err := live.Snapshot(t.Context(), filepath.Join(t.TempDir(), "new", "folder"), n)
		require.NoError(t, err)
		require.Equal(t, want, dump(t, own), "of the first %d entries", n)
		require.NoError(t, own.CatchUp(t.Context(), nil), "it stays where it is")
		require.Equal(t, want, dump(t, own))
		var stale *StaleError
		require.ErrorAs(t, own.Wait(t.Context(), n+1), &stale)
		require.NoError(t, own.Close())

		used, err := live.Snapshot(t.Context(), dir, n)
		require.NoError(t, err)
		require.Equal(t, want, dump(t, used), "a folder used before goes on to %d", n)
		require.NoError(t, used.Close())
	}
	back, err := live.Snapshot(t.Context(), dir, 13)
	require.NoError(t, err)
	defer back.Close()
	status, err := back.Status(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 13, status.LogIndex, "a folder that had gone further is built anew")
	require.Equal(t, h.count(), mustStatus(t, live).LogIndex, "the ledger's own are untouched")
}

func mustStatus(t *testing.T, v *Views) Status {
	t.Helper()
	s, err := v.Status(t.Context())
	require.NoError(t, err)
	return s
}

func TestSnapshotRefuses(t *testing.T) {
	h := newHistory(t)
	story(h)
	own := filepath.Join(t.TempDir(), "own")
	require.NoError(t, os.Mkdir(own, 0o700))
	live := h.openAt(filepath.Join(own, "views.db"), Options{Ledger: h.ledger})
	require.NoError(t, live.CatchUp(t.Context(), nil))
	for _, n := range []int64{0, -1} {
		_, err := live.Snapshot(t.Context(), t.TempDir(), n)
		require.ErrorIs(t, err, domain.Invalid)
	}
	_, err := live.Snapshot(t.Context(), own, 5)
	require.ErrorIs(t, err, domain.Invalid, "the ledger's own folder")
	var stale *StaleError
	_, err = live.Snapshot(t.Context(), t.TempDir(), h.count()+1)
	require.ErrorAs(t, err, &stale)
	require.Equal(t, StaleError{Have: h.count(), Want: h.count() + 1}, *stale)

	other := newHistory(t)
	folder := t.TempDir()
	require.NoError(t, other.openAt(filepath.Join(folder, "views.db"), Options{}).CatchUp(t.Context(), nil))
	_, err = live.Snapshot(t.Context(), folder, 5)
	require.ErrorIs(t, err, domain.Invalid, "of another ledger")

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = live.Snapshot(t.Context(), file, 5)
	require.Error(t, err)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = live.Snapshot(cancelled, t.TempDir(), 5)
	require.ErrorIs(t, err, context.Canceled)
}
