package beneficiary

import (
	"slices"

	"almoner/domain"
)

// Overpayment is money paid and not due (错发多发), with everything that has become of it: the recovery ledger of one finding.
//
// Its entries foot: found − void − set-off + set-off-undone − recovered − written-off = Outstanding. Outstanding is negative
// when more was got back than was owed, as when the payment that was overpaid comes back from the bank after a refund; a
// signed grant pays that out, no run does.
type Overpayment struct {
	ID        string         `json:"id"`
	Event     string         `json:"event"`
	Enrolment string         `json:"enrolment"`
	Grant     string         `json:"grant,omitempty"` // the grant whose payment it was, of a bank fact
	Cause     string         `json:"cause"`
	Fault     Fault          `json:"fault"`
	FoundOn   domain.Date    `json:"foundOn,omitempty"` // absent for an opening overpayment
	FoundBy   string         `json:"foundBy,omitempty"` // office, village or register; the officer who recorded it where nobody else is named
	Bank      *BankOrigin    `json:"bank,omitempty"`
	Units     []OverpaidUnit `json:"units,omitempty"`
	Loose     domain.Money   `json:"loose"`    // the part that no draw brought: at opening, or by the bank
	Returned  domain.Money   `json:"returned"` // set off, recovered or written off
	Plan      *Plan          `json:"plan,omitempty"`
	Entries   []Entry        `json:"entries,omitempty"` // in stream order
	Void      bool           `json:"void,omitempty"`
}

// BankOrigin is the bank line by which a payee got what was not due.
type BankOrigin struct {
	BankFile string `json:"bankFile"`
	BankLine int    `json:"bankLine"`
	Draw     string `json:"draw"`
	Run      string `json:"run"`
}

// Plan is the signed plan that stands: the latest.
type Plan struct {
	Event       string        `json:"event"`
	Method      string        `json:"method"`
	Cap         domain.Money  `json:"cap"`                 // set-off: the most that one line may lose
	From        domain.Period `json:"from,omitempty"`      // set-off: runs up to this unit or a later one
	Enrolment   string        `json:"enrolment,omitempty"` // set-off: which one pays
	Instalments []Instalment  `json:"instalments,omitempty"`
}

// EntryKind says what an entry of the recovery ledger does.
type EntryKind string

// The kinds. Planned states what was still to be got back when the plan took effect and moves nothing. Void is what was
// found and turned out not to be owed: the payment never left, or the exit was taken back.
const (
	EntryFound        EntryKind = "found"
	EntryPlanned      EntryKind = "planned"
	EntrySetOff       EntryKind = "set-off"
	EntrySetOffUndone EntryKind = "set-off-undone"
	EntryRecovered    EntryKind = "recovered"
	EntryWrittenOff   EntryKind = "written-off"
	EntryVoid         EntryKind = "void"
)

// Entry is one line of the recovery ledger. Amounts are ≥ 0; the kind says which way they go.
type Entry struct {
	Kind    EntryKind    `json:"kind"`
	Method  string       `json:"method,omitempty"` // of a plan or of money got back
	Amount  domain.Money `json:"amount"`
	Draw    string       `json:"draw,omitempty"` // set off by, or gone
	Run     string       `json:"run,omitempty"`
	Line    int          `json:"line,omitempty"` // in the run
	Voucher string       `json:"voucher,omitempty"`
	On      domain.Date  `json:"on,omitempty"` // found or received; absent where the day of the event says it
	Rev     int64        `json:"rev"`
}

// Amount is what was overpaid by draws that still stand.
func (o Overpayment) Amount() domain.Money {
	total := o.Loose
	for _, u := range o.Units {
		total = total.Add(u.Amount)
	}
	return total
}

// Outstanding is what is still to be got back.
func (o Overpayment) Outstanding() domain.Money {
	if o.Void {
		return domain.Money{}
	}
	return o.Amount().Sub(o.Returned)
}

// Overpayment finds an overpayment by id.
func (s State) Overpayment(id string) (Overpayment, bool) {
	for _, o := range s.Overpayments {
		if o.ID == id {
			return o, true
		}
	}
	return Overpayment{}, false
}

// owes finds an overpayment of which something is still to be got back.
func (s State) owes(id string) (Overpayment, error) {
	o, ok := s.Overpayment(id)
	if !ok {
		return o, domain.Refuse(domain.NotFound, "beneficiary.no-overpayment", "there is no overpayment %s", id).
			WithNext("name the overpayment as the person's page shows it")
	}
	if o.Void {
		return o, domain.Refuse(domain.Conflict, "beneficiary.overpayment-void", "overpayment %s is void: what was found was taken back", id).
			WithNext("nothing is to be got back; look at the person's page")
	}
	return o, nil
}

// found adds an overpayment; its first entry is what was found.
func (s State) found(o Overpayment, f domain.Fact) State {
	if o.FoundBy == "" {
		o.FoundBy = f.Officer
	}
	first := Entry{Kind: EntryFound, Amount: o.Amount(), On: o.FoundOn, Rev: f.Revision}
	if o.Bank != nil {
		first.Draw, first.Run = o.Bank.Draw, o.Bank.Run
	}
	o.Entries = []Entry{first}
	s.Overpayments = append(slices.Clip(s.Overpayments), o)
	return s
}

func overpaid(e Overpaid, f domain.Fact) Overpayment {
	o := Overpayment{
		ID: e.Overpayment, Event: f.ID, Enrolment: e.Enrolment, Grant: e.Grant, Cause: e.Cause, Fault: e.Fault, FoundOn: e.FoundOn, FoundBy: e.FoundBy,
		Units: e.Units, Loose: e.Amount,
	}
	if e.BankFile != "" {
		o.Bank = &BankOrigin{BankFile: e.BankFile, BankLine: e.BankLine, Draw: e.Draw, Run: e.Run}
	}
	for _, u := range e.Units {
		o.Loose = o.Loose.Sub(u.Amount)
	}
	return o
}

// booked adds an entry to an overpayment; moved is by how much it changes what was returned.
func (s State) booked(id string, moved domain.Money, entry Entry) State {
	return s.changeOverpayment(id, func(o *Overpayment) {
		o.Returned = o.Returned.Add(moved)
		o.Entries = append(slices.Clip(o.Entries), entry)
	})
}

// changeOverpayment applies f to a copy of the overpayment with the id.
func (s State) changeOverpayment(id string, f func(*Overpayment)) State {
	s.Overpayments = slices.Clone(s.Overpayments)
	for i := range s.Overpayments {
		if s.Overpayments[i].ID == id {
			f(&s.Overpayments[i])
		}
	}
	return s
}

// voidUnits takes away what was overpaid by a draw that is gone: money that never left cannot be owed back.
func (s State) voidUnits(gone Draw, f domain.Fact) State {
	for _, o := range s.Overpayments {
		var less domain.Money
		kept := slices.DeleteFunc(slices.Clone(o.Units), func(u OverpaidUnit) bool {
			if u.Draw == gone.ID {
				less = less.Add(u.Amount)
			}
			return u.Draw == gone.ID
		})
		if less.IsZero() {
			continue
		}
		s = s.changeOverpayment(o.ID, func(o *Overpayment) { o.Units = kept })
		if !o.Void {
			s = s.booked(o.ID, domain.Money{}, Entry{Kind: EntryVoid, Amount: less, Draw: gone.ID, Run: gone.Run, Line: gone.Line, Rev: f.Revision})
		}
	}
	return s
}

// voided makes the overpayment that an event found void.
func (s State) voided(event string, f domain.Fact) State {
	for _, o := range s.Overpayments {
		if o.Event == event && !o.Void {
			s = s.changeOverpayment(o.ID, func(o *Overpayment) { o.Void = true })
			s = s.booked(o.ID, domain.Money{}, Entry{Kind: EntryVoid, Amount: o.Amount(), Rev: f.Revision})
		}
	}
	return s
}

// planned puts a plan in the place of the one before it.
func (s State) planned(e RecoveryPlanned, f domain.Fact) State {
	for _, o := range s.Overpayments {
		if o.ID != e.Overpayment {
			continue
		}
		plan := &Plan{Event: f.ID, Method: e.Method, Cap: e.Cap, From: e.From, Enrolment: e.Enrolment, Instalments: e.Instalments}
		s = s.changeOverpayment(o.ID, func(o *Overpayment) { o.Plan = plan })
		s = s.booked(o.ID, domain.Money{}, Entry{Kind: EntryPlanned, Method: e.Method, Amount: o.Outstanding(), Rev: f.Revision})
	}
	return s
}

// setOff books what a line keeps back.
func (s State) setOff(d Draw, f domain.Fact) State {
	for _, x := range d.SetOffs {
		s = s.booked(x.Overpayment, x.Amount, Entry{Kind: EntrySetOff, Method: MethodSetOff, Amount: x.Amount, Draw: d.ID, Run: d.Run, Line: d.Line, Rev: f.Revision})
	}
	return s
}

// undoSetOff gives back what a line that is gone kept back.
func (s State) undoSetOff(d Draw, f domain.Fact) State {
	for _, x := range d.SetOffs {
		s = s.booked(x.Overpayment, x.Amount.Neg(), Entry{Kind: EntrySetOffUndone, Method: MethodSetOff, Amount: x.Amount, Draw: d.ID, Run: d.Run, Line: d.Line, Rev: f.Revision})
	}
	return s
}
