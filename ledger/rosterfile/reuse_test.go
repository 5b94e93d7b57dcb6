package rosterfile

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRevisedCodesBothWays: the codes are those that the decoder reads, each once, and no other character has one.
func TestRevisedCodesBothWays(t *testing.T) {
	found := 0
	for r := rune(0x80); r <= 0xFFFF; r++ {
		lead, trail, ok := GB18030Revised(r)
		if !ok {
			continue
		}
		found++
		require.Equal(t, string(r), decoded(t, []byte{lead, trail}))
	}
	require.Equal(t, 19, found)
}

func decoded(t *testing.T, b []byte) string {
	t.Helper()
	dst := make([]byte, 8)
	n, _, err := NewGB18030Decoder().Transform(dst, b, true)
	require.NoError(t, err)
	return string(dst[:n])
}

// TestWorkbookRows: rows of one sheet with what each cell is.
func TestWorkbookRows(t *testing.T) {
	content := rawBook{sheets: []rawSheet{
		{name: "一", rows: texts(1, "a") + `<row r="3">` + inline("A", 3, "'b") + numeric("B", 3, 0, "6.2E+18") + numeric("C", 3, 1, "44561") + numeric("D", 3, 1, "60") +
			`<c r="E3" t="e"><v>#REF!</v></c><c r="F3"><f>1+1</f><v>2</v></c><c r="G3"><f>1+1</f></c></row>`},
		{name: "二", state: "hidden"}, {name: "三", rows: texts(1, "c")},
	}}.bytes(t)
	book, err := OpenWorkbook("表", bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.Equal(t, []string{"一", "三"}, book.Sheets())
	var numbers []int
	var cells [][]SheetCell
	for row, err := range book.Rows("一") {
		require.NoError(t, err)
		numbers, cells = append(numbers, row.Number), append(cells, append([]SheetCell{}, row.Cells...))
	}
	require.Equal(t, []int{1, 3}, numbers)
	require.Equal(t, [][]SheetCell{{{Text: "a"}}, {{Text: "b"}, {Text: "6.2E+18", Number: true}, {Text: "2021-12-31", Number: true, Day: true},
		{Text: "60", Number: true, Day: true}, {Text: "#REF!", Fault: true}, {Text: "2", Number: true, Formula: true}, {Fault: true, Formula: true}}}, cells)
	for row, err := range book.Rows("三") {
		require.NoError(t, err)
		require.Equal(t, "c", row.Cells[0].Text)
	}
	for range book.Rows("没有") {
		t.Fatal("there is no such sheet")
	}
	_, err = OpenWorkbook("表", bytes.NewReader(content[:100]), 100)
	require.ErrorContains(t, err, "import.xlsx-damaged")
}
