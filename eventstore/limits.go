package eventstore

import (
	"fmt"
	"unicode/utf8"
)

// Limits of an append, the same on every engine, so that what was written to one can be copied to any other.
const (
	// MaxEvents is the largest number of events in one append.
	MaxEvents = 500
	// MaxBytes is the largest size of one append, the sum of [Event.Size]. EventStoreDB refuses 1 MiB
	// by default and counts a type twice, which the difference covers.
	MaxBytes = 900_000
	// MaxEventBytes is the largest Data of one event: an entry of the transparency log has a 16-bit length (C2SP
	// tlog-tiles), and some of that is kept in reserve.
	MaxEventBytes = 60_000
	// MaxTypeBytes is the longest event type in bytes.
	MaxTypeBytes = 100
	// MaxStreamBytes is the longest stream name in bytes.
	MaxStreamBytes = 200
)

// Size is what e counts towards [MaxBytes]: the bytes of its type and of its data.
func (e Event) Size() int { return len(e.Type) + len(e.Data) }

// Validate reports, without looking at any store, why a can never be appended: *InvalidError if it is malformed,
// *TooLargeError if it is outside the limits, nil otherwise. Every implementation calls it before anything else.
func (a Append) Validate() error {
	if err := ValidateStream(a.Stream); err != nil {
		return err
	}
	switch {
	case a.Expected < NoStream:
		return a.invalid("expected revision %d: want the stream's last revision, or -1 for a stream that must not exist", a.Expected)
	case len(a.Events) == 0:
		return a.invalid("an append needs at least one event")
	case len(a.Events) > MaxEvents:
		return &TooLargeError{Stream: a.Stream, What: "events in one append", Size: len(a.Events), Limit: MaxEvents}
	}
	total := 0
	for i, e := range a.Events {
		if err := a.validateEvent(i, e); err != nil {
			return err
		}
		total += e.Size()
	}
	if total > MaxBytes {
		return &TooLargeError{Stream: a.Stream, What: "bytes in one append", Size: total, Limit: MaxBytes}
	}
	return nil
}

func (a Append) validateEvent(i int, e Event) error {
	switch {
	case !validID(e.ID):
		return a.invalid("event %d: id %q: want a UUID of 36 lower-case characters that is not all zero", i, e.ID)
	case e.Type == "" || !utf8.ValidString(e.Type):
		return a.invalid("event %d: type %q: want a short name in UTF-8", i, e.Type)
	case len(e.Type) > MaxTypeBytes:
		return &TooLargeError{Stream: a.Stream, What: fmt.Sprintf("bytes in the type of event %d", i), Size: len(e.Type), Limit: MaxTypeBytes}
	case len(e.Data) == 0:
		return a.invalid("event %d (%s): it has no data", i, e.Type)
	case len(e.Data) > MaxEventBytes:
		return &TooLargeError{Stream: a.Stream, What: fmt.Sprintf("bytes in event %d (%s)", i, e.Type), Size: len(e.Data), Limit: MaxEventBytes}
	}
	return nil
}

func (a Append) invalid(format string, args ...any) error {
	return &InvalidError{Subject: "append to stream " + a.Stream, Problem: fmt.Sprintf(format, args...)}
}

// ValidateStream reports why name cannot name a stream: it is empty, longer than [MaxStreamBytes], not UTF-8 or holds a NUL
// character, which the engines' text columns and index keys do not carry.
func ValidateStream(name string) error {
	if len(name) > MaxStreamBytes {
		return &TooLargeError{Stream: name[:40] + "…", What: "bytes in a stream name", Size: len(name), Limit: MaxStreamBytes}
	}
	problem := ""
	switch {
	case name == "":
		problem = "the name is empty"
	case !utf8.ValidString(name):
		problem = "the name is not valid UTF-8"
	default:
		for i := range len(name) {
			if name[i] == 0 {
				problem = "the name holds a NUL character"
			}
		}
	}
	if problem == "" {
		return nil
	}
	return &InvalidError{Subject: fmt.Sprintf("stream %q", name), Problem: problem}
}

// validID accepts the canonical text form of a UUID of any version (RFC 9562 section 4) except the nil UUID, which
// EventStoreDB refuses.
func validID(s string) bool {
	if len(s) != 36 {
		return false
	}
	zero := true
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
			zero = zero && c == '0'
		default:
			return false
		}
	}
	return !zero
}
