package ledger_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/projections"
)

// requireAnswers compares what calls returned with what is there now.
func requireAnswers(t *testing.T, c *county, a acks) {
	t.Helper()
	for _, line := range a.lines {
		switch f := strings.Fields(line); f[0] {
		case "import":
			s, err := c.ledger.Import(t.Context(), f[1])
			require.NoError(t, err)
			require.Equal(t, f[2:], []string{s.Root, strconv.Itoa(s.Accepted)})
			sections, _, err := c.ledger.ImportSections(t.Context(), f[1])
			require.NoError(t, err)
			require.Equal(t, f[2], sections.Root, "the root that was answered is the root of what is stored")
		case "run":
			s, err := c.ledger.Payrun(t.Context(), f[1])
			require.NoError(t, err)
			if strconv.Itoa(s.Listing.Round) == f[2] { // a later round has replaced the list otherwise
				require.Equal(t, f[3:], []string{strconv.Itoa(s.Listing.Totals.Lines), s.Listing.Totals.Root})
			}
		}
	}
}

// requireSound checks the money of a ledger in which no follow-up is open: from the read models, from the events alone, and
// by recomputing every run.
func requireSound(t require.TestingT, c *county) {
	ctx := context.Background()
	require.NoError(t, c.synced(ctx))
	_, left, err := c.views.Unfinished(ctx)
	require.NoError(t, err)
	require.Empty(t, left)
	_, orphans, err := c.views.OrphanDraws(ctx)
	require.NoError(t, err)
	require.Empty(t, orphans)
	runs, _ := requireDrawsListed(t, c)
	for _, run := range runs {
		again, err := c.ledger.RecheckPayrun(ctx, run, nil)
		require.NoError(t, err)
		require.Empty(t, again.Mismatches, "pay run %s", run)
	}
}

// ofRun is what the events say of one run.
type ofRun struct {
	round   int
	over    bool                         // cancelled, or sent back and not listed again
	lines   map[string]int               // draw id to number of times listed in the round
	stopped map[string]bool              // draw ids
	stands  map[string]beneficiary.Drawn // by draw id
}

// requireDrawsListed folds the log by hand: every standing draw is listed exactly once in the present round of its run, every line
// that was not stopped has a standing draw. It returns the runs, and what is drawn for each unit of each enrolment.
func requireDrawsListed(t require.TestingT, c *county) (order []string, units map[string]domain.Money) {
	runs := map[string]*ofRun{}
	for r, err := range logOf(context.Background(), c.disk) {
		require.NoError(t, err)
		e, err := codec.DecodeEvent(r.Data, nil)
		require.NoError(t, err)
		switch x := e.Event.(type) {
		case payrun.Opened:
			runs[x.Run] = &ofRun{lines: map[string]int{}, stopped: map[string]bool{}, stands: map[string]beneficiary.Drawn{}}
			order = append(order, x.Run)
		case payrun.Listed:
			if run := runs[x.Run]; run.round != x.Round {
				run.round, run.over, run.lines = x.Round, false, map[string]int{}
			}
			for _, l := range x.Lines {
				runs[x.Run].lines[l.Draw]++
			}
		case payrun.SentBack:
			runs[x.Run].over = true
		case payrun.Cancelled:
			runs[x.Run].over = true
		case payrun.StoppedLine:
			runs[x.Run].stopped[x.Draw] = true
		case beneficiary.Drawn:
			runs[x.Run].stands[x.Draw] = x
		case beneficiary.Undrawn:
			require.Contains(t, runs[x.Run].stands, x.Draw, "a draw is undone once, after it was made")
			delete(runs[x.Run].stands, x.Draw)
		}
	}
	units = map[string]domain.Money{}
	for id, run := range runs {
		for draw, e := range run.stands {
			require.False(t, run.over, "draw %s stands, and its run %s is over", draw, id)
			require.Equal(t, 1, run.lines[draw], "draw %s of run %s", draw, id)
			for _, item := range e.Items {
				unit := e.Enrolment + " " + item.Unit.String()
				units[unit] = units[unit].Add(item.Amount)
			}
		}
		for draw, n := range run.lines {
			_, stands := run.stands[draw]
			require.True(t, n == 1 && (stands != run.stopped[draw] || run.over), "line of draw %s of run %s", draw, id)
		}
	}
	return order, units
}

// requireRebuilt compares read models that lived through everything with ones made anew from the events.
func requireRebuilt(t *testing.T, c *county, months int) {
	t.Helper()
	ctx := t.Context()
	fresh, err := projections.Open(ctx, filepath.Join(t.TempDir(), "views.db"), c.disk, projections.Options{Ledger: countyID})
	require.NoError(t, err)
	defer func() { require.NoError(t, fresh.Close()) }()
	require.NoError(t, fresh.CatchUp(ctx, nil))
	require.Equal(t, answersOf(t, fresh, months), answersOf(t, c.views, months))
}

// answers are what read models say of everything the script touches.
type answers struct {
	Status   projections.Status
	Rolls    []projections.Roll
	Totals   []projections.Totals
	Runs     []projections.Payrun
	Overpaid []projections.Overpayment
}

func answersOf(t *testing.T, v *projections.Views, months int) answers {
	t.Helper()
	var a answers
	var err error
	a.Status, err = v.Status(t.Context())
	require.NoError(t, err)
	for m := range months {
		month := domain.MustPeriod("2022-01").Add(m)
		roll, err := v.Roll(t.Context(), projections.RollQuery{Programme: programme, AsOf: month.Last()})
		require.NoError(t, err)
		totals, err := v.Totals(t.Context(), projections.TotalsQuery{Period: month, Programme: programme})
		require.NoError(t, err)
		a.Rolls, a.Totals = append(a.Rolls, roll), append(a.Totals, totals)
	}
	a.Runs, err = v.Payruns(t.Context(), projections.PayrunFilter{})
	require.NoError(t, err)
	_, a.Overpaid, err = v.Overpayments(t.Context(), projections.OverpaymentFilter{All: true})
	require.NoError(t, err)
	return a
}

// requireAsIfNeverKilled plays the same months without a kill: the same people are on the roll, and the same money is paid.
func (k *killer) requireAsIfNeverKilled() {
	k.t.Helper()
	ctx, dir := k.t.Context(), filepath.Join(k.t.TempDir(), "quiet")
	require.NoError(k.t, os.Mkdir(dir, 0o700))
	require.NoError(k.t, foundCounty(ctx, dir))
	quiet, err := openCounty(ctx, dir, false, nil)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, quiet.Close()) }()
	w := writer{quiet, ctx, func(string, ...any) {}}
	for m := range k.months {
		require.NoError(k.t, w.month(m))
	}
	require.NoError(k.t, quiet.synced(ctx))
	killed, err := openCounty(ctx, k.dir, false, nil)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, killed.Close()) }()
	require.Equal(k.t, worth(k.t, quiet, k.months), worth(k.t, killed, k.months))
}

// worth is what a ledger comes to, without the ids and log indexes that differ between two.
func worth(t *testing.T, c *county, months int) []string {
	t.Helper()
	a := answersOf(t, c.views, months)
	var lines []string
	for m := range months {
		a.Totals[m].LogIndex = 0
		lines = append(lines, fmt.Sprintf("%+v, on the roll %d", a.Totals[m], a.Rolls[m].Persons))
	}
	var overpaid domain.Money
	for _, o := range a.Overpaid {
		overpaid = overpaid.Add(o.Outstanding)
	}
	return append(lines, fmt.Sprintf("overpaid %d times, %v", len(a.Overpaid), overpaid))
}
