package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/codec"
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
		k := ofRun(o, "stopped", event.Reason)
		if _, err := b.row([]any{&k.class}, `SELECT w.word FROM draws_v1 d JOIN words_v1 w ON w.id = d.class WHERE d.run = ? AND d.line = ? AND d.stopped = ?`,
			r.stream, event.Line, at); err != nil {
			return err
		}
		k.amount, k.facts = event.Amount, 1
		return b.book(at, e, k)
	case payrun.Instructed:
		return b.bookInstruction(at, e, o, "instructed")
	case payrun.InstructionRejected:
		return b.bookInstruction(at, e, o, "rejected")
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

// bookInstruction books what the bank is told to pay now, and was not before; less, when it refused a file.
func (b *batch) bookInstruction(at int64, e *decoded, o payrun.Opened, cause string) error {
	told, err := b.classAmounts(`SELECT class, count(*), sum(amount) FROM instructed_v1 WHERE run = ? GROUP BY class`, o.Run)
	if err != nil {
		return err
	}
	delta, err := b.bookDelta(at, e, ofRun(o, "instructed", cause), told)
	if err != nil {
		return err
	}
	for class, sum := range delta { // what the bank was told is outstanding until it answers
		k := ofRun(o, "outstanding", cause)
		k.class, k.amount, k.facts = class, domain.Fen(sum.amount), sum.lines
		if err := b.book(at, e, k); err != nil {
			return err
		}
	}
	again, err := b.classAmounts(`SELECT class, count(*), sum(amount) FROM instructed_v1 WHERE run = ? AND again <> '' GROUP BY class`, o.Run)
	if err != nil {
		return err
	}
	return b.bookUpTo(at, e, ofRun(o, "reissued", cause), again)
}

// bookBankLine books what a bank line says: of the instruction line that it moved, or of none. The line's run had its
// instruction refused whole when it is back among the instructed by this line.
func (b *batch) bookBankLine(at int64, f *bankFile, e *decoded, l bankfile.ClassifiedLine, row instructedRow, day domain.Date, delta bankfile.Buckets) error {
	k := booking{finance: f.finance, figure: figureBank, cause: string(l.Class), own: day, amount: l.Amount.Abs(), facts: 1}
	if row.run == "" {
		return b.book(at, e, k)
	}
	r, err := b.run(row.run)
	if err != nil {
		return err
	}
	if row.rejected {
		if err := b.bookInstruction(at, e, r.state.Opened, "answered"); err != nil {
			return err
		}
	}
	o := r.state.Opened
	k.finance, k.programme, k.class, k.run = o.Finance, o.Programme, row.class, o.Run
	var told string
	if _, err := b.row([]any{&told}, `SELECT coalesce(min(month), '') FROM book_v1 WHERE run = ? AND figure = 'instructed'`, o.Run); err != nil {
		return err
	}
	if k.own, err = notBefore(day, told); err != nil {
		return err
	}
	if err := b.book(at, e, k); err != nil {
		return err
	}
	for _, part := range []struct {
		figure string
		amount domain.Money
	}{{"settled", delta.Settled}, {"returned", delta.Returned}, {"outstanding", delta.Outstanding}, {"beyond", delta.Beyond}, {"early", delta.Early}} {
		k.figure, k.amount = part.figure, part.amount
		if err := b.book(at, e, k); err != nil {
			return err
		}
	}
	return nil
}

// notBefore is the day on which a bank line counts: whatever day it names, not before the month in which the bank was told.
func notBefore(day domain.Date, told string) (domain.Date, error) {
	if told == "" {
		return day, nil
	}
	in, err := domain.ParsePeriod(told)
	if err == nil && day.Before(in.First()) {
		day = in.First()
	}
	return day, err
}

// applyMonth takes an event of a book month.
func (b *batch) applyMonth(at, stream int64, e *decoded) error {
	finance, in := monthOf(e.Event)
	var data []byte
	var s month.State
	found, err := b.row([]any{&data}, `SELECT state FROM months_v1 WHERE finance = ? AND month = ?`, finance, in.String())
	if err == nil && found {
		err = codec.Unmarshal(data, &s)
	}
	if err != nil {
		return fmt.Errorf("state of month %s of %s: %w", in, finance, err)
	}
	s = month.Evolve(s, e.Fact)
	if data, err = encode(s); err != nil {
		return err
	}
	if err := b.exec(`INSERT OR REPLACE INTO months_v1 VALUES (?, ?, ?, ?, ?, ?)`, finance, in.String(), stream, string(s.Status), at, data); err != nil {
		return err
	}
	if err := b.monthMark(at, e.Event); err != nil {
		return err
	}
	return b.monthSubject(at, stream, s)
}

// monthOf is the month that an event is about.
func monthOf(event domain.Event) (finance string, in domain.Period) {
	switch e := event.(type) {
	case month.Listed:
		return e.Finance, e.Month
	case month.Submitted:
		return e.Finance, e.Month
	case month.SignedOff:
		return e.Finance, e.Month
	case month.SentBack:
		return e.Finance, e.Month
	case month.Closed:
		return e.Finance, e.Month
	case month.ReopenSubmitted:
		return e.Finance, e.Month
	case month.ReopenSignedOff:
		return e.Finance, e.Month
	case month.ReopenSentBack:
		return e.Finance, e.Month
	case month.Reopened:
		return e.Finance, e.Month
	}
	return "", domain.Period{}
}

// monthMark notes closes and reopenings. What was recorded behind a close's cut-off before it was closed moves to the first
// open month.
func (b *batch) monthMark(at int64, event domain.Event) error {
	switch e := event.(type) {
	case month.Closed:
		delete(b.monthBooks, e.Finance)
		if err := b.exec(`INSERT INTO month_marks_v1 VALUES (?, ?, ?, ?, 0)`, at, e.Finance, e.Month.String(), e.LogIndex); err != nil {
			return err
		}
		return b.exec(`UPDATE book_v1 SET month = ? WHERE finance = ? AND log_index >= ? AND month <= ?`, e.Month.Next().String(), e.Finance, e.LogIndex, e.Month.String())
	case month.Reopened:
		delete(b.monthBooks, e.Finance)
		return b.exec(`INSERT INTO month_marks_v1 VALUES (?, ?, ?, ?, 1)`, at, e.Finance, e.Month.String(), at)
	}
	return nil
}

// monthSubject shows a month that was submitted, or whose reopening was, among what is signed.
func (b *batch) monthSubject(at, stream int64, s month.State) error {
	if s.Status == month.StatusOpen {
		return nil // pages of a submission that follows in the same append
	}
	kind, signing, status := MonthSubject, s.Signing, string(s.Status)
	switch s.Status {
	case month.StatusReopening:
		kind, signing, status = MonthReopenSubject, s.Reopening, StatusAwaiting
	case month.StatusReopened:
		signing = month.State.SigningTo(s, s.Signing.Chain)
	}
	if err := b.subjectOpened(at, stream, Subject{Kind: kind, ID: MonthID(s.Finance, s.Month), Office: s.Finance}); err != nil {
		return err
	}
	return b.subjectChanged(at, stream, status, SubjectCounts{}, signing)
}
