package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"almoner/domain/change"
	"almoner/domain/codec"
)

// changeView is one proposed change with names and numbers masked. Clear is what officers sign of it: no personal data.
type changeView struct {
	Person  string          `json:"person"`
	Name    string          `json:"name,omitempty"`   // masked
	Number  string          `json:"number,omitempty"` // masked
	Village string          `json:"village"`
	Clear   json.RawMessage `json:"clear"`
}

func viewChange(c change.Change) (changeView, error) {
	clear, err := codec.Marshal(c)
	if err != nil {
		return changeView{}, fmt.Errorf("change of %s: %w", c.Person, err)
	}
	v := changeView{Person: c.Person, Village: string(c.Village), Clear: clear}
	if c.Private != nil && c.Private.Identity != nil {
		v.Name, v.Number = c.Private.Identity.Name.String(), c.Private.Identity.Number.String()
	}
	return v, nil
}

// rowView is one accepted row as it is stored and signed.
type rowView struct {
	Row      int           `json:"row"`
	Sheet    string        `json:"sheet,omitempty"`
	Warnings []string      `json:"warnings"` // rule ids
	Notes    []fileProblem `json:"notes"`    // the warnings as the dry run told them
	Leaf     string        `json:"leaf"`
	changeView
}

// importOf refuses an import that the caller is not responsible for.
func (s *Server) importOf(ctx context.Context, r *request) error {
	i, err := s.ledger.Import(ctx, r.path("id"))
	if err != nil {
		return err
	}
	return s.within(ctx, r, i.Opened.Office)
}

// listRows lists accepted rows of a scope, in the order of the file.
func (s *Server) listRows(ctx context.Context, r *request) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.importOf(ctx, r); err != nil {
		return response{}, err
	}
	items, n, next := []rowView{}, int64(0), ""
	for row, err := range s.ledger.Rows(ctx, r.path("id"), r.query.Get("scope")) {
		if err != nil {
			return response{}, err
		}
		if n++; n <= after {
			continue
		}
		if len(items) == limit {
			next = strconv.FormatInt(n-1, 10)
			break
		}
		v, err := viewChange(row.Change)
		if err != nil {
			return response{}, err
		}
		items = append(items, rowView{row.Row, row.Sheet, append([]string{}, row.Warnings...), fileProblems(row.Notes), fmt.Sprintf("%x", row.Leaf[:]), v})
	}
	return response{Body: listed[rowView]{items}, Next: r.next(r.query, next)}, nil
}

// refusedRow is one row that was not taken in. Its cells are personal data and stay sealed.
type refusedRow struct {
	Row      int           `json:"row"`
	Sheet    string        `json:"sheet,omitempty"`
	Rules    []string      `json:"rules"`
	Problems []fileProblem `json:"problems"`       // as the dry run tells them, warnings too
	More     int           `json:"more,omitempty"` // problems beyond those kept
}

// listRefusedRows lists the rows that were refused, in the order of the file.
func (s *Server) listRefusedRows(ctx context.Context, r *request) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.importOf(ctx, r); err != nil {
		return response{}, err
	}
	items, n, next := []refusedRow{}, int64(0), ""
	for row, err := range s.ledger.RefusedRows(ctx, r.path("id")) {
		if err != nil {
			return response{}, err
		}
		if n++; n <= after {
			continue
		}
		if len(items) == limit {
			next = strconv.FormatInt(n-1, 10)
			break
		}
		items = append(items, refusedRow{row.Row, row.Sheet, append([]string{}, row.Rules...), fileProblems(row.Problems), row.More})
	}
	return response{Body: listed[refusedRow]{items}, Next: r.next(r.query, next)}, nil
}
