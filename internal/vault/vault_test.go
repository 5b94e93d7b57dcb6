package vault

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/internal/keyfile"
)

const ledger = "5b0f0a52-6d0c-4b7e-9d0c-6f3f6a1f0001"

// number is a made-up citizen number with a valid check digit (GB 11643). Its area code 990000 belongs to no place, so that
// it is nobody's.
func number(i int) string {
	body := fmt.Sprintf("990000%04d%02d%02d%03d", 1940+i/1000/28/12%80, 1+i/1000/28%12, 1+i/1000%28, i%1000)
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for j, w := range weights {
		sum += int(body[j]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

func numbers(from, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = number(from + i)
	}
	return list
}

// seeded is a source that gives the same bytes each time.
func seeded() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1, 2, 3}) }

func vaultPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "保密 100%?#.db")
}

func create(t *testing.T, path string, o Options) *Vault {
	t.Helper()
	v, err := Create(t.Context(), path, testMaster(), o)
	require.NoError(t, err)
	require.NoError(t, v.Bind(t.Context(), ledger))
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func reopen(t *testing.T, path string) *Vault {
	t.Helper()
	v, err := Open(t.Context(), path, ledger, testMaster(), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func TestCreateBindOpen(t *testing.T) {
	path := vaultPath(t)
	v, err := Create(t.Context(), path, testMaster(), Options{})
	require.NoError(t, err)
	require.NoError(t, v.Close())

	// Not bound: only an interrupted creation may go on.
	_, err = Open(t.Context(), path, ledger, testMaster(), Options{})
	require.ErrorIs(t, err, ErrUnbound)
	v, err = Open(t.Context(), path, "", testMaster(), Options{})
	require.NoError(t, err)
	require.ErrorIs(t, v.Bind(t.Context(), ""), ErrMalformed)
	require.NoError(t, v.Bind(t.Context(), ledger))
	require.NoError(t, v.Bind(t.Context(), ledger))
	require.ErrorIs(t, v.Bind(t.Context(), "another"), ErrOtherLedger)
	require.NoError(t, v.Close())

	v, err = Open(t.Context(), path, ledger, testMaster(), Options{})
	require.NoError(t, err)
	require.NoError(t, v.Close())
	for _, other := range []string{"", "another"} {
		_, err = Open(t.Context(), path, other, testMaster(), Options{})
		require.ErrorIs(t, err, ErrOtherLedger)
		require.ErrorContains(t, err, ledger)
	}

	wrong := testMaster()
	wrong.key[31] ^= 1
	_, err = Open(t.Context(), path, ledger, wrong, Options{})
	require.ErrorIs(t, err, ErrWrongMaster)
}

func TestCreateNeverReplaces(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	person, _, err := v.Register(t.Context(), number(1))
	require.NoError(t, err)
	_, err = Create(t.Context(), path, testMaster(), Options{})
	require.ErrorIs(t, err, fs.ErrExist)
	again, ok, err := v.Lookup(t.Context(), number(1))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, person, again)
}

func TestInterruptedCreation(t *testing.T) {
	path := vaultPath(t)
	v, err := open(t.Context(), path, testMaster(), Options{}, true) // the file and its schema, and then the power fails
	require.NoError(t, err)
	require.NoError(t, v.Close())
	_, err = Open(t.Context(), path, "", testMaster(), Options{})
	require.ErrorIs(t, err, ErrUnfinished)
	create(t, path, Options{})
}

func TestOpenRefusesWhatIsNoVault(t *testing.T) {
	path := vaultPath(t)
	_, err := Open(t.Context(), path, ledger, testMaster(), Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoFileExists(t, path)
	require.NoError(t, os.WriteFile(path, []byte("not a database, but long enough to look like a header"), 0o600))
	_, err = Open(t.Context(), path, ledger, testMaster(), Options{})
	require.Error(t, err)
}

func TestVaultOthersMayUseIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	path := vaultPath(t)
	v := create(t, path, Options{})
	_, err := v.RegisterAnonymous(t.Context())
	require.NoError(t, err)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), suffix)
	}
	for _, mode := range []fs.FileMode{0o640, 0o602, 0o644} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = Open(t.Context(), path, ledger, testMaster(), Options{})
		require.ErrorIs(t, err, keyfile.ErrWideMode)
	}
}

func TestClosedVaultAnswersNothing(t *testing.T) {
	v, err := Create(t.Context(), vaultPath(t), testMaster(), Options{})
	require.NoError(t, err)
	person, err := v.RegisterAnonymous(t.Context())
	require.NoError(t, err)
	_, err = v.Key(t.Context(), person)
	require.NoError(t, err)
	require.NoError(t, v.Close())
	_, err = v.Key(t.Context(), person)
	require.Error(t, err)
}

func TestCancelledContextWritesNothing(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := v.Register(ctx, number(1))
	require.ErrorIs(t, err, context.Canceled)
	_, ok, err := v.Lookup(t.Context(), number(1))
	require.NoError(t, err)
	require.False(t, ok)
}

// TestReproducible makes the same vault twice from the same master key, randomness and clock.
func TestReproducible(t *testing.T) {
	type outcome struct {
		Persons []Person
		Keys    map[string]Key
		File    Key
	}
	var outcomes [2]outcome
	for i := range outcomes {
		v := create(t, vaultPath(t), Options{Random: seeded(), Now: func() time.Time { return time.Unix(1_700_000_000, 0) }})
		persons, err := v.RegisterMany(t.Context(), numbers(0, 50))
		require.NoError(t, err)
		kids := make([]string, len(persons))
		for j, p := range persons {
			kids[j] = p.ID
		}
		keys, err := v.KeysFor(t.Context(), kids)
		require.NoError(t, err)
		file, err := v.NewFileKey(t.Context(), "file-1", "2055-12-31")
		require.NoError(t, err)
		outcomes[i] = outcome{persons, keys, file}
	}
	require.Equal(t, outcomes[0], outcomes[1])
	require.Len(t, outcomes[0].Keys, 50)
}
