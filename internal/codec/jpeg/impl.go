// SPDX-License-Identifier: MIT

package jpeg

import "github.com/stheno-go/stheno/internal/isa"

// implementation is functions for one instruction set. Nil ones are done in Go.
type implementation struct {
	// idct writes 8 rows of 8 samples.
	idct func(dst *uint8, stride int, block *int16)
	// ycc converts n >= 16 pixels.
	ycc func(dst, y, cb, cr *uint8, n int)
	// fancyHV and fancyH double n >= 16 samples, before and behind which there are others.
	fancyHV func(dst, near, far *uint8, n int)
	fancyH  func(dst, near *uint8, n int)
}

// Vectors reports whether this processor has vector code for decoding. With it Go is about
// as fast as libjpeg-turbo.
func Vectors() bool { return family.Set() != isa.Go }

var (
	family isa.Family
	steps  = isa.NewTable(&family, &implementation{}, assembly)
)
