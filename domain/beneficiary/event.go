package beneficiary

import (
	"almoner/domain"
	"almoner/domain/rulebook"
)

// Stream is the one stream of a person.
func Stream(person string) string { return "beneficiary-" + person }

// Registered brings a person into the ledger.
type Registered struct {
	How     string    `json:"how"` // "citizen-number", "override" (police evidence), "no-number"
	Person  string    `json:"person"`
	Private *Identity `json:"-" seal:"Person"`
}

// Identity is who a person is, as papers say.
type Identity struct {
	Address string               `json:"address,omitempty"`
	Birth   domain.Date          `json:"birth"`
	Name    domain.PersonName    `json:"name"`
	Number  domain.CitizenNumber `json:"number,omitempty"`
	Phone   string               `json:"phone,omitempty"`
	Sex     domain.Sex           `json:"sex"`
}

// IdentityCorrected replaces the identity: a changed number, a misspelt name.
type IdentityCorrected struct {
	How     string    `json:"how"`
	Person  string    `json:"person"`
	Private *Identity `json:"-" seal:"Person"`
}

// FactKind is what a recorded fact is about.
type FactKind string

// The kinds of facts.
const (
	Birth         FactKind = "birth"
	Death         FactKind = "death"
	Hukou         FactKind = "hukou"
	Marriage      FactKind = "marriage"
	Child         FactKind = "child"
	Certificate   FactKind = "certificate" // 独生子女父母光荣证
	Retirement    FactKind = "retirement"
	Guardian      FactKind = "guardian"
	Complication  FactKind = "complication" // 手术并发症, with its appraised level
	Incapacitated FactKind = "incapacitated"
	Heir          FactKind = "heir" // 继承人: who may claim what was due at the death
)

// FactRecorded says that something is true of a person from its effective day (the envelope's `on`).
type FactRecorded struct {
	Fact       FactKind    `json:"fact"`
	Person     string      `json:"person"`
	Related    string      `json:"related,omitempty"` // the spouse's, child's or guardian's person id
	ReportedOn domain.Date `json:"reportedOn"`        // when an officer was told
	Source     string      `json:"source"`            // closed code: "papers", "register.police", "village", "roster"
	On         domain.Date `json:"-"`                 // effective day; stored in the envelope
	Private    *Detail     `json:"-" seal:"Person"`
}

// Detail is a fact's content; each kind uses its own fields. Codes are closed sets; days are Asia/Shanghai.
type Detail struct {
	Alive             string               `json:"alive,omitempty"` // "yes", "no"
	Birth             domain.Date          `json:"birth,omitempty"`
	Certificate       string               `json:"certificate,omitempty"` // number of the 光荣证 or disability certificate
	DiedOn            domain.Date          `json:"diedOn,omitempty"`
	DisabilityGrade   int                  `json:"disabilityGrade,omitempty"` // 1 (gravest) to 4
	DisabilityFrom    domain.Date          `json:"disabilityFrom,omitempty"`
	HukouKind         string               `json:"hukouKind,omitempty"` // "rural", "urban"
	HukouPlace        string               `json:"hukouPlace,omitempty"`
	IssuedOn          domain.Date          `json:"issuedOn,omitempty"`
	Level             int                  `json:"level,omitempty"` // complication level 1 to 3
	Marriage          string               `json:"marriage,omitempty"`
	Name              domain.PersonName    `json:"name,omitempty"`
	Number            domain.CitizenNumber `json:"number,omitempty"`
	RetirementChannel string               `json:"retirementChannel,omitempty"`
	Sex               domain.Sex           `json:"sex,omitempty"`
	Source            string               `json:"source,omitempty"` // of a child: "both", "mine", "spouse", "adopted", "given-away"
}

// AccountChanged names the account money goes to from now on. The draw names this event: the account paid is the one signed.
type AccountChanged struct {
	HolderPerson string      `json:"holderPerson"` // the payee, or a person with a recorded relation
	Person       string      `json:"person"`
	Relation     string      `json:"relation"` // "self", "guardian", "household-head", "heir"
	On           domain.Date `json:"-"`        // effective day; stored in the envelope
	Private      *Account    `json:"-" seal:"Person"`
}

// Account is where a bank finds the payee.
type Account struct {
	Bank   string               `json:"bank"`
	Holder domain.PersonName    `json:"holder"`
	Number domain.AccountNumber `json:"number"`
}

// Applied says that somebody asked.
type Applied struct {
	Agent       string      `json:"agent,omitempty"` // person who applied for another
	Application string      `json:"application"`
	AppliedOn   domain.Date `json:"appliedOn"`
	Office      string      `json:"office"`
	Person      string      `json:"person"`
	Programme   string      `json:"programme"`
	Region      string      `json:"region"`
}

// Decided is the yes or no to an application, with what it rests on.
type Decided struct {
	Application   string                    `json:"application"`
	Class         rulebook.Key              `json:"class,omitempty"`
	DecidedOn     domain.Date               `json:"decidedOn"`
	Document      string                    `json:"document,omitempty"` // 文号
	Facts         []string                  `json:"facts,omitempty"`    // event ids of the facts used
	Notices       []string                  `json:"notices,omitempty"`
	Outcome       rulebook.Outcome          `json:"outcome"`
	Person        string                    `json:"person"`
	Programme     string                    `json:"programme"`
	RefusalReason string                    `json:"refusalReason,omitempty"`
	Rulebook      string                    `json:"rulebook"`
	ToldHow       string                    `json:"toldHow,omitempty"` // how the applicant was told: "in-person", "letter", "notice"
	ToldOn        domain.Date               `json:"toldOn,omitempty"`
	Trace         []rulebook.CriterionTrace `json:"trace,omitempty"`
	Visits        []Visit                   `json:"visits,omitempty"`
}

// Visit is a visit to the home, with who went.
type Visit struct {
	On       domain.Date `json:"on"`
	Officers []string    `json:"officers"`
}

// Unit is what one share is paid for.
type Unit string

// A right belongs to a person or to a household with one payee.
const (
	PerPerson    Unit = "person"
	PerHousehold Unit = "household"
)

// Origin says where an enrolment began.
type Origin string

// Anything but decided-here names what was paid outside this ledger.
const (
	DecidedHere   Origin = "decided-here"
	CarriedOver   Origin = "carried-over"
	TransferredIn Origin = "transferred-in"
)

// Enrolled admits a person to a programme. Start, stop, proration and ages were decided once; the result stands here.
type Enrolled struct {
	Basis       rulebook.Basis       `json:"basis"`
	Classes     []rulebook.ClassFrom `json:"classes"`             // in order of From; the first From is FirstUnit
	Continues   string               `json:"continues,omitempty"` // enrolment handed over from, in another person's stream
	Document    string               `json:"document,omitempty"`  // source document of a carried-over enrolment
	Enrolment   string               `json:"enrolment"`
	FirstUnit   domain.Period        `json:"firstUnit"`
	Group       string               `json:"group"` // exclusivity group
	Household   string               `json:"household,omitempty"`
	Office      string               `json:"office"`
	OpeningDebt domain.Money         `json:"openingDebt,omitempty"`        // owed to the person at opening, from outside
	OpeningOver domain.Money         `json:"openingOverpayment,omitempty"` // owed by the person at opening
	Origin      Origin               `json:"origin"`
	PaidThrough domain.Period        `json:"paidThrough,omitempty"` // last unit paid outside this ledger
	Person      string               `json:"person"`
	Programme   string               `json:"programme"`
	Region      string               `json:"region"`
	Rulebook    string               `json:"rulebook"`
	Share       string               `json:"share"`           // "1/1", "1/2"
	Slots       []Claim              `json:"slots,omitempty"` // slots claimed for it
	Unit        Unit                 `json:"unit"`
	Until       domain.Period        `json:"until,omitempty"` // last unit due, when known at decision
	Village     domain.AreaCode      `json:"village"`
}

// Claim names a slot's claim.
type Claim struct {
	Claim  string `json:"claim"`
	Group  string `json:"group"`
	Person string `json:"person"` // whose slot
}

// ClassChanged moves an enrolment to another rate class from a unit on.
type ClassChanged struct {
	Class     rulebook.Key  `json:"class"`
	Enrolment string        `json:"enrolment"`
	From      domain.Period `json:"from"`
	Reason    string        `json:"reason"`
}

// Rescheduled replaces first and last unit because a rulebook moved dates.
type Rescheduled struct {
	Enrolment string        `json:"enrolment"`
	FirstUnit domain.Period `json:"firstUnit"`
	Reason    string        `json:"reason"`
	Rulebook  string        `json:"rulebook"`
	Until     domain.Period `json:"until,omitempty"`
}

// Effect is what a suspension does to the units it covers: withheld ones (缓发) are paid on resumption, forfeited ones
// (停发) are not due.
type Effect = rulebook.Effect

// The effects.
const (
	Withhold = rulebook.Withhold
	Forfeit  = rulebook.Forfeit
)

// Suspended stops payment from a unit on. A handler may alone withhold on a suspected death, at once.
type Suspended struct {
	Effect    Effect        `json:"effect"`
	Enrolment string        `json:"enrolment"`
	From      domain.Period `json:"from"`
	Reason    string        `json:"reason"`
	ReviewBy  domain.Date   `json:"reviewBy"`
}

// Resumed ends a suspension: From is the first unit payable again; Restored are forfeited units given back.
type Resumed struct {
	Enrolment string          `json:"enrolment"`
	From      domain.Period   `json:"from"`
	Reason    string          `json:"reason"`
	Restored  []domain.Period `json:"restored,omitempty"`
}

// Fault says whether the money paid after the last unit due is to be recovered with fault.
type Fault = rulebook.Fault

// Exit without fault stops; exit with recovery is fraud or an unlawful birth.
const (
	NoFault = rulebook.FaultNone
	Recover = rulebook.FaultRecover
)

// AtDeath is what becomes of money that was due and unpaid when the exit of somebody who died is decided.
type AtDeath = rulebook.AtDeath

// HeirRelation is the relation of an account to which money due at a death may be paid.
const HeirRelation = "heir"

// Exited ends an enrolment. The envelope's `on` is the day it occurred.
type Exited struct {
	AtDeath     AtDeath       `json:"atDeath,omitempty"`     // what becomes of money due and unpaid; only of an exit by death
	ContinuedBy string        `json:"continuedBy,omitempty"` // enrolment that goes on, in another stream or programme
	Destination string        `json:"destination,omitempty"` // area code moved to
	Enrolment   string        `json:"enrolment"`
	Fault       Fault         `json:"fault"`
	LastUnit    domain.Period `json:"lastUnit,omitempty"` // last unit due; absent when none ever was
	OccurredOn  domain.Date   `json:"occurredOn"`
	Policy      string        `json:"policy"` // stop policy applied, "month-of"
	Reason      string        `json:"reason"` // DOMAIN exit reason code
	ReportedBy  string        `json:"reportedBy"`
	ReportedOn  domain.Date   `json:"reportedOn"`
}

// Annulled makes an enrolment void from the start.
type Annulled struct {
	Enrolment string `json:"enrolment"`
	Reason    string `json:"reason"`
}

// Corrected is the only way a fact disappears: it voids an earlier event of this stream; Replacement follows it.
type Corrected struct {
	Of          string `json:"of"`
	Person      string `json:"person"`
	Reason      string `json:"reason"`
	Replacement string `json:"replacement,omitempty"` // event id
}

// Transferred moves an enrolment to another office; the same enrolment goes on, no gap and no double unit.
type Transferred struct {
	Enrolment   string          `json:"enrolment"`
	FirstUnit   domain.Period   `json:"firstUnit"` // first unit the new office pays
	FromOffice  string          `json:"fromOffice"`
	FromVillage domain.AreaCode `json:"fromVillage"`
	ToOffice    string          `json:"toOffice"`
	ToVillage   domain.AreaCode `json:"toVillage"`
}

// Reviewed is the result of a year's re-check (年审).
type Reviewed struct {
	Enrolment string      `json:"enrolment"`
	Result    string      `json:"result"` // "continue", "changed", "exit", "not-found"
	ValidTo   domain.Date `json:"validTo"`
	VisitedOn domain.Date `json:"visitedOn"`
	Visitors  []string    `json:"visitors"`
	Year      int         `json:"year"`
}

// Granted is one-off or discretionary money, from a signed list.
type Granted struct {
	Amount    domain.Money         `json:"amount"`
	Campaign  string               `json:"campaign"`
	Document  string               `json:"document"` // 文号 of the list
	Grant     string               `json:"grant"`
	Office    string               `json:"office"`
	Parts     []rulebook.Component `json:"parts,omitempty"`
	Person    string               `json:"person"`
	Programme string               `json:"programme"`
	Purpose   string               `json:"purpose"` // closed code
	Village   domain.AreaCode      `json:"village"`
}

// ItemKind says why a unit stands on a line.
type ItemKind string

// Regular is due in the period paid; arrears earlier and unpaid; top-up the rest of a rate that rose; deduction what
// became undue inside the same enrolment.
const (
	Regular   ItemKind = "regular"
	Arrears   ItemKind = "arrears"
	TopUp     ItemKind = "top-up"
	Deduction ItemKind = "deduction"
)

// Item is one unit of a draw. The amount is negative for a deduction.
type Item struct {
	Amount     domain.Money         `json:"amount"`
	Components []rulebook.Component `json:"components,omitempty"`
	Kind       ItemKind             `json:"kind"`
	Row        string               `json:"row"` // rate row; "grant" for a grant
	Unit       domain.Period        `json:"unit"`
}

// Drawn takes what is due to one enrolment (or one grant) for a pay run: decided against this stream at its exact
// revision, so no unit is drawn twice.
type Drawn struct {
	Account   string       `json:"account,omitempty"`   // event id of the account; absent on a line of 0.00
	AccountCm string       `json:"accountCm,omitempty"` // its commitment
	Again     string       `json:"again,omitempty"`     // draw that came back (退票重付)
	Arrears   domain.Money `json:"arrears"`             // 补发: arrears and top-ups
	Carried   domain.Money `json:"carried"`             // ≤ 0: deductions beyond this line, netted by the next
	CarriedIn domain.Money `json:"carriedIn"`           // ≤ 0: what the previous draw carried
	Deducted  domain.Money `json:"deducted"`            // 扣减 ≤ 0
	Draw      string       `json:"draw"`                // draw id
	Due       domain.Money `json:"due"`                 // 应发: regular items
	Enrolment string       `json:"enrolment,omitempty"` //
	Grant     string       `json:"grant,omitempty"`     //
	Items     []Item       `json:"items"`               // in unit order
	Line      int          `json:"line"`                // in the run, from 1
	Net       domain.Money `json:"net"`                 // 实发 ≥ 0
	PayRef    string       `json:"payRef"`              // unique, ≤ 16 ASCII characters, fits a bank remark
	Payee     string       `json:"payee"`               // person id
	Person    string       `json:"person"`              //
	Relation  string       `json:"relation"`            // "self", "guardian", "heir", "household-head"
	Recovered domain.Money `json:"recovered,omitempty"` // ≤ 0: set off by a signed recovery plan
	Run       string       `json:"run"`                 //
	SetOffs   []SetOff     `json:"setOffs,omitempty"`   // in order of finding; Recovered is their sum, negative
}

// Cause says why a draw no longer stands.
type Cause string

// Undrawn units are due again.
const (
	Cancelled Cause = "cancelled"
	SentBack  Cause = "sent-back"
	Stopped   Cause = "stopped"
	Returned  Cause = "returned"
	Abandoned Cause = "abandoned"
)

// Undrawn gives a draw's units back.
type Undrawn struct {
	Cause  Cause  `json:"cause"`
	Draw   string `json:"draw"`
	Person string `json:"person"`
	Run    string `json:"run"`
}

// SettledOtherwise is a bank fact about a draw that is not a plain match.
type SettledOtherwise struct {
	Amount   domain.Money `json:"amount"`
	BankFile string       `json:"bankFile"`
	BankLine int          `json:"bankLine"`
	BookedOn domain.Date  `json:"bookedOn"`
	Draw     string       `json:"draw"`
	Fact     string       `json:"fact"` // "returned", "under-amount", "over-amount", "paid-twice", "reversed", "late"
	Person   string       `json:"person"`
	Reason   string       `json:"reason,omitempty"` // bank's reason as our closed code
	Serial   string       `json:"serial,omitempty"`
}

// OverpaidUnit is one unit paid by a draw and not due.
type OverpaidUnit struct {
	Amount domain.Money  `json:"amount"`
	Draw   string        `json:"draw"`
	Unit   domain.Period `json:"unit,omitempty"` // absent: money of the draw that a later deduction listed and could not net
}

// Overpaid records money paid and not due that netting inside the enrolment cannot take back: units of draws, or what a bank
// paid beyond what stands, then with the bank line, the draw and its run.
type Overpaid struct {
	Amount      domain.Money   `json:"amount"`
	BankFile    string         `json:"bankFile,omitempty"`
	BankLine    int            `json:"bankLine,omitempty"`
	Cause       string         `json:"cause"` // exit reason, or the bank fact
	Draw        string         `json:"draw,omitempty"`
	Enrolment   string         `json:"enrolment,omitempty"`
	Fault       Fault          `json:"fault"`
	FoundBy     string         `json:"foundBy,omitempty"` // who reported the exit, or "bank"; absent: the officer of the event
	FoundOn     domain.Date    `json:"foundOn"`
	Grant       string         `json:"grant,omitempty"`
	Overpayment string         `json:"overpayment"`
	Person      string         `json:"person"`
	Run         string         `json:"run,omitempty"`
	Units       []OverpaidUnit `json:"units,omitempty"` // absent for a bank fact
}

// RecoveryPlanned is the signed plan by which an overpayment is got back.
type RecoveryPlanned struct {
	Cap         domain.Money  `json:"cap,omitempty"`         // set-off: the most that one line may lose
	Enrolment   string        `json:"enrolment,omitempty"`   // set-off: which one pays
	From        domain.Period `json:"from,omitempty"`        // set-off: runs up to this unit or a later one
	Instalments []Instalment  `json:"instalments,omitempty"` // by day; they come to what was outstanding
	Method      string        `json:"method"`                // "set-off", "refund", "instalments"
	Overpayment string        `json:"overpayment"`
	Person      string        `json:"person"`
}

// Recovered books money got back. What lines keep back is in the draws that do so.
type Recovered struct {
	Amount      domain.Money `json:"amount"`
	BankFile    string       `json:"bankFile,omitempty"` // of a bank reversal
	BankLine    int          `json:"bankLine,omitempty"`
	Fund        string       `json:"fund,omitempty"`     // that a refund is paid into, booked there next
	FundYear    int          `json:"fundYear,omitempty"` //
	Method      string       `json:"method"`             // "refund", "instalments", "bank-reversal"
	Overpayment string       `json:"overpayment"`
	Person      string       `json:"person"`
	ReceivedOn  domain.Date  `json:"receivedOn"`
	Voucher     string       `json:"voucher,omitempty"` // unique for the overpayment; of a bank reversal the serial, if any
}

// WrittenOff gives an overpayment up; two signatures stand in the case that caused it.
type WrittenOff struct {
	Amount      domain.Money `json:"amount"`
	Overpayment string       `json:"overpayment"`
	Person      string       `json:"person"`
	Reason      string       `json:"reason"`
}

// ClaimAbandoned is appended before another person takes a slot whose claimant never finished: the slow writer's append
// then fails at its revision.
type ClaimAbandoned struct {
	Claim  string `json:"claim"`
	Group  string `json:"group"`
	Person string `json:"person"`
	Slot   string `json:"slot"` // person whose slot it is
}

// The stored names.
func (Registered) EventType() string        { return "beneficiary.registered" }
func (IdentityCorrected) EventType() string { return "beneficiary.identity-corrected" }
func (FactRecorded) EventType() string      { return "beneficiary.fact-recorded" }
func (AccountChanged) EventType() string    { return "beneficiary.account-changed" }
func (Applied) EventType() string           { return "beneficiary.applied" }
func (Decided) EventType() string           { return "beneficiary.decided" }
func (Enrolled) EventType() string          { return "beneficiary.enrolled" }
func (ClassChanged) EventType() string      { return "beneficiary.class-changed" }
func (Rescheduled) EventType() string       { return "beneficiary.rescheduled" }
func (Suspended) EventType() string         { return "beneficiary.suspended" }
func (Resumed) EventType() string           { return "beneficiary.resumed" }
func (Exited) EventType() string            { return "beneficiary.exited" }
func (Annulled) EventType() string          { return "beneficiary.annulled" }
func (Corrected) EventType() string         { return "beneficiary.corrected" }
func (Transferred) EventType() string       { return "beneficiary.transferred" }
func (Reviewed) EventType() string          { return "beneficiary.reviewed" }
func (Granted) EventType() string           { return "beneficiary.granted" }
func (Drawn) EventType() string             { return "beneficiary.drawn" }
func (Undrawn) EventType() string           { return "beneficiary.undrawn" }
func (SettledOtherwise) EventType() string  { return "beneficiary.settled-otherwise" }
func (Overpaid) EventType() string          { return "beneficiary.overpaid" }
func (RecoveryPlanned) EventType() string   { return "beneficiary.recovery-planned" }
func (Recovered) EventType() string         { return "beneficiary.recovered" }
func (WrittenOff) EventType() string        { return "beneficiary.written-off" }
func (ClaimAbandoned) EventType() string    { return "beneficiary.claim-abandoned" }

// The days from which events are true.
func (e FactRecorded) EffectiveOn() domain.Date   { return e.On }
func (e AccountChanged) EffectiveOn() domain.Date { return e.On }
func (e Enrolled) EffectiveOn() domain.Date       { return e.FirstUnit.First() }
func (e ClassChanged) EffectiveOn() domain.Date   { return e.From.First() }
func (e Rescheduled) EffectiveOn() domain.Date    { return e.FirstUnit.First() }
func (e Suspended) EffectiveOn() domain.Date      { return e.From.First() }
func (e Resumed) EffectiveOn() domain.Date        { return e.From.First() }
func (e Exited) EffectiveOn() domain.Date         { return e.OccurredOn }
func (e Transferred) EffectiveOn() domain.Date    { return e.FirstUnit.First() }
func (e Reviewed) EffectiveOn() domain.Date       { return e.VisitedOn }
