package reports_test

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
	"almoner/domain/fund"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	"almoner/projections"
	"almoner/reports"
)

// The town of these tests has two villages, a rulebook that pays 80.00 a month to one class and 100.00 to another, and six
// made-up people. Their numbers have valid check digits and belong to nobody.
const (
	reward   = "test-reward"
	townID   = "town"
	village1 = "340523101201"
	village2 = "340523101202"
)

// town writes events into a store, and knows the sealed data that a ledger would open.
type town struct {
	t      testing.TB
	store  eventstore.Store
	ledger string
	clock  time.Time
	revs   map[string]int64
	people map[string]beneficiary.State
	data   map[string]beneficiary.Particulars
	book   *rulebook.Rulebook
	batch  []eventstore.Append // appends that wait, while bulk
	bulk   bool
}

// Particulars implements reports.Opener.
func (w *town) Particulars(_ context.Context, people []beneficiary.Sight) ([]beneficiary.Particulars, error) {
	out := make([]beneficiary.Particulars, len(people))
	for i, p := range people {
		out[i] = w.data[p.Person]
		if p.Account == "" {
			out[i].Account = nil
		}
	}
	return out, nil
}

func newTown(t testing.TB) *town {
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Create: true, Poll: 5 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	w := &town{
		t: t, store: store, ledger: "00000000-0000-4000-8000-000000000001", clock: time.Date(2022, 1, 3, 1, 0, 0, 0, time.UTC), revs: map[string]int64{},
		people: map[string]beneficiary.State{}, data: map[string]beneficiary.Particulars{},
	}
	w.add(genesis.Stream, genesis.Created{
		Area: "340523", Clock: genesis.SimulatedClock, Currency: "CNY", Envelope: codec.Version, FirstPeriod: domain.MustPeriod("2022-01"),
		Ledger: w.ledger, LogKey: "ed25519:x", Name: "test", Origin: "example.org/test", Roots: []genesis.Root{},
	})
	grant := signoff.Grant{Granter: "root", Signature: signature()}
	for _, o := range []office.Opened{
		{Office: "county", Level: signoff.County, Area: "340523", Name: "样例县"}, {Office: "finance", Level: signoff.Finance, Area: "340523", Name: "样例县财政局"},
		{Office: townID, Level: signoff.Town, Area: "340523101", Name: "样例镇", Parent: "county", Villages: []office.Village{{Code: village1, Name: "东村"}, {Code: village2, Name: "西村"}}},
	} {
		o.Grant = grant
		w.add(office.Stream(o.Office), o)
	}
	w.add(officer.Stream("clerk"), officer.Appointed{Grant: grant, Name: "经办员", Officer: "clerk", Person: "person-of-clerk", Post: "民政办干事"})
	source := testRulebook(t)
	w.book, err = rulebook.Parse([]byte(source))
	require.NoError(t, err)
	w.add(rulebook.Stream(w.book.ID()), rulebook.Proposed{Chain: chain(), Hash: w.book.Hash(), Rulebook: w.book.ID(), Source: source},
		rulebook.Published{Hash: w.book.Hash(), PublishedOn: domain.MustDate("2022-01-03"), Rulebook: w.book.ID()})
	return w
}

// testRulebook is a shipped rulebook made the town's own.
func testRulebook(t testing.TB) string {
	source, err := rulebook.ShippedSource("rural-reward@340300")
	require.NoError(t, err)
	text := strings.Replace(string(source), "programme: rural-reward", "programme: "+reward, 1)
	require.Contains(t, text, "programme: "+reward)
	return text
}

func signature() signoff.Signature {
	return signoff.Signature{Alg: signoff.Ed25519, Custody: signoff.Server, Key: "key-1", Sig: "c2ln", Statement: "almoner sign-off v1\n"}
}

func chain() []signoff.Step {
	return []signoff.Step{
		{Level: signoff.Town, Duty: signoff.Handler, Per: signoff.Whole, Min: 1}, {Level: signoff.County, Duty: signoff.Head, Per: signoff.Whole, Min: 1},
	}
}

// add appends events to a stream, one second after the last.
func (w *town) add(stream string, events ...domain.Event) {
	w.t.Helper()
	w.clock = w.clock.Add(time.Second)
	rev, ok := w.revs[stream]
	if !ok {
		rev = -1
	}
	a := eventstore.Append{Stream: stream, Expected: rev}
	command := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %d", stream, rev)).String()
	for i, e := range events {
		rev++
		on := domain.Date{}
		if effective, ok := e.(domain.Effective); ok {
			on = effective.EffectiveOn()
		}
		m := codec.Meta{At: w.clock, On: on, Officer: "clerk", Office: townID, Capacity: "town.handler", Command: codec.Command{ID: command, Digest: strings.Repeat("ab", 32)}}
		id, stored, err := codec.Encode(w.ledger, stream, rev, i, e, m, nil, nil)
		require.NoError(w.t, err)
		a.Events = append(a.Events, eventstore.Event{ID: id, Type: e.EventType(), Data: stored})
		if person, ok := strings.CutPrefix(stream, "beneficiary-"); ok {
			w.people[person] = beneficiary.Evolve(w.people[person], domain.Fact{Event: e, ID: id, Revision: rev, On: on, Officer: m.Officer})
		}
	}
	w.revs[stream] = rev
	w.batch = append(w.batch, a)
	if !w.bulk {
		w.flush()
	}
}

func (w *town) flush() {
	for _, r := range w.store.AppendBatch(context.Background(), w.batch) {
		require.NoError(w.t, r.Err)
	}
	w.batch = nil
}

// enrol registers a person with an account and enrols them for 2022.
func (w *town) enrol(id, name, village, class string, number domain.CitizenNumber, change ...func(*beneficiary.Enrolled)) {
	w.data[id] = beneficiary.Particulars{
		Identity: &beneficiary.Identity{Name: domain.PersonName(name), Number: number, Birth: domain.MustDate("1955-03-01"), Sex: domain.Female, Phone: "13800001234"},
		Account:  &beneficiary.Account{Bank: "样例农商行", Holder: domain.PersonName(name), Number: "6217002180001234566"},
	}
	from := domain.MustPeriod("2022-01")
	e := beneficiary.Enrolled{
		Basis:   rulebook.Basis{QualifiedIn: domain.MustPeriod("2021-12")},
		Classes: []rulebook.ClassFrom{{From: from, Key: rulebook.Key{"child": class}}}, Enrolment: "e-" + id, FirstUnit: from, Group: "reward", Office: townID,
		Origin: beneficiary.DecidedHere, Person: id, Programme: reward, Region: w.book.Region(), Rulebook: w.book.Hash(), Share: "1/1", Unit: beneficiary.PerPerson, Village: domain.AreaCode(village),
	}
	for _, f := range change {
		f(&e)
	}
	w.add(beneficiary.Stream(id), beneficiary.Registered{How: "no-number", Person: id},
		beneficiary.AccountChanged{HolderPerson: id, Person: id, Relation: "self", On: domain.MustDate("2022-01-01")}, e)
}

// run opens a run of the year, draws for everybody, lists, submits, signs and releases it.
func (w *town) run(id string, persons ...string) []payrun.Line {
	w.t.Helper()
	year := domain.MustPeriod("2022")
	o := payrun.Opened{Chain: chain(), CutOff: 1, Document: "样例卫〔2022〕1号", Finance: "finance", From: domain.MustPeriod("2022-01"), Kind: payrun.Regular, Office: townID, Period: year, Programme: reward,
		Region: w.book.Region(), Rulebook: w.book.Hash(), Run: id, To: domain.MustPeriod("2022-12")}
	w.add(payrun.Stream(id), o)
	run := beneficiary.Run{Run: id, Office: townID, From: o.From, To: o.To}
	var lines []payrun.Line
	var held []payrun.HeldLine
	for _, person := range persons {
		s := w.people[person]
		a, err := s.Assess(s.Enrolments[0], run, w.book)
		require.NoError(w.t, err)
		if a.Held != "" {
			held = append(held, payrun.HeldLine{Amount: a.HeldSum, Enrolment: s.Enrolments[0].ID, Person: person, Reason: a.Held, Village: a.Place.Village})
			continue
		}
		n := len(lines) + 1
		events, err := s.DecideDraw(beneficiary.TakeDraw{Run: run, Enrolment: s.Enrolments[0].ID, Line: n, PayRef: payrun.PayRef(id, n), Draw: id + "-" + person}, w.book)
		require.NoError(w.t, err)
		w.add(beneficiary.Stream(person), events...)
		lines = append(lines, payrun.Line{Amount: events[0].(beneficiary.Drawn).Net, Draw: id + "-" + person, Leaf: strings.Repeat("0", 64), Line: n, PayRef: payrun.PayRef(id, n),
			Person: person, Revision: w.revs[beneficiary.Stream(person)], Village: a.Place.Village})
	}
	pages := 0
	for from := 0; from < len(lines); from += payrun.MaxPage {
		pages++
		w.add(payrun.Stream(id), payrun.Listed{Lines: lines[from:min(from+payrun.MaxPage, len(lines))], Page: pages, Round: 1, Run: id})
	}
	heldPages := min(len(held), 1)
	if heldPages > 0 {
		w.add(payrun.Stream(id), payrun.HeldPage{Lines: held, Page: 1, Round: 1, Run: id})
	}
	totals, sections, err := payrun.Summarize(lines, held)
	require.NoError(w.t, err)
	w.add(payrun.Stream(id), payrun.Prepared{HeldPages: heldPages, Pages: pages, Round: 1, Run: id, Totals: totals, Sections: sections})
	sub := signoff.Submission{Round: 1, Rulebook: o.Rulebook, Sections: sections, Totals: totals}
	w.add(payrun.Stream(id), payrun.Submitted{Run: id, Submission: sub, Signed: signed("p-1", 0)})
	w.add(payrun.Stream(id), payrun.SignedOff{Run: id, Signed: signed("p-2", 1)}, payrun.Released{Round: 1, Run: id, Totals: totals})
	if len(lines) > 1 {
		l := lines[1]
		w.add(payrun.Stream(id), payrun.StoppedLine{Amount: l.Amount, Draw: l.Draw, Line: 2, Person: l.Person, Reason: "suspected-death", Run: id})
	}
	return lines
}

func signed(person string, step int) signoff.Signed {
	return signoff.Signed{Opinion: "agree", Person: person, Round: 1, Scope: signoff.WholeScope, Signature: signature(), Step: step}
}

// story is a small town with a run, a request, an exit and a name that a spreadsheet would take for a formula.
func story(t testing.TB) *town {
	w := newTown(t)
	w.enrol("a", "张样例", village1, "one-girl", "340523195503011022")
	w.enrol("b", "=cmd|' /C calc'!A0", village1, "one-boy", "340523195503011049")
	w.enrol("c", "𠮷龴样例", village2, "two-girls", "340523195503011065", func(e *beneficiary.Enrolled) { e.Household = "house" })
	w.enrol("d", "+李·"+strings.Repeat("长", 40), village2, "one-girl", "340523195503011081", func(e *beneficiary.Enrolled) { e.Household = "house" })
	w.enrol("e", "@王<b>&样例", village2, "none", "34052319550301110X")
	w.enrol("f", "-赵样例", village1, "girl-died", "340523195503011129", func(e *beneficiary.Enrolled) {
		e.FirstUnit, e.Origin, e.PaidThrough = domain.MustPeriod("2021-01"), beneficiary.CarriedOver, domain.MustPeriod("2021-12")
		e.Classes[0].From = e.FirstUnit
	})
	w.add(beneficiary.Stream("e"), beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e-e", From: domain.MustPeriod("2022-01"), Reason: "no-contact", ReviewBy: domain.MustDate("2022-03-01")})
	w.add(beneficiary.Stream("d"), beneficiary.FactRecorded{Fact: beneficiary.Death, Person: "d", ReportedOn: domain.MustDate("2022-01-03"), Source: "village", On: domain.MustDate("2022-01-01")})
	w.add(beneficiary.Stream("f"), beneficiary.FactRecorded{Fact: beneficiary.Death, Person: "f", ReportedOn: domain.MustDate("2022-01-02"), Source: "village", On: domain.MustDate("2021-12-20")},
		beneficiary.Exited{Enrolment: "e-f", Fault: beneficiary.NoFault, LastUnit: domain.MustPeriod("2021-12"), OccurredOn: domain.MustDate("2021-12-20"), Policy: "month-of", Reason: "dead", ReportedBy: "village", ReportedOn: domain.MustDate("2022-01-02")})
	w.run("run-1", "a", "b", "c", "d", "e")
	w.request()
	return w
}

// request asks for the run's money.
func (w *town) request() {
	need := domain.MustMoney("4320.00")
	w.add("fund-request-run-1", fund.Requested{
		Amount: domain.MustMoney("4220.00"), Balance: domain.MustMoney("100.00"), Chain: chain(), Document: "样例卫〔2022〕1号", Finance: "finance", From: domain.MustPeriod("2022-01"), Fund: "fund-finance-test-reward-2022",
		Classes: []fund.ClassNeed{
			{Amount: domain.MustMoney("2400.00"), Class: "child=one-girl", Entered: 2, Lines: 2, Standards: []fund.Standard{{Amount: domain.MustMoney("2400.00"), Rate: domain.MustMoney("100.00"), Row: "child=one-girl/2012-01", Unit: "month", Units: 24}}},
			{Amount: domain.MustMoney("960.00"), Class: "child=one-boy", Entered: 1, Lines: 1, Standards: []fund.Standard{{Amount: domain.MustMoney("960.00"), Rate: domain.MustMoney("80.00"), Row: "child=one-boy/2012-01", Unit: "month", Units: 12}}},
			{Amount: domain.MustMoney("960.00"), Class: "child=two-girls", Entered: 1, Lines: 1, Standards: []fund.Standard{{Amount: domain.MustMoney("960.00"), Row: "child=two-girls/2012-01", Unit: "month", Units: 12}}},
		},
		Documents: []fund.BasisDocument{{Key: "measures", Number: "样例〔2022〕0号", Title: "样例办法"}, {Key: "notice", Title: "没有查得文号的样例通知"}}, Held: 1, Need: need, Office: townID, Period: domain.MustPeriod("2022"),
		Persons: 4, Programme: reward, Request: "request-1", Root: strings.Repeat("0", 64), Round: 1, Rulebook: w.book.Hash(), Run: "run-1",
		Shares: []fund.Share{{Amount: domain.MustMoney("3456.00"), Level: "central", Weight: 4}, {Amount: domain.MustMoney("864.00"), Level: "county", Weight: 1}}, To: domain.MustPeriod("2022-12"), Year: 2022,
	})
}

// maker opens read models at the head.
func (w *town) maker() *reports.Maker {
	w.t.Helper()
	v, err := projections.Open(context.Background(), filepath.Join(w.t.TempDir(), "views.db"), w.store, projections.Options{Ledger: w.ledger})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, v.Close()) })
	require.NoError(w.t, v.CatchUp(context.Background(), nil))
	return &reports.Maker{Views: v, Open: w, Ledger: "样例台账", Demo: true, Dir: w.t.TempDir()}
}

// requests are one of each report.
func requests() []reports.Request {
	on := domain.MustDate("2022-01-31")
	return []reports.Request{
		{Kind: reports.Roll, Programme: reward, Office: townID, AsOf: on},
		{Kind: reports.Summary, Programme: reward, Office: townID, AsOf: on},
		{Kind: reports.Notice, Programme: reward, Office: townID, AsOf: on, Village: village1},
		{Kind: reports.Exits, Programme: reward, Office: townID, Period: domain.MustPeriod("2022-01")},
		{Kind: reports.PayList, Run: "run-1"},
		{Kind: reports.Signatures, Programme: reward, Office: townID, Period: domain.MustPeriod("2022")},
		{Kind: reports.Appropriation, Request: "request-1"},
		{Kind: reports.MonthSummary, Finance: "finance", Period: domain.MustPeriod("2022-01")},
		{Kind: reports.Timeliness, Programme: reward, Office: townID},
	}
}

// bytesOf makes a report and returns it with its bytes.
func bytesOf(t testing.TB, m *reports.Maker, r reports.Request, known string, f reports.Format) (*reports.Made, []byte) {
	t.Helper()
	made, err := m.Make(context.Background(), r, known, f)
	require.NoError(t, err)
	var b strings.Builder
	_, err = made.WriteTo(&b)
	require.NoError(t, err)
	require.NoError(t, made.Close())
	require.Equal(t, made.Size, int64(cmp.Or(b.Len(), -1)))
	return made, []byte(b.String())
}
