package rosterfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocs holds the tables of docs/import.md equal to the tables of this package. With UPDATE_DOCS=1 it writes them.
func TestDocs(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "import.md")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	want := string(content)
	for section, table := range map[string]string{"columns": columnsTable(), "kinds": kindsTable(), "reasons": reasonsTable(), "limits": limitsTable()} {
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
	require.True(t, want == string(content), "docs/import.md differs from the tables; "+"run the tests of this package once with UPDATE_DOCS=1")
}

func columnsTable() string {
	var b strings.Builder
	b.WriteString("| 项目 field | 可用表头 accepted headers | 单元格 cell | 示例 example（虚构） | note |\n|---|---|---|---|---|\n")
	for _, s := range fieldTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", s.field, strings.Join(s.headers, "、"), s.form, s.example, s.english)
	}
	return b.String()
}

func kindsTable() string {
	a := newAliases()
	var b strings.Builder
	b.WriteString("| 名单 kind | 必须有的列 required columns |\n|---|---|\n")
	for _, k := range Kinds() {
		var need []string
		for _, f := range k.required() {
			need = append(need, a.label(f))
		}
		fmt.Fprintf(&b, "| `%s` %s | %s |\n", k, k.label(), strings.Join(need, "、"))
	}
	return b.String()
}

func reasonsTable() string {
	var b strings.Builder
	b.WriteString("| code | 可填 accepted words |\n|---|---|\n")
	for _, w := range exitReasons() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", w.code, strings.Join(w.words, "、"))
	}
	return b.String()
}

func limitsTable() string {
	return fmt.Sprintf("| 限制 limit | |\n|---|---|\n| 文件大小 bytes of a file | %d |\n| 行数 rows | %d |\n| 列数 columns | %d |\n| 每格字符 characters in a cell | %d |\n| 表头所在行 header within the first rows | %d |\n| 子女 children in a row | %d |\n",
		MaxBytes, MaxRows, MaxColumns, MaxCellCharacters, HeaderWithin, maxChildren)
}
