package slot

import (
	"slices"

	"almoner/domain"
)

// State is a slot as the ledger knows it. It shares nothing it may write to.
type State struct {
	Claims   []Claim  `json:"claims,omitempty"`   // standing, in log order
	Released []string `json:"released,omitempty"` // ids of claims given back
}

// Claim is one standing claim.
type Claim struct {
	Claim     string `json:"claim"`
	By        string `json:"by"` // the person whose enrolment it is
	Enrolment string `json:"enrolment"`
	Share     string `json:"share"`
}

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Claimed:
		s.Claims = append(slices.Clip(s.Claims), Claim{Claim: e.Claim, By: e.By, Enrolment: e.Enrolment, Share: e.Share})
	case Released:
		s.Claims = slices.DeleteFunc(slices.Clone(s.Claims), func(c Claim) bool { return c.Claim == e.Claim })
		s.Released = append(slices.Clip(s.Released), e.Claim)
	}
	return s
}

// claim is the standing claim of an id.
func (s State) claim(id string) (Claim, bool) {
	i := slices.IndexFunc(s.Claims, func(c Claim) bool { return c.Claim == id })
	if i < 0 {
		return Claim{}, false
	}
	return s.Claims[i], true
}
