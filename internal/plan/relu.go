// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"github.com/stheno-go/stheno/internal/ops"
)

// reluGradients lets the gradients of a batch norm that a ReLU follows take the ReLU's
// gradient as it comes: where the ReLU passed they see from the batch norm's input,
// which they read anyway. So the masked gradient is not written and read, and the ReLU's
// output need not be kept for it.
func (b *builder) reluGradients() {
	for _, mask := range b.order {
		if mask.op != ops.PassPositive || mask.output >= 0 || !mask.isPlain() {
			continue
		}
		relu, dy := mask.in[0], mask.in[1]
		if relu.op != ops.Relu || relu.meta != dy.meta {
			continue
		}
		norm := relu.in[0]
		if norm.op != ops.BatchNorm || !norm.blocked || !relu.blocked || !allReadBy(mask, norm) {
			continue
		}
		for _, u := range mask.uses {
			at := u.op.(ops.ReluGradient).ThroughRelu()
			u.form = throughReLU{u.form.(blocked).use, norm}
			u.in[at] = dy
			dy.uses = append(dy.uses, u)
		}
		drop := func(u *value) bool { return u == mask }
		dy.uses, relu.uses = slices.DeleteFunc(dy.uses, drop), slices.DeleteFunc(relu.uses, drop)
		mask.uses, mask.form = nil, unread{}
		b.plan.Stats.Fused++
		b.plan.Stats.Avoided += mask.size()
	}
}

// allReadBy reports whether gradients of norm, and nothing else, read mask, as what comes
// back to norm.
func allReadBy(mask, norm *value) bool {
	for _, u := range mask.uses {
		g, ok := u.op.(ops.ReluGradient)
		if _, own := u.form.(blocked); !ok || !own || u.in[0] != norm.in[0] || u.in[1] != norm.in[1] {
			return false
		}
		for i, in := range u.in {
			if in == mask && i != g.ThroughRelu() {
				return false
			}
		}
	}
	return len(mask.uses) > 0
}

// emitReluGradient writes the instruction of a gradient that goes through a ReLU too.
func (b *builder) emitReluGradient(v *value, f throughReLU) {
	op := v.op.(ops.ReluGradient)
	weights := f.norm.in[2:]
	d := draft{name: ops.Describe(op) + "+pass_positive", out: v, in: b.blockedOperands(v, f.use), over: overwrites(op)}
	for _, w := range weights {
		d.in = append(d.in, b.contiguous(w))
	}
	d.kernel = op.ReluKernel(v.meta, metasOf(v.in), len(weights) == 2)
	b.drafts = append(b.drafts, d)
}
