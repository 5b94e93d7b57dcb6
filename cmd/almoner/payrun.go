package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"almoner/domain/payrun"
	"almoner/ledger"
	"almoner/projections"
)

type payrunCmd struct {
	Open     payrunOpen     `cmd:"" help:"开一个批次|open a run for an office, a programme and a payout period"`
	Prepare  payrunPrepare  `cmd:"" help:"造表：按名册和政策逐人算出应发|prepare the list: draw what is due to everybody"`
	Submit   submitVerb     `cmd:"" help:"送签（经办签字）|submit: the handler's signature"`
	SignOff  signOffVerb    `cmd:"" name:"sign-off" help:"签字；最后一步即签发|sign the step that waits; the last one releases"`
	SendBack sendBackVerb   `cmd:"" name:"send-back" help:"退回补正|send back for correction"`
	Cancel   payrunCancel   `cmd:"" help:"撤销批次|cancel a run before it is instructed"`
	Stop     payrunStop     `cmd:"" help:"止付一行|stop a line after release and before the file"`
	Show     payrunShow     `cmd:"" help:"看一个批次|show one run"`
	Lines    payrunLines    `cmd:"" help:"明细|list the lines"`
	Held     payrunHeld     `cmd:"" help:"缓发名单|list who is held, and why"`
	Instruct payrunInstruct `cmd:"" help:"代发：做代发文件并下指令；先试算，--commit 才写入|tell the bank to pay and write its files: a dry run unless --commit"`
	Bank     payrunBank     `cmd:"" help:"对账：代发与银行回盘逐行比对|compare a run with the bank's answers, line by line"`
	Settle   payrunSettle   `cmd:"" help:"了结批次：银行已全部回音，或时限已过|end a run: all is answered, or the time is over"`
	Recheck  payrunRecheck  `cmd:"" help:"只凭事件重算整个批次|recompute every line from events alone"`
	List     payrunList     `cmd:"" help:"列出批次|list the runs"`
}

// AfterApply tells the signing verbs what they sign.
func (payrunCmd) AfterApply(ctx *kong.Context) error {
	ctx.Bind(ledger.PayrunSubject)
	return nil
}

type payrunOpen struct {
	Programme string `help:"项目|programme" required:""`
	Office    string `help:"发放对象所属单位|whose people are paid" required:""`
	Finance   string `help:"付款财政单位|paying finance office" required:"" placeholder:"OFFICE"`
	Period    string `help:"发放期，如 2021-12、2022-Q4|payout period, such as 2021-12 or 2022-Q4" required:""`
	Kind      string `help:"种类|kind" enum:"regular,supplementary,reissue,grant" default:"regular"`
	Document  string `help:"文号|document number"`
	Fund      string `help:"资金编号（默认：付款财政单位该项目发放期所在年度的资金）|fund that pays (default: the paying office's for the programme and the year of the period)"`
}

// Run opens the run. Its id follows from officer and command id.
func (c *payrunOpen) Run(a *app) error {
	period, err := periodFlag("--period", c.Period)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "town.handler", "county.handler")
		if err != nil {
			return err
		}
		id, out, err := s.ledger.OpenPayrun(a.ctx, a.command(actor), ledger.PayrunRequest{
			Programme: c.Programme, Office: c.Office, Finance: c.Finance, Period: period, Kind: payrun.Kind(c.Kind), Document: c.Document, Fund: c.Fund,
		})
		if err != nil {
			return fmt.Errorf("open a pay run of %s at %s for %s: %w", c.Programme, c.Office, c.Period, err)
		}
		return a.signed(s, ledger.Subject{Kind: ledger.PayrunSubject, ID: id}, out, nil)
	})
}

type payrunPrepare struct {
	ID string `arg:"" help:"批次编号|id of the run"`
}

// Run prepares. Interrupted, it goes on when it is run again.
func (c *payrunPrepare) Run(a *app) error {
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "town.handler", "county.handler")
		if err != nil {
			return err
		}
		bar := a.progress(a.words.pick("造表", "prepare"))
		_, err = s.ledger.PreparePayrun(a.ctx, a.command(actor), c.ID, bar.tell)
		bar.end()
		if err != nil {
			return err
		}
		return a.showRun(s, c.ID)
	})
}

type payrunCancel struct {
	ID     string `arg:"" help:"批次编号|id of the run"`
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	commitFlag
}

// Run cancels the run and gives its units back.
func (c *payrunCancel) Run(a *app) error {
	return a.with(func(s *session) error {
		run, err := s.ledger.Payrun(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("撤销批次 %s（%s %s %s，现状 %s，%d 行 %s 元），各人单元退回待发", "would cancel the run %s (%s %s %s, now %s, %d lines, %s yuan) and give the units back",
				c.ID, run.Opened.Office, run.Opened.Programme, run.Opened.Period, run.Status, run.Listing.Lines, run.Listing.Total)
		}
		actor, err := a.actor(s, "town.handler", "town.head", "county.handler", "county.head")
		if err != nil {
			return err
		}
		out, err := s.ledger.CancelPayrun(a.ctx, a.command(actor), c.ID, c.Reason)
		return a.signed(s, ledger.Subject{Kind: ledger.PayrunSubject, ID: c.ID}, out, err)
	})
}

type payrunStop struct {
	ID     string `arg:"" help:"批次编号|id of the run"`
	Line   int    `arg:"" help:"行号|line"`
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	commitFlag
}

// Run stops the line.
func (c *payrunStop) Run(a *app) error {
	return a.with(func(s *session) error {
		if !c.Commit {
			return c.dry(a, s)
		}
		actor, err := a.actor(s, "town.handler", "town.head", "county.handler", "county.head", "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		out, err := s.ledger.StopLine(a.ctx, a.command(actor), c.ID, c.Line, c.Reason)
		if err := a.signed(s, ledger.Subject{Kind: ledger.PayrunSubject, ID: c.ID}, out, err); err != nil {
			return err
		}
		a.say("这一行的单元下一批次会再次应发；如疑似死亡，现在就发起暂停事项（case open --kind suspension）。",
			"the units of this line are due again in the next run; for a suspected death open a suspension case now (case open --kind suspension).")
		return nil
	})
}

func (c *payrunStop) dry(a *app, s *session) error {
	lines, err := s.ledger.Lines(a.ctx, c.ID)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Line == c.Line {
			return a.dryRun("止付批次 %s 第 %d 行：%s，%s 元", "would stop line %[2]d of the run %[1]s: %[3]s, %[4]s yuan", c.ID, l.Line, l.Person, l.Amount)
		}
	}
	return a.dryRun("批次 %s 没有第 %d 行", "the run %s has no line %d", c.ID, c.Line)
}

// payrunJSON is a run.
type payrunJSON struct {
	LogIndex   int64           `json:"logIndex"`
	Run        string          `json:"run"`
	Kind       string          `json:"kind"`
	Programme  string          `json:"programme"`
	Region     string          `json:"region"`
	Office     string          `json:"office"`
	Finance    string          `json:"finance"`
	Period     string          `json:"period"`
	From       string          `json:"from"` // first unit covered
	To         string          `json:"to"`   // last
	Rulebook   string          `json:"rulebook"`
	Status     string          `json:"status"`
	Round      int             `json:"round"`
	Lines      int             `json:"lines"`
	Held       int             `json:"held"`
	Total      string          `json:"total"` // yuan
	Root       string          `json:"root,omitempty"`
	Payable    string          `json:"payable,omitempty"` // released less stopped, yuan
	Next       string          `json:"next"`
	Waits      string          `json:"waits,omitempty"`
	Scopes     []string        `json:"scopes,omitempty"`
	Sections   []sectionJSON   `json:"sections,omitempty"`
	Signatures []signatureJSON `json:"signatures,omitempty"`
	Stops      []stopJSON      `json:"stops,omitempty"`
	Returns    []returnJSON    `json:"returns,omitempty"` // only where one run is shown

	wait payrun.Wait
}

type sectionJSON struct {
	Scope string `json:"scope"`
	Lines int    `json:"lines"`
	Held  int    `json:"held"`
	Total string `json:"total"`
	Root  string `json:"root"`
}

type signatureJSON struct {
	Round    int    `json:"round"`
	Step     int    `json:"step"`
	Capacity string `json:"capacity"`
	Scope    string `json:"scope"`
	Outcome  string `json:"outcome"`
	Opinion  string `json:"opinion"`
	Officer  string `json:"officer"`
	Name     string `json:"name"`
	Custody  string `json:"custody"`
	At       string `json:"at"`
	LogIndex int64  `json:"logIndex"`
}

type stopJSON struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func shownRun(p projections.Payrun) payrunJSON {
	o, s := p.State.Opened, p.State
	next := s.Next()
	out := payrunJSON{
		LogIndex: p.LogIndex, Run: o.Run, Kind: string(o.Kind), Programme: o.Programme, Region: o.Region, Office: o.Office, Finance: o.Finance, Period: o.Period.String(),
		From: o.From.String(), To: o.To.String(), Rulebook: o.Rulebook, Status: string(s.Status), Round: s.Listing.Round, Lines: s.Listing.Lines, Held: s.Listing.Held,
		Total: s.Listing.Total.String(), Root: s.Listing.Totals.Root, Next: next.String(), Waits: next.Capacity, Scopes: next.Scopes, wait: next.Wait,
	}
	if p.ReleasedAt >= 0 {
		_, payable := s.Payable()
		out.Payable = payable.String()
	}
	for _, x := range s.Listing.Sections {
		out.Sections = append(out.Sections, sectionJSON{Scope: x.Scope, Lines: x.Lines, Held: x.Held, Total: x.Total, Root: x.Root})
	}
	for _, x := range p.Signatures {
		out.Signatures = append(out.Signatures, signatureJSON{
			Round: x.Round, Step: x.Step, Capacity: x.Capacity, Scope: x.Scope, Outcome: x.Outcome, Opinion: x.Opinion, Officer: x.Officer, Name: x.Name, Custody: x.Custody,
			At: instant(x.At), LogIndex: x.LogIndex,
		})
	}
	for _, x := range p.Stops {
		out.Stops = append(out.Stops, stopJSON{Line: x.Line, Reason: x.Reason})
	}
	return out
}

type payrunShow struct {
	ID string `arg:"" help:"批次编号|id of the run"`
}

// Run shows one run.
func (c *payrunShow) Run(a *app) error {
	return a.with(func(s *session) error { return a.showRun(s, c.ID) })
}

func (a *app) showRun(s *session, id string) error {
	if err := s.synced(a.ctx); err != nil {
		return err
	}
	p, err := s.views.Payrun(a.ctx, id)
	if err != nil {
		return err
	}
	out := shownRun(p)
	if out.Returns, err = a.returns(s, ledger.PayrunSubject, id); err != nil {
		return err
	}
	return a.print(out, func(w io.Writer) { writeRun(w, a, out) })
}

// next says in Chinese what a run waits for; English is payrun.Next's own.
func (l language) next(r payrunJSON) string {
	switch {
	case l == english:
		return r.Next
	case r.Waits != "" && len(r.Scopes) > 0:
		return "待 " + r.Waits + " 签字：" + strings.Join(r.Scopes, ", ")
	}
	return map[payrun.Wait]string{
		payrun.WaitList: "待 " + r.Waits + " 造表", payrun.WaitSubmission: "待 " + r.Waits + " 送签", payrun.WaitUndoing: "正在退回各人单元",
		payrun.WaitInstruction: "待财政通知银行付款", payrun.WaitBank: "待银行回盘", payrun.WaitSettling: "没有应付金额，待财政了结", payrun.WaitNothing: "已了结，不再变动",
	}[r.wait]
}

func writeRun(w io.Writer, a *app, r payrunJSON) {
	fields(w, a.words, "批次|run", r.Run, "种类|kind", r.Kind, "项目|programme", r.Programme+"@"+r.Region, "单位|office", r.Office, "付款|finance", r.Finance,
		"发放期|period", r.Period, "所属单元|units", r.From+" – "+r.To, "政策|rulebook", r.Rulebook, "状态|status", r.Status, "行数|lines", count(r.Lines), "缓发|held", count(r.Held),
		"合计（元）|total (yuan)", r.Total, "应付（元）|payable (yuan)", r.Payable, "名单根|root", r.Root, "下一步|next", a.words.next(r))
	sections := table{heading: a.header("村居|section", "行数|lines", "缓发|held", "合计|total"), right: []int{1, 2, 3}}
	for _, x := range r.Sections {
		sections.add(x.Scope, count(x.Lines), count(x.Held), x.Total)
	}
	signatures := table{heading: a.header("轮|round", "步|step", "职责|capacity", "范围|scope", "意见|opinion", "签字人|officer", "姓名|name", "时间|at"), right: []int{0, 1}}
	for _, x := range r.Signatures {
		signatures.add(count(x.Round), count(x.Step), x.Capacity, x.Scope, x.Opinion, x.Officer, x.Name, x.At)
	}
	stops := table{heading: a.header("止付行|stopped line", "原因|reason"), right: []int{0}}
	for _, x := range r.Stops {
		stops.add(count(x.Line), x.Reason)
	}
	for _, t := range []table{sections, signatures, stops} {
		if len(t.rows) > 0 {
			fmt.Fprintln(w)
			t.write(w)
		}
	}
	writeReturns(w, a, r.Returns)
}

type payrunRecheck struct {
	ID string `arg:"" help:"批次编号|id of the run"`
}

// Run recomputes the run. A line that events do not bear out is a failed check.
func (c *payrunRecheck) Run(a *app) error {
	return a.with(func(s *session) error {
		bar := a.progress(a.words.pick("重算", "recheck"))
		out, err := s.ledger.RecheckPayrun(a.ctx, c.ID, bar.tell)
		bar.end()
		if err != nil {
			return err
		}
		if err := a.print(out, func(w io.Writer) { writeRecheck(w, a, out) }); err != nil {
			return err
		}
		if n := len(out.Mismatches); n > 0 {
			return &failedError{
				text: fmt.Sprintf(a.words.pick("批次 %s 有 %d 处与事件不符", "%d places of the run %s do not follow from the events"), a.words.pair(c.ID, n)...),
				next: a.words.pick("不要付款；保存台账副本并查明原因", "do not pay; keep a copy of the ledger and find out why"),
			}
		}
		return nil
	})
}

// pair gives two values in the order in which the language speaks of them.
func (l language) pair(id string, n int) []any {
	if l == english {
		return []any{n, id}
	}
	return []any{id, n}
}

func writeRecheck(w io.Writer, a *app, r ledger.Recheck) {
	fmt.Fprintf(w, a.words.pick("重算 %d 行，合计 %s 元，不符 %d 处\n", "recomputed %d lines, total %s yuan, %d mismatches\n"), r.Lines, r.Total, len(r.Mismatches))
	for _, m := range r.Mismatches {
		fmt.Fprintf(w, "  %s %s %s\n", strconv.Itoa(m.Line), m.Person, m.What)
	}
}

type payrunList struct {
	Programme string `help:"项目|programme"`
	Office    string `help:"单位|office"`
	Period    string `help:"发放期，或包含它的更长期间|payout period, or one that contains it"`
	Status    string `help:"状态|status"`
}

// Run lists runs, the last opened first.
func (c *payrunList) Run(a *app) error {
	period, err := periodFlag("--period", c.Period)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		runs, err := s.views.Payruns(a.ctx, projections.PayrunFilter{Programme: c.Programme, Office: c.Office, Period: period, Status: payrun.Status(c.Status)})
		if err != nil {
			return err
		}
		out := []payrunJSON{}
		t := table{heading: a.header("批次|run", "发放期|period", "项目|programme", "单位|office", "状态|status", "行数|lines", "合计|total", "待|waits for"), right: []int{5, 6}}
		for _, r := range runs {
			shown := shownRun(r)
			out = append(out, shown)
			t.add(shown.Run, shown.Period, shown.Programme, shown.Office, shown.Status, count(shown.Lines), shown.Total, shown.Waits)
		}
		return a.print(out, t.write)
	})
}
