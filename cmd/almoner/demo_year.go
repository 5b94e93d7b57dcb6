package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// The town of the first demo is that of a published report of 2021: 1,831 people on the rural reward at the end of
// December and 72 special households with 118 people. How they came and went during the year is made up.
const (
	demoOpeningReward = 1779
	demoSingles       = 26 // special assistance: people of families with one payee
	demoCouples       = 45 // and couples at the beginning of the year; one more enters in April
	demoEntriesAMonth = 8
)

// demoExits is how many people leave the rural reward from each month on; the late death comes on top.
var demoExits = [12]int{4, 3, 4, 4, 3, 4, 4, 4, 3, 4, 4, 3}

// roster imports a list and has it signed by every level.
func (d *demo) roster(ctx context.Context, t *demoTown, programme string, kind rosterfile.Kind, name string, headers []string, rows []demoRow, stated ledger.Stated) error {
	file := demoCSV(headers, rows)
	out, err := d.CommitImport(ctx, d.command(t.handler.actor), ledger.ImportRequest{
		Actor: t.handler.actor, Programme: programme, Office: t.town, FileName: name, File: bytes.NewReader(file), Size: int64(len(file)), Kind: kind, Stated: stated,
	}, false, nil)
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	return d.signAll(ctx, t, ledger.Subject{Kind: ledger.ImportSubject, ID: out.Import}, t.handler)
}

// pay prepares a period's run, brings in the money for it, has it signed by every level and so released.
func (d *demo) pay(ctx context.Context, t *demoTown, programme string, period domain.Period, kind payrun.Kind) (string, error) {
	fail := func(err error) (string, error) { return "", fmt.Errorf("pay %s for %s: %w", programme, period, err) }
	run, _, err := d.OpenPayrun(ctx, d.command(t.handler.actor), ledger.PayrunRequest{
		Programme: programme, Office: t.town, Finance: t.finance, Period: period, Kind: kind,
		Document: "演示拨〔" + fmt.Sprint(period.First().Year) + "〕" + period.String() + "号",
	})
	if err != nil {
		return fail(err)
	}
	if _, err := d.PreparePayrun(ctx, d.command(t.handler.actor), run, nil); err != nil {
		return fail(err)
	}
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: run}
	if _, err := d.Submit(ctx, d.command(t.handler.actor), ledger.Sign{Subject: subject, Pen: d.WithKey(t.handler.signer)}); err != nil {
		return fail(err)
	}
	if err := d.fund(ctx, t, run); err != nil {
		return fail(err)
	}
	if err := d.signRest(ctx, t, subject, t.handler); err != nil {
		return fail(err)
	}
	return run, nil
}

// luoxi is the first town's year.
type luoxi struct {
	*demo
	*demoTown
	reward []demoRight // on the rural reward and not yet chosen to leave
	late   demoRight   // dies in May, reported in August
	back   []demoRight // payments to them come back from the bank; they stay
}

// rewardYear plays twelve months of the rural reward and special assistance.
func (y *luoxi) play(ctx context.Context) error {
	if err := y.open(ctx); err != nil {
		return err
	}
	for month := time.January; month <= time.December; month++ {
		if err := y.month(ctx, month); err != nil {
			return fmt.Errorf("2021-%02d: %w", month, err)
		}
		y.tell("2021-%02d done", month)
	}
	return nil
}

// open carries the roll over from the books before: what was paid until December 2020 is neither due nor payable here.
func (y *luoxi) open(ctx context.Context) error {
	y.clock.set(2021, time.January, 4, 9)
	var rows []demoRow
	for i := range demoOpeningReward {
		// 60 between 2004 and 2020, and the first month due is that of the birthday.
		sixtieth := y.maker.day(domain.MustDate("2008-01-01"), domain.MustDate("2020-12-31"))
		r := y.maker.ruralReward(y.area, y.villages[i%len(y.villages)], sixtieth, y.household())
		r.row["申报日期"] = sixtieth.AddDays(-30).String()
		r.row["起领年月"], r.row["已发至年月"] = sixtieth.MonthPeriod().String(), "2020-12"
		rows = append(rows, r.row)
		y.reward = append(y.reward, r)
	}
	y.late = y.takeOne()
	y.pickReturned()
	if err := y.roster(ctx, y.demoTown, "rural-reward", rosterfile.Admission, "罗溪镇奖扶花名册2020.csv", demoAdmissionHeaders, rows, ledger.Stated{}); err != nil {
		return err
	}
	y.clock.set(2021, time.January, 4, 15)
	special := y.specialOpening()
	return y.roster(ctx, y.demoTown, "special-assistance", rosterfile.Admission, "罗溪镇特扶花名册2020.csv", demoAdmissionHeaders, special, ledger.Stated{})
}

// specialOpening is the roll of special assistance at the beginning: 26 single payees and 45 couples.
func (y *luoxi) specialOpening() []demoRow {
	var rows []demoRow
	for i := range demoSingles {
		birth := y.maker.day(domain.MustDate("1950-01-01"), domain.MustDate("1962-12-31"))
		p := y.maker.person(y.area, birth, false)
		child := y.maker.person(y.area, y.maker.day(birth.AddYears(24), birth.AddYears(28)), i%2 == 0)
		row := child.childOf(y.maker.base(p, y.villages[i%len(y.villages)], y.household(), "演示特扶〔2020〕2号"))
		row["婚姻状况"], row["户口性质"] = "丧偶", "农业"
		row["子女死亡日期"] = y.maker.day(domain.MustDate("2005-01-01"), domain.MustDate("2018-12-31")).String()
		row["起领年月"], row["已发至年月"], row["申报日期"] = "2019-01", "2020-12", "2018-12-20"
		rows = append(rows, row)
	}
	for i := range demoCouples {
		rows = append(rows, y.specialCouple(i, y.maker.day(domain.MustDate("1955-01-01"), domain.MustDate("1968-12-31")), "2019-01", "2020-12", "2018-12-20")...)
	}
	return rows
}

// specialCouple is two payees of one household; in every third family the child lives and is disabled.
func (y *luoxi) specialCouple(i int, husbandBirth domain.Date, start, paid, applied string) []demoRow {
	husband := y.maker.person(y.area, husbandBirth, true)
	wife := y.maker.person(y.area, husbandBirth.AddDays(300), false)
	child := y.maker.person(y.area, y.maker.day(husbandBirth.AddYears(25), husbandBirth.AddYears(28)), true)
	village, household := y.villages[i%len(y.villages)], y.household()
	var rows []demoRow
	for _, pair := range [][2]demoPerson{{husband, wife}, {wife, husband}} {
		row := y.maker.base(pair[0], village, household, "演示特扶〔2020〕2号")
		row = child.childOf(pair[1].spouseOf(row))
		row["户口性质"], row["起领年月"], row["已发至年月"], row["申报日期"] = "农业", start, paid, applied
		if i%3 == 0 {
			row["子女残疾等级"] = "二级"
		} else {
			row["子女死亡日期"] = "2018-03-12"
		}
		rows = append(rows, row)
	}
	return rows
}

// month brings in who entered and left, and pays.
func (y *luoxi) month(ctx context.Context, month time.Month) error {
	if err := y.leave(ctx, month); err != nil {
		return err
	}
	if err := y.enter(ctx, month); err != nil {
		return err
	}
	if month == time.April {
		y.clock.set(2021, month, 7, 9)
		couple := y.specialCouple(1, domain.MustDate("1971-06-10"), "", "", "2021-04-06") // the wife turned 49 on 5 April 2021
		if err := y.roster(ctx, y.demoTown, "special-assistance", rosterfile.Admission, "罗溪镇特扶新增2021-04.csv", demoAdmissionHeaders, couple, ledger.Stated{}); err != nil {
			return err
		}
	}
	if month == time.July {
		if err := y.lateEntry(ctx); err != nil {
			return err
		}
	}
	if month == time.August {
		if err := y.lateDeath(ctx); err != nil {
			return err
		}
	}
	if month == time.September {
		if err := y.payBack(ctx); err != nil {
			return err
		}
	}
	var runs []string
	for i, programme := range []string{"rural-reward", "special-assistance"} {
		y.clock.set(2021, month, 16, 9+5*i)
		run, err := y.pay(ctx, y.demoTown, programme, demoMonth(2021, month), payrun.Regular)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	if err := y.toBank(ctx, month, runs); err != nil {
		return err
	}
	return y.closeMonth(ctx, y.demoTown, demoMonth(2021, month))
}

// leave takes off the roll who died or moved away in the month before; the month of the event is paid.
func (y *luoxi) leave(ctx context.Context, month time.Month) error {
	y.clock.set(2021, month, 5, 9)
	before := demoMonth(2021, month).Prev()
	var rows []demoRow
	for i := range demoExits[month-1] {
		r := y.takeOne()
		on := y.maker.day(before.First(), before.Last().AddDays(-1))
		row := demoRow{"姓名": r.person.name, "身份证号": r.person.number.Reveal(), "村居": r.village.name, "报告日期": on.AddDays(1).String()}
		if i == 0 && month%3 == 0 {
			row["退出原因"], row["发生日期"] = "户口迁出", on.String()
		} else {
			row["退出原因"], row["死亡日期"] = "死亡", on.String()
		}
		rows = append(rows, row)
	}
	return y.roster(ctx, y.demoTown, "rural-reward", rosterfile.Exit, fmt.Sprintf("罗溪镇奖扶退出2021-%02d.csv", month), demoExitHeaders, rows, ledger.Stated{})
}

// takeOne chooses somebody who leaves.
func (y *luoxi) takeOne() demoRight {
	i := y.maker.random.IntN(len(y.reward))
	r := y.reward[i]
	y.reward = slices.Delete(y.reward, i, i+1)
	return r
}

// enter brings in who turned 60 in the first days of the month.
func (y *luoxi) enter(ctx context.Context, month time.Month) error {
	y.clock.set(2021, month, 6, 9)
	var rows []demoRow
	for i := range demoEntriesAMonth {
		sixtieth := domain.Date{Year: 2021, Month: month, Day: 1 + i%4}
		r := y.maker.ruralReward(y.area, y.villages[(i*5+int(month))%len(y.villages)], sixtieth, y.household())
		r.row["申报日期"], r.row["文号"] = domain.Date{Year: 2021, Month: month, Day: 5}.String(), ""
		rows = append(rows, r.row)
		y.reward = append(y.reward, r)
	}
	return y.roster(ctx, y.demoTown, "rural-reward", rosterfile.Admission, fmt.Sprintf("罗溪镇奖扶新增2021-%02d.csv", month), demoAdmissionHeaders, rows, ledger.Stated{})
}

// lateEntry: somebody turned 60 on 2 May and applied on the next day; the office decided in July. May and June are paid as
// arrears with July.
func (y *luoxi) lateEntry(ctx context.Context) error {
	y.clock.set(2021, time.July, 12, 9)
	r := y.maker.ruralReward(y.area, y.villages[3], domain.MustDate("2021-05-02"), y.household())
	r.row["申报日期"], r.row["文号"] = "2021-05-03", ""
	y.reward = append(y.reward, r)
	return y.roster(ctx, y.demoTown, "rural-reward", rosterfile.Admission, "罗溪镇奖扶补录2021-07.csv", demoAdmissionHeaders, []demoRow{r.row}, ledger.Stated{OfficeDelayed: true})
}

// lateDeath: somebody died on 18 May and it was reported on 10 August. June and July were paid and not due.
func (y *luoxi) lateDeath(ctx context.Context) error {
	y.clock.set(2021, time.August, 11, 9)
	row := demoRow{
		"姓名": y.late.person.name, "身份证号": y.late.person.number.Reveal(), "村居": y.late.village.name,
		"退出原因": "死亡", "死亡日期": "2021-05-18", "报告日期": "2021-08-10",
	}
	return y.roster(ctx, y.demoTown, "rural-reward", rosterfile.Exit, "罗溪镇奖扶迟报死亡2021-08.csv", demoExitHeaders, []demoRow{row}, ledger.Stated{})
}

// huaishang is the second town: a fourth quarter of 2022 of the only-child allowance, 412 households at 30 yuan a month.
// Of 1,236 household-months 13 are not due: four children turn 16 in November and two in December, which ends the right
// with the month before, and two families enter with their certificates of November and December.
type huaishang struct {
	*demo
	*demoTown
}

const demoCarriedHouseholds = 410

func (h *huaishang) play(ctx context.Context) error {
	h.clock.set(2022, time.October, 10, 9)
	var rows []demoRow
	for i := range demoCarriedHouseholds {
		rows = append(rows, h.family(i, h.childBirth(i), "2010-06-01"))
	}
	if err := h.roster(ctx, h.demoTown, "only-child-allowance", rosterfile.Admission, "独保费花名册2022-3季度.csv", demoAdmissionHeaders, rows, ledger.Stated{}); err != nil {
		return err
	}
	for i, month := range []time.Month{time.November, time.December} {
		h.clock.set(2022, month, 8, 9)
		row := h.family(demoCarriedHouseholds+i, domain.MustDate("2014-03-05"), domain.Date{Year: 2022, Month: month, Day: 2}.String())
		row["起领年月"], row["已发至年月"], row["文号"] = "", "", ""
		row["申报日期"] = domain.Date{Year: 2022, Month: month, Day: 3}.String()
		if err := h.roster(ctx, h.demoTown, "only-child-allowance", rosterfile.Admission, fmt.Sprintf("独保费新增2022-%02d.csv", month), demoAdmissionHeaders, []demoRow{row}, ledger.Stated{}); err != nil {
			return err
		}
	}
	h.clock.set(2022, time.December, 16, 9)
	run, err := h.pay(ctx, h.demoTown, "only-child-allowance", domain.MustPeriod("2022-Q4"), payrun.Regular)
	if err != nil {
		return err
	}
	if err := h.settle(ctx, h.demoTown, time.Date(2022, time.December, 19, 0, 0, 0, 0, time.UTC), demoBank{}, run); err != nil {
		return err
	}
	return h.closeMonth(ctx, h.demoTown, domain.MustPeriod("2022-12"))
}

// childBirth spreads the children's ages; the first six turn 16 in the quarter.
func (h *huaishang) childBirth(i int) domain.Date {
	switch {
	case i < 4:
		return domain.Date{Year: 2006, Month: time.November, Day: 3 + 6*i}
	case i < 6:
		return domain.Date{Year: 2006, Month: time.December, Day: 9 + i}
	}
	return h.maker.day(domain.MustDate("2007-01-01"), domain.MustDate("2015-12-31"))
}

// family is one household with one payee, the mother.
func (h *huaishang) family(i int, childBirth domain.Date, issued string) demoRow {
	mother := h.maker.person(h.area, h.maker.day(childBirth.AddYears(-32), childBirth.AddYears(-23)), false)
	father := h.maker.person(h.area, mother.birth.AddDays(-400), true)
	child := h.maker.person(h.area, childBirth, i%2 == 0)
	row := child.childOf(father.spouseOf(h.maker.base(mother, h.villages[i%len(h.villages)], h.household(), "演示独保〔2022〕3号")))
	if day := childBirth.AddDays(90); issued < day.String() {
		issued = day.String()
	}
	row["户口性质"], row["光荣证号"], row["光荣证发证日期"] = "农业", fmt.Sprintf("演示证%06d", i+1), issued
	row["申报日期"], row["起领年月"], row["已发至年月"] = issued, domain.MustDate(issued).MonthPeriod().String(), "2022-09"
	return row
}

// replaceAll changes a text; each change must find what it changes.
func replaceAll(source []byte, changes [][2]string) ([]byte, error) {
	text := string(source)
	for _, c := range changes {
		if !strings.Contains(text, c[0]) {
			return nil, fmt.Errorf("the rulebook no longer says %q", c[0])
		}
		text = strings.Replace(text, c[0], c[1], 1)
	}
	return []byte(text), nil
}
