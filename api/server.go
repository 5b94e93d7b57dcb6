package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"almoner/domain"
	"almoner/ledger"
	"almoner/projections"
)

// Options are what the API is made of. All are required but Version.
type Options struct {
	Ledger *ledger.Ledger
	Views  *projections.Views // of the same ledger; something else keeps them moving (Views.Follow)
	Tokens Tokens
	Log    *slog.Logger

	// Revision is the revision of a stream's last event, and -1 for a stream that does not exist: what ETags state. It
	// reads the store, not a read model.
	Revision func(ctx context.Context, stream string) (int64, error)

	Simulated bool   // the ledger's clock is injected; every answer of /v1/about says so
	Version   string // of the program
}

// Server is the API as an http.Handler. Close ends its jobs.
type Server struct {
	ledger    *ledger.Ledger
	views     *projections.Views
	tokens    Tokens
	log       *slog.Logger
	revision  func(ctx context.Context, stream string) (int64, error)
	simulated bool
	version   string
	catalogue catalogue
	jobs      *jobs
	replays   *replays
	stopping  chan struct{} // closed by stop when long answers are to end
	stop      sync.Once
	handler   http.Handler
}

//go:embed openapi.yaml
var openapiDocument []byte

// New makes the API. It refuses options that lack something or contradict the ledger.
func New(o Options) (*Server, error) {
	switch {
	case o.Ledger == nil || o.Views == nil || o.Tokens == nil || o.Log == nil || o.Revision == nil:
		return nil, errors.New("api: ledger, read models, tokens, log and revision are all needed")
	case o.Simulated != (o.Ledger.Created().Clock == "simulated"):
		return nil, fmt.Errorf("api: the ledger's clock is %s, and the options say simulated=%v", o.Ledger.Created().Clock, o.Simulated)
	}
	entries, err := readCatalogue()
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	s := &Server{
		ledger: o.Ledger, views: o.Views, tokens: o.Tokens, log: o.Log, revision: o.Revision, simulated: o.Simulated, version: o.Version,
		catalogue: entries, jobs: newJobs(o.Log), replays: newReplays(), stopping: make(chan struct{}),
	}
	s.handler = chain(s.router(), withRequestID, withHeaders, s.withLog, s.withRecovery)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends jobs and event streams and waits for the jobs. It is called once, after the last request or beside it.
func (s *Server) Close() error {
	s.Stop()
	s.jobs.close()
	return nil
}

// Stop makes event streams end and readiness say no; calling it twice is harmless. Serve calls it when it begins to stop.
func (s *Server) Stop() { s.stop.Do(func() { close(s.stopping) }) }

// How much of a body is read.
const (
	maxBody       = 1 << 20  // of JSON
	maxSourceBody = 2 << 20  // of a rulebook
	maxFileBody   = 20 << 20 // of a roster: some 200,000 rows
)

// route is one operation. Every route stands in openapi.yaml and every operation of openapi.yaml here.
type route struct {
	method, path string // path as the router writes it, ":id"
	query        []string
	public       bool // needs no token
	body         int64
	handle       handler
	stream       func(http.ResponseWriter, *http.Request, *request) error // instead of handle: an answer that goes on
}

// router builds the Echo router. This is the only place that knows it.
func (s *Server) router() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard) // everything is said through slog
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.routerError(err, c) }
	for _, r := range s.routes() {
		e.Add(r.method, r.path, s.adapt(r))
	}
	return e
}

// routerError answers what no route does.
func (s *Server) routerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		switch h.Code {
		case http.StatusNotFound:
			err = refuse(domain.NotFound, "api.no-route", "there is nothing at this path").WithNext("look at /v1/openapi.yaml")
		case http.StatusMethodNotAllowed:
			err = refuse(domain.Invalid, "api.method", "%s cannot be done here", c.Request().Method).WithNext("use one of: %s", c.Response().Header().Get("Allow"))
		}
	}
	s.fail(c.Response(), c.Request(), err)
}

// adapt makes an Echo handler of a route.
func (s *Server) adapt(rt route) echo.HandlerFunc {
	return func(c echo.Context) error {
		w, hr := c.Response(), c.Request()
		r, err := s.admit(w, hr, rt)
		if err != nil {
			s.fail(w, hr, err)
			return nil
		}
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // the body is read; what follows takes as long as it takes
		r.path = func(name string) string {
			value, err := url.PathUnescape(c.Param(name))
			if err != nil {
				return c.Param(name)
			}
			return value
		}
		if rt.stream != nil {
			if err := rt.stream(w, hr, r); err != nil && !w.Committed {
				s.fail(w, hr, err)
			}
			return nil
		}
		answer, err := rt.handle(hr.Context(), r)
		if err == nil {
			err = answer.write(w)
		}
		if err != nil && !w.Committed {
			if answer.ETag != "" { // a stale caller is told the present one
				w.Header().Set("ETag", answer.ETag)
			}
			s.fail(w, hr, err)
		}
		return nil
	}
}

// admit reads a request: who asks, which parameters, which key, which body.
func (s *Server) admit(w http.ResponseWriter, hr *http.Request, rt route) (*request, error) {
	r := &request{url: hr.URL, header: hr.Header}
	var err error
	if !rt.public {
		if r.officer, err = s.caller(hr.Context(), hr.Header.Get("Authorization")); err != nil {
			return nil, err
		}
	}
	if r.query, err = readQuery(hr.URL.RawQuery, rt.query); err != nil {
		return nil, err
	}
	if hr.Method == http.MethodPost {
		if r.key, err = readKey(hr.Header); err != nil {
			return nil, err
		}
	}
	if hr.Method != http.MethodPost {
		return r, nil
	}
	r.body, err = io.ReadAll(http.MaxBytesReader(w, hr.Body, max(rt.body, 1)))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return nil, refuse(domain.Invalid, "api.body-size", "the body is longer than %d bytes", tooLong.Limit).WithNext("send less, or in several parts")
	}
	if err != nil {
		return nil, refuse(domain.Invalid, "api.body", "the body broke off").WithNext("send it again")
	}
	return r, nil
}

// readQuery reads the query strictly: a misspelt filter would otherwise show everything.
func readQuery(raw string, known []string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(domain.Invalid, "api.parameter", "the query cannot be read").WithNext("encode it as application/x-www-form-urlencoded")
	}
	for name, values := range query {
		if !slices.Contains(known, name) {
			return nil, refuse(domain.Invalid, "api.parameter", "there is no parameter %.40q here", name).WithNext("use: %s", strings.Join(known, ", "))
		}
		if len(values) > 1 && name != "subject" {
			return nil, refuse(domain.Invalid, "api.parameter", "%s is given %d times", name, len(values)).WithNext("give it once")
		}
	}
	return query, nil
}

// maxKey is what an event's envelope has room for.
const maxKey = 100

// readKey reads the Idempotency-Key of a POST.
func readKey(h http.Header) (string, error) {
	key := h.Get("Idempotency-Key")
	printable := !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' || c == '|' })
	if key == "" || len(key) > maxKey || !printable {
		return "", refuse(domain.Invalid, "api.idempotency-key", "the header Idempotency-Key is missing, or not 1 to %d printable ASCII characters without spaces and |", maxKey).
			WithNext("send a new UUID for each new request, and the same one when repeating it")
	}
	return key, nil
}

// write sends an answer.
func (a response) write(w http.ResponseWriter) error {
	var body []byte
	h := w.Header()
	switch {
	case a.Body != nil:
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(a.Body); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
		body = []byte(b.String())
		h.Set("Content-Type", "application/json")
	case a.Text != nil:
		body = a.Text
		h.Set("Content-Type", a.Type)
	}
	for name, value := range map[string]string{"ETag": a.ETag, "Location": a.Location} {
		if value != "" {
			h.Set(name, value)
		}
	}
	if a.Next != "" {
		h.Set("Link", "<"+a.Next+`>; rel="next"`)
	}
	if a.LogIndex > 0 {
		h.Set("Almoner-Log-Index", fmt.Sprint(a.LogIndex))
	}
	w.WriteHeader(max(a.Status, http.StatusOK))
	_, _ = w.Write(body) // a caller that has gone needs no answer
	return nil
}
