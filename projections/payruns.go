package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
)

// PayrunFilter restricts a list of runs. Empty fields do not restrict.
type PayrunFilter struct {
	Programme string
	Office    string
	Period    domain.Period // payout period, or one that contains it
	Status    payrun.Status
}

// Payrun is one run as lists and its page show it.
type Payrun struct {
	LogIndex   int64 // of the read models
	State      payrun.State
	OpenedAt   int64       // log index
	ReleasedAt int64       // log index; -1 before release
	Signatures []Signature // in log order, of all rounds; only with Payrun
	Stops      []StopView  // in order of line; only with Payrun
}

// ID is the run's id.
func (p Payrun) ID() string { return p.State.Opened.Run }

// Signature is one signature on a run, as shown on its page.
type Signature struct {
	Round    int
	Step     int
	Capacity string // the step's name
	Scope    string // "whole" or a village's code
	Outcome  string // "agree" or "send-back"
	Opinion  string // opinion code, or the reason of a sending-back
	Custody  string
	Person   string // the officer's person
	Officer  string
	Name     string // as the officer is called now
	Post     string // that the officer holds now
	Key      string // id of the key that signed
	At       time.Time
	LogIndex int64
}

// StopView is one stopped line (止付).
type StopView struct {
	Line     int
	Reason   string
	LogIndex int64
}

const payrunColumns = `SELECT opened, released, state FROM payruns_v1`

func scanPayrun(r *sql.Rows) (Payrun, error) {
	p := Payrun{ReleasedAt: -1}
	var released sql.NullInt64
	var state []byte
	if err := r.Scan(&p.OpenedAt, &released, &state); err != nil {
		return Payrun{}, err
	}
	if released.Valid {
		p.ReleasedAt = released.Int64
	}
	return p, codec.Unmarshal(state, &p.State)
}

// Payruns lists runs, the last opened first.
func (v *Views) Payruns(ctx context.Context, f PayrunFilter) ([]Payrun, error) {
	var out []Payrun
	err := v.read(ctx, "pay runs", func(tx *sql.Tx, at stand) error {
		all, err := scanAll(ctx, tx, scanPayrun, payrunColumns+` WHERE (?1 = '' OR programme = ?1) AND (?2 = '' OR office = ?2)
			AND (?3 = '' OR status = ?3) ORDER BY opened DESC`, f.Programme, f.Office, string(f.Status))
		for _, p := range all {
			if f.Period.IsZero() || f.Period.Contains(p.State.Opened.Period) {
				p.LogIndex = at.logIndex
				out = append(out, p)
			}
		}
		return err
	})
	return out, err
}

// Payrun is one run with its signatures and stops. It refuses with projections.no-payrun.
func (v *Views) Payrun(ctx context.Context, run string) (Payrun, error) {
	var out Payrun
	err := v.read(ctx, "pay run "+run, func(tx *sql.Tx, at stand) (err error) {
		if out, err = onePayrun(ctx, tx, run); err != nil {
			return err
		}
		out.LogIndex = at.logIndex
		if out.Signatures, err = signatures(ctx, tx, out.State); err != nil {
			return err
		}
		out.Stops, err = scanAll(ctx, tx, func(r *sql.Rows) (s StopView, err error) { return s, r.Scan(&s.Line, &s.Reason, &s.LogIndex) },
			`SELECT line, reason, log_index FROM payrun_stops_v1 WHERE run = ? ORDER BY line`, run)
		return err
	})
	return out, err
}

func onePayrun(ctx context.Context, tx *sql.Tx, run string) (Payrun, error) {
	found, err := scanAll(ctx, tx, scanPayrun, payrunColumns+` WHERE run = ?`, run)
	if err == nil && len(found) == 0 {
		err = domain.Refuse(domain.NotFound, "projections.no-payrun", "there is no pay run %s", run).WithNext("look at the list of pay runs")
	}
	if err != nil {
		return Payrun{}, err
	}
	return found[0], nil
}

func signatures(ctx context.Context, tx *sql.Tx, run payrun.State) ([]Signature, error) {
	return scanAll(ctx, tx, func(r *sql.Rows) (Signature, error) {
		var s Signature
		var at int64
		var name sql.NullString
		var state []byte
		if err := r.Scan(&s.LogIndex, &s.Round, &s.Step, &s.Scope, &s.Outcome, &s.Person, &s.Opinion, &s.Custody, &s.Key, &at, &s.Officer, &state); err != nil {
			return s, err
		}
		if s.Step < len(run.Opened.Chain) {
			s.Capacity = run.Opened.Chain[s.Step].Capacity()
		}
		s.At, s.Name = time.UnixMicro(at).UTC(), name.String
		if state == nil {
			return s, nil
		}
		officer, err := decodeOfficer(state)
		s.Name, s.Post = officer.Name, officer.Post
		return s, err
	}, `SELECT p.log_index, p.round, p.step, p.scope, p.outcome, p.person, p.opinion, p.custody, p.key, e.at, w.word, f.state
		FROM payrun_signatures_v1 p JOIN events_v1 e ON e.log_index = p.log_index JOIN words_v1 w ON w.id = e.officer
		LEFT JOIN officers_v1 f ON f.officer = w.word WHERE p.run = ? ORDER BY p.log_index`, run.Opened.Run)
}

// PayrunLine is one listed line with the draw behind it.
type PayrunLine struct {
	payrun.Line
	Draw      beneficiary.Drawn // as drawn; the amounts 应发, 补发, 扣减, 实发 and the units with their reasons
	Class     string
	Household string
	Standing  bool   // the draw was not undone
	Stopped   string // reason of the stop (止付); empty if it was not stopped
}

// PayrunLines is a page of a run's list.
type PayrunLines struct {
	LogIndex int64
	Round    int // the round listed last
	Lines    []PayrunLine
	Next     int // cursor of the next page; 0 at the end
}

// PayrunLines lists a run's lines of its last round in line order, from the one after cursor (0: the first), at most limit
// of them (0: all).
func (v *Views) PayrunLines(ctx context.Context, run string, cursor, limit int) (PayrunLines, error) {
	var out PayrunLines
	err := v.read(ctx, "lines of pay run "+run, func(tx *sql.Tx, at stand) error {
		p, err := onePayrun(ctx, tx, run)
		if err != nil {
			return err
		}
		out.LogIndex, out.Round = at.logIndex, p.State.Listing.Round
		pages, err := listedPages(ctx, tx, run, out.Round, cursor)
		if err != nil {
			return err
		}
		defer pages.rows.Close()
		for line := range pages.lines {
			if line.Line <= cursor {
				continue
			}
			if limit > 0 && len(out.Lines) == limit {
				out.Next = out.Lines[limit-1].Line.Line
				return nil
			}
			shown, err := payrunLine(ctx, tx, run, line)
			if err != nil {
				return fmt.Errorf("line %d: %w", line.Line, err)
			}
			out.Lines = append(out.Lines, shown)
		}
		return pages.err
	})
	return out, err
}

// linePages reads the listed pages of one round; err is what ended lines early.
type linePages struct {
	rows *sql.Rows
	err  error
}

func listedPages(ctx context.Context, tx *sql.Tx, run string, round, after int) (*linePages, error) {
	rows, err := tx.QueryContext(ctx, `SELECT data FROM payrun_pages_v1 WHERE run = ? AND round = ? AND held = 0 AND first + lines > ? ORDER BY page`, run, round, after+1)
	return &linePages{rows: rows}, err
}

// close ends the reading and says what had ended it early.
func (p *linePages) close() error { return errors.Join(p.err, p.rows.Close()) }

func (p *linePages) lines(yield func(payrun.Line) bool) {
	for p.rows.Next() {
		var data string
		var page payrun.Listed
		if p.err = p.rows.Scan(&data); p.err != nil {
			return
		}
		if p.err = codec.Unmarshal(data, &page); p.err != nil {
			return
		}
		for _, line := range page.Lines {
			if !yield(line) {
				return
			}
		}
	}
	p.err = p.rows.Err()
}

func payrunLine(ctx context.Context, tx *sql.Tx, run string, line payrun.Line) (PayrunLine, error) {
	out := PayrunLine{Line: line}
	var data string
	var undone sql.NullInt64
	var household, stopped sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT d.data, w.word, h.household, d.undone, t.reason FROM streams_v1 s JOIN draws_v1 d ON d.stream = s.id
		JOIN words_v1 w ON w.id = d.class LEFT JOIN households_v1 h ON h.id = d.household
		LEFT JOIN payrun_stops_v1 t ON t.run = ? AND t.line = d.line AND t.log_index = d.stopped
		WHERE s.name = ? AND d.rev = ?`, run, beneficiary.Stream(line.Person), line.Revision).
		Scan(&data, &out.Class, &household, &undone, &stopped)
	if errors.Is(err, sql.ErrNoRows) {
		return out, fmt.Errorf("the log holds no draw of %s at revision %d", line.Person, line.Revision)
	}
	if err != nil {
		return out, err
	}
	out.Household, out.Standing, out.Stopped = household.String, !undone.Valid, stopped.String
	return out, codec.Unmarshal(data, &out.Draw)
}

// PayrunHeld is who gets no line in a run, and why (缓发).
type PayrunHeld struct {
	LogIndex int64
	Round    int
	Lines    []payrun.HeldLine
}

// PayrunHeld lists the held lines of a run's last round, in the order they were held.
func (v *Views) PayrunHeld(ctx context.Context, run string) (PayrunHeld, error) {
	var out PayrunHeld
	err := v.read(ctx, "held lines of pay run "+run, func(tx *sql.Tx, at stand) error {
		p, err := onePayrun(ctx, tx, run)
		if err != nil {
			return err
		}
		out.LogIndex, out.Round = at.logIndex, p.State.Listing.Round
		pages, err := scanAll(ctx, tx, func(r *sql.Rows) (page payrun.HeldPage, err error) {
			var data string
			if err := r.Scan(&data); err != nil {
				return page, err
			}
			return page, codec.Unmarshal(data, &page)
		}, `SELECT data FROM payrun_pages_v1 WHERE run = ? AND round = ? AND held = 1 ORDER BY page`, run, out.Round)
		for _, page := range pages {
			out.Lines = append(out.Lines, page.Lines...)
		}
		return err
	})
	return out, err
}
