// SPDX-License-Identifier: MIT

package stheno_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stheno-go/stheno"
)

// TestNormalisationsWantTheirShapes tries weights that would broadcast, and enlarge the
// result, or that have the right number of elements by chance.
func TestNormalisationsWantTheirShapes(t *testing.T) {
	x := stheno.Ones(2, 4, 3)
	type f = func(w, b *V) *V
	layer := func(w, b *V) *V { return x.LayerNorm([]int{4, 3}, w, b, 1e-5) }
	group := func(w, b *V) *V { return x.GroupNorm(2, w, b, 1e-5) }
	state := func(training bool) f {
		return func(w, b *V) *V {
			return x.BatchNorm(stheno.BatchNormState{Weight: w, Bias: b, Mean: stheno.Zeros(4), Var: stheno.Ones(4), Eps: new(1e-5), Momentum: new(0.1), Training: training})
		}
	}
	running := func(training bool) f {
		return func(mean, variance *V) *V {
			if mean == nil {
				mean = stheno.Zeros(4)
			}
			if variance == nil {
				variance = stheno.Ones(4)
			}
			return x.BatchNorm(stheno.BatchNormState{Mean: mean, Var: variance, Eps: new(1e-5), Momentum: new(0.1), Training: training})
		}
	}
	wrong := [][]int{{}, {1}, {3}, {2}, {5}, {0}, {4, 1}, {1, 4}, {2, 2}, {2, 4, 3}, {2, 1, 1}, {5, 4, 3}, {3, 4}, {12}, {1, 4, 3}, {1, 4, 1}}
	for name, c := range map[string]struct {
		f     f
		right []int
	}{
		"layer": {layer, []int{4, 3}}, "group": {group, []int{4}}, "batch": {state(true), []int{4}}, "batch eval": {state(false), []int{4}},
		"running": {running(true), []int{4}}, "running eval": {running(false), []int{4}},
	} {
		right := func() *V { return stheno.Ones(c.right...) }
		assert.NoError(t, c.f(right(), right()).Err(), name)
		for _, shape := range append(wrong, []int{4, 3}, []int{4}) {
			if w := stheno.Ones(shape...); w.Shape().String() != right().Shape().String() {
				for _, y := range []*V{c.f(w, nil), c.f(nil, w), c.f(w, w), c.f(right(), w), c.f(w, right())} {
					assert.ErrorIs(t, y.Err(), stheno.ErrShape, "%s %v", name, shape)
				}
			}
		}
		assert.ErrorIs(t, c.f(right().To(stheno.Float64), nil).Err(), stheno.ErrDType, name)
		assert.ErrorIs(t, c.f(nil, right().To(stheno.Float64)).Err(), stheno.ErrDType, name)
	}
	for _, s := range []stheno.BatchNormState{{Mean: stheno.Zeros(4)}, {Var: stheno.Zeros(4)}} {
		assert.ErrorIs(t, x.BatchNorm(s).Err(), stheno.ErrValue)
	}
	s := stheno.BatchNormState{Mean: stheno.Zeros(4), Var: stheno.Ones(4), Training: true}
	for _, s.Batches = range []*V{stheno.Zeros(1), stheno.New([]int64{}), stheno.New([]int64{1, 2})} {
		assert.ErrorIs(t, x.BatchNorm(s).Err(), stheno.ErrDType)
	}
	assert.ErrorIs(t, stheno.Scalar[float32](1).BatchNorm(stheno.BatchNormState{Eps: new(1.0)}).Err(), stheno.ErrShape)
}
