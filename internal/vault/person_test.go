package vault

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRegisterAndLookup(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	_, ok, err := v.Lookup(t.Context(), number(1))
	require.NoError(t, err)
	require.False(t, ok)

	person, created, err := v.Register(t.Context(), number(1))
	require.NoError(t, err)
	require.True(t, created)
	require.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), person)
	again, created, err := v.Register(t.Context(), number(1))
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, person, again)
	other, created, err := v.Register(t.Context(), number(2))
	require.NoError(t, err)
	require.True(t, created)
	require.NotEqual(t, person, other)

	key, err := v.Key(t.Context(), person)
	require.NoError(t, err)
	require.NotZero(t, key)
	otherKey, err := v.Key(t.Context(), other)
	require.NoError(t, err)
	require.NotEqual(t, key, otherKey)

	// Another handle, opened later, finds both and the same keys.
	w := reopen(t, path)
	found, err := w.LookupMany(t.Context(), []string{number(2), number(3), number(1)})
	require.NoError(t, err)
	require.Equal(t, []string{other, "", person}, found)
	same, err := w.Key(t.Context(), person)
	require.NoError(t, err)
	require.Equal(t, key, same)
}

func TestMalformedNumbersAreRefusedAndNotRepeated(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	good := number(1)
	for _, bad := range []string{"", good[:17], good + "1", "99000019900101001x", "X90000199001010017", "9900001990010100 7", "９９0000199001"} {
		_, err := v.RegisterMany(t.Context(), []string{good, bad})
		require.ErrorIs(t, err, ErrMalformed, bad)
		require.ErrorContains(t, err, "number 2 of 2")
		if bad != "" {
			require.NotContains(t, err.Error(), bad)
		}
		_, _, err = v.Lookup(t.Context(), bad)
		require.ErrorIs(t, err, ErrMalformed)
		person, err := v.RegisterAnonymous(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, v.AddNumber(t.Context(), person, bad), ErrMalformed)
	}
	_, ok, err := v.Lookup(t.Context(), good)
	require.NoError(t, err)
	require.False(t, ok, "all numbers are checked before anything is written")
}

func TestRegisterManyAcrossBatches(t *testing.T) {
	v := create(t, vaultPath(t), Options{Random: seeded()})
	before, _, err := v.Register(t.Context(), number(7))
	require.NoError(t, err)

	list := numbers(0, registerBatch+10)
	list = append(list, list[3], list[registerBatch+5], list[7]) // repeated, across batches too
	persons, err := v.RegisterMany(t.Context(), list)
	require.NoError(t, err)
	require.Len(t, persons, len(list))
	require.Equal(t, Person{ID: before}, persons[7])
	n := len(list)
	require.Equal(t, []Person{{ID: persons[3].ID}, {ID: persons[registerBatch+5].ID}, {ID: before}}, persons[n-3:])

	distinct := map[string]bool{}
	for i, p := range persons[:n-3] {
		require.False(t, distinct[p.ID])
		distinct[p.ID] = true
		require.Equal(t, i != 7, p.Created)
	}
	found, err := v.LookupMany(t.Context(), list)
	require.NoError(t, err)
	for i := range found {
		require.Equal(t, persons[i].ID, found[i])
	}
	none, err := v.RegisterMany(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

// TestRegisterAgainstAModel registers, adds and erases at random and compares with a map.
func TestRegisterAgainstAModel(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	next := 1_000_000
	rapid.Check(t, func(rt *rapid.T) {
		base := next
		next += 10
		model := map[string]string{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			n := number(base + rapid.IntRange(0, 5).Draw(rt, "number"))
			switch rapid.IntRange(0, 2).Draw(rt, "what") {
			case 0:
				person, created, err := v.Register(t.Context(), n)
				require.NoError(rt, err)
				if model[n] != "" {
					require.Equal(rt, model[n], person)
				}
				require.Equal(rt, model[n] == "", created)
				model[n] = person
			case 1:
				to := model[number(base+rapid.IntRange(0, 5).Draw(rt, "to"))]
				if to == "" {
					continue
				}
				err := v.AddNumber(t.Context(), to, n)
				if holder := model[n]; holder != "" && holder != to {
					var taken *NumberTakenError
					require.ErrorAs(rt, err, &taken)
					require.Equal(rt, NumberTakenError{Person: to, Holder: holder}, *taken)
					continue
				}
				require.NoError(rt, err)
				model[n] = to
			case 2:
				found, _, err := v.Lookup(t.Context(), n)
				require.NoError(rt, err)
				require.Equal(rt, model[n], found)
			}
		}
	})
}

func TestAddNumber(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	child, err := v.RegisterAnonymous(t.Context())
	require.NoError(t, err)
	require.NoError(t, v.AddNumber(t.Context(), child, number(1)))
	require.NoError(t, v.AddNumber(t.Context(), child, number(1)))
	require.NoError(t, v.AddNumber(t.Context(), child, number(2)))
	found, err := v.LookupMany(t.Context(), numbers(1, 2))
	require.NoError(t, err)
	require.Equal(t, []string{child, child}, found)

	other, _, err := v.Register(t.Context(), number(3))
	require.NoError(t, err)
	err = v.AddNumber(t.Context(), other, number(1))
	var taken *NumberTakenError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, child, taken.Holder)
	require.NotContains(t, err.Error(), number(1))

	require.ErrorIs(t, v.AddNumber(t.Context(), "nobody", number(4)), ErrNoKey)
	_, err = v.NewFileKey(t.Context(), "f", "")
	require.NoError(t, err)
	require.ErrorIs(t, v.AddNumber(t.Context(), "f", number(4)), ErrMismatch)
	require.NoError(t, v.Destroy(t.Context(), other))
	require.ErrorIs(t, v.AddNumber(t.Context(), other, number(4)), ErrDestroyed)
}

func TestRandomnessThatEndsOrRepeatsRegistersNobody(t *testing.T) {
	v := create(t, vaultPath(t), Options{Random: bytes.NewReader(make([]byte, 2*48+47))}) // two persons' worth and a half
	_, err := v.RegisterAnonymous(t.Context())
	require.NoError(t, err)
	_, err = v.RegisterMany(t.Context(), numbers(0, 1))
	require.Error(t, err, "the second person has the first one's id")
	_, err = v.RegisterMany(t.Context(), numbers(0, 2))
	require.ErrorContains(t, err, "read randomness")
	found, err := v.LookupMany(t.Context(), numbers(0, 2))
	require.NoError(t, err)
	require.Equal(t, []string{"", ""}, found)
}

// TestTwoProcessesRegisterTheSamePeople has two handles and eight goroutines register overlapping lists at once.
func TestTwoProcessesRegisterTheSamePeople(t *testing.T) {
	path := vaultPath(t)
	handles := []*Vault{create(t, path, Options{}), reopen(t, path)}
	const each, overlap = 60, 40
	answers := make([][]Person, 8)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for g := range answers {
		wg.Go(func() {
			answers[g], errs[g] = handles[g%2].RegisterMany(t.Context(), numbers(g*(each-overlap), each))
		})
	}
	wg.Wait()
	byNumber, created := map[string]string{}, map[string]int{}
	for g, persons := range answers {
		require.NoError(t, errs[g])
		for i, p := range persons {
			n := number(g*(each-overlap) + i)
			if byNumber[n] == "" {
				byNumber[n] = p.ID
			}
			require.Equal(t, byNumber[n], p.ID)
			if p.Created {
				created[n]++
			}
		}
	}
	require.Len(t, byNumber, 7*(each-overlap)+each)
	for n := range byNumber {
		require.Equal(t, 1, created[n], "created once and no more")
	}
}

func TestNumbersOfTheTestsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for i := range 120_000 {
		n := number(i)
		require.False(t, seen[n])
		seen[n] = true
		require.True(t, strings.HasPrefix(n, "990000"))
	}
	require.NoError(t, checkNumber(number(5)))
}
