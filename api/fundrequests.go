package api

import (
	"context"
	"fmt"

	"almoner/domain/fund"
	"almoner/ledger"
	"almoner/projections"
)

// requestListed is an appropriation request (拨款报告) as lists show it.
type requestListed struct {
	ID          string `json:"id"`
	Run         string `json:"run"`
	Fund        string `json:"fund"`
	Office      string `json:"office"`
	Programme   string `json:"programme"`
	Period      string `json:"period"`
	Need        money  `json:"need"`
	Balance     money  `json:"balance"`
	Amount      money  `json:"amount"` // asked for
	Status      string `json:"status"`
	RequestedAt int64  `json:"requestedAt"` // log index
}

func listRequest(r projections.FundRequest) requestListed {
	q := r.State.Requested
	return requestListed{q.Request, q.Run, q.Fund, q.Office, q.Programme, q.Period.String(), q.Need, q.Balance, q.Amount, string(r.State.Status), r.RequestedAt}
}

// listFundRequests lists requests, the last changed first.
func (s *Server) listFundRequests(ctx context.Context, r *request) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.FundRequests(ctx, projections.FundRequestFilter{
		Run: r.query.Get("run"), Fund: r.query.Get("fund"), Office: r.query.Get("office"), Status: r.query.Get("status"),
	})
	if err != nil {
		return response{}, err
	}
	page, next := pageOf(all, func(x projections.FundRequest) int64 { return x.RequestedAt }, after, limit)
	items := make([]requestListed, len(page))
	for i, x := range page {
		items[i] = listRequest(x)
	}
	return response{Body: listed[requestListed]{items}, Next: r.next(r.query, next), LogIndex: at}, nil
}

// requestDetail is one request in full, as it is signed.
type requestDetail struct {
	requestListed
	Revision  int64            `json:"revision"`
	Capitals  string           `json:"capitals"` // 大写 of the amount asked for
	From      string           `json:"from"`
	To        string           `json:"to"`
	Document  string           `json:"document,omitempty"`
	Rulebook  string           `json:"rulebook"` // hash
	Last      string           `json:"last,omitempty"`
	Persons   int              `json:"persons"`
	Held      int              `json:"held"`
	Classes   []fund.ClassNeed `json:"classes"`
	Shares    []fund.Share     `json:"shares"`
	Documents []basisView      `json:"documents"`
	Round     int              `json:"round"`
	Waits     string           `json:"waits,omitempty"`
	Chain     []chainStep      `json:"chain"`
	Marks     []mark           `json:"marks"`
}

// basisView is one document that the amounts rest on.
type basisView struct {
	Number string `json:"number,omitempty"`
	Title  string `json:"title"`
}

// getFundRequest shows one request.
func (s *Server) getFundRequest(ctx context.Context, r *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	x, err := s.views.FundRequest(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	q, signing := x.State.Requested, x.State.Signing
	d := requestDetail{
		requestListed: listRequest(x), Capitals: q.Amount.Capitals(), From: periodText(q.From), To: periodText(q.To), Document: q.Document, Rulebook: q.Rulebook, Last: q.Last,
		Persons: q.Persons, Held: q.Held, Classes: q.Classes, Shares: q.Shares, Documents: []basisView{}, Round: signing.Round, Chain: chainOf(signing.Chain), Marks: marksOf(signing),
	}
	for _, b := range q.Documents {
		d.Documents = append(d.Documents, basisView{b.Number, b.Title})
	}
	if len(signing.Waiting()) > 0 {
		d.Waits = signing.Chain[signing.Step].Capacity()
	}
	if d.Revision, err = s.revision(ctx, fund.RequestStream(q.Request)); err != nil {
		return response{}, fmt.Errorf("revision of fund request %s: %w", q.Request, err)
	}
	return response{Body: d, ETag: etag(d.Revision), LogIndex: x.LogIndex}, nil
}

// requestFund makes the request of a run, or makes it anew while nobody has signed it.
func (s *Server) requestFund(ctx context.Context, r *request) (response, error) {
	var body struct {
		Run string `json:"run"`
	}
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	id, out, err := s.ledger.RequestFund(ctx, r.command(actor), body.Run)
	return s.created(ctx, r, ledger.Subject{Kind: ledger.FundSubject, ID: id}, "/v1/fund-requests/"+id, out, err)
}
