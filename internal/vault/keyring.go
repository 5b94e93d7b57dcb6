package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// Labels of keyed hashes. The number, name and account labels are the vault's own; command and file are for callers of
// KeyedHash: digests of commands (they stand in events) and equality of files.
const (
	NumberLabel  = "number"
	NameLabel    = "name"
	AccountLabel = "account"
	CommandLabel = "command"
	FileLabel    = "file"
)

// Key is the data key of one person or file, for AES-256 or any other cipher of 32 byte keys. It never appears in
// formatted output.
type Key [32]byte

// String says that there is a key, not which.
func (Key) String() string { return "data key" }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Sizes of a wrapped key, in bytes: nonce, key, tag. The size is fixed so that erasing can overwrite it in its place.
const (
	nonceSize   = 12
	tagSize     = 16
	wrappedSize = nonceSize + 32 + tagSize
)

// keyring is what follows from the master key alone: keyed hashing and key wrapping. It knows nothing of storage, so that
// another store of the same vault has the same hashes.
//
// Subkeys are HKDF-SHA-256 (RFC 5869) of the master key without salt, 32 bytes, one info string each: "almoner vault hash
// v1 <label>" and "almoner vault wrap v1". A hash label can therefore never name the wrapping key.
type keyring struct {
	hashes map[string][]byte // by label; never written after newKeyring
	master Master
	wraps  cipher.AEAD
}

func newKeyring(m Master) keyring {
	k := keyring{hashes: map[string][]byte{}, master: m}
	for _, label := range []string{NumberLabel, NameLabel, AccountLabel, CommandLabel, FileLabel, proofLabel} {
		k.hashes[label] = derive(m, "hash v1 "+label)
	}
	block, err := aes.NewCipher(derive(m, "wrap v1"))
	if err != nil {
		panic("vault: AES-256 with a 32 byte key: " + err.Error()) // cannot happen: the length is fixed
	}
	if k.wraps, err = cipher.NewGCM(block); err != nil {
		panic("vault: GCM over AES: " + err.Error()) // cannot happen: the block size is 16
	}
	return k
}

func derive(m Master, info string) []byte {
	key, err := hkdf.Key(sha256.New, m.key[:], nil, "almoner vault "+info, 32)
	if err != nil {
		panic("vault: HKDF of 32 bytes: " + err.Error()) // cannot happen: RFC 5869 allows 8160
	}
	return key
}

// hash is HMAC-SHA-256 (RFC 2104) of data under the label's subkey: 32 bytes.
func (k keyring) hash(label string, data []byte) []byte {
	key, ok := k.hashes[label]
	if !ok {
		key = derive(k.master, "hash v1 "+label)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

// proofLabel is the label of the value by which a vault knows its master key.
const proofLabel = "proof"

// proof stands in the vault from its creation and is the same for one master key only.
func (k keyring) proof() []byte { return k.hash(proofLabel, []byte("almoner vault")) }

// wrap seals key for its kid with AES-256-GCM. The nonce always comes from the system, never from an injected source: it
// would repeat under one master key, and no event ever shows it. 96 random bits hold for 2³² keys (NIST SP 800-38D 8.3).
func (k keyring) wrap(kid string, key Key) []byte {
	out := make([]byte, nonceSize, wrappedSize)
	rand.Read(out) // never fails (crypto/rand)
	return k.wraps.Seal(out, out, key[:], wrapBinding(kid))
}

// unwrap is the inverse of wrap. It fails for another kid, so that exchanging rows gives nobody another person's key.
func (k keyring) unwrap(kid string, wrapped []byte) (Key, error) {
	var key Key
	if len(wrapped) != wrappedSize {
		return key, fmt.Errorf("key %s: %w: %d bytes stored, not %d", kid, ErrDamaged, len(wrapped), wrappedSize)
	}
	if _, err := k.wraps.Open(key[:0], wrapped[:nonceSize], wrapped[nonceSize:], wrapBinding(kid)); err != nil {
		return Key{}, fmt.Errorf("key %s: %w: it does not unwrap", kid, ErrDamaged)
	}
	return key, nil
}

func wrapBinding(kid string) []byte { return append([]byte("almoner vault wrap v1|"), kid...) }
