package ledger

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/access"
	bank "almoner/domain/bankfile"
	"almoner/domain/payrun"
)

// maxNamedPersons is how many people a trace names; the rest are counted.
const maxNamedPersons = 100

// ExportBankFile writes a bank file as it is kept, byte for byte: a sent one once the bank was told to pay it, so that no
// file leaves without its intent, a received one always. The trace that somebody took it is durable before the first byte is
// written, and the kept bytes come to the hash the file was recorded with, or none of them leaves. It returns the file's name.
func (l *Ledger) ExportBankFile(ctx context.Context, c Command, id, purpose string, w io.Writer) (name string, err error) {
	made, private, err := l.recordedBy(ctx, id)
	if err != nil {
		return "", err
	}
	if err := l.canPay(ctx, c.Actor, made.Office); err != nil {
		return "", err
	}
	s, err := l.BankFile(ctx, id)
	switch {
	case err != nil:
		return "", err
	case purpose == "":
		return "", domain.Refuse(domain.Invalid, "access.purpose", "a bank file holds personal data, and why it is taken is missing").WithNext("name the purpose as a code such as send or audit")
	case private == nil:
		return "", domain.Refuse(domain.Refused, "bankfile.erased", "the key of file %s was destroyed", id).WithNext("its lines as they were classified stand; its bytes are gone")
	}
	if err := l.mayLeave(ctx, s); err != nil {
		return "", err
	}
	kept, err := l.keptFile(ctx, s)
	if err != nil {
		return "", err
	}
	if err := kept.holds(private.Hash); err != nil {
		return "", err
	}
	if err := l.traceExport(ctx, c, s, purpose); err != nil {
		return "", err
	}
	_, err = io.Copy(w, io.NewSectionReader(kept, 0, kept.size))
	return private.Name, err
}

// mayLeave refuses a sent file that is not the standing instruction of each of its runs.
func (l *Ledger) mayLeave(ctx context.Context, s bank.State) error {
	if s.Sent == nil {
		return nil
	}
	if s.Refusal != nil { // its runs may not know yet
		return domain.Refuse(domain.Conflict, "bankfile.not-instructed", "the bank refused file %s whole", s.ID()).
			WithNext("it never leaves again; instruct its runs anew")
	}
	for _, id := range s.Sent.Runs {
		run, err := l.Payrun(ctx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(run.Instruction.BankFiles, s.ID()) || run.Instruction.Rejected {
			return domain.Refuse(domain.Conflict, "bankfile.not-instructed", "the run %s is not instructed with file %s", id, s.ID()).
				WithNext("instruct it; a file that the bank refused whole never leaves again")
		}
	}
	return nil
}

// traceExport records who took the file, and whose data are in it.
func (l *Ledger) traceExport(ctx context.Context, c Command, s bank.State, purpose string) error {
	people, _ := s.Declared()
	seen := access.Unmasked{People: people, Purpose: purpose, View: "export"}
	if s.Sent != nil {
		for _, id := range s.Sent.Runs {
			if len(seen.Persons) == maxNamedPersons {
				break
			}
			lines, err := l.Lines(ctx, id)
			if err != nil {
				return err
			}
			for _, line := range lines {
				if len(seen.Persons) < maxNamedPersons && !line.Amount.IsZero() && !slices.Contains(seen.Persons, line.Person) {
					seen.Persons = append(seen.Persons, line.Person)
				}
			}
		}
	}
	c.Content = map[string]string{"file": s.ID(), "purpose": purpose}
	c.ID = NewID(c.Officer, c.ID+"|export|"+s.ID())
	_, err := execute(ctx, l, access.Stream(c.Office, l.Today()), c, func(n int, _ domain.Fact) int { return n + 1 }, func(int) ([]domain.Event, error) {
		return []domain.Event{seen}, nil
	})
	return err
}

// SettlePayrun ends a run with what the bank came to: all of it settled or returned, or, when giveUp says so because the
// time for answers is over, the rest missing. A run of which nothing is payable is settled with nothing. What a bank says
// later is taken in all the same.
func (l *Ledger) SettlePayrun(ctx context.Context, c Command, id string, giveUp bool) (Outcome, error) {
	run, err := l.Payrun(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.canPay(ctx, c.Actor, run.Opened.Finance); err != nil {
		return Outcome{}, err
	}
	c.Content = map[string]string{"giveUp": strconv.FormatBool(giveUp), "settle": id}
	if run.Status == payrun.StatusSettled {
		return execute(ctx, l, payrun.Stream(id), c, payrun.Evolve, func(payrun.State) ([]domain.Event, error) { return nil, nil })
	}
	settle, err := l.settlement(ctx, run, giveUp)
	if err != nil {
		return Outcome{}, err
	}
	return execute(ctx, l, payrun.Stream(id), c, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) { return payrun.DecideSettle(s, settle) })
}

// settlement reads what the run's lines came to, with nothing waiting to be classified that could still change it.
func (l *Ledger) settlement(ctx context.Context, run payrun.State, giveUp bool) (payrun.Settle, error) {
	if run.Status != payrun.StatusInstructed {
		return payrun.Settle{}, nil // DecideSettle knows
	}
	if _, err := l.booked(ctx, run.Opened.Finance, nil); err != nil {
		return payrun.Settle{}, err
	}
	r, err := l.views.Reconcile(ctx, run.Opened.Run, run.Instruction.Number)
	if err != nil {
		return payrun.Settle{}, err
	}
	missing := r.Unanswered()
	switch {
	case r.Lines != run.Instruction.Lines || !r.Total.Instructed.Equal(run.Instruction.Total) || !r.Balanced():
		return payrun.Settle{}, errors.New("the read models do not hold the run's instruction; rebuild them")
	case missing > 0 && !giveUp:
		return payrun.Settle{}, domain.Refuse(domain.Conflict, "payrun.unanswered", "the bank has not answered %d of %d lines, %v yuan", missing, r.Lines, r.Total.Outstanding).
			WithNext("wait for the bank's file; when its time is over, settle with the rest as missing")
	}
	return payrun.Settle{Settled: r.Total.Settled, Returned: r.Total.Returned, Missing: missing}, nil
}
