package accounting

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"almoner/domain"
	"almoner/projections"
)

// Line is one line of a voucher (分录): an amount on one side of one account.
type Line struct {
	Account string // its code
	Summary string // 摘要
	Debit   domain.Money
	Credit  domain.Money
}

// Voucher is a 记账凭证: what one event did to the accounts, for one programme.
type Voucher struct {
	Month     domain.Period
	Number    int         // from 1 in its month
	On        domain.Date // in its month: the day it was recorded, or the nearest day of the month it is booked in
	LogIndex  int64
	Event     string
	Programme string
	Lines     []Line
}

// ID is the voucher's number in writing.
func (v Voucher) ID() string { return fmt.Sprintf("%s-记-%04d", v.Month, v.Number) }

// Summary is the summary of its first line.
func (v Voucher) Summary() string { return v.Lines[0].Summary }

// Total is the sum of its debits, and of its credits.
func (v Voucher) Total() domain.Money {
	var sum domain.Money
	for _, l := range v.Lines {
		sum = sum.Add(l.Debit)
	}
	return sum
}

// Check holds a balance against what another side of the ledger says, over everything ever booked.
type Check struct {
	Name   string       `json:"name"` // bank.fund, payable.lines, receivable.recovery
	Ours   domain.Money `json:"ours"`
	Theirs domain.Money `json:"theirs"`
}

// Agrees says that both sides say the same.
func (c Check) Agrees() bool { return c.Ours.Equal(c.Theirs) }

// Book is the double entry of one finance office for one period.
type Book struct {
	Ledger   string // its name
	Demo     bool   // made-up people and a simulated clock
	Finance  string
	Name     string // of the office
	Period   domain.Period
	Position int64     // entries it is made from
	At       time.Time // of the last of them
	Accounts []Account
	Opening  Balances
	Vouchers []Voucher
	Checks   []Check
}

// enter makes the book from postings.
func enter(all projections.Postings, period domain.Period) (*Book, error) {
	b := &Book{Period: period, Position: all.LogIndex, At: all.At, Opening: Balances{}}
	vouchers, err := vouchersOf(all.Rows)
	if err != nil {
		return nil, err
	}
	whole, programmes := Balances{}, map[string]bool{}
	groups := map[string]Group{}
	for _, v := range vouchers {
		programmes[v.Programme] = true
	}
	names := make([]string, 0, len(programmes))
	for p := range programmes {
		names = append(names, p)
	}
	b.Accounts = chart(names)
	for _, a := range b.Accounts {
		groups[a.Code] = a.Group
	}
	for _, v := range vouchers {
		for _, l := range v.Lines {
			whole.add(l)
		}
		switch {
		case v.Month.Before(period.Months()[0]):
			b.carry(v, groups)
		case period.ContainsDate(v.Month.First()):
			b.Vouchers = append(b.Vouchers, v)
		}
	}
	b.check(whole, all.Standing)
	return b, nil
}

// carry takes a voucher of before the period into the opening: income and cost of earlier years as surplus.
func (b *Book) carry(v Voucher, groups map[string]Group) {
	for _, l := range v.Lines {
		if groups[l.Account].yearly() && v.Month.First().Year < b.Period.First().Year {
			l.Account = Surplus
		}
		b.Opening.add(l)
	}
}

// check compares the balances of everything ever booked.
func (b *Book) check(whole Balances, s projections.PostedStanding) {
	if s.Funded {
		b.Checks = append(b.Checks, Check{"bank.fund", whole[Bank], s.Funds})
	}
	b.Checks = append(b.Checks, Check{"payable.lines", whole[Payable].Neg(), s.Outstanding.Add(s.Waiting)}, Check{"receivable.recovery", whole[Receivable], s.Owed})
}

// Balances are the balances at the end of a month of the period, counted from its opening.
func (b *Book) Balances(month domain.Period) Balances {
	out := Balances{}
	for code, m := range b.Opening {
		out[code] = m
	}
	for _, v := range b.Vouchers {
		if !v.Month.After(month) {
			for _, l := range v.Lines {
				out.add(l)
			}
		}
	}
	return out
}

// vouchersOf gathers postings by book month, event and programme, and numbers what they make.
func vouchersOf(rows []projections.Posting) ([]Voucher, error) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b projections.Posting) int {
		return cmp.Or(a.Month.Compare(b.Month), cmp.Compare(a.LogIndex, b.LogIndex), cmp.Compare(a.Programme, b.Programme))
	})
	var out []Voucher
	for _, p := range rows {
		r, err := ruleOf(p.Figure, p.Programme)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", p.Event, err)
		}
		lines := r.lines(p.Run, p.Amount)
		if n := len(out) - 1; n >= 0 && out[n].Month == p.Month && out[n].LogIndex == p.LogIndex && out[n].Programme == p.Programme {
			out[n].Lines = append(out[n].Lines, lines...)
			continue
		}
		number := 1
		if n := len(out) - 1; n >= 0 && out[n].Month == p.Month {
			number = out[n].Number + 1
		}
		out = append(out, Voucher{p.Month, number, within(p.On, p.Month), p.LogIndex, p.Event, p.Programme, lines})
	}
	return out, nil
}

// within is the day of a month that is nearest to a day.
func within(on domain.Date, month domain.Period) domain.Date {
	switch {
	case on.Before(month.First()):
		return month.First()
	case on.After(month.Last()):
		return month.Last()
	}
	return on
}
