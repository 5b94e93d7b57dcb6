// Package projections keeps the read models of a ledger: what pages, reports and decisions start from. It reads the event
// store from its first event to its last and builds tables in one SQLite file, views.db, that can be dropped at any time
// and built again.
//
// # Where a read model stands
//
// A log index is a number of entries: the read models are "at" log index n when they have taken in the first n entries of
// the log, numbered 0 to n-1. Every answer states the log index it was read at, in one snapshot of the file. A caller who
// needs at least some log index says so with [AtLeast]; an older read model answers [StaleError], one that found the log
// broken answers [BrokenError]. An incomplete answer is never given.
//
// # The runner
//
// One runner feeds all tables. Each batch of events is one transaction that holds: the rows, the resume position in the
// store, the log index, and a running hash over the leaf hashes (RFC 6962) of all entries so far:
//
//	hash(0) = 32 zero bytes        hash(n+1) = SHA-256(hash(n) || leaf(n))
//
// so two read models that state the same log index and the same hash have read the same log. A crash leaves the last
// whole batch and nothing of the next.
//
// The runner refuses to go on, and every query with it, when
//
//   - an event's revision does not follow the last one of its stream: an event is missing or came twice;
//   - an event's bytes do not decode, or do not say the stream, revision and type they were stored under;
//   - the store's end lies before the resume position: the store was restored from an older copy;
//   - the first entry is of another ledger than asked for.
//
// What it found is kept in the file until [Views.Rebuild].
//
// Only the holder of the lock on "views.db.lock" moves the read models. Another process opens the same file, asks what it
// wants, and waits for the holder; when the holder is gone it takes over. Should two runners run nevertheless, the second
// one's transaction finds another log index than it left and fails with [ErrSecondRunner]: no event is counted twice.
//
// # Two times
//
// A row of the roll is a rectangle: days on which it is true, and log indexes between which it was known. A roll as of a
// day as known at a log index is the rectangles that contain both ([Views.Roll]); what made the difference between two
// knowings are the entries at whose indexes rectangles were opened and closed ([Views.CompareRoll]).
//
// # What is in the tables
//
// Person ids, amounts, codes, dates; officers' names and posts. No name, number, account, phone or address of a
// beneficiary: the runner holds no keys and never sees one. Money is whole fen in an INTEGER. Days and periods are text as
// the events write them, ids of events 16 bytes, streams and words that repeat small numbers.
//
// Whoever can write views.db can make pages and lists show what they like. They cannot make money move: a draw is decided
// against the person's stream in the event store at its exact revision, and `payrun recheck` computes from events alone.
package projections
