// SPDX-License-Identifier: MIT

package plan

import (
	"strings"

	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/ops"
)

// epilogue is what is computed of the result of an operation before it is written:
// relu(base·scale + shift + residual), or of a gradient base + residual where pass is
// positive.
type epilogue struct {
	base         *value         // a convolution or a batch norm
	conv         *convolution   // nil: a batch norm
	use          ops.BlockedUse // of a batch norm
	scale, shift *value         // one element a channel, nil: none
	residual     *value         // nil: none
	relu         bool
	pass         *value   // the output of a ReLU through which a gradient goes back, nil: none
	steps        []string // the names of what was fused
}

// epilogues joins convolutions with the frozen batch norm, the residual addition and
// the ReLU that follow, batch norms with the latter two, and gradients of convolutions with
// the addition of another branch's and the ReLU through which both go back, as long as
// nothing else uses the values in between. Of two gradients that are added, one with stride 1
// takes the other, and one without gaps.
func (b *builder) epilogues() {
	var strided, gaps []*value
	for _, v := range b.order {
		switch c, ok := v.form.(convolution); {
		case ok && c.Pass == conv.GradInput && c.Gaps():
			gaps = append(gaps, v)
		case ok && c.Pass == conv.GradInput && c.Strided():
			strided = append(strided, v)
		default:
			b.epilogueOf(v)
		}
	}
	for _, v := range append(strided, gaps...) {
		b.epilogueOf(v)
	}
}

// gradInput reports whether the base is the gradient of a convolution in x.
func (e *epilogue) gradInput() bool { return e.conv != nil && e.conv.Pass == conv.GradInput }

// epilogueOf joins v with what follows it.
func (b *builder) epilogueOf(v *value) {
	e := &epilogue{base: v}
	switch f := v.form.(type) {
	case convolution:
		if f.Pass == conv.GradWeight {
			return
		}
		e.conv = &f
	case blocked:
		if _, ok := v.op.(ops.BlockedExtended); !ok {
			return
		}
		e.use = f.use
	default:
		return
	}
	last := v
	members := []*value{v}
	for u := e.next(last); u != nil; u = e.next(last) {
		last = u
		members = append(members, u)
	}
	for _, m := range members[:len(members)-1] {
		m.form = member{last}
		b.plan.Stats.Fused++
		b.plan.Stats.Avoided += m.size()
	}
	last.form = e
}

// next takes the reader of v into the epilogue and returns it, nil if it does not fit.
func (e *epilogue) next(v *value) *value {
	if e.relu || e.pass != nil || v.output >= 0 || len(v.uses) != 1 {
		return nil
	}
	u := v.uses[0]
	// The sum of two convolutions ends the epilogue of one of them only.
	if !u.isPlain() || !u.blocked || u.meta.Dims != v.meta.Dims {
		return nil
	}
	switch u.op {
	case ops.Relu:
		if e.gradInput() {
			return nil
		}
		e.relu = true
	case ops.PassPositive:
		if !e.gradInput() || u.in[1] != v || u.in[0] == v || u.in[0].meta != u.meta {
			return nil
		}
		e.pass = u.in[0]
	case ops.Mul, ops.Add:
		other := u.in[0]
		if other == v {
			other = u.in[1]
		}
		if !e.operand(u, other) {
			return nil
		}
	default:
		return nil
	}
	e.steps = append(e.steps, u.op.Name())
	return u
}

// operand takes the other operand of a multiplication or addition u.
func (e *epilogue) operand(u, other *value) bool {
	form, _ := ops.FormOf(other.layout, u.meta.Dims)
	forward := e.conv != nil && e.conv.Pass == conv.Forward
	channel := form == ops.PlainChannel && other.meta.DType == u.meta.DType && forward
	whole := other.meta.Dims == u.meta.Dims && other != e.base
	biased := forward && len(e.base.in) == 3
	switch {
	case u.op == ops.Mul && channel && e.scale == nil && e.shift == nil && e.residual == nil:
		e.scale = other
	case u.op == ops.Add && channel && e.shift == nil && e.residual == nil && !(biased && e.scale == nil):
		e.shift = other
	case u.op == ops.Add && whole && e.residual == nil:
		e.residual = other
	default:
		return false
	}
	return true
}

// name describes the instruction.
func (e *epilogue) name() string {
	s := ops.Describe(e.base.op)
	if e.conv != nil {
		s += " " + e.conv.String()
	}
	return strings.Join(append([]string{s}, e.steps...), "+")
}

// emitEpilogue writes the instruction of v, which ends an epilogue.
func (b *builder) emitEpilogue(v *value, e *epilogue) {
	d := draft{name: e.name(), out: v}
	kind := ops.Epilogue{Residual: e.residual != nil, ReLU: e.relu, Plain: !v.blocked, Mask: e.pass != nil}
	switch {
	case e.conv == nil:
		d.in = b.blockedOperands(e.base, e.use)
	case e.gradInput():
		d.in = []*value{b.asBlocked(e.base.in[0]), b.packed(*e.conv, e.base.in[1], nil, e.base.meta.Dims)}
	default:
		d.in = []*value{b.convolved(*e.conv, e.base.in[0]), b.packed(*e.conv, e.base.in[1], e.scale, e.base.meta.Dims)}
		if bias := b.bias(e); bias != nil {
			kind.Bias = true
			d.in = append(d.in, bias)
		}
	}
	if e.residual != nil {
		d.over = 1 << len(d.in)
		d.in = append(d.in, b.asBlocked(e.residual))
	}
	if e.pass != nil {
		d.in = append(d.in, b.asBlocked(e.pass))
	}
	if e.conv != nil {
		d.kernel = e.conv.Kernel(kind)
	} else {
		d.kernel = e.base.op.(ops.BlockedExtended).ExtendedKernel(e.base.meta, metasOf(e.base.in), kind)
	}
	b.drafts = append(b.drafts, d)
}

// bias returns what a convolution adds to each channel, nil for nothing.
func (b *builder) bias(e *epilogue) *value {
	var own *value
	if len(e.base.in) == 3 {
		own = b.contiguous(e.base.in[2])
	}
	switch {
	case own == nil && e.shift == nil:
		return nil
	case own == nil:
		return b.channel(e.shift, e.base.meta.Dims)
	case e.scale == nil:
		return own
	}
	in := []*value{own, b.channel(e.scale, e.base.meta.Dims)}
	if e.shift != nil {
		in = append(in, b.channel(e.shift, e.base.meta.Dims))
	}
	c := added(own.meta)
	b.drafts = append(b.drafts, draft{name: "fold_bias", kernel: ops.FoldBias(own.meta.Dims.Size()), out: c, in: in})
	return c
}
