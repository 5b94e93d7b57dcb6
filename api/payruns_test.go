package api

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// job waits until a job has ended, by following its events.
func (c *client) job(as, location string) map[string]any {
	c.t.Helper()
	a := c.do(call{as: as, path: location + "/events"}) // answers when the job has ended
	require.Equal(c.t, http.StatusOK, a.Code)
	require.Contains(c.t, a.Header().Get("Content-Type"), "text/event-stream")
	return c.get(as, location).decoded()
}

// TestPayrunFromOpeningToStop walks a run through everything that the API does with one.
func TestPayrunFromOpeningToStop(t *testing.T) {
	c := newClient(newTown(t).withRoll())

	opened := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/payruns", key: "open-1", body: map[string]any{
		"programme": programme, "office": townOffice, "finance": financeOffice, "period": "2022-Q4",
	}})
	require.Equal(t, http.StatusCreated, opened.Code, "%s", opened.Body)
	require.Equal(t, `"0"`, opened.Header().Get("ETag"))
	id := opened.decoded()["id"].(string)
	require.Equal(t, "/v1/payruns/"+id, opened.Header().Get("Location"))
	require.Equal(t, "open", opened.decoded()["status"])

	prepared := c.post("handler", "/v1/payruns/"+id+"/preparations", nil, `"0"`)
	require.Equal(t, http.StatusAccepted, prepared.Code, "%s", prepared.Body)
	done := c.job("handler", prepared.Header().Get("Location"))
	require.Equal(t, "done", done["state"], "%v", done)
	require.Equal(t, "prepared", done["result"].(map[string]any)["status"])

	run := c.get("handler", "/v1/payruns/"+id).decoded()
	require.Equal(t, "330.00", run["total"], "three families at 90 yuan a quarter; the fourth child turns 16 in December: two months")
	require.InDelta(t, 4, run["lines"], 0)

	first := c.get("handler", "/v1/payruns/"+id+"/lines?limit=3")
	require.Len(t, first.items(), 3)
	second := c.get("handler", first.nextPage())
	require.Len(t, second.items(), 1)
	require.Empty(t, second.nextPage())
	require.InDelta(t, 4, second.items()[0]["line"], 0)
	require.Empty(t, c.get("handler", "/v1/payruns/"+id+"/held").items())

	require.Equal(t, "awaiting", c.signed("handler", "payrun", id, "submit")["status"])
	for _, who := range []string{"line-head", "head", "county-handler", "county-head", "finance-handler"} {
		require.Equal(t, "awaiting", c.signed(who, "payrun", id, "sign-off")["status"], who)
	}
	short := c.signStep("finance-head", "payrun", id, "sign-off", "")
	short.refused(http.StatusUnprocessableEntity, "payrun.not-committed")
	c.fundRun(id, "330.00")
	released := c.signed("finance-head", "payrun", id, "sign-off")
	require.Equal(t, "released", released["status"])
	require.Contains(t, released["events"], "payrun.released")

	shown := c.get("handler", "/v1/payruns/"+id)
	require.Len(t, shown.decoded()["signatures"], 7)
	stopped := c.post("finance-handler", "/v1/payruns/"+id+"/stops", map[string]any{"line": 2, "reason": "suspected-death"}, shown.Header().Get("ETag"))
	require.Equal(t, http.StatusOK, stopped.Code, "%s", stopped.Body)
	after := c.get("handler", "/v1/payruns/"+id).decoded()
	require.InDelta(t, 1, after["stopped"], 0)
	require.InDelta(t, 3, after["payable"].(map[string]any)["lines"], 0)
	require.Len(t, after["stops"], 1)
	lines := c.get("handler", "/v1/payruns/"+id+"/lines").items()
	require.Equal(t, "suspected-death", lines[1]["stopped"])
	require.Equal(t, false, lines[1]["standing"])

	totals := c.get("finance-head", "/v1/totals?period=2022-Q4").decoded()
	require.InDelta(t, 3, totals["persons"], 0)
	require.Equal(t, after["payable"].(map[string]any)["total"], totals["sums"].(map[string]any)["net"])
	require.Len(t, c.get("finance-head", "/v1/payruns?period=2022&status=released").items(), 1)
	require.Empty(t, c.get("finance-head", "/v1/payruns?period=2023").items())
}

// signed signs in two steps and requires that it was accepted.
func (c *client) signed(as, kind, id, action string) map[string]any {
	c.t.Helper()
	a := c.signStep(as, kind, id, action, "")
	require.Equal(c.t, http.StatusOK, a.Code, "%s: %s", as, a.Body)
	return a.decoded()
}

// TestPayrunRefusals: each way in which a call about a run is wrong has its status and rule, and changes nothing.
func TestPayrunRefusals(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	open := map[string]any{"programme": programme, "office": townOffice, "finance": financeOffice, "period": "2022-Q4"}
	with := func(field string, value any) map[string]any {
		changed := map[string]any{}
		for k, v := range open {
			changed[k] = v
		}
		changed[field] = value
		return changed
	}
	post := func(x call) answer {
		x.method, x.raw = http.MethodPost, true
		if x.as == "" {
			x.as = "handler"
		}
		return c.do(x)
	}
	post(call{path: "/v1/payruns", body: open, key: "-"}).refused(http.StatusBadRequest, "api.idempotency-key")
	post(call{path: "/v1/payruns", body: open, key: strings.Repeat("k", 101)}).refused(http.StatusBadRequest, "api.idempotency-key")
	post(call{path: "/v1/payruns", body: with("perod", "2022-Q4")}).refused(http.StatusBadRequest, "api.body")
	post(call{path: "/v1/payruns", body: with("period", 4)}).refused(http.StatusBadRequest, "api.body")
	post(call{path: "/v1/payruns", body: with("period", "2022-13")}).refused(http.StatusBadRequest, "period.form")
	post(call{path: "/v1/payruns", file: []byte(`{"office":`), media: "application/json"}).refused(http.StatusBadRequest, "api.body")
	post(call{path: "/v1/payruns", file: []byte(`{} {}`), media: "application/json"}).refused(http.StatusBadRequest, "api.body")
	post(call{path: "/v1/payruns", file: []byte(`period=1`), media: "application/x-www-form-urlencoded"}).refused(http.StatusUnsupportedMediaType, "api.media-type")
	post(call{path: "/v1/payruns", file: []byte(strings.Repeat(" ", maxBody+1)), media: "application/json"}).refused(http.StatusRequestEntityTooLarge, "api.body-size")
	post(call{path: "/v1/payruns?dry=1", body: open}).refused(http.StatusBadRequest, "api.parameter")
	post(call{path: "/v1/payruns", body: with("office", "nowhere")}).refused(http.StatusNotFound, "office.unknown")
	post(call{path: "/v1/payruns", body: open, as: "county-head"}).refused(http.StatusForbidden, "officer.capacity-needed")

	require.Equal(t, http.StatusCreated, post(call{path: "/v1/payruns", body: open, key: "one"}).Code)
	again := post(call{path: "/v1/payruns", body: open, key: "one"})
	require.Equal(t, http.StatusCreated, again.Code)
	require.Equal(t, true, again.decoded()["repeated"])
	post(call{path: "/v1/payruns", body: with("document", "another"), key: "one"}).refused(http.StatusConflict, "command.other-content")
	post(call{path: "/v1/payruns", body: with("period", "2022-Q3")}).refused(http.StatusUnprocessableEntity, "payrun.before-ledger")
	post(call{path: "/v1/payruns", body: with("period", "2099-Q4")}).refused(http.StatusUnprocessableEntity, "payrun.period-ahead")
	post(call{path: "/v1/payruns", body: with("period", "2022-11")}).refused(http.StatusBadRequest, "payrun.schedule")
	post(call{path: "/v1/payruns", body: with("finance", "town")}).refused(http.StatusBadRequest, "payrun.finance-office")
	id := again.decoded()["id"].(string)

	prepare := "/v1/payruns/" + id + "/preparations"
	post(call{path: prepare}).refused(http.StatusPreconditionRequired, "api.if-match")
	post(call{path: prepare, match: "*"}).refused(http.StatusBadRequest, "api.if-match-form")
	stale := post(call{path: prepare, match: `"7"`})
	stale.refused(http.StatusPreconditionFailed, "api.stale")
	require.Equal(t, `"0"`, stale.Header().Get("ETag"), "a stale caller is told the present one")
	post(call{path: "/v1/payruns/none/preparations", match: `"0"`}).refused(http.StatusNotFound, "payrun.unknown")
	post(call{path: "/v1/payruns/none/rechecks"}).refused(http.StatusNotFound, "payrun.unknown")
	failed := post(call{path: prepare, match: `"0"`, as: "head"})
	require.Equal(t, http.StatusAccepted, failed.Code)
	problem := c.job("head", failed.Header().Get("Location"))["problem"].(map[string]any)
	require.Equal(t, "officer.capacity-needed", problem["rule"])

	cancel := "/v1/payruns/" + id + "/cancellations"
	post(call{path: cancel, match: `"0"`, body: map[string]any{"reason": ""}}).refused(http.StatusBadRequest, "payrun.reason")
	require.Equal(t, http.StatusOK, post(call{path: cancel, match: `"0"`, body: map[string]any{"reason": "wrong-period"}, key: "end"}).Code)
	repeated := post(call{path: cancel, match: `"0"`, body: map[string]any{"reason": "wrong-period"}, key: "end"})
	require.Equal(t, http.StatusOK, repeated.Code, "its own success made If-Match old: %s", repeated.Body)
	require.Equal(t, true, repeated.decoded()["repeated"])
	post(call{path: cancel, match: `"0"`, body: map[string]any{"reason": "other"}, key: "end"}).refused(http.StatusConflict, "command.other-content")
	post(call{path: cancel, match: `"0"`, body: map[string]any{"reason": "wrong-period"}}).refused(http.StatusPreconditionFailed, "api.stale")
	post(call{path: "/v1/payruns/" + id + "/stops", match: again.nowAt(c, id), body: map[string]any{"line": 1, "reason": "x"}}).refused(http.StatusNotFound, "payrun.no-line")

	c.do(call{as: "handler", path: "/v1/payruns/none"}).refused(http.StatusNotFound, "projections.no-payrun")
	c.do(call{as: "handler", path: "/v1/payruns?limit=0", raw: true}).refused(http.StatusBadRequest, "api.limit")
	c.do(call{as: "handler", path: "/v1/payruns?period=soon", raw: true}).refused(http.StatusBadRequest, "period.form")
	c.do(call{as: "handler", path: "/v1/payruns?limit=1&limit=2", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	c.do(call{as: "handler", path: "/v1/payruns?cursor=AAAA"}).refused(http.StatusBadRequest, "api.cursor")
}

// nowAt is a run's present ETag.
func (a answer) nowAt(c *client, id string) string {
	return c.get("handler", "/v1/payruns/"+id).Header().Get("ETag")
}

// TestJobEvents: the stream gives each state once, with its sequence as id, and goes on after Last-Event-ID.
func TestJobEvents(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	id := w.withRun()
	a := c.post("handler", "/v1/payruns/"+id+"/rechecks", nil, "")
	require.Equal(t, http.StatusAccepted, a.Code, "%s", a.Body)

	live := httptest.NewServer(w.server)
	defer live.Close()
	read := func(last string) (ids []string, states []string) {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, live.URL+a.Header().Get("Location")+"/events", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+w.officers["head"].token)
		req.Header.Set("Last-Event-ID", last)
		resp, err := live.Client().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, http.StatusOK, resp.StatusCode)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				ids = append(ids, id)
			}
			if state, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				states = append(states, state)
			}
		}
		return ids, states
	}
	ids, states := read("")
	require.NotEmpty(t, ids)
	require.Equal(t, "done", states[len(states)-1])
	last := ids[len(ids)-1]
	ids, _ = read(last)
	require.Empty(t, ids, "everything had been told")
	var n int
	_, err := fmt.Sscan(last, &n)
	require.NoError(t, err)
	ids, states = read(fmt.Sprint(n - 1))
	require.Equal(t, []string{last}, ids)
	require.Equal(t, []string{"done"}, states)

	result := c.get("head", a.Header().Get("Location")).decoded()["result"].(map[string]any)
	require.Equal(t, true, result["agrees"])
	require.Empty(t, result["mismatches"])
}
