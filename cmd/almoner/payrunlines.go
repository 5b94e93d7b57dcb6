package main

import (
	"io"
	"strings"

	"almoner/projections"
)

type payrunLines struct {
	ID    string `arg:"" help:"批次编号|id of the run"`
	After int    `help:"从这一行之后|after this line" default:"0"`
	Limit int    `help:"最多几行，0 为全部|at most so many, 0 for all" default:"0"`
	Names bool   `help:"带姓名（打码）|with names, masked"`
}

// lineJSON is one line, in yuan.
type lineJSON struct {
	Line      int        `json:"line"`
	PayRef    string     `json:"payRef"`
	Person    string     `json:"person"`
	Name      string     `json:"name,omitempty"` // masked
	Village   string     `json:"village"`
	Class     string     `json:"class"`
	Household string     `json:"household,omitempty"`
	Due       string     `json:"due"`
	Arrears   string     `json:"arrears"`
	Deducted  string     `json:"deducted"`
	Net       string     `json:"net"`
	Items     []itemJSON `json:"items"`
	Standing  bool       `json:"standing"`
	Stopped   string     `json:"stopped,omitempty"`
}

type itemJSON struct {
	Unit   string `json:"unit"`
	Kind   string `json:"kind"`
	Amount string `json:"amount"`
}

type linesJSON struct {
	LogIndex int64      `json:"logIndex"`
	Run      string     `json:"run"`
	Round    int        `json:"round"`
	Lines    []lineJSON `json:"lines"`
	Next     int        `json:"next,omitempty"` // --after of the next page
}

// Run lists the lines of the last round.
func (c *payrunLines) Run(a *app) error {
	return a.with(func(s *session) error {
		page, err := s.views.PayrunLines(a.ctx, c.ID, c.After, c.Limit)
		if err != nil {
			return err
		}
		out := linesJSON{LogIndex: page.LogIndex, Run: c.ID, Round: page.Round, Lines: []lineJSON{}, Next: page.Next}
		for _, l := range page.Lines {
			line := shownLine(l)
			if c.Names {
				if line.Name, err = s.maskedName(a.ctx, line.Person); err != nil {
					return err
				}
			}
			out.Lines = append(out.Lines, line)
		}
		return a.print(out, func(w io.Writer) { writeLines(w, a, out) })
	})
}

func shownLine(l projections.PayrunLine) lineJSON {
	out := lineJSON{
		Line: l.Line.Line, PayRef: l.PayRef, Person: l.Person, Village: string(l.Village), Class: l.Class, Household: l.Household,
		Due: l.Draw.Due.String(), Arrears: l.Draw.Arrears.String(), Deducted: l.Draw.Deducted.String(), Net: l.Draw.Net.String(), Standing: l.Standing, Stopped: l.Stopped,
		Items: []itemJSON{},
	}
	for _, i := range l.Draw.Items {
		out.Items = append(out.Items, itemJSON{Unit: i.Unit.String(), Kind: string(i.Kind), Amount: i.Amount.String()})
	}
	return out
}

// unitsOf names the units of a line, those of one kind that follow each other by the first and the last.
func unitsOf(items []itemJSON) string {
	var parts []string
	for start := 0; start < len(items); {
		end := start
		for end+1 < len(items) && items[end+1].Kind == items[start].Kind {
			end++
		}
		part := items[start].Unit
		if end > start {
			part += "…" + items[end].Unit
		}
		parts = append(parts, part+":"+items[start].Kind)
		start = end + 1
	}
	return strings.Join(parts, " ")
}

func writeLines(w io.Writer, a *app, out linesJSON) {
	t := table{heading: a.header("行|line", "付款码|pay ref", "村居|village", "对象|person", "姓名|name", "类别|class", "应发|due", "补发|arrears", "扣减|deducted", "实发|net", "单元|units", "止付|stopped"),
		right: []int{0, 6, 7, 8, 9}}
	for _, l := range out.Lines {
		t.add(count(l.Line), l.PayRef, l.Village, l.Person, l.Name, l.Class, l.Due, l.Arrears, l.Deducted, l.Net, unitsOf(l.Items), l.Stopped)
	}
	t.write(w)
	if out.Next > 0 {
		a.say("后面还有：--after %d", "there is more: --after %d", out.Next)
	}
}

type payrunHeld struct {
	ID string `arg:"" help:"批次编号|id of the run"`
}

type heldJSON struct {
	LogIndex int64          `json:"logIndex"`
	Run      string         `json:"run"`
	Round    int            `json:"round"`
	Held     []heldLineJSON `json:"held"`
}

type heldLineJSON struct {
	Person    string `json:"person"`
	Enrolment string `json:"enrolment,omitempty"`
	Grant     string `json:"grant,omitempty"`
	Village   string `json:"village"`
	Reason    string `json:"reason"`
	Amount    string `json:"amount"`
}

// Run lists who is held.
func (c *payrunHeld) Run(a *app) error {
	return a.with(func(s *session) error {
		held, err := s.views.PayrunHeld(a.ctx, c.ID)
		if err != nil {
			return err
		}
		out := heldJSON{LogIndex: held.LogIndex, Run: c.ID, Round: held.Round, Held: []heldLineJSON{}}
		t := table{heading: a.header("村居|village", "对象|person", "原因|reason", "金额|amount"), right: []int{3}}
		for _, l := range held.Lines {
			out.Held = append(out.Held, heldLineJSON{Person: l.Person, Enrolment: l.Enrolment, Grant: l.Grant, Village: string(l.Village), Reason: string(l.Reason), Amount: l.Amount.String()})
			t.add(string(l.Village), l.Person, string(l.Reason), l.Amount.String())
		}
		return a.print(out, t.write)
	})
}
