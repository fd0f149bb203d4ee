// SPDX-License-Identifier: MIT

package layers

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

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

// Fan is which neighbours of an element a deviation is made for.
type Fan int

// FanIn keeps the variance of activations on their way forward, FanOut that of gradients on
// their way back.
const (
	FanIn Fan = iota
	FanOut
)

// KaimingConfig changes [KaimingUniform] and [KaimingNormal]. The zero value is torch's
// default: fan_in, before a ReLU.
type KaimingConfig struct {
	Mode Fan // default FanIn
	// Nonlinearity is what comes behind the weight, one of those that [Gain] knows:
	// LeakyReLU{Slope: new(a)} is torch's a. Nil: ReLU.
	Nonlinearity stheno.Module
}

// deviation returns the standard deviation of a weight.
func (c KaimingConfig) deviation(shape []int) (float64, error) {
	behind := c.Nonlinearity
	if behind == nil {
		behind = ReLU{}
	}
	gain, err := Gain(behind)
	if err != nil {
		return 0, err
	}
	in, out, err := fans(shape)
	switch {
	case err != nil:
		return 0, err
	case c.Mode == FanIn:
		return gain / math.Sqrt(in), nil
	case c.Mode == FanOut:
		return gain / math.Sqrt(out), nil
	}
	return 0, fmt.Errorf("Mode %d is not supported, please use FanIn or FanOut", c.Mode)
}

// KaimingUniform returns a weight spread over ±√3·gain/√fan (He et al., 2015;
// torch.nn.init.kaiming_uniform_). Shape: (out,in,…); the fan of the inputs is the number
// of elements in an output's part, that of the outputs out times the rest.
func KaimingUniform(c KaimingConfig, shape ...int) *stheno.Tensor {
	return spread("kaiming_uniform", shape, func() (float64, error) { return c.deviation(shape) })
}

// KaimingNormal returns a weight with standard deviation gain/√fan
// (torch.nn.init.kaiming_normal_). Shape: as [KaimingUniform].
func KaimingNormal(c KaimingConfig, shape ...int) *stheno.Tensor {
	return deviating("kaiming_normal", shape, func() (float64, error) { return c.deviation(shape) })
}

// XavierUniform returns a weight spread over ±gain·√(6/(fan_in+fan_out)) (Glorot and
// Bengio, 2010; torch.nn.init.xavier_uniform_). Torch's default gain is 1; [Gain] has others.
// Shape: as [KaimingUniform].
func XavierUniform(gain float64, shape ...int) *stheno.Tensor {
	return spread("xavier_uniform", shape, func() (float64, error) { return xavier(gain, shape) })
}

// XavierNormal returns a weight with standard deviation gain·√(2/(fan_in+fan_out))
// (torch.nn.init.xavier_normal_). Shape: as [KaimingUniform].
func XavierNormal(gain float64, shape ...int) *stheno.Tensor {
	return deviating("xavier_normal", shape, func() (float64, error) { return xavier(gain, shape) })
}

func xavier(gain float64, shape []int) (float64, error) {
	in, out, err := fans(shape)
	return gain * math.Sqrt(2/(in+out)), err
}

// Gain returns what a nonlinearity wants the deviations before it multiplied with
// (torch.nn.init.calculate_gain): √2 for ReLU, √(2/(1+slope²)) for LeakyReLU, 5/3 for Tanh,
// 3/4 for SELU, and 1 for Sigmoid, Identity, Linear and Conv2d. Any other is an error.
func Gain(nonlinearity stheno.Module) (float64, error) {
	if p := reflect.ValueOf(nonlinearity); p.Kind() == reflect.Pointer && !p.IsNil() {
		if m, ok := p.Elem().Interface().(stheno.Module); ok {
			nonlinearity = m
		}
	}
	switch m := nonlinearity.(type) {
	case ReLU:
		return math.Sqrt2, nil
	case LeakyReLU:
		slope := orDefault(m.Slope, 0.01)
		return math.Sqrt(2 / (1 + slope*slope)), nil
	case Tanh:
		return 5.0 / 3, nil
	case SELU:
		return 3.0 / 4, nil
	case Sigmoid, Identity, *Linear, *Conv2d:
		return 1, nil
	}
	return 0, fmt.Errorf("layers: unsupported nonlinearity %T: %w", nonlinearity, stheno.ErrValue)
}

// fans returns the inputs and outputs of one element of a weight (out,in,…).
func fans(shape []int) (in, out float64, err error) {
	if slices.Contains(shape, 0) {
		return 1, 1, nil // there is nothing to draw
	}
	if len(shape) < 2 {
		return 0, 0, fmt.Errorf("fan in and fan out can not be computed for a tensor with fewer than 2 dimensions, got shape %v", stheno.Shape(shape))
	}
	field := 1.0
	for _, d := range shape[2:] {
		field *= float64(d)
	}
	return float64(shape[1]) * field, float64(shape[0]) * field, nil
}

// spread returns evenly spread numbers of a standard deviation.
func spread(op string, shape []int, std func() (float64, error)) *stheno.Tensor {
	s, err := std()
	if err != nil {
		return access.FailedTensor(op, stheno.ErrValue, err.Error()).(*stheno.Tensor)
	}
	bound := math.Sqrt(3) * s
	return Uniform(-bound, bound, shape...)
}

// deviating returns normally distributed numbers of a standard deviation.
func deviating(op string, shape []int, std func() (float64, error)) *stheno.Tensor {
	s, err := std()
	if err != nil {
		return access.FailedTensor(op, stheno.ErrValue, err.Error()).(*stheno.Tensor)
	}
	return Normal(0, s, shape...)
}

// initializer makes the first value of a weight.
type initializer func(shape ...int) *stheno.Tensor

// fanInUniform is torch's default of linear layers and convolutions: over ±1/√fan_in.
func fanInUniform(shape ...int) *stheno.Tensor {
	return KaimingUniform(KaimingConfig{Nonlinearity: LeakyReLU{Slope: new(math.Sqrt(5))}}, shape...)
}

// weight returns the tensor that f makes.
func (f initializer) weight(shape ...int) (*stheno.Tensor, error) {
	if f == nil {
		return nil, errors.New("Init wants a function, got nil")
	}
	w := f(shape...)
	switch {
	case w == nil:
		return nil, errors.New("Init made no weight")
	case w.Err() != nil:
		return nil, fmt.Errorf("Init made no weight: %w", w.Err())
	case !slices.Equal(w.Shape(), shape):
		return nil, fmt.Errorf("Init made a weight of shape %v, want %v", w.Shape(), stheno.Shape(shape))
	case w.DType() != stheno.Float32:
		return nil, fmt.Errorf("Init made a weight of %v, want float32; stheno.To converts a layer", w.DType())
	}
	return w, nil
}
