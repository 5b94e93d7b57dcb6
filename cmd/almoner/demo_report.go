package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/projections"
)

// report prints what the demo ledger answers.
func (d *demo) report(a *app, y *luoxi, h *huaishang) error {
	if err := d.session.synced(a.ctx); err != nil {
		return err
	}
	for _, section := range []func(*app) error{
		func(a *app) error { return d.months(a, y) },
		func(a *app) error { return d.answers(a) },
		func(a *app) error { return d.twoTimes(a) },
		func(a *app) error { return d.lostMonths(a, h) },
		func(a *app) error { return d.recheck(a) },
		func(a *app) error { return d.books(a, y) },
		func(a *app) error { return d.returned(a, y) },
		func(a *app) error { return d.recovered(a) },
		func(a *app) error { return d.december(a, y) },
		func(a *app) error { return d.accounts(a, y) },
	} {
		if err := section(a); err != nil {
			return err
		}
	}
	return nil
}

// months prints one line per programme and month.
func (d *demo) months(a *app, y *luoxi) error {
	fmt.Fprintln(a.out, "\n# 2021 罗溪镇：每月发放（演示）  period programme persons households due arrears deducted paid")
	for month := time.January; month <= time.December; month++ {
		for _, programme := range []string{"rural-reward", "special-assistance"} {
			t, err := d.session.views.Totals(a.ctx, projections.TotalsQuery{Period: demoMonth(2021, month), Programme: programme, Office: y.town})
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s %-19s %5d %5d %11s %8s %8s %11s\n", t.Period, programme, t.Persons, t.Households, t.Due, t.Arrears, t.Deducted, t.Net)
		}
	}
	return nil
}

// answers prints the figures that the published reports state.
func (d *demo) answers(a *app) error {
	fmt.Fprintln(a.out, "\n# 与公开报告的数字核对  the figures of the published reports")
	reward, err := d.session.views.Totals(a.ctx, projections.TotalsQuery{Period: domain.MustPeriod("2021-12"), Programme: "rural-reward"})
	if err != nil {
		return err
	}
	special, err := d.session.views.Totals(a.ctx, projections.TotalsQuery{Period: domain.MustPeriod("2021-12"), Programme: "special-assistance"})
	if err != nil {
		return err
	}
	allowance, err := d.session.views.Totals(a.ctx, projections.TotalsQuery{Period: domain.MustPeriod("2022-Q4"), Programme: "only-child-allowance"})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "2021-12 rural-reward %d %s\n", reward.Persons, reward.Net)
	fmt.Fprintf(a.out, "2021-12 special-assistance %d %d %s\n", special.Households, special.Persons, special.Net)
	fmt.Fprintf(a.out, "2022-Q4 only-child-allowance %d %s\n", allowance.Households, allowance.Net)
	return nil
}

// twoTimes asks for the roll of 30 June as known on 1 July and as known today.
func (d *demo) twoTimes(a *app) error {
	then, err := d.session.views.ResolveKnown(a.ctx, "2021-07-01")
	if err != nil {
		return err
	}
	now, err := d.session.views.Status(a.ctx)
	if err != nil {
		return err
	}
	q := projections.RollQuery{Programme: "rural-reward", AsOf: domain.MustDate("2021-06-30"), KnownAt: projections.KnownIndex(then), Limit: 1}
	before, err := d.session.views.Roll(a.ctx, q)
	if err != nil {
		return err
	}
	today := q
	today.KnownAt = projections.KnownIndex(now.LogIndex)
	after, err := d.session.views.Roll(a.ctx, today)
	if err != nil {
		return err
	}
	c, err := d.session.views.CompareRoll(a.ctx, q, today.KnownAt)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n# 2021-06-30 的奖扶名册：2021-07-01 所知 %d 人，今日所知 %d 人；差异及原因\n", before.Persons, after.Persons)
	fmt.Fprintf(a.out, "# the roll of 2021-06-30: %d people as known on 2021-07-01, %d as known today; the difference by cause\n", before.Persons, after.Persons)
	for _, change := range slices.Concat(c.Added, c.Removed, c.Changed) {
		fmt.Fprintf(a.out, "%s\n", rollChangeLine(change))
	}
	return nil
}

// rollChangeLine is one difference between two knowings, with what the ledger learnt in between.
func rollChangeLine(c projections.RollChange) string {
	sign, entry := "+", c.After
	switch {
	case c.After.Enrolment == "":
		sign, entry = "-", c.Before
	case c.Before.Enrolment != "":
		sign = "~"
	}
	line := fmt.Sprintf("%s %s %s", sign, entry.Village, entry.Enrolment)
	for _, cause := range c.Causes {
		line += fmt.Sprintf("  %s %s on %s known %s by %s", cause.Type, cause.Reason, cause.On, domain.DateOf(cause.At), cause.Officer)
	}
	return line
}

// lostMonths lists the household-months of the quarter that are not due, each with its cause.
func (d *demo) lostMonths(a *app, h *huaishang) error {
	fmt.Fprintln(a.out, "\n# 2022 年第四季度未发的户月及原因  household-months not due in 2022-Q4, by cause")
	first, last := domain.MustPeriod("2022-10"), domain.MustPeriod("2022-12")
	total, lines := 0, []string{}
	for fold, err := range d.session.views.People(a.ctx, h.town, "only-child-allowance") {
		if err != nil {
			return err
		}
		for _, e := range fold.State.Enrolments {
			lost, cause := notDue(e, first, last)
			if lost == 0 {
				continue
			}
			total += lost
			lines = append(lines, fmt.Sprintf("%s  %d 户月 household-months  enrolment %s", cause, lost, e.ID))
		}
	}
	slices.Sort(lines)
	fmt.Fprintln(a.out, strings.Join(lines, "\n"))
	fmt.Fprintf(a.out, "%d  合计 in all: 412 × 3 − %d = %d 户月，× 30.00 = %s\n", total, total, 412*3-total, domain.Yuan(30).Times(int64(412*3-total)))
	return nil
}

// notDue counts the months of a stretch that an enrolment does not cover, and says why.
func notDue(e beneficiary.Enrolment, first, last domain.Period) (lost int, cause string) {
	for unit := range first.Through(last) {
		if !e.Covers(unit) {
			lost++
		}
	}
	end, _ := e.LastUnit()
	switch {
	case e.FirstUnit.After(first):
		cause = fmt.Sprintf("新增：自 %s 起（领证当月） entered with the certificate's month", e.FirstUnit)
	case !end.IsZero() && end.Before(last):
		cause = fmt.Sprintf("子女年满 16 周岁：发至 %s the child turned 16 in the month after", end)
	}
	return lost, cause
}

// recheck recomputes December's run from events alone and shows who signed it.
func (d *demo) recheck(a *app) error {
	runs, err := d.session.views.Payruns(a.ctx, projections.PayrunFilter{Programme: "rural-reward"})
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.State.Opened.Period != domain.MustPeriod("2021-12") || run.State.Opened.Kind != payrun.Regular {
			continue
		}
		again, err := d.RecheckPayrun(a.ctx, run.State.Opened.Run, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "\n# 2021-12 批次由事件重算  December's run recomputed from events alone\n%d 行 lines, %s, %d 处不符 mismatches\n", again.Lines, again.Total, len(again.Mismatches))
	}
	return nil
}
