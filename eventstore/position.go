package eventstore

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Position is a place in the log of one store: an opaque resume token, ordered by [Position.Compare]. The zero value lies
// before every event. EventStoreDB counts in bytes and has two numbers; an engine with one number uses it for both.
// Positions are not dense and MUST NOT leave the users of this package except to be kept as a resume token.
type Position struct{ Commit, Prepare uint64 }

// Compare returns -1, 0 or 1 as p lies before, at or behind q in the log of the same store.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Commit, q.Commit), cmp.Compare(p.Prepare, q.Prepare))
}

// IsZero reports whether p lies before every event.
func (p Position) IsZero() bool { return p == Position{} }

// String returns the text form "commit/prepare" in decimal digits, the inverse of [ParsePosition].
func (p Position) String() string {
	return strconv.FormatUint(p.Commit, 10) + "/" + strconv.FormatUint(p.Prepare, 10)
}

// ParsePosition reads the form written by [Position.String] and nothing else: whatever it accepts is written back
// identically.
func ParsePosition(s string) (Position, error) {
	commit, prepare, ok := strings.Cut(s, "/")
	if ok {
		c, err1 := strconv.ParseUint(commit, 10, 64)
		p, err2 := strconv.ParseUint(prepare, 10, 64)
		if pos := (Position{c, p}); err1 == nil && err2 == nil && pos.String() == s {
			return pos, nil
		}
	}
	return Position{}, fmt.Errorf("position %q: want two decimal numbers as \"commit/prepare\", as the store wrote them", s)
}
