package api

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/internal/keyfile"
)

// TestTokenFile: a token is seen once, kept only as its hash, and counts until it ends or is revoked.
func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	f, err := OpenTokenFile(path)
	require.NoError(t, err)
	now := time.Date(2022, 1, 2, 3, 4, 5, 0, time.UTC)
	f.now = func() time.Time { return now }
	token, kept, err := f.NewToken("head", "reports", now.Add(time.Hour))
	require.NoError(t, err)
	require.Regexp(t, `^alm_[0-9A-Za-z]{10}_[0-9A-Za-z]{43,45}$`, token)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(raw), token[len("alm_0123456789_"):])
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	valid := func(token string) bool { _, ok := f.Officer(t.Context(), token); return ok }
	who, ok := f.Officer(t.Context(), token)
	require.True(t, ok)
	require.Equal(t, "head", who)
	for i := range token { // any character changed
		wrong := []byte(token)
		wrong[i] ^= 1
		require.False(t, valid(string(wrong)), "character %d", i)
	}
	require.False(t, valid(""))
	require.False(t, valid(token+"x"))
	now = now.Add(time.Hour)
	require.False(t, valid(token), "it has ended")

	other, err := OpenTokenFile(path)
	require.NoError(t, err)
	second, kept2, err := other.NewToken("second", "", time.Time{})
	require.NoError(t, err)
	require.NotEqual(t, kept.ID, kept2.ID)
	require.True(t, valid(second), "a token made by another process counts at once")
	require.NoError(t, other.Revoke(kept2.ID))
	require.NoError(t, other.Revoke(kept2.ID))
	require.False(t, valid(second), "so does its revocation")
	list, err := f.List()
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.ErrorIs(t, f.Revoke("none"), domain.NotFound)
	_, _, err = f.NewToken("", "", time.Time{})
	require.ErrorIs(t, err, domain.Invalid)
}

// TestTokenFileRefuses files that others may use or that are no token files; then nobody gets in.
func TestTokenFileRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	f, err := OpenTokenFile(path)
	require.NoError(t, err)
	token, _, err := f.NewToken("head", "", time.Time{})
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.NoError(t, os.Chmod(path, 0o644))
		_, err = OpenTokenFile(path)
		require.ErrorIs(t, err, keyfile.ErrWideMode)
		require.NoError(t, os.Chmod(path, 0o600))
	}
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(raw), tokenFormat, "another format", 1)), 0o600))
	_, err = OpenTokenFile(path)
	require.ErrorContains(t, err, "tokens.json")
	_, ok := f.Officer(t.Context(), token)
	require.False(t, ok)
}
