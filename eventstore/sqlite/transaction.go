package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"almoner/eventstore"
	file "almoner/internal/sqlite"
)

// transaction is the state of one group between BEGIN and COMMIT.
type transaction struct {
	w   *writer
	ctx context.Context

	next    int64           // number of the next event
	streams int64           // streams that exist, counting those created here
	heads   map[string]head // of every stream the group names, as this transaction leaves them

	created []string // names of new streams, not yet inserted; the last one has the number streams
	rows    []row    // not yet inserted
}

// run decides the appends in order and inserts those accepted. A refusal is an answer to one append; an error is a fault
// of the whole transaction.
func (t *transaction) run(group []*request) error {
	if err := t.w.refresh(t.ctx); err != nil {
		return err
	}
	t.next, t.streams = t.w.next, t.w.streams
	if err := t.load(group); err != nil {
		return err
	}
	for _, r := range group {
		for i := range r.entries {
			if err := t.decide(&r.entries[i]); err != nil {
				return err
			}
		}
	}
	return t.flush()
}

// load finds the heads of all streams the group names, those not remembered with one query.
func (t *transaction) load(group []*request) error {
	var missing []string
	for _, r := range group {
		for i := range r.entries {
			name := r.entries[i].stream
			if _, ok := t.heads[name]; ok {
				continue
			}
			h, ok := t.w.known.get(name)
			if !ok {
				h = head{last: eventstore.NoStream}
				missing = append(missing, name)
			}
			t.heads[name] = h
		}
	}
	if len(missing) == 0 {
		return nil
	}
	names, err := json.Marshal(missing)
	if err != nil {
		return fmt.Errorf("list stream names: %w", err)
	}
	rows, err := t.w.heads.QueryContext(t.ctx, string(names))
	if err != nil {
		return fmt.Errorf("look up streams: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var h head
		if err := rows.Scan(&name, &h.id, &h.last); err != nil {
			return &eventstore.CorruptError{Where: "stream " + name, Problem: "it has a name but no events", Err: err}
		}
		t.heads[name] = h
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look up streams: %w", err)
	}
	return nil
}

// decide answers one append. Its result stands only if the transaction commits.
func (t *transaction) decide(e *entry) error {
	h := t.heads[e.stream]
	switch {
	case e.expected == h.last:
		t.accept(e, h)
		return nil
	case e.expected < h.last && e.expected+e.n <= h.last:
		return t.recognise(e, h)
	}
	t.refuse(e, h)
	return nil
}

func (t *transaction) accept(e *entry, h head) {
	if h.id == 0 {
		t.streams++
		h.id = t.streams
		t.created = append(t.created, e.stream)
	}
	r := row{pos: t.next, stream: h.id, rev: e.expected + 1, n: e.n, blob: e.blob}
	r.sum = r.seal(e.blobSum, e.stream)
	t.rows = append(t.rows, r)
	t.next = r.end()
	h.last = r.lastRev()
	t.heads[e.stream] = h
	e.result.Appended = eventstore.Appended{Revision: h.last, Position: position(r.end() - 1)}
}

func (t *transaction) refuse(e *entry, h head) {
	e.result.Err = &eventstore.WrongRevisionError{Stream: e.stream, Expected: e.expected, Actual: h.last}
}

// recognise acknowledges e if its events stand where it wants them, and refuses it if others do. The rows are there: e ends at
// or before the stream's head.
func (t *transaction) recognise(e *entry, h head) error {
	if err := t.flush(); err != nil { // the rows may have been accepted a moment ago
		return err
	}
	first, last := e.expected+1, e.expected+e.n
	rows, err := t.w.repeat.QueryContext(t.ctx, h.id, first, last)
	if err != nil {
		return fmt.Errorf("stream %s: look for a repeated append: %w", e.stream, err)
	}
	defer rows.Close()
	want, at := idsOf(e.blob, e.n), first
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			e.result.Err = err
			return nil
		}
		if err := r.verify(e.stream); err != nil {
			e.result.Err = err
			return nil
		}
		if r.rev > at || r.lastRev() < at {
			e.result.Err = r.corrupt(fmt.Sprintf("revision %d of stream %s is missing", at, e.stream), nil)
			return nil
		}
		if !r.sameIDs(want, first) {
			t.refuse(e, h)
			return nil
		}
		at = r.lastRev() + 1
		if at > last {
			e.result.Appended = eventstore.Appended{Revision: last, Position: position(r.pos + last - r.rev)}
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("stream %s: look for a repeated append: %w", e.stream, err)
	}
	e.result.Err = &eventstore.CorruptError{Where: "stream " + e.stream, Problem: fmt.Sprintf("revision %d is missing", at)}
	return nil
}

// flush inserts what was accepted so far.
func (t *transaction) flush() error {
	if len(t.created) > 0 {
		names, err := json.Marshal(t.created)
		if err != nil {
			return fmt.Errorf("list new streams: %w", err)
		}
		first := t.streams - int64(len(t.created)) + 1
		if _, err := t.w.newStreams.ExecContext(t.ctx, first, string(names)); err != nil {
			return inconsistent("number new streams", err)
		}
		t.created = t.created[:0]
	}
	args := make([]any, 0, 6*rowsPerInsert)
	for rest := t.rows; len(rest) > 0; {
		stmt, k := t.w.insertMany, rowsPerInsert
		if len(rest) < k {
			stmt, k = t.w.insert, 1
		}
		args = args[:0]
		for i := range rest[:k] {
			r := &rest[i]
			args = append(args, r.pos, r.stream, r.rev, r.n, int64(r.sum), r.blob)
		}
		if _, err := stmt.ExecContext(t.ctx, args...); err != nil {
			return inconsistent(fmt.Sprintf("insert at position %v", position(rest[0].pos)), err)
		}
		rest = rest[k:]
	}
	t.rows = t.rows[:0]
	return nil
}

// inconsistent wraps the error of an insert. Numbers and revisions were read in the same transaction, so if a constraint
// refuses them, the tables and their indexes contradict each other.
func inconsistent(what string, err error) error {
	if file.Is(err, file.Constraint) {
		return &eventstore.CorruptError{Where: what, Problem: "a table and its index disagree", Err: err}
	}
	return fmt.Errorf("%s: %w", what, err)
}
