package reports

import (
	"cmp"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/rulebook"
	"almoner/projections"
)

// wait is one stretch that somebody waited for the offices.
type wait struct {
	person    string
	revision  int64
	village   domain.AreaCode
	from, to  domain.Date // to is zero while it lasts
	days      int         // to the position's day while it lasts
	about     string
	event     string // that ended it; empty where a day is known without
	stillOpen bool
}

// measure is one question of the report with its waits.
type measure struct {
	title, from, to string
	waits           []wait
}

// Spread is how waits spread, in days: percentiles by nearest rank, so that each is a wait that somebody had.
type Spread struct {
	N, Median, P90, Max int
}

// SpreadOf sums up days.
func SpreadOf(days []int) Spread {
	if len(days) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(days))
	rank := func(percent int) int { return sorted[max(1, (percent*len(sorted)+99)/100)-1] }
	return Spread{N: len(days), Median: rank(50), P90: rank(90), Max: sorted[len(sorted)-1]}
}

// timeliness makes 时效表. A wait belongs to the period in which it ended; one that lasts belongs to every period that has
// begun when it began or after, up to the position.
func (m *making) timeliness() error {
	measures, err := m.measures()
	if err != nil {
		return err
	}
	period := "全部"
	if !m.req.Period.IsZero() {
		period = m.req.Period.String()
	}
	today := domain.DateOf(m.at)
	if err := m.head(true, "单位", m.office(m.req.Office), "项目", m.req.Programme, "期间（按办结日）", period, "未办结的计到", today.String()); err != nil {
		return err
	}
	for i := range measures {
		measures[i].waits = m.within(measures[i].waits, today)
	}
	if err := m.spreads(measures); err != nil {
		return err
	}
	for _, x := range measures {
		if err := m.waits(x); err != nil {
			return err
		}
	}
	m.book.note("首次发放自符合条件之月首日起计（具体日期属个人信息，不入账），到银行入账日止；分位数取最近名次。")
	m.book.note("未办结的不计入中位数、九成位和最长，列于明细，天数计到日志末条当日。")
	return nil
}

// within keeps the waits that ended in the request's period or last, counts their days, and orders them: longest first.
func (m *making) within(all []wait, today domain.Date) []wait {
	var out []wait
	for _, w := range all {
		w.stillOpen = w.to.IsZero()
		end := w.to
		if w.stillOpen {
			end = today
		}
		in := m.req.Period.IsZero() || m.req.Period.ContainsDate(w.to) || w.stillOpen && !w.from.After(m.req.Period.Last())
		if !in {
			continue
		}
		w.days = w.from.DaysUntil(end)
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b wait) int {
		return cmp.Or(cmp.Compare(b.days, a.days), cmp.Compare(a.village, b.village), cmp.Compare(a.person, b.person), cmp.Compare(a.about, b.about))
	})
	return out
}

func (m *making) spreads(all []measure) error {
	if err := m.book.start(Table{"时效", []Column{
		{Title: "项目", Width: 22}, {Title: "起", Width: 16}, {Title: "止", Width: 16}, {Title: "办结", Form: Count, Width: 8}, {Title: "未办结", Form: Count, Width: 8}, {Title: "中位数（天）", Form: Count, Width: 12},
		{Title: "九成位（天）", Form: Count, Width: 12}, {Title: "最长（天）", Form: Count, Width: 12},
	}}); err != nil {
		return err
	}
	for _, x := range all {
		var days []int
		for _, w := range x.waits {
			if !w.stillOpen {
				days = append(days, w.days)
			}
		}
		s, cells := SpreadOf(days), []Cell{text(x.title), text(x.from), text(x.to), count(len(days)), count(len(x.waits) - len(days))}
		if s.N == 0 {
			cells = append(cells, blank(Count), blank(Count), blank(Count))
		} else {
			cells = append(cells, count(s.Median), count(s.P90), count(s.Max))
		}
		if err := m.book.row(cells...); err != nil {
			return err
		}
	}
	_, err := m.book.end()
	return err
}

func (m *making) waits(x measure) error {
	if err := m.book.start(Table{x.title, []Column{
		{Title: "序号", Form: Count, Width: 6}, {Title: "村居", Width: 14}, {Title: "姓名", Width: 12}, {Title: x.from, Width: 14}, {Title: x.to, Width: 14}, {Title: "天数", Form: Count, Width: 8},
		{Title: "状态", Width: 9}, {Title: "说明", Width: 30},
	}}); err != nil {
		return err
	}
	n := 0
	for part := range slices.Chunk(x.waits, batch) {
		sights := make([]beneficiary.Sight, len(part))
		for i, w := range part {
			sights[i] = beneficiary.Sight{Person: w.person, Through: w.revision}
		}
		people, err := m.open(sights)
		if err != nil {
			return err
		}
		for i, w := range part {
			n++
			state := "已办结"
			if w.stillOpen {
				state = "未办结"
			}
			if err := m.book.row(count(n), text(m.village(w.village)), text(people[i].Name), text(w.from.String()), text(w.to.String()), count(w.days), text(state), text(w.about)); err != nil {
				return err
			}
		}
	}
	_, err := m.book.end()
	return err
}

// paid is when a draw's money first was with its payee, and when it came back.
type paid struct{ settled, returned domain.Date }

// measures collects the waits of all three questions.
func (m *making) measures() ([]measure, error) {
	first := measure{title: "符合条件到首次发放", from: "符合条件之月", to: "首次到账"}
	reported := measure{title: "死亡到报告", from: "死亡日期", to: "报告日期"}
	stopped := measure{title: "死亡到停发", from: "死亡日期", to: "停发入账"}
	again := measure{title: "退票到重付", from: "退票日期", to: "重付到账"}
	draws, err := m.paidDays()
	if err != nil {
		return nil, err
	}
	err = m.eachEnrolment(func(person string, revision int64, s beneficiary.State, e beneficiary.Enrolment) {
		w := wait{person: person, revision: revision, village: place(e).Village}
		if w, ok := firstPayment(w, s, e, draws); ok {
			first.waits = append(first.waits, w)
		}
		if died, told, ok := death(s, e); ok {
			w.from, w.to = died, told
			reported.waits = append(reported.waits, w)
			w.to, w.about = domain.Date{}, ""
			if e.Exit != nil {
				w.event = e.Exit.Event
			}
			stopped.waits = append(stopped.waits, w)
		}
	})
	if err != nil {
		return nil, err
	}
	for i, w := range stopped.waits {
		if w.event == "" {
			continue // dead, and still enrolled
		}
		entry, err := m.views.Event(m.ctx, w.event)
		if err != nil {
			return nil, err
		}
		stopped.waits[i].to, stopped.waits[i].about = domain.DateOf(entry.At), fmt.Sprintf("日志第 %d 条", entry.LogIndex)
	}
	again.waits, err = m.reissues(draws)
	return []measure{first, reported, stopped, again}, err
}

// death is the day on which an enrolled person died and the day on which an office was told: by the death that is recorded
// of them, or by an exit at death where none is. An enrolment that had ended before is nobody's wait.
func death(s beneficiary.State, e beneficiary.Enrolment) (died, told domain.Date, ok bool) {
	died = s.DiedOn
	for _, f := range s.Facts {
		if f.Kind == beneficiary.Death && f.Related == "" {
			told = f.ReportedOn
		}
	}
	if died.IsZero() && e.Exit != nil && (e.Exit.AtDeath != "" || e.Exit.Reason == rulebook.ReasonDead) {
		died, told = e.Exit.OccurredOn, e.Exit.ReportedOn
	}
	ended := e.Exit != nil && e.Exit.OccurredOn.Before(died) || !e.Until.IsZero() && e.Until.Last().Before(died)
	return died, told, !died.IsZero() && !ended
}

// firstPayment is the wait of somebody admitted here until the first money of the enrolment that stayed, or may stay, theirs.
func firstPayment(w wait, s beneficiary.State, e beneficiary.Enrolment, draws map[string]paid) (wait, bool) {
	if e.Origin != beneficiary.DecidedHere || e.QualifiedIn.IsZero() {
		return w, false
	}
	w.from, w.about = e.QualifiedIn.First(), "起发 "+e.FirstUnit.String()
	look := func(draw string) {
		if p := draws[draw]; !p.settled.IsZero() && (w.to.IsZero() || p.settled.Before(w.to)) {
			w.to = p.settled
		}
	}
	for _, d := range s.Draws {
		if d.Enrolment == e.ID {
			look(d.ID)
		}
	}
	if w.to.IsZero() && e.Exit != nil {
		return w, false // ended before anything was paid: nobody waits
	}
	return w, true
}

// paidDays reads when each instructed draw was paid and when it came back.
func (m *making) paidDays() (map[string]paid, error) {
	_, days, err := m.views.BookedDays(m.ctx, m.req.Office, m.req.Programme)
	if err != nil {
		return nil, err
	}
	out := map[string]paid{}
	for _, d := range days { // in order of day
		p := out[d.Draw]
		if d.Settled.Sign() > 0 && p.settled.IsZero() {
			p.settled = d.On
		}
		if d.Returned.Sign() > 0 && p.returned.IsZero() {
			p.returned = d.On
		}
		out[d.Draw] = p
	}
	return out, nil
}

// reissues are the waits from a return to the day on which the money arrived after all: by the line that pays it again, or
// late by the same line.
func (m *making) reissues(draws map[string]paid) ([]wait, error) {
	var lines []projections.InstructedLine
	for cursor := ""; ; {
		got, err := m.views.InstructionLines(m.ctx, projections.InstructionFilter{Office: m.req.Office, Programme: m.req.Programme}, cursor, batch)
		if err != nil {
			return nil, err
		}
		lines = append(lines, got.Lines...)
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	again, listed := map[string]string{}, map[string]bool{} // draw that pays again, by the draw that came back
	for _, l := range lines {
		listed[l.Candidate.Line.Draw] = true
		if l.Again != "" {
			again[l.Again] = l.Candidate.Line.Draw
		}
	}
	var out []wait
	for _, l := range lines {
		draw := l.Candidate.Line.Draw
		p := draws[draw]
		if p.returned.IsZero() || listed[l.Again] {
			continue // paid, or a further attempt: the wait began with the first return
		}
		fold, err := m.views.PersonFold(m.ctx, l.Candidate.Line.Person)
		if err != nil {
			return nil, err
		}
		w := wait{person: l.Candidate.Line.Person, revision: fold.Revision, village: l.Village, from: p.returned, about: "批次 " + l.Candidate.Line.Run + fmt.Sprintf(" 第 %d 行 %s", l.RunLine, l.Reason)}
		for next := draw; next != ""; next = again[next] {
			if q := draws[next]; !q.settled.IsZero() && !q.settled.Before(p.returned) {
				w.to = q.settled
				break
			}
		}
		out = append(out, w)
	}
	return out, nil
}
