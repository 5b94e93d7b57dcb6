package api

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"almoner/domain/rulebook"
)

// TestCheckRulebook: a text, and situations by it, are found sound or not, line by line; nothing is written.
func TestCheckRulebook(t *testing.T) {
	c := newClient(newTown(t))
	source, err := rulebook.ShippedSource("rural-reward@000000")
	require.NoError(t, err)
	situations, err := os.ReadFile("../testdata/situations/rural-reward@000000.yaml")
	require.NoError(t, err)
	before := c.Last()
	check := func(source string, situations ...string) answer {
		return c.do(call{as: "handler", method: http.MethodPost, path: "/v1/rulebook-checks", body: map[string]any{"source": source, "situations": situations}, raw: true})
	}
	sound := check(string(source), string(situations)).decoded()
	require.Equal(t, true, sound["sound"])
	require.NotEmpty(t, sound["situations"])
	facts := sound["rulebook"].(map[string]any)
	require.Equal(t, "rural-reward@000000", facts["rulebook"])
	require.Positive(t, facts["rates"])

	failing := strings.Replace(string(situations), `"2021": "960.00"`, `"2021": "961.00"`, 1)
	require.NotEqual(t, string(situations), failing)
	unsound := check(string(source), failing)
	require.Equal(t, http.StatusOK, unsound.Code, "%s", unsound.Body)
	require.Equal(t, false, unsound.decoded()["sound"])
	require.NotEmpty(t, unsound.decoded()["situations"].([]any)[0].(map[string]any)["failures"])

	none := check("nonsense: 1\n").decoded()
	require.Equal(t, false, none["sound"])
	require.NotContains(t, none, "rulebook")
	require.NotEmpty(t, none["problems"])
	check(string(source), "rulebook: other@000000\nsituations: []\n").refused(http.StatusBadRequest, "rulebook.situations")
	require.Equal(t, before, c.Last())

	proposed := c.do(call{as: "county-handler", method: http.MethodPost, path: "/v1/rulebooks", file: []byte("nonsense: 1\n"), media: "application/yaml", raw: true})
	require.NotEmpty(t, proposed.refused(http.StatusBadRequest, "rulebook.source")["errors"], "a text that is none is told line by line when put forward too")
}

// TestCompareRulebook: what a text changes from the version in force.
func TestCompareRulebook(t *testing.T) {
	c := newClient(newTown(t))
	source, err := rulebook.ShippedSource(programmeRulebook)
	require.NoError(t, err)
	book, err := rulebook.Parse(source)
	require.NoError(t, err)
	compare := func(source, from, to string) answer {
		return c.do(call{as: "handler", method: http.MethodPost, path: "/v1/rulebook-comparisons", body: map[string]any{"source": source, "from": from, "to": to}, raw: true})
	}
	same := compare(string(source), "2022-10", "2022-12")
	require.Equal(t, http.StatusOK, same.Code, "%s", same.Body)
	require.Empty(t, same.decoded()["rates"])
	require.Equal(t, book.Hash(), same.decoded()["before"])

	lowered := strings.Replace(string(source), `amount: "30.00"`, `amount: "1.00"`, 1)
	require.NotEqual(t, string(source), lowered)
	changed := compare(lowered, "2022-10", "2022-12")
	require.Equal(t, http.StatusOK, changed.Code, "%s", changed.Body)
	rates := changed.decoded()["rates"].([]any)
	require.NotEmpty(t, rates)
	require.Equal(t, true, rates[0].(map[string]any)["lowers"])
	require.Equal(t, "1.00", rates[0].(map[string]any)["new"])

	compare(string(source), "1900-01", "2022-12").refused(http.StatusBadRequest, "api.units")
	c.do(call{as: "handler", method: http.MethodPost, path: "/v1/rulebook-comparisons", body: map[string]any{"source": string(source)}, raw: true}).refused(http.StatusBadRequest, "api.units")
	compare("nonsense: 1\n", "2022-10", "2022-12").refused(http.StatusBadRequest, "rulebook.source")
	other, err := rulebook.ShippedSource("rural-reward@000000")
	require.NoError(t, err)
	compare(string(other), "2022", "2022").refused(http.StatusNotFound, "rulebook.unknown")

	require.Equal(t, book.Hash(), c.get("handler", "/v1/rulebooks/"+programmeRulebook).decoded()["inForce"].(map[string]any)["hash"])
}

// TestShippedAndTemplates: what comes with the program is given as it is.
func TestShippedAndTemplates(t *testing.T) {
	c := newClient(newTown(t))
	var ids []string
	for _, id := range c.get("handler", "/v1/shipped-rulebooks").decoded()["items"].([]any) {
		ids = append(ids, id.(string))
	}
	require.Equal(t, rulebook.ShippedIDs(), ids)
	source, err := rulebook.ShippedSource(ids[0])
	require.NoError(t, err)
	require.Equal(t, string(source), c.get("handler", "/v1/shipped-rulebooks/"+ids[0]+"/source").Body.String())
	c.do(call{as: "handler", path: "/v1/shipped-rulebooks/none@000000/source"}).refused(http.StatusNotFound, "rulebook.not-shipped")

	heads := map[string]bool{}
	for _, kind := range []string{"admission", "exit", "account-change", "grant"} {
		a := c.get("handler", "/v1/import-templates/"+kind)
		book, err := excelize.OpenReader(bytes.NewReader(a.Body.Bytes()))
		require.NoError(t, err)
		rows, err := book.GetRows(book.GetSheetName(0))
		require.NoError(t, err)
		require.NotEmpty(t, rows)
		heads[strings.Join(rows[0], " ")+strings.Join(rows[len(rows)-1], " ")] = true
	}
	require.Len(t, heads, 4, "each kind has its own columns")
	c.do(call{as: "handler", path: "/v1/import-templates/wishes", raw: true}).refused(http.StatusBadRequest, "import.kind")
}
