package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
)

// refusedOnPaper records that the bank refused a sent file whole, by a notice on paper.
func (s *bankScene) refusedOnPaper(file string) error {
	s.t.Helper()
	c := s.next(financeHead)
	c.Evidence = []codec.Evidence{{Commitment: fmt.Sprintf("%064d", 7), Held: "finance", Kind: "bank-notice", Pages: 1}}
	_, err := s.ledger.RefuseWhole(s.ctx, c, file, ledger.BankRefusal{Reason: "format"})
	return err
}

// refusedRun instructs a run of three people in January and has the bank refuse it whole.
func refusedRun(t *testing.T) (s *bankScene, run string, lines []paid) {
	t.Helper()
	s = newBankScene(t, 3, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run = s.released("2022-01", payrun.Regular)
	out := s.instructed(run)
	lines = s.toBank(out)
	require.NoError(t, s.refusedOnPaper(out.Files[0].ID))
	return s, run, lines
}

func (s *bankScene) stop(run, ref, reason string) {
	s.t.Helper()
	_, err := s.ledger.StopLine(s.ctx, s.next(financeHandler), run, s.line(ref).RunLine, reason)
	require.NoError(s.t, err)
}

// instructing is an attempt to instruct a run in plain CSV.
func (s *bankScene) instructing(run string) error {
	_, err := s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv"}, nil)
	return err
}

// owed is what the payee of a line still has to pay back, over all overpayments.
func (s *bankScene) owed(ref string) domain.Money {
	s.t.Helper()
	fold, err := s.views.PersonFold(s.ctx, s.line(ref).Candidate.Line.Person)
	require.NoError(s.t, err)
	var sum domain.Money
	for _, o := range fold.State.Overpayments {
		sum = sum.Add(o.Outstanding())
	}
	return sum
}

// cuttingStore fails each append of an event type while one is named.
type cuttingStore struct {
	eventstore.Store
	at *string
}

func (c cuttingStore) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	for _, e := range a.Events {
		if *c.at != "" && strings.Contains(e.Type, *c.at) {
			return eventstore.Appended{}, errors.New("the power was cut")
		}
	}
	return c.Store.Append(ctx, a)
}

// TestRefusedFileStays: once the bank refused a file it never leaves, even when the program died before the run knew.
func TestRefusedFileStays(t *testing.T) {
	cut := ""
	s := newBankScene(t, 3, func(x eventstore.Store) eventstore.Store { return cuttingStore{x, &cut} })
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	out := s.instructed(run)
	require.NotEmpty(t, s.exported(out.Files[0].ID))
	cut = "payrun.instruction-rejected"
	require.Error(t, s.refusedOnPaper(out.Files[0].ID))
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(t, err)
	require.Equal(t, payrun.StatusInstructed, state.Status, "the run does not know yet")
	var b bytes.Buffer
	_, err = s.ledger.ExportBankFile(s.ctx, s.next(financeHandler), out.Files[0].ID, "send", &b)
	refuses(t, err, "bankfile.not-instructed")
	require.Zero(t, b.Len())

	cut = ""
	s.reopen()
	again := s.instructed(run)
	require.NotEqual(t, out.Files[0].ID, again.Files[0].ID)
	require.NotEmpty(t, s.exported(again.Files[0].ID))
}

// TestBankAnswersStoppedLine: whatever the bank says of a line that was stopped after it had refused the file whole is taken
// in, before the rest is instructed again and after.
func TestBankAnswersStoppedLine(t *testing.T) {
	for _, again := range []bool{false, true} {
		for result, owed := range map[string]string{"成功": "80.00", "失败": "0.00"} {
			t.Run(fmt.Sprintf("owed %s again %v", owed, again), func(t *testing.T) {
				s, run, lines := refusedRun(t)
				s.stop(run, lines[1].ref, "died")
				if again {
					s.instructed(run)
				}
				s.clock.set(domain.MustDate("2022-01-15"))
				odd := s.received(lines[1].answers(result, "2022-01-12", "S2"))
				want := map[string]string{"成功": "matched late", "失败": "returned"}[result]
				require.Equal(t, []string{want}, s.classes(odd.BankFile))
				require.True(t, odd.State.Done)
				require.Equal(t, owed, s.owed(lines[1].ref).String(), "its units are due again, and what the payee has is overpaid")
				if !again {
					s.instructed(run)
				}
				s.received(lines[0].answers("成功", "2022-01-13", "S9"), lines[2].answers("成功", "2022-01-13", "S8"))
				_, err := s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
				require.NoError(t, err, "what is paid is settled")
				s.reopen()
				_, left, err := s.views.Unfinished(s.ctx)
				require.NoError(t, err)
				require.Empty(t, left)
			})
		}
	}
}

// TestStopOfPaidLine: a line that the bank paid although it had refused the file whole leaves the file when it is stopped,
// and keeps its draw: what it paid is not due again.
func TestStopOfPaidLine(t *testing.T) {
	s, run, lines := refusedRun(t)
	s.clock.set(domain.MustDate("2022-01-15"))
	s.received(lines[1].answers("成功", "2022-01-15", "S1"))
	refuses(t, s.instructing(run), "bankfile.booked-after-refusal")
	s.stop(run, lines[1].ref, "paid-by-bank")
	s.stop(run, lines[1].ref, "paid-by-bank")
	again := s.toBank(s.instructed(run))
	require.ElementsMatch(t, []string{lines[0].ref, lines[2].ref}, refsOf(again))

	line := s.line(lines[1].ref).Candidate.Line
	require.False(t, line.Undrawn)
	fold, err := s.views.PersonFold(s.ctx, line.Person)
	require.NoError(t, err)
	require.Len(t, fold.State.Draws, 1, "the draw stands")
	require.Empty(t, fold.State.Overpayments)
	s.received(again[0].answers("成功", "2022-01-15", "S2"), again[1].answers("成功", "2022-01-15", "S3"))
	_, err = s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
	require.NoError(t, err)

	s.clock.set(domain.MustDate("2022-02-10"))
	next, err := s.ledger.Lines(s.ctx, s.released("2022-02", payrun.Regular))
	require.NoError(t, err)
	require.Len(t, next, 3)
	for _, l := range next {
		require.Equal(t, "80.00", l.Amount.String(), "February alone")
	}

	s.received(lines[1].answers("冲正", "2022-02-09", "S4"))
	require.True(t, s.line(lines[1].ref).Candidate.Line.Undrawn, "taken back after all, it is due again")
}

// TestUnknownAnswersStopInstruction: while it is not known what the bank said of a refused file, nothing of it is told again
// and no further file of it counts as refused.
func TestUnknownAnswersStopInstruction(t *testing.T) {
	t.Run("classifying was cut short", func(t *testing.T) {
		cut := ""
		s := newBankScene(t, 3, func(x eventstore.Store) eventstore.Store { return cuttingStore{x, &cut} })
		s.clock.set(domain.MustDate("2022-01-10"))
		run := s.released("2022-01", payrun.Regular)
		out := s.instructed(run)
		lines := s.toBank(out)
		require.NoError(t, s.refusedOnPaper(out.Files[0].ID))
		cut = "bankdesk"
		_, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), receiving("HP.csv", returnFile(lines[0].answers("成功", "2022-01-10", "S1"))), nil)
		require.Error(t, err)
		cut = ""
		refuses(t, s.instructing(run), "bankfile.unclassified")
		_, err = s.ledger.StopLine(s.ctx, s.next(financeHandler), run, 1, "died")
		refuses(t, err, "bankfile.unclassified")
		s.reopen()
		refuses(t, s.instructing(run), "bankfile.booked-after-refusal")
	})
	t.Run("a file cannot be read", func(t *testing.T) {
		s := newBankScene(t, 3, nil)
		s.clock.set(domain.MustDate("2022-01-10"))
		run := s.released("2022-01", payrun.Regular)
		out := s.instructed(run)
		lines := s.toBank(out)
		unread := receiving("HP.csv", returnFile(lines[0].answers("成功", "2022-01-10", "S1")))
		unread.Format = "card-list-xlsx-return"
		kept, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), unread, nil)
		require.NoError(t, err)
		require.Equal(t, bank.StatusUnreadable, kept.State.Status)
		refuses(t, s.refusedOnPaper(out.Files[0].ID), "bankfile.unread")
		_, err = s.ledger.ClassifyBankFile(s.ctx, s.next(financeHandler), kept.BankFile, "plain-csv-return", "", nil)
		require.NoError(t, err)
		refuses(t, s.refusedOnPaper(out.Files[0].ID), "bankfile.booked")
	})
	t.Run("a file that cannot be read comes after the refusal", func(t *testing.T) {
		s, run, lines := refusedRun(t)
		unread := receiving("HP.csv", returnFile(lines[0].answers("失败", "2022-01-10", "S1")))
		unread.Format = "card-list-xlsx-return"
		kept, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), unread, nil)
		require.NoError(t, err)
		refuses(t, s.instructing(run), "bankfile.unread")
		_, err = s.ledger.ClassifyBankFile(s.ctx, s.next(financeHandler), kept.BankFile, "plain-csv-return", "", nil)
		require.NoError(t, err)
		refuses(t, s.instructing(run), "bankfile.booked-after-refusal")
	})
}

// TestRefusedAfterSettling: a run settled because the bank gave no answer is instructed again when the bank's refusal comes
// after all, whether its money was let go of meanwhile or not; one of which anything was answered is not.
func TestRefusedAfterSettling(t *testing.T) {
	for _, freed := range []bool{false, true} {
		t.Run(fmt.Sprintf("freed %v", freed), func(t *testing.T) {
			s := newBankScene(t, 3, nil)
			s.clock.set(domain.MustDate("2022-01-10"))
			run := s.released("2022-01", payrun.Regular)
			out := s.instructed(run)
			s.clock.set(domain.MustDate("2022-01-25"))
			_, err := s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, true)
			require.NoError(t, err)
			if freed {
				_, err = s.ledger.FreeFund(s.ctx, s.next(financeHandler), run)
				require.NoError(t, err)
			}
			require.NoError(t, s.refusedOnPaper(out.Files[0].ID))
			state, err := s.ledger.Payrun(s.ctx, run)
			require.NoError(t, err)
			require.Equal(t, payrun.StatusReleased, state.Status)
			require.Zero(t, state.Bank)
			fund, err := s.ledger.Fund(s.ctx, "fund-finance-"+programme+"-2022")
			require.NoError(t, err)
			require.Equal(t, out.Total.String(), fund.Run(run).Released.String(), "released once")

			lines := s.toBank(s.instructed(run))
			require.Len(t, lines, 3)
			s.freed[run] = out.Total
			s.received(lines[0].answers("成功", "2022-01-25", "S1"), lines[1].answers("成功", "2022-01-25", "S2"), lines[2].answers("成功", "2022-01-25", "S3"))
			s.foots(run)
			_, err = s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
			require.NoError(t, err)
		})
	}
	t.Run("answered", func(t *testing.T) {
		s := newBankScene(t, 3, nil)
		s.clock.set(domain.MustDate("2022-01-10"))
		run := s.released("2022-01", payrun.Regular)
		out := s.instructed(run)
		s.received(s.toBank(out)[0].answers("失败", "2022-01-10", "S1"))
		_, err := s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, true)
		require.NoError(t, err)
		refuses(t, s.refusedOnPaper(out.Files[0].ID), "bankfile.booked")
	})
}
