package ledger

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/denied"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// alias appoints the person behind an officer id under a second one, in another capacity.
func (l *testLedger) alias(name, of, capacity string, offices ...string) {
	l.t.Helper()
	s, err := l.Officer(l.ctx, of)
	require.NoError(l.t, err)
	l.appointPerson(name, s.Person, capacity, offices...)
}

// deniedRules are the rules of the refusals on record, in log order.
func (l *testLedger) deniedRules() []string {
	l.t.Helper()
	var rules []string
	for r := range l.log() {
		e, err := codec.DecodeEvent(r.Data, nil)
		require.NoError(l.t, err)
		if d, is := e.Event.(denied.Refused); is {
			rules = append(rules, d.Rule)
		}
	}
	return rules
}

// tick lets a second go by: refusals of one officer for one reason at one instant are recorded once.
func (l *testLedger) tick() { l.now = l.now.Add(time.Second) }

func (l *testLedger) submitAs(name, office, capacity string, s Subject) error {
	l.tick()
	_, err := l.Submit(l.ctx, l.command(name, office, capacity), Sign{Subject: s, Pen: l.WithKey(l.pens[name])})
	return err
}

func (l *testLedger) signAs(name, office, capacity string, s Subject) error {
	l.tick()
	_, err := l.SignOff(l.ctx, l.command(name, office, capacity), Sign{Subject: s, Pen: l.WithKey(l.pens[name])})
	return err
}

func (l *testLedger) sendBackAs(name, office, capacity string, s Subject) error {
	l.tick()
	_, err := l.SendBack(l.ctx, l.command(name, office, capacity), Return{Subject: s, Reason: "wrong", Note: "再看看", Pen: l.WithKey(l.pens[name])})
	return err
}

// TestWhoHandledSignsNoHigherStep: a person who opened a case, revised it, imported a file or proposed a rulebook and left the
// submitting to a colleague signs none of the later steps under a second account, alone, in bulk or by sending back.
func TestWhoHandledSignsNoHigherStep(t *testing.T) {
	l := newTestLedger(t, "rural-reward@000000")
	l.appoint("village-second", "village.handler", "v1")
	l.appoint("county-second", "county.handler", "county")
	l.alias("village-alias", "village-clerk", "village.head", "v1")
	l.alias("clerk-alias", "clerk", "village.handler", "v1")
	l.alias("county-alias", "county-clerk", "county.head", "county")

	village := func(name string) Command { return l.command(name, "v1", "village.handler") }
	opened := Subject{CaseSubject, l.openCase(village("village-clerk"), l.widow(0))}
	revised := Subject{CaseSubject, l.openCase(village("village-second"), l.widow(1))}
	again := l.widow(1)
	again.Row.AppliedOn = domain.MustDate("2021-11-12")
	_, err := l.ReviseCase(l.ctx, village("village-clerk"), revised.ID, again)
	require.NoError(t, err)
	imported := Subject{ImportSubject, l.committed(l.request(roster(eligible(2))), false).Import}
	source, err := rulebook.ShippedSource("only-child-allowance@340311")
	require.NoError(t, err)
	book, _, err := l.ProposeRulebook(l.ctx, l.command("county-clerk", "county", "county.handler"), source, "")
	require.NoError(t, err)
	proposed := Subject{RulebookSubject, book.ID()}

	for _, r := range []struct {
		name                    string
		subject                 Subject
		submits, office, first  string // who submits, for which office, as what
		alias, second           string // the handler's second account, and what the next step wants
		colleague, colleagueFor string // who may sign that step
	}{
		{"a case opened", opened, "village-second", "v1", "village.handler", "village-alias", "village.head", "village-head", "v1"},
		{"a case revised", revised, "village-second", "v1", "village.handler", "village-alias", "village.head", "village-head", "v1"},
		{"an import", imported, "second", "town", "town.handler", "clerk-alias", "village.handler", "village-clerk", "v1"},
		{"a rulebook", proposed, "county-second", "county", "county.handler", "county-alias", "county.head", "county-head", "county"},
	} {
		t.Run(r.name, func(t *testing.T) {
			before := len(l.deniedRules())
			require.NoError(t, l.submitAs(r.submits, r.office, r.first, r.subject))
			requireRule(t, l.signAs(r.alias, r.colleagueFor, r.second, r.subject), "sign-off.handler-step")
			requireRule(t, l.sendBackAs(r.alias, r.colleagueFor, r.second, r.subject), "sign-off.handler-step")
			l.tick()
			_, errs, err := l.SignMany(l.ctx, l.command(r.alias, r.colleagueFor, r.second), []Sign{{Subject: r.subject}}, l.WithKey(l.pens[r.alias]))
			require.NoError(t, err)
			requireRule(t, errs[0], "sign-off.handler-step")
			require.Equal(t, []string{"sign-off.handler-step", "sign-off.handler-step", "sign-off.handler-step"}, l.deniedRules()[before:])
			require.NoError(t, l.signAs(r.colleague, r.colleagueFor, r.second, r.subject))
		})
	}
}

// TestTheHandlerSubmitsUnderAnyAccount: submitting is the one signature that is the handler's.
func TestTheHandlerSubmitsUnderAnyAccount(t *testing.T) {
	l := newTestLedger(t, "rural-reward@000000")
	l.alias("clerk-too", "village-clerk", "village.handler", "v1")
	subject := Subject{CaseSubject, l.openCase(l.command("village-clerk", "v1", "village.handler"), l.widow(0))}
	require.NoError(t, l.submitAs("clerk-too", "v1", "village.handler", subject))
	require.Equal(t, 1, l.signing(subject).Step)
}

// TestARulebookSentBackKeepsItsNote: free text of a sending-back is sealed and read again, of a rulebook as of any subject.
func TestARulebookSentBackKeepsItsNote(t *testing.T) {
	l := newTestLedger(t)
	source, err := rulebook.ShippedSource("only-child-allowance@340311")
	require.NoError(t, err)
	book, _, err := l.ProposeRulebook(l.ctx, l.command("county-clerk", "county", "county.handler"), source, "")
	require.NoError(t, err)
	subject := Subject{RulebookSubject, book.ID()}
	require.NoError(t, l.submitAs("county-clerk", "county", "county.handler", subject))
	require.NoError(t, l.sendBackAs("county-head", "county", "county.head", subject))
	returns, err := l.Returns(l.ctx, subject)
	require.NoError(t, err)
	require.Len(t, returns, 1)
	require.Equal(t, "再看看", returns[0].Note)
	for r := range l.log() {
		require.NotContains(t, string(r.Data), "再看看")
	}
}

// TestWhoSignsARulebook: a rulebook binds the part of the ledger that its region covers, and its officers' areas hold all of it.
func TestWhoSignsARulebook(t *testing.T) {
	for _, r := range []struct{ region, ledger, want domain.AreaCode }{
		{domain.Nation, "340311", "340311"},
		{domain.Nation, "340000", "340000"},
		{domain.Nation, domain.Nation, domain.Nation},
		{"340000", "340311", "340311"},
		{"340300", "340311", "340311"},
		{"340311", "340311", "340311"},
		{"340311", "340000", "340311"},
		{"340311", domain.Nation, "340311"},
		{"340311101", "340311", "340311101"},
		{"340300", "340311101", "340311101"},
		{"320411", "340311", "320411"},
	} {
		require.Equal(t, r.want, boundBy(r.region, r.ledger), "a rulebook of %s in a ledger of %s", r.region, r.ledger)
	}
}

// TestOneCountyDoesNotSignForAll: in a ledger of several counties a rulebook for the whole country is proposed, signed and sent
// back by an office for the whole; a county has one of its own.
func TestOneCountyDoesNotSignForAll(t *testing.T) {
	l := newTestLedger(t)
	l.Ledger.created.Area = domain.Nation // as the ledger of a ministry would be founded
	_, err := l.OpenOffice(l.ctx, l.next(), l.root(), office.Open{Office: "ministry", Level: signoff.County, Name: "测试部", Area: domain.Nation})
	require.NoError(t, err)
	l.appoint("ministry-clerk", "county.handler", "ministry")
	l.appoint("ministry-head", "county.head", "ministry")
	national, err := rulebook.ShippedSource("rural-reward@000000")
	require.NoError(t, err)

	_, _, err = l.ProposeRulebook(l.ctx, l.command("county-clerk", "county", "county.handler"), national, "")
	requireRule(t, err, "rulebook.region")
	book, _, err := l.ProposeRulebook(l.ctx, l.command("ministry-clerk", "ministry", "county.handler"), national, "")
	require.NoError(t, err)
	subject := Subject{RulebookSubject, book.ID()}
	requireRule(t, l.submitAs("county-clerk", "county", "county.handler", subject), "rulebook.region")
	require.NoError(t, l.submitAs("ministry-clerk", "ministry", "county.handler", subject))
	requireRule(t, l.signAs("county-head", "county", "county.head", subject), "rulebook.region")
	requireRule(t, l.sendBackAs("county-head", "county", "county.head", subject), "rulebook.region")
	require.Equal(t, []string{"rulebook.region", "rulebook.region", "rulebook.region", "rulebook.region"}, l.deniedRules())
	require.NoError(t, l.signAs("ministry-head", "ministry", "county.head", subject))
	require.Equal(t, signoff.Complete, l.signing(subject).Status)

	l.publish("only-child-allowance@340311") // the county's own, by its own officers
	_, err = l.Rulebook(l.ctx, "only-child-allowance", testCounty)
	require.NoError(t, err)
}

// TestWhoCameToHoldBothKindsSignsNothing: two accounts of one person are granted an eligibility and a finance capacity at one
// moment, so that neither grant sees the other. Neither account then signs, and both attempts are on record; once one of the
// two is withdrawn, the other works again.
func TestWhoCameToHoldBothKindsSignsNothing(t *testing.T) {
	l := newTestLedger(t)
	_, err := l.OpenOffice(l.ctx, l.next(), l.root(), office.Open{Office: "finance", Level: signoff.Finance, Name: "测试县财政局", Area: testCounty})
	require.NoError(t, err)
	person, err := l.vault.RegisterAnonymous(l.ctx)
	require.NoError(t, err)
	l.appointPerson("decides", person, "county.head")
	l.appointPerson("pays", person, "finance.head")
	grant := func(who, capacity, office string) error {
		_, err := l.GrantCapacity(l.ctx, l.next(), l.root(), who, officer.GrantCapacity{Capacity: capacity, Office: office, From: l.Today()})
		return err
	}
	l.reopen(&interruptedGrant{Store: l.disk, meanwhile: func() { require.NoError(t, grant("pays", "finance.head", "finance")) }})
	require.NoError(t, grant("decides", "county.head", "county"))
	requireRule(t, grant("decides", "county.line-head", "county"), "officer.separation")

	source, err := rulebook.ShippedSource("only-child-allowance@340311")
	require.NoError(t, err)
	book, _, err := l.ProposeRulebook(l.ctx, l.command("county-clerk", "county", "county.handler"), source, "")
	require.NoError(t, err)
	subject := Subject{RulebookSubject, book.ID()}
	require.NoError(t, l.submitAs("county-clerk", "county", "county.handler", subject))
	before := len(l.deniedRules())
	requireRule(t, l.signAs("decides", "county", "county.head", subject), "officer.separation")
	requireRule(t, l.signAs("pays", "finance", "finance.head", subject), "officer.separation")
	requireRule(t, l.sendBackAs("decides", "county", "county.head", subject), "officer.separation")
	require.Equal(t, []string{"officer.separation", "officer.separation", "officer.separation"}, l.deniedRules()[before:])

	_, err = l.WithdrawCapacity(l.ctx, l.next(), l.root(), "pays", officer.WithdrawCapacity{Capacity: "finance.head", Office: "finance", Until: l.Today().AddDays(-1), Reason: "separation"})
	require.NoError(t, err)
	require.NoError(t, l.signAs("decides", "county", "county.head", subject))
}

// interruptedGrant lets something happen just before the first capacity is stored.
type interruptedGrant struct {
	eventstore.Store
	meanwhile func()
}

func (s *interruptedGrant) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	if act := s.meanwhile; act != nil && a.Events[0].Type == (officer.CapacityGranted{}).EventType() {
		s.meanwhile = nil
		act()
	}
	return s.Store.Append(ctx, a)
}
