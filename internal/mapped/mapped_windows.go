// SPDX-License-Identifier: MIT

package mapped

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Map returns n bytes of f from offset on, to read and write. The file must be that long.
func Map(f *os.File, offset int64, n int) ([]byte, error) {
	end := uint64(offset) + uint64(n)
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READWRITE, uint32(end>>32), uint32(end), nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateFileMapping", err)
	}
	defer windows.CloseHandle(h) // the view keeps it
	at, err := windows.MapViewOfFile(h, windows.FILE_MAP_WRITE, uint32(uint64(offset)>>32), uint32(offset), uintptr(n))
	if err != nil {
		return nil, os.NewSyscallError("MapViewOfFile", err)
	}
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), n), nil // vet takes unsafe.Pointer(at) for a mistake
}

// Unmap gives back what Map returned.
func Unmap(b []byte) error {
	return os.NewSyscallError("UnmapViewOfFile", windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(b)))))
}
