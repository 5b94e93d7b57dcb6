package month

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Reopen asks for a closed month to be unlocked (反结账). The reason is the opinion code of the statement.
type Reopen struct {
	Origin     string
	Chain      []signoff.Step
	LastClosed domain.Period // of the finance office: only that one may be reopened
	Awaiting   domain.Period // a later month that waits for signatures; zero: none does
	Act        signoff.Act
}

// SignReopen is another person's signature: it reopens the month.
type SignReopen struct {
	Origin     string
	LastClosed domain.Period // as of Reopen
	Awaiting   domain.Period //
	Act        signoff.Act
}

// ReopenSubmission is what the first person signs: the close that is to be undone. Its root cannot be mistaken for that of
// a close.
func (s State) ReopenSubmission(chain []signoff.Step) signoff.Submission {
	last, _ := s.Close()
	total := Figures{}
	for _, f := range last.Figures {
		total = total.Add(f)
	}
	text := line("reopen", s.Finance, s.Month.String(), last.Root, number(last.CutOff))
	return signoff.Submission{Round: s.reopening(chain).Round + 1, Rulebook: "-", Totals: signoff.Totals{
		Lines: 1, Root: signoff.Hex(signoff.Leaf([]byte(text))), Total: total.Instructed.String(),
	}}
}

// DecideSubmitReopen asks for a closed month to be reopened, with a reason. Nothing is unlocked before another person has
// signed.
func (s State) DecideSubmitReopen(c Reopen) ([]domain.Event, error) {
	if s.Status == StatusReopening && s.Reopening.Marks[0].Officer == c.Act.Officer {
		return nil, nil
	}
	switch {
	case !s.Closed():
		return nil, domain.Refuse(domain.Conflict, "month.not-closed", "%s of %s is not closed", s.Month, s.Finance).
			WithNext("what is open needs no reopening")
	case len(c.Chain) < 2:
		return nil, domain.Refuse(domain.Invalid, "month.chain", "one person alone would reopen the books").
			WithNext("name two steps at least in the chain \"month-reopen\"")
	}
	if err := s.laterMonths(c.LastClosed, c.Awaiting); err != nil {
		return nil, err
	}
	if err := s.otherFinance(c.Act); err != nil {
		return nil, err
	}
	sub := s.ReopenSubmission(c.Chain)
	signed, err := s.reopening(c.Chain).DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	if signed.Opinion == string(signoff.Agree) {
		return nil, domain.Refuse(domain.Invalid, "month.reason", "reopening needs a reason").
			WithNext("give a reason code such as bank-file-late as the opinion that is signed")
	}
	return []domain.Event{ReopenSubmitted{Chain: c.Chain, Finance: s.Finance, Month: s.Month, Reason: signed.Opinion, Submission: sub, Signed: signed}}, nil
}

// laterMonths refuses to open a month under one that stands on it.
func (s State) laterMonths(closed, awaiting domain.Period) error {
	if !awaiting.IsZero() {
		return domain.Refuse(domain.Conflict, "month.later-awaiting", "%s is submitted, with what %s left outstanding as its opening", awaiting, s.Month).
			WithNext("have %s sent back first", awaiting)
	}
	if !closed.IsZero() && closed.After(s.Month) {
		return domain.Refuse(domain.Conflict, "month.later-closed", "%s is closed after it, with what %s left outstanding as its opening", closed, s.Month).
			WithNext("reopen %s first", closed)
	}
	return nil
}

// DecideSignReopen signs the step that waits; the last signature reopens the month.
func (s State) DecideSignReopen(c SignReopen) ([]domain.Event, error) {
	if err := s.otherFinance(c.Act); err != nil {
		return nil, err
	}
	if s.Status == StatusReopening {
		if err := s.laterMonths(c.LastClosed, c.Awaiting); err != nil {
			return nil, err
		}
	}
	c.Act.Scope = signoff.WholeScope
	signed, changed, err := s.Reopening.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !changed {
		return nil, err
	}
	if s.Reopening.EvolveSigned(signed, c.Act.Officer).Status != signoff.Complete {
		return []domain.Event{ReopenSignedOff{Finance: s.Finance, Month: s.Month, Signed: signed}}, nil
	}
	return []domain.Event{Reopened{Finance: s.Finance, Month: s.Month, Reason: s.Reason, Signed: signed}}, nil
}

// DecideSendBackReopen returns a reopening: the month stays closed.
func (s State) DecideSendBackReopen(c Return) ([]domain.Event, error) {
	if err := s.otherFinance(c.Act); err != nil {
		return nil, err
	}
	c.Act.Scope = signoff.WholeScope
	returned, err := s.Reopening.DecideSendBack(c.Origin, c.Act, c.To, c.Reason)
	if err != nil {
		return nil, err
	}
	returned.Note = c.Note
	return []domain.Event{ReopenSentBack{Finance: s.Finance, Month: s.Month, Returned: returned}}, nil
}
