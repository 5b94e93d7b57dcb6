package office

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one office.
func Stream(office string) string { return "office-" + office }

// Opened brings an office into the ledger: a village committee, a town, a county bureau, a finance office.
type Opened struct {
	Area       domain.AreaCode `json:"area"`                 // what it is responsible for; areas below share the prefix
	Department string          `json:"department,omitempty"` // closed code, "family-planning"
	Grant      signoff.Grant   `json:"grant"`
	Level      signoff.Level   `json:"level"`
	Name       string          `json:"name"`
	Office     string          `json:"office"`
	Parent     string          `json:"parent,omitempty"`
	Villages   []Village       `json:"villages,omitempty"` // the villages of a town, by code
}

// Village is a section of a town's lists.
type Village struct {
	Code domain.AreaCode `json:"code"` // 12 digits
	Name string          `json:"name"`
}

// Changed replaces name, area or villages from the effective day: mergers and splits.
type Changed struct {
	Area     domain.AreaCode `json:"area"`
	Grant    signoff.Grant   `json:"grant"`
	Name     string          `json:"name"`
	Office   string          `json:"office"`
	Villages []Village       `json:"villages,omitempty"`
}

// Closed ends an office from the effective day.
type Closed struct {
	Grant  signoff.Grant `json:"grant"`
	Into   string        `json:"into,omitempty"` // the office that goes on
	Office string        `json:"office"`
}

// The stored names.
func (Opened) EventType() string  { return "office.opened" }
func (Changed) EventType() string { return "office.changed" }
func (Closed) EventType() string  { return "office.closed" }
