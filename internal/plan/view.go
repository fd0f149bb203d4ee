// SPDX-License-Identifier: MIT

package plan

import "github.com/stheno-go/stheno/internal/ops"

// views makes reshapes, transposes, slices and expansions another look at their
// input's memory. A reader that cannot take the layout gets a contiguous copy
// when instructions are emitted.
func (b *builder) views() {
	for _, v := range b.order {
		op, ok := v.op.(ops.Viewer)
		if !ok || v.isGiven() {
			continue
		}
		in := v.in[0]
		layout, ok := op.View(v.meta, in.layout)
		if !ok {
			continue
		}
		v.form, v.layout = view{in.root()}, layout
		b.plan.Stats.Views++
	}
}
