package projections

import (
	"context"
	"database/sql"
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
)

// RecoveryFilter restricts a list of recoveries. Empty fields do not restrict; without All only those with something
// outstanding are listed. After is the key of the last one seen; Limit 0 means all.
type RecoveryFilter struct {
	Overpayment, Person, Programme, Office string
	All                                    bool
	After                                  string
	Limit                                  int
}

// RecoveryOrigin is one part of what was overpaid: a unit of a draw that stands, or what a bank line brought.
type RecoveryOrigin struct {
	Draw     string
	Run      string
	Line     int           // in the run
	Unit     domain.Period // zero: money of the draw that is no unit's
	Amount   domain.Money
	BankFile string // of a bank fact
	BankLine int
}

// RecoveryEntry is one entry of the recovery ledger. Amounts are ≥ 0; the kind says which way they go.
type RecoveryEntry struct {
	LogIndex int64
	Kind     beneficiary.EntryKind
	Method   string
	Amount   domain.Money
	Run      string
	Line     int
	Voucher  string
	On       domain.Date
}

// Recovery is one overpayment with everything that has become of it (追回台账). Outstanding = found − void − set off + set off
// and undone − recovered − written off, over the entries.
type Recovery struct {
	Overpayment
	Grant   string // of a bank fact about one-off money
	FoundOn domain.Date
	FoundBy string
	Void    bool
	Opening domain.Money // the part that came with the books before
	Plan    *beneficiary.Plan
	Origins []RecoveryOrigin
	Entries []RecoveryEntry
}

// Recoveries lists recoveries in order of person and overpayment; next is the key to go on after, empty at the end.
func (v *Views) Recoveries(ctx context.Context, f RecoveryFilter) (logIndex int64, all []Recovery, next string, err error) {
	person, overpayment, err := splitRecoveryKey(f.After)
	if err != nil {
		return 0, nil, "", err
	}
	limit := -1
	if f.Limit > 0 {
		limit = f.Limit + 1
	}
	err = v.read(ctx, "recoveries", func(tx *sql.Tx, at stand) error {
		logIndex = at.logIndex
		rows, err := scanAll(ctx, tx, scanOverpayment, overpaymentColumns+` WHERE (?1 = '' OR overpayment = ?1) AND (?2 = '' OR person = ?2) AND (?3 = '' OR programme = ?3)
			AND (?4 = '' OR office = ?4) AND (?5 OR outstanding <> 0) AND (?6 = '' OR (person, overpayment) > (?6, ?7)) ORDER BY person, overpayment LIMIT ?8`,
			f.Overpayment, f.Person, f.Programme, f.Office, f.All, person, overpayment, limit)
		if err != nil {
			return err
		}
		if f.Limit > 0 && len(rows) > f.Limit {
			rows = rows[:f.Limit]
			last := rows[len(rows)-1]
			next = last.Person + " " + last.ID
		}
		all, err = recoveriesOf(ctx, tx, rows)
		return err
	})
	return logIndex, all, next, err
}

// Recovery is one overpayment with its ledger. It refuses with projections.no-overpayment.
func (v *Views) Recovery(ctx context.Context, id string) (logIndex int64, r Recovery, err error) {
	if id == "" {
		return 0, r, noOverpayment(id)
	}
	logIndex, all, _, err := v.Recoveries(ctx, RecoveryFilter{Overpayment: id, All: true})
	if err == nil && len(all) == 0 {
		err = noOverpayment(id)
	}
	if err != nil {
		return logIndex, r, err
	}
	return logIndex, all[0], nil
}

func noOverpayment(id string) error {
	return domain.Refuse(domain.NotFound, "projections.no-overpayment", "there is no overpayment %q", id).WithNext("list the recoveries, and copy the id")
}

func splitRecoveryKey(key string) (person, overpayment string, err error) {
	if key == "" {
		return "", "", nil
	}
	if n, _ := fmt.Sscanf(key, "%s %s", &person, &overpayment); n != 2 {
		return "", "", domain.Refuse(domain.Invalid, "projections.cursor", "%q does not name a place in the list of recoveries", key).WithNext("begin again without a cursor")
	}
	return person, overpayment, nil
}

// recoveriesOf completes rows with the state of each person, read once for all of theirs, and with the entries.
func recoveriesOf(ctx context.Context, tx *sql.Tx, rows []Overpayment) ([]Recovery, error) {
	all := make([]Recovery, 0, len(rows))
	var stream int64
	var person string
	var state beneficiary.State
	for _, row := range rows {
		if row.Person != person {
			person, state = row.Person, beneficiary.State{}
			var err error
			if stream, state, err = stateWithoutDraws(ctx, tx, person); err != nil {
				return nil, err
			}
		}
		r := Recovery{Overpayment: row}
		if err := r.complete(ctx, tx, stream, state); err != nil {
			return nil, fmt.Errorf("recovery of %s: %w", row.ID, err)
		}
		all = append(all, r)
	}
	return all, nil
}

func stateWithoutDraws(ctx context.Context, tx *sql.Tx, person string) (stream int64, s beneficiary.State, err error) {
	if stream, err = streamOf(ctx, tx, beneficiary.Stream(person)); err != nil {
		return 0, s, err
	}
	var state []byte
	if err = tx.QueryRowContext(ctx, `SELECT state FROM folds_v1 WHERE stream = ?`, stream).Scan(&state); err != nil {
		return 0, s, fmt.Errorf("state of person %s: %w", person, err)
	}
	return stream, s, codec.Unmarshal(state, &s)
}

func (r *Recovery) complete(ctx context.Context, tx *sql.Tx, stream int64, s beneficiary.State) (err error) {
	o, _ := s.Overpayment(r.ID)
	r.Grant, r.FoundOn, r.FoundBy, r.Void, r.Plan = o.Grant, o.FoundOn, o.FoundBy, o.Void, o.Plan
	for _, u := range o.Units {
		r.Origins = append(r.Origins, RecoveryOrigin{Draw: u.Draw, Unit: u.Unit, Amount: u.Amount})
	}
	switch {
	case o.Bank != nil:
		r.Origins = append(r.Origins, RecoveryOrigin{Draw: o.Bank.Draw, Amount: o.Loose, BankFile: o.Bank.BankFile, BankLine: o.Bank.BankLine})
	default:
		r.Opening = o.Loose
	}
	for i := range r.Origins {
		if err := r.Origins[i].find(ctx, tx, stream); err != nil {
			return err
		}
	}
	r.Entries, err = scanAll(ctx, tx, scanRecoveryEntry, `SELECT log_index, kind, method, amount, run, line, voucher, on_day FROM recovery_entries_v1
		WHERE overpayment = ? ORDER BY n`, r.ID)
	return err
}

// find looks the origin's draw up, which may have been undone since.
func (o *RecoveryOrigin) find(ctx context.Context, tx *sql.Tx, stream int64) error {
	draws, err := scanAll(ctx, tx, func(r *sql.Rows) (d beneficiary.Drawn, err error) {
		var data string
		if err := r.Scan(&data); err != nil {
			return d, err
		}
		return d, codec.Unmarshal(data, &d)
	}, `SELECT data FROM draws_v1 WHERE stream = ? AND instr(data, ?) > 0 ORDER BY rev`, stream, o.Draw)
	if err != nil {
		return err
	}
	for _, d := range draws {
		if d.Draw == o.Draw { // a later one may name it as the draw it pays again
			o.Run, o.Line = d.Run, d.Line
			return nil
		}
	}
	return fmt.Errorf("draw %s is in no row", o.Draw)
}

func scanRecoveryEntry(r *sql.Rows) (e RecoveryEntry, err error) {
	var amount int64
	var on string
	if err := r.Scan(&e.LogIndex, &e.Kind, &e.Method, &amount, &e.Run, &e.Line, &e.Voucher, &on); err != nil {
		return e, err
	}
	e.Amount = domain.Fen(amount)
	e.On, err = domain.ParseDate(on)
	return e, err
}
