// Package access holds the trace that unmasked reads leave, one stream an office and day.
package access

import "almoner/domain"

// Stream is the stream of one office's unmasked reads on one day.
func Stream(office string, day domain.Date) string { return "access-" + office + "-" + day.String() }

// Unmasked says that an officer saw personal data in clear, of whom, where and why.
type Unmasked struct {
	People  int      `json:"people"`
	Persons []string `json:"persons,omitempty"` // the first hundred
	Purpose string   `json:"purpose"`           // closed code
	View    string   `json:"view"`              // "roll", "person", "export"
}

// EventType is the stored name.
func (Unmasked) EventType() string { return "access.unmasked" }
