package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/month"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
)

// MonthViews is what the ledger asks of the read models about book months. The close of a month is the one decision that
// rests on totals of read models: at a stated log index, at which they are worked out again when it is signed.
type MonthViews interface {
	// Reckon is what a month comes to by the first logIndex entries; 0 takes in everything there is.
	Reckon(ctx context.Context, finance string, in domain.Period, logIndex int64) (month.Reckoning, error)
	// MonthStates are the months of a finance office that were ever submitted, in order.
	MonthStates(ctx context.Context, finance string) ([]month.State, error)
}

// MonthID names a book month as a subject: "<finance office>/2022-01".
func MonthID(finance string, in domain.Period) string { return finance + "/" + in.String() }

// parseMonth is the inverse of MonthID.
func parseMonth(id string) (finance string, in domain.Period, err error) {
	finance, text, found := strings.Cut(id, "/")
	if found && finance != "" {
		if in, err = domain.ParsePeriod(text); err == nil && in.Kind() == domain.Month {
			return finance, in, nil
		}
	}
	return "", domain.Period{}, domain.Refuse(domain.Invalid, "month.id", "%.60q names no book month", id).
		WithNext("write the finance office and the month, as finance-1/2022-01")
}

// Month is where a book month stands; one that nobody submitted is open.
func (l *Ledger) Month(ctx context.Context, finance string, in domain.Period) (month.State, error) {
	s, err := load(ctx, l, month.Stream(finance, in), month.Evolve)
	return s.state.Begin(finance, in), err
}

// monthSubject signs the closes of book months. It works a month out once for each call.
type monthSubject struct {
	*Ledger
	finance string
	in      domain.Period
	now     *month.Reckoning
}

func (l *Ledger) monthSubject(id string) (*monthSubject, error) {
	finance, in, err := parseMonth(id)
	return &monthSubject{Ledger: l, finance: finance, in: in}, err
}

func (m *monthSubject) stream() string { return month.Stream(m.finance, m.in) }

func (m *monthSubject) state(ctx context.Context) (month.State, error) {
	return m.Month(ctx, m.finance, m.in)
}

// checkFinance refuses the books of an office that keeps none.
func (m *monthSubject) checkFinance(ctx context.Context) error {
	o, err := m.Office(ctx, m.finance)
	if err == nil && o.Level != signoff.Finance {
		err = domain.Refuse(domain.Invalid, "month.finance-office", "%s is an office of level %s and keeps no books", m.finance, o.Level).WithNext("name a finance office")
	}
	return err
}

// reckon works the month out from everything there is.
func (m *monthSubject) reckon(ctx context.Context) (month.Reckoning, error) {
	if m.now != nil {
		return *m.now, nil
	}
	if err := m.checkFinance(ctx); err != nil {
		return month.Reckoning{}, err
	}
	if err := m.syncedToHead(ctx); err != nil {
		return month.Reckoning{}, err
	}
	r, err := m.views.Reckon(ctx, m.finance, m.in, 0)
	if err != nil {
		return r, fmt.Errorf("work out %s of %s: %w", m.in, m.finance, err)
	}
	m.now = &r
	return r, nil
}

// chain is who signs: as the rulebooks of the month's runs say, where all of them say the same, else the default.
func (m *monthSubject) chain(ctx context.Context, subject string, books []string) ([]signoff.Step, error) {
	var chain []signoff.Step
	for _, hash := range books {
		book, err := m.RulebookByHash(ctx, hash)
		if err != nil {
			return nil, err
		}
		own := book.Chain(subject)
		if chain != nil && !slices.Equal(chain, own) {
			return rulebook.DefaultChain(subject), nil
		}
		chain = own
	}
	if chain == nil {
		chain = rulebook.DefaultChain(subject)
	}
	return chain, nil
}

// closing is the chain and the reckoning of a submission now.
func (m *monthSubject) closing(ctx context.Context) ([]signoff.Step, month.Reckoning, error) {
	r, err := m.reckon(ctx)
	if err != nil {
		return nil, r, err
	}
	chain, err := m.chain(ctx, "month-close", r.Rulebooks)
	return chain, r, err
}

func (m *monthSubject) read(ctx context.Context) (signoff.State, error) {
	s, err := m.state(ctx)
	if err != nil || s.Status != month.StatusOpen && s.Status != month.StatusReopened {
		return s.Signing, err
	}
	chain, _, err := m.closing(ctx)
	return s.SigningTo(chain), err
}

func (m *monthSubject) submission(ctx context.Context) (signoff.Submission, error) {
	s, err := m.state(ctx)
	if err != nil {
		return signoff.Submission{}, err
	}
	chain, r, err := m.closing(ctx)
	return r.Submission(s.SigningTo(chain).Round + 1), err
}

// kin: a month's books follow lists that others signed.
func (m *monthSubject) kin(context.Context, string, map[string]bool) (string, error) { return "", nil }

func (m *monthSubject) run(ctx context.Context, c Command, decide func(month.State) ([]domain.Event, error)) (Outcome, error) {
	return execute(ctx, m.Ledger, m.stream(), c, month.Evolve, func(s month.State) ([]domain.Event, error) { return decide(s.Begin(m.finance, m.in)) })
}

func (m *monthSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	chain, r, err := m.closing(ctx)
	if err != nil {
		return Outcome{}, err
	}
	return m.run(ctx, c, func(s month.State) ([]domain.Event, error) {
		return s.DecideSubmit(month.Submit{Origin: m.created.Origin, Chain: chain, Reckoning: r, Today: m.Today(), Act: act})
	})
}

// sign works the month out again at the cut-off that was submitted: what was recorded since is booked in the next month.
func (m *monthSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	if outcome != signoff.Agree {
		return Outcome{}, domain.Refuse(domain.Invalid, "month.outcome", "a month is signed or sent back, not refused").WithNext("send it back with a reason")
	}
	s, err := m.state(ctx)
	if err != nil {
		return Outcome{}, err
	}
	if err := m.syncedToHead(ctx); err != nil {
		return Outcome{}, err
	}
	again, err := m.views.Reckon(ctx, m.finance, m.in, s.Submitted.CutOff)
	if err != nil {
		return Outcome{}, fmt.Errorf("work out %s of %s again: %w", m.in, m.finance, err)
	}
	root, _ := again.Root()
	return m.run(ctx, c, func(s month.State) ([]domain.Event, error) {
		return s.DecideSignOff(month.SignOff{Origin: m.created.Origin, Root: root, EarlierOpen: again.EarlierOpen, Act: act})
	})
}

func (m *monthSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	return m.run(ctx, c, func(s month.State) ([]domain.Event, error) {
		return s.DecideSendBack(month.Return{Origin: m.created.Origin, Act: act, To: r.To, Reason: r.Reason, Note: note(r.Note)})
	})
}

func (m *monthSubject) followUp(context.Context, Command) error { return nil }

// monthReopenSubject signs the reopenings (反结账) of book months. The opinion of the first signature is the reason.
type monthReopenSubject struct{ *monthSubject }

// reopening is the chain of the reopening.
func (m monthReopenSubject) reopening(ctx context.Context) ([]signoff.Step, error) {
	r, err := m.reckon(ctx)
	if err != nil {
		return nil, err
	}
	return m.chain(ctx, "month-reopen", r.Rulebooks)
}

func (m monthReopenSubject) read(ctx context.Context) (signoff.State, error) {
	s, err := m.state(ctx)
	if err != nil || s.Status == month.StatusReopening {
		return s.Reopening, err
	}
	chain, err := m.reopening(ctx)
	return s.ReopeningTo(chain), err
}

func (m monthReopenSubject) submission(ctx context.Context) (signoff.Submission, error) {
	s, err := m.state(ctx)
	if err != nil {
		return signoff.Submission{}, err
	}
	chain, err := m.reopening(ctx)
	return s.ReopenSubmission(chain), err
}

// later is the last month of the office that is closed, and any later one that waits for signatures.
func (m monthReopenSubject) later(ctx context.Context) (closed, awaiting domain.Period, err error) {
	if err := m.syncedToHead(ctx); err != nil {
		return closed, awaiting, err
	}
	states, err := m.views.MonthStates(ctx, m.finance)
	if err != nil {
		return closed, awaiting, fmt.Errorf("months of %s: %w", m.finance, err)
	}
	for _, s := range states { // in order
		switch {
		case s.Closed():
			closed = s.Month
		case s.Status == month.StatusAwaiting && s.Month.After(m.in):
			awaiting = s.Month
		}
	}
	return closed, awaiting, nil
}

func (m monthReopenSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	chain, err := m.reopening(ctx)
	if err != nil {
		return Outcome{}, err
	}
	closed, awaiting, err := m.later(ctx)
	if err != nil {
		return Outcome{}, err
	}
	return m.run(ctx, c, func(s month.State) ([]domain.Event, error) {
		return s.DecideSubmitReopen(month.Reopen{Origin: m.created.Origin, Chain: chain, LastClosed: closed, Awaiting: awaiting, Act: act})
	})
}

func (m monthReopenSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	if outcome != signoff.Agree {
		return Outcome{}, domain.Refuse(domain.Invalid, "month.outcome", "a reopening is signed or sent back, not refused").WithNext("send it back with a reason")
	}
	closed, awaiting, err := m.later(ctx)
	if err != nil {
		return Outcome{}, err
	}
	return m.run(ctx, c, func(s month.State) ([]domain.Event, error) {
		return s.DecideSignReopen(month.SignReopen{Origin: m.created.Origin, LastClosed: closed, Awaiting: awaiting, Act: act})
	})
}

func (m monthReopenSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	return m.run(ctx, c, func(s month.State) ([]domain.Event, error) {
		return s.DecideSendBackReopen(month.Return{Origin: m.created.Origin, Act: act, To: r.To, Reason: r.Reason, Note: note(r.Note)})
	})
}
