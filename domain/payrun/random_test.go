package payrun

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/signoff"
)

// machine sends random commands to one run and keeps what a reader of its stream would know, apart from State.
type machine struct {
	state  State
	stream []domain.Event
	lines  map[int][]Line // of each round, as listed
	held   map[int][]HeldLine
	stops  map[int]domain.Money

	reached map[Status]int // over all histories
}

// staff are more officers than steps: two persons hold two offices each, one of them under two accounts.
func staff() []officer {
	both := newOfficer("Both", "town.handler", "340311101")
	bothAsHead := both
	bothAsHead.Capacity = "town.head"
	alias := newOfficer("Alias", "finance.head", "340311")
	alias.Person = townHead.Person
	return []officer{handler, townHead, finance, both, bothAsHead, alias, newOfficer("Other", "town.head", "340311101"), newOfficer("Far", "town.head", "340311102")}
}

func (m *machine) did(t *rapid.T, by string, events []domain.Event, err error) {
	if err != nil {
		var refused *domain.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Empty(t, events)
		return
	}
	for _, e := range events {
		require.NotContains(t, []Status{StatusSettled}, m.state.Status, "%s after the end", e.EventType())
		if m.state.Status == StatusCancelled {
			require.IsType(t, Undone{}, e)
		}
		if l, ok := e.(Listed); ok {
			m.lines[l.Round] = append(m.lines[l.Round], l.Lines...)
		}
		if h, ok := e.(HeldPage); ok {
			m.held[h.Round] = append(m.held[h.Round], h.Lines...)
		}
		if s, ok := e.(StoppedLine); ok {
			require.NotContains(t, m.stops, s.Line, "a line is stopped once")
			m.stops[s.Line] = s.Amount
		}
		m.stream = append(m.stream, e)
		m.state = Evolve(m.state, domain.Fact{Event: e, Officer: by})
		m.reached[m.state.Status]++
	}
}

func (m *machine) round(t *rapid.T) int {
	return rapid.SampledFrom([]int{m.state.working(), m.state.working(), m.state.working(), 1}).Draw(t, "round")
}

func (m *machine) list(t *rapid.T) {
	var lines []Line
	from := m.state.Listing.Lines
	if m.state.Listing.Round != m.state.working() {
		from = 0
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "lines") {
		amount := rapid.SampledFrom([]string{"0.00", "80.00", "100.05"}).Draw(t, "amount")
		lines = append(lines, line(from+i+1, amount, rapid.SampledFrom([]domain.AreaCode{east, west}).Draw(t, "village")))
	}
	round := m.round(t)
	c := List{Round: round, Page: m.pages(round, func(l Listing) int { return l.Pages }) + rapid.IntRange(0, 1).Draw(t, "page"), Lines: lines}
	events, err := DecideList(m.state, c)
	m.did(t, "", events, err)
}

func (m *machine) pages(round int, count func(Listing) int) int {
	if m.state.Listing.Round != round {
		return 0
	}
	return count(m.state.Listing)
}

func (m *machine) hold(t *rapid.T) {
	round := m.round(t)
	page := m.pages(round, func(l Listing) int { return l.HeldPages }) + 1
	held := []HeldLine{heldLine(page*10, HeldNoAccount, west)}
	events, err := DecideHold(m.state, Hold{Round: round, Page: page, Lines: held})
	m.did(t, "", events, err)
}

func (m *machine) prepare(t *rapid.T) {
	round := m.round(t)
	lines := m.lines[round][:len(m.lines[round])-rapid.IntRange(0, min(1, len(m.lines[round]))).Draw(t, "short")]
	events, err := DecidePrepared(m.state, Prepare{Round: round, Lines: lines, Held: m.held[round]})
	m.did(t, "", events, err)
}

func (m *machine) who(t *rapid.T) officer { return rapid.SampledFrom(staff()).Draw(t, "officer") }

func (m *machine) submit(t *rapid.T) {
	if m.state.Signing.Chain == nil {
		return
	}
	o := m.who(t)
	events, err := DecideSubmit(m.state, o.submits(m.state))
	m.did(t, o.Officer, events, err)
}

func (m *machine) sign(t *rapid.T) {
	if m.state.Status != StatusAwaiting {
		return // nobody has a statement to sign
	}
	o := m.who(t)
	scope := rapid.SampledFrom([]string{signoff.WholeScope, string(east), string(west)}).Draw(t, "scope")
	statement := m.state.Signing.StatementFor(origin, o.Authority, scope, signoff.Agree, "agree", "2021-12-21T01:00:00Z")
	act := o.act(statement)
	if rapid.IntRange(0, 9).Draw(t, "forged") == 0 {
		act.Sig[3] ^= 4
	}
	events, err := DecideSignOff(m.state, SignOff{Origin: origin, Act: act, Committed: m.state.Listing.Total})
	m.did(t, o.Officer, events, err)
}

func (m *machine) sendBack(t *rapid.T) {
	if m.state.Status != StatusAwaiting || rapid.IntRange(0, 3).Draw(t, "mood") > 0 {
		return
	}
	o := m.who(t)
	events, err := DecideSendBack(m.state, o.sendsBack(m.state, rapid.IntRange(0, 2).Draw(t, "to"), "wrong-account"))
	m.did(t, o.Officer, events, err)
}

func (m *machine) cancel(t *rapid.T) {
	if rapid.IntRange(0, 19).Draw(t, "mood") > 0 {
		return
	}
	events, err := DecideCancel(m.state, Cancel{Reason: "wrong-period"})
	m.did(t, "", events, err)
}

func (m *machine) undo(t *rapid.T) {
	round := m.round(t)
	draws := len(m.lines[round]) - len(m.stops) + rapid.IntRange(-1, 1).Draw(t, "off")
	events, err := DecideUndone(m.state, Undo{Round: round, Draws: draws})
	m.did(t, "", events, err)
}

func (m *machine) stop(t *rapid.T) {
	lines := m.lines[m.state.working()]
	if len(lines) == 0 {
		return
	}
	events, err := DecideStop(m.state, StopLine{Line: rapid.SampledFrom(lines).Draw(t, "line"), Reason: "died"})
	m.did(t, "", events, err)
}

func (m *machine) instruct(t *rapid.T) {
	c := instruction(m.state)
	c.Lines += rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "lines")
	events, err := DecideInstruct(m.state, c)
	m.did(t, "", events, err)
}

func (m *machine) reject(t *rapid.T) {
	if rapid.Bool().Draw(t, "mood") {
		return
	}
	events, err := DecideReject(m.state, RejectInstruction{Instruction: m.state.Instruction.Number, Proof: "f", Reason: "format"})
	m.did(t, "", events, err)
}

func (m *machine) settle(t *rapid.T) {
	back := domain.Fen(rapid.Int64Range(0, 2).Draw(t, "returned"))
	c := Settle{Settled: m.state.Instruction.Total.Sub(back), Returned: back}
	if lines, _ := m.state.Payable(); lines == 0 {
		c = Settle{}
	}
	events, err := DecideSettle(m.state, c)
	m.did(t, "", events, err)
}

// forward does what the run waits for, so that histories get far.
func (m *machine) forward(t *rapid.T) {
	s := m.state
	switch next := s.Next(); next.Wait {
	case WaitList:
		if s.Status == StatusPreparing {
			m.prepare(t)
			return
		}
		m.list(t)
	case WaitSubmission:
		events, err := DecideSubmit(s, handler.submits(s))
		m.did(t, handler.Officer, events, err)
	case WaitSignature:
		o := map[string]officer{"town.handler": handler, "town.head": townHead, "finance.head": finance}[next.Capacity]
		act := o.act(s.Signing.StatementFor(origin, o.Authority, next.Scopes[0], signoff.Agree, "agree", "2021-12-21T01:00:00Z"))
		events, err := DecideSignOff(s, SignOff{Origin: origin, Act: act, Committed: m.state.Listing.Total})
		m.did(t, o.Officer, events, err)
	case WaitUndoing:
		m.undo(t)
	case WaitInstruction:
		m.instruct(t)
	case WaitBank, WaitSettling:
		m.settle(t)
	}
}

// check holds after every command.
func (m *machine) check(t *rapid.T) {
	var prepared Prepared
	var submitted Submitted
	released := false
	persons := map[string]int{}
	stood := func(person string, step int) {
		if before, ok := persons[person]; ok {
			require.Equal(t, before, step, "%s signed two steps", person)
		}
		persons[person] = step
	}
	for _, e := range m.stream {
		switch e := e.(type) {
		case Listed:
			require.False(t, prepared.Round == e.Round, "a line was listed after the list was prepared")
		case Prepared:
			prepared = e
			totals, sections, err := Summarize(m.lines[e.Round], m.held[e.Round])
			require.NoError(t, err)
			require.Equal(t, totals, e.Totals)
			require.Equal(t, sections, e.Sections)
		case Submitted:
			submitted = e
			require.Equal(t, prepared.Totals, e.Totals)
			require.Equal(t, prepared.Sections, e.Sections)
			stood(e.Signed.Person, 0)
		case SignedOff:
			stood(e.Signed.Person, e.Signed.Step)
		case SentBack:
			stood(e.Person, e.Step)
		case Released:
			released = true
			require.Equal(t, submitted.Totals, e.Totals)
			require.Equal(t, submitted.Round, e.Round)
			m.checkSigned(t, e.Round)
		case Instructed:
			require.True(t, released)
		}
	}
	for round, lines := range m.lines {
		require.True(t, slices.IsSortedFunc(lines, func(a, b Line) int { return a.Line - b.Line }))
		for i, l := range lines {
			require.Equal(t, i+1, l.Line, "round %d", round)
		}
	}
	if m.state.Status == StatusInstructed {
		want := domain.MustMoney(m.state.Signing.Sub.Total)
		for _, amount := range m.stops {
			want = want.Sub(amount)
		}
		require.True(t, want.Equal(m.state.Instruction.Total), "released %v, stopped %v, instructed %v", m.state.Signing.Sub.Total, m.stops, m.state.Instruction.Total)
	}
	m.checkJSON(t)
}

// checkSigned counts the signatures of a round: every step of the machine's chain is signed, the sectioned one by villages.
func (m *machine) checkSigned(t *rapid.T, round int) {
	scopes := map[string]bool{}
	for _, e := range m.stream {
		if s, ok := e.(SignedOff); ok && s.Signed.Round == round {
			scopes[fmt.Sprint(s.Signed.Step, s.Signed.Scope)] = true
		}
	}
	villages := map[domain.AreaCode]bool{}
	for _, l := range m.lines[round] {
		villages[l.Village] = true
	}
	for _, h := range m.held[round] {
		villages[h.Village] = true
	}
	for v := range villages {
		require.Contains(t, scopes, fmt.Sprint(1, v))
	}
	require.Contains(t, scopes, fmt.Sprint(2, signoff.WholeScope))
}

// checkJSON folds on from the JSON form, as a read model does.
func (m *machine) checkJSON(t *rapid.T) {
	b, err := json.Marshal(m.state)
	require.NoError(t, err)
	var read State
	require.NoError(t, json.Unmarshal(b, &read))
	require.Equal(t, m.state, read)
	m.state = read
}

func TestRandomHistories(t *testing.T) {
	reached := map[Status]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := terms()
		c.Chain[1].Per = signoff.Section
		m := &machine{reached: reached, lines: map[int][]Line{}, held: map[int][]HeldLine{}, stops: map[int]domain.Money{}}
		events, err := DecideOpen(State{}, c)
		m.did(t, "", events, err)
		t.Repeat(map[string]func(*rapid.T){
			"list": m.list, "hold": m.hold, "prepare": m.prepare, "submit": m.submit, "sign": m.sign, "sign again": m.sign, "sign once more": m.sign,
			"send back": m.sendBack, "cancel": m.cancel, "undo": m.undo, "stop": m.stop, "instruct": m.instruct, "reject": m.reject, "settle": m.settle,
			"forward": m.forward, "forward 2": m.forward, "forward 3": m.forward, "forward 4": m.forward, "forward 5": m.forward, "": m.check,
		})
	})
	t.Log("events that led to each status:", reached)
	for _, status := range []Status{StatusReleased, StatusInstructed, StatusSettled, StatusCancelled} {
		require.NotZero(t, reached[status], "the histories are too tame to reach %s", status)
	}
}
