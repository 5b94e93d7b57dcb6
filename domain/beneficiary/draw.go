package beneficiary

import (
	"slices"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// Run is what a draw needs to know of the pay run it is for.
type Run struct {
	Run    string
	Office string
	From   domain.Period // first unit covered
	To     domain.Period // last unit covered; "once" in a run of grants

	// Reissue (退票重付): only units that a return gave back are drawn; who has none is not mentioned.
	Reissue bool
}

// Assessment is what one enrolment or grant would get in a run: a line, a held line, or neither.
type Assessment struct {
	Items     []Item
	CarriedIn domain.Money
	Total     domain.Money      // items plus CarriedIn; the line pays it less SetOffs when positive, carries it when negative
	SetOffs   []SetOff          // kept back by signed plans
	Held      payrun.HeldReason // empty: there is a line
	HeldSum   domain.Money      // what would be due if it were not held
	OnRoll    bool              // a unit of the period covered belongs to the enrolment
	Place     Place
	Account   AccountRef
}

// Nothing says that the person is neither owed anything nor on the roll: the run does not mention them.
func (a Assessment) Nothing() bool {
	return (a.Held == payrun.HeldNotDue || a.Held == payrun.HeldTransfer) && !a.OnRoll
}

// Assess works out what is due less what is drawn for one enrolment, up to the run's last unit.
func (s State) Assess(e Enrolment, run Run, rates Rates) (Assessment, error) {
	a := Assessment{Place: e.PlaceAt(run.To), OnRoll: e.coversAny(run.From, run.To)}
	if a.Place.Office != run.Office {
		// Somebody who moved within the period stood on this office's roll too, and is seen there once more.
		a.Held, a.OnRoll = payrun.HeldTransfer, a.OnRoll && e.PlaceAt(run.From).Office == run.Office
		return a, nil
	}
	due, err := s.dueIn(e, run.To, rates)
	if noRate(err) {
		a.Held = payrun.HeldNoRate
		return a, nil
	}
	if err != nil {
		return Assessment{}, err
	}
	var withheld domain.Money
	a.Items, withheld = s.items(e, due, run)
	if run.Reissue {
		if a.Items = e.cameBack(a.Items); len(a.Items) == 0 {
			return Assessment{Held: payrun.HeldNotDue, Place: a.Place}, nil
		}
	}
	a.CarriedIn = s.carry(e.ID)
	a.Total = a.CarriedIn
	for _, item := range a.Items {
		a.Total = a.Total.Add(item.Amount)
	}
	a.SetOffs = s.setOffs(e, run.To, a.Total)
	a.Account, _ = s.Account()
	s.hold(&a, e, withheld)
	return a, nil
}

// hold decides whether there is a line at all, and why not.
func (s State) hold(a *Assessment, e Enrolment, withheld domain.Money) {
	switch {
	case len(a.Items) == 0 && a.Total.Sign() <= 0 && withheld.Sign() > 0:
		a.Held, a.HeldSum = payrun.HeldSuspended, withheld
	case len(a.Items) == 0 && a.Total.Sign() <= 0:
		a.Held = payrun.HeldNotDue
	case a.Net().Sign() <= 0:
		// A line of 0.00 is listed and signed: what it nets, carries and keeps back is then seen by those who sign.
	case e.waitsForHeirs(a.Account):
		a.Held, a.HeldSum = payrun.HeldDied, a.Total
	case e.failed(a.Account):
		a.Held, a.HeldSum = payrun.HeldReturned, a.Total
	case a.Account.Event == "":
		a.Held, a.HeldSum = payrun.HeldNoAccount, a.Total
	}
}

// cameBack leaves of the items what a reissue pays: units that a return gave back, less what became undue inside the
// enrolment. It is empty when nothing of them is left to pay.
func (e Enrolment) cameBack(items []Item) []Item {
	pays := false
	kept := slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		back := i.Kind != Deduction && slices.Contains(e.HeldUnits, i.Unit)
		pays = pays || back
		return !back && i.Kind != Deduction
	})
	if !pays {
		return nil
	}
	return kept
}

// failed says that the account is the one to which the last payment failed, or an older one.
func (r Return) failed(account AccountRef) bool { return account.Rev < r.HeldDrawRev }

func (e Enrolment) coversAny(from, to domain.Period) bool {
	last, none := e.LastUnit()
	return !none && !to.Before(e.FirstUnit) && (last.IsZero() || !from.After(last))
}

// dueIn is what a run up to a unit looks at: the units due until then. Of an enrolment that has ended, later ones that were
// drawn are looked at too: its balance is one over all months, and a run for an earlier month must not pay what a later
// one has paid too much.
func (s State) dueIn(e Enrolment, to domain.Period, rates Rates) ([]Due, error) {
	if !e.ended() || to.Kind() == domain.Once {
		return e.DueThrough(to, rates)
	}
	drawn, last := s.drawn(e.ID), to
	for unit := range drawn {
		if unit.After(last) {
			last = unit
		}
	}
	due, err := e.DueThrough(last, rates)
	return slices.DeleteFunc(due, func(d Due) bool { return d.Unit.After(to) && drawn[d.Unit].amount.IsZero() }), err
}

func (e Enrolment) ended() bool { return e.Annulled || e.Exit != nil }

// items lists each unit whose due and drawn differ, in unit order, and sums what is withheld.
func (s State) items(e Enrolment, due []Due, run Run) ([]Item, domain.Money) {
	var withheld domain.Money
	var items []Item
	drawn := s.drawn(e.ID)
	for _, d := range due {
		had := drawn[d.Unit]
		delete(drawn, d.Unit)
		if e.forfeits() && d.Amount.Cmp(had.amount) > 0 {
			continue
		}
		if d.Withheld && d.Amount.Cmp(had.amount) > 0 {
			withheld = withheld.Add(d.Amount.Sub(had.amount))
			continue
		}
		if item, differs := difference(d, had, run); differs {
			items = append(items, item)
		}
	}
	for unit, had := range drawn { // drawn and no longer due
		if unit.After(run.To) && !e.ended() {
			continue
		}
		if item, differs := difference(Due{Unit: unit, Rate: rulebook.Rate{Row: had.row}}, had, run); differs {
			items = append(items, item)
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return a.Unit.Compare(b.Unit) }) // no unit stands twice
	return items, withheld
}

// difference is the item that makes drawn equal due; differs is false when they are equal.
func difference(d Due, had drawnUnit, run Run) (item Item, differs bool) {
	amount := d.Amount.Sub(had.amount)
	if amount.IsZero() {
		return Item{}, false
	}
	item = Item{Amount: amount, Row: d.Rate.Row, Unit: d.Unit, Components: less(d.Rate.Components, had.components)}
	switch {
	case amount.Sign() < 0:
		item.Kind = Deduction
	case !had.amount.IsZero():
		item.Kind = TopUp
	case d.Unit.Before(run.From):
		item.Kind = Arrears
	default:
		item.Kind = Regular
	}
	return item, true
}

// drawnUnit is what standing draws and overpayments come to for one unit.
type drawnUnit struct {
	amount     domain.Money
	row        string
	components []rulebook.Component
}

// drawn adds up the standing draws of an enrolment by unit, less what was overpaid: that is owed back by another way.
func (s State) drawn(enrolment string) map[domain.Period]drawnUnit {
	units := map[domain.Period]drawnUnit{}
	for _, d := range s.Draws {
		if d.Enrolment != enrolment {
			continue
		}
		for _, item := range d.Items {
			u := units[item.Unit]
			u.amount, u.row, u.components = u.amount.Add(item.Amount), item.Row, plus(u.components, item.Components)
			units[item.Unit] = u
		}
	}
	for _, o := range s.Overpayments {
		if o.Enrolment != enrolment || o.Void {
			continue
		}
		for _, over := range o.Units {
			if over.Unit.IsZero() { // counted in carry
				continue
			}
			u := units[over.Unit]
			u.amount, u.components = u.amount.Sub(over.Amount), less(u.components, scaled(s.components(over), over.Amount))
			units[over.Unit] = u
		}
	}
	return units
}

// components are the sources of an overpaid unit in the draw that brought it. What other draws listed for the unit since
// may have cancelled them out of its sum, and must not hide them.
func (s State) components(over OverpaidUnit) []rulebook.Component {
	for _, d := range s.Draws {
		for _, item := range d.Items {
			if d.ID == over.Draw && item.Unit == over.Unit {
				return item.Components
			}
		}
	}
	return nil
}

// carry is what earlier lines listed and did not pay out (≤ 0), or paid out although a listed draw was undone (> 0). What
// was overpaid apart from draws (at opening, by the bank) takes no part: no draw brought that money.
func (s State) carry(enrolment string) domain.Money {
	var carry domain.Money
	for _, d := range s.Draws {
		if d.Enrolment == enrolment {
			carry = carry.Sub(d.Paid())
			for _, item := range d.Items {
				carry = carry.Add(item.Amount)
			}
		}
	}
	for _, o := range s.Overpayments {
		if o.Enrolment != enrolment || o.Void {
			continue
		}
		for _, over := range o.Units {
			if over.Unit.IsZero() {
				carry = carry.Add(over.Amount)
			}
		}
	}
	return carry
}

// plus and less add and subtract components by source, in a fixed order; sources that come to nothing fall out.
func plus(a, b []rulebook.Component) []rulebook.Component { return combine(a, b, domain.Money.Add) }

func less(a, b []rulebook.Component) []rulebook.Component { return combine(a, b, domain.Money.Sub) }

func combine(a, b []rulebook.Component, op func(domain.Money, domain.Money) domain.Money) []rulebook.Component {
	if len(b) == 0 {
		return a
	}
	out := slices.Clone(a)
	for _, c := range b {
		at := slices.IndexFunc(out, func(o rulebook.Component) bool { return sameSource(o, c) })
		if at < 0 {
			fresh := c
			fresh.Amount = domain.Money{}
			out, at = append(out, fresh), len(out)
		}
		out[at].Amount = op(out[at].Amount, c.Amount)
	}
	return slices.DeleteFunc(out, func(c rulebook.Component) bool { return c.Amount.IsZero() })
}

func sameSource(a, b rulebook.Component) bool {
	return a.Payer == b.Payer && a.Document == b.Document && a.Source == b.Source && a.Fund == b.Fund && a.Status == b.Status
}

// scaled shares an amount among the components as they are (largest remainder).
func scaled(components []rulebook.Component, amount domain.Money) []rulebook.Component {
	if len(components) == 0 {
		return nil
	}
	weights := make([]int64, len(components))
	for i, c := range components {
		weights[i] = c.Amount.Abs().Fen()
	}
	out := slices.Clone(components)
	for i, part := range amount.Split(weights) {
		out[i].Amount = part
	}
	return slices.DeleteFunc(out, func(c rulebook.Component) bool { return c.Amount.IsZero() })
}

// TakeDraw asks for a draw: Line and PayRef were given by the run.
type TakeDraw struct {
	Run       Run
	Enrolment string // or
	Grant     string
	Line      int
	PayRef    string
	Draw      string // draw id
}

// DecideDraw returns the draw of one enrolment for one run. The run's rulebook gives the rates. It is decided against the
// stream at its exact revision, so a unit is drawn once whatever else is going on.
func (s State) DecideDraw(c TakeDraw, rates Rates) ([]domain.Event, error) {
	if slices.ContainsFunc(s.Draws, func(d Draw) bool { return d.Run == c.Run.Run && d.Enrolment == c.Enrolment && d.Grant == c.Grant }) {
		return nil, nil
	}
	if s.HasUndone(c.Draw) {
		return nil, domain.Refuse(domain.Conflict, "beneficiary.draw-undone", "draw %s was undone", c.Draw).WithNext("draw again under a new id")
	}
	a, err := s.assess(c, rates)
	if err != nil {
		return nil, err
	}
	if a.Held != "" {
		return nil, domain.Refuse(domain.Refused, "beneficiary.draw-held", "nothing is drawn: %s", a.Held).
			WithNext("hold the person on the list with that reason")
	}
	return []domain.Event{s.draw(c, a)}, nil
}

func (s State) assess(c TakeDraw, rates Rates) (Assessment, error) {
	if c.Grant != "" {
		for _, g := range s.Grants {
			if g.ID == c.Grant {
				return s.AssessGrant(g, c.Run), nil
			}
		}
		return Assessment{}, domain.Refuse(domain.NotFound, "beneficiary.no-grant", "there is no grant %s", c.Grant).
			WithNext("check the id among the person's grants")
	}
	e, ok := s.Enrolment(c.Enrolment)
	if !ok {
		return Assessment{}, domain.Refuse(domain.NotFound, "beneficiary.no-enrolment", "there is no enrolment %s", c.Enrolment).
			WithNext("check the id among the person's enrolments")
	}
	return s.Assess(e, c.Run, rates)
}

func (s State) draw(c TakeDraw, a Assessment) Drawn {
	d := Drawn{
		Draw: c.Draw, Run: c.Run.Run, Line: c.Line, PayRef: c.PayRef, Person: s.Person, Payee: s.Person,
		Enrolment: c.Enrolment, Grant: c.Grant, Items: a.Items, CarriedIn: a.CarriedIn, Relation: "self",
		Net: a.Net(), Recovered: a.Recovered().Neg(), SetOffs: a.SetOffs,
	}
	if d.Items == nil {
		d.Items = []Item{}
	}
	for _, item := range a.Items {
		switch item.Kind {
		case Regular:
			d.Due = d.Due.Add(item.Amount)
		case Deduction:
			d.Deducted = d.Deducted.Add(item.Amount)
		default:
			d.Arrears = d.Arrears.Add(item.Amount)
		}
	}
	if a.Total.Sign() > 0 {
		d.Again = s.again(c)
	} else {
		d.Carried = a.Total
	}
	if d.Net.Sign() > 0 {
		d.Account, d.AccountCm = a.Account.Event, a.Account.Commitment
		d.Payee, d.Relation = a.Account.HolderPerson, a.Account.Relation
	}
	return d
}

// again names the draw that came back and is now paid again (退票重付). A line that has nothing to pay pays nothing again, and money that
// was drawn after the return has done so already, unless it is undone.
func (s State) again(c TakeDraw) string {
	var back Return
	if e, ok := s.Enrolment(c.Enrolment); ok {
		back = e.Return
	}
	for _, g := range s.Grants {
		if g.ID == c.Grant {
			back = g.Return
		}
	}
	if slices.ContainsFunc(s.Draws, func(d Draw) bool {
		return d.Enrolment == c.Enrolment && d.Grant == c.Grant && d.Rev > back.HeldRev && d.Paid().Sign() > 0
	}) {
		return ""
	}
	return back.HeldDraw
}

// AssessGrant works out the line of one grant: all of it, once.
func (s State) AssessGrant(g Grant, run Run) Assessment {
	a := Assessment{Place: Place{Office: g.Office, Village: g.Village}, Total: g.Amount}
	a.Account, _ = s.Account()
	taken := slices.ContainsFunc(s.Draws, func(d Draw) bool { return d.Grant == g.ID })
	switch {
	case g.Office != run.Office:
		a.Held = payrun.HeldTransfer
	case g.Void || taken:
		a.Held = payrun.HeldNotDue
	case g.failed(a.Account):
		a.Held, a.HeldSum = payrun.HeldReturned, g.Amount
	case a.Account.Event == "":
		a.Held, a.HeldSum = payrun.HeldNoAccount, g.Amount
	default:
		a.Items = []Item{{Amount: g.Amount, Components: g.Parts, Kind: Regular, Row: "grant", Unit: run.To}}
	}
	return a
}

// UndoDraw asks for a draw to be undone, by a follow-up of what happened to its run.
type UndoDraw struct {
	Draw  string
	Run   string
	Cause Cause
}

// DecideUndo gives a draw's units back. A draw that stands no more needs nothing.
func (s State) DecideUndo(c UndoDraw) ([]domain.Event, error) {
	if s.HasUndone(c.Draw) {
		return nil, nil
	}
	if !slices.ContainsFunc(s.Draws, func(d Draw) bool { return d.ID == c.Draw && d.Run == c.Run }) {
		return nil, domain.Refuse(domain.NotFound, "beneficiary.no-draw", "there is no draw %s for run %s", c.Draw, c.Run).
			WithNext("check the run and the draw in the list")
	}
	return []domain.Event{Undrawn{Cause: c.Cause, Draw: c.Draw, Person: s.Person, Run: c.Run}}, nil
}
