package payrun

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestStop(t *testing.T) {
	ask := func(l Line, reason string) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideStop(s, StopLine{Line: l, Reason: reason}) }
	}
	lines := listLines()
	yes := func(l Line) []domain.Event {
		return []domain.Event{StoppedLine{Amount: l.Amount, Draw: l.Draw, Line: l.Line, Person: l.Person, Reason: "died", Run: runID}}
	}
	with := func(n int, change func(*Line)) Line { l := listLines()[n-1]; change(&l); return l }
	left := stopped(t, stopped(t, released(t), 1), 3) // 40.00 is left
	runRows(t, []row{
		{name: "a line", state: released(t), ask: ask(lines[0], "died"), events: yes(lines[0])},
		{name: "another line", state: stopped(t, released(t), 1), ask: ask(lines[2], "died"), events: yes(lines[2])},
		{name: "the last line, all that is left", state: left, ask: ask(lines[3], "died"), events: yes(lines[3])},
		{name: "a line of 0.00", state: released(t), ask: ask(lines[1], "died"), events: yes(lines[1])},
		{name: "after the bank refused the file", state: rejected(t), ask: ask(lines[0], "died"), events: yes(lines[0])},
		{name: "again", state: stopped(t, released(t), 1), ask: ask(lines[0], "died")},
		{name: "again when instructed", state: instructed(t, stopped(t, released(t), 1)), ask: ask(lines[0], "died")},
		{name: "another line when instructed", state: withBank(t), ask: ask(lines[0], "died"), kind: domain.Conflict, rule: "payrun.instructed", detail: "instruction 1"},
		{name: "settled", state: settled(t), ask: ask(lines[0], "died"), kind: domain.Conflict, rule: "payrun.instructed"},
		{name: "awaiting", state: awaiting(t), ask: ask(lines[0], "died"), kind: domain.Conflict, rule: "payrun.not-released", detail: "awaiting"},
		{name: "cancelled", state: cancelled(t, released(t)), ask: ask(lines[0], "died"), kind: domain.Conflict, rule: "payrun.not-released", detail: "cancelled"},
		{name: "no reason", state: released(t), ask: ask(lines[0], ""), kind: domain.Invalid, rule: "payrun.reason"},
		{name: "line 0", state: released(t), ask: ask(Line{}, "died"), kind: domain.NotFound, rule: "payrun.no-line"},
		{name: "a line too far", state: released(t), ask: ask(line(5, "1.00", east), "died"), kind: domain.NotFound, rule: "payrun.no-line", detail: "1 to 4"},
		{name: "a line of another run", state: released(t), ask: ask(with(1, func(l *Line) { l.PayRef = PayRef("other", 1) }), "died"), kind: domain.Invalid, rule: "payrun.line"},
		{name: "another draw on a stopped line", state: stopped(t, released(t), 1), ask: ask(with(1, func(l *Line) { l.Draw = "x" }), "died"), kind: domain.Conflict, rule: "payrun.not-as-listed"},
		{name: "a stopped draw on another line", state: stopped(t, released(t), 1), ask: ask(with(3, func(l *Line) { l.Draw = "draw-1" }), "died"), kind: domain.Conflict, rule: "payrun.not-as-listed"},
		{name: "more than is left", state: left, ask: ask(with(4, func(l *Line) { l.Amount = domain.MustMoney("40.01") }), "died"), kind: domain.Conflict, rule: "payrun.not-as-listed"},
	})
}

// unanswered is a run settled with lines missing.
func unanswered(t *testing.T, missing int) State {
	s := withBank(t)
	c := Settle{Missing: missing}
	if missing < s.Instruction.Lines {
		c.Settled = domain.MustMoney("40.00")
	}
	events, err := DecideSettle(s, c)
	return after(t, s, "", events, err)
}

func TestStopOfPaidLine(t *testing.T) {
	line := listLines()[0]
	events, err := DecideStop(rejected(t), StopLine{Line: line, Reason: "paid", Kept: true})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{StoppedLine{Amount: line.Amount, Draw: line.Draw, Kept: true, Line: 1, Person: line.Person, Reason: "paid", Run: runID}}, events)
	lines, total := after(t, rejected(t), "", events, err).Payable()
	require.Equal(t, 2, lines)
	require.Equal(t, domain.MustMoney("220.50").Sub(line.Amount).String(), total.String())

	events, err = DecideStop(released(t), StopLine{Line: line, Reason: "paid", Kept: true})
	require.Empty(t, events)
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "payrun.kept", refused.Rule)
}

func TestPayable(t *testing.T) {
	for _, c := range []struct {
		name  string
		stops []int
		lines int
		total string
	}{
		{"all but the line of 0.00", nil, 3, "220.50"},
		{"a line stopped", []int{1}, 2, "140.50"},
		{"the line of 0.00 stopped", []int{2}, 3, "220.50"},
		{"two stopped", []int{3, 1}, 1, "40.00"},
		{"all stopped", []int{1, 2, 3, 4}, 0, "0.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := released(t)
			for _, n := range c.stops {
				s = stopped(t, s, n)
			}
			lines, total := s.Payable()
			require.Equal(t, c.lines, lines)
			require.Equal(t, c.total, total.String())
		})
	}
}

func TestInstruct(t *testing.T) {
	ask := func(c Instruct) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideInstruct(s, c) }
	}
	with := func(change func(*Instruct)) func(State) ([]domain.Event, error) {
		c := instruction(released(t))
		change(&c)
		return ask(c)
	}
	money := domain.MustMoney
	yes := func(n, lines int, total string, files ...string) []domain.Event {
		return []domain.Event{Instructed{BankFiles: files, Instruction: n, Lines: lines, Run: runID, Total: money(total)}}
	}
	same := func(*Instruct) {}
	runRows(t, []row{
		{name: "released", state: released(t), ask: with(same), events: yes(1, 3, "220.50", "file-1")},
		{name: "into two files", state: released(t), ask: with(func(c *Instruct) { c.BankFiles = []string{"a", "b"} }), events: yes(1, 3, "220.50", "a", "b")},
		{name: "less a stopped line", state: stopped(t, released(t), 1), ask: ask(instruction(stopped(t, released(t), 1))), events: yes(1, 2, "140.50", "file-1")},
		{name: "after the bank refused the file", state: rejected(t), ask: with(func(c *Instruct) { c.Instruction = 2 }), events: yes(2, 3, "220.50", "file-1")},
		{name: "again", state: withBank(t), ask: with(same)},
		{name: "again when settled", state: settled(t), ask: with(same)},
		{name: "again with another file", state: withBank(t), ask: with(func(c *Instruct) { c.BankFiles = []string{"x"} }), kind: domain.Conflict, rule: "payrun.instructed"},
		{name: "again with fewer lines", state: withBank(t), ask: with(func(c *Instruct) { c.Lines = 2 }), kind: domain.Conflict, rule: "payrun.instructed"},
		{name: "again with another total", state: withBank(t), ask: with(func(c *Instruct) { c.Total = money("1.00") }), kind: domain.Conflict, rule: "payrun.instructed"},
		{name: "a second one while the first stands", state: withBank(t), ask: with(func(c *Instruct) { c.Instruction = 2 }), kind: domain.Conflict, rule: "payrun.instructed"},
		{name: "the refused one again", state: rejected(t), ask: with(same), kind: domain.Conflict, rule: "payrun.instruction-number", detail: "next instruction is 2"},
		{name: "number 0", state: released(t), ask: with(func(c *Instruct) { c.Instruction = 0 }), kind: domain.Conflict, rule: "payrun.instruction-number"},
		{name: "number 0 of nothing", state: released(t), ask: ask(Instruct{}), kind: domain.Conflict, rule: "payrun.instruction-number"},
		{name: "number 2 first", state: released(t), ask: with(func(c *Instruct) { c.Instruction = 2 }), kind: domain.Conflict, rule: "payrun.instruction-number", detail: "next instruction is 1"},
		{name: "awaiting", state: awaiting(t), ask: with(same), kind: domain.Conflict, rule: "payrun.not-released"},
		{name: "cancelled", state: cancelled(t, released(t)), ask: with(same), kind: domain.Conflict, rule: "payrun.not-released"},
		{name: "a line too many", state: released(t), ask: with(func(c *Instruct) { c.Lines = 4 }), kind: domain.Conflict, rule: "payrun.not-payable", detail: "4 lines"},
		{name: "a fen too many", state: released(t), ask: with(func(c *Instruct) { c.Total = money("220.51") }), kind: domain.Conflict, rule: "payrun.not-payable", detail: "220.51"},
		{name: "a stopped line too", state: stopped(t, released(t), 1), ask: with(same), kind: domain.Conflict, rule: "payrun.not-payable", detail: "140.50"},
		{name: "everything stopped", state: stopped(t, stopped(t, stopped(t, released(t), 1), 3), 4), ask: with(func(c *Instruct) { c.Lines, c.Total = 0, domain.Money{} }), kind: domain.Refused, rule: "payrun.nothing-payable"},
		{name: "no file", state: released(t), ask: with(func(c *Instruct) { c.BankFiles = nil }), kind: domain.Invalid, rule: "payrun.bank-files", detail: "no bank file"},
		{name: "a file without id", state: released(t), ask: with(func(c *Instruct) { c.BankFiles = []string{"a", ""} }), kind: domain.Invalid, rule: "payrun.bank-files", detail: `""`},
		{name: "a file twice", state: released(t), ask: with(func(c *Instruct) { c.BankFiles = []string{"a", "a"} }), kind: domain.Invalid, rule: "payrun.bank-files", detail: `"a"`},
	})
}

func TestReject(t *testing.T) {
	ask := func(n int, proof, reason string) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) {
			return DecideReject(s, RejectInstruction{Instruction: n, Proof: proof, Reason: reason})
		}
	}
	yes := func(n int) []domain.Event {
		return []domain.Event{InstructionRejected{Instruction: n, Proof: "file-r", Reason: "format", Run: runID}}
	}
	runRows(t, []row{
		{name: "the first", state: withBank(t), ask: ask(1, "file-r", "format"), events: yes(1)},
		{name: "the second", state: instructed(t, rejected(t)), ask: ask(2, "file-r", "format"), events: yes(2)},
		{name: "again", state: rejected(t), ask: ask(1, "file-r", "format")},
		{name: "the first when the second stands", state: instructed(t, rejected(t)), ask: ask(1, "file-r", "format"), kind: domain.Conflict, rule: "payrun.no-instruction"},
		{name: "one that was never given", state: rejected(t), ask: ask(2, "file-r", "format"), kind: domain.Conflict, rule: "payrun.no-instruction"},
		{name: "another than stands", state: withBank(t), ask: ask(2, "file-r", "format"), kind: domain.Conflict, rule: "payrun.no-instruction"},
		{name: "not instructed", state: released(t), ask: ask(0, "file-r", "format"), kind: domain.Conflict, rule: "payrun.no-instruction"},
		{name: "settled", state: settled(t), ask: ask(1, "file-r", "format"), kind: domain.Conflict, rule: "payrun.answered", detail: "3 of 3"},
		{name: "settled with nothing", state: settledEmpty(t), ask: ask(0, "file-r", "format"), kind: domain.Conflict, rule: "payrun.no-instruction", detail: "settled"},
		{name: "settled without any answer", state: unanswered(t, 3), ask: ask(1, "file-r", "format"), events: yes(1)},
		{name: "settled with one answer", state: unanswered(t, 2), ask: ask(1, "file-r", "format"), kind: domain.Conflict, rule: "payrun.answered", detail: "1 of 3"},
		{name: "no proof", state: withBank(t), ask: ask(1, "", "format"), kind: domain.Invalid, rule: "payrun.proof"},
		{name: "no reason", state: withBank(t), ask: ask(1, "file-r", ""), kind: domain.Invalid, rule: "payrun.reason"},
	})
}

func TestSettle(t *testing.T) {
	ask := func(settled, returned string, missing int) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) {
			return DecideSettle(s, Settle{Settled: domain.MustMoney(settled), Returned: domain.MustMoney(returned), Missing: missing})
		}
	}
	yes := func(settled, returned string, missing int) []domain.Event {
		return []domain.Event{Settled{Missing: missing, Returned: domain.MustMoney(returned), Run: runID, Settled: domain.MustMoney(settled)}}
	}
	empty := stopped(t, stopped(t, stopped(t, released(t), 1), 3), 4)
	refusedThenEmpty := stopped(t, stopped(t, stopped(t, rejected(t), 1), 3), 4)
	runRows(t, []row{
		{name: "everything settled", state: withBank(t), ask: ask("220.50", "0.00", 0), events: yes("220.50", "0.00", 0)},
		{name: "some returned", state: withBank(t), ask: ask("180.50", "40.00", 0), events: yes("180.50", "40.00", 0)},
		{name: "everything returned", state: withBank(t), ask: ask("0.00", "220.50", 0), events: yes("0.00", "220.50", 0)},
		{name: "a line missing", state: withBank(t), ask: ask("180.50", "0.00", 1), events: yes("180.50", "0.00", 1)},
		{name: "all lines missing", state: withBank(t), ask: ask("0.00", "0.00", 3), events: yes("0.00", "0.00", 3)},
		{name: "nothing payable", state: empty, ask: ask("0.00", "0.00", 0), events: yes("0.00", "0.00", 0)},
		{name: "nothing payable after a refused file", state: refusedThenEmpty, ask: ask("0.00", "0.00", 0), events: yes("0.00", "0.00", 0)},
		{name: "again", state: settled(t), ask: ask("180.50", "40.00", 0)},
		{name: "again, settled otherwise", state: settled(t), ask: ask("220.50", "40.00", 0), kind: domain.Conflict, rule: "payrun.not-instructed", detail: "settled"},
		{name: "again, returned otherwise", state: settled(t), ask: ask("180.50", "0.00", 0), kind: domain.Conflict, rule: "payrun.not-instructed"},
		{name: "again, missing otherwise", state: settled(t), ask: ask("180.50", "40.00", 1), kind: domain.Conflict, rule: "payrun.not-instructed"},
		{name: "released and payable", state: released(t), ask: ask("0.00", "0.00", 0), kind: domain.Conflict, rule: "payrun.not-instructed", detail: "released"},
		{name: "refused by the bank and payable", state: rejected(t), ask: ask("220.50", "0.00", 0), kind: domain.Conflict, rule: "payrun.not-instructed"},
		{name: "not released", state: opened(t), ask: ask("0.00", "0.00", 0), kind: domain.Conflict, rule: "payrun.not-instructed", detail: "open"},
		{name: "money of nothing", state: empty, ask: ask("0.01", "0.00", 0), kind: domain.Conflict, rule: "payrun.unbalanced"},
		{name: "a missing line of nothing", state: refusedThenEmpty, ask: ask("0.00", "0.00", 1), kind: domain.Invalid, rule: "payrun.settled-amounts"},
		{name: "a fen short", state: withBank(t), ask: ask("180.49", "40.00", 0), kind: domain.Conflict, rule: "payrun.unbalanced", detail: "leaves 0.01"},
		{name: "a fen over", state: withBank(t), ask: ask("180.51", "40.00", 0), kind: domain.Conflict, rule: "payrun.unbalanced"},
		{name: "a fen over with a line missing", state: withBank(t), ask: ask("180.51", "40.00", 1), kind: domain.Conflict, rule: "payrun.unbalanced"},
		{name: "a line missing and nothing left for it", state: withBank(t), ask: ask("180.50", "40.00", 1), kind: domain.Conflict, rule: "payrun.unbalanced"},
		{name: "negative settled", state: withBank(t), ask: ask("-0.01", "220.51", 0), kind: domain.Invalid, rule: "payrun.settled-amounts"},
		{name: "negative returned", state: withBank(t), ask: ask("220.51", "-0.01", 0), kind: domain.Invalid, rule: "payrun.settled-amounts"},
		{name: "negative missing", state: withBank(t), ask: ask("180.50", "0.00", -1), kind: domain.Invalid, rule: "payrun.settled-amounts"},
		{name: "more lines missing than instructed", state: withBank(t), ask: ask("0.00", "0.00", 4), kind: domain.Invalid, rule: "payrun.settled-amounts"},
	})
}
