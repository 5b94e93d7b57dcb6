package main

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"almoner/domain/codec"
	"almoner/domain/genesis"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
)

type storeCmd struct {
	Check storeCheck `cmd:"" help:"核对整个事件库和保密库|check every event, and that the vault holds every key"`
}

type storeCheck struct{}

type storeJSON struct {
	Events  int64 `json:"events"`
	Appends int64 `json:"appends"`
	Streams int64 `json:"streams"`
	Bytes   int64 `json:"bytes"`
	Keys    int64 `json:"keys"`   // keys that sealed parts name, repetitions included
	Erased  int   `json:"erased"` // of them destroyed
}

// Run reads the whole file. It opens no read models: it must work when they are broken.
func (c *storeCheck) Run(a *app) (err error) {
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
	bar := a.progress(a.words.pick("核对", "check"))
	report, err := s.store.Check(a.ctx, func(done, total int64) { bar.tell(int(done), int(total)) })
	bar.end()
	if err != nil {
		return err
	}
	created, err := entryZero(a.ctx, s.store)
	if err != nil {
		return err
	}
	out := storeJSON{Events: report.Events, Appends: report.Appends, Streams: report.Streams, Bytes: report.Bytes}
	if err := c.checkVault(a, s, created, &out); err != nil {
		return err
	}
	return a.print(out, func(w io.Writer) {
		fields(w, a.words, "事件|events", fmt.Sprint(out.Events), "写入|appends", fmt.Sprint(out.Appends), "流|streams", fmt.Sprint(out.Streams), "字节|bytes", fmt.Sprint(out.Bytes),
			"封存密钥|sealing keys", fmt.Sprint(out.Keys), "已销毁|erased", count(out.Erased))
		fmt.Fprintln(w, a.words.pick("完好", "sound"))
	})
}

// checkVault asks the vault for every key that the log uses.
func (c *storeCheck) checkVault(a *app, s *session, created genesis.Created, out *storeJSON) error {
	if err := s.openVault(a.ctx, created.Ledger, nil); err != nil {
		return err
	}
	report, err := s.vault.Check(a.ctx, a.kids(s))
	if err != nil {
		return err
	}
	out.Keys, out.Erased = report.Used, len(report.Destroyed)
	return report.Err()
}

// kids yields the key ids of all sealed parts, in log order.
func (a *app) kids(s *session) iter.Seq2[string, error] {
	const page = 1000 // events read at once
	return func(yield func(string, error) bool) {
		var after eventstore.Position
		for {
			events, err := s.store.ReadAll(a.ctx, after, page)
			if err != nil {
				yield("", err)
				return
			}
			if len(events) == 0 {
				return
			}
			for _, r := range events {
				after = r.Position
				e, err := codec.Decode(r.Data)
				if err != nil {
					yield("", fmt.Errorf("event %s at revision %d of %s: %w", r.ID, r.Revision, r.Stream, err))
					return
				}
				for _, sealed := range e.Sealed {
					if !yield(sealed.Kid, nil) {
						return
					}
				}
			}
		}
	}
}
