package beneficiary

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/rulebook"
)

func month(s string) domain.Period { return domain.MustPeriod(s) }
func day(s string) domain.Date     { return domain.MustDate(s) }
func yuan(s string) domain.Money   { return domain.MustMoney(s) }

var once = domain.PeriodOf(domain.Once, domain.Date{})

func class(name string) rulebook.Key { return rulebook.Key{"child": name} }

// tariff is what a unit of each class is worth, and from which month class "girl" is worth 20.00 more.
type tariff struct {
	raised domain.Period
}

var amounts = map[string]string{"boy": "100.00", "girl": "110.00", "third": "0.05"}

func (r tariff) RateFor(key rulebook.Key, unit domain.Period) (rulebook.Rate, error) {
	name := key["child"]
	if amounts[name] == "" {
		return rulebook.Rate{}, domain.Refuse(domain.Invalid, "rulebook.unknown-class", "no class %s", key)
	}
	parts := []rulebook.Component{{Amount: yuan(amounts[name]), Payer: rulebook.PayerGovernment, Fund: "base", Status: rulebook.Found}}
	row := name + "/2010-01"
	if !r.raised.IsZero() && name == "girl" && !unit.Before(r.raised) {
		parts = append(parts, rulebook.Component{Amount: yuan("20.00"), Payer: rulebook.PayerEmployer, Fund: "more", Status: rulebook.Found})
		row = name + "/" + r.raised.String()
	}
	rate := rulebook.Rate{Row: row, Components: parts}
	for _, p := range parts {
		rate.Amount = rate.Amount.Add(p.Amount)
	}
	return rate, nil
}

// failing is a rulebook that fails with an error of its own.
type failing struct{ err error }

func (r failing) RateFor(rulebook.Key, domain.Period) (rulebook.Rate, error) {
	return rulebook.Rate{}, r.err
}

// life is one person's stream: event n has revision n and the id "n".
type life struct {
	t   testing.TB
	s   State
	rev int64
}

// newLife is a registered person with an account of their own (event "1").
func newLife(t testing.TB) *life {
	l := &life{t: t}
	l.happen(Registered{Person: "wang"})
	l.happen(AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self"})
	return l
}

// enrolledLife is a person enrolled from January 2022 (event "2").
func enrolledLife(t testing.TB, edit ...func(*Enrolled)) *life {
	l := newLife(t)
	l.did(l.s.DecideEnrol(enrolment(edit...)))
	return l
}

func enrolment(edit ...func(*Enrolled)) Enrolled {
	e := Enrolled{
		Enrolment: "e1", Programme: "p1", Region: "340000", Group: "g", Office: "town", Village: "340311101201", Origin: DecidedHere,
		FirstUnit: month("2022-01"), Classes: []rulebook.ClassFrom{{From: month("2022-01"), Key: class("boy")}}, Share: "1/1", Unit: PerPerson, Person: "wang",
	}
	for _, f := range edit {
		f(&e)
	}
	return e
}

// happen folds events without asking, and returns the id of the last.
func (l *life) happen(events ...domain.Event) string {
	id := ""
	for _, e := range events {
		id = fmt.Sprint(l.rev)
		f := domain.Fact{Event: e, ID: id, Revision: l.rev, Cause: "cause-" + id, Seals: []string{"seal-" + id}}
		if x, ok := e.(domain.Effective); ok {
			f.On = x.EffectiveOn()
		}
		l.s = Evolve(l.s, f)
		l.rev++
	}
	return id
}

// did folds what was decided: at least one event.
func (l *life) did(events []domain.Event, err error) string {
	l.t.Helper()
	require.NoError(l.t, err)
	require.NotEmpty(l.t, events)
	return l.happen(events...)
}

// e is the enrolment under test.
func (l *life) e() Enrolment {
	l.t.Helper()
	e, ok := l.s.Enrolment("e1")
	require.True(l.t, ok)
	return e
}

func run(id, from, to string) Run {
	return Run{Run: id, Office: "town", From: month(from), To: month(to)}
}

func (l *life) take(r Run) TakeDraw {
	return TakeDraw{Run: r, Enrolment: "e1", Line: 1, PayRef: "REF", Draw: "draw-" + r.Run}
}

// draw draws enrolment e1 for a run over the months named and folds it.
func (l *life) draw(id, from, to string) Drawn {
	l.t.Helper()
	return l.drawAt(run(id, from, to), tariff{})
}

func (l *life) drawAt(r Run, rates Rates) Drawn {
	l.t.Helper()
	events, err := l.s.DecideDraw(l.take(r), rates)
	l.did(events, err)
	require.Len(l.t, events, 1)
	return events[0].(Drawn)
}

func (l *life) undo(id string, cause Cause) {
	l.t.Helper()
	l.did(l.s.DecideUndo(UndoDraw{Draw: "draw-" + id, Run: id, Cause: cause}))
}

// exit ends e1 for the reason "dead".
func (l *life) exit(last string, rates Rates) []domain.Event {
	l.t.Helper()
	e := exited(last)
	events, err := l.s.DecideExit(e, "p1", "over", rates)
	l.did(events, err)
	return events
}

func exited(last string) Exited {
	e := Exited{Enrolment: "e1", Fault: NoFault, OccurredOn: day("2022-01-10"), ReportedOn: day("2022-05-02"), Policy: "month-of", Reason: "dead", ReportedBy: "village"}
	if last != "" {
		e.LastUnit = month(last)
	}
	return e
}

// assess is what the run would make of e1.
func (l *life) assess(r Run) Assessment {
	l.t.Helper()
	a, err := l.s.Assess(l.e(), r, tariff{})
	require.NoError(l.t, err)
	return a
}

// brief writes items as "2022-01 regular 100.00".
func brief(items []Item) []string {
	lines := []string{}
	for _, i := range items {
		lines = append(lines, fmt.Sprintf("%s %s %s", i.Unit, i.Kind, i.Amount))
	}
	return lines
}

func requireMoney(t testing.TB, want string, got domain.Money, say ...any) {
	t.Helper()
	require.Equal(t, want, got.String(), say...)
}

func requireRefused(t testing.TB, events []domain.Event, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Detail)
	require.Empty(t, events)
}

func requireNothing(t testing.TB, events []domain.Event, err error) {
	t.Helper()
	require.NoError(t, err)
	require.Empty(t, events)
}
