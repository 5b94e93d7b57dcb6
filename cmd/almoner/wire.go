package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/genesis"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/projections"
)

// session is an open ledger with everything it stands on. Close closes what open opened, last first.
type session struct {
	folder folder
	store  *sqlite.Store
	vault  *vault.Vault
	views  *projections.Views
	ledger *ledger.Ledger

	closers []io.Closer
}

// Close closes everything. It returns the first errors of all.
func (s *session) Close() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last].Close())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}

// with opens the ledger of the command line, runs f, and closes it.
func (a *app) with(f func(*session) error) (err error) {
	s, err := a.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return f(s)
}

// open opens in this order: events, entry 0, the vault bound to that ledger, read models taken up to the head, the ledger,
// and then whatever a crash left unfinished is finished.
func (a *app) open() (s *session, err error) {
	f, err := a.folder()
	if err != nil {
		return nil, err
	}
	if err := f.exists(); err != nil {
		return nil, err
	}
	s = &session{folder: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.store, err = sqlite.Open(a.ctx, f.events(), sqlite.Options{}); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.store)
	created, err := entryZero(a.ctx, s.store)
	if err != nil {
		return s, fmt.Errorf("open %s: %w", f.dir, err)
	}
	if err := a.checkClock(created); err != nil {
		return s, err
	}
	if err := s.openVault(a.ctx, created.Ledger, a.now); err != nil {
		return s, err
	}
	if s.views, err = projections.Open(a.ctx, f.views(), s.store, projections.Options{Ledger: created.Ledger}); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.views)
	return s, a.openLedger(s)
}

// openVault opens the register of persons under the master key, which may not lie in the ledger's folder.
func (s *session) openVault(ctx context.Context, id string, now func() time.Time) error {
	master, err := vault.LoadMaster(s.folder.master, s.folder.dir)
	if err != nil {
		return err
	}
	if s.vault, err = vault.Open(ctx, s.folder.vault(), id, master, vault.Options{Now: now}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.vault)
	return nil
}

func (a *app) openLedger(s *session) (err error) {
	bar := a.progress(a.words.pick("更新查询库", "read models"))
	if err := s.views.CatchUp(a.ctx, func(logIndex int64) { bar.tell(int(logIndex), 0) }); err != nil {
		return err
	}
	bar.end()
	if s.ledger, err = ledger.Open(a.ctx, ledger.Options{Store: s.store, Vault: s.vault, Views: ledgerViews{s.views}, Now: a.now}); err != nil {
		return err
	}
	bar = a.progress(a.words.pick("续办未完事项", "unfinished follow-ups"))
	defer bar.end()
	if err := s.ledger.Resume(a.ctx, bar.tell); err != nil { // other work goes on: the ledger says it again at the next open
		a.say("注意：有未办完的后续处理，下次打开时再试：%v", "note: follow-ups are unfinished and are tried again at the next opening: %v", err)
	}
	return nil
}

// entryZero reads what the ledger was created as.
func entryZero(ctx context.Context, store eventstore.Store) (genesis.Created, error) {
	first, err := store.ReadAll(ctx, eventstore.Position{}, 1)
	if err != nil {
		return genesis.Created{}, fmt.Errorf("entry 0: %w", err)
	}
	if len(first) == 0 {
		return genesis.Created{}, domain.Refuse(domain.NotFound, "ledger.empty", "nothing has been recorded: its creation was interrupted").
			WithNext("delete the folder and create the ledger again")
	}
	entry, err := codec.DecodeEvent(first[0].Data, nil)
	if err != nil {
		return genesis.Created{}, fmt.Errorf("entry 0: %w", err)
	}
	created, ok := entry.Event.(genesis.Created)
	if !ok {
		return genesis.Created{}, fmt.Errorf("entry 0 is %s, not ledger.created", entry.EventType())
	}
	return created, nil
}

// checkClock refuses an injected clock for a ledger with a real one.
func (a *app) checkClock(created genesis.Created) error {
	if a.now != nil && created.Clock != genesis.SimulatedClock {
		return domain.Refuse(domain.Refused, "clock.simulated-only", "the ledger %s has a real clock and takes no other", created.Name).
			WithNext("leave out --now and ALMONER_NOW")
	}
	return nil
}

// synced returns when the read models contain what this process has written.
func (s *session) synced(ctx context.Context) error {
	return s.views.WaitPosition(ctx, s.ledger.Last())
}
