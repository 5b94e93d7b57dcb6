package projections

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/domain/month"
)

// lineKey names an instruction line.
type lineKey struct {
	run  string
	line int
}

// buckets are sums of moves in fen: settled, returned, outstanding, beyond, early.
type buckets [5]int64

func (b *buckets) add(c buckets) {
	for i := range b {
		b[i] += c[i]
	}
}

// lineMoves is what banks said of one line from the month on.
type lineMoves struct {
	in, after buckets // booked in the month; booked later, or not taken in
	late      bool    // in the month
}

// move is one bank line with what it moved.
type move struct {
	at, recorded int64
	file         string
	bankLine     int
	key          lineKey
	class        bankfile.Class
	late         bool
	amount       int64
	on           domain.Date
	moved        buckets
}

// moves reads the bank lines from the first on that is booked in the month or later, in log order.
func (q *reckoner) moves(visit func(move, domain.Period) error) error {
	var from int64
	err := q.tx.QueryRowContext(q.ctx, `SELECT coalesce(min(log_index), ?) FROM book_v1 WHERE finance = ? AND month >= ? AND figure = ?`,
		q.until, q.finance, q.month.String(), figureBank).Scan(&from)
	if err != nil {
		return err
	}
	told, err := q.toldIn()
	if err != nil {
		return err
	}
	rows, err := q.tx.QueryContext(q.ctx, `SELECT m.log_index, e.at, m.file, m.bank_line, m.run, m.line, m.class, m.late, m.amount, m.booked_on,
			m.settled, m.returned, m.outstanding, m.beyond, m.early
		FROM bank_moves_v1 m INDEXED BY moves_log JOIN events_v1 e ON e.log_index = m.log_index JOIN bankfiles_v1 f ON f.file = m.file LEFT JOIN instructed_v1 i ON i.run = m.run AND i.line = m.line
		WHERE m.log_index >= ? AND coalesce(i.finance, f.finance) = ? ORDER BY m.log_index, m.bank_line`, from, q.finance)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m move
		var on sql.NullString
		if err := rows.Scan(&m.at, &m.recorded, &m.file, &m.bankLine, &m.key.run, &m.key.line, &m.class, &m.late, &m.amount, &on,
			&m.moved[0], &m.moved[1], &m.moved[2], &m.moved[3], &m.moved[4]); err != nil {
			return err
		}
		if m.on, err = day(on.String); err != nil {
			return err
		}
		m.on = notBefore(m.on, told[m.key.run])
		if err := visit(m, q.books.MonthOf(m.at, domain.DateOf(time.UnixMicro(m.recorded)), m.on)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// differences lists, line by line, what the bank did not simply pay: what is open at the month's end, and what came back,
// was paid beyond or reversed in it. Bank lines about no line of ours stand with them.
func (q *reckoner) differences() error {
	byLine := map[lineKey]*lineMoves{}
	var odd []move // about no line of ours, or stating another amount than they moved
	err := q.moves(func(m move, booked domain.Period) error {
		counted := m.at < q.until && !booked.After(q.month)
		if m.at < q.until && booked == q.month && (m.class == bankfile.Unknown || m.stray() != 0) {
			odd = append(odd, m)
		}
		if m.key.run == "" {
			return nil
		}
		l := byLine[m.key]
		if l == nil {
			l = &lineMoves{}
			byLine[m.key] = l
		}
		switch {
		case !counted:
			l.after.add(m.moved)
		case booked == q.month:
			l.in.add(m.moved)
			l.late = l.late || m.late
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := q.lineDifferences(byLine); err != nil {
		return err
	}
	for _, m := range odd {
		if err := q.oddLine(m); err != nil {
			return fmt.Errorf("line %d of bank file %s: %w", m.bankLine, m.file, err)
		}
	}
	slices.SortStableFunc(q.out.Differences, func(a, b month.Difference) int {
		return cmp.Or(cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Programme, b.Programme), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.BankFile, b.BankFile), cmp.Compare(a.BankLine, b.BankLine))
	})
	return nil
}

// lineDifferences reads the lines that may differ: those open now, and those that banks spoke of since.
func (q *reckoner) lineDifferences(byLine map[lineKey]*lineMoves) error {
	gaveUp, err := q.gaveUp()
	if err != nil {
		return err
	}
	rows, err := q.tx.QueryContext(q.ctx, toldLines("instructed_v1", `i.since < ?2 AND i.since_month <= ?3 OR`)+` UNION ALL `+toldLines("rejected_v1", ``), q.finance, q.until, q.month.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key lineKey
		var ref, programme string
		var amount int64
		var now buckets
		if err := rows.Scan(&key.run, &key.line, &ref, &programme, &amount, &now[0], &now[1], &now[2], &now[3], &now[4]); err != nil {
			return err
		}
		moved := byLine[key]
		if moved == nil && now[2] == 0 {
			continue
		}
		if moved == nil {
			moved = &lineMoves{}
		}
		d := month.Difference{Programme: programme, Run: key.run, Line: key.line, PayRef: ref}
		q.lineCauses(d, amount, now, moved, gaveUp[key.run])
	}
	return rows.Err()
}

// lineCauses adds the differences of one line.
func (q *reckoner) lineCauses(d month.Difference, amount int64, now buckets, moved *lineMoves, gaveUp bool) {
	add := func(cause bankfile.Cause, fen int64) {
		if fen != 0 {
			d.Cause, d.Amount = string(cause), domain.Fen(fen)
			q.out.Differences = append(q.out.Differences, d)
		}
	}
	open := now[2] - moved.after[2]
	switch {
	case open == amount && gaveUp:
		add(bankfile.CauseMissing, open)
	case open == amount:
		add(bankfile.CausePending, open)
	default:
		add(bankfile.CauseShort, open)
	}
	add(bankfile.CauseReturned, moved.in[1])
	add(bankfile.CauseBeyond, moved.in[3])
	add(bankfile.CauseEarly, moved.in[4])
	if moved.late && moved.in[0] > 0 {
		add(bankfile.CauseLate, moved.in[0])
	}
}

// toldIn is the month in which the bank was told to pay each run.
func (q *reckoner) toldIn() (map[string]domain.Period, error) {
	rows, err := scanAll(q.ctx, q.tx, func(r *sql.Rows) (x [2]string, err error) { return x, r.Scan(&x[0], &x[1]) },
		`SELECT run, min(month) FROM book_v1 WHERE finance = ? AND figure = 'instructed' GROUP BY run`, q.finance)
	told := make(map[string]domain.Period, len(rows))
	for _, x := range rows {
		if told[x[0]], err = domain.ParsePeriod(x[1]); err != nil {
			return nil, err
		}
	}
	return told, err
}

// toldLines selects the lines of finance office ?1 whose instruction stood at the end of month ?3, as the first ?2 entries
// tell it. A line whose instruction was refused whole in between, and stands again or not, was told from one entry to another.
func toldLines(table, now string) string {
	return `SELECT i.run, i.line, i.payref, i.programme, i.amount, i.settled, i.returned, i.outstanding, i.beyond, i.early FROM ` + table + ` i WHERE i.finance = ?1
		AND (` + now + ` EXISTS (SELECT 1 FROM told_before_v1 t WHERE t.run = i.run AND t.line = i.line AND t.since < ?2 AND t.since_month <= ?3 AND (t.ended >= ?2 OR t.ended_month > ?3)))`
}

// gaveUp are the runs that were settled without waiting longer for the bank, and not refused since.
func (q *reckoner) gaveUp() (map[string]bool, error) {
	runs, err := scanAll(q.ctx, q.tx, func(r *sql.Rows) (run string, err error) { return run, r.Scan(&run) },
		`SELECT p.run FROM payruns_v1 p JOIN events_v1 e ON e.stream = p.stream JOIN words_v1 w ON w.id = e.type
		WHERE p.run IN (SELECT run FROM instructed_v1 WHERE finance = ?1 UNION SELECT run FROM rejected_v1 WHERE finance = ?1) AND w.word IN ('payrun.settled', 'payrun.instruction-rejected') AND e.log_index < ?2
		GROUP BY p.run HAVING max(iif(w.word = 'payrun.settled', e.log_index, -1)) > max(iif(w.word = 'payrun.settled', -1, e.log_index))`, q.finance, q.until)
	return setOf(runs), err
}

func setOf(all []string) map[string]bool {
	set := make(map[string]bool, len(all))
	for _, s := range all {
		set[s] = true
	}
	return set
}

// explains is what a bank line's moves come to in the terms of what its file states.
func (m move) explains() int64 {
	held := m.moved[0] + m.moved[3] - m.moved[4]
	switch m.class {
	case bankfile.Matched, bankfile.UnderAmount, bankfile.OverAmount, bankfile.PaidTwice:
		return held
	case bankfile.Reversed:
		return -held
	case bankfile.Returned:
		return -held - m.moved[2]
	}
	return 0
}

// stray is what a line states and its moves do not explain. A line that repeats, or is about no line of ours, moves nothing.
func (m move) stray() int64 {
	if m.class == bankfile.Unknown || m.class == bankfile.DuplicateLine {
		return m.explains()
	}
	return max(m.amount, -m.amount) - m.explains()
}

// oddLine lists a bank line about no line of ours, with the reason; or one that moved something else than it states because
// of what had been said of its line before, or because it states another amount than its line was told to be paid.
func (q *reckoner) oddLine(m move) error {
	d := month.Difference{Cause: string(bankfile.CauseUnknown), Amount: domain.Fen(m.amount), BankFile: m.file, BankLine: m.bankLine}
	if m.key.run != "" {
		var others int
		var told int64
		err := q.tx.QueryRowContext(q.ctx, `SELECT i.payref, i.programme, i.amount, (SELECT count(*) FROM bank_moves_v1 m WHERE m.run = i.run AND m.line = i.line AND (m.log_index < ?3 OR m.log_index = ?3 AND m.bank_line < ?4))
			FROM instructed_v1 i WHERE i.run = ?1 AND i.line = ?2`, m.key.run, m.key.line, m.at, m.bankLine).Scan(&d.PayRef, &d.Programme, &told, &others)
		if err != nil {
			return err
		}
		if others == 0 && max(m.amount, -m.amount) == told {
			return nil // nothing explains it: the check of its class says so
		}
		q.disputed[m.class] = q.disputed[m.class].Add(domain.Fen(m.stray()))
		d.Cause, d.Amount, d.Run, d.Line = string(bankfile.CauseContradiction), domain.Fen(m.stray()), m.key.run, m.key.line
	}
	reason, err := q.reasonOf(m)
	d.Reason = reason
	q.out.Differences = append(q.out.Differences, d)
	return err
}

// reasonOf reads a bank line's reason from its page.
func (q *reckoner) reasonOf(m move) (string, error) {
	var data string
	err := q.tx.QueryRowContext(q.ctx, `SELECT data FROM bank_pages_v1 WHERE file = ? AND log_index = ? AND first <= ? AND first + lines > ? LIMIT 1`, m.file, m.at, m.bankLine, m.bankLine).Scan(&data)
	if err != nil {
		return "", err
	}
	var page bankfile.Classified
	if err := codec.Unmarshal(data, &page); err != nil {
		return "", err
	}
	for _, l := range page.Lines {
		if l.Line == m.bankLine {
			return l.Reason, nil
		}
	}
	return "", nil
}
