package projections

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"almoner/domain"
)

// TotalsQuery asks what was paid in a period. Empty fields do not restrict, except that the period is required.
type TotalsQuery struct {
	Period    domain.Period // month, quarter, half-year or year: runs whose payout period lies in it; or once
	Programme string
	Office    string
}

// Units counts the items of lines by why they stand there.
type Units struct {
	Regular, Arrears, TopUp, Deduction int
}

// Sums are the money of lines, in yuan: Due + Arrears + Deducted + Netted + Recovered = Net.
type Sums struct {
	Due       domain.Money // 应发
	Arrears   domain.Money // 补发: arrears and top-ups
	Deducted  domain.Money // 扣减, ≤ 0
	Netted    domain.Money // carried in from earlier lines (≤ 0) less what these lines carry on
	Recovered domain.Money // ≤ 0: set off by recovery plans
	Net       domain.Money // 实发
}

// TotalsRow is what one class of one programme at one office comes to in one payout period.
type TotalsRow struct {
	Office    string
	Programme string
	Class     string // "grant" for one-off money
	Period    domain.Period
	Runs      int
	Lines     int
	Persons   int // different people paid, net above 0
	Units     Units
	Sums
}

// Totals is what released lines come to, less those that were stopped and those that the bank returned: their units are due
// again, and the run that pays them again counts them. What a run was signed for stays in its own list.
type Totals struct {
	LogIndex   int64
	Period     domain.Period
	Runs       []string // that the figures are made of, sorted
	Lines      int
	Persons    int // different people paid, net above 0, each once however often
	Households int // different households among them
	Units      Units
	Sums
	Rows []TotalsRow // by office, programme, class and payout period
}

// Totals adds up the runs released in a period. A period contains the shorter ones inside it: a quarter its months and
// the quarter's own runs; a run counts under the payout period it was opened for.
func (v *Views) Totals(ctx context.Context, q TotalsQuery) (Totals, error) {
	out := Totals{Period: q.Period}
	if q.Period.IsZero() {
		return out, domain.Refuse(domain.Invalid, "totals.period", "totals are asked for without a period").
			WithNext("name a month as 2021-12, a quarter as 2022-Q4, a half-year as 2022-H1, or a year as 2022")
	}
	err := v.read(ctx, "totals of "+q.Period.String(), func(tx *sql.Tx, at stand) (err error) {
		out.LogIndex = at.logIndex
		if out.Runs, err = releasedRuns(ctx, tx, q); err != nil {
			return err
		}
		runs, err := json.Marshal(out.Runs)
		if err != nil {
			return err
		}
		if out.Rows, err = totalsRows(ctx, tx, string(runs)); err != nil {
			return err
		}
		out.sum()
		return tx.QueryRowContext(ctx, `SELECT count(DISTINCT d.stream), count(DISTINCT nullif(d.household, 0)) `+paidDraws, string(runs)).
			Scan(&out.Persons, &out.Households)
	})
	return out, err
}

// paidDraws are the draws of released runs that pay money: those that stand and were not stopped.
const paidDraws = `FROM json_each(?1) j JOIN payruns_v1 p ON p.run = j.value JOIN draws_v1 d INDEXED BY draws_run ON d.run = p.stream
	WHERE d.net > 0 AND d.stopped IS NULL AND d.undone IS NULL`

func releasedRuns(ctx context.Context, tx *sql.Tx, q TotalsQuery) ([]string, error) {
	type run struct{ id, period string }
	all, err := scanAll(ctx, tx, func(r *sql.Rows) (x run, err error) { return x, r.Scan(&x.id, &x.period) },
		`SELECT run, period FROM payruns_v1 WHERE released IS NOT NULL AND status <> 'cancelled' AND (?1 = '' OR programme = ?1) AND (?2 = '' OR office = ?2)
		ORDER BY run`, q.Programme, q.Office)
	if err != nil {
		return nil, err
	}
	runs := []string{}
	for _, x := range all {
		period, err := domain.ParsePeriod(x.period)
		if err != nil {
			return nil, err
		}
		if q.Period.Contains(period) {
			runs = append(runs, x.id)
		}
	}
	return runs, nil
}

func totalsRows(ctx context.Context, tx *sql.Tx, runs string) ([]TotalsRow, error) {
	rows, err := scanAll(ctx, tx, func(r *sql.Rows) (TotalsRow, error) {
		var t TotalsRow
		var period string
		var due, arrears, deducted, netted, recovered, net int64
		if err := r.Scan(&t.Office, &t.Programme, &t.Class, &period, &t.Runs, &t.Lines, &due, &arrears, &deducted, &netted, &recovered, &net,
			&t.Units.Regular, &t.Units.Arrears, &t.Units.TopUp, &t.Units.Deduction); err != nil {
			return t, err
		}
		t.Sums = Sums{domain.Fen(due), domain.Fen(arrears), domain.Fen(deducted), domain.Fen(netted), domain.Fen(recovered), domain.Fen(net)}
		var err error
		t.Period, err = domain.ParsePeriod(period)
		return t, err
	}, `SELECT p.office, p.programme, t.class, p.period, count(*), sum(t.lines), sum(t.due), sum(t.arrears), sum(t.deducted), sum(t.netted),
			sum(t.recovered), sum(t.net), sum(t.units_regular), sum(t.units_arrears), sum(t.units_top_up), sum(t.units_deduction)
		FROM json_each(?1) j JOIN payruns_v1 p ON p.run = j.value JOIN totals_v1 t ON t.run = p.run WHERE t.lines > 0
		GROUP BY p.office, p.programme, t.class, p.period`, runs)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b TotalsRow) int {
		return cmp.Or(cmp.Compare(a.Office, b.Office), cmp.Compare(a.Programme, b.Programme), cmp.Compare(a.Class, b.Class), a.Period.Compare(b.Period))
	})
	return rows, countPersons(ctx, tx, runs, rows)
}

// countPersons fills in how many different people each row paid.
func countPersons(ctx context.Context, tx *sql.Tx, runs string, rows []TotalsRow) error {
	type key struct{ office, programme, class, period string }
	type counted struct {
		key
		persons int
	}
	counts, err := scanAll(ctx, tx, func(r *sql.Rows) (c counted, err error) {
		return c, r.Scan(&c.office, &c.programme, &c.class, &c.period, &c.persons)
	}, `SELECT p.office, p.programme, w.word, p.period, count(DISTINCT d.stream) FROM json_each(?1) j JOIN payruns_v1 p ON p.run = j.value
		JOIN draws_v1 d INDEXED BY draws_run ON d.run = p.stream JOIN words_v1 w ON w.id = d.class
		WHERE d.net > 0 AND d.stopped IS NULL AND d.undone IS NULL
		GROUP BY p.office, p.programme, w.word, p.period`, runs)
	if err != nil {
		return err
	}
	persons := map[key]int{}
	for _, c := range counts {
		persons[c.key] = c.persons
	}
	for i, t := range rows {
		rows[i].Persons = persons[key{t.Office, t.Programme, t.Class, t.Period.String()}]
	}
	return nil
}

func (t *Totals) sum() {
	for _, r := range t.Rows {
		t.Lines += r.Lines
		t.Units.Regular += r.Units.Regular
		t.Units.Arrears += r.Units.Arrears
		t.Units.TopUp += r.Units.TopUp
		t.Units.Deduction += r.Units.Deduction
		t.Due, t.Arrears, t.Deducted = t.Due.Add(r.Due), t.Arrears.Add(r.Arrears), t.Deducted.Add(r.Deducted)
		t.Netted, t.Recovered, t.Net = t.Netted.Add(r.Netted), t.Recovered.Add(r.Recovered), t.Net.Add(r.Net)
	}
}
