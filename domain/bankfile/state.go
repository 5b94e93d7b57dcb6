package bankfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"almoner/domain"
)

// Status is where a bank file stands.
type Status string

// The statuses, in the order of the lifecycle. The empty status is a file nobody recorded.
const (
	StatusKeeping     Status = "keeping"     // its parts are being kept
	StatusKept        Status = "kept"        // whole; a sent file may leave, a received one be classified
	StatusClassifying Status = "classifying" // some pages are classified
	StatusClassified  Status = "classified"
	StatusRefused     Status = "refused" // a sent file, refused whole by the bank
)

// State is what decisions about a bank file need. It holds counts and sums, never lines, and nothing that is sealed.
type State struct {
	Status   Status        `json:"status"`
	Sent     *Sent         `json:"sent,omitempty"` // one of the two
	Received *Received     `json:"received,omitempty"`
	Parts    int           `json:"parts"` // kept so far
	Refusal  *RefusedWhole `json:"refusal,omitempty"`

	// Of a received file's lines classified so far.
	Pages   int          `json:"pages"`
	Lines   int          `json:"lines"`
	Last    int          `json:"last"` // number of the last line
	Total   domain.Money `json:"total"`
	Classes []ClassSum   `json:"classes,omitempty"` // one for each of Classes
	Page    string       `json:"page,omitempty"`    // digest of the last page: shows that one asked for again is the one that stands
}

// Evolve applies one fact. Facts that are not a bank file's leave the state as it is.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Sent:
		e.Private = nil
		s = State{Status: StatusKeeping, Sent: &e}
	case Received:
		e.Private = nil
		s = State{Status: StatusKeeping, Received: &e, Classes: noClasses()}
	case Part:
		if s.Parts = e.Part; s.Parts >= s.declaredParts() {
			s.Status = StatusKept
			s = s.whenAllClassified()
		}
	case Classified:
		s.Status = StatusClassifying
		s = s.classified(e).whenAllClassified()
	case RefusedWhole:
		s.Status, s.Refusal = StatusRefused, &e
	}
	return s
}

func (s State) classified(e Classified) State {
	s.Pages, s.Page, s.Classes = e.Page, digest(e), slices.Clone(s.Classes)
	for _, l := range e.Lines {
		s.Lines, s.Last, s.Total = s.Lines+1, l.Line, s.Total.Add(l.Amount)
		s.Classes = addClass(s.Classes, l)
	}
	return s
}

// whenAllClassified ends a received file with its last line; one without lines ends when it is kept.
func (s State) whenAllClassified() State {
	if s.Received != nil && s.Lines >= s.Received.Lines {
		s.Status = StatusClassified
	}
	return s
}

func (s State) declaredParts() int {
	switch {
	case s.Sent != nil:
		return s.Sent.Parts
	case s.Received != nil:
		return s.Received.Parts
	}
	return 0
}

// id is the bank file's id.
func (s State) id() string {
	switch {
	case s.Sent != nil:
		return s.Sent.BankFile
	case s.Received != nil:
		return s.Received.BankFile
	}
	return ""
}

// key is the key id the file is sealed under.
func (s State) key() string {
	if s.Sent != nil {
		return s.Sent.File
	}
	return s.Received.File
}

// digest tells pages apart. It is never stored in an event.
func digest(e Classified) string {
	if len(e.Effects) == 0 { // reading makes no difference between none and an empty list
		e.Effects = nil
	}
	b, err := json.Marshal(e)
	if err != nil { // an amount out of bounds: no page holds one
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
