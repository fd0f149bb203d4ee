// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the functions that call them.

//go:noescape
func channelSumsNEON(n int, x, shift *float32, sums *float64)

//go:noescape
func channelGradSumsNEON(n int, x, dy, coef *float32, sums *float64)

//go:noescape
func channelGradSumsReLUNEON(n int, x, dy, coef *float32, sums *float64)

//go:noescape
func channelAffineNEON(n int, y, x, res, coef *float32, relu int)

//go:noescape
func channelGradNEON(n int, dx, x, dy, coef *float32)

//go:noescape
func channelGradReLUNEON(n int, dx, x, dy, coef *float32)

//go:noescape
func maxWindowsNEON(n, rows, cols, stride, step int, y, x *float32)

//go:noescape
func sumWindowsNEON(n, rows, cols, stride, step int, y, x, divisor *float32)

//go:noescape
func maxWindowsPlacesNEON(n, rows, cols, stride, step int, y, x *float32, places *uint8)

//go:noescape
func maxWindowsSpreadNEON(n, rows, cols, stride, step int, dx, dy *float32, places *uint8)

//go:noescape
func sumWindowsGradNEON(n, rows, cols, stride, step int, dx, dy, divisor *float32)

var channelSets = map[isa.Set]*channelKernels{isa.NEON: channelsNEON}

var channelsNEON = &channelKernels{
	sums: channelSumsNEON, gradSums: channelGradSumsNEON, gradSumsReLU: channelGradSumsReLUNEON,
	affine: channelAffineNEON, grad: channelGradNEON, gradReLU: channelGradReLUNEON,
	maxWindows: maxWindowsNEON, sumWindows: sumWindowsNEON,
	maxWindowsPlaces: maxWindowsPlacesNEON, maxWindowsSpread: maxWindowsSpreadNEON, sumWindowsGrad: sumWindowsGradNEON,
}
