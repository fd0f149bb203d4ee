// SPDX-License-Identifier: MIT

package debug

import (
	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/program"
)

// ConvAlgorithm is a way to compute float32 convolutions.
// All give the same numbers up to rounding; see docs/performance.md for how far they
// are from float64.
type ConvAlgorithm uint8

// The algorithms.
const (
	// ConvAuto is the fastest, chosen by the shapes only.
	ConvAuto = ConvAlgorithm(conv.Auto)
	// ConvDirect adds up the products of the definition.
	ConvDirect = ConvAlgorithm(conv.Direct)
	// ConvWinograd uses Winograd's algorithm wherever it applies: to 3×3 kernels with
	// stride 1 and, forward, 2, without groups and dilation, and to 7×7 kernels with stride
	// 2 over images of up to four channels. An infinity or NaN in the input reaches the whole 4×4 tile.
	ConvWinograd = ConvAlgorithm(conv.Winograd)
	// ConvNCHW keeps the memory of every value in torch's order.
	ConvNCHW = ConvAlgorithm(conv.NCHW)
)

// String returns auto, direct, winograd or nchw.
func (a ConvAlgorithm) String() string {
	return conv.Algorithm(a).String()
}

// SetConvAlgorithm makes whatever is compiled from now on compute convolutions by a,
// and returns the former choice. The program cache is emptied. Anything but the four
// algorithms counts as [ConvAuto].
func SetConvAlgorithm(a ConvAlgorithm) ConvAlgorithm {
	if a > ConvNCHW {
		a = ConvAuto
	}
	return ConvAlgorithm(program.SetConvAlgorithm(conv.Algorithm(a)))
}
