package signing

import (
	"slices"

	"almoner/domain"
)

// State is a signing as the ledger knows it. It shares nothing it may write to.
type State struct {
	Signing  string   `json:"signing"` // empty before it was made
	Root     string   `json:"root"`    // hex
	Officer  string   `json:"officer"`
	Person   string   `json:"person"`
	Key      string   `json:"key"`      // key id
	Subjects []string `json:"subjects"` // streams, in leaf order
}

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	if e, ok := f.Event.(Made); ok {
		return State{
			Signing: e.Signing, Root: e.Root, Officer: e.Officer, Person: e.Person, Key: e.Signature.Key, Subjects: slices.Clone(e.Subjects),
		}
	}
	return s
}

// Count is how many subjects were signed for.
func (s State) Count() int { return len(s.Subjects) }
