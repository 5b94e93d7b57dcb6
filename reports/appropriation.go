package reports

import (
	"fmt"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/projections"
)

// findRequest finds the fund request: the one named, or the only one of the programme, office and period.
func (m *making) findRequest() (projections.FundRequest, error) {
	if m.req.Request != "" {
		return m.views.FundRequest(m.ctx, m.req.Request)
	}
	_, all, err := m.views.FundRequests(m.ctx, projections.FundRequestFilter{Office: m.req.Office})
	if err != nil {
		return projections.FundRequest{}, err
	}
	var ids []string
	var found projections.FundRequest
	for _, q := range all {
		r := q.State.Requested
		if (m.req.Programme == "" || r.Programme == m.req.Programme) && (m.req.Period.IsZero() || m.req.Period.Contains(r.Period)) {
			ids, found = append(ids, r.Request), q
		}
	}
	switch {
	case len(ids) == 0:
		return found, domain.Refuse(domain.NotFound, "report.no-request", "position %d has no such fund request", m.position).WithNext("look at the list of fund requests")
	case len(ids) > 1:
		slices.Sort(ids)
		return found, domain.Refuse(domain.Conflict, "report.which-request", "%d requests fit: %v", len(ids), ids).WithNext("name one of them as request")
	}
	m.req.Request = ids[0]
	return found, nil
}

// appropriation makes 拨款报告 from a fund request, which says everything that is in it.
func (m *making) appropriation() error {
	q, err := m.findRequest()
	if err != nil {
		return err
	}
	r := q.State.Requested
	book, err := m.hashed(r.Rulebook)
	if err != nil {
		return err
	}
	if err := m.head(false, "致", m.office(r.Finance), "报告单位", m.office(r.Office), "项目", r.Programme, "报告编号", r.Request, "批次", r.Run, "发放期", r.Period.String(),
		"所属期", unitsOf(r.From, r.To), "文号", r.Document, "资金", r.Fund, "签字", m.requestSigned(q.State)); err != nil {
		return err
	}
	steps := []func() error{
		func() error { return m.basis(r) },
		func() error { return m.classes(r, func(key string) string { return class(book, key) }) },
		func() error { return m.standards(r, func(key string) string { return class(book, key) }) },
		func() error { return m.shares(r) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	m.book.note(fmt.Sprintf("本期 %d 人，缓发 %d 人", r.Persons, r.Held))
	m.book.note("本期需要：" + both(r.Need))
	m.book.note("可用结存：" + both(r.Balance))
	m.book.note("申请拨付：" + both(r.Amount))
	if r.Last != "" {
		m.book.note("上期批次：" + r.Last)
	}
	return nil
}

// requestSigned says how far the request's signatures have come.
func (m *making) requestSigned(s fund.RequestState) string {
	if s.Signing.Step >= len(s.Signing.Chain) && len(s.Signing.Chain) > 0 {
		return "各级已签"
	}
	return fmt.Sprintf("已签 %d 步，共 %d 步", s.Signing.Step, len(s.Requested.Chain))
}

func (m *making) basis(r fund.Requested) error {
	if err := m.book.start(Table{"依据", []Column{{Title: "序号", Form: Count, Width: 6}, {Title: "文件", Width: 60}, {Title: "文号", Width: 28}}}); err != nil {
		return err
	}
	for i, d := range r.Documents {
		number := d.Number
		if number == "" {
			number = "（未查得文号）"
		}
		if err := m.book.row(count(i+1), text(d.Title), text(number)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) classes(r fund.Requested, name func(string) string) error {
	if err := m.book.start(Table{"分类人数与金额", []Column{
		{Title: "类别", Width: 28}, {Title: "上期", Form: Count, Width: 9, Sum: true}, {Title: "新增", Form: Count, Width: 9, Sum: true}, {Title: "退出", Form: Count, Width: 9, Sum: true},
		{Title: "缓发", Form: Count, Width: 9, Sum: true}, {Title: "本期", Form: Count, Width: 9, Sum: true}, {Title: "金额", Form: Money, Width: 15, Sum: true},
	}}); err != nil {
		return err
	}
	for _, c := range r.Classes {
		if err := m.book.row(text(name(c.Class)), count(c.Before), count(c.Entered), count(c.Exited), count(c.Held), count(c.Lines), money(c.Amount)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) standards(r fund.Requested, name func(string) string) error {
	if err := m.book.start(Table{"标准", []Column{
		{Title: "类别", Width: 28}, {Title: "标准", Form: Money, Width: 12}, {Title: "单元", Width: 8}, {Title: "单元数", Form: Count, Width: 10, Sum: true}, {Title: "金额", Form: Money, Width: 15, Sum: true},
		{Title: "标准行", Width: 24},
	}}); err != nil {
		return err
	}
	for _, c := range r.Classes {
		for _, s := range c.Standards {
			rate := money(s.Rate)
			if s.Rate.IsZero() {
				rate = blank(Money) // units differ: prorated, or topped up
			}
			if err := m.book.row(text(name(c.Class)), rate, text(word(unitNames(), s.Unit)), count(s.Units), money(s.Amount), text(s.Row)); err != nil {
				return err
			}
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) shares(r fund.Requested) error {
	if err := m.book.start(Table{"分级负担", []Column{{Title: "级次", Width: 16}, {Title: "比例", Width: 14}, {Title: "金额", Form: Money, Width: 15, Sum: true}}}); err != nil {
		return err
	}
	var all int64
	for _, s := range r.Shares {
		all += s.Weight
	}
	for _, s := range r.Shares {
		part := strconv.FormatInt(s.Weight, 10) + "/" + strconv.FormatInt(all, 10)
		if err := m.book.row(text(word(levels(), s.Level)), text(part), money(s.Amount)); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}
