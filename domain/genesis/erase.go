package genesis

import (
	"slices"

	"almoner/domain"
)

// DecideOrderErasure records an order. Whether retention allows it, and whether the case was signed, the ledger checks
// against their own streams.
func (s State) DecideOrderErasure(c OrderErasure) ([]domain.Event, error) {
	if err := s.serving(); err != nil {
		return nil, err
	}
	for _, o := range s.Orders {
		if o.Person != c.Person {
			continue
		}
		if o.Case == c.Case {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "ledger.erasure-ordered", "the erasure of %s was ordered by case %s already", c.Person, o.Case).
			WithNext("refer to that case")
	}
	switch {
	case !idPattern.MatchString(c.Person) || !idPattern.MatchString(c.Case):
		return nil, domain.Refuse(domain.Invalid, "ledger.erasure-ids", "an order to erase names a person and a signed case by their ids").WithNext("name both")
	case !codePattern.MatchString(c.Basis):
		return nil, domain.Refuse(domain.Invalid, "ledger.erasure-basis", "the basis %.40q is not a code", c.Basis).
			WithNext("give the code of the legal basis")
	case c.Document != "" && !nameForm(c.Document):
		return nil, domain.Refuse(domain.Invalid, "ledger.erasure-document", "the document number does not stand on one line of at most %d bytes", maxName).
			WithNext("write the 文号 alone, or none")
	}
	return []domain.Event{ErasureOrdered(c)}, nil
}

// DecideErased records that keys were destroyed: those of the command that the order does not name yet. The first time the
// ordered person's own key is among them.
func (s State) DecideErased(c Erase) ([]domain.Event, error) {
	if err := s.serving(); err != nil {
		return nil, err
	}
	order, known := s.order(c.Order)
	if !known {
		return nil, domain.Refuse(domain.NotFound, "ledger.erasure-order", "there is no order to erase %.40q", c.Order).WithNext("record the order first")
	}
	var kids []string
	for _, kid := range c.Kids {
		if !idPattern.MatchString(kid) {
			return nil, domain.Refuse(domain.Invalid, "ledger.erased-kid", "%.40q is not a key id", kid).WithNext("name the keys by the ids the vault gives")
		}
		if !slices.Contains(order.Erased, kid) && !slices.Contains(kids, kid) {
			kids = append(kids, kid)
		}
	}
	if !slices.Contains(order.Erased, order.Person) && !slices.Contains(kids, order.Person) {
		return nil, domain.Refuse(domain.Invalid, "ledger.erased-person", "the key of the ordered person %s is not among those destroyed", order.Person).
			WithNext("destroy and name that key too")
	}
	if len(kids) == 0 {
		return nil, nil
	}
	return []domain.Event{Erased{Kids: kids, Order: c.Order}}, nil
}
