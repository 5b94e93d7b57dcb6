package vault

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const benchPersons = 100_000

func benchVault(b *testing.B) (*Vault, []Person) {
	b.Helper()
	v, err := Create(b.Context(), filepath.Join(b.TempDir(), "vault.db"), testMaster(), Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, v.Close()) })
	persons, err := v.RegisterMany(b.Context(), numbers(0, benchPersons))
	require.NoError(b, err)
	return v, persons
}

func perSecond(b *testing.B, n int, what string) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), what+"/s")
}

func BenchmarkRegisterMany100000(b *testing.B) {
	list := numbers(0, benchPersons)
	for b.Loop() {
		v, err := Create(b.Context(), filepath.Join(b.TempDir(), "vault.db"), testMaster(), Options{})
		require.NoError(b, err)
		_, err = v.RegisterMany(b.Context(), list)
		require.NoError(b, err)
		require.NoError(b, v.Close())
	}
	perSecond(b, benchPersons, "persons")
}

func BenchmarkRegisterOne(b *testing.B) {
	v, _ := benchVault(b)
	i := benchPersons
	for b.Loop() {
		_, _, err := v.Register(b.Context(), number(i))
		require.NoError(b, err)
		i++
	}
	perSecond(b, 1, "persons")
}

func BenchmarkLookupMany100000(b *testing.B) {
	v, _ := benchVault(b)
	list := numbers(0, benchPersons)
	for b.Loop() {
		_, err := v.LookupMany(b.Context(), list)
		require.NoError(b, err)
	}
	perSecond(b, benchPersons, "numbers")
}

func BenchmarkIndexMany100000(b *testing.B) {
	v, persons := benchVault(b)
	index := make([]Index, len(persons))
	for i, p := range persons {
		index[i] = Index{Person: p.ID, Name: fmt.Sprint("测试", i), Account: fmt.Sprint("62", i)}
	}
	for b.Loop() {
		require.NoError(b, v.IndexMany(b.Context(), index))
	}
	perSecond(b, benchPersons, "persons")
}

func BenchmarkKey(b *testing.B) {
	v, persons := benchVault(b)
	for name, distinct := range map[string]int{"cached": 1000, "not cached": benchPersons} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				_, err := v.Key(b.Context(), persons[i%distinct].ID)
				require.NoError(b, err)
				i++
			}
			perSecond(b, 1, "keys")
		})
	}
}

func BenchmarkKeysFor1000(b *testing.B) {
	v, persons := benchVault(b)
	for name, distinct := range map[string]int{"cached": 1000, "not cached": benchPersons} {
		b.Run(name, func(b *testing.B) {
			kids, from := make([]string, 1000), 0
			for b.Loop() {
				for i := range kids {
					kids[i] = persons[(from+i)%distinct].ID
				}
				from += len(kids)
				_, err := v.KeysFor(b.Context(), kids)
				require.NoError(b, err)
			}
			perSecond(b, len(kids), "keys")
		})
	}
}

func BenchmarkDestroyAmong100000(b *testing.B) {
	v, persons := benchVault(b)
	i := 0
	for b.Loop() {
		require.NoError(b, v.Destroy(b.Context(), persons[i%benchPersons].ID))
		i++
	}
}
