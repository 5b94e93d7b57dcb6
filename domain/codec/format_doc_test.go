package codec

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

const (
	formatDoc   = "../../docs/event-format.md"
	eventsBegin = "<!-- events: written by domain/codec/format_doc_test.go from the Go types; do not edit -->"
	eventsEnd   = "<!-- end of events -->"
)

// TestDocumentationListsEveryEvent holds the generated part of docs/event-format.md to the Go types.
func TestDocumentationListsEveryEvent(t *testing.T) {
	page, err := os.ReadFile(formatDoc)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(page), eventsBegin)
	require.True(t, ok, "docs/event-format.md lost the mark where the events begin")
	_, after, ok := strings.Cut(rest, eventsEnd)
	require.True(t, ok, "docs/event-format.md lost the mark where the events end")
	frozen(t, formatDoc, []byte(before+eventsBegin+"\n\n"+newCatalogue(t).events()+eventsEnd+after))
}

// catalogue writes what the types say of themselves, with their doc comments.
type catalogue struct {
	t        testing.TB
	comments map[string]string   // "payrun.Line", "payrun.Line.Amount"
	values   map[string][]string // the constants of a closed set, by type
	parts    []reflect.Type      // structs met inside events, in order of first use
}

func newCatalogue(t testing.TB) *catalogue {
	c := &catalogue{t: t, comments: map[string]string{}, values: map[string][]string{}}
	files, err := filepath.Glob("../*/*.go")
	require.NoError(t, err)
	own, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	for _, file := range append(files, own...) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range tree.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				c.collect(tree.Name.Name, g)
			}
		}
	}
	return c
}

func (c *catalogue) collect(pkg string, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			name := pkg + "." + s.Name.Name
			c.comments[name] = sentence(cmp.Or(s.Doc.Text(), g.Doc.Text()))
			if body, ok := s.Type.(*ast.StructType); ok {
				for _, f := range body.Fields.List {
					for _, id := range f.Names {
						c.comments[name+"."+id.Name] = sentence(cmp.Or(f.Comment.Text(), f.Doc.Text()))
					}
				}
			}
		case *ast.ValueSpec:
			id, ok := s.Type.(*ast.Ident)
			if g.Tok != token.CONST || !ok || len(s.Values) != 1 {
				continue
			}
			if literal, ok := s.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(c.t, err)
				c.values[pkg+"."+id.Name] = append(c.values[pkg+"."+id.Name], value)
			}
		}
	}
}

// sentence makes a comment fit a table's cell.
func sentence(comment string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(comment), " "), "|", "\\|")
}

func (c *catalogue) events() string {
	var b strings.Builder
	family := ""
	for _, info := range Types() {
		if info.Family != family {
			family = info.Family
			stream := "`" + family + "-…`"
			if family == "ledger" {
				stream = "`ledger`, which there is one of"
			}
			fmt.Fprintf(&b, "### Stream %s\n\n", stream)
		}
		fmt.Fprintf(&b, "#### `%s`\n\n%s", info.Name, paragraph(c.comments[info.Go.String()]))
		if info.Schema > 1 {
			fmt.Fprintf(&b, "Schema %d.\n\n", info.Schema)
		}
		c.table(&b, info.Go)
	}
	b.WriteString("### Parts\n\nObjects that stand inside events and inside sealed data.\n\n")
	for i := 0; i < len(c.parts); i++ { // a part may bring others with it
		fmt.Fprintf(&b, "#### %s\n\n%s", c.parts[i], paragraph(c.comments[c.parts[i].String()]))
		c.table(&b, c.parts[i])
	}
	return b.String()
}

func paragraph(s string) string {
	if s == "" {
		return ""
	}
	return s + "\n\n"
}

type row struct{ key, kind, optional, meaning string }

func (c *catalogue) table(b *strings.Builder, t reflect.Type) {
	rows := c.rows(t)
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Compare(x.key, y.key) })
	b.WriteString("| key | type | optional | meaning |\n|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", r.key, r.kind, r.optional, r.meaning)
	}
	b.WriteString("\n")
}

func (c *catalogue) rows(t reflect.Type) []row {
	var rows []row
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		meaning := c.comments[t.String()+"."+f.Name]
		switch {
		case f.Tag.Get("seal") != "":
			kid, _ := t.FieldByName(f.Tag.Get("seal"))
			key, _, _ := strings.Cut(kid.Tag.Get("json"), ",")
			rows = append(rows, row{"*sealed*", c.kind(f.Type) + ", under the key that `" + key + "` names", "yes", meaning})
		case tag == "-":
		case f.Anonymous && tag == "":
			rows = append(rows, c.rows(f.Type)...)
		default:
			key, option, _ := strings.Cut(tag, ",")
			r := row{key: "`" + key + "`", kind: c.kind(f.Type), meaning: meaning}
			if option != "" {
				r.optional = "yes"
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func (c *catalogue) kind(t reflect.Type) string {
	if values := c.values[t.String()]; len(values) > 0 && t.Kind() == reflect.String {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = "`" + v + "`"
		}
		return "one of " + strings.Join(quoted, ", ")
	}
	switch t {
	case reflect.TypeFor[domain.Money](), reflect.TypeFor[domain.Date](), reflect.TypeFor[domain.Period](), reflect.TypeFor[domain.AreaCode](), reflect.TypeFor[Instant]():
		return map[string]string{"Money": "money", "Date": "date", "Period": "period", "AreaCode": "area code", "Instant": "instant"}[t.Name()]
	}
	switch t.Kind() {
	case reflect.Pointer:
		return c.kind(t.Elem())
	case reflect.Slice:
		return "list of " + c.kind(t.Elem())
	case reflect.Map:
		return "object of " + c.kind(t.Elem())
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int64:
		return "integer"
	}
	require.Equal(c.t, reflect.Struct, t.Kind(), "no words for %v", t)
	if !slices.Contains(c.parts, t) {
		c.parts = append(c.parts, t)
	}
	return "[" + t.String() + "](#" + strings.ToLower(strings.ReplaceAll(t.String(), ".", "")) + ")"
}
