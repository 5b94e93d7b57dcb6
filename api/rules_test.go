package api

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var ruleLiteral = regexp.MustCompile(`"(api\.[a-z-]+)"`)

// rulesInSource lists the rules that this package's files name.
func rulesInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var rules []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range ruleLiteral.FindAllStringSubmatch(string(b), -1) {
			rules = append(rules, m[1])
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}
