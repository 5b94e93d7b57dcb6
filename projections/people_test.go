package projections

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
)

// Every fold kept is the fold of the whole stream, byte for byte.
func requireFolds(t rapid.TB, h *history, v *Views) {
	t.Helper()
	for person, want := range h.people {
		fold, err := v.PersonFold(context.Background(), person)
		require.NoError(t, err)
		require.Equal(t, h.revs[beneficiary.Stream(person)], fold.Revision)
		require.Equal(t, encoded(t, want), encoded(t, fold.State), "state of %s", person)
	}
}

func encoded(t rapid.TB, v any) string {
	t.Helper()
	b, err := codec.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

func TestFoldsAndPeople(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	requireFolds(t, h, v)

	var seen []string
	for fold, err := range v.People(t.Context(), town1, reward) {
		require.NoError(t, err)
		require.Equal(t, encoded(t, h.people[fold.Person]), encoded(t, fold.State))
		require.Equal(t, h.revs[beneficiary.Stream(fold.Person)], fold.Revision)
		require.Equal(t, h.count(), fold.LogIndex)
		seen = append(seen, fold.Person)
	}
	require.Equal(t, people0(), seen)
	seen = nil
	for fold, err := range v.People(t.Context(), town2, reward) {
		require.NoError(t, err)
		seen = append(seen, fold.Person)
	}
	require.Equal(t, []string{"f", "z"}, seen, "f is to move there, z always was there")
	for range v.People(t.Context(), town1, reward) {
		break // a consumer may have had enough
	}
	for range v.People(t.Context(), town1, "other") {
		t.Fatal("nobody is in another programme")
	}
	_, err := v.PersonFold(t.Context(), "nobody")
	require.ErrorIs(t, err, domain.NotFound)
}

func TestTimelineAndEvents(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	var want []logged
	var index []int64
	for i, f := range h.facts {
		if f.stream == beneficiary.Stream("b") {
			want, index = append(want, f), append(index, int64(i))
		}
	}
	timeline, err := v.Timeline(t.Context(), "b", Known{})
	require.NoError(t, err)
	require.Len(t, timeline.Entries, len(want))
	for i, e := range timeline.Entries {
		f := want[i]
		require.Equal(t, Entry{LogIndex: index[i], ID: f.ID, Stream: f.stream, Revision: f.Revision, Type: f.EventType(), At: f.at, On: f.On,
			Officer: "officer-1", Office: town1, Capacity: "town.handler", Cause: f.Cause, Reason: reasonOf(f.Event)}, e)
		found, err := v.Event(t.Context(), f.ID)
		require.NoError(t, err)
		require.Equal(t, e, found)
	}
	early, err := v.Timeline(t.Context(), "b", KnownIndex(index[3]))
	require.NoError(t, err)
	require.Equal(t, timeline.Entries[:3], early.Entries)
	_, err = v.Timeline(t.Context(), "nobody", Known{})
	require.ErrorIs(t, err, domain.NotFound)
	_, err = v.Event(t.Context(), "not-an-id")
	require.ErrorIs(t, err, domain.NotFound)
	_, err = v.Timeline(t.Context(), "b", KnownIndex(h.count()+1))
	var stale *StaleError
	require.ErrorAs(t, err, &stale)
}

func TestOfficersAndOffices(t *testing.T) {
	h := newHistory(t)
	h.offices()
	v := h.caughtUp()
	_, offices, err := v.Offices(t.Context())
	require.NoError(t, err)
	require.Equal(t, "county", offices[0].Office)
	require.Len(t, offices[1].Villages, 2)
	require.Empty(t, offices[2].Villages)
	require.EqualValues(t, -1, offices[0].ClosedAt)
	_, o, err := v.Officer(t.Context(), "officer-1")
	require.NoError(t, err)
	require.Equal(t, "person-of-1", o.Person)
	require.Len(t, o.Capacities, 1)
	_, _, err = v.Officer(t.Context(), "nobody")
	require.ErrorIs(t, err, domain.NotFound)
	_, all, err := v.Officers(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
}

// removeLine takes a line out of a listed page, as no honest ledger would.
func removeLine(t *testing.T, v *Views, run string) payrun.Line {
	t.Helper()
	var data string
	require.NoError(t, v.db.Writer.QueryRowContext(t.Context(), `SELECT data FROM payrun_pages_v1 WHERE run = ? AND round = 2 AND held = 0 AND page = 1`, run).Scan(&data))
	var page payrun.Listed
	require.NoError(t, codec.Unmarshal(data, &page))
	gone := page.Lines[0]
	page.Lines = page.Lines[1:]
	_, err := v.db.Writer.ExecContext(t.Context(), `UPDATE payrun_pages_v1 SET data = ? WHERE run = ? AND round = 2 AND held = 0 AND page = 1`, encoded(t, page), run)
	require.NoError(t, err)
	return gone
}

func TestOrphanDraws(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	_, orphans, err := v.OrphanDraws(t.Context())
	require.NoError(t, err)
	require.Empty(t, orphans)
	gone := removeLine(t, v, "run-1")
	_, orphans, err = v.OrphanDraws(t.Context())
	require.NoError(t, err)
	require.Equal(t, []OrphanDraw{{Run: "run-1", Person: gone.Person, Draw: gone.Draw, Revision: gone.Revision, Line: gone.Line, Net: gone.Amount}}, orphans)
}
