package fund

import (
	"strconv"
	"strings"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one fund. It is also the fund's id.
func Stream(finance, programme string, year int) string {
	return family + finance + "-" + programme + "-" + strconv.Itoa(year)
}

// family begins the names of streams of funds and their requests.
const family = "fund-"

// IsStream says whether a name can be that of a fund. Nothing else is read from a name.
func IsStream(name string) bool { return strings.HasPrefix(name, family) }

// Opened names the fund: it stands before the first money of it.
type Opened struct {
	Finance   string `json:"finance"` // finance office that holds the money
	Fund      string `json:"fund"`
	Programme string `json:"programme"`
	Year      int    `json:"year"`
}

// Appropriated is money granted by a document (指标文号).
type Appropriated struct {
	Amount   domain.Money `json:"amount"`
	Document string       `json:"document"`
	Fund     string       `json:"fund"`
	IssuedOn domain.Date  `json:"issuedOn"`
	Level    string       `json:"level"` // who grants it: "central", "province", "city", "county", "town", "employer"
	Request  string       `json:"request,omitempty"`
}

// Received is money that arrived in the account.
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

// Released gives committed money back to the balance. It is negative when money that had come back was paid after all.
type Released struct {
	Amount domain.Money  `json:"amount"`
	Fund   string        `json:"fund"`
	Reason ReleaseReason `json:"reason"`
	Run    string        `json:"run"`
}

// ReleaseReason is why committed money is let go of.
type ReleaseReason string

// The reasons, a closed set.
const (
	ForStopped   ReleaseReason = "line-stopped" // 止付
	ForCancelled ReleaseReason = "cancelled"    // the run ended before the bank was told
	ForSentBack  ReleaseReason = "sent-back"    // the list is made anew
	ForLess      ReleaseReason = "list-smaller" // committed again for less
	ForBank      ReleaseReason = "bank"         // the bank returned it, or refused the file
	ForUnneeded  ReleaseReason = "not-needed"   // by an officer: nothing waits for it any more
)

// Spent is what payees hold of a run, as a change: negative after a reversal. Beyond is the part of it that nothing was set
// aside for: paid beyond what was instructed, or, negative, reversed before the payment was shown.
type Spent struct {
	Amount domain.Money `json:"amount"`
	Beyond domain.Money `json:"beyond,omitempty"`
	Fund   string       `json:"fund"`
	Run    string       `json:"run"`
}

// Recovered is money got back from people (追回) and paid into the fund.
type Recovered struct {
	Amount      domain.Money `json:"amount"`
	Fund        string       `json:"fund"`
	Overpayment string       `json:"overpayment,omitempty"` // which one; absent when a voucher holds several
	ReceivedOn  domain.Date  `json:"receivedOn"`
	Voucher     string       `json:"voucher"`
}

// Returned is unspent money given back to the treasury, not rolled over.
type Returned struct {
	Amount     domain.Money `json:"amount"`
	Fund       string       `json:"fund"`
	ReturnedOn domain.Date  `json:"returnedOn"`
	To         string       `json:"to"` // closed code, "county-treasury"
	Voucher    string       `json:"voucher"`
}

// YearClosed ends the fund's year with the sums it ended with: Received + Recovered − Spent − Returned = Balance = 0.00.
type YearClosed struct {
	Balance   domain.Money `json:"balance"`
	Fund      string       `json:"fund"`
	Received  domain.Money `json:"received"`
	Recovered domain.Money `json:"recovered"`
	Returned  domain.Money `json:"returned"`
	Spent     domain.Money `json:"spent"`
}

// The stored names.
func (Opened) EventType() string       { return "fund.opened" }
func (Requested) EventType() string    { return "fund.requested" }
func (Submitted) EventType() string    { return "fund.submitted" }
func (SignedOff) EventType() string    { return "fund.signed-off" }
func (SentBack) EventType() string     { return "fund.sent-back" }
func (Appropriated) EventType() string { return "fund.appropriated" }
func (Received) EventType() string     { return "fund.received" }
func (Committed) EventType() string    { return "fund.committed" }
func (Released) EventType() string     { return "fund.released" }
func (Spent) EventType() string        { return "fund.spent" }
func (Recovered) EventType() string    { return "fund.recovered" }
func (Returned) EventType() string     { return "fund.returned" }
func (YearClosed) EventType() string   { return "fund.year-closed" }

// The days from which events are true.
func (e Appropriated) EffectiveOn() domain.Date { return e.IssuedOn }
func (e Received) EffectiveOn() domain.Date     { return e.ReceivedOn }
func (e Recovered) EffectiveOn() domain.Date    { return e.ReceivedOn }
func (e Returned) EffectiveOn() domain.Date     { return e.ReturnedOn }

// Requested is the appropriation request (拨款报告), made from the submitted run before the county signs. Asked for again
// while it is a draft, or for another list of the run, it says everything anew.
type Requested struct {
	Amount    domain.Money    `json:"amount"`             // asked for: Need − Balance, at least 0.00
	Balance   domain.Money    `json:"balance"`            // of the fund, free: in hand and not committed
	Chain     []signoff.Step  `json:"chain"`              //
	Classes   []ClassNeed     `json:"classes"`            // in class order
	Document  string          `json:"document,omitempty"` // 文号 of the run
	Documents []BasisDocument `json:"documents"`          // what the amounts rest on, from the rulebook
	Finance   string          `json:"finance"`
	From      domain.Period   `json:"from"` // first unit covered
	Fund      string          `json:"fund"`
	Held      int             `json:"held"`           // on the roll or owed, and not paid by this run
	Last      string          `json:"last,omitempty"` // run that Before, Entered and Exited compare with; absent: there was none
	Need      domain.Money    `json:"need"`           // the run's total
	Office    string          `json:"office"`         // whose people are paid
	Period    domain.Period   `json:"period"`
	Persons   int             `json:"persons"` // different people with a line
	Programme string          `json:"programme"`
	Request   string          `json:"request"`
	Root      string          `json:"root"`  // of the run's list
	Round     int             `json:"round"` // of the run's list
	Rulebook  string          `json:"rulebook"`
	Run       string          `json:"run"`
	Shares    []Share         `json:"shares"` // of the need, by level
	To        domain.Period   `json:"to"`     // last unit covered
	Year      int             `json:"year"`
}

// ClassNeed is what one class needs: Before + Entered − Exited − Held = Lines.
type ClassNeed struct {
	Amount    domain.Money `json:"amount"`
	Before    int          `json:"before"`  // lines of the class in the last run
	Class     string       `json:"class"`   // "child=one"; "grant" for one-off money
	Entered   int          `json:"entered"` // 新增: with a line of the class, and none in the last run
	Exited    int          `json:"exited"`  // 退出: with a line in the last run, and neither a line of the class nor held now
	Held      int          `json:"held"`    // 缓发: with a line in the last run, and held now
	Lines     int          `json:"lines"`   //
	Standards []Standard   `json:"standards,omitempty"`
}

// Standard is one rate that lines of a class were paid at, and for how many units.
type Standard struct {
	Amount domain.Money `json:"amount"` // of all its items
	Rate   domain.Money `json:"rate"`   // of one unit of this kind; 0.00 where units differ (prorated, or topped up)
	Row    string       `json:"row"`    // rate row
	Unit   string       `json:"unit"`   // "month", "quarter", "half-year", "year", "once"
	Units  int          `json:"units"`  // 月数: how many of them
}

// BasisDocument is one document that the rulebook rests on (文号).
type BasisDocument struct {
	Key    string `json:"key"` // its name in the rulebook
	Number string `json:"number,omitempty"`
	Title  string `json:"title"`
}

// Share is what one level pays: largest remainder on the run's total.
type Share struct {
	Amount domain.Money `json:"amount"`
	Level  string       `json:"level"`  // "central", "province", "city", "county"
	Weight int64        `json:"weight"` // parts, in lowest terms
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
