package main

import (
	"io"

	"almoner/domain"
	"almoner/projections"
)

type exceptionCmd struct {
	List   exceptionList   `cmd:"" help:"列出各项例外检查及其出处|list the exception tests and what they rest on"`
	Run    exceptionRun    `cmd:"" help:"运行例外检查；有疑点时退出码为 4|run exception tests; the exit code is 4 when something was found"`
	Sample exceptionSample `cmd:"" help:"抽样：列出须人工核对的行|draw a random sample of lines to check by hand"`
}

type exceptionSample struct {
	Finance    string `help:"财政单位|finance office" required:"" placeholder:"OFFICE"`
	Programme  string `help:"项目|programme"`
	Office     string `help:"单位|office"`
	Confidence int    `help:"可信程度，万分之几：9500 即 95%|confidence in hundredths of a percent: 9500 is 95 %" default:"9500" placeholder:"N"`
	Tolerable  int    `help:"不容漏过的错误率，万分之几：100 即 1%|share of wrong lines that may not go unnoticed, in hundredths of a percent: 100 is 1 %" default:"100" placeholder:"N"`
	KnownAt    string `help:"按何时所知：日志序号、时刻或日期（默认现在）|as known at a log index, an instant or a day (default: now)" placeholder:"K"`
}

// sampleLineJSON is one line to check.
type sampleLineJSON struct {
	Run          string       `json:"run"`
	Line         int          `json:"line"`
	Person       string       `json:"person"`
	Amount       domain.Money `json:"amount"`
	Status       string       `json:"status"`
	InstructedAt int64        `json:"instructedAt"` // log index
	Event        string       `json:"event"`
}

// sampleJSON is a sample and what it is drawn from.
type sampleJSON struct {
	LogIndex   int64            `json:"logIndex"`
	Seed       string           `json:"seed"`
	Population int              `json:"population"`
	Critical   int              `json:"critical"` // if every line is right, fewer than these are wrong, with the confidence
	Confidence int              `json:"confidence"`
	Lines      []sampleLineJSON `json:"lines"`
}

// Run draws the sample.
func (c *exceptionSample) Run(a *app) error {
	q := projections.SampleQuery{Finance: c.Finance, Programme: c.Programme, Office: c.Office, Confidence: c.Confidence, Tolerable: c.Tolerable}
	return a.with(func(s *session) error {
		if err := s.synced(a.ctx); err != nil {
			return err
		}
		drawn, err := c.draw(a, s, q)
		if err != nil {
			return err
		}
		out := sampleJSON{drawn.LogIndex, drawn.Seed, drawn.Population, drawn.Critical, c.Confidence, []sampleLineJSON{}}
		t := table{heading: a.header("批次|run", "行|line", "对象|person", "金额|amount", "状态|status", "事件|event"), right: []int{1, 3}}
		for _, l := range drawn.Lines {
			out.Lines = append(out.Lines, sampleLineJSON{l.Run, l.Line, l.Person, l.Amount, l.Status, l.InstructedAt, l.Event})
			t.add(l.Run, count(l.Line), l.Person, l.Amount.String(), l.Status, l.Event)
		}
		return a.print(out, func(w io.Writer) {
			fields(w, a.words, "位置|position", count(int(out.LogIndex)), "种子|seed", out.Seed, "总行数|population", count(out.Population),
				"抽取|drawn", count(len(out.Lines)), "全对则错行少于|all right means fewer wrong than", count(out.Critical))
			t.write(w)
		})
	})
}

// draw draws from the read models as they stand, or as they stood.
func (c *exceptionSample) draw(a *app, s *session, q projections.SampleQuery) (out projections.Sample, err error) {
	err = s.views.AsKnown(a.ctx, c.KnownAt, func(v *projections.Views) (err error) {
		out, err = v.Sample(a.ctx, q)
		return err
	})
	return out, err
}
