package cases

import (
	"reflect"
	"slices"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

// Open asks for a case; it says what Opened will say.
type Open Opened

// DecideOpen opens a case. A case that stands is left alone when it is for the same change of the same person, and
// refused otherwise.
func DecideOpen(s State, c Open) ([]domain.Event, error) {
	if s.Status != "" {
		if s.Kind == c.Change.Kind && s.Person == c.Change.Person && s.Office == c.Office && slices.Equal(s.Signing.Chain, c.Chain) {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "case.exists", "the case %s is open already, for something else", c.Case).WithNext("open one under a new id")
	}
	if c.Case == "" || c.Office == "" || c.Rulebook != c.Change.Rulebook {
		return nil, domain.Refuse(domain.Invalid, "case.incomplete", "the case lacks its id or its office, or names another rulebook than its change").
			WithNext("name the office, and open the case under the rulebook of the change")
	}
	if err := CheckChange(c.Change); err != nil {
		return nil, err
	}
	if err := checkChain(c.Chain, c.Change); err != nil {
		return nil, err
	}
	return []domain.Event{Opened(c)}, nil
}

// known refuses what is asked of a case that was never opened.
func known(s State) error {
	if s.Status == "" {
		return domain.Refuse(domain.NotFound, "case.unknown", "there is no such case").WithNext("check the id, or open the case")
	}
	return nil
}

// Revise replaces the change before it is submitted again.
type Revise struct {
	Change change.Change
}

// DecideRevise revises a draft or a case that was sent back. Kind and person stay.
func DecideRevise(s State, c Revise) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case s.Change != nil && reflect.DeepEqual(*s.Change, c.Change):
		return nil, nil
	case s.Status != StatusDraft && s.Status != StatusSentBack:
		return nil, domain.Refuse(domain.Conflict, "case.not-draft", "the case is %s; only a draft can be revised", s.Status).
			WithNext("have a higher step send it back, or open a new case")
	case c.Change.Kind != s.Kind || c.Change.Person != s.Person:
		return nil, domain.Refuse(domain.Invalid, "case.another-change", "the case is about the kind %q and one person; the revision changes one of them", s.Kind).
			WithNext("withdraw the case and open another")
	}
	if err := CheckChange(c.Change); err != nil {
		return nil, err
	}
	if err := checkChain(s.Signing.Chain, c.Change); err != nil {
		return nil, err
	}
	return []domain.Event{Revised{Case: s.Case, Change: c.Change}}, nil
}

// Submit is the handler's signature (经办) over Submission(Leaf).
type Submit struct {
	Origin string      // of the log
	Leaf   string      // hex leaf hash of the stored entry of State.Proposal
	On     domain.Date // today, should this decide the case
	Act    signoff.Act
}

// DecideSubmit starts a round of signatures. A chain of one person is decided by it.
func DecideSubmit(s State, c Submit) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if mark, ok := s.signed(c.Act); ok && mark.Step == 0 {
		return nil, nil
	}
	if s.Status != StatusDraft && s.Status != StatusSentBack {
		return nil, domain.Refuse(domain.Conflict, "case.not-draft", "the case is %s; only a draft can be submitted", s.Status).WithNext("look at its signatures")
	}
	if _, err := signoff.ParseHex(c.Leaf); err != nil {
		return nil, domain.Refuse(domain.Invalid, "case.leaf", "%v", err).WithNext("take the leaf hash of the entry at revision %d", s.Proposal.Revision)
	}
	sub := s.Submission(c.Leaf)
	signed, err := s.Signing.DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	after := s.Signing.EvolveSubmitted(sub, signed, c.Act.Officer)
	return s.orAgreed(Submitted{Case: s.Case, Submission: sub, Signed: signed}, after, c.On)
}

// signed returns the mark of this very statement, if it stands in the present round.
func (s State) signed(act signoff.Act) (signoff.Mark, bool) {
	hash := signoff.HashText(act.Statement)
	i := slices.IndexFunc(s.Signing.Marks, func(m signoff.Mark) bool { return m.Hash == hash })
	if i < 0 {
		return signoff.Mark{}, false
	}
	return s.Signing.Marks[i], true
}

// orAgreed adds the decision when the signature completed the chain.
func (s State) orAgreed(signature domain.Event, after signoff.State, on domain.Date) ([]domain.Event, error) {
	if after.Status != signoff.Complete {
		return []domain.Event{signature}, nil
	}
	return s.decided(signature, Agreed, on)
}

func (s State) decided(signature domain.Event, outcome string, on domain.Date) ([]domain.Event, error) {
	if !on.Valid() {
		return nil, domain.Refuse(domain.Invalid, "case.decided-on", "the day of the decision is missing").WithNext("name the day")
	}
	return []domain.Event{signature, Decided{Case: s.Case, DecidedOn: on, Outcome: outcome}}, nil
}

// Sign is one officer's signature at the present step.
type Sign struct {
	Origin string
	On     domain.Date // today, should this decide the case
	Act    signoff.Act
}

// DecideSignOff records an agreement; the last one decides the case in the same append.
func DecideSignOff(s State, c Sign) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	signed, news, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !news {
		return nil, err
	}
	return s.orAgreed(SignedOff{Case: s.Case, Signed: signed}, s.Signing.EvolveSigned(signed, c.Act.Officer), c.On)
}

// DecideRefuse records a head's refusal, which ends the case in the same append. The statement's outcome is refuse.
func DecideRefuse(s State, c Sign) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if _, ok := s.signed(c.Act); ok && s.Status == StatusRefused {
		return nil, nil
	}
	if err := s.awaits("refused"); err != nil {
		return nil, err
	}
	if step := s.Signing.Chain[s.Signing.Step]; step.Duty != signoff.Head {
		return nil, domain.Refuse(domain.Forbidden, "case.refused-by", "only a head refuses a case; the step that waits is %s", step.Name()).
			WithNext("send the case back with a reason, or sign it and leave the refusal to a head")
	}
	signed, _, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Refuse)
	if err != nil {
		return nil, err
	}
	return s.decided(SignedOff{Case: s.Case, Signed: signed}, Refused, c.On)
}

func (s State) awaits(done string) error {
	if s.Status == StatusAwaiting {
		return nil
	}
	return domain.Refuse(domain.Conflict, "case.not-awaiting", "the case is %s; only one that waits for signatures can be %s", s.Status, done).
		WithNext("look at its state: somebody may have been faster")
}

// SendBack is one officer's signed sending-back (补正) to an earlier step.
type SendBack = signoff.Return

// DecideSendBack voids the round's signatures; the case can be revised and submitted again.
func DecideSendBack(s State, c SendBack) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	returned, news, err := s.Signing.DecideReturn(c)
	if err != nil || !news {
		return nil, err
	}
	return []domain.Event{SentBack{Case: s.Case, Returned: returned}}, nil
}

// Withdraw takes a case back.
type Withdraw struct {
	Officer string
	Office  string
	Reason  string // closed code
}

// DecideWithdraw ends a case that is not decided, for the officer or the office that opened it.
func DecideWithdraw(s State, c Withdraw) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case c.Officer != s.OpenedBy && c.Office != s.Office:
		return nil, domain.Refuse(domain.Forbidden, "case.withdrawn-by", "another office opened this case").WithNext("ask the office %s", s.Office)
	case s.Status == StatusWithdrawn:
		return nil, nil
	case s.Status != StatusDraft && s.Status != StatusSentBack && s.Status != StatusAwaiting:
		return nil, domain.Refuse(domain.Conflict, "case.decided", "the case is %s", s.Status).WithNext("open a case that corrects its effects")
	case c.Reason == "":
		return nil, domain.Refuse(domain.Invalid, "case.reason", "withdrawing needs a reason").WithNext("name a reason code")
	}
	return []domain.Event{Withdrawn{Case: s.Case, Reason: c.Reason}}, nil
}

// Apply says that the effects of an agreed case stand, or which rule stopped them.
type Apply struct {
	Failed string // rule id; empty when they stand
}

// DecideApplied ends an agreed case.
func DecideApplied(s State, c Apply) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	ended := s.Status == StatusApplied || s.Status == StatusFailed
	if ended && s.Failed == c.Failed {
		return nil, nil
	}
	if s.Status != StatusAgreed {
		return nil, domain.Refuse(domain.Conflict, "case.not-agreed", "the case is %s; only what was agreed takes effect, once", s.Status).WithNext("look at its state")
	}
	return []domain.Event{Applied{Case: s.Case, Failed: c.Failed}}, nil
}
