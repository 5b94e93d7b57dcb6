package genesis

// Create makes a ledger: the fields of entry 0.
type Create Created

// RotateLogKey names the log's next key.
type RotateLogKey struct {
	Key      string // "ed25519:…"
	Revision int64  // of the event, which the append names
	Signed   []Signed
}

// ChangeWitnesses replaces the list of witnesses.
type ChangeWitnesses struct {
	Witnesses []Witness
	Quorum    int
	Revision  int64
	Signed    []Signed
}

// ChangeOrigin starts a new origin after an irreparable loss.
type ChangeOrigin struct {
	To         string
	Checkpoint string // the last signed note of the present origin, as published
	Reason     string // code
	Revision   int64
	Signed     []Signed
}

// ChangeRoots replaces the root officers.
type ChangeRoots struct {
	Roots    []Root
	Revision int64
	Signed   []Signed
}

// Move ends this ledger when a copy on another engine takes over.
type Move struct {
	Root string // hex RFC 6962 root over the entries before
	Size int64  // how many they are
	To   string // code of the engine, or name of the place, without credentials
}

// OrderErasure records the order to erase a person.
type OrderErasure struct {
	Basis    string // code of the legal basis
	Case     string // the signed case
	Document string // 文号; empty: none
	Person   string
}

// Erase records that keys were destroyed under an order.
type Erase struct {
	Order string // event id of ErasureOrdered
	Kids  []string
}

// Event is what the command appends: root officers sign StatementFor it.
func (c RotateLogKey) Event(s State) LogKeyRotated {
	return LogKeyRotated{Key: c.Key, Old: s.LogKey, Signed: c.Signed}
}

// Event is what the command appends: root officers sign StatementFor it.
func (c ChangeWitnesses) Event() WitnessesChanged {
	return WitnessesChanged{Quorum: c.Quorum, Signed: c.Signed, Witnesses: c.Witnesses}
}

// Event is what the command appends: root officers sign StatementFor it.
func (c ChangeOrigin) Event(s State) OriginChanged {
	return OriginChanged{Checkpoint: c.Checkpoint, From: s.Origin, Reason: c.Reason, Signed: c.Signed, To: c.To}
}

// Event is what the command appends: root officers sign StatementFor it.
func (c ChangeRoots) Event() RootsChanged { return RootsChanged{Roots: c.Roots, Signed: c.Signed} }
