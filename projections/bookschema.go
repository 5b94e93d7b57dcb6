package projections

// bookTables are the read models of the book months (账期) of finance offices.
func bookTables() []string {
	return []string{
		`CREATE TABLE months_v1 (
			finance TEXT NOT NULL, month TEXT NOT NULL, stream INTEGER NOT NULL, status TEXT NOT NULL,
			log_index INTEGER NOT NULL,           -- of the last entry of its stream
			state BLOB NOT NULL,                  -- month.State
			PRIMARY KEY (finance, month)
		) STRICT, WITHOUT ROWID`,
		// Closes and reopenings, in log order: month.Books.
		`CREATE TABLE month_marks_v1 (
			log_index INTEGER PRIMARY KEY,        -- of the close or the reopening
			finance TEXT NOT NULL, month TEXT NOT NULL,
			from_index INTEGER NOT NULL,          -- facts from here on meet it: a close's cut-off
			reopened INTEGER NOT NULL
		) STRICT`,
		// What each entry changed in the figures of a month, summed over its lines: package month's names, and "bank" for
		// what bank lines state. Sums over it are all figures there are. Amounts are fen.
		`CREATE TABLE book_v1 (
			log_index INTEGER NOT NULL,
			finance TEXT NOT NULL,
			month TEXT NOT NULL,                  -- in which it is booked
			own TEXT NOT NULL,                    -- to which it belongs by its own day; empty: the entry has none
			programme TEXT NOT NULL, class TEXT NOT NULL, -- of people; empty for a bank line about no line of ours
			run TEXT NOT NULL, figure TEXT NOT NULL,
			cause TEXT NOT NULL,                  -- class of the bank line, or kind of the entry
			amount INTEGER NOT NULL, facts INTEGER NOT NULL,
			PRIMARY KEY (finance, log_index, run, class, figure, cause, own)
		) STRICT, WITHOUT ROWID`,
		`CREATE INDEX book_month ON book_v1 (finance, month)`,
		`CREATE INDEX book_run ON book_v1 (run, figure)`,
	}
}
