package signing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

const origin = "log.example.cn/huaishang"

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func authority() signoff.Authority {
	public := keyOf("li").Public().(ed25519.PublicKey)
	return signoff.Authority{Officer: "li", Person: "person-li", Custody: signoff.OwnDevice, Key: officer.KeyID(public), Public: public}
}

func subject(n int) Subject {
	a := authority()
	stream := fmt.Sprintf("case-%d", n)
	return Subject{Stream: stream, Statement: signoff.Statement{
		Origin: origin, Subject: stream, Round: 1, Step: 2, StepName: "town.head", Scope: signoff.WholeScope, Root: "r", Lines: 1, Total: "0.00",
		Previous: "-", Outcome: signoff.Agree, Opinion: "agree", Officer: a.Officer, Person: a.Person, Key: a.Key, At: "2022-01-10T01:02:03Z",
	}.Text()}
}

func subjects(n int) []Subject {
	all := make([]Subject, n)
	for i := range all {
		all[i] = subject(i)
	}
	return all
}

func signed(c Make) Make {
	c.Statement = c.ToSign("2022-01-10T01:02:04Z").Text()
	c.Sig = ed25519.Sign(keyOf("li"), []byte(c.Statement))
	return c
}

func base() Make {
	return Make{Signing: "s1", Origin: origin, Subjects: subjects(3), Authority: authority()}
}

func requireRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Next)
}

func TestDecideMake(t *testing.T) {
	made := Evolve(State{}, domain.Fact{Event: signed(base()).event()})
	edited := func(edit func(*signoff.Statement)) func(*Make) {
		return func(c *Make) {
			s, err := signoff.ParseStatement(c.Subjects[1].Statement)
			require.NoError(t, err)
			edit(&s)
			c.Subjects[1].Statement = s.Text()
		}
	}
	for _, r := range []struct {
		name   string
		state  State
		edit   func(*Make)
		tamper func(*Make)
		kind   domain.Kind
		rule   string
		none   bool
	}{
		{name: "three subjects"},
		{name: "one subject", edit: func(c *Make) { c.Subjects = subjects(1) }},
		{name: "the most subjects", edit: func(c *Make) { c.Subjects = subjects(500) }},
		{name: "two sections of one subject", edit: edited(func(s *signoff.Statement) { s.Subject = "case-0"; s.Scope = "340523100201" }), tamper: func(c *Make) { c.Subjects[1].Stream = "case-0" }},
		{name: "twice the same is nothing", state: made, none: true},
		{name: "another list under the same id", state: made, edit: func(c *Make) { c.Subjects = subjects(2) }, kind: domain.Conflict, rule: "signing.exists"},
		{name: "other streams under the same id", state: made, edit: func(c *Make) { c.Subjects[0].Stream = "case-9" }, kind: domain.Conflict, rule: "signing.exists"},
		{name: "another id", state: made, edit: func(c *Make) { c.Signing = "s2" }, kind: domain.Conflict, rule: "signing.exists"},
		{name: "another officer under the same id", state: made, edit: func(c *Make) { c.Authority.Officer = "wang" }, kind: domain.Conflict, rule: "signing.exists"},
		{name: "another person under the same id", state: made, edit: func(c *Make) { c.Authority.Person = "person-wang" }, kind: domain.Conflict, rule: "signing.exists"},
		{name: "another key under the same id", state: made, edit: func(c *Make) { c.Authority.Key = "other" }, kind: domain.Conflict, rule: "signing.exists"},
		{name: "no id", edit: func(c *Make) { c.Signing = "" }, kind: domain.Invalid, rule: "signing.id"},
		{name: "no subjects", edit: func(c *Make) { c.Subjects = nil }, kind: domain.Invalid, rule: "signing.empty"},
		{name: "too many subjects", edit: func(c *Make) { c.Subjects = subjects(501) }, kind: domain.Invalid, rule: "signing.too-many"},
		{name: "a subject twice", edit: func(c *Make) { c.Subjects[2] = c.Subjects[0] }, kind: domain.Invalid, rule: "signing.twice"},
		{name: "too long a stream", edit: func(c *Make) { c.Subjects[1].Stream = strings.Repeat("c", 101) }, kind: domain.Invalid, rule: "signing.stream"},
		{name: "no statement", edit: func(c *Make) { c.Subjects[1].Statement = "agreed" }, kind: domain.Invalid, rule: "signing.subject"},
		{name: "a statement of another ledger", edit: edited(func(s *signoff.Statement) { s.Origin = "x" }), kind: domain.Conflict, rule: "signing.subject"},
		{name: "a statement about another subject", edit: edited(func(s *signoff.Statement) { s.Subject = "case-9" }), kind: domain.Conflict, rule: "signing.subject"},
		{name: "a statement of another officer", edit: edited(func(s *signoff.Statement) { s.Officer = "wang" }), kind: domain.Conflict, rule: "signing.subject"},
		{name: "a statement of another person", edit: edited(func(s *signoff.Statement) { s.Person = "wang" }), kind: domain.Conflict, rule: "signing.subject"},
		{name: "a statement with another key", edit: edited(func(s *signoff.Statement) { s.Key = "k" }), kind: domain.Conflict, rule: "signing.subject"},
		{name: "nothing signed", tamper: func(c *Make) { c.Statement = "all" }, kind: domain.Invalid, rule: "signing.statement"},
		{name: "signed another list", tamper: func(c *Make) { c.Subjects = subjects(4) }, kind: domain.Conflict, rule: "signing.statement"},
		{name: "signed for another id", tamper: func(c *Make) { c.Signing = "s2" }, kind: domain.Conflict, rule: "signing.statement"},
		{name: "signed with another key", tamper: func(c *Make) { c.Sig = ed25519.Sign(keyOf("wang"), []byte(c.Statement)) }, kind: domain.Forbidden, rule: "signing.signature"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := base()
			if r.edit != nil {
				r.edit(&c)
			}
			c = signed(c)
			if r.tamper != nil {
				r.tamper(&c)
			}
			got, err := r.state.DecideMake(c)
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
			e := got[0].(Made)
			require.Len(t, got, 1)
			require.NoError(t, CheckMade(origin, e, c.Authority.Public))
			s := Evolve(State{}, domain.Fact{Event: e})
			require.Equal(t, len(c.Subjects), s.Count())
			again, err := s.DecideMake(c)
			require.NoError(t, err)
			require.Empty(t, again)
		})
	}
}

func TestCheckMadeSeesEveryField(t *testing.T) {
	good := signed(base()).event()
	public := authority().Public
	require.NoError(t, CheckMade(origin, good, public))
	for name, edit := range map[string]func(*Made){
		"officer": func(m *Made) { m.Officer = "wang" }, "person": func(m *Made) { m.Person = "wang" }, "root": func(m *Made) { m.Root = strings.Repeat("0", 64) },
		"signing": func(m *Made) { m.Signing = "s2" }, "count": func(m *Made) { m.Subjects = m.Subjects[:2] },
		"key": func(m *Made) { m.Signature.Key = "k" }, "statement": func(m *Made) { m.Signature.Statement += " " }, "signature": func(m *Made) { m.Signature.Sig = "" },
	} {
		bad := good
		edit(&bad)
		require.Error(t, CheckMade(origin, bad, public), name)
	}
	require.Error(t, CheckMade("elsewhere", good, public))
}

func TestBulks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		texts := make([]string, n)
		for i := range texts {
			texts[i] = fmt.Sprint("statement ", i)
		}
		root, bulks := Root(texts), Bulks("s1", texts)
		require.Len(t, bulks, n)
		for i, b := range bulks {
			require.Equal(t, i, b.Index)
			require.Equal(t, "s1", b.Signing)
			require.NoError(t, CheckBulk(root, n, texts[i], b))
			other := rapid.IntRange(0, n-1).Draw(t, "other")
			require.Equal(t, other == i, CheckBulk(root, n, texts[other], b) == nil, "only its own statement")
		}
	})
}

func TestCheckBulkRefuses(t *testing.T) {
	texts := []string{"a", "b", "c"}
	root, good := Root(texts), Bulks("s1", texts)[1]
	for name, r := range map[string]struct {
		root  string
		count int
		edit  func(*signoff.Bulk)
		say   string
	}{
		"a root that is none":      {"x", 3, func(*signoff.Bulk) {}, "root"},
		"another root":             {Root(texts[:2]), 3, func(*signoff.Bulk) {}, "not number 1 of the 3"},
		"another count":            {root, 2, func(*signoff.Bulk) {}, "not number 1 of the 2"},
		"a negative index":         {root, 3, func(b *signoff.Bulk) { b.Index = -1 }, "index -1"},
		"an index beyond the last": {root, 3, func(b *signoff.Bulk) { b.Index = 3 }, "index 3"},
		"another index":            {root, 3, func(b *signoff.Bulk) { b.Index = 0 }, "not number 0"},
		"a short path":             {root, 3, func(b *signoff.Bulk) { b.Path = b.Path[:1] }, "not number 1"},
		"a path that is none":      {root, 3, func(b *signoff.Bulk) { b.Path = []string{"x", "y"} }, "path of 1"},
	} {
		bad := good
		r.edit(&bad)
		require.ErrorContains(t, CheckBulk(r.root, r.count, "b", bad), r.say, name)
	}
}

func TestStatement(t *testing.T) {
	require.Equal(t, `almoner signing v1
origin log.example.cn/huaishang
signing s1
root ab
count 12
officer li
person person%20li
key k
at 2022-01-10T01:02:03Z
`, Statement{Origin: origin, Signing: "s1", Root: "ab", Count: 12, Officer: "li", Person: "person li", Key: "k", At: "2022-01-10T01:02:03Z"}.Text())
	value := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		s := Statement{
			Origin: value.Draw(t, "origin"), Signing: value.Draw(t, "signing"), Root: value.Draw(t, "root"), Count: rapid.IntRange(0, 1<<40).Draw(t, "count"),
			Officer: value.Draw(t, "officer"), Person: value.Draw(t, "person"), Key: value.Draw(t, "key"), At: value.Draw(t, "at"),
		}
		got, err := ParseStatement(s.Text())
		require.NoError(t, err)
		require.Equal(t, s, got)
	})
	_, err := ParseStatement(strings.Replace(Statement{Count: 1}.Text(), "count 1", "count 01", 1))
	require.ErrorContains(t, err, "signing statement: count")
	_, err = ParseStatement("almoner")
	require.ErrorContains(t, err, "signing statement")
}

func TestEvolve(t *testing.T) {
	e := signed(base()).event()
	s := Evolve(State{}, domain.Fact{Event: e})
	require.Equal(t, State{Signing: "s1", Root: e.Root, Officer: "li", Person: "person-li", Key: authority().Key, Subjects: []string{"case-0", "case-1", "case-2"}}, s)
	e.Subjects[0] = "x"
	require.Equal(t, "case-0", s.Subjects[0], "the state is a copy")
	require.Equal(t, s, Evolve(s, domain.Fact{Event: foreign{}}))
	stored, err := json.Marshal(s)
	require.NoError(t, err)
	var read State
	require.NoError(t, json.Unmarshal(stored, &read))
	require.Equal(t, s, read)
}

type foreign struct{}

func (foreign) EventType() string { return "foreign.happened" }
