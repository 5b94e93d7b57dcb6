package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"almoner/eventstore"
)

// Report is what a complete check counted.
type Report struct {
	Events, Appends, Streams int64
	Bytes                    int64 // of the packed events
}

// Check reads the whole file and verifies that nothing is damaged: every row's checksum, the places in the log and the
// revisions of every stream without gap, every stream's name, and the agreement of tables and indexes. The first damage
// is returned as [*eventstore.CorruptError]. It holds up nobody, and covers what was written before it began. It keeps 4 bytes
// a stream in memory. progress, if not nil, is called now and then with the number of events verified and to verify.
func (s *Store) Check(ctx context.Context, progress func(done, total int64)) (Report, error) {
	report, err := s.check(ctx, progress)
	if err != nil {
		return report, fmt.Errorf("check event store %s: %w", s.Path(), err)
	}
	return report, nil
}

func (s *Store) check(ctx context.Context, progress func(done, total int64)) (report Report, err error) {
	head, err := s.Head(ctx)
	if err != nil {
		return report, err
	}
	total := int64(head.Commit)
	c := checker{s: s}
	for c.report.Events < total {
		p, err := s.fetch(ctx, s.reads.forwards, math.MaxInt64, c.report.Events+1)
		if err != nil {
			return c.report, err
		}
		if err := c.page(ctx, p, total); err != nil {
			return c.report, err
		}
		if progress != nil {
			progress(c.report.Events, total)
		}
	}
	c.report.Streams = int64(len(c.next))
	for i, next := range c.next {
		if next == 0 {
			return c.report, &eventstore.CorruptError{Where: fmt.Sprintf("stream number %d", i+1), Problem: "it has no events"}
		}
	}
	return c.report, s.integrity(ctx)
}

// checker follows the log from its beginning.
type checker struct {
	s      *Store
	report Report
	next   []uint32 // of stream number i+1: the revision its next event must have
}

func (c *checker) page(ctx context.Context, p page, total int64) error {
	if len(p.rows) == 0 {
		return &eventstore.CorruptError{Where: "position " + position(c.report.Events+1).String(), Problem: "the log ends before its head"}
	}
	names, err := c.s.namesOf(ctx, p)
	if err != nil {
		return err
	}
	for i := range p.rows {
		r := &p.rows[i]
		if r.pos > total {
			return nil // written after the check began
		}
		if err := c.row(r, names[r.stream]); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) row(r *row, name string) error {
	if err := r.verify(name); err != nil {
		return err
	}
	if err := unpack(r.blob, r.n, func(int64, packed) {}); err != nil {
		return r.corrupt(err.Error(), nil)
	}
	if want := c.report.Events + 1; r.pos != want {
		return r.corrupt(fmt.Sprintf("position %v was to follow", position(want)), nil)
	}
	// Streams are numbered in order of their first append.
	if r.stream == int64(len(c.next))+1 {
		c.next = append(c.next, 0)
	}
	if r.stream < 1 || r.stream > int64(len(c.next)) {
		return r.corrupt(fmt.Sprintf("stream number %d was to follow", len(c.next)+1), nil)
	}
	if want := int64(c.next[r.stream-1]); r.rev != want {
		return r.corrupt(fmt.Sprintf("revision %d of stream %s was to follow", want, name), nil)
	}
	if r.lastRev() >= math.MaxUint32 {
		return r.corrupt("its revision is beyond what this check can count", nil)
	}
	c.next[r.stream-1] = uint32(r.lastRev() + 1)
	c.report.Appends++
	c.report.Events += r.n
	c.report.Bytes += int64(len(r.blob))
	return nil
}

// integrity lets SQLite compare its tables with its indexes, which reading one of them cannot notice.
func (s *Store) integrity(ctx context.Context) error {
	var first string
	err := s.db.Reader.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&first)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errors.New("SQLite's integrity check gave no answer")
	case err != nil:
		return s.fault(err)
	case first != "ok":
		return &eventstore.CorruptError{Where: s.Path(), Problem: first}
	}
	return nil
}
