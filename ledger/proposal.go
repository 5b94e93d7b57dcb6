package ledger

import (
	"errors"
	"slices"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/rulebook"
	"almoner/ledger/rosterfile"
)

// Stated is what an office states beside the columns of a list, or the fields of a form: it holds for every person in it.
// Zero values state nothing; what the ledger or the row knows goes first.
type Stated struct {
	Attested         []string    `json:"attested,omitempty"`    // criteria that people testified to (评议通过), by id
	SpouseHukou      string      `json:"spouseHukou,omitempty"` // "rural", "urban"
	Employers        string      `json:"employers,omitempty"`   // "none", "one", "both"
	Retirement       string      `json:"retirement,omitempty"`  // "none", "public", "enterprise", "resident"
	RetiredOn        domain.Date `json:"retiredOn,omitempty"`
	Complication     int         `json:"complication,omitempty"` // appraised level 1 to 3
	ComplicationFrom domain.Date `json:"complicationFrom,omitempty"`
	NoChildren       bool        `json:"noChildren,omitempty"`    // never had any: no child in a row then means none
	OfficeDelayed    bool        `json:"officeDelayed,omitempty"` // decided late through no fault of the applicant
}

// GrantTerms is what a list of one-off money says of all its lines.
type GrantTerms struct {
	Campaign string `json:"campaign"`
	Document string `json:"document,omitempty"` // 文号; a row's own goes first
	Fund     string `json:"fund,omitempty"`     // funding key
	Purpose  string `json:"purpose"`            // closed code
}

// proposer turns what an office states about one person into a change. It asks nobody: whatever it needs to know of the
// world is in its fields and in people, so that rows are worked out on all cores.
type proposer struct {
	book        *rulebook.Rulebook
	kind        change.Kind
	office      string
	source      string // closed code of where stated facts come from: "roster", "papers"
	today       domain.Date
	firstPeriod domain.Period // first month paid by this ledger
	stated      Stated
	grant       GrantTerms
	// perYear is what another programme's class is worth in a year, for ExclusiveHigher; zero when it is not known.
	perYear func(programme, region string, class rulebook.Key) domain.Money
}

// dryCause stands for the event that does not exist yet when effects are tried out.
var dryCause = uuid.NewSHA1(uuid.NameSpaceOID, []byte("almoner dry run")).String()

// draft is one proposal being worked out.
type draft struct {
	*proposer
	row      rosterfile.Row
	people   people
	change   change.Change
	facts    rulebook.Facts
	childIDs []string // persons of facts.Children, "" without number
	vague    bool     // married, but the row does not say whether first, again or restored
	problems []rosterfile.Problem
}

// propose works out the change of one row. It is meaningless when one of the problems, which begin with the row's own, is
// an error.
func (p *proposer) propose(row rosterfile.Row, who people) (change.Change, []rosterfile.Problem) {
	d := p.draft(row, who)
	d.checkIdentity()
	d.checkProgramme()
	switch p.kind {
	case change.Admission:
		d.collectFacts()
		d.account()
		d.admission()
	case change.Exit:
		d.exit()
	case change.AccountChange:
		d.relatives()
		d.account()
		if d.change.Account == nil && d.good() {
			d.fail("import.account-missing", "没有填写账号。", "填写开户行、户名和账号。", rosterfile.FieldAccount)
		}
	case change.GrantMoney:
		if d.row.Account != "" && (d.people.known == nil || len(d.people.known.state.Accounts) == 0) {
			d.warn("import.account-not-taken", "发放名单不登记账户，这个人在台账里还没有账户。", "另做账户变更名单，签字后才能发放。", rosterfile.FieldAccount)
		}
		d.grantLine()
	}
	d.place()
	d.try()
	return d.change, d.problems
}

// draft begins a proposal about a person.
func (p *proposer) draft(row rosterfile.Row, who people) *draft {
	d := &draft{proposer: p, row: row, people: who, problems: slices.Clip(row.Problems)}
	d.change = change.Change{
		Kind: p.kind, Office: p.office, Person: who.person, Programme: p.book.Programme(), Region: p.book.Region(),
		Rulebook: p.book.Hash(), Village: row.Area, Private: &change.Private{},
	}
	return d
}

// trim leaves out an empty private part, which nothing would be sealed for. An admission keeps it: it must not take effect
// once the person is erased.
func (d *draft) trim() {
	if p := d.change.Private; d.kind != change.Admission && p.Account == nil && p.Identity == nil && len(p.Details) == 0 {
		d.change.Private = nil
	}
}

// good reports whether nothing bars the row so far.
func (d *draft) good() bool { return !barred(d.problems) }

func barred(problems []rosterfile.Problem) bool {
	for _, p := range problems {
		if p.Severity == rosterfile.Error {
			return true
		}
	}
	return false
}

// checkIdentity compares the row with what papers said before, and brings a person in who is not registered yet.
func (d *draft) checkIdentity() {
	known := d.people.known
	if known == nil || !known.state.Registered {
		if d.row.Number != "" {
			d.change.Private.Identity = identityOf(d.row.Name, d.row.Number)
			d.change.Private.Identity.Phone, d.change.Private.Identity.Address = d.row.Phone, d.row.Address
		}
		return
	}
	if known.identity == nil {
		d.fail("import.person-erased", "这个人的个人信息已按规定销毁，不能再办理。", "核对身份证号；确需办理的，报县级处理。", rosterfile.FieldNumber)
		return
	}
	if d.row.Name != "" && known.identity.Name.MatchKey() != d.row.Name.MatchKey() {
		d.fail("import.name-differs", "姓名与台账登记的 "+known.identity.Name.String()+" 不一致，身份证号可能是别人的。", "核对身份证原件；确已更名的，先办理更正。", rosterfile.FieldName)
	}
}

func identityOf(name domain.PersonName, number domain.CitizenNumber) *beneficiary.Identity {
	return &beneficiary.Identity{Name: name, Number: number, Birth: number.Birth(), Sex: number.Sex()}
}

// checkProgramme refuses a row that names another programme than the list's.
func (d *draft) checkProgramme() {
	title := d.book.Title()
	if said := plainWord(d.row.Programme); said != "" && said != d.book.Programme() && !containsWord(title.Zh, said) && !containsWord(title.En, said) {
		d.fail("import.other-programme", "“项目”填的是“"+d.row.Programme+"”，这份名单是“"+title.Zh+"”。", "每个项目单独一份名单；属于本项目的，“项目”留空。", rosterfile.FieldProgramme)
	}
}

// place finds the village whose section signs the change, and sees that the office is the one responsible.
func (d *draft) place() {
	if e, ok := d.placed(); ok && d.kind != change.Admission {
		now := e.Places[len(e.Places)-1]
		if now.Office != d.office {
			d.fail("import.other-office", "这个人由单位 "+now.Office+" 管理，不在本单位名册内。", "由该单位办理，或先办理转移。", rosterfile.FieldNumber)
		}
		if d.change.Village == "" {
			d.change.Village = now.Village
		}
	}
	if d.change.Village == "" && d.good() {
		d.fail("import.village-missing", "不知道属于哪个村（居）。", "填写“村居”。", rosterfile.FieldVillage)
	}
}

// enrolment is the person's open enrolment in the programme.
func (d *draft) enrolment() (beneficiary.Enrolment, bool) {
	if d.people.known == nil {
		return beneficiary.Enrolment{}, false
	}
	return d.people.known.state.Open(d.book.Programme())
}

// placed is the enrolment that says where the person belongs: the open one of the programme, else the programme's last, else
// the last of any.
func (d *draft) placed() (beneficiary.Enrolment, bool) {
	if e, ok := d.enrolment(); ok || d.people.known == nil {
		return e, ok
	}
	var found beneficiary.Enrolment
	for _, e := range d.people.known.state.Enrolments {
		if found.ID == "" || e.Programme == d.book.Programme() || found.Programme != d.book.Programme() {
			found = e
		}
	}
	return found, found.ID != ""
}

// try asks the person's present state whether the change could take effect today, so that a conflict is told now and by
// row, not after the last signature.
func (d *draft) try() {
	d.trim()
	if !d.good() {
		return
	}
	var state beneficiary.State
	if d.people.known != nil {
		state = d.people.known.state
	}
	events, err := change.Effects(state, d.change, change.Agreed{Cause: dryCause, Rulebook: d.book, DecidedOn: d.today})
	if err != nil {
		d.refused(err)
		return
	}
	if len(events) == 0 {
		d.fail("import.no-change", "台账里已经是这样，没有可以变更的内容。", "删除这一行。", d.mainFields()...)
	}
}

// refused turns a decision's no into a problem of the row; a fault becomes one as well, so that it is seen.
func (d *draft) refused(err error) { d.refusedAt(err, nil) }

// refusedAt is refused for a no that is about a cell which the caller knows better than the rule tells.
func (d *draft) refusedAt(err error, at *rosterfile.Cell) {
	var refusal *domain.RefusedError
	if !errors.As(err, &refusal) {
		d.fail("import.fault", "无法计算："+err.Error(), "联系管理员。")
		return
	}
	message, remedy := refusalWords(refusal)
	cell := d.row.Cell(refusalFields(refusal.Rule)...)
	if at != nil {
		cell = *at
	}
	d.report(rosterfile.Error, cell, refusal.Rule, message, remedy)
}

// mainFields are what a list of the kind is about.
func (d *draft) mainFields() []rosterfile.Field {
	switch d.kind {
	case change.AccountChange:
		return []rosterfile.Field{rosterfile.FieldAccount}
	case change.Exit:
		return []rosterfile.Field{rosterfile.FieldReason}
	case change.GrantMoney:
		return []rosterfile.Field{rosterfile.FieldAmount}
	}
	return []rosterfile.Field{rosterfile.FieldNumber}
}
