// SPDX-License-Identifier: MIT

package emu

// The commonest instructions are loops over all lanes, merged under the mask.

type loop2 func(d, a, b *lanes)

func (l loop2) do(w *warp, in *inst, m uint32) {
	if m == full {
		l(&w.regs[in.d], &w.regs[in.a], &w.regs[in.b])
		return
	}
	l(&w.tmp, &w.regs[in.a], &w.regs[in.b])
	w.put(in.d, &w.tmp, m)
}

type loop3 func(d, a, b, c *lanes)

func (l loop3) do(w *warp, in *inst, m uint32) {
	if m == full {
		l(&w.regs[in.d], &w.regs[in.a], &w.regs[in.b], &w.regs[in.c])
		return
	}
	l(&w.tmp, &w.regs[in.a], &w.regs[in.b], &w.regs[in.c])
	w.put(in.d, &w.tmp, m)
}

// put copies the lanes m of s to register d.
func (w *warp) put(d int32, s *lanes, m uint32) {
	r := &w.regs[d]
	if m == full {
		*r = *s
		return
	}
	for ; m != 0; m &= m - 1 {
		i := first(m)
		r[i] = s[i]
	}
}

func addF32(d, a, b *lanes) {
	for i := range d {
		d[i] = result32(f32(a[i]) + f32(b[i]))
	}
}

func subF32(d, a, b *lanes) {
	for i := range d {
		d[i] = result32(f32(a[i]) - f32(b[i]))
	}
}

func mulF32(d, a, b *lanes) {
	for i := range d {
		d[i] = result32(f32(a[i]) * f32(b[i]))
	}
}

func fmaF32(d, a, b, c *lanes) {
	for i := range d {
		d[i] = result32(fma32(f32(a[i]), f32(b[i]), f32(c[i])))
	}
}

func add32(d, a, b *lanes) {
	for i := range d {
		d[i] = uint64(uint32(a[i]) + uint32(b[i]))
	}
}

func add64(d, a, b *lanes) {
	for i := range d {
		d[i] = a[i] + b[i]
	}
}

func mad32(d, a, b, c *lanes) {
	for i := range d {
		d[i] = uint64(uint32(a[i])*uint32(b[i]) + uint32(c[i]))
	}
}
