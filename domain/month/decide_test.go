package month

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestClose(t *testing.T) {
	s := newScene(t)
	r := reckoning()
	submit := s.submission("handler", office, r)
	events, err := s.state.DecideSubmit(submit)
	s.does("o-handler", events, err)
	require.Len(t, events, 2)
	page := events[0].(Listed)
	require.Equal(t, []Figures{r.Classes[0], r.Levels[0]}, page.Figures)
	e := events[1].(Submitted)
	require.Equal(t, int64(120), e.LogIndex)
	require.Equal(t, 1, e.Pages)
	require.Equal(t, "100.00", e.Total)
	require.Equal(t, []CauseSum{{yuan("30.00"), "pending", 1}, {yuan("20.00"), "returned", 1}, {yuan("7.00"), "unknown", 1}}, e.Differences)
	root, lines := r.Root()
	require.Equal(t, root, e.Root)
	require.Equal(t, lines, e.Lines)

	again, err := s.state.DecideSubmit(submit)
	require.NoError(t, err)
	require.Empty(t, again, "asked twice")

	sign := s.signature("head", office, root)
	events, err = s.state.DecideSignOff(sign)
	s.does("o-head", events, err)
	require.Len(t, events, 2)
	require.Equal(t, Closed{Finance: office, LogIndex: 120, Month: january, Root: root}, events[1])
	last, ok := s.state.Close()
	require.True(t, ok)
	require.Equal(t, Stood{CutOff: 120, Root: root, Round: 1, Figures: r.Programmes}, last)
	again, err = s.state.DecideSignOff(sign)
	require.NoError(t, err)
	require.Empty(t, again)
}

func TestCloseIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Submit)
		kind   domain.Kind
		rule   string
	}{
		{"before the last day", func(c *Submit) { c.Today = domain.MustDate("2022-01-30") }, domain.Refused, "month.not-over"},
		{"an earlier month is open", func(c *Submit) { c.Reckoning.EarlierOpen = []domain.Period{january.Prev()} }, domain.Conflict, "month.earlier-open"},
		{"a bank file is not classified", func(c *Submit) { c.Reckoning.Unclassified = []string{"file"} }, domain.Conflict, "month.bankfile-unclassified"},
		{"a check does not agree", func(c *Submit) { c.Reckoning.Checks[0].Theirs = yuan("30.01") }, domain.Conflict, "month.not-balanced"},
		{"nothing was ever booked", func(c *Submit) { c.Reckoning.Moved = false }, domain.Refused, "month.nothing"},
		{"one person alone", func(c *Submit) { c.Chain = c.Chain[:1] }, domain.Invalid, "month.chain"},
		{"another finance office", func(c *Submit) { c.Act.Office = "finance-2" }, domain.Forbidden, "month.other-finance"},
		{"the head submits", func(c *Submit) { c.Act.Capacity = "finance.head" }, domain.Forbidden, "sign-off.step-order"},
		{"another reckoning was signed", func(c *Submit) { c.Reckoning.CutOff++ }, domain.Conflict, "sign-off.seen"},
		{"a forged signature", func(c *Submit) { c.Act.Sig = make([]byte, 64) }, domain.Forbidden, "sign-off.signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			submit := s.submission("handler", office, reckoning())
			c.change(&submit)
			events, err := s.state.DecideSubmit(submit)
			refused(t, err, c.kind, c.rule)
			require.Empty(t, events)
		})
	}
	t.Run("closed", func(t *testing.T) {
		s := closed(t)
		_, err := s.state.DecideSubmit(s.submission("handler", office, reckoning()))
		refused(t, err, domain.Conflict, "month.closed")
	})
	t.Run("submitted by another", func(t *testing.T) {
		s := newScene(t)
		events, err := s.state.DecideSubmit(s.submission("handler", office, reckoning()))
		s.does("o-handler", events, err)
		_, err = s.state.DecideSubmit(s.submission("colleague", office, reckoning()))
		refused(t, err, domain.Conflict, "sign-off.submitted")
	})
}

func TestSignOffIsRefused(t *testing.T) {
	s := newScene(t)
	r := reckoning()
	root, _ := r.Root()
	events, err := s.state.DecideSubmit(s.submission("handler", office, r))
	s.does("o-handler", events, err)

	_, err = s.state.DecideSignOff(s.signature("head", office, "another root"))
	refused(t, err, domain.Conflict, "month.figures-differ")
	_, err = s.state.DecideSignOff(s.signature("head", "finance-2", root))
	refused(t, err, domain.Forbidden, "month.other-finance")
	_, err = s.state.DecideSignOff(s.signature("handler", office, root))
	refused(t, err, domain.Forbidden, "sign-off.one-person-one-step")
	sign := s.signature("head", office, root)
	sign.EarlierOpen = []domain.Period{january.Prev()}
	_, err = s.state.DecideSignOff(sign)
	refused(t, err, domain.Conflict, "month.earlier-open")
}

func TestSendBack(t *testing.T) {
	s := newScene(t)
	r := reckoning()
	events, err := s.state.DecideSubmit(s.submission("handler", office, r))
	s.does("o-handler", events, err)
	_, err = s.state.DecideSendBack(s.back("head", "finance-2", s.state.Signing))
	refused(t, err, domain.Forbidden, "month.other-finance")
	events, err = s.state.DecideSendBack(s.back("head", office, s.state.Signing))
	s.does("o-head", events, err)
	require.Equal(t, StatusSentBack, s.state.Status)
	r.CutOff = 140
	s.close("handler", "head", r)
	last, _ := s.state.Close()
	require.Equal(t, 2, last.Round)
}

func TestReopen(t *testing.T) {
	s := closed(t)
	ask := s.reopening("clerk", office, "bank-file-late")
	events, err := s.state.DecideSubmitReopen(ask)
	s.does("o-clerk", events, err)
	require.Equal(t, "bank-file-late", events[0].(ReopenSubmitted).Reason)
	require.True(t, s.state.Closed(), "one signature opens nothing")
	again, err := s.state.DecideSubmitReopen(ask)
	require.NoError(t, err)
	require.Empty(t, again)
	_, err = s.state.DecideSubmitReopen(s.reopening("colleague", office, "bank-file-late"))
	refused(t, err, domain.Conflict, "sign-off.submitted")

	_, err = s.state.DecideSignReopen(s.reopened("clerk", office))
	refused(t, err, domain.Forbidden, "sign-off.one-person-one-step")
	_, err = s.state.DecideSignReopen(s.reopened("head", "finance-2"))
	refused(t, err, domain.Forbidden, "month.other-finance")
	late := s.reopened("head", office)
	late.LastClosed = february
	_, err = s.state.DecideSignReopen(late)
	refused(t, err, domain.Conflict, "month.later-closed")
	late.LastClosed, late.Awaiting = january, february
	_, err = s.state.DecideSignReopen(late)
	refused(t, err, domain.Conflict, "month.later-awaiting")

	sign := s.reopened("head", office)
	events, err = s.state.DecideSignReopen(sign)
	s.does("o-head", events, err)
	require.Equal(t, StatusReopened, s.state.Status)
	again, err = s.state.DecideSignReopen(sign)
	require.NoError(t, err)
	require.Empty(t, again)

	r := reckoning()
	r.CutOff = 200
	s.close("handler", "head", r)
	require.Len(t, s.state.Closes, 2, "what was closed before stays")
	require.Equal(t, int64(120), s.state.Closes[0].CutOff)

	// Once more, by the same people.
	s.reopen("clerk", "head")
}

// The handler of the close signs no head's step of a later round, and a statement for a close is none for a reopening.
func TestReopenIsRefused(t *testing.T) {
	s := newScene(t)
	_, err := s.state.DecideSubmitReopen(s.reopening("clerk", office, "late"))
	refused(t, err, domain.Conflict, "month.not-closed")
	for _, c := range []struct {
		name   string
		reason string
		change func(*Reopen)
		kind   domain.Kind
		rule   string
	}{
		{"without a reason", "agree", func(*Reopen) {}, domain.Invalid, "month.reason"},
		{"with words for a reason", "Too late", func(*Reopen) {}, domain.Invalid, "sign-off.opinion"},
		{"under a later closed month", "late", func(c *Reopen) { c.LastClosed = february }, domain.Conflict, "month.later-closed"},
		{"under a month that waits", "late", func(c *Reopen) { c.Awaiting = february }, domain.Conflict, "month.later-awaiting"},
		{"by one alone", "late", func(c *Reopen) { c.Chain = c.Chain[:1] }, domain.Invalid, "month.chain"},
		{"by another office", "late", func(c *Reopen) { c.Act.Office = "finance-2" }, domain.Forbidden, "month.other-finance"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := closed(t)
			ask := s.reopening("clerk", office, c.reason)
			c.change(&ask)
			_, err := s.state.DecideSubmitReopen(ask)
			refused(t, err, c.kind, c.rule)
			require.True(t, s.state.Closed())
		})
	}
	t.Run("with the statement of a close", func(t *testing.T) {
		s := closed(t)
		ask := s.reopening("handler", office, "late")
		ask.Act = newScene(t).submission("handler", office, reckoning()).Act
		_, err := s.state.DecideSubmitReopen(ask)
		refused(t, err, domain.Conflict, "sign-off.seen")
	})
	t.Run("sent back", func(t *testing.T) {
		s := closed(t)
		events, err := s.state.DecideSubmitReopen(s.reopening("clerk", office, "late"))
		s.does("o-clerk", events, err)
		_, err = s.state.DecideSendBackReopen(s.back("head", "finance-2", s.state.Reopening))
		refused(t, err, domain.Forbidden, "month.other-finance")
		events, err = s.state.DecideSendBackReopen(s.back("head", office, s.state.Reopening))
		s.does("o-head", events, err)
		require.Equal(t, StatusClosed, s.state.Status)
		s.reopen("clerk", "head")
	})
	t.Run("by the handler of the close, and closed again by the head of it", func(t *testing.T) {
		s := closed(t)
		s.reopen("handler", "head")
		_, err := s.state.DecideSubmit(s.submission("head", office, reckoning()))
		refused(t, err, domain.Forbidden, "sign-off.one-person-one-step")
	})
}

func TestBooks(t *testing.T) {
	day := domain.MustDate
	var none Books
	require.True(t, none.FirstOpen(1000).IsZero())
	require.Equal(t, "2022-01", none.MonthOf(5, day("2022-01-20"), day("2021-12-03")).String(), "without any close: the month of recording")

	b := none.Close(january, 100)
	for _, c := range []struct {
		at            int64
		recorded, own string
		want          string
	}{
		{99, "2022-01-31", "", "2022-01"},
		{100, "2022-01-31", "", "2022-02"},           // behind the cut-off, on the last day
		{150, "2022-02-03", "2022-01-31", "2022-02"}, // it belongs to January, and January is closed
		{150, "2022-04-03", "2022-02-01", "2022-04"}, // no close since: the month of recording
	} {
		own := domain.Date{}
		if c.own != "" {
			own = day(c.own)
		}
		require.Equal(t, c.want, b.MonthOf(c.at, day(c.recorded), own).String(), "%+v", c)
	}
	require.Equal(t, "2022-02", b.FirstOpen(100).String())
	require.True(t, b.Closed(january, 100))
	require.False(t, b.Closed(january, 99))

	// February is closed as well, then reopened, then January: each takes what belongs to it by its own day.
	b = b.Close(february, 200).Reopen(february, 300)
	require.Equal(t, "2022-02", b.MonthOf(300, day("2022-03-05"), day("2022-02-20")).String())
	require.Equal(t, "2022-02", b.MonthOf(300, day("2022-03-05"), day("2022-01-20")).String(), "January is closed: the first open one")
	require.Equal(t, "2022-03", b.MonthOf(300, day("2022-03-05"), day("2022-03-02")).String())
	require.Equal(t, "2022-03", b.MonthOf(300, day("2022-03-05"), domain.Date{}).String())
	require.Equal(t, january, b.LastClosed(300))
	b = b.Reopen(january, 310)
	require.True(t, b.LastClosed(310).IsZero())
	require.Equal(t, "2022-01", b.MonthOf(310, day("2022-03-05"), day("2022-01-20")).String())
	b = b.Close(january, 320)
	require.Equal(t, "2022-02", b.MonthOf(320, day("2022-03-05"), day("2022-01-20")).String())
	require.Equal(t, january, b.Before(february).LastClosed(1000))
}

func TestRoot(t *testing.T) {
	r := reckoning()
	root, lines := r.Root()
	require.Equal(t, 9, lines)
	seen := map[string]bool{root: true}
	for i, change := range []func(*Reckoning){
		func(r *Reckoning) { r.CutOff++ }, func(r *Reckoning) { r.Finance = "finance-2" }, func(r *Reckoning) { r.Month = february }, func(r *Reckoning) { r.Runs = nil },
		func(r *Reckoning) { r.Programmes[0].Settled = yuan("60.01") }, func(r *Reckoning) { r.Classes[0].Class = "-" }, func(r *Reckoning) { r.Classes[0].Class = "" },
		func(r *Reckoning) { r.Differences[2].Reason = "ambiguous" }, func(r *Reckoning) { r.Differences[0].Line++ }, func(r *Reckoning) { r.Checks[0].Ours = yuan("1.00") },
		func(r *Reckoning) { r.Bridge = []Bridge{{Amount: yuan("1.00"), Event: "e", Month: january}} },
	} {
		r := reckoning()
		change(&r)
		other, _ := r.Root()
		require.False(t, seen[other], "change %d leaves the root as it was", i)
		seen[other] = true
	}
}

func TestPages(t *testing.T) {
	r := reckoning()
	for i := range 3 * pageRows {
		r.Bridge = append(r.Bridge, Bridge{Amount: yuan("1.00"), Cause: "reversed", Event: fmt.Sprint(i), Facts: 1, Figure: "settled", Month: january, Programme: "reward"})
	}
	pages, err := r.pages(1)
	require.NoError(t, err)
	require.Len(t, pages, 4)
	rows := 0
	for i, p := range pages {
		require.Equal(t, i+1, p.Page)
		rows += len(p.Bridge) + len(p.Figures)
	}
	require.Equal(t, 3*pageRows+2, rows)

	for range maxPages * pageRows {
		r.Bridge = append(r.Bridge, r.Bridge[0])
	}
	pages, err = r.pages(1)
	require.NoError(t, err)
	require.Len(t, pages, 1, "too long for one append: told by cause")
	require.Equal(t, []Bridge{{Amount: domain.Yuan(int64((3 + maxPages) * pageRows)), Cause: "reversed", Event: "0", Facts: (3 + maxPages) * pageRows, Figure: "settled", Month: january, Programme: "reward"}}, pages[0].Bridge)

	for i := range (maxPages + 1) * pageRows {
		r.Classes = append(r.Classes, Figures{Programme: "reward", Class: fmt.Sprint(i)})
	}
	_, err = r.pages(1)
	require.ErrorContains(t, err, "more than one append holds")
}

func TestFigures(t *testing.T) {
	f := reckoning().Programmes[0]
	require.True(t, f.Foots())
	require.False(t, f.Plus("settled", yuan("0.01")).Foots())
	require.True(t, Figures{Programme: "x"}.IsZero())
	for _, name := range FigureNames() {
		require.Equal(t, "1.00", (Figures{}).Plus(name, yuan("1.00")).Of(name).String())
		require.Equal(t, "3.00", (Figures{}).Plus(name, yuan("1.00")).Add((Figures{}).Plus(name, yuan("2.00"))).Of(name).String())
	}
	require.True(t, (Figures{}).Plus("nonsense", yuan("1.00")).IsZero())
	require.True(t, f.Of("nonsense").IsZero())
	require.Equal(t, "-", Reckoning{}.Submission(1).Rulebook)
	require.Equal(t, "a", Reckoning{Rulebooks: []string{"a"}}.Submission(1).Rulebook)
	require.Equal(t, signoff.PreviousHash([]string{"a", "b"}), Reckoning{Rulebooks: []string{"a", "b"}}.Submission(1).Rulebook)
}
