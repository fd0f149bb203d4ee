// SPDX-License-Identifier: MIT

package layers

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// The functions below return initial parameters (torch.nn.init), float32, drawn from
// the generator that [stheno.Seed] restarts.

// Uniform returns numbers spread evenly over [lo, hi).
func Uniform(lo, hi float64, shape ...int) *stheno.Tensor {
	return stheno.DefaultGenerator().Uniform(stheno.Float32, lo, hi, shape...)
}

// Normal returns normally distributed numbers.
func Normal(mean, std float64, shape ...int) *stheno.Tensor {
	return stheno.DefaultGenerator().Normal(stheno.Float32, mean, std, shape...)
}

// Fill returns a tensor of x.
func Fill(x float64, shape ...int) *stheno.Tensor {
	t := stheno.NewTensor(stheno.Float32, shape...)
	data := access.Elements[float32](t)
	for i := range data {
		data[i] = float32(x)
	}
	return t
}

// fans returns the inputs and outputs of one element of a weight (out, in, …).
func fans(shape []int) (in, out int) {
	if len(shape) < 2 {
		return 1, 1
	}
	field := 1
	for _, d := range shape[2:] {
		field *= d
	}
	return max(shape[1]*field, 1), max(shape[0]*field, 1)
}

// KaimingUniform returns a weight spread over ±√(6/((1+a²)·fan_in)); a is the slope of
// the leaky ReLU behind it (He et al., 2015).
func KaimingUniform(a float64, shape ...int) *stheno.Tensor {
	in, _ := fans(shape)
	bound := math.Sqrt(6 / ((1 + a*a) * float64(in)))
	return Uniform(-bound, bound, shape...)
}

// KaimingNormal returns a weight with standard deviation √(2/fan); fan is that of the
// inputs, or of the outputs.
func KaimingNormal(fanOut bool, shape ...int) *stheno.Tensor {
	in, out := fans(shape)
	if fanOut {
		in = out
	}
	return Normal(0, math.Sqrt(2/float64(in)), shape...)
}

// XavierUniform returns a weight spread over ±gain·√(6/(fan_in+fan_out)) (Glorot and
// Bengio, 2010).
func XavierUniform(gain float64, shape ...int) *stheno.Tensor {
	in, out := fans(shape)
	bound := gain * math.Sqrt(6/float64(in+out))
	return Uniform(-bound, bound, shape...)
}

// XavierNormal returns a weight with standard deviation gain·√(2/(fan_in+fan_out)).
func XavierNormal(gain float64, shape ...int) *stheno.Tensor {
	in, out := fans(shape)
	return Normal(0, gain*math.Sqrt(2/float64(in+out)), shape...)
}
