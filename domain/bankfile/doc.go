// Package bankfile decides what bank files mean: the files sent to a bank (代发文件, 报盘), the files that came back (回盘),
// and what every line of them says about the payments of the runs that were instructed.
//
// # Lifecycle of a file
//
//	(none) --Send--> keeping --Keep, each part--> kept --RefuseWhole--> refused
//	(none) --Receive--> keeping --Keep, each part--> kept --Read--> read --Classify, each page--> classifying --the last page--> classified
//	kept --Unreadable--> unreadable --Read, in another layout--> read
//
// A received file is kept whole before it is read, and no line counts before all are read: what cannot be read stays, with
// the reason, until another layout is named. One file of a finance office is classified at a time (DeskStream). Its pages
// are the intent of all that follows from its lines: FollowUpOf reads it from the stored page, so that whoever resumes after
// a crash asks for the same. Followed says that all of it is done, of the pages of a received file as of the refusal of a
// sent one.
//
// # The class of a bank line
//
// Every bank line ends in exactly one class. Classify gives it, once, with what was classified before:
//
//	unknown         it counts for no instruction line; the reason says why (WhyAmount and those after it)
//	duplicate-line  it describes a booking that is known, or returns what has all come back: no money moved
//	returned        退票: the bank could not deliver, or the payment bounced
//	reversed        冲正: the bank took a payment back, told as such, as a negative payment or as a credit
//	paid-twice      a payment on top of another that is with the payee, together more than was instructed
//	under-amount    a payment by which the payee has less than was instructed
//	over-amount     a payment by which the payee has more than was instructed
//	matched         a payment by which the payee has what was instructed
//
// A payment that is late reached the payee after the line was returned, given up as missing, or its draw undone.
//
// # Whom a bank line is about
//
// The payRef decides; it names the run and the line. If it is whole but names no line given, or one that was to be paid to
// another account, the line is unknown: money is never put down to somebody by guess. If it is missing or damaged, the one
// line counts that waits for this amount on this account; a booking whose number or day is known is that booking. The
// order of rows never decides anything.
//
// # The state of an instruction line
//
// Every instruction line is in exactly one state: settled while money is with the payee, else returned once the bank has
// answered, else missing when its time is over, else pending. LineState is the set of facts that banks stated, and all that
// Standing says of a line follows from this set alone:
//
//   - Facts that nothing in number (流水号) or day tells apart, of one result and amount, describe one booking. If their
//     amounts differ, the one that says more counts, else the one received first, and the other disputes it. Two payments
//     of one number on two days, or of two numbers, are two payments.
//   - Bookings count in the order of their days; within a day payments, then returns, then reversals. A booking without a
//     day counts on the day of the file that said it first.
//   - A reversal for which no payment is known waits for that payment (Early): reversed before paid comes to nothing paid.
//     A credit that tells a return again is the same money.
//
// Hence the order of files makes no difference to a state, nor does any file that comes again, renamed or not. What does
// depend on the order in which we learn things: the class of a line and what follows from it, since both are decided when
// the line comes; and whom a line without a payRef is about: one that was ambiguous may find its line when its file comes
// again and the others were answered meanwhile. A booking that no file dates counts from the earliest day on which a file
// that says it was received, hence that day must be the true one. Returns that name the number of their payment are
// bookings of their own, as the result differs.
//
// A fact that does not go together with another is recorded like any, and shown as a Contradiction.
//
// # Money
//
//	instructed = settled + returned + outstanding      to the fen, for every line and every sum of lines (Buckets.Foots)
//	opening + Σ Delta of the bank lines = closing      bucket by bucket
//
// What payees hold beyond what was instructed is in a bucket of its own (Beyond), and so is what was reversed of payments
// not shown yet (Early). A payment of a part leaves the rest outstanding. Reconcile lists every difference by line and
// cause, and the differences sum to what separates the instructed from what is held (Balanced).
//
// # What follows
//
// A line that becomes returned asks for its draw to be undone, so that its units are due again and reissued once the account
// is corrected. From then on no standing draw covers the line: whatever reaches the payee on it after all is overpaid, and
// so is everything beyond what was instructed. If the bank takes such money back, GotBack says how much. A part that comes
// back leaves the draw as it is; a person decides.
//
// # Worked example
//
// A run instructs 80.00 to Li. The file of 18 January says returned, account closed: class returned, the line is returned,
// 80.00; her draw is undone and reissued on the corrected account as another line. The file of 25 January says that the
// first payment arrived on the 24th: class matched, late; the first line is settled, returned-and-paid is shown, and 80.00
// are overpaid. The same file again: every line is duplicate-line, nothing changes. On 2 February the bank reverses the
// payment: class reversed, the line is returned again, and 80.00 were got back.
package bankfile
