package projections

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// owed lists the units that are due and payable by the rulebook in force, up to the one that holds the day, of which
// nothing was paid.
func (x *examiner) owed(e beneficiary.Enrolment, units map[domain.Period]*paidUnit) ([]beneficiary.Due, *rulebook.Rulebook, error) {
	book, err := x.bookOf(e)
	if err != nil || book == nil || e.Annulled || e.FirstUnit.Kind() == domain.Once {
		return nil, nil, err
	}
	if e.Exit != nil && e.Exit.AtDeath == rulebook.DeathForfeits {
		return nil, nil, nil
	}
	due, err := e.DueThrough(domain.PeriodOf(e.FirstUnit.Kind(), x.q.AsOf), book)
	var refused *domain.RefusedError
	if errors.As(err, &refused) {
		return nil, nil, nil // without a rate nothing can be said of it: runs hold it and say so
	}
	due = slices.DeleteFunc(due, func(d beneficiary.Due) bool {
		u := units[d.Unit]
		return d.Withheld || d.Amount.Sign() <= 0 || u != nil && u.net().Sign() > 0
	})
	return due, book, err
}

// lists says that any draw of the enrolment, undone ones too, listed the unit.
func (p *examined) lists(enrolment string, unit domain.Period) bool {
	return slices.ContainsFunc(p.draws, func(d examinedDraw) bool {
		return d.Enrolment == enrolment && slices.ContainsFunc(d.Items, func(i beneficiary.Item) bool { return i.Unit == unit })
	})
}

// absent finds units on the roll that a released regular run covered, as known when it was opened, and that no run ever
// listed or held.
func (x *examiner) absent(p *examined, e beneficiary.Enrolment, units map[domain.Period]*paidUnit) error {
	owed, _, err := x.owed(e, units)
	if err != nil {
		return err
	}
	for _, d := range owed {
		if p.lists(e.ID, d.Unit) || slices.ContainsFunc(x.held[e.ID], func(h heldIn) bool { return covers(h.run, d.Unit) }) {
			continue
		}
		run, shown, err := x.passedOver(e, d.Unit)
		if err != nil {
			return err
		}
		if run == nil {
			continue
		}
		f := ExceptionFinding{Test: EligibleButAbsent, Person: p.person, Programme: e.Programme, Office: run.Office, Run: run.Run, Unit: d.Unit, Amount: d.Amount, Events: []string{e.Event}}
		f = f.says("%s 在册应发 %s，批次 %s 既未发放也未缓发", "%s: on the roll and due %s, run %s neither listed nor held it", d.Unit, d.Amount, run.Run)
		if err := x.add(f, shown, run.openedAt); err != nil {
			return err
		}
	}
	return nil
}

func covers(r *examinedRun, unit domain.Period) bool {
	return !unit.Before(r.From) && !unit.After(r.To)
}

// passedOver is the first released regular run that covered the unit of an enrolment that was on its office's roll when the
// run was opened, with the entry that put it there.
func (x *examiner) passedOver(e beneficiary.Enrolment, unit domain.Period) (first *examinedRun, shown int64, err error) {
	for _, r := range x.runs {
		if r.Programme != e.Programme || r.Kind != payrun.Regular || !r.paid || !covers(r, unit) || first != nil && first.openedAt <= r.openedAt {
			continue
		}
		var at int64
		err := x.tx.QueryRowContext(x.ctx, `SELECT known_from FROM roll_v1 WHERE enrolment = ?1 AND office = ?2 AND status = ?3 AND on_from <= ?4
			AND (on_to IS NULL OR on_to > ?4) AND known_from < ?5 AND (known_to IS NULL OR known_to >= ?5)`,
			e.ID, r.Office, string(Running), unit.First().String(), r.openedAt).Scan(&at)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		first, shown = r, at
	}
	return first, shown, nil
}

// notEnrolled finds admissions that were decided with yes and have no enrolment from the same cause.
func (x *examiner) notEnrolled() error {
	if !x.asks(EligibleButAbsent) {
		return nil
	}
	type decision struct {
		at                int64
		stream            string
		programme, office sql.NullString
	}
	all, err := scanAll(x.ctx, x.tx, func(r *sql.Rows) (d decision, err error) { return d, r.Scan(&d.at, &d.stream, &d.programme, &d.office) },
		`SELECT d.log_index, s.name, j.programme, j.office FROM events_v1 d JOIN words_v1 w ON w.id = d.type JOIN streams_v1 s ON s.id = d.stream
			LEFT JOIN events_v1 c ON c.id = d.cause LEFT JOIN subjects_v1 j ON j.stream = c.stream
		WHERE w.word = ?1 AND coalesce(d.reason, '') = '' AND NOT EXISTS (SELECT 1 FROM events_v1 e JOIN words_v1 v ON v.id = e.type
			WHERE e.stream = d.stream AND v.word = ?2 AND e.cause IS d.cause) AND coalesce(d.on_day, '') <= ?3 ORDER BY d.log_index`,
		(beneficiary.Decided{}).EventType(), (beneficiary.Enrolled{}).EventType(), x.q.AsOf.String())
	if err != nil {
		return err
	}
	for _, d := range all {
		f := ExceptionFinding{Test: EligibleButAbsent, Person: d.stream[len(beneficiary.Stream("")):], Programme: d.programme.String, Office: d.office.String}
		f = f.says("已认定合格，未见纳入", "decided eligible, and not enrolled")
		if err := x.add(f, d.at); err != nil {
			return err
		}
	}
	return nil
}

// overdue finds units that are due, whose payout day is over, and that no released run has paid. Where the roll says so
// only since later, the first payout day after that counts. What came back from a bank is another test's.
func (x *examiner) overdue(p *examined, e beneficiary.Enrolment, units map[domain.Period]*paidUnit) error {
	owed, book, err := x.owed(e, units)
	if err != nil {
		return err
	}
	for _, d := range owed {
		if slices.Contains(e.HeldUnits, d.Unit) {
			continue
		}
		by, shown, err := x.payBy(e, d.Unit, book.Schedule())
		if err != nil {
			return err
		}
		if by.IsZero() || !by.Before(x.q.AsOf) {
			continue
		}
		f := ExceptionFinding{Test: Overdue, Person: p.person, Programme: e.Programme, Office: e.PlaceAt(d.Unit).Office, Unit: d.Unit, Amount: d.Amount, Events: []string{e.Event}}
		why, because := "没有批次发放", "no run lists it"
		if h := x.held[e.ID]; len(h) > 0 {
			last := h[len(h)-1]
			f.Run = last.run.Run
			why, because = "批次 "+f.Run+" 缓发（"+string(last.reason)+"）", "run "+f.Run+" holds it ("+string(last.reason)+")"
		}
		f.Zh = d.Unit.String() + " 应发 " + d.Amount.String() + "，应于 " + by.String() + " 前发放；" + why
		f.En = d.Unit.String() + ": " + d.Amount.String() + " was to be paid by " + by.String() + "; " + because
		if err := x.add(f, shown); err != nil {
			return err
		}
	}
	return nil
}

// payBy is the payout day of a unit, or the first one after the roll came to say that the unit is running.
func (x *examiner) payBy(e beneficiary.Enrolment, unit domain.Period, s rulebook.Schedule) (domain.Date, int64, error) {
	if s.Covers == domain.Once {
		return domain.Date{}, 0, nil
	}
	var known, micros int64
	err := x.tx.QueryRowContext(x.ctx, `SELECT r.known_from, v.at FROM roll_v1 r JOIN events_v1 v ON v.log_index = r.known_from
		WHERE r.enrolment = ?1 AND r.on_from <= ?2 AND (r.on_to IS NULL OR r.on_to > ?2) AND r.known_to IS NULL`, e.ID, unit.First().String()).Scan(&known, &micros)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Date{}, 0, nil
	}
	if err != nil {
		return domain.Date{}, 0, err
	}
	since := domain.DateOf(time.UnixMicro(micros))
	period := domain.PeriodOf(s.Covers, unit.First())
	for s.PayoutOn(period).Before(since) {
		period = period.Next()
	}
	return s.PayoutOn(period), known, nil
}

// returnedLine is an instructed line that came back.
type returnedLine struct {
	run               string
	line              int
	programme, office string
	on                domain.Date // when it came back last
	at                int64       // log index of the classified page
}

func (x *examiner) readReturns() error {
	if !x.asks(ReturnUnpaid) {
		return nil
	}
	rows, err := x.tx.QueryContext(x.ctx, `SELECT i.draw, i.run, i.line, i.programme, i.office, max(m.booked_on), max(m.log_index) FROM instructed_v1 i
		JOIN bank_moves_v1 m ON m.run = i.run AND m.line = i.line
		WHERE i.status = ? AND i.undrawn = 1 AND m.returned > 0 AND m.booked_on <= ? GROUP BY i.run, i.line`, string(bankfile.LineReturned), x.q.AsOf.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var draw, on string
		var r returnedLine
		if err := rows.Scan(&draw, &r.run, &r.line, &r.programme, &r.office, &on, &r.at); err != nil {
			return err
		}
		if r.on, err = day(on); err != nil {
			return err
		}
		x.returned[draw] = r
	}
	return rows.Err()
}

// unpaidAgain finds draws that came back longer ago than allowed, as far as what they held is still due and no released
// run has paid it since.
func (x *examiner) unpaidAgain(p *examined) error {
	for i, d := range p.draws {
		back, came := x.returned[d.Draw]
		if !came || !d.undone || back.on.DaysUntil(x.q.AsOf) <= x.q.Days {
			continue
		}
		var missing domain.Money
		var first domain.Period
		for _, item := range d.Items {
			if item.Amount.Sign() > 0 && x.stillOwed(p, d, item.Unit, p.draws[i+1:]) {
				missing = missing.Add(item.Amount)
				if first.IsZero() {
					first = item.Unit
				}
			}
		}
		if missing.Sign() <= 0 {
			continue
		}
		f := ExceptionFinding{Test: ReturnUnpaid, Person: p.person, Programme: back.programme, Office: back.office, Run: back.run, Line: back.line, Unit: first, Amount: missing}
		f = f.says("%s 退票，已过 %d 天，尚未再发放 %s", "came back on %s, %d days ago, and %s was not paid again", back.on, back.on.DaysUntil(x.q.AsOf), missing)
		if err := x.add(f, d.at, back.at); err != nil {
			return err
		}
	}
	return nil
}

// stillOwed says that a unit that came back is due, was not paid since, and did not come back again later.
func (x *examiner) stillOwed(p *examined, d examinedDraw, unit domain.Period, later []examinedDraw) bool {
	for _, l := range later {
		again := l.Enrolment == d.Enrolment && l.Grant == d.Grant && slices.ContainsFunc(l.Items, func(i beneficiary.Item) bool { return i.Unit == unit && i.Amount.Sign() > 0 })
		if _, back := x.returned[l.Draw]; again && (l.paid() || back) {
			return false
		}
	}
	if d.Grant != "" {
		return !slices.ContainsFunc(p.state.Grants, func(g beneficiary.Grant) bool { return g.ID == d.Grant && g.Void })
	}
	e, ok := p.state.Enrolment(d.Enrolment)
	return ok && e.Covers(unit) && (e.Exit == nil || e.Exit.AtDeath != rulebook.DeathForfeits)
}
