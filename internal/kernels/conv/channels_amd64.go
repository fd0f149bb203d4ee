// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package conv

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C ../_asm ./channels -out ../conv/channels_amd64.s

// What these compute is written at the functions that call them.

//go:noescape
func channelSumsAVX512(n int, x, shift *float32, sums *float64)

//go:noescape
func channelGradSumsAVX512(n int, x, dy, coef *float32, sums *float64)

//go:noescape
func channelGradSumsReLUAVX512(n int, x, dy, coef *float32, sums *float64)

//go:noescape
func channelAffineAVX512(n int, y, x, res, coef *float32, relu int)

//go:noescape
func channelGradAVX512(n int, dx, x, dy, coef *float32)

//go:noescape
func channelGradReLUAVX512(n int, dx, x, dy, coef *float32)

//go:noescape
func maxWindowsAVX512(n, rows, cols, stride, step int, y, x *float32)

//go:noescape
func sumWindowsAVX512(n, rows, cols, stride, step int, y, x, divisor *float32)

//go:noescape
func maxWindowsPlacesAVX512(n, rows, cols, stride, step int, y, x *float32, places *uint8)

//go:noescape
func maxWindowsSpreadAVX512(n, rows, cols, stride, step int, dx, dy *float32, places *uint8)

//go:noescape
func sumWindowsGradAVX512(n, rows, cols, stride, step int, dx, dy, divisor *float32)

//go:noescape
func channelSumsAVX2(n int, x, shift *float32, sums *float64)

//go:noescape
func channelGradSumsAVX2(n int, x, dy, coef *float32, sums *float64)

//go:noescape
func channelGradSumsReLUAVX2(n int, x, dy, coef *float32, sums *float64)

//go:noescape
func channelAffineAVX2(n int, y, x, res, coef *float32, relu int)

//go:noescape
func channelGradAVX2(n int, dx, x, dy, coef *float32)

//go:noescape
func channelGradReLUAVX2(n int, dx, x, dy, coef *float32)

//go:noescape
func maxWindowsAVX2(n, rows, cols, stride, step int, y, x *float32)

//go:noescape
func sumWindowsAVX2(n, rows, cols, stride, step int, y, x, divisor *float32)

//go:noescape
func maxWindowsPlacesAVX2(n, rows, cols, stride, step int, y, x *float32, places *uint8)

//go:noescape
func maxWindowsSpreadAVX2(n, rows, cols, stride, step int, dx, dy *float32, places *uint8)

//go:noescape
func sumWindowsGradAVX2(n, rows, cols, stride, step int, dx, dy, divisor *float32)

var channelSets = map[isa.Set]*channelKernels{isa.AVX2: channelsAVX2, isa.AVX512: channelsAVX512}

var channelsAVX512 = &channelKernels{
	sums: channelSumsAVX512, gradSums: channelGradSumsAVX512, gradSumsReLU: channelGradSumsReLUAVX512,
	affine: channelAffineAVX512, grad: channelGradAVX512, gradReLU: channelGradReLUAVX512,
	maxWindows: maxWindowsAVX512, sumWindows: sumWindowsAVX512,
	maxWindowsPlaces: maxWindowsPlacesAVX512, maxWindowsSpread: maxWindowsSpreadAVX512, sumWindowsGrad: sumWindowsGradAVX512,
}

var channelsAVX2 = &channelKernels{
	sums: channelSumsAVX2, gradSums: channelGradSumsAVX2, gradSumsReLU: channelGradSumsReLUAVX2,
	affine: channelAffineAVX2, grad: channelGradAVX2, gradReLU: channelGradReLUAVX2,
	maxWindows: maxWindowsAVX2, sumWindows: sumWindowsAVX2,
	maxWindowsPlaces: maxWindowsPlacesAVX2, maxWindowsSpread: maxWindowsSpreadAVX2, sumWindowsGrad: sumWindowsGradAVX2,
}
