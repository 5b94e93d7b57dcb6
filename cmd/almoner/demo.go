package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"almoner/api"
	"almoner/domain/genesis"
	"almoner/eventstore/sqlite"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/projections"
)

// demoCmd builds a ledger from two published reports with synthetic people and then serves it.
type demoCmd struct {
	Once bool   `help:"建好并打印后结束，不启动服务|end after printing instead of serving"`
	Addr string `help:"监听地址|address to listen on" default:"127.0.0.1:8080"`
}

// Run builds the demo in a fresh folder, prints what it can answer, and serves it unless told to end.
func (c *demoCmd) Run(a *app) (err error) {
	f, err := a.folder()
	if err != nil {
		return err
	}
	started := time.Now()
	d, err := newDemo(a, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.session.Close()) }()
	luoxi, huaishang, err := d.build(a.ctx)
	if err != nil {
		return err
	}
	a.say("演示台账已建好，用时 %s。数据均为虚构，时钟为模拟。", "the demo ledger was built in %s; its people are synthetic, its clock is simulated", time.Since(started).Round(100*time.Millisecond))
	if err := d.report(a, luoxi, huaishang); err != nil {
		return err
	}
	if c.Once {
		return nil
	}
	if err := d.invite(a, luoxi, c.Addr); err != nil {
		return err
	}
	return serveSession(a, d.session, c.Addr)
}

// invite says how to try the API: a token of the town's handler, and a call.
func (d *demo) invite(a *app, y *luoxi, addr string) error {
	file, err := api.OpenTokenFile(d.session.folder.tokens())
	if err != nil {
		return err
	}
	token, _, err := file.NewToken(y.handler.actor.Officer, "demo", time.Time{})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n# 接口试用  try the API（演示密钥口令 passphrase of the demo's keys: %q）\n", demoPassphrase)
	fmt.Fprintf(a.out, "curl -H 'Authorization: Bearer %s' 'http://%s/v1/totals?period=2021-12'\n", token, addr)
	return nil
}

// newDemo makes the folder, keys, vault and entry 0 of the demo.
func newDemo(a *app, f folder) (_ *demo, err error) {
	if err := f.create(); err != nil {
		return nil, err
	}
	clock := &demoClock{now: time.Date(2020, time.December, 28, 1, 0, 0, 0, time.UTC)}
	d := &demo{session: &session{folder: f}, clock: clock, tell: func(format string, args ...any) { a.say("%s", "%s", fmt.Sprintf(format, args...)) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.session.Close())
		}
	}()
	master, err := vault.CreateMaster(f.master, f.dir)
	if err != nil {
		return nil, err
	}
	logKey, err := f.createLogKey(demoOrigin)
	if err != nil {
		return nil, err
	}
	s := d.session
	if s.store, err = sqlite.Open(a.ctx, f.events(), sqlite.Options{Create: true}); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, s.store)
	if s.vault, err = vault.Create(a.ctx, f.vault(), master, vault.Options{Now: clock.Now}); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, s.vault)
	id := uuid.NewString()
	if s.views, err = projections.Open(a.ctx, f.views(), s.store, projections.Options{Ledger: id}); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, s.views)
	roots, err := d.rootOfficers(a.ctx)
	if err != nil {
		return nil, err
	}
	s.ledger, err = ledger.Create(a.ctx, ledger.Options{Store: s.store, Vault: s.vault, Views: ledgerViews{s.views}, Now: clock.Now}, demoGenesis(id, logKey, roots))
	d.Ledger = s.ledger
	return d, err
}

// rootOfficers makes the two officers whose keys entry 0 pins.
func (d *demo) rootOfficers(ctx context.Context) ([]genesis.Root, error) {
	var roots []genesis.Root
	for i, name := range []string{"根一", "根二"} {
		person, err := d.session.vault.RegisterAnonymous(ctx)
		if err != nil {
			return nil, err
		}
		id := fmt.Sprintf("root-%d", i+1)
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		if err := keyfile.Save(d.session.folder.keyOf(id), demoPassphrase, key, rand.Reader); err != nil {
			return nil, err
		}
		signer, err := keyfile.NewSigner(key)
		if err != nil {
			return nil, err
		}
		d.roots = append(d.roots, demoOfficer{ledger.Actor{Officer: id, Office: "ledger", Capacity: "root"}, signer})
		roots = append(roots, genesis.Root{Key: signer.Public(), Name: name, Officer: id, Person: person, Post: "台账信任根"})
	}
	return roots, nil
}

// build plays both towns.
func (d *demo) build(ctx context.Context) (*luoxi, *huaishang, error) {
	first, err := d.buildTown(ctx, "luoxi", "新北区", "罗溪镇", "320411", "320411101", 12, 2021)
	if err != nil {
		return nil, nil, err
	}
	if err := d.publishAll(ctx, first, demoReward, demoSpecial); err != nil {
		return nil, nil, err
	}
	y := &luoxi{demo: d, demoTown: first}
	if err := y.play(ctx); err != nil {
		return nil, nil, err
	}
	d.clock.set(2022, time.October, 8, 9)
	second, err := d.buildTown(ctx, "huaishang", "淮上区", "演示镇", "340311", "340311101", 13, 2022)
	if err != nil {
		return nil, nil, err
	}
	if err := d.publishAll(ctx, second, demoAllowance); err != nil {
		return nil, nil, err
	}
	h := &huaishang{demo: d, demoTown: second}
	if err := h.play(ctx); err != nil {
		return nil, nil, err
	}
	d.tell("2022-Q4 done")
	return y, h, nil
}

func (d *demo) publishAll(ctx context.Context, t *demoTown, sources ...func() ([]byte, error)) error {
	for _, source := range sources {
		text, err := source()
		if err != nil {
			return err
		}
		if err := d.publish(ctx, t, text); err != nil {
			return err
		}
	}
	return nil
}

// demoReward is the Jiangsu rulebook of the rural reward as the demo's county publishes it: paid every month, and every
// village signs its own lines.
func demoReward() ([]byte, error) {
	return demoRulebook("rural-reward@320000",
		[2]string{`region: "320000"`, `region: "320411"`},
		[2]string{"  covers: year\n  payout-month: 12\n  payout-day: 31\n  document: haizhou\n",
			"  covers: month\n  payout-month: 1\n  payout-day: 25\n  status: assumed\n  note: 演示：按月发放 (the demo pays monthly)\n"},
		[2]string{"\nnotices:", "\nchains:\n  pay-run:\n" +
			"    - {level: town, duty: handler}\n    - {level: village, duty: handler, per: section}\n    - {level: town, duty: line-head}\n" +
			"    - {level: town, duty: head}\n    - {level: county, duty: handler}\n    - {level: county, duty: head}\n" +
			"    - {level: finance, duty: handler}\n    - {level: finance, duty: head}\nnotices:"})
}

// demoSpecial is the national rulebook as the demo's first county adopts it: the ledger holds a second county, which it may
// not bind.
func demoSpecial() ([]byte, error) {
	return demoRulebook("special-assistance@000000", [2]string{`region: "000000"`, `region: "320411"`})
}

func demoAllowance() ([]byte, error) { return demoRulebook("only-child-allowance@340311") }
