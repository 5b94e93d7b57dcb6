package payrun

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestPrepareMayBegin(t *testing.T) {
	for _, c := range []struct {
		name  string
		state State
		round int
		pages int
		rule  string
	}{
		{name: "just opened", state: opened(t), round: 1},
		{name: "in the middle", state: preparing(t), round: 1, pages: 2},
		{name: "sent back, draws still standing", state: sentBack(t), rule: "payrun.undoing"},
		{name: "sent back and undone", state: undone(t), round: 2},
		{name: "the second round in the middle", state: listed(t, undone(t)), round: 2, pages: 2},
		{name: "prepared", state: prepared(t), rule: "payrun.not-preparing"},
		{name: "awaiting", state: awaiting(t), rule: "payrun.not-preparing"},
		{name: "released", state: released(t), rule: "payrun.not-preparing"},
		{name: "settled", state: settled(t), rule: "payrun.not-preparing"},
		{name: "cancelled", state: cancelled(t, opened(t)), rule: "payrun.undoing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			listing, err := DecidePrepare(c.state)
			if c.rule != "" {
				var refused *domain.RefusedError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, c.rule, refused.Rule)
				require.ErrorIs(t, err, domain.Conflict)
				require.Equal(t, Listing{}, listing)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.round, listing.Round)
			require.Equal(t, c.pages, listing.Pages)
		})
	}
}

func numbered(from, count int) []Line {
	var lines []Line
	for n := from; n < from+count; n++ {
		lines = append(lines, line(n, "80.00", east))
	}
	return lines
}

func TestList(t *testing.T) {
	ask := func(c List) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideList(s, c) }
	}
	first, second := listLines()[:3], listLines()[3:]
	page := func(round, page int, lines []Line) row {
		return row{ask: ask(List{Round: round, Page: page, Lines: lines}), events: []domain.Event{Listed{Lines: lines, Page: page, Round: round, Run: runID}}}
	}
	accepted := func(name string, s State, r row) row { r.name, r.state = name, s; return r }
	refused := func(name string, s State, kind domain.Kind, rule, detail string, c List) row {
		return row{name: name, state: s, ask: ask(c), kind: kind, rule: rule, detail: detail}
	}
	badLine := func(name, rule, detail string, change func(*Line)) row {
		l := line(1, "80.00", east)
		change(&l)
		return refused(name, opened(t), domain.Invalid, rule, detail, List{Round: 1, Page: 1, Lines: []Line{l}})
	}
	one := func() State {
		events, err := DecideList(opened(t), List{Round: 1, Page: 1, Lines: first})
		return after(t, opened(t), "", events, err)
	}()
	almostFull := one
	almostFull.Listing.Lines = MaxLines - 1
	full := one
	full.Listing.Lines = MaxLines
	rich := one
	rich.Listing.Total = domain.MustMoney("9999999999919.99")
	runRows(t, []row{
		accepted("the first page", opened(t), page(1, 1, first)),
		accepted("the next page", one, page(1, 2, second)),
		accepted("a full page", opened(t), page(1, 1, numbered(1, MaxPage))),
		accepted("the first page of the second round", undone(t), page(2, 1, first)),
		accepted("the last line of all", almostFull, page(1, 2, numbered(MaxLines, 1))),
		accepted("the last fen", rich, page(1, 2, []Line{line(4, "80.00", east)})),
		{name: "the same page again", state: one, ask: ask(List{Round: 1, Page: 1, Lines: first})},
		{name: "the last page again, when all is prepared", state: prepared(t), ask: ask(List{Round: 1, Page: 2, Lines: second})},
		refused("the last page again with other lines", one, domain.Conflict, "payrun.page-order", "page 2 is expected", List{Round: 1, Page: 1, Lines: second}),
		refused("an earlier page again", preparing(t), domain.Conflict, "payrun.page-order", "page 3 is expected", List{Round: 1, Page: 1, Lines: first}),
		refused("a page too far", one, domain.Conflict, "payrun.page-order", "not page 3", List{Round: 1, Page: 3, Lines: second}),
		refused("page 0", opened(t), domain.Conflict, "payrun.page-order", "not page 0", List{Round: 1, Page: 0, Lines: first}),
		refused("no page of nothing", preparedOnlyHeld(t), domain.Conflict, "payrun.page-order", "page 1 is expected", List{Round: 1}),
		refused("another round", one, domain.Conflict, "payrun.round", "round 1 is being prepared", List{Round: 2, Page: 2, Lines: second}),
		refused("the same lines in another round", one, domain.Conflict, "payrun.round", "", List{Round: 2, Page: 1, Lines: first}),
		refused("the round that was sent back", undone(t), domain.Conflict, "payrun.round", "round 2 is being prepared", List{Round: 1, Page: 3, Lines: numbered(5, 1)}),
		refused("an empty page", one, domain.Invalid, "payrun.page-size", "not 0", List{Round: 1, Page: 2}),
		refused("a page too large", opened(t), domain.Invalid, "payrun.page-size", "not 201", List{Round: 1, Page: 1, Lines: numbered(1, MaxPage+1)}),
		refused("after prepared", prepared(t), domain.Conflict, "payrun.not-preparing", "", List{Round: 1, Page: 3, Lines: numbered(5, 1)}),
		refused("a gap", one, domain.Invalid, "payrun.line-order", "line 5 stands where line 4", List{Round: 1, Page: 2, Lines: numbered(5, 1)}),
		refused("a gap inside the page", one, domain.Invalid, "payrun.line-order", "line 6 stands where line 5", List{Round: 1, Page: 2, Lines: append(numbered(4, 1), numbered(6, 1)...)}),
		refused("a line too many", full, domain.Invalid, "payrun.line-order", "", List{Round: 1, Page: 2, Lines: []Line{{Line: MaxLines + 1}}}),
		refused("a draw twice", opened(t), domain.Invalid, "payrun.draw-twice", "line 2", List{Round: 1, Page: 1, Lines: sameDraw(numbered(1, 2))}),
		refused("more than can be written", rich, domain.Invalid, "payrun.total-bounds", "10000000000000.00", List{Round: 1, Page: 2, Lines: []Line{line(4, "80.01", east)}}),
		badLine("a line numbered 0", "payrun.line-order", "", func(l *Line) { l.Line = 0 }),
		badLine("a negative amount", "payrun.line", "negative", func(l *Line) { l.Amount = domain.Fen(-1) }),
		badLine("no draw", "payrun.line", "id of", func(l *Line) { l.Draw = "" }),
		badLine("no person", "payrun.line", "id of", func(l *Line) { l.Person = "" }),
		badLine("a draw too long", "payrun.line", "id of", func(l *Line) { l.Draw = strings.Repeat("d", 37) }),
		badLine("a person too long", "payrun.line", "id of", func(l *Line) { l.Person = strings.Repeat("p", 37) }),
		badLine("a negative revision", "payrun.line", "revision", func(l *Line) { l.Revision = -1 }),
		badLine("a leaf that is no hash", "payrun.line", "leaf", func(l *Line) { l.Leaf = "00" }),
		badLine("the payRef of another line", "payrun.line", "payRef", func(l *Line) { l.PayRef = PayRef(runID, 2) }),
		badLine("the payRef of another run", "payrun.line", "payRef", func(l *Line) { l.PayRef = PayRef("other", 1) }),
		badLine("a town for a village", "payrun.line", "village", func(l *Line) { l.Village = "340311101" }),
		accepted("the first event of a stream", opened(t), func() row {
			l := line(1, "80.00", east)
			l.Revision, l.Draw, l.Person = 0, strings.Repeat("d", 36), strings.Repeat("p", 36)
			return page(1, 1, []Line{l})
		}()),
	})
}

func sameDraw(lines []Line) []Line {
	for i := range lines {
		lines[i].Draw = "draw"
	}
	return lines
}

// preparedOnlyHeld is a run in preparation that has held lines and no lines.
func preparedOnlyHeld(t *testing.T) State {
	events, err := DecideHold(opened(t), Hold{Round: 1, Page: 1, Lines: listHeld()})
	return after(t, opened(t), "", events, err)
}

func TestHold(t *testing.T) {
	ask := func(c Hold) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideHold(s, c) }
	}
	accepted := func(name string, s State, round, page int, lines ...HeldLine) row {
		return row{name: name, state: s, ask: ask(Hold{Round: round, Page: page, Lines: lines}), events: []domain.Event{HeldPage{Lines: lines, Page: page, Round: round, Run: runID}}}
	}
	refused := func(name string, s State, kind domain.Kind, rule, detail string, round, page int, lines ...HeldLine) row {
		return row{name: name, state: s, ask: ask(Hold{Round: round, Page: page, Lines: lines}), kind: kind, rule: rule, detail: detail}
	}
	bad := func(name, detail string, change func(*HeldLine)) row {
		l := heldLine(2, HeldDied, east)
		change(&l)
		return refused(name, opened(t), domain.Invalid, "payrun.held-line", "held line 2 of the page: "+detail, 1, 1, heldLine(1, HeldDied, east), l)
	}
	many := make([]HeldLine, MaxPage+1)
	for i := range many {
		many[i] = heldLine(i, HeldNotDue, east)
	}
	grant := HeldLine{Amount: domain.MustMoney("500.00"), Grant: "grant-1", Person: "held-9", Reason: HeldNoAccount, Village: west}
	long := HeldLine{Enrolment: strings.Repeat("e", 36), Person: strings.Repeat("p", 36), Reason: HeldNotDue, Village: west}
	rows := []row{
		accepted("the first page", opened(t), 1, 1, listHeld()...),
		accepted("the next page", preparing(t), 1, 2, heldLine(2, HeldDied, east)),
		accepted("a full page", opened(t), 1, 1, many[:MaxPage]...),
		accepted("the second round", undone(t), 2, 1, listHeld()...),
		accepted("a grant", opened(t), 1, 1, grant),
		accepted("ids as long as they may be, nothing due", opened(t), 1, 1, long),
		{name: "the same page again", state: preparing(t), ask: ask(Hold{Round: 1, Page: 1, Lines: listHeld()})},
		refused("the same page with another line", preparing(t), domain.Conflict, "payrun.page-order", "page 2", 1, 1, heldLine(2, HeldDied, east)),
		refused("the same page of another round", preparing(t), domain.Conflict, "payrun.round", "", 2, 1, listHeld()...),
		refused("a page too far", preparing(t), domain.Conflict, "payrun.page-order", "", 1, 3, listHeld()...),
		refused("no page of nothing", oneListed(t), domain.Conflict, "payrun.page-order", "page 1", 1, 0),
		refused("an empty page", preparing(t), domain.Invalid, "payrun.page-size", "", 1, 2),
		refused("a page too large", opened(t), domain.Invalid, "payrun.page-size", "", 1, 1, many...),
		refused("after prepared", prepared(t), domain.Conflict, "payrun.not-preparing", "", 1, 2, heldLine(2, HeldDied, east)),
		bad("a negative amount", "the amount", func(l *HeldLine) { l.Amount = domain.Fen(-1) }),
		bad("an amount beyond bounds", "the amount", func(l *HeldLine) { l.Amount = domain.MustMoney("9999999999999.99").Add(domain.Fen(1)) }),
		bad("no person", "the person", func(l *HeldLine) { l.Person = "" }),
		bad("neither enrolment nor grant", "it names", func(l *HeldLine) { l.Enrolment = "" }),
		bad("enrolment and grant", "it names", func(l *HeldLine) { l.Grant = "grant-1" }),
		bad("an enrolment too long", "it names", func(l *HeldLine) { l.Enrolment = strings.Repeat("e", 37) }),
		bad("no reason", `"" is not`, func(l *HeldLine) { l.Reason = "" }),
		bad("a town for a village", "the village", func(l *HeldLine) { l.Village = "340311101" }),
	}
	for _, reason := range HeldReasons() {
		rows = append(rows, accepted("because of "+string(reason), opened(t), 1, 1, heldLine(1, reason, east)))
	}
	runRows(t, rows)
	require.Len(t, HeldReasons(), 8)
}

func oneListed(t *testing.T) State {
	events, err := DecideList(opened(t), List{Round: 1, Page: 1, Lines: listLines()})
	return after(t, opened(t), "", events, err)
}

func TestPrepared(t *testing.T) {
	ask := func(c Prepare) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecidePrepared(s, c) }
	}
	totals, sections, err := Summarize(listLines(), listHeld())
	require.NoError(t, err)
	want := func(round int) []domain.Event {
		return []domain.Event{Prepared{HeldPages: 1, Pages: 2, Round: round, Run: runID, Totals: totals, Sections: sections}}
	}
	heldTotals, heldSections, err := Summarize(nil, listHeld())
	require.NoError(t, err)
	changed := func(change func(*Prepare)) Prepare { c := whole(1); change(&c); return c }
	other := func(name string, c Prepare) row {
		return row{name: name, state: preparing(t), ask: ask(c), kind: domain.Conflict, rule: "payrun.not-as-listed"}
	}
	twice := twoPages(t, sameDraw(numbered(1, 2)))
	heldTwice := heldPages(t, heldLine(1, HeldDied, east), heldLine(1, HeldNotDue, east))
	broken := oneListed(t)
	brokenLines := []Line{{Leaf: "no hash"}}
	broken.Listing.Digest = rollLines("", brokenLines)
	runRows(t, []row{
		{name: "all pages", state: preparing(t), ask: ask(whole(1)), events: want(1)},
		{name: "the second round", state: listed(t, undone(t)), ask: ask(whole(2)), events: want(2)},
		{name: "only held", state: preparedOnlyHeld(t), ask: ask(Prepare{Round: 1, Held: listHeld()}),
			events: []domain.Event{Prepared{HeldPages: 1, Round: 1, Run: runID, Totals: heldTotals, Sections: heldSections}}},
		{name: "again", state: prepared(t), ask: ask(whole(1))},
		{name: "again after submission", state: awaiting(t), ask: ask(whole(1))},
		{name: "again with other lines", state: prepared(t), ask: ask(Prepare{Round: 1}), kind: domain.Conflict, rule: "payrun.not-preparing"},
		{name: "again for another round", state: prepared(t), ask: ask(whole(2)), kind: domain.Conflict, rule: "payrun.not-preparing"},
		{name: "another round", state: preparing(t), ask: ask(whole(2)), kind: domain.Conflict, rule: "payrun.round", detail: "not round 2"},
		{name: "nothing at all", state: opened(t), ask: ask(Prepare{Round: 1}), kind: domain.Refused, rule: "payrun.empty"},
		other("a line less", changed(func(c *Prepare) { c.Lines = c.Lines[:3] })),
		other("a held line less", changed(func(c *Prepare) { c.Held = nil })),
		other("another amount", changed(func(c *Prepare) { c.Lines[0].Amount = domain.MustMoney("80.01") })),
		other("another draw", changed(func(c *Prepare) { c.Lines[0].Draw = "x" })),
		other("another leaf", changed(func(c *Prepare) { c.Lines[0].Leaf = c.Lines[1].Leaf })),
		other("another number", changed(func(c *Prepare) { c.Lines[0].Line = 2 })),
		other("another payRef", changed(func(c *Prepare) { c.Lines[0].PayRef = c.Lines[1].PayRef })),
		other("another person", changed(func(c *Prepare) { c.Lines[0].Person = "x" })),
		other("another revision", changed(func(c *Prepare) { c.Lines[0].Revision = 9 })),
		other("another village", changed(func(c *Prepare) { c.Lines[0].Village = west })),
		other("another order", changed(func(c *Prepare) { slices.Reverse(c.Lines) })),
		other("held: another amount", changed(func(c *Prepare) { c.Held[0].Amount = domain.Money{} })),
		other("held: another enrolment", changed(func(c *Prepare) { c.Held[0].Enrolment = "x" })),
		other("held: a grant", changed(func(c *Prepare) { c.Held[0].Enrolment, c.Held[0].Grant = "", c.Held[0].Enrolment })),
		other("held: another person", changed(func(c *Prepare) { c.Held[0].Person = "x" })),
		other("held: another reason", changed(func(c *Prepare) { c.Held[0].Reason = HeldDied })),
		other("held: another village", changed(func(c *Prepare) { c.Held[0].Village = east })),
		{name: "a draw on two pages", state: twice, ask: ask(Prepare{Round: 1, Lines: sameDraw(numbered(1, 2))}), kind: domain.Conflict, rule: "payrun.draw-twice", detail: "lines 1 and 2"},
		{name: "an enrolment held twice", state: heldTwice, ask: ask(Prepare{Round: 1, Held: []HeldLine{heldLine(1, HeldDied, east), heldLine(1, HeldNotDue, east)}}),
			kind: domain.Conflict, rule: "payrun.held-twice", detail: "enrolment-1"},
	})
	_, err = DecidePrepared(broken, Prepare{Round: 1, Lines: brokenLines})
	require.ErrorContains(t, err, "summarize line 0", "a leaf that is no hash cannot be listed; if it were, it would be a fault")
}

// twoPages lists each line on a page of its own.
func twoPages(t *testing.T, lines []Line) State {
	s := opened(t)
	for i := range lines {
		events, err := DecideList(s, List{Round: 1, Page: i + 1, Lines: lines[i : i+1]})
		s = after(t, s, "", events, err)
	}
	return s
}

func heldPages(t *testing.T, lines ...HeldLine) State {
	s := opened(t)
	for i := range lines {
		events, err := DecideHold(s, Hold{Round: 1, Page: i + 1, Lines: lines[i : i+1]})
		s = after(t, s, "", events, err)
	}
	return s
}

func villages(n int) []HeldLine {
	lines := make([]HeldLine, n)
	for i := range lines {
		lines[i] = heldLine(i, HeldNotDue, domain.AreaCode(fmt.Sprintf("340311%06d", 101001+i)))
	}
	return lines
}

func TestPreparedBoundsSections(t *testing.T) {
	for _, n := range []int{MaxSections, MaxSections + 1} {
		s, held := opened(t), villages(n)
		for page := 1; (page-1)*MaxPage < n; page++ {
			events, err := DecideHold(s, Hold{Round: 1, Page: page, Lines: held[(page-1)*MaxPage : min(n, page*MaxPage)]})
			s = after(t, s, "", events, err)
		}
		events, err := DecidePrepared(s, Prepare{Round: 1, Held: held})
		if n > MaxSections {
			require.ErrorContains(t, err, "payrun.sections")
			continue
		}
		require.NoError(t, err)
		require.Len(t, events, 1)
		require.Len(t, events[0].(Prepared).Sections, n)
	}
}

// An event holds at most 60,000 bytes; its envelope takes up to 2,000 of them.
func TestFullPagesFitAnEvent(t *testing.T) {
	id := strings.Repeat("f", maxID)
	lines, held := make([]Line, MaxPage), make([]HeldLine, MaxPage)
	for i := range lines {
		lines[i] = Line{Amount: domain.MustMoney("99999999999.99"), Draw: id, Leaf: strings.Repeat("f", 64), Line: MaxLines, PayRef: PayRef(runID, MaxLines),
			Person: id, Revision: math.MaxInt32, Village: east}
		held[i] = HeldLine{Amount: domain.MustMoney("9999999999999.99"), Enrolment: id, Person: id, Reason: HeldTransfer, Village: east}
	}
	sections := make([]signoff.SectionTotals, MaxSections)
	for i := range sections {
		sections[i] = signoff.SectionTotals{Scope: string(east), Totals: signoff.Totals{Held: 999, Lines: 9999, Root: strings.Repeat("f", 64), Total: "9999999.99"}}
	}
	for _, e := range []domain.Event{
		Listed{Lines: lines, Page: 9999, Round: 99, Run: id}, HeldPage{Lines: held, Page: 9999, Round: 99, Run: id},
		Prepared{Run: id, Sections: sections}, Submitted{Run: id, Submission: signoff.Submission{Sections: sections}},
	} {
		b, err := json.Marshal(e)
		require.NoError(t, err)
		require.Less(t, len(b), 58_000, "%T", e)
	}
}
