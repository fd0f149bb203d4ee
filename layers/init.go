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

// The functions below return initial parameters (torch.nn.init) in float32. They draw from the
// generator of [stheno.Seed].

// Uniform returns uniformly distributed numbers in [lo, hi).
func Uniform(lo, hi float64, shape ...int) *stheno.Tensor {
	return stheno.DefaultGenerator().Uniform(stheno.Float32, lo, hi, shape...)
}

// Normal returns normally distributed numbers.
func Normal(mean, std float64, shape ...int) *stheno.Tensor {
	return stheno.DefaultGenerator().Normal(stheno.Float32, mean, std, shape...)
}

// Fill returns a tensor whose elements are x.
func Fill(x float64, shape ...int) *stheno.Tensor {
	t := stheno.NewTensor(stheno.Float32, shape...)
	data := access.Elements[float32](t)
	for i := range data {
		data[i] = float32(x)
	}
	return t
}

// Fan selects the fan of a weight that determines its standard deviation.
type Fan int

// FanIn preserves the variance of activations in the forward pass, FanOut that of gradients in the
// backward pass.
const (
	FanIn Fan = iota
	FanOut
)

// KaimingConfig holds the settings of [KaimingUniform] and [KaimingNormal]. The zero value is fan_in
// before a ReLU.
type KaimingConfig struct {
	Mode Fan // default FanIn
	// Nonlinearity is the activation after the weight, one of those of [Gain];
	// LeakyReLU{Slope: new(a)} is torch's a. nil: ReLU.
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

// KaimingUniform returns a weight that is uniform over ±√3·gain/√fan (He et al., 2015;
// torch.nn.init.kaiming_uniform_). For the shape (out,in,…), fan_in is in times the sizes after it,
// and fan_out is out times these.
func KaimingUniform(c KaimingConfig, shape ...int) *stheno.Tensor {
	return uniformStd("kaiming_uniform", shape, func() (float64, error) { return c.deviation(shape) })
}

// KaimingNormal returns a weight with standard deviation gain/√fan
// (torch.nn.init.kaiming_normal_). Shape: as [KaimingUniform].
func KaimingNormal(c KaimingConfig, shape ...int) *stheno.Tensor {
	return normalStd("kaiming_normal", shape, func() (float64, error) { return c.deviation(shape) })
}

// XavierUniform returns a weight that is uniform over ±gain·√(6/(fan_in+fan_out)) (Glorot and Bengio,
// 2010; torch.nn.init.xavier_uniform_). Torch's default gain is 1; [Gain] has others. Shape: as
// [KaimingUniform].
func XavierUniform(gain float64, shape ...int) *stheno.Tensor {
	return uniformStd("xavier_uniform", shape, func() (float64, error) { return xavier(gain, shape) })
}

// XavierNormal returns a weight with standard deviation gain·√(2/(fan_in+fan_out))
// (torch.nn.init.xavier_normal_). Shape: as [KaimingUniform].
func XavierNormal(gain float64, shape ...int) *stheno.Tensor {
	return normalStd("xavier_normal", shape, func() (float64, error) { return xavier(gain, shape) })
}

func xavier(gain float64, shape []int) (float64, error) {
	in, out, err := fans(shape)
	return gain * math.Sqrt(2/(in+out)), err
}

// Gain returns the recommended factor of the standard deviation of a weight before a nonlinearity
// (torch.nn.init.calculate_gain): √2 for ReLU, √(2/(1+slope²)) for LeakyReLU, 5/3 for Tanh, 3/4 for
// SELU, and 1 for Sigmoid, Identity, Linear and Conv2d. Others are an error.
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

// fans returns fan_in and fan_out of a weight (out,in,…).
func fans(shape []int) (in, out float64, err error) {
	if slices.Contains(shape, 0) {
		return 1, 1, nil // the weight is empty
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

// uniformStd returns uniformly distributed numbers with a standard deviation.
func uniformStd(op string, shape []int, std func() (float64, error)) *stheno.Tensor {
	s, err := std()
	if err != nil {
		return access.FailedTensor(op, stheno.ErrValue, err.Error()).(*stheno.Tensor)
	}
	bound := math.Sqrt(3) * s
	return Uniform(-bound, bound, shape...)
}

// normalStd returns normally distributed numbers with a standard deviation.
func normalStd(op string, shape []int, std func() (float64, error)) *stheno.Tensor {
	s, err := std()
	if err != nil {
		return access.FailedTensor(op, stheno.ErrValue, err.Error()).(*stheno.Tensor)
	}
	return Normal(0, s, shape...)
}

// initializer returns the initial value of a weight.
type initializer func(shape ...int) *stheno.Tensor

// fanInUniform is torch's default for linear layers and convolutions: uniform over ±1/√fan_in.
func fanInUniform(shape ...int) *stheno.Tensor {
	return KaimingUniform(KaimingConfig{Nonlinearity: LeakyReLU{Slope: new(math.Sqrt(5))}}, shape...)
}

// weight returns the tensor of f, which it checks.
func (f initializer) weight(shape ...int) (*stheno.Tensor, error) {
	if f == nil {
		return nil, errors.New("the function of Init is nil")
	}
	w := f(shape...)
	switch {
	case w == nil:
		return nil, errors.New("the function of Init returned nil")
	case w.Err() != nil:
		return nil, fmt.Errorf("Init: %w", w.Err())
	case !slices.Equal(w.Shape(), shape):
		return nil, fmt.Errorf("the weight of Init has shape %v, expects %v", w.Shape(), stheno.Shape(shape))
	case w.DType() != stheno.Float32:
		return nil, fmt.Errorf("the weight of Init is %v, must be float32; use stheno.To to convert a layer", w.DType())
	}
	return w, nil
}
