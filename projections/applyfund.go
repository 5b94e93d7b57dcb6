package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/fund"
)

// applyFund takes an event of a fund or of a request.
func (b *batch) applyFund(at, stream int64, e *decoded) error {
	switch event := e.Event.(type) {
	case fund.Requested:
		return b.applyRequest(at, stream, event.Request, e)
	case fund.Submitted:
		return b.applyRequest(at, stream, event.Request, e)
	case fund.SignedOff:
		return b.applyRequest(at, stream, event.Request, e)
	case fund.SentBack:
		return b.applyRequest(at, stream, event.Request, e)
	}
	return b.applyMoney(at, stream, e)
}

// applyMoney keeps a fund's state and its movements.
func (b *batch) applyMoney(at, stream int64, e *decoded) error {
	entry := entryOf(e.Event)
	var s fund.State
	if entry.Kind != "" { // its opening stands before
		var state []byte
		found, err := b.row([]any{&state}, `SELECT state FROM funds_v1 WHERE fund = ?`, entry.Fund)
		if err == nil && !found {
			err = broken("the fund %s moves money and was never opened", entry.Fund)
		}
		if err == nil {
			err = codec.Unmarshal(state, &s)
		}
		if err != nil {
			return fmt.Errorf("state of fund %s: %w", entry.Fund, err)
		}
	}
	s = fund.Evolve(s, e.Fact)
	state, err := encode(s)
	if err != nil {
		return err
	}
	o := s.Opened
	if err := b.exec(`INSERT OR REPLACE INTO funds_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, o.Fund, stream, o.Finance, o.Programme, o.Year, s.Closed, at, state); err != nil {
		return err
	}
	if entry.Kind == "" {
		return nil
	}
	if err := b.refundBooked(entry); err != nil {
		return err
	}
	return b.exec(`INSERT INTO fund_entries_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, at, o.Fund, o.Finance, o.Programme, o.Year,
		string(entry.Kind), entry.Run, entry.Level, entry.Amount.Fen(), entry.Document, nullDay(entry.On), entry.Detail)
}

// entryOf is the movement an event records; without a kind, the fund's opening.
func entryOf(event domain.Event) FundEntry {
	switch e := event.(type) {
	case fund.Appropriated:
		return FundEntry{Fund: e.Fund, Kind: FundAppropriated, Level: e.Level, Amount: e.Amount, Document: e.Document, On: e.IssuedOn, Detail: e.Request}
	case fund.Received:
		return FundEntry{Fund: e.Fund, Kind: FundReceived, Level: e.Level, Amount: e.Amount, Document: e.Voucher, On: e.ReceivedOn}
	case fund.Recovered:
		return FundEntry{Fund: e.Fund, Kind: FundRecovered, Amount: e.Amount, Document: e.Voucher, On: e.ReceivedOn, Detail: e.Overpayment}
	case fund.Returned:
		return FundEntry{Fund: e.Fund, Kind: FundReturned, Amount: e.Amount, Document: e.Voucher, On: e.ReturnedOn, Detail: e.To}
	case fund.Committed:
		return FundEntry{Fund: e.Fund, Kind: FundCommitted, Run: e.Run, Amount: e.Amount}
	case fund.Released:
		return FundEntry{Fund: e.Fund, Kind: FundReleased, Run: e.Run, Amount: e.Amount, Detail: string(e.Reason)}
	case fund.Spent:
		return FundEntry{Fund: e.Fund, Kind: FundSpent, Run: e.Run, Amount: e.Amount}
	case fund.YearClosed:
		return FundEntry{Fund: e.Fund, Kind: FundClosed, Amount: e.Balance}
	}
	return FundEntry{}
}

// applyRequest keeps a request, and the signatures it waits for.
func (b *batch) applyRequest(at, stream int64, id string, e *decoded) error {
	var s fund.RequestState
	var state []byte
	found, err := b.row([]any{&state}, `SELECT state FROM fund_requests_v1 WHERE request = ?`, id)
	if err == nil && found {
		err = codec.Unmarshal(state, &s)
	}
	if err != nil {
		return fmt.Errorf("state of fund request %s: %w", id, err)
	}
	s = fund.EvolveRequest(s, e.Fact)
	if state, err = encode(s); err != nil {
		return err
	}
	r := s.Requested
	if !found {
		if err := b.subjectOpened(at, stream, Subject{Kind: FundSubject, ID: id, Office: r.Office, Programme: r.Programme}); err != nil {
			return err
		}
	}
	if err := b.exec(`INSERT INTO fund_requests_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request) DO UPDATE SET
		fund = excluded.fund, status = excluded.status, log_index = iif(?, excluded.log_index, log_index), state = excluded.state`,
		id, stream, r.Run, r.Fund, r.Finance, r.Programme, r.Office, string(s.Status), at, state, isRequested(e.Event)); err != nil {
		return err
	}
	return b.subjectChanged(at, stream, string(s.Status), SubjectCounts{}, s.Signing)
}

func isRequested(event domain.Event) bool {
	_, ok := event.(fund.Requested)
	return ok
}
