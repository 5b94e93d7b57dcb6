package beneficiary

import "almoner/domain"

// Pending is what the next line of a run up to a unit would come to, and what is withheld beside it.
func (s State) Pending(e Enrolment, r Run, rates Rates) (total, withheld domain.Money, err error) {
	due, err := e.DueThrough(r.To, rates)
	if err != nil {
		return total, withheld, err
	}
	items, withheld := s.items(e, due, r)
	total = s.carry(e.ID)
	for _, i := range items {
		total = total.Add(i.Amount)
	}
	return total, withheld, nil
}

// Fixed are rates by class that never change.
func Fixed() Rates { return tariff{} }
