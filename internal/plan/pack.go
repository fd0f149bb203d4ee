// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
)

// packKey tells apart packed weights.
type packKey struct {
	w, scale *value
	form     string
}

// packed returns the weights w, times scale unless that is nil, one element for each
// channel of dims, as the convolution c needs them. If they are made of nothing but what stays from run to run, so do they.
// Otherwise they are packed for each convolution again, just before it: they are large,
// and the forward pass is over long before the backward pass needs others. Or they stay as
// they are, where the convolution does that meanwhile.
func (b *builder) packed(c convolution, w, scale *value, dims shape.Dims) *value {
	key := packKey{w, scale, c.Form()}
	if p := b.packs[key]; p != nil {
		return p
	}
	keep := b.resident(w, scale)
	if keep == nil && scale == nil && c.TakeUnpacked() {
		return b.contiguous(w)
	}
	d := draft{name: "pack_weights " + c.String(), kernel: c.Pack(), in: []*value{b.contiguous(w)}}
	if scale != nil {
		d.in = append(d.in, b.channel(scale, dims))
		d.name += "+scale"
	}
	p := added(w.meta)
	p.bytes = c.PackedLen() * w.meta.DType.Size()
	d.out = p
	if d.keep = keep; keep != nil {
		keep.Form, keep.Size = c.Form()+formula(w, scale), p.bytes
		p.place = &Place{Space: Kept, Index: b.plan.Kept}
		b.plan.Kept++
		b.plan.Stats.Resident += p.bytes
		b.packs[key] = p
	} else {
		d.late = true
	}
	b.drafts = append(b.drafts, d)
	return p
}

// maxSources bounds what a run compares to see whether a kept value is still good.
const maxSources = 16

// resident returns of what values are made, nil if that is not all resident.
func (b *builder) resident(values ...*value) *Keep {
	if b.options.Resident == nil {
		return nil
	}
	k := new(Keep)
	seen := map[*value]bool{}
	var visit func(v *value) bool
	visit = func(v *value) bool {
		if v == nil || seen[v] {
			return true
		}
		seen[v] = true
		if f, ok := v.form.(given); ok {
			switch {
			case v.meta.Dims.Len() == 0:
				k.Scalars = append(k.Scalars, ScalarInput{f.index, v.meta.DType.Size()})
			case b.options.Resident(f.index):
				k.Sources = append(k.Sources, f.index)
			default:
				return false
			}
			return len(k.Sources)+len(k.Scalars) <= maxSources
		}
		if ops.IsForeign(v.op) {
			return false
		}
		for _, in := range v.in {
			if !visit(in) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if !visit(v) {
			return nil
		}
	}
	if len(k.Sources) == 0 {
		return nil
	}
	return k
}

// formula describes how values are computed from inputs, which it numbers in the order in
// which [resident] reaches them.
func formula(values ...*value) string {
	number := map[*value]int{}
	var s []byte
	var visit func(v *value)
	visit = func(v *value) {
		if i, ok := number[v]; ok {
			s = fmt.Appendf(s, "#%d", i)
			return
		}
		number[v] = len(number)
		if v.isGiven() {
			s = fmt.Appendf(s, "<%v%v>", v.meta.DType, v.meta.Dims)
			return
		}
		s = append(append(s, v.op.Name()...), '[')
		s = append(v.op.AppendAttrs(s), ']', '(')
		for _, in := range v.in {
			visit(in)
		}
		s = append(s, ')')
	}
	for _, v := range values {
		if v != nil {
			visit(v)
		}
	}
	return string(s)
}
