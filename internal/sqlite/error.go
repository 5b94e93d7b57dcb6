package sqlite

import (
	"errors"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Code is a primary result code of SQLite (https://www.sqlite.org/rescode.html).
type Code int

// The codes a caller can act on.
const (
	Busy         Code = sqlite3.SQLITE_BUSY       // another process kept the write lock for longer than the busy timeout
	Locked       Code = sqlite3.SQLITE_LOCKED     // another statement of the same process is in the way
	ReadOnly     Code = sqlite3.SQLITE_READONLY   // the file, its folder or the connection cannot be written
	IOError      Code = sqlite3.SQLITE_IOERR      // the disk failed
	Corrupt      Code = sqlite3.SQLITE_CORRUPT    // pages do not make sense
	Full         Code = sqlite3.SQLITE_FULL       // no space left
	CannotOpen   Code = sqlite3.SQLITE_CANTOPEN   // a file could not be opened
	Constraint   Code = sqlite3.SQLITE_CONSTRAINT // a constraint of the schema refused the statement
	NotADatabase Code = sqlite3.SQLITE_NOTADB     // the file is not SQLite's
	Interrupted  Code = sqlite3.SQLITE_INTERRUPT  // the context of the statement ended
)

// CodeOf returns the primary result code in err's chain, or 0 if there is none.
func CodeOf(err error) Code {
	var e *driver.Error
	if !errors.As(err, &e) {
		return 0
	}
	return Code(e.Code() & 0xff) // the upper bits are the extended part
}

// Is reports whether err carries one of the codes.
func Is(err error, codes ...Code) bool {
	code := CodeOf(err)
	for _, c := range codes {
		if code == c && code != 0 {
			return true
		}
	}
	return false
}
