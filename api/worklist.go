package api

import (
	"context"

	"almoner/ledger"
	"almoner/projections"
)

// workItem is something that waits for the caller.
type workItem struct {
	Subject   string   `json:"subject"` // "payrun:ID"
	Kind      string   `json:"kind"`
	ID        string   `json:"id"`
	Office    string   `json:"office"`
	Programme string   `json:"programme,omitempty"`
	Person    string   `json:"person,omitempty"` // of a returned line
	Change    string   `json:"change,omitempty"` // of a case
	Status    string   `json:"status"`
	Action    string   `json:"action"` // "submit" or "sign-off", as GET /v1/statements takes it, "withdraw" or "correct-account"
	Capacity  string   `json:"capacity"`
	For       string   `json:"for"`    // office the capacity is held for
	Scopes    []string `json:"scopes"` // that it may sign
	ChangedAt int64    `json:"changedAt"`
}

// getWorkList lists what waits for the caller, in all capacities they hold or in those that the headers leave.
func (s *Server) getWorkList(ctx context.Context, r *request) (response, error) {
	office, capacity := r.header.Get(officeHeader), r.header.Get(capacityHeader)
	var capacities []projections.Capacity
	for _, h := range s.held(r.officer) {
		if (office == "" || office == h.Office) && (capacity == "" || capacity == h.Capacity) {
			capacities = append(capacities, projections.Capacity{Capacity: h.Capacity, Office: h.Office, Area: h.Area})
		}
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	list, err := s.views.WorkList(ctx, capacities)
	if err != nil {
		return response{}, err
	}
	items := make([]workItem, len(list.Items))
	for i, x := range list.Items {
		action := x.Action
		if action == "sign" {
			action = actionSignOff
		}
		subject := ledger.Subject{Kind: ledger.SubjectKind(x.Kind), ID: x.ID}
		person := ""
		if x.Kind == projections.ReturnedLine {
			person = x.Person
		}
		items[i] = workItem{
			nameOf(subject), string(x.Kind), x.ID, x.Office, x.Programme, person, x.Change, x.Status, action, x.Capacity.Capacity, x.Capacity.Office,
			append([]string{}, x.Scopes...), x.ChangedAt,
		}
	}
	return response{Body: listed[workItem]{items}, LogIndex: list.LogIndex}, nil
}
