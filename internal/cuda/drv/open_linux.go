// SPDX-License-Identifier: MIT

//go:build linux && (amd64 || arm64) && !purego && !android

package drv

import "github.com/ebitengine/purego"

var libraries = []string{"libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"}

// open opens a library and returns how its functions are looked up.
func open(name string) (func(symbol string) (uintptr, error), error) {
	handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	return func(symbol string) (uintptr, error) { return purego.Dlsym(handle, symbol) }, nil
}
