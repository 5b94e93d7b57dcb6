// Package eventstore is the contract between Almoner and whatever keeps its events: bytes in, bytes out.
//
// # Words
//
//   - A stream is the ordered list of one aggregate's events; its name is any text (see [Append.Validate]) and is
//     never parsed. A stream exists from its first event; nothing deletes one.
//   - A revision is an event's place in its stream: 0, 1, 2, … without gaps.
//   - The log is all events of all streams in one total order, the order in which they became durable.
//   - A position is a place in the log as the engine counts it. It is a resume token: positions can be compared,
//     kept and handed back to the store that issued them. They are not dense and no arithmetic on them means anything.
//   - An append is one or more events added to one stream at an exact revision. It is the atom of the contract:
//     no reader ever sees a part of one in a stream, in the log or after a crash.
//
// # What an implementation owes
//
// The promises stand on the methods of [Store]; package storetest holds a case for each and every implementation
// MUST pass it. They are chosen so that both an embedded SQLite file and an EventStoreDB cluster can keep them. That is
// why there is no transaction over several streams, no delete, no uniqueness of event ids, and no "any revision".
//
// # Writing safely
//
// A writer that got [ErrUnavailable] or [ErrUnknownOutcome] tries again with the same stream, the same expected revision
// and the same event ids. If the first attempt was written after all, the second is acknowledged with the original
// revision and position; if somebody else wrote meanwhile, it is refused with [*WrongRevisionError]. Either way nothing is
// written twice. This holds across restarts of both sides because nothing but the stored ids is consulted.
package eventstore

import (
	"context"
	"iter"
)

// Event is what a writer hands in. The store keeps the three fields unchanged and interprets none of them.
type Event struct {
	// ID is a UUID as 36 lower-case characters with hyphens, not all zero. Ids make repeated appends recognisable; they are
	// compared only at the stream and revision an append names, and an id may occur elsewhere in the log again.
	ID string
	// Type is a short name such as "beneficiary.enrolled": 1 to [MaxTypeBytes] bytes of UTF-8.
	Type string
	// Data is the event itself: 1 to [MaxEventBytes] bytes, of any content.
	Data []byte
}

// Recorded is an event as the store gives it back.
type Recorded struct {
	Event
	Stream   string
	Revision int64    // from 0, dense within the stream
	Position Position // ascending in log order
}

// NoStream is the expected revision of a stream that must not exist yet.
const NoStream int64 = -1

// End, given to [Store.ReadStream] with [Backwards], starts at the last event.
const End int64 = -1

// Direction is the order in which a stream is read.
type Direction bool

// The two directions of reading a stream.
const (
	Forwards  Direction = false // ascending revisions
	Backwards Direction = true  // descending revisions
)

// String returns "forwards" or "backwards".
func (d Direction) String() string {
	if d == Backwards {
		return "backwards"
	}
	return "forwards"
}

// Append asks for events to be added to the end of one stream.
type Append struct {
	Stream string
	// Expected is the revision of the stream's last event, or [NoStream]. It is always exact.
	Expected int64
	Events   []Event // 1 to [MaxEvents]
}

// Appended says where an append's last event stands.
type Appended struct {
	Revision int64
	Position Position
}

// Result is the outcome of one append of a batch. Appended is meaningful only when Err is nil.
type Result struct {
	Appended
	Err error
}

// Store is an append-only store of events. All methods are safe for concurrent use.
//
// Every error is, or wraps, one of the errors of this package, the context's error, or (from Subscribe) the error of
// deliver. An error says what was attempted on which stream or position.
type Store interface {
	// Append adds a.Events to a.Stream, all or none, and returns when they are durable: they survive a crash of the
	// process, of the machine and of its power supply (on a cluster: of any minority of its nodes).
	//
	//   - If the stream's last revision is a.Expected, the events get the revisions a.Expected+1 and up, and adjacent
	//     places in the log. No ids are looked up for this.
	//   - If the stream is longer, and the events at the revisions a.Expected+1 … a.Expected+len(a.Events) all exist and
	//     carry the ids of a.Events in this order, then the append is a repeat: nothing is written and the original
	//     revision and position of the last of them are returned. Type and Data are not compared, since a repeated
	//     attempt may carry a new time. How these events were once divided into appends does not matter.
	//   - Otherwise the append is refused with *WrongRevisionError.
	//
	// An append outside the limits is refused with *TooLargeError, a malformed one with *InvalidError, before anything is
	// written. ErrUnavailable means that nothing was written, ErrUnknownOutcome that it may have been. If ctx ends while
	// the append waits its turn, nothing is written and ctx.Err is returned; once writing has begun an implementation MAY
	// finish it and answer, or answer ErrUnknownOutcome. The store MUST NOT keep or change a.Events after returning.
	Append(ctx context.Context, a Append) (Appended, error)

	// AppendBatch performs many independent appends, each with the promises of Append; the result i belongs to the append i.
	// One that is refused does not touch the others. Appends to the same stream are applied in the order of the batch,
	// so a later one may expect the revision an earlier one makes. The places of different streams in the log relative
	// to each other are not promised. An implementation MAY write many appends in one transaction, and then a fault
	// (never a refusal) may befall many at once. A large batch MAY become durable in pieces.
	AppendBatch(ctx context.Context, batch []Append) []Result

	// ReadStream yields the events of one stream, starting with revision from inclusive. Backwards, from may be End or lie
	// past the end, and then starts at the last event. A stream that does not exist, and a forward start past the end,
	// yield nothing and no error. The read contains every event acknowledged before iteration began; it MAY contain
	// later ones. An error is yielded once, with an empty Recorded, and ends the iteration. Each range over the sequence
	// reads anew. The consumer owns what it is given.
	ReadStream(ctx context.Context, stream string, from int64, dir Direction) iter.Seq2[Recorded, error]

	// ReadAll returns up to max events of the log in ascending order, starting behind the position after (exclusive);
	// the zero Position starts at the beginning. It returns fewer than max events only at the end of the log; the read
	// contains every event acknowledged before the call. A position beyond Head is refused with *UnknownPositionError:
	// it comes from another store, or from before this one was restored from an older copy. Other positions MUST be ones
	// this store issued; what else follows from any other is not promised.
	ReadAll(ctx context.Context, after Position, max int) ([]Recorded, error)

	// ReadAllBackwards returns up to max events in descending order, starting before the position before (exclusive); the
	// zero Position starts at the end. Otherwise it is like ReadAll.
	ReadAllBackwards(ctx context.Context, before Position, max int) ([]Recorded, error)

	// Subscribe hands every event behind after to deliver, in log order, nothing missing and nothing twice: first those
	// that exist, then each new one soon after it became durable, whichever process appended it. It blocks until ctx ends
	// (returning ctx.Err), deliver returns an error (returning that error), or the store fails or is closed.
	//
	// deliver is called by one goroutine at a time and owns the slice. caughtUp says that the batch ended at the head of
	// the log when it was read. The first time this is so deliver is called even if there is nothing to deliver;
	// no other call has an empty batch. An append MAY be cut by the end of a batch, never reordered. A slow deliver delays
	// only its own subscription: it loses nothing and holds up no writer. deliver MAY append to the store.
	//
	// After an error the caller may subscribe again behind the last position it has processed.
	Subscribe(ctx context.Context, after Position, deliver func(batch []Recorded, caughtUp bool) error) error

	// Head returns the position of the last event of the log, or the zero Position if there is none.
	Head(ctx context.Context) (Position, error)

	// Close ends all subscriptions and waits for appends being written; those still waiting their turn get ErrClosed, as
	// does every later call. Closing twice is harmless.
	Close() error
}
