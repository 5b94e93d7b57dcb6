package projections

import (
	"almoner/domain"
	"almoner/domain/beneficiary"
)

// recoveryTables are the recovery ledger's rows: entries of all overpayments, in fen, ≥ 0; the kind says which way they go
// (beneficiary.Overpayment).
func recoveryTables() []string {
	return []string{
		`CREATE TABLE recovery_entries_v1 (
			log_index INTEGER NOT NULL, overpayment TEXT NOT NULL,
			n INTEGER NOT NULL,                   -- place among the overpayment's entries, from 1
			person TEXT NOT NULL, programme TEXT NOT NULL, office TEXT NOT NULL,
			kind TEXT NOT NULL,                   -- found, planned, set-off, set-off-undone, recovered, written-off, void
			method TEXT NOT NULL, amount INTEGER NOT NULL, run TEXT NOT NULL, line INTEGER NOT NULL, voucher TEXT NOT NULL,
			on_day TEXT NOT NULL,                 -- found or received; else the day of the append
			PRIMARY KEY (overpayment, n)
		) STRICT, WITHOUT ROWID`,
		`CREATE INDEX recovery_entries_log ON recovery_entries_v1 (log_index)`,
		`CREATE INDEX recovery_entries_run ON recovery_entries_v1 (run) WHERE run <> ''`,
	}
}

// overpaid writes the overpayments that changed, and the entries that were added to them.
func (b *batch) overpaid(at int64, p *person, before beneficiary.State, e *decoded) error {
	was := map[string]beneficiary.Overpayment{}
	for _, o := range before.Overpayments {
		was[o.ID] = o
	}
	for _, o := range p.state.Overpayments {
		old, ok := was[o.ID]
		if ok && len(old.Entries) == len(o.Entries) && old.Amount().Equal(o.Amount()) && old.Void == o.Void {
			continue
		}
		programme, office := placeOf(p.state, o)
		if err := b.exec(`INSERT OR REPLACE INTO overpayments_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, o.ID, p.id, o.Enrolment, programme, office,
			o.Cause, string(o.Fault), o.Amount().Fen(), o.Returned.Fen(), o.Outstanding().Fen(), at); err != nil {
			return err
		}
		for n := len(old.Entries); n < len(o.Entries); n++ {
			x := o.Entries[n]
			if x.On.IsZero() {
				x.On = domain.DateOf(e.Envelope.At.Time)
			}
			if err := b.exec(`INSERT INTO recovery_entries_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, at, o.ID, n+1, p.id, programme, office,
				string(x.Kind), x.Method, x.Amount.Fen(), x.Run, x.Line, x.Voucher, x.On.String()); err != nil {
				return err
			}
			if err := b.bookRecovery(at, e, p, o, x, programme); err != nil {
				return err
			}
		}
	}
	return nil
}

// refunded notes that a refund is to be booked in its fund, unless the fund has it already.
func (b *batch) refunded(at int64, p *person, event domain.Event) error {
	r, ok := event.(beneficiary.Recovered)
	if !ok || r.Fund == "" {
		return nil
	}
	booked, err := b.row([]any{new(int64)}, `SELECT 1 FROM fund_entries_v1 WHERE fund = ? AND kind = ? AND document = ? AND detail = ?`,
		r.Fund, string(FundRecovered), r.Voucher, r.Overpayment)
	if err != nil || booked {
		return err
	}
	return b.intend(p.stream, BookRefund, at, refundKey(r.Fund, r.Voucher, r.Overpayment), p.id)
}

// refundBooked ends that.
func (b *batch) refundBooked(entry FundEntry) error {
	if entry.Kind != FundRecovered {
		return nil
	}
	return b.exec(`DELETE FROM intents_v1 WHERE kind = ? AND draw = ?`, string(BookRefund), refundKey(entry.Fund, entry.Document, entry.Detail))
}

func refundKey(fund, voucher, overpayment string) string {
	return fund + " " + voucher + " " + overpayment
}

// placeOf is the programme whose money was overpaid, and the office responsible now.
func placeOf(s beneficiary.State, o beneficiary.Overpayment) (programme, office string) {
	if enrolment, ok := s.Enrolment(o.Enrolment); ok {
		programme = enrolment.Programme
		if n := len(enrolment.Places); n > 0 {
			office = enrolment.Places[n-1].Office
		}
		return programme, office
	}
	for _, g := range s.Grants {
		if g.ID == o.Grant {
			return g.Programme, g.Office
		}
	}
	return "", ""
}
