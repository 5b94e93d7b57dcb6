package cases

import (
	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

// Status is where a case stands.
type Status string

// The statuses, in the order of the lifecycle. The empty status is a case that was never opened.
const (
	StatusDraft     Status = "draft"
	StatusSentBack  Status = "sent-back"
	StatusAwaiting  Status = "awaiting"
	StatusAgreed    Status = "agreed" // its effects are being applied
	StatusRefused   Status = "refused"
	StatusWithdrawn Status = "withdrawn"
	StatusApplied   Status = "applied"
	StatusFailed    Status = "failed"
)

// The outcomes of Decided.
const (
	Agreed  = "agreed"
	Refused = "refused"
)

// State is what decisions about a case need.
type State struct {
	Case     string `json:"case"`
	Status   Status `json:"status"`
	Office   string `json:"office"`   // that opened it
	OpenedBy string `json:"openedBy"` // officer

	// Of the change as it now stands.
	Kind      change.Kind     `json:"kind"`
	Person    string          `json:"person"`
	Programme string          `json:"programme"`
	Region    string          `json:"region"`
	Rulebook  string          `json:"rulebook"`
	Village   domain.AreaCode `json:"village"`
	Total     domain.Money    `json:"total"` // of one-off money or a write-off; 0.00 otherwise
	Proposal  Proposal        `json:"proposal"`

	Failed  string        `json:"failed,omitempty"` // rule that stopped the effects
	Signing signoff.State `json:"signing"`

	// Change is the change itself, in memory only: a state that was restored from its JSON form has none.
	Change *change.Change `json:"-"`
}

// Proposal names the event whose stored entry is signed.
type Proposal struct {
	Event    string `json:"event"`
	Revision int64  `json:"revision"`
}

// Evolve applies one fact. Facts that are not a case's leave the state as it is.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Opened:
		s = State{Case: e.Case, Status: StatusDraft, Office: e.Office, OpenedBy: f.Officer, Signing: signoff.Begin(Stream(e.Case), e.Chain)}
		s = s.proposed(e.Change, f)
	case Revised:
		s = s.proposed(e.Change, f)
	case Submitted:
		s.Status, s.Signing = StatusAwaiting, s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer)
	case SignedOff:
		s.Signing = s.Signing.EvolveSigned(e.Signed, f.Officer)
	case SentBack:
		s.Status, s.Signing = StatusSentBack, s.Signing.EvolveReturned(e.Returned)
	case Withdrawn:
		s.Status, s.Signing = StatusWithdrawn, s.Signing.EvolveEnded()
	case Decided:
		s.Status = StatusAgreed
		if e.Outcome == Refused {
			s.Status, s.Signing = StatusRefused, s.Signing.EvolveRefused()
		}
	case Applied:
		s.Status, s.Failed = StatusApplied, e.Failed
		if e.Failed != "" {
			s.Status = StatusFailed
		}
	}
	return s
}

// proposed takes over what the state keeps of a change.
func (s State) proposed(c change.Change, f domain.Fact) State {
	s.Kind, s.Person, s.Programme, s.Region, s.Rulebook, s.Village = c.Kind, c.Person, c.Programme, c.Region, c.Rulebook, c.Village
	s.Total, s.Proposal, s.Change = Money(c), Proposal{Event: f.ID, Revision: f.Revision}, &c
	s.Signing = s.Signing.EvolveHandled(f.Officer)
	return s
}

// Money is what a change moves by itself: one-off money, or an overpayment given up; 0.00 for every other change.
func Money(c change.Change) domain.Money {
	switch {
	case c.Grant != nil:
		return c.Grant.Amount
	case c.Overpaid != nil:
		return c.Overpaid.Amount
	}
	return domain.Money{}
}

// Submission is what the handler submits and signs: one line. Leaf is the hex leaf hash of the stored entry of Proposal.
func (s State) Submission(leaf string) signoff.Submission {
	totals := signoff.Totals{Lines: 1, Root: leaf, Total: s.Total.String()}
	return signoff.Submission{
		Round: s.Signing.Round + 1, Rulebook: s.Rulebook, Totals: totals,
		Sections: []signoff.SectionTotals{{Scope: string(s.Village), Totals: totals}},
	}
}
