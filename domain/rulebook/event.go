package rulebook

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one rulebook: all versions of a programme's rules in a region.
func Stream(id string) string { return "rulebook-" + id }

// Proposed puts a version forward for signature. History carries the rules it was decided by: the bytes stand here.
type Proposed struct {
	Chain    []signoff.Step `json:"chain"`
	Hash     string         `json:"hash"`             // "sha256:" and hex of Source
	Lowers   string         `json:"lowers,omitempty"` // reason, when the version lowers units already drawn
	Rulebook string         `json:"book"`             // id, "rural-reward@320000"; the key "rulebook" is a hash everywhere
	Source   string         `json:"source"`           // the YAML, as written
}

// Submitted, SignedOff and SentBack are the signatures on the version proposed last.
type Submitted struct {
	Rulebook string `json:"book"`
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Rulebook string         `json:"book"`
	Signed   signoff.Signed `json:"signed"`
}

// SentBack returns the proposed version.
type SentBack struct {
	Rulebook string `json:"book"`
	signoff.Returned
}

// Published makes the version the one in force for decisions and runs from this entry on.
type Published struct {
	Hash        string      `json:"hash"`
	PublishedOn domain.Date `json:"publishedOn"`
	Rulebook    string      `json:"book"`
}

// The stored names.
func (Proposed) EventType() string  { return "rulebook.proposed" }
func (Submitted) EventType() string { return "rulebook.submitted" }
func (SignedOff) EventType() string { return "rulebook.signed-off" }
func (SentBack) EventType() string  { return "rulebook.sent-back" }
func (Published) EventType() string { return "rulebook.published" }
