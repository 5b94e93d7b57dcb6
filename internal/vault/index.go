package vault

import (
	"context"
	"database/sql"
	"fmt"
)

// Index says by what a person shall be found. Empty fields say nothing.
type Index struct {
	Person  string // a live person's id
	Name    string // the match key of a name, as the caller folds it (spaces, dots, variants)
	Account string // a bank account number in one spelling
}

// IndexMany enters many names and accounts in one transaction; what is there already stays. A person's earlier names and
// accounts go on leading to them. Errors: ErrNoKey, ErrDestroyed, ErrMalformed, each naming the person; nothing is then
// entered. The write lock is held for some 40 µs an entry: give at most a few ten thousand at once, so that other
// processes need not wait longer than they are willing to.
func (v *Vault) IndexMany(ctx context.Context, entries []Index) error {
	for _, e := range entries {
		if len(e.Name) > maxIndex || len(e.Account) > maxIndex {
			return fmt.Errorf("index person %s: %w: a name or account has more than %d bytes", e.Person, ErrMalformed, maxIndex)
		}
	}
	err := v.write(ctx, func(tx *sql.Tx) error {
		names, err := tx.PrepareContext(ctx, "INSERT INTO names (hash, key) VALUES (?, ?) ON CONFLICT DO NOTHING")
		if err != nil {
			return err
		}
		defer names.Close()
		accounts, err := tx.PrepareContext(ctx, "INSERT INTO accounts (hash, key) VALUES (?, ?) ON CONFLICT DO NOTHING")
		if err != nil {
			return err
		}
		defer accounts.Close()
		for _, e := range entries {
			row, err := liveRow(ctx, tx, e.Person, personKind)
			if err == nil && e.Name != "" {
				_, err = names.ExecContext(ctx, v.keyring.hash(NameLabel, []byte(e.Name)), row)
			}
			if err == nil && e.Account != "" {
				_, err = accounts.ExecContext(ctx, v.keyring.hash(AccountLabel, []byte(e.Account)), row)
			}
			if err != nil {
				return fmt.Errorf("person %s: %w", e.Person, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("index persons: %w", err)
	}
	return nil
}

// IndexName lets a name lead to a person, beside the names that do already. For many at once use IndexMany: each call
// waits for the disk.
func (v *Vault) IndexName(ctx context.Context, person, matchKey string) error {
	if matchKey == "" {
		return fmt.Errorf("index person %s: %w: the name is empty", person, ErrMalformed)
	}
	return v.IndexMany(ctx, []Index{{Person: person, Name: matchKey}})
}

// IndexAccount lets an account lead to a person, beside the accounts that do already.
func (v *Vault) IndexAccount(ctx context.Context, person, account string) error {
	if account == "" {
		return fmt.Errorf("index person %s: %w: the account is empty", person, ErrMalformed)
	}
	return v.IndexMany(ctx, []Index{{Person: person, Account: account}})
}

// FindByName returns the persons who have or had the name, in the order in which they were registered; none is no error.
func (v *Vault) FindByName(ctx context.Context, matchKey string) ([]string, error) {
	persons, err := v.find(ctx, "names", v.keyring.hash(NameLabel, []byte(matchKey)))
	if err != nil {
		return nil, fmt.Errorf("find persons by name: %w", err)
	}
	return persons, nil
}

// FindByAccount returns the persons who have or had the account, in the order in which they were registered: more than one
// is worth a look (一户多领).
func (v *Vault) FindByAccount(ctx context.Context, account string) ([]string, error) {
	persons, err := v.find(ctx, "accounts", v.keyring.hash(AccountLabel, []byte(account)))
	if err != nil {
		return nil, fmt.Errorf("find persons by account: %w", err)
	}
	return persons, nil
}

// RemoveNames lets no name lead to the person any longer, so that the right ones can be entered again. Removing none is no
// error. Not an erasure: Destroy is.
func (v *Vault) RemoveNames(ctx context.Context, person string) error {
	err := v.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM names WHERE key = (SELECT id FROM keys WHERE kid = ?)", person)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove names of person %s: %w", person, err)
	}
	return nil
}

// find returns the kids that a hash leads to in one of the tables of hashes, oldest first.
func (v *Vault) find(ctx context.Context, table string, hash []byte) ([]string, error) {
	rows, err := v.db.Reader.QueryContext(ctx,
		"SELECT k.kid FROM "+table+" AS t JOIN keys AS k ON k.id = t.key WHERE t.hash = ? ORDER BY t.key", hash)
	if err != nil {
		return nil, err
	}
	var kids []string
	err = scanAll(rows, func(scan func(...any) error) error {
		var kid string
		if err := scan(&kid); err != nil {
			return err
		}
		kids = append(kids, kid)
		return nil
	})
	return kids, err
}
