package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/payrun"
)

// bankPage gathers what the lines of one page change: a page of many lines is a few rows.
type bankPage struct {
	told  map[string]domain.Period // by run: the month in which the bank was told
	order []bookingKey
	sums  map[bookingKey]booking
}

// bookingKey is what bookings of one entry are summed by.
type bookingKey struct{ finance, programme, class, run, figure, cause, own string }

func newBankPage() *bankPage {
	return &bankPage{told: map[string]domain.Period{}, sums: map[bookingKey]booking{}}
}

func (p *bankPage) add(k booking) {
	own := ""
	if !k.own.IsZero() {
		own = k.own.MonthPeriod().String()
	}
	key := bookingKey{k.finance, k.programme, k.class, k.run, k.figure, k.cause, own}
	sum, known := p.sums[key]
	if !known {
		p.order = append(p.order, key)
		sum = k
		sum.amount, sum.facts = domain.Money{}, 0
	}
	sum.amount, sum.facts = sum.amount.Add(k.amount), sum.facts+k.facts
	p.sums[key] = sum
}

// bookBankLine adds what a bank line says to its page: of the instruction line that it moved, or of none. The line's run had
// its instruction refused whole when it is back among the instructed by this line.
func (b *batch) bookBankLine(p *bankPage, at int64, f *bankFile, e *decoded, l bankfile.ClassifiedLine, row instructedRow, day domain.Date, delta bankfile.Buckets) error {
	k := booking{finance: f.finance, figure: figureBank, cause: string(l.Class), own: day, amount: l.Amount.Abs(), facts: 1}
	if row.run == "" {
		p.add(k)
		return nil
	}
	r, err := b.run(row.run)
	if err != nil {
		return err
	}
	o := r.state.Opened
	if row.rejected {
		if err := b.toldAgain(at, e, o, row, day); err != nil {
			return err
		}
	}
	told, err := b.toldIn(p, o.Run)
	if err != nil {
		return err
	}
	k.finance, k.programme, k.class, k.run, k.own = o.Finance, o.Programme, row.class, o.Run, notBefore(day, told)
	p.add(k)
	for _, part := range []struct {
		figure string
		amount domain.Money
	}{{"settled", delta.Settled}, {"returned", delta.Returned}, {"outstanding", delta.Outstanding}, {"beyond", delta.Beyond}, {"early", delta.Early}} {
		if !part.amount.IsZero() {
			k.figure, k.amount = part.figure, part.amount
			p.add(k)
		}
	}
	return nil
}

// toldAgain books that a line counts as told again since a bank answered it: with the answer, and not before its refusal.
func (b *batch) toldAgain(at int64, e *decoded, o payrun.Opened, row instructedRow, day domain.Date) error {
	var text string
	if _, err := b.row([]any{&text}, `SELECT coalesce(max(ended_month), '') FROM told_before_v1 WHERE run = ? AND line = ?`, row.run, row.line); err != nil {
		return err
	}
	refused, err := domain.ParsePeriod(text)
	if err != nil {
		return fmt.Errorf("month in which line %d of run %s was refused: %w", row.line, row.run, err)
	}
	own := notBefore(day, refused)
	month, err := b.monthOf(at, e, o.Finance, own)
	if err != nil {
		return err
	}
	if err := b.exec(`UPDATE instructed_v1 SET since = ?, since_month = ? WHERE run = ? AND line = ?`, at, month, row.run, row.line); err != nil {
		return err
	}
	return b.bookInstruction(at, e, o, "answered", own)
}

// toldIn is the month in which the bank was told to pay a run.
func (b *batch) toldIn(p *bankPage, run string) (domain.Period, error) {
	if in, known := p.told[run]; known {
		return in, nil
	}
	var text string
	_, err := b.row([]any{&text}, `SELECT coalesce(min(month), '') FROM book_v1 WHERE run = ? AND figure = 'instructed'`, run)
	if err != nil || text == "" {
		return domain.Period{}, err
	}
	p.told[run], err = domain.ParsePeriod(text)
	return p.told[run], err
}

// bookBankPage writes what a page came to.
func (b *batch) bookBankPage(p *bankPage, at int64, e *decoded) error {
	for _, key := range p.order {
		if err := b.book(at, e, p.sums[key]); err != nil {
			return err
		}
	}
	return nil
}

// notBefore is the day on which a bank line counts: whatever day it names, not before the month in which the bank was told.
func notBefore(day domain.Date, told domain.Period) domain.Date {
	if !told.IsZero() && day.Before(told.First()) {
		return told.First()
	}
	return day
}
