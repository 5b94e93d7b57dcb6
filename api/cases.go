package api

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// caseBody is one change to one person as an office states it on a form. Each kind uses its own fields.
type caseBody struct {
	Kind      change.Kind `json:"kind"`
	Programme string      `json:"programme"`
	Office    string      `json:"office"`
	Person    string      `json:"person"` // person id, or identity

	Name     domain.PersonName    `json:"name"`
	Number   domain.CitizenNumber `json:"number"`
	Village  domain.AreaCode      `json:"village"`
	Hukou    string               `json:"hukou"`
	Marriage string               `json:"marriage"`
	Spouse   relativeBody         `json:"spouse"`
	Guardian relativeBody         `json:"guardian"`
	Heir     relativeBody         `json:"heir"` // of somebody who died, whose account is to be paid
	Children []childBody          `json:"children"`

	Class         string        `json:"class"`
	AppliedOn     domain.Date   `json:"appliedOn"`
	Start         domain.Period `json:"start"`
	PaidThrough   domain.Period `json:"paidThrough"`
	Share         string        `json:"share"`
	Document      string        `json:"document"`
	Certificate   string        `json:"certificate"`
	CertificateOn domain.Date   `json:"certificateOn"`
	Household     string        `json:"household"`

	Stop       domain.Period `json:"stop"`
	Reason     string        `json:"reason"` // of an exit the rulebook's code; of other kinds a closed code
	DiedOn     domain.Date   `json:"diedOn"`
	OccurredOn domain.Date   `json:"occurredOn"`
	ReportedOn domain.Date   `json:"reportedOn"`

	Account accountBody  `json:"account"`
	Phone   string       `json:"phone"`
	Address string       `json:"address"`
	Amount  domain.Money `json:"amount"` // of one-off money, or a write-off

	Stated ledger.Stated     `json:"stated"`
	Grant  ledger.GrantTerms `json:"grant"`

	From        domain.Period        `json:"from"`
	Restored    []domain.Period      `json:"restored"`
	Of          string               `json:"of"`
	Annul       bool                 `json:"annul"`
	ToOffice    string               `json:"toOffice"`
	ToVillage   domain.AreaCode      `json:"toVillage"`
	Review      change.ReviewPart    `json:"review"`
	Overpayment string               `json:"overpayment"`
	Plan        ledger.RecoveryTerms `json:"plan"`
}

type relativeBody struct {
	Name   domain.PersonName    `json:"name"`
	Number domain.CitizenNumber `json:"number"`
}

type childBody struct {
	Name            domain.PersonName            `json:"name"`
	Number          domain.CitizenNumber         `json:"number"`
	Birth           domain.Date                  `json:"birth"`
	Sex             domain.Sex                   `json:"sex"`
	DiedOn          domain.Date                  `json:"diedOn"`
	DisabilityGrade int                          `json:"disabilityGrade"`
	Disability      domain.DisabilityCertificate `json:"disabilityCertificate"`
}

type accountBody struct {
	Bank     string               `json:"bank"`
	Number   domain.AccountNumber `json:"number"`
	Holder   domain.PersonName    `json:"holder"`
	Relation string               `json:"relation"`
}

// row is the form as a roster's row would state it; the same rules work out both.
func (b caseBody) row() rosterfile.Row {
	r := rosterfile.Row{
		Name: b.Name, Number: b.Number, SpouseName: b.Spouse.Name, SpouseNumber: b.Spouse.Number, Guardian: b.Guardian.Name,
		GuardianNumber: b.Guardian.Number, Heir: b.Heir.Name, HeirNumber: b.Heir.Number, Area: b.Village, Hukou: b.Hukou, Marriage: b.Marriage, Class: b.Class, AppliedOn: b.AppliedOn,
		Start: b.Start, PaidThrough: b.PaidThrough, Share: b.Share, Document: b.Document, Stop: b.Stop, DiedOn: b.DiedOn, OccurredOn: b.OccurredOn,
		ReportedOn: b.ReportedOn, Bank: b.Account.Bank, Account: b.Account.Number, Holder: b.Account.Holder, HolderRelation: b.Account.Relation,
		Household: b.Household, Certificate: b.Certificate, CertificateOn: b.CertificateOn, Phone: b.Phone, Address: b.Address,
	}
	if b.Number != "" {
		r.Birth, r.Sex = b.Number.Birth(), b.Number.Sex()
	}
	if b.Kind == change.Exit {
		r.Reason = rosterfile.ExitReason(b.Reason)
	}
	if !b.Amount.IsZero() {
		r.Amount, r.HasAmount = b.Amount, true
	}
	for _, c := range b.Children {
		child := rosterfile.Child{
			Name: c.Name, Number: c.Number, Birth: c.Birth, Sex: c.Sex, DiedOn: c.DiedOn, DisabilityGrade: c.DisabilityGrade, DisabilityCertificate: c.Disability,
		}
		if c.Number != "" {
			child.Birth, child.Sex = c.Number.Birth(), c.Number.Sex()
		}
		r.Children = append(r.Children, child)
	}
	return r
}

func (b caseBody) request() ledger.CaseRequest {
	return ledger.CaseRequest{
		Kind: b.Kind, Programme: b.Programme, Office: b.Office, Person: b.Person, Row: b.row(), Stated: b.Stated, Grant: b.Grant, Reason: b.Reason,
		From: b.From, Restored: b.Restored, Of: b.Of, Annul: b.Annul, ToOffice: b.ToOffice, ToVillage: b.ToVillage, Review: b.Review,
		Overpayment: b.Overpayment, Amount: b.Amount, Plan: b.Plan,
	}
}

// readCase reads a form of an office that the caller is responsible for.
func (s *Server) readCase(ctx context.Context, r *request) (ledger.CaseRequest, error) {
	var body caseBody
	if err := r.decode(&body); err != nil {
		return ledger.CaseRequest{}, err
	}
	if body.Kind == "" || body.Programme == "" || body.Office == "" {
		return ledger.CaseRequest{}, refuse(domain.Invalid, "api.body", "a case needs a kind, a programme and an office").WithNext("give kind, programme and office")
	}
	return body.request(), s.within(ctx, r, body.Office)
}

// casePlanView is what a case would be.
type casePlanView struct {
	Kind     string        `json:"kind"`
	Change   changeView    `json:"change"`
	Chain    []chainStep   `json:"chain"`
	Problems []fileProblem `json:"problems"`
}

// openCase opens a case, or with dry-run=true works it out and writes nothing.
func (s *Server) openCase(ctx context.Context, r *request) (response, error) {
	dry, err := r.flag("dry-run")
	if err != nil {
		return response{}, err
	}
	asked, err := s.readCase(ctx, r)
	if err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	if dry {
		plan, err := s.ledger.PlanCase(ctx, actor, asked)
		if err != nil {
			return response{}, fmt.Errorf("plan case: %w", err)
		}
		v, err := viewChange(plan.Change)
		return ok(casePlanView{string(asked.Kind), v, chainOf(plan.Chain), fileProblems(plan.Problems)}), err
	}
	id, out, err := s.ledger.OpenCase(ctx, r.command(actor), asked)
	return s.created(ctx, r, ledger.Subject{Kind: ledger.CaseSubject, ID: id}, "/v1/cases/"+id, out, err)
}

// reviseCase replaces the change of a draft or of a case that was sent back.
func (s *Server) reviseCase(ctx context.Context, r *request) (response, error) {
	asked, err := s.readCase(ctx, r)
	if err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.CaseSubject, ID: r.path("id")}
	return s.changed(ctx, r, subject, func(c ledger.Command) (ledger.Outcome, error) {
		return s.ledger.ReviseCase(ctx, c, subject.ID, asked)
	})
}

func (s *Server) listCases(ctx context.Context, r *request) (response, error) {
	return s.listSubjects(ctx, r, s.views.Cases)
}

// caseView is one case with its change, names and numbers masked.
type caseView struct {
	ID        string      `json:"id"`
	Kind      string      `json:"kind"`
	Office    string      `json:"office"`
	OpenedBy  string      `json:"openedBy"`
	Programme string      `json:"programme"`
	Rulebook  string      `json:"rulebook"`
	Total     money       `json:"total"`
	Failed    string      `json:"failed,omitempty"` // rule that stopped the effects
	Change    changeView  `json:"change"`
	Chain     []chainStep `json:"chain"`
	Marks     []mark      `json:"marks"`
	standing
}

// getCase shows one case.
func (s *Server) getCase(ctx context.Context, r *request) (response, error) {
	shown, err := s.ledger.ShowCase(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	c := shown.State
	if err := s.within(ctx, r, c.Office); err != nil {
		return response{}, err
	}
	v := caseView{
		ID: c.Case, Kind: string(c.Kind), Office: c.Office, OpenedBy: c.OpenedBy, Programme: c.Programme, Rulebook: c.Rulebook, Total: c.Total,
		Failed: c.Failed, Chain: chainOf(c.Signing.Chain), Marks: marksOf(c.Signing),
	}
	if v.Change, err = viewChange(shown.Change); err != nil {
		return response{}, err
	}
	if v.standing, err = s.standing(ctx, ledger.Subject{Kind: ledger.CaseSubject, ID: v.ID}); err != nil {
		return response{}, err
	}
	return response{Body: v, ETag: etag(v.Revision)}, nil
}

// withdrawCase ends a case before its last signature.
func (s *Server) withdrawCase(ctx context.Context, r *request) (response, error) {
	var body reasonBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.CaseSubject, ID: r.path("id")}
	return s.changed(ctx, r, subject, func(c ledger.Command) (ledger.Outcome, error) {
		return s.ledger.WithdrawCase(ctx, c, subject.ID, body.Reason)
	})
}
