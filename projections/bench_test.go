package projections

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/eventstore"
)

// benchHistory is a county's: people who are admitted and then paid month by month.
func benchHistory(b *testing.B, people, months int) *history {
	h := newHistory(b)
	h.bulk = true
	h.offices()
	var ids []string
	for i := range people {
		id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(strconv.Itoa(i))).String()
		ids = append(ids, id)
		h.enrol(id, village1, "2022-01", func(e *beneficiary.Enrolled) { e.Household = "house-" + id })
	}
	h.flush()
	for m := range months {
		o := h.openRun(fmt.Sprintf("run-%d", m), domain.MustPeriod("2022-01").Add(m).String())
		h.release(o, 1, h.prepareBulk(o, ids))
		h.flush()
	}
	return h
}

// prepareBulk is prepare for many people, with pages as large as they are in use.
func (h *history) prepareBulk(o payrun.Opened, persons []string) []payrun.Line {
	run := beneficiary.Run{Run: o.Run, Office: o.Office, From: o.From, To: o.To}
	var lines []payrun.Line
	for i, person := range persons {
		s := h.people[person]
		events, err := s.DecideDraw(beneficiary.TakeDraw{Run: run, Enrolment: "e-" + person, Line: i + 1, PayRef: payrun.PayRef(o.Run, i+1), Draw: uuid.NewString()}, rates{80})
		require.NoError(h.t, err)
		h.person(person, events...)
		e := events[0].(beneficiary.Drawn)
		lines = append(lines, payrun.Line{Amount: e.Net, Draw: e.Draw, Leaf: h.digest, Line: i + 1, PayRef: e.PayRef, Person: person,
			Revision: h.revs[beneficiary.Stream(person)], Village: village1})
	}
	const pageLines = 150 // of these long ids
	for from := 0; from < len(lines); from += pageLines {
		h.add(payrun.Stream(o.Run), payrun.Listed{Lines: lines[from:min(from+pageLines, len(lines))], Page: from/pageLines + 1, Round: 1, Run: o.Run})
	}
	return lines
}

// BenchmarkRebuild measures building all read models beside reading and decoding the same events and doing nothing. The
// target is a ratio of 1/3 or more.
//
// ALMONER_BENCH_PEOPLE and ALMONER_BENCH_MONTHS make the history larger.
func BenchmarkRebuild(b *testing.B) {
	h := benchHistory(b, number("ALMONER_BENCH_PEOPLE", 2000), number("ALMONER_BENCH_MONTHS", 12))
	ctx := context.Background()
	v, err := Open(ctx, filepath.Join(b.TempDir(), "views.db"), h.store, Options{})
	require.NoError(b, err)
	defer v.Close()
	var decoding, building time.Duration
	for b.Loop() {
		began := time.Now()
		read := 0
		for batch := range v.readAhead(ctx, eventstore.Position{}) {
			require.NoError(b, batch.err)
			read += len(batch.events)
		}
		decoding += time.Since(began)
		require.EqualValues(b, h.count(), read)
		began = time.Now()
		require.NoError(b, v.Rebuild(ctx, nil))
		building += time.Since(began)
	}
	perRound := float64(h.count()) * float64(b.N)
	b.ReportMetric(perRound/decoding.Seconds(), "decoded/s")
	b.ReportMetric(perRound/building.Seconds(), "built/s")
	b.ReportMetric(decoding.Seconds()/building.Seconds(), "ratio")
	b.ReportMetric(building.Seconds()/perRound*1e6, "s/million")
	b.ReportMetric(float64(h.count()), "events")
}

// BenchmarkPeople measures reading every fold of a programme.
func BenchmarkPeople(b *testing.B) {
	people := number("ALMONER_BENCH_PEOPLE", 2000)
	h := benchHistory(b, people, number("ALMONER_BENCH_MONTHS", 12))
	ctx := context.Background()
	v, err := Open(ctx, filepath.Join(b.TempDir(), "views.db"), h.store, Options{})
	require.NoError(b, err)
	defer v.Close()
	require.NoError(b, v.CatchUp(ctx, nil))
	for b.Loop() {
		n := 0
		for _, err := range v.People(ctx, town1, reward) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, people, n)
	}
	b.ReportMetric(float64(people)*float64(b.N)/b.Elapsed().Seconds(), "folds/s")
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}
