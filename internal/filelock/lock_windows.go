// SPDX-License-Identifier: MIT

package filelock

import (
	"os"

	"golang.org/x/sys/windows"
)

// TryLock takes f, until it is closed, and reports whether it could.
func TryLock(f *os.File) (bool, error) {
	// A byte far behind the end: locked ones cannot be read or written by anybody else.
	behind := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, behind)
	if err == windows.ERROR_LOCK_VIOLATION {
		return false, nil
	}
	return err == nil, os.NewSyscallError("LockFileEx", err)
}
