package api

import (
	"context"
	"strconv"

	"almoner/domain"
	"almoner/projections"
)

// citation is what an exception test rests on.
type citation struct {
	Title  string `json:"title"`
	Source string `json:"source,omitempty"`
}

// exceptionKind is one standing test.
type exceptionKind struct {
	Test  string     `json:"test"`
	Zh    string     `json:"zh"`
	En    string     `json:"en"`
	Cites []citation `json:"cites"`
}

// listExceptions lists the tests.
func (s *Server) listExceptions(context.Context, *request) (response, error) {
	items := []exceptionKind{}
	for _, k := range projections.ExceptionKinds() {
		row := exceptionKind{string(k.Test), k.Zh, k.En, []citation{}}
		for _, c := range k.Cites {
			row.Cites = append(row.Cites, citation(c))
		}
		items = append(items, row)
	}
	return ok(listed[exceptionKind]{items}), nil
}

// finding is one case that a test found.
type finding struct {
	Person    string        `json:"person"`
	Programme string        `json:"programme"`
	Office    string        `json:"office"`
	Run       string        `json:"run,omitempty"`
	Line      int           `json:"line,omitempty"`
	Unit      domain.Period `json:"unit,omitzero"`
	Amount    money         `json:"amount"`
	Events    []string      `json:"events"`
	Zh        string        `json:"zh"`
	En        string        `json:"en"`
}

// findings is what one test found.
type findings struct {
	Test  string      `json:"test"`
	AsOf  domain.Date `json:"asOf"`
	Items []finding   `json:"items"`
}

// runException runs one test for an office that the caller is responsible for.
func (s *Server) runException(ctx context.Context, r *request) (response, error) {
	q := projections.ExceptionQuery{
		Tests: []projections.ExceptionTest{projections.ExceptionTest(r.path("test"))}, Programme: r.query.Get("programme"), Office: r.query.Get("office"), Accounts: s.ledger.AccountTokens,
	}
	var err error
	if q.AsOf, err = r.day("as-of"); err != nil {
		return response{}, err
	}
	if q.Days, err = r.whole("days"); err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	if err := s.officeAsked(ctx, r, "office"); err != nil {
		return response{}, err
	}
	var out projections.Exceptions
	err = s.views.AsKnown(ctx, r.query.Get("known-at"), func(v *projections.Views) (err error) {
		out, err = v.Exceptions(ctx, q)
		return err
	})
	if err != nil {
		return response{}, err
	}
	body := findings{Test: r.path("test"), AsOf: out.AsOf, Items: []finding{}}
	for _, f := range out.Findings {
		body.Items = append(body.Items, finding{f.Person, f.Programme, f.Office, f.Run, f.Line, f.Unit, f.Amount, f.Events, f.Zh, f.En})
	}
	return response{Body: body, LogIndex: out.LogIndex}, nil
}

// officeAsked refuses a question that names no office, or one the caller is not responsible for.
func (s *Server) officeAsked(ctx context.Context, r *request, parameter string) error {
	office := r.query.Get(parameter)
	if office == "" {
		return refuse(domain.Invalid, "api.parameter", "the question needs the parameter %s", parameter).WithNext("give %s", parameter)
	}
	return s.within(ctx, r, office)
}

// whole reads a parameter that is a whole number from 0 on; absent is 0.
func (r *request) whole(name string) (int, error) {
	text := r.query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, refuse(domain.Invalid, "api.parameter", "%s=%.20q is no whole number from 0 on", name, text).WithNext("write digits only, or leave it out")
	}
	return n, nil
}

// sampleLine is one line to check by hand.
type sampleLine struct {
	Run          string `json:"run"`
	Line         int    `json:"line"`
	Person       string `json:"person"`
	Amount       money  `json:"amount"`
	Status       string `json:"status"`
	InstructedAt int64  `json:"instructedAt"`
	Event        string `json:"event"`
}

// sample is a random sample and what it is drawn from.
type sample struct {
	Seed       string       `json:"seed"`
	Population int          `json:"population"`
	Critical   int          `json:"critical"`
	Items      []sampleLine `json:"items"`
}

// drawSample draws a random sample of the lines that a finance office told the bank to pay.
func (s *Server) drawSample(ctx context.Context, r *request) (response, error) {
	q := projections.SampleQuery{Finance: r.query.Get("finance"), Programme: r.query.Get("programme"), Office: r.query.Get("office"), Confidence: 9500, Tolerable: 100}
	for name, to := range map[string]*int{"confidence": &q.Confidence, "tolerable": &q.Tolerable} {
		if !r.query.Has(name) {
			continue
		}
		var err error
		if *to, err = r.whole(name); err != nil {
			return response{}, err
		}
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	if err := s.officeAsked(ctx, r, "finance"); err != nil {
		return response{}, err
	}
	var out projections.Sample
	err := s.views.AsKnown(ctx, r.query.Get("known-at"), func(v *projections.Views) (err error) {
		out, err = v.Sample(ctx, q)
		return err
	})
	if err != nil {
		return response{}, err
	}
	body := sample{out.Seed, out.Population, out.Critical, []sampleLine{}}
	for _, l := range out.Lines {
		body.Items = append(body.Items, sampleLine{l.Run, l.Line, l.Person, l.Amount, l.Status, l.InstructedAt, l.Event})
	}
	return response{Body: body, LogIndex: out.LogIndex}, nil
}
