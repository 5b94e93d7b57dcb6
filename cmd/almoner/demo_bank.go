package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/payrun"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

// demoAnswer is what the demo's bank says of the payments to some accounts; of all others it says that they are paid.
type demoAnswer struct {
	result, reason string
}

// bank is what the demo's bank answers, by account.
type demoBank map[string]demoAnswer

// send instructs released runs in one file, which the office takes to the bank, and returns the file's bytes.
func (d *demo) send(ctx context.Context, t *demoTown, runs ...string) ([]byte, error) {
	out, err := d.Instruct(ctx, d.command(t.financeHandler.actor), ledger.InstructRequest{Runs: runs, Format: "plain-csv", Purpose: "惠民补贴（演示）"}, nil)
	if err != nil {
		return nil, fmt.Errorf("instruct: %w", err)
	}
	var file bytes.Buffer
	for _, f := range out.Files {
		if _, err := d.ExportBankFile(ctx, d.command(t.financeHandler.actor), f.ID, "send", &file); err != nil {
			return nil, fmt.Errorf("take file %s to the bank: %w", f.Name, err)
		}
	}
	return file.Bytes(), nil
}

// demoReturnTitles are the columns of the bank's answer.
var demoReturnTitles = []string{"付款附言", "收款账号", "收款户名", "金额", "处理结果", "失败原因", "记账日期", "流水号"}

// answer is what the bank makes of a file: a line for each of its lines. The day of the booking is the next one.
func (d *demo) answer(sent []byte, says demoBank) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(sent, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the bank cannot read the file: %w", err)
	}
	at := map[string]int{}
	for i, title := range rows[0] {
		at[title] = i
	}
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	if err := w.Write(demoReturnTitles); err != nil {
		return nil, err
	}
	booked := d.Today().AddDays(1).String()
	for _, row := range rows[1:] {
		account := strings.TrimSpace(strings.TrimPrefix(row[at["收款账号"]], "'"))
		said, otherwise := says[account]
		if !otherwise {
			said = demoAnswer{result: "成功"}
		}
		d.serial++
		line := []string{row[at["付款附言"]], account, row[at["收款户名"]], row[at["金额"]], said.result, said.reason, booked, fmt.Sprintf("YS%09d", d.serial)}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// receive takes in the bank's answer.
func (d *demo) receive(ctx context.Context, t *demoTown, name string, file []byte) error {
	got, err := d.AddBankFile(ctx, d.command(t.financeHandler.actor), ledger.ReceiveRequest{
		FileName: name, File: bytes.NewReader(file), Size: int64(len(file)), Format: "plain-csv-return",
	}, nil)
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	if got.Seen {
		return fmt.Errorf("add %s: these bytes came before", name)
	}
	return nil
}

// settle takes runs to the bank and back: sent today, answered two days later, and settled.
func (d *demo) settle(ctx context.Context, t *demoTown, back time.Time, says demoBank, runs ...string) error {
	sent, err := d.send(ctx, t, runs...)
	if err != nil {
		return err
	}
	answer, err := d.answer(sent, says)
	if err != nil {
		return err
	}
	d.clock.set(back.Year(), back.Month(), back.Day(), 10)
	if err := d.receive(ctx, t, fmt.Sprintf("HP_%s_%s.csv", t.town, back.Format("20060102")), answer); err != nil {
		return err
	}
	for _, run := range runs {
		if _, err := d.SettlePayrun(ctx, d.command(t.financeHandler.actor), run, false); err != nil {
			return fmt.Errorf("settle run %s: %w", run, err)
		}
	}
	return nil
}

// renewCard gives somebody a new card, as a case that its chain signs.
func (d *demo) renewCard(ctx context.Context, t *demoTown, programme string, r demoRight) (card string, err error) {
	card = t.maker.card()
	id, _, err := d.OpenCase(ctx, d.command(t.handler.actor), ledger.CaseRequest{
		Kind: change.AccountChange, Programme: programme, Office: t.town,
		Row: rosterfile.Row{
			Name: domain.PersonName(r.person.name), Number: r.person.number, Area: r.village.code,
			Bank: r.row["开户行"], Account: domain.AccountNumber(card), Holder: domain.PersonName(r.person.name),
		},
	})
	if err != nil {
		return card, fmt.Errorf("open account change: %w", err)
	}
	return card, d.signAll(ctx, t, ledger.Subject{Kind: ledger.CaseSubject, ID: id}, t.handler)
}

// closeMonth has finance close a book month on its last day.
func (d *demo) closeMonth(ctx context.Context, t *demoTown, month domain.Period) error {
	last := month.Last()
	d.clock.set(last.Year, last.Month, last.Day, 16)
	if err := d.signAll(ctx, t, ledger.Subject{Kind: ledger.MonthSubject, ID: ledger.MonthID(t.finance, month)}, t.financeHandler); err != nil {
		return fmt.Errorf("close %s: %w", month, err)
	}
	return nil
}

// returns are the payments of October that the bank sends back, each for another reason; and one of December.
var demoReturns = []demoAnswer{{"退票", "账户已销户"}, {"退票", "户名不符"}, {"退票", "账户冻结"}}

// pickReturned chooses people whose payments come back. They stay on the roll.
func (y *luoxi) pickReturned() {
	for range len(demoReturns) + 1 {
		y.back = append(y.back, y.takeOne())
	}
}

// toBank takes a month's runs to the bank. In October three payments come back: one is paid again in the same month, the
// others, whose accounts are corrected later, with November's list. In December one comes back and is paid again.
func (y *luoxi) toBank(ctx context.Context, month time.Month, runs []string) error {
	back := time.Date(2021, month, 18, 0, 0, 0, 0, time.UTC)
	says := demoBank{}
	switch month {
	case time.October:
		for i, answer := range demoReturns {
			says[y.back[i].row["账号"]] = answer
		}
	case time.December:
		says[y.back[len(demoReturns)].row["账号"]] = demoReturns[0]
	}
	if err := y.settle(ctx, y.demoTown, back, says, runs...); err != nil {
		return err
	}
	switch month {
	case time.October:
		if err := y.reissue(ctx, month, y.back[0]); err != nil {
			return err
		}
		for _, r := range y.back[1:len(demoReturns)] {
			if _, err := y.renewCard(ctx, y.demoTown, "rural-reward", r); err != nil {
				return err
			}
		}
	case time.December:
		return y.reissue(ctx, month, y.back[len(demoReturns)])
	}
	return nil
}

// reissue corrects an account and pays what came back again (退票重付).
func (y *luoxi) reissue(ctx context.Context, month time.Month, r demoRight) error {
	y.clock.set(2021, month, 22, 9)
	if _, err := y.renewCard(ctx, y.demoTown, "rural-reward", r); err != nil {
		return err
	}
	y.clock.set(2021, month, 23, 9)
	run, err := y.pay(ctx, y.demoTown, "rural-reward", demoMonth(2021, month), payrun.Reissue)
	if err != nil {
		return err
	}
	return y.settle(ctx, y.demoTown, time.Date(2021, month, 25, 0, 0, 0, 0, time.UTC), demoBank{}, run)
}

// payBack: the family of the one who died in May pays back in September what June and July brought.
func (y *luoxi) payBack(ctx context.Context) error {
	y.clock.set(2021, time.September, 10, 9)
	if err := y.session.synced(ctx); err != nil {
		return err
	}
	_, owed, err := y.session.views.Overpayments(ctx, projections.OverpaymentFilter{})
	if err != nil {
		return err
	}
	for _, o := range owed {
		_, err := y.RecordRefund(ctx, y.command(y.financeHandler.actor), ledger.Refund{
			Person: o.Person, Overpayment: o.ID, Amount: o.Outstanding, ReceivedOn: y.Today(), Voucher: "演示退款2021-0001",
		})
		if err != nil {
			return err
		}
	}
	return nil
}
