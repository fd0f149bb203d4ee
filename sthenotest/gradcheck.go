// SPDX-License-Identifier: MIT

package sthenotest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/storage"
)

const (
	step = 1e-5 // of the central differences, relative to max(1, |x|)
	rel  = 1e-6 // allowed error, relative to the largest gradient of an input
	// round bounds the rounding error of a difference, relative to the largest output: 2⁻⁵³ in each
	// of two values, divided by 2 steps, with a margin of 10.
	round = 10 * 0x1p-53 / step
	finer = 32 // a difference that disagrees is computed again with a smaller step
)

// GradCheck compares the gradients of f with central differences, for all inputs that require a
// gradient, which must be float64 leaves. The result of f is weighted with random numbers. f may draw
// from the default generator: it gets the same numbers in every call. The gradients of in are removed.
func GradCheck(t testing.TB, f func(x ...*stheno.Variable) *stheno.Variable, in ...*stheno.Variable) {
	t.Helper()
	if err := gradCheck(f, in, math.MaxInt, nil); err != nil {
		t.Error(err)
	}
}

// gradCheck checks at most limit elements of each input, at regular distances.
func gradCheck(f func(x ...*stheno.Variable) *stheno.Variable, in []*stheno.Variable, limit int, names []string) (err error) {
	stheno.Isolated(func(g *stheno.Generator) {
		seed, counter := g.State()
		err = check(func(x ...*stheno.Variable) *stheno.Variable { // draws the same numbers in each call
			g.SetState(seed, counter)
			return f(x...)
		}, in, limit, names)
	})
	return err
}

func check(f func(x ...*stheno.Variable) *stheno.Variable, in []*stheno.Variable, limit int, names []string) error {
	name := func(i int) string {
		if i < len(names) {
			return names[i]
		}
		return fmt.Sprintf("input %d", i)
	}
	checked := 0
	for i, x := range in {
		switch {
		case x == nil:
			return fmt.Errorf("gradcheck: %s is nil", name(i))
		case x.Err() != nil:
			return fmt.Errorf("gradcheck: %s: %w", name(i), x.Err())
		case !x.RequiresGrad():
			continue
		case !x.IsLeaf() || x.DType() != stheno.Float64:
			return fmt.Errorf("gradcheck: %s must be a float64 leaf, it is a %v %s", name(i), x.DType(), kind(x))
		}
		x.ZeroGrad()
		checked++
	}
	if checked == 0 {
		return fmt.Errorf("gradcheck: no input requires a gradient: call WithGrad")
	}
	again := func() *stheno.Variable { return f(in...) }
	y := again()
	if y == nil {
		return fmt.Errorf("gradcheck: f returned nil")
	}
	if err := y.Err(); err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	if y.DType() != stheno.Float64 {
		return fmt.Errorf("gradcheck: f returned %v, must be float64", y.DType())
	}
	weight := stheno.FromTensor(stheno.NewGenerator(1).Uniform(stheno.Float64, 0.5, 1.5, y.Shape()...))
	if err := y.Backward(weight); err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	weights, err := stheno.Values[float64](weight)
	if err != nil {
		return err
	}
	for i, x := range in {
		if !x.RequiresGrad() {
			continue
		}
		got := make([]float64, x.Size())
		if g := x.Grad(); g != nil {
			if got, err = stheno.Values[float64](g); err != nil {
				return err
			}
		}
		x.ZeroGrad()
		if err := compare(x, got, weights, again, limit); err != nil {
			return fmt.Errorf("gradcheck: %s of shape %v: %w", name(i), x.Shape(), err)
		}
	}
	return nil
}

func kind(x *stheno.Variable) string {
	if x.IsLeaf() {
		return "leaf"
	}
	return "result of an operation"
}

// compare checks the gradient got of leaf x.
func compare(x *stheno.Variable, got, weights []float64, f func() *stheno.Variable, limit int) error {
	data := access.Node(x).Data()
	elements, err := storage.Host[float64](data)
	if err != nil {
		return err
	}
	largest := 0.0
	for _, g := range got {
		largest = math.Max(largest, math.Abs(g))
	}
	at := func(k int, v float64) ([]float64, error) {
		elements[k] = v
		data.Touch()
		return stheno.Values[float64](f())
	}
	stride := max(1, len(elements)/max(limit, 1))
	for k := 0; k < len(elements); k += stride {
		old := elements[k]
		var want, bound float64
		for _, scale := range []float64{1, finer} {
			h := step * math.Max(1, math.Abs(old)) / scale
			up, err := at(k, old+h)
			if err == nil {
				var down []float64
				if down, err = at(k, old-h); err == nil {
					width := (old + h) - (old - h) // 2h after rounding
					want, bound = slope(up, down, weights, width)
					bound = rel*math.Max(math.Max(largest, math.Abs(want)), 1e-3) + scale*bound
				}
			}
			elements[k] = old
			data.Touch()
			if err != nil {
				return err
			}
			if math.Abs(got[k]-want) <= bound {
				break
			}
		}
		if !(math.Abs(got[k]-want) <= bound) {
			return fmt.Errorf("element %s: gradient is %v, central difference %v, off by %.3g, allowed %.3g",
				position(k, x.Shape()), got[k], want, math.Abs(got[k]-want), bound)
		}
	}
	return nil
}

// slope returns the weighted sum of (up-down)/width, and a bound on its rounding error.
func slope(up, down, weights []float64, width float64) (sum, bound float64) {
	largest := 0.0
	for i := range up {
		if up[i] != down[i] { // equal infinities have no slope
			sum += weights[i] * (up[i] - down[i])
		}
		if m := math.Abs(up[i]); m > largest && !math.IsInf(m, 0) {
			largest = m
		}
	}
	return sum / width, round * largest * math.Sqrt(float64(len(up)))
}
