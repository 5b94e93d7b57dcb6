package keyfile

import (
	"crypto/ed25519"
	"fmt"
)

// Signer signs statements for one officer with one key. The key may stand in a file, in a hardware module or on an SM2
// USB key (UKey); what is signed and how it is verified follows from the algorithm named in Public.
//
// An implementation:
//
//   - MUST return the same Public and KeyID for its whole life, without touching the device;
//   - MUST sign the statement's bytes as they are given, hashing only as its algorithm demands;
//   - MUST be safe for concurrent use, and MAY block in Sign until its owner has confirmed on the device;
//   - MUST return an error and no signature if the owner declined or the device is gone.
type Signer interface {
	// Public is the text form of the public key: algorithm, colon, base64.
	Public() string
	// KeyID names the key as the ledger knows it.
	KeyID() string
	// Sign returns the signature over statement: for ed25519 the 64 bytes of RFC 8032.
	Sign(statement []byte) ([]byte, error)
}

// NewSigner signs with a key held in memory, as Load returns it.
func NewSigner(key ed25519.PrivateKey) (Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("keyfile: the private key has %d bytes, not %d", len(key), ed25519.PrivateKeySize)
	}
	return memorySigner{key}, nil
}

type memorySigner struct{ key ed25519.PrivateKey }

func (s memorySigner) public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

func (s memorySigner) Public() string { return FormatPublic(s.public()) }

func (s memorySigner) KeyID() string { return KeyID(s.public()) }

func (s memorySigner) Sign(statement []byte) ([]byte, error) {
	return ed25519.Sign(s.key, statement), nil
}

// String keeps the key out of logs that print a signer.
func (s memorySigner) String() string { return "signer " + s.KeyID() }

// GoString is String.
func (s memorySigner) GoString() string { return s.String() }
