package payrun

import (
	"reflect"
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Open asks for a run; it says what Opened will say.
type Open Opened

// DecideOpen opens a run. The same run asked for again yields nothing; another under its id is refused.
func DecideOpen(s State, c Open) ([]domain.Event, error) {
	if s.Status != "" {
		if reflect.DeepEqual(s.Opened, Opened(c)) {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "payrun.exists", "the run %s is open already, for other terms", c.Run).
			WithNext("use the run that stands, or open one under a new id")
	}
	for _, check := range []func(Open) error{checkNames, checkPeriods, checkChain} {
		if err := check(c); err != nil {
			return nil, err
		}
	}
	return []domain.Event{Opened(c)}, nil
}

func checkNames(c Open) error {
	for _, field := range []struct{ name, value string }{
		{"run", c.Run}, {"office", c.Office}, {"finance office", c.Finance}, {"programme", c.Programme}, {"region", c.Region}, {"rulebook", c.Rulebook},
	} {
		if field.value == "" {
			return domain.Refuse(domain.Invalid, "payrun.incomplete", "the run has no %s", field.name).WithNext("name the %s and open the run again", field.name)
		}
	}
	if !slices.Contains([]Kind{Regular, Supplementary, Reissue, GrantRun}, c.Kind) {
		return domain.Refuse(domain.Invalid, "payrun.kind", "%q is not a kind of run", c.Kind).
			WithNext("choose one of: %s, %s, %s, %s", Regular, Supplementary, Reissue, GrantRun)
	}
	if c.CutOff < 1 {
		return domain.Refuse(domain.Invalid, "payrun.cut-off", "the cut-off %d lies before the ledger's first entry", c.CutOff).
			WithNext("take the log index of the last fact to be taken in")
	}
	return nil
}

func checkPeriods(c Open) error {
	switch {
	case c.Period.IsZero() || c.From.IsZero() || c.To.IsZero():
		return domain.Refuse(domain.Invalid, "payrun.period", "the run lacks its payout period, its first unit or its last unit").
			WithNext("name all three, such as 2021-12 or 2022-Q4")
	case c.From.Kind() != c.To.Kind():
		return domain.Refuse(domain.Invalid, "payrun.covers", "the first unit %v and the last unit %v are of different kinds", c.From, c.To).
			WithNext("name two months, two quarters, two half-years or two years")
	case c.From.After(c.To):
		return domain.Refuse(domain.Invalid, "payrun.covers", "the first unit %v comes after the last unit %v", c.From, c.To).
			WithNext("name the earlier unit first")
	}
	return nil
}

func checkChain(c Open) error {
	if len(c.Chain) == 0 || c.Chain[0].Duty != signoff.Handler {
		return domain.Refuse(domain.Invalid, "payrun.chain", "the chain of sign-offs does not begin with a handler").
			WithNext("correct the chain \"pay-run\" of the rulebook: whoever prepares the list signs first")
	}
	for i, step := range c.Chain {
		if err := step.Check(); err != nil {
			return domain.Refuse(domain.Invalid, "payrun.chain", "step %d of the chain of sign-offs: %v", i+1, err).
				WithNext("correct the chain \"pay-run\" of the rulebook")
		}
	}
	return nil
}

// known refuses what is asked of a run that was never opened.
func known(s State) error {
	if s.Status == "" {
		return domain.Refuse(domain.NotFound, "payrun.unknown", "there is no such run").WithNext("check the id, or open the run")
	}
	return nil
}

// Submit is the handler's signature (经办) over Submission.
type Submit struct {
	Origin    string // of the log
	Act       signoff.Act
	Committed domain.Money // what the fund has set aside for the run: asked for when finance releases it
}

// DecideSubmit starts a round of signatures over the list as prepared; act signs State.Submission.
func DecideSubmit(s State, c Submit) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	hash := signoff.HashText(c.Act.Statement)
	if slices.ContainsFunc(s.Signing.Marks, func(m signoff.Mark) bool { return m.Step == 0 && m.Hash == hash }) {
		return nil, nil
	}
	if s.Status != StatusPrepared {
		return nil, domain.Refuse(domain.Conflict, "payrun.not-prepared", "the run is %s; only a prepared list can be submitted", s.Status).
			WithNext("%s", s.Next())
	}
	sub := s.Submission()
	signed, err := s.Signing.DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	after := s.Signing.EvolveSubmitted(sub, signed, c.Act.Officer)
	return s.orReleased(Submitted{Run: s.Opened.Run, Submission: sub, Signed: signed}, after, c.Committed)
}

// SignOff is one officer's agreement at the present step.
type SignOff struct {
	Origin    string
	Act       signoff.Act
	Committed domain.Money // what the fund has set aside for the run: asked for when finance releases it
}

// DecideSignOff records a signature; the last one releases the run in the same append.
func DecideSignOff(s State, c SignOff) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	signed, news, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !news {
		return nil, err
	}
	after := s.Signing.EvolveSigned(signed, c.Act.Officer)
	return s.orReleased(SignedOff{Run: s.Opened.Run, Signed: signed}, after, c.Committed)
}

// orReleased adds the release when the signature completed the chain. Finance releases only what money is set aside for.
func (s State) orReleased(signature domain.Event, after signoff.State, committed domain.Money) ([]domain.Event, error) {
	if after.Status != signoff.Complete {
		return []domain.Event{signature}, nil
	}
	total := s.Listing.Total
	if last := after.Chain[len(after.Chain)-1]; last.Level == signoff.Finance && committed.Cmp(total) < 0 {
		return nil, domain.Refuse(domain.Refused, "payrun.not-committed", "the run comes to %v yuan, and the fund has set %v aside for it", total, committed).
			WithNext("finance.handler sets the money aside first: almoner fund commit %s", s.Opened.Run)
	}
	return []domain.Event{signature, Released{Round: after.Round, Run: s.Opened.Run, Totals: after.Sub.Totals}}, nil
}

// SendBack is one officer's signed sending-back (补正) to an earlier step.
type SendBack = signoff.Return

// DecideSendBack voids the round: its draws are undone, and the run is prepared again.
func DecideSendBack(s State, c SendBack) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	returned, news, err := s.Signing.DecideReturn(c)
	if err != nil || !news {
		return nil, err
	}
	return []domain.Event{SentBack{Run: s.Opened.Run, Returned: returned}}, nil
}

// Cancel ends a run before it is instructed.
type Cancel struct {
	Reason string // closed code
}

// DecideCancel ends the run; its draws are then undone. A settled, instructed or once instructed run is refused.
func DecideCancel(s State, c Cancel) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case s.Status == StatusCancelled:
		return nil, nil
	case s.Status == StatusSettled:
		return nil, domain.Refuse(domain.Conflict, "payrun.settled", "the run is settled and final").WithNext("correct what it paid by the next run or a recovery")
	case s.Instruction.Number > 0:
		return nil, domain.Refuse(domain.Conflict, "payrun.instructed", "the bank was told to pay (instruction %d); only bank facts follow", s.Instruction.Number).
			WithNext("if the bank refused the file, stop the lines that must not be paid")
	case c.Reason == "":
		return nil, domain.Refuse(domain.Invalid, "payrun.reason", "cancelling a run needs a reason").WithNext("name a reason code")
	}
	return []domain.Event{Cancelled{Reason: c.Reason, Run: s.Opened.Run}}, nil
}

// Undo says that all draws of a round have been undone, and how many they were.
type Undo struct {
	Round int
	Draws int // those of stopped lines, which were undone when stopped, are not counted
}

// DecideUndone ends the undoing of a sent-back or cancelled round. Of a prepared round exactly the listed draws are
// undone; a round cancelled while it was being listed may have one draw more than its pages show, or several.
func DecideUndone(s State, c Undo) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case s.Undoing == 0 && s.Undone > 0 && c.Round == s.Undone:
		return nil, nil
	case s.Undoing == 0:
		return nil, domain.Refuse(domain.Conflict, "payrun.nothing-to-undo", "no draws of this run are being undone").
			WithNext("cancel the run or have it sent back first")
	case c.Round != s.Undoing:
		return nil, domain.Refuse(domain.Conflict, "payrun.undo-round", "the draws of round %d are being undone, not those of round %d", s.Undoing, c.Round).
			WithNext("undo the draws of round %d", s.Undoing)
	}
	standing := s.standing(c.Round)
	prepared := s.Listing.Round == c.Round && s.Listing.Prepared
	if c.Draws < standing || (prepared && c.Draws != standing) {
		return nil, domain.Refuse(domain.Conflict, "payrun.undo-draws", "round %d listed %d draws that were not stopped; %d were undone", c.Round, standing, c.Draws).
			WithNext("undo every draw of the round in its person's stream, then say so again")
	}
	return []domain.Event{Undone{Draws: c.Draws, Round: c.Round, Run: s.Opened.Run}}, nil
}

// standing is how many listed draws of a round stand.
func (s State) standing(round int) int {
	if s.Listing.Round != round {
		return 0
	}
	return s.Listing.Lines - len(s.Stopped)
}
