package beneficiary

import (
	"slices"

	"almoner/domain"
	"almoner/domain/rulebook"
)

// State is what a person's stream comes to, without any personal data. It shares nothing it may write to.
type State struct {
	Person       string        `json:"person,omitempty"`
	Registered   bool          `json:"registered,omitempty"`
	DiedOn       domain.Date   `json:"diedOn,omitempty"`
	Facts        []FactRef     `json:"facts,omitempty"`
	Accounts     []AccountRef  `json:"accounts,omitempty"` // latest last
	Enrolments   []Enrolment   `json:"enrolments,omitempty"`
	Grants       []Grant       `json:"grants,omitempty"`
	Draws        []Draw        `json:"draws,omitempty"`     // standing ones, in stream order
	Undone       []UndoneDraw  `json:"undone,omitempty"`    // in the order of undoing
	BankLines    []string      `json:"bankLines,omitempty"` // lines of return files taken in, as "file#line"
	Overpayments []Overpayment `json:"overpayments,omitempty"`
	Abandoned    []string      `json:"abandoned,omitempty"` // claims given up
	Took         []string      `json:"took,omitempty"`      // causes whose effects stand here
}

// FactRef is a recorded fact: its content stays sealed.
type FactRef struct {
	Event      string      `json:"event"`
	Kind       FactKind    `json:"kind"`
	On         domain.Date `json:"on,omitempty"`
	Related    string      `json:"related,omitempty"`
	ReportedOn domain.Date `json:"reportedOn,omitempty"`
}

// AccountRef is a recorded account: the event that names it and the commitment to its number.
type AccountRef struct {
	Event        string `json:"event"`
	Commitment   string `json:"commitment,omitempty"`
	HolderPerson string `json:"holderPerson"`
	Relation     string `json:"relation"`
	Rev          int64  `json:"rev"`
}

// Enrolment is one admission to a programme.
type Enrolment struct {
	ID          string          `json:"id"`
	Event       string          `json:"event"`
	Programme   string          `json:"programme"`
	Region      string          `json:"region"`
	Group       string          `json:"group"`
	Household   string          `json:"household,omitempty"`
	Unit        Unit            `json:"unit"`
	Share       string          `json:"share"`
	Origin      Origin          `json:"origin"`
	FirstUnit   domain.Period   `json:"firstUnit"`
	Until       domain.Period   `json:"until,omitempty"`
	PaidThrough domain.Period   `json:"paidThrough,omitempty"`
	QualifiedIn domain.Period   `json:"qualifiedIn,omitempty"` // month in which all criteria were first met
	Places      []Place         `json:"places"`                // in order of From; the first holds from the beginning
	Classes     []ClassSpan     `json:"classes"`               // in order of From
	Suspensions []Suspension    `json:"suspensions,omitempty"`
	Restored    []domain.Period `json:"restored,omitempty"` // what the ended suspensions gave back, together
	Exit        *Exit           `json:"exit,omitempty"`
	Annulled    bool            `json:"annulled,omitempty"`
	Slots       []Claim         `json:"slots,omitempty"`
	Return
}

// Return is the last payment that came back (退票). It stays known: an account that is corrected away must not bring the
// one that failed back into use.
type Return struct {
	HeldDraw    string `json:"heldDraw,omitempty"`    // the draw that came back
	HeldDrawRev int64  `json:"heldDrawRev,omitempty"` // its revision: the account to pay must be newer
	HeldRev     int64  `json:"heldRev,omitempty"`     // revision of the return: a later payment pays it again

	HeldUnits []domain.Period `json:"heldUnits,omitempty"` // of all draws that came back; what of them is paid since, drawn says
}

// Place is the office and village responsible from a unit on.
type Place struct {
	From    domain.Period   `json:"from"`
	Office  string          `json:"office"`
	Village domain.AreaCode `json:"village"`
}

// ClassSpan is the rate class from a unit on, with the event that said so.
type ClassSpan struct {
	From  domain.Period `json:"from"`
	Key   rulebook.Key  `json:"key"`
	Event string        `json:"event"`
}

// Suspension covers units from From until To, exclusive; To is zero while it lasts.
type Suspension struct {
	Event  string        `json:"event"`
	From   domain.Period `json:"from"`
	To     domain.Period `json:"to,omitempty"`
	Effect Effect        `json:"effect"`
	Reason string        `json:"reason"`
	Review domain.Date   `json:"review,omitempty"`
	EndBy  string        `json:"endBy,omitempty"` // event that resumed
	// Restored are the forfeited units given back when it ended.
	Restored []domain.Period `json:"restored,omitempty"`
}

// Exit is how an enrolment ended.
type Exit struct {
	Event      string        `json:"event"`
	Reason     string        `json:"reason"`
	OccurredOn domain.Date   `json:"occurredOn"`
	ReportedOn domain.Date   `json:"reportedOn"`
	LastUnit   domain.Period `json:"lastUnit,omitempty"` // zero: no unit was ever due
	Fault      Fault         `json:"fault"`
	AtDeath    AtDeath       `json:"atDeath,omitempty"`
}

// Grant is one-off money from a signed list.
type Grant struct {
	ID        string               `json:"id"`
	Event     string               `json:"event"`
	Programme string               `json:"programme"`
	Office    string               `json:"office"`
	Village   domain.AreaCode      `json:"village"`
	Amount    domain.Money         `json:"amount"`
	Parts     []rulebook.Component `json:"parts,omitempty"`
	Void      bool                 `json:"void,omitempty"`
	Return
}

// Draw is a standing draw of money.
type Draw struct {
	ID        string       `json:"id"`
	Run       string       `json:"run"`
	Enrolment string       `json:"enrolment,omitempty"`
	Grant     string       `json:"grant,omitempty"`
	Line      int          `json:"line"`
	Rev       int64        `json:"rev"`
	Net       domain.Money `json:"net"`
	Items     []Item       `json:"items,omitempty"`
	SetOffs   []SetOff     `json:"setOffs,omitempty"`
}

// Paid is what the enrolment or grant had of the draw: what was sent and what was kept back for the person's debt.
func (d Draw) Paid() domain.Money {
	paid := d.Net
	for _, x := range d.SetOffs {
		paid = paid.Add(x.Amount)
	}
	return paid
}

// Enrolment finds an enrolment by id.
func (s State) Enrolment(id string) (Enrolment, bool) {
	for _, e := range s.Enrolments {
		if e.ID == id {
			return e, true
		}
	}
	return Enrolment{}, false
}

// Open finds the person's one enrolment in a programme that has not ended.
func (s State) Open(programme string) (Enrolment, bool) {
	for i := len(s.Enrolments) - 1; i >= 0; i-- {
		if e := s.Enrolments[i]; e.Programme == programme && e.Exit == nil && !e.Annulled {
			return e, true
		}
	}
	return Enrolment{}, false
}

// Account is the account money goes to now.
func (s State) Account() (AccountRef, bool) {
	if len(s.Accounts) == 0 {
		return AccountRef{}, false
	}
	return s.Accounts[len(s.Accounts)-1], true
}

// Has says whether the effects of a cause stand in the stream.
func (s State) Has(cause string) bool { return cause != "" && slices.Contains(s.Took, cause) }

// Evolve applies one fact. It is total: an event it does not know changes nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Drawn:
		d := Draw{ID: e.Draw, Run: e.Run, Enrolment: e.Enrolment, Grant: e.Grant, Line: e.Line, Rev: f.Revision, Net: e.Net, Items: e.Items, SetOffs: e.SetOffs}
		s.Draws = append(slices.Clip(s.Draws), d)
		return s.setOff(d, f)
	case Undrawn:
		return s.undrawn(e, f)
	case SettledOtherwise:
		return s.bankLine(e.BankFile, e.BankLine)
	}
	if f.Cause != "" && !slices.Contains(s.Took, f.Cause) {
		s.Took = append(slices.Clip(s.Took), f.Cause)
	}
	switch e := f.Event.(type) {
	case Registered:
		s.Person, s.Registered = e.Person, true
	case FactRecorded:
		s = s.factRecorded(e, f)
	case AccountChanged:
		ref := AccountRef{Event: f.ID, HolderPerson: e.HolderPerson, Relation: e.Relation, Rev: f.Revision}
		if len(f.Seals) > 0 {
			ref.Commitment = f.Seals[0]
		}
		s.Accounts = append(slices.Clip(s.Accounts), ref)
	case Enrolled:
		s.Enrolments = append(slices.Clip(s.Enrolments), enrolled(e, f))
		if e.OpeningOver.Sign() > 0 {
			s = s.found(Overpayment{ID: e.Enrolment, Event: f.ID, Enrolment: e.Enrolment, Cause: "opening", Fault: NoFault, Loose: e.OpeningOver}, f)
		}
	case Granted:
		s.Grants = append(slices.Clip(s.Grants), Grant{ID: e.Grant, Event: f.ID, Programme: e.Programme, Office: e.Office, Village: e.Village, Amount: e.Amount, Parts: e.Parts})
	case Corrected:
		s = s.corrected(e.Of, f)
	case Overpaid:
		s = s.found(overpaid(e, f), f).bankLine(e.BankFile, e.BankLine)
	case RecoveryPlanned:
		s = s.planned(e, f)
	case Recovered:
		s = s.booked(e.Overpayment, e.Amount, Entry{Kind: EntryRecovered, Method: e.Method, Amount: e.Amount, Voucher: e.Voucher, On: e.ReceivedOn, Rev: f.Revision}).
			bankLine(e.BankFile, e.BankLine)
	case WrittenOff:
		s = s.booked(e.Overpayment, e.Amount, Entry{Kind: EntryWrittenOff, Amount: e.Amount, Rev: f.Revision})
	case ClaimAbandoned:
		s.Abandoned = append(slices.Clip(s.Abandoned), e.Claim)
	default:
		s = s.evolveEnrolment(f)
	}
	return s
}

func (s State) factRecorded(e FactRecorded, f domain.Fact) State {
	s.Facts = append(slices.Clip(s.Facts), FactRef{Event: f.ID, Kind: e.Fact, On: f.On, Related: e.Related, ReportedOn: e.ReportedOn})
	if e.Fact == Death && e.Related == "" {
		s.DiedOn = f.On
	}
	return s
}

func enrolled(e Enrolled, f domain.Fact) Enrolment {
	out := Enrolment{
		ID: e.Enrolment, Event: f.ID, Programme: e.Programme, Region: e.Region, Group: e.Group, Household: e.Household,
		Unit: e.Unit, Share: e.Share, Origin: e.Origin, FirstUnit: e.FirstUnit, Until: e.Until, PaidThrough: e.PaidThrough, QualifiedIn: e.Basis.QualifiedIn,
		Places: []Place{{From: e.FirstUnit, Office: e.Office, Village: e.Village}}, Slots: e.Slots,
	}
	for _, c := range e.Classes {
		out.Classes = append(out.Classes, ClassSpan{From: c.From, Key: c.Key, Event: f.ID})
	}
	return out
}

// undrawn takes a draw away, with what was overpaid by it and what it kept back.
func (s State) undrawn(e Undrawn, f domain.Fact) State {
	at := slices.IndexFunc(s.Draws, func(d Draw) bool { return d.ID == e.Draw })
	if at < 0 {
		return s
	}
	gone := s.Draws[at]
	s.Draws = slices.Delete(slices.Clone(s.Draws), at, at+1)
	s.Undone = append(slices.Clip(s.Undone), UndoneDraw{Draw: gone.ID, Run: gone.Run, Enrolment: gone.Enrolment, Grant: gone.Grant})
	s = s.voidUnits(gone, f).undoSetOff(gone, f)
	if e.Cause == Returned {
		back := Return{HeldDraw: gone.ID, HeldDrawRev: gone.Rev, HeldRev: f.Revision}
		s = s.change(gone.Enrolment, func(en *Enrolment) {
			back.HeldUnits = union(en.HeldUnits, gone.Items)
			en.Return = back
		})
		s.Grants = slices.Clone(s.Grants)
		for i := range s.Grants {
			if s.Grants[i].ID == gone.Grant {
				s.Grants[i].Return = back
			}
		}
	}
	return s
}

// union adds the units of items to units, in order and each once.
func union(units []domain.Period, items []Item) []domain.Period {
	out := slices.Clone(units)
	for _, item := range items {
		out = append(out, item.Unit)
	}
	slices.SortFunc(out, domain.Period.Compare)
	return slices.Compact(out)
}

// change applies f to a copy of the enrolment with the id.
func (s State) change(id string, f func(*Enrolment)) State {
	s.Enrolments = slices.Clone(s.Enrolments)
	for i := range s.Enrolments {
		if s.Enrolments[i].ID == id {
			f(&s.Enrolments[i])
		}
	}
	return s
}

func (s State) evolveEnrolment(f domain.Fact) State {
	switch e := f.Event.(type) {
	case ClassChanged:
		return s.change(e.Enrolment, func(en *Enrolment) {
			kept := slices.DeleteFunc(slices.Clone(en.Classes), func(c ClassSpan) bool { return !c.From.Before(e.From) })
			en.Classes = append(kept, ClassSpan{From: e.From, Key: e.Class, Event: f.ID})
		})
	case Rescheduled:
		return s.change(e.Enrolment, func(en *Enrolment) { en.FirstUnit, en.Until = e.FirstUnit, e.Until })
	case Suspended:
		return s.change(e.Enrolment, func(en *Enrolment) {
			en.Suspensions = append(slices.Clip(en.Suspensions), Suspension{Event: f.ID, From: e.From, Effect: e.Effect, Reason: e.Reason, Review: e.ReviewBy})
		})
	case Resumed:
		return s.change(e.Enrolment, func(en *Enrolment) {
			en.Suspensions = slices.Clone(en.Suspensions)
			for i := range en.Suspensions {
				if x := &en.Suspensions[i]; x.To.IsZero() {
					x.To, x.EndBy, x.Restored = e.From, f.ID, e.Restored
				}
			}
			en.Restored = givenBack(en.Suspensions)
		})
	case Exited:
		return s.change(e.Enrolment, func(en *Enrolment) {
			en.Exit = &Exit{Event: f.ID, Reason: e.Reason, OccurredOn: e.OccurredOn, ReportedOn: e.ReportedOn, LastUnit: e.LastUnit, Fault: e.Fault, AtDeath: e.AtDeath}
		})
	case Annulled:
		return s.change(e.Enrolment, func(en *Enrolment) { en.Annulled = true })
	case Transferred:
		return s.change(e.Enrolment, func(en *Enrolment) {
			en.Places = append(slices.Clip(en.Places), Place{From: e.FirstUnit, Office: e.ToOffice, Village: e.ToVillage})
		})
	}
	return s
}

// corrected takes back what one earlier event said.
func (s State) corrected(of string, f domain.Fact) State {
	s.Facts = slices.DeleteFunc(slices.Clone(s.Facts), func(r FactRef) bool { return r.Event == of })
	s.DiedOn = domain.Date{}
	for _, r := range s.Facts {
		if r.Kind == Death && r.Related == "" {
			s.DiedOn = r.On
		}
	}
	s.Accounts = slices.DeleteFunc(slices.Clone(s.Accounts), func(a AccountRef) bool { return a.Event == of })
	s = s.voided(of, f)
	s.Grants = slices.Clone(s.Grants)
	for i := range s.Grants {
		s.Grants[i].Void = s.Grants[i].Void || s.Grants[i].Event == of
	}
	s.Enrolments = slices.Clone(s.Enrolments)
	for i, e := range s.Enrolments {
		s.Enrolments[i] = e.without(of)
	}
	return s
}

func (e Enrolment) without(event string) Enrolment {
	if e.Exit != nil && e.Exit.Event == event {
		e.Exit = nil
	}
	e.Suspensions = slices.DeleteFunc(slices.Clone(e.Suspensions), func(x Suspension) bool { return x.Event == event })
	for i := range e.Suspensions {
		if x := &e.Suspensions[i]; x.EndBy == event {
			x.To, x.EndBy, x.Restored = domain.Period{}, "", nil
		}
	}
	e.Restored = givenBack(e.Suspensions)
	return e
}

// givenBack collects the restored units, each once, in order. A resumption that is taken back takes them with it.
func givenBack(suspensions []Suspension) []domain.Period {
	var units []domain.Period
	for _, x := range suspensions {
		units = append(units, x.Restored...)
	}
	slices.SortFunc(units, domain.Period.Compare)
	return slices.Compact(units)
}
