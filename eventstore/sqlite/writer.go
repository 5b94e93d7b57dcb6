package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"almoner/eventstore"
	file "almoner/internal/sqlite"
)

// rowsPerInsert is how many rows one statement inserts when there are that many: the fixed cost of a statement is about that of
// a row.
const rowsPerInsert = 16

// writer is the one goroutine that changes the file for this process. Nothing in it is shared.
type writer struct {
	s    *Store
	conn *sql.Conn

	begin, commit, rollback *sql.Stmt
	end, lastStream         *sql.Stmt
	heads                   *sql.Stmt
	repeat                  *sql.Stmt
	newStreams              *sql.Stmt
	insert, insertMany      *sql.Stmt

	prepared []*sql.Stmt // all of the above

	// What is remembered of the file between transactions. It is true as long as the log ends at next.
	known   *cache[string, head]
	next    int64 // number the next event gets
	streams int64 // streams that exist; they are numbered from 1

	pages int // written since the checkpointer was last told, roughly
}

// head is what an append needs to know of a stream.
type head struct {
	id   int64 // 0 if the stream does not exist
	last int64 // its last revision, or NoStream
}

func newWriter(ctx context.Context, s *Store, conn *sql.Conn) (*writer, error) {
	w := &writer{s: s, conn: conn, known: newCache[string, head]()}
	const values = "(?,?,?,?,?,?)"
	const insert = "INSERT OR ROLLBACK INTO appends (pos, stream, rev, n, sum, blob) VALUES " + values
	for _, prepare := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.end, "SELECT pos + n FROM appends ORDER BY pos DESC LIMIT 1"},
		{&w.lastStream, "SELECT coalesce(max(id), 0) FROM streams"},
		// CROSS JOIN keeps the order of the loops: the few names asked for outside, the index inside.
		{&w.heads, `SELECT j.value, s.id, (SELECT a.rev + a.n - 1 FROM appends a WHERE a.stream = s.id ORDER BY a.rev DESC LIMIT 1)
			FROM json_each(?) j CROSS JOIN streams s ON s.name = j.value`},
		{&w.repeat, `SELECT pos, stream, rev, n, sum, blob FROM appends WHERE stream = ?1 AND rev <= ?3
			AND rev >= coalesce((SELECT max(rev) FROM appends WHERE stream = ?1 AND rev <= ?2), 0) ORDER BY rev`},
		{&w.newStreams, "INSERT OR ROLLBACK INTO streams (id, name) SELECT ? + key, value FROM json_each(?)"},
		{&w.insert, insert},
		{&w.insertMany, insert + strings.Repeat(","+values, rowsPerInsert-1)},
	} {
		var err error
		if *prepare.to, err = conn.PrepareContext(ctx, prepare.sql); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare the writer: %w", err), w.release())
		}
		w.prepared = append(w.prepared, *prepare.to)
	}
	return w, nil
}

// run commits groups until the store is closed. Requests still in the queue then see s.stopped.
func (w *writer) run() {
	defer close(w.s.stopped)
	defer w.release() // nothing is pending by then, so there is nothing to lose
	for {
		select {
		case <-w.s.quit:
			return
		default:
		}
		select {
		case r := <-w.s.queue:
			w.write(w.gather(r))
		case <-w.s.quit:
			return
		}
	}
}

// release gives the connection back. Statements prepared on it are not closed with it, and one left open would keep SQLite
// from moving the WAL into the file at the end.
func (w *writer) release() error {
	var errs []error
	for _, stmt := range w.prepared {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// gather takes what is waiting, up to the size of a group. It never waits for more: while this group is on its way to the
// disk the next one gathers by itself, and the slower the disk the larger it gets.
func (w *writer) gather(first *request) []*request {
	var group []*request
	appends, bytes := 0, 0
	for r := first; ; {
		if r.state.CompareAndSwap(waiting, taken) {
			group = append(group, r)
			appends += len(r.entries)
			bytes += r.bytes
		}
		if appends >= groupAppends || bytes >= groupBytes {
			return group
		}
		select {
		case r = <-w.s.queue:
			continue
		default:
		}
		// Those just answered may be about to append again: let them run once before going to the disk without them.
		runtime.Gosched()
		select {
		case r = <-w.s.queue:
		default:
			return group
		}
	}
}

// write runs one group as one transaction and answers it.
func (w *writer) write(group []*request) {
	if len(group) == 0 {
		return
	}
	wrote, err := w.transact(group)
	if err != nil {
		w.forget()
		for _, r := range group {
			r.fail(err)
		}
	}
	if wrote {
		w.s.committed()
	}
	pages := 0
	for _, r := range group {
		// Each append changes a page of the table and one of an index, and fills more if it is large.
		pages += 2*len(r.entries) + r.bytes/4096
		close(r.done)
	}
	if wrote {
		w.relieve(pages)
	}
}

// transact decides every append of the group and commits what was accepted. If it returns an error then it befell the
// whole group: nothing was written, or the error is ErrUnknownOutcome.
func (w *writer) transact(group []*request) (wrote bool, err error) {
	// A group is finished whoever stops waiting for it, so no context of a caller takes part.
	ctx := context.Background()
	if _, err := w.begin.ExecContext(ctx); err != nil {
		// Only an earlier rollback that failed can have left a transaction open.
		_, _ = w.rollback.ExecContext(ctx)
		return false, w.s.fault(fmt.Errorf("begin: %w", err))
	}
	t := &transaction{w: w, ctx: ctx, heads: map[string]head{}}
	err = t.run(group)
	if err == nil && t.next > w.next {
		return true, w.finish(t)
	}
	if _, rollbackErr := w.rollback.ExecContext(ctx); rollbackErr != nil && err == nil {
		err = rollbackErr
	}
	return false, w.s.fault(err)
}

// finish commits t, then remembers what it learnt.
func (w *writer) finish(t *transaction) error {
	if _, err := w.commit.ExecContext(t.ctx); err != nil {
		_, _ = w.rollback.ExecContext(t.ctx) // SQLite may have done so itself
		err = fmt.Errorf("commit: %w", err)
		if file.Is(err, file.Busy, file.Full, file.ReadOnly) {
			return w.s.fault(err) // the commit record did not get to the disk
		}
		// A commit record that was written but not confirmed may be found and honoured after a crash.
		return fmt.Errorf("%w: %w", eventstore.ErrUnknownOutcome, err)
	}
	w.next, w.streams = t.next, t.streams
	for name, h := range t.heads {
		w.known.put(name, h)
	}
	return nil
}

// forget drops what is remembered of the file; the next transaction reads it again.
func (w *writer) forget() {
	w.known.clear()
	w.next, w.streams = 0, 0
}

// refresh compares what is remembered with the file, inside the transaction. The log only grows, so if it ends where this
// process left it, no other process has written.
func (w *writer) refresh(ctx context.Context) error {
	next := int64(1)
	if err := w.end.QueryRowContext(ctx).Scan(&next); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("find the end of the log: %w", err)
	}
	if next == w.next {
		return nil
	}
	w.forget()
	if err := w.lastStream.QueryRowContext(ctx).Scan(&w.streams); err != nil {
		return fmt.Errorf("count the streams: %w", err)
	}
	w.next = next
	return nil
}
