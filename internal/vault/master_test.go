package vault

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/internal/keyfile"
)

// testMaster is the bytes 0 to 31.
func testMaster() Master {
	var m Master
	for i := range m.key {
		m.key[i] = byte(i)
	}
	return m
}

// recoveryOf0To31 was computed by an independent program from the rule in recovery.go.
const recoveryOf0To31 = "000G40V-0G2GC1S-104GM2V-1G6GW3R-208H44Y-2GAHC5R-30CHM6V-3GEHW7X-WY2TFQE"

func TestRecoveryKeyIsFrozen(t *testing.T) {
	require.Equal(t, recoveryOf0To31, testMaster().RecoveryKey())
	m, err := MasterFromRecovery(recoveryOf0To31)
	require.NoError(t, err)
	require.Equal(t, testMaster(), m)
}

// TestKeyedHashIsFrozen holds values computed by an independent program: HKDF-SHA-256 and HMAC-SHA-256.
func TestKeyedHashIsFrozen(t *testing.T) {
	k := newKeyring(testMaster())
	require.Equal(t, "f6f6225e61a92e1924657c2ecf1237cc7a3e1893da9224299e039ba86aeb04a1", hex.EncodeToString(k.hash(NumberLabel, []byte("990000199001010017"))))
	require.Equal(t, "21e2ffdd3ad32636410b2102871499a0e4f42d597b0b55f02807e4a5b916c30f", hex.EncodeToString(k.hash(CommandLabel, []byte("990000199001010013"))))
	require.Len(t, k.hash("a caller's own", nil), 32)
	require.NotEqual(t, k.hash("a caller's own", nil), k.hash("another", nil))
}

func TestRecoveryIsTheInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Master
		copy(m.key[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		text := m.RecoveryKey()
		got, err := MasterFromRecovery(text)
		require.NoError(t, err)
		require.Equal(t, m, got)

		// One character typed wrong is found, in the group or by the whole.
		wrong := []byte(text)
		i := rapid.IntRange(0, len(wrong)-1).Filter(func(i int) bool { return wrong[i] != '-' }).Draw(t, "place")
		wrong[i] = rapid.SampledFrom([]byte(crockford)).Filter(func(c byte) bool { return c != wrong[i] }).Draw(t, "char")
		_, err = MasterFromRecovery(string(wrong))
		require.ErrorIs(t, err, ErrRecovery)
	})
}

func TestRecoveryForgivesHowItWasTyped(t *testing.T) {
	for _, typed := range []string{
		strings.ToLower(recoveryOf0To31),
		strings.ReplaceAll(recoveryOf0To31, "-", ""),
		strings.ReplaceAll(recoveryOf0To31, "-", " "),
		" " + strings.ReplaceAll(recoveryOf0To31, "-", "\r\n") + "\n",
		strings.ReplaceAll(recoveryOf0To31, "0", "o"),
		strings.ReplaceAll(recoveryOf0To31, "1", "l"),
		strings.ReplaceAll(recoveryOf0To31, "1", "I"),
		strings.ReplaceAll(recoveryOf0To31, "0", "\uff10"), // full-width
		strings.ReplaceAll(recoveryOf0To31, "-", "—"),
	} {
		m, err := MasterFromRecovery(typed)
		require.NoError(t, err, typed)
		require.Equal(t, testMaster(), m)
	}
}

func TestRecoveryNamesTheGroup(t *testing.T) {
	groups := strings.Split(recoveryOf0To31, "-")
	groups[2] = "104GM3V"
	_, err := MasterFromRecovery(strings.Join(groups, "-"))
	require.ErrorContains(t, err, "group 3 of 9")

	groups = strings.Split(recoveryOf0To31, "-")
	groups[0], groups[1] = groups[1], groups[0]
	_, err = MasterFromRecovery(strings.Join(groups, "-"))
	require.ErrorIs(t, err, ErrRecovery, "groups exchanged")

	for _, bad := range []string{"", "0", recoveryOf0To31 + "0", recoveryOf0To31[1:], strings.Replace(recoveryOf0To31, "0", "U", 1), strings.Repeat("0", 63), strings.Repeat(" ", 2000)} {
		_, err := MasterFromRecovery(bad)
		require.ErrorIs(t, err, ErrRecovery, "%q", bad)
	}
}

func TestMasterFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "主 密钥.key")
	m, err := CreateMaster(path)
	require.NoError(t, err)
	got, err := LoadMaster(path)
	require.NoError(t, err)
	require.Equal(t, m, got)
	other, err := CreateMaster(path + "2")
	require.NoError(t, err)
	require.NotEqual(t, m, other)

	require.ErrorIs(t, m.Save(path), fs.ErrExist)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "ALMONER MASTER KEY v1\n"+m.RecoveryKey()+"\n", string(raw))

	for i := range raw {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 1
		require.NoError(t, os.WriteFile(path, flipped, 0o600))
		_, err := LoadMaster(path)
		require.ErrorIs(t, err, ErrMasterDamaged, "byte %d", i)
		require.NoError(t, os.WriteFile(path, raw[:i], 0o600))
		_, err = LoadMaster(path)
		require.ErrorIs(t, err, ErrMasterDamaged, "cut at %d", i)
	}
	require.NoError(t, os.WriteFile(path, bytes.Repeat(raw, 20), 0o600))
	_, err = LoadMaster(path)
	require.ErrorIs(t, err, ErrMasterDamaged)
	_, err = LoadMaster(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestMasterFileOthersMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	path := filepath.Join(t.TempDir(), "m")
	_, err := CreateMaster(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := LoadMaster(path)
		require.ErrorIs(t, err, keyfile.ErrWideMode)
	}
}

func TestMasterOutsideOfBackups(t *testing.T) {
	root := t.TempDir()
	data, deep, out := filepath.Join(root, "data"), filepath.Join(root, "data", "keys"), filepath.Join(root, "data-of-root")
	require.NoError(t, os.MkdirAll(deep, 0o700))
	require.NoError(t, os.MkdirAll(out, 0o700))
	link := filepath.Join(out, "link")
	require.NoError(t, os.Symlink(deep, link))

	for _, inside := range []string{
		filepath.Join(data, "m"), filepath.Join(deep, "m"), filepath.Join(link, "m"),
		filepath.Join(out, "..", "data", "m"), filepath.Join(deep, "not", "there", "yet", "m"),
	} {
		_, err := CreateMaster(inside, out+"x", data)
		require.ErrorIs(t, err, ErrMasterInBackup, inside)
		require.NoFileExists(t, inside)
	}
	path := filepath.Join(out, "m")
	m, err := CreateMaster(path, data)
	require.NoError(t, err)
	_, err = LoadMaster(path, data)
	require.NoError(t, err)
	_, err = LoadMaster(path, out)
	require.ErrorIs(t, err, ErrMasterInBackup)

	// A link outside that points inside is inside.
	require.NoError(t, m.Save(filepath.Join(deep, "m")))
	require.NoError(t, os.Symlink(filepath.Join(deep, "m"), filepath.Join(out, "alias")))
	_, err = LoadMaster(filepath.Join(out, "alias"), data)
	require.ErrorIs(t, err, ErrMasterInBackup)
}

func TestSecretsAreNotPrinted(t *testing.T) {
	m := testMaster()
	key := Key(m.key)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "master key", fmt.Sprintf(verb, m), verb)
		require.Equal(t, "data key", fmt.Sprintf(verb, key), verb)
	}
	require.NotContains(t, fmt.Sprintf("%x %x", m, key), "0102030405")
}
