package change

import (
	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
)

// Kind is what a change does once its last step has signed.
type Kind string

// The kinds of changes to people and money.
const (
	Admission     Kind = "admission"      // 新增
	Exit          Kind = "exit"           // 退出
	ClassChange   Kind = "class-change"   // 类别变更
	AccountChange Kind = "account-change" // 账户变更
	Correction    Kind = "correction"     // 更正
	Transfer      Kind = "transfer"       // 转移
	Review        Kind = "annual-review"  // 年审
	Suspension    Kind = "suspension"     // 暂停
	Resumption    Kind = "resumption"     // 恢复
	GrantMoney    Kind = "grants"         // 发放名单
	RecoveryPlan  Kind = "recovery-plan"  // 追回计划
	WriteOff      Kind = "write-off"      // 核销
)

// Change is one person's change on its way to effect: what the officers see and sign, and what is then appended to the
// person's stream. Exactly one of the pointers beside the common fields is set, the one its Kind names.
type Change struct {
	Account    *AccountPart    `json:"account,omitempty"` // with an admission too
	Admission  *AdmissionPart  `json:"admission,omitempty"`
	Class      *ClassPart      `json:"class,omitempty"`
	Correction *CorrectionPart `json:"correction,omitempty"`
	Exit       *ExitPart       `json:"exit,omitempty"`
	Facts      []Fact          `json:"facts,omitempty"` // recorded first, whatever the kind
	Grant      *GrantPart      `json:"grant,omitempty"`
	Kind       Kind            `json:"kind"`
	Office     string          `json:"office"`
	Overpaid   *WriteOffPart   `json:"overpaid,omitempty"`
	Person     string          `json:"person"`
	Programme  string          `json:"programme"`
	Recovery   *RecoveryPart   `json:"recovery,omitempty"`
	Region     string          `json:"region"`
	Related    []Related       `json:"related,omitempty"` // people named: spouse, children, guardian
	Resumption *ResumptionPart `json:"resumption,omitempty"`
	Review     *ReviewPart     `json:"review,omitempty"`
	Rulebook   string          `json:"rulebook"`
	Suspension *SuspensionPart `json:"suspension,omitempty"`
	Transfer   *TransferPart   `json:"transfer,omitempty"`
	Village    domain.AreaCode `json:"village"` // the section that signs it

	Private *Private `json:"-" seal:"Person"`
}

// Private is the personal data of the change's own person: identity when new or corrected, account when changed, and the
// contents of facts in the order of Facts.
type Private struct {
	Account  *beneficiary.Account  `json:"account,omitempty"`
	Details  []beneficiary.Detail  `json:"details,omitempty"`
	Identity *beneficiary.Identity `json:"identity,omitempty"`
}

// Related is another person the change names; their own identity is sealed under their own key.
type Related struct {
	Kind    string                `json:"kind"` // "spouse", "child", "guardian", "heir"
	Person  string                `json:"person"`
	Private *beneficiary.Identity `json:"-" seal:"Person"`
}

// Fact is the clear part of a fact to be recorded; its content is the Private detail of the same index.
type Fact struct {
	Fact       beneficiary.FactKind `json:"fact"`
	On         domain.Date          `json:"on"` // effective day
	Related    string               `json:"related,omitempty"`
	ReportedOn domain.Date          `json:"reportedOn"`
	Source     string               `json:"source"`
}

// AdmissionPart is a proposed enrolment with the decision it rests on, computed once and signed as it stands.
type AdmissionPart struct {
	AppliedOn   domain.Date               `json:"appliedOn"`
	Basis       rulebook.Basis            `json:"basis"`
	Classes     []rulebook.ClassFrom      `json:"classes"`
	Continues   string                    `json:"continues,omitempty"`
	DecidedOn   domain.Date               `json:"decidedOn"`
	Document    string                    `json:"document,omitempty"`
	FirstUnit   domain.Period             `json:"firstUnit"`
	Group       string                    `json:"group"`
	Household   string                    `json:"household,omitempty"`
	OpeningDebt domain.Money              `json:"openingDebt,omitempty"`
	OpeningOver domain.Money              `json:"openingOverpayment,omitempty"`
	Origin      beneficiary.Origin        `json:"origin"`
	Outcome     rulebook.Outcome          `json:"outcome"`
	PaidThrough domain.Period             `json:"paidThrough,omitempty"`
	Share       string                    `json:"share"`
	SlotOf      []string                  `json:"slotOf,omitempty"` // persons whose slots it takes
	Trace       []rulebook.CriterionTrace `json:"trace,omitempty"`
	Unit        beneficiary.Unit          `json:"unit"`
	Until       domain.Period             `json:"until,omitempty"`
}

// ExitPart ends the person's enrolment in the change's programme.
type ExitPart struct {
	AtDeath     beneficiary.AtDeath `json:"atDeath,omitempty"` // only of an exit by death
	ContinuedBy string              `json:"continuedBy,omitempty"`
	Destination string              `json:"destination,omitempty"`
	Enrolment   string              `json:"enrolment,omitempty"` // empty: the one open enrolment in the programme
	Fault       beneficiary.Fault   `json:"fault"`
	LastUnit    domain.Period       `json:"lastUnit,omitempty"` // absent when no unit was ever due
	OccurredOn  domain.Date         `json:"occurredOn"`
	Policy      string              `json:"policy"`
	Reason      string              `json:"reason"`
	ReportedBy  string              `json:"reportedBy"`
	ReportedOn  domain.Date         `json:"reportedOn"`
}

// ClassPart moves an enrolment to another class.
type ClassPart struct {
	Class     rulebook.Key  `json:"class"`
	Enrolment string        `json:"enrolment,omitempty"`
	From      domain.Period `json:"from"`
	Reason    string        `json:"reason"`
}

// AccountPart changes the account; number, bank and holder are in Private.
type AccountPart struct {
	HolderPerson string `json:"holderPerson"`
	Relation     string `json:"relation"`
}

// CorrectionPart voids an earlier event of the person's stream. A replacement is what the rest of the change says.
type CorrectionPart struct {
	Annul  bool   `json:"annul,omitempty"` // the enrolment is void from the start
	Of     string `json:"of"`              // event id, or the enrolment to annul
	Reason string `json:"reason"`
}

// SuspensionPart and ResumptionPart stop and start payment.
type SuspensionPart struct {
	Effect    beneficiary.Effect `json:"effect"`
	Enrolment string             `json:"enrolment,omitempty"`
	From      domain.Period      `json:"from"`
	Reason    string             `json:"reason"`
	ReviewBy  domain.Date        `json:"reviewBy"`
}

// ResumptionPart starts payment again.
type ResumptionPart struct {
	Enrolment string          `json:"enrolment,omitempty"`
	From      domain.Period   `json:"from"`
	Reason    string          `json:"reason"`
	Restored  []domain.Period `json:"restored,omitempty"`
}

// TransferPart moves an enrolment to another office or village; the same enrolment goes on.
type TransferPart struct {
	Enrolment string          `json:"enrolment,omitempty"`
	FirstUnit domain.Period   `json:"firstUnit"`
	ToOffice  string          `json:"toOffice"`
	ToVillage domain.AreaCode `json:"toVillage"`
}

// ReviewPart is a year's re-check.
type ReviewPart struct {
	Enrolment string      `json:"enrolment,omitempty"`
	Result    string      `json:"result"`
	ValidTo   domain.Date `json:"validTo"`
	VisitedOn domain.Date `json:"visitedOn"`
	Visitors  []string    `json:"visitors"`
	Year      int         `json:"year"`
}

// GrantPart is one line of a signed list of one-off money.
type GrantPart struct {
	Amount   domain.Money         `json:"amount"`
	Campaign string               `json:"campaign"`
	Document string               `json:"document"`
	Parts    []rulebook.Component `json:"parts,omitempty"`
	Purpose  string               `json:"purpose"`
}

// RecoveryPart is a plan by which an overpayment is got back; beneficiary.RecoveryPlanned says what goes with which method.
type RecoveryPart struct {
	Cap         domain.Money             `json:"cap,omitempty"`
	Enrolment   string                   `json:"enrolment,omitempty"`
	From        domain.Period            `json:"from,omitempty"`
	Instalments []beneficiary.Instalment `json:"instalments,omitempty"`
	Method      string                   `json:"method"`
	Overpayment string                   `json:"overpayment"`
	Reason      string                   `json:"reason"`
}

// WriteOffPart gives up an overpayment.
type WriteOffPart struct {
	Amount      domain.Money `json:"amount"`
	Overpayment string       `json:"overpayment"`
	Reason      string       `json:"reason"`
}
