package bankfile

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"almoner/domain"
)

// BankLine is one line of a received file as the format's reader gives it, before anything is known of its meaning.
type BankLine struct {
	Line      int          // in the file, from 1
	PayRef    string       // as the bank carried it; empty when the file has none
	Account   string       // equality token of the account, a keyed hash; empty when it is absent, masked or unreadable
	Amount    domain.Money // with the sign of the file
	Result    Result       // empty when the file's code is in no code table
	Direction Direction
	Reason    string // the bank's reason as our closed code
	Serial    string // the bank's number of the booking
	BookedOn  domain.Date
	Problems  []Problem // found while reading
}

// Result is what the bank says it did with a payment.
type Result string

// The results. An empty one is a code that no code table of the format has.
const (
	ResultPaid     Result = "paid"
	ResultReturned Result = "returned" // 退票: could not be delivered, or bounced
	ResultReversed Result = "reversed" // 冲正: a payment taken back
)

// Direction is the side of our paying account that a line moves. Empty means debit: a payment.
type Direction string

// The directions.
const (
	Debit  Direction = "debit"  // money out
	Credit Direction = "credit" // money in
)

// Problem is something wrong with a line that its reader found.
type Problem string

// The problems that decide a class. A reader may name others; they are its own affair.
const (
	ProblemAmount Problem = "amount" // the amount cannot be read
	ProblemResult Problem = "result" // the result cannot be read
)

// Why a line is unknown: the reason of its ClassifiedLine.
const (
	WhyAmount    = "amount-unreadable"
	WhyResult    = "result-unreadable"
	WhyReference = "reference-elsewhere" // a payRef of this ledger, of no line given
	WhyAccount   = "account-differs"     // the payRef names a line that was to be paid to another account
	WhyNoAccount = "no-reference"        // neither a payRef nor an account
	WhyAmbiguous = "ambiguous"           // several lines wait for this amount on this account
	WhyNoLine    = "no-line"             // no line waits for this amount on this account
)

// unreadable says why the line cannot count, if it cannot.
func (b BankLine) unreadable() string {
	for _, p := range b.Problems {
		switch p {
		case ProblemAmount:
			return WhyAmount
		case ProblemResult:
			return WhyResult
		}
	}
	switch {
	case !b.Amount.InBounds():
		return WhyAmount
	case b.Result.rank() < 0:
		return WhyResult
	}
	return ""
}

// fact is the line as it counts, should it count.
func (b BankLine) fact(file ReturnFile) Fact {
	f := Fact{Result: b.meaning(), Amount: b.Amount.Abs(), Serial: b.serial(), ReceivedOn: file.ReceivedOn, File: file.ID, Line: b.Line}
	if b.BookedOn.Valid() {
		f.BookedOn = b.BookedOn
	}
	return f
}

// ReasonOther is stored for a reason that is no code of ours.
const ReasonOther = "other"

// reason is the code as it is stored.
func (b BankLine) reason() string {
	if len(b.Reason) > maxReason {
		return ReasonOther
	}
	return b.Reason
}

// meaning is the line's result with the sign of its amount taken into account: a debit reversal is a negative payment
// (红字冲正), a credit is money that comes in again. A returned or reversed line says so by itself, whatever its sign.
func (b BankLine) meaning() Result {
	if b.Result != ResultPaid {
		return b.Result
	}
	if (b.Amount.Sign() < 0) != (b.Direction == Credit) && !b.Amount.IsZero() {
		return ResultReversed
	}
	return ResultPaid
}

// reference is the payRef as this ledger writes it: banks add blanks and some lower the case.
func (b BankLine) reference() string { return strings.ToUpper(strings.TrimSpace(b.PayRef)) }

// maxSerial is how much of a bank's number stands in an event; banks use 8 to 27 characters.
const maxSerial = 32

// serial is the bank's number as it is stored: at most maxSerial printable ASCII characters, or else a fingerprint, which
// tells numbers apart as well.
func (b BankLine) serial() string {
	s := strings.TrimSpace(b.Serial)
	if len(s) <= maxSerial && strings.IndexFunc(s, func(r rune) bool { return r < '!' || r > '~' }) < 0 {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "#" + hex.EncodeToString(sum[:])[:maxSerial-1]
}
