package signoff

import (
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Leaf is the RFC 6962 leaf hash of a stored entry: SHA-256(0x00 ‖ entry). It is the entry's leaf in the log as well.
func Leaf(entry []byte) tlog.Hash { return tlog.RecordHash(entry) }

// Root is the RFC 6962 root over leaf hashes in order (section 2.1); of no leaves, the hash of nothing.
func Root(leaves []tlog.Hash) tlog.Hash {
	switch len(leaves) {
	case 0:
		h, _ := tlog.TreeHash(0, nil)
		return h
	case 1:
		return leaves[0]
	}
	k := split(len(leaves))
	return tlog.NodeHash(Root(leaves[:k]), Root(leaves[k:]))
}

// split is the largest power of two below n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// Path is the audit path of leaf i, from the leaf upwards (RFC 6962 section 2.1.1).
func Path(leaves []tlog.Hash, i int) []tlog.Hash {
	if len(leaves) <= 1 {
		return nil
	}
	k := split(len(leaves))
	if i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	}
	return append(Path(leaves[k:], i-k), Root(leaves[:k]))
}

// CheckPath says whether path proves that leaf is number i of n under root.
func CheckPath(path []tlog.Hash, i, n int, leaf, root tlog.Hash) bool {
	return tlog.CheckRecord(path, int64(n), root, int64(i), leaf) == nil
}

// Hex is how hashes are written in events and statements.
func Hex(h tlog.Hash) string { return hex.EncodeToString(h[:]) }

// ParseHex is the inverse of Hex.
func ParseHex(s string) (tlog.Hash, error) {
	var h tlog.Hash
	if len(s) != 2*len(h) {
		return h, fmt.Errorf("hash %q: want %d hex digits", s, 2*len(h))
	}
	_, err := hex.Decode(h[:], []byte(s))
	if err == nil && Hex(h) != s {
		err = fmt.Errorf("hash %q: want lower-case hex", s)
	}
	return h, err
}
