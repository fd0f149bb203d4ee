// SPDX-License-Identifier: MIT

// Package turbojpeg decodes JPEG files with the TurboJPEG library of libjpeg-turbo where
// the machine has one. It is opened at run time and called without cgo, by
// github.com/ebitengine/purego. The build tag purego leaves it out: a program without it
// is static on Linux.
package turbojpeg

import (
	"runtime"
	"sync"
	"unsafe"
)

// library has the functions of turbojpeg.h, versions 2 and 3.
type library struct {
	name                    string
	initDecompress, destroy uintptr
	decompress2             uintptr
	mu                      sync.Mutex
	idle                    []*call
}

// loaded opens the library at the first call; nil: there is none.
var loaded = sync.OnceValue(open)

// Library is the name of the library that is in use, or "".
func Library() string {
	if lib := loaded(); lib != nil {
		return lib.name
	}
	return ""
}

// call is a decompressor with what it works on. It lies on the heap, and so do dst and
// data once it points to them: nothing moves while C has their addresses.
type call struct {
	handle    uintptr
	dst, data unsafe.Pointer
}

// Decode writes the picture of w x h pixels to dst, 3*w*h bytes: RGB, row by row. It reports
// whether decoding succeeded without a warning; otherwise the content of dst is undefined.
// CMYK files are not supported. The width and height must be those of the file's header.
func Decode(dst []uint8, data []byte, w, h int) bool {
	lib := loaded()
	if lib == nil || w < 1 || h < 1 || len(dst) != 3*w*h || len(data) == 0 {
		return false
	}
	c := lib.get()
	if c == nil {
		return false
	}
	const pixelsRGB, flags = 0, 0 // exact DCT, smooth chroma
	c.dst, c.data = unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(data))
	status := lib.call(lib.decompress2, c.handle, uintptr(c.data), uintptr(len(data)),
		uintptr(c.dst), uintptr(w), uintptr(3*w), uintptr(h), pixelsRGB, flags)
	runtime.KeepAlive(dst)
	runtime.KeepAlive(data)
	c.dst, c.data = nil, nil
	lib.put(c)
	return int32(status) == 0
}

func (lib *library) get() *call {
	lib.mu.Lock()
	if n := len(lib.idle); n > 0 {
		c := lib.idle[n-1]
		lib.idle = lib.idle[:n-1]
		lib.mu.Unlock()
		return c
	}
	lib.mu.Unlock()
	if handle := lib.call(lib.initDecompress); handle != 0 {
		return &call{handle: handle}
	}
	return nil
}

// put keeps a few decompressors for the next pictures.
func (lib *library) put(c *call) {
	lib.mu.Lock()
	keep := len(lib.idle) < runtime.GOMAXPROCS(0)
	if keep {
		lib.idle = append(lib.idle, c)
	}
	lib.mu.Unlock()
	if !keep {
		lib.call(lib.destroy, c.handle)
	}
}
