package rosterfile

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// TestTemplates: each template is opened by this package without a word, and what is typed into it is read.
func TestTemplates(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(string(k), func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, Template(&b, k))
			f := opened(t, b.Bytes(), Options{Kind: k})
			require.Empty(t, f.Header().Problems)
			require.Empty(t, all(t, f))

			x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
			require.NoError(t, err)
			a := newAliases()
			for i, field := range templateFields(k) {
				style, err := x.GetColStyle("名单", columnLetter(i))
				require.NoError(t, err)
				s, err := x.GetStyle(style)
				require.NoError(t, err)
				require.Equal(t, 49, s.NumFmt, "%s is text", field)
				example := a.specs[field].example
				if k == AccountChange && field == FieldHolder {
					example = "张某"
				}
				require.NoError(t, x.SetCellStr("名单", columnLetter(i)+"2", example))
			}
			var filled bytes.Buffer
			require.NoError(t, x.Write(&filled))
			r := one(t, opened(t, filled.Bytes(), Options{Kind: k}))
			for _, p := range r.Problems {
				require.Fail(t, "an example in the notes is refused", p.String())
			}
			notes, err := x.GetRows(NotesSheet)
			require.NoError(t, err)
			require.Len(t, notes, 3+len(templateFields(k)))
		})
	}
	require.ErrorContains(t, Template(&bytes.Buffer{}, "roster"), "import.kind")
}

// TestTemplateRepeats: the same template has the same bytes.
func TestTemplateRepeats(t *testing.T) {
	var a, b bytes.Buffer
	require.NoError(t, Template(&a, Admission))
	require.NoError(t, Template(&b, Admission))
	require.Equal(t, a.Bytes(), b.Bytes())
}
