package main

import (
	"strings"

	"almoner/projections"
)

type workCmd struct {
	List workList `cmd:"" help:"等我办的事，最久的在前|what waits for the officer, longest first"`
}

type workList struct{}

type workJSON struct {
	LogIndex int64          `json:"logIndex"`
	Officer  string         `json:"officer"`
	Items    []workItemJSON `json:"items"`
}

type workItemJSON struct {
	Kind      string   `json:"kind"`
	ID        string   `json:"id"`
	Office    string   `json:"office"`
	Programme string   `json:"programme"`
	Person    string   `json:"person,omitempty"` // of a returned line, whose account is to be corrected
	Status    string   `json:"status"`
	Action    string   `json:"action"` // "submit", "sign", "withdraw" or "correct-account"
	Capacity  string   `json:"capacity"`
	For       string   `json:"for"` // office acted for
	Scopes    []string `json:"scopes"`
	Barred    bool     `json:"barred,omitempty"` // the person signed another step of it already
}

// Run lists what waits for what the officer holds today.
func (c *workList) Run(a *app) error {
	return a.with(func(s *session) error {
		id, err := a.officerID()
		if err != nil {
			return err
		}
		who, err := s.ledger.Officer(a.ctx, id)
		if err != nil {
			return err
		}
		list, err := a.waiting(s, who)
		if err != nil {
			return err
		}
		out := workJSON{LogIndex: list.LogIndex, Officer: id, Items: []workItemJSON{}}
		t := table{heading: a.header("种类|kind", "编号|id", "单位|office", "项目|programme", "要做|action", "职责|capacity", "范围|scopes")}
		for _, item := range list.Items {
			shown := shownWork(item, who.Person)
			out.Items = append(out.Items, shown)
			t.add(shown.Kind, shown.ID, shown.Office, shown.Programme, shown.Action, shown.Capacity+"@"+shown.For, strings.TrimSpace(strings.Join(shown.Scopes, " ")+" "+shown.Person))
		}
		return a.print(out, t.write)
	})
}

func shownWork(i projections.WorkItem, person string) workItemJSON {
	out := workItemJSON{
		Kind: string(i.Kind), ID: i.ID, Office: i.Office, Programme: i.Programme, Status: i.Status, Action: i.Action, Capacity: i.Capacity.Capacity, For: i.Capacity.Office,
		Scopes: append([]string{}, i.Scopes...),
	}
	if i.Kind == projections.ReturnedLine {
		out.Person = i.Person
	}
	for _, p := range i.Signing.People {
		out.Barred = out.Barred || p.Person == person && p.Step != i.Signing.Step
	}
	return out
}
