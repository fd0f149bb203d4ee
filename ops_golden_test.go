// SPDX-License-Identifier: MIT

package stheno_test

import (
	"slices"
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

type V = stheno.Variable

// elsewhere reports whether a case belongs to the activations and losses, which
// package layers tests.
func elsewhere(name string) bool {
	for _, prefix := range []string{"act_", "mse_", "l1_", "smooth_l1_", "huber_", "bce_", "nll_", "ce_", "kl_div_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func TestEveryCaseHasARow(t *testing.T) {
	names := golden.Load(t, "ops").Names()
	for _, name := range names {
		_, ok := parity.Rows[name]
		_, without := parity.Missing[name]
		assert.True(t, ok != (without || elsewhere(name)), "case %q of the fixture must have a row or be excused, not both", name)
	}
	for name := range parity.Rows {
		assert.True(t, slices.Contains(names, name), "row %q has no case", name)
	}
}

// machines is what programs run on.
var machines = []struct {
	name string
	make func(*G.ExprGraph) G.VM
}{
	{"stheno", nil},
	{"gorgonia", func(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g) }},
	{"our VM", gorgonia.NewMachine},
}

// onEachMachine runs f once on stheno's machine and once on Gorgonia's.
func onEachMachine(t *testing.T, f func(t *testing.T)) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			defer gorgonia.SetMachine(m.make)()
			f(t)
		})
	}
}

// layouts are the ways to lay an input out in memory.
var layouts = map[string]parity.Layout{
	"contiguous": {},
	"transposed": {
		Leaf: func(x *stheno.Tensor) *stheno.Tensor {
			if len(x.Shape()) < 2 {
				return x
			}
			return stheno.Must(stheno.FromTensor(x).Transpose(0, -1).Tensor())
		},
		View: func(v *V) *V {
			if v.NDim() < 2 {
				return v
			}
			return v.Transpose(0, -1)
		}},
	"interleaved": {
		// Between the elements, and before the first, there are others that must not be read.
		Leaf: func(x *stheno.Tensor) *stheno.Tensor {
			v := stheno.FromTensor(x)
			return stheno.Must(stheno.Stack(-1, stheno.Full(-77, x.Shape()...).To(v.DType()), v).Flatten(max(v.NDim()-1, 0)).Tensor())
		},
		View: func(v *V) *V { return v.Slice(-1, 1, v.Dim(-1), 2) }},
}

func TestOperations(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		for layout, lay := range layouts {
			t.Run(layout, func(t *testing.T) {
				for _, name := range golden.Load(t, "ops").Names() {
					if _, ok := parity.Rows[name]; ok {
						t.Run(name, func(t *testing.T) {
							checkOperation(t, name, stheno.Float32, lay)
							checkOperation(t, name, stheno.Float64, lay)
						})
					}
				}
			})
		}
	})
}

func checkOperation(t *testing.T, name string, dtype stheno.DType, lay parity.Layout) {
	t.Helper()
	c := parity.Operation(name, dtype, lay)
	assert.True(t, c.Passed(), c)
}

func digit(i int) string { return string(rune('0' + i)) }

func goldenTensor(t testing.TB, x *golden.Tensor) *stheno.Tensor {
	t.Helper()
	shape := append([]int{}, x.Shape...)
	switch x.DType {
	case "F32":
		return stheno.TensorOf(x.Float32s(t), shape...)
	case "F64":
		return stheno.TensorOf(x.Float64s(t), shape...)
	case "I64":
		return stheno.TensorOf(x.Int64s(t), shape...)
	}
	return stheno.TensorOf(x.Bools(t), shape...)
}

// onSmoothCases calls f with the row and the float64 inputs of each case that has
// derivatives.
func onSmoothCases(t *testing.T, f func(t *testing.T, r parity.Row, in []*V)) {
	fixture := golden.Load(t, "ops")
	for _, name := range fixture.Names() {
		r, ok := parity.Rows[name]
		if !ok || r.Kinks || !fixture.Has(name+"/f64/seed") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var in []*V
			for i := 0; fixture.Has(name + "/f64/in" + digit(i)); i++ {
				v := stheno.FromTensor(goldenTensor(t, fixture.Get(t, name+"/f64/in"+digit(i))))
				if fixture.Has(name + "/f64/grad" + digit(i)) {
					v.WithGrad()
				}
				in = append(in, v)
			}
			f(t, r, in)
		})
	}
}

func TestGradientsAreDerivatives(t *testing.T) {
	onSmoothCases(t, func(t *testing.T, r parity.Row, in []*V) { sthenotest.GradCheck(t, r.F, in...) })
}

func TestGradientsOfGradients(t *testing.T) {
	checked := 0
	onSmoothCases(t, func(t *testing.T, r parity.Row, in []*V) {
		var wrt []*V
		for _, x := range in {
			if x.RequiresGrad() {
				wrt = append(wrt, x)
			}
		}
		gradient := func(...*V) *V {
			y := r.F(in...)
			weight := stheno.NewGenerator(2).Uniform(stheno.Float64, 0.5, 1.5, y.Shape()...)
			var parts []*V
			for _, g := range stheno.Grad(y.Mul(stheno.FromTensor(weight)).Sum(), wrt...) {
				parts = append(parts, g.Reshape(-1))
			}
			return stheno.Cat(0, parts...)
		}
		g := gradient()
		require.NoError(t, g.Err())
		if g.RequiresGrad() && g.Size() > 0 {
			sthenotest.GradCheck(t, gradient, in...)
			checked++
		}
	})
	assert.Greater(t, checked, 200)
}
