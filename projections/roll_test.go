package projections

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// names lists persons of entries with their status.
func names(entries []RollEntry) []string {
	out := []string{}
	for _, e := range entries {
		name := e.Person
		if e.Status != Running {
			name += " " + string(e.Status)
		}
		out = append(out, name)
	}
	return out
}

func (h *history) roll(v *Views, q RollQuery) Roll {
	h.t.Helper()
	r, err := v.Roll(h.t.(*testing.T).Context(), q)
	require.NoError(h.t, err)
	require.Equal(h.t, h.count(), r.LogIndex)
	return r
}

func on(day string) RollQuery { return RollQuery{Programme: reward, AsOf: domain.MustDate(day)} }

func TestRollInTwoTimes(t *testing.T) {
	h := newHistory(t)
	h.offices()
	h.enrol("a", village1, "2021-11", func(e *beneficiary.Enrolled) {
		e.Origin, e.PaidThrough, e.Household, e.Unit = beneficiary.CarriedOver, domain.MustPeriod("2021-12"), "house", beneficiary.PerHousehold
	})
	h.enrol("b", village1, "2022-01", func(e *beneficiary.Enrolled) { e.Household = "house" })
	h.enrol("c", village2, "2022-02", func(e *beneficiary.Enrolled) { e.Until = domain.MustPeriod("2022-04") })
	before := h.count()
	// In March it turns out that b died in January.
	exit := h.person("b", beneficiary.Exited{Enrolment: "e-b", Fault: beneficiary.NoFault, LastUnit: domain.MustPeriod("2022-01"), OccurredOn: domain.MustDate("2022-01-20"),
		Policy: "month-of", Reason: "died", ReportedBy: "village", ReportedOn: domain.MustDate("2022-03-03")})[0]
	afterExit := h.count()
	h.person("c", beneficiary.Annulled{Enrolment: "e-c", Reason: "false-papers"})
	v := h.caughtUp()

	for _, c := range []struct {
		day   string
		known Known
		want  []string
	}{
		{"2021-10-31", Known{}, []string{}},
		{"2021-11-01", Known{}, []string{"a"}}, // carried over: on the roll before this ledger paid
		{"2021-12-31", Known{}, []string{"a"}},
		{"2022-01-01", Known{}, []string{"a", "b"}},
		{"2022-01-31", Known{}, []string{"a", "b"}}, // the last unit's last day
		{"2022-02-01", Known{}, []string{"a"}},
		{"2022-02-01", KnownIndex(before), []string{"a", "b", "c"}},
		{"2022-02-01", KnownIndex(afterExit), []string{"a", "c"}},
		{"2022-04-30", KnownIndex(before), []string{"a", "b", "c"}},
		{"2022-05-01", KnownIndex(before), []string{"a", "b"}},
		{"2022-02-01", KnownIndex(0), []string{}},
		{"2022-02-01", KnownIndex(h.count()), []string{"a"}},
	} {
		q := on(c.day)
		q.KnownAt = c.known
		require.Equal(t, c.want, names(h.roll(v, q).Entries), "as of %s known at %s", c.day, c.known)
	}

	r := h.roll(v, on("2022-01-15"))
	require.Equal(t, 2, r.Persons)
	require.Equal(t, 1, r.Households)
	require.Equal(t, RollEntry{Enrolment: "e-b", Person: "b", Household: "house", Programme: reward, Office: town1, Village: village1, Class: "child=one-girl",
		Unit: "person", Share: "1/1", Status: Running, From: domain.MustDate("2022-01-01"), Until: domain.MustDate("2022-01-31"), KnownFrom: afterExit - 1, KnownTo: -1}, r.Entries[1])

	q := on("2022-02-15")
	diff, err := v.CompareRoll(t.Context(), q, KnownIndex(before))
	require.NoError(t, err)
	require.Equal(t, before, diff.From)
	require.Equal(t, h.count(), diff.To)
	require.Empty(t, diff.Added)
	require.Empty(t, diff.Changed)
	require.Len(t, diff.Removed, 2)
	require.Equal(t, "b", diff.Removed[0].Before.Person)
	require.Zero(t, diff.Removed[0].After)
	require.Len(t, diff.Removed[0].Causes, 1)
	cause := diff.Removed[0].Causes[0]
	require.Equal(t, exit, cause.ID)
	require.Equal(t, "beneficiary.exited", cause.Type)
	require.Equal(t, "died", cause.Reason)
	require.Equal(t, domain.MustDate("2022-01-20"), cause.On)
	require.Equal(t, before, cause.LogIndex)
	require.Equal(t, "false-papers", diff.Removed[1].Causes[0].Reason)

	nothing, err := v.CompareRoll(t.Context(), on("2022-01-15"), KnownIndex(before))
	require.NoError(t, err)
	require.Empty(t, append(append(nothing.Added, nothing.Removed...), nothing.Changed...), "on that day both were known alike")

	q.KnownAt = KnownIndex(h.count() + 1)
	_, err = v.Roll(t.Context(), q)
	var stale *StaleError
	require.ErrorAs(t, err, &stale)
	_, err = v.Roll(t.Context(), RollQuery{})
	require.ErrorIs(t, err, domain.Invalid)
}

func TestRollStatusesClassesAndPlaces(t *testing.T) {
	h := newHistory(t)
	h.enrol("a", village1, "2022-01")
	h.person("a", beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e-a", From: domain.MustPeriod("2022-03"), Reason: "no-contact", ReviewBy: domain.MustDate("2022-05-01")})
	withheld := h.count()
	h.person("a", beneficiary.Resumed{Enrolment: "e-a", From: domain.MustPeriod("2022-05"), Reason: "found"})
	resumed := h.count()
	suspended := h.person("a", beneficiary.Suspended{Effect: beneficiary.Forfeit, Enrolment: "e-a", From: domain.MustPeriod("2022-07"), Reason: "review-missed", ReviewBy: domain.MustDate("2022-09-01")})[0]
	h.person("a", beneficiary.Resumed{Enrolment: "e-a", From: domain.MustPeriod("2022-10"), Reason: "reviewed", Restored: []domain.Period{domain.MustPeriod("2022-08")}})
	h.person("a", beneficiary.ClassChanged{Class: rulebook.Key{"child": "two-girls"}, Enrolment: "e-a", From: domain.MustPeriod("2022-02"), Reason: "second-child"})
	h.person("a", beneficiary.Transferred{Enrolment: "e-a", FirstUnit: domain.MustPeriod("2022-11"), FromOffice: town1, FromVillage: village1, ToOffice: town2, ToVillage: village3})
	v := h.caughtUp()

	at := func(day string, known Known) string {
		q := on(day)
		q.KnownAt = known
		entries := h.roll(v, q).Entries
		require.Len(t, entries, 1, day)
		e := entries[0]
		return fmt.Sprintf("%s %s %s %s", e.Office, e.Village, e.Class, e.Status)
	}
	require.Equal(t, "town-1 340523101201 child=one-girl running", at("2022-01-31", Known{}))
	require.Equal(t, "town-1 340523101201 child=two-girls running", at("2022-02-01", Known{}))
	require.Equal(t, "town-1 340523101201 child=one-girl withheld", at("2022-03-15", KnownIndex(withheld)))
	require.Equal(t, "town-1 340523101201 child=one-girl withheld", at("2032-03-15", KnownIndex(withheld)))
	require.Equal(t, "town-1 340523101201 child=one-girl running", at("2022-03-15", KnownIndex(resumed)), "withheld units are paid on resumption")
	require.Equal(t, "town-1 340523101201 child=two-girls forfeited", at("2022-07-01", Known{}))
	require.Equal(t, "town-1 340523101201 child=two-girls running", at("2022-08-31", Known{}), "restored")
	require.Equal(t, "town-1 340523101201 child=two-girls forfeited", at("2022-09-30", Known{}))
	require.Equal(t, "town-1 340523101201 child=two-girls running", at("2022-10-01", Known{}))
	require.Equal(t, "town-2 340523102201 child=two-girls running", at("2022-11-01", Known{}))

	// The suspension taken back: the forfeited months run again, and the difference names both.
	corrected := h.person("a", beneficiary.Corrected{Of: suspended, Person: "a", Reason: "wrong-person"})[0]
	require.NoError(t, v.CatchUp(t.Context(), nil))
	require.Equal(t, "town-1 340523101201 child=two-girls running", at("2022-07-01", Known{}))
	diff, err := v.CompareRoll(t.Context(), on("2022-07-01"), KnownIndex(resumed))
	require.NoError(t, err)
	require.Len(t, diff.Changed, 1)
	require.Equal(t, "child=one-girl", diff.Changed[0].Before.Class)
	require.Equal(t, "child=two-girls", diff.Changed[0].After.Class)
	var reasons []string
	for _, e := range diff.Changed[0].Causes {
		reasons = append(reasons, e.Reason)
	}
	require.Equal(t, []string{"review-missed", "second-child", "wrong-person"}, reasons)
	require.Equal(t, corrected, diff.Changed[0].Causes[2].ID)

	// An office's roll loses who is transferred, and says why.
	q := on("2022-12-01")
	q.Office = town2
	diff, err = v.CompareRoll(t.Context(), q, KnownIndex(resumed))
	require.NoError(t, err)
	require.Len(t, diff.Added, 1)
	last := diff.Added[0].Causes[len(diff.Added[0].Causes)-1]
	require.Equal(t, "beneficiary.transferred", last.Type)
}

func TestRollPages(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	all := h.roll(v, on("2022-01-31"))
	require.Equal(t, []string{"a", "f", "c", "d", "z"}, names(all.Entries), "by village, then person")
	for limit := 1; limit <= 6; limit++ {
		var paged []RollEntry
		q := on("2022-01-31")
		q.Limit = limit
		for {
			page := h.roll(v, q)
			require.LessOrEqual(t, len(page.Entries), limit)
			require.Equal(t, all.Persons, page.Persons)
			paged = append(paged, page.Entries...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		require.Equal(t, all.Entries, paged)
	}
	q := on("2022-01-31")
	q.Village = village2
	require.Equal(t, []string{"c", "d"}, names(h.roll(v, q).Entries))
	q.Cursor = "?"
	_, err := v.Roll(t.Context(), q)
	require.ErrorIs(t, err, domain.Invalid)
	require.Equal(t, []string{"a", "f", "c", "d withheld", "z"}, names(h.roll(v, RollQuery{AsOf: domain.MustDate("2022-02-28"), KnownAt: KnownIndex(h.indexOf("beneficiary.resumed"))}).Entries))
}

// indexOf is the log index of the first event of a type.
func (h *history) indexOf(eventType string) int64 {
	return int64(slices.IndexFunc(h.facts, func(f logged) bool { return f.EventType() == eventType }))
}

func TestKnown(t *testing.T) {
	h := newHistory(t)
	start := h.clock
	h.offices()
	late := h.clock.Add(time.Hour)
	h.clock = late
	h.enrol("a", village1, "2022-01") // three entries at late + 1 s
	h.clock = start.Add(20 * time.Second)
	h.enrol("b", village1, "2022-01") // another office's clock is behind
	v := h.caughtUp()
	resolve := func(text string) int64 {
		n, err := v.ResolveKnown(t.Context(), text)
		require.NoError(t, err)
		return n
	}
	firstLate := h.indexOf("beneficiary.registered")
	require.Equal(t, h.count(), resolve(""))
	require.EqualValues(t, 3, resolve("3"))
	require.EqualValues(t, 0, resolve(start.Add(-time.Second).Format(time.RFC3339)))
	require.EqualValues(t, 1, resolve(start.Format(time.RFC3339)))
	require.EqualValues(t, 2, resolve(start.Add(time.Second).Format(time.RFC3339)))
	require.Equal(t, firstLate, resolve(start.Add(30*time.Second).Format(time.RFC3339)), "the prefix ends before the first later entry")
	require.Equal(t, firstLate, resolve(late.Format(time.RFC3339)))
	require.Equal(t, h.count(), resolve(late.Add(time.Second).Format(time.RFC3339)))
	require.EqualValues(t, 0, resolve("2022-01-02"))
	require.Equal(t, h.count(), resolve("2022-01-03"), "a day is known at its end")
	for _, bad := range []string{"yesterday", "-1", "2022-13-01", "2022-01-03T09:00:00"} {
		_, err := v.ResolveKnown(t.Context(), bad)
		require.ErrorIs(t, err, domain.Invalid, bad)
	}
	for _, text := range []string{"", "12", "2022-03-01T09:00:00+08:00"} {
		k, err := ParseKnown(text)
		require.NoError(t, err)
		again, err := ParseKnown(k.String())
		require.NoError(t, err)
		require.Equal(t, k, again)
	}
}

// The samples of time are found beyond their spacing, too.
func TestKnownAmongManyEntries(t *testing.T) {
	h := newHistory(t)
	h.bulk = true
	for i := range 3 * sampleEvery {
		h.add(beneficiary.Stream("p"), beneficiary.Registered{How: fmt.Sprint(i), Person: "p"})
	}
	h.flush()
	v := h.caughtUp()
	for _, i := range []int{0, 1, sampleEvery - 1, sampleEvery, sampleEvery + 1, 2*sampleEvery - 1, 2 * sampleEvery, 3 * sampleEvery} {
		n, err := v.ResolveKnown(t.Context(), h.facts[i].at.Format(time.RFC3339))
		require.NoError(t, err)
		require.EqualValues(t, i+1, n)
	}
}

// modelRoll is the roll by the book: fold the first entries of each person and look which unit holds the day.
func modelRoll(h *history, known int64, day domain.Date) []string {
	states := map[string]beneficiary.State{}
	for _, f := range h.facts[:known] {
		if f.stream[0] == 'b' {
			states[f.stream] = beneficiary.Evolve(states[f.stream], f.Fact)
		}
	}
	out := []string{}
	for _, s := range states {
		for _, e := range s.Enrolments {
			unit := domain.PeriodOf(e.FirstUnit.Kind(), day)
			if !e.Covers(unit) {
				continue
			}
			place := e.PlaceAt(unit)
			out = append(out, fmt.Sprint(place.Village, s.Person, e.ID, place.Office, e.ClassAt(unit)))
		}
	}
	slices.Sort(out)
	return out
}

// Random histories of a few people: the roll of any day as known at any entry is the model's, every fold is the fold of
// its stream, and every standing draw is in exactly one run.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(t)
		h.bulk = true
		persons := []string{"a", "b", "c"}
		for _, p := range persons {
			h.enrol(p, rapid.SampledFrom([]string{village1, village2, village3}).Draw(r, "village"), someMonth(r))
		}
		runs := 0
		for range rapid.IntRange(5, 40).Draw(r, "steps") {
			randomStep(r, h, rapid.SampledFrom(persons).Draw(r, "person"), &runs)
		}
		h.flush()
		v := h.open(Options{batch: rapid.IntRange(1, 50).Draw(r, "batch")})
		require.NoError(r, v.CatchUp(t.Context(), nil))
		requireFolds(r, h, v)
		_, orphans, err := v.OrphanDraws(t.Context())
		require.NoError(r, err)
		require.Empty(r, orphans)
		for range 20 {
			known := rapid.Int64Range(0, h.count()).Draw(r, "known")
			day := domain.MustDate("2021-12-01").AddDays(rapid.IntRange(0, 400).Draw(r, "day"))
			roll, err := v.Roll(t.Context(), RollQuery{AsOf: day, KnownAt: KnownIndex(known)})
			require.NoError(r, err)
			got := []string{}
			for _, e := range roll.Entries {
				key, err := rulebook.ParseKey(e.Class)
				require.NoError(r, err)
				got = append(got, fmt.Sprint(domain.AreaCode(e.Village), e.Person, e.Enrolment, e.Office, key))
			}
			slices.Sort(got)
			require.Equal(r, modelRoll(h, known, day), got, "as of %v known at %d", day, known)
		}
		requireTotals(r, h, v)
	})
}

func someMonth(r *rapid.T) string {
	return domain.MustPeriod("2022-01").Add(rapid.IntRange(-2, 9).Draw(r, "month")).String()
}

func randomStep(r *rapid.T, h *history, p string, runs *int) {
	s := h.people[p]
	e := s.Enrolments[len(s.Enrolments)-1]
	unit := domain.MustPeriod(someMonth(r))
	switch rapid.IntRange(0, 10).Draw(r, "what") {
	case 0:
		h.person(p, beneficiary.ClassChanged{Class: rulebook.Key{"child": rapid.SampledFrom([]string{"one-girl", "two-girls"}).Draw(r, "class")}, Enrolment: e.ID, From: unit, Reason: "x"})
	case 1:
		effect := rapid.SampledFrom([]beneficiary.Effect{beneficiary.Withhold, beneficiary.Forfeit}).Draw(r, "effect")
		h.person(p, beneficiary.Suspended{Effect: effect, Enrolment: e.ID, From: unit, Reason: "x", ReviewBy: domain.MustDate("2022-09-01")})
	case 2:
		h.person(p, beneficiary.Resumed{Enrolment: e.ID, From: unit, Reason: "x", Restored: []domain.Period{unit.Prev()}})
	case 3:
		h.person(p, beneficiary.Exited{Enrolment: e.ID, Fault: beneficiary.NoFault, LastUnit: unit, OccurredOn: unit.First(), Policy: "month-of", Reason: "moved", ReportedBy: "v", ReportedOn: unit.First()})
	case 4:
		village := rapid.SampledFrom([]string{village1, village3}).Draw(r, "to")
		office := map[string]string{village1: town1, village3: town2}[village]
		h.person(p, beneficiary.Transferred{Enrolment: e.ID, FirstUnit: unit, FromOffice: town1, FromVillage: village1, ToOffice: office, ToVillage: domain.AreaCode(village)})
	case 5:
		h.person(p, beneficiary.Rescheduled{Enrolment: e.ID, FirstUnit: unit, Reason: "x", Rulebook: "y"})
	case 6:
		stream := beneficiary.Stream(p)
		var ids []string
		for _, f := range h.facts {
			if f.stream == stream && f.Revision > 2 {
				ids = append(ids, f.ID)
			}
		}
		if len(ids) > 0 {
			h.person(p, beneficiary.Corrected{Of: rapid.SampledFrom(ids).Draw(r, "of"), Person: p, Reason: "x"})
		}
	case 7:
		h.person(p, beneficiary.Annulled{Enrolment: e.ID, Reason: "x"})
		h.enrol(p, village2, someMonth(r), func(next *beneficiary.Enrolled) { next.Enrolment = fmt.Sprintf("e-%s-%d", p, len(s.Enrolments)) })
	default:
		*runs++
		randomRun(r, h, fmt.Sprintf("run-%d", *runs), unit)
	}
}

// randomRun draws for everybody, and releases, cancels or partly stops the run.
func randomRun(r *rapid.T, h *history, id string, unit domain.Period) {
	o := h.openRun(id, unit.String())
	lines := h.prepare(o, 1, rates{int64(rapid.IntRange(80, 90).Draw(r, "rate"))}, "a", "b", "c")
	switch rapid.IntRange(0, 3).Draw(r, "outcome") {
	case 0:
		h.cancel(o, lines)
	case 1:
		h.release(o, 1, lines)
	default:
		h.release(o, 1, lines)
		if len(lines) > 0 {
			h.stop(o, rapid.SampledFrom(lines).Draw(r, "stopped"))
		}
	}
}
