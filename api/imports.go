package api

import (
	"context"
	"fmt"
	"net/http"

	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

// addImport takes a roster file in: a dry run that writes nothing and answers with the plan, or with commit=true the
// import.
func (s *Server) addImport(ctx context.Context, r *request) (response, error) {
	commit, err := r.flag("commit")
	if err != nil {
		return response{}, err
	}
	acceptGood, err := r.flag("accept-good")
	if err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	asked, err := importRequest(r, actor)
	if err != nil {
		return response{}, err
	}
	if err := s.within(ctx, r, asked.Office); err != nil {
		return response{}, err
	}
	if !commit {
		plan, err := s.ledger.PlanImport(ctx, asked, nil)
		if err != nil {
			return response{}, fmt.Errorf("plan import: %w", err)
		}
		return ok(viewPlan(plan)), nil
	}
	out, err := s.ledger.CommitImport(ctx, r.command(actor), asked, acceptGood, nil)
	if err != nil {
		return response{}, badRows(out.Plan, fmt.Errorf("commit import: %w", err))
	}
	s.replays.add(r.officer.Officer, r.key)
	subject := ledger.Subject{Kind: ledger.ImportSubject, ID: out.Import}
	where, err := s.standing(ctx, subject)
	if err != nil {
		return response{}, err
	}
	return response{
		Status: http.StatusCreated, Location: "/v1/imports/" + out.Import, ETag: etag(where.Revision),
		Body: importMade{ID: out.Import, Root: out.Root, Repeated: out.Repeated, planView: viewPlan(out.Plan), standing: where},
	}, nil
}

// importMade is what a commit did: what a dry run says, and where the import stands.
type importMade struct {
	ID       string `json:"id"`
	Root     string `json:"root"` // hex RFC 6962 root over the accepted rows' entries
	Repeated bool   `json:"repeated"`
	planView
	standing
}

// badRowsError is a refusal of a file with the problems of its rows.
type badRowsError struct {
	err      error
	problems []rosterfile.Problem
}

// Error implements error.
func (e *badRowsError) Error() string { return e.err.Error() }

// Unwrap implements errors.Unwrap.
func (e *badRowsError) Unwrap() error { return e.err }

func badRows(plan ledger.ImportPlan, err error) error {
	if len(plan.Problems) == 0 {
		return err
	}
	return &badRowsError{err, plan.Problems}
}

// planView says what an import of the file would do.
type planView struct {
	Kind      string         `json:"kind"`
	Rulebook  string         `json:"rulebook"`
	File      fileView       `json:"file"`
	Rows      int            `json:"rows"`
	Accepted  int            `json:"accepted"`
	Refused   int            `json:"refused"`
	Warned    int            `json:"warned"`
	Carried   int            `json:"carried"`
	Total     money          `json:"total"` // of a list of one-off money
	ByClass   map[string]int `json:"byClass"`
	ByVillage map[string]int `json:"byVillage"`
	ByRule    map[string]int `json:"byRule"`
	Problems  []fileProblem  `json:"problems"`
	Warnings  []fileProblem  `json:"warnings"` // of columns, sheets and totals too
	Unlisted  int            `json:"unlisted"` // problems and warnings beyond those listed
	Skipped   []skipView     `json:"skipped"`  // rows that are no persons
	SkipRest  int            `json:"skippedUnlisted"`
}

// skipView is a stretch of rows that were not read, because they are no persons.
type skipView struct {
	Sheet string `json:"sheet,omitempty"`
	From  int    `json:"from"` // rows as a spreadsheet shows them, both included
	To    int    `json:"to"`
	Why   string `json:"why"`   // "blank", "total", "footer", "section", "header"
	Label string `json:"label"` // the same in Chinese
}

type fileView struct {
	Format   string `json:"format"`
	Encoding string `json:"encoding,omitempty"`
}

func viewPlan(p ledger.ImportPlan) planView {
	v := planView{
		Kind: string(p.Kind), Rulebook: p.Rulebook, File: fileView{p.Header.Format, string(p.Header.Encoding)}, Rows: p.Rows, Accepted: p.Accepted,
		Refused: p.Refused, Warned: p.Warned, Carried: p.Carried, Total: p.Total, ByClass: p.ByClass, ByVillage: map[string]int{}, ByRule: p.ByRule,
		Problems: fileProblems(p.Problems), Warnings: fileProblems(p.Warnings), Unlisted: p.Unlisted, Skipped: make([]skipView, len(p.Summary.Skipped)), SkipRest: p.Summary.Rest,
	}
	for n, s := range p.Summary.Skipped {
		v.Skipped[n] = skipView{s.Sheet, s.From, s.To, string(s.Why), s.Why.Label()}
	}
	for village, n := range p.ByVillage {
		v.ByVillage[string(village)] = n
	}
	return v
}

// subjectView is a case or an import as lists show it.
type subjectView struct {
	ID        string     `json:"id"`
	Office    string     `json:"office"`
	Programme string     `json:"programme"`
	Person    string     `json:"person,omitempty"` // of a case
	Change    string     `json:"change,omitempty"` // of a case
	Status    string     `json:"status"`
	Counts    countsView `json:"counts"`
	OpenedAt  int64      `json:"openedAt"`  // log index
	ChangedAt int64      `json:"changedAt"` // log index
}

type countsView struct {
	Accepted int    `json:"accepted"`
	Refused  int    `json:"refused"`
	Applied  int    `json:"applied"`
	Failed   int    `json:"failed"`
	Rule     string `json:"rule,omitempty"` // that stopped a case's effect
}

// listSubjects lists cases or imports, the last changed first.
func (s *Server) listSubjects(ctx context.Context, r *request, list func(context.Context, projections.SubjectFilter) (projections.Subjects, error)) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	all, err := list(ctx, projections.SubjectFilter{
		Office: r.query.Get("office"), Programme: r.query.Get("programme"), Person: r.query.Get("person"), Status: r.query.Get("status"),
	})
	if err != nil {
		return response{}, err
	}
	page, next := pageOf(all.Subjects, func(x projections.Subject) int64 { return x.ChangedAt }, after, limit)
	items := make([]subjectView, len(page))
	for i, x := range page {
		items[i] = subjectView{x.ID, x.Office, x.Programme, x.Person, x.Change, x.Status, countsView(x.Counts), x.OpenedAt, x.ChangedAt}
	}
	return response{Body: listed[subjectView]{items}, Next: r.next(r.query, next), LogIndex: all.LogIndex}, nil
}

func (s *Server) listImports(ctx context.Context, r *request) (response, error) {
	return s.listSubjects(ctx, r, s.views.Imports)
}

// importView is one import.
type importView struct {
	ID        string        `json:"id"`
	Office    string        `json:"office"`
	Programme string        `json:"programme"`
	Region    string        `json:"region"`
	Rulebook  string        `json:"rulebook"`
	Accepted  int           `json:"accepted"`
	Refused   int           `json:"refused"`
	Failed    int           `json:"failed"` // rows whose effect a rule stopped
	Total     money         `json:"total"`
	Root      string        `json:"root,omitempty"`
	Villages  []sectionView `json:"villages"` // of accepted rows; without roots
	Chain     []chainStep   `json:"chain"`
	Marks     []mark        `json:"marks"`
	standing
}

// getImport shows one import.
func (s *Server) getImport(ctx context.Context, r *request) (response, error) {
	i, err := s.ledger.Import(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	v := importView{
		ID: i.Opened.Import, Office: i.Opened.Office, Programme: i.Opened.Programme, Region: i.Opened.Region, Rulebook: i.Opened.Rulebook,
		Accepted: i.Accepted, Refused: i.Refused, Failed: i.Failed, Total: i.Total, Root: i.Root, Villages: make([]sectionView, len(i.Villages)),
		Chain: chainOf(i.Signing.Chain), Marks: marksOf(i.Signing),
	}
	for n, village := range i.Villages {
		v.Villages[n] = sectionView{Scope: string(village.Code), Lines: village.Lines, Total: village.Total.String()}
	}
	if v.standing, err = s.standing(ctx, ledger.Subject{Kind: ledger.ImportSubject, ID: v.ID}); err != nil {
		return response{}, err
	}
	return response{Body: v, ETag: etag(v.Revision)}, nil
}

// withdrawImport ends an import before its last signature.
func (s *Server) withdrawImport(ctx context.Context, r *request) (response, error) {
	var body reasonBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.ImportSubject, ID: r.path("id")}
	return s.changed(ctx, r, subject, func(c ledger.Command) (ledger.Outcome, error) {
		return s.ledger.WithdrawImport(ctx, c, subject.ID, body.Reason)
	})
}
