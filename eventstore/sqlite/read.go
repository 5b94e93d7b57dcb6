package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"

	"almoner/eventstore"
)

// Bounds of one query: a reader never keeps a statement open while its consumer works.
const (
	pageBytes = 1 << 20
	pageRows  = 1024
)

// statements are the queries of readers, prepared on each connection as it is first used.
type statements struct {
	forwards, backwards             *sql.Stmt // the log
	streamForwards, streamBackwards *sql.Stmt
	head                            *sql.Stmt
	names                           *sql.Stmt
}

func prepareReads(ctx context.Context, db *sql.DB) (statements, error) {
	const columns = "SELECT pos, stream, rev, n, sum, blob FROM appends "
	var s statements
	for _, prepare := range []struct {
		to  **sql.Stmt
		sql string
	}{
		// The first row is the one that holds the place asked for; the last subselect finds it.
		{&s.forwards, columns + `WHERE pos >= coalesce((SELECT max(pos) FROM appends WHERE pos <= ?1), 0) ORDER BY pos`},
		{&s.backwards, columns + `WHERE pos <= ?1 ORDER BY pos DESC`},
		{&s.streamForwards, columns + `WHERE stream = (SELECT id FROM streams WHERE name = ?1) AND rev >= coalesce(
			(SELECT max(rev) FROM appends WHERE stream = (SELECT id FROM streams WHERE name = ?1) AND rev <= ?2), 0) ORDER BY rev`},
		{&s.streamBackwards, columns + `WHERE stream = (SELECT id FROM streams WHERE name = ?1) AND rev <= ?2 ORDER BY rev DESC`},
		{&s.head, "SELECT pos + n - 1 FROM appends ORDER BY pos DESC LIMIT 1"},
		{&s.names, "SELECT s.id, s.name FROM json_each(?) j CROSS JOIN streams s ON s.id = j.value"},
	} {
		var err error
		if *prepare.to, err = db.PrepareContext(ctx, prepare.sql); err != nil {
			return statements{}, fmt.Errorf("prepare reading: %w", err)
		}
	}
	return s, nil
}

// scan reads the columns of statements' queries.
func (r *row) scan(rows *sql.Rows) error {
	var sum int64
	if err := rows.Scan(&r.pos, &r.stream, &r.rev, &r.n, &sum, &r.blob); err != nil {
		return r.corrupt("its columns have the wrong type", err)
	}
	if sum < 0 || sum > math.MaxUint32 {
		return r.corrupt("its checksum is out of range", nil)
	}
	r.sum = uint32(sum)
	return nil
}

// page is rows read together, in the order of the query.
type page struct {
	rows []row
	more bool // there are further rows
}

// fetch runs a query and keeps rows until it has enough events or bytes. The first row is not counted: it may lie before the
// place asked for.
func (s *Store) fetch(ctx context.Context, query *sql.Stmt, events int64, args ...any) (p page, err error) {
	if s.closed() {
		return page{}, eventstore.ErrClosed
	}
	rows, err := query.QueryContext(ctx, args...)
	if err != nil {
		return page{}, s.fault(err)
	}
	defer rows.Close()
	bytes := 0
	for rows.Next() {
		if len(p.rows) > 0 && (events <= 0 || bytes >= pageBytes || len(p.rows) >= pageRows) {
			p.more = true
			return p, nil
		}
		var r row
		if err := r.scan(rows); err != nil {
			return page{}, err
		}
		if len(p.rows) > 0 {
			events -= r.n
		}
		bytes += len(r.blob)
		p.rows = append(p.rows, r)
	}
	return p, s.fault(rows.Err())
}

// decode verifies each row and turns the page into events, those of each row in the direction of the page.
func (p page) decode(name func(*row) string, dir eventstore.Direction) (events []eventstore.Recorded, err error) {
	n := 0
	for i := range p.rows {
		n += int(min(max(p.rows[i].n, 0), eventstore.MaxEvents)) // n is verified below
	}
	events = make([]eventstore.Recorded, 0, n)
	var types kinds
	for i := range p.rows {
		before := len(events)
		if events, err = p.rows[i].events(events, name(&p.rows[i]), &types); err != nil {
			return nil, err
		}
		if dir == eventstore.Backwards {
			slices.Reverse(events[before:])
		}
	}
	return events, nil
}

// gap returns the first row that does not continue where the one before it ended, counted by first and length.
func (p page) gap(dir eventstore.Direction, first func(*row) int64) *row {
	for i := 1; i < len(p.rows); i++ {
		lower, upper := &p.rows[i-1], &p.rows[i]
		if dir == eventstore.Backwards {
			lower, upper = upper, lower
		}
		if first(lower)+lower.n != first(upper) {
			return &p.rows[i]
		}
	}
	return nil
}

func byPos(r *row) int64 { return r.pos }
func byRev(r *row) int64 { return r.rev }
