// Package month holds the events of one book month (账期) of one finance office: closed (结账) with its totals at a log
// index, and reopened (反结账) with a reason and a second person.
//
// Only the events stand here yet; the rules of closing are the work of the money-out-and-back part.
package month

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one book month.
func Stream(finance string, month domain.Period) string {
	return "month-" + finance + "-" + month.String()
}

// Figures are what a programme's month comes to.
type Figures struct {
	Instructed  domain.Money `json:"instructed"`
	Outstanding domain.Money `json:"outstanding"`
	Prepared    domain.Money `json:"prepared"`
	Programme   string       `json:"programme"`
	Recovered   domain.Money `json:"recovered"`
	Reissued    domain.Money `json:"reissued"`
	Released    domain.Money `json:"released"`
	Returned    domain.Money `json:"returned"`
	Settled     domain.Money `json:"settled"`
}

// Submitted is the handler's signature over the figures at a log index.
type Submitted struct {
	Bridge   []Bridge  `json:"bridge,omitempty"` // facts of earlier, closed months booked here
	Figures  []Figures `json:"figures"`
	Finance  string    `json:"finance"`
	LogIndex int64     `json:"logIndex"`
	Month    string    `json:"month"`
	Runs     []string  `json:"runs"`
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// Bridge is one fact that came after its month was closed.
type Bridge struct {
	Amount domain.Money  `json:"amount"`
	Cause  string        `json:"cause"`
	Event  string        `json:"event"`
	Month  domain.Period `json:"month"` // the month it belongs to by its effective day
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Month  string         `json:"month"`
	Signed signoff.Signed `json:"signed"`
}

// SentBack returns the close.
type SentBack struct {
	Month string `json:"month"`
	signoff.Returned
}

// Closed locks the month.
type Closed struct {
	LogIndex int64  `json:"logIndex"`
	Month    string `json:"month"`
	Root     string `json:"root"`
}

// Reopened unlocks it; the first totals stay, and the bridge between both is kept.
type Reopened struct {
	Month  string         `json:"month"`
	Reason string         `json:"reason"`
	Second signoff.Signed `json:"second"` // another person than Signed's
	Signed signoff.Signed `json:"signed"`
}

// The stored names.
func (Submitted) EventType() string { return "month.submitted" }
func (SignedOff) EventType() string { return "month.signed-off" }
func (SentBack) EventType() string  { return "month.sent-back" }
func (Closed) EventType() string    { return "month.closed" }
func (Reopened) EventType() string  { return "month.reopened" }
