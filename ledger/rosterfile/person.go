package rosterfile

import (
	"fmt"

	"almoner/domain"
)

// readPerson reads who the row is about. Birth and sex follow the citizen number; a column that contradicts it is an
// error, because the commonest cause is the number of another person, a spouse's for instance.
func (b *builder) readPerson() {
	r := b.row
	r.Name, r.Number = b.name(FieldName, 0), b.citizen(FieldNumber, 0)
	r.Birth, r.Sex = b.day(FieldBirth), domain.Sex(b.code(FieldSex))
	if r.Number != "" {
		if !r.Birth.IsZero() && r.Birth != r.Number.Birth() {
			b.problem(FieldBirth, "import.birth-differs", "出生日期与身份证号不一致。", "核对身份证原件，改正出生日期或身份证号。")
		}
		if r.Sex != "" && r.Sex != r.Number.Sex() {
			b.problem(FieldSex, "import.sex-differs", "性别与身份证号不一致，身份证号可能是别人的。", "核对身份证原件，改正性别或身份证号。")
		}
		r.Birth, r.Sex = r.Number.Birth(), r.Number.Sex()
		if !b.opts.Today.IsZero() && r.Birth.After(b.opts.Today) {
			b.problem(FieldNumber, "import.birth-future", fmt.Sprintf("身份证号中的出生日期晚于今天（%v）。", b.opts.Today), "按身份证原件核对改正。")
		}
	}
	r.SpouseName, r.SpouseNumber = b.name(FieldSpouseName, 0), b.citizen(FieldSpouseNumber, 0)
	r.Guardian, r.GuardianNumber = b.name(FieldGuardian, 0), b.citizen(FieldGuardianNumber, 0)
	r.Heir, r.HeirNumber = b.name(FieldHeir, 0), b.citizen(FieldHeirNumber, 0)
	if r.Number != "" && r.SpouseNumber == r.Number {
		b.problem(FieldSpouseNumber, "import.spouse-is-self", "配偶身份证号与本人相同。", "按结婚证或户口簿改正。")
	}
	r.Hukou, r.Marriage = b.code(FieldHukou), b.code(FieldMarriage)
	r.Household, r.Relation = b.text(FieldHousehold), b.text(FieldRelation)
	r.HouseholdHead, r.HouseholdHeadNumber = b.name(FieldHouseholdHead, 0), b.citizen(FieldHouseholdHeadNumber, 0)
}

// readPlace reads village and group. 张庄村3组 in one cell is taken apart.
func (b *builder) readPlace() {
	r := b.row
	r.Village, r.Group = b.text(FieldVillage), b.text(FieldGroup)
	if r.Village == "" {
		return
	}
	if village, group, ok := splitVillage(r.Village); ok && r.Group == "" {
		r.Village, r.Group = village, group
	}
	if b.villages == nil {
		return
	}
	area, ok := b.villages.find(r.Village)
	if !ok {
		b.problem(FieldVillage, "import.village-unknown", "本单位辖区内没有这个村（居）。", "填写辖区内村（居）的全称或 12 位代码；撤并的村填现名。")
	}
	r.Area = area
}

// readEnrolment reads what the person is or was entitled to, as the list states it.
func (b *builder) readEnrolment() {
	r := b.row
	r.Programme, r.Class = b.text(FieldProgramme), b.text(FieldClass)
	if r.Programme == "" {
		r.Programme = b.opts.Programme
	}
	r.AppliedOn, r.Start, r.PaidThrough = b.day(FieldAppliedOn), b.month(FieldStart), b.month(FieldPaidThrough)
	r.Share, r.Document = b.share(), b.text(FieldDocument)
	r.Certificate, r.CertificateOn = b.text(FieldCertificate), b.day(FieldCertificateOn)
	switch {
	case r.Start.IsZero():
	case !r.PaidThrough.IsZero() && r.PaidThrough.Before(r.Start):
		b.problem(FieldPaidThrough, "import.paid-before-start", fmt.Sprintf("已发至 %v 早于起领 %v。", r.PaidThrough, r.Start), "改正其中之一；还没有发过的，已发至年月留空。")
	case b.opts.Kind == Admission && r.PaidThrough.IsZero() && !b.given(FieldPaidThrough) &&
		!b.opts.FirstPeriod.IsZero() && r.Start.Before(b.opts.FirstPeriod):
		b.report(b.columnOf(FieldPaidThrough), "", "import.paid-through-missing", Error,
			fmt.Sprintf("起领 %v 早于本账期初 %v，却没有填写已发至年月，不知道哪些月份已经发过。", r.Start, b.opts.FirstPeriod),
			"在“已发至年月”填写最后一个已发月份。")
	}
}

// columnOf is the column of a field; without a letter, and under the header to add, when the file has none.
func (b *builder) columnOf(f Field) Column {
	c, ok := b.head.column(f, 0)
	if !ok {
		return Column{Field: f, Text: b.aliases.label(f)}
	}
	return c
}

// readExit reads why and when the right ends.
func (b *builder) readExit() {
	r := b.row
	r.Stop, r.Reason = b.month(FieldStop), ExitReason(b.code(FieldReason))
	r.DiedOn, r.OccurredOn, r.ReportedOn = b.day(FieldDiedOn), b.day(FieldOccurredOn), b.day(FieldReportedOn)
	if r.Reason == "" && !b.given(FieldReason) && !r.DiedOn.IsZero() {
		r.Reason, r.ReasonImplied = ReasonDied, true
		b.report(b.columnOf(FieldDiedOn), r.DiedOn.String(), "import.reason-implied", Warning, "填了死亡日期，没有填退出原因，按死亡读入。", "在“退出原因”填写“死亡”。")
	}
	switch {
	case !r.DiedOn.IsZero() && r.Reason != "" && r.Reason != ReasonDied:
		b.problem(FieldReason, "import.reason-contradicts", "退出原因不是死亡，却填了死亡日期。", "改正退出原因，或清空死亡日期。")
	case !r.Stop.IsZero() && r.Reason == "" && !b.given(FieldReason) && !b.given(FieldDiedOn):
		b.problem(FieldStop, "import.stop-without-reason", "填了停领年月，没有填退出原因。", "填写退出原因："+b.labels[FieldReason]+"。")
	}
	if !r.Stop.IsZero() && !r.Start.IsZero() && r.Stop.Before(r.Start) {
		b.problem(FieldStop, "import.stop-before-start", fmt.Sprintf("停领 %v 早于起领 %v。", r.Stop, r.Start), "改正其中之一。")
	}
	if b.opts.Kind == Exit && !b.given(FieldStop) && !b.given(FieldDiedOn) && !b.given(FieldOccurredOn) {
		b.reportCell(b.row.Cell(FieldOccurredOn, FieldStop, FieldDiedOn), "import.exit-day-missing", "没有填写退出发生的日期。", "填写“死亡日期”“发生日期”或“停领年月”之一。")
	}
	b.checkOrder()
}

// checkOrder reports days that cannot follow each other.
func (b *builder) checkOrder() {
	r := b.row
	for _, f := range []struct {
		field Field
		day   domain.Date
	}{{FieldDiedOn, r.DiedOn}, {FieldAppliedOn, r.AppliedOn}, {FieldOccurredOn, r.OccurredOn}} {
		if !f.day.IsZero() && !r.Birth.IsZero() && f.day.Before(r.Birth) {
			b.problem(f.field, "import.before-birth", "早于出生日期。", "核对原件后改正。")
		}
	}
	happened := r.DiedOn
	if happened.IsZero() {
		happened = r.OccurredOn
	}
	if !r.ReportedOn.IsZero() && r.ReportedOn.Before(happened) {
		b.problem(FieldReportedOn, "import.reported-before", fmt.Sprintf("报告日期早于发生日期 %v。", happened), "核对后改正。")
	}
}

// readAccount reads where money goes and looks at whose account it is.
func (b *builder) readAccount() {
	r := b.row
	r.Bank, r.Holder, r.HolderRelation = b.text(FieldBank), b.name(FieldHolder, 0), b.code(FieldHolderRelation)
	if raw, c, ok := b.digits(FieldAccount, 0); ok {
		account, err := domain.ParseAccountNumber(raw)
		if err != nil {
			b.fault(c, raw, chinese(err))
		}
		r.Account = account
		for _, w := range account.Warnings() {
			b.report(c, raw, "import."+w, Warning, accountWarning(w), "按存折或银行卡核对。")
		}
	}
	if r.Holder == "" || r.Name == "" {
		return
	}
	same := r.Holder.MatchKey() == r.Name.MatchKey()
	c := b.columnOf(FieldHolder)
	switch {
	case !same && r.HolderRelation == "":
		b.report(c, r.Holder.Reveal(), "import.holder-differs", Warning, "户名与姓名不一致。", "改为本人账户；确需代领的，填写“与户名关系”并附关系证明。")
	case !same && r.HolderRelation == "self":
		b.report(c, r.Holder.Reveal(), "import.holder-differs", Warning, "户名与姓名不一致，“与户名关系”却填了本人。", "改正户名、姓名或关系。")
	}
}

func accountWarning(code string) string {
	switch code {
	case domain.WarnAccountLuhn:
		return "像是银行卡号，但校验位不对。"
	case domain.WarnAccountShort:
		return "账号不足 12 位，少见。"
	case domain.WarnAccountLong:
		return "账号超过 23 位，少见。"
	case domain.WarnAccountRounded:
		return "账号第 15 位之后全是 0，可能被表格软件改掉了。"
	case domain.WarnAccountRepeated:
		return "账号是同一个数字，像是占位。"
	}
	return "账号可疑（" + code + "）。"
}

// readRest reads what serves contact and information.
func (b *builder) readRest() {
	r := b.row
	r.Phone, r.Address, r.HukouAddress, r.Note = b.text(FieldPhone), b.text(FieldAddress), b.text(FieldHukouAddress), b.text(FieldNote)
	if v, c, ok := b.take(FieldPhone, 0); ok && isScientific(v.raw) {
		b.report(c, v.raw, "import.scientific", Error, "号码已变成科学计数法，后面的数字已经丢失。", "把该列设为“文本”，重新录入。")
		r.Phone = ""
	}
	r.Standard, r.HasStandard = b.money(FieldStandard)
	r.Amount, r.HasAmount = b.money(FieldAmount)
	if b.opts.Kind == Grant && r.HasAmount && r.Amount.Sign() <= 0 {
		b.problem(FieldAmount, "import.amount-sign", "发放金额必须大于 0。", "改正金额，或删除该行。")
	}
}
