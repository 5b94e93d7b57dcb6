package projections

import (
	"context"
	"database/sql"

	"almoner/domain"
)

// BookedDay is what one line of a return file moved of one instruction line, and on which day.
type BookedDay struct {
	Run      string
	Line     int // in the run
	Draw     string
	On       domain.Date // named by the bank, or the day the file was received
	Settled  domain.Money
	Returned domain.Money
}

// BookedDays lists, for the runs of an office and programme, when banks booked what: in order of run, line and day. Lines
// of instructions that the bank refused whole are not among them.
func (v *Views) BookedDays(ctx context.Context, office, programme string) (logIndex int64, all []BookedDay, err error) {
	err = v.read(ctx, "booked days of "+office+" in "+programme, func(tx *sql.Tx, at stand) error {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, scanBookedDay, `SELECT m.run, m.line, i.draw, m.booked_on, m.settled, m.returned
			FROM instructed_v1 i JOIN bank_moves_v1 m ON m.run = i.run AND m.line = i.line
			WHERE i.office = ? AND i.programme = ? AND m.booked_on IS NOT NULL ORDER BY m.run, m.line, m.booked_on, m.file, m.bank_line`, office, programme)
		return err
	})
	return logIndex, all, err
}

func scanBookedDay(r *sql.Rows) (BookedDay, error) {
	var d BookedDay
	var on string
	var settled, returned int64
	if err := r.Scan(&d.Run, &d.Line, &d.Draw, &on, &settled, &returned); err != nil {
		return d, err
	}
	var err error
	d.On, err = day(on)
	d.Settled, d.Returned = domain.Fen(settled), domain.Fen(returned)
	return d, err
}
