package codec

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every EventType method in the source of domain names a type of the table, and the other way round.
func TestTheTableHoldsEveryEventType(t *testing.T) {
	declared := map[string]string{}
	files, err := filepath.Glob("../*/event.go")
	require.NoError(t, err)
	require.Greater(t, len(files), 15)
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range tree.Decls {
			method, ok := d.(*ast.FuncDecl)
			if !ok || method.Name.Name != "EventType" {
				continue
			}
			result := method.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
			name, err := strconv.Unquote(result.Value)
			require.NoError(t, err)
			require.NotContains(t, declared, name, "two event types of one name")
			declared[name] = tree.Name.Name + "." + method.Recv.List[0].Type.(*ast.Ident).Name
		}
	}
	seen := map[string]bool{}
	for _, info := range Types() {
		require.Equal(t, declared[info.Name], info.Go.String(), info.Name)
		require.False(t, seen[info.Name], "%s stands in the table twice", info.Name)
		seen[info.Name] = true
	}
	for name := range declared {
		require.Contains(t, seen, name, "the table lacks it")
	}
}

func TestEveryTypeIsWellMade(t *testing.T) {
	for _, info := range Types() {
		require.True(t, isType(info.Name), info.Name)
		require.Equal(t, info.Family, info.Name[:strings.Index(info.Name, ".")], "a type is named after its streams")
		require.Len(t, info.Upcasters, info.Schema-1, info.Name)
		c, err := coderOf(info.Go)
		require.NoError(t, err, info.Name)
		require.False(t, c.personal, "%s would write personal data in clear", info.Name)
		require.Equal(t, reflect.Struct, info.Go.Kind())
		checkSeals(t, info.Go, info.Name)
	}
}

// checkSeals holds every field marked seal to its rules: a pointer to a struct, not written in clear, with a key id beside it.
func checkSeals(t *testing.T, typ reflect.Type, path string) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || strings.HasPrefix(typ.String(), "domain.") {
		return
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		at := path + "." + f.Name
		kid := f.Tag.Get("seal")
		if kid == "" {
			if f.Tag.Get("json") == "-" {
				require.Equal(t, "On", f.Name, "%s is neither stored nor sealed, nor the effective day that the envelope stores", at)
				require.Equal(t, 2, strings.Count(at, "."), "%s: only the event itself has an effective day", at)
				continue
			}
			checkSeals(t, f.Type, at)
			continue
		}
		require.Equal(t, "-", f.Tag.Get("json"), at)
		require.Equal(t, reflect.Pointer, f.Type.Kind(), at)
		require.Equal(t, reflect.Struct, f.Type.Elem().Kind(), at)
		named, ok := typ.FieldByName(kid)
		require.True(t, ok, "%s: there is no field %s", at, kid)
		require.Equal(t, reflect.String, named.Type.Kind(), at)
		_, err := coderOf(f.Type)
		require.NoError(t, err, at)
	}
}

func TestStreamsOfTheSamplesAreTheirFamilies(t *testing.T) {
	for _, s := range samples() {
		info, ok := Lookup(s.event.EventType())
		require.True(t, ok)
		require.NoError(t, info.checkStream(s.stream))
	}
	created, _ := Lookup("ledger.created")
	claimed, _ := Lookup("slot.claimed")
	require.Error(t, created.checkStream("ledger-2"), "there is one stream of the ledger itself")
	require.Error(t, claimed.checkStream("slot"))
	require.Error(t, claimed.checkStream("slots-1"))
	_, ok := Lookup("slot.conjured")
	require.False(t, ok)
}
