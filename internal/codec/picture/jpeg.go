// SPDX-License-Identifier: MIT

package picture

import (
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/codec/jpeg"
	"github.com/stheno-go/stheno/internal/codec/turbojpeg"
)

var onlyGo atomic.Bool

// UseGoForJPEG reports whether JPEGs are decoded in Go even where libjpeg-turbo is; it
// returns what was said before. The pixels are the same.
func UseGoForJPEG(on bool) (before bool) { return onlyGo.Swap(on) }

// JPEGBackend is what decodes JPEGs: "go", or the name under which libjpeg-turbo's
// TurboJPEG library was found, such as "libturbojpeg.so.0". Small pictures and parts are
// for Go, where it is as fast.
func JPEGBackend() string {
	if name := turbojpeg.Library(); name != "" && !onlyGo.Load() {
		return name
	}
	return "go"
}

func jpegSize(data []byte) (w, h int, err error) {
	header, err := jpeg.ReadHeader(data)
	return header.Width, header.Height, err
}

// smallJPEG is the pixels up to which the way into the library costs more than it saves.
const smallJPEG = 1 << 14

// decodeJPEG leaves to Go what the library does not take, CMYK, what it complains of, and
// progressive files that end early, of which each version makes something else. The Go
// decoder distinguishes truncated files, which are errors, from those that can be read.
func decodeJPEG(dst []uint8, data []byte, w, h int) error {
	small := w*h <= smallJPEG && jpeg.Vectors()
	if !small && !onlyGo.Load() && jpeg.Complete(data) && turbojpeg.Decode(dst, data, w, h) {
		return nil
	}
	return jpeg.Decode(dst, data)
}

// goPart reports whether Go decodes half of a picture before the library has decoded all.
func goPart() bool { return jpeg.Vectors() || JPEGBackend() == "go" }
