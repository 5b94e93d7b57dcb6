package api

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var pathParameter = regexp.MustCompile(`:([a-z]+)`)

// TestRoutesAndDocument holds the routes to openapi.yaml and openapi.yaml to the routes: operations, query parameters, who
// needs a token, and which writes need which headers.
func TestRoutesAndDocument(t *testing.T) {
	doc, _ := document(t)
	documented := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented[method+" "+path] = true
		}
	}
	ids := map[string]bool{}
	for _, r := range (&Server{}).routes() {
		path := pathParameter.ReplaceAllString(r.path, "{$1}")
		name := r.method + " " + path
		require.True(t, documented[name], "%s is routed and not documented", name)
		delete(documented, name)
		operation := doc.Paths.Value(path).GetOperation(r.method)
		require.NotEmpty(t, operation.Summary, name)
		require.False(t, ids[operation.OperationID], "%s: operation id %s is used twice", name, operation.OperationID)
		ids[operation.OperationID] = true

		var query, headers []string
		for _, p := range operation.Parameters {
			switch p.Value.In {
			case "query":
				query = append(query, p.Value.Name)
			case "header":
				headers = append(headers, p.Value.Name)
			}
		}
		require.ElementsMatch(t, r.query, query, name)
		require.Equal(t, r.public, operation.Security != nil && len(*operation.Security) == 0, "%s: token", name)
		if r.method == http.MethodPost {
			require.True(t, slices.Contains(headers, "Idempotency-Key"), "%s: every POST has an Idempotency-Key", name)
		}
		require.NotNil(t, operation.Responses.Default(), "%s: refusals are documented", name)
	}
	require.Empty(t, documented, "documented and not routed")
	require.Greater(t, len(ids), 40)
}

// TestEveryRuleOfThisPackageIsExplained: the page behind each problem's type has a text of its own.
func TestEveryRuleOfThisPackageIsExplained(t *testing.T) {
	c, err := readCatalogue()
	require.NoError(t, err)
	found := rulesInSource(t)
	require.Greater(t, len(found), 20)
	for _, rule := range found {
		require.Contains(t, c.Rules, rule)
	}
	for rule := range statusOf {
		require.Contains(t, c.Rules, rule)
	}
}
