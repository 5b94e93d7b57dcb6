package main

import (
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/month"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/projections"
)

type monthCmd struct {
	List     monthList     `cmd:"" help:"列出账期|list the book months"`
	Show     monthShow     `cmd:"" help:"对账：一个账期一页|reconcile: one month on one page"`
	Close    monthClose    `cmd:"" help:"结账送签（财政经办签字）；签齐即结账|submit the close, signed by the handler; the last signature closes"`
	SignOff  monthSignOff  `cmd:"" name:"sign-off" help:"签结账或反结账|sign the close, or the reopening, that waits"`
	SendBack monthSendBack `cmd:"" name:"send-back" help:"退回结账或反结账|send the close, or the reopening, back"`
	Reopen   monthReopen   `cmd:"" help:"申请反结账：须有原因，另一人签字后生效|ask for a closed month to be reopened, with a reason; another person's signature does it"`
}

// monthArgs name a book month.
type monthArgs struct {
	Finance string `arg:"" help:"财政单位|finance office"`
	Month   string `arg:"" help:"账期，如 2022-01|month, as 2022-01"`
}

func (m monthArgs) parse() (domain.Period, error) {
	in, err := periodFlag("MONTH", m.Month)
	if err == nil && in.Kind() != domain.Month {
		err = domain.Refuse(domain.Invalid, "month.period", "books are kept by month, and %q is none", in).WithNext("name a month, as 2022-01")
	}
	return in, err
}

// subject is what is signed of the month now: its reopening while that waits, else its close.
func (m monthArgs) subject(a *app, s *session) (ledger.Subject, error) {
	in, err := m.parse()
	if err != nil {
		return ledger.Subject{}, err
	}
	state, err := s.ledger.Month(a.ctx, m.Finance, in)
	kind := ledger.MonthSubject
	if state.Status == month.StatusReopening {
		kind = ledger.MonthReopenSubject
	}
	return ledger.Subject{Kind: kind, ID: ledger.MonthID(m.Finance, in)}, err
}

type monthClose struct {
	monthArgs
	Opinion string `help:"意见代码|opinion code" default:"agree"`
	penFlags
}

// Run submits the close.
func (c *monthClose) Run(a *app) error {
	return c.submit(a, ledger.MonthSubject, c.Opinion, c.penFlags)
}

type monthReopen struct {
	monthArgs
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	penFlags
}

// Run submits the reopening.
func (c *monthReopen) Run(a *app) error {
	return c.submit(a, ledger.MonthReopenSubject, c.Reason, c.penFlags)
}

func (m monthArgs) submit(a *app, kind ledger.SubjectKind, opinion string, pen penFlags) error {
	in, err := m.parse()
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "finance.handler")
		if err != nil {
			return err
		}
		with, err := pen.pen(a, s, actor.Officer)
		if err != nil {
			return err
		}
		subject := ledger.Subject{Kind: kind, ID: ledger.MonthID(m.Finance, in)}
		out, err := s.ledger.Submit(a.ctx, a.command(actor), ledger.Sign{Subject: subject, Opinion: opinion, Pen: with})
		return a.signed(s, subject, out, err)
	})
}

type monthSignOff struct {
	monthArgs
	Opinion string `help:"意见代码|opinion code" default:"agree"`
	penFlags
}

// Run signs the step that waits.
func (c *monthSignOff) Run(a *app) error {
	return a.with(func(s *session) error {
		subject, actor, pen, err := c.signing(a, s, c.penFlags)
		if err != nil {
			return err
		}
		out, err := s.ledger.SignOff(a.ctx, a.command(actor), ledger.Sign{Subject: subject, Scope: signoff.WholeScope, Opinion: c.Opinion, Pen: pen})
		return a.signed(s, subject, out, err)
	})
}

// signing finds what is signed, by whom and with which pen.
func (m monthArgs) signing(a *app, s *session, flags penFlags) (subject ledger.Subject, actor ledger.Actor, pen ledger.Pen, err error) {
	if subject, err = m.subject(a, s); err != nil {
		return subject, actor, nil, err
	}
	if actor, err = a.signer(s, subject, ""); err != nil {
		return subject, actor, nil, err
	}
	pen, err = flags.pen(a, s, actor.Officer)
	return subject, actor, pen, err
}

type monthSendBack struct {
	monthArgs
	To     int    `help:"退回到第几步（0 为经办）|step it goes back to (0: the handler)" default:"0"`
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	Note   string `help:"说明，加密保存；- 表示从标准输入读|note, kept sealed; - reads standard input" placeholder:"TEXT"`
	penFlags
}

// Run sends back.
func (c *monthSendBack) Run(a *app) error {
	return a.with(func(s *session) error {
		note, err := a.given(c.Note)
		if err != nil {
			return err
		}
		subject, actor, pen, err := c.signing(a, s, c.penFlags)
		if err != nil {
			return err
		}
		out, err := s.ledger.SendBack(a.ctx, a.command(actor), ledger.Return{Subject: subject, To: c.To, Reason: c.Reason, Note: note, Pen: pen})
		return a.signed(s, subject, out, err)
	})
}

type monthList struct {
	Finance string `arg:"" optional:"" help:"财政单位|finance office"`
}

// monthRowJSON is one month of a list.
type monthRowJSON struct {
	Finance     string       `json:"finance"`
	Month       string       `json:"month"`
	Status      string       `json:"status"`
	Instructed  domain.Money `json:"instructed"`
	Outstanding domain.Money `json:"outstanding"`
	Root        string       `json:"root,omitempty"` // of the last close
	CutOff      int64        `json:"cutOff,omitempty"`
}

// Run lists the months in which anything was booked.
func (c *monthList) Run(a *app) error {
	return a.with(func(s *session) error {
		if err := s.synced(a.ctx); err != nil {
			return err
		}
		logIndex, all, err := s.views.Months(a.ctx, c.Finance)
		if err != nil {
			return err
		}
		out := struct {
			LogIndex int64          `json:"logIndex"`
			Months   []monthRowJSON `json:"months"`
		}{logIndex, []monthRowJSON{}}
		t := table{heading: a.header("财政单位|finance", "账期|month", "状态|status", "通知付款|instructed", "未回盘|outstanding"), right: []int{3, 4}}
		for _, m := range all {
			row := monthRowJSON{Finance: m.Finance, Month: m.Month.String(), Status: monthStatus(m.State.Status), Instructed: m.Instructed, Outstanding: m.Outstanding}
			if last, ok := m.State.Close(); ok {
				row.Root, row.CutOff = last.Root, last.CutOff
			}
			out.Months = append(out.Months, row)
			t.add(row.Finance, row.Month, row.Status, row.Instructed.String(), row.Outstanding.String())
		}
		return a.print(out, t.write)
	})
}

// monthStatus names the status of a month that nobody submitted.
func monthStatus(s month.Status) string {
	if s == month.StatusOpen {
		return "open"
	}
	return string(s)
}

type monthShow struct {
	monthArgs
	At int64 `help:"只算前 N 条记录（台账位置）|take in the first N entries only (log index)" placeholder:"N"`
}

// monthJSON is one month on one page.
type monthJSON struct {
	LogIndex int64  `json:"logIndex"`
	Status   string `json:"status"`
	At       int64  `json:"at"` // entries that the figures take in
	month.Reckoning
	Total    month.Figures     `json:"total"`
	Balanced bool              `json:"balanced"`
	Root     string            `json:"root"` // over all of it, as officers sign it
	Causes   []month.CauseSum  `json:"causes"`
	Bank     []bankClassJSON   `json:"bank"`
	Funds    []fundSideJSON    `json:"funds"`
	Variance monthVarianceJSON `json:"variance"`
	Closes   []month.Stood     `json:"closes"`
	AsClosed bool              `json:"asClosed,omitempty"` // it is closed, and comes to what was closed
}

type bankClassJSON struct {
	Class       string       `json:"class"`
	Lines       int          `json:"lines"`
	Stated      domain.Money `json:"stated"`
	Settled     domain.Money `json:"settled"`
	Returned    domain.Money `json:"returned"`
	Outstanding domain.Money `json:"outstanding"`
	Beyond      domain.Money `json:"beyond"`
	Early       domain.Money `json:"early"`
}

type fundSideJSON struct {
	Fund      string       `json:"fund"`
	Run       string       `json:"run"`
	Committed domain.Money `json:"committed"`
	Spent     domain.Money `json:"spent"`
	Released  domain.Money `json:"released"`
}

type monthVarianceJSON struct {
	Before domain.Money        `json:"before"`
	This   domain.Money        `json:"this"`
	Rows   []varianceCauseJSON `json:"rows"`
}

type varianceCauseJSON struct {
	Programme string       `json:"programme"`
	Cause     string       `json:"cause"`
	Persons   int          `json:"persons"`
	Amount    domain.Money `json:"amount"`
}

func shownMonth(r projections.Reconciliation) monthJSON {
	root, _ := r.Root()
	out := monthJSON{
		LogIndex: r.LogIndex, Status: monthStatus(r.State.Status), At: r.At, Reckoning: r.Reckoning.Listed(), Total: r.Total(), Balanced: r.Balanced(), Root: root,
		Causes: append([]month.CauseSum{}, r.Causes()...), Bank: []bankClassJSON{}, Funds: []fundSideJSON{},
		Variance: monthVarianceJSON{Before: r.Variance.Before, This: r.Variance.This, Rows: []varianceCauseJSON{}}, Closes: append([]month.Stood{}, r.State.Closes...),
	}
	if last, ok := r.State.Close(); ok && r.State.Closed() {
		out.AsClosed = last.Root == root
	}
	for _, b := range r.Bank {
		out.Bank = append(out.Bank, bankClassJSON{string(b.Class), b.Lines, b.Stated, b.Settled, b.Returned, b.Outstanding, b.Beyond, b.Early})
	}
	for _, f := range r.Funds {
		out.Funds = append(out.Funds, fundSideJSON{f.Fund, f.Run, f.Committed, f.Spent, f.Released})
	}
	for _, v := range r.Variance.Rows {
		out.Variance.Rows = append(out.Variance.Rows, varianceCauseJSON{v.Programme, string(v.Cause), v.Persons, v.Amount})
	}
	return out
}

// Run shows the month.
func (c *monthShow) Run(a *app) error {
	in, err := c.parse()
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		if err := s.synced(a.ctx); err != nil {
			return err
		}
		if _, err := s.ledger.Office(a.ctx, c.Finance); err != nil {
			return err
		}
		var r projections.Reconciliation
		if c.At > 0 {
			r, err = s.views.ReconciliationAt(a.ctx, c.Finance, in, c.At)
		} else {
			r, err = s.views.Reconciliation(a.ctx, c.Finance, in)
		}
		if err != nil {
			return err
		}
		out := shownMonth(r)
		return a.print(out, func(w io.Writer) { writeMonth(w, a, out) })
	})
}

// shownDifferences is how many differences the page lists; --json has them all.
const shownDifferences = 40

// writeMonth writes the page: figures, who says what, what differs, what changed.
func writeMonth(w io.Writer, a *app, r monthJSON) {
	fields(w, a.words, "财政单位|finance", r.Finance, "账期|month", r.Month.String(), "状态|status", r.Status, "台账位置|log index", fmt.Sprint(r.At), "批次|runs", count(len(r.Runs)),
		"平衡|balanced", yes(r.Balanced, a.words), "摘要|root", r.Root)
	figures := table{heading: a.header("项目|programme", "类别、资金级次|class, level", "期初|opening", "通知付款|instructed", "到账|settled", "退票|returned", "期末未回盘|outstanding",
		"造表|prepared", "签发|released", "止付|stopped", "重付|reissued", "多付|beyond"), right: []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}
	add := func(name, part string, f month.Figures) {
		figures.add(name, part, f.Opening.String(), f.Instructed.String(), f.Settled.String(), f.Returned.String(), f.Outstanding.String(),
			f.Prepared.String(), f.Released.String(), f.Stopped.String(), f.Reissued.String(), f.Beyond.String())
	}
	for _, part := range [][]month.Figures{r.Classes, r.Levels, r.Programmes} {
		for _, f := range part {
			add(f.Programme, f.Class+f.Level, f)
		}
	}
	add(a.words.pick("合计", "total"), "", r.Total)
	figures.write(w)
	fields(w, a.words, "追回：扣抵|recovered: set off", r.Total.SetOff.String(), "退回|refunded", r.Total.Refunded.String(), "冲正|taken back by the bank", r.Total.GotBack.String(),
		"核销|written off", r.Total.WrittenOff.String())

	bank := table{heading: a.header("银行明细|bank lines", "行数|lines", "银行金额|stated", "到账|settled", "退票|returned", "未回盘|outstanding", "多付|beyond", "先冲后付|early"), right: []int{1, 2, 3, 4, 5, 6, 7}}
	for _, b := range r.Bank {
		if b.Lines > 0 {
			bank.add(b.Class, count(b.Lines), b.Stated.String(), b.Settled.String(), b.Returned.String(), b.Outstanding.String(), b.Beyond.String(), b.Early.String())
		}
	}
	bank.write(w)
	if len(r.Funds) > 0 {
		funds := table{heading: a.header("资金|fund", "批次|run", "预留|committed", "支出|spent", "放回|released"), right: []int{2, 3, 4}}
		for _, f := range r.Funds {
			funds.add(f.Fund, f.Run, f.Committed.String(), f.Spent.String(), f.Released.String())
		}
		funds.write(w)
	}
	writeMonthDifferences(w, a, r)
	variance := table{heading: a.header("与上月比|against the month before", "原因|cause", "人数|persons", "金额|amount"), right: []int{2, 3}}
	for _, v := range r.Variance.Rows {
		variance.add(v.Programme, v.Cause, count(v.Persons), v.Amount.String())
	}
	variance.add(a.words.pick("合计", "total"), r.Variance.Before.String()+" → "+r.Variance.This.String(), "", r.Variance.This.Sub(r.Variance.Before).String())
	variance.write(w)
}

// writeMonthDifferences writes what is to be explained: sums by cause, lines, the bridge, and checks that fail.
func writeMonthDifferences(w io.Writer, a *app, r monthJSON) {
	causes := table{heading: a.header("差异|difference", "行数|lines", "金额|amount"), right: []int{1, 2}}
	for _, c := range r.Causes {
		causes.add(c.Cause, count(c.Lines), c.Amount.String())
	}
	causes.write(w)
	if len(r.Differences) > 0 {
		lines := table{heading: a.header("差异|difference", "金额|amount", "批次|run", "行|line", "付款号|pay ref", "银行文件|bank file", "行|line", "原因|reason"), right: []int{1, 3, 6}}
		for _, d := range r.Differences[:min(len(r.Differences), shownDifferences)] {
			lines.add(d.Cause, d.Amount.String(), d.Run, numberOr(d.Line), d.PayRef, d.BankFile, numberOr(d.BankLine), d.Reason)
		}
		lines.write(w)
		if left := len(r.Differences) - shownDifferences; left > 0 {
			fmt.Fprintf(w, a.words.pick("另有 %d 行，见 --json\n", "%d more: see --json\n"), left)
		}
	}
	if len(r.Bridge) > 0 {
		bridge := table{heading: a.header("桥：账期|bridge: month", "项目|programme", "原因|cause", "科目|figure", "金额|amount", "事件|event"), right: []int{4}}
		for _, b := range r.Bridge {
			bridge.add(b.Month.String(), b.Programme, b.Cause, b.Figure, b.Amount.String(), b.Event)
		}
		bridge.write(w)
	}
	for _, c := range r.Checks {
		if !c.Agrees() {
			fmt.Fprintf(w, a.words.pick("不符 %s：台账 %s，对方 %s\n", "does not agree: %s: %s here, %s there\n"), strings.TrimSpace(c.Name+" "+c.Part), c.Ours, c.Theirs)
		}
	}
	for _, file := range r.Unclassified {
		fmt.Fprintf(w, a.words.pick("回盘文件 %s 尚未归类\n", "bank file %s is not classified\n"), file)
	}
	for _, earlier := range r.EarlierOpen {
		fmt.Fprintf(w, a.words.pick("%s 尚未结账\n", "%s is not closed\n"), earlier)
	}
}

// numberOr is a number, or nothing for 0.
func numberOr(n int) string {
	if n == 0 {
		return ""
	}
	return count(n)
}
