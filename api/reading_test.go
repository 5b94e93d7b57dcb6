package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

// TestRollPages: the pages of a roll are of one knowing, whatever is written between them.
func TestRollPages(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	first := c.get("head", "/v1/roll?limit=3&as-of=2022-11-30")
	require.Len(t, first.items(), 3)
	require.InDelta(t, 4, first.decoded()["persons"], 0)
	known := first.decoded()["known"].(float64)
	w.withRun() // writes draws
	second := c.get("head", first.nextPage())
	require.Len(t, second.items(), 1)
	require.InDelta(t, known, second.decoded()["known"], 0)
	require.Empty(t, second.nextPage())
	require.Len(t, c.get("head", "/v1/roll?village="+string(eastVillage)).items(), 2)
	require.Empty(t, c.get("head", "/v1/roll?programme=none").items())
	require.Empty(t, c.get("head", "/v1/roll?known-at=1").items(), "nobody was known yet")
	require.NotEmpty(t, c.get("head", "/v1/roll").Header().Get("Almoner-Log-Index"))

	c.do(call{as: "head", path: first.nextPage() + "&village=" + string(eastVillage)}).refused(http.StatusBadRequest, "api.cursor")
	c.do(call{as: "head", path: "/v1/roll?as-of=yesterday", raw: true}).refused(http.StatusBadRequest, "date.form")
	c.do(call{as: "head", path: "/v1/roll?known-at=soon"}).refused(http.StatusBadRequest, "known.form")
	c.do(call{as: "head", path: "/v1/roll?known_at=1", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	c.do(call{as: "head", path: "/v1/roll?known-at=99999999"}).refused(http.StatusServiceUnavailable, "api.views-behind")
}

// TestRollComparison: two knowings of one day differ by what was learnt in between, with its cause.
func TestRollComparison(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	before := c.get("head", "/v1/roll").decoded()["known"].(float64)
	who := c.person(eastVillage)
	form := map[string]any{
		"kind": "suspension", "programme": programme, "office": townOffice, "person": who.Person, "reason": "suspected-death", "from": "2022-12",
	}
	opened := c.post("handler", "/v1/cases", form, "")
	require.Equal(t, http.StatusCreated, opened.Code, "%s", opened.Body)
	require.Equal(t, "applied", c.signed("handler", "case", opened.decoded()["id"].(string), "submit")["status"], "a handler alone may withhold on a suspected death")

	path := fmt.Sprintf("/v1/roll/comparison?as-of=2022-12-31&known-at=%.0f", before)
	changed := c.get("head", path).decoded()["changed"].([]any)
	require.Len(t, changed, 1)
	change := changed[0].(map[string]any)
	require.Equal(t, "running", change["before"].(map[string]any)["status"])
	require.Equal(t, "withheld", change["after"].(map[string]any)["status"])
	require.Equal(t, "beneficiary.suspended", change["causes"].([]any)[0].(map[string]any)["type"])
	c.do(call{as: "head", path: "/v1/roll/comparison?as-of=2022-12-31", raw: true}).refused(http.StatusBadRequest, "api.parameter")
	c.do(call{as: "head", path: path + "&compare=later"}).refused(http.StatusBadRequest, "known.form")
}

// TestPeople: one person without personal data, for those responsible.
func TestPeople(t *testing.T) {
	w := newTown(t).withRoll()
	c := newClient(w)
	w.withRun()
	who := c.person(eastVillage).Person
	shown := c.get("east-head", "/v1/people/"+who)
	require.Equal(t, who, shown.decoded()["person"])
	require.Len(t, shown.decoded()["enrolments"], 1)
	require.Len(t, shown.decoded()["draws"], 1)
	timeline := c.get("head", "/v1/people/"+who+"/timeline").items()
	require.Equal(t, "beneficiary.registered", timeline[0]["type"])
	require.Equal(t, "beneficiary.drawn", timeline[len(timeline)-1]["type"])
	known := fmt.Sprintf("%.0f", timeline[1]["logIndex"])
	require.Len(t, c.get("head", "/v1/people/"+who+"/timeline?known-at="+known).items(), 1)
	identity, _, err := c.Identity(c.ctx, who)
	require.NoError(t, err)
	for _, path := range []string{"/v1/people/" + who, "/v1/people/" + who + "/timeline"} {
		require.NotContains(t, c.get("head", path).Body.String(), identity.Name.Reveal())
		require.NotContains(t, c.get("head", path).Body.String(), identity.Number.Reveal())
	}
	w.appoint("stranger", "county.handler", financeOffice, "320411")
	c.do(call{as: "stranger", path: "/v1/people/" + who}).refused(http.StatusForbidden, "api.outside-area")
	c.do(call{as: "stranger", path: "/v1/people/" + who + "/timeline"}).refused(http.StatusForbidden, "api.outside-area")
	c.do(call{as: "head", path: "/v1/people/nobody"}).refused(http.StatusNotFound, "projections.no-person")
	c.do(call{as: "head", path: "/v1/people/" + who + "/timeline?known-at=x"}).refused(http.StatusBadRequest, "known.form")
}

// TestDirectory reads offices, officers and rulebooks, which everybody may.
func TestDirectory(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	require.Len(t, c.get("head", "/v1/offices").items(), 3)
	require.Len(t, c.get("head", "/v1/offices/"+townOffice).decoded()["villages"], 2)
	c.do(call{as: "head", path: "/v1/offices/none"}).refused(http.StatusNotFound, "office.unknown")
	require.Len(t, c.get("head", "/v1/officers").items(), 12)
	require.Equal(t, "head", c.get("head", "/v1/officers/me").decoded()["officer"])
	c.do(call{as: "head", path: "/v1/officers/none"}).refused(http.StatusNotFound, "officer.unknown")

	version := c.get("head", "/v1/rulebooks").items()[0]
	require.Equal(t, programmeRulebook, version["rulebook"])
	require.Equal(t, "published", c.get("head", "/v1/rulebooks/"+programmeRulebook).decoded()["status"])
	source := c.get("head", "/v1/rulebooks/"+programmeRulebook+"/source?hash="+version["hash"].(string))
	require.Contains(t, source.Body.String(), "programme: only-child-allowance")
	c.do(call{as: "head", path: "/v1/rulebooks/" + programmeRulebook + "/source?hash=none"}).refused(http.StatusNotFound, "rulebook.version")
	c.do(call{as: "head", path: "/v1/rulebooks/none"}).refused(http.StatusNotFound, "rulebook.unknown")

	propose := func(as string, text []byte, media string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/rulebooks", file: text, media: media, raw: true})
	}
	changed := append([]byte("# another wording\n"), source.Body.Bytes()...)
	propose("head", changed, "application/yaml").refused(http.StatusForbidden, "officer.capacity-needed")
	propose("county-handler", changed, "text/plain").refused(http.StatusUnsupportedMediaType, "api.media-type")
	require.Equal(t, http.StatusBadRequest, propose("county-handler", []byte("format: 1\nwhat: 2\n"), "application/yaml").Code)
	made := propose("county-handler", changed, "application/yaml")
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	require.Equal(t, "draft", made.decoded()["status"])
	require.Equal(t, "awaiting", c.signed("county-handler", "rulebook", programmeRulebook, "submit")["status"])
	require.Equal(t, "published", c.signed("county-head", "rulebook", programmeRulebook, "sign-off")["status"])
	require.Len(t, c.get("head", "/v1/rulebooks").items(), 2)
}

// TestTotalsRefusals: totals are of a period.
func TestTotalsRefusals(t *testing.T) {
	c := newClient(newTown(t))
	require.Equal(t, "0.00", c.get("head", "/v1/totals?period=2022").decoded()["sums"].(map[string]any)["net"])
	c.do(call{as: "head", path: "/v1/totals", raw: true}).refused(http.StatusBadRequest, "totals.period")
	c.do(call{as: "head", path: "/v1/totals?period=2022-Q5", raw: true}).refused(http.StatusBadRequest, "period.form")
}

// TestViewsOfAbsentThings: what is absent is left out, and does not break an answer.
func TestViewsOfAbsentThings(t *testing.T) {
	e := viewEnrolment(beneficiary.Enrolment{Exit: &beneficiary.Exit{OccurredOn: domain.MustDate("2022-01-02")}})
	require.Empty(t, e.FirstUnit)
	require.Equal(t, "2022-01-02", e.Exit.OccurredOn)
	require.Empty(t, e.Exit.LastUnit)
	require.NotNil(t, e.Places)
	require.Empty(t, dayText(domain.DateOf(time.Time{})))
}
