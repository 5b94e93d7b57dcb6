package fund

import (
	"slices"

	"almoner/domain"
)

// State is what decisions about a fund need. The zero value is a fund without money.
type State struct {
	Opened Opened `json:"opened"`

	Appropriations []Appropriation `json:"appropriations,omitempty"` // in the order of recording
	Vouchers       []Voucher       `json:"vouchers,omitempty"`       // in the order of recording
	Runs           []RunMoney      `json:"runs,omitempty"`           // in the order of their first commitment

	Received  domain.Money `json:"received"`
	Recovered domain.Money `json:"recovered"`
	Spent     domain.Money `json:"spent"`
	Returned  domain.Money `json:"returned"`
	Closed    bool         `json:"closed"`
}

// Appropriation is what one document grants of one level's money.
type Appropriation struct {
	Document string       `json:"document"`
	Level    string       `json:"level"`
	Amount   domain.Money `json:"amount"`
	IssuedOn domain.Date  `json:"issuedOn"`
	Request  string       `json:"request,omitempty"`
}

// VoucherKind is what a voucher stands for.
type VoucherKind string

// The kinds of vouchers.
const (
	VoucherReceived  VoucherKind = "received"
	VoucherRecovered VoucherKind = "recovered"
	VoucherReturned  VoucherKind = "returned"
)

// Voucher is one movement of money with its voucher.
type Voucher struct {
	Kind    VoucherKind  `json:"kind"`
	Voucher string       `json:"voucher"`
	Party   string       `json:"party,omitempty"` // the level that paid, the overpayment, or where it went
	Amount  domain.Money `json:"amount"`
	On      domain.Date  `json:"on"`
}

// RunMoney is what one run took of the fund. Released, Spent and Beyond are sums of changes and may fall again.
type RunMoney struct {
	Run       string       `json:"run"`
	Committed domain.Money `json:"committed"`
	Released  domain.Money `json:"released"`
	Spent     domain.Money `json:"spent"`
	Beyond    domain.Money `json:"beyond"` // of what was spent, what nothing was set aside for
}

// Outstanding is what is still set aside for the run, never below zero.
func (r RunMoney) Outstanding() domain.Money {
	left := r.Left()
	if left.Sign() < 0 {
		return domain.Money{}
	}
	return left
}

// Left is what is still set aside for the run; below zero, what was spent that had been let go of.
func (r RunMoney) Left() domain.Money {
	return r.Committed.Sub(r.Released).Sub(r.Spent.Sub(r.Beyond))
}

// Unreleased is what was set aside for the run and not let go of, whatever was spent of it; never below zero.
func (r RunMoney) Unreleased() domain.Money {
	if left := r.Committed.Sub(r.Released); left.Sign() > 0 {
		return left
	}
	return domain.Money{}
}

// Evolve applies one fact. Facts that are not about a fund's money leave the state as it is.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Opened:
		s.Opened = e
	case Appropriated:
		s.Appropriations = append(slices.Clip(s.Appropriations), Appropriation{Document: e.Document, Level: e.Level, Amount: e.Amount, IssuedOn: e.IssuedOn, Request: e.Request})
	case Received:
		s.Received = s.Received.Add(e.Amount)
		s.Vouchers = append(slices.Clip(s.Vouchers), Voucher{VoucherReceived, e.Voucher, e.Level, e.Amount, e.ReceivedOn})
	case Recovered:
		s.Recovered = s.Recovered.Add(e.Amount)
		s.Vouchers = append(slices.Clip(s.Vouchers), Voucher{VoucherRecovered, e.Voucher, e.Overpayment, e.Amount, e.ReceivedOn})
	case Returned:
		s.Returned = s.Returned.Add(e.Amount)
		s.Vouchers = append(slices.Clip(s.Vouchers), Voucher{VoucherReturned, e.Voucher, e.To, e.Amount, e.ReturnedOn})
	case Committed:
		return s.onRun(e.Run, func(r *RunMoney) { r.Committed = r.Committed.Add(e.Amount) })
	case Released:
		return s.onRun(e.Run, func(r *RunMoney) { r.Released = r.Released.Add(e.Amount) })
	case Spent:
		s.Spent = s.Spent.Add(e.Amount)
		return s.onRun(e.Run, func(r *RunMoney) { r.Spent, r.Beyond = r.Spent.Add(e.Amount), r.Beyond.Add(e.Beyond) })
	case YearClosed:
		s.Closed = true
	}
	return s
}

// onRun changes one run's money in a copy.
func (s State) onRun(run string, change func(*RunMoney)) State {
	i := slices.IndexFunc(s.Runs, func(r RunMoney) bool { return r.Run == run })
	if i < 0 {
		s.Runs, i = append(slices.Clip(s.Runs), RunMoney{Run: run}), len(s.Runs)
	} else {
		s.Runs = slices.Clone(s.Runs)
	}
	change(&s.Runs[i])
	return s
}

// Run is what one run took of the fund; zero for a run that took nothing.
func (s State) Run(run string) RunMoney {
	for _, r := range s.Runs {
		if r.Run == run {
			return r
		}
	}
	return RunMoney{Run: run}
}

// InHand is the money in the account. Bank facts may take it below zero.
func (s State) InHand() domain.Money {
	return s.Received.Add(s.Recovered).Sub(s.Spent).Sub(s.Returned)
}

// Outstanding is what is set aside for runs.
func (s State) Outstanding() domain.Money {
	var sum domain.Money
	for _, r := range s.Runs {
		sum = sum.Add(r.Outstanding())
	}
	return sum
}

// Free is what may be committed or returned.
func (s State) Free() domain.Money { return s.InHand().Sub(s.Outstanding()) }

// Appropriated is what a level granted, by all documents.
func (s State) Appropriated(level string) domain.Money {
	var sum domain.Money
	for _, a := range s.Appropriations {
		if a.Level == level {
			sum = sum.Add(a.Amount)
		}
	}
	return sum
}

// ReceivedOf is what arrived of a level's money.
func (s State) ReceivedOf(level string) domain.Money {
	var sum domain.Money
	for _, v := range s.Vouchers {
		if v.Kind == VoucherReceived && v.Party == level {
			sum = sum.Add(v.Amount)
		}
	}
	return sum
}
