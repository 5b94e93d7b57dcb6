package ledger_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// writer plays the script on a ledger. acknowledge is told of everything that a call returned.
type writer struct {
	*county
	ctx         context.Context
	acknowledge func(format string, args ...any)
}

// month plays one month, from 0: people enter, those of three months ago turn out to have died in the month before last, and the
// town is paid. Every command's id follows from the month, so a month that was interrupted is simply played again.
func (w writer) month(m int) error {
	month := domain.MustPeriod("2022-01").Add(m)
	w.clock.set(month.First().AddDays(4))
	id := func(what string) string { return fmt.Sprintf("month-%03d-%s", m, what) }
	if err := w.roster(id("enter"), rosterfile.Admission, crashEntries(m)); err != nil {
		return err
	}
	if m >= 3 {
		if err := w.roster(id("leave"), rosterfile.Exit, crashExits(m-3, month.Add(-2))); err != nil {
			return err
		}
	}
	if m%4 == 1 {
		if err := w.cancelled(id("cancelled"), month); err != nil {
			return err
		}
	}
	run, err := w.prepared(id("run"), month, payrun.Regular)
	if err != nil {
		return err
	}
	if m%3 == 2 {
		if err := w.sentBack(id("back"), run); err != nil {
			return err
		}
	}
	if err := w.released(id("run-again"), run); err != nil {
		return err
	}
	if m%4 == 2 {
		if err := w.stopped(id("stop"), run, month); err != nil {
			return err
		}
	}
	w.acknowledge("month %d\n", m)
	return nil
}

func (w writer) outcome(command string, out ledger.Outcome, err error) error {
	if err != nil {
		return fmt.Errorf("command %s: %w", command, err)
	}
	for _, e := range out.Events {
		w.acknowledge("event %s %d %s %s\n", e.Stream, e.Revision, e.ID, signoff.Hex(e.Leaf))
	}
	return nil
}

// roster hands in a list and has both steps signed: the last signature carries its effects out.
func (w writer) roster(command string, kind rosterfile.Kind, file []byte) error {
	handler := handlerOf(north)
	done, err := w.ledger.CommitImport(w.ctx, ledger.Command{Actor: handler, ID: command}, ledger.ImportRequest{
		Actor: handler, Programme: programme, Office: north, Kind: kind, FileName: command + ".csv", File: bytes.NewReader(file), Size: int64(len(file)),
	}, false, nil)
	if err != nil {
		return fmt.Errorf("import %s: %w (%v)", command, err, done.Plan.Problems)
	}
	w.acknowledge("import %s %s %d\n", done.Import, done.Root, done.Accepted)
	return w.sign(command, ledger.Subject{Kind: ledger.ImportSubject, ID: done.Import})
}

// sign gives both signatures of a subject; those given before the writer was killed are answered again.
func (w writer) sign(command string, s ledger.Subject) error {
	out, err := w.submit(w.ctx, command+"-submit", handlerOf(north), s)
	if err := w.outcome(command+"-submit", out, err); err != nil {
		return err
	}
	out, err = w.signOff(w.ctx, command+"-sign", headOf(north), s)
	return w.outcome(command+"-sign", out, err)
}

func (w writer) prepared(command string, month domain.Period, kind payrun.Kind) (string, error) {
	run, out, err := w.ledger.OpenPayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command},
		ledger.PayrunRequest{Programme: programme, Office: north, Finance: "finance", Period: month, Kind: kind})
	if err := w.outcome(command, out, err); err != nil {
		return "", err
	}
	return run, w.prepare(command+"-prepare", run)
}

// prepare prepares a run that waits for its list; one that went on before the writer was killed is left alone.
func (w writer) prepare(command, run string) error {
	s, err := w.ledger.Payrun(w.ctx, run)
	if err != nil || s.Next().Wait != payrun.WaitList {
		return err
	}
	s, err = w.ledger.PreparePayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command}, run, nil)
	if err != nil {
		return err
	}
	w.acknowledge("run %s %d %d %s\n", run, s.Listing.Round, s.Listing.Totals.Lines, s.Listing.Totals.Root)
	return nil
}

// sentBack has the head send the first list back; its draws are undone, and it is prepared again.
func (w writer) sentBack(command, run string) error {
	s := ledger.Subject{Kind: ledger.PayrunSubject, ID: run}
	out, err := w.submit(w.ctx, command+"-submit", handlerOf(north), s)
	if err := w.outcome(command+"-submit", out, err); err != nil {
		return err
	}
	out, err = w.ledger.SendBack(w.ctx, ledger.Command{Actor: headOf(north), ID: command}, ledger.Return{
		Subject: s, Scope: signoff.WholeScope, To: 0, Reason: "list-incomplete", Pen: w.pen(headOf(north).Officer),
	})
	if err := w.outcome(command, out, err); err != nil {
		return err
	}
	return w.prepare(command+"-prepare", run)
}

func (w writer) released(command, run string) error {
	return w.sign(command, ledger.Subject{Kind: ledger.PayrunSubject, ID: run})
}

// stopped takes the first line out of a released run; the person is paid by a run of its own.
func (w writer) stopped(command, run string, month domain.Period) error {
	out, err := w.ledger.StopLine(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command}, run, 1, "account-doubtful")
	if err := w.outcome(command, out, err); err != nil {
		return err
	}
	more, err := w.prepared(command+"-run", month, payrun.Supplementary)
	if err != nil {
		return err
	}
	return w.released(command+"-release", more)
}

func (w writer) cancelled(command string, month domain.Period) error {
	run, err := w.prepared(command+"-run", month, payrun.Regular)
	if err != nil {
		return err
	}
	out, err := w.ledger.CancelPayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command}, run, "wrong-month")
	return w.outcome(command, out, err)
}

// crashEntries is the list of who turned 60 in the month before month m.
func crashEntries(m int) []byte {
	birth := domain.Date{Year: 1961, Month: time.December, Day: 1}.AddMonths(m)
	rows := [][]string{{"姓名", "身份证号", "村居", "户口性质", "婚姻状况", "申报日期", "开户行", "账号", "户名"}}
	for i := range crashRows {
		name := fmt.Sprintf("虚%s构", string(rune('一'+i)))
		applied := domain.MustPeriod("2022-01").Add(m).First().AddDays(2)
		rows = append(rows, []string{name, crashNumber(birth, i), []string{"东村", "西村"}[i%2], "农业", []string{"丧偶", "未婚"}[i/2%2], applied.String(), "农商银行", countyCard(m*crashRows + i), name})
	}
	return crashCSV(rows)
}

func crashNumber(birth domain.Date, i int) string {
	return countyNumber(strings.ReplaceAll(birth.AddDays(i%28).String(), "-", ""), i/28)
}

// crashExits is the list of those who entered in month m and died in a month.
func crashExits(m int, died domain.Period) []byte {
	birth := domain.Date{Year: 1961, Month: time.December, Day: 1}.AddMonths(m)
	rows := [][]string{{"姓名", "身份证号", "退出原因", "死亡日期", "报告日期"}}
	for i := range crashRows {
		day := died.First().AddDays(i % 28)
		rows = append(rows, []string{fmt.Sprintf("虚%s构", string(rune('一'+i))), crashNumber(birth, i), "死亡", day.String(), died.Add(1).Last().String()})
	}
	return crashCSV(rows)
}

func crashCSV(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		panic(fmt.Sprintf("a buffer takes everything: %v", err))
	}
	return b.Bytes()
}
