package api

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/signoff"
	"almoner/ledger"
)

// grantDraft asks for the statement of exactly one grant.
type grantDraft struct {
	Key          string            `json:"key,omitempty"` // of the granter; without it their only valid one
	Opening      *openingDraft     `json:"opening,omitempty"`
	Appointment  *appointmentDraft `json:"appointment,omitempty"`
	Capacity     *capacityDraft    `json:"capacity,omitempty"`
	Withdrawal   *withdrawalDraft  `json:"withdrawal,omitempty"`
	Possession   *possessionDraft  `json:"possession,omitempty"`
	Registration *keyDraft         `json:"registration,omitempty"`
	Revocation   *revocationDraft  `json:"revocation,omitempty"`
}

// openingDraft brings an office into the ledger.
type openingDraft struct {
	Office     string        `json:"office"`
	Level      signoff.Level `json:"level"`
	Department string        `json:"department,omitempty"`
	Name       string        `json:"name"`
	Area       string        `json:"area"`
	Parent     string        `json:"parent,omitempty"`
	Villages   []villageView `json:"villages,omitempty"` // of a town, by code
	On         domain.Date   `json:"on,omitzero"`        // effective day; without it today
}

// appointmentDraft makes a person an officer, or gives an officer another name or post.
type appointmentDraft struct {
	Officer string      `json:"officer"`
	Name    string      `json:"name"`
	Post    string      `json:"post"`
	Number  string      `json:"number,omitempty"` // citizen number; without it a new officer is judged by this officer id alone
	On      domain.Date `json:"on,omitzero"`      // effective day; without it today
}

type capacityDraft struct {
	Officer  string      `json:"officer"`
	Capacity string      `json:"capacity"`
	Office   string      `json:"office"`
	From     domain.Date `json:"from,omitzero"`  // without it today
	Until    domain.Date `json:"until,omitzero"` // without it open
}

type withdrawalDraft struct {
	Officer  string      `json:"officer"`
	Capacity string      `json:"capacity"`
	Office   string      `json:"office"`
	Until    domain.Date `json:"until,omitzero"` // last day; without it today
	Reason   string      `json:"reason"`
}

// possessionDraft asks for what a new key signs itself.
type possessionDraft struct {
	Officer string `json:"officer"`
	Public  string `json:"public"` // "ed25519:…"
}

// keyDraft registers a key that has signed its possession.
type keyDraft struct {
	Officer    string          `json:"officer"`
	Custody    signoff.Custody `json:"custody"`
	Possession signature       `json:"possession"`
}

type revocationDraft struct {
	Officer string `json:"officer"`
	Key     string `json:"key"`
	Reason  string `json:"reason"`
}

// draftGrant gives the exact text that the granter would sign, or what a new key would sign. It checks everything but the
// signature, so that what it gives is granted once it is signed, unless the ledger moves on.
func (s *Server) draftGrant(ctx context.Context, r *request) (response, error) {
	var body grantDraft
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	if n := body.count(); n != 1 {
		return response{}, refuse(domain.Invalid, "api.grant", "the call asks for %d statements at once", n).
			WithNext("give exactly one of opening, appointment, capacity, withdrawal, possession, registration, revocation")
	}
	if before, found, err := s.replays.answer(r.officer.Officer, r.key, r.body); found || err != nil {
		return before, err
	}
	answer, err := s.drafted(ctx, r, body)
	if err == nil {
		s.replays.keep(r.officer.Officer, r.key, r.body, answer)
	}
	return answer, err
}

func (d grantDraft) count() int {
	n := 0
	for _, given := range []bool{
		d.Opening != nil, d.Appointment != nil, d.Capacity != nil, d.Withdrawal != nil, d.Possession != nil, d.Registration != nil, d.Revocation != nil,
	} {
		if given {
			n++
		}
	}
	return n
}

func (s *Server) drafted(ctx context.Context, r *request, body grantDraft) (response, error) {
	if body.Possession != nil {
		return s.draftPossession(ctx, *body.Possession)
	}
	actor, err := s.granter(r)
	if err != nil {
		return response{}, err
	}
	g := ledger.Granting{Actor: actor}
	if actor.Capacity != rootCapacity { // a root officer's key stands in entry 0
		if body.Key, err = keyOf(r.officer, body.Key); err != nil {
			return response{}, err
		}
	}
	g.Pen = s.ledger.Draft(body.Key)
	switch d := body; {
	case d.Opening != nil:
		return s.draftOpening(ctx, g, *d.Opening)
	case d.Appointment != nil:
		return s.draftAppointment(ctx, g, *d.Appointment)
	case d.Capacity != nil:
		from := d.Capacity.From
		if from.IsZero() {
			from = s.ledger.Today()
		}
		_, err = s.ledger.GrantCapacity(ctx, draftID(), g, d.Capacity.Officer, officer.GrantCapacity{Capacity: d.Capacity.Capacity, Office: d.Capacity.Office, From: from, Until: d.Capacity.Until})
		return s.draftedGrant(ctx, grantee{"officer", d.Capacity.Officer}, err)
	case d.Withdrawal != nil:
		until := d.Withdrawal.Until
		if until.IsZero() {
			until = s.ledger.Today()
		}
		_, err = s.ledger.WithdrawCapacity(ctx, draftID(), g, d.Withdrawal.Officer, officer.WithdrawCapacity{Capacity: d.Withdrawal.Capacity, Office: d.Withdrawal.Office, Until: until, Reason: d.Withdrawal.Reason})
		return s.draftedGrant(ctx, grantee{"officer", d.Withdrawal.Officer}, err)
	case d.Registration != nil:
		own, public, err := d.Registration.Possession.possession()
		if err != nil {
			return response{}, err
		}
		_, err = s.ledger.RegisterKey(ctx, draftID(), g, d.Registration.Officer, own, public, d.Registration.Custody)
		return s.draftedGrant(ctx, grantee{"officer", d.Registration.Officer}, err)
	default:
		_, err = s.ledger.RevokeKey(ctx, draftID(), g, d.Revocation.Officer, d.Revocation.Key, d.Revocation.Reason)
		return s.draftedGrant(ctx, grantee{"officer", d.Revocation.Officer}, err)
	}
}

// draftedGrant answers with the statement, and with the ETag of what it is about. A grant of what is true already has none.
func (s *Server) draftedGrant(ctx context.Context, about grantee, err error) (response, error) {
	if err == nil {
		return response{}, refuse(domain.Conflict, "api.true-already", "%s %s stands so already", about.kind, about.id).WithNext("nothing needs to be signed")
	}
	if _, ok := ledger.Drafted(err); !ok {
		return response{}, fmt.Errorf("%s %s: %w", about.kind, about.id, err)
	}
	revision, wrong := s.revision(ctx, about.stream())
	if wrong != nil {
		return response{}, fmt.Errorf("revision of %s %s: %w", about.kind, about.id, wrong)
	}
	if revision < 0 {
		return drafted(err, "") // it does not exist yet
	}
	return drafted(err, etag(revision))
}

func (s *Server) draftOpening(ctx context.Context, g ledger.Granting, d openingDraft) (response, error) {
	g.On = d.On
	c := office.Open{Office: d.Office, Level: d.Level, Department: d.Department, Name: d.Name, Area: domain.AreaCode(d.Area), Parent: d.Parent}
	for _, v := range d.Villages {
		c.Villages = append(c.Villages, office.Village{Code: domain.AreaCode(v.Code), Name: v.Name})
	}
	_, err := s.ledger.OpenOffice(ctx, draftID(), g, c)
	return s.draftedGrant(ctx, grantee{"office", d.Office}, err)
}

// nobody stands in for the person of an appointment while it is found out whether the caller may appoint at all: only then
// is a person registered.
const nobody = "person-not-registered-yet"

// draftAppointment finds or registers the person, whom the statement then names: an officer is known when payee or relative.
func (s *Server) draftAppointment(ctx context.Context, g ledger.Granting, d appointmentDraft) (response, error) {
	var number domain.CitizenNumber
	var err error
	if d.Number != "" {
		if number, err = domain.ParseCitizenNumber(d.Number); err != nil {
			return response{}, fmt.Errorf("field number: %w", err)
		}
	}
	g.On = d.On
	c := officer.Appoint{Officer: d.Officer, Name: d.Name, Post: d.Post, Person: nobody}
	known, err := s.revision(ctx, officer.Stream(d.Officer))
	if err != nil {
		return response{}, fmt.Errorf("revision of officer %s: %w", d.Officer, err)
	}
	if known >= 0 {
		who, err := s.ledger.Officer(ctx, d.Officer)
		if err != nil {
			return response{}, err
		}
		c.Person = who.Person
	}
	_, err = s.ledger.Appoint(ctx, draftID(), g, c)
	if _, may := ledger.Drafted(err); !may || known >= 0 && number == "" {
		return s.draftedGrant(ctx, grantee{"officer", d.Officer}, err)
	}
	if c.Person, err = s.ledger.RegisterPerson(ctx, number); err != nil {
		return response{}, fmt.Errorf("appoint %s: %w", d.Officer, err)
	}
	_, err = s.ledger.Appoint(ctx, draftID(), g, c)
	return s.draftedGrant(ctx, grantee{"officer", d.Officer}, err)
}

// draftPossession gives what a new key signs itself. It grants nothing, so that everybody may ask for it.
func (s *Server) draftPossession(ctx context.Context, d possessionDraft) (response, error) {
	public, err := officer.ParsePublic(d.Public)
	if err != nil {
		return response{}, refuse(domain.Invalid, "officer.key-public", "%v", err).WithNext("copy the public key again, whole")
	}
	if _, err := s.ledger.Officer(ctx, d.Officer); err != nil {
		return response{}, err
	}
	_, err = s.ledger.RegisterKey(ctx, draftID(), ledger.Granting{}, d.Officer, s.ledger.Draft(officer.KeyID(public)), d.Public, signoff.OwnDevice)
	return drafted(err, "")
}

// possession reads a signed proof of possession: the pen of the key itself, and its public key.
func (g signature) possession() (own ledger.Pen, public string, err error) {
	p, err := officer.ParsePossession(g.Statement)
	if err != nil {
		return nil, "", refuse(domain.Invalid, "officer.possession", "%v", err).WithNext("let the key sign the possession statement as it was given")
	}
	sig, err := g.bytes()
	return ledger.Given(p.Key, g.Statement, sig), p.Public, err
}
