// Package codec turns events into the bytes that are stored, and back. The stored bytes are the log entry: written once,
// never encoded again, hashed as they stand. docs/event-format.md says the same for people who write another reader.
//
// # What it holds
//
//   - the canonical form: Marshal, MarshalPrivate, Unmarshal (canonical.go, write.go, read.go);
//   - the envelope that every event has: Envelope, Decode (envelope.go);
//   - sealing of personal data under a key per person: Seal, Open, Parts (seal.go);
//   - the table of every stored event type, with its versions: Types, Lookup (table.go);
//   - both ways of a whole event: Encode, DecodeEvent (event.go).
//
// # Invariants, all of them tested
//
//   - Whatever Decode accepts, Envelope.Encode writes again as the same bytes; there is one form and no other.
//   - Nothing is repaired: text that is not UTF-8, a key twice, a null, a fraction are errors.
//   - A value that knows how to mask itself (a name, a number, an account) is written in full by MarshalPrivate, whose
//     bytes are then sealed or hashed under a key, and refused by Marshal.
//   - Sealed data opens only in the event, stream and type it was sealed for. Without the key the rest stays readable.
//   - A type that the table does not hold, or a schema newer than the table's, is an error that says to upgrade.
//
// The package reads no clock and makes no randomness: time, keys and random bytes come from the caller.
package codec
