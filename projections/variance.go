package projections

import (
	"cmp"
	"database/sql"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
)

// VarianceCause is why a month's instructions come to another total than those of the month before.
type VarianceCause string

// The causes. Each fen of each person's difference has exactly one.
const (
	Entered     VarianceCause = "entered"    // regular money, and none in the month before, nor held then
	Left        VarianceCause = "left"       // none any more, and not held
	Suspension  VarianceCause = "suspension" // withheld now, or then and paid again
	Held        VarianceCause = "held"       // held for another reason: no account, a returned payment, …
	RateChange  VarianceCause = "rate"       // another rate of the same class
	ClassChange VarianceCause = "class"      // another class
	MoreUnits   VarianceCause = "units"      // more or fewer units at the same rate: a quarter beside a month
	ArrearsPaid VarianceCause = "arrears"    // 补发 and top-ups
	Deductions  VarianceCause = "deductions" // 扣减, and what was carried
	SetOff      VarianceCause = "set-off"    // kept back by a recovery plan
	Reissues    VarianceCause = "reissued"   // paid again after a return
	OneOff      VarianceCause = "grants"     // one-off money
)

// VarianceRow is what one cause comes to in one programme.
type VarianceRow struct {
	Programme string
	Cause     VarianceCause
	Persons   int
	Amount    domain.Money // this month less the month before
}

// Variance explains the difference between what two months' runs told the bank to pay: This − Before = the rows' sum.
type Variance struct {
	Before, This domain.Money
	Rows         []VarianceRow // by programme and cause
}

// paid is what one person gets from one programme in one month.
type paid struct {
	net                                                 int64
	regular, arrears, deducted, setOff, reissued, grant int64
	units                                               int
	class                                               string
}

type payee struct {
	programme string
	stream    int64
}

// variance compares the draws behind both months' instructions person by person.
func (q *reckoner) variance() error {
	before, err := q.paidIn(q.month.Prev())
	if err != nil {
		return err
	}
	now, err := q.paidIn(q.month)
	if err != nil {
		return err
	}
	heldBefore, err := q.heldIn(q.month.Prev())
	if err != nil {
		return err
	}
	heldNow, err := q.heldIn(q.month)
	if err != nil {
		return err
	}
	type key struct {
		programme string
		cause     VarianceCause
	}
	rows := map[key]*VarianceRow{}
	for _, who := range payees(before, now) {
		for cause, fen := range difference(before[who], now[who], heldBefore[who], heldNow[who]) {
			if fen == 0 {
				continue
			}
			k := key{who.programme, cause}
			if rows[k] == nil {
				rows[k] = &VarianceRow{Programme: who.programme, Cause: cause}
			}
			rows[k].Persons++
			rows[k].Amount = rows[k].Amount.Add(domain.Fen(fen))
		}
	}
	v := &q.out.Variance
	for _, row := range rows {
		v.Rows = append(v.Rows, *row)
	}
	slices.SortFunc(v.Rows, func(a, b VarianceRow) int {
		return cmp.Or(cmp.Compare(a.Programme, b.Programme), cmp.Compare(a.Cause, b.Cause))
	})
	for _, p := range before {
		v.Before = v.Before.Add(domain.Fen(p.net))
	}
	for _, p := range now {
		v.This = v.This.Add(domain.Fen(p.net))
	}
	return nil
}

func payees(a, b map[payee]paid) []payee {
	all := make([]payee, 0, max(len(a), len(b)))
	for who := range a {
		all = append(all, who)
	}
	for who := range b {
		if _, both := a[who]; !both {
			all = append(all, who)
		}
	}
	return all
}

// difference gives each fen of a person's difference its cause.
func difference(a, b paid, heldA, heldB payrun.HeldReason) map[VarianceCause]int64 {
	d := map[VarianceCause]int64{
		ArrearsPaid: b.arrears - a.arrears, SetOff: b.setOff - a.setOff, Reissues: b.reissued - a.reissued, OneOff: b.grant - a.grant,
	}
	d[regularCause(a, b, heldA, heldB)] += b.regular - a.regular
	d[Deductions] = b.net - a.net // all that is left: what was deducted, and what was carried in or on
	for cause, fen := range d {
		if cause != Deductions {
			d[Deductions] -= fen
		}
	}
	return d
}

func regularCause(a, b paid, heldA, heldB payrun.HeldReason) VarianceCause {
	switch {
	case a.units == 0 && heldA == payrun.HeldSuspended, b.units == 0 && heldB == payrun.HeldSuspended:
		return Suspension
	case a.units == 0 && heldA != "", b.units == 0 && heldB != "":
		return Held
	case a.units == 0:
		return Entered
	case b.units == 0:
		return Left
	case a.class != b.class:
		return ClassChange
	case a.units != b.units:
		return MoreUnits
	}
	return RateChange
}

// runsOf are the runs whose instruction is booked in a month.
const runsOf = `(SELECT run FROM book_v1 WHERE finance = ?1 AND month = ?2 AND log_index < ?3 AND figure = 'instructed' GROUP BY run HAVING sum(amount) <> 0)`

// paidIn reads what the draws of the month's instructions are made of, by person.
func (q *reckoner) paidIn(in domain.Period) (map[payee]paid, error) {
	rows, err := q.tx.QueryContext(q.ctx, `SELECT p.programme, d.stream, w.word, d.data FROM payruns_v1 p JOIN draws_v1 d ON d.run = p.stream JOIN words_v1 w ON w.id = d.class
		WHERE p.run IN `+runsOf+` AND d.stopped IS NULL AND d.log_index < ?3 AND (d.undone IS NULL OR d.undone > p.released) AND d.net > 0`, q.finance, in.String(), q.until)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[payee]paid{}
	for rows.Next() {
		var who payee
		var class string
		var data sql.RawBytes
		var draw beneficiary.Drawn
		if err := rows.Scan(&who.programme, &who.stream, &class, &data); err != nil {
			return nil, err
		}
		if err := codec.Unmarshal(string(data), &draw); err != nil {
			return nil, err
		}
		out[who] = out[who].with(draw, class)
	}
	return out, rows.Err()
}

// with adds a draw. What a payment after a return pays again are the units of earlier periods.
func (p paid) with(draw beneficiary.Drawn, class string) paid {
	p.net += draw.Net.Fen()
	p.setOff += draw.Recovered.Fen()
	if draw.Grant != "" {
		p.grant += draw.Due.Fen()
		return p
	}
	for _, item := range draw.Items {
		switch fen := item.Amount.Fen(); {
		case item.Kind == beneficiary.Regular:
			p.regular += fen
			p.units++
			p.class = class
		case item.Kind == beneficiary.Arrears && draw.Again != "":
			p.reissued += fen
		case item.Kind == beneficiary.Arrears, item.Kind == beneficiary.TopUp:
			p.arrears += fen
		default:
			p.deducted += fen
		}
	}
	return p
}

// heldIn says who had a held line in the month's runs, and why.
func (q *reckoner) heldIn(in domain.Period) (map[payee]payrun.HeldReason, error) {
	pages, err := scanAll(q.ctx, q.tx, func(r *sql.Rows) (p struct{ programme, data string }, err error) {
		return p, r.Scan(&p.programme, &p.data)
	},
		`SELECT p.programme, g.data FROM payruns_v1 p JOIN payrun_pages_v1 g ON g.run = p.run
		WHERE p.run IN `+runsOf+` AND g.held = 1 AND g.round = (SELECT max(round) FROM payrun_pages_v1 x WHERE x.run = p.run)`, q.finance, in.String(), q.until)
	if err != nil {
		return nil, err
	}
	out := map[payee]payrun.HeldReason{}
	for _, p := range pages {
		var page payrun.HeldPage
		if err := codec.Unmarshal(p.data, &page); err != nil {
			return nil, err
		}
		for _, line := range page.Lines {
			var stream int64
			err := q.tx.QueryRowContext(q.ctx, `SELECT id FROM streams_v1 WHERE name = ?`, beneficiary.Stream(line.Person)).Scan(&stream)
			if err != nil {
				return nil, err
			}
			out[payee{p.programme, stream}] = line.Reason
		}
	}
	return out, nil
}
