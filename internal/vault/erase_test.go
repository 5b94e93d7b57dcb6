package vault

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// content is the bytes of the vault's file and its write-ahead log, as they lie on disk now.
func content(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if !errors.Is(err, fs.ErrNotExist) {
			require.NoError(t, err)
		}
		all = append(append(all, b...), 0)
	}
	return all
}

// count is how many of the byte strings (of 16 bytes at least) occur in all, and how often together.
func count(all []byte, wanted [][]byte) (distinct, together int) {
	byStart := map[[16]byte]bool{}
	for _, w := range wanted {
		byStart[[16]byte(w)] = false
	}
	for i := 0; i+16 <= len(all); i++ {
		seen, ok := byStart[[16]byte(all[i:])]
		if !ok {
			continue
		}
		together++
		if !seen {
			distinct++
			byStart[[16]byte(all[i:])] = true
		}
	}
	return distinct, together
}

// wrappedOf reads the wrapped key of a kid as it is stored.
func wrappedOf(t *testing.T, v *Vault, kid string) []byte {
	t.Helper()
	var wrapped []byte
	require.NoError(t, v.db.Reader.QueryRowContext(t.Context(), "SELECT wrapped FROM keys WHERE kid = ?", kid).Scan(&wrapped))
	return wrapped
}

func remainsNoted(t *testing.T, v *Vault) bool {
	t.Helper()
	var remains bool
	require.NoError(t, v.db.Reader.QueryRowContext(t.Context(), "SELECT remains FROM meta").Scan(&remains))
	return remains
}

// truncate empties the write-ahead log into the file, so that count sees all there is.
func truncate(t *testing.T, v *Vault) {
	t.Helper()
	var busy bool
	var pages, moved int
	require.NoError(t, v.db.Writer.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved))
	require.False(t, busy)
}

func TestNothingInClearOnDisk(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	const name, account = "测试无名氏长名字", "6200009999000011112"
	person, _, err := v.Register(t.Context(), number(42))
	require.NoError(t, err)
	require.NoError(t, v.IndexMany(t.Context(), []Index{{Person: person, Name: name, Account: account}}))
	key, err := v.Key(t.Context(), person)
	require.NoError(t, err)
	master := testMaster()

	secrets := [][]byte{[]byte(number(42)), []byte(name), []byte(account), key[:], master.key[:], newKeyring(master).hashes[NumberLabel]}
	there := [][]byte{v.keyring.hash(NumberLabel, []byte(number(42))), v.keyring.hash(NameLabel, []byte(name)), wrappedOf(t, v, person)}
	for _, when := range []string{"in the write-ahead log", "in the file"} {
		distinct, _ := count(content(t, path), there)
		require.Equal(t, len(there), distinct, "the search finds what must be there, %s", when)
		distinct, _ = count(content(t, path), secrets)
		require.Zero(t, distinct, when)
		truncate(t, v)
	}
}

func TestDestroyLeavesNothing(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	persons, err := v.RegisterMany(t.Context(), numbers(0, 30))
	require.NoError(t, err)
	victim, other := persons[11].ID, persons[12].ID
	require.NoError(t, v.AddNumber(t.Context(), victim, number(99)))
	require.NoError(t, v.IndexMany(t.Context(), []Index{
		{Person: victim, Name: "测试甲", Account: "6200000000000001"}, {Person: other, Name: "测试甲"},
	}))
	_, err = v.Key(t.Context(), victim)
	require.NoError(t, err)
	traces := [][]byte{
		wrappedOf(t, v, victim),
		v.keyring.hash(NumberLabel, []byte(number(11))), v.keyring.hash(NumberLabel, []byte(number(99))),
		v.keyring.hash(AccountLabel, []byte("6200000000000001")),
	}
	distinct, _ := count(content(t, path), traces)
	require.Equal(t, len(traces), distinct)

	require.NoError(t, v.Destroy(t.Context(), victim))
	distinct, _ = count(content(t, path), traces)
	require.Zero(t, distinct)
	require.False(t, remainsNoted(t, v))
	_, err = v.Key(t.Context(), victim)
	require.ErrorIs(t, err, ErrDestroyed)
	require.NotErrorIs(t, err, ErrNoKey)
	found, err := v.FindByName(t.Context(), "测试甲")
	require.NoError(t, err)
	require.Equal(t, []string{other}, found)
	found, err = v.FindByAccount(t.Context(), "6200000000000001")
	require.NoError(t, err)
	require.Empty(t, found)
	require.ErrorIs(t, v.IndexName(t.Context(), victim, "测试甲"), ErrDestroyed)
	_, ok, err := v.Lookup(t.Context(), number(99))
	require.NoError(t, err)
	require.False(t, ok)

	// Everybody else is as before, also after opening it again; twice destroyed is once destroyed.
	_, err = v.Key(t.Context(), other)
	require.NoError(t, err)
	require.NoError(t, v.Destroy(t.Context(), victim))
	w := reopen(t, path)
	_, err = w.Key(t.Context(), victim)
	require.ErrorIs(t, err, ErrDestroyed)
	again, created, err := w.Register(t.Context(), number(11))
	require.NoError(t, err)
	require.True(t, created, "an erased number is unknown")
	require.NotEqual(t, victim, again)
}

func TestDestroyManyIsAllOrNone(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	persons, err := v.RegisterMany(t.Context(), numbers(0, 3))
	require.NoError(t, err)
	err = v.DestroyMany(t.Context(), []string{persons[0].ID, "nobody", persons[1].ID})
	require.ErrorIs(t, err, ErrNoKey)
	require.ErrorContains(t, err, "nobody")
	_, err = v.Key(t.Context(), persons[0].ID)
	require.NoError(t, err)
	require.NoError(t, v.DestroyMany(t.Context(), []string{persons[0].ID, persons[1].ID, persons[0].ID}))
	keys, err := v.KeysFor(t.Context(), []string{persons[0].ID, persons[1].ID, persons[2].ID})
	require.NoError(t, err)
	require.Len(t, keys, 1)
}

// TestErasedHashesAreNowhereInTheFile shows why Destroy rebuilds the file: after many page splits, what secure_delete alone
// leaves behind is not nothing.
func TestErasedHashesAreNowhereInTheFile(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{Random: seeded()})
	const n = 20_000
	persons, err := v.RegisterMany(t.Context(), numbers(0, n))
	require.NoError(t, err)
	index := make([]Index, n)
	for i, p := range persons {
		index[i] = Index{Person: p.ID, Name: fmt.Sprint("测试", i)}
	}
	require.NoError(t, v.IndexMany(t.Context(), index))

	var victims []string
	var traces, alive [][]byte
	for i, p := range persons {
		hashes := [][]byte{v.keyring.hash(NumberLabel, []byte(number(i))), v.keyring.hash(NameLabel, []byte(index[i].Name))}
		if i%5 == 0 {
			victims = append(victims, p.ID)
			traces = append(append(traces, hashes...), wrappedOf(t, v, p.ID))
		} else {
			alive = append(alive, hashes...)
		}
	}
	_, err = v.erase(t.Context(), victims, false)
	require.NoError(t, err)
	require.True(t, remainsNoted(t, v))
	truncate(t, v)
	distinct, _ := count(content(t, path), traces)
	require.NotZero(t, distinct, "secure_delete now leaves nothing: is the rebuilding still needed?")
	t.Logf("without rebuilding, %d of %d traces remain", distinct, len(traces))

	require.NoError(t, v.DestroyMany(t.Context(), victims)) // already erased: only the clean-up is left to do
	distinct, _ = count(content(t, path), traces)
	require.Zero(t, distinct)
	distinct, together := count(content(t, path), alive)
	require.Equal(t, len(alive), distinct)
	require.Equal(t, 2*len(alive), together, "one in the table, one in its index")
	require.False(t, remainsNoted(t, v))
}

// TestReaderInTheWayIsReported holds the write-ahead log open from another handle while a key is destroyed.
func TestReaderInTheWayIsReported(t *testing.T) {
	path := vaultPath(t)
	v, w := create(t, path, Options{}), reopen(t, path)
	person, _, err := v.Register(t.Context(), number(1))
	require.NoError(t, err)
	traces := [][]byte{wrappedOf(t, v, person), v.keyring.hash(NumberLabel, []byte(number(1)))}
	_, err = v.db.Writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 10")
	require.NoError(t, err)
	reader, err := w.db.Reader.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	require.NoError(t, err)
	var n int
	require.NoError(t, reader.QueryRowContext(t.Context(), "SELECT count(*) FROM numbers").Scan(&n))
	require.Equal(t, 1, n)

	err = v.Destroy(t.Context(), person)
	require.ErrorIs(t, err, ErrRemains)
	for _, h := range []*Vault{v, w} {
		_, err = h.Key(t.Context(), person)
		require.ErrorIs(t, err, ErrDestroyed, "destroyed all the same")
	}
	distinct, _ := count(content(t, path), traces)
	require.NotZero(t, distinct)

	require.NoError(t, reader.Rollback())
	require.NoError(t, v.Destroy(t.Context(), person))
	distinct, _ = count(content(t, path), traces)
	require.Zero(t, distinct)
}

// TestCrashBeforeTheCleanUp stops after the transaction that erases, as a power cut would, and starts again.
func TestCrashBeforeTheCleanUp(t *testing.T) {
	path := vaultPath(t)
	v := create(t, path, Options{})
	person, _, err := v.Register(t.Context(), number(1))
	require.NoError(t, err)
	live, err := v.erase(t.Context(), []string{person}, false)
	require.NoError(t, err)
	require.Equal(t, 1, live)

	w := reopen(t, path)
	require.True(t, remainsNoted(t, w))
	_, err = w.Key(t.Context(), person)
	require.ErrorIs(t, err, ErrDestroyed)
	live, err = w.DestroyAgain(t.Context(), []string{person})
	require.NoError(t, err)
	require.Zero(t, live)
	require.False(t, remainsNoted(t, w))
}

func TestDestroyAgainAfterARestoredBackup(t *testing.T) {
	path := vaultPath(t)
	v, err := Create(t.Context(), path, testMaster(), Options{})
	require.NoError(t, err)
	require.NoError(t, v.Bind(t.Context(), ledger))
	early, _, err := v.Register(t.Context(), number(1))
	require.NoError(t, err)
	require.NoError(t, v.Close())
	backup, err := os.ReadFile(path)
	require.NoError(t, err)

	v, err = Open(t.Context(), path, ledger, testMaster(), Options{})
	require.NoError(t, err)
	late, _, err := v.Register(t.Context(), number(2))
	require.NoError(t, err)
	require.NoError(t, v.DestroyMany(t.Context(), []string{early, late}))
	erased := []string{early, late}
	live, err := v.DestroyAgain(t.Context(), erased)
	require.NoError(t, err)
	require.Zero(t, live, "nothing to do at an ordinary start")
	require.NoError(t, v.Close())

	require.NoError(t, os.WriteFile(path, backup, 0o600))
	w := reopen(t, path)
	_, err = w.Key(t.Context(), early)
	require.NoError(t, err, "the backup brought it back")
	live, err = w.DestroyAgain(t.Context(), erased)
	require.NoError(t, err)
	require.Equal(t, 1, live)
	for _, kid := range erased {
		_, err = w.Key(t.Context(), kid)
		require.ErrorIs(t, err, ErrDestroyed, "one it never knew is marked, not missing")
	}
	report, err := w.Check(t.Context(), given(erased...))
	require.NoError(t, err)
	require.NoError(t, report.Err())
	require.ElementsMatch(t, erased, report.Destroyed)
	_, err = w.DestroyAgain(t.Context(), []string{""})
	require.ErrorIs(t, err, ErrMalformed)
}
