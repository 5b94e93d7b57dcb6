package api

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/projections"
)

// officeView is one office as it is now.
type officeView struct {
	Office     string        `json:"office"`
	Level      string        `json:"level"`
	Department string        `json:"department,omitempty"`
	Area       string        `json:"area"`
	Name       string        `json:"name"`
	Parent     string        `json:"parent,omitempty"`
	Villages   []villageView `json:"villages"`
	Closed     bool          `json:"closed"`
	Into       string        `json:"into,omitempty"` // the office that goes on after it
}

type villageView struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func viewOffice(o projections.Office) officeView {
	v := officeView{
		Office: o.Office, Level: string(o.Level), Department: o.Department, Area: string(o.Area), Name: o.Name, Parent: o.Parent,
		Villages: make([]villageView, len(o.Villages)), Closed: o.ClosedAt >= 0, Into: o.Into,
	}
	for i, village := range o.Villages {
		v.Villages[i] = villageView{string(village.Code), village.Name}
	}
	return v
}

// listed is a list that is answered whole.
type listed[T any] struct {
	Items []T `json:"items"`
}

// listOffices lists every office.
func (s *Server) listOffices(ctx context.Context, _ *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.Offices(ctx)
	if err != nil {
		return response{}, err
	}
	items := make([]officeView, len(all))
	for i, o := range all {
		items[i] = viewOffice(o)
	}
	return response{Body: listed[officeView]{items}, LogIndex: at}, nil
}

// getOffice shows one office.
func (s *Server) getOffice(ctx context.Context, r *request) (response, error) {
	revision, err := s.revision(ctx, office.Stream(r.path("id"))) // before the read models, which may know more by then
	if err != nil {
		return response{}, fmt.Errorf("revision of office %s: %w", r.path("id"), err)
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.Offices(ctx)
	if err != nil {
		return response{}, err
	}
	for _, o := range all {
		if o.Office == r.path("id") {
			return response{Body: viewOffice(o), ETag: etag(revision), LogIndex: at}, nil
		}
	}
	return response{}, refuse(domain.NotFound, "office.unknown", "there is no office %.60q", r.path("id")).WithNext("list the offices, and copy the id")
}

// officerView is one officer as they are now. Names and posts of officers are duty data.
type officerView struct {
	Officer    string         `json:"officer"`
	Name       string         `json:"name"`
	Post       string         `json:"post"`
	Left       bool           `json:"left"`
	Capacities []capacityView `json:"capacities"`
	Keys       []keyView      `json:"keys"`
}

type capacityView struct {
	Capacity string `json:"capacity"`
	Office   string `json:"office"`
	Area     string `json:"area"`
	From     string `json:"from"`
	Until    string `json:"until,omitempty"`
}

type keyView struct {
	Key     string `json:"key"`
	Alg     string `json:"alg"`
	Custody string `json:"custody"`
	Public  string `json:"public"`
	Revoked bool   `json:"revoked"`
}

func viewOfficer(o officer.State) officerView {
	v := officerView{Officer: o.Officer, Name: o.Name, Post: o.Post, Left: o.Left, Capacities: make([]capacityView, len(o.Capacities)), Keys: make([]keyView, len(o.Keys))}
	for i, h := range o.Capacities {
		v.Capacities[i] = capacityView{h.Capacity, h.Office, string(h.Area), h.From.String(), dayText(h.Until)}
	}
	for i, k := range o.Keys {
		v.Keys[i] = keyView{k.Key, string(k.Alg), string(k.Custody), k.Public, k.RevokedRev != 0}
	}
	return v
}

// dayText writes a day; an absent one is empty.
func dayText(d domain.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// periodText writes a period; an absent one is empty.
func periodText(p domain.Period) string {
	if p.IsZero() {
		return ""
	}
	return p.String()
}

// listOfficers lists every officer, those who left too.
func (s *Server) listOfficers(ctx context.Context, _ *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.Officers(ctx)
	if err != nil {
		return response{}, err
	}
	items := make([]officerView, len(all))
	for i, o := range all {
		items[i] = viewOfficer(o)
	}
	return response{Body: listed[officerView]{items}, LogIndex: at}, nil
}

// getOfficer shows one officer; "me" is the caller.
func (s *Server) getOfficer(ctx context.Context, r *request) (response, error) {
	id := r.path("id")
	if id == "me" {
		id = r.officer.Officer
	}
	revision, err := s.revision(ctx, officer.Stream(id)) // before the read models, which may know more by then
	if err != nil {
		return response{}, fmt.Errorf("revision of officer %s: %w", id, err)
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, o, err := s.views.Officer(ctx, id)
	if err != nil {
		return response{}, err
	}
	return response{Body: viewOfficer(o), ETag: etag(revision), LogIndex: at}, nil
}
