package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// withOverpayment has somebody paid for the last quarter of 2022 who turns out to have died in October.
func (w *town) withOverpayment() {
	w.t.Helper()
	who := w.person(eastVillage).Person
	w.withRun()
	id, _, err := w.OpenCase(w.ctx, w.command("east-handler"), ledger.CaseRequest{Kind: change.Exit, Programme: programme, Office: townOffice, Person: who, Row: rosterfile.Row{
		Reason: rosterfile.ReasonDied, DiedOn: domain.MustDate("2022-10-09"), ReportedOn: domain.MustDate("2022-12-16"),
	}})
	require.NoError(w.t, err)
	s := ledger.Subject{Kind: ledger.CaseSubject, ID: id}
	sign := func(officer string) ledger.Sign {
		return ledger.Sign{Subject: s, Scope: signoff.WholeScope, Pen: w.WithKey(w.officers[officer].signer)}
	}
	_, err = w.Submit(w.ctx, w.command("east-handler"), sign("east-handler"))
	require.NoError(w.t, err)
	for _, officer := range []string{"east-head", "handler", "second", "line-head", "head", "county-handler", "county-head"} {
		_, err = w.SignOff(w.ctx, w.command(officer), sign(officer))
		require.NoError(w.t, err, officer)
	}
}

// TestRecovery lists an overpayment, plans how it is got back, and books a refund.
func TestRecovery(t *testing.T) {
	w := newTown(t).withRoll()
	w.withOverpayment()
	c := newClient(w)
	items := c.get("finance-handler", "/v1/recoveries").items()
	require.Len(t, items, 1)
	id, person := items[0]["overpayment"].(string), items[0]["person"].(string)
	owed := items[0]["outstanding"].(string)
	require.NotEqual(t, "0.00", owed)
	require.Len(t, c.get("head", "/v1/recoveries?office="+townOffice+"&person="+person+"&programme="+programme+"&limit=1").items(), 1)
	require.Empty(t, c.get("head", "/v1/recoveries?office="+countyOffice).items())
	require.Empty(t, c.get("west-handler", "/v1/recoveries?person=nobody").items())

	form := map[string]any{
		"kind": "recovery-plan", "programme": programme, "office": townOffice, "person": person, "reason": "agreed", "overpayment": id,
		"plan": map[string]any{"method": "instalments", "instalments": []any{map[string]any{"dueOn": "2023-01-10", "amount": owed}}},
	}
	opened := c.do(call{as: "handler", method: http.MethodPost, path: "/v1/cases", body: form})
	require.Equal(t, http.StatusCreated, opened.Code, "%s", opened.Body)
	w.signAll(ledger.Subject{Kind: ledger.CaseSubject, ID: opened.decoded()["id"].(string)})

	path := "/v1/recoveries/" + id
	shown := c.get("finance-handler", path)
	require.Equal(t, "instalments", shown.decoded()["plan"].(map[string]any)["method"])
	require.NotEmpty(t, shown.decoded()["origins"])
	tag := shown.Header().Get("ETag")
	body := map[string]any{"amount": "1.00", "receivedOn": "2022-12-16", "voucher": "PZ-1"}
	booked := c.do(call{as: "finance-handler", method: http.MethodPost, path: path + "/refunds", body: body, key: "back", match: tag})
	require.Equal(t, http.StatusOK, booked.Code, "%s", booked.Body)
	require.Equal(t, []any{"beneficiary.recovered"}, booked.decoded()["events"])
	left := domain.MustMoney(owed).Sub(domain.Yuan(1)).String()
	require.Equal(t, left, booked.decoded()["outstanding"])
	again := c.do(call{as: "finance-handler", method: http.MethodPost, path: path + "/refunds", body: body, key: "back", match: tag})
	require.Equal(t, true, again.decoded()["repeated"], "%s", again.Body)
	require.Equal(t, "1.00", c.get("finance-handler", "/v1/funds/"+fundOf2022).decoded()["recovered"])

	post := func(as string, body any, match string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: path + "/refunds", body: body, match: match, raw: true})
	}
	now := c.get("finance-handler", path).Header().Get("ETag")
	post("finance-handler", body, tag).refused(http.StatusPreconditionFailed, "api.stale")
	post("finance-handler", body, "").refused(http.StatusPreconditionRequired, "api.if-match")
	post("head", body, now).refused(http.StatusForbidden, "officer.capacity-needed")
	post("west-handler", body, now).refused(http.StatusForbidden, "officer.capacity-needed")
	post("finance-handler", map[string]any{"amount": 1}, now).refused(http.StatusBadRequest, "money.json")
	post("finance-handler", map[string]any{"amount": "2.00", "receivedOn": "2022-12-16", "voucher": "PZ-1"}, now).refused(http.StatusConflict, "beneficiary.voucher-used")
	post("finance-handler", map[string]any{"amount": "99999.00", "receivedOn": "2022-12-16", "voucher": "PZ-2"}, now).refused(http.StatusConflict, "beneficiary.recover-amount")
	c.do(call{as: "finance-handler", path: "/v1/recoveries/none"}).refused(http.StatusNotFound, "projections.no-overpayment")
	c.do(call{as: "finance-handler", path: "/v1/recoveries?all=perhaps", raw: true}).refused(http.StatusBadRequest, "api.parameter")
}
