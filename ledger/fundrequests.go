package ledger

import (
	"context"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
)

// fundRequestSpace makes the id of a run's request: one run has one request, whoever asks.
var fundRequestSpace = uuid.NewSHA1(uuid.NameSpaceOID, []byte("almoner fund request"))

// FundRequestID is the id of the request (拨款报告) for a run.
func FundRequestID(run string) string { return uuid.NewSHA1(fundRequestSpace, []byte(run)).String() }

// FundRequest loads a request.
func (l *Ledger) FundRequest(ctx context.Context, id string) (fund.RequestState, error) {
	s, err := load(ctx, l, fund.RequestStream(id), fund.EvolveRequest)
	if err == nil && s.state.Status == "" {
		err = domain.Refuse(domain.NotFound, "fund.request-unknown", "there is no fund request %q", id).WithNext("make it from a submitted run: almoner fund request RUN")
	}
	return s.state, err
}

// RequestFund makes the appropriation request (拨款报告) of a submitted run that the county has not signed yet. Made again, it
// says the present figures while nobody has signed it.
func (l *Ledger) RequestFund(ctx context.Context, c Command, run string) (string, Outcome, error) {
	s, err := l.Payrun(ctx, run)
	if err != nil {
		return "", Outcome{}, err
	}
	if err := l.mayRun(ctx, c.Actor, s.Opened.Office, s.Opened.Finance, "town.handler", "county.handler"); err != nil {
		return "", Outcome{}, err
	}
	id := FundRequestID(run)
	if s.Status != payrun.StatusAwaiting { // nothing to count; the refusal is the domain's
		_, err := fund.DecideAsk(fund.RequestState{}, fund.Ask{Requested: fund.Requested{Run: run}, Run: s})
		return id, Outcome{}, err
	}
	asked, err := l.requested(ctx, s)
	if err != nil {
		return id, Outcome{}, err
	}
	c.Content = map[string]string{"request": run, "root": asked.Root}
	out, err := execute(ctx, l, fund.RequestStream(id), c, fund.EvolveRequest, func(r fund.RequestState) ([]domain.Event, error) {
		return fund.DecideAsk(r, fund.Ask{Requested: asked, Run: s})
	})
	return id, out, err
}

// requested is what a request for the run says now.
func (l *Ledger) requested(ctx context.Context, run payrun.State) (fund.Requested, error) {
	book, err := l.RulebookByHash(ctx, run.Opened.Rulebook)
	if err != nil {
		return fund.Requested{}, err
	}
	on := fundOf(run.Opened)
	has, err := load(ctx, l, on.Fund, fund.Evolve)
	if err != nil {
		return fund.Requested{}, err
	}
	n, err := l.fundNeed(ctx, run, book)
	if err != nil {
		return fund.Requested{}, err
	}
	shares, err := n.need.Shares()
	if err != nil {
		return fund.Requested{}, err
	}
	free := has.state.Free().Add(has.state.Run(run.Opened.Run).Outstanding()) // what is set aside for this run is its own
	o := run.Opened
	return fund.Requested{
		Amount: fund.ToAsk(n.need.Total(), free), Balance: free, Chain: book.Chain("fund-request"), Classes: n.need.Classes(), Document: o.Document,
		Documents: fund.Basis(book), Finance: on.Finance, From: o.From, Fund: on.Fund, Held: run.Listing.Held, Last: n.last.Opened.Run, Need: n.need.Total(),
		Office: o.Office, Period: o.Period, Persons: n.need.Persons(), Programme: o.Programme, Request: FundRequestID(o.Run), Root: run.Listing.Totals.Root,
		Round: run.Listing.Round, Rulebook: o.Rulebook, Run: o.Run, Shares: shares, To: o.To, Year: on.Year,
	}, nil
}

// fundSubject signs requests.
type fundSubject struct {
	*Ledger
	id string
}

func (f fundSubject) stream() string { return fund.RequestStream(f.id) }

func (f fundSubject) read(ctx context.Context) (signoff.State, error) {
	s, err := f.FundRequest(ctx, f.id)
	return s.Signing, err
}

func (f fundSubject) submission(ctx context.Context) (signoff.Submission, error) {
	s, err := f.FundRequest(ctx, f.id)
	if err != nil {
		return signoff.Submission{}, err
	}
	root, err := f.lastLeaf(ctx, f.stream(), (fund.Requested{}).EventType())
	return s.Submission(root), err
}

// kin: a request names nobody.
func (f fundSubject) kin(context.Context, string, map[string]bool) (string, error) { return "", nil }

func (f fundSubject) run(ctx context.Context, c Command, decide func(fund.RequestState) ([]domain.Event, error)) (Outcome, error) {
	return execute(ctx, f.Ledger, f.stream(), c, fund.EvolveRequest, decide)
}

// inArea refuses an officer whose area does not hold the office that is paid.
func (f fundSubject) inArea(ctx context.Context, area domain.AreaCode) (fund.RequestState, error) {
	s, err := f.FundRequest(ctx, f.id)
	if err != nil {
		return s, err
	}
	o, err := f.Office(ctx, s.Requested.Office)
	if err != nil {
		return s, err
	}
	if place, _ := o.On(f.Today()); !place.Area.Within(area) {
		return s, domain.Refuse(domain.Forbidden, "fund.area", "the request is for %s in %s, your area is %s", s.Requested.Office, place.Area, area).
			WithNext("an officer whose area holds that office has to sign")
	}
	return s, nil
}

func (f fundSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	s, err := f.inArea(ctx, act.Area)
	if err != nil {
		return Outcome{}, err
	}
	run, err := f.Payrun(ctx, s.Requested.Run)
	if err != nil {
		return Outcome{}, err
	}
	return f.run(ctx, c, func(s fund.RequestState) ([]domain.Event, error) {
		root, err := f.lastLeaf(ctx, f.stream(), (fund.Requested{}).EventType()) // it may have been made anew
		if err != nil {
			return nil, err
		}
		return s.DecideSubmit(fund.Submit{Origin: f.created.Origin, Root: root, Run: run, Act: act})
	})
}

func (f fundSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	if outcome != signoff.Agree {
		return Outcome{}, domain.Refuse(domain.Invalid, "fund.outcome", "a fund request is signed or sent back, not refused").WithNext("send it back with a reason")
	}
	if _, err := f.inArea(ctx, act.Area); err != nil {
		return Outcome{}, err
	}
	return f.run(ctx, c, func(s fund.RequestState) ([]domain.Event, error) {
		return s.DecideSignOff(fund.Sign{Origin: f.created.Origin, Act: act})
	})
}

func (f fundSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	if _, err := f.inArea(ctx, act.Area); err != nil {
		return Outcome{}, err
	}
	if err := f.ensureNoteKey(ctx, f.stream(), r.Note); err != nil {
		return Outcome{}, err
	}
	return f.run(ctx, c, func(s fund.RequestState) ([]domain.Event, error) {
		return s.DecideSendBack(fund.Back{Origin: f.created.Origin, Act: act, To: r.To, Reason: r.Reason, Note: note(r.Note)})
	})
}

func (f fundSubject) followUp(context.Context, Command) error { return nil }
