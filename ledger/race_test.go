package ledger_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// interruptingStore lets something happen just before the first batch of draws is stored.
type interruptingStore struct {
	eventstore.Store
	before *func()
}

func (s interruptingStore) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	if *s.before != nil && batch[0].Events[0].Type == (beneficiary.Drawn{}).EventType() {
		act := *s.before
		*s.before = nil
		act()
	}
	return s.Store.AppendBatch(ctx, batch)
}

// TestCancelDuringPrepare: somebody cancels a run while another is drawing for it. What is drawn after the cancelling is
// undone too, and the next run pays everybody.
func TestCancelDuringPrepare(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ledger")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, foundCounty(ctx, dir))
	var before func()
	c, err := openCounty(ctx, dir, false, func(inner eventstore.Store) eventstore.Store { return interruptingStore{inner, &before} })
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	w := writer{c, ctx, func(string, ...any) {}}
	month := monthOf(0)
	c.clock.set(month.First().AddDays(4))
	require.NoError(t, w.roster("enter", rosterfile.Admission, crashEntries(0)))
	open := func(command string) (string, error) {
		run, _, err := c.ledger.OpenPayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: command},
			ledger.PayrunRequest{Programme: programme, Office: north, Finance: "finance", Period: month, Kind: payrun.Regular})
		return run, err
	}
	run, err := open("run")
	require.NoError(t, err)
	before = func() {
		var refused *domain.RefusedError
		_, err := c.ledger.CancelPayrun(ctx, ledger.Command{Actor: handlerOf(south), ID: "theirs"}, run, "wrong-month")
		require.ErrorAs(t, err, &refused, "the other town's handler has nothing to do with it")
		require.Equal(t, "officer.area", refused.Rule)
		_, err = c.ledger.CancelPayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: "cancel"}, run, "wrong-month")
		require.NoError(t, err)
	}
	_, err = c.ledger.PreparePayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: "prepare"}, run, nil)
	require.Error(t, err)
	require.Nil(t, before, "the run was cancelled between deciding and storing the draws")

	require.NoError(t, c.synced(ctx))
	_, orphans, err := c.views.OrphanDraws(ctx)
	require.NoError(t, err)
	require.Empty(t, orphans)
	next, err := open("again")
	require.NoError(t, err)
	s, err := c.ledger.PreparePayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: "prepare again"}, next, nil)
	require.NoError(t, err)
	require.NotZero(t, s.Listing.Totals.Lines)
	require.Zero(t, s.Listing.Totals.Held)
}
