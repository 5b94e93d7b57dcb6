package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger/bankfile"
)

// BankFileSubject is a bank file as the subject of follow-ups. Nobody signs it.
const BankFileSubject SubjectKind = "bankfile"

// streamOf is the stream of a subject of follow-ups.
func (l *Ledger) streamOf(s Subject) (string, error) {
	if s.Kind == BankFileSubject {
		return bank.Stream(s.ID), nil
	}
	if s.Kind == PersonSubject {
		return beneficiary.Stream(s.ID), nil
	}
	subject, err := l.signable(s)
	if err != nil {
		return "", err
	}
	return subject.stream(), nil
}

// BankRefusal says how the bank refused a file whole: by a received file that says so, or by a notice on paper, of which a
// scan's commitment stands in the command's evidence.
type BankRefusal struct {
	Reason string `json:"reason"`          // closed code
	Proof  string `json:"proof,omitempty"` // id of a received bank file; empty when the evidence is, or the file could not leave
}

// What stands for the proof of a refusal when no received file is it: the evidence of its event, or that the file could not
// leave (couldNotLeave).
const (
	paperProof  = "evidence"
	unsentProof = "unsent"
)

// RefuseWhole records that the bank refused what it was told and booked nothing of it: the file named, and with it every
// file of the instructions it serves, since a run is instructed as a whole. It needs proof, a person who told the bank
// nothing of it, and that no bank fact is known of any line. A file that could not leave, since one of its runs was never
// instructed with it, is taken back by anybody who pays and without proof. The runs can then be instructed again, with the
// same payRefs, and what was set aside in the fund is free.
func (l *Ledger) RefuseWhole(ctx context.Context, c Command, id string, r BankRefusal) (Outcome, error) {
	made, _, err := l.recordedBy(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.canPay(ctx, c.Actor, made.Office); err != nil {
		return Outcome{}, err
	}
	files, err := l.instructedWith(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	unsent, err := l.couldNotLeave(ctx, files)
	if err != nil {
		return Outcome{}, err
	}
	if r.Proof == "" && len(c.Evidence) == 0 && unsent {
		r.Proof = unsentProof // our own log shows that the bank never saw it
	} else {
		if err := l.otherPerson(ctx, c.Actor, files); err != nil {
			return Outcome{}, err
		}
		if err := l.checkProof(ctx, c, made.Office, r); err != nil {
			return Outcome{}, err
		}
	}
	if err := l.unread(ctx, made.Office, files, r.Proof); err != nil {
		return Outcome{}, err
	}
	booked, err := l.booked(ctx, made.Office, files)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.provesOf(ctx, r.Proof, files); err != nil {
		return Outcome{}, err
	}
	if r.Proof == "" {
		r.Proof = paperProof
	}
	c.Content = r
	var out Outcome
	for _, file := range files {
		done, err := execute(ctx, l, bank.Stream(file), c, bank.Evolve, func(s bank.State) ([]domain.Event, error) {
			return bank.DecideRefuseWhole(s, bank.RefuseWhole{Reason: r.Reason, Proof: r.Proof, Booked: booked})
		})
		if err != nil {
			return out, err
		}
		if file == id {
			out = done
		}
	}
	for _, file := range files {
		if err := l.takeBack(ctx, file); err != nil {
			return out, &FollowUpError{Subject{BankFileSubject, file}, err}
		}
	}
	return out, nil
}

// instructedWith lists the files of all instructions that a sent file serves, through as many shared files as there are.
func (l *Ledger) instructedWith(ctx context.Context, id string) ([]string, error) {
	files := []string{id}
	for i := 0; i < len(files); i++ {
		s, err := l.BankFile(ctx, files[i])
		if err != nil {
			return nil, err
		}
		if s.Sent == nil {
			return nil, domain.Refuse(domain.Conflict, "bankfile.not-sent", "file %s is %s and was not sent", id, s.Status).WithNext("name the sent file that the bank refused")
		}
		told := s.Refusal != nil
		for _, runID := range s.Sent.Runs {
			run, err := l.Payrun(ctx, runID)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(run.Instruction.BankFiles, files[i]) {
				continue // another file was made for the run
			}
			if run.Status != payrun.StatusInstructed && run.Status != payrun.StatusSettled && !run.Instruction.Rejected {
				return nil, domain.Refuse(domain.Conflict, "payrun.no-instruction", "the run %s is %s; its instruction does not stand any more", runID, run.Status).WithNext("%s", run.Next())
			}
			told = true
			for _, file := range run.Instruction.BankFiles {
				if !slices.Contains(files, file) {
					files = append(files, file)
				}
			}
		}
		if !told {
			return nil, domain.Refuse(domain.Conflict, "bankfile.not-instructed", "no run was instructed with file %s; it never left", files[i]).
				WithNext("instruct the runs; the file is made anew, or found again")
		}
	}
	return files, nil
}

func (l *Ledger) checkProof(ctx context.Context, c Command, finance string, r BankRefusal) error {
	if r.Proof == "" {
		if len(c.Evidence) > 0 {
			return nil
		}
		return domain.Refuse(domain.Invalid, "bankfile.proof", "that the bank refused the file is not proven").
			WithNext("add what the bank sent (bankfile add) and name it, or name the notice on paper with the commitment of its scan")
	}
	made, _, err := l.recordedBy(ctx, r.Proof)
	if err != nil {
		return err
	}
	if s, err := l.BankFile(ctx, r.Proof); err != nil {
		return err
	} else if s.Received == nil || made.Office != finance {
		return domain.Refuse(domain.Invalid, "bankfile.proof", "the bank file %s is no file that came from the bank for %s", r.Proof, finance).WithNext("name a received file of that office")
	}
	return nil
}

// booked counts the lines of files that any bank fact is known of. Files that came and are not classified yet may hold more,
// and are to be classified first.
func (l *Ledger) booked(ctx context.Context, finance string, files []string) (int, error) {
	if err := l.syncedToHead(ctx); err != nil {
		return 0, err
	}
	waiting, err := l.views.Waiting(ctx, finance)
	if err != nil {
		return 0, err
	}
	if len(waiting) > 0 {
		return 0, domain.Refuse(domain.Conflict, "bankfile.unclassified", "bank files that came are not classified yet: %s", strings.Join(waiting, ", ")).
			WithNext("classify them first: they may say that lines were booked")
	}
	booked := 0
	for _, file := range files {
		n, err := l.views.Booked(ctx, file)
		if err != nil {
			return 0, err
		}
		booked += n
	}
	return booked, nil
}

// unread refuses while files that came after a sent one cannot be read: any of them may say that its lines were booked. A
// file that proves the refusal need not be readable.
func (l *Ledger) unread(ctx context.Context, finance string, files []string, proofs ...string) error {
	if err := l.syncedToHead(ctx); err != nil {
		return err
	}
	for _, file := range files {
		since, err := l.views.RecordedAt(ctx, file)
		if err != nil {
			return err
		}
		unread, err := l.views.Unreadable(ctx, finance, since)
		if err != nil {
			return err
		}
		unread = slices.DeleteFunc(unread, func(id string) bool { return slices.Contains(proofs, id) })
		if len(unread) > 0 {
			return domain.Refuse(domain.Conflict, "bankfile.unread", "bank files that came after file %s cannot be read yet: %s", file, strings.Join(unread, ", ")).
				WithNext("name the layout they can be read in (bankfile classify), or name the bank's refusal among them as the proof: they may say that lines were booked")
		}
	}
	return nil
}

// takeBack does what follows from the refusal of a sent file: each run whose files were all refused can be instructed again,
// and its money is free. It may be repeated, by anybody.
func (l *Ledger) takeBack(ctx context.Context, id string) error {
	s, err := l.BankFile(ctx, id)
	if err != nil || s.Refusal == nil { // done is done again: a run may have been instructed with the file at the same moment
		return err
	}
	r, refusal, err := l.refusalOf(ctx, id)
	if err != nil {
		return err
	}
	c := Command{Actor: Actor{Officer: refusal.Officer, Office: refusal.Office, Capacity: refusal.Capacity}, ID: refusal.Command.ID, Cause: r.ID, Evidence: refusal.Evidence}
	for _, run := range s.Sent.Runs {
		if err := l.rejectInstruction(ctx, c, id, run, *s.Refusal); err != nil {
			return fmt.Errorf("pay run %s: %w", run, err)
		}
	}
	c.ID, c.Content = followUp(r.ID, bank.Stream(id), "followed"), 0
	_, err = execute(ctx, l, bank.Stream(id), c, bank.Evolve, func(s bank.State) ([]domain.Event, error) { return bank.DecideFollowed(s, 0) })
	return err
}

// refusalOf is the stored refusal of a sent file.
func (l *Ledger) refusalOf(ctx context.Context, id string) (eventstore.Recorded, *codec.Envelope, error) {
	r, ok, err := l.lastOf(ctx, bank.Stream(id), func(r eventstore.Recorded) bool { return r.Type == (bank.RefusedWhole{}).EventType() })
	if err == nil && !ok {
		err = fmt.Errorf("bank file %s was not refused", id)
	}
	if err != nil {
		return r, nil, err
	}
	e, err := codec.Decode(r.Data)
	return r, e, err
}

// rejectInstruction takes a run's instruction back once all its files were refused. The file refused last in the order of
// the instruction is the cause, so that the fund is booked once whoever does it.
func (l *Ledger) rejectInstruction(ctx context.Context, c Command, id, run string, refusal bank.RefusedWhole) error {
	s, err := l.Payrun(ctx, run)
	if err != nil {
		return err
	}
	files := s.Instruction.BankFiles
	if !slices.Contains(files, id) {
		return nil // it was never instructed with this file
	}
	for _, file := range files {
		f, err := l.BankFile(ctx, file)
		if err != nil || f.Refusal == nil {
			return err
		}
	}
	cause, made, err := l.refusalOf(ctx, files[len(files)-1])
	if err != nil {
		return err
	}
	c.Actor, c.Cause = Actor{Officer: made.Officer, Office: made.Office, Capacity: made.Capacity}, cause.ID
	number, total := s.Instruction.Number, s.Instruction.Total
	reject := c
	reject.ID, reject.Content = followUp(cause.ID, payrun.Stream(run), "rejected"), number
	_, err = execute(ctx, l, payrun.Stream(run), reject, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) {
		if s.Instruction.Number != number {
			return nil, nil // rejected, and instructed again since
		}
		return payrun.DecideReject(s, payrun.RejectInstruction{Instruction: number, Proof: refusal.Proof, Reason: refusal.Reason})
	})
	if err != nil {
		return err
	}
	return l.bookRefusal(ctx, c, s.Opened, cause.ID, total)
}

// bookRefusal releases what was set aside for an instruction that was refused whole, as bookFund books; somebody may have let
// go of it before, when the run was settled without an answer.
func (l *Ledger) bookRefusal(ctx context.Context, c Command, run payrun.Opened, cause string, total domain.Money) error {
	on := fundOf(run)
	c.ID, c.Cause, c.Content, c.On = followUp(cause, on.Fund, "book|"+run.Run), cause, total, domain.Date{}
	_, err := execute(ctx, l, on.Fund, c, fund.Evolve, func(s fund.State) ([]domain.Event, error) {
		released := s.Run(run.Run).Unreleased()
		if released.Cmp(total) > 0 {
			released = total
		}
		return fund.DecideBook(s, fund.Book{On: on, Run: run.Run, Released: released})
	})
	return err
}

// resumeBankFile goes on with a file that a crash left: a received one is read and classified, a refused one taken back.
func (l *Ledger) resumeBankFile(ctx context.Context, c Command, id string) error {
	s, err := l.BankFile(ctx, id)
	if err != nil {
		return err
	}
	if s.Sent != nil {
		return l.takeBack(ctx, id)
	}
	if s.Status == bank.StatusKept {
		format, err := bankfile.Shipped(s.Received.Format)
		if err != nil { // another layout: only its officer has it
			return domain.Refuse(domain.Conflict, "bankfile.unread", "the file %s is kept and was not read before the program ended", id).
				WithNext("name its layout: bankfile classify %s", id)
		}
		_, err = l.classifyFile(ctx, c, id, format, nil)
		return err
	}
	made, _, err := l.recordedBy(ctx, id)
	if err != nil {
		return err
	}
	return (&classifying{Ledger: l, ctx: ctx, c: c, id: id, finance: made.Office}).finish()
}
