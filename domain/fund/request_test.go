package fund

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
)

const (
	origin  = "test.example/fund"
	request = "7b0c3a54-2b6e-5d6b-9a3c-1f0a4f6f0001"
)

// officer is an invented officer with a real key, made from the name.
type officer struct {
	signoff.Authority
	private ed25519.PrivateKey
}

func newOfficer(name, capacity string) officer {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	return officer{private: private, Authority: signoff.Authority{
		Officer: "o-" + name, Person: "p-" + name, Name: name, Post: "post", Capacity: capacity, Office: "office-" + name,
		Area: "340311", Custody: signoff.OwnDevice, Key: "k-" + name, Public: private.Public().(ed25519.PublicKey),
	}}
}

var ( // never written to
	handler    = newOfficer("Handler", "town.handler")
	townHead   = newOfficer("TownHead", "town.head")
	countyHead = newOfficer("CountyHead", "county.head")
)

func step(level signoff.Level, duty signoff.Duty) signoff.Step {
	return signoff.Step{Level: level, Duty: duty, Per: signoff.Whole, Min: 1}
}

// runState is a submitted run of two lines, 160.00, whose chain stands at a step.
func runState(at int) payrun.State {
	totals := signoff.Totals{Held: 1, Lines: 2, Root: "aa", Total: "160.00"}
	return payrun.State{
		Opened:  payrun.Opened{Run: run1},
		Status:  payrun.StatusAwaiting,
		Listing: payrun.Listing{Round: 1, Lines: 2, Total: money("160.00"), Prepared: true, Totals: totals},
		Signing: signoff.State{Status: signoff.Awaiting, Step: at, Chain: []signoff.Step{
			step(signoff.Town, signoff.Handler), step(signoff.Town, signoff.Head), step(signoff.County, signoff.Handler), step(signoff.Finance, signoff.Head)}},
	}
}

func asked() Requested {
	return Requested{
		Amount: money("150.00"), Balance: money("10.00"), Chain: []signoff.Step{step(signoff.Town, signoff.Handler), step(signoff.Town, signoff.Head), step(signoff.County, signoff.Head)},
		Classes: []ClassNeed{{Amount: money("160.00"), Before: 3, Class: "c", Entered: 1, Exited: 1, Held: 1, Lines: 2}}, Finance: finance, Fund: of2021.Fund,
		Held: 1, Need: money("160.00"), Office: "north", Persons: 2, Programme: "rural-reward", Request: request, Root: "aa", Round: 1, Rulebook: "rb-1", Run: run1,
		Shares: []Share{{money("96.00"), "central", 3}, {money("64.00"), "county", 2}}, Year: 2021,
	}
}

func changed(change func(*Requested)) Requested {
	r := asked()
	change(&r)
	return r
}

func asks(r Requested, run payrun.State) func(RequestState) ([]domain.Event, error) {
	return func(s RequestState) ([]domain.Event, error) { return DecideAsk(s, Ask{Requested: r, Run: run}) }
}

func after(t require.TestingT, s RequestState, by string, ask func(RequestState) ([]domain.Event, error)) RequestState {
	events, err := ask(s)
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		s = EvolveRequest(s, domain.Fact{Event: e, Officer: by})
	}
	return s
}

func (o officer) act(statement signoff.Statement) signoff.Act {
	text := statement.Text()
	return signoff.Act{Authority: o.Authority, Scope: signoff.WholeScope, Statement: text, Sig: ed25519.Sign(o.private, []byte(text)),
		Handlers: map[string]string{handler.Officer: handler.Person}}
}

func (o officer) submits(s RequestState, root string, run payrun.State) func(RequestState) ([]domain.Event, error) {
	act := o.act(s.Signing.StatementToSubmit(origin, o.Authority, s.Submission(root), "agree", "2021-12-20T01:00:00Z"))
	return func(s RequestState) ([]domain.Event, error) {
		return s.DecideSubmit(Submit{Origin: origin, Root: root, Run: run, Act: act})
	}
}

func (o officer) signs(s RequestState) func(RequestState) ([]domain.Event, error) {
	act := o.act(s.Signing.StatementFor(origin, o.Authority, signoff.WholeScope, signoff.Agree, "agree", "2021-12-21T01:00:00Z"))
	return func(s RequestState) ([]domain.Event, error) { return s.DecideSignOff(Sign{Origin: origin, Act: act}) }
}

func (o officer) sendsBack(s RequestState) func(RequestState) ([]domain.Event, error) {
	act := o.act(s.Signing.StatementFor(origin, o.Authority, signoff.WholeScope, signoff.SendBack, "wrong-list", "2021-12-21T01:00:00Z"))
	return func(s RequestState) ([]domain.Event, error) {
		return s.DecideSendBack(Back{Origin: origin, Act: act, To: 0, Reason: "wrong-list", Note: &signoff.Note{Text: "see the list"}})
	}
}

func drafted(t require.TestingT) RequestState {
	return after(t, RequestState{}, handler.Officer, asks(asked(), runState(1)))
}

func waiting(t require.TestingT) RequestState {
	s := drafted(t)
	return after(t, s, handler.Officer, handler.submits(s, "leaf", runState(1)))
}

func signed(t require.TestingT) RequestState {
	s := waiting(t)
	s = after(t, s, townHead.Officer, townHead.signs(s))
	return after(t, s, countyHead.Officer, countyHead.signs(s))
}

func TestAsk(t *testing.T) {
	anew := runState(1)
	anew.Listing.Round, anew.Listing.Totals.Root = 2, "bb"
	again := changed(func(r *Requested) { r.Round, r.Root = 2, "bb" })
	open := runState(1)
	open.Status = payrun.StatusPrepared
	over := changed(func(r *Requested) { r.Amount, r.Balance = money("170.00"), money("-10.00") })
	rich := changed(func(r *Requested) { r.Amount, r.Balance = domain.Money{}, money("1000.00") })
	sent := after(t, waiting(t), townHead.Officer, townHead.sendsBack(waiting(t)))
	for name, c := range map[string]struct {
		state  RequestState
		ask    func(RequestState) ([]domain.Event, error)
		events []domain.Event
		rule   string
	}{
		"of a submitted run":                   {ask: asks(asked(), runState(1)), events: []domain.Event{asked()}},
		"while the town still signs":           {ask: asks(asked(), runState(2)), events: []domain.Event{asked()}},
		"after the county signed":              {ask: asks(asked(), runState(3)), rule: "fund.too-late"},
		"before the run is submitted":          {ask: asks(asked(), open), rule: "fund.not-submitted"},
		"an overdrawn fund asks for more":      {ask: asks(over, runState(1)), events: []domain.Event{over}},
		"a rich fund asks for nothing":         {ask: asks(rich, runState(1)), events: []domain.Event{rich}},
		"again":                                {state: drafted(t), ask: asks(asked(), runState(1))},
		"again with another balance":           {state: drafted(t), ask: asks(rich, runState(1)), events: []domain.Event{rich}},
		"again after it was sent back":         {state: sent, ask: asks(rich, runState(1)), events: []domain.Event{rich}},
		"again while it is signed":             {state: waiting(t), ask: asks(asked(), runState(1)), rule: "fund.requested"},
		"again after it was signed":            {state: signed(t), ask: asks(asked(), runState(1)), rule: "fund.requested"},
		"the list was made anew, being signed": {state: waiting(t), ask: asks(again, anew), rule: "fund.requested"},
		"the list was made anew, signed":       {state: signed(t), ask: asks(again, anew), events: []domain.Event{again}},
		"of another list":                      {ask: asks(again, runState(1)), rule: "fund.request-sums"},
		"shares that do not sum":               {ask: asks(changed(func(r *Requested) { r.Shares = r.Shares[:1] }), runState(1)), rule: "fund.request-sums"},
		"classes that do not sum":              {ask: asks(changed(func(r *Requested) { r.Classes = nil }), runState(1)), rule: "fund.request-sums"},
		"lines that do not sum":                {ask: asks(changed(func(r *Requested) { r.Classes[0].Lines, r.Classes[0].Entered = 3, 2 }), runState(1)), rule: "fund.request-sums"},
		"people who do not add up":             {ask: asks(changed(func(r *Requested) { r.Classes[0].Exited = 0 }), runState(1)), rule: "fund.request-sums"},
		"another need":                         {ask: asks(changed(func(r *Requested) { r.Need = money("161.00") }), runState(1)), rule: "fund.request-sums"},
		"another amount":                       {ask: asks(changed(func(r *Requested) { r.Amount = money("160.00") }), runState(1)), rule: "fund.request-sums"},
		"a chain without handler":              {ask: asks(changed(func(r *Requested) { r.Chain = r.Chain[1:] }), runState(1)), rule: "fund.chain"},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := c.ask(c.state)
			if c.rule != "" {
				var refused *domain.RefusedError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, c.rule, refused.Rule)
				require.NotEmpty(t, refused.Next)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.events, events)
		})
	}
}

func TestSignRequest(t *testing.T) {
	draft := drafted(t)
	s := waiting(t)
	require.Equal(t, RequestAwaiting, s.Status)
	require.Equal(t, signoff.Submission{Round: 1, Rulebook: "rb-1", Totals: signoff.Totals{Held: 1, Lines: 2, Root: "leaf", Total: "150.00"}}, s.Signing.Sub)
	require.Equal(t, RequestSigned, signed(t).Status)

	again, err := handler.submits(draft, "leaf", runState(1))(s)
	require.NoError(t, err)
	require.Empty(t, again, "asked twice")
	again, err = townHead.signs(s)(after(t, s, townHead.Officer, townHead.signs(s)))
	require.NoError(t, err)
	require.Empty(t, again, "asked twice")

	anew := runState(1)
	anew.Listing.Round, anew.Listing.Totals.Root = 2, "bb"
	cancelled := runState(1)
	cancelled.Status = payrun.StatusCancelled
	own := townHead
	own.Person = handler.Person
	for name, c := range map[string]struct {
		state RequestState
		ask   func(RequestState) ([]domain.Event, error)
		rule  string
	}{
		"never made":              {RequestState{}, handler.submits(draft, "leaf", runState(1)), "fund.request-unknown"},
		"signed and never made":   {RequestState{}, townHead.signs(s), "fund.request-unknown"},
		"sent back, never made":   {RequestState{}, townHead.sendsBack(s), "fund.request-unknown"},
		"the county has signed":   {draft, handler.submits(draft, "leaf", runState(3)), "fund.too-late"},
		"the run was cancelled":   {draft, handler.submits(draft, "leaf", cancelled), "fund.not-submitted"},
		"the list was made anew":  {draft, handler.submits(draft, "leaf", anew), "fund.list-changed"},
		"by the head":             {draft, townHead.submits(draft, "leaf", runState(1)), "sign-off.step-order"},
		"the wrong step":          {s, countyHead.signs(s), "sign-off.step-order"},
		"two hats":                {s, own.signs(s), "sign-off.one-person-one-step"},
		"another statement":       {s, townHead.signs(draft2(t)), "sign-off.seen"},
		"nothing waits":           {draft, townHead.signs(s), "sign-off.not-awaiting"},
		"complete, cannot return": {signed(t), townHead.sendsBack(s), "sign-off.not-awaiting"},
	} {
		_, err := c.ask(c.state)
		require.ErrorContains(t, err, c.rule, name)
	}
}

// draft2 is another request at the same step: whoever looked at it signs nothing else.
func draft2(t require.TestingT) RequestState {
	s := after(t, RequestState{}, handler.Officer, asks(changed(func(r *Requested) { r.Amount, r.Balance = money("160.00"), domain.Money{} }), runState(1)))
	return after(t, s, handler.Officer, handler.submits(s, "leaf", runState(1)))
}

// Sent back and made again, a request remembers who signed: nobody signs two steps over its rounds.
func TestRoundsRemember(t *testing.T) {
	s := waiting(t)
	s = after(t, s, townHead.Officer, townHead.sendsBack(s))
	require.Equal(t, RequestSentBack, s.Status)
	rich := changed(func(r *Requested) { r.Amount, r.Balance = domain.Money{}, money("1000.00") })
	s = after(t, s, handler.Officer, asks(rich, runState(1)))
	require.Equal(t, RequestDraft, s.Status)
	require.Equal(t, []string{handler.Officer}, s.Signing.Handlers)
	s = after(t, s, handler.Officer, handler.submits(s, "leaf-2", runState(1)))
	require.Equal(t, 2, s.Signing.Round)
	asCounty := countyHead
	asCounty.Person = townHead.Person
	s = after(t, s, townHead.Officer, townHead.signs(s))
	_, err := asCounty.signs(s)(s)
	require.ErrorContains(t, err, "sign-off.one-person-one-step")
}
