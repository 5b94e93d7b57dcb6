package projections

import (
	"context"
	"database/sql"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/fund"
)

// FundEntryKind is what a movement of a fund is.
type FundEntryKind string

// The kinds of movements.
const (
	FundAppropriated FundEntryKind = "appropriated"
	FundReceived     FundEntryKind = "received"
	FundRecovered    FundEntryKind = "recovered"
	FundCommitted    FundEntryKind = "committed"
	FundReleased     FundEntryKind = "released"
	FundSpent        FundEntryKind = "spent"
	FundReturned     FundEntryKind = "returned"
	FundClosed       FundEntryKind = "closed"
)

// FundEntry is one movement of a fund, in log order.
type FundEntry struct {
	LogIndex int64
	Fund     string
	Kind     FundEntryKind
	Run      string
	Level    string       // who paid in
	Amount   domain.Money // yuan; spent and released may be negative
	Document string       // document number or voucher
	On       domain.Date  // zero: it has no day of its own
	Detail   string       // reason of a release, overpayment recovered, request answered, where it was returned to
}

// FundView is one fund.
type FundView struct {
	LogIndex  int64 // of the read models
	ChangedAt int64 // log index of its last entry
	State     fund.State
	Entries   []FundEntry   // only with Fund
	Requests  []FundRequest // only with Fund, the last changed first
}

// ID is the fund's id.
func (f FundView) ID() string { return f.State.Opened.Fund }

// FundFilter restricts a list of funds. Empty fields do not restrict.
type FundFilter struct {
	Finance, Programme string
	Year               int
}

// FundRequest is one appropriation request (拨款报告).
type FundRequest struct {
	LogIndex    int64 // of the read models
	RequestedAt int64 // log index of the request as it stands
	State       fund.RequestState
}

// FundRequestFilter restricts a list of requests. Empty fields do not restrict.
type FundRequestFilter struct {
	Request, Run, Fund, Office, Status string
}

const fundColumns = `SELECT log_index, state FROM funds_v1`

func scanFund(r *sql.Rows) (FundView, error) {
	var f FundView
	var state []byte
	if err := r.Scan(&f.ChangedAt, &state); err != nil {
		return f, err
	}
	return f, codec.Unmarshal(state, &f.State)
}

// Funds lists funds, the latest year first.
func (v *Views) Funds(ctx context.Context, f FundFilter) (logIndex int64, all []FundView, err error) {
	err = v.read(ctx, "funds", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, scanFund, fundColumns+` WHERE (?1 = '' OR finance = ?1) AND (?2 = '' OR programme = ?2) AND (?3 = 0 OR year = ?3)
			ORDER BY year DESC, finance, programme`, f.Finance, f.Programme, f.Year)
		for i := range all {
			all[i].LogIndex = at.logIndex
		}
		return err
	})
	return logIndex, all, err
}

// Fund is one fund with its movements and requests. It refuses with projections.no-fund.
func (v *Views) Fund(ctx context.Context, id string) (FundView, error) {
	var out FundView
	err := v.read(ctx, "fund "+id, func(tx *sql.Tx, at stand) error {
		found, err := scanAll(ctx, tx, scanFund, fundColumns+` WHERE fund = ?`, id)
		if err == nil && len(found) == 0 {
			err = domain.Refuse(domain.NotFound, "projections.no-fund", "there is no fund %s", id).WithNext("look at the list of funds")
		}
		if err != nil {
			return err
		}
		out = found[0]
		out.LogIndex = at.logIndex
		if out.Entries, err = scanAll(ctx, tx, scanFundEntry, fundEntryColumns+` WHERE fund = ? ORDER BY log_index`, id); err != nil {
			return err
		}
		out.Requests, err = fundRequests(ctx, tx, at, FundRequestFilter{Fund: id})
		return err
	})
	return out, err
}

const fundEntryColumns = `SELECT log_index, fund, kind, run, level, amount, document, on_day, detail FROM fund_entries_v1`

func scanFundEntry(r *sql.Rows) (FundEntry, error) {
	var e FundEntry
	var amount int64
	var on sql.NullString
	if err := r.Scan(&e.LogIndex, &e.Fund, &e.Kind, &e.Run, &e.Level, &amount, &e.Document, &on, &e.Detail); err != nil {
		return e, err
	}
	e.Amount = domain.Fen(amount)
	if !on.Valid {
		return e, nil
	}
	var err error
	e.On, err = domain.ParseDate(on.String)
	return e, err
}

// FundRequests lists requests, the last changed first.
func (v *Views) FundRequests(ctx context.Context, f FundRequestFilter) (logIndex int64, all []FundRequest, err error) {
	err = v.read(ctx, "fund requests", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = fundRequests(ctx, tx, at, f)
		return err
	})
	return logIndex, all, err
}

// FundRequest is one request. It refuses with projections.no-fund-request.
func (v *Views) FundRequest(ctx context.Context, id string) (FundRequest, error) {
	_, found, err := v.FundRequests(ctx, FundRequestFilter{Request: id})
	if err == nil && (id == "" || len(found) == 0) {
		err = domain.Refuse(domain.NotFound, "projections.no-fund-request", "there is no fund request %q", id).WithNext("look at the list of requests")
	}
	if err != nil {
		return FundRequest{}, err
	}
	return found[0], nil
}

func fundRequests(ctx context.Context, tx *sql.Tx, at stand, f FundRequestFilter) ([]FundRequest, error) {
	return scanAll(ctx, tx, func(r *sql.Rows) (FundRequest, error) {
		out := FundRequest{LogIndex: at.logIndex}
		var state []byte
		if err := r.Scan(&out.RequestedAt, &state); err != nil {
			return out, err
		}
		return out, codec.Unmarshal(state, &out.State)
	}, `SELECT log_index, state FROM fund_requests_v1 WHERE (?1 = '' OR request = ?1) AND (?2 = '' OR run = ?2) AND (?3 = '' OR fund = ?3)
		AND (?4 = '' OR office = ?4) AND (?5 = '' OR status = ?5) ORDER BY log_index DESC`, f.Request, f.Run, f.Fund, f.Office, f.Status)
}
