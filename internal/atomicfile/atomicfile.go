// SPDX-License-Identifier: MIT

// Package atomicfile writes files that are there whole or not at all.
package atomicfile

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/stheno-go/stheno/internal/filelock"
)

// Write writes a temporary file beside path, makes sure that it is on the disk, and
// renames it. A file that is there keeps its permissions, a new one has those that the
// system gives new files. A link stays one, and what is no file, such as a terminal, is
// written to.
func Write(path string, write func(io.Writer) error) (err error) {
	info, err := os.Stat(path)
	if err == nil {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
		if m := info.Mode(); !m.IsRegular() && !m.IsDir() {
			return through(path, write)
		}
	}
	dir := filepath.Dir(path)
	if _, done := cleaned.LoadOrStore(dir, true); !done {
		Clean(dir)
	}
	tmp, err := create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err = write(tmp); err != nil {
		return err
	}
	if info != nil {
		if err = tmp.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // which cannot rename an open file
		if err = tmp.Close(); err != nil {
			return err
		}
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	tmp.Close() // the data is on the disk
	if dir, openErr := os.Open(dir); openErr == nil {
		_ = dir.Sync() // not every system can; the data itself is safe
		dir.Close()
	}
	return nil
}

// through writes to a device or a pipe.
func through(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// cleaned holds the folders that this process has cleaned.
var cleaned sync.Map

// suffix ends the names of temporary files, after a point, the name of the file that they
// are to be, a point and 16 digits.
const suffix = ".partial"

// create makes a temporary file for path and locks it, so that nobody takes it for one
// that was left.
func create(path string) (*os.File, error) {
	for {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%016x%s", filepath.Base(path), rand.Uint64(), suffix))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		free, err := filelock.TryLock(f)
		if err != nil || free && filelock.Same(f, name) { // a disk without locks is none to worry about
			return f, nil
		}
		f.Close()
	}
}

// Clean removes the temporary files from a folder whose writers are no more: they were
// killed. What it cannot remove stays.
func Clean(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !temporary(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		free, err := filelock.TryLock(f)
		if runtime.GOOS == "windows" {
			f.Close()
		}
		if err == nil && free {
			os.Remove(path)
		}
		f.Close()
	}
}

// temporary reports whether a name is one that create gives.
func temporary(name string) bool {
	rest, is := strings.CutSuffix(name, suffix)
	digits := len(rest) - 16
	return is && name[0] == '.' && digits > 2 && rest[digits-1] == '.' && strings.Trim(rest[digits:], "0123456789abcdef") == ""
}
