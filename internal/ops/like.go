// SPDX-License-Identifier: MIT

package ops

import "github.com/stheno-go/stheno/internal/dtype"

// ZerosLike and OnesLike are constants of their input's shape; the input's values
// do not matter.
var (
	ZerosLike = like{0}
	OnesLike  = like{1}
)

type like struct{ value uint8 }

func (o like) Name() string {
	if o.value == 0 {
		return "zeros"
	}
	return "ones"
}

func (like) AppendAttrs(b []byte) []byte   { return b }
func (like) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }

// Accepts takes any layout, since nothing is read.
func (like) Accepts(int, Layout) bool { return true }

func (o like) Kernel(out Meta, _ []Layout) Kernel {
	n := out.Dims.Size()
	switch out.DType {
	case dtype.Float32:
		return fill(n, float32(o.value))
	case dtype.Float64:
		return fill(n, float64(o.value))
	case dtype.Int64:
		return fill(n, int64(o.value))
	case dtype.Uint8:
		return fill(n, o.value)
	default:
		return fill(n, o.value != 0)
	}
}

func fill[T any](n int, v T) Kernel {
	return func(c *Call) error {
		dst := vec[T](c.Out, n)
		for i := range dst {
			dst[i] = v
		}
		return nil
	}
}
