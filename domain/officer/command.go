package officer

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Appoint makes a person an officer, or gives an officer another name or post.
type Appoint struct {
	Officer string
	Person  string
	Name    string
	Post    string
	By      Act
}

// GrantCapacity lets the officer act in a capacity.
type GrantCapacity struct {
	Capacity string
	Office   string
	Area     domain.AreaCode // the office's, as the ledger knows it on From
	From     domain.Date
	Until    domain.Date // last day; absent: open
	Others   []Holding   // what the same person holds under other officer ids
	By       Act
}

// WithdrawCapacity ends a capacity after a day.
type WithdrawCapacity struct {
	Capacity string
	Office   string
	Until    domain.Date
	Reason   string // code
	By       Act
}

// RegisterKey binds a key to the officer.
type RegisterKey struct {
	Key       string // key id, KeyID of Public
	Public    string // "ed25519:…"
	Alg       signoff.Alg
	Custody   signoff.Custody
	Statement string // Possession.Text, signed by the key itself
	Sig       []byte
	HeldBy    string // the other officer who has this key registered, as the ledger knows; empty: none
	By        Act
}

// RevokeKey ends a key.
type RevokeKey struct {
	Key    string
	Reason string // code
	By     Act
}

// Leave ends an officer's service.
type Leave struct {
	Reason string // code
	By     Act
}

// Event is what the command appends: the granter signs StatementFor it.
func (c Appoint) Event() Appointed {
	return Appointed{Grant: c.By.Grant(), Name: c.Name, Officer: c.Officer, Person: c.Person, Post: c.Post}
}

// Event is what the command appends for an officer: the granter signs StatementFor it.
func (c GrantCapacity) Event(officer string) CapacityGranted {
	return CapacityGranted{
		Capacity: c.Capacity, From: c.From, Grant: c.By.Grant(), Office: c.Office, Area: c.Area, Officer: officer, Until: c.Until,
	}
}

// Event is what the command appends for an officer: the granter signs StatementFor it.
func (c WithdrawCapacity) Event(officer string) CapacityWithdrawn {
	return CapacityWithdrawn{Capacity: c.Capacity, Grant: c.By.Grant(), Office: c.Office, Officer: officer, Reason: c.Reason, Until: c.Until}
}

// Event is what the command appends for an officer: the granter signs StatementFor it, once the key has signed.
func (c RegisterKey) Event(officer string) KeyRegistered {
	return KeyRegistered{
		Alg: c.Alg, Custody: c.Custody, Grant: c.By.Grant(), Key: c.Key, Officer: officer,
		Possession: Signature(c.Custody, c.Key, c.Statement, c.Sig), Public: c.Public,
	}
}

// Event is what the command appends for an officer: the granter signs StatementFor it.
func (c RevokeKey) Event(officer string) KeyRevoked {
	return KeyRevoked{Grant: c.By.Grant(), Key: c.Key, Officer: officer, Reason: c.Reason}
}

// Event is what the command appends for an officer: the granter signs StatementFor it.
func (c Leave) Event(officer string) Left {
	return Left{Grant: c.By.Grant(), Officer: officer, Reason: c.Reason}
}
