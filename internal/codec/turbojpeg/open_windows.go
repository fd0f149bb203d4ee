// SPDX-License-Identifier: MIT

//go:build windows && (amd64 || arm64) && !purego

package turbojpeg

import "golang.org/x/sys/windows"

func open() *library {
	for _, name := range []string{"turbojpeg.dll", "libturbojpeg.dll"} {
		// Not from the current folder.
		handle, err := windows.LoadLibraryEx(name, 0, windows.LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)
		if err != nil {
			continue
		}
		lib, err := bind(name, func(symbol string) (uintptr, error) { return windows.GetProcAddress(handle, symbol) })
		if err == nil {
			return lib
		}
		_ = windows.FreeLibrary(handle)
	}
	return nil
}
