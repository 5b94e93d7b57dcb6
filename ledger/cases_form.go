package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/internal/vault"
	"almoner/ledger/rosterfile"
)

// form works out the change of a case. Admission, exit, account change and one-off money are worked out as a roster's row
// is; the other kinds have parts of their own.
func (p *proposer) form(r CaseRequest, who people) (change.Change, []rosterfile.Problem) {
	switch p.kind {
	case change.Admission, change.Exit, change.AccountChange, change.GrantMoney:
		return p.propose(r.Row, who)
	}
	d := p.draft(r.Row, who)
	d.checkIdentity()
	switch p.kind {
	case change.Suspension:
		d.suspension(r)
	case change.Resumption:
		d.resumption(r)
	case change.ClassChange:
		d.classChange(r)
	case change.Transfer:
		d.transfer(r)
	case change.Review:
		d.review(r)
	case change.Correction:
		d.change.Correction = &change.CorrectionPart{Annul: r.Annul, Of: r.Of, Reason: r.Reason}
		d.needReason(r)
		if r.Of == "" {
			d.fail("case.correction-of", "没有指明更正哪一条记录。", "填写要更正的事件编号；整项错误的，填写纳入编号并选择作废。")
		}
	case change.WriteOff:
		d.writeOff(r)
	case change.RecoveryPlan:
		d.recoveryPlan(r)
	default:
		d.fail("case.kind", "没有“"+string(p.kind)+"”这种事项。", "从列表中选择事项种类。")
	}
	d.place()
	d.try()
	return d.change, d.problems
}

func (d *draft) needReason(r CaseRequest) {
	if r.Reason == "" {
		d.fail("case.reason", "没有填写原因。", "选择原因。")
	}
}

// present is the unit of today, from which a stop or start applies when the form names none.
func (d *draft) present() domain.Period { return domain.PeriodOf(d.book.Unit(), d.today) }

// suspension stops payment: what happens to the units, and when it is looked at again, follow from the rulebook's reason.
func (d *draft) suspension(r CaseRequest) {
	reason, err := d.book.SuspensionReason(r.Reason)
	if err != nil {
		var labels []string
		for _, s := range d.book.SuspensionReasons() {
			labels = append(labels, s.Zh)
		}
		d.fail("case.suspension-reason", "本项目的政策规则没有这个暂停原因。", "可用："+strings.Join(labels, "、")+"。")
		return
	}
	from := r.From
	if from.IsZero() {
		from = d.present()
	}
	d.change.Suspension = &change.SuspensionPart{
		Effect: reason.Effect, Enrolment: d.openID(), From: from, Reason: r.Reason, ReviewBy: d.today.AddMonths(reason.ReviewMonths),
	}
}

func (d *draft) resumption(r CaseRequest) {
	d.needReason(r)
	from := r.From
	if from.IsZero() {
		from = d.present()
	}
	d.change.Resumption = &change.ResumptionPart{Enrolment: d.openID(), From: from, Reason: r.Reason, Restored: r.Restored}
}

// openID is the id of the open enrolment; empty when there is none, which trying the change out then says.
func (d *draft) openID() string {
	e, _ := d.enrolment()
	return e.ID
}

// classChange moves the enrolment to the class that follows from the facts, from the unit that the rulebook makes of the day
// on which they changed. A class that the form names must be that one.
func (d *draft) classChange(r CaseRequest) {
	d.needReason(r)
	day := d.row.OccurredOn
	if day.IsZero() {
		d.fail("case.occurred-on", "没有填写情况变化的日期。", "填写发生日期。")
		return
	}
	d.collectFacts()
	d.facts.Held = nil // the enrolment itself stands in nobody's way
	on := d.book.ClassChangeFrom(day)
	e, err := d.book.Evaluate(d.facts, latest(day, on.First()))
	if err != nil {
		d.refused(err)
		return
	}
	said, stated := d.statedClass()
	class := e.Class
	switch {
	case class == nil && !stated:
		d.fail("import.class-missing", "没有填写类别，按所填情况也推算不出。", "在“类别”填写："+d.classTitles()+"。")
		return
	case class == nil:
		class = said
	case stated && !said.Equal(class):
		d.fail("import.class-differs", fmt.Sprintf("填的类别是“%s”，按所填情况应为“%s”。", d.row.Class, d.book.ClassTitle(class).Zh), "核对情况，改正类别或所填情况。")
		return
	}
	from := on
	if !r.From.IsZero() && r.From != on {
		d.warn("import.start-differs", fmt.Sprintf("填写从 %v 起变更，按政策规则应从 %v 起，以后者为准。", r.From, on), "核对发生日期。")
	}
	d.change.Class = &change.ClassPart{Class: class, Enrolment: d.openID(), From: from, Reason: r.Reason}
}

func latest(a, b domain.Date) domain.Date {
	if a.After(b) {
		return a
	}
	return b
}

// transfer moves the enrolment to another office or village from the next unit on, unless the form names one.
func (d *draft) transfer(r CaseRequest) {
	if r.ToOffice == "" || r.ToVillage.Level() != domain.VillageLevel {
		d.fail("case.transfer-to", "没有填写转入的单位和村（居）。", "填写转入单位和 12 位村代码。")
		return
	}
	first := r.From
	if first.IsZero() {
		first = d.present().Next()
	}
	d.change.Transfer = &change.TransferPart{Enrolment: d.openID(), FirstUnit: first, ToOffice: r.ToOffice, ToVillage: r.ToVillage}
}

func (d *draft) review(r CaseRequest) {
	part := r.Review
	switch {
	case part.Year == 0 || part.VisitedOn.IsZero() || len(part.Visitors) == 0:
		d.fail("case.review-visit", "年审没有年度、入户日期或入户人员。", "填写年度、入户日期和参加入户的人员。")
	case part.Result != "continue" && part.Result != "changed" && part.Result != "exit" && part.Result != "not-found":
		d.fail("case.review-result", "没有年审结论。", "选择继续享受、情况变更、退出或未找到本人。")
	case part.VisitedOn.After(d.today):
		d.fail("import.date-future", "入户日期晚于今天。", "改正入户日期。")
	}
	if part.ValidTo.IsZero() {
		part.ValidTo = domain.Date{Year: part.Year, Month: 12, Day: 31} // 有效期 1 月 1 日至 12 月 31 日
	}
	if part.Enrolment == "" {
		part.Enrolment = d.openID()
	}
	d.change.Review = &part
}

// indexCase lets name and account lead to the person of a case.
func (l *Ledger) indexCase(ctx context.Context, c change.Change, row rosterfile.Row) error {
	entry := vault.Index{Person: c.Person, Name: row.Name.MatchKey(), Account: row.Account.Reveal()}
	if entry.Name == "" && entry.Account == "" {
		return nil
	}
	return l.vault.IndexMany(ctx, []vault.Index{entry})
}

// contentOf writes everything that a request states, in the order of its fields, so that the same command id with other
// content is noticed. It holds personal data and is only ever hashed under a key.
func contentOf(request any) string {
	var b strings.Builder
	writeContent(&b, reflect.ValueOf(request))
	return base64.StdEncoding.EncodeToString([]byte(b.String()))
}

func writeContent(b *strings.Builder, v reflect.Value) {
	if r, ok := v.Interface().(interface{ Reveal() string }); ok {
		fmt.Fprintf(b, "%q;", r.Reveal())
		return
	}
	if s, ok := v.Interface().(fmt.Stringer); ok && v.Kind() == reflect.Struct {
		fmt.Fprintf(b, "%q;", s.String())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() { // where a row stood in its file is no part of the request
				b.WriteString(f.Name + "=")
				writeContent(b, v.Field(i))
			}
		}
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			writeContent(b, v.Index(i))
		}
		b.WriteString("];")
	default:
		fmt.Fprintf(b, "%q;", fmt.Sprint(v.Interface()))
	}
}
