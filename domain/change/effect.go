package change

import (
	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// Agreed is the case or import row whose last step has signed.
type Agreed struct {
	Cause     string             // event id of the case's or row's change
	Rulebook  *rulebook.Rulebook // the one the change was proposed under
	DecidedOn domain.Date
}

// id derives an id that any node repeating the effect derives as well.
func (a Agreed) id(what string) string {
	return uuid.NewSHA1(uuid.MustParse(a.Cause), []byte(what)).String()
}

// EnrolmentID is the id of the enrolment that an admission with this cause makes.
func (a Agreed) EnrolmentID() string { return a.id("enrolment") }

// Claims lists the slots an admission takes, with the claim ids that its enrolment will name.
func (a Agreed) Claims(c Change) []beneficiary.Claim {
	if c.Admission == nil {
		return nil
	}
	var claims []beneficiary.Claim
	for _, person := range c.Admission.SlotOf {
		claims = append(claims, beneficiary.Claim{Claim: a.id("claim|" + person), Group: c.Admission.Group, Person: person})
	}
	return claims
}

// Effects returns the events that an agreed change appends to the person's stream, in order, or why it cannot take effect
// any more. Effects that stand already are nothing: the step may be repeated after a crash.
func Effects(s beneficiary.State, c Change, a Agreed) ([]domain.Event, error) {
	if s.Has(a.Cause) {
		return nil, nil
	}
	if c.Private == nil && (c.Kind == Admission || c.Account != nil || len(c.Facts) > 0) {
		return nil, domain.Refuse(domain.Refused, "change.erased", "the person's key was destroyed: what was proposed can no longer be read").
			WithNext("nothing can come of this proposal; open a new case if the person applies again")
	}
	b := builder{state: s}
	if c.Private != nil && c.Private.Identity != nil {
		b.add(b.state.DecideRegister(beneficiary.Registered{How: "citizen-number", Person: c.Person, Private: c.Private.Identity}))
	}
	c.correct(&b, a) // first: what the rest of the change says replaces what is taken back
	c.facts(&b)
	if c.Account != nil {
		b.add(b.state.DecideChangeAccount(beneficiary.AccountChanged{
			HolderPerson: c.Account.HolderPerson, Person: c.Person, Relation: c.Account.Relation, On: a.DecidedOn, Private: c.Private.Account,
		}))
	}
	c.main(&b, a)
	return b.events, b.err
}

// builder folds each decision's events before the next is asked, and keeps the first refusal.
type builder struct {
	state  beneficiary.State
	events []domain.Event
	err    error
}

func (b *builder) add(events []domain.Event, err error) {
	if b.err != nil {
		return
	}
	if err != nil {
		b.err, b.events = err, nil
		return
	}
	for _, e := range events {
		b.events = append(b.events, e)
		b.state = beneficiary.Evolve(b.state, domain.Fact{Event: e, On: onOf(e)})
	}
}

func onOf(e domain.Event) domain.Date {
	if effective, ok := e.(domain.Effective); ok {
		return effective.EffectiveOn()
	}
	return domain.Date{}
}

func (c Change) facts(b *builder) {
	for i, f := range c.Facts {
		e := beneficiary.FactRecorded{Fact: f.Fact, Person: c.Person, Related: f.Related, ReportedOn: f.ReportedOn, Source: f.Source, On: f.On}
		if i < len(c.Private.Details) {
			e.Private = &c.Private.Details[i]
		}
		b.add(b.state.DecideRecordFact(e))
	}
}

// main appends what the change's kind is about.
func (c Change) main(b *builder, a Agreed) {
	switch {
	case c.Admission != nil:
		c.admit(b, a)
	case c.Exit != nil:
		x := c.Exit
		b.add(b.state.DecideExit(beneficiary.Exited{
			AtDeath: x.AtDeath, ContinuedBy: x.ContinuedBy, Destination: x.Destination, Enrolment: c.enrolment(b, x.Enrolment), Fault: x.Fault, LastUnit: x.LastUnit,
			OccurredOn: x.OccurredOn, Policy: x.Policy, Reason: x.Reason, ReportedBy: x.ReportedBy, ReportedOn: x.ReportedOn,
		}, c.Programme, a.id("overpayment"), a.Rulebook))
	case c.Class != nil:
		b.add(b.state.DecideChangeClass(beneficiary.ClassChanged{Class: c.Class.Class, Enrolment: c.Class.Enrolment, From: c.Class.From, Reason: c.Class.Reason}, c.Programme))
	case c.Suspension != nil:
		x := c.Suspension
		b.add(b.state.DecideSuspend(beneficiary.Suspended{Effect: x.Effect, Enrolment: x.Enrolment, From: x.From, Reason: x.Reason, ReviewBy: x.ReviewBy}, c.Programme))
	case c.Resumption != nil:
		x := c.Resumption
		b.add(b.state.DecideResume(beneficiary.Resumed{Enrolment: x.Enrolment, From: x.From, Reason: x.Reason, Restored: x.Restored}, c.Programme))
	case c.Transfer != nil:
		x := c.Transfer
		b.add(b.state.DecideTransfer(beneficiary.Transferred{Enrolment: x.Enrolment, FirstUnit: x.FirstUnit, ToOffice: x.ToOffice, ToVillage: x.ToVillage}, c.Programme))
	case c.Review != nil:
		x := c.Review
		b.add(b.state.DecideReview(beneficiary.Reviewed{Enrolment: x.Enrolment, Result: x.Result, ValidTo: x.ValidTo, VisitedOn: x.VisitedOn, Visitors: x.Visitors, Year: x.Year}, c.Programme))
	case c.Grant != nil:
		x := c.Grant
		b.add(b.state.DecideGrant(beneficiary.Granted{
			Amount: x.Amount, Campaign: x.Campaign, Document: x.Document, Grant: a.id("grant"), Office: c.Office, Parts: x.Parts,
			Person: c.Person, Programme: c.Programme, Purpose: x.Purpose, Village: c.Village,
		}))
	case c.Recovery != nil:
		x := c.Recovery
		if pays, ok := b.state.Enrolment(x.Enrolment); ok && pays.Programme != c.Programme {
			b.add(nil, domain.Refuse(domain.Invalid, "change.recovery-programme", "enrolment %s is one of %s, and the plan is made under %s", pays.ID, pays.Programme, c.Programme).
				WithNext("open the case under the programme whose money pays the set-off: its rulebook bounds what one line may lose"))
			return
		}
		b.add(b.state.DecidePlanRecovery(beneficiary.RecoveryPlanned{
			Cap: x.Cap, Enrolment: x.Enrolment, From: x.From, Instalments: x.Instalments, Method: x.Method, Overpayment: x.Overpayment, Person: c.Person,
		}, a.Rulebook))
	case c.Overpaid != nil:
		x := c.Overpaid
		b.add(b.state.DecideWriteOff(beneficiary.WrittenOff{Amount: x.Amount, Overpayment: x.Overpayment, Person: c.Person, Reason: x.Reason}))
	}
}

// correct takes back what a correction names.
func (c Change) correct(b *builder, a Agreed) {
	x := c.Correction
	switch {
	case x == nil:
	case x.Annul:
		b.add(b.state.DecideAnnul(beneficiary.Annulled{Enrolment: x.Of, Reason: x.Reason}, a.id("overpayment"), a.DecidedOn, a.Rulebook))
	default:
		b.add(b.state.DecideCorrect(beneficiary.Corrected{Of: x.Of, Person: c.Person, Reason: x.Reason}))
	}
}

// enrolment is the id named, or that of the one open enrolment.
func (c Change) enrolment(b *builder, named string) string {
	if named != "" {
		return named
	}
	e, _ := b.state.Open(c.Programme)
	return e.ID
}

func (c Change) admit(b *builder, a Agreed) {
	x := c.Admission
	application := a.id("application")
	b.add([]domain.Event{beneficiary.Applied{Application: application, AppliedOn: x.AppliedOn, Office: c.Office, Person: c.Person, Programme: c.Programme, Region: c.Region}}, nil)
	b.add([]domain.Event{beneficiary.Decided{
		Application: application, Class: x.Classes[0].Key, DecidedOn: a.DecidedOn, Document: x.Document, Outcome: x.Outcome,
		Person: c.Person, Programme: c.Programme, Rulebook: c.Rulebook, Trace: x.Trace,
	}}, nil)
	b.add(b.state.DecideEnrol(beneficiary.Enrolled{
		Basis: x.Basis, Classes: x.Classes, Continues: x.Continues, Document: x.Document, Enrolment: a.EnrolmentID(), FirstUnit: x.FirstUnit,
		Group: x.Group, Household: x.Household, Office: c.Office, OpeningDebt: x.OpeningDebt, OpeningOver: x.OpeningOver, Origin: x.Origin,
		PaidThrough: x.PaidThrough, Person: c.Person, Programme: c.Programme, Region: c.Region, Rulebook: c.Rulebook, Share: x.Share,
		Slots: a.Claims(c), Unit: x.Unit, Until: x.Until, Village: c.Village,
	}))
}
