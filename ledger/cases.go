package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/codec"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/ledger/rosterfile"
)

// CaseRequest is one change to one person, as an office states it on a form. Row carries what a roster row would: the
// same rules work out both. Each kind uses its own fields beside it.
type CaseRequest struct {
	Kind      change.Kind
	Programme string
	Office    string         // whose person it is
	Person    string         // person id; or Row.Number
	Row       rosterfile.Row // identity, facts, account, dates; Row.Area is the village; Row.Reason of an exit may be the rulebook's code
	Stated    Stated
	Grant     GrantTerms // of one-off money
	Reason    string     // closed code, of everything but admission, exit, account change and review

	From     domain.Period   // suspension, resumption, class change, transfer: first unit; zero: worked out, see caseForm
	Restored []domain.Period // resumption: forfeited units given back

	Of    string // correction: event id; with Annul the enrolment
	Annul bool

	ToOffice  string // transfer
	ToVillage domain.AreaCode

	Review change.ReviewPart // annual review

	Overpayment string // write-off, recovery plan
	Amount      domain.Money
	Plan        RecoveryTerms // recovery plan
}

// ProblemsError says why a case cannot be opened as stated: all reasons at once.
type ProblemsError struct {
	Problems []rosterfile.Problem // at least one of severity Error
}

// Error lists the problems, one a line, in Chinese.
func (e *ProblemsError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		if p.Severity == rosterfile.Error {
			lines = append(lines, p.String())
		}
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes it a refusal with the rule of the first problem.
func (e *ProblemsError) Unwrap() error {
	for _, p := range e.Problems {
		if p.Severity == rosterfile.Error {
			return &domain.RefusedError{Kind: domain.Refused, Rule: p.Rule, Detail: p.Message, Next: p.Remedy}
		}
	}
	return nil
}

// CasePlan is what a case would be: the change, who would sign it, and what is wrong or worth a look.
type CasePlan struct {
	Change   change.Change
	Chain    []signoff.Step
	Problems []rosterfile.Problem
}

// reachesVillage refuses a case about somebody outside the actor's area.
func (l *Ledger) reachesVillage(ctx context.Context, a Actor, village domain.AreaCode) error {
	s, err := l.Officer(ctx, a.Officer)
	if err != nil || village == "" {
		return err
	}
	return l.reaches(ctx, a, reachOf(s, a, l.Today()), village)
}

// caseHandlers may open a case.
func caseHandlers() []string { return []string{"village.handler", "town.handler", "county.handler"} }

// PlanCase works out a case without writing anything.
func (l *Ledger) PlanCase(ctx context.Context, a Actor, r CaseRequest) (CasePlan, error) {
	if _, err := l.authorise(ctx, a, caseHandlers()...); err != nil {
		return CasePlan{}, err
	}
	plan, err := l.planCase(ctx, a, r, false)
	if err != nil {
		return plan, err
	}
	return plan, l.reachesVillage(ctx, a, plan.Change.Village)
}

func (l *Ledger) planCase(ctx context.Context, a Actor, r CaseRequest, register bool) (CasePlan, error) {
	o, err := l.Office(ctx, r.Office)
	if err != nil {
		return CasePlan{}, err
	}
	place, _ := o.On(l.Today())
	book, err := l.Rulebook(ctx, r.Programme, place.Area)
	if err != nil {
		return CasePlan{}, err
	}
	if err := checkAttested(book, r.Stated); err != nil {
		return CasePlan{}, err
	}
	who, err := l.casePeople(ctx, book, &r, register)
	if err != nil {
		return CasePlan{}, err
	}
	if err := l.checkTransfer(ctx, r); err != nil {
		return CasePlan{}, err
	}
	p := l.newProposer(ctx, book, r.Kind, r.Office, "papers", r.Stated)
	p.grant = r.Grant
	plan := CasePlan{}
	plan.Change, plan.Problems = p.form(r, who)
	plan.Chain = caseChain(book, plan.Change, a)
	if !barred(plan.Problems) {
		if err := cases.CheckChange(plan.Change); err != nil {
			plan.Problems = append(plan.Problems, problemOf(r.Row, err))
		}
	}
	return plan, nil
}

// checkTransfer sees that the office and the village of a transfer exist and belong together.
func (l *Ledger) checkTransfer(ctx context.Context, r CaseRequest) error {
	if r.Kind != change.Transfer || r.ToOffice == "" {
		return nil
	}
	villages, err := l.Villages(ctx, r.ToOffice)
	if err != nil {
		return err
	}
	if _, known := villages[string(r.ToVillage)]; !known {
		return domain.Refuse(domain.Invalid, "case.transfer-village", "the office %s has no village %q", r.ToOffice, r.ToVillage).WithNext("name one of its villages by its 12 digits")
	}
	return nil
}

// casePeople finds the person, by id or by number, and whoever else the form names.
func (l *Ledger) casePeople(ctx context.Context, book *rulebook.Rulebook, r *CaseRequest, register bool) (people, error) {
	var own *record
	if r.Person != "" {
		keys, err := l.bulkKeys(ctx, []string{r.Person})
		if err != nil {
			return people{}, err
		}
		if own, err = l.loadRecord(ctx, r.Person, keys); err != nil {
			return people{}, err
		}
		if own == nil {
			return people{}, domain.Refuse(domain.NotFound, "beneficiary.exists", "there is no person %s in this ledger", r.Person).
				WithNext("name the person by citizen number")
		}
		if own.identity != nil {
			r.Row.Number, r.Row.Birth, r.Row.Sex = own.identity.Number, own.identity.Birth, own.identity.Sex
			if r.Row.Name == "" {
				r.Row.Name = own.identity.Name
			}
		}
	} else if r.Row.Number == "" {
		return people{}, domain.Refuse(domain.Invalid, "case.person", "the case names nobody").WithNext("give the citizen number or the person's id")
	}
	if r.Row.Birth.IsZero() {
		r.Row.Birth, r.Row.Sex = r.Row.Number.Birth(), r.Row.Number.Sex()
	}
	all, err := l.resolve(ctx, book, []rosterfile.Row{r.Row}, register)
	if err != nil {
		return people{}, err
	}
	who := all[0]
	if r.Person != "" {
		who.person, who.known = r.Person, own
	}
	return who, nil
}

// caseChain is who signs a case. A handler alone may withhold payment on a suspected death, at once.
func caseChain(book *rulebook.Rulebook, c change.Change, a Actor) []signoff.Step {
	level, duty, _ := strings.Cut(a.Capacity, ".")
	if s := c.Suspension; s != nil && s.Reason == suspectedDeath && s.Effect == rulebook.Withhold && duty == string(signoff.Handler) {
		return []signoff.Step{{Level: signoff.Level(level), Duty: signoff.Handler, Per: signoff.Whole, Min: 1}}
	}
	return book.Chain(string(c.Kind))
}

// suspectedDeath is the reason for which one handler suffices.
const suspectedDeath = "suspected-death"

// OpenCase opens a case with the change it proposes and the chain that must sign it. Its id follows from officer and
// command. Nothing takes effect before the last signature.
func (l *Ledger) OpenCase(ctx context.Context, c Command, r CaseRequest) (string, Outcome, error) {
	if _, err := l.authorise(ctx, c.Actor, caseHandlers()...); err != nil {
		return "", Outcome{}, err
	}
	id := NewID(c.Officer, c.ID)
	c.Content = map[string]string{"request": contentOf(r)}
	if out, done, err := l.doneOn(ctx, cases.Stream(id), c); done || err != nil {
		return id, out, err
	}
	plan, err := l.goodCase(ctx, c.Actor, r)
	if err != nil {
		return id, Outcome{}, fmt.Errorf("open case: %w", err)
	}
	open := cases.Open{Case: id, Chain: plan.Chain, Change: plan.Change, Office: r.Office, Rulebook: plan.Change.Rulebook}
	out, err := execute(ctx, l, cases.Stream(id), c, cases.Evolve, func(s cases.State) ([]domain.Event, error) { return cases.DecideOpen(s, open) })
	return id, out, err
}

// goodCase works a case out twice: dry first, so that nobody is registered for a case that cannot be opened.
func (l *Ledger) goodCase(ctx context.Context, a Actor, r CaseRequest) (CasePlan, error) {
	for _, register := range []bool{false, true} {
		plan, err := l.planCase(ctx, a, r, register)
		if err != nil {
			return plan, err
		}
		if barred(plan.Problems) {
			return plan, &ProblemsError{plan.Problems}
		}
		if err := l.reachesVillage(ctx, a, plan.Change.Village); err != nil {
			return plan, err
		}
		if register {
			return plan, l.indexCase(ctx, plan.Change, r.Row)
		}
	}
	return CasePlan{}, errors.New("unreachable")
}

// ReviseCase replaces the change of a draft or of a case that was sent back; kind and person stay.
func (l *Ledger) ReviseCase(ctx context.Context, c Command, id string, r CaseRequest) (Outcome, error) {
	if _, err := l.authorise(ctx, c.Actor, caseHandlers()...); err != nil {
		return Outcome{}, err
	}
	c.Content = map[string]string{"case": id, "request": contentOf(r)}
	if out, done, err := l.doneOn(ctx, cases.Stream(id), c); done || err != nil {
		return out, err
	}
	plan, err := l.goodCase(ctx, c.Actor, r)
	if err != nil {
		return Outcome{}, fmt.Errorf("revise case %s: %w", id, err)
	}
	return execute(ctx, l, cases.Stream(id), c, cases.Evolve, func(s cases.State) ([]domain.Event, error) {
		return cases.DecideRevise(s, cases.Revise{Change: plan.Change})
	})
}

// doneOn answers a command that was carried out on the stream of a case before, without working it out again: the person has moved on.
func (l *Ledger) doneOn(ctx context.Context, stream string, c Command) (Outcome, bool, error) {
	s, err := load(ctx, l, stream, cases.Evolve)
	if err != nil {
		return Outcome{}, false, err
	}
	return l.doneAmong(ctx, stream, c, s.commands)
}

// WithdrawCase ends a case before its last signature.
func (l *Ledger) WithdrawCase(ctx context.Context, c Command, id, reason string) (Outcome, error) {
	if _, err := l.authorise(ctx, c.Actor); err != nil {
		return Outcome{}, err
	}
	c.Content = map[string]string{"case": id, "reason": reason}
	return execute(ctx, l, cases.Stream(id), c, cases.Evolve, func(s cases.State) ([]domain.Event, error) {
		return cases.DecideWithdraw(s, cases.Withdraw{Officer: c.Officer, Office: c.Office, Reason: reason})
	})
}

// Case loads a case; its change is not opened.
func (l *Ledger) Case(ctx context.Context, id string) (cases.State, error) {
	s, err := load(ctx, l, cases.Stream(id), cases.Evolve)
	if err == nil && s.state.Status == "" {
		err = domain.Refuse(domain.NotFound, "case.unknown", "there is no case %q", id).WithNext("list the cases, and copy the id")
	}
	return s.state, err
}

// CaseView is a case with its change opened: names and numbers print masked.
type CaseView struct {
	State  cases.State
	Change change.Change
}

// ShowCase loads a case with its present change, opened with the keys of those it names.
func (l *Ledger) ShowCase(ctx context.Context, id string) (CaseView, error) {
	s, err := l.Case(ctx, id)
	if err != nil {
		return CaseView{}, err
	}
	c, err := l.proposedChange(ctx, id, s.Proposal.Revision)
	return CaseView{State: s, Change: c}, err
}

// proposedChange reads the change of the event at a revision of a case, with the keys of those it names.
func (l *Ledger) proposedChange(ctx context.Context, id string, revision int64) (change.Change, error) {
	r, err := l.recorded(ctx, cases.Stream(id), revision)
	if err != nil {
		return change.Change{}, err
	}
	stored, err := codec.DecodeEvent(r.Data, l.keySource(ctx))
	if err != nil {
		return change.Change{}, fmt.Errorf("read case %s at %d: %w", id, revision, err)
	}
	switch e := stored.Event.(type) {
	case cases.Opened:
		return e.Change, nil
	case cases.Revised:
		return e.Change, nil
	}
	return change.Change{}, fmt.Errorf("case %s: %s at %d proposes nothing", id, r.Type, revision)
}
