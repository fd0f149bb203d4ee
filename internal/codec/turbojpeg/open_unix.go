// SPDX-License-Identifier: MIT

//go:build (darwin || linux) && (amd64 || arm64) && !purego && !android && !ios

package turbojpeg

import (
	"runtime"

	"github.com/ebitengine/purego"
)

func names() []string {
	if runtime.GOOS == "darwin" {
		return []string{"libturbojpeg.0.dylib", "/opt/homebrew/lib/libturbojpeg.0.dylib",
			"/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.0.dylib", "/usr/local/lib/libturbojpeg.0.dylib",
			"/opt/libjpeg-turbo/lib/libturbojpeg.0.dylib"}
	}
	return []string{"libturbojpeg.so.0", "/opt/libjpeg-turbo/lib64/libturbojpeg.so.0"}
}

func open() *library {
	for _, name := range names() {
		handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			continue
		}
		lib, err := bind(name, func(symbol string) (uintptr, error) { return purego.Dlsym(handle, symbol) })
		if err == nil {
			return lib
		}
		_ = purego.Dlclose(handle)
	}
	return nil
}
