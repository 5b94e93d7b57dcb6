package projections

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
)

// history writes made-up events into a store, and keeps them for models to look at. All people are synthetic ids.
type history struct {
	t       testing.TB
	store   eventstore.Store
	ledger  string
	clock   time.Time
	revs    map[string]int64
	facts   []logged // in log order
	people  map[string]beneficiary.State
	digest  string
	pending []eventstore.Append
	bulk    bool   // appends wait for flush
	office  string // of who acts; empty: town1
}

// logged is one entry as the history wrote it.
type logged struct {
	domain.Fact
	stream string
	at     time.Time
}

const (
	town1    = "town-1"
	town2    = "town-2"
	village1 = "340523101201"
	village2 = "340523101202"
	village3 = "340523102201"
	reward   = "rural-reward"
)

func newHistory(t testing.TB) *history {
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Create: true, Poll: 5 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	h := &history{
		t: t, store: store, ledger: uuid.NewString(), clock: time.Date(2022, 1, 3, 1, 0, 0, 0, time.UTC),
		revs: map[string]int64{}, people: map[string]beneficiary.State{}, digest: strings.Repeat("ab", 32),
	}
	h.add(genesis.Stream, genesis.Created{
		Area: "340523", Clock: genesis.SimulatedClock, Currency: "CNY", Envelope: codec.Version, FirstPeriod: domain.MustPeriod("2022-01"),
		Ledger: h.ledger, LogKey: "ed25519:x", Name: "test", Origin: "example.org/test", Roots: []genesis.Root{},
	})
	return h
}

// add appends events to a stream, one second after the last. It returns their ids.
func (h *history) add(stream string, events ...domain.Event) []string {
	return h.addCaused(stream, "", events...)
}

func (h *history) addCaused(stream, cause string, events ...domain.Event) []string {
	h.t.Helper()
	h.clock = h.clock.Add(time.Second)
	rev, ok := h.revs[stream]
	if !ok {
		rev = -1
	}
	a := eventstore.Append{Stream: stream, Expected: rev}
	var ids []string
	command := uuid.NewString()
	for i, e := range events {
		rev++
		on := domain.Date{}
		if effective, ok := e.(domain.Effective); ok {
			on = effective.EffectiveOn()
		}
		m := codec.Meta{At: h.clock, On: on, Officer: "officer-1", Office: cmp.Or(h.office, town1), Capacity: "town.handler", Command: codec.Command{ID: command, Digest: h.digest}, Cause: cause}
		id, stored, err := codec.Encode(h.ledger, stream, rev, i, e, m, nil, nil)
		require.NoError(h.t, err)
		a.Events = append(a.Events, eventstore.Event{ID: id, Type: e.EventType(), Data: stored})
		f := domain.Fact{Event: e, ID: id, Revision: rev, On: on, Officer: m.Officer, Cause: cause}
		h.facts = append(h.facts, logged{f, stream, h.clock})
		if person, ok := strings.CutPrefix(stream, "beneficiary-"); ok {
			h.people[person] = beneficiary.Evolve(h.people[person], f)
		}
		ids = append(ids, id)
	}
	h.revs[stream] = rev
	h.pending = append(h.pending, a)
	if !h.bulk {
		h.flush()
	}
	return ids
}

func (h *history) flush() {
	h.t.Helper()
	for _, r := range h.store.AppendBatch(context.Background(), h.pending) {
		require.NoError(h.t, r.Err)
	}
	h.pending = nil
}

// count is the number of entries so far.
func (h *history) count() int64 { return int64(len(h.facts)) }

// person adds to a person's stream.
func (h *history) person(id string, events ...domain.Event) []string {
	return h.add(beneficiary.Stream(id), events...)
}

var oneGirl = rulebook.Key{"child": "one-girl"}

// enrol registers a person with an account and enrols them from a month on.
func (h *history) enrol(id, village, from string, change ...func(*beneficiary.Enrolled)) {
	office := town1
	if village == village3 {
		office = town2
	}
	e := beneficiary.Enrolled{
		Classes:   []rulebook.ClassFrom{{From: domain.MustPeriod(from), Key: oneGirl}},
		Enrolment: "e-" + id, FirstUnit: domain.MustPeriod(from), Group: "reward", Office: office, Origin: beneficiary.DecidedHere,
		Person: id, Programme: reward, Region: "340523", Rulebook: "sha256:x", Share: "1/1", Unit: beneficiary.PerPerson, Village: domain.AreaCode(village),
	}
	for _, f := range change {
		f(&e)
	}
	var events []domain.Event
	if !h.people[id].Registered {
		events = append(events,
			beneficiary.Registered{How: "no-number", Person: id},
			beneficiary.AccountChanged{HolderPerson: id, Person: id, Relation: "self", On: domain.MustDate("2022-01-01")})
	}
	h.person(id, append(events, e)...)
}

// rates pays the same to every class, whatever the unit; a change of it is a back-dated rate.
type rates struct{ yuan int64 }

func (r rates) RateFor(key rulebook.Key, unit domain.Period) (rulebook.Rate, error) {
	amount := domain.Yuan(r.yuan)
	return rulebook.Rate{Row: key.String() + "/2022-01", Amount: amount, Components: []rulebook.Component{{Amount: amount, Payer: "government", Status: "assumed"}}}, nil
}

func chain() []signoff.Step {
	return []signoff.Step{
		{Level: signoff.Town, Duty: signoff.Handler, Per: signoff.Whole, Min: 1},
		{Level: signoff.Village, Duty: signoff.Head, Per: signoff.Section, Min: 1},
		{Level: signoff.County, Duty: signoff.Head, Per: signoff.Whole, Min: 1},
	}
}

// offices opens a county with two towns, and an officer.
func (h *history) offices() {
	grant := signoff.Grant{Granter: "root", Signature: signature()}
	for _, o := range []office.Opened{
		{Office: "county", Level: signoff.County, Area: "340523", Name: "county"},
		{Office: town1, Level: signoff.Town, Area: "340523101", Name: "first", Parent: "county", Villages: []office.Village{{Code: village1, Name: "v1"}, {Code: village2, Name: "v2"}}},
		{Office: town2, Level: signoff.Town, Area: "340523102", Name: "second", Parent: "county"},
	} {
		o.Grant = grant
		h.add(office.Stream(o.Office), o)
	}
	h.add(officer.Stream("officer-1"),
		officer.Appointed{Grant: grant, Name: "Officer One", Officer: "officer-1", Person: "person-of-1", Post: "clerk"},
		officer.CapacityGranted{Capacity: "town.handler", From: domain.MustDate("2022-01-01"), Grant: grant, Office: town1, Area: "340523101", Officer: "officer-1"})
}

func signature() signoff.Signature {
	return signoff.Signature{Alg: signoff.Ed25519, Custody: signoff.Server, Key: "k", Sig: "c2ln", Statement: "almoner sign-off v1\n"}
}

func signed(person string, round, step int, scope string) signoff.Signed {
	return signoff.Signed{Opinion: "agree", Person: person, Round: round, Scope: scope, Signature: signature(), Step: step}
}

// openRun opens a run of town1 for a month.
func (h *history) openRun(id, month string) payrun.Opened {
	p := domain.MustPeriod(month)
	o := payrun.Opened{
		Chain: chain(), CutOff: h.count(), Finance: "finance", From: p, Kind: payrun.Regular, Office: town1, Period: p,
		Programme: reward, Region: "340523", Rulebook: "sha256:x", Run: id, To: p,
	}
	h.add(payrun.Stream(id), o)
	return o
}

// prepare draws for everybody who is owed something, and lists them. Lines are numbered in order of person.
func (h *history) prepare(o payrun.Opened, round int, rate beneficiary.Rates, persons ...string) []payrun.Line {
	h.t.Helper()
	run := beneficiary.Run{Run: o.Run, Office: o.Office, From: o.From, To: o.To}
	var lines []payrun.Line
	var held []payrun.HeldLine
	for _, person := range persons {
		s := h.people[person]
		e := s.Enrolments[len(s.Enrolments)-1]
		a, err := s.Assess(e, run, rate)
		require.NoError(h.t, err)
		if a.Held != "" {
			if !a.Nothing() {
				held = append(held, payrun.HeldLine{Amount: a.HeldSum, Enrolment: e.ID, Person: person, Reason: a.Held, Village: a.Place.Village})
			}
			continue
		}
		line := len(lines) + 1
		draw := fmt.Sprintf("%s-%d-%s", o.Run, round, person)
		events, err := s.DecideDraw(beneficiary.TakeDraw{Run: run, Enrolment: e.ID, Line: line, PayRef: payrun.PayRef(o.Run, line), Draw: draw}, rate)
		require.NoError(h.t, err)
		require.Len(h.t, events, 1)
		h.person(person, events...)
		lines = append(lines, payrun.Line{
			Amount: events[0].(beneficiary.Drawn).Net, Draw: draw, Leaf: strings.Repeat("0", 64), Line: line, PayRef: payrun.PayRef(o.Run, line),
			Person: person, Revision: h.revs[beneficiary.Stream(person)], Village: a.Place.Village,
		})
	}
	h.list(o, round, lines, held)
	return lines
}

// list appends the pages of two lines each, and that the list is prepared.
func (h *history) list(o payrun.Opened, round int, lines []payrun.Line, held []payrun.HeldLine) {
	h.t.Helper()
	const pageLines = 2
	pages := 0
	for from := 0; from < len(lines); from += pageLines {
		pages++
		h.add(payrun.Stream(o.Run), payrun.Listed{Lines: lines[from:min(from+pageLines, len(lines))], Page: pages, Round: round, Run: o.Run})
	}
	heldPages := 0
	if len(held) > 0 {
		heldPages = 1
		h.add(payrun.Stream(o.Run), payrun.HeldPage{Lines: held, Page: 1, Round: round, Run: o.Run})
	}
	totals, sections, err := payrun.Summarize(lines, held)
	require.NoError(h.t, err)
	h.add(payrun.Stream(o.Run), payrun.Prepared{HeldPages: heldPages, Pages: pages, Round: round, Run: o.Run, Totals: totals, Sections: sections})
}

// submit signs the first step.
func (h *history) submit(o payrun.Opened, round int, lines []payrun.Line) {
	h.t.Helper()
	totals, sections, err := payrun.Summarize(lines, nil)
	require.NoError(h.t, err)
	h.add(payrun.Stream(o.Run), payrun.Submitted{
		Run: o.Run, Submission: signoff.Submission{Round: round, Rulebook: o.Rulebook, Sections: sections, Totals: totals}, Signed: signed("p-handler", round, 0, signoff.WholeScope),
	})
}

// release signs every other step and releases.
func (h *history) release(o payrun.Opened, round int, lines []payrun.Line) {
	h.t.Helper()
	totals, sections, err := payrun.Summarize(lines, nil)
	require.NoError(h.t, err)
	h.submit(o, round, lines)
	for _, s := range sections {
		h.add(payrun.Stream(o.Run), payrun.SignedOff{Run: o.Run, Signed: signed("p-"+s.Scope, round, 1, s.Scope)})
	}
	h.add(payrun.Stream(o.Run), payrun.SignedOff{Run: o.Run, Signed: signed("p-county", round, 2, signoff.WholeScope)},
		payrun.Released{Round: round, Run: o.Run, Totals: totals})
}

// undo undoes the draws of lines.
func (h *history) undo(o payrun.Opened, round int, cause beneficiary.Cause, lines []payrun.Line) {
	for _, l := range lines {
		h.person(l.Person, beneficiary.Undrawn{Cause: cause, Draw: l.Draw, Person: l.Person, Run: o.Run})
	}
	if cause == beneficiary.SentBack || cause == beneficiary.Cancelled {
		h.add(payrun.Stream(o.Run), payrun.Undone{Draws: len(lines), Round: round, Run: o.Run})
	}
}

// open opens read models of the history in a new file.
func (h *history) open(o Options) *Views {
	h.t.Helper()
	return h.openAt(filepath.Join(h.t.TempDir(), "views.db"), o)
}

func (h *history) openAt(path string, o Options) *Views {
	h.t.Helper()
	v, err := Open(context.Background(), path, h.store, o)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { require.NoError(h.t, v.Close()) })
	return v
}

// caughtUp opens read models and takes everything in.
func (h *history) caughtUp() *Views {
	h.t.Helper()
	v := h.open(Options{Ledger: h.ledger})
	require.NoError(h.t, v.CatchUp(h.t.(*testing.T).Context(), nil))
	return v
}

// people0 are the persons of the story.
func people0() []string { return []string{"a", "b", "c", "d", "f"} }

// story is a month and a half of a town: everything that the read models look at happens at least once.
func story(h *history) {
	h.offices()
	for _, p := range people0() {
		village := village1
		if p == "c" || p == "d" {
			village = village2
		}
		h.enrol(p, village, "2022-01", func(e *beneficiary.Enrolled) {
			e.Household = "house-" + p
			if p == "b" {
				e.Household = "house-a" // a couple
				e.OpeningOver = domain.Yuan(7)
			}
		})
	}
	h.enrol("z", village3, "2021-06", func(e *beneficiary.Enrolled) {
		e.Origin, e.PaidThrough = beneficiary.CarriedOver, domain.MustPeriod("2021-12")
	})

	january := h.openRun("run-1", "2022-01")
	lines := h.prepare(january, 1, rates{80}, people0()...)
	h.submit(january, 1, lines)
	h.add(payrun.Stream("run-1"), payrun.SentBack{Run: "run-1", Returned: signoff.Returned{Person: "p-village", Reason: "missing", Round: 1, Signature: signature(), Step: 1, Subject: payrun.Stream("run-1")}})
	h.undo(january, 1, beneficiary.SentBack, lines)
	lines = h.prepare(january, 2, rates{80}, people0()...)
	h.release(january, 2, lines)
	h.add(payrun.Stream("run-1"), payrun.StoppedLine{Amount: lines[1].Amount, Draw: lines[1].Draw, Line: 2, Person: lines[1].Person, Reason: "died", Run: "run-1"})
	h.undo(january, 2, beneficiary.Stopped, lines[1:2])
	h.add(payrun.Stream("run-1"), payrun.Instructed{BankFiles: []string{"f1"}, Instruction: 1, Lines: 4, Run: "run-1", Total: domain.Yuan(320)})
	h.undo(january, 2, beneficiary.Returned, lines[2:3]) // the bank could not deliver c's money

	h.person("c", beneficiary.AccountChanged{HolderPerson: "c", Person: "c", Relation: "self", On: domain.MustDate("2022-02-01")})
	h.person("d", beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e-d", From: domain.MustPeriod("2022-02"), Reason: "no-contact", ReviewBy: domain.MustDate("2022-03-01")})
	h.person("b", beneficiary.FactRecorded{Fact: beneficiary.Death, Person: "b", ReportedOn: domain.MustDate("2022-02-02"), Source: "village", On: domain.MustDate("2021-12-30")},
		beneficiary.Exited{Enrolment: "e-b", Fault: beneficiary.NoFault, LastUnit: domain.MustPeriod("2021-12"), OccurredOn: domain.MustDate("2021-12-30"), Policy: "month-of", Reason: "died", ReportedBy: "village", ReportedOn: domain.MustDate("2022-02-02")})
	h.person("f", beneficiary.Transferred{Enrolment: "e-f", FirstUnit: domain.MustPeriod("2022-03"), FromOffice: town1, FromVillage: village1, ToOffice: town2, ToVillage: village3})

	february := h.openRun("run-2", "2022-02")
	lines = h.prepare(february, 1, rates{90}, people0()...)
	h.release(february, 1, lines)
	h.person("d", beneficiary.Resumed{Enrolment: "e-d", From: domain.MustPeriod("2022-03"), Reason: "found"})
	h.person("a", beneficiary.ClassChanged{Class: rulebook.Key{"child": "two-girls"}, Enrolment: "e-a", From: domain.MustPeriod("2022-03"), Reason: "second-child"})
	h.person("a", beneficiary.Overpaid{Amount: domain.Yuan(90), Cause: "late-exit", Enrolment: "e-a", Fault: beneficiary.NoFault, FoundOn: domain.MustDate("2022-02-20"), Overpayment: "o-a", Person: "a",
		Units: []beneficiary.OverpaidUnit{{Amount: domain.Yuan(90), Draw: lines[0].Draw, Unit: domain.MustPeriod("2022-02")}}})
	h.person("a", beneficiary.Recovered{Amount: domain.Yuan(30), Method: "refund", Overpayment: "o-a", Person: "a", ReceivedOn: domain.MustDate("2022-02-21"), Voucher: "v"})
	h.person("a", beneficiary.RecoveryPlanned{Cap: domain.Yuan(20), Enrolment: "e-a", From: domain.MustPeriod("2022-03"), Method: beneficiary.MethodSetOff, Overpayment: "o-a", Person: "a"})

	march := h.openRun("run-3", "2022-03")
	lines = h.prepare(march, 1, rates{90}, "a", "d")
	h.add(payrun.Stream("run-3"), payrun.Cancelled{Reason: "wrong-rulebook", Run: "run-3"})
	h.undo(march, 1, beneficiary.Cancelled, lines)
}
