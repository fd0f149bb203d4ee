// SPDX-License-Identifier: MIT

package resample

import "github.com/stheno-go/stheno/internal/isa"

// implementation is functions for one instruction set. Nil ones are done in Go.
type implementation struct {
	// horizontal does rowsAtOnce rows of w RGB pixels, as horizontalGeneric does one.
	// It reads up to slack bytes after a row's last weighted pixel and writes as many
	// after the row.
	horizontal func(dst *uint8, dstStride int, src *uint8, srcStride, w, pairs int, first *int32, packed *int16)
	// vertical does n >= width bytes of one row, as verticalGeneric. It reads 2*pairs
	// rows, and those must be there.
	vertical func(dst, src *uint8, stride, n, pairs int, packed *int16)
	width    int
}

const (
	rowsAtOnce = 4
	slack      = 16 // bytes that horizontal may touch after what it needs
	unrolled   = 4  // pairs of weights that horizontal has own loops for
)

// Sets are the instruction sets that resizing can run on.
var Sets isa.Family

var passes = isa.NewTable(&Sets, &implementation{}, assembly)
