package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

type importCmd struct {
	Add      importAdd      `cmd:"" help:"导入名单：先试算，--commit 才写入|take a roster in: a dry run unless --commit"`
	List     importList     `cmd:"" help:"列出导入|list imports"`
	Show     importShow     `cmd:"" help:"看一次导入|show one import"`
	Rows     importRows     `cmd:"" help:"逐行看将要签字的内容|list the rows that are signed, or those refused"`
	Submit   submitVerb     `cmd:"" help:"送签（经办签字）|submit: the handler's signature"`
	SignOff  signOffVerb    `cmd:"" name:"sign-off" help:"签字；最后一步签完即生效|sign the step that waits; the last one takes effect"`
	SendBack sendBackVerb   `cmd:"" name:"send-back" help:"退回|send back"`
	Withdraw importWithdraw `cmd:"" help:"撤回（最后一步签字之前）|withdraw before the last signature"`
	Template importTemplate `cmd:"" help:"输出空白名单 XLSX|write an empty XLSX to fill in"`
}

// AfterApply tells the signing verbs what they sign.
func (importCmd) AfterApply(ctx *kong.Context) error {
	ctx.Bind(ledger.ImportSubject)
	return nil
}

// statedFlags are what an office states beside the columns of a list or form: it holds for everybody in it.
type statedFlags struct {
	Attested         []string `help:"已评议通过的条件编号，可重复|id of a criterion that people testified to; repeat it" sep:"none" placeholder:"CRITERION" group:"stated"`
	SpouseHukou      string   `help:"配偶户口性质|the spouse's household register" enum:",rural,urban" default:"" group:"stated"`
	Employers        string   `help:"夫妻中有单位的人数|how many of the couple have an employer" enum:",none,one,both" default:"" group:"stated"`
	Retirement       string   `help:"退休渠道|retirement channel" enum:",none,public,enterprise,resident" default:"" group:"stated"`
	RetiredOn        string   `help:"退休日期|day of retirement" placeholder:"DAY" group:"stated"`
	Complication     int      `help:"并发症等级 1–3|appraised level of complication, 1 to 3" group:"stated"`
	ComplicationFrom string   `help:"并发症鉴定日期|day of the appraisal" placeholder:"DAY" group:"stated"`
	NoChildren       bool     `help:"未曾生育|never had any children" group:"stated"`
	OfficeDelayed    bool     `help:"单位原因造成的迟延|decided late through no fault of the applicant" group:"stated"`
}

func (f statedFlags) stated() (ledger.Stated, error) {
	retired, err := dayFlag("--retired-on", f.RetiredOn)
	if err != nil {
		return ledger.Stated{}, err
	}
	appraised, err := dayFlag("--complication-from", f.ComplicationFrom)
	return ledger.Stated{
		Attested: f.Attested, SpouseHukou: f.SpouseHukou, Employers: f.Employers, Retirement: f.Retirement, RetiredOn: retired,
		Complication: f.Complication, ComplicationFrom: appraised, NoChildren: f.NoChildren, OfficeDelayed: f.OfficeDelayed,
	}, err
}

// grantFlags are what a list of one-off money says of all its lines.
type grantFlags struct {
	Campaign string `help:"一次性发放的批名|name of the one-off payment" group:"grant"`
	Document string `help:"文号|document number" group:"grant"`
	Fund     string `help:"资金|funding key" group:"grant"`
	Purpose  string `help:"用途代码|purpose code" group:"grant"`
}

func (f grantFlags) terms() ledger.GrantTerms {
	return ledger.GrantTerms{Campaign: f.Campaign, Document: f.Document, Fund: f.Fund, Purpose: f.Purpose}
}

type importAdd struct {
	File       string `arg:"" help:"花名册 XLSX、CSV 或 TXT|roster: XLSX, CSV or tabbed text"`
	Programme  string `help:"项目|programme" required:""`
	Office     string `help:"名单属于哪个单位|whose people they are" required:""`
	Kind       string `help:"名单种类|kind of list" enum:"admission,exit,account-change,grant" default:"admission"`
	Sheet      string `help:"只读这张工作表|only this sheet"`
	Encoding   string `help:"文本编码（默认自动识别）|encoding of a text file (default: found out)" enum:",UTF-8,GB18030" default:""`
	AcceptGood bool   `help:"有问题的行不收，其余照收|take the good rows and record the others as refused"`
	statedFlags
	grantFlags
	commitFlag
}

// planJSON is what an import would do, or did.
type planJSON struct {
	DryRun    bool           `json:"dryRun"`
	Import    string         `json:"import,omitempty"`
	Kind      string         `json:"kind"`
	Rows      int            `json:"rows"`
	Accepted  int            `json:"accepted"`
	Refused   int            `json:"refused"`
	Warned    int            `json:"warned"`
	Carried   int            `json:"carried"` // admissions that began outside this ledger
	Total     string         `json:"total,omitempty"`
	Root      string         `json:"root,omitempty"`
	ByClass   map[string]int `json:"byClass,omitempty"`
	ByVillage map[string]int `json:"byVillage,omitempty"`
	ByRule    map[string]int `json:"byRule,omitempty"`
	Problems  []problemJSON  `json:"problems"`
	Warnings  []problemJSON  `json:"warnings"`
	Unlisted  int            `json:"unlisted,omitempty"` // problems and warnings beyond those listed
	Skipped   []skipJSON     `json:"skipped"`            // rows that are no persons
	SkipRest  int            `json:"skippedUnlisted,omitempty"`
	Repeated  bool           `json:"repeated,omitempty"`
}

type problemJSON struct {
	Sheet    string `json:"sheet,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   string `json:"column,omitempty"`
	Letter   string `json:"letter,omitempty"` // of the column; absent when the file lacks it
	Value    string `json:"value,omitempty"`  // masked when personal
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy,omitempty"`

	text string
}

// skipJSON is a stretch of rows that were not read, because they are no persons.
type skipJSON struct {
	Sheet string `json:"sheet,omitempty"`
	From  int    `json:"from"`
	To    int    `json:"to"`
	Why   string `json:"why"`
	Label string `json:"label"` // Chinese
}

func (s skipJSON) text(words language) string {
	where := fmt.Sprint(s.From)
	if s.To > s.From {
		where = fmt.Sprintf("%d–%d", s.From, s.To)
	}
	line := fmt.Sprintf(words.pick("第 %s 行不读：%s", "row %s is not read: %s"), where, words.pick(s.Label, s.Why))
	if s.Sheet != "" {
		line = fmt.Sprintf(words.pick("工作表「%s」", "sheet %q, "), s.Sheet) + line
	}
	return line
}

func shownProblems(all []rosterfile.Problem) []problemJSON {
	out := []problemJSON{}
	for _, p := range all {
		out = append(out, problemJSON{
			Sheet: p.Sheet, Line: p.Line, Column: p.Column, Letter: p.Letter, Value: p.Value, Rule: p.Rule, Severity: string(p.Severity), Message: p.Message, Remedy: p.Remedy, text: p.String(),
		})
	}
	return out
}

func shownPlan(p ledger.ImportPlan) planJSON {
	out := planJSON{
		DryRun: true, Kind: string(p.Kind), Rows: p.Rows, Accepted: p.Accepted, Refused: p.Refused, Warned: p.Warned, Carried: p.Carried, ByClass: p.ByClass, ByRule: p.ByRule,
		ByVillage: map[string]int{}, Problems: shownProblems(p.Problems), Warnings: shownProblems(p.Warnings), Unlisted: p.Unlisted,
		Skipped: []skipJSON{}, SkipRest: p.Summary.Rest,
	}
	for _, s := range p.Summary.Skipped {
		out.Skipped = append(out.Skipped, skipJSON{s.Sheet, s.From, s.To, string(s.Why), s.Why.Label()})
	}
	if p.Kind == change.GrantMoney {
		out.Total = p.Total.String()
	}
	for village, n := range p.ByVillage {
		out.ByVillage[string(village)] = n
	}
	return out
}

// Run plans the import and, with --commit, records it.
func (c *importAdd) Run(a *app) error {
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	stated, err := c.stated()
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "town.handler", "county.handler")
		if err != nil {
			return err
		}
		request := ledger.ImportRequest{
			Actor: actor, Programme: c.Programme, Office: c.Office, Kind: rosterfile.Kind(c.Kind), FileName: filepath.Base(c.File), File: file, Size: info.Size(), Sheet: c.Sheet,
			Encoding: rosterfile.Encoding(c.Encoding), Stated: stated, Grant: c.terms(),
		}
		if c.Commit {
			return c.commit(a, s, request)
		}
		return c.plan(a, s, request)
	})
}

func (c *importAdd) plan(a *app, s *session, request ledger.ImportRequest) error {
	bar := a.progress(a.words.pick("试算", "dry run"))
	plan, err := s.ledger.PlanImport(a.ctx, request, bar.tell)
	bar.end()
	if err != nil {
		return err
	}
	out := shownPlan(plan)
	if err := a.print(out, func(w io.Writer) { writePlan(w, a, out) }); err != nil {
		return err
	}
	if plan.Refused > 0 && !c.AcceptGood {
		return domain.Refuse(domain.Invalid, "import.bad-rows", "%d of %d rows have problems", plan.Refused, plan.Rows).
			WithNext("mend the rows in the file, or take the good ones alone with --accept-good --commit")
	}
	a.say("没有写入任何内容。要导入请加 --commit。", "nothing was written. Add --commit to take it in.")
	return nil
}

func (c *importAdd) commit(a *app, s *session, request ledger.ImportRequest) error {
	bar := a.progress(a.words.pick("导入", "import"))
	done, err := s.ledger.CommitImport(a.ctx, a.command(request.Actor), request, c.AcceptGood, bar.tell)
	bar.end()
	if err != nil {
		if done.Plan.Refused > 0 { // the refusal counts them, here is where they are: nothing was written, as in a dry run
			out := shownPlan(done.Plan)
			err = errors.Join(a.print(out, func(w io.Writer) { writePlan(w, a, out) }), err)
		}
		return fmt.Errorf("import %s: %w", request.FileName, err)
	}
	if err := s.synced(a.ctx); err != nil {
		return err
	}
	out := shownPlan(done.Plan)
	out.DryRun, out.Import, out.Root, out.Repeated = false, done.Import, done.Root, done.Repeated
	return a.print(out, func(w io.Writer) {
		fmt.Fprintf(w, a.words.pick("已记入导入 %s：收 %d 行，不收 %d 行\n", "recorded import %s: %d rows taken in, %d refused\n"), out.Import, out.Accepted, out.Refused)
		writePlan(w, a, out)
		fmt.Fprintf(w, a.words.pick("  下一步：almoner import submit %s\n", "  next: almoner import submit %s\n"), out.Import)
	})
}

func writePlan(w io.Writer, a *app, p planJSON) {
	fmt.Fprintf(w, a.words.pick("%d 行：可收 %d，不可收 %d，有提醒 %d\n", "%d rows: %d good, %d refused, %d with warnings\n"), p.Rows, p.Accepted, p.Refused, p.Warned)
	if p.Total != "" {
		fmt.Fprintf(w, a.words.pick("金额合计 %s 元\n", "total %s yuan\n"), p.Total)
	}
	for _, part := range []struct {
		name   string
		counts map[string]int
	}{{"类别|class", p.ByClass}, {"村居|village", p.ByVillage}, {"不收原因|refused by", p.ByRule}} {
		for _, key := range slices.Sorted(maps.Keys(part.counts)) {
			fmt.Fprintf(w, "  %s %s: %d\n", a.words.of(part.name), key, part.counts[key])
		}
	}
	writeProblems(w, p.Problems, 0)
	writeProblems(w, p.Warnings, p.Unlisted)
	for _, s := range p.Skipped {
		fmt.Fprintf(w, "  %s\n", s.text(a.words))
	}
	if p.SkipRest > 0 {
		fmt.Fprintf(w, "  … +%d\n", p.SkipRest)
	}
}

func writeProblems(w io.Writer, problems []problemJSON, unlisted int) {
	for _, p := range problems {
		fmt.Fprintf(w, "  %s\n", p.text)
	}
	if unlisted > 0 {
		fmt.Fprintf(w, "  … +%d\n", unlisted)
	}
}

// subjectJSON is a case or an import in a list.
type subjectJSON struct {
	ID        string   `json:"id"`
	Change    string   `json:"change,omitempty"`
	Person    string   `json:"person,omitempty"`
	Office    string   `json:"office"`
	Programme string   `json:"programme"`
	Status    string   `json:"status"`
	Round     int      `json:"round"`
	Waits     string   `json:"waits,omitempty"`
	Scopes    []string `json:"scopes,omitempty"`
	Accepted  int      `json:"accepted,omitempty"`
	Refused   int      `json:"refused,omitempty"`
	Applied   int      `json:"applied,omitempty"`
	Failed    int      `json:"failed,omitempty"`
	Rule      string   `json:"rule,omitempty"` // that stopped the effect of a case
	Root      string   `json:"root,omitempty"`
	Total     string   `json:"total,omitempty"`

	Returns []returnJSON `json:"returns,omitempty"` // only where one subject is shown
}

func shownSubject(s projections.Subject) subjectJSON {
	out := subjectJSON{
		ID: s.ID, Change: s.Change, Person: s.Person, Office: s.Office, Programme: s.Programme, Status: s.Status, Round: s.Signing.Round,
		Accepted: s.Counts.Accepted, Refused: s.Counts.Refused, Applied: s.Counts.Applied, Failed: s.Counts.Failed, Rule: s.Counts.Rule,
		Root: s.Signing.Sub.Root, Total: s.Signing.Sub.Total, Scopes: s.Signing.Waiting(),
	}
	if len(out.Scopes) > 0 {
		out.Waits = s.Signing.Chain[s.Signing.Step].Capacity()
	}
	return out
}

// subjectFilter are the flags of lists of cases and imports.
type subjectFilter struct {
	Programme string `help:"项目|programme"`
	Office    string `help:"单位|office"`
	Status    string `help:"状态|status"`
}

func (f subjectFilter) filter() projections.SubjectFilter {
	return projections.SubjectFilter{Programme: f.Programme, Office: f.Office, Status: f.Status}
}

type importList struct{ subjectFilter }

// Run lists imports, the last changed first.
func (c *importList) Run(a *app) error {
	return a.with(func(s *session) error {
		list, err := s.views.Imports(a.ctx, c.filter())
		if err != nil {
			return err
		}
		out := []subjectJSON{}
		t := table{heading: a.header("导入|import", "单位|office", "项目|programme", "状态|status", "收|taken", "不收|refused", "待|waits for"), right: []int{4, 5}}
		for _, x := range list.Subjects {
			shown := shownSubject(x)
			out = append(out, shown)
			t.add(shown.ID, shown.Office, shown.Programme, shown.Status, count(shown.Accepted), count(shown.Refused), shown.Waits)
		}
		return a.print(out, t.write)
	})
}

type importShow struct {
	ID string `arg:"" help:"导入编号|id of the import"`
}

// Run shows one import.
func (c *importShow) Run(a *app) error {
	return a.with(func(s *session) error {
		if _, err := s.ledger.Import(a.ctx, c.ID); err != nil {
			return err
		}
		subject, found, err := a.subject(s, ledger.Subject{Kind: ledger.ImportSubject, ID: c.ID})
		if err != nil {
			return err
		}
		if !found {
			return errors.New("import " + c.ID + ": the events have it and the read models do not")
		}
		out := shownSubject(subject)
		if out.Returns, err = a.returns(s, ledger.ImportSubject, c.ID); err != nil {
			return err
		}
		return a.print(out, func(w io.Writer) {
			writeSubject(w, a, out)
			writeReturns(w, a, out.Returns)
		})
	})
}

func writeSubject(w io.Writer, a *app, x subjectJSON) {
	fields(w, a.words, "编号|id", x.ID, "事项|change", x.Change, "对象|person", x.Person, "单位|office", x.Office, "项目|programme", x.Programme, "状态|status", x.Status,
		"轮次|round", count(x.Round), "收|taken", rowsOf(x, x.Accepted), "不收|refused", rowsOf(x, x.Refused), "生效|applied", rowsOf(x, x.Applied),
		"未生效|failed", rowsOf(x, x.Failed), "未生效规则|failed by", x.Rule, "根|root", x.Root, "待|waits for", x.Waits, "范围|scopes", strings.Join(x.Scopes, " "))
}

// rowsOf is a count of an import's rows; a case has none.
func rowsOf(x subjectJSON, n int) string {
	if x.Change != "" {
		return ""
	}
	return count(n)
}

type importWithdraw struct {
	ID     string `arg:"" help:"导入编号|id of the import"`
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	commitFlag
}

// Run withdraws the import: nothing of it reaches the roll.
func (c *importWithdraw) Run(a *app) error {
	return a.with(func(s *session) error {
		i, err := s.ledger.Import(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("撤回导入 %s（%d 行，状态 %s）", "would withdraw the import %s (%d rows, %s)", c.ID, i.Accepted, i.Status)
		}
		actor, err := a.actor(s, "town.handler", "county.handler")
		if err != nil {
			return err
		}
		out, err := s.ledger.WithdrawImport(a.ctx, a.command(actor), c.ID, c.Reason)
		return a.signed(s, ledger.Subject{Kind: ledger.ImportSubject, ID: c.ID}, out, err)
	})
}

type importTemplate struct {
	Kind string `help:"名单种类|kind of list" enum:"admission,exit,account-change,grant" default:"admission"`
	Out  string `help:"新文件|the new file" required:"" placeholder:"FILE"`
}

// Run writes an empty list. It overwrites nothing and needs no ledger.
func (c *importTemplate) Run(a *app) (err error) {
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := rosterfile.Template(f, rosterfile.Kind(c.Kind)); err != nil {
		return fmt.Errorf("template: %w", err)
	}
	return a.print(map[string]string{"file": c.Out}, func(w io.Writer) { fmt.Fprintln(w, c.Out) })
}
