package vault

import (
	"context"
	"database/sql"
	"fmt"
)

// Key returns the data key of a person or file. Errors: ErrNoKey (never known here), ErrDestroyed (erased), ErrDamaged.
// A key destroyed by any process before the call is not returned. It asks the file once or twice, some 20 µs; for many
// keys use KeysFor.
func (v *Vault) Key(ctx context.Context, kid string) (Key, error) {
	keys, err := v.KeysFor(ctx, []string{kid})
	if err != nil {
		return Key{}, err
	}
	key, ok := keys[kid]
	if !ok {
		return Key{}, fmt.Errorf("key %s: %w", kid, ErrDestroyed)
	}
	return key, nil
}

// KeysFor returns the keys of many kids. A destroyed kid is absent from the answer; one that was never known is ErrNoKey
// for the whole, since what it sealed cannot be told from erased then.
func (v *Vault) KeysFor(ctx context.Context, kids []string) (map[string]Key, error) {
	var erasures int64
	if err := v.db.Reader.QueryRowContext(ctx, "SELECT erasures FROM meta").Scan(&erasures); err != nil {
		return nil, fmt.Errorf("read %d keys: %w", len(kids), err)
	}
	keys, missing := v.cache.get(erasures, kids)
	for len(missing) > 0 {
		batch := missing[:min(queryBatch, len(missing))]
		missing = missing[len(batch):]
		stored, err := v.stored(ctx, batch)
		if err != nil {
			return nil, fmt.Errorf("read %d keys: %w", len(kids), err)
		}
		fresh := make(map[string]Key, len(batch))
		for _, kid := range batch {
			row, ok := stored[kid]
			switch {
			case !ok:
				return nil, fmt.Errorf("key %s: %w", kid, ErrNoKey)
			case row.destroyed:
				continue
			}
			if fresh[kid], err = v.keyring.unwrap(kid, row.wrapped); err != nil {
				return nil, err
			}
			keys[kid] = fresh[kid]
		}
		v.cache.put(erasures, fresh)
	}
	return keys, nil
}

// storedKey is the row of a kid.
type storedKey struct {
	wrapped   []byte
	destroyed bool
}

// stored returns the rows of at most queryBatch kids; unknown ones are absent.
func (v *Vault) stored(ctx context.Context, kids []string) (map[string]storedKey, error) {
	query, list := "SELECT kid, wrapped, destroyed_at FROM keys WHERE kid = ?", kids[0]
	if len(kids) > 1 {
		query = "SELECT k.kid, k.wrapped, k.destroyed_at FROM json_each(?) AS j CROSS JOIN keys AS k ON k.kid = j.value"
		var err error
		if list, err = textArray(kids); err != nil {
			return nil, err
		}
	}
	rows, err := v.db.Reader.QueryContext(ctx, query, list)
	if err != nil {
		return nil, err
	}
	found := make(map[string]storedKey, len(kids))
	err = scanAll(rows, func(scan func(...any) error) error {
		var kid string
		var row storedKey
		var at sql.NullInt64
		if err := scan(&kid, &row.wrapped, &at); err != nil {
			return err
		}
		row.destroyed = at.Valid
		found[kid] = row
		return nil
	})
	return found, err
}
