package main

import (
	"bytes"
	"context"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFind names every mutant of a statement: what is changed, and the text that replaces it.
func TestFind(t *testing.T) {
	rows := []struct {
		name, body string
		want       []string
	}{
		{"a condition is forced both ways, its negation and the one statement in it are left out", "if a == b { f() }", []string{
			"condition forced true: a == b -> (true || (a == b))",
			"condition forced false: a == b -> (false && (a == b))",
		}},
		{"the statements of a longer branch are deleted", "if a == b { f(); return 1 }", []string{
			"condition forced true: a == b -> (true || (a == b))",
			"condition forced false: a == b -> (false && (a == b))",
			"deleted: f() -> ",
			"deleted: return 1 -> ",
		}},
		{"so is the only one beside an else", "if ok { f() } else { g() }", []string{
			"condition forced true: ok -> (true || (ok))",
			"condition forced false: ok -> (false && (ok))",
			"deleted: f() -> ",
			"deleted: g() -> ",
		}},
		{"a boundary is moved though the negation is left out", "if a < b { f() }", []string{
			"condition forced true: a < b -> (true || (a < b))",
			"condition forced false: a < b -> (false && (a < b))",
			"< becomes <=: a < b -> a <= b",
		}},
		{"each operand of a chain is dropped", "if p && q && (r || !s) { f() }", []string{
			"condition forced true: p && q && (r || !s) -> (true || (p && q && (r || !s)))",
			"condition forced false: p && q && (r || !s) -> (false && (p && q && (r || !s)))",
			"operand p dropped: p && q -> (true || (p))",
			"operand q dropped: p && q -> (true || (q))",
			"operand (r || !s) dropped: p && q && (r || !s) -> (true || ((r || !s)))",
			"operand r dropped: r || !s -> (false && (r))",
			"operand !s dropped: r || !s -> (false && (!s))",
		}},
		{"outside a condition a comparison is negated and moved", "ok = a >= b", []string{
			"deleted: ok = a >= b -> ",
			">= becomes <: a >= b -> a < b",
			">= becomes >: a >= b -> a > b",
		}},
		{"a not is dropped", "ok = !p", []string{"deleted: ok = !p -> ", "! dropped: !p -> p"}},
		{"arithmetic", "x = a + b - c", []string{
			"deleted: x = a + b - c -> ",
			"- becomes +: a + b - c -> a + b + c",
			"+ becomes -: a + b -> a - b",
		}},
		{"arithmetic in a branch of one statement", "if ok { x += a; }; if ok { x++ }", []string{
			"condition forced true: ok -> (true || (ok))",
			"condition forced false: ok -> (false && (ok))",
			"+= becomes -=: x += a -> x -= a",
			"condition forced true: ok -> (true || (ok))",
			"condition forced false: ok -> (false && (ok))",
			"++ becomes --: x++ -> x--",
		}},
		{"a definition stays", "y := a", nil},
		{"a loop ends, but never runs for ever by its condition", "for a > b { f() }", []string{
			"condition forced false: a > b -> (false && (a > b))",
			"> becomes >=: a > b -> a >= b",
			"deleted: f() -> ",
		}},
		{"a loop without a condition", "for { f(); continue }", []string{"deleted: f() -> ", "deleted: continue -> "}},
		{"cases of a value", "switch a {\ncase 1: f()\ndefault: g()\n}", []string{
			"case removed: case 1: f() -> ",
			"deleted: f() -> ",
			"case removed: default: g() -> ",
			"deleted: g() -> ",
		}},
		{"a case of a type", "switch v := a.(type) {\ncase int: f(v)\n}", []string{"case removed: case int: f(v) -> ", "deleted: f(v) -> "}},
		{"a case with one condition and one with two", "switch {\ncase p: f()\ncase q, r: g()\n}", []string{
			"condition forced true: p -> (true || (p))",
			"condition forced false: p -> (false && (p))",
			"deleted: f() -> ",
			"case removed: case q, r: g() -> ",
			"condition forced true: q -> (true || (q))",
			"condition forced false: q -> (false && (q))",
			"condition forced true: r -> (true || (r))",
			"condition forced false: r -> (false && (r))",
			"deleted: g() -> ",
		}},
		{"the last return of a function stays", "f(func() int { g(); return 1 }); defer g(); return 2", []string{
			"deleted: f(func() int { g(); return 1 }) -> ",
			"deleted: g() -> ",
			"deleted: defer g() -> ",
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			src := []byte("package p\n\nfunc _() int {\n" + row.body + "\n}\n")
			found, err := find("p.go", src)
			require.NoError(t, err)
			var got []string
			for _, m := range found {
				got = append(got, m.what+" -> "+m.text)
				_, err := parser.ParseFile(token.NewFileSet(), "p.go", m.apply(src), 0)
				require.NoErrorf(t, err, "%s is not Go any more:\n%s", m, m.apply(src))
			}
			require.Equal(t, row.want, got)
			_, err = parser.ParseFile(token.NewFileSet(), "p.go", switched("p.go", src, found), 0)
			require.NoErrorf(t, err, "with switches:\n%s", switched("p.go", src, found))
		})
	}
	_, err := find("p.go", []byte("package p\nfunc {"))
	require.ErrorContains(t, err, "p.go:2")
}

// TestSwitched shows how mutants nest: each numbered switch encloses its own piece of the source and no other.
func TestSwitched(t *testing.T) {
	src := []byte("package p\n\nfunc f(a, b int, ok bool) {\n\tif a < b && !ok {\n\t\tg(a + b)\n\t\tg(b)\n\t}\n}\n")
	found, err := find("p.go", src)
	require.NoError(t, err)
	require.Equal(t, "package p\n\nfunc f(a, b int, ok bool) {\n"+
		"\tif (mutantIs(1) || ((!mutantIs(2) && ((mutantIs(3) || (((mutantIs(4) && (a) == (b)) != (a < b)))) && (mutantIs(5) || (!ok)))))) {\n"+
		"\t\tif !mutantIs(6) { g(a + b) }\n"+
		"\t\tif !mutantIs(8) { g(b) }\n\t}\n}\n", string(switched("p.go", src, found)))
	require.Equal(t, "+ becomes -: a + b", found[6].what, "number 7 is built alone")
	require.Equal(t, src, switched("other.go", src, found))
}

// TestSample runs the tool over the sample package: what its tests miss is listed, an endless loop is killed.
func TestSample(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles each mutant of the sample")
	}
	before := tree(t)
	var out bytes.Buffer
	good, err := command(context.Background(), []string{"-j", "2", "-timeout", "2s", "-least", "80", "./testdata/sample"}, &out, t.Output())
	require.NoError(t, err)
	require.Equal(t, []string{
		"testdata/sample/sample.go:6: < becomes <=: age < 18",
		"testdata/sample/sample.go:10: operand member dropped: member && age <= 3", // equivalent: such a child paid 5
		"testdata/sample/sample.go:10: <= becomes <: age <= 3",
		"testdata/sample/sample.go:19: > becomes >=: n > 0", // equivalent: it adds 0
		"testdata/sample/sample.go:31: case removed: case 2: …",
		"testdata/sample/sample.go:32: deleted: return \"two\"",
		"./testdata/sample: killed 15 of 21, 6 survived, 1 did not compile: score 71.4 %",
	}, strings.Split(strings.TrimSpace(out.String()), "\n"))
	require.False(t, good)
	require.Equal(t, before, tree(t), "the sources stay as they are")
}

// TestWithoutSwitches: a package that does not compile with switches in it has its mutants built one by one.
func TestWithoutSwitches(t *testing.T) {
	var out, talk bytes.Buffer
	good, err := command(context.Background(), []string{"-least", "50", "./testdata/answer"}, &out, &talk)
	require.NoError(t, err)
	require.Equal(t, []string{
		"testdata/answer/answer.go:8: operand b dropped: a && b",
		"./testdata/answer: killed 1 of 2, 1 survived, 1 did not compile: score 50.0 %",
	}, strings.Split(strings.TrimSpace(out.String()), "\n"))
	require.True(t, good)
	require.Contains(t, talk.String(), "does not compile with switches")
}

// tree is every file of the sample with its contents.
func tree(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/sample/*")
	require.NoError(t, err)
	contents := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		contents[f] = string(b)
	}
	return contents
}

// TestRefusals: what the tool cannot answer it does not answer.
func TestRefusals(t *testing.T) {
	rows := []struct {
		name string
		args []string
		want string
	}{
		{"no package", nil, "name one package or more"},
		{"no jobs", []string{"-j", "0", "./testdata/sample"}, "-j is at least 1"},
		{"no such folder", []string{"./testdata/none"}, "no Go files"},
		{"tests that fail by themselves", []string{"-test", "-test.timeout=1ns", "./testdata/sample"}, "the unchanged tests must pass first"},
		{"a flag that the tests do not know", []string{"-test", "-nonsense", "./testdata/sample"}, "flag provided but not defined: -nonsense"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			good, err := command(context.Background(), row.args, t.Output(), t.Output())
			require.ErrorContains(t, err, row.want)
			require.False(t, good)
		})
	}
}

func TestScore(t *testing.T) {
	s := score{killed: 3, survived: 1, uncompiled: 2}
	require.Equal(t, "killed 3 of 4, 1 survived, 2 did not compile: score 75.0 %", s.String())
	require.Equal(t, "killed 6 of 8, 2 survived, 4 did not compile: score 75.0 %", s.plus(s).String())
	require.InDelta(t, 100, score{uncompiled: 1}.percent(), 0, "nothing compiled, nothing missed")
}
