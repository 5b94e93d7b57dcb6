package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
	"almoner/projections"
)

// making is one report on its way.
type making struct {
	*Maker
	ctx      context.Context
	views    *projections.Views // standing at position
	req      Request
	book     *book
	position int64
	at       time.Time // of the last entry
	title    string

	offices  map[string]string          // name by id
	villages map[domain.AreaCode]string // name by code
	books    map[string]*rulebook.Rulebook
}

func (m *making) readOffices() error {
	_, all, err := m.views.Offices(m.ctx)
	if err != nil {
		return err
	}
	m.offices, m.villages, m.books = map[string]string{}, map[domain.AreaCode]string{}, map[string]*rulebook.Rulebook{}
	for _, o := range all {
		m.offices[o.Office] = o.Name
		for _, v := range o.Villages {
			m.villages[v.Code] = v.Name
		}
	}
	return nil
}

// named is a name with its id behind it, or the id alone.
func named(name, id string) string {
	if name == "" || name == id {
		return id
	}
	return name + "（" + id + "）"
}

func (m *making) office(id string) string { return named(m.offices[id], id) }

func (m *making) village(code domain.AreaCode) string {
	if name := m.villages[code]; name != "" {
		return name
	}
	return string(code)
}

// rulebookBy finds a rulebook by a test of its versions: the one published last that passes. It refuses with
// report.no-rulebook.
func (m *making) rulebookBy(key string, fits func(projections.RulebookVersion) bool) (*rulebook.Rulebook, error) {
	if b := m.books[key]; b != nil {
		return b, nil
	}
	_, all, err := m.views.Rulebooks(m.ctx)
	if err != nil {
		return nil, err
	}
	last := projections.RulebookVersion{PublishedAt: -1}
	for _, v := range all {
		if fits(v) && v.PublishedAt > last.PublishedAt {
			last = v
		}
	}
	if last.PublishedAt < 0 {
		return nil, domain.Refuse(domain.NotFound, "report.no-rulebook", "no rulebook %s is in force at position %d", key, m.position).WithNext("publish one first, or name a later moment")
	}
	b, err := rulebook.Parse([]byte(last.Source))
	if err != nil {
		return nil, fmt.Errorf("rulebook %s: %w", key, err)
	}
	m.books[key] = b
	return b, nil
}

// regional is the rulebook in force of a programme in a region.
func (m *making) regional(programme, region string) (*rulebook.Rulebook, error) {
	id := programme + "@" + region
	return m.rulebookBy(id, func(v projections.RulebookVersion) bool { return v.Rulebook == id })
}

// hashed is a rulebook by its hash.
func (m *making) hashed(hash string) (*rulebook.Rulebook, error) {
	return m.rulebookBy(hash, func(v projections.RulebookVersion) bool { return v.Hash == hash })
}

// class is the name of a class in a rulebook, or its key.
func class(b *rulebook.Rulebook, key string) string {
	if key == "grant" {
		return "一次性发放"
	}
	k, err := rulebook.ParseKey(key)
	if err != nil {
		return key
	}
	return b.ClassTitle(k).Zh
}

// standard is what one unit is worth to a class on a day; blank where the rulebook has no rate.
func standard(b *rulebook.Rulebook, key string, kind domain.PeriodKind, on domain.Date) Cell {
	k, err := rulebook.ParseKey(key)
	if err != nil {
		return blank(Money)
	}
	rate, err := b.RateFor(k, domain.PeriodOf(kind, on))
	if err != nil {
		return blank(Money)
	}
	return money(rate.Amount)
}

// head writes what every report begins with, and then what this one is about: names and values in turn.
func (m *making) head(wide bool, facts ...string) error {
	spec, err := SpecOf(m.req.Kind)
	if err != nil {
		return err
	}
	m.title = m.Ledger + spec.Title
	h := Head{Kind: m.req.Kind, Title: m.title, Position: m.position, At: m.at, Wide: wide}
	for i := 0; i+1 < len(facts); i += 2 {
		if facts[i+1] != "" {
			h.Facts = append(h.Facts, Fact{facts[i], clean(facts[i+1])})
		}
	}
	if spec.Personal {
		masked := "已打码"
		if m.req.Unmasked {
			masked = "完整，仅限公务使用，不得公开"
		}
		h.Facts = append(h.Facts, Fact{"个人信息", masked})
	}
	if m.Demo {
		h.Facts = append(h.Facts, Fact{"说明", "演示数据：人员虚构，时钟为模拟"})
	}
	return m.book.head(h)
}

// batch is how many people's data are opened together.
const batch = 500

// person is somebody as the report shows them.
type person struct {
	Name, Sex, Number, Phone string
	Birth                    domain.Date
	Holder, Account, Bank    string
}

// gone stands where a person's key was destroyed.
const gone = "（已销毁）"

// open opens the data of people, masked unless the request says otherwise.
func (m *making) open(sights []beneficiary.Sight) ([]person, error) {
	opened, err := m.Maker.Open.Particulars(m.ctx, sights)
	if err != nil {
		return nil, err
	}
	out := make([]person, len(sights))
	for i, o := range opened {
		m.book.about(sights[i].Person)
		out[i] = m.shown(o)
	}
	return out, nil
}

func (m *making) shown(o beneficiary.Particulars) person {
	p := person{Name: gone}
	if o.Identity != nil {
		p.Name, p.Number, p.Phone = o.Identity.Name.String(), o.Identity.Number.String(), maskPhone(o.Identity.Phone)
		p.Sex, p.Birth = sexes()[string(o.Identity.Sex)], o.Identity.Birth
	}
	if o.Account != nil {
		p.Holder, p.Account, p.Bank = o.Account.Holder.String(), o.Account.Number.String(), o.Account.Bank
	}
	if m.req.Unmasked && o.Identity != nil {
		p.Name, p.Number, p.Phone = o.Identity.Name.Reveal(), o.Identity.Number.Reveal(), o.Identity.Phone
	}
	if m.req.Unmasked && o.Account != nil {
		p.Holder, p.Account = o.Account.Holder.Reveal(), o.Account.Number.Reveal()
	}
	return p
}

// maskPhone keeps the first three and the last four digits of a phone.
func maskPhone(s string) string {
	const head, tail = 3, 4
	digits := []rune(s)
	if len(digits) < head+2*tail {
		return strings.Repeat("*", len(digits))
	}
	return string(digits[:head]) + "****" + string(digits[len(digits)-tail:])
}
