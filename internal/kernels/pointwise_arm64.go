// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package kernels

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C _asm ./neon -dir ..

// What these compute is written at the functions that call them.

//go:noescape
func vecNegNEON(n int, dst, a *float32)

//go:noescape
func vecAbsNEON(n int, dst, a *float32)

//go:noescape
func vecSquareNEON(n int, dst, a *float32)

//go:noescape
func vecSqrtNEON(n int, dst, a *float32)

//go:noescape
func vecReluNEON(n int, dst, a *float32)

//go:noescape
func vecExpNEON(n int, dst, a *float32)

//go:noescape
func vecExpm1NEON(n int, dst, a *float32)

//go:noescape
func vecSigmoidNEON(n int, dst, a *float32)

//go:noescape
func vecTanhNEON(n int, dst, a *float32)

//go:noescape
func vecLogNEON(n int, dst, a *float32)

//go:noescape
func vecLog1pNEON(n int, dst, a *float32)

//go:noescape
func vecErfNEON(n int, dst, a *float32)

//go:noescape
func vecAddNEON(n int, dst, a, b *float32)

//go:noescape
func vecSubNEON(n int, dst, a, b *float32)

//go:noescape
func vecMulNEON(n int, dst, a, b *float32)

//go:noescape
func vecDivNEON(n int, dst, a, b *float32)

//go:noescape
func vecReluGradNEON(n int, dst, a, b *float32)

//go:noescape
func vecAddScalarNEON(n int, dst, a *float32, b float32)

//go:noescape
func vecSubScalarNEON(n int, dst, a *float32, b float32)

//go:noescape
func vecMulScalarNEON(n int, dst, a *float32, b float32)

//go:noescape
func vecDivScalarNEON(n int, dst, a *float32, b float32)

//go:noescape
func vecScalarSubNEON(n int, dst, a *float32, b float32)

//go:noescape
func vecScalarDivNEON(n int, dst, a *float32, b float32)

//go:noescape
func vecClampNEON(n int, dst, a *float32, lo, hi float32)

//go:noescape
func vecWithinNEON(n int, dst, a *float32, lo, hi float32)

//go:noescape
func vecMaximumNEON(n int, x *float32) (top float32)

//go:noescape
func vecExpSumNEON(n int, dst, x *float32, top float32) (sum float64)

//go:noescape
func vecTotalNEON(n int, x *float32) (sum float64)

//go:noescape
func vecMomentsNEON(n int, x *float32, shift float64) (sum, dot float64)

//go:noescape
func vecProductsNEON(n int, dy, x *float32, mean float64) (sum, dot float64)

//go:noescape
func vecNormaliseNEON(n int, y, x *float32, mean, inv float64)

//go:noescape
func vecNormalGradNEON(n int, dx, x, dy *float32, mean, inv, sum, dot float64)

//go:noescape
func vecSgdNEON(n int, w, grad, buf, coef *float32, flags int)

//go:noescape
func vecAdamNEON(n int, w, grad, m, v, coef *float32, flags int)

var vectorSets = map[isa.Set]*vectorKernels{isa.NEON: vectorsNEON}

var vectorsNEON = &vectorKernels{
	unary: [...]func(int, *float32, *float32){
		vecNeg:     vecNegNEON,
		vecAbs:     vecAbsNEON,
		vecSquare:  vecSquareNEON,
		vecSqrt:    vecSqrtNEON,
		vecRelu:    vecReluNEON,
		vecExp:     vecExpNEON,
		vecExpm1:   vecExpm1NEON,
		vecSigmoid: vecSigmoidNEON,
		vecTanh:    vecTanhNEON,
		vecLog:     vecLogNEON,
		vecLog1p:   vecLog1pNEON,
		vecErf:     vecErfNEON,
	},
	binary: [...]func(int, *float32, *float32, *float32){
		vecAdd:      vecAddNEON,
		vecSub:      vecSubNEON,
		vecMul:      vecMulNEON,
		vecDiv:      vecDivNEON,
		vecReluGrad: vecReluGradNEON,
	},
	scalar: [...]func(int, *float32, *float32, float32){
		vecAddScalar: vecAddScalarNEON,
		vecSubScalar: vecSubScalarNEON,
		vecMulScalar: vecMulScalarNEON,
		vecDivScalar: vecDivScalarNEON,
		vecScalarSub: vecScalarSubNEON,
		vecScalarDiv: vecScalarDivNEON,
	},
	bound: [...]func(int, *float32, *float32, float32, float32){vecClamp: vecClampNEON, vecWithin: vecWithinNEON},

	sgd: vecSgdNEON, adam: vecAdamNEON,
	maximum: vecMaximumNEON, expSum: vecExpSumNEON, total: vecTotalNEON, moments: vecMomentsNEON, products: vecProductsNEON,
	normalise: vecNormaliseNEON, normalGrad: vecNormalGradNEON,
}
