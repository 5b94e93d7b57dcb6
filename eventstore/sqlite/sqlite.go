// Package sqlite keeps the events of a ledger in one SQLite file: the embedded [eventstore.Store], without a server.
//
// # The file
//
//	streams(id, name)                                the names, numbered from 1 in order of first append
//	appends(pos, stream, rev, n, sum, blob)          one row for each append, the atom of the contract
//
// pos is the place of the append's first event in the log; events are numbered from 1 without gaps, so the next row's pos is
// pos+n. stream is streams.id, rev the revision of the first event; (stream, rev) is unique. A store [eventstore.Position] is
// an event's number, in both of its halves.
//
// blob holds the n events one after another:
//
//	1 byte          version of this layout: 1
//	n times:
//	  16 bytes      the id, the UUID's bytes in the order of its text
//	  uvarint       length of the type, then the type in UTF-8
//	  uvarint       length of the data, then the data as it was handed in
//
// uvarint is the base-128 form of Go's encoding/binary and of Protocol Buffers, in as few bytes as possible. Nothing follows
// the last event.
//
// sum is the CRC-32C (Castagnoli) of blob, then pos, stream, rev and n as 8 bytes each, most significant first, then the name
// of the stream in UTF-8. It is verified whenever a row is read, and neighbouring rows must join without gap. A row that
// fails is [*eventstore.CorruptError] and is never returned. The checksum finds failing disks, not adversaries: whoever
// can write the file can recompute it, and can cut off its end, which only the transparency log notices.
//
// # Writing
//
// One goroutine writes. It takes all appends that are waiting, runs them as one transaction (BEGIN IMMEDIATE … COMMIT, with
// synchronous=FULL) and answers all of them; while the disk is busy the next group gathers. Several processes may
// append to one file: the last revisions and stream numbers kept in memory are used only while the end of the log,
// read inside the transaction, is where this process left it.
//
// A second goroutine moves the WAL into the file, off the path of commits; only if the WAL grows in spite of it do writers
// wait.
//
// # Reading
//
// Reads use connections of their own and short transactions: they hold up neither writers nor the WAL, however slow their
// consumer is. Appends are seen by other processes' subscriptions within [Options.Poll].
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"almoner/eventstore"
	file "almoner/internal/sqlite"
)

// ApplicationID marks the file in its header: "ALev" in ASCII.
const ApplicationID int32 = 0x414c6576

var _ eventstore.Store = (*Store)(nil)

// migrations of the file's schema; each is frozen once released.
func migrations() []file.Migration {
	return []file.Migration{{
		`CREATE TABLE streams (
			id   INTEGER PRIMARY KEY,
			name TEXT NOT NULL UNIQUE
		) STRICT`,
		`CREATE TABLE appends (
			pos    INTEGER PRIMARY KEY,
			stream INTEGER NOT NULL,
			rev    INTEGER NOT NULL,
			n      INTEGER NOT NULL,
			sum    INTEGER NOT NULL,
			blob   BLOB    NOT NULL
		) STRICT`,
		`CREATE UNIQUE INDEX appends_stream_rev ON appends (stream, rev)`,
	}}
}

// Options says how a file is opened. The zero value opens an existing one.
type Options struct {
	Create bool          // make the file if there is none; its folder must exist
	Poll   time.Duration // how often subscriptions look for other processes' appends; 0 means 100 ms
}

// Sizes that bound memory and latency.
const (
	readers      = 4         // connections for reading
	cacheKiB     = 32 * 1024 // pages each connection may cache: index pages dominate, a township's fit
	queueLength  = 1024      // appends that may wait for the writer; further ones wait for room
	groupAppends = 5000      // appends in one transaction: more does not pay, and delays those who wait behind
	groupBytes   = 8 << 20   // bytes in one transaction
	tailEvents   = 64        // events verified when a file is opened
)

// Store is one open file. Make it with [Open].
type Store struct {
	db    *file.DB
	poll  time.Duration
	reads statements
	names *cache[int64, string] // stream numbers to names, for readers

	conn     *sql.Conn // the writer's; its goroutine alone uses and closes it
	queue    chan *request
	quit     chan struct{} // closed by Close: take no more
	stopped  chan struct{} // closed by the writer when it has answered its last group
	pressure chan struct{} // capacity 1: the checkpointer should look at the WAL
	settled  chan struct{} // closed by the checkpointer when it has ended
	overlong atomic.Bool   // the checkpointer found the WAL beyond walLimit
	closing  sync.Once
	closeErr error

	wakeMu sync.Mutex
	wake   chan struct{} // closed and replaced after each commit
}

// Open opens the file at path, verifies its last events and starts writing. The errors of a missing folder or file, and
// of a file that is something else, say what to do.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	db, err := file.Open(ctx, path, file.Options{
		Kind: "event store", ApplicationID: ApplicationID, Migrations: migrations(), Create: o.Create,
		Readers: readers, CacheKiB: cacheKiB, AutoCheckpoint: -1,
	})
	if err != nil {
		if file.Is(err, file.Corrupt) {
			return nil, &eventstore.CorruptError{Where: path, Problem: "it cannot be opened", Err: err}
		}
		return nil, err
	}
	s := &Store{
		db: db, poll: o.Poll, names: newCache[int64, string](),
		queue: make(chan *request, queueLength), quit: make(chan struct{}), stopped: make(chan struct{}),
		pressure: make(chan struct{}, 1), settled: make(chan struct{}), wake: make(chan struct{}),
	}
	if s.poll == 0 {
		s.poll = 100 * time.Millisecond
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open event store %s: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) (err error) {
	if s.reads, err = prepareReads(ctx, s.db.Reader); err != nil {
		return s.fault(err)
	}
	if _, err := s.ReadAllBackwards(ctx, eventstore.Position{}, tailEvents); err != nil {
		return err
	}
	if s.conn, err = s.db.Writer.Conn(ctx); err != nil {
		return s.fault(err)
	}
	w, err := newWriter(ctx, s, s.conn)
	if err != nil {
		return s.fault(err)
	}
	go w.run()
	go s.checkpoint()
	return nil
}

// Path returns the absolute path of the file.
func (s *Store) Path() string { return s.db.Path() }

// Close implements [eventstore.Store].
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.quit)
		<-s.stopped
		<-s.settled
		if err := s.db.Close(); err != nil {
			s.closeErr = fmt.Errorf("close event store %s: %w", s.Path(), err)
		}
	})
	return s.closeErr
}

func (s *Store) closed() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// fault turns an error of the engine into one of the contract. Nothing was written when it is used.
func (s *Store) fault(err error) error {
	var corrupt *eventstore.CorruptError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &corrupt), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case s.closed():
		return eventstore.ErrClosed
	case file.Is(err, file.Corrupt, file.NotADatabase):
		return &eventstore.CorruptError{Where: s.Path(), Problem: "its pages do not make sense", Err: err}
	case file.Is(err, file.Full):
		return fmt.Errorf("%w: %w", eventstore.ErrFull, err)
	case file.Is(err, file.ReadOnly):
		return fmt.Errorf("%w: %w", eventstore.ErrReadOnly, err)
	case errors.Is(err, sql.ErrConnDone):
		return eventstore.ErrClosed
	}
	return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
}
