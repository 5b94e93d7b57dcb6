package eventstore

import (
	"errors"
	"fmt"
)

// The faults of a store, for errors.Is.
var (
	// ErrUnavailable: the store cannot do it now, and nothing was written. It may be tried again later.
	ErrUnavailable = errors.New("event store unavailable")

	// ErrReadOnly is an ErrUnavailable that lasts: the disk or the file cannot be written.
	ErrReadOnly = fmt.Errorf("%w: it is read-only; check the permissions and the mount of its folder", ErrUnavailable)

	// ErrFull is an ErrUnavailable that lasts until somebody frees space.
	ErrFull = fmt.Errorf("%w: the disk is full; free space on the disk that holds it", ErrUnavailable)

	// ErrUnknownOutcome: the write may or may not be there, and may even appear later. Try again with identical event ids and
	// the identical expected revision: it is then acknowledged or written, once.
	ErrUnknownOutcome = errors.New("event store: outcome of the write is unknown; repeat it with the same ids and revision")

	// ErrClosed: Close was called.
	ErrClosed = errors.New("event store is closed")
)

// WrongRevisionError refuses an append because the stream does not end where the writer thought. The writer reads the
// stream again and decides anew.
type WrongRevisionError struct {
	Stream   string
	Expected int64 // as the append said; NoStream if it was to create the stream
	Actual   int64 // the stream's last revision; NoStream if it does not exist
}

func (e *WrongRevisionError) Error() string {
	return fmt.Sprintf("append to stream %s: expected %s, but %s; read the stream again and decide anew",
		e.Stream, describe(e.Expected, "that it does not exist", "last revision"), describe(e.Actual, "it does not exist", "it is at revision"))
}

func describe(revision int64, none, some string) string {
	if revision == NoStream {
		return none
	}
	return fmt.Sprintf("%s %d", some, revision)
}

// TooLargeError refuses an append that is outside the limits of this package. It must be divided.
type TooLargeError struct {
	Stream string
	What   string // what was counted, such as "events in one append"
	Size   int
	Limit  int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("append to stream %s: %d %s, at most %d are allowed; divide it", e.Stream, e.Size, e.What, e.Limit)
}

// InvalidError refuses a malformed argument; it is a defect of the caller.
type InvalidError struct {
	Subject string // what was asked for, such as "append to stream X"
	Problem string
}

func (e *InvalidError) Error() string { return e.Subject + ": " + e.Problem }

// UnknownPositionError refuses to read from a position beyond the head: the resume token comes from another store, or
// this store was restored from a copy older than the token.
type UnknownPositionError struct {
	Position Position
	Head     Position
}

func (e *UnknownPositionError) Error() string {
	return fmt.Sprintf("position %v lies beyond the head %v of the event store: it belongs to another store, or this store was "+
		"restored from an older copy; rebuild what was derived from it", e.Position, e.Head)
}

// CorruptError says that stored bytes are not what was written. The store never returns such bytes.
type CorruptError struct {
	Where   string // file, row, position or stream, as exactly as is known
	Problem string
	Err     error // the engine's own error, if there is one
}

func (e *CorruptError) Error() string {
	s := fmt.Sprintf("event store is corrupt at %s: %s; run `almoner store check`, then restore a verified backup", e.Where, e.Problem)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the engine's own error.
func (e *CorruptError) Unwrap() error { return e.Err }
