package codec

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/signoff"
)

// opened decodes a fixture whose sealed elements were spoilt.
func spoilt(t *testing.T, name string, spoil func(*Envelope)) error {
	t.Helper()
	env, err := Decode(fixture(t, name))
	require.NoError(t, err)
	spoil(env)
	b, err := env.Encode()
	require.NoError(t, err, "the envelope must stay well formed, or the seal is not what is tested")
	_, err = DecodeEvent(b, sampleKeys)
	return err
}

// flip changes one bit of a base64 text's bytes.
func flip(t *testing.T, text string, at int) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	b[at] ^= 1
	return base64.StdEncoding.EncodeToString(b)
}

func TestSealedDataCannotBeChangedOrMoved(t *testing.T) {
	const name = "beneficiary.registered"
	require.NoError(t, spoilt(t, name, func(*Envelope) {}), "unspoilt it opens")
	for what, spoil := range map[string]func(*Envelope){
		"ciphertext":    func(e *Envelope) { e.Sealed[0].Ct = flip(t, e.Sealed[0].Ct, 0) },
		"tag":           func(e *Envelope) { e.Sealed[0].Ct = flip(t, e.Sealed[0].Ct, len(e.Sealed[0].Ct)*3/4-3) },
		"nonce":         func(e *Envelope) { e.Sealed[0].N = flip(t, e.Sealed[0].N, 0) },
		"event id":      func(e *Envelope) { e.ID = sampleID("another event") },
		"stream":        func(e *Envelope) { e.Stream = beneficiary.Stream(li) },
		"type":          func(e *Envelope) { e.Type = "beneficiary.identity-corrected" },
		"another event": func(e *Envelope) { e.Sealed = sealedOf(t, "beneficiary.identity-corrected") },
	} {
		require.ErrorContains(t, spoilt(t, name, spoil), "wrong key, or the data was changed or moved", what)
	}
	for says, spoil := range map[string]func(*Envelope){
		"the commitment does not match": func(e *Envelope) { e.Sealed[0].Cm = flip(t, e.Sealed[0].Cm, 0) },
		"nonce is not 12 bytes":         func(e *Envelope) { e.Sealed[0].N = "AAAA" },
		`unknown algorithm "sm4-gcm"`:   func(e *Envelope) { e.Sealed[0].Alg = "sm4-gcm" },
		"has no place in this event":    func(e *Envelope) { e.Data = Raw(strings.Replace(string(e.Data), wang, li, 1)) },
	} {
		require.ErrorContains(t, spoilt(t, name, spoil), says)
	}
}

func sealedOf(t *testing.T, name string) []Sealed {
	t.Helper()
	env, err := Decode(fixture(t, name))
	require.NoError(t, err)
	return env.Sealed
}

func TestWrongKeyIsAnErrorAndNotAbsence(t *testing.T) {
	_, err := DecodeEvent(fixture(t, "beneficiary.registered"), func(string) ([]byte, bool, error) { return sampleDataKey("another"), true, nil })
	require.ErrorContains(t, err, "open sealed data of "+wang+": wrong key")
}

func TestErasedPersonLeavesTheRestReadable(t *testing.T) {
	stored := fixture(t, "case.opened")
	whole, err := DecodeEvent(stored, sampleKeys)
	require.NoError(t, err)
	erased, err := DecodeEvent(stored, func(kid string) ([]byte, bool, error) { return sampleDataKey(kid), kid != wang, nil })
	require.NoError(t, err)
	require.Equal(t, []string{wang}, erased.Missing)
	require.Equal(t, whole.Leaf, erased.Leaf, "every proof still holds")
	got, want := erased.Event.(cases.Opened), whole.Event.(cases.Opened)
	require.Nil(t, got.Change.Private)
	require.Equal(t, childIdentity(), got.Change.Related[0].Private, "the other person is still readable")
	got.Change.Private = want.Change.Private
	require.Equal(t, want, got)
}

func TestTheOpenedDataMustFitItsPlace(t *testing.T) {
	env, err := Decode(fixture(t, "beneficiary.registered"))
	require.NoError(t, err)
	var random [SaltSize + NonceSize]byte
	env.Sealed[0], err = Seal(env.context(), Part{wang, &signoff.Note{Text: "not an identity"}}, sampleDataKey(wang), random[:])
	require.NoError(t, err)
	b, err := env.Encode()
	require.NoError(t, err)
	_, err = DecodeEvent(b, sampleKeys)
	require.ErrorContains(t, err, "sealed data of "+wang)
	require.ErrorContains(t, err, `unknown key "text"`)
}

func TestSealRefuses(t *testing.T) {
	c := SealContext{ID: "i", Stream: "s", Type: "t"}
	part := Part{wang, &signoff.Note{Text: "x"}}
	_, err := Seal(c, part, sampleDataKey(wang), make([]byte, 4))
	require.ErrorContains(t, err, "4 random bytes, want 44")
	_, err = Seal(c, part, []byte("short"), make([]byte, 44))
	require.ErrorContains(t, err, "key of 5 bytes, want 32")
	_, err = Seal(c, Part{wang, &signoff.Note{Text: "\xff"}}, sampleDataKey(wang), make([]byte, 44))
	require.ErrorContains(t, err, "UTF-8")
}

// The commitment alone, without its salt, does not let anybody test a guess: equal data gives unequal commitments.
func TestEqualDataHasUnequalCommitments(t *testing.T) {
	c := SealContext{ID: "i", Stream: "s", Type: "t"}
	seen := map[string]bool{}
	for _, seed := range []string{"1", "2"} {
		var random [SaltSize + NonceSize]byte
		_, err := (&sampleRandom{seed: seed}).Read(random[:])
		require.NoError(t, err)
		s, err := Seal(c, Part{wang, wangAccount()}, sampleDataKey(wang), random[:])
		require.NoError(t, err)
		seen[s.Cm], seen[s.Ct] = true, true
	}
	require.Len(t, seen, 4)
}

func TestPartsStandInAFixedOrder(t *testing.T) {
	opened := cases.Opened{Change: admission()}
	for range 3 {
		var kids []string
		for _, p := range Parts(&opened) {
			kids = append(kids, p.Kid)
		}
		require.Equal(t, []string{child, wang}, kids)
	}
	require.Empty(t, Parts(&beneficiary.Registered{Person: wang}), "a part that is absent is not listed")
}
