package rulebook

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

const (
	logOrigin = "log.example.cn/huaishang"
	entryRoot = "00000000000000000000000000000000000000000000000000000000000000aa"
)

var publishedOn = domain.MustDate("2022-01-31")

// edition is a rulebook as far as its stream needs one.
func edition(source string) *Rulebook {
	return &Rulebook{source: []byte(source), hash: hashOf([]byte(source)), programme: "rural-reward", region: "340311"}
}

// editionSignedBy is one with a chain of its own.
func editionSignedBy(source string, chain ...signoff.Step) *Rulebook {
	book := edition(source)
	book.chains = map[string][]signoff.Step{"rulebook": chain}
	return book
}

func officerKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func acting(name, capacity string) signoff.Authority {
	return signoff.Authority{
		Officer: name, Person: "person-" + name, Name: name, Post: "科员", Capacity: capacity, Office: "o-county", Area: "340311",
		Custody: signoff.OwnDevice, Key: "key-" + name, Public: officerKey(name).Public().(ed25519.PublicKey),
	}
}

func actOn(a signoff.Authority, s signoff.Statement) signoff.Act {
	text := s.Text()
	return signoff.Act{Authority: a, Statement: text, Sig: ed25519.Sign(officerKey(a.Officer), []byte(text)), Handlers: map[string]string{"li": "person-li"}}
}

func submitting(s AggregateState, name string) Submit {
	a := acting(name, "county.handler")
	if s.Proposed == nil {
		return Submit{Origin: logOrigin, Root: entryRoot, Act: signoff.Act{Authority: a}, On: publishedOn}
	}
	statement := s.Signing.StatementToSubmit(logOrigin, a, s.Submission(entryRoot), "agree", "now")
	return Submit{Origin: logOrigin, Root: entryRoot, Act: actOn(a, statement), On: publishedOn}
}

func signing(s AggregateState, name, capacity string) SignOff {
	a := acting(name, capacity)
	if s.Signing.Status != signoff.Awaiting {
		return SignOff{Origin: logOrigin, Act: signoff.Act{Authority: a}, On: publishedOn}
	}
	return SignOff{Origin: logOrigin, Act: actOn(a, s.Signing.StatementFor(logOrigin, a, signoff.WholeScope, signoff.Agree, "agree", "now")), On: publishedOn}
}

func returning(s AggregateState, name string) Return {
	a := acting(name, "county.head")
	return Return{Origin: logOrigin, Act: actOn(a, s.Signing.StatementFor(logOrigin, a, signoff.WholeScope, signoff.SendBack, "return", "now")), To: 0, Reason: "wrong-rate"}
}

// then applies what a decision gave, as the officer who acted.
func then(t *testing.T, s AggregateState, officer string, events []domain.Event, err error) AggregateState {
	t.Helper()
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		s = EvolveAggregate(s, domain.Fact{Event: e, Officer: officer})
	}
	return s
}

func proposed(t *testing.T, s AggregateState, c Propose) AggregateState {
	t.Helper()
	events, err := s.DecidePropose(c)
	return then(t, s, "li", events, err)
}

func submitted(t *testing.T, s AggregateState) AggregateState {
	t.Helper()
	events, err := s.DecideSubmit(submitting(s, "li"))
	return then(t, s, "li", events, err)
}

func publishedVersion(t *testing.T, s AggregateState, source string) AggregateState {
	t.Helper()
	s = submitted(t, proposed(t, s, Propose{Book: edition(source)}))
	events, err := s.DecideSignOff(signing(s, "wang", "county.head"))
	return then(t, s, "wang", events, err)
}

func sentBack(t *testing.T, s AggregateState) AggregateState {
	t.Helper()
	events, err := s.DecideSendBack(returning(s, "wang"))
	return then(t, s, "wang", events, err)
}

func requireRuleRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
}

func TestDecidePropose(t *testing.T) {
	first := proposed(t, AggregateState{}, Propose{Book: edition("one")})
	awaiting := submitted(t, first)
	published := publishedVersion(t, AggregateState{}, "one")
	twice := publishedVersion(t, published, "two")
	elsewhere := edition("one")
	elsewhere.region = "340000"
	lowering := Propose{Book: edition("one"), Lowered: []string{"2021-12 of class a"}, Lowers: "wrong-rate"}
	for _, r := range []struct {
		name  string
		state AggregateState
		c     Propose
		kind  domain.Kind
		rule  string
		none  bool
	}{
		{name: "the first version", c: Propose{Book: edition("one")}},
		{name: "another before it is submitted", state: first, c: Propose{Book: edition("two")}},
		{name: "another after publication", state: published, c: Propose{Book: edition("two")}},
		{name: "an earlier version again", state: twice, c: Propose{Book: edition("one")}},
		{name: "the version in force again, while another is proposed", state: proposed(t, published, Propose{Book: edition("two")}), c: Propose{Book: edition("one")}},
		{name: "one that lowers, with a reason", c: lowering},
		{name: "the same with a reason", state: first, c: lowering},
		{name: "the same proposal is nothing", state: first, c: Propose{Book: edition("one")}, none: true},
		{name: "the same proposal is nothing while it is signed", state: awaiting, c: Propose{Book: edition("one")}, none: true},
		{name: "the version in force is nothing", state: published, c: Propose{Book: edition("one")}, none: true},
		{name: "another rulebook", state: first, c: Propose{Book: elsewhere}, kind: domain.Conflict, rule: "rulebook.id"},
		{name: "while another is signed", state: awaiting, c: Propose{Book: edition("two")}, kind: domain.Conflict, rule: "rulebook.awaiting"},
		{name: "signed by nobody", c: Propose{Book: editionSignedBy("one")}, kind: domain.Invalid, rule: "rulebook.chain"},
		{name: "one that lowers, without a reason", c: Propose{Book: edition("one"), Lowered: []string{"a"}}, kind: domain.Refused, rule: "rulebook.lowers"},
		{name: "a reason without lowering", c: Propose{Book: edition("one"), Lowers: "wrong-rate"}, kind: domain.Invalid, rule: "rulebook.lowers-nothing"},
		{name: "free text for a reason", c: Propose{Book: edition("one"), Lowered: []string{"a"}, Lowers: "标准有误"}, kind: domain.Invalid, rule: "rulebook.reason"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := r.state.DecidePropose(r.c)
			if r.rule != "" {
				require.Empty(t, got)
				requireRuleRefused(t, err, r.kind, r.rule)
				return
			}
			require.NoError(t, err)
			if r.none {
				require.Empty(t, got)
				return
			}
			require.Equal(t, []domain.Event{Proposed{
				Chain: DefaultChain("rulebook"), Hash: r.c.Book.Hash(), Lowers: r.c.Lowers, Rulebook: "rural-reward@340311", Source: string(r.c.Book.Source()),
			}}, got)
		})
	}
}

func TestDecideSubmit(t *testing.T) {
	first := proposed(t, AggregateState{}, Propose{Book: edition("one")})
	awaiting := submitted(t, first)
	published := publishedVersion(t, AggregateState{}, "one")

	events, err := first.DecideSubmit(submitting(first, "li"))
	require.NoError(t, err)
	require.Len(t, events, 1)
	e := events[0].(Submitted)
	require.Equal(t, signoff.Submission{Round: 1, Rulebook: edition("one").Hash(), Totals: signoff.Totals{Lines: 1, Root: entryRoot, Total: "0.00"}}, e.Submission)
	require.Equal(t, "rural-reward@340311", e.Rulebook)

	for name, again := range map[string]AggregateState{"while awaiting": awaiting, "after publication": published} {
		got, err := again.DecideSubmit(submitting(first, "li"))
		require.NoError(t, err, name)
		require.Empty(t, got, name)
	}
	_, err = AggregateState{}.DecideSubmit(submitting(AggregateState{}, "li"))
	requireRuleRefused(t, err, domain.NotFound, "rulebook.nothing-proposed")
	otherRoot := submitting(first, "li")
	otherRoot.Root = entryRoot[:62] + "bb"
	_, err = first.DecideSubmit(otherRoot)
	requireRuleRefused(t, err, domain.Conflict, "sign-off.seen")
	_, err = awaiting.DecideSubmit(otherRoot)
	requireRuleRefused(t, err, domain.Conflict, "sign-off.submitted")
	_, err = awaiting.DecideSubmit(submitting(awaiting, "chen"))
	requireRuleRefused(t, err, domain.Conflict, "sign-off.submitted")
	otherAccount := submitting(first, "li")
	otherAccount.Act.Officer = "li2"
	_, err = awaiting.DecideSubmit(otherAccount)
	requireRuleRefused(t, err, domain.Conflict, "sign-off.submitted")
	otherPerson := submitting(first, "li")
	otherPerson.Act.Person = "person-chen"
	_, err = awaiting.DecideSubmit(otherPerson)
	requireRuleRefused(t, err, domain.Conflict, "sign-off.submitted")
	_, err = sentBack(t, awaiting).DecideSubmit(submitting(first, "li"))
	requireRuleRefused(t, err, domain.Conflict, "sign-off.seen")
}

func TestAChainOfOneStepPublishesBySubmitting(t *testing.T) {
	s := then(t, AggregateState{}, "li", []domain.Event{Proposed{
		Chain: []signoff.Step{step(signoff.County, signoff.Handler)}, Hash: edition("one").Hash(), Rulebook: "rural-reward@340311", Source: "one",
	}}, nil) // DecidePropose makes no such chain any more
	noDay := submitting(s, "li")
	noDay.On = domain.Date{}
	_, err := s.DecideSubmit(noDay)
	requireRuleRefused(t, err, domain.Invalid, "rulebook.published-on")
	events, err := s.DecideSubmit(submitting(s, "li"))
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Equal(t, Published{Hash: edition("one").Hash(), PublishedOn: publishedOn, Rulebook: "rural-reward@340311"}, events[1])
}

func TestDecideSignOff(t *testing.T) {
	first := proposed(t, AggregateState{}, Propose{Book: edition("one")})
	awaiting := submitted(t, first)

	events, err := awaiting.DecideSignOff(signing(awaiting, "wang", "county.head"))
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.IsType(t, SignedOff{}, events[0])
	require.Equal(t, "rural-reward@340311", events[0].(SignedOff).Rulebook)
	require.Equal(t, Published{Hash: edition("one").Hash(), PublishedOn: publishedOn, Rulebook: "rural-reward@340311"}, events[1])

	published := then(t, awaiting, "wang", events, nil)
	again, err := published.DecideSignOff(signing(awaiting, "wang", "county.head"))
	require.NoError(t, err)
	require.Empty(t, again, "twice the same is nothing")

	noDay := signing(awaiting, "wang", "county.head")
	noDay.On = domain.Date{}
	_, err = awaiting.DecideSignOff(noDay)
	requireRuleRefused(t, err, domain.Invalid, "rulebook.published-on")
	_, err = first.DecideSignOff(signing(first, "wang", "county.head"))
	requireRuleRefused(t, err, domain.Conflict, "sign-off.not-awaiting")
	_, err = awaiting.DecideSignOff(signing(awaiting, "wang", "county.line-head"))
	requireRuleRefused(t, err, domain.Forbidden, "sign-off.step-order")

	threeSteps := editionSignedBy("one", step(signoff.County, signoff.Handler), step(signoff.County, signoff.LineHead), step(signoff.County, signoff.Head))
	alone := editionSignedBy("two", step(signoff.County, signoff.Handler))
	_, err = published.DecidePropose(Propose{Book: alone, Current: threeSteps})
	requireRuleRefused(t, err, domain.Invalid, "rulebook.chain")
	_, err = published.DecidePropose(Propose{Book: edition("two"), Current: edition("other")})
	requireRuleRefused(t, err, domain.Conflict, "rulebook.not-current")
	long := proposed(t, published, Propose{Book: edition("two"), Current: threeSteps}) // the version in force says who signs
	long = submitted(t, long)
	events, err = long.DecideSignOff(signing(long, "chen", "county.line-head"))
	require.NoError(t, err)
	require.Len(t, events, 1, "not the last signature")
}

func TestDecideSendBack(t *testing.T) {
	awaiting := submitted(t, proposed(t, AggregateState{}, Propose{Book: edition("one")}))
	events, err := awaiting.DecideSendBack(returning(awaiting, "wang"))
	require.NoError(t, err)
	require.Len(t, events, 1)
	e := events[0].(SentBack)
	require.Equal(t, "rural-reward@340311", e.Rulebook)
	require.Equal(t, "wrong-rate", e.Reason)
	noReason := returning(awaiting, "wang")
	noReason.Reason = ""
	_, err = awaiting.DecideSendBack(noReason)
	requireRuleRefused(t, err, domain.Invalid, "sign-off.reason")

	back := sentBack(t, awaiting)
	require.Equal(t, signoff.Draft, back.Signing.Status)
	next := submitted(t, back)
	require.Equal(t, 2, next.Signing.Round, "the same version may be submitted again")

	corrected := proposed(t, back, Propose{Book: edition("two")})
	corrected = submitted(t, corrected)
	require.Equal(t, 2, corrected.Signing.Round)
	_, err = corrected.DecideSignOff(signing(corrected, "li2", "county.head"))
	require.NoError(t, err, "somebody new may sign the corrected version")
	other := signing(corrected, "li2", "county.head")
	other.Act.Person = "person-li"
	_, err = corrected.DecideSignOff(other)
	requireRuleRefused(t, err, domain.Forbidden, "sign-off.one-person-one-step")
	wangHandles := proposed(t, back, Propose{Book: edition("two")})
	_, err = wangHandles.DecideSubmit(submitting(wangHandles, "wang"))
	requireRuleRefused(t, err, domain.Forbidden, "sign-off.one-person-one-step")
}

func TestEvolveAggregate(t *testing.T) {
	s := publishedVersion(t, AggregateState{}, "one")
	require.Equal(t, "rural-reward@340311", s.ID)
	require.Nil(t, s.Proposed)
	require.Equal(t, []Version{{Hash: edition("one").Hash(), PublishedOn: publishedOn, Source: "one"}}, s.Versions)
	stored, err := json.Marshal(s)
	require.NoError(t, err)

	next := proposed(t, s, Propose{Book: edition("two"), Lowered: []string{"a"}, Lowers: "wrong-rate"})
	require.Equal(t, &Proposal{Chain: DefaultChain("rulebook"), Hash: edition("two").Hash(), Lowers: "wrong-rate", Source: "two"}, next.Proposed)
	require.Equal(t, "rulebook-rural-reward@340311", next.Signing.Subject)
	require.Zero(t, next.Signing.Round, "a new version begins anew")
	require.Empty(t, next.Signing.People)
	next = publishedVersion(t, s, "two")
	current, ok := next.Current()
	require.True(t, ok)
	require.Equal(t, "two", current.Source)
	old, ok := next.Version(edition("one").Hash())
	require.True(t, ok)
	require.Equal(t, "one", old.Source)
	_, ok = next.Version("sha256:none")
	require.False(t, ok)
	_, ok = AggregateState{}.Current()
	require.False(t, ok)

	after, err := json.Marshal(s)
	require.NoError(t, err)
	require.Equal(t, string(stored), string(after), "a later fold writes to nothing of an earlier one")
	require.Equal(t, s, EvolveAggregate(s, domain.Fact{Event: foreignEvent{}}))
	require.Equal(t, []Version{{Hash: "h"}}, EvolveAggregate(AggregateState{}, domain.Fact{Event: Published{Hash: "h"}}).Versions, "total, whatever comes")
	other := proposed(t, AggregateState{}, Propose{Book: edition("one")})
	require.Equal(t, []Version{{Hash: "h"}}, EvolveAggregate(other, domain.Fact{Event: Published{Hash: "h"}}).Versions, "the source of another version is not its own")
}

type foreignEvent struct{}

func (foreignEvent) EventType() string { return "foreign.happened" }

// TestHandlersAreKept: who proposed a version, or one sent back before it, signs no step but the first; with the next version
// this is forgotten.
func TestHandlersAreKept(t *testing.T) {
	s := proposed(t, AggregateState{}, Propose{Book: edition("a")})
	require.Equal(t, []string{"li"}, s.Signing.Handlers)
	s = sentBack(t, submitted(t, s))
	events, err := s.DecidePropose(Propose{Book: edition("b")})
	s = then(t, s, "zhao", events, err)
	require.Equal(t, []string{"li", "zhao"}, s.Signing.Handlers)
	submit := submitting(s, "qian")
	events, err = s.DecideSubmit(submit)
	s = then(t, s, "qian", events, err)
	sign := signing(s, "sun", "county.head")
	sign.Act.Handlers = map[string]string{"li": "person-sun", "zhao": "person-zhao"}
	_, err = s.DecideSignOff(sign)
	requireRuleRefused(t, err, domain.Forbidden, "sign-off.handler-step")
	sign.Act.Handlers["li"] = "person-li"
	events, err = s.DecideSignOff(sign)
	s = then(t, s, "sun", events, err)
	require.Equal(t, []string{"li"}, proposed(t, s, Propose{Book: edition("c"), Current: edition("b")}).Signing.Handlers)
}
