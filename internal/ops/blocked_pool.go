// SPDX-License-Identifier: MIT

package ops

import "github.com/stheno-go/stheno/internal/kernels"

// Pooling in blocked memory, of windows that are not dilated.

// blockedParams is params with planes that are blocks of channels.
func (o Pool2d) blockedParams(x, y Meta) *kernels.Pool {
	p := o.params(x.Dims, y.Dims)
	p.Planes = x.Dims.At(0) * kernels.Blocks(x.Dims.At(1))
	return p
}

// blockable tells whether the pooling between x and y can be done in blocked memory.
func (o Pool2d) blockable(x, y Meta) bool {
	return image(x) && image(y) && (o.Kind == AdaptiveAvgPool || o.Dilation == [2]int{1, 1})
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
			kernels.MaxPoolBlocked(p, y, x)
		} else {
			kernels.AvgPoolBlocked(p, y, x, o.Kind == AdaptiveAvgPool)
		}
		return nil
	}
}

func (o maxPoolGrad) Blocked(out Meta, in []Meta) (BlockedUse, bool) {
	return BlockedUse{Out: true, In: 1<<0 | 1<<1}, o.blockable(out, in[1])
}

func (o maxPoolGrad) BlockedKernel(out Meta, in []Meta) Kernel {
	p, nx, ny := o.blockedParams(out, in[1]), BlockedLen(out.Dims), BlockedLen(in[1].Dims)
	return func(c *Call) error {
		kernels.MaxPoolGradBlocked(p, vec[float32](c.Out, nx), vec[float32](c.In[0], nx), vec[float32](c.In[1], ny))
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
		kernels.AvgPoolGradBlocked(p, vec[float32](c.Out, nx), vec[float32](c.In[0], ny), o.Kind == AdaptiveAvgPool)
		return nil
	}
}
