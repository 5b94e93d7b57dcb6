package office

import (
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// State is an office as the ledger knows it. It shares nothing it may write to.
type State struct {
	Office     string        `json:"office"` // empty before it was opened
	Level      signoff.Level `json:"level"`
	Department string        `json:"department,omitempty"`
	Parent     string        `json:"parent,omitempty"`
	Versions   []Version     `json:"versions,omitempty"` // by first day
	ClosedFrom domain.Date   `json:"closedFrom,omitzero"`
	Into       string        `json:"into,omitempty"` // the office that goes on
}

// Version is what an office was from a day on.
type Version struct {
	From     domain.Date     `json:"from"`
	Name     string          `json:"name"`
	Area     domain.AreaCode `json:"area"`
	Villages []Village       `json:"villages,omitempty"`
}

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Opened:
		s.Office, s.Level, s.Department, s.Parent = e.Office, e.Level, e.Department, e.Parent
		s = s.with(Version{From: f.On, Name: e.Name, Area: e.Area, Villages: e.Villages})
	case Changed:
		s = s.with(Version{From: f.On, Name: e.Name, Area: e.Area, Villages: e.Villages})
	case Closed:
		s.ClosedFrom, s.Into = f.On, e.Into
	}
	return s
}

// with adds a version; one of the same first day gives way.
func (s State) with(v Version) State {
	v.Villages = slices.Clone(v.Villages)
	at, found := slices.BinarySearchFunc(s.Versions, v.From, func(old Version, day domain.Date) int { return old.From.Compare(day) })
	s.Versions = slices.Clone(s.Versions)
	if found {
		s.Versions[at] = v
	} else {
		s.Versions = slices.Insert(s.Versions, at, v)
	}
	return s
}

// On is what the office was on a day; ok is false before it opened and from the day of closing on.
func (s State) On(day domain.Date) (v Version, ok bool) {
	if s.closedOn(day) {
		return Version{}, false
	}
	for _, v := range slices.Backward(s.Versions) {
		if !v.From.After(day) {
			return v, true
		}
	}
	return Version{}, false
}

func (s State) closedOn(day domain.Date) bool {
	return !s.ClosedFrom.IsZero() && !day.Before(s.ClosedFrom)
}
