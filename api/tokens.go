package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"almoner/domain"
	"almoner/internal/keyfile"
)

// Tokens says whose a token is.
type Tokens interface {
	// Officer returns the officer a token was given to. It MUST answer no for a token that is unknown, ended or malformed,
	// and when it cannot tell; it MUST NOT take a time that depends on how much of a token is right.
	Officer(ctx context.Context, token string) (officerID string, ok bool)
}

// TokenFile keeps tokens in one JSON file of mode 0600: of each its id, officer and the SHA-256 of the whole token, never
// the token. A token is "alm_<id>_<secret>", id 10 characters, secret 32 random bytes in base 62. Since the secret has 256
// bits, a plain hash is enough: there is nothing to guess.
//
// The file is read again whenever it has changed, so a token made or revoked by another process counts at once. Writers
// replace it whole. Two processes that write in the same moment may lose one of the two changes: let one make tokens.
type TokenFile struct {
	path string
	now  func() time.Time

	mu   sync.Mutex // guards what follows
	seen fs.FileInfo
	list []Token
}

// Token is what is kept of a token.
type Token struct {
	ID      string    `json:"id"`
	Officer string    `json:"officer"`
	Label   string    `json:"label,omitempty"` // what it is for
	SHA256  string    `json:"sha256"`          // hex, of the whole token
	MadeAt  time.Time `json:"madeAt"`
	Expires time.Time `json:"expires,omitzero"` // zero: it does not
	Revoked bool      `json:"revoked,omitempty"`
}

type tokenList struct {
	Format string  `json:"format"`
	Tokens []Token `json:"tokens"`
}

// The bounds of a token file.
const (
	tokenFormat   = "almoner tokens v1"
	tokenPrefix   = "alm_"
	tokenIDLength = 10
	secretBytes   = 32
	maxTokenFile  = 4 << 20
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// OpenTokenFile reads a token file; one that does not exist yet has no tokens and is made by NewToken. It refuses a file
// that others may read or write.
func OpenTokenFile(path string) (*TokenFile, error) {
	t := &TokenFile{path: path, now: time.Now}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(); err != nil {
		return nil, err
	}
	return t, nil
}

// read reads the file again if it changed. The caller holds mu.
func (t *TokenFile) read() error {
	info, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		t.seen, t.list = nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	if t.seen != nil && os.SameFile(t.seen, info) && t.seen.ModTime().Equal(info.ModTime()) && t.seen.Size() == info.Size() {
		return nil
	}
	raw, err := keyfile.ReadPrivate(t.path, maxTokenFile)
	if err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	var list tokenList
	if err := json.Unmarshal(raw, &list); err != nil || list.Format != tokenFormat {
		return fmt.Errorf("token file %s: it is not %q: %v; restore it, or delete it and make new tokens", t.path, tokenFormat, err)
	}
	t.seen, t.list = info, list.Tokens
	return nil
}

// Officer implements Tokens. A file that cannot be read lets nobody in.
func (t *TokenFile) Officer(_ context.Context, token string) (string, bool) {
	id, ok := tokenID(token)
	if !ok {
		return "", false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(); err != nil {
		return "", false
	}
	sum := sha256.Sum256([]byte(token))
	have := []byte(hex.EncodeToString(sum[:]))
	for _, k := range t.list {
		if k.ID != id {
			continue
		}
		same := subtle.ConstantTimeCompare(have, []byte(k.SHA256)) == 1
		if !same || k.Revoked || !k.Expires.IsZero() && !t.now().Before(k.Expires) {
			return "", false
		}
		return k.Officer, true
	}
	return "", false
}

// tokenID is the id part of a token, which is no secret.
func tokenID(token string) (string, bool) {
	rest, found := strings.CutPrefix(token, tokenPrefix)
	id, secret, two := strings.Cut(rest, "_")
	return id, found && two && len(id) == tokenIDLength && secret != "" && len(token) < 200
}

// NewToken makes a token for an officer, valid until expires (the zero time: until it is revoked), and returns it: this is
// the only time it is seen.
func (t *TokenFile) NewToken(officerID, label string, expires time.Time) (token string, kept Token, err error) {
	if officerID == "" {
		return "", Token{}, domain.Refuse(domain.Invalid, "api.token-officer", "a token needs an officer").WithNext("name the officer's id")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(); err != nil {
		return "", Token{}, err
	}
	id, err := randomText(tokenIDLength)
	if err != nil {
		return "", Token{}, err
	}
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(rand.Reader, secret); err != nil {
		return "", Token{}, fmt.Errorf("new token: %w", err)
	}
	token = tokenPrefix + id + "_" + new(big.Int).SetBytes(append([]byte{1}, secret...)).Text(62) // the leading 1 keeps zeros
	sum := sha256.Sum256([]byte(token))
	kept = Token{ID: id, Officer: officerID, Label: label, SHA256: hex.EncodeToString(sum[:]), MadeAt: t.now().UTC().Truncate(time.Second), Expires: expires.UTC()}
	if expires.IsZero() {
		kept.Expires = time.Time{}
	}
	if err := t.write(append(slices.Clone(t.list), kept)); err != nil {
		return "", Token{}, err
	}
	return token, kept, nil
}

// randomText is n characters of base 62, each equally likely.
func randomText(n int) (string, error) {
	out := make([]byte, n)
	for i := range out {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(base62))))
		if err != nil {
			return "", fmt.Errorf("new token: %w", err)
		}
		out[i] = base62[k.Int64()]
	}
	return string(out), nil
}

// Revoke ends a token by its id. Revoking twice is harmless.
func (t *TokenFile) Revoke(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(); err != nil {
		return err
	}
	list := slices.Clone(t.list)
	i := slices.IndexFunc(list, func(k Token) bool { return k.ID == id })
	if i < 0 {
		return domain.Refuse(domain.NotFound, "api.token-unknown", "there is no token %.20q", id).WithNext("list the tokens, and copy the id")
	}
	list[i].Revoked = true
	return t.write(list)
}

// List is what is kept of every token, in the order they were made.
func (t *TokenFile) List() ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.read()
	return slices.Clone(t.list), err
}

// write replaces the file: the new one is durable before it takes the old one's name. The caller holds mu.
func (t *TokenFile) write(list []Token) error {
	raw, err := json.MarshalIndent(tokenList{tokenFormat, list}, "", "  ")
	if err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	if err := replaceFile(t.path, append(raw, '\n')); err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	t.seen = nil
	return t.read()
}

func replaceFile(path string, content []byte) error {
	suffix, err := randomText(tokenIDLength)
	if err != nil {
		return err
	}
	fresh := path + ".new-" + suffix
	if err := keyfile.WritePrivate(fresh, content); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return nil
}
