package ledger

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// Fund loads a fund by its id.
func (l *Ledger) Fund(ctx context.Context, id string) (fund.State, error) {
	unknown := func() error {
		return domain.Refuse(domain.NotFound, "fund.unknown", "there is no fund %q", id).WithNext("list the funds: almoner fund list")
	}
	if !fund.IsStream(id) { // another stream is not read as if it were a fund's
		return fund.State{}, unknown()
	}
	s, err := load(ctx, l, id, fund.Evolve)
	if err == nil && s.state.Opened.Fund == "" {
		err = unknown()
	}
	return s.state, err
}

// fundOf is the fund that pays a run. A run that names none is paid by that of its paying office, its programme and the year
// in which its payout period ends.
func fundOf(run payrun.Opened) fund.Opened {
	on := fund.Opened{Finance: run.Finance, Fund: run.Fund, Programme: run.Programme, Year: run.FundYear}
	if on.Fund == "" {
		on.Year = run.Period.Last().Year
		on.Fund = fund.Stream(on.Finance, on.Programme, on.Year)
	}
	return on
}

// fundNamed is the fund that a run asked for is to be paid from: the one it names, which must be open, of the paying office
// and the programme, and not of a year before the payout; by default that of the year in which the payout period ends.
func (l *Ledger) fundNamed(ctx context.Context, r PayrunRequest) (name string, year int, err error) {
	year = l.Today().Year // a run of grants may have no period
	if last := r.Period.Last(); !last.IsZero() {
		year = last.Year
	}
	usual := fund.Stream(r.Finance, r.Programme, year)
	if r.Fund == "" || r.Fund == usual {
		return usual, year, nil
	}
	s, err := l.Fund(ctx, r.Fund)
	if err != nil {
		return "", 0, err
	}
	if s.Opened.Finance != r.Finance || s.Opened.Programme != r.Programme || s.Opened.Year < year {
		return "", 0, domain.Refuse(domain.Invalid, "fund.other", "%s is money of %s for %s in %d; the run is paid by %s for %s in %d",
			r.Fund, s.Opened.Finance, s.Opened.Programme, s.Opened.Year, r.Finance, r.Programme, year).WithNext("name a fund of the same office and programme, of that year or a later one")
	}
	return r.Fund, s.Opened.Year, nil
}

// commitFund sets aside exactly what a run has to pay: it tops up what was committed before, or lets go of what is too much.
// It is refused beyond what is free (fund.balance). Done twice it changes nothing. It asks for no authority: its callers have.
func (l *Ledger) commitFund(ctx context.Context, c Command, run payrun.Opened, total domain.Money) error {
	on := fundOf(run)
	_, err := l.commit(ctx, c, on, run.Run, total)
	return err
}

func (l *Ledger) commit(ctx context.Context, c Command, on fund.Opened, run string, need domain.Money) (Outcome, error) {
	c.ID, c.Content = NewID(c.Officer, c.ID+"|commit|"+run+"|"+need.String()), "commit|"+run
	return execute(ctx, l, on.Fund, c, fund.Evolve, func(s fund.State) ([]domain.Event, error) {
		return fund.DecideCommit(s, fund.Commit{On: on, Run: run, Need: need})
	})
}

// bookFund records what the bank did with a run's money: spent is the change of what payees hold, released that of what came
// back; either may be negative. Beyond is the part of spent that was never instructed, and for which nothing was set aside. It
// is never refused, and done once for a cause, the id of the event that says what the bank did.
func (l *Ledger) bookFund(ctx context.Context, c Command, run payrun.Opened, cause string, spent, released, beyond domain.Money) error {
	on := fundOf(run)
	c.ID, c.Cause, c.Content, c.On = followUp(cause, on.Fund, "book|"+run.Run), cause, []domain.Money{spent, released, beyond}, domain.Date{}
	_, err := execute(ctx, l, on.Fund, c, fund.Evolve, func(s fund.State) ([]domain.Event, error) {
		return fund.DecideBook(s, fund.Book{On: on, Run: run.Run, Spent: spent, Released: released, Beyond: beyond})
	})
	return err
}

// freeFund releases what is set aside for a run beyond what it still needs, once for a cause and step.
func (l *Ledger) freeFund(ctx context.Context, c Command, run payrun.Opened, cause, step string, need domain.Money, why fund.ReleaseReason) error {
	on := fundOf(run)
	c.ID, c.Cause, c.Content, c.On = followUp(cause, on.Fund, "free|"+step), cause, string(why), domain.Date{}
	_, err := execute(ctx, l, on.Fund, c, fund.Evolve, func(s fund.State) ([]domain.Event, error) {
		return fund.DecideFree(s, fund.Free{Run: run.Run, Need: need, Reason: why})
	})
	return err
}

// committedFor is what is set aside for a run now.
func (l *Ledger) committedFor(ctx context.Context, run payrun.Opened) (domain.Money, error) {
	s, err := load(ctx, l, fundOf(run).Fund, fund.Evolve)
	return s.state.Run(run.Run).Outstanding(), err
}

// FundGrant is an appropriation (指标): money of one level granted by a document to the actor's own finance office.
type FundGrant struct {
	Programme string       `json:"programme"`
	Year      int          `json:"year"`
	Amount    domain.Money `json:"amount"`
	Document  string       `json:"document"` // 指标文号
	IssuedOn  domain.Date  `json:"issuedOn"`
	Level     string       `json:"level"`
	Request   string       `json:"request,omitempty"` // the signed request that it answers
}

// FundMoney is money that arrived in a fund or left it, with its voucher.
type FundMoney struct {
	Fund        string       `json:"fund"`
	Amount      domain.Money `json:"amount"`
	On          domain.Date  `json:"on,omitempty"`
	Voucher     string       `json:"voucher"`
	Level       string       `json:"level,omitempty"`       // whose money arrived
	Overpayment string       `json:"overpayment,omitempty"` // which one was got back
	To          string       `json:"to,omitempty"`          // where unspent money went
}

// mayFund refuses an actor who is not of the finance office that holds the fund.
func (l *Ledger) mayFund(ctx context.Context, a Actor, finance string, capacities ...string) error {
	if _, err := l.authorise(ctx, a, capacities...); err != nil {
		return err
	}
	if a.Office == finance {
		return nil
	}
	return l.deny(ctx, a, "fund.reach", "", domain.Refuse(domain.Forbidden, "fund.other-finance", "the money is held by %s, you act for %s", finance, a.Office).
		WithNext("an officer of that office has to do it"))
}

// AppropriateFund records an appropriation. The first one opens the fund of its programme and year.
func (l *Ledger) AppropriateFund(ctx context.Context, c Command, g FundGrant) (string, Outcome, error) {
	if err := l.mayFund(ctx, c.Actor, c.Office, "finance.handler"); err != nil {
		return "", Outcome{}, err
	}
	on := fund.Opened{Finance: c.Office, Fund: fund.Stream(c.Office, g.Programme, g.Year), Programme: g.Programme, Year: g.Year}
	if err := l.checkGrant(ctx, on, g); err != nil {
		return "", Outcome{}, err
	}
	c.Content = g
	out, err := execute(ctx, l, on.Fund, c, fund.Evolve, func(s fund.State) ([]domain.Event, error) {
		return fund.DecideAppropriate(s, fund.Appropriate{On: on, Amount: g.Amount, Document: g.Document, IssuedOn: g.IssuedOn, Level: g.Level, Request: g.Request})
	})
	return on.Fund, out, err
}

// checkGrant refuses a programme without rules, a year far from now, and a request of another fund or not signed yet.
func (l *Ledger) checkGrant(ctx context.Context, on fund.Opened, g FundGrant) error {
	o, err := l.Office(ctx, on.Finance)
	if err != nil {
		return err
	}
	place, _ := o.On(l.Today())
	known, err := l.programmeIn(ctx, g.Programme, place.Area)
	if err != nil {
		return err
	}
	first, last := l.created.FirstPeriod.First().Year-1, l.Today().Year+1
	switch {
	case !known:
		return domain.Refuse(domain.NotFound, "rulebook.unpublished", "no rulebook of %q is published in %s", g.Programme, place.Area).WithNext("check the programme, or publish its rulebook first")
	case g.Year < first || g.Year > last:
		return domain.Refuse(domain.Invalid, "fund.year", "a fund of %d is not of this ledger's time", g.Year).WithNext("name a year from %d to %d", first, last)
	}
	if err := l.pastDay(g.IssuedOn); err != nil {
		return err
	}
	if g.Request == "" {
		return nil
	}
	r, err := l.FundRequest(ctx, g.Request)
	switch {
	case err != nil:
		return err
	case r.Requested.Fund != on.Fund:
		return domain.Refuse(domain.Conflict, "fund.request-other", "the request %s asks %s, not %s", g.Request, r.Requested.Fund, on.Fund).WithNext("name the fund it asks, or leave the request out")
	case r.Status != fund.RequestSigned:
		return domain.Refuse(domain.Conflict, "fund.request-unsigned", "the request %s is %s, not signed", g.Request, r.Status).WithNext("wait for its signatures")
	}
	return nil
}

// programmeIn says whether a rulebook of a programme is published for an area, or for places inside it.
func (l *Ledger) programmeIn(ctx context.Context, programme string, area domain.AreaCode) (bool, error) {
	if err := l.synced(ctx); err != nil {
		return false, err
	}
	ids, err := l.views.Rulebooks(ctx)
	if err != nil {
		return false, fmt.Errorf("rulebooks: %w", err)
	}
	for _, id := range ids {
		s, err := load(ctx, l, rulebook.Stream(id), rulebook.EvolveAggregate)
		if err != nil {
			return false, err
		}
		v, ok := s.state.Current()
		if !ok {
			continue
		}
		book, err := l.parsed(v)
		if err != nil {
			return false, err
		}
		if book.Programme() == programme && (book.AppliesIn(area) || domain.AreaCode(book.Region()).Within(area)) {
			return true, nil
		}
	}
	return false, nil
}

// pastDay refuses a day that has not come.
func (l *Ledger) pastDay(day domain.Date) error {
	if today := l.Today(); day.After(today) {
		return domain.Refuse(domain.Invalid, "fund.day-ahead", "%v has not come; today is %v", day, today).WithNext("name the day that stands on the document or voucher")
	}
	return nil
}

// ReceiveFund records money that arrived. The same voucher again changes nothing.
func (l *Ledger) ReceiveFund(ctx context.Context, c Command, m FundMoney) (Outcome, error) {
	return l.moveFund(ctx, c, m, "received", func(s fund.State) ([]domain.Event, error) {
		return fund.DecideReceive(s, fund.Receive{On: s.Opened, Amount: m.Amount, Level: m.Level, ReceivedOn: m.On, Voucher: m.Voucher})
	}, "finance.handler")
}

// RecoverFund records money got back from people that was paid into the fund.
func (l *Ledger) RecoverFund(ctx context.Context, c Command, m FundMoney) (Outcome, error) {
	return l.moveFund(ctx, c, m, "recovered", func(s fund.State) ([]domain.Event, error) {
		return fund.DecideRecover(s, fund.Recover{On: s.Opened, Amount: m.Amount, Overpayment: m.Overpayment, ReceivedOn: m.On, Voucher: m.Voucher})
	}, "finance.handler")
}

// ReturnFund records unspent money given back to the treasury.
func (l *Ledger) ReturnFund(ctx context.Context, c Command, m FundMoney) (Outcome, error) {
	return l.moveFund(ctx, c, m, "returned", func(s fund.State) ([]domain.Event, error) {
		return fund.DecideReturn(s, fund.Return{Amount: m.Amount, ReturnedOn: m.On, To: m.To, Voucher: m.Voucher})
	}, "finance.handler")
}

// CloseFund ends a fund's year.
func (l *Ledger) CloseFund(ctx context.Context, c Command, id string) (Outcome, error) {
	return l.moveFund(ctx, c, FundMoney{Fund: id}, "closed", fund.DecideClose, "finance.head")
}

// moveFund carries out a command on an open fund.
func (l *Ledger) moveFund(ctx context.Context, c Command, m FundMoney, what string, decide func(fund.State) ([]domain.Event, error), capacity string) (Outcome, error) {
	s, err := l.Fund(ctx, m.Fund)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.mayFund(ctx, c.Actor, s.Opened.Finance, capacity); err != nil {
		return Outcome{}, err
	}
	if err := l.pastDay(m.On); err != nil {
		return Outcome{}, err
	}
	c.Content = struct {
		What  string    `json:"what"`
		Money FundMoney `json:"money"`
	}{what, m}
	return execute(ctx, l, m.Fund, c, fund.Evolve, decide)
}

// CommitFund sets aside what a submitted or released run has to pay, exactly. finance.head can then release the run.
func (l *Ledger) CommitFund(ctx context.Context, c Command, run string) (Outcome, error) {
	s, on, err := l.runFund(ctx, c, run)
	if err != nil {
		return Outcome{}, err
	}
	need := s.Listing.Total
	switch s.Status {
	case payrun.StatusAwaiting:
	case payrun.StatusReleased:
		_, need = s.Payable()
	default:
		return Outcome{}, domain.Refuse(domain.Conflict, "fund.not-submitted", "the run is %s; money is set aside for a list that is being signed or was released", s.Status).
			WithNext("%s", s.Next())
	}
	return l.commit(ctx, c, on, run, need)
}

// FreeFund lets go of what a run does not need any more: all of it before the run is released or after it ended, what was
// stopped after its release. While the bank pays, only its answers release.
func (l *Ledger) FreeFund(ctx context.Context, c Command, run string) (Outcome, error) {
	s, on, err := l.runFund(ctx, c, run)
	if err != nil {
		return Outcome{}, err
	}
	var need domain.Money
	switch s.Status {
	case payrun.StatusInstructed:
		return Outcome{}, domain.Refuse(domain.Conflict, "fund.in-flight", "the bank was told to pay the run %s; what comes back is released by the bank's return file", run).
			WithNext("add the return file, or settle the run if the bank gave its last lines up")
	case payrun.StatusReleased:
		_, need = s.Payable()
	}
	c.Content = map[string]string{"release": run}
	return execute(ctx, l, on.Fund, c, fund.Evolve, func(f fund.State) ([]domain.Event, error) {
		return fund.DecideFree(f, fund.Free{Run: run, Need: need, Reason: fund.ForUnneeded})
	})
}

// runFund loads a run and the fund that pays it, for an officer of its paying office.
func (l *Ledger) runFund(ctx context.Context, c Command, run string) (payrun.State, fund.Opened, error) {
	s, err := l.Payrun(ctx, run)
	if err != nil {
		return s, fund.Opened{}, err
	}
	if err := l.mayFund(ctx, c.Actor, s.Opened.Finance, "finance.handler"); err != nil {
		return s, fund.Opened{}, err
	}
	return s, fundOf(s.Opened), nil
}
