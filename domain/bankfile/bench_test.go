package bankfile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// BenchmarkRead classifies a file of 100,000 lines page by page, as a caller does who looks up the lines of each page.
func BenchmarkRead(b *testing.B) {
	const lines = 100_000
	instruction, file := make([]Candidate, lines), make([]BankLine, lines)
	for i := range lines {
		instruction[i] = Candidate{Line: instructed(i+1, "80.00")}
		file[i] = BankLine{Line: i + 1, PayRef: instruction[i].Line.PayRef, Account: instruction[i].Line.Account, Amount: domain.Yuan(80), Result: ResultPaid, Serial: "S", BookedOn: january(5)}
	}
	for b.Loop() {
		matched := 0
		for from := 0; from < lines; from += MaxPage {
			to := min(from+MaxPage, lines)
			page, err := NewBook(instruction[from:to])
			require.NoError(b, err)
			for _, l := range file[from:to] {
				if page.Read(received(1), l).Classified.Class == Matched {
					matched++
				}
			}
		}
		require.Equal(b, lines, matched)
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
