package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/ledger"
	"almoner/projections"
)

// fundView is one fund. inHand = received + recovered − spent − returned; free = inHand − outstanding.
type fundView struct {
	ID          string      `json:"id"`
	Finance     string      `json:"finance"`
	Programme   string      `json:"programme"`
	Year        int         `json:"year"`
	Closed      bool        `json:"closed"`
	Received    money       `json:"received"`
	Recovered   money       `json:"recovered"`
	Spent       money       `json:"spent"`
	Returned    money       `json:"returned"`
	InHand      money       `json:"inHand"`
	Outstanding money       `json:"outstanding"` // set aside for runs
	Free        money       `json:"free"`
	Levels      []fundLevel `json:"levels"`
}

// fundLevel is one level's money.
type fundLevel struct {
	Level        string `json:"level"`
	Appropriated money  `json:"appropriated"`
	Received     money  `json:"received"`
}

func viewFund(s fund.State) fundView {
	out := fundView{
		ID: s.Opened.Fund, Finance: s.Opened.Finance, Programme: s.Opened.Programme, Year: s.Opened.Year, Closed: s.Closed, Received: s.Received,
		Recovered: s.Recovered, Spent: s.Spent, Returned: s.Returned, InHand: s.InHand(), Outstanding: s.Outstanding(), Free: s.Free(), Levels: []fundLevel{},
	}
	for _, level := range fund.Levels() {
		if granted := s.Appropriated(level); !granted.IsZero() {
			out.Levels = append(out.Levels, fundLevel{level, granted, s.ReceivedOf(level)})
		}
	}
	return out
}

// listFunds lists funds, the latest year first. They are few: one for each finance office, programme and year.
func (s *Server) listFunds(ctx context.Context, r *request) (response, error) {
	filter := projections.FundFilter{Finance: r.query.Get("finance"), Programme: r.query.Get("programme")}
	if text := r.query.Get("year"); text != "" {
		var err error
		if filter.Year, err = strconv.Atoi(text); err != nil || filter.Year < 1 {
			return response{}, refuse(domain.Invalid, "api.year", "%.20q is not a year", text).WithNext("write it with four digits: year=2022")
		}
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.Funds(ctx, filter)
	if err != nil {
		return response{}, err
	}
	items := make([]fundView, len(all))
	for i, f := range all {
		items[i] = viewFund(f.State)
	}
	return response{Body: listed[fundView]{items}, LogIndex: at}, nil
}

// fundDetail is one fund with what runs took of it, and every movement.
type fundDetail struct {
	fundView
	Revision int64           `json:"revision"`
	Runs     []fundRun       `json:"runs"`
	Entries  []fundEntry     `json:"entries"`  // in log order
	Requests []requestListed `json:"requests"` // the last changed first
}

// fundRun is what one run took.
type fundRun struct {
	Run         string `json:"run"`
	Committed   money  `json:"committed"`
	Released    money  `json:"released"`
	Spent       money  `json:"spent"`
	Outstanding money  `json:"outstanding"`
}

// fundEntry is one movement.
type fundEntry struct {
	LogIndex int64  `json:"logIndex"`
	Kind     string `json:"kind"`
	Amount   money  `json:"amount"`
	Level    string `json:"level,omitempty"`
	Run      string `json:"run,omitempty"`
	Document string `json:"document,omitempty"` // document number or voucher
	On       string `json:"on,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// getFund shows one fund.
func (s *Server) getFund(ctx context.Context, r *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	f, err := s.views.Fund(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	d := fundDetail{fundView: viewFund(f.State), Runs: []fundRun{}, Entries: []fundEntry{}, Requests: []requestListed{}}
	for _, x := range f.State.Runs {
		d.Runs = append(d.Runs, fundRun{x.Run, x.Committed, x.Released, x.Spent, x.Outstanding()})
	}
	for _, x := range f.Entries {
		d.Entries = append(d.Entries, fundEntry{x.LogIndex, string(x.Kind), x.Amount, x.Level, x.Run, x.Document, x.On.String(), x.Detail})
	}
	for _, x := range f.Requests {
		d.Requests = append(d.Requests, listRequest(x))
	}
	if d.Revision, err = s.revision(ctx, f.ID()); err != nil {
		return response{}, fmt.Errorf("revision of fund %s: %w", f.ID(), err)
	}
	return response{Body: d, ETag: etag(d.Revision), LogIndex: f.LogIndex}, nil
}

// fundMoved is what a write did to a fund, and what it holds now.
type fundMoved struct {
	Fund        string   `json:"fund"`
	Events      []string `json:"events"`   // stored names, in order; none: it was true already
	Repeated    bool     `json:"repeated"` // the key had been carried out before
	Revision    int64    `json:"revision"`
	InHand      money    `json:"inHand"`
	Outstanding money    `json:"outstanding"`
	Free        money    `json:"free"`
}

// movedFund answers a write on a fund's money.
func (s *Server) movedFund(ctx context.Context, r *request, id string, out ledger.Outcome, err error) (response, error) {
	if err != nil {
		return response{}, fmt.Errorf("fund %s: %w", id, err)
	}
	s.replays.add(r.officer.Officer, r.key)
	moved := fundMoved{Fund: id, Events: make([]string, len(out.Events)), Repeated: out.Repeated}
	for i, e := range out.Events {
		moved.Events[i] = e.Type
	}
	if moved.Revision, err = s.revision(ctx, id); err != nil {
		return response{}, fmt.Errorf("revision of fund %s: %w", id, err)
	}
	if moved.Revision >= 0 { // setting nothing aside for an empty run opens no fund
		f, err := s.ledger.Fund(ctx, id)
		if err != nil {
			return response{}, err
		}
		moved.InHand, moved.Outstanding, moved.Free = f.InHand(), f.Outstanding(), f.Free()
	}
	return response{Body: moved, ETag: etag(moved.Revision)}, nil
}

// appropriationBody is a document that grants money (指标) to the caller's finance office.
type appropriationBody struct {
	Programme string       `json:"programme"`
	Year      int          `json:"year"`
	Amount    domain.Money `json:"amount"`
	Document  string       `json:"document"`
	IssuedOn  domain.Date  `json:"issuedOn"`
	Level     string       `json:"level"`
	Request   string       `json:"request"`
}

// appropriate records an appropriation; the first one opens the fund of its programme and year.
func (s *Server) appropriate(ctx context.Context, r *request) (response, error) {
	var body appropriationBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.actorAs(r, "finance.handler")
	if err != nil {
		return response{}, err
	}
	id, out, err := s.ledger.AppropriateFund(ctx, r.command(actor), ledger.FundGrant(body))
	answer, err := s.movedFund(ctx, r, id, out, err)
	if err != nil {
		return response{}, err
	}
	answer.Status, answer.Location = http.StatusCreated, "/v1/funds/"+id
	return answer, nil
}

// moneyBody is money that came or went, with its voucher.
type moneyBody struct {
	Amount      domain.Money `json:"amount"`
	On          domain.Date  `json:"on"`
	Voucher     string       `json:"voucher"`
	Level       string       `json:"level"`       // of a receipt
	Overpayment string       `json:"overpayment"` // of a recovery
	To          string       `json:"to"`          // of a repayment
}

// moveMoney makes the handler of one kind of movement.
func (s *Server) moveMoney(move func(*ledger.Ledger, context.Context, ledger.Command, ledger.FundMoney) (ledger.Outcome, error)) handler {
	return func(ctx context.Context, r *request) (response, error) {
		var body moneyBody
		if err := r.decode(&body); err != nil {
			return response{}, err
		}
		id := r.path("id")
		return s.changeFund(ctx, r, "finance.handler", id, "fund "+id, func(c ledger.Command) (string, ledger.Outcome, error) {
			out, err := move(s.ledger, ctx, c, ledger.FundMoney{Fund: id, Amount: body.Amount, On: body.On, Voucher: body.Voucher, Level: body.Level, Overpayment: body.Overpayment, To: body.To})
			return id, out, err
		})
	}
}

// changeFund runs a change that moves a fund's money, based on what the caller read: If-Match on a stream.
func (s *Server) changeFund(ctx context.Context, r *request, capacity, stream, name string, change func(ledger.Command) (string, ledger.Outcome, error)) (response, error) {
	actor, err := s.actorAs(r, capacity)
	if err != nil {
		return response{}, err
	}
	current, err := s.unchangedStream(ctx, r, stream, name)
	if err != nil && !(isStale(err) && s.replays.has(actor.Officer, r.key)) {
		return response{ETag: current}, err
	}
	id, out, err := change(r.command(actor))
	return s.movedFund(ctx, r, id, out, err)
}

// closeFund ends a fund's year.
func (s *Server) closeFund(ctx context.Context, r *request) (response, error) {
	id := r.path("id")
	return s.changeFund(ctx, r, "finance.head", id, "fund "+id, func(c ledger.Command) (string, ledger.Outcome, error) {
		out, err := s.ledger.CloseFund(ctx, c, id)
		return id, out, err
	})
}

// commitMoney sets aside what a run has to pay; freeMoney lets go of what it does not need any more. Both are based on the run
// as the caller read it.
func (s *Server) commitMoney(ctx context.Context, r *request) (response, error) {
	return s.onRun(ctx, r, s.ledger.CommitFund)
}

func (s *Server) freeMoney(ctx context.Context, r *request) (response, error) {
	return s.onRun(ctx, r, s.ledger.FreeFund)
}

func (s *Server) onRun(ctx context.Context, r *request, change func(context.Context, ledger.Command, string) (ledger.Outcome, error)) (response, error) {
	id := r.path("id")
	run, err := s.ledger.Payrun(ctx, id)
	if err != nil {
		return response{}, err
	}
	return s.changeFund(ctx, r, "finance.handler", payrun.Stream(id), "payrun:"+id, func(c ledger.Command) (string, ledger.Outcome, error) {
		out, err := change(ctx, c, id)
		return run.Opened.Fund, out, err
	})
}
