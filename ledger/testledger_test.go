package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
)

// All persons in these tests are synthetic: their numbers are made here with valid check digits.

// The places of the tests' ledger: a county with one town of two villages.
const (
	testCounty   = domain.AreaCode("340311")
	testTown     = domain.AreaCode("340311101")
	testVillage1 = domain.AreaCode("340311101201")
	testVillage2 = domain.AreaCode("340311101202")
)

// testLedger is a ledger in a temporary folder with a county's offices, officers who hold the whole chain, and published
// rulebooks. Its clock stands still unless a test moves it.
type testLedger struct {
	*Ledger
	ctx     context.Context
	t       testing.TB
	disk    *sqlite.Store
	events  eventstore.Store // what the ledger was opened with: the disk's, or one that misbehaves
	vault   *vault.Vault
	now     time.Time
	pens    map[string]keyfile.Signer
	created genesis.Created
	serial  int
	paused  []time.Duration // what was waited for a store that was not available: no time passes in these tests
}

// testViews answers what the tests need of read models, from the events. Nothing is at the bank in these tests.
type testViews struct {
	l *testLedger
	BankViews
	MonthViews
}

func (v testViews) Sync(ctx context.Context, _ eventstore.Position) (int64, error) {
	n := int64(0)
	for range v.l.log() {
		n++
	}
	return n, nil
}

func (v testViews) People(context.Context, string, string) iter.Seq2[Fold, error] {
	return func(func(Fold, error) bool) {}
}
func (v testViews) Rulebooks(context.Context) ([]string, error) { return nil, nil }
func (v testViews) DrawnUnits(context.Context, string, string) ([]domain.Period, error) {
	return nil, nil
}
func (v testViews) RunBefore(context.Context, string) (string, error) { return "", nil }
func (v testViews) Unfinished(context.Context) ([]Intent, error)      { return nil, nil }

// Officers reads every officer's stream anew.
func (v testViews) Officers(ctx context.Context) (int64, []officer.State, error) {
	var ids []string
	for r := range v.l.log() {
		if id, ok := strings.CutPrefix(r.Stream, "officer-"); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	var all []officer.State
	for _, id := range ids {
		s, err := v.l.Officer(ctx, id)
		if err != nil {
			return 0, nil, err
		}
		all = append(all, s)
	}
	return 0, all, nil
}

// EventStream finds an event by reading the whole log.
func (v testViews) EventStream(_ context.Context, event string) (string, bool, error) {
	for r := range v.l.log() {
		if r.ID == event {
			return r.Stream, true, nil
		}
	}
	return "", false, nil
}

// log yields every stored event in log order, from the disk, past whatever misbehaves.
func (l *testLedger) log() iter.Seq[eventstore.Recorded] {
	return func(yield func(eventstore.Recorded) bool) {
		var after eventstore.Position
		for {
			page, err := l.disk.ReadAll(l.ctx, after, 1000)
			require.NoError(l.t, err)
			for _, r := range page {
				if !yield(r) {
					return
				}
				after = r.Position
			}
			if len(page) < 1000 {
				return
			}
		}
	}
}

func signerOf(t testing.TB, name string) keyfile.Signer {
	seed := sha256.Sum256([]byte("almoner test key of " + name))
	s, err := keyfile.NewSigner(ed25519.NewKeyFromSeed(seed[:]))
	require.NoError(t, err)
	return s
}

// newTestLedger makes a ledger with the shipped rulebooks of the ids published in it.
func newTestLedger(t testing.TB, rulebooks ...string) *testLedger {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	disk, err := sqlite.Open(ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = disk.Close() })
	master, err := vault.NewMaster(strings.NewReader(strings.Repeat("almoner test master key material", 4)))
	require.NoError(t, err)
	v, err := vault.Create(ctx, filepath.Join(dir, "vault.db"), master, vault.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = v.Close() })
	l := &testLedger{ctx: ctx, t: t, disk: disk, events: disk, vault: v, now: time.Date(2021, 11, 20, 2, 0, 0, 0, time.UTC), pens: map[string]keyfile.Signer{}}
	l.created = genesis.Created{
		Area: testCounty, Clock: genesis.SimulatedClock, Currency: "CNY", Envelope: codec.Version, FirstPeriod: domain.MustPeriod("2021-12"),
		Ledger: uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.Name())).String(), LogKey: signerOf(t, "log").Public(), Name: "测试台账", Origin: "test.example/ledger",
	}
	for _, name := range []string{"root-1", "root-2"} {
		l.pens[name] = signerOf(t, name)
		l.created.Roots = append(l.created.Roots, genesis.Root{Key: l.pens[name].Public(), Name: name, Officer: name, Person: uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).String(), Post: "root"})
	}
	l.Ledger, err = Create(ctx, l.options(), l.created)
	require.NoError(t, err)
	l.found()
	for _, id := range rulebooks {
		l.publish(id)
	}
	return l
}

func (l *testLedger) options() Options {
	return Options{Store: l.events, Vault: l.vault, Views: testViews{l: l}, Now: func() time.Time { return l.now }, Wait: l.waits}
}

// waits notes a pause and takes none.
func (l *testLedger) waits(ctx context.Context, d time.Duration) error {
	l.paused = append(l.paused, d)
	return ctx.Err()
}

// reopen forgets everything in memory, as a new process would, and may put another store in between.
func (l *testLedger) reopen(store eventstore.Store) {
	l.t.Helper()
	l.events = store
	opened, err := Open(l.ctx, l.options())
	require.NoError(l.t, err)
	l.Ledger = opened
}

// next is a fresh command id.
func (l *testLedger) next() string {
	l.serial++
	return fmt.Sprintf("test-%d", l.serial)
}

func (l *testLedger) root() Granting {
	return Granting{Actor: Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: l.WithKey(l.pens["root-1"])}
}

// found opens the offices and appoints who signs.
func (l *testLedger) found() {
	l.t.Helper()
	villages := []office.Village{{Code: testVillage1, Name: "张庄村"}, {Code: testVillage2, Name: "李庄村"}}
	for _, o := range []office.Open{
		{Office: "county", Level: signoff.County, Name: "测试县", Area: testCounty},
		{Office: "town", Level: signoff.Town, Name: "测试镇", Area: testTown, Parent: "county", Villages: villages},
		{Office: "v1", Level: signoff.Village, Name: "张庄村", Area: testVillage1, Parent: "town"},
		{Office: "v2", Level: signoff.Village, Name: "李庄村", Area: testVillage2, Parent: "town"},
	} {
		_, err := l.OpenOffice(l.ctx, l.next(), l.root(), o)
		require.NoError(l.t, err)
	}
	for _, h := range []struct{ officer, capacity, offices string }{
		{"clerk", "town.handler", "town"}, {"second", "town.handler", "town"}, {"third", "town.handler", "town"},
		{"line", "town.line-head", "town"}, {"mayor", "town.head", "town"},
		{"village-clerk", "village.handler", "v1 v2"}, {"village-head", "village.head", "v1 v2"},
		{"county-clerk", "county.handler", "county"}, {"county-head", "county.head", "county"},
	} {
		l.appoint(h.officer, h.capacity, strings.Fields(h.offices)...)
	}
}

// appoint makes an officer with a capacity and a key.
func (l *testLedger) appoint(name, capacity string, offices ...string) {
	l.t.Helper()
	person, err := l.vault.RegisterAnonymous(l.ctx)
	require.NoError(l.t, err)
	l.appointPerson(name, person, capacity, offices...)
}

func (l *testLedger) appointPerson(name, person, capacity string, offices ...string) {
	l.t.Helper()
	_, err := l.Appoint(l.ctx, l.next(), l.root(), officer.Appoint{Officer: name, Person: person, Name: name, Post: "officer"})
	require.NoError(l.t, err)
	for _, o := range offices {
		_, err := l.GrantCapacity(l.ctx, l.next(), l.root(), name, officer.GrantCapacity{Capacity: capacity, Office: o, From: l.Today()})
		require.NoError(l.t, err)
	}
	l.pens[name] = signerOf(l.t, name)
	_, err = l.RegisterKey(l.ctx, l.next(), l.root(), name, l.WithKey(l.pens[name]), l.pens[name].Public(), signoff.OwnDevice)
	require.NoError(l.t, err)
}

// publish brings a shipped rulebook into force.
func (l *testLedger) publish(id string) {
	l.t.Helper()
	source, err := rulebook.ShippedSource(id)
	require.NoError(l.t, err)
	l.publishSource(source)
}

func (l *testLedger) publishSource(source []byte) *rulebook.Rulebook {
	l.t.Helper()
	book, _, err := l.ProposeRulebook(l.ctx, l.command("county-clerk", "county", "county.handler"), source, "")
	require.NoError(l.t, err)
	l.signAll(Subject{RulebookSubject, book.ID()})
	return book
}

func (l *testLedger) command(officer, office, capacity string) Command {
	return Command{Actor: Actor{Officer: officer, Office: office, Capacity: capacity}, ID: l.next()}
}

func (l *testLedger) clerk() Command { return l.command("clerk", "town", "town.handler") }

// signAll submits a subject and signs every step with whoever is there for it.
func (l *testLedger) signAll(s Subject) {
	l.t.Helper()
	l.submitFirst(s)
	for l.signNext(s) {
	}
}

func (l *testLedger) signing(s Subject) signoff.State {
	l.t.Helper()
	subject, err := l.signable(s)
	require.NoError(l.t, err)
	state, err := subject.read(l.ctx)
	require.NoError(l.t, err)
	return state
}

func (l *testLedger) submitFirst(s Subject) {
	l.t.Helper()
	state := l.signing(s)
	c := l.signer(state, 0, signoff.WholeScope)
	_, err := l.Submit(l.ctx, c, Sign{Subject: s, Pen: l.WithKey(l.pens[c.Officer])})
	require.NoError(l.t, err)
}

// signNext gives one signature that is waited for; false when none is.
func (l *testLedger) signNext(s Subject) bool {
	l.t.Helper()
	more, err := l.tryNext(s)
	require.NoError(l.t, err)
	return more
}

func (l *testLedger) tryNext(s Subject) (bool, error) {
	l.t.Helper()
	state := l.signing(s)
	waiting := state.Waiting()
	if len(waiting) == 0 {
		return false, nil
	}
	c := l.signer(state, state.Step, waiting[0])
	_, err := l.SignOff(l.ctx, c, Sign{Subject: s, Scope: waiting[0], Pen: l.WithKey(l.pens[c.Officer])})
	return true, err
}

// signer picks an officer for a step who has not signed another one.
func (l *testLedger) signer(state signoff.State, step int, scope string) Command {
	l.t.Helper()
	where := map[signoff.Level]string{signoff.Town: "town", signoff.County: "county", signoff.Village: "v1"}[state.Chain[step].Level]
	if id, isCase := strings.CutPrefix(state.Subject, "case-"); isCase {
		s, err := l.Case(l.ctx, id)
		require.NoError(l.t, err)
		scope = string(s.Village)
	}
	if where == "v1" && scope == string(testVillage2) {
		where = "v2"
	}
	for _, name := range []string{"clerk", "second", "third", "line", "mayor", "village-clerk", "village-head", "county-clerk", "county-head"} {
		o, err := l.Officer(l.ctx, name)
		require.NoError(l.t, err)
		busy := false
		for _, stood := range state.People {
			busy = busy || stood.Person == o.Person && stood.Step != step
		}
		for _, mark := range state.Marks {
			busy = busy || mark.Person == o.Person && mark.Step == step && (mark.Scope == scope || mark.Scope == signoff.WholeScope)
		}
		if a := (Actor{Officer: name, Office: where, Capacity: state.Chain[step].Capacity()}); !busy && holds(o, a, l.Today()) {
			return Command{Actor: a, ID: l.next()}
		}
	}
	l.t.Fatalf("nobody is left for step %s of %s", state.Chain[step].Name(), state.Subject)
	return Command{}
}

// synthetic makes a citizen number from a birth (yyyymmdd) and a sequence, odd for men.
func synthetic(birth string, sequence int) string {
	first := fmt.Sprintf("340311%s%03d", birth, sequence)
	return first + string(domain.CheckDigit(first))
}

// account makes an account number whose check digit is right.
func account(n int) string {
	digits := fmt.Sprintf("621700%012d", n)
	for last := '0'; last <= '9'; last++ {
		if domain.Luhn(digits + string(last)) {
			return digits + string(last)
		}
	}
	return ""
}

// elapsed starts a stopwatch.
func (l *testLedger) elapsed() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// errBroken is what a breakingStore says when it strikes.
var errBroken = errors.New("the process died here")

// breakingStore dies at its strike-th append: before it was written or after, and stays dead, as a process that crashed.
type breakingStore struct {
	eventstore.Store
	strike int
	after  bool
	seen   int
	struck bool
}

func (s *breakingStore) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	r := s.AppendBatch(ctx, []eventstore.Append{a})[0]
	return r.Appended, r.Err
}

// AppendBatch lets the appends before the strike through, as a process does that dies inside a batch.
func (s *breakingStore) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := make([]eventstore.Result, len(batch))
	for i, a := range batch {
		if s.struck {
			results[i].Err = errBroken
			continue
		}
		s.seen++
		s.struck = s.seen == s.strike
		if s.struck && !s.after {
			results[i].Err = errBroken
			continue
		}
		results[i] = s.Store.AppendBatch(ctx, []eventstore.Append{a})[0]
		if s.struck {
			results[i] = eventstore.Result{Err: errBroken}
		}
	}
	return results
}
