// Package domain holds the values that every rule of the ledger speaks in, and the words it uses for them. The packages
// below it hold the rules themselves, one for each aggregate.
//
// All of domain is pure: no clock, disk, network, goroutine or randomness. Time, officer and generated ids arrive in the
// command. A decision that says no returns a *RefusedError as an error.
//
// # Values
//
//   - Date is a day in Asia/Shanghai, Period a month, quarter, half-year, year or once.
//   - Money is yuan with exactly two places, never a float.
//   - CitizenNumber, DisabilityCertificate, AccountNumber and PersonName are personal data: parsed strictly, masked in
//     every printed form, given in full only by Reveal.
//   - AreaCode is a code of the administrative division, Area what it meant for a time.
//
// Invariants, all of them tested:
//
//   - Parse and String are inverse. UnmarshalText of a Date, a Period, a Money or an AreaCode accepts only the bytes
//     that are stored, so that whatever is accepted is written again identically.
//   - The zero Date and Period are absent. They are omitted, never written.
//   - Parts of an amount (Split, MonthOfYear) sum to it to the fen.
//   - No refusal repeats personal data; it names the place of the mistake instead.
//
// # Words
//
// One word has one meaning, in the code as in the documents.
//
//   - programme (项目): a scheme under which people are paid; rulebook (政策规则): its dated, region-scoped rules as data.
//   - beneficiary (对象): a person the ledger knows.
//   - application (申报), decision (资格确认): the case from declaration to a yes or no.
//   - enrolment (纳入), exit (退出): a person's admission to a programme with class, start, suspensions and end.
//   - roll (名册): who is enrolled on a day; a projection, never stored by hand.
//   - annual review (年审): the yearly re-check; public notice (公示): the posted list with its objection window.
//   - case (事项): a change on its way through the levels; its effect exists only after the last signature.
//   - entitlement (应发): what is due to one enrolment for one accrual unit, with the trace that explains it.
//   - pay run (发放批次, 清册): the frozen list of what is paid in a period for one office and programme.
//   - line (明细): one payee in a pay run; held (缓发): not yet paid; stopped (止付): stopped before the file.
//   - arrears (补发): due earlier and unpaid; overpayment (错发多发): paid and not due; recovery (追回): getting it back.
//   - sign-off (签字): one officer's approval at one step, personally signed.
//   - release (签发): the last sign-off of a pay run; from here money is owed.
//   - instruction (代发指令): telling the bank to pay; bank file (代发文件): the file sent; return file (回盘): the file
//     that came back.
//   - returned (退票): money the bank could not deliver; reissue (退票重付): paying it again.
//   - reconciliation (对账): matching instructions with the bank; month close (结账): locking a book month (账期).
//   - lead (疑点): a mismatch found by comparing registers; a person decides.
//   - effective date: when something is true; recorded time: when the ledger learnt it.
//   - stream, revision, position: an aggregate's events; a place in it; a place in the log.
//   - resume position: where a projection continues.
//   - log, entry, checkpoint, witness: the transparency log; its leaf; its signed head, and only that; an outside cosigner.
package domain
