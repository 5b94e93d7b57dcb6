package main

import (
	"fmt"
	"io"

	"almoner/projections"
)

type totalsCmd struct {
	Show totalsShow `cmd:"" help:"一个期间已签发的合计|what was released in a period"`
}

type totalsShow struct {
	Period    string `help:"期间：2021-12、2022-Q4、2022-H1、2022|period: 2021-12, 2022-Q4, 2022-H1, 2022" required:""`
	Programme string `help:"项目|programme"`
	Office    string `help:"单位|office"`
}

// sumsJSON is money in yuan: due + arrears + deducted + netted + recovered = net.
type sumsJSON struct {
	Due       string `json:"due"`
	Arrears   string `json:"arrears"`
	Deducted  string `json:"deducted"`
	Netted    string `json:"netted"`
	Recovered string `json:"recovered"`
	Net       string `json:"net"`
}

func shownSums(s projections.Sums) sumsJSON {
	return sumsJSON{Due: s.Due.String(), Arrears: s.Arrears.String(), Deducted: s.Deducted.String(), Netted: s.Netted.String(), Recovered: s.Recovered.String(), Net: s.Net.String()}
}

type unitsJSON struct {
	Regular   int `json:"regular"`
	Arrears   int `json:"arrears"`
	TopUp     int `json:"topUp"`
	Deduction int `json:"deduction"`
}

type totalsRowJSON struct {
	Office    string    `json:"office"`
	Programme string    `json:"programme"`
	Class     string    `json:"class"`
	Period    string    `json:"period"`
	Runs      int       `json:"runs"`
	Lines     int       `json:"lines"`
	Persons   int       `json:"persons"`
	Units     unitsJSON `json:"units"`
	sumsJSON
}

type totalsJSON struct {
	LogIndex   int64     `json:"logIndex"`
	Period     string    `json:"period"`
	Runs       []string  `json:"runs"`
	Lines      int       `json:"lines"`
	Persons    int       `json:"persons"`
	Households int       `json:"households"`
	Units      unitsJSON `json:"units"`
	sumsJSON
	Rows []totalsRowJSON `json:"rows"`
}

// Run shows the totals of released runs.
func (c *totalsShow) Run(a *app) error {
	period, err := periodFlag("--period", c.Period)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		totals, err := s.views.Totals(a.ctx, projections.TotalsQuery{Period: period, Programme: c.Programme, Office: c.Office})
		if err != nil {
			return err
		}
		out := totalsJSON{
			LogIndex: totals.LogIndex, Period: totals.Period.String(), Runs: append([]string{}, totals.Runs...), Lines: totals.Lines, Persons: totals.Persons, Households: totals.Households,
			Units: unitsJSON(totals.Units), sumsJSON: shownSums(totals.Sums), Rows: []totalsRowJSON{},
		}
		for _, r := range totals.Rows {
			out.Rows = append(out.Rows, totalsRowJSON{
				Office: r.Office, Programme: r.Programme, Class: r.Class, Period: r.Period.String(), Runs: r.Runs, Lines: r.Lines, Persons: r.Persons, Units: unitsJSON(r.Units), sumsJSON: shownSums(r.Sums),
			})
		}
		return a.print(out, func(w io.Writer) { writeTotals(w, a, out) })
	})
}

func writeTotals(w io.Writer, a *app, r totalsJSON) {
	fmt.Fprintf(w, a.words.pick("%s 已签发：%d 个批次，%d 行，%d 人，%d 户\n", "%s, released: %d runs, %d lines, %d persons, %d households\n"), r.Period, len(r.Runs), r.Lines, r.Persons, r.Households)
	t := table{heading: a.header("单位|office", "项目|programme", "类别|class", "发放期|period", "人数|persons", "应发|due", "补发|arrears", "扣减|deducted", "结转|netted", "追回|recovered", "实发|net"),
		right: []int{4, 5, 6, 7, 8, 9, 10}}
	for _, x := range r.Rows {
		t.add(x.Office, x.Programme, x.Class, x.Period, count(x.Persons), x.Due, x.Arrears, x.Deducted, x.Netted, x.Recovered, x.Net)
	}
	t.add(a.words.pick("合计", "total"), "", "", "", count(r.Persons), r.Due, r.Arrears, r.Deducted, r.Netted, r.Recovered, r.Net)
	t.write(w)
}
