package bankfile

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReconcile takes one line through each state and lists what there is to explain.
func TestReconcile(t *testing.T) {
	var lines []Line
	for n := range 9 {
		lines = append(lines, instructed(n+1, "80.00"))
	}
	lines[8].Missing = true
	b := book(t, lines...)
	said := func(n int, what string) BankLine {
		l := bankLine(t, what)
		l.PayRef = lines[n-1].PayRef
		return l
	}
	unknown := bankLine(t, "paid 12.34 S9 5")
	unknown.PayRef = ""
	read := sheet{file: received(1), lines: []BankLine{
		said(1, "paid 80.00 S1 5"),
		said(2, "returned 80.00 S2 5"),
		said(3, "paid 79.99 S3 5"),
		said(4, "paid 80.00 S4 5"), said(4, "paid 80.00 S5 5"),
		said(5, "returned 80.00 S6 5"), said(5, "paid 80.00 S7 6"),
		said(6, "reversed 80.00 S8 5"),
		said(7, "paid 30.00 SA 5"), said(7, "returned 50.00 SB 5"),
		unknown,
	}}
	for i := range read.lines {
		read.lines[i].Line = i + 1
	}
	page, _ := pageOf(b, read)
	r := Reconcile(b.Lines(), []Classified{page})

	require.Equal(t, 9, r.Lines)
	require.Equal(t, "720.00", r.Total.Instructed.String())
	require.Equal(t, "349.99/210.00/160.01 beyond 80.00 early 80.00", sums(r.Total))
	require.True(t, r.Balanced())
	require.Equal(t, 3, r.Unanswered(), "pending, missing and one fen short")

	var byStatus, byClass, differences []string
	for _, s := range r.Statuses {
		byStatus = append(byStatus, fmt.Sprintf("%s %d %s", s.Status, s.Lines, sums(s.Buckets)))
	}
	require.Equal(t, []string{
		"pending 1 0.00/0.00/80.00",
		"settled 5 349.99/50.00/0.01 beyond 80.00",
		"returned 2 0.00/160.00/0.00 early 80.00",
		"missing 1 0.00/0.00/80.00",
	}, byStatus)
	for _, c := range r.Classes {
		byClass = append(byClass, fmt.Sprintf("%s %d late %d %v", c.Class, c.Lines, c.Late, c.Amount))
	}
	require.Equal(t, []string{
		"matched 3 late 1 240.00", "returned 3 late 0 210.00", "under-amount 2 late 0 109.99", "over-amount 0 late 0 0.00",
		"paid-twice 1 late 0 80.00", "duplicate-line 0 late 0 0.00", "unknown 1 late 0 12.34", "reversed 1 late 0 80.00",
	}, byClass)
	for _, d := range r.Differences {
		text := fmt.Sprintf("%s %v %s", d.Cause, d.Amount, d.Draw)
		switch {
		case d.Contradiction != nil:
			text += " " + string(d.Contradiction.Kind)
		case d.Cause == CauseUnknown:
			text += fmt.Sprintf(" %s:%d %s", d.BankFile, d.BankLine, d.Reason)
		}
		differences = append(differences, text)
	}
	require.Equal(t, []string{
		"returned 80.00 draw-2",
		"short 0.01 draw-3",
		"beyond 80.00 draw-4",
		"late 80.00 draw-5", "contradiction 0.00 draw-5 returned-and-paid",
		"returned 80.00 draw-6", "early 80.00 draw-6", "contradiction 0.00 draw-6 reversed-not-paid",
		"returned 50.00 draw-7", "contradiction 0.00 draw-7 paid-and-returned", "contradiction 0.00 draw-7 returned-unevenly",
		"pending 80.00 draw-8",
		"missing 80.00 draw-9",
		"unknown 12.34  file-01:11 no-reference",
	}, differences)

	for _, spoil := range []func(*Reconciliation){
		func(r *Reconciliation) { r.Total.Settled = r.Total.Settled.Add(yuan("0.01")) },
		func(r *Reconciliation) { r.Total.Beyond = yuan("79.99") },
		func(r *Reconciliation) { r.Differences = r.Differences[1:] },
	} {
		wrong := Reconcile(b.Lines(), []Classified{page})
		spoil(&wrong)
		require.False(t, wrong.Balanced())
	}
	require.True(t, NewReconciliation().Balanced())
}
