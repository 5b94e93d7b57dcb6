package api

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSigningRefusals: what was signed must be what stands, by who may sign it, and once.
func TestSigningRefusals(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	id := w.withRun()
	path := "/v1/payruns/" + id
	submit := func(body map[string]any, match, key string) answer {
		return c.do(call{as: "handler", method: http.MethodPost, path: path + "/submissions", body: body, match: match, key: key, raw: true})
	}
	body, match := c.statement("handler", "subject=payrun:"+id+"&action=submit", nil)
	with := func(field, value string) map[string]any {
		changed := maps.Clone(body)
		changed[field] = value
		return changed
	}
	text := body["statement"].(string)
	require.True(t, strings.HasPrefix(text, "almoner sign-off v1\n"))
	require.Contains(t, text, "total 330.00\n")

	submit(body, "", "").refused(http.StatusPreconditionRequired, "api.if-match")
	submit(body, `"1"`, "").refused(http.StatusPreconditionFailed, "api.stale")
	submit(with("statement", strings.TrimSpace(text)), match, "").refused(http.StatusBadRequest, "sign-off.statement")
	submit(with("statement", strings.Replace(text, "total 330.00", "total 331.00", 1)), match, "").refused(http.StatusConflict, "sign-off.seen")
	submit(with("signature", base64.StdEncoding.EncodeToString(make([]byte, 64))), match, "").refused(http.StatusForbidden, "sign-off.signature")
	submit(with("signature", "not base64!"), match, "").refused(http.StatusBadRequest, "api.signature-form")
	submit(with("statement", strings.Replace(text, "subject payrun-"+id, "subject payrun-other", 1)), match, "").refused(http.StatusConflict, "sign-off.seen")
	c.do(call{as: "second", method: http.MethodPost, path: path + "/submissions", body: body, match: match}).refused(http.StatusForbidden, "officer.no-key")

	require.Equal(t, http.StatusOK, submit(body, match, "submit-1").Code)
	again := submit(body, match, "submit-1")
	require.Equal(t, http.StatusOK, again.Code, "a repetition is answered although its If-Match is old by its own success: %s", again.Body)
	require.Equal(t, true, again.decoded()["repeated"])
	require.Equal(t, []any{"payrun.submitted"}, again.decoded()["events"])
	submit(body, match, "submit-2").refused(http.StatusPreconditionFailed, "api.stale")

	c.do(call{as: "handler", path: "/v1/statements?subject=payrun:" + id + "&action=approve", raw: true}).refused(http.StatusBadRequest, "api.action")
	c.do(call{as: "handler", path: "/v1/statements?subject=notice:1&action=submit", raw: true}).refused(http.StatusBadRequest, "api.subject")
	c.do(call{as: "handler", path: "/v1/statements?action=submit", raw: true}).refused(http.StatusBadRequest, "api.subject")
	c.do(call{as: "handler", path: "/v1/statements?subject=payrun:none&action=submit"}).refused(http.StatusNotFound, "payrun.unknown")
	c.do(call{as: "handler", path: "/v1/statements?subject=payrun:" + id + "&action=sign-off&outcome=maybe", raw: true}).refused(http.StatusBadRequest, "api.outcome")
	c.do(call{as: "handler", path: "/v1/statements?subject=payrun:" + id + "&action=send-back"}).refused(http.StatusBadRequest, "sign-off.reason")

	require.Equal(t, http.StatusForbidden, c.signStep("handler", "payrun", id, "sign-off", "").Code, "nobody signs two steps")
	require.Equal(t, http.StatusForbidden, c.signStep("head", "payrun", id, "sign-off", "").Code, "not this step's capacity")
	require.Equal(t, "awaiting", c.signed("line-head", "payrun", id, "sign-off")["status"])
}

// TestSendingBack returns a run to its handler, with a note that is sealed.
func TestSendingBack(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	id := w.withRun()
	c.signed("handler", "payrun", id, "submit")
	body, match := c.statement("line-head", url.Values{"subject": {"payrun:" + id}, "action": {"send-back"}, "opinion": {"amount-wrong"}}.Encode(), nil)
	body["to"], body["note"] = 0, "王甲家情况有误"
	long := maps.Clone(body)
	long["note"] = strings.Repeat("长", maxNote)
	c.post("line-head", "/v1/payruns/"+id+"/returns", long, match).refused(http.StatusBadRequest, "api.note")
	back := c.post("line-head", "/v1/payruns/"+id+"/returns", body, match)
	require.Equal(t, http.StatusOK, back.Code, "%s", back.Body)
	require.Equal(t, "sent-back", back.decoded()["status"])
	require.Equal(t, false, back.decoded()["pending"])
	require.Empty(t, c.get("head", "/v1/people/"+c.person(eastVillage).Person).decoded()["draws"], "the draws are undone")
	require.NotContains(t, c.get("line-head", "/v1/payruns/"+id).Body.String(), "王甲")
	require.NotContains(t, w.log.String(), "王甲")
}

// TestBulkSigning signs two runs with one signature.
func TestBulkSigning(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	first := w.withRun()
	second := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/cases", body: c.accountChange()})
	require.Equal(t, http.StatusCreated, second.Code, "%s", second.Body)
	subjects := []map[string]any{}
	query := url.Values{"action": {"sign-off"}}
	for _, s := range []struct{ kind, id string }{{"payrun", first}, {"case", second.decoded()["id"].(string)}} {
		revision := c.signed("handler", s.kind, s.id, "submit")["revision"]
		query.Add("subject", s.kind+":"+s.id)
		subjects = append(subjects, map[string]any{"subject": s.kind + ":" + s.id, "revision": revision})
	}
	key := http.Header{"Idempotency-Key": {"bulk-1"}}
	c.do(call{as: "line-head", path: "/v1/statements?" + query.Encode()}).refused(http.StatusBadRequest, "api.idempotency-key")
	c.do(call{as: "line-head", path: "/v1/statements?" + query.Encode() + "&scope=whole", header: key}).refused(http.StatusBadRequest, "api.bulk-action")
	body, _ := c.statement("line-head", query.Encode(), key)
	require.True(t, strings.HasPrefix(body["statement"].(string), "almoner signing v1\n"))
	body["subjects"] = subjects
	c.do(call{as: "line-head", method: http.MethodPost, path: "/v1/signings", body: body}).refused(http.StatusConflict, "signing.statement")

	old := maps.Clone(body)
	old["subjects"] = []map[string]any{subjects[0], {"subject": subjects[1]["subject"], "revision": 0}}
	c.do(call{as: "line-head", method: http.MethodPost, path: "/v1/signings", body: old, key: "bulk-1"}).refused(http.StatusPreconditionFailed, "api.stale")

	done := c.do(call{as: "line-head", method: http.MethodPost, path: "/v1/signings", body: body, key: "bulk-1"})
	require.Equal(t, http.StatusOK, done.Code, "%s %s", done.Body, w.log)
	results := done.decoded()["results"].([]any)
	require.Len(t, results, 2)
	require.Equal(t, "town.head", results[0].(map[string]any)["acted"].(map[string]any)["waits"])
	require.Equal(t, "applied", results[1].(map[string]any)["acted"].(map[string]any)["status"])

	again := c.do(call{as: "line-head", method: http.MethodPost, path: "/v1/signings", body: body, key: "bulk-1"})
	require.Equal(t, done.Body.String(), again.Body.String(), "a repetition is answered the same")
	c.do(call{as: "line-head", method: http.MethodPost, path: "/v1/signings", body: old, key: "bulk-1"}).refused(http.StatusConflict, "command.other-content")
}
