package rulebook

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func documentation(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/rulebooks.md")
	require.NoError(t, err)
	return string(text)
}

func TestDocumentationListsEveryVariable(t *testing.T) {
	text := documentation(t)
	types := map[string]string{"int": "int", "bool": "bool", "string": "text", "google.protobuf.Timestamp": "date", "timestamp": "date"}
	for _, v := range variables {
		require.Contains(t, text, "| `"+v.name+"` | "+types[v.typ.String()]+" |")
		for _, code := range v.codes {
			require.Contains(t, text, "`"+code+"`", v.name)
		}
	}
}

func TestDocumentationListsEveryKeyPolicyAndSubject(t *testing.T) {
	text := documentation(t)
	shape := reflect.TypeFor[source]()
	for i := range shape.NumField() {
		key := shape.Field(i).Tag.Get("yaml")
		require.Contains(t, text, "`"+key+"`", "key")
	}
	for _, policies := range [][]Policy{startPolicies, stopPolicies, changePolicies} {
		for _, p := range policies {
			require.Contains(t, text, "| `"+string(p)+"` |")
		}
	}
	for _, why := range []Why{WhyLateApplication, WhyOfficeDelay, WhyYearRule, WhyArrearsLimit, WhyBeforeProgramme, WhyHeld} {
		require.Contains(t, text, "| `"+string(why)+"` |")
	}
	require.Contains(t, text, strings.Join(Subjects(), " "))
	for _, id := range ShippedIDs() {
		_, region, _ := strings.Cut(id, "@")
		require.Contains(t, text, "@"+region+"`")
	}
}
