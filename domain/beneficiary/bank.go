package beneficiary

import (
	"slices"
	"strconv"

	"almoner/domain"
)

// BankFact is what one line of a return file asks of the person's stream, as domain/bankfile works it out. The draw may have
// been undone already: what reaches the payee on it after all is then overpaid.
type BankFact struct {
	Draw, Run   string
	Facts       []string     // of SettledOtherwise, one event each; none for a plain match
	Amount      domain.Money // of the bank line, ≥ 0
	BankFile    string
	BankLine    int
	On          domain.Date // booked, or received where the bank names no day
	Reason      string      // the bank's, as our closed code
	Serial      string
	Undraw      bool         // the units are due again
	Overpaid    domain.Money // > 0: money left beyond what was due
	GotBack     domain.Money // > 0: of what was overpaid on this draw before
	Overpayment string       // id of the overpayment, if there is one
}

// UndoneDraw is a draw that stands no more, whatever undid it: what a bank says of it later belongs to the same enrolment or
// grant.
type UndoneDraw struct {
	Draw      string `json:"draw"`
	Run       string `json:"run"`
	Enrolment string `json:"enrolment,omitempty"`
	Grant     string `json:"grant,omitempty"`
}

// foundByBank is the FoundBy of overpayments that a return file shows.
const foundByBank = "bank"

func bankLineKey(file string, line int) string { return file + "#" + strconv.Itoa(line) }

// DecideBankFact takes in one line of a return file: what the bank says, the draw undone when it came back, what is overpaid by
// it, and what was got back. A line taken in already yields nothing, whole or in part: a reader of the stream never sees one
// half of it, because all stands in one append.
func (s State) DecideBankFact(c BankFact) ([]domain.Event, error) {
	if slices.Contains(s.BankLines, bankLineKey(c.BankFile, c.BankLine)) {
		return nil, nil
	}
	of, standing := s.paidBy(c.Draw)
	if of.Draw == "" || of.Run != c.Run {
		return nil, domain.Refuse(domain.NotFound, "beneficiary.no-draw", "there is no draw %s for run %s", c.Draw, c.Run).
			WithNext("check the run and the draw in the list")
	}
	if c.Overpaid.Sign() > 0 && c.Overpayment == "" {
		return nil, domain.Refuse(domain.Invalid, "beneficiary.overpayment-id", "the overpayment of bank line %d needs an id", c.BankLine).
			WithNext("generate one from the bank line, and ask again")
	}
	var events []domain.Event
	for _, fact := range c.Facts {
		events = append(events, SettledOtherwise{
			Amount: c.Amount, BankFile: c.BankFile, BankLine: c.BankLine, BookedOn: c.On, Draw: c.Draw, Fact: fact, Person: s.Person, Reason: c.Reason, Serial: c.Serial,
		})
	}
	if c.Undraw && standing {
		events = append(events, Undrawn{Cause: Returned, Draw: c.Draw, Person: s.Person, Run: c.Run})
	}
	if c.Overpaid.Sign() > 0 {
		events = append(events, Overpaid{
			Amount: c.Overpaid, BankFile: c.BankFile, BankLine: c.BankLine, Cause: bankCause(c.Facts), Draw: c.Draw, Enrolment: of.Enrolment, Fault: NoFault,
			FoundBy: foundByBank, FoundOn: c.On, Grant: of.Grant, Overpayment: c.Overpayment, Person: s.Person, Run: c.Run,
		})
	}
	return append(events, s.gotBack(c)...), nil
}

// paidBy says whose money a draw was, and whether it still stands.
func (s State) paidBy(draw string) (of UndoneDraw, standing bool) {
	for _, d := range s.Draws {
		if d.ID == draw {
			return UndoneDraw{Draw: d.ID, Run: d.Run, Enrolment: d.Enrolment, Grant: d.Grant}, true
		}
	}
	for _, u := range s.Undone {
		if u.Draw == draw {
			return u, false
		}
	}
	return UndoneDraw{}, false
}

// HasUndone says that a draw stood and stands no more.
func (s State) HasUndone(draw string) bool {
	return slices.ContainsFunc(s.Undone, func(u UndoneDraw) bool { return u.Draw == draw })
}

// bankCause is the closed code of an overpayment that the bank brought about.
func bankCause(facts []string) string {
	if len(facts) == 0 {
		return "bank"
	}
	return facts[len(facts)-1]
}

// gotBack books what the bank took back on the overpayments of the draw, the latest first. More than was still to be got back
// is booked all the same, on the first: bank facts are never refused, and Outstanding then shows what is owed to the person.
func (s State) gotBack(c BankFact) []domain.Event {
	left := c.GotBack
	var events []domain.Event
	book := func(id string, amount domain.Money) {
		events = append(events, Recovered{
			Amount: amount, BankFile: c.BankFile, BankLine: c.BankLine, Method: MethodBankReversal, Overpayment: id, Person: s.Person, ReceivedOn: c.On, Voucher: c.Serial,
		})
	}
	var ids []string
	for _, o := range slices.Backward(s.Overpayments) {
		if o.Bank == nil || o.Bank.Draw != c.Draw || o.Void {
			continue
		}
		ids = append(ids, o.ID)
		if part := smallest(left, o.Outstanding()); part.Sign() > 0 {
			book(o.ID, part)
			left = left.Sub(part)
		}
	}
	if left.Sign() > 0 && len(ids) > 0 {
		book(ids[len(ids)-1], left)
	}
	return events
}

// bankLine notes that a line of a return file was taken in.
func (s State) bankLine(file string, line int) State {
	if key := bankLineKey(file, line); file != "" && !slices.Contains(s.BankLines, key) {
		s.BankLines = append(slices.Clip(s.BankLines), key)
	}
	return s
}
