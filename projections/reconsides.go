package projections

import (
	"database/sql"

	"almoner/domain"
	"almoner/domain/bankfile"
)

// bankSide sums the bank lines of the month by class.
func (q *reckoner) bankSide() error {
	index := map[bankfile.Class]int{}
	for _, class := range bankfile.Classes() {
		index[class] = len(q.out.Bank)
		q.out.Bank = append(q.out.Bank, BankClass{Class: class})
	}
	rows, err := q.tx.QueryContext(q.ctx, `SELECT cause, figure, sum(amount), sum(facts) FROM book_v1 WHERE finance = ? AND month = ? AND log_index < ? GROUP BY cause, figure`,
		q.finance, q.month.String(), q.until)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var class bankfile.Class
		var figure string
		var amount int64
		var facts int
		if err := rows.Scan(&class, &figure, &amount, &facts); err != nil {
			return err
		}
		i, ok := index[class]
		if !ok {
			continue // not a bank line
		}
		b, money := &q.out.Bank[i], domain.Fen(amount)
		switch figure {
		case figureBank:
			b.Stated, b.Lines = money, facts
		case "settled":
			b.Settled = money
		case "returned":
			b.Returned = money
		case "outstanding":
			b.Outstanding = money
		case "beyond":
			b.Beyond = money
		case "early":
			b.Early = money
		}
	}
	return rows.Err()
}

// bankChecks holds what the bank's lines state, class by class, against what they moved here; lines that contradict
// another one are explained by name.
func (q *reckoner) bankChecks(add func(name, part string, ours, theirs domain.Money)) {
	var moved bankfile.Buckets
	for _, b := range q.out.Bank {
		m := move{class: b.Class, moved: buckets{b.Settled.Fen(), b.Returned.Fen(), b.Outstanding.Fen(), b.Beyond.Fen(), b.Early.Fen()}}
		theirs := b.Stated.Sub(q.disputed[b.Class])
		if b.Class == bankfile.DuplicateLine || b.Class == bankfile.Unknown {
			theirs = domain.Money{} // no money moved by them
		}
		if b.Lines > 0 {
			add("bank."+string(b.Class), "", domain.Fen(m.explains()), theirs)
		}
		moved = moved.Add(b.Buckets)
	}
	total := q.out.Total()
	add("bank.settled", "", total.Settled, moved.Settled)
	add("bank.returned", "", total.Returned, moved.Returned)
	add("bank.answered", "", total.Opening.Add(total.Instructed).Sub(total.Outstanding), moved.Outstanding.Neg())
}

// fundSide sums what funds say of the runs that were instructed, over all months.
func (q *reckoner) fundSide() error {
	var err error
	q.out.Funds, err = scanAll(q.ctx, q.tx, func(r *sql.Rows) (FundSide, error) {
		var f FundSide
		var committed, spent, released int64
		err := r.Scan(&f.Fund, &f.Programme, &f.Run, &committed, &spent, &released)
		f.Committed, f.Spent, f.Released = domain.Fen(committed), domain.Fen(spent), domain.Fen(released)
		return f, err
	}, `SELECT fund, programme, run, sum(iif(kind = 'committed', amount, 0)), sum(iif(kind = 'spent', amount, 0)), sum(iif(kind = 'released', amount, 0))
		FROM fund_entries_v1 WHERE finance = ? AND log_index < ? AND run <> '' GROUP BY fund, programme, run ORDER BY run, fund`, q.finance, q.until)
	return err
}

// fundChecks holds what funds spent against what payees hold, and what is left of the money set aside for each run, less
// what the bank paid beyond it, against what is outstanding. A finance office without any fund in this ledger is compared with none.
func (q *reckoner) fundChecks(add func(name, part string, ours, theirs domain.Money)) error {
	type side struct{ spent, kept domain.Money }
	funds := map[string]side{}
	for _, f := range q.out.Funds {
		s := funds[f.Run]
		funds[f.Run] = side{s.spent.Add(f.Spent), s.kept.Add(f.Committed).Sub(f.Released).Sub(f.Spent)}
	}
	var kept bool
	if err := q.tx.QueryRowContext(q.ctx, `SELECT EXISTS (SELECT 1 FROM funds_v1 WHERE finance = ?)`, q.finance).Scan(&kept); err != nil || !kept {
		return err
	}
	rows, err := q.tx.QueryContext(q.ctx, `SELECT run, sum(iif(figure IN ('settled', 'beyond'), amount, iif(figure = 'early', -amount, 0))), sum(iif(figure IN ('outstanding', 'early'), amount, iif(figure = 'beyond', -amount, 0))), sum(figure = 'instructed')
		FROM book_v1 WHERE finance = ? AND log_index < ? AND run <> '' GROUP BY run ORDER BY run`, q.finance, q.until)
	if err != nil {
		return err
	}
	defer rows.Close()
	var ours, theirs side
	for rows.Next() {
		var run string
		var held, open int64
		var told int
		if err := rows.Scan(&run, &held, &open, &told); err != nil {
			return err
		}
		if told == 0 {
			continue
		}
		mine, fund := side{domain.Fen(held), domain.Fen(open)}, funds[run]
		ours, theirs = side{ours.spent.Add(mine.spent), ours.kept.Add(mine.kept)}, side{theirs.spent.Add(fund.spent), theirs.kept.Add(fund.kept)}
		if !mine.spent.Equal(fund.spent) {
			add("fund.spent", run, mine.spent, fund.spent)
		}
		if !mine.kept.Equal(fund.kept) {
			add("fund.kept", run, mine.kept, fund.kept)
		}
	}
	add("fund.spent", "", ours.spent, theirs.spent)
	add("fund.kept", "", ours.kept, theirs.kept)
	return rows.Err()
}
