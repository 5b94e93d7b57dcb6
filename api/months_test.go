package api

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMonthFromOpenToReopened walks a book month through everything that the API does with one.
func TestMonthFromOpenToReopened(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	w.withRun()
	const path, id = "/v1/months/" + financeOffice + "/2022-12", financeOffice + "/2022-12"

	open := c.get("finance-handler", path)
	require.Equal(t, http.StatusOK, open.Code, "%s", open.Body)
	require.Equal(t, `"-1"`, open.Header().Get("ETag"), "it has no stream yet")
	shown := open.decoded()
	require.Equal(t, "open", shown["status"])
	require.Equal(t, true, shown["balanced"])
	require.Equal(t, "330.00", shown["total"].(map[string]any)["prepared"])
	rows := c.get("finance-head", "/v1/months?finance="+financeOffice).items()
	require.Len(t, rows, 1)
	require.Equal(t, "2022-12", rows[0]["month"])

	c.do(call{as: "finance-handler", path: "/v1/months/nowhere/2022-12"}).refused(http.StatusNotFound, "office.unknown")
	c.do(call{as: "finance-handler", path: "/v1/months/" + financeOffice + "/2022"}).refused(http.StatusBadRequest, "month.id")
	c.do(call{as: "finance-handler", path: path + "?at=x", raw: true}).refused(http.StatusBadRequest, "api.at")
	c.do(call{as: "finance-handler", path: path + "?at=100000000"}).refused(http.StatusServiceUnavailable, "api.views-behind")
	c.do(call{as: "finance-handler", path: "/v1/statements?" + url.Values{"subject": {"month:" + financeOffice}, "action": {"submit"}}.Encode()}).
		refused(http.StatusBadRequest, "month.id")

	// Before its last day it stays open; then two people close it.
	early := c.signStep("finance-handler", "month", id, "submit", "")
	early.refused(http.StatusUnprocessableEntity, "month.not-over")
	w.clock.set("2022-12-31")
	require.Equal(t, "awaiting", c.signed("finance-handler", "month", id, "submit")["status"])
	c.do(call{as: "finance-head", path: path}).decoded()
	require.Equal(t, "closed", c.signed("finance-head", "month", id, "sign-off")["status"])
	closed := c.get("finance-handler", path).decoded()
	require.Equal(t, "closed", closed["status"])
	last := closed["closes"].([]any)[0].(map[string]any)
	require.Equal(t, closed["root"], last["root"], "it comes to what was closed")
	again := c.get("finance-handler", path+"?at="+strconv.Itoa(int(last["cutOff"].(float64)))).decoded()
	require.Equal(t, last["root"], again["root"])

	// Reopened by two people; the opinion is the reason.
	reopen := url.Values{"subject": {"month-reopen:" + id}, "action": {"submit"}, "opinion": {"bank-file-late"}}
	body, match := c.statement("finance-handler", reopen.Encode(), nil)
	asked := c.post("finance-handler", path+"/reopening/submissions", body, match)
	require.Equal(t, http.StatusOK, asked.Code, "%s", asked.Body)
	require.Equal(t, "reopening", asked.decoded()["status"])
	require.Equal(t, "finance.head", asked.decoded()["waits"])
	reopen = url.Values{"subject": {"month-reopen:" + id}, "action": {"send-back"}, "opinion": {"not-needed"}}
	body, match = c.statement("finance-head", reopen.Encode(), nil)
	body["to"] = 0
	back := c.post("finance-head", path+"/reopening/returns", body, match)
	require.Equal(t, "closed", back.decoded()["status"], "%s", back.Body)
	reopen = url.Values{"subject": {"month-reopen:" + id}, "action": {"submit"}, "opinion": {"bank-file-late"}}
	body, match = c.statement("finance-handler", reopen.Encode(), nil)
	c.post("finance-handler", path+"/reopening/submissions", body, match)
	body, match = c.statement("finance-head", url.Values{"subject": {"month-reopen:" + id}, "action": {"sign-off"}}.Encode(), nil)
	opened := c.post("finance-head", path+"/reopening/sign-offs", body, match)
	require.Equal(t, "reopened", opened.decoded()["status"], "%s", opened.Body)
	require.Equal(t, "reopened", c.get("finance-head", path).decoded()["status"])
}
