// Package payrun decides what happens to a pay run (发放批次, 清册): the frozen list of what is paid in a period for one
// office and programme, from its opening to the last bank fact.
//
// # Lifecycle
//
//	open --List, Hold (pages)--> preparing --Prepared--> prepared --Submit (经办)--> awaiting
//	awaiting --SignOff, each step--> awaiting --the last step--> released (签发)
//	awaiting --SendBack--> sent-back --Undone--> sent-back, and preparing begins again with the next round
//	released --StopLine (止付)--> released --Instruct n--> instructed --Settle--> settled
//	instructed, settled without any answer --RejectInstruction n--> released, to be instructed again as n+1
//	open, preparing, prepared, awaiting, sent-back, released --Cancel--> cancelled --Undone--> cancelled
//
// A draw stands in its person's stream before the run lists it. Whoever sends a run back or cancels it therefore only
// states the intent: the draws of that round are then undone one by one, and Undone says that none is left. While
// State.Undoing names a round, nothing new is prepared. A crash between a draw and its page leaves a draw that no page
// names, hence a run cancelled before its first page has draws to undo as well, perhaps none.
//
// # Invariants
//
//   - Lines are numbered 1, 2, 3 … without a gap within a round, in pages of at most MaxPage; pages arrive in order. What
//     was listed never changes: another list is another round.
//   - What is prepared is what was listed, line by line and in order, which a running digest shows without keeping lines.
//   - What is submitted is what was prepared; what is released is what was submitted, signed by every step of the chain
//     that was fixed when the run was opened.
//   - A person signs at most one step over all rounds (package signoff).
//   - Where finance signs last, it releases only what its fund has set aside for the run (package fund).
//   - Nothing is paid before release, and nothing but the released lines less the stopped ones. Lines of 0.00 are listed
//     and signed and never sent.
//   - One instruction stands at a time. Another follows only when the bank refused the one before whole.
//   - Once instructed a run is never cancelled, even if the bank refused the file: bank facts and stops are all that follows.
//   - Settled and cancelled are final; a cancelled run still gets its Undone.
//
// State keeps counts, sums and a digest, never lines: a run of a county is as cheap to fold as that of a village.
//
// # Worked example
//
// A town opens a run for 2021-12, lists three lines of 80.00, 80.00 and 0.00 on one page and holds one person without an
// account. Summarize gives 3 lines, 1 held, total 160.00. The town's handler submits, six officers sign, the last
// signature releases 160.00. Line 2 dies before the file is made and is stopped: payable is 1 line, 80.00. The finance
// office instructs exactly that; the bank settles 80.00, and the run is settled.
package payrun
