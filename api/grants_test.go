package api

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain/officer"
)

// withGranters gives a root officer and the county's personnel a token, and the personnel a key.
func (w *town) withGranters() *town {
	w.t.Helper()
	token, _, err := w.tokens.NewToken("root-1", "test", time.Time{})
	require.NoError(w.t, err)
	w.officers["root-1"] = signerOf{w.root.actor, w.root.signer, token}
	w.appoint("personnel", officer.Personnel, countyOffice, countyArea)
	return w
}

// grantText asks for the statement of a grant.
func (c *client) grantText(as string, draft map[string]any) (text, match string) {
	c.t.Helper()
	a := c.do(call{as: as, method: http.MethodPost, path: "/v1/statements", body: draft})
	require.Equal(c.t, http.StatusOK, a.Code, "%s", a.Body)
	require.Equal(c.t, plainText, a.Header().Get("Content-Type"))
	return a.Body.String(), a.Header().Get("ETag")
}

func (c *client) signedBy(as, text string) map[string]any {
	c.t.Helper()
	sig, err := c.officers[as].signer.Sign([]byte(text))
	require.NoError(c.t, err)
	return map[string]any{"statement": text, "signature": base64.StdEncoding.EncodeToString(sig)}
}

// grants asks for a statement, signs it and hands it in.
func (c *client) grants(as, path string, draft map[string]any) answer {
	c.t.Helper()
	text, match := c.grantText(as, draft)
	if !strings.Contains(path, "/officers/") {
		match = ""
	}
	return c.post(as, path, c.signedBy(as, text), match)
}

// TestGrantsInTwoSteps: an office, its officer, their key and capacities, and their ends, without a key near the server.
func TestGrantsInTwoSteps(t *testing.T) {
	c := newClient(newTown(t).withGranters())
	opening := map[string]any{"opening": map[string]any{
		"office": "second-town", "level": "town", "department": "family-planning", "name": "第二镇人民政府", "area": "340311102", "parent": countyOffice,
		"villages": []map[string]any{{"code": "340311102201", "name": "南村"}, {"code": "340311102202", "name": "北村"}},
	}}
	made := c.grants("root-1", "/v1/offices", opening)
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	require.Equal(t, "/v1/offices/second-town", made.Header().Get("Location"))
	require.Equal(t, []any{"office.opened"}, made.decoded()["events"])
	shown := c.get("personnel", "/v1/offices/second-town")
	require.Equal(t, `"0"`, shown.Header().Get("ETag"))
	require.Len(t, shown.decoded()["villages"], 2)
	require.Equal(t, "北村", shown.decoded()["villages"].([]any)[1].(map[string]any)["name"])
	c.do(call{as: "root-1", method: http.MethodPost, path: "/v1/statements", body: opening}).refused(http.StatusConflict, "api.true-already")

	number := c.number("1985-05-05", 1)
	appointment := map[string]any{"officer": "newcomer", "name": "新人", "post": "科员", "number": number}
	text, _ := c.grantText("personnel", map[string]any{"appointment": appointment})
	require.NotContains(t, text, number)
	require.Contains(t, text, "granter personnel\n")
	appointed := c.post("personnel", "/v1/officers", c.signedBy("personnel", text), "")
	require.Equal(t, http.StatusCreated, appointed.Code, "%s", appointed.Body)
	require.NotContains(t, c.log.String(), number)
	who, err := c.Officer(c.ctx, "newcomer")
	require.NoError(t, err)
	person, known, err := c.vault.Lookup(c.ctx, number)
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, person, who.Person, "the officer is known by the number when payee or relative")

	granted := c.grants("personnel", "/v1/officers/newcomer/capacities", map[string]any{"capacity": map[string]any{"officer": "newcomer", "capacity": "town.handler", "office": "second-town", "until": "2030-12-31"}})
	require.Equal(t, http.StatusOK, granted.Code, "%s", granted.Body)
	require.Equal(t, `"1"`, granted.Header().Get("ETag"))

	c.officers["newcomer"] = signerOf{signer: newSigner(t, "newcomer")}
	registered := c.registers("personnel", "newcomer")
	require.Equal(t, http.StatusOK, registered.Code, "%s", registered.Body)
	now := c.get("personnel", "/v1/officers/newcomer").decoded()
	require.Equal(t, c.officers["newcomer"].signer.Public(), now["keys"].([]any)[0].(map[string]any)["public"])
	require.Equal(t, "2030-12-31", now["capacities"].([]any)[0].(map[string]any)["until"])
	require.Equal(t, "340311102", now["capacities"].([]any)[0].(map[string]any)["area"], "the office's area is what the capacity reaches")

	withdrawn := c.grants("personnel", "/v1/officers/newcomer/withdrawals", map[string]any{"withdrawal": map[string]any{"officer": "newcomer", "capacity": "town.handler", "office": "second-town", "reason": "transferred"}})
	require.Equal(t, http.StatusOK, withdrawn.Code, "%s", withdrawn.Body)
	revoked := c.grants("personnel", "/v1/officers/newcomer/revocations", map[string]any{"revocation": map[string]any{"officer": "newcomer", "key": c.officers["newcomer"].signer.KeyID(), "reason": "key-lost"}})
	require.Equal(t, http.StatusOK, revoked.Code, "%s", revoked.Body)
	now = c.get("personnel", "/v1/officers/newcomer").decoded()
	require.Equal(t, true, now["keys"].([]any)[0].(map[string]any)["revoked"])
	require.Equal(t, c.Today().String(), now["capacities"].([]any)[0].(map[string]any)["until"])

	renamed := c.grants("personnel", "/v1/officers", map[string]any{"appointment": map[string]any{"officer": "newcomer", "name": "新人", "post": "副科长"}})
	require.Equal(t, http.StatusOK, renamed.Code, "an officer who was there is not made: %s", renamed.Body)
	again, err := c.Officer(c.ctx, "newcomer")
	require.NoError(t, err)
	require.Equal(t, person, again.Person, "without a number the person stays")
	require.Equal(t, "副科长", again.Post)
}

// registers has the officer's own key sign its possession, and a granter the registration.
func (c *client) registers(granter, who string) answer {
	c.t.Helper()
	proof, _ := c.grantText(granter, map[string]any{"possession": map[string]any{"officer": who, "public": c.officers[who].signer.Public()}})
	require.True(c.t, strings.HasPrefix(proof, officer.PossessionHeader+"\n"))
	possession := c.signedBy(who, proof)
	text, match := c.grantText(granter, map[string]any{"registration": map[string]any{"officer": who, "custody": "own-device", "possession": possession}})
	body := c.signedBy(granter, text)
	body["possession"] = possession
	return c.post(granter, "/v1/officers/"+who+"/keys", body, match)
}

// TestGrantsAreRefused: what nobody may grant gives no statement; what was not signed so, or no longer stands, is not granted.
func TestGrantsAreRefused(t *testing.T) {
	c := newClient(newTown(t).withGranters())
	capacity := func(who, capacity, at string) map[string]any {
		return map[string]any{"capacity": map[string]any{"officer": who, "capacity": capacity, "office": at}}
	}
	draft := func(as string, body map[string]any) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/statements", body: body, raw: true})
	}
	draft("handler", capacity("second", "town.head", townOffice)).refused(http.StatusForbidden, "officer.granter")
	draft("personnel", capacity("personnel", "county.head", countyOffice)).refused(http.StatusForbidden, "officer.self-grant")
	draft("personnel", capacity("second", "finance.handler", financeOffice)).refused(http.StatusForbidden, "officer.separation")
	draft("personnel", capacity("second", "town.king", townOffice)).refused(http.StatusBadRequest, "officer.capacity")
	draft("personnel", capacity("second", "town.head", "nowhere")).refused(http.StatusNotFound, "office.unknown")
	draft("personnel", capacity("nobody", "town.head", townOffice)).refused(http.StatusNotFound, "officer.unknown")
	draft("personnel", capacity("second", "town.handler", townOffice)).refused(http.StatusConflict, "api.true-already")
	draft("personnel", map[string]any{}).refused(http.StatusBadRequest, "api.grant")
	draft("personnel", map[string]any{"capacity": map[string]any{}, "revocation": map[string]any{}}).refused(http.StatusBadRequest, "api.grant")
	draft("personnel", map[string]any{"appointment": map[string]any{"officer": "x", "name": "某", "post": "科员", "number": "340311198001010000"}}).refused(http.StatusBadRequest, "citizen.check-digit")
	draft("personnel", map[string]any{"possession": map[string]any{"officer": "second", "public": "ed25519:AAAA"}}).refused(http.StatusBadRequest, "officer.key-public")
	draft("personnel", map[string]any{"revocation": map[string]any{"officer": "second", "key": "0123456789abcdef", "reason": "key-lost"}}).refused(http.StatusNotFound, "officer.no-key")
	draft("root-1", map[string]any{"opening": map[string]any{"office": "x", "level": "town", "name": "镇", "area": "340311"}}).refused(http.StatusBadRequest, "office.level-area")

	path := "/v1/officers/second/capacities"
	text, match := c.grantText("personnel", capacity("second", "town.line-head", townOffice))
	body := c.signedBy("personnel", text)
	send := func(body map[string]any, match, key string) answer {
		return c.do(call{as: "personnel", method: http.MethodPost, path: path, body: body, match: match, key: key, raw: true})
	}
	with := func(field, value string) map[string]any {
		changed := maps.Clone(body)
		changed[field] = value
		return changed
	}
	send(body, "", "").refused(http.StatusPreconditionRequired, "api.if-match")
	send(body, `"0"`, "").refused(http.StatusPreconditionFailed, "api.stale")
	send(with("signature", "no base64!"), match, "").refused(http.StatusBadRequest, "api.signature-form")
	send(with("signature", base64.StdEncoding.EncodeToString(make([]byte, 64))), match, "").refused(http.StatusForbidden, "officer.grant-signature")
	send(with("statement", strings.TrimSpace(text)), match, "").refused(http.StatusBadRequest, "officer.grant-statement")
	send(with("statement", strings.Replace(text, "capacity town.line-head", "capacity town.head", 1)), match, "").refused(http.StatusForbidden, "officer.grant-signature")
	send(with("statement", strings.Replace(text, "officer second", "officer head", 1)), match, "").refused(http.StatusConflict, "officer.grant-statement")
	send(with("statement", strings.Replace(text, "revision 3", "revision 4", 1)), match, "").refused(http.StatusConflict, "officer.grant-statement")
	c.do(call{as: "personnel", method: http.MethodPost, path: "/v1/officers/second/revocations", body: body, match: match}).refused(http.StatusConflict, "officer.grant-statement")
	c.do(call{as: "personnel", method: http.MethodPost, path: "/v1/officers/head/capacities", body: body, match: match}).refused(http.StatusConflict, "officer.grant-statement")
	c.do(call{as: "handler", method: http.MethodPost, path: path, body: body, match: match}).refused(http.StatusForbidden, "officer.no-key")

	require.Equal(t, http.StatusOK, send(body, match, "grant-1").Code)
	again := send(body, match, "grant-1")
	require.Equal(t, http.StatusOK, again.Code, "a repetition is answered although its If-Match is old by its own success: %s", again.Body)
	require.Equal(t, true, again.decoded()["repeated"])
	send(body, match, "grant-2").refused(http.StatusPreconditionFailed, "api.stale")
	standing := send(body, again.Header().Get("ETag"), "grant-2")
	require.Equal(t, http.StatusOK, standing.Code, "%s", standing.Body)
	require.Empty(t, standing.decoded()["events"], "it is true already")
	gone := c.grants("personnel", "/v1/officers/second/withdrawals", map[string]any{"withdrawal": map[string]any{"officer": "second", "capacity": "town.line-head", "office": townOffice, "reason": "transferred", "until": c.Today().AddDays(-1).String()}})
	require.Equal(t, http.StatusOK, gone.Code, "%s", gone.Body)
	send(body, gone.Header().Get("ETag"), "grant-3").refused(http.StatusConflict, "officer.grant-statement")

	other := c.signedBy("personnel", text)
	other["possession"] = body
	c.do(call{as: "personnel", method: http.MethodPost, path: "/v1/officers/second/keys", body: other, match: match}).refused(http.StatusConflict, "officer.grant-statement")
}

// TestStatementOfAnAppointmentRegistersOnce: a draft may be asked for again, and nobody is registered for who may not appoint.
func TestStatementOfAnAppointmentRegistersOnce(t *testing.T) {
	c := newClient(newTown(t).withGranters())
	number := c.number("1986-06-06", 2)
	ask := func(as, key string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/statements", key: key, body: map[string]any{"appointment": map[string]any{"officer": "fresh", "name": "某某", "post": "科员", "number": number}}})
	}
	ask("handler", "draft-1").refused(http.StatusForbidden, "officer.granter")
	_, known, err := c.vault.Lookup(c.ctx, number)
	require.NoError(t, err)
	require.False(t, known)
	first := ask("personnel", "draft-2")
	require.Equal(t, http.StatusOK, first.Code, "%s", first.Body)
	require.Equal(t, first.Body.String(), ask("personnel", "draft-2").Body.String())

	anonymous := func() string {
		text, _ := c.grantText("personnel", map[string]any{"appointment": map[string]any{"officer": "fresh", "name": "某某", "post": "科员"}})
		statement, err := officer.ParseGrant(text)
		require.NoError(t, err)
		require.NotContains(t, text, nobody)
		return statement.Fields[2].Value
	}
	require.NotEqual(t, anonymous(), anonymous(), "without a number each draft is of a new person")
}

// TestRootOfficersGrantAndNoMore: who was never appointed sees nobody.
func TestRootOfficersGrantAndNoMore(t *testing.T) {
	c := newClient(newTown(t).withGranters().withRoll())
	person := c.person(eastVillage).Person
	c.do(call{as: "root-1", path: "/v1/people/" + person}).refused(http.StatusForbidden, "api.outside-area")
	c.do(call{as: "root-1", method: http.MethodPost, path: "/v1/people/" + person + "/disclosures", body: map[string]any{"purpose": "visit"}}).refused(http.StatusBadRequest, "api.capacity")
	require.Equal(t, []any{"root-1", "root-2"}, []any{c.about("roots", 0, "officer"), c.about("roots", 1, "officer")})
}

func (c *client) about(list string, i int, field string) any {
	c.t.Helper()
	return c.do(call{path: "/v1/about"}).decoded()[list].([]any)[i].(map[string]any)[field]
}
