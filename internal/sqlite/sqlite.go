// Package sqlite opens the SQLite files of a ledger: events, transparency log, read models, vault and sessions. It is the
// one place that knows the driver (modernc.org/sqlite, pure Go), how its files are set up and what its errors mean.
//
// # What is set up
//
//   - One writer connection and a pool of readers. Readers never block the writer nor the writer them (WAL). Transactions
//     begun on the writer are BEGIN IMMEDIATE: they wait for other processes at the start, never fail half-way.
//   - synchronous=FULL: a committed transaction survives loss of power. Only a file that can be rebuilt from others may say
//     [Options.Droppable], which is synchronous=NORMAL: consistent after a crash, but the last transactions may be gone.
//   - foreign_keys, busy_timeout and, if asked for, secure_delete on every connection; trusted_schema off.
//   - A new file has mode 0600; SQLite gives the same mode to its "-wal" and "-shm" companions. The folder must exist.
//
// # Whose file it is
//
// The header's application_id names the kind of file and its user_version counts the migrations applied. A file with another
// application_id, one made by a newer program, and one that is not SQLite are refused before anything in it is changed.
// Nothing is created unless [Options.Create] is set, so that a mistyped path does not become an empty ledger.
//
// # Whoever can write these files
//
// can change what the program reads from them, stop it, and with crafted pages make SQLite return errors; with trusted_schema
// off a crafted schema cannot run functions with side effects. Noticing changes is the task of the checksums and of
// the transparency log above this package.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Options says what kind of file is opened and how. Kind, ApplicationID and Migrations are required.
type Options struct {
	Kind          string      // for people, in errors: "event store"
	ApplicationID int32       // in the file's header, not zero; different for every kind
	Migrations    []Migration // all that ever were, oldest first; their number is the version

	Create       bool // make the file if there is none
	Droppable    bool // the file can be rebuilt: synchronous=NORMAL
	SecureDelete bool // overwrite deleted content with zeros

	Readers        int           // connections in the reader pool; 0 means 4
	PageSize       int           // bytes, of a new file; 0 means 4096
	CacheKiB       int           // page cache of each connection; 0 means 8 MiB
	AutoCheckpoint int           // pages in the WAL before a commit moves them; 0 means 4000, -1 leaves it to Checkpoint
	BusyTimeout    time.Duration // how long to wait for another process; 0 means 10 s
}

func (o Options) withDefaults() (Options, error) {
	if o.Kind == "" || o.ApplicationID == 0 || len(o.Migrations) == 0 {
		return o, errors.New("sqlite: Kind, ApplicationID and Migrations must be given")
	}
	setDefault(&o.Readers, 4)
	setDefault(&o.PageSize, 4096)
	setDefault(&o.CacheKiB, 8*1024)
	setDefault(&o.AutoCheckpoint, 4000)
	setDefault(&o.BusyTimeout, 10*time.Second)
	return o, nil
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// DB is one open file. Writer and Reader are ordinary pools, but a writing statement on Reader is refused.
type DB struct {
	Writer *sql.DB // exactly one connection; its transactions are BEGIN IMMEDIATE
	Reader *sql.DB // up to Options.Readers connections

	path        string
	maintenance *sql.DB // one connection, opened at the first Checkpoint
}

// Open opens the file at path and brings its schema up to date. It reports a missing folder or file, a file of another
// kind, a newer version and damage as errors that say what to do next.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	db, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open %s %s: %w", o.Kind, path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string, o Options) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(abs, o); err != nil {
		return nil, err
	}
	db := &DB{path: abs}
	if db.Writer, err = pool(abs, o, 1, false); err != nil {
		return nil, err
	}
	if err := establish(ctx, db.Writer, o); err != nil {
		return nil, errors.Join(err, db.Writer.Close())
	}
	if db.Reader, err = pool(abs, o, o.Readers, true); err == nil {
		db.maintenance, err = pool(abs, o, 1, false)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// prepareFile makes sure that there is a regular file at path, and creates it for its owner alone if that was asked for.
func prepareFile(path string, o Options) error {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		return fmt.Errorf("its folder cannot be used; create %s first: %w", folder, err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case err == nil:
		return checkMagic(path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case !o.Create:
		return fmt.Errorf("there is none here; check the path, or create it deliberately: %w", fs.ErrNotExist)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncFolder(folder)
}

// magic begins every SQLite file (https://www.sqlite.org/fileformat2.html section 1.3.1).
const magic = "SQLite format 3\x00"

// checkMagic refuses a file that has content of another kind. SQLite itself takes a very short one for empty.
func checkMagic(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if n > 0 && string(head[:n]) != magic {
		return errors.New("the file is not a SQLite database; check the path")
	}
	return nil
}

// syncFolder makes a new name in folder durable. Windows has no such call; NTFS journals names by itself.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Path returns the absolute path of the file.
func (db *DB) Path() string { return db.path }

// Checkpointed says how far the WAL has been moved into the file.
type Checkpointed struct {
	Busy  bool // readers or a writer stood in the way; try again later
	Log   int  // pages in the WAL
	Moved int  // of these, pages now in the file
}

// Checkpoint moves pages from the WAL into the file, on a connection of its own. Without restart it waits for nobody and
// blocks nobody. With restart it also waits for readers and writers (up to the busy timeout), so that the next
// commit starts the WAL file from its beginning: call it when the WAL has grown too long, with no transaction open.
func (db *DB) Checkpoint(ctx context.Context, restart bool) (Checkpointed, error) {
	mode := "PASSIVE"
	if restart {
		mode = "RESTART"
	}
	var busy, log, moved int
	err := db.maintenance.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &log, &moved)
	if err != nil {
		return Checkpointed{}, fmt.Errorf("checkpoint %s: %w", db.path, err)
	}
	return Checkpointed{Busy: busy != 0, Log: log, Moved: moved}, nil
}

// Close closes all connections. The last one to leave a file moves its WAL into it.
func (db *DB) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.Reader, db.maintenance, db.Writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
