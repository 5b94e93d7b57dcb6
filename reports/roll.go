package reports

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/projections"
)

// onRoll is one entry of the roll with what its person's stream says.
type onRoll struct {
	projections.RollEntry
	person
	enrolment beneficiary.Enrolment
	class     string
	standard  Cell
	unit      string
}

// eachOnRoll walks the roll of the request's day in order of village and person, a batch at a time.
func (m *making) eachOnRoll(accounts bool, do func(onRoll) error) (persons, households int, err error) {
	q := projections.RollQuery{Programme: m.req.Programme, Office: m.req.Office, Village: m.req.Village, AsOf: m.req.AsOf, Limit: batch}
	for {
		roll, err := m.views.Roll(m.ctx, q)
		if err != nil {
			return 0, 0, err
		}
		entries, sights, err := m.sights(roll.Entries, accounts)
		if err != nil {
			return 0, 0, err
		}
		people, err := m.open(sights)
		if err != nil {
			return 0, 0, err
		}
		for i, e := range entries {
			e.person = people[i]
			if err := do(e); err != nil {
				return 0, 0, err
			}
		}
		if roll.Next == "" {
			return roll.Persons, roll.Households, nil
		}
		q.Cursor = roll.Next
	}
}

// sights reads the fold of each entry's person: which enrolment it is, and what of their data is wanted.
func (m *making) sights(entries []projections.RollEntry, accounts bool) ([]onRoll, []beneficiary.Sight, error) {
	all, sights := make([]onRoll, len(entries)), make([]beneficiary.Sight, len(entries))
	for i, e := range entries {
		fold, err := m.views.PersonFold(m.ctx, e.Person)
		if err != nil {
			return nil, nil, err
		}
		enrolment, ok := fold.State.Enrolment(e.Enrolment)
		if !ok {
			return nil, nil, fmt.Errorf("%s is on the roll by enrolment %s, which the stream does not have", e.Person, e.Enrolment)
		}
		book, err := m.regional(e.Programme, enrolment.Region)
		if err != nil {
			return nil, nil, err
		}
		kind := enrolment.FirstUnit.Kind()
		all[i] = onRoll{RollEntry: e, enrolment: enrolment, class: class(book, e.Class), standard: standard(book, e.Class, kind, m.req.AsOf), unit: word(unitNames(), string(kind))}
		sights[i] = beneficiary.Sight{Person: e.Person, Through: fold.Revision}
		if account, ok := fold.State.Account(); ok && accounts {
			sights[i].Account = account.Event
		}
	}
	return all, sights, nil
}

func (m *making) rollFacts() []string {
	village := ""
	if m.req.Village != "" {
		village = m.village(domain.AreaCode(m.req.Village))
	}
	return []string{"单位", m.office(m.req.Office), "项目", m.req.Programme, "村居", village, "截至", m.req.AsOf.String()}
}

// roll makes 花名册.
func (m *making) roll() error {
	if err := m.head(true, m.rollFacts()...); err != nil {
		return err
	}
	if err := m.book.start(Table{"花名册", []Column{
		{Title: "序号", Form: Count, Width: 6}, {Title: "村居", Width: 12}, {Title: "姓名", Width: 12}, {Title: "性别", Width: 6}, {Title: "身份证号", Width: 21},
		{Title: "类别", Width: 18}, {Title: "份额", Width: 6}, {Title: "起发", Width: 9}, {Title: "标准", Form: Money, Width: 10}, {Title: "单元", Width: 6},
		{Title: "状态", Width: 7}, {Title: "账户户名", Width: 12}, {Title: "账号", Width: 23}, {Title: "开户行", Width: 16}, {Title: "联系电话", Width: 14}, {Title: "备注", Width: 12},
	}}); err != nil {
		return err
	}
	n := 0
	persons, households, err := m.eachOnRoll(true, func(e onRoll) error {
		n++
		return m.book.row(count(n), text(m.village(domain.AreaCode(e.Village))), text(e.Name), text(e.Sex), text(e.Number), text(e.class), text(e.Share),
			text(e.enrolment.FirstUnit.String()), e.standard, text(e.unit), text(word(statuses(), string(e.Status))), text(e.Holder), text(e.Account), text(e.Bank), text(e.Phone), text(""))
	})
	if err != nil {
		return err
	}
	if _, err := m.book.end(); err != nil {
		return err
	}
	m.book.note(fmt.Sprintf("共 %d 人，%d 户", persons, households))
	m.book.note("制表：　　　　　审核：　　　　　负责人：　　　　　（盖章）　　　年　　月　　日")
	return nil
}

// notice makes 公示表: the roll as it may hang in a village. Nothing but masked names stands in it of a person, whatever the
// request says.
func (m *making) notice() error {
	m.req.Unmasked = false
	if err := m.head(false, m.rollFacts()...); err != nil {
		return err
	}
	if err := m.book.start(Table{"公示表", []Column{
		{Title: "序号", Form: Count, Width: 6}, {Title: "村居", Width: 14}, {Title: "姓名", Width: 12}, {Title: "类别", Width: 24}, {Title: "起发", Width: 10},
		{Title: "标准", Form: Money, Width: 12}, {Title: "单元", Width: 6}, {Title: "备注", Width: 14},
	}}); err != nil {
		return err
	}
	n := 0
	persons, _, err := m.eachOnRoll(false, func(e onRoll) error {
		n++
		return m.book.row(count(n), text(m.village(domain.AreaCode(e.Village))), text(e.Name), text(e.class), text(e.enrolment.FirstUnit.String()), e.standard, text(e.unit), text(""))
	})
	if err != nil {
		return err
	}
	if _, err := m.book.end(); err != nil {
		return err
	}
	m.book.note(fmt.Sprintf("共 %d 人", persons))
	m.book.note("公示期：　　　年　　月　　日至　　　年　　月　　日")
	m.book.note("如有异议，请在公示期内向村（居）、镇、县反映。监督电话：　　　　　　　　")
	return nil
}
