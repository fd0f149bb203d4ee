// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"github.com/stheno-go/stheno/internal/ops"
)

// draft is an instruction whose places are not known yet.
type draft struct {
	name   string
	kernel ops.Kernel
	out    *value
	in     []*value
	over   uint32 // bit i: the output may overwrite input i
	late   bool   // to be run just before its only reader
	keep   *Keep
}

// everyInput is draft.over of pointwise operations.
const everyInput = ^uint32(0)

// emit writes the instructions, one for each value that has memory of its own and is
// not computed in another's pass.
func (b *builder) emit() {
	for _, v := range slices.Clone(b.order) {
		switch f := v.form.(type) {
		case given, view, member, unread: // no instruction of their own
		case plain:
			b.emitPlain(v)
		case *epilogue:
			b.emitEpilogue(v, f)
		case convolution:
			b.emitGradient(v, f)
		case fused:
			b.emitFused(v)
		case blocked:
			b.emitBlocked(v, f)
		case indices:
			b.emitIndices(v, f)
		case throughReLU:
			b.emitReluGradient(v, f)
		}
	}
	// Outputs must be in separate contiguous memory, once for each time they are requested.
	for i, v := range b.outs {
		if v.output == i && !v.isGiven() && v.root() == v && !v.blocked {
			v.place = &Place{Space: Output, Index: i}
			continue
		}
		var c *value
		if r := inBlocked(v); r != nil {
			c = b.fromBlocked(r)
		} else {
			c = b.copyOf(b.asPlain(v))
		}
		c.place = &Place{Space: Output, Index: i}
	}
}

func metasOf(list []*value) []ops.Meta {
	metas := make([]ops.Meta, len(list))
	for i, v := range list {
		metas[i] = v.meta
	}
	return metas
}

// emitPlain writes the instruction of an operation on memory that is not blocked.
func (b *builder) emitPlain(v *value) {
	in := make([]*value, len(v.in))
	layouts := make([]ops.Layout, len(v.in))
	for i, x := range v.in {
		s, ok := v.op.(ops.Strided)
		if ok && s.Accepts(i, x.layout) {
			in[i] = b.asPlain(x)
		} else {
			in[i] = b.contiguous(x)
		}
		layouts[i] = in[i].layout
	}
	b.drafts = append(b.drafts, draft{name: ops.Describe(v.op), kernel: v.op.Kernel(v.meta, layouts), out: v, in: in})
}

// emitBlocked writes the instruction of an operation on blocked memory.
func (b *builder) emitBlocked(v *value, f blocked) {
	op := v.op.(ops.Blocked)
	b.drafts = append(b.drafts, draft{
		name: ops.Describe(op), kernel: op.BlockedKernel(v.meta, metasOf(v.in)),
		out: v, in: b.blockedOperands(v, f.use), over: overwrites(op),
	})
}

// blockedOperands returns the inputs of v as its operation on blocked memory reads them.
func (b *builder) blockedOperands(v *value, use ops.BlockedUse) []*value {
	in := make([]*value, len(v.in))
	for i, x := range v.in {
		if use.In>>i&1 == 1 {
			in[i] = b.asBlocked(x)
		} else {
			in[i] = b.contiguous(x)
		}
	}
	return in
}

// emitGradient writes the instruction of a gradient of a convolution's weights.
func (b *builder) emitGradient(v *value, c convolution) {
	d := draft{name: ops.Describe(v.op) + " " + c.String(), kernel: c.Kernel(ops.Epilogue{}), out: v}
	d.in = append(d.in, b.asBlocked(v.in[0]), b.convolved(c, v.in[1]))
	b.drafts = append(b.drafts, d)
}

// convolved returns x, the input of the convolution c, as its kernels want it.
func (b *builder) convolved(c convolution, x *value) *value {
	if c.Planar {
		return b.contiguous(x)
	}
	return b.asBlocked(x)
}

// overwrites returns [draft].over of an operation on blocked memory.
func overwrites(op ops.Op) uint32 {
	if o, ok := op.(ops.Overwriter); ok {
		return o.Overwrites()
	}
	return 0
}
