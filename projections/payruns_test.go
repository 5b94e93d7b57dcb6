package projections

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/imports"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
)

func (h *history) cancel(o payrun.Opened, lines []payrun.Line) {
	h.add(payrun.Stream(o.Run), payrun.Cancelled{Reason: "x", Run: o.Run})
	h.undo(o, 1, beneficiary.Cancelled, lines)
}

func (h *history) stop(o payrun.Opened, l payrun.Line) {
	h.add(payrun.Stream(o.Run), payrun.StoppedLine{Amount: l.Amount, Draw: l.Draw, Line: l.Line, Person: l.Person, Reason: "died", Run: o.Run})
	h.undo(o, 1, beneficiary.Stopped, []payrun.Line{l})
}

// requireTotals compares the totals of everything with a sum over the log: listed lines of released runs, less stops.
func requireTotals(t rapid.TB, h *history, v *Views) {
	t.Helper()
	type line struct {
		person string
		amount domain.Money
	}
	listed, released, years := map[string]map[int]line{}, map[string]map[int]line{}, map[string]domain.Period{}
	for _, f := range h.facts {
		switch e := f.Event.(type) {
		case payrun.Opened:
			years[e.Run] = domain.PeriodOf(domain.Year, e.Period.First())
			listed[e.Run] = map[int]line{}
		case payrun.Listed:
			for _, l := range e.Lines {
				listed[e.Run][l.Line] = line{l.Person, l.Amount}
			}
		case payrun.SentBack:
			listed[e.Run] = map[int]line{}
		case payrun.Released:
			released[e.Run] = listed[e.Run]
		case payrun.Cancelled:
			delete(released, e.Run)
		case payrun.StoppedLine:
			delete(released[e.Run], e.Line)
		case beneficiary.Undrawn:
			if e.Cause == beneficiary.Returned {
				maps.DeleteFunc(released[e.Run], func(_ int, l line) bool { return l.person == e.Person })
			}
		}
	}
	for _, year := range []string{"2021", "2022"} {
		var net domain.Money
		lines, persons := 0, map[string]bool{}
		for run, list := range released {
			if years[run].String() != year {
				continue
			}
			for _, l := range list {
				lines++
				net = net.Add(l.amount)
				if l.amount.Sign() > 0 {
					persons[l.person] = true
				}
			}
		}
		got, err := v.Totals(context.Background(), TotalsQuery{Period: domain.MustPeriod(year)})
		require.NoError(t, err)
		require.Equal(t, lines, got.Lines)
		require.Equal(t, net.String(), got.Net.String())
		require.Equal(t, len(persons), got.Persons)
		parts := domain.Sum(got.Due, got.Sums.Arrears, got.Deducted, got.Netted, got.Recovered)
		require.Equal(t, net.String(), parts.String(), "应发 + 补发 + 扣减 + netted + recovered = 实发")
	}
}

func TestTotals(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	requireTotals(t, h, v)
	totals := func(period string) Totals {
		got, err := v.Totals(t.Context(), TotalsQuery{Period: domain.MustPeriod(period), Programme: reward, Office: town1})
		require.NoError(t, err)
		require.Equal(t, h.count(), got.LogIndex)
		return got
	}
	// January: five lines of 80, b's stopped, c's came back from the bank.
	january := totals("2022-01")
	require.Equal(t, []string{"run-1"}, january.Runs)
	require.Equal(t, 3, january.Lines)
	require.Equal(t, 3, january.Persons)
	require.Equal(t, 3, january.Households, "b, the other one of a's household, was stopped")
	require.Equal(t, "240.00", january.Net.String())
	require.Equal(t, "240.00", january.Due.String())
	require.Equal(t, Units{Regular: 3}, january.Units)
	// February at 90, ten more for January: a and f are topped up, c gets both months, d is withheld, b has left.
	february := totals("2022-02")
	require.Equal(t, 4, february.Persons)
	require.Equal(t, "270.00", february.Due.String())
	require.Equal(t, "120.00", february.Sums.Arrears.String(), "10 + 90 + 10, and 10 for d's January")
	require.Equal(t, Units{Regular: 3, Arrears: 1, TopUp: 3}, february.Units)

	quarter := totals("2022-Q1")
	require.Equal(t, []string{"run-1", "run-2"}, quarter.Runs, "the cancelled run counts nowhere")
	require.Equal(t, 4, quarter.Persons, "each person once")
	require.Equal(t, january.Net.Add(february.Net).String(), quarter.Net.String())
	require.Len(t, quarter.Rows, 2)
	require.Equal(t, "child=one-girl", quarter.Rows[0].Class)
	require.Equal(t, domain.MustPeriod("2022-01"), quarter.Rows[0].Period)
	require.Equal(t, 3, quarter.Rows[0].Persons)
	for _, wider := range []string{"2022-H1", "2022"} {
		got := totals(wider)
		require.Equal(t, quarter.Net.String(), got.Net.String())
		require.Equal(t, quarter.Persons, got.Persons)
	}
	require.Empty(t, totals("2022-03").Runs)
	require.Zero(t, totals("2022-Q2").Lines)
	_, err := v.Totals(t.Context(), TotalsQuery{})
	require.ErrorIs(t, err, domain.Invalid)
}

func TestAQuarterCountsUnderItsOwnPeriod(t *testing.T) {
	h := newHistory(t)
	h.enrol("a", village1, "2022-01", func(e *beneficiary.Enrolled) {
		e.Classes[0].From, e.FirstUnit = domain.MustPeriod("2022-Q1"), domain.MustPeriod("2022-Q1")
	})
	o := h.openRun("run-q", "2022-Q1")
	h.release(o, 1, h.prepare(o, 1, rates{240}, "a"))
	v := h.caughtUp()
	for period, lines := range map[string]int{"2022-01": 0, "2022-03": 0, "2022-Q1": 1, "2022-H1": 1, "2022": 1, "2022-Q2": 0} {
		got, err := v.Totals(t.Context(), TotalsQuery{Period: domain.MustPeriod(period)})
		require.NoError(t, err)
		require.Equal(t, lines, got.Lines, period)
	}
	require.Equal(t, []string{"a"}, names(h.roll(v, on("2022-01-01")).Entries), "a unit's roll begins with its first day")
}

func TestPayrunPages(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	runs, err := v.Payruns(t.Context(), PayrunFilter{Office: town1, Programme: reward})
	require.NoError(t, err)
	require.Equal(t, []string{"run-3", "run-2", "run-1"}, []string{runs[0].ID(), runs[1].ID(), runs[2].ID()})
	require.Equal(t, payrun.StatusCancelled, runs[0].State.Status)
	runs, err = v.Payruns(t.Context(), PayrunFilter{Period: domain.MustPeriod("2022-Q1"), Status: payrun.StatusReleased})
	require.NoError(t, err)
	require.Len(t, runs, 1)

	run, err := v.Payrun(t.Context(), "run-1")
	require.NoError(t, err)
	require.Equal(t, payrun.StatusInstructed, run.State.Status)
	require.Len(t, run.Stops, 1)
	require.Equal(t, 2, run.Stops[0].Line)
	var steps []string
	for _, s := range run.Signatures {
		steps = append(steps, s.Outcome+" "+s.Capacity+" "+s.Scope)
	}
	require.Equal(t, []string{
		"agree town.handler whole", "send-back village.head whole",
		"agree town.handler whole", "agree village.head " + village1, "agree village.head " + village2, "agree county.head whole",
	}, steps)
	require.Equal(t, "Officer One", run.Signatures[0].Name)
	require.Equal(t, "missing", run.Signatures[1].Opinion)

	lines, err := v.PayrunLines(t.Context(), "run-1", 0, 0)
	require.NoError(t, err)
	require.Equal(t, 2, lines.Round)
	require.Len(t, lines.Lines, 5)
	require.Zero(t, lines.Next)
	require.Equal(t, "died", lines.Lines[1].Stopped)
	require.False(t, lines.Lines[1].Standing)
	require.Empty(t, lines.Lines[2].Stopped)
	require.False(t, lines.Lines[2].Standing, "the bank returned it")
	require.True(t, lines.Lines[0].Standing)
	require.Equal(t, "80.00", lines.Lines[0].Draw.Due.String())
	require.Equal(t, "house-a", lines.Lines[0].Household)
	for limit := 1; limit <= 5; limit++ {
		var paged []PayrunLine
		for cursor := 0; ; {
			page, err := v.PayrunLines(t.Context(), "run-1", cursor, limit)
			require.NoError(t, err)
			paged = append(paged, page.Lines...)
			if cursor = page.Next; cursor == 0 {
				break
			}
		}
		require.Equal(t, lines.Lines, paged)
	}
	_, err = v.Payrun(t.Context(), "run-9")
	require.ErrorIs(t, err, domain.NotFound)
}

func TestHeldLines(t *testing.T) {
	h := newHistory(t)
	h.enrol("a", village1, "2022-01")
	h.enrol("b", village2, "2022-01")
	h.person("b", beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e-b", From: domain.MustPeriod("2022-01"), Reason: "x", ReviewBy: domain.MustDate("2022-03-01")})
	o := h.openRun("r", "2022-01")
	h.prepare(o, 1, rates{80}, "a", "b")
	v := h.caughtUp()
	held, err := v.PayrunHeld(t.Context(), "r")
	require.NoError(t, err)
	require.Equal(t, 1, held.Round)
	require.Equal(t, []payrun.HeldLine{{Amount: domain.Yuan(80), Enrolment: "e-b", Person: "b", Reason: payrun.HeldSuspended, Village: village2}}, held.Lines)
}

func TestOverpayments(t *testing.T) {
	h := newHistory(t)
	story(h)
	v := h.caughtUp()
	_, all, err := v.Overpayments(t.Context(), OverpaymentFilter{})
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "60.00", all[0].Outstanding.String())
	require.Equal(t, "30.00", all[0].Returned.String())
	require.Equal(t, "opening", all[1].Cause)
	require.Equal(t, reward, all[0].Programme)
	require.Equal(t, town1, all[0].Office)
	h.person("a", beneficiary.WrittenOff{Amount: domain.Yuan(60), Overpayment: "o-a", Person: "a", Reason: "poverty"})
	require.NoError(t, v.CatchUp(t.Context(), nil))
	_, all, err = v.Overpayments(t.Context(), OverpaymentFilter{Person: "a"})
	require.NoError(t, err)
	require.Empty(t, all)
	_, all, err = v.Overpayments(t.Context(), OverpaymentFilter{Person: "a", All: true})
	require.NoError(t, err)
	require.Len(t, all, 1)
}

// kinds lists what is unfinished.
func kinds(t *testing.T, v *Views) []string {
	t.Helper()
	require.NoError(t, v.CatchUp(t.Context(), nil))
	_, intents, err := v.Unfinished(t.Context())
	require.NoError(t, err)
	out := []string{}
	for _, i := range intents {
		out = append(out, i.Stream+" "+string(i.Kind)+" "+i.Draw)
	}
	return out
}

func TestUnfinishedRuns(t *testing.T) {
	h := newHistory(t)
	h.offices()
	for _, p := range []string{"a", "b"} {
		h.enrol(p, village1, "2022-01")
	}
	v := h.caughtUp()
	require.Empty(t, kinds(t, v))
	o := h.openRun("r", "2022-01")
	require.Equal(t, []string{"payrun-r prepare "}, kinds(t, v))
	lines := h.prepare(o, 1, rates{80}, "a", "b")
	require.Empty(t, kinds(t, v))
	h.submit(o, 1, lines)
	sentBack := h.add(payrun.Stream("r"), payrun.SentBack{Run: "r", Returned: signoff.Returned{Person: "p", Reason: "x", Round: 1, Signature: signature(), Step: 1, Subject: payrun.Stream("r")}})[0]
	require.Equal(t, []string{"payrun-r undo "}, kinds(t, v))
	_, intents, err := v.Unfinished(t.Context())
	require.NoError(t, err)
	require.Equal(t, sentBack, intents[0].Event)
	h.undo(o, 1, beneficiary.SentBack, lines)
	require.Empty(t, kinds(t, v))
	again := beneficiary.Run{Run: "r", Office: town1, From: o.From, To: o.To}
	events, err := h.people["a"].DecideDraw(beneficiary.TakeDraw{Run: again, Enrolment: "e-a", Line: 1, PayRef: "P", Draw: "again"}, rates{80})
	require.NoError(t, err)
	h.person("a", events...)
	require.Equal(t, []string{"payrun-r prepare "}, kinds(t, v), "a draw of the next round: somebody was at it")
	_, orphans, err := v.OrphanDraws(t.Context())
	require.NoError(t, err)
	require.Len(t, orphans, 1)
	h.undo(o, 2, beneficiary.Abandoned, []payrun.Line{{Person: "a", Draw: "again"}})
	lines = h.prepare(o, 2, rates{80}, "a", "b")
	h.release(o, 2, lines)
	require.Empty(t, kinds(t, v))
	stop := payrun.StoppedLine{Amount: lines[0].Amount, Draw: lines[0].Draw, Line: 1, Person: "a", Reason: "died", Run: "r"}
	h.add(payrun.Stream("r"), stop)
	require.Equal(t, []string{"payrun-r stopped " + lines[0].Draw}, kinds(t, v))
	h.undo(o, 2, beneficiary.Stopped, lines[:1])
	require.Empty(t, kinds(t, v))
	h.add(payrun.Stream("r"), payrun.Cancelled{Reason: "x", Run: "r"})
	require.Equal(t, []string{"payrun-r undo "}, kinds(t, v))
	totals, err := v.Totals(t.Context(), TotalsQuery{Period: domain.MustPeriod("2022-01")})
	require.NoError(t, err)
	require.Zero(t, totals.Lines, "a run cancelled after its release pays nothing")
}

func submission(round int, scopes ...string) signoff.Submission {
	s := signoff.Submission{Round: round, Rulebook: "x", Totals: signoff.Totals{Lines: len(scopes), Root: "00", Total: "0.00"}}
	for _, scope := range scopes {
		s.Sections = append(s.Sections, signoff.SectionTotals{Scope: scope, Totals: signoff.Totals{Lines: 1, Root: "00", Total: "0.00"}})
	}
	return s
}

func TestWorkListAndSubjects(t *testing.T) {
	h := newHistory(t)
	h.offices()
	v := h.caughtUp()
	handler := Capacity{"town.handler", town1, "340523101"}
	head1, head2 := Capacity{"village.head", "v1", village1}, Capacity{"village.head", "v2", village2}
	county, elsewhere := Capacity{"county.head", "county", "340523"}, Capacity{"county.head", "other", "340111"}
	work := func(capacities ...Capacity) []string {
		require.NoError(t, v.CatchUp(t.Context(), nil))
		list, err := v.WorkList(t.Context(), capacities)
		require.NoError(t, err)
		out := []string{}
		for _, w := range list.Items {
			for _, scope := range w.Scopes {
				out = append(out, w.Action+" "+w.Stream+" "+scope)
			}
		}
		return out
	}
	status := func(subjects Subjects, err error) string {
		require.NoError(t, err)
		require.Len(t, subjects.Subjects, 1)
		return subjects.Subjects[0].Status
	}

	h.add(imports.Stream("i"), imports.Opened{Chain: chain(), Commitment: "c", File: "f", Import: "i", Office: town1, Parts: 1, Programme: reward, Region: "340523", Rulebook: "x", Size: 1})
	require.Empty(t, work(handler), "its rows are not read yet")
	require.Equal(t, StatusReading, status(v.Imports(t.Context(), SubjectFilter{})))
	h.add(imports.Stream("i"), imports.Read{Accepted: 2, Import: "i", Refused: 1, Root: "00"})
	require.Equal(t, []string{"submit import-i whole"}, work(handler))
	h.add(imports.Stream("i"), imports.Submitted{Import: "i", Submission: submission(1, village1, village2), Signed: signed("p0", 1, 0, signoff.WholeScope)})
	require.Empty(t, work(handler))
	require.Equal(t, []string{"sign import-i " + village1}, work(head1))
	require.Equal(t, []string{"sign import-i " + village1, "sign import-i " + village2}, work(head1, head2))
	h.add(imports.Stream("i"), imports.SignedOff{Import: "i", Signed: signed("p1", 1, 1, village1)})
	require.Equal(t, []string{"sign import-i " + village2}, work(head1, head2))
	h.add(imports.Stream("i"), imports.SignedOff{Import: "i", Signed: signed("p2", 1, 1, village2)})
	require.Equal(t, []string{"sign import-i whole"}, work(county, elsewhere, handler, head1))
	require.Empty(t, work(elsewhere), "another county")
	h.add(imports.Stream("i"), imports.SentBack{Import: "i", Returned: signoff.Returned{Person: "p3", Reason: "x", Round: 1, Signature: signature(), Step: 2, Subject: "import-i"}})
	require.Equal(t, []string{"withdraw import-i whole"}, work(handler, county), "what was read never changes, so it is not submitted again")
	require.Empty(t, work(Capacity{"town.handler", "county", "340523"}), "another office does not take it back")
	h.add(imports.Stream("j"), imports.Opened{Chain: chain(), Commitment: "c", File: "g", Import: "j", Office: town1, Parts: 1, Programme: "none", Region: "340523", Rulebook: "x", Size: 1},
		imports.Read{Import: "j", Refused: 2, Root: "00"})
	require.Equal(t, []string{"withdraw import-i whole", "withdraw import-j whole"}, work(handler), "nobody in it can be taken in")
	h.add(imports.Stream("j"), imports.Withdrawn{Import: "j", Reason: "wrong-file"})
	require.Equal(t, []string{"withdraw import-i whole"}, work(handler))
	require.Equal(t, StatusSentBack, status(v.Imports(t.Context(), SubjectFilter{Office: town1, Programme: reward})))
	h.add(imports.Stream("i"), imports.Submitted{Import: "i", Submission: submission(2, village1), Signed: signed("p0", 2, 0, signoff.WholeScope)},
		imports.SignedOff{Import: "i", Signed: signed("p1", 2, 1, village1)},
		imports.SignedOff{Import: "i", Signed: signed("p3", 2, 2, signoff.WholeScope)},
		imports.Decided{DecidedOn: domain.MustDate("2022-01-05"), Import: "i", Outcome: "agreed"})
	require.Empty(t, work(handler, head1, head2, county))
	require.Equal(t, []string{"import-i apply "}, kinds(t, v))
	h.add(imports.Stream("i"), imports.RowFailed{Import: "i", Person: "q", Row: 2, Rule: "x"}, imports.Applied{Applied: 1, Failed: 1, Import: "i"})
	require.Empty(t, kinds(t, v))
	got, err := v.Imports(t.Context(), SubjectFilter{ID: "i"})
	require.Equal(t, StatusApplied, status(got, err))
	require.Equal(t, SubjectCounts{Accepted: 2, Refused: 1, Applied: 1, Failed: 1}, got.Subjects[0].Counts)

	open := cases.Opened{Case: "c", Chain: chain()[:1], Office: town1, Rulebook: "x",
		Change: change.Change{Kind: change.Exit, Office: town1, Person: "a", Programme: reward, Region: "340523", Rulebook: "x", Village: village1}}
	h.add(cases.Stream("c"), open)
	require.Equal(t, []string{"submit case-c whole"}, work(handler))
	h.add(cases.Stream("c"), cases.Submitted{Case: "c", Submission: submission(1, village1), Signed: signed("p0", 1, 0, signoff.WholeScope)})
	require.NoError(t, v.CatchUp(t.Context(), nil))
	require.Equal(t, StatusSigned, status(v.Cases(t.Context(), SubjectFilter{Person: "a"})))
	h.add(cases.Stream("c"), cases.Decided{Case: "c", DecidedOn: domain.MustDate("2022-01-06"), Outcome: "agreed"})
	require.Equal(t, []string{"case-c apply "}, kinds(t, v))
	h.add(cases.Stream("c"), cases.Applied{Case: "c", Failed: "beneficiary.exists"})
	require.Empty(t, kinds(t, v))
	require.Equal(t, StatusFailed, status(v.Cases(t.Context(), SubjectFilter{Status: StatusFailed})))
	open.Case = "w"
	h.add(cases.Stream("w"), open, cases.Withdrawn{Case: "w", Reason: "x"})
	open.Case = "n"
	h.add(cases.Stream("n"), open, cases.Submitted{Case: "n", Submission: submission(1, village1), Signed: signed("p0", 1, 0, signoff.WholeScope)},
		cases.Decided{Case: "n", DecidedOn: domain.MustDate("2022-01-06"), Outcome: "refused"})
	require.Empty(t, work(handler, county))
	require.Equal(t, StatusWithdrawn, status(v.Cases(t.Context(), SubjectFilter{ID: "w"})))
	require.Equal(t, StatusRefused, status(v.Cases(t.Context(), SubjectFilter{ID: "n"})))
}

func TestRulebooks(t *testing.T) {
	h := newHistory(t)
	h.offices()
	stream := rulebook.Stream("rural-reward@340523")
	h.add(stream, rulebook.Proposed{Chain: chain(), Hash: "sha256:1", Rulebook: "rural-reward@340523", Source: "a: 1\n"})
	h.add(stream, rulebook.Published{Hash: "sha256:1", PublishedOn: domain.MustDate("2022-01-05"), Rulebook: "rural-reward@340523"})
	h.add(stream, rulebook.Proposed{Chain: chain(), Hash: "sha256:2", Rulebook: "rural-reward@340523", Source: "a: 2\n"})
	v := h.caughtUp()
	_, all, err := v.Rulebooks(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, domain.MustDate("2022-01-05"), all[0].PublishedOn)
	require.Equal(t, h.count()-2, all[0].PublishedAt)
	require.EqualValues(t, -1, all[1].PublishedAt)
	require.Equal(t, "a: 2\n", all[1].Source)
	list, err := v.WorkList(t.Context(), []Capacity{{"town.handler", town1, "340523101"}})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(list.Items, func(w WorkItem) bool { return w.Kind == RulebookSubject && w.Action == "submit" }))
}
