package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func bankFact(line int, edit ...func(*BankFact)) BankFact {
	c := BankFact{Draw: "draw-r1", Run: "r1", Amount: yuan("100.00"), BankFile: "bf", BankLine: line, On: day("2022-02-03"), Reason: "account-closed", Serial: "S1"}
	for _, f := range edit {
		f(&c)
	}
	return c
}

func returned(c *BankFact) { c.Facts, c.Undraw = []string{"returned"}, true }
func arrivedLate(c *BankFact) {
	c.Facts, c.Overpaid, c.Overpayment = []string{"late"}, yuan("100.00"), "over-late"
}
func reversed(amount string) func(*BankFact) {
	return func(c *BankFact) { c.Facts, c.GotBack = []string{"reversed"}, yuan(amount) }
}

// TestReturnedThenPaidAfterAll: the worked example of package bankfile, in the person's stream.
func TestReturnedThenPaidAfterAll(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	events, err := l.s.DecideBankFact(bankFact(1, returned))
	require.NoError(t, err)
	require.Equal(t, []domain.Event{
		SettledOtherwise{Amount: yuan("100.00"), BankFile: "bf", BankLine: 1, BookedOn: day("2022-02-03"), Draw: "draw-r1", Fact: "returned", Person: "wang", Reason: "account-closed", Serial: "S1"},
		Undrawn{Cause: Returned, Draw: "draw-r1", Person: "wang", Run: "r1"},
	}, events)
	l.happen(events...)
	requireMoney(t, "100.00", l.assess(run("r2", "2022-01", "2022-01")).Total)
	l.happen(AccountChanged{HolderPerson: "wang", Person: "wang", Relation: "self"})
	require.Equal(t, "draw-r1", l.draw("r2", "2022-01", "2022-01").Again)

	events, err = l.s.DecideBankFact(bankFact(2, arrivedLate))
	require.NoError(t, err)
	require.Equal(t, Overpaid{
		Amount: yuan("100.00"), BankFile: "bf", BankLine: 2, Cause: "late", Draw: "draw-r1", Enrolment: "e1", Fault: NoFault, FoundBy: "bank", FoundOn: day("2022-02-03"),
		Overpayment: "over-late", Person: "wang", Run: "r1",
	}, events[1])
	l.happen(events...)
	o := l.over("over-late")
	require.Equal(t, &BankOrigin{BankFile: "bf", BankLine: 2, Draw: "draw-r1", Run: "r1"}, o.Bank)
	requireMoney(t, "100.00", o.Loose)
	requireMoney(t, "100.00", o.Outstanding())
	requireMoney(t, "0.00", l.assess(run("r3", "2022-01", "2022-01")).Total, "what the bank paid too much nets nothing")

	events, err = l.s.DecideBankFact(bankFact(3, reversed("100.00")))
	require.NoError(t, err)
	require.Equal(t, Recovered{Amount: yuan("100.00"), BankFile: "bf", BankLine: 3, Method: MethodBankReversal, Overpayment: "over-late", Person: "wang", ReceivedOn: day("2022-02-03"), Voucher: "S1"}, events[1])
	l.happen(events...)
	requireMoney(t, "0.00", l.over("over-late").Outstanding())
	for _, c := range []BankFact{bankFact(1, returned), bankFact(2, arrivedLate), bankFact(3, reversed("100.00"))} {
		events, err = l.s.DecideBankFact(c)
		requireNothing(t, events, err)
	}
	require.Equal(t, []string{"bf#1", "bf#2", "bf#3"}, l.s.BankLines)
}

func TestBankFactsAreNeverRefused(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	events, err := l.s.DecideBankFact(bankFact(1))
	requireNothing(t, events, err)
	l.did(l.s.DecideBankFact(bankFact(1, returned)))
	events, err = l.s.DecideBankFact(bankFact(2, returned))
	require.NoError(t, err)
	require.Len(t, events, 1, "what came back once is not undone twice")
	events, err = l.s.DecideBankFact(bankFact(3, func(c *BankFact) { c.Undraw = true }))
	requireNothing(t, events, err)

	l.did(l.s.DecideBankFact(bankFact(4, arrivedLate)))
	l.did(l.s.DecideRecover(Recovered{Amount: yuan("60.00"), Method: MethodRefund, Overpayment: "over-late", ReceivedOn: day("2022-03-01"), Voucher: "PZ-1"}))
	l.did(l.s.DecideBankFact(bankFact(5, reversed("100.00"))))
	requireMoney(t, "-60.00", l.over("over-late").Outstanding(), "60.00 were got back twice, and are owed to the person")

	events, err = l.s.DecideBankFact(bankFact(6, func(c *BankFact) {
		c.Facts, c.GotBack, c.Draw, c.Run = []string{"reversed"}, yuan("1.00"), "draw-r2", "r2"
	}))
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-draw")
	events, err = l.s.DecideBankFact(bankFact(6, arrivedLate, func(c *BankFact) { c.Run = "r2" }))
	requireRefused(t, events, err, domain.NotFound, "beneficiary.no-draw")
	events, err = l.s.DecideBankFact(bankFact(6, arrivedLate, func(c *BankFact) { c.Overpayment = "" }))
	requireRefused(t, events, err, domain.Invalid, "beneficiary.overpayment-id")
}

// TestWhatTheBankTakesBackGoesToTheLatestFirst, and only to overpayments of the same draw.
func TestWhatTheBankTakesBackGoesToTheLatestFirst(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.draw("r2", "2022-02", "2022-02")
	twice := func(draw, id, amount string) func(*BankFact) {
		return func(c *BankFact) {
			c.Draw, c.Run, c.Facts, c.Overpaid, c.Overpayment = "draw-"+draw, draw, []string{"paid-twice"}, yuan(amount), id
		}
	}
	l.did(l.s.DecideBankFact(bankFact(1, twice("r1", "first", "100.00"))))
	l.did(l.s.DecideBankFact(bankFact(2, twice("r1", "second", "30.00"))))
	l.did(l.s.DecideBankFact(bankFact(3, twice("r2", "other", "50.00"))))
	require.Equal(t, "paid-twice", l.over("first").Cause)
	l.did(l.s.DecideBankFact(bankFact(4, reversed("40.00"))))
	requireMoney(t, "0.00", l.over("second").Outstanding())
	requireMoney(t, "90.00", l.over("first").Outstanding())
	requireMoney(t, "50.00", l.over("other").Outstanding())
}

func TestABankFactAboutAGrant(t *testing.T) {
	l := newLife(t)
	l.did(l.s.DecideGrant(Granted{Amount: yuan("500.00"), Grant: "g1", Office: "town", Programme: "p1", Person: "wang"}))
	r := Run{Run: "r1", Office: "town", From: once, To: once}
	l.did(l.s.DecideDraw(TakeDraw{Run: r, Grant: "g1", Line: 1, PayRef: "REF", Draw: "draw-r1"}, tariff{}))
	l.did(l.s.DecideBankFact(bankFact(1, returned)))
	l.did(l.s.DecideBankFact(bankFact(2, arrivedLate)))
	o := l.over("over-late")
	require.Equal(t, "g1", o.Grant)
	require.Empty(t, o.Enrolment)
}
