// SPDX-License-Identifier: MIT

package build

import "fmt"

// Gemm is a product of matrices of float32, in row-major order: C (M,N) = A (M,K) · B (K,N). Each
// element is a sum in ascending order of k, each product added with one rounding. C must be aligned to 16
// bytes.
type Gemm struct{ M, N, K int }

const (
	tile      = 64          // rows and columns of a block
	depth     = 16          // of a step
	part      = 4           // rows and columns of a thread
	gemmBlock = 256         // threads
	rowA      = tile + part // words between the columns of A's tile, which avoids bank conflicts
)

// Grid returns the blocks of the launch, of 256 threads.
func (g Gemm) Grid() [3]int { return [3]int{(g.N + tile - 1) / tile, (g.M + tile - 1) / tile, 1} }

// Kernel writes the product for its sizes. The parameters are A, B and C.
func (g Gemm) Kernel(name string) (*Kernel, error) {
	for _, s := range [][]int{{g.M, g.K}, {g.K, g.N}, {g.M, g.N}} {
		if err := limit(name, s...); err != nil {
			return nil, err
		}
	}
	if grid := g.Grid(); grid[1] > 65535 {
		return nil, fmt.Errorf("build: %s: %d rows need %d blocks", name, g.M, grid[1])
	}
	k := New(name, gemmBlock)
	u := func(op string, a ...Value) Value { return k.Op(B32, op, a...) }
	a, b, c := k.Pointer(), k.Pointer(), k.Pointer()
	sharedA, sharedB := k.Shared(4*depth*rowA), k.Shared(4*depth*tile)
	tid := k.Special("tid.x")
	m0, n0 := u("mul.lo.u32", k.Special("ctaid.y"), Int(tile)), u("mul.lo.u32", k.Special("ctaid.x"), Int(tile))
	tx, ty := u("and.b32", tid, Int(15)), u("shr.u32", tid, Int(4))

	var acc [part][part]Value
	for i := range acc {
		for j := range acc[i] {
			acc[i][j] = k.Op(F32, "mov.f32", Float(0))
		}
	}
	readA, readB := u("mad.lo.u32", ty, Int(4*part), sharedA), u("mad.lo.u32", tx, Int(4*part), sharedB)
	k.Range(Int(0), Int(g.K), Int(depth), func(k0 Value) {
		for i := range tile * depth / gemmBlock {
			e := u("add.u32", tid, Int(gemmBlock*i))
			// A: 16 threads read a row of the tile; it is stored by columns.
			row, col := u("shr.u32", e, Int(4)), u("and.b32", e, Int(15))
			m, kk := u("add.u32", m0, row), u("add.u32", k0, col)
			k.guarded(a, m, g.M, kk, g.K, u("mad.lo.u32", u("mad.lo.u32", col, Int(rowA), row), Int(4), sharedA))
			// B: 64 threads read a row.
			row, col = u("shr.u32", e, Int(6)), u("and.b32", e, Int(63))
			kk, n := u("add.u32", k0, row), u("add.u32", n0, col)
			k.guarded(b, kk, g.K, n, g.N, u("mad.lo.u32", e, Int(4), sharedB))
		}
		k.Barrier()
		for kk := range depth {
			va, vb := k.Regs(F32, part), k.Regs(F32, part)
			k.Do("ld.shared.v4.f32", Vector(va...), At(readA, 4*rowA*kk))
			k.Do("ld.shared.v4.f32", Vector(vb...), At(readB, 4*tile*kk))
			for i := range acc {
				for j := range acc[i] {
					k.Do("fma.rn.f32", acc[i][j], va[i], vb[j], acc[i][j])
				}
			}
		}
		k.Barrier()
	})
	for i := range acc {
		m := u("add.u32", m0, u("mad.lo.u32", ty, Int(part), Int(i)))
		k.If(k.Op(Pred, "setp.lt.u32", m, Int(g.M)), func() {
			n := u("mad.lo.u32", tx, Int(part), n0)
			to := k.Element(c, u("mad.lo.u32", m, Int(g.N), n), 4)
			if g.N%part == 0 { // whole vectors, which are aligned
				k.DoIf(k.Op(Pred, "setp.lt.u32", n, Int(g.N)), "st.global.v4.f32", At(to, 0), Vector(acc[i][:]...))
				return
			}
			for j := range acc[i] {
				p := k.Op(Pred, "setp.lt.u32", u("add.u32", n, Int(j)), Int(g.N))
				k.DoIf(p, "st.global.f32", At(to, 4*j), acc[i][j])
			}
		})
	}
	return k, nil
}

// guarded copies element (row, col) of a matrix to shared memory, or zero if it has none.
func (k *Kernel) guarded(matrix, row Value, rows int, col Value, cols int, to Value) {
	v := k.Op(F32, "mov.f32", Float(0))
	p := k.Op(Pred, "setp.lt.u32", row, Int(rows))
	q := k.Op(Pred, "setp.lt.and.u32", col, Int(cols), p)
	k.DoIf(q, "ld.global.f32", v, At(k.Element(matrix, k.Op(B32, "mad.lo.u32", row, Int(cols), col), 4), 0))
	k.Do("st.shared.f32", At(to, 0), v)
}
