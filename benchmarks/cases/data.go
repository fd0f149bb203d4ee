// SPDX-License-Identifier: MIT

package cases

import (
	"math"

	"github.com/stheno-go/stheno"
)

// wave returns scale·sin(1.7·(i+1)): data that both sides can make.
func wave(scale float64, shape ...int) *stheno.Tensor {
	data := make([]float32, stheno.Shape(shape).Size())
	for i := range data {
		data[i] = float32(scale * math.Sin(1.7*float64(i+1)))
	}
	return stheno.TensorOf(data, shape...)
}

// noise returns numbers in [-scale, scale) that both sides can make and that show no
// pattern: element i is a hash of i and seed.
func noise(seed uint32, scale float64, shape ...int) *stheno.Tensor {
	data := make([]float32, stheno.Shape(shape).Size())
	for i := range data {
		data[i] = float32(scale * (float64(hash(uint32(i)+seed*0x9e3779b1))/(1<<31) - 1))
	}
	return stheno.TensorOf(data, shape...)
}

// hash is the finalizer of MurmurHash3.
func hash(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x85ebca6b
	x ^= x >> 13
	x *= 0xc2b2ae35
	return x ^ x>>16
}

// rms returns the root of the mean square of v's elements.
func rms(v *stheno.Variable) (float64, error) {
	values, err := stheno.Values[float32](v)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, x := range values {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(len(values))), nil
}
