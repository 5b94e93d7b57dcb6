//go:build windows

package projections

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// fileLock is a lock on a file, held by one open file of one process. The system gives it up when the process ends,
// however it ends.
type fileLock struct{ f *os.File }

// acquire takes the lock if it is free; a nil lock and no error mean that somebody else holds it.
func acquire(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	switch err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{}); {
	case err == nil:
		return &fileLock{f}, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION):
		return nil, f.Close()
	default:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
}

// release gives the lock up by closing the file. The file stays: removing it could remove another process's lock.
func (l *fileLock) release() error { return l.f.Close() }
