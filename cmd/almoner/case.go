package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

type caseCmd struct {
	Open     caseOpen     `cmd:"" help:"发起事项|open a case"`
	Revise   caseRevise   `cmd:"" help:"补正后改写|replace what a case proposes, before it is submitted or after it was sent back"`
	List     caseList     `cmd:"" help:"列出事项|list cases"`
	Show     caseShow     `cmd:"" help:"看一个事项|show one case"`
	Submit   submitVerb   `cmd:"" help:"送签（经办签字）|submit: the handler's signature"`
	SignOff  signOffVerb  `cmd:"" name:"sign-off" help:"签字；最后一步签完即生效|sign the step that waits; the last one takes effect"`
	SendBack sendBackVerb `cmd:"" name:"send-back" help:"退回补正|send back for correction"`
	Withdraw caseWithdraw `cmd:"" help:"撤回（最后一步签字之前）|withdraw before the last signature"`
}

// AfterApply tells the signing verbs what they sign.
func (caseCmd) AfterApply(ctx *kong.Context) error {
	ctx.Bind(ledger.CaseSubject)
	return nil
}

// caseHandlers are the capacities that open cases.
func caseHandlers() []string { return []string{"village.handler", "town.handler", "county.handler"} }

type caseOpen struct {
	caseForm
	Plan bool `help:"只试算，不写入|only work it out, write nothing"`
}

// Run opens a case. Its id follows from officer and command id.
func (c *caseOpen) Run(a *app) error {
	return a.with(func(s *session) error {
		actor, err := a.actor(s, caseHandlers()...)
		if err != nil {
			return err
		}
		request, err := c.request(a, s)
		if err != nil {
			return err
		}
		if c.Plan {
			return a.planCase(s, actor, request)
		}
		id, out, err := s.ledger.OpenCase(a.ctx, a.command(actor), request)
		return a.signed(s, ledger.Subject{Kind: ledger.CaseSubject, ID: id}, out, err)
	})
}

type caseRevise struct {
	ID string `arg:"" help:"事项编号|id of the case"`
	caseForm
}

// Run revises the case.
func (c *caseRevise) Run(a *app) error {
	return a.with(func(s *session) error {
		actor, err := a.actor(s, caseHandlers()...)
		if err != nil {
			return err
		}
		request, err := c.request(a, s)
		if err != nil {
			return err
		}
		out, err := s.ledger.ReviseCase(a.ctx, a.command(actor), c.ID, request)
		return a.signed(s, ledger.Subject{Kind: ledger.CaseSubject, ID: c.ID}, out, err)
	})
}

// casePlanJSON is what a case would be. Change is as it would be stored, without what would be sealed.
type casePlanJSON struct {
	Change   any           `json:"change"`
	Chain    []string      `json:"chain"`
	Problems []problemJSON `json:"problems"`
}

func (a *app) planCase(s *session, actor ledger.Actor, request ledger.CaseRequest) error {
	plan, err := s.ledger.PlanCase(a.ctx, actor, request)
	if err != nil {
		return err
	}
	out := casePlanJSON{Change: plan.Change, Chain: []string{}, Problems: shownProblems(plan.Problems)}
	for _, step := range plan.Chain {
		out.Chain = append(out.Chain, step.Name())
	}
	if err := a.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s %s\n", plan.Change.Kind, plan.Change.Person, plan.Change.Programme)
		fmt.Fprintf(w, a.words.pick("签字链：%v\n", "chain: %v\n"), out.Chain)
		writeProblems(w, out.Problems, 0)
	}); err != nil {
		return err
	}
	blocking := 0
	for _, p := range plan.Problems {
		if p.Severity == rosterfile.Error {
			blocking++
		}
	}
	if blocking > 0 {
		return domain.Refuse(domain.Invalid, "case.problems", "%d problems keep this case from being opened", blocking).WithNext("mend what is listed, and plan it again")
	}
	return nil
}

type caseList struct {
	subjectFilter
	Person string `help:"对象编号|person"`
}

// Run lists cases, the last changed first.
func (c *caseList) Run(a *app) error {
	return a.with(func(s *session) error {
		filter := c.filter()
		filter.Person = c.Person
		list, err := s.views.Cases(a.ctx, filter)
		if err != nil {
			return err
		}
		out := []subjectJSON{}
		t := table{heading: a.header("事项|case", "种类|change", "对象|person", "单位|office", "项目|programme", "状态|status", "待|waits for")}
		for _, x := range list.Subjects {
			shown := shownSubject(x)
			out = append(out, shown)
			t.add(shown.ID, shown.Change, shown.Person, shown.Office, shown.Programme, shown.Status, shown.Waits)
		}
		return a.print(out, t.write)
	})
}

type caseShow struct {
	ID string `arg:"" help:"事项编号|id of the case"`
}

// caseJSON is a case with what it proposes; what is sealed in the change is not in it.
type caseJSON struct {
	subjectJSON
	Name     string       `json:"name,omitempty"` // masked
	Proposal any          `json:"proposal"`
	Account  *accountJSON `json:"account,omitempty"` // that the change would set; absent when its key is gone
}

// accountJSON is an account as those see it who sign for it.
type accountJSON struct {
	Number string `json:"number"` // masked
	Bank   string `json:"bank"`
	Holder string `json:"holder"` // masked
}

func shownAccount(c change.Change) *accountJSON {
	if c.Private == nil || c.Private.Account == nil {
		return nil
	}
	account := c.Private.Account
	return &accountJSON{Number: account.Number.String(), Bank: account.Bank, Holder: account.Holder.String()}
}

// Run shows one case.
func (c *caseShow) Run(a *app) error {
	return a.with(func(s *session) error {
		view, err := s.ledger.ShowCase(a.ctx, c.ID)
		if err != nil {
			return err
		}
		subject, found, err := a.subject(s, ledger.Subject{Kind: ledger.CaseSubject, ID: c.ID})
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("case %s: the events have it and the read models do not", c.ID)
		}
		out := caseJSON{subjectJSON: shownSubject(subject), Proposal: view.Change, Account: shownAccount(view.Change)}
		if out.Returns, err = a.returns(s, ledger.CaseSubject, c.ID); err != nil {
			return err
		}
		if p := view.Change.Private; p != nil && p.Identity != nil {
			out.Name = p.Identity.Name.String()
		} else if out.Name, err = s.maskedName(a.ctx, view.Change.Person); err != nil {
			return err
		}
		return a.print(out, func(w io.Writer) {
			fields(w, a.words, "姓名|name", out.Name)
			writeSubject(w, a, out.subjectJSON)
			writeProposal(w, a, view.Change)
			if x := out.Account; x != nil {
				fields(w, a.words, "账号|account", x.Number, "开户行|bank", x.Bank, "户名|holder", x.Holder)
			}
			writeReturns(w, a, out.Returns)
		})
	})
}

type caseWithdraw struct {
	ID     string `arg:"" help:"事项编号|id of the case"`
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	commitFlag
}

// Run withdraws the case.
func (c *caseWithdraw) Run(a *app) error {
	return a.with(func(s *session) error {
		state, err := s.ledger.Case(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("撤回事项 %s（状态 %s）", "would withdraw the case %s (%s)", c.ID, state.Status)
		}
		actor, err := a.actor(s, caseHandlers()...)
		if err != nil {
			return err
		}
		out, err := s.ledger.WithdrawCase(a.ctx, a.command(actor), c.ID, c.Reason)
		return a.signed(s, ledger.Subject{Kind: ledger.CaseSubject, ID: c.ID}, out, err)
	})
}
