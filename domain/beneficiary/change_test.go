package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/rulebook"
)

// decision is one command on an enrolment, with the ways in which every command finds it.
type decision struct {
	ask func(s State, enrolment, programme string, unit domain.Period) ([]domain.Event, error)
}

var decisions = map[string]decision{
	"class": {func(s State, e, p string, u domain.Period) ([]domain.Event, error) {
		return s.DecideChangeClass(ClassChanged{Enrolment: e, From: u, Class: class("girl")}, p)
	}},
	"suspend": {func(s State, e, p string, u domain.Period) ([]domain.Event, error) {
		return s.DecideSuspend(Suspended{Enrolment: e, From: u, Effect: Forfeit}, p)
	}},
	"transfer": {func(s State, e, p string, u domain.Period) ([]domain.Event, error) {
		return s.DecideTransfer(Transferred{Enrolment: e, FirstUnit: u, ToOffice: "city"}, p)
	}},
	"review": {func(s State, e, p string, u domain.Period) ([]domain.Event, error) {
		return s.DecideReview(Reviewed{Enrolment: e}, p)
	}},
	"resume": {func(s State, e, p string, u domain.Period) ([]domain.Event, error) {
		return s.DecideResume(Resumed{Enrolment: e, From: u}, p)
	}},
}

func TestDecisionsFindTheEnrolment(t *testing.T) {
	for name, d := range decisions {
		t.Run(name, func(t *testing.T) {
			l := enrolledLife(t)
			l.happen(suspend(Withhold, "2022-06"))
			events, err := d.ask(l.s, "", "p1", month("2022-07"))
			require.NoError(t, err)
			require.Len(t, events, 1)
			byID, err := d.ask(l.s, "e1", "any", month("2022-07"))
			require.NoError(t, err)
			require.Equal(t, events, byID, "the event names the enrolment however it was found")
			events, err = d.ask(l.s, "", "p2", month("2022-07"))
			requireRefused(t, events, err, domain.NotFound, "beneficiary.no-enrolment")
			events, err = d.ask(l.s, "e9", "p1", month("2022-07"))
			requireRefused(t, events, err, domain.NotFound, "beneficiary.no-enrolment")
			if name != "review" {
				events, err = d.ask(l.s, "e1", "p1", domain.MustPeriod("2022"))
				requireRefused(t, events, err, domain.Invalid, "beneficiary.unit-kind")
			}
			void := *l
			void.happen(Annulled{Enrolment: "e1"})
			events, err = d.ask(void.s, "e1", "p1", month("2022-07"))
			requireRefused(t, events, err, domain.Conflict, "beneficiary.annulled")
			if name != "resume" {
				l.exit("2022-08", tariff{})
				events, err = d.ask(l.s, "e1", "p1", month("2022-07"))
				requireRefused(t, events, err, domain.Conflict, "beneficiary.ended")
			}
		})
	}
}

func TestChangeClass(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) {
		e.Classes = append(e.Classes, rulebook.ClassFrom{From: month("2022-06"), Key: class("girl")})
	})
	for _, r := range []struct {
		name, class, from string
		rule              string
		none              bool
	}{
		{name: "before the first unit", class: "boy", from: "2021-12", rule: "beneficiary.class-from"},
		{name: "at the first unit", class: "girl", from: "2022-01"},
		{name: "the class it has by then", class: "girl", from: "2022-07", none: true},
		{name: "the class it has from then", class: "girl", from: "2022-06", none: true},
		{name: "the class it will have, earlier", class: "girl", from: "2022-05"},
		{name: "the class it had", class: "boy", from: "2022-07"},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := toClass(r.class, r.from)
			events, err := l.s.DecideChangeClass(e, "p1")
			switch {
			case r.rule != "":
				requireRefused(t, events, err, domain.Invalid, r.rule)
			case r.none:
				requireNothing(t, events, err)
			default:
				require.NoError(t, err)
				require.Equal(t, []domain.Event{e}, events)
			}
		})
	}
	id := l.happen(toClass("third", "2022-03"))
	require.Equal(t, []ClassSpan{{From: month("2022-01"), Key: class("boy"), Event: "2"}, {From: month("2022-03"), Key: class("third"), Event: id}}, l.e().Classes)
}

func TestSuspendAndResume(t *testing.T) {
	l := enrolledLife(t)
	events, err := l.s.DecideResume(resume("2022-05"), "p1")
	requireRefused(t, events, err, domain.Conflict, "beneficiary.not-suspended")
	first := suspend(Withhold, "2022-03")
	events, err = l.s.DecideSuspend(first, "p1")
	require.NoError(t, err)
	require.Equal(t, []domain.Event{first}, events)
	suspended := l.did(events, err)
	require.Equal(t, []Suspension{{Event: suspended, From: month("2022-03"), Effect: Withhold, Reason: "prison", Review: day("2023-01-01")}}, l.e().Suspensions)
	for _, again := range []Suspended{first, suspend(Withhold, "2022-04")} {
		events, err = l.s.DecideSuspend(again, "p1")
		requireNothing(t, events, err)
	}
	for _, other := range []Suspended{suspend(Withhold, "2022-02"), suspend(Forfeit, "2022-03")} {
		events, err = l.s.DecideSuspend(other, "p1")
		require.NoError(t, err)
		require.Equal(t, []domain.Event{other}, events)
	}
	l.happen(suspend(Forfeit, "2022-04"))

	back := resume("2022-06", "2022-05", "2022-04")
	events, err = l.s.DecideResume(back, "p1")
	require.NoError(t, err)
	require.Equal(t, []domain.Event{back}, events)
	id := l.did(events, err)
	for _, x := range l.e().Suspensions {
		require.Equal(t, []any{month("2022-06"), id}, []any{x.To, x.EndBy}, "one resumption ends all that last")
	}
	require.Equal(t, []domain.Period{month("2022-04"), month("2022-05")}, l.e().Restored, "each once, in order")
	events, err = l.s.DecideResume(back, "p1")
	requireNothing(t, events, err)
	events, err = l.s.DecideResume(resume("2022-07"), "p1")
	requireRefused(t, events, err, domain.Conflict, "beneficiary.not-suspended")

	events, err = l.s.DecideSuspend(first, "p1")
	require.NoError(t, err)
	require.Len(t, events, 1, "an ended suspension does not last")
	l.happen(first, resume("2022-09"))
	require.Equal(t, month("2022-06"), l.e().Suspensions[0].To, "an ended suspension ends once")
	require.Equal(t, month("2022-09"), l.e().Suspensions[2].To)
	require.Equal(t, []domain.Period{month("2022-04"), month("2022-05")}, l.e().Restored)
}

// TestWithheldUntilTheExit: a suspicion of death, confirmed. What was withheld before the death is still owed.
func TestWithheldUntilTheExit(t *testing.T) {
	l := enrolledLife(t)
	l.happen(suspend(Withhold, "2022-02"))
	l.exit("2022-03", tariff{})
	requireMoney(t, "100.00", l.draw("r1", "2022-04", "2022-04").Net)
	requireMoney(t, "200.00", l.assess(run("r2", "2022-04", "2022-04")).HeldSum)
	events, err := l.s.DecideResume(resume("2022-05"), "p1")
	l.did(events, err)
	require.Equal(t, []string{"2022-02 arrears 100.00", "2022-03 arrears 100.00"}, brief(l.draw("r2", "2022-04", "2022-04").Items))
	events, err = l.s.DecideResume(resume("2022-06"), "p1")
	requireRefused(t, events, err, domain.Conflict, "beneficiary.not-suspended")
}

func TestTransfer(t *testing.T) {
	l := enrolledLife(t)
	to := func(office, village, from string) Transferred {
		return Transferred{Enrolment: "e1", FirstUnit: month(from), ToOffice: office, ToVillage: domain.AreaCode(village)}
	}
	events, err := l.s.DecideTransfer(to("town", "340311101201", "2022-05"), "p1")
	requireNothing(t, events, err)
	events, err = l.s.DecideTransfer(to("city", "340311101201", "2021-12"), "p1")
	requireRefused(t, events, err, domain.Invalid, "beneficiary.transfer-from")
	want := to("town", "340311101202", "2022-01")
	want.FromOffice, want.FromVillage = "town", "340311101201"
	events, err = l.s.DecideTransfer(to("town", "340311101202", "2022-01"), "p1")
	require.NoError(t, err)
	require.Equal(t, []domain.Event{want}, events, "another village of the same office")
	want = to("city", "340311101201", "2022-05")
	want.FromOffice, want.FromVillage = "town", "340311101201"
	events, err = l.s.DecideTransfer(to("city", "340311101201", "2022-05"), "p1")
	require.NoError(t, err)
	require.Equal(t, []domain.Event{want}, events, "another office for the same village")
	l.did(events, err)
	require.Equal(t, Place{From: month("2022-05"), Office: "city", Village: "340311101201"}, l.e().Places[1])
	events, err = l.s.DecideTransfer(to("town", "340311101201", "2022-04"), "p1")
	requireRefused(t, events, err, domain.Invalid, "beneficiary.transfer-from")
}

func TestReview(t *testing.T) {
	l := enrolledLife(t)
	r := Reviewed{Result: "continue", ValidTo: day("2023-03-31"), VisitedOn: day("2022-02-14"), Visitors: []string{"clerk"}, Year: 2022}
	events, err := l.s.DecideReview(r, "p1")
	r.Enrolment = "e1"
	require.NoError(t, err)
	require.Equal(t, []domain.Event{r}, events)
	before := l.e()
	l.did(events, err)
	require.Equal(t, before, l.e())
}

func TestAbandon(t *testing.T) {
	l := enrolledLife(t, func(e *Enrolled) { e.Slots = []Claim{{Claim: "c1"}, {Claim: "c2"}} })
	events, err := l.s.DecideAbandon(ClaimAbandoned{Claim: "c2"})
	requireRefused(t, events, err, domain.Conflict, "beneficiary.claim-used")
	events, err = l.s.DecideAbandon(ClaimAbandoned{Claim: "c3"})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{ClaimAbandoned{Claim: "c3"}}, events)
	l.did(events, err)
	require.Equal(t, []string{"c3"}, l.s.Abandoned)
	events, err = l.s.DecideAbandon(ClaimAbandoned{Claim: "c3"})
	requireNothing(t, events, err)
	events, err = State{}.DecideAbandon(ClaimAbandoned{Claim: "c1"})
	require.NoError(t, err)
	require.Len(t, events, 1, "the stream of somebody who never got as far as an enrolment")
}

// TestEventsOfAnotherEnrolment change only the one they name.
func TestEventsOfAnotherEnrolment(t *testing.T) {
	l := enrolledLife(t)
	l.happen(enrolment(func(e *Enrolled) { e.Enrolment = "e2" }))
	before := l.e()
	l.happen(
		ClassChanged{Enrolment: "e2", From: month("2022-01"), Class: class("girl")}, Suspended{Enrolment: "e2", From: month("2022-02")}, Resumed{Enrolment: "e2", From: month("2022-03")},
		Rescheduled{Enrolment: "e2", FirstUnit: month("2022-02")}, Transferred{Enrolment: "e2", FirstUnit: month("2022-04"), ToOffice: "city"}, Exited{Enrolment: "e2"}, Annulled{Enrolment: "e2"},
	)
	require.Equal(t, before, l.e())
	other, _ := l.s.Enrolment("e2")
	require.True(t, other.Annulled)
	require.NotNil(t, other.Exit)
	require.Len(t, other.Places, 2)
	require.Equal(t, month("2022-02"), other.FirstUnit)
}
