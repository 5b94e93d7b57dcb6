package api

import (
	"context"
	"fmt"
	"time"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/projections"
)

// payrunView is one pay run (发放批次).
type payrunView struct {
	ID         string      `json:"id"`
	Programme  string      `json:"programme"`
	Region     string      `json:"region"`
	Office     string      `json:"office"`
	Finance    string      `json:"finance"`
	Kind       string      `json:"kind"`
	Period     string      `json:"period"` // payout period
	From       string      `json:"from"`   // first unit covered
	To         string      `json:"to"`
	Document   string      `json:"document,omitempty"`
	Fund       string      `json:"fund,omitempty"`
	Rulebook   string      `json:"rulebook"` // hash
	CutOff     int64       `json:"cutOff"`   // log index
	Status     string      `json:"status"`
	Round      int         `json:"round"` // listed last
	Lines      int         `json:"lines"`
	Held       int         `json:"held"`
	Total      money       `json:"total"`
	Root       string      `json:"root,omitempty"` // once prepared
	Stopped    int         `json:"stopped"`
	Payable    payableView `json:"payable"`
	Waits      string      `json:"waits,omitempty"` // capacity that acts next
	Scopes     []string    `json:"scopes,omitempty"`
	OpenedAt   int64       `json:"openedAt"`             // log index
	ReleasedAt int64       `json:"releasedAt,omitempty"` // log index
}

// payableView is what an instruction would pay now.
type payableView struct {
	Lines int   `json:"lines"`
	Total money `json:"total"`
}

// money is an amount in answers: yuan with two places, as text.
type money = domain.Money

func viewPayrun(p projections.Payrun) payrunView {
	o, next := p.State.Opened, p.State.Next()
	lines, total := p.State.Payable()
	return payrunView{
		ID: o.Run, Programme: o.Programme, Region: o.Region, Office: o.Office, Finance: o.Finance, Kind: string(o.Kind), Period: o.Period.String(),
		From: periodText(o.From), To: periodText(o.To), Document: o.Document, Fund: o.Fund, Rulebook: o.Rulebook, CutOff: o.CutOff,
		Status: string(p.State.Status), Round: p.State.Listing.Round, Lines: p.State.Listing.Lines, Held: p.State.Listing.Held, Total: p.State.Listing.Total,
		Root: p.State.Listing.Totals.Root, Stopped: len(p.State.Stopped), Payable: payableView{lines, total}, Waits: next.Capacity, Scopes: next.Scopes,
		OpenedAt: p.OpenedAt, ReleasedAt: max(p.ReleasedAt, 0),
	}
}

// listPayruns lists runs, the last opened first.
func (s *Server) listPayruns(ctx context.Context, r *request) (response, error) {
	filter := projections.PayrunFilter{Programme: r.query.Get("programme"), Office: r.query.Get("office"), Status: payrun.Status(r.query.Get("status"))}
	if text := r.query.Get("period"); text != "" {
		var err error
		if filter.Period, err = domain.ParsePeriod(text); err != nil {
			return response{}, fmt.Errorf("parameter period: %w", err)
		}
	}
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	all, err := s.views.Payruns(ctx, filter)
	if err != nil {
		return response{}, err
	}
	page, next := pageOf(all, func(p projections.Payrun) int64 { return p.OpenedAt }, after, limit)
	items := make([]payrunView, len(page))
	for i, p := range page {
		items[i] = viewPayrun(p)
	}
	return response{Body: listed[payrunView]{items}, Next: r.next(r.query, next)}, nil
}

// pageFrom reads the size of a page and the number after which it begins.
func (r *request) pageFrom() (limit int, after int64, err error) {
	if limit, err = r.limit(); err != nil {
		return 0, 0, err
	}
	after, err = r.number()
	return limit, after, err
}

// payrunDetail is one run with its chain, signatures and stops.
type payrunDetail struct {
	payrunView
	Revision   int64           `json:"revision"`
	Chain      []chainStep     `json:"chain"`
	Signatures []signatureView `json:"signatures"` // of all rounds, in log order
	Sections   []sectionView   `json:"sections"`
	Stops      []stopView      `json:"stops"`
}

// signatureView is one signature as lists show it.
type signatureView struct {
	Round    int       `json:"round"`
	Step     int       `json:"step"`
	Capacity string    `json:"capacity"`
	Scope    string    `json:"scope"`
	Outcome  string    `json:"outcome"`
	Opinion  string    `json:"opinion"`
	Custody  string    `json:"custody"`
	Officer  string    `json:"officer"`
	Name     string    `json:"name"` // duty data
	At       time.Time `json:"at"`
	LogIndex int64     `json:"logIndex"`
}

// sectionView is what one village's part comes to.
type sectionView struct {
	Scope string `json:"scope"`
	Lines int    `json:"lines"`
	Held  int    `json:"held"`
	Total string `json:"total"`
	Root  string `json:"root"`
}

func viewSections(all []signoff.SectionTotals) []sectionView {
	out := make([]sectionView, len(all))
	for i, s := range all {
		out[i] = sectionView{s.Scope, s.Lines, s.Held, s.Total, s.Root}
	}
	return out
}

type stopView struct {
	Line     int    `json:"line"`
	Reason   string `json:"reason"`
	LogIndex int64  `json:"logIndex"`
}

// getPayrun shows one run.
func (s *Server) getPayrun(ctx context.Context, r *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	p, err := s.views.Payrun(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	d := payrunDetail{
		payrunView: viewPayrun(p), Chain: chainOf(p.State.Signing.Chain), Signatures: make([]signatureView, len(p.Signatures)),
		Sections: viewSections(p.State.Listing.Sections), Stops: make([]stopView, len(p.Stops)),
	}
	for i, x := range p.Signatures {
		d.Signatures[i] = signatureView{x.Round, x.Step, x.Capacity, x.Scope, x.Outcome, x.Opinion, x.Custody, x.Officer, x.Name, x.At, x.LogIndex}
	}
	for i, x := range p.Stops {
		d.Stops[i] = stopView{x.Line, x.Reason, x.LogIndex}
	}
	if d.Revision, err = s.revision(ctx, payrun.Stream(p.ID())); err != nil {
		return response{}, fmt.Errorf("revision of pay run %s: %w", p.ID(), err)
	}
	return response{Body: d, ETag: etag(d.Revision), LogIndex: p.LogIndex}, nil
}

// payrunBody asks for a run to be opened.
type payrunBody struct {
	Programme string        `json:"programme"`
	Office    string        `json:"office"`
	Finance   string        `json:"finance"`
	Period    domain.Period `json:"period"`
	Kind      payrun.Kind   `json:"kind"`
	Document  string        `json:"document"`
	Fund      string        `json:"fund"`
}

// openPayrun opens a run.
func (s *Server) openPayrun(ctx context.Context, r *request) (response, error) {
	var body payrunBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	if body.Period.IsZero() {
		return response{}, refuse(domain.Invalid, "payrun.period", "the run names no payout period").WithNext("name it, such as 2021-12 or 2022-Q4")
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	id, out, err := s.ledger.OpenPayrun(ctx, r.command(actor), ledger.PayrunRequest(body))
	return s.created(ctx, r, ledger.Subject{Kind: ledger.PayrunSubject, ID: id}, "/v1/payruns/"+id, out, err)
}

// preparePayrun draws what is due to everybody, as a job: a town takes seconds, a county minutes.
func (s *Server) preparePayrun(ctx context.Context, r *request) (response, error) {
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: r.path("id")}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	if j, found, err := s.jobs.find(r.officer.Officer, r.key, "preparation", nameOf(subject)); err != nil || found {
		if err != nil {
			return response{}, err
		}
		return accepted(j), nil
	}
	if _, err := s.ledger.Payrun(ctx, subject.ID); err != nil {
		return response{}, err
	}
	current, err := s.unchanged(ctx, r, subject)
	if err != nil {
		return response{ETag: current}, err
	}
	command := r.command(actor)
	return s.asJob(ctx, r, "preparation", subject, func(ctx context.Context, progress ledger.Progress) (any, error) {
		if _, err := s.ledger.PreparePayrun(ctx, command, subject.ID, progress); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", nameOf(subject), err)
		}
		return s.standing(ctx, subject)
	})
}

// recheckView is what recomputing a run from events alone came to.
type recheckView struct {
	Run        string            `json:"run"`
	Lines      int               `json:"lines"`
	Total      money             `json:"total"`
	Agrees     bool              `json:"agrees"`
	Mismatches []ledger.Mismatch `json:"mismatches"`
}

// recheckPayrun recomputes a run from events alone, as a job. It changes nothing.
func (s *Server) recheckPayrun(ctx context.Context, r *request) (response, error) {
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: r.path("id")}
	if j, found, err := s.jobs.find(r.officer.Officer, r.key, "recheck", nameOf(subject)); err != nil || found {
		if err != nil {
			return response{}, err
		}
		return accepted(j), nil
	}
	if _, err := s.ledger.Payrun(ctx, subject.ID); err != nil {
		return response{}, err
	}
	return s.asJob(ctx, r, "recheck", subject, func(ctx context.Context, progress ledger.Progress) (any, error) {
		out, err := s.ledger.RecheckPayrun(ctx, subject.ID, progress)
		if err != nil {
			return nil, fmt.Errorf("recheck %s: %w", nameOf(subject), err)
		}
		return recheckView{out.Run, out.Lines, out.Total, len(out.Mismatches) == 0, out.Mismatches}, nil
	})
}

// reasonBody is a reason code.
type reasonBody struct {
	Reason string `json:"reason"`
}

// cancelPayrun ends a run before it is instructed.
func (s *Server) cancelPayrun(ctx context.Context, r *request) (response, error) {
	var body reasonBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: r.path("id")}
	return s.changed(ctx, r, subject, func(c ledger.Command) (ledger.Outcome, error) {
		return s.ledger.CancelPayrun(ctx, c, subject.ID, body.Reason)
	})
}

// stopBody names a line to be stopped.
type stopBody struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// stopLine (止付) takes a line out after release and before the bank file.
func (s *Server) stopLine(ctx context.Context, r *request) (response, error) {
	var body stopBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: r.path("id")}
	return s.changed(ctx, r, subject, func(c ledger.Command) (ledger.Outcome, error) {
		return s.ledger.StopLine(ctx, c, subject.ID, body.Line, body.Reason)
	})
}
