package ledger_test

import (
	"cmp"
	"slices"

	"almoner/domain"
)

// The model of TestRandomHistories: what a careful clerk with a squared notebook would know. Months are counted from
// January 2022, money is whole yuan. A person's facts are plain values that say what is true now, money is worked out anew from
// them and from the lines that stand, and nothing here knows of events, streams, revisions or signatures.

// open is the last month of who has not left.
const open = 1 << 20

// worth of a month in a class: test-support's rates.
func monthly(class string, month int) int {
	yuan := map[string]int{"couple": 50, "alone": 80}[class]
	if month >= 6 {
		yuan += 10
	}
	return yuan
}

// since is something that holds from a month on, until the next of its list.
type since[T any] struct {
	from int
	is   T
}

func holds[T any](list []since[T], month int) T {
	is := list[0].is
	for _, s := range list[1:] {
		if month >= s.from {
			is = s.is
		}
	}
	return is
}

type place struct {
	office  string
	village domain.AreaCode
}

// pause is a suspension of the months from until to (exclusive; open while it lasts).
type pause struct {
	from, to int
	forfeit  bool
	restored []int
}

// share is one month's part of a line.
type share struct {
	month, yuan int
	kind        string
}

// line is one person's line in a run.
type line struct {
	run    *run
	number int
	shares []share
	kept   []keeping // for debts
	net    int
}

// paid is what the person had of the line: what was sent, and what went off their debts.
func (l *line) paid() int { return l.net + l.keeps() }

func (l *line) keeps() int {
	sum := 0
	for _, k := range l.kept {
		sum += k.yuan
	}
	return sum
}

// keeping is what a line keeps back for a debt.
type keeping struct {
	of   *debt
	yuan int
}

// debt is what one leaving found paid too much. A plan keeps back up to a cap from each line of a month on.
type debt struct {
	excess   []excess
	returned int
	cap      int // 0: no plan
	from     int
	void     bool
}

func (d *debt) left() int {
	if d.void {
		return 0
	}
	sum := -d.returned
	for _, e := range d.excess {
		sum += e.yuan
	}
	return sum
}

// excess is money found paid and not due, put down to the line that paid it.
type excess struct {
	of          *line
	month, yuan int
}

// noMonth is the month of an excess that is no month's: a deduction that was listed and never netted.
const noMonth = 1 << 21

// member is one person.
type member struct {
	n           int // which of the people
	person      string
	name        domain.PersonName
	number      string
	first, last int
	enrolled    bool
	account     bool
	class       []since[string]
	place       []since[place]
	pauses      []pause
	lines       []*line     // that stand
	debts       []*debt     // in the order in which they were found
	lastFact    domain.Date // of the present marriage
}

func (p *member) gone() bool { return p.last != open }

func (p *member) latest() place { return p.place[len(p.place)-1].is }

// due is what a month is worth, and how it stands on the roll; an empty status is not on it.
func (p *member) due(month int) (yuan int, status string) {
	if !p.enrolled || month < p.first || month > p.last {
		return 0, ""
	}
	status = "running"
	for _, s := range p.pauses {
		switch {
		case month < s.from || month >= s.to || slices.Contains(s.restored, month):
		case s.forfeit:
			return 0, "forfeited"
		case s.to == open:
			status = "withheld"
		}
	}
	return monthly(holds(p.class, month), month), status
}

// had is what the standing lines come to for a month, less what was found overpaid.
func (p *member) had(month int) int {
	sum := 0
	for _, l := range p.lines {
		for _, s := range l.shares {
			if s.month == month {
				sum += s.yuan
			}
		}
	}
	for _, e := range p.excess() {
		if e.month == month {
			sum -= e.yuan
		}
	}
	return sum
}

// excess of all debts that stand.
func (p *member) excess() []excess {
	var all []excess
	for _, d := range p.debts {
		if !d.void {
			all = append(all, d.excess...)
		}
	}
	return all
}

// keep is what a line of a month keeps back of its money: the oldest debt first, each up to its cap, all up to the highest cap.
func (p *member) keep(month, money int) []keeping {
	highest := 0
	for _, d := range p.debts {
		if d.cap > highest && d.from <= month && d.left() > 0 {
			highest = d.cap
		}
	}
	var kept []keeping
	money = min(money, highest)
	for _, d := range p.debts {
		if part := min(money, d.cap, d.left()); part > 0 && d.from <= month {
			kept = append(kept, keeping{d, part})
			money -= part
		}
	}
	return kept
}

// carried is what lines listed and did not pay out (negative) or paid out and no longer list.
func (p *member) carried() int {
	sum := 0
	for _, l := range p.lines {
		sum -= l.paid()
		for _, s := range l.shares {
			sum += s.yuan
		}
	}
	for _, e := range p.excess() {
		if e.month == noMonth {
			sum += e.yuan
		}
	}
	return sum
}

// firstMonth and lastMonth bound every history.
const (
	firstMonth = -2
	lastMonth  = 14
)

// next is what a run up to a month lists for the person: shares and what is paid, or why not. Reason "none" is no mention.
func (p *member) next(r *run) (l *line, reason string, held int) {
	_, onRoll := p.due(r.month)
	if holds(p.place, r.month).office != r.office {
		return nil, "none", 0
	}
	l = &line{run: r}
	withheld, total := 0, p.carried()
	for month := firstMonth; month <= lastMonth; month++ {
		yuan, status := p.due(month)
		had := p.had(month)
		if month > r.month && !(p.gone() && had != 0) {
			continue // later runs pay it; but who left has one balance, over all the months that were ever listed
		}
		if status == "withheld" && yuan > had {
			withheld += yuan - had
			continue
		}
		if yuan != had {
			l.shares = append(l.shares, share{month, yuan - had, kindOf(yuan, had, month, r.month)})
			total += yuan - had
		}
	}
	l.kept = p.keep(r.month, total)
	switch {
	case len(l.shares) == 0 && total <= 0 && withheld > 0:
		return nil, "suspended", withheld
	case len(l.shares) == 0 && total <= 0 && onRoll == "":
		return nil, "none", 0
	case len(l.shares) == 0 && total <= 0:
		return nil, "not-due", 0
	case total > l.keeps() && !p.account:
		return nil, "no-account", total
	}
	l.net = max(total, 0) - l.keeps()
	return l, "", 0
}

func kindOf(due, had, month, covered int) string {
	switch {
	case due < had:
		return "deduction"
	case had != 0:
		return "arrears" // a top-up: the totals add both up
	case month < covered:
		return "arrears"
	}
	return "regular"
}

// leave ends the right with a month. What was paid beyond everything due is found now and put down to lines, the latest first, to
// none more than it paid.
func (p *member) leave(last int) {
	p.last = last
	total := p.carried()
	surplus := map[int]int{}
	for month := firstMonth; month <= lastMonth; month++ {
		yuan, _ := p.due(month)
		surplus[month] = p.had(month) - yuan
		total -= surplus[month]
	}
	found := &debt{}
	defer func() {
		if len(found.excess) > 0 {
			p.debts = append(p.debts, found)
		}
	}()
	take := func(l *line, month, most int) {
		if part := min(most, p.owns(l)-found.by(l), -total); part > 0 {
			surplus[month] -= part
			total += part
			found.excess = append(found.excess, excess{l, month, part})
		}
	}
	for _, l := range slices.Backward(p.lines) {
		for _, s := range slices.Backward(l.shares) {
			take(l, s.month, min(surplus[s.month], s.yuan))
		}
	}
	for _, l := range slices.Backward(p.lines) {
		take(l, noMonth, l.paid())
	}
}

// owns is what a line paid and has not been found overpaid.
func (p *member) owns(l *line) int {
	left := l.paid()
	for _, d := range p.debts {
		if !d.void {
			left -= d.by(l)
		}
	}
	return left
}

// by is what of a debt a line paid.
func (d *debt) by(l *line) int {
	sum := 0
	for _, e := range d.excess {
		if e.of == l {
			sum += e.yuan
		}
	}
	return sum
}

// come adds a line to those that stand; what it keeps back is off the debts.
func (p *member) come(l *line) {
	p.lines = append(p.lines, l)
	for _, k := range l.kept {
		k.of.returned += k.yuan
	}
}

// undo takes a line away, with what was overpaid by it and what it kept back.
func (p *member) undo(l *line) {
	p.lines = slices.DeleteFunc(p.lines, func(x *line) bool { return x == l })
	for _, d := range p.debts {
		d.excess = slices.DeleteFunc(d.excess, func(x excess) bool { return x.of == l })
	}
	for _, k := range l.kept {
		k.of.returned -= k.yuan
	}
}

// stay takes a leaving back: what it found is owed no more, unless some of it has come back by now.
func (p *member) stay() {
	p.last = open
	for _, d := range p.debts {
		d.void = d.void || d.returned == 0
	}
}

// run is a pay run of one town for one month.
type run struct {
	id       string
	office   string
	month    int
	lines    map[*member]*line
	held     map[*member]string
	heldSum  map[*member]int
	released bool
	over     bool // cancelled
}

// prepare draws for everybody.
func (r *run) prepare(people []*member) {
	r.lines, r.held, r.heldSum = map[*member]*line{}, map[*member]string{}, map[*member]int{}
	for _, p := range people {
		if !p.enrolled {
			continue
		}
		l, reason, sum := p.next(r)
		switch {
		case reason == "":
			r.lines[p] = l
			p.come(l)
		case reason != "none":
			r.held[p], r.heldSum[p] = reason, sum
		}
	}
}

func (r *run) undo() {
	for p, l := range r.lines {
		p.undo(l)
	}
	r.lines = map[*member]*line{}
}

// sums are what the released lines of a town and month come to.
type sums struct {
	Lines, Persons, Due, Arrears, Deducted, Recovered, Net int
}

func sumsOf(runs []*run, office string, month int) sums {
	var s sums
	paid := map[*member]bool{}
	for _, r := range runs {
		if !r.released || r.office != office || r.month != month {
			continue
		}
		for p, l := range r.lines {
			s.Lines++
			s.Net += l.net
			s.Recovered -= l.keeps()
			if l.net > 0 {
				paid[p] = true
			}
			for _, x := range l.shares {
				switch x.kind {
				case "regular":
					s.Due += x.yuan
				case "arrears":
					s.Arrears += x.yuan
				case "deduction":
					s.Deducted += x.yuan
				}
			}
		}
	}
	s.Persons = len(paid)
	return s
}

// onRoll is one line of a roll.
type onRoll struct {
	Person  string
	Office  string
	Village domain.AreaCode
	Class   string
	Status  string
}

func rollOf(people []*member, month int) []onRoll {
	roll := []onRoll{}
	for _, p := range people {
		if _, status := p.due(month); status != "" {
			at := holds(p.place, month)
			roll = append(roll, onRoll{p.person, at.office, at.village, "home=" + holds(p.class, month), status})
		}
	}
	slices.SortFunc(roll, func(a, b onRoll) int { return cmp.Compare(a.Person, b.Person) })
	return roll
}
