package officer

import (
	"crypto/ed25519"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Granter is who grants, as the ledger knows them at this moment: a root officer with the key that entry 0 (or a later
// change of roots) pins, or an officer with an Authority as Personnel.
type Granter struct {
	Officer  string
	Person   string
	Root     bool
	Capacity string          // Personnel unless Root
	Area     domain.AreaCode // of the capacity; unused for Root
	Custody  signoff.Custody
	Key      string // key id
	Public   ed25519.PublicKey
}

// GranterOf makes a granter of an officer's authority.
func GranterOf(a signoff.Authority) Granter {
	return Granter{Officer: a.Officer, Person: a.Person, Capacity: a.Capacity, Area: a.Area, Custody: a.Custody, Key: a.Key, Public: a.Public}
}

// May says whether the granter may grant something to an officer, who is a person, that reaches the areas. It refuses with
// officer.self-grant (by officer and by person: nobody grants to himself, a root officer neither), officer.granter or
// officer.granter-area. For an office, officer and person are empty.
func (g Granter) May(officer, person string, areas ...domain.AreaCode) error {
	if g.Officer == officer || g.Person == person {
		return domain.Refuse(domain.Forbidden, "officer.self-grant", "nobody grants to himself").WithNext("another granter has to sign")
	}
	if g.Root {
		return nil
	}
	if g.Capacity != Personnel {
		return domain.Refuse(domain.Forbidden, "officer.granter", "%s acts as %s and cannot grant", g.Officer, g.Capacity).
			WithNext("a root officer or %s has to sign", Personnel)
	}
	for _, area := range areas {
		if !area.Within(g.Area) {
			return domain.Refuse(domain.Forbidden, "officer.granter-area", "%s lies outside the granter's area %s", area, g.Area).
				WithNext("a root officer or %s of that area has to sign", Personnel)
		}
	}
	return nil
}

// Act is a granter's signature on what is asked.
type Act struct {
	Granter   Granter
	Place     Place
	Statement string // exact text, as GrantStatement.Text gives it
	Sig       []byte // Ed25519, 64 bytes
}

// Grant is the act as it stands in the event.
func (a Act) Grant() signoff.Grant {
	return signoff.Grant{Granter: a.Granter.Officer, Signature: Signature(a.Granter.Custody, a.Granter.Key, a.Statement, a.Sig)}
}

// Check applies CheckGrant to an event that carries the act's grant, and wants an effective day (officer.on).
func (a Act) Check(e Granted) error {
	if !a.Place.On.Valid() {
		return domain.Refuse(domain.Invalid, "officer.on", "there is no effective day").WithNext("say from which day it holds")
	}
	return CheckGrant(a.Place, e, a.Granter.Public)
}
