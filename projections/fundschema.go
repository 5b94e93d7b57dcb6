package projections

// fundTables are the read models of the money that pays runs. Amounts are fen.
func fundTables() []string {
	return []string{
		`CREATE TABLE funds_v1 (
			fund TEXT PRIMARY KEY, stream INTEGER NOT NULL, finance TEXT NOT NULL, programme TEXT NOT NULL, year INTEGER NOT NULL,
			closed INTEGER NOT NULL, log_index INTEGER NOT NULL, state BLOB NOT NULL
		) STRICT, WITHOUT ROWID`,
		// Every movement: appropriated, received, recovered, committed, released, spent, returned, closed. An append may hold two.
		`CREATE TABLE fund_entries_v1 (
			log_index INTEGER PRIMARY KEY, fund TEXT NOT NULL, finance TEXT NOT NULL, programme TEXT NOT NULL, year INTEGER NOT NULL,
			kind TEXT NOT NULL, run TEXT NOT NULL,
			level TEXT NOT NULL,                  -- who pays in, of appropriated and received
			amount INTEGER NOT NULL,              -- signed: bank facts may take spent and released back
			document TEXT NOT NULL,               -- document number of an appropriation, else the voucher
			on_day TEXT,                          -- on paper; NULL for what has no day of its own
			detail TEXT NOT NULL                  -- reason of a release, overpayment recovered, request answered, where it was returned to
		) STRICT`,
		`CREATE TABLE fund_requests_v1 (
			request TEXT PRIMARY KEY, stream INTEGER NOT NULL, run TEXT NOT NULL, fund TEXT NOT NULL, finance TEXT NOT NULL,
			programme TEXT NOT NULL, office TEXT NOT NULL, status TEXT NOT NULL,
			log_index INTEGER NOT NULL,           -- of the request as it stands
			state BLOB NOT NULL
		) STRICT, WITHOUT ROWID`,

		`CREATE INDEX funds_finance ON funds_v1 (finance, year)`,
		`CREATE INDEX fund_entries_fund ON fund_entries_v1 (fund, log_index)`,
		`CREATE INDEX fund_entries_run ON fund_entries_v1 (run, log_index)`,
		`CREATE INDEX fund_requests_run ON fund_requests_v1 (run)`,
		`CREATE INDEX fund_requests_fund ON fund_requests_v1 (fund)`,
	}
}
