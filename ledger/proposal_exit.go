package ledger

import (
	"fmt"
	"strings"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/rulebook"
	"almoner/ledger/rosterfile"
)

// exitCode maps a list's reason to the rulebooks' codes (DOMAIN exit reasons). A form gives the rulebook's code itself.
func exitCode(reason rosterfile.ExitReason) string {
	switch reason {
	case rosterfile.ReasonDied:
		return rulebook.ReasonDead
	case rosterfile.ReasonMovedOut:
		return "hukou-moved"
	case rosterfile.ReasonAgeEnded:
		return "reached-end-age"
	case rosterfile.ReasonHukouChanged:
		return "became-urban"
	case rosterfile.ReasonImprisoned:
		return "prison"
	}
	return string(reason)
}

// exit proposes the end of the person's enrolment: the last unit is what the rulebook makes of the day it happened.
func (d *draft) exit() {
	e, ok := d.enrolment()
	if !ok {
		d.fail("import.no-enrolment", "这个人在本项目没有在册记录。", "核对身份证号和项目；可能已经退出，或期初没有导入。", rosterfile.FieldNumber)
		return
	}
	code := exitCode(d.row.Reason)
	reason, err := d.book.ExitReason(code)
	if err != nil {
		d.fail("import.reason-not-here", "本项目的政策规则没有这个退出原因。", "可用："+d.reasonLabels()+"；服刑等暂停事由请办理暂停。", rosterfile.FieldReason)
		return
	}
	occurred, ok := d.occurredOn(code)
	if !ok {
		return
	}
	last, policy, err := d.book.LastUnit(code, occurred)
	if err != nil {
		d.refused(err)
		return
	}
	if said := d.unit(d.row.Stop); !said.IsZero() && !last.IsZero() && said != last.Next() {
		d.warn("import.stop-differs", fmt.Sprintf("名单写从 %v 停领，按政策规则最后发放 %v，以后者为准。", said, last), "核对发生日期。", rosterfile.FieldStop)
	}
	reported := d.row.ReportedOn
	if reported.IsZero() {
		reported = d.today
	}
	d.death()
	d.change.Exit = &change.ExitPart{
		AtDeath: d.book.AtExit(code), Enrolment: e.ID, Fault: reason.Fault, LastUnit: last, OccurredOn: occurred, Policy: string(policy), Reason: code,
		ReportedBy: d.office, ReportedOn: reported,
	}
}

func (d *draft) reasonLabels() string {
	var labels []string
	for _, r := range d.book.ExitReasons() {
		labels = append(labels, r.Zh)
	}
	return strings.Join(labels, "、")
}

// occurredOn is the day the event happened. A list that gives only the first month no longer due is taken at its word if
// some day explains it: the last of the month before, or the first of that month.
func (d *draft) occurredOn(code string) (domain.Date, bool) {
	switch {
	case !d.row.DiedOn.IsZero():
		return d.row.DiedOn, true
	case code == rulebook.ReasonDead:
		d.fail("import.died-on-missing", "退出原因是死亡，没有填写死亡日期。", "在“死亡日期”填写证明上的日期。", rosterfile.FieldDiedOn)
		return domain.Date{}, false
	case !d.row.OccurredOn.IsZero():
		return d.row.OccurredOn, true
	case d.row.Stop.IsZero():
		d.fail("import.exit-day-missing", "没有填写退出发生的日期。", "填写“发生日期”或“停领年月”。", rosterfile.FieldOccurredOn, rosterfile.FieldStop)
		return domain.Date{}, false
	}
	stop := d.unit(d.row.Stop)
	for _, day := range []domain.Date{stop.First().AddDays(-1), stop.First()} {
		last, _, err := d.book.LastUnit(code, day)
		if err == nil && (last.IsZero() || last.Next() == stop) && !day.After(d.today) {
			d.warn("import.occurred-derived", fmt.Sprintf("没有发生日期，按停领年月 %v 推定为 %v。", d.row.Stop, day), "有证明材料的，填写“发生日期”。", rosterfile.FieldOccurredOn)
			return day, true
		}
	}
	d.fail("import.stop-unexplained", fmt.Sprintf("按政策规则，这个原因不会从 %v 起停领。", d.row.Stop), "填写“发生日期”。", rosterfile.FieldStop)
	return domain.Date{}, false
}

// account proposes the account of a row, with the person whose it is.
func (d *draft) account() {
	if d.row.Account == "" {
		return
	}
	holder, relation, ok := d.holder()
	if !ok {
		return
	}
	name := d.row.Holder
	if name == "" {
		name = d.row.Name
	}
	d.change.Account = &change.AccountPart{HolderPerson: holder, Relation: relation}
	d.change.Private.Account = &beneficiary.Account{Bank: d.row.Bank, Holder: name, Number: d.row.Account}
}

// holder finds the person behind the account's holder. Money goes to somebody else only with a recorded relation.
func (d *draft) holder() (person, relation string, ok bool) {
	own := d.row.Holder == "" || d.row.Name == "" || d.row.Holder.MatchKey() == d.row.Name.MatchKey()
	if own {
		return d.people.person, "self", true
	}
	const remedy = "改为本人账户；确需代领的，填写“与户名关系”，并填写该人的身份证号。"
	if d.row.HolderRelation == "" || d.row.HolderRelation == "self" {
		d.fail("import.account-not-own", "户名是别人，补贴应发到本人账户。", remedy, rosterfile.FieldAccount, rosterfile.FieldHolder)
		return "", "", false
	}
	holder := d.holderPerson()
	if holder == "" {
		d.fail("import.account-holder-unknown", "不知道户名是哪个人，不能登记代领关系。", remedy, rosterfile.FieldAccount, rosterfile.FieldHolder)
		return "", "", false
	}
	return holder, d.row.HolderRelation, true
}

func (d *draft) holderPerson() string {
	match := func(n domain.PersonName) bool { return n != "" && n.MatchKey() == d.row.Holder.MatchKey() }
	switch d.row.HolderRelation {
	case "spouse":
		if d.people.spouse != "" && match(d.row.SpouseName) {
			return d.people.spouse
		}
	case "guardian":
		if d.people.guardian != "" && match(d.row.Guardian) {
			return d.people.guardian
		}
	case beneficiary.HeirRelation:
		if d.people.heir != "" && match(d.row.Heir) {
			return d.people.heir
		}
	case "household-head":
		if d.people.head != "" && match(d.row.HouseholdHead) {
			return d.people.head
		}
	case "child":
		for i, c := range d.row.Children {
			if d.people.children[i] != "" && match(c.Name) {
				return d.people.children[i]
			}
		}
	}
	return ""
}

// grantLine proposes one line of one-off money: the only amount that a list may state.
func (d *draft) grantLine() {
	g := d.grant
	if d.row.Document != "" {
		g.Document = d.row.Document
	}
	switch {
	case !d.row.HasAmount:
		d.fail("import.amount-missing", "没有填写金额。", "填写发放金额。", rosterfile.FieldAmount)
		return
	case g.Campaign == "" || g.Purpose == "":
		d.fail("import.grant-terms", "没有说明发放的批次和用途。", "提交名单时填写批次和用途。")
		return
	case g.Document == "":
		d.fail("import.grant-document", "没有发放依据的文号。", "在“文号”填写，或提交名单时统一填写。", rosterfile.FieldDocument)
		return
	}
	d.change.Grant = &change.GrantPart{Amount: d.row.Amount, Campaign: g.Campaign, Document: g.Document, Purpose: g.Purpose}
	if g.Fund != "" {
		d.change.Grant.Parts = []rulebook.Component{{
			Amount: d.row.Amount, Payer: rulebook.PayerGovernment, Document: g.Document, Fund: g.Fund, Status: rulebook.Found,
		}}
	}
}
