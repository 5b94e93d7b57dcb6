// Package keyfile keeps an officer's signing key at rest: an Ed25519 private key in one small text file, sealed under a
// passphrase that only the officer knows.
//
// # The file
//
// Seven lines of ASCII, each ended by one line feed, in this order and in no other spelling:
//
//	ALMONER OFFICER KEY v1
//	id: 1f0c2b9a77d3e845
//	public: ed25519:<base64 of the 32 byte public key>
//	kdf: argon2id t=2 m=19456 p=1 salt=<base64 of 16 bytes>
//	cipher: aes-256-gcm nonce=<base64 of 12 bytes>
//	sealed: <base64 of 48 bytes>
//	check: <hex of the SHA-256 of the six lines above, line feeds included>
//
// Base64 is the standard alphabet with padding (RFC 4648 section 4). The key of the cipher is Argon2id version 1.3 (RFC
// 9106) of the passphrase with t passes over m KiB in p lanes, 32 bytes long; the passphrase is taken as UTF-8 in Unicode
// form NFKC, so that digits typed full-width by an input method are the digits they look like. Sealed is the 32 byte seed
// of RFC 8032 section 5.1.5 under AES-256-GCM with the first five lines, line feeds included, as additional data. The id
// is the first 16 hex digits of the SHA-256 of the 32 byte public key.
//
// # Invariants
//
//   - The file is created with mode 0600, never overwritten, durable before Create returns; a file that others may read
//     is refused, because a passphrase guards against a lost disk and not against a colleague with time.
//   - Whatever is accepted re-encodes to the same bytes.
//   - The check line is no secret and guards against no attacker. It tells damage from a wrong passphrase: a file whose
//     check fails is damaged whatever the passphrase, and one whose check holds but does not open was given the wrong one
//     (or was changed on purpose, which looks the same and gains nothing).
//   - The cost of the key derivation is read from the file and bounded before it is paid, so that a hostile file cannot
//     make a server allocate more than MaxMemory.
//
// Someone who can change the file can make its officer unable to sign; they cannot make them sign with another key
// unnoticed, because the public line is bound to the seed and to the key that the ledger registered.
//
// Go gives no promise that memory is wiped; a key once loaded stays in the process until it ends.
package keyfile

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrWrongPassphrase means that the file is whole but the passphrase does not open it.
var ErrWrongPassphrase = errors.New("keyfile: the passphrase does not open this key; type it again, mind capitals and the input method")

// ErrDamaged means that the file is not what Create wrote: cut off, edited, or not an officer key at all. The passphrase
// does not matter.
var ErrDamaged = errors.New("keyfile: the key file is damaged; restore it from a copy or have a new key registered")

// ErrWeakPassphrase means that a passphrase for a new key is shorter than MinPassphrase or is not text.
var ErrWeakPassphrase = errors.New("keyfile: the passphrase is too weak")

// MinPassphrase is the least number of characters of a passphrase for a new key: whoever copies the file may guess for
// years, offline, at some twenty guesses a second and core.
const MinPassphrase = 12

// maxPassphrase bounds what is hashed, in bytes; nobody types more.
const maxPassphrase = 1024

// maxFile bounds what is read from disk, in bytes; a real file has about 400.
const maxFile = 4096

// Create makes a new key from random (32 bytes of it, and 28 more for salt and nonce), writes it to a new file at path
// sealed under passphrase, and returns its public key. The file and its name in the folder are on disk when Create
// returns. It refuses to overwrite: errors.Is(err, fs.ErrExist).
func Create(path, passphrase string, random io.Reader) (ed25519.PublicKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("create officer key %s: read randomness: %w", path, err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	if err := Save(path, passphrase, key, random); err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}

// Save writes an existing key to a new file, as Create does; with Load it changes a passphrase: save under another name,
// then remove the old file.
func Save(path, passphrase string, key ed25519.PrivateKey, random io.Reader) error {
	if len(key) != ed25519.PrivateKeySize {
		return fmt.Errorf("create officer key %s: the private key has %d bytes, not %d", path, len(key), ed25519.PrivateKeySize)
	}
	pass, err := newPassphrase(passphrase)
	if err != nil {
		return fmt.Errorf("create officer key %s: %w", path, err)
	}
	f := file{public: key.Public().(ed25519.PublicKey), cost: defaultCost}
	for _, b := range [][]byte{f.salt[:], f.nonce[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return fmt.Errorf("create officer key %s: read randomness: %w", path, err)
		}
	}
	f.seal(pass, key.Seed())
	if err := WritePrivate(path, f.encode()); err != nil {
		return fmt.Errorf("create officer key: %w", err)
	}
	return nil
}

// Load opens the key at path. Errors: ErrWrongPassphrase, ErrDamaged, ErrWideMode, fs.ErrNotExist, each wrapped with the
// path. It costs some 50 ms and 19 MiB by intent; a server that unlocks keys for its users bounds how many it opens at
// once.
func Load(path, passphrase string) (ed25519.PrivateKey, error) {
	f, err := read(path)
	if err != nil {
		return nil, err
	}
	seed, err := f.open(normal(passphrase))
	if err != nil {
		return nil, fmt.Errorf("open officer key %s: %w", path, err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	if !f.public.Equal(key.Public()) {
		return nil, fmt.Errorf("open officer key %s: the sealed key is not the one of the public line: %w", path, ErrDamaged)
	}
	return key, nil
}

// PublicOf reads the public key of the file at path without its passphrase. It is what the file says: only Load proves
// that the private key belongs to it. Errors as Load, without ErrWrongPassphrase.
func PublicOf(path string) (ed25519.PublicKey, error) {
	f, err := read(path)
	if err != nil {
		return nil, err
	}
	return f.public, nil
}

func read(path string) (file, error) {
	raw, err := ReadPrivate(path, maxFile)
	if err != nil {
		return file{}, fmt.Errorf("open officer key: %w", err)
	}
	f, err := decode(raw)
	if err != nil {
		return file{}, fmt.Errorf("open officer key %s: %w", path, err)
	}
	return f, nil
}

// newPassphrase refuses a passphrase that a new key should not have.
func newPassphrase(s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: it is not UTF-8 text", ErrWeakPassphrase)
	}
	if n := utf8.RuneCountInString(s); n < MinPassphrase {
		return nil, fmt.Errorf("%w: it has %d characters, at least %d are needed", ErrWeakPassphrase, n, MinPassphrase)
	}
	if len(s) > maxPassphrase {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrWeakPassphrase, maxPassphrase)
	}
	return normal(s), nil
}

func normal(s string) []byte {
	if len(s) > maxPassphrase {
		s = s[:maxPassphrase] // no key was ever sealed under it; the cipher will say so
	}
	return norm.NFKC.Bytes([]byte(s))
}
