package ledger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/rulebook"
	"almoner/domain/slot"
	"almoner/ledger/rosterfile"
)

// admission proposes an enrolment: one decided here by the rulebook, or one carried over from outside this ledger.
func (d *draft) admission() {
	if d.row.Reason != "" && !d.row.ReasonImplied || !d.row.Stop.IsZero() {
		d.fail("import.admission-with-exit", "纳入名单里填了退出内容。", "已停领的人不列入纳入名单；需要退出的，另做退出名单。", rosterfile.FieldStop, rosterfile.FieldReason)
		return
	}
	a := &change.AdmissionPart{
		AppliedOn: d.declaredOn(), DecidedOn: d.today, Document: d.row.Document, Group: d.book.ExclusivityGroup(),
		Household: d.household(), Share: d.row.Share, Unit: beneficiary.PerPerson,
	}
	if d.book.Holder() == rulebook.HolderHousehold {
		a.Unit = beneficiary.PerHousehold
	}
	if a.Share == "" {
		a.Share = wholeShare
	}
	d.change.Admission = a
	if d.carried() {
		d.carry(a)
	} else {
		d.decide(a)
	}
	if !d.good() || len(a.Classes) == 0 {
		return
	}
	d.slots(a)
	d.exclusive(a)
}

// wholeShare is the share of who has a right alone.
const wholeShare = "1/1"

// carried says that the enrolment began outside this ledger.
func (d *draft) carried() bool {
	return !d.row.PaidThrough.IsZero() || !d.row.Start.IsZero() && d.row.Start.Before(d.firstPeriod)
}

// household is the id under which the people of one household are counted: from the office's own number of it, else from
// the couple, so that husband and wife get the same.
func (d *draft) household() string {
	name := "household|" + d.people.person
	switch {
	case d.row.Household != "":
		name = "household|" + d.office + "|" + d.row.Household
	case d.people.spouse != "":
		name = "household|" + min(d.people.person, d.people.spouse)
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).String()
}

// decide evaluates every criterion and works out the units, once.
func (d *draft) decide(a *change.AdmissionPart) {
	day, err := d.book.DayOfAssessment(d.facts, d.today)
	if err != nil {
		d.refused(err)
		return
	}
	e, err := d.book.Evaluate(d.facts, day)
	if err != nil {
		d.refused(err)
		return
	}
	a.Origin, a.Outcome, a.Trace = beneficiary.DecidedHere, e.Outcome, e.Trace
	d.judge(e)
	if !d.good() {
		return
	}
	plan, err := d.book.Plan(d.facts, rulebook.Application{AppliedOn: a.AppliedOn, DecidedOn: d.today, OfficeDelayed: d.stated.OfficeDelayed})
	if err != nil {
		d.refused(err)
		return
	}
	if len(plan.Replaces) > 0 {
		d.fail("import.replaces", fmt.Sprintf("正在领取的 %s 与本项目不能同时享受。", strings.Join(plan.Replaces, "、")),
			fmt.Sprintf("先办理那个项目的退出（转入其他项目），最后一个月为 %v。", plan.FirstUnit.Prev()), rosterfile.FieldNumber)
		return
	}
	a.Classes, a.FirstUnit, a.Until, a.Basis = plan.Classes, plan.FirstUnit, plan.Until, plan.Basis
	if said := d.unit(d.row.Start); !said.IsZero() && said != plan.FirstUnit {
		d.warn("import.start-differs", fmt.Sprintf("名单写从 %v 起领，按政策规则应从 %v 起领，以后者为准。", said, plan.FirstUnit),
			"核对申报日期和资格条件；政策规则有误的，报县级修改。", rosterfile.FieldStart)
	}
	if said, ok := d.statedClass(); ok && !said.Equal(plan.Classes[0].Key) {
		d.fail("import.class-differs", fmt.Sprintf("名单的类别是“%s”，按所填情况应为“%s”。", d.row.Class, d.book.ClassTitle(plan.Classes[0].Key).Zh),
			"核对子女等情况，改正类别或所填情况。", rosterfile.FieldClass)
	}
}

// judge turns criteria that failed or are not known into problems.
func (d *draft) judge(e rulebook.Evaluation) {
	criteria := d.criteria()
	for _, t := range e.Trace {
		d.judgeOne(t, criteria)
	}
	if d.vague && slices.ContainsFunc(e.Trace, func(t rulebook.CriterionTrace) bool { _, asked := t.Values["marriage"]; return asked }) {
		d.fail("import.fact-missing", "“已婚”不能说明是初婚、再婚还是复婚，本项目需要知道。", "在“婚姻状况”填写初婚、再婚或复婚。", rosterfile.FieldMarriage)
	}
}

// criteria are the rulebook's, by id.
func (d *draft) criteria() map[string]rulebook.Criterion {
	all := map[string]rulebook.Criterion{}
	for _, c := range d.book.Criteria() {
		all[c.ID] = c
	}
	return all
}

func (d *draft) judgeOne(t rulebook.CriterionTrace, criteria map[string]rulebook.Criterion) {
	c, known := criteria[t.ID]
	at := traceFields(t, c)
	switch {
	case t.Outcome == rulebook.Pass:
	case t.Outcome == rulebook.Unsure && known && c.Attested:
		d.fail("import.fact-missing", "没有评议结论："+c.Text.Zh+"。", "完成村级评议后，由经办人对本名单统一声明，或填写在事项中。")
	case t.Outcome == rulebook.Unsure && t.ID == rulebook.TraceExclusive:
		d.fail("import.fact-missing", "不能判断能否与正在领取的 "+strings.Join(t.Missing, "、")+" 同时享受。", "报县级核对那个项目的标准。", rosterfile.FieldNumber)
	case t.Outcome == rulebook.Unsure:
		d.fail("import.fact-missing", "情况不全，不能判断"+criterionText(c, t)+"；缺："+missingWords(t.Missing)+"。", missingRemedy(t.Missing), at...)
	case known:
		d.fail("import.not-qualified", "不符合条件："+c.Text.Zh+"（依据："+t.Cite+"）。", "所填情况有误的改正；确不符合的，告知申请人并从名单中删除。", at...)
	case t.ID == rulebook.TraceExclusive && t.Reason == rulebook.ReasonAlreadyEnrolled:
		d.fail("import.already-enrolled", "这个人已在本项目名册内。", "从名单中删除；需要变更的，办理相应事项。", rosterfile.FieldNumber)
	case t.ID == rulebook.TraceExclusive:
		d.fail("import.exclusive", "正在领取不能与本项目同时享受的项目。", "先办理那个项目的退出，或从名单中删除。", rosterfile.FieldNumber)
	default:
		d.fail("import.no-class", "按所填情况不属于本项目的任何类别。", "核对子女等情况。", at...)
	}
}

func criterionText(c rulebook.Criterion, t rulebook.CriterionTrace) string {
	switch {
	case c.Text.Zh != "":
		return "“" + c.Text.Zh + "”"
	case t.ID == rulebook.TraceClass:
		return "类别"
	}
	return "能否同时享受"
}

// missingRemedy says how missing facts get in.
func missingRemedy(missing []string) string {
	if slices.ContainsFunc(missing, withoutColumn) {
		return "名单没有这样的列：全部人员都一样的，导入时统一声明；不一样的，逐人办理事项。"
	}
	return "补填后重新上传。"
}

// missingWords names the columns in which missing facts belong.
func missingWords(missing []string) string {
	var words []string
	for _, name := range missing {
		if word := missingWord(name); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, "、")
}

func missingWord(variable string) string {
	switch {
	case variable == "hukou":
		return "户口性质"
	case variable == "marriage", variable == "single":
		return "婚姻状况"
	case variable == "spouse_age", variable == "wife_age":
		return "配偶身份证号"
	case variable == "spouse_hukou":
		return "配偶户口性质"
	case variable == "child_grade":
		return "子女残疾等级"
	case isOfChildren(variable):
		return "子女情况（身份证号或出生日期、性别，已故的填死亡日期）"
	case strings.HasPrefix(variable, "certificate"):
		return "光荣证号和发证日期"
	case variable == "retirement":
		return "退休渠道"
	case variable == "employers":
		return "父母有无单位"
	case variable == "complication_level":
		return "并发症鉴定等级"
	}
	return variable
}

// carry takes over an enrolment that was decided and paid outside: first unit and paid-through as the list states them,
// the end where the rulebook lets it follow from a birthday. The trace shows how it stands by today's rules; it decides
// nothing, because the right was granted elsewhere.
func (d *draft) carry(a *change.AdmissionPart) {
	if d.row.Start.IsZero() {
		d.fail("import.start-missing", "填了已发至年月，没有填起领年月。", "在“起领年月”填写最早享受的月份。", rosterfile.FieldStart)
		return
	}
	a.Origin, a.Outcome = beneficiary.CarriedOver, rulebook.Yes
	a.FirstUnit, a.PaidThrough = d.unit(d.row.Start), d.unit(d.row.PaidThrough)
	if !a.PaidThrough.IsZero() && a.PaidThrough.Kind() != domain.Once && a.PaidThrough.Last() != d.row.PaidThrough.Last() {
		d.fail("import.paid-through-unit", fmt.Sprintf("本项目按 %v 这样的期间计发，已发至 %v 只是其中一部分。", a.PaidThrough, d.row.PaidThrough), "填写最后一个整期的末月；零头作为补发或追回另行办理。", rosterfile.FieldPaidThrough)
		return
	}
	e, err := d.book.Evaluate(d.facts, d.today)
	if err != nil {
		d.refused(err)
		return
	}
	a.Trace = e.Trace
	d.doubt(e)
	a.Basis = rulebook.Basis{AppliedOn: d.row.AppliedOn}
	plan, planned := d.original(a)
	if planned {
		a.Until = plan.Until
		a.Basis.QualifiedIn = plan.Basis.QualifiedIn
	} else if !d.facts.Died.IsZero() {
		d.fail("import.carried-dead", "已登记死亡，又推算不出最后应发月份。", "已故的不列入期初名单；有应发未发的，按补发办理。", rosterfile.FieldDiedOn, rosterfile.FieldNumber)
	} else {
		d.warn("import.end-unknown", "情况不全，不能推算止发月份，按没有止发月份导入。", "补齐子女、配偶等情况；以后到龄须办理退出。", childFields()...)
	}
	d.carriedClass(a, e.Class, plan, planned)
	if d.good() && !a.Until.IsZero() && a.Until.Before(a.FirstUnit) {
		d.fail("import.start-after-end", fmt.Sprintf("起领 %v 晚于按政策规则推算的止发月份 %v。", a.FirstUnit, a.Until), "核对起领年月和出生日期。", rosterfile.FieldStart)
	}
}

// doubt warns of criteria that what is recorded today does not meet. It points at the fact behind the first of them.
func (d *draft) doubt(e rulebook.Evaluation) {
	criteria := d.criteria()
	var words []string
	var at []rosterfile.Field
	for _, t := range e.Trace {
		if t.Outcome != rulebook.Fail {
			continue
		}
		if words == nil {
			at = traceFields(t, criteria[t.ID])
		}
		words = append(words, criterionText(criteria[t.ID], t))
	}
	if words != nil {
		d.warn("import.criteria-failed", "按现在登记的情况不再符合条件："+strings.Join(words, "、")+"。", "核对；确不符合的，先不导入或随后办理退出。", at...)
	}
}

// original plans the enrolment as of its first day, with what an admission elsewhere implies: that people had testified,
// and that a certificate was held by then.
func (d *draft) original(a *change.AdmissionPart) (rulebook.Plan, bool) {
	f := d.facts
	f.Held = nil
	f.Attested = nil
	for _, c := range d.book.Criteria() {
		if c.Attested {
			f.Attested = append(f.Attested, rulebook.Attestation{Criterion: c.ID, Answer: rulebook.Said})
		}
	}
	begin := a.FirstUnit.First()
	if begin.IsZero() {
		begin = d.declaredOn()
	}
	if f.Certificate.Held == "" || f.Certificate.IssuedOn.IsZero() {
		f.Certificate = rulebook.Certificate{Held: rulebook.Said, IssuedOn: begin}
	}
	for _, day := range []domain.Date{begin, a.FirstUnit.Last(), d.today} {
		if day.IsZero() {
			continue
		}
		applied := day
		if closes := d.book.ClosedToNewEntryAfter(); !closes.IsZero() && applied.After(closes) {
			applied = closes
		}
		if plan, err := d.book.Plan(f, rulebook.Application{AppliedOn: applied, DecidedOn: day}); err == nil {
			return plan, true
		}
	}
	return rulebook.Plan{}, false
}

// carriedClass takes the class that the list states, else the only one there is, else the one that follows from the facts.
func (d *draft) carriedClass(a *change.AdmissionPart, evaluated rulebook.Key, plan rulebook.Plan, planned bool) {
	keys := d.book.Keys()
	said, ok := d.statedClass()
	var key rulebook.Key
	switch {
	case ok:
		key = said
	case d.row.Class != "" && len(keys) > 1:
		d.fail("import.class-unknown", "本项目没有“"+d.row.Class+"”这个类别。", "可填："+d.classTitles()+"。", rosterfile.FieldClass)
		return
	case len(keys) == 1:
		key = keys[0]
	case evaluated != nil:
		key = evaluated
	default:
		d.fail("import.class-missing", "没有填写类别，按所填情况也推算不出。", "在“类别”填写："+d.classTitles()+"。", rosterfile.FieldClass)
		return
	}
	if ok && evaluated != nil && !evaluated.Equal(said) {
		d.warn("import.class-differs", fmt.Sprintf("名单的类别是“%s”，按现在登记的情况应为“%s”。", d.row.Class, d.book.ClassTitle(evaluated).Zh), "核对；确已变化的，导入后办理类别变更。", rosterfile.FieldClass)
	}
	a.Classes = []rulebook.ClassFrom{{From: a.FirstUnit, Key: key}}
	if planned && !ok && plan.Classes[0].Key.Equal(key) {
		for _, later := range plan.Classes[1:] {
			if later.From.After(a.FirstUnit) {
				a.Classes = append(a.Classes, later)
			}
		}
	}
}

// statedClass finds the class that the row names, by title, by key, or by the only title that contains it.
func (d *draft) statedClass() (rulebook.Key, bool) {
	said := plainWord(d.row.Class)
	if said == "" {
		return nil, false
	}
	var found []rulebook.Key
	for _, key := range d.book.Keys() {
		title := d.book.ClassTitle(key)
		if plainWord(title.Zh) == said || plainWord(title.En) == said || key.String() == d.row.Class {
			return key, true
		}
		if containsWord(title.Zh, said) {
			found = append(found, key)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return nil, false
}

func (d *draft) classTitles() string {
	var titles []string
	for _, key := range d.book.Keys() {
		titles = append(titles, d.book.ClassTitle(key).Zh)
	}
	return strings.Join(titles, "、")
}

// unit is the accrual unit that holds a month.
func (d *draft) unit(month domain.Period) domain.Period {
	if month.IsZero() {
		return month
	}
	return domain.PeriodOf(d.book.Unit(), month.First())
}

// slots names whose slots the enrolment takes, and sees that there is room.
func (d *draft) slots(a *change.AdmissionPart) {
	if d.book.SlotKind() != rulebook.SlotChild {
		a.SlotOf = []string{d.people.person}
		return
	}
	child, ok := d.slotChild()
	if !ok {
		d.fail("import.child-number-missing", "本项目按子女计发，没有子女的身份证号，无法防止重复领取。", "填写子女身份证号。", rosterfile.FieldChildNumber, rosterfile.FieldChildName)
		return
	}
	a.SlotOf = []string{child}
	var s slot.State
	for _, c := range d.people.claims[child] {
		if c.covers(d.people.person, a.FirstUnit) { // the person's own enrolments are looked at in their stream
			s.Claims = append(s.Claims, c.Claim)
		}
	}
	take := slot.Take{Group: a.Group, Person: child, Claim: dryCause, By: d.people.person, Enrolment: dryCause, Share: a.Share}
	if _, err := s.DecideClaim(take); err != nil {
		at := cellOfChild(d.row, d.people, child)
		d.refusedAt(err, &at)
	}
}

// slotChild is the child the right is for: the youngest living one, or, when none lives, the youngest.
func (d *draft) slotChild() (string, bool) {
	best, found := -1, ""
	for i, c := range d.facts.Children {
		person := d.childPerson(i)
		if person == "" {
			continue
		}
		alive, bestAlive := !c.Dead, best >= 0 && !d.facts.Children[best].Dead
		if best < 0 || alive && !bestAlive || alive == bestAlive && c.Birth.After(d.facts.Children[best].Birth) {
			best, found = i, person
		}
	}
	return found, best >= 0
}

// childPerson is the person of the i-th child of the facts: the recorded ones come first, then the row's new ones.
func (d *draft) childPerson(i int) string {
	if i < len(d.childIDs) {
		return d.childIDs[i]
	}
	return ""
}

// exclusive warns of enrolments elsewhere in the group that end by themselves before this one begins. Overlapping ones are
// refused when the change is tried out.
func (d *draft) exclusive(a *change.AdmissionPart) {
	for _, h := range d.facts.Held {
		if h.Group == a.Group && h.Programme != d.book.Programme() && !h.Until.IsZero() && h.Until.Last().Before(a.FirstUnit.First()) {
			d.warn("import.follows", fmt.Sprintf("接续 %s（至 %v）。", h.Programme, h.Until), "核对起领月份没有空档和重叠。", rosterfile.FieldStart, rosterfile.FieldNumber)
		}
	}
}
