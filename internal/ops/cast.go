// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
)

// Cast converts the elements to another type.
type Cast struct{ To dtype.DType }

// Name implements [Op].
func (Cast) Name() string { return "cast" }

// String describes the conversion.
func (o Cast) String() string { return fmt.Sprintf("cast[%v]", o.To) }

// AppendAttrs implements [Op].
func (o Cast) AppendAttrs(b []byte) []byte { return append(b, byte(o.To)) }

// Infer implements [Op].
func (o Cast) Infer(in Inputs) (Meta, error) { return Meta{in.Meta(0).Dims, o.To}, nil }

// Kernel implements [Op].
func (o Cast) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o Cast) Step(_ Meta, in []Meta) Step {
	switch o.To {
	case dtype.Float32:
		return castTo[float32](in[0].DType)
	case dtype.Float64:
		return castTo[float64](in[0].DType)
	case dtype.Int64:
		return castTo[int64](in[0].DType)
	case dtype.Uint8:
		return castTo[uint8](in[0].DType)
	}
	switch in[0].DType {
	case dtype.Float32:
		return unaryStep(nonzero[float32])
	case dtype.Float64:
		return unaryStep(nonzero[float64])
	case dtype.Int64:
		return unaryStep(nonzero[int64])
	default:
		return unaryStep(nonzero[uint8])
	}
}

func castTo[D float32 | float64 | int64 | uint8](from dtype.DType) Step {
	switch from {
	case dtype.Float32:
		return unaryStep(convert[D, float32])
	case dtype.Float64:
		return unaryStep(convert[D, float64])
	case dtype.Int64:
		return unaryStep(convert[D, int64])
	default: // a bool is 0 or 1
		return unaryStep(convert[D, uint8])
	}
}

func convert[D, S float32 | float64 | int64 | uint8](dst []D, a []S) {
	for i, x := range a {
		dst[i] = D(x)
	}
}

func nonzero[S float32 | float64 | int64 | uint8](dst []bool, a []S) {
	for i, x := range a {
		dst[i] = x != 0
	}
}

// Smooth implements [Differentiable].
func (o Cast) Smooth(int) bool { return o.To.IsFloat() }

// Grad implements [Differentiable].
func (o Cast) Grad(b *Builder, _ int) *G.Node { return b.Apply(Cast{b.Meta(0).DType}, b.Dy) }

// Detach is its input as a value that no gradient flows through.
var Detach = detach{}

type detach struct{ plain }

func (detach) Name() string                          { return "detach" }
func (detach) Infer(in Inputs) (Meta, error)         { return *in.Meta(0), nil }
func (detach) Accepts(int, Layout) bool              { return true }
func (detach) View(_ Meta, in Layout) (Layout, bool) { return in, true }
func (detach) Kernel(_ Meta, in []Layout) Kernel     { return CopyKernel(in[0]) }
