package codec

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

// update writes fixtures, vectors, the refused corpus, the checksums and the generated part of the documentation anew.
// From tag v1.0 on only additions are right; until then the schema is a draft.
var update = flag.Bool("update", false, "write testdata/events and docs/event-format.md anew")

const (
	eventsDir   = "../../testdata/events"
	fixturesDir = eventsDir + "/v1"
)

func samples() []sample {
	return slices.Concat(rootSamples(), personSamples(), caseSamples(), importSamples(), drawSamples(), runSamples(), bankSamples(), bookSamples())
}

// sampleMeta is what the envelope of sample number i says.
func sampleMeta(i int, s sample) Meta {
	start := time.Date(2022, time.January, 5, 1, 0, 0, 123_456_000, time.UTC)
	command := sampleID(fmt.Sprintf("command %d", i))
	return Meta{
		At: start.Add(time.Duration(i) * time.Minute), On: s.on, Officer: "clerk", Office: sampleTown, Capacity: "town.handler", Cause: s.cause, Evidence: s.evidence,
		Command: Command{ID: command, Digest: CommandDigest(sampleDataKey("commands"), []byte(`{"sample":"`+s.event.EventType()+`"}`))},
	}
}

// encodeSamples returns the stored bytes of every sample by the name of its fixture, which begins with the type.
func encodeSamples(t testing.TB) map[string][]byte {
	t.Helper()
	revisions := map[string]int64{}
	stored := map[string][]byte{}
	for i, s := range samples() {
		name := s.name()
		_, b, err := Encode(sampleLedger, s.stream, revisions[s.stream], 0, s.event, sampleMeta(i, s), sampleKeys, &sampleRandom{seed: name})
		require.NoError(t, err, name)
		require.NotContains(t, stored, name, "two samples of one name")
		stored[name] = b
		revisions[s.stream]++
	}
	return stored
}

// onOf is the effective day of a sample: its own, or the one its envelope is told.
func onOf(s sample) domain.Date {
	if effective, ok := s.event.(domain.Effective); ok && !effective.EffectiveOn().IsZero() {
		return effective.EffectiveOn()
	}
	return s.on
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixturesDir, name+".json"))
	require.NoError(t, err, "write the fixtures with: go test ./domain/codec -update")
	return b
}

// write is for -update only.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, content, 0o644))
}

func pretty(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(v))
	return b.Bytes()
}

// frozen holds a file to its content; with -update it writes it.
func frozen(t *testing.T, path string, content []byte) {
	t.Helper()
	if *update {
		write(t, path, content)
	}
	there, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range min(len(there), len(content)) {
		if there[i] != content[i] {
			t.Fatalf("%s differs from byte %d on: %.80q is there, %.80q is written now; stored events are never written differently", path, i, there[i:], content[i:])
		}
	}
	require.Len(t, there, len(content), "%s is not as long as what is written now", path)
}

func TestEveryTypeHasAFrozenFixture(t *testing.T) {
	stored := encodeSamples(t)
	for _, info := range Types() {
		require.Contains(t, stored, info.Name, "the type has no sample")
	}
	for name, b := range stored {
		frozen(t, filepath.Join(fixturesDir, name+".json"), b)
	}
	files, err := filepath.Glob(filepath.Join(fixturesDir, "*.json"))
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "keys" {
			continue
		}
		require.Contains(t, stored, name, "%s: a fixture that no sample makes", file)
		env, err := Decode(stored[name])
		require.NoError(t, err)
		require.True(t, name == env.Type || strings.HasPrefix(name, env.Type+"."), file)
	}
}

func TestKeysOfTheFixtures(t *testing.T) {
	data, signing := map[string]string{}, map[string]string{}
	for _, b := range encodeSamples(t) {
		env, err := Decode(b)
		require.NoError(t, err)
		for _, s := range env.Sealed {
			data[s.Kid] = base64.StdEncoding.EncodeToString(sampleDataKey(s.Kid))
		}
	}
	for _, officer := range []string{"clerk", "head", "root-1", "root-2", "log", "log-2", "witness"} {
		signing[officer] = base64.StdEncoding.EncodeToString(sampleSigner(officer).Seed())
	}
	require.NotEmpty(t, data)
	frozen(t, filepath.Join(fixturesDir, "keys.json"), pretty(t, map[string]any{
		"ledger": sampleLedger, "origin": sampleOrigin, "dataKeys": data, "signingSeeds": signing,
		"commandKey": base64.StdEncoding.EncodeToString(sampleDataKey("commands")),
	}))
}

func TestFixturesDecodeAndEncodeIdentically(t *testing.T) {
	for _, s := range samples() {
		name := s.name()
		stored := fixture(t, name)

		env, err := Decode(stored)
		require.NoError(t, err, name)
		again, err := env.Encode()
		require.NoError(t, err, name)
		require.Equal(t, string(stored), string(again), name)

		got, err := DecodeEvent(stored, sampleKeys)
		require.NoError(t, err, name)
		require.Equal(t, s.event, got.Event, name)
		require.Empty(t, got.Missing, name)
		require.Equal(t, env.ID, got.ID)
		require.Equal(t, env.Rev, got.Revision)
		require.Equal(t, onOf(s), got.On, name)
		require.Equal(t, s.cause, got.Cause)
		require.Equal(t, "clerk", got.Officer)
		require.Len(t, got.Seals, len(env.Sealed), name)
		for i, seal := range got.Seals {
			require.Equal(t, env.Sealed[i].Cm, seal, name)
		}
		require.Equal(t, *env, got.Envelope)
		require.Equal(t, sha256.Sum256(append([]byte{0}, stored...)), [32]byte(got.Leaf), name)
		require.Equal(t, EventID(sampleLedger, s.stream, env.Command.By(env.Officer), 0), env.ID)
	}
}

func TestFixturesNameNobodyInClear(t *testing.T) {
	sealed := 0
	for name, stored := range encodeSamples(t) {
		for _, word := range sampleWords() {
			require.NotContains(t, string(stored), word, "%s holds personal data in clear", name)
		}
		open, err := DecodeEvent(stored, nil)
		require.NoError(t, err, name)
		require.Len(t, open.Missing, len(open.Envelope.Sealed), name)
		for _, part := range Parts(&open.Event) {
			t.Errorf("%s: %v was filled without its key", name, part)
		}
		sealed += len(open.Missing)
	}
	require.Greater(t, sealed, 20, "the samples seal nothing, so this test proves nothing")
}

// The words looked for above do stand in the fixtures, under their keys.
func TestFixturesHoldThePersonalDataSealed(t *testing.T) {
	var all strings.Builder
	for name, stored := range encodeSamples(t) {
		env, err := Decode(stored)
		require.NoError(t, err, name)
		for _, s := range env.Sealed {
			data, err := Open(env.context(), s, sampleDataKey(s.Kid))
			require.NoError(t, err, name)
			all.WriteString(string(data))
		}
	}
	for _, word := range sampleWords() {
		require.Contains(t, all.String(), word)
	}
}

func TestSignaturesOfTheFixturesVerify(t *testing.T) {
	checked := 0
	for name, stored := range encodeSamples(t) {
		var event map[string]any
		require.NoError(t, json.Unmarshal(stored, &event))
		walkSignatures(event["data"], func(s map[string]any) {
			key, _ := s["key"].(string)
			officer := strings.TrimPrefix(key, "key-")
			sig, _ := s["sig"].(string)
			text, _ := s["statement"].(string)
			if sig == "" {
				return // signed in bulk
			}
			raw, err := base64.StdEncoding.DecodeString(sig)
			require.NoError(t, err)
			public := sampleSigner(officer).Public().(ed25519.PublicKey)
			require.True(t, signoff.Verify(public, text, raw), "%s: %s", name, text)
			if strings.HasPrefix(text, signoff.Header) {
				statement, err := signoff.ParseStatement(text)
				require.NoError(t, err, name)
				require.Equal(t, text, statement.Text())
			}
			checked++
		})
	}
	require.Greater(t, checked, 25)
}

// walkSignatures visits every object that has an algorithm and a statement.
func walkSignatures(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		if v["alg"] != nil && v["statement"] != nil {
			visit(v)
		}
		for _, item := range v {
			walkSignatures(item, visit)
		}
	case []any:
		for _, item := range v {
			walkSignatures(item, visit)
		}
	}
}

// TestMain sums up what a run with -update has written, once all of it stands there.
func TestMain(m *testing.M) {
	code := m.Run()
	if *update && code == 0 {
		lines, err := checksums()
		if err == nil {
			err = os.WriteFile(filepath.Join(eventsDir, sumsFile), []byte(strings.Join(lines, "")), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "write checksums:", err)
			code = 1
		}
	}
	os.Exit(code)
}

const sumsFile = "SHA256SUMS"

// checksums lists the files that must never change in the form of sha256sum, sorted by path.
func checksums() ([]string, error) {
	var lines []string
	err := filepath.WalkDir(eventsDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(eventsDir, path)
		sum := sha256.Sum256(content)
		lines = append(lines, hex.EncodeToString(sum[:])+"  "+filepath.ToSlash(relative)+"\n")
		return err
	})
	const path = 2*sha256.Size + 2
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[path:], b[path:]) })
	return lines, err
}

func TestChecksums(t *testing.T) {
	if *update {
		t.Skip("they are written when all tests have run")
	}
	there, err := checksums()
	require.NoError(t, err)
	require.Greater(t, len(there), len(Types()))
	listed, err := os.ReadFile(filepath.Join(eventsDir, sumsFile))
	require.NoError(t, err)
	for _, line := range there {
		require.Contains(t, string(listed), line, "a frozen file has changed or is not listed")
	}
	require.Equal(t, len(there), strings.Count(string(listed), "\n"), "a frozen file is listed and not there")
}

// Every optional key of every type, and of every part inside one, stands in some fixture, so that its form is frozen.
func TestEveryKeyStandsInSomeFixture(t *testing.T) {
	met, filled := map[string]bool{}, map[string]bool{}
	for _, s := range samples() {
		noteKeys(reflect.ValueOf(s.event), met, filled)
	}
	for _, key := range slices.Sorted(maps.Keys(met)) {
		if !filled[key] {
			t.Errorf("no sample fills %s", key)
		}
	}
}

func noteKeys(v reflect.Value, met, filled map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			noteKeys(v.Elem(), met, filled)
		}
	case reflect.Slice:
		for i := range v.Len() {
			noteKeys(v.Index(i), met, filled)
		}
	case reflect.Struct:
		if _, text := v.Interface().(encoding.TextMarshaler); text {
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if strings.HasSuffix(f.Tag.Get("json"), ",omitempty") || f.Tag.Get("seal") != "" {
				name := v.Type().String() + "." + f.Name
				met[name] = true
				filled[name] = filled[name] || !v.Field(i).IsZero()
			}
			noteKeys(v.Field(i), met, filled)
		}
	}
}
