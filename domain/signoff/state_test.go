package signoff

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatesOnTheWay(t *testing.T) {
	s := scenes(t)
	people := []Stood{{"p-handler", 0}, {"p-east", 1}, {"p-west", 1}, {"p-head", 2}, {"p-second", 2}, {"p-finance", 3}}
	for _, r := range []struct {
		name    string
		state   State
		status  Status
		round   int
		step    int
		marks   int
		people  []Stood
		waiting []string
	}{
		{"opened", s.draft, Draft, 0, 0, 0, nil, nil},
		{"submitted", s.villages, Awaiting, 1, 1, 1, people[:1], []string{east, west}},
		{"one village", s.oneVillage, Awaiting, 1, 1, 2, people[:2], []string{west}},
		{"both villages", s.heads, Awaiting, 1, 2, 3, people[:3], []string{WholeScope}},
		{"one of two heads", s.oneHead, Awaiting, 1, 2, 4, people[:4], []string{WholeScope}},
		{"both heads", s.last, Awaiting, 1, 3, 5, people[:5], []string{WholeScope}},
		{"complete", s.complete, Complete, 1, 4, 6, people, nil},
		{"sent back", s.sentBack, Draft, 1, 2, 0, people[:5], nil},
		{"sent back by one who had signed", returned(t, s.oneHead, townHead, WholeScope), Draft, 1, 2, 0, people[:4], nil},
		{"refused", s.heads.EvolveRefused(), Refused, 1, 2, 3, people[:3], nil},
		{"ended", s.heads.EvolveEnded(), Ended, 1, 2, 3, people[:3], nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			require.Equal(t, r.status, r.state.Status)
			require.Equal(t, r.round, r.state.Round)
			require.Equal(t, r.step, r.state.Step)
			require.Len(t, r.state.Marks, r.marks)
			require.Equal(t, r.people, r.state.People)
			require.Equal(t, r.waiting, r.state.Waiting())
			require.Equal(t, "payrun-1", r.state.Subject)
			require.Equal(t, chain(), r.state.Chain)
		})
	}
	require.Equal(t, Mark{Step: 1, Scope: east, Officer: "o-east", Person: "p-east", Hash: HashText(agrees(s.villages, eastHead, east).Statement)}, s.oneVillage.Marks[1])
	again := submitted(t, s.sentBack, handler, submission(2))
	require.Equal(t, []any{Awaiting, 2, 1, 1}, []any{again.Status, again.Round, again.Step, len(again.Marks)})
	require.Equal(t, submission(2), again.Sub)
	require.Equal(t, people[:5], again.People, "nobody who stood at a step is forgotten, or counted twice")
}

// TestEveryRoundBeginsAnew: folding is total, so a submission clears what stood even where no sending-back came before.
func TestEveryRoundBeginsAnew(t *testing.T) {
	s := scenes(t)
	again := s.oneHead.EvolveSubmitted(submission(2), Signed{Person: "p-handler", Scope: WholeScope}, handler.Officer)
	require.Equal(t, []any{Awaiting, 2, 1, 1}, []any{again.Status, again.Round, again.Step, len(again.Marks)})
}

func TestChainOfOne(t *testing.T) {
	s := Begin("case-1", chain()[:1])
	require.Equal(t, Complete, submitted(t, s, handler, submission(1)).Status)
	two := Begin("case-1", []Step{{Level: Town, Duty: Handler, Per: Section, Min: 2}})
	two = submitted(t, two, handler, submission(1))
	require.Equal(t, []string{WholeScope}, two.Waiting(), "the first step is signed as a whole, whatever its chain says")
	colleague := officer("colleague", "colleague", "town.handler", "340311101")
	require.Equal(t, "-", two.StatementFor(origin, colleague, WholeScope, Agree, "agree", at).Previous)
	require.Equal(t, Complete, signed(t, two, colleague, WholeScope).Status)
}

func TestScopes(t *testing.T) {
	whole := scenes(t).villages
	whole.Sub.Sections = nil
	for _, r := range []struct {
		name  string
		state State
		step  int
		want  []string
	}{
		{"by submitting", scenes(t).villages, 0, []string{WholeScope}},
		{"per section", scenes(t).villages, 1, []string{east, west}},
		{"as a whole", scenes(t).villages, 2, []string{WholeScope}},
		{"per section, of none", whole, 1, []string{WholeScope}},
	} {
		t.Run(r.name, func(t *testing.T) { require.Equal(t, r.want, r.state.Scopes(r.step)) })
	}
}

func TestTotals(t *testing.T) {
	s := scenes(t).villages
	for _, r := range []struct {
		name, scope string
		want        Totals
		known       bool
	}{
		{"the whole", WholeScope, submission(1).Totals, true},
		{"the first village", east, submission(1).Sections[0].Totals, true},
		{"the last village", west, submission(1).Sections[1].Totals, true},
		{"another village", "340311101203", Totals{}, false},
		{"none", "", Totals{}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, known := s.Totals(r.scope)
			require.Equal(t, r.known, known)
			require.Equal(t, r.want, got)
		})
	}
}

func TestPreviousIsThatOfTheStepBefore(t *testing.T) {
	s := scenes(t)
	hash := func(i int) string { return s.complete.Marks[i].Hash }
	require.Equal(t, "-", s.complete.previous(0))
	require.Equal(t, PreviousHash([]string{hash(0)}), s.complete.previous(1))
	require.Equal(t, PreviousHash([]string{hash(2), hash(1)}), s.complete.previous(2), "both villages")
	require.Equal(t, PreviousHash([]string{hash(3), hash(4)}), s.complete.previous(3), "both heads")
}

// TestHandlersAreKept: whoever handled the subject once is remembered through every round.
func TestHandlersAreKept(t *testing.T) {
	s := opened().EvolveHandled("o-handler").EvolveHandled("").EvolveHandled("o-handler").EvolveHandled("o-new")
	want := []string{"o-handler", "o-new"}
	require.Equal(t, want, s.Handlers)
	s = submitted(t, s, handler, submission(1))
	back, err := s.DecideSendBack(origin, handledBy(sendsBack(s, eastHead, east), map[string]string{"o-handler": "p-handler", "o-new": "p-new"}), 0, "wrong-list")
	require.NoError(t, err)
	s = s.EvolveReturned(back)
	require.Equal(t, want, s.Handlers)
	require.Equal(t, append(want, "o-third"), submitted(t, s.EvolveHandled("o-third"), handler, submission(2)).Handlers)
}

// TestMinimum: a step that states no number wants one person.
func TestMinimum(t *testing.T) {
	s := Begin("case-1", []Step{{Level: Town, Duty: Handler, Per: Whole}, {Level: Town, Duty: Head, Per: Whole, Min: 3}})
	require.Equal(t, []int{1, 3}, []int{s.wanted(0), s.wanted(1)})
	require.Equal(t, 1, submitted(t, s, handler, submission(1)).Step)
}

// TestStatesShareNothing folds two ways from one state; neither sees the other's signatures.
func TestStatesShareNothing(t *testing.T) {
	s := scenes(t)
	base := s.oneHead
	base.Marks = append(make([]Mark, 0, 16), base.Marks...)
	base.People = append(make([]Stood, 0, 16), base.People...)
	base.Handlers = make([]string, 0, 16)
	third := officer("third", "third", "town.head", "340311101")
	a, b := signed(t, base, second, WholeScope), signed(t, base, third, WholeScope)
	require.Equal(t, []string{"p-second", "p-third"}, []string{a.Marks[4].Person, b.Marks[4].Person})
	require.Equal(t, []Stood{{"p-second", 2}, {"p-third", 2}}, []Stood{a.People[4], b.People[4]})
	one, other := base.EvolveHandled("o-one"), base.EvolveHandled("o-other")
	require.Equal(t, []string{"o-one", "o-other"}, []string{one.Handlers[0], other.Handlers[0]})
	base.Handlers = nil
	require.Equal(t, s.oneHead, base)
}
