// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"github.com/stheno-go/stheno/internal/ops"
)

// draft is an instruction whose places are not known yet.
type draft struct {
	name    string
	kernel  ops.Kernel
	out     *value
	in      []*value
	inPlace bool // the output may overwrite an input
}

// emit writes the instructions in the order of the graph, one for each value that
// has memory of its own and is not computed in another's pass.
func (b *builder) emit() error {
	copies := map[*value]*value{}
	for _, v := range slices.Clone(b.order) {
		if v.input >= 0 || v.view != nil || v.group != nil {
			continue
		}
		if b.isFused(v) {
			kernel, in, name := b.fused(v)
			b.drafts = append(b.drafts, draft{name, kernel, v, in, true})
			continue
		}
		in := make([]*value, len(v.in))
		layouts := make([]ops.Layout, len(v.in))
		for i, x := range v.in {
			in[i] = x
			s, ok := v.op.(ops.Strided)
			if !x.layout.IsContiguous() && !(ok && s.Accepts(i, x.layout)) {
				if copies[x] == nil {
					copies[x] = b.copyOf(x)
				}
				in[i] = copies[x]
			}
			layouts[i] = in[i].layout
		}
		b.drafts = append(b.drafts, draft{ops.Describe(v.op), v.op.Kernel(v.meta, layouts), v, in, false})
	}
	// What is wanted must lie in memory of its own, as often as it is wanted.
	for i, v := range b.outs {
		if v.output == i && v.input < 0 && v.view == nil {
			v.place, v.placed = Place{Space: Output, Index: i}, true
			continue
		}
		c := b.copyOf(v)
		c.place, c.placed = Place{Space: Output, Index: i}, true
	}
	return nil
}

// isFused tells whether v ends a group or is a pointwise operation by itself.
func (b *builder) isFused(v *value) bool {
	if _, ok := v.op.(ops.Pointwise); ok {
		return true
	}
	if _, ok := v.op.(ops.Reducer); ok {
		return v.in[0].group == v
	}
	return false
}

// copyOf adds an instruction that copies v into contiguous memory.
func (b *builder) copyOf(v *value) *value {
	c := &value{meta: v.meta, input: -1, output: -1, layout: ops.Contiguous(v.meta)}
	b.drafts = append(b.drafts, draft{"copy", ops.CopyKernel(v.layout), c, []*value{v}, false})
	return c
}
