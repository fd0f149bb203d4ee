// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).mma, "mma")
	_ = register((*decoder).ldmatrix, "ldmatrix")
)

// whole fails unless all threads of a warp execute an instruction.
func (w *warp) whole(m uint32) {
	if m != full {
		w.fail(first(^m), fmt.Errorf("is executed by lanes %#x only", m))
	}
}

// mma multiplies a 16 by k matrix with a k by 8 matrix and adds a 16 by 8 one. Products are exact
// and the sum is rounded once; a GPU may round in between.
func (d *decoder) mma(in *ptx.Inst) {
	dst, a, b, c := d.writeAll(in.Args[0].Elems), d.readAll(in.Args[1].Elems), d.readAll(in.Args[2].Elems), d.readAll(in.Args[3].Elems)
	t := in.Types[1]
	k, _ := strconv.Atoi(in.Mods[2][strings.LastIndex(in.Mods[2], "k")+1:])
	per := 2 // elements of a register
	value := func(r uint64, part int) float64 { return 0 }
	switch t {
	case ptx.BF16:
		value = func(r uint64, part int) float64 { return fromBF16(r >> (16 * part) & 0xffff) }
	case ptx.F16:
		value = func(r uint64, part int) float64 { return fromF16(r >> (16 * part) & 0xffff) }
	default: // tf32: the lowest 13 bits are not read
		per = 1
		value = func(r uint64, _ int) float64 { return float64(math.Float32frombits(uint32(r) &^ 0x1fff)) }
	}
	d.x.do = func(w *warp, _ *inst, m uint32) {
		w.whole(m)
		w.dev.stats.MMA++
		var A [16][16]float64
		var B [16][8]float64
		for lane := range 32 {
			g, q := lane/4, lane%4
			for r, s := range a {
				for p := range per {
					A[g+8*(r&1)][q*per+p+r>>1*4*per] = value(w.regs[s][lane], p)
				}
			}
			for r, s := range b {
				for p := range per {
					B[q*per+p+r*4*per][g] = value(w.regs[s][lane], p)
				}
			}
		}
		var out [4]lanes
		for lane := range 32 {
			for r := range out {
				row, col := lane/4+8*(r>>1), 2*(lane%4)+r&1
				sum := float64(f32(w.regs[c[r]][lane]))
				for j := range k {
					sum += A[row][j] * B[j][col]
				}
				out[r][lane] = result32(float32(sum))
			}
		}
		for r, s := range dst {
			w.regs[s] = out[r]
		}
	}
}

// ldmatrix reads matrices of 8 by 8 elements of 16 bits; lane 8·k+i has the address of row i of
// matrix k.
func (d *decoder) ldmatrix(in *ptx.Inst) {
	dst, at, trans := d.writeAll(in.Args[0].Elems), d.address(in.Args[1], ptx.Shared), in.Has("trans")
	d.x.do = func(w *warp, _ *inst, m uint32) {
		w.whole(m)
		var out [4]lanes
		for k := range dst {
			w.count(at, 0xff<<(8*k), 16)
			var tile [8][8]uint64
			for row := range tile {
				lane := 8*k + row
				b, o := w.locate(ptx.Shared, lane, at.of(w, lane), 16)
				w.ready(b, lane, o, 16)
				w.watch(b, lane, o, 16, reads)
				for c := range tile[row] {
					tile[row][c] = load(b.data[o+uint64(2*c):], 2)
				}
			}
			for lane := range 32 {
				g, q := lane/4, 2*(lane%4)
				if trans {
					out[k][lane] = tile[q][g] | tile[q+1][g]<<16
				} else {
					out[k][lane] = tile[g][q] | tile[g][q+1]<<16
				}
			}
		}
		for k, s := range dst {
			w.regs[s] = out[k]
		}
	}
}
