// SPDX-License-Identifier: MIT

package parity

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
)

// V is a Variable.
type V = stheno.Variable

// Row says how one case of the fixture ops is written with the public API.
type Row struct {
	F     func(x ...*V) *V
	Kinks bool // at its inputs the case has no derivative: no central differences
}

// Rows has a row for each case of an operation; the other files ops_*.go fill it in.
var Rows = map[string]Row{}

func smooth(name string, f func(x ...*V) *V) { add(name, Row{F: f}) }

// rough is for cases at kinks and ties, whose gradients are a convention.
func rough(name string, f func(x ...*V) *V) { add(name, Row{F: f, Kinks: true}) }

func add(name string, r Row) {
	if _, ok := Rows[name]; ok {
		panic("two rows for " + name)
	}
	r.Kinks = r.Kinks || strings.HasSuffix(name, "_special") // at infinities there are no differences
	Rows[name] = r
}

// Missing are cases of operations that stheno does not have.
var Missing = map[string]string{
	"max_pool2d_indices": "no max unpooling, so no indices",
}

// OperationNames returns the cases that Operation repeats, in order.
func OperationNames() ([]string, error) {
	f, err := golden.Open("ops")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(f.Names(), func(name string) bool { return Missing[name] != "" }), nil
}

// Layout lays an input out in memory: Leaf returns the leaf, View makes the input of it.
// Without functions the input is contiguous.
type Layout struct {
	Leaf func(x *stheno.Tensor) *stheno.Tensor
	View func(leaf *V) *V
}

// Operation compares values, gradients and what the operation changed with those of a
// case of the fixture ops: an operation, an activation or a loss.
func Operation(name string, dtype stheno.DType, lay Layout) *Check {
	c := &Check{Group: "operations", Case: name, DType: dtype, Bound: 1e-5}
	if dtype == stheno.Float64 {
		c.Bound = 1e-10
	}
	f, err := golden.Open("ops")
	if err != nil {
		return c.fail(err)
	}
	r, ok := Rows[name]
	if ok {
		if name == "batch_norm_far_mean" && dtype == stheno.Float32 { // here torch's float32 gradient is 1.03e-5 off its float64 one
			c.Bound = 2e-5
		}
	} else if r.F, c.Group = Layer(name); r.F != nil {
		if dtype == stheno.Float64 {
			c.Bound = layerBound64(name)
		}
	} else {
		return c.fail(fmt.Errorf("no case %q", name))
	}
	if err := c.run(f, r.F, lay); err != nil {
		return c.fail(fmt.Errorf("%w; PyTorch ran %s", err, f.Note(name)))
	}
	if !c.Passed() {
		c.Where += "; PyTorch ran " + f.Note(name)
	}
	return c
}

// run computes the case by g and notes the differences.
func (c *Check) run(f *golden.Fixture, g func(x ...*V) *V, lay Layout) error {
	key := c.Case + "/" + short(c.DType) + "/"
	var leaves, in []*V
	for i := 0; f.Has(numbered(key, "in", i)); i++ {
		x := tensorOf(f.Find(numbered(key, "in", i)))
		laid := lay.Leaf != nil && len(x.Shape()) > 0 && !f.Has(numbered(key, "after", i))
		if laid {
			x = lay.Leaf(x)
		}
		leaf := stheno.FromTensor(x)
		if f.Has(numbered(key, "grad", i)) {
			leaf.WithGrad()
		}
		v := leaf
		if laid {
			v = lay.View(leaf)
		}
		leaves, in = append(leaves, leaf), append(in, v)
	}
	y := g(in...)
	if err := y.Err(); err != nil {
		return err
	}
	if f.Has(key + "seed") {
		if err := y.Backward(stheno.FromTensor(tensorOf(f.Find(key + "seed")))); err != nil {
			return err
		}
	}
	got, err := y.Tensor()
	if err != nil {
		return err
	}
	c.compare("result", got, f.Find(key+"out"))
	special := strings.HasSuffix(c.Case, "_special")
	if c.Passed() && special && c.Group == "operations" && c.Case != "maximum_special" && c.Case != "minimum_special" { // of 0 and -0 either may win
		if err := sameZeros(got.Floats(), tensorOf(f.Find(key+"out")).Floats()); err != nil {
			return err
		}
	}
	for i, leaf := range leaves {
		if k := numbered(key, "after", i); f.Has(k) {
			x, err := leaf.Tensor()
			if err != nil {
				return err
			}
			c.compare(fmt.Sprintf("what input %d became", i), x, f.Find(k))
		}
		k := numbered(key, "grad", i)
		if !f.Has(k) {
			continue
		}
		want := f.Find(k)
		d := leaf.Grad()
		if d == nil { // where torch's is zero everywhere
			d = stheno.Full(0, leaf.Shape()...).To(leaf.DType())
		}
		if lay.View != nil && len(want.Shape) > 0 {
			d = lay.View(d)
		}
		if special && c.Group != "operations" { // at NaN torch's vectorised and plain kernels disagree
			d = stheno.Where(in[i].Eq(in[i]), d, stheno.FromTensor(tensorOf(want)))
		}
		x, err := d.Tensor()
		if err != nil {
			return err
		}
		c.compare(fmt.Sprintf("gradient %d", i), x, want)
	}
	return nil
}

func numbered(key, what string, i int) string { return fmt.Sprint(key, what, i) }

// sameZeros fails where a zero has the wrong sign.
func sameZeros(got, want []float64) error {
	for i := range want {
		if want[i] == 0 && math.Signbit(want[i]) != math.Signbit(got[i]) {
			return fmt.Errorf("the zero at %d has the wrong sign", i)
		}
	}
	return nil
}
