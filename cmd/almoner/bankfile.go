package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	bank "almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/ledger"
	"almoner/ledger/bankfile"
)

type bankfileCmd struct {
	Formats  bankfileFormats  `cmd:"" help:"列出自带的文件格式|list the layouts that come with the program"`
	Add      bankfileAdd      `cmd:"" help:"收回盘：先试读，--commit 才写入|take a file from the bank in: a dry run unless --commit"`
	Classify bankfileClassify `cmd:"" help:"换一种格式再读，或续办|read a kept file in another layout, or go on"`
	List     bankfileList     `cmd:"" help:"列出银行文件|list bank files"`
	Show     bankfileShow     `cmd:"" help:"看一个银行文件|show one bank file"`
	Lines    bankfileLines    `cmd:"" help:"回盘逐行的认定|list what each line of a received file came to"`
	Returned bankfileReturned `cmd:"" help:"退票待更正账户|list returned lines whose account is still to be corrected"`
	Refuse   bankfileRefuse   `cmd:"" help:"银行整批退回|the bank refused a file whole"`
	Export   bankfileExport   `cmd:"" help:"取出银行文件原样（留痕）|write a bank file as it is kept; leaves a trace"`
}

// layout gives a layout to the ledger: by its id, or the text of a file.
func layout(words language, format string) (id, descriptor string, err error) {
	if !strings.HasSuffix(format, ".yaml") && !strings.HasSuffix(format, ".yml") {
		return format, "", nil
	}
	text, err := os.ReadFile(format)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", usage(words, "没有这个文件：%s", "there is no such file: %s", format)
	}
	return "", string(text), err
}

type bankfileFormats struct{}

type formatJSON struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Direction string `json:"direction"` // "out" to the bank, "back" from it
	Kind      string `json:"kind"`
	Answers   string `json:"answers,omitempty"` // layout out that it answers
	Basis     string `json:"basis"`
}

// Run lists the shipped layouts.
func (c *bankfileFormats) Run(a *app) error {
	out := []formatJSON{}
	t := table{heading: a.header("格式|layout", "名称|title", "方向|direction", "种类|kind", "对应|answers", "依据|rests on")}
	for _, id := range bankfile.ShippedIDs() {
		f, err := bankfile.Shipped(id)
		if err != nil {
			return err
		}
		shown := formatJSON{ID: id, Title: f.Title(a.words == english), Direction: string(f.Direction()), Kind: string(f.Kind()), Answers: f.Answers(), Basis: f.Basis()}
		out = append(out, shown)
		t.add(shown.ID, shown.Title, shown.Direction, shown.Kind, shown.Answers, shown.Basis)
	}
	return a.print(out, t.write)
}

type bankfileAdd struct {
	File       string `arg:"" help:"银行给的文件|the file from the bank"`
	Format     string `help:"回盘格式编号，或格式描述文件 .yaml|id of a layout, or a descriptor file .yaml" required:"" placeholder:"F"`
	ReceivedOn string `help:"收到日期（默认今天）|day on which it came (default: today)" placeholder:"DAY"`
	commitFlag
}

// receptionJSON is what a file from the bank holds and what became of it.
type receptionJSON struct {
	DryRun   bool            `json:"dryRun"`
	BankFile string          `json:"bankFile,omitempty"`
	Seen     bool            `json:"seen"` // these bytes had been added before
	Status   string          `json:"status,omitempty"`
	Format   string          `json:"format,omitempty"`
	Lines    int             `json:"lines"`
	Good     int             `json:"good"` // lines without an error
	Total    string          `json:"total"`
	Rule     string          `json:"rule,omitempty"` // why it cannot be read
	Reason   string          `json:"reason,omitempty"`
	Findings []bank.Finding  `json:"findings,omitempty"`
	Declared []declaredJSON  `json:"declared,omitempty"` // what the file states of itself and its lines do not bear out
	Problems []bankProblem   `json:"problems"`
	Classes  []bank.ClassSum `json:"classes,omitempty"`
}

type declaredJSON struct {
	Field    string `json:"field"`
	Declared string `json:"declared"`
	Counted  string `json:"counted"`
}

type bankProblem struct {
	Line     int    `json:"line,omitempty"`
	Column   string `json:"column,omitempty"`
	Value    string `json:"value,omitempty"` // masked when personal
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy,omitempty"`

	text string
}

func shownReception(r ledger.Reception, dry bool) receptionJSON {
	out := receptionJSON{
		DryRun: dry, BankFile: r.BankFile, Seen: r.Seen, Status: string(r.State.Status), Format: r.Reading.Format, Lines: r.Reading.Lines, Good: r.Reading.Good,
		Total: r.Reading.Total.String(), Rule: r.Reading.Rule, Reason: r.Reading.Reason, Findings: r.Reading.Findings, Problems: []bankProblem{},
	}
	if r.State.Read != nil {
		out.Format, out.Lines, out.Total, out.Findings = r.State.Read.Format, r.State.Read.Lines, r.State.Read.Total.String(), r.State.Read.Findings
	}
	for _, s := range r.State.Classes {
		if s.Lines > 0 {
			out.Classes = append(out.Classes, s)
		}
	}
	for _, d := range r.Reading.Declared {
		out.Declared = append(out.Declared, declaredJSON{string(d.Field), d.Declared, d.Counted})
	}
	for _, p := range r.Reading.Problems {
		out.Problems = append(out.Problems, bankProblem{p.Line, p.Column, p.Value, p.Rule, string(p.Severity), p.Message, p.Remedy, p.String()})
	}
	return out
}

func writeReception(w io.Writer, a *app, r receptionJSON) {
	fields(w, a.words, "文件|bank file", r.BankFile, "状态|status", r.Status, "格式|layout", r.Format, "行数|lines", count(r.Lines), "合计（元）|total (yuan)", r.Total,
		"不能读|cannot be read", r.Reason)
	for _, d := range r.Declared {
		fmt.Fprintf(w, a.words.pick("文件自报 %s 为 %s，逐行数出来是 %s\n", "the file states %s as %s, and its lines come to %s\n"), d.Field, d.Declared, d.Counted)
	}
	for _, p := range r.Problems {
		fmt.Fprintln(w, "  "+p.text)
	}
	writeClasses(w, a, r.Classes)
}

func writeClasses(w io.Writer, a *app, classes []bank.ClassSum) {
	if len(classes) == 0 {
		return
	}
	t := table{heading: a.header("认定|class", "行数|lines", "其中迟到|of them late", "金额|amount"), right: []int{1, 2, 3}}
	for _, s := range classes {
		t.add(a.words.class(s.Class), count(s.Lines), count(s.Late), s.Amount.String())
	}
	fmt.Fprintln(w)
	t.write(w)
}

// class says a class of bank lines in words.
func (l language) class(c bank.Class) string {
	if l == english {
		return string(c)
	}
	return map[bank.Class]string{
		bank.Matched: "相符", bank.Returned: "退票", bank.UnderAmount: "少付", bank.OverAmount: "多付", bank.PaidTwice: "重复付款",
		bank.DuplicateLine: "重复行", bank.Unknown: "无对应", bank.Reversed: "冲正",
	}[c]
}

// lineStatus says a state of an instruction line in words.
func (l language) lineStatus(s bank.LineStatus) string {
	if l == english {
		return string(s)
	}
	return map[bank.LineStatus]string{bank.LinePending: "待回盘", bank.LineSettled: "已付", bank.LineReturned: "退回", bank.LineMissing: "无回音"}[s]
}

// Run reads the file; with --commit it is kept, read and classified. A file that was added before changes nothing.
func (c *bankfileAdd) Run(a *app) error {
	received, err := dayFlag("--received-on", c.ReceivedOn)
	if err != nil {
		return err
	}
	id, descriptor, err := layout(a.words, c.Format)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return usage(a.words, "没有这个文件：%s", "there is no such file: %s", c.File)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	request := ledger.ReceiveRequest{FileName: filepath.Base(c.File), File: file, Size: info.Size(), Format: id, Descriptor: descriptor, ReceivedOn: received}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		take := s.ledger.PlanReception
		if c.Commit {
			take = s.ledger.AddBankFile
		}
		bar := a.progress(a.words.pick("读回盘", "read the bank's file"))
		r, err := take(a.ctx, a.command(actor), request, bar.tell)
		bar.end()
		if err != nil {
			return err
		}
		return a.printReception(r, !c.Commit)
	})
}

func (a *app) printReception(r ledger.Reception, dry bool) error {
	shown := shownReception(r, dry)
	if err := a.print(shown, func(w io.Writer) { writeReception(w, a, shown) }); err != nil {
		return err
	}
	switch {
	case r.Seen && dry:
		a.say("这个文件已经收过：%s。", "this file was added before: %s.", r.BankFile)
	case dry:
		a.say("没有写入任何内容。要执行请加 --commit。", "nothing was written. Add --commit to do it.")
	case shown.Rule != "":
		a.say("文件已原样保存，但用这个格式读不出；用 bankfile classify %s --format F 换一种格式。", "the file is kept as it came, but this layout cannot read it; try another with bankfile classify %s --format F.", r.BankFile)
	case r.Seen:
		a.say("这个文件已经收过，没有任何变化：%s。", "this file was added before and changes nothing: %s.", r.BankFile)
	}
	return nil
}

type bankfileClassify struct {
	ID     string `arg:"" help:"银行文件编号|id of the bank file"`
	Format string `help:"回盘格式编号，或格式描述文件 .yaml|id of a layout, or a descriptor file .yaml" required:"" placeholder:"F"`
	commitFlag
}

// Run reads and classifies a file that is kept.
func (c *bankfileClassify) Run(a *app) error {
	id, descriptor, err := layout(a.words, c.Format)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		if !c.Commit {
			return a.dryRun("用格式 %s 读银行文件 %s 并逐行认定", "would read and classify the bank file %[2]s as %[1]s", c.Format, c.ID)
		}
		actor, err := a.actor(s, "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		bar := a.progress(a.words.pick("读回盘", "read the bank's file"))
		r, err := s.ledger.ClassifyBankFile(a.ctx, a.command(actor), c.ID, id, descriptor, bar.tell)
		bar.end()
		if err != nil {
			return err
		}
		r.Seen = false
		return a.printReception(r, false)
	})
}

type bankfileRefuse struct {
	ID       string `arg:"" help:"发出的银行文件编号|id of the file sent"`
	Reason   string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	Proof    string `help:"证明：收到的银行文件编号|proof: id of a file that came from the bank" placeholder:"ID" xor:"proof"`
	Notice   string `help:"证明：纸质通知扫描件的 SHA-256|proof: SHA-256 of the scan of a notice on paper" placeholder:"HASH" xor:"proof"`
	NoticeAt string `help:"通知原件存放处（单位编号）|where the notice is held, an office's id" placeholder:"OFFICE"`
	Pages    int    `help:"通知页数|pages of the notice" default:"1"`
	commitFlag
}

// Run records that the bank refused a file whole: its runs can be instructed again.
func (c *bankfileRefuse) Run(a *app) error {
	return a.with(func(s *session) error {
		file, err := s.ledger.BankFile(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			lines, total := file.Declared()
			return a.dryRun("记录银行整批退回文件 %s（%d 行 %s 元），有关批次可以再次代发", "would record that the bank refused the file %s whole (%d lines, %s yuan); its runs can then be instructed again",
				c.ID, lines, total)
		}
		actor, err := a.actor(s, "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		command := a.command(actor)
		if c.Notice != "" {
			held := c.NoticeAt
			if held == "" {
				held = actor.Office
			}
			command.Evidence = []codec.Evidence{{Commitment: c.Notice, Held: held, Kind: "bank-notice", Pages: c.Pages}}
		}
		if _, err := s.ledger.RefuseWhole(a.ctx, command, c.ID, ledger.BankRefusal{Reason: c.Reason, Proof: c.Proof}); err != nil {
			return err
		}
		return a.showBankFile(s, c.ID)
	})
}

type bankfileExport struct {
	ID      string `arg:"" help:"银行文件编号|id of the bank file"`
	Out     string `help:"写到哪个文件；已有的不覆盖|file to write; one that is there is not overwritten" required:"" placeholder:"FILE"`
	Purpose string `help:"用途代码（留痕）|purpose code, kept as a trace" required:"" placeholder:"CODE"`
}

// Run writes a bank file as it is kept.
func (c *bankfileExport) Run(a *app) error {
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "finance.handler", "finance.head")
		if err != nil {
			return err
		}
		name, err := a.exportTo(s, a.command(actor), c.ID, c.Purpose, func(string) string { return c.Out })
		if err != nil {
			return err
		}
		return a.print(map[string]string{"bankFile": c.ID, "name": name, "file": c.Out}, func(w io.Writer) { fmt.Fprintln(w, c.Out) })
	})
}

// exportTo writes a bank file's bytes to the path for its name, for the owner's eyes alone. A file that is there already
// is left as it is, and refused unless it holds these bytes; half a file is removed.
func (a *app) exportTo(s *session, command ledger.Command, id, purpose string, path func(name string) string) (name string, err error) {
	part, err := os.CreateTemp(filepath.Dir(path("x")), ".almoner-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, ignoreGone(os.Remove(part.Name()))) }()
	name, err = s.ledger.ExportBankFile(a.ctx, command, id, purpose, part)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return "", err
	}
	to := path(name)
	if err := os.Link(part.Name(), to); errors.Is(err, fs.ErrExist) {
		return name, a.sameFile(part.Name(), to)
	} else if err != nil { // a file system without links: nothing is there, or O_EXCL says so
		return name, copyNew(part.Name(), to)
	}
	return name, nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sameFile refuses a file that is there and holds something else.
func (a *app) sameFile(have, there string) error {
	want, err := os.ReadFile(have)
	if err != nil {
		return err
	}
	is, err := os.ReadFile(there)
	if err != nil {
		return err
	}
	if string(want) != string(is) {
		return usage(a.words, "%s 已经存在，内容不同，没有覆盖", "%s is there already with other content, and was not overwritten", there)
	}
	return nil
}

func copyNew(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

type bankfileReturned struct {
	For       string `help:"只看这个单位的对象|only people of this office" placeholder:"OFFICE"`
	Programme string `help:"项目|programme"`
}

// Run lists lines that came back and whose payee has had no new account signed since.
func (c *bankfileReturned) Run(a *app) error {
	return a.with(func(s *session) error {
		at, lines, err := s.views.ReturnedLines(a.ctx, c.For, c.Programme)
		if err != nil {
			return err
		}
		out := instructionsJSON{LogIndex: at, Lines: []instructionJSON{}}
		t := table{heading: a.header("单位|office", "村居|village", "对象|person", "批次|run", "行|line", "金额|amount", "原因|reason"), right: []int{4, 5}}
		for _, l := range lines {
			shown := shownInstruction(l)
			out.Lines = append(out.Lines, shown)
			t.add(shown.Office, shown.Village, shown.Person, shown.Run, count(shown.Line), shown.Amount, shown.Reason)
		}
		return a.print(out, t.write)
	})
}
