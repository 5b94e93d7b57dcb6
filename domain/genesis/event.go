package genesis

import "almoner/domain"

// Stream is the name of the one stream of this aggregate.
const Stream = "ledger"

// Created is entry 0: nothing can be appended before it.
type Created struct {
	Area        domain.AreaCode `json:"area"`        // the county or town the ledger serves
	Clock       Clock           `json:"clock"`       // where the entries' times come from
	Currency    string          `json:"currency"`    // "CNY"
	Envelope    int             `json:"envelope"`    // version of the events' envelope
	FirstPeriod domain.Period   `json:"firstPeriod"` // first month paid by this ledger
	Ledger      string          `json:"ledger"`      // ledger id, a UUID: the namespace of event ids
	LogKey      string          `json:"logKey"`      // public key of the log, "ed25519:…"
	Name        string          `json:"name"`
	Origin      string          `json:"origin"`           // the log's origin line; never signs two histories
	Quorum      int             `json:"quorum,omitempty"` // how many witnesses must cosign a checkpoint; absent: none
	Roots       []Root          `json:"roots"`            // at least two: root changes need two keys
	Witnesses   []Witness       `json:"witnesses,omitempty"`
}

// Clock is where `at` comes from.
type Clock string

// Only a simulated ledger takes an injected clock, and pages say so.
const (
	RealClock      Clock = "real"
	SimulatedClock Clock = "simulated"
)

// Root is an officer whose key is pinned by entry 0 and from whom all appointments descend.
type Root struct {
	Key     string `json:"key"` // "ed25519:…"
	Name    string `json:"name"`
	Officer string `json:"officer"`
	Person  string `json:"person"`
	Post    string `json:"post"`
}

// Witness is an outside cosigner of checkpoints.
type Witness struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// LogKeyRotated names the log's next key; checkpoints carry both for a while.
type LogKeyRotated struct {
	Key    string   `json:"key"`
	Old    string   `json:"old"`
	Signed []Signed `json:"signed"` // by root keys
}

// WitnessesChanged replaces the list of witnesses.
type WitnessesChanged struct {
	Quorum    int       `json:"quorum"` // how many must cosign
	Signed    []Signed  `json:"signed"`
	Witnesses []Witness `json:"witnesses,omitempty"`
}

// OriginChanged starts a new origin after an irreparable loss; it cites the last checkpoint of the old one.
type OriginChanged struct {
	Checkpoint string   `json:"checkpoint"` // the signed note, as published
	From       string   `json:"from"`
	Reason     string   `json:"reason"`
	Signed     []Signed `json:"signed"`
	To         string   `json:"to"`
}

// RootsChanged replaces the root officers; it needs two root signatures.
type RootsChanged struct {
	Roots  []Root   `json:"roots"`
	Signed []Signed `json:"signed"`
}

// Moved is the source's last entry when a ledger moves to another engine: one origin never has two ledgers.
type Moved struct {
	Root string `json:"root"` // hex, over the entries before this one
	Size int64  `json:"size"`
	To   string `json:"to"`
}

// ErasureOrdered records the order to erase a person; Erased, that the key was destroyed.
type ErasureOrdered struct {
	Basis    string `json:"basis"`              // closed code of the legal basis
	Case     string `json:"case"`               // the signed case that ordered it
	Document string `json:"document,omitempty"` // 文号
	Person   string `json:"person"`
}

// Erased says that the keys named were destroyed; at each start they are destroyed again.
type Erased struct {
	Kids  []string `json:"kids"`
	Order string   `json:"order"` // event id of ErasureOrdered
}

// Signed is one root officer's signature over a root statement.
type Signed struct {
	Key       string `json:"key"`       // the root's public key, as entry 0 or RootsChanged wrote it
	Officer   string `json:"officer"`   // the root officer
	Sig       string `json:"sig"`       // base64 of the Ed25519 signature over Statement
	Statement string `json:"statement"` // RootStatement.Text, byte for byte
}

// The stored names.
func (Created) EventType() string          { return "ledger.created" }
func (LogKeyRotated) EventType() string    { return "ledger.log-key-rotated" }
func (WitnessesChanged) EventType() string { return "ledger.witnesses-changed" }
func (OriginChanged) EventType() string    { return "ledger.origin-changed" }
func (RootsChanged) EventType() string     { return "ledger.roots-changed" }
func (Moved) EventType() string            { return "ledger.moved" }
func (ErasureOrdered) EventType() string   { return "ledger.erasure-ordered" }
func (Erased) EventType() string           { return "ledger.erased" }
