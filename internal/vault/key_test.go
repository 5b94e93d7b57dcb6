package vault

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeysForLeavesOutTheDestroyed(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	persons, err := v.RegisterMany(t.Context(), numbers(0, queryBatch+5))
	require.NoError(t, err)
	kids := []string{}
	for _, p := range persons {
		kids = append(kids, p.ID, p.ID)
	}
	require.NoError(t, v.Destroy(t.Context(), kids[0]))
	for range 2 { // the second time from the cache
		keys, err := v.KeysFor(t.Context(), kids)
		require.NoError(t, err)
		require.Len(t, keys, len(persons)-1)
		require.NotContains(t, keys, kids[0])
	}
	_, err = v.KeysFor(t.Context(), append(kids, "nobody"))
	require.ErrorIs(t, err, ErrNoKey)
	require.ErrorContains(t, err, "nobody")
	_, err = v.Key(t.Context(), "nobody")
	require.ErrorIs(t, err, ErrNoKey)
	require.NotErrorIs(t, err, ErrDestroyed)
}

// TestUnknownIsNotRemembered asks for a kid before another handle makes it.
func TestUnknownIsNotRemembered(t *testing.T) {
	path := vaultPath(t)
	v, w := create(t, path, Options{}), reopen(t, path)
	_, err := v.Key(t.Context(), "file-1")
	require.ErrorIs(t, err, ErrNoKey)
	want, err := w.NewFileKey(t.Context(), "file-1", "")
	require.NoError(t, err)
	got, err := v.Key(t.Context(), "file-1")
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestDestroyedElsewhereIsNotServedFromMemory(t *testing.T) {
	path := vaultPath(t)
	v, w := create(t, path, Options{}), reopen(t, path)
	persons, err := v.RegisterMany(t.Context(), numbers(0, 20))
	require.NoError(t, err)
	for _, p := range persons {
		for _, h := range []*Vault{v, w} {
			_, err := h.Key(t.Context(), p.ID)
			require.NoError(t, err)
		}
	}
	for i, p := range persons {
		destroyer, other := v, w
		if i%2 == 1 {
			destroyer, other = w, v
		}
		require.NoError(t, destroyer.Destroy(t.Context(), p.ID))
		for _, h := range []*Vault{other, destroyer} {
			_, err = h.Key(t.Context(), p.ID)
			require.ErrorIs(t, err, ErrDestroyed)
			keys, err := h.KeysFor(t.Context(), []string{p.ID})
			require.NoError(t, err)
			require.Empty(t, keys)
		}
	}
}

// TestDestroyWhileOthersRead has readers on two handles ask for keys while they are destroyed one by one: once a destroy
// has returned, nobody gets the key.
func TestDestroyWhileOthersRead(t *testing.T) {
	path := vaultPath(t)
	v, w := create(t, path, Options{}), reopen(t, path)
	persons, err := v.RegisterMany(t.Context(), numbers(0, 12))
	require.NoError(t, err)
	var mu sync.Mutex
	gone := map[string]bool{}
	done := make(chan struct{})
	errs := make(chan error, 8)
	var wg sync.WaitGroup
	for g := range 4 {
		h := []*Vault{v, w}[g%2]
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				p := persons[(i+g)%len(persons)].ID
				mu.Lock()
				must := gone[p]
				mu.Unlock()
				if keys, err := h.KeysFor(t.Context(), []string{p}); err != nil || must && len(keys) != 0 {
					errs <- fmt.Errorf("person %s, destroyed before: %v, got %d keys, error %w", p, must, len(keys), err)
					return
				}
			}
		})
	}
	for _, p := range persons {
		require.NoError(t, w.Destroy(t.Context(), p.ID))
		mu.Lock()
		gone[p.ID] = true
		mu.Unlock()
	}
	close(done)
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

func TestKeysCannotBeExchanged(t *testing.T) {
	v := create(t, vaultPath(t), Options{CachedKeys: -1})
	persons, err := v.RegisterMany(t.Context(), numbers(0, 2))
	require.NoError(t, err)
	a, b := persons[0].ID, persons[1].ID
	_, err = v.db.Writer.ExecContext(t.Context(), "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE kid = ?) WHERE kid = ?", a, b)
	require.NoError(t, err)
	_, err = v.Key(t.Context(), b)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, b)
	_, err = v.Key(t.Context(), a)
	require.NoError(t, err)
}

func TestCacheIsBoundedAndTrueForOneCountOfErasures(t *testing.T) {
	c := newKeyCache(2)
	key := func(b byte) Key { return Key{b} }
	_, missing := c.get(5, []string{"a", "b", "a"})
	require.Equal(t, []string{"a", "b"}, missing)
	c.put(5, map[string]Key{"a": key(1)})
	c.put(5, map[string]Key{"b": key(2)})
	keys, missing := c.get(5, []string{"a", "b"})
	require.Equal(t, map[string]Key{"a": key(1), "b": key(2)}, keys)
	require.Empty(t, missing)

	c.get(5, []string{"a"}) // b is now the oldest
	c.put(5, map[string]Key{"c": key(3)})
	keys, missing = c.get(5, []string{"a", "b", "c"})
	require.Equal(t, map[string]Key{"a": key(1), "c": key(3)}, keys)
	require.Equal(t, []string{"b"}, missing)

	_, missing = c.get(6, []string{"a", "c"}) // something was erased
	require.Equal(t, []string{"a", "c"}, missing)
	c.put(5, map[string]Key{"a": key(1)}) // read before that
	_, missing = c.get(6, []string{"a"})
	require.Equal(t, []string{"a"}, missing)
	c.put(6, map[string]Key{"a": key(1)})
	_, missing = c.get(5, []string{"a"}) // a slow reader
	require.Equal(t, []string{"a"}, missing)
	keys, _ = c.get(6, []string{"a"})
	require.Len(t, keys, 1)

	none := newKeyCache(-1)
	none.put(0, map[string]Key{"a": key(1)})
	_, missing = none.get(0, []string{"a"})
	require.Equal(t, []string{"a"}, missing)
}
