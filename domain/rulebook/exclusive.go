package rulebook

import (
	"almoner/domain"
)

// Relation says what happens when a person already draws another programme (DOMAIN.md 2.11).
type Relation string

// The relations, seen from the programme applied for.
const (
	// Additive: both are paid.
	Additive Relation = "additive"
	// ExclusiveNewer: the one applied for takes over and the one held ends.
	ExclusiveNewer Relation = "exclusive-newer"
	// ExclusiveHigher: whichever is worth more in a year stays; if equal, the one held.
	ExclusiveHigher Relation = "exclusive-higher"
	// ExclusiveHeld: the one held stays, and this one is refused while it lasts.
	ExclusiveHeld Relation = "exclusive-held"
)

// Exclusive returns the relation to another programme with its exclusivity group. A programme that is not listed is
// additive, unless it belongs to the same group: then the one held stays.
func (r *Rulebook) Exclusive(programme, group string) Relation {
	switch relation, listed := r.relations[programme]; {
	case listed:
		return relation
	case programme == r.programme || r.group != "" && group == r.group:
		return ExclusiveHeld
	}
	return Additive
}

// exclusion answers whether the programmes held leave room for this one, and which of them give way to it.
func (r *Rulebook) exclusion(v view, class Key) (t CriterionTrace, replaces []string) {
	t = CriterionTrace{ID: TraceExclusive, Outcome: Pass, Values: map[string]string{}}
	for _, h := range v.facts.Held {
		if h.endsBefore(v.on) {
			continue
		}
		relation := r.Exclusive(h.Programme, h.Group)
		t.Values[h.Programme] = string(relation)
		if h.Fact != "" {
			t.Facts = append(t.Facts, h.Fact)
		}
		verdict, reason := r.against(h, relation, class, v.on)
		t.worsen(verdict, reason, h.Programme)
		if verdict == Pass && relation != Additive {
			replaces = append(replaces, h.Programme)
		}
	}
	if t.Outcome != Pass {
		replaces = nil
	}
	return t, replaces
}

// worsen keeps the worst verdict: fail before unknown before pass.
func (t *CriterionTrace) worsen(verdict Verdict, reason, programme string) {
	switch {
	case verdict == Fail && t.Outcome != Fail:
		t.Outcome, t.Reason, t.Missing = Fail, reason, nil
	case verdict == Unsure && t.Outcome != Fail:
		t.Outcome, t.Reason, t.Missing = Unsure, reason, append(t.Missing, programme)
	}
}

// against answers for one enrolment held.
func (r *Rulebook) against(h Held, relation Relation, class Key, on domain.Date) (Verdict, string) {
	switch relation {
	case ExclusiveHeld:
		if h.Programme == r.programme {
			return Fail, ReasonAlreadyEnrolled
		}
		return Fail, ReasonHeldElsewhere
	case ExclusiveHigher:
		own, err := r.PerYear(class, on.Year)
		if h.PerYear.IsZero() || err != nil {
			return Unsure, ReasonFactMissing
		}
		if own.Cmp(h.PerYear) <= 0 {
			return Fail, ReasonHeldHigher
		}
	}
	return Pass, ""
}

// PerYear returns what a class is worth in a calendar year, for comparing programmes with different units. It refuses as
// RateFor does; a one-off has no yearly worth and is its whole amount.
func (r *Rulebook) PerYear(class Key, year int) (domain.Money, error) {
	if r.unit == domain.Once {
		rate, err := r.RateFor(class, domain.PeriodOf(domain.Once, domain.Date{}))
		return rate.Amount, err
	}
	total := domain.Money{}
	whole := domain.PeriodOf(domain.Year, domain.Date{Year: year, Month: 1, Day: 1})
	for unit := range r.unitOf(whole.First()).Through(r.unitOf(whole.Last())) {
		rate, err := r.RateFor(class, unit)
		if err != nil {
			return domain.Money{}, err
		}
		total = total.Add(rate.Amount)
	}
	return total, nil
}
