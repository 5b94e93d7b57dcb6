package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"almoner/domain"
)

// All people of the demo are synthetic: names are drawn from lists, citizen numbers and cards from counters, with valid
// check digits. The seed is fixed, so the same town is made each time.

const (
	demoSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
	demoGiven    = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红玲建国志文海云飞龙凤梅春生福贵"
)

// demoPerson is a synthetic person.
type demoPerson struct {
	name   string
	number domain.CitizenNumber
	birth  domain.Date
	male   bool
}

// demoMaker makes people. Sequence numbers ascend per birthday, so no two numbers are equal.
type demoMaker struct {
	random   *rand.Rand
	sequence map[string]int
	cards    int
}

func newDemoMaker(seed uint64) *demoMaker {
	// Each seed has a range of cards of its own: two towns of one demo must not pay into one account.
	return &demoMaker{random: rand.New(rand.NewPCG(seed, seed)), sequence: map[string]int{}, cards: int(seed%1_000_000) * 1_000_000}
}

func (m *demoMaker) pick(from string) string {
	runes := []rune(from)
	return string(runes[m.random.IntN(len(runes))])
}

// person makes somebody born on a day whose number was first issued in an area.
func (m *demoMaker) person(area string, birth domain.Date, male bool) demoPerson {
	key := fmt.Sprintf("%s%04d%02d%02d", area, birth.Year, int(birth.Month), birth.Day)
	m.sequence[key]++
	sequence := m.sequence[key] * 2 // even: female
	if male {
		sequence--
	}
	first := fmt.Sprintf("%s%03d", key, sequence)
	number, err := domain.ParseCitizenNumber(first + string(domain.CheckDigit(first)))
	if err != nil {
		panic(fmt.Sprintf("demo citizen number %s: %v", first, err))
	}
	name := m.pick(demoSurnames) + m.pick(demoGiven)
	if m.random.IntN(3) > 0 {
		name += m.pick(demoGiven)
	}
	return demoPerson{name: name, number: number, birth: birth, male: male}
}

// card makes a card number of 19 digits with a valid check digit (Luhn), in a range that no bank issues.
func (m *demoMaker) card() string {
	m.cards++
	first := fmt.Sprintf("620000%012d", m.cards)
	for d := '0'; d <= '9'; d++ {
		if domain.Luhn(first + string(d)) {
			return first + string(d)
		}
	}
	panic("no digit satisfies Luhn")
}

// day draws a day between two, both included.
func (m *demoMaker) day(from, to domain.Date) domain.Date {
	return from.AddDays(m.random.IntN(from.DaysUntil(to) + 1))
}

// demoRow is one row of a roster an office would hand in, by column header.
type demoRow map[string]string

// demoCSV writes rows under the headers, in UTF-8 with the mark that spreadsheets expect.
func demoCSV(headers []string, rows []demoRow) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	line := make([]string, len(headers))
	write := func(r func(string) string) {
		for i, h := range headers {
			line[i] = r(h)
		}
		if err := w.Write(line); err != nil {
			panic(err) // a bytes.Buffer takes everything
		}
	}
	write(func(h string) string { return h })
	for _, row := range rows {
		write(func(h string) string { return row[h] })
	}
	w.Flush()
	return b.Bytes()
}

// demoVillage is a village of the demo.
type demoVillage struct {
	code domain.AreaCode
	name string
}

// demoVillages makes n villages of a town. Code and names are made up.
func demoVillages(town string, n int) []demoVillage {
	names := strings.Fields("东桥 西桥 南塘 北塘 前进 后巷 梅园 竹园 柳岸 石桥 新街 河口 青墩 白荡")
	villages := make([]demoVillage, n)
	for i := range n {
		villages[i] = demoVillage{domain.AreaCode(fmt.Sprintf("%s%03d", town, 201+i)), names[i] + "村"}
	}
	return villages
}

// demoRights are the people of the demo with a right, as the rows that say so and what later events need of them.
type demoRight struct {
	person  demoPerson
	village demoVillage
	row     demoRow
}

// base fills the columns that every roster of the demo has.
func (m *demoMaker) base(p demoPerson, v demoVillage, household, document string) demoRow {
	return demoRow{
		"姓名": p.name, "身份证号": p.number.Reveal(), "村居": v.name, "开户行": "演示农村商业银行", "账号": m.card(), "户名": p.name,
		"家庭编号": household, "文号": document,
	}
}

// demoAdmissionHeaders are the columns of the demo's admission rosters.
var demoAdmissionHeaders = strings.Fields("姓名 身份证号 户口性质 婚姻状况 配偶姓名 配偶身份证号 子女姓名 子女身份证号 子女死亡日期 子女残疾等级 " +
	"光荣证号 光荣证发证日期 村居 申报日期 起领年月 已发至年月 开户行 账号 户名 家庭编号 文号")

// demoExitHeaders are the columns of the demo's exit lists.
var demoExitHeaders = strings.Fields("姓名 身份证号 村居 退出原因 死亡日期 发生日期 报告日期")

func (p demoPerson) spouseOf(row demoRow) demoRow {
	row["配偶姓名"], row["配偶身份证号"], row["婚姻状况"] = p.name, p.number.Reveal(), "初婚"
	return row
}

func (p demoPerson) childOf(row demoRow) demoRow {
	row["子女姓名"], row["子女身份证号"] = p.name, p.number.Reveal()
	return row
}

// ruralReward makes somebody who reached 60 on a day and is entitled to the rural reward.
func (m *demoMaker) ruralReward(area string, v demoVillage, sixtieth domain.Date, household string) demoRight {
	birth := sixtieth.AddYears(-60)
	child := m.person(area, m.day(birth.AddYears(24), birth.AddYears(27)), m.random.IntN(2) == 0)
	male := m.random.IntN(2) == 0
	p := m.person(area, birth, male)
	spouse := m.person(area, birth.AddDays(40+m.random.IntN(900)), !male) // not 60 yet, or later enrolled as a person of their own
	row := m.base(p, v, household, "演示奖扶〔2020〕1号")
	row = child.childOf(spouse.spouseOf(row))
	row["户口性质"] = "农业"
	row["光荣证号"] = fmt.Sprintf("演示证%06d", m.random.IntN(1_000_000))
	row["光荣证发证日期"] = m.day(child.birth.AddDays(30), child.birth.AddDays(700)).String()
	return demoRight{p, v, row}
}

func demoMonth(year int, month time.Month) domain.Period { return domain.MonthOf(year, month) }
