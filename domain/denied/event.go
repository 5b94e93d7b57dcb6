package denied

import "almoner/domain"

// Stream is the stream of one office's refusals on one day.
func Stream(office string, day domain.Date) string { return "denied-" + office + "-" + day.String() }

// Refused records an attempt without authority, or with a bad signature, by a known officer: without its content.
type Refused struct {
	Action  string `json:"action"` // closed code of what was asked, "payrun.sign-off"
	Rule    string `json:"rule"`   // the rule that refused
	Subject string `json:"subject,omitempty"`
}

// Counted stands for refusals beyond the cap of a day: how many more there were.
type Counted struct {
	More int `json:"more"`
}

// The stored names.
func (Refused) EventType() string { return "denied.refused" }
func (Counted) EventType() string { return "denied.counted" }
