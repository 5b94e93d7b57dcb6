package reports

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/projections"
)

func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// findRun finds the run of the request: the one named, or the only one of the programme, office and period that was not
// cancelled.
func (m *making) findRun() (projections.Payrun, error) {
	if m.req.Run == "" {
		runs, err := m.views.Payruns(m.ctx, projections.PayrunFilter{Programme: m.req.Programme, Office: m.req.Office, Period: m.req.Period})
		if err != nil {
			return projections.Payrun{}, err
		}
		var ids []string
		for _, r := range runs {
			if r.State.Status != payrun.StatusCancelled {
				ids = append(ids, r.ID())
			}
		}
		switch {
		case len(ids) == 0:
			return projections.Payrun{}, domain.Refuse(domain.NotFound, "report.no-run", "position %d has no run of %s at %s for %s", m.position, m.req.Programme, m.req.Office, m.req.Period).
				WithNext("look at the list of pay runs")
		case len(ids) > 1:
			slices.Sort(ids)
			return projections.Payrun{}, domain.Refuse(domain.Conflict, "report.which-run", "%d runs fit: %v", len(ids), ids).WithNext("name one of them as run")
		}
		m.req.Run = ids[0]
	}
	run, err := m.views.Payrun(m.ctx, m.req.Run)
	if err != nil {
		return run, err
	}
	if !run.State.Listing.Prepared {
		return run, domain.Refuse(domain.Conflict, "report.not-prepared", "the list of run %s is not prepared at position %d", m.req.Run, m.position).WithNext("prepare it first")
	}
	return run, nil
}

func (m *making) runFacts(run projections.Payrun) []string {
	o := run.State.Opened
	return []string{"单位", m.office(o.Office), "项目", o.Programme, "批次", o.Run, "发放期", o.Period.String(), "所属期", unitsOf(o.From, o.To), "文号", o.Document,
		"付款单位", m.office(o.Finance), "轮次", strconv.Itoa(run.State.Listing.Round), "状态", word(runStatuses(), string(run.State.Status))}
}

// payList makes 发放清册: every line of a run's present list, then who is held and why, then who signed it.
func (m *making) payList() error {
	run, err := m.findRun()
	if err != nil {
		return err
	}
	b, err := m.hashed(run.State.Opened.Rulebook)
	if err != nil {
		return err
	}
	if err := m.head(true, m.runFacts(run)...); err != nil {
		return err
	}
	total, stopped, err := m.payLines(run, b)
	if err != nil {
		return err
	}
	if err := m.heldLines(run); err != nil {
		return err
	}
	if err := m.signed(run); err != nil {
		return err
	}
	m.book.note("实发合计：" + both(total))
	if !stopped.IsZero() {
		m.book.note("其中止付：" + both(stopped) + "；应付：" + both(total.Sub(stopped)))
	}
	m.book.note("应发 + 补发 + 扣减 + 结转 + 追回抵扣 = 实发")
	return nil
}

// payLines writes the lines. It returns their sum, and of it what was stopped.
func (m *making) payLines(run projections.Payrun, b *rulebook.Rulebook) (total, stopped domain.Money, err error) {
	if err := m.book.start(Table{"发放清册", []Column{
		{Title: "序号", Form: Count, Width: 6}, {Title: "村居", Width: 12}, {Title: "姓名", Width: 11}, {Title: "身份证号", Width: 21}, {Title: "类别", Width: 16}, {Title: "所属单元", Width: 18},
		{Title: "单元数", Form: Count, Width: 7}, {Title: "应发", Form: Money, Width: 11, Sum: true}, {Title: "补发", Form: Money, Width: 11, Sum: true}, {Title: "扣减", Form: Money, Width: 11, Sum: true},
		{Title: "结转", Form: Money, Width: 10, Sum: true}, {Title: "追回抵扣", Form: Money, Width: 10, Sum: true}, {Title: "实发", Form: Money, Width: 12, Sum: true}, {Title: "收款户名", Width: 11},
		{Title: "关系", Width: 8}, {Title: "账号", Width: 23}, {Title: "开户行", Width: 14}, {Title: "付款编号", Width: 18}, {Title: "备注", Width: 12},
	}}); err != nil {
		return total, stopped, err
	}
	for cursor := 0; ; {
		lines, err := m.views.PayrunLines(m.ctx, run.ID(), cursor, batch)
		if err != nil {
			return total, stopped, err
		}
		sights := make([]beneficiary.Sight, len(lines.Lines))
		for i, l := range lines.Lines {
			sights[i] = beneficiary.Sight{Person: l.Person, Through: l.Revision, Account: l.Draw.Account} // as the draw saw them
		}
		people, err := m.open(sights)
		if err != nil {
			return total, stopped, err
		}
		for i, l := range lines.Lines {
			if err := m.book.row(m.payLine(l, people[i], b)...); err != nil {
				return total, stopped, err
			}
			total = total.Add(l.Amount)
			if l.Stopped != "" {
				stopped = stopped.Add(l.Amount)
			}
		}
		if cursor = lines.Next; cursor == 0 {
			break
		}
	}
	sums, err := m.book.end()
	if err == nil && !sums[12].Money.Equal(run.State.Listing.Total) {
		err = fmt.Errorf("run %s: its lines come to %s, the list says %s", run.ID(), sums[12].Money, run.State.Listing.Total)
	}
	return total, stopped, err
}

func (m *making) payLine(l projections.PayrunLine, p person, b *rulebook.Rulebook) []Cell {
	d, units := l.Draw, ""
	if n := len(d.Items); n > 0 {
		units = unitsOf(d.Items[0].Unit, d.Items[n-1].Unit)
	}
	note := ""
	if l.Stopped != "" {
		note = "止付（" + word(stopReasons(), l.Stopped) + "）"
	} else if d.Again != "" {
		note = "退票重付"
	}
	netted := d.CarriedIn.Sub(d.Carried)
	return []Cell{count(l.Line.Line), text(m.village(l.Village)), text(p.Name), text(p.Number), text(class(b, l.Class)), text(units), count(len(d.Items)), money(d.Due), money(d.Arrears),
		money(d.Deducted), money(netted), money(d.Recovered), money(d.Net), text(p.Holder), text(word(relations(), d.Relation)), text(p.Account), text(p.Bank), text(l.PayRef), text(note)}
}

// heldLines writes who gets nothing in the run, and why (缓发).
func (m *making) heldLines(run projections.Payrun) error {
	held, err := m.views.PayrunHeld(m.ctx, run.ID())
	if err != nil || len(held.Lines) == 0 {
		return err
	}
	if err := m.book.start(Table{"缓发名单", []Column{
		{Title: "序号", Form: Count, Width: 6}, {Title: "村居", Width: 12}, {Title: "姓名", Width: 12}, {Title: "原因", Width: 20}, {Title: "缓发金额", Form: Money, Width: 12, Sum: true},
	}}); err != nil {
		return err
	}
	n := 0
	for part := range slices.Chunk(held.Lines, batch) {
		sights := make([]beneficiary.Sight, len(part))
		for i, l := range part {
			fold, err := m.views.PersonFold(m.ctx, l.Person)
			if err != nil {
				return err
			}
			sights[i] = beneficiary.Sight{Person: l.Person, Through: fold.Revision}
		}
		people, err := m.open(sights)
		if err != nil {
			return err
		}
		for i, l := range part {
			n++
			if err := m.book.row(count(n), text(m.village(l.Village)), text(people[i].Name), text(word(heldReasons(), string(l.Reason))), money(l.Amount)); err != nil {
				return err
			}
		}
	}
	_, err = m.book.end()
	return err
}

// signatures makes 签字表 of a run.
func (m *making) signatures() error {
	run, err := m.findRun()
	if err != nil {
		return err
	}
	if err := m.head(true, append(m.runFacts(run), "行数", strconv.Itoa(run.State.Listing.Lines), "缓发", strconv.Itoa(run.State.Listing.Held), "清册根", run.State.Listing.Totals.Root)...); err != nil {
		return err
	}
	if err := m.sections(run); err != nil {
		return err
	}
	if err := m.signed(run); err != nil {
		return err
	}
	m.book.note("实发合计：" + both(run.State.Listing.Total))
	return m.unsigned(run)
}

// sections writes what each village signs for.
func (m *making) sections(run projections.Payrun) error {
	if len(run.State.Listing.Sections) == 0 {
		return nil
	}
	if err := m.book.start(Table{"村居小计", []Column{
		{Title: "村居", Width: 16}, {Title: "行数", Form: Count, Width: 8, Sum: true}, {Title: "缓发", Form: Count, Width: 8, Sum: true}, {Title: "金额", Form: Money, Width: 14, Sum: true}, {Title: "根", Width: 66},
	}}); err != nil {
		return err
	}
	for _, s := range run.State.Listing.Sections {
		amount, err := domain.ParseMoney(s.Total)
		if err != nil {
			return fmt.Errorf("section %s of run %s: %w", s.Scope, run.ID(), err)
		}
		if err := m.book.row(text(m.village(domain.AreaCode(s.Scope))), count(s.Lines), count(s.Held), money(amount), text(s.Root)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

// signed writes who signed the run, of all rounds, in log order.
func (m *making) signed(run projections.Payrun) error {
	if err := m.book.start(Table{"签字表", []Column{
		{Title: "轮次", Form: Count, Width: 6}, {Title: "步骤", Form: Count, Width: 6}, {Title: "职责", Width: 14}, {Title: "范围", Width: 12}, {Title: "结论", Width: 8}, {Title: "意见", Width: 14},
		{Title: "姓名", Width: 12}, {Title: "职务", Width: 12}, {Title: "签字时间", Width: 20}, {Title: "密钥编号", Width: 40}, {Title: "密钥保管", Width: 16}, {Title: "日志序号", Form: Count, Width: 9},
	}}); err != nil {
		return err
	}
	for _, s := range run.Signatures {
		scope := m.village(domain.AreaCode(s.Scope))
		if s.Scope == "whole" {
			scope = "全部"
		}
		if err := m.book.row(count(s.Round), count(s.Step+1), text(word(capacities(), s.Capacity)), text(scope), text(word(outcomes(), s.Outcome)), text(s.Opinion), text(s.Name), text(s.Post),
			text(stamp(s.At)), text(s.Key), text(word(custodies(), s.Custody)), count(s.LogIndex)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

// unsigned says which steps still want a signature.
func (m *making) unsigned(run projections.Payrun) error {
	signing := run.State.Signing
	waiting := signing.Waiting()
	if len(waiting) == 0 {
		return nil
	}
	line := "待签：" + word(capacities(), signing.Chain[signing.Step].Capacity())
	for _, scope := range waiting {
		if scope != "whole" {
			line += "，" + m.village(domain.AreaCode(scope))
		}
	}
	m.book.note(line)
	return nil
}
