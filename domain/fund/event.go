// Package fund holds the events of the money that a finance office has for one programme in one year: asked for,
// appropriated, received, committed to runs, released, spent, returned at the year's end.
//
// Only the events stand here yet; the rules of balance are the work of the money-out-and-back part.
package fund

import (
	"strconv"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one fund.
func Stream(finance, programme string, year int) string {
	return "fund-" + finance + "-" + programme + "-" + strconv.Itoa(year)
}

// Requested is the appropriation request (拨款报告), made from the submitted run before the county signs.
type Requested struct {
	Amount  domain.Money   `json:"amount"`
	Balance domain.Money   `json:"balance"` // in hand
	Chain   []signoff.Step `json:"chain"`
	Fund    string         `json:"fund"`
	Need    domain.Money   `json:"need"`
	Request string         `json:"request"`
	Runs    []string       `json:"runs"`
	Shares  []Share        `json:"shares"`
}

// Share is what one level pays: largest remainder on the run's total.
type Share struct {
	Amount domain.Money `json:"amount"`
	Level  string       `json:"level"`  // "central", "province", "city", "county"
	Weight int64        `json:"weight"` // parts; the weights of a request add up to what the rulebook says
}

// Submitted, SignedOff and SentBack are the signatures on a request.
type Submitted struct {
	Request string `json:"request"`
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Request string         `json:"request"`
	Signed  signoff.Signed `json:"signed"`
}

// SentBack returns the request.
type SentBack struct {
	Request string `json:"request"`
	signoff.Returned
}

// Appropriated is money granted by a document (指标文号); Received, money in the account.
type Appropriated struct {
	Amount   domain.Money `json:"amount"`
	Document string       `json:"document"`
	Fund     string       `json:"fund"`
	Level    string       `json:"level"`
}

// Received is money that arrived.
type Received struct {
	Amount     domain.Money `json:"amount"`
	Fund       string       `json:"fund"`
	Level      string       `json:"level"`
	ReceivedOn domain.Date  `json:"receivedOn"`
	Voucher    string       `json:"voucher"`
}

// Committed sets money aside for a run; Released lets go of what a stopped or cancelled line does not need.
type Committed struct {
	Amount domain.Money `json:"amount"`
	Fund   string       `json:"fund"`
	Run    string       `json:"run"`
}

// Released gives committed money back to the balance.
type Released struct {
	Amount domain.Money `json:"amount"`
	Fund   string       `json:"fund"`
	Reason string       `json:"reason"`
	Run    string       `json:"run"`
}

// Spent is committed money that the bank has paid out.
type Spent struct {
	Amount domain.Money `json:"amount"`
	Fund   string       `json:"fund"`
	Run    string       `json:"run"`
}

// Returned is unspent money given back, not rolled over.
type Returned struct {
	Amount     domain.Money `json:"amount"`
	Fund       string       `json:"fund"`
	ReturnedOn domain.Date  `json:"returnedOn"`
	To         string       `json:"to"`
	Voucher    string       `json:"voucher"`
}

// YearClosed ends the fund's year.
type YearClosed struct {
	Balance domain.Money `json:"balance"`
	Fund    string       `json:"fund"`
}

// The stored names.
func (Requested) EventType() string    { return "fund.requested" }
func (Submitted) EventType() string    { return "fund.submitted" }
func (SignedOff) EventType() string    { return "fund.signed-off" }
func (SentBack) EventType() string     { return "fund.sent-back" }
func (Appropriated) EventType() string { return "fund.appropriated" }
func (Received) EventType() string     { return "fund.received" }
func (Committed) EventType() string    { return "fund.committed" }
func (Released) EventType() string     { return "fund.released" }
func (Spent) EventType() string        { return "fund.spent" }
func (Returned) EventType() string     { return "fund.returned" }
func (YearClosed) EventType() string   { return "fund.year-closed" }
