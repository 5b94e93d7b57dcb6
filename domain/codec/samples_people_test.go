package codec

import (
	"almoner/domain"
	"almoner/domain/access"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/denied"
	"almoner/domain/genesis"
	"almoner/domain/imports"
	"almoner/domain/lead"
	"almoner/domain/notice"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/rulebook"
	"almoner/domain/signing"
	"almoner/domain/signoff"
	"almoner/domain/slot"
)

// sample is one event with what its envelope needs beside it.
type sample struct {
	stream   string
	event    domain.Event
	variant  string // of a type that has several fixtures
	on       domain.Date
	cause    string
	evidence []Evidence
}

func rootSamples() []sample {
	roots := []genesis.Root{
		{Key: samplePublic("root-1"), Name: "样例局长", Officer: "root-1", Person: sampleID("person root-1"), Post: "区县负责人"},
		{Key: samplePublic("root-2"), Name: "样例主任", Officer: "root-2", Person: sampleID("person root-2"), Post: "区县分管负责人"},
	}
	witness := genesis.Witness{Key: samplePublic("witness"), Name: "witness.example"}
	return []sample{
		{stream: genesis.Stream, event: genesis.Created{
			Area: "340311", Clock: genesis.SimulatedClock, Currency: "CNY", Envelope: Version, FirstPeriod: month1, Ledger: sampleLedger,
			LogKey: samplePublic("log"), Name: "样例区惠民补贴台账", Origin: sampleOrigin, Quorum: 1, Roots: roots, Witnesses: []genesis.Witness{witness},
		}},
		{stream: genesis.Stream, event: genesis.LogKeyRotated{Key: samplePublic("log-2"), Old: samplePublic("log"), Signed: rootSigned("ledger.log-key-rotated")}},
		{stream: genesis.Stream, event: genesis.WitnessesChanged{Quorum: 1, Signed: rootSigned("ledger.witnesses-changed"), Witnesses: []genesis.Witness{witness}}},
		{stream: genesis.Stream, event: genesis.OriginChanged{
			Checkpoint: sampleOrigin + "\n3\n" + sample64("root") + "\n\n— " + sampleOrigin + " " + sample64("note") + "\n", From: sampleOrigin,
			Reason: "disk-lost", Signed: rootSigned("ledger.origin-changed"), To: sampleOrigin + "-b",
		}},
		{stream: genesis.Stream, event: genesis.RootsChanged{Roots: roots, Signed: rootSigned("ledger.roots-changed")}},
		{stream: genesis.Stream, event: genesis.ErasureOrdered{Basis: "court-order", Case: sampleCase, Document: "样例法〔2022〕1号", Person: li}},
		{stream: genesis.Stream, event: genesis.Erased{Kids: []string{li}, Order: sampleID("order")}},
		{stream: genesis.Stream, event: genesis.Moved{Root: sampleHex("tree"), Size: 9_007_199_254_740_991, To: "esdb"}},

		{stream: office.Stream(sampleTown), on: day("2022-01-01"), event: office.Opened{
			Area: "340311100", Department: "family-planning", Grant: grant("office.opened"), Level: signoff.Town, Name: "样例镇", Office: sampleTown,
			Parent: "county-1", Villages: []office.Village{{Code: village, Name: "样例村"}},
		}},
		{stream: office.Stream(sampleTown), on: day("2022-03-01"), event: office.Changed{
			Area: "340311100", Grant: grant("office.changed"), Name: "样例镇", Office: sampleTown, Villages: []office.Village{{Code: village, Name: "样例新村"}},
		}},
		{stream: office.Stream(sampleTown), on: day("2023-01-01"), event: office.Closed{Grant: grant("office.closed"), Into: "town-2", Office: sampleTown}},

		{stream: officer.Stream("clerk"), on: day("2022-01-01"), event: officer.Appointed{
			Grant: grant("officer.appointed"), Name: "样例经办", Officer: "clerk", Person: clerk, Post: "计生办 干事",
		}},
		{stream: officer.Stream("clerk"), on: day("2022-01-01"), event: officer.CapacityGranted{
			Area: "340311100", Capacity: "town.handler", From: day("2022-01-01"), Grant: grant("officer.capacity-granted"), Office: sampleTown,
			Officer: "clerk", Until: day("2024-12-31"),
		}},
		{stream: officer.Stream("clerk"), on: day("2023-06-30"), event: officer.CapacityWithdrawn{
			Capacity: "town.handler", Grant: grant("officer.capacity-withdrawn"), Office: sampleTown, Officer: "clerk", Reason: "moved", Until: day("2023-06-30"),
		}},
		{stream: officer.Stream("clerk"), event: officer.KeyRegistered{
			Alg: signoff.Ed25519, Custody: signoff.OwnDevice, Grant: grant("officer.key-registered"), Key: "key-clerk", Officer: "clerk",
			Possession: signature("clerk", "almoner key possession v1\norigin "+sampleOrigin+"\nofficer clerk\n"), Public: samplePublic("clerk"),
		}},
		{stream: officer.Stream("clerk"), event: officer.KeyRevoked{Grant: grant("officer.key-revoked"), Key: "key-clerk", Officer: "clerk", Reason: "lost"}},
		{stream: officer.Stream("clerk"), on: day("2023-06-30"), event: officer.Left{Grant: grant("officer.left"), Officer: "clerk", Reason: "retired"}},

		{stream: denied.Stream(sampleTown, day("2022-01-06")), event: denied.Refused{Action: "payrun.sign-off", Rule: "sign-off.capacity", Subject: "payrun-" + sampleRun}},
		{stream: denied.Stream(sampleTown, day("2022-01-06")), event: denied.Counted{More: 12}},
		{stream: access.Stream(sampleTown, day("2022-01-06")), event: access.Unmasked{People: 1, Persons: []string{wang}, Purpose: "review", View: "person"}},
	}
}

func personSamples() []sample {
	s := beneficiary.Stream(wang)
	papers := []Evidence{{Commitment: sampleHex("id card"), Held: sampleTown, Kind: "id-card", Pages: 2}}
	return []sample{
		{stream: s, event: beneficiary.Registered{How: "citizen-number", Person: wang, Private: wangIdentity()}, evidence: papers},
		{stream: s, event: beneficiary.IdentityCorrected{How: "override", Person: wang, Private: wangIdentity()}},
		{stream: s, evidence: papers, event: beneficiary.FactRecorded{
			On:   day("2021-11-02"),
			Fact: beneficiary.Child, Person: wang, Related: child, ReportedOn: day("2021-11-02"), Source: "papers",
			Private: &beneficiary.Detail{
				Alive: "yes", Birth: day("1986-07-01"), Certificate: "样例证001", HukouKind: "rural", IssuedOn: day("1987-01-05"), Name: "李样例女",
				Number: childIdentity().Number, Sex: domain.Female, Source: "both",
			},
		}},
		{stream: s, event: beneficiary.AccountChanged{HolderPerson: wang, On: day("2022-01-05"), Person: wang, Relation: "self", Private: wangAccount()}},
		{stream: s, event: beneficiary.Applied{
			Agent: li, Application: sampleID("application"), AppliedOn: day("2021-11-02"), Office: sampleTown, Person: wang, Programme: "rural-reward", Region: "340000",
		}},
		{stream: s, on: day("2021-12-20"), cause: sampleID("case decided"), event: beneficiary.Decided{
			Application: sampleID("application"), Class: class(), DecidedOn: day("2021-12-20"), Document: "样例卫〔2021〕9号", Facts: []string{sampleID("fact")},
			Notices: []string{sampleNotice}, Outcome: rulebook.Yes, Person: wang, Programme: "rural-reward", Rulebook: bookHash, ToldHow: "in-person",
			ToldOn: day("2021-12-21"), Trace: trace(), Visits: []beneficiary.Visit{{On: day("2021-11-20"), Officers: []string{"clerk", "head"}}},
		}},
		{stream: s, cause: sampleID("case decided"), event: beneficiary.Enrolled{
			Basis: basis(), Classes: []rulebook.ClassFrom{{From: month1, Key: class()}}, Document: "样例移交清单", Enrolment: enrolment, FirstUnit: month1,
			Group: "family", Household: "household-1", Office: sampleTown, OpeningDebt: money("160.00"), OpeningOver: money("80.00"),
			Origin: beneficiary.CarriedOver, PaidThrough: month1.Prev(), Person: wang, Programme: "rural-reward", Region: "340000", Rulebook: bookHash,
			Share: "1/1", Slots: []beneficiary.Claim{{Claim: claim, Group: "family", Person: wang}}, Unit: beneficiary.PerPerson, Until: month1.Add(119), Village: village,
		}},
		{stream: s, variant: "refusal", event: beneficiary.Decided{
			Application: sampleID("application"), DecidedOn: day("2021-12-20"), Outcome: rulebook.No, Person: wang, Programme: "rural-reward",
			RefusalReason: "age", Rulebook: bookHash,
		}},
		{stream: s, variant: "hand-over", event: beneficiary.Enrolled{
			Basis: rulebook.Basis{}, Classes: []rulebook.ClassFrom{{From: month2, Key: rulebook.Key{}}}, Continues: sampleID("enrolment li"), Enrolment: enrolment,
			FirstUnit: month2, Group: "family", Office: sampleTown, Origin: beneficiary.DecidedHere, Person: wang, Programme: "rural-reward", Region: "340000",
			Rulebook: bookHash, Share: "1/2", Unit: beneficiary.PerHousehold, Village: village,
		}},
		{stream: s, event: beneficiary.ClassChanged{Class: rulebook.Key{}, Enrolment: enrolment, From: month2, Reason: "child-died"}},
		{stream: s, event: beneficiary.Rescheduled{Enrolment: enrolment, FirstUnit: month2, Reason: "rulebook-changed", Rulebook: bookHash, Until: month1.Add(60)}},
		{stream: s, event: beneficiary.Suspended{
			Effect: beneficiary.Withhold, Enrolment: enrolment, From: month2, Reason: "suspected-death", ReviewBy: day("2022-03-05"),
		}},
		{stream: s, event: beneficiary.Resumed{Enrolment: enrolment, From: month2, Reason: "cleared", Restored: []domain.Period{month2}}},
		{stream: s, event: beneficiary.Exited{
			ContinuedBy: sampleID("enrolment li"), Destination: "340311", Enrolment: enrolment, Fault: beneficiary.NoFault, LastUnit: month2,
			OccurredOn: day("2022-05-20"), Policy: "month-of", Reason: "moved-out", ReportedBy: "village", ReportedOn: day("2022-06-01"),
		}},
		{stream: s, variant: "died", event: beneficiary.Exited{
			AtDeath: rulebook.DeathPaysHeirs, Enrolment: enrolment, Fault: beneficiary.NoFault, LastUnit: month2, OccurredOn: day("2022-05-20"), Policy: "month-of",
			Reason: "dead", ReportedBy: "village", ReportedOn: day("2022-06-01"),
		}},
		{stream: s, event: beneficiary.Annulled{Enrolment: enrolment, Reason: "never-qualified"}},
		{stream: s, event: beneficiary.Corrected{Of: sampleID("fact"), Person: wang, Reason: "misread", Replacement: sampleID("fact again")}},
		{stream: s, event: beneficiary.Transferred{
			Enrolment: enrolment, FirstUnit: month2, FromOffice: sampleTown, FromVillage: village, ToOffice: "town-2", ToVillage: "340311101202",
		}},
		{stream: s, event: beneficiary.Reviewed{
			Enrolment: enrolment, Result: "continue", ValidTo: day("2023-03-31"), VisitedOn: day("2022-02-14"), Visitors: []string{"clerk"}, Year: 2022,
		}},
		{stream: s, event: beneficiary.Granted{
			Amount: money("500.00"), Campaign: "spring-2022", Document: "样例卫〔2022〕3号", Grant: sampleID("grant"), Office: sampleTown,
			Parts:  []rulebook.Component{{Amount: money("500.00"), Payer: rulebook.PayerGovernment, Status: rulebook.Assumed}},
			Person: wang, Programme: "special-assistance", Purpose: "festival", Village: village,
		}},
		{stream: s, event: beneficiary.ClaimAbandoned{Claim: claim, Group: "family", Person: li, Slot: wang}},
		{stream: slot.Stream("family", wang), event: slot.Claimed{By: wang, Claim: claim, Enrolment: enrolment, Group: "family", Person: wang, Share: "1/1"}},
		{stream: slot.Stream("family", wang), event: slot.Released{Claim: claim, Group: "family", Person: wang, Reason: "exited"}},
	}
}

func trace() []rulebook.CriterionTrace {
	return []rulebook.CriterionTrace{
		{ID: "age", Outcome: rulebook.Pass, Facts: []string{sampleID("fact")}, Values: map[string]string{"age": "60"}, Cite: "国人口发〔2004〕36号 一(四)"},
		{ID: "children", Outcome: rulebook.Unsure, Reason: "not-known", Missing: []string{"children"}},
	}
}

// details are the contents of facts of several kinds.
func details() []beneficiary.Detail {
	return []beneficiary.Detail{
		{Birth: day("1986-07-01"), DiedOn: day("2020-02-02"), DisabilityFrom: day("2010-03-03"), DisabilityGrade: 2, Source: "both"},
		{HukouKind: "rural", HukouPlace: "340311", Level: 3, Marriage: "widowed", RetirementChannel: "resident"},
	}
}

func admission() change.Change {
	return change.Change{
		Account: &change.AccountPart{HolderPerson: wang, Relation: "self"},
		Admission: &change.AdmissionPart{
			AppliedOn: day("2021-11-02"), Basis: basis(), Classes: []rulebook.ClassFrom{{From: month1, Key: class()}}, DecidedOn: day("2021-12-20"), FirstUnit: month1,
			Group: "family", Origin: beneficiary.DecidedHere, Outcome: rulebook.Yes, Share: "1/1", SlotOf: []string{wang}, Trace: trace(),
			Unit: beneficiary.PerPerson,
		},
		Facts: []change.Fact{{Fact: beneficiary.Child, On: day("2021-11-02"), Related: child, ReportedOn: day("2021-11-02"), Source: "papers"}},
		Kind:  change.Admission, Office: sampleTown, Person: wang, Programme: "rural-reward", Region: "340000", Rulebook: bookHash, Village: village,
		Related: []change.Related{{Kind: "child", Person: child, Private: childIdentity()}},
		Private: &change.Private{
			Account: wangAccount(), Details: details(), Identity: wangIdentity(),
		},
	}
}

// name is what the sample's fixture is called.
func (s sample) name() string {
	if s.variant == "" {
		return s.event.EventType()
	}
	return s.event.EventType() + "." + s.variant
}

// otherParts is a change with every part that an admission has not, so that their fields stand in a fixture too.
func otherParts() change.Change {
	carried := admission().Admission
	carried.Basis.QualifiedIn = domain.MustPeriod("2021-06")
	carried.Basis.Cut = []rulebook.Cut{{From: month1.Add(-6), To: month1.Add(-3), Why: rulebook.WhyLateApplication}}
	carried.Origin, carried.Continues, carried.Document, carried.Household = beneficiary.CarriedOver, sampleID("enrolment li"), "样例移交清单", "household-1"
	carried.OpeningDebt, carried.OpeningOver, carried.PaidThrough, carried.Until = money("160.00"), money("80.00"), month1.Prev(), month1.Add(119)
	return change.Change{
		Admission:  carried,
		Class:      &change.ClassPart{Class: class(), Enrolment: enrolment, From: month2, Reason: "child-died"},
		Correction: &change.CorrectionPart{Annul: true, Of: enrolment, Reason: "misread"},
		Exit: &change.ExitPart{
			AtDeath: rulebook.DeathPaysHeirs, ContinuedBy: sampleID("enrolment li"), Destination: "340311", Enrolment: enrolment, Fault: beneficiary.Recover, LastUnit: month1, OccurredOn: day("2022-01-20"), Policy: "month-of", Reason: "false-papers", ReportedBy: "village",
			ReportedOn: day("2022-02-01"),
		},
		Grant: &change.GrantPart{Amount: money("500.00"), Campaign: "spring-2022", Document: "样例卫〔2022〕3号", Parts: components(), Purpose: "festival"},
		Kind:  change.Exit, Office: sampleTown, Person: wang, Programme: "rural-reward", Region: "340000", Rulebook: bookHash, Village: village,
		Overpaid: &change.WriteOffPart{Amount: money("80.00"), Overpayment: over, Reason: "died-without-estate"},
		Recovery: &change.RecoveryPart{
			Cap: money("16.00"), Enrolment: enrolment, From: month2, Instalments: []beneficiary.Instalment{{Amount: money("40.00"), DueOn: day("2022-07-01")}}, Method: "set-off",
			Overpayment: over, Reason: "agreed",
		},
		Resumption: &change.ResumptionPart{Enrolment: enrolment, From: month2, Reason: "cleared", Restored: []domain.Period{month2}},
		Review:     &change.ReviewPart{Enrolment: enrolment, Result: "continue", ValidTo: day("2023-03-31"), VisitedOn: day("2022-02-14"), Visitors: []string{"clerk"}, Year: 2022},
		Suspension: &change.SuspensionPart{Enrolment: enrolment, Effect: beneficiary.Forfeit, From: month2, Reason: "not-found", ReviewBy: day("2022-03-05")},
		Transfer:   &change.TransferPart{Enrolment: enrolment, FirstUnit: month2, ToOffice: "town-2", ToVillage: "340311101202"},
	}
}

func caseSamples() []sample {
	s := cases.Stream(sampleCase)
	return []sample{
		{stream: s, event: cases.Opened{Case: sampleCase, Chain: chain(), Change: admission(), Office: sampleTown, Rulebook: bookHash}},
		{stream: s, event: cases.Revised{Case: sampleCase, Change: otherParts()}},
		{stream: s, event: cases.Submitted{Case: sampleCase, Submission: submission(), Signed: signed(s, "clerk")}},
		{stream: s, event: cases.SignedOff{Case: sampleCase, Signed: bulkSigned(s)}},
		{stream: s, event: cases.SentBack{Case: sampleCase, Returned: returned(s)}},
		{stream: s, event: cases.Withdrawn{Case: sampleCase, Reason: "applicant"}},
		{stream: s, event: cases.Decided{Case: sampleCase, DecidedOn: day("2021-12-20"), Outcome: "agreed"}},
		{stream: s, event: cases.Applied{Case: sampleCase, Failed: "slot.taken"}},
		{stream: signing.Stream(sampleID("signing")), event: signing.Made{
			Officer: "head", Person: clerk, Root: sampleHex("statements"), Signature: signature("head", "almoner signing v1\norigin "+sampleOrigin+"\n"),
			Signing: sampleID("signing"), Subjects: []string{s, cases.Stream(sampleID("case 2"))},
		}},
	}
}

func importSamples() []sample {
	s := imports.Stream(sampleImport)
	return []sample{
		{stream: s, event: imports.Opened{
			Chain: chain(), Commitment: sampleHex("file"), File: fileKid, Import: sampleImport, Office: sampleTown, Parts: 1, Programme: "rural-reward", Region: "340000",
			Rulebook: bookHash, Size: 18_432, Private: &imports.File{Hash: sampleHex("file bytes"), Name: "样例文件.xlsx", Salt: sample64("salt")},
		}},
		{stream: s, event: imports.FilePart{File: fileKid, Import: sampleImport, Part: 1, Private: &imports.Bytes{Gzip: sample64("gzip")}}},
		{stream: s, event: imports.RowAccepted{
			Change: admission(), File: fileKid, Import: sampleImport, Row: 4, Sheet: "1", Warnings: []string{"import.account.luhn"},
			Private: &imports.Notes{Sheet: "样例村", Problems: []imports.Problem{{
				Column: "账号", Letter: "F", Message: "像是银行卡号，但校验位不对。", Remedy: "按存折或银行卡核对。", Rule: "import.account.luhn", Severity: "warning", Value: "621700****0005",
			}}},
		}},
		{stream: s, event: imports.RowRefused{
			File: fileKid, Import: sampleImport, Row: 5, Rules: []string{"import.citizen.check-digit"}, Sheet: "1",
			Private: &imports.Row{Cells: []string{"王样例", "", "样例村", "", ""}, Notes: imports.Notes{More: 1, Sheet: "样例村", Problems: []imports.Problem{{
				Column: "身份证号", Letter: "B", Message: "校验位不对。", Remedy: "核对身份证原件后改正。", Rule: "import.citizen.check-digit", Severity: "error", Value: "340311****0010",
			}}}},
		}},
		{stream: s, event: imports.Read{Accepted: 1, Import: sampleImport, Refused: 1, Root: sampleHex("rows")}},
		{stream: s, event: imports.Submitted{Import: sampleImport, Submission: submission(), Signed: signed(s, "clerk")}},
		{stream: s, event: imports.SignedOff{Import: sampleImport, Signed: signed(s, "head")}},
		{stream: s, event: imports.SentBack{Import: sampleImport, Returned: returned(s)}},
		{stream: s, event: imports.Withdrawn{Import: sampleImport, Reason: "wrong-file"}},
		{stream: s, event: imports.Decided{DecidedOn: day("2021-12-20"), Import: sampleImport, Outcome: "agreed"}},
		{stream: s, event: imports.RowFailed{Import: sampleImport, Person: wang, Row: 4, Rule: "slot.taken", Sheet: "1"}},
		{stream: s, event: imports.Applied{Applied: 0, Failed: 1, Import: sampleImport}},

		{stream: notice.Stream(sampleNotice), on: day("2021-11-25"), event: notice.Posted{
			From: day("2021-11-25"), Level: "village", Lines: 1, ListRoot: sampleHex("posted"), Masked: "name-village", Notice: sampleNotice, Photo: sampleHex("photo"),
			Place: "village-board", Subject: s, To: day("2021-12-01"),
		}},
		{stream: notice.Stream(sampleNotice), event: notice.Objected{
			Notice: sampleNotice, Objection: sampleID("objection"), Person: wang, ReceivedOn: day("2021-11-28"),
			Private: &notice.Objection{By: "李样例女", Text: "王样例另有子女"},
		}},
		{stream: notice.Stream(sampleNotice), event: notice.Answered{
			Notice: sampleNotice, Objection: sampleID("objection"), Result: "rejected", Private: &notice.Objection{Text: "经核实, 王样例符合条件"},
		}},
		{stream: notice.Stream(sampleNotice), event: notice.Closed{ClosedOn: day("2021-12-01"), Notice: sampleNotice, Objections: 1}},
		{stream: notice.Stream(sampleNotice), event: notice.TakenDown{Notice: sampleNotice, TakenDownOn: day("2021-12-02")}},

		{stream: lead.Stream(sampleLead), event: lead.Raised{
			Field: "death", Lead: sampleLead, Person: wang, Register: "police", Private: &lead.Values{Ours: "1961-03-15", Theirs: "王样例 2022-01-30"},
		}},
		{stream: lead.Stream(sampleLead), event: lead.Visited{Lead: sampleLead, VisitOn: day("2022-02-05"), Visitors: []string{"clerk"}}},
		{stream: lead.Stream(sampleLead), event: lead.Confirmed{Case: sampleID("case 2"), Lead: sampleLead}},
		{stream: lead.Stream(sampleLead), event: lead.Cleared{Lead: sampleLead, Reason: "same-name"}},
	}
}
