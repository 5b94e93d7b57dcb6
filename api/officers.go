package api

import (
	"context"

	"almoner/domain"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/signoff"
	"almoner/ledger"
)

// The second step of granting: POST /v1/statements gave the text, the granter signed it, and it is handed in here. What is
// granted is what the text says.

// openOffice brings an office into the ledger.
func (s *Server) openOffice(ctx context.Context, r *request) (response, error) {
	given, err := r.grant(office.Opened{}.EventType())
	if err != nil {
		return response{}, err
	}
	f := given.fields
	c := office.Open{
		Office: f["office"], Level: signoff.Level(f["level"]), Department: f["department"], Name: f["name"], Area: domain.AreaCode(f["area"]), Parent: f["parent"],
		Villages: given.villages(),
	}
	return s.carryOut(ctx, r, grantee{"office", c.Office}, given, false, func(g ledger.Granting) (ledger.Outcome, error) {
		g.On = given.statement.On
		return s.ledger.OpenOffice(ctx, r.key, g, c)
	})
}

// appointOfficer makes a person an officer, or gives an officer another name or post.
func (s *Server) appointOfficer(ctx context.Context, r *request) (response, error) {
	given, err := r.grant(officer.Appointed{}.EventType())
	if err != nil {
		return response{}, err
	}
	f := given.fields
	c := officer.Appoint{Officer: f["officer"], Person: f["person"], Name: f["name"], Post: f["post"]}
	return s.carryOut(ctx, r, grantee{"officer", c.Officer}, given, false, func(g ledger.Granting) (ledger.Outcome, error) {
		g.On = given.statement.On
		return s.ledger.Appoint(ctx, r.key, g, c)
	})
}

// grantCapacity lets an officer act in a capacity for an office.
func (s *Server) grantCapacity(ctx context.Context, r *request) (response, error) {
	given, err := r.grantTo(officer.CapacityGranted{}.EventType())
	if err != nil {
		return response{}, err
	}
	c := officer.GrantCapacity{Capacity: given.fields["capacity"], Office: given.fields["office"]}
	if c.From, err = given.day("from"); err != nil {
		return response{}, err
	}
	if c.Until, err = given.day("until"); err != nil {
		return response{}, err
	}
	id := r.path("id")
	return s.carryOut(ctx, r, grantee{"officer", id}, given, true, func(g ledger.Granting) (ledger.Outcome, error) {
		return s.ledger.GrantCapacity(ctx, r.key, g, id, c)
	})
}

// withdrawCapacity ends a capacity after a day.
func (s *Server) withdrawCapacity(ctx context.Context, r *request) (response, error) {
	given, err := r.grantTo(officer.CapacityWithdrawn{}.EventType())
	if err != nil {
		return response{}, err
	}
	c := officer.WithdrawCapacity{Capacity: given.fields["capacity"], Office: given.fields["office"], Reason: given.fields["reason"]}
	if c.Until, err = given.day("until"); err != nil {
		return response{}, err
	}
	id := r.path("id")
	return s.carryOut(ctx, r, grantee{"officer", id}, given, true, func(g ledger.Granting) (ledger.Outcome, error) {
		return s.ledger.WithdrawCapacity(ctx, r.key, g, id, c)
	})
}

// keyGrant is a granter's signature on the registration of a key, with the key's own signature on its possession.
type keyGrant struct {
	signature
	Possession signature `json:"possession"`
}

// registerKey binds a key to an officer.
func (s *Server) registerKey(ctx context.Context, r *request) (response, error) {
	var body keyGrant
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	given, err := body.signature.grant(officer.KeyRegistered{}.EventType())
	if err != nil {
		return response{}, err
	}
	id := r.path("id")
	if err := given.of(id); err != nil {
		return response{}, err
	}
	own, public, err := body.Possession.possession()
	if err != nil {
		return response{}, err
	}
	return s.carryOut(ctx, r, grantee{"officer", id}, given, true, func(g ledger.Granting) (ledger.Outcome, error) {
		return s.ledger.RegisterKey(ctx, r.key, g, id, own, public, signoff.Custody(given.fields["custody"]))
	})
}

// revokeKey ends a key for good: signatures made before stay valid.
func (s *Server) revokeKey(ctx context.Context, r *request) (response, error) {
	given, err := r.grantTo(officer.KeyRevoked{}.EventType())
	if err != nil {
		return response{}, err
	}
	id := r.path("id")
	return s.carryOut(ctx, r, grantee{"officer", id}, given, true, func(g ledger.Granting) (ledger.Outcome, error) {
		return s.ledger.RevokeKey(ctx, r.key, g, id, given.fields["key"], given.fields["reason"])
	})
}

// grant reads the body as a signed statement of one kind of event.
func (r *request) grant(event string) (givenGrant, error) {
	var body signature
	if err := r.decode(&body); err != nil {
		return givenGrant{}, err
	}
	return body.grant(event)
}

// grantTo is grant for the officer whom the path names.
func (r *request) grantTo(event string) (givenGrant, error) {
	given, err := r.grant(event)
	if err != nil {
		return given, err
	}
	return given, given.of(r.path("id"))
}
