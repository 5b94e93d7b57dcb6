package slot

import (
	"slices"

	"almoner/domain"
)

// Take asks for a share of the slot.
type Take struct {
	Group     string // exclusivity group
	Person    string // whose slot it is
	Claim     string // claim id
	By        string // the person whose enrolment it is
	Enrolment string
	Share     string
}

// Release gives a share back.
type Release struct {
	Group  string
	Person string
	Claim  string
	Reason Reason
}

// Reason says why a share is given back.
type Reason string

// The reasons, all of them.
const (
	Exited    Reason = "exited"
	Abandoned Reason = "abandoned" // claim-abandoned stands in the holder's stream
	Annulled  Reason = "annulled"
)

// TakenError refuses a claim because others hold too much of the slot. It unwraps to the refusal slot.taken; Holders lets
// the ledger see whether one of them was abandoned.
type TakenError struct {
	Holders []Claim
	Refused *domain.RefusedError
}

// Error is the refusal's.
func (e *TakenError) Error() string { return e.Refused.Error() }

// Unwrap gives the refusal, for errors.As and errors.Is.
func (e *TakenError) Unwrap() error { return e.Refused }

// DecideClaim claims a share. When others hold too much the error is a *TakenError.
func (s State) DecideClaim(c Take) ([]domain.Event, error) {
	want := Claim{Claim: c.Claim, By: c.By, Enrolment: c.Enrolment, Share: c.Share}
	if slices.Contains([]string{c.Group, c.Person, c.Claim, c.By, c.Enrolment}, "") {
		return nil, domain.Refuse(domain.Invalid, "slot.incomplete", "a claim names its group, the person, an id, the holder and the enrolment").
			WithNext("name all of them")
	}
	if slices.Contains(s.Released, c.Claim) {
		return nil, domain.Refuse(domain.Conflict, "slot.claim-released", "the claim %s was given back", c.Claim).WithNext("claim again under a new id")
	}
	if old, stands := s.claim(c.Claim); stands {
		if old != want {
			return nil, domain.Refuse(domain.Conflict, "slot.claim-differs", "the claim %s stands already, otherwise than asked", c.Claim).
				WithNext("claim under a new id")
		}
		return nil, nil
	}
	share, err := ParseShare(c.Share)
	if err != nil {
		return nil, err
	}
	held, err := s.shares()
	if err != nil {
		return nil, err
	}
	if exceedWhole(append(held, share)) {
		return nil, &TakenError{Holders: slices.Clone(s.Claims), Refused: domain.Refuse(domain.Conflict, "slot.taken",
			"%d claims of the group %s hold too much to leave %s", len(s.Claims), c.Group, share).
			WithNext("end the other enrolment first, or claim a smaller share")}
	}
	return []domain.Event{Claimed{By: c.By, Claim: c.Claim, Enrolment: c.Enrolment, Group: c.Group, Person: c.Person, Share: c.Share}}, nil
}

func (s State) shares() ([]Share, error) {
	shares := make([]Share, 0, len(s.Claims)+1)
	for _, c := range s.Claims {
		share, err := ParseShare(c.Share)
		if err != nil {
			return nil, err
		}
		shares = append(shares, share)
	}
	return shares, nil
}

// DecideRelease gives a claim back.
func (s State) DecideRelease(c Release) ([]domain.Event, error) {
	if slices.Contains(s.Released, c.Claim) {
		return nil, nil
	}
	if _, stands := s.claim(c.Claim); !stands {
		return nil, domain.Refuse(domain.NotFound, "slot.claim-unknown", "there is no claim %.40q on this slot", c.Claim).
			WithNext("look up who holds it")
	}
	if !slices.Contains([]Reason{Exited, Abandoned, Annulled}, c.Reason) {
		return nil, domain.Refuse(domain.Invalid, "slot.reason", "%.40q is not a reason to give a share back", string(c.Reason)).
			WithNext("choose %s, %s or %s", Exited, Abandoned, Annulled)
	}
	return []domain.Event{Released{Claim: c.Claim, Group: c.Group, Person: c.Person, Reason: string(c.Reason)}}, nil
}
