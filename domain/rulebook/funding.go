package rulebook

import (
	"slices"

	"almoner/domain"
)

// Share is one level's weight in a fund: central, province, city, county, town, or an employer.
type Share struct {
	Level  string
	Weight int64 // of the sum of the fund's weights
}

// LevelAmount is what one level owes of a total.
type LevelAmount struct {
	Level  string
	Amount domain.Money
}

// fundShares are the shares of one fund from a month on.
type fundShares struct {
	fund   string
	from   domain.Period
	shares []Share
}

// FundingShares returns how a fund is divided among levels in a period (its first month counts). It refuses with
// rulebook.no-shares.
func (r *Rulebook) FundingShares(fund string, p domain.Period) ([]Share, error) {
	month := domain.PeriodOf(domain.Month, p.First())
	for _, f := range r.funds { // latest first
		if f.fund == fund && (p.Kind() == domain.Once || f.from.Compare(month) <= 0) {
			return slices.Clone(f.shares), nil
		}
	}
	return nil, domain.Refuse(domain.Refused, "rulebook.no-shares", "%s does not say who pays for fund %q in %s", r.ID(), fund, p).
		WithNext("publish a rulebook with a funding row for that fund from that month or earlier")
}

// SplitFunding divides a total among the levels of a fund by largest remainder; the parts sum to the total. Use it on the
// total of a pay run, not line by line.
func (r *Rulebook) SplitFunding(fund string, p domain.Period, total domain.Money) ([]LevelAmount, error) {
	shares, err := r.FundingShares(fund, p)
	if err != nil {
		return nil, err
	}
	weights := make([]int64, len(shares))
	for i, s := range shares {
		weights[i] = s.Weight
	}
	amounts := make([]LevelAmount, len(shares))
	for i, part := range total.Split(weights) {
		amounts[i] = LevelAmount{shares[i].Level, part}
	}
	return amounts, nil
}
