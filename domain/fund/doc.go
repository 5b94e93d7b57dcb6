// Package fund decides about the money that a finance office has for one programme in one year (专项资金): asked for,
// appropriated, received, committed to runs, spent by the bank, got back from people, returned to the treasury.
//
// # Two aggregates
//
// A fund (State) holds money. A request (RequestState, 拨款报告) asks for it: it is made from a submitted run before the
// county signs, and signed by town and county. Each request has a stream of its own, because several towns ask one fund at
// the same time, each with its own signatures; there is one request for a run.
//
// # Lifecycle of a fund
//
//	(none) --Appropriate, Receive …--> open --CloseYear--> closed
//
//	Appropriate   a document (指标文号) grants money of one level; a promise, not money
//	Receive       money of a level arrives, up to what that level granted
//	Commit        money is set aside for one run: exactly what the run has to pay, no more than is free
//	Free          what a run does not need any more is let go of
//	Book          what the bank did: spent is what payees hold, released what came back
//	Recover       money is got back from people
//	Return        unspent money goes back to the treasury; it is never rolled over
//	CloseYear     refused while anything is committed or in hand
//
// Lifecycle of a request:
//
//	(none) --Request--> draft --Submit (经办)--> awaiting --SignOff, each step--> signed
//	draft, and signed when the run's list was made anew --Request--> draft
//	awaiting --SendBack--> draft
//
// # Invariants
//
//   - in hand = received + recovered − spent − returned.
//   - outstanding = Σ over runs of max(0, committed − released − (spent − beyond)); free = in hand − outstanding. Beyond is what
//     the bank paid beyond what was instructed: it takes from the balance, not from what other lines of the run wait for.
//   - Our own acts never take free below zero: nothing is committed or returned beyond it (fund.balance).
//   - Bank facts are always recorded, even those that take in hand below zero: that is then shown, and the fund cannot be
//     closed until money came.
//   - A voucher and a level, or a document and a level, are recorded once; again changes nothing, with another amount it is
//     refused. A voucher of recovered money names overpayments or none: not both (fund.voucher-counted).
//   - After the year is closed only bank facts are recorded, refunds that a person's stream stated before, and what brings
//     in hand back to 0.00: returning what came back since, receiving what the bank paid since.
//   - A request's shares sum to its need, and its classes' lines and amounts to those of the run.
//
// # Worked example
//
// The run of December owes 1,000.00. The fund of 2021 has 200.00 free, hence 800.00 are asked for; central and county pay
// 60 to 40, so the need is shared 600.00 and 400.00. The county appropriates and pays 800.00: received 1,000.00 in all. The
// run is committed: outstanding 1,000.00, free 0.00; another run of 80.00 is refused. One line of 80.00 is stopped: outstanding
// 920.00, free 80.00. The bank pays 840.00 and returns 80.00: spent 840.00, outstanding 0.00, in hand 160.00. In January
// 160.00 are returned to the treasury and the year is closed. In February the bank reverses 80.00: spent 760.00, in hand
// 80.00, shown on the closed fund until it is returned as well.
package fund
