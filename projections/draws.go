package projections

import (
	"context"
	"database/sql"
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
)

// OrphanDraw is a standing draw that its run does not list exactly once.
type OrphanDraw struct {
	Run      string
	Person   string
	Draw     string
	Revision int64
	Line     int
	Net      domain.Money
	Listed   int // how often the run's present round lists it: 0, or more than 1
}

// OrphanDraws lists standing draws that the pages of their run's present round do not list exactly once. While a run is
// being prepared its last draws are not listed yet; at any other time there are none, or money is on its way that nobody
// signed for.
func (v *Views) OrphanDraws(ctx context.Context) (logIndex int64, orphans []OrphanDraw, err error) {
	err = v.read(ctx, "draws without a line", func(tx *sql.Tx, at stand) error {
		logIndex = at.logIndex
		runs, err := scanAll(ctx, tx, func(r *sql.Rows) (run int64, err error) { return run, r.Scan(&run) },
			`SELECT DISTINCT run FROM draws_v1 WHERE undone IS NULL ORDER BY run`)
		if err != nil {
			return err
		}
		for _, run := range runs {
			found, err := orphansOf(ctx, tx, run)
			if err != nil {
				return fmt.Errorf("pay run of stream %d: %w", run, err)
			}
			orphans = append(orphans, found...)
		}
		return nil
	})
	return logIndex, orphans, err
}

// orphansOf looks at the draws for one run, named by its stream's number.
func orphansOf(ctx context.Context, tx *sql.Tx, run int64) ([]OrphanDraw, error) {
	listed, err := listedDraws(ctx, tx, run)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT rev, data FROM draws_v1 WHERE run = ? AND undone IS NULL ORDER BY line, stream`, run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var orphans []OrphanDraw
	for rows.Next() {
		var rev int64
		var data string
		var e beneficiary.Drawn
		if err := rows.Scan(&rev, &data); err != nil {
			return nil, err
		}
		if err := codec.Unmarshal(data, &e); err != nil {
			return nil, err
		}
		if n := listed[placedDraw{e.Person, e.Draw, rev, e.Line}]; n != 1 {
			orphans = append(orphans, OrphanDraw{Run: e.Run, Person: e.Person, Draw: e.Draw, Revision: rev, Line: e.Line, Net: e.Net, Listed: n})
		}
	}
	return orphans, rows.Err()
}

// placedDraw is what a line must say of its draw.
type placedDraw struct {
	person, draw string
	revision     int64
	line         int
}

func listedDraws(ctx context.Context, tx *sql.Tx, run int64) (map[placedDraw]int, error) {
	listed := map[placedDraw]int{}
	p, err := scanAll(ctx, tx, scanPayrun, payrunColumns+` WHERE stream = ?`, run)
	if err != nil || len(p) == 0 {
		return listed, err // a draw for a run that was never opened is an orphan
	}
	pages, err := listedPages(ctx, tx, p[0].ID(), p[0].State.Listing.Round, 0)
	if err != nil {
		return nil, err
	}
	defer pages.rows.Close()
	for line := range pages.lines {
		listed[placedDraw{line.Person, line.Draw, line.Revision, line.Line}]++
	}
	return listed, pages.err
}
