// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/trainers/optim"
)

var convAlgorithms = []debug.ConvAlgorithm{debug.ConvAuto, debug.ConvDirect, debug.ConvWinograd, debug.ConvNCHW}

// onEachAlgorithm forces every way to compute convolutions in turn.
func onEachAlgorithm(t *testing.T, f func(t *testing.T)) {
	for _, a := range convAlgorithms {
		t.Run(a.String(), func(t *testing.T) {
			defer debug.SetConvAlgorithm(debug.SetConvAlgorithm(a))
			f(t)
		})
	}
}

// TestOperationsOfImages compares what may run in blocked memory with PyTorch, whatever
// the algorithm.
func TestOperationsOfImages(t *testing.T) {
	onEachAlgorithm(t, func(t *testing.T) {
		for _, name := range golden.Load(t, "ops").Names() {
			for _, prefix := range []string{"conv2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "batch_norm"} {
				if _, ok := parity.Rows[name]; ok && strings.HasPrefix(name, prefix) {
					t.Run(name, func(t *testing.T) {
						for _, lay := range layouts {
							checkOperation(t, name, stheno.Float32, lay)
						}
					})
				}
			}
		}
	})
}

// TestPackedWeightsFollow changes weights in every way there is: a program must never
// compute with what was packed of the old ones.
func TestPackedWeightsFollow(t *testing.T) {
	g := stheno.NewGenerator(4)
	x := stheno.FromTensor(g.Normal(stheno.Float32, 0, 1, 1, 32, 12, 12))
	w := stheno.NewParameter(g.Normal(stheno.Float32, 0, 0.1, 32, 32, 3, 3))
	variance := stheno.NewBuffer(stheno.Must(stheno.Full(2, 32).Tensor()))
	state := stheno.BatchNormState{Mean: stheno.NewBuffer(stheno.Must(stheno.Full(0, 32).Tensor())), Var: variance, Eps: new(1e-5), Momentum: new(0.5)}
	f := func(x *V) *V {
		return x.Conv2d(w, nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}}).BatchNorm(state).ReLU()
	}
	p := stheno.Compile(func(in ...*V) []*V { return []*V{f(in[0])} })
	var last []float64
	check := func(what string) {
		t.Helper()
		out, err := p.Run(context.Background(), x)
		require.NoError(t, err)
		got := stheno.Must(out[0].Tensor()).Floats()
		recorded := stheno.Must(f(x).Tensor()).Floats()
		defer debug.SetConvAlgorithm(debug.SetConvAlgorithm(debug.ConvNCHW))
		want := stheno.Must(f(x).Tensor()).Floats()
		require.InDeltaSlice(t, want, got, 1e-4, what)
		require.InDeltaSlice(t, want, recorded, 1e-4, what)
		require.False(t, slices.Equal(last, want), "%s changed nothing", what)
		last = want
	}
	check("nothing yet")
	require.Contains(t, debug.Plan(p), "kept")
	require.NoError(t, stheno.LoadStateDict(holder{w}, []stheno.NamedTensor{{Name: "w", Tensor: g.Normal(stheno.Float32, 0, 0.1, 32, 32, 3, 3)}}))
	check("LoadStateDict")
	require.NoError(t, f(x).Sum().Backward())
	require.NoError(t, optim.NewSGD([]*V{w}, 0.1, optim.SGDConfig{}).Step())
	check("an optimizer")
	state.Training = true
	require.NoError(t, stheno.Run(f(x)))
	state.Training = false
	check("the running statistics")
}

type holder struct{ W *V }
