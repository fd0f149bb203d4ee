// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMMA multiplies random matrices whose sums are exact in float32, with the fragments of the PTX
// manual.
func TestMMA(t *testing.T) {
	g := rand.New(rand.NewPCG(11, 12))
	for _, c := range []struct {
		typ  string
		k, a int // depth, registers of the first matrix
	}{{"f16", 8, 2}, {"f16", 16, 4}, {"bf16", 8, 2}, {"bf16", 16, 4}, {"tf32", 4, 2}, {"tf32", 8, 4}} {
		per := 2
		pack := func(x float64) uint32 { return uint32(toF16(x, nearest)) }
		switch c.typ {
		case "bf16":
			pack = func(x float64) uint32 { return uint32(toBF16(x, nearest)) }
		case "tf32":
			per = 1
			pack = func(x float64) uint32 { return math.Float32bits(float32(x)) | uint32(g.IntN(1<<13)) } // bits that are not read
		}
		for range 10 {
			var A [16][16]float64
			var B [16][8]float64
			var C, want [16][8]float64
			small := func() float64 { return float64(g.IntN(31)-15) / 4 }
			for i := range A {
				for j := range c.k {
					A[i][j] = small()
				}
			}
			for j := range c.k {
				for n := range B[j] {
					B[j][n] = small()
				}
			}
			for i := range C {
				for n := range C[i] {
					C[i][n] = small()
					want[i][n] = C[i][n]
					for j := range c.k {
						want[i][n] += A[i][j] * B[j][n]
					}
				}
			}
			// Words of lane l: 4 of A, 2 of B, 4 of C, 4 results.
			words := make([]uint32, 32*14)
			for lane := range 32 {
				group, thread := lane>>2, lane%4
				for i := range c.a * per {
					row, col := group, 0
					r, part := i/per, i%per
					if per == 2 { // a0..a7
						if !(i < 2 || i >= 4 && i < 6) {
							row += 8
						}
						col = thread*2 + i&1
						if i >= 4 {
							col += 8
						}
					} else { // a0..a3
						if i&1 == 1 {
							row += 8
						}
						col = thread
						if i >= 2 {
							col += 4
						}
					}
					words[14*lane+r] |= pack(A[row][col]) << (16 * part)
				}
				for i := range c.a / 2 * per {
					row := thread
					if per == 2 {
						row = thread*2 + i&1
						if i >= 2 {
							row += 8
						}
					} else if i >= 1 {
						row += 4
					}
					words[14*lane+4+i/per] |= pack(B[row][group]) << (16 * (i % per))
				}
				for i := range 4 {
					row := group
					if i >= 2 {
						row += 8
					}
					words[14*lane+6+i] = math.Float32bits(float32(C[row][thread*2+i&1]))
				}
			}
			r := newRig(t, Config{}, 4*len(words))
			r.write(words...)
			a, b := "{%r0,%r1}", "{%r4}"
			if c.a == 4 {
				a, b = "{%r0,%r1,%r2,%r3}", "{%r4,%r5}"
			}
			r.ok(fmt.Sprintf("mad.wide.u32 at, ix, 56, base; ld.global.v2.u32 {%%r0,%%r1}, [at]; ld.global.v2.u32 {%%r2,%%r3}, [at+8]; ld.global.v2.u32 {%%r4,%%r5}, [at+16];\n"+
				"ld.global.v2.f32 {%%f0,%%f1}, [at+24]; ld.global.v2.f32 {%%f2,%%f3}, [at+32];\n"+
				"mma.sync.aligned.m16n8k%d.row.col.f32.%s.%s.f32 {%%f4,%%f5,%%f6,%%f7}, %s, %s, {%%f0,%%f1,%%f2,%%f3};\n"+
				"st.global.v2.f32 [at+40], {%%f4,%%f5}; st.global.v2.f32 [at+48], {%%f6,%%f7};", c.k, c.typ, c.typ, a, b))
			for lane := range 32 {
				for i, bits := range r.read(56*lane+40, 4) {
					row, col := lane>>2, lane%4*2+i&1
					if i >= 2 {
						row += 8
					}
					require.Equal(t, float32(want[row][col]), math.Float32frombits(bits), "%s k %d: row %d column %d", c.typ, c.k, row, col)
				}
			}
			require.Equal(t, uint64(1), r.dev.Stats().MMA)
		}
	}
}

// TestLdmatrix reads matrices whose element (i, j) of matrix k is 256·k+16·i+j.
func TestLdmatrix(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		for _, trans := range []string{"", ".trans"} {
			r := newRig(t, Config{}, 4*32*8)
			regs := "%r0"
			for i := 1; i < n; i++ {
				regs += fmt.Sprintf(",%%r%d", i)
			}
			body := ".shared .align 16 .b8 tiles[512]; mov.u32 %r4, tiles; mad.lo.u32 %r5, ix, 16, %r4;\n" +
				"shr.u32 %r6, ix, 3; shl.b32 %r6, %r6, 8; and.b32 %r7, ix, 7; mad.lo.u32 %r6, %r7, 16, %r6;\n"
			for j := range 8 {
				body += fmt.Sprintf("add.u32 %%r7, %%r6, %d; cvt.u16.u32 %%h0, %%r7; st.shared.u16 [%%r5+%d], %%h0;\n", j, 2*j)
			}
			body += fmt.Sprintf("bar.sync 0; ldmatrix.sync.aligned.m8n8.x%d%s.shared.b16 {%s}, [%%r5];\nmad.wide.u32 at, ix, 16, base;\n", n, trans, regs)
			for i := range n {
				body += fmt.Sprintf("st.global.u32 [at+%d], %%r%d;\n", 4*i, i)
			}
			r.ok(body)
			for lane := range 32 {
				for k, got := range r.read(16*lane, n) {
					i, j := lane/4, 2*(lane%4)
					want := uint32(256*k+16*i+j) | uint32(256*k+16*i+j+1)<<16
					if trans != "" {
						want = uint32(256*k+16*j+i) | uint32(256*k+16*(j+1)+i)<<16
					}
					require.Equal(t, want, got, "x%d%s lane %d matrix %d", n, trans, lane, k)
				}
			}
			r.fault(1, "was never written", ".shared .align 16 .b8 tiles[512]; mov.u32 %r4, tiles; mad.lo.u32 %r5, ix, 16, %r4;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, [%r5];")
		}
	}
}
