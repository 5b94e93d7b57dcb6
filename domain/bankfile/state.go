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
	StatusKept        Status = "kept"        // whole; a sent file may leave, a received one be read
	StatusUnreadable  Status = "unreadable"  // a received file that the layout tried last cannot read
	StatusRead        Status = "read"        // what a received file holds is known, and no line is classified yet
	StatusClassifying Status = "classifying" // some pages are classified
	StatusClassified  Status = "classified"
	StatusRefused     Status = "refused" // a sent file, refused whole by the bank
)

// State is what decisions about a bank file need. It holds counts and sums, never lines, and nothing that is sealed.
type State struct {
	Status     Status        `json:"status"`
	Sent       *Sent         `json:"sent,omitempty"` // one of the two
	Received   *Received     `json:"received,omitempty"`
	Parts      int           `json:"parts"` // kept so far
	Read       *Read         `json:"read,omitempty"`
	Unreadable *Unreadable   `json:"unreadable,omitempty"` // the last attempt
	Refusal    *RefusedWhole `json:"refusal,omitempty"`
	Done       bool          `json:"done,omitempty"` // all that follows from the last page, or from the refusal, is done

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
		}
	case Unreadable:
		s.Status, s.Unreadable = StatusUnreadable, &e
	case Read:
		s.Status, s.Read, s.Unreadable = StatusRead, &e, nil
		s = s.whenAllClassified()
		s.Done = s.Status == StatusClassified
	case Followed:
		s.Done = s.Refusal != nil || e.Page == s.Pages
	case Classified:
		s.Status, s.Done = StatusClassifying, false
		s = s.classified(e).whenAllClassified()
	case RefusedWhole:
		s.Status, s.Refusal, s.Done = StatusRefused, &e, false
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

// whenAllClassified ends a received file with its last line; one without lines ends when it is read.
func (s State) whenAllClassified() State {
	if s.Read != nil && s.Lines >= s.Read.Lines {
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

// ID is the bank file's id; empty for a file nobody recorded.
func (s State) ID() string { return s.id() }

// Format is the id of the layout it was written or read in; while it is not read, the one it is believed to be in.
func (s State) Format() string {
	switch {
	case s.Sent != nil:
		return s.Sent.Format
	case s.Read != nil:
		return s.Read.Format
	case s.Unreadable != nil:
		return s.Unreadable.Format
	case s.Received != nil:
		return s.Received.Format
	}
	return ""
}

// Declared is how many lines the file has and what they come to; nothing while it is not read.
func (s State) Declared() (lines int, total domain.Money) {
	switch {
	case s.Sent != nil:
		return s.Sent.Lines, s.Sent.Total
	case s.Read != nil:
		return s.Read.Lines, s.Read.Total
	}
	return 0, domain.Money{}
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
