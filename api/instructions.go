package api

import (
	"context"
	"errors"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/ledger"
	"almoner/projections"
)

// instructionBody asks for released runs to be paid.
type instructionBody struct {
	Commit     bool         `json:"commit"` // false: a dry run that writes nothing
	Runs       []string     `json:"runs"`
	Format     string       `json:"format"`
	Descriptor string       `json:"descriptor"`
	MaxLines   int          `json:"maxLines"`
	Payer      ledger.Payer `json:"payer"`
	Purpose    string       `json:"purpose"`
}

// instructionView is what an instruction does, or would do.
type instructionView struct {
	Committed bool                 `json:"committed"`
	Repeated  bool                 `json:"repeated"`
	Files     []ledger.OutFile     `json:"files"`
	Lines     int                  `json:"lines"`
	Total     money                `json:"total"`
	Problems  []ledger.CannotWrite `json:"problems"` // of a dry run: what the layout cannot carry
}

// instruct tells the bank to pay (代发指令). A dry run answers with what the layout cannot carry, line by line.
func (s *Server) instruct(ctx context.Context, r *request) (response, error) {
	var body instructionBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	do := s.ledger.PlanInstruction
	if body.Commit {
		do = s.ledger.Instruct
	}
	out, err := do(ctx, r.command(actor), ledger.InstructRequest{
		Runs: body.Runs, Format: body.Format, Descriptor: body.Descriptor, MaxLines: body.MaxLines, Payer: body.Payer, Purpose: body.Purpose,
	}, nil)
	var refused *domain.RefusedError
	if !body.Commit && errors.As(err, &refused) && refused.Rule == "bankfile.cannot-write" && len(out.Problems) > 0 {
		err = nil
	}
	if err != nil {
		return response{}, err
	}
	view := instructionView{body.Commit, out.Repeated, out.Files, out.Lines, out.Total, out.Problems}
	if view.Problems == nil {
		view.Problems = []ledger.CannotWrite{}
	}
	return ok(view), nil
}

// settleBody says whether lines without an answer are given up.
type settleBody struct {
	GiveUp bool `json:"giveUp"`
}

// settlePayrun ends a run with what the bank came to.
func (s *Server) settlePayrun(ctx context.Context, r *request) (response, error) {
	var body settleBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: r.path("id")}
	return s.changed(ctx, r, subject, func(c ledger.Command) (ledger.Outcome, error) {
		return s.ledger.SettlePayrun(ctx, c, subject.ID, body.GiveUp)
	})
}

// instructionLineView is one line that a bank was told to pay, and what became of it.
type instructionLineView struct {
	Run            string   `json:"run"`
	Line           int      `json:"line"`
	PayRef         string   `json:"payRef"`
	Person         string   `json:"person"`
	Finance        string   `json:"finance"`
	Office         string   `json:"office"`
	Programme      string   `json:"programme"`
	Village        string   `json:"village"`
	Class          string   `json:"class"`
	Amount         money    `json:"amount"`
	BankFile       string   `json:"bankFile"`
	Instruction    int      `json:"instruction"`
	Status         string   `json:"status"`
	Settled        money    `json:"settled"`
	Returned       money    `json:"returned"`
	Outstanding    money    `json:"outstanding"`
	Beyond         money    `json:"beyond"`
	Early          money    `json:"early"`
	Late           bool     `json:"late"`
	Undrawn        bool     `json:"undrawn"`          // its units are due again
	Again          string   `json:"again,omitempty"`  // draw that it pays again
	Reason         string   `json:"reason,omitempty"` // why it came back last
	Contradictions []string `json:"contradictions"`
}

func viewInstructionLine(l projections.InstructedLine) instructionLineView {
	line := l.Candidate.Line
	v := instructionLineView{
		line.Run, l.RunLine, line.PayRef, line.Person, l.Finance, l.Office, l.Programme, string(l.Village), l.Class, line.Amount, l.BankFile, l.Instruction, string(l.Status),
		l.Settled, l.Returned, l.Outstanding, l.Beyond, l.Early, l.Late, line.Undrawn, l.Again, l.Reason, []string{},
	}
	for _, x := range l.Contradictions {
		v.Contradictions = append(v.Contradictions, string(x.Kind))
	}
	return v
}

// listInstructionLines lists a run's lines as the bank was told to pay them.
func (s *Server) listInstructionLines(ctx context.Context, r *request) (response, error) {
	limit, err := r.limit()
	if err != nil {
		return response{}, err
	}
	after, err := r.place()
	if err != nil {
		return response{}, err
	}
	disputed, err := r.flag("disputed")
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	if _, err := s.ledger.Payrun(ctx, r.path("id")); err != nil {
		return response{}, err
	}
	page, err := s.views.InstructionLines(ctx, projections.InstructionFilter{Run: r.path("id"), Status: bankfile.LineStatus(r.query.Get("status")), Disputed: disputed}, after, limit)
	if err != nil {
		return response{}, err
	}
	items := make([]instructionLineView, len(page.Lines))
	for i, l := range page.Lines {
		items[i] = viewInstructionLine(l)
	}
	return response{Body: listed[instructionLineView]{items}, Next: r.next(r.query, page.Next), LogIndex: page.LogIndex}, nil
}

// reconciliationView is what a run told the bank and what the bank came to (对账).
type reconciliationView struct {
	Run         string           `json:"run"`
	Lines       int              `json:"lines"`
	Instructed  money            `json:"instructed"` // = settled + returned + outstanding
	Settled     money            `json:"settled"`
	Returned    money            `json:"returned"`
	Outstanding money            `json:"outstanding"`
	Beyond      money            `json:"beyond"`
	Early       money            `json:"early"`
	Balanced    bool             `json:"balanced"` // the differences explain it to the fen
	Unanswered  int              `json:"unanswered"`
	Statuses    []statusSumView  `json:"statuses"`
	Classes     []bankClassView  `json:"classes"`
	Differences []differenceView `json:"differences"`
}

type statusSumView struct {
	Status string `json:"status"`
	Lines  int    `json:"lines"`
	Amount money  `json:"amount"`
}

type differenceView struct {
	Cause         string `json:"cause"`
	Amount        money  `json:"amount"`
	PayRef        string `json:"payRef,omitempty"`
	Contradiction string `json:"contradiction,omitempty"`
}

// getReconciliation compares a run with the bank's answers.
func (s *Server) getReconciliation(ctx context.Context, r *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	c, err := s.views.Reconcile(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	v := reconciliationView{
		Run: c.Run, Lines: c.Lines, Instructed: c.Total.Instructed, Settled: c.Total.Settled, Returned: c.Total.Returned, Outstanding: c.Total.Outstanding, Beyond: c.Total.Beyond,
		Early: c.Total.Early, Balanced: c.Balanced(), Unanswered: c.Unanswered(), Classes: viewClasses(c.Classes), Differences: []differenceView{},
	}
	for _, x := range c.Statuses {
		v.Statuses = append(v.Statuses, statusSumView{string(x.Status), x.Lines, x.Instructed})
	}
	for _, d := range c.Differences {
		shown := differenceView{Cause: string(d.Cause), Amount: d.Amount, PayRef: d.PayRef}
		if d.Contradiction != nil {
			shown.Contradiction = string(d.Contradiction.Kind)
		}
		v.Differences = append(v.Differences, shown)
	}
	return response{Body: v, LogIndex: c.LogIndex}, nil
}
