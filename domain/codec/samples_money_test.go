package codec

import (
	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/fund"
	"almoner/domain/month"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
)

// drawn is a draw with a deduction, arrears and a carry: the fullest line there is.
func drawn() beneficiary.Drawn {
	return beneficiary.Drawn{
		Account: account, AccountCm: sample64("account"), Again: sampleID("draw before"), Arrears: money("80.00"), Carried: domain.Money{},
		CarriedIn: money("-20.00"), Deducted: money("-60.00"), Draw: draw, Due: money("80.00"), Enrolment: enrolment,
		Items: []beneficiary.Item{
			{Amount: money("80.00"), Components: components(), Kind: beneficiary.Arrears, Row: "one-girl,2/2009-01", Unit: month1.Prev()},
			{Amount: money("80.00"), Components: components(), Kind: beneficiary.Regular, Row: "one-girl,2/2009-01", Unit: month1},
			{Amount: money("-60.00"), Kind: beneficiary.Deduction, Row: "one-girl,2/2009-01", Unit: month1.Add(-2)},
		},
		Line: 1, Net: money("70.00"), PayRef: "R2201-000001", Payee: wang, Person: wang, Recovered: money("-10.00"), Relation: "self", Run: sampleRun,
		SetOffs: []beneficiary.SetOff{{Amount: money("10.00"), Overpayment: over}},
	}
}

func drawSamples() []sample {
	s := beneficiary.Stream(wang)
	return []sample{
		{stream: s, event: drawn(), cause: sampleID("run opened")},
		{stream: s, variant: "grant", event: beneficiary.Drawn{
			Account: account, AccountCm: sample64("account"), Draw: draw, Due: money("500.00"), Grant: sampleID("grant"),
			Items: []beneficiary.Item{{Amount: money("500.00"), Kind: beneficiary.Regular, Row: "grant", Unit: domain.PeriodOf(domain.Once, day("2022-01-05"))}},
			Line:  1, Net: money("500.00"), PayRef: "G2201-000001", Payee: li, Person: wang, Relation: "guardian", Run: "run-spring",
		}},
		{stream: s, event: beneficiary.Undrawn{Cause: beneficiary.Returned, Draw: draw, Person: wang, Run: sampleRun}},
		{stream: s, on: day("2022-01-18"), event: beneficiary.SettledOtherwise{
			Amount: money("70.00"), BankFile: "bf-2", BankLine: 17, BookedOn: day("2022-01-18"), Draw: draw, Fact: "returned", Person: wang, Reason: "account-closed",
			Serial: "BK20220118-17",
		}},
		{stream: s, event: beneficiary.Overpaid{
			Amount: money("80.00"), Cause: "died", Enrolment: enrolment, Fault: beneficiary.NoFault, FoundBy: "village", FoundOn: day("2022-06-01"), Overpayment: over, Person: wang,
			Units: []beneficiary.OverpaidUnit{{Amount: money("80.00"), Draw: draw, Unit: month1}},
		}},
		{stream: s, variant: "bank", event: beneficiary.Overpaid{
			Amount: money("70.00"), BankFile: "bf-2", BankLine: 18, Cause: "late", Draw: draw, Enrolment: enrolment, Fault: beneficiary.NoFault, FoundBy: "bank", FoundOn: day("2022-01-20"),
			Overpayment: over, Person: wang, Run: sampleRun,
		}},
		{stream: s, variant: "grant", event: beneficiary.Overpaid{
			Amount: money("500.00"), BankFile: "bf-2", BankLine: 19, Cause: "paid-twice", Draw: draw, Fault: beneficiary.NoFault, FoundBy: "bank", FoundOn: day("2022-01-20"),
			Grant: sampleID("grant"), Overpayment: over, Person: wang, Run: "run-spring",
		}},
		{stream: s, event: beneficiary.RecoveryPlanned{Cap: money("16.00"), Enrolment: enrolment, From: month2, Method: "set-off", Overpayment: over, Person: wang}},
		{stream: s, variant: "instalments", event: beneficiary.RecoveryPlanned{
			Instalments: []beneficiary.Instalment{{Amount: money("40.00"), DueOn: day("2022-07-01")}, {Amount: money("40.00"), DueOn: day("2022-08-01")}}, Method: "instalments",
			Overpayment: over, Person: wang,
		}},
		{stream: s, event: beneficiary.Recovered{
			Amount: money("64.00"), Fund: "fund-finance-1-rural-reward-2022", FundYear: 2022, Method: "refund", Overpayment: over, Person: wang, ReceivedOn: day("2022-07-01"), Voucher: "PZ-2022-07-003",
		}},
		{stream: s, variant: "bank", event: beneficiary.Recovered{
			Amount: money("70.00"), BankFile: "bf-2", BankLine: 20, Method: "bank-reversal", Overpayment: over, Person: wang, ReceivedOn: day("2022-02-02"), Voucher: "BK20220202-03",
		}},
		{stream: s, event: beneficiary.WrittenOff{Amount: money("0.05"), Overpayment: over, Person: wang, Reason: "no-estate"}},
	}
}

func runSamples() []sample {
	s := payrun.Stream(sampleRun)
	return []sample{
		{stream: s, event: payrun.Opened{
			Chain: chain(), CutOff: 1_204, Document: "样例卫〔2022〕1号", Finance: "finance-1", From: month1, Fund: "fund-finance-1-rural-reward-2022", FundYear: 2022,
			Kind: payrun.Regular, Office: sampleTown, Period: month1, Programme: "rural-reward", Region: "340000", Rulebook: bookHash, Run: sampleRun, To: month1,
		}},
		{stream: s, event: payrun.Listed{
			Lines: []payrun.Line{{
				Amount: money("70.00"), Draw: draw, Leaf: sampleHex("draw"), Line: 1, PayRef: "R2201-000001", Person: wang, Revision: 7, Village: village,
			}},
			Page: 1, Round: 1, Run: sampleRun,
		}},
		{stream: s, event: payrun.HeldPage{
			Lines: []payrun.HeldLine{{Amount: money("80.00"), Enrolment: sampleID("enrolment li"), Person: li, Reason: payrun.HeldNoAccount, Village: village},
				{Amount: money("500.00"), Grant: sampleID("grant"), Person: li, Reason: payrun.HeldDied, Village: village}},
			Page: 1, Round: 1, Run: sampleRun,
		}},
		{stream: s, event: payrun.Prepared{HeldPages: 1, Pages: 1, Round: 1, Run: sampleRun, Totals: totals(), Sections: submission().Sections}},
		{stream: s, event: payrun.Submitted{Run: sampleRun, Submission: submission(), Signed: signed(s, "clerk")}},
		{stream: s, event: payrun.SignedOff{Run: sampleRun, Signed: signed(s, "head")}},
		{stream: s, event: payrun.SentBack{Run: sampleRun, Returned: returned(s)}},
		{stream: s, event: payrun.Released{Round: 1, Run: sampleRun, Totals: totals()}},
		{stream: s, event: payrun.Cancelled{Reason: "fund-short", Run: sampleRun}},
		{stream: s, event: payrun.StoppedLine{Amount: money("70.00"), Draw: draw, Line: 1, Person: wang, Reason: "died", Run: sampleRun}},
		{stream: s, event: payrun.Undone{Draws: 1, Round: 1, Run: sampleRun}},
		{stream: s, event: payrun.Instructed{BankFiles: []string{"bf-1"}, Instruction: 1, Lines: 1, Run: sampleRun, Total: money("70.00")}},
		{stream: s, event: payrun.InstructionRejected{Instruction: 1, Proof: "bf-2", Reason: "format", Run: sampleRun}},
		{stream: s, event: payrun.Settled{Missing: 0, Returned: money("70.00"), Run: sampleRun, Settled: domain.Money{}}},

		{stream: rulebook.Stream(sampleBook), event: rulebook.Proposed{
			Chain: chain(), Hash: bookHash, Lowers: "court-order", Rulebook: sampleBook, Source: bookSource,
		}},
		{stream: rulebook.Stream(sampleBook), event: rulebook.Submitted{
			Rulebook: sampleBook, Submission: submission(), Signed: signed(rulebook.Stream(sampleBook), "clerk"),
		}},
		{stream: rulebook.Stream(sampleBook), event: rulebook.SignedOff{Rulebook: sampleBook, Signed: signed(rulebook.Stream(sampleBook), "head")}},
		{stream: rulebook.Stream(sampleBook), event: rulebook.SentBack{Rulebook: sampleBook, Returned: returned(rulebook.Stream(sampleBook))}},
		{stream: rulebook.Stream(sampleBook), event: rulebook.Published{Hash: bookHash, PublishedOn: day("2022-01-01"), Rulebook: sampleBook}},
	}
}

func bankSamples() []sample {
	file := bankfile.File{Hash: sampleHex("bank bytes"), Name: "样例文件.xlsx", Salt: sample64("bank salt")}
	return []sample{
		{stream: bankfile.Stream("bf-1"), event: bankfile.Sent{
			BankFile: "bf-1", Commitment: sampleHex("bank file"), File: sampleID("file 2"), Format: "generic-v1", Instruction: 1, Lines: 1, Parts: 1,
			Runs: []string{sampleRun}, Size: 120, Total: money("70.00"), Private: &file,
		}},
		{stream: bankfile.Stream("bf-2"), event: bankfile.Received{
			BankFile: "bf-2", Commitment: sampleHex("return file"), File: sampleID("file 3"), Format: "generic-v1", Parts: 1,
			ReceivedOn: day("2022-01-18"), Size: 140, Private: &file,
		}},
		{stream: bankfile.Stream("bf-2"), event: bankfile.Part{
			BankFile: "bf-2", File: sampleID("file 3"), Part: 1, Private: &bankfile.Bytes{Gzip: sample64("bank gzip")},
		}},
		{stream: bankfile.Stream("bf-2"), event: bankfile.Unreadable{BankFile: "bf-2", Format: "sheet-v1", FormatHash: sampleHex("sheet layout"), Rule: "bankfile.not-xlsx"}},
		{stream: bankfile.Stream("bf-2"), event: bankfile.Read{
			BankFile: "bf-2", Descriptor: "format: 1\nid: generic-v1\n", Findings: []bankfile.Finding{{Count: 2, Rule: "bankfile.pay-ref"}}, Format: "generic-v1",
			FormatHash: sampleHex("layout"), Lines: 1, Total: money("70.00"),
		}},
		{stream: bankfile.DeskStream("finance-1"), event: bankfile.TurnTaken{BankFile: "bf-2", Finance: "finance-1"}},
		{stream: bankfile.Stream("bf-2"), event: bankfile.Classified{
			BankFile: "bf-2", Page: 1,
			Effects: []bankfile.Effect{{
				Dated: true, Day: day("2022-01-18"), GotBack: money("0.00"), Line: 1, Overpaid: money("0.00"), PayRef: "P4J7K2M9QXA001HB", Result: bankfile.ResultReturned, Undraw: true,
			}},
			Lines: []bankfile.ClassifiedLine{{
				Amount: money("70.00"), Class: bankfile.Returned, Draw: draw, Late: true, Line: 1, Reason: "account-closed", Serial: "BK20220118-17",
			}},
		}},
		{stream: bankfile.Stream("bf-2"), event: bankfile.Followed{BankFile: "bf-2", Page: 1}},
		{stream: bankfile.Stream("bf-1"), event: bankfile.RefusedWhole{BankFile: "bf-1", Proof: "bf-2", Reason: "format"}},
	}
}

func bookSamples() []sample {
	const id = "fund-finance-1-rural-reward-2022"
	f := fund.Stream("finance-1", "rural-reward", 2022)
	request := sampleID("request")
	q := fund.RequestStream(request)
	m := month.Stream("finance-1", month1)
	second := signed(m, "head")
	second.Signature = signoff.Signature{
		Alg: signoff.Paper, Aux: sample64("scan"), Custody: signoff.OnPaper, Key: "paper", Statement: statement(m, "head", signoff.Agree).Text(),
	}
	return []sample{
		{stream: f, event: fund.Opened{Finance: "finance-1", Fund: id, Programme: "rural-reward", Year: 2022}},
		{stream: q, event: fund.Requested{
			Amount: money("50.00"), Balance: money("20.00"), Chain: chain(),
			Classes: []fund.ClassNeed{{
				Amount: money("70.00"), Before: 2, Class: "children=one-girl", Entered: 1, Exited: 1, Held: 1, Lines: 1,
				Standards: []fund.Standard{{Amount: money("70.00"), Rate: money("70.00"), Row: "one-girl,2/2009-01", Unit: "month", Units: 1}},
			}},
			Document: "样例卫〔2022〕1号", Documents: []fund.BasisDocument{{Key: "rate-2012", Number: "样例财教〔2012〕2号", Title: "样例提标文件"}, {Key: "form", Title: "样例表"}},
			Finance: "finance-1", From: month1, Fund: id, Held: 1, Last: "run-before", Need: money("70.00"), Office: sampleTown, Period: month1, Persons: 1,
			Programme: "rural-reward", Request: request, Root: totals().Root, Round: 1, Rulebook: bookHash, Run: sampleRun,
			Shares: []fund.Share{{Amount: money("35.00"), Level: "central", Weight: 1}, {Amount: money("35.00"), Level: "county", Weight: 1}}, To: month1, Year: 2022,
		}},
		{stream: q, event: fund.Submitted{Request: request, Submission: submission(), Signed: signed(q, "clerk")}},
		{stream: q, event: fund.SignedOff{Request: request, Signed: signed(q, "head")}},
		{stream: q, event: fund.SentBack{Request: request, Returned: returned(q)}},
		{stream: f, on: day("2022-01-11"), event: fund.Appropriated{
			Amount: money("70.00"), Document: "样例财指〔2022〕5号", Fund: id, IssuedOn: day("2022-01-11"), Level: "county", Request: request,
		}},
		{stream: f, on: day("2022-01-12"), event: fund.Received{Amount: money("70.00"), Fund: id, Level: "county", ReceivedOn: day("2022-01-12"), Voucher: "PZ-2022-01-001"}},
		{stream: f, event: fund.Committed{Amount: money("70.00"), Fund: id, Run: sampleRun}},
		{stream: f, event: fund.Released{Amount: money("70.00"), Fund: id, Reason: fund.ForStopped, Run: sampleRun}},
		{stream: f, event: fund.Spent{Amount: money("70.00"), Beyond: money("0.01"), Fund: id, Run: sampleRun}, cause: sampleID("bank page")},
		{stream: f, on: day("2022-07-01"), event: fund.Recovered{Amount: money("64.00"), Fund: id, Overpayment: over, ReceivedOn: day("2022-07-01"), Voucher: "PZ-2022-07-003"}},
		{stream: f, on: day("2022-12-31"), event: fund.Returned{Amount: money("0.01"), Fund: id, ReturnedOn: day("2022-12-31"), To: "county-treasury", Voucher: "PZ-2022-12-009"}},
		{stream: f, event: fund.YearClosed{Balance: domain.Money{}, Fund: id, Received: money("70.00"), Recovered: money("64.00"), Returned: money("0.01"), Spent: money("133.99")}},

		{stream: m, event: month.Listed{
			Bridge: []month.Bridge{{Amount: money("-80.00"), Cause: "reversed", Event: sampleID("late"), Facts: 1, Figure: "settled", Month: month1.Prev(), Programme: "rural-reward"}},
			Figures: []month.Figures{
				{Class: "children=one-girl", Instructed: money("70.00"), Programme: "rural-reward", Returned: money("70.00"), SetOff: money("16.00"), Stopped: money("5.00"), WrittenOff: money("1.00")},
				{
					Beyond: money("2.00"), Early: money("3.00"), GotBack: money("4.00"), Level: "county", Opening: money("6.00"), Outstanding: money("6.00"), Programme: "rural-reward",
					Refunded: money("8.00"), Reissued: money("9.00"), Settled: money("0.00"),
				},
			},
			Finance: "finance-1", Month: month1, Page: 1, Round: 1,
		}},
		{stream: m, event: month.Submitted{
			Chain: chain(), Differences: []month.CauseSum{{Amount: money("70.00"), Cause: "returned", Lines: 1}},
			Figures: []month.Figures{{Instructed: money("70.00"), Prepared: money("70.00"), Programme: "rural-reward", Released: money("70.00"), Returned: money("70.00")}},
			Finance: "finance-1", LogIndex: 1_510, Month: month1, Pages: 1, Runs: []string{sampleRun}, Submission: submission(), Signed: signed(m, "clerk"),
		}},
		{stream: m, event: month.SignedOff{Finance: "finance-1", Month: month1, Signed: signed(m, "head")}},
		{stream: m, event: month.SentBack{Finance: "finance-1", Month: month1, Returned: returned(m)}},
		{stream: m, event: month.Closed{Finance: "finance-1", LogIndex: 1_510, Month: month1, Root: totals().Root}},
		{stream: m, event: month.ReopenSubmitted{
			Chain: chain(), Finance: "finance-1", Month: month1, Reason: "bank-file-late", Submission: submission(), Signed: signed(m, "clerk"),
		}},
		{stream: m, event: month.ReopenSignedOff{Finance: "finance-1", Month: month1, Signed: signed(m, "head")}},
		{stream: m, event: month.ReopenSentBack{Finance: "finance-1", Month: month1, Returned: returned(m)}},
		{stream: m, event: month.Reopened{Finance: "finance-1", Month: month1, Reason: "bank-file-late", Signed: second}},

		{stream: payrun.Stream(sampleRun), variant: "kept", event: payrun.StoppedLine{
			Amount: money("70.00"), Draw: sampleID("kept-draw"), Kept: true, Line: 2, Person: wang, Reason: "paid-by-bank", Run: sampleRun,
		}},
	}
}
