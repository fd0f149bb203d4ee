// SPDX-License-Identifier: MIT

package plan

import (
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
)

// layouts decides which values lie in blocked memory. It begins at the convolutions, but
// for those that are cheaper on contiguous memory, and goes with the data: an operation that can work on blocked memory does if one of
// its operands of that size is there already. So nothing is converted back and forth
// around a cheap operation, and what leaves the convolutions is converted late, when
// poolings have made it small.
func (b *builder) layouts() {
	for _, v := range b.order {
		if !v.isPlain() {
			continue
		}
		metas := metasOf(v.in)
		if c := b.convolution(v); c != nil && !b.staysPlain(v, c) {
			v.form, v.blocked = *c, c.Pass != conv.GradWeight
			b.plan.Stats.Blocked++
			continue
		}
		switch op := v.op.(type) {
		case ops.Blocked:
			use, ok := op.Blocked(v.meta, metas)
			for i, in := range v.in {
				if ok && use.In>>i&1 == 1 && nearBlocked(in) {
					v.form, v.blocked = blocked{use}, use.Out
				}
			}
		case ops.Pointwise:
			v.blocked = blockable(v) && readsBlocked(v)
		}
		if v.blocked || !v.isPlain() {
			b.plan.Stats.Blocked++
		}
	}
}

// inBlocked returns the blocked value that v is, even by a view that changes nothing,
// or nil.
func inBlocked(v *value) *value {
	r := v.root()
	if r.blocked && (r == v || v.meta.Dims == r.meta.Dims && v.layout.Offset == 0 && v.layout.IsContiguous()) {
		return r
	}
	return nil
}

// nearBlocked reports whether v is blocked or a slice of what is, so that nothing need be
// converted.
func nearBlocked(v *value) bool {
	if inBlocked(v) != nil {
		return true
	}
	_, _, ok := sliceOfBlocked(v)
	return ok
}

// sliceOfBlocked returns the blocked value that v is a slice of, and where.
func sliceOfBlocked(v *value) (*value, *conv.Window, bool) {
	r := v.root()
	if r == v || !r.blocked || v.meta.DType != dtype.Float32 {
		return nil, nil, false
	}
	w, ok := ops.WindowOf(v.layout, r.meta.Dims)
	return r, w, ok
}

// blockable reports whether the pointwise operation v can work on blocked memory.
func blockable(v *value) bool {
	op, ok := v.op.(ops.Pointwise)
	if !ok || ops.Positional(op) || !isImage(v) {
		return false
	}
	for _, in := range v.in {
		form, _ := ops.FormOf(in.layout, v.meta.Dims)
		if form == ops.NotBlocked || (form == ops.BlockedWhole || form == ops.BlockedRows) && !isImage(in) {
			return false
		}
	}
	return true
}

// isImage reports whether v can be in blocked memory.
func isImage(v *value) bool {
	t := v.meta.DType
	return (t == dtype.Float32 || t == dtype.Bool) && v.meta.Dims.Len() == 4 && v.meta.Dims.Size() > 0
}

// readsBlocked reports whether an operand of v's shape is blocked.
func readsBlocked(v *value) bool {
	for _, in := range v.in {
		if in.meta.Dims == v.meta.Dims && nearBlocked(in) {
			return true
		}
	}
	return false
}

// The three forms in which a reader can have a value: blocked, contiguous, or, for an
// operation that accepts its layout, as it is. Each conversion is made once.

// asBlocked returns v in blocked memory.
func (b *builder) asBlocked(v *value) *value {
	if r := inBlocked(v); r != nil {
		return r
	}
	if c := b.blocks[v]; c != nil {
		return c
	}
	if r, w, ok := sliceOfBlocked(v); ok {
		b.blocks[v] = b.sliced(v, r, w)
		return b.blocks[v]
	}
	from := b.contiguous(v)
	c := added(v.meta)
	c.blocked = true
	if ops.SameBlocked(v.meta.Dims) {
		c.form = view{from}
		c.layout.Offset = from.layout.Offset
	} else {
		b.plan.Stats.Copied++
		b.drafts = append(b.drafts, draft{name: "to_blocked", kernel: ops.ToBlocked(v.meta), out: c, in: []*value{from}})
	}
	b.blocks[v] = c
	return c
}

// sliced takes v, the part w of r, out of blocked memory into blocked memory.
func (b *builder) sliced(v, r *value, w *conv.Window) *value {
	b.plan.Stats.Copied++
	c := added(v.meta)
	c.blocked = true
	b.drafts = append(b.drafts, draft{name: "slice", kernel: ops.SliceBlocked(w), out: c, in: []*value{r}})
	return c
}

// asPlain returns v with the layout that it has as a value of the graph.
func (b *builder) asPlain(v *value) *value {
	r := v.root()
	if !r.blocked {
		return v
	}
	p := b.plains[r]
	if p == nil {
		if ops.SameBlocked(r.meta.Dims) {
			p = viewOf(r, ops.Contiguous(r.meta))
		} else {
			p = b.fromBlocked(r)
		}
		b.plains[r] = p
	}
	if v == r {
		return p
	}
	return viewOf(p, v.layout)
}

// fromBlocked adds an instruction that copies blocked memory into contiguous memory.
func (b *builder) fromBlocked(v *value) *value {
	b.plan.Stats.Copied++
	c := added(v.meta)
	b.drafts = append(b.drafts, draft{name: "from_blocked", kernel: ops.FromBlocked(v.meta), out: c, in: []*value{v}})
	return c
}

// contiguous returns v in contiguous memory.
func (b *builder) contiguous(v *value) *value {
	if v.layout.IsContiguous() {
		return b.asPlain(v)
	}
	if b.copies[v] == nil {
		b.plan.Stats.Copied++
		b.copies[v] = b.copyOf(b.asPlain(v))
	}
	return b.copies[v]
}

// copyOf adds an instruction that copies v into contiguous memory.
func (b *builder) copyOf(v *value) *value {
	c := added(v.meta)
	b.drafts = append(b.drafts, draft{name: "copy", kernel: ops.CopyKernel(v.layout), out: c, in: []*value{v}})
	return c
}

// channel returns the elements of v, one for each channel of images of shape d, in
// contiguous memory that holds nothing else, however often v repeats them.
func (b *builder) channel(v *value, d shape.Dims) *value {
	if b.channels[v] == nil {
		l := ops.ChannelOf(v.layout, d)
		b.channels[v] = b.contiguous(viewOf(v, l))
	}
	return b.channels[v]
}

// padded returns channel(v, d) in memory that is padded to a whole block.
func (b *builder) padded(v *value, d shape.Dims) *value {
	v = b.channel(v, d)
	n, size := v.meta.Dims.Size(), v.meta.DType.Size()
	whole := conv.Blocks(n) * conv.Block * size
	r := v.root()
	own := r.output < 0 && r.place == nil && v.layout.Offset == 0 && align(r.size()) >= whole
	if n*size == whole || own {
		return v
	}
	if b.copies[v] == nil {
		b.copies[v] = b.copyOf(v)
		b.copies[v].bytes = whole
	}
	return b.copies[v]
}
