package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/ledger"
)

// TestPublicRoutes need no token.
func TestPublicRoutes(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	about := c.get("", "/v1/about").decoded()
	require.Equal(t, true, about["simulated"])
	require.Equal(t, "2022-10-10", about["today"])
	require.Equal(t, w.Created().Ledger, about["ledger"])
	require.Equal(t, "ok\n", c.get("", "/livez").Body.String())
	require.Equal(t, "ready\n", c.get("", "/readyz").Body.String())
	require.Equal(t, openapiDocument, c.get("", "/v1/openapi.yaml").Body.Bytes())

	page := c.get("", "/v1/problems/sign-off.seen")
	require.Contains(t, page.Body.String(), "你签的内容与现在的内容不一致")
	require.Contains(t, page.Body.String(), "What you signed is not what stands here")
	require.Contains(t, c.get("", "/v1/problems/payrun.page-order").Body.String(), "发放批次", "a rule without a text of its own is explained by its noun")
	c.do(call{path: "/v1/problems/nonsense.rule"}).refused(http.StatusNotFound, "api.no-rule")
	c.do(call{path: "/v1/problems/%3Cscript%3E"}).refused(http.StatusNotFound, "api.no-rule")
	w.server.Stop()
	require.Equal(t, http.StatusServiceUnavailable, c.do(call{path: "/readyz"}).Code)
}

// TestUnroutedCalls are problems too.
func TestUnroutedCalls(t *testing.T) {
	c := newClient(newTown(t))
	c.do(call{path: "/v2/roll", raw: true}).refused(http.StatusNotFound, "api.no-route")
	wrong := c.do(call{method: http.MethodDelete, path: "/v1/payruns", raw: true})
	wrong.refused(http.StatusMethodNotAllowed, "api.method")
	require.Contains(t, wrong.Header().Get("Allow"), "POST")
}

// TestTokensAreAskedFor: without a good token nothing but public routes is answered.
func TestTokensAreAskedFor(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	for _, r := range w.server.routes() {
		if r.public {
			continue
		}
		a := c.do(call{method: r.method, path: strings.NewReplacer(":id", "x", ":rule", "x").Replace(r.path), raw: true})
		a.refused(http.StatusUnauthorized, "api.token")
		require.NotEmpty(t, a.Header().Get("WWW-Authenticate"), r.path)
	}
	for _, header := range []string{"Bearer", "Bearer ", "Bearer alm_x_y", "Basic " + w.officers["head"].token, "Bearer " + w.officers["head"].token + "0"} {
		c.do(call{path: "/v1/offices", header: http.Header{"Authorization": {header}}}).refused(http.StatusUnauthorized, "api.token")
	}
	list, err := w.tokens.List()
	require.NoError(t, err)
	require.NoError(t, w.tokens.Revoke(list[0].ID))
	c.do(call{as: list[0].Officer, path: "/v1/offices"}).refused(http.StatusUnauthorized, "api.token")
}

// TestActing: the capacity is the only one held, or the one that the headers name.
func TestActing(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	_, err := w.GrantCapacity(w.ctx, w.nextID(), w.granting(), "handler", capacityOf("county.handler", countyOffice, w.Today()))
	require.NoError(t, err)
	open := map[string]any{"programme": programme, "office": townOffice, "finance": financeOffice, "period": "2022-Q4"}
	act := func(header http.Header) answer {
		return c.do(call{as: "handler", method: http.MethodPost, path: "/v1/payruns", body: open, header: header})
	}
	p := act(nil).refused(http.StatusBadRequest, "api.capacity")
	require.Contains(t, p["detail"], "town.handler for town")
	require.Equal(t, http.StatusCreated, act(http.Header{"Almoner-Capacity": {"town.handler"}}).Code)
	require.Equal(t, http.StatusCreated, act(http.Header{"Almoner-Office": {countyOffice}}).Code)
	act(http.Header{"Almoner-Capacity": {"town.handler"}, "Almoner-Office": {countyOffice}}).refused(http.StatusForbidden, "officer.no-capacity")

	token, _, err := w.tokens.NewToken("nobody", "", w.clock.Now().AddDate(100, 0, 0))
	require.NoError(t, err)
	c.do(call{path: "/v1/offices", header: http.Header{"Authorization": {"Bearer " + token}}}).refused(http.StatusNotFound, "officer.unknown")
}

// TestFaultsSayNothing: a panic or a fault answers with the request id alone, and the log has the rest.
func TestFaultsSayNothing(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	secret := errors.New("disk /var/secret failed")
	faulty := chain(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.server.fail(rw, r, secret) }), withRequestID, w.server.withLog, w.server.withRecovery)
	a := c.do(call{path: "/v1/about", handler: faulty})
	p := a.refused(http.StatusInternalServerError, "api.fault")
	require.NotContains(t, a.Body.String(), "secret")
	require.Contains(t, w.log.String(), "disk /var/secret failed")
	require.Contains(t, w.log.String(), p["requestId"])

	panicking := chain(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("index out of secret range") }), withRequestID, w.server.withLog, w.server.withRecovery)
	a = c.do(call{path: "/v1/about", handler: panicking})
	a.refused(http.StatusInternalServerError, "api.fault")
	require.NotContains(t, a.Body.String(), "secret")
	require.Contains(t, w.log.String(), "index out of secret range")
	require.Panics(t, func() {
		w.server.withRecovery(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}, "breaking off an answer is the server's own")
}

// TestJobsThatPanic end as failed.
func TestJobsThatPanic(t *testing.T) {
	j := newJobs(slog.New(slog.NewTextHandler(io.Discard, nil)))
	defer j.close()
	started, err := j.start("id", "o", "k", "recheck", "payrun:x", "/", func(context.Context, ledger.Progress) (any, error) { panic("no") })
	require.NoError(t, err)
	for {
		view, changed := started.look()
		if view.State != jobRunning {
			require.Equal(t, jobFailed, view.State)
			require.Equal(t, "api.fault", view.Problem.Rule)
			break
		}
		<-changed
	}
	_, found, err := j.find("o", "k", "recheck", "payrun:x")
	require.NoError(t, err)
	require.False(t, found, "a failed job may be asked for again")
	_, _, err = j.find("o", "k", "recheck", "payrun:y")
	require.ErrorIs(t, err, domain.Conflict)
}

// TestJobsEndWithTheServer: work under way is told to end, and no new work begins.
func TestJobsEndWithTheServer(t *testing.T) {
	j := newJobs(slog.New(slog.NewTextHandler(io.Discard, nil)))
	begun := make(chan struct{})
	work := func(ctx context.Context, _ ledger.Progress) (any, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	started, err := j.start("id", "o", "k", "recheck", "payrun:x", "/", work)
	require.NoError(t, err)
	<-begun
	same, err := j.start("id", "o", "k", "recheck", "payrun:x", "/", work)
	require.NoError(t, err)
	require.Same(t, started, same, "two equal requests at once are one job")
	j.close()
	view, _ := started.look()
	require.Equal(t, jobFailed, view.State)
	_, err = j.start("id", "o", "k2", "recheck", "payrun:x", "/", work)
	require.ErrorIs(t, err, domain.Conflict)
	_, err = j.get(view.ID)
	require.NoError(t, err)
	_, err = j.get("none")
	require.ErrorIs(t, err, domain.NotFound)
}

// TestNewRefuses options that cannot serve.
func TestNewRefuses(t *testing.T) {
	w := newTown(t)
	_, err := New(Options{Ledger: w.Ledger})
	require.ErrorContains(t, err, "are all needed")
	_, err = New(Options{Ledger: w.Ledger, Views: w.views, Tokens: w.tokens, Log: slog.Default(), Revision: w.revision})
	require.ErrorContains(t, err, "clock is simulated")
}

// TestServeOnLoopbackOnly: an address that other machines reach is refused before anything listens there.
func TestServeOnLoopbackOnly(t *testing.T) {
	h := http.NewServeMux()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.7:0"} {
		require.ErrorIs(t, Serve(t.Context(), addr, h), domain.Refused, addr)
	}
	require.ErrorIs(t, Serve(t.Context(), "8080", h), domain.Invalid)
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := listen(t.Context(), addr)
		require.NoError(t, err, addr)
		require.True(t, l.Addr().(*net.TCPAddr).IP.IsLoopback())
		require.NoError(t, l.Close())
	}
}

// TestServeEnds: when its context ends, event streams end, answers under way are finished, and Serve returns nil.
func TestServeEnds(t *testing.T) {
	w := newTown(t)
	l, err := listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	release := make(chan struct{})
	started, err := w.server.jobs.start("id", "head", "k", "recheck", "payrun:x", "/", func(ctx context.Context, _ ledger.Progress) (any, error) {
		<-release
		return nil, nil
	})
	require.NoError(t, err)
	view, _ := started.look()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveOn(ctx, l, w.server) }()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/v1/jobs/"+view.ID+"/events", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+w.officers["head"].token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	first := make([]byte, 3)
	_, err = io.ReadFull(resp.Body, first)
	require.NoError(t, err)
	require.Equal(t, "id:", string(first))
	cancel()
	_, err = io.ReadAll(resp.Body) // ends because the server stops, not because the job did
	require.NoError(t, err)
	require.NoError(t, <-ended)
	close(release)
}
