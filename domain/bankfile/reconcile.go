package bankfile

import "almoner/domain"

// Reconciliation (对账) compares what was instructed with what banks said, for any set of instruction lines and pages.
type Reconciliation struct {
	Lines    int
	Total    Buckets
	Statuses []StatusSum // one for each of LineStatuses, in their order
	Classes  []ClassSum  // one for each of Classes, in their order

	// Differences are all there is to explain: those with money sum to what separates Instructed from what payees hold.
	Differences []Difference
}

// StatusSum is what the instruction lines of one state come to.
type StatusSum struct {
	Status LineStatus
	Lines  int
	Buckets
}

// ClassSum is what the bank lines of one class come to.
type ClassSum struct {
	Class  Class        `json:"class"`
	Lines  int          `json:"lines"`
	Late   int          `json:"late"`
	Amount domain.Money `json:"amount"` // as the files state them, with their signs
}

// Cause says why an instruction line and the bank differ.
type Cause string

// The causes. The amounts of the first four sum to Instructed − Settled, those of CauseBeyond to Beyond.
const (
	CausePending       Cause = "pending"       // not answered
	CauseMissing       Cause = "missing"       // not answered in time
	CauseReturned      Cause = "returned"      // came back
	CauseShort         Cause = "short"         // answered for a part only
	CauseBeyond        Cause = "beyond"        // paid more than instructed, or twice
	CauseEarly         Cause = "early"         // reversed, payment not shown
	CauseLate          Cause = "late"          // settled after it had been returned; the amount is what is held
	CauseContradiction Cause = "contradiction" // Contradiction says which; no amount
	CauseUnknown       Cause = "unknown"       // a bank line about no instruction line, with its amount
)

// Difference is one thing to explain, by line and cause.
type Difference struct {
	Cause         Cause
	Amount        domain.Money
	PayRef, Draw  string         // of the instruction line
	BankFile      string         // of the bank line, for unknown
	BankLine      int            //
	Reason        string         // for unknown: why
	Contradiction *Contradiction // for contradiction
}

// Reconcile sums instruction lines by state and bank lines by class. Pages may be of any number of files; each page MUST be
// given once.
func Reconcile(lines []Candidate, pages []Classified) Reconciliation {
	r := NewReconciliation()
	for _, c := range lines {
		r.AddLine(c.Line, c.State.Standing(c.Line))
	}
	for _, p := range pages {
		r.AddPage(p)
	}
	return r
}

// NewReconciliation is one of nothing, to be added to line by line where all lines do not fit in memory.
func NewReconciliation() Reconciliation {
	var r Reconciliation
	for _, s := range LineStatuses() {
		r.Statuses = append(r.Statuses, StatusSum{Status: s})
	}
	r.Classes = noClasses()
	return r
}

// AddLine adds an instruction line with its standing.
func (r *Reconciliation) AddLine(l Line, s Standing) {
	r.Lines++
	r.Total = r.Total.Add(s.Buckets)
	for i := range r.Statuses {
		if sum := &r.Statuses[i]; sum.Status == s.Status {
			sum.Lines, sum.Buckets = sum.Lines+1, sum.Buckets.Add(s.Buckets)
		}
	}
	differ := func(cause Cause, amount domain.Money) {
		if !amount.IsZero() {
			r.Differences = append(r.Differences, Difference{Cause: cause, Amount: amount, PayRef: l.PayRef, Draw: l.Draw})
		}
	}
	differ(outstandingCause(s.Status), s.Outstanding)
	differ(CauseReturned, s.Returned)
	differ(CauseBeyond, s.Beyond)
	differ(CauseEarly, s.Early)
	if s.Late {
		differ(CauseLate, s.Held())
	}
	for _, c := range s.Contradictions {
		r.Differences = append(r.Differences, Difference{Cause: CauseContradiction, PayRef: l.PayRef, Draw: l.Draw, Contradiction: &c})
	}
}

func outstandingCause(s LineStatus) Cause {
	switch s {
	case LinePending:
		return CausePending
	case LineMissing:
		return CauseMissing
	}
	return CauseShort
}

// AddPage adds the bank lines of one page.
func (r *Reconciliation) AddPage(p Classified) {
	for _, l := range p.Lines {
		r.Classes = addClass(r.Classes, l)
		if l.Class == Unknown {
			r.Differences = append(r.Differences, Difference{
				Cause: CauseUnknown, Amount: l.Amount, Draw: l.Draw, BankFile: p.BankFile, BankLine: l.Line, Reason: l.Reason,
			})
		}
	}
}

// Balanced says that every fen instructed is accounted for and that the differences explain, to the fen, what separates
// it from what payees hold.
func (r Reconciliation) Balanced() bool {
	gap, beyondSum := r.Total.Instructed.Sub(r.Total.Settled), r.Total.Beyond
	for _, d := range r.Differences {
		switch d.Cause {
		case CausePending, CauseMissing, CauseReturned, CauseShort:
			gap = gap.Sub(d.Amount)
		case CauseBeyond:
			beyondSum = beyondSum.Sub(d.Amount)
		}
	}
	return r.Total.Foots() && gap.IsZero() && beyondSum.IsZero()
}

// Unanswered is how many lines the bank has not answered in full: what payrun.Settle calls missing.
func (r Reconciliation) Unanswered() int {
	lines := map[string]bool{}
	for _, d := range r.Differences {
		switch d.Cause {
		case CausePending, CauseMissing, CauseShort:
			lines[d.PayRef] = true
		}
	}
	return len(lines)
}

func noClasses() []ClassSum {
	var sums []ClassSum
	for _, c := range Classes() {
		sums = append(sums, ClassSum{Class: c})
	}
	return sums
}

// addClass counts a line in place.
func addClass(sums []ClassSum, l ClassifiedLine) []ClassSum {
	for i := range sums {
		if sum := &sums[i]; sum.Class == l.Class {
			sum.Lines, sum.Amount = sum.Lines+1, sum.Amount.Add(l.Amount)
			if l.Late {
				sum.Late++
			}
		}
	}
	return sums
}
