// Package lead holds the events of one lead (疑点): a mismatch found by comparing registers. A match is a lead, never a
// decision; a person visits and decides.
//
// Only the events stand here yet; the rules of comparison are the work of the clerk's-year part.
package lead

import "almoner/domain"

// Stream is the stream of one lead.
func Stream(id string) string { return "lead-" + id }

// Raised names the register and the field; both values are sealed under the person's key.
type Raised struct {
	Field    string  `json:"field"`
	Lead     string  `json:"lead"`
	Person   string  `json:"person"`
	Register string  `json:"register"` // closed code, "police", "cremation", "marriage"
	Private  *Values `json:"-" seal:"Person"`
}

// Values is what each side says.
type Values struct {
	Ours   string `json:"ours"`
	Theirs string `json:"theirs"`
}

// Visited is a visit to find out.
type Visited struct {
	Lead     string      `json:"lead"`
	Visitors []string    `json:"visitors"`
	VisitOn  domain.Date `json:"visitOn"`
}

// Confirmed leads to a case; Cleared ends the lead.
type Confirmed struct {
	Case string `json:"case"`
	Lead string `json:"lead"`
}

// Cleared says why it was no mismatch.
type Cleared struct {
	Lead   string `json:"lead"`
	Reason string `json:"reason"`
}

// The stored names.
func (Raised) EventType() string    { return "lead.raised" }
func (Visited) EventType() string   { return "lead.visited" }
func (Confirmed) EventType() string { return "lead.confirmed" }
func (Cleared) EventType() string   { return "lead.cleared" }
