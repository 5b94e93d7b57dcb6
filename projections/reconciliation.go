package projections

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/month"
)

// Reconciliation (对账) is what a book month of a finance office comes to, beside what the bank and the fund say: one
// question, one answer.
type Reconciliation struct {
	LogIndex int64 // of the read models
	At       int64 // entries that the figures take in; a month that was submitted stays at what was submitted
	State    month.State
	month.Reckoning

	Bank     []BankClass
	Funds    []FundSide
	Variance Variance
}

// BankClass is what the bank lines of one class came to in the month: as the files state them, without their signs, and
// what they moved.
type BankClass struct {
	Class  bankfile.Class
	Lines  int
	Stated domain.Money
	bankfile.Buckets
}

// FundSide is what the fund says of one run, over all months up to where the figures stand.
type FundSide struct {
	Fund, Programme, Run       string
	Committed, Spent, Released domain.Money
}

// Reconciliation works out a month of a finance office: as it was submitted, if it waits for signatures or is closed, else
// as it stands now.
func (v *Views) Reconciliation(ctx context.Context, finance string, in domain.Period) (Reconciliation, error) {
	return v.reconciliation(ctx, finance, in, func(s month.State, at stand) int64 {
		if s.Status == month.StatusAwaiting || s.Closed() {
			return s.Submitted.CutOff
		}
		return at.logIndex
	})
}

// ReconciliationAt works out a month from the first logIndex entries, and asks StaleError if there are not so many. At the
// cut-off that was submitted it comes to what was submitted.
func (v *Views) ReconciliationAt(ctx context.Context, finance string, in domain.Period, logIndex int64) (Reconciliation, error) {
	return v.reconciliation(ctx, finance, in, func(month.State, stand) int64 { return logIndex })
}

func (v *Views) reconciliation(ctx context.Context, finance string, in domain.Period, until func(month.State, stand) int64) (Reconciliation, error) {
	var out Reconciliation
	if in.Kind() != domain.Month {
		return out, domain.Refuse(domain.Invalid, "month.period", "books are kept by month, and %q is none", in).WithNext("name a month, as 2022-01")
	}
	err := v.read(ctx, "reconciliation of "+MonthID(finance, in), func(tx *sql.Tx, at stand) error {
		s, err := monthState(ctx, tx, finance, in)
		if err != nil {
			return err
		}
		q := &reckoner{ctx: ctx, tx: tx, finance: finance, month: in, state: s, until: until(s, at), disputed: map[bankfile.Class]domain.Money{}}
		if q.until > at.logIndex {
			return &StaleError{Have: at.logIndex, Want: q.until}
		}
		out, err = q.reckon()
		out.LogIndex = at.logIndex
		return err
	})
	return out, err
}

// reckoner works out one month from one snapshot of the tables.
type reckoner struct {
	ctx     context.Context
	tx      *sql.Tx
	finance string
	month   domain.Period
	state   month.State
	until   int64 // entries taken in
	books   month.Books
	out     Reconciliation

	disputed map[bankfile.Class]domain.Money // what lines of a class state and another line contradicts
}

// reckon works out everything, in the order in which one thing needs another.
func (q *reckoner) reckon() (Reconciliation, error) {
	q.out = Reconciliation{At: q.until, State: q.state, Reckoning: month.Reckoning{Finance: q.finance, Month: q.month}}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"books", q.readBooks}, {"cut-off", q.cutOff}, {"figures", q.figures}, {"runs", q.runs}, {"funding levels", q.levels}, {"lines", q.differences},
		{"bridge", q.bridge}, {"bank", q.bankSide}, {"fund", q.fundSide}, {"checks", q.checks}, {"obstacles", q.obstacles}, {"variance", q.variance},
	} {
		if err := step.do(); err != nil {
			return q.out, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return q.out, nil
}

func (q *reckoner) readBooks() (err error) {
	q.books, err = booksOf(q.ctx, q.tx, q.finance)
	return err
}

// cutOff is behind the last entry that says anything of this office's money: an entry that says nothing of it moves no
// cut-off, so that a figure stays signable while others work.
func (q *reckoner) cutOff() error {
	return q.tx.QueryRowContext(q.ctx, `SELECT max(coalesce((SELECT max(log_index) + 1 FROM book_v1 WHERE finance = ?1 AND log_index < ?2), 0),
		coalesce((SELECT max(log_index) + 1 FROM fund_entries_v1 WHERE finance = ?1 AND log_index < ?2), 0))`, q.finance, q.until).Scan(&q.out.CutOff)
}

// bookSum is the sum of one figure of one class, or run, in the month and before it.
type bookSum struct {
	programme, part, figure string
	before, in              int64
}

// sums adds up the bookings up to the month's end, by a column.
func (q *reckoner) sums(by string) ([]bookSum, error) {
	return scanAll(q.ctx, q.tx, func(r *sql.Rows) (s bookSum, err error) {
		return s, r.Scan(&s.programme, &s.part, &s.figure, &s.before, &s.in)
	}, `SELECT programme, `+by+`, figure, sum(iif(month < ?2, amount, 0)), sum(iif(month = ?2, amount, 0)) FROM book_v1
		WHERE finance = ?1 AND month <= ?2 AND log_index < ?3 AND programme <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, q.finance, q.month.String(), q.until)
}

// add takes a booking into figures: what was outstanding before the month is its opening.
func (s bookSum) add(f month.Figures) month.Figures {
	if s.figure == "outstanding" {
		f = f.Plus("opening", domain.Fen(s.before)).Plus("outstanding", domain.Fen(s.before))
	}
	return f.Plus(s.figure, domain.Fen(s.in))
}

// figures adds up the month by programme and by class.
func (q *reckoner) figures() error {
	sums, err := q.sums("class")
	if err != nil {
		return err
	}
	q.out.Programmes = gather(sums, func(s bookSum) month.Figures { return month.Figures{Programme: s.programme} })
	q.out.Classes = gather(sums, func(s bookSum) month.Figures { return month.Figures{Programme: s.programme, Class: s.part} })
	return nil
}

// gather adds up sums under keys. Parts in which nothing happened are left out.
func gather(sums []bookSum, key func(bookSum) month.Figures) []month.Figures {
	var out []month.Figures
	for _, s := range sums {
		k := key(s)
		i := slices.IndexFunc(out, func(f month.Figures) bool {
			return f.Programme == k.Programme && f.Class == k.Class && f.Level == k.Level
		})
		if i < 0 {
			i = len(out)
			out = append(out, k)
		}
		out[i] = s.add(out[i])
	}
	out = slices.DeleteFunc(out, month.Figures.IsZero)
	slices.SortFunc(out, func(a, b month.Figures) int {
		return cmp.Or(cmp.Compare(a.Programme, b.Programme), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Level, b.Level))
	})
	return out
}

// runs lists the runs instructed in the month, and the rulebooks they pay by.
func (q *reckoner) runs() error {
	runs, err := scanAll(q.ctx, q.tx, func(r *sql.Rows) (run string, err error) { return run, r.Scan(&run) },
		`SELECT DISTINCT run FROM book_v1 WHERE finance = ? AND month = ? AND log_index < ? AND figure = 'instructed' AND amount > 0 ORDER BY run`, q.finance, q.month.String(), q.until)
	if err != nil {
		return err
	}
	q.out.Runs = runs
	for _, id := range runs {
		p, err := onePayrun(q.ctx, q.tx, id)
		if err != nil {
			return err
		}
		if hash := p.State.Opened.Rulebook; !slices.Contains(q.out.Rulebooks, hash) {
			q.out.Rulebooks = append(q.out.Rulebooks, hash)
		}
	}
	slices.Sort(q.out.Rulebooks)
	return nil
}

// bridge lists what the month counts of earlier, closed months, and, after a reopening, what came after the close before.
func (q *reckoner) bridge() error {
	since := int64(math.MaxInt64)
	if before, ok := q.closedBefore(); ok {
		since = before.CutOff
	}
	rows, err := q.tx.QueryContext(q.ctx, `SELECT b.log_index, e.id, b.programme, b.figure, b.cause, b.own, sum(b.amount), sum(b.facts) FROM book_v1 b JOIN events_v1 e ON e.log_index = b.log_index
		WHERE b.finance = ?1 AND b.month = ?2 AND b.log_index < ?3 AND b.programme <> '' AND b.figure <> ?5 AND (b.log_index >= ?4 OR b.own <> '' AND b.own < ?2)
		GROUP BY b.log_index, b.programme, b.figure, b.cause, b.own ORDER BY b.log_index, b.programme, b.figure, b.cause, b.own`,
		q.finance, q.month.String(), q.until, since, figureBank)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at, amount int64
		var id []byte
		var own string
		row := month.Bridge{Month: q.month}
		if err := rows.Scan(&at, &id, &row.Programme, &row.Figure, &row.Cause, &own, &amount, &row.Facts); err != nil {
			return err
		}
		if at < since {
			if row.Month, err = domain.ParsePeriod(own); err != nil {
				return err
			}
			if !q.books.Closed(row.Month, at) {
				continue // it was open, and the fact was recorded late
			}
		}
		if row.Event, err = textID(id); err != nil {
			return err
		}
		row.Amount = domain.Fen(amount)
		if !row.Amount.IsZero() {
			q.out.Bridge = append(q.out.Bridge, row)
		}
	}
	return rows.Err()
}

// closedBefore is the month's last close before the one that is worked out.
func (q *reckoner) closedBefore() (before month.Stood, ok bool) {
	for _, c := range q.state.Closes {
		if c.CutOff < q.until {
			before, ok = c, true
		}
	}
	if ok && q.state.Submitted.CutOff == before.CutOff && before.CutOff == q.out.CutOff && q.state.Closed() {
		return month.Stood{}, false
	}
	return before, ok
}

// obstacles lists what stands in the way of a close, as it is known now.
func (q *reckoner) obstacles() error {
	var err error
	list := func(query string, args ...any) []string {
		if err != nil {
			return nil
		}
		var all []string
		all, err = scanAll(q.ctx, q.tx, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }, query, args...)
		return all
	}
	q.out.Unclassified = list(`SELECT file FROM bankfiles_v1 WHERE finance = ? AND direction = ? AND status NOT IN (?, ?) AND log_index < ? ORDER BY log_index`,
		q.finance, directionReceived, string(bankfile.StatusClassified), string(bankfile.StatusUnreadable), q.until)
	q.out.Moved = len(list(`SELECT finance FROM book_v1 WHERE finance = ? AND month <= ? AND log_index < ? LIMIT 1`, q.finance, q.month.String(), q.until)) > 0
	for _, text := range list(`SELECT DISTINCT month FROM book_v1 WHERE finance = ? AND month < ? AND log_index < ? ORDER BY month`, q.finance, q.month.String(), q.until) {
		earlier, err := domain.ParsePeriod(text)
		if err != nil {
			return err
		}
		if !q.books.Closed(earlier, math.MaxInt64) {
			q.out.EarlierOpen = append(q.out.EarlierOpen, earlier)
		}
	}
	return err
}

// checks compares the figures with themselves, with the lines, with the close before, with the bank and with the fund.
func (q *reckoner) checks() error {
	r := &q.out.Reckoning
	add := func(name, part string, ours, theirs domain.Money) {
		r.Checks = append(r.Checks, month.Check{Name: name, Part: part, Ours: ours, Theirs: theirs})
	}
	parts := map[string][]month.Figures{"class": r.Classes, "level": r.Levels}
	for _, f := range r.Programmes {
		add("footing", f.Programme, f.Opening.Add(f.Instructed).Sub(f.Settled).Sub(f.Returned), f.Outstanding)
		for _, by := range []string{"class", "level"} {
			var sum month.Figures
			for _, part := range parts[by] {
				if part.Programme == f.Programme {
					sum = sum.Add(part)
				}
			}
			for _, name := range month.FigureNames() {
				if ours, theirs := f.Of(name), sum.Of(name); !ours.Equal(theirs) || name == "outstanding" {
					add(by+"."+name, f.Programme, ours, theirs)
				}
			}
		}
	}
	q.lineChecks(add)
	if err := q.openingChecks(add); err != nil {
		return err
	}
	q.bridgeChecks(add)
	q.bankChecks(add)
	return q.fundChecks(add)
}

// lineChecks holds the bookings against the lines as banks left them.
func (q *reckoner) lineChecks(add func(name, part string, ours, theirs domain.Money)) {
	total := q.out.Total()
	by := map[string]domain.Money{}
	for _, d := range q.out.Differences {
		by[d.Cause] = by[d.Cause].Add(d.Amount)
	}
	open := domain.Sum(by[string(bankfile.CausePending)], by[string(bankfile.CauseMissing)], by[string(bankfile.CauseShort)])
	add("lines.outstanding", "", total.Outstanding, open)
	add("lines.returned", "", total.Returned, by[string(bankfile.CauseReturned)])
	add("lines.beyond", "", total.Beyond, by[string(bankfile.CauseBeyond)])
	add("lines.early", "", total.Early, by[string(bankfile.CauseEarly)])
}

// openingChecks holds the opening against what the last close before left outstanding. While anything is booked in an open
// month between the two there is nothing to compare.
func (q *reckoner) openingChecks(add func(name, part string, ours, theirs domain.Money)) error {
	last := q.books.Before(q.month).LastClosed(q.until)
	if last.IsZero() {
		return nil
	}
	var between bool
	err := q.tx.QueryRowContext(q.ctx, `SELECT EXISTS (SELECT 1 FROM book_v1 WHERE finance = ? AND month > ? AND month < ? AND log_index < ?)`,
		q.finance, last.String(), q.month.String(), q.until).Scan(&between)
	if err != nil || between {
		return err
	}
	s, err := monthState(q.ctx, q.tx, q.finance, last)
	if err != nil {
		return err
	}
	closed := month.Stood{}
	for _, c := range s.Closes {
		if c.CutOff <= q.until {
			closed = c
		}
	}
	left := map[string]domain.Money{}
	for _, f := range closed.Figures {
		left[f.Programme] = f.Outstanding
	}
	for _, f := range q.out.Programmes {
		add("opening", f.Programme, f.Opening, left[f.Programme])
		delete(left, f.Programme)
	}
	for _, programme := range sortedKeys(left) {
		if !left[programme].IsZero() {
			add("opening", programme, domain.Money{}, left[programme])
		}
	}
	return nil
}

// bridgeChecks holds the bridge of a month closed anew against the difference to the close before.
func (q *reckoner) bridgeChecks(add func(name, part string, ours, theirs domain.Money)) {
	before, ok := q.closedBefore()
	if !ok {
		return
	}
	var old, bridge month.Figures
	for _, f := range before.Figures {
		old = old.Add(f)
	}
	for _, b := range q.out.Bridge {
		if b.Month == q.month {
			bridge = bridge.Plus(b.Figure, b.Amount)
		}
	}
	now := q.out.Total()
	for _, name := range month.FigureNames() {
		ours, was := now.Of(name), old.Of(name)
		switch name {
		case "opening":
			continue // the month before has a bridge of its own
		case "outstanding":
			ours, was = ours.Sub(now.Opening), was.Sub(old.Opening)
		}
		if difference := ours.Sub(was); !difference.IsZero() || !bridge.Of(name).IsZero() {
			add("bridge."+name, "", difference, bridge.Of(name))
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
