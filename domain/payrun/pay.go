package payrun

import (
	"slices"

	"almoner/domain"
)

// StopLine takes a line out (止付). Line MUST be read from the pages of the round that was released: the state keeps none.
type StopLine struct {
	Line   Line
	Reason string // closed code
	Kept   bool   // the payee holds money of it, which the bank booked after it had refused the file whole
}

// DecideStop stops a line after release and before an instruction that stands. Its draw is then undone, unless it is kept:
// only a bank that refused an instruction can have paid a line that none tells it to pay.
func DecideStop(s State, c StopLine) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if stop, stopped := s.stop(c.Line.Line); stopped && stop.Draw == c.Line.Draw {
		return nil, nil
	}
	if err := s.released(); err != nil {
		return nil, err
	}
	if c.Reason == "" {
		return nil, domain.Refuse(domain.Invalid, "payrun.reason", "stopping a line needs a reason").WithNext("name a reason code")
	}
	if err := s.checkStop(c.Line); err != nil {
		return nil, err
	}
	if c.Kept && !s.Instruction.Rejected {
		return nil, domain.Refuse(domain.Conflict, "payrun.kept", "line %d was never sent, and its draw cannot be kept", c.Line.Line).WithNext("load the run again")
	}
	return []domain.Event{StoppedLine{
		Amount: c.Line.Amount, Draw: c.Line.Draw, Kept: c.Kept, Line: c.Line.Line, Person: c.Line.Person, Reason: c.Reason, Run: s.Opened.Run,
	}}, nil
}

// checkStop checks what can be told of a line without the list: that the run has it, and has not stopped it.
func (s State) checkStop(l Line) error {
	if l.Line < 1 || l.Line > s.Listing.Lines {
		return domain.Refuse(domain.NotFound, "payrun.no-line", "the run has lines 1 to %d, not %d", s.Listing.Lines, l.Line).WithNext("look the line up in the list")
	}
	if err := s.checkLine(l, l.Line); err != nil {
		return err
	}
	_, payable := s.Payable()
	_, stopped := s.stop(l.Line)
	again := slices.ContainsFunc(s.Stopped, func(stop Stop) bool { return stop.Draw == l.Draw })
	if stopped || again || l.Amount.Cmp(payable) > 0 {
		return domain.Refuse(domain.Conflict, "payrun.not-as-listed", "line %d is not as the run lists it", l.Line).WithNext("read the pages of the run again")
	}
	return nil
}

// released refuses unless money is owed and no instruction stands.
func (s State) released() error {
	switch s.Status {
	case StatusReleased:
		return nil
	case StatusInstructed, StatusSettled:
		return domain.Refuse(domain.Conflict, "payrun.instructed", "the bank was told to pay (instruction %d) before", s.Instruction.Number).
			WithNext("wait for the bank's return; what was paid wrongly is recovered")
	}
	return domain.Refuse(domain.Conflict, "payrun.not-released", "the run is %s, not released", s.Status).WithNext("%s", s.Next())
}

// Instruct tells the bank to pay (代发指令): the intent, before any file leaves. Lines and Total are those of the bank files.
type Instruct struct {
	Instruction int // from 1
	BankFiles   []string
	Lines       int
	Total       domain.Money
}

// DecideInstruct instructs what is payable, exactly.
func DecideInstruct(s State, c Instruct) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if s.stands(c) {
		return nil, nil
	}
	if err := s.released(); err != nil {
		return nil, err
	}
	lines, total := s.Payable()
	switch next := s.Instruction.Number + 1; {
	case c.Instruction != next:
		return nil, domain.Refuse(domain.Conflict, "payrun.instruction-number", "the next instruction is %d, not %d", next, c.Instruction).WithNext("load the run again")
	case lines == 0:
		return nil, domain.Refuse(domain.Refused, "payrun.nothing-payable", "every line is 0.00 or stopped").WithNext("settle the run without the bank")
	case c.Lines != lines || !c.Total.Equal(total):
		return nil, domain.Refuse(domain.Conflict, "payrun.not-payable", "the bank files hold %d lines and %v yuan; payable are %d lines and %v yuan", c.Lines, c.Total, lines, total).
			WithNext("make the bank files anew: a line may have been stopped")
	}
	if err := checkFiles(c.BankFiles); err != nil {
		return nil, err
	}
	return []domain.Event{Instructed{BankFiles: c.BankFiles, Instruction: c.Instruction, Lines: lines, Run: s.Opened.Run, Total: total}}, nil
}

// stands says that this very instruction is the last one and was not refused by the bank.
func (s State) stands(c Instruct) bool {
	i := s.Instruction
	return i.Number > 0 && !i.Rejected && i.Number == c.Instruction && slices.Equal(i.BankFiles, c.BankFiles) && i.Lines == c.Lines && i.Total.Equal(c.Total)
}

func checkFiles(files []string) error {
	seen := map[string]bool{"": true}
	for _, f := range files {
		if seen[f] {
			return domain.Refuse(domain.Invalid, "payrun.bank-files", "the bank file %q is named twice or has no id", f).WithNext("name each bank file once")
		}
		seen[f] = true
	}
	if len(files) == 0 {
		return domain.Refuse(domain.Invalid, "payrun.bank-files", "the instruction names no bank file").WithNext("make the bank files first")
	}
	return nil
}

// RejectInstruction says that the bank refused the whole file. Proof is the bank file that says so.
type RejectInstruction struct {
	Instruction int
	Proof       string // bank file id
	Reason      string // closed code
}

// DecideReject records that an instruction was refused whole and nothing of it booked: the run can be instructed again. A run
// that was settled because the bank did not answer is refused late.
func DecideReject(s State, c RejectInstruction) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case s.Instruction.Rejected && s.Instruction.Number == c.Instruction:
		return nil, nil
	case s.Status == StatusSettled && s.Instruction.Number == c.Instruction && c.Instruction > 0 && s.Bank.Missing < s.Instruction.Lines:
		return nil, domain.Refuse(domain.Conflict, "payrun.answered", "the bank answered %d of %d lines of instruction %d", s.Instruction.Lines-s.Bank.Missing, s.Instruction.Lines, c.Instruction).
			WithNext("what it did not pay comes back by its return file; correct what it paid by the next run or a recovery")
	case s.Status != StatusInstructed && s.Status != StatusSettled || c.Instruction == 0 || s.Instruction.Number != c.Instruction:
		return nil, domain.Refuse(domain.Conflict, "payrun.no-instruction", "instruction %d does not stand; the run is %s", c.Instruction, s.Status).WithNext("%s", s.Next())
	case c.Proof == "":
		return nil, domain.Refuse(domain.Invalid, "payrun.proof", "the bank's refusal is not proven").WithNext("add the bank's return file that refuses the instruction")
	case c.Reason == "":
		return nil, domain.Refuse(domain.Invalid, "payrun.reason", "the bank's refusal needs a reason").WithNext("name a reason code")
	}
	return []domain.Event{InstructionRejected{Instruction: c.Instruction, Proof: c.Proof, Reason: c.Reason, Run: s.Opened.Run}}, nil
}

// Settle says in which states the lines of the instruction ended. Amounts are those of the instruction's lines.
type Settle struct {
	Settled  domain.Money
	Returned domain.Money
	Missing  int // lines the bank never answered
}

// DecideSettle ends the run. Settled and returned are all that was instructed, unless lines are missing. A run of which
// nothing is payable is settled from its release, with nothing.
func DecideSettle(s State, c Settle) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if s.Status == StatusSettled && s.Bank.Missing == c.Missing && s.Bank.Settled.Equal(c.Settled) && s.Bank.Returned.Equal(c.Returned) {
		return nil, nil
	}
	lines, total := s.Instruction.Lines, s.Instruction.Total
	payable, _ := s.Payable()
	switch {
	case s.Status == StatusReleased && payable == 0:
		lines, total = 0, domain.Money{}
	case s.Status != StatusInstructed:
		return nil, domain.Refuse(domain.Conflict, "payrun.not-instructed", "the run is %s; only what the bank was told to pay can be settled", s.Status).WithNext("%s", s.Next())
	}
	rest := total.Sub(c.Settled).Sub(c.Returned)
	switch {
	case c.Settled.Sign() < 0 || c.Returned.Sign() < 0 || c.Missing < 0 || c.Missing > lines:
		return nil, domain.Refuse(domain.Invalid, "payrun.settled-amounts", "settled %v, returned %v, %d of %d lines missing: that cannot be", c.Settled, c.Returned, c.Missing, lines).
			WithNext("count the lines of the instruction again")
	case rest.Sign() < 0 || rest.IsZero() != (c.Missing == 0):
		return nil, domain.Refuse(domain.Conflict, "payrun.unbalanced", "of %v yuan instructed %v settled and %v came back, which leaves %v for %d missing lines", total, c.Settled, c.Returned, rest, c.Missing).
			WithNext("wait until every line has ended in one state, then settle")
	}
	return []domain.Event{Settled{Missing: c.Missing, Returned: c.Returned, Run: s.Opened.Run, Settled: c.Settled}}, nil
}
