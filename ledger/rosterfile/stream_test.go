package rosterfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// manyRows is what a large file holds; a county has 30,000 people.
const manyRows = 100_000

// maxGrowth is how far the heap may grow while manyRows are read. Keeping the rows would take several times as much.
const maxGrowth = 32 << 20

var manyHeaders = []string{"序号", "姓名", "性别", "身份证号", "村居", "组", "类别", "起领年月", "开户行", "账号", "户名", "备注"}

// manyCells is person i, synthetic, with a valid number and account of their own.
func manyCells(i int) []string {
	birth := domain.MustDate("1930-01-01").AddDays(i / 400)
	sequence := i%400*2 + 101
	return []string{fmt.Sprint(i + 1), "张某某", "男", synthetic(strings.ReplaceAll(birth.String(), "-", ""), sequence), fmt.Sprintf("第%d村", i%20),
		"3组", "双女户", "2021-06", "农商银行", fmt.Sprintf("2030%015d", i), "张某某", "第一批"}
}

func manyText(t testing.TB) []byte {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	fmt.Fprintln(w, strings.Join(manyHeaders, ","))
	for i := range manyRows {
		fmt.Fprintln(w, strings.Join(manyCells(i), ","))
	}
	require.NoError(t, w.Flush())
	return b.Bytes()
}

// manyBook writes the same as a workbook; shared says whether texts are shared, as Excel saves them.
func manyBook(t testing.TB, shared bool) []byte {
	empty := rawBook{sheets: []rawSheet{{name: "名册"}}}
	tt, ok := t.(*testing.T)
	require.True(t, ok)
	z, err := zip.NewReader(bytes.NewReader(empty.bytes(tt)), int64(len(empty.bytes(tt))))
	require.NoError(t, err)
	var table bytes.Buffer
	index := map[string]int{}
	cellOf := func(letter string, row int, s string) string {
		if !shared {
			return inline(letter, row, s)
		}
		i, known := index[s]
		if !known {
			i = len(index)
			index[s] = i
			fmt.Fprintf(&table, "<si><t>%s</t></si>", s)
		}
		return fmt.Sprintf(`<c r="%s%d" t="s"><v>%d</v></c>`, letter, row, i)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(o io.Writer) (io.WriteCloser, error) { return flate.NewWriter(o, flate.BestSpeed) })
	write := func(name string, fill func(io.Writer)) {
		p, err := w.Create(name)
		require.NoError(t, err)
		fill(p)
	}
	write("xl/worksheets/sheet0.xml", func(p io.Writer) {
		fmt.Fprint(p, "<worksheet><sheetData>")
		for i := -1; i < manyRows; i++ {
			cells := manyHeaders
			if i >= 0 {
				cells = manyCells(i)
			}
			row := fmt.Sprintf(`<row r="%d">`, i+2)
			for j, c := range cells {
				row += cellOf(columnLetter(j), i+2, c)
			}
			_, err := io.WriteString(p, row+"</row>")
			require.NoError(t, err)
		}
		fmt.Fprint(p, "</sheetData></worksheet>")
	})
	for _, f := range z.File {
		switch {
		case strings.Contains(f.Name, "sheet0"):
		case strings.Contains(f.Name, "sharedStrings"):
			write(f.Name, func(p io.Writer) { fmt.Fprintf(p, "<sst>%s</sst>", table.Bytes()) })
		default:
			r, err := f.Open()
			require.NoError(t, err)
			write(f.Name, func(p io.Writer) { _, err = io.Copy(p, r); require.NoError(t, err) })
		}
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemoryStaysBounded reads 100,000 rows of each kind of file.
func TestMemoryStaysBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads three large files")
	}
	for name, make := range map[string]func() []byte{
		"text":                   func() []byte { return manyText(t) },
		"workbook, inline texts": func() []byte { return manyBook(t, false) },
		"workbook, shared texts": func() []byte { return manyBook(t, true) },
	} {
		t.Run(name, func(t *testing.T) {
			content := make()
			require.Less(t, len(content), MaxBytes)
			before := heap()
			f := opened(t, content, Options{})
			read, most := 0, uint64(0)
			for r, err := range f.Rows() {
				require.NoError(t, err)
				if !r.OK() || r.Account == "" {
					t.Fatalf("row %d: %v", r.Line, r.Problems)
				}
				if read++; read%25_000 == 0 {
					most = max(most, heap())
				}
			}
			require.Equal(t, manyRows, read)
			require.Equal(t, manyRows, f.Summary().Good)
			require.Less(t, int64(most)-int64(before), int64(maxGrowth))
			t.Logf("%d kB file, heap grew by %d kB", len(content)>>10, (int64(most)-int64(before))>>10)
			runtime.KeepAlive(content)
		})
	}
}

// TestRowLimit: rows that are skipped count too, or a file of totals would never end.
func TestRowLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200,000 rows")
	}
	content := []byte("姓名,身份证号,村居\n" + strings.Repeat("小计,,\n", MaxRows))
	f := opened(t, content, Options{})
	require.Empty(t, all(t, f))
	f = opened(t, append(content, "小计,,\n"...), Options{})
	require.ErrorContains(t, readError(t, f), "import.too-many-rows")
	require.False(t, f.Summary().Complete)
}
