package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/ledger"
)

// The headers that say in which capacity and for which office the caller acts.
const (
	officeHeader   = "Almoner-Office"
	capacityHeader = "Almoner-Capacity"
)

// caller finds out who asks: a token, whose officer serves and holds some capacity today, or is a root officer, who grants
// without one and may not have been appointed at all.
func (s *Server) caller(ctx context.Context, authorization string) (officer.State, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	id, known := "", false
	if strings.EqualFold(scheme, "Bearer") {
		id, known = s.tokens.Officer(ctx, strings.TrimSpace(token))
	}
	if !known {
		return officer.State{}, refuse(domain.Forbidden, ruleToken, "the call carries no valid token").
			WithNext("send Authorization: Bearer and a token; the operator makes one")
	}
	who, err := s.ledger.Officer(ctx, id)
	if errors.Is(err, domain.NotFound) && isRoot(s.ledger.Created(), id) {
		return officer.State{Officer: id}, nil
	}
	if err != nil {
		return who, fmt.Errorf("caller: %w", err)
	}
	if who.Left {
		return who, refuse(domain.Forbidden, "officer.left", "%s has left office", id).WithNext("use the token of a serving officer")
	}
	if len(s.held(who)) == 0 && !isRoot(s.ledger.Created(), id) {
		return who, refuse(domain.Forbidden, "officer.no-capacity", "%s holds no capacity today", id).WithNext("have one granted")
	}
	return who, nil
}

// held lists what an officer holds today, each capacity and office once, the latest grant of it.
func (s *Server) held(who officer.State) []officer.Holding {
	day := s.ledger.Today()
	var held []officer.Holding
	for _, h := range slices.Backward(who.Capacities) {
		covers := !day.Before(h.From) && (h.Until.IsZero() || !day.After(h.Until))
		same := func(o officer.Holding) bool { return o.Capacity == h.Capacity && o.Office == h.Office }
		if covers && !slices.ContainsFunc(held, same) {
			held = append(held, h)
		}
	}
	slices.Reverse(held)
	return held
}

// actor is the caller in one capacity for one office: what both headers name, even if it is not held, so that the ledger
// refuses with its own rule and records the attempt; else the only one that fits.
func (s *Server) actor(r *request) (ledger.Actor, error) {
	office, capacity := r.header.Get(officeHeader), r.header.Get(capacityHeader)
	if office != "" && capacity != "" {
		return ledger.Actor{Officer: r.officer.Officer, Office: office, Capacity: capacity}, nil
	}
	var fit []ledger.Actor
	var names []string
	for _, h := range s.held(r.officer) {
		names = append(names, h.Capacity+" for "+h.Office)
		if (office == "" || office == h.Office) && (capacity == "" || capacity == h.Capacity) {
			fit = append(fit, ledger.Actor{Officer: r.officer.Officer, Office: h.Office, Capacity: h.Capacity})
		}
	}
	if len(fit) != 1 {
		return ledger.Actor{}, refuse(domain.Invalid, "api.capacity", "%d of the capacities that %s holds today fit: %s", len(fit), r.officer.Officer, strings.Join(names, ", ")).
			WithNext("choose one with the headers %s and %s", capacityHeader, officeHeader)
	}
	return fit[0], nil
}

// actorAs is the caller in a capacity that is needed here: as the headers say, else in the only holding of it, else as actor
// finds, so that the ledger refuses with its own rule and records the attempt.
func (s *Server) actorAs(r *request, capacity string) (ledger.Actor, error) {
	if r.header.Get(officeHeader) != "" || r.header.Get(capacityHeader) != "" {
		return s.actor(r)
	}
	var fit []ledger.Actor
	for _, h := range s.held(r.officer) {
		if h.Capacity == capacity {
			fit = append(fit, ledger.Actor{Officer: r.officer.Officer, Office: h.Office, Capacity: h.Capacity})
		}
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	return s.actor(r)
}

// holdings are what an officer holds today in the capacity and for the office they act in.
func (s *Server) holdings(who officer.State, actor ledger.Actor) []officer.Holding {
	return slices.DeleteFunc(s.held(who), func(h officer.Holding) bool { return h.Capacity != actor.Capacity || h.Office != actor.Office })
}

// within refuses a caller none of whose capacities reaches the office's area: single people and single rows are for those
// who are responsible for them.
func (s *Server) within(ctx context.Context, r *request, offices ...string) error {
	return s.withinHeld(ctx, r, s.held(r.officer), offices...)
}

// withinHeld is within by some of what the caller holds.
func (s *Server) withinHeld(ctx context.Context, r *request, held []officer.Holding, offices ...string) error {
	for _, id := range offices {
		o, err := s.ledger.Office(ctx, id)
		if err != nil {
			return err
		}
		place, open := o.On(s.ledger.Today())
		for _, h := range held {
			if h.Office == id || open && place.Area.Within(h.Area) {
				return nil
			}
		}
	}
	return refuse(domain.Forbidden, "api.outside-area", "this lies outside the areas of %s", r.officer.Officer).
		WithNext("ask an officer of %s", strings.Join(offices, ", "))
}
