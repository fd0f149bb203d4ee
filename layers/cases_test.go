// SPDX-License-Identifier: MIT

package layers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/gorgonia"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/sthenotest"
)

type v = stheno.Variable

func TestEveryCaseHasARow(t *testing.T) {
	for _, name := range golden.Load(t, "ops").Names() {
		for _, prefix := range []string{"act_", "mse_", "l1_", "smooth_l1_", "huber_", "bce_", "nll_", "ce_", "kl_div_"} {
			if strings.HasPrefix(name, prefix) {
				f, _ := parity.Layer(name)
				require.NotNil(t, f, name)
			}
		}
	}
}

func TestLayersEqualTorch(t *testing.T) {
	defer gorgonia.SetMachine(nil)()
	for _, machine := range []struct {
		name string
		make func(*G.ExprGraph) G.VM
	}{{"stheno", nil}, {"gorgonia", func(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g) }}} {
		gorgonia.SetMachine(machine.make)
		for _, name := range golden.Load(t, "ops").Names() {
			if f, _ := parity.Layer(name); f == nil {
				continue
			}
			t.Run(machine.name+"/"+name, func(t *testing.T) {
				for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
					c := parity.Operation(name, dtype, parity.Layout{})
					assert.True(t, c.Passed(), c)
				}
			})
		}
	}
}

// TestGradientsAreDerivatives compares the gradients with central differences, in
// float64, where there is a derivative.
func TestGradientsAreDerivatives(t *testing.T) {
	fix, checked := golden.Load(t, "ops"), 0
	for _, name := range fix.Names() {
		f, _ := parity.Layer(name)
		if f == nil || !fix.Has(name+"/f64/seed") || strings.Contains(name, "_special") || strings.Contains(name, "_edges") {
			continue
		}
		var in []*v
		for i := 0; fix.Has(name + "/f64/in" + string(rune('0'+i))); i++ {
			x := stheno.FromTensor(tensor(t, fix.Get(t, name+"/f64/in"+string(rune('0'+i)))))
			if fix.Has(name + "/f64/grad" + string(rune('0'+i))) {
				x = x.WithGrad()
			}
			in = append(in, x)
		}
		t.Run(name, func(t *testing.T) { sthenotest.GradCheck(t, f, in...) })
		checked++
	}
	require.Greater(t, checked, 200)
}

func tensor(t *testing.T, g *golden.Tensor) *stheno.Tensor {
	shape := g.Shape
	var x *stheno.Tensor
	switch g.DType {
	case "F32":
		x = stheno.TensorOf(g.Float32s(t))
	case "F64":
		x = stheno.TensorOf(g.Float64s(t))
	case "I64":
		x = stheno.TensorOf(g.Int64s(t))
	default:
		x = stheno.TensorOf(g.Bools(t))
	}
	return x.Reshape(shape...)
}
