// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the functions that call them.

var channelSets = map[isa.Set]*channelKernels{isa.NEON: channelsNEON}

var channelsNEON = &channelKernels{
	sums: channelSumsNEON, gradSums: channelGradSumsNEON, gradSumsReLU: channelGradSumsReLUNEON,
	affine: channelAffineNEON, grad: channelGradNEON, gradReLU: channelGradReLUNEON,
	maxWindows: maxWindowsNEON, sumWindows: sumWindowsNEON,
	maxWindowsIndices: maxWindowsIndicesNEON, maxWindowsScatter: maxWindowsScatterNEON, sumWindowsGrad: sumWindowsGradNEON,
}
