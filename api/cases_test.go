package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// accountChange is a form that moves somebody's account.
func (c *client) accountChange() map[string]any {
	return map[string]any{
		"kind": "account-change", "programme": programme, "office": townOffice, "person": c.person(eastVillage).Person, "village": string(eastVillage),
		"account": map[string]any{"bank": "另一家测试银行", "number": "6200009999999999994"},
	}
}

// TestCase takes an account change from a dry run to its effect.
func TestCase(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	form := c.accountChange()
	form["account"].(map[string]any)["number"] = luhn("620000999999999999")
	dry := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/cases?dry-run=true", body: form})
	require.Equal(t, http.StatusOK, dry.Code, "%s", dry.Body)
	require.Len(t, dry.decoded()["chain"], 2)
	require.Empty(t, c.get("handler", "/v1/cases").items(), "a dry run writes nothing")

	opened := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/cases", body: form, key: "case-1"})
	require.Equal(t, http.StatusCreated, opened.Code, "%s", opened.Body)
	id := opened.decoded()["id"].(string)
	again := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/cases", body: form, key: "case-1"})
	require.Equal(t, id, again.decoded()["id"])
	require.Equal(t, true, again.decoded()["repeated"])

	shown := c.get("head", "/v1/cases/"+id)
	require.NotContains(t, shown.Body.String(), "999999999999", "the account is sealed")
	form["account"].(map[string]any)["number"] = luhn("620000888888888888")
	revised := c.post("handler", "/v1/cases/"+id+"/revisions", form, shown.Header().Get("ETag"))
	require.Equal(t, http.StatusOK, revised.Code, "%s", revised.Body)
	require.Equal(t, []any{"case.revised"}, revised.decoded()["events"])

	require.Len(t, c.get("handler", "/v1/work-list").items(), 1)
	c.signed("handler", "case", id, "submit")
	require.Empty(t, c.get("handler", "/v1/work-list").items())
	waiting := c.get("line-head", "/v1/work-list").items()
	require.Len(t, waiting, 1)
	require.Equal(t, "case:"+id, waiting[0]["subject"])
	require.Equal(t, "sign-off", waiting[0]["action"])
	require.Equal(t, "applied", c.signed("line-head", "case", id, "sign-off")["status"])
	listed := c.get("handler", "/v1/cases?status=applied&person="+c.person(eastVillage).Person).items()
	require.Len(t, listed, 1)
	require.Equal(t, id, listed[0]["id"])
}

// luhn adds the check digit.
func luhn(first string) string {
	sum, double := 0, true
	for i := len(first) - 1; i >= 0; i-- {
		d := int(first[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return first + string(rune('0'+(10-sum%10)%10))
}

// TestCaseRefusals: forms that cannot be right, and changes of cases that are not there.
func TestCaseRefusals(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	post := func(as, path string, body any, match string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: path, body: body, match: match, raw: true})
	}
	form := c.accountChange()
	form["account"].(map[string]any)["number"] = luhn("620000999999999999")
	post("handler", "/v1/cases", map[string]any{"kind": "exit"}, "").refused(http.StatusBadRequest, "api.body")
	post("handler", "/v1/cases?dry-run=yes", form, "").refused(http.StatusBadRequest, "api.parameter")
	post("west-handler", "/v1/cases", map[string]any{"kind": "exit", "programme": programme, "office": countyOffice}, "").refused(http.StatusForbidden, "api.outside-area")
	post("head", "/v1/cases", form, "").refused(http.StatusForbidden, "officer.capacity-needed")

	number := map[string]any{"kind": "exit", "programme": programme, "office": townOffice, "number": "34031119800305002Y"}
	p := post("handler", "/v1/cases", number, "").refused(http.StatusBadRequest, "citizen.characters")
	require.NotContains(t, p["detail"], "19800305")

	missing := map[string]any{"kind": "exit", "programme": programme, "office": townOffice, "person": c.person(eastVillage).Person, "reason": "death"}
	p = post("handler", "/v1/cases", missing, "").refused(http.StatusUnprocessableEntity, "import.reason-not-here")
	require.NotEmpty(t, p["errors"])

	opened := post("handler", "/v1/cases", form, "")
	require.Equal(t, http.StatusCreated, opened.Code, "%s", opened.Body)
	id := opened.decoded()["id"].(string)
	withdraw := "/v1/cases/" + id + "/withdrawals"
	post("handler", withdraw, map[string]any{"reason": "mistake"}, "").refused(http.StatusPreconditionRequired, "api.if-match")
	post("handler", "/v1/cases/none/withdrawals", map[string]any{"reason": "mistake"}, `"0"`).refused(http.StatusNotFound, "case.unknown")
	require.Equal(t, "withdrawn", post("handler", withdraw, map[string]any{"reason": "mistake"}, `"0"`).decoded()["status"])
	c.do(call{as: "handler", path: "/v1/cases/none"}).refused(http.StatusNotFound, "case.unknown")
	c.do(call{as: "handler", path: "/v1/statements?subject=case:" + id + "&action=sign-off"}).refused(http.StatusConflict, "sign-off.not-awaiting")
}
