package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
)

var errDied = errors.New("the process died here")

// dyingStore dies at its strike-th append, before it was written or after, and stays dead.
type dyingStore struct {
	eventstore.Store
	strike int
	after  bool
	seen   int
	dead   bool
}

func (s *dyingStore) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	r := s.AppendBatch(ctx, []eventstore.Append{a})[0]
	return r.Appended, r.Err
}

func (s *dyingStore) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := make([]eventstore.Result, len(batch))
	for i, a := range batch {
		if s.dead {
			results[i].Err = errDied
			continue
		}
		s.seen++
		s.dead = s.seen == s.strike
		if !s.dead || s.after {
			results[i] = s.Store.AppendBatch(ctx, []eventstore.Append{a})[0]
		}
		if s.dead {
			results[i] = eventstore.Result{Err: errDied}
		}
	}
	return results
}

// TestBankSurvivesEveryAppend dies at each append between the released run and the settled one, before it was written and
// after. Opening again and repeating what was asked comes to the same as if nothing had happened, and no file ever leaves
// that is not instructed.
func TestBankSurvivesEveryAppend(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a ledger for every append")
	}
	base := newBankScene(t, 5, nil)
	base.clock.set(domain.MustDate("2022-01-10"))
	run := base.released("2022-01", payrun.Regular)
	require.NoError(t, base.Close())
	for _, after := range []bool{false, true} {
		for strike := 1; ; strike++ {
			if !dieAt(t, base, run, strike, after) {
				require.Greater(t, strike, 15, "the walk has as many appends")
				break
			}
		}
	}
}

// dieAt plays the walk on a copy; died is false when it came to its end first.
func dieAt(t *testing.T, base *bankScene, run string, strike int, after bool) (died bool) {
	t.Helper()
	t.Run(fmt.Sprintf("append %d, written %t", strike, after), func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, copyCounty(base.dir, dir))
		s := &bankScene{county: &county{dir: dir}, t: t, ctx: context.Background(), freed: map[string]domain.Money{}}
		store := &dyingStore{strike: strike, after: after}
		s.open(func(inner eventstore.Store) eventstore.Store { store.Store = inner; return store })
		t.Cleanup(func() { _ = s.Close() })
		err := s.walk(run)
		died = store.dead
		if !died {
			require.NoError(t, err)
		} else {
			require.NoError(t, s.Close())
			s.open(nil)
			files, err := s.views.BankFiles(s.ctx, bankFilesSent())
			require.NoError(t, err)
			state, err := s.ledger.Payrun(s.ctx, run)
			require.NoError(t, err)
			for _, f := range files {
				_, err := s.ledger.ExportBankFile(s.ctx, s.next(financeHandler), f.ID, "send", discard{})
				require.Equal(t, state.Status == payrun.StatusInstructed || state.Status == payrun.StatusSettled, err == nil, "%v: only what is instructed leaves", err)
			}
			require.NoError(t, s.ledger.Resume(s.ctx, nil))
			require.NoError(t, s.walk(run), "the same commands again")
		}
		r := s.foots(run)
		require.Equal(t, "320.00 80.00 0.00 80.00", fmt.Sprint(r.Total.Settled, " ", r.Total.Returned, " ", r.Total.Outstanding, " ", r.Total.Beyond))
		state, err := s.ledger.Payrun(s.ctx, run)
		require.NoError(t, err)
		require.Equal(t, payrun.StatusSettled, state.Status)
		_, left, err := s.views.Unfinished(s.ctx)
		require.NoError(t, err)
		require.Empty(t, left)
		sent, err := s.views.BankFiles(s.ctx, bankFilesSent())
		require.NoError(t, err)
		require.Len(t, sent, 1, "one file, whatever happened")
		s.checkPeople(run)
	})
	return died
}

// walk instructs, takes in two files and settles, with the same command ids each time.
func (s *bankScene) walk(run string) error {
	s.clock.set(domain.MustDate("2022-01-12"))
	out, err := s.ledger.Instruct(s.ctx, ledger.Command{Actor: financeHandler, ID: "walk-instruct"}, ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv"}, nil)
	if err != nil {
		return err
	}
	lines, err := s.sentLines(out)
	if err != nil {
		return err
	}
	s.clock.set(domain.MustDate("2022-01-18"))
	for i, file := range [][]byte{
		returnFile(lines[0].answers("成功", "2022-01-15", "S0"), lines[0].answers("成功", "2022-01-16", "S0b"), lines[1].answers("失败", "2022-01-15", ""), lines[2].answers("成功", "2022-01-15", "S2")),
		returnFile(lines[1].answers("失败", "2022-01-15", ""), lines[3].answers("成功", "2022-01-15", "S3"), lines[4].answers("成功", "2022-01-15", "S4"), lines[4].answers("冲正", "2022-01-15", "R4"),
			lines[4].answers("成功", "2022-01-17", "S4b")),
	} {
		request := receiving(fmt.Sprintf("HP_%d.csv", i), file)
		if _, err := s.ledger.AddBankFile(s.ctx, ledger.Command{Actor: financeHandler, ID: fmt.Sprint("walk-add-", i)}, request, nil); err != nil {
			return err
		}
	}
	_, err = s.ledger.SettlePayrun(s.ctx, ledger.Command{Actor: financeHandler, ID: "walk-settle"}, run, false)
	return err
}

// checkPeople requires that every person's stream holds what the pages ask of it, once.
func (s *bankScene) checkPeople(run string) {
	s.t.Helper()
	lines, err := s.views.InstructionLines(s.ctx, instructionsOf(run), "", 0)
	require.NoError(s.t, err)
	var overpaid domain.Money
	undone := 0
	for _, l := range lines.Lines {
		fold, err := s.views.PersonFold(s.ctx, l.Candidate.Line.Person)
		require.NoError(s.t, err)
		for _, o := range fold.State.Overpayments {
			overpaid = overpaid.Add(o.Outstanding())
		}
		undone += len(fold.State.Undone)
	}
	require.Equal(s.t, "160.00", overpaid.String(), "80.00 paid twice, and 80.00 that arrived after its draw was undone")
	require.Equal(s.t, 2, undone)
}

// TestTwoProcessesClassifyAtOnce: two files name the same payment, and two processes take them in at the same moment. One of
// them sees that it is paid twice.
func TestTwoProcessesClassifyAtOnce(t *testing.T) {
	s := newBankScene(t, 30, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	s.clock.set(domain.MustDate("2022-01-18"))
	other, err := openCounty(s.ctx, s.dir, false, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	other.clock.set(domain.MustDate("2022-01-18"))

	files := make([]string, 2)
	var group sync.WaitGroup
	for i, l := range []*ledger.Ledger{s.ledger, other.ledger} {
		var answers []answer
		for n, line := range lines {
			answers = append(answers, line.answers("成功", "2022-01-15", fmt.Sprintf("%d-%d", i, n)))
		}
		group.Go(func() {
			out, err := l.AddBankFile(s.ctx, ledger.Command{Actor: []ledger.Actor{financeHandler, financeHead}[i], ID: fmt.Sprint("add-", i)}, receiving("HP.csv", returnFile(answers...)), nil)
			if err == nil {
				files[i] = out.BankFile
			}
			errs := err
			if errs != nil {
				t.Errorf("process %d: %v", i, errs)
			}
		})
	}
	group.Wait()
	require.False(t, t.Failed())
	counts := map[string]int{}
	for _, f := range files {
		for _, class := range s.classes(f) {
			counts[class]++
		}
	}
	require.Equal(t, map[string]int{"matched": 30, "paid-twice": 30}, counts)
	r := s.foots(run)
	require.Equal(t, r.Total.Settled.String(), r.Total.Beyond.String())
	people := 0
	for _, line := range lines {
		fold, err := s.views.PersonFold(s.ctx, s.line(line.ref).Candidate.Line.Person)
		require.NoError(t, err)
		people += len(fold.State.Overpayments)
	}
	require.Equal(t, 30, people)
	require.Equal(t, bank.LineSettled, s.line(lines[0].ref).Status)
}

// diesAt wraps a store so that it dies at its strike-th append, not written or written by turns.
func diesAt(strike int) func(eventstore.Store) eventstore.Store {
	return func(inner eventstore.Store) eventstore.Store {
		return &dyingStore{Store: inner, strike: strike, after: strike%2 == 0}
	}
}
