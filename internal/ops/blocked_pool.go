// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/conv"
)

// Pooling in blocked memory, of windows that are not dilated. A max pooling can keep, in
// bytes behind its output, which element of each window is the largest; then its gradient
// need not see the input again.

// blockedParams is params with planes that are blocks of channels.
func (o Pool2d) blockedParams(x, y Meta) *kernels.Pool {
	p := o.params(x.Dims, y.Dims)
	p.Planes = x.Dims.At(0) * conv.Blocks(x.Dims.At(1))
	return p
}

// blockable reports whether the pooling between x and y can be done in blocked memory.
func (o Pool2d) blockable(x, y Meta) bool {
	plain := o.Dilation == [2]int{1, 1} && (o.Kind != MaxPool || o.Kernel2[0]*o.Kernel2[1] <= conv.MostIndices)
	return image(x) && image(y) && (o.Kind == AdaptiveAvgPool || plain)
}

// Blocked implements [Blocked].
func (o Pool2d) Blocked(out Meta, in []Meta) (BlockedUse, bool) {
	return BlockedUse{Out: true, In: 1}, o.blockable(in[0], out)
}

// BlockedKernel implements [Blocked].
func (o Pool2d) BlockedKernel(out Meta, in []Meta) Kernel {
	p, nx, ny := o.blockedParams(in[0], out), BlockedLen(in[0].Dims), BlockedLen(out.Dims)
	return func(c *Call) error {
		y, x := vec[float32](c.Out, ny), vec[float32](c.In[0], nx)
		if o.Kind == MaxPool {
			conv.MaxPool(p, y, x)
		} else {
			conv.AvgPool(p, y, x, o.Kind == AdaptiveAvgPool)
		}
		return nil
	}
}

// IndicesBytes is what the output of type m and the indices of its elements take.
func IndicesBytes(m Meta) int { return 5 * BlockedLen(m.Dims) }

// indices returns the indices after the n elements at p.
func indices(p unsafe.Pointer, n int) []uint8 { return vec[uint8](at[float32](p, n), n) }

// IndicesKernel is BlockedKernel of a max pooling that also keeps the indices.
func (o Pool2d) IndicesKernel(out Meta, in []Meta) Kernel {
	p, nx, ny := o.blockedParams(in[0], out), BlockedLen(in[0].Dims), BlockedLen(out.Dims)
	return func(c *Call) error {
		conv.MaxPoolIndices(p, vec[float32](c.Out, ny), vec[float32](c.In[0], nx), indices(c.Out, ny))
		return nil
	}
}

// PooledBy returns the max pooling that op is the gradient of, false if it is none.
func PooledBy(op Op) (Pool2d, bool) {
	g, ok := op.(maxPoolGrad)
	return g.Pool2d, ok
}

// ScatterKernel is BlockedKernel of the gradient of o. Its first input is o's output, with
// the indices behind it, instead of o's input.
func (o Pool2d) ScatterKernel(out Meta, in []Meta) Kernel {
	p, nx, ny := o.blockedParams(out, in[1]), BlockedLen(out.Dims), BlockedLen(in[1].Dims)
	return func(c *Call) error {
		conv.MaxPoolScatter(p, vec[float32](c.Out, nx), vec[float32](c.In[1], ny), indices(c.In[0], ny))
		return nil
	}
}

func (o maxPoolGrad) Blocked(out Meta, in []Meta) (BlockedUse, bool) {
	return BlockedUse{Out: true, In: 1<<0 | 1<<1}, o.blockable(out, in[1])
}

func (o maxPoolGrad) BlockedKernel(out Meta, in []Meta) Kernel {
	p, nx, ny := o.blockedParams(out, in[1]), BlockedLen(out.Dims), BlockedLen(in[1].Dims)
	return func(c *Call) error {
		conv.MaxPoolGrad(p, vec[float32](c.Out, nx), vec[float32](c.In[0], nx), vec[float32](c.In[1], ny))
		return nil
	}
}

// Blocked overrides that of the pooling: what the pick reads is not blocked.
func (maxPoolPick) Blocked(Meta, []Meta) (BlockedUse, bool) { return BlockedUse{}, false }

func (o avgPoolGrad) Blocked(out Meta, in []Meta) (BlockedUse, bool) {
	return BlockedUse{Out: true, In: 1}, o.blockable(out, in[0])
}

func (o avgPoolGrad) BlockedKernel(out Meta, in []Meta) Kernel {
	p, nx, ny := o.blockedParams(out, in[0]), BlockedLen(out.Dims), BlockedLen(in[0].Dims)
	return func(c *Call) error {
		conv.AvgPoolGrad(p, vec[float32](c.Out, nx), vec[float32](c.In[0], ny), o.Kind == AdaptiveAvgPool)
		return nil
	}
}
