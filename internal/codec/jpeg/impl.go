// SPDX-License-Identifier: MIT

package jpeg

// implementation is a set of kernels for one kind of processor. A nil one is done in Go.
type implementation struct {
	name string
	// idct writes 8 rows of 8 samples.
	idct func(dst *uint8, stride int, block *int16)
	// ycc converts n >= 16 pixels.
	ycc func(dst, y, cb, cr *uint8, n int)
	// fancyHV and fancyH double n >= 16 samples, before and behind which there are others.
	fancyHV func(dst, near, far *uint8, n int)
	fancyH  func(dst, near *uint8, n int)
}

// Vectors says whether this processor has vector code for decoding. With it Go is about as
// fast as libjpeg-turbo.
func Vectors() bool { return chosen != generic }

var generic = &implementation{name: "generic"}

// found holds what this processor can run, the slowest first; chosen is the one in use.
var (
	found  = append([]*implementation{generic}, detect()...)
	chosen = found[len(found)-1]
)
