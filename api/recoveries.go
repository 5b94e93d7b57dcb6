package api

import (
	"context"
	"errors"
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/ledger"
	"almoner/projections"
)

// recoveryView is one overpayment (错发多发) and what has come back of it: outstanding = found − void − set off + set off and
// undone − recovered − written off, over the entries.
type recoveryView struct {
	Overpayment string            `json:"overpayment"`
	Person      string            `json:"person"`
	Programme   string            `json:"programme"`
	Office      string            `json:"office"`
	Enrolment   string            `json:"enrolment,omitempty"`
	Grant       string            `json:"grant,omitempty"`
	Cause       string            `json:"cause"`
	Fault       string            `json:"fault"`
	FoundOn     string            `json:"foundOn,omitempty"`
	FoundBy     string            `json:"foundBy,omitempty"`
	Void        bool              `json:"void"`
	Amount      money             `json:"amount"`
	Returned    money             `json:"returned"`
	Outstanding money             `json:"outstanding"` // negative: more was got back than was owed
	Opening     money             `json:"opening"`     // the part that came with the books before
	Plan        *recoveryPlanView `json:"plan,omitempty"`
	Origins     []recoveryOrigin  `json:"origins"`
	Entries     []recoveryEntry   `json:"entries"` // in log order
}

// recoveryPlanView is the signed plan that stands.
type recoveryPlanView struct {
	Method      string           `json:"method"`
	Cap         string           `json:"cap,omitempty"` // of a set-off
	From        string           `json:"from,omitempty"`
	Enrolment   string           `json:"enrolment,omitempty"`
	Instalments []instalmentView `json:"instalments,omitempty"`
}

type instalmentView struct {
	DueOn  string `json:"dueOn"`
	Amount money  `json:"amount"`
}

// recoveryOrigin is a part of what was overpaid: a unit of a line, or what a bank line brought.
type recoveryOrigin struct {
	Draw     string `json:"draw"`
	Run      string `json:"run"`
	Line     int    `json:"line"`
	Unit     string `json:"unit,omitempty"`
	Amount   money  `json:"amount"`
	BankFile string `json:"bankFile,omitempty"`
	BankLine int    `json:"bankLine,omitempty"`
}

// recoveryEntry is one entry of the recovery ledger; amounts are never negative, the kind says which way they go.
type recoveryEntry struct {
	LogIndex int64  `json:"logIndex"`
	Kind     string `json:"kind"`
	Method   string `json:"method,omitempty"`
	Amount   money  `json:"amount"`
	Run      string `json:"run,omitempty"`
	Line     int    `json:"line,omitempty"`
	Voucher  string `json:"voucher,omitempty"`
	On       string `json:"on"`
}

func viewRecovery(r projections.Recovery) recoveryView {
	v := recoveryView{
		Overpayment: r.ID, Person: r.Person, Programme: r.Programme, Office: r.Office, Enrolment: r.Enrolment, Grant: r.Grant, Cause: r.Cause, Fault: string(r.Fault),
		FoundOn: dayText(r.FoundOn), FoundBy: r.FoundBy, Void: r.Void, Amount: r.Amount, Returned: r.Returned, Outstanding: r.Outstanding, Opening: r.Opening,
		Plan: viewRecoveryPlan(r.Plan), Origins: []recoveryOrigin{}, Entries: []recoveryEntry{},
	}
	for _, o := range r.Origins {
		v.Origins = append(v.Origins, recoveryOrigin{o.Draw, o.Run, o.Line, o.Unit.String(), o.Amount, o.BankFile, o.BankLine})
	}
	for _, e := range r.Entries {
		v.Entries = append(v.Entries, recoveryEntry{e.LogIndex, string(e.Kind), e.Method, e.Amount, e.Run, e.Line, e.Voucher, e.On.String()})
	}
	return v
}

func viewRecoveryPlan(p *beneficiary.Plan) *recoveryPlanView {
	if p == nil {
		return nil
	}
	v := &recoveryPlanView{Method: p.Method, From: p.From.String(), Enrolment: p.Enrolment}
	if !p.Cap.IsZero() {
		v.Cap = p.Cap.String()
	}
	for _, i := range p.Instalments {
		v.Instalments = append(v.Instalments, instalmentView{i.DueOn.String(), i.Amount})
	}
	return v
}

// listRecoveries lists recoveries in order of person; those outside the caller's areas are left out, so that a page may be
// shorter than asked for.
func (s *Server) listRecoveries(ctx context.Context, r *request) (response, error) {
	all, err := r.flag("all")
	if err != nil {
		return response{}, err
	}
	limit, err := r.limit()
	if err != nil {
		return response{}, err
	}
	after, err := r.place()
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, found, next, err := s.views.Recoveries(ctx, projections.RecoveryFilter{
		Person: r.query.Get("person"), Programme: r.query.Get("programme"), Office: r.query.Get("office"), All: all, After: after, Limit: limit,
	})
	if err != nil {
		return response{}, err
	}
	items := []recoveryView{}
	reached := map[string]bool{}
	for _, one := range found {
		if _, known := reached[one.Office]; !known {
			err := s.within(ctx, r, one.Office)
			if err != nil && !errors.Is(err, domain.Forbidden) && !errors.Is(err, domain.NotFound) {
				return response{}, err
			}
			reached[one.Office] = err == nil
		}
		if reached[one.Office] {
			items = append(items, viewRecovery(one))
		}
	}
	return response{Body: listed[recoveryView]{items}, Next: r.next(r.query, next), LogIndex: at}, nil
}

// recoveryDetail is one recovery, with the revision of the person's stream that a refund is based on.
type recoveryDetail struct {
	recoveryView
	Revision int64 `json:"revision"`
}

// getRecovery shows one.
func (s *Server) getRecovery(ctx context.Context, r *request) (response, error) {
	at, found, err := s.recovery(ctx, r)
	if err != nil {
		return response{}, err
	}
	d := recoveryDetail{recoveryView: viewRecovery(found)}
	if d.Revision, err = s.revision(ctx, beneficiary.Stream(found.Person)); err != nil {
		return response{}, fmt.Errorf("revision of person %s: %w", found.Person, err)
	}
	return response{Body: d, ETag: etag(d.Revision), LogIndex: at}, nil
}

// recovery reads the one that the path names, within the caller's areas.
func (s *Server) recovery(ctx context.Context, r *request) (int64, projections.Recovery, error) {
	if err := s.synced(ctx); err != nil {
		return 0, projections.Recovery{}, err
	}
	at, found, err := s.views.Recovery(ctx, r.path("id"))
	if err != nil {
		return 0, found, err
	}
	return at, found, s.within(ctx, r, found.Office)
}

// refundBody is money that came back from a person.
type refundBody struct {
	Amount     domain.Money `json:"amount"`
	ReceivedOn domain.Date  `json:"receivedOn"`
	Voucher    string       `json:"voucher"`
	FundYear   int          `json:"fundYear"` // 0: of the year in which it was received
}

// refunded is what a refund did, and what is still to be got back.
type refunded struct {
	Overpayment string   `json:"overpayment"`
	Events      []string `json:"events"`   // stored names; none: it was true already
	Repeated    bool     `json:"repeated"` // the key had been carried out before
	Revision    int64    `json:"revision"`
	Outstanding money    `json:"outstanding"`
}

// addRefund books a refund, based on the recovery as the caller read it.
func (s *Server) addRefund(ctx context.Context, r *request) (response, error) {
	var body refundBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	_, found, err := s.recovery(ctx, r)
	if err != nil {
		return response{}, err
	}
	actor, err := s.actorAs(r, "finance.handler")
	if err != nil {
		return response{}, err
	}
	stream := beneficiary.Stream(found.Person)
	current, err := s.unchangedStream(ctx, r, stream, "recovery "+found.ID)
	if err != nil && !(isStale(err) && s.replays.has(actor.Officer, r.key)) {
		return response{ETag: current}, err
	}
	out, err := s.ledger.RecordRefund(ctx, r.command(actor), ledger.Refund{
		Person: found.Person, Overpayment: found.ID, Amount: body.Amount, ReceivedOn: body.ReceivedOn, Voucher: body.Voucher, FundYear: body.FundYear,
	})
	if err != nil {
		return response{}, err
	}
	s.replays.add(r.officer.Officer, r.key)
	_, now, err := s.recovery(ctx, r)
	if err != nil {
		return response{}, err
	}
	done := refunded{Overpayment: found.ID, Events: make([]string, len(out.Events)), Repeated: out.Repeated, Outstanding: now.Outstanding}
	for i, e := range out.Events {
		done.Events[i] = e.Type
	}
	if done.Revision, err = s.revision(ctx, stream); err != nil {
		return response{}, fmt.Errorf("revision of person %s: %w", found.Person, err)
	}
	return response{Body: done, ETag: etag(done.Revision)}, nil
}
