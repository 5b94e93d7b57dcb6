package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	for _, media := range []string{"text/html", "text/event-stream", "text/csv"} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.PlainBodyDecoder)
	}
	os.Exit(m.Run())
}

// document loads openapi.yaml and checks that it is one.
func document(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapiDocument)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(context.Background()))
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	return doc, router
}

// call is one request of a test. The zero value of strict means that request and answer must both be as documented; a
// test of a malformed request sets raw, and then only the answer must.
type call struct {
	as      string // officer
	method  string
	path    string // with query
	body    any    // JSON, unless file is set
	file    []byte
	media   string
	key     string // Idempotency-Key; "" makes one for POST, "-" sends none
	match   string // If-Match
	header  http.Header
	raw     bool
	handler http.Handler
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// client speaks to the server and holds every exchange to the document.
type client struct {
	*town
	router routers.Router
}

func newClient(w *town) *client {
	_, router := document(w.t)
	return &client{w, router}
}

// do makes one call.
func (c *client) do(x call) answer {
	c.t.Helper()
	req := c.request(x)
	content, err := io.ReadAll(req.Body)
	require.NoError(c.t, err)
	req.Body = io.NopCloser(bytes.NewReader(content))
	input := c.valid(req, x.raw)
	req.Body = io.NopCloser(bytes.NewReader(content))
	recorder := httptest.NewRecorder()
	var h http.Handler = c.server
	if x.handler != nil {
		h = x.handler
	}
	h.ServeHTTP(recorder, req)
	if input != nil {
		c.validAnswer(input, recorder)
	}
	return answer{recorder, c.t}
}

func (c *client) request(x call) *http.Request {
	c.t.Helper()
	if x.method == "" {
		x.method = http.MethodGet
	}
	content := x.file
	if x.body != nil {
		var err error
		content, err = json.Marshal(x.body)
		require.NoError(c.t, err)
		x.media = "application/json"
	}
	req := httptest.NewRequestWithContext(c.ctx, x.method, x.path, bytes.NewReader(content))
	if x.header != nil {
		req.Header = x.header.Clone()
	}
	if x.as != "" {
		require.Contains(c.t, c.officers, x.as)
		req.Header.Set("Authorization", "Bearer "+c.officers[x.as].token)
	}
	if x.media != "" {
		req.Header.Set("Content-Type", x.media)
	}
	if x.method == http.MethodPost && x.key == "" {
		x.key = uuid.NewString()
	}
	if x.key != "" && x.key != "-" {
		req.Header.Set("Idempotency-Key", x.key)
	}
	if x.match != "" {
		req.Header.Set("If-Match", x.match)
	}
	return req
}

// valid holds a request to the document; raw ones only have to be routed.
func (c *client) valid(req *http.Request, raw bool) *openapi3filter.RequestValidationInput {
	c.t.Helper()
	route, params, err := c.router.FindRoute(req)
	if raw && err != nil {
		return nil
	}
	require.NoError(c.t, err, "%s %s is not documented", req.Method, req.URL.Path)
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if !raw {
		require.NoError(c.t, openapi3filter.ValidateRequest(req.Context(), input))
	}
	return input
}

func (c *client) validAnswer(input *openapi3filter.RequestValidationInput, recorder *httptest.ResponseRecorder) {
	c.t.Helper()
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: recorder.Code, Header: recorder.Header(), Options: input.Options}
	out.SetBodyBytes(recorder.Body.Bytes())
	require.NoError(c.t, openapi3filter.ValidateResponse(input.Request.Context(), out), "%s %s: %d %s", input.Request.Method, input.Request.URL, recorder.Code, recorder.Body)
}

// get is a GET that must succeed.
func (c *client) get(as, path string) answer {
	c.t.Helper()
	a := c.do(call{as: as, path: path})
	require.Equal(c.t, http.StatusOK, a.Code, "%s: %s", path, a.Body)
	return a
}

// post is a POST.
func (c *client) post(as, path string, body any, match string) answer {
	c.t.Helper()
	return c.do(call{as: as, method: http.MethodPost, path: path, body: body, match: match})
}

// statement asks for a statement and signs it.
func (c *client) statement(as, query string, header http.Header) (map[string]any, string) {
	c.t.Helper()
	a := c.do(call{as: as, path: "/v1/statements?" + query, header: header})
	require.Equal(c.t, http.StatusOK, a.Code, "%s: %s", query, a.Body)
	text := a.Body.String()
	sig, err := c.officers[as].signer.Sign([]byte(text))
	require.NoError(c.t, err)
	return map[string]any{"statement": text, "signature": base64.StdEncoding.EncodeToString(sig)}, a.Header().Get("ETag")
}

// signStep signs one action in the two steps that a user takes.
func (c *client) signStep(as, kind, id, action, scope string) answer {
	c.t.Helper()
	query := url.Values{"subject": {kind + ":" + id}, "action": {action}}
	if scope != "" {
		query.Set("scope", scope)
	}
	body, match := c.statement(as, query.Encode(), nil)
	noun := map[string]string{"submit": "submissions", "sign-off": "sign-offs"}[action]
	if kind == "fund" { // what is signed of a fund is the request for it
		kind = "fund-request"
	}
	return c.post(as, fmt.Sprintf("/v1/%ss/%s/%s", kind, id, noun), body, match)
}

// decoded reads the answer.
func (a answer) decoded() map[string]any {
	a.t.Helper()
	out := map[string]any{}
	require.NoError(a.t, json.Unmarshal(a.Body.Bytes(), &out), "%s", a.Body)
	return out
}

// items reads the items of a list.
func (a answer) items() []map[string]any {
	a.t.Helper()
	var out []map[string]any
	list, ok := a.decoded()["items"].([]any)
	require.True(a.t, ok, "%s", a.Body)
	for _, item := range list {
		out = append(out, item.(map[string]any))
	}
	return out
}

// refused requires a problem with a status and a rule, and that it says what to do next.
func (a answer) refused(status int, rule string) map[string]any {
	a.t.Helper()
	require.Equal(a.t, status, a.Code, "%s", a.Body)
	require.Equal(a.t, "application/problem+json", a.Header().Get("Content-Type"))
	p := a.decoded()
	require.Equal(a.t, rule, p["rule"], "%s", a.Body)
	require.Equal(a.t, "/v1/problems/"+rule, p["type"])
	require.InDelta(a.t, status, p["status"], 0)
	require.NotEmpty(a.t, p["requestId"])
	require.Equal(a.t, p["requestId"], a.Header().Get("Request-Id"))
	return p
}

// nextPage is the URL of the next page, empty at the end.
func (a answer) nextPage() string {
	link := a.Header().Get("Link")
	path, found := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	if !found {
		return ""
	}
	return path
}
