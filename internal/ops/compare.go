// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
)

// Compare is a pointwise predicate of two inputs of one type.
type Compare struct {
	plain
	name string
	rel  relation
}

type relation uint8

const (
	eq relation = iota
	ne
	lt
	le
	gt
	ge
)

// The predicates. NaN compares as in Go: unequal to everything.
var (
	Eq = &Compare{name: "eq", rel: eq}
	Ne = &Compare{name: "ne", rel: ne}
	Lt = &Compare{name: "lt", rel: lt}
	Le = &Compare{name: "le", rel: le}
	Gt = &Compare{name: "gt", rel: gt}
	Ge = &Compare{name: "ge", rel: ge}
)

// Name implements [Op].
func (o *Compare) Name() string { return o.name }

// Infer implements [Op].
func (o *Compare) Infer(in Inputs) (Meta, error) {
	a, b := in.Meta(0), in.Meta(1)
	if a.DType != b.DType {
		return *a, dtypeErrorf("operands have different types: %v and %v", a.DType, b.DType)
	}
	return broadcast(Meta{a.Dims, dtype.Bool}, a, b)
}

// Kernel implements [Op].
func (o *Compare) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o *Compare) Step(_ Meta, in []Meta) Step {
	switch in[0].DType {
	case dtype.Float32:
		return compareStep[float32](o.rel)
	case dtype.Float64:
		return compareStep[float64](o.rel)
	case dtype.Int64:
		return compareStep[int64](o.rel)
	default: // bool is 0 or 1
		return compareStep[uint8](o.rel)
	}
}

func compareStep[T float32 | float64 | int64 | uint8](rel relation) Step {
	var f func(a, b T) bool
	switch rel {
	case eq:
		f = func(a, b T) bool { return a == b }
	case ne:
		f = func(a, b T) bool { return a != b }
	case lt:
		f = func(a, b T) bool { return a < b }
	case le:
		f = func(a, b T) bool { return a <= b }
	case gt:
		f = func(a, b T) bool { return a > b }
	default:
		f = func(a, b T) bool { return a >= b }
	}
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[bool](dst, n)
		for i := range d {
			d[i] = f(*element[T](src[0], i), *element[T](src[1], i))
		}
	}
}

// Logic is a pointwise function of one or two booleans.
type Logic struct {
	plain
	name string
	f    func(a, b bool) bool
}

// The functions of booleans.
var (
	And = &Logic{name: "and", f: func(a, b bool) bool { return a && b }}
	Or  = &Logic{name: "or", f: func(a, b bool) bool { return a || b }}
	Xor = &Logic{name: "xor", f: func(a, b bool) bool { return a != b }}
	Not = &Logic{name: "not", f: func(a, _ bool) bool { return !a }}
)

// Name implements [Op].
func (o *Logic) Name() string { return o.name }

// Infer implements [Op].
func (o *Logic) Infer(in Inputs) (Meta, error) {
	a, b := in.Meta(0), in.Meta(in.Len()-1)
	if a.DType != dtype.Bool || b.DType != dtype.Bool {
		return *a, dtypeErrorf("expects bool, got %v and %v", a.DType, b.DType)
	}
	return broadcast(*a, a, b)
}

// Kernel implements [Op].
func (o *Logic) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o *Logic) Step(_ Meta, in []Meta) Step {
	last := len(in) - 1
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[bool](dst, n)
		for i := range d {
			d[i] = o.f(*element[bool](src[0], i), *element[bool](src[last], i))
		}
	}
}

// Where picks elements of its second input where the first holds, of the third
// elsewhere.
var Where = where{}

type where struct{ plain }

func (where) Name() string { return "where" }

func (where) Infer(in Inputs) (Meta, error) {
	c, a, b := in.Meta(0), in.Meta(1), in.Meta(2)
	if c.DType != dtype.Bool {
		return *a, dtypeErrorf("expected condition to be a boolean tensor, but got a tensor with dtype %v", c.DType)
	}
	if a.DType != b.DType {
		return *a, dtypeErrorf("operands have different types: %v and %v", a.DType, b.DType)
	}
	m, err := broadcast(*a, a, b)
	if err != nil {
		return m, err
	}
	return broadcast(m, &m, c)
}

func (o where) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

func (where) Step(out Meta, _ []Meta) Step {
	switch out.DType.Size() {
	case 4:
		return whereStep[uint32]
	case 8:
		return whereStep[uint64]
	default:
		return whereStep[uint8]
	}
}

func whereStep[T any](dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
	d := vec[T](dst, n)
	for i := range d {
		from := src[2]
		if *element[bool](src[0], i) {
			from = src[1]
		}
		d[i] = *element[T](from, i)
	}
}

func (where) Smooth(i int) bool { return i > 0 }

func (o where) Grad(b *Builder, i int) *G.Node {
	zero := b.Apply(ZerosLike, b.Dy)
	var g *G.Node
	if i == 1 {
		g = b.Apply(Where, b.In[0], b.Dy, zero)
	} else {
		g = b.Apply(Where, b.In[0], zero, b.Dy)
	}
	return b.SumTo(g, b.Meta(i).Dims)
}
