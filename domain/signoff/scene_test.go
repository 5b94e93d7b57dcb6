package signoff

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// The scene: a list of two villages of one town, all people and codes invented. The handler and two colleagues sign, then
// each village's head signs its own lines, then the town's head, then finance.
const (
	origin = "log.example.cn/huaishang"
	at     = "2022-01-10T01:02:03Z"
	east   = "340311101201"
	west   = "340311101202"
)

// keyOf makes the same key for the same name in every run.
func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// officer is an account: the person's name, the account's and the capacity.
func officer(account, person, capacity string, area domain.AreaCode) Authority {
	public := keyOf(account).Public().(ed25519.PublicKey)
	return Authority{
		Officer: "o-" + account, Person: "p-" + person, Name: "王 " + account, Post: "经办", Capacity: capacity, Office: "town-1", Area: area,
		Custody: OwnDevice, Key: "k-" + account, Public: public,
	}
}

var (
	handler  = officer("handler", "handler", "town.handler", "340311101")
	eastHead = officer("east", "east", "village.head", east)
	westHead = officer("west", "west", "village.head", west)
	townHead = officer("head", "head", "town.head", "340311101")
	second   = officer("second", "second", "town.head", "340311101")
	finance  = officer("finance", "finance", "finance.head", "340311")
)

// chain has a step per section and a step that wants two people.
func chain() []Step {
	return []Step{
		{Level: Town, Duty: Handler, Per: Whole, Min: 1},
		{Level: Village, Duty: Head, Per: Section, Min: 1},
		{Level: Town, Duty: Head, Per: Whole, Min: 2},
		{Level: Finance, Duty: Head, Per: Whole, Min: 1},
	}
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func submission(round int) Submission {
	return Submission{
		Round: round, Rulebook: hashOf("rulebook"), Totals: Totals{Held: 1, Lines: 5, Root: hashOf("all"), Total: "400.00"},
		Sections: []SectionTotals{
			{Scope: east, Totals: Totals{Lines: 2, Root: hashOf("east"), Total: "160.00"}},
			{Scope: west, Totals: Totals{Held: 1, Lines: 3, Root: hashOf("west"), Total: "240.00"}},
		},
	}
}

func opened() State { return Begin("payrun-1", chain()) }

// signs puts the authority's signature under a statement.
func signs(a Authority, statement Statement) Act {
	text := statement.Text()
	return Act{Authority: a, Scope: statement.Scope, Statement: text, Sig: ed25519.Sign(keyOf(a.Officer[2:]), []byte(text))}
}

func submits(s State, a Authority, sub Submission) Act {
	return signs(a, s.StatementToSubmit(origin, a, sub, "agree", at))
}

func agrees(s State, a Authority, scope string) Act {
	return signs(a, s.StatementFor(origin, a, scope, Agree, "agree", at))
}

func sendsBack(s State, a Authority, scope string) Act {
	return signs(a, s.StatementFor(origin, a, scope, SendBack, "wrong-list", at))
}

// submitted is a state after the handler's signature over sub.
func submitted(t require.TestingT, s State, a Authority, sub Submission) State {
	signed, err := s.DecideSubmit(origin, sub, submits(s, a, sub))
	require.NoError(t, err)
	return s.EvolveSubmitted(sub, signed, a.Officer)
}

// signed is a state after one more signature.
func signed(t require.TestingT, s State, a Authority, scope string) State {
	got, ok, err := s.DecideSign(origin, agrees(s, a, scope), Agree)
	require.NoError(t, err)
	require.True(t, ok)
	return s.EvolveSigned(got, a.Officer)
}

func returned(t require.TestingT, s State, a Authority, scope string) State {
	got, err := s.DecideSendBack(origin, sendsBack(s, a, scope), 0, "wrong-list")
	require.NoError(t, err)
	return s.EvolveReturned(got)
}

// scene holds the states that the tables start from.
type scene struct{ draft, villages, oneVillage, heads, oneHead, last, complete, sentBack State }

func scenes(t require.TestingT) scene {
	s := scene{draft: opened()}
	s.villages = submitted(t, s.draft, handler, submission(1))
	s.oneVillage = signed(t, s.villages, eastHead, east)
	s.heads = signed(t, s.oneVillage, westHead, west)
	s.oneHead = signed(t, s.heads, townHead, WholeScope)
	s.last = signed(t, s.oneHead, second, WholeScope)
	s.complete = signed(t, s.last, finance, WholeScope)
	s.sentBack = returned(t, s.oneHead, second, WholeScope)
	return s
}

// requireRefused checks a refusal: its rule, its kind, what it says and that it says what to do next.
func requireRefused(t *testing.T, err error, kind domain.Kind, rule, detail string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.Contains(t, refused.Error(), detail)
	require.NotEmpty(t, refused.Next)
}
