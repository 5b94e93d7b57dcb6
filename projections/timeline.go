package projections

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

// Entry is one event as lists show it: who did what, when, why, and what led to it.
type Entry struct {
	LogIndex int64
	ID       string // event id
	Stream   string
	Revision int64
	Type     string // "beneficiary.exited"
	At       time.Time
	On       domain.Date // effective day; zero where the event has none
	Officer  string
	Office   string
	Capacity string
	Cause    string // event id; empty if nothing led to it
	Reason   string // the event's coded reason; empty where it has none
}

const entryColumns = `e.log_index, e.id, s.name, e.rev, t.word, e.at, e.on_day, o.word, f.word, c.word, e.cause, e.reason
	FROM events_v1 e JOIN streams_v1 s ON s.id = e.stream JOIN words_v1 t ON t.id = e.type
	JOIN words_v1 o ON o.id = e.officer JOIN words_v1 f ON f.id = e.office JOIN words_v1 c ON c.id = e.capacity`

func scanEntry(r *sql.Rows) (Entry, error) {
	var e Entry
	var id, cause []byte
	var at int64
	var on, reason sql.NullString
	if err := r.Scan(&e.LogIndex, &id, &e.Stream, &e.Revision, &e.Type, &at, &on, &e.Officer, &e.Office, &e.Capacity, &cause, &reason); err != nil {
		return Entry{}, err
	}
	e.At, e.Reason = time.UnixMicro(at).UTC(), reason.String
	var err error
	if e.ID, err = textID(id); err != nil {
		return Entry{}, err
	}
	if e.Cause, err = textID(cause); err != nil {
		return Entry{}, err
	}
	e.On, err = day(on.String)
	return e, err
}

func textID(b []byte) (string, error) {
	if len(b) == 0 {
		return "", nil
	}
	id, err := uuid.FromBytes(b)
	return id.String(), err
}

// day reads a stored day; empty is the absent date.
func day(text string) (domain.Date, error) {
	if text == "" {
		return domain.Date{}, nil
	}
	return domain.ParseDate(text)
}

// Timeline is what the ledger knew of one person, in the order in which it learnt it.
type Timeline struct {
	LogIndex int64 // of the read models
	Known    int64 // entries known
	Entries  []Entry
}

// Timeline lists the events of one person's stream that were known.
func (v *Views) Timeline(ctx context.Context, person string, known Known) (Timeline, error) {
	var out Timeline
	err := v.read(ctx, "timeline of "+person, func(tx *sql.Tx, at stand) (err error) {
		out.LogIndex = at.logIndex
		if out.Known, err = known.resolve(ctx, tx, at); err != nil {
			return err
		}
		stream, err := streamOf(ctx, tx, beneficiary.Stream(person))
		if err != nil {
			return err
		}
		if stream == 0 {
			return noPerson(person)
		}
		out.Entries, err = scanAll(ctx, tx, scanEntry,
			`SELECT `+entryColumns+` WHERE e.stream = ? AND e.log_index < ? ORDER BY e.log_index`, stream, out.Known)
		return err
	})
	return out, err
}

// Event finds the entry of an event id: what a cause names. It refuses with projections.no-event.
func (v *Views) Event(ctx context.Context, id string) (Entry, error) {
	var out Entry
	err := v.read(ctx, "event "+id, func(tx *sql.Tx, _ stand) error {
		parsed, err := uuid.Parse(id)
		if err != nil {
			return noEvent(id)
		}
		found, err := scanAll(ctx, tx, scanEntry, `SELECT `+entryColumns+` WHERE e.id = ? ORDER BY e.log_index LIMIT 1`, parsed[:])
		if err == nil && len(found) == 0 {
			return noEvent(id)
		}
		if err == nil {
			out = found[0]
		}
		return err
	})
	return out, err
}

func noEvent(id string) error {
	return domain.Refuse(domain.NotFound, "projections.no-event", "the ledger has no event %.40q", id).WithNext("check the event id")
}

// entryAt reads the entry at a log index.
func entryAt(ctx context.Context, tx *sql.Tx, logIndex int64) (Entry, error) {
	found, err := scanAll(ctx, tx, scanEntry, `SELECT `+entryColumns+` WHERE e.log_index = ?`, logIndex)
	if err == nil && len(found) == 0 {
		err = errors.New("the entry is not there")
	}
	if err != nil {
		return Entry{}, err
	}
	return found[0], nil
}
