// SPDX-License-Identifier: MIT

package ops

import (
	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/shape"
)

// Slices of images, and images put into larger ones, in blocked memory.

// WindowOf returns where a view with layout l lies within contiguous memory of shape
// large, false if it is no slice of images or takes channels that are not neighbours.
func WindowOf(l Layout, large shape.Dims) (*conv.Window, bool) {
	if l.Dims.Len() != 4 || large.Len() != 4 || l.Dims.Size() == 0 {
		return nil, false
	}
	strides, rest := large.Strides(), l.Offset
	w := new(conv.Window)
	for i := range 4 {
		w.Small[i], w.Large[i], w.Step[i] = l.Dims.At(i), large.At(i), 1
		if l.Dims.At(i) > 1 {
			w.Step[i] = l.Stride[i] / strides[i]
			if l.Stride[i]%strides[i] != 0 {
				return nil, false
			}
		}
		w.Start[i], rest = rest/strides[i], rest%strides[i]
	}
	return w, fits(w)
}

// fits reports whether w is within bounds and takes neighbouring channels.
func fits(w *conv.Window) bool {
	for i := range 4 {
		if w.Start[i] < 0 || w.Step[i] < 1 || w.Small[i] < 1 || w.Start[i]+(w.Small[i]-1)*w.Step[i] >= w.Large[i] {
			return false
		}
	}
	return w.Step[1] == 1
}

// SliceBlocked returns the kernel that takes w out of blocked memory.
func SliceBlocked(w *conv.Window) Kernel {
	large := conv.BlockedSize(w.Large[0], w.Large[1], w.Large[2], w.Large[3])
	small := conv.BlockedSize(w.Small[0], w.Small[1], w.Small[2], w.Small[3])
	return func(c *Call) error {
		conv.Slice(w, vec[float32](c.Out, small), vec[float32](c.In[0], large))
		return nil
	}
}

// window returns where the input lies in the output of o.
func (o Unslice) window(out, in Meta) (*conv.Window, bool) {
	if !image(out) || !image(in) {
		return nil, false
	}
	w := new(conv.Window)
	for i := range 4 {
		w.Small[i], w.Large[i], w.Start[i], w.Step[i] = in.Dims.At(i), out.Dims.At(i), o.Start.At(i), o.Step.At(i)
	}
	return w, fits(w)
}

// Blocked implements [Blocked].
func (o Unslice) Blocked(out Meta, in []Meta) (BlockedUse, bool) {
	_, ok := o.window(out, in[0])
	return BlockedUse{Out: true, In: 1}, ok
}

// BlockedKernel implements [Blocked].
func (o Unslice) BlockedKernel(out Meta, in []Meta) Kernel {
	w, _ := o.window(out, in[0])
	large, small := BlockedLen(out.Dims), BlockedLen(in[0].Dims)
	return func(c *Call) error {
		conv.Unslice(w, vec[float32](c.Out, large), vec[float32](c.In[0], small))
		return nil
	}
}
