package sqlite

import (
	"context"
	"fmt"
	"hash/crc32"
	"sync/atomic"

	"almoner/eventstore"
)

// entry is one append on its way: packed by its caller's goroutine, so that the writer has less to do.
type entry struct {
	stream   string
	expected int64
	n        int64
	blob     []byte
	blobSum  uint32
	result   *eventstore.Result // filled in before request.done is closed
}

// request is one or more appends that wait for the writer together.
type request struct {
	entries []entry
	bytes   int
	state   atomic.Int32 // waiting, taken or abandoned; whoever moves it from waiting owns the request
	done    chan struct{}
}

const (
	waiting int32 = iota
	taken
	abandoned
)

func (r *request) add(a eventstore.Append, result *eventstore.Result) {
	blob := pack(a.Events)
	r.entries = append(r.entries, entry{
		stream: a.Stream, expected: a.Expected, n: int64(len(a.Events)),
		blob: blob, blobSum: crc32.Checksum(blob, castagnoli), result: result,
	})
	r.bytes += len(blob)
}

func (r *request) fail(err error) {
	for _, e := range r.entries {
		e.result.Err = fmt.Errorf("append to stream %s: %w", e.stream, err)
	}
}

// Append implements [eventstore.Store].
func (s *Store) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	if err := a.Validate(); err != nil {
		return eventstore.Appended{}, err
	}
	var result eventstore.Result
	r := &request{done: make(chan struct{})}
	r.add(a, &result)
	s.submit(ctx, r)
	s.await(ctx, r)
	if result.Err != nil {
		return eventstore.Appended{}, result.Err
	}
	return result.Appended, nil
}

// AppendBatch implements [eventstore.Store]. The batch is written in transactions of up to groupAppends appends; while one is
// being written the next is packed. The log keeps the order of the batch.
func (s *Store) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := make([]eventstore.Result, len(batch))
	var previous, current *request
	send := func() {
		if current == nil {
			return
		}
		s.submit(ctx, current)
		if previous != nil {
			s.await(ctx, previous)
		}
		previous, current = current, nil
	}
	for i, a := range batch {
		if err := a.Validate(); err != nil {
			results[i].Err = err
			continue
		}
		if current == nil {
			current = &request{done: make(chan struct{}), entries: make([]entry, 0, min(len(batch)-i, groupAppends))}
		}
		current.add(a, &results[i])
		if len(current.entries) >= groupAppends || current.bytes >= groupBytes {
			send()
		}
	}
	send()
	if previous != nil {
		s.await(ctx, previous)
	}
	return results
}

// submit puts r in the queue. If it cannot, r is answered at once.
func (s *Store) submit(ctx context.Context, r *request) {
	var err error
	switch {
	case s.closed():
		err = eventstore.ErrClosed
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		select {
		case s.queue <- r:
			return
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.quit:
			err = eventstore.ErrClosed
		}
	}
	r.state.Store(abandoned)
	r.fail(err)
	close(r.done)
}

// await returns when r is answered. A request the writer has taken is waited for even if ctx ends: its outcome is a
// transaction away, and knowing it is worth more than leaving early.
func (s *Store) await(ctx context.Context, r *request) {
	var err error
	select {
	case <-r.done:
		return
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.stopped:
		err = eventstore.ErrClosed
	}
	if !r.state.CompareAndSwap(waiting, abandoned) {
		<-r.done
		return
	}
	r.fail(err)
}
