package fund

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// What the scenes are about. Document numbers and vouchers are invented and say so.
const (
	finance = "finance"
	run1    = "5b0c3a54-2b6e-5d6b-9a3c-1f0a4f6f0001"
	run2    = "5b0c3a54-2b6e-5d6b-9a3c-1f0a4f6f0002"
)

var (
	of2021 = Opened{Finance: finance, Fund: Stream(finance, "rural-reward", 2021), Programme: "rural-reward", Year: 2021}
	day    = domain.MustDate("2021-12-10")
	money  = domain.MustMoney
)

// row is one question and its answer.
type row struct {
	name   string
	state  State
	ask    func(State) ([]domain.Event, error)
	events []domain.Event
	kind   domain.Kind // of the refusal
	rule   string
	detail string // that the refusal names
}

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			events, err := r.ask(r.state)
			if r.rule == "" {
				require.NoError(t, err)
				require.Equal(t, r.events, events)
				return
			}
			var refused *domain.RefusedError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, r.kind, refused.Kind)
			require.Equal(t, r.rule, refused.Rule)
			require.Contains(t, refused.Detail, r.detail)
			require.NotEmpty(t, refused.Next, "every no says what to do")
			require.Empty(t, events)
		})
	}
}

// does folds what a decision yielded; it fails the test if the decision refused.
func does(t require.TestingT, s State, ask func(State) ([]domain.Event, error)) State {
	events, err := ask(s)
	require.NoError(t, err)
	for _, e := range events {
		s = Evolve(s, domain.Fact{Event: e})
	}
	return s
}

func appropriates(amount, document, level string) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideAppropriate(s, Appropriate{On: of2021, Amount: money(amount), Document: document, IssuedOn: day, Level: level})
	}
}

func receives(amount, voucher, level string) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideReceive(s, Receive{On: of2021, Amount: money(amount), Level: level, ReceivedOn: day, Voucher: voucher})
	}
}

func recovers(amount, voucher string) func(State) ([]domain.Event, error) {
	return recoversOf("o-1", amount, voucher)
}

func recoversOf(overpayment, amount, voucher string) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideRecover(s, Recover{On: of2021, Amount: money(amount), Overpayment: overpayment, ReceivedOn: day, Voucher: voucher})
	}
}

func returns(amount, voucher string) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideReturn(s, Return{Amount: money(amount), ReturnedOn: day, To: "county-treasury", Voucher: voucher})
	}
}

func commits(run, need string) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideCommit(s, Commit{On: of2021, Run: run, Need: money(need)})
	}
}

func frees(run, need string, why ReleaseReason) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideFree(s, Free{Run: run, Need: money(need), Reason: why})
	}
}

func books(run, spent, released string) func(State) ([]domain.Event, error) {
	return func(s State) ([]domain.Event, error) {
		return DecideBook(s, Book{On: of2021, Run: run, Spent: money(spent), Released: money(released)})
	}
}

// The scenes of the worked example in the package's comment, each one step further.

func appropriated(t require.TestingT) State {
	return does(t, does(t, State{}, appropriates("600.00", "样例财指〔2021〕1号", "central")), appropriates("400.00", "样例财指〔2021〕2号", "county"))
}

func received(t require.TestingT) State {
	return does(t, does(t, appropriated(t), receives("600.00", "PZ-1", "central")), receives("400.00", "PZ-2", "county"))
}

func committed(t require.TestingT) State { return does(t, received(t), commits(run1, "1000.00")) }

func stopped(t require.TestingT) State {
	return does(t, committed(t), frees(run1, "920.00", ForStopped))
}

func paid(t require.TestingT) State { return does(t, stopped(t), books(run1, "840.00", "80.00")) }

func returned(t require.TestingT) State { return does(t, paid(t), returns("160.00", "PZ-9")) }

func yearClosed(t require.TestingT) State { return does(t, returned(t), DecideClose) }

func reversed(t require.TestingT) State {
	return does(t, yearClosed(t), books(run1, "-80.00", "80.00"))
}

// stands compares the three figures that everybody asks for.
func stands(t *testing.T, s State, inHand, outstanding, free string) {
	t.Helper()
	require.Equal(t, []string{inHand, outstanding, free}, []string{s.InHand().String(), s.Outstanding().String(), s.Free().String()})
}
