package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/fund"
	"almoner/domain/imports"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/projections"
)

// streamOf is the stream of a subject, whose revision is its ETag.
func streamOf(s ledger.Subject) string {
	switch s.Kind {
	case ledger.CaseSubject:
		return cases.Stream(s.ID)
	case ledger.ImportSubject:
		return imports.Stream(s.ID)
	case ledger.RulebookSubject:
		return rulebook.Stream(s.ID)
	case ledger.FundSubject:
		return fund.RequestStream(s.ID)
	case ledger.MonthSubject, ledger.MonthReopenSubject:
		return streamOfMonth(s.ID)
	default:
		return payrun.Stream(s.ID)
	}
}

// parseSubject reads "payrun:ID".
func parseSubject(text string) (ledger.Subject, error) {
	kind, id, found := strings.Cut(text, ":")
	s := ledger.Subject{Kind: ledger.SubjectKind(kind), ID: id}
	if s.Kind == ledger.MonthSubject || s.Kind == ledger.MonthReopenSubject {
		_, _, err := projections.ParseMonthID(id)
		return s, err
	}
	switch s.Kind {
	case ledger.CaseSubject, ledger.ImportSubject, ledger.PayrunSubject, ledger.RulebookSubject, ledger.FundSubject:
		if found && id != "" {
			return s, nil
		}
	}
	return s, refuse(domain.Invalid, "api.subject", "%.60q names nothing that is signed", text).
		WithNext("write kind:id with the kind case, import, payrun, rulebook, fund, month or month-reopen")
}

func nameOf(s ledger.Subject) string { return string(s.Kind) + ":" + s.ID }

// etag writes a revision as a strong ETag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// currentETag is a subject's ETag now.
func (s *Server) currentETag(ctx context.Context, subject ledger.Subject) (string, error) {
	revision, err := s.revision(ctx, streamOf(subject))
	if err != nil {
		return "", fmt.Errorf("revision of %s: %w", nameOf(subject), err)
	}
	return etag(revision), nil
}

// unchanged refuses a request that is not based on the subject as it stands. Between this look and the ledger's own
// decision somebody else may still write: then the ledger decides on what stands by its rules, at its exact revision, and a
// signature is compared with what stands line by line.
func (s *Server) unchanged(ctx context.Context, r *request, subject ledger.Subject) (current string, err error) {
	return s.unchangedStream(ctx, r, streamOf(subject), nameOf(subject))
}

// unchangedStream is unchanged for what stands on a stream, under the name it is spoken of.
func (s *Server) unchangedStream(ctx context.Context, r *request, stream, name string) (current string, err error) {
	asked := strings.TrimSpace(r.header.Get("If-Match"))
	if asked == "" {
		return "", refuse(domain.Invalid, "api.if-match", "the call changes something that exists and does not say what it is based on").
			WithNext("read it, and send its ETag in If-Match")
	}
	revision, err := s.revision(ctx, stream)
	if err != nil {
		return "", fmt.Errorf("revision of %s: %w", name, err)
	}
	current = etag(revision)
	if revision < 0 || asked == current { // what does not exist is the ledger's to refuse
		return current, nil
	}
	if asked == "*" || strings.HasPrefix(asked, "W/") || strings.Contains(asked, ",") {
		return current, refuse(domain.Invalid, "api.if-match-form", "If-Match names no single strong ETag").WithNext(`send the ETag as it was read, such as "12"`)
	}
	return current, refuse(domain.Conflict, ruleStale, "%s has changed since you read it: it is at %s, you at %.40s", name, current, asked).
		WithNext("read it again, look at what changed, and decide anew")
}

// changed runs a change of an existing subject: If-Match, the change, and where the subject stands then.
func (s *Server) changed(ctx context.Context, r *request, subject ledger.Subject, change func(ledger.Command) (ledger.Outcome, error)) (response, error) {
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	current, err := s.unchanged(ctx, r, subject)
	if err != nil && !(isStale(err) && s.replays.has(actor.Officer, r.key)) {
		return response{ETag: current}, err
	}
	out, err := change(r.command(actor))
	return s.wrote(ctx, r, subject, out, err)
}

func isStale(err error) bool {
	var refused *domain.RefusedError
	return errors.As(err, &refused) && refused.Rule == ruleStale
}

// acted is what a write did, and where its subject stands now.
type acted struct {
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Events   []string `json:"events"`   // stored names, in order; none: it was true already
	Repeated bool     `json:"repeated"` // the key had been carried out before
	Pending  bool     `json:"pending"`  // it stands, and what it causes elsewhere is not complete yet
	standing
}

// standing is where a subject stands.
type standing struct {
	Status   string   `json:"status"`
	Revision int64    `json:"revision"`
	Round    int      `json:"round"`
	Waits    string   `json:"waits,omitempty"`  // capacity whose signature is wanted next
	Scopes   []string `json:"scopes,omitempty"` // of the present step that want a signature
}

// wrote answers a write. A follow-up that is not complete is no failure of the write: it stands, and goes on by itself.
func (s *Server) wrote(ctx context.Context, r *request, subject ledger.Subject, out ledger.Outcome, err error) (response, error) {
	var pending *ledger.FollowUpError
	if errors.As(err, &pending) {
		s.log.LogAttrs(ctx, slog.LevelError, "follow-up incomplete", slog.String("requestId", requestIDOf(ctx)), slog.String("subject", nameOf(subject)), slog.String("error", err.Error()))
		err = nil
	}
	if err != nil {
		return response{}, fmt.Errorf("%s: %w", nameOf(subject), err)
	}
	s.replays.add(r.officer.Officer, r.key)
	a := acted{Kind: string(subject.Kind), ID: subject.ID, Events: make([]string, len(out.Events)), Repeated: out.Repeated, Pending: pending != nil}
	for i, e := range out.Events {
		a.Events[i] = e.Type
	}
	if a.standing, err = s.standing(ctx, subject); err != nil {
		return response{}, err
	}
	return response{Body: a, ETag: etag(a.Revision)}, nil
}

// standing reads where a subject stands, from its stream.
func (s *Server) standing(ctx context.Context, subject ledger.Subject) (standing, error) {
	var out standing
	var err error
	if out.Revision, err = s.revision(ctx, streamOf(subject)); err != nil {
		return out, fmt.Errorf("revision of %s: %w", nameOf(subject), err)
	}
	signing, err := s.ledger.Signing(ctx, subject)
	if err != nil {
		return out, err
	}
	if out.Status, err = s.status(ctx, subject, signing); err != nil {
		return out, err
	}
	out.Round = signing.Round
	if signing.Status == signoff.Awaiting {
		out.Waits, out.Scopes = signing.Chain[signing.Step].Capacity(), signing.Waiting()
	}
	return out, nil
}

func (s *Server) status(ctx context.Context, subject ledger.Subject, signing signoff.State) (string, error) {
	switch subject.Kind {
	case ledger.PayrunSubject:
		run, err := s.ledger.Payrun(ctx, subject.ID)
		return string(run.Status), err
	case ledger.CaseSubject:
		c, err := s.ledger.Case(ctx, subject.ID)
		return string(c.Status), err
	case ledger.ImportSubject:
		i, err := s.ledger.Import(ctx, subject.ID)
		return string(i.Status), err
	case ledger.FundSubject:
		f, err := s.ledger.FundRequest(ctx, subject.ID)
		return string(f.Status), err
	case ledger.MonthSubject, ledger.MonthReopenSubject:
		finance, in, err := projections.ParseMonthID(subject.ID)
		if err != nil {
			return "", err
		}
		m, err := s.ledger.Month(ctx, finance, in)
		return monthStatus(m.Status), err
	}
	switch signing.Status {
	case signoff.Draft:
		return "draft", nil
	case signoff.Complete:
		return "published", nil
	}
	return string(signing.Status), nil
}

// chainStep is one step of a chain.
type chainStep struct {
	Capacity   string `json:"capacity"`
	Department string `json:"department,omitempty"`
	Per        string `json:"per"` // "whole" or "section"
	Min        int    `json:"min"`
}

func chainOf(steps []signoff.Step) []chainStep {
	out := make([]chainStep, len(steps))
	for i, step := range steps {
		out[i] = chainStep{Capacity: step.Capacity(), Department: step.Department, Per: string(step.Per), Min: max(1, step.Min)}
		if out[i].Per == "" {
			out[i].Per = string(signoff.Whole)
		}
	}
	return out
}

// mark is one signature of the present round.
type mark struct {
	Step    int    `json:"step"`
	Scope   string `json:"scope"`
	Officer string `json:"officer"`
	Hash    string `json:"hash"` // of the statement
}

func marksOf(signing signoff.State) []mark {
	out := make([]mark, len(signing.Marks))
	for i, m := range signing.Marks {
		out[i] = mark{m.Step, m.Scope, m.Officer, m.Hash}
	}
	return out
}
