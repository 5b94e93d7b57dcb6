package api

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/projections"
)

// sumsView is the money of lines: due + arrears + deducted + netted + recovered = net.
type sumsView struct {
	Due       money `json:"due"`       // 应发
	Arrears   money `json:"arrears"`   // 补发
	Deducted  money `json:"deducted"`  // 扣减, ≤ 0
	Netted    money `json:"netted"`    // carried in less carried on
	Recovered money `json:"recovered"` // ≤ 0
	Net       money `json:"net"`       // 实发
}

func viewSums(s projections.Sums) sumsView {
	return sumsView{s.Due, s.Arrears, s.Deducted, s.Netted, s.Recovered, s.Net}
}

// unitsView counts the items of lines by why they stand there.
type unitsView struct {
	Regular   int `json:"regular"`
	Arrears   int `json:"arrears"`
	TopUp     int `json:"topUp"`
	Deduction int `json:"deduction"`
}

// totalsView is what released lines come to, less stopped ones.
type totalsView struct {
	Period     string      `json:"period"`
	Runs       []string    `json:"runs"`
	Lines      int         `json:"lines"`
	Persons    int         `json:"persons"` // different people paid, each once
	Households int         `json:"households"`
	Units      unitsView   `json:"units"`
	Sums       sumsView    `json:"sums"`
	Rows       []totalsRow `json:"rows"`
}

type totalsRow struct {
	Office    string    `json:"office"`
	Programme string    `json:"programme"`
	Class     string    `json:"class"`
	Period    string    `json:"period"`
	Runs      int       `json:"runs"`
	Lines     int       `json:"lines"`
	Persons   int       `json:"persons"`
	Units     unitsView `json:"units"`
	Sums      sumsView  `json:"sums"`
}

// getTotals adds up the runs released in a period.
func (s *Server) getTotals(ctx context.Context, r *request) (response, error) {
	q := projections.TotalsQuery{Programme: r.query.Get("programme"), Office: r.query.Get("office")}
	var err error
	if text := r.query.Get("period"); text != "" {
		if q.Period, err = domain.ParsePeriod(text); err != nil {
			return response{}, fmt.Errorf("parameter period: %w", err)
		}
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	t, err := s.views.Totals(ctx, q)
	if err != nil {
		return response{}, err
	}
	v := totalsView{t.Period.String(), append([]string{}, t.Runs...), t.Lines, t.Persons, t.Households, unitsView(t.Units), viewSums(t.Sums), make([]totalsRow, len(t.Rows))}
	for i, row := range t.Rows {
		v.Rows[i] = totalsRow{row.Office, row.Programme, row.Class, row.Period.String(), row.Runs, row.Lines, row.Persons, unitsView(row.Units), viewSums(row.Sums)}
	}
	return response{Body: v, LogIndex: t.LogIndex}, nil
}
