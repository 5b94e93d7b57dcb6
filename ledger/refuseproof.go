package ledger

import (
	"context"
	"fmt"
	"math"
	"slices"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/eventstore"
)

// otherPerson refuses whoever made one of the files or instructed a run with it, under whatever account: that the bank paid
// nothing lets the same money leave again, and nobody says so alone of what they told the bank.
func (l *Ledger) otherPerson(ctx context.Context, a Actor, files []string) error {
	actor, err := l.Officer(ctx, a.Officer)
	if err != nil {
		return err
	}
	tellers, err := l.tellers(ctx, files)
	if err != nil {
		return err
	}
	for _, id := range tellers {
		teller, err := l.Officer(ctx, id)
		if err != nil {
			return err
		}
		if teller.Person == actor.Person {
			return l.deny(ctx, a, "bankfile.refuse-whole", files[0], domain.Refuse(domain.Forbidden, "bankfile.own-instruction", "%s told the bank to pay by file %s, and is the same person as %s", id, files[0], a.Officer).
				WithNext("another officer of the finance office has to record the refusal"))
		}
	}
	return nil
}

// tellers are the officers who made files, and those who instructed runs with them.
func (l *Ledger) tellers(ctx context.Context, files []string) ([]string, error) {
	var all []string
	add := func(officer string) {
		if !slices.Contains(all, officer) {
			all = append(all, officer)
		}
	}
	for _, file := range files {
		made, _, err := l.recordedBy(ctx, file)
		if err != nil {
			return nil, err
		}
		add(made.Officer)
		s, err := l.BankFile(ctx, file)
		if err != nil {
			return nil, err
		}
		for _, run := range s.Sent.Runs {
			officer, err := l.instructedBy(ctx, run, file)
			if err != nil {
				return nil, fmt.Errorf("pay run %s: %w", run, err)
			}
			if officer != "" {
				add(officer)
			}
		}
	}
	return all, nil
}

// instructedBy is the officer who instructed a run with a file; empty for nobody.
func (l *Ledger) instructedBy(ctx context.Context, run, file string) (officer string, err error) {
	var failed error
	_, _, err = l.lastOf(ctx, payrun.Stream(run), func(r eventstore.Recorded) bool {
		if r.Type != (payrun.Instructed{}).EventType() {
			return false
		}
		stored, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			failed = err
			return true
		}
		if !slices.Contains(stored.Event.(payrun.Instructed).BankFiles, file) {
			return false
		}
		officer = stored.Envelope.Officer
		return true
	})
	if err == nil {
		err = failed
	}
	return officer, err
}

// provesOf refuses a received file that cannot be about the refusal of files: it came before one of them was made, or it
// answers lines of runs that none of them pays. Paper, an empty proof, is judged by whoever signs for it.
func (l *Ledger) provesOf(ctx context.Context, proof string, files []string) error {
	if proof == "" || proof == unsentProof {
		return nil
	}
	came, err := l.recorded(ctx, bank.Stream(proof), 0)
	if err != nil {
		return err
	}
	var runs []string
	for _, file := range files {
		made, err := l.recorded(ctx, bank.Stream(file), 0)
		if err != nil {
			return err
		}
		if came.Position.Compare(made.Position) < 0 {
			return domain.Refuse(domain.Invalid, "bankfile.proof", "the bank file %s was received before file %s was made", proof, file).WithNext("name what the bank sent about this file")
		}
		s, err := l.BankFile(ctx, file)
		if err != nil {
			return err
		}
		runs = append(runs, s.Sent.Runs...)
	}
	answered, err := l.views.BankMoves(ctx, proof, 1, math.MaxInt)
	if err != nil {
		return err
	}
	for _, a := range answered {
		if !slices.Contains(runs, a.Run) {
			return domain.Refuse(domain.Invalid, "bankfile.proof", "the bank file %s answers lines of the run %s, which file %s does not pay", proof, a.Run, files[0]).WithNext("name what the bank sent about this file")
		}
	}
	return nil
}

// couldNotLeave says that files, all of an instruction, are one file that no export ever let out: a process died, or one run
// was changed, before every run in it was instructed with it. Only the refusal of the file can end a run's instruction, so a
// run that does not name it never did.
func (l *Ledger) couldNotLeave(ctx context.Context, files []string) (bool, error) {
	if len(files) != 1 {
		return false, nil // a run that fills several files shares none of them
	}
	s, err := l.BankFile(ctx, files[0])
	if err != nil {
		return false, err
	}
	if s.Refusal != nil {
		return s.Refusal.Proof == unsentProof, nil
	}
	for _, id := range s.Sent.Runs {
		run, err := l.Payrun(ctx, id)
		if err != nil {
			return false, err
		}
		if !slices.Contains(run.Instruction.BankFiles, files[0]) {
			return true, nil
		}
	}
	return false, nil
}
