package vault

import (
	"errors"
	"fmt"
)

// What can be wrong with a vault as a whole.
var (
	ErrWrongMaster = errors.New("vault: the master key is not the one this vault was made with; use the right key file or the printed recovery key")
	ErrOtherLedger = errors.New("vault: this vault belongs to another ledger; use the vault.db of this ledger's folder")
	ErrUnbound     = errors.New("vault: this vault is bound to no ledger yet; finish the creation of the ledger first")
	ErrUnfinished  = errors.New("vault: the creation of this vault was interrupted; create it again")
	ErrIncomplete  = errors.New("vault: the vault lacks keys that the log uses; restore its newest backup before anything is written")
)

// What can be wrong with one key. A key is either live or exactly one of these.
var (
	ErrNoKey     = errors.New("vault: this key was never known here")
	ErrDestroyed = errors.New("vault: this key was destroyed; what it sealed is erased")
	ErrDamaged   = errors.New("vault: this key is damaged; restore the vault's newest backup")
)

// ErrRemains means that a key is destroyed, durably and for every reader, but that bytes of it may still lie in unused
// parts of the vault's files, because another process stood in the way of the clean-up or the disk failed.
var ErrRemains = errors.New("vault: the key is destroyed, but remains of it may lie in the file; close other programs that use the vault and destroy it again")

// ErrMismatch means that an id is already used for something else, or with other terms.
var ErrMismatch = errors.New("vault: the id is in use for something else")

// ErrMalformed means that what was given is not in the form the vault takes.
var ErrMalformed = errors.New("vault: malformed")

// NumberTakenError says that a citizen number already leads to somebody else. It does not repeat the number.
type NumberTakenError struct {
	Person string // who should have got it
	Holder string // whose it is
}

// Error says who holds the number, and what to do.
func (e *NumberTakenError) Error() string {
	return fmt.Sprintf("vault: the number belongs to person %s already, not to %s; if they are one person, say so in a correction", e.Holder, e.Person)
}
