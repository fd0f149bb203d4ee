// SPDX-License-Identifier: MIT

//go:build windows && (amd64 || arm64) && !purego

package drv

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

var libraries = []string{"nvcuda.dll"}

// open opens a library, by its path or from the system's folder, and returns how its functions are
// looked up.
func open(name string) (func(symbol string) (uintptr, error), error) {
	flags := uintptr(windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
	if filepath.IsAbs(name) {
		flags = windows.LOAD_WITH_ALTERED_SEARCH_PATH
	}
	handle, err := windows.LoadLibraryEx(name, 0, flags)
	if err != nil {
		return nil, err
	}
	return func(symbol string) (uintptr, error) { return windows.GetProcAddress(handle, symbol) }, nil
}
