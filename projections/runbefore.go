package projections

import (
	"context"
	"database/sql"

	"almoner/domain/payrun"
)

// RunBefore is the regular run of a run's office and programme that was opened last before it and not cancelled; empty when
// there is none. It refuses with projections.no-payrun.
func (v *Views) RunBefore(ctx context.Context, run string) (string, error) {
	before := ""
	err := v.read(ctx, "run before "+run, func(tx *sql.Tx, _ stand) error {
		p, err := onePayrun(ctx, tx, run)
		if err != nil {
			return err
		}
		o := p.State.Opened
		earlier, err := scanAll(ctx, tx, scanPayrun, payrunColumns+` WHERE programme = ? AND office = ? AND status <> ? AND opened < ? ORDER BY opened DESC`,
			o.Programme, o.Office, string(payrun.StatusCancelled), p.OpenedAt)
		for _, other := range earlier {
			if other.State.Opened.Kind == payrun.Regular && other.State.Listing.Prepared {
				before = other.ID()
				break
			}
		}
		return err
	})
	return before, err
}
