package rulebook

import (
	"slices"
	"strings"

	"almoner/domain"
)

// Status says on what a number rests.
type Status string

// A number is found in a document or public source that the rulebook names, or it is assumed, with a note saying why.
const (
	Found   Status = "found"
	Assumed Status = "assumed"
)

// The payers of a component.
const (
	PayerGovernment = "government" // public money, divided among levels by its fund
	PayerEmployer   = "employer"   // an employer's money that passes through this ledger
	PayerExternal   = "external"   // paid by others directly: confirmed here, worth nothing here
)

// Component is the part of a rate that one payer owes, under one document.
type Component struct {
	Amount   domain.Money `json:"amount"`             // yuan for the whole unit
	Payer    string       `json:"payer"`              // government, employer or external
	Document string       `json:"document,omitempty"` // 文号; empty if the rulebook knows a source but no number
	Source   string       `json:"source,omitempty"`   // key of the document in the rulebook, empty if assumed
	Fund     string       `json:"fund,omitempty"`     // funding key
	Status   Status       `json:"status"`             // found or assumed
}

// Rate is the money of one accrual unit of one class.
type Rate struct {
	Row        string       // ids of the rate rows it comes from, joined by "+", such as "bereaved/2022-07"
	Amount     domain.Money // for the unit, external payers left out
	Components []Component  // they sum to Amount
	External   []Component  // what external payers owe for the unit; never part of Amount
}

// Row is one line of a rate table: from a month on, so much per month, quarter, half-year, year or once. It holds until
// the next row that matches. A key may leave an attribute out, which then may have any value; of rows from the same
// month, the one that names more attributes wins.
type Row struct {
	ID         string
	Key        Key
	From       domain.Period // a month
	Per        domain.PeriodKind
	Components []Component // for the row's own period
}

// RateFor returns what one accrual unit is worth to the class key.
//
// A unit of several months is the sum over its months, so that a change of rate inside it is exact; a month of a yearly
// amount A is round(A·k/12) − round(A·(k−1)/12), k being its place in the calendar year (EVENTS.md section 8). It refuses
// with rulebook.wrong-unit, rulebook.unknown-class or rulebook.no-rate.
func (r *Rulebook) RateFor(key Key, unit domain.Period) (Rate, error) {
	if unit.Kind() != r.unit {
		return Rate{}, domain.Refuse(domain.Invalid, "rulebook.wrong-unit", "%s accrues by %s, and %q is not one", r.ID(), r.unit, unit).
			WithNext("ask for a %s", r.unit)
	}
	if err := r.checkKey(key); err != nil {
		return Rate{}, err
	}
	if r.unit == domain.Once {
		return r.onceRate(key)
	}
	sum := newRateSum()
	for _, month := range unit.Months() {
		row := r.rowFor(key, month)
		if row == nil {
			return Rate{}, r.refuseNoRate(key, month)
		}
		sum.add(row, row.month(month))
	}
	return sum.rate(), nil
}

func (r *Rulebook) onceRate(key Key) (Rate, error) {
	for i := range r.rows {
		if row := &r.rows[i]; row.Key.matches(key) {
			sum := newRateSum()
			sum.add(row, row.Components)
			return sum.rate(), nil
		}
	}
	return Rate{}, r.refuseNoRate(key, domain.PeriodOf(domain.Once, domain.Date{}))
}

func (r *Rulebook) refuseNoRate(key Key, unit domain.Period) error {
	return domain.Refuse(domain.Refused, "rulebook.no-rate", "%s has no rate for %s in %s", r.ID(), key, unit).
		WithNext("publish a rulebook with a rate row for that class from that month or earlier")
}

// checkKey refuses a key that is not made of exactly the declared attributes with declared values.
func (r *Rulebook) checkKey(key Key) error {
	if len(key) == len(r.attributes) {
		known := true
		for name, value := range key {
			known = known && slices.Contains(r.attributes[name], value)
		}
		if known {
			return nil
		}
	}
	return domain.Refuse(domain.Invalid, "rulebook.unknown-class", "%s has no class %s", r.ID(), key).
		WithNext("use one of its classes: %s", strings.Join(r.classNames(), "; "))
}

func (r *Rulebook) classNames() []string {
	names := []string{}
	for _, key := range r.Keys() {
		names = append(names, key.String())
	}
	return names
}

// rowFor returns the row in force for key in a month, or nil. The rows are sorted latest first and, within a month,
// most specific first.
func (r *Rulebook) rowFor(key Key, month domain.Period) *Row {
	for i := range r.rows {
		row := &r.rows[i]
		if row.From.Compare(month) <= 0 && row.Key.matches(key) {
			return row
		}
	}
	return nil
}

// month returns the row's components for one month inside its period. Running totals are rounded rather than parts: the
// components of a month sum to the month, and the months of one component sum to that component.
func (row *Row) month(month domain.Period) []Component {
	n := monthsIn(row.Per)
	k := (int64(month.IndexInYear())-1)%n + 1
	parts := slices.Clone(row.Components)
	paid, external := rounder{k: k, n: n}, rounder{k: k, n: n}
	for i := range parts {
		if parts[i].Payer == PayerExternal {
			parts[i].Amount = external.next(parts[i].Amount)
			continue
		}
		parts[i].Amount = paid.next(parts[i].Amount)
	}
	return parts
}

// rounder hands out month k of n of consecutive amounts, rounding their running total.
type rounder struct {
	k, n  int64
	total domain.Money // of the whole amounts so far
	given domain.Money // of the month's parts so far
}

func (s *rounder) next(amount domain.Money) domain.Money {
	s.total = s.total.Add(amount)
	upTo := s.total.Portion(s.k, s.n).Sub(s.total.Portion(s.k-1, s.n))
	part := upTo.Sub(s.given)
	s.given = upTo
	return part
}

// monthsIn is how many months a row's period has.
func monthsIn(kind domain.PeriodKind) int64 {
	switch kind {
	case domain.Quarter:
		return 3
	case domain.Half:
		return 6
	case domain.Year:
		return 12
	}
	return 1
}

// rateSum adds up the months of one unit.
type rateSum struct {
	rows  []string
	parts []Component
}

func newRateSum() *rateSum { return &rateSum{} }

func (s *rateSum) add(row *Row, parts []Component) {
	if !slices.Contains(s.rows, row.ID) {
		s.rows = append(s.rows, row.ID)
	}
	for _, part := range parts {
		i := slices.IndexFunc(s.parts, func(c Component) bool { return c.sameSource(part) })
		if i < 0 {
			s.parts = append(s.parts, part)
			continue
		}
		s.parts[i].Amount = s.parts[i].Amount.Add(part.Amount)
	}
}

func (s *rateSum) rate() Rate {
	rate := Rate{Row: strings.Join(s.rows, "+")}
	for _, part := range s.parts {
		if part.Payer == PayerExternal {
			rate.External = append(rate.External, part)
			continue
		}
		rate.Components = append(rate.Components, part)
		rate.Amount = rate.Amount.Add(part.Amount)
	}
	return rate
}

// sameSource reports whether both components are owed by the same payer from the same fund under the same document.
func (c Component) sameSource(other Component) bool {
	return c.Payer == other.Payer && c.Document == other.Document && c.Source == other.Source && c.Fund == other.Fund &&
		c.Status == other.Status
}
