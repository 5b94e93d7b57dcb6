// Package accounting turns what a finance office booked into double entry (复式记账): vouchers (记账凭证) and a journal for
// hledger, for a month or a year, at a position of the log. It records nothing: events are the books, and this is how an
// accounting system reads them.
//
// # What posts what
//
// Each figure of an event is posted once, from one side to the other; a negative one the other way round:
//
//	released          Dr 补助支出   Cr 应付补助款      a run's net amount, on its release; less when it is cancelled
//	stopped           Dr 应付补助款 Cr 补助支出        a line taken out between release and bank
//	settled           Dr 应付补助款 Cr 银行存款        the payee has it
//	returned          Dr 应付补助款 Cr 补助支出        it came back, and its units with it: the run that pays them again posts them again
//	beyond            Dr 补助支出   Cr 银行存款        the bank paid more than it was told
//	early             Dr 银行存款   Cr 待查            the bank took back what it has not yet said it paid
//	found             Dr 错发待追回 Cr 补助支出        an overpayment, of a run's or of the bank's making; void is its opposite
//	found-opening     Dr 错发待追回 Cr 累计盈余        one that came with the books before
//	setOff            Dr 补助支出   Cr 错发待追回      a run's net is less by it, and its cost is not
//	refunded          Dr 银行存款   Cr 错发待追回      once: the fund's entry is the same money
//	gotBack           Dr 补助支出   Cr 错发待追回      the bank took it back: the money is in settled or beyond, which it lowers
//	writtenOff        Dr 核销损失   Cr 错发待追回
//	received          Dr 银行存款   Cr 拨入补助资金
//	repaid            Dr 拨入补助资金 Cr 银行存款      unspent money returned to the treasury
//
// What a bank paid beyond its instruction passes through the cost, and leaves it when the overpayment is found, which
// follows the bank's line at once. So the receivable holds what the recovery ledger holds, whatever made it.
//
// # Invariants
//
//   - Every voucher balances to the fen, and names the one event it is of. A voucher holds one event and one programme.
//   - Vouchers are numbered from 1 in each book month, in log order; those of a closed month stay as they are.
//   - Each row is booked in the month that package month says. What was found behind the cut-off of a close, be it a minute
//     after the month's last payment, is a voucher of the next month.
//   - A year begins with the balances of the year before; its income and cost are in 累计盈余 then.
//   - Checks holds balances against tables that vouchers are not made from: funds, instructed lines, overpayments.
//   - The same request at the same position gives the same bytes.
package accounting
