package officer

import (
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/signoff"
)

// DecideAppoint appoints. An officer id belongs to one person for ever; the same person may have several ids, and rules
// that separate duties go by person.
func (s State) DecideAppoint(c Appoint) ([]domain.Event, error) {
	appointed := s.Officer != ""
	switch {
	case appointed && s.Left:
		return nil, s.serving(domain.Conflict)
	case appointed && s.Officer != c.Officer:
		return nil, domain.Refuse(domain.Conflict, "officer.stream", "this is the stream of %s, not of %s", s.Officer, c.Officer).
			WithNext("append it to the stream of %s", c.Officer)
	case appointed && s.Person != c.Person:
		return nil, domain.Refuse(domain.Conflict, "officer.person", "%s is another person already", s.Officer).
			WithNext("appoint this person under a new officer id")
	case appointed && s.Name == c.Name && s.Post == c.Post:
		return nil, nil
	case !idForm(c.Officer) || !idForm(c.Person):
		return nil, domain.Refuse(domain.Invalid, "officer.id", "officer and person need ids of at most %d letters, digits, dots and hyphens", maxID).
			WithNext("choose another officer id")
	case !textForm(c.Name) || !textForm(c.Post):
		return nil, domain.Refuse(domain.Invalid, "officer.name", "an officer needs a name and a post of at most %d bytes, on one line", maxText).
			WithNext("enter both as on the letter of appointment")
	}
	if err := c.By.Granter.May(c.Officer, c.Person, s.areas(c.By.Place.On)...); err != nil {
		return nil, err
	}
	return granted(c.By, c.Event())
}

// DecideGrantCapacity grants a capacity. Nobody holds eligibility and finance capacities on one day, under whatever
// officer id.
func (s State) DecideGrantCapacity(c GrantCapacity) ([]domain.Event, error) {
	if err := s.serving(domain.Conflict); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	e := c.Event(s.Officer)
	want := e.holding()
	stands := func(h Holding) bool {
		return h.Capacity == want.Capacity && h.Office == want.Office && h.Area == want.Area && h.contains(want)
	}
	if slices.ContainsFunc(s.Capacities, stands) {
		return nil, nil
	}
	for _, h := range slices.Concat(s.Capacities, c.Others) {
		if separate(h.Capacity, want.Capacity) && h.overlaps(want) {
			return nil, domain.Refuse(domain.Forbidden, "officer.separation", "the person holds %s for %s at that time; nobody decides who is entitled and also pays", h.Capacity, h.Office).
				WithNext("withdraw %s first, or grant %s to another person", h.Capacity, want.Capacity)
		}
	}
	if err := c.By.Granter.May(s.Officer, s.Person, c.Area); err != nil {
		return nil, err
	}
	return granted(c.By, e)
}

func (c GrantCapacity) check() error {
	switch {
	case !slices.Contains(Capacities(), c.Capacity):
		return domain.Refuse(domain.Invalid, "officer.capacity", "there is no capacity %.40q", c.Capacity).
			WithNext("choose one of: %s", strings.Join(Capacities(), ", "))
	case !idForm(c.Office):
		return domain.Refuse(domain.Invalid, "officer.id", "a capacity needs the id of an office").WithNext("name the office")
	case !reachesArea(c.Capacity, c.Area):
		return domain.Refuse(domain.Invalid, "officer.capacity-area", "the capacity %s does not go with the area %.20q", c.Capacity, string(c.Area)).
			WithNext("grant it for an office of its own level")
	case !c.From.Valid() || (!c.Until.IsZero() && (!c.Until.Valid() || c.Until.Before(c.From))):
		return domain.Refuse(domain.Invalid, "officer.capacity-days", "a capacity needs a first day, and a last day that is not before it").
			WithNext("correct the days")
	}
	return nil
}

func separate(a, b string) bool {
	return sideOf(a) != sideOf(b) && sideOf(a) != neitherSide && sideOf(b) != neitherSide
}

// DecideWithdrawCapacity ends a capacity after a day. Signatures made before stay valid: validity follows log order.
func (s State) DecideWithdrawCapacity(c WithdrawCapacity) ([]domain.Event, error) {
	if err := s.serving(domain.Conflict); err != nil {
		return nil, err
	}
	if !c.Until.Valid() {
		return nil, domain.Refuse(domain.Invalid, "officer.capacity-days", "the withdrawal needs the last day of the capacity").WithNext("name the day")
	}
	if err := checkReason(c.Reason); err != nil {
		return nil, err
	}
	var areas []domain.AreaCode
	for _, h := range s.Capacities {
		if h.Capacity == c.Capacity && h.Office == c.Office {
			areas = append(areas, h.Area)
		}
	}
	if len(areas) == 0 {
		return nil, domain.Refuse(domain.NotFound, "officer.no-capacity", "%s never held %.40q for %.40q", s.Officer, c.Capacity, c.Office).
			WithNext("look up which capacities the officer holds")
	}
	if slices.Equal(withdraw(s.Capacities, c.Capacity, c.Office, c.Until), s.Capacities) {
		return nil, nil
	}
	if err := c.By.Granter.May(s.Officer, s.Person, areas...); err != nil {
		return nil, err
	}
	return granted(c.By, c.Event(s.Officer))
}

// DecideRegisterKey registers a key that has signed for itself. A revoked key never comes back.
func (s State) DecideRegisterKey(c RegisterKey) ([]domain.Event, error) {
	if err := s.serving(domain.Conflict); err != nil {
		return nil, err
	}
	if k, known := s.key(c.Key); known {
		return nil, again(k, c)
	}
	public, err := c.check()
	if err != nil {
		return nil, err
	}
	e := c.Event(s.Officer)
	if err := CheckPossession(c.By.Place.Origin, e, public); err != nil {
		return nil, err
	}
	if err := c.By.Granter.May(s.Officer, s.Person, s.areas(c.By.Place.On)...); err != nil {
		return nil, err
	}
	return granted(c.By, e)
}

// again answers for a key id that is registered: nothing to do, or no.
func again(k Key, c RegisterKey) error {
	switch {
	case k.RevokedRev != 0:
		return domain.Refuse(domain.Conflict, "officer.key-revoked", "the key %s was revoked and never comes back", k.Key).
			WithNext("make a new key and register that")
	case k.Public != c.Public || k.Alg != c.Alg || k.Custody != c.Custody:
		return domain.Refuse(domain.Conflict, "officer.key-known", "the key %s is registered otherwise", k.Key).
			WithNext("make a new key for another custody")
	}
	return nil
}

func (c RegisterKey) check() (public []byte, err error) {
	if c.Alg != signoff.Ed25519 {
		return nil, domain.Refuse(domain.Invalid, "officer.key-alg", "keys of the kind %.20q cannot be registered", string(c.Alg)).
			WithNext("make an %s key", signoff.Ed25519)
	}
	key, err := ParsePublic(c.Public)
	switch {
	case err != nil:
		return nil, domain.Refuse(domain.Invalid, "officer.key-public", "%v", err).WithNext("copy the public key again, whole")
	case KeyID(key) != c.Key:
		return nil, domain.Refuse(domain.Invalid, "officer.key-id", "the id of this public key is %s, not %.40q", KeyID(key), c.Key).
			WithNext("register it as %s", KeyID(key))
	case !keyCustody(c.Custody):
		return nil, domain.Refuse(domain.Invalid, "officer.key-custody", "no key is kept in the custody %.20q", string(c.Custody)).
			WithNext("choose %s, %s or %s", signoff.Hardware, signoff.OwnDevice, signoff.Server)
	case c.HeldBy != "":
		return nil, domain.Refuse(domain.Conflict, "officer.key-shared", "the key %s is registered for %s", c.Key, c.HeldBy).
			WithNext("make a key that nobody else uses")
	}
	return key, nil
}

// DecideRevokeKey ends a key from the new entry on: earlier signatures stay valid, later ones do not, whatever their `at`.
func (s State) DecideRevokeKey(c RevokeKey) ([]domain.Event, error) {
	if err := s.serving(domain.Conflict); err != nil {
		return nil, err
	}
	k, known := s.key(c.Key)
	if !known {
		return nil, domain.Refuse(domain.NotFound, "officer.no-key", "%s has no key %.40q", s.Officer, c.Key).
			WithNext("look up which keys are registered")
	}
	if k.RevokedRev != 0 {
		return nil, nil
	}
	if err := checkReason(c.Reason); err != nil {
		return nil, err
	}
	if err := c.By.Granter.May(s.Officer, s.Person, s.areas(c.By.Place.On)...); err != nil {
		return nil, err
	}
	return granted(c.By, c.Event(s.Officer))
}

// DecideLeave ends all capacities and keys of the officer from the new entry on.
func (s State) DecideLeave(c Leave) ([]domain.Event, error) {
	if s.Left {
		return nil, nil
	}
	if err := s.serving(domain.Conflict); err != nil {
		return nil, err
	}
	if err := checkReason(c.Reason); err != nil {
		return nil, err
	}
	if err := c.By.Granter.May(s.Officer, s.Person, s.areas(c.By.Place.On)...); err != nil {
		return nil, err
	}
	return granted(c.By, c.Event(s.Officer))
}

// granted gives the one event of a decision if its grant holds.
func granted(a Act, e Granted) ([]domain.Event, error) {
	if err := a.Check(e); err != nil {
		return nil, err
	}
	return []domain.Event{e}, nil
}
