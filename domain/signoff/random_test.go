package signoff

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
)

// machine sends random signatures to one subject. Beside the state it keeps a model that knows nothing of marks: who has
// agreed to what in this round, and who ever stood at which step.
type machine struct {
	state  State
	origin string
	staff  []Authority

	// the model
	status Status
	round  int
	step   int
	agreed map[string]map[string]string // of this round: "step scope" -> person -> account
	stood  map[string]int               // person -> step, over all rounds
	hands  map[string]bool              // persons who handled it, over all rounds

	history []entry
	acts    []Act // everything ever asked, to be asked again when it is stale

	tally map[string]int // over all histories: what was reached
}

// entry is one accepted signature, as a reader of the stream has it.
type entry struct {
	signed   Signed
	returned bool
	account  Authority
	sub      Submission
}

func (m *machine) chainStep() Step { return m.state.Chain[m.step] }

func key(step int, scope string) string { return fmt.Sprintf("%d %s", step, scope) }

// wants are the scopes of the step that waits, from the chain and the list alone.
func (m *machine) wants() []string {
	if m.step > 0 && m.chainStep().Per == Section && len(m.state.Sub.Sections) > 0 {
		var scopes []string
		for _, s := range m.state.Sub.Sections {
			scopes = append(scopes, s.Scope)
		}
		return scopes
	}
	return []string{"whole"}
}

// may says whether the model lets an officer with a fitting capacity and area sign a scope.
func (m *machine) may(a Authority, sub Submission, step int, scope string) bool {
	if was, ok := m.stood[a.Person]; ok && was != step {
		return false
	}
	if step > 0 && m.hands[a.Person] {
		return false
	}
	for _, s := range sub.Sections {
		if (scope == "whole" || scope == s.Scope) && !domain.AreaCode(s.Scope).Within(a.Area) {
			return false
		}
	}
	account, ok := m.agreed[key(step, scope)][a.Person]
	return a.Capacity == m.state.Chain[step].Capacity() && (!ok || account == a.Officer)
}

func (m *machine) agree(a Authority, step int, scope string) {
	k := key(step, scope)
	m.agreed[k] = maps.Clone(m.agreed[k])
	if m.agreed[k] == nil {
		m.agreed[k] = map[string]string{}
	}
	m.agreed[k][a.Person] = a.Officer
	m.stood[a.Person] = step
	for m.step < len(m.state.Chain) {
		for _, scope := range m.wants() {
			if len(m.agreed[key(m.step, scope)]) < m.chainStep().Min {
				return
			}
		}
		m.step++
	}
	m.status = Complete
}

// defects are the ways in which an act can be wrong though the officer may sign; each is refused, whoever asks.
var defects = map[string]struct {
	rule string
	bend func(*Statement, *Act)
}{
	"another ledger":   {"sign-off.seen", func(s *Statement, _ *Act) { s.Origin = "log.example.cn/other" }},
	"another subject":  {"sign-off.seen", func(s *Statement, _ *Act) { s.Subject = "payrun-2" }},
	"another round":    {"sign-off.seen", func(s *Statement, _ *Act) { s.Round++ }},
	"another total":    {"sign-off.seen", func(s *Statement, _ *Act) { s.Total = "0.01" }},
	"another person":   {"sign-off.seen", func(s *Statement, _ *Act) { s.Person += "x" }},
	"another previous": {"sign-off.seen", func(s *Statement, _ *Act) { s.Previous = hashOf("x") }},
	"free text":        {"sign-off.opinion", func(s *Statement, _ *Act) { s.Opinion = "不同意" }},
	"kin":              {"sign-off.own-family", func(_ *Statement, a *Act) { a.Kin = "line 1" }},
	"nobody's bulk":    {"sign-off.bulk", func(_ *Statement, a *Act) { a.Bulk = &Bulk{} }},
	"another key":      {"sign-off.signature", func(_ *Statement, a *Act) { a.Public = officer("x", "x", "", "").Public }},
}

// act lets an officer sign a statement, at random with a defect or as one of many; it says which rule must refuse it.
func (m *machine) act(t *rapid.T, a Authority, s Statement) (act Act, rule string) {
	act = Act{Authority: a, Scope: s.Scope, Handlers: map[string]string{}}
	for _, one := range m.staff {
		act.Handlers[one.Officer] = one.Person
	}
	switch n := rapid.IntRange(0, 9).Draw(t, "how"); {
	case n == 8:
		act.Bulk = &Bulk{Signing: "signing-1", Path: []string{hashOf("sibling")}}
	case n == 9:
		defect := defects[rapid.SampledFrom(slices.Sorted(maps.Keys(defects))).Draw(t, "defect")]
		defect.bend(&s, &act)
		rule = defect.rule
	}
	text := s.Text()
	act.Statement = text
	if act.Bulk == nil {
		act.Sig = signs(a, s).Sig
	}
	m.acts = append(m.acts, act)
	return act, rule
}

// pick takes any officer, most often one whose capacity is that of the step that waits.
func (m *machine) pick(t *rapid.T) Authority {
	if m.step < len(m.state.Chain) && rapid.IntRange(0, 9).Draw(t, "fit") < 8 {
		return rapid.SampledFrom(slices.DeleteFunc(slices.Clone(m.staff), func(a Authority) bool { return a.Capacity != m.chainStep().Capacity() })).Draw(t, "fitting officer")
	}
	return rapid.SampledFrom(m.staff).Draw(t, "officer")
}

// refused checks that the answer was no, by the rule if one is given, and notes which.
func (m *machine) refused(t *rapid.T, err error, rule string) {
	var no *domain.RefusedError
	require.True(t, errors.As(err, &no), "got %v", err)
	require.NotEmpty(t, no.Next)
	if rule != "" {
		require.Equal(t, rule, no.Rule)
	}
	m.tally[no.Rule]++
}

func (m *machine) list(t *rapid.T, round int) Submission {
	sub := Submission{Round: round, Rulebook: hashOf("rulebook"), Totals: Totals{Root: hashOf(fmt.Sprint("root", round)), Total: "400.00"}}
	for _, village := range []string{east, west, "340311102201"}[:rapid.SampledFrom([]int{2, 0, 1, 2, 3}).Draw(t, "villages")] {
		sub.Sections = append(sub.Sections, SectionTotals{Scope: village, Totals: Totals{Lines: 1, Root: hashOf(village), Total: "1.00"}})
		sub.Lines++
	}
	return sub
}

// Next does one thing: most often what fits the status, now and then anything. A history that has ended is audited and
// the next subject opened.
func (m *machine) Next(t *rapid.T) {
	anything := rapid.IntRange(0, 9).Draw(t, "in vain") == 9
	switch {
	case anything:
		rapid.SampledFrom([]func(*rapid.T){m.Submit, m.Sign, m.SignStale, m.SendBack, m.Refuse}).Draw(t, "any")(t)
	case m.status == Draft && rapid.IntRange(0, 5).Draw(t, "prepared") == 0:
		m.Handle(t)
	case m.status == Draft:
		m.Submit(t)
	case m.status == Awaiting:
		rapid.SampledFrom([]func(*rapid.T){m.Sign, m.Sign, m.Sign, m.Sign, m.Sign, m.SignStale, m.SendBack, m.Refuse}).Draw(t, "fitting")(t)
	default:
		m.audit(t)
		m.open(t)
	}
}

func (m *machine) open(t *rapid.T) {
	*m = machine{state: Begin("payrun-1", randomChain(t)), origin: origin, staff: randomStaff(), stood: map[string]int{}, hands: map[string]bool{}, tally: m.tally}
}

// Handle lets anybody prepare the subject or revise it.
func (m *machine) Handle(t *rapid.T) {
	a := rapid.SampledFrom(m.staff).Draw(t, "handler")
	m.state = m.state.EvolveHandled(a.Officer)
	m.hands[a.Person] = true
}

func (m *machine) Submit(t *rapid.T) {
	a, sub := m.pick(t), m.list(t, m.round+rapid.SampledFrom([]int{1, 1, 1, 1, 2}).Draw(t, "round"))
	act, rule := m.act(t, a, m.state.StatementToSubmit(m.origin, a, sub, "agree", at))
	got, err := m.state.DecideSubmit(m.origin, sub, act)
	fresh := *m
	fresh.agreed = nil
	switch {
	case m.status != Draft:
		m.refused(t, err, "sign-off.submitted")
	case sub.Round != m.round+1:
		m.refused(t, err, "sign-off.round")
	case !fresh.may(a, sub, 0, "whole"):
		m.refused(t, err, "")
	case rule != "":
		m.refused(t, err, rule)
	default:
		require.NoError(t, err)
		m.status, m.round, m.step, m.agreed = Awaiting, sub.Round, 0, map[string]map[string]string{}
		m.state = m.state.EvolveSubmitted(sub, got, a.Officer)
		m.agree(a, 0, "whole")
		m.history = append(m.history, entry{got, false, a, sub})
		m.tally["submitted"]++
	}
}

func (m *machine) Sign(t *rapid.T) {
	a := m.pick(t)
	scope := rapid.SampledFrom([]string{"whole", east, west, "340311102201", "340311101203"}).Draw(t, "scope")
	if m.status == Awaiting && rapid.SampledFrom([]bool{true, true, true, false}).Draw(t, "aim") {
		scope = rapid.SampledFrom(m.wants()).Draw(t, "wanted")
	}
	statement := m.state.StatementFor(m.origin, a, scope, Agree, "agree", at)
	if m.status != Awaiting {
		statement.Scope = scope
	}
	act, rule := m.act(t, a, statement)
	m.sign(t, act, rule, true)
}

// SignStale asks again for what was asked before: it is there already, or nothing comes of it.
func (m *machine) SignStale(t *rapid.T) {
	if len(m.acts) == 0 {
		return
	}
	m.sign(t, rapid.SampledFrom(m.acts).Draw(t, "act"), "", false)
}

// sign asks for an agreement; a fresh one is accepted exactly when the model says so, a stale one at most then.
func (m *machine) sign(t *rapid.T, act Act, rule string, fresh bool) {
	got, ok, err := m.state.DecideSign(m.origin, act, Agree)
	a, scope := act.Authority, act.Scope
	want := m.status == Awaiting && slices.Contains(m.wants(), scope) && m.may(a, m.state.Sub, m.step, scope) && rule == ""
	standing := m.status == Awaiting && m.agreed[key(m.step, scope)][a.Person] == a.Officer && a.Officer != ""
	full := m.status == Awaiting && len(m.agreed[key(m.step, scope)]) >= m.chainStep().Min
	switch {
	case err == nil && !ok:
		require.Zero(t, got)
		require.True(t, standing || m.known(act.Statement), "nothing new is answered only for what stands")
		m.tally["stands"]++
	case err != nil:
		require.Zero(t, got)
		require.False(t, ok)
		require.False(t, standing)
		require.False(t, fresh && want && !full, "refused: %v", err)
		m.refused(t, err, "")
		if fresh && want && full {
			require.ErrorContains(t, err, "sign-off.scope-complete")
		}
	default:
		require.True(t, want && !full && !standing, "accepted %s of %s", scope, a.Officer)
		require.Equal(t, m.state.StatementFor(m.origin, a, scope, Agree, got.Opinion, at).Text(), got.Signature.Statement)
		m.state = m.state.EvolveSigned(got, a.Officer)
		m.agree(a, m.step, scope)
		m.history = append(m.history, entry{got, false, a, m.state.Sub})
		m.tally["signed"]++
		if m.status == Complete {
			m.tally["complete"]++
		}
	}
}

// known says whether a statement of the present round stands in the history.
func (m *machine) known(statement string) bool {
	return slices.ContainsFunc(m.history, func(e entry) bool { return e.signed.Round == m.round && e.signed.Signature.Statement == statement })
}

func (m *machine) SendBack(t *rapid.T) {
	a := m.pick(t)
	to := rapid.IntRange(-1, len(m.state.Chain)).Draw(t, "to")
	scopes := []string{"whole"}
	if m.status == Awaiting {
		scopes = m.wants()
	}
	scope := rapid.SampledFrom(scopes).Draw(t, "scope")
	statement := m.state.StatementFor(m.origin, a, scope, SendBack, "wrong-list", at)
	act, rule := m.act(t, a, statement)
	act.Scope = scope
	got, err := m.state.DecideSendBack(m.origin, act, to, "wrong-list")
	ok := m.status == Awaiting && to >= 0 && to < m.step && act.Bulk == nil && rule == "" && m.may(a, m.state.Sub, m.step, scope)
	if !ok {
		require.Zero(t, got)
		m.refused(t, err, "")
		return
	}
	require.NoError(t, err)
	before := slices.Clone(m.state.People)
	m.state = m.state.EvolveReturned(got)
	require.Empty(t, m.state.Marks, "the round's signatures are void")
	require.Subset(t, m.state.People, before, "who stood where is not")
	m.history = append(m.history, entry{Signed{Person: got.Person, Round: got.Round, Scope: scope, Step: got.Step, Signature: got.Signature}, true, a, m.state.Sub})
	m.stood[a.Person] = m.step
	m.status, m.step, m.agreed = Draft, 0, map[string]map[string]string{}
	m.tally["sent back"]++
}

// Refuse asks for a head's refusal. Now and then it is taken, and the subject is closed for good.
func (m *machine) Refuse(t *rapid.T) {
	a := m.pick(t)
	act, rule := m.act(t, a, m.state.StatementFor(m.origin, a, "whole", Refuse, "unqualified", at))
	act.Scope = "whole"
	got, ok, err := m.state.DecideSign(m.origin, act, Refuse)
	if m.status != Awaiting || rule != "" || !slices.Contains(m.wants(), "whole") || !m.may(a, m.state.Sub, m.step, "whole") {
		require.False(t, ok)
		m.refused(t, err, "")
		return
	}
	require.NoError(t, err)
	require.True(t, ok)
	require.Contains(t, got.Signature.Statement, "\noutcome refuse\n")
	if rapid.IntRange(0, 4).Draw(t, "taken") == 0 {
		m.state, m.status = m.state.EvolveRefused(), Refused
		m.tally["refused"]++
	}
}

// Check compares the state with the model after every action.
func (m *machine) Check(t *rapid.T) {
	require.Equal(t, m.status, m.state.Status)
	require.Equal(t, m.round, m.state.Round)
	if m.status == Awaiting {
		require.Equal(t, m.step, m.state.Step)
		var waiting []string
		for _, scope := range m.wants() {
			if len(m.agreed[key(m.step, scope)]) < m.chainStep().Min {
				waiting = append(waiting, scope)
			}
		}
		require.NotEmpty(t, waiting)
		require.Equal(t, waiting, m.state.Waiting())
	} else {
		require.Empty(t, m.state.Waiting())
	}
	require.Len(t, m.state.People, len(m.stood), "one step a person")
	for _, p := range m.state.People {
		require.Equal(t, m.stood[p.Person], p.Step)
	}
}

// audit reads the history as a stranger would, with the keys and nothing else.
func (m *machine) audit(t *rapid.T) {
	stands := map[string]int{}
	steps := map[int][]string{} // of the round: statement hashes by step
	once := map[string]bool{}
	last, round := 0, 0
	for _, e := range m.history {
		s, err := ParseStatement(e.signed.Signature.Statement)
		require.NoError(t, err)
		if s.Round != round {
			require.Equal(t, round+1, s.Round)
			round, last, steps, once = s.Round, 0, map[int][]string{}, map[string]bool{}
		}
		require.Equal(t, []any{m.origin, "payrun-1", e.account.Person, e.account.Officer}, []any{s.Origin, s.Subject, s.Person, s.Officer})
		require.Equal(t, []any{e.signed.Round, e.signed.Step, e.signed.Scope}, []any{s.Round, s.Step, s.Scope})
		require.GreaterOrEqual(t, s.Step, last, "steps go forward")
		require.LessOrEqual(t, s.Step, last+1, "and none is left out")
		last = s.Step
		if was, ok := stands[s.Person]; ok {
			require.Equal(t, was, s.Step, "%s stands at two steps", s.Person)
		}
		stands[s.Person] = s.Step
		totals, ok := e.sub.totalsOf(s.Scope)
		require.True(t, ok)
		require.Equal(t, totals, Totals{Held: s.Held, Lines: s.Lines, Root: s.Root, Total: s.Total})
		if s.Step == 0 {
			require.Equal(t, "-", s.Previous)
		} else {
			require.Equal(t, PreviousHash(steps[s.Step-1]), s.Previous)
		}
		if e.signed.Bulk != nil {
			require.Empty(t, e.signed.Signature.Sig)
		} else {
			sig, err := base64.StdEncoding.DecodeString(e.signed.Signature.Sig)
			require.NoError(t, err)
			require.True(t, Verify(e.account.Public, e.signed.Signature.Statement, sig))
		}
		if e.returned {
			require.Equal(t, SendBack, s.Outcome)
			continue
		}
		require.Equal(t, Agree, s.Outcome)
		require.False(t, once[s.Person+key(s.Step, s.Scope)], "%s counts twice for %s", s.Person, s.Scope)
		once[s.Person+key(s.Step, s.Scope)] = true
		steps[s.Step] = append(steps[s.Step], s.Hash())
	}
}

// randomStaff are more accounts than people: most people hold two or three, in different capacities.
func randomStaff() []Authority {
	var all []Authority
	add := func(person, capacity string, area domain.AreaCode) {
		all = append(all, officer(fmt.Sprint(person, len(all)), person, capacity, area))
	}
	for _, person := range []string{"a", "b", "c"} {
		add(person, "town.handler", "3403")
		add(person, "village.head", "3403")
		add(person, "town.head", "3403")
		add(person, "town.head", "3403") // the same capacity under a second account
	}
	for _, person := range []string{"d", "e", "f"} {
		add(person, "town.head", "3403")
		add(person, "finance.head", "3403")
	}
	add("g", "village.head", east)
	add("h", "village.head", "340311101")
	add("h", "village.head", "3403")
	add("i", "finance.head", "3403")
	add("j", "finance.head", "340311101")
	return all
}

func randomChain(t *rapid.T) []Step {
	steps := []Step{{Level: Town, Duty: Handler}, {Level: Village, Duty: Head}, {Level: Town, Duty: Head}, {Level: Finance, Duty: Head}}
	steps = steps[:rapid.SampledFrom([]int{4, 3, 2, 1}).Draw(t, "steps")]
	for i := range steps {
		steps[i].Per = rapid.SampledFrom([]Per{Section, Whole}).Draw(t, "per")
		steps[i].Min = rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "min")
	}
	return steps
}

func TestRandomSignatures(t *testing.T) {
	tally := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{tally: tally}
		m.open(t)
		for range rapid.IntRange(40, 120).Draw(t, "actions") {
			m.Next(t)
			m.Check(t)
		}
		m.audit(t)
		stored, err := json.Marshal(m.state)
		require.NoError(t, err)
		var read State
		require.NoError(t, json.Unmarshal(stored, &read))
		again, err := json.Marshal(read)
		require.NoError(t, err)
		require.Equal(t, string(stored), string(again), "read models keep the state as JSON")
	})
	for _, reached := range []string{
		"submitted", "signed", "sent back", "refused", "complete", "stands", "sign-off.one-person-one-step", "sign-off.handler-step", "sign-off.step-order", "sign-off.area",
		"sign-off.scope", "sign-off.scope-complete", "sign-off.seen", "sign-off.signature", "sign-off.bulk",
		"sign-off.not-awaiting", "sign-off.round", "sign-off.submitted", "sign-off.send-back-to",
	} {
		require.Positive(t, tally[reached], "no history came to %s: %v", reached, tally)
	}
}
