// SPDX-License-Identifier: MIT

package optim_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/trainers/optim"
)

func TestLBFGSEqualsTorch(t *testing.T) {
	for _, name := range golden.Load(t, "lbfgs").Names() {
		require.Contains(t, parity.LBFGS, name)
	}
	for name := range parity.LBFGS {
		for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
			c := parity.Quasi(name, dtype)
			assert.True(t, c.Passed(), c)
		}
	}
}

// TestLBFGSContinuesWithTheSameBits loads a state from a file.
func TestLBFGSContinuesWithTheSameBits(t *testing.T) {
	for name, row := range parity.LBFGS {
		list, err := parity.Parameters(name, stheno.Float32)
		require.NoError(t, err)
		opt := optim.NewLBFGS(list, row.LR, row.Config)
		step := func(list []*stheno.Variable, opt *optim.LBFGS) {
			_, err := opt.Step(parity.Closure(list, opt, row.Config.Maximize))
			require.NoError(t, err)
		}
		step(list, opt)
		step(list, opt)
		var copies []*stheno.Variable
		for _, p := range list {
			copies = append(copies, stheno.NewParameter(stheno.Must(p.Tensor())))
		}
		path := filepath.Join(t.TempDir(), "o.safetensors")
		require.NoError(t, stheno.SaveState(path, opt.State()))
		again := optim.NewLBFGS(copies, row.LR, row.Config)
		require.NoError(t, again.LoadState(stheno.Must(stheno.LoadState(path))))
		for range 3 {
			step(list, opt)
			step(copies, again)
		}
		for i := range list {
			require.Equal(t, stheno.Must(stheno.Values[float32](list[i])), stheno.Must(stheno.Values[float32](copies[i])), name)
		}
	}
}

func TestLBFGSErrors(t *testing.T) {
	p := func() []*stheno.Variable { return []*stheno.Variable{stheno.New([]float64{1, 2}).WithGrad()} }
	square := func(list []*stheno.Variable) func() (float64, error) {
		return func() (float64, error) {
			list[0].ZeroGrad()
			loss := list[0].Square().Sum().Keep()
			if err := loss.Backward(); err != nil {
				return 0, err
			}
			return loss.Item()
		}
	}
	for text, opt := range map[string]*optim.LBFGS{
		"Invalid learning rate: -1":                      optim.NewLBFGS(p(), -1, optim.LBFGSConfig{}),
		"must not be negative":                           optim.NewLBFGS(p(), 1, optim.LBFGSConfig{MaxIter: -1}),
		"Invalid tolerance_grad value: -1":               optim.NewLBFGS(p(), 1, optim.LBFGSConfig{ToleranceGrad: new(-1.0)}),
		"parameter 1 is float32, parameter 0 is float64": optim.NewLBFGS(append(p(), stheno.Ones(1).WithGrad()), 1, optim.LBFGSConfig{}),
		"use its constructor":                            new(optim.LBFGS),
	} {
		_, err := opt.Step(func() (float64, error) { return 0, nil })
		require.ErrorContains(t, err, text)
		require.ErrorIs(t, err, stheno.ErrValue)
		require.Error(t, opt.LoadState(opt.State()))
	}
	list := p()
	opt := optim.NewLBFGS(list, 1, optim.LBFGSConfig{StrongWolfe: true})
	_, err := opt.Step(nil)
	require.ErrorContains(t, err, "closure is nil")
	_, err = opt.Step(func() (float64, error) { return math.NaN(), nil })
	require.ErrorContains(t, err, "the loss is NaN")

	// An error in the search leaves the parameters as they were.
	broken, calls := errors.New("broken"), 0
	_, err = opt.Step(func() (float64, error) {
		if calls++; calls > 1 {
			return 0, broken
		}
		return square(list)()
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, []float64{1, 2}, stheno.Must(stheno.Values[float64](list[0])))
	_, err = opt.Step(square(list))
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{0, 0}, stheno.Must(stheno.Values[float64](list[0])), 1e-9)

	var problems *stheno.LoadError
	require.ErrorAs(t, opt.LoadState(append(opt.State()[1:], stheno.NamedTensor{Name: "x", Tensor: stheno.ScalarOf(1.0)})), &problems)
	require.Equal(t, []string{"param_groups.0.lr"}, problems.Missing)
	require.Equal(t, []string{"x"}, problems.Unexpected)
	require.ErrorAs(t, optim.NewLBFGS([]*stheno.Variable{stheno.New([]float64{1}).WithGrad()}, 1, optim.LBFGSConfig{}).LoadState(opt.State()), &problems)
	require.NotEmpty(t, problems.Mismatch)
}
