package sqlite_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	file "almoner/internal/sqlite"
)

// written fills a file, closes it and returns its path and the log.
func written(t *testing.T) (path string, log []eventstore.Recorded) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Create: true})
	require.NoError(t, err)
	heads := map[string]int64{}
	for i := range 300 {
		stream := fmt.Sprintf("stream-%d", i%7)
		list := benchEvents(1 + i%4)
		_, err := s.Append(t.Context(), eventstore.Append{Stream: stream, Expected: heads[stream] - 1, Events: list})
		require.NoError(t, err)
		heads[stream] += int64(len(list))
	}
	log, err = s.ReadAll(t.Context(), eventstore.Position{}, 10_000)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return path, log
}

func flip(t *testing.T, path string, at int64) (undo func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte{b[0] ^ 0x10}, at)
	require.NoError(t, err)
	return func() {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		require.NoError(t, err)
		defer f.Close()
		_, err = f.WriteAt(b, at)
		require.NoError(t, err)
	}
}

func TestFlippedByteOfAnEventIsNamed(t *testing.T) {
	path, log := written(t)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, i := range []int{0, 1, 100, len(log) - 1} {
		e := log[i]
		// Page splits leave old copies in unused space, so every copy is damaged.
		var undo []func()
		for at := 0; ; at++ {
			next := bytes.Index(raw[at:], e.Data)
			if next < 0 {
				break
			}
			at += next
			undo = append(undo, flip(t, path, int64(at+len(e.Data)/2)))
		}
		require.NotEmpty(t, undo)
		requireNamed(t, path, e)
		for _, f := range undo {
			f()
		}
	}
	s := open(t, path)
	_, err = s.Check(t.Context(), nil)
	require.NoError(t, err)
}

// requireNamed checks that every way to the damaged event e ends in an error that names its append.
func requireNamed(t *testing.T, path string, e eventstore.Recorded) {
	t.Helper()
	requireCorrupt := func(err error) {
		t.Helper()
		var corrupt *eventstore.CorruptError
		require.ErrorAs(t, err, &corrupt)
		require.Contains(t, corrupt.Where, "position ")
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil { // the damage is in the tail, which opening verifies
		requireCorrupt(err)
		return
	}
	defer s.Close()
	_, err = s.ReadAll(t.Context(), eventstore.Position{}, 10_000)
	requireCorrupt(err)
	_, err = s.ReadAllBackwards(t.Context(), eventstore.Position{}, 10_000)
	requireCorrupt(err)
	_, err = s.Check(t.Context(), nil)
	requireCorrupt(err)
	requireCorrupt(s.Subscribe(t.Context(), eventstore.Position{}, func([]eventstore.Recorded, bool) error { return nil }))
	for _, dir := range []eventstore.Direction{eventstore.Forwards, eventstore.Backwards} {
		var last error
		for _, err := range s.ReadStream(t.Context(), e.Stream, e.Revision, dir) {
			last = err
		}
		requireCorrupt(last)
	}
}

// TestFlippedByteAnywhere flips bytes all over the file. Whatever is read is what was written, without a gap; and Check finds
// everything that reading finds.
func TestFlippedByteAnywhere(t *testing.T) {
	path, log := written(t)
	info, err := os.Stat(path)
	require.NoError(t, err)
	const seed = 20211130
	rng := rand.New(rand.NewSource(seed))
	found := 0
	for range 150 {
		at := rng.Int63n(info.Size())
		undo := flip(t, path, at)
		if requireTrueOrRefused(t, path, log, at) {
			found++
		}
		undo()
	}
	require.Greater(t, found, 75, "most of the file is events")
}

func requireTrueOrRefused(t *testing.T, path string, log []eventstore.Recorded, at int64) (found bool) {
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		return true
	}
	defer s.Close()
	got, readErr := s.ReadAll(t.Context(), eventstore.Position{}, 10_000)
	if len(got) > 0 {
		require.Equal(t, log[:len(got)], got, "byte %d", at)
	}
	for _, e := range log[:20] {
		for r, err := range s.ReadStream(t.Context(), e.Stream, e.Revision, eventstore.Forwards) {
			if err == nil {
				require.Equal(t, e, r, "byte %d", at)
			}
			break
		}
	}
	_, checkErr := s.Check(t.Context(), nil)
	if readErr != nil || len(got) < len(log) {
		require.Error(t, checkErr, "byte %d", at)
	}
	return checkErr != nil
}

func TestFullDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "ledger.db"))
	list := benchEvents(100)
	_, err := s.Append(t.Context(), eventstore.Append{Stream: "s", Expected: eventstore.NoStream, Events: list[:1]})
	require.NoError(t, err)
	lift := s.LimitPages(t, 12)
	a := eventstore.Append{Stream: "s", Expected: 0, Events: list}
	_, err = s.Append(t.Context(), a)
	require.ErrorIs(t, err, eventstore.ErrFull)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
	lift()
	appended, err := s.Append(t.Context(), a)
	require.NoError(t, err)
	require.EqualValues(t, 100, appended.Revision)
	_, err = s.Check(t.Context(), nil)
	require.NoError(t, err)
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	_, err := sqlite.Open(t.Context(), filepath.Join(dir, "none.db"), sqlite.Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoFileExists(t, filepath.Join(dir, "none.db"))

	other, err := file.Open(t.Context(), filepath.Join(dir, "other.db"), file.Options{
		Kind: "other", ApplicationID: 7, Create: true, Migrations: []file.Migration{{"CREATE TABLE t (x)"}},
	})
	require.NoError(t, err)
	require.NoError(t, other.Close())
	_, err = sqlite.Open(t.Context(), filepath.Join(dir, "other.db"), sqlite.Options{Create: true})
	require.ErrorContains(t, err, "belongs to something else")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "text.db"), bytes.Repeat([]byte("not a database\n"), 100), 0o600))
	_, err = sqlite.Open(t.Context(), filepath.Join(dir, "text.db"), sqlite.Options{Create: true})
	require.ErrorContains(t, err, "not a SQLite database")
}
