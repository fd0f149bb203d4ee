// SPDX-License-Identifier: MIT

package kernels

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C ../asm ./pointwise
//go:generate go run -C ../asm ./neon

// vectorKernels are loops over elements of float32 for one kind of processor: n is a
// multiple of [vectorLanes] and not 0. They compute the bits that the loops in Go do,
// which therefore finish what does not fill a vector.
type vectorKernels struct {
	unary  [unaryKernels]func(n int, dst, a *float32)
	binary [binaryKernels]func(n int, dst, a, b *float32)
	scalar [scalarKernels]func(n int, dst, a *float32, b float32)
	bound  [boundKernels]func(n int, dst, a *float32, lo, hi float32)
	sgd    func(n int, w, grad, buf, coef *float32, flags int)
	adam   func(n int, w, grad, m, v, coef *float32, flags int)

	// Of rows: the largest element or NaN; dst = exp(x - top) and its sum, see expSum; Σ x; Σ x-shift and Σ (x-shift)²; Σ dy and
	// Σ dy·(x-mean); (x-mean)·inv; inv·(dy - sum - (x-mean)·dot).
	maximum    func(n int, x *float32) float32
	expSum     func(n int, dst, x *float32, top float32) float64
	total      func(n int, x *float32) float64
	moments    func(n int, x *float32, shift float64) (sum, squares float64)
	products   func(n int, dy, x *float32, mean float64) (sum, dot float64)
	normalize  func(n int, y, x *float32, mean, inv float64)
	normalGrad func(n int, dx, x, dy *float32, mean, inv, sum, dot float64)
}

var vectorTable = isa.NewTable(&isa.Kernels, nil, vectorSets)

// vectorLanes is the number of elements of the widest vectors.
const vectorLanes = 16

type (
	unaryKernel  int
	binaryKernel int
	scalarKernel int
	boundKernel  int
)

const (
	vecNeg unaryKernel = iota
	vecAbs
	vecSquare
	vecSqrt
	vecRelu
	vecExp
	vecExpm1
	vecSigmoid
	vecTanh
	vecLog
	vecLog1p
	vecErf
	unaryKernels
)

const (
	vecAdd binaryKernel = iota
	vecSub
	vecMul
	vecDiv
	vecReluGrad
	binaryKernels
)

const (
	vecAddScalar scalarKernel = iota
	vecSubScalar
	vecMulScalar
	vecDivScalar
	vecScalarSub
	vecScalarDiv
	scalarKernels
)

const (
	vecClamp boundKernel = iota
	vecWithin
	boundKernels
)

// whole returns x as float32 and the number of its elements that fill vectors: 0 if it
// has another type or there is no assembly.
func whole[T Number](x []T) (f []float32, n int, k *vectorKernels) {
	if len(x) < vectorLanes {
		return nil, 0, nil
	}
	f, ok := any(x).([]float32)
	if k = vectorTable.Get(); !ok || k == nil {
		return nil, 0, nil
	}
	return f, len(x) &^ (vectorLanes - 1), k
}

// unaryVectors computes the elements that fill vectors and returns their number.
func unaryVectors[T Number](op unaryKernel, dst, a []T) int {
	d, n, k := whole(dst)
	if n > 0 {
		k.unary[op](n, &d[0], &any(a).([]float32)[0])
	}
	return n
}

// binaryVectors is unaryVectors of two operands.
func binaryVectors[T Number](op binaryKernel, dst, a, b []T) int {
	d, n, k := whole(dst)
	if n > 0 {
		k.binary[op](n, &d[0], &any(a).([]float32)[0], &any(b).([]float32)[0])
	}
	return n
}

// scalarVectors is binaryVectors with one number for the second operand.
func scalarVectors[T Number](op scalarKernel, dst, a []T, b T) int {
	d, n, k := whole(dst)
	if n > 0 {
		k.scalar[op](n, &d[0], &any(a).([]float32)[0], float32(b))
	}
	return n
}

// boundVectors is unaryVectors with two bounds.
func boundVectors[T Number](op boundKernel, dst, a []T, lo, hi T) int {
	d, n, k := whole(dst)
	if n > 0 {
		k.bound[op](n, &d[0], &any(a).([]float32)[0], float32(lo), float32(hi))
	}
	return n
}
