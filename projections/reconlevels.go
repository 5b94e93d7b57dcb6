package projections

import (
	"database/sql"
	"errors"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/fund"
	"almoner/domain/month"
	"almoner/domain/rulebook"
)

// levels divides every figure among funding levels, run by run: by the weights that an appropriation request gives the
// run's levels (fund.Need), by largest remainder. What was settled, came back and is outstanding of a run is divided in
// three steps, so that it sums to the run's division, to the fen and for each level: a run that is settled whole has cost
// each level exactly its share, in however many months the bank answered. Money of no run is undivided.
func (q *reckoner) levels() error {
	sums, err := q.sums("run")
	if err != nil {
		return err
	}
	weights := &weigher{q: q, books: map[string]*rulebook.Rulebook{}}
	var rows []bookSum // part is the level
	for len(sums) > 0 {
		n := 1
		for n < len(sums) && sums[n].programme == sums[0].programme && sums[n].part == sums[0].part {
			n++
		}
		run, err := weights.divide(sums[:n])
		if err != nil {
			return err
		}
		rows, sums = append(rows, run...), sums[n:]
	}
	q.out.Levels = gather(rows, func(s bookSum) month.Figures { return month.Figures{Programme: s.programme, Level: s.part} })
	return nil
}

// weigher finds the weights of runs.
type weigher struct {
	q     *reckoner
	books map[string]*rulebook.Rulebook // by hash; nil: not in this ledger
}

// divide divides the sums of one run that has anything in the month.
func (w *weigher) divide(sums []bookSum) ([]bookSum, error) {
	quiet := true // all of it was over before the month
	for _, s := range sums {
		quiet = quiet && s.in == 0 && (s.figure != "outstanding" || s.before == 0)
	}
	if quiet {
		return nil, nil
	}
	levels, err := w.of(sums[0].part)
	if err != nil {
		return nil, err
	}
	return levels.divide(sums), nil
}

// divide divides the sums of one run; in the answer part is the level.
func (levels division) divide(sums []bookSum) []bookSum {
	var told, settled, returned [2]int64 // before the month, and with it
	var out []bookSum
	for _, s := range sums {
		total := [2]int64{s.before, s.before + s.in}
		switch s.figure {
		case "instructed":
			told = total
		case "settled":
			settled = total
		case "returned":
			returned = total
		case "outstanding": // follows from the three
		default:
			out = append(out, levels.spread(s.programme, s.figure, func(at int) []domain.Money { return levels.split(total[at]) })...)
		}
	}
	answered := func(at int) []domain.Money { return levels.split(settled[at] + returned[at]) }
	for figure, part := range map[string]func(int) []domain.Money{
		"instructed":  func(at int) []domain.Money { return levels.split(told[at]) },
		"settled":     func(at int) []domain.Money { return levels.split(settled[at]) },
		"returned":    func(at int) []domain.Money { return less(answered(at), levels.split(settled[at])) },
		"outstanding": func(at int) []domain.Money { return less(levels.split(told[at]), answered(at)) },
	} {
		out = append(out, levels.spread(sums[0].programme, figure, part)...)
	}
	return out
}

func less(a, b []domain.Money) []domain.Money {
	out := make([]domain.Money, len(a))
	for i := range a {
		out[i] = a[i].Sub(b[i])
	}
	return out
}

// division is who pays a run, and how much of it.
type division []fund.Share

// split divides an amount; a negative one as its opposite.
func (d division) split(fen int64) []domain.Money {
	weights := make([]int64, len(d))
	for i, s := range d {
		weights[i] = s.Weight
	}
	if fen >= 0 {
		return domain.Fen(fen).Split(weights)
	}
	parts := domain.Fen(-fen).Split(weights)
	for i := range parts {
		parts[i] = parts[i].Neg()
	}
	return parts
}

// spread makes the sums of each level from the division before the month, and with it.
func (d division) spread(programme, figure string, part func(at int) []domain.Money) []bookSum {
	before, with := part(0), part(1)
	var out []bookSum
	for i, s := range d {
		out = append(out, bookSum{programme, s.Level, figure, before[i].Fen(), with[i].Sub(before[i]).Fen()})
	}
	return out
}

// undivided is the division of money that no rulebook divides.
var undivided = division{{Level: fund.Undivided, Weight: 1}}

// of is a run's division: by the draws it was released with or, before, those that stand.
func (w *weigher) of(run string) (division, error) {
	if run == "" {
		return undivided, nil
	}
	p, err := onePayrun(w.q.ctx, w.q.tx, run)
	if err != nil {
		return nil, err
	}
	book, err := w.book(p.State.Opened.Rulebook)
	if err != nil || book == nil {
		return undivided, err
	}
	until := w.q.until
	if p.ReleasedAt >= 0 {
		until = min(until, p.ReleasedAt)
	}
	need := fund.NewNeed(book)
	rows, err := w.q.tx.QueryContext(w.q.ctx, `SELECT w.word, d.data FROM draws_v1 d JOIN words_v1 w ON w.id = d.class
		WHERE d.run = (SELECT stream FROM payruns_v1 WHERE run = ?) AND d.log_index < ? AND (d.undone IS NULL OR d.undone >= ?) ORDER BY d.line`, run, until, until)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line fund.NeedLine
		var data string
		var draw beneficiary.Drawn
		if err := rows.Scan(&line.Class, &data); err != nil {
			return nil, err
		}
		if err := codec.Unmarshal(data, &draw); err != nil {
			return nil, err
		}
		line.Person, line.Net, line.Items = draw.Person, draw.Net, draw.Items
		need.Add(line)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	shares, err := need.Shares()
	var refused *domain.RefusedError
	if errors.As(err, &refused) || len(shares) == 0 {
		return undivided, nil // the rulebook does not divide it
	}
	return shares, err
}

// book is a published version, or nil.
func (w *weigher) book(hash string) (*rulebook.Rulebook, error) {
	if book, known := w.books[hash]; known {
		return book, nil
	}
	var source string
	err := w.q.tx.QueryRowContext(w.q.ctx, `SELECT source FROM rulebooks_v1 WHERE hash = ? LIMIT 1`, hash).Scan(&source)
	if errors.Is(err, sql.ErrNoRows) {
		w.books[hash] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w.books[hash], err = rulebook.Parse([]byte(source))
	return w.books[hash], err
}
