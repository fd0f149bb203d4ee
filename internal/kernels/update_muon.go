// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Muon holds the settings of a step of Muon.
type Muon struct {
	LR, Size, Momentum, WeightDecay, Eps float64 // Size is the rate of the orthogonal update
	A, B, C                              float64 // the coefficients of the iteration
	Steps                                int
	Nesterov                             bool
}

// MuonStep is, for w of rows by columns,
//
//	buf += (1-momentum) * (g-buf)
//	u := g + momentum*(buf-g)      // buf without Nesterov
//	w = (1-lr*decay)*w - size*orthogonal(u)
//
// where orthogonal is Steps Newton-Schulz iterations of u/‖u‖, in bfloat16 as torch does
// them: every result is rounded, sums and what is added to them are not.
func MuonStep[T Float](o *Muon, w, g, buf []T, rows, cols int) {
	if len(w) == 0 {
		return
	}
	rest, momentum := T(1-o.Momentum), T(o.Momentum)
	g, buf = g[:len(w)], buf[:len(w)]
	x := par.Scratch[float32](len(w))
	defer par.GiveBack(x)
	small, large := min(rows, cols), max(rows, cols)
	for i, d := range g {
		buf[i] = lerp(buf[i], d, rest)
		u := buf[i]
		if o.Nesterov {
			u = lerp(d, u, momentum)
		}
		(*x)[muonIndex(i, rows, cols)] = toBFloat16(float32(u))
	}
	orthogonalize(o, *x, small, large)
	shrink, size := T(1-o.LR*o.WeightDecay), T(o.Size)
	for i := range w {
		w[i] = T(w[i]*shrink) - T(size*T((*x)[muonIndex(i, rows, cols)]))
	}
}

// muonIndex is where element i of a matrix is in its transpose, if it is taller than wide.
func muonIndex(i, rows, cols int) int {
	if rows <= cols {
		return i
	}
	return i%cols*rows + i/cols
}

// orthogonalize iterates over x of m by n, of which m is not larger.
func orthogonalize(o *Muon, x []float32, m, n int) {
	norm := max(toBFloat16(float32(math.Sqrt(SumSquares(x)))), toBFloat16(float32(o.Eps)))
	for i, v := range x {
		x[i] = toBFloat16(v / norm)
	}
	gram, square, product := par.Scratch[float32](m*m), par.Scratch[float32](m*m), par.Scratch[float32](m*n)
	a, b, c := float64(float32(o.A)), float64(float32(o.B)), float32(o.C)
	for range o.Steps {
		gemm.MatMul(false, true, m, m, n, 1, x, n, x, n, 0, *gram, m)
		for i, v := range *gram {
			(*gram)[i] = toBFloat16(v)
		}
		gemm.MatMul(false, false, m, m, m, 1, *gram, m, *gram, m, 0, *square, m)
		for i, v := range *gram {
			(*gram)[i] = toBFloat16(float32(b*float64(v) + float64(float32(c*(*square)[i]))))
		}
		gemm.MatMul(false, false, m, n, m, 1, *gram, m, x, n, 0, *product, n)
		for i, v := range x {
			x[i] = toBFloat16(float32(a*float64(v) + float64((*product)[i])))
		}
	}
	par.GiveBack(gram)
	par.GiveBack(square)
	par.GiveBack(product)
}

// toBFloat16 rounds to the nearest bfloat16, to an even one of two.
func toBFloat16(x float32) float32 {
	if x != x {
		return x
	}
	b := math.Float32bits(x)
	return math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
}
