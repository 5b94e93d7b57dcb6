package projections

import (
	"errors"
	"fmt"
)

// ErrSecondRunner says that something else moved the read models although this process holds the lock: nothing of the
// batch was written. It can only happen when the lock does not work (a network disk) or was removed by hand.
var ErrSecondRunner = errors.New("another runner moved the read models: nothing was counted twice; " +
	"see that only one process serves this ledger and that its folder is on a local disk")

// ErrClosed: Close was called.
var ErrClosed = errors.New("read models are closed")

// BrokenError refuses an answer because the runner found the log or the store not as it must be.
type BrokenError struct {
	LogIndex int64  // entries taken in before the problem
	Problem  string // what was found
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("the read models stopped at log index %d and answer nothing: %s; run `almoner store check`, then `almoner rebuild`", e.LogIndex, e.Problem)
}

// BuildingError refuses an answer because the read models are being built and would be missing the newest entries, if not
// nearly all.
type BuildingError struct {
	LogIndex int64 // entries taken in so far
}

func (e *BuildingError) Error() string {
	return fmt.Sprintf("the read models are being built and have taken in %d entries; wait until that is done and ask again", e.LogIndex)
}

// StaleError refuses an answer because the read models have not taken in what the caller needs.
type StaleError struct {
	Have int64 // log index of the read models
	Want int64 // log index asked for
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("the read models are at log index %d and %d is needed; wait for them to catch up and ask again", e.Have, e.Want)
}

// OtherLedgerError says that the file was built from another ledger than the one asked for.
type OtherLedgerError struct {
	Path string
	Have string // ledger id of the file, or of the store's first entry
	Want string
}

func (e *OtherLedgerError) Error() string {
	return fmt.Sprintf("%s is of the ledger %s, not of %s; check the path, or delete the file to have it built anew", e.Path, e.Have, e.Want)
}
