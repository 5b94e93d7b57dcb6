package main

import (
	"fmt"
	"io"
	"strings"

	"almoner/ledger"
)

type importRows struct {
	ID      string `arg:"" help:"导入编号|id of the import"`
	Scope   string `help:"whole 或村居代码|whole, or a village's code" default:"whole"`
	Refused bool   `help:"看不收的行|the refused rows instead"`
}

type rowJSON struct {
	Row       int      `json:"row"`
	Sheet     string   `json:"sheet,omitempty"`
	Person    string   `json:"person,omitempty"`
	Name      string   `json:"name,omitempty"` // masked
	Village   string   `json:"village,omitempty"`
	Change    string   `json:"change,omitempty"`
	Class     string   `json:"class,omitempty"`
	FirstUnit string   `json:"firstUnit,omitempty"`
	Until     string   `json:"until,omitempty"`
	LastUnit  string   `json:"lastUnit,omitempty"`
	Amount    string   `json:"amount,omitempty"`
	Warnings  []string `json:"warnings,omitempty"` // rule ids
	Rules     []string `json:"rules,omitempty"`

	Problems []problemJSON `json:"problems,omitempty"` // of a refused row, or the warnings of one that was taken in
	More     int           `json:"more,omitempty"`     // problems beyond those kept
}

// Run lists rows as they are stored and signed.
func (c *importRows) Run(a *app) error {
	return a.with(func(s *session) error {
		if _, err := s.ledger.Import(a.ctx, c.ID); err != nil {
			return err
		}
		rows, err := c.rows(a, s)
		if err != nil {
			return err
		}
		return a.print(rows, func(w io.Writer) {
			if c.Refused {
				writeRefused(w, rows)
				return
			}
			t := table{heading: a.header("行|row", "对象|person", "姓名|name", "村居|village", "事项|change", "类别|class", "起领|first", "止于|until", "末单元|last", "金额|amount", "提醒|notes"), right: []int{0, 9}}
			for _, r := range rows {
				t.add(count(r.Row), r.Person, r.Name, r.Village, r.Change, r.Class, r.FirstUnit, r.Until, r.LastUnit, r.Amount, strings.Join(r.Warnings, " "))
			}
			t.write(w)
			for _, r := range rows {
				writeProblems(w, r.Problems, r.More)
			}
		})
	})
}

func (c *importRows) rows(a *app, s *session) ([]rowJSON, error) {
	rows := []rowJSON{}
	if c.Refused {
		for r, err := range s.ledger.RefusedRows(a.ctx, c.ID) {
			if err != nil {
				return nil, err
			}
			rows = append(rows, rowJSON{Row: r.Row, Sheet: r.Sheet, Rules: r.Rules, Problems: shownProblems(r.Problems), More: r.More})
		}
		return rows, nil
	}
	for r, err := range s.ledger.Rows(a.ctx, c.ID, c.Scope) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, shownRow(r))
	}
	return rows, nil
}

// writeRefused tells of refused rows what the dry run told. Of a row whose notes cannot be opened any more the rules are left.
func writeRefused(w io.Writer, rows []rowJSON) {
	for _, r := range rows {
		if len(r.Problems) == 0 {
			fmt.Fprintf(w, "  %d  %s\n", r.Row, strings.Join(r.Rules, " "))
		}
		writeProblems(w, r.Problems, r.More)
	}
}

func shownRow(r ledger.ImportRow) rowJSON {
	out := rowJSON{Row: r.Row, Sheet: r.Sheet, Person: r.Change.Person, Village: string(r.Change.Village), Change: string(r.Change.Kind), Warnings: r.Warnings, Problems: shownProblems(r.Notes)}
	if p := r.Change.Private; p != nil && p.Identity != nil {
		out.Name = p.Identity.Name.String()
	}
	switch x := r.Change; {
	case x.Admission != nil:
		out.FirstUnit, out.Until = x.Admission.FirstUnit.String(), x.Admission.Until.String()
		if len(x.Admission.Classes) > 0 {
			out.Class = x.Admission.Classes[0].Key.String()
		}
	case x.Exit != nil:
		out.LastUnit = x.Exit.LastUnit.String()
	case x.Grant != nil:
		out.Amount = x.Grant.Amount.String()
	}
	return out
}
