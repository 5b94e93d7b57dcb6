package officer

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestDecideAppoint(t *testing.T) {
	base := Appoint{Officer: "li", Person: "person-li", Name: "李四", Post: "科员", By: by(root())}
	sign := func(_ State, c *Appoint) Granted { c.By = signed(c.By, c.Event()); return c.Event() }
	inTown := CapacityGranted{Officer: "li", Capacity: "town.head", Office: "o", Area: town, From: newYear}
	ended := inTown
	ended.Until = domain.MustDate("2021-12-31")
	ended.From = domain.MustDate("2021-01-01")
	appointed := Appointed{Officer: "li", Person: "person-li", Name: "李四", Post: "旧"}
	run(t, []row[Appoint]{
		{name: "a root officer appoints"},
		{name: "personnel appoints who has no capacity yet", edit: func(c *Appoint) { c.By = by(personnel("110000")) }},
		{name: "twice the same is nothing", state: li(), none: true},
		{name: "twice the same is nothing, whoever asks", state: li(), edit: func(c *Appoint) { c.By = Act{} }, none: true},
		{name: "another post is another event", state: li(), edit: func(c *Appoint) { c.Post = "科长" }},
		{name: "another name is another event", state: li(), edit: func(c *Appoint) { c.Name = "李思" }},
		{name: "who has left", state: li(Left{Officer: "li"}), kind: domain.Conflict, rule: "officer.left"},
		{name: "another officer's stream", state: li(), edit: func(c *Appoint) { c.Officer = "wang" }, kind: domain.Conflict, rule: "officer.stream"},
		{name: "another person", state: li(), edit: func(c *Appoint) { c.Person = "person-wang" }, kind: domain.Conflict, rule: "officer.person"},
		{name: "no officer id", edit: func(c *Appoint) { c.Officer = "" }, kind: domain.Invalid, rule: "officer.id"},
		{name: "an officer id with a space", edit: func(c *Appoint) { c.Officer = "l i" }, kind: domain.Invalid, rule: "officer.id"},
		{name: "an officer id that is too long", edit: func(c *Appoint) { c.Officer = strings.Repeat("l", 101) }, kind: domain.Invalid, rule: "officer.id"},
		{name: "the longest officer id", edit: func(c *Appoint) { c.Officer = strings.Repeat("l", 100) }},
		{name: "no person", edit: func(c *Appoint) { c.Person = "" }, kind: domain.Invalid, rule: "officer.id"},
		{name: "no name", edit: func(c *Appoint) { c.Name = "" }, kind: domain.Invalid, rule: "officer.name"},
		{name: "no post", edit: func(c *Appoint) { c.Post = "" }, kind: domain.Invalid, rule: "officer.name"},
		{name: "neither name nor post", edit: func(c *Appoint) { c.Name, c.Post = "", "" }, kind: domain.Invalid, rule: "officer.name"},
		{name: "a name with blanks around it", edit: func(c *Appoint) { c.Name = "李四 " }, kind: domain.Invalid, rule: "officer.name"},
		{name: "a name on two lines", edit: func(c *Appoint) { c.Name = "李\n四" }, kind: domain.Invalid, rule: "officer.name"},
		{name: "a name that is too long", edit: func(c *Appoint) { c.Name = strings.Repeat("a", 201) }, kind: domain.Invalid, rule: "officer.name"},
		{name: "the longest name", edit: func(c *Appoint) { c.Name = strings.Repeat("a", 200) }},
		{name: "by himself", edit: func(c *Appoint) { c.Officer = "root" }, kind: domain.Forbidden, rule: "officer.self-grant"},
		{name: "by himself under another id", edit: func(c *Appoint) { c.Person = "person-root" }, kind: domain.Forbidden, rule: "officer.self-grant"},
		{name: "by somebody without the capacity", edit: func(c *Appoint) { c.By.Granter.Root = false; c.By.Granter.Capacity = "county.head" }, kind: domain.Forbidden, rule: "officer.granter"},
		{name: "personnel of one town renames whose capacities are there", state: fold(State{}, appointed, inTown), edit: func(c *Appoint) { c.By = by(personnel(town)) }},
		{name: "personnel of one town renames who acts for the county", state: li(), edit: func(c *Appoint) { c.Post = "科长"; c.By = by(personnel(town)) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "personnel elsewhere, of whom the capacity has ended", state: fold(State{}, appointed, ended), edit: func(c *Appoint) { c.By = by(personnel("110000")) }},
		{name: "no effective day", edit: func(c *Appoint) { c.By.Place.On = domain.Date{} }, kind: domain.Invalid, rule: "officer.on"},
		{name: "a statement for another person", tamper: func(c *Appoint) { c.Person = "person-wang" }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "a statement for another revision", tamper: func(c *Appoint) { c.By.Place.Revision++ }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "a statement for another ledger", tamper: func(c *Appoint) { c.By.Place.Origin += "x" }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "a statement for another day", tamper: func(c *Appoint) { c.By.Place.On = newYear.AddDays(1) }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "a statement of another granter", tamper: func(c *Appoint) { c.By.Granter.Officer = "root2" }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "no statement", tamper: func(c *Appoint) { c.By.Statement = "agreed" }, kind: domain.Invalid, rule: "officer.grant-statement"},
		{name: "a signature of another key", tamper: func(c *Appoint) { c.By.Sig = ed25519.Sign(keyOf("li"), []byte(c.By.Statement)) }, kind: domain.Forbidden, rule: "officer.grant-signature"},
		{name: "no signature", tamper: func(c *Appoint) { c.By.Sig = nil }, kind: domain.Forbidden, rule: "officer.grant-signature"},
		{name: "a granter without a key", tamper: func(c *Appoint) { c.By.Granter.Public = nil }, kind: domain.Forbidden, rule: "officer.grant-signature"},
	}, base, sign, State.DecideAppoint)
}

func TestDecideGrantCapacity(t *testing.T) {
	base := GrantCapacity{Capacity: "county.head", Office: "o-county", Area: county, From: newYear, By: by(personnel("340500"))}
	sign := func(s State, c *GrantCapacity) Granted {
		c.By = signed(c.By, c.Event(s.Officer))
		return c.Event(s.Officer)
	}
	june := domain.MustDate("2022-06-30")
	standing := func(until domain.Date) State {
		return li(CapacityGranted{Officer: "li", Capacity: "county.head", Office: "o-county", Area: county, From: newYear, Until: until})
	}
	others := func(h ...Holding) func(*GrantCapacity) { return func(c *GrantCapacity) { c.Others = h } }
	pays := Holding{Capacity: "finance.handler", Office: "o-fin", Area: county, From: newYear}
	paidBefore, paysLater := pays, pays
	paidBefore.From, paidBefore.Until = domain.MustDate("2021-01-01"), domain.MustDate("2021-12-31")
	paysLater.From = june
	run(t, []row[GrantCapacity]{
		{name: "personnel grants", state: li()},
		{name: "a root officer grants", state: li(), edit: func(c *GrantCapacity) { c.By = by(root()) }},
		{name: "for a while", state: li(), edit: func(c *GrantCapacity) { c.Until = june }},
		{name: "for one day", state: li(), edit: func(c *GrantCapacity) { c.Until = newYear }},
		{name: "part of what stands openly is nothing", state: standing(domain.Date{}), edit: func(c *GrantCapacity) { c.Until = june }, none: true},
		{name: "part of what stands for a while is nothing", state: standing(june), edit: func(c *GrantCapacity) { c.From = newYear.AddDays(1); c.Until = june }, none: true},
		{name: "what goes on longer", state: standing(june), edit: func(c *GrantCapacity) { c.Until = june.AddDays(1) }},
		{name: "what never ends", state: standing(june)},
		{name: "what begins earlier", state: standing(domain.Date{}), edit: func(c *GrantCapacity) { c.From = newYear.AddDays(-1) }},
		{name: "for another office", state: standing(domain.Date{}), edit: func(c *GrantCapacity) { c.Office = "o-other" }},
		{name: "for another area", state: standing(domain.Date{}), edit: func(c *GrantCapacity) { c.Area = "340521" }},
		{name: "nobody", kind: domain.NotFound, rule: "officer.unknown"},
		{name: "who has left", state: li(Left{Officer: "li"}), kind: domain.Conflict, rule: "officer.left"},
		{name: "an unknown capacity", state: li(), edit: func(c *GrantCapacity) { c.Capacity = "county.king" }, kind: domain.Invalid, rule: "officer.capacity"},
		{name: "no office", state: li(), edit: func(c *GrantCapacity) { c.Office = "" }, kind: domain.Invalid, rule: "officer.id"},
		{name: "an area that is none", state: li(), edit: func(c *GrantCapacity) { c.Area = "abcdef" }, kind: domain.Invalid, rule: "officer.capacity-area"},
		{name: "an area padded with zeros", state: li(), edit: func(c *GrantCapacity) { c.Area = "340523000000" }, kind: domain.Invalid, rule: "officer.capacity-area"},
		{name: "a county's capacity for a town", state: li(), edit: func(c *GrantCapacity) { c.Area = town }, kind: domain.Invalid, rule: "officer.capacity-area"},
		{name: "a county's capacity for a village", state: li(), edit: func(c *GrantCapacity) { c.Area = "340523100201" }, kind: domain.Invalid, rule: "officer.capacity-area"},
		{name: "a town's capacity for a county", state: li(), edit: func(c *GrantCapacity) { c.Capacity = "town.head" }, kind: domain.Invalid, rule: "officer.capacity-area"},
		{name: "a village's capacity for a town", state: li(), edit: func(c *GrantCapacity) { c.Capacity = "village.head"; c.Area = town }, kind: domain.Invalid, rule: "officer.capacity-area"},
		{name: "a village's capacity for a village", state: li(), edit: func(c *GrantCapacity) { c.Capacity = "village.head"; c.Area = "340523100201" }},
		{name: "a town's capacity for a town", state: li(), edit: func(c *GrantCapacity) { c.Capacity = "town.line-head"; c.Area = town }},
		{name: "unmask for a town", state: li(), edit: func(c *GrantCapacity) { c.Capacity = Unmask; c.Area = town }},
		{name: "no first day", state: li(), edit: func(c *GrantCapacity) { c.From = domain.Date{} }, kind: domain.Invalid, rule: "officer.capacity-days"},
		{name: "an end before the beginning", state: li(), edit: func(c *GrantCapacity) { c.Until = newYear.AddDays(-1) }, kind: domain.Invalid, rule: "officer.capacity-days"},
		{name: "a last day that is none", state: li(), edit: func(c *GrantCapacity) { c.Until = domain.Date{Year: 2022, Month: 2, Day: 30} }, kind: domain.Invalid, rule: "officer.capacity-days"},
		{name: "finance to who decides", state: li(), edit: func(c *GrantCapacity) { c.Capacity = "finance.head" }, kind: domain.Forbidden, rule: "officer.separation"},
		{name: "finance to who decided until the day before", edit: func(c *GrantCapacity) { c.Capacity = "finance.head" },
			state: li(CapacityWithdrawn{Officer: "li", Capacity: "county.handler", Office: "o-county", Until: newYear.AddDays(-1)})},
		{name: "deciding to who pays under another id", state: li(), edit: others(pays), kind: domain.Forbidden, rule: "officer.separation"},
		{name: "deciding to who paid before", state: li(), edit: others(paidBefore)},
		{name: "deciding to who pays later", state: li(), edit: others(paysLater), kind: domain.Forbidden, rule: "officer.separation"},
		{name: "deciding until the day before paying", state: li(), edit: func(c *GrantCapacity) { c.Others = []Holding{paysLater}; c.Until = june.AddDays(-1) }},
		{name: "auditing beside paying", state: li(), edit: func(c *GrantCapacity) { c.Capacity = Auditor; c.Others = []Holding{pays} }},
		{name: "personnel beside paying", state: li(), edit: func(c *GrantCapacity) { c.Capacity = Personnel; c.Others = []Holding{pays} }},
		{name: "unmask beside paying", state: li(), edit: func(c *GrantCapacity) { c.Capacity = Unmask; c.Others = []Holding{pays} }},
		{name: "deciding beside auditing", state: li(), edit: others(Holding{Capacity: Auditor, From: newYear})},
		{name: "to himself", state: li(), edit: func(c *GrantCapacity) { c.By.Granter.Person = "person-li" }, kind: domain.Forbidden, rule: "officer.self-grant"},
		{name: "outside the granter's area", state: li(), edit: func(c *GrantCapacity) { c.By = by(personnel("340400")) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed for another capacity", state: li(), tamper: func(c *GrantCapacity) { c.Capacity = Personnel }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed for another office", state: li(), tamper: func(c *GrantCapacity) { c.Office = "o-other" }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed for another area", state: li(), tamper: func(c *GrantCapacity) { c.Area = "340521" }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed from another day", state: li(), tamper: func(c *GrantCapacity) { c.From = newYear.AddDays(-1) }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed for a while", state: li(), tamper: func(c *GrantCapacity) { c.Until = june }, kind: domain.Conflict, rule: "officer.grant-statement"},
	}, base, sign, State.DecideGrantCapacity)
}

func TestDecideWithdrawCapacity(t *testing.T) {
	june := domain.MustDate("2022-06-30")
	base := WithdrawCapacity{Capacity: "county.handler", Office: "o-county", Until: june, Reason: "transferred", By: by(personnel("340500"))}
	sign := func(s State, c *WithdrawCapacity) Granted {
		c.By = signed(c.By, c.Event(s.Officer))
		return c.Event(s.Officer)
	}
	run(t, []row[WithdrawCapacity]{
		{name: "personnel withdraws", state: li()},
		{name: "before it began", state: li(), edit: func(c *WithdrawCapacity) { c.Until = newYear.AddDays(-1) }},
		{name: "what ended already is nothing", state: li(CapacityWithdrawn{Officer: "li", Capacity: "county.handler", Office: "o-county", Until: newYear}), none: true},
		{name: "nobody", kind: domain.NotFound, rule: "officer.unknown"},
		{name: "no day", state: li(), edit: func(c *WithdrawCapacity) { c.Until = domain.Date{} }, kind: domain.Invalid, rule: "officer.capacity-days"},
		{name: "no reason", state: li(), edit: func(c *WithdrawCapacity) { c.Reason = "" }, kind: domain.Invalid, rule: "officer.reason"},
		{name: "free text for a reason", state: li(), edit: func(c *WithdrawCapacity) { c.Reason = "因病" }, kind: domain.Invalid, rule: "officer.reason"},
		{name: "never held", state: li(), edit: func(c *WithdrawCapacity) { c.Capacity = "county.head" }, kind: domain.NotFound, rule: "officer.no-capacity"},
		{name: "never held there", state: li(), edit: func(c *WithdrawCapacity) { c.Office = "o-other" }, kind: domain.NotFound, rule: "officer.no-capacity"},
		{name: "outside the granter's area", state: li(), edit: func(c *WithdrawCapacity) { c.By = by(personnel(town)) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed for another day", state: li(), tamper: func(c *WithdrawCapacity) { c.Until = june.AddDays(1) }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed for another reason", state: li(), tamper: func(c *WithdrawCapacity) { c.Reason = "retired" }, kind: domain.Conflict, rule: "officer.grant-statement"},
	}, base, sign, State.DecideWithdrawCapacity)
}

func TestDecideRegisterKey(t *testing.T) {
	base := RegisterKey{Key: KeyID(publicOf("new")), Public: FormatPublic(publicOf("new")), Alg: signoff.Ed25519, Custody: signoff.OwnDevice, By: by(personnel(county))}
	possession := func(c *RegisterKey, officer string, with ed25519.PrivateKey) {
		c.Statement = Possession{Origin: origin, Officer: officer, Key: c.Key, Public: c.Public, At: "2021-12-30T01:02:03Z"}.Text()
		c.Sig = ed25519.Sign(with, []byte(c.Statement))
	}
	sign := func(s State, c *RegisterKey) Granted {
		if c.Statement == "" {
			possession(c, "li", keyOf("new"))
		}
		c.By = signed(c.By, c.Event(s.Officer))
		return c.Event(s.Officer)
	}
	known := func(c *RegisterKey) { c.Key, c.Public = KeyID(publicOf("li")), FormatPublic(publicOf("li")) }
	revoked := KeyRevoked{Officer: "li", Key: KeyID(publicOf("li"))}
	run(t, []row[RegisterKey]{
		{name: "a new key", state: li()},
		{name: "in hardware", state: li(), edit: func(c *RegisterKey) { c.Custody = signoff.Hardware }},
		{name: "on the server", state: li(), edit: func(c *RegisterKey) { c.Custody = signoff.Server }},
		{name: "the same again is nothing", state: li(), edit: known, none: true},
		{name: "the same in another custody", state: li(), edit: func(c *RegisterKey) { known(c); c.Custody = signoff.Hardware }, kind: domain.Conflict, rule: "officer.key-known"},
		{name: "the same id with another key", state: li(), edit: func(c *RegisterKey) { known(c); c.Public = FormatPublic(publicOf("new")) }, kind: domain.Conflict, rule: "officer.key-known"},
		{name: "the same with another algorithm", state: li(), edit: func(c *RegisterKey) { known(c); c.Alg = signoff.SM2 }, kind: domain.Conflict, rule: "officer.key-known"},
		{name: "a revoked key", state: li(revoked), edit: known, kind: domain.Conflict, rule: "officer.key-revoked"},
		{name: "nobody", kind: domain.NotFound, rule: "officer.unknown"},
		{name: "another algorithm", state: li(), edit: func(c *RegisterKey) { c.Alg = signoff.WebAuthn }, kind: domain.Invalid, rule: "officer.key-alg"},
		{name: "a public key that is none", state: li(), edit: func(c *RegisterKey) { c.Public = "ed25519:AAAA" }, kind: domain.Invalid, rule: "officer.key-public"},
		{name: "an id that is not the key's", state: li(), edit: func(c *RegisterKey) { c.Key = "0123456789abcdef" }, kind: domain.Invalid, rule: "officer.key-id"},
		{name: "on paper", state: li(), edit: func(c *RegisterKey) { c.Custody = signoff.OnPaper }, kind: domain.Invalid, rule: "officer.key-custody"},
		{name: "another officer's key", state: li(), edit: func(c *RegisterKey) { c.HeldBy = "wang" }, kind: domain.Conflict, rule: "officer.key-shared"},
		{name: "no proof of possession", state: li(), edit: func(c *RegisterKey) { c.Statement = "mine" }, kind: domain.Invalid, rule: "officer.possession"},
		{name: "a proof for another officer", state: li(), edit: func(c *RegisterKey) { possession(c, "wang", keyOf("new")) }, kind: domain.Invalid, rule: "officer.possession"},
		{name: "a proof by another key", state: li(), edit: func(c *RegisterKey) { possession(c, "li", keyOf("li")) }, kind: domain.Forbidden, rule: "officer.possession"},
		{name: "by himself", state: li(), edit: func(c *RegisterKey) { c.By.Granter.Officer = "li" }, kind: domain.Forbidden, rule: "officer.self-grant"},
		{name: "a root officer's own", state: fold(State{}, Appointed{Officer: "root", Person: "person-root"}), kind: domain.Forbidden, rule: "officer.self-grant",
			edit: func(c *RegisterKey) { c.By = by(root()); possession(c, "root", keyOf("new")) }},
		{name: "outside the granter's area", state: li(), edit: func(c *RegisterKey) { c.By = by(personnel(town)) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed for another custody", state: li(), tamper: func(c *RegisterKey) { c.Custody = signoff.Hardware }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed for another proof", state: li(), kind: domain.Conflict, rule: "officer.grant-statement",
			tamper: func(c *RegisterKey) {
				c.Statement = Possession{Origin: origin, Officer: "li", Key: c.Key, Public: c.Public, At: "later"}.Text()
				c.Sig = ed25519.Sign(keyOf("new"), []byte(c.Statement))
			}},
	}, base, sign, State.DecideRegisterKey)
}

func TestDecideRevokeKey(t *testing.T) {
	base := RevokeKey{Key: KeyID(publicOf("li")), Reason: "key-lost", By: by(personnel(county))}
	sign := func(s State, c *RevokeKey) Granted {
		c.By = signed(c.By, c.Event(s.Officer))
		return c.Event(s.Officer)
	}
	run(t, []row[RevokeKey]{
		{name: "personnel revokes", state: li()},
		{name: "twice is nothing", state: li(KeyRevoked{Officer: "li", Key: KeyID(publicOf("li"))}), none: true},
		{name: "nobody", kind: domain.NotFound, rule: "officer.unknown"},
		{name: "an unknown key", state: li(), edit: func(c *RevokeKey) { c.Key = "0123456789abcdef" }, kind: domain.NotFound, rule: "officer.no-key"},
		{name: "no reason", state: li(), edit: func(c *RevokeKey) { c.Reason = "" }, kind: domain.Invalid, rule: "officer.reason"},
		{name: "outside the granter's area", state: li(), edit: func(c *RevokeKey) { c.By = by(personnel(town)) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed for another reason", state: li(), tamper: func(c *RevokeKey) { c.Reason = "retired" }, kind: domain.Conflict, rule: "officer.grant-statement"},
	}, base, sign, State.DecideRevokeKey)
}

func TestDecideLeave(t *testing.T) {
	base := Leave{Reason: "retired", By: by(personnel(county))}
	sign := func(s State, c *Leave) Granted { c.By = signed(c.By, c.Event(s.Officer)); return c.Event(s.Officer) }
	run(t, []row[Leave]{
		{name: "personnel lets go", state: li()},
		{name: "twice is nothing", state: li(Left{Officer: "li"}), none: true},
		{name: "nobody", kind: domain.NotFound, rule: "officer.unknown"},
		{name: "no reason", state: li(), edit: func(c *Leave) { c.Reason = "" }, kind: domain.Invalid, rule: "officer.reason"},
		{name: "outside the granter's area", state: li(), edit: func(c *Leave) { c.By = by(personnel(town)) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed for another reason", state: li(), tamper: func(c *Leave) { c.Reason = "transferred" }, kind: domain.Conflict, rule: "officer.grant-statement"},
	}, base, sign, State.DecideLeave)
}

func TestCapacitiesAreAClosedSet(t *testing.T) {
	require.Equal(t, []string{
		"county.auditor", "county.handler", "county.head", "county.line-head", "county.personnel", "finance.handler", "finance.head",
		"finance.line-head", "town.handler", "town.head", "town.line-head", "unmask", "village.handler", "village.head", "village.line-head",
	}, Capacities())
}

func TestEveryRefusalAfterLeaving(t *testing.T) {
	s := li(Left{Officer: "li"})
	_, err := s.DecideWithdrawCapacity(WithdrawCapacity{})
	requireRefused(t, err, domain.Conflict, "officer.left")
	_, err = s.DecideRegisterKey(RegisterKey{})
	requireRefused(t, err, domain.Conflict, "officer.left")
	_, err = s.DecideRevokeKey(RevokeKey{})
	requireRefused(t, err, domain.Conflict, "officer.left")
}
