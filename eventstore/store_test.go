package eventstore_test

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/eventstore"
)

func TestPositionTextIsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := eventstore.Position{Commit: rapid.Uint64().Draw(t, "commit"), Prepare: rapid.Uint64().Draw(t, "prepare")}
		back, err := eventstore.ParsePosition(p.String())
		require.NoError(t, err)
		require.Equal(t, p, back)
	})
	require.Equal(t, "0/0", eventstore.Position{}.String())
	require.Equal(t, "18446744073709551615/7", eventstore.Position{Commit: math.MaxUint64, Prepare: 7}.String())
	for _, bad := range []string{"", "/", "1", "1/", "/1", "01/1", "+1/1", "1/1/1", " 1/1", "1/-1", "0x1/1", "18446744073709551616/0", "1_0/1"} {
		_, err := eventstore.ParsePosition(bad)
		require.ErrorContains(t, err, "want two decimal numbers", "%q", bad)
	}
}

func TestPositionsAreOrdered(t *testing.T) {
	ascending := []eventstore.Position{{}, {Prepare: 1}, {Commit: 1}, {Commit: 1, Prepare: 1}, {Commit: 2}, {Commit: math.MaxUint64}}
	for i, p := range ascending {
		require.Equal(t, i == 0, p.IsZero())
		for k, q := range ascending {
			want := map[bool]int{true: -1}[i < k]
			if i > k {
				want = 1
			}
			require.Equal(t, want, p.Compare(q), "%v %v", p, q)
		}
	}
}

// A reader of an error must learn what, where and what to do next.
func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&eventstore.WrongRevisionError{Stream: "s", Expected: 3, Actual: 5},
			"append to stream s: expected last revision 3, but it is at revision 5; read the stream again and decide anew"},
		{&eventstore.WrongRevisionError{Stream: "s", Expected: eventstore.NoStream, Actual: 0},
			"append to stream s: expected that it does not exist, but it is at revision 0; read the stream again and decide anew"},
		{&eventstore.WrongRevisionError{Stream: "s", Expected: 0, Actual: eventstore.NoStream},
			"append to stream s: expected last revision 0, but it does not exist; read the stream again and decide anew"},
		{&eventstore.TooLargeError{Stream: "s", What: "events in one append", Size: 501, Limit: 500},
			"append to stream s: 501 events in one append, at most 500 are allowed; divide it"},
		{&eventstore.CorruptError{Where: "position 7/7", Problem: "bad checksum", Err: errors.New("cause")},
			"event store is corrupt at position 7/7: bad checksum; run `almoner store check`, then restore a verified backup: cause"},
	} {
		require.EqualError(t, c.err, c.want)
	}
	require.ErrorIs(t, eventstore.ErrFull, eventstore.ErrUnavailable)
	require.ErrorIs(t, eventstore.ErrReadOnly, eventstore.ErrUnavailable)
	require.NotErrorIs(t, eventstore.ErrUnknownOutcome, eventstore.ErrUnavailable)
}
