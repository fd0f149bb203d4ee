// SPDX-License-Identifier: MIT

package plan

import (
	"strings"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
)

// A group longer than this gains nothing: its operands no longer stay in cache.
const maxGroup = 24

// fuse joins pointwise operations into one pass over memory. A value joins the
// group of its readers when all of them are in that group and work on its shape;
// then nothing outside needs its memory. Since a group ends in one value, no cycle
// can come about. A full reduction may end a group.
func (b *builder) fuse() {
	size := map[*value]int{}
	for i := len(b.order) - 1; i >= 0; i-- {
		v := b.order[i]
		if _, ok := v.op.(ops.Pointwise); !ok || !v.isPlain() {
			continue
		}
		v.form = fused{}
		if v.output >= 0 || len(v.uses) == 0 {
			continue
		}
		g := leader(v.uses[0])
		for _, u := range v.uses {
			if leader(u) != g || !joins(v, u) {
				g = nil
				break
			}
		}
		if g == nil || size[g] >= maxGroup {
			continue
		}
		g.form = fused{}
		v.form, v.blocked = member{g}, g.blocked
		size[g]++
		b.plan.Stats.Fused++
		b.plan.Stats.Avoided += v.size()
	}
}

// joins reports whether v can be computed in the pass that computes its reader u.
func joins(v, u *value) bool {
	switch leader(u).form.(type) {
	case plain, fused:
	default:
		return false
	}
	if v.blocked && !u.blocked || u.blocked && !blockable(v) {
		return false
	}
	switch op := u.op.(type) {
	case ops.Pointwise:
		return u.meta.Dims == v.meta.Dims
	case ops.Reducer:
		return op.FullReduce(v.meta) != nil
	}
	return false
}

// members returns the values that are computed with v, inputs first, v last.
func (b *builder) members(v *value) []*value {
	var list []*value
	seen := map[*value]bool{}
	var visit func(m *value)
	visit = func(m *value) {
		if seen[m] || leader(m) != v {
			return
		}
		seen[m] = true
		for _, in := range m.in {
			visit(in)
		}
		list = append(list, m)
	}
	visit(v)
	return list
}

// emitFused writes the instruction of the group that ends in v.
func (b *builder) emitFused(v *value) {
	members := b.members(v)
	f := &ops.Fused{Out: v.meta}
	if r, ok := v.op.(ops.Reducer); ok {
		members = members[:len(members)-1]
		f.Out = v.in[0].meta
		f.Reduce = r.FullReduce(f.Out)
	}
	dims := f.Out.Dims
	if v.blocked {
		f.Out.Dims = ops.BlockedDims(dims)
	}
	number := map[*value]int{}
	d := draft{out: v, over: everyInput}
	for _, m := range members {
		for _, in := range m.in {
			if _, ok := number[in]; !ok && leader(in) != v {
				number[in] = len(d.in)
				x, layout := b.pointwiseOperand(in, v, dims)
				d.in = append(d.in, x)
				f.Inputs = append(f.Inputs, layout)
			}
		}
	}
	var names []string
	for _, m := range members {
		metas := make([]ops.Meta, len(m.in))
		args := make([]int, len(m.in))
		for i, in := range m.in {
			metas[i], args[i] = in.meta, number[in]
		}
		number[m] = len(d.in) + len(f.Steps)
		f.Steps = append(f.Steps, ops.FusedStep{
			Step: m.op.(ops.Pointwise).Step(m.meta, metas), Args: args, Size: m.meta.DType.Size(), Name: m.op.Name(),
		})
		names = append(names, ops.Describe(m.op))
	}
	if f.Reduce != nil {
		names = append(names, ops.Describe(v.op))
	}
	d.kernel, d.name = f.Kernel(), strings.Join(names, "+")
	if v.blocked {
		d.kernel = ops.ZeroFilling(d.kernel, v.meta)
	}
	b.drafts = append(b.drafts, d)
}

// pointwiseOperand returns the operand in of the group that ends in v and has shape
// dims, and how the group's pass reads it.
func (b *builder) pointwiseOperand(in, v *value, dims shape.Dims) (*value, ops.Layout) {
	if !v.blocked {
		in = b.asPlain(in)
		return in, ops.BroadcastTo(in.layout, dims)
	}
	form, layout := ops.FormOf(in.layout, dims)
	switch form {
	case ops.BlockedWhole, ops.BlockedRows:
		in = b.asBlocked(in)
	case ops.PlainChannel:
		in = b.padded(in, dims)
	default:
		in = b.asPlain(in)
	}
	return in, layout
}
