package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/reports"
)

// TestReports: a report is made masked, carries its position and hash, and is the same bytes when asked for again at that
// position; who is not responsible for the office is refused.
func TestReports(t *testing.T) {
	w := newTown(t).withRoll()
	w.appoint("elsewhere", "county.auditor", countyOffice, "340522")
	c := newClient(w)
	require.Len(t, c.get("head", "/v1/reports").items(), len(reports.Kinds()))
	path := "/v1/reports/roll?programme=" + programme + "&office=" + townOffice + "&as-of=2022-11-30"
	page := c.get("head", path)
	require.Equal(t, "text/html; charset=utf-8", page.Header().Get("Content-Type"))
	position, hash := page.Header().Get("Almoner-Log-Index"), strings.Trim(page.Header().Get("ETag"), `"`)
	require.Contains(t, page.Body.String(), hash)
	require.Contains(t, page.Body.String(), "共 4 人")
	require.NotRegexp(t, `>\d{17}[\dX]<`, page.Body.String(), "masked")
	book := c.get("head", path+"&format=xlsx")
	require.Equal(t, `"`+hash+`"`, book.Header().Get("ETag"), "one content, two forms")
	require.Equal(t, "PK", book.Body.String()[:2])

	run := w.withRun()
	require.Equal(t, page.Body.String(), c.get("head", path+"&known-at="+position).Body.String())
	require.Equal(t, book.Body.String(), c.get("head", path+"&format=xlsx&known-at="+position).Body.String())
	require.Contains(t, c.get("head", "/v1/reports/paylist?run="+run).Body.String(), "实发合计")

	c.do(call{as: "head", path: "/v1/reports/rolls", raw: true}).refused(http.StatusBadRequest, "report.kind")
	c.do(call{as: "head", path: "/v1/reports/roll?programme=" + programme}).refused(http.StatusBadRequest, "report.parameter")
	c.do(call{as: "head", path: path + "&format=pdf", raw: true}).refused(http.StatusBadRequest, "report.format")
	c.do(call{as: "head", path: "/v1/reports/paylist?run=none"}).refused(http.StatusNotFound, "projections.no-payrun")
	c.do(call{as: "elsewhere", path: path}).refused(http.StatusForbidden, "api.outside-area")
	c.do(call{as: "elsewhere", path: "/v1/reports/paylist?run=" + run}).refused(http.StatusForbidden, "api.outside-area")
}
