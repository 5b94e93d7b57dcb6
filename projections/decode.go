package projections

import (
	"context"
	"fmt"
	"runtime"
	"sync"

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

// decodeChunk is how many events a goroutine decodes at a time: enough to make handing over cheap.
const decodeChunk = 128

// decodeAll decodes a batch on all cores. The result has the batch's order. Personal data stays sealed: there are no keys.
func decodeAll(ctx context.Context, batch []eventstore.Recorded) ([]decoded, error) {
	out := make([]decoded, len(batch))
	chunks := make(chan int, len(batch)/decodeChunk+1)
	for from := 0; from < len(batch); from += decodeChunk {
		chunks <- from
	}
	close(chunks)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(chunks)) {
		workers.Go(func() {
			for from := range chunks {
				for i := from; i < min(from+decodeChunk, len(batch)) && ctx.Err() == nil; i++ {
					out[i] = decodeOne(batch[i])
				}
			}
		})
	}
	workers.Wait()
	return out, ctx.Err()
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
