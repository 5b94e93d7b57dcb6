package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Destroy erases a person or a file: the key, and every number, name, account and file hash that leads to it. When it
// returns nil no process gets the key any longer and no byte of any of it is in the vault's files. A second time it is no
// error. Errors: ErrNoKey (nothing was ever known by this id), ErrRemains (erased, but clean-up must be repeated: call it
// again). Whether it is allowed is decided, and recorded in the log, before.
//
// The rebuilding of the file takes about a second for a hundred thousand persons and blocks other writers meanwhile; to
// destroy many use DestroyMany.
func (v *Vault) Destroy(ctx context.Context, kid string) error {
	return v.DestroyMany(ctx, []string{kid})
}

// DestroyMany is Destroy for many at once: all or, for an unknown one, none.
func (v *Vault) DestroyMany(ctx context.Context, kids []string) error {
	if _, err := v.erase(ctx, kids, false); err != nil {
		return fmt.Errorf("destroy %s: %w", some(kids), err)
	}
	if err := v.removeRemains(ctx); err != nil {
		return fmt.Errorf("destroy %s: %w", some(kids), err)
	}
	return nil
}

// DestroyAgain is called at each start with the kids that the log says were erased. It destroys those that a restored
// backup brought back, leaves a marker for those it never knew (a backup older than the person), finishes a clean-up that
// was interrupted, and returns how many keys were live.
func (v *Vault) DestroyAgain(ctx context.Context, kids []string) (int, error) {
	live, err := v.erase(ctx, kids, true)
	if err != nil {
		return 0, fmt.Errorf("destroy again %d keys: %w", len(kids), err)
	}
	if err := v.removeRemains(ctx); err != nil {
		return live, fmt.Errorf("destroy again %d keys: %w", len(kids), err)
	}
	return live, nil
}

// erase is step 1 of the package comment: one transaction. It returns how many of the keys were live.
func (v *Vault) erase(ctx context.Context, kids []string, markUnknown bool) (live int, err error) {
	pending, err := v.undestroyed(ctx, kids)
	if err != nil || len(pending) == 0 {
		return 0, err // at almost every start: nothing to do, no write lock taken
	}
	err = v.write(ctx, func(tx *sql.Tx) error {
		live = 0
		changed := false
		for _, kid := range pending {
			was, did, err := v.eraseOne(ctx, tx, kid, markUnknown)
			if err != nil {
				return fmt.Errorf("key %s: %w", kid, err)
			}
			changed = changed || did
			if was {
				live++
			}
		}
		if !changed {
			return nil
		}
		_, err := tx.ExecContext(ctx, "UPDATE meta SET erasures = erasures + 1, remains = 1")
		return err
	})
	return live, err
}

// undestroyed returns those of the kids that are live or unknown.
func (v *Vault) undestroyed(ctx context.Context, kids []string) ([]string, error) {
	var pending []string
	for len(kids) > 0 {
		batch := kids[:min(queryBatch, len(kids))]
		kids = kids[len(batch):]
		stored, err := v.stored(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, kid := range batch {
			if !stored[kid].destroyed {
				pending = append(pending, kid)
			}
		}
	}
	return pending, nil
}

// eraseOne erases one kid: live says that there was a key, changed that anything was written.
func (v *Vault) eraseOne(ctx context.Context, tx *sql.Tx, kid string, markUnknown bool) (live, changed bool, err error) {
	var row int64
	var destroyed sql.NullInt64
	err = tx.QueryRowContext(ctx, "SELECT id, destroyed_at FROM keys WHERE kid = ?", kid).Scan(&row, &destroyed)
	switch {
	case errors.Is(err, sql.ErrNoRows) && markUnknown:
		if err := checkID("key", kid); err != nil {
			return false, false, err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO keys (kid, kind, wrapped, made_at, destroyed_at) VALUES (?, ?, zeroblob(?), ?, ?)",
			kid, unknownKind, wrappedSize, v.now().Unix(), v.now().Unix())
		return false, true, err
	case errors.Is(err, sql.ErrNoRows):
		return false, false, ErrNoKey
	case err != nil:
		return false, false, err
	case destroyed.Valid: // meanwhile, by another process or twice in the list
		return false, false, nil
	}
	// Zeros of the same size take the place of the key, so that the row does not move and leave a copy.
	_, err = tx.ExecContext(ctx, "UPDATE keys SET wrapped = zeroblob(?), destroyed_at = ? WHERE id = ?", wrappedSize, v.now().Unix(), row)
	for _, table := range []string{"numbers", "names", "accounts", "files"} {
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE key = ?", row)
		}
	}
	return true, true, err
}

// removeRemains is steps 2 to 4 of the package comment, if there is anything to remove. It may run twice, in two processes,
// harmlessly.
func (v *Vault) removeRemains(ctx context.Context) error {
	var erasures int64
	var remains bool
	if err := v.db.Reader.QueryRowContext(ctx, "SELECT erasures, remains FROM meta").Scan(&erasures, &remains); err != nil || !remains {
		return err
	}
	v.cache.drop()
	// The temporary copy of VACUUM holds the keys of everybody else: not on another disk.
	for _, statement := range []string{"PRAGMA temp_store = MEMORY", "VACUUM"} {
		if _, err := v.db.Writer.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrRemains, statement, err)
		}
	}
	var busy bool
	var pages, moved int
	err := v.db.Writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	switch {
	case err != nil:
		return fmt.Errorf("%w: empty the write-ahead log: %w", ErrRemains, err)
	case busy:
		return fmt.Errorf("%w: another program reads the vault", ErrRemains)
	}
	_, err = v.db.Writer.ExecContext(ctx, "UPDATE meta SET remains = 0 WHERE erasures = ?", erasures) // not of a later erasure
	return err
}

// some names one kid or counts many.
func some(kids []string) string {
	if len(kids) == 1 {
		return "key " + kids[0]
	}
	return fmt.Sprintf("%d keys", len(kids))
}
