package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/ledger"
)

var errPowerCut = errors.New("the power was cut")

// cutStore is a store whose power is cut after so many appends.
type cutStore struct {
	eventstore.Store
	mu   sync.Mutex
	left int
}

func (c *cutStore) spend() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	return c.left >= 0
}

func (c *cutStore) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	if !c.spend() {
		return eventstore.Appended{}, errPowerCut
	}
	return c.Store.Append(ctx, a)
}

func (c *cutStore) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := make([]eventstore.Result, len(batch))
	for i, a := range batch {
		results[i].Appended, results[i].Err = c.Append(ctx, a)
	}
	return results
}

// decode reads a verb's JSON.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	require.NoError(t, json.Unmarshal([]byte(text), &value), text)
	return value
}

// signedButLast takes a roster in and has it signed by all but the last.
func signedButLast(t *testing.T, people int) (id string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(file, []byte(rosterText(0, people)), 0o600))
	id = decode[planJSON](t, almoner(t, "import", "add", file, "--programme", "rural-reward", "--office", "town", "--as", "clerk", "--attested", "no-violation", "--commit", "--json")).Import
	almoner(t, "import", "submit", id, "--as", "clerk")
	for _, officer := range []string{"village-clerk", "village-clerk", "village-head", "village-head", "second", "line", "mayor", "county-clerk"} {
		almoner(t, "import", "sign-off", id, "--as", officer)
	}
	return id
}

// TestOpeningFinishesWhatACrashLeft cuts the power at every append after the last signature: the next command that opens
// the ledger, whichever it is, finishes what the signature causes.
func TestOpeningFinishesWhatACrashLeft(t *testing.T) {
	const people = 2
	home := foundTown(t)
	id := signedButLast(t, people)
	before := t.TempDir()
	require.NoError(t, copyTown(home, before))
	complete := false
	for appends := 1; !complete; appends++ {
		work := t.TempDir()
		require.NoError(t, copyTown(before, work))
		t.Setenv("ALMONER_DATA", filepath.Join(work, "town"))
		complete = signWithPowerCut(t, id, appends)
		shown := decode[subjectJSON](t, almoner(t, "import", "show", id, "--json"))
		require.Equal(t, "applied", shown.Status, "cut after %d appends", appends)
		require.Equal(t, people, shown.Applied)
		roll := decode[rollJSON](t, almoner(t, "roll", "show", "--programme", "rural-reward", "--as-of", "2021-12-31", "--json"))
		require.Equal(t, people, roll.Persons)
		require.Less(t, appends, 50)
	}
}

// signWithPowerCut gives the last signature on a store that fails after so many appends. complete says that it did not.
func signWithPowerCut(t *testing.T, id string, appends int) (complete bool) {
	t.Helper()
	a := &app{terminal: terminal{err: os.Stderr, getenv: os.Getenv}, ctx: t.Context(), words: english}
	a.flags.Data, a.flags.As, a.flags.Now = os.Getenv("ALMONER_DATA"), "county-head", testNow
	require.NoError(t, a.setClock())
	s, err := a.open()
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	cut := &cutStore{Store: s.store, left: appends}
	s.ledger, err = ledger.Open(a.ctx, ledger.Options{Store: cut, Vault: s.vault, Views: ledgerViews{s.views}, Now: a.now})
	require.NoError(t, err)
	subject := ledger.Subject{Kind: ledger.ImportSubject, ID: id}
	actor, err := a.signer(s, subject, "")
	require.NoError(t, err)
	pen, err := a.pen(s, actor.Officer)
	require.NoError(t, err)
	_, err = s.ledger.SignOff(a.ctx, a.command(actor), ledger.Sign{Subject: subject, Pen: pen})
	if err == nil {
		return true
	}
	var unfinished *ledger.FollowUpError
	require.ErrorAs(t, err, &unfinished, "the signature stands")
	require.ErrorIs(t, err, errPowerCut)
	require.NoError(t, s.synced(a.ctx))
	intents, err := ledgerViews{s.views}.Unfinished(a.ctx)
	require.NoError(t, err)
	require.Len(t, intents, 1)
	require.Equal(t, subject, intents[0].Subject)
	return false
}
