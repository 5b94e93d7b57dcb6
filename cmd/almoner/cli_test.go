package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated section of docs/cli.md")

// Marks of the section that is written from the grammar.
const (
	generatedBegin = "<!-- verbs: generated -->\n"
	generatedEnd   = "<!-- verbs: end -->\n"
)

func model(t *testing.T, l language) *kong.Application {
	t.Helper()
	parser, err := newParser(&cli{}, l)
	require.NoError(t, err)
	return parser.Model
}

// leaves lists the verbs in the order of the grammar.
func leaves(n *kong.Node) []*kong.Node {
	if n.Leaf() {
		return []*kong.Node{n}
	}
	var all []*kong.Node
	for _, child := range n.Children {
		all = append(all, leaves(child)...)
	}
	return all
}

func oneLine(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "|", "\\|") }

// argumentsOf writes a verb with its arguments, as one types it.
func argumentsOf(n *kong.Node) string {
	parts := []string{n.FullPath()}
	for _, p := range n.Positional {
		parts = append(parts, p.Summary())
	}
	for _, f := range n.Flags {
		if f.Required {
			parts = append(parts, f.String())
		}
	}
	return strings.Join(parts, " ")
}

// generated is the section of docs/cli.md about global flags and verbs.
func generated(t *testing.T) string {
	t.Helper()
	zh, en := model(t, chinese), model(t, english)
	var b strings.Builder
	b.WriteString("\n### 所有命令共用 · Flags of every verb\n\n| flag | 环境变量 | 说明 | meaning |\n|---|---|---|---|\n")
	for i, f := range zh.Flags {
		if f.Name == "help" {
			continue
		}
		env := ""
		if len(f.Envs) > 0 {
			env = "`" + f.Envs[0] + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.String(), env, oneLine(f.Help), oneLine(en.Flags[i].Help))
	}
	english := leaves(en.Node)
	for i, verb := range leaves(zh.Node) {
		fmt.Fprintf(&b, "\n### `%s`\n\n%s · %s\n", argumentsOf(verb), verb.Help, english[i].Help)
		if len(verb.Positional)+len(verb.Flags) == 0 {
			continue
		}
		b.WriteString("\n| | 说明 | meaning |\n|---|---|---|\n")
		for j, p := range verb.Positional {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Summary(), oneLine(p.Help), oneLine(english[i].Positional[j].Help))
		}
		for j, f := range verb.Flags {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.String(), oneLine(f.Help), oneLine(english[i].Flags[j].Help))
		}
	}
	b.WriteString("\n")
	return b.String()
}

// TestDocument holds docs/cli.md to the grammar; -update writes it.
func TestDocument(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "cli.md")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(raw), generatedBegin)
	require.True(t, found, "docs/cli.md has the mark %q", generatedBegin)
	_, after, found := strings.Cut(rest, generatedEnd)
	require.True(t, found, "docs/cli.md has the mark %q", generatedEnd)
	want := before + generatedBegin + generated(t) + generatedEnd + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.True(t, want == string(raw), "docs/cli.md differs from the grammar; run: go test ./cmd/almoner -run TestDocument -update")
}

// TestHelpIsInBothLanguages finds a help text that somebody wrote in one language only.
func TestHelpIsInBothLanguages(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Name("almoner"))
	require.NoError(t, err)
	checked := 0
	check := func(where, help string) {
		checked++
		zh, en, found := strings.Cut(help, between)
		require.Truef(t, found && strings.TrimSpace(zh) != "" && strings.TrimSpace(en) != "", "%s: %q is not `中文|English`", where, help)
	}
	require.NoError(t, kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch n := node.(type) {
		case *kong.Node:
			check(n.Path(), n.Help)
		case *kong.Value:
			if n.Name != "help" {
				check(n.Name, n.Help)
			}
		}
		return next(nil)
	}))
	require.Greater(t, checked, 150)
}

// TestEveryVerbRuns finds a verb without a Run method, which the parser would only notice when it is used.
func TestEveryVerbRuns(t *testing.T) {
	for _, verb := range leaves(model(t, chinese).Node) {
		require.Truef(t, verb.Target.Addr().MethodByName("Run").IsValid(), "%s has no Run", verb.FullPath())
	}
}

// TestVerbsOthersRelyOn holds the grammar to the verbs that the design promises to scripts and other programs.
func TestVerbsOthersRelyOn(t *testing.T) {
	var verbs []string
	for _, verb := range leaves(model(t, chinese).Node) {
		verbs = append(verbs, strings.TrimPrefix(verb.FullPath(), "almoner "))
	}
	for _, promised := range []string{
		"demo", "serve", "rebuild", "import add", "import show", "import withdraw", "import sign-off", "case open", "case submit", "case sign-off", "case send-back",
		"case withdraw", "case show", "roll show", "payrun open", "payrun prepare", "payrun submit", "payrun sign-off", "payrun show", "payrun recheck", "totals show",
		"rulebook check", "rulebook publish", "rulebook compare", "store check",
	} {
		require.Contains(t, verbs, promised)
	}
	require.Equal(t, len(slices.Compact(slices.Sorted(slices.Values(verbs)))), len(verbs))
}

func TestTableAlignsWideCharacters(t *testing.T) {
	tab := table{heading: []string{"姓名", "n"}, right: []int{1}}
	tab.add("王*", "1")
	tab.add("ab", "20")
	var b bytes.Buffer
	tab.write(&b)
	require.Equal(t, "姓名   n\n王*    1\nab    20\n", b.String())
}

func TestUnitsOfALine(t *testing.T) {
	require.Equal(t, "2021-01…2021-02:arrears 2021-03:regular", unitsOf([]itemJSON{{"2021-01", "arrears", "1"}, {"2021-02", "arrears", "1"}, {"2021-03", "regular", "1"}}))
	require.Empty(t, unitsOf(nil))
}
