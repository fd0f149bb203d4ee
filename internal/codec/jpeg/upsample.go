// SPDX-License-Identifier: MIT

package jpeg

import "encoding/binary"

func put(dst []uint8, v uint64) { binary.LittleEndian.PutUint64(dst, v) }

// rowBuffers hold one row of each component at the size of the picture.
type rowBuffers struct{ memory [4][]uint8 }

// upsampled returns row y of the picture's component c, in the columns of the region, which
// have the same indices as in the picture. i is the index of c.
func (d *decoder) upsampled(i, y int) []uint8 {
	c := d.components[i]
	fx, fy := d.hMax/c.h, d.vMax/c.v
	near := c.row(y / fy)
	if fx == 1 && fy == 1 {
		return near
	}
	buf := &d.rows.memory[i]
	if want := 8*d.mcusX*d.hMax + 8; cap(*buf) < want {
		*buf = make([]uint8, want)
	}
	out := (*buf)[:cap(*buf)]
	// Samples from a to b make the region's columns.
	a, b := d.region.Min.X/fx, (d.region.Max.X-1)/fx+1
	far := near
	if fy == 2 {
		far = c.row(y/2 - 1 + 2*(y&1))
	}
	switch fancy := c.width > 2; {
	case fx == 2 && fy == 1 && fancy:
		fancyH(out, near[:c.width], a, b)
	case fx == 1 && fy == 2:
		fancyV(out, near, far, a, b, uint(1+y&1))
	case fx == 2 && fy == 2 && fancy:
		fancyHV(out, near[:c.width], far[:c.width], a, b)
	default:
		for x := a; x < b; x++ {
			for j := range fx {
				out[fx*x+j] = near[x]
			}
		}
	}
	return out
}

// fancyH doubles the width of samples a to b of row: 3/4 of the near and 1/4 of the far
// sample, as libjpeg's h2v1_fancy_upsample rounds it.
func fancyH(out, row []uint8, a, b int) {
	if a == 0 {
		out[0] = row[0]
		out[1] = uint8((3*int32(row[0]) + int32(row[1]) + 2) >> 2)
		a = 1
	}
	end := len(row) - 1
	inner := min(b, end)
	if n, f := inner-a, steps.Get().fancyH; n >= 16 && f != nil {
		_ = row[inner]
		f(&out[2*a : 2*inner][0], &row[a], n)
	} else if n > 0 {
		last, this := int32(row[a-1]), int32(row[a])
		o := out[2*a : 2*inner]
		for i, v := range row[a+1 : inner+1] {
			next := int32(v)
			o[2*i] = uint8((3*this + last + 1) >> 2)
			o[2*i+1] = uint8((3*this + next + 2) >> 2)
			last, this = this, next
		}
	}
	if b > end {
		out[2*end] = uint8((3*int32(row[end]) + int32(row[end-1]) + 1) >> 2)
		out[2*end+1] = row[end]
	}
}

// fancyV is one of the two rows at the doubled height.
func fancyV(out, near, far []uint8, a, b int, bias uint) {
	near, far, out = near[a:b], far[a:b], out[a:b]
	for i, v := range near {
		out[i] = uint8((3*uint(v) + uint(far[i]) + bias) >> 2)
	}
}

// fancyHV is one of the two rows at the doubled width and height.
func fancyHV(out, near, far []uint8, a, b int) {
	sum := func(i int) uint32 { return 3*uint32(near[i]) + uint32(far[i]) }
	if a == 0 {
		this, next := sum(0), sum(1)
		out[0] = uint8((4*this + 8) >> 4)
		out[1] = uint8((3*this + next + 7) >> 4)
		a = 1
	}
	end := len(near) - 1
	inner := min(b, end)
	if n, f := inner-a, steps.Get().fancyHV; n >= 16 && f != nil {
		_, _ = near[inner], far[inner]
		f(&out[2*a : 2*inner][0], &near[a], &far[a], n)
	} else if n > 0 {
		last, this := sum(a-1), sum(a)
		n, f := near[a+1:inner+1], far[a+1:inner+1]
		o := out[2*a : 2*inner]
		for i, v := range n {
			next := 3*uint32(v) + uint32(f[i])
			o[2*i] = uint8((3*this + last + 8) >> 4)
			o[2*i+1] = uint8((3*this + next + 7) >> 4)
			last, this = this, next
		}
	}
	if b > end {
		this, last := sum(end), sum(end-1)
		out[2*end] = uint8((3*this + last + 8) >> 4)
		out[2*end+1] = uint8((4*this + 7) >> 4)
	}
}
