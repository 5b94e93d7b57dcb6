package signoff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
)

// reference is tlog's own tree over the same entries: it keeps the stored hashes of a growing log, where Root folds a list.
type reference []tlog.Hash

func (r reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		hashes[i] = r[x]
	}
	return hashes, nil
}

const largest = 70 // beyond 64, so that every shape of a tree of up to seven levels comes up

func TestTreeIsThatOfTheLog(t *testing.T) {
	var stored reference
	var leaves []tlog.Hash
	for n := range largest + 1 {
		want, err := tlog.TreeHash(int64(n), stored)
		require.NoError(t, err)
		root := Root(leaves)
		require.Equal(t, want, root, "root of %d", n)
		for i := range n {
			proof, err := tlog.ProveRecord(int64(n), int64(i), stored)
			require.NoError(t, err)
			path := Path(leaves, i)
			require.Equal(t, []tlog.Hash(proof), append([]tlog.Hash{}, path...), "path of %d of %d", i, n)
			require.True(t, CheckPath(path, i, n, leaves[i], root), "%d of %d", i, n)
		}
		entry := fmt.Appendf(nil, "entry %d", n)
		require.Equal(t, tlog.RecordHash(entry), Leaf(entry))
		hashes, err := tlog.StoredHashes(int64(n), entry, stored)
		require.NoError(t, err)
		stored, leaves = append(stored, hashes...), append(leaves, Leaf(entry))
	}
}

func TestCheckPathRefusesEverythingElse(t *testing.T) {
	var leaves []tlog.Hash
	for i := range 11 {
		leaves = append(leaves, Leaf(fmt.Appendf(nil, "entry %d", i)))
	}
	root, path := Root(leaves), Path(leaves, 4)
	other := Leaf([]byte("other"))
	bent := append([]tlog.Hash{}, path...)
	bent[1] = other
	for _, r := range []struct {
		name       string
		path       []tlog.Hash
		i, n       int
		leaf, root tlog.Hash
		ok         bool
	}{
		{"as it is", path, 4, 11, leaves[4], root, true},
		{"another place", path, 5, 11, leaves[4], root, false},
		{"another size", path, 4, 7, leaves[4], root, false},
		{"another leaf", path, 4, 11, other, root, false},
		{"another root", path, 4, 11, leaves[4], other, false},
		{"a hash of the path", bent, 4, 11, leaves[4], root, false},
		{"a short path", path[1:], 4, 11, leaves[4], root, false},
		{"a long path", append(append([]tlog.Hash{}, path...), other), 4, 11, leaves[4], root, false},
		{"before the first", path, -1, 11, leaves[4], root, false},
		{"after the last", path, 11, 11, leaves[4], root, false},
		{"of no tree", nil, 0, 0, leaves[4], root, false},
	} {
		t.Run(r.name, func(t *testing.T) { require.Equal(t, r.ok, CheckPath(r.path, r.i, r.n, r.leaf, r.root)) })
	}
}

func TestHex(t *testing.T) {
	leaf := Leaf([]byte("entry"))
	text := Hex(leaf)
	got, err := ParseHex(text)
	require.NoError(t, err)
	require.Equal(t, leaf, got)
	for name, r := range map[string]struct{ text, says string }{
		"nothing":        {"", "want 64 hex digits"},
		"one digit less": {text[:63], "want 64 hex digits"},
		"one digit more": {text + "0", "want 64 hex digits"},
		"no digit":       {"g" + text[1:], "invalid byte"},
		"upper case":     {strings.ToUpper(text), "want lower-case hex"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseHex(r.text)
			require.ErrorContains(t, err, r.says)
		})
	}
	require.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex(Root(nil)), "the hash of nothing (RFC 6962, 2.1)")
}
