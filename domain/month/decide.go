package month

import (
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Begin is the month before its first submission: who it is of, and so what its statements are about.
func (s State) Begin(finance string, month domain.Period) State {
	if s.Finance == "" {
		s.Finance, s.Month = finance, month
	}
	return s
}

// Submit is the handler's signature over what the month comes to.
type Submit struct {
	Origin    string // the log's origin
	Chain     []signoff.Step
	Reckoning Reckoning
	Today     domain.Date // in Asia/Shanghai
	Act       signoff.Act
}

// SignOff is one officer's signature at the step that waits.
type SignOff struct {
	Origin      string
	Root        string          // of the reckoning worked out anew at the cut-off that was submitted
	EarlierOpen []domain.Period // earlier months that are open by now, because they were reopened
	Act         signoff.Act
}

// Return sends a close, or a reopening, back with a reason code.
type Return struct {
	Origin string
	Act    signoff.Act
	To     int // step, from 0
	Reason string
	Note   *signoff.Note
}

// SigningTo is the signing state that submitting would go on from.
func (s State) SigningTo(chain []signoff.Step) signoff.State { return s.signing(chain) }

// ReopeningTo is SigningTo for a reopening.
func (s State) ReopeningTo(chain []signoff.Step) signoff.State { return s.reopening(chain) }

// otherFinance refuses an officer of another office: a finance office closes its own books.
func (s State) otherFinance(act signoff.Act) error {
	if act.Office == s.Finance {
		return nil
	}
	return domain.Refuse(domain.Forbidden, "month.other-finance", "these are the books of %s, you act for %s", s.Finance, act.Office).
		WithNext("an officer of that finance office has to do it")
}

// DecideSubmit submits the month for its close. The state MUST have begun. The events' officer MUST be the act's.
func (s State) DecideSubmit(c Submit) ([]domain.Event, error) {
	sub := c.Reckoning.Submission(s.signing(c.Chain).Round + 1)
	switch {
	case s.Status == StatusAwaiting && s.Submitted.Root == sub.Root && s.signedBy(c.Act):
		return nil, nil
	case s.Closed():
		return nil, domain.Refuse(domain.Conflict, "month.closed", "%s of %s is closed", s.Month, s.Finance).
			WithNext("reopen it with a reason and a second person, if it must change")
	}
	if err := s.otherFinance(c.Act); err != nil {
		return nil, err
	}
	if s.Status != StatusAwaiting { // what waits is refused by the signing below
		if err := s.closable(c); err != nil {
			return nil, err
		}
	}
	signing := s.signing(c.Chain)
	signed, err := signing.DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	pages, err := c.Reckoning.pages(sub.Round)
	if err != nil {
		return nil, err
	}
	var events []domain.Event
	for _, p := range pages {
		events = append(events, p)
	}
	return append(events, Submitted{
		Chain: c.Chain, Differences: c.Reckoning.Causes(), Figures: nonNil(c.Reckoning.Programmes), Finance: s.Finance, LogIndex: c.Reckoning.CutOff,
		Month: s.Month, Pages: len(pages), Runs: nonNil(c.Reckoning.Runs), Submission: sub, Signed: signed,
	}), nil
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// signedBy says that this person's submission stands.
func (s State) signedBy(act signoff.Act) bool {
	return slices.ContainsFunc(s.Signing.Marks, func(m signoff.Mark) bool {
		return m.Step == 0 && m.Officer == act.Officer && m.Person == act.Person
	})
}

// closable applies the rules of what may be closed.
func (s State) closable(c Submit) error {
	r := c.Reckoning
	switch {
	case len(c.Chain) < 2:
		return domain.Refuse(domain.Invalid, "month.chain", "one person alone would close the books").
			WithNext("name a handler and a head at least in the chain \"month-close\"")
	case c.Today.Before(s.Month.Last()):
		return domain.Refuse(domain.Refused, "month.not-over", "%s ends on %s, and today is %s", s.Month, s.Month.Last(), c.Today).
			WithNext("close it on its last day or later")
	case len(r.EarlierOpen) > 0:
		return domain.Refuse(domain.Conflict, "month.earlier-open", "an earlier month is not closed, and something is booked in it: %s", r.EarlierOpen[0]).
			WithNext("close %s first", r.EarlierOpen[0])
	case !r.Moved:
		return domain.Refuse(domain.Refused, "month.nothing", "nothing was ever booked in %s or before", s.Month).
			WithNext("look whether the month and the finance office are the right ones; an empty month needs no close")
	case len(r.Unclassified) > 0:
		return domain.Refuse(domain.Conflict, "month.bankfile-unclassified", "%d bank files were received and not classified, the first being %s", len(r.Unclassified), r.Unclassified[0]).
			WithNext("classify them, then look at the month again")
	case !r.Balanced():
		failed := r.Failed()
		return domain.Refuse(domain.Conflict, "month.not-balanced", "%d checks do not agree; %s: %s here, %s there", len(failed), strings.TrimSpace(failed[0].Name+" "+failed[0].Part), failed[0].Ours, failed[0].Theirs).
			WithNext("look at the month: every difference that a line explains is listed; what none explains must be found first")
	}
	return nil
}

// DecideSignOff signs the step that waits; the last signature also closes. The signature stands for the cut-off that was
// submitted, whatever was recorded since: the shell works the figures out anew there.
func (s State) DecideSignOff(c SignOff) ([]domain.Event, error) {
	if err := s.otherFinance(c.Act); err != nil {
		return nil, err
	}
	c.Act.Scope = signoff.WholeScope // a month has no sections
	if s.Status == StatusAwaiting && c.Root != s.Submitted.Root {
		return nil, domain.Refuse(domain.Conflict, "month.figures-differ", "worked out anew at log index %d, %s comes to other figures than were submitted", s.Submitted.CutOff, s.Month).
			WithNext("rebuild the read models with almoner rebuild; if that changes nothing, send it back and have it submitted anew")
	}
	if s.Status == StatusAwaiting && len(c.EarlierOpen) > 0 {
		return nil, domain.Refuse(domain.Conflict, "month.earlier-open", "an earlier month was reopened since: %s", c.EarlierOpen[0]).
			WithNext("send this one back, close %s, and submit this one anew", c.EarlierOpen[0])
	}
	signed, changed, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !changed {
		return nil, err
	}
	events := []domain.Event{SignedOff{Finance: s.Finance, Month: s.Month, Signed: signed}}
	if s.Signing.EvolveSigned(signed, c.Act.Officer).Status == signoff.Complete {
		events = append(events, Closed{Finance: s.Finance, LogIndex: s.Submitted.CutOff, Month: s.Month, Root: s.Submitted.Root})
	}
	return events, nil
}

// DecideSendBack returns a close to its handler.
func (s State) DecideSendBack(c Return) ([]domain.Event, error) {
	if err := s.otherFinance(c.Act); err != nil {
		return nil, err
	}
	c.Act.Scope = signoff.WholeScope
	returned, err := s.Signing.DecideSendBack(c.Origin, c.Act, c.To, c.Reason)
	if err != nil {
		return nil, err
	}
	returned.Note = c.Note
	return []domain.Event{SentBack{Finance: s.Finance, Month: s.Month, Returned: returned}}, nil
}
