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
//
// due is the dated rate of the unit's class times the share, for units that are neither forfeited nor paid outside this
// ledger. A draw lists one item for each unit whose due and drawn differ; what would make the line negative is carried and
// netted by the next draw of the same enrolment. Undoing a draw gives its units back, because only standing draws count.
//
// # Invariants
//
//   - A unit of an enrolment is never drawn twice: draws are decided against this stream at its exact revision.
//   - A line is never negative; netting stays inside one enrolment. What an exit leaves over is an overpayment, and it is
//     got back by a signed plan only.
//   - Enrolments of one exclusivity group never cover the same unit.
//   - A fact disappears only by Corrected or Annulled, which name it.
package beneficiary
