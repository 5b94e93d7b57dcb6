package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"almoner/domain/genesis"
	"almoner/domain/officer"
	"almoner/ledger"
	"almoner/reports"
)

type reportCmd struct {
	List reportList `cmd:"" help:"列出可以生成的报表|list the reports that can be made"`
	Make reportMake `cmd:"" help:"生成一份报表（XLSX 或可打印的 HTML）|make a report, as XLSX or as a printable page"`
}

type reportList struct{}

type reportJSON struct {
	Kind     string   `json:"kind"`
	Title    string   `json:"title"`
	English  string   `json:"english"`
	Needs    []string `json:"needs"`         // "a|b": one of both
	May      []string `json:"may,omitempty"` // may be given besides
	Unmasked bool     `json:"unmasked"`      // can be had unmasked
}

// Run lists the reports.
func (c *reportList) Run(a *app) error {
	out := []reportJSON{}
	t := table{heading: a.header("报表|report", "名称|title", "须给|needs", "可给|may be given")}
	for _, s := range reports.Kinds() {
		out = append(out, reportJSON{string(s.Kind), s.Title, s.English, s.Needs, s.May, s.Personal})
		t.add(string(s.Kind), a.words.pick(s.Title, s.English), strings.Join(s.Needs, " "), strings.Join(s.May, " "))
	}
	return a.print(out, t.write)
}

type reportMake struct {
	Kind      string `arg:"" help:"报表，见 report list|which report, see report list"`
	Programme string `help:"项目|programme"`
	Office    string `help:"单位|office"`
	Village   string `help:"村居代码|village code"`
	Period    string `help:"期间，如 2022-01、2022-Q1、2022|period, as 2022-01, 2022-Q1 or 2022" placeholder:"P"`
	RunID     string `name:"run" help:"发放批次|pay run" placeholder:"RUN"`
	Request   string `help:"拨款报告编号|fund request" placeholder:"ID"`
	Finance   string `help:"财政单位|finance office" placeholder:"OFFICE"`
	AsOf      string `help:"哪一天的名册（默认：末条记录当日）|the day of the roll (default: the day of the last entry)" placeholder:"DAY"`
	KnownAt   string `help:"按何时所知：日志序号、时刻或日期（默认现在）|as known at a log index, an instant or a day (default: now)" placeholder:"K"`
	Format    string `help:"形式|form" enum:"xlsx,html" default:"xlsx"`
	Out       string `help:"写到哪个文件|file to write" required:"" placeholder:"FILE"`
	Unmasked  bool   `help:"个人信息不打码（需 unmask 职责，留痕）|personal data in full (needs the capacity unmask, and leaves a trace)"`
	Purpose   string `help:"用途代码，与 --unmasked 同用|why, as a code; goes with --unmasked" placeholder:"CODE"`
}

// madeJSON is what was made.
type madeJSON struct {
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	Position int64  `json:"position"` // entries that it is made from
	Hash     string `json:"hash"`     // SHA-256 of the content
	Rows     int    `json:"rows"`
	People   int    `json:"people"`
	Size     int64  `json:"size"`
	Unmasked bool   `json:"unmasked"`
	File     string `json:"file"`
}

// Run makes a report. One in full leaves only after the trace of it is durable.
func (c *reportMake) Run(a *app) error {
	q, err := c.request()
	if err != nil {
		return err
	}
	format, err := reports.ParseFormat(c.Format)
	if err != nil {
		return err
	}
	return a.with(func(s *session) (err error) {
		var actor ledger.Actor
		if c.Unmasked {
			if actor, err = a.actor(s, officer.Unmask); err != nil {
				return err
			}
			if err := s.ledger.MayExport(a.ctx, actor, c.Purpose); err != nil {
				return err
			}
		}
		made, err := s.reports().Make(a.ctx, q, c.KnownAt, format)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, made.Close()) }()
		if c.Unmasked {
			paper := fmt.Sprintf("%s %d %s", q.Kind, made.Position, made.Hash)
			if err := s.ledger.TraceExport(a.ctx, a.command(actor), paper, made.People, made.Persons, c.Purpose); err != nil {
				return err
			}
		}
		if err := a.place(made, c.Out); err != nil {
			return err
		}
		out := madeJSON{string(q.Kind), made.Title, made.Position, made.Hash, made.Rows, made.People, made.Size, c.Unmasked, c.Out}
		return a.print(out, func(w io.Writer) {
			fields(w, a.words, "报表|report", out.Title, "位置|position", count(int(out.Position)), "内容摘要|content hash", out.Hash, "行数|rows", count(out.Rows), "人数|people", count(out.People), "文件|file", out.File)
		})
	})
}

func (c *reportMake) request() (reports.Request, error) {
	q := reports.Request{Kind: reports.Kind(c.Kind), Programme: c.Programme, Office: c.Office, Village: c.Village, Run: c.RunID, Request: c.Request, Finance: c.Finance, Unmasked: c.Unmasked}
	var err error
	if q.AsOf, err = dayFlag("--as-of", c.AsOf); err != nil {
		return q, err
	}
	if q.Period, err = periodFlag("--period", c.Period); err != nil {
		return q, err
	}
	return q, q.Check()
}

// reports makes the reports of the open ledger.
func (s *session) reports() *reports.Maker {
	created := s.ledger.Created()
	return &reports.Maker{Views: s.views, Open: s.ledger, Ledger: created.Name, Demo: created.Clock == genesis.SimulatedClock}
}

// place writes a report to a path, for the owner's eyes alone. A file that is there already is left as it is, and refused
// unless it holds these bytes; half a file is removed.
func (a *app) place(made io.WriterTo, to string) (err error) {
	part, err := os.CreateTemp(filepath.Dir(to), ".almoner-*")
	if errors.Is(err, fs.ErrNotExist) {
		return usage(a.words, "没有这个文件夹：%s", "there is no such folder: %s", filepath.Dir(to))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreGone(os.Remove(part.Name()))) }()
	_, err = made.WriteTo(part)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), to); errors.Is(err, fs.ErrExist) {
		return a.sameFile(part.Name(), to)
	} else if err != nil { // a file system without links: nothing is there, or O_EXCL says so
		return copyNew(part.Name(), to)
	}
	return nil
}
