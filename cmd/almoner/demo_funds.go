package main

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/ledger"
)

// fund brings in the money for a submitted run, as the field does: the town asks (拨款报告) before the county signs the run,
// three sign the request, each level grants its share by a document, the money arrives, and finance sets it aside for the
// run. Document numbers and vouchers are made up and say so.
func (d *demo) fund(ctx context.Context, t *demoTown, run string) error {
	request, _, err := d.RequestFund(ctx, d.command(t.handler.actor), run)
	if err != nil {
		return fmt.Errorf("request money: %w", err)
	}
	if err := d.signAll(ctx, t, ledger.Subject{Kind: ledger.FundSubject, ID: request}, t.handler); err != nil {
		return err
	}
	s, err := d.FundRequest(ctx, request)
	if err != nil {
		return err
	}
	asked := s.Requested
	for i, amount := range shareOut(asked) {
		if amount.IsZero() {
			continue
		}
		if err := d.bringIn(ctx, t, asked, asked.Shares[i].Level, amount); err != nil {
			return fmt.Errorf("money of the %s: %w", asked.Shares[i].Level, err)
		}
	}
	if _, err := d.CommitFund(ctx, d.command(t.financeHandler.actor), run); err != nil {
		return fmt.Errorf("set money aside: %w", err)
	}
	return nil
}

// shareOut divides what is asked for as the need is divided.
func shareOut(asked fund.Requested) []domain.Money {
	weights := make([]int64, len(asked.Shares))
	for i, share := range asked.Shares {
		weights[i] = share.Weight
	}
	if len(weights) == 0 {
		return nil
	}
	return asked.Amount.Split(weights)
}

// bringIn records one level's grant and its arrival.
func (d *demo) bringIn(ctx context.Context, t *demoTown, asked fund.Requested, level string, amount domain.Money) error {
	d.vouchers++
	id, _, err := d.AppropriateFund(ctx, d.command(t.financeHandler.actor), ledger.FundGrant{
		Programme: asked.Programme, Year: asked.Year, Amount: amount, IssuedOn: d.Today(), Level: level, Request: asked.Request,
		Document: fmt.Sprintf("演示财指〔%d〕%d号", asked.Year, d.vouchers),
	})
	if err != nil {
		return err
	}
	_, err = d.ReceiveFund(ctx, d.command(t.financeHandler.actor), ledger.FundMoney{
		Fund: id, Amount: amount, On: d.Today(), Level: level, Voucher: fmt.Sprintf("演示凭证%d-%04d", asked.Year, d.vouchers),
	})
	return err
}
