package beneficiary

import (
	"slices"

	"almoner/domain"
)

// excess is what standing draws of an ended enrolment took beyond what is due to it in all.
//
// The amount is put down to draws, and to none more than it paid: undoing any of them then takes away at most the money it
// brought, and an ended enrolment is never left with a deduction that no later draw could net.
func (s State) excess(enrolment string, rates Rates) (Overpaid, error) {
	e, _ := s.Enrolment(enrolment)
	surplus := s.drawn(enrolment)
	total := s.carry(enrolment)
	if len(surplus) == 0 && total.IsZero() { // nothing was drawn: no rate is needed to know that
		return Overpaid{}, nil
	}
	to, _ := e.LastUnit()
	due, err := e.DueThrough(to, rates)
	if err != nil {
		return Overpaid{}, err
	}
	for _, d := range due {
		had := surplus[d.Unit]
		amount := d.Amount
		if e.forfeits() {
			amount = smallest(amount, had.amount)
		}
		had.amount = had.amount.Sub(amount)
		surplus[d.Unit] = had
	}
	for _, u := range surplus {
		total = total.Sub(u.amount)
	}
	if total.Sign() >= 0 {
		return Overpaid{}, nil
	}
	return Overpaid{Amount: total.Neg(), Enrolment: enrolment, Units: s.latest(enrolment, surplus, total.Neg())}, nil
}

// latest names the draws and units that make up an overpaid amount, from the latest draw backwards; surplus is what each
// unit has beyond its due. What is left is a deduction that was listed and never netted: it belongs to money, not to a unit.
func (s State) latest(enrolment string, surplus map[domain.Period]drawnUnit, amount domain.Money) []OverpaidUnit {
	var units []OverpaidUnit
	paid := s.paid(enrolment)
	take := func(draw string, unit domain.Period, most domain.Money) {
		part := smallest(most, paid[draw], amount)
		if part.Sign() <= 0 {
			return
		}
		units = append(units, OverpaidUnit{Amount: part, Draw: draw, Unit: unit})
		paid[draw], amount = paid[draw].Sub(part), amount.Sub(part)
		left := surplus[unit]
		left.amount = left.amount.Sub(part)
		surplus[unit] = left
	}
	for _, d := range slices.Backward(s.Draws) {
		for _, item := range slices.Backward(d.Items) {
			take(d.ID, item.Unit, smallest(surplus[item.Unit].amount, item.Amount))
		}
	}
	for _, d := range slices.Backward(s.Draws) {
		take(d.ID, domain.Period{}, d.Paid())
	}
	slices.SortStableFunc(units, func(a, b OverpaidUnit) int { return a.Unit.Compare(b.Unit) })
	return units
}

// paid is what each draw of an enrolment brought, less what of it was overpaid already.
func (s State) paid(enrolment string) map[string]domain.Money {
	paid := map[string]domain.Money{}
	for _, d := range s.Draws {
		if d.Enrolment == enrolment {
			paid[d.ID] = d.Paid()
		}
	}
	for _, o := range s.Overpayments {
		if o.Void {
			continue
		}
		for _, u := range o.Units {
			paid[u.Draw] = paid[u.Draw].Sub(u.Amount)
		}
	}
	return paid
}

func smallest(first domain.Money, rest ...domain.Money) domain.Money {
	for _, m := range rest {
		if m.Cmp(first) < 0 {
			first = m
		}
	}
	return first
}
