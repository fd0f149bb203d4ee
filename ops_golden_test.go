// SPDX-License-Identifier: MIT

package stheno_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/sthenotest"
)

type V = stheno.Variable

// row says how one case of the fixture is written with the public API.
type row struct {
	f     func(x ...*V) *V
	kinks bool // at its inputs the case has no derivative: no central differences
}

// rows has a row for each case; the files ops_golden_*_test.go fill it in.
var rows = map[string]row{}

func smooth(name string, f func(x ...*V) *V) { add(name, row{f: f}) }

// rough is for cases at kinks and ties, whose gradients are a convention.
func rough(name string, f func(x ...*V) *V) { add(name, row{f: f, kinks: true}) }

func add(name string, r row) {
	if _, ok := rows[name]; ok {
		panic("two rows for " + name)
	}
	r.kinks = r.kinks || strings.HasSuffix(name, "_special") // at infinities there are no differences
	rows[name] = r
}

// missing are cases of operations that stheno does not have.
var missing = map[string]string{
	"max_pool2d_indices": "no max unpooling, so no indices",
}

// elsewhere tells whether a case belongs to the activations and losses, which
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
		_, ok := rows[name]
		_, without := missing[name]
		assert.True(t, ok != (without || elsewhere(name)), "case %q of the fixture must have a row or be excused, not both", name)
	}
	for name := range rows {
		assert.True(t, slices.Contains(names, name), "row %q has no case", name)
	}
}

// machines is what programs run on.
var machines = []struct {
	name string
	make func(*gorgonia.ExprGraph) gorgonia.VM
}{
	{"stheno", nil},
	{"gorgonia", func(g *gorgonia.ExprGraph) gorgonia.VM { return gorgonia.NewTapeMachine(g) }},
	{"our VM", stheno.NewMachine},
}

// onEachMachine runs f once on stheno's machine and once on Gorgonia's.
func onEachMachine(t *testing.T, f func(t *testing.T)) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			stheno.UseMachine(m.make)
			defer stheno.UseMachine(nil)
			f(t)
		})
	}
}

// lay is a way to lay an input out in memory: it returns the leaf, and what makes
// the input of the leaf.
type lay struct {
	name string
	leaf func(x *stheno.Tensor) *stheno.Tensor
	view func(leaf *V) *V
}

var layouts = []lay{
	{"contiguous", func(x *stheno.Tensor) *stheno.Tensor { return x }, func(v *V) *V { return v }},
	{"transposed",
		func(x *stheno.Tensor) *stheno.Tensor {
			if len(x.Shape()) < 2 {
				return x
			}
			return must(stheno.Var(x).Transpose(0, -1).Tensor())
		},
		func(v *V) *V {
			if v.NDim() < 2 {
				return v
			}
			return v.Transpose(0, -1)
		}},
	{"interleaved",
		// Between the elements, and before the first, there are others that must not be read.
		func(x *stheno.Tensor) *stheno.Tensor {
			v := stheno.Var(x)
			return must(stheno.Stack(-1, stheno.Full(-77, x.Shape()...).To(v.DType()), v).Flatten(max(v.NDim()-1, 0)).Tensor())
		},
		func(v *V) *V { return v.Slice(-1, 1, v.Dim(-1), 2) }},
}

func tolerance32(name string) sthenotest.Tol {
	if name == "batch_norm_far_mean" { // here torch's float32 gradient is 1.03e-5 off its float64 one
		return sthenotest.Tol{Rel: 2e-5, Abs: 2e-5}
	}
	return sthenotest.Tol{Rel: 1e-5, Abs: 1e-5}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func TestOperations(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		for _, lay := range layouts {
			t.Run(lay.name, func(t *testing.T) {
				for _, name := range golden.Load(t, "ops").Names() {
					if r, ok := rows[name]; ok {
						t.Run(name, func(t *testing.T) {
							r.check(t, name, "f32", lay, tolerance32(name))
							r.check(t, name, "f64", lay, sthenotest.Tol{Rel: 1e-10, Abs: 1e-10})
						})
					}
				}
			})
		}
	})
}

// check compares values, gradients and what the operation changed with the fixture's.
func (r row) check(t *testing.T, name, dt string, lay lay, tol sthenotest.Tol) {
	t.Helper()
	f := golden.Load(t, "ops")
	key := name + "/" + dt + "/"
	var leaves, in []*V
	for i := 0; f.Has(key + "in" + digit(i)); i++ {
		x := goldenTensor(t, f.Get(t, key+"in"+digit(i)))
		leaf, v := (*V)(nil), (*V)(nil)
		if len(x.Shape()) == 0 || f.Has(key+"after"+digit(i)) {
			leaf = stheno.Var(x)
		} else {
			leaf = stheno.Var(lay.leaf(x))
		}
		if f.Has(key + "grad" + digit(i)) {
			leaf.WithGrad()
		}
		if v = leaf; len(x.Shape()) > 0 && !f.Has(key+"after"+digit(i)) {
			v = lay.view(leaf)
		}
		leaves, in = append(leaves, leaf), append(in, v)
	}
	y := r.f(in...)
	require.NoError(t, y.Err(), f.Note(name))
	want := f.Get(t, key+"out")
	require.Equal(t, stheno.Shape(want.Shape).String(), y.Shape().String(), f.Note(name))
	if f.Has(key + "seed") {
		require.NoError(t, y.Backward(stheno.Var(goldenTensor(t, f.Get(t, key+"seed")))))
	}
	got, err := y.Tensor()
	require.NoError(t, err)
	wantT := goldenTensor(t, want)
	require.Equal(t, wantT.DType(), got.DType())
	ok := sthenotest.Close(t, got, wantT, tol)
	if ok && strings.HasSuffix(name, "_special") && name != "maximum_special" && name != "minimum_special" { // of 0 and -0 either may win
		ok = sameZeros(t, got.Floats(), wantT.Floats())
	}
	for i, leaf := range leaves {
		if k := key + "after" + digit(i); f.Has(k) {
			ok = sthenotest.Close(t, leaf, goldenTensor(t, f.Get(t, k)), tol) && ok
		}
		k := key + "grad" + digit(i)
		if !f.Has(k) {
			continue
		}
		g := leaf.Grad()
		wantG := goldenTensor(t, f.Get(t, k))
		if g == nil { // where torch's is zero everywhere
			g = stheno.Full(0, leaf.Shape()...)
		}
		if len(wantG.Shape()) > 0 {
			g = lay.view(g)
		}
		if !sthenotest.Close(t, g, wantG, tol) {
			t.Logf("gradient %d", i)
			ok = false
		}
	}
	if !ok {
		t.Log(dt, f.Note(name))
	}
}

// sameZeros fails where a zero has the wrong sign.
func sameZeros(t *testing.T, got, want []float64) bool {
	t.Helper()
	for i := range want {
		if want[i] == 0 && !assert.Equal(t, math.Signbit(want[i]), math.Signbit(got[i]), "sign of zero at %d", i) {
			return false
		}
	}
	return true
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
func onSmoothCases(t *testing.T, f func(t *testing.T, r row, in []*V)) {
	fixture := golden.Load(t, "ops")
	for _, name := range fixture.Names() {
		r, ok := rows[name]
		if !ok || r.kinks || !fixture.Has(name+"/f64/seed") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var in []*V
			for i := 0; fixture.Has(name + "/f64/in" + digit(i)); i++ {
				v := stheno.Var(goldenTensor(t, fixture.Get(t, name+"/f64/in"+digit(i))))
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
	onSmoothCases(t, func(t *testing.T, r row, in []*V) { sthenotest.GradCheck(t, r.f, in...) })
}

func TestGradientsOfGradients(t *testing.T) {
	checked := 0
	onSmoothCases(t, func(t *testing.T, r row, in []*V) {
		var wrt []*V
		for _, x := range in {
			if x.RequiresGrad() {
				wrt = append(wrt, x)
			}
		}
		gradient := func(...*V) *V {
			y := r.f(in...)
			weight := stheno.NewGenerator(2).Uniform(stheno.Float64, 0.5, 1.5, y.Shape()...)
			var parts []*V
			for _, g := range stheno.Grad(y.Mul(stheno.Var(weight)).Sum(), wrt...) {
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
