package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"almoner/accounting"
	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/projections"
)

// books prints one line for each book month of the first town's finance office, and what of it is to be explained.
func (d *demo) books(a *app, y *luoxi) error {
	fmt.Fprintln(a.out, "\n# 2021 各账期：报盘、回盘与结账  instructed, settled, returned, reissued, outstanding by book month")
	for month := time.January; month <= time.December; month++ {
		r, err := d.session.views.Reconciliation(a.ctx, y.finance, demoMonth(2021, month))
		if err != nil {
			return err
		}
		var instructed, settled, returned, reissued, outstanding, refunded domain.Money
		for _, f := range r.Programmes {
			instructed, settled, returned = instructed.Add(f.Instructed), settled.Add(f.Settled), returned.Add(f.Returned)
			reissued, outstanding, refunded = reissued.Add(f.Reissued), outstanding.Add(f.Outstanding), refunded.Add(f.Refunded)
		}
		line := fmt.Sprintf("%s %11s %11s %8s %8s %8s  %s", r.Month, instructed, settled, returned, reissued, outstanding, r.State.Status)
		if !refunded.IsZero() {
			line += fmt.Sprintf("  退款 refunded %s", refunded)
		}
		fmt.Fprintln(a.out, line)
	}
	return nil
}

// returned lists the payments that came back, why, and that they were paid again.
func (d *demo) returned(a *app, y *luoxi) error {
	fmt.Fprintln(a.out, "\n# 退票与重付  payments that came back, and the lines that paid them again")
	all, err := d.session.views.InstructionLines(a.ctx, projections.InstructionFilter{Finance: y.finance, Status: bankfile.LineReturned}, "", 0)
	if err != nil {
		return err
	}
	for _, l := range all.Lines {
		again, err := d.session.views.InstructionLines(a.ctx, projections.InstructionFilter{Person: l.Candidate.Line.Person}, "", 0)
		if err != nil {
			return err
		}
		paid := "未重付 not paid again yet"
		for _, other := range again.Lines {
			if other.Again == l.Candidate.Line.Draw {
				paid = fmt.Sprintf("由 %s 重付 paid again by %s, %s %s", other.Candidate.Line.PayRef, other.Candidate.Line.PayRef, other.Candidate.Line.Amount, other.Status)
			}
		}
		fmt.Fprintf(a.out, "%s  %s  %s  %s\n", l.Candidate.Line.PayRef, l.Candidate.Line.Amount, l.Reason, paid)
	}
	return nil
}

// recovered shows the overpayment that a family paid back.
func (d *demo) recovered(a *app) error {
	fmt.Fprintln(a.out, "\n# 错发与追回  overpayments and what came back of them")
	_, all, _, err := d.session.views.Recoveries(a.ctx, projections.RecoveryFilter{All: true})
	if err != nil {
		return err
	}
	for _, r := range all {
		fmt.Fprintf(a.out, "%s  %s  %s，已收回 got back %s，尚欠 outstanding %s\n", r.FoundOn, r.Cause, r.Amount, r.Returned, r.Outstanding)
	}
	return nil
}

// december reconciles the last month on one page: the checks, and the bank's and the fund's sides.
func (d *demo) december(a *app, y *luoxi) error {
	r, err := d.session.views.Reconciliation(a.ctx, y.finance, domain.MustPeriod("2021-12"))
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n# 2021-12 结账  December's close: %s\n", r.State.Status)
	agree := 0
	for _, check := range r.Checks {
		if check.Agrees() {
			agree++
			continue
		}
		fmt.Fprintf(a.out, "不符 differs: %s %s %s / %s\n", check.Name, check.Part, check.Ours, check.Theirs)
	}
	fmt.Fprintf(a.out, "与银行、资金账核对 checks against bank and fund: %d / %d 相符 agree\n", agree, len(r.Checks))
	for _, row := range r.Variance.Rows {
		fmt.Fprintf(a.out, "%s %s  %d 人 people  %s\n", row.Programme, row.Cause, row.Persons, row.Amount)
	}
	fmt.Fprintf(a.out, "%s 上月 before + 变动 changes = 本月 this month %s\n", r.Variance.Before, r.Variance.This)
	return nil
}

// accounts makes the year's double entry and, where hledger is installed, has hledger check it and compares the bank's balance.
func (d *demo) accounts(a *app, y *luoxi) error {
	book, err := d.session.accounting().Make(a.ctx, accounting.Request{Finance: y.finance, Period: domain.MustPeriod("2021")})
	if err != nil {
		return err
	}
	var journal bytes.Buffer
	if err := book.Journal(&journal); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n# 2021 年记账凭证  the year's double entry: %d 张 vouchers, %d bytes\n", len(book.Vouchers), journal.Len())
	for _, check := range book.Checks {
		fmt.Fprintf(a.out, "%s %s / %s %s\n", check.Name, check.Ours, check.Theirs, agrees(a, check.Agrees()))
	}
	hledger, err := exec.LookPath("hledger")
	if err != nil {
		fmt.Fprintln(a.out, "未安装 hledger，未作外部核对 hledger is not installed: not checked from outside")
		return nil
	}
	ask := func(args ...string) (string, error) {
		ask := exec.CommandContext(a.ctx, hledger, append([]string{"-f", "-"}, args...)...)
		ask.Stdin, ask.Env = bytes.NewReader(journal.Bytes()), append(os.Environ(), "LC_ALL=C.UTF-8")
		said, err := ask.CombinedOutput()
		return strings.TrimSpace(string(said)), err
	}
	if said, err := ask("check", "--strict"); err != nil {
		return fmt.Errorf("hledger check --strict refuses the journal: %w: %s", err, said)
	}
	said, err := ask("balance", "--flat", "--empty", "--no-total", "--format", "%(total)", accounting.Bank)
	if err != nil {
		return fmt.Errorf("hledger balance: %w: %s", err, said)
	}
	ours := book.Balances(domain.MustPeriod("2021-12"))[accounting.Bank].String() + " CNY"
	if said == "0" {
		said = "0.00 CNY"
	}
	fmt.Fprintf(a.out, "hledger check --strict 通过 passes；银行存款 bank balance %s，hledger %s %s\n", ours, said, agrees(a, ours == said))
	return nil
}
