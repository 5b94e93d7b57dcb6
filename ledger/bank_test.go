package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
)

// TestRunThroughTheBank takes one run to the bank and back with a line of every class.
func TestRunThroughTheBank(t *testing.T) {
	s := newBankScene(t, 12, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	told := s.instructed(run)
	lines := s.toBank(told)
	require.Len(t, lines, 12)
	s.clock.set(domain.MustDate("2022-01-18"))

	short, over := lines[1], lines[2]
	short.amount, over.amount = "79.99", "80.01"
	first := s.received(
		lines[0].answers("成功", "2022-01-15", "S1"),
		short.answers("成功", "2022-01-15", "S2"),
		over.answers("成功", "2022-01-15", "S3"),
		lines[3].answers("退票", "2022-01-15", ""),
		lines[4].answers("成功", "2022-01-15", "S5"), lines[4].answers("成功", "2022-01-16", "S5b"), // paid twice
		lines[5].answers("成功", "2022-01-15", "S6"), lines[5].answers("成功", "2022-01-15", "S6"), // said twice
		lines[6].answers("成功", "2022-01-15", "S7"), lines[6].answers("冲正", "2022-01-16", "R7"),
		answer{ref: "P000000000000000", account: lines[7].account, amount: "80.00", result: "成功", day: "2022-01-15"}, // damaged: by account
		answer{account: countyCard(999), amount: "80.00", result: "成功", day: "2022-01-15"},
		answer{ref: lines[8].ref, account: countyCard(998), amount: "80.00", result: "成功", day: "2022-01-15"},
		answer{ref: payrun.PayRef("nobody's run", 3), account: lines[9].account, amount: "80.00", result: "成功", day: "2022-01-15"},
	)
	require.Equal(t, bank.StatusClassified, first.State.Status)
	require.True(t, first.State.Done)
	require.Equal(t, []string{
		"matched", "under-amount", "over-amount", "returned", "matched", "paid-twice", "matched", "duplicate-line", "matched", "reversed", "matched",
		"unknown no-line", "unknown account-differs", "unknown reference-elsewhere",
	}, s.classes(first.BankFile))
	for i, want := range []bank.LineStatus{
		bank.LineSettled, bank.LineSettled, bank.LineSettled, bank.LineReturned, bank.LineSettled, bank.LineSettled, bank.LineReturned, bank.LineSettled,
		bank.LinePending, bank.LinePending, bank.LinePending, bank.LinePending,
	} {
		require.Equal(t, want, s.line(lines[i].ref).Status, "line %d", i+1)
	}
	r := s.foots(run)
	require.Equal(t, "960.00", r.Total.Instructed.String())
	require.Equal(t, "479.99", r.Total.Settled.String())
	require.Equal(t, "160.00", r.Total.Returned.String())
	require.Equal(t, "320.01", r.Total.Outstanding.String())
	require.Equal(t, "80.01", r.Total.Beyond.String())

	// The people's own streams say the same.
	returned := s.line(lines[3].ref)
	fold, err := s.views.PersonFold(s.ctx, returned.Candidate.Line.Person)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(fold.State.Undone, func(u beneficiary.UndoneDraw) bool { return u.Draw == returned.Candidate.Line.Draw }))
	twice, err := s.views.PersonFold(s.ctx, s.line(lines[4].ref).Candidate.Line.Person)
	require.NoError(t, err)
	require.Len(t, twice.State.Overpayments, 1)
	require.Equal(t, "80.00", twice.State.Overpayments[0].Outstanding().String())

	// The same bytes under another name change nothing and say what they are.
	again, err := s.ledger.AddBankFile(s.ctx, s.next(financeHead), receiving("renamed.csv", slices.Clone(returnFile())), nil)
	require.NoError(t, err)
	require.NotEqual(t, first.BankFile, again.BankFile, "an empty file is another file")
	require.Equal(t, bank.StatusClassified, again.State.Status)
	before := s.ledger.Last()
	same, err := s.ledger.AddBankFile(s.ctx, s.next(financeHead), receiving("改名.csv", returnFile()), nil)
	require.NoError(t, err)
	require.True(t, same.Seen)
	require.Equal(t, again.BankFile, same.BankFile)
	require.Equal(t, before, s.ledger.Last(), "nothing was written")

	// The rest is answered; settling needs every answer, or somebody who gives the rest up.
	_, err = s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
	refuses(t, err, "payrun.unanswered")
	rest := []answer{{ref: lines[1].ref, account: lines[1].account, amount: "0.01", result: "成功", day: "2022-01-19", serial: "S2b"}}
	for i := 8; i < 12; i++ {
		rest = append(rest, lines[i].answers("成功", "2022-01-19", fmt.Sprint("T", i)))
	}
	s.clock.set(domain.MustDate("2022-01-20"))
	second := s.received(rest...)
	require.Equal(t, []string{"matched", "matched", "matched", "matched", "matched"}, s.classes(second.BankFile))
	_, err = s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
	require.NoError(t, err)
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(t, err)
	require.Equal(t, payrun.Bank{Returned: domain.Yuan(160), Settled: domain.Yuan(800)}, state.Bank)
	s.foots(run)
}
