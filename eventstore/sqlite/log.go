package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"almoner/eventstore"
)

// ReadAll implements [eventstore.Store].
func (s *Store) ReadAll(ctx context.Context, after eventstore.Position, max int) ([]eventstore.Recorded, error) {
	events, err := s.readAll(ctx, after, max, s.logForwards)
	if err != nil {
		return nil, fmt.Errorf("read the log after position %v: %w", after, err)
	}
	return events, nil
}

// ReadAllBackwards implements [eventstore.Store].
func (s *Store) ReadAllBackwards(ctx context.Context, before eventstore.Position, max int) ([]eventstore.Recorded, error) {
	events, err := s.readAll(ctx, before, max, s.logBackwards)
	if err != nil {
		return nil, fmt.Errorf("read the log before position %v: %w", before, err)
	}
	return events, nil
}

// pageReader reads some events behind (or before) the event numbered at, at least want if it says that there are no more.
type pageReader func(ctx context.Context, at, want int64) (events []eventstore.Recorded, more bool, err error)

func (s *Store) readAll(ctx context.Context, start eventstore.Position, max int, read pageReader) ([]eventstore.Recorded, error) {
	if max < 1 {
		return nil, &eventstore.InvalidError{Subject: fmt.Sprintf("%d events", max), Problem: "want at least one"}
	}
	at, err := s.number(ctx, start)
	if err != nil {
		return nil, err
	}
	var all []eventstore.Recorded
	for more := true; more && len(all) < max; {
		var events []eventstore.Recorded
		if events, more, err = read(ctx, at, int64(max-len(all))); err != nil {
			return nil, err
		}
		if all == nil {
			all = events
		} else {
			all = append(all, events...)
		}
		if more {
			at = int64(all[len(all)-1].Position.Commit)
		}
	}
	return all[:min(len(all), max):min(len(all), max)], nil
}

// number returns the event number a position stands for, 0 for the zero position, and refuses one that cannot be ours.
func (s *Store) number(ctx context.Context, p eventstore.Position) (int64, error) {
	if p.IsZero() {
		return 0, nil
	}
	if p.Commit != p.Prepare {
		return 0, &eventstore.InvalidError{Subject: "position " + p.String(), Problem: "this store has not issued it"}
	}
	head, err := s.Head(ctx)
	if err != nil {
		return 0, err
	}
	if p.Compare(head) > 0 {
		return 0, &eventstore.UnknownPositionError{Position: p, Head: head}
	}
	return int64(p.Commit), nil
}

// Head implements [eventstore.Store].
func (s *Store) Head(ctx context.Context) (eventstore.Position, error) {
	if s.closed() {
		return eventstore.Position{}, fmt.Errorf("find the head of the log: %w", eventstore.ErrClosed)
	}
	var last int64
	err := s.reads.head.QueryRowContext(ctx).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return eventstore.Position{}, fmt.Errorf("find the head of the log: %w", s.fault(err))
	}
	return position(last), nil
}

// logForwards reads some events behind the event numbered after. If there are more, it has read at least one.
func (s *Store) logForwards(ctx context.Context, after, want int64) (events []eventstore.Recorded, more bool, err error) {
	p, err := s.fetch(ctx, s.reads.forwards, want, after+1)
	if err != nil || len(p.rows) == 0 {
		return nil, false, err
	}
	first := &p.rows[0]
	if events, err = s.decodeLog(ctx, p, eventstore.Forwards); err != nil {
		return nil, false, err
	}
	if first.pos > after+1 {
		return nil, false, first.corrupt(fmt.Sprintf("position %v is missing before it", position(after+1)), nil)
	}
	// The row that was found may end at after, if that is the head; it never ends before.
	return events[min(after+1-first.pos, int64(len(events))):], p.more, nil
}

// logBackwards reads some events before the event numbered before, or from the end if it is 0. If there are more, it has
// read at least one.
func (s *Store) logBackwards(ctx context.Context, before, want int64) (events []eventstore.Recorded, more bool, err error) {
	from := before - 1
	if before == 0 {
		from = math.MaxInt64
	}
	p, err := s.fetch(ctx, s.reads.backwards, want, from)
	if err != nil || len(p.rows) == 0 {
		return nil, false, err
	}
	first, last := &p.rows[0], &p.rows[len(p.rows)-1]
	if events, err = s.decodeLog(ctx, p, eventstore.Backwards); err != nil {
		return nil, false, err
	}
	if before > 0 && first.end() < before {
		return nil, false, first.corrupt(fmt.Sprintf("position %v is missing behind it", position(before-1)), nil)
	}
	if !p.more && last.pos != 1 {
		return nil, false, last.corrupt("the log has nothing before it", nil)
	}
	return events[max(first.end()-1-from, 0):], p.more, nil
}

// decodeLog decodes a page of the log, and checks that its places continue.
func (s *Store) decodeLog(ctx context.Context, p page, dir eventstore.Direction) ([]eventstore.Recorded, error) {
	names, err := s.namesOf(ctx, p)
	if err != nil {
		return nil, err
	}
	// A stream without a name decodes with an empty one, and then its checksum cannot be right.
	events, err := p.decode(func(r *row) string { return names[r.stream] }, dir)
	if err != nil {
		return nil, err
	}
	if r := p.gap(dir, byPos); r != nil {
		return nil, r.corrupt("the log does not continue here", nil)
	}
	return events, nil
}

// namesOf returns the names of the streams in p, those not in memory with one query.
func (s *Store) namesOf(ctx context.Context, p page) (map[int64]string, error) {
	names := make(map[int64]string, len(p.rows))
	var missing []int64
	for i := range p.rows {
		id := p.rows[i].stream
		if _, ok := names[id]; ok {
			continue
		}
		name, ok := s.names.get(id)
		if !ok {
			missing = append(missing, id)
		}
		names[id] = name
	}
	if len(missing) == 0 {
		return names, nil
	}
	ids, err := json.Marshal(missing)
	if err != nil {
		return nil, fmt.Errorf("list stream numbers: %w", err)
	}
	rows, err := s.reads.names.QueryContext(ctx, string(ids))
	if err != nil {
		return nil, s.fault(fmt.Errorf("look up stream names: %w", err))
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, &eventstore.CorruptError{Where: "the table streams", Problem: "its columns have the wrong type", Err: err}
		}
		names[id] = name
		s.names.put(id, name)
	}
	return names, s.fault(rows.Err())
}
