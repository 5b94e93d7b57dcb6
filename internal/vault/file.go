package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// NewFileKey makes the key of a file that the ledger keeps (an import, a bank file, evidence) and dates its retention:
// the day (YYYY-MM-DD) after which it may be destroyed, empty for no end. Durable before return. Asked again with the same
// terms it returns the same key, so that a command can be retried; with others it is ErrMismatch; ErrDestroyed if it was.
func (v *Vault) NewFileKey(ctx context.Context, file, retainUntil string) (Key, error) {
	key, err := v.newFileKey(ctx, file, retainUntil)
	if err != nil {
		return Key{}, fmt.Errorf("make key of file %s: %w", file, err)
	}
	return key, nil
}

func (v *Vault) newFileKey(ctx context.Context, file, retainUntil string) (key Key, err error) {
	if err := checkID("file", file); err != nil {
		return Key{}, err
	}
	if err := checkDay(retainUntil); retainUntil != "" && err != nil {
		return Key{}, err
	}
	err = v.write(ctx, func(tx *sql.Tx) error {
		var wrapped []byte
		var retain string
		_, err := liveRow(ctx, tx, file, fileKind)
		switch {
		case errors.Is(err, ErrNoKey):
			key, err = v.addFile(ctx, tx, file, retainUntil)
			return err
		case err != nil:
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT wrapped, retain FROM keys WHERE kid = ?", file).Scan(&wrapped, &retain); err != nil {
			return err
		}
		if retain != retainUntil {
			return fmt.Errorf("%w: it is retained until %q, not %q", ErrMismatch, retain, retainUntil)
		}
		key, err = v.keyring.unwrap(file, wrapped)
		return err
	})
	if err != nil {
		return Key{}, err
	}
	return key, nil
}

func (v *Vault) addFile(ctx context.Context, tx *sql.Tx, file, retain string) (Key, error) {
	_, key, err := v.draw(false)
	if err != nil {
		return Key{}, err
	}
	add, err := v.newAdder(ctx, tx)
	if err != nil {
		return Key{}, err
	}
	defer add.close()
	_, err = add.key(ctx, file, fileKind, key, retain)
	return key, err
}

// Retention returns the day until which a file is retained, empty for no end. Errors: ErrNoKey, ErrDestroyed, ErrMismatch.
func (v *Vault) Retention(ctx context.Context, file string) (string, error) {
	var retain string
	_, err := liveRow(ctx, v.db.Reader, file, fileKind)
	if err == nil {
		err = v.db.Reader.QueryRowContext(ctx, "SELECT retain FROM keys WHERE kid = ?", file).Scan(&retain)
	}
	if err != nil {
		return "", fmt.Errorf("read retention of file %s: %w", file, err)
	}
	return retain, nil
}

// ExpiredFiles returns at most limit live files whose retention ended before day (YYYY-MM-DD), the longest ended first.
// Whether to destroy them is the ledger's decision.
func (v *Vault) ExpiredFiles(ctx context.Context, day string, limit int) ([]string, error) {
	if err := checkDay(day); err != nil {
		return nil, fmt.Errorf("list expired files: %w", err)
	}
	rows, err := v.db.Reader.QueryContext(ctx, `SELECT kid FROM keys
		WHERE retain <> '' AND retain < ? AND destroyed_at IS NULL ORDER BY retain, id LIMIT ?`, day, limit)
	if err != nil {
		return nil, fmt.Errorf("list expired files: %w", err)
	}
	var files []string
	err = scanAll(rows, func(scan func(...any) error) error {
		var file string
		if err := scan(&file); err != nil {
			return err
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list expired files: %w", err)
	}
	return files, nil
}

// RememberFile lets the keyed hash of a file's content (KeyedHash with FileLabel) lead to the file, so that the same file
// is known when it comes again. Remembering twice changes nothing. Errors: ErrNoKey, ErrDestroyed, ErrMalformed.
func (v *Vault) RememberFile(ctx context.Context, hash []byte, file string) error {
	if len(hash) != 32 {
		return fmt.Errorf("remember file %s: %w: a keyed hash has 32 bytes, not %d", file, ErrMalformed, len(hash))
	}
	err := v.write(ctx, func(tx *sql.Tx) error {
		row, err := liveRow(ctx, tx, file, fileKind)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO files (hash, key) VALUES (?, ?) ON CONFLICT DO NOTHING", hash, row)
		return err
	})
	if err != nil {
		return fmt.Errorf("remember file %s: %w", file, err)
	}
	return nil
}

// ClaimFile lets the keyed hash of a file's content lead to the file unless it leads to another that is not destroyed, and
// returns the file that it leads to. Of many who claim one hash at once, in whatever process, exactly one gets it. Durable
// before return. Errors: ErrNoKey, ErrDestroyed, ErrMalformed.
func (v *Vault) ClaimFile(ctx context.Context, hash []byte, file string) (holder string, err error) {
	if len(hash) != 32 {
		return "", fmt.Errorf("claim file %s: %w: a keyed hash has 32 bytes, not %d", file, ErrMalformed, len(hash))
	}
	err = v.write(ctx, func(tx *sql.Tx) error {
		row, err := liveRow(ctx, tx, file, fileKind)
		if err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, "SELECT k.kid FROM files AS f JOIN keys AS k ON k.id = f.key WHERE f.hash = ? ORDER BY f.key LIMIT 1", hash).Scan(&holder)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		holder = file
		_, err = tx.ExecContext(ctx, "INSERT INTO files (hash, key) VALUES (?, ?)", hash, row)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("claim file %s: %w", file, err)
	}
	return holder, nil
}

// FileSeen returns the first file remembered with the keyed hash that is not destroyed.
func (v *Vault) FileSeen(ctx context.Context, hash []byte) (file string, ok bool, err error) {
	files, err := v.find(ctx, "files", hash)
	if err != nil {
		return "", false, fmt.Errorf("look for a file seen before: %w", err)
	}
	if len(files) == 0 {
		return "", false, nil
	}
	return files[0], true, nil
}

func checkDay(day string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return fmt.Errorf("%w: %q is not a day like 2055-12-31", ErrMalformed, day)
	}
	return nil
}
