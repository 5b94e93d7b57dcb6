package beneficiary

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"almoner/domain"
)

// How money is got back. A plan names one of the first three; the bank takes back what it paid by mistake without one.
const (
	MethodSetOff       = "set-off"       // 抵扣: later lines of an enrolment are paid short
	MethodRefund       = "refund"        // 退款: the person pays back
	MethodInstalments  = "instalments"   // 分期: on the days the plan names
	MethodBankReversal = "bank-reversal" // 冲正
)

// Instalment is one part of a plan to pay back.
type Instalment struct {
	Amount domain.Money `json:"amount"`
	DueOn  domain.Date  `json:"dueOn"`
}

// MaxInstalments is ten years of months; a plan is one event.
const MaxInstalments = 120

// SetOff is what a line keeps back of one overpayment.
type SetOff struct {
	Amount      domain.Money `json:"amount"` // > 0
	Overpayment string       `json:"overpayment"`
}

// Terms is what a set-off needs of the rulebook of the enrolment that pays it.
type Terms interface {
	Rates
	SetOffCap() int                                           // of what a payout is worth, in percent
	PaidTogether(unit domain.Period) ([]domain.Period, error) // the units of the payout that holds a unit
}

// DecidePlanRecovery puts a signed plan in force; it replaces the plan before it. The cap of a set-off is at most the rulebook's
// percentage of what a payout of the paying enrolment is worth from the first period on, before anything is withheld. Terms
// MUST be those of the enrolment that pays; other methods need none.
func (s State) DecidePlanRecovery(e RecoveryPlanned, terms Terms) ([]domain.Event, error) {
	o, err := s.owes(e.Overpayment)
	if err != nil {
		return nil, err
	}
	if o.Plan != nil && o.Plan.same(e) {
		return nil, nil
	}
	if o.Outstanding().Sign() <= 0 {
		return nil, domain.Refuse(domain.Conflict, "beneficiary.nothing-outstanding", "nothing of overpayment %s is still to be got back", o.ID).
			WithNext("no plan is needed")
	}
	switch e.Method {
	case MethodSetOff:
		err = s.checkSetOff(e, terms)
	case MethodRefund:
		err = checkPaysBack(e)
		if err == nil && len(e.Instalments) > 0 {
			err = refusePlan("plan-parts", "leave the instalments out, or plan instalments", "a refund is paid at once and has no instalments")
		}
	case MethodInstalments:
		if err = checkPaysBack(e); err == nil {
			err = checkInstalments(e.Instalments, o.Outstanding())
		}
	default:
		err = refusePlan("plan-method", "use set-off, refund or instalments", "money is not got back by %q", e.Method)
	}
	if err != nil {
		return nil, err
	}
	return []domain.Event{e}, nil
}

func refusePlan(rule, next, format string, args ...any) error {
	return domain.Refuse(domain.Invalid, "beneficiary."+rule, format, args...).WithNext("%s", next)
}

// checkPaysBack refuses what belongs to a set-off only.
func checkPaysBack(e RecoveryPlanned) error {
	if !e.Cap.IsZero() || !e.From.IsZero() || e.Enrolment != "" {
		return refusePlan("plan-parts", "leave them out, or plan a set-off", "cap, first period and paying enrolment belong to a set-off, not to %s", e.Method)
	}
	return nil
}

func checkInstalments(all []Instalment, outstanding domain.Money) error {
	if len(all) == 0 || len(all) > MaxInstalments {
		return refusePlan("instalments", "list each with its day and amount", "a plan has 1 to %d instalments, not %d", MaxInstalments, len(all))
	}
	var total domain.Money
	for i, one := range all {
		if one.Amount.Sign() <= 0 || !one.DueOn.Valid() {
			return refusePlan("instalments", "correct it", "instalment %d needs a day and more than 0.00", i+1)
		}
		if i > 0 && !one.DueOn.After(all[i-1].DueOn) {
			return refusePlan("instalments", "list them in the order of their days, one a day", "instalment %d is not due after the one before it", i+1)
		}
		total = total.Add(one.Amount)
	}
	if !total.Equal(outstanding) {
		return refusePlan("instalments", "make them come to what is outstanding", "the instalments come to %s, and %s is outstanding", total, outstanding)
	}
	return nil
}

func (s State) checkSetOff(e RecoveryPlanned, terms Terms) error {
	if len(e.Instalments) > 0 {
		return refusePlan("plan-parts", "leave the instalments out", "a set-off is paid by lines and has no instalments")
	}
	en, ok := s.Enrolment(e.Enrolment)
	if !ok {
		return refusePlan("plan-enrolment", "name one of the person's enrolments", "there is no enrolment %q to pay it", e.Enrolment)
	}
	if err := en.unitOf(e.From); err != nil {
		return err
	}
	last, none := en.LastUnit()
	if none || e.From.Before(en.FirstUnit) || !last.IsZero() && last.Before(e.From) {
		return refusePlan("plan-enrolment", "name an enrolment that is paid then, or have the money refunded", "enrolment %s pays nothing from %s on", en.ID, e.From)
	}
	most, err := en.mostSetOff(e.From, terms)
	if err != nil {
		return err
	}
	if e.Cap.Sign() <= 0 || e.Cap.Cmp(most) > 0 {
		return domain.Refuse(domain.Refused, "beneficiary.set-off-cap", "one line may lose more than 0.00 and at most %s, %d%% of what it is worth, not %s", most, terms.SetOffCap(), e.Cap).
			WithNext("lower the cap, or have the money refunded; the percentage is the rulebook's deductions.cap-percent")
	}
	return nil
}

// mostSetOff is the rulebook's percentage of what the payout that holds a unit is worth.
func (e Enrolment) mostSetOff(unit domain.Period, terms Terms) (domain.Money, error) {
	units, err := terms.PaidTogether(unit)
	if err != nil {
		return domain.Money{}, err
	}
	whole, err := e.share()
	if err != nil {
		return domain.Money{}, err
	}
	var worth domain.Money
	for _, u := range units {
		rate, err := terms.RateFor(e.ClassAt(u), u)
		if err != nil {
			return domain.Money{}, err
		}
		worth = worth.Add(dueFor(u, rate, whole, false).Amount)
	}
	return worth.Portion(int64(terms.SetOffCap()), 100), nil
}

func (p Plan) same(e RecoveryPlanned) bool {
	return p.Method == e.Method && p.Cap.Equal(e.Cap) && p.From == e.From && p.Enrolment == e.Enrolment &&
		slices.EqualFunc(p.Instalments, e.Instalments, func(a, b Instalment) bool { return a.DueOn == b.DueOn && a.Amount.Equal(b.Amount) })
}

// setOffs works out what a line of an enrolment keeps back of its money: overpayments in the order in which they were found, each
// up to its own cap. However many plans there are, a line loses no more than the highest cap of them: the rulebook's
// percentage bounds each cap, and so the whole.
func (s State) setOffs(e Enrolment, to domain.Period, total domain.Money) []SetOff {
	var all []SetOff
	left := smallest(total, s.highestCap(e, to))
	for _, o := range s.Overpayments {
		if !o.setOffBy(e, to) {
			continue
		}
		if part := smallest(left, o.Plan.Cap, o.Outstanding()); part.Sign() > 0 {
			all = append(all, SetOff{Amount: part, Overpayment: o.ID})
			left = left.Sub(part)
		}
	}
	return all
}

func (s State) highestCap(e Enrolment, to domain.Period) domain.Money {
	var highest domain.Money
	for _, o := range s.Overpayments {
		if o.setOffBy(e, to) && o.Plan.Cap.Cmp(highest) > 0 {
			highest = o.Plan.Cap
		}
	}
	return highest
}

// setOffBy says whether a run up to a unit sets the overpayment off against an enrolment.
func (o Overpayment) setOffBy(e Enrolment, to domain.Period) bool {
	return o.Plan != nil && o.Plan.Method == MethodSetOff && o.Plan.Enrolment == e.ID && o.Plan.From.Kind() == to.Kind() && !to.Before(o.Plan.From) &&
		o.Outstanding().Sign() > 0
}

// Recovered is what the line keeps back, ≥ 0.
func (a Assessment) Recovered() domain.Money {
	var kept domain.Money
	for _, x := range a.SetOffs {
		kept = kept.Add(x.Amount)
	}
	return kept
}

// Net is what the line sends (实发): it is 0.00 when all is carried on or kept back.
func (a Assessment) Net() domain.Money {
	if a.Total.Sign() <= 0 {
		return domain.Money{}
	}
	return a.Total.Sub(a.Recovered())
}

// MaxVoucher is the most characters that the number of a voucher has.
const MaxVoucher = 40

// DecideRecover books a refund that was received. A voucher counts once for an overpayment: the same again yields nothing, the
// same with another amount or day is refused.
func (s State) DecideRecover(e Recovered) ([]domain.Event, error) {
	o, err := s.owes(e.Overpayment)
	if err != nil {
		return nil, err
	}
	if e.Method != MethodRefund && e.Method != MethodInstalments {
		return nil, refusePlan("recover-method", "use refund or instalments", "a refund is not received by %q", e.Method)
	}
	if !goodVoucher(e.Voucher) {
		return nil, refusePlan("voucher", "enter the number as it stands on the voucher", "a refund needs the number of its voucher: 1 to %d characters without a space", MaxVoucher)
	}
	if !e.ReceivedOn.Valid() {
		return nil, refusePlan("received-on", "enter the day on which the money arrived", "a refund needs the day it was received")
	}
	for _, old := range o.Entries {
		if old.Kind != EntryRecovered || old.Method == MethodBankReversal || old.Voucher != e.Voucher {
			continue
		}
		if old.Amount.Equal(e.Amount) && old.On == e.ReceivedOn {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "beneficiary.voucher-used", "voucher %s is booked on overpayment %s already: %s received on %s", e.Voucher, o.ID, old.Amount, old.On).
			WithNext("check the number of the voucher; another payment has another one")
	}
	if left := o.Outstanding(); e.Amount.Sign() <= 0 || e.Amount.Cmp(left) > 0 {
		return nil, domain.Refuse(domain.Conflict, "beneficiary.recover-amount", "%s cannot be booked: %s is outstanding", e.Amount, left).
			WithNext("book more than 0.00 and at most what is outstanding; hand the rest back to the payer")
	}
	return []domain.Event{e}, nil
}

func goodVoucher(number string) bool {
	n := utf8.RuneCountInString(number)
	return n > 0 && n <= MaxVoucher && utf8.ValidString(number) && !strings.ContainsFunc(number, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

// DecideWriteOff gives up an overpayment or a part of it. That two people have signed is the case's rule: package cases opens
// no write-off under a chain of one.
func (s State) DecideWriteOff(e WrittenOff) ([]domain.Event, error) {
	o, err := s.owes(e.Overpayment)
	if err != nil {
		return nil, err
	}
	if left := o.Outstanding(); e.Amount.Sign() <= 0 || e.Amount.Cmp(left) > 0 {
		return nil, domain.Refuse(domain.Conflict, "beneficiary.write-off-amount", "%s cannot be written off: %s is outstanding", e.Amount, left).
			WithNext("write off more than 0.00 and at most what is outstanding")
	}
	return []domain.Event{e}, nil
}
