package bankfile

import (
	"slices"

	"almoner/domain"
)

// ReturnFile is what a received file's lines have in common.
type ReturnFile struct {
	ID         string
	ReceivedOn domain.Date
	Position   int64 // log index of Received; 0 when it is not known
}

// Outcome is what one bank line comes to.
type Outcome struct {
	Classified ClassifiedLine
	Candidate  int // index of the candidate the line counts for; -1 when it counts for none

	// Of the instruction line. All are zero when Candidate is -1.
	Effect         Effect
	Fact           Fact
	State          LineState // with the fact
	Before, After  Standing
	Delta          Buckets // After − Before
	Contradictions []Contradiction
	FollowUp       FollowUp
}

// FollowUp is what a bank line asks of the stream of the person it is about. It follows from the stored page alone, with
// the person and the run looked up by the payRef.
type FollowUp struct {
	Person, Run, Draw string
	Facts             []string     // of beneficiary.SettledOtherwise, one event each; none for a plain match
	Amount            domain.Money // of the bank line, ≥ 0
	BankFile          string
	BankLine          int
	On                domain.Date // booked, or received where the bank names no day
	Reason, Serial    string
	Undraw            bool         // beneficiary.Undrawn{cause returned}
	Overpaid          domain.Money // > 0: money left beyond what was due
	GotBack           domain.Money // > 0: of what was overpaid on this line before
}

// Nothing says that nothing has to be done.
func (f FollowUp) Nothing() bool {
	return len(f.Facts) == 0 && !f.Undraw && f.Overpaid.IsZero() && f.GotBack.IsZero()
}

// factLate is the SettledOtherwise fact of a payment after the line had ended otherwise.
const factLate = "late"

// Classify gives a bank line its one class. The candidates MUST be all instruction lines that b.Wants asks for, each with
// all facts classified before; others do no harm. It never refuses: what makes no sense is unknown, and says why.
func Classify(file ReturnFile, b BankLine, candidates []Candidate) Outcome {
	f := b.fact(file)
	out := Outcome{Candidate: -1, Classified: ClassifiedLine{Class: Unknown, Line: b.Line, Reason: b.reason(), Serial: f.Serial}}
	if b.Amount.InBounds() { // what cannot be written is shown as 0.00, and unknown
		out.Classified.Amount = b.Amount
	}
	at, why := b.match(file, f, candidates)
	if at >= 0 {
		out.Classified.Draw = candidates[at].Line.Draw
	}
	if why != "" {
		out.Classified.Reason = why
		return out
	}
	out.Candidate = at
	return out.counted(candidates[at], f)
}

// counted completes the outcome of a line that counts for c.
func (out Outcome) counted(c Candidate, f Fact) Outcome {
	out.Fact, out.State = f, c.State.Evolve(f)
	out.Before, out.After = c.State.Standing(c.Line), out.State.Standing(c.Line)
	out.Delta = out.After.Buckets.Sub(out.Before.Buckets)
	out.Contradictions = newContradictions(out.Before.Contradictions, out.After.Contradictions)
	out.Classified.Class = classOf(f, c, out)
	ended := c.Line.Undrawn || out.Before.Status == LineReturned || out.Before.Status == LineMissing
	out.Classified.Late = f.Result == ResultPaid && ended && out.Delta.Held().Sign() > 0

	undraw := out.After.Status == LineReturned && out.Before.Status != LineReturned && !c.Line.Undrawn
	over := notDue(out.After, c.Line, c.Line.Undrawn || undraw).Sub(notDue(out.Before, c.Line, c.Line.Undrawn))
	out.Effect = Effect{
		Dated: !f.BookedOn.IsZero(), Day: f.Day(), Line: f.Line, PayRef: c.Line.PayRef, Result: f.Result, Undraw: undraw,
		Overpaid: beyond(over, domain.Money{}), GotBack: beyond(over.Neg(), domain.Money{}),
	}
	out.FollowUp = FollowUpOf(f.File, out.Classified, out.Effect, c.Line)
	return out
}

// FollowUpOf reads the follow-up of a line from its stored page. Of the instruction line only Person, Run and Draw are used.
func FollowUpOf(file string, l ClassifiedLine, e Effect, line Line) FollowUp {
	f := FollowUp{
		Person: line.Person, Run: line.Run, Draw: line.Draw, Amount: l.Amount.Abs(), BankFile: file, BankLine: l.Line, On: e.Day,
		Reason: l.Reason, Serial: l.Serial, Undraw: e.Undraw, Overpaid: e.Overpaid, GotBack: e.GotBack,
	}
	switch l.Class {
	case Returned, UnderAmount, OverAmount, PaidTwice, Reversed:
		f.Facts = append(f.Facts, string(l.Class))
	}
	if l.Late {
		f.Facts = append(f.Facts, factLate)
	}
	return f
}

// classOf is the class of a line that counts for an instruction line.
func classOf(f Fact, c Candidate, out Outcome) Class {
	known, _ := c.State.bookings()
	now, _ := out.State.bookings()
	if sameMoney(known, now) {
		return DuplicateLine
	}
	if f.Result != ResultPaid {
		nothingLeft := out.Before.Status == LineReturned && out.After.Status == LineReturned && out.Delta.IsZero()
		switch {
		case nothingLeft:
			return DuplicateLine
		case f.Result == ResultReturned:
			return Returned
		}
		return Reversed
	}
	// What else is with the payee. It is none when the payment came back since, or only makes a reversal good.
	before := beyond(out.After.Held(), f.Amount)
	together := before.Add(f.Amount)
	switch {
	case before.Sign() > 0 && together.Cmp(c.Line.Amount) > 0:
		return PaidTwice
	case together.Cmp(c.Line.Amount) < 0:
		return UnderAmount
	case together.Cmp(c.Line.Amount) > 0:
		return OverAmount
	}
	return Matched
}

// sameMoney says that two lists of bookings are of the same results and amounts: whatever was learnt about their numbers
// and days, no money has moved.
func sameMoney(a, b []Fact) bool {
	if len(a) != len(b) {
		return false
	}
	count := map[string]int{}
	for i := range a {
		count[string(a[i].Result)+a[i].Amount.String()]++
		count[string(b[i].Result)+b[i].Amount.String()]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// notDue is what of the payee's money no standing draw covers: all of it once the draw was undone, because its units are
// then due again.
func notDue(s Standing, l Line, undrawn bool) domain.Money {
	if undrawn {
		return s.Held()
	}
	return beyond(s.Held(), l.Amount)
}

func newContradictions(before, after []Contradiction) []Contradiction {
	var fresh []Contradiction
	for _, c := range after {
		if !slices.ContainsFunc(before, func(b Contradiction) bool { return b.key() == c.key() }) {
			fresh = append(fresh, c)
		}
	}
	return fresh
}
