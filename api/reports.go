package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"almoner/domain"
	"almoner/domain/genesis"
	"almoner/reports"
)

// reportRequest reads what a report is asked for.
func reportRequest(r *request) (q reports.Request, known string, format reports.Format, err error) {
	q = reports.Request{
		Kind: reports.Kind(r.path("kind")), Programme: r.query.Get("programme"), Office: r.query.Get("office"), Village: r.query.Get("village"),
		Run: r.query.Get("run"), Request: r.query.Get("request"), Finance: r.query.Get("finance"),
	}
	if q.AsOf, err = r.day("as-of"); err != nil {
		return q, "", "", err
	}
	if text := r.query.Get("period"); text != "" {
		if q.Period, err = domain.ParsePeriod(text); err != nil {
			return q, "", "", fmt.Errorf("parameter period: %w", err)
		}
	}
	format = reports.HTML
	if text := r.query.Get("format"); text != "" {
		if format, err = reports.ParseFormat(text); err != nil {
			return q, "", "", err
		}
	}
	return q, r.query.Get("known-at"), format, q.Check()
}

// getReport makes a report, masked: one in full leaves a trace, which a GET does not. Its ETag is the content's hash.
func (s *Server) getReport(ctx context.Context, r *request) (_ response, err error) {
	q, known, format, err := reportRequest(r)
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	if err := s.reportReach(ctx, r, q); err != nil {
		return response{}, err
	}
	created := s.ledger.Created()
	maker := &reports.Maker{Views: s.views, Open: s.ledger, Ledger: created.Name, Demo: created.Clock == genesis.SimulatedClock}
	made, err := maker.Make(ctx, q, known, format)
	if err != nil {
		return response{}, err
	}
	defer func() { err = errors.Join(err, made.Close()) }()
	var body bytes.Buffer
	if _, err := made.WriteTo(&body); err != nil {
		return response{}, err
	}
	return response{Text: body.Bytes(), Type: format.MediaType(), ETag: `"` + made.Hash + `"`, LogIndex: made.Position}, nil
}

// reportReach refuses a report about an office that the caller is not responsible for. A run or a request named by its id
// is judged by its own offices, whatever else is asked for.
func (s *Server) reportReach(ctx context.Context, r *request, q reports.Request) error {
	switch {
	case q.Run != "":
		run, err := s.views.Payrun(ctx, q.Run)
		if err != nil {
			return err
		}
		return s.within(ctx, r, run.State.Opened.Office, run.State.Opened.Finance)
	case q.Request != "":
		asked, err := s.views.FundRequest(ctx, q.Request)
		if err != nil {
			return err
		}
		return s.within(ctx, r, asked.State.Requested.Office, asked.State.Requested.Finance)
	case q.Finance != "":
		return s.within(ctx, r, q.Finance)
	case q.Office == "":
		return refuse(domain.Invalid, "report.parameter", "the report %s needs office", q.Kind).WithNext("give office")
	}
	return s.within(ctx, r, q.Office)
}

// reportKind is one report that can be made.
type reportKind struct {
	Kind    string   `json:"kind"`
	Title   string   `json:"title"`
	English string   `json:"english"`
	Needs   []string `json:"needs"` // "a|b": one of both
	May     []string `json:"may"`
}

// listReports lists the reports.
func (s *Server) listReports(context.Context, *request) (response, error) {
	items := []reportKind{}
	for _, k := range reports.Kinds() {
		items = append(items, reportKind{string(k.Kind), k.Title, k.English, k.Needs, append([]string{}, k.May...)})
	}
	return ok(listed[reportKind]{items}), nil
}
