package bankfile

import (
	"cmp"
	"slices"

	"almoner/domain"
)

// Fact is what a bank line says of one instruction line. Two facts that agree in Result, Amount, Serial and BookedOn are
// the same fact, wherever they stood.
type Fact struct {
	Result   Result       `json:"result"`
	Amount   domain.Money `json:"amount"` // ≥ 0
	Serial   string       `json:"serial,omitempty"`
	BookedOn domain.Date  `json:"bookedOn,omitempty"` // zero when the bank named no day

	// Where it was said first.
	ReceivedOn domain.Date `json:"receivedOn"`
	File       string      `json:"file"` // bank file id
	Line       int         `json:"line"` // in the file
}

// FactOf is the fact that an effect and its line stand for; receivedOn is the day of their file. It is the inverse of
// what Classify writes.
func FactOf(file string, receivedOn domain.Date, l ClassifiedLine, e Effect) Fact {
	f := Fact{Result: e.Result, Amount: l.Amount.Abs(), Serial: l.Serial, ReceivedOn: receivedOn, File: file, Line: l.Line}
	if e.Dated {
		f.BookedOn = e.Day
	}
	return f
}

// Day is when the fact counts: the day of booking, or the day it was received where the bank names none.
func (f Fact) Day() domain.Date {
	if f.BookedOn.IsZero() {
		return f.ReceivedOn
	}
	return f.BookedOn
}

// key tells facts apart.
func (f Fact) key() string {
	return string(f.Result) + "|" + f.Amount.String() + "|" + f.BookedOn.String() + "|" + f.Serial
}

func (f Fact) compareOrigin(g Fact) int {
	return cmp.Or(f.ReceivedOn.Compare(g.ReceivedOn), cmp.Compare(f.File, g.File), cmp.Compare(f.Line, g.Line))
}

// LineState is everything banks said about one instruction line: a set of facts. It is the union of what was said, so
// neither the order of files nor saying it again makes a difference.
type LineState struct {
	Facts []Fact `json:"facts,omitempty"` // in the order of their keys
}

// Evolve adds one fact. A fact said again keeps the earliest place it was said.
func (s LineState) Evolve(f Fact) LineState {
	key := f.key()
	i, found := slices.BinarySearchFunc(s.Facts, key, func(g Fact, key string) int { return cmp.Compare(g.key(), key) })
	if found && s.Facts[i].compareOrigin(f) <= 0 {
		return s
	}
	facts := slices.Clone(s.Facts)
	if found {
		facts[i] = f
	} else {
		facts = slices.Insert(facts, i, f)
	}
	return LineState{Facts: facts}
}

// Knows says whether a fact describes a booking that is known already.
func (s LineState) Knows(f Fact) bool {
	known, _ := s.bookings()
	return slices.ContainsFunc(known, func(g Fact) bool {
		return g.Result == f.Result && g.Amount.Equal(f.Amount) && mayBeSame(f, g)
	})
}

// mayBeSame says that nothing in number or day tells two bookings of one result apart.
func mayBeSame(f, g Fact) bool {
	return (f.Serial == g.Serial || f.Serial == "" || g.Serial == "") &&
		(f.BookedOn == g.BookedOn || f.BookedOn.IsZero() || g.BookedOn.IsZero())
}

// bookings works out which bookings at the bank the facts describe, in the order in which they count, and which facts
// dispute the amount of one.
//
// The facts that say most about a booking are taken first, then those received first. A fact that may be the same booking
// as one taken and has its amount describes it again, and completes it; one with another amount disputes it and does not
// count; any other is a booking of its own. As facts are taken in an order of their own, the result is one of the set.
func (s LineState) bookings() (taken []Fact, disputes []Contradiction) {
	facts := slices.Clone(s.Facts)
	slices.SortFunc(facts, compareDetail)
	for _, f := range facts {
		same, other := -1, -1
		for i, g := range taken {
			switch {
			case f.Result != g.Result || !mayBeSame(f, g):
			case f.Amount.Equal(g.Amount) && same < 0:
				same = i
			case other < 0:
				other = i
			}
		}
		switch {
		case same >= 0:
			taken[same] = taken[same].joined(f)
		case other >= 0:
			disputes = append(disputes, Contradiction{Kind: AmountDisputed, First: taken[other], Second: f})
		default:
			taken = append(taken, f)
		}
	}
	slices.SortFunc(taken, compareRank)
	return taken, disputes
}

// joined completes a booking by what another fact says of it.
func (f Fact) joined(g Fact) Fact {
	if f.Serial == "" {
		f.Serial = g.Serial
	}
	if f.BookedOn.IsZero() {
		f.BookedOn = g.BookedOn
	}
	if g.compareOrigin(f) < 0 {
		f.ReceivedOn, f.File, f.Line = g.ReceivedOn, g.File, g.Line
	}
	return f
}

// compareDetail puts the facts that say more first.
func compareDetail(f, g Fact) int {
	return cmp.Or(-cmp.Compare(f.detail(), g.detail()), f.ReceivedOn.Compare(g.ReceivedOn), cmp.Compare(f.key(), g.key()))
}

func (f Fact) detail() int {
	detail := 0
	if f.Serial != "" {
		detail += 2
	}
	if !f.BookedOn.IsZero() {
		detail++
	}
	return detail
}

// compareRank is the order in which bookings count: by day, and within a day paid, returned, reversed, because only what
// was paid can come back.
func compareRank(f, g Fact) int {
	return cmp.Or(f.Day().Compare(g.Day()), cmp.Compare(f.Result.rank(), g.Result.rank()), cmp.Compare(f.key(), g.key()))
}

func (r Result) rank() int {
	return slices.Index([]Result{ResultPaid, ResultReturned, ResultReversed}, r)
}
