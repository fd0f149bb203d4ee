// SPDX-License-Identifier: MIT

package plan

import (
	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/ops"
)

// convertNanos is what an element costs that is copied into blocked memory or out of it,
// or that a further pass reads and writes, on one thread. It is bound by memory.
const convertNanos = 0.5

// convolution returns how v is computed by the blocked kernels, nil if it is not.
func (b *builder) convolution(v *value) *convolution {
	if v.isGiven() || v.root() != v {
		return nil
	}
	c := ops.BlockedConvOf(v.op, v.meta, metasOf(v.in), b.options.Conv)
	if c == nil {
		return nil
	}
	return &convolution{c}
}

// staysPlain reports whether the convolution v costs less on contiguous memory. What it
// reads may lie there and its result may be wanted there, so that blocked memory would be
// made and left again for its sake.
func (b *builder) staysPlain(v *value, c *convolution) bool {
	nanos, ok := c.PlainNanos()
	if !ok || b.options.Conv != conv.Auto {
		return false
	}
	for _, i := range c.Images() {
		x := v.in[i]
		switch {
		case nearBlocked(x):
			nanos += convertNanos * float64(x.meta.Dims.Size())
		case !c.Planar && !b.readersOf(x).blocked: // otherwise it is made anyway
			nanos -= convertNanos * float64(x.meta.Dims.Size())
		}
	}
	if c.Pass != conv.GradWeight {
		size := convertNanos * float64(v.meta.Dims.Size())
		r := b.readersOf(v)
		if r.blocked {
			nanos += size
		}
		if r.plain {
			nanos -= size
		}
		if r.pointwise && c.Pass == conv.Forward {
			nanos += size // the blocked kernels do that before they write
		}
	}
	return nanos < 0
}

// readers says what those who read a value want: memory that is blocked, or contiguous.
type readers struct {
	blocked, plain bool
	pointwise      bool // the first is an operation that goes with what it reads
}

// readersOf looks through operations that go with what they read.
func (b *builder) readersOf(v *value) readers {
	var r readers
	seen := map[*value]bool{}
	var visit func(v *value)
	visit = func(v *value) {
		if seen[v] {
			return
		}
		seen[v] = true
		r.plain = r.plain || v.output >= 0
		for _, u := range v.uses {
			if c := b.convolution(u); c != nil {
				if _, ok := c.PlainNanos(); !ok {
					r.blocked = true
				}
				continue
			}
			switch op := u.op.(type) {
			case ops.Blocked:
				if _, ok := op.Blocked(u.meta, metasOf(u.in)); ok {
					r.blocked = true
					continue
				}
			case ops.Pointwise:
				if blockable(u) && u.meta.Dims == v.meta.Dims {
					r.pointwise = true
					visit(u)
					continue
				}
			}
			r.plain = true
		}
	}
	visit(v)
	return r
}

// standalone lets a convolution write torch's order if nobody reads its result in blocked
// memory: it converts what it computes while that is in a cache.
func (b *builder) standalone() {
	for _, v := range b.order {
		e, ok := v.form.(*epilogue)
		if !ok || e.conv == nil || e.residual != nil || !e.conv.WritesPlain() {
			continue
		}
		if r := b.readersOf(v); r.plain && !r.blocked && !r.pointwise {
			v.blocked = false
		}
	}
}
