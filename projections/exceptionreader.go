package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// examiner walks over everybody once and asks each test about each of them.
type examiner struct {
	ctx      context.Context
	tx       *sql.Tx
	q        ExceptionQuery
	tests    []ExceptionTest
	runs     map[int64]*examinedRun // by stream
	books    map[string]*rulebook.Rulebook
	current  map[string]string       // hash in force, by rulebook id
	held     map[string][]heldIn     // by enrolment
	returned map[string]returnedLine // by draw
	findings []ExceptionFinding

	slots    map[string][]slotUse
	accounts []payeeAccount
}

// examinedRun is a run and the day it was released.
type examinedRun struct {
	payrun.Opened
	openedAt int64
	round    int  // of its last list
	paid     bool // released on or before the day asked for, and not cancelled
}

// heldIn is one held line of a run that was released.
type heldIn struct {
	run    *examinedRun
	reason payrun.HeldReason
}

// examined is one person with every draw, undone ones too.
type examined struct {
	person string
	stream int64
	state  beneficiary.State
	draws  []examinedDraw // in stream order
}

type examinedDraw struct {
	beneficiary.Drawn
	rev    int64
	at     int64 // log index
	run    *examinedRun
	undone bool
}

// paid says that the draw stands and its run was released.
func (d examinedDraw) paid() bool { return !d.undone && d.run != nil && d.run.paid }

// paidItem is one item of a paid draw.
type paidItem struct {
	beneficiary.Item
	draw examinedDraw
}

// paidUnit is what was paid for one unit of an enrolment.
type paidUnit struct {
	items []paidItem
	gross domain.Money // of the items
	over  domain.Money // of it recorded as overpaid, to be got back apart from draws
}

// net is what the person had for the unit, apart from debts.
func (u *paidUnit) net() domain.Money { return u.gross.Sub(u.over) }

// last is the item paid last.
func (u *paidUnit) last() paidItem { return u.items[len(u.items)-1] }

func newExaminer(ctx context.Context, tx *sql.Tx, q ExceptionQuery, tests []ExceptionTest) *examiner {
	return &examiner{ctx: ctx, tx: tx, q: q, tests: tests, runs: map[int64]*examinedRun{}, books: map[string]*rulebook.Rulebook{},
		current: map[string]string{}, held: map[string][]heldIn{}, returned: map[string]returnedLine{}, slots: map[string][]slotUse{}}
}

func (x *examiner) asks(t ExceptionTest) bool { return slices.Contains(x.tests, t) }

// add keeps a finding that the query asks about.
func (x *examiner) add(f ExceptionFinding, at ...int64) error {
	if x.q.Programme != "" && f.Programme != x.q.Programme || x.q.Office != "" && f.Office != x.q.Office {
		return nil
	}
	for _, index := range at {
		var raw []byte
		if err := x.tx.QueryRowContext(x.ctx, `SELECT id FROM events_v1 WHERE log_index = ?`, index).Scan(&raw); err != nil {
			return fmt.Errorf("event at %d: %w", index, err)
		}
		id, err := textID(raw)
		if err != nil {
			return err
		}
		if !slices.Contains(f.Events, id) {
			f.Events = append(f.Events, id)
		}
	}
	x.findings = append(x.findings, f)
	return nil
}

func (x *examiner) run() error {
	for _, step := range []func() error{x.readRuns, x.readHeld, x.readBooks, x.readReturns, x.people, x.sharedSlots, x.notEnrolled, x.compareAccounts} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// look asks every test about one person.
func (x *examiner) look(p *examined) error {
	for _, e := range p.state.Enrolments {
		units := p.units(e)
		for _, test := range []struct {
			code ExceptionTest
			ask  func(*examined, beneficiary.Enrolment, map[domain.Period]*paidUnit) error
		}{{PaidAfterDeath, x.afterDeath}, {PaidTwice, x.twice}, {OffStandard, x.standard}, {EligibleButAbsent, x.absent}, {Overdue, x.overdue}} {
			if !x.asks(test.code) {
				continue
			}
			if err := test.ask(p, e, units); err != nil {
				return fmt.Errorf("%s of enrolment %s of %s: %w", test.code, e.ID, p.person, err)
			}
		}
	}
	if x.asks(PaidTwice) {
		if err := x.excluded(p); err != nil {
			return err
		}
	}
	if x.asks(ReturnUnpaid) {
		if err := x.unpaidAgain(p); err != nil {
			return err
		}
	}
	if x.asks(SharedAccount) {
		x.takeAccount(p)
	}
	return nil
}

// units are what was paid to an enrolment, by unit.
func (p *examined) units(e beneficiary.Enrolment) map[domain.Period]*paidUnit {
	out := map[domain.Period]*paidUnit{}
	for _, d := range p.draws {
		if d.Enrolment != e.ID || !d.paid() {
			continue
		}
		for _, item := range d.Items {
			u := out[item.Unit]
			if u == nil {
				u = &paidUnit{}
				out[item.Unit] = u
			}
			u.items = append(u.items, paidItem{item, d})
			u.gross = u.gross.Add(item.Amount)
		}
	}
	for _, o := range p.state.Overpayments {
		for _, over := range o.Units {
			if u := out[over.Unit]; u != nil && o.Enrolment == e.ID {
				u.over = u.over.Add(over.Amount)
			}
		}
	}
	return out
}

// inOrder lists the units paid.
func inOrder(units map[domain.Period]*paidUnit) []domain.Period {
	out := make([]domain.Period, 0, len(units))
	for u := range units {
		out = append(out, u)
	}
	slices.SortFunc(out, domain.Period.Compare)
	return out
}

func (x *examiner) readRuns() error {
	rows, err := x.tx.QueryContext(x.ctx, `SELECT p.stream, p.opened, p.state, e.at FROM payruns_v1 p LEFT JOIN events_v1 e ON e.log_index = p.released`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var stream int64
		var at sql.NullInt64
		var raw []byte
		var r examinedRun
		var s payrun.State
		if err := rows.Scan(&stream, &r.openedAt, &raw, &at); err != nil {
			return err
		}
		if err := codec.Unmarshal(raw, &s); err != nil {
			return err
		}
		r.Opened, r.round = s.Opened, s.Listing.Round
		r.paid = at.Valid && s.Status != payrun.StatusCancelled && !domain.DateOf(time.UnixMicro(at.Int64)).After(x.q.AsOf)
		x.runs[stream] = &r
	}
	return rows.Err()
}

// readHeld reads who got no line, run by run, in the order of opening.
func (x *examiner) readHeld() error {
	rows, err := x.tx.QueryContext(x.ctx, `SELECT p.stream, g.round, g.data FROM payrun_pages_v1 g JOIN payruns_v1 p ON p.run = g.run
		WHERE g.held = 1 ORDER BY p.opened, g.round, g.page`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var stream int64
		var round int
		var data string
		var page payrun.HeldPage
		if err := rows.Scan(&stream, &round, &data); err != nil {
			return err
		}
		if err := codec.Unmarshal(data, &page); err != nil {
			return err
		}
		if r := x.runs[stream]; r.paid && round == r.round {
			for _, line := range page.Lines {
				x.held[line.Enrolment] = append(x.held[line.Enrolment], heldIn{r, line.Reason})
			}
		}
	}
	return rows.Err()
}

// readBooks finds the version in force of every rulebook on the day.
func (x *examiner) readBooks() error {
	rows, err := x.tx.QueryContext(x.ctx, `SELECT rulebook, hash FROM rulebooks_v1 WHERE published IS NOT NULL AND published_on <= ? ORDER BY published`, x.q.AsOf.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, hash string
		if err := rows.Scan(&id, &hash); err != nil {
			return err
		}
		x.current[id] = hash
	}
	return rows.Err()
}

// book is a version by hash, nil when the ledger does not hold it.
func (x *examiner) book(hash string) (*rulebook.Rulebook, error) {
	if book, known := x.books[hash]; known {
		return book, nil
	}
	var source string
	err := x.tx.QueryRowContext(x.ctx, `SELECT source FROM rulebooks_v1 WHERE hash = ? LIMIT 1`, hash).Scan(&source)
	if errors.Is(err, sql.ErrNoRows) {
		x.books[hash] = nil
		return nil, nil
	}
	if err == nil {
		x.books[hash], err = rulebook.Parse([]byte(source))
	}
	return x.books[hash], err
}

// bookOf is the rulebook in force for an enrolment.
func (x *examiner) bookOf(e beneficiary.Enrolment) (*rulebook.Rulebook, error) {
	return x.book(x.current[e.Programme+"@"+e.Region])
}

// people walks states and draws side by side, both in order of stream.
func (x *examiner) people() error {
	folds, err := x.tx.QueryContext(x.ctx, `SELECT stream, person, state FROM folds_v1 ORDER BY stream`)
	if err != nil {
		return err
	}
	defer folds.Close()
	draws, err := x.tx.QueryContext(x.ctx, `SELECT stream, rev, log_index, run, undone IS NOT NULL, data FROM draws_v1 ORDER BY stream, rev`)
	if err != nil {
		return err
	}
	defer draws.Close()
	next := drawReader{rows: draws}
	for folds.Next() {
		var p examined
		var raw []byte
		if err := folds.Scan(&p.stream, &p.person, &raw); err != nil {
			return err
		}
		if err := codec.Unmarshal(raw, &p.state); err != nil {
			return fmt.Errorf("state of %s: %w", p.person, err)
		}
		if err := next.into(&p, x.runs); err != nil {
			return fmt.Errorf("draws of %s: %w", p.person, err)
		}
		if err := x.look(&p); err != nil {
			return err
		}
	}
	return errors.Join(folds.Err(), draws.Err())
}

// drawReader gives each person the draws of their stream.
type drawReader struct {
	rows   *sql.Rows
	filled bool
	stream int64
	draw   examinedDraw
	runID  int64
	data   string
}

func (r *drawReader) into(p *examined, runs map[int64]*examinedRun) error {
	for {
		if !r.filled {
			if !r.rows.Next() {
				return r.rows.Err()
			}
			r.draw = examinedDraw{}
			if err := r.rows.Scan(&r.stream, &r.draw.rev, &r.draw.at, &r.runID, &r.draw.undone, &r.data); err != nil {
				return err
			}
			r.filled = true
		}
		if r.stream > p.stream {
			return nil
		}
		r.filled = false
		if r.stream < p.stream {
			continue // of nobody: a stream without a fold
		}
		d := r.draw
		d.run = runs[r.runID]
		if err := codec.Unmarshal(r.data, &d.Drawn); err != nil {
			return err
		}
		p.draws = append(p.draws, d)
	}
}

// logIndexOf finds an event by id; -1 if it is not known.
func (x *examiner) logIndexOf(id string) (int64, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return -1, err
	}
	var at int64
	err = x.tx.QueryRowContext(x.ctx, `SELECT log_index FROM events_v1 WHERE id = ?`, parsed[:]).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil
	}
	return at, err
}
