package fund

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
)

// A fund played at random, against a model that adds up every event by itself.
func TestSumsFoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s State
		m := model{runs: map[string]*RunMoney{}}
		for i := range rapid.IntRange(1, 40).Draw(t, "acts") {
			before := s
			events, err, bank := act(t, s, i)
			if err != nil {
				require.ErrorAs(t, err, new(*domain.RefusedError))
				require.Empty(t, events)
				require.False(t, bank, "no bank fact is ever refused: %v", err)
				continue
			}
			for _, e := range events {
				s = Evolve(s, domain.Fact{Event: e})
				m.add(e)
			}
			m.foots(t, s)
			if !bank {
				own(t, before, s)
			}
			if before.Closed {
				require.True(t, bank || s.InHand().Abs().Cmp(before.InHand().Abs()) <= 0, "a closed fund only comes nearer to 0.00")
			}
		}
	})
}

// act asks for one thing. Amounts are drawn small, so that balances meet.
func act(t *rapid.T, s State, i int) (events []domain.Event, err error, bank bool) {
	amount := domain.Fen(rapid.Int64Range(1, 30000).Draw(t, "fen"))
	signed := func(name string) domain.Money { return domain.Fen(rapid.Int64Range(-20000, 30000).Draw(t, name)) }
	voucher := "PZ-" + strconv.Itoa(i)
	level := rapid.SampledFrom([]string{"central", "county"}).Draw(t, "level")
	run := rapid.SampledFrom([]string{run1, run2}).Draw(t, "run")
	switch rapid.IntRange(0, 8).Draw(t, "act") {
	case 0:
		events, err = DecideAppropriate(s, Appropriate{On: of2021, Amount: amount, Document: voucher, IssuedOn: day, Level: level})
	case 1:
		events, err = DecideReceive(s, Receive{On: of2021, Amount: amount, Level: level, ReceivedOn: day, Voucher: voucher})
	case 2:
		events, err = DecideRecover(s, Recover{On: of2021, Amount: amount, ReceivedOn: day, Voucher: voucher})
	case 3:
		if free := s.Free(); rapid.Bool().Draw(t, "all") && free.Sign() > 0 {
			amount = free
		}
		events, err = DecideReturn(s, Return{Amount: amount, ReturnedOn: day, To: "county-treasury", Voucher: voucher})
	case 4, 5:
		events, err = DecideCommit(s, Commit{On: of2021, Run: run, Need: amount})
	case 6:
		events, err = DecideFree(s, Free{Run: run, Need: domain.Fen(rapid.Int64Range(0, 100).Draw(t, "need")), Reason: ForUnneeded})
	case 7:
		events, err = DecideBook(s, Book{On: of2021, Run: run, Spent: signed("spent"), Released: signed("released"), Beyond: domain.Fen(rapid.Int64Range(-100, 100).Draw(t, "beyond"))})
		return events, err, true
	case 8:
		events, err = DecideClose(s)
	}
	return events, err, false
}

// own holds what our own acts may do: never take free below zero, nor further below it.
func own(t require.TestingT, before, after State) {
	if after.Free().Sign() < 0 {
		require.GreaterOrEqual(t, after.Free().Cmp(before.Free()), 0)
	}
}

// model adds up events, knowing nothing of State.
type model struct {
	in, out domain.Money
	runs    map[string]*RunMoney
	closed  bool
}

func (m *model) add(event domain.Event) {
	run := func(id string) *RunMoney {
		if m.runs[id] == nil {
			m.runs[id] = &RunMoney{Run: id}
		}
		return m.runs[id]
	}
	switch e := event.(type) {
	case Received:
		m.in = m.in.Add(e.Amount)
	case Recovered:
		m.in = m.in.Add(e.Amount)
	case Returned:
		m.out = m.out.Add(e.Amount)
	case Committed:
		run(e.Run).Committed = run(e.Run).Committed.Add(e.Amount)
	case Released:
		run(e.Run).Released = run(e.Run).Released.Add(e.Amount)
	case Spent:
		m.out = m.out.Add(e.Amount)
		run(e.Run).Spent = run(e.Run).Spent.Add(e.Amount)
		run(e.Run).Beyond = run(e.Run).Beyond.Add(e.Beyond)
	case YearClosed:
		m.closed = true
	}
}

func (m *model) foots(t require.TestingT, s State) {
	var outstanding domain.Money
	for _, r := range m.runs {
		if left := r.Committed.Sub(r.Released).Sub(r.Spent).Add(r.Beyond); left.Sign() > 0 {
			outstanding = outstanding.Add(left)
		}
		require.Equal(t, *r, s.Run(r.Run))
	}
	require.Equal(t, m.in.Sub(m.out), s.InHand())
	require.Equal(t, s.Received.Add(s.Recovered).Sub(s.Spent).Sub(s.Returned), s.InHand())
	require.Equal(t, outstanding, s.Outstanding())
	require.Equal(t, s.InHand().Sub(outstanding), s.Free())
	require.Equal(t, m.closed, s.Closed)
	for _, level := range []string{"central", "county"} {
		require.LessOrEqual(t, s.ReceivedOf(level).Cmp(s.Appropriated(level)), 0, "no level pays more than it granted")
	}
}

// Evolve never writes to what another state reads.
func TestEvolveSharesNothing(t *testing.T) {
	base := committed(t)
	one := does(t, base, books(run1, "1.00", "0.00"))
	other := does(t, base, books(run1, "2.00", "0.00"))
	require.Equal(t, []domain.Money{{}, money("1.00"), money("2.00")}, []domain.Money{base.Run(run1).Spent, one.Run(run1).Spent, other.Run(run1).Spent})
	second := does(t, base, recovers("1.00", "PZ-1"))
	third := does(t, base, recovers("2.00", "PZ-2"))
	require.Equal(t, "PZ-1", second.Vouchers[2].Voucher)
	require.Equal(t, "PZ-2", third.Vouchers[2].Voucher)
}
