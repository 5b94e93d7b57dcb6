package officer

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"almoner/domain/signoff"
)

const publicPrefix = string(signoff.Ed25519) + ":"

// FormatPublic is the text form of a public key: "ed25519:" and the base64 (RFC 4648 section 4, padded) of its 32 bytes.
func FormatPublic(key ed25519.PublicKey) string {
	return publicPrefix + base64.StdEncoding.EncodeToString(key)
}

// ParsePublic is the inverse of FormatPublic and accepts nothing that FormatPublic does not write.
func ParsePublic(text string) (ed25519.PublicKey, error) {
	encoded, ok := strings.CutPrefix(text, publicPrefix)
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(raw) != ed25519.PublicKeySize || FormatPublic(raw) != text {
		return nil, fmt.Errorf("the public key is not %q and the padded base64 of %d bytes", publicPrefix, ed25519.PublicKeySize)
	}
	return raw, nil
}

// KeyID names a key where its text form would be too long: the first 16 hex digits of the SHA-256 of its 32 bytes. It is
// a name and not a proof; a verifier looks the whole key up by it.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// Signature makes the stored form of an Ed25519 signature over a statement.
func Signature(custody signoff.Custody, key, statement string, sig []byte) signoff.Signature {
	return signoff.Signature{
		Alg: signoff.Ed25519, Custody: custody, Key: key, Sig: base64.StdEncoding.EncodeToString(sig), Statement: statement,
	}
}

// Verify says whether a stored signature is the key's over its own statement.
func Verify(public ed25519.PublicKey, s signoff.Signature) bool {
	sig, err := base64.StdEncoding.Strict().DecodeString(s.Sig)
	return err == nil && s.Alg == signoff.Ed25519 && s.Key == KeyID(public) && base64.StdEncoding.EncodeToString(sig) == s.Sig &&
		signoff.Verify(public, s.Statement, sig)
}
