package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

// problem is a refusal or a fault as RFC 9457 writes it.
type problem struct {
	Type      string        `json:"type"` // URI reference of a page that explains the rule
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail,omitempty"`
	Instance  string        `json:"instance"` // path of the request
	Rule      string        `json:"rule"`
	Next      string        `json:"next,omitempty"` // what the caller can do about it
	RequestID string        `json:"requestId"`
	Errors    []fileProblem `json:"errors,omitempty"` // all that is wrong with a form
}

// kinds is the one table from kinds of refusals to HTTP statuses.
var kinds = map[domain.Kind]struct {
	status int
	title  string
}{
	domain.Invalid:   {http.StatusBadRequest, "The request cannot be right as it stands"},
	domain.NotFound:  {http.StatusNotFound, "The ledger does not know this"},
	domain.Conflict:  {http.StatusConflict, "Another fact stands in the way"},
	domain.Forbidden: {http.StatusForbidden, "This officer may not do this"},
	domain.Refused:   {http.StatusUnprocessableEntity, "A rule says no"},
}

// statusOf are the rules of this package that HTTP has a status of its own for.
var statusOf = map[string]int{
	ruleToken:          http.StatusUnauthorized,
	"api.no-route":     http.StatusNotFound,
	"api.method":       http.StatusMethodNotAllowed,
	"api.body-size":    http.StatusRequestEntityTooLarge,
	"api.media-type":   http.StatusUnsupportedMediaType,
	"api.if-match":     http.StatusPreconditionRequired,
	ruleStale:          http.StatusPreconditionFailed,
	"api.busy":         http.StatusServiceUnavailable,
	"api.views-behind": http.StatusServiceUnavailable,
	"api.views-broken": http.StatusServiceUnavailable,
	"api.timeout":      http.StatusServiceUnavailable,
	"api.fault":        http.StatusInternalServerError,
}

// Rules that several files name.
const (
	ruleToken = "api.token"
	ruleStale = "api.stale"
)

// asRefusal turns every error into a refusal; one that is none becomes api.fault, whose text is not shown.
func asRefusal(err error) (refused *domain.RefusedError, fault bool) {
	var behind *projections.StaleError
	var building *projections.BuildingError
	var broken *projections.BrokenError
	switch {
	case errors.As(err, &refused):
		return refused, false
	case errors.As(err, &behind), errors.As(err, &building):
		return refuse(domain.Conflict, "api.views-behind", "the read models have not taken in what this needs").WithNext("ask again in a moment"), false
	case errors.As(err, &broken):
		return refuse(domain.Conflict, "api.views-broken", "the read models stopped and answer nothing").WithNext("tell the operator: almoner store check, then almoner rebuild"), true
	case errors.Is(err, context.DeadlineExceeded):
		return refuse(domain.Conflict, "api.timeout", "it took longer than a request may").WithNext("ask again; a command is safe to repeat with the same Idempotency-Key"), true
	}
	return refuse(domain.Conflict, "api.fault", "something is broken that a caller cannot mend").WithNext("tell the operator the request id"), true
}

// problemOf writes an error as a problem.
func problemOf(err error, path, requestID string) problem {
	refused, _ := asRefusal(err)
	row := kinds[refused.Kind]
	p := problem{
		Type: "/v1/problems/" + refused.Rule, Title: row.title, Status: row.status, Detail: refused.Detail, Instance: path, Rule: refused.Rule,
		Next: refused.Next, RequestID: requestID,
	}
	if status, own := statusOf[refused.Rule]; own {
		p.Status, p.Title = status, http.StatusText(status)
	}
	p.Errors = fileProblems(problemsOf(err))
	return p
}

// problemsOf is all that an error knows to be wrong with a form or a file.
func problemsOf(err error) []rosterfile.Problem {
	var form *ledger.ProblemsError
	var header *rosterfile.HeaderError
	var rows *badRowsError
	var source *rulebook.SourceError
	switch {
	case errors.As(err, &form):
		return form.Problems
	case errors.As(err, &header):
		return header.Problems
	case errors.As(err, &rows):
		return rows.problems
	case errors.As(err, &source):
		return sourceProblems(source)
	}
	return nil
}

// sourceProblems are the problems of a rulebook's text, line by line.
func sourceProblems(source *rulebook.SourceError) []rosterfile.Problem {
	out := make([]rosterfile.Problem, len(source.Problems))
	for i, p := range source.Problems {
		out[i] = rosterfile.Problem{Line: p.Line, Rule: "rulebook.source", Severity: rosterfile.Error, Message: p.What, Remedy: p.Next}
	}
	return out
}

// fail answers with a problem and logs faults: people see refusals, operators see faults.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	id := requestIDOf(r.Context())
	p := problemOf(err, r.URL.Path, id)
	if _, fault := asRefusal(err); fault && r.Context().Err() == nil {
		s.log.LogAttrs(r.Context(), slog.LevelError, "fault", slog.String("requestId", id), slog.String("path", r.URL.Path), slog.String("error", err.Error()))
	}
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="almoner"`)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(p) // a caller that has gone needs no answer
}

// fileProblem is one thing wrong with a form, or with a row of a file; personal values are masked.
type fileProblem struct {
	Sheet    string `json:"sheet,omitempty"`
	Line     int    `json:"line,omitempty"` // row as a spreadsheet shows it, from 1
	Column   string `json:"column,omitempty"`
	Letter   string `json:"letter,omitempty"`
	Value    string `json:"value,omitempty"` // masked when personal
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"` // Chinese
	Remedy   string `json:"remedy,omitempty"`
}

func fileProblems(all []rosterfile.Problem) []fileProblem {
	out := make([]fileProblem, len(all))
	for i, p := range all {
		out[i] = fileProblem{p.Sheet, p.Line, p.Column, p.Letter, p.Value, p.Rule, string(p.Severity), p.Message, strings.TrimSpace(p.Remedy)}
	}
	return out
}
