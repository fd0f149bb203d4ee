// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
)

var reductions = []layers.Reduction{layers.Mean, layers.None, layers.Sum}

// TestIgnoredSamplesCountNothing checks that ignored samples have no effect, whatever their values.
func TestIgnoredSamplesCountNothing(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, bad := range []float64{inf, -inf, nan} {
		for _, r := range reductions {
			for name, l := range map[string]stheno.Loss{"nll": layers.NLLLoss{Reduction: r}, "ce": layers.CrossEntropyLoss{Reduction: r}} {
				x := stheno.New([]float64{-1, -2, bad, bad}, 2, 2).WithGrad()
				some := l.Forward(x, stheno.New([]int64{1, -100}))
				all := l.Forward(x, stheno.New([]int64{-100, -100}))
				value := stheno.Must(some.Sum().Item())
				want := map[string]float64{"nll": 2, "ce": 1 + math.Log1p(math.Exp(-1))}[name]
				assert.InDelta(t, want, value, 1e-15, name)
				g := stheno.Must(stheno.Grad(some.Sum(), x)[0].Tensor()).Floats()
				assert.Equal(t, []float64{0, 0}, g[2:], name)
				assert.False(t, math.IsNaN(g[0]+g[1]), name)
				value = stheno.Must(all.Sum().Item())
				assert.Equal(t, r == layers.Mean, math.IsNaN(value), "%s %v", name, value)
				sthenotest.Close(t, stheno.Grad(all.Sum(), x)[0], []float64{0, 0, 0, 0}, sthenotest.Tol{})
			}
		}
	}
}

func TestOneSample(t *testing.T) {
	x := stheno.New([]float64{-1, -2})
	for _, r := range reductions {
		for _, target := range []*v{stheno.Scalar[int64](1), stheno.Scalar[uint8](1)} {
			y := layers.NLLLoss{Reduction: r}.Forward(x, target)
			require.Empty(t, y.Shape())
			sthenotest.Close(t, y, 2.0, sthenotest.Tol{})
			y = layers.CrossEntropyLoss{Reduction: r}.Forward(x, target)
			require.Empty(t, y.Shape())
			sthenotest.Close(t, y, 1+math.Log1p(math.Exp(-1)), sthenotest.Tol{Rel: 1e-15})
		}
		y := layers.CrossEntropyLoss{Reduction: r}.Forward(x, stheno.New([]float64{0.5, 0.5}))
		require.Empty(t, y.Shape())
		sthenotest.Close(t, y, 0.5+math.Log1p(math.Exp(-1)), sthenotest.Tol{Rel: 1e-15})
	}
	sthenotest.Close(t, layers.NLLLoss{}.Forward(x, stheno.Scalar[int64](-100)), math.NaN(), sthenotest.Tol{})
}

// TestLossShapes tries shapes that would make a loss larger, or that broadcast by chance.
func TestLossShapes(t *testing.T) {
	ints := func(shape ...int) *v { return stheno.Zeros(shape...).To(stheno.Int64) }
	x, img := stheno.Zeros(8, 10), stheno.Zeros(2, 10, 3, 4)
	for _, r := range reductions {
		nll := func(w *v) stheno.Loss { return layers.NLLLoss{Weight: w, Reduction: r} }
		ce := func(w *v) stheno.Loss { return layers.CrossEntropyLoss{Weight: w, Reduction: r} }
		for name, l := range map[string]func(w *v) stheno.Loss{"nll": nll, "ce": ce} {
			for _, shape := range [][]int{{}, {3}, {1}, {9}, {8, 1}, {1, 8}, {8, 10}} {
				assert.ErrorIs(t, l(nil).Forward(x, ints(shape...)).Err(), stheno.ErrShape, "%s %v", name, shape)
			}
			for _, shape := range [][]int{{2}, {2, 3}, {2, 4, 3}, {2, 1, 4}, {1, 3, 4}, {2, 1, 3, 4}} {
				assert.ErrorIs(t, l(nil).Forward(img, ints(shape...)).Err(), stheno.ErrShape, "%s %v", name, shape)
			}
			assert.ErrorIs(t, l(nil).Forward(stheno.Zeros(10), ints(1)).Err(), stheno.ErrShape)
			assert.Error(t, l(nil).Forward(stheno.Scalar[float32](1), ints()).Err())
			for _, shape := range [][]int{{}, {1}, {9}, {20}, {1, 10}, {10, 1}, {8, 10}} {
				assert.ErrorIs(t, l(stheno.Ones(shape...)).Forward(x, ints(8)).Err(), stheno.ErrShape, "%s %v", name, shape)
			}
			assert.NoError(t, l(stheno.Ones(10)).Forward(x, ints(8)).Err())
			assert.NoError(t, l(stheno.Ones(10)).Forward(img, ints(2, 3, 4)).Err())
		}
		for _, shape := range [][]int{{}, {1}, {9}, {1, 10}} {
			assert.ErrorIs(t, ce(stheno.Ones(shape...)).Forward(x, x).Err(), stheno.ErrShape, shape)
		}
		for _, shape := range [][]int{{3, 1}, {5, 10}, {2, 8, 10}, {1, 8, 10}, {9}, {8}} {
			w := stheno.Ones(shape...)
			assert.ErrorIs(t, layers.BCELoss{Weight: w, Reduction: r}.Forward(x, x).Err(), stheno.ErrShape, shape)
			assert.ErrorIs(t, layers.BCEWithLogitsLoss{Weight: w, Reduction: r}.Forward(x, x).Err(), stheno.ErrShape, shape)
			assert.ErrorIs(t, layers.BCEWithLogitsLoss{PosWeight: w, Reduction: r}.Forward(x, x).Err(), stheno.ErrShape, shape)
		}
		for _, shape := range [][]int{{}, {1}, {10}, {8, 1}, {8, 10}, {1, 10}} {
			w := stheno.Ones(shape...).To(stheno.Float64) // the loss keeps its type
			for _, l := range []stheno.Loss{
				layers.BCELoss{Weight: w, Reduction: r}, layers.BCEWithLogitsLoss{Weight: w, Reduction: r},
				layers.BCEWithLogitsLoss{PosWeight: w, Reduction: r},
			} {
				y := l.Forward(x, x)
				require.NoError(t, y.Err())
				assert.Equal(t, stheno.Float32, y.DType())
			}
		}
	}
}

// TestReductionsThatAreNotThere checks that invalid reductions are errors.
func TestReductionsThatAreNotThere(t *testing.T) {
	x := stheno.Ones(2, 3)
	for _, r := range []layers.Reduction{layers.BatchMean, 4, 255} {
		for _, l := range []stheno.Loss{
			layers.MSELoss{Reduction: r}, layers.L1Loss{Reduction: r}, layers.HuberLoss{Reduction: r}, layers.SmoothL1Loss{Reduction: r},
			layers.BCELoss{Reduction: r}, layers.BCEWithLogitsLoss{Reduction: r}, layers.CrossEntropyLoss{Reduction: r},
		} {
			assert.ErrorIs(t, l.Forward(x, x).Err(), stheno.ErrValue, "%T %d", l, r)
		}
		assert.ErrorIs(t, layers.NLLLoss{Reduction: r}.Forward(x, stheno.New([]int64{0, 1})).Err(), stheno.ErrValue)
	}
	assert.ErrorIs(t, layers.KLDivLoss{Reduction: 4}.Forward(x, x).Err(), stheno.ErrValue)
	assert.NoError(t, layers.KLDivLoss{Reduction: layers.BatchMean}.Forward(x, x).Err())
}

func TestKLDivOfNegativeTargetIsNaN(t *testing.T) {
	y := layers.KLDivLoss{Reduction: layers.None}.Forward(stheno.New([]float64{-1, -2, -1}), stheno.New([]float64{-1, 0.5, 0}))
	sthenotest.Close(t, y, []float64{math.NaN(), 0.5*math.Log(0.5) + 1, 0}, sthenotest.Tol{Rel: 1e-15})
}

// TestSecondDerivativesOfLosses checks the gradient of the gradient, on float64.
func TestSecondDerivativesOfLosses(t *testing.T) {
	g := stheno.NewGenerator(3)
	normal := func(shape ...int) *v { return stheno.FromTensor(g.Normal(stheno.Float64, 0, 1, shape...)).WithGrad() }
	unit := func(shape ...int) *v { return stheno.FromTensor(g.Uniform(stheno.Float64, 0.1, 0.9, shape...)) }
	two := int64(2)
	for _, r := range reductions {
		for name, c := range map[string]struct {
			l         stheno.Loss
			x, target *v
		}{
			"ce":        {layers.CrossEntropyLoss{Reduction: r}, normal(3, 4), stheno.New([]int64{1, 0, 3})},
			"ce all":    {layers.CrossEntropyLoss{Reduction: r, Weight: unit(4), IgnoreIndex: &two, LabelSmoothing: 0.2}, normal(2, 4, 3), stheno.New([]int64{1, 0, 3, 2, 2, 1}, 2, 3)},
			"ce soft":   {layers.CrossEntropyLoss{Reduction: r, Weight: unit(4), LabelSmoothing: 0.2}, normal(2, 4, 3), unit(2, 4, 3)},
			"ce ignore": {layers.CrossEntropyLoss{Reduction: r, IgnoreIndex: &two}, normal(3, 4), stheno.New([]int64{1, 2, 3})},
			"bce":       {layers.BCELoss{Reduction: r, Weight: unit(4)}, unit(3, 4).WithGrad(), unit(3, 4).WithGrad()},
			"bce logit": {layers.BCEWithLogitsLoss{Reduction: r, Weight: unit(4), PosWeight: unit(4)}, normal(3, 4), unit(3, 4).WithGrad()},
			"huber":     {layers.HuberLoss{Reduction: r}, normal(3, 4), normal(3, 4)},
			"smooth":    {layers.SmoothL1Loss{Reduction: r}, normal(3, 4), normal(3, 4)},
		} {
			t.Run(name, func(t *testing.T) {
				in := []*v{c.x}
				if c.target.RequiresGrad() {
					in = append(in, c.target)
				}
				sthenotest.GradCheck(t, func(...*v) *v {
					y := c.l.Forward(c.x, c.target)
					return stheno.Grad(y.Square().Sum(), c.x)[0]
				}, in...)
			})
		}
	}
	// The Hessian of a logistic regression at zero weights.
	x, w := stheno.New([]float64{1, 2, 3, 4}, 2, 2), stheno.New([]float64{0, 0}, 2, 1).WithGrad()
	l := layers.BCEWithLogitsLoss{PosWeight: stheno.New([]float64{3}), Reduction: layers.Sum}
	grad := stheno.Grad(l.Forward(x.MatMul(w), stheno.New([]float64{0, 1}, 2, 1)), w)[0]
	// Σ x xᵀ/4, the second row three times.
	sthenotest.Close(t, stheno.Grad(grad.Select(0, 0).Sum(), w)[0], []float64{(1 + 3*9) / 4.0, (2 + 3*12) / 4.0}, sthenotest.Tol{Rel: 1e-15})
}

// TestExponentialUnitsFarBelowZero compares gradients of float32 with those of float64.
func TestExponentialUnitsFarBelowZero(t *testing.T) {
	points := []float64{-0.01, -1, -5, -9, -15, -17, -30, -80, -100}
	for name, m := range map[string]stheno.Module{
		"elu": layers.ELU{}, "elu 0.5": layers.ELU{Alpha: new(0.5)}, "selu": layers.SELU{}, "celu": layers.CELU{}, "celu 2": layers.CELU{Alpha: new(2.0)},
		"log sigmoid": layers.LogSigmoid{}, "softplus": layers.Softplus{}, "sigmoid": layers.Sigmoid{},
	} {
		wide := stheno.New(points).WithGrad()
		narrow := stheno.New(points).To(stheno.Float32).Detach()
		require.NoError(t, stheno.Run(narrow))
		narrow = stheno.FromTensor(stheno.Must(narrow.Tensor())).WithGrad()
		want, got := stheno.Grad(m.Forward(wide).Sum(), wide)[0], stheno.Grad(m.Forward(narrow).Sum(), narrow)[0]
		assert.True(t, sthenotest.Close(t, got, want, sthenotest.Tol{Rel: 1e-6, Abs: 3e-45}), name)
	}
}
