package projections

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/month"
)

// MonthID is how a book month is named: "<finance office>/2022-01".
func MonthID(finance string, in domain.Period) string { return finance + "/" + in.String() }

// ParseMonthID is the inverse of MonthID. It refuses with month.id.
func ParseMonthID(id string) (finance string, in domain.Period, err error) {
	finance, text, found := strings.Cut(id, "/")
	if found && finance != "" {
		if in, err = domain.ParsePeriod(text); err == nil && in.Kind() == domain.Month {
			return finance, in, nil
		}
	}
	return "", domain.Period{}, domain.Refuse(domain.Invalid, "month.id", "%.60q names no book month", id).
		WithNext("write the finance office and the month, as finance-1/2022-01")
}

// BookMonth is one book month as lists and its page show it.
type BookMonth struct {
	LogIndex                int64 // of the last entry of its stream; of the read models for one that has no stream yet
	Finance                 string
	Month                   domain.Period
	State                   month.State
	Instructed, Outstanding domain.Money // as booked now
}

// Months lists the book months of a finance office in which anything was booked, in order; of all offices when it is empty.
func (v *Views) Months(ctx context.Context, finance string) (logIndex int64, all []BookMonth, err error) {
	err = v.read(ctx, "book months", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, func(r *sql.Rows) (BookMonth, error) {
			var m BookMonth
			var in string
			var state []byte
			var changed sql.NullInt64
			var instructed, outstanding int64
			err := r.Scan(&m.Finance, &in, &instructed, &outstanding, &changed, &state)
			if err != nil {
				return m, err
			}
			m.LogIndex, m.Instructed, m.Outstanding = at.logIndex, domain.Fen(instructed), domain.Fen(outstanding)
			if changed.Valid {
				m.LogIndex = changed.Int64
				if err := codec.Unmarshal(state, &m.State); err != nil {
					return m, err
				}
			}
			m.Month, err = domain.ParsePeriod(in)
			return m, err
		}, `SELECT b.finance, b.month, sum(CASE b.figure WHEN 'instructed' THEN b.amount ELSE 0 END),
				(SELECT coalesce(sum(o.amount), 0) FROM book_v1 o WHERE o.finance = b.finance AND o.month <= b.month AND o.figure = 'outstanding'), m.log_index, m.state
			FROM book_v1 b LEFT JOIN months_v1 m ON m.finance = b.finance AND m.month = b.month
			WHERE ?1 = '' OR b.finance = ?1 GROUP BY b.finance, b.month ORDER BY b.finance, b.month`, finance)
		return err
	})
	return logIndex, all, err
}

// Month is where a book month stands; one that nobody submitted is open.
func (v *Views) Month(ctx context.Context, finance string, in domain.Period) (BookMonth, error) {
	out := BookMonth{Finance: finance, Month: in}
	err := v.read(ctx, "month "+MonthID(finance, in), func(tx *sql.Tx, at stand) error {
		out.LogIndex = at.logIndex
		s, err := monthState(ctx, tx, finance, in)
		out.State = s
		return err
	})
	return out, err
}

func monthState(ctx context.Context, tx *sql.Tx, finance string, in domain.Period) (month.State, error) {
	var s month.State
	var data []byte
	err := tx.QueryRowContext(ctx, `SELECT state FROM months_v1 WHERE finance = ? AND month = ?`, finance, in.String()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return s.Begin(finance, in), nil
	}
	if err != nil {
		return s, err
	}
	return s, codec.Unmarshal(data, &s)
}

const bookMarks = `SELECT month, from_index, log_index, reopened FROM month_marks_v1 WHERE finance = ? ORDER BY log_index`

// scanBooks reads closes and reopenings, and closes the rows.
func scanBooks(rows *sql.Rows) (month.Books, error) {
	defer rows.Close()
	var books month.Books
	for rows.Next() {
		var text string
		var from, at int64
		var reopened bool
		if err := rows.Scan(&text, &from, &at, &reopened); err != nil {
			return books, err
		}
		in, err := domain.ParsePeriod(text)
		if err != nil {
			return books, err
		}
		if reopened {
			books = books.Reopen(in, at)
		} else {
			books = books.Close(in, from)
		}
	}
	return books, rows.Err()
}

// Books are the closes and reopenings of a finance office: in which month a fact is booked.
func (v *Views) Books(ctx context.Context, finance string) (logIndex int64, books month.Books, err error) {
	err = v.read(ctx, "books of "+finance, func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		books, err = booksOf(ctx, tx, finance)
		return err
	})
	return logIndex, books, err
}

func booksOf(ctx context.Context, tx *sql.Tx, finance string) (month.Books, error) {
	rows, err := tx.QueryContext(ctx, bookMarks, finance)
	if err != nil {
		return month.Books{}, err
	}
	return scanBooks(rows)
}

// BookMonth is the first month of a finance office that was not closed for a fact recorded at a log index; zero when none
// was ever closed: then each fact is booked in the month in which it was recorded. Books.MonthOf says the rest.
func (v *Views) BookMonth(ctx context.Context, finance string, logIndex int64) (domain.Period, error) {
	_, books, err := v.Books(ctx, finance)
	return books.FirstOpen(logIndex), err
}

// MonthStates are the months of a finance office that were ever submitted, in order.
func (v *Views) MonthStates(ctx context.Context, finance string) ([]month.State, error) {
	var all []month.State
	err := v.read(ctx, "months of "+finance, func(tx *sql.Tx, _ stand) (err error) {
		all, err = scanAll(ctx, tx, func(r *sql.Rows) (s month.State, err error) {
			var data []byte
			if err := r.Scan(&data); err != nil {
				return s, err
			}
			return s, codec.Unmarshal(data, &s)
		}, `SELECT state FROM months_v1 WHERE finance = ? ORDER BY month`, finance)
		return err
	})
	return all, err
}

// Reckon is the reckoning of ReconciliationAt; a log index of 0 takes in everything. It is what a close is decided on.
func (v *Views) Reckon(ctx context.Context, finance string, in domain.Period, logIndex int64) (month.Reckoning, error) {
	r, err := v.reconciliation(ctx, finance, in, func(_ month.State, at stand) int64 {
		if logIndex == 0 {
			return at.logIndex
		}
		return logIndex
	})
	return r.Reckoning, err
}
