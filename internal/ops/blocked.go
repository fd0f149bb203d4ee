// SPDX-License-Identifier: MIT

package ops

import (
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/shape"
)

// Blocked is an Op that can work on blocked memory, in which (N,C,H,W) lies as
// [N][ceil(C/16)][H][W][16]; see [conv.ToBlocked]. The elements that fill up the
// last block are zero, in what it reads and in what it writes.
type Blocked interface {
	Op
	// Blocked says which values it then has in blocked memory, false if it cannot for
	// these types and shapes.
	Blocked(out Meta, in []Meta) (BlockedUse, bool)
	// BlockedKernel prepares the computation. The values that are not blocked are
	// contiguous.
	BlockedKernel(out Meta, in []Meta) Kernel
}

// BlockedExtended is a Blocked operation that can do more to its result before it
// writes it.
type BlockedExtended interface {
	Blocked
	// ExtendedKernel is BlockedKernel followed by e, whose operands are further inputs.
	ExtendedKernel(out Meta, in []Meta, e Epilogue) Kernel
}

// Overwriter is a Blocked operation whose output can take the memory of an input.
type Overwriter interface {
	Overwrites() uint32 // bit i: of input i
}

// Positional reports whether what op computes of an element depends on its place.
func Positional(op Op) bool {
	_, ok := op.(Dropout)
	return ok
}

// IsForeign reports whether op is one of Gorgonia's or of a user, which may compute
// something else each time.
func IsForeign(op Op) bool {
	_, ok := op.(stock)
	return ok
}

// BlockedUse says which values of an operation are in blocked memory.
type BlockedUse struct {
	Out bool
	In  uint8 // bit i: input i
}

// BlockedLen returns the number of elements that a value of shape d, (N,C,H,W), takes
// in blocked memory.
func BlockedLen(d shape.Dims) int { return conv.BlockedSize(d.At(0), d.At(1), d.At(2), d.At(3)) }

// BlockedDims returns the shape of blocked memory: (N,C/16,H·W,16).
func BlockedDims(d shape.Dims) shape.Dims {
	return shape.Must(d.At(0), conv.Blocks(d.At(1)), d.At(2)*d.At(3), conv.Block)
}

// SameBlocked reports whether blocked memory of shape d is contiguous memory as well.
func SameBlocked(d shape.Dims) bool {
	return d.At(2)*d.At(3) == 1 && d.At(1)%conv.Block == 0
}

// ToBlocked copies contiguous memory of type m into blocked memory.
func ToBlocked(m Meta) Kernel {
	if m.DType != dtype.Float32 {
		return rearrange(m, true)
	}
	n, c, h, w := m.Dims.At(0), m.Dims.At(1), m.Dims.At(2), m.Dims.At(3)
	size, blocked := m.Dims.Size(), BlockedLen(m.Dims)
	return func(call *Call) error {
		conv.ToBlocked(vec[float32](call.Out, blocked), vec[float32](call.In[0], size), n, c, h, w)
		return nil
	}
}

// FromBlocked undoes [ToBlocked].
func FromBlocked(m Meta) Kernel {
	if m.DType != dtype.Float32 {
		return rearrange(m, false)
	}
	n, c, h, w := m.Dims.At(0), m.Dims.At(1), m.Dims.At(2), m.Dims.At(3)
	size, blocked := m.Dims.Size(), BlockedLen(m.Dims)
	return func(call *Call) error {
		conv.FromBlocked(vec[float32](call.Out, size), vec[float32](call.In[0], blocked), n, c, h, w)
		return nil
	}
}

// rearrange is ToBlocked or FromBlocked of booleans.
func rearrange(m Meta, to bool) Kernel {
	n, c, hw := m.Dims.At(0), m.Dims.At(1), m.Dims.At(2)*m.Dims.At(3)
	size, blocked := m.Dims.Size(), BlockedLen(m.Dims)
	return func(call *Call) error {
		dst, src := vec[bool](call.Out, blocked), vec[bool](call.In[0], size)
		if to {
			clear(dst)
		} else {
			dst, src = vec[bool](call.Out, size), vec[bool](call.In[0], blocked)
		}
		for i := range n * c {
			at := (i/c*conv.Blocks(c)+i%c/conv.Block)*hw*conv.Block + i%c%conv.Block
			for p := range hw {
				if to {
					dst[at+p*conv.Block] = src[i*hw+p]
				} else {
					dst[i*hw+p] = src[at+p*conv.Block]
				}
			}
		}
		return nil
	}
}

// ZeroFilling returns k followed by a pass that makes the elements zero that fill up
// the last block of its output, of type m.
func ZeroFilling(k Kernel, m Meta) Kernel {
	n, c, hw := m.Dims.At(0), m.Dims.At(1), m.Dims.At(2)*m.Dims.At(3)
	used, row := c%conv.Block*m.DType.Size(), conv.Block*m.DType.Size()
	if used == 0 {
		return k
	}
	blocks := conv.Blocks(c)
	return func(call *Call) error {
		if err := k(call); err != nil {
			return err
		}
		y := vec[byte](call.Out, n*blocks*hw*row)
		for i := range n {
			last := y[((i+1)*blocks-1)*hw*row : (i+1)*blocks*hw*row]
			for p := 0; p < len(last); p += row {
				clear(last[p+used : p+row])
			}
		}
		return nil
	}
}

// BlockedForm is how a pointwise operation on blocked memory reads an operand.
type BlockedForm uint8

// The forms.
const (
	NotBlocked   BlockedForm = iota // it cannot
	BlockedWhole                    // an operand of the same shape, in blocked memory
	BlockedRows                     // (N,C,1,1), in blocked memory
	PlainChannel                    // one element a channel, in the memory of [ChannelOf]
	PlainAny                        // one element, or one an image, as it is
)

// FormOf returns how an operand with layout l is read by a pointwise operation on
// blocked memory of shape d, and its layout over [BlockedDims] of d. The form follows from
// where the elements lie, not from the operand's shape: an expansion is what it expands.
func FormOf(l Layout, d shape.Dims) (BlockedForm, Layout) {
	s := BroadcastTo(l, d).Stride
	to := Meta{BlockedDims(d), l.DType}
	r := Layout{Meta: to, Offset: l.Offset}
	c := d.At(1)
	switch {
	case s[2] == 0 && s[3] == 0 && s[1] == 0:
		r.Stride[0] = s[0]
		return PlainAny, r
	case s[2] == 0 && s[3] == 0 && s[0] == 0:
		r.Stride[1], r.Stride[3] = conv.Block, 1
		r.Offset = 0
		return PlainChannel, r
	case l.Dims == d.Set(2, 1).Set(3, 1) && l.Dims != d:
		r.Stride[0], r.Stride[1], r.Stride[3] = conv.Blocks(c)*conv.Block, conv.Block, 1
		r.Offset = 0
		return BlockedRows, r
	case l.Dims == d:
		r = Contiguous(to)
		return BlockedWhole, r
	}
	return NotBlocked, r
}

// ChannelOf returns the layout (C) of the elements of an operand with layout l that is a
// [PlainChannel] of images of shape d.
func ChannelOf(l Layout, d shape.Dims) Layout {
	r := Layout{Meta: Meta{shape.Must(d.At(1)), l.DType}, Offset: l.Offset}
	r.Stride[0] = BroadcastTo(l, d).Stride[1]
	return r
}
