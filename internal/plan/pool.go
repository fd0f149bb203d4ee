// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"github.com/stheno-go/stheno/internal/ops"
)

// poolIndices lets max poolings in blocked memory keep the indices of the largest elements
// for their gradients, which then read a byte instead of a window of the input. The input
// need not be kept for them.
func (b *builder) poolIndices() {
	var pools []*value
	for _, v := range b.order {
		f, ok := v.form.(blocked)
		if !ok {
			continue
		}
		if _, ok := v.op.(ops.Pool2d); ok && v.blocked {
			pools = append(pools, v)
		}
		op, ok := ops.PooledBy(v.op)
		i := slices.IndexFunc(pools, func(p *value) bool { return ok && p.op == op && p.in[0] == v.in[0] })
		if i < 0 {
			continue
		}
		pool, x := pools[i], v.in[0]
		if p, ok := pool.form.(blocked); ok {
			pool.form, pool.bytes = indices(p), ops.IndicesBytes(pool.meta)
		}
		v.form = indices(f)
		v.in[0] = pool
		pool.uses = append(pool.uses, v)
		x.uses = slices.Delete(x.uses, slices.Index(x.uses, v), slices.Index(x.uses, v)+1)
	}
}

// emitIndices writes the instruction of a max pooling that keeps indices, or of its gradient.
func (b *builder) emitIndices(v *value, f indices) {
	d := draft{name: ops.Describe(v.op) + "+indices", out: v, in: b.blockedOperands(v, f.use)}
	if op, ok := v.op.(ops.Pool2d); ok {
		d.kernel = op.IndicesKernel(v.meta, metasOf(v.in))
	} else {
		op, _ := ops.PooledBy(v.op)
		d.kernel = op.ScatterKernel(v.meta, metasOf(v.in))
	}
	b.drafts = append(b.drafts, d)
}
