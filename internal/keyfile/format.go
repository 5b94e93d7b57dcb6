package keyfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is what one guess of a passphrase costs (RFC 9106 section 3.1): passes over memory KiB in lanes.
type cost struct {
	passes uint32
	memory uint32 // KiB
	lanes  uint8
}

// defaultCost is the second choice of the OWASP password storage cheat sheet for Argon2id; about 50 ms on a small server.
var defaultCost = cost{passes: 2, memory: 19 * 1024, lanes: 1}

// Bounds of the cost that a file may ask for. A file that asks for more is refused before any of it is paid; one that
// asks for less than MinMemory was weakened.
const (
	MaxPasses = 16
	MinMemory = 8 * 1024   // KiB: 8 MiB
	MaxMemory = 256 * 1024 // KiB: 256 MiB
	MaxLanes  = 4
)

func (c cost) check() error {
	switch {
	case c.passes < 1 || c.passes > MaxPasses:
		return fmt.Errorf("%w: t=%d is not between 1 and %d", ErrDamaged, c.passes, MaxPasses)
	case c.memory < MinMemory || c.memory > MaxMemory:
		return fmt.Errorf("%w: m=%d KiB is not between %d and %d", ErrDamaged, c.memory, MinMemory, MaxMemory)
	case c.lanes < 1 || c.lanes > MaxLanes:
		return fmt.Errorf("%w: p=%d is not between 1 and %d", ErrDamaged, c.lanes, MaxLanes)
	}
	return nil
}

// file is the content of one key file.
type file struct {
	public ed25519.PublicKey
	cost   cost
	salt   [16]byte
	nonce  [12]byte
	sealed [ed25519.SeedSize + 16]byte // seed and GCM tag
}

const firstLine = "ALMONER OFFICER KEY v1"

// header is the first five lines: the additional data of the cipher.
func (f file) header() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", firstLine)
	fmt.Fprintf(&b, "id: %s\n", KeyID(f.public))
	fmt.Fprintf(&b, "public: %s\n", FormatPublic(f.public))
	fmt.Fprintf(&b, "kdf: argon2id t=%d m=%d p=%d salt=%s\n", f.cost.passes, f.cost.memory, f.cost.lanes,
		base64.StdEncoding.EncodeToString(f.salt[:]))
	fmt.Fprintf(&b, "cipher: aes-256-gcm nonce=%s\n", base64.StdEncoding.EncodeToString(f.nonce[:]))
	return b.Bytes()
}

func (f file) encode() []byte {
	b := f.header()
	b = fmt.Appendf(b, "sealed: %s\n", base64.StdEncoding.EncodeToString(f.sealed[:]))
	sum := sha256.Sum256(b)
	return fmt.Appendf(b, "check: %s\n", hex.EncodeToString(sum[:]))
}

// decode accepts exactly what encode writes. The check comes first: only a whole file is worth a word about its lines.
func decode(raw []byte) (file, error) {
	if !bytes.HasPrefix(raw, []byte(firstLine+"\n")) {
		return file{}, fmt.Errorf("%w: its first line is not %q", ErrDamaged, firstLine)
	}
	body, last, ok := cutLastLine(raw)
	sum := sha256.Sum256(body)
	if !ok || last != "check: "+hex.EncodeToString(sum[:]) {
		return file{}, fmt.Errorf("%w: its check line does not match its content", ErrDamaged)
	}
	f, err := decodeLines(strings.Split(strings.TrimSuffix(string(body), "\n"), "\n"))
	if err != nil {
		return file{}, err
	}
	if !bytes.Equal(f.encode(), raw) {
		return file{}, fmt.Errorf("%w: its lines are not spelt as they must be", ErrDamaged)
	}
	return f, nil
}

// cutLastLine splits raw before its last line, which must end in a line feed.
func cutLastLine(raw []byte) (body []byte, last string, ok bool) {
	line, found := bytes.CutSuffix(raw, []byte("\n"))
	i := bytes.LastIndexByte(line, '\n')
	if !found || i < 0 {
		return nil, "", false
	}
	return raw[:i+1], string(line[i+1:]), true
}

func decodeLines(lines []string) (file, error) {
	var f file
	if len(lines) != 6 {
		return f, fmt.Errorf("%w: it has %d lines before the check, not 6", ErrDamaged, len(lines))
	}
	var err error
	if f.public, err = ParsePublic(strings.TrimPrefix(lines[2], "public: ")); err != nil {
		return f, fmt.Errorf("%w: public line: %v", ErrDamaged, err)
	}
	var salt, nonce string
	if _, err := fmt.Sscanf(lines[3], "kdf: argon2id t=%d m=%d p=%d salt=%s", &f.cost.passes, &f.cost.memory, &f.cost.lanes, &salt); err != nil {
		return f, fmt.Errorf("%w: kdf line: %v", ErrDamaged, err)
	}
	if err := f.cost.check(); err != nil {
		return f, err
	}
	if _, err := fmt.Sscanf(lines[4], "cipher: aes-256-gcm nonce=%s", &nonce); err != nil {
		return f, fmt.Errorf("%w: cipher line: %v", ErrDamaged, err)
	}
	for _, field := range []struct {
		name, text string
		into       []byte
	}{
		{"salt", salt, f.salt[:]},
		{"nonce", nonce, f.nonce[:]},
		{"sealed line", strings.TrimPrefix(lines[5], "sealed: "), f.sealed[:]},
	} {
		b, err := base64.StdEncoding.Strict().DecodeString(field.text)
		if err != nil || len(b) != len(field.into) {
			return f, fmt.Errorf("%w: %s is not the base64 of %d bytes", ErrDamaged, field.name, len(field.into))
		}
		copy(field.into, b)
	}
	return f, nil
}

func (f *file) aead(passphrase []byte) cipher.AEAD {
	key := argon2.IDKey(passphrase, f.salt[:], f.cost.passes, f.cost.memory, f.cost.lanes, 32)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("keyfile: AES-256 with a 32 byte key: " + err.Error()) // cannot happen: the length is fixed above
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic("keyfile: GCM over AES: " + err.Error()) // cannot happen: the block size is 16
	}
	clear(key)
	return gcm
}

// seal fills f.sealed. A salt is used for one file only, so that the nonce repeats under no key.
func (f *file) seal(passphrase, seed []byte) {
	copy(f.sealed[:], f.aead(passphrase).Seal(nil, f.nonce[:], seed, f.header()))
}

func (f *file) open(passphrase []byte) ([]byte, error) {
	seed, err := f.aead(passphrase).Open(nil, f.nonce[:], f.sealed[:], f.header())
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return seed, nil
}
