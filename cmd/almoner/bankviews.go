package main

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
func (v ledgerViews) InstructedByRef(ctx context.Context, finance string, refs []string) ([]ledger.InstructedLine, error) {
	return instructedLines(v.views.InstructedByRef(ctx, finance, refs))
}

// InstructedOf implements ledger.BankViews.
func (v ledgerViews) InstructedOf(ctx context.Context, finance string, persons []string) ([]ledger.InstructedLine, error) {
	return instructedLines(v.views.InstructedOf(ctx, finance, persons))
}

// BankMoves implements ledger.BankViews.
func (v ledgerViews) BankMoves(ctx context.Context, file string, from, to int) ([]ledger.RunMove, error) {
	moves, err := v.views.BankMoves(ctx, file, from, to)
	out := make([]ledger.RunMove, len(moves))
	for i, m := range moves {
		out[i] = ledger.RunMove(m)
	}
	return out, err
}

// Booked implements ledger.BankViews.
func (v ledgerViews) Booked(ctx context.Context, file string) (int, error) {
	return v.views.Booked(ctx, file)
}

// Waiting implements ledger.BankViews.
func (v ledgerViews) Waiting(ctx context.Context, finance string) ([]string, error) {
	return v.views.WaitingBankFiles(ctx, finance)
}

// Unreadable implements ledger.BankViews.
func (v ledgerViews) Unreadable(ctx context.Context, finance string, since int64) ([]string, error) {
	return v.views.UnreadableBankFiles(ctx, finance, since)
}

// RecordedAt implements ledger.BankViews.
func (v ledgerViews) RecordedAt(ctx context.Context, file string) (int64, error) {
	f, err := v.views.BankFile(ctx, file)
	return f.OpenedAt, err
}

// Reconcile implements ledger.BankViews.
func (v ledgerViews) Reconcile(ctx context.Context, run string, instruction int) (bankfile.Reconciliation, error) {
	r, err := v.views.ReconcileInstruction(ctx, run, instruction)
	return r.Reconciliation, err
}
