package projections

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	file "almoner/internal/sqlite"
)

// ApplicationID marks the file in its header: "ALvw" in ASCII.
const ApplicationID int32 = 0x414c7677

// schemaVersion is stored in the file; a file of another version is emptied and built again. Change it with any table.
const schemaVersion = 3

// migrations make only the table that says what else is in the file: all others are dropped and made by create, since
// nothing in them is worth migrating.
func migrations() []file.Migration {
	return []file.Migration{{
		`CREATE TABLE runner (
			id        INTEGER PRIMARY KEY CHECK (id = 1),
			schema    INTEGER NOT NULL,           -- schemaVersion of the tables; 0: there are none
			ledger    TEXT    NOT NULL,           -- ledger id of entry 0; empty before it
			log_index INTEGER NOT NULL,           -- entries taken in
			position  TEXT    NOT NULL,           -- of the last one, the store's resume token
			hash      BLOB    NOT NULL,           -- running hash
			at        INTEGER NOT NULL,           -- of the newest entry, microseconds since 1970
			max_at    INTEGER NOT NULL,           -- latest of all
			built     INTEGER NOT NULL,           -- the first catch-up ended, and the late indexes stand
			problem   TEXT    NOT NULL            -- what broke; empty while healthy
		) STRICT`,
		`INSERT INTO runner VALUES (1, 0, '', 0, '0/0', zeroblob(32), 0, 0, 0, '')`,
	}}
}

// tables of the read models. Where log_index stands in a row it is the index of the entry that made it so.
func tables() []string {
	return append(slices.Concat(bankTables(), fundTables(), bookTables(), recoveryTables()), []string{
		// Texts that repeat: types, officers, offices, capacities, villages, classes.
		`CREATE TABLE words_v1 (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT`,
		`CREATE TABLE households_v1 (id INTEGER PRIMARY KEY, household TEXT NOT NULL UNIQUE) STRICT`,
		// Streams, numbered in order of first appearance, which keeps what is written together close together.
		`CREATE TABLE streams_v1 (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
		`CREATE TABLE heads_v1 (stream INTEGER PRIMARY KEY, rev INTEGER NOT NULL, log_index INTEGER NOT NULL) STRICT`,
		// Every entry; a person's timeline is those of the person's stream.
		`CREATE TABLE events_v1 (
			log_index INTEGER PRIMARY KEY, stream INTEGER NOT NULL, rev INTEGER NOT NULL, type INTEGER NOT NULL, id BLOB NOT NULL,
			at INTEGER NOT NULL, on_day TEXT, officer INTEGER NOT NULL, office INTEGER NOT NULL, capacity INTEGER NOT NULL,
			cause BLOB, reason TEXT
		) STRICT`,
		// Latest "at" among all entries before log_index, now and then: where to start looking for an instant.
		`CREATE TABLE instants_v1 (log_index INTEGER PRIMARY KEY, max_at INTEGER NOT NULL) STRICT`,

		// A person's state without its draws, which are rows of their own: a state is then small and seldom written.
		`CREATE TABLE folds_v1 (stream INTEGER PRIMARY KEY, person TEXT NOT NULL, state BLOB NOT NULL) STRICT`,
		`CREATE TABLE person_programme_v1 (
			programme TEXT NOT NULL, office TEXT NOT NULL, person TEXT NOT NULL, stream INTEGER NOT NULL,
			PRIMARY KEY (programme, office, person)
		) STRICT, WITHOUT ROWID`,
		// In log order, not by person: a pay run then fills pages one after another instead of touching one for each person,
		// and reading everybody's draws in order of person still walks a few pages of each run at a time.
		`CREATE TABLE draws_v1 (
			log_index INTEGER PRIMARY KEY, stream INTEGER NOT NULL, rev INTEGER NOT NULL,
			run INTEGER NOT NULL,                 -- stream of the pay run
			line INTEGER NOT NULL, net INTEGER NOT NULL, class INTEGER NOT NULL,
			household INTEGER NOT NULL,           -- 0: none
			undone INTEGER,                       -- log index of the undrawn
			stopped INTEGER,                      -- log index of the stop
			data TEXT NOT NULL                    -- the drawn event's data, as stored
		) STRICT`,

		`CREATE TABLE roll_v1 (
			id INTEGER PRIMARY KEY, enrolment TEXT NOT NULL, person TEXT NOT NULL, household TEXT NOT NULL, programme TEXT NOT NULL,
			office TEXT NOT NULL, village TEXT NOT NULL, class TEXT NOT NULL, unit TEXT NOT NULL, share TEXT NOT NULL,
			status TEXT NOT NULL,
			on_from TEXT NOT NULL, on_to TEXT,             -- first day; first day no longer
			known_from INTEGER NOT NULL, known_to INTEGER  -- log index of the entry that opened it; of the one that closed it
		) STRICT`,

		`CREATE TABLE payruns_v1 (
			run TEXT PRIMARY KEY, stream INTEGER NOT NULL, programme TEXT NOT NULL, office TEXT NOT NULL, period TEXT NOT NULL,
			status TEXT NOT NULL, opened INTEGER NOT NULL, released INTEGER, state BLOB NOT NULL
		) STRICT, WITHOUT ROWID`,
		// Listed and held lines stay in the pages they came in.
		`CREATE TABLE payrun_pages_v1 (
			run TEXT NOT NULL, round INTEGER NOT NULL, held INTEGER NOT NULL, page INTEGER NOT NULL,
			first INTEGER NOT NULL, lines INTEGER NOT NULL, data TEXT NOT NULL,
			PRIMARY KEY (run, round, held, page)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE payrun_signatures_v1 (
			run TEXT NOT NULL, log_index INTEGER NOT NULL, round INTEGER NOT NULL, step INTEGER NOT NULL, scope TEXT NOT NULL,
			outcome TEXT NOT NULL, person TEXT NOT NULL, opinion TEXT NOT NULL, custody TEXT NOT NULL, key TEXT NOT NULL,
			PRIMARY KEY (run, log_index)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE payrun_stops_v1 (
			run TEXT NOT NULL, line INTEGER NOT NULL, log_index INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (run, line)
		) STRICT, WITHOUT ROWID`,
		// Standing draws of a run until it is released, less its stopped lines; counted once it is released.
		`CREATE TABLE totals_v1 (
			run TEXT NOT NULL, class TEXT NOT NULL, lines INTEGER NOT NULL, due INTEGER NOT NULL, arrears INTEGER NOT NULL,
			deducted INTEGER NOT NULL, netted INTEGER NOT NULL, recovered INTEGER NOT NULL, net INTEGER NOT NULL, units_regular INTEGER NOT NULL,
			units_arrears INTEGER NOT NULL, units_top_up INTEGER NOT NULL, units_deduction INTEGER NOT NULL,
			PRIMARY KEY (run, class)
		) STRICT, WITHOUT ROWID`,

		`CREATE TABLE subjects_v1 (
			stream INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, office TEXT NOT NULL, programme TEXT NOT NULL,
			person TEXT NOT NULL, change TEXT NOT NULL, status TEXT NOT NULL, opened INTEGER NOT NULL, changed INTEGER NOT NULL,
			data BLOB NOT NULL, signing BLOB NOT NULL
		) STRICT`,
		`CREATE TABLE waits_v1 (
			stream INTEGER NOT NULL, capacity TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (stream, capacity, scope)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE rulebooks_v1 (
			rulebook TEXT NOT NULL, hash TEXT NOT NULL, proposed INTEGER NOT NULL, published INTEGER, published_on TEXT,
			source TEXT NOT NULL, PRIMARY KEY (rulebook, hash)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE offices_v1 (
			office TEXT PRIMARY KEY, level TEXT NOT NULL, department TEXT NOT NULL, area TEXT NOT NULL, name TEXT NOT NULL,
			parent TEXT NOT NULL, villages BLOB NOT NULL, closed INTEGER, into_office TEXT NOT NULL, changed INTEGER NOT NULL
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE officers_v1 (
			officer TEXT PRIMARY KEY, person TEXT NOT NULL, changed INTEGER NOT NULL, state BLOB NOT NULL
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE intents_v1 (
			stream INTEGER NOT NULL, kind TEXT NOT NULL, draw TEXT NOT NULL, person TEXT NOT NULL, log_index INTEGER NOT NULL,
			PRIMARY KEY (stream, kind, draw)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE overpayments_v1 (
			overpayment TEXT PRIMARY KEY, person TEXT NOT NULL, enrolment TEXT NOT NULL, programme TEXT NOT NULL, office TEXT NOT NULL,
			cause TEXT NOT NULL, fault TEXT NOT NULL, amount INTEGER NOT NULL, returned INTEGER NOT NULL, outstanding INTEGER NOT NULL,
			log_index INTEGER NOT NULL
		) STRICT, WITHOUT ROWID`,

		`CREATE INDEX instants_at ON instants_v1 (max_at, log_index)`,
		`CREATE UNIQUE INDEX draws_person ON draws_v1 (stream, rev)`,
		`CREATE INDEX draws_run ON draws_v1 (run, line, stream, net, household, undone, stopped)`,
		`CREATE INDEX roll_place ON roll_v1 (programme, office, village, person, enrolment)`,
		`CREATE INDEX roll_village ON roll_v1 (programme, village, person, enrolment)`,
		`CREATE INDEX roll_enrolment ON roll_v1 (enrolment, on_from)`,
		`CREATE INDEX roll_person ON roll_v1 (person)`,
		`CREATE UNIQUE INDEX payruns_stream ON payruns_v1 (stream)`,
		`CREATE INDEX payruns_period ON payruns_v1 (period)`,
		`CREATE INDEX subjects_kind ON subjects_v1 (kind, changed)`,
		`CREATE INDEX subjects_person ON subjects_v1 (person)`,
		`CREATE INDEX waits_capacity ON waits_v1 (capacity)`,
		`CREATE INDEX overpayments_person ON overpayments_v1 (person)`,
		`CREATE INDEX officers_person ON officers_v1 (person)`,
	}...)
}

// lateIndexes are made at the end of the first catch-up: sorting once is several times faster than keeping order while
// millions of events pour in. No query's answer depends on them, only its speed.
func lateIndexes() []string {
	return []string{
		`CREATE INDEX events_stream ON events_v1 (stream, log_index)`,
		`CREATE INDEX events_id ON events_v1 (id)`,
	}
}

// recreate empties the file: all tables but runner are dropped and made anew, and the runner starts at entry 0.
func recreate(ctx context.Context, tx *sql.Tx) error {
	names, err := scanAll(ctx, tx, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) },
		`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'runner' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	var statements []string
	for _, name := range names {
		statements = append(statements, `DROP TABLE "`+name+`"`)
	}
	statements = append(statements, tables()...)
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.40s: %w", statement, err)
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE runner SET schema = ?, ledger = '', log_index = 0, position = '0/0', hash = zeroblob(32),
		at = 0, max_at = 0, built = 0, problem = ''`, schemaVersion)
	return err
}

// scanAll collects the rows of a query.
func scanAll[T any](ctx context.Context, tx *sql.Tx, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
