package payrun

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one pay run.
func Stream(id string) string { return "payrun-" + id }

// Kind is what a run pays.
type Kind string

// The kinds of runs.
const (
	Regular       Kind = "regular"
	Supplementary Kind = "supplementary" // 补发批次: the same period once more, what is owed and unpaid
	Reissue       Kind = "reissue"       // 退票重付
	GrantRun      Kind = "grant"         // 一次性发放
)

// Opened starts a run for one office and programme. Everything a draw depends on besides the person's stream is here.
type Opened struct {
	Chain     []signoff.Step `json:"chain"`
	CutOff    int64          `json:"cutOff"` // log index: facts before it are taken in; later ones wait, except a stop
	Document  string         `json:"document,omitempty"`
	Finance   string         `json:"finance"`            // paying finance office
	From      domain.Period  `json:"from"`               // first unit covered
	Fund      string         `json:"fund,omitempty"`     // stream of the fund that pays
	FundYear  int            `json:"fundYear,omitempty"` // its year
	Kind      Kind           `json:"kind"`
	Office    string         `json:"office"`
	Period    domain.Period  `json:"period"` // payout period: "2021-12", "2022-Q4"
	Programme string         `json:"programme"`
	Region    string         `json:"region"`
	Rulebook  string         `json:"rulebook"` // hash
	Run       string         `json:"run"`
	To        domain.Period  `json:"to"` // last unit covered
}

// Line is one draw as the run lists it.
type Line struct {
	Amount   domain.Money    `json:"amount"` // 实发
	Draw     string          `json:"draw"`
	Leaf     string          `json:"leaf"` // hex leaf hash of the draw's stored entry
	Line     int             `json:"line"`
	PayRef   string          `json:"payRef"`
	Person   string          `json:"person"`
	Revision int64           `json:"revision"` // of the draw in the person's stream
	Village  domain.AreaCode `json:"village"`
}

// Listed is one page of lines, at most MaxPage and in line order.
type Listed struct {
	Lines []Line `json:"lines"`
	Page  int    `json:"page"` // from 1
	Round int    `json:"round"`
	Run   string `json:"run"`
}

// HeldLine is somebody on the roll or owed who gets no draw in this run (缓发): one enrolment, or one grant.
type HeldLine struct {
	Amount    domain.Money    `json:"amount"` // what would be due
	Enrolment string          `json:"enrolment,omitempty"`
	Grant     string          `json:"grant,omitempty"`
	Person    string          `json:"person"`
	Reason    HeldReason      `json:"reason"`
	Village   domain.AreaCode `json:"village"`
}

// HeldReason is why a line is held.
type HeldReason string

// The reasons, a closed set.
const (
	HeldSuspended HeldReason = "suspended"   // withheld until resumed
	HeldNoAccount HeldReason = "no-account"  // no account recorded
	HeldReturned  HeldReason = "returned"    // the last payment came back; the account must be corrected and signed
	HeldInFlight  HeldReason = "in-flight"   // drawn for another run that is not settled
	HeldNotDue    HeldReason = "not-due"     // on the roll, nothing due in this period (forfeited, or already drawn)
	HeldDied      HeldReason = "died"        // due before death; waits for the heirs' claim
	HeldNoRate    HeldReason = "no-rate"     // the rulebook has no rate for a unit due
	HeldTransfer  HeldReason = "transferred" // paid by the other office this period
)

// HeldPage is one page of held lines, at most MaxPage.
type HeldPage struct {
	Lines []HeldLine `json:"lines"`
	Page  int        `json:"page"`
	Round int        `json:"round"`
	Run   string     `json:"run"`
}

// Prepared ends preparing: the counts that must agree with the pages before it.
type Prepared struct {
	HeldPages int    `json:"heldPages"`
	Pages     int    `json:"pages"`
	Round     int    `json:"round"`
	Run       string `json:"run"`
	signoff.Totals
	Sections []signoff.SectionTotals `json:"sections,omitempty"`
}

// Submitted is the handler's signature over the list as prepared.
type Submitted struct {
	Run string `json:"run"`
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Run    string         `json:"run"`
	Signed signoff.Signed `json:"signed"`
}

// SentBack returns the run: its draws are undone and it is prepared again.
type SentBack struct {
	Run string `json:"run"`
	signoff.Returned
}

// Released (签发) follows the last signature: from here money is owed.
type Released struct {
	Round int    `json:"round"`
	Run   string `json:"run"`
	signoff.Totals
}

// Cancelled ends a run before it is instructed: its draws are undone.
type Cancelled struct {
	Reason string `json:"reason"`
	Run    string `json:"run"`
}

// StoppedLine (止付) takes a line out after release and before the file; payable = submitted − stopped. Its draw is undone,
// unless the payee has the money all the same.
type StoppedLine struct {
	Amount domain.Money `json:"amount"`
	Draw   string       `json:"draw"`
	Kept   bool         `json:"kept,omitempty"` // the draw stands: the bank paid it although it had refused its file
	Line   int          `json:"line"`
	Person string       `json:"person"`
	Reason string       `json:"reason"`
	Run    string       `json:"run"`
}

// Undone says that all draws of a cancelled or sent-back round have been undone.
type Undone struct {
	Draws int    `json:"draws"`
	Round int    `json:"round"`
	Run   string `json:"run"`
}

// Instructed is the intent to pay, before any file leaves.
type Instructed struct {
	BankFiles   []string     `json:"bankFiles"`
	Instruction int          `json:"instruction"` // from 1
	Lines       int          `json:"lines"`
	Run         string       `json:"run"`
	Total       domain.Money `json:"total"`
}

// InstructionRejected says that the bank refused the whole file and booked none of it.
type InstructionRejected struct {
	Instruction int    `json:"instruction"`
	Proof       string `json:"proof"` // bank file id of the refusal
	Reason      string `json:"reason"`
	Run         string `json:"run"`
}

// Settled says that every line of the run has ended in one state.
type Settled struct {
	Missing  int          `json:"missing"`
	Returned domain.Money `json:"returned"`
	Run      string       `json:"run"`
	Settled  domain.Money `json:"settled"`
}

// The stored names.
func (Opened) EventType() string              { return "payrun.opened" }
func (Listed) EventType() string              { return "payrun.listed" }
func (HeldPage) EventType() string            { return "payrun.held" }
func (Prepared) EventType() string            { return "payrun.prepared" }
func (Submitted) EventType() string           { return "payrun.submitted" }
func (SignedOff) EventType() string           { return "payrun.signed-off" }
func (SentBack) EventType() string            { return "payrun.sent-back" }
func (Released) EventType() string            { return "payrun.released" }
func (Cancelled) EventType() string           { return "payrun.cancelled" }
func (StoppedLine) EventType() string         { return "payrun.stopped" }
func (Undone) EventType() string              { return "payrun.undone" }
func (Instructed) EventType() string          { return "payrun.instructed" }
func (InstructionRejected) EventType() string { return "payrun.instruction-rejected" }
func (Settled) EventType() string             { return "payrun.settled" }
