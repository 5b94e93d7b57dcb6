package denied

import "almoner/domain"

// State is how many attempts one office's stream of a day has recorded.
type State struct {
	Refused int `json:"refused,omitempty"` // with an event each
	Counted int `json:"counted,omitempty"` // beyond the cap
}

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Refused:
		s.Refused++
	case Counted:
		s.Counted += e.More
	}
	return s
}

// Total is how many attempts are recorded.
func (s State) Total() int { return s.Refused + s.Counted }
