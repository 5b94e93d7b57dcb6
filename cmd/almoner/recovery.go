package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/ledger"
	"almoner/projections"
)

type recoveryCmd struct {
	List   recoveryList   `cmd:"" help:"列出错发多发和追回情况|list overpayments and what has come back"`
	Show   recoveryShow   `cmd:"" help:"看一笔错发多发的来源、计划和追回明细|show one: what it is made of, its plan and its ledger"`
	Refund recoveryRefund `cmd:"" help:"登记退款：记入这笔错发，并入账资金|book a refund that was received, on the overpayment and in the fund"`
}

// recoveryJSON is one overpayment. Amounts are yuan: outstanding = found − void − set off + set off and undone − recovered −
// written off, over the entries.
type recoveryJSON struct {
	LogIndex    int64                `json:"logIndex"`
	Overpayment string               `json:"overpayment"`
	Person      string               `json:"person"`
	Programme   string               `json:"programme"`
	Office      string               `json:"office"`
	Enrolment   string               `json:"enrolment,omitempty"`
	Grant       string               `json:"grant,omitempty"`
	Cause       string               `json:"cause"`
	Fault       string               `json:"fault"`
	FoundOn     string               `json:"foundOn,omitempty"`
	FoundBy     string               `json:"foundBy,omitempty"`
	Void        bool                 `json:"void"`
	Amount      string               `json:"amount"`
	Returned    string               `json:"returned"`
	Outstanding string               `json:"outstanding"`
	Opening     string               `json:"opening"` // the part that came with the books before
	Plan        *recoveryPlanJSON    `json:"plan,omitempty"`
	Origins     []recoveryOriginJSON `json:"origins"`
	Entries     []recoveryEntryJSON  `json:"entries"`
}

// recoveryPlanJSON is the signed plan that stands.
type recoveryPlanJSON struct {
	Method      string           `json:"method"`
	Cap         string           `json:"cap,omitempty"`
	From        string           `json:"from,omitempty"`
	Enrolment   string           `json:"enrolment,omitempty"`
	Instalments []instalmentJSON `json:"instalments,omitempty"`
}

type instalmentJSON struct {
	DueOn  string `json:"dueOn"`
	Amount string `json:"amount"`
}

type recoveryOriginJSON struct {
	Draw     string `json:"draw"`
	Run      string `json:"run"`
	Line     int    `json:"line"`
	Unit     string `json:"unit,omitempty"`
	Amount   string `json:"amount"`
	BankFile string `json:"bankFile,omitempty"`
	BankLine int    `json:"bankLine,omitempty"`
}

type recoveryEntryJSON struct {
	LogIndex int64  `json:"logIndex"`
	Kind     string `json:"kind"`
	Method   string `json:"method,omitempty"`
	Amount   string `json:"amount"`
	Run      string `json:"run,omitempty"`
	Line     int    `json:"line,omitempty"`
	Voucher  string `json:"voucher,omitempty"`
	On       string `json:"on"`
}

func shownRecovery(at int64, r projections.Recovery) recoveryJSON {
	out := recoveryJSON{
		LogIndex: at, Overpayment: r.ID, Person: r.Person, Programme: r.Programme, Office: r.Office, Enrolment: r.Enrolment, Grant: r.Grant, Cause: r.Cause,
		Fault: string(r.Fault), FoundOn: r.FoundOn.String(), FoundBy: r.FoundBy, Void: r.Void, Amount: r.Amount.String(), Returned: r.Returned.String(),
		Outstanding: r.Outstanding.String(), Opening: r.Opening.String(), Plan: recoveryPlan(r.Plan), Origins: []recoveryOriginJSON{}, Entries: []recoveryEntryJSON{},
	}
	for _, o := range r.Origins {
		out.Origins = append(out.Origins, recoveryOriginJSON{o.Draw, o.Run, o.Line, o.Unit.String(), o.Amount.String(), o.BankFile, o.BankLine})
	}
	for _, e := range r.Entries {
		out.Entries = append(out.Entries, recoveryEntryJSON{e.LogIndex, string(e.Kind), e.Method, e.Amount.String(), e.Run, e.Line, e.Voucher, e.On.String()})
	}
	return out
}

func recoveryPlan(p *beneficiary.Plan) *recoveryPlanJSON {
	if p == nil {
		return nil
	}
	out := &recoveryPlanJSON{Method: p.Method, From: p.From.String(), Enrolment: p.Enrolment}
	if !p.Cap.IsZero() {
		out.Cap = p.Cap.String()
	}
	for _, i := range p.Instalments {
		out.Instalments = append(out.Instalments, instalmentJSON{i.DueOn.String(), i.Amount.String()})
	}
	return out
}

type recoveryList struct {
	Person    string `help:"对象编号|person id"`
	Programme string `help:"项目|programme"`
	Office    string `help:"单位|office"`
	All       bool   `help:"也列已结清的|settled ones too"`
}

// Run lists recoveries in order of person.
func (c *recoveryList) Run(a *app) error {
	return a.with(func(s *session) error {
		if err := s.synced(a.ctx); err != nil {
			return err
		}
		at, all, _, err := s.views.Recoveries(a.ctx, projections.RecoveryFilter{Person: c.Person, Programme: c.Programme, Office: c.Office, All: c.All})
		if err != nil {
			return err
		}
		out := make([]recoveryJSON, len(all))
		for i, r := range all {
			out[i] = shownRecovery(at, r)
		}
		return a.print(out, func(w io.Writer) {
			t := table{heading: a.header("错发编号|overpayment", "对象|person", "项目|programme", "原因|cause", "发现|found", "金额（元）|amount (yuan)", "已追回|returned", "未追回|outstanding", "计划|plan"), right: []int{5, 6, 7}}
			for _, r := range out {
				plan := ""
				if r.Plan != nil {
					plan = r.Plan.Method
				}
				t.add(r.Overpayment, r.Person, r.Programme, r.Cause, r.FoundOn, r.Amount, r.Returned, r.Outstanding, plan)
			}
			t.write(w)
		})
	})
}

type recoveryShow struct {
	ID string `arg:"" name:"overpayment" help:"错发编号|id of the overpayment"`
}

// Run shows one.
func (c *recoveryShow) Run(a *app) error {
	return a.with(func(s *session) error {
		r, err := a.recovery(s, c.ID)
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) { writeRecovery(w, a, r) })
	})
}

func (a *app) recovery(s *session, id string) (recoveryJSON, error) {
	if err := s.synced(a.ctx); err != nil {
		return recoveryJSON{}, err
	}
	at, r, err := s.views.Recovery(a.ctx, id)
	return shownRecovery(at, r), err
}

func writeRecovery(w io.Writer, a *app, r recoveryJSON) {
	fields(w, a.words, "错发|overpayment", r.Overpayment, "对象|person", r.Person, "项目|programme", r.Programme, "单位|office", r.Office, "原因|cause", r.Cause,
		"责任|fault", r.Fault, "发现|found on", r.FoundOn, "发现人|found by", r.FoundBy, "已撤销|void", yes(r.Void, a.words),
		"金额（元）|amount (yuan)", r.Amount, "已追回|returned", r.Returned, "未追回|outstanding", r.Outstanding)
	if p := r.Plan; p != nil {
		var parts []string
		for _, i := range p.Instalments {
			parts = append(parts, i.DueOn+" "+i.Amount)
		}
		fields(w, a.words, "追回方式|plan", p.Method, "每次上限|cap", p.Cap, "自|from", p.From, "抵扣|paid by", p.Enrolment, "分期|instalments", strings.Join(parts, "; "))
	}
	origins := table{heading: a.header("来源批次|run", "行|line", "单元|unit", "金额|amount", "回盘|bank file", "行|its line"), right: []int{1, 3, 5}}
	for _, o := range r.Origins {
		bankLine := ""
		if o.BankFile != "" {
			bankLine = count(o.BankLine)
		}
		origins.add(o.Run, count(o.Line), o.Unit, o.Amount, o.BankFile, bankLine)
	}
	if len(r.Origins) > 0 {
		origins.write(w)
	}
	entries := table{heading: a.header("日期|day", "事由|entry", "方式|method", "金额|amount", "批次|run", "行|line", "凭证|voucher"), right: []int{3, 5}}
	for _, e := range r.Entries {
		line := ""
		if e.Line > 0 {
			line = count(e.Line)
		}
		entries.add(e.On, e.Kind, e.Method, e.Amount, e.Run, line, e.Voucher)
	}
	entries.write(w)
}

type recoveryRefund struct {
	ID       string `arg:"" name:"overpayment" help:"错发编号|id of the overpayment"`
	Voucher  string `help:"凭证号|voucher" required:""`
	FundYear int    `help:"入账的资金年度（默认到账当年）|year of the fund it is paid into (default: of the day it arrived)" placeholder:"YYYY"`
	moneyFlags
}

// Run books the refund.
func (c *recoveryRefund) Run(a *app) error {
	amount, on, err := c.read()
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		r, err := a.recovery(s, c.ID)
		if err != nil {
			return err
		}
		actor, err := a.actor(s, "finance.handler")
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("登记 %s 退款 %s 元（凭证 %s）；现未追回 %s 元", "would book a refund on %s of %s yuan (voucher %s); %s outstanding now", c.ID, amount, c.Voucher, r.Outstanding)
		}
		out, err := s.ledger.RecordRefund(a.ctx, a.command(actor), ledger.Refund{
			Person: r.Person, Overpayment: c.ID, Amount: amount, ReceivedOn: on, Voucher: c.Voucher, FundYear: c.FundYear,
		})
		return a.refunded(s, c.ID, out, err)
	})
}

// refunded shows what a refund did, and what is still to be got back.
func (a *app) refunded(s *session, id string, out ledger.Outcome, err error) error {
	var unfinished *ledger.FollowUpError
	if err != nil && !errors.As(err, &unfinished) {
		return err
	}
	r, shown := a.recovery(s, id)
	if shown != nil {
		return errors.Join(err, shown)
	}
	did := actedOn("recovery", id, out)
	result := struct {
		acted
		Outstanding string `json:"outstanding"`
	}{did, r.Outstanding}
	return errors.Join(err, a.print(result, func(w io.Writer) {
		did.write(w, a.words)
		fmt.Fprintf(w, a.words.pick("  未追回 %s 元\n", "  outstanding %s yuan\n"), r.Outstanding)
	}))
}

// recoveryFlags are what a recovery plan says.
type recoveryFlags struct {
	Method     string   `help:"追回计划：方式|recovery plan: how" enum:",set-off,refund,instalments" default:""`
	Cap        string   `help:"追回计划：每次抵扣上限（元）|recovery plan: the most one line may lose, in yuan" placeholder:"YUAN"`
	PaidBy     string   `help:"追回计划：由哪项享受抵扣（默认本项目在册的一项）|recovery plan: the enrolment that pays (default: the open one)" placeholder:"ENROLMENT"`
	Instalment []string `help:"追回计划：一期，写作 日期=金额，可重复|recovery plan: an instalment as DAY=YUAN; repeat it" sep:"none" placeholder:"DAY=YUAN"`
}

func (f recoveryFlags) plan(a *app) (ledger.RecoveryTerms, error) {
	terms := ledger.RecoveryTerms{Method: f.Method, Enrolment: f.PaidBy}
	var err error
	if f.Cap != "" {
		if terms.Cap, err = domain.ParseMoney(f.Cap); err != nil {
			return terms, fmt.Errorf("--cap: %w", err)
		}
	}
	for _, text := range f.Instalment {
		day, amount, found := strings.Cut(text, "=")
		if !found {
			return terms, usage(a.words, "--instalment %q 应写成 日期=金额", "--instalment %q must be DAY=YUAN", text)
		}
		var one beneficiary.Instalment
		if one.DueOn, err = dayFlag("--instalment", day); err != nil {
			return terms, err
		}
		if one.Amount, err = domain.ParseMoney(amount); err != nil {
			return terms, fmt.Errorf("--instalment: %w", err)
		}
		terms.Instalments = append(terms.Instalments, one)
	}
	return terms, nil
}
