package officer

import (
	"almoner/domain"
	"almoner/domain/signoff"
)

// Stream is the stream of one officer.
func Stream(officer string) string { return "officer-" + officer }

// Appointed makes a person an officer. Names and posts of officers are duty data and stand in clear.
type Appointed struct {
	Grant   signoff.Grant `json:"grant"`
	Name    string        `json:"name"`
	Officer string        `json:"officer"`
	Person  string        `json:"person"` // so that an officer is known to be the same person as a payee
	Post    string        `json:"post"`
}

// CapacityGranted lets the officer act in a capacity for an office from the effective day.
type CapacityGranted struct {
	Capacity string          `json:"capacity"` // "town.line-head"
	From     domain.Date     `json:"from"`
	Grant    signoff.Grant   `json:"grant"`
	Office   string          `json:"office"`
	Area     domain.AreaCode `json:"area"` // the office's area at the time: what the capacity reaches
	Officer  string          `json:"officer"`
	Until    domain.Date     `json:"until,omitempty"` // last day
}

// CapacityWithdrawn ends a capacity after the day it names.
type CapacityWithdrawn struct {
	Capacity string        `json:"capacity"`
	Grant    signoff.Grant `json:"grant"`
	Office   string        `json:"office"`
	Officer  string        `json:"officer"`
	Reason   string        `json:"reason"`
	Until    domain.Date   `json:"until"`
}

// KeyRegistered binds a public key to the officer: proof of possession by the key, and the granter's signature.
type KeyRegistered struct {
	Alg        signoff.Alg       `json:"alg"`
	Custody    signoff.Custody   `json:"custody"`
	Grant      signoff.Grant     `json:"grant"`
	Key        string            `json:"key"` // key id
	Officer    string            `json:"officer"`
	Possession signoff.Signature `json:"possession"` // the key's own signature over the registration statement
	Public     string            `json:"public"`     // "ed25519:…"
}

// KeyRevoked ends a key from this entry on: earlier signatures stay valid, later ones do not, whatever their `at`.
type KeyRevoked struct {
	Grant   signoff.Grant `json:"grant"`
	Key     string        `json:"key"`
	Officer string        `json:"officer"`
	Reason  string        `json:"reason"`
}

// Left ends all capacities and keys of the officer.
type Left struct {
	Grant   signoff.Grant `json:"grant"`
	Officer string        `json:"officer"`
	Reason  string        `json:"reason"`
}

// The stored names.
func (Appointed) EventType() string         { return "officer.appointed" }
func (CapacityGranted) EventType() string   { return "officer.capacity-granted" }
func (CapacityWithdrawn) EventType() string { return "officer.capacity-withdrawn" }
func (KeyRegistered) EventType() string     { return "officer.key-registered" }
func (KeyRevoked) EventType() string        { return "officer.key-revoked" }
func (Left) EventType() string              { return "officer.left" }
