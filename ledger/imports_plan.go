package ledger

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/imports"
	"almoner/ledger/rosterfile"
)

// ImportPlan says what an import of the file would do, or what the import of it did: both are counted from the same events,
// in the dry run before and in a commit after they are stored. Problems and Warnings list the first of them; what is beyond
// maxListedProblems of either is only counted.
type ImportPlan struct {
	Kind      change.Kind
	Rulebook  string // hash
	Rows      int    // persons in the file
	Accepted  int
	Refused   int
	Warned    int // accepted rows with a warning
	ByClass   map[string]int
	ByVillage map[domain.AreaCode]int
	ByRule    map[string]int // refused rows by rule id; a row may count under several
	Carried   int            // admissions that began outside this ledger
	Total     domain.Money   // of a list of one-off money
	Problems  []rosterfile.Problem
	Warnings  []rosterfile.Problem // of columns, sheets and totals too
	Unlisted  int                  // problems and warnings beyond those listed
	Header    rosterfile.Header
	Summary   rosterfile.Summary // with the rows that are no persons, and why
}

// maxListedProblems bounds what a plan keeps of problems, and of warnings: more than anybody reads before mending the file.
const maxListedProblems = 1000

// PlanImport is the dry run of an import: it reads the whole file, works out every row, and writes nothing anywhere.
func (l *Ledger) PlanImport(ctx context.Context, r ImportRequest, progress Progress) (ImportPlan, error) {
	if err := l.mayImport(ctx, r.Actor, r.Office); err != nil {
		return ImportPlan{}, err
	}
	i, err := l.openImport(ctx, r)
	if err != nil {
		return ImportPlan{}, err
	}
	return i.plan(ctx, progress)
}

func (i *importing) plan(ctx context.Context, progress Progress) (ImportPlan, error) {
	p := i.newPlan()
	err := i.each(ctx, false, 0, func(rows []evaluated) error {
		for _, e := range rows {
			p.count(i.event(e, ""))
		}
		progress.tell(p.Rows, 0)
		return nil
	})
	p.summarise(i.file.Summary())
	if err != nil {
		return p, fmt.Errorf("plan import of %s: %w", i.request.FileName, err)
	}
	return p, nil
}

// newPlan begins with what is to be said of the columns and sheets.
func (i *importing) newPlan() ImportPlan {
	p := ImportPlan{
		Kind: i.proposer.kind, Rulebook: i.book.Hash(), Header: i.file.Header(),
		ByClass: map[string]int{}, ByVillage: map[domain.AreaCode]int{}, ByRule: map[string]int{},
	}
	p.list(p.Header.Problems)
	return p
}

// summarise adds what a pass over the file says of no single person.
func (p *ImportPlan) summarise(s rosterfile.Summary) {
	p.Summary = s
	p.list(s.Problems)
}

// count takes in one row as it is or would be recorded. Rows whose notes cannot be opened any more count by their rules.
func (p *ImportPlan) count(row domain.Event) {
	switch x := row.(type) {
	case imports.RowRefused:
		p.Rows, p.Refused = p.Rows+1, p.Refused+1
		for _, rule := range x.Rules {
			p.ByRule[rule]++
		}
		if x.Private == nil {
			p.Unlisted += len(x.Rules)
			return
		}
		p.note(x.Row, &x.Private.Notes)
	case imports.RowAccepted:
		p.Rows, p.Accepted = p.Rows+1, p.Accepted+1
		p.accept(x.Change)
		if len(x.Warnings) == 0 {
			return
		}
		p.Warned++
		if x.Private == nil {
			p.Unlisted += len(x.Warnings)
			return
		}
		p.note(x.Row, x.Private)
	}
}

func (p *ImportPlan) accept(c change.Change) {
	p.ByVillage[c.Village]++
	switch {
	case c.Admission != nil:
		p.ByClass[c.Admission.Classes[0].Key.String()]++
		if c.Admission.Origin != "decided-here" {
			p.Carried++
		}
	case c.Grant != nil:
		p.Total = p.Total.Add(c.Grant.Amount)
	}
}

func (p *ImportPlan) note(line int, notes *imports.Notes) {
	p.list(problemsOf(line, notes))
	p.Unlisted += notes.More
}

func (p *ImportPlan) list(problems []rosterfile.Problem) {
	for _, problem := range problems {
		into := &p.Problems
		if problem.Severity != rosterfile.Error {
			into = &p.Warnings
		}
		if len(*into) >= maxListedProblems {
			p.Unlisted++
			continue
		}
		*into = append(*into, problem)
	}
}
