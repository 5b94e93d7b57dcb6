package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// fundOf2022 is the fund that pays the runs of these tests.
const fundOf2022 = "fund-" + financeOffice + "-" + programme + "-2022"

// appropriation is a made-up document that grants money.
func appropriation(amount, document string) map[string]any {
	return map[string]any{"programme": programme, "year": 2022, "amount": amount, "document": document, "issuedOn": "2022-12-16", "level": "county"}
}

// fundRun brings money in and sets it aside for a submitted run.
func (c *client) fundRun(run, amount string) {
	c.t.Helper()
	granted := c.do(call{as: "finance-handler", method: http.MethodPost, path: "/v1/appropriations", key: "grant-" + run, body: appropriation(amount, "样例财指〔2022〕1号")})
	require.Equal(c.t, http.StatusCreated, granted.Code, "%s", granted.Body)
	require.Equal(c.t, "/v1/funds/"+fundOf2022, granted.Header().Get("Location"))
	arrived := c.post("finance-handler", "/v1/funds/"+fundOf2022+"/receipts",
		map[string]any{"amount": amount, "on": "2022-12-16", "voucher": "PZ-" + run, "level": "county"}, granted.Header().Get("ETag"))
	require.Equal(c.t, http.StatusOK, arrived.Code, "%s", arrived.Body)
	set := c.post("finance-handler", "/v1/payruns/"+run+"/commitments", nil, c.get("finance-handler", "/v1/payruns/"+run).Header().Get("ETag"))
	require.Equal(c.t, http.StatusOK, set.Code, "%s", set.Body)
	require.Equal(c.t, "0.00", set.decoded()["free"])
}

// TestFundFromRequestToClose walks a fund through everything that the API does with one.
func TestFundFromRequestToClose(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	run := w.withRun()
	require.Equal(t, fundOf2022, c.get("handler", "/v1/payruns/"+run).decoded()["fund"])
	c.do(call{as: "handler", method: http.MethodPost, path: "/v1/fund-requests", body: map[string]any{"run": run}}).refused(http.StatusConflict, "fund.not-submitted")
	require.Equal(t, "awaiting", c.signed("handler", "payrun", run, "submit")["status"])

	made := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/fund-requests", key: "ask", body: map[string]any{"run": run}})
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	request := made.decoded()["id"].(string)
	again := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/fund-requests", key: "ask", body: map[string]any{"run": run}})
	require.Equal(t, true, again.decoded()["repeated"])

	shown := c.get("handler", made.Header().Get("Location")).decoded()
	require.Equal(t, []any{"330.00", "0.00", "330.00", "人民币叁佰叁拾元整"}, []any{shown["need"], shown["balance"], shown["amount"], shown["capitals"]})
	require.InDelta(t, 4, shown["persons"], 0)
	require.NotEmpty(t, shown["documents"])
	class := shown["classes"].([]any)[0].(map[string]any)
	require.InDelta(t, 4, class["entered"], 0, "it is the first run")
	require.Equal(t, "330.00", shown["shares"].([]any)[0].(map[string]any)["amount"])

	require.Equal(t, "awaiting", c.signed("handler", "fund", request, "submit")["status"])
	require.Equal(t, "awaiting", c.signed("head", "fund", request, "sign-off")["status"])
	signed := c.signed("county-head", "fund", request, "sign-off")
	require.Equal(t, "signed", signed["status"])
	require.Equal(t, "fund", signed["kind"])
	require.Len(t, c.get("finance-head", "/v1/fund-requests?status=signed&fund="+fundOf2022).items(), 1)
	require.Len(t, c.get("finance-head", "/v1/fund-requests/"+request).decoded()["marks"], 3)

	answer := appropriation("400.00", "样例财指〔2022〕1号")
	answer["request"] = request
	granted := c.do(call{as: "finance-handler", method: http.MethodPost, path: "/v1/appropriations", body: answer})
	require.Equal(t, http.StatusCreated, granted.Code, "%s", granted.Body)
	receipt := map[string]any{"amount": "400.00", "on": "2022-12-16", "voucher": "PZ-1", "level": "county"}
	path := "/v1/funds/" + fundOf2022
	arrived := c.do(call{as: "finance-handler", method: http.MethodPost, path: path + "/receipts", body: receipt, key: "in", match: granted.Header().Get("ETag")})
	require.Equal(t, http.StatusOK, arrived.Code, "%s", arrived.Body)
	repeated := c.do(call{as: "finance-handler", method: http.MethodPost, path: path + "/receipts", body: receipt, key: "in", match: granted.Header().Get("ETag")})
	require.Equal(t, http.StatusOK, repeated.Code, "its own success made If-Match old: %s", repeated.Body)
	require.Equal(t, true, repeated.decoded()["repeated"])
	same := c.post("finance-handler", path+"/receipts", receipt, arrived.Header().Get("ETag"))
	require.Empty(t, same.decoded()["events"], "the same voucher again changes nothing")

	of := func() string { return c.get("finance-handler", "/v1/payruns/"+run).Header().Get("ETag") }
	set := c.post("finance-handler", "/v1/payruns/"+run+"/commitments", nil, of())
	require.Equal(t, []any{"400.00", "330.00", "70.00"}, []any{set.decoded()["inHand"], set.decoded()["outstanding"], set.decoded()["free"]})
	let := c.post("finance-handler", "/v1/payruns/"+run+"/commitment-releases", nil, of())
	require.Equal(t, "400.00", let.decoded()["free"])
	now := func() string { return c.get("finance-handler", path).Header().Get("ETag") }
	back := c.post("finance-handler", path+"/recoveries", map[string]any{"amount": "10.00", "on": "2022-12-16", "voucher": "PZ-2"}, now())
	require.Equal(t, http.StatusOK, back.Code, "%s", back.Body)
	c.post("finance-head", path+"/closures", nil, now()).refused(http.StatusConflict, "fund.unreturned")
	gone := c.post("finance-handler", path+"/repayments", map[string]any{"amount": "410.00", "on": "2022-12-16", "voucher": "PZ-3", "to": "county-treasury"}, now())
	require.Equal(t, "0.00", gone.decoded()["inHand"])
	closed := c.post("finance-head", path+"/closures", nil, now())
	require.Equal(t, http.StatusOK, closed.Code, "%s", closed.Body)
	one := c.get("finance-head", path).decoded()
	require.Equal(t, true, one["closed"])
	require.Len(t, one["entries"], 7)
	require.Len(t, one["requests"], 1)
	require.Len(t, c.get("finance-head", "/v1/funds?year=2022&finance="+financeOffice).items(), 1)
	require.Empty(t, c.get("finance-head", "/v1/funds?year=2021").items())
}

// TestFundRefusals: each way in which a call about money is wrong has its status and rule.
func TestFundRefusals(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	run := w.withRun()
	post := func(as, path string, body any, match string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: path, body: body, match: match, raw: true})
	}
	with := func(field string, value any) map[string]any {
		changed := appropriation("1.00", "样例")
		changed[field] = value
		return changed
	}
	post("finance-handler", "/v1/appropriations", with("amount", "-1.00"), "").refused(http.StatusBadRequest, "fund.amount")
	post("finance-handler", "/v1/appropriations", with("amount", 1), "").refused(http.StatusBadRequest, "money.json")
	post("finance-handler", "/v1/appropriations", with("document", ""), "").refused(http.StatusBadRequest, "fund.number")
	post("finance-handler", "/v1/appropriations", with("level", "moon"), "").refused(http.StatusBadRequest, "fund.level")
	post("finance-handler", "/v1/appropriations", with("year", 2099), "").refused(http.StatusBadRequest, "fund.year")
	post("finance-handler", "/v1/appropriations", with("issuedOn", "2022-12-31"), "").refused(http.StatusBadRequest, "fund.day-ahead")
	post("finance-handler", "/v1/appropriations", with("programme", "moonwalk"), "").refused(http.StatusNotFound, "rulebook.unpublished")
	post("finance-handler", "/v1/appropriations", with("request", "none"), "").refused(http.StatusNotFound, "fund.request-unknown")
	post("head", "/v1/appropriations", appropriation("1.00", "样例"), "").refused(http.StatusForbidden, "officer.capacity-needed")
	post("finance-handler", "/v1/payruns/"+run+"/commitments", nil, c.get("handler", "/v1/payruns/"+run).Header().Get("ETag")).refused(http.StatusConflict, "fund.not-submitted")
	post("finance-handler", "/v1/payruns/none/commitments", nil, `"0"`).refused(http.StatusNotFound, "payrun.unknown")
	post("handler", "/v1/fund-requests", map[string]any{"run": "none"}, "").refused(http.StatusNotFound, "payrun.unknown")

	granted := post("finance-handler", "/v1/appropriations", appropriation("1.00", "样例"), "")
	require.Equal(t, http.StatusCreated, granted.Code, "%s", granted.Body)
	path, at := "/v1/funds/"+fundOf2022, granted.Header().Get("ETag")
	receipt := map[string]any{"amount": "1.01", "on": "2022-12-16", "voucher": "PZ", "level": "county"}
	post("finance-handler", path+"/receipts", receipt, "").refused(http.StatusPreconditionRequired, "api.if-match")
	post("finance-handler", path+"/receipts", receipt, `"0"`).refused(http.StatusPreconditionFailed, "api.stale")
	post("finance-handler", path+"/receipts", receipt, at).refused(http.StatusUnprocessableEntity, "fund.beyond-appropriation")
	post("finance-handler", "/v1/funds/none/receipts", receipt, `"0"`).refused(http.StatusNotFound, "fund.unknown")
	post("finance-handler", path+"/repayments", map[string]any{"amount": "0.01", "on": "2022-12-16", "voucher": "PZ", "to": "county-treasury"}, at).refused(http.StatusUnprocessableEntity, "fund.balance")
	post("finance-handler", path+"/closures", nil, at).refused(http.StatusForbidden, "officer.capacity-needed")
	c.do(call{as: "handler", path: "/v1/funds/none"}).refused(http.StatusNotFound, "projections.no-fund")
	c.do(call{as: "handler", path: "/v1/fund-requests/none"}).refused(http.StatusNotFound, "projections.no-fund-request")
	c.do(call{as: "handler", path: "/v1/funds?year=soon", raw: true}).refused(http.StatusBadRequest, "api.year")
	c.do(call{as: "handler", path: "/v1/statements?action=sign-off&subject=fund:none", raw: true}).refused(http.StatusNotFound, "fund.request-unknown")
}
