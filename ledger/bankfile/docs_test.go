package bankfile

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocs holds the tables of docs/bank-files.md equal to the tables of this package. With UPDATE_DOCS=1 it writes them.
func TestDocs(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "bank-files.md")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	want := string(content)
	for section, table := range map[string]string{"keys": keysTable(), "fields": fieldsTable(), "results": labelsTable("result", results()), "reasons": labelsTable("reason", reasons()),
		"problems": problemsTable(), "shipped": shippedTable(t), "limits": limitsTable()} {
		begin, end := fmt.Sprintf("<!-- %s: generated -->\n", section), fmt.Sprintf("<!-- %s: end -->", section)
		before, rest, ok := strings.Cut(want, begin)
		require.True(t, ok, begin)
		_, after, ok := strings.Cut(rest, end)
		require.True(t, ok, end)
		want = before + begin + table + end + after
	}
	if os.Getenv("UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(name, []byte(want), 0o644))
		return
	}
	require.True(t, want == string(content), "docs/bank-files.md differs from the tables; run the tests of this package once with UPDATE_DOCS=1")
}

// TestKeysAreAllExplained: the table of keys and the shape of a descriptor have the same keys.
func TestKeysAreAllExplained(t *testing.T) {
	var have []string
	var walk func(prefix string, kind reflect.Type)
	walk = func(prefix string, kind reflect.Type) {
		for i := range kind.NumField() {
			field := kind.Field(i)
			path, inner := prefix+field.Tag.Get("yaml"), field.Type
			if inner.Kind() == reflect.Slice {
				path, inner = path+"[]", inner.Elem()
			}
			switch {
			case inner == reflect.TypeFor[scalar]():
				have = append(have, path)
			case inner == reflect.TypeFor[columnSource]() && path != "columns[]":
				have = append(have, strings.TrimSuffix(path, "[]")) // explained once, under columns
			default:
				if path == "columns[]" {
					have = append(have, "columns")
				}
				walk(path+".", inner)
			}
		}
	}
	walk("", reflect.TypeFor[source]())
	var explained []string
	for _, k := range keyTable() {
		explained = append(explained, k.path)
	}
	slices.Sort(have)
	slices.Sort(explained)
	require.Equal(t, have, explained)
}

// TestRulesAreAllListed: every rule that the code names is in the table, or among the refusals of whole files.
func TestRulesAreAllListed(t *testing.T) {
	set := newRuleSet()
	require.Len(t, set, len(ruleTable()), "a rule stands twice")
	for _, name := range []string{"read.go", "declared.go", "line.go"} {
		code, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, part := range strings.Split(string(code), `"bankfile.`)[1:] {
			rule, _, _ := strings.Cut(part, `"`)
			whole := slices.Contains([]string{"empty", "too-large", "kind", "no-sheet", "titles"}, rule)
			_, listed := set["bankfile."+rule]
			require.True(t, listed != whole, "%s: bankfile.%s", name, rule)
		}
	}
}

// TestDocsExample: the descriptor that the document shows is one.
func TestDocsExample(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "bank-files.md"))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(content), "```yaml\n")
	require.True(t, ok)
	example, _, _ := strings.Cut(rest, "```")
	f, err := Parse([]byte(example))
	require.NoError(t, err)
	require.Equal(t, "our-bank-return", f.ID())
}

func keysTable() string {
	var b strings.Builder
	b.WriteString("| key | values | meaning |\n|---|---|---|\n")
	for _, k := range keyTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.path, k.values, k.en)
	}
	return b.String()
}

func fieldsTable() string {
	var b strings.Builder
	b.WriteString("| field | 名称 | out | back | header, trailer | meaning |\n|---|---|---|---|---|---|\n")
	mark := map[bool]string{true: "✓"}
	for _, s := range fieldTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", s.field, s.zh, mark[s.where&inOut != 0], mark[s.where&inBack != 0], mark[s.where&inRecord != 0], s.en)
	}
	return b.String()
}

func labelsTable(title string, list []label) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | 含义 |\n|---|---|\n", title)
	for _, l := range list {
		fmt.Fprintf(&b, "| `%s` | %s |\n", l.code, l.zh)
	}
	return b.String()
}

func problemsTable() string {
	var b strings.Builder
	b.WriteString("| rule | | meaning |\n|---|---|---|\n")
	for _, s := range ruleTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.rule, s.severity, s.en)
	}
	return b.String()
}

func shippedTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| id | 名称 | answers | rests on |\n|---|---|---|---|\n")
	for _, id := range ShippedIDs() {
		f := shipped(t, id)
		answers := ""
		if f.Answers() != "" {
			answers = "`" + f.Answers() + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", id, f.Title(false), answers, f.Basis())
	}
	return b.String()
}

func limitsTable() string {
	return fmt.Sprintf("| limit | |\n|---|---|\n| bytes of a file | %d |\n| columns | %d |\n| bytes of a column | %d |\n| bytes of a line | %d |\n| titles within the first rows | %d |\n| problems listed when writing is refused | %d |\n",
		MaxBytes, maxColumns, maxWidth, maxRecordBytes, TitlesWithin, maxWriteProblems)
}
