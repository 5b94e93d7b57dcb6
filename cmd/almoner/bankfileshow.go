package main

import (
	"fmt"
	"io"

	bank "almoner/domain/bankfile"
	"almoner/projections"
)

type bankfileList struct {
	Finance   string `help:"财政单位|finance office" placeholder:"OFFICE"`
	Direction string `help:"发出或收到|sent or received" enum:",sent,received" default:""`
	Status    string `help:"状态|status"`
	RunID     string `name:"run" help:"与这个批次有关的|about this run" placeholder:"RUN"`
}

// bankFileJSON is one bank file.
type bankFileJSON struct {
	LogIndex   int64           `json:"logIndex"`
	BankFile   string          `json:"bankFile"`
	Direction  string          `json:"direction"`
	Finance    string          `json:"finance"`
	Status     string          `json:"status"`
	Done       bool            `json:"done"` // what follows from it stands with people and funds
	Format     string          `json:"format"`
	ReceivedOn string          `json:"receivedOn,omitempty"`
	Runs       []string        `json:"runs,omitempty"`
	Lines      int             `json:"lines"`
	Total      string          `json:"total"`
	Size       int64           `json:"size"`
	Classified int             `json:"classified,omitempty"` // lines
	Classes    []bank.ClassSum `json:"classes,omitempty"`
	Findings   []bank.Finding  `json:"findings,omitempty"`
	Rule       string          `json:"rule,omitempty"`   // why it cannot be read
	Reason     string          `json:"reason,omitempty"` // of its refusal by the bank
	Proof      string          `json:"proof,omitempty"`
}

func shownBankFile(f projections.BankFile) bankFileJSON {
	s := f.State
	lines, total := s.Declared()
	out := bankFileJSON{
		LogIndex: f.LogIndex, BankFile: f.ID, Direction: f.Direction, Finance: f.Finance, Status: string(s.Status), Done: s.Done, Format: s.Format(),
		Lines: lines, Total: total.String(), Classified: s.Lines,
	}
	switch {
	case s.Sent != nil:
		out.Runs, out.Size = s.Sent.Runs, s.Sent.Size
	case s.Received != nil:
		out.ReceivedOn, out.Size = s.Received.ReceivedOn.String(), s.Received.Size
	}
	for _, sum := range s.Classes {
		if sum.Lines > 0 {
			out.Classes = append(out.Classes, sum)
		}
	}
	if s.Read != nil {
		out.Findings = s.Read.Findings
	}
	if s.Unreadable != nil {
		out.Rule = s.Unreadable.Rule
	}
	if s.Refusal != nil {
		out.Reason, out.Proof = s.Refusal.Reason, s.Refusal.Proof
	}
	return out
}

// Run lists bank files, the last recorded first.
func (c *bankfileList) Run(a *app) error {
	return a.with(func(s *session) error {
		files, err := s.views.BankFiles(a.ctx, projections.BankFileFilter{Finance: c.Finance, Direction: c.Direction, Status: c.Status, Run: c.RunID})
		if err != nil {
			return err
		}
		out := []bankFileJSON{}
		t := table{heading: a.header("文件|bank file", "方向|direction", "财政|finance", "状态|status", "格式|layout", "收到|received", "行数|lines", "合计|total"), right: []int{6, 7}}
		for _, f := range files {
			shown := shownBankFile(f)
			out = append(out, shown)
			t.add(shown.BankFile, shown.Direction, shown.Finance, shown.Status, shown.Format, shown.ReceivedOn, count(shown.Lines), shown.Total)
		}
		return a.print(out, t.write)
	})
}

type bankfileShow struct {
	ID string `arg:"" help:"银行文件编号|id of the bank file"`
}

// Run shows one bank file.
func (c *bankfileShow) Run(a *app) error {
	return a.with(func(s *session) error { return a.showBankFile(s, c.ID) })
}

func (a *app) showBankFile(s *session, id string) error {
	if err := s.synced(a.ctx); err != nil {
		return err
	}
	f, err := s.views.BankFile(a.ctx, id)
	if err != nil {
		return err
	}
	out := shownBankFile(f)
	return a.print(out, func(w io.Writer) {
		fields(w, a.words, "文件|bank file", out.BankFile, "方向|direction", out.Direction, "财政|finance", out.Finance, "状态|status", out.Status, "格式|layout", out.Format,
			"收到|received", out.ReceivedOn, "行数|lines", count(out.Lines), "合计（元）|total (yuan)", out.Total, "不能读|cannot be read", out.Rule, "退回原因|refused because", out.Reason, "证明|proof", out.Proof)
		for _, run := range out.Runs {
			fmt.Fprintf(w, "%s %s\n", a.words.pick("批次", "run"), run)
		}
		for _, x := range out.Findings {
			fmt.Fprintf(w, "  %s × %d\n", x.Rule, x.Count)
		}
		writeClasses(w, a, out.Classes)
	})
}

type bankfileLines struct {
	ID    string `arg:"" help:"收到的银行文件编号|id of the file received"`
	After int    `help:"从这一行之后|after this line" default:"0"`
	Limit int    `help:"最多几行，0 为全部|at most so many, 0 for all" default:"0"`
}

// bankLineJSON is one line of a received file, in yuan.
type bankLineJSON struct {
	Line     int    `json:"line"`
	Class    string `json:"class"`
	Late     bool   `json:"late,omitempty"`
	Amount   string `json:"amount"`
	Reason   string `json:"reason,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Run      string `json:"run,omitempty"`
	RunLine  int    `json:"runLine,omitempty"`
	PayRef   string `json:"payRef,omitempty"`
	Result   string `json:"result,omitempty"`
	BookedOn string `json:"bookedOn,omitempty"`
	Dated    bool   `json:"dated,omitempty"` // the bank named the day
	Undraw   bool   `json:"undraw,omitempty"`
	Overpaid string `json:"overpaid,omitempty"`
	GotBack  string `json:"gotBack,omitempty"`
}

type bankLinesJSON struct {
	LogIndex int64          `json:"logIndex"`
	BankFile string         `json:"bankFile"`
	Lines    []bankLineJSON `json:"lines"`
	Next     int            `json:"next,omitempty"` // --after of the next page
}

func shownBankLine(l projections.BankLineView) bankLineJSON {
	out := bankLineJSON{
		Line: l.Line, Class: string(l.Class), Late: l.Late, Amount: l.Amount.String(), Reason: l.Reason, Serial: l.Serial, Run: l.Run, RunLine: l.RunLine,
		PayRef: l.PayRef, Result: string(l.Result), Dated: l.Dated, Undraw: l.Undraw,
	}
	if !l.BookedOn.IsZero() {
		out.BookedOn = l.BookedOn.String()
	}
	if l.Overpaid.Sign() > 0 {
		out.Overpaid = l.Overpaid.String()
	}
	if l.GotBack.Sign() > 0 {
		out.GotBack = l.GotBack.String()
	}
	return out
}

// Run lists the classified lines of a received file.
func (c *bankfileLines) Run(a *app) error {
	return a.with(func(s *session) error {
		page, err := s.views.BankLines(a.ctx, c.ID, c.After, c.Limit)
		if err != nil {
			return err
		}
		out := bankLinesJSON{LogIndex: page.LogIndex, BankFile: c.ID, Lines: []bankLineJSON{}, Next: page.Next}
		t := table{heading: a.header("行|line", "认定|class", "迟到|late", "金额|amount", "批次|run", "行|line", "记账|booked", "流水|serial", "原因|reason", "多付|overpaid"), right: []int{0, 3, 5, 9}}
		for _, l := range page.Lines {
			shown := shownBankLine(l)
			out.Lines = append(out.Lines, shown)
			line := ""
			if shown.RunLine > 0 {
				line = count(shown.RunLine)
			}
			t.add(count(shown.Line), a.words.class(l.Class), yes(shown.Late, a.words), shown.Amount, shown.Run, line, shown.BookedOn, shown.Serial, shown.Reason, shown.Overpaid)
		}
		if err := a.print(out, t.write); err != nil {
			return err
		}
		if out.Next > 0 {
			a.say("后面还有：--after %d", "there is more: --after %d", out.Next)
		}
		return nil
	})
}
