package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Migration is the statements that bring a schema from one version to the next, run in one transaction. A migration that
// was released is never edited; a change is a new one at the end.
type Migration []string

// establish finds out whose file it is, and only then changes anything: WAL mode and missing migrations.
func establish(ctx context.Context, db *sql.DB, o Options) error {
	version, fresh, err := look(ctx, db, o)
	if err != nil {
		return err
	}
	if fresh {
		if !o.Create {
			return errors.New("the file is empty; check the path, or create it deliberately")
		}
		if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA page_size=%d", o.PageSize)); err != nil {
			return fmt.Errorf("set page size: %w", err)
		}
	}
	// WAL mode is a property of the file; setting it again is free.
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode); err != nil {
		return fmt.Errorf("switch to WAL: %w", err)
	}
	if mode != "wal" {
		return fmt.Errorf("its disk does not allow a write-ahead log (journal mode stays %q); use a local disk", mode)
	}
	for version < len(o.Migrations) {
		if version, err = migrate(ctx, db, o); err != nil {
			return err
		}
	}
	return nil
}

// look identifies the file inside a reading transaction, since another process may be creating it at this moment.
func look(ctx context.Context, db *sql.DB, o Options) (version int, fresh bool, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, false, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN DEFERRED"); err != nil {
		return 0, false, fmt.Errorf("begin to read its header: %w", err)
	}
	version, fresh, err = identify(ctx, conn, o)
	_, rollbackErr := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return version, fresh, errors.Join(err, rollbackErr)
}

// identify reads the header, and refuses what is not ours. fresh means that nothing was ever stored in the file.
func identify(ctx context.Context, q querier, o Options) (version int, fresh bool, err error) {
	var application int32
	var tables int
	read := func(query string, dest any) {
		if err == nil {
			err = q.QueryRowContext(ctx, query).Scan(dest)
		}
	}
	read("PRAGMA application_id", &application)
	read("PRAGMA user_version", &version)
	read("SELECT count(*) FROM sqlite_schema", &tables)
	switch {
	case Is(err, NotADatabase):
		return 0, false, fmt.Errorf("the file is not a SQLite database; check the path: %w", err)
	case err != nil:
		return 0, false, fmt.Errorf("read its header: %w", err)
	case application == 0 && version == 0 && tables == 0:
		return 0, true, nil
	case application != o.ApplicationID:
		return 0, false, fmt.Errorf("the file belongs to something else (application id %#x, not %#x); check the path",
			uint32(application), uint32(o.ApplicationID))
	case version > len(o.Migrations):
		return 0, false, fmt.Errorf("the file was written by a newer program (schema %d, this one knows %d); install the newer one",
			version, len(o.Migrations))
	}
	return version, false, nil
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// migrate applies the next migration and returns the version reached. The version is read again under the write lock, since
// another process may be doing the same.
func migrate(ctx context.Context, db *sql.DB, o Options) (version int, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("begin migration: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	if version, _, err = identify(ctx, tx, o); err != nil {
		return 0, err
	}
	if version < len(o.Migrations) {
		for i, statement := range o.Migrations[version] {
			if _, err = tx.ExecContext(ctx, statement); err != nil {
				return 0, fmt.Errorf("migration %d, statement %d: %w", version+1, i+1, err)
			}
		}
		version++
	}
	// Both values live in the header page and so belong to the transaction.
	for _, pragma := range []string{
		fmt.Sprintf("PRAGMA user_version=%d", version),
		fmt.Sprintf("PRAGMA application_id=%d", o.ApplicationID),
	} {
		if _, err = tx.ExecContext(ctx, pragma); err != nil {
			return 0, fmt.Errorf("migration %d: %s: %w", version, pragma, err)
		}
	}
	if err = tx.Commit(); err != nil {
		return 0, fmt.Errorf("commit migration %d: %w", version, err)
	}
	return version, nil
}
