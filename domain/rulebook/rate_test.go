package rulebook

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
)

func TestRateFor(t *testing.T) {
	boy, girl := Key{"child": "boy"}, Key{"child": "girl"}
	month := book(t)
	quarter := book(t, "unit: month", "unit: quarter")
	half := book(t, "unit: month", "unit: half")
	year := book(t, "unit: month", "unit: year", "covers: half", "covers: year")
	for _, c := range []struct {
		name   string
		book   *Rulebook
		key    Key
		unit   string
		amount string
		row    string
	}{
		{"first month", month, boy, "2010-01", "100.00", "all/2010-01"},
		{"the more specific row wins in its month", month, girl, "2010-01", "110.00", "girl/2010-01"},
		{"last month before a change", month, boy, "2022-06", "100.00", "all/2010-01"},
		{"first month after a change", month, boy, "2022-07", "130.00", "all/2022-07"},
		{"a later row wins over a more specific one", month, girl, "2022-07", "130.00", "all/2022-07"},
		{"quarter", quarter, boy, "2022-Q2", "300.00", "all/2010-01"},
		{"quarter after", quarter, boy, "2022-Q3", "390.00", "all/2022-07"},
		{"half", half, girl, "2022-H1", "660.00", "girl/2010-01"},
		{"year over a change", year, girl, "2022", "1440.00", "girl/2010-01+all/2022-07"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rate, err := c.book.RateFor(c.key, per(c.unit))
			require.NoError(t, err)
			require.Equal(t, c.amount, rate.Amount.String())
			require.Equal(t, c.row, rate.Row)
		})
	}
}

func TestRateForKeepsComponentsApart(t *testing.T) {
	year := book(t, "unit: month", "unit: year", "covers: half", "covers: year")
	rate, err := year.RateFor(Key{"child": "girl"}, per("2022"))
	require.NoError(t, err)
	require.Equal(t, []Component{
		{Amount: yuan("660.00"), Payer: PayerGovernment, Source: "page", Fund: "base", Status: Found},
		{Amount: yuan("780.00"), Payer: PayerGovernment, Document: "测试〔2010〕1号", Source: "doc", Fund: "base", Status: Found},
	}, rate.Components)
	require.Equal(t, []Component{{Amount: yuan("42.00"), Payer: PayerExternal, Source: "page", Status: Found}}, rate.External)
}

func TestRateForRefusals(t *testing.T) {
	month := book(t)
	for _, c := range []struct {
		rule string
		key  Key
		unit string
	}{
		{"rulebook.wrong-unit", Key{"child": "boy"}, "2022"},
		{"rulebook.unknown-class", Key{}, "2022-01"},
		{"rulebook.unknown-class", Key{"child": "other"}, "2022-01"},
		{"rulebook.unknown-class", Key{"sex": "boy"}, "2022-01"},
		{"rulebook.unknown-class", Key{"child": "boy", "x": "y"}, "2022-01"},
		{"rulebook.no-rate", Key{"child": "boy"}, "2009-12"},
	} {
		_, err := month.RateFor(c.key, per(c.unit))
		requireRule(t, c.rule, err)
	}
}

const onceRates = `rates:
  - {key: {child: boy}, from: "2010-01", per: once, components: [{amount: "3600.00", payer: employer, status: assumed, note: synthetic}]}
  - {key: {child: girl}, from: "2010-01", per: once, components: [{amount: "3000.00", payer: government, document: doc}]}
funding:`

func onceBook(t *testing.T, replace ...string) *Rulebook {
	rates := plain[strings.Index(plain, "rates:"):strings.Index(plain, "funding:")]
	return book(t, append([]string{rates + "funding:", onceRates, "unit: month", "unit: once", "covers: half", "covers: once"}, replace...)...)
}

func TestOnce(t *testing.T) {
	r := onceBook(t)
	rate, err := r.RateFor(Key{"child": "boy"}, per("once"))
	require.NoError(t, err)
	require.Equal(t, []Component{{Amount: yuan("3600.00"), Payer: PayerEmployer, Status: Assumed}}, rate.Components)
	require.Equal(t, "boy/2010-01", rate.Row)
	_, err = r.RateFor(Key{"child": "boy"}, per("2022-01"))
	requireRule(t, "rulebook.wrong-unit", err)
	worth, err := r.PerYear(Key{"child": "girl"}, 2022)
	require.NoError(t, err)
	require.Equal(t, "3000.00", worth.String())

	units, err := r.Covers(per("once"))
	require.NoError(t, err)
	require.Equal(t, []domain.Period{per("once")}, units)
	_, err = r.Covers(per("2022"))
	requireRule(t, "rulebook.wrong-unit", err)
	require.True(t, r.Schedule().PayoutOn(per("once")).IsZero())

	plan, err := r.Plan(Facts{Birth: day("1960-05-05"), Children: []Child{{Birth: day("1990-01-01"), Sex: domain.Female, DiedOn: day("2021-01-01")}}},
		Application{AppliedOn: day("2020-06-01"), DecidedOn: day("2020-07-01")})
	require.NoError(t, err)
	require.Equal(t, Plan{FirstUnit: per("once"), Classes: []ClassFrom{{per("once"), Key{"child": "girl"}}},
		QualifiedOn: day("2020-05-05"), Basis: Basis{QualifiedIn: domain.MustPeriod("2020-05"), AppliedOn: day("2020-06-01"), DecidedOn: day("2020-07-01")}}, plan)
	last, _, err := r.LastUnit("dead", day("2020-08-01"))
	require.NoError(t, err)
	require.Equal(t, per("once"), last)
	shares, err := r.FundingShares("base", per("once"))
	require.NoError(t, err)
	require.Len(t, shares, 3)
}

// yearly returns the plain rulebook with one row per year, half or quarter, of the components given.
func yearly(kind string, amounts ...string) string {
	parts := make([]string, len(amounts))
	for i, a := range amounts {
		parts[i] = fmt.Sprintf(`{amount: %q, payer: government, status: assumed, note: "part %d", fund: f%d}`, a, i, i)
	}
	funds := "funding:\n"
	for i := range amounts {
		funds += fmt.Sprintf("  - {fund: f%d, from: \"2010-01\", shares: [{level: city, weight: 1}], document: doc}\n", i)
	}
	start, end := strings.Index(plain, "rates:"), strings.Index(plain, "start:")
	row := fmt.Sprintf("rates:\n  - {key: {}, from: \"2010-01\", per: %s, components: [%s]}\n", kind, strings.Join(parts, ", "))
	return plain[:start] + row + funds + plain[end:]
}

func TestMonthsOfAYearlyAmount(t *testing.T) {
	r, err := Parse([]byte(yearly("year", "1000.00")))
	require.NoError(t, err)
	for k, want := range []string{"83.33", "83.34", "83.33", "83.33", "83.34", "83.33", "83.33", "83.34", "83.33", "83.33", "83.34", "83.33"} {
		unit := domain.MonthOf(2021, 1).Add(k)
		rate, err := r.RateFor(Key{"child": "boy"}, unit)
		require.NoError(t, err)
		require.Equal(t, want, rate.Amount.String(), unit.String())
		require.Equal(t, yuan("1000.00").MonthOfYear(k+1).String(), rate.Amount.String())
	}
}

func TestMonthsSumToTheirPeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"quarter", "half", "year"}).Draw(t, "kind")
		fen := rapid.SliceOfN(rapid.Int64Range(100, 5_000_00), 1, 3).Draw(t, "fen")
		amounts := make([]string, len(fen))
		for i, f := range fen {
			amounts[i] = domain.Fen(f).String()
		}
		r, err := Parse([]byte(yearly(kind, amounts...)))
		require.NoError(t, err)
		whole := domain.PeriodOf(domain.PeriodKind(kind), domain.Date{Year: 2021, Month: 7, Day: 1})
		sums := make([]domain.Money, len(fen))
		for _, month := range whole.Months() {
			rate, err := r.RateFor(Key{"child": "boy"}, month)
			require.NoError(t, err)
			parts := domain.Money{}
			for i, part := range rate.Components {
				require.Positive(t, part.Amount.Sign())
				sums[i] = sums[i].Add(part.Amount)
				parts = parts.Add(part.Amount)
			}
			require.True(t, rate.Amount.Equal(parts), "components sum to the amount")
		}
		for i := range sums {
			require.Equal(t, amounts[i], sums[i].String(), "the months of a component sum to it")
		}
	})
}

func TestFunding(t *testing.T) {
	r := book(t)
	shares, err := r.FundingShares("base", per("2018-12"))
	require.NoError(t, err)
	require.Equal(t, []Share{{"central", 1}, {"county", 1}}, shares)
	shares, err = r.FundingShares("base", per("2019-01"))
	require.NoError(t, err)
	require.Len(t, shares, 3)
	parts, err := r.SplitFunding("base", per("2022"), yuan("0.05"))
	require.NoError(t, err)
	require.Equal(t, "[{central 0.03} {province 0.02} {county 0.00}]", fmt.Sprint(parts))
	_, err = r.FundingShares("base", per("2009-12"))
	requireRule(t, "rulebook.no-shares", err)
	_, err = r.SplitFunding("other", per("2022"), yuan("1.00"))
	requireRule(t, "rulebook.no-shares", err)
}

func TestPerYear(t *testing.T) {
	r := book(t)
	worth, err := r.PerYear(Key{"child": "boy"}, 2022)
	require.NoError(t, err)
	require.Equal(t, "1380.00", worth.String())
	_, err = r.PerYear(Key{"child": "boy"}, 2009)
	requireRule(t, "rulebook.no-rate", err)
}

func TestCovers(t *testing.T) {
	month, quarter := book(t), book(t, "unit: month", "unit: quarter")
	for _, c := range []struct {
		book        *Rulebook
		period      string
		n           int
		first, last string
	}{
		{month, "2022-03", 1, "2022-03", "2022-03"},
		{month, "2022-H2", 6, "2022-07", "2022-12"},
		{month, "2022", 12, "2022-01", "2022-12"},
		{quarter, "2022-H2", 2, "2022-Q3", "2022-Q4"},
		{quarter, "2022-Q3", 1, "2022-Q3", "2022-Q3"},
	} {
		units, err := c.book.Covers(per(c.period))
		require.NoError(t, err)
		require.Len(t, units, c.n)
		require.Equal(t, c.first, units[0].String())
		require.Equal(t, c.last, units[len(units)-1].String())
	}
	for _, p := range []domain.Period{per("2022-03"), per("once"), {}} {
		_, err := quarter.Covers(p)
		requireRule(t, "rulebook.wrong-unit", err)
	}
}

func TestPayoutOn(t *testing.T) {
	for _, c := range []struct {
		s      Schedule
		period string
		want   string
	}{
		{Schedule{domain.Half, 7, 10}, "2022-H1", "2022-07-10"},
		{Schedule{domain.Half, 6, 31}, "2022-H1", "2022-06-30"},
		{Schedule{domain.Half, 6, 31}, "2022-H2", "2022-12-31"},
		{Schedule{domain.Year, 8, 31}, "2022", "2022-08-31"},
		{Schedule{domain.Year, 13, 5}, "2022", "2023-01-05"},
		{Schedule{domain.Month, 1, 31}, "2022-02", "2022-02-28"},
	} {
		require.Equal(t, c.want, c.s.PayoutOn(per(c.period)).String())
	}
	require.Equal(t, "2023-02-28", DayOfYear{2, 29}.On(2023).String())
	require.Equal(t, "2024-01-15", defaultCalendar().Year.Apply.On(2024).String())
}
