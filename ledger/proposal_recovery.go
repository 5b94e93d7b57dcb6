package ledger

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
)

// RecoveryTerms are what a form says of a recovery plan. The fields of the methods not chosen stay empty.
type RecoveryTerms struct {
	Method      string                   `json:"method"`                // set-off, refund, instalments
	Cap         domain.Money             `json:"cap"`                   // set-off: the most that one line may lose
	Enrolment   string                   `json:"enrolment,omitempty"`   // set-off: which one pays; empty: the open one in the programme. It begins with CaseRequest.From
	Instalments []beneficiary.Instalment `json:"instalments,omitempty"` // by day
}

// owed finds the overpayment that a form names.
func (d *draft) owed(id string) (beneficiary.Overpayment, bool) {
	if d.people.known == nil {
		return beneficiary.Overpayment{}, false
	}
	return d.people.known.state.Overpayment(id)
}

// writeOff gives up what is still to be got back of an overpayment.
func (d *draft) writeOff(r CaseRequest) {
	d.needReason(r)
	over, _ := d.owed(r.Overpayment)
	if over.ID == "" || r.Amount.Sign() <= 0 || r.Amount.Cmp(over.Outstanding()) > 0 {
		d.fail("case.write-off", fmt.Sprintf("没有这笔多发款，或金额不在 0.01 至 %v 之间。", over.Outstanding()), "核对多发款编号和未追回的余额。")
		return
	}
	d.change.Overpaid = &change.WriteOffPart{Amount: r.Amount, Overpayment: r.Overpayment, Reason: r.Reason}
}

// recoveryPlan says how an overpayment is got back. A set-off is paid by the programme's open enrolment from the present unit on,
// unless the form names another one.
func (d *draft) recoveryPlan(r CaseRequest) {
	d.needReason(r)
	if _, ok := d.owed(r.Overpayment); !ok {
		d.fail("case.recovery", "没有这笔多发款。", "核对多发款编号：almoner recovery list。")
		return
	}
	plan := change.RecoveryPart{
		Cap: r.Plan.Cap, Enrolment: r.Plan.Enrolment, From: r.From, Instalments: r.Plan.Instalments, Method: r.Plan.Method, Overpayment: r.Overpayment, Reason: r.Reason,
	}
	if plan.Method == beneficiary.MethodSetOff {
		if plan.Enrolment == "" {
			plan.Enrolment = d.openID()
		}
		if plan.From.IsZero() {
			plan.From = d.present()
		}
	}
	d.change.Recovery = &plan
}
