package main

import (
	"fmt"
	"io"
	"path/filepath"

	bank "almoner/domain/bankfile"
	"almoner/ledger"
	"almoner/projections"
)

type payrunInstruct struct {
	Runs         []string `arg:"" help:"已签发的批次，可多个|released runs, one or more"`
	Format       string   `help:"代发文件格式编号，或格式描述文件 .yaml|id of a layout, or a descriptor file .yaml" required:"" placeholder:"F"`
	Out          string   `help:"代发文件写到哪个文件夹|folder for the files" placeholder:"DIR"`
	MaxLines     int      `help:"一个文件最多几行，0 不限|lines that one file may hold, 0 for no limit" default:"0"`
	PayerAccount string   `help:"付款账号|account that pays" placeholder:"ACCOUNT"`
	PayerName    string   `help:"付款户名（默认财政单位名称）|name of the paying account (default: the finance office's)" placeholder:"NAME"`
	PayerBank    string   `help:"付款行|bank of the paying account" placeholder:"BANK"`
	Purpose      string   `help:"用途|purpose of the payment"`
	commitFlag
}

// instructJSON is what an instruction does, or would do.
type instructJSON struct {
	DryRun   bool                 `json:"dryRun"`
	Files    []ledger.OutFile     `json:"files"`
	Lines    int                  `json:"lines"`
	Total    string               `json:"total"`
	Problems []ledger.CannotWrite `json:"problems,omitempty"`
	Repeated bool                 `json:"repeated,omitempty"`
	Written  []string             `json:"written,omitempty"` // paths
}

// Run checks every line against the layout; with --commit the bank files are recorded, the runs instructed, and only then
// written to the folder.
func (c *payrunInstruct) Run(a *app) error {
	id, descriptor, err := layout(a.words, c.Format)
	if err != nil {
		return err
	}
	if c.Commit && c.Out == "" {
		return usage(a.words, "没有说明文件写到哪里", "no folder is named for the files").(*usageError).with(a.words.pick("加 --out 文件夹", "give --out DIR"))
	}
	request := ledger.InstructRequest{
		Runs: c.Runs, Format: id, Descriptor: descriptor, MaxLines: c.MaxLines, Purpose: c.Purpose,
		Payer: ledger.Payer{Account: c.PayerAccount, Name: c.PayerName, Bank: c.PayerBank},
	}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		do := s.ledger.PlanInstruction
		if c.Commit {
			do = s.ledger.Instruct
		}
		bar := a.progress(a.words.pick("做代发文件", "make bank files"))
		out, err := do(a.ctx, a.command(actor), request, bar.tell)
		bar.end()
		if len(out.Problems) > 0 {
			a.sayProblems(out)
		}
		if err != nil {
			return err
		}
		shown := instructJSON{DryRun: !c.Commit, Files: out.Files, Lines: out.Lines, Total: out.Total.String(), Repeated: out.Repeated}
		if c.Commit {
			if shown.Written, err = c.write(a, s, actor, out); err != nil {
				return err
			}
		}
		if err := a.print(shown, func(w io.Writer) { writeInstruction(w, a, shown) }); err != nil {
			return err
		}
		if !c.Commit {
			a.say("没有写入任何内容。要执行请加 --commit。", "nothing was written. Add --commit to do it.")
		}
		return nil
	})
}

// write puts the files into the folder, after the instruction stands.
func (c *payrunInstruct) write(a *app, s *session, actor ledger.Actor, out ledger.Instruction) ([]string, error) {
	var written []string
	for _, f := range out.Files {
		name, err := a.exportTo(s, a.command(actor), f.ID, "send", func(name string) string { return filepath.Join(c.Out, name) })
		if err != nil {
			return written, fmt.Errorf("the instruction stands, and its file %s was not written (bankfile export writes it): %w", f.ID, err)
		}
		written = append(written, filepath.Join(c.Out, name))
	}
	return written, nil
}

// sayProblems lists what the layout cannot carry, line by line.
func (a *app) sayProblems(out ledger.Instruction) {
	for _, p := range out.Problems {
		a.say("批次 %s 第 %d 行（%s）「%s」%s：%s处理办法：%s [%s]", "run %s, line %d (%s), %s %s: %s next: %s [%s]", p.Run, p.RunLine, p.Person, p.Column, p.Value, p.What, p.Next, p.Rule)
	}
}

func writeInstruction(w io.Writer, a *app, out instructJSON) {
	t := table{heading: a.header("文件|bank file", "名称|name", "行数|lines", "合计|total", "SHA-256|SHA-256"), right: []int{2, 3}}
	for _, f := range out.Files {
		t.add(f.ID, f.Name, count(f.Lines), f.Total.String(), f.Hash)
	}
	t.write(w)
	for _, path := range out.Written {
		fmt.Fprintln(w, path)
	}
}

type payrunSettle struct {
	ID      string `arg:"" help:"批次编号|id of the run"`
	Missing bool   `help:"时限已过，未回的行记为无回音|the time is over: lines without an answer are missing"`
	commitFlag
}

// Run ends a run with what the bank came to.
func (c *payrunSettle) Run(a *app) error {
	return a.with(func(s *session) error {
		r, err := s.views.Reconcile(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("了结批次 %s：已付 %s，退回 %s，未回 %d 行", "would settle the run %s: settled %s, returned %s, %d lines unanswered", c.ID, r.Total.Settled, r.Total.Returned, r.Unanswered())
		}
		actor, err := a.actor(s, "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		if _, err := s.ledger.SettlePayrun(a.ctx, a.command(actor), c.ID, c.Missing); err != nil {
			return err
		}
		return a.showRun(s, c.ID)
	})
}

type payrunBank struct {
	ID       string `arg:"" help:"批次编号|id of the run"`
	Status   string `help:"只看这个状态的行|only lines of this state" enum:",pending,settled,returned,missing" default:""`
	Disputed bool   `help:"只看银行前后说法不一的行|only lines whose bank facts contradict each other"`
	All      bool   `help:"列出全部行（默认只列有差异的）|list all lines (default: only what differs)"`
}

// instructionJSON is one line that the bank was told to pay, in yuan.
type instructionJSON struct {
	Run            string   `json:"run"`
	Line           int      `json:"line"`
	PayRef         string   `json:"payRef"`
	Person         string   `json:"person"`
	Office         string   `json:"office"`
	Programme      string   `json:"programme"`
	Village        string   `json:"village"`
	Class          string   `json:"class"`
	Amount         string   `json:"amount"`
	BankFile       string   `json:"bankFile"`
	Instruction    int      `json:"instruction"`
	Status         string   `json:"status"`
	Settled        string   `json:"settled"`
	Returned       string   `json:"returned"`
	Outstanding    string   `json:"outstanding"`
	Beyond         string   `json:"beyond"`
	Early          string   `json:"early"`
	Late           bool     `json:"late,omitempty"`
	Undrawn        bool     `json:"undrawn,omitempty"` // its units are due again
	Again          string   `json:"again,omitempty"`   // draw that it pays again
	Contradictions []string `json:"contradictions,omitempty"`
	Reason         string   `json:"reason,omitempty"` // why it came back last
}

type instructionsJSON struct {
	LogIndex int64             `json:"logIndex"`
	Lines    []instructionJSON `json:"lines"`
}

func shownInstruction(l projections.InstructedLine) instructionJSON {
	line := l.Candidate.Line
	out := instructionJSON{
		Run: line.Run, Line: l.RunLine, PayRef: line.PayRef, Person: line.Person, Office: l.Office, Programme: l.Programme, Village: string(l.Village), Class: l.Class,
		Amount: line.Amount.String(), BankFile: l.BankFile, Instruction: l.Instruction, Status: string(l.Status), Settled: l.Settled.String(), Returned: l.Returned.String(),
		Outstanding: l.Outstanding.String(), Beyond: l.Beyond.String(), Early: l.Early.String(), Late: l.Late, Undrawn: line.Undrawn, Again: l.Again, Reason: l.Reason,
	}
	for _, x := range l.Contradictions {
		out.Contradictions = append(out.Contradictions, string(x.Kind))
	}
	return out
}

// reconcileJSON is what a run told the bank and what the bank came to.
type reconcileJSON struct {
	LogIndex    int64             `json:"logIndex"`
	Run         string            `json:"run"`
	Instructed  string            `json:"instructed"`
	Settled     string            `json:"settled"`
	Returned    string            `json:"returned"`
	Outstanding string            `json:"outstanding"`
	Beyond      string            `json:"beyond"`
	Early       string            `json:"early"`
	Balanced    bool              `json:"balanced"`
	Statuses    []statusJSON      `json:"statuses"`
	Classes     []bank.ClassSum   `json:"classes"`
	Lines       []instructionJSON `json:"lines"`
}

type statusJSON struct {
	Status string `json:"status"`
	Lines  int    `json:"lines"`
	Amount string `json:"amount"` // instructed
}

// Run compares a run with the bank's answers, line by line. A sum that is not explained is a failed check.
func (c *payrunBank) Run(a *app) error {
	return a.with(func(s *session) error {
		r, err := s.views.Reconcile(a.ctx, c.ID)
		if err != nil {
			return err
		}
		lines, err := s.views.InstructionLines(a.ctx, projections.InstructionFilter{Run: c.ID, Status: bank.LineStatus(c.Status), Disputed: c.Disputed}, "", 0)
		if err != nil {
			return err
		}
		out := reconcileJSON{
			LogIndex: r.LogIndex, Run: c.ID, Instructed: r.Total.Instructed.String(), Settled: r.Total.Settled.String(), Returned: r.Total.Returned.String(),
			Outstanding: r.Total.Outstanding.String(), Beyond: r.Total.Beyond.String(), Early: r.Total.Early.String(), Balanced: r.Balanced(), Lines: []instructionJSON{},
		}
		for _, x := range r.Statuses {
			out.Statuses = append(out.Statuses, statusJSON{string(x.Status), x.Lines, x.Instructed.String()})
		}
		for _, x := range r.Classes {
			if x.Lines > 0 {
				out.Classes = append(out.Classes, x)
			}
		}
		for _, l := range lines.Lines {
			plain := l.Status == bank.LineSettled && l.Settled.Equal(l.Candidate.Line.Amount) && l.Beyond.IsZero() && !l.Late && len(l.Contradictions) == 0
			if c.All || c.Status != "" || c.Disputed || !plain {
				out.Lines = append(out.Lines, shownInstruction(l))
			}
		}
		if err := a.print(out, func(w io.Writer) { writeReconcile(w, a, out) }); err != nil {
			return err
		}
		if !out.Balanced {
			return &failedError{text: fmt.Sprintf(a.words.pick("批次 %s 与银行的差异没有全部解释清楚", "what separates the run %s from the bank is not explained to the fen"), c.ID),
				next: a.words.pick("重建查询库（rebuild）后再看", "build the read models again (rebuild) and look once more")}
		}
		return nil
	})
}

func writeReconcile(w io.Writer, a *app, r reconcileJSON) {
	fields(w, a.words, "批次|run", r.Run, "代发|instructed", r.Instructed, "已付|settled", r.Settled, "退回|returned", r.Returned, "未回|outstanding", r.Outstanding,
		"多付|beyond", r.Beyond, "先冲|early", r.Early)
	statuses := table{heading: a.header("状态|state", "行数|lines", "代发|instructed"), right: []int{1, 2}}
	for _, x := range r.Statuses {
		statuses.add(a.words.lineStatus(bank.LineStatus(x.Status)), count(x.Lines), x.Amount)
	}
	fmt.Fprintln(w)
	statuses.write(w)
	writeClasses(w, a, r.Classes)
	if len(r.Lines) == 0 {
		return
	}
	t := table{heading: a.header("行|line", "付款码|pay ref", "对象|person", "状态|state", "代发|instructed", "已付|settled", "退回|returned", "未回|outstanding", "多付|beyond", "迟到|late", "原因|reason"),
		right: []int{0, 4, 5, 6, 7, 8}}
	for _, l := range r.Lines {
		t.add(count(l.Line), l.PayRef, l.Person, a.words.lineStatus(bank.LineStatus(l.Status)), l.Amount, l.Settled, l.Returned, l.Outstanding, l.Beyond, yes(l.Late, a.words), l.Reason)
	}
	fmt.Fprintln(w)
	t.write(w)
}
