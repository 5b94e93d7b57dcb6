package main

import (
	"bytes"
	"fmt"
	"io"

	"almoner/accounting"
	"almoner/domain/genesis"
)

type accountingCmd struct {
	Export accountingExport `cmd:"" help:"导出一个账期或一年的记账凭证（XLSX）或 hledger 日记账|export the vouchers of a month or year, as XLSX or as a journal for hledger"`
}

type accountingExport struct {
	Finance string `help:"财政单位|finance office" required:"" placeholder:"OFFICE"`
	Period  string `help:"账期或年度，如 2021-12、2021|month or year, as 2021-12 or 2021" required:"" placeholder:"P"`
	Format  string `help:"形式|form" enum:"journal,xlsx" default:"journal"`
	Out     string `help:"写到哪个文件；- 写到标准输出|file to write; - writes standard output" required:"" placeholder:"FILE"`
	KnownAt string `help:"按何时所知：日志序号、时刻或日期（默认现在）|as known at a log index, an instant or a day (default: now)" placeholder:"K"`
}

// exportJSON is what was exported.
type exportJSON struct {
	Finance  string             `json:"finance"`
	Period   string             `json:"period"`
	Format   string             `json:"format"`
	Position int64              `json:"position"` // entries that it is made from
	Vouchers int                `json:"vouchers"`
	Lines    int                `json:"lines"`
	Accounts []balanceJSON      `json:"accounts"`
	Checks   []accounting.Check `json:"checks"` // over everything ever booked
	Size     int                `json:"size"`
	File     string             `json:"file"`
}

type balanceJSON struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Status  string `json:"status"`  // of the code: cited or assumed
	Opening string `json:"opening"` // debit is positive
	Closing string `json:"closing"`
}

// Run exports.
func (c *accountingExport) Run(a *app) error {
	if c.Out == "-" && a.flags.JSON {
		return usage(a.words, "--out - 与 --json 都要用标准输出，只能用一个", "--out - and --json both want standard output: use one of them")
	}
	period, err := periodFlag("--period", c.Period)
	if err != nil {
		return err
	}
	format, err := accounting.ParseFormat(c.Format)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		book, err := s.accounting().Make(a.ctx, accounting.Request{Finance: c.Finance, Period: period, Known: c.KnownAt})
		if err != nil {
			return err
		}
		var made bytes.Buffer
		if err := format.Write(&made, book); err != nil {
			return err
		}
		if c.Out == "-" {
			_, err := made.WriteTo(a.out)
			return err
		}
		out := c.summary(book, made.Len())
		if err := a.place(&made, c.Out); err != nil {
			return err
		}
		return a.print(out, func(w io.Writer) { c.show(a, w, out) })
	})
}

func (c *accountingExport) summary(b *accounting.Book, size int) exportJSON {
	out := exportJSON{Finance: b.Finance, Period: b.Period.String(), Format: c.Format, Position: b.Position, Vouchers: len(b.Vouchers), Checks: b.Checks, Size: size, File: c.Out}
	months := b.Period.Months()
	closing := b.Balances(months[len(months)-1])
	for _, x := range b.Accounts {
		out.Accounts = append(out.Accounts, balanceJSON{x.Code, x.Name(), x.Status, b.Opening[x.Code].String(), closing[x.Code].String()})
	}
	for _, v := range b.Vouchers {
		out.Lines += len(v.Lines)
	}
	return out
}

func (c *accountingExport) show(a *app, w io.Writer, out exportJSON) {
	fields(w, a.words, "财政单位|finance office", out.Finance, "期间|period", out.Period, "位置|position", count(int(out.Position)),
		"凭证|vouchers", count(out.Vouchers), "分录|lines", count(out.Lines), "文件|file", out.File)
	t := table{heading: a.header("科目|account", "期初|opening", "期末|closing")}
	for _, x := range out.Accounts {
		t.add(x.Name, x.Opening, x.Closing)
	}
	t.write(w)
	for _, x := range out.Checks {
		fmt.Fprintf(w, "%s %s / %s %s\n", x.Name, x.Ours, x.Theirs, agrees(a, x.Agrees()))
	}
}

func agrees(a *app, yes bool) string {
	if yes {
		return a.words.pick("相符", "agree")
	}
	return a.words.pick("不符", "differ")
}

// accounting makes the books of the open ledger.
func (s *session) accounting() *accounting.Maker {
	created := s.ledger.Created()
	return &accounting.Maker{Views: s.views, Ledger: created.Name, Demo: created.Clock == genesis.SimulatedClock}
}
