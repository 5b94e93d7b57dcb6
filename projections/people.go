package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
)

// Fold is a person's state at an exact revision of their stream. A decision may start from it, since its append names
// that revision and fails if the stream has moved on.
type Fold struct {
	Person   string
	Revision int64
	LogIndex int64 // of the read models when they were asked
	State    beneficiary.State
}

// People yields everybody who ever had an enrolment or a grant in a programme at an office, in order of person id, all in
// one snapshot. An error is yielded once and ends the iteration. While it runs it holds one of the few connections that
// queries share.
func (v *Views) People(ctx context.Context, office, programme string) iter.Seq2[Fold, error] {
	return func(yield func(Fold, error) bool) {
		err := v.read(ctx, fmt.Sprintf("people of %s in %s", office, programme), func(tx *sql.Tx, at stand) error {
			return people(ctx, tx, at, office, programme, yield)
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(Fold{}, err)
		}
	}
}

// errStopped ends an iteration whose consumer has had enough.
var errStopped = errors.New("stopped by the consumer")

const (
	foldsOf = `SELECT f.stream, f.person, f.state, h.rev FROM person_programme_v1 p
		JOIN folds_v1 f ON f.stream = p.stream JOIN heads_v1 h ON h.stream = p.stream
		WHERE p.programme = ? AND p.office = ? ORDER BY p.person`
	drawsOf = `SELECT d.stream, d.rev, d.data FROM person_programme_v1 p JOIN draws_v1 d ON d.stream = p.stream
		WHERE p.programme = ? AND p.office = ? AND d.undone IS NULL ORDER BY p.person, d.rev`
)

// storedFold is one person as stored, not yet decoded.
type storedFold struct {
	Fold
	stream int64
	state  []byte
	draws  []storedDraw
	err    error
}

type storedDraw struct {
	rev  int64
	data string
}

// foldsAhead is how many people are read and then decoded on all cores before the first of them is handed out.
const foldsAhead = 256

// people walks states and draws side by side: both are in order of person.
func people(ctx context.Context, tx *sql.Tx, at stand, office, programme string, yield func(Fold, error) bool) error {
	folds, err := tx.QueryContext(ctx, foldsOf, programme, office)
	if err != nil {
		return err
	}
	defer folds.Close()
	draws, err := openDraws(ctx, tx, drawsOf, programme, office)
	if err != nil {
		return err
	}
	defer draws.rows.Close()
	ahead := make([]storedFold, 0, foldsAhead)
	for more := true; more; {
		ahead = ahead[:0]
		for len(ahead) < foldsAhead {
			if more = folds.Next(); !more {
				break
			}
			f := storedFold{Fold: Fold{LogIndex: at.logIndex}}
			if err := folds.Scan(&f.stream, &f.Person, &f.state, &f.Revision); err != nil {
				return err
			}
			if f.draws, err = draws.of(f.stream); err != nil {
				return fmt.Errorf("draws of %s: %w", f.Person, err)
			}
			ahead = append(ahead, f)
		}
		onAllCores(len(ahead), func(i int) { ahead[i].decode() })
		for _, f := range ahead {
			if f.err != nil {
				return f.err
			}
			if !yield(f.Fold, nil) {
				return errStopped
			}
		}
	}
	return errors.Join(folds.Err(), draws.rows.Err())
}

// decode fills in the state with its draws.
func (f *storedFold) decode() {
	if f.err = codec.Unmarshal(f.state, &f.State); f.err != nil {
		f.err = fmt.Errorf("state of %s: %w", f.Person, f.err)
		return
	}
	for _, d := range f.draws {
		draw, err := standingDraw(d.data, d.rev)
		if err != nil {
			f.err = fmt.Errorf("draw of %s at revision %d: %w", f.Person, d.rev, err)
			return
		}
		f.State.Draws = append(f.State.Draws, draw)
	}
}

// drawCursor reads draws that are ordered by person.
type drawCursor struct {
	rows   *sql.Rows
	more   bool // stream, rev and data hold a row not yet given out
	stream int64
	rev    int64
	data   string
}

func openDraws(ctx context.Context, tx *sql.Tx, query string, args ...any) (*drawCursor, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	c := &drawCursor{rows: rows}
	if err := c.next(); err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return c, nil
}

func (c *drawCursor) next() error {
	if c.more = c.rows.Next(); !c.more {
		return c.rows.Err()
	}
	return c.rows.Scan(&c.stream, &c.rev, &c.data)
}

// of takes the draws of the stream that comes next.
func (c *drawCursor) of(stream int64) ([]storedDraw, error) {
	var draws []storedDraw
	for c.more && c.stream == stream {
		draws = append(draws, storedDraw{c.rev, c.data})
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	return draws, nil
}

// standingDraw makes of a stored draw what a state keeps of it; beneficiary.Evolve says what that is.
func standingDraw(data string, rev int64) (beneficiary.Draw, error) {
	var e beneficiary.Drawn
	if err := codec.Unmarshal(data, &e); err != nil {
		return beneficiary.Draw{}, err
	}
	s := beneficiary.Evolve(beneficiary.State{}, domain.Fact{Event: e, Revision: rev})
	if len(s.Draws) != 1 {
		return beneficiary.Draw{}, fmt.Errorf("the draw at revision %d makes %d standing draws", rev, len(s.Draws))
	}
	return s.Draws[0], nil
}

// PersonFold is the state of one person. It refuses with projections.no-person if the ledger knows no such person.
func (v *Views) PersonFold(ctx context.Context, person string) (Fold, error) {
	f := storedFold{Fold: Fold{Person: person}}
	err := v.read(ctx, "state of "+person, func(tx *sql.Tx, at stand) (err error) {
		f.LogIndex = at.logIndex
		if f.stream, err = streamOf(ctx, tx, beneficiary.Stream(person)); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT f.state, h.rev FROM folds_v1 f JOIN heads_v1 h ON h.stream = f.stream WHERE f.stream = ?`, f.stream).Scan(&f.state, &f.Revision)
		if errors.Is(err, sql.ErrNoRows) {
			return noPerson(person)
		}
		if err != nil {
			return err
		}
		draws, err := openDraws(ctx, tx, `SELECT stream, rev, data FROM draws_v1 WHERE stream = ? AND undone IS NULL ORDER BY rev`, f.stream)
		if err != nil {
			return err
		}
		defer draws.rows.Close()
		if f.draws, err = draws.of(f.stream); err != nil {
			return err
		}
		f.decode()
		return f.err
	})
	return f.Fold, err
}

func noPerson(person string) error {
	return domain.Refuse(domain.NotFound, "projections.no-person", "the ledger knows no person %s", person).WithNext("check the person id")
}

// streamOf gives a stream's number, and 0 for one that does not exist.
func streamOf(ctx context.Context, tx *sql.Tx, name string) (int64, error) {
	var id int64
	err := tx.QueryRowContext(ctx, `SELECT id FROM streams_v1 WHERE name = ?`, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}
