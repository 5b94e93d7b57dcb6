package beneficiary

import (
	"errors"
	"slices"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/domain/slot"
)

// Rates is what the money rules need of a rulebook: the dated rate of one accrual unit.
type Rates interface {
	RateFor(key rulebook.Key, unit domain.Period) (rulebook.Rate, error)
}

// Due is what one unit of an enrolment is worth.
type Due struct {
	Unit     domain.Period
	Amount   domain.Money
	Rate     rulebook.Rate // components already times the share
	Withheld bool          // due, but not to be paid yet
}

// LastUnit is the last unit that can be due: what was decided at admission, or the exit, whichever comes first. It is zero
// while the enrolment is open-ended; none is true when no unit is due at all.
func (e Enrolment) LastUnit() (last domain.Period, none bool) {
	if e.Annulled {
		return domain.Period{}, true
	}
	last = e.Until
	if e.Exit != nil {
		if e.Exit.LastUnit.IsZero() {
			return domain.Period{}, true
		}
		if last.IsZero() || e.Exit.LastUnit.Before(last) {
			last = e.Exit.LastUnit
		}
	}
	return last, !last.IsZero() && last.Before(e.FirstUnit)
}

// forfeits says that nothing more is paid: what was not drawn when the exit by death was decided is not due.
func (e Enrolment) forfeits() bool { return e.Exit != nil && e.Exit.AtDeath == rulebook.DeathForfeits }

// waitsForHeirs says that what is still due waits until an heir's account was signed.
func (e Enrolment) waitsForHeirs(account AccountRef) bool {
	return e.Exit != nil && e.Exit.AtDeath == rulebook.DeathPaysHeirs && account.Relation != HeirRelation
}

// share is the part of every unit that the enrolment is paid.
func (e Enrolment) share() (slot.Share, error) { return slot.ParseShare(e.Share) }

// PlaceAt is the office and village responsible for a unit; before the first, the first.
func (e Enrolment) PlaceAt(unit domain.Period) Place {
	place := e.Places[0]
	for _, p := range e.Places[1:] {
		if !unit.Before(p.From) {
			place = p
		}
	}
	return place
}

// ClassAt is the rate class of a unit.
func (e Enrolment) ClassAt(unit domain.Period) rulebook.Key {
	key := e.Classes[0].Key
	for _, c := range e.Classes[1:] {
		if !unit.Before(c.From) {
			key = c.Key
		}
	}
	return key
}

// Covers says whether a unit lies between the first and the last unit due, whoever paid it.
func (e Enrolment) Covers(unit domain.Period) bool {
	last, none := e.LastUnit()
	return !none && !unit.Before(e.FirstUnit) && (last.IsZero() || !unit.After(last))
}

// suspension says what a unit suffers: nothing, to be withheld, or to be forfeited, which is stronger.
func (e Enrolment) suspension(unit domain.Period) Effect {
	var effect Effect
	for _, s := range e.Suspensions {
		switch {
		case !s.covers(unit) || slices.Contains(s.Restored, unit):
		case s.Effect == Forfeit:
			return Forfeit
		case s.To.IsZero(): // what a suspension withheld is paid once it has ended
			effect = Withhold
		}
	}
	return effect
}

func (s Suspension) covers(unit domain.Period) bool {
	return !unit.Before(s.From) && (s.To.IsZero() || unit.Before(s.To))
}

// firstDue is the first unit this ledger owes.
func (e Enrolment) firstDue() domain.Period {
	if e.PaidThrough.Before(e.FirstUnit) { // nothing was paid outside, or only what came before
		return e.FirstUnit
	}
	return e.PaidThrough.Next()
}

// DueThrough lists what is due to the enrolment for each unit up to and including to, in order.
func (e Enrolment) DueThrough(to domain.Period, rates Rates) ([]Due, error) {
	last, none := e.LastUnit()
	if none || e.PaidThrough.Kind() == domain.Once { // a one-off paid outside has no unit after it
		return nil, nil
	}
	if last.IsZero() || to.Before(last) {
		last = to
	}
	share, err := e.share()
	if err != nil {
		return nil, err
	}
	var due []Due
	for unit := e.firstDue(); !unit.After(last); unit = unit.Next() {
		effect := e.suspension(unit)
		if effect == Forfeit {
			continue
		}
		rate, err := rates.RateFor(e.ClassAt(unit), unit)
		if err != nil {
			return nil, err
		}
		due = append(due, dueFor(unit, rate, share, effect == Withhold))
		if unit.Kind() == domain.Once {
			break
		}
	}
	return due, nil
}

// dueFor applies the share to every component, so that the sum is what the funds will be asked for.
func dueFor(unit domain.Period, rate rulebook.Rate, share slot.Share, withheld bool) Due {
	d := Due{Unit: unit, Rate: rate, Amount: rate.Amount, Withheld: withheld}
	if share.Whole() {
		return d
	}
	d.Rate.Components = slices.Clone(rate.Components)
	d.Amount = domain.Money{}
	for i, c := range d.Rate.Components {
		d.Rate.Components[i].Amount = share.Of(c.Amount)
		d.Amount = d.Amount.Add(d.Rate.Components[i].Amount)
	}
	d.Rate.Amount = d.Amount
	return d
}

// noRate says that the error is the rulebook's lack of a rate, which holds a line instead of stopping a run.
func noRate(err error) bool {
	var refused *domain.RefusedError
	return errors.As(err, &refused) && (refused.Rule == "rulebook.no-rate" || refused.Rule == "rulebook.unknown-class")
}
