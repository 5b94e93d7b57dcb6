package vault

import (
	"fmt"
	"unicode/utf8"

	"almoner/internal/sqlite"
)

// applicationID marks the file as a vault: "AVLT".
const applicationID = 0x41564c54

// Kinds of keys.
const (
	unknownKind = 0 // a marker of an erasure that the log reports of a kid this vault never held
	personKind  = 1
	fileKind    = 2
)

// migrations of the schema. Hashes are 32 bytes, instants are Unix seconds, retain is a day (YYYY-MM-DD) or empty.
//
// The row of a key is never deleted: destroyed, its wrapped key is zeros of the same size and destroyed_at is set. The
// tables of hashes have no rowid and their second index serves erasing. meta.erasures counts up with every erasure, and
// meta.remains is 1 from an erasure until nothing of it is left in the files.
var migrations = []sqlite.Migration{{
	`CREATE TABLE meta (
		one      INTEGER PRIMARY KEY CHECK (one = 1),
		proof    BLOB    NOT NULL,
		ledger   TEXT    NOT NULL,
		made_at  INTEGER NOT NULL,
		erasures INTEGER NOT NULL DEFAULT 0,
		remains  INTEGER NOT NULL DEFAULT 0
	) STRICT`,
	`CREATE TABLE keys (
		id           INTEGER PRIMARY KEY,
		kid          TEXT    NOT NULL UNIQUE,
		kind         INTEGER NOT NULL,
		wrapped      BLOB    NOT NULL CHECK (length(wrapped) = 60),
		retain       TEXT    NOT NULL DEFAULT '',
		made_at      INTEGER NOT NULL,
		destroyed_at INTEGER
	) STRICT`,
	`CREATE INDEX keys_retain ON keys (retain) WHERE retain <> ''`,
	`CREATE TABLE numbers (
		hash BLOB PRIMARY KEY,
		key  INTEGER NOT NULL REFERENCES keys (id)
	) STRICT, WITHOUT ROWID`,
	`CREATE INDEX numbers_key ON numbers (key)`,
	`CREATE TABLE names (
		hash BLOB    NOT NULL,
		key  INTEGER NOT NULL REFERENCES keys (id),
		PRIMARY KEY (hash, key)
	) STRICT, WITHOUT ROWID`,
	`CREATE INDEX names_key ON names (key)`,
	`CREATE TABLE accounts (
		hash BLOB    NOT NULL,
		key  INTEGER NOT NULL REFERENCES keys (id),
		PRIMARY KEY (hash, key)
	) STRICT, WITHOUT ROWID`,
	`CREATE INDEX accounts_key ON accounts (key)`,
	`CREATE TABLE files (
		hash BLOB    NOT NULL,
		key  INTEGER NOT NULL REFERENCES keys (id),
		PRIMARY KEY (hash, key)
	) STRICT, WITHOUT ROWID`,
	`CREATE INDEX files_key ON files (key)`,
}}

// Bounds of what callers give, in bytes; generous, so that a mistake is told from a long name.
const (
	maxID    = 200
	maxIndex = 400
)

// checkID refuses ids that are empty, too long or not text.
func checkID(what, id string) error {
	if id == "" || len(id) > maxID || !utf8.ValidString(id) {
		return fmt.Errorf("%w: the %s id must be 1 to %d bytes of UTF-8 text, it has %d", ErrMalformed, what, maxID, len(id))
	}
	return nil
}

// checkNumber refuses what is not a canonical citizen number (GB 11643): 17 digits and a digit or capital X. The check digit
// and 15 digit numbers are the domain's business. The message never repeats the number.
func checkNumber(number string) error {
	if len(number) != 18 {
		return fmt.Errorf("%w: a citizen number has 18 characters here, not %d; make it canonical first", ErrMalformed, len(number))
	}
	for i := range len(number) {
		if c := number[i]; (c < '0' || c > '9') && (i != 17 || c != 'X') {
			return fmt.Errorf("%w: character %d of the citizen number is not a digit (the last may be a capital X)", ErrMalformed, i+1)
		}
	}
	return nil
}
