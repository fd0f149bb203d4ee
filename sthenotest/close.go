// SPDX-License-Identifier: MIT

// Package sthenotest helps to test operations and modules. It checks that values agree ([Close]), that
// gradients are correct ([GradCheck]), and that a module has the properties that trainers rely on
// ([CheckModule]).
//
//	func TestMyLayer(t *testing.T) {
//		sthenotest.CheckModule(t, NewMyLayer(4), stheno.Randn(2, 4))
//	}
package sthenotest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stheno-go/stheno"
)

// Tol is a tolerance: the larger of Abs and Rel times the absolute value of the expected number. The
// zero value requires equality.
type Tol struct{ Rel, Abs float64 }

// Allows reports whether got is within the tolerance of want. NaN equals NaN, an infinity equals only
// itself, and 0 equals -0.
func (o Tol) Allows(got, want float64) bool {
	if got == want || math.IsNaN(got) && math.IsNaN(want) {
		return true
	}
	if math.IsNaN(got) || math.IsNaN(want) || math.IsInf(got, 0) || math.IsInf(want, 0) {
		return false
	}
	return math.Abs(got-want) <= o.bound(want)
}

func (o Tol) bound(want float64) float64 { return math.Max(o.Abs, o.Rel*math.Abs(want)) }

const shown = 5 // number of differing elements that are printed

// Close reports an error to t if got and want differ in shape, or in an element by more than tol, and
// reports whether they agree. Each may be a *stheno.Variable, a *stheno.Tensor, a number, or a slice
// of numbers or of bools; a slice matches any shape of its size.
func Close(t testing.TB, got, want any, tol Tol) bool {
	t.Helper()
	g, err := read(got)
	if err != nil {
		t.Errorf("got: %v", err)
		return false
	}
	w, err := read(want)
	if err != nil {
		t.Errorf("want: %v", err)
		return false
	}
	if text := difference(g, w, tol); text != "" {
		t.Error(text)
		return false
	}
	return true
}

// array is an argument of Close; a nil shape matches any.
type array struct {
	data  []float64
	shape stheno.Shape
}

func read(x any) (array, error) {
	switch x := x.(type) {
	case *stheno.Variable:
		if x == nil {
			return array{}, fmt.Errorf("variable is nil")
		}
		v, err := x.Tensor()
		if err != nil {
			return array{}, err
		}
		return read(v)
	case *stheno.Tensor:
		if x == nil {
			return array{}, fmt.Errorf("tensor is nil")
		}
		return array{x.Floats(), append(stheno.Shape{}, x.Shape()...)}, x.Err()
	case float64:
		return array{data: []float64{x}}, nil
	case float32:
		return array{data: []float64{float64(x)}}, nil
	case int:
		return array{data: []float64{float64(x)}}, nil
	case []float64:
		return array{data: x}, nil
	case []float32:
		return array{data: floats(x)}, nil
	case []int64:
		return array{data: floats(x)}, nil
	case []int:
		return array{data: floats(x)}, nil
	case []uint8:
		return array{data: floats(x)}, nil
	case []bool:
		data := make([]float64, len(x))
		for i, b := range x {
			if b {
				data[i] = 1
			}
		}
		return array{data: data}, nil
	}
	return array{}, fmt.Errorf("a %T cannot be compared", x)
}

func floats[T float32 | int64 | int | uint8](x []T) []float64 {
	r := make([]float64, len(x))
	for i, v := range x {
		r[i] = float64(v)
	}
	return r
}

// difference describes the difference between got and want; "" if they agree.
func difference(got, want array, tol Tol) string {
	if got.shape != nil && want.shape != nil && got.shape.String() != want.shape.String() {
		return fmt.Sprintf("got shape %v, want %v", got.shape, want.shape)
	}
	if len(got.data) != len(want.data) {
		return fmt.Sprintf("got %d elements, want %d", len(got.data), len(want.data))
	}
	shape := got.shape
	if shape == nil {
		shape = want.shape
	}
	var lines strings.Builder
	count, worst, by := 0, 0, -1.0
	line := func(i int) {
		g, w := got.data[i], want.data[i]
		fmt.Fprintf(&lines, "\n  at %s: got %v, want %v, off by %.3g, allowed %.3g", position(i, shape), g, w, math.Abs(g-w), tol.bound(w))
	}
	for i, w := range want.data {
		if tol.Allows(got.data[i], w) {
			continue
		}
		if count++; count <= shown {
			line(i)
		}
		off := math.Abs(got.data[i]-w) / math.Max(tol.bound(w), 1e-300)
		if math.IsNaN(off) {
			off = math.Inf(1)
		}
		if off > by {
			worst, by = i, off
		}
	}
	if count == 0 {
		return ""
	}
	if count > shown {
		lines.WriteString("\nworst:")
		line(worst)
	}
	return fmt.Sprintf("%d of %d elements differ:%s", count, len(want.data), lines.String())
}

// position returns element i as indices of shape.
func position(i int, shape stheno.Shape) string {
	if len(shape) < 2 {
		return fmt.Sprintf("[%d]", i)
	}
	at := make([]int, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		at[k] = i % shape[k]
		i /= shape[k]
	}
	return fmt.Sprint(at)
}
