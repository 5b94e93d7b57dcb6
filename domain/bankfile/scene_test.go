package bankfile

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
)

const run = "r1"

func yuan(s string) domain.Money { return domain.MustMoney(s) }

func january(day int) domain.Date { return domain.MustDate(fmt.Sprintf("2022-01-%02d", day)) }

// instructed is line n of the run, to an account of its own.
func instructed(n int, amount string) Line {
	return Line{
		PayRef: payrun.PayRef(run, n), Run: run, Draw: fmt.Sprintf("draw-%d", n), Person: fmt.Sprintf("person-%d", n),
		Account: fmt.Sprintf("account-%d", n), Amount: yuan(amount), SentAt: 100,
	}
}

// bankLine reads "paid 80.00 S1 24": result, amount, number and day of January, "-" for what the bank does not say. The
// line carries the payRef of line 1 of the run.
func bankLine(t testing.TB, said string) BankLine {
	t.Helper()
	words := strings.Fields(said)
	require.Len(t, words, 4, said)
	b := BankLine{Line: 1, PayRef: payrun.PayRef(run, 1), Result: Result(words[0]), Amount: yuan(words[1])}
	if words[2] != "-" {
		b.Serial = words[2]
	}
	if words[3] != "-" {
		day, err := strconv.Atoi(words[3])
		require.NoError(t, err)
		b.BookedOn = january(day)
	}
	return b
}

// received is the n-th file: it came on day 10 + n.
func received(n int) ReturnFile {
	return ReturnFile{ID: fmt.Sprintf("file-%02d", n), ReceivedOn: january(10 + n), Position: int64(200 + n)}
}

func book(t testing.TB, lines ...Line) *Book {
	t.Helper()
	var candidates []Candidate
	for _, l := range lines {
		candidates = append(candidates, Candidate{Line: l})
	}
	b, err := NewBook(candidates)
	require.NoError(t, err)
	return b
}

// sums writes buckets shortly: settled/returned/outstanding, and what is beyond and early where there is any.
func sums(b Buckets) string {
	s := fmt.Sprintf("%v/%v/%v", b.Settled, b.Returned, b.Outstanding)
	if !b.Beyond.IsZero() {
		s += " beyond " + b.Beyond.String()
	}
	if !b.Early.IsZero() {
		s += " early " + b.Early.String()
	}
	return s
}

func kinds(contradictions []Contradiction) []ContradictionKind {
	var all []ContradictionKind
	for _, c := range contradictions {
		all = append(all, c.Kind)
	}
	return all
}

// refused requires a refusal by a rule, with a next step.
func refused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var r *domain.RefusedError
	require.ErrorAs(t, err, &r)
	require.Equal(t, rule, r.Rule)
	require.ErrorIs(t, err, kind)
	require.NotEmpty(t, r.Next)
}
