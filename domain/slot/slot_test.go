package slot

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
)

func requireRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Next)
}

func fold(s State, events ...domain.Event) State {
	for _, e := range events {
		s = Evolve(s, domain.Fact{Event: e})
	}
	return s
}

func take(claim, share string) Take {
	return Take{Group: "only-child", Person: "child", Claim: claim, By: "by-" + claim, Enrolment: "enrolment-" + claim, Share: share}
}

func held(claim, share string) Claimed {
	c := take(claim, share)
	return Claimed{By: c.By, Claim: c.Claim, Enrolment: c.Enrolment, Group: c.Group, Person: c.Person, Share: c.Share}
}

func released(claim string) Released {
	return Released{Claim: claim, Group: "only-child", Person: "child", Reason: "exited"}
}

func TestDecideClaim(t *testing.T) {
	half := fold(State{}, held("a", "1/2"))
	for _, r := range []struct {
		name  string
		state State
		edit  func(*Take)
		kind  domain.Kind
		rule  string
		none  bool
	}{
		{name: "the whole of a free slot", edit: func(c *Take) { c.Share = "1/1" }},
		{name: "the other half", state: half},
		{name: "the last of three thirds", state: fold(State{}, held("a", "1/3"), held("c", "1/3")), edit: func(c *Take) { c.Share = "1/3" }},
		{name: "what was given back, under a new id", state: fold(State{}, held("a", "1/1"), released("a"))},
		{name: "the same again is nothing", state: fold(half, held("b", "1/2")), none: true},
		{name: "the same again is nothing in a slot that was overdrawn", state: fold(State{}, held("a", "1/1"), held("b", "1/2")), none: true},
		{name: "the same id for another person", state: fold(half, held("b", "1/2")), edit: func(c *Take) { c.By = "x" }, kind: domain.Conflict, rule: "slot.claim-differs"},
		{name: "the same id for another enrolment", state: fold(half, held("b", "1/2")), edit: func(c *Take) { c.Enrolment = "x" }, kind: domain.Conflict, rule: "slot.claim-differs"},
		{name: "the same id for another share", state: fold(half, held("b", "1/2")), edit: func(c *Take) { c.Share = "1/3" }, kind: domain.Conflict, rule: "slot.claim-differs"},
		{name: "a claim given back", state: fold(State{}, held("b", "1/2"), released("b")), kind: domain.Conflict, rule: "slot.claim-released"},
		{name: "no group", edit: func(c *Take) { c.Group = "" }, kind: domain.Invalid, rule: "slot.incomplete"},
		{name: "no person", edit: func(c *Take) { c.Person = "" }, kind: domain.Invalid, rule: "slot.incomplete"},
		{name: "no claim", edit: func(c *Take) { c.Claim = "" }, kind: domain.Invalid, rule: "slot.incomplete"},
		{name: "no holder", edit: func(c *Take) { c.By = "" }, kind: domain.Invalid, rule: "slot.incomplete"},
		{name: "no enrolment", edit: func(c *Take) { c.Enrolment = "" }, kind: domain.Invalid, rule: "slot.incomplete"},
		{name: "a share that is none", edit: func(c *Take) { c.Share = "half" }, kind: domain.Invalid, rule: "slot.share"},
		{name: "beside a share that is none", state: fold(State{}, held("a", "half")), kind: domain.Invalid, rule: "slot.share"},
		{name: "more than is left", state: fold(half, held("c", "1/3")), kind: domain.Conflict, rule: "slot.taken"},
		{name: "a slot that is full", state: fold(State{}, held("a", "1/1")), edit: func(c *Take) { c.Share = "1/100" }, kind: domain.Conflict, rule: "slot.taken"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := take("b", "1/2")
			if r.edit != nil {
				r.edit(&c)
			}
			got, err := r.state.DecideClaim(c)
			if r.rule != "" {
				require.Empty(t, got)
				requireRefused(t, err, r.kind, r.rule)
				return
			}
			require.NoError(t, err)
			if r.none {
				require.Empty(t, got)
				return
			}
			require.Equal(t, []domain.Event{held("b", c.Share)}, got)
		})
	}
}

func TestTakenNamesTheHolders(t *testing.T) {
	s := fold(State{}, held("a", "1/2"), held("c", "1/2"))
	_, err := s.DecideClaim(take("b", "1/2"))
	var taken *TakenError
	require.True(t, errors.As(err, &taken))
	require.Equal(t, s.Claims, taken.Holders)
	require.True(t, errors.Is(err, domain.Conflict))
	require.Equal(t, taken.Refused.Error(), err.Error())
	taken.Holders[0].Claim = "x"
	require.Equal(t, "a", s.Claims[0].Claim, "the holders are a copy")
}

func TestDecideRelease(t *testing.T) {
	s := fold(State{}, held("a", "1/2"))
	for _, reason := range []Reason{Exited, Abandoned, Annulled} {
		got, err := s.DecideRelease(Release{Group: "only-child", Person: "child", Claim: "a", Reason: reason})
		require.NoError(t, err)
		require.Equal(t, []domain.Event{Released{Claim: "a", Group: "only-child", Person: "child", Reason: string(reason)}}, got)
		again, err := fold(s, got...).DecideRelease(Release{Claim: "a"})
		require.NoError(t, err)
		require.Empty(t, again)
	}
	_, err := s.DecideRelease(Release{Claim: "b", Reason: Exited})
	requireRefused(t, err, domain.NotFound, "slot.claim-unknown")
	_, err = s.DecideRelease(Release{Claim: "a", Reason: "late"})
	requireRefused(t, err, domain.Invalid, "slot.reason")
}

func TestParseShare(t *testing.T) {
	for _, good := range []string{"1/1", "1/2", "2/3", "99/100", "1/100"} {
		s, err := ParseShare(good)
		require.NoError(t, err, good)
		require.Equal(t, good, s.String())
	}
	for _, bad := range []string{"", "1", "1/", "/2", "0/1", "-1/2", "+1/2", "01/2", "1/02", "2/2", "2/4", "3/2", "1/101", "1/2/3", "1/0", " 1/2", "0.5", "1/99999999999999999999"} {
		_, err := ParseShare(bad)
		requireRefused(t, err, domain.Invalid, "slot.share")
	}
}

// Whatever is claimed and given back, the standing shares never exceed one, a claim that fits is never refused, and
// asking twice changes nothing.
func TestSharesNeverExceedOne(t *testing.T) {
	share := rapid.SampledFrom([]string{"1/1", "1/2", "1/3", "2/3", "1/7", "3/100", "97/99"})
	id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
	rapid.Check(t, func(t *rapid.T) {
		var s State
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before, err := json.Marshal(s)
			require.NoError(t, err)
			var events []domain.Event
			next := s
			if rapid.Bool().Draw(t, "claim") {
				c := take(id.Draw(t, "id"), share.Draw(t, "share"))
				events, err = s.DecideClaim(c)
				next = fold(s, events...)
				var taken *TakenError
				require.Equal(t, errors.As(err, &taken), unknown(s, c.Claim) && new(big.Rat).Add(sum(s), rat(c.Share)).Cmp(rat("1/1")) > 0)
				if err == nil {
					again, err := next.DecideClaim(c)
					require.NoError(t, err)
					require.Empty(t, again)
				}
			} else {
				events, _ = s.DecideRelease(Release{Claim: id.Draw(t, "id"), Reason: Exited})
				next = fold(s, events...)
			}
			after, err := json.Marshal(s)
			require.NoError(t, err)
			require.Equal(t, string(before), string(after), "a fold writes to nothing of an earlier one")
			require.LessOrEqual(t, sum(next).Cmp(rat("1/1")), 0)
			s = next
		}
		require.Equal(t, s, Evolve(s, domain.Fact{Event: foreign{}}))
	})
}

func rat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

func sum(s State) *big.Rat {
	total := new(big.Rat)
	for _, c := range s.Claims {
		total.Add(total, rat(c.Share))
	}
	return total
}

func unknown(s State, claim string) bool {
	for _, c := range s.Claims {
		if c.Claim == claim {
			return false
		}
	}
	for _, id := range s.Released {
		if id == claim {
			return false
		}
	}
	return true
}

type foreign struct{}

func (foreign) EventType() string { return "foreign.happened" }

func TestShareOfAnAmount(t *testing.T) {
	for _, r := range []struct {
		share    string
		fen, was int64
		whole    bool
	}{{"1/1", 96001, 96001, true}, {"1/2", 96001, 48001, false}, {"1/3", 100, 33, false}, {"2/3", 100, 67, false}} {
		s, err := ParseShare(r.share)
		require.NoError(t, err)
		require.Equal(t, r.whole, s.Whole(), r.share)
		require.Equal(t, domain.Fen(r.was).String(), s.Of(domain.Fen(r.fen)).String(), r.share)
	}
}
