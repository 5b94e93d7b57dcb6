package officer

import (
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// State is an officer as the ledger knows them. It shares nothing it may write to.
type State struct {
	Officer string `json:"officer"` // empty before the appointment
	Person  string `json:"person"`
	Name    string `json:"name"`
	Post    string `json:"post"`
	Left    bool   `json:"left,omitempty"`

	Capacities []Holding `json:"capacities,omitempty"` // in log order
	Keys       []Key     `json:"keys,omitempty"`       // in log order
}

// Key is one registered key of an officer.
type Key struct {
	Key           string          `json:"key"` // key id
	Alg           signoff.Alg     `json:"alg"`
	Custody       signoff.Custody `json:"custody"`
	Public        string          `json:"public"` // "ed25519:…"
	RegisteredRev int64           `json:"registeredRev"`
	RevokedRev    int64           `json:"revokedRev,omitempty"` // 0 while valid: revision 0 is the appointment
}

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Appointed:
		s.Officer, s.Person, s.Name, s.Post = e.Officer, e.Person, e.Name, e.Post
	case CapacityGranted:
		s.Capacities = append(slices.Clip(s.Capacities), e.holding())
	case CapacityWithdrawn:
		s.Capacities = withdraw(s.Capacities, e.Capacity, e.Office, e.Until)
	case KeyRegistered:
		s.Keys = append(slices.Clip(s.Keys), Key{Key: e.Key, Alg: e.Alg, Custody: e.Custody, Public: e.Public, RegisteredRev: f.Revision})
	case KeyRevoked:
		s.Keys = slices.Clone(s.Keys)
		for i := range s.Keys {
			if s.Keys[i].Key == e.Key && s.Keys[i].RevokedRev == 0 {
				s.Keys[i].RevokedRev = f.Revision
			}
		}
	case Left:
		s.Left = true
	}
	return s
}

func (e CapacityGranted) holding() Holding {
	return Holding{Capacity: e.Capacity, Office: e.Office, Area: e.Area, From: e.From, Until: e.Until}
}

// Authority is what the officer may do now, acting in a capacity for an office on a day and signing with a key. others is
// what the same person holds under other officer ids. It refuses with officer.unknown, officer.left, officer.no-capacity,
// officer.separation, officer.no-key or officer.key-revoked.
//
// Separation is looked at here as well as when a capacity is granted: two grants to two accounts of one person, made at one
// moment, each stand in a stream of their own and do not see each other. Neither capacity can then be used.
//
// A fold of the stream up to a log position answers for that position: a key revoked later was valid then.
func (s State) Authority(capacity, office, key string, day domain.Date, others []Holding) (signoff.Authority, error) {
	if err := s.serving(domain.Forbidden); err != nil {
		return signoff.Authority{}, err
	}
	holding, held := s.holding(capacity, office, day)
	if !held {
		return signoff.Authority{}, domain.Refuse(domain.Forbidden, "officer.no-capacity", "%s does not hold %s for %s on %v", s.Officer, capacity, office, day).
			WithNext("act in a capacity you hold on that day, or have it granted")
	}
	if err := s.separated(capacity, day, others); err != nil {
		return signoff.Authority{}, err
	}
	k, known := s.key(key)
	if !known {
		return signoff.Authority{}, domain.Refuse(domain.Forbidden, "officer.no-key", "%s has no key %s", s.Officer, key).
			WithNext("sign with a registered key, or have this one registered")
	}
	if k.RevokedRev != 0 {
		return signoff.Authority{}, domain.Refuse(domain.Forbidden, "officer.key-revoked", "the key %s of %s was revoked", key, s.Officer).
			WithNext("sign with another key, or have a new one registered")
	}
	public, err := ParsePublic(k.Public)
	if err != nil {
		return signoff.Authority{}, domain.Refuse(domain.Forbidden, "officer.no-key", "the key %s of %s cannot sign: %v", key, s.Officer, err).
			WithNext("have another key registered")
	}
	return signoff.Authority{
		Officer: s.Officer, Person: s.Person, Name: s.Name, Post: s.Post, Capacity: capacity, Office: office, Area: holding.Area,
		Custody: k.Custody, Key: key, Public: public,
	}, nil
}

// separated refuses a person who holds a capacity of the other kind on a day, under this officer id or another.
func (s State) separated(capacity string, day domain.Date, others []Holding) error {
	for _, h := range slices.Concat(s.Capacities, others) {
		if separate(h.Capacity, capacity) && h.on(day) {
			return domain.Refuse(domain.Forbidden, "officer.separation", "you also hold %s for %s on %v; nobody decides who is entitled and also pays", h.Capacity, h.Office, day).
				WithNext("have %s or %s withdrawn; until then another person has to sign", h.Capacity, capacity)
		}
	}
	return nil
}

// serving refuses an officer who was never appointed or has left.
func (s State) serving(kind domain.Kind) error {
	if s.Officer == "" {
		return domain.Refuse(domain.NotFound, "officer.unknown", "there is no such officer").WithNext("have the person appointed first")
	}
	if s.Left {
		return domain.Refuse(kind, "officer.left", "%s has left office", s.Officer).WithNext("appoint the person again under a new officer id")
	}
	return nil
}

// holding is the grant of a capacity that covers a day; of several the latest, which knows the office's area best.
func (s State) holding(capacity, office string, day domain.Date) (Holding, bool) {
	for _, h := range slices.Backward(s.Capacities) {
		if h.Capacity == capacity && h.Office == office && h.on(day) {
			return h, true
		}
	}
	return Holding{}, false
}

func (s State) key(id string) (Key, bool) {
	i := slices.IndexFunc(s.Keys, func(k Key) bool { return k.Key == id })
	if i < 0 {
		return Key{}, false
	}
	return s.Keys[i], true
}

// areas lists what the officer's standing capacities reach on a day or later.
func (s State) areas(day domain.Date) []domain.AreaCode {
	var areas []domain.AreaCode
	for _, h := range s.Capacities {
		if !h.endsBefore(day) {
			areas = append(areas, h.Area)
		}
	}
	return areas
}
