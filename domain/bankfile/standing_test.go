package bankfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStanding(t *testing.T) {
	for _, c := range []struct {
		name   string
		facts  []string // each in a file of its own, in this order; 80.00 are instructed
		status LineStatus
		sums   string // settled/returned/outstanding
		late   bool
		shows  []ContradictionKind
	}{
		{name: "nothing said", status: LinePending, sums: "0.00/0.00/80.00"},
		{name: "paid", facts: []string{"paid 80.00 S1 5"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "paid nothing", facts: []string{"paid 0.00 S1 5"}, status: LinePending, sums: "0.00/0.00/80.00"},
		{name: "one fen short", facts: []string{"paid 79.99 S1 5"}, status: LineSettled, sums: "79.99/0.00/0.01"},
		{name: "one fen more", facts: []string{"paid 80.01 S1 5"}, status: LineSettled, sums: "80.00/0.00/0.00 beyond 0.01"},
		{name: "two parts", facts: []string{"paid 30.00 S1 5", "paid 50.00 S2 6"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "twice", facts: []string{"paid 80.00 S1 5", "paid 80.00 S2 5"}, status: LineSettled, sums: "80.00/0.00/0.00 beyond 80.00"},
		{name: "one number on two days is two payments", facts: []string{"paid 80.00 S1 5", "paid 80.00 S1 6"}, status: LineSettled, sums: "80.00/0.00/0.00 beyond 80.00"},
		{name: "no number, two days", facts: []string{"paid 80.00 - 5", "paid 80.00 - 6"}, status: LineSettled, sums: "80.00/0.00/0.00 beyond 80.00"},
		{name: "no number, one day", facts: []string{"paid 80.00 - 5", "paid 80.00 - 5"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "neither number nor day", facts: []string{"paid 80.00 - -", "paid 80.00 - -"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "the number comes later", facts: []string{"paid 80.00 - 5", "paid 80.00 S1 5"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "number and day from two files", facts: []string{"paid 80.00 - 5", "paid 80.00 S1 -"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "a number completed by one day is not of another", facts: []string{"paid 80.00 - 5", "paid 80.00 S1 -", "paid 80.00 - 6"}, status: LineSettled, sums: "80.00/0.00/0.00 beyond 80.00"},
		{name: "one booking, two amounts", facts: []string{"paid 80.00 S1 5", "paid 79.99 S1 5"}, status: LineSettled, sums: "80.00/0.00/0.00", shows: []ContradictionKind{AmountDisputed}},
		{name: "the fuller statement counts", facts: []string{"paid 79.99 - 5", "paid 80.00 S1 5"}, status: LineSettled, sums: "80.00/0.00/0.00", shows: []ContradictionKind{AmountDisputed}},

		{name: "returned", facts: []string{"returned 80.00 S1 5"}, status: LineReturned, sums: "0.00/80.00/0.00"},
		{name: "a part returned", facts: []string{"returned 79.99 S1 5"}, status: LineReturned, sums: "0.00/79.99/0.01", shows: []ContradictionKind{ReturnedUnevenly}},
		{name: "too much returned", facts: []string{"returned 80.01 S1 5"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{ReturnedUnevenly, ReturnedTooMuch}},
		{name: "returned twice", facts: []string{"returned 80.00 S1 5", "returned 80.00 S2 6"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{ReturnedTooMuch}},
		{name: "bounced", facts: []string{"paid 80.00 S1 5", "returned 80.00 S2 6"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{PaidAndReturned}},
		{name: "bounced, told in the other order", facts: []string{"returned 80.00 S2 6", "paid 80.00 S1 5"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{PaidAndReturned}},
		{name: "bounced on the same day", facts: []string{"returned 80.00 S1 5", "paid 80.00 S1 5"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{PaidAndReturned}},
		{name: "a part paid, the rest returned", facts: []string{"paid 30.00 S1 5", "returned 50.00 S2 6"}, status: LineSettled, sums: "30.00/50.00/0.00", shows: []ContradictionKind{PaidAndReturned, ReturnedUnevenly}},
		{name: "half paid, the other half returned", facts: []string{"paid 40.00 S1 5", "returned 40.00 S2 6"}, status: LineSettled, sums: "40.00/40.00/0.00", shows: []ContradictionKind{PaidAndReturned, ReturnedUnevenly}},
		{name: "a part paid, that part bounced", facts: []string{"paid 30.00 S1 5", "returned 30.00 S2 6"}, status: LineReturned, sums: "0.00/30.00/50.00", shows: []ContradictionKind{PaidAndReturned, ReturnedUnevenly}},
		{name: "a part paid, all returned", facts: []string{"paid 30.00 S1 5", "returned 80.00 S2 6"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{PaidAndReturned}},
		{name: "paid twice, one bounced", facts: []string{"paid 80.00 S1 5", "paid 80.00 S2 5", "returned 80.00 S3 6"}, status: LineSettled, sums: "80.00/0.00/0.00", shows: []ContradictionKind{PaidAndReturned}},
		{name: "after all", facts: []string{"returned 80.00 S1 5", "paid 80.00 S2 6"}, status: LineSettled, sums: "80.00/0.00/0.00", late: true, shows: []ContradictionKind{ReturnedAndPaid}},
		{name: "after all, told first", facts: []string{"paid 80.00 S2 6", "returned 80.00 S1 5"}, status: LineSettled, sums: "80.00/0.00/0.00", late: true, shows: []ContradictionKind{ReturnedAndPaid}},
		{name: "after all, in part", facts: []string{"returned 80.00 S1 5", "paid 79.99 S2 6"}, status: LineSettled, sums: "79.99/0.01/0.00", late: true, shows: []ContradictionKind{ReturnedAndPaid}},
		{name: "after all, bounced again", facts: []string{"returned 80.00 S1 5", "paid 80.00 S2 6", "returned 80.00 S3 7"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{ReturnedAndPaid, PaidAndReturned}},
		{name: "without days the day of the file decides", facts: []string{"returned 80.00 S1 -", "paid 80.00 S2 -"}, status: LineSettled, sums: "80.00/0.00/0.00", late: true, shows: []ContradictionKind{ReturnedAndPaid}},
		{name: "a booking without a day counts from the first file that said it", facts: []string{"paid 80.00 - -", "returned 80.00 S2 -", "paid 80.00 S1 -"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{PaidAndReturned}},

		{name: "reversed", facts: []string{"paid 80.00 S1 5", "reversed 80.00 S2 6"}, status: LineReturned, sums: "0.00/80.00/0.00"},
		{name: "reversed on the same day, told first", facts: []string{"reversed 80.00 S2 5", "paid 80.00 S1 5"}, status: LineReturned, sums: "0.00/80.00/0.00"},
		{name: "a part reversed", facts: []string{"paid 80.00 S1 5", "reversed 30.00 S2 6"}, status: LineSettled, sums: "50.00/30.00/0.00"},
		{name: "reversed alone", facts: []string{"reversed 80.00 S2 5"}, status: LineReturned, sums: "0.00/80.00/0.00 early 80.00", shows: []ContradictionKind{ReversedNotPaid}},
		{name: "reversed before paid", facts: []string{"reversed 80.00 S2 5", "paid 80.00 S1 6"}, status: LineReturned, sums: "0.00/80.00/0.00", shows: []ContradictionKind{ReversedNotPaid}},
		{name: "reversed before paid, and paid again", facts: []string{"reversed 80.00 S2 5", "paid 80.00 S1 6", "paid 80.00 S3 7"}, status: LineSettled, sums: "80.00/0.00/0.00", late: true, shows: []ContradictionKind{ReversedNotPaid}},
		{name: "more reversed than paid", facts: []string{"paid 30.00 S1 5", "reversed 80.00 S2 6"}, status: LineReturned, sums: "0.00/80.00/0.00 early 50.00", shows: []ContradictionKind{ReversedNotPaid}},
		{name: "paid twice, one reversed", facts: []string{"paid 80.00 S1 5", "paid 80.00 S2 5", "reversed 80.00 S3 6"}, status: LineSettled, sums: "80.00/0.00/0.00"},
		{name: "what is beyond goes first", facts: []string{"paid 100.00 S1 5", "reversed 30.00 S2 6"}, status: LineSettled, sums: "70.00/10.00/0.00"},
		{name: "the return told again as a credit", facts: []string{"returned 80.00 S1 5", "reversed 80.00 S2 6"}, status: LineReturned, sums: "0.00/80.00/0.00"},
		{name: "that credit hides no payment after all", facts: []string{"returned 80.00 S1 5", "reversed 80.00 S2 6", "paid 80.00 S3 7"}, status: LineSettled, sums: "80.00/0.00/0.00", late: true, shows: []ContradictionKind{ReturnedAndPaid}},
		{name: "the credit first", facts: []string{"reversed 80.00 S2 5", "returned 80.00 S1 6", "paid 80.00 S3 7"}, status: LineSettled, sums: "80.00/0.00/0.00", late: true, shows: []ContradictionKind{ReversedNotPaid, ReturnedAndPaid}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s LineState
			for i, said := range c.facts {
				s = s.Evolve(bankLine(t, said).fact(received(i + 1)))
			}
			st := s.Standing(instructed(1, "80.00"))
			require.Equal(t, c.status, st.Status)
			require.Equal(t, c.sums, sums(st.Buckets))
			require.True(t, st.Foots())
			require.Equal(t, c.late, st.Late)
			require.Equal(t, c.shows, kinds(st.Contradictions))
		})
	}
}

func TestMissingIsPendingWhoseTimeIsOver(t *testing.T) {
	l := instructed(1, "80.00")
	l.Missing = true
	require.Equal(t, LineMissing, LineState{}.Standing(l).Status)
	require.Equal(t, "0.00/0.00/80.00", sums(LineState{}.Standing(l).Buckets))
	for said, want := range map[string]LineStatus{"paid 80.00 S1 5": LineSettled, "returned 80.00 S1 5": LineReturned, "paid 0.00 S1 5": LineMissing} {
		s := LineState{}.Evolve(bankLine(t, said).fact(received(1)))
		require.Equal(t, want, s.Standing(l).Status, said)
	}
}

func TestContradictionsNameTheirFacts(t *testing.T) {
	first, second := bankLine(t, "paid 80.00 S1 5").fact(received(1)), bankLine(t, "paid 79.99 S1 5").fact(received(2))
	for _, order := range [][]Fact{{first, second}, {second, first}} {
		s := LineState{}.Evolve(order[0]).Evolve(order[1])
		require.Equal(t, []Contradiction{{Kind: AmountDisputed, First: first, Second: second}}, s.Standing(instructed(1, "80.00")).Contradictions)
	}
	paid, back := bankLine(t, "paid 80.00 S1 5").fact(received(1)), bankLine(t, "returned 80.00 S1 6").fact(received(2))
	s := LineState{}.Evolve(back).Evolve(paid)
	require.Equal(t, []Contradiction{{Kind: PaidAndReturned, First: paid, Second: back}}, s.Standing(instructed(1, "80.00")).Contradictions)
}

func TestEvolveSharesNothing(t *testing.T) {
	one := LineState{}.Evolve(bankLine(t, "paid 80.00 S1 5").fact(received(2)))
	two := one.Evolve(bankLine(t, "paid 80.00 S2 5").fact(received(2)))
	earlier := one.Evolve(bankLine(t, "paid 80.00 S1 5").fact(received(1)))
	require.Len(t, one.Facts, 1)
	require.Len(t, two.Facts, 2)
	require.Equal(t, "file-02", one.Facts[0].File)
	require.Equal(t, "file-01", earlier.Facts[0].File, "the earliest place is kept")
	require.Equal(t, earlier, earlier.Evolve(bankLine(t, "paid 80.00 S1 5").fact(received(2))))
}
