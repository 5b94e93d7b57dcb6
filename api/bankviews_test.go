package api

import (
	"context"

	"almoner/domain/bankfile"
	"almoner/ledger"
	"almoner/projections"
)

// instructedLines puts lines that banks were told to pay in the ledger's words.
func instructedLines(lines []projections.InstructedLine, err error) ([]ledger.InstructedLine, error) {
	out := make([]ledger.InstructedLine, len(lines))
	for i, l := range lines {
		out[i] = ledger.InstructedLine{Candidate: l.Candidate, Account: l.Account, AccountRev: l.AccountRev}
	}
	return out, err
}

// InstructedByRef implements ledger.BankViews.
func (v viewsOf) InstructedByRef(ctx context.Context, finance string, refs []string) ([]ledger.InstructedLine, error) {
	return instructedLines(v.Views.InstructedByRef(ctx, finance, refs))
}

// InstructedOf implements ledger.BankViews.
func (v viewsOf) InstructedOf(ctx context.Context, finance string, persons []string) ([]ledger.InstructedLine, error) {
	return instructedLines(v.Views.InstructedOf(ctx, finance, persons))
}

// BankMoves implements ledger.BankViews.
func (v viewsOf) BankMoves(ctx context.Context, file string, from, to int) ([]ledger.RunMove, error) {
	moves, err := v.Views.BankMoves(ctx, file, from, to)
	out := make([]ledger.RunMove, len(moves))
	for i, m := range moves {
		out[i] = ledger.RunMove(m)
	}
	return out, err
}

// Booked implements ledger.BankViews.
func (v viewsOf) Booked(ctx context.Context, file string) (int, error) {
	return v.Views.Booked(ctx, file)
}

// Waiting implements ledger.BankViews.
func (v viewsOf) Waiting(ctx context.Context, finance string) ([]string, error) {
	return v.Views.WaitingBankFiles(ctx, finance)
}

// Unreadable implements ledger.BankViews.
func (v viewsOf) Unreadable(ctx context.Context, finance string, since int64) ([]string, error) {
	return v.Views.UnreadableBankFiles(ctx, finance, since)
}

// RecordedAt implements ledger.BankViews.
func (v viewsOf) RecordedAt(ctx context.Context, file string) (int64, error) {
	f, err := v.Views.BankFile(ctx, file)
	return f.OpenedAt, err
}

// Reconcile implements ledger.BankViews.
func (v viewsOf) Reconcile(ctx context.Context, run string, instruction int) (bankfile.Reconciliation, error) {
	r, err := v.Views.ReconcileInstruction(ctx, run, instruction)
	return r.Reconciliation, err
}
