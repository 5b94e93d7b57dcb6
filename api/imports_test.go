package api

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/signoff"
	"almoner/ledger"
)

const importPath = "/v1/imports?programme=" + programme + "&office=" + townOffice

// add hands a file in as the raw body.
func (c *client) add(as, query string, file []byte, key string) answer {
	c.t.Helper()
	return c.do(call{as: as, method: http.MethodPost, path: importPath + query, file: file, media: "application/octet-stream", key: key})
}

// TestImportFromPlanToRoll takes a roster from its dry run through ten signatures to the roll.
func TestImportFromPlanToRoll(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	file := w.families()

	plan := c.add("handler", "&file-name=roster.csv", file, "")
	require.Equal(t, http.StatusOK, plan.Code, "%s", plan.Body)
	require.InDelta(t, 4, plan.decoded()["accepted"], 0)
	require.Equal(t, map[string]any{string(eastVillage): 2.0, string(westVillage): 2.0}, plan.decoded()["byVillage"])
	require.Empty(t, c.get("handler", "/v1/imports").items(), "a dry run writes nothing")

	made := c.add("handler", "&commit=true", file, "import-1")
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	id := made.decoded()["id"].(string)
	require.Equal(t, "/v1/imports/"+id, made.Header().Get("Location"))
	again := c.add("handler", "&commit=true", file, "import-1")
	require.Equal(t, id, again.decoded()["id"])
	require.Equal(t, true, again.decoded()["repeated"])
	c.add("handler", "&commit=true", file, "import-2").refused(http.StatusConflict, "import.same-file")

	rows := c.get("head", "/v1/imports/"+id+"/rows?limit=3")
	require.Len(t, rows.items(), 3)
	require.Len(t, c.get("head", rows.nextPage()).items(), 1)
	require.Len(t, c.get("west-head", "/v1/imports/"+id+"/rows?scope="+string(westVillage)).items(), 2)
	require.Regexp(t, `^王\*$`, rows.items()[0]["name"])
	require.Regexp(t, `^340311\*+`, rows.items()[0]["number"])
	for _, secret := range []string{"19800305", "王甲", "王乙", "62000000", "李父"} {
		require.NotContains(t, rows.Body.String(), secret, "no personal data in clear")
	}

	c.signed("handler", "import", id, "submit")
	for {
		state, err := w.Signing(w.ctx, ledger.Subject{Kind: ledger.ImportSubject, ID: id})
		require.NoError(t, err)
		if state.Status != signoff.Awaiting {
			break
		}
		for _, scope := range state.Waiting() {
			a := c.signStep(w.next(state, scope), "import", id, "sign-off", scope)
			require.Equal(t, http.StatusOK, a.Code, "%s", a.Body)
		}
	}
	shown := c.get("handler", "/v1/imports/"+id).decoded()
	require.Equal(t, "applied", shown["status"])
	require.InDelta(t, 4, shown["accepted"], 0)
	require.InDelta(t, 4, c.get("handler", "/v1/roll").decoded()["persons"], 0)
	require.Equal(t, "applied", c.get("handler", "/v1/imports?status=applied").items()[0]["status"])
}

// multipartBody makes a multipart body of named parts.
func multipartBody(t *testing.T, parts ...[2]string) (body []byte, media string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		var err error
		if p[0] == "file" {
			w, e := m.CreateFormFile("file", "roster.csv")
			require.NoError(t, e)
			_, err = w.Write([]byte(p[1]))
		} else {
			err = m.WriteField(p[0], p[1])
		}
		require.NoError(t, err)
	}
	require.NoError(t, m.Close())
	return b.Bytes(), m.FormDataContentType()
}

// TestImportRefusals: files and requests that cannot be taken in.
func TestImportRefusals(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	good := w.families()
	send := func(as, path string, body []byte, media string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: path, file: body, media: media, raw: true})
	}
	body, media := multipartBody(t, [2]string{"file", string(good)}, [2]string{"terms", `{"stated":{"officeDelayed":true}}`})
	require.Equal(t, http.StatusOK, send("handler", importPath, body, media).Code)
	body, media = multipartBody(t, [2]string{"file", string(good)}, [2]string{"terms", `{"stated":{"attested":["nothing"]}}`})
	send("handler", importPath, body, media).refused(http.StatusBadRequest, "import.attested")
	body, media = multipartBody(t, [2]string{"file", string(good)}, [2]string{"terms", `{"state":{}}`})
	send("handler", importPath, body, media).refused(http.StatusBadRequest, "api.body")
	body, media = multipartBody(t, [2]string{"file", string(good)}, [2]string{"remark", "x"})
	send("handler", importPath, body, media).refused(http.StatusBadRequest, "api.body")
	body, media = multipartBody(t, [2]string{"terms", `{}`})
	send("handler", importPath, body, media).refused(http.StatusBadRequest, "api.body")

	send("handler", importPath, good, "application/pdf").refused(http.StatusUnsupportedMediaType, "api.media-type")
	send("handler", importPath, nil, "text/csv").refused(http.StatusBadRequest, "api.body")
	send("handler", "/v1/imports?office="+townOffice, good, "text/csv").refused(http.StatusBadRequest, "api.parameter")
	send("handler", importPath+"&kind=wedding", good, "text/csv").refused(http.StatusBadRequest, "api.parameter")
	send("handler", importPath+"&commit=1", good, "text/csv").refused(http.StatusBadRequest, "api.parameter")
	send("handler", importPath+"&encoding=UTF-7", good, "text/csv").refused(http.StatusBadRequest, "api.parameter")
	send("head", importPath, good, "text/csv").refused(http.StatusForbidden, "officer.capacity-needed")
	send("handler", strings.Replace(importPath, "office="+townOffice, "office="+countyOffice, 1), good, "text/csv").refused(http.StatusForbidden, "api.outside-area")
	p := send("handler", importPath, []byte("甲,乙\n1,2\n"), "text/csv").refused(http.StatusBadRequest, "import.header-none")
	require.NotEmpty(t, p["errors"], "every reason at once")
}

// TestImportWithBadRows: with bad rows nothing is taken in unless the good ones are asked for alone.
func TestImportWithBadRows(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	bad := w.family("东桥村", "2011-05-06")
	bad["身份证号"] = bad["身份证号"][:17] + "0"
	if bad["身份证号"][17] == w.family("东桥村", "2011-05-07")["身份证号"][17] {
		bad["身份证号"] = bad["身份证号"][:17] + "1"
	}
	file := roster(t, w.family("东桥村", "2010-03-05"), bad)

	p := c.add("handler", "&commit=true", file, "").refused(http.StatusBadRequest, "import.bad-rows")
	require.NotEmpty(t, p["errors"])
	require.NotContains(t, p["errors"].([]any)[0].(map[string]any)["value"], "19800305", "personal values are masked")
	require.Empty(t, c.get("handler", "/v1/imports").items())

	made := c.add("handler", "&commit=true&accept-good=true", file, "")
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	require.InDelta(t, 1, made.decoded()["refused"], 0)
	for field, value := range c.add("handler", "", file, "").decoded() {
		require.Equal(t, value, made.decoded()[field], "the commit tells of %s what the dry run tells", field)
	}
	id := made.decoded()["id"].(string)
	refused := c.get("handler", "/v1/imports/"+id+"/refused-rows")
	require.Len(t, refused.items(), 1)
	require.Equal(t, made.decoded()["problems"], refused.items()[0]["problems"], "told as before")
	problem := refused.items()[0]["problems"].([]any)[0].(map[string]any)
	require.Equal(t, "身份证号", problem["column"])
	require.NotEmpty(t, problem["letter"])
	require.Contains(t, problem["value"], "****")
	require.NotEmpty(t, problem["remedy"])
	require.NotContains(t, refused.Body.String(), "19800305")

	withdraw := c.post("handler", "/v1/imports/"+id+"/withdrawals", map[string]any{"reason": "wrong-file"}, made.Header().Get("ETag"))
	require.Equal(t, "withdrawn", withdraw.decoded()["status"], "%s", withdraw.Body)
	c.do(call{as: "handler", path: "/v1/imports/none"}).refused(http.StatusNotFound, "import.unknown")
	c.do(call{as: "handler", path: "/v1/imports/none/rows"}).refused(http.StatusNotFound, "import.unknown")
}

// TestSkippedRowsAreListed: what is no person is named with its reason, in the dry run and in the commit.
func TestSkippedRowsAreListed(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	file := append(w.families(), []byte("\n合计：四人\n")...)
	skipped := []any{
		map[string]any{"from": 6.0, "to": 6.0, "why": "blank", "label": "空行"}, map[string]any{"from": 7.0, "to": 7.0, "why": "total", "label": "合计行"},
	}
	require.Equal(t, skipped, c.add("handler", "", file, "").decoded()["skipped"])
	made := c.add("handler", "&commit=true", file, "import-1")
	require.Equal(t, http.StatusCreated, made.Code, "%s", made.Body)
	require.Equal(t, skipped, made.decoded()["skipped"])
	require.Equal(t, skipped, c.add("handler", "&commit=true", file, "import-1").decoded()["skipped"], "also when it is repeated")
}

// TestSentBackImportIsWithdrawn: the work list does not offer what would be refused.
func TestSentBackImportIsWithdrawn(t *testing.T) {
	w := newTown(t)
	c := newClient(w)
	made := c.add("handler", "&commit=true", w.families(), "")
	id := made.decoded()["id"].(string)
	action := func() any {
		for _, item := range c.get("handler", "/v1/work-list").items() {
			if item["id"] == id {
				return item["action"]
			}
		}
		return nil
	}
	require.Equal(t, "submit", action())
	c.signed("handler", "import", id, "submit")
	require.Nil(t, action())
	state, err := w.Signing(w.ctx, ledger.Subject{Kind: ledger.ImportSubject, ID: id})
	require.NoError(t, err)
	scope := state.Waiting()[0]
	signer := w.next(state, scope)
	body, match := c.statement(signer, url.Values{"subject": {"import:" + id}, "action": {"send-back"}, "scope": {scope}, "opinion": {"wrong-file"}}.Encode(), nil)
	body["to"] = 0
	back := c.post(signer, "/v1/imports/"+id+"/returns", body, match)
	require.Equal(t, "sent-back", back.decoded()["status"], "%s", back.Body)
	require.Equal(t, "withdraw", action())
	withdraw := c.post("handler", "/v1/imports/"+id+"/withdrawals", map[string]any{"reason": "wrong-file"}, back.Header().Get("ETag"))
	require.Equal(t, "withdrawn", withdraw.decoded()["status"], "%s", withdraw.Body)
	require.Nil(t, action())
}
