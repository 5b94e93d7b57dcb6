package main

import (
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/projections"
)

type exceptionList struct{}

// citationJSON is what a test rests on.
type citationJSON struct {
	Title  string `json:"title"`
	Source string `json:"source,omitempty"`
}

// exceptionKindJSON is one test.
type exceptionKindJSON struct {
	Test  string         `json:"test"`
	Zh    string         `json:"zh"`
	En    string         `json:"en"`
	Cites []citationJSON `json:"cites"`
}

// Run lists the tests.
func (*exceptionList) Run(a *app) error {
	all := []exceptionKindJSON{}
	for _, k := range projections.ExceptionKinds() {
		row := exceptionKindJSON{string(k.Test), k.Zh, k.En, []citationJSON{}}
		for _, c := range k.Cites {
			row.Cites = append(row.Cites, citationJSON(c))
		}
		all = append(all, row)
	}
	return a.print(all, func(w io.Writer) {
		for _, k := range all {
			fmt.Fprintf(w, "%s  %s\n", k.Test, a.words.pick(k.Zh, k.En))
			for _, c := range k.Cites {
				fmt.Fprintf(w, "    %s\n", strings.TrimSpace(c.Title+"  "+c.Source))
			}
		}
	})
}

type exceptionRun struct {
	Tests     []string `arg:"" optional:"" name:"test" help:"检查代码（默认全部）|codes of tests (default: all)"`
	Programme string   `help:"项目|programme"`
	Office    string   `help:"单位|office"`
	AsOf      string   `help:"截至哪一天生效的事实和签发的批次（默认最新一条记录的日期）|facts effective and runs released up to this day (default: the day of the newest entry)" placeholder:"DAY"`
	KnownAt   string   `help:"按何时所知：日志序号、时刻或日期（默认现在）|as known at a log index, an instant or a day (default: now)" placeholder:"K"`
	Days      int      `help:"退票后几天内应再发放|a returned payment may wait so many days" default:"30" placeholder:"N"`
}

// findingJSON is one finding.
type findingJSON struct {
	Test      string        `json:"test"`
	Person    string        `json:"person"`
	Programme string        `json:"programme,omitempty"`
	Office    string        `json:"office,omitempty"`
	Run       string        `json:"run,omitempty"`
	Line      int           `json:"line,omitempty"`
	Unit      domain.Period `json:"unit,omitzero"`
	Amount    domain.Money  `json:"amount"`
	Events    []string      `json:"events"`
	Zh        string        `json:"zh"`
	En        string        `json:"en"`
}

// exceptionsJSON is what the tests found.
type exceptionsJSON struct {
	LogIndex int64         `json:"logIndex"`
	AsOf     domain.Date   `json:"asOf"`
	Tests    []string      `json:"tests"`
	Findings []findingJSON `json:"findings"`
}

// Run runs the tests.
func (c *exceptionRun) Run(a *app) error {
	q := projections.ExceptionQuery{Programme: c.Programme, Office: c.Office, Days: c.Days}
	for _, t := range c.Tests {
		q.Tests = append(q.Tests, projections.ExceptionTest(t))
	}
	if c.AsOf != "" {
		day, err := domain.ParseDate(c.AsOf)
		if err != nil {
			return fmt.Errorf("--as-of: %w", err)
		}
		q.AsOf = day
	}
	return a.with(func(s *session) error {
		if err := s.synced(a.ctx); err != nil {
			return err
		}
		q.Accounts = s.ledger.AccountTokens
		var found projections.Exceptions
		err := s.views.AsKnown(a.ctx, c.KnownAt, func(v *projections.Views) (err error) {
			found, err = v.Exceptions(a.ctx, q)
			return err
		})
		if err != nil {
			return err
		}
		return a.printExceptions(found)
	})
}

func (a *app) printExceptions(found projections.Exceptions) error {
	out := exceptionsJSON{LogIndex: found.LogIndex, AsOf: found.AsOf, Tests: []string{}, Findings: []findingJSON{}}
	for _, t := range found.Tests {
		out.Tests = append(out.Tests, string(t))
	}
	t := table{heading: a.header("检查|test", "对象|person", "批次|run", "行|line", "期|unit", "金额|amount", "说明|what"), right: []int{3, 5}}
	for _, f := range found.Findings {
		out.Findings = append(out.Findings, findingJSON{string(f.Test), f.Person, f.Programme, f.Office, f.Run, f.Line, f.Unit, f.Amount, f.Events, f.Zh, f.En})
		line := ""
		if f.Line > 0 {
			line = count(f.Line)
		}
		t.add(string(f.Test), f.Person, f.Run, line, f.Unit.String(), f.Amount.String(), a.words.pick(f.Zh, f.En))
	}
	err := a.print(out, func(w io.Writer) {
		fields(w, a.words, "位置|position", count(int(out.LogIndex)), "截至|as of", out.AsOf.String(), "检查|tests", strings.Join(out.Tests, " "), "疑点|findings", count(len(out.Findings)))
		if len(out.Findings) > 0 {
			t.write(w)
		}
	})
	if err != nil || len(out.Findings) == 0 {
		return err
	}
	return &failedError{fmt.Sprintf(a.words.pick("发现 %d 个疑点", "%d findings"), len(out.Findings)),
		a.words.pick("疑点只是线索：逐个入户、查档核实后再办理", "a finding is a lead: look into each before anything is decided")}
}
