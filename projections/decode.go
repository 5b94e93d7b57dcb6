package projections

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"almoner/domain/codec"
	"almoner/eventstore"
)

// decoded is one event of the store, read; or why it cannot be.
type decoded struct {
	codec.Stored
	position eventstore.Position
	id       string // as stored beside the bytes, for errors
	stream   string
	revision int64
	err      error
}

// decodeAll decodes a batch on all cores. The result has the batch's order. Personal data stays sealed: there are no keys.
func decodeAll(ctx context.Context, batch []eventstore.Recorded) ([]decoded, error) {
	out := make([]decoded, len(batch))
	onAllCores(len(batch), func(i int) {
		if ctx.Err() == nil {
			out[i] = decodeOne(batch[i])
		}
	})
	return out, ctx.Err()
}

// coreChunk is how many calls a goroutine takes at a time: enough to make handing over cheap.
const coreChunk = 64

// onAllCores calls f for each number from 0 to n-1, on all cores, and returns when all calls have.
func onAllCores(n int, f func(int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+coreChunk-1)/coreChunk) {
		workers.Go(func() {
			for {
				to := int(next.Add(coreChunk))
				for i := to - coreChunk; i < min(to, n); i++ {
					f(i)
				}
				if to >= n {
					return
				}
			}
		})
	}
	workers.Wait()
}

func decodeOne(r eventstore.Recorded) decoded {
	d := decoded{position: r.Position, id: r.ID, stream: r.Stream, revision: r.Revision}
	d.Stored, d.err = codec.DecodeEvent(r.Data, nil)
	e := &d.Envelope
	if d.err == nil && (e.ID != r.ID || e.Type != r.Type || e.Stream != r.Stream || e.Rev != r.Revision) {
		d.err = fmt.Errorf("its bytes say event %s, %s of %s at revision %d", e.ID, e.Type, e.Stream, e.Rev)
	}
	return d
}

// readBatch is a batch read ahead; err ends the reading.
type readBatch struct {
	events []decoded
	err    error
}

// readAhead reads and decodes the log behind a position until its end, one batch ahead of its consumer. The goroutine ends
// with ctx, which the consumer cancels when it stops.
func (v *Views) readAhead(ctx context.Context, after eventstore.Position) <-chan readBatch {
	ahead := make(chan readBatch)
	go func() {
		defer close(ahead)
		for {
			recorded, err := v.store.ReadAll(ctx, after, batchEvents)
			b := readBatch{err: err}
			if err == nil && len(recorded) == 0 {
				return
			}
			if err == nil {
				b.events, b.err = decodeAll(ctx, recorded)
				after = recorded[len(recorded)-1].Position
			}
			select {
			case ahead <- b:
			case <-ctx.Done():
				return
			}
			if b.err != nil || len(recorded) < batchEvents {
				return
			}
		}
	}()
	return ahead
}
