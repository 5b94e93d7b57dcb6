package sqlite

import (
	"context"
	"fmt"
	"iter"
	"math"

	"almoner/eventstore"
)

// firstPage is how many events the first query for a stream asks for; later ones ask for more and more, up to pageRows.
const firstPage = 32

// ReadStream implements [eventstore.Store].
func (s *Store) ReadStream(ctx context.Context, stream string, from int64, dir eventstore.Direction) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		err := checkStreamRead(stream, from, dir)
		next := from
		if next == eventstore.End {
			next = math.MaxInt64
		}
		// Many a consumer wants one aggregate of some twenty events, or only the last event: the first page is small.
		want := int64(firstPage)
		for more := true; more && err == nil; want *= 8 {
			var events []eventstore.Recorded
			if dir == eventstore.Backwards {
				events, more, err = s.streamBackwards(ctx, stream, next, want)
			} else {
				events, more, err = s.streamForwards(ctx, stream, next, want)
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if more {
				next = following(events[len(events)-1].Revision, dir)
			}
		}
		if err != nil {
			yield(eventstore.Recorded{}, fmt.Errorf("read stream %s %v from %d: %w", stream, dir, from, err))
		}
	}
}

func following(revision int64, dir eventstore.Direction) int64 {
	if dir == eventstore.Backwards {
		return revision - 1
	}
	return revision + 1
}

func checkStreamRead(stream string, from int64, dir eventstore.Direction) error {
	if err := eventstore.ValidateStream(stream); err != nil {
		return err
	}
	if from < 0 && (dir == eventstore.Forwards || from != eventstore.End) {
		return &eventstore.InvalidError{Subject: "its start", Problem: "want a revision from 0, or End when reading backwards"}
	}
	return nil
}

// streamForwards reads some events of a stream from revision from on. If there are more, it has read at least one.
func (s *Store) streamForwards(ctx context.Context, stream string, from, want int64) (events []eventstore.Recorded, more bool, err error) {
	p, err := s.fetch(ctx, s.reads.streamForwards, want, stream, from)
	if err != nil || len(p.rows) == 0 {
		return nil, false, err
	}
	first := &p.rows[0]
	if events, err = p.decodeStream(stream, eventstore.Forwards); err != nil {
		return nil, false, err
	}
	if first.rev > from {
		return nil, false, first.corrupt(fmt.Sprintf("revision %d of stream %s is missing before it", from, stream), nil)
	}
	// Fewer than one row of events is skipped, unless the stream ends before from.
	return events[min(from-first.rev, int64(len(events))):], p.more, nil
}

// streamBackwards reads some events of a stream from revision from downwards. If there are more, it has read at least one.
func (s *Store) streamBackwards(ctx context.Context, stream string, from, want int64) (events []eventstore.Recorded, more bool, err error) {
	p, err := s.fetch(ctx, s.reads.streamBackwards, want, stream, from)
	if err != nil || len(p.rows) == 0 {
		return nil, false, err
	}
	first, last := &p.rows[0], &p.rows[len(p.rows)-1]
	if events, err = p.decodeStream(stream, eventstore.Backwards); err != nil {
		return nil, false, err
	}
	if !p.more && last.rev != 0 {
		return nil, false, last.corrupt(fmt.Sprintf("stream %s has nothing before it", stream), nil)
	}
	return events[max(first.lastRev()-from, 0):], p.more && last.rev > 0, nil
}

// decodeStream decodes a page of one stream, and checks that its revisions continue.
func (p page) decodeStream(stream string, dir eventstore.Direction) ([]eventstore.Recorded, error) {
	events, err := p.decode(func(*row) string { return stream }, dir)
	if err != nil {
		return nil, err
	}
	if r := p.gap(dir, byRev); r != nil {
		return nil, r.corrupt("the revisions of stream "+stream+" do not continue here", nil)
	}
	return events, nil
}
