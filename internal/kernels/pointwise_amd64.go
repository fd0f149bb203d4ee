// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package kernels

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C _asm ./pointwise -out ../pointwise_amd64.s

// What these compute is written at the functions that call them.

//go:noescape
func vecNegAVX512(n int, dst, a *float32)

//go:noescape
func vecAbsAVX512(n int, dst, a *float32)

//go:noescape
func vecSquareAVX512(n int, dst, a *float32)

//go:noescape
func vecSqrtAVX512(n int, dst, a *float32)

//go:noescape
func vecReluAVX512(n int, dst, a *float32)

//go:noescape
func vecExpAVX512(n int, dst, a *float32)

//go:noescape
func vecExpm1AVX512(n int, dst, a *float32)

//go:noescape
func vecSigmoidAVX512(n int, dst, a *float32)

//go:noescape
func vecTanhAVX512(n int, dst, a *float32)

//go:noescape
func vecLogAVX512(n int, dst, a *float32)

//go:noescape
func vecLog1pAVX512(n int, dst, a *float32)

//go:noescape
func vecErfAVX512(n int, dst, a *float32)

//go:noescape
func vecAddAVX512(n int, dst, a, b *float32)

//go:noescape
func vecSubAVX512(n int, dst, a, b *float32)

//go:noescape
func vecMulAVX512(n int, dst, a, b *float32)

//go:noescape
func vecDivAVX512(n int, dst, a, b *float32)

//go:noescape
func vecReluGradAVX512(n int, dst, a, b *float32)

//go:noescape
func vecAddScalarAVX512(n int, dst, a *float32, b float32)

//go:noescape
func vecSubScalarAVX512(n int, dst, a *float32, b float32)

//go:noescape
func vecMulScalarAVX512(n int, dst, a *float32, b float32)

//go:noescape
func vecDivScalarAVX512(n int, dst, a *float32, b float32)

//go:noescape
func vecScalarSubAVX512(n int, dst, a *float32, b float32)

//go:noescape
func vecScalarDivAVX512(n int, dst, a *float32, b float32)

//go:noescape
func vecClampAVX512(n int, dst, a *float32, lo, hi float32)

//go:noescape
func vecWithinAVX512(n int, dst, a *float32, lo, hi float32)

//go:noescape
func vecMaximumAVX512(n int, x *float32) (top float32)

//go:noescape
func vecExpSumAVX512(n int, dst, x *float32, top float32) (sum float64)

//go:noescape
func vecTotalAVX512(n int, x *float32) (sum float64)

//go:noescape
func vecMomentsAVX512(n int, x *float32, shift float64) (sum, dot float64)

//go:noescape
func vecProductsAVX512(n int, dy, x *float32, mean float64) (sum, dot float64)

//go:noescape
func vecNormaliseAVX512(n int, y, x *float32, mean, inv float64)

//go:noescape
func vecNormalGradAVX512(n int, dx, x, dy *float32, mean, inv, sum, dot float64)

//go:noescape
func vecSgdAVX512(n int, w, grad, buf, coef *float32, flags int)

//go:noescape
func vecAdamAVX512(n int, w, grad, m, v, coef *float32, flags int)

//go:noescape
func vecNegAVX2(n int, dst, a *float32)

//go:noescape
func vecAbsAVX2(n int, dst, a *float32)

//go:noescape
func vecSquareAVX2(n int, dst, a *float32)

//go:noescape
func vecSqrtAVX2(n int, dst, a *float32)

//go:noescape
func vecReluAVX2(n int, dst, a *float32)

//go:noescape
func vecExpAVX2(n int, dst, a *float32)

//go:noescape
func vecExpm1AVX2(n int, dst, a *float32)

//go:noescape
func vecSigmoidAVX2(n int, dst, a *float32)

//go:noescape
func vecTanhAVX2(n int, dst, a *float32)

//go:noescape
func vecLogAVX2(n int, dst, a *float32)

//go:noescape
func vecLog1pAVX2(n int, dst, a *float32)

//go:noescape
func vecErfAVX2(n int, dst, a *float32)

//go:noescape
func vecAddAVX2(n int, dst, a, b *float32)

//go:noescape
func vecSubAVX2(n int, dst, a, b *float32)

//go:noescape
func vecMulAVX2(n int, dst, a, b *float32)

//go:noescape
func vecDivAVX2(n int, dst, a, b *float32)

//go:noescape
func vecReluGradAVX2(n int, dst, a, b *float32)

//go:noescape
func vecAddScalarAVX2(n int, dst, a *float32, b float32)

//go:noescape
func vecSubScalarAVX2(n int, dst, a *float32, b float32)

//go:noescape
func vecMulScalarAVX2(n int, dst, a *float32, b float32)

//go:noescape
func vecDivScalarAVX2(n int, dst, a *float32, b float32)

//go:noescape
func vecScalarSubAVX2(n int, dst, a *float32, b float32)

//go:noescape
func vecScalarDivAVX2(n int, dst, a *float32, b float32)

//go:noescape
func vecClampAVX2(n int, dst, a *float32, lo, hi float32)

//go:noescape
func vecWithinAVX2(n int, dst, a *float32, lo, hi float32)

//go:noescape
func vecMaximumAVX2(n int, x *float32) (top float32)

//go:noescape
func vecExpSumAVX2(n int, dst, x *float32, top float32) (sum float64)

//go:noescape
func vecTotalAVX2(n int, x *float32) (sum float64)

//go:noescape
func vecMomentsAVX2(n int, x *float32, shift float64) (sum, dot float64)

//go:noescape
func vecProductsAVX2(n int, dy, x *float32, mean float64) (sum, dot float64)

//go:noescape
func vecNormaliseAVX2(n int, y, x *float32, mean, inv float64)

//go:noescape
func vecNormalGradAVX2(n int, dx, x, dy *float32, mean, inv, sum, dot float64)

//go:noescape
func vecSgdAVX2(n int, w, grad, buf, coef *float32, flags int)

//go:noescape
func vecAdamAVX2(n int, w, grad, m, v, coef *float32, flags int)

var vectorSets = map[isa.Set]*vectorKernels{isa.AVX2: vectorsAVX2, isa.AVX512: vectorsAVX512}

var vectorsAVX512 = &vectorKernels{
	unary: [...]func(int, *float32, *float32){
		vecNeg:     vecNegAVX512,
		vecAbs:     vecAbsAVX512,
		vecSquare:  vecSquareAVX512,
		vecSqrt:    vecSqrtAVX512,
		vecRelu:    vecReluAVX512,
		vecExp:     vecExpAVX512,
		vecExpm1:   vecExpm1AVX512,
		vecSigmoid: vecSigmoidAVX512,
		vecTanh:    vecTanhAVX512,
		vecLog:     vecLogAVX512,
		vecLog1p:   vecLog1pAVX512,
		vecErf:     vecErfAVX512,
	},
	binary: [...]func(int, *float32, *float32, *float32){
		vecAdd:      vecAddAVX512,
		vecSub:      vecSubAVX512,
		vecMul:      vecMulAVX512,
		vecDiv:      vecDivAVX512,
		vecReluGrad: vecReluGradAVX512,
	},
	scalar: [...]func(int, *float32, *float32, float32){
		vecAddScalar: vecAddScalarAVX512,
		vecSubScalar: vecSubScalarAVX512,
		vecMulScalar: vecMulScalarAVX512,
		vecDivScalar: vecDivScalarAVX512,
		vecScalarSub: vecScalarSubAVX512,
		vecScalarDiv: vecScalarDivAVX512,
	},
	bound: [...]func(int, *float32, *float32, float32, float32){vecClamp: vecClampAVX512, vecWithin: vecWithinAVX512},

	sgd: vecSgdAVX512, adam: vecAdamAVX512,
	maximum: vecMaximumAVX512, expSum: vecExpSumAVX512, total: vecTotalAVX512, moments: vecMomentsAVX512, products: vecProductsAVX512,
	normalise: vecNormaliseAVX512, normalGrad: vecNormalGradAVX512,
}

var vectorsAVX2 = &vectorKernels{
	unary: [...]func(int, *float32, *float32){
		vecNeg:     vecNegAVX2,
		vecAbs:     vecAbsAVX2,
		vecSquare:  vecSquareAVX2,
		vecSqrt:    vecSqrtAVX2,
		vecRelu:    vecReluAVX2,
		vecExp:     vecExpAVX2,
		vecExpm1:   vecExpm1AVX2,
		vecSigmoid: vecSigmoidAVX2,
		vecTanh:    vecTanhAVX2,
		vecLog:     vecLogAVX2,
		vecLog1p:   vecLog1pAVX2,
		vecErf:     vecErfAVX2,
	},
	binary: [...]func(int, *float32, *float32, *float32){
		vecAdd:      vecAddAVX2,
		vecSub:      vecSubAVX2,
		vecMul:      vecMulAVX2,
		vecDiv:      vecDivAVX2,
		vecReluGrad: vecReluGradAVX2,
	},
	scalar: [...]func(int, *float32, *float32, float32){
		vecAddScalar: vecAddScalarAVX2,
		vecSubScalar: vecSubScalarAVX2,
		vecMulScalar: vecMulScalarAVX2,
		vecDivScalar: vecDivScalarAVX2,
		vecScalarSub: vecScalarSubAVX2,
		vecScalarDiv: vecScalarDivAVX2,
	},
	bound: [...]func(int, *float32, *float32, float32, float32){vecClamp: vecClampAVX2, vecWithin: vecWithinAVX2},

	sgd: vecSgdAVX2, adam: vecAdamAVX2,
	maximum: vecMaximumAVX2, expSum: vecExpSumAVX2, total: vecTotalAVX2, moments: vecMomentsAVX2, products: vecProductsAVX2,
	normalise: vecNormaliseAVX2, normalGrad: vecNormalGradAVX2,
}
