// Package month holds the rules of a book month (账期) of one finance office: what it comes to, its close (结账), signed
// by two people, and its reopening (反结账), signed by two people again.
//
// # Lifecycle
//
//	open --Submit (finance.handler)--> awaiting --SignOff, once per step--> closed
//	awaiting --SendBack--> sent back --Submit--> awaiting
//	closed --SubmitReopen--> reopening --SignReopen--> reopened --Submit--> awaiting …
//	reopening --SendBackReopen--> closed
//
// # Which month a fact is booked in
//
// A close counts from its cut-off: the log index behind the last entry that its figures count. A fact recorded behind
// the cut-off of a closed month is never refused; it is booked in the first open month. Books says which that is, for
// every fact, from the closes and reopenings alone:
//
//	as a rule                         the month in which it was recorded, in Asia/Shanghai, or the first open one if that is later
//	while a closed month is reopened  the month that the fact belongs to by its own day, if that is not after the last
//	                                  month ever closed, and not before the first open one
//
// So what is booked in a closed month never changes, and what is recorded in a reopened month's time and belongs to it by
// its own day is booked there. A run is booked in the month in which it was instructed.
//
// # Figures
//
// For each programme, each of its classes and each funding level:
//
//	opening + instructed − settled − returned = outstanding     to the fen, and opening(n+1) = outstanding(n)
//
// What the month comes to is a Reckoning, worked out from the read models at its cut-off. Its root, an RFC 6962 root over
// one line for every figure, difference, check and bridge entry, is what officers sign; whoever holds the log's entries
// before the cut-off works out the same. The figures and the bridge stand in the events, the differences by cause; the
// lines behind them are read from the log.
//
// A month may be closed when every check agrees: what is outstanding is no obstacle, it is the opening of the next month.
//
// # Bridge
//
// A close names what it counts that belongs to an earlier, closed month, and after a reopening every fact that makes the
// difference to the totals closed before:
//
//	closed before + the bridge's entries of this month = closed now     figure by figure
//
// # Invariants
//
//   - Closed stands in the append of the last signature, and its root is the one that was submitted.
//   - Months are closed in order, as far as anything was booked in them, and reopened from the last one backwards.
//   - Nobody signs two steps of a close, over all its rounds; a reopening has two signatures of two persons.
package month
