// SPDX-License-Identifier: MIT

//go:build unix

package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

// Map returns n bytes of f from offset on, to read and write. The file must be that long.
func Map(f *os.File, offset int64, n int) ([]byte, error) {
	b, err := unix.Mmap(int(f.Fd()), offset, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return b, nil
}

// Unmap gives back what Map returned.
func Unmap(b []byte) error { return os.NewSyscallError("munmap", unix.Munmap(b)) }
