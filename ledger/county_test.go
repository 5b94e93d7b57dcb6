package ledger_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/projections"
)

// All people of these tests are synthetic: their numbers are made from counters, with valid check digits.

// county is an open ledger folder of two towns with three villages, under one small rulebook with short chains: what the
// product stands on, from the disk up, without the command line. Whatever is in it survives close and open.
type county struct {
	dir    string
	disk   *sqlite.Store
	store  eventstore.Store // what the ledger writes through
	vault  *vault.Vault
	views  *projections.Views
	ledger *ledger.Ledger
	clock  *countyClock

	closers []io.Closer
}

const (
	countyID  = "7d4b5a0e-5a3c-5c52-9d55-0f3f1b8b7c11"
	programme = "test-support"
	north     = "north" // a town of two villages
	south     = "south" // and one of a single village
	north1    = domain.AreaCode("340311101201")
	north2    = domain.AreaCode("340311101202")
	south1    = domain.AreaCode("340311102201")
)

// testSupport is a rulebook that a reader can hold in mind: everybody of 60 with a rural household, 50 a month who lives with a
// spouse and 80 who lives alone, 10 more each from July 2022; the month of a death is paid, a class changes in the month
// after. None of it is law, so everything says that it is assumed.
const testSupport = `format: 1
programme: test-support
region: "340311"
title: {zh: "测试补助", en: "Test support"}
effective: {from: 2010-01-01, status: assumed, note: test}
holder: person
slot: holder
unit: month
schedule: {covers: month, payout-month: 1, payout-day: 25, status: assumed, note: test}
attributes:
  home: [couple, alone]
criteria:
  - {id: rural, zh: 农业户口, en: rural, when: hukou == "rural", reason: hukou-not-rural, status: assumed, note: test}
  - {id: age, zh: 年满 60 周岁, en: has reached 60, when: age >= 60, reason: age-below-60, status: assumed, note: test}
classes:
  - {key: {home: alone}, zh: 独居, en: alone, when: single}
  - {key: {home: couple}, zh: 夫妻, en: couple, when: "!single"}
rates:
  - {key: {home: couple}, from: "2010-01", per: month, components: [{amount: "50.00", payer: government, fund: local, status: assumed, note: test}]}
  - {key: {home: alone}, from: "2010-01", per: month, components: [{amount: "80.00", payer: government, fund: local, status: assumed, note: test}]}
  - {key: {home: couple}, from: "2022-07", per: month, components: [{amount: "60.00", payer: government, fund: local, status: assumed, note: test}]}
  - {key: {home: alone}, from: "2022-07", per: month, components: [{amount: "90.00", payer: government, fund: local, status: assumed, note: test}]}
funding:
  - {fund: local, from: "2010-01", shares: [{level: county, weight: 1}], status: assumed, note: test}
start: {policy: month-of, event: paid, office-delay: arrears, status: assumed, note: test}
arrears: {limit: none, status: assumed, note: test}
class-change: {policy: month-of, event: old, status: assumed, note: test}
stop: {policy: month-of, event: paid, status: assumed, note: test}
exits:
  - {code: dead, zh: 死亡, en: died, fault: none}
  - {code: hukou-moved, zh: 户口迁出, en: moved away, fault: none}
suspensions:
  - {code: suspected-death, zh: 疑似死亡, en: suspected death, effect: withhold, review-months: 3}
  - {code: prison, zh: 服刑, en: in prison, effect: forfeit, review-months: 12}
exclusive: {group: test-support, with: []}
deductions: {cap-percent: 100, status: assumed, note: test}
notices:
  - {level: village, days: 7, calendar: calendar, form: public, status: assumed, note: test}
chains:
  admission: [{level: town, duty: handler}, {level: town, duty: head}]
  exit: [{level: town, duty: handler}, {level: town, duty: head}]
  class-change: [{level: town, duty: handler}, {level: town, duty: head}]
  correction: [{level: town, duty: handler}, {level: town, duty: head}]
  transfer: [{level: town, duty: handler}, {level: town, duty: head}]
  suspension: [{level: town, duty: handler}, {level: town, duty: head}]
  resumption: [{level: town, duty: handler}, {level: town, duty: head}]
  account-change: [{level: town, duty: handler}, {level: town, duty: head}]
  import: [{level: town, duty: handler}, {level: town, duty: head}]
  pay-run: [{level: town, duty: handler}, {level: town, duty: head}]
  recovery-plan: [{level: town, duty: handler}, {level: town, duty: head}]
  write-off: [{level: town, duty: handler}, {level: town, duty: head}]
`

// countyClock is the injected clock of a simulated ledger: each look at it moves it on a little.
type countyClock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *countyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// set moves the clock forward to nine o'clock of a day in Shanghai; it never moves back.
func (c *countyClock) set(day domain.Date) {
	c.past(time.Date(day.Year, day.Month, day.Day, 9, 0, 0, 0, domain.Shanghai()).UTC())
}

func (c *countyClock) past(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

func countySigner(name string) keyfile.Signer {
	seed := sha256.Sum256([]byte("almoner test key of " + name))
	s, err := keyfile.NewSigner(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(fmt.Sprintf("test key of %s: %v", name, err))
	}
	return s
}

// noWait is how these tests wait for a store that is not available: not at all.
func noWait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// countyMaster is the same master key in every process of a test.
func countyMaster() (vault.Master, error) {
	return vault.NewMaster(strings.NewReader(strings.Repeat("almoner test master key material", 4)))
}

// open opens the parts in the order of the product: events, vault, read models, ledger. wrap, if not nil, puts a store
// between the ledger and the disk. first makes them, in an empty folder. Nothing is resumed.
func openCounty(ctx context.Context, dir string, first bool, wrap func(eventstore.Store) eventstore.Store) (_ *county, err error) {
	c := &county{dir: dir, clock: &countyClock{now: time.Date(2021, time.December, 20, 1, 0, 0, 0, time.UTC)}}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.disk, err = sqlite.Open(ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{Create: first}); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, c.disk)
	c.store = c.disk
	if wrap != nil {
		c.store = wrap(c.disk)
	}
	master, err := countyMaster()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "vault.db")
	if first {
		c.vault, err = vault.Create(ctx, path, master, vault.Options{Now: c.clock.Now})
	} else {
		c.vault, err = vault.Open(ctx, path, countyID, master, vault.Options{Now: c.clock.Now})
	}
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, c.vault)
	if c.views, err = projections.Open(ctx, filepath.Join(dir, "views.db"), c.disk, projections.Options{Ledger: countyID}); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, c.views)
	options := ledger.Options{Store: c.store, Vault: c.vault, Views: countyViews{c.views}, Now: c.clock.Now, Wait: noWait}
	if first {
		c.ledger, err = ledger.Create(ctx, options, countyGenesis())
		return c, err
	}
	if err := c.views.CatchUp(ctx, nil); err != nil {
		return nil, err
	}
	status, err := c.views.Status(ctx)
	if err != nil {
		return nil, err
	}
	c.clock.past(status.At) // a later process has a later clock
	c.ledger, err = ledger.Open(ctx, options)
	return c, err
}

// Close closes everything, last opened first.
func (c *county) Close() error {
	var errs []error
	for _, closer := range slices.Backward(c.closers) {
		errs = append(errs, closer.Close())
	}
	c.closers = nil
	return errors.Join(errs...)
}

func countyGenesis() genesis.Created {
	created := genesis.Created{
		Area: "340311", Clock: genesis.SimulatedClock, Currency: "CNY", Envelope: codec.Version, FirstPeriod: domain.MustPeriod("2022-01"),
		Ledger: countyID, LogKey: countySigner("log").Public(), Name: "测试台账（人员均为虚构）", Origin: "test.example/county",
	}
	for i, name := range []string{"root-1", "root-2"} {
		created.Roots = append(created.Roots, genesis.Root{
			Key: countySigner(name).Public(), Name: name, Officer: name, Person: fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", i+1), Post: "root",
		})
	}
	return created
}

// actors of a town; each holds one capacity and signs one step.
func handlerOf(town string) ledger.Actor {
	return ledger.Actor{Officer: town + "-handler", Office: town, Capacity: "town.handler"}
}

func headOf(town string) ledger.Actor {
	return ledger.Actor{Officer: town + "-head", Office: town, Capacity: "town.head"}
}

var (
	countyHandler = ledger.Actor{Officer: "county-handler", Office: "county", Capacity: "county.handler"}
	countyHead    = ledger.Actor{Officer: "county-head", Office: "county", Capacity: "county.head"}
	cashier       = ledger.Actor{Officer: "cashier", Office: "finance", Capacity: "finance.handler"}
)

// foundCounty makes a ledger in an empty folder: offices, officers with keys, and the rulebook in force.
func foundCounty(ctx context.Context, dir string) error {
	c, err := openCounty(ctx, dir, true, nil)
	if err != nil {
		return err
	}
	return errors.Join(c.found(ctx), c.Close())
}

func (c *county) found(ctx context.Context) error {
	root := ledger.Granting{Actor: ledger.Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: c.pen("root-1")}
	serial := 0
	id := func() string { serial++; return fmt.Sprintf("found-%d", serial) }
	for _, o := range []office.Open{
		{Office: "county", Level: signoff.County, Name: "测试县", Area: "340311"},
		{Office: "finance", Level: signoff.Finance, Name: "测试县财政局", Area: "340311"},
		{Office: north, Level: signoff.Town, Name: "北镇", Area: north1[:9], Parent: "county", Villages: []office.Village{{Code: north1, Name: "东村"}, {Code: north2, Name: "西村"}}},
		{Office: south, Level: signoff.Town, Name: "南镇", Area: south1[:9], Parent: "county", Villages: []office.Village{{Code: south1, Name: "河村"}}},
	} {
		if _, err := c.ledger.OpenOffice(ctx, id(), root, o); err != nil {
			return err
		}
	}
	for _, a := range []ledger.Actor{handlerOf(north), headOf(north), handlerOf(south), headOf(south), countyHandler, countyHead, cashier} {
		person, err := c.vault.RegisterAnonymous(ctx)
		if err != nil {
			return err
		}
		if _, err := c.ledger.Appoint(ctx, id(), root, officer.Appoint{Officer: a.Officer, Person: person, Name: a.Officer, Post: "officer"}); err != nil {
			return err
		}
		if _, err := c.ledger.GrantCapacity(ctx, id(), root, a.Officer, officer.GrantCapacity{Capacity: a.Capacity, Office: a.Office, From: c.ledger.Today()}); err != nil {
			return err
		}
		if _, err := c.ledger.RegisterKey(ctx, id(), root, a.Officer, c.pen(a.Officer), countySigner(a.Officer).Public(), signoff.OwnDevice); err != nil {
			return err
		}
	}
	book, _, err := c.ledger.ProposeRulebook(ctx, ledger.Command{Actor: countyHandler, ID: id()}, []byte(testSupport), "")
	if err != nil {
		return err
	}
	subject := ledger.Subject{Kind: ledger.RulebookSubject, ID: book.ID()}
	if _, err := c.submit(ctx, id(), countyHandler, subject); err != nil {
		return err
	}
	_, err = c.signOff(ctx, id(), countyHead, subject)
	return err
}

func (c *county) pen(officer string) ledger.Pen { return c.ledger.WithKey(countySigner(officer)) }

func (c *county) submit(ctx context.Context, id string, a ledger.Actor, s ledger.Subject) (ledger.Outcome, error) {
	return c.ledger.Submit(ctx, ledger.Command{Actor: a, ID: id}, ledger.Sign{Subject: s, Pen: c.pen(a.Officer)})
}

func (c *county) signOff(ctx context.Context, id string, a ledger.Actor, s ledger.Subject) (ledger.Outcome, error) {
	return c.ledger.SignOff(ctx, ledger.Command{Actor: a, ID: id}, ledger.Sign{Subject: s, Scope: signoff.WholeScope, Pen: c.pen(a.Officer)})
}

// synced returns when the read models have taken in what the ledger wrote.
func (c *county) synced(ctx context.Context) error {
	return c.views.WaitPosition(ctx, c.ledger.Last())
}

// countyNumber makes the citizen number of the n-th woman born on a day (yyyymmdd), n from 0 to 498.
func countyNumber(birth string, n int) string {
	first := fmt.Sprintf("340311%s%03d", birth, 2*n+2)
	return first + string(domain.CheckDigit(first))
}

// countyCard makes an account number with a valid check digit, in a range that no bank issues.
func countyCard(n int) string {
	first := fmt.Sprintf("620000%012d", n)
	for d := '0'; d <= '9'; d++ {
		if domain.Luhn(first + string(d)) {
			return first + string(d)
		}
	}
	panic("no digit satisfies Luhn")
}

// copyCounty copies a closed ledger folder; its files stay their owner's alone.
func copyCounty(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// logOf yields every stored event in log order.
func logOf(ctx context.Context, s eventstore.Store) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		var after eventstore.Position
		for {
			page, err := s.ReadAll(ctx, after, 2000)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
				after = r.Position
			}
			if len(page) < 2000 {
				return
			}
		}
	}
}
