package projections

// bankTables are the read models of money at the bank. Amounts are fen.
func bankTables() []string {
	// A line of a run as the bank was last told to pay it, with everything banks have said about it since.
	instructed := `(
		run TEXT NOT NULL, line INTEGER NOT NULL, payref TEXT NOT NULL, draw TEXT NOT NULL, person TEXT NOT NULL,
		stream INTEGER NOT NULL,              -- of the person
		finance TEXT NOT NULL, programme TEXT NOT NULL, office TEXT NOT NULL, village TEXT NOT NULL, class TEXT NOT NULL,
		amount INTEGER NOT NULL, file TEXT NOT NULL, instruction INTEGER NOT NULL,
		log_index INTEGER NOT NULL,           -- of payrun.instructed
		status TEXT NOT NULL,                 -- bankfile.LineStatus
		settled INTEGER NOT NULL, returned INTEGER NOT NULL, outstanding INTEGER NOT NULL, beyond INTEGER NOT NULL, early INTEGER NOT NULL,
		late INTEGER NOT NULL,                -- settled after its return
		again TEXT NOT NULL,                  -- draw that this line pays again
		undrawn INTEGER NOT NULL,             -- its draw stands no more
		missing INTEGER NOT NULL,             -- not answered when the run was settled
		disputed INTEGER NOT NULL,            -- bank facts contradict each other
		reason TEXT NOT NULL,                 -- why it came back last, the bank's reason as our code
		account TEXT NOT NULL,                -- id of the event that holds the account paid to
		account_rev INTEGER NOT NULL,         -- its revision in the person's stream; -1: not known
		facts BLOB NOT NULL,                  -- bankfile.LineState
		since INTEGER NOT NULL,               -- log index from which its instruction stands, or stands again
		since_month TEXT NOT NULL,            -- book month of that
		PRIMARY KEY (run, line)
	) STRICT, WITHOUT ROWID`
	return []string{
		`CREATE TABLE instructed_v1 ` + instructed,
		// Lines of an instruction that the bank refused whole, until they are instructed again or a bank fact names them.
		`CREATE TABLE rejected_v1 ` + instructed,
		// From when to when a line was told that was refused whole then: nothing was known of it in between.
		`CREATE TABLE told_before_v1 (
			run TEXT NOT NULL, line INTEGER NOT NULL, since INTEGER NOT NULL, since_month TEXT NOT NULL,
			ended INTEGER NOT NULL, ended_month TEXT NOT NULL, PRIMARY KEY (run, line, since)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE bank_moves_v1 (
			log_index INTEGER NOT NULL, file TEXT NOT NULL, bank_line INTEGER NOT NULL, run TEXT NOT NULL, line INTEGER NOT NULL,
			class TEXT NOT NULL, late INTEGER NOT NULL, amount INTEGER NOT NULL, -- as the file states it
			booked_on TEXT,                       -- named by the bank, or the day it was received; NULL: about no line of ours
			settled INTEGER NOT NULL, returned INTEGER NOT NULL, outstanding INTEGER NOT NULL, beyond INTEGER NOT NULL, early INTEGER NOT NULL,
			told_again INTEGER NOT NULL,          -- amount of an instruction line that was refused whole before, and counts again since
			PRIMARY KEY (file, bank_line)
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE bankfiles_v1 (
			file TEXT PRIMARY KEY, stream INTEGER NOT NULL, direction TEXT NOT NULL, finance TEXT NOT NULL, status TEXT NOT NULL,
			format TEXT NOT NULL, received_on TEXT, lines INTEGER NOT NULL, total INTEGER NOT NULL, log_index INTEGER NOT NULL, state BLOB NOT NULL
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE bank_pages_v1 (
			file TEXT NOT NULL, page INTEGER NOT NULL, first INTEGER NOT NULL, lines INTEGER NOT NULL, data TEXT NOT NULL,
			log_index INTEGER NOT NULL, PRIMARY KEY (file, page)
		) STRICT, WITHOUT ROWID`,
		// Lines that came back and whose payee has had no new account signed since.
		`CREATE TABLE returned_v1 (
			run TEXT NOT NULL, line INTEGER NOT NULL, stream INTEGER NOT NULL, log_index INTEGER NOT NULL, PRIMARY KEY (run, line)
		) STRICT, WITHOUT ROWID`,

		`CREATE UNIQUE INDEX instructed_ref ON instructed_v1 (payref)`,
		`CREATE INDEX instructed_person ON instructed_v1 (stream, amount)`,
		`CREATE INDEX instructed_file ON instructed_v1 (file)`,
		`CREATE INDEX instructed_finance ON instructed_v1 (finance, log_index)`,
		`CREATE INDEX rejected_ref ON rejected_v1 (payref)`,
		`CREATE INDEX moves_run ON bank_moves_v1 (run, line)`,
		`CREATE INDEX moves_log ON bank_moves_v1 (log_index)`,
		`CREATE INDEX bankfiles_finance ON bankfiles_v1 (finance, log_index)`,
		`CREATE INDEX returned_person ON returned_v1 (stream)`,
	}
}
