package rulebook

import (
	"cmp"
	"fmt"
	"slices"

	"almoner/domain"
)

// The parts of a rulebook that say how much, and who pays.

func (c *checker) checkFunding() {
	for _, s := range c.src.Funding {
		fund := c.code(s.Fund, "funding fund")
		made := fundShares{fund: fund, from: c.month(s.From, "funding "+fund+" from")}
		for _, share := range s.Shares {
			level := c.choice(share.Level, "funding level", "", "central", "province", "city", "county", "town", "employer")
			made.shares = append(made.shares, Share{level, int64(c.integer(share.Weight, "weight of "+level, 1, 1_000_000))})
		}
		if len(s.Shares) == 0 {
			c.add(s.Fund.line, "list who pays which share", "fund %s has no shares", fund)
		}
		if slices.ContainsFunc(c.book.funds, func(f fundShares) bool { return f.fund == fund && f.from == made.from }) {
			c.add(s.From.line, "keep one", "fund %s has two rows from %s", fund, made.from)
		}
		c.needGrounds(s.grounds, s.Fund.line, "fund "+fund)
		c.book.funds = append(c.book.funds, made)
	}
	slices.SortStableFunc(c.book.funds, func(a, b fundShares) int { return b.from.Compare(a.from) })
}

func (c *checker) checkRates() {
	if len(c.src.Rates) == 0 {
		c.add(0, "add at least one rate row", "rates is missing")
	}
	for _, s := range c.src.Rates {
		row := Row{Key: c.key(s.Key, s.From.line, false), From: c.month(s.From, "rate from"), Per: c.period(s.Per, "rate per")}
		row.ID = row.Key.values() + "/" + row.From.String()
		if (row.Per == domain.Once) != (c.book.unit == domain.Once) {
			c.add(s.Per.line, "use per: once exactly where unit is once", "rate %s is per %s, but units are per %s", row.ID, row.Per, c.book.unit)
		}
		for _, part := range s.Components {
			row.Components = append(row.Components, c.component(part, row.ID))
		}
		if len(s.Components) == 0 {
			c.add(s.From.line, "list amount and payer of at least one component", "rate %s has no components", row.ID)
		}
		c.checkAmbiguous(row, s.From.line)
		c.book.rows = append(c.book.rows, row)
	}
	slices.SortStableFunc(c.book.rows, func(a, b Row) int {
		return cmp.Or(b.From.Compare(a.From), cmp.Compare(len(b.Key), len(a.Key)))
	})
}

// checkAmbiguous refuses two rows that could both be the rate of one class from one month. Of a one-off there is only one
// rate for a class, as a single unit has no month.
func (c *checker) checkAmbiguous(row Row, line int) {
	for _, other := range c.book.rows {
		together := other.From == row.From || row.Per == domain.Once
		if together && len(other.Key) == len(row.Key) && other.Key.overlaps(row.Key) {
			c.add(line, "give each class one row from a month", "rates %s and %s are both for the same class", other.ID, row.ID)
		}
	}
}

func (c *checker) component(s componentSource, row string) Component {
	what := "rate " + row
	part := Component{
		Amount: c.money(s.Amount, "amount of "+what),
		Payer:  c.choice(s.Payer, "payer of "+what, "", PayerGovernment, PayerEmployer, PayerExternal),
		Status: Found,
	}
	c.needGrounds(s.grounds, s.Amount.line, what)
	if s.Status.text == string(Assumed) {
		part.Status = Assumed
	} else {
		part.Source = s.Document.text
		part.Document = c.book.documents[s.Document.text].Number
	}
	if !s.Fund.absent() {
		part.Fund = c.code(s.Fund, "fund of "+what)
		if !slices.ContainsFunc(c.book.funds, func(f fundShares) bool { return f.fund == part.Fund }) {
			c.add(s.Fund.line, "add a funding row for it", "fund %s of %s has no shares", part.Fund, what)
		}
	}
	return part
}

// checkCoverage requires that every class has a rate from the first month of the programme.
func (c *checker) checkCoverage() {
	if len(c.all) > 0 {
		return // a broken row or class would only repeat itself here
	}
	first := c.book.from.MonthPeriod()
	for _, key := range c.book.Keys() {
		if c.book.unit == domain.Once {
			if _, err := c.book.onceRate(key); err == nil {
				continue
			}
		} else if c.book.rowFor(key, first) != nil {
			continue
		}
		c.add(0, fmt.Sprintf("add a rate row from %s, or begin the programme later", first), "class %s has no rate from the programme's first month", key)
	}
}

func (c *checker) checkDeductions() {
	s := c.src.Deductions
	c.book.setOff = c.integer(s.CapPercent, "deductions.cap-percent", 0, 100)
	c.needGrounds(s.grounds, s.CapPercent.line, "deductions")
}
