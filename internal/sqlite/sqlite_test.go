package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/internal/sqlite"
)

func options() sqlite.Options {
	return sqlite.Options{Kind: "test file", ApplicationID: 0x74657374, Create: true,
		Migrations: []sqlite.Migration{{"CREATE TABLE one (x INTEGER)", "INSERT INTO one VALUES (1)"}}}
}

func open(t *testing.T, path string, o sqlite.Options) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func scan[T any](t *testing.T, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string) (value T) {
	t.Helper()
	require.NoError(t, q.QueryRowContext(t.Context(), query).Scan(&value))
	return value
}

func TestPathsOfAnyCharacters(t *testing.T) {
	for _, name := range []string{"a b.db", "100%.db", "%41.db", "what?.db", "a?mode=memory&x=.db", "#1.db", "a&b=c.db", "惠民补贴台账.db", "it's.db", ":memory:"} {
		if runtime.GOOS == "windows" && (name == "what?.db" || name == "a?mode=memory&x=.db" || name == ":memory:") {
			continue
		}
		folder := filepath.Join(t.TempDir(), "文件夹 "+name)
		require.NoError(t, os.Mkdir(folder, 0o700))
		path := filepath.Join(folder, name)
		db, err := sqlite.Open(t.Context(), path, options())
		require.NoError(t, err, name)
		_, err = db.Writer.Exec("INSERT INTO one VALUES (2)")
		require.NoError(t, err)
		require.Equal(t, 2, scan[int](t, db.Reader, "SELECT count(*) FROM one"))
		require.Equal(t, path, db.Path())
		require.NoError(t, db.Close())
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Len(t, entries, 1, "the file, and nothing under another name")
		require.Equal(t, name, entries[0].Name())
	}
}

func TestConnectionsAreSetUp(t *testing.T) {
	o := options()
	o.SecureDelete = true
	db := open(t, filepath.Join(t.TempDir(), "x.db"), o)
	for _, pool := range []*sql.DB{db.Writer, db.Reader} {
		require.Equal(t, "wal", scan[string](t, pool, "PRAGMA journal_mode"))
		require.Equal(t, 2, scan[int](t, pool, "PRAGMA synchronous"), "FULL")
		require.Equal(t, 1, scan[int](t, pool, "PRAGMA foreign_keys"))
		require.Equal(t, 0, scan[int](t, pool, "PRAGMA trusted_schema"))
		require.Equal(t, 1, scan[int](t, pool, "PRAGMA secure_delete"))
		require.Equal(t, 10_000, scan[int](t, pool, "PRAGMA busy_timeout"))
		require.Equal(t, 4000, scan[int](t, pool, "PRAGMA wal_autocheckpoint"))
	}
	_, err := db.Reader.Exec("INSERT INTO one VALUES (2)")
	require.True(t, sqlite.Is(err, sqlite.ReadOnly), "%v", err)

	o = options()
	o.Droppable, o.AutoCheckpoint = true, -1
	db = open(t, filepath.Join(t.TempDir(), "y.db"), o)
	require.Equal(t, 1, scan[int](t, db.Writer, "PRAGMA synchronous"), "NORMAL")
	require.Equal(t, 0, scan[int](t, db.Writer, "PRAGMA wal_autocheckpoint"))
	require.Equal(t, 0, scan[int](t, db.Writer, "PRAGMA secure_delete"))
}

func TestFilesBelongToTheirOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, options())
	_, err := db.Writer.Exec("INSERT INTO one VALUES (2)")
	require.NoError(t, err)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), suffix)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	unchanged := func(name string, change func(*sqlite.Options), want string) {
		t.Helper()
		before, _ := os.ReadFile(at(name))
		o := options()
		change(&o)
		_, err := sqlite.Open(t.Context(), at(name), o)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "open test file")
		after, _ := os.ReadFile(at(name))
		require.Equal(t, before, after, "a refused file is not touched")
	}
	same := func(*sqlite.Options) {}
	mustExist := func(o *sqlite.Options) { o.Create = false }

	unchanged("nowhere/x.db", same, "create "+at("nowhere")+" first")
	unchanged("none.db", mustExist, "there is none here")
	require.NoFileExists(t, at("none.db"))
	unchanged(".", same, "not a regular file")

	require.NoError(t, os.WriteFile(at("empty.db"), nil, 0o600))
	unchanged("empty.db", mustExist, "the file is empty")
	require.NoError(t, os.WriteFile(at("short.db"), []byte("x"), 0o600))
	unchanged("short.db", same, "not a SQLite database")
	require.NoError(t, os.WriteFile(at("text.db"), make([]byte, 9000), 0o600))
	unchanged("text.db", same, "not a SQLite database")

	foreign, err := sql.Open("sqlite", at("foreign.db"))
	require.NoError(t, err)
	_, err = foreign.Exec("CREATE TABLE mine (x)")
	require.NoError(t, err)
	require.NoError(t, foreign.Close())
	unchanged("foreign.db", same, "belongs to something else")

	db, err := sqlite.Open(t.Context(), at("ours.db"), options())
	require.NoError(t, err)
	require.NoError(t, db.Close())
	unchanged("ours.db", func(o *sqlite.Options) { o.ApplicationID++ }, "belongs to something else")

	newer := options()
	newer.Migrations = append(newer.Migrations, sqlite.Migration{"CREATE TABLE two (x)"})
	db, err = sqlite.Open(t.Context(), at("ours.db"), newer)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	unchanged("ours.db", same, "written by a newer program")
}

func TestMigrationsRunOnceAndWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, open(t, path, options()).Close())

	broken := options()
	broken.Migrations = append(broken.Migrations, sqlite.Migration{"INSERT INTO one VALUES (2)", "no SQL"})
	_, err := sqlite.Open(t.Context(), path, broken)
	require.ErrorContains(t, err, "migration 2, statement 2")

	good := options()
	good.Migrations = append(good.Migrations, sqlite.Migration{"INSERT INTO one VALUES (3)"}, sqlite.Migration{"INSERT INTO one VALUES (4)"})
	for range 2 {
		db := open(t, path, good)
		require.Equal(t, "1,3,4", scan[string](t, db.Reader, "SELECT group_concat(x) FROM one"))
		require.NoError(t, db.Close())
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			db, err := sqlite.Open(t.Context(), path, options())
			if err != nil {
				errs[i] = err
				return
			}
			errs[i] = db.Close()
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 1, scan[int](t, open(t, path, options()).Reader, "SELECT count(*) FROM one"))
}

func TestCheckpoint(t *testing.T) {
	o := options()
	o.AutoCheckpoint = -1
	db := open(t, filepath.Join(t.TempDir(), "x.db"), o)
	_, err := db.Writer.Exec("INSERT INTO one VALUES (2)")
	require.NoError(t, err)
	c, err := db.Checkpoint(t.Context(), false)
	require.NoError(t, err)
	require.Positive(t, c.Log)
	require.Equal(t, c.Log, c.Moved)
	_, err = db.Writer.Exec("INSERT INTO one VALUES (3)")
	require.NoError(t, err)
	c, err = db.Checkpoint(t.Context(), true)
	require.NoError(t, err)
	require.False(t, c.Busy)
}

func TestCodes(t *testing.T) {
	o := options()
	o.BusyTimeout = 1 // a millisecond is the least SQLite knows; this rounds down to none
	path := filepath.Join(t.TempDir(), "x.db")
	first, second := open(t, path, o), open(t, path, o)
	tx, err := first.Writer.Begin()
	require.NoError(t, err)
	_, err = second.Writer.Begin()
	require.True(t, sqlite.Is(err, sqlite.Full, sqlite.Busy), "%v", err)
	require.False(t, sqlite.Is(err, sqlite.Full))
	require.NoError(t, tx.Rollback())
	require.Zero(t, sqlite.CodeOf(errors.New("something else")))
	require.False(t, sqlite.Is(nil, sqlite.Busy))
}
