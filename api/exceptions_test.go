package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/projections"
)

// TestExceptions: the tests are listed with their sources, answered for an office within the caller's area, as of a day and
// as known then; who is not responsible is refused.
func TestExceptions(t *testing.T) {
	w := newTown(t).withRoll()
	w.appoint("elsewhere", "county.auditor", countyOffice, "340522")
	c := newClient(w)
	require.Len(t, c.get("head", "/v1/exceptions").items(), len(projections.ExceptionKinds()))

	overdue := "/v1/exceptions/overdue?office=" + townOffice + "&programme=" + programme
	before := c.get("head", overdue)
	known := before.Header().Get("Almoner-Log-Index")
	later := c.get("head", overdue+"&as-of=2024-12-31")
	require.NotEmpty(t, later.items(), "nobody was ever paid")
	first := later.items()[0]
	require.Equal(t, townOffice, first["office"])
	require.NotEmpty(t, first["events"])
	require.Contains(t, first["zh"], "没有批次发放")
	require.Equal(t, later.Body.String(), c.get("head", overdue+"&as-of=2024-12-31&known-at="+known).Body.String())
	require.Empty(t, c.get("head", overdue+"&as-of=2024-12-31&known-at=1").items(), "nobody was known then")
	for _, k := range projections.ExceptionKinds() {
		c.get("head", "/v1/exceptions/"+string(k.Test)+"?days=3&office="+townOffice)
	}

	c.do(call{as: "elsewhere", path: overdue}).refused(http.StatusForbidden, "api.outside-area")
	c.do(call{as: "head", path: "/v1/exceptions/overdue", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	c.do(call{as: "head", path: overdue + "&days=-1", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	c.do(call{as: "head", path: "/v1/exceptions/overdew?office=" + townOffice, raw: true}).refused(http.StatusNotFound, "exception.test")
}

// TestSample: the same question at the same log index draws the same lines of what one finance office told the bank.
func TestSample(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	path := "/v1/exception-samples?finance=" + financeOffice
	c.do(call{as: "finance-head", path: path}).refused(http.StatusNotFound, "sample.nothing")
	run, _, lines := atBank(t, c, w)
	drawn := c.get("finance-head", path)
	require.Len(t, drawn.items(), len(lines), "of so few lines all are drawn")
	require.Equal(t, run, drawn.items()[0]["run"])
	require.Equal(t, drawn.Body.String(), c.get("finance-head", path+"&known-at="+drawn.Header().Get("Almoner-Log-Index")).Body.String())
	require.Len(t, c.get("finance-head", path+"&confidence=5000&tolerable=9000").items(), 1)
	c.do(call{as: "finance-head", path: path + "&tolerable=x", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	c.do(call{as: "finance-head", path: path + "&confidence=10000", raw: true}).refused(http.StatusBadRequest, "sample.confidence")
	c.do(call{as: "finance-head", path: "/v1/exception-samples", raw: true}).refused(http.StatusBadRequest, "api.parameter")
}
