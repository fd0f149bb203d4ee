// SPDX-License-Identifier: MIT

//go:build mutation

package main

var mutations = []mutation{
	// The passes of the plan.
	{"view: the offset of a view is lost", "internal/plan/view.go", "v.view, v.layout = in, layout", "layout.Offset = in.layout.Offset\n\t\tv.view, v.layout = in, layout", 300},
	{"view: strides of a permutation are not permuted", "internal/ops/view.go", "l.Stride[i] = in.Stride[o.Order[i]]", "l.Stride[i] = in.Stride[i]", 300},
	{"layout: an expansion is taken for what it expands", "internal/plan/layout.go", "l := ops.ChannelOf(v.layout, d)", "l := v.layout", 600},
	{"layout: a channel's stride is lost", "internal/ops/blocked.go", "r.Stride[0] = BroadcastTo(l, d).Stride[1]", "r.Stride[0] = 1", 3000},
	{"layout: a channel's offset is lost", "internal/ops/blocked.go", "r := Layout{Meta: Meta{shape.Must(d.At(1)), l.DType}, Offset: l.Offset}", "r := Layout{Meta: Meta{shape.Must(d.At(1)), l.DType}}", 3000},
	{"layout: one number an image is taken for one of all", "internal/ops/blocked.go", "r.Stride[0] = s[0]\n", "", 1500},
	{"layout: a slice of images in another place", "internal/ops/blocked_window.go", "w.Start[i], rest = rest/strides[i], rest%strides[i]", "w.Start[i], rest = 0, rest%strides[i]", 1500},
	{"layout: a reshape of images is taken for the images", "internal/plan/layout.go", "v.meta.Dims == r.meta.Dims && v.layout.Offset == 0 && v.layout.IsContiguous()", "v.meta.Dims.Len() == 4 && v.layout.IsContiguous()", 1500},
	{"layout: what fills up the last block is not cleared", "internal/plan/fuse.go", "d.kernel = ops.ZeroFilling(d.kernel, v.meta)", "_ = ops.ZeroFilling", 1500},
	{"pool: places are of another pooling", "internal/plan/pool.go", "return ok && p.op == op && p.in[0] == v.in[0]", "return ok && p.in[0].meta == v.in[0].meta && p.meta == v.in[1].meta", 6000},
	{"pool: places are not counted as memory", "internal/ops/blocked_pool.go", "return 5 * BlockedLen(m.Dims)", "return 4 * BlockedLen(m.Dims)", 3000},
	{"relu: the mask is dropped although others read it", "internal/plan/relu.go", "return len(mask.uses) > 0", "return true", 1500},
	{"relu: a gradient passes where the ReLU did not", "internal/ops/blocked_norm.go", "return bnGradInputBlocked(out, in, true, affine)", "return bnGradInputBlocked(out, in, false, affine)", 1500},
	{"epilogue: the residual is dropped", "internal/ops/blocked_conv.go", "k.Residual = vec[float32](rest[0], ny)", "_ = rest", 600},
	{"epilogue: the ReLU is dropped", "internal/ops/blocked_conv.go", "k := kernels.Epilogue{ReLU: e.ReLU, Plain: e.Plain}", "k := kernels.Epilogue{Plain: e.Plain}", 600},
	{"epilogue: the bias is not scaled", "internal/ops/blocked_conv.go", "y[i] = bias[i] * scale[i]", "y[i] = bias[i]", 1500},
	{"epilogue: what others read is fused away", "internal/plan/epilogue.go", "v.output >= 0 || len(v.uses) != 1", "v.output >= 0 || len(v.uses) == 0", 600},
	{"epilogue: a scale after the shift", "internal/plan/epilogue.go", "e.scale == nil && e.shift == nil && e.residual == nil:", "e.scale == nil && e.residual == nil:", 3000},
	{"leaves: a result that is wanted blocked is written plain", "internal/plan/lone.go", "if r := b.readersOf(v); r.plain && !r.blocked && !r.pointwise {", "if r := b.readersOf(v); r.plain {", 1500},
	{"lone: a convolution with a residual writes plain", "internal/plan/lone.go", "|| e.residual != nil ||", "||", 1500},
	{"fuse: an operand of another shape joins", "internal/plan/fuse.go", "return u.meta.Dims == v.meta.Dims\n", "return u.meta.Dims.Len() == v.meta.Dims.Len()\n", 600},
	{"fuse: a wanted value is fused away", "internal/plan/fuse.go", "|| v.skipped || v.output >= 0 ||", "|| v.skipped ||", 600},
	{"pack: a scale is left out of what tells packed weights apart", "internal/plan/pack.go", "keep.Form, keep.Size = c.Form()+form(w, scale), p.bytes", "keep.Form, keep.Size = c.Form()+form(w), p.bytes", 6000},
	{"pack: what is kept does not depend on the operations on it", "internal/plan/pack.go", "s = append(append(s, v.op.Name()...), '[')", "s = append(s, '[')", 6000},
	{"emit: a blocked operand is handed over as it is", "internal/plan/emit.go", "if v.use.In>>i&1 == 1 {\n\t\t\tin[i] = b.asBlocked(x)", "if v.use.In>>i&1 == 1 {\n\t\t\tin[i] = x", 600},
	{"emit: a strided operand is not copied", "internal/plan/emit.go", "in[i] = b.contiguous(x)\n\t\t}\n\t\tlayouts[i]", "in[i] = b.asPlain(x)\n\t\t}\n\t\tlayouts[i]", 600},
	{"schedule: an instruction does not wait", "internal/plan/schedule.go", "s.waits[i]++", "s.waits[i] = 1", 600},
	{"lifetime: memory is taken before its last reader", "internal/plan/lifetime.go", "return s.last < i", "return s.last <= i", 300},
	{"lifetime: an operand is overwritten too early", "internal/plan/lifetime.go", "|| last[old] != i ||", "||", 600},
	{"fused chain: scratch is shared by two values", "internal/ops/fused.go", "if last[a] == s && r.place[a] >= 0 && a >= inputs {", "if last[a] <= s+1 && r.place[a] >= 0 && a >= inputs {", 3000},

	// What is kept between runs.
	{"storage: a write is not counted", "internal/storage/storage.go", "func (b *Buffer) Touch() { b.version++ }", "func (b *Buffer) Touch() {}", 3000},
	{"storage: what was derived is never stale", "internal/storage/derive.go", "x.shared || x.Version() != f.versions[i]", "x.shared", 3000},
	{"storage: numbers do not tell derived forms apart", "internal/storage/derive.go", " && slices.Equal(f.values, s.Values)", "", 6000},
	{"machine: an address of the last run is used again", "internal/machine/kept.go", "*r = p\n", "if *r == nil {\n\t\t\t*r = p\n\t\t}\n", 6000},
	{"batch norm: the written statistics are not counted", "batchnorm.go", "	variance.Touch()\n", "", 12000},
}
