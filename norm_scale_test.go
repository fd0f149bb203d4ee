// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// normOf returns the p-norm of x and its gradient, computed with exponents that nothing
// overflows: of numbers over the largest.
func normOf(x []float64, p float64) (norm float64, grad []float64) {
	logs := make([]float64, len(x))
	pivot := math.Inf(-1)
	for i, v := range x {
		logs[i] = math.Log(math.Abs(v))
		pivot = max(pivot, p*logs[i])
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(p*l - pivot)
	}
	log := (pivot + math.Log(sum)) / p
	for i, l := range logs {
		grad = append(grad, math.Copysign(math.Exp((p-1)*(l-log)), x[i]))
	}
	return math.Exp(log), grad
}

// TestNormOfLargeAndSmall takes norms whose powers no float32, and at the ends no float64,
// can hold.
func TestNormOfLargeAndSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, p := range []float64{0.5, 1.5, 2, 3, 4, 10, 100, -1, -3, -0.5} {
		for _, scale := range []float64{1e30, 1e-30, 1, 1e37, 1e-37} {
			for _, spread := range []float64{1, 10, 1e7} {
				x := make([]float32, 6)
				wide := make([]float64, len(x))
				for i := range x {
					x[i] = float32(scale / math.Pow(spread, r.Float64()) * (1 + r.Float64()) / 2)
					if r.IntN(2) == 0 {
						x[i] = -x[i]
					}
					wide[i] = float64(x[i])
				}
				for _, d := range []stheno.DType{stheno.Float32, stheno.Float64} {
					name := fmt.Sprintf("p %g of %v, %v", p, x, d)
					var v *V
					tol := 2e-6 * max(1, 1/math.Abs(p))
					if d == stheno.Float64 {
						s := math.Pow(10, 280*math.Copysign(1, math.Log(scale))) // 1e310 has no float64
						if math.Abs(p) < 1 || p == 2 {                           // that of 2 squares, as torch does
							s = 1
						}
						for i := range wide {
							wide[i] = float64(x[i]) / scale * s
						}
						v, tol = stheno.New(wide, 2, 3).WithGrad(), 1e-11
					} else {
						v = stheno.New(x, 2, 3).WithGrad()
					}
					norm, grad := normOf(wide, p)
					n := v.Norm(p).Keep()
					require.NoError(t, n.Backward(), name)
					got, err := n.Item()
					require.NoError(t, err)
					if norm > 1e-37 && norm < math.MaxFloat32/2 || d == stheno.Float64 {
						assert.InEpsilon(t, norm, got, tol, name)
					}
					for i, g := range floatsIn(t, v.Grad()) {
						if smallest := map[stheno.DType]float64{stheno.Float32: 1e-37, stheno.Float64: 1e-20}[d]; math.Abs(grad[i]) > smallest && math.Abs(grad[i]) < math.MaxFloat32 {
							assert.InEpsilon(t, grad[i], g, 10*tol*max(1, math.Abs(p)), name)
						}
					}
				}
			}
		}
	}
}

// TestNormAtItsEdges has rows without a number to scale by.
func TestNormAtItsEdges(t *testing.T) {
	inf := float32(math.Inf(1))
	x := stheno.New([]float32{0, 0, 0, 1e30, inf, -1e30, 1e-30, 0, 1e30}, 3, 3).WithGrad()
	for p, want := range map[float64][]float64{3: {0, math.Inf(1), 1e30}, -3: {0, math.Pow(2, -1./3) * 1e30, 0}, math.Inf(-1): {0, 1e30, 0}, math.Inf(1): {0, math.Inf(1), 1e30}, 0: {0, 3, 2}} {
		for i, got := range floatsIn(t, x.Norm(p, 1)) {
			if want[i] == 0 || math.IsInf(want[i], 0) {
				assert.Equal(t, want[i], got, p)
			} else {
				assert.InEpsilon(t, want[i], got, 1e-6, p)
			}
		}
	}
	require.NoError(t, x.Narrow(0, 0, 1).Norm(3).Backward())
	assert.Equal(t, make([]float64, 9), floatsIn(t, x.Grad()))
	require.Error(t, x.Norm(3, 7).Err())
	empty, err := stheno.Zeros(2, 0).Norm(3, 1).Tensor()
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 0}, empty.Floats())
}

func floatsIn(t *testing.T, v *V) []float64 {
	t.Helper()
	x, err := v.Tensor()
	require.NoError(t, err)
	return x.Floats()
}
