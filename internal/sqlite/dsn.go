package sqlite

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// pool opens a pool of at most n connections, all set up alike.
func pool(path string, o Options, n int, readOnly bool) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, o, readOnly))
	if err != nil {
		return nil, err
	}
	// Connections are kept for as long as the pool lives: opening one costs more than most queries.
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// dsn returns a "file:" URI for path. The percent-encoding keeps characters such as '?', '#' and '%' part of the name
// (https://www.sqlite.org/uri.html section 3). mode=rw: SQLite itself never creates the file.
func dsn(path string, o Options, readOnly bool) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/x becomes file:///C:/x
	}
	synchronous := "FULL"
	if o.Droppable {
		synchronous = "NORMAL"
	}
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", o.BusyTimeout.Milliseconds()),
		"synchronous(" + synchronous + ")",
		"foreign_keys(1)",
		"trusted_schema(0)",
		"cell_size_check(1)",
		fmt.Sprintf("cache_size(-%d)", o.CacheKiB),
		fmt.Sprintf("wal_autocheckpoint(%d)", max(o.AutoCheckpoint, 0)),
	}
	if o.SecureDelete {
		pragmas = append(pragmas, "secure_delete(1)")
	}
	if readOnly {
		pragmas = append(pragmas, "query_only(1)")
	}
	query := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": pragmas}
	if readOnly {
		query.Set("_txlock", "deferred")
	}
	uri := url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}
	return uri.String()
}
