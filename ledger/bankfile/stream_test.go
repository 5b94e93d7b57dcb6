package bankfile

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
)

// lineFile is a return file of many lines that is made while it is read: it takes no memory of its own. Every line has
// the same length, so that any offset can be served.
type lineFile struct {
	lines int
	width int64
}

// makeLine is line i, from 0, of icbc-txt-return.
func makeLine(b []byte, i int) []byte {
	run, line := i/1_000_000, i%1_000_000+1
	result := "成功"
	if i%50 == 0 {
		result = "退票"
	}
	return fmt.Appendf(b, "%07d,622999%012d%d,%s,%d.%02d,%s,%s,,20211215,S%09d\r\n", i+1, i, 7, "张某", 100+i%900, i%100, payrun.PayRef(fmt.Sprint("run", run), line), result, i)
}

func newLineFile(lines int) *lineFile {
	return &lineFile{lines: lines, width: int64(len(makeLine(nil, 0)))}
}

func (f *lineFile) size() int64 { return int64(f.lines) * f.width }

func (f *lineFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= f.size() {
		return 0, io.EOF
	}
	b, first := make([]byte, 0, len(p)+int(2*f.width)), int(off/f.width)
	skip := int(off % f.width)
	for i := first; i < f.lines && len(b)-skip < len(p); i++ {
		b = makeLine(b, i)
	}
	n := copy(p, b[skip:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// perLine is what a line may cost: the mark by which it is known again, with the table's reserve while it grows.
const perLine = 96

// TestMemoryStaysFlat reads 100,000 and a million lines. Keeping the lines would take some 500 bytes each.
func TestMemoryStaysFlat(t *testing.T) {
	sizes := []int{100_000, 1_000_000}
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			file := newLineFile(n)
			rd := altered(t, "icbc-txt-return", "encoding: gb18030", "encoding: utf-8").Read(file, file.size(), Expectation{})
			before, most, i := heap(), uint64(0), 0
			for l, err := range rd.Lines() {
				if err != nil || len(l.Problems) > 0 && l.Result != Returned || l.Line != i+1 {
					t.Fatalf("line %d: %v %v", i+1, err, l.Problems)
				}
				if i++; i%(n/4) == 0 {
					most = max(most, heap())
				}
			}
			s := rd.Summary()
			require.Equal(t, n, s.Lines)
			require.Equal(t, n/50, s.ByResult[Returned].Lines)
			grown := int64(most) - int64(before)
			require.Less(t, grown, int64(n*perLine))
			t.Logf("%d lines of %d MB, the heap grew by %d kB", n, file.size()>>20, grown>>10)
			runtime.KeepAlive(rd)
		})
	}
}

func BenchmarkRead(b *testing.B) {
	const n = 100_000
	file := newLineFile(n)
	content, err := io.ReadAll(io.NewSectionReader(file, 0, file.size()))
	require.NoError(b, err)
	f := shipped(b, "icbc-txt-return")
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		rd := f.Read(bytes.NewReader(content), int64(len(content)), Expectation{})
		for _, err := range rd.Lines() {
			if err != nil {
				b.Fatal(err)
			}
		}
		if rd.Summary().Lines != n {
			b.Fatal(rd.Summary().Lines)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkWrite(b *testing.B) {
	const n = 100_000
	lines := make([]PayLine, n)
	h := Header{Batch: "B1", Date: domain.MustDate("2021-12-15"), Lines: n, PayerName: "财政所", PayerBank: "农商银行"}
	for i := range lines {
		lines[i] = payLine(i + 1)
		h.Total = h.Total.Add(lines[i].Amount)
	}
	for _, id := range outFormats() {
		f := shipped(b, id)
		b.Run(id, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.Write(io.Discard, h, linesOf(lines...)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
