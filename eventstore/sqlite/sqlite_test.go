package sqlite_test

import (
	"math/rand"
	"path/filepath"
	"runtime"
	"testing"

	"context"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/eventstore/faulty"
	"almoner/eventstore/sqlite"
	"almoner/eventstore/storetest"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func openNew(t *testing.T) eventstore.Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "ledger.db"))
}

func TestContract(t *testing.T) { storetest.Run(t, openNew) }

func TestContractWithFaultsOff(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		s := faulty.New(openNew(t), rand.New(rand.NewSource(1)), faulty.Faults{FailBefore: 1, FailAfter: 1, CutRead: 1, CutSub: 1})
		s.Off()
		return s
	})
}

func TestContractWithFaultsAndARetryingClient(t *testing.T) {
	for seed := range int64(3) {
		storetest.Run(t, func(t *testing.T) eventstore.Store {
			t.Logf("seed %d", seed)
			return storetest.Retrying(faulty.New(openNew(t), rand.New(rand.NewSource(seed)), faulty.Faults{
				FailBefore: 0.1, FailAfter: 0.1, Repeat: 0.1, CutRead: 0.02, CutSub: 0.1, Delay: 0.1,
				Wait: func(context.Context) { runtime.Gosched() },
			}))
		})
	}
}
