package ledger

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
)

// meddled is a store whose log reads as somebody changed it.
type meddled struct {
	eventstore.Store
	change func([]eventstore.Recorded) []eventstore.Recorded
}

func (m meddled) ReadAll(ctx context.Context, after eventstore.Position, most int) ([]eventstore.Recorded, error) {
	page, err := m.Store.ReadAll(ctx, after, most)
	return m.change(page), err
}

// TestCheck: a sound ledger is counted, and every way of meddling with its log is found and told with its place.
func TestCheck(t *testing.T) {
	l := newTestLedger(t)
	told := 0
	sound, err := l.Check(l.ctx, func(done, total int) { told = done })
	require.NoError(t, err)
	events := int64(0)
	streams := map[string]bool{}
	for r := range l.log() {
		events++
		streams[r.Stream] = true
	}
	require.Equal(t, events, sound.Events)
	require.Equal(t, int64(len(streams)), sound.Streams)
	require.Equal(t, int(events), told)
	require.Positive(t, sound.Bytes)

	last := func(page []eventstore.Recorded) *eventstore.Recorded {
		page[len(page)-1].Data = append([]byte{}, page[len(page)-1].Data...)
		return &page[len(page)-1]
	}
	for _, x := range []struct {
		name, says string
		change     func([]eventstore.Recorded) []eventstore.Recorded
	}{
		{"one event left out", "was to follow", func(p []eventstore.Recorded) []eventstore.Recorded {
			for i, r := range p {
				if r.Revision == 0 && i+1 < len(p) && p[i+1].Stream == r.Stream {
					return append(append([]eventstore.Recorded{}, p[:i]...), p[i+1:]...)
				}
			}
			return p
		}},
		{"the end cut off", "before its head", func(p []eventstore.Recorded) []eventstore.Recorded {
			if len(p) < 2 {
				return nil
			}
			return p[:len(p)-1]
		}},
		{"a byte changed", "event ", func(p []eventstore.Recorded) []eventstore.Recorded {
			r := last(p)
			r.Data[len(r.Data)/2] ^= 0x80
			return p
		}},
		{"put into another stream", "its bytes say", func(p []eventstore.Recorded) []eventstore.Recorded {
			last(p).Stream = "officer-somebody-else"
			return p
		}},
		{"another type", "its bytes say", func(p []eventstore.Recorded) []eventstore.Recorded {
			last(p).Type = "officer.left"
			return p
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			other, err := Open(l.ctx, l.options())
			require.NoError(t, err)
			other.store = meddled{l.disk, x.change}
			_, err = other.Check(l.ctx, nil)
			var damaged *DamagedError
			require.ErrorAs(t, err, &damaged)
			require.ErrorContains(t, err, x.says)
		})
	}
}
