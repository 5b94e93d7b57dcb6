package keyfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrWideMode means that others than its owner may read or write a file that holds a secret.
var ErrWideMode = errors.New("keyfile: others than the owner may use this file; run chmod 600 on it, and if they had the time to copy it, replace the key")

// privateMode is the widest mode of a file that holds a secret.
const privateMode fs.FileMode = 0o600

// WritePrivate writes content to a new file that only its owner may read (mode 0600). The content and the file's name in
// its folder are on disk when it returns. An existing file is never touched (fs.ErrExist); a write that fails leaves no
// file, a crash in between may leave a short one, which its reader must recognise.
func WritePrivate(path string, content []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, privateMode)
	if err != nil {
		return fmt.Errorf("create secret file %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write secret file %s: %w", path, err), os.Remove(path))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return err
}

// syncFolder makes the name of a new file durable. Windows has no such call and needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadPrivate reads a file that holds a secret, at most max bytes. It refuses what is not a regular file, what is larger,
// and what others than its owner may use (ErrWideMode). On Windows, where access lists take the place of modes, the mode
// says nothing and is not looked at.
func ReadPrivate(path string, max int) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return nil, fmt.Errorf("read secret file %s: it is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open secret file %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat() // of the open file, so that it cannot be exchanged between the look and the reading
	if err != nil {
		return nil, fmt.Errorf("read secret file %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read secret file %s: it is not a regular file", path)
	}
	if wide := info.Mode().Perm() &^ privateMode; wide != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("read secret file %s with mode %04o: %w", path, info.Mode().Perm(), ErrWideMode)
	}
	content, err := io.ReadAll(io.LimitReader(f, int64(max)+1))
	if err != nil {
		return nil, fmt.Errorf("read secret file %s: %w", path, err)
	}
	if len(content) > max {
		return nil, fmt.Errorf("read secret file %s: it is larger than %d bytes: %w", path, max, ErrDamaged)
	}
	return content, nil
}
