// SPDX-License-Identifier: MIT

package sthenotest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/storage"
)

// sampled is the number of elements of each parameter whose gradient is checked.
const sampled = 24

// CheckModule checks m with input x: [stheno.Check] returns no error, names are unique, the output is
// finite in training and in evaluation, the same random numbers give the same bits, every parameter
// that requires a gradient gets one, and in float64 the gradients of parameters and input pass
// [GradCheck] (for a sample of the elements, if there are many). Afterwards m is in training mode and
// has its original values.
func CheckModule(t testing.TB, m stheno.Module, x *stheno.Variable) {
	t.Helper()
	if err := checkModule(m, x); err != nil {
		t.Errorf("%T: %v", m, err)
	}
}

func checkModule(m stheno.Module, x *stheno.Variable) error {
	if err := stheno.Check(m); err != nil {
		return err
	}
	if err := uniqueNames(m); err != nil {
		return err
	}
	restore, err := snapshot(m)
	if err != nil {
		return err
	}
	for _, mode := range []struct {
		name string
		set  func(any) error
	}{{"training", stheno.Train}, {"evaluation", stheno.Eval}} {
		err := mode.set(m)
		if err == nil {
			err = stheno.Check(m, x)
		}
		if err == nil {
			err = checkForward(m, x)
		}
		err = errors.Join(err, restore())
		if err == nil {
			err = errors.Join(inFloat64(m, x), restore())
		}
		if err != nil {
			return errors.Join(fmt.Errorf("in %s: %w", mode.name, err), stheno.Train(m))
		}
	}
	return stheno.Train(m)
}

func uniqueNames(m any) error {
	seen := map[string]bool{}
	for name := range both(m) {
		if name == "" || seen[name] {
			return fmt.Errorf("a parameter or buffer has the name %q , which is empty or not unique", name)
		}
		seen[name] = true
	}
	return nil
}

// both returns an iterator over parameters and buffers.
func both(m any) func(yield func(string, *stheno.Variable) bool) {
	return func(yield func(string, *stheno.Variable) bool) {
		for name, p := range stheno.NamedParameters(m) {
			if !yield(name, p) {
				return
			}
		}
		for name, p := range stheno.NamedBuffers(m) {
			if !yield(name, p) {
				return
			}
		}
	}
}

// snapshot returns a function that restores the current parameters and buffers.
func snapshot(m any) (restore func() error, err error) {
	saved := map[*stheno.Variable]*storage.Buffer{}
	for _, p := range both(m) {
		if saved[p], err = access.Node(p).Data().Clone(); err != nil {
			return nil, err
		}
	}
	return func() error {
		for p, data := range saved {
			if err := storage.Copy(access.Node(p).Data(), data); err != nil {
				return err
			}
			p.ZeroGrad()
		}
		return nil
	}, nil
}

// checkForward runs m twice from the same state, forward and backward.
func checkForward(m stheno.Module, x *stheno.Variable) (err error) {
	stheno.Isolated(func(g *stheno.Generator) { err = checkTwice(g, m, x) })
	return err
}

func checkTwice(g *stheno.Generator, m stheno.Module, x *stheno.Variable) error {
	seed, counter := g.State()
	restore, err := snapshot(m)
	if err != nil {
		return err
	}
	var first *stheno.Tensor
	for range 2 {
		if err := restore(); err != nil {
			return err
		}
		g.SetState(seed, counter)
		y := stheno.Call(m, x)
		if err := y.Err(); err != nil {
			return err
		}
		wanted := slices.DeleteFunc(stheno.Parameters(m), func(p *stheno.Variable) bool { return !p.RequiresGrad() })
		if len(wanted) > 0 {
			if err := y.Backward(stheno.Full(1, y.Shape()...)); err != nil {
				return err
			}
		}
		for _, p := range wanted {
			if p.Grad() == nil {
				return fmt.Errorf("parameter %q gets no gradient", p.Name())
			}
			if err := finite(p.Grad()); err != nil {
				return fmt.Errorf("gradient of %q: %w", p.Name(), err)
			}
		}
		if err := finite(y); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		value, err := y.Tensor()
		if err != nil {
			return err
		}
		if first == nil {
			first = value
		} else if !slices.Equal(first.Floats(), value.Floats()) {
			return fmt.Errorf("two runs with the same random numbers differ")
		}
	}
	return nil
}

func finite(v *stheno.Variable) error {
	value, err := v.Tensor()
	if err != nil {
		return err
	}
	for i, e := range value.Floats() {
		if math.IsNaN(e) || math.IsInf(e, 0) {
			return fmt.Errorf("element %s is %v", position(i, value.Shape()), e)
		}
	}
	return nil
}

// inFloat64 checks gradients with m and x temporarily converted to float64.
func inFloat64(m stheno.Module, x *stheno.Variable) (err error) {
	old := stheno.Float64
	for _, p := range both(m) {
		if p.DType() == stheno.Float32 {
			old = stheno.Float32
		}
	}
	if err := stheno.To(m, stheno.Float64); err != nil {
		return err
	}
	defer func() {
		if e := stheno.To(m, old); err == nil {
			err = e
		}
	}()
	var in []*stheno.Variable
	var names []string
	if x.DType().IsFloat() {
		wide, err := x.Detach().To(stheno.Float64).Tensor()
		if err != nil {
			return err
		}
		x = stheno.FromTensor(wide).WithGrad()
		in, names = append(in, x), append(names, "the input")
	}
	for name, p := range stheno.NamedParameters(m) {
		if p.RequiresGrad() {
			in, names = append(in, p), append(names, fmt.Sprintf("parameter %q", name))
		}
	}
	if len(in) == 0 || !stheno.Call(m, x).RequiresGrad() {
		return nil // nothing to check
	}
	return gradCheck(func(...*stheno.Variable) *stheno.Variable { return stheno.Call(m, x) }, in, sampled, names)
}
