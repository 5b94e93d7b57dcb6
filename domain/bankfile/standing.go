package bankfile

import (
	"almoner/domain"
)

// LineStatus is the one state of an instruction line.
type LineStatus string

// The states.
const (
	LinePending  LineStatus = "pending"  // the bank has not answered
	LineSettled  LineStatus = "settled"  // money is with the payee, in whole or in part
	LineReturned LineStatus = "returned" // it came back or never arrived
	LineMissing  LineStatus = "missing"  // the bank has not answered, and its time is over
)

// LineStatuses lists all of them, in the order of the constants.
func LineStatuses() []LineStatus {
	return []LineStatus{LinePending, LineSettled, LineReturned, LineMissing}
}

// Line is one line of an instruction: what the bank was told to pay.
type Line struct {
	PayRef  string
	Run     string
	Draw    string
	Person  string
	Account string       // equality token of the account paid to
	Amount  domain.Money // > 0
	SentAt  int64        // log index at which its file was sent; a file received before cannot mean it
	Missing bool         // the time for the bank's answer was over when last looked
	Undrawn bool         // its draw does not stand any more: its units are due again
}

// Buckets are where the money of instruction lines is. Instructed = Settled + Returned + Outstanding always; what the bank
// paid beyond what it was told, and what it took back of payments nobody has shown yet, stand apart.
type Buckets struct {
	Instructed  domain.Money
	Settled     domain.Money // with the payee, at most what was instructed
	Returned    domain.Money // of what was instructed: came back, or never arrived
	Outstanding domain.Money // the bank has said nothing of it
	Beyond      domain.Money // with the payee, more than was instructed
	Early       domain.Money // reversed, and the payment not shown yet
}

// Add returns b + c.
func (b Buckets) Add(c Buckets) Buckets {
	return Buckets{
		Instructed: b.Instructed.Add(c.Instructed), Settled: b.Settled.Add(c.Settled), Returned: b.Returned.Add(c.Returned),
		Outstanding: b.Outstanding.Add(c.Outstanding), Beyond: b.Beyond.Add(c.Beyond), Early: b.Early.Add(c.Early),
	}
}

// Sub returns b − c: what changed from c to b.
func (b Buckets) Sub(c Buckets) Buckets {
	return b.Add(Buckets{
		Instructed: c.Instructed.Neg(), Settled: c.Settled.Neg(), Returned: c.Returned.Neg(),
		Outstanding: c.Outstanding.Neg(), Beyond: c.Beyond.Neg(), Early: c.Early.Neg(),
	})
}

// Held is what payees have.
func (b Buckets) Held() domain.Money { return b.Settled.Add(b.Beyond) }

// Foots says that what was instructed is accounted for to the fen.
func (b Buckets) Foots() bool {
	return b.Instructed.Equal(b.Settled.Add(b.Returned).Add(b.Outstanding))
}

// IsZero says that nothing is in any bucket.
func (b Buckets) IsZero() bool {
	for _, m := range []domain.Money{b.Instructed, b.Settled, b.Returned, b.Outstanding, b.Beyond, b.Early} {
		if !m.IsZero() {
			return false
		}
	}
	return true
}

// Standing is what an instruction line has come to.
type Standing struct {
	Status LineStatus
	Buckets
	Late           bool // settled by a payment that follows its return
	Contradictions []Contradiction
}

// ContradictionKind says how two bank facts disagree.
type ContradictionKind string

// The contradictions. None is repaired: each is shown until a person has looked.
const (
	AmountDisputed   ContradictionKind = "amount-disputed"   // one booking with two amounts; First counts
	PaidAndReturned  ContradictionKind = "paid-and-returned" // paid, and then returned
	ReturnedAndPaid  ContradictionKind = "returned-and-paid" // returned, and then paid after all
	ReversedNotPaid  ContradictionKind = "reversed-not-paid" // reversed, and no payment before it is known; Second is absent
	ReturnedTooMuch  ContradictionKind = "returned-too-much" // more came back than was left to come; Second is absent
	ReturnedUnevenly ContradictionKind = "returned-unevenly" // what came back is not what was instructed; Second is absent
)

// Contradiction is two bank facts about one line that do not go together, or one that goes with nothing before it.
type Contradiction struct {
	Kind   ContradictionKind
	First  Fact
	Second Fact
}

func (c Contradiction) key() string {
	return string(c.Kind) + "|" + c.First.key() + "|" + c.Second.key()
}

// Standing works out what a line has come to from all facts, in the order of their days.
func (s LineState) Standing(l Line) Standing {
	bookings, disputes := s.bookings()
	w := walk{due: l.Amount}
	answered := false
	for _, f := range bookings {
		w.contradict(f)
		w.take(f)
		answered = answered || f.Result != ResultPaid
	}
	st := Standing{Status: LinePending, Buckets: w.buckets(), Contradictions: append(w.contradictions, disputes...)}
	switch {
	case w.held.Sign() > 0:
		st.Status, st.Late = LineSettled, w.late
	case answered:
		st.Status = LineReturned
	case l.Missing:
		st.Status = LineMissing
	}
	return st
}

// walk follows the money of one line through its bookings.
//
// min(held, due) + back ≤ due holds after every step, which is why the buckets foot.
type walk struct {
	due   domain.Money
	held  domain.Money // with the payee; may be beyond due
	back  domain.Money // of due: returned, and not paid since
	early domain.Money // reversed without a payment before

	// unconfirmed is what was returned and what no reversal has told again: banks show one return in the return file and
	// once more as a credit of the statement.
	unconfirmed domain.Money

	ended bool // nothing is with the payee, and the bank said so
	late  bool // paid after that

	said           Fact // the last payment or return
	contradictions []Contradiction
}

func (w *walk) take(f Fact) {
	switch f.Result {
	case ResultPaid:
		w.paid(f.Amount)
	case ResultReturned:
		w.returned(f)
	default:
		w.reversed(f)
	}
	if w.held.IsZero() {
		w.ended, w.late = w.ended || f.Result != ResultPaid, false
	}
}

// paid first makes good what was reversed before, then fills what the bank had not answered, then what had come back.
func (w *walk) paid(amount domain.Money) {
	pair := least(w.early, amount)
	w.early, amount = w.early.Sub(pair), amount.Sub(pair)
	if amount.IsZero() {
		return
	}
	w.late = w.late || w.ended
	w.ended = false
	fresh := least(w.open(), amount)
	w.back = w.back.Sub(least(w.back, amount.Sub(fresh)))
	w.held = w.held.Add(amount)
}

// returned concerns what was not answered yet, and then what was paid; a return of exactly what was paid is a bounce
// unless exactly that much was open. What was reversed before is the same money, told again.
func (w *walk) returned(f Fact) {
	again := least(w.early, f.Amount)
	w.early = w.early.Sub(again)
	amount := f.Amount.Sub(again)
	if !f.Amount.Equal(w.due) {
		w.note(ReturnedUnevenly, f)
	}
	open := least(w.open(), amount)
	if amount.Equal(w.held) && !amount.Equal(w.open()) {
		open = domain.Money{}
	}
	bounced := least(w.held, amount.Sub(open))
	if amount.Cmp(open.Add(bounced)) > 0 {
		w.note(ReturnedTooMuch, f)
	}
	w.back = w.back.Add(open)
	w.unconfirmed = w.unconfirmed.Add(amount)
	w.takeBack(bounced)
}

// reversed takes back what was paid. What exceeds that tells a return again, or else it undoes a payment not shown yet.
func (w *walk) reversed(f Fact) {
	bounced := least(w.held, f.Amount)
	w.takeBack(bounced)
	again := least(w.unconfirmed, f.Amount.Sub(bounced))
	w.unconfirmed = w.unconfirmed.Sub(again)
	rest := f.Amount.Sub(bounced).Sub(again)
	if rest.IsZero() {
		return
	}
	w.note(ReversedNotPaid, f)
	w.early = w.early.Add(rest)
	w.back = w.back.Add(least(w.open(), rest))
}

// takeBack takes from the payee: first what is beyond due, which nobody waits for.
func (w *walk) takeBack(amount domain.Money) {
	beyond := least(beyond(w.held, w.due), amount)
	w.held = w.held.Sub(amount)
	w.back = w.back.Add(amount.Sub(beyond))
}

// open is what the bank has said nothing of.
func (w *walk) open() domain.Money { return w.due.Sub(least(w.held, w.due)).Sub(w.back) }

func (w *walk) buckets() Buckets {
	return Buckets{
		Instructed: w.due, Settled: least(w.held, w.due), Returned: w.back, Outstanding: w.open(),
		Beyond: beyond(w.held, w.due), Early: w.early,
	}
}

func (w *walk) note(kind ContradictionKind, f Fact) {
	w.contradictions = append(w.contradictions, Contradiction{Kind: kind, First: f})
}

// contradict compares a payment with the return before it, and a return with the payment before it.
func (w *walk) contradict(f Fact) {
	switch {
	case w.said.Result == ResultPaid && f.Result == ResultReturned:
		w.contradictions = append(w.contradictions, Contradiction{Kind: PaidAndReturned, First: w.said, Second: f})
	case w.said.Result == ResultReturned && f.Result == ResultPaid:
		w.contradictions = append(w.contradictions, Contradiction{Kind: ReturnedAndPaid, First: w.said, Second: f})
	}
	if f.Result != ResultReversed {
		w.said = f
	}
}

func least(a, b domain.Money) domain.Money {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// beyond is how much amount exceeds limit, 0.00 if it does not.
func beyond(amount, limit domain.Money) domain.Money {
	if amount.Cmp(limit) <= 0 {
		return domain.Money{}
	}
	return amount.Sub(limit)
}
