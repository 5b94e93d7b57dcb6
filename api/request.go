package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/ledger"
)

// request is one call as a handler sees it: read, measured, and its caller known.
type request struct {
	url     *url.URL
	path    func(name string) string // decoded path parameters
	query   url.Values               // only parameters that the route declares, each at most once unless it is a list
	header  http.Header
	body    []byte
	officer officer.State // zero on public routes
	key     string        // Idempotency-Key; empty unless the route writes
}

// response is what a handler answers. Exactly one of Body and Text is written; neither makes an empty body.
type response struct {
	Status   int    // 0: 200
	Body     any    // as JSON
	Text     []byte // as it stands, of Type
	Type     string // media type of Text
	ETag     string // quoted
	Location string
	Next     string // URL reference of the next page
	LogIndex int64  // that the answer was read at; 0: it was not read from read models
}

// handler answers one call.
type handler func(ctx context.Context, r *request) (response, error)

// ok is the ordinary answer.
func ok(body any) response { return response{Status: http.StatusOK, Body: body} }

// decode reads the body as JSON into v, strictly: one value, no unknown field, no field twice in another spelling.
func (r *request) decode(v any) error {
	media, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse(domain.Invalid, "api.media-type", "the body is %.60q, not application/json", r.header.Get("Content-Type")).
			WithNext("send JSON with Content-Type: application/json")
	}
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badBody(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(domain.Invalid, "api.body", "something follows the JSON value").WithNext("send one JSON object")
	}
	return nil
}

// badBody tells what is wrong with a body without repeating it: it may hold personal data.
func badBody(err error) error {
	var refused *domain.RefusedError
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &refused):
		return err
	case errors.As(err, &kind):
		return refuse(domain.Invalid, "api.body", "the field %q is a JSON %s, which is not what belongs there", kind.Field, kindOfJSON(kind.Value)).
			WithNext("compare the body with /v1/openapi.yaml")
	case errors.As(err, &syntax):
		return refuse(domain.Invalid, "api.body", "the body is no JSON from byte %d on", syntax.Offset).WithNext("send one JSON object")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(domain.Invalid, "api.body", "the body is empty or ends in the middle").WithNext("send one JSON object")
	}
	if field, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		return refuse(domain.Invalid, "api.body", "there is no field %.60s", field).WithNext("compare the body with /v1/openapi.yaml")
	}
	return refuse(domain.Invalid, "api.body", "the body is not what belongs here").WithNext("compare the body with /v1/openapi.yaml")
}

// kindOfJSON leaves the value out of what the decoder says: "number 12.5" is a number.
func kindOfJSON(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	return kind
}

// day reads a day parameter; absent is the zero day.
func (r *request) day(name string) (domain.Date, error) {
	text := r.query.Get(name)
	if text == "" {
		return domain.Date{}, nil
	}
	d, err := domain.ParseDate(text)
	if err != nil {
		return d, fmt.Errorf("parameter %s: %w", name, err)
	}
	return d, nil
}

// flag reads a parameter that is true or false; absent is false.
func (r *request) flag(name string) (bool, error) {
	switch r.query.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, refuse(domain.Invalid, "api.parameter", "%s is neither true nor false", name).WithNext("write %s=true, or leave it out", name)
}

// The size of pages.
const (
	defaultLimit = 100
	maxLimit     = 1000 // what a slow reader can take in without holding a connection of the read models for long
)

// limit is how many items the caller wants in a page.
func (r *request) limit() (int, error) {
	text := r.query.Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit {
		return 0, refuse(domain.Invalid, "api.limit", "limit=%.20q is not 1 to %d", text, maxLimit).WithNext("leave it out, or choose less")
	}
	return n, nil
}

// command is the ledger's command of this call.
func (r *request) command(a ledger.Actor) ledger.Command { return ledger.Command{Actor: a, ID: r.key} }

// refuse is domain.Refuse, for refusals that this package makes itself; every rule of its own begins with "api.".
func refuse(kind domain.Kind, rule, format string, args ...any) *domain.RefusedError {
	return domain.Refuse(kind, rule, format, args...)
}
