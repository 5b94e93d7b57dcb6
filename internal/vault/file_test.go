package vault

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func TestFileKeys(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	key, err := v.NewFileKey(t.Context(), "bankfile-1", "2055-12-31")
	require.NoError(t, err)
	again, err := v.NewFileKey(t.Context(), "bankfile-1", "2055-12-31")
	require.NoError(t, err)
	require.Equal(t, key, again, "a retried command gets the same key")
	stored, err := reopen(t, path).Key(t.Context(), "bankfile-1")
	require.NoError(t, err)
	require.Equal(t, key, stored)
	retain, err := v.Retention(t.Context(), "bankfile-1")
	require.NoError(t, err)
	require.Equal(t, "2055-12-31", retain)

	_, err = v.NewFileKey(t.Context(), "bankfile-1", "2056-12-31")
	require.ErrorIs(t, err, ErrMismatch)
	person, err := v.RegisterAnonymous(t.Context())
	require.NoError(t, err)
	_, err = v.NewFileKey(t.Context(), person, "")
	require.ErrorIs(t, err, ErrMismatch)
	for _, bad := range []string{"2055-13-01", "2055-02-30", "next year", "2055-1-1"} {
		_, err = v.NewFileKey(t.Context(), "bankfile-2", bad)
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
	for _, bad := range []string{"", strings.Repeat("x", 201), "\xff"} {
		_, err = v.NewFileKey(t.Context(), bad, "")
		require.ErrorIs(t, err, ErrMalformed, "%q", bad)
	}
	require.NoError(t, v.Destroy(t.Context(), "bankfile-1"))
	_, err = v.NewFileKey(t.Context(), "bankfile-1", "2055-12-31")
	require.ErrorIs(t, err, ErrDestroyed)
	_, err = v.Retention(t.Context(), "bankfile-1")
	require.ErrorIs(t, err, ErrDestroyed)
}

func TestExpiredFiles(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	for file, until := range map[string]string{"a": "2030-06-30", "b": "2029-12-31", "c": "", "d": "2031-01-01", "e": "2030-01-01"} {
		_, err := v.NewFileKey(t.Context(), file, until)
		require.NoError(t, err)
	}
	require.NoError(t, v.Destroy(t.Context(), "e"))
	files, err := v.ExpiredFiles(t.Context(), "2030-06-30", 10)
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, files, "the last day still counts")
	files, err = v.ExpiredFiles(t.Context(), "2099-01-01", 2)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, files)
	_, err = v.ExpiredFiles(t.Context(), "today", 2)
	require.ErrorIs(t, err, ErrMalformed)
}

func TestClaimFile(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	hash := v.KeyedHash(FileLabel, []byte("content of a roster"))
	names := []string{"one", "two", "three", "four", "five", "six"}
	for _, f := range names {
		_, err := v.NewFileKey(t.Context(), f, "")
		require.NoError(t, err)
	}
	other := reopen(t, path)
	holders := make([]string, len(names))
	var group errgroup.Group
	for i, f := range names {
		group.Go(func() (err error) {
			holders[i], err = []*Vault{v, other}[i%2].ClaimFile(t.Context(), hash, f)
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, holder := range holders {
		require.Equal(t, holders[0], holder, "everybody is told the same holder")
	}
	require.Contains(t, names, holders[0])
	file, ok, err := v.FileSeen(t.Context(), hash)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, holders[0], file)

	require.NoError(t, v.Destroy(t.Context(), file))
	_, err = v.ClaimFile(t.Context(), hash, file)
	require.ErrorIs(t, err, ErrDestroyed)
	_, err = v.ClaimFile(t.Context(), hash, "none")
	require.ErrorIs(t, err, ErrNoKey)
	_, err = v.ClaimFile(t.Context(), hash[:31], names[0])
	require.ErrorIs(t, err, ErrMalformed)
	next := names[0]
	if next == file {
		next = names[1]
	}
	holder, err := v.ClaimFile(t.Context(), hash, next)
	require.NoError(t, err)
	require.Equal(t, next, holder, "who was destroyed holds nothing")
}

func TestFileSeen(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	for _, f := range []string{"first", "second"} {
		_, err := v.NewFileKey(t.Context(), f, "")
		require.NoError(t, err)
	}
	hash := v.KeyedHash(FileLabel, []byte("content of a bank file"))
	_, ok, err := v.FileSeen(t.Context(), hash)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, v.RememberFile(t.Context(), hash, "first"))
	require.NoError(t, v.RememberFile(t.Context(), hash, "first"))
	require.NoError(t, v.RememberFile(t.Context(), hash, "second"))
	file, ok, err := v.FileSeen(t.Context(), hash)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "first", file)
	require.NoError(t, v.Destroy(t.Context(), "first"))
	file, _, err = v.FileSeen(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, "second", file)

	require.ErrorIs(t, v.RememberFile(t.Context(), hash[:31], "second"), ErrMalformed)
	require.ErrorIs(t, v.RememberFile(t.Context(), hash, "none"), ErrNoKey)
	require.ErrorIs(t, v.RememberFile(t.Context(), hash, "first"), ErrDestroyed)
}
