package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// atBank has a run of four lines that was told to the bank, and the lines as they left.
func atBank(t *testing.T, c *client, w *town) (run, file string, lines [][]string) {
	t.Helper()
	run = w.withRun()
	require.Equal(t, "awaiting", c.signed("handler", "payrun", run, "submit")["status"])
	for _, who := range []string{"line-head", "head", "county-handler", "county-head", "finance-handler"} {
		require.Equal(t, "awaiting", c.signed(who, "payrun", run, "sign-off")["status"], who)
	}
	body := map[string]any{"runs": []string{run}, "format": "plain-csv"}
	ask := func(as string, commit bool, key string) answer {
		body["commit"] = commit
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/instructions", body: body, key: key})
	}
	ask("finance-handler", true, "early").refused(http.StatusConflict, "payrun.not-released")
	c.fundRun(run, "330.00")
	require.Equal(t, "released", c.signed("finance-head", "payrun", run, "sign-off")["status"])

	ask("handler", true, "clerk").refused(http.StatusForbidden, "officer.capacity-needed")
	dry := ask("finance-handler", false, "dry").decoded()
	require.Equal(t, []any{false, "330.00", 4.0}, []any{dry["committed"], dry["total"], dry["lines"]})
	require.Empty(t, c.get("finance-handler", "/v1/bankfiles").items())
	told := ask("finance-handler", true, "told")
	require.Equal(t, http.StatusOK, told.Code, "%s", told.Body)
	require.Equal(t, true, ask("finance-handler", true, "told").decoded()["repeated"])
	file = told.decoded()["files"].([]any)[0].(map[string]any)["id"].(string)

	c.do(call{as: "finance-handler", method: http.MethodPost, path: "/v1/bankfiles/" + file + "/exports", body: map[string]any{"purpose": ""}}).refused(http.StatusBadRequest, "access.purpose")
	bytes := c.do(call{as: "finance-handler", method: http.MethodPost, path: "/v1/bankfiles/" + file + "/exports", body: map[string]any{"purpose": "send"}})
	require.Equal(t, http.StatusOK, bytes.Code)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(bytes.Body.String(), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	return run, file, lines[1:]
}

// TestBankFilesFromInstructionToSettlement walks money to the bank and back as the API does it.
func TestBankFilesFromInstructionToSettlement(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	run, file, lines := atBank(t, c, w)
	require.Len(t, lines, 4)
	require.Len(t, c.get("finance-handler", "/v1/bank-formats").items(), 12)

	sent := c.get("finance-handler", "/v1/bankfiles/"+file)
	require.Equal(t, "kept", sent.decoded()["status"])
	c.do(call{as: "finance-handler", path: "/v1/bankfiles/none"}).refused(http.StatusNotFound, "projections.no-bank-file")
	c.post("finance-head", "/v1/bankfiles/"+file+"/refusals", map[string]any{"reason": "format"}, sent.Header().Get("ETag")).refused(http.StatusBadRequest, "bankfile.proof")

	answers := "\ufeff付款附言,收款账号,收款户名,金额,处理结果,失败原因,记账日期,流水号\r\n"
	for i, l := range lines {
		result, reason := "成功", ""
		if i == 0 {
			result, reason = "失败", "账户已销户"
		}
		answers += fmt.Sprintf("%s,%s,,%s,%s,%s,2022-12-16,S%d\r\n", l[1], strings.Trim(l[2], "\t'"), l[5], result, reason, i)
	}
	add := func(query, content string) answer {
		return c.do(call{as: "finance-handler", method: http.MethodPost, path: "/v1/bankfiles?format=plain-csv-return" + query, file: []byte(content), media: "text/csv"})
	}
	dry := add("", answers)
	require.Equal(t, http.StatusOK, dry.Code, "%s", dry.Body)
	require.InDelta(t, 4, dry.decoded()["lines"], 0)
	c.do(call{as: "handler", method: http.MethodPost, path: "/v1/bankfiles?format=plain-csv-return&commit=true", file: []byte(answers), media: "text/csv"}).
		refused(http.StatusForbidden, "officer.capacity-needed")
	c.do(call{as: "finance-handler", method: http.MethodPost, path: "/v1/bankfiles?format=none", file: []byte(answers), media: "text/csv"}).refused(http.StatusNotFound, "bankfile.not-shipped")
	made := add("&commit=true&file-name=HP.csv&received-on=2022-12-16", answers)
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	id := made.decoded()["id"].(string)
	again := add("&commit=true&file-name=other.csv", answers)
	require.Equal(t, http.StatusOK, again.Code)
	require.Equal(t, true, again.decoded()["seen"])
	require.Equal(t, id, again.decoded()["id"])
	c.post("finance-handler", "/v1/bankfiles/"+id+"/classifications", map[string]any{"format": "icbc-txt-return"}, made.Header().Get("ETag")).
		refused(http.StatusConflict, "bankfile.read-otherwise")

	first := c.get("finance-handler", "/v1/bankfiles/"+id+"/lines?limit=3")
	require.Equal(t, "returned", first.items()[0]["class"])
	require.Equal(t, "account-closed", first.items()[0]["reason"])
	require.Len(t, c.get("finance-handler", first.nextPage()).items(), 1)
	page := c.get("finance-handler", "/v1/payruns/"+run+"/instruction-lines?limit=3")
	require.Len(t, page.items(), 3)
	require.Len(t, c.get("finance-handler", page.nextPage()).items(), 1)
	require.Len(t, c.get("finance-handler", "/v1/payruns/"+run+"/instruction-lines?status=returned").items(), 1)
	compared := c.get("finance-handler", "/v1/payruns/"+run+"/reconciliation").decoded()
	require.Equal(t, true, compared["balanced"])
	require.Equal(t, "330.00", compared["instructed"])
	require.Equal(t, "0.00", compared["outstanding"])
	require.InDelta(t, 0, compared["unanswered"], 0)

	var tasks []string
	for _, item := range c.get("handler", "/v1/work-list").items() {
		tasks = append(tasks, item["kind"].(string)+" "+item["action"].(string))
	}
	require.Contains(t, tasks, "returned-line correct-account")

	settled := c.post("finance-handler", "/v1/payruns/"+run+"/settlements", map[string]any{}, c.get("finance-handler", "/v1/payruns/"+run).Header().Get("ETag"))
	require.Equal(t, http.StatusOK, settled.Code, "%s", settled.Body)
	require.Equal(t, "settled", settled.decoded()["status"])
	require.Len(t, c.get("finance-handler", "/v1/bankfiles?direction=received&run="+run).items(), 1)
}
