// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package kernels

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the functions that call them.

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
	normalize: vecNormaliseNEON, normalGrad: vecNormalGradNEON,
}
