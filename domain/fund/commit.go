package fund

import "almoner/domain"

// Commit sets money aside for a run. Need is exactly what the run has still to pay.
type Commit struct {
	On   Opened
	Run  string
	Need domain.Money
}

// DecideCommit brings what is set aside for the run to exactly Need: it tops up from what is free, or lets go of what is too
// much. Already so: nothing.
func DecideCommit(s State, c Commit) ([]domain.Event, error) {
	if c.Run == "" || c.Need.Sign() < 0 || !c.Need.InBounds() {
		return nil, domain.Refuse(domain.Invalid, "fund.need", "the run %q cannot need %v yuan", c.Run, c.Need).WithNext("load the run again")
	}
	more := c.Need.Sub(s.Run(c.Run).Left())
	switch free := s.Free(); {
	case more.IsZero():
		return nil, nil
	case more.Sign() < 0:
		return []domain.Event{Released{Amount: more.Neg(), Fund: c.On.Fund, Reason: ForLess, Run: c.Run}}, nil
	case s.Closed:
		return nil, closed(s, c.On)
	case more.Cmp(free) > 0:
		return nil, domain.Refuse(domain.Refused, "fund.balance", "%s has %v yuan free (%v in hand, %v committed to runs); the run %s needs %v, which is %v too little",
			c.On.Fund, free, s.InHand(), s.Outstanding(), c.Run, more, more.Sub(free)).
			WithNext("record the money that arrived: almoner fund received %s; or release what another run does not need any more", c.On.Fund)
	}
	return []domain.Event{Committed{Amount: more, Fund: c.On.Fund, Run: c.Run}}, nil
}

// Free lets go of what a run does not need any more. Need is what it has still to pay.
type Free struct {
	Run    string
	Need   domain.Money
	Reason ReleaseReason
}

// DecideFree releases what is set aside for the run beyond Need; nothing beyond it: nothing.
func DecideFree(s State, c Free) ([]domain.Event, error) {
	extra := s.Run(c.Run).Outstanding().Sub(c.Need)
	if extra.Sign() <= 0 {
		return nil, nil
	}
	return []domain.Event{Released{Amount: extra, Fund: s.Opened.Fund, Reason: c.Reason, Run: c.Run}}, nil
}

// Book records what the bank did with a run's money.
type Book struct {
	On       Opened
	Run      string
	Spent    domain.Money // change of what payees hold; negative after a reversal
	Released domain.Money // change of what came back; negative when that was paid after all
	Beyond   domain.Money // of Spent, what nothing was set aside for
}

// DecideBook records it, whatever it does to the balance: bank facts are never refused, after the year was closed neither.
func DecideBook(s State, c Book) ([]domain.Event, error) {
	if c.Spent.IsZero() && c.Released.IsZero() && c.Beyond.IsZero() {
		return nil, nil
	}
	events, err := s.opening(c.On)
	if err != nil {
		return nil, err
	}
	if !c.Spent.IsZero() || !c.Beyond.IsZero() {
		events = append(events, Spent{Amount: c.Spent, Beyond: c.Beyond, Fund: c.On.Fund, Run: c.Run})
	}
	if !c.Released.IsZero() {
		events = append(events, Released{Amount: c.Released, Fund: c.On.Fund, Reason: ForBank, Run: c.Run})
	}
	return events, nil
}
