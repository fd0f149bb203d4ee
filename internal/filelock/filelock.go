// SPDX-License-Identifier: MIT

// Package filelock keeps other processes, and others in this one, from a file. A lock ends
// with the process that has it, however that ends. Where the system has no such locks,
// everybody gets them.
package filelock

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// ErrHeld says that somebody else has the lock.
var ErrHeld = errors.New("in use")

// Hold makes the file path, or finds it, and locks it until release is called, which
// removes it. An error that is [ErrHeld] says by which process it is held.
func Hold(path string) (release func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		switch free, err := TryLock(f); {
		case err != nil:
			f.Close()
			return nil, &os.PathError{Op: "lock", Path: path, Err: err}
		case !free:
			defer f.Close()
			return nil, fmt.Errorf("%w by %s", ErrHeld, holder(f))
		case !Same(f, path): // it was let go of meanwhile
			f.Close()
			continue
		}
		if err := f.Truncate(0); err == nil {
			_, _ = f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0) // for the message only
		}
		return func() {
			if runtime.GOOS == "windows" { // an open file cannot be removed
				f.Close()
				os.Remove(path)
				return
			}
			os.Remove(path)
			f.Close()
		}, nil
	}
}

// holder names the process that has written f.
func holder(f *os.File) string {
	b := make([]byte, 20)
	n, _ := f.ReadAt(b, 0)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n]))); err == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "another process"
}

// Same reports whether path is still the name of f.
func Same(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
