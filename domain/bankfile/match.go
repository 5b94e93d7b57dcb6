package bankfile

import (
	"almoner/domain"
	"almoner/domain/payrun"
)

// Candidate is an instruction line with everything banks have said about it so far.
type Candidate struct {
	Line  Line
	State LineState
}

// Want says which instruction lines may be what a bank line is about: the one with this PayRef, and if there is none,
// those of this Account with this Amount. Empty fields ask for nothing.
type Want struct {
	PayRef  string
	Account string
	Amount  domain.Money // instructed
}

// Wants says what to look up before a bank line is classified.
func (b BankLine) Wants() Want {
	if b.unreadable() == WhyAmount {
		return Want{PayRef: b.reference()}
	}
	return Want{PayRef: b.reference(), Account: b.Account, Amount: b.Amount.Abs()}
}

// match finds the candidate that the line is about, -1 for none. why is empty when the line counts for it; otherwise the
// candidate, if there is one, is only what the line seems to be about.
func (b BankLine) match(file ReturnFile, f Fact, candidates []Candidate) (at int, why string) {
	at = -1
	ref := b.reference()
	for i, c := range candidates {
		if ref != "" && c.Line.PayRef == ref {
			at = i
		}
	}
	switch unreadable := b.unreadable(); {
	case unreadable != "":
		return at, unreadable
	case at >= 0 && b.Account != "" && candidates[at].Line.Account != "" && b.Account != candidates[at].Line.Account:
		return at, WhyAccount
	case at >= 0:
		return at, ""
	}
	if _, _, err := payrun.ParsePayRef(ref); err == nil {
		return -1, WhyReference
	}
	return b.matchByAccount(file, f, candidates)
}

// matchByAccount is for a line whose payRef is missing or damaged. A booking with a number or a day that is known is that
// booking. Else the one line that waits for the amount on the account is meant; else the one of which the same was said
// before, or, for money that comes back, the one that was paid.
func (b BankLine) matchByAccount(file ReturnFile, f Fact, candidates []Candidate) (at int, why string) {
	if b.Account == "" {
		return -1, WhyNoAccount
	}
	var waiting, known, paid []int
	for i, c := range candidates {
		late := file.Position > 0 && c.Line.SentAt > file.Position
		if c.Line.Account != b.Account || !c.Line.Amount.Equal(f.Amount) || late {
			continue
		}
		status := c.State.Standing(c.Line).Status
		if status == LinePending || status == LineMissing {
			waiting = append(waiting, i)
		}
		if status == LineSettled {
			paid = append(paid, i)
		}
		if c.State.Knows(f) {
			known = append(known, i)
		}
	}
	if f.detail() > 0 && len(known) > 0 {
		return only(known)
	}
	for _, found := range [][]int{waiting, known} {
		if len(found) > 0 {
			return only(found)
		}
	}
	if f.Result != ResultPaid && len(paid) > 0 {
		return only(paid)
	}
	return -1, WhyNoLine
}

func only(found []int) (at int, why string) {
	if len(found) > 1 {
		return -1, WhyAmbiguous
	}
	return found[0], ""
}
