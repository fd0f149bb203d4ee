// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the functions that call them.

var channelSets = map[isa.Set]*channelKernels{isa.AVX2: channelsAVX2, isa.AVX512: channelsAVX512}

var channelsAVX512 = &channelKernels{
	sums: channelSumsAVX512, gradSums: channelGradSumsAVX512, gradSumsReLU: channelGradSumsReLUAVX512,
	affine: channelAffineAVX512, grad: channelGradAVX512, gradReLU: channelGradReLUAVX512,
	maxWindows: maxWindowsAVX512, sumWindows: sumWindowsAVX512,
	maxWindowsIndices: maxWindowsIndicesAVX512, maxWindowsScatter: maxWindowsScatterAVX512, sumWindowsGrad: sumWindowsGradAVX512,
}

var channelsAVX2 = &channelKernels{
	sums: channelSumsAVX2, gradSums: channelGradSumsAVX2, gradSumsReLU: channelGradSumsReLUAVX2,
	affine: channelAffineAVX2, grad: channelGradAVX2, gradReLU: channelGradReLUAVX2,
	maxWindows: maxWindowsAVX2, sumWindows: sumWindowsAVX2,
	maxWindowsIndices: maxWindowsIndicesAVX2, maxWindowsScatter: maxWindowsScatterAVX2, sumWindowsGrad: sumWindowsGradAVX2,
}
