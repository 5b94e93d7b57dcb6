package fund

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestWorkedExample(t *testing.T) {
	stands(t, appropriated(t), "0.00", "0.00", "0.00")
	stands(t, received(t), "1000.00", "0.00", "1000.00")
	stands(t, committed(t), "1000.00", "1000.00", "0.00")
	stands(t, stopped(t), "1000.00", "920.00", "80.00")
	stands(t, paid(t), "160.00", "0.00", "160.00")
	stands(t, returned(t), "0.00", "0.00", "0.00")
	require.True(t, yearClosed(t).Closed)
	stands(t, reversed(t), "80.00", "0.00", "80.00")
	stands(t, does(t, reversed(t), returns("80.00", "PZ-10")), "0.00", "0.00", "0.00")
}

func TestAppropriate(t *testing.T) {
	yes := Appropriated{Amount: money("600.00"), Document: "D-1", Fund: of2021.Fund, IssuedOn: day, Level: "central"}
	ask := func(change func(*Appropriate)) func(State) ([]domain.Event, error) {
		c := Appropriate{On: of2021, Amount: money("600.00"), Document: "D-1", IssuedOn: day, Level: "central"}
		change(&c)
		return func(s State) ([]domain.Event, error) { return DecideAppropriate(s, c) }
	}
	same := func(*Appropriate) {}
	once := does(t, State{}, ask(same))
	county := yes
	county.Level = "county"
	runRows(t, []row{
		{name: "the first opens the fund", ask: ask(same), events: []domain.Event{of2021, yes}},
		{name: "again", state: once, ask: ask(same)},
		{name: "the same document for another level", state: once, ask: ask(func(c *Appropriate) { c.Level = "county" }), events: []domain.Event{county}},
		{name: "again with another amount", state: once, ask: ask(func(c *Appropriate) { c.Amount = money("600.01") }), kind: domain.Conflict, rule: "fund.document-used", detail: "600.00"},
		{name: "again of another day", state: once, ask: ask(func(c *Appropriate) { c.IssuedOn = day.AddDays(1) }), kind: domain.Conflict, rule: "fund.document-used"},
		{name: "again for another request", state: once, ask: ask(func(c *Appropriate) { c.Request = "r" }), kind: domain.Conflict, rule: "fund.document-used"},
		{name: "nothing", ask: ask(func(c *Appropriate) { c.Amount = domain.Money{} }), kind: domain.Invalid, rule: "fund.amount", detail: "0.00"},
		{name: "less than nothing", ask: ask(func(c *Appropriate) { c.Amount = money("-1.00") }), kind: domain.Invalid, rule: "fund.amount"},
		{name: "no document", ask: ask(func(c *Appropriate) { c.Document = "" }), kind: domain.Invalid, rule: "fund.number", detail: "document"},
		{name: "spaces around", ask: ask(func(c *Appropriate) { c.Document = " D" }), kind: domain.Invalid, rule: "fund.number"},
		{name: "a novel for a document", ask: ask(func(c *Appropriate) { c.Document = strings.Repeat("号", 40) }), kind: domain.Invalid, rule: "fund.number"},
		{name: "no day", ask: ask(func(c *Appropriate) { c.IssuedOn = domain.Date{} }), kind: domain.Invalid, rule: "fund.day"},
		{name: "another level", ask: ask(func(c *Appropriate) { c.Level = "moon" }), kind: domain.Invalid, rule: "fund.level", detail: "moon"},
		{name: "no fund", ask: ask(func(c *Appropriate) { c.On = Opened{} }), kind: domain.Invalid, rule: "fund.incomplete"},
		{name: "after the close", state: yearClosed(t), ask: ask(same), kind: domain.Conflict, rule: "fund.closed"},
	})
}

func TestReceive(t *testing.T) {
	yes := func(amount, voucher, level string) []domain.Event {
		return []domain.Event{Received{Amount: money(amount), Fund: of2021.Fund, Level: level, ReceivedOn: day, Voucher: voucher}}
	}
	part := does(t, appropriated(t), receives("100.00", "PZ-1", "central"))
	runRows(t, []row{
		{name: "all", state: appropriated(t), ask: receives("600.00", "PZ-1", "central"), events: yes("600.00", "PZ-1", "central")},
		{name: "the rest", state: part, ask: receives("500.00", "PZ-2", "central"), events: yes("500.00", "PZ-2", "central")},
		{name: "one voucher of two levels", state: part, ask: receives("400.00", "PZ-1", "county"), events: yes("400.00", "PZ-1", "county")},
		{name: "again", state: part, ask: receives("100.00", "PZ-1", "central")},
		{name: "again with another amount", state: part, ask: receives("100.01", "PZ-1", "central"), kind: domain.Conflict, rule: "fund.voucher-used", detail: "100.00"},
		{name: "one fen too much", state: part, ask: receives("500.01", "PZ-2", "central"), kind: domain.Refused, rule: "fund.beyond-appropriation", detail: "600.00"},
		{name: "of a level that granted nothing", state: appropriated(t), ask: receives("1.00", "PZ-1", "city"), kind: domain.Refused, rule: "fund.beyond-appropriation"},
		{name: "of no fund", ask: receives("1.00", "PZ-1", "city"), kind: domain.Refused, rule: "fund.beyond-appropriation"},
		{name: "no voucher", state: appropriated(t), ask: receives("1.00", "", "central"), kind: domain.Invalid, rule: "fund.number", detail: "voucher"},
		{name: "nothing", state: appropriated(t), ask: receives("0.00", "PZ-1", "central"), kind: domain.Invalid, rule: "fund.amount"},
		{name: "another level", state: appropriated(t), ask: receives("1.00", "PZ-1", "moon"), kind: domain.Invalid, rule: "fund.level"},
		{name: "after the close", state: yearClosed(t), ask: receives("1.00", "PZ-3", "central"), kind: domain.Conflict, rule: "fund.closed"},
	})
}

// A closed fund that the bank overdrew takes what it lacks, if that was granted, and no more.
func TestClosedFundComesBackToZero(t *testing.T) {
	s := does(t, yearClosed(t), books(run1, "80.00", "-80.00"))
	stands(t, s, "-80.00", "0.00", "-80.00")
	runRows(t, []row{
		{name: "recovered in full", state: s, ask: recovers("80.00", "PZ-7"), events: []domain.Event{
			Recovered{Amount: money("80.00"), Fund: of2021.Fund, Overpayment: "o-1", ReceivedOn: day, Voucher: "PZ-7"}}},
		{name: "recovered too much", state: s, ask: recovers("80.01", "PZ-7"), kind: domain.Conflict, rule: "fund.closed"},
		{name: "received too much", state: s, ask: receives("80.01", "PZ-7", "central"), kind: domain.Conflict, rule: "fund.closed", detail: "-80.00"},
		{name: "committed", state: s, ask: commits(run2, "1.00"), kind: domain.Conflict, rule: "fund.closed"},
		{name: "returned", state: s, ask: returns("1.00", "PZ-7"), kind: domain.Refused, rule: "fund.balance"},
	})
}

func TestRecover(t *testing.T) {
	yes := Recovered{Amount: money("80.00"), Fund: of2021.Fund, Overpayment: "o-1", ReceivedOn: day, Voucher: "PZ-7"}
	runRows(t, []row{
		{name: "into an open fund", state: received(t), ask: recovers("80.00", "PZ-7"), events: []domain.Event{yes}},
		{name: "into a fund without money yet", ask: recovers("80.00", "PZ-7"), events: []domain.Event{of2021, yes}},
		{name: "again", state: does(t, received(t), recovers("80.00", "PZ-7")), ask: recovers("80.00", "PZ-7")},
		{name: "again with another amount", state: does(t, received(t), recovers("80.00", "PZ-7")), ask: recovers("8.00", "PZ-7"), kind: domain.Conflict, rule: "fund.voucher-used"},
		{name: "after the close", state: yearClosed(t), ask: recovers("80.00", "PZ-7"), kind: domain.Conflict, rule: "fund.closed"},
		{name: "the same voucher, of no overpayment", state: does(t, received(t), recovers("80.00", "PZ-7")), ask: recoversOf("", "80.00", "PZ-7"), kind: domain.Conflict, rule: "fund.voucher-counted", detail: "o-1"},
		{name: "the same voucher, of an overpayment now", state: does(t, received(t), recoversOf("", "80.00", "PZ-7")), ask: recovers("80.00", "PZ-7"), kind: domain.Conflict, rule: "fund.voucher-counted", detail: "80.00"},
		{name: "one voucher of two overpayments", state: does(t, received(t), recoversOf("o-2", "80.00", "PZ-7")), ask: recovers("80.00", "PZ-7"), events: []domain.Event{yes}},
		{name: "of no overpayment, again", state: does(t, received(t), recoversOf("", "80.00", "PZ-7")), ask: recoversOf("", "80.00", "PZ-7")},
		{name: "nothing", state: received(t), ask: recovers("0.00", "PZ-7"), kind: domain.Invalid, rule: "fund.amount"},
	})
	require.Equal(t, money("1080.00"), does(t, received(t), recovers("80.00", "PZ-7")).Free())
}

// What a person's stream states is booked once, after the close as well.
func TestBookRecovered(t *testing.T) {
	books := func(s State) ([]domain.Event, error) {
		return DecideBookRecovered(s, Recover{On: of2021, Amount: money("80.00"), Overpayment: "o-1", ReceivedOn: day, Voucher: "PZ-7"})
	}
	yes := Recovered{Amount: money("80.00"), Fund: of2021.Fund, Overpayment: "o-1", ReceivedOn: day, Voucher: "PZ-7"}
	runRows(t, []row{
		{name: "into an open fund", state: received(t), ask: books, events: []domain.Event{yes}},
		{name: "into a fund without money yet", ask: books, events: []domain.Event{of2021, yes}},
		{name: "after the close", state: yearClosed(t), ask: books, events: []domain.Event{yes}},
		{name: "again", state: does(t, received(t), books), ask: books},
		{name: "recorded by hand meanwhile", state: does(t, received(t), recovers("8.00", "PZ-7")), ask: books},
	})
	closed := does(t, yearClosed(t), books)
	require.Equal(t, money("80.00"), closed.InHand())
	require.True(t, does(t, closed, returns("80.00", "PZ-11")).InHand().IsZero(), "it goes to the treasury")
}

func TestReturn(t *testing.T) {
	yes := func(amount string) []domain.Event {
		return []domain.Event{Returned{Amount: money(amount), Fund: of2021.Fund, ReturnedOn: day, To: "county-treasury", Voucher: "PZ-9"}}
	}
	elsewhere := func(s State) ([]domain.Event, error) {
		return DecideReturn(s, Return{Amount: money("1.00"), ReturnedOn: day, To: "The Treasury", Voucher: "PZ-9"})
	}
	runRows(t, []row{
		{name: "all that is free", state: stopped(t), ask: returns("80.00", "PZ-9"), events: yes("80.00")},
		{name: "a fen more than is free", state: stopped(t), ask: returns("80.01", "PZ-9"), kind: domain.Refused, rule: "fund.balance", detail: "80.00 yuan free (1000.00 in hand, 920.00 committed"},
		{name: "again", state: returned(t), ask: returns("160.00", "PZ-9")},
		{name: "what came back after the close", state: reversed(t), ask: func(s State) ([]domain.Event, error) {
			return DecideReturn(s, Return{Amount: money("80.00"), ReturnedOn: day, To: "county-treasury", Voucher: "PZ-10"})
		}, events: []domain.Event{Returned{Amount: money("80.00"), Fund: of2021.Fund, ReturnedOn: day, To: "county-treasury", Voucher: "PZ-10"}}},
		{name: "not as a code", state: stopped(t), ask: elsewhere, kind: domain.Invalid, rule: "fund.returned-to"},
		{name: "no fund", ask: returns("1.00", "PZ-9"), kind: domain.NotFound, rule: "fund.unknown"},
		{name: "nothing", state: stopped(t), ask: returns("0.00", "PZ-9"), kind: domain.Invalid, rule: "fund.amount"},
	})
}

func TestCommit(t *testing.T) {
	yes := func(amount string) []domain.Event {
		return []domain.Event{Committed{Amount: money(amount), Fund: of2021.Fund, Run: run1}}
	}
	runRows(t, []row{
		{name: "all that is free", state: received(t), ask: commits(run1, "1000.00"), events: yes("1000.00")},
		{name: "a fen more than is free", state: received(t), ask: commits(run1, "1000.01"), kind: domain.Refused, rule: "fund.balance", detail: "0.01 too little"},
		{name: "nothing", state: received(t), ask: commits(run1, "0.00")},
		{name: "again", state: committed(t), ask: commits(run1, "1000.00")},
		{name: "a second run on what the first holds", state: committed(t), ask: commits(run2, "80.00"), kind: domain.Refused, rule: "fund.balance", detail: "1000.00 committed"},
		{name: "topped up", state: does(t, received(t), commits(run1, "10.00")), ask: commits(run1, "12.00"), events: yes("2.00")},
		{name: "for less", state: committed(t), ask: commits(run1, "990.00"), events: []domain.Event{
			Released{Amount: money("10.00"), Fund: of2021.Fund, Reason: ForLess, Run: run1}}},
		{name: "anew after the bank refused the file", state: does(t, committed(t), books(run1, "0.00", "1000.00")), ask: commits(run1, "1000.00"), events: yes("1000.00")},
		{name: "a fund without money", ask: commits(run1, "1.00"), kind: domain.Refused, rule: "fund.balance", detail: "0.00 yuan free"},
		{name: "after the close", state: reversed(t), ask: commits(run1, "1.00"), kind: domain.Conflict, rule: "fund.closed"},
		{name: "less than nothing", state: received(t), ask: commits(run1, "-1.00"), kind: domain.Invalid, rule: "fund.need"},
		{name: "no run", state: received(t), ask: commits("", "1.00"), kind: domain.Invalid, rule: "fund.need"},
	})
}

func TestFree(t *testing.T) {
	yes := func(amount string, why ReleaseReason) []domain.Event {
		return []domain.Event{Released{Amount: money(amount), Fund: of2021.Fund, Reason: why, Run: run1}}
	}
	runRows(t, []row{
		{name: "a stopped line", state: committed(t), ask: frees(run1, "920.00", ForStopped), events: yes("80.00", ForStopped)},
		{name: "again", state: stopped(t), ask: frees(run1, "920.00", ForStopped)},
		{name: "a cancelled run", state: committed(t), ask: frees(run1, "0.00", ForCancelled), events: yes("1000.00", ForCancelled)},
		{name: "less than is needed stands", state: does(t, received(t), commits(run1, "10.00")), ask: frees(run1, "920.00", ForStopped)},
		{name: "a run that took nothing", state: committed(t), ask: frees(run2, "0.00", ForCancelled)},
		{name: "no fund", ask: frees(run2, "0.00", ForCancelled)},
	})
}

func TestBook(t *testing.T) {
	spent := func(amount string) domain.Event { return Spent{Amount: money(amount), Fund: of2021.Fund, Run: run1} }
	back := func(amount string) domain.Event {
		return Released{Amount: money(amount), Fund: of2021.Fund, Reason: ForBank, Run: run1}
	}
	runRows(t, []row{
		{name: "paid and returned", state: stopped(t), ask: books(run1, "840.00", "80.00"), events: []domain.Event{spent("840.00"), back("80.00")}},
		{name: "paid", state: stopped(t), ask: books(run1, "920.00", "0.00"), events: []domain.Event{spent("920.00")}},
		{name: "refused whole", state: stopped(t), ask: books(run1, "0.00", "920.00"), events: []domain.Event{back("920.00")}},
		{name: "reversed", state: paid(t), ask: books(run1, "-80.00", "80.00"), events: []domain.Event{spent("-80.00"), back("80.00")}},
		{name: "reversed after the close", state: yearClosed(t), ask: books(run1, "-80.00", "80.00"), events: []domain.Event{spent("-80.00"), back("80.00")}},
		{name: "beyond everything", state: returned(t), ask: books(run1, "5000.00", "0.00"), events: []domain.Event{spent("5000.00")}},
		{name: "of a fund that has no money yet", ask: books(run1, "1.00", "0.00"), events: []domain.Event{of2021, spent("1.00")}},
		{name: "nothing", state: stopped(t), ask: books(run1, "0.00", "0.00")},
	})
	// One line of 80.00 is paid twice: what the other lines wait for is still set aside.
	twice := does(t, stopped(t), func(s State) ([]domain.Event, error) {
		return DecideBook(s, Book{On: of2021, Run: run1, Spent: money("160.00"), Beyond: money("80.00")})
	})
	stands(t, twice, "840.00", "840.00", "0.00")
	reversedEarly := does(t, stopped(t), func(s State) ([]domain.Event, error) {
		return DecideBook(s, Book{On: of2021, Run: run1, Spent: money("-80.00"), Beyond: money("-80.00")})
	})
	stands(t, reversedEarly, "1080.00", "920.00", "160.00")
}

func TestClose(t *testing.T) {
	runRows(t, []row{
		{name: "all returned", state: returned(t), ask: DecideClose, events: []domain.Event{
			YearClosed{Fund: of2021.Fund, Received: money("1000.00"), Returned: money("160.00"), Spent: money("840.00")}}},
		{name: "again", state: yearClosed(t), ask: DecideClose},
		{name: "with money set aside", state: stopped(t), ask: DecideClose, kind: domain.Conflict, rule: "fund.committed", detail: run1},
		{name: "with money left", state: paid(t), ask: DecideClose, kind: domain.Conflict, rule: "fund.unreturned", detail: "160.00"},
		{name: "overdrawn", state: does(t, returned(t), books(run1, "80.00", "-80.00")), ask: DecideClose, kind: domain.Conflict, rule: "fund.overdrawn", detail: "80.00"},
		{name: "no fund", ask: DecideClose, kind: domain.NotFound, rule: "fund.unknown"},
	})
}
