package codec

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain/genesis"
	"almoner/domain/signoff"
)

// The vectors let somebody who writes another reader test each layer alone.

func vectorFile(name string) string { return filepath.Join(fixturesDir, "vectors", name) }

func TestVectorsOfStrings(t *testing.T) {
	type vector struct {
		UTF8Hex   string `json:"utf8Hex"`
		Canonical string `json:"canonicalHex"`
	}
	var vectors []vector
	for _, text := range []string{"", "plain", "a\"b\\c/d", "\b\t\n\f\r", "\x00\x01\x1f\x7f", "王样例·é€😀", "\u2028\u2029<>&"} {
		b, err := Marshal(text)
		require.NoError(t, err)
		var back string
		require.NoError(t, Unmarshal(b, &back))
		require.Equal(t, text, back)
		vectors = append(vectors, vector{hex.EncodeToString([]byte(text)), hex.EncodeToString(b)})
	}
	frozen(t, vectorFile("strings.json"), pretty(t, vectors))
}

func TestVectorsOfEventIDs(t *testing.T) {
	type vector struct {
		Ledger  string `json:"ledger"`
		Stream  string `json:"stream"`
		Officer string `json:"officer"`
		Command string `json:"command"`
		Digest  string `json:"digest"`
		Index   int    `json:"index"`
		Name    string `json:"name"`
		ID      string `json:"id"`
	}
	var vectors []vector
	for i, stream := range []string{genesis.Stream, "beneficiary-" + wang, "month-finance-1-2022-01"} {
		command := Command{ID: sampleID("command of " + stream), Digest: CommandDigest([]byte("sample key"), []byte(stream))}
		vectors = append(vectors, vector{
			sampleLedger, stream, "clerk", command.ID, command.Digest, i,
			stream + "|clerk|" + command.ID + "|" + command.Digest + "|" + string(rune('0'+i)), EventID(sampleLedger, stream, command.By("clerk"), i),
		})
	}
	require.Equal(t, sampleID(vectors[1].Name), vectors[1].ID)
	frozen(t, vectorFile("event-ids.json"), pretty(t, vectors))
}

func TestVectorOfTheCommandDigest(t *testing.T) {
	canonical, err := MarshalPrivate(wangAccount())
	require.NoError(t, err)
	frozen(t, vectorFile("command-digest.json"), pretty(t, map[string]string{
		"key": base64.StdEncoding.EncodeToString(sampleDataKey("commands")), "canonical": string(canonical),
		"digest": CommandDigest(sampleDataKey("commands"), canonical),
	}))
}

func TestVectorsOfSealing(t *testing.T) {
	type vector struct {
		Key       string `json:"key"`
		Salt      string `json:"salt"`
		AAD       string `json:"aad"`
		Data      string `json:"data"`
		Plaintext string `json:"plaintext"`
		Sealed    Sealed `json:"sealed"`
	}
	c := SealContext{ID: sampleID("sealed event"), Stream: "beneficiary-" + wang, Type: "beneficiary.registered"}
	var vectors []vector
	for _, part := range []Part{{wang, wangIdentity()}, {fileKid, &signoff.Note{Text: "请补交"}}} {
		var random [SaltSize + NonceSize]byte
		_, err := (&sampleRandom{seed: part.Kid}).Read(random[:])
		require.NoError(t, err)
		s, err := Seal(c, part, sampleDataKey(part.Kid), random[:])
		require.NoError(t, err)
		data, err := Open(c, s, sampleDataKey(part.Kid))
		require.NoError(t, err)
		salt := base64.StdEncoding.EncodeToString(random[:SaltSize])
		vectors = append(vectors, vector{
			Key: base64.StdEncoding.EncodeToString(sampleDataKey(part.Kid)), Salt: salt, AAD: c.ID + "|" + c.Stream + "|" + c.Type + "|" + part.Kid,
			Data: string(data), Plaintext: `{"data":` + string(data) + `,"salt":"` + salt + `"}`, Sealed: s,
		})
	}
	frozen(t, vectorFile("sealing.json"), pretty(t, vectors))
}

func TestVectorOfTheStatement(t *testing.T) {
	first := statement("payrun-"+sampleRun, "clerk", signoff.Agree)
	second := statement("payrun-"+sampleRun, "head", signoff.Agree)
	second.Scope = string(village)
	third := statement("payrun-"+sampleRun, "head", signoff.SendBack)
	third.Step, third.Previous = 1, signoff.PreviousHash([]string{first.Hash(), second.Hash()})
	sig := signature("clerk", first.Text())
	raw, err := base64.StdEncoding.DecodeString(sig.Sig)
	require.NoError(t, err)
	require.True(t, signoff.Verify(sampleSigner("clerk").Public().(ed25519.PublicKey), first.Text(), raw))
	require.True(t, strings.HasPrefix(first.Text(), "almoner sign-off v1\norigin "))
	frozen(t, vectorFile("statement.json"), pretty(t, map[string]any{
		"text": first.Text(), "sha256": first.Hash(), "public": samplePublic("clerk"), "sig": sig.Sig,
		"sameStep": second.Text(), "sameStepSHA256": second.Hash(), "nextStep": third.Text(), "previousHash": third.Previous,
	}))
}

// TestVectorOfTheLog puts the fixtures into one tree in the order of the table: entry 0 is ledger.created.
func TestVectorOfTheLog(t *testing.T) {
	type entry struct {
		Fixture string `json:"fixture"`
		Leaf    string `json:"leaf"`
	}
	stored := encodeSamples(t)
	var entries []entry
	var leaves []tlog.Hash
	for _, info := range Types() {
		leaf := signoff.Leaf(stored[info.Name])
		leaves = append(leaves, leaf)
		entries = append(entries, entry{info.Name + ".json", signoff.Hex(leaf)})
	}
	require.Equal(t, "ledger.created.json", entries[0].Fixture)
	root, index := signoff.Root(leaves), 17
	path := signoff.Path(leaves, index)
	require.True(t, signoff.CheckPath(path, index, len(leaves), leaves[index], root))
	var hashes []string
	for _, h := range path {
		hashes = append(hashes, signoff.Hex(h))
	}
	frozen(t, vectorFile("log.json"), pretty(t, map[string]any{
		"entries": entries, "rootOfEntry0": signoff.Hex(signoff.Root(leaves[:1])), "rootOfAll": signoff.Hex(root), "pathIndex": index, "path": hashes,
	}))
}
