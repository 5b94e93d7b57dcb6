package rosterfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCell: a problem that is found after reading points at the cell as well as one found while reading.
func TestCell(t *testing.T) {
	r := rowWith(t, Options{}, "账号", "6217000000000000004", "户名", "", "申报日期", "2021-01-10",
		"子女1姓名", "张小某", "子女1身份证号", childC, "子女2姓名", "张小二", "子女2身份证号", childD)
	account := r.Cell(FieldAccount)
	require.Equal(t, "账号", account.Column)
	require.NotEmpty(t, account.Letter)
	require.Equal(t, "621700****0004", account.Value, "masked")
	require.Equal(t, account, r.Cell(FieldHolder, FieldAccount), "the first that is filled in")
	require.Equal(t, Cell{"申报日期", r.Cell(FieldAppliedOn).Letter, "2021-01-10"}, r.Cell(FieldAppliedOn), "no personal data")
	holder := r.Cell(FieldHolder)
	require.NotEmpty(t, holder.Letter)
	require.Empty(t, holder.Value)
	require.Equal(t, Cell{Column: "监护人"}, r.Cell(FieldGuardian, FieldGuardianNumber), "the header to add")

	require.Equal(t, "子女1身份证号", r.Cell(FieldChildNumber).Column)
	require.Equal(t, "子女1身份证号", r.ChildCell(0, FieldChildNumber).Column)
	second := r.ChildCell(1, FieldChildNumber)
	require.Equal(t, "子女2身份证号", second.Column)
	require.Equal(t, childD[:6]+"****"+childD[14:], second.Value)
	require.Equal(t, "子女1身份证号", r.ChildCell(7, FieldChildNumber).Column, "no such child")

	several := rowWith(t, Options{}, "子女身份证号", childC+"、"+childD)
	require.Equal(t, "子女身份证号", several.ChildCell(1, FieldChildNumber).Column)
	require.NotContains(t, several.ChildCell(1, FieldChildNumber).Value, childD)

	form := r.Detached()
	require.Zero(t, form.Line)
	require.Equal(t, Cell{Column: "账号", Value: account.Value}, form.Cell(FieldAccount))
	require.Equal(t, account, r.Cell(FieldAccount), "the row itself stays where it is")
	require.Zero(t, Row{}.Cell(FieldAccount))
	require.Zero(t, r.Cell())
}

// TestProblemsOfOneChildNameItsColumn: with a column for each child, the one at fault is named.
func TestProblemsOfOneChildNameItsColumn(t *testing.T) {
	r := rowWith(t, Options{}, "子女1姓名", "张小某", "子女1身份证号", childC, "子女2姓名", "张小二", "子女2身份证号", childC)
	require.Equal(t, "子女2身份证号", find(t, r.Problems, "import.child-twice").Column)
	r = rowWith(t, Options{}, "子女1姓名", "张小某", "子女1身份证号", childC, "子女2姓名", "张小二", "子女2身份证号", manB)
	require.Equal(t, "子女2身份证号", find(t, r.Problems, "import.child-older").Column)
}

func TestProblemString(t *testing.T) {
	p := Problem{Sheet: "一", Line: 3, Column: "账号", Letter: "C", Value: "6***", Rule: "import.x", Message: "不对。", Remedy: "改。"}
	require.Equal(t, "工作表「一」第 3 行 C 列「账号」（值：6***）：不对。处理办法：改。 [import.x]", p.String())
	p.Sheet, p.Letter, p.Value = "", "", ""
	require.Equal(t, "第 3 行「账号」：不对。处理办法：改。 [import.x]", p.String(), "a column that the file lacks")
}
