package reports

import (
	"strconv"

	"almoner/domain/month"
	"almoner/projections"
)

// month makes 月结表: a book month of a finance office, as the reconciliation works it out.
func (m *making) month() error {
	r, err := m.views.Reconciliation(m.ctx, m.req.Finance, m.req.Period)
	if err != nil {
		return err
	}
	balanced := "是"
	if !r.Balanced() {
		balanced = "否"
	}
	if err := m.head(true, "财政单位", m.office(m.req.Finance), "账期", m.req.Period.String(), "状态", word(monthStatuses(), string(r.State.Status)),
		"数字截至", "日志前 "+strconv.FormatInt(r.At, 10)+" 条", "平衡", balanced); err != nil {
		return err
	}
	for _, t := range []struct {
		title, part string
		rows        []month.Figures
	}{{"按项目", "项目", r.Programmes}, {"按类别", "类别", r.Classes}, {"按级次", "级次", r.Levels}} {
		if err := m.figures(t.title, t.part, t.rows); err != nil {
			return err
		}
	}
	for _, step := range []func(projections.Reconciliation) error{m.causes, m.checks, m.bridge} {
		if err := step(r); err != nil {
			return err
		}
	}
	sum := r.Total()
	m.book.note("报盘合计：" + both(sum.Instructed))
	m.book.note("到账合计：" + both(sum.Settled))
	m.book.note("退票合计：" + both(sum.Returned))
	m.book.note("期末未回：" + both(sum.Outstanding))
	m.book.note("期初未回 + 报盘 − 到账 − 退票 = 期末未回")
	return nil
}

// figures writes amounts by programme, and beside it by class or level.
func (m *making) figures(title, part string, rows []month.Figures) error {
	columns := []Column{{Title: part, Width: 24}}
	for _, f := range figureNames() {
		columns = append(columns, Column{Title: f[1], Form: Money, Width: 13, Sum: true})
	}
	if err := m.book.start(Table{title, columns}); err != nil {
		return err
	}
	for _, f := range rows {
		name := f.Programme
		if f.Class != "" {
			name += " " + f.Class
		}
		if f.Level != "" {
			name += " " + word(levels(), f.Level)
		}
		cells := []Cell{text(name)}
		for _, figure := range figureNames() {
			cells = append(cells, money(f.Of(figure[0])))
		}
		if err := m.book.row(cells...); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) causes(r projections.Reconciliation) error {
	if len(r.Differences) == 0 {
		return nil
	}
	if err := m.book.start(Table{"差异", []Column{{Title: "原因", Width: 24}, {Title: "行数", Form: Count, Width: 9, Sum: true}, {Title: "金额", Form: Money, Width: 15, Sum: true}}}); err != nil {
		return err
	}
	for _, c := range r.Causes() {
		if err := m.book.row(text(c.Cause), count(c.Lines), money(c.Amount)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) checks(r projections.Reconciliation) error {
	if err := m.book.start(Table{"核对", []Column{{Title: "核对项", Width: 24}, {Title: "部分", Width: 30}, {Title: "本账", Form: Money, Width: 15}, {Title: "对方", Form: Money, Width: 15}, {Title: "相符", Width: 7}}}); err != nil {
		return err
	}
	for _, c := range r.Checks {
		agrees := "是"
		if !c.Agrees() {
			agrees = "否"
		}
		if err := m.book.row(text(c.Name), text(c.Part), money(c.Ours), money(c.Theirs), text(agrees)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) bridge(r projections.Reconciliation) error {
	if len(r.Bridge) == 0 {
		return nil
	}
	if err := m.book.start(Table{"跨月调整", []Column{
		{Title: "所属月", Width: 10}, {Title: "项目", Width: 20}, {Title: "数字", Width: 12}, {Title: "原因", Width: 20}, {Title: "笔数", Form: Count, Width: 8}, {Title: "金额", Form: Money, Width: 15}, {Title: "事件", Width: 38},
	}}); err != nil {
		return err
	}
	names := map[string]string{}
	for _, f := range figureNames() {
		names[f[0]] = f[1]
	}
	for _, b := range r.Bridge {
		if err := m.book.row(text(b.Month.String()), text(b.Programme), text(word(names, b.Figure)), text(b.Cause), count(b.Facts), money(b.Amount), text(b.Event)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}
