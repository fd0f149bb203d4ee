// SPDX-License-Identifier: MIT

package build

// Warps is the number of warps of a block of [Rows], each with a row.
const Warps = 4

// Reduction is what Rows computes.
type Reduction struct {
	inst  string // "" for the maximum
	start Value  // changes nothing
}

// Reductions. The maximum is NaN if an element is.
var (
	Sum = Reduction{"add.rn.f32", Float(0)}
	Max = Reduction{"", "0fFF800000"} // -Inf
)

// combine writes acc = acc op v.
func (r Reduction) combine(k *Kernel, acc, v Value) {
	if r.inst != "" {
		k.Do(r.inst, acc, acc, v)
		return
	}
	// Not max.f32, which drops NaN: v where acc is not greater, but acc where it is NaN.
	k.Do("selp.f32", acc, acc, v, k.Op(Pred, "setp.geu.f32", acc, v))
	k.Do("selp.f32", acc, v, acc, k.Op(Pred, "setp.nan.f32", v, v))
}

// Rows writes a reduction of each row of a matrix of float32 to a vector: parameters x, out. A lane
// takes every 32nd element in ascending order, then lanes are combined in a tree of fixed shape.
// Blocks have 32·Warps threads; the grid must cover the rows.
func Rows(name string, rows, cols int, r Reduction) (*Kernel, error) {
	if err := limit(name, rows, cols); err != nil {
		return nil, err
	}
	k := New(name, 32*Warps)
	x, out := k.Pointer(), k.Pointer()
	tid := k.Special("tid.x")
	lane := k.Op(B32, "and.b32", tid, Int(31))
	row := k.Op(B32, "mad.lo.u32", k.Special("ctaid.x"), Int(Warps), k.Op(B32, "shr.u32", tid, Int(5)))
	k.If(k.Op(Pred, "setp.lt.u32", row, Int(rows)), func() {
		acc := k.Op(F32, "mov.f32", r.start)
		base := k.Element(x, k.Op(B32, "mul.lo.u32", row, Int(cols)), 4)
		k.Range(lane, Int(cols), Int(32), func(i Value) {
			r.combine(k, acc, k.Op(F32, "ld.global.f32", At(k.Element(base, i, 4), 0)))
		})
		k.warp(acc, r)
		k.If(k.Op(Pred, "setp.eq.u32", lane, Int(0)), func() {
			k.Do("st.global.f32", At(k.Element(out, row, 4), 0), acc)
		})
	})
	return k, nil
}

// warp combines a register of all lanes.
func (k *Kernel) warp(acc Value, r Reduction) {
	for d := 16; d > 0; d /= 2 {
		other := k.Op(F32, "shfl.sync.bfly.b32", acc, Int(d), Int(31), Int(-1))
		r.combine(k, acc, other)
	}
}
