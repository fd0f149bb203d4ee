// SPDX-License-Identifier: MIT

package jpeg

// inverseDCT writes the 8x8 samples of a block of dequantized coefficients, those after
// last (in zigzag order) being 0. It is the integer transform of Loeffler, Ligtenberg and
// Moschytz as in libjpeg's jidctint.c, bit for bit. Coefficients that only broken files
// have overflow as they do in libjpeg-turbo's code for x86, which computes in 16 bits in places.
func inverseDCT(dst []uint8, stride int, block *[64]int16, last int) {
	switch {
	case last == 0:
		flat(dst, stride, block[0])
	case zigzag[last] < 8 && overflows(block): // rare; the vector code has no such case
		full(dst, stride, block)
	case steps.Get().idct != nil:
		_ = dst[7*stride+7]
		steps.Get().idct(&dst[0], stride, &block[0])
	case last < 10: // all in the upper left 4x4
		small(dst, stride, block)
	default:
		full(dst, stride, block)
	}
}

// overflows reports whether a coefficient of the first row has less than pass1Bits to spare.
func overflows(block *[64]int16) bool {
	for _, c := range block[:8] {
		if c != c<<pass1Bits>>pass1Bits {
			return true
		}
	}
	return false
}

// flat is a block with a mean only.
func flat(dst []uint8, stride int, dc int16) {
	v := uint64(clamp(128+(int32(dc<<pass1Bits)+1<<(pass1Bits+2))>>(pass1Bits+3))) * 0x0101010101010101
	for range 7 {
		put(dst, v)
		dst = dst[stride:]
	}
	put(dst, v)
}

const (
	constBits = 13
	pass1Bits = 2

	// Multipliers in 1/8192.
	fix0298631336 = 2446
	fix0390180644 = 3196
	fix0541196100 = 4433
	fix0765366865 = 6270
	fix0899976223 = 7373
	fix1175875602 = 9633
	fix1501321110 = 12299
	fix1847759065 = 15137
	fix1961570560 = 16069
	fix2053119869 = 16819
	fix2562915447 = 20995
	fix3072711026 = 25172
)

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// wrap and saturate bring a number to 16 bits.
func wrap(v int32) int32     { return int32(int16(v)) }
func saturate(v int32) int32 { return min(max(v, -1<<15), 1<<15-1) }

func full(dst []uint8, stride int, block *[64]int16) {
	var ws [64]int32
	const shift = constBits - pass1Bits
	rest := int32(0)   // below the first row
	for i := range 8 { // columns
		in := block[i:]
		_ = in[56]
		c1, c2, c3 := int32(in[8]), int32(in[16]), int32(in[24])
		c4, c5, c6, c7 := int32(in[32]), int32(in[40]), int32(in[48]), int32(in[56])
		out := ws[i:]
		_ = out[56]
		if others := c1 | c2 | c3 | c4 | c5 | c6 | c7; others != 0 {
			rest |= others
		} else {
			v := saturate(int32(in[0]) << pass1Bits)
			out[0], out[8], out[16], out[24] = v, v, v, v
			out[32], out[40], out[48], out[56] = v, v, v, v
			continue
		}
		e0, e1, e2, e3, o0, o1, o2, o3 := eight(int32(in[0]), c1, c2, c3, c4, c5, c6, c7, 1<<(shift-1))
		out[0], out[56] = saturate((e0+o3)>>shift), saturate((e0-o3)>>shift)
		out[8], out[48] = saturate((e1+o2)>>shift), saturate((e1-o2)>>shift)
		out[16], out[40] = saturate((e2+o1)>>shift), saturate((e2-o1)>>shift)
		out[24], out[32] = saturate((e3+o0)>>shift), saturate((e3-o0)>>shift)
	}
	if rest == 0 {
		for i := range ws {
			ws[i] = int32(block[i%8] << pass1Bits)
		}
	}
	for i := 0; i < 64; i += 8 { // rows
		in := (*[8]int32)(ws[i:])
		e0, e1, e2, e3, o0, o1, o2, o3 := eight(in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7], round2)
		row(dst, e0, e1, e2, e3, o0, o1, o2, o3)
		if i < 56 {
			dst = dst[stride:]
		}
	}
}

const (
	shift2 = constBits + pass1Bits + 3
	round2 = 1 << (shift2 - 1)
)

// eight is one dimension: even parts, to which round is added, and odd parts.
func eight(c0, c1, c2, c3, c4, c5, c6, c7, round int32) (e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	z1 := (c2 + c6) * fix0541196100
	t2 := z1 - c6*fix1847759065
	t3 := z1 + c2*fix0765366865
	t0 := wrap(c0+c4)<<constBits + round
	t1 := wrap(c0-c4)<<constBits + round
	e0, e3, e1, e2 = t0+t3, t0-t3, t1+t2, t1-t2

	z3, z4 := wrap(c7+c3), wrap(c5+c1)
	z5 := (z3 + z4) * fix1175875602
	z3 = z5 - z3*fix1961570560
	z4 = z5 - z4*fix0390180644
	y1 := (c7 + c1) * fix0899976223
	y2 := (c5 + c3) * fix2562915447
	o0 = c7*fix0298631336 - y1 + z3
	o1 = c5*fix2053119869 - y2 + z4
	o2 = c3*fix3072711026 - y2 + z3
	o3 = c1*fix1501321110 - y1 + z4
	return
}

// small is full for coefficients in the upper left 4x4 only.
func small(dst []uint8, stride int, block *[64]int16) {
	var ws [32]int32 // 8 rows of 4
	const shift = constBits - pass1Bits
	rest := int16(0)
	for i := range 4 {
		in := block[i:]
		_ = in[24]
		e0, e1, e2, e3, o0, o1, o2, o3 := four(int32(in[0]), int32(in[8]), int32(in[16]), int32(in[24]), 1<<(shift-1))
		out := ws[i:]
		_ = out[28]
		rest |= in[8] | in[16] | in[24]
		out[0], out[28] = saturate((e0+o3)>>shift), saturate((e0-o3)>>shift)
		out[4], out[24] = saturate((e1+o2)>>shift), saturate((e1-o2)>>shift)
		out[8], out[20] = saturate((e2+o1)>>shift), saturate((e2-o1)>>shift)
		out[12], out[16] = saturate((e3+o0)>>shift), saturate((e3-o0)>>shift)
	}
	if rest == 0 {
		for i := range ws {
			ws[i] = int32(block[i%4] << pass1Bits)
		}
	}
	for i := 0; i < 32; i += 4 {
		in := (*[4]int32)(ws[i:])
		e0, e1, e2, e3, o0, o1, o2, o3 := four(in[0], in[1], in[2], in[3], round2)
		row(dst, e0, e1, e2, e3, o0, o1, o2, o3)
		if i < 28 {
			dst = dst[stride:]
		}
	}
}

// four is eight with c4 to c7 = 0.
func four(c0, c1, c2, c3, round int32) (e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	t2 := c2 * fix0541196100
	t3 := c2 * (fix0541196100 + fix0765366865)
	t0 := c0<<constBits + round
	e0, e3, e1, e2 = t0+t3, t0-t3, t0+t2, t0-t2

	z5 := (c3 + c1) * fix1175875602
	z3 := z5 - c3*fix1961570560
	z4 := z5 - c1*fix0390180644
	y1 := c1 * fix0899976223
	y2 := c3 * fix2562915447
	o0 = z3 - y1
	o1 = z4 - y2
	o2 = c3*fix3072711026 - y2 + z3
	o3 = c1*fix1501321110 - y1 + z4
	return
}

func row(dst []uint8, e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	out := (*[8]uint8)(dst)
	out[0], out[7] = clamp((e0+o3)>>shift2+128), clamp((e0-o3)>>shift2+128)
	out[1], out[6] = clamp((e1+o2)>>shift2+128), clamp((e1-o2)>>shift2+128)
	out[2], out[5] = clamp((e2+o1)>>shift2+128), clamp((e2-o1)>>shift2+128)
	out[3], out[4] = clamp((e3+o0)>>shift2+128), clamp((e3-o0)>>shift2+128)
}
