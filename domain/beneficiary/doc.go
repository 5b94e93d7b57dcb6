// Package beneficiary holds the rules of one person's stream: who they are, what is known of them, what they were decided
// to be owed, and every draw of money for them.
//
// # An enrolment
//
//	(none) --Enrolled--> running --Suspended--> suspended --Resumed--> running --Exited--> ended
//	running --ClassChanged, Rescheduled, Transferred--> running          any --Annulled--> void from the start
//
// Start, stop, proration and ages were decided once and stand in the events as units; nothing here computes an age.
//
// # Money
//
// For one enrolment and a last unit T:
//
//	next = Σ due(unit ≤ T) − Σ drawn(unit) + Σ overpaid(unit) + items listed so far − money drawn so far + overpaid without unit
//
// where overpaid is what standing draws paid beyond what is due; what was overpaid apart from draws is got back apart from them.
// What a draw keeps back for a debt counts as drawn: the person had it, as a debt the less.
//
// due is the dated rate of the unit's class times the share, for units that are neither forfeited nor paid outside this
// ledger. A draw lists one item for each unit whose due and drawn differ; what would make the line negative is carried and
// netted by the next draw of the same enrolment. Undoing a draw gives its units back, because only standing draws count.
//
// # Recovery
//
// An overpayment (错发多发) names what it is made of: units of draws, a bank line, or the books before. Each has a ledger of
// entries that foot: found − void − set-off + set-off-undone − recovered − written-off = outstanding. Money comes back by a
// signed plan that sets it off, by refunds, by the bank taking it back, or is given up.
//
//	a draw keeps back, of what it would pay:  min(cap of the plan, outstanding) for each overpayment with a plan on this enrolment, in order of finding
//
// and no line loses more than the highest of these caps, each of which is at most the rulebook's percentage of a payout. A
// line that is kept back whole is a line of 0.00: listed, signed, never sent. Undoing a draw undoes what it kept back and
// what was overpaid by it; then outstanding may fall below 0.00, which is owed to the person and paid by a signed grant.
//
// # Death
//
// What is due and not drawn when the exit of somebody who died is decided goes where the rulebook then said: to the account as
// before, to an heir once an heir's account was signed (held until then), or to nobody: what was not drawn is not due, and
// what comes back later neither.
//
// # Bank facts
//
// DecideBankFact is never refused for what it says. A return gives the units back; money that reaches the payee on a draw
// that was undone, and everything beyond the draw, is overpaid. A line of a return file counts once.
//
// # Invariants
//
//   - A unit of an enrolment is never drawn twice: draws are decided against this stream at its exact revision.
//   - A line is never negative; netting stays inside one enrolment. What an exit leaves over is an overpayment, and it is
//     got back by a signed plan only.
//   - Enrolments of one exclusivity group never cover the same unit.
//   - A fact disappears only by Corrected or Annulled, which name it.
package beneficiary
