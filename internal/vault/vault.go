// Package vault is the register of persons and keys (保密库): the only place where a citizen number leads to a person, and
// where the key lies that opens what the ledger's events hold about that person. It is one SQLite file beside the ledger,
// never part of its log.
//
// # What it holds
//
//   - keys: for every person and every file (kid: the person's or file's id) a random 32 byte data key, wrapped under the
//     master key; or, once destroyed, a marker that it was.
//   - numbers, names, accounts, files: keyed hashes (HMAC-SHA-256) that lead to a kid. No number, name or account stands in
//     the vault, not even encrypted. Several numbers may lead to one person (a corrected identity), one number never to
//     two; names and accounts are many to many.
//   - the ledger it belongs to, and a proof of its master key. It opens with no other.
//
// The master key (Master) lies in a file of its own, outside the ledger's folder and its backups, and on paper. Without it
// the vault is noise; without the vault it opens nothing.
//
// # Lifecycle of a key
//
//	(unknown: ErrNoKey) --Register, RegisterMany, RegisterAnonymous, NewFileKey--> live --Destroy--> destroyed (ErrDestroyed)
//
// A key is durable before the call that made it returns, thus before the first event sealed under it. There is no way back
// from destroyed, and no way to forget that a key was destroyed. A number whose person was erased is unknown again and
// would be registered as a new person.
//
// # Erasing
//
// Destroy overwrites the wrapped key in its place, deletes every hash that leads to the kid, rebuilds the file and empties
// the write-ahead log. The rebuilding is needed: SQLite's secure_delete zeroes what is deleted but not the copies that
// splitting a page left behind in its unused part (a few in ten thousand; see TestErasedHashesAreNowhereInTheFile). Order:
// 1. one transaction erases and notes that remains may lie about; 2. VACUUM; 3. checkpoint; 4. the note is removed. A crash
// after 1 leaves the key destroyed and the note; the next Destroy or DestroyAgain goes on at 2. What a file system, a disk's
// spare blocks or a backup keep is beyond this package; the backups end with their own retention, and DestroyAgain erases
// again what a restored one brought back.
//
// # Several processes
//
// A server and a command may have the vault open at once. Nothing is believed from memory without asking the file whether
// anything was erased since: a key destroyed by one process is refused by the other from that moment. That a kid or number
// is unknown is never remembered.
//
// # Whoever can write the file
//
// without the master key cannot read a key, test a number, or make a kid open with another's key (the wrapping is bound to
// the kid). They can delete rows, which Check notices for keys, and lead hashes to other kids, which makes the ledger
// take one person for another: the file is as worthy of protection as the right to register people. It is refused if
// others than its owner may read or write it.
//
// # Another store
//
// What follows from the master key alone (keyring, Master, the canonical forms) knows nothing of SQLite; a vault in
// PostgreSQL beside a cluster shares it and so has the same hashes. The statements are few and stand next to the methods
// that use them; an interface between the two is left to the day there are two.
package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"almoner/internal/keyfile"
	"almoner/internal/sqlite"
)

// Options change how a vault is opened. The zero value is right for everything but tests and simulated ledgers.
type Options struct {
	// Random gives person ids and data keys; nil means crypto/rand.Reader. A simulated ledger injects its own so that it
	// comes out the same each time. Reads are serialised.
	Random io.Reader
	// Now dates the rows; nil means time.Now.
	Now func() time.Time
	// CachedKeys is how many unwrapped keys are held in memory; 0 means 50,000 (some 10 MB), negative means none.
	CachedKeys int
}

// Vault is an open register. It is safe for concurrent use. Errors wrap those of errors.go.
type Vault struct {
	db      *sqlite.DB
	keyring keyring
	now     func() time.Time
	cache   *keyCache

	randomMu sync.Mutex
	random   io.Reader // guarded by randomMu
}

// Create makes a new vault at path under the master key and opens it, bound to no ledger yet: Bind it before the ledger's
// first event. An existing vault is refused (fs.ErrExist) and not changed; one whose creation was interrupted is finished.
func Create(ctx context.Context, path string, master Master, o Options) (*Vault, error) {
	v, err := open(ctx, path, master, o, true)
	if err != nil {
		return nil, fmt.Errorf("create vault: %w", err)
	}
	err = v.write(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&n); err != nil {
			return err
		}
		if n != 0 {
			return fs.ErrExist
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO meta (one, proof, ledger, made_at) VALUES (1, ?, '', ?)",
			v.keyring.proof(), v.now().Unix())
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create vault %s: %w", path, err), v.Close())
	}
	return v, nil
}

// Open opens the vault of a ledger. The ledger id is empty only for a vault not yet bound, to go on with an interrupted
// creation. Errors: ErrWrongMaster, ErrOtherLedger, ErrUnbound, ErrUnfinished, keyfile.ErrWideMode, fs.ErrNotExist.
func Open(ctx context.Context, path, ledger string, master Master, o Options) (*Vault, error) {
	v, err := open(ctx, path, master, o, false)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	if err := v.admit(ctx, ledger); err != nil {
		return nil, errors.Join(fmt.Errorf("open vault %s: %w", path, err), v.Close())
	}
	return v, nil
}

func open(ctx context.Context, path string, master Master, o Options, create bool) (*Vault, error) {
	if err := narrow(path); err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, path, sqlite.Options{
		Kind:          "vault",
		ApplicationID: applicationID,
		Migrations:    migrations,
		Create:        create,
		SecureDelete:  true,
	})
	if err != nil {
		return nil, err
	}
	v := &Vault{db: db, keyring: newKeyring(master), now: o.Now, random: o.Random}
	if v.now == nil {
		v.now = time.Now
	}
	if v.random == nil {
		v.random = rand.Reader
	}
	capacity := o.CachedKeys
	if capacity == 0 {
		capacity = 50_000
	}
	v.cache = newKeyCache(capacity)
	return v, nil
}

// narrow refuses an existing file that others may use. Its companions (-wal, -shm) get the file's mode from SQLite.
func narrow(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" {
		return nil // opening it says why, or creates it narrow
	}
	if perm := info.Mode().Perm(); perm&^0o600 != 0 {
		return fmt.Errorf("vault %s with mode %04o: %w", path, perm, keyfile.ErrWideMode)
	}
	return nil
}

// admit checks that the master key and the ledger are this vault's.
func (v *Vault) admit(ctx context.Context, ledger string) error {
	var proof []byte
	var bound string
	err := v.db.Reader.QueryRowContext(ctx, "SELECT proof, ledger FROM meta").Scan(&proof, &bound)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrUnfinished
	case err != nil:
		return err
	case !hmac.Equal(proof, v.keyring.proof()):
		return ErrWrongMaster
	case bound == ledger:
		return nil
	case bound == "":
		return fmt.Errorf("ledger %s: %w", ledger, ErrUnbound)
	}
	return fmt.Errorf("it belongs to ledger %s, asked for was %q: %w", bound, ledger, ErrOtherLedger)
}

// Bind binds a new vault to its ledger for ever, durably. Binding it again to the same ledger changes nothing; to another
// is ErrOtherLedger.
func (v *Vault) Bind(ctx context.Context, ledger string) error {
	if err := checkID("ledger", ledger); err != nil {
		return fmt.Errorf("bind vault: %w", err)
	}
	err := v.write(ctx, func(tx *sql.Tx) error {
		var bound string
		if err := tx.QueryRowContext(ctx, "SELECT ledger FROM meta").Scan(&bound); err != nil {
			return err
		}
		switch bound {
		case ledger:
			return nil
		case "":
			_, err := tx.ExecContext(ctx, "UPDATE meta SET ledger = ?", ledger)
			return err
		}
		return fmt.Errorf("it belongs to ledger %s: %w", bound, ErrOtherLedger)
	})
	if err != nil {
		return fmt.Errorf("bind vault to ledger %s: %w", ledger, err)
	}
	return nil
}

// KeyedHash is HMAC-SHA-256 of data under the subkey of label (CommandLabel, FileLabel, or a word of the caller's): 32
// bytes that only this vault's master key can make or test.
func (v *Vault) KeyedHash(label string, data []byte) []byte { return v.keyring.hash(label, data) }

// Close closes the file and forgets every key in memory.
func (v *Vault) Close() error {
	v.cache.drop()
	return v.db.Close()
}

// write runs do in one transaction that holds the write lock from its start, against other processes too. What do wrote is
// durable when write returns nil, and nothing of it is there when do returned an error.
func (v *Vault) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := v.db.Writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(tx); err != nil {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
