package projections

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// about begins a finding about an item that was paid.
func about(test ExceptionTest, p *examined, e beneficiary.Enrolment, item paidItem, amount domain.Money) ExceptionFinding {
	return ExceptionFinding{Test: test, Person: p.person, Programme: e.Programme, Office: item.draw.run.Office, Run: item.draw.Run, Line: item.draw.Line, Unit: item.Unit, Amount: amount}
}

// afterDeath finds units paid after the last one due to somebody who died: as the exit fixed it or, while nobody has ended
// the enrolment, as the rulebook in force says.
func (x *examiner) afterDeath(p *examined, e beneficiary.Enrolment, units map[domain.Period]*paidUnit) error {
	var died domain.Date
	var last domain.Period
	var shown []string
	switch {
	case e.Exit != nil && e.Exit.Reason == rulebook.ReasonDead && !e.Exit.OccurredOn.After(x.q.AsOf):
		died, last, shown = e.Exit.OccurredOn, e.Exit.LastUnit, []string{e.Exit.Event}
	case e.Exit == nil && !p.state.DiedOn.IsZero() && !p.state.DiedOn.After(x.q.AsOf):
		book, err := x.bookOf(e)
		if err != nil || book == nil {
			return err
		}
		died = p.state.DiedOn
		if last, _, err = book.LastUnit(rulebook.ReasonDead, died); err != nil {
			return err
		}
		for _, f := range p.state.Facts {
			if f.Kind == beneficiary.Death && f.Related == "" {
				shown = []string{f.Event}
			}
		}
	default:
		return nil
	}
	var outstanding domain.Money
	for _, o := range p.state.Overpayments {
		if o.Enrolment == e.ID {
			outstanding = outstanding.Add(o.Outstanding())
		}
	}
	for _, unit := range inOrder(units) {
		u := units[unit]
		if u.gross.Sign() <= 0 || !last.IsZero() && !unit.After(last) {
			continue
		}
		f := about(PaidAfterDeath, p, e, u.last(), u.gross).says("%s 死亡，最后应发期 %s，%s 仍发放 %s；该对象多发款尚欠 %s", "died on %s, last unit due %s, yet %s was paid %s; still to be got back: %s",
			died, orNone(last), unit, u.gross, outstanding)
		f.Events = slices.Clone(shown)
		if err := x.add(f, u.last().draw.at); err != nil {
			return err
		}
	}
	return nil
}

// orNone shows the absent unit.
func orNone(u domain.Period) string {
	if u.IsZero() {
		return "-"
	}
	return u.String()
}

// twice finds a unit of one enrolment that two standing draws list whole, with nothing between them that took the first back.
func (x *examiner) twice(p *examined, e beneficiary.Enrolment, units map[domain.Period]*paidUnit) error {
	for _, unit := range inOrder(units) {
		u := units[unit]
		running := domain.Money{}.Sub(u.over)
		var first, second *paidItem
		for i := range u.items {
			item := &u.items[i]
			if item.Kind == beneficiary.Regular || item.Kind == beneficiary.Arrears {
				if running.Sign() > 0 {
					second = item
					break
				}
				first = item
			}
			running = running.Add(item.Amount)
		}
		if second == nil || first == nil {
			continue
		}
		f := about(PaidTwice, p, e, *second, second.Amount).says("%s 在批次 %s 第 %d 行与批次 %s 第 %d 行各发一次", "%s is paid in run %s line %d and again in run %s line %d",
			unit, first.draw.Run, first.draw.Line, second.draw.Run, second.draw.Line)
		if err := x.add(f, first.draw.at, second.draw.at); err != nil {
			return err
		}
	}
	return nil
}

// paidMonths are the months that were paid to an enrolment, with the item that paid each.
func (p *examined) paidMonths(e beneficiary.Enrolment) map[domain.Period]paidItem {
	out := map[domain.Period]paidItem{}
	for unit, u := range p.units(e) {
		if unit.Kind() == domain.Once || u.net().Sign() <= 0 {
			continue
		}
		for _, m := range unit.Months() {
			out[m] = u.last()
		}
	}
	return out
}

// excluded finds months paid to two enrolments of one exclusivity group, whatever programme or area they are of. It also
// keeps who was paid for which slot.
func (x *examiner) excluded(p *examined) error {
	months := make([]map[domain.Period]paidItem, len(p.state.Enrolments))
	for i, e := range p.state.Enrolments {
		months[i] = p.paidMonths(e)
		for _, c := range e.Slots {
			if len(months[i]) > 0 {
				key := c.Group + "/" + c.Person
				x.slots[key] = append(x.slots[key], slotUse{p.person, e.Programme, e.Share, months[i]})
			}
		}
		for j, other := range p.state.Enrolments[:i] {
			if e.Group == "" || other.Group != e.Group {
				continue
			}
			for _, m := range sortedMonths(months[i]) {
				before, both := months[j][m]
				if !both {
					continue
				}
				now := months[i][m]
				f := about(PaidTwice, p, e, now, now.Amount).says("%s 同时在 %s（%s）与 %s（%s）享受，两者互斥", "%s is paid under %s (%s) and under %s (%s), which exclude each other",
					m, other.Programme, before.draw.run.Office, e.Programme, now.draw.run.Office)
				f.Unit = m
				if err := x.add(f, before.draw.at, now.draw.at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func sortedMonths(months map[domain.Period]paidItem) []domain.Period {
	out := make([]domain.Period, 0, len(months))
	for m := range months {
		out = append(out, m)
	}
	slices.SortFunc(out, domain.Period.Compare)
	return out
}

// slotUse is an enrolment that was paid for a slot.
type slotUse struct {
	person, programme, share string
	months                   map[domain.Period]paidItem
}

// sharedSlots finds slots of which several people were paid more than the whole in one month.
func (x *examiner) sharedSlots() error {
	for _, key := range sortedKeys(x.slots) {
		months := map[domain.Period][]slotUse{}
		for _, use := range x.slots[key] {
			for m := range use.months {
				months[m] = append(months[m], use)
			}
		}
		for m, uses := range months {
			if err := x.slotMonth(m, uses); err != nil {
				return fmt.Errorf("slot %s in %s: %w", key, m, err)
			}
		}
	}
	return nil
}

func (x *examiner) slotMonth(m domain.Period, uses []slotUse) error {
	total := new(big.Rat)
	var persons []string
	var at []int64
	for _, use := range uses {
		share, ok := new(big.Rat).SetString(use.share)
		if !ok {
			return fmt.Errorf("share %q of %s is no fraction", use.share, use.person)
		}
		total.Add(total, share)
		at = append(at, use.months[m].draw.at)
		if !slices.Contains(persons, use.person) {
			persons = append(persons, use.person)
		}
	}
	if len(persons) < 2 || total.Cmp(big.NewRat(1, 1)) <= 0 {
		return nil
	}
	for _, use := range uses {
		item := use.months[m]
		f := ExceptionFinding{Test: PaidTwice, Person: use.person, Programme: use.programme, Office: item.draw.run.Office, Run: item.draw.Run, Line: item.draw.Line, Unit: m, Amount: item.Amount}
		f = f.says("%s 同一名额由 %s 享受，合计 %s 份，超过一份", "%s one slot is paid to %s, %s of it in all, more than the whole", m, strings.Join(persons, ", "), total.RatString())
		if err := x.add(f, at...); err != nil {
			return err
		}
	}
	return nil
}

// standard compares what a unit was paid in all with the dated rate of its class, by the rulebook of the run that paid it
// last. A class that became known after that run does not count: the next run settles it.
func (x *examiner) standard(p *examined, e beneficiary.Enrolment, units map[domain.Period]*paidUnit) error {
	for _, unit := range inOrder(units) {
		u := units[unit]
		last := u.last()
		if u.net().Sign() == 0 || !e.Covers(unit) || e.Annulled {
			continue // what is not due at all is an overpayment, not a wrong rate
		}
		book, err := x.book(last.draw.run.Rulebook)
		if err != nil {
			return err
		}
		if book == nil {
			continue
		}
		key, known, err := x.classThen(e, unit, last.draw.at)
		if err != nil || !known {
			return err
		}
		want, err := dueFor(e, key, unit, book)
		if err != nil {
			return err
		}
		if want.Equal(u.net()) {
			continue
		}
		f := about(OffStandard, p, e, last, u.net()).says("%s 类别 %s 的标准为 %s，共发放 %s", "%s: the rate of class %s is %s, paid in all %s", unit, key, want, u.net())
		var at []int64
		for _, item := range u.items {
			at = append(at, item.draw.at)
		}
		if err := x.add(f, at...); err != nil {
			return err
		}
	}
	return nil
}

// classThen is the class of a unit as it was known when a draw was recorded; not known where a later event put another
// class over it.
func (x *examiner) classThen(e beneficiary.Enrolment, unit domain.Period, draw int64) (rulebook.Key, bool, error) {
	span := e.Classes[0]
	for _, c := range e.Classes[1:] {
		if !unit.Before(c.From) {
			span = c
		}
	}
	at, err := x.logIndexOf(span.Event)
	return span.Key, at >= 0 && at < draw, err
}

// dueFor is what the domain says one unit of a class is worth to the enrolment, whatever was suspended.
func dueFor(e beneficiary.Enrolment, key rulebook.Key, unit domain.Period, book *rulebook.Rulebook) (domain.Money, error) {
	e.FirstUnit, e.Until, e.PaidThrough, e.Exit, e.Suspensions = unit, unit, domain.Period{}, nil, nil
	e.Classes = []beneficiary.ClassSpan{{From: unit, Key: key}}
	due, err := e.DueThrough(unit, book)
	if err != nil || len(due) != 1 {
		return domain.Money{}, err
	}
	return due[0].Amount, nil
}
