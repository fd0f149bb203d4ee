// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// vectorCoefficients are the numbers of an update in assembly, vectorLanes copies of each number, in the
// order in which it numbers them.
func vectorCoefficients(numbers ...float32) *[]float32 {
	c := par.Scratch[float32](len(numbers) * vectorLanes)
	for i, x := range numbers {
		for k := range vectorLanes {
			(*c)[i*vectorLanes+k] = x
		}
	}
	return c
}

// flags sets bit i for each condition i that holds.
func flags(conditions ...bool) (bits int) {
	for i, c := range conditions {
		if c {
			bits |= 1 << i
		}
	}
	return bits
}

// sgdVectors does the step of [SGDStep] for the elements that fill vectors and returns
// their number.
func sgdVectors[T Float](o *SGD, w, g, buf []T, first bool) int {
	p, n, k := whole(w)
	if n == 0 {
		return 0
	}
	var slot *float32
	if buf != nil {
		slot = &any(buf).([]float32)[:len(w)][0]
	}
	coef := vectorCoefficients(signOf[float32](o.Maximize), float32(o.WeightDecay), float32(o.Momentum), float32(1-o.Dampening), float32(o.LR))
	k.sgd(n, &p[0], &any(g).([]float32)[0], slot, &(*coef)[0], flags(float32(o.WeightDecay) != 0, buf != nil, !first, o.Nesterov))
	par.GiveBack(coef)
	return n
}

// adamVectors is sgdVectors of [AdamStep]; none with vmax.
func adamVectors[T Float](o *Adam, w, g, m, v, vmax []T) int {
	p, n, k := whole(w)
	if n == 0 || vmax != nil {
		return 0
	}
	decay := float32(o.WeightDecay) != 0
	coef := vectorCoefficients(signOf[float32](o.Maximize), float32(o.WeightDecay), float32(1-o.LR*o.WeightDecay), float32(1-o.Beta1),
		float32(o.Beta2), float32(1-o.Beta2), float32(math.Sqrt(o.Bias2)), float32(o.Eps), float32(o.LR/o.Bias1))
	k.adam(n, &p[0], &any(g).([]float32)[0], &any(m).([]float32)[0], &any(v).([]float32)[0], &(*coef)[0], flags(decay && !o.Decoupled, decay && o.Decoupled))
	par.GiveBack(coef)
	return n
}
