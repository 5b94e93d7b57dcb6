package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/ledger"
)

type fundCmd struct {
	Request      fundRequest      `cmd:"" help:"做拨款报告：批次送签后、区县签字前|make the appropriation request of a submitted run, before the county signs"`
	Submit       submitVerb       `cmd:"" help:"拨款报告送签（经办签字）|submit a request: the handler's signature"`
	SignOff      signOffVerb      `cmd:"" name:"sign-off" help:"签拨款报告|sign the step of a request that waits"`
	SendBack     sendBackVerb     `cmd:"" name:"send-back" help:"退回拨款报告|send a request back"`
	Appropriated fundAppropriated `cmd:"" help:"登记指标文件|record a document that grants money"`
	Received     fundReceived     `cmd:"" help:"登记到账资金|record money that arrived"`
	Recovered    fundRecovered    `cmd:"" help:"登记追回资金入账|record money got back from people"`
	Commit       fundCommit       `cmd:"" help:"为批次预留资金|set money aside for a run"`
	Release      fundRelease      `cmd:"" help:"放回批次不再需要的预留|let go of what a run does not need any more"`
	Return       fundReturn       `cmd:"" help:"结余缴回国库|give unspent money back to the treasury"`
	Close        fundClose        `cmd:"" help:"资金年度结账|close a fund's year"`
	Show         fundShow         `cmd:"" help:"看一笔资金或一份拨款报告|show a fund, or a request"`
	List         fundList         `cmd:"" help:"列出资金|list the funds"`
	Requests     fundRequests     `cmd:"" help:"列出拨款报告|list the requests"`
}

// AfterApply tells the signing verbs what they sign.
func (fundCmd) AfterApply(ctx *kong.Context) error {
	ctx.Bind(ledger.FundSubject)
	return nil
}

// fundKind is what results about a fund's money are called.
const fundKind = "money"

type fundRequest struct {
	ID string `arg:"" name:"run" help:"批次编号|id of the run"`
}

// Run makes the request. Its id follows from the run.
func (c *fundRequest) Run(a *app) error {
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "town.handler", "county.handler")
		if err != nil {
			return err
		}
		id, out, err := s.ledger.RequestFund(a.ctx, a.command(actor), c.ID)
		if err != nil {
			return fmt.Errorf("request money for the run %s: %w", c.ID, err)
		}
		return a.signed(s, ledger.Subject{Kind: ledger.FundSubject, ID: id}, out, nil)
	})
}

// moneyFlags are an amount as it stands on paper.
type moneyFlags struct {
	Amount string `help:"金额（元）|amount (yuan)" required:"" placeholder:"YUAN"`
	On     string `help:"单据上的日期|the day on the paper" required:"" placeholder:"DAY"`
	commitFlag
}

func (m moneyFlags) read() (amount domain.Money, on domain.Date, err error) {
	if amount, err = domain.ParseMoney(m.Amount); err != nil {
		return amount, on, fmt.Errorf("--amount: %w", err)
	}
	on, err = dayFlag("--on", m.On)
	return amount, on, err
}

type fundAppropriated struct {
	Programme string `help:"项目|programme" required:""`
	Year      int    `help:"资金年度|year of the fund" required:"" placeholder:"YYYY"`
	Level     string `help:"哪一级的资金|whose money" enum:"central,province,city,county,town,employer" required:""`
	Document  string `help:"指标文号|number of the document" required:""`
	Request   string `help:"所答复的拨款报告编号|id of the request that it answers"`
	moneyFlags
}

// Run records the appropriation to the officer's own finance office.
func (c *fundAppropriated) Run(a *app) error {
	amount, on, err := c.read()
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "finance.handler")
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("登记 %s 以 %s 下达 %s %d 年 %s 资金 %s 元", "would record for %s that %s grants %s in %d %s money of %s yuan",
				actor.Office, c.Document, c.Programme, c.Year, c.Level, amount)
		}
		id, out, err := s.ledger.AppropriateFund(a.ctx, a.command(actor), ledger.FundGrant{
			Programme: c.Programme, Year: c.Year, Amount: amount, Document: c.Document, IssuedOn: on, Level: c.Level, Request: c.Request,
		})
		return a.moved(s, id, out, err)
	})
}

type fundReceived struct {
	Fund    string `arg:"" help:"资金编号|id of the fund"`
	Level   string `help:"哪一级的资金|whose money" enum:"central,province,city,county,town,employer" required:""`
	Voucher string `help:"凭证号|voucher" required:""`
	moneyFlags
}

// Run records the money.
func (c *fundReceived) Run(a *app) error {
	return a.moveFund(c.Fund, c.moneyFlags, ledger.FundMoney{Level: c.Level, Voucher: c.Voucher}, "到账", "received", (*ledger.Ledger).ReceiveFund)
}

type fundRecovered struct {
	Fund        string `arg:"" help:"资金编号|id of the fund"`
	Overpayment string `help:"所追回的错发编号|id of the overpayment got back"`
	Voucher     string `help:"凭证号|voucher" required:""`
	moneyFlags
}

// Run records the money.
func (c *fundRecovered) Run(a *app) error {
	return a.moveFund(c.Fund, c.moneyFlags, ledger.FundMoney{Overpayment: c.Overpayment, Voucher: c.Voucher}, "追回入账", "recovered", (*ledger.Ledger).RecoverFund)
}

type fundReturn struct {
	Fund    string `arg:"" help:"资金编号|id of the fund"`
	To      string `help:"缴往何处（代码）|where it goes, as a code" default:"county-treasury" placeholder:"CODE"`
	Voucher string `help:"凭证号|voucher" required:""`
	moneyFlags
}

// Run records the money.
func (c *fundReturn) Run(a *app) error {
	return a.moveFund(c.Fund, c.moneyFlags, ledger.FundMoney{To: c.To, Voucher: c.Voucher}, "缴回", "returned", (*ledger.Ledger).ReturnFund)
}

// mover records money on a fund.
type mover func(*ledger.Ledger, context.Context, ledger.Command, ledger.FundMoney) (ledger.Outcome, error)

// moveFund records money that came or went, once it is told to.
func (a *app) moveFund(id string, flags moneyFlags, m ledger.FundMoney, zh, en string, move mover) error {
	var err error
	if m.Amount, m.On, err = flags.read(); err != nil {
		return err
	}
	m.Fund = id
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "finance.handler")
		if err != nil {
			return err
		}
		if !flags.Commit {
			f, err := s.ledger.Fund(a.ctx, id)
			if err != nil {
				return err
			}
			return a.dryRun(a.words.pick(zh, en)+" %s：%s 元（凭证 %s）；现结存 %s 元，可用 %s 元", a.words.pick(zh, en)+" %s: %s yuan (voucher %s); in hand now %s yuan, free %s",
				id, m.Amount, m.Voucher, f.InHand(), f.Free())
		}
		out, err := move(s.ledger, a.ctx, a.command(actor), m)
		return a.moved(s, id, out, err)
	})
}

type fundCommit struct {
	ID string `arg:"" name:"run" help:"批次编号|id of the run"`
}

// Run sets the money aside.
func (c *fundCommit) Run(a *app) error {
	return a.with(func(s *session) error { return a.onRun(s, c.ID, s.ledger.CommitFund) })
}

type fundRelease struct {
	ID string `arg:"" name:"run" help:"批次编号|id of the run"`
}

// Run lets go of the money.
func (c *fundRelease) Run(a *app) error {
	return a.with(func(s *session) error { return a.onRun(s, c.ID, s.ledger.FreeFund) })
}

// onRun changes what a fund has set aside for a run.
func (a *app) onRun(s *session, run string, change func(context.Context, ledger.Command, string) (ledger.Outcome, error)) error {
	actor, err := a.actor(s, "finance.handler")
	if err != nil {
		return err
	}
	out, err := change(a.ctx, a.command(actor), run)
	if err != nil {
		return fmt.Errorf("money for the run %s: %w", run, err)
	}
	p, err := s.ledger.Payrun(a.ctx, run)
	if err != nil {
		return err
	}
	return a.moved(s, p.Opened.Fund, out, nil)
}

type fundClose struct {
	Fund string `arg:"" help:"资金编号|id of the fund"`
	commitFlag
}

// Run closes the year.
func (c *fundClose) Run(a *app) error {
	return a.with(func(s *session) error {
		f, err := s.ledger.Fund(a.ctx, c.Fund)
		if err != nil {
			return err
		}
		if !c.Commit {
			if _, err := fund.DecideClose(f); err != nil {
				return err
			}
			return a.dryRun("结清资金 %s：到账 %s 元，支出 %s 元，缴回 %s 元", "would close %s: received %s yuan, spent %s, returned %s", c.Fund, f.Received, f.Spent, f.Returned)
		}
		actor, err := a.actor(s, "finance.head")
		if err != nil {
			return err
		}
		out, err := s.ledger.CloseFund(a.ctx, a.command(actor), c.Fund)
		return a.moved(s, c.Fund, out, err)
	})
}
