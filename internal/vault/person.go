package vault

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// Person is the answer to a registration.
type Person struct {
	ID      string // UUIDv4 in its text form; also the kid of the person's key
	Created bool   // this call registered the person
}

// Batch sizes: distinct numbers a transaction registers (the write lock is held for a tenth of a second), and hashes or
// kids a query asks for.
const (
	registerBatch = 5000
	queryBatch    = 1000
)

// Register returns the person of a canonical citizen number (18 characters), registering them with a fresh key if the
// number is unknown. Two calls with one number, in whatever processes, give one person. Durable before return.
func (v *Vault) Register(ctx context.Context, number string) (person string, created bool, err error) {
	persons, err := v.RegisterMany(ctx, []string{number})
	if err != nil {
		return "", false, err
	}
	return persons[0].ID, persons[0].Created, nil
}

// RegisterMany registers many numbers in few transactions; the answer has the order of the numbers, and a number given
// twice gives its person twice, created once at most. All numbers are checked before anything is written. After an error
// some may be registered: call it again, it finds them.
func (v *Vault) RegisterMany(ctx context.Context, numbers []string) ([]Person, error) {
	hashes, err := v.hashNumbers(numbers)
	if err != nil {
		return nil, fmt.Errorf("register persons: %w", err)
	}
	known, err := v.holders(ctx, v.db.Reader, hashes) // most are, day by day: no need for the write lock
	if err != nil {
		return nil, fmt.Errorf("register persons: %w", err)
	}
	var missing [][]byte
	seen := make(map[string]bool)
	for _, h := range hashes {
		if known[string(h)] == "" && !seen[string(h)] {
			seen[string(h)] = true
			missing = append(missing, h)
		}
	}
	fresh := make(map[string]bool, len(missing))
	for len(missing) > 0 {
		batch := missing[:min(registerBatch, len(missing))]
		missing = missing[len(batch):]
		if err := v.registerBatch(ctx, batch, known, fresh); err != nil {
			return nil, fmt.Errorf("register persons: %w", err)
		}
	}
	persons := make([]Person, len(hashes))
	for i, h := range hashes {
		persons[i] = Person{ID: known[string(h)], Created: fresh[string(h)]}
		delete(fresh, string(h))
	}
	return persons, nil
}

// registerBatch registers distinct hashes in one transaction and enters their persons in known, those it made in fresh.
func (v *Vault) registerBatch(ctx context.Context, hashes [][]byte, known map[string]string, fresh map[string]bool) error {
	made := make(map[string]string, len(hashes))
	err := v.write(ctx, func(tx *sql.Tx) error {
		// Another process may have been faster since the first look.
		raced, err := v.holders(ctx, tx, hashes)
		if err != nil {
			return err
		}
		add, err := v.newAdder(ctx, tx)
		if err != nil {
			return err
		}
		defer add.close()
		link, err := tx.PrepareContext(ctx, "INSERT INTO numbers (hash, key) VALUES (?, ?)")
		if err != nil {
			return err
		}
		defer link.Close()
		for _, h := range hashes {
			if person := raced[string(h)]; person != "" {
				known[string(h)] = person
				continue
			}
			person, row, err := add.person(ctx)
			if err != nil {
				return err
			}
			if _, err := link.ExecContext(ctx, h, row); err != nil {
				return err
			}
			made[string(h)] = person
		}
		return nil
	})
	if err != nil {
		return err
	}
	for h, person := range made {
		known[h], fresh[h] = person, true
	}
	return nil
}

// RegisterAnonymous registers a person without a number: an officer, a child before its number. Each call is a new person.
func (v *Vault) RegisterAnonymous(ctx context.Context) (string, error) {
	var person string
	err := v.write(ctx, func(tx *sql.Tx) error {
		add, err := v.newAdder(ctx, tx)
		if err != nil {
			return err
		}
		defer add.close()
		person, _, err = add.person(ctx)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("register a person without number: %w", err)
	}
	return person, nil
}

// Lookup returns the person of a canonical number; ok is false for a number that is not known.
func (v *Vault) Lookup(ctx context.Context, number string) (person string, ok bool, err error) {
	persons, err := v.LookupMany(ctx, []string{number})
	if err != nil {
		return "", false, err
	}
	return persons[0], persons[0] != "", nil
}

// LookupMany returns the persons of canonical numbers in their order, "" for one that is not known.
func (v *Vault) LookupMany(ctx context.Context, numbers []string) ([]string, error) {
	hashes, err := v.hashNumbers(numbers)
	if err != nil {
		return nil, fmt.Errorf("look up persons: %w", err)
	}
	known, err := v.holders(ctx, v.db.Reader, hashes)
	if err != nil {
		return nil, fmt.Errorf("look up persons: %w", err)
	}
	persons := make([]string, len(hashes))
	for i, h := range hashes {
		persons[i] = known[string(h)]
	}
	return persons, nil
}

// AddNumber lets one more number lead to a person: theirs was corrected, or an anonymous person got one. Theirs already is
// no error; somebody else's is a *NumberTakenError. Errors else: ErrNoKey, ErrDestroyed.
func (v *Vault) AddNumber(ctx context.Context, person, number string) error {
	if err := checkNumber(number); err != nil {
		return fmt.Errorf("add number to person %s: %w", person, err)
	}
	hash := v.keyring.hash(NumberLabel, []byte(number))
	err := v.write(ctx, func(tx *sql.Tx) error {
		row, err := liveRow(ctx, tx, person, personKind)
		if err != nil {
			return err
		}
		known, err := v.holders(ctx, tx, [][]byte{hash})
		if err != nil {
			return err
		}
		switch holder := known[string(hash)]; holder {
		case person:
			return nil
		case "":
			_, err := tx.ExecContext(ctx, "INSERT INTO numbers (hash, key) VALUES (?, ?)", hash, row)
			return err
		default:
			return &NumberTakenError{Person: person, Holder: holder}
		}
	})
	if err != nil {
		return fmt.Errorf("add number to person %s: %w", person, err)
	}
	return nil
}

// hashNumbers checks and hashes; an error tells which by its place in the list, from 1.
func (v *Vault) hashNumbers(numbers []string) ([][]byte, error) {
	hashes := make([][]byte, len(numbers))
	for i, n := range numbers {
		if err := checkNumber(n); err != nil {
			return nil, fmt.Errorf("number %d of %d: %w", i+1, len(numbers), err)
		}
		hashes[i] = v.keyring.hash(NumberLabel, []byte(n))
	}
	return hashes, nil
}

// querier is a reader's pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// holders returns the persons of number hashes, by hash.
func (v *Vault) holders(ctx context.Context, q querier, hashes [][]byte) (map[string]string, error) {
	found := make(map[string]string)
	for len(hashes) > 0 {
		batch := hashes[:min(queryBatch, len(hashes))]
		hashes = hashes[len(batch):]
		rows, err := q.QueryContext(ctx, `SELECT n.hash, k.kid FROM json_each(?) AS j
			CROSS JOIN numbers AS n ON n.hash = unhex(j.value) JOIN keys AS k ON k.id = n.key`, hexArray(batch))
		if err != nil {
			return nil, err
		}
		err = scanAll(rows, func(scan func(...any) error) error {
			var hash []byte
			var kid string
			if err := scan(&hash, &kid); err != nil {
				return err
			}
			found[string(hash)] = kid
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// scanAll gives each row to one and closes rows.
func scanAll(rows *sql.Rows, one func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := one(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// hexArray is a JSON array of the hashes in hex: one bound value for a list of any length.
func hexArray(hashes [][]byte) string {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, h := range hashes {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(hex.EncodeToString(h))
		b.WriteByte('"')
	}
	b.WriteByte(']')
	return b.String()
}

// textArray is a JSON array of strings.
func textArray(texts []string) (string, error) {
	b, err := json.Marshal(texts)
	return string(b), err
}

// liveRow returns the row of a live key. Errors: ErrNoKey, ErrDestroyed, ErrMismatch for a kid of another kind.
func liveRow(ctx context.Context, q querier, kid string, kind int) (int64, error) {
	var row int64
	var is int
	var destroyed sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT id, kind, destroyed_at FROM keys WHERE kid = ?", kid).Scan(&row, &is, &destroyed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, ErrNoKey
	case err != nil:
		return 0, err
	case destroyed.Valid:
		return 0, ErrDestroyed
	case is != kind:
		return 0, fmt.Errorf("%w: it is not the id of a %s", ErrMismatch, kindName(kind))
	}
	return row, nil
}

func kindName(kind int) string {
	if kind == fileKind {
		return "file"
	}
	return "person"
}

// adder makes keys within one transaction.
type adder struct {
	vault *Vault
	stmt  *sql.Stmt
	at    int64 // Unix seconds
}

func (v *Vault) newAdder(ctx context.Context, tx *sql.Tx) (*adder, error) {
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO keys (kid, kind, wrapped, retain, made_at) VALUES (?, ?, ?, ?, ?)")
	return &adder{vault: v, stmt: stmt, at: v.now().Unix()}, err
}

func (a *adder) close() { a.stmt.Close() }

// person makes a random person and returns their id and the row of their key.
func (a *adder) person(ctx context.Context) (string, int64, error) {
	id, key, err := a.vault.draw(true)
	if err != nil {
		return "", 0, err
	}
	row, err := a.key(ctx, id, personKind, key, "")
	return id, row, err
}

func (a *adder) key(ctx context.Context, kid string, kind int, key Key, retain string) (int64, error) {
	result, err := a.stmt.ExecContext(ctx, kid, kind, a.vault.keyring.wrap(kid, key), retain, a.at)
	if err != nil {
		return 0, fmt.Errorf("store key %s: %w", kid, err)
	}
	return result.LastInsertId()
}

// draw takes a data key, and before it an id if wanted, from the source of randomness.
func (v *Vault) draw(withID bool) (id string, key Key, err error) {
	v.randomMu.Lock()
	defer v.randomMu.Unlock()
	if withID {
		u, err := uuid.NewRandomFromReader(v.random)
		if err != nil {
			return "", Key{}, fmt.Errorf("read randomness: %w", err)
		}
		id = u.String()
	}
	if _, err := io.ReadFull(v.random, key[:]); err != nil {
		return "", Key{}, fmt.Errorf("read randomness: %w", err)
	}
	return id, key, nil
}
