package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/eventstore"
	"almoner/eventstore/faulty"
)

// dump writes every row of every table, in order of the tables' keys.
func dump(t *testing.T, v *Views) string {
	t.Helper()
	ctx := t.Context()
	var out strings.Builder
	tx, err := v.db.Reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	tables, err := scanAll(ctx, tx, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) },
		`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
	require.NoError(t, err)
	require.Greater(t, len(tables), 15)
	for _, table := range tables {
		rows, err := tx.QueryContext(ctx, `SELECT * FROM `+table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			require.NoError(t, rows.Scan(values...))
			fmt.Fprintf(&out, "%s:", table)
			for _, value := range values {
				fmt.Fprintf(&out, " %v", *value.(*any))
			}
			out.WriteByte('\n')
		}
		require.NoError(t, errors.Join(rows.Err(), rows.Close()))
	}
	return out.String()
}

func TestRebuildEqualsLive(t *testing.T) {
	h := newHistory(t)
	live := h.open(Options{Ledger: h.ledger})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- live.Follow(ctx) }()
	story(h)
	require.NoError(t, live.Wait(t.Context(), h.count()))
	atOnce := h.caughtUp()
	require.Equal(t, dump(t, atOnce), dump(t, live))

	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
	before := dump(t, live)
	calls := 0
	require.NoError(t, live.Rebuild(t.Context(), func(int64) { calls++ }))
	require.Equal(t, before, dump(t, live))
	require.Positive(t, calls)

	status, err := live.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, h.count(), status.LogIndex)
	require.Equal(t, h.ledger, status.Ledger)
	require.True(t, status.Healthy)
	require.Equal(t, h.clock, status.At)
	require.Len(t, status.Hash, 64)
}

// The transaction is lost before each event in turn, and after each commit: the tables end up the same.
func TestLostTransactions(t *testing.T) {
	h := newHistory(t)
	story(h)
	want := dump(t, h.caughtUp())
	lost := errors.New("connection lost")
	for _, batch := range []int{1, 7, 1000} {
		fail := int64(0)
		v := h.open(Options{Ledger: h.ledger, batch: batch, hooks: hooks{beforeEvent: func(at int64) error {
			if at != fail {
				return nil
			}
			fail++
			return lost
		}}})
		failures := 0
		for err := v.CatchUp(t.Context(), nil); err != nil; err = v.CatchUp(t.Context(), nil) {
			require.ErrorIs(t, err, lost)
			failures++
		}
		require.Equal(t, h.count(), int64(failures), "every event was once the one before which it broke")
		require.Equal(t, want, dump(t, v))
	}
}

func TestLostAnswersOfCommits(t *testing.T) {
	h := newHistory(t)
	story(h)
	want := dump(t, h.caughtUp())
	lost := errors.New("connection lost")
	v := h.open(Options{Ledger: h.ledger, batch: 5, hooks: hooks{committed: func(int64) error { return lost }}})
	rounds := 0
	for {
		err := v.CatchUp(t.Context(), nil)
		if err == nil {
			break
		}
		require.ErrorIs(t, err, lost)
		rounds++
	}
	require.Equal(t, (h.count()+4)/5, int64(rounds))
	require.Equal(t, want, dump(t, v))
}

func TestSecondRunnerFails(t *testing.T) {
	h := newHistory(t)
	story(h)
	want := dump(t, h.caughtUp())
	path := filepath.Join(t.TempDir(), "views.db")
	var once bool
	first := h.openAt(path, Options{batch: 10, hooks: hooks{committed: func(int64) error {
		if once {
			return nil
		}
		once = true
		// Somebody removes the lock file by hand, and a second process believes itself alone.
		require.NoError(t, os.Remove(path+".lock"))
		return h.openAt(path, Options{}).CatchUp(t.Context(), nil)
	}}})
	err := first.CatchUp(t.Context(), nil)
	require.ErrorIs(t, err, ErrSecondRunner)
	require.Equal(t, want, dump(t, first), "nothing was counted twice")
	require.NoError(t, first.CatchUp(t.Context(), nil), "it goes on from where the other one left")
}

// altered is a store that gives other events than it holds.
type altered struct {
	eventstore.Store
	alter func([]eventstore.Recorded) []eventstore.Recorded
	head  *eventstore.Position
}

func (s *altered) ReadAll(ctx context.Context, after eventstore.Position, n int) ([]eventstore.Recorded, error) {
	if s.head != nil && after.Compare(*s.head) > 0 {
		return nil, &eventstore.UnknownPositionError{Position: after, Head: *s.head}
	}
	events, err := s.Store.ReadAll(ctx, after, n)
	return s.alter(events), err
}

func same(events []eventstore.Recorded) []eventstore.Recorded { return events }

func TestBrokenLogs(t *testing.T) {
	h := newHistory(t)
	story(h)
	without := func(i int) func([]eventstore.Recorded) []eventstore.Recorded {
		return func(e []eventstore.Recorded) []eventstore.Recorded { return append(e[:i:i], e[i+1:]...) }
	}
	second := 0 // an entry in the middle of its stream: of one that is the last nobody could know
	for h.facts[second].EventType() != "beneficiary.account-changed" {
		second++
	}
	for name, c := range map[string]struct {
		alter func([]eventstore.Recorded) []eventstore.Recorded
		says  string
	}{
		"a gap in a stream":       {without(second), "an event is missing or came twice"},
		"the first event is gone": {without(0), "not the beginning of a ledger"},
		"an event comes twice":    {func(e []eventstore.Recorded) []eventstore.Recorded { return append(e[:5:5], e[4:]...) }, "again"},
		"twice, at a new position": {func(e []eventstore.Recorded) []eventstore.Recorded {
			last := e[len(e)-1]
			last.Position.Commit++
			return append(e, last)
		}, "an event is missing or came twice"},
		"stored under another stream": {func(e []eventstore.Recorded) []eventstore.Recorded {
			e[3].Stream = "office-other"
			return e
		}, "its bytes say"},
		"stored under another revision": {func(e []eventstore.Recorded) []eventstore.Recorded {
			e[3].Revision++
			return e
		}, "its bytes say"},
		"bytes changed": {func(e []eventstore.Recorded) []eventstore.Recorded {
			e[6].Data = append([]byte(" "), e[6].Data...)
			return e
		}, "entry 6"},
		"of a newer program": {func(e []eventstore.Recorded) []eventstore.Recorded {
			e[6].Data = []byte(strings.Replace(string(e[6].Data), `"schema":1`, `"schema":9`, 1))
			return e
		}, "upgrade almoner"},
	} {
		t.Run(name, func(t *testing.T) {
			store := &altered{Store: h.store, alter: c.alter}
			v, err := Open(t.Context(), filepath.Join(t.TempDir(), "views.db"), store, Options{batch: 4})
			require.NoError(t, err)
			defer v.Close()
			var broken *BrokenError
			require.ErrorAs(t, v.CatchUp(t.Context(), nil), &broken)
			require.Contains(t, broken.Error(), c.says)
			require.Contains(t, broken.Error(), "almoner rebuild")

			_, err = v.Roll(t.Context(), RollQuery{AsOf: domain.MustDate("2022-01-31")})
			require.ErrorAs(t, err, &broken, "no query answers")
			require.ErrorAs(t, v.CatchUp(t.Context(), nil), &broken)
			require.ErrorAs(t, v.Wait(t.Context(), 1000), &broken)
			status, err := v.Status(t.Context())
			require.NoError(t, err)
			require.False(t, status.Healthy)

			store.alter = same
			require.ErrorAs(t, v.CatchUp(t.Context(), nil), &broken, "only a rebuild heals")
			require.NoError(t, v.Rebuild(t.Context(), nil))
			require.Equal(t, dump(t, h.caughtUp()), dump(t, v))
		})
	}
}

func TestRestoredStoreBreaks(t *testing.T) {
	h := newHistory(t)
	store := &altered{Store: h.store, alter: same}
	v, err := Open(t.Context(), filepath.Join(t.TempDir(), "views.db"), store, Options{})
	require.NoError(t, err)
	defer v.Close()
	h.offices()
	require.NoError(t, v.CatchUp(t.Context(), nil))
	store.head = &eventstore.Position{Commit: 2, Prepare: 2}
	var broken *BrokenError
	require.ErrorAs(t, v.CatchUp(t.Context(), nil), &broken)
	require.Contains(t, broken.Problem, "restored from an older copy")
}

func TestOtherLedger(t *testing.T) {
	h := newHistory(t)
	var other *OtherLedgerError
	v := h.open(Options{Ledger: "another"})
	require.ErrorAs(t, v.CatchUp(t.Context(), nil), &other)
	path := filepath.Join(t.TempDir(), "views.db")
	require.NoError(t, h.openAt(path, Options{Ledger: h.ledger}).CatchUp(t.Context(), nil))
	_, err := Open(t.Context(), path, h.store, Options{Ledger: "another"})
	require.ErrorAs(t, err, &other)
}

func TestAnotherSchemaIsBuiltAnew(t *testing.T) {
	h := newHistory(t)
	story(h)
	path := filepath.Join(t.TempDir(), "views.db")
	v := h.openAt(path, Options{})
	require.NoError(t, v.CatchUp(t.Context(), nil))
	want := dump(t, v)
	for _, statement := range []string{`UPDATE runner SET schema = 99`, `DROP TABLE roll_v1`, `CREATE TABLE roll_v7 (x)`} {
		_, err := v.db.Writer.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	_, err := v.Roll(t.Context(), RollQuery{AsOf: domain.MustDate("2022-01-31")})
	require.ErrorContains(t, err, "version 99")
	require.NoError(t, v.Close())

	again := h.openAt(path, Options{})
	var building *BuildingError
	_, err = again.Roll(t.Context(), RollQuery{AsOf: domain.MustDate("2022-01-31")})
	require.ErrorAs(t, err, &building)
	require.NoError(t, again.CatchUp(t.Context(), nil))
	require.Equal(t, want, dump(t, again))
}

func TestOnlyTheHolderMoves(t *testing.T) {
	h := newHistory(t)
	path := filepath.Join(t.TempDir(), "views.db")
	holder, other := h.openAt(path, Options{}), h.openAt(path, Options{})
	require.NoError(t, holder.CatchUp(t.Context(), nil))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- holder.Follow(ctx) }()
	// The holder has begun to follow when nobody else can move.
	require.Eventually(t, func() bool {
		moved, err := other.moving(t.Context(), func(context.Context) error { return nil })
		return err == nil && !moved
	}, waitLong, waitStep)
	require.ErrorContains(t, other.Rebuild(t.Context(), nil), "stop it first")

	h.offices()
	require.NoError(t, other.Wait(t.Context(), h.count()))
	head, err := h.store.Head(t.Context())
	require.NoError(t, err)
	require.NoError(t, other.WaitPosition(t.Context(), head))
	require.NoError(t, other.CatchUp(t.Context(), nil))
	_, offices, err := other.Offices(AtLeast(t.Context(), h.count()))
	require.NoError(t, err)
	require.Len(t, offices, 3)
	var stale *StaleError
	_, _, err = other.Offices(AtLeast(t.Context(), h.count()+1))
	require.ErrorAs(t, err, &stale)
	require.Equal(t, StaleError{Have: h.count(), Want: h.count() + 1}, *stale)

	// The holder ends; the other one takes over without being told.
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
	h.enrol("a", village1, "2022-01")
	require.NoError(t, other.Wait(t.Context(), h.count()))
}

func TestCloseEndsFollow(t *testing.T) {
	h := newHistory(t)
	v, err := Open(t.Context(), filepath.Join(t.TempDir(), "views.db"), h.store, Options{})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- v.Follow(t.Context()) }()
	require.NoError(t, v.Wait(t.Context(), 1))
	require.NoError(t, v.Close())
	require.ErrorIs(t, <-ended, ErrClosed)
	require.NoError(t, v.Close())
	require.ErrorIs(t, v.CatchUp(t.Context(), nil), ErrClosed)
}

// A store that fails now and then is followed all the same.
func TestFollowSurvivesAnUnavailableStore(t *testing.T) {
	h := newHistory(t)
	store := faulty.New(h.store, rand.New(rand.NewSource(1)), faulty.Faults{CutRead: 0.3, CutSub: 0.3})
	v, err := Open(t.Context(), filepath.Join(t.TempDir(), "views.db"), store, Options{Ledger: h.ledger})
	require.NoError(t, err)
	defer v.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Follow(ctx) }()
	story(h)
	require.Eventually(t, func() bool {
		status, err := v.Status(t.Context())
		return err == nil && status.LogIndex == h.count() && !status.Building
	}, 6*waitLong, waitStep)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Equal(t, dump(t, h.caughtUp()), dump(t, v))
}
