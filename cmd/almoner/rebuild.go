package main

import (
	"errors"
	"fmt"
	"io"

	"almoner/eventstore/sqlite"
	"almoner/projections"
)

type rebuildCmd struct{}

type rebuiltJSON struct {
	LogIndex int64  `json:"logIndex"`
	Hash     string `json:"hash"` // running hash over the entries
	NewestAt string `json:"newestAt"`
}

// Run drops the read models and builds them again from the events. Nothing is lost: they hold nothing else.
func (c *rebuildCmd) Run(a *app) (err error) {
	f, err := a.folder()
	if err != nil {
		return err
	}
	if err := f.exists(); err != nil {
		return err
	}
	s := &session{folder: f}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.store, err = sqlite.Open(a.ctx, f.events(), sqlite.Options{}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.store)
	created, err := entryZero(a.ctx, s.store)
	if err != nil {
		return err
	}
	if s.views, err = projections.Open(a.ctx, f.views(), s.store, projections.Options{Ledger: created.Ledger}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.views)
	bar := a.progress(a.words.pick("重建", "rebuild"))
	err = s.views.Rebuild(a.ctx, func(logIndex int64) { bar.tell(int(logIndex), 0) })
	bar.end()
	if err != nil {
		return err
	}
	at, err := s.views.Status(a.ctx)
	if err != nil {
		return err
	}
	out := rebuiltJSON{LogIndex: at.LogIndex, Hash: at.Hash, NewestAt: instant(at.At)}
	return a.print(out, func(w io.Writer) {
		fmt.Fprintf(w, a.words.pick("已从 %d 条事件重建，累计哈希 %s\n", "built again from %d events, running hash %s\n"), out.LogIndex, out.Hash)
	})
}
