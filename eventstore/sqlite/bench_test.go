package sqlite_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/eventstore/sqlite"
)

// Every benchmark first does the same work on a plain file with one fsync for each group of appends, in the same run on the
// same disk: the limit of any durable store. "of-plain" is the store's speed divided by that. The plain file does the same
// amount of work as the store (b.N), so run them with -benchtime=2s or more, and compare ratios only.

const benchData = 450 // bytes of an event's data: 350 of facts, 100 of envelope

// plain is the simplest thing that can be called durable: records behind a length, one write and one fsync for each group.
type plain struct {
	f     *os.File
	queue chan *plainAppend
}

type plainAppend struct {
	data []byte
	done chan struct{}
}

func openPlain(b *testing.B) *plain {
	f, err := os.Create(filepath.Join(b.TempDir(), "plain.log"))
	require.NoError(b, err)
	p := &plain{f: f, queue: make(chan *plainAppend, 1024)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.run(b)
	}()
	b.Cleanup(func() {
		close(p.queue)
		<-ended
		require.NoError(b, f.Close())
	})
	return p
}

func (p *plain) run(b *testing.B) {
	var buffer []byte
	for first := range p.queue {
		group := []*plainAppend{first}
		for more := true; more && len(group) < 5000; {
			select {
			case a, open := <-p.queue:
				if more = open; open {
					group = append(group, a)
				}
			default:
				more = false
			}
		}
		buffer = buffer[:0]
		for _, a := range group {
			buffer = append(buffer, a.data...)
		}
		if _, err := p.f.Write(buffer); err != nil {
			b.Error(err)
		}
		if err := p.f.Sync(); err != nil {
			b.Error(err)
		}
		for _, a := range group {
			close(a.done)
		}
	}
}

func (p *plain) append(list []eventstore.Event) {
	a := &plainAppend{done: make(chan struct{})}
	for _, e := range list {
		a.data = binary.BigEndian.AppendUint32(a.data, uint32(len(e.ID)+len(e.Type)+len(e.Data)))
		a.data = append(append(append(a.data, e.ID...), e.Type...), e.Data...)
	}
	p.queue <- a
	<-a.done
}

var benchSeed atomic.Int64

// benchEvents makes n events; ids from a cheap generator, as real ones come from a hash.
func benchEvents(n int) []eventstore.Event {
	rng := rand.New(rand.NewSource(benchSeed.Add(1)))
	list := make([]eventstore.Event, n)
	for i := range list {
		id, _ := uuid.NewRandomFromReader(rng)
		data := make([]byte, benchData)
		rng.Read(data)
		list[i] = eventstore.Event{ID: id.String(), Type: "beneficiary.fact-recorded", Data: data}
	}
	return list
}

// parallel divides n calls of do over writers and returns calls per second.
func parallel(n, writers int, do func(writer, i int)) float64 {
	start := time.Now()
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := w; i < n; i += writers {
				do(w, i)
			}
		})
	}
	group.Wait()
	return float64(n) / time.Since(start).Seconds()
}

func report(b *testing.B, events int, rate, plainRate float64) {
	b.ReportMetric(rate*float64(events), "events/s")
	b.ReportMetric(plainRate*float64(events), "plain-events/s")
	b.ReportMetric(rate/plainRate, "of-plain")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct{ writers, events int }{{1, 1}, {64, 1}, {1, 3}, {1, 100}, {1, 500}, {2, 500}} {
		b.Run(fmt.Sprintf("writers=%d/events=%d", c.writers, c.events), func(b *testing.B) {
			list := benchEvents(c.events)
			p := openPlain(b)
			plainRate := parallel(b.N, c.writers, func(_, _ int) { p.append(list) })

			s := open(b, filepath.Join(b.TempDir(), "ledger.db"))
			next := make([]int64, c.writers)
			lags := make([]time.Duration, b.N)
			b.ResetTimer()
			rate := parallel(b.N, c.writers, func(w, i int) {
				start := time.Now()
				_, err := s.Append(context.Background(), eventstore.Append{Stream: fmt.Sprintf("stream-%d", w), Expected: next[w] - 1, Events: list})
				if err != nil {
					b.Error(err)
				}
				next[w] += int64(len(list))
				lags[i] = time.Since(start)
			})
			b.StopTimer()
			report(b, c.events, rate, plainRate)
			slices.Sort(lags)
			b.ReportMetric(float64(lags[len(lags)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkAppendBatch appends one event to each of 5,000 streams in a batch: new ones, the same ones again, and ones picked
// in any order out of many.
func BenchmarkAppendBatch(b *testing.B) {
	const size = 5000
	list := benchEvents(1)
	for _, kind := range []string{"new", "again", "any-order"} {
		b.Run(kind, func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "ledger.db"))
			names := make([]string, size)
			if kind == "any-order" {
				names = make([]string, 40*size)
			}
			for i := range names {
				names[i] = "beneficiary-" + uuid.NewString()
			}
			next := make([]int64, len(names))
			send := func(order []int) {
				batch := make([]eventstore.Append, len(order))
				for i, k := range order {
					batch[i] = eventstore.Append{Stream: names[k], Expected: next[k] - 1, Events: list}
					next[k]++
				}
				for _, r := range s.AppendBatch(context.Background(), batch) {
					require.NoError(b, r.Err)
				}
			}
			order := rand.New(rand.NewSource(1)).Perm(len(names))
			for i := 0; kind == "any-order" && i < len(names); i += size {
				ascending := make([]int, size)
				for k := range ascending {
					ascending[k] = i + k
				}
				send(ascending)
			}
			b.ResetTimer()
			for i := range b.N {
				if kind == "new" {
					b.StopTimer()
					for k := range names {
						names[k], next[k] = "beneficiary-"+uuid.NewString(), 0
					}
					b.StartTimer()
				}
				at := i * size % len(order)
				send(order[at : at+size])
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "appends/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func BenchmarkReadAll(b *testing.B) {
	const total = 200_000
	for _, size := range []int{1, 3, 100, 500} {
		b.Run(fmt.Sprintf("events=%d", size), func(b *testing.B) {
			list := benchEvents(size)
			path := filepath.Join(b.TempDir(), "plain.log")
			f, err := os.Create(path)
			require.NoError(b, err)
			w := bufio.NewWriter(f)
			s := open(b, filepath.Join(b.TempDir(), "ledger.db"))
			var batch []eventstore.Append
			for i := range total / size {
				for _, e := range list {
					var head [4]byte
					binary.BigEndian.PutUint32(head[:], uint32(len(e.ID)+len(e.Type)+len(e.Data)))
					_, _ = w.Write(head[:])
					_, _ = w.WriteString(e.ID + e.Type)
					_, _ = w.Write(e.Data)
				}
				batch = append(batch, eventstore.Append{Stream: fmt.Sprintf("stream-%d", i%20_000), Expected: int64(i/20_000*size) - 1, Events: list})
				if len(batch) == 5000 || i == total/size-1 {
					for _, r := range s.AppendBatch(context.Background(), batch) {
						require.NoError(b, r.Err)
					}
					batch = batch[:0]
				}
			}
			require.NoError(b, w.Flush())
			n := total / size * size
			b.ResetTimer()
			var plainTime, storeTime time.Duration
			for range b.N {
				start := time.Now()
				require.Equal(b, n, readPlain(b, path))
				plainTime += time.Since(start)
				start = time.Now()
				require.Equal(b, n, readStore(b, s))
				storeTime += time.Since(start)
			}
			report(b, n, float64(b.N)/storeTime.Seconds(), float64(b.N)/plainTime.Seconds())
			require.NoError(b, f.Close())
		})
	}
}

// readPlain reads every record into memory of its own, as a reader that hands events on must.
func readPlain(b *testing.B, path string) (n int) {
	f, err := os.Open(path)
	require.NoError(b, err)
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var head [4]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err == io.EOF {
			return n
		}
		data := make([]byte, binary.BigEndian.Uint32(head[:]))
		_, err := io.ReadFull(r, data)
		require.NoError(b, err)
		n++
	}
}

func readStore(b *testing.B, s *sqlite.Store) (n int) {
	var after eventstore.Position
	for {
		batch, err := s.ReadAll(context.Background(), after, 5000)
		require.NoError(b, err)
		n += len(batch)
		if len(batch) < 5000 {
			return n
		}
		after = batch[len(batch)-1].Position
	}
}

func BenchmarkReadStream(b *testing.B) {
	const streams = 2000
	s := open(b, filepath.Join(b.TempDir(), "ledger.db"))
	for i := range 20 {
		batch := make([]eventstore.Append, streams)
		for k := range batch {
			batch[k] = eventstore.Append{Stream: fmt.Sprintf("stream-%d", k), Expected: int64(i) - 1, Events: benchEvents(1)}
		}
		for _, r := range s.AppendBatch(context.Background(), batch) {
			require.NoError(b, r.Err)
		}
	}
	rng := rand.New(rand.NewSource(1))
	lags := make([]time.Duration, b.N)
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		n := 0
		for _, err := range s.ReadStream(context.Background(), fmt.Sprintf("stream-%d", rng.Intn(streams)), 0, eventstore.Forwards) {
			require.NoError(b, err)
			n++
		}
		lags[i] = time.Since(start)
		require.Equal(b, 20, n)
	}
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(lags[len(lags)*99/100].Nanoseconds())/1000, "p99-µs")
}
