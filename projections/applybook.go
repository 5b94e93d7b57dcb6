package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/month"
	"almoner/domain/payrun"
)

// Figures of book_v1 beside those of month.Figures.
const figureBank = "bank" // what bank lines of a class state, without their signs

// books are one finance office's closes and reopenings so far.
func (b *batch) books(finance string) (month.Books, error) {
	if known, ok := b.monthBooks[finance]; ok {
		return known, nil
	}
	statement, err := b.prepared(bookMarks)
	if err != nil {
		return month.Books{}, err
	}
	rows, err := statement.QueryContext(b.ctx, finance)
	if err != nil {
		return month.Books{}, err
	}
	known, err := scanBooks(rows)
	if err == nil {
		b.monthBooks[finance] = known
	}
	return known, err
}

// booking is what one entry changes in one figure.
type booking struct {
	finance, programme, class, run string
	figure, cause                  string
	own                            domain.Date // day on which it is true; zero: none
	amount                         domain.Money
	facts                          int
}

// book books what an entry changes. Figures that stay as they are, and are about no line, are left out.
func (b *batch) book(at int64, e *decoded, k booking) error {
	if k.amount.IsZero() && k.figure != figureBank {
		return nil
	}
	books, err := b.books(k.finance)
	if err != nil {
		return err
	}
	own := ""
	if !k.own.IsZero() {
		own = k.own.MonthPeriod().String()
	}
	in := books.MonthOf(at, domain.DateOf(e.Envelope.At.Time), k.own)
	return b.exec(`INSERT INTO book_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, facts = facts + excluded.facts`,
		at, k.finance, in.String(), own, k.programme, k.class, k.run, k.figure, k.cause, k.amount.Fen(), k.facts)
}

// monthOf is the month in which a finance office books what an entry says of a day; zero: of the entry's own.
func (b *batch) monthOf(at int64, e *decoded, finance string, own domain.Date) (string, error) {
	books, err := b.books(finance)
	return books.MonthOf(at, domain.DateOf(e.Envelope.At.Time), own).String(), err
}

// ofRun is a booking of a run.
func ofRun(o payrun.Opened, figure, cause string) booking {
	return booking{finance: o.Finance, programme: o.Programme, run: o.Run, figure: figure, cause: cause}
}

// classAmount is what the lines of one class come to.
type classAmount struct {
	amount int64
	lines  int
}

// bookRun books what an entry of a run changes.
func (b *batch) bookRun(at int64, r *run, e *decoded) error {
	o := r.state.Opened
	switch event := e.Event.(type) {
	case payrun.Prepared:
		standing, err := b.standingTotals(o.Run)
		if err != nil {
			return err
		}
		return b.bookUpTo(at, e, ofRun(o, "prepared", "prepared"), standing)
	case payrun.SentBack:
		return b.bookUpTo(at, e, ofRun(o, "prepared", "sent-back"), nil)
	case payrun.Cancelled:
		for _, figure := range []string{"prepared", "released", "stopped"} {
			if err := b.bookUpTo(at, e, ofRun(o, figure, "cancelled"), nil); err != nil {
				return err
			}
		}
	case payrun.Released:
		standing, err := b.standingTotals(o.Run)
		if err != nil {
			return err
		}
		return b.bookUpTo(at, e, ofRun(o, "released", "released"), standing)
	case payrun.StoppedLine:
		if event.Kept {
			return nil
		}
		k := ofRun(o, "stopped", event.Reason)
		if _, err := b.row([]any{&k.class}, `SELECT w.word FROM draws_v1 d JOIN words_v1 w ON w.id = d.class WHERE d.run = ? AND d.line = ? AND d.stopped = ?`,
			r.stream, event.Line, at); err != nil {
			return err
		}
		k.amount, k.facts = event.Amount, 1
		return b.book(at, e, k)
	case payrun.Instructed:
		return b.bookInstruction(at, e, o, "instructed", domain.Date{})
	case payrun.InstructionRejected:
		return b.bookInstruction(at, e, o, "rejected", domain.Date{})
	}
	return nil
}

// standingTotals are the standing draws of a run by class, of this batch too.
func (b *batch) standingTotals(run string) (map[string]classAmount, error) {
	totals, err := b.classAmounts(`SELECT class, lines, net FROM totals_v1 WHERE run = ?`, run)
	if err != nil {
		return nil, err
	}
	for key, row := range b.totals {
		if key.run == run {
			sum := totals[key.class]
			totals[key.class] = classAmount{sum.amount + row[6], sum.lines + int(row[0])}
		}
	}
	return totals, nil
}

func (b *batch) classAmounts(query string, args ...any) (map[string]classAmount, error) {
	statement, err := b.prepared(query)
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(b.ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("%.60s: %w", query, err)
	}
	defer rows.Close()
	out := map[string]classAmount{}
	for rows.Next() {
		var class string
		var sum classAmount
		if err := rows.Scan(&class, &sum.lines, &sum.amount); err != nil {
			return nil, err
		}
		out[class] = sum
	}
	return out, rows.Err()
}

// bookUpTo books, class by class, what a run's figure lacks to the target.
func (b *batch) bookUpTo(at int64, e *decoded, k booking, target map[string]classAmount) error {
	_, err := b.bookDelta(at, e, k, target)
	return err
}

// bookDelta is bookUpTo and says what it booked.
func (b *batch) bookDelta(at int64, e *decoded, k booking, target map[string]classAmount) (map[string]classAmount, error) {
	delta, err := b.classAmounts(`SELECT class, -sum(facts), -sum(amount) FROM book_v1 WHERE run = ? AND figure = ? GROUP BY class`, k.run, k.figure)
	if err != nil {
		return nil, err
	}
	for class, sum := range target {
		delta[class] = classAmount{delta[class].amount + sum.amount, delta[class].lines + sum.lines}
	}
	for class, sum := range delta {
		k.class, k.amount, k.facts = class, domain.Fen(sum.amount), sum.lines
		if err := b.book(at, e, k); err != nil {
			return nil, err
		}
	}
	return delta, nil
}

// bookInstruction books what the bank is told to pay now, and was not before; less, when it refused a file. Own is the day on
// which it answered what it had refused, zero otherwise.
func (b *batch) bookInstruction(at int64, e *decoded, o payrun.Opened, cause string, own domain.Date) error {
	told, err := b.classAmounts(`SELECT class, count(*), sum(amount) FROM instructed_v1 WHERE run = ? GROUP BY class`, o.Run)
	if err != nil {
		return err
	}
	of := func(figure string) booking {
		k := ofRun(o, figure, cause)
		k.own = own
		return k
	}
	delta, err := b.bookDelta(at, e, of("instructed"), told)
	if err != nil {
		return err
	}
	for class, sum := range delta { // what the bank was told is outstanding until it answers
		k := of("outstanding")
		k.class, k.amount, k.facts = class, domain.Fen(sum.amount), sum.lines
		if err := b.book(at, e, k); err != nil {
			return err
		}
	}
	again, err := b.classAmounts(`SELECT class, count(*), sum(amount) FROM instructed_v1 WHERE run = ? AND again <> '' GROUP BY class`, o.Run)
	if err != nil {
		return err
	}
	return b.bookUpTo(at, e, of("reissued"), again)
}
