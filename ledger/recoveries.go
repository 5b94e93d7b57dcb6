package ledger

import (
	"context"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/eventstore"
)

// Money that was overpaid comes back in three ways. A signed plan sets it off: the case puts the plan in force, the draws do
// the rest. The bank takes it back: a bank fact. Or the person pays back: RecordRefund. Giving it up is a case too.

// PersonSubject is a person as the subject of follow-ups: a refund that is to be booked in a fund. Nobody signs it.
const PersonSubject SubjectKind = "person"

// Refund is money that came back from a person (退款), with its voucher.
type Refund struct {
	Person      string       `json:"person"`
	Overpayment string       `json:"overpayment"`
	Amount      domain.Money `json:"amount"` // at most what is outstanding
	ReceivedOn  domain.Date  `json:"receivedOn"`
	Voucher     string       `json:"voucher"`            // counts once for an overpayment
	FundYear    int          `json:"fundYear,omitempty"` // the fund it is paid into; 0: of the year in which it was received
}

// RecordRefund books a refund on the overpayment and in the fund of the programme. finance.handler of the office that paid does
// it; for an overpayment of the books before, of the office whose area holds the person's. The person's stream is the intent:
// after a crash Resume books the fund. The same voucher again changes nothing.
func (l *Ledger) RecordRefund(ctx context.Context, c Command, r Refund) (Outcome, error) {
	out, err := l.recordRefund(ctx, c, r)
	if err != nil {
		return out, fmt.Errorf("refund of overpayment %s: %w", r.Overpayment, err)
	}
	return out, nil
}

func (l *Ledger) recordRefund(ctx context.Context, c Command, r Refund) (Outcome, error) {
	if _, err := l.authorise(ctx, c.Actor, "finance.handler"); err != nil {
		return Outcome{}, err
	}
	s, err := load(ctx, l, beneficiary.Stream(r.Person), beneficiary.Evolve)
	if err != nil {
		return Outcome{}, err
	}
	o, known := s.state.Overpayment(r.Overpayment)
	if !known {
		return Outcome{}, domain.Refuse(domain.NotFound, "beneficiary.no-overpayment", "there is no overpayment %q", r.Overpayment).
			WithNext("list the recoveries, and copy the id: almoner recovery list")
	}
	programme, office := overpaidBy(s.state, o)
	if err := l.mayRecover(ctx, c.Actor, s.state, o, office); err != nil {
		return Outcome{}, err
	}
	if !r.ReceivedOn.Valid() {
		return Outcome{}, domain.Refuse(domain.Invalid, "beneficiary.received-on", "a refund needs the day it was received").WithNext("enter the day on which the money arrived")
	}
	if err := l.pastDay(r.ReceivedOn); err != nil {
		return Outcome{}, err
	}
	into := fund.Opened{Finance: c.Office, Programme: programme, Year: r.FundYear}
	if into.Year == 0 {
		into.Year = r.ReceivedOn.Year
	}
	if today := l.Today(); into.Year < r.ReceivedOn.Year || into.Year > today.Year {
		return Outcome{}, domain.Refuse(domain.Invalid, "recovery.fund-year", "money received on %v is not paid into the fund of %d", r.ReceivedOn, into.Year).
			WithNext("name the year in which it was received, or a later one up to %d when that fund is closed", today.Year)
	}
	into.Fund = fund.Stream(into.Finance, into.Programme, into.Year)
	method := beneficiary.MethodRefund
	if o.Plan != nil && o.Plan.Method == beneficiary.MethodInstalments {
		method = beneficiary.MethodInstalments
	}
	recovered := beneficiary.Recovered{
		Amount: r.Amount, Fund: into.Fund, FundYear: into.Year, Method: method, Overpayment: r.Overpayment, Person: r.Person, ReceivedOn: r.ReceivedOn, Voucher: r.Voucher,
	}
	c.Content = r
	out, err := execute(ctx, l, beneficiary.Stream(r.Person), c, beneficiary.Evolve, func(s beneficiary.State) ([]domain.Event, error) {
		events, err := s.DecideRecover(recovered)
		if err == nil && len(events) > 0 {
			err = l.takesMoney(ctx, into, recovered)
		}
		return events, err
	})
	if err != nil {
		return out, err
	}
	for _, w := range out.Events {
		if err := l.fundRecovered(ctx, c, w.ID, into, recovered); err != nil {
			return out, &FollowUpError{Subject{PersonSubject, r.Person}, err}
		}
	}
	return out, nil
}

// overpaidBy is the programme whose money was overpaid, and the office responsible now.
func overpaidBy(s beneficiary.State, o beneficiary.Overpayment) (programme, office string) {
	if e, ok := s.Enrolment(o.Enrolment); ok {
		return e.Programme, e.Places[len(e.Places)-1].Office
	}
	for _, g := range s.Grants {
		if g.ID == o.Grant {
			return g.Programme, g.Office
		}
	}
	return "", ""
}

// mayRecover refuses an officer of another finance office than one that paid.
func (l *Ledger) mayRecover(ctx context.Context, a Actor, s beneficiary.State, o beneficiary.Overpayment, office string) error {
	paid, err := l.paidFrom(ctx, s, o)
	if err != nil || slices.Contains(paid, a.Office) {
		return err
	}
	if len(paid) > 0 {
		return l.deny(ctx, a, "recovery.reach", "", domain.Refuse(domain.Forbidden, "recovery.other-finance", "the money was paid by %s, you act for %s", paid[0], a.Office).
			WithNext("an officer of the office that paid has to do it"))
	}
	by, err := l.Officer(ctx, a.Officer)
	if err != nil {
		return err
	}
	v, err := l.Office(ctx, office)
	if err != nil {
		return err
	}
	place, _ := v.On(l.Today())
	return l.reaches(ctx, a, reachOf(by, a, l.Today()), place.Area)
}

// paidFrom lists the finance offices of the runs that overpaid; none for an overpayment of the books before.
func (l *Ledger) paidFrom(ctx context.Context, s beneficiary.State, o beneficiary.Overpayment) ([]string, error) {
	var runs []string
	if o.Bank != nil {
		runs = append(runs, o.Bank.Run)
	}
	for _, u := range o.Units {
		for _, d := range s.Draws {
			if d.ID == u.Draw && !slices.Contains(runs, d.Run) {
				runs = append(runs, d.Run)
			}
		}
	}
	var offices []string
	for _, id := range runs {
		run, err := load(ctx, l, payrun.Stream(id), payrun.Evolve)
		if err != nil {
			return nil, err
		}
		offices = append(offices, run.state.Opened.Finance)
	}
	return offices, nil
}

// takesMoney sees that the fund can take the money before the refund is stated.
func (l *Ledger) takesMoney(ctx context.Context, into fund.Opened, r beneficiary.Recovered) error {
	s, err := load(ctx, l, into.Fund, fund.Evolve)
	if err != nil {
		return err
	}
	_, err = fund.DecideRecover(s.state, recoverInto(into, r))
	return err
}

func recoverInto(into fund.Opened, r beneficiary.Recovered) fund.Recover {
	return fund.Recover{On: into, Amount: r.Amount, Overpayment: r.Overpayment, ReceivedOn: r.ReceivedOn, Voucher: r.Voucher}
}

// fundRecovered books a refund in its fund, once for the event that states it. It cannot be refused any more: the fund may
// have been closed since.
func (l *Ledger) fundRecovered(ctx context.Context, c Command, cause string, into fund.Opened, r beneficiary.Recovered) error {
	c.ID, c.Cause, c.Content, c.Evidence, c.On = followUp(cause, into.Fund, "recovered"), cause, followUpContent{cause, "recovered"}, nil, domain.Date{}
	_, err := execute(ctx, l, into.Fund, c, fund.Evolve, func(s fund.State) ([]domain.Event, error) {
		return fund.DecideBookRecovered(s, recoverInto(into, r))
	})
	return err
}

// resumeRefund books a refund that a crash left unbooked.
func (l *Ledger) resumeRefund(ctx context.Context, c Command, intent Intent) error {
	stream := beneficiary.Stream(intent.Subject.ID)
	recorded, ok, err := l.lastOf(ctx, stream, func(r eventstore.Recorded) bool { return r.ID == intent.Event })
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("event %s is not in its stream %s", intent.Event, stream)
	}
	stored, err := codec.DecodeEvent(recorded.Data, nil)
	if err != nil {
		return fmt.Errorf("read stream %s at %d: %w", stream, recorded.Revision, err)
	}
	r, ok := stored.Event.(beneficiary.Recovered)
	if !ok || r.Fund == "" {
		return fmt.Errorf("event %s of %s is no refund that goes into a fund", intent.Event, stream)
	}
	s, err := load(ctx, l, stream, beneficiary.Evolve)
	if err != nil {
		return err
	}
	o, _ := s.state.Overpayment(r.Overpayment)
	programme, _ := overpaidBy(s.state, o)
	into := fund.Opened{Finance: c.Office, Fund: r.Fund, Programme: programme, Year: r.FundYear}
	return l.fundRecovered(ctx, c, intent.Event, into, r)
}
