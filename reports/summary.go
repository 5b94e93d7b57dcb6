package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"almoner/domain"
	"almoner/projections"
)

// tally counts one village and class.
type tally struct {
	persons    map[string]bool
	households map[string]bool
	standard   Cell
	unit       string
	class      string

	withheld, forfeited, male, female, below60, below70, below80, older, entered, left int
}

type tallyKey struct{ village, class string }

// The ages that the summary parts people at.
const (
	sixty   = 60
	seventy = 70
	eighty  = 80
)

// summary makes 汇总表: the roll of a day by village and class, with who came and who left since the period began.
func (m *making) summary() error {
	period := m.req.Period
	if period.IsZero() {
		period = m.req.AsOf.MonthPeriod()
	}
	if !period.Last().After(m.req.AsOf) && !m.req.Period.IsZero() {
		m.req.AsOf = period.Last()
	}
	if err := m.head(true, append(m.rollFacts(), "新增和退出所计期间", unitsOf(period, period))...); err != nil {
		return err
	}
	tallies, err := m.tallies(period)
	if err != nil {
		return err
	}
	if err := m.book.start(Table{"汇总表", []Column{
		{Title: "村居", Width: 14}, {Title: "类别", Width: 22}, {Title: "在册人数", Form: Count, Width: 9, Sum: true}, {Title: "户数", Form: Count, Width: 8},
		{Title: "男", Form: Count, Width: 7, Sum: true}, {Title: "女", Form: Count, Width: 7, Sum: true}, {Title: "60岁以下", Form: Count, Width: 9, Sum: true},
		{Title: "60至69岁", Form: Count, Width: 9, Sum: true}, {Title: "70至79岁", Form: Count, Width: 9, Sum: true}, {Title: "80岁以上", Form: Count, Width: 9, Sum: true},
		{Title: "其中缓发", Form: Count, Width: 9, Sum: true}, {Title: "其中停发", Form: Count, Width: 9, Sum: true}, {Title: "新增", Form: Count, Width: 7, Sum: true},
		{Title: "退出", Form: Count, Width: 7, Sum: true}, {Title: "标准", Form: Money, Width: 10}, {Title: "单元", Width: 6},
	}}); err != nil {
		return err
	}
	keys := slices.SortedFunc(maps.Keys(tallies), func(a, b tallyKey) int {
		return cmp.Or(cmp.Compare(a.village, b.village), cmp.Compare(a.class, b.class))
	})
	persons, households := map[string]bool{}, map[string]bool{}
	for _, k := range keys {
		t := tallies[k]
		maps.Copy(persons, t.persons)
		maps.Copy(households, t.households)
		if err := m.book.row(text(m.village(domain.AreaCode(k.village))), text(t.class), count(len(t.persons)), count(len(t.households)), count(t.male), count(t.female),
			count(t.below60), count(t.below70), count(t.below80), count(t.older), count(t.withheld), count(t.forfeited), count(t.entered), count(t.left), t.standard, text(t.unit)); err != nil {
			return err
		}
	}
	if _, err := m.book.end(); err != nil {
		return err
	}
	m.book.note(fmt.Sprintf("不重复计数：%d 人，%d 户", len(persons), len(households)))
	m.book.note("新增：期初前一日不在册而今在册；退出：期初前一日在册而今不在册。")
	return nil
}

func (m *making) tallies(period domain.Period) (map[tallyKey]*tally, error) {
	all := map[tallyKey]*tally{}
	get := func(e projections.RollEntry) *tally {
		k := tallyKey{e.Village, e.Class}
		if all[k] == nil {
			all[k] = &tally{persons: map[string]bool{}, households: map[string]bool{}, standard: blank(Money), class: e.Class}
		}
		return all[k]
	}
	before, err := m.rollOn(period.First().AddDays(-1))
	if err != nil {
		return nil, err
	}
	now := map[string]bool{}
	_, _, err = m.eachOnRoll(false, func(e onRoll) error {
		t := get(e.RollEntry)
		t.standard, t.unit, t.class = e.standard, e.unit, e.class
		t.add(e, m.req.AsOf)
		now[e.Enrolment] = true
		if _, was := before[e.Enrolment]; !was {
			t.entered++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		e := before[id]
		if now[id] {
			continue
		}
		t := get(e)
		t.left++
		entries, _, err := m.sights([]projections.RollEntry{e}, false)
		if err != nil {
			return nil, err
		}
		t.class, t.unit = entries[0].class, entries[0].unit
		if t.standard.Blank {
			t.standard = entries[0].standard
		}
	}
	return all, nil
}

func (t *tally) add(e onRoll, on domain.Date) {
	t.persons[e.Person] = true
	t.households[cmp.Or(e.Household, e.Person)] = true
	switch e.Status {
	case projections.Withheld:
		t.withheld++
	case projections.Forfeited:
		t.forfeited++
	}
	switch e.Sex {
	case "男":
		t.male++
	case "女":
		t.female++
	}
	switch {
	case e.Birth.IsZero():
	case domain.BirthdayAt(e.Birth, sixty).After(on):
		t.below60++
	case domain.BirthdayAt(e.Birth, seventy).After(on):
		t.below70++
	case domain.BirthdayAt(e.Birth, eighty).After(on):
		t.below80++
	default:
		t.older++
	}
}

// rollOn is the roll of another day, by enrolment.
func (m *making) rollOn(day domain.Date) (map[string]projections.RollEntry, error) {
	roll, err := m.views.Roll(m.ctx, projections.RollQuery{Programme: m.req.Programme, Office: m.req.Office, AsOf: day})
	if err != nil {
		return nil, err
	}
	out := make(map[string]projections.RollEntry, len(roll.Entries))
	for _, e := range roll.Entries {
		out[e.Enrolment] = e
	}
	return out, nil
}
