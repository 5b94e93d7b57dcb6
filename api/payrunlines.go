package api

import (
	"context"
	"strconv"

	"almoner/projections"
)

// lineView is one line with the draw behind it.
type lineView struct {
	Line      int        `json:"line"`
	Person    string     `json:"person"`
	Name      string     `json:"name,omitempty"` // masked, where names are asked for
	Village   string     `json:"village"`
	Enrolment string     `json:"enrolment,omitempty"`
	Grant     string     `json:"grant,omitempty"`
	Class     string     `json:"class"`
	Household string     `json:"household,omitempty"`
	PayRef    string     `json:"payRef"`
	Relation  string     `json:"relation"`
	Due       money      `json:"due"`       // 应发
	Arrears   money      `json:"arrears"`   // 补发
	Deducted  money      `json:"deducted"`  // 扣减 ≤ 0
	CarriedIn money      `json:"carriedIn"` // ≤ 0
	Carried   money      `json:"carried"`   // ≤ 0
	Recovered money      `json:"recovered"` // ≤ 0
	Net       money      `json:"net"`       // 实发
	Items     []itemView `json:"items"`
	Leaf      string     `json:"leaf"`
	Standing  bool       `json:"standing"`
	Stopped   string     `json:"stopped,omitempty"` // reason of the stop
}

type itemView struct {
	Unit   string `json:"unit"`
	Kind   string `json:"kind"`
	Row    string `json:"row"` // of the rate table
	Amount money  `json:"amount"`
}

func viewLine(l projections.PayrunLine) lineView {
	d := l.Draw
	v := lineView{
		Line: l.Line.Line, Person: l.Person, Village: string(l.Village), Enrolment: d.Enrolment, Grant: d.Grant, Class: l.Class, Household: l.Household,
		PayRef: l.PayRef, Relation: d.Relation, Due: d.Due, Arrears: d.Arrears, Deducted: d.Deducted, CarriedIn: d.CarriedIn, Carried: d.Carried,
		Recovered: d.Recovered, Net: d.Net, Items: make([]itemView, len(d.Items)), Leaf: l.Leaf, Standing: l.Standing, Stopped: l.Stopped,
	}
	for i, item := range d.Items {
		v.Items[i] = itemView{periodText(item.Unit), string(item.Kind), item.Row, item.Amount}
	}
	return v
}

// roundList is a page of a run's round.
type roundList[T any] struct {
	Round int `json:"round"`
	Items []T `json:"items"`
}

// listLines lists a run's lines in line order.
func (s *Server) listLines(ctx context.Context, r *request) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	names, err := r.flag("names")
	if err != nil {
		return response{}, err
	}
	if names {
		run, err := s.ledger.Payrun(ctx, r.path("id"))
		if err != nil {
			return response{}, err
		}
		if err := s.within(ctx, r, run.Opened.Office); err != nil {
			return response{}, err
		}
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	page, err := s.views.PayrunLines(ctx, r.path("id"), int(after), limit)
	if err != nil {
		return response{}, err
	}
	items := make([]lineView, len(page.Lines))
	for i, l := range page.Lines {
		items[i] = viewLine(l)
		if names {
			if items[i].Name, err = s.maskedName(ctx, l.Person); err != nil {
				return response{}, err
			}
		}
	}
	next := ""
	if page.Next > 0 {
		next = r.next(r.query, strconv.Itoa(page.Next))
	}
	return response{Body: roundList[lineView]{page.Round, items}, Next: next, LogIndex: page.LogIndex}, nil
}

// heldView is who gets no line, and why (缓发).
type heldView struct {
	Person    string `json:"person"`
	Village   string `json:"village"`
	Enrolment string `json:"enrolment,omitempty"`
	Grant     string `json:"grant,omitempty"`
	Reason    string `json:"reason"`
	Amount    money  `json:"amount"` // what would be due
}

// listHeld lists who gets no line in a run.
func (s *Server) listHeld(ctx context.Context, r *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	held, err := s.views.PayrunHeld(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	items := make([]heldView, len(held.Lines))
	for i, h := range held.Lines {
		items[i] = heldView{h.Person, string(h.Village), h.Enrolment, h.Grant, string(h.Reason), h.Amount}
	}
	return response{Body: roundList[heldView]{held.Round, items}, LogIndex: held.LogIndex}, nil
}
