package projections

import (
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// span is a stretch of days on which the same is true of an enrolment.
type span struct {
	from, to domain.Date // to is the first day no longer; zero: open
	office   string
	village  domain.AreaCode
	class    string
	status   RollStatus
}

// redrawRoll closes the rectangles that what is known now no longer draws, and opens those it draws anew.
func (b *batch) redrawRoll(at int64, p *person, before beneficiary.State) error {
	for _, e := range p.state.Enrolments {
		var old []span
		if was, ok := before.Enrolment(e.ID); ok {
			old = spans(was)
		}
		now := spans(e)
		for _, s := range old {
			if slices.Contains(now, s) {
				continue
			}
			if err := b.exec(`UPDATE roll_v1 SET known_to = ? WHERE enrolment = ? AND on_from = ? AND known_to IS NULL`, at, e.ID, s.from.String()); err != nil {
				return err
			}
		}
		for _, s := range now {
			if slices.Contains(old, s) {
				continue
			}
			if err := b.exec(`INSERT INTO roll_v1 VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`, e.ID, p.id, e.Household, e.Programme,
				s.office, string(s.village), s.class, string(e.Unit), e.Share, string(s.status), s.from.String(), nullDay(s.to), at); err != nil {
				return err
			}
		}
	}
	return nil
}

// spans is an enrolment on the calendar: from the first day of its first unit to the last day of its last, cut where its
// place, class or payment changes. An enrolment for something due once lies nowhere in the calendar and has none.
func spans(e beneficiary.Enrolment) []span {
	last, none := e.LastUnit()
	if none || e.FirstUnit.First().IsZero() || len(e.Places) == 0 || len(e.Classes) == 0 {
		return nil
	}
	starts := turnsOf(e, last)
	statuses := statusOf(e, starts)
	var out []span
	for _, unit := range starts {
		place := e.PlaceAt(unit)
		next := span{from: unit.First(), office: place.Office, village: place.Village, class: e.ClassAt(unit).String(), status: statuses(unit)}
		if n := len(out); n > 0 {
			if out[n-1].same(next) {
				continue
			}
			out[n-1].to = next.from
		}
		out = append(out, next)
	}
	if !last.IsZero() {
		out[len(out)-1].to = last.Last().AddDays(1)
	}
	return out
}

func (s span) same(other span) bool {
	return s.office == other.office && s.village == other.village && s.class == other.class && s.status == other.status
}

// turnsOf lists the units at which anything may change, the first unit first, none after the last.
func turnsOf(e beneficiary.Enrolment, last domain.Period) []domain.Period {
	units := []domain.Period{e.FirstUnit}
	for _, p := range e.Places {
		units = append(units, p.From)
	}
	for _, c := range e.Classes {
		units = append(units, c.From)
	}
	for _, s := range e.Suspensions {
		units = append(units, s.From, s.To)
	}
	for _, u := range e.Restored {
		units = append(units, u, u.Next())
	}
	units = slices.DeleteFunc(units, func(u domain.Period) bool {
		return u.First().IsZero() || u.Before(e.FirstUnit) || !last.IsZero() && u.After(last)
	})
	slices.SortFunc(units, domain.Period.Compare)
	return slices.Compact(units)
}

// statusOf answers what units come to. The domain knows: a unit not in DueThrough is forfeited. What was paid outside
// this ledger does not matter here.
func statusOf(e beneficiary.Enrolment, units []domain.Period) func(domain.Period) RollStatus {
	running := func(domain.Period) RollStatus { return Running }
	if len(e.Suspensions) == 0 {
		return running
	}
	e.PaidThrough, e.Share = domain.Period{}, "1/1"
	due, err := e.DueThrough(units[len(units)-1], noRates{})
	if err != nil {
		return running // only rates and shares can fail, and neither is asked here
	}
	statuses := make(map[domain.Period]RollStatus, len(due))
	for _, d := range due {
		statuses[d.Unit] = Running
		if d.Withheld {
			statuses[d.Unit] = Withheld
		}
	}
	return func(unit domain.Period) RollStatus {
		if status, ok := statuses[unit]; ok {
			return status
		}
		return Forfeited
	}
}

// noRates makes every unit worth nothing: only which units are due is asked.
type noRates struct{}

func (noRates) RateFor(rulebook.Key, domain.Period) (rulebook.Rate, error) {
	return rulebook.Rate{}, nil
}
