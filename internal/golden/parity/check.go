// SPDX-License-Identifier: MIT

// Package parity repeats with stheno what PyTorch computed for the fixtures of package
// golden: operations, activations, losses, optimizers, schedules, and the training of
// small networks. Tests of the packages concerned and the command stheno verify run it.
package parity

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"unsafe"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/golden"
)

// Check is one case compared with PyTorch's numbers.
type Check struct {
	Group string // what kind of case it is
	Case  string
	DType stheno.DType
	// Far is the largest difference: absolute up to 1 and relative above, of optimizers
	// relative to the largest element, of schedules relative. It is infinite where a
	// shape, a type, a NaN or an infinity differs, or where there was an error.
	Far   float64
	Bound float64 // the tolerance
	Where string  // the largest difference is; the error
}

// Passed reports whether the difference is within the tolerance.
func (c *Check) Passed() bool { return c.Far <= c.Bound }

// String says what was found and where.
func (c *Check) String() string {
	return fmt.Sprintf("%s: %s, %v: difference %.3g, tolerance %.3g: %s", c.Group, c.Case, c.DType, c.Far, c.Bound, c.Where)
}

// All repeats every case in that type; schedules are in float64 only. It ends early only
// when ctx does.
func All(ctx context.Context, dtype stheno.DType) ([]*Check, error) {
	var list []*Check
	run := func(names []string, check func(name string) []*Check) error {
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			list = append(list, check(name)...)
		}
		return nil
	}
	alone := func(check func(string, stheno.DType) *Check) func(string) []*Check {
		return func(name string) []*Check { return []*Check{check(name, dtype)} }
	}
	contiguous := func(name string, dtype stheno.DType) *Check { return Operation(name, dtype, Layout{}) }
	operations, err := OperationNames()
	if err == nil {
		err = run(operations, alone(contiguous))
	}
	err = errors.Join(err, run(sorted(Optimizers), alone(Optimizer)), run(sorted(LBFGS), alone(Quasi)))
	if dtype == stheno.Float64 {
		rates := func(check func(string) *Check) func(string) []*Check {
			return func(name string) []*Check { return []*Check{check(name)} }
		}
		err = errors.Join(err, run(sorted(Schedules), rates(Schedule)), run(sorted(Plateaus), rates(Plateau)))
	}
	err = errors.Join(err, run(sorted(Nets), func(name string) []*Check { return Net(name, dtype) }))
	return list, err
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// fail notes an error.
func (c *Check) fail(err error) *Check {
	c.Far, c.Where = math.Inf(1), err.Error()
	return c
}

// compare notes how far got is from want, which is the fixture's.
func (c *Check) compare(what string, got *stheno.Tensor, want *golden.Tensor) {
	if want == nil {
		c.fail(fmt.Errorf("%s: PyTorch has none", what))
		return
	}
	w := tensorOf(want)
	if got.DType() != w.DType() || got.Shape().String() != w.Shape().String() {
		c.fail(fmt.Errorf("%s: got %v %v, want %v %v", what, got.DType(), got.Shape(), w.DType(), w.Shape()))
		return
	}
	c.numbers(what, got.Floats(), w.Floats(), atLeastOne)
}

func atLeastOne(want float64) float64 { return max(1, math.Abs(want)) }

// numbers notes how far got is from want in units of scale(want).
func (c *Check) numbers(what string, got, want []float64, scale func(want float64) float64) {
	for i, g := range got {
		w := want[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		far := math.Abs(g-w) / scale(w)
		if math.IsNaN(far) || math.IsInf(w, 0) {
			far = math.Inf(1)
		}
		if far > c.Far {
			c.Far, c.Where = far, fmt.Sprintf("%s, element %d: got %v, want %v", what, i, g, w)
		}
	}
}

// tensorOf copies a tensor of a fixture. All platforms of this module are little-endian.
func tensorOf(x *golden.Tensor) *stheno.Tensor {
	shape := append([]int{}, x.Shape...) // of a scalar not nil
	switch x.DType {
	case safetensors.F32:
		return stheno.TensorOf(copied[float32](x.Bytes()), shape...)
	case safetensors.F64:
		return stheno.TensorOf(copied[float64](x.Bytes()), shape...)
	case safetensors.I64:
		return stheno.TensorOf(copied[int64](x.Bytes()), shape...)
	}
	return stheno.TensorOf(copied[bool](x.Bytes()), shape...)
}

func copied[T float32 | float64 | int64 | bool](b []byte) []T {
	out := make([]T, len(b)/int(unsafe.Sizeof(*new(T))))
	if len(out) > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b)), b)
	}
	return out
}

// short is how the fixtures' keys name a type.
func short(dtype stheno.DType) string {
	if dtype == stheno.Float64 {
		return "f64"
	}
	return "f32"
}
