package cases

import (
	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

// Stream is the stream of one case.
func Stream(id string) string { return "case-" + id }

// Opened starts a case: the change it proposes, and the chain that must sign it, fixed now.
type Opened struct {
	Case     string         `json:"case"`
	Chain    []signoff.Step `json:"chain"`
	Change   change.Change  `json:"change"`
	Office   string         `json:"office"`
	Rulebook string         `json:"rulebook"`
}

// Revised replaces the change after the case was sent back.
type Revised struct {
	Case   string        `json:"case"`
	Change change.Change `json:"change"`
}

// Submitted is the handler's signature over the change: it starts a round.
type Submitted struct {
	Case string `json:"case"`
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Case   string         `json:"case"`
	Signed signoff.Signed `json:"signed"`
}

// SentBack returns the case to the step that owns the data (补正).
type SentBack struct {
	Case string `json:"case"`
	signoff.Returned
}

// Withdrawn ends the case before its last signature.
type Withdrawn struct {
	Case   string `json:"case"`
	Reason string `json:"reason"`
}

// Decided is the intent of the effects: the last step has signed (agreed), or the case was refused.
type Decided struct {
	Case      string      `json:"case"`
	DecidedOn domain.Date `json:"decidedOn"`
	Outcome   string      `json:"outcome"` // "agreed", "refused"
}

// Applied ends the case: its effects stand in the person's stream. Failed names the rule that stopped them.
type Applied struct {
	Case   string `json:"case"`
	Failed string `json:"failed,omitempty"` // rule id
}

// The stored names.
func (Opened) EventType() string    { return "case.opened" }
func (Revised) EventType() string   { return "case.revised" }
func (Submitted) EventType() string { return "case.submitted" }
func (SignedOff) EventType() string { return "case.signed-off" }
func (SentBack) EventType() string  { return "case.sent-back" }
func (Withdrawn) EventType() string { return "case.withdrawn" }
func (Decided) EventType() string   { return "case.decided" }
func (Applied) EventType() string   { return "case.applied" }
