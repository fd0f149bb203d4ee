// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package kernels

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the functions that call them.

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
	normalize: vecNormaliseAVX512, normalGrad: vecNormalGradAVX512,
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
	normalize: vecNormaliseAVX2, normalGrad: vecNormalGradAVX2,
}
