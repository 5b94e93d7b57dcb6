package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/payrun"
	"almoner/ledger"
	"almoner/ledger/bankfile"
	"almoner/projections"
)

// bankDay is the day on which the tests' banks answer.
const bankDay = "2022-01-15"

// throughTheBank takes a run of n people to the bank and back, every tenth line returned, and settles it.
func throughTheBank(t testing.TB, n int) *bankScene {
	t.Helper()
	s := newBankScene(t, n, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	told := s.instructed(run)
	require.Equal(t, n, told.Lines)
	lines := s.toBank(told)
	require.Len(t, lines, n)
	s.clock.set(domain.MustDate("2022-01-18"))
	answers := make([]answer, n)
	for i, line := range lines {
		answers[i] = line.answers([]string{"失败", "成功"}[min(i%10, 1)], bankDay, fmt.Sprint("S", i))
	}
	out := s.received(answers...)
	require.Equal(t, n, out.State.Lines)
	require.True(t, out.State.Done)
	returned := (n + 9) / 10
	require.Equal(t, returned, out.State.Classes[1].Lines)
	_, err := s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
	require.NoError(t, err)
	r := s.foots(run)
	require.Equal(t, domain.Yuan(int64(80*returned)).String(), r.Total.Returned.String())
	require.Equal(t, domain.Yuan(int64(80*(n-returned))).String(), r.Total.Settled.String())
	_, left, err := s.views.ReturnedLines(s.ctx, "", "")
	require.NoError(t, err)
	require.Len(t, left, returned)
	return s
}

// TestBatchSizes: each of these sizes is a place where some system broke: one line, a page and one less, a cell limit of
// formulas, a buffer.
func TestBatchSizes(t *testing.T) {
	sizes := []int{1, 199, 200, 500, 2039, 8190}
	if testing.Short() {
		sizes = []int{1, 199, 200}
	}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) { throughTheBank(t, n) })
	}
}

// TestRandomBankFacts: whatever a bank says of a run, in whatever order and however often, with a process that dies now and
// then: every bank line has one class, money is conserved to the fen, the fund and the people's streams say the same as the
// lines, and saying all of it once more changes nothing.
func TestRandomBankFacts(t *testing.T) {
	limitChecks(t, map[bool]string{true: "2", false: "12"}[testing.Short()])
	base := newBankScene(t, 6, nil)
	base.clock.set(domain.MustDate("2022-01-10"))
	run := base.released("2022-01", payrun.Regular)
	lines := base.toBank(base.instructed(run))
	require.NoError(t, base.Close())
	folders, n := memoryFolder(t), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(folders, fmt.Sprint(n))
		defer func() { require.NoError(t, os.RemoveAll(dir)) }()
		require.NoError(t, copyCounty(base.dir, dir))
		s := &bankScene{county: &county{dir: dir}, t: t, ctx: context.Background(), freed: map[string]domain.Money{}}
		s.open(nil)
		defer func() { require.NoError(t, s.Close()) }()
		s.clock.set(domain.MustDate("2022-01-20"))
		s.randomFacts(t, run, lines)
	})
}

func (s *bankScene) randomFacts(t *rapid.T, run string, lines []paid) {
	some := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
	var files [][]byte
	for range rapid.IntRange(1, 6).Draw(t, "files") {
		var answers []answer
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			line := rapid.SampledFrom(lines).Draw(t, "line")
			line.amount = some("amount", "80.00", "80.00", "80.00", "80.00", "79.99", "80.01", "160.00")
			a := line.answers(some("result", "成功", "成功", "失败", "冲正"), some("day", "2022-01-11", "2022-01-12", "2022-01-13", ""), some("serial", "", "A", "B"))
			if rapid.IntRange(0, 3).Draw(t, "no reference") == 0 {
				a.ref = ""
			}
			answers = append(answers, a)
		}
		files = append(files, returnFile(answers...))
	}
	for i, file := range files {
		command := ledger.Command{Actor: financeHandler, ID: fmt.Sprint("random-", i)}
		s.dying(rapid.IntRange(0, 8).Draw(t, "dies at"), func() { _, _ = s.ledger.AddBankFile(s.ctx, command, receiving("HP.csv", file), nil) })
		out, err := s.ledger.AddBankFile(s.ctx, command, receiving("HP.csv", file), nil)
		require.NoError(t, err)
		require.True(t, out.State.Done)
		require.Len(t, s.classes(out.BankFile), out.State.Lines, "every bank line has one class")
		s.foots(run)
	}
	s.requireOverpaid(run)
	before := s.ledger.Last()
	for _, file := range files {
		out, err := s.ledger.AddBankFile(s.ctx, s.next(financeHead), receiving("again.csv", file), nil)
		require.NoError(t, err)
		require.True(t, out.Seen)
	}
	require.Equal(t, before, s.ledger.Last())
}

// dying runs f on a store that dies at its strike-th append, and opens the county again.
func (s *bankScene) dying(strike int, f func()) {
	s.t.Helper()
	if strike == 0 {
		return
	}
	require.NoError(s.t, s.Close())
	s.open(diesAt(strike))
	f()
	require.NoError(s.t, s.Close())
	s.open(nil)
	require.NoError(s.t, s.ledger.Resume(s.ctx, nil))
}

// requireOverpaid requires that what people owe back is what they hold and no standing draw covers.
func (s *bankScene) requireOverpaid(run string) {
	s.t.Helper()
	all, err := s.views.InstructionLines(s.ctx, projections.InstructionFilter{Run: run}, "", 0)
	require.NoError(s.t, err)
	for _, l := range all.Lines {
		due := l.Candidate.Line.Amount
		if l.Candidate.Line.Undrawn {
			due = domain.Money{}
		}
		notDue := l.Held().Sub(due)
		if notDue.Sign() < 0 {
			notDue = domain.Money{}
		}
		fold, err := s.views.PersonFold(s.ctx, l.Candidate.Line.Person)
		require.NoError(s.t, err)
		var owed domain.Money
		for _, o := range fold.State.Overpayments {
			owed = owed.Add(o.Outstanding())
		}
		require.Equal(s.t, notDue.String(), owed.String(), "line %s", l.Candidate.Line.PayRef)
	}
}

// BenchmarkBank100k takes a run of 100,000 lines to the bank and back: the instruction, the return file classified, and the
// most memory that was in use meanwhile.
func BenchmarkBank100k(b *testing.B) {
	n := rowsOf(b)
	s := newBankScene(b, n, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	for b.Loop() {
		p := newPhases(b)
		told := s.instructed(run)
		p.end("instruct-lines", n)
		lines := s.toBank(told)
		answers := make([]answer, n)
		for i, line := range lines {
			answers[i] = line.answers([]string{"失败", "成功"}[min(i%100, 1)], bankDay, fmt.Sprint("S", i))
		}
		file := returnFile(answers...)
		lines, answers = nil, nil
		s.clock.set(domain.MustDate("2022-01-18"))
		stop := watchMemory()
		p = newPhases(b)
		out, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), receiving("HP.csv", file), nil)
		require.NoError(b, err)
		p.end("classify-lines", n)
		b.ReportMetric(float64(stop())/(1<<20), "MiB-above-start")
		require.True(b, out.State.Done)
		require.NoError(b, s.synced(s.ctx))
		p.end("read-model-lines", n)
		s.foots(run)
	}
}

// watchMemory looks at what each garbage collection left until it is stopped, and says how far it grew.
func watchMemory() func() uint64 {
	live := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	start := live()
	most := start
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				most = max(most, live())
			}
		}
	}()
	return func() uint64 {
		close(done)
		<-ended
		return most - start
	}
}

// BenchmarkReadAndClassify1M reads a return file of a million lines and classifies it against a page's worth of lines at a
// time, as the ledger does, without a store.
func BenchmarkReadAndClassify1M(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 20_000
	}
	var file bytes.Buffer
	file.WriteString("\ufeff付款附言,收款账号,收款户名,金额,处理结果,失败原因,记账日期,流水号\r\n")
	for i := range n {
		fmt.Fprintf(&file, "%s,%s,虚构人,80.00,成功,,%s,S%d\r\n", payrun.PayRef("bench", i+1), countyCard(i), bankDay, i)
	}
	format, err := bankfile.Shipped("plain-csv-return")
	require.NoError(b, err)
	stop := watchMemory()
	for b.Loop() {
		start := time.Now()
		matched := 0
		var page []bank.BankLine
		classify := func() {
			candidates := make([]bank.Candidate, len(page))
			for i, l := range page {
				candidates[i] = bank.Candidate{Line: bank.Line{PayRef: l.PayRef, Run: "bench", Draw: "d", Person: "p", Account: l.Account, Amount: domain.Yuan(80)}}
			}
			book, err := bank.NewBook(candidates)
			require.NoError(b, err)
			for _, l := range page {
				if book.Read(bank.ReturnFile{ID: "f", ReceivedOn: domain.MustDate("2022-01-18")}, l).Classified.Class == bank.Matched {
					matched++
				}
			}
			page = page[:0]
		}
		for l, err := range format.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), bankfile.Expectation{}).Lines() {
			require.NoError(b, err)
			page = append(page, bank.BankLine{Line: l.Line, PayRef: l.PayRef, Account: l.Account.Reveal(), Amount: l.Amount, Result: bank.ResultPaid, Serial: l.Serial, BookedOn: l.BookedOn})
			if len(page) == bank.MaxPage {
				classify()
			}
		}
		classify()
		require.Equal(b, n, matched)
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "lines/s")
	}
	b.ReportMetric(float64(stop())/(1<<20), "MiB-above-start")
}
