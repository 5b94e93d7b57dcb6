package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAccounting: the books of a finance office as journal and workbook, the same bytes when asked for again at their
// position; who is not responsible for the office is refused.
func TestAccounting(t *testing.T) {
	w := newTown(t).withRoll()
	w.appoint("elsewhere", "county.auditor", countyOffice, "340522")
	c := newClient(w)
	const path = "/v1/accounting/" + financeOffice + "/2022-12"
	c.do(call{as: "finance-handler", path: path}).refused(http.StatusNotFound, "accounting.no-books")
	run := w.withRun()
	c.signed("handler", "payrun", run, "submit")
	for _, who := range []string{"line-head", "head", "county-handler", "county-head", "finance-handler"} {
		c.signed(who, "payrun", run, "sign-off")
	}
	c.fundRun(run, "330.00")
	require.Equal(t, "released", c.signed("finance-head", "payrun", run, "sign-off")["status"])
	journal := c.get("finance-handler", path)
	require.Equal(t, "text/plain; charset=utf-8", journal.Header().Get("Content-Type"))
	require.Contains(t, journal.Body.String(), "费用:5001 业务活动费用")
	require.Contains(t, journal.Body.String(), "; event:")
	require.Contains(t, journal.Body.String(), "230301 应付补助款  -330.00 CNY\n")
	position := journal.Header().Get("Almoner-Log-Index")
	book := c.get("finance-handler", path+"?format=xlsx")
	require.Equal(t, "PK", book.Body.String()[:2])

	w.clock.set("2022-12-31")
	w.appoint("later", "county.auditor", countyOffice, "340522")
	require.Equal(t, journal.Body.String(), c.get("finance-head", path+"?known-at="+position).Body.String())
	require.Equal(t, book.Body.String(), c.get("finance-head", path+"?format=xlsx&known-at="+position).Body.String())

	c.do(call{as: "finance-handler", path: "/v1/accounting/nowhere/2022-12"}).refused(http.StatusNotFound, "office.unknown")
	c.do(call{as: "finance-handler", path: "/v1/accounting/" + financeOffice + "/2022-13", raw: true}).refused(http.StatusBadRequest, "period.form")
	c.do(call{as: "finance-handler", path: path + "?format=pdf", raw: true}).refused(http.StatusBadRequest, "accounting.format")
	c.do(call{as: "elsewhere", path: path}).refused(http.StatusForbidden, "api.outside-area")
}
