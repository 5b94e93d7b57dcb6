package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"almoner/internal/keyfile"
)

// ErrMasterInBackup means that the master key would lie, or lies, where backups of the ledger would carry it along.
var ErrMasterInBackup = errors.New("vault: the master key may not lie in a folder that backups of the ledger cover; choose a folder outside")

// ErrMasterDamaged means that a file is not the master key file that Save wrote.
var ErrMasterDamaged = errors.New("vault: the master key file is damaged; restore it from the printed recovery key")

// Master is the key above all others: 32 random bytes from which the vault derives what it hashes and wraps with. Who
// holds it and a copy of the vault can read every key in it and test any citizen number against it; who holds only one of
// the two can do neither. It never appears in formatted output.
type Master struct{ key [32]byte }

const (
	masterFirstLine = "ALMONER MASTER KEY v1"
	maxMasterFile   = 1024 // bytes; a real file has 94
)

// NewMaster draws a master key from random. Only a simulated ledger passes anything but crypto/rand.Reader.
func NewMaster(random io.Reader) (Master, error) {
	var m Master
	if _, err := io.ReadFull(random, m.key[:]); err != nil {
		return Master{}, fmt.Errorf("vault: make a master key: read randomness: %w", err)
	}
	return m, nil
}

// CreateMaster makes a master key and saves it at path.
func CreateMaster(path string, covered ...string) (Master, error) {
	m, err := NewMaster(rand.Reader)
	if err != nil {
		return Master{}, err
	}
	if err := m.Save(path, covered...); err != nil {
		return Master{}, err
	}
	return m, nil
}

// Save writes the master key to a new file of mode 0600: two lines, "ALMONER MASTER KEY v1" and its recovery key. It is
// durable when Save returns. Covered are the folders that backups of the ledger carry; a path inside one of them is
// refused (ErrMasterInBackup), an existing file too (fs.ErrExist).
func (m Master) Save(path string, covered ...string) error {
	if err := outside(path, covered); err != nil {
		return fmt.Errorf("save master key %s: %w", path, err)
	}
	if err := keyfile.WritePrivate(path, m.encode()); err != nil {
		return fmt.Errorf("save master key: %w", err)
	}
	return nil
}

// LoadMaster reads the master key at path. Errors: fs.ErrNotExist, keyfile.ErrWideMode, ErrMasterDamaged,
// ErrMasterInBackup (covered as for Save).
func LoadMaster(path string, covered ...string) (Master, error) {
	if err := outside(path, covered); err != nil {
		return Master{}, fmt.Errorf("load master key %s: %w", path, err)
	}
	raw, err := keyfile.ReadPrivate(path, maxMasterFile)
	if errors.Is(err, keyfile.ErrDamaged) {
		return Master{}, fmt.Errorf("load master key %s: it is too large: %w", path, ErrMasterDamaged)
	}
	if err != nil {
		return Master{}, fmt.Errorf("load master key: %w", err)
	}
	lines := strings.Split(string(raw), "\n")
	if len(lines) != 3 || lines[0] != masterFirstLine {
		return Master{}, fmt.Errorf("load master key %s: %w", path, ErrMasterDamaged)
	}
	m, err := MasterFromRecovery(lines[1])
	if err != nil || !bytes.Equal(m.encode(), raw) {
		return Master{}, fmt.Errorf("load master key %s: %w", path, ErrMasterDamaged)
	}
	return m, nil
}

func (m Master) encode() []byte { return []byte(masterFirstLine + "\n" + m.RecoveryKey() + "\n") }

// String says that there is a key, not which.
func (m Master) String() string { return "master key" }

// GoString is String.
func (m Master) GoString() string { return m.String() }

// outside refuses a path below any of the folders, symbolic links resolved.
func outside(path string, folders []string) error {
	real, err := resolve(path)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		f, err := resolve(folder)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(f, real)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return fmt.Errorf("%w (%s)", ErrMasterInBackup, folder)
		}
	}
	return nil
}

// resolve is the absolute path without symbolic links of path or, where it does not exist yet, of its nearest parent that
// does, with the rest appended.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for {
		real, err := filepath.EvalSymlinks(abs)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		parent := filepath.Dir(abs)
		if !errors.Is(err, fs.ErrNotExist) || parent == abs {
			return "", err
		}
		abs, rest = parent, filepath.Join(filepath.Base(abs), rest)
	}
}
