// SPDX-License-Identifier: MIT

//go:build (darwin || linux || windows) && (amd64 || arm64) && !purego && !android && !ios

package turbojpeg

import "github.com/ebitengine/purego"

func bind(name string, find func(symbol string) (uintptr, error)) (*library, error) {
	lib := &library{name: name}
	for symbol, p := range map[string]*uintptr{
		"tjInitDecompress": &lib.initDecompress,
		"tjDecompress2":    &lib.decompress2,
		"tjDestroy":        &lib.destroy,
	} {
		var err error
		if *p, err = find(symbol); err != nil {
			return nil, err
		}
	}
	return lib, nil
}

func (lib *library) call(f uintptr, args ...uintptr) uintptr {
	result, _, _ := purego.SyscallN(f, args...)
	return result
}
