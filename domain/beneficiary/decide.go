package beneficiary

import (
	"slices"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/domain/slot"
)

// The decisions below take the event that is asked for and return it, with what follows from it, or say why not. Asking
// for what already stands returns nothing.

// DecideRegister brings the person into the ledger.
func (s State) DecideRegister(e Registered) ([]domain.Event, error) {
	if s.Registered {
		return nil, nil
	}
	if e.Person == "" {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.person", "a person needs an id").
			WithNext("generate one, and register the person under it")
	}
	return []domain.Event{e}, nil
}

func (s State) known() error {
	if !s.Registered {
		return domain.Refuse(domain.NotFound, "beneficiary.exists", "there is no such person in this ledger").
			WithNext("open an admission case or import a roster that names them")
	}
	return nil
}

// DecideRecordFact records that something is true of the person from a day.
func (s State) DecideRecordFact(e FactRecorded) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	if e.On.IsZero() || e.ReportedOn.IsZero() {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.fact-days", "a %s needs the day it is true from and the day it was reported", e.Fact).
			WithNext("enter both days")
	}
	if e.ReportedOn.Before(e.On) {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.reported-before", "the %s of %s cannot have been reported on %s", e.Fact, e.On, e.ReportedOn).
			WithNext("check both days")
	}
	if e.Fact == Death && e.Related == "" && !s.DiedOn.IsZero() {
		if s.DiedOn == e.On {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "beneficiary.died-once", "the death is recorded already, on %s", s.DiedOn).
			WithNext("correct that fact first, by a signed correction case")
	}
	return []domain.Event{e}, nil
}

// DecideChangeAccount names the account money goes to: the person's own, or that of somebody with a recorded relation.
func (s State) DecideChangeAccount(e AccountChanged) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	related := e.HolderPerson != "" && slices.ContainsFunc(s.Facts, func(f FactRef) bool { return f.Related == e.HolderPerson })
	if e.HolderPerson != s.Person && !related {
		return nil, domain.Refuse(domain.Refused, "beneficiary.account-relation", "the account belongs to somebody without a recorded relation").
			WithNext("record the guardian or relative as a fact with evidence, or use the person's own account")
	}
	if (e.HolderPerson == s.Person) != (e.Relation == "self") {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.account-holder", "relation %q does not fit the holder", e.Relation).
			WithNext("say self for the person's own account, and the relation for anybody else's")
	}
	if e.Relation == HeirRelation && !s.dead() {
		return nil, domain.Refuse(domain.Refused, "beneficiary.account-heir", "an heir's account cannot be named while no death is recorded").
			WithNext("end the enrolment by death first, by a signed exit case")
	}
	return []domain.Event{e}, nil
}

// dead says that the person's death is known.
func (s State) dead() bool {
	return !s.DiedOn.IsZero() || slices.ContainsFunc(s.Enrolments, func(e Enrolment) bool { return e.Exit != nil && e.Exit.AtDeath != "" })
}

// DecideEnrol admits the person to a programme.
func (s State) DecideEnrol(e Enrolled) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	if _, again := s.Enrolment(e.Enrolment); again {
		return nil, nil
	}
	if err := checkEnrolled(e); err != nil {
		return nil, err
	}
	fresh := enrolled(e, domain.Fact{})
	for _, other := range s.Enrolments {
		if other.Group != "" && other.Group == e.Group && other.overlaps(fresh) {
			return nil, domain.Refuse(domain.Conflict, "beneficiary.exclusive", "enrolment %s in %s covers the same units", other.ID, other.Programme).
				WithNext("end that enrolment first: its last unit must come before %s", e.FirstUnit)
		}
		if other.Programme == e.Programme && other.overlaps(fresh) {
			return nil, domain.Refuse(domain.Conflict, "beneficiary.already-enrolled", "the person is enrolled in %s already, from %s", e.Programme, other.FirstUnit).
				WithNext("change the class of that enrolment, or end it first")
		}
	}
	for _, claim := range e.Slots {
		if slices.Contains(s.Abandoned, claim.Claim) {
			return nil, domain.Refuse(domain.Conflict, "beneficiary.claim-abandoned", "the claim %s was given up for another person", claim.Claim).
				WithNext("open the case again")
		}
	}
	return []domain.Event{e}, nil
}

func checkEnrolled(e Enrolled) error {
	invalid := func(rule, next, format string, args ...any) error {
		return domain.Refuse(domain.Invalid, "beneficiary."+rule, format, args...).WithNext("%s", next)
	}
	switch {
	case e.FirstUnit.IsZero():
		return invalid("first-unit", "name the first unit that is paid", "an enrolment needs the first unit due")
	case len(e.Classes) == 0 || e.Classes[0].From != e.FirstUnit:
		return invalid("classes", "state the class from the first unit due on", "the first class must hold from the first unit due, %s", e.FirstUnit)
	case !slices.IsSortedFunc(e.Classes, func(a, b rulebook.ClassFrom) int { return a.From.Compare(b.From) }):
		return invalid("classes", "list the classes by their first units, each once", "classes must be in the order of their first units")
	case !e.Until.IsZero() && e.Until.Kind() != e.FirstUnit.Kind():
		return invalid("until", "name the last unit as the schedule of the programme counts: month, quarter, half-year or year", "the last unit %s is not of the kind of the first, %s", e.Until, e.FirstUnit)
	case !e.Until.IsZero() && e.Until.Before(e.FirstUnit.Prev()):
		return invalid("until", "correct the first or the last unit due", "the last unit %s comes before the first, %s", e.Until, e.FirstUnit)
	case e.Origin == DecidedHere && !e.PaidThrough.IsZero():
		return invalid("paid-through", "leave it out, or enter the enrolment as carried over", "an enrolment decided here has nothing paid outside the ledger")
	case e.Origin != DecidedHere && e.Document == "" && e.PaidThrough.IsZero():
		return invalid("carried-over", "enter the last unit paid there, or the number of its document", "an enrolment from outside needs the last unit paid there, or the document it comes from")
	case !e.PaidThrough.IsZero() && e.PaidThrough.Kind() != e.FirstUnit.Kind():
		return invalid("paid-through", "name it as the schedule of the programme counts: month, quarter, half-year or year", "paid through %s is not a unit of the kind of %s", e.PaidThrough, e.FirstUnit)
	}
	if _, err := slot.ParseShare(e.Share); err != nil {
		return err
	}
	return nil
}

// overlaps says whether two enrolments cover a common unit. Units of different kinds are compared by their days.
func (e Enrolment) overlaps(other Enrolment) bool {
	aLast, aNone := e.LastUnit()
	bLast, bNone := other.LastUnit()
	if aNone || bNone {
		return false
	}
	if e.FirstUnit.Kind() == domain.Once || other.FirstUnit.Kind() == domain.Once {
		return e.FirstUnit == other.FirstUnit
	}
	return (aLast.IsZero() || !aLast.Last().Before(other.FirstUnit.First())) && (bLast.IsZero() || !bLast.Last().Before(e.FirstUnit.First()))
}

// running finds an enrolment that has not ended, by id or as the one open in the programme.
func (s State) running(id, programme string) (Enrolment, error) {
	e, err := s.named(id, programme)
	if err != nil {
		return Enrolment{}, err
	}
	if e.Exit != nil {
		return Enrolment{}, refuseEnded(e)
	}
	return e, nil
}

func refuseEnded(e Enrolment) error {
	return domain.Refuse(domain.Conflict, "beneficiary.ended", "enrolment %s has ended", e.ID).
		WithNext("correct its exit first, by a signed correction case")
}

// named finds an enrolment that is not void, by id or as the one open in the programme.
func (s State) named(id, programme string) (Enrolment, error) {
	if err := s.known(); err != nil {
		return Enrolment{}, err
	}
	e, ok := s.Open(programme)
	if id != "" {
		e, ok = s.Enrolment(id)
	}
	if !ok {
		return Enrolment{}, domain.Refuse(domain.NotFound, "beneficiary.no-enrolment", "the person has no open enrolment in %s", programme).
			WithNext("look at the person's enrolments: it may have ended already")
	}
	if e.Annulled {
		return Enrolment{}, domain.Refuse(domain.Conflict, "beneficiary.annulled", "enrolment %s is void", e.ID).
			WithNext("open an admission case")
	}
	return e, nil
}

// unitOf refuses a unit of another kind than the enrolment accrues by.
func (e Enrolment) unitOf(unit domain.Period) error {
	if unit.Kind() != e.FirstUnit.Kind() {
		return domain.Refuse(domain.Invalid, "beneficiary.unit-kind", "%q is not a unit of an enrolment that accrues from %s", unit, e.FirstUnit).
			WithNext("name it as the schedule of the programme counts: month, quarter, half-year or year")
	}
	return nil
}

// DecideExit ends an enrolment. What was drawn beyond the last unit due, and cannot be netted inside the enrolment, is
// recorded as an overpayment under the id given.
func (s State) DecideExit(e Exited, programme, overpayment string, rates Rates) ([]domain.Event, error) {
	if old, ok := s.Enrolment(e.Enrolment); ok && old.Exit != nil && old.Exit.Reason == e.Reason && old.Exit.LastUnit == e.LastUnit {
		return nil, nil
	}
	en, err := s.running(e.Enrolment, programme)
	if err != nil {
		return nil, err
	}
	e.Enrolment = en.ID
	if !e.LastUnit.IsZero() {
		if err := en.unitOf(e.LastUnit); err != nil {
			return nil, err
		}
	}
	if e.ReportedOn.Before(e.OccurredOn) {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.reported-before", "the exit of %s cannot have been reported on %s", e.OccurredOn, e.ReportedOn).
			WithNext("check both days: an exit is reported on the day it happens, or later")
	}
	over, err := Evolve(s, domain.Fact{Event: e}).excess(e.Enrolment, rates)
	if err != nil {
		return nil, err
	}
	if over.Amount.IsZero() {
		return []domain.Event{e}, nil
	}
	over.Overpayment, over.Cause, over.Fault, over.FoundOn, over.FoundBy, over.Person = overpayment, e.Reason, e.Fault, e.ReportedOn, e.ReportedBy, s.Person
	return []domain.Event{e, over}, nil
}

// DecideAnnul makes an enrolment void from the start; all that was drawn for it was overpaid.
func (s State) DecideAnnul(e Annulled, overpayment string, on domain.Date, rates Rates) ([]domain.Event, error) {
	en, ok := s.Enrolment(e.Enrolment)
	if !ok {
		return nil, domain.Refuse(domain.NotFound, "beneficiary.no-enrolment", "there is no enrolment %s", e.Enrolment).
			WithNext("check the id among the person's enrolments")
	}
	if en.Annulled {
		return nil, nil
	}
	over, err := Evolve(s, domain.Fact{Event: e}).excess(e.Enrolment, rates)
	if err != nil {
		return nil, err
	}
	if over.Amount.IsZero() {
		return []domain.Event{e}, nil
	}
	over.Overpayment, over.Cause, over.Fault, over.FoundOn, over.Person = overpayment, e.Reason, Recover, on, s.Person
	return []domain.Event{e, over}, nil
}

// DecideChangeClass moves an enrolment to another class from a unit on; units already drawn are topped up or deducted by
// the next draw.
func (s State) DecideChangeClass(e ClassChanged, programme string) ([]domain.Event, error) {
	en, err := s.running(e.Enrolment, programme)
	if err != nil {
		return nil, err
	}
	e.Enrolment = en.ID
	if err := en.unitOf(e.From); err != nil {
		return nil, err
	}
	if e.From.Before(en.FirstUnit) {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.class-from", "the class cannot change from %s, before the first unit due, %s", e.From, en.FirstUnit).
			WithNext("name the first unit due or a later one, or correct the enrolment")
	}
	if last := en.Classes[len(en.Classes)-1]; !last.From.After(e.From) && last.Key.Equal(e.Class) {
		return nil, nil
	}
	return []domain.Event{e}, nil
}

// DecideSuspend stops payment from a unit on.
func (s State) DecideSuspend(e Suspended, programme string) ([]domain.Event, error) {
	en, err := s.running(e.Enrolment, programme)
	if err != nil {
		return nil, err
	}
	e.Enrolment = en.ID
	if err := en.unitOf(e.From); err != nil {
		return nil, err
	}
	for _, open := range en.Suspensions {
		if open.To.IsZero() && open.Effect == e.Effect && !open.From.After(e.From) {
			return nil, nil
		}
	}
	return []domain.Event{e}, nil
}

// DecideResume starts payment again; withheld units are then paid, forfeited ones only when restored. A suspension may
// outlive the exit, as that on a suspected death does: what was withheld up to the last unit due is still owed.
func (s State) DecideResume(e Resumed, programme string) ([]domain.Event, error) {
	en, err := s.named(e.Enrolment, programme)
	if err != nil {
		return nil, err
	}
	e.Enrolment = en.ID
	if err := en.unitOf(e.From); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(en.Suspensions, func(x Suspension) bool { return x.To.IsZero() }) {
		if len(en.Suspensions) > 0 && en.Suspensions[len(en.Suspensions)-1].To == e.From {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "beneficiary.not-suspended", "enrolment %s is not suspended", en.ID).
			WithNext("nothing is to be resumed: check the enrolment")
	}
	return []domain.Event{e}, nil
}

// DecideTransfer moves an enrolment to another office or village; the same enrolment goes on.
func (s State) DecideTransfer(e Transferred, programme string) ([]domain.Event, error) {
	en, err := s.running(e.Enrolment, programme)
	if err != nil {
		return nil, err
	}
	if err := en.unitOf(e.FirstUnit); err != nil {
		return nil, err
	}
	now := en.Places[len(en.Places)-1]
	if now.Office == e.ToOffice && now.Village == e.ToVillage {
		return nil, nil
	}
	if e.FirstUnit.Before(now.From) {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.transfer-from", "%s comes before the last transfer, %s", e.FirstUnit, now.From).
			WithNext("name a first unit from that transfer on")
	}
	e.Enrolment, e.FromOffice, e.FromVillage = en.ID, now.Office, now.Village
	return []domain.Event{e}, nil
}

// DecideReview records a year's re-check.
func (s State) DecideReview(e Reviewed, programme string) ([]domain.Event, error) {
	en, err := s.running(e.Enrolment, programme)
	if err != nil {
		return nil, err
	}
	e.Enrolment = en.ID
	return []domain.Event{e}, nil
}

// DecideGrant gives one-off money from a signed list.
func (s State) DecideGrant(e Granted) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.Grants, func(g Grant) bool { return g.ID == e.Grant }) {
		return nil, nil
	}
	if e.Amount.Sign() <= 0 {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.grant-amount", "a grant must be more than 0.00, not %s", e.Amount).
			WithNext("correct the amount, or leave the grant out")
	}
	return []domain.Event{e}, nil
}

// DecideCorrect takes an earlier fact, account, exit, suspension or grant back; what was overpaid because of it goes too.
func (s State) DecideCorrect(e Corrected) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	if !s.holds(e.Of) {
		return nil, domain.Refuse(domain.NotFound, "beneficiary.correctable", "there is no fact, account, exit, suspension or grant %s that stands", e.Of).
			WithNext("name the event id as the person's timeline shows it; a draw is undone by its run, an enrolment annulled, a class changed again")
	}
	if err := s.paidGrant(e.Of); err != nil {
		return nil, err
	}
	events := []domain.Event{e}
	for _, en := range s.Enrolments {
		if en.Exit == nil {
			continue
		}
		if slices.ContainsFunc(en.Suspensions, func(x Suspension) bool { return x.EndBy == e.Of }) {
			return nil, refuseEnded(en) // units that become undue after the exit would be nobody's overpayment
		}
		if en.Exit.Event != e.Of {
			continue
		}
		if err := s.reopen(en); err != nil {
			return nil, err
		}
		for _, o := range s.Overpayments {
			if o.Enrolment == en.ID && !o.Void && o.Cause == en.Exit.Reason && o.Returned.IsZero() {
				events = append(events, Corrected{Of: o.Event, Person: s.Person, Reason: e.Reason})
			}
		}
	}
	return events, nil
}

// paidGrant refuses to take back a grant whose money is on its way or paid: it would vanish from the books.
func (s State) paidGrant(event string) error {
	for _, g := range s.Grants {
		if at := slices.IndexFunc(s.Draws, func(d Draw) bool { return d.Grant == g.ID }); g.Event == event && at >= 0 {
			return domain.Refuse(domain.Conflict, "beneficiary.grant-drawn", "grant %s is drawn in pay run %s", g.ID, s.Draws[at].Run).
				WithNext("cancel that run or stop the line first; money that has left is got back by a refund")
		}
	}
	return nil
}

// reopen refuses to take an exit back when another enrolment has followed in the same group.
func (s State) reopen(en Enrolment) error {
	open := en
	open.Exit = nil
	for _, other := range s.Enrolments {
		if other.ID != en.ID && (other.Programme == en.Programme || other.Group != "" && other.Group == en.Group) && other.overlaps(open) {
			return domain.Refuse(domain.Conflict, "beneficiary.exclusive", "enrolment %s in %s has followed", other.ID, other.Programme).
				WithNext("end or annul that enrolment first")
		}
	}
	return nil
}

// holds says whether an event stands that a correction may name.
func (s State) holds(event string) bool {
	return event != "" && s.stands(event)
}

func (s State) stands(event string) bool {
	return slices.ContainsFunc(s.Facts, func(f FactRef) bool { return f.Event == event }) ||
		slices.ContainsFunc(s.Accounts, func(a AccountRef) bool { return a.Event == event }) ||
		slices.ContainsFunc(s.Grants, func(g Grant) bool { return g.Event == event && !g.Void }) ||
		slices.ContainsFunc(s.Enrolments, func(e Enrolment) bool {
			if e.Annulled { // with it everything about it is void
				return false
			}
			return e.Exit != nil && e.Exit.Event == event || slices.ContainsFunc(e.Suspensions, func(x Suspension) bool { return x.Event == event || x.EndBy == event })
		})
}

// DecideAbandon gives up a claim that was made for an enrolment which never came: appended at this stream's exact revision,
// it makes the slow writer's append fail.
func (s State) DecideAbandon(e ClaimAbandoned) ([]domain.Event, error) {
	if slices.Contains(s.Abandoned, e.Claim) {
		return nil, nil
	}
	for _, en := range s.Enrolments {
		if slices.ContainsFunc(en.Slots, func(c Claim) bool { return c.Claim == e.Claim }) {
			return nil, domain.Refuse(domain.Conflict, "beneficiary.claim-used", "the claim %s stands behind enrolment %s", e.Claim, en.ID).
				WithNext("end that enrolment first")
		}
	}
	return []domain.Event{e}, nil
}
