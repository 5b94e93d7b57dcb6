package projections

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"almoner/domain"
)

// snapshotFile is the one file of a snapshot's folder, beside what SQLite and the lock keep next to it.
const snapshotFile = "views.db"

// Snapshot builds read models in dir, a folder of their own that is made if there is none, from the first logIndex entries
// of the log and from nothing after them: whoever asks them gets the answer that was given at that log index. They do not
// move any further; queries that want more are refused with StaleError. A folder that holds a snapshot of the same ledger
// is taken as it stands, or goes on, or is built anew when it had gone further.
//
// The caller closes the snapshot, before v's store, and removes the folder when it is of no more use. Building takes as
// long as a rebuild up to there.
func (v *Views) Snapshot(ctx context.Context, dir string, logIndex int64) (*Views, error) {
	s, err := v.snapshot(ctx, dir, logIndex)
	if err != nil {
		return nil, fmt.Errorf("read models at log index %d: %w", logIndex, err)
	}
	return s, nil
}

func (v *Views) snapshot(ctx context.Context, dir string, logIndex int64) (*Views, error) {
	at, err := readStand(ctx, v.db.Reader)
	if err != nil {
		return nil, err
	}
	if logIndex < 1 {
		return nil, domain.Refuse(domain.Invalid, "snapshot.log-index", "%d entries are no ledger: its first entry says what it is", logIndex).
			WithNext("name a log index from 1 to %d", at.logIndex)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, snapshotFile)
	if same, err := sameFile(path, v.path); err != nil {
		return nil, err
	} else if same {
		return nil, domain.Refuse(domain.Invalid, "snapshot.folder", "%s holds the ledger's own read models", dir).WithNext("name another folder")
	}
	s, err := Open(ctx, path, v.store, Options{Ledger: at.ledger, batch: v.opts.batch, until: logIndex})
	var other *OtherLedgerError
	if errors.As(err, &other) {
		return nil, domain.Refuse(domain.Invalid, "snapshot.folder", "%s holds read models of another ledger, %s", dir, other.Have).WithNext("name another folder")
	}
	if err != nil {
		return nil, err
	}
	if err := s.fill(ctx, logIndex); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// fill takes in what the snapshot lacks.
func (v *Views) fill(ctx context.Context, logIndex int64) error {
	at, err := readStand(ctx, v.db.Reader)
	if err != nil {
		return err
	}
	move := v.CatchUp
	if at.logIndex > logIndex || at.problem != "" {
		move = v.Rebuild
	}
	if err := move(ctx, nil); err != nil {
		return err
	}
	if at, err = readStand(ctx, v.db.Reader); err != nil {
		return err
	}
	if at.logIndex != logIndex {
		return &StaleError{Have: at.logIndex, Want: logIndex}
	}
	return nil
}

// sameFile says whether two paths name one file.
func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if err != nil {
		return false, err
	}
	return os.SameFile(x, y), nil
}

// room is how many of n entries may still be taken in behind a log index.
func (o Options) room(logIndex int64, n int) int {
	if o.until == 0 {
		return n
	}
	return int(max(0, min(int64(n), o.until-logIndex)))
}
