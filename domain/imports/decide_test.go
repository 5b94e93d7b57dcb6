package imports

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestSubmit(t *testing.T) {
	asks := func(c Submit) ask { return func(s State) ([]domain.Event, error) { return DecideSubmit(s, c) } }
	ready := read(t)
	with := func(edit func(map[domain.AreaCode]string)) ask {
		c := handler.submits(ready)
		c.Roots = maps.Clone(c.Roots)
		edit(c.Roots)
		return asks(c)
	}
	single := reads(t, rowsOf(t, fileRows()[:1]...))
	otherSingle := handler.submits(single)
	otherSingle.Roots = map[domain.AreaCode]string{west: hash("x")}
	nothing := reads(t, rowsOf(t, refusedRow(2)))
	sub := signoff.Submission{Round: 1, Rulebook: "rb-1", Totals: signoff.Totals{Lines: 3, Root: hash("whole"), Total: "600.50"}, Sections: []signoff.SectionTotals{
		{Scope: string(east), Totals: signoff.Totals{Lines: 1, Root: hash(string(east)), Total: "200.00"}},
		{Scope: string(west), Totals: signoff.Totals{Lines: 2, Root: hash(string(west)), Total: "400.50"}},
	}}
	far := newOfficer("Far", "town.handler", "340311102")
	runRows(t, []row{
		{name: "read", state: ready, ask: asks(handler.submits(ready)), events: []domain.Event{Submitted{Import: importID, Submission: sub, Signed: signedAs(handler.submits(ready).Act, 0, 1)}}},
		{name: "one village", state: single, ask: asks(handler.submits(single)),
			events: []domain.Event{Submitted{Import: importID, Submission: single.Submission(roots(single)), Signed: signedAs(handler.submits(single).Act, 0, 1)}}},
		{name: "again", state: awaiting(t), ask: asks(handler.submits(ready))},
		{name: "again when agreed", state: agreed(t), ask: asks(handler.submits(ready))},
		{name: "with the statement of a later step", state: beforeLast(t), ask: asks(Submit{Origin: origin, Act: inEast.signs(awaiting(t), string(east)).Act}), kind: domain.Conflict, rule: "import.not-read"},
		{name: "still reading", state: rowsOf(t, fileRows()...), ask: asks(handler.submits(ready)), kind: domain.Conflict, rule: "import.not-read", detail: "reading"},
		{name: "sent back", state: sentBack(t), ask: asks(handler.submits(sentBack(t))), kind: domain.Conflict, rule: "import.not-read", detail: "sent-back"},
		{name: "nothing accepted", state: nothing, ask: asks(handler.submits(nothing)), kind: domain.Refused, rule: "import.nothing-accepted"},
		{name: "a village without a root", state: ready, ask: with(func(r map[domain.AreaCode]string) { delete(r, east) }), kind: domain.Invalid, rule: "import.section-roots"},
		{name: "another village in its place", state: ready, ask: with(func(r map[domain.AreaCode]string) { delete(r, east); r["340311101203"] = hash("x") }), kind: domain.Invalid, rule: "import.section-roots"},
		{name: "a village too many", state: ready, ask: with(func(r map[domain.AreaCode]string) { r["340311101203"] = hash("x") }), kind: domain.Invalid, rule: "import.section-roots"},
		{name: "one village with another root than the whole", state: single, ask: asks(otherSingle), kind: domain.Invalid, rule: "import.section-roots"},
		{name: "by another town", state: ready, ask: asks(far.submits(ready)), kind: domain.Forbidden, rule: "sign-off.area"},
	})
}

func TestSignOff(t *testing.T) {
	asks := func(c SignOff) ask { return func(s State) ([]domain.Event, error) { return DecideSignOff(s, c) } }
	first, last := awaiting(t), beforeLast(t)
	noDay := head.signs(last, signoff.WholeScope)
	noDay.On = domain.Date{}
	noDayNeeded := inEast.signs(first, string(east))
	noDayNeeded.On = domain.Date{}
	alias := head
	alias.Person = handler.Person
	east1 := []domain.Event{SignedOff{Import: importID, Signed: signedAs(inEast.signs(first, string(east)).Act, 1, 1)}}
	runRows(t, []row{
		{name: "a village", state: first, ask: asks(inEast.signs(first, string(east))), events: east1},
		{name: "a village, without a day", state: first, ask: asks(noDayNeeded), events: east1},
		{name: "the last step decides", state: last, ask: asks(head.signs(last, signoff.WholeScope)),
			events: []domain.Event{SignedOff{Import: importID, Signed: signedAs(head.signs(last, signoff.WholeScope).Act, 2, 1)}, Decided{DecidedOn: today, Import: importID, Outcome: Agreed}}},
		{name: "again", state: last, ask: asks(inEast.signs(first, string(east)))},
		{name: "again when agreed", state: agreed(t), ask: asks(head.signs(last, signoff.WholeScope))},
		{name: "no day", state: last, ask: asks(noDay), kind: domain.Invalid, rule: "import.decided-on"},
		{name: "a village for another", state: first, ask: asks(inEast.signs(first, string(west))), kind: domain.Forbidden, rule: "sign-off.area"},
		{name: "the handler under another account", state: last, ask: asks(alias.signs(last, signoff.WholeScope)), kind: domain.Forbidden, rule: "sign-off.one-person-one-step"},
		{name: "read", state: read(t), ask: asks(inEast.signs(first, string(east))), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "sent back", state: sentBack(t), ask: asks(head.signs(last, signoff.WholeScope)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
	})
}

func TestSendBack(t *testing.T) {
	asks := func(c SendBack) ask { return func(s State) ([]domain.Event, error) { return DecideSendBack(s, c) } }
	last := beforeLast(t)
	back := head.sendsBack(last, "wrong-file")
	noted := back
	noted.Note = &signoff.Note{Text: "the file of last year"}
	event := func(c SendBack) []domain.Event {
		return []domain.Event{SentBack{Import: importID, Returned: signoff.Returned{Person: head.Person, Reason: c.Reason, Round: 1,
			Signature: signedAs(c.Act, 2, 1).Signature, Step: 2, To: 0, Subject: Stream(importID), Note: c.Note}}}
	}
	other := back
	other.Act.Statement += "x"
	runRows(t, []row{
		{name: "by the head", state: last, ask: asks(back), events: event(back)},
		{name: "with a note", state: last, ask: asks(noted), events: event(noted)},
		{name: "again", state: sentBack(t), ask: asks(back)},
		{name: "again otherwise", state: sentBack(t), ask: asks(other), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "agreed, by one who signed", state: agreed(t), ask: asks(back), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "no reason", state: last, ask: asks(head.sendsBack(last, "")), kind: domain.Invalid, rule: "sign-off.reason"},
	})
}

func TestWithdraw(t *testing.T) {
	asks := func(officer, office, reason string) ask {
		return func(s State) ([]domain.Event, error) {
			return DecideWithdraw(s, Withdraw{Officer: officer, Office: office, Reason: reason})
		}
	}
	mine := asks(handler.Officer, "", "mistake")
	yes := []domain.Event{Withdrawn{Import: importID, Reason: "mistake"}}
	runRows(t, []row{
		{name: "reading", state: opened(t), ask: mine, events: yes},
		{name: "read, by the office", state: read(t), ask: asks("o-colleague", "office-1", "mistake"), events: yes},
		{name: "awaiting", state: beforeLast(t), ask: mine, events: yes},
		{name: "sent back", state: sentBack(t), ask: mine, events: yes},
		{name: "again", state: withdrawn(t), ask: mine},
		{name: "by strangers", state: read(t), ask: asks("o-x", "office-x", "mistake"), kind: domain.Forbidden, rule: "import.withdrawn-by"},
		{name: "no reason", state: read(t), ask: asks(handler.Officer, "", ""), kind: domain.Invalid, rule: "import.reason"},
		{name: "agreed", state: agreed(t), ask: mine, kind: domain.Conflict, rule: "import.decided", detail: "agreed"},
		{name: "applied", state: applied(t), ask: mine, kind: domain.Conflict, rule: "import.decided", detail: "applied"},
	})
}

func TestRowFailed(t *testing.T) {
	asks := func(person string, place Place, rule string) ask {
		return func(s State) ([]domain.Event, error) {
			return DecideRowFailed(s, FailRow{Person: person, Place: place, Rule: rule})
		}
	}
	row3 := Place{"1", 3}
	yes := func(row int) []domain.Event {
		return []domain.Event{RowFailed{Import: importID, Person: "p", Row: row, Rule: "slot.taken", Sheet: "1"}}
	}
	all := agreed(t)
	all.Failed, all.LastFailed = 3, Place{"1", 4}
	one := failed(t, agreed(t), 3)
	runRows(t, []row{
		{name: "a row", state: agreed(t), ask: asks("p", row3, "slot.taken"), events: yes(3)},
		{name: "the last row", state: one, ask: asks("p", Place{"1", 5}, "slot.taken"), events: yes(5)},
		{name: "again", state: one, ask: asks("p", row3, "slot.taken")},
		{name: "again when applied", state: applied(t), ask: asks("p", row3, "slot.taken")},
		{name: "an earlier row again", state: one, ask: asks("p", Place{"1", 2}, "slot.taken")},
		{name: "awaiting", state: awaiting(t), ask: asks("p", row3, "slot.taken"), kind: domain.Conflict, rule: "import.not-agreed", detail: "awaiting"},
		{name: "another when applied", state: applied(t), ask: asks("p", Place{"1", 5}, "slot.taken"), kind: domain.Conflict, rule: "import.not-agreed"},
		{name: "row 0", state: agreed(t), ask: asks("p", Place{"1", 0}, "slot.taken"), kind: domain.Invalid, rule: "import.place"},
		{name: "no person", state: agreed(t), ask: asks("", row3, "slot.taken"), kind: domain.Invalid, rule: "import.failed-row"},
		{name: "no rule", state: agreed(t), ask: asks("p", row3, ""), kind: domain.Invalid, rule: "import.failed-row"},
		{name: "a row beyond the file", state: agreed(t), ask: asks("p", Place{"1", 6}, "slot.taken"), kind: domain.Conflict, rule: "import.no-row"},
		{name: "more than were accepted", state: all, ask: asks("p", Place{"1", 5}, "slot.taken"), kind: domain.Conflict, rule: "import.no-row"},
	})
}

func TestApplied(t *testing.T) {
	asks := func(applied, failed int) ask {
		return func(s State) ([]domain.Event, error) {
			return DecideApplied(s, Apply{Applied: applied, Failed: failed})
		}
	}
	one := failed(t, agreed(t), 3)
	runRows(t, []row{
		{name: "all took effect", state: agreed(t), ask: asks(3, 0), events: []domain.Event{Applied{Applied: 3, Import: importID}}},
		{name: "one failed", state: one, ask: asks(2, 1), events: []domain.Event{Applied{Applied: 2, Failed: 1, Import: importID}}},
		{name: "again", state: applied(t), ask: asks(2, 1)},
		{name: "again otherwise", state: applied(t), ask: asks(3, 0), kind: domain.Conflict, rule: "import.not-agreed"},
		{name: "a row missing", state: one, ask: asks(1, 1), kind: domain.Conflict, rule: "import.applied-counts"},
		{name: "a failure that was not recorded", state: one, ask: asks(1, 2), kind: domain.Conflict, rule: "import.applied-counts"},
		{name: "a failure forgotten", state: one, ask: asks(3, 0), kind: domain.Conflict, rule: "import.applied-counts"},
		{name: "awaiting", state: awaiting(t), ask: asks(3, 0), kind: domain.Conflict, rule: "import.not-agreed", detail: "awaiting"},
	})
}

type stranger struct{}

func (stranger) EventType() string { return "office.opened" }

func TestEvolve(t *testing.T) {
	s := agreed(t)
	require.Equal(t, s, Evolve(s, domain.Fact{Event: stranger{}}))
	c := terms()
	c.Private = &File{Name: "roster.xlsx"}
	s = Evolve(State{}, domain.Fact{Event: Opened(c), Officer: "o"})
	require.Nil(t, s.Opened.Private, "a state never holds what is sealed")
	require.Equal(t, []string{"o", "import-i-1"}, []string{s.OpenedBy, s.Signing.Subject})
	s = read(t)
	require.Equal(t, []Village{{east, 1, domain.MustMoney("200.00")}, {west, 2, domain.MustMoney("400.50")}}, s.Villages)
	require.Equal(t, []int{2, 3, 1}, []int{s.Parts, s.Accepted, s.Refused})
	require.Equal(t, Place{"1", 5}, s.Last)
	require.Equal(t, signoff.Ended, withdrawn(t).Signing.Status)
	one, other := Evolve(s, domain.Fact{Event: accepted(9, east, "1.00")}), Evolve(s, domain.Fact{Event: accepted(9, west, "1.00")})
	require.Equal(t, []int{2, 1, 1}, []int{one.Villages[0].Lines, other.Villages[0].Lines, s.Villages[0].Lines}, "folds share nothing")
}

func TestStateSurvivesJSON(t *testing.T) {
	for _, s := range []State{opened(t), kept(t), read(t), awaiting(t), sentBack(t), agreed(t), withdrawn(t), applied(t)} {
		requireJSON(t, s)
	}
}

func requireJSON(t require.TestingT, s State) {
	b, err := json.Marshal(s)
	require.NoError(t, err)
	var read State
	require.NoError(t, json.Unmarshal(b, &read))
	require.Equal(t, s, read)
}

func TestEventTypes(t *testing.T) {
	names := map[string]bool{}
	for _, e := range []domain.Event{Opened{}, FilePart{}, RowAccepted{}, RowRefused{}, Read{}, Submitted{}, SignedOff{}, SentBack{}, Withdrawn{}, Decided{}, RowFailed{}, Applied{}} {
		require.Regexp(t, `^import\.[a-z-]+$`, e.EventType())
		names[e.EventType()] = true
	}
	require.Len(t, names, 12)
}

// Random commands, with retries from the beginning, never break what the package promises.
func TestRandomHistories(t *testing.T) {
	reached := map[Status]int{}
	alias := inWest
	alias.Officer, alias.Capacity = "o-alias", "county.head"
	staff := []officer{handler, inEast, inWest, head, alias}
	rapid.Check(t, func(t *rapid.T) {
		s := opened(t)
		var stream []domain.Event
		do := func(t *rapid.T, by string, events []domain.Event, err error) {
			if err != nil {
				var no *domain.RefusedError
				require.ErrorAs(t, err, &no)
				require.Empty(t, events)
				return
			}
			for _, e := range events {
				require.NotContains(t, []Status{StatusWithdrawn, StatusApplied}, s.Status, "%s after the end", e.EventType())
				s = Evolve(s, domain.Fact{Event: e, Officer: by})
				reached[s.Status]++
				stream = append(stream, e)
			}
		}
		pick := func(t *rapid.T) officer { return rapid.SampledFrom(staff).Draw(t, "officer") }
		rows := func(t *rapid.T) {
			var c Rows
			for n := rapid.IntRange(1, 6).Draw(t, "from"); n <= 6; n++ {
				var e domain.Event = refusedRow(n)
				if n%3 > 0 {
					e = accepted(n, []domain.AreaCode{east, west}[n%2], "100.05")
				}
				c.Rows = append(c.Rows, e)
			}
			events, err := DecideRows(s, c)
			do(t, "", events, err)
		}
		sign := func(t *rapid.T) {
			if s.Status == StatusAwaiting {
				o := pick(t)
				events, err := DecideSignOff(s, o.signs(s, rapid.SampledFrom([]string{signoff.WholeScope, string(east), string(west)}).Draw(t, "scope")))
				do(t, o.Officer, events, err)
			}
		}
		// forward does what the import waits for, so that histories get far.
		forward := func(t *rapid.T) {
			switch s.Status {
			case StatusReading:
				if s.Last.Row < 6 {
					rows(t)
					return
				}
				events, err := DecideParts(s, parts(1, 2))
				do(t, "", events, err)
				events, err = DecideRead(s, FinishReading{Accepted: s.Accepted, Refused: s.Refused, Root: hash("whole")})
				do(t, "", events, err)
			case StatusRead:
				events, err := DecideSubmit(s, handler.submits(s))
				do(t, handler.Officer, events, err)
			case StatusAwaiting:
				scope := s.Signing.Waiting()[0]
				o := map[string]officer{string(east): inEast, string(west): inWest, signoff.WholeScope: head}[scope]
				events, err := DecideSignOff(s, o.signs(s, scope))
				do(t, o.Officer, events, err)
			}
		}
		rare := func(t *rapid.T) bool { return rapid.IntRange(0, 9).Draw(t, "mood") == 0 }
		t.Repeat(map[string]func(*rapid.T){
			"parts": func(t *rapid.T) {
				events, err := DecideParts(s, parts(1, rapid.IntRange(1, 2).Draw(t, "to")))
				do(t, "", events, err)
			},
			"rows": rows,
			"read": func(t *rapid.T) {
				events, err := DecideRead(s, FinishReading{Accepted: s.Accepted, Refused: s.Refused + rapid.IntRange(0, 1).Draw(t, "off"), Root: hash("whole")})
				do(t, "", events, err)
			},
			"submit": func(t *rapid.T) {
				o := rapid.SampledFrom([]officer{handler, handler, inEast}).Draw(t, "officer")
				events, err := DecideSubmit(s, o.submits(s))
				do(t, o.Officer, events, err)
			},
			"sign": sign, "sign 2": sign, "sign 3": sign, "forward": forward, "forward 2": forward, "forward 3": forward, "forward 4": forward,
			"send back": func(t *rapid.T) {
				if s.Status == StatusAwaiting && rare(t) {
					o := pick(t)
					events, err := DecideSendBack(s, o.sendsBack(s, "wrong-file"))
					do(t, o.Officer, events, err)
				}
			},
			"withdraw": func(t *rapid.T) {
				if rare(t) {
					events, err := DecideWithdraw(s, Withdraw{Officer: handler.Officer, Reason: "mistake"})
					do(t, "", events, err)
				}
			},
			"fail": func(t *rapid.T) {
				events, err := DecideRowFailed(s, FailRow{Person: "p", Place: Place{"1", rapid.IntRange(1, 6).Draw(t, "row")}, Rule: "slot.taken"})
				do(t, "", events, err)
			},
			"apply": func(t *rapid.T) {
				events, err := DecideApplied(s, Apply{Applied: s.Accepted - s.Failed - rapid.IntRange(0, 1).Draw(t, "off"), Failed: s.Failed})
				do(t, "", events, err)
			},
			"": func(t *rapid.T) { requireJSON(t, s); requireHistory(t, stream) },
		})
	})
	for _, status := range []Status{StatusRead, StatusAwaiting, StatusAgreed, StatusApplied, StatusWithdrawn} {
		require.NotZero(t, reached[status], "the histories are too tame to reach %s", status)
	}
}

// requireHistory reads a stream without State.
func requireHistory(t require.TestingT, stream []domain.Event) {
	var rows, refused, failures, partsKept, lastRow int
	var wasRead, decided bool
	persons, scopes := map[string]int{}, map[string]bool{}
	villages := map[domain.AreaCode]int{}
	stood := func(person string, step int) {
		if before, ok := persons[person]; ok {
			require.Equal(t, before, step, "%s signed two steps", person)
		}
		persons[person] = step
	}
	row := func(n int) {
		require.False(t, wasRead, "a row after reading ended")
		require.Greater(t, n, lastRow)
		lastRow = n
	}
	for _, e := range stream {
		switch e := e.(type) {
		case FilePart:
			partsKept++
			require.Equal(t, partsKept, e.Part)
		case RowAccepted:
			row(e.Row)
			rows++
			villages[e.Change.Village]++
		case RowRefused:
			row(e.Row)
			refused++
		case Read:
			wasRead = true
			require.Equal(t, []int{rows, refused, 2}, []int{e.Accepted, e.Refused, partsKept})
		case Submitted:
			require.True(t, wasRead)
			require.Equal(t, rows, e.Lines)
			require.Equal(t, domain.MustMoney("100.05").Times(int64(rows)).String(), e.Total)
			for _, section := range e.Sections {
				require.Equal(t, villages[domain.AreaCode(section.Scope)], section.Lines)
			}
			require.Len(t, e.Sections, len(villages))
			stood(e.Signed.Person, 0)
		case SignedOff:
			scopes[e.Signed.Scope] = true
			stood(e.Signed.Person, e.Signed.Step)
		case SentBack:
			stood(e.Person, e.Step)
		case Decided:
			decided = true
			require.Len(t, scopes, len(villages)+1, "decided before every village and the head signed")
		case RowFailed:
			require.True(t, decided)
			failures++
		case Applied:
			require.True(t, decided)
			require.Equal(t, []int{failures, rows}, []int{e.Failed, e.Applied + e.Failed})
		}
	}
}

// TestHandlersAreKept: who opened an import, kept its file, took in its rows or ended the reading has handled it.
func TestHandlersAreKept(t *testing.T) {
	s := State{}
	for _, by := range []struct {
		officer string
		decide  func() ([]domain.Event, error)
	}{
		{"o-opened", func() ([]domain.Event, error) { return DecideOpen(s, terms()) }},
		{"o-file", func() ([]domain.Event, error) { return DecideParts(s, parts(1, 2)) }},
		{"o-rows", func() ([]domain.Event, error) { return DecideRows(s, Rows{Rows: fileRows()[:2]}) }},
		{"o-refused", func() ([]domain.Event, error) { return DecideRows(s, Rows{Rows: fileRows()[2:3]}) }},
		{"o-read", func() ([]domain.Event, error) {
			return DecideRead(s, FinishReading{Accepted: s.Accepted, Refused: s.Refused, Root: hash("whole")})
		}},
	} {
		events, err := by.decide()
		s = after(t, s, by.officer, events, err)
	}
	require.Equal(t, []string{"o-opened", "o-file", "o-rows", "o-refused", "o-read"}, s.Signing.Handlers)
	events, err := DecideSubmit(s, handler.submits(s))
	s = after(t, s, handler.Officer, events, err)
	require.Len(t, s.Signing.Handlers, 5, "who only submits is held among the signers")

	sign := inEast.signs(s, string(east))
	sign.Act.Handlers = map[string]string{"o-opened": "p", "o-file": "p", "o-rows": "p", "o-refused": "p", "o-read": inEast.Person}
	_, err = DecideSignOff(s, sign)
	require.ErrorContains(t, err, "sign-off.handler-step")
}
