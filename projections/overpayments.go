package projections

import (
	"context"
	"database/sql"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

// Overpayment is money paid and not due (错发多发).
type Overpayment struct {
	ID          string
	Person      string
	Enrolment   string
	Programme   string
	Office      string // responsible now
	Cause       string
	Fault       beneficiary.Fault
	Amount      domain.Money
	Returned    domain.Money // set off, recovered or written off
	Outstanding domain.Money // negative: more was got back than was owed
	ChangedAt   int64        // log index
}

// OverpaymentFilter restricts a list. Empty fields do not restrict; without All only outstanding ones are listed.
type OverpaymentFilter struct {
	Person, Programme, Office string
	All                       bool
}

// Overpayments lists overpayments in order of person and id.
func (v *Views) Overpayments(ctx context.Context, f OverpaymentFilter) (logIndex int64, all []Overpayment, err error) {
	err = v.read(ctx, "overpayments", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, scanOverpayment, overpaymentColumns+`
			WHERE (?1 = '' OR person = ?1) AND (?2 = '' OR programme = ?2) AND (?3 = '' OR office = ?3) AND (?4 OR outstanding <> 0)
			ORDER BY person, overpayment`, f.Person, f.Programme, f.Office, f.All)
		return err
	})
	return logIndex, all, err
}

const overpaymentColumns = `SELECT overpayment, person, enrolment, programme, office, cause, fault, amount, returned, outstanding, log_index FROM overpayments_v1`

func scanOverpayment(r *sql.Rows) (o Overpayment, err error) {
	var amount, returned, outstanding int64
	err = r.Scan(&o.ID, &o.Person, &o.Enrolment, &o.Programme, &o.Office, &o.Cause, &o.Fault, &amount, &returned, &outstanding, &o.ChangedAt)
	o.Amount, o.Returned, o.Outstanding = domain.Fen(amount), domain.Fen(returned), domain.Fen(outstanding)
	return o, err
}
