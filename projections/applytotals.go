package projections

import (
	"cmp"
	"maps"
	"slices"

	"almoner/domain/beneficiary"
)

// totalsKey is one row of totals_v1.
type totalsKey struct{ run, class string }

// totalsRow is what lines come to, in fen: lines, 应发, 补发, 扣减, netted, recovered, 实发, and items by kind.
type totalsRow [11]int64

// amounts is what one draw adds.
func amounts(d beneficiary.Drawn) totalsRow {
	row := totalsRow{1, d.Due.Fen(), d.Arrears.Fen(), d.Deducted.Fen(), d.CarriedIn.Sub(d.Carried).Fen(), d.Recovered.Fen(), d.Net.Fen()}
	for _, item := range d.Items {
		switch item.Kind {
		case beneficiary.Regular:
			row[7]++
		case beneficiary.Arrears:
			row[8]++
		case beneficiary.TopUp:
			row[9]++
		case beneficiary.Deduction:
			row[10]++
		}
	}
	return row
}

// count adds a draw to its run's totals, or takes it out with times -1.
func (b *batch) count(run, class string, row totalsRow, times int64) {
	sum := b.totals[totalsKey{run, class}]
	for i, n := range row {
		sum[i] += times * n
	}
	b.totals[totalsKey{run, class}] = sum
}

func (b *batch) writeTotals() error {
	keys := slices.SortedFunc(maps.Keys(b.totals), func(x, y totalsKey) int {
		return cmp.Or(cmp.Compare(x.run, y.run), cmp.Compare(x.class, y.class))
	})
	for _, key := range keys {
		args := []any{key.run, key.class}
		for _, n := range b.totals[key] {
			args = append(args, n)
		}
		if err := b.exec(`INSERT INTO totals_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, class) DO UPDATE SET
			lines = lines + excluded.lines, due = due + excluded.due, arrears = arrears + excluded.arrears, deducted = deducted + excluded.deducted,
			netted = netted + excluded.netted, recovered = recovered + excluded.recovered, net = net + excluded.net,
			units_regular = units_regular + excluded.units_regular, units_arrears = units_arrears + excluded.units_arrears,
			units_top_up = units_top_up + excluded.units_top_up, units_deduction = units_deduction + excluded.units_deduction`, args...); err != nil {
			return err
		}
	}
	return nil
}
