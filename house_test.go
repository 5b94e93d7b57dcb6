// Package almoner_test holds the rules of the house: who may import whom, what domain may not do, which formats are frozen,
// and that the documents name files that exist.
package almoner_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport says which of our packages a part of the tree may import. A part is the longest prefix that matches; it may
// always import itself and what lies below it.
var mayImport = map[string][]string{
	"cmd":                  {"api", "accounting", "ledger", "projections", "reports", "audit", "domain", "eventstore", "internal"},
	"api":                  {"accounting", "ledger", "projections", "reports", "audit", "domain", "internal/keyfile", "internal/sqlite"},
	"ledger":               {"domain", "eventstore", "internal/vault", "internal/keyfile"},
	"reports":              {"domain", "projections", "internal/workbook"},
	"accounting":           {"domain", "projections", "internal/workbook"},
	"projections":          {"domain", "eventstore", "internal/sqlite"},
	"audit":                {"eventstore", "internal/sqlite"},
	"audit/claims":         {"audit", "domain"},
	"domain":               {},
	"eventstore":           {},
	"eventstore/sqlite":    {"eventstore", "internal/sqlite"},
	"eventstore/faulty":    {"eventstore"},
	"eventstore/storetest": {"eventstore", "eventstore/faulty"},
	"internal/vault":       {"internal/sqlite", "internal/keyfile"},
	"internal/sqlite":      {},
	"internal/keyfile":     {},
	"internal/mutate":      {},
	"internal/workbook":    {},
}

// onlyIn names the folders in which a library that could spread is imported.
var onlyIn = map[string]string{
	"github.com/labstack/echo/v4":                   "api",
	"github.com/EventStore/EventStore-Client-Go/v4": "eventstore/esdb",
	"modernc.org/sqlite":                            "internal/sqlite",
}

// impure are the packages of the standard library that domain does without: it has no clock, disk, network, goroutine or
// randomness. Packages time and log/slog are allowed for their types.
var impure = []string{"os", "net", "net/http", "crypto/rand", "math/rand", "math/rand/v2", "sync/atomic", "context", "log", "os/exec", "database/sql", "io/fs"}

// impureCalls are calls that domain does without.
var impureCalls = []string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "uuid.New", "uuid.NewString", "uuid.NewRandom"}

type source struct {
	path   string // relative, slashes
	folder string
	file   *ast.File
}

func sources(t *testing.T, tests bool) []source {
	t.Helper()
	var all []source
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || !tests && strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{filepath.ToSlash(path), filepath.ToSlash(filepath.Dir(path)), f})
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(all), 50, "the walk found the tree")
	return all
}

func under(folder, prefix string) bool {
	return folder == prefix || strings.HasPrefix(folder, prefix+"/")
}

func partOf(folder string) string {
	best := ""
	for part := range mayImport {
		if under(folder, part) && len(part) > len(best) {
			best = part
		}
	}
	return best
}

func TestImports(t *testing.T) {
	for _, s := range sources(t, false) {
		part := partOf(s.folder)
		if s.folder == "." {
			continue
		}
		require.NotEmpty(t, part, "%s: no rule says what this folder may import; add it to mayImport and ARCHITECTURE.md", s.path)
		for _, i := range s.file.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			for library, folder := range onlyIn {
				if under(path, library) {
					require.Truef(t, under(s.folder, folder), "%s imports %s, which only %s may", s.path, path, folder)
				}
			}
			ours, found := strings.CutPrefix(path, "almoner/")
			if !found || under(ours, part) && part != "eventstore" || under(ours, "eventstore") && part == "eventstore" {
				continue
			}
			allowed := slices.ContainsFunc(mayImport[part], func(p string) bool { return under(ours, p) })
			require.Truef(t, allowed, "%s imports %s, which %s may not", s.path, path, part)
		}
	}
}

func TestDomainIsPure(t *testing.T) {
	for _, s := range sources(t, false) {
		if !under(s.folder, "domain") {
			continue
		}
		for _, i := range s.file.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			require.NotContainsf(t, impure, path, "%s imports %s; domain has no clock, disk, network, goroutine or randomness", s.path, path)
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", s.path)
			case *ast.CallExpr:
				if sel, ok := x.Fun.(*ast.SelectorExpr); ok {
					if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(impureCalls, pkg.Name+"."+sel.Sel.Name) {
						t.Errorf("%s calls %s.%s", s.path, pkg.Name, sel.Sel.Name)
					}
				}
			case *ast.BasicLit:
				if x.Kind == token.FLOAT {
					t.Errorf("%s has the float %s; money and counts are never floats", s.path, x.Value)
				}
			case *ast.Ident:
				if x.Name == "float64" || x.Name == "float32" {
					t.Errorf("%s uses %s", s.path, x.Name)
				}
			}
			return true
		})
	}
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t, false) {
		said[s.folder] = said[s.folder] || s.file.Doc != nil && len(s.file.Doc.Text()) > 40
		require.NotContains(t, []string{"util", "utils", "common", "types", "models", "helpers", "manager"}, s.file.Name.Name, s.path)
	}
	for folder, ok := range said {
		require.Truef(t, ok, "package %s has no comment that says what it is", folder)
	}
}

func TestNoSleepInTests(t *testing.T) {
	for _, s := range sources(t, true) {
		if !strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
					if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" && sel.Sel.Name == "Sleep" {
						t.Errorf("%s sleeps; wait for what should happen instead", s.path)
					}
				}
			}
			return true
		})
	}
}

// TestFrozenFormats holds the fixtures of stored formats to the bytes they were frozen with.
func TestFrozenFormats(t *testing.T) {
	f, err := os.Open("testdata/events/SHA256SUMS")
	require.NoError(t, err)
	defer f.Close()
	lines := 0
	for scanner := bufio.NewScanner(f); scanner.Scan(); lines++ {
		sum, name, ok := strings.Cut(scanner.Text(), "  ")
		require.True(t, ok, "line %q", scanner.Text())
		b, err := os.ReadFile(filepath.Join("testdata/events", filepath.FromSlash(name)))
		require.NoError(t, err)
		have := sha256.Sum256(b)
		require.Equalf(t, sum, hex.EncodeToString(have[:]), "%s is frozen: new shapes get new files", name)
	}
	require.Greater(t, lines, 100)
}

var named = regexp.MustCompile("`([a-zA-Z0-9_.@-]+(?:/[a-zA-Z0-9_.@*-]+)+/?)`")

// TestDocumentsNameRealFiles checks every path in backquotes of our documents.
func TestDocumentsNameRealFiles(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	checked := 0
	for _, doc := range append(documents, "README.md", "ARCHITECTURE.md", "CHANGELOG.md") {
		b, err := os.ReadFile(doc)
		require.NoError(t, err)
		for _, m := range named.FindAllStringSubmatch(string(b), -1) {
			path := m[1]
			top, _, _ := strings.Cut(path, "/")
			if _, err := os.Stat(top); err != nil || top == "bin" {
				continue // not a path of this tree: a URL path, a media type, a module
			}
			found, err := filepath.Glob(filepath.FromSlash(strings.TrimSuffix(path, "/")))
			require.NoError(t, err)
			require.NotEmptyf(t, found, "%s names %s, which does not exist", doc, path)
			checked++
		}
	}
	require.Greater(t, checked, 10)
}
