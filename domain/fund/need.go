package fund

import (
	"cmp"
	"maps"
	"math/big"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// Need counts what a run needs, line by line, for a request. The zero value is not usable: see NewNeed.
type Need struct {
	book    *rulebook.Rulebook
	classes map[string]*ClassNeed
	rates   map[rateKey]*Standard
	shares  map[shareKey]domain.Money // gross, by whose money it is
	persons map[string]bool
	total   domain.Money
}

type rateKey struct{ class, row, unit, rate string }

// shareKey names one division among levels: a funding key and the month that decides which division holds.
type shareKey struct {
	fund string
	unit domain.Period
}

// NewNeed starts counting under a rulebook.
func NewNeed(book *rulebook.Rulebook) *Need {
	return &Need{book: book, classes: map[string]*ClassNeed{}, rates: map[rateKey]*Standard{}, shares: map[shareKey]domain.Money{}, persons: map[string]bool{}}
}

func (n *Need) class(name string) *ClassNeed {
	if n.classes[name] == nil {
		n.classes[name] = &ClassNeed{Class: name}
	}
	return n.classes[name]
}

// NeedLine is one line of a run as a request counts it.
type NeedLine struct {
	Person string
	Class  string
	Net    domain.Money // 实发
	Items  []beneficiary.Item
	Before bool // the last run paid this person in this class
}

// Add counts a line.
func (n *Need) Add(line NeedLine) {
	c := n.class(line.Class)
	c.Lines++
	c.Amount = c.Amount.Add(line.Net)
	if !line.Before {
		c.Entered++
	}
	n.persons[line.Person] = true
	n.total = n.total.Add(line.Net)
	for _, item := range line.Items {
		n.item(line.Class, item)
	}
}

// item counts one unit under its rate, and under the division that pays it.
func (n *Need) item(class string, item beneficiary.Item) {
	unit := string(item.Unit.Kind())
	rate := item.Amount
	if item.Kind == beneficiary.TopUp || item.Kind == beneficiary.Deduction {
		rate = domain.Money{}
	}
	key := rateKey{class, item.Row, unit, rate.String()}
	if n.rates[key] == nil {
		n.rates[key] = &Standard{Rate: rate, Row: item.Row, Unit: unit}
	}
	n.rates[key].Units++
	n.rates[key].Amount = n.rates[key].Amount.Add(item.Amount)
	for _, part := range item.Components {
		if part.Payer == rulebook.PayerExternal {
			continue
		}
		name := shareKey{part.Fund, item.Unit}
		amount := part.Amount
		if item.Amount.Sign() < 0 && amount.Sign() > 0 {
			amount = amount.Neg()
		}
		n.shares[name] = n.shares[name].Add(amount)
	}
}

// Was counts a line of the last run; held says that this run holds it, paid that this run pays it in the same class.
func (n *Need) Was(class string, paid, held bool) {
	c := n.class(class)
	c.Before++
	switch {
	case paid:
	case held:
		c.Held++
	default:
		c.Exited++
	}
}

// Persons is how many different people have a line.
func (n *Need) Persons() int { return len(n.persons) }

// Total is the sum of all lines.
func (n *Need) Total() domain.Money { return n.total }

// Classes lists the classes in their order, each with its rates.
func (n *Need) Classes() []ClassNeed {
	out := []ClassNeed{}
	for _, name := range slices.Sorted(maps.Keys(n.classes)) {
		c := *n.classes[name]
		for key, standard := range n.rates {
			if key.class == name {
				c.Standards = append(c.Standards, *standard)
			}
		}
		slices.SortFunc(c.Standards, func(a, b Standard) int {
			return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Unit, b.Unit), a.Rate.Cmp(b.Rate))
		})
		out = append(out, c)
	}
	return out
}

// Shares divides the total among levels: each level's weight is what it would pay of all units by the divisions of the
// rulebook, exactly; the total is then divided once, by largest remainder. Money without a division, of employers or of a
// rate that names no fund, stands under PayerEmployer or Undivided.
func (n *Need) Shares() ([]Share, error) {
	if n.total.IsZero() {
		return []Share{}, nil
	}
	weights, err := n.weights()
	if err != nil {
		return nil, err
	}
	levels := slices.SortedFunc(maps.Keys(weights), func(a, b string) int { return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a, b)) })
	parts := make([]int64, len(levels))
	for i, level := range levels {
		parts[i] = weights[level]
	}
	shares := make([]Share, len(levels))
	for i, amount := range n.total.Split(parts) {
		shares[i] = Share{Amount: amount, Level: levels[i], Weight: parts[i]}
	}
	return shares, nil
}

// Undivided is the level of money that the rulebook divides among no levels.
const Undivided = "undivided"

func order(level string) int {
	if i := slices.Index(Levels(), level); i >= 0 {
		return i
	}
	return len(Levels())
}

// division is money that one row of the rulebook divides.
type division struct {
	gross  *big.Int // fen
	shares []rulebook.Share
	sum    *big.Int // of the shares' weights
}

// divisions are what the units come to by who pays them. Where deductions of earlier months outweigh what is due, nobody pays
// less than nothing.
func (n *Need) divisions() ([]division, error) {
	var all []division
	for key, gross := range n.shares {
		if gross.Sign() <= 0 {
			continue
		}
		d := division{gross: big.NewInt(gross.Fen()), shares: []rulebook.Share{{Level: Undivided, Weight: 1}}, sum: new(big.Int)}
		if key.fund != "" {
			shares, err := n.book.FundingShares(key.fund, key.unit)
			if err != nil {
				return nil, err
			}
			d.shares = shares
		}
		for _, s := range d.shares {
			d.sum.Add(d.sum, big.NewInt(s.Weight))
		}
		all = append(all, d)
	}
	return all, nil
}

// weights are the levels' weights in lowest terms: of each division gross × weight ÷ sum of weights, all brought to one
// denominator, so that nothing is rounded.
func (n *Need) weights() (map[string]int64, error) {
	all, err := n.divisions()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return map[string]int64{Undivided: 1}, nil
	}
	denominator := big.NewInt(1)
	for _, d := range all {
		common := new(big.Int).GCD(nil, nil, denominator, d.sum)
		denominator.Mul(denominator.Div(denominator, common), d.sum)
	}
	exact, common := map[string]*big.Int{}, new(big.Int)
	for _, d := range all {
		for _, s := range d.shares {
			part := new(big.Int).Mul(d.gross, new(big.Int).Mul(big.NewInt(s.Weight), new(big.Int).Div(denominator, d.sum)))
			if exact[s.Level] == nil {
				exact[s.Level] = new(big.Int)
			}
			exact[s.Level].Add(exact[s.Level], part)
		}
	}
	total := new(big.Int)
	for _, w := range exact {
		common.GCD(nil, nil, common, w)
		total.Add(total, w)
	}
	if !total.Div(total, common).IsInt64() {
		return nil, domain.Refuse(domain.Refused, "fund.shares", "what the levels pay has no common measure that can be counted").
			WithNext("publish divisions with smaller weights, such as 5, 3 and 2")
	}
	weights := make(map[string]int64, len(exact))
	for level, w := range exact {
		weights[level] = w.Div(w, common).Int64()
	}
	return weights, nil
}

// Basis lists the documents a rulebook rests on, in the order of their keys.
func Basis(book *rulebook.Rulebook) []BasisDocument {
	documents := book.Documents()
	out := []BasisDocument{}
	for _, key := range slices.Sorted(maps.Keys(documents)) {
		out = append(out, BasisDocument{Key: key, Number: documents[key].Number, Title: documents[key].Title})
	}
	return out
}
