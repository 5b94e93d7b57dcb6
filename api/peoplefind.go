package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/projections"
)

// personSearch is what a person is looked for by: exactly one of both, and in a body, since a URL ends in logs.
type personSearch struct {
	Number string `json:"number,omitempty"` // the whole citizen number
	Name   string `json:"name,omitempty"`   // the whole name
}

// foundPerson is a person found, masked.
type foundPerson struct {
	Person string `json:"person"`
	Name   string `json:"name,omitempty"`   // masked; absent once the person was erased
	Number string `json:"number,omitempty"` // masked
}

// findPeople finds people by their exact number or name. Whoever lies outside the caller's areas is left out: that somebody
// is supported elsewhere is nobody's business here.
func (s *Server) findPeople(ctx context.Context, r *request) (response, error) {
	var body personSearch
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	ids, err := s.lookUp(ctx, body)
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	items := []foundPerson{}
	for _, id := range ids {
		one, reached, err := s.foundPerson(ctx, r, id)
		if err != nil {
			return response{}, err
		}
		if reached {
			items = append(items, one)
		}
	}
	return ok(listed[foundPerson]{items}), nil
}

func (s *Server) lookUp(ctx context.Context, body personSearch) ([]string, error) {
	switch {
	case (body.Number == "") == (body.Name == ""):
		return nil, refuse(domain.Invalid, "api.search", "the call does not look for exactly one of number and name").WithNext("give the whole number, or the whole name")
	case body.Name != "":
		name, err := domain.ParseName(body.Name)
		if err != nil {
			return nil, fmt.Errorf("field name: %w", err)
		}
		return s.ledger.FindByName(ctx, name)
	}
	number, err := domain.ParseCitizenNumber(body.Number)
	if err != nil {
		return nil, fmt.Errorf("field number: %w", err)
	}
	id, known, err := s.ledger.FindByNumber(ctx, number)
	if err != nil || !known {
		return nil, err
	}
	return []string{id}, nil
}

// foundPerson shows a person found, unless the caller's areas do not reach them. Somebody the read models do not know was
// only ever prepared for: a draft, or a list that was refused.
func (s *Server) foundPerson(ctx context.Context, r *request, id string) (found foundPerson, reached bool, err error) {
	f, err := s.views.PersonFold(ctx, id)
	if errors.Is(err, domain.NotFound) {
		return found, false, nil
	}
	if err != nil {
		return found, false, err
	}
	if offices := officesOf(f); len(offices) > 0 {
		err := s.within(ctx, r, offices...)
		if errors.Is(err, domain.Forbidden) {
			return found, false, nil
		}
		if err != nil {
			return found, false, err
		}
	}
	who, _, err := s.ledger.Identity(ctx, id)
	return foundPerson{Person: id, Name: who.Name.String(), Number: who.Number.String()}, true, err
}

// officesOf lists the offices that are or were responsible for a person.
func officesOf(f projections.Fold) []string {
	var offices []string
	for _, e := range f.State.Enrolments {
		for _, p := range e.Places {
			offices = append(offices, p.Office)
		}
	}
	for _, g := range f.State.Grants {
		offices = append(offices, g.Office)
	}
	slices.Sort(offices)
	return slices.Compact(offices)
}

// disclosureBody says why somebody looks.
type disclosureBody struct {
	Purpose string `json:"purpose"` // a code, such as visit or audit
}

// disclosedPerson is who a person is, in full.
type disclosedPerson struct {
	Person string `json:"person"`
	Name   string `json:"name"`
	Number string `json:"number"`
	Sex    string `json:"sex,omitempty"`
}

// disclosedOn is where disclosures of this interface are shown, as their trace names it.
const disclosedOn = "person"

// disclosePerson shows who a person is in full: to an officer with the capacity unmask, whose area reaches the person, and
// after the look was recorded. It is the only answer of this interface that masks nothing.
func (s *Server) disclosePerson(ctx context.Context, r *request) (response, error) {
	var body disclosureBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.actorAs(r, officer.Unmask)
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	f, err := s.views.PersonFold(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	if offices := officesOf(f); actor.Capacity == officer.Unmask && len(offices) > 0 {
		if err := s.withinHeld(ctx, r, s.holdings(r.officer, actor), offices...); err != nil {
			return response{}, err
		}
	}
	who, err := s.ledger.Unmask(ctx, r.command(actor), f.Person, disclosedOn, body.Purpose)
	if err != nil {
		return response{}, fmt.Errorf("disclose %s: %w", f.Person, err)
	}
	return ok(disclosedPerson{Person: f.Person, Name: who.Name.Reveal(), Number: who.Number.Reveal(), Sex: string(who.Sex)}), nil
}
