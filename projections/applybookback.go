package projections

import (
	"almoner/domain"
	"almoner/domain/beneficiary"
)

// bookRecovery books an entry of the recovery ledger: with the finance office that paid what is got back.
func (b *batch) bookRecovery(at int64, e *decoded, p *person, o beneficiary.Overpayment, x beneficiary.Entry, programme string) error {
	k := booking{programme: programme, class: classOf(p.state, o), cause: x.Method, own: x.On, amount: x.Amount, facts: 1}
	switch x.Kind {
	case beneficiary.EntrySetOff:
		k.figure, k.cause = "setOff", string(x.Kind)
	case beneficiary.EntrySetOffUndone:
		k.figure, k.cause, k.amount = "setOff", string(x.Kind), x.Amount.Neg()
	case beneficiary.EntryRecovered:
		k.figure = "refunded"
		if x.Method == beneficiary.MethodBankReversal {
			k.figure = "gotBack"
		}
	case beneficiary.EntryWrittenOff:
		k.figure, k.cause = "writtenOff", string(x.Kind)
	default:
		return nil
	}
	if x.Kind == beneficiary.EntrySetOff || x.Kind == beneficiary.EntrySetOffUndone {
		k.run, k.own = x.Run, domain.Date{} // true when the run says so
	}
	finance, err := b.payerOf(p.stream, o, x.Run)
	if err != nil || finance == "" {
		return err // an overpayment that came with the books before, of somebody never paid here
	}
	k.finance = finance
	return b.book(at, e, k)
}

// classOf is the class whose money was overpaid: the last one of its enrolment.
func classOf(s beneficiary.State, o beneficiary.Overpayment) string {
	if enrolment, ok := s.Enrolment(o.Enrolment); ok && len(enrolment.Classes) > 0 {
		return enrolment.Classes[len(enrolment.Classes)-1].Key.String()
	}
	return grantClass
}

// payerOf is the finance office of the run named, or of the draw that was overpaid, or of the person's last draw.
func (b *batch) payerOf(stream int64, o beneficiary.Overpayment, run string) (string, error) {
	if run == "" {
		draw := ""
		switch {
		case o.Bank != nil:
			draw = o.Bank.Draw
		case len(o.Units) > 0:
			draw = o.Units[0].Draw
		}
		var err error
		if run, err = b.runOfDraw(stream, draw); err != nil || run == "" {
			return "", err
		}
	}
	r, err := b.run(run)
	if err != nil {
		return "", err
	}
	return r.state.Opened.Finance, nil
}

// runOfDraw is the run of a person's draw, or of the last one if none is named; empty when there is none.
func (b *batch) runOfDraw(stream int64, draw string) (string, error) {
	if err := b.draws.flush(b); err != nil {
		return "", err
	}
	var of int64
	found, err := b.row([]any{&of}, `SELECT run FROM draws_v1 WHERE stream = ?1 AND (?2 = '' OR instr(data, ?2) > 0) ORDER BY rev DESC LIMIT 1`, stream, draw)
	if err != nil || !found {
		return "", err
	}
	for id, r := range b.dirtyRuns {
		if r.stream == of && r.persisted {
			return id, nil
		}
	}
	var run string
	_, err = b.row([]any{&run}, `SELECT run FROM payruns_v1 WHERE stream = ?`, of)
	return run, err
}
