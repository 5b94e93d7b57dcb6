package payrun

import (
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Status is where a run stands.
type Status string

// The statuses, in the order of the lifecycle. The empty status is a run that was never opened.
const (
	StatusOpen       Status = "open"
	StatusPreparing  Status = "preparing"
	StatusPrepared   Status = "prepared"
	StatusAwaiting   Status = "awaiting"
	StatusSentBack   Status = "sent-back"
	StatusReleased   Status = "released"
	StatusInstructed Status = "instructed"
	StatusSettled    Status = "settled"
	StatusCancelled  Status = "cancelled"
)

// State is what decisions about a run need. It holds counts and sums, never lines.
type State struct {
	Opened  Opened  `json:"opened"`
	Status  Status  `json:"status"`
	Listing Listing `json:"listing"`           // of the round in preparation, or the last one listed
	Undoing int     `json:"undoing,omitempty"` // the round whose draws are being undone; 0 for none
	Undone  int     `json:"undone,omitempty"`  // the last round whose draws were all undone
	// VoidedBy is the event id of the last sending-back or cancelling: the cause of its draws' undoing.
	VoidedBy string `json:"voidedBy,omitempty"`

	Stopped     []Stop      `json:"stopped,omitempty"` // in the order of stopping
	Instruction Instruction `json:"instruction"`       // the last one
	Bank        Bank        `json:"bank"`              // once settled

	Signing signoff.State `json:"signing"`
}

// Listing is what was listed in one round so far.
type Listing struct {
	Round     int          `json:"round"`
	Pages     int          `json:"pages"`
	Lines     int          `json:"lines"`
	Zeros     int          `json:"zeros"` // lines of 0.00, which are never sent
	Total     domain.Money `json:"total"`
	HeldPages int          `json:"heldPages"`
	Held      int          `json:"held"`

	// Running digests over the lines in order, and as they were before the last page: they show that a page asked for
	// again is the one that stands, and that what is prepared is what was listed.
	Digest     string `json:"digest"`
	Before     string `json:"before"`
	HeldDigest string `json:"heldDigest"`
	HeldBefore string `json:"heldBefore"`

	// Once prepared.
	Prepared bool                    `json:"prepared"`
	Totals   signoff.Totals          `json:"totals"`
	Sections []signoff.SectionTotals `json:"sections,omitempty"`
}

// Stop is a line stopped after release.
type Stop struct {
	Line   int          `json:"line"`
	Draw   string       `json:"draw"`
	Amount domain.Money `json:"amount"`
}

// Instruction is the last order to pay.
type Instruction struct {
	Number    int          `json:"number"` // from 1; 0 before the first
	BankFiles []string     `json:"bankFiles,omitempty"`
	Lines     int          `json:"lines"`
	Total     domain.Money `json:"total"`
	Rejected  bool         `json:"rejected"` // refused whole by the bank
}

// Bank is how the run ended.
type Bank struct {
	Missing  int          `json:"missing"`
	Returned domain.Money `json:"returned"`
	Settled  domain.Money `json:"settled"`
}

// Evolve applies one fact. Facts that are not a run's leave the state as it is.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Opened:
		s = State{Opened: e, Status: StatusOpen, Signing: signoff.Begin(Stream(e.Run), e.Chain).EvolveHandled(f.Officer)}
	case Listed:
		s.Status, s.Listing, s.Signing = StatusPreparing, s.Listing.ofRound(e.Round).listed(e), s.Signing.EvolveHandled(f.Officer)
	case HeldPage:
		s.Status, s.Listing, s.Signing = StatusPreparing, s.Listing.ofRound(e.Round).held(e), s.Signing.EvolveHandled(f.Officer)
	case Prepared:
		s.Status, s.Signing = StatusPrepared, s.Signing.EvolveHandled(f.Officer)
		s.Listing = s.Listing.ofRound(e.Round)
		s.Listing.Prepared, s.Listing.Totals, s.Listing.Sections = true, e.Totals, e.Sections
	case Submitted:
		s.Status, s.Signing = StatusAwaiting, s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer)
	case SignedOff:
		s.Signing = s.Signing.EvolveSigned(e.Signed, f.Officer)
	case SentBack:
		s.Status, s.Signing = StatusSentBack, s.Signing.EvolveReturned(e.Returned)
		s.Undoing, s.VoidedBy = e.Round, f.ID
	case Cancelled:
		s.Undoing, s.VoidedBy = s.working(), f.ID
		s.Status, s.Signing = StatusCancelled, s.Signing.EvolveEnded()
	case Undone:
		s.Undoing, s.Undone = 0, e.Round
	default:
		s = evolvePaying(s, f)
	}
	return s
}

// evolvePaying applies what follows the last signature.
func evolvePaying(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Released:
		s.Status = StatusReleased
	case StoppedLine:
		s.Stopped = append(slices.Clip(s.Stopped), Stop{Line: e.Line, Draw: e.Draw, Amount: e.Amount})
	case Instructed:
		s.Status = StatusInstructed
		s.Instruction = Instruction{Number: e.Instruction, BankFiles: e.BankFiles, Lines: e.Lines, Total: e.Total}
	case InstructionRejected:
		s.Status, s.Instruction.Rejected, s.Bank = StatusReleased, true, Bank{}
	case Settled:
		s.Status, s.Bank = StatusSettled, Bank{Missing: e.Missing, Returned: e.Returned, Settled: e.Settled}
	}
	return s
}

// ofRound is the list itself, or an empty one when a new round begins.
func (l Listing) ofRound(round int) Listing {
	if l.Round == round {
		return l
	}
	return Listing{Round: round}
}

func (l Listing) listed(e Listed) Listing {
	l.Pages = e.Page
	l.Before, l.Digest = l.Digest, rollLines(l.Digest, e.Lines)
	for _, line := range e.Lines {
		l.Lines++
		l.Total = l.Total.Add(line.Amount)
		if line.Amount.IsZero() {
			l.Zeros++
		}
	}
	return l
}

func (l Listing) held(e HeldPage) Listing {
	l.HeldPages = e.Page
	l.HeldBefore, l.HeldDigest = l.HeldDigest, rollHeld(l.HeldDigest, e.Lines)
	l.Held += len(e.Lines)
	return l
}

// working is the round whose draws exist or may come into existence: the one being undone, the one to be prepared, or the
// one that was submitted.
func (s State) working() int {
	switch {
	case s.Undoing > 0:
		return s.Undoing
	case s.Signing.Status == signoff.Draft:
		return s.Signing.Round + 1
	}
	return s.Signing.Round
}

// Submission is what the handler submits and signs: the list as prepared.
func (s State) Submission() signoff.Submission {
	return signoff.Submission{Round: s.Listing.Round, Rulebook: s.Opened.Rulebook, Sections: s.Listing.Sections, Totals: s.Listing.Totals}
}

// Payable is what an instruction has to pay now: the lines listed, less those of 0.00, less those stopped.
func (s State) Payable() (lines int, total domain.Money) {
	lines, total = s.Listing.Lines-s.Listing.Zeros, s.Listing.Total
	for _, stop := range s.Stopped {
		total = total.Sub(stop.Amount)
		if !stop.Amount.IsZero() {
			lines--
		}
	}
	return lines, total
}

// stop returns the stop of a line.
func (s State) stop(line int) (Stop, bool) {
	i := slices.IndexFunc(s.Stopped, func(stop Stop) bool { return stop.Line == line })
	if i < 0 {
		return Stop{}, false
	}
	return s.Stopped[i], true
}
