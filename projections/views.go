package projections

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"almoner/eventstore"
	file "almoner/internal/sqlite"
)

// Options says what is opened.
type Options struct {
	// Ledger is the id that entry 0 must carry. Empty accepts any ledger: for tools that look at a store they do not know.
	Ledger string

	until int64 // entries taken in at most: a snapshot's log index; 0 means all there are
	batch int   // events in one transaction; 0 means batchEvents. Tests make it small.
	hooks hooks
}

// hooks let tests break the runner at chosen places. All may be nil.
type hooks struct {
	beforeEvent func(logIndex int64) error
	committed   func(logIndex int64) error // an error is an answer lost after the commit
}

// Views are the read models of one ledger in one file. All methods are safe for concurrent use.
type Views struct {
	path  string
	store eventstore.Store
	opts  Options
	db    *file.DB

	// mover has one place: whoever puts a token in moves the read models and owns run and lock until it takes it out.
	mover chan struct{}
	lock  *fileLock // nil unless this process is the holder
	run   *runner   // what the runner keeps in memory; nil until it first moves, and after any failure

	follow turn // between Follow and those who must take its place for a while

	mu     sync.Mutex
	moved  chan struct{} // closed and replaced whenever a batch was committed by this process
	closed chan struct{}
	once   sync.Once
}

// Open opens the read models at path, making the file if there is none, and empties it if its tables are of another
// version than this program's. It does not move them: CatchUp or Follow does, and before the first nothing is answered. The folder must exist. The store stays the
// caller's to close, after Close.
func Open(ctx context.Context, path string, store eventstore.Store, o Options) (*Views, error) {
	if o.batch == 0 {
		o.batch = batchEvents
	}
	db, err := file.Open(ctx, path, file.Options{
		Kind: "read models", ApplicationID: ApplicationID, Migrations: migrations(), Create: true, Droppable: true,
		Readers: readers, CacheKiB: cacheKiB, AutoCheckpoint: walPages,
	})
	if err != nil {
		return nil, err
	}
	v := &Views{
		path: path, store: store, opts: o, db: db,
		mover: make(chan struct{}, 1), moved: make(chan struct{}), closed: make(chan struct{}),
	}
	if err := v.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open read models %s: %w", path, err), v.Close())
	}
	return v, nil
}

// Sizes that bound memory.
const (
	readers  = 4         // connections for queries
	cacheKiB = 32 * 1024 // pages each connection may cache
	walPages = 16 * 1024 // in the WAL before a commit moves them: a batch changes many pages that the next one changes again
)

// prepare sees to it that the file has this program's tables and is of the ledger asked for.
func (v *Views) prepare(ctx context.Context) error {
	at, err := readStand(ctx, v.db.Writer)
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(otherOpens); at.schema != schemaVersion; {
		done, err := v.moving(ctx, v.renew)
		if err == nil && !done && time.Now().After(deadline) {
			err = fmt.Errorf("its tables are of version %d, this program's of version %d, and another process holds it; "+
				"stop that process first, or use the same program", at.schema, schemaVersion)
		}
		if err == nil && !done {
			err = v.pause(ctx)
		}
		if err == nil {
			at, err = readStand(ctx, v.db.Writer)
		}
		if err != nil {
			return err
		}
	}
	return v.checkLedger(at.ledger)
}

// otherOpens is how long another process may take to make the tables of a file that both open for the first time.
const otherOpens = 2 * time.Second

// renew makes the tables, unless another process has done so meanwhile.
func (v *Views) renew(ctx context.Context) error {
	return v.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		at, err := readStand(ctx, tx)
		if err != nil || at.schema == schemaVersion {
			return err
		}
		return recreate(ctx, tx)
	})
}

func (v *Views) checkLedger(have string) error {
	if have != "" && v.opts.Ledger != "" && have != v.opts.Ledger {
		return &OtherLedgerError{Path: v.path, Have: have, Want: v.opts.Ledger}
	}
	return nil
}

// transaction runs f in one transaction of the writer.
func (v *Views) transaction(ctx context.Context, f func(context.Context, *sql.Tx) error) (err error) {
	tx, err := v.db.Writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(ctx, tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback undoes tx; that it ended already, because its context did, is no further error.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// Close ends Follow and Wait calls, gives the lock up and closes the file. Closing twice is harmless.
func (v *Views) Close() error {
	var err error
	v.once.Do(func() {
		close(v.closed)
		v.mover <- struct{}{} // waits for the batch being written
		if v.lock != nil {
			err = v.lock.release()
			v.lock = nil
		}
		err = errors.Join(err, v.db.Close())
	})
	return err
}

// Status is where the read models stand.
type Status struct {
	Ledger   string    // ledger id of entry 0; empty before it
	LogIndex int64     // entries taken in
	Hash     string    // running hash over them, hex; see the package comment
	At       time.Time // of the newest entry; zero if there is none
	Building bool      // the first catch-up, or a rebuild, has not ended: queries refuse
	Healthy  bool
	Problem  string // what broke, while not healthy
}

// Events is the number of entries taken in; every entry is one event.
func (s Status) Events() int64 { return s.LogIndex }

// Status tells where the read models stand, also when they are broken.
func (v *Views) Status(ctx context.Context) (Status, error) {
	at, err := readStand(ctx, v.db.Reader)
	if err != nil {
		return Status{}, fmt.Errorf("status of the read models: %w", err)
	}
	return at.status(), nil
}

// stand is the runner's row.
type stand struct {
	schema   int
	ledger   string
	logIndex int64
	position eventstore.Position
	hash     []byte
	at       int64 // microseconds since 1970
	maxAt    int64
	built    bool // the first catch-up has ended
	problem  string
}

func (s stand) status() Status {
	out := Status{Ledger: s.ledger, LogIndex: s.logIndex, Hash: hex.EncodeToString(s.hash), Building: !s.built, Healthy: s.problem == "", Problem: s.problem}
	if s.logIndex > 0 {
		out.At = time.UnixMicro(s.at).UTC()
	}
	return out
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readStand(ctx context.Context, q querier) (stand, error) {
	var s stand
	var position string
	err := q.QueryRowContext(ctx, `SELECT schema, ledger, log_index, position, hash, at, max_at, built, problem FROM runner`).
		Scan(&s.schema, &s.ledger, &s.logIndex, &position, &s.hash, &s.at, &s.maxAt, &s.built, &s.problem)
	if err != nil {
		return stand{}, fmt.Errorf("read where the runner stands: %w", err)
	}
	s.position, err = eventstore.ParsePosition(position)
	return s, err
}

type atLeastKey struct{}

// AtLeast makes queries under the context refuse with StaleError unless the read models have taken in at least so many
// entries. Together with Wait it lets a person see what they just did.
func AtLeast(ctx context.Context, logIndex int64) context.Context {
	return context.WithValue(ctx, atLeastKey{}, logIndex)
}

// read runs a query in one snapshot, after checking that there is anything to be said at all.
func (v *Views) read(ctx context.Context, what string, f func(tx *sql.Tx, at stand) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", what, err)
		}
	}()
	tx, err := v.db.Reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rollback(tx)) }()
	at, err := readStand(ctx, tx)
	if err != nil {
		return err
	}
	want, _ := ctx.Value(atLeastKey{}).(int64)
	switch {
	case at.schema != schemaVersion:
		return fmt.Errorf("the tables are of version %d, this program's of version %d; open them again", at.schema, schemaVersion)
	case at.problem != "":
		return &BrokenError{LogIndex: at.logIndex, Problem: at.problem}
	case !at.built:
		return &BuildingError{LogIndex: at.logIndex}
	case at.logIndex < want:
		return &StaleError{Have: at.logIndex, Want: want}
	}
	return f(tx, at)
}
