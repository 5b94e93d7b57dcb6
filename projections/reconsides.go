package projections

import (
	"database/sql"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/fund"
	"almoner/domain/payrun"
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
	freed, err := q.freedAfterSettling()
	if err != nil {
		return err
	}
	for run, amount := range freed {
		s := funds[run]
		funds[run] = side{s.spent, s.kept.Add(amount)}
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
		mine, its := side{domain.Fen(held), domain.Fen(open)}, funds[run]
		ours, theirs = side{ours.spent.Add(mine.spent), ours.kept.Add(mine.kept)}, side{theirs.spent.Add(its.spent), theirs.kept.Add(its.kept)}
		if !mine.spent.Equal(its.spent) {
			add("fund.spent", run, mine.spent, its.spent)
		}
		if !mine.kept.Equal(its.kept) {
			add("fund.kept", run, mine.kept, its.kept)
		}
	}
	add("fund.spent", "", ours.spent, theirs.spent)
	add("fund.kept", "", ours.kept, theirs.kept)
	if err := rows.Err(); err != nil {
		return err
	}
	return q.refundChecks(add)
}

// freedAfterSettling is what an officer let go of for runs that were settled with lines missing: the books leave such lines
// outstanding, since the bank may still pay them, and the fund no longer waits. What was set aside anew since makes up for it.
func (q *reckoner) freedAfterSettling() (map[string]domain.Money, error) {
	type freed struct {
		run    string
		amount int64
	}
	all, err := scanAll(q.ctx, q.tx, func(r *sql.Rows) (f freed, err error) { return f, r.Scan(&f.run, &f.amount) },
		`SELECT f.run, sum(f.amount) FROM fund_entries_v1 f JOIN payruns_v1 p ON p.run = f.run
		WHERE f.finance = ?1 AND f.kind = ?3 AND f.detail = ?4 AND f.log_index < ?2
			AND EXISTS (SELECT 1 FROM events_v1 e JOIN words_v1 w ON w.id = e.type WHERE e.stream = p.stream AND w.word = ?6 AND e.log_index < f.log_index)
			AND NOT EXISTS (SELECT 1 FROM fund_entries_v1 c WHERE c.run = f.run AND c.kind = ?5 AND c.log_index > f.log_index AND c.log_index < ?2)
		GROUP BY f.run`, q.finance, q.until, string(FundReleased), string(fund.ForUnneeded), string(FundCommitted), (payrun.Settled{}).EventType())
	out := make(map[string]domain.Money, len(all))
	for _, f := range all {
		out[f.run] = domain.Fen(f.amount)
	}
	return out, err
}

// refundChecks holds what people paid back against what funds took in for it, over all months: for each refund with its
// voucher, as the person's stream states it. Money that a fund took in for no overpayment is no refund, and one of an
// overpayment that nobody here paid is booked in no month.
func (q *reckoner) refundChecks(add func(name, part string, ours, theirs domain.Money)) error {
	var ours, theirs int64
	err := q.tx.QueryRowContext(q.ctx, `WITH refunds AS (
			SELECT r.overpayment, r.voucher, b.finance FROM recovery_entries_v1 r
			LEFT JOIN book_v1 b ON b.log_index = r.log_index AND b.figure = 'refunded'
			WHERE r.kind = ?3 AND r.method <> ?4 AND r.log_index < ?2 GROUP BY r.overpayment, r.voucher)
		SELECT (SELECT coalesce(sum(amount), 0) FROM book_v1 WHERE finance = ?1 AND figure = 'refunded' AND log_index < ?2),
			(SELECT coalesce(sum(f.amount), 0) FROM fund_entries_v1 f LEFT JOIN refunds r ON r.overpayment = f.detail AND r.voucher = f.document
			WHERE f.kind = ?5 AND f.detail <> '' AND f.log_index < ?2 AND iif(r.overpayment IS NULL, f.finance, r.finance) = ?1)`,
		q.finance, q.until, string(beneficiary.EntryRecovered), beneficiary.MethodBankReversal, string(FundRecovered)).Scan(&ours, &theirs)
	if err == nil {
		add("fund.recovered", "", domain.Fen(ours), domain.Fen(theirs))
	}
	return err
}
