package ledger_test

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// losing is a store that writes the first draws and loses the answer, and then breaks off the reading by which the ledger would
// find out.
type losing struct {
	eventstore.Store
	armed *bool
}

func (s losing) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := s.Store.AppendBatch(ctx, batch)
	if *s.armed && batch[0].Events[0].Type == (beneficiary.Drawn{}).EventType() {
		for i := range results {
			results[i] = eventstore.Result{Err: eventstore.ErrUnknownOutcome}
		}
	}
	return results
}

func (s losing) ReadStream(ctx context.Context, stream string, from int64, dir eventstore.Direction) iter.Seq2[eventstore.Recorded, error] {
	if *s.armed && strings.HasPrefix(stream, beneficiary.Stream("")) {
		return func(yield func(eventstore.Recorded, error) bool) {
			yield(eventstore.Recorded{}, eventstore.ErrUnavailable)
		}
	}
	return s.Store.ReadStream(ctx, stream, from, dir)
}

// A call that starts from folds which lack the draws of an earlier one lists those draws, with the hashes of what is stored.
func TestPreparingAfterAnAnswerWasLost(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ledger")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, foundCounty(ctx, dir))
	armed := false
	c, err := openCounty(ctx, dir, false, func(inner eventstore.Store) eventstore.Store { return losing{inner, &armed} })
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	w := writer{c, ctx, func(string, ...any) {}}
	month := monthOf(0)
	c.clock.set(month.First().AddDays(4))
	require.NoError(t, w.roster("enter", rosterfile.Admission, crashEntries(0)))
	run, _, err := c.ledger.OpenPayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: "run"},
		ledger.PayrunRequest{Programme: programme, Office: north, Finance: "finance", Period: month, Kind: payrun.Regular})
	require.NoError(t, err)

	armed = true
	command := ledger.Command{Actor: handlerOf(north), ID: "prepare"}
	_, err = c.ledger.PreparePayrun(ctx, command, run, nil)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
	armed = false
	s, err := c.ledger.PreparePayrun(ctx, command, run, nil)
	require.NoError(t, err)
	require.Equal(t, crashRows, s.Listing.Totals.Lines)
	requireSound(t, c)
}
