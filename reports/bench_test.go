package reports_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/reports"
)

// benchLines is a county.
const benchLines = 30_000

// BenchmarkPayList makes the pay list of a county of 30,000 lines in both forms; the history is written once.
func BenchmarkPayList(b *testing.B) {
	w := newTown(b)
	w.bulk = true
	persons := make([]string, benchLines)
	for i := range persons {
		persons[i] = fmt.Sprintf("p%05d", i)
		w.enrol(persons[i], "样例人员", village1, "one-girl", domain.CitizenNumber("340523195503011022"))
	}
	w.flush()
	w.bulk = false
	w.run("run-1", persons...)
	m := w.maker()
	for _, f := range []reports.Format{reports.XLSX, reports.HTML} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				made, err := m.Make(b.Context(), reports.Request{Kind: reports.PayList, Run: "run-1"}, "", f)
				require.NoError(b, err)
				require.GreaterOrEqual(b, made.Rows, benchLines)
				_, err = made.WriteTo(io.Discard)
				require.NoError(b, err)
				b.ReportMetric(float64(made.Size), "bytes/report")
				require.NoError(b, made.Close())
			}
		})
	}
}
