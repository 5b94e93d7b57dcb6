package keyfile

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Ed25519 is the name of the algorithm before the colon of a public key's text form. Other algorithms (sm2) will have
// their own.
const Ed25519 = "ed25519"

// FormatPublic is the text form of a public key: "ed25519:" and the base64 (RFC 4648 section 4, padded) of its 32 bytes.
func FormatPublic(key ed25519.PublicKey) string {
	return Ed25519 + ":" + base64.StdEncoding.EncodeToString(key)
}

// ParsePublic is the inverse of FormatPublic and accepts nothing that FormatPublic does not write.
func ParsePublic(text string) (ed25519.PublicKey, error) {
	encoded, ok := strings.CutPrefix(text, Ed25519+":")
	if !ok {
		return nil, fmt.Errorf("keyfile: public key %q does not begin with %q", shorten(text), Ed25519+":")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != ed25519.PublicKeySize || FormatPublic(raw) != text {
		return nil, fmt.Errorf("keyfile: public key %q is not %q and the padded base64 of %d bytes", shorten(text), Ed25519+":", ed25519.PublicKeySize)
	}
	return raw, nil
}

// KeyID names a key where its text form would be too long: the first 16 hex digits of the SHA-256 of its 32 bytes. It is
// a name and not a proof: 64 bits can be matched on purpose, so a verifier looks the whole key up by it in the ledger.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// shorten keeps a mistaken paste out of error messages.
func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
