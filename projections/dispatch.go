package projections

import (
	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/fund"
	"almoner/domain/genesis"
	"almoner/domain/imports"
	"almoner/domain/lead"
	"almoner/domain/month"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/domain/slot"

	"strings"
)

// dispatch gives an event to the read models that want it, by the family its type belongs to. Events of other families
// stand in the timeline only.
func (b *batch) dispatch(at, stream int64, e *decoded) error {
	family, _, _ := strings.Cut(e.Envelope.Type, ".")
	switch family {
	case "beneficiary":
		return b.applyPerson(at, stream, e)
	case "payrun":
		return b.applyRun(at, stream, e)
	case "case", "import", "rulebook":
		return b.applySubject(at, stream, e)
	case "fund":
		return b.applyFund(at, stream, e)
	case "office":
		return b.applyOffice(at, e.Fact)
	case "officer":
		return b.applyOfficer(at, e.Fact)
	case "month":
		return b.applyMonth(at, stream, e)
	case "bankfile":
		return b.applyBankFile(at, stream, e)
	}
	return nil
}

// reasonOf is the coded reason that an event states: what lists of causes show. It is never free text.
func reasonOf(event domain.Event) string {
	switch e := event.(type) {
	case beneficiary.Exited:
		return e.Reason
	case beneficiary.Suspended:
		return e.Reason
	case beneficiary.Resumed:
		return e.Reason
	case beneficiary.ClassChanged:
		return e.Reason
	case beneficiary.Rescheduled:
		return e.Reason
	case beneficiary.Annulled:
		return e.Reason
	case beneficiary.Corrected:
		return e.Reason
	case beneficiary.Decided:
		return e.RefusalReason
	case beneficiary.Reviewed:
		return e.Result
	case beneficiary.Undrawn:
		return string(e.Cause)
	case beneficiary.SettledOtherwise:
		return e.Fact
	case beneficiary.Overpaid:
		return e.Cause
	case beneficiary.WrittenOff:
		return e.Reason
	case payrun.StoppedLine:
		return e.Reason
	case payrun.Cancelled:
		return e.Reason
	case payrun.InstructionRejected:
		return e.Reason
	}
	return reasonOfSubject(event)
}

func reasonOfSubject(event domain.Event) string {
	switch e := event.(type) {
	case payrun.SentBack:
		return e.Reason
	case cases.SentBack:
		return e.Reason
	case cases.Withdrawn:
		return e.Reason
	case cases.Decided:
		return e.Outcome
	case cases.Applied:
		return e.Failed
	case imports.SentBack:
		return e.Reason
	case imports.Withdrawn:
		return e.Reason
	case imports.Decided:
		return e.Outcome
	case imports.RowFailed:
		return e.Rule
	case fund.SentBack:
		return e.Reason
	case fund.Released:
		return string(e.Reason)
	case month.SentBack:
		return e.Reason
	case month.Reopened:
		return e.Reason
	case lead.Cleared:
		return e.Reason
	case slot.Released:
		return e.Reason
	case officer.CapacityWithdrawn:
		return e.Reason
	case officer.KeyRevoked:
		return e.Reason
	case officer.Left:
		return e.Reason
	case genesis.OriginChanged:
		return e.Reason
	}
	return ""
}

// opinionOf is the opinion code of a signature: agreement where nothing is said.
func opinionOf(s signoff.Signed) string {
	if s.Opinion == "" {
		return string(signoff.Agree)
	}
	return s.Opinion
}
