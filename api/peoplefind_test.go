package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/access"
	"almoner/domain/officer"
	"almoner/eventstore"
)

// TestFindPeople: by the exact number or name, masked, and only inside the caller's areas.
func TestFindPeople(t *testing.T) {
	w := newTown(t).withRoll()
	w.appoint("elsewhere", "county.auditor", financeOffice, "340522")
	c := newClient(w)
	id := c.person(eastVillage).Person
	who, ok, err := c.Identity(c.ctx, id)
	require.NoError(t, err)
	require.True(t, ok)
	find := func(as string, body map[string]any) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/people/searches", body: body, raw: true})
	}
	byNumber := find("handler", map[string]any{"number": who.Number.Reveal()})
	require.Equal(t, http.StatusOK, byNumber.Code, "%s", byNumber.Body)
	require.Equal(t, []map[string]any{{"person": id, "name": who.Name.String(), "number": who.Number.String()}}, byNumber.items())
	byName := find("handler", map[string]any{"name": who.Name.Reveal()})
	require.Contains(t, byName.items(), byNumber.items()[0])
	for _, a := range []answer{byNumber, byName} {
		require.NotContains(t, a.Body.String(), who.Number.Reveal())
		require.NotContains(t, a.Body.String(), who.Name.Reveal())
	}
	require.NotContains(t, c.log.String(), who.Number.Reveal())

	require.Empty(t, find("handler", map[string]any{"number": c.number("1990-01-01", 1)}).items(), "unknown")
	require.Empty(t, find("handler", map[string]any{"name": "欧阳无此人"}).items())
	require.Empty(t, find("elsewhere", map[string]any{"number": who.Number.Reveal()}).items(), "that somebody is known is told to those responsible only")
	find("handler", map[string]any{}).refused(http.StatusBadRequest, "api.search")
	find("handler", map[string]any{"number": who.Number.Reveal(), "name": who.Name.Reveal()}).refused(http.StatusBadRequest, "api.search")
	refused := find("handler", map[string]any{"number": "340311198001010000"}).refused(http.StatusBadRequest, "citizen.check-digit")
	require.NotContains(t, refused["detail"], "340311198001010000")

	shown := c.get("handler", "/v1/people/"+id)
	require.Equal(t, who.Name.String(), shown.decoded()["name"])
	require.NotContains(t, shown.Body.String(), who.Number.Reveal())
	require.NotEmpty(t, shown.decoded()["account"])
}

// TestDisclosure: the full number is for the capacity unmask within its area, and each look leaves a trace first.
func TestDisclosure(t *testing.T) {
	w := newTown(t).withRoll()
	w.appoint("visitor", officer.Unmask, townOffice, townArea)
	w.appoint("far-visitor", officer.Unmask, countyOffice, "340522")
	c := newClient(w)
	id := c.person(eastVillage).Person
	who, _, err := c.Identity(c.ctx, id)
	require.NoError(t, err)
	look := func(as, purpose, key string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/people/" + id + "/disclosures", body: map[string]any{"purpose": purpose}, key: key})
	}
	traces := func() (all int) {
		for _, err := range c.store.ReadStream(c.ctx, access.Stream(townOffice, c.Today()), 0, eventstore.Forwards) {
			require.NoError(t, err)
			all++
		}
		return all
	}
	look("handler", "visit", "").refused(http.StatusForbidden, "officer.capacity-needed")
	look("far-visitor", "visit", "").refused(http.StatusForbidden, "api.outside-area")
	look("visitor", "", "").refused(http.StatusBadRequest, "access.purpose")
	require.Zero(t, traces())

	full := look("visitor", "visit", "look-1")
	require.Equal(t, http.StatusOK, full.Code, "%s", full.Body)
	require.Equal(t, map[string]any{"person": id, "name": who.Name.Reveal(), "number": who.Number.Reveal(), "sex": string(who.Sex)}, full.decoded())
	require.Equal(t, 1, traces())
	require.Equal(t, full.Body.String(), look("visitor", "visit", "look-1").Body.String())
	require.Equal(t, 1, traces(), "one look, one trace")
	look("visitor", "audit", "look-1").refused(http.StatusConflict, "command.other-content")
	require.Equal(t, http.StatusOK, look("visitor", "audit", "look-2").Code)
	require.Equal(t, 2, traces())
	require.NotContains(t, c.log.String(), who.Number.Reveal())
	c.do(call{as: "visitor", method: http.MethodPost, path: "/v1/people/nobody/disclosures", body: map[string]any{"purpose": "visit"}}).refused(http.StatusNotFound, "projections.no-person")
}

// TestNamesAreMasked: lists have names only when asked for, masked, and for those responsible.
func TestNamesAreMasked(t *testing.T) {
	w := newTown(t).withRoll()
	w.appoint("elsewhere", "county.auditor", financeOffice, "340522")
	c := newClient(w)
	run := w.withRun()
	for _, path := range []string{"/v1/roll", "/v1/payruns/" + run + "/lines"} {
		require.NotContains(t, c.get("elsewhere", path).Body.String(), `"name"`)
		named := c.get("handler", path+"?names=true")
		require.NotEmpty(t, named.items())
		for _, item := range named.items() {
			who, _, err := c.Identity(c.ctx, item["person"].(string))
			require.NoError(t, err)
			require.Equal(t, who.Name.String(), item["name"])
			require.NotContains(t, named.Body.String(), who.Name.Reveal())
		}
		c.do(call{as: "elsewhere", path: path + "?names=true"}).refused(http.StatusForbidden, "api.outside-area")
		c.do(call{as: "handler", path: path + "?names=perhaps", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	}
}
