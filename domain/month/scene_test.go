package month

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

const (
	origin = "example.org/test"
	office = "finance-1"
	at     = "2022-02-01T01:00:00Z"
)

var january, february = domain.MustPeriod("2022-01"), domain.MustPeriod("2022-02")

func yuan(s string) domain.Money { return domain.MustMoney(s) }

// clerk is an officer of synthetic keys.
func clerk(name, capacity, of string) (signoff.Authority, ed25519.PrivateKey) {
	seed := sha256.Sum256([]byte(name))
	key := ed25519.NewKeyFromSeed(seed[:])
	return signoff.Authority{
		Officer: "o-" + name, Person: "p-" + name, Name: name, Post: "clerk", Capacity: capacity, Office: of, Area: "340523",
		Custody: signoff.OwnDevice, Key: "key-" + name, Public: key.Public().(ed25519.PublicKey),
	}, key
}

func chain() []signoff.Step {
	return []signoff.Step{
		{Level: signoff.Finance, Duty: signoff.Handler, Per: signoff.Whole, Min: 1},
		{Level: signoff.Finance, Duty: signoff.Head, Per: signoff.Whole, Min: 1},
	}
}

// scene is one month with those who sign it.
type scene struct {
	t     *testing.T
	state State
	rev   int64
}

func newScene(t *testing.T) *scene { return &scene{t: t, state: State{}.Begin(office, january)} }

// does takes in what an officer decided.
func (s *scene) does(officer string, events []domain.Event, err error) []domain.Event {
	s.t.Helper()
	require.NoError(s.t, err)
	for _, e := range events {
		s.state = Evolve(s.state, domain.Fact{Event: e, Officer: officer, Revision: s.rev})
		s.rev++
	}
	return events
}

func act(a signoff.Authority, key ed25519.PrivateKey, statement signoff.Statement) signoff.Act {
	text := statement.Text()
	return signoff.Act{Authority: a, Scope: signoff.WholeScope, Statement: text, Sig: ed25519.Sign(key, []byte(text))}
}

// submission is the handler's act on a reckoning.
func (s *scene) submission(name, of string, r Reckoning) Submit {
	a, key := clerk(name, "finance.handler", of)
	signing := s.state.SigningTo(chain())
	sub := r.Submission(signing.Round + 1)
	return Submit{
		Origin: origin, Chain: chain(), Reckoning: r, Today: domain.MustDate("2022-01-31"),
		Act: act(a, key, signing.StatementToSubmit(origin, a, sub, "agree", at)),
	}
}

func (s *scene) signature(name, of, root string) SignOff {
	a, key := clerk(name, "finance.head", of)
	return SignOff{Origin: origin, Root: root, Act: act(a, key, s.state.Signing.StatementFor(origin, a, signoff.WholeScope, signoff.Agree, "agree", at))}
}

func (s *scene) reopening(name, of, reason string) Reopen {
	a, key := clerk(name, "finance.handler", of)
	sub := s.state.ReopenSubmission(chain())
	return Reopen{Origin: origin, Chain: chain(), LastClosed: january, Act: act(a, key, s.state.ReopeningTo(chain()).StatementToSubmit(origin, a, sub, reason, at))}
}

func (s *scene) reopened(name, of string) SignReopen {
	a, key := clerk(name, "finance.head", of)
	return SignReopen{Origin: origin, LastClosed: january, Act: act(a, key, s.state.Reopening.StatementFor(origin, a, signoff.WholeScope, signoff.Agree, "agree", at))}
}

func (s *scene) back(name, of string, signing signoff.State) Return {
	a, key := clerk(name, "finance.head", of)
	return Return{Origin: origin, Reason: "wrong-figures", Act: act(a, key, signing.StatementFor(origin, a, signoff.WholeScope, signoff.SendBack, "wrong-figures", at))}
}

// reckoning is a month that may be closed.
func reckoning() Reckoning {
	f := Figures{Programme: "reward", Opening: yuan("10.00"), Instructed: yuan("100.00"), Settled: yuan("60.00"), Returned: yuan("20.00"), Outstanding: yuan("30.00")}
	class, level := f, f
	class.Class, level.Level = "children=one", "county"
	return Reckoning{
		Finance: office, Month: january, CutOff: 120, Runs: []string{"run-1"}, Rulebooks: []string{"hash"}, Programmes: []Figures{f}, Classes: []Figures{class}, Levels: []Figures{level},
		Differences: []Difference{
			{Amount: yuan("30.00"), Cause: "pending", Programme: "reward", Run: "run-1", Line: 3, PayRef: "ref-3"},
			{Amount: yuan("20.00"), Cause: "returned", Programme: "reward", Run: "run-1", Line: 2, PayRef: "ref-2"},
			{Amount: yuan("7.00"), Cause: "unknown", BankFile: "file", BankLine: 4, Reason: "no-line"},
		},
		Checks: []Check{{Name: "footing", Part: "reward", Ours: yuan("30.00"), Theirs: yuan("30.00")}}, Moved: true,
	}
}

// closed is the scene of a closed month.
func closed(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	s.close("handler", "head", reckoning())
	return s
}

func (s *scene) close(handler, head string, r Reckoning) {
	s.t.Helper()
	events, err := s.state.DecideSubmit(s.submission(handler, office, r))
	s.does("o-"+handler, events, err)
	root, _ := r.Root()
	events, err = s.state.DecideSignOff(s.signature(head, office, root))
	s.does("o-"+head, events, err)
	require.Equal(s.t, StatusClosed, s.state.Status)
}

func (s *scene) reopen(first, second string) {
	s.t.Helper()
	events, err := s.state.DecideSubmitReopen(s.reopening(first, office, "bank-file-late"))
	s.does("o-"+first, events, err)
	require.Equal(s.t, StatusReopening, s.state.Status)
	events, err = s.state.DecideSignReopen(s.reopened(second, office))
	s.does("o-"+second, events, err)
	require.Equal(s.t, StatusReopened, s.state.Status)
}

func refused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var r *domain.RefusedError
	require.ErrorAs(t, err, &r)
	require.Equal(t, rule, r.Rule)
	require.ErrorIs(t, err, kind)
	require.NotEmpty(t, r.Next)
}
