package beneficiary_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	. "almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/rulebook"
)

// The model: what each of 24 months is worth by class, which months the suspensions touch, and the money paid. It is all
// that the rules of money come to; the machine below holds State to it over random histories.
type model struct {
	class       [months]string
	suspensions []*pause
	last        int // last month due, −1: none, months: open
	paid        map[string]domain.Money
}

type pause struct {
	event, endBy string
	effect       Effect
	from, to     int // to is −1 while it lasts
	restored     []int
}

const months = 24

var worth = map[string]domain.Money{"boy": domain.Yuan(100), "girl": domain.Yuan(110)}

// due is what month m is worth; withheld says that it is not to be paid yet.
func (m *model) due(month int) (amount domain.Money, withheld bool) {
	if month > m.last {
		return domain.Money{}, false
	}
	for _, p := range m.suspensions {
		touched := month >= p.from && (p.to < 0 || month < p.to) && !slices.Contains(p.restored, month)
		if touched && p.effect == Forfeit {
			return domain.Money{}, false
		}
		withheld = withheld || touched && p.to < 0
	}
	return worth[m.class[month]], withheld
}

func unit(i int) domain.Period { return domain.MustPeriod("2022-01").Add(i) }

func index(p domain.Period) int { return p.Sub(domain.MustPeriod("2022-01")) }

// machine sends random commands to one person with one enrolment.
type machine struct {
	m      model
	s      State
	rev    int64
	runs   int
	drawn  int // last month of any run so far
	before []remembered
	seen   map[string]int
}

// remembered is an earlier state with its bytes: no later fold may change it.
type remembered struct {
	s     State
	bytes string
}

func bytesOf(t *rapid.T, s State) string {
	b, err := codec.Marshal(s)
	require.NoError(t, err)
	return string(b)
}

func (x *machine) fold(t *rapid.T, events []domain.Event, err error) []string {
	if err != nil {
		var refused *domain.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Empty(t, events)
		x.seen[refused.Rule]++
		return nil
	}
	var ids []string
	for _, e := range events {
		x.before = append(x.before, remembered{x.s, bytesOf(t, x.s)})
		id := fmt.Sprintf("event-%d", x.rev)
		ids = append(ids, id)
		x.s = Evolve(x.s, domain.Fact{Event: e, ID: id, Revision: x.rev, Cause: "c" + id})
		x.rev++
		x.seen[e.EventType()]++
	}
	return ids
}

func newMachine(t *rapid.T, seen map[string]int) *machine {
	x := &machine{m: model{last: months, paid: map[string]domain.Money{}}, seen: seen}
	x.fold(t, []domain.Event{Registered{Person: "wang"}, AccountChanged{HolderPerson: "wang", Relation: "self"}}, nil)
	for i := range months {
		x.m.class[i] = "boy"
	}
	e := Enrolled{
		Enrolment: "e1", Programme: "p1", Region: "340000", Group: "g", Office: "town", Village: "340311101201", Origin: DecidedHere, FirstUnit: unit(0),
		Classes: []rulebook.ClassFrom{{From: unit(0), Key: rulebook.Key{"child": "boy"}}}, Share: "1/1", Unit: PerPerson, Person: "wang",
	}
	if rapid.Bool().Draw(t, "opening overpayment") {
		e.Origin, e.Document, e.OpeningOver = CarriedOver, "list", domain.Yuan(70)
	}
	events, err := x.s.DecideEnrol(e)
	require.Len(t, x.fold(t, events, err), 1)
	return x
}

func (x *machine) e() Enrolment { e, _ := x.s.Enrolment("e1"); return e }

func month(t *rapid.T, name string) int { return rapid.IntRange(0, months-1).Draw(t, name) }

func (x *machine) run(t *rapid.T) Run {
	to := min(months-1, x.drawn+rapid.IntRange(0, 3).Draw(t, "on"))
	from := rapid.IntRange(0, to).Draw(t, "from")
	return Run{Run: fmt.Sprintf("run-%d", x.runs), Office: x.e().PlaceAt(unit(to)).Office, From: unit(from), To: unit(to)}
}

func (x *machine) draw(t *rapid.T) {
	r := x.run(t)
	c := TakeDraw{Run: r, Enrolment: "e1", Line: 1, PayRef: "R", Draw: "draw-" + r.Run}
	total, _, err := x.s.Pending(x.e(), r, Fixed())
	require.NoError(t, err)
	events, err := x.s.DecideDraw(c, Fixed())
	again, errAgain := x.s.DecideDraw(c, Fixed())
	require.Equal(t, err, errAgain)
	require.Equal(t, events, again)
	if x.fold(t, events, err) == nil {
		return
	}
	x.runs++
	x.drawn = max(x.drawn, index(r.To))
	d := events[0].(Drawn)
	x.m.paid[d.Draw] = d.Net.Sub(d.Recovered) // what is kept back for a debt is had as well
	kept := domain.Money{}
	for _, part := range d.SetOffs {
		require.Positive(t, part.Amount.Sign())
		kept = kept.Add(part.Amount)
	}
	require.True(t, kept.Equal(d.Recovered.Neg()))
	sum := d.CarriedIn
	seen := map[domain.Period]bool{}
	for _, i := range d.Items {
		require.False(t, seen[i.Unit], "%s stands twice", i.Unit)
		require.False(t, i.Unit.After(r.To), "%s is beyond the run", i.Unit)
		require.False(t, i.Amount.IsZero())
		require.Equal(t, i.Kind == Deduction, i.Amount.Sign() < 0)
		seen[i.Unit] = true
		sum = sum.Add(i.Amount)
		parts := domain.Money{}
		for _, c := range i.Components {
			parts = parts.Add(c.Amount)
		}
		require.True(t, parts.Equal(i.Amount), "components of %s: %s, not %s", i.Unit, parts, i.Amount)
	}
	require.True(t, sum.Equal(total))
	require.True(t, d.Net.Sub(d.Recovered).Add(d.Carried).Equal(total) && (d.Net.IsZero() && kept.IsZero() || d.Carried.IsZero()) && d.Net.Sign() >= 0 && d.Carried.Sign() <= 0)
	require.True(t, d.Due.Add(d.Arrears).Add(d.Deducted).Add(d.CarriedIn).Equal(total))
	x.exact(t, index(r.To))
}

// exact: after a draw each unit up to the run's last is drawn as it is due, or not beyond it while it is withheld.
func (x *machine) exact(t *rapid.T, to int) {
	had := map[domain.Period]domain.Money{}
	for _, d := range x.s.Draws {
		for _, i := range d.Items {
			had[i.Unit] = had[i.Unit].Add(i.Amount)
		}
	}
	for _, o := range x.s.Overpayments {
		for _, u := range o.Units {
			if !o.Void && !u.Unit.IsZero() {
				had[u.Unit] = had[u.Unit].Sub(u.Amount)
			}
		}
	}
	for i := range to + 1 {
		due, withheld := x.m.due(i)
		if withheld {
			require.LessOrEqual(t, had[unit(i)].Cmp(due), 0, unit(i))
			continue
		}
		require.Equal(t, due.String(), had[unit(i)].String(), unit(i))
	}
}

func (x *machine) undo(t *rapid.T) {
	if len(x.s.Draws) == 0 {
		return
	}
	d := rapid.SampledFrom(x.s.Draws).Draw(t, "draw")
	cause := rapid.SampledFrom([]Cause{Cancelled, SentBack, Stopped, Returned, Abandoned}).Draw(t, "cause")
	events, err := x.s.DecideUndo(UndoDraw{Draw: d.ID, Run: d.Run, Cause: cause})
	require.Len(t, x.fold(t, events, err), 1)
	delete(x.m.paid, d.ID)
}

func (x *machine) changeClass(t *rapid.T) {
	from, class := month(t, "from"), rapid.SampledFrom([]string{"boy", "girl"}).Draw(t, "class")
	events, err := x.s.DecideChangeClass(ClassChanged{Class: rulebook.Key{"child": class}, From: unit(from)}, "p1")
	x.fold(t, events, err)
	if err == nil {
		for i := from; i < months; i++ {
			x.m.class[i] = class
		}
	}
}

func (x *machine) suspend(t *rapid.T) {
	p := &pause{from: month(t, "from"), to: -1, effect: rapid.SampledFrom([]Effect{Withhold, Forfeit}).Draw(t, "effect")}
	events, err := x.s.DecideSuspend(Suspended{Effect: p.effect, From: unit(p.from), Reason: "prison", ReviewBy: domain.MustDate("2023-01-01")}, "p1")
	if ids := x.fold(t, events, err); ids != nil {
		p.event = ids[0]
		x.m.suspensions = append(x.m.suspensions, p)
	}
}

func (x *machine) resume(t *rapid.T) {
	from, e := month(t, "from"), Resumed{Enrolment: "e1"}
	var restored []int
	for i := range rapid.IntRange(0, 2).Draw(t, "restored") {
		restored = append(restored, (from+i*5)%months)
		e.Restored = append(e.Restored, unit(restored[i]))
	}
	e.From = unit(from)
	events, err := x.s.DecideResume(e, "p1")
	if ids := x.fold(t, events, err); ids != nil {
		for _, p := range x.m.suspensions {
			if p.to < 0 {
				p.to, p.endBy, p.restored = from, ids[0], restored
			}
		}
	}
}

func (x *machine) transfer(t *rapid.T) {
	to := rapid.SampledFrom([]string{"town", "city"}).Draw(t, "office")
	events, err := x.s.DecideTransfer(Transferred{FirstUnit: unit(month(t, "from")), ToOffice: to, ToVillage: "340311101201"}, "p1")
	x.fold(t, events, err)
}

func (x *machine) account(t *rapid.T) {
	events, err := x.s.DecideChangeAccount(AccountChanged{HolderPerson: "wang", Relation: "self"})
	x.fold(t, events, err)
}

func (x *machine) exit(t *rapid.T) {
	last := rapid.IntRange(-2, months-1).Draw(t, "last")
	e := Exited{Enrolment: "e1", Reason: "dead", Fault: NoFault, OccurredOn: domain.MustDate("2022-01-01"), ReportedOn: domain.MustDate("2022-01-01")}
	if last > -2 { // −2: nothing was ever due
		e.LastUnit = unit(last)
	}
	events, err := x.s.DecideExit(e, "p1", fmt.Sprintf("over-%d", x.rev), Fixed())
	if x.fold(t, events, err) != nil {
		x.m.last = max(last, -1)
	}
}

func (x *machine) correct(t *rapid.T) {
	var of []string
	if exit := x.e().Exit; exit != nil {
		of = append(of, exit.Event)
	}
	for _, p := range x.m.suspensions {
		of = append(of, p.event, p.endBy)
	}
	if len(of) == 0 {
		return
	}
	id := rapid.SampledFrom(of).Draw(t, "of")
	left := x.e().Exit != nil && x.e().Exit.Event == id
	events, err := x.s.DecideCorrect(Corrected{Of: id})
	if x.fold(t, events, err) == nil {
		return
	}
	if left {
		x.m.last = months
	}
	x.m.suspensions = slices.DeleteFunc(x.m.suspensions, func(p *pause) bool { return p.event == id })
	for _, p := range x.m.suspensions {
		if p.endBy == id {
			p.to, p.endBy, p.restored = -1, "", nil
		}
	}
}

func (x *machine) annul(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "rarely") > 0 {
		return
	}
	events, err := x.s.DecideAnnul(Annulled{Enrolment: "e1", Reason: "false"}, fmt.Sprintf("over-%d", x.rev), domain.MustDate("2022-01-01"), Fixed())
	if x.fold(t, events, err) != nil {
		x.m.last = -1
	}
}

// check holds the books to the model.
func (x *machine) check(t *rapid.T) {
	to := max(x.drawn, index(x.e().FirstUnit))
	net, owed, due := domain.Money{}, domain.Money{}, domain.Money{}
	for _, amount := range x.m.paid {
		net = net.Add(amount)
	}
	for _, o := range x.s.Overpayments {
		foots(t, o)
		if o.Cause != "opening" && o.Bank == nil {
			require.True(t, o.Loose.IsZero(), "an overpayment found by an exit is some draw's")
			if !o.Void {
				owed = owed.Add(o.Amount())
			}
		}
	}
	for i := range to + 1 {
		amount, _ := x.m.due(i)
		due = due.Add(amount)
	}
	next, withheld, err := x.s.Pending(x.e(), Run{Run: "check", Office: "town", From: unit(to), To: unit(to)}, Fixed())
	require.NoError(t, err)
	require.Equal(t, due.String(), net.Sub(owed).Add(next).Add(withheld).String(), "paid − overpaid + to pay + withheld = due through %s", unit(to))
	if x.e().Exit != nil || x.e().Annulled { // once all that is due may be netted
		end := unit(months - 1)
		next, withheld, err := x.s.Pending(x.e(), Run{Run: "check", Office: "town", From: end, To: end}, Fixed())
		require.NoError(t, err)
		require.GreaterOrEqual(t, next.Add(withheld).Sign(), 0, "what somebody who left owes stands as an overpayment, not as a carry")
	}

	bytes := bytesOf(t, x.s)
	var read State
	require.NoError(t, codec.Unmarshal(bytes, &read))
	require.Equal(t, bytes, bytesOf(t, read))
	for _, old := range x.before {
		require.Equal(t, old.bytes, bytesOf(t, old.s), "a later fold wrote to an earlier state")
	}
}

// foots: the entries of a recovery ledger come to what is outstanding.
func foots(t *rapid.T, o Overpayment) {
	sign := map[EntryKind]int64{EntryFound: 1, EntryVoid: -1, EntrySetOff: -1, EntrySetOffUndone: 1, EntryRecovered: -1, EntryWrittenOff: -1}
	left := domain.Money{}
	for _, e := range o.Entries {
		left = left.Add(e.Amount.Times(sign[e.Kind]))
	}
	require.Equal(t, o.Outstanding().String(), left.String(), "entries of %s: %v", o.ID, o.Entries)
}

// halfOf are rates under which a line may lose half of a month's money.
type halfOf struct{ Rates }

func (halfOf) SetOffCap() int { return 50 }

func (halfOf) PaidTogether(unit domain.Period) ([]domain.Period, error) {
	return []domain.Period{unit}, nil
}

func (x *machine) overpayment(t *rapid.T) (Overpayment, bool) {
	if len(x.s.Overpayments) == 0 {
		return Overpayment{}, false
	}
	return rapid.SampledFrom(x.s.Overpayments).Draw(t, "overpayment"), true
}

func (x *machine) plan(t *rapid.T) {
	if o, ok := x.overpayment(t); ok {
		events, err := x.s.DecidePlanRecovery(RecoveryPlanned{
			Cap: domain.Yuan(rapid.Int64Range(1, 60).Draw(t, "cap")), Enrolment: "e1", From: unit(month(t, "from")), Method: MethodSetOff, Overpayment: o.ID,
		}, halfOf{Fixed()})
		x.fold(t, events, err)
	}
}

func (x *machine) refund(t *rapid.T) {
	if o, ok := x.overpayment(t); ok {
		events, err := x.s.DecideRecover(Recovered{
			Amount: domain.Yuan(rapid.Int64Range(1, 120).Draw(t, "amount")), Method: MethodRefund, Overpayment: o.ID, ReceivedOn: domain.MustDate("2022-05-01"), Voucher: fmt.Sprintf("PZ-%d", x.rev),
		})
		x.fold(t, events, err)
	}
}

func (x *machine) writeOff(t *rapid.T) {
	if o, ok := x.overpayment(t); ok {
		events, err := x.s.DecideWriteOff(WrittenOff{Amount: domain.Yuan(rapid.Int64Range(1, 120).Draw(t, "amount")), Overpayment: o.ID, Reason: "poverty"})
		x.fold(t, events, err)
	}
}

// bank: a payment comes back, arrives after all, or is taken back once more. Asked twice it is one fact.
func (x *machine) bank(t *rapid.T) {
	var draws []UndoneDraw
	for _, d := range x.s.Draws {
		draws = append(draws, UndoneDraw{Draw: d.ID, Run: d.Run})
	}
	if draws = append(draws, x.s.Undone...); len(draws) == 0 {
		return
	}
	of := rapid.SampledFrom(draws).Draw(t, "draw")
	c := BankFact{Draw: of.Draw, Run: of.Run, BankFile: "bf", BankLine: int(x.rev), On: domain.MustDate("2022-06-01"), Amount: domain.Yuan(50)}
	switch rapid.SampledFrom([]string{"returned", "late", "reversed"}).Draw(t, "fact") {
	case "returned":
		c.Facts, c.Undraw = []string{"returned"}, true
		delete(x.m.paid, of.Draw)
	case "late":
		c.Facts, c.Overpaid, c.Overpayment = []string{"late"}, c.Amount, fmt.Sprintf("over-%d", x.rev)
	case "reversed":
		c.Facts, c.GotBack = []string{"reversed"}, c.Amount
	}
	events, err := x.s.DecideBankFact(c)
	require.NotNil(t, x.fold(t, events, err), "a bank fact was refused")
	events, err = x.s.DecideBankFact(c)
	require.NoError(t, err)
	require.Empty(t, events)
}

func TestRandomHistories(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		x := newMachine(t, seen)
		t.Repeat(map[string]func(*rapid.T){
			"": x.check, "draw": x.draw, "draw more": x.draw, "undo": x.undo, "class": x.changeClass, "suspend": x.suspend, "resume": x.resume,
			"transfer": x.transfer, "account": x.account, "exit": x.exit, "correct": x.correct, "annul": x.annul,
			"plan": x.plan, "refund": x.refund, "write off": x.writeOff, "bank": x.bank,
		})
	})
	for _, event := range []string{"drawn", "undrawn", "class-changed", "suspended", "resumed", "transferred", "account-changed", "exited", "overpaid", "corrected", "annulled", "recovery-planned", "recovered", "written-off", "settled-otherwise"} {
		require.Positive(t, seen["beneficiary."+event], event)
	}
}

// TestStateSurvivesItsBytes: what is folded after the bytes were read back is what would have been folded before.
func TestStateSurvivesItsBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newMachine(t, map[string]int{})
		for range 15 {
			rapid.SampledFrom([]func(*rapid.T){x.draw, x.undo, x.suspend, x.resume, x.exit, x.correct}).Draw(t, "step")(t)
		}
		var read State
		require.NoError(t, codec.Unmarshal(bytesOf(t, x.s), &read))
		r := Run{Run: "last", Office: x.e().PlaceAt(unit(months - 1)).Office, From: unit(0), To: unit(months - 1)}
		c := TakeDraw{Run: r, Enrolment: "e1", Line: 1, PayRef: "R", Draw: "last"}
		want, err := x.s.DecideDraw(c, Fixed())
		got, errRead := read.DecideDraw(c, Fixed())
		require.Equal(t, err, errRead)
		require.Equal(t, want, got)
	})
}
