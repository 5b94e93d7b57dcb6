package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/rulebook"
)

func TestRegister(t *testing.T) {
	var s State
	events, err := s.DecideRegister(Registered{})
	requireRefused(t, events, err, domain.Invalid, "beneficiary.person")
	events, err = s.DecideRegister(Registered{Person: "wang", How: "citizen-number"})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Registered{Person: "wang", How: "citizen-number"}}, events)
	events, err = newLife(t).s.DecideRegister(Registered{Person: "wang"})
	requireNothing(t, events, err)
}

func TestNobodyUnknownIsDecidedOn(t *testing.T) {
	var s State
	for name, decide := range map[string]func() ([]domain.Event, error){
		"fact":     func() ([]domain.Event, error) { return s.DecideRecordFact(FactRecorded{}) },
		"account":  func() ([]domain.Event, error) { return s.DecideChangeAccount(AccountChanged{}) },
		"enrol":    func() ([]domain.Event, error) { return s.DecideEnrol(enrolment()) },
		"exit":     func() ([]domain.Event, error) { return s.DecideExit(exited("2022-01"), "p1", "o", tariff{}) },
		"class":    func() ([]domain.Event, error) { return s.DecideChangeClass(ClassChanged{}, "p1") },
		"suspend":  func() ([]domain.Event, error) { return s.DecideSuspend(Suspended{}, "p1") },
		"resume":   func() ([]domain.Event, error) { return s.DecideResume(Resumed{}, "p1") },
		"transfer": func() ([]domain.Event, error) { return s.DecideTransfer(Transferred{}, "p1") },
		"review":   func() ([]domain.Event, error) { return s.DecideReview(Reviewed{}, "p1") },
		"grant":    func() ([]domain.Event, error) { return s.DecideGrant(Granted{}) },
		"correct":  func() ([]domain.Event, error) { return s.DecideCorrect(Corrected{}) },
	} {
		t.Run(name, func(t *testing.T) {
			events, err := decide()
			requireRefused(t, events, err, domain.NotFound, "beneficiary.exists")
		})
	}
}

func TestRecordFact(t *testing.T) {
	death := FactRecorded{Fact: Death, Person: "wang", On: day("2022-03-04"), ReportedOn: day("2022-03-06"), Source: "papers"}
	with := func(edit func(*FactRecorded)) FactRecorded { f := death; edit(&f); return f }
	dead := newLife(t)
	dead.did(dead.s.DecideRecordFact(death))
	require.Equal(t, day("2022-03-04"), dead.s.DiedOn)
	require.Equal(t, []FactRef{{Event: "2", Kind: Death, On: day("2022-03-04"), ReportedOn: day("2022-03-06")}}, dead.s.Facts)

	for _, r := range []struct {
		name  string
		s     State
		fact  FactRecorded
		kind  domain.Kind
		rule  string
		again bool
	}{
		{name: "a death reported on its day", s: newLife(t).s, fact: with(func(f *FactRecorded) { f.ReportedOn = f.On })},
		{name: "no effective day", s: newLife(t).s, fact: with(func(f *FactRecorded) { f.On = domain.Date{} }), kind: domain.Invalid, rule: "beneficiary.fact-days"},
		{name: "no day of report", s: newLife(t).s, fact: with(func(f *FactRecorded) { f.ReportedOn = domain.Date{} }), kind: domain.Invalid, rule: "beneficiary.fact-days"},
		{name: "reported before", s: newLife(t).s, fact: with(func(f *FactRecorded) { f.ReportedOn = day("2022-03-03") }), kind: domain.Invalid, rule: "beneficiary.reported-before"},
		{name: "the same death", s: dead.s, fact: with(func(f *FactRecorded) { f.ReportedOn = day("2022-09-01") }), again: true},
		{name: "another death", s: dead.s, fact: with(func(f *FactRecorded) { f.On = day("2022-03-05") }), kind: domain.Conflict, rule: "beneficiary.died-once"},
		{name: "the death of a relative", s: dead.s, fact: with(func(f *FactRecorded) { f.On, f.Related = day("2022-03-05"), "son" })},
		{name: "another fact of the dead", s: dead.s, fact: with(func(f *FactRecorded) { f.Fact = Hukou })},
	} {
		t.Run(r.name, func(t *testing.T) {
			events, err := r.s.DecideRecordFact(r.fact)
			switch {
			case r.rule != "":
				requireRefused(t, events, err, r.kind, r.rule)
			case r.again:
				requireNothing(t, events, err)
			default:
				require.NoError(t, err)
				require.Equal(t, []domain.Event{r.fact}, events)
			}
		})
	}
}

func TestOnlyTheOwnDeathIsTheirs(t *testing.T) {
	l := newLife(t)
	l.happen(FactRecorded{Fact: Death, Related: "son", On: day("2020-01-01"), ReportedOn: day("2020-01-02")}, FactRecorded{Fact: Birth, On: day("1950-01-01"), ReportedOn: day("2020-01-02")})
	require.True(t, l.s.DiedOn.IsZero())
}

func TestChangeAccount(t *testing.T) {
	l := newLife(t)
	l.happen(FactRecorded{Fact: Guardian, Related: "li", On: day("2022-01-01"), ReportedOn: day("2022-01-01")}, FactRecorded{Fact: Hukou, On: day("2022-01-01"), ReportedOn: day("2022-01-01")})
	for _, r := range []struct {
		name, holder, relation string
		kind                   domain.Kind
		rule                   string
	}{
		{name: "own", holder: "wang", relation: "self"},
		{name: "a guardian's", holder: "li", relation: "guardian"},
		{name: "a stranger's", holder: "zhao", relation: "guardian", kind: domain.Refused, rule: "beneficiary.account-relation"},
		{name: "nobody's, though a fact names nobody either", holder: "", relation: "guardian", kind: domain.Refused, rule: "beneficiary.account-relation"},
		{name: "own, as a guardian", holder: "wang", relation: "guardian", kind: domain.Invalid, rule: "beneficiary.account-holder"},
		{name: "a guardian's, as own", holder: "li", relation: "self", kind: domain.Invalid, rule: "beneficiary.account-holder"},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := AccountChanged{HolderPerson: r.holder, Person: "wang", Relation: r.relation}
			events, err := l.s.DecideChangeAccount(e)
			if r.rule != "" {
				requireRefused(t, events, err, r.kind, r.rule)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []domain.Event{e}, events)
		})
	}
}

func TestAccounts(t *testing.T) {
	_, ok := State{}.Account()
	require.False(t, ok)
	l := newLife(t)
	l.happen(AccountChanged{HolderPerson: "li", Relation: "guardian"})
	got, ok := l.s.Account()
	require.True(t, ok)
	require.Equal(t, AccountRef{Event: "2", Commitment: "seal-2", HolderPerson: "li", Relation: "guardian", Rev: 2}, got)
	erased := Evolve(l.s, domain.Fact{Event: AccountChanged{HolderPerson: "wang", Relation: "self"}, ID: "x", Revision: 9})
	got, _ = erased.Account()
	require.Equal(t, AccountRef{Event: "x", HolderPerson: "wang", Relation: "self", Rev: 9}, got, "an account without a seal has no commitment")
}

func TestCausesThatTookEffect(t *testing.T) {
	var s State
	fold := func(e domain.Event, cause string) { s = Evolve(s, domain.Fact{Event: e, Cause: cause}) }
	fold(Registered{Person: "wang"}, "")
	require.False(t, s.Has(""), "no cause is no cause")
	require.Empty(t, s.Took)
	fold(Applied{}, "case")
	fold(Decided{}, "case")
	require.Equal(t, []string{"case"}, s.Took)
	require.True(t, s.Has("case"))
	require.False(t, s.Has("other"))
	fold(Drawn{Draw: "d"}, "run")
	fold(Undrawn{Draw: "d"}, "undo")
	fold(SettledOtherwise{}, "bank")
	require.Equal(t, []string{"case"}, s.Took, "money would make the list grow without end, and repeats itself harmlessly")
}

func TestEnrol(t *testing.T) {
	moved := func(id, programme, group, first string) func(*Enrolled) {
		return func(e *Enrolled) {
			e.Enrolment, e.Programme, e.Group, e.FirstUnit = id, programme, group, domain.MustPeriod(first)
			e.Classes = []rulebook.ClassFrom{{From: e.FirstUnit, Key: class("boy")}}
		}
	}
	ended := enrolledLife(t)
	ended.exit("2022-03", tariff{})
	void := enrolledLife(t)
	void.did(void.s.DecideAnnul(Annulled{Enrolment: "e1"}, "o", day("2022-02-01"), tariff{}))
	abandoned := newLife(t)
	abandoned.happen(ClaimAbandoned{Claim: "c2"})
	withOnce := newLife(t)
	withOnce.did(withOnce.s.DecideEnrol(enrolment(moved("e1", "p1", "g", "once"))))
	until := enrolledLife(t, func(e *Enrolled) { e.Until = month("2022-06") })
	ungrouped := enrolledLife(t, func(e *Enrolled) { e.Group = "" })
	nothingDue := enrolledLife(t, func(e *Enrolled) { e.Until = month("2021-12") })

	for _, r := range []struct {
		name string
		s    State
		edit func(*Enrolled)
		kind domain.Kind
		rule string
		none bool
	}{
		{name: "the first", s: newLife(t).s, edit: func(*Enrolled) {}},
		{name: "the same again", s: enrolledLife(t).s, edit: func(*Enrolled) {}, none: true},
		{name: "the same again after it ended", s: ended.s, edit: func(*Enrolled) {}, none: true},
		{name: "same programme", s: enrolledLife(t).s, edit: moved("e2", "p1", "other", "2030-01"), kind: domain.Conflict, rule: "beneficiary.already-enrolled"},
		{name: "same programme, after the end", s: ended.s, edit: moved("e2", "p1", "g", "2022-04")},
		{name: "same programme, in the last month", s: ended.s, edit: moved("e2", "p1", "other", "2022-03"), kind: domain.Conflict, rule: "beneficiary.already-enrolled"},
		{name: "same programme, over the beginning", s: ended.s, edit: moved("e2", "p1", "g", "2021-01"), kind: domain.Conflict, rule: "beneficiary.exclusive"},
		{name: "same programme, ended before the beginning", s: ended.s, edit: func(e *Enrolled) { moved("e2", "p1", "g", "2021-01")(e); e.Until = month("2021-12") }},
		{name: "same programme, ended in the first month", s: ended.s, edit: func(e *Enrolled) { moved("e2", "p1", "g", "2021-01")(e); e.Until = month("2022-01") }, kind: domain.Conflict, rule: "beneficiary.exclusive"},
		{name: "same programme, after a void one", s: void.s, edit: moved("e2", "p1", "g", "2022-01")},
		{name: "same programme, with nothing due", s: nothingDue.s, edit: moved("e2", "p1", "g", "2022-01")},
		{name: "nothing due of the new one", s: enrolledLife(t).s, edit: func(e *Enrolled) { moved("e2", "p1", "g", "2022-01")(e); e.Until = month("2021-12") }},
		{name: "same group", s: enrolledLife(t).s, edit: moved("e2", "p2", "g", "2022-01"), kind: domain.Conflict, rule: "beneficiary.exclusive"},
		{name: "same group, after the known end", s: until.s, edit: moved("e2", "p2", "g", "2022-07")},
		{name: "same group, the quarter of the known end", s: until.s, edit: moved("e2", "p2", "g", "2022-Q2"), kind: domain.Conflict, rule: "beneficiary.exclusive"},
		{name: "same group, the quarter after the known end", s: until.s, edit: moved("e2", "p2", "g", "2022-Q3")},
		{name: "same group, the year before", s: enrolledLife(t).s, edit: func(e *Enrolled) { moved("e2", "p2", "g", "2021")(e); e.Until = domain.MustPeriod("2021") }},
		{name: "same group, the year itself", s: until.s, edit: func(e *Enrolled) { moved("e2", "p2", "g", "2022")(e); e.Until = domain.MustPeriod("2022") }, kind: domain.Conflict, rule: "beneficiary.exclusive"},
		{name: "no group is no common group", s: ungrouped.s, edit: moved("e2", "p2", "", "2022-01")},
		{name: "another group", s: enrolledLife(t).s, edit: moved("e2", "p2", "h", "2022-01")},
		{name: "a one-off beside months", s: enrolledLife(t).s, edit: moved("e2", "p2", "g", "once")},
		{name: "months beside a one-off", s: withOnce.s, edit: moved("e2", "p2", "g", "2022-01")},
		{name: "two one-offs", s: withOnce.s, edit: moved("e2", "p2", "g", "once"), kind: domain.Conflict, rule: "beneficiary.exclusive"},
		{name: "an abandoned claim", s: abandoned.s, edit: func(e *Enrolled) { e.Slots = []Claim{{Claim: "c1"}, {Claim: "c2"}} }, kind: domain.Conflict, rule: "beneficiary.claim-abandoned"},
		{name: "another claim than the abandoned", s: abandoned.s, edit: func(e *Enrolled) { e.Slots = []Claim{{Claim: "c1"}} }},
		{name: "no first unit", s: newLife(t).s, edit: func(e *Enrolled) { e.FirstUnit, e.Classes[0].From = domain.Period{}, domain.Period{} }, kind: domain.Invalid, rule: "beneficiary.first-unit"},
		{name: "no class", s: newLife(t).s, edit: func(e *Enrolled) { e.Classes = nil }, kind: domain.Invalid, rule: "beneficiary.classes"},
		{name: "the first class later", s: newLife(t).s, edit: func(e *Enrolled) { e.Classes[0].From = month("2022-02") }, kind: domain.Invalid, rule: "beneficiary.classes"},
		{name: "classes out of order", s: newLife(t).s, edit: func(e *Enrolled) {
			e.Classes = append(e.Classes, rulebook.ClassFrom{From: month("2022-05")}, rulebook.ClassFrom{From: month("2022-04")})
		}, kind: domain.Invalid, rule: "beneficiary.classes"},
		{name: "classes in order", s: newLife(t).s, edit: func(e *Enrolled) {
			e.Classes = append(e.Classes, rulebook.ClassFrom{From: month("2022-04")}, rulebook.ClassFrom{From: month("2022-05")})
		}},
		{name: "until of another kind", s: newLife(t).s, edit: func(e *Enrolled) { e.Until = domain.MustPeriod("2023") }, kind: domain.Invalid, rule: "beneficiary.until"},
		{name: "until before the first", s: newLife(t).s, edit: func(e *Enrolled) { e.Until = month("2021-11") }, kind: domain.Invalid, rule: "beneficiary.until"},
		{name: "until just before the first: nothing is due", s: newLife(t).s, edit: func(e *Enrolled) { e.Until = month("2021-12") }},
		{name: "decided here, paid elsewhere", s: newLife(t).s, edit: func(e *Enrolled) { e.PaidThrough = month("2022-01") }, kind: domain.Invalid, rule: "beneficiary.paid-through"},
		{name: "carried over from nowhere", s: newLife(t).s, edit: func(e *Enrolled) { e.Origin = CarriedOver }, kind: domain.Invalid, rule: "beneficiary.carried-over"},
		{name: "carried over by a document", s: newLife(t).s, edit: func(e *Enrolled) { e.Origin, e.Document = CarriedOver, "移交清单" }},
		{name: "transferred in, paid through", s: newLife(t).s, edit: func(e *Enrolled) { e.Origin, e.PaidThrough = TransferredIn, month("2022-02") }},
		{name: "paid through another kind", s: newLife(t).s, edit: func(e *Enrolled) { e.Origin, e.PaidThrough = CarriedOver, domain.MustPeriod("2022-Q1") }, kind: domain.Invalid, rule: "beneficiary.paid-through"},
		{name: "no share", s: newLife(t).s, edit: func(e *Enrolled) { e.Share = "half" }, kind: domain.Invalid, rule: "slot.share"},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := enrolment(r.edit)
			events, err := r.s.DecideEnrol(e)
			switch {
			case r.rule != "":
				requireRefused(t, events, err, r.kind, r.rule)
			case r.none:
				requireNothing(t, events, err)
			default:
				require.NoError(t, err)
				require.Equal(t, []domain.Event{e}, events)
			}
		})
	}
}

func TestEnrolledState(t *testing.T) {
	claim := []Claim{{Claim: "c", Group: "g", Person: "wang"}}
	l := enrolledLife(t, func(e *Enrolled) {
		e.Household, e.Until, e.Slots = "h", month("2023-12"), claim
		e.Origin, e.PaidThrough, e.OpeningOver = CarriedOver, month("2022-02"), yuan("80.00")
		e.Classes = append(e.Classes, rulebook.ClassFrom{From: month("2022-04"), Key: class("girl")})
	})
	require.Equal(t, Enrolment{
		ID: "e1", Event: "2", Programme: "p1", Region: "340000", Group: "g", Household: "h", Unit: PerPerson, Share: "1/1", Origin: CarriedOver,
		FirstUnit: month("2022-01"), Until: month("2023-12"), PaidThrough: month("2022-02"), Slots: claim,
		Places:  []Place{{From: month("2022-01"), Office: "town", Village: "340311101201"}},
		Classes: []ClassSpan{{From: month("2022-01"), Key: class("boy"), Event: "2"}, {From: month("2022-04"), Key: class("girl"), Event: "2"}},
	}, l.e())
	require.Equal(t, []Overpayment{{ID: "e1", Event: "2", Enrolment: "e1", Cause: "opening", Fault: NoFault, Loose: yuan("80.00"), Entries: []Entry{{Kind: EntryFound, Amount: yuan("80.00"), Rev: 2}}}}, l.s.Overpayments)
	require.Empty(t, enrolledLife(t).s.Overpayments)

	open, ok := l.s.Open("p1")
	require.True(t, ok)
	require.Equal(t, "e1", open.ID)
	_, ok = l.s.Open("p2")
	require.False(t, ok)
	_, ok = l.s.Enrolment("e2")
	require.False(t, ok)
	l.exit("2022-05", tariff{})
	_, ok = l.s.Open("p1")
	require.False(t, ok, "an ended enrolment is not open")
	l.happen(enrolment(func(e *Enrolled) { e.Enrolment, e.FirstUnit = "e2", month("2022-06") }))
	open, _ = l.s.Open("p1")
	require.Equal(t, "e2", open.ID)
	l.happen(Annulled{Enrolment: "e2"})
	_, ok = l.s.Open("p1")
	require.False(t, ok, "a void enrolment is not open")
}
