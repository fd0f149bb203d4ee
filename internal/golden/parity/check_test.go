// SPDX-License-Identifier: MIT

package parity

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// TestChecksCanFail computes something else than PyTorch, in each kind of case.
func TestChecksCanFail(t *testing.T) {
	exp, relu, sgd, step, plateau, linear := Rows["exp"], activations["relu"], Optimizers["sgd"], Schedules["step"], Plateaus["plateau"], Nets["linear"]
	defer func() {
		Rows["exp"], activations["relu"], Optimizers["sgd"] = exp, relu, sgd
		Schedules["step"], Plateaus["plateau"], Nets["linear"] = step, plateau, linear
	}()
	operation := func(name string) *Check { return Operation(name, stheno.Float64, Layout{}) }
	for _, c := range []*Check{
		operation("exp"), operation("act_relu"), Optimizer("sgd", stheno.Float32), Schedule("step"), Plateau("plateau"),
		Net("linear", stheno.Float32)[0],
	} {
		require.True(t, c.Passed(), c)
	}
	Rows["exp"] = Row{F: func(x ...*V) *V { return x[0].Exp().Mul(1 + 1e-9) }}
	activations["relu"] = forward(layers.LeakyReLU{Slope: new(1e-9)})
	Optimizers["sgd"] = func(p []*V) optim.Optimizer { return optim.NewSGD(p, 0.100001, optim.SGDConfig{}) }
	Schedules["step"] = Rates{0.1, optim.Step(13, 0.3000001)}
	Plateaus["plateau"] = optim.PlateauConfig{Factor: new(0.5), Patience: new(3)}
	Nets["linear"] = Network{linear.Model, linear.Loss, 0.0501}
	for _, c := range append(Net("linear", stheno.Float32),
		operation("exp"), operation("act_relu"), Optimizer("sgd", stheno.Float32), Schedule("step"), Plateau("plateau")) {
		require.False(t, c.Passed(), c)
		require.Greater(t, c.Far, c.Bound)
		require.Contains(t, c.Where, "element")
	}

	Rows["exp"] = Row{F: func(x ...*V) *V { return x[0].Sum(7) }}
	require.Contains(t, operation("exp").Where, "PyTorch ran ")
	require.True(t, math.IsInf(operation("exp").Far, 1), "an error")
	eq := Rows["eq"]
	defer func() { Rows["eq"] = eq }()
	Rows["eq"] = Row{F: func(x ...*V) *V { return x[0].Eq(x[1]).Unsqueeze(0) }}
	require.Regexp(t, `result: got bool \(1,.*, want bool \(`, operation("eq").Where)
	require.Contains(t, operation("no such").String(), `no case "no such"`)
}

func TestAllEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	list, err := All(ctx, stheno.Float32)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, list)
}
