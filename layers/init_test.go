// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// TestInitialDeviations compares the deviation of a weight (64,8,3,5) with that of torch.nn.init:
// fan_in is 8·15, fan_out 64·15.
func TestInitialDeviations(t *testing.T) {
	kaiming := func(mode layers.Fan, behind stheno.Module) [2]func(...int) *stheno.Tensor {
		c := layers.KaimingConfig{Mode: mode, Nonlinearity: behind}
		return [2]func(...int) *stheno.Tensor{
			func(s ...int) *stheno.Tensor { return layers.KaimingUniform(c, s...) },
			func(s ...int) *stheno.Tensor { return layers.KaimingNormal(c, s...) },
		}
	}
	xavier := func(gain float64) [2]func(...int) *stheno.Tensor {
		return [2]func(...int) *stheno.Tensor{
			func(s ...int) *stheno.Tensor { return layers.XavierUniform(gain, s...) },
			func(s ...int) *stheno.Tensor { return layers.XavierNormal(gain, s...) },
		}
	}
	for name, c := range map[string]struct {
		make [2]func(...int) *stheno.Tensor // uniform, normal
		std  float64
	}{
		"default":                  {kaiming(0, nil), math.Sqrt(2.0 / 120)},
		"relu, fan_out":            {kaiming(layers.FanOut, layers.ReLU{}), math.Sqrt(2.0 / 960)},
		"leaky_relu":               {kaiming(layers.FanIn, layers.LeakyReLU{}), math.Sqrt(2 / 1.0001 / 120)},
		"leaky_relu 0.2, fan_out":  {kaiming(layers.FanOut, layers.LeakyReLU{Slope: new(0.2)}), math.Sqrt(2 / 1.04 / 960)},
		"a=sqrt(5)":                {kaiming(layers.FanIn, layers.LeakyReLU{Slope: new(math.Sqrt(5))}), math.Sqrt(2.0 / 6 / 120)},
		"tanh":                     {kaiming(layers.FanIn, layers.Tanh{}), 5.0 / 3 / math.Sqrt(120)},
		"selu, fan_out":            {kaiming(layers.FanOut, layers.SELU{}), 0.75 / math.Sqrt(960)},
		"sigmoid":                  {kaiming(layers.FanIn, layers.Sigmoid{}), 1 / math.Sqrt(120)},
		"linear":                   {kaiming(layers.FanIn, layers.Identity{}), 1 / math.Sqrt(120)},
		"a pointer":                {kaiming(layers.FanIn, &layers.Tanh{}), 5.0 / 3 / math.Sqrt(120)},
		"xavier":                   {xavier(1), math.Sqrt(2.0 / 1080)},
		"xavier with another gain": {xavier(5.0 / 3), 5.0 / 3 * math.Sqrt(2.0/1080)},
	} {
		t.Run(name, func(t *testing.T) {
			const seed = 11
			shape := []int{64, 8, 3, 5}
			stheno.Seed(seed)
			uniform := c.make[0](shape...).Floats()
			stheno.Seed(seed)
			bound := math.Sqrt(3) * c.std
			require.InDeltaSlice(t, layers.Uniform(-bound, bound, shape...).Floats(), uniform, 1e-6*bound)
			stheno.Seed(seed)
			normal := c.make[1](shape...).Floats()
			stheno.Seed(seed)
			require.InDeltaSlice(t, layers.Normal(0, c.std, shape...).Floats(), normal, 1e-5*c.std)

			top := 0.0
			for _, x := range uniform {
				top = math.Max(top, math.Abs(x))
			}
			require.InDelta(t, bound, top, 0.002*bound)
			for _, drawn := range [][]float64{uniform, normal} {
				sum := 0.0
				for _, x := range drawn {
					sum += x * x
				}
				require.InDelta(t, c.std, math.Sqrt(sum/float64(len(drawn))), 0.04*c.std)
			}
		})
	}
}

// TestGain has the numbers of torch.nn.init.calculate_gain.
func TestGain(t *testing.T) {
	for want, m := range map[float64]stheno.Module{
		1.4142135623730951: layers.ReLU{},
		1.4141428569978354: layers.LeakyReLU{},
		1.3867504905630728: &layers.LeakyReLU{Slope: new(0.2)},
		1.6666666666666667: layers.Tanh{},
		0.75:               layers.SELU{},
		1:                  layers.NewConv2d(1, 1, 1),
	} {
		got, err := layers.Gain(m)
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-15)
	}
	for text, m := range map[string]stheno.Module{"layers.GELU": layers.GELU{}, "<nil>": nil, "*layers.Tanh": (*layers.Tanh)(nil)} {
		_, err := layers.Gain(m)
		require.ErrorContains(t, err, "unsupported nonlinearity "+text)
		require.ErrorIs(t, err, stheno.ErrValue)
	}
}

func TestInitialWeightsThatCannotBeMade(t *testing.T) {
	const few = "can not be computed for a tensor with fewer than 2 dimensions, got shape (3)"
	for text, made := range map[string]*stheno.Tensor{
		"kaiming_uniform: fan in and fan out " + few: layers.KaimingUniform(layers.KaimingConfig{}, 3),
		"kaiming_normal: fan in and fan out " + few:  layers.KaimingNormal(layers.KaimingConfig{}, 3),
		"xavier_uniform: fan in and fan out " + few:  layers.XavierUniform(1, 3),
		"xavier_normal: fan in and fan out " + few:   layers.XavierNormal(1, 3),
		"Mode 2 is not supported":                    layers.KaimingNormal(layers.KaimingConfig{Mode: 2}, 3, 3),
		"unsupported nonlinearity layers.GELU":       layers.KaimingUniform(layers.KaimingConfig{Nonlinearity: layers.GELU{}}, 3, 3),
	} {
		require.ErrorContains(t, made.Err(), text)
		require.ErrorIs(t, made.Err(), stheno.ErrValue)
	}
	require.NoError(t, layers.KaimingNormal(layers.KaimingConfig{}, 0).Err(), "nothing to draw")
}

// TestInitOfEveryLayer tests all layers with Init, with valid and invalid weights.
func TestInitOfEveryLayer(t *testing.T) {
	type result struct {
		m     stheno.Module
		w     func() *stheno.Variable
		shape []int
	}
	for name, with := range map[string]func(o layers.InitOption) result{
		"linear": func(o layers.InitOption) result {
			l := layers.NewLinear(3, 2, o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{2, 3}}
		},
		"conv": func(o layers.InitOption) result {
			l := layers.NewConv2d(4, 2, 3, layers.Groups(2), o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{2, 2, 3, 3}}
		},
		"embedding": func(o layers.InitOption) result {
			l := layers.NewEmbedding(4, 2, o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{4, 2}}
		},
		"batchnorm1d": func(o layers.InitOption) result {
			l := layers.NewBatchNorm1d(4, o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{4}}
		},
		"batchnorm2d": func(o layers.InitOption) result {
			l := layers.NewBatchNorm2d(4, o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{4}}
		},
		"layernorm": func(o layers.InitOption) result {
			l := layers.NewLayerNorm([]int{4, 2}, o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{4, 2}}
		},
		"groupnorm": func(o layers.InitOption) result {
			l := layers.NewGroupNorm(2, 4, o)
			return result{l, func() *stheno.Variable { return l.Weight }, []int{4}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := with(layers.Init(func(shape ...int) *stheno.Tensor { return layers.Fill(0.5, shape...) }))
			require.NoError(t, stheno.Check(r.m))
			got, err := r.w().Tensor()
			require.NoError(t, err)
			require.Equal(t, stheno.Shape(r.shape), got.Shape())
			require.Equal(t, layers.Fill(0.5, r.shape...).Floats(), got.Floats())
			require.True(t, r.w().RequiresGrad())

			for text, f := range map[string]func(...int) *stheno.Tensor{
				"the function of Init is nil":                    nil,
				"the function of Init returned nil":              func(...int) *stheno.Tensor { return nil },
				"the weight of Init has shape (7), expects":      func(...int) *stheno.Tensor { return layers.Fill(0, 7) },
				"the weight of Init is float64, must be float32": func(s ...int) *stheno.Tensor { return stheno.NewTensor(stheno.Float64, s...) },
				"Init: stheno: kaiming_normal: fan in and fan":   func(...int) *stheno.Tensor { return layers.KaimingNormal(layers.KaimingConfig{}, 3) },
			} {
				broken := with(layers.Init(f))
				require.ErrorContains(t, stheno.Check(broken.m), text)
				require.ErrorContains(t, broken.m.Forward(stheno.Ones(1, 4, 4, 2)).Err(), text)
			}
		})
	}
	zero := layers.Init(func(shape ...int) *stheno.Tensor { return layers.Fill(0, shape...) })
	require.ErrorContains(t, stheno.Check(layers.NewGroupNorm(2, 4, layers.Affine(false), zero)), "Init is given, but Affine is false")
	e := layers.NewEmbedding(2, 2, layers.PaddingIdx(-1), layers.Init(func(s ...int) *stheno.Tensor { return layers.Fill(3, s...) }))
	got, err := stheno.Values[float32](e.Weight)
	require.NoError(t, err)
	require.Equal(t, []float32{3, 3, 0, 0}, got, "the padding's row is 0")
}
