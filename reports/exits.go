package reports

import (
	"cmp"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

// left is one ended enrolment of the request's office and programme.
type left struct {
	person    string
	revision  int64
	enrolment beneficiary.Enrolment
	over      domain.Money // found overpaid on it
	owed      domain.Money // of that, not got back yet
}

// place is where an enrolment stands now.
func place(e beneficiary.Enrolment) beneficiary.Place {
	if len(e.Places) == 0 {
		return beneficiary.Place{}
	}
	return e.Places[len(e.Places)-1]
}

// lastClass is the class an enrolment has now.
func lastClass(e beneficiary.Enrolment) string {
	if len(e.Classes) == 0 {
		return ""
	}
	return e.Classes[len(e.Classes)-1].Key.String()
}

// eachEnrolment walks the enrolments that the request's office has in its programme, in order of person.
func (m *making) eachEnrolment(do func(person string, revision int64, s beneficiary.State, e beneficiary.Enrolment)) error {
	for fold, err := range m.views.People(m.ctx, m.req.Office, m.req.Programme) {
		if err != nil {
			return err
		}
		for _, e := range fold.State.Enrolments {
			if e.Programme == m.req.Programme && !e.Annulled && place(e).Office == m.req.Office {
				do(fold.Person, fold.Revision, fold.State, e)
			}
		}
	}
	return nil
}

// exits makes 退出人员表: the exits reported in a period, in order of village and person.
func (m *making) exits() error {
	var all []left
	err := m.eachEnrolment(func(person string, revision int64, s beneficiary.State, e beneficiary.Enrolment) {
		if e.Exit == nil || !m.req.Period.ContainsDate(e.Exit.ReportedOn) {
			return
		}
		l := left{person: person, revision: revision, enrolment: e}
		for _, o := range s.Overpayments {
			if o.Enrolment == e.ID {
				l.over, l.owed = l.over.Add(o.Amount()), l.owed.Add(o.Outstanding())
			}
		}
		all = append(all, l)
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b left) int {
		return cmp.Or(cmp.Compare(place(a.enrolment).Village, place(b.enrolment).Village), cmp.Compare(a.person, b.person))
	})
	if err := m.head(true, "单位", m.office(m.req.Office), "项目", m.req.Programme, "期间（按报告日期）", m.req.Period.String()); err != nil {
		return err
	}
	if err := m.book.start(Table{"退出人员表", []Column{
		{Title: "序号", Form: Count, Width: 6}, {Title: "村居", Width: 12}, {Title: "姓名", Width: 12}, {Title: "身份证号", Width: 21}, {Title: "类别", Width: 20},
		{Title: "退出原因", Width: 16}, {Title: "发生日期", Width: 12}, {Title: "报告日期", Width: 12}, {Title: "发放止于", Width: 10}, {Title: "责任", Width: 9},
		{Title: "多发金额", Form: Money, Width: 11, Sum: true}, {Title: "尚未追回", Form: Money, Width: 11, Sum: true}, {Title: "备注", Width: 12},
	}}); err != nil {
		return err
	}
	reasons, n := map[string]int{}, 0
	for part := range slices.Chunk(all, batch) {
		sights := make([]beneficiary.Sight, len(part))
		for i, l := range part {
			sights[i] = beneficiary.Sight{Person: l.person, Through: l.revision}
		}
		people, err := m.open(sights)
		if err != nil {
			return err
		}
		for i, l := range part {
			e, x := l.enrolment, l.enrolment.Exit
			b, err := m.regional(e.Programme, e.Region)
			if err != nil {
				return err
			}
			reason := x.Reason
			if known, err := b.ExitReason(x.Reason); err == nil {
				reason = known.Zh
			}
			reasons[reason]++
			n++
			if err := m.book.row(count(n), text(m.village(place(e).Village)), text(people[i].Name), text(people[i].Number), text(class(b, lastClass(e))), text(reason),
				text(x.OccurredOn.String()), text(x.ReportedOn.String()), text(x.LastUnit.String()), text(word(faults(), string(x.Fault))), money(l.over), money(l.owed), text("")); err != nil {
				return err
			}
		}
	}
	sums, err := m.book.end()
	if err != nil {
		return err
	}
	return m.exitNotes(n, reasons, sums[10].Money)
}

func (m *making) exitNotes(n int, reasons map[string]int, over domain.Money) error {
	line := fmt.Sprintf("共 %d 人次", n)
	for _, r := range sortedKeys(reasons) {
		line += fmt.Sprintf("，%s %d", r, reasons[r])
	}
	m.book.note(line)
	m.book.note("多发合计：" + both(over))
	return nil
}
