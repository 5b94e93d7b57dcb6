package month

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one book month.
func Stream(finance string, month domain.Period) string {
	return "month-" + finance + "-" + month.String()
}

// Figures are what a part of a month comes to: a programme, one class of it, or one funding level of it. Amounts are those
// booked in the month, except Opening and Outstanding, which stand at its ends.
type Figures struct {
	Beyond      domain.Money `json:"beyond,omitempty"` // with payees beyond what was instructed
	Class       string       `json:"class,omitempty"`
	Early       domain.Money `json:"early,omitempty"`   // reversed by the bank, and the payment not shown yet
	GotBack     domain.Money `json:"gotBack,omitempty"` // of overpayments, taken back by the bank
	Instructed  domain.Money `json:"instructed"`
	Level       string       `json:"level,omitempty"` // who pays: "central", "province", …; "unsplit" where no rulebook says so
	Opening     domain.Money `json:"opening"`         // instructed in earlier months and not answered by the bank
	Outstanding domain.Money `json:"outstanding"`     // the same at the month's end
	Prepared    domain.Money `json:"prepared"`        // listed by runs, less what was undone before its release
	Programme   string       `json:"programme"`
	Refunded    domain.Money `json:"refunded,omitempty"` // of overpayments, paid back by people
	Reissued    domain.Money `json:"reissued,omitempty"` // of the instructed: lines that pay again what had come back, whole
	Released    domain.Money `json:"released"`           // less what was cancelled after its release
	Returned    domain.Money `json:"returned"`
	SetOff      domain.Money `json:"setOff,omitempty"` // of overpayments, kept back by runs
	Settled     domain.Money `json:"settled"`
	Stopped     domain.Money `json:"stopped,omitempty"`    // after release and before the file
	WrittenOff  domain.Money `json:"writtenOff,omitempty"` // of overpayments
}

// CauseSum is what the differences of one cause come to.
type CauseSum struct {
	Amount domain.Money `json:"amount"`
	Cause  string       `json:"cause"`
	Lines  int          `json:"lines"`
}

// Bridge is what one event changed in one figure: a fact of an earlier, closed month that is booked in this one, or, of
// this month itself, one that came after it had been closed before.
type Bridge struct {
	Amount    domain.Money  `json:"amount"`
	Cause     string        `json:"cause"` // class of the bank line, kind of the entry
	Event     string        `json:"event"`
	Facts     int           `json:"facts"`  // lines of the event that it is made of
	Figure    string        `json:"figure"` // "settled", "returned", … as Figures names them
	Month     domain.Period `json:"month"`  // that it belongs to by its own day
	Programme string        `json:"programme"`
}

// Listed is one page of what is submitted with it in one append: figures by class and level, and the bridge.
type Listed struct {
	Bridge  []Bridge      `json:"bridge,omitempty"`
	Figures []Figures     `json:"figures,omitempty"`
	Finance string        `json:"finance"`
	Month   domain.Period `json:"month"`
	Page    int           `json:"page"` // from 1
	Round   int           `json:"round"`
}

// Submitted is the handler's signature over the month's reckoning.
type Submitted struct {
	Chain       []signoff.Step `json:"chain"`
	Differences []CauseSum     `json:"differences,omitempty"`
	Figures     []Figures      `json:"figures"` // by programme
	Finance     string         `json:"finance"`
	LogIndex    int64          `json:"logIndex"` // the cut-off: every entry counted stands before it
	Month       domain.Period  `json:"month"`
	Pages       int            `json:"pages"`
	Runs        []string       `json:"runs"` // instructed in the month
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Finance string         `json:"finance"`
	Month   domain.Period  `json:"month"`
	Signed  signoff.Signed `json:"signed"`
}

// SentBack returns the close.
type SentBack struct {
	Finance string        `json:"finance"`
	Month   domain.Period `json:"month"`
	signoff.Returned
}

// Closed locks the month.
type Closed struct {
	Finance  string        `json:"finance"`
	LogIndex int64         `json:"logIndex"` // the cut-off
	Month    domain.Period `json:"month"`
	Root     string        `json:"root"`
}

// ReopenSubmitted is the first person's signature on a reopening. Its root stands for the close that is to be
// undone.
type ReopenSubmitted struct {
	Chain   []signoff.Step `json:"chain"`
	Finance string         `json:"finance"`
	Month   domain.Period  `json:"month"`
	Reason  string         `json:"reason"` // closed code: the signed opinion
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// ReopenSignedOff is a further signature on a reopening whose chain has more than two steps; the last one is Reopened's.
type ReopenSignedOff struct {
	Finance string         `json:"finance"`
	Month   domain.Period  `json:"month"`
	Signed  signoff.Signed `json:"signed"`
}

// ReopenSentBack returns a reopening: the month stays closed.
type ReopenSentBack struct {
	Finance string        `json:"finance"`
	Month   domain.Period `json:"month"`
	signoff.Returned
}

// Reopened unlocks the month with the signature of another person; the totals closed before stay.
type Reopened struct {
	Finance string         `json:"finance"`
	Month   domain.Period  `json:"month"`
	Reason  string         `json:"reason"`
	Signed  signoff.Signed `json:"signed"`
}

// The stored names.
func (Listed) EventType() string          { return "month.listed" }
func (Submitted) EventType() string       { return "month.submitted" }
func (SignedOff) EventType() string       { return "month.signed-off" }
func (SentBack) EventType() string        { return "month.sent-back" }
func (Closed) EventType() string          { return "month.closed" }
func (ReopenSubmitted) EventType() string { return "month.reopen-submitted" }
func (ReopenSignedOff) EventType() string { return "month.reopen-signed-off" }
func (ReopenSentBack) EventType() string  { return "month.reopen-sent-back" }
func (Reopened) EventType() string        { return "month.reopened" }
